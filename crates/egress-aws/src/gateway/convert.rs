//! Gateways and addresses as AWS describes them.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{
    self as aws, AutoProvisionZonesState, AutoScalingIpsState, AvailabilityMode, ConnectivityType,
    NatGatewayAddressStatus, NatGatewayState,
};
use egress_core::{
    CloudId,
    world::{
        Address, EgressOnlyGateway, Holder, InternetGateway, NatAddress, NatAddressState, NatGateway, NatScope,
        NatState,
    },
};

use crate::wire::{Flaw, Read, id, id_if, ip, ip_if, must, tags};

/// An internet gateway. One that is being attached or detached still counts as attached: it is not free yet.
pub(super) fn internet_gateway(gateway: &aws::InternetGateway) -> Read<InternetGateway> {
    let mut attached = gateway.attachments().iter().filter(|a| a.state().is_none_or(|s| s.as_str() != "detached"));
    Ok(InternetGateway {
        id: id("internetGatewayId", gateway.internet_gateway_id())?,
        network: attached.next().and_then(|attachment| id_if(attachment.vpc_id())),
        tags: tags(gateway.tags()),
    })
}

/// An egress-only gateway, which is in a network from its beginning to its end.
pub(super) fn egress_only_gateway(gateway: &aws::EgressOnlyInternetGateway) -> Read<EgressOnlyGateway> {
    let mut attached = gateway.attachments().iter().filter(|a| a.state().is_none_or(|s| s.as_str() != "detached"));
    Ok(EgressOnlyGateway {
        id: id("egressOnlyInternetGatewayId", gateway.egress_only_internet_gateway_id())?,
        network: attached.next().and_then(|attachment| id_if(attachment.vpc_id())),
        tags: tags(gateway.tags()),
    })
}

pub(super) fn nat_gateway(gateway: &aws::NatGateway) -> Read<NatGateway> {
    let state = nat_state(gateway)?;
    let addresses = gateway.nat_gateway_addresses().iter().map(|a| nat_address(a, &state)).collect::<Read<_>>()?;
    let scope = match gateway.availability_mode() {
        Some(AvailabilityMode::Regional) => NatScope::Region {
            route_table: id_if(gateway.route_table_id()),
            automatic: gateway.auto_provision_zones() == Some(&AutoProvisionZonesState::Enabled)
                || gateway.auto_scaling_ips() == Some(&AutoScalingIpsState::Enabled),
        },
        _ => NatScope::Subnet(id("subnetId", gateway.subnet_id())?),
    };
    Ok(NatGateway {
        id: id("natGatewayId", gateway.nat_gateway_id())?,
        network: id("vpcId", gateway.vpc_id())?,
        scope,
        public: gateway.connectivity_type() != Some(&ConnectivityType::Private),
        state,
        addresses,
        tags: tags(gateway.tags()),
    })
}

fn nat_state(gateway: &aws::NatGateway) -> Read<NatState> {
    Ok(match gateway.state() {
        Some(NatGatewayState::Pending) => NatState::Pending,
        Some(NatGatewayState::Available) => NatState::Available,
        Some(NatGatewayState::Deleting) => NatState::Deleting,
        Some(NatGatewayState::Deleted) => NatState::Deleted,
        Some(NatGatewayState::Failed) => NatState::Failed {
            code: gateway.failure_code().unwrap_or("Unknown").to_owned(),
            message: gateway.failure_message().unwrap_or("AWS does not say why").to_owned(),
        },
        Some(other) => return Err(Flaw::new(format!("`{}` is no state of a NAT gateway", other.as_str()))),
        None => return Err(Flaw::new("a NAT gateway has no state")),
    })
}

/// One address. Answers from before gateways had several tell neither its status nor whether it is the primary one; there the
/// gateway's state is all that is known, and it has one address.
fn nat_address(address: &aws::NatGatewayAddress, gateway: &NatState) -> Read<NatAddress> {
    Ok(NatAddress {
        address: id_if(address.allocation_id()),
        public_ip: ip_if(address.public_ip())?,
        private_ip: ip_if(address.private_ip())?,
        interface: id_if(address.network_interface_id()),
        zone: address.availability_zone().filter(|zone| !zone.is_empty()).map(str::to_owned),
        association: id_if(address.association_id()),
        primary: address.is_primary().unwrap_or(true),
        state: nat_address_state(address, gateway)?,
    })
}

