//! Mends: what would make a finding go away, as data.

mod apply;

use std::{collections::BTreeSet, fmt};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use crate::{
    CloudId,
    world::{AclEntry, Destination, Peer, Protocol, Target},
};

/// One change that mends something. None of them releases an address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mend {
    /// Adds a route to a table.
    AddRoute {
        /// The table.
        table: Thing,
        /// Which packets it is for.
        destination: Destination,
        /// Where it sends them.
        target: Target<Thing>,
    },
    /// Points a route that is there at another target.
    ReplaceRoute {
        /// The table.
        table: CloudId,
        /// Which packets it is for.
        destination: Destination,
        /// Where it sends them from then on.
        target: Target<Thing>,
    },
    /// Deletes a route.
    DeleteRoute {
        /// The table.
        table: CloudId,
        /// Which packets it is for.
        destination: Destination,
    },
    /// Makes a route table: [`Thing::new_table`].
    CreateRouteTable {
        /// The network that it routes in.
        network: CloudId,
    },
    /// Lets a subnet use a table.
    Associate {
        /// The subnet.
        subnet: CloudId,
        /// The table.
        table: Thing,
        /// The association that the subnet has now, where it has one of its own.
        replaces: Option<CloudId>,
    },
    /// Attaches an internet gateway to a network.
    AttachInternetGateway {
        /// The gateway.
        gateway: Thing,
        /// The network.
        network: CloudId,
    },
    /// Makes a public NAT gateway: [`Thing::new_nat`].
    CreateNatGateway {
        /// The subnet that it stands in: a public one.
        subnet: Thing,
        /// Its address, which no other gateway has.
        address: Thing,
    },
    /// Makes a NAT gateway for every zone to which nobody adds addresses: [`Thing::new_nat`].
    CreateRegionalNatGateway {
        /// The network that it serves.
        network: CloudId,
        /// Its addresses, each with its zone.
        addresses: BTreeSet<(String, Thing)>,
    },
    /// Deletes a NAT gateway. Its addresses stay the account's.
    DeleteNatGateway {
        /// The gateway.
        nat: CloudId,
    },
    /// Waits until a NAT gateway and its addresses are ready.
    AwaitNatGateway {
        /// The gateway.
        nat: CloudId,
    },
    /// Puts one more address on a NAT gateway.
    AddNatAddress {
        /// The gateway.
        nat: CloudId,
        /// The address.
        address: Thing,
    },
    /// Takes an address off a NAT gateway; never the one that it was made with.
    RemoveNatAddress {
        /// The gateway.
        nat: CloudId,
        /// The tie between the two.
        association: CloudId,
    },
    /// Lets packets out of the interfaces of a group.
    AuthorizeEgress {
        /// The group.
        group: CloudId,
        /// Which protocol.
        protocol: Protocol,
        /// To which ports, both ends included.
        ports: (u16, u16),
        /// To which range.
        cidr: IpNet,
    },
    /// Lets packets in to the interfaces of a group.
    AuthorizeIngress {
        /// The group.
        group: CloudId,
        /// Which protocol.
        protocol: Protocol,
        /// To which ports, both ends included.
        ports: (u16, u16),
        /// From where.
        peer: Peer,
    },
    /// Adds an entry to an ACL, with a number that is free.
    AddAclEntry {
        /// The ACL.
        acl: CloudId,
        /// The entry.
        entry: AclEntry,
    },
    /// Accepts a peering that waits for it.
    AcceptPeering {
        /// The peering.
        peering: CloudId,
    },
    /// Lets a machine forward packets that are not its own.
    DisableSourceDestCheck {
        /// Its interface.
        interface: CloudId,
    },
    /// Turns a setting of a network's DNS on.
    SetDns {
        /// The network.
        network: CloudId,
        /// The setting.
        setting: DnsSetting,
    },
    /// Lets a service's public name lead to its endpoint.
    EnablePrivateDns {
        /// The endpoint.
        endpoint: CloudId,
    },
    /// Gives a role the cloud's own policy for functions in a network.
    AttachPolicy {
        /// The role.
        role: CloudId,
    },
    /// Runs a function in these subnets and groups, and no others.
    Attach {
        /// The function.
        function: CloudId,
        /// The subnets.
        subnets: BTreeSet<Thing>,
        /// The groups.
        groups: BTreeSet<Thing>,
        /// Whether it may send IPv6.
        ipv6: bool,
    },
    /// Limits how long one invocation may run.
    SetTimeout {
        /// The function.
        function: CloudId,
        /// In seconds.
        seconds: u32,
    },
    /// Wakes a function that sleeps: the first invocation fails and does nothing else.
    Wake {
        /// The function.
        function: CloudId,
    },
    /// Deletes a published version that nothing leads to.
    DeleteVersion {
        /// The function.
        function: CloudId,
        /// The version's number.
        version: String,
    },
    /// Exempts a network or a subnet from what the account forbids its gateways: it may send, and get answers.
    Exclude {
        /// The network.
        network: CloudId,
    },
    /// Adds a route to a table of a hub.
    AddTransitRoute {
        /// The table.
        table: CloudId,
        /// Which packets it is for.
        cidr: IpNet,
        /// The attachment that it sends them to.
        attachment: Thing,
    },
}

/// A setting of a network's DNS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DnsSetting {
    /// The cloud's own resolver answers in it.
    Support,
    /// Its hosts get public names.
    Hostnames,
}

/// A thing that a mend names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Thing {
    /// One that is there.
    Known(CloudId),
    /// One that must be made or chosen first: what it is, for people.
    Wanted(String),
}

impl Thing {
    /// A thing that must be made or chosen first.
    pub fn wanted(what: &str) -> Self {
        Self::Wanted(what.to_owned())
    }

    /// What [`Mend::CreateNatGateway`] makes.
    pub fn new_nat() -> Self {
        Self::wanted("new NAT gateway")
    }

    /// What [`Mend::CreateRouteTable`] makes.
    pub fn new_table() -> Self {
        Self::wanted("new route table")
    }

    /// The name that stands for it: the cloud's, or `<what it is>` until it is there.
    pub fn id(&self) -> CloudId {
        CloudId::new(self.to_string())
    }
}

impl From<&CloudId> for Thing {
    fn from(id: &CloudId) -> Self {
        Self::Known(id.clone())
    }
}

impl fmt::Display for Thing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(id) => id.fmt(f),
            Self::Wanted(what) => write!(f, "<{what}>"),
        }
    }
}
