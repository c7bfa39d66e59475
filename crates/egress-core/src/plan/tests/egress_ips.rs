//! Egress IPs that stand, and those that are taken back.

use std::{collections::BTreeSet, net::Ipv4Addr};

use super::support::*;
use crate::{
    Tags, World,
    plan::{Fate, Verb},
    spec::{Permission, WayOut},
    world::Address,
};

const IP: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 7);

/// The steps of a recovery, and what becomes of every IP.
fn recovery(spec: &crate::spec::Spec, world: &World) -> String {
    let plan = planned(spec, world, Verb::Recover { ip: IP }).unwrap();
    let mut text = steps(&plan);
    for change in &plan.addresses {
        let ip = change.ip.map_or_else(|| "-".to_owned(), |ip| ip.to_string());
        text += &format!("{} {ip}: {:?}\n", change.key, change.fate);
    }
    for notice in &plan.notices {
        text += &format!("{}: {}\n", notice.message, notice.hint.as_deref().unwrap_or("-"));
    }
    text
}

fn holding(mut world: World, tags: Tags) -> World {
    let address = Address { id: "eipalloc-x".into(), ip: Some(IP), interface: None, nat_gateway: None, tags };
    world.gateway.addresses.insert("eipalloc-x".into(), address);
    world
}

#[test]
fn an_address_that_a_gateway_lacks_is_taken_back_for_it_and_used_by_the_next_apply() {
    assert_eq!(
        recovery(&spec(), &empty()),
        "allocate address/lambda_nat\nawait address/lambda_nat ready\n    after allocate address/lambda_nat\n\
         address/lambda_nat 198.51.100.7: Recovered\n"
    );
    let world = run(&spec(), &empty(), Verb::Recover { ip: IP });
    let plan = planned(&spec(), &world, apply_verb()).unwrap();
    assert_eq!(plan.addresses[0].fate, Fate::Kept);
}

#[test]
fn where_every_gateway_has_its_address_the_one_taken_back_is_kept_apart() {
    let built = run(&spec(), &empty(), apply_verb());
    let said = recovery(&spec(), &built);
    assert_eq!(
        said,
        "allocate address/recovered-198.51.100.7\nawait address/recovered-198.51.100.7 ready\n    \
         after allocate address/recovered-198.51.100.7\naddress/lambda_nat 52.0.0.2: Kept\n\
         address/recovered-198.51.100.7 198.51.100.7: Recovered\n"
    );
    // It is the stack's: destroy keeps it, and gives it away where it is named.
    let world = run(&spec(), &built, Verb::Recover { ip: IP });
    let release = Verb::Destroy { release: BTreeSet::from([IP]), remove_role_policy: false };
    assert_eq!(left(&run(&spec(), &world, release)), ["address/lambda_nat"]);
}

#[test]
fn an_address_that_was_kept_apart_is_used_once_the_file_names_it() {
    let built = run(&spec(), &empty(), apply_verb());
    let apart = run(&spec(), &built, Verb::Recover { ip: IP });
    let gone = run(&spec(), &apart, destroy_verb());
    let mut named = spec();
    named.nat_gateways[0].name = "another".to_owned();
    named.nat_gateways[0].address = Some(IP);
    for subnet in &mut named.subnets {
        if let WayOut::NatGateway(nat) = &mut subnet.way_out {
            "another".clone_into(nat);
        }
    }
    let plan = planned(&named, &gone, apply_verb()).unwrap();
    let fates: Vec<_> = plan.addresses.iter().map(|a| (a.key.to_string(), a.ip, a.fate)).collect();
    let other = Some(Ipv4Addr::new(52, 0, 0, 2));
    assert_eq!(
        fates,
        [("address/another".to_owned(), Some(IP), Fate::Kept), ("address/lambda_nat".to_owned(), other, Fate::Parked)]
    );
}

#[test]
fn a_gateway_whose_address_the_file_names_takes_that_one_back_and_no_other() {
    let mut named = spec();
    named.nat_gateways[0].address = Some(IP);
    assert!(recovery(&named, &empty()).starts_with("allocate address/lambda_nat\n"));
    named.nat_gateways[0].address = Some([198, 51, 100, 8].into());
    assert!(recovery(&named, &empty()).starts_with("allocate address/recovered-198.51.100.7\n"));
}

#[test]
fn an_address_that_the_account_holds_needs_no_recovery() {
    let theirs = holding(empty(), Tags::new());
    assert_eq!(
        recovery(&spec(), &theirs),
        "the account holds 198.51.100.7 already, as eipalloc-x: write it into the file to use it, as the `address` of a \
         `[[nat_gateway]]`\n"
    );
    let ours = run(&spec(), &empty(), Verb::Recover { ip: IP });
    assert_eq!(
        recovery(&spec(), &ours),
        "address/lambda_nat 198.51.100.7: Parked\n198.51.100.7 is the stack's already: -\n"
    );
}

#[test]
fn detach_says_that_the_egress_ips_stay() {
    let spec = spec_with(&[("f", Permission::Managed)]);
    let built = run(&spec, &with_function(empty(), "f"), apply_verb());
    let verb = Verb::Detach { functions: BTreeSet::from(["f".into()]), remove_role_policy: false };
    let plan = planned(&spec, &built, verb.clone()).unwrap();
    let fates = |plan: &crate::plan::Plan| plan.addresses.iter().map(|a| (a.ip, a.fate)).collect::<Vec<_>>();
    let ip = Some(Ipv4Addr::new(52, 0, 0, 2));
    assert_eq!(fates(&plan), [(ip, Fate::Kept)]);
    // One that the account held before carries no tags of the stack's.
    let mut named = spec.clone();
    named.nat_gateways[0].address = Some(IP);
    let built = run(&named, &holding(with_function(empty(), "f"), Tags::new()), apply_verb());
    assert_eq!(fates(&planned(&named, &built, verb).unwrap()), [(Some(IP), Fate::Kept)]);
}
