//! Rules of the addresses that a NAT gateway has beside its own.

use std::{slice, time::Duration};

use egress_core::{
    CloudId,
    world::{NatAddress, NatAddressState, NatState},
};

use super::bench::{Bench, Topology, refusal};
use crate::cloud::{ApiError, Code, Config, Quotas};

super::rules![
    an_address_is_associated_and_then_used,
    a_gateway_has_two_addresses_by_default,
    one_that_something_else_holds_fails_and_is_forgotten,
    one_that_the_gateway_holds_is_refused,
    an_unknown_address_is_refused,
    in_a_full_subnet_it_fails,
    one_that_failed_can_be_tried_again,
    a_gateway_that_is_not_available_takes_none,
    one_that_is_taken_off_carries_nothing_new_and_is_free_after_350_seconds,
    a_shorter_time_to_drain_is_kept,
    its_own_address_is_never_taken_off,
    an_unknown_association_is_refused,
    a_gateway_makes_one_change_at_a_time,
    a_deleted_gateway_gives_all_its_addresses_back,
    one_that_drains_as_its_gateway_goes_is_free_when_that_is_gone,
];

/// The reference topology, and an address that nothing holds.
fn stage(b: &mut Bench) -> (Topology, CloudId) {
    let t = b.topology();
    let second = b.address();
    (t, second)
}

fn put(b: &mut Bench, nat: &CloudId, address: &CloudId) {
    try_put(b, nat, address).unwrap();
}

fn try_put(b: &mut Bench, nat: &CloudId, address: &CloudId) -> Result<(), ApiError> {
    b.model.associate_nat_gateway_address(nat, slice::from_ref(address))
}

fn take(b: &mut Bench, nat: &CloudId, address: &CloudId) {
    let association = listed(b, nat, address).unwrap().association.unwrap();
    b.model.disassociate_nat_gateway_address(nat, &[association], None).unwrap();
}

fn listed(b: &Bench, nat: &CloudId, address: &CloudId) -> Option<NatAddress> {
    b.gateway(nat).address(address).cloned()
}

fn state(b: &Bench, nat: &CloudId, address: &CloudId) -> Option<NatAddressState> {
    listed(b, nat, address).map(|a| a.state)
}

fn holder(b: &Bench, address: &CloudId) -> Option<CloudId> {
    b.model.world.gateway.addresses[address].nat_gateway.clone()
}

fn free(b: &Bench, subnet: &CloudId) -> u32 {
    b.model.world.network.subnets[subnet].free_addresses
}

fn an_address_is_associated_and_then_used(mut b: Bench) {
    let (t, second) = stage(&mut b);
    put(&mut b, &t.nat, &second);
    let one = listed(&b, &t.nat, &second).unwrap();
    assert_eq!(
        (&one.state, one.primary, holder(&b, &second)),
        (&NatAddressState::Associating, false, Some(t.nat.clone()))
    );
    // It is another private address of the gateway's one interface.
    let own = listed(&b, &t.nat, &t.address).unwrap();
    assert_eq!((own.primary, &own.interface), (true, &one.interface));
    let interface = &b.model.world.network.interfaces[one.interface.as_ref().unwrap()];
    assert_eq!(interface.private_ips, [own.private_ip.unwrap(), one.private_ip.unwrap()]);
    assert_eq!(free(&b, &t.public), 249);
    b.wait(60);
    let used = listed(&b, &t.nat, &second).unwrap();
    assert!(used.is_in_use());
    assert_eq!(used.public_ip, b.model.world.gateway.addresses[&second].ip);
    assert!(used.association.is_some() && used.association != own.association);
}

fn a_gateway_has_two_addresses_by_default(mut b: Bench) {
    let (t, second) = stage(&mut b);
    let third = b.address();
    let both = b.model.associate_nat_gateway_address(&t.nat, &[second.clone(), third.clone()]);
    assert_eq!(refusal(both).0, Code::AddressLimitExceeded);
    put(&mut b, &t.nat, &second);
    b.wait(60);
    assert_eq!(refusal(try_put(&mut b, &t.nat, &third)).0, Code::AddressLimitExceeded);
    b.model.config.quotas = Quotas { addresses_per_nat_gateway: 8, ..Quotas::default() };
    put(&mut b, &t.nat, &third);
    b.wait(60);
    assert!(b.gateway(&t.nat).addresses.iter().all(NatAddress::is_in_use) && b.gateway(&t.nat).addresses.len() == 3);
}

