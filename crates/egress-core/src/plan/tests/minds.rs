//! Changes of mind: every form of a Spec into every other one, in memory.

use std::{collections::BTreeSet, net::Ipv4Addr};

use super::support::*;
use crate::{
    CloudId, Kind, World,
    plan::{Fate, Gap, Permit, Plan, Verb},
    spec::*,
    world::{Grant, NatState},
};

pub(super) fn f() -> Spec {
    spec_with(&[("f", Permission::Managed)])
}

fn subnet(name: &str, cidr: &str, zone: u8, nat: Option<&str>) -> SubnetSpec {
    SubnetSpec {
        name: name.to_owned(),
        cidr: cidr.parse().unwrap(),
        zone: ZoneChoice::Nth(zone),
        way_out: nat.map_or(WayOut::InternetGateway, |nat| WayOut::NatGateway(nat.to_owned())),
    }
}

fn gateway(name: &str, subnet: &str, route_table: &str) -> NatGatewaySpec {
    NatGatewaySpec { subnet: subnet.to_owned(), route_table: route_table.to_owned(), ..named_gateway(name) }
}

fn named_gateway(name: &str) -> NatGatewaySpec {
    NatGatewaySpec { name: name.to_owned(), ..spec().nat_gateways.remove(0) }
}

/// Forms of one stack, by name.
pub(super) fn forms() -> Vec<(&'static str, Spec)> {
    let reference = f();
    let three_zones = Spec {
        subnets: [f().subnets, vec![subnet("lambda_prv3", "10.0.3.0/24", 3, Some("lambda_nat"))]].concat(),
        ..f()
    };
    let one_subnet = Spec { subnets: f().subnets[..2].to_vec(), ..f() };
    let per_zone = Spec {
        subnets: vec![
            f().subnets[0].clone(),
            subnet("lambda_pub2", "10.0.20.0/24", 2, None),
            f().subnets[1].clone(),
            subnet("lambda_prv2", "10.0.2.0/24", 2, Some("nat2")),
        ],
        nat_gateways: vec![named_gateway("lambda_nat"), gateway("nat2", "lambda_pub2", "nat2_rt")],
        ..f()
    };
    let moved = |cidr: &str| -> ipnet::Ipv4Net { cidr.replacen("10.0.", "10.1.", 1).parse().unwrap() };
    let other_range = Spec {
        network: NetworkSpec { name: "lambda_vpc".to_owned(), cidr: "10.1.0.0/16".parse().unwrap() },
        subnets: f().subnets.into_iter().map(|s| SubnetSpec { cidr: moved(&s.cidr.to_string()), ..s }).collect(),
        ..f()
    };
    let other_place = Spec {
        subnets: vec![subnet("lambda_pub_b", "10.0.11.0/24", 2, None), f().subnets[1].clone(), f().subnets[2].clone()],
        nat_gateways: vec![gateway("lambda_nat", "lambda_pub_b", "lambda_prv_rt")],
        ..f()
    };
    let renamed = Spec {
        network: NetworkSpec { name: "net".to_owned(), ..f().network },
        internet_gateway: InternetGatewaySpec { name: "gate".to_owned(), route_table: "open".to_owned() },
        subnets: vec![
            subnet("front", "10.0.10.0/24", 1, None),
            subnet("back1", "10.0.1.0/24", 1, Some("nat")),
            subnet("back2", "10.0.2.0/24", 2, Some("nat")),
        ],
        nat_gateways: vec![gateway("nat", "front", "closed")],
        security_group: SecurityGroupSpec { name: "everything-out".to_owned() },
        ..f()
    };
    let other_subnets = Spec {
        subnets: vec![
            f().subnets[0].clone(),
            subnet("lambda_prv1", "10.0.101.0/24", 1, Some("lambda_nat")),
            subnet("lambda_prv2", "10.0.102.0/24", 2, Some("lambda_nat")),
        ],
        ..f()
    };
    let more = AddressSpec { name: "second".to_owned(), ip: None };
    let two_addresses =
        Spec { nat_gateways: vec![NatGatewaySpec { more: vec![more], ..named_gateway("lambda_nat") }], ..f() };
    let no_function = spec();
    let inline = spec_with(&[("f", Permission::Inline)]);
    vec![
        ("reference", reference),
        ("three zones", three_zones),
        ("one subnet", one_subnet),
        ("a gateway per zone", per_zone),
        ("another range", other_range),
        ("another public subnet", other_place),
        ("other names", renamed),
        ("other private subnets", other_subnets),
        ("two addresses", two_addresses),
        ("no function", no_function),
        ("inline permission", inline),
    ]
}

