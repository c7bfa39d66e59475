//! AWS's own policies, as far as the roles of functions have them: one table.

use serde_json::json;

use super::{Model, policy::Statement};

/// One of AWS's own policies, attachable out of the box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ManagedPolicy {
    /// Where it stands among policies, with both slashes.
    pub(crate) path: &'static str,
    pub(crate) name: &'static str,
    /// Its version that counts, and when that was made.
    pub(crate) version: &'static str,
    pub(crate) updated: &'static str,
    /// What it allows, on every resource.
    allows: &'static [&'static str],
    /// Where it allows everything but these.
    except: &'static [&'static str],
}

/// The one that egress attaches.
pub(crate) const VPC_ACCESS: &ManagedPolicy = &MANAGED[0];

const LOGS: [&str; 3] = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"];

const fn row(
    path: &'static str,
    name: &'static str,
    version: &'static str,
    updated: &'static str,
    allows: &'static [&'static str],
) -> ManagedPolicy {
    ManagedPolicy { path, name, version, updated, allows, except: &[] }
}

const SERVICE: &str = "/service-role/";

/// Source: the documents as AWS has them (zoph-io/MAMIP, which downloads them all, read 2026-11). Of the three for whole
/// services, only what concerns interfaces stands here.
pub(crate) const MANAGED: [ManagedPolicy; 16] = [
    row(
        SERVICE,
        "AWSLambdaVPCAccessExecutionRole",
        "v3",
        "2024-01-05T22:38:26Z",
        &[
            LOGS[0],
            LOGS[1],
            LOGS[2],
            "ec2:CreateNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:DeleteNetworkInterface",
            "ec2:AssignPrivateIpAddresses",
            "ec2:UnassignPrivateIpAddresses",
        ],
    ),
    row(SERVICE, "AWSLambdaBasicExecutionRole", "v1", "2015-04-09T15:03:43Z", &LOGS),
    row(
        SERVICE,
        "AWSLambdaENIManagementAccess",
        "v2",
        "2020-10-01T20:07:26Z",
        &[
            "ec2:CreateNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DeleteNetworkInterface",
            "ec2:AssignPrivateIpAddresses",
            "ec2:UnassignPrivateIpAddresses",
        ],
    ),
    row(
        SERVICE,
        "AWSLambdaMSKExecutionRole",
        "v2",
        "2022-08-02T20:08:02Z",
        &[
            "kafka:DescribeCluster",
            "kafka:DescribeClusterV2",
            "kafka:GetBootstrapBrokers",
            "ec2:CreateNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeVpcs",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeSubnets",
            "ec2:DescribeSecurityGroups",
            LOGS[0],
            LOGS[1],
            LOGS[2],
        ],
    ),
    row(
        SERVICE,
        "AWSLambdaSQSQueueExecutionRole",
        "v1",
        "2018-06-14T21:50:45Z",
        &["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", LOGS[0], LOGS[1], LOGS[2]],
    ),
    row(
        SERVICE,
        "AWSLambdaDynamoDBExecutionRole",
        "v1",
        "2015-04-09T15:09:29Z",
        &[
            "dynamodb:DescribeStream",
            "dynamodb:GetRecords",
            "dynamodb:GetShardIterator",
            "dynamodb:ListStreams",
            LOGS[0],
            LOGS[1],
            LOGS[2],
        ],
    ),
    row(
        SERVICE,
        "AWSLambdaKinesisExecutionRole",
        "v2",
        "2018-11-19T20:09:24Z",
        &[
            "kinesis:DescribeStream",
            "kinesis:DescribeStreamSummary",
            "kinesis:GetRecords",
            "kinesis:GetShardIterator",
            "kinesis:ListShards",
            "kinesis:ListStreams",
            "kinesis:SubscribeToShard",
            LOGS[0],
            LOGS[1],
            LOGS[2],
        ],
    ),
    row(SERVICE, "AWSLambdaRole", "v1", "2015-02-06T18:41:28Z", &["lambda:InvokeFunction"]),
    row(
        "/",
        "AWSXRayDaemonWriteAccess",
        "v2",
        "2024-02-13T21:58:30Z",
        &[
            "xray:PutTraceSegments",
            "xray:PutTelemetryRecords",
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:GetSamplingStatisticSummaries",
        ],
    ),
    row("/", "CloudWatchLambdaInsightsExecutionRolePolicy", "v1", "2020-10-07T19:27:06Z", &LOGS),
    row(
        "/",
        "AmazonS3ReadOnlyAccess",
        "v3",
        "2023-08-10T21:31:39Z",
        &["s3:Get*", "s3:List*", "s3:Describe*", "s3-object-lambda:Get*", "s3-object-lambda:List*"],
    ),
    row("/", "AdministratorAccess", "v1", "2015-02-06T18:39:46Z", &["*"]),
    ManagedPolicy {
        path: "/",
        name: "PowerUserAccess",
        version: "v12",
        updated: "2026-02-12T17:59:14Z",
        allows: &["iam:CreateServiceLinkedRole", "iam:DeleteServiceLinkedRole", "iam:ListRoles"],
        except: &["iam:*", "organizations:*", "account:*"],
    },
    row("/", "AmazonEC2FullAccess", "v5", "2018-11-27T02:16:56Z", &["ec2:*"]),
    row("/", "AmazonVPCFullAccess", "v13", "2026-02-12T18:00:44Z", INTERFACES),
    row("/job-function/", "NetworkAdministrator", "v15", "2026-02-12T17:59:36Z", INTERFACES),
];

const INTERFACES: &[&str] =
    &["ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface"];

impl ManagedPolicy {
    /// Its document.
    pub(crate) fn document(&self) -> String {
        let allow = |element: &str, actions: &[&str]| json!({ "Effect": "Allow", element: actions, "Resource": "*" });
        let statements = match self.except {
            [] => vec![allow("Action", self.allows)],
            _ => vec![allow("NotAction", self.except), allow("Action", self.allows)],
        };
        json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
    }

    /// What it says.
    pub(crate) fn statements(&self) -> Vec<Statement> {
        Statement::allow(self.allows, self.except)
    }
}

impl Model {
    /// AWS's own policy with this ARN.
    pub(crate) fn managed_policy(&self, arn: &str) -> Option<&'static ManagedPolicy> {
        MANAGED.iter().find(|policy| self.managed_policy_arn(policy.path, policy.name) == arn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::policy::{Decision, MAKES_INTERFACES, decide, read_policy};

    #[test]
    fn it_is_known_which_let_a_function_into_a_network() {
        let lets = |policy: &&ManagedPolicy| decide(&policy.statements(), MAKES_INTERFACES, "x") == Decision::Allowed;
        let names: Vec<&str> = MANAGED.iter().filter(lets).map(|policy| policy.name).collect();
        assert_eq!(
            names,
            [
                "AWSLambdaVPCAccessExecutionRole",
                "AWSLambdaENIManagementAccess",
                "AWSLambdaMSKExecutionRole",
                "AdministratorAccess",
                "PowerUserAccess",
                "AmazonEC2FullAccess",
                "AmazonVPCFullAccess",
                "NetworkAdministrator",
            ]
        );
    }

    #[test]
    fn each_document_says_what_the_policy_says() {
        for policy in &MANAGED {
            assert_eq!(read_policy(&policy.document()), Ok(policy.statements()), "{}", policy.name);
        }
    }
}
