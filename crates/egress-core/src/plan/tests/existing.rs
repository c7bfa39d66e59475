//! Stacks that use what was there before, wholly or in part.

use std::collections::{BTreeMap, BTreeSet};

use super::support::*;
use crate::{
    CloudId, Key, Kind, World,
    plan::{Verb, bindings},
    spec::{Permission, Spec, parse},
    world::{Destination, NatState, Target},
};

/// A file that takes some things from a World made by hand, and has the rest made.
fn file(world: &World, existing: &[&str], more: &str) -> Spec {
    let there = bindings_of(world);
    let line = |key: &str| match existing.contains(&key) {
        true => format!("existing = \"{}\"\n", there[key]),
        false => String::new(),
    };
    let range =
        |key: &str, cidr: &str| if existing.contains(&key) { line(key) } else { format!("cidr = \"{cidr}\"\n") };
    let text = format!(
        "stack = \"demo\"\n[network]\nname = \"lambda_vpc\"\n{}\
         [internet_gateway]\nname = \"lambda_igw\"\nroute_table = \"pub\"\n{}\
         [[public_subnet]]\nname = \"lambda_pub\"\n{}\
         [[private_subnet]]\nname = \"lambda_prv1\"\n{}\
         [[private_subnet]]\nname = \"lambda_prv2\"\n{}\
         [[nat_gateway]]\nname = \"lambda_nat\"\nroute_table = \"prv\"\n{}\
         [security_group]\nname = \"lambda_sg\"\n{}{more}",
        range("network/lambda_vpc", "10.0.0.0/16"),
        line("internet-gateway/lambda_igw"),
        range("subnet/lambda_pub", "10.0.20.0/24"),
        range("subnet/lambda_prv1", "10.0.21.0/24"),
        range("subnet/lambda_prv2", "10.0.22.0/24"),
        line("nat-gateway/lambda_nat"),
        line("security-group/lambda_sg"),
    );
    parse(&text).unwrap_or_else(|error| panic!("{error:?}\n{text}")).spec
}

/// What is there, by kind and human name.
fn bindings_of(world: &World) -> BTreeMap<String, CloudId> {
    let named = |kind: Kind, id: &CloudId| {
        let name = world.tags(kind, id)?.get(crate::tags::NAME)?;
        Some((Key::new(kind, name).to_string(), id.clone()))
    };
    let (network, gateway) = (&world.network, &world.gateway);
    (network.networks.keys().filter_map(|id| named(Kind::Network, id)))
        .chain(network.subnets.keys().filter_map(|id| named(Kind::Subnet, id)))
        .chain(network.route_tables.keys().filter_map(|id| named(Kind::RouteTable, id)))
        .chain(network.groups.keys().filter_map(|id| named(Kind::SecurityGroup, id)))
        .chain(gateway.internet_gateways.keys().filter_map(|id| named(Kind::InternetGateway, id)))
        .chain(gateway.nat_gateways.keys().filter_map(|id| named(Kind::NatGateway, id)))
        .collect()
}

const NETWORK: &str = "network/lambda_vpc";
const INTERNET: &str = "internet-gateway/lambda_igw";
const PUBLIC: &str = "subnet/lambda_pub";
const PRIVATE: [&str; 2] = ["subnet/lambda_prv1", "subnet/lambda_prv2"];
const NAT: &str = "nat-gateway/lambda_nat";
const GROUP: &str = "security-group/lambda_sg";

/// Everything that is made is gone again, and nothing else is.
#[track_caller]
fn check_back_and_forth(spec: &Spec, world: &World) -> World {
    let made = run(spec, world, apply_verb());
    let again = planned(spec, &made, apply_verb()).unwrap();
    assert_eq!(changes(&again), [] as [String; 0]);
    let mut gone = run(spec, &made, destroy_verb());
    // What egress allocated is kept, always; and a function's role keeps its permission.
    gone.gateway.addresses.retain(|_, a| !a.tags.contains_key(crate::tags::STACK));
    gone.function.roles = world.function.roles.clone();
    for function in gone.function.functions.values_mut() {
        function.tags.remove("egress:granted");
    }
    assert_eq!(gone, *world);
    made
}

