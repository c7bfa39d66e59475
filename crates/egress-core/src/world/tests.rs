//! Ops applied in memory, and what the World then shows.

use super::{ApplyError, NatAddressState, NatState, World, apply, shows};
use crate::{
    CloudId, Tags,
    op::{
        AllocateAddress, AssociateNatAddress, CreateNatGateway, CreateNetwork, CreateSubnet, DisassociateNatAddress,
        GatewayOp, NetworkOp, Op,
    },
};

/// A gateway `nat` with the address `eip`, and the address `eip-2` that nothing holds.
fn world() -> World {
    let mut world = World::default();
    let cidr = |text: &str| text.parse().unwrap();
    let network = NetworkOp::CreateNetwork(CreateNetwork { cidr: cidr("10.0.0.0/16"), tags: Tags::new() });
    let subnet = NetworkOp::CreateSubnet(CreateSubnet {
        network: "net".into(),
        cidr: cidr("10.0.1.0/24"),
        zone: "a".into(),
        tags: Tags::new(),
    });
    let address = || GatewayOp::AllocateAddress(AllocateAddress { tags: Tags::new(), ip: None });
    let nat = GatewayOp::CreateNatGateway(CreateNatGateway {
        subnet: "sub".into(),
        address: "eip".into(),
        tags: Tags::new(),
    });
    for (op, created) in [
        (Op::Network(network), "net"),
        (Op::Network(subnet), "sub"),
        (Op::Gateway(address()), "eip"),
        (Op::Gateway(address()), "eip-2"),
        (Op::Gateway(nat), "nat"),
    ] {
        apply(&mut world, &op, &created.into()).unwrap();
    }
    world
}

fn associate(address: &str) -> Op<CloudId> {
    Op::Gateway(GatewayOp::AssociateNatAddress(AssociateNatAddress { gateway: "nat".into(), address: address.into() }))
}

fn disassociate(address: &str) -> Op<CloudId> {
    Op::Gateway(GatewayOp::DisassociateNatAddress(DisassociateNatAddress {
        gateway: "nat".into(),
        address: address.into(),
        association: "assoc".into(),
    }))
}

fn nat(world: &mut World) -> &mut super::NatGateway {
    world.gateway.nat_gateways.get_mut(&CloudId::new("nat")).unwrap()
}

#[test]
fn an_address_comes_onto_a_gateway_and_off_it_again() {
    let (before, none) = (world(), CloudId::new(""));
    let mut world = before.clone();
    apply(&mut world, &associate("eip-2"), &none).unwrap();
    let held: Vec<_> =
        nat(&mut world).addresses.iter().map(|a| (a.address.clone(), a.primary, a.is_in_use())).collect();
    assert_eq!(held, [(Some("eip".into()), true, true), (Some("eip-2".into()), false, true)]);
    assert_eq!(world.gateway.addresses[&CloudId::new("eip-2")].nat_gateway, Some("nat".into()));
    apply(&mut world, &disassociate("eip-2"), &none).unwrap();
    assert_eq!(world, before);
}

#[test]
fn an_address_that_a_gateway_holds_is_put_on_none_and_its_own_is_never_taken_off() {
    let before = world();
    let in_use = Err(ApplyError::InUse { what: "eip".into(), by: "nat".into() });
    for op in [associate("eip"), disassociate("eip")] {
        let mut world = before.clone();
        assert_eq!(apply(&mut world, &op, &CloudId::new("")), in_use);
        assert_eq!(world, before);
    }
}

#[test]
fn a_world_shows_an_address_as_soon_as_it_comes_or_goes() {
    let none = CloudId::new("");
    let mut world = world();
    assert!(!shows(&world, &associate("eip-2")) && shows(&world, &disassociate("eip-2")));
    apply(&mut world, &associate("eip-2"), &none).unwrap();
    let failed = NatAddressState::Failed { message: String::new() };
    for (state, comes, goes) in [
        (NatAddressState::Associating, true, false),
        (NatAddressState::InUse, true, false),
        (NatAddressState::Disassociating, false, true),
        (failed, false, true),
    ] {
        nat(&mut world).addresses[1].state = state;
        assert_eq!((shows(&world, &associate("eip-2")), shows(&world, &disassociate("eip-2"))), (comes, goes));
    }
    // What a failed try has left behind says nothing of the next one.
    let again = super::NatAddress { state: NatAddressState::Associating, ..nat(&mut world).addresses[1].clone() };
    nat(&mut world).addresses.push(again);
    assert!(shows(&world, &associate("eip-2")));
    nat(&mut world).state = NatState::Deleting;
    assert!(!shows(&world, &associate("eip-2")));
}
