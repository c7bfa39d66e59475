//! What was changed behind egress's back is found and mended, and nothing else is touched.

use std::collections::BTreeSet;

use super::support::*;
use crate::{
    CloudId, Kind, World,
    plan::Verb,
    spec::Permission,
    world::{Attachment, NatState, RouteState, Rule, Target, UpdateState},
};

/// A stack with one attached function, as apply leaves it.
fn built() -> World {
    run(&spec_with(&[("f", Permission::Managed)]), &with_function(empty(), "f"), apply_verb())
}

/// The changes that mend a fault; the plan after them is empty.
#[track_caller]
fn mended(fault: impl FnOnce(&mut World)) -> String {
    let spec = spec_with(&[("f", Permission::Managed)]);
    let mut world = built();
    fault(&mut world);
    let plan = planned(&spec, &world, apply_verb()).unwrap();
    assert!(!plan.is_empty(), "the fault was not found");
    let world = execute(&plan, &world);
    let again = planned(&spec, &world, apply_verb()).unwrap();
    assert!(again.is_empty(), "still to do: {}", steps(&again));
    steps(&plan)
}

#[test]
fn a_deleted_nat_route() {
    insta::assert_snapshot!(mended(|world| {
        table_mut(world, "lambda_prv_rt").routes.retain(|r| r.target == Target::Local);
    }));
}

#[test]
fn a_deleted_internet_route() {
    insta::assert_snapshot!(mended(|world| {
        table_mut(world, "lambda_pub_rt").routes.retain(|r| r.target == Target::Local);
    }));
}

#[test]
fn a_route_that_leads_elsewhere() {
    insta::assert_snapshot!(mended(|world| {
        let igw = id(world, Kind::InternetGateway, "lambda_igw");
        let table = table_mut(world, "lambda_prv_rt");
        table
            .routes
            .iter_mut()
            .filter(|r| r.target != Target::Local)
            .for_each(|r| r.target = Target::InternetGateway(igw.clone()));
    }));
}

#[test]
fn a_detached_internet_gateway() {
    insta::assert_snapshot!(mended(|world| {
        let igw = id(world, Kind::InternetGateway, "lambda_igw");
        world.gateway.internet_gateways.get_mut(&igw).unwrap().network = None;
        let table = table_mut(world, "lambda_pub_rt");
        table.routes.iter_mut().filter(|r| r.target != Target::Local).for_each(|r| r.state = RouteState::Blackhole);
    }));
}

#[test]
fn a_changed_association() {
    insta::assert_snapshot!(mended(|world| {
        let subnet = id(world, Kind::Subnet, "lambda_prv1");
        let table = id(world, Kind::RouteTable, "lambda_pub_rt");
        let op = crate::op::AssociateRouteTable { table, subnet, replaces: None };
        let op = crate::Op::Network(crate::op::NetworkOp::AssociateRouteTable(op));
        crate::world::apply(world, &op, &CloudId::new("-")).unwrap();
    }));
}

#[test]
fn a_deleted_association() {
    insta::assert_snapshot!(mended(|world| table_mut(world, "lambda_prv_rt").associations.clear()));
}

#[test]
fn a_group_that_lets_nothing_out() {
    insta::assert_snapshot!(mended(|world| {
        let group = id(world, Kind::SecurityGroup, "lambda_sg");
        world.network.groups.get_mut(&group).unwrap().egress.retain(|r| *r != Rule::all_v4());
    }));
}

#[test]
fn a_detached_group() {
    insta::assert_snapshot!(mended(|world| {
        let function = world.function.functions.get_mut(&"f".into()).unwrap();
        let attachment = function.attachment.clone().unwrap();
        function.attachment = Some(Attachment { groups: BTreeSet::from(["sg-default".into()]), ..attachment });
    }));
}

#[test]
fn a_function_that_was_set_back() {
    insta::assert_snapshot!(mended(|world| {
        let function = world.function.functions.get_mut(&"f".into()).unwrap();
        (function.attachment, function.network) = (None, None);
    }));
}

#[test]
fn a_function_whose_update_is_under_way() {
    insta::assert_snapshot!(mended(|world| {
        let function = world.function.functions.get_mut(&"f".into()).unwrap();
        (function.attachment, function.network) = (None, None);
        function.update = UpdateState::InProgress;
    }));
}

#[test]
fn a_deleted_nat_gateway() {
    insta::assert_snapshot!(mended(|world| {
        let nat = id(world, Kind::NatGateway, "lambda_nat");
        let gateway = world.gateway.nat_gateways.get_mut(&nat).unwrap();
        gateway.state = NatState::Deleted;
        gateway.addresses.clear();
        world.gateway.addresses.values_mut().for_each(|a| a.nat_gateway = None);
        let table = table_mut(world, "lambda_prv_rt");
        table.routes.iter_mut().filter(|r| r.target != Target::Local).for_each(|r| r.state = RouteState::Blackhole);
    }));
}

#[test]
fn a_nat_gateway_that_is_being_deleted_keeps_the_address_until_it_is_gone() {
    let mut world = built();
    let nat = id(&world, Kind::NatGateway, "lambda_nat");
    world.gateway.nat_gateways.get_mut(&nat).unwrap().state = NatState::Deleting;
    let plan = planned(&spec_with(&[("f", Permission::Managed)]), &world, apply_verb()).unwrap();
    insta::assert_snapshot!(steps(&plan));
}

