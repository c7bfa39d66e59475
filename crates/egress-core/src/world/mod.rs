//! What a cloud holds, as plain data.
//!
//! A live account observed, the mock's own state and the state that a Plan would lead to are all a [`World`]. It has three
//! parts, one per family of resources and so one per provider trait. Everything in it is ordered, serialisable and free of
//! clients.

mod apply;
mod block_public_access;
mod diff;
mod function;
mod gateway;
mod lease;
mod machine;
mod network;
mod shows;
#[cfg(test)]
mod tests;
mod transit;
mod unseen;

pub use apply::{ApplyError, apply};
pub use block_public_access::*;
pub(crate) use diff::with;
pub use diff::{Difference, differences};
pub use function::*;
pub use gateway::*;
pub use lease::*;
pub use machine::*;
pub use network::*;
pub use shows::{holds, shows};
pub use transit::*;
pub use unseen::*;

use serde::{Deserialize, Serialize};

use crate::{CloudId, Kind, Owner, StackName, Tags};

/// All that was seen of one account in one region.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct World {
    /// Networks and what filters and routes in them.
    pub network: NetworkPart,
    /// Ways between networks and the internet.
    pub gateway: GatewayPart,
    /// Functions and the roles that they run as.
    pub function: FunctionPart,
}

/// A thing of a stack as the World holds it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owned {
    /// Which stack, and which Key in it.
    pub owner: Owner,
    /// What the cloud calls it.
    pub id: CloudId,
    /// Whether it still serves or may come to serve: false for a failed, deleting or deleted gateway.
    pub live: bool,
}

impl World {
    /// Everything that carries egress's tags, ordered by stack, Key and id. Two things with one Key are both there. Leases are
    /// not: they are nobody's part of a network.
    pub fn owned(&self) -> Vec<Owned> {
        let mut owned: Vec<Owned> = self
            .tagged()
            .filter_map(|(id, tags, live)| Some(Owned { owner: Owner::of(tags)?, id: id.clone(), live }))
            .collect();
        owned.sort();
        owned
    }

    /// Everything of one stack; see [`World::owned`].
    pub fn owned_by(&self, stack: &StackName) -> Vec<Owned> {
        self.owned().into_iter().filter(|o| &o.owner.stack == stack).collect()
    }

    /// Why a listing is not in the World, where it was not read: what would have to be asked.
    pub fn unseen(&self, listing: Listing) -> Option<&str> {
        let parts = [&self.network.unseen, &self.gateway.unseen, &self.function.unseen];
        parts.into_iter().find_map(|unseen| unseen.why(listing))
    }

    /// The tags of a resource. The kind matters because a function and a role may have the same name.
    pub fn tags(&self, kind: Kind, id: &CloudId) -> Option<&Tags> {
        match kind {
            Kind::Network => self.network.networks.get(id).map(|x| &x.tags),
            Kind::Subnet => self.network.subnets.get(id).map(|x| &x.tags),
            Kind::RouteTable => self.network.route_tables.get(id).map(|x| &x.tags),
            Kind::SecurityGroup => self.network.groups.get(id).map(|x| &x.tags),
            Kind::Interface => self.network.interfaces.get(id).map(|x| &x.tags),
            Kind::InternetGateway => self.gateway.internet_gateways.get(id).map(|x| &x.tags),
            Kind::NatGateway => self.gateway.nat_gateways.get(id).map(|x| &x.tags),
            Kind::Address => self.gateway.addresses.get(id).map(|x| &x.tags),
            Kind::Function | Kind::Probe => self.function.functions.get(id).map(|x| &x.tags),
            Kind::Role => self.function.roles.get(id).map(|x| &x.tags),
            Kind::Lease => self.network.leases.get(id).map(|x| &x.tags),
        }
    }

    fn tagged(&self) -> impl Iterator<Item = (&CloudId, &Tags, bool)> {
        let network = &self.network;
        let gateway = &self.gateway;
        let function = &self.function;
        (network.networks.iter().map(|(id, x)| (id, &x.tags, true)))
            .chain(network.subnets.iter().map(|(id, x)| (id, &x.tags, true)))
            .chain(network.route_tables.iter().map(|(id, x)| (id, &x.tags, true)))
            .chain(network.groups.iter().map(|(id, x)| (id, &x.tags, true)))
            .chain(network.interfaces.iter().map(|(id, x)| (id, &x.tags, true)))
            .chain(gateway.internet_gateways.iter().map(|(id, x)| (id, &x.tags, true)))
            .chain(gateway.nat_gateways.iter().map(|(id, x)| (id, &x.tags, x.state.is_live())))
            .chain(gateway.addresses.iter().map(|(id, x)| (id, &x.tags, true)))
            .chain(function.functions.iter().map(|(id, x)| (id, &x.tags, x.state != FunctionState::Failed)))
            .chain(function.roles.iter().map(|(id, x)| (id, &x.tags, true)))
    }
}
