//! Rules of roles' documents: who may assume a role, and what lets it make interfaces.

use std::collections::BTreeSet;

use egress_core::{
    CloudId, Tags,
    world::{Grant, Role},
};

use super::bench::{Bench, attachment, refusal};
use crate::cloud::{
    Code, CreateRole,
    policy::{Decision, INTERFACE_POLICY, TRUSTS_FUNCTIONS, TRUSTS_INSTANCES},
};

super::rules![
    a_roles_name_path_and_session_are_checked,
    a_role_has_the_names_that_iam_gives,
    who_may_assume_a_role_stands_in_its_trust_policy,
    a_policy_that_allows_interfaces_is_a_grant,
    a_deny_outdoes_every_grant,
    awss_own_policies_are_attachable_by_arn,
    a_policy_in_a_role_is_limited_and_read_back,
    it_is_known_which_roles_have_a_policy,
    a_simulation_names_the_policies_that_decide,
    what_the_world_says_of_a_role_stands_in_its_documents,
    a_role_that_is_gone_leaves_nothing,
    an_arn_has_the_partition_of_its_region,
];

const ADMIN: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
const BASIC: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
const VPC: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole";

fn grants(b: &Bench, role: &CloudId) -> Vec<Grant> {
    b.model.world.function.roles[role].grants.iter().cloned().collect()
}

fn policy(effect: &str, action: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"{effect}","Action":"{action}","Resource":"*"}}}}"#)
}

fn a_roles_name_path_and_session_are_checked(mut b: Bench) {
    let args = |change: fn(&mut CreateRole)| {
        let mut args = CreateRole::for_functions("r", Tags::new());
        change(&mut args);
        args
    };
    let said: Vec<String> = [
        args(|a| a.role_name = "a b".to_owned()),
        args(|a| a.role_name = "x".repeat(65)),
        args(|a| a.path = "egress".to_owned()),
        args(|a| a.max_session_duration = Some(60)),
        args(|a| a.assume_role_policy_document = "{".to_owned()),
        args(|a| a.assume_role_policy_document = " ".repeat(3_000)),
    ]
    .into_iter()
    .map(|args| {
        let (code, message) = refusal(b.model.create_role(args));
        format!("{} {message}", code.as_str()).replace(&"x".repeat(65), "x…")
    })
    .collect();
    assert_eq!(
        said,
        [
            "ValidationError The specified value for roleName is invalid. It must contain only alphanumeric characters \
             and/or the following: +=,.@_-",
            "ValidationError 1 validation error detected: Value 'x…' at 'roleName' failed to satisfy constraint: Member must \
             have length less than or equal to 64",
            "ValidationError The specified value for path is invalid. It must begin and end with / and contain only \
             alphanumeric characters and/or / characters.",
            "ValidationError 1 validation error detected: Value '60' at 'maxSessionDuration' failed to satisfy constraint: \
             Member must have value greater than or equal to 3600",
            "MalformedPolicyDocument This policy contains invalid Json",
            "MalformedPolicyDocument This policy contains invalid Json",
        ]
    );
    assert!(b.model.world.function.roles.is_empty());
}

fn a_role_has_the_names_that_iam_gives(mut b: Bench) {
    b.wait(5);
    let args = CreateRole { path: "/egress/".to_owned(), ..CreateRole::for_functions("r", Tags::new()) };
    let role = b.model.create_role(args).unwrap();
    let facts = b.model.role_facts(&role).unwrap();
    assert_eq!(b.model.role_arn(&role), "arn:aws:iam::123456789012:role/egress/r");
    assert_eq!((facts.role_id.len(), &facts.role_id[..4]), (21, "AROA"));
    assert_eq!((facts.created, facts.max_session_duration), (b.model.hidden.now, 3_600));
    // One of the same name that comes later is another role.
    b.model.delete_role(&role).unwrap();
    let again = b.model.create_role(CreateRole::for_functions("r", Tags::new())).unwrap();
    assert_ne!(b.model.role_facts(&again).unwrap().role_id, facts.role_id);
}

fn who_may_assume_a_role_stands_in_its_trust_policy(mut b: Bench) {
    let role = b.role("r", None);
    b.model.update_assume_role_policy(&role, TRUSTS_INSTANCES).unwrap();
    assert_eq!(refusal(b.try_function("f", &role, None)).0, Code::RoleCannotBeAssumed);
    b.model.update_assume_role_policy(&role, TRUSTS_FUNCTIONS).unwrap();
    b.try_function("f", &role, None).unwrap();
    let refused = refusal(b.model.update_assume_role_policy(&role, INTERFACE_POLICY));
    assert_eq!(refused, (Code::MalformedPolicyDocument, "Has prohibited field Resource".to_owned()));
}