#[test]
fn private_subnets_and_a_gateway_are_made_in_an_existing_network() {
    let world = with_function(reference_by_hand(), "g");
    let spec = file(&world, &[NETWORK, INTERNET, PUBLIC], "[[function]]\nname = \"g\"\n");
    insta::assert_snapshot!(steps(&planned(&spec, &world, apply_verb()).unwrap()));
    let made = check_back_and_forth(&spec, &world);
    insta::assert_snapshot!("destroy_in_an_existing_network", steps(&planned(&spec, &made, destroy_verb()).unwrap()));
}

#[test]
fn a_function_is_attached_to_what_was_there_before_and_given_back() {
    let world = with_function(reference_by_hand(), "g");
    let spec = file(
        &world,
        &[NETWORK, INTERNET, PUBLIC, PRIVATE[0], PRIVATE[1], NAT, GROUP],
        "[[function]]\nname = \"f\"\n[[function]]\nname = \"g\"\n",
    );
    insta::assert_snapshot!(steps(&planned(&spec, &world, apply_verb()).unwrap()));
    let made = check_back_and_forth(&spec, &world);
    // It was at home before: nothing is to be given back, so nothing is written down.
    assert_eq!(made.function.functions[&CloudId::new("f")], world.function.functions[&CloudId::new("f")]);
    assert!(made.function.functions[&CloudId::new("g")].tags.contains_key(crate::tags::STACK));
}

#[test]
fn a_group_of_egress_in_existing_subnets_goes_once_no_interface_has_it() {
    let world = with_function(reference_by_hand(), "g");
    let spec = file(&world, &[NETWORK, INTERNET, PUBLIC, PRIVATE[0], PRIVATE[1], NAT], "[[function]]\nname = \"g\"\n");
    let mut spec = spec;
    spec.security_group.name = "mine".to_owned();
    let made = check_back_and_forth(&spec, &world);
    let plan = planned(&spec, &made, destroy_verb()).unwrap();
    insta::assert_snapshot!(steps(&plan));
}

#[test]
fn a_route_of_an_existing_table_is_changed_only_where_the_file_asks_for_it() {
    let world = reference_by_hand();
    let table = bindings_of(&world)["route-table/lambda_prv_rt"].clone();
    let existing = [NETWORK, INTERNET, PUBLIC, PRIVATE[0], PRIVATE[1], GROUP];
    let spec = file(&world, &existing, "");
    insta::assert_snapshot!(refusals(planned(&spec, &world, apply_verb())));
    let asked = Spec { routes_in: [(spec.nat_gateways[0].key(), [table.clone()].into())].into(), ..spec.clone() };
    // Functions run there already: the new address waits until it is listed.
    let built = run(&asked, &world, apply_verb());
    let plan = planned(&asked, &built, listed(&built)).unwrap();
    insta::assert_snapshot!("asked_for", steps(&plan));
    let made = execute(&plan, &built);
    assert_eq!(changes(&planned(&asked, &made, apply_verb()).unwrap()), [] as [String; 0]);
    // A gateway that goes takes the route along that leads to it: what it led to before is written down nowhere.
    let gone = run(&asked, &made, destroy_verb());
    assert_eq!(gone.network.route_tables[&table].route(&Destination::default_v4()), None);

    let mut without = world.clone();
    without.network.route_tables.get_mut(&table).unwrap().routes.retain(|r| r.target == Target::Local);
    insta::assert_snapshot!("no_route", refusals(planned(&spec, &without, apply_verb())));
}

/// Third parties admit every IP.
fn listed(world: &World) -> crate::plan::Verb {
    let ips = world.gateway.addresses.values().filter_map(|address| address.ip);
    crate::plan::Verb::Apply { permits: ips.map(crate::plan::Permit::Listed).collect() }
}

