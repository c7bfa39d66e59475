//! Rules of roles.

use egress_core::{CloudId, Tags, world::Grant};

use super::bench::{Bench, refusal};
use crate::cloud::{Code, CreateRole, policy::TRUSTS_INSTANCES};

super::rules![
    a_new_role_is_usable_after_some_seconds,
    a_grant_counts_after_some_seconds,
    a_role_that_does_not_trust_functions_is_never_usable,
    a_roles_name_is_unique,
    a_role_with_a_policy_is_not_deleted,
    only_known_policies_are_attached,
    an_eleventh_policy_is_over_the_quota,
];

const CANNOT_BE_ASSUMED: &str = "The role defined for the function cannot be assumed by Lambda.";

fn create(b: &mut Bench, name: &str, trusts_functions: bool) -> CloudId {
    let mut args = CreateRole::for_functions(name, Tags::new());
    if !trusts_functions {
        TRUSTS_INSTANCES.clone_into(&mut args.assume_role_policy_document);
    }
    b.model.create_role(args).unwrap()
}

fn a_new_role_is_usable_after_some_seconds(mut b: Bench) {
    let role = create(&mut b, "r", true);
    let too_young = refusal(b.try_function("f", &role, None));
    assert_eq!(too_young, (Code::RoleCannotBeAssumed, CANNOT_BE_ASSUMED.to_owned()));
    b.wait(4);
    assert_eq!(refusal(b.try_function("f", &role, None)).0, Code::RoleCannotBeAssumed);
    b.wait(26);
    b.try_function("f", &role, None).unwrap();
}

fn a_grant_counts_after_some_seconds(mut b: Bench) {
    let t = b.topology();
    let role = b.role("r", None);
    b.model.grant(&role, &Grant::Inline).unwrap();
    let to = || Some(super::bench::attachment(&[&t.private], &t.group));
    assert_eq!(refusal(b.try_function("f", &role, to())).0, Code::RoleLacksPermission);
    b.wait(30);
    // A second time is no mistake, and does not start anew.
    b.model.grant(&role, &Grant::Inline).unwrap();
    b.try_function("f", &role, to()).unwrap();
    b.model.revoke(&role, &Grant::Inline).unwrap();
    assert_eq!(refusal(b.try_function("g", &role, to())).0, Code::RoleLacksPermission);
}

fn a_role_that_does_not_trust_functions_is_never_usable(mut b: Bench) {
    let role = create(&mut b, "r", false);
    b.wait(3_600);
    assert_eq!(refusal(b.try_function("f", &role, None)).0, Code::RoleCannotBeAssumed);
    assert_eq!(refusal(b.try_function("f", &CloudId::new("nobody"), None)).0, Code::RoleCannotBeAssumed);
}

fn a_roles_name_is_unique(mut b: Bench) {
    create(&mut b, "r", true);
    let again = CreateRole::for_functions("R", Tags::new());
    let sentence = "Role with name R already exists.".to_owned();
    assert_eq!(refusal(b.model.create_role(again)), (Code::EntityAlreadyExists, sentence));
}

fn a_role_with_a_policy_is_not_deleted(mut b: Bench) {
    let role = b.role("r", Some(Grant::Managed));
    let sentence = "Cannot delete entity, must detach all policies first.".to_owned();
    assert_eq!(refusal(b.model.delete_role(&role)), (Code::DeleteConflict, sentence));
    b.model.revoke(&role, &Grant::Managed).unwrap();
    let sentence =
        "Policy arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole was not found.".to_owned();
    assert_eq!(refusal(b.model.revoke(&role, &Grant::Managed)), (Code::NoSuchEntity, sentence));
    b.model.grant(&role, &Grant::Inline).unwrap();
    let sentence = "Cannot delete entity, must delete policies first.".to_owned();
    assert_eq!(refusal(b.model.delete_role(&role)), (Code::DeleteConflict, sentence));
    b.model.revoke(&role, &Grant::Inline).unwrap();
    b.model.delete_role(&role).unwrap();
}

fn only_known_policies_are_attached(mut b: Bench) {
    let role = b.role("r", None);
    let sentence = "Policy arn:aws:iam::123456789012:policy/mine does not exist or is not attachable.".to_owned();
    let refused = refusal(b.model.grant(&role, &Grant::Other("mine".to_owned())));
    assert_eq!(refused, (Code::NoSuchEntity, sentence));
}

fn an_eleventh_policy_is_over_the_quota(mut b: Bench) {
    let role = b.role("r", None);
    let others = (0..10).map(|n| Grant::Other(n.to_string()));
    b.model.world.function.roles.get_mut(&role).unwrap().grants.extend(others);
    let sentence = "Cannot exceed quota for PoliciesPerRole: 10".to_owned();
    assert_eq!(refusal(b.model.grant(&role, &Grant::Managed)), (Code::PoliciesPerRole, sentence));
    b.model.grant(&role, &Grant::Inline).unwrap();
}
