//! What a function's role must be allowed, and what whoever runs egress must be.

pub(crate) mod document;
mod operator;

pub use operator::{Operator, deny_release_policy, operator_policy};

/// The name of AWS's own policy that lets a function's role make network interfaces and write logs. Its ARN is
/// [`Partition::vpc_access_policy_arn`](crate::Partition::vpc_access_policy_arn).
pub const VPC_ACCESS_POLICY: &str = "AWSLambdaVPCAccessExecutionRole";

/// What [`VPC_ACCESS_POLICY`] allows, on every resource.
///
/// Source: AWS managed policy reference, version 3 of 2024-01-05.
pub const VPC_ACCESS_ACTIONS: [&str; 9] = [
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:DeleteNetworkInterface",
    "ec2:AssignPrivateIpAddresses",
    "ec2:UnassignPrivateIpAddresses",
];

/// The least that Lambda wants of a role before it puts a function into a network: what a policy written by hand allows.
///
/// Source: Lambda developer guide, "Giving Lambda functions access to resources in an Amazon VPC".
pub const VPC_ACCESS_LEAST: [&str; 3] =
    ["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"];

/// What whoever sets a function's VPC config needs for themselves, beside the permission to change the function.
///
/// Source: the same page.
pub const ATTACH_ACTIONS: [&str; 4] =
    ["ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs", "ec2:GetSecurityGroupsForVpc"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_managed_policy_allows_the_least_that_is_needed() {
        let missing: Vec<_> = VPC_ACCESS_LEAST.iter().filter(|action| !VPC_ACCESS_ACTIONS.contains(action)).collect();
        assert_eq!(missing, Vec::<&&str>::new());
    }
}
