//! Random walks: any actions, in any order, at any time, keep the invariants.

use egress_core::{
    CloudId, Tags,
    world::{AssociatedWith, Grant, Target},
};
use proptest::prelude::*;

use super::{
    bench::{Bench, attachment, default_route, named},
    invariants::violations,
};
use crate::cloud::{Bug, CreateRole, CreateVpc, rng};

/// One action: which, and what it is done to, as numbers that are taken modulo what there is.
pub(super) type Move = (u8, u8, u8);

/// How many sorts of moves there are.
const SORTS: u8 = 25;

/// Makes the moves, and says after which the World was wrong, and how.
pub(super) fn walk(bug: Option<Bug>, moves: &[Move]) -> Result<(), String> {
    let mut b = Bench::new(bug);
    for (n, a_move) in moves.iter().enumerate() {
        step(&mut b, *a_move);
        let wrong = violations(&b.model.world);
        if !wrong.is_empty() {
            return Err(format!("after move {n} {a_move:?}: {}", wrong.join("; ")));
        }
    }
    Ok(())
}

/// A walk that is the same each time.
pub(super) fn drawn(seed: u64, length: usize) -> Vec<Move> {
    let mut rng = rng(seed, &["walk"]);
    (0..length).map(|_| (rng.u8(..), rng.u8(..), rng.u8(..))).collect()
}

fn pick<'a>(mut ids: impl ExactSizeIterator<Item = &'a CloudId>, n: u8) -> CloudId {
    match ids.len() {
        0 => CloudId::new("nothing"),
        len => ids.nth(usize::from(n) % len).unwrap().clone(),
    }
}

/// Makes one move; whether it is refused does not matter here.
fn step(b: &mut Bench, (sort, x, y): Move) {
    let world = b.model.world.clone();
    let (network, gateway, function) = (&world.network, &world.gateway, &world.function);
    let vpc = || pick(network.networks.keys(), x);
    let subnet = |n| pick(network.subnets.keys(), n);
    let table = |n| pick(network.route_tables.keys(), n);
    let group = |n| pick(network.groups.keys(), n);
    let igw = |n| pick(gateway.internet_gateways.keys(), n);
    let nat = |n| pick(gateway.nat_gateways.keys(), n);
    let address = |n| pick(gateway.addresses.keys(), n);
    let a_function = |n| pick(function.functions.keys(), n);
    let role = |n| pick(function.roles.keys(), n);
    let name = format!("n{x}");
    let m = &mut b.model;
    match sort % SORTS {
        0 => drop(m.create_vpc(CreateVpc { cidr_block: "10.0.0.0/16".parse().unwrap(), tags: named(&name) })),
        1 => drop(m.delete_vpc(&vpc())),
        2 | 3 => drop(b.try_subnet(&vpc(), &format!("10.0.{}.0/{}", y % 8, 22 + y % 7), super::bench::ZONE)),
        4 => drop(m.delete_subnet(&subnet(x))),
        5 if network.networks.is_empty() => {}
        5 => drop(b.table(&vpc())),
        6 => drop(m.delete_route_table(&table(x))),
        7 => drop(m.associate_route_table(&table(x), &subnet(y))),
        8 => {
            let all = network.route_tables.values().flat_map(|t| &t.associations);
            let of_subnets: Vec<&CloudId> = all.filter(|a| a.with != AssociatedWith::Main).map(|a| &a.id).collect();
            let association = pick(of_subnets.iter().copied(), x);
            match y % 2 {
                0 => drop(m.disassociate_route_table(&association)),
                _ => drop(m.replace_route_table_association(&association, &table(y))),
            }
        }
        9 => drop(m.create_route(default_route(&table(x), Target::NatGateway(nat(y))))),
        10 => drop(m.create_route(default_route(&table(x), Target::InternetGateway(igw(y))))),
        11 => drop(m.delete_route(&table(x), &egress_core::world::Destination::default_v4())),
        12 => drop(b.try_group(&vpc(), &name)),
        13 => drop(m.delete_security_group(&group(x))),
        14 => drop(m.create_internet_gateway(named(&name))),
        15 => drop(m.attach_internet_gateway(&igw(x), &pick(network.networks.keys(), y))),
        16 => match y % 2 {
            0 => drop(m.detach_internet_gateway(&igw(x), &pick(network.networks.keys(), y))),
            _ => drop(m.delete_internet_gateway(&igw(x))),
        },
        17 => drop(m.allocate_address(named(&name))),
        18 => drop(m.release_address(&address(x))),
        19 => drop(b.try_nat(&subnet(x), &address(y), None)),
        20 => drop(m.delete_nat_gateway(&nat(x))),
        21 => {
            drop(m.create_role(CreateRole::for_functions(&name, Tags::new())));
            drop(m.grant(&CloudId::new(&name), &Grant::Managed));
            drop(b.try_function(&name, &role(y), None));
        }
        22 => match y % 4 {
            0 => drop(m.delete_function(&a_function(x))),
            1 => drop(b.update(&a_function(x), None)),
            _ => drop(b.update(&a_function(x), Some(attachment(&[&subnet(y)], &group(y / 2))))),
        },
        23 => {
            let listed = gateway.nat_gateways.get(&nat(x)).into_iter().flat_map(|g| &g.addresses);
            let associations: Vec<&CloudId> = listed.filter_map(|a| a.association.as_ref()).collect();
            match y % 2 {
                0 => drop(m.associate_nat_gateway_address(&nat(x), &[address(y / 2)])),
                _ => drop(m.disassociate_nat_gateway_address(&nat(x), &[pick(associations.into_iter(), y / 2)], None)),
            }
        }
        _ => b.wait(u64::from(x) * u64::from(y % 16)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_actions_keep_the_invariants(moves in proptest::collection::vec(any::<Move>(), 1..150)) {
        prop_assert_eq!(walk(None, &moves), Ok(()));
    }
}

#[test]
fn walks_get_somewhere() {
    let mut b = Bench::new(None);
    let mut nats = 0;
    let mut attached = 0;
    for seed in 0..20 {
        b = Bench::new(None);
        for a_move in drawn(seed, 400) {
            step(&mut b, a_move);
            nats += usize::from(b.model.world.gateway.nat_gateways.values().any(|g| g.state.is_live()));
            attached += usize::from(b.model.world.function.functions.values().any(|f| f.attachment.is_some()));
        }
    }
    assert!(nats > 500 && attached > 500, "{nats} moves with a live NAT gateway, {attached} with an attached function");
    drop(b);
}
