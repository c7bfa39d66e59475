//! The addresses that a NAT gateway has beside its own: associating → succeeded | failed; disassociating → gone.

use std::{collections::BTreeSet, time::Duration};

use egress_core::{
    CloudId,
    world::{NatAddress, NatAddressState, NatGateway, NatState},
};

use super::{
    ApiError, Bug, Code, Model, NatFailure, Wait, error::no_such, hidden::Transition, model::human_name, quota::Quota,
};

impl Model {
    /// `AssociateNatGatewayAddress`, which knows no client token: puts addresses on an available gateway, one change at a time.
    /// Whether each can be used is decided by what is so at this moment, and shown later `[?]`.
    pub(crate) fn associate_nat_gateway_address(
        &mut self,
        id: &CloudId,
        addresses: &[CloudId],
    ) -> Result<(), ApiError> {
        let gateway = self.changeable_nat(id)?;
        let name = human_name(&gateway.tags).to_owned();
        let held: Vec<&NatAddress> = gateway.addresses.iter().filter(|a| !has_failed(a)).collect();
        for address in addresses {
            self.address(address).map_err(|_| no_such(Code::ElasticIpNotFound, "elasticIp", address))?;
            if held.iter().any(|a| a.address.as_ref() == Some(address)) {
                let message = NatFailure::AlreadyAssociated.sentence(&gateway.network, address);
                return Err(ApiError::new(Code::ResourceAlreadyAssociated, message));
            }
        }
        let addresses: BTreeSet<&CloudId> = addresses.iter().collect();
        if let Some(more) = addresses.len().checked_sub(1) {
            self.one_more(Quota::AddressesPerNatGateway, held.len() + more)?;
        }
        for address in addresses {
            let failure = self.put_on(id, address);
            let due = self.after(Wait::AddressAssociated, &name);
            self.at(due, Transition::AddressSettled { gateway: id.clone(), address: address.clone(), failure });
        }
        Ok(())
    }

    /// `DisassociateNatGatewayAddress`: nothing new leaves from the addresses at once, and they are held until `longest` is
    /// over, or 350 seconds [doc]. Says which addresses they are. The gateway's own is refused [doc]; of an association that it
    /// does not have, AWS says `InvalidParameter` (hashicorp/terraform-provider-aws, `resourceNATGatewayEIPAssociation`).
    pub(crate) fn disassociate_nat_gateway_address(
        &mut self,
        id: &CloudId,
        associations: &[CloudId],
        longest: Option<Duration>,
    ) -> Result<Vec<CloudId>, ApiError> {
        let gateway = self.changeable_nat(id)?;
        let name = human_name(&gateway.tags).to_owned();
        let mut leaving = Vec::new();
        for association in associations {
            let found =
                gateway.addresses.iter().find(|a| a.association.as_ref() == Some(association) && !has_failed(a));
            match found.and_then(|a| Some((a.address.clone()?, a.primary))) {
                None => {
                    let message = format!("The association ID '{association}' does not exist on NAT gateway {id}");
                    return Err(ApiError::new(Code::NatAssociationNotFound, message));
                }
                Some((address, true)) if !self.has(Bug::OwnAddressTakenOff) => {
                    let message =
                        format!("{address} is the primary EIP of NAT gateway {id} and cannot be disassociated");
                    return Err(ApiError::new(Code::NatPrimaryAddress, message));
                }
                Some((address, _)) => leaving.push(address),
            }
        }
        for address in &leaving {
            self.each_listing(id, address, |a| a.state = NatAddressState::Disassociating);
            let due = match longest {
                Some(longest) => self.hidden.now + self.config.timing.scale(longest.as_secs_f64()),
                None => self.after(Wait::AddressDrained, &name),
            };
            self.at(due, Transition::AddressDrained { gateway: id.clone(), address: address.clone() });
        }
        Ok(leaving)
    }

    /// The end of associating. A failed address stays in the list for as long as a failed gateway does `[?]`.
    pub(crate) fn address_settled(&mut self, gateway: &CloudId, address: &CloudId, failure: Option<NatFailure>) {
        let Some(found) = self.world.gateway.nat_gateways.get(gateway).filter(|g| g.state == NatState::Available)
        else {
            return;
        };
        let state = match failure {
            None => NatAddressState::InUse,
            Some(failure) => NatAddressState::Failed { message: failure.sentence(&found.network, address) },
        };
        self.each_listing(gateway, address, |a| {
            if a.state == NatAddressState::Associating {
                a.state = state.clone();
            }
        });
        if failure.is_some() {
            let due = self.hidden.now + self.config.timing.nat_listed();
            self.at(due, Transition::AddressForgotten { gateway: gateway.clone(), address: address.clone() });
        }
    }