fn one_that_something_else_holds_fails_and_is_forgotten(mut b: Bench) {
    let (t, second) = stage(&mut b);
    let other = b.nat(&t.public, &second);
    b.wait(300);
    put(&mut b, &t.nat, &second);
    b.wait(60);
    let message = format!("Elastic IP address {second} is already associated");
    assert_eq!(state(&b, &t.nat, &second), Some(NatAddressState::Failed { message }));
    assert_eq!(holder(&b, &second), Some(other));
    b.wait(3_600);
    assert_eq!(state(&b, &t.nat, &second), None);
}

fn one_that_the_gateway_holds_is_refused(mut b: Bench) {
    let (t, _) = stage(&mut b);
    let again = try_put(&mut b, &t.nat, &t.address);
    let sentence = format!("Elastic IP address {} is already associated", t.address);
    assert_eq!(refusal(again), (Code::ResourceAlreadyAssociated, sentence));
}

fn an_unknown_address_is_refused(mut b: Bench) {
    let (t, _) = stage(&mut b);
    let refused = b.model.associate_nat_gateway_address(&t.nat, &[CloudId::new("eipalloc-1")]);
    assert_eq!(refusal(refused).0, Code::ElasticIpNotFound);
    assert_eq!(b.gateway(&t.nat).addresses.len(), 1);
}

fn in_a_full_subnet_it_fails(mut b: Bench) {
    let (t, second) = stage(&mut b);
    let interface = listed(&b, &t.nat, &t.address).unwrap().interface.unwrap();
    while free(&b, &t.public) > 0 {
        let subnet = b.model.world.network.subnets[&t.public].clone();
        let ip = b.model.free_ip(&subnet, "other").unwrap();
        b.model.world.network.interfaces.get_mut(&interface).unwrap().private_ips.push(ip);
        b.model.count_free_addresses();
    }
    put(&mut b, &t.nat, &second);
    b.wait(60);
    assert!(matches!(state(&b, &t.nat, &second), Some(NatAddressState::Failed { .. })));
    assert_eq!(holder(&b, &second), None);
}

fn one_that_failed_can_be_tried_again(mut b: Bench) {
    let (t, second) = stage(&mut b);
    let other = b.nat(&t.public, &second);
    b.wait(300);
    put(&mut b, &t.nat, &second);
    b.wait(60);
    b.model.delete_nat_gateway(&other).unwrap();
    b.wait(300);
    put(&mut b, &t.nat, &second);
    b.wait(60);
    assert_eq!((b.gateway(&t.nat).addresses.len(), holder(&b, &second)), (2, Some(t.nat.clone())));
    // What was to be forgotten of the first try is no more.
    b.wait(4_000);
    assert!(listed(&b, &t.nat, &second).unwrap().is_in_use());
}

fn a_gateway_that_is_not_available_takes_none(mut b: Bench) {
    let (t, second) = stage(&mut b);
    let third = b.address();
    let pending = b.nat(&t.public, &third);
    let refused = try_put(&mut b, &pending, &second);
    assert_eq!(refusal(refused).0, Code::IncorrectState);
    b.model.delete_nat_gateway(&t.nat).unwrap();
    let refused = try_put(&mut b, &t.nat, &second);
    assert_eq!(refusal(refused).0, Code::IncorrectState);
    b.wait(200);
    let refused = try_put(&mut b, &t.nat, &second);
    assert_eq!(refusal(refused).0, Code::NatGatewayNotFound);
}

fn one_that_is_taken_off_carries_nothing_new_and_is_free_after_350_seconds(mut b: Bench) {
    let (t, second) = stage(&mut b);
    put(&mut b, &t.nat, &second);
    b.wait(60);
    take(&mut b, &t.nat, &second);
    b.wait(349);
    assert_eq!(state(&b, &t.nat, &second), Some(NatAddressState::Disassociating));
    assert_eq!(refusal(b.model.release_address(&second)).0, Code::AuthFailure);
    b.wait(11);
    assert_eq!((listed(&b, &t.nat, &second), holder(&b, &second)), (None, None));
    assert_eq!(free(&b, &t.public), 250);
    assert_eq!(b.model.world.gateway.addresses[&second].interface, None);
    b.model.release_address(&second).unwrap();
}

