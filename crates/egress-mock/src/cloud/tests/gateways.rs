//! Rules of internet gateways, addresses and NAT gateways.

use std::collections::BTreeSet;

use egress_core::{
    CloudId, Scope,
    world::{InterfaceKind, NatState, RouteState, Target},
};

use super::bench::{Bench, named, refusal};
use crate::cloud::{Code, Config, CreateNatGateway, Model, NatFailure, PendingNatRoutes, View, pool_ip, rng};

super::rules![
    an_internet_gateway_has_one_network_and_a_network_one_gateway,
    an_attached_internet_gateway_is_not_deleted,
    a_detached_internet_gateway_leaves_blackholes_that_mend_when_it_is_back,
    an_internet_gateway_stays_while_an_address_is_mapped,
    a_sixth_internet_gateway_is_over_the_quota,
    a_sixth_address_is_over_the_quota,
    a_released_address_is_gone,
    an_address_that_a_nat_gateway_holds_is_not_released,
    an_address_on_an_interface_is_not_released,
    a_nat_gateway_is_pending_and_then_available,
    its_interface_looks_like_awss,
    without_an_internet_gateway_it_fails,
    with_an_address_in_use_it_fails,
    with_an_unknown_address_it_is_not_made,
    an_injected_failure_comes_once,
    a_failed_one_can_be_deleted_and_forgets_itself,
    a_deleted_one_is_listed_for_an_hour,
    a_deleted_one_gives_its_address_back_and_leaves_blackholes,
    deleting_twice_is_no_mistake_until_it_is_gone,
    one_deleted_while_pending_never_becomes_available,
    its_token_is_remembered_after_its_deletion,
    a_sixth_in_a_zone_is_over_the_quota,
    a_route_to_an_invisible_one_is_not_found,
    a_route_to_a_pending_one_is_accepted_or_not,
];

fn an_internet_gateway_has_one_network_and_a_network_one_gateway(mut b: Bench) {
    let (here, there) = (b.vpc("10.0.0.0/16"), b.vpc("10.0.0.0/16"));
    let igw = b.igw(&here);
    let sentence = format!("resource {igw} is already attached to network {here}");
    let again = b.model.attach_internet_gateway(&igw, &there);
    assert_eq!(refusal(again), (Code::ResourceAlreadyAssociated, sentence));
    let second = b.model.create_internet_gateway(named("second")).unwrap();
    let sentence = format!("Network {here} already has an internet gateway attached");
    assert_eq!(refusal(b.model.attach_internet_gateway(&second, &here)), (Code::InvalidParameterValue, sentence));
    let sentence = format!("resource {second} is not attached to network {there}");
    assert_eq!(refusal(b.model.detach_internet_gateway(&second, &there)), (Code::GatewayNotAttached, sentence));
}

fn an_attached_internet_gateway_is_not_deleted(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    let igw = b.igw(&vpc);
    let sentence = format!("The internetGateway '{igw}' has dependencies and cannot be deleted.");
    assert_eq!(refusal(b.model.delete_internet_gateway(&igw)), (Code::DependencyViolation, sentence));
    b.model.detach_internet_gateway(&igw, &vpc).unwrap();
    b.model.delete_internet_gateway(&igw).unwrap();
}

fn a_detached_internet_gateway_leaves_blackholes_that_mend_when_it_is_back(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    let (igw, table) = (b.igw(&vpc), b.table(&vpc));
    b.route(&table, Target::InternetGateway(igw.clone())).unwrap();
    b.model.detach_internet_gateway(&igw, &vpc).unwrap();
    assert_eq!(b.route_state(&table), RouteState::Blackhole);
    let other = b.vpc("10.0.0.0/16");
    b.model.attach_internet_gateway(&igw, &other).unwrap();
    assert_eq!(b.route_state(&table), RouteState::Blackhole);
    b.model.detach_internet_gateway(&igw, &other).unwrap();
    b.model.attach_internet_gateway(&igw, &vpc).unwrap();
    assert_eq!(b.route_state(&table), RouteState::Active);
}

fn an_internet_gateway_stays_while_an_address_is_mapped(mut b: Bench) {
    let t = b.topology();
    let sentence = format!(
        "Network {} has some mapped public address(es). Please unmap those public address(es) before detaching the \
         gateway.",
        t.vpc
    );
    assert_eq!(refusal(b.model.detach_internet_gateway(&t.igw, &t.vpc)), (Code::DependencyViolation, sentence));
    b.model.delete_nat_gateway(&t.nat).unwrap();
    assert_eq!(refusal(b.model.detach_internet_gateway(&t.igw, &t.vpc)).0, Code::DependencyViolation);
    b.wait(200);
    b.model.detach_internet_gateway(&t.igw, &t.vpc).unwrap();
}

