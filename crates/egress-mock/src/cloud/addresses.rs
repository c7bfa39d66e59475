//! Elastic IPs.

use std::net::Ipv4Addr;

use egress_core::{CloudId, Tags, world::Address};

use super::{ApiError, Bug, Code, Model, error::no_such, model::human_name, quota::Quota, tags::check_ec2_tags};

impl Model {
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
