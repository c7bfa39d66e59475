//! What whoever runs egress must be allowed.

use std::collections::BTreeMap;

use egress_core::tags;
use serde_json::Value;

use super::document::{Conditions, Document, Effect, Statement, condition};
use crate::{
    Partition,
    actions::{ACTIONS, Limit, Verb},
    function::{roles, trust::LAMBDA},
};

/// Whose policy it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The partition.
    pub partition: Partition,
    /// The account's twelve digits, or `*`.
    pub account: String,
    /// The region, or `*`.
    pub region: String,
}

/// The least that one command needs, or all of them.
///
/// Functions and roles that are attached are the user's own and may have any name, so what changes them cannot be limited
/// further than to functions and roles of the account; narrow `function:*` and `role/*` by hand where yours have names in
/// common. Things that egress makes are limited by its tag, its roles by their path, its probes by their names.
///
/// In the policy for all of them EC2's many reads stand as one, `ec2:Describe*`: IAM takes 6,144 characters.
pub fn operator_policy(verb: Option<Verb>, operator: &Operator) -> Value {
    let needed = ACTIONS.iter().filter(|action| verb.is_none_or(|verb| action.is_for(verb)));
    let mut statements: Vec<Statement> = Vec::new();
    let mut limits: BTreeMap<Limit, Vec<&'static str>> = BTreeMap::new();
    for action in needed {
        let reads = verb.is_none() && action.name.starts_with("ec2:Describe");
        for limit in action.on {
            limits.entry(*limit).or_default().push(if reads { "ec2:Describe*" } else { action.name });
        }
    }
    limits.values_mut().for_each(Vec::dedup);
    for (limit, actions) in limits {
        let next = statement(statements.len(), limit, actions, operator);
        match statements.iter_mut().find(|earlier| may_be_joined(limit) && earlier.condition == next.condition) {
            Some(earlier) => join(earlier, next),
            None => statements.push(next),
        }
    }
    Document::new(statements).value()
}

/// Whether statements of such a limit may be joined: IAM allows 6,144 characters. An action is only ever asked about kinds that
/// it concerns, so where all kinds stand under one condition, a longer list of kinds allows nothing more.
fn may_be_joined(limit: Limit) -> bool {
    matches!(limit, Limit::Made(_) | Limit::Tagged(_))
}

fn join(statement: &mut Statement, other: Statement) {
    statement.action.extend(other.action);
    statement.action.sort_unstable();
    statement.action.dedup();
    statement.resource.extend(other.resource);
    statement.resource.sort();
    statement.resource.dedup();
}

/// Forbids giving any public address away, so that AWS itself holds the fixed IP against mistakes. While it is in force,
/// `egress destroy --release` fails on the address and says why.
pub fn deny_release_policy(operator: &Operator) -> Value {
    Document::new(vec![Statement {
        sid: "KeepAddresses".to_owned(),
        effect: Effect::Deny,
        action: vec!["ec2:ReleaseAddress"],
        resource: operator.ec2(&["elastic-ip"]),
        condition: Conditions::new(),
    }])
    .value()
}

fn statement(index: usize, limit: Limit, action: Vec<&'static str>, operator: &Operator) -> Statement {
    let (name, resource, condition) = operator.limit(limit);
    Statement { sid: format!("Egress{}{name}", index + 1), effect: Effect::Allow, action, resource, condition }
}

/// The calls whose things egress tags while they are made.
const MAKING: [&str; 8] = [
    "AllocateAddress",
    "CreateInternetGateway",
    "CreateLaunchTemplate",
    "CreateNatGateway",
    "CreateRouteTable",
    "CreateSecurityGroup",
    "CreateSubnet",
    "CreateVpc",
];