fn a_sixth_internet_gateway_is_over_the_quota(mut b: Bench) {
    for _ in 0..5 {
        b.model.create_internet_gateway(named("igw")).unwrap();
    }
    assert_eq!(refusal(b.model.create_internet_gateway(named("igw"))).0, Code::InternetGatewayLimit);
}

fn a_sixth_address_is_over_the_quota(mut b: Bench) {
    let ips: BTreeSet<_> = (0..5)
        .map(|_| {
            let id = b.address();
            b.model.world.gateway.addresses[&id].ip.unwrap()
        })
        .collect();
    assert_eq!(ips.len(), 5);
    let sentence = "The maximum number of addresses has been reached.".to_owned();
    assert_eq!(refusal(b.model.allocate_address(named("a"))), (Code::AddressLimitExceeded, sentence));
}

fn a_released_address_is_gone(mut b: Bench) {
    let id = b.address();
    let ip = b.model.world.gateway.addresses[&id].ip;
    b.model.release_address(&id).unwrap();
    let sentence = format!("The allocation ID '{id}' does not exist");
    assert_eq!(refusal(b.model.release_address(&id)), (Code::InvalidAllocationNotFound, sentence));
    let next = b.address();
    assert_ne!(b.model.world.gateway.addresses[&next].ip, ip);
}

fn an_address_that_a_nat_gateway_holds_is_not_released(mut b: Bench) {
    let t = b.topology();
    let sentence = "You do not have permission to access the specified resource.".to_owned();
    assert_eq!(refusal(b.model.release_address(&t.address)), (Code::AuthFailure, sentence));
    b.model.delete_nat_gateway(&t.nat).unwrap();
    assert_eq!(refusal(b.model.release_address(&t.address)).0, Code::AuthFailure);
    b.wait(200);
    b.model.release_address(&t.address).unwrap();
}

fn an_address_on_an_interface_is_not_released(mut b: Bench) {
    let id = b.address();
    let address = b.model.world.gateway.addresses.get_mut(&id).unwrap();
    address.interface = Some(CloudId::new("eni-1"));
    let sentence = format!("Address {} is in use.", address.ip.unwrap());
    assert_eq!(refusal(b.model.release_address(&id)), (Code::InvalidAddressInUse, sentence));
}

fn a_nat_gateway_is_pending_and_then_available(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    b.igw(&vpc);
    let (subnet, address) = (b.subnet(&vpc, "10.0.10.0/24"), b.address());
    let nat = b.nat(&subnet, &address);
    assert_eq!((&b.gateway(&nat).state, b.gateway(&nat).addresses[0].usable), (&NatState::Pending, false));
    b.wait(59);
    assert_eq!(b.gateway(&nat).state, NatState::Pending);
    b.wait(181);
    let of_gateway = &b.gateway(&nat).addresses[0];
    assert_eq!((&b.gateway(&nat).state, of_gateway.usable), (&NatState::Available, true));
    let held = &b.model.world.gateway.addresses[&address];
    assert_eq!(held.nat_gateway.as_ref(), Some(&nat));
    assert_eq!((of_gateway.public_ip, &of_gateway.interface), (held.ip, &held.interface));
}

fn its_interface_looks_like_awss(mut b: Bench) {
    let t = b.topology();
    let of_gateway = b.gateway(&t.nat).addresses[0].clone();
    let i = &b.model.world.network.interfaces[of_gateway.interface.as_ref().unwrap()];
    let ip = of_gateway.private_ip.unwrap();
    assert_eq!((i.kind, i.in_use, i.source_dest_check), (InterfaceKind::NatGateway, true, false));
    assert_eq!((i.description.clone(), i.groups.len()), (format!("Interface for NAT Gateway {}", t.nat), 0));
    assert_eq!((i.private_ips.as_slice(), i.public_ip), (&[ip][..], of_gateway.public_ip));
    assert_eq!(b.model.world.network.subnets[&t.public].free_addresses, 250);
}

fn without_an_internet_gateway_it_fails(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    let (subnet, address) = (b.subnet(&vpc, "10.0.10.0/24"), b.address());
    let nat = b.nat(&subnet, &address);
    assert_eq!(b.gateway(&nat).state, NatState::Pending);
    b.wait(300);
    let sentence = format!("Network {vpc} has no Internet gateway attached");
    assert_eq!(b.failed_code(&nat), ("Gateway.NotAttached", sentence.as_str()));
    // Nothing was taken.
    b.model.release_address(&address).unwrap();
    b.model.delete_subnet(&subnet).unwrap();
}

