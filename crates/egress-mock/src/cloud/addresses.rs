//! Elastic IPs.

use std::net::Ipv4Addr;

use egress_core::{
    CloudId, Tags,
    world::{Address, InterfaceKind},
};

use super::{ApiError, Bug, Code, Model, error::no_such, model::human_name, quota::Quota, tags::check_ec2_tags};

/// The arguments of `AssociateAddress`.
#[derive(Clone, Debug)]
pub(crate) struct AssociateAddress {
    pub(crate) allocation_id: CloudId,
    pub(crate) network_interface_id: CloudId,
    /// The first one where none is named.
    pub(crate) private_ip: Option<Ipv4Addr>,
    /// Whether an address that something holds may be taken from it.
    pub(crate) allow_reassociation: bool,
}

impl Model {
    /// `AssociateAddress` with an interface: answers with the association's id. Once more is no mistake. What the interface had
    /// before is taken off it [doc]. Sentences are from memory `[?]`.
    pub(crate) fn associate_address(&mut self, args: AssociateAddress) -> Result<CloudId, ApiError> {
        let AssociateAddress { allocation_id, network_interface_id, private_ip, allow_reassociation } = args;
        let address = self.address(&allocation_id)?;
        let interface = self.interface(&network_interface_id)?;
        if !matches!(interface.kind, InterfaceKind::Machine | InterfaceKind::Function) {
            let message = "You do not have permission to access the specified resource.";
            return Err(ApiError::new(Code::AuthFailure, message));
        }
        if private_ip.is_some_and(|ip| interface.private_ips.first() != Some(&ip)) {
            // AWS takes any address of the interface; the World has room for the first one's alone.
            let message = "This emulator associates addresses with the first private address of an interface alone.";
            return Err(ApiError::new(Code::UnsupportedOperation, message));
        }
        if self.internet_gateway_of(&interface.network).is_none() {
            let message = format!("Network {} is not attached to any internet gateway", interface.network);
            return Err(ApiError::new(Code::GatewayNotAttached, message));
        }
        let association = self.address_association(&allocation_id, &network_interface_id);
        match &address.interface {
            Some(held_by) if *held_by == network_interface_id => return Ok(association),
            Some(held_by) if !allow_reassociation || address.nat_gateway.is_some() => {
                let held = self.address_association(&allocation_id, held_by);
                let message = format!("resource {allocation_id} is already associated with associate-id {held}");
                return Err(ApiError::new(Code::ResourceAlreadyAssociated, message));
            }
            _ => {}
        }
        let ip = address.ip;
        for other in self.world.gateway.addresses.values_mut() {
            if other.interface.as_ref() == Some(&network_interface_id) {
                other.interface = None;
            }
        }
        let before = self.world.gateway.addresses.get_mut(&allocation_id).and_then(|address| {
            let before = address.interface.take();
            address.interface = Some(network_interface_id.clone());
            before
        });
        let interfaces = &mut self.world.network.interfaces;
        if let Some(left) = before.and_then(|id| interfaces.get_mut(&id)) {
            left.public_ip = None;
        }
        if let Some(interface) = interfaces.get_mut(&network_interface_id) {
            interface.public_ip = ip;
        }
        Ok(association)
    }

    /// `AllocateAddress`, which knows no client token. The address is one that nobody has had before, or the one that is
    /// asked for: "You cannot recover an Elastic IP address if it has been allocated to another AWS account, or if it will
    /// result in your exceeding your Elastic IP address limit" (EC2 user guide, "Recover an Elastic IP address"). The code of
    /// the first refusal is `[?]`: it is that of an unknown address everywhere else.
    pub(crate) fn allocate_address(&mut self, tags: Tags, wanted: Option<Ipv4Addr>) -> Result<CloudId, ApiError> {
        check_ec2_tags(&tags)?;
        if let Some(wanted) = wanted.filter(|wanted| !self.hidden.released_ips.contains(wanted)) {
            return Err(ApiError::new(Code::AddressNotFound, format!("Address '{wanted}' not found.")));
        }
        self.one_more(Quota::Addresses, self.world.gateway.addresses.len())?;
        let name = human_name(&tags).to_owned();
        let id = self.new_id("eipalloc", &name);
        let ip = wanted.unwrap_or_else(|| self.new_public_ip(&name));
        self.hidden.released_ips.remove(&ip);
        let address = Address { id: id.clone(), ip: Some(ip), interface: None, nat_gateway: None, tags };
        self.world.gateway.addresses.insert(id.clone(), address);
        self.hide(&id, &name);
        Ok(id)
    }

    /// `ReleaseAddress`: refused while something holds the address.
    pub(crate) fn release_address(&mut self, id: &CloudId) -> Result<(), ApiError> {
        let address = self.address(id)?;
        if address.nat_gateway.is_some() && !self.has(Bug::AddressInUseReleased) {
            let message = "You do not have permission to access the specified resource.";
            return Err(ApiError::new(Code::AuthFailure, message));
        }
        if let (Some(_), None, Some(ip)) = (&address.interface, &address.nat_gateway, address.ip) {
            return Err(ApiError::new(Code::InvalidAddressInUse, format!("Address {ip} is in use.")));
        }
        let released = self.world.gateway.addresses.remove(id);
        self.hidden.released_ips.extend(released.and_then(|address| address.ip));
        Ok(())
    }

    /// `DisassociateAddress`: refused for an address of a NAT gateway, which keeps it.
    pub(crate) fn disassociate_address(&mut self, association: &CloudId) -> Result<(), ApiError> {
        let part = &self.world.gateway.addresses;
        let held = part.values().filter(|a| self.sees(&a.id)).find(|a| {
            a.interface.as_ref().is_some_and(|interface| self.address_association(&a.id, interface) == *association)
        });
        let Some(address) = held else {
            return Err(no_such(Code::InvalidAssociationNotFound, "association", association));
        };
        if address.nat_gateway.is_some() {
            let message = "You do not have permission to access the specified resource.";
            return Err(ApiError::new(Code::AuthFailure, message));
        }
        let (id, interface) = (address.id.clone(), address.interface.clone());
        if let Some(address) = self.world.gateway.addresses.get_mut(&id) {
            address.interface = None;
        }
        if let Some(interface) = interface.and_then(|id| self.world.network.interfaces.get_mut(&id)) {
            interface.public_ip = None;
        }
        Ok(())
    }

    /// The address, if calls see it.
    pub(crate) fn address(&self, id: &CloudId) -> Result<&Address, ApiError> {
        let found = self.world.gateway.addresses.get(id).filter(|_| self.sees(id));
        found.ok_or_else(|| {
            ApiError::new(Code::InvalidAllocationNotFound, format!("The allocation ID '{id}' does not exist"))
        })
    }
}
