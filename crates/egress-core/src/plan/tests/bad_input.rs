//! Every refusal, with all its reasons at once and what the user can do.

use std::collections::BTreeSet;

use super::support::*;
use crate::{
    Kind, World,
    plan::{Permit, Verb},
    spec::{FunctionSpec, Permission, ZoneChoice},
    world::{AclEntry, Alias, Direction, FunctionState, Interface, InterfaceKind, Protocol, Subnet, Version},
};

fn f() -> crate::spec::Spec {
    spec_with(&[("f", Permission::Managed)])
}

/// A world with `f` that `change` has spoilt; the refusal of its apply.
fn refused(spec: &crate::spec::Spec, change: impl FnOnce(&mut World)) -> String {
    let mut world = with_function(empty(), "f");
    change(&mut world);
    refusals(planned(spec, &world, apply_verb()))
}

#[test]
fn another_account_and_another_region() {
    let mut spec = spec();
    spec.account = Some("999999999999".to_owned());
    spec.region = Some("eu-west-1".to_owned());
    insta::assert_snapshot!(refused(&spec, |_| {}));
}

#[test]
fn an_unknown_function() {
    insta::assert_snapshot!(refused(&spec_with(&[("g", Permission::Managed)]), |_| {}));
}

#[test]
fn a_function_without_a_role() {
    insta::assert_snapshot!(refused(&f(), |world| world.function.functions.get_mut(&"f".into()).unwrap().role = None));
}

#[test]
fn a_role_that_does_not_exist() {
    insta::assert_snapshot!(refused(&f(), |world| world.function.roles.clear()));
}

#[test]
fn a_role_that_functions_may_not_use() {
    insta::assert_snapshot!(refused(&f(), |world| {
        world.function.roles.values_mut().for_each(|r| r.trusts_functions = false);
    }));
}

#[test]
fn a_role_without_permission_that_egress_may_not_give() {
    insta::assert_snapshot!(refused(&spec_with(&[("f", Permission::None)]), |_| {}));
}

#[test]
fn a_function_that_failed() {
    insta::assert_snapshot!(refused(&f(), |world| {
        world.function.functions.get_mut(&"f".into()).unwrap().state = FunctionState::Failed;
    }));
}

#[test]
fn a_function_in_another_network() {
    let world = in_other_network(with_function(empty(), "f"), "f");
    insta::assert_snapshot!(refusals(planned(&f(), &world, apply_verb())));
    assert!(
        planned(&f(), &world, Verb::Apply { permits: BTreeSet::from([Permit::Leave("vpc-other".into())]) }).is_ok()
    );
}

#[test]
fn a_function_with_a_file_system_never_leaves() {
    let mut world = in_other_network(with_function(empty(), "f"), "f");
    world.function.functions.get_mut(&"f".into()).unwrap().file_systems = vec!["fsap-1".to_owned()];
    insta::assert_snapshot!(refusals(planned(
        &f(),
        &world,
        Verb::Apply { permits: BTreeSet::from([Permit::Leave("vpc-other".into())]) }
    )));
}

#[test]
fn a_function_of_another_stack() {
    let mut other = f();
    other.stack = crate::StackName::new("other").unwrap();
    let world = run(&other, &with_function(empty(), "f"), apply_verb());
    insta::assert_snapshot!(refusals(planned(&f(), &world, apply_verb())));
}

#[test]
fn no_free_tags() {
    insta::assert_snapshot!(refused(&f(), |world| {
        let function = world.function.functions.get_mut(&"f".into()).unwrap();
        function.tags = (0..47).map(|n| (format!("tag{n}"), String::new())).collect();
    }));
}

#[test]
fn damaged_memory() {
    let mut world = run(&f(), &with_function(empty(), "f"), apply_verb());
    let function = world.function.functions.get_mut(&"f".into()).unwrap();
    function.tags.insert("egress:before".to_owned(), "1:none:00000000".to_owned());
    insta::assert_snapshot!(refusals(planned(&f(), &world, destroy_verb())));
}

#[test]
fn two_networks_that_claim_one_key() {
    let mut world = run(&spec(), &empty(), apply_verb());
    let mut twin = world.network.networks.values().next().unwrap().clone();
    twin.id = "vpc-twin".into();
    world.network.networks.insert(twin.id.clone(), twin);
    // Somebody uses the twin, too.
    let mut subnet = world.network.subnets.values().next().unwrap().clone();
    (subnet.id, subnet.network, subnet.tags) = ("subnet-theirs".into(), "vpc-twin".into(), crate::Tags::new());
    world.network.subnets.insert(subnet.id.clone(), subnet);
    insta::assert_snapshot!(refusals(planned(&spec(), &world, apply_verb())));
    insta::assert_snapshot!("two_networks_destroy", refusals(planned(&spec(), &world, destroy_verb())));
}

#[test]
fn a_network_that_somebody_else_tagged() {
    let mut world = with_other_network(empty());
    let owner = crate::Owner { stack: spec().stack, key: spec().network_key() };
    world.network.networks.get_mut(&"vpc-other".into()).unwrap().tags = owner.tags(&crate::Tags::new());
    insta::assert_snapshot!(refusals(planned(&spec(), &world, apply_verb())));
}