pub(super) fn apply(permits: BTreeSet<Permit>) -> Verb {
    Verb::Apply { permits }
}

/// Everything that a user may allow, as far as the World has it.
pub(super) fn everything(world: &World) -> BTreeSet<Permit> {
    let ips: Vec<Ipv4Addr> = world.gateway.addresses.values().filter_map(|a| a.ip).collect();
    let ips = ips.iter().flat_map(|ip| [Permit::Listed(*ip), Permit::GiveUp(*ip)]);
    ips.chain([Permit::Outage]).collect()
}

pub(super) fn start(spec: &Spec) -> World {
    run(spec, &with_function(empty(), "f"), apply_verb())
}

/// Applies until nothing is left to do; every Plan on the way.
#[track_caller]
pub(super) fn settle(spec: &Spec, world: &World) -> (World, Vec<Plan>) {
    let mut world = world.clone();
    let mut plans = Vec::new();
    for _ in 0..4 {
        let plan = planned(spec, &world, apply(everything(&world)));
        let plan =
            plan.unwrap_or_else(|error| panic!("{error}\nafter {}", plans.last().map(steps).unwrap_or_default()));
        if plan.is_empty() {
            return (world, plans);
        }
        world = execute(&plan, &world);
        plans.push(plan);
    }
    panic!("still to do: {}", steps(plans.last().unwrap()));
}

/// What a stack is made of, its ids left out: Keys, and which addresses functions leave from.
pub(super) fn shape(world: &World) -> Vec<String> {
    let live = |id: &CloudId| world.gateway.nat_gateways.get(id).is_none_or(|g| g.state == NatState::Available);
    let mut keys: Vec<String> = (world.owned().into_iter())
        .filter(|o| live(&o.id) && !matches!(o.owner.key.kind, Kind::Address | Kind::Role))
        .map(|o| o.owner.key.to_string())
        .collect();
    keys.sort();
    keys
}

#[test]
fn every_form_becomes_every_other_one() {
    for (from, before) in forms() {
        let built = start(&before);
        for (to, after) in forms() {
            let (world, _) = settle(&after, &built);
            assert_eq!(shape(&world), shape(&start(&after)), "{from} → {to}");
            for id in built.gateway.addresses.keys() {
                assert!(world.gateway.addresses.contains_key(id), "{from} → {to} lost an address");
            }
        }
    }
}

#[test]
fn there_and_back_again_uses_the_same_address() {
    let (_, reference) = forms().remove(0);
    let built = start(&reference);
    let used = |world: &World| -> Vec<Option<Ipv4Addr>> {
        let gateways = world.gateway.nat_gateways.values().filter(|g| g.state == NatState::Available);
        gateways.flat_map(|g| g.addresses.iter().map(|a| a.public_ip)).collect()
    };
    for (name, other) in forms() {
        let (world, _) = settle(&other, &built);
        let (world, _) = settle(&reference, &world);
        assert_eq!(used(&world), used(&built), "{name}");
    }
}

/// What a user is told of one change: the IPs, the function's way out, and what must be allowed for it.
fn told(before: &Spec, after: &Spec) -> String {
    let world = start(before);
    let mut text = String::new();
    match planned(after, &world, apply_verb()) {
        Ok(_) => text += "nothing needs to be allowed\n",
        Err(error) => {
            for permit in error.refusals.iter().map(|r| r.permit.as_ref()) {
                text += &permit.map_or_else(|| "REFUSED\n".to_owned(), |permit| format!("needs {permit:?}\n"));
            }
        }
    }
    for plan in settle(after, &world).1 {
        for change in &plan.addresses {
            text += &format!(
                "  {:?} {} {}\n",
                change.fate,
                change.key,
                change.ip.map_or_else(String::new, |ip| ip.to_string())
            );
        }
        for c in &plan.connectivity {
            let by = c.by.as_ref().map_or_else(String::new, |by| format!(", by {by}"));
            text += &format!("  {}: {:?}{by}\n", c.function, c.gap);
        }
        for notice in &plan.notices {
            text += &format!("  {}\n", notice.message);
        }
        text += "  --\n";
    }
    text
}