#[test]
fn a_gateway_that_a_broken_run_left_pending_is_waited_for() {
    let spec = spec_with(&[("f", Permission::Managed)]);
    let mut world = run(&super::support::spec(), &with_function(empty(), "f"), apply_verb());
    for gateway in world.gateway.nat_gateways.values_mut() {
        gateway.state = NatState::Pending;
        gateway.addresses.iter_mut().for_each(|address| address.state = crate::world::NatAddressState::Associating);
    }
    let plan = planned(&spec, &world, apply_verb()).unwrap();
    let waits = "await nat-gateway/lambda_nat ready";
    for proof in plan.steps.iter().filter(|s| s.id.0.starts_with("prove")) {
        assert!(proof.needs.iter().any(|need| need.0 == waits), "{:?}", proof.needs);
    }
}

#[test]
fn a_failed_nat_gateway_is_made_anew_with_the_same_address() {
    insta::assert_snapshot!(mended(|world| {
        let nat = id(world, Kind::NatGateway, "lambda_nat");
        let gateway = world.gateway.nat_gateways.get_mut(&nat).unwrap();
        gateway.state = NatState::Failed { code: "InternalError".to_owned(), message: "try again".to_owned() };
        gateway.addresses.clear();
        world.gateway.addresses.values_mut().for_each(|a| a.nat_gateway = None);
    }));
}

#[test]
fn a_lost_tag() {
    insta::assert_snapshot!(mended(|world| {
        let subnet = id(world, Kind::Subnet, "lambda_prv1");
        world.network.subnets.get_mut(&subnet).unwrap().tags.remove("Name");
    }));
}

#[test]
fn tags_of_the_file_are_set_and_those_of_others_stay() {
    let mut spec = spec();
    let mut world = run(&spec, &empty(), apply_verb());
    world.network.networks.values_mut().for_each(|n| {
        n.tags.insert("theirs".to_owned(), "x".to_owned());
    });
    spec.tags.insert("team".to_owned(), "payments".to_owned());
    let world = run(&spec, &world, apply_verb());
    let tags = &world.network.networks.values().next().unwrap().tags;
    assert_eq!((tags["team"].as_str(), tags["theirs"].as_str()), ("payments", "x"));
    assert!(planned(&spec, &world, apply_verb()).unwrap().is_empty());
}

#[test]
fn a_probe_that_a_broken_run_left_is_removed() {
    let mut world = built();
    let spec = spec_with(&[("f", Permission::Managed)]);
    let probe = crate::Owner { stack: spec.stack.clone(), key: crate::Key::new(Kind::Probe, "lambda_prv1") };
    let mut left = world.function.functions[&"f".into()].clone();
    left.id = "egress-probe-demo-lambda_prv1".into();
    left.tags = probe.tags(&crate::Tags::new());
    world.function.functions.insert(left.id.clone(), left);
    let plan = planned(&spec, &world, apply_verb()).unwrap();
    assert_eq!(changes(&plan), ["delete probe/lambda_prv1"]);
}

/// Whatever part of a stack is gone, one apply brings it back, and the next has nothing to do.
mod whatever_is_gone {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]
        #[test]
        fn apply_brings_it_back(faults in prop::collection::btree_set(0usize..9, 1..5)) {
            let spec = spec_with(&[("f", Permission::Managed)]);
            let mut world = built();
            for fault in &faults {
                break_one(&mut world, *fault);
            }
            let plan = planned(&spec, &world, apply_verb()).unwrap();
            let world = execute(&plan, &world);
            let again = planned(&spec, &world, apply_verb()).unwrap();
            prop_assert!(again.is_empty(), "{faults:?}: {}", steps(&again));
            prop_assert_eq!(world.gateway.addresses.len(), 1);
        }
    }

    fn break_one(world: &mut World, fault: usize) {
        let table = if fault < 2 { "lambda_pub_rt" } else { "lambda_prv_rt" };
        match fault {
            0 | 2 => table_mut(world, table).routes.retain(|r| r.target == Target::Local),
            1 | 3 => table_mut(world, table).associations.clear(),
            4 => world.gateway.internet_gateways.values_mut().for_each(|g| g.network = None),
            5 => {
                for gateway in world.gateway.nat_gateways.values_mut() {
                    gateway.state = NatState::Deleted;
                    gateway.addresses.clear();
                }
                world.gateway.addresses.values_mut().for_each(|a| a.nat_gateway = None);
            }
            6 => world.network.groups.values_mut().for_each(|g| g.egress.clear()),
            7 => world.function.roles.values_mut().for_each(|r| r.grants.clear()),
            _ => {
                let function = world.function.functions.get_mut(&"f".into()).unwrap();
                (function.attachment, function.network) = (None, None);
            }
        }
    }
}

#[test]
fn a_probes_role_that_a_broken_run_left_without_permission() {
    let mut world = built();
    let role = id(&world, Kind::Role, "egress-probe-demo");
    world.function.roles.get_mut(&role).unwrap().grants.clear();
    let plan = planned(&spec_with(&[("f", Permission::Managed)]), &world, Verb::Verify).unwrap();
    let given = changes(&plan).into_iter().filter(|change| change.contains("grant")).collect::<Vec<_>>();
    assert_eq!(given, ["grant role/egress-probe-demo"]);
    assert!(execute(&plan, &world).function.roles[&role].has_network_access());
}