fn a_policy_that_allows_interfaces_is_a_grant(mut b: Bench) {
    let t = b.topology();
    let role = b.role("r", None);
    b.model.put_role_policy(&role, "logs", &policy("Allow", "logs:*")).unwrap();
    assert_eq!(grants(&b, &role), []);
    b.model.put_role_policy(&role, "logs", &policy("Allow", "ec2:*")).unwrap();
    b.model.put_role_policy(&role, "egress-network-access", INTERFACE_POLICY).unwrap();
    b.model.attach_role_policy(&role, VPC).unwrap();
    b.model.attach_role_policy(&role, ADMIN).unwrap();
    let other = |name: &str| Grant::Other(name.to_owned());
    assert_eq!(grants(&b, &role), [Grant::Managed, Grant::Inline, other("AdministratorAccess"), other("logs")]);
    // Each goes by the name that the World has for it.
    for grant in grants(&b, &role) {
        b.model.revoke(&role, &grant).unwrap();
    }
    assert_eq!(grants(&b, &role), []);
    b.model.delete_role(&role).unwrap();
    // And none counts before it was propagated.
    let role = b.role("s", None);
    b.model.put_role_policy(&role, "mine", &policy("Allow", "*")).unwrap();
    let to = attachment(&[&t.private], &t.group);
    assert_eq!(refusal(b.try_function("f", &role, Some(to.clone()))).0, Code::RoleLacksPermission);
    b.wait(30);
    b.try_function("f", &role, Some(to)).unwrap();
}

fn a_deny_outdoes_every_grant(mut b: Bench) {
    let role = b.role("r", Some(Grant::Managed));
    b.model.put_role_policy(&role, "no", &policy("Deny", "ec2:CreateNetworkInterface")).unwrap();
    assert_eq!(grants(&b, &role), []);
    // What AWS suggests against a function's own code is no such deny.
    let by_code = policy("Deny", "ec2:*").replace(
        r#""Resource":"*""#,
        r#""Resource":"*","Condition":{"ArnEquals":{"lambda:SourceFunctionArn":["arn:aws:lambda:r:1:function:f"]}}"#,
    );
    b.model.put_role_policy(&role, "no", &by_code).unwrap();
    assert_eq!(grants(&b, &role), [Grant::Managed]);
}

fn awss_own_policies_are_attachable_by_arn(mut b: Bench) {
    let role = b.role("r", None);
    let malformed = "Invalid ARN:  Could not be parsed!".to_owned();
    assert_eq!(refusal(b.model.attach_role_policy(&role, "AdministratorAccess")), (Code::IamValidation, malformed));
    let unknown = "arn:aws:iam::aws:policy/NoSuchAccess";
    let sentence = format!("Policy {unknown} does not exist or is not attachable.");
    assert_eq!(refusal(b.model.attach_role_policy(&role, unknown)), (Code::NoSuchEntity, sentence));
    // A second time is no mistake.
    for arn in [BASIC, BASIC] {
        b.model.attach_role_policy(&role, arn).unwrap();
    }
    assert_eq!(b.model.role_facts(&role).unwrap().attached, BTreeSet::from([BASIC.to_owned()]));
    assert_eq!(grants(&b, &role), []);
    let sentence = "Cannot delete entity, must detach all policies first.".to_owned();
    assert_eq!(refusal(b.model.delete_role(&role)), (Code::DeleteConflict, sentence));
    b.model.detach_role_policy(&role, BASIC).unwrap();
    let sentence = format!("Policy {BASIC} was not found.");
    assert_eq!(refusal(b.model.detach_role_policy(&role, BASIC)), (Code::NoSuchEntity, sentence));
}

fn a_policy_in_a_role_is_limited_and_read_back(mut b: Bench) {
    let role = b.role("r", None);
    let long = policy("Allow", &format!("ec2:{}", "x".repeat(6_000)));
    b.model.put_role_policy(&role, "a", &long).unwrap();
    b.model.put_role_policy(&role, "a", &long).unwrap();
    let sentence = "Maximum policy size of 10240 bytes exceeded for role r".to_owned();
    assert_eq!(refusal(b.model.put_role_policy(&role, "b", &long)), (Code::PoliciesPerRole, sentence));
    assert_eq!(b.model.role_policy(&role, "a"), Ok(long));
    let sentence = "The role policy with name b cannot be found.".to_owned();
    assert_eq!(refusal(b.model.role_policy(&role, "b")), (Code::NoSuchEntity, sentence.clone()));
    assert_eq!(refusal(b.model.delete_role_policy(&role, "b")), (Code::NoSuchEntity, sentence));
    b.model.strip_role(&role).unwrap();
    b.model.delete_role(&role).unwrap();
}

