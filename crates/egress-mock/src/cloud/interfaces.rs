//! Network interfaces.

use std::collections::BTreeSet;

use egress_core::{
    CloudId, Tags,
    world::{Interface, InterfaceKind, RouteState, Target},
};

use super::{ApiError, Code, Model, error::no_such};

/// An interface that the cloud makes for something of its own.
#[derive(Clone, Debug)]
pub(crate) struct NewInterface {
    pub(crate) subnet: CloudId,
    pub(crate) kind: InterfaceKind,
    pub(crate) groups: BTreeSet<CloudId>,
    pub(crate) description: String,
    /// Whose it is, by human names: decides its id and its address.
    pub(crate) whose: String,
}

impl Model {
    /// `DeleteNetworkInterface`: refused while it is in use.
    pub(crate) fn delete_network_interface(&mut self, id: &CloudId) -> Result<(), ApiError> {
        if self.interface(id)?.in_use {
            let message = format!("Network interface '{id}' is currently in use.");
            return Err(ApiError::new(Code::InterfaceInUse, message));
        }
        self.remove_interface(id);
        Ok(())
    }

    /// The interface, if calls see it.
    pub(crate) fn interface(&self, id: &CloudId) -> Result<&Interface, ApiError> {
        let found = self.world.network.interfaces.get(id).filter(|_| self.sees(id));
        found.ok_or_else(|| no_such(Code::InterfaceNotFound, "networkInterface", id))
    }

    /// Makes an interface with an address of its subnet; `None` where the subnet is full or gone.
    pub(crate) fn add_interface(&mut self, new: NewInterface) -> Option<CloudId> {
        let subnet = self.world.network.subnets.get(&new.subnet)?;
        let ip = self.free_ip(subnet, &new.whose)?;
        let network = subnet.network.clone();
        let id = self.new_id("eni", &new.whose);
        let interface = Interface {
            id: id.clone(),
            network,
            subnet: new.subnet,
            kind: new.kind,
            in_use: true,
            groups: new.groups,
            private_ips: vec![ip],
            ipv6: Vec::new(),
            prefixes: Vec::new(),
            public_ip: None,
            instance: None,
            source_dest_check: new.kind != InterfaceKind::NatGateway,
            description: new.description,
            tags: Tags::new(),
        };
        self.world.network.interfaces.insert(id.clone(), interface);
        self.hidden.facts.made_at.insert(id.clone(), self.hidden.now);
        self.count_free_addresses();
        Some(id)
    }

    /// Removes an interface and gives its addresses back to the subnet. Routes to it turn blackhole.
    pub(crate) fn remove_interface(&mut self, id: &CloudId) {
        let removed = self.world.network.interfaces.remove(id);
        if let Some(interface) = removed {
            self.set_routes_to(&Target::Interface(id.clone()), &interface.network, RouteState::Blackhole);
        }
        self.hidden.hyperplane.remove(id);
        self.hidden.facts.made_at.remove(id);
        self.count_free_addresses();
    }
}