#[test]
fn whoever_shares_a_table_is_told_of() {
    let world = reference_by_hand();
    let table = bindings_of(&world)["route-table/lambda_prv_rt"].clone();
    let spec = file(&world, &[NETWORK, INTERNET, PUBLIC, PRIVATE[0], GROUP], "");
    let asked = Spec { routes_in: [(spec.nat_gateways[0].key(), [table].into())].into(), ..spec };
    let plan = planned(&asked, &world, apply_verb()).unwrap();
    let said: Vec<&String> = plan.notices.iter().map(|n| &n.message).collect();
    insta::assert_debug_snapshot!(said);
    let built = execute(&plan, &world);
    let made = run(&asked, &built, listed(&built));
    let destroy = planned(&asked, &made, destroy_verb()).unwrap();
    insta::assert_debug_snapshot!(
        "who_loses_their_way",
        destroy.notices.iter().map(|n| &n.message).collect::<Vec<_>>()
    );
}

#[test]
fn an_existing_address_is_used_and_stays() {
    let mut world = reference_by_hand();
    let address = crate::world::Address {
        id: "eipalloc-mine".into(),
        ip: Some([192, 0, 2, 7].into()),
        interface: None,
        nat_gateway: None,
        tags: crate::Tags::new(),
    };
    world.gateway.addresses.insert(address.id.clone(), address);
    let mut spec = file(&world, &[NETWORK, INTERNET, PUBLIC], "");
    spec.existing.insert(spec.nat_gateways[0].address_key(), "eipalloc-mine".into());
    let made = check_back_and_forth(&spec, &world);
    assert!(made.gateway.addresses[&CloudId::new("eipalloc-mine")].nat_gateway.is_some());
    let release = Verb::Destroy { release: [[192, 0, 2, 7].into()].into(), remove_role_policy: false };
    assert!(refusals(planned(&spec, &made, release)).contains("is no address that egress allocated"));
}

#[test]
fn an_existing_gateway_brings_all_of_its_addresses_along() {
    let mut world = reference_by_hand();
    let nat = world.gateway.nat_gateways.values_mut().next().unwrap();
    let mut second = nat.addresses[0].clone();
    (second.address, second.public_ip) = (Some("eipalloc-2".into()), Some([192, 0, 2, 8].into()));
    nat.addresses.push(second);
    let nat = nat.id.clone();
    let address = crate::world::Address {
        id: "eipalloc-2".into(),
        ip: Some([192, 0, 2, 8].into()),
        interface: None,
        nat_gateway: Some(nat),
        tags: crate::Tags::new(),
    };
    world.gateway.addresses.insert(address.id.clone(), address);
    let spec = adopted(&world);
    let plan = planned(&spec, &world, apply_verb()).unwrap();
    assert_eq!(
        plan.addresses.iter().map(|a| a.key.to_string()).collect::<Vec<_>>(),
        ["address/lambda_nat", "address/lambda_nat-2"]
    );
    assert!(plan.addresses.iter().all(|a| a.fate == crate::plan::Fate::Kept), "{:?}", plan.addresses);
    let verify = planned(&spec, &world, Verb::Verify).unwrap();
    let expected = verify.steps.iter().find_map(|s| match &s.action {
        crate::plan::Action::Prove(proof) => Some(proof.expect.len()),
        _ => None,
    });
    assert_eq!(expected, Some(2));
    assert_eq!(bindings(&spec, &world)[&Key::new(Kind::Address, "lambda_nat-2")], "eipalloc-2".into());
}