fn it_is_known_which_roles_have_a_policy(mut b: Bench) {
    let (r, _, t) = (b.role("r", Some(Grant::Managed)), b.role("s", None), b.role("t", Some(Grant::Managed)));
    assert_eq!(b.model.roles_with_policy(VPC), Ok(vec![r, t]));
    assert_eq!(b.model.roles_with_policy(ADMIN), Ok(Vec::new()));
    let unknown = "arn:aws:iam::123456789012:policy/mine";
    let sentence = format!("Policy {unknown} was not found.");
    assert_eq!(refusal(b.model.roles_with_policy(unknown)), (Code::NoSuchEntity, sentence));
}

fn a_simulation_names_the_policies_that_decide(mut b: Bench) {
    let role = b.role("r", Some(Grant::Managed));
    let simulate = |b: &Bench, action: &str| b.model.simulate(&role, action, "*").unwrap();
    let vpc = || vec!["AWSLambdaVPCAccessExecutionRole".to_owned()];
    assert_eq!(simulate(&b, "ec2:CreateNetworkInterface"), (Decision::Allowed, vpc()));
    assert_eq!(simulate(&b, "ec2:CreateVpc"), (Decision::ImplicitDeny, Vec::new()));
    b.model.put_role_policy(&role, "no", &policy("Deny", "ec2:Create*")).unwrap();
    assert_eq!(simulate(&b, "ec2:CreateNetworkInterface"), (Decision::ExplicitDeny, vec!["no".to_owned()]));
    assert_eq!(simulate(&b, "ec2:DescribeSubnets"), (Decision::Allowed, vpc()));
}

fn what_the_world_says_of_a_role_stands_in_its_documents(mut b: Bench) {
    // As one from a file of an earlier version: nothing is known of it beyond the World.
    let id = CloudId::new("old");
    let grants = BTreeSet::from([Grant::Managed, Grant::Inline, Grant::Other("theirs".to_owned())]);
    let role = Role { id: id.clone(), trusts_functions: false, grants, tags: Tags::new() };
    b.model.world.function.roles.insert(id.clone(), role);
    let facts = b.model.role_facts(&id).unwrap();
    let theirs = "arn:aws:iam::123456789012:policy/theirs".to_owned();
    assert_eq!(facts.attached, BTreeSet::from([VPC.to_owned(), theirs.clone()]));
    assert_eq!(facts.inline.keys().collect::<Vec<_>>(), ["egress-network-access"]);
    assert_eq!(facts.trust, TRUSTS_INSTANCES);
    // A policy of the account's own can be attached to others, for it exists.
    let other = b.role("other", None);
    b.model.attach_role_policy(&other, &theirs).unwrap();
    // And drift takes it away again, behind everybody's back.
    b.model.world.function.roles.get_mut(&id).unwrap().grants.clear();
    let facts = b.model.role_facts(&id).unwrap();
    assert_eq!((facts.attached.len(), facts.inline.len()), (0, 0));
}

fn a_role_that_is_gone_leaves_nothing(mut b: Bench) {
    let before = b.model.hidden.roles.len();
    let role = b.role("r", Some(Grant::Managed));
    b.model.strip_role(&role).unwrap();
    b.model.delete_role(&role).unwrap();
    assert_eq!((b.model.hidden.roles.len(), b.model.role_facts(&role)), (before, None));
    assert!(b.model.hidden.grant_usable_from.is_empty());
}

fn an_arn_has_the_partition_of_its_region(mut b: Bench) {
    b.model.config.place.region = "cn-north-1".to_owned();
    let role = b.role("r", Some(Grant::Managed));
    let policy = "arn:aws-cn:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole";
    assert_eq!(b.model.role_facts(&role).unwrap().attached, BTreeSet::from([policy.to_owned()]));
    assert_eq!(b.model.role_arn(&role), "arn:aws-cn:iam::123456789012:role/r");
    let sentence = "Function not found: arn:aws-cn:lambda:cn-north-1:123456789012:function:f".to_owned();
    assert_eq!(refusal(b.model.delete_function(&CloudId::new("f"))), (Code::FunctionNotFound, sentence));
}