/// How far an address is. New connections are made from it once it has succeeded, as long as its gateway lives: the list of
/// one that does not is not kept up to date.
fn nat_address_state(address: &aws::NatGatewayAddress, gateway: &NatState) -> Read<NatAddressState> {
    use NatGatewayAddressStatus as Status;
    let failed =
        || NatAddressState::Failed { message: address.failure_message().unwrap_or("AWS does not say why").to_owned() };
    let by_gateway = || match gateway {
        NatState::Available => NatAddressState::InUse,
        NatState::Pending => NatAddressState::Associating,
        NatState::Deleting | NatState::Deleted => NatAddressState::Disassociating,
        NatState::Failed { message, .. } => NatAddressState::Failed { message: message.clone() },
    };
    Ok(match address.status() {
        None => by_gateway(),
        Some(Status::Succeeded) if gateway.is_live() => NatAddressState::InUse,
        Some(Status::Succeeded) => by_gateway(),
        Some(Status::Associating | Status::Assigning) => NatAddressState::Associating,
        Some(Status::Disassociating | Status::Unassigning) => NatAddressState::Disassociating,
        Some(Status::Failed) => failed(),
        Some(other) => return Err(Flaw::new(format!("`{}` is no status of an address", other.as_str()))),
    })
}

/// The addresses for use in VPCs. `DescribeAddresses` does not tell which NAT gateway holds one, only that something does.
pub(super) fn addresses(
    described: &[aws::Address],
    holders: &BTreeMap<CloudId, Holder>,
) -> Read<BTreeMap<CloudId, Address>> {
    let mut addresses = BTreeMap::new();
    for address in described {
        // One without an allocation is of EC2-Classic, which is no more.
        let Some(id) = id_if(address.allocation_id()) else { continue };
        let associated = address.association_id().is_some_and(|id| !id.is_empty());
        let holder = holders.get(&id).filter(|holder| associated || !holder.leaving);
        let address = Address {
            id: id.clone(),
            ip: Some(ip(must("publicIp", address.public_ip())?)?),
            interface: id_if(address.network_interface_id()),
            nat_gateway: holder.map(|holder| holder.gateway.clone()),
            tags: tags(address.tags()),
        };
        addresses.insert(id, address);
    }
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{InternetGatewayAttachment, NatGatewayAddress};
    use egress_core::world::holders;

    use super::*;

    fn described(state: &str) -> aws::builders::NatGatewayBuilder {
        let address = NatGatewayAddress::builder()
            .allocation_id("eipalloc-1")
            .public_ip("192.0.2.1")
            .private_ip("10.0.0.7")
            .network_interface_id("eni-1");
        aws::NatGateway::builder()
            .nat_gateway_id("nat-1")
            .vpc_id("vpc-1")
            .subnet_id("subnet-1")
            .state(state.into())
            .nat_gateway_addresses(address.status(NatGatewayAddressStatus::Succeeded).build())
    }

    #[test]
    fn a_nat_gateway_tells_its_state_and_its_address() {
        let read = nat_gateway(&described("available").build()).unwrap();
        assert_eq!(
            read,
            NatGateway {
                id: "nat-1".into(),
                network: "vpc-1".into(),
                scope: NatScope::Subnet("subnet-1".into()),
                public: true,
                state: NatState::Available,
                addresses: vec![NatAddress {
                    address: Some("eipalloc-1".into()),
                    public_ip: Some("192.0.2.1".parse().unwrap()),
                    private_ip: Some("10.0.0.7".parse().unwrap()),
                    interface: Some("eni-1".into()),
                    zone: None,
                    association: None,
                    primary: true,
                    state: NatAddressState::InUse,
                }],
                tags: Default::default(),
            }
        );
        let failed = described("failed").failure_code("Gateway.NotAttached").failure_message("Network vpc-1 …").build();
        let state = NatState::Failed { code: "Gateway.NotAttached".into(), message: "Network vpc-1 …".into() };
        assert_eq!(nat_gateway(&failed).unwrap().state, state);
        assert!(nat_gateway(&described("dreaming").build()).is_err());
        assert!(nat_gateway(&aws::NatGateway::builder().nat_gateway_id("nat-1").build()).is_err());
    }

    #[test]
    fn each_address_tells_how_far_it_is() {
        let address = |status: &str| {
            let address = NatGatewayAddress::builder().allocation_id("eipalloc-2").association_id("eipassoc-2");
            address.is_primary(false).status(status.into()).failure_message("already associated").build()
        };
        let read = |gateway: &str, status: &str| {
            let gateway = nat_gateway(&described(gateway).nat_gateway_addresses(address(status)).build()).unwrap();
            let [own, more] = <[NatAddress; 2]>::try_from(gateway.addresses).unwrap();
            assert_eq!((own.primary, more.primary, more.association), (true, false, Some("eipassoc-2".into())));
            more.state
        };
        let failed = || NatAddressState::Failed { message: "already associated".to_owned() };
        for (status, state) in [
            ("associating", NatAddressState::Associating),
            ("assigning", NatAddressState::Associating),
            ("succeeded", NatAddressState::InUse),
            ("disassociating", NatAddressState::Disassociating),
            ("unassigning", NatAddressState::Disassociating),
            ("failed", failed()),
        ] {
            assert_eq!(read("available", status), state, "{status}");
        }
        // The list of a gateway that does not work is not kept up to date.
        assert_eq!(read("deleting", "succeeded"), NatAddressState::Disassociating);
        assert_eq!(read("deleting", "failed"), failed());
        let unknown = described("available").nat_gateway_addresses(address("dreaming")).build();
        assert!(nat_gateway(&unknown).is_err());
    }

    #[test]
    fn a_regional_gateway_that_aws_adds_addresses_to_is_automatic() {
        let regional = |zones, ips| {
            let gateway = described("available").set_subnet_id(None).availability_mode(AvailabilityMode::Regional);
            let gateway = gateway.route_table_id("rtb-1").auto_provision_zones(zones).auto_scaling_ips(ips);
            nat_gateway(&gateway.build()).unwrap().scope
        };
        let scope = |automatic| NatScope::Region { route_table: Some("rtb-1".into()), automatic };
        let (on, off) = (AutoProvisionZonesState::Enabled, AutoProvisionZonesState::Disabled);
        assert_eq!(regional(on, AutoScalingIpsState::Disabled), scope(true));
        assert_eq!(regional(off.clone(), AutoScalingIpsState::Enabled), scope(true));
        assert_eq!(regional(off, AutoScalingIpsState::Disabled), scope(false));
    }

    #[test]
    fn a_gateway_that_leaves_holds_its_address_only_while_that_is_associated() {
        let address = |association: Option<&str>| {
            aws::Address::builder()
                .allocation_id("eipalloc-1")
                .public_ip("192.0.2.1")
                .set_association_id(association.map(Into::into))
                .build()
        };
        let held = |state: &str, association: Option<&str>| {
            let gateway = nat_gateway(&described(state).build()).unwrap();
            let read = addresses(&[address(association)], &holders([gateway].iter())).unwrap();
            read[&CloudId::new("eipalloc-1")].nat_gateway.is_some()
        };
        assert!(held("available", Some("eipassoc-1")));
        assert!(held("deleting", Some("eipassoc-1")));
        assert!(held("pending", None));
        assert!(!held("deleting", None));
        assert!(!held("deleted", Some("eipassoc-1")));
        assert!(!held("failed", None));
        let bad = aws::Address::builder().allocation_id("eipalloc-1").public_ip("192.0.2").build();
        assert!(addresses(&[bad], &BTreeMap::new()).is_err());
    }

    #[test]
    fn an_address_is_held_by_the_gateway_that_uses_it_and_by_none_that_could_not_get_it() {
        let gateway = |id: &str, status: &str| {
            let address = NatGatewayAddress::builder().allocation_id("eipalloc-2").is_primary(false);
            let gateway =
                described("available").nat_gateway_id(id).nat_gateway_addresses(address.status(status.into()).build());
            nat_gateway(&gateway.build()).unwrap()
        };
        let holder = |listed: &[(&str, &str)], association: Option<&str>| {
            let address = aws::Address::builder().allocation_id("eipalloc-2").public_ip("192.0.2.2");
            let address = address.set_association_id(association.map(Into::into)).build();
            let gateways: Vec<_> = listed.iter().map(|(id, status)| gateway(id, status)).collect();
            let read = addresses(&[address], &holders(gateways.iter())).unwrap();
            read[&CloudId::new("eipalloc-2")].nat_gateway.clone()
        };
        let some = Some("eipassoc-2");
        for other in ["associating", "failed"] {
            assert_eq!(holder(&[("nat-1", "succeeded"), ("nat-2", other)], some), Some("nat-1".into()));
            assert_eq!(holder(&[("nat-1", other), ("nat-2", "succeeded")], some), Some("nat-2".into()));
        }
        assert_eq!(holder(&[("nat-1", "associating")], None), Some("nat-1".into()));
        assert_eq!(holder(&[("nat-1", "failed")], None), None);
        assert_eq!(holder(&[("nat-1", "disassociating")], some), Some("nat-1".into()));
        assert_eq!(holder(&[("nat-1", "disassociating")], None), None);
    }

    #[test]
    fn an_internet_gateway_is_attached_until_it_is_detached() {
        let network = |state: &str| {
            let attachment = InternetGatewayAttachment::builder().vpc_id("vpc-1").state(state.into()).build();
            let gateway = aws::InternetGateway::builder().internet_gateway_id("igw-1").attachments(attachment);
            internet_gateway(&gateway.build()).unwrap().network.is_some()
        };
        assert_eq!(["available", "attaching", "detaching", "detached"].map(network), [true, true, true, false]);
    }
}