#[test]
fn too_few_zones() {
    let mut spec = spec();
    spec.subnets[1].zone = ZoneChoice::Nth(7);
    spec.subnets[2].zone = ZoneChoice::Named("us-east-1-edge".to_owned());
    insta::assert_snapshot!(refused(&spec, |_| {}));
}

#[test]
fn a_range_that_is_taken() {
    let mut world = run(&spec(), &empty(), apply_verb());
    let gone = id(&world, Kind::Subnet, "lambda_prv2");
    let subnet = world.network.subnets.remove(&gone).unwrap();
    let theirs = Subnet { id: "subnet-theirs".into(), tags: crate::Tags::new(), ..subnet };
    world.network.subnets.insert(theirs.id.clone(), theirs);
    insta::assert_snapshot!(refusals(planned(&spec(), &world, apply_verb())));
}

#[test]
fn an_address_that_is_not_there_or_in_use() {
    let mut spec = spec();
    spec.nat_gateways[0].address = Some([192, 0, 2, 7].into());
    let mut world = empty();
    insta::assert_snapshot!(refusals(planned(&spec, &world, apply_verb())));
    let address = crate::world::Address {
        id: "eipalloc-1".into(),
        ip: Some([192, 0, 2, 7].into()),
        interface: Some("eni-1".into()),
        nat_gateway: None,
        tags: crate::Tags::new(),
    };
    world.gateway.addresses.insert(address.id.clone(), address);
    insta::assert_snapshot!("in_use", refusals(planned(&spec, &world, apply_verb())));
    world.gateway.addresses.values_mut().for_each(|a| a.interface = None);
    let plan = planned(&spec, &world, apply_verb()).unwrap();
    assert!(!changes(&plan).contains(&"allocate address/lambda_nat".to_owned()));
    // It is used, never tagged and never released.
    let built = execute(&plan, &world);
    assert_eq!(built.gateway.addresses.values().map(|a| a.tags.len()).collect::<Vec<_>>(), [0]);
    let destroyed = run(&spec, &built, destroy_verb());
    assert_eq!(destroyed.gateway.addresses, world.gateway.addresses);
}

#[test]
fn a_filter_that_would_stop_functions() {
    let mut world = run(&f(), &with_function(empty(), "f"), apply_verb());
    for acl in world.network.acls.values_mut() {
        acl.entries.push(AclEntry {
            number: 50,
            direction: Direction::Egress,
            protocol: Protocol::Tcp,
            ports: (443, 443),
            cidr: "0.0.0.0/0".parse().unwrap(),
            allow: false,
        });
    }
    insta::assert_snapshot!(refusals(planned(&f(), &world, apply_verb())));
}

#[test]
fn strangers_in_the_network_of_a_stack_that_is_destroyed() {
    let mut world = with_function(run(&spec(), &empty(), apply_verb()), "theirs");
    let private = id(&world, Kind::Subnet, "lambda_prv1");
    let network = id(&world, Kind::Network, "lambda_vpc");
    let machine = Interface {
        id: "eni-machine".into(),
        network: network.clone(),
        subnet: private.clone(),
        kind: InterfaceKind::Machine,
        in_use: true,
        groups: BTreeSet::new(),
        private_ips: vec![[10, 0, 1, 9].into()],
        ipv6: Vec::new(),
        prefixes: Vec::new(),
        public_ip: None,
        instance: None,
        source_dest_check: true,
        description: String::new(),
        tags: crate::Tags::new(),
    };
    world.network.interfaces.insert(machine.id.clone(), machine);
    let function = world.function.functions.get_mut(&"theirs".into()).unwrap();
    function.network = Some(network);
    function.attachment =
        Some(crate::world::Attachment { subnets: BTreeSet::from([private]), groups: BTreeSet::new(), ipv6: false });
    insta::assert_snapshot!(refusals(planned(&spec(), &world, destroy_verb())));
}

#[test]
fn a_published_version_in_the_subnets_of_a_stack_that_is_destroyed() {
    let spec = f();
    let mut world = run(&spec, &with_function(empty(), "f"), apply_verb());
    let function = world.function.functions.get_mut(&"f".into()).unwrap();
    let version = |version: &str, attachment| Version { version: version.to_owned(), attachment };
    function.versions = vec![version("1", None), version("2", function.attachment.clone())];
    function.aliases = vec![Alias { name: "live".to_owned(), versions: BTreeSet::from(["2".to_owned()]) }];
    insta::assert_snapshot!(refusals(planned(&spec, &world, destroy_verb())));
}

#[test]
fn attach_before_apply_and_detach_of_a_stranger() {
    let world = with_function(empty(), "f");
    let functions = vec![FunctionSpec { name: "f".into(), permission: Permission::Managed }];
    insta::assert_snapshot!(refusals(planned(&spec(), &world, Verb::Attach { functions, permits: BTreeSet::new() })));
    let functions = BTreeSet::from(["f".into(), "g".into()]);
    let detach = Verb::Detach { functions, remove_role_policy: false };
    insta::assert_snapshot!("detach", refusals(planned(&spec(), &world, detach)));
}