impl Operator {
    /// A name for the statement, what it is about, and on what conditions.
    fn limit(&self, limit: Limit) -> (&'static str, Vec<String>, Conditions) {
        // Whatever the value is: the tag is there.
        let tagged = |key: &str| condition("Null", format!("{key}/{}", tags::STACK), vec!["false".to_owned()]);
        let free = Conditions::new;
        match limit {
            Limit::Anything => ("Reads", vec!["*".to_owned()], free()),
            Limit::Made(kinds) => ("Makes", self.ec2(kinds), tagged("aws:RequestTag")),
            Limit::Tagged(kinds) => ("Owns", self.ec2(kinds), tagged("aws:ResourceTag")),
            Limit::Of(kinds) => ("Uses", self.ec2(kinds), free()),
            Limit::WhileMaking => {
                let making = MAKING.map(str::to_owned).into();
                ("Tags", self.ec2(&["*"]), condition("StringEquals", "ec2:CreateAction", making))
            }
            Limit::Functions => ("Functions", vec![self.function("*")], free()),
            Limit::Probes => ("Probes", vec![self.function(PROBES)], free()),
            Limit::Roles => ("Roles", vec![self.role("*")], free()),
            Limit::OwnRoles => ("OwnRoles", vec![self.own_roles()], free()),
            Limit::OwnRolesToLambda => {
                let to = condition("StringEquals", "iam:PassedToService", vec![LAMBDA.to_owned()]);
                ("Passes", vec![self.own_roles()], to)
            }
            Limit::RolesWithManagedPolicy => {
                let policy = vec![self.partition.vpc_access_policy_arn()];
                ("Grants", vec![self.role("*")], condition("ArnEquals", "iam:PolicyARN", policy))
            }
            Limit::ManagedPolicy => ("Policy", vec![self.partition.vpc_access_policy_arn()], free()),
        }
    }

    fn ec2(&self, kinds: &[&str]) -> Vec<String> {
        let Self { partition, account, region } = self;
        kinds.iter().map(|kind| format!("{}ec2:{region}:{account}:{kind}/*", partition.arn_prefix())).collect()
    }

    fn function(&self, name: &str) -> String {
        let Self { partition, account, region } = self;
        format!("{}lambda:{region}:{account}:function:{name}", partition.arn_prefix())
    }

    fn role(&self, name: &str) -> String {
        self.partition.role_arn(&self.account, name)
    }

    fn own_roles(&self) -> String {
        self.role(&format!("{}*", roles::PATH.trim_start_matches('/')))
    }
}

/// How the engine names probes.
const PROBES: &str = "egress-probe-*";

#[cfg(test)]
mod tests {
    use super::*;

    fn operator() -> Operator {
        Operator { partition: Partition::AwsCn, account: "123456789012".to_owned(), region: "cn-north-1".to_owned() }
    }

    fn statements(policy: &Value) -> Vec<Value> {
        policy["Statement"].as_array().cloned().unwrap_or_default()
    }

    #[test]
    fn the_policy_of_everything() {
        insta::assert_json_snapshot!(operator_policy(None, &operator()));
    }

    #[test]
    fn a_verb_gets_exactly_its_actions() {
        for verb in Verb::ALL {
            let policy = operator_policy(Some(verb), &operator());
            let allowed: std::collections::BTreeSet<_> = statements(&policy)
                .iter()
                .flat_map(|s| s["Action"].as_array().cloned().unwrap_or_default())
                .map(|action| action.as_str().unwrap().to_owned())
                .collect();
            let needed = ACTIONS.iter().filter(|action| action.is_for(verb)).map(|action| action.name.to_owned());
            assert_eq!(allowed, needed.collect(), "{verb}");
        }
    }

    #[test]
    fn only_lambda_gets_a_role_and_only_egresss_own() {
        let all = statements(&operator_policy(None, &operator()));
        let passing: Vec<_> = all.iter().filter(|s| s["Action"].to_string().contains("PassRole")).collect();
        assert_eq!(passing.len(), 1);
        assert_eq!(passing[0]["Resource"][0], "arn:aws-cn:iam::123456789012:role/egress/*");
        assert_eq!(passing[0]["Condition"]["StringEquals"]["iam:PassedToService"][0], "lambda.amazonaws.com");
    }

    #[test]
    fn the_address_can_be_held_by_aws_itself() {
        let expected = serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": "KeepAddresses",
                "Effect": "Deny",
                "Action": ["ec2:ReleaseAddress"],
                "Resource": ["arn:aws-cn:ec2:cn-north-1:123456789012:elastic-ip/*"]
            }]
        });
        assert_eq!(deny_release_policy(&operator()), expected);
    }

    #[test]
    fn a_policy_fits_into_what_iam_takes() {
        // A managed policy has at most 6,144 characters, spaces not counted [doc].
        for (partition, region) in [(Partition::AwsCn, "cn-north-1"), (Partition::AwsUsGov, "us-gov-west-1")] {
            let operator = Operator { partition, region: region.to_owned(), ..operator() };
            let length = operator_policy(None, &operator).to_string().len();
            assert!(length <= 6144, "{region}: {length}");
        }
    }
}