#[test]
fn what_does_not_fit_is_refused_all_at_once() {
    let world = with_other_network(reference_by_hand());
    let good = file(&world, &[NETWORK, INTERNET, PUBLIC, PRIVATE[0], PRIVATE[1], NAT, GROUP], "");
    let said = |change: &dyn Fn(&mut Spec, &mut World)| {
        let (mut spec, mut world) = (good.clone(), world.clone());
        change(&mut spec, &mut world);
        refusals(planned(&spec, &world, apply_verb()))
    };
    let id = |spec: &mut Spec, key: &str, id: &str| _ = spec.existing.insert(key.parse().unwrap(), id.into());
    let cases = [
        ("the network is not there", said(&|spec, _| id(spec, NETWORK, "vpc-x"))),
        (
            "nothing in it is there",
            said(&|spec, _| {
                for key in [INTERNET, PUBLIC, PRIVATE[0], NAT, GROUP] {
                    id(spec, key, "x");
                }
            }),
        ),
        (
            "it is in another network",
            said(&|spec, _| {
                id(spec, PRIVATE[0], "subnet-other");
                id(spec, GROUP, "sg-other");
            }),
        ),
        (
            "the file says otherwise",
            said(&|spec, _| {
                spec.network.cidr = "10.7.0.0/16".parse().unwrap();
                spec.subnets[1].cidr = "10.0.7.0/24".parse().unwrap();
                spec.subnets[2].zone = crate::spec::ZoneChoice::Named("us-east-1c".to_owned());
            }),
        ),
        (
            "the gateway does not work",
            said(&|_, world| {
                world.gateway.nat_gateways.values_mut().for_each(|nat| nat.state = NatState::Deleting);
            }),
        ),
        (
            "the gateway stands elsewhere",
            said(&|spec, _| {
                let elsewhere = spec.existing[&PRIVATE[0].parse().unwrap()].clone();
                spec.existing.insert(PUBLIC.parse().unwrap(), elsewhere);
            }),
        ),
        (
            "a new subnet lies outside",
            said(&|spec, _| {
                spec.existing.remove(&PRIVATE[0].parse().unwrap());
                spec.subnets[1].cidr = "10.8.0.0/24".parse().unwrap();
            }),
        ),
        (
            "a table that may be altered is not there",
            said(&|spec, _| {
                spec.routes_in.insert(NAT.parse().unwrap(), ["rtb-x".into()].into());
            }),
        ),
        (
            "the network is another account's",
            said(&|spec, world| {
                world.network.networks.values_mut().for_each(|n| n.owner = Some("999999999999".to_owned()));
                world.gateway.nat_gateways.clear();
                spec.existing.remove(&PRIVATE[0].parse().unwrap());
                spec.subnets[1].cidr = "10.0.21.0/24".parse().unwrap();
            }),
        ),
    ];
    insta::assert_snapshot!(cases.iter().map(|(name, said)| format!("{name}\n{said}\n")).collect::<String>());
}

#[test]
fn what_egress_made_under_the_same_key_is_another_thing() {
    let world = run(&spec(), &rename_hand(), apply_verb());
    let theirs = CloudId::new("vpc-by-hand");
    let spec = Spec { existing: [(spec().network_key(), theirs)].into(), ..spec() };
    let said = refusals(planned(&spec, &world, destroy_verb()));
    assert!(said.contains("which egress made for this stack"), "{said}");
}

/// A network by hand and nothing else.
fn rename_hand() -> World {
    let mut world = empty();
    let op = crate::op::CreateNetwork { cidr: "10.5.0.0/16".parse().unwrap(), tags: crate::Tags::new() };
    let op = crate::Op::Network(crate::op::NetworkOp::CreateNetwork(op));
    crate::world::apply(&mut world, &op, &"vpc-by-hand".into()).unwrap();
    world
}

#[test]
fn where_a_table_cannot_be_seen_it_is_said_and_proven_by_a_probe() {
    let mut world = with_function(reference_by_hand(), "g");
    let spec =
        file(&world, &[NETWORK, INTERNET, PUBLIC, PRIVATE[0], PRIVATE[1], NAT, GROUP], "[[function]]\nname = \"g\"\n");
    let private: BTreeSet<CloudId> = spec.private_subnets().map(|s| spec.existing[&s.key()].clone()).collect();
    for subnet in world.network.subnets.values_mut().filter(|s| private.contains(&s.id)) {
        subnet.owner = Some("999999999999".to_owned());
    }
    let table = bindings_of(&world)["route-table/lambda_prv_rt"].clone();
    world.network.route_tables.remove(&table);
    let plan = planned(&spec, &world, apply_verb()).unwrap();
    insta::assert_debug_snapshot!(plan.notices.iter().map(|n| &n.message).collect::<BTreeSet<_>>());
    let names = steps(&plan);
    assert!(names.contains("prove the way out of subnet/lambda_prv1"), "{names}");
    assert_eq!(spec.functions[0].permission, Permission::Managed);
}
