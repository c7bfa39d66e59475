//! `VpcConfig`: what Lambda checks of it.

use std::collections::BTreeSet;

use egress_core::{CloudId, world::Attachment};

use super::{ApiError, Code, Model, function_facts::constraint};

/// The most subnets of a function [doc].
const MOST_SUBNETS: usize = 16;
/// The most groups of a function [doc].
const MOST_GROUPS: usize = 5;

impl Model {
    /// Checks a `VpcConfig` and answers with its network.
    ///
    /// Sources of the sentences: aws/aws-sdk-js issue 1293 (coexist), smoketurner/serverless-vpc-plugin issue 765 (groups of
    /// another network). That of subnets in several networks is inferred from the latter `[?]`.
    pub(super) fn check_vpc_config(
        &self,
        config: Option<&Attachment<CloudId>>,
        role: Option<&CloudId>,
    ) -> Result<Option<CloudId>, ApiError> {
        let Some(config) = config else { return Ok(None) };
        let refuse = |message: String| Err(ApiError::new(Code::InvalidFunctionParameter, message));
        if config.subnets.is_empty() || config.groups.is_empty() {
            return refuse("SubnetIds and SecurityIds must coexist or be both empty list.".to_owned());
        }
        check_length("subnetIds", &config.subnets, MOST_SUBNETS)?;
        check_length("securityGroupIds", &config.groups, MOST_GROUPS)?;
        check_form("subnetIds", "subnet-", "[0-9a-z]*", &config.subnets)?;
        check_form("securityGroupIds", "sg-", "[0-9a-zA-Z]*", &config.groups)?;
        let mut network = None;
        for id in &config.subnets {
            let subnet = self.subnet(id).map_err(|e| by_lambda(&e, Code::SubnetNotFoundByLambda, "DescribeSubnets"))?;
            if !self.world.network.zones.iter().any(|z| z.name == subnet.zone && z.functions) {
                return refuse(format!(
                    "The provided subnets contain availability zone Lambda doesn't support: {}",
                    subnet.zone
                ));
            }
            if *network.get_or_insert_with(|| subnet.network.clone()) != subnet.network {
                return refuse("Subnets are required to be in the same VPC.".to_owned());
            }
        }
        for id in &config.groups {
            let group =
                self.group(id).map_err(|e| by_lambda(&e, Code::GroupNotFoundByLambda, "DescribeSecurityGroups"))?;
            if network.as_ref() != Some(&group.network) {
                return refuse("Security Groups are required to be in the same VPC.".to_owned());
            }
        }
        self.check_assumable(role)?;
        self.check_network_access(role)?;
        Ok(network)
    }
}

/// The most members of a list in a `VpcConfig`, which the front of Lambda checks before anything else
/// (aws-solutions/simple-file-manager-for-amazon-efs issue 75).
fn check_length(member: &str, ids: &BTreeSet<CloudId>, most: usize) -> Result<(), ApiError> {
    if ids.len() <= most {
        return Ok(());
    }
    let rule = format!("Member must have length less than or equal to {most}");
    Err(constraint(&format!("vpcConfig.{member}"), listed(ids), &rule))
}

/// The form of the ids in a `VpcConfig` (localstack/localstack's answers recorded from AWS, `test_invalid_vpc_config_subnet` and
/// `test_invalid_vpc_config_security_group`).
fn check_form(member: &str, prefix: &str, rest: &str, ids: &BTreeSet<CloudId>) -> Result<(), ApiError> {
    let is_id = |id: &CloudId| {
        let rest = id.as_str().strip_prefix(prefix);
        rest.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_alphanumeric()))
    };
    if ids.iter().all(is_id) {
        return Ok(());
    }
    let rule = format!(
        "Member must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater \
         than or equal to 0, Member must satisfy regular expression pattern: {prefix}{rest}]"
    );
    Err(constraint(&format!("vpcConfig.{member}"), listed(ids), &rule))
}

fn listed(ids: &BTreeSet<CloudId>) -> String {
    let listed: Vec<&str> = ids.iter().map(CloudId::as_str).collect();
    format!("[{}]", listed.join(", "))
}

/// How Lambda passes on what EC2 told it.
fn by_lambda(error: &ApiError, code: Code, call: &str) -> ApiError {
    let message = format!(
        "Error occurred while {call}. EC2 Error Code: {}. EC2 Error Message: {}",
        error.code.as_str(),
        error.message
    );
    ApiError::new(code, message)
}