fn with_an_address_in_use_it_fails(mut b: Bench) {
    let t = b.topology();
    let second = b.nat(&t.public, &t.address);
    b.wait(300);
    let sentence = format!("Elastic IP address {} is already associated", t.address);
    assert_eq!(b.failed_code(&second), ("Resource.AlreadyAssociated", sentence.as_str()));
    assert_eq!(b.model.world.gateway.addresses[&t.address].nat_gateway, Some(t.nat));
}

fn with_an_unknown_address_it_is_not_made(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    let subnet = b.subnet(&vpc, "10.0.10.0/24");
    let sentence = "The elasticIp ID 'eipalloc-1' does not exist".to_owned();
    let refused = refusal(b.try_nat(&subnet, &CloudId::new("eipalloc-1"), None));
    assert_eq!((refused, b.model.world.gateway.nat_gateways.len()), ((Code::ElasticIpNotFound, sentence), 0));
}

fn an_injected_failure_comes_once(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    b.igw(&vpc);
    let (subnet, address) = (b.subnet(&vpc, "10.0.10.0/24"), b.address());
    b.model.hidden.nat_failures.push_back(NatFailure::InternalError);
    let first = b.nat(&subnet, &address);
    b.wait(300);
    let second = b.nat(&subnet, &address);
    b.wait(300);
    assert_eq!(b.failed_code(&first).0, "InternalError");
    assert_eq!(b.gateway(&second).state, NatState::Available);
}

fn a_failed_one_can_be_deleted_and_forgets_itself(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    let (subnet, address) = (b.subnet(&vpc, "10.0.10.0/24"), b.address());
    let (one, two) = (b.nat(&subnet, &address), b.nat(&subnet, &address));
    b.wait(300);
    b.model.delete_nat_gateway(&one).unwrap();
    b.wait(200);
    assert_eq!(b.gateway(&one).state, NatState::Deleted);
    b.wait(3_600);
    assert!(!b.model.world.gateway.nat_gateways.contains_key(&two));
}

fn a_deleted_one_is_listed_for_an_hour(mut b: Bench) {
    let t = b.topology();
    b.model.delete_nat_gateway(&t.nat).unwrap();
    assert_eq!(b.gateway(&t.nat).state, NatState::Deleting);
    b.wait(180);
    assert_eq!(b.gateway(&t.nat).state, NatState::Deleted);
    b.wait(3_400);
    assert_eq!(b.gateway(&t.nat).state, NatState::Deleted);
    b.wait(200);
    assert!(!b.model.world.gateway.nat_gateways.contains_key(&t.nat));
}

fn a_deleted_one_gives_its_address_back_and_leaves_blackholes(mut b: Bench) {
    let t = b.topology();
    let ip = b.model.world.gateway.addresses[&t.address].ip;
    b.model.delete_nat_gateway(&t.nat).unwrap();
    b.wait(200);
    let address = &b.model.world.gateway.addresses[&t.address];
    assert_eq!((&address.nat_gateway, &address.interface, address.ip), (&None, &None, ip));
    assert_eq!(b.route_state(&t.table), RouteState::Blackhole);
    assert_eq!(b.model.world.network.interfaces.len(), 0);
    let again = b.nat(&t.public, &t.address);
    b.wait(300);
    assert_eq!(b.gateway(&again).addresses[0].public_ip, ip);
}

fn deleting_twice_is_no_mistake_until_it_is_gone(mut b: Bench) {
    let t = b.topology();
    b.model.delete_nat_gateway(&t.nat).unwrap();
    b.model.delete_nat_gateway(&t.nat).unwrap();
    b.wait(200);
    let sentence = format!("The Nat Gateway {} was not found", t.nat);
    assert_eq!(refusal(b.model.delete_nat_gateway(&t.nat)), (Code::NatGatewayNotFound, sentence));
}

fn one_deleted_while_pending_never_becomes_available(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    b.igw(&vpc);
    let (subnet, address) = (b.subnet(&vpc, "10.0.10.0/24"), b.address());
    let nat = b.nat(&subnet, &address);
    b.model.delete_nat_gateway(&nat).unwrap();
    b.wait(300);
    assert_eq!(b.gateway(&nat).state, NatState::Deleted);
    b.model.release_address(&address).unwrap();
}