fn a_shorter_time_to_drain_is_kept(mut b: Bench) {
    let (t, second) = stage(&mut b);
    put(&mut b, &t.nat, &second);
    b.wait(60);
    let association = listed(&b, &t.nat, &second).unwrap().association.unwrap();
    let longest = Some(Duration::from_secs(20));
    let leaving = b.model.disassociate_nat_gateway_address(&t.nat, &[association], longest).unwrap();
    assert_eq!(leaving, slice::from_ref(&second));
    b.wait(19);
    assert!(listed(&b, &t.nat, &second).is_some());
    b.wait(1);
    assert!(listed(&b, &t.nat, &second).is_none());
}

fn its_own_address_is_never_taken_off(mut b: Bench) {
    let (t, second) = stage(&mut b);
    put(&mut b, &t.nat, &second);
    b.wait(60);
    let own = listed(&b, &t.nat, &t.address).unwrap().association.unwrap();
    let more = listed(&b, &t.nat, &second).unwrap().association.unwrap();
    let refused = b.model.disassociate_nat_gateway_address(&t.nat, &[more, own], None);
    assert_eq!(refusal(refused).0, Code::NatPrimaryAddress);
    assert!(b.gateway(&t.nat).addresses.iter().all(NatAddress::is_in_use));
}

fn an_unknown_association_is_refused(mut b: Bench) {
    let (t, second) = stage(&mut b);
    let other = b.nat(&t.public, &second);
    b.wait(300);
    let of_other = listed(&b, &other, &second).unwrap().association.unwrap();
    for association in [CloudId::new("eipassoc-1"), of_other] {
        let refused = b.model.disassociate_nat_gateway_address(&t.nat, &[association], None);
        assert_eq!(refusal(refused).0, Code::NatAssociationNotFound);
    }
}

fn a_gateway_makes_one_change_at_a_time(b: Bench) {
    let quotas = Quotas { addresses_per_nat_gateway: 8, ..Quotas::default() };
    let mut b = Bench::with(Config { quotas, ..b.model.config.clone() });
    let (t, second) = stage(&mut b);
    let third = b.address();
    put(&mut b, &t.nat, &second);
    let busy = |verb: &str| {
        (Code::OperationInProgress, format!("Service is currently {verb} the following EIPs: [{second}]."))
    };
    assert_eq!(refusal(try_put(&mut b, &t.nat, &third)), busy("ASSOCIATING"));
    b.wait(60);
    take(&mut b, &t.nat, &second);
    assert_eq!(refusal(try_put(&mut b, &t.nat, &third)), busy("DISASSOCIATING"));
    b.wait(360);
    put(&mut b, &t.nat, &third);
}

fn a_deleted_gateway_gives_all_its_addresses_back(mut b: Bench) {
    let (t, second) = stage(&mut b);
    put(&mut b, &t.nat, &second);
    b.model.delete_nat_gateway(&t.nat).unwrap();
    assert!(b.gateway(&t.nat).addresses.iter().all(|a| a.state == NatAddressState::Disassociating));
    b.wait(300);
    assert_eq!((holder(&b, &t.address), holder(&b, &second), free(&b, &t.public)), (None, None, 251));
    b.model.release_address(&second).unwrap();
    b.model.delete_subnet(&t.public).unwrap();
}

fn one_that_drains_as_its_gateway_goes_is_free_when_that_is_gone(mut b: Bench) {
    let (t, second) = stage(&mut b);
    put(&mut b, &t.nat, &second);
    b.wait(60);
    take(&mut b, &t.nat, &second);
    b.wait(340);
    b.model.delete_nat_gateway(&t.nat).unwrap();
    b.wait(20);
    assert_eq!((&b.gateway(&t.nat).state, holder(&b, &second)), (&NatState::Deleting, Some(t.nat.clone())));
    b.wait(180);
    assert_eq!(holder(&b, &second), None);
    b.model.release_address(&second).unwrap();
}
