//! Internet gateways, NAT gateways and public addresses.

use std::{collections::BTreeMap, net::Ipv4Addr};

use serde::{Deserialize, Serialize};

use super::Unseen;
use crate::{CloudId, Tags};

/// The part of a World that [`GatewayProvider`](crate::GatewayProvider) observes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayPart {
    /// Gateways between networks and the internet.
    pub internet_gateways: BTreeMap<CloudId, InternetGateway>,
    /// Gateways that translate private sources, the failed and lately deleted ones included.
    pub nat_gateways: BTreeMap<CloudId, NatGateway>,
    /// Gateways that let IPv6 out only.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub egress_only_gateways: BTreeMap<CloudId, EgressOnlyGateway>,
    /// Public addresses that the account holds.
    pub addresses: BTreeMap<CloudId, Address>,
    /// What of the family was not read.
    #[serde(default, skip_serializing_if = "Unseen::is_empty")]
    pub unseen: Unseen,
}

impl GatewayPart {
    /// The address with this IP.
    pub fn address_at(&self, ip: Ipv4Addr) -> Option<&Address> {
        self.addresses.values().find(|a| a.ip == Some(ip))
    }
}

/// A gateway between a network and the internet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InternetGateway {
    /// What the cloud calls it.
    pub id: CloudId,
    /// The network that it is attached to.
    pub network: Option<CloudId>,
    /// Its tags.
    pub tags: Tags,
}

/// A gateway that lets IPv6 connections out of a network, and none in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EgressOnlyGateway {
    /// What the cloud calls it.
    pub id: CloudId,
    /// The network that it is attached to.
    pub network: Option<CloudId>,
    /// Its tags.
    pub tags: Tags,
}

/// A gateway that translates private sources to its public addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NatGateway {
    /// What the cloud calls it.
    pub id: CloudId,
    /// The network that it serves.
    pub network: CloudId,
    /// Where it stands.
    pub scope: NatScope,
    /// Whether its other side is the internet.
    pub public: bool,
    /// How far it is.
    pub state: NatState,
    /// Its addresses.
    pub addresses: Vec<NatAddress>,
    /// Its tags.
    pub tags: Tags,
}

impl NatGateway {
    /// What it says of this address. One that was put on it again after a failure may be listed twice: what works is what
    /// counts, then what comes, then what goes.
    pub fn address(&self, address: &CloudId) -> Option<&NatAddress> {
        let rank = |a: &&NatAddress| match a.state {
            NatAddressState::InUse => 0,
            NatAddressState::Associating => 1,
            NatAddressState::Disassociating => 2,
            NatAddressState::Failed { .. } => 3,
        };
        self.addresses.iter().filter(|a| a.address.as_ref() == Some(address)).min_by_key(rank)
    }
}

/// Where a NAT gateway stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NatScope {
    /// In one subnet, and so in one zone.
    Subnet(CloudId),
    /// In every zone of the region, with a route table of its own.
    Region {
        /// The table that routes what it has translated, where it is known.
        route_table: Option<CloudId>,
        /// Whether the cloud may add addresses by itself.
        automatic: bool,
    },
}

/// How far a NAT gateway is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NatState {
    /// Being made.
    Pending,
    /// Translating.
    Available,
    /// It could not be made; it goes away by itself later.
    Failed {
        /// The cloud's code.
        code: String,
        /// The cloud's sentence.
        message: String,
    },
    /// Going away.
    Deleting,
    /// Gone, still listed for a while.
    Deleted,
}

impl NatState {
    /// Whether it translates or may come to.
    pub const fn is_live(&self) -> bool {
        matches!(self, Self::Pending | Self::Available)
    }
}

/// One address of a NAT gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NatAddress {
    /// The public address, absent on a private gateway.
    pub address: Option<CloudId>,
    /// Its public IP, once known.
    pub public_ip: Option<Ipv4Addr>,
    /// The private IP that it is mapped to, once known.
    pub private_ip: Option<Ipv4Addr>,
    /// The gateway's interface that holds the private IP, once known.
    pub interface: Option<CloudId>,
    /// The zone, on a regional gateway.
    pub zone: Option<String>,
    /// What the cloud calls its tie to the gateway, by which it is undone; absent where it is not known.
    pub association: Option<CloudId>,
    /// Whether the gateway was made with it: it then stays as long as the gateway does.
    pub primary: bool,
    /// How far it is.
    pub state: NatAddressState,
}

/// How far an address of a NAT gateway is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NatAddressState {
    /// Being put on the gateway; nothing leaves from it yet.
    Associating,
    /// New connections leave from it.
    InUse,
    /// Being taken off: connections that are there may end, new ones leave from the gateway's other addresses.
    Disassociating,
    /// It could not be put on the gateway.
    Failed {
        /// The cloud's sentence.
        message: String,
    },
}

impl NatAddress {
    /// Whether new connections are made from it.
    pub fn is_in_use(&self) -> bool {
        self.state == NatAddressState::InUse
    }
}

/// A public address that stays the same until it is released.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// What the cloud calls it.
    pub id: CloudId,
    /// The IP itself. Absent only in the World that a Plan would lead to.
    pub ip: Option<Ipv4Addr>,
    /// What it is attached to: an interface.
    pub interface: Option<CloudId>,
    /// The NAT gateway that holds it, where one does.
    pub nat_gateway: Option<CloudId>,
    /// Its tags.
    pub tags: Tags,
}

/// Who holds a public address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The NAT gateway.
    pub gateway: CloudId,
    /// Whether the gateway is on its way out, or the address off it: then it is held only while it is associated.
    pub leaving: bool,
}

/// Which address is held by which NAT gateway, for clouds whose addresses do not tell. A failed or deleted gateway is still listed
/// with its addresses, and holds none; nor does any hold one that could not be put on it. Of several that list one address, the one
/// that uses it has it.
pub fn holders<'a>(gateways: impl Iterator<Item = &'a NatGateway>) -> BTreeMap<CloudId, Holder> {
    let rank = |gateway: &NatGateway, address: &NatAddress| match (&gateway.state, &address.state) {
        (NatState::Failed { .. } | NatState::Deleted, _) | (_, NatAddressState::Failed { .. }) => None,
        (NatState::Deleting, _) | (_, NatAddressState::Disassociating) => Some(0),
        (_, NatAddressState::Associating) => Some(1),
        (NatState::Pending | NatState::Available, NatAddressState::InUse) => Some(2),
    };
    let mut ranked: Vec<(i32, &CloudId, &CloudId)> = gateways
        .flat_map(|g| g.addresses.iter().filter_map(move |a| Some((rank(g, a)?, a.address.as_ref()?, &g.id))))
        .collect();
    ranked.sort_by_key(|(rank, ..)| *rank);
    let holder = |(rank, address, gateway): (i32, &CloudId, &CloudId)| {
        (address.clone(), Holder { gateway: gateway.clone(), leaving: rank == 0 })
    };
    ranked.into_iter().map(holder).collect()
}