fn its_token_is_remembered_after_its_deletion(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    b.igw(&vpc);
    let (subnet, address) = (b.subnet(&vpc, "10.0.10.0/24"), b.address());
    let nat = b.try_nat(&subnet, &address, Some("t")).unwrap();
    assert_eq!(b.try_nat(&subnet, &address, Some("t")).unwrap(), nat);
    let other = CreateNatGateway {
        subnet_id: subnet.clone(),
        allocation_id: address.clone(),
        client_token: Some("t".to_owned()),
        tags: named("other"),
    };
    assert_eq!(refusal(b.model.create_nat_gateway(other)).0, Code::IdempotentParameterMismatch);
    b.model.delete_nat_gateway(&nat).unwrap();
    b.wait(5_000);
    assert_eq!(b.try_nat(&subnet, &address, Some("t")).unwrap(), nat);
    assert_eq!(b.model.world.gateway.nat_gateways.len(), 0);
}

fn a_sixth_in_a_zone_is_over_the_quota(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    let subnet = b.subnet(&vpc, "10.0.10.0/24");
    let other_zone = b.try_subnet(&vpc, "10.0.11.0/24", "ap-northeast-1c").unwrap();
    let address = b.address();
    b.igw(&vpc);
    for _ in 0..5 {
        b.nat(&subnet, &address);
    }
    let sentence = "Performing this operation would exceed the limit of 5 NAT gateways".to_owned();
    assert_eq!(refusal(b.try_nat(&subnet, &address, None)), (Code::NatGatewayLimit, sentence));
    b.nat(&other_zone, &address);
    // Failed ones do not count.
    b.wait(300);
    b.nat(&subnet, &address);
}

fn a_route_to_an_invisible_one_is_not_found(b: Bench) {
    let visibility = Some(std::time::Duration::from_secs(30));
    let mut b = Bench::with(Config { visibility, ..b.model.config.clone() });
    let vpc = b.vpc("10.0.0.0/16");
    assert_eq!(View::new(&b.model, &Scope::Everything).network().networks.len(), 0);
    assert_eq!(refusal(b.try_subnet(&vpc, "10.0.10.0/24", super::bench::ZONE)).0, Code::VpcNotFound);
    b.wait(31);
    let (table, subnet, address) = (b.table(&vpc), b.subnet(&vpc, "10.0.10.0/24"), b.address());
    let igw = b.model.create_internet_gateway(named("igw")).unwrap();
    b.wait(31);
    b.model.attach_internet_gateway(&igw, &vpc).unwrap();
    let nat = b.nat(&subnet, &address);
    let sentence = format!("The natGateway ID '{nat}' does not exist");
    let refused = refusal(b.route(&table, Target::NatGateway(nat.clone())));
    assert_eq!(refused, (Code::NatGatewayNotFoundForRoute, sentence));
    b.wait(31);
    b.route(&table, Target::NatGateway(nat)).unwrap();
}

fn a_route_to_a_pending_one_is_accepted_or_not(mut b: Bench) {
    let vpc = b.vpc("10.0.0.0/16");
    b.igw(&vpc);
    let (table, subnet, address) = (b.table(&vpc), b.subnet(&vpc, "10.0.10.0/24"), b.address());
    let nat = b.nat(&subnet, &address);
    b.model.config.pending_nat_routes = PendingNatRoutes::NotFound;
    let refused = refusal(b.route(&table, Target::NatGateway(nat.clone())));
    assert_eq!(refused.0, Code::NatGatewayNotFoundForRoute);
    b.model.config.pending_nat_routes = PendingNatRoutes::Accepted;
    b.route(&table, Target::NatGateway(nat)).unwrap();
}

#[test]
fn public_addresses_are_globally_routable() {
    for seed in 0..2_000 {
        let ip = pool_ip(&mut rng(seed, &["x"]));
        assert!(!ip.is_private() && !ip.is_loopback() && !ip.is_link_local() && !ip.is_documentation(), "{ip}");
        assert!([3, 13, 18, 35, 52, 54].contains(&ip.octets()[0]), "{ip}");
    }
}

#[test]
fn another_seed_gives_other_addresses_and_ids_and_the_same_seed_the_same() {
    let made = |seed| {
        let mut model = Model::new(Config::new(seed));
        let id = model.allocate_address(named("a")).unwrap();
        (id.clone(), model.world.gateway.addresses[&id].ip)
    };
    assert_eq!(made(1), made(1));
    let all: BTreeSet<_> = (0..100).map(|seed| made(seed).1).collect();
    assert!(all.len() > 98, "{}", all.len());
    assert!(made(1).0.as_str().starts_with("eipalloc-0") && made(1).0.as_str().len() == "eipalloc-0".len() + 16);
}
