//! What to paste into the tool that looks after a function, so that it attaches it to a stack.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{CloudId, world::Attachment};

/// A few lines for one tool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paste {
    /// The tool.
    pub tool: String,
    /// Where the lines go.
    pub into: String,
    /// The lines, each with its end.
    pub text: String,
}

/// The lines for each tool that is known, in words of AWS: none of these tools attaches functions of another cloud.
///
/// Sources: Terraform's AWS provider, `aws_lambda_function`, `vpc_config`; AWS CloudFormation, `AWS::Lambda::Function
/// VpcConfig`, which `AWS::Serverless::Function` shares; AWS CDK v2, `aws_lambda.FunctionOptions`; Serverless Framework,
/// `functions.*.vpc`.
pub fn pastes(to: &Attachment<CloudId>) -> Vec<Paste> {
    let paste = |tool: &str, into: &str, text: String| Paste { tool: tool.to_owned(), into: into.to_owned(), text };
    vec![
        paste("Terraform", "the function's `resource \"aws_lambda_function\"`", terraform(to)),
        paste(
            "CloudFormation, SAM",
            "the function's `Properties`",
            yaml(to, "VpcConfig", "SubnetIds", "SecurityGroupIds"),
        ),
        paste("CDK (TypeScript)", "below the function, here called `fn`", cdk(to)),
        paste(
            "Serverless Framework",
            "the function in `serverless.yml`",
            yaml(to, "vpc", "subnetIds", "securityGroupIds"),
        ),
    ]
}

fn terraform(to: &Attachment<CloudId>) -> String {
    format!(
        "vpc_config {{\n  subnet_ids         = [{}]\n  security_group_ids = [{}]\n}}\n",
        quoted(&to.subnets, '"'),
        quoted(&to.groups, '"')
    )
}

fn yaml(to: &Attachment<CloudId>, name: &str, subnets: &str, groups: &str) -> String {
    let list = |ids: &BTreeSet<CloudId>| ids.iter().map(|id| format!("    - {id}\n")).collect::<String>();
    format!("{name}:\n  {subnets}:\n{}  {groups}:\n{}", list(&to.subnets), list(&to.groups))
}

/// By its template: the constructs want a `Vpc`, which would be looked up with credentials at synthesis.
fn cdk(to: &Attachment<CloudId>) -> String {
    format!(
        "(fn.node.defaultChild as lambda.CfnFunction).vpcConfig = {{\n  subnetIds: [{}],\n  securityGroupIds: [{}],\n}};\n",
        quoted(&to.subnets, '\''),
        quoted(&to.groups, '\'')
    )
}

fn quoted(ids: &BTreeSet<CloudId>, quote: char) -> String {
    ids.iter().map(|id| format!("{quote}{id}{quote}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tool_gets_lines_of_its_own() {
        let to = Attachment {
            subnets: ["subnet-1".into(), "subnet-2".into()].into(),
            groups: ["sg-1".into()].into(),
            ipv6: false,
        };
        let text: String = pastes(&to).iter().map(|p| format!("# {}: {}\n{}\n", p.tool, p.into, p.text)).collect();
        insta::assert_snapshot!(text);
    }
}