#[test]
fn what_a_user_is_told() {
    let forms = forms();
    let (_, reference) = &forms[0];
    let mut text = String::new();
    for (name, form) in &forms[1..] {
        text += &format!("reference → {name}\n{}", told(reference, form));
        text += &format!("{name} → reference\n{}", told(form, reference));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_rename_changes_nothing_but_tags() {
    let forms = forms();
    let find = |name: &str| forms.iter().find(|(n, _)| *n == name).unwrap().1.clone();
    let plan = planned(&find("other names"), &start(&f()), apply_verb()).unwrap();
    assert!(plan.steps.iter().all(|s| s.id.0.starts_with("tag ")), "{}", steps(&plan));
    assert_eq!(plan.addresses[0].fate, Fate::Kept);
}

#[test]
fn a_zone_more_touches_nothing_that_is_there() {
    let forms = forms();
    let (_, three) = &forms[1];
    let plan = planned(three, &start(&f()), apply_verb()).unwrap();
    let touched: Vec<String> =
        changes(&plan).into_iter().filter(|c| !c.contains("lambda_prv3") && !c.contains("probe")).collect();
    assert_eq!(touched, ["attach function/f"]);
    assert_eq!(plan.connectivity.iter().map(|c| c.gap).collect::<Vec<_>>(), [Gap::None]);
}

#[test]
fn a_function_is_led_to_a_new_address_only_once_that_is_listed() {
    let forms = forms();
    let (_, per_zone) = forms.iter().find(|(n, _)| *n == "a gateway per zone").unwrap();
    let world = start(&f());
    // Everything is built, and the function stays on its way.
    let built = execute(&planned(per_zone, &world, apply_verb()).unwrap(), &world);
    let again = planned(per_zone, &built, apply_verb()).unwrap();
    assert!(again.is_empty(), "{}", steps(&again));
    let waits = again.notices.iter().find(|n| n.message.contains("waits")).unwrap();
    let new = again.addresses.iter().find(|a| a.key.name == "nat2").unwrap().ip.unwrap();
    assert!(waits.hint.as_ref().unwrap().contains(&format!("--listed {new}")), "{waits:?}");
    let listed = planned(per_zone, &built, apply(BTreeSet::from([Permit::Listed(new)]))).unwrap();
    assert!(changes(&listed).contains(&"associate subnet/lambda_prv2 with route-table/nat2_rt".to_owned()));
    let moved = execute(&listed, &built);
    assert!(planned(per_zone, &moved, apply_verb()).unwrap().is_empty(), "it need not be said again");
}

#[test]
fn permissions_are_exchanged_without_a_moment_in_between() {
    let managed = start(&f());
    let role = || CloudId::from("f-role");
    let inline = spec_with(&[("f", Permission::Inline)]);
    let plan = planned(&inline, &managed, apply_verb()).unwrap();
    assert_eq!(changes(&plan), ["grant role/f-role", "revoke role/f-role", "tag function/f"]);
    let world = execute(&plan, &managed);
    assert_eq!(world.function.roles[&role()].grants, BTreeSet::from([Grant::Inline]));
    // Without another permission the role keeps egress's, and the plan says so.
    let none = spec_with(&[("f", Permission::None)]);
    let plan = planned(&none, &world, apply_verb()).unwrap();
    assert!(
        plan.is_empty() && plan.notices.iter().any(|n| n.message.contains("it has no other")),
        "{:?}",
        plan.notices
    );
    let mut own = world.clone();
    own.function.roles.get_mut(&role()).unwrap().grants.insert(Grant::Other("theirs".to_owned()));
    let world = execute(&planned(&none, &own, apply_verb()).unwrap(), &own);
    assert_eq!(world.function.roles[&role()].grants, BTreeSet::from([Grant::Other("theirs".to_owned())]));
    assert!(planned(&none, &world, apply_verb()).unwrap().is_empty());
}