    /// The end of disassociating. A gateway that is being deleted gives back all that it holds in the end.
    pub(crate) fn address_drained(&mut self, gateway: &CloudId, address: &CloudId) {
        let Some(found) = self.world.gateway.nat_gateways.get_mut(gateway).filter(|g| g.state == NatState::Available)
        else {
            return;
        };
        let is_gone =
            |a: &NatAddress| a.address.as_ref() == Some(address) && a.state == NatAddressState::Disassociating;
        let gone: Vec<NatAddress> = found.addresses.extract_if(.., |a| is_gone(a)).collect();
        for one in gone {
            if let Some(interface) = one.interface.and_then(|id| self.world.network.interfaces.get_mut(&id)) {
                interface.private_ips.retain(|ip| Some(*ip) != one.private_ip);
            }
            if let Some(address) = self.world.gateway.addresses.get_mut(address) {
                (address.interface, address.nat_gateway) = (None, None);
            }
        }
        self.count_free_addresses();
    }

    /// A failed address is no longer listed.
    pub(crate) fn address_forgotten(&mut self, gateway: &CloudId, address: &CloudId) {
        if let Some(gateway) = self.world.gateway.nat_gateways.get_mut(gateway) {
            gateway.addresses.retain(|a| a.address.as_ref() != Some(address) || !has_failed(a));
        }
    }

    /// The gateway, if calls see it, it is available, and none of its addresses is under way: AWS makes one such change of a
    /// gateway at a time ([doc] of `DisassociateNatGatewayAddress`; code and sentence recorded in
    /// hashicorp/terraform-provider-aws issue 44581). What it says of one that is not available is not known `[?]`.
    fn changeable_nat(&self, id: &CloudId) -> Result<&NatGateway, ApiError> {
        let found = self.world.gateway.nat_gateways.get(id).filter(|g| self.sees(id) && g.state != NatState::Deleted);
        let Some(gateway) = found else {
            return Err(ApiError::new(Code::NatGatewayNotFound, format!("The Nat Gateway {id} was not found")));
        };
        if gateway.state != NatState::Available {
            let message = format!("The Nat Gateway {id} is not in the state available");
            return Err(ApiError::new(Code::IncorrectState, message));
        }
        for (state, verb) in
            [(NatAddressState::Associating, "ASSOCIATING"), (NatAddressState::Disassociating, "DISASSOCIATING")]
        {
            let under_way = gateway.addresses.iter().filter(|a| a.state == state).filter_map(|a| a.address.as_ref());
            let under_way: Vec<&str> = under_way.map(CloudId::as_str).collect();
            if !under_way.is_empty() {
                let message = format!("Service is currently {verb} the following EIPs: [{}].", under_way.join(", "));
                return Err(ApiError::new(Code::OperationInProgress, message));
            }
        }
        Ok(gateway)
    }

    /// Lists an address on a gateway, with a private address of the gateway's subnet where both are to be had.
    fn put_on(&mut self, gateway: &CloudId, address: &CloudId) -> Option<NatFailure> {
        let taken = self.world.gateway.addresses.get(address).is_some_and(|a| a.interface.is_some());
        let mut listed = NatAddress {
            address: Some(address.clone()),
            public_ip: None,
            private_ip: None,
            interface: self
                .world
                .gateway
                .nat_gateways
                .get(gateway)
                .and_then(|g| g.addresses.first()?.interface.clone()),
            zone: None,
            association: None,
            primary: false,
            state: NatAddressState::Associating,
        };
        let failure = match taken && !self.has(Bug::TwoNatsWithOneAddress) {
            true => Some(NatFailure::AlreadyAssociated),
            false => self.map_address(gateway, address, &mut listed),
        };
        if let Some(gateway) = self.world.gateway.nat_gateways.get_mut(gateway) {
            // A new try takes the place of one that failed.
            gateway.addresses.retain(|a| a.address.as_ref() != Some(address) || !has_failed(a));
            gateway.addresses.push(listed);
        }
        failure
    }

    /// Maps an address to another private one of the gateway's interface.
    fn map_address(&mut self, gateway: &CloudId, address: &CloudId, listed: &mut NatAddress) -> Option<NatFailure> {
        let interface = listed.interface.clone()?;
        let subnet = self.world.network.subnets.get(&self.world.network.interfaces.get(&interface)?.subnet)?;
        let whose = format!("nat {gateway} {address}");
        let Some(ip) = self.free_ip(subnet, &whose) else { return Some(NatFailure::NoFreeAddress) };
        self.world.network.interfaces.get_mut(&interface)?.private_ips.push(ip);
        listed.private_ip = Some(ip);
        listed.association = Some(self.address_association(address, &interface));
        let held = self.world.gateway.addresses.get_mut(address)?;
        listed.public_ip = held.ip;
        (held.interface, held.nat_gateway) = (Some(interface), Some(gateway.clone()));
        self.count_free_addresses();
        None
    }

    /// Changes what a gateway lists of an address.
    fn each_listing(&mut self, gateway: &CloudId, address: &CloudId, change: impl Fn(&mut NatAddress)) {
        if let Some(gateway) = self.world.gateway.nat_gateways.get_mut(gateway) {
            gateway.addresses.iter_mut().filter(|a| a.address.as_ref() == Some(address)).for_each(change);
        }
    }
}

fn has_failed(address: &NatAddress) -> bool {
    matches!(address.state, NatAddressState::Failed { .. })
}
