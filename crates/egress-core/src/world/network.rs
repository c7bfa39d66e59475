//! Networks, subnets, route tables, filters and interfaces.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ops::RangeInclusive,
};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use super::{BlockPublicAccess, Lease, Machine, Transit, Unseen};
use crate::{CloudId, Tags};

/// The part of a World that [`NetworkProvider`](crate::NetworkProvider) observes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkPart {
    /// Whose account and which region this is.
    pub place: Place,
    /// The region's zones, ordered by name.
    pub zones: Vec<Zone>,
    /// Private networks.
    pub networks: BTreeMap<CloudId, Network>,
    /// Their subnets.
    pub subnets: BTreeMap<CloudId, Subnet>,
    /// Their route tables.
    pub route_tables: BTreeMap<CloudId, RouteTable>,
    /// Stateful filters on interfaces.
    pub groups: BTreeMap<CloudId, SecurityGroup>,
    /// Stateless filters on subnets.
    pub acls: BTreeMap<CloudId, Acl>,
    /// Network interfaces.
    pub interfaces: BTreeMap<CloudId, Interface>,
    /// Private ways to services, which bypass every gateway.
    pub endpoints: BTreeMap<CloudId, Endpoint>,
    /// Ways into other networks.
    pub peerings: BTreeMap<CloudId, Peering>,
    /// Named lists of prefixes that routes and rules refer to.
    pub prefix_lists: BTreeMap<CloudId, PrefixList>,
    /// Machines, which interfaces may belong to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub machines: BTreeMap<CloudId, Machine>,
    /// Hubs that join networks, and what hangs on them.
    #[serde(default, skip_serializing_if = "Transit::is_empty")]
    pub transit: Transit,
    /// What the account forbids its gateways, whatever routes and filters say.
    #[serde(default, skip_serializing_if = "BlockPublicAccess::is_off")]
    pub block_public_access: BlockPublicAccess,
    /// Leases; must be there in [`Scope::Lease`](crate::Scope::Lease) alone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub leases: BTreeMap<CloudId, Lease>,
    /// What of the family was not read.
    #[serde(default, skip_serializing_if = "Unseen::is_empty")]
    pub unseen: Unseen,
}

/// Whose account and which region.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The account's number or name.
    pub account: String,
    /// The region's name.
    pub region: String,
}

/// One zone of a region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zone {
    /// The name, which may mean another building in another account, e.g. `us-east-1a`.
    pub name: String,
    /// The name that means the same building in every account, e.g. `use1-az1`.
    pub id: String,
    /// Whether functions can have interfaces in it: false for edge zones and for zones that the functions' service does
    /// not support.
    pub functions: bool,
}

/// Whether a network or a subnet can be used yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Readiness {
    /// Made, not usable yet.
    Pending,
    /// Usable.
    Available,
}

/// A private network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// What the cloud calls it.
    pub id: CloudId,
    /// Its IPv4 ranges; the first is the primary one.
    pub cidrs: Vec<Ipv4Net>,
    /// Its IPv6 ranges.
    pub cidrs_v6: Vec<Ipv6Net>,
    /// Whether it can be used yet.
    pub state: Readiness,
    /// Whether the cloud made it unasked, for the account.
    pub is_default: bool,
    /// Whether the cloud's own resolver answers in it.
    pub dns_support: bool,
    /// Whether its hosts get public names, which private names of endpoints need.
    pub dns_hostnames: bool,
    /// The name servers that its hosts are told to use; empty for the cloud's own resolver.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub name_servers: Vec<IpAddr>,
    /// The account that it is shared from, where that is another one than the place's: what routes and filters in it, and its
    /// gateways, are then not all seen.
    #[serde(default)]
    pub owner: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

/// A subnet: a range of a network, in one zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subnet {
    /// What the cloud calls it.
    pub id: CloudId,
    /// The network that it is part of.
    pub network: CloudId,
    /// Its IPv4 range.
    pub cidr: Ipv4Net,
    /// Its IPv6 range, where it has one.
    pub cidr_v6: Option<Ipv6Net>,
    /// The name of its zone.
    pub zone: String,
    /// How many addresses are free.
    pub free_addresses: u32,
    /// Whether it can be used yet.
    pub state: Readiness,
    /// The account that it is shared from, where that is another one than the place's.
    #[serde(default)]
    pub owner: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

/// A route table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteTable {
    /// What the cloud calls it.
    pub id: CloudId,
    /// The network that it routes in.
    pub network: CloudId,
    /// What uses it.
    pub associations: Vec<Association>,
    /// Its routes, the local ones included.
    pub routes: Vec<Route>,
    /// Its tags.
    pub tags: Tags,
}

impl Subnet {
    /// Whether an address is in one of its ranges.
    pub fn holds(&self, ip: IpAddr) -> bool {
        match ip {
            IpAddr::V4(ip) => self.cidr.contains(&ip),
            IpAddr::V6(ip) => self.cidr_v6.is_some_and(|range| range.contains(&ip)),
        }
    }

    /// How people are told that something of this subnet is not in the World.
    pub fn unseen(&self, what: &str) -> String {
        match &self.owner {
            None => format!("the {what} of the subnet {}", self.id),
            Some(owner) => {
                format!("the {what} of the subnet {}, which account {owner} owns: it cannot be seen from here", self.id)
            }
        }
    }
}

impl RouteTable {
    /// Whether subnets without an association of their own use it.
    pub fn is_main(&self) -> bool {
        self.associations.iter().any(|a| a.with == AssociatedWith::Main && a.active)
    }

    /// The active association of a subnet with this table.
    pub fn association_of(&self, subnet: &CloudId) -> Option<&Association> {
        self.associations.iter().find(|a| a.active && matches!(&a.with, AssociatedWith::Subnet(s) if s == subnet))
    }

    /// The route to exactly this destination.
    pub fn route(&self, destination: &Destination) -> Option<&Route> {
        self.routes.iter().find(|r| &r.destination == destination)
    }
}

/// A link between a route table and what uses it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Association {
    /// What the cloud calls the link itself.
    pub id: CloudId,
    /// What uses the table.
    pub with: AssociatedWith,
    /// Whether it is in force: a link that is being made or unmade is not.
    pub active: bool,
}

/// What uses a route table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AssociatedWith {
    /// Every subnet of the network that has no link of its own.
    Main,
    /// This subnet.
    Subnet(CloudId),
    /// Traffic that comes in through this gateway.
    Gateway(CloudId),
}

/// A route of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// Which packets it is for.
    pub destination: Destination,
    /// Where it sends them.
    pub target: Target<CloudId>,
    /// Whether it works.
    pub state: RouteState,
    /// Who made it.
    pub origin: RouteOrigin,
}

/// Which packets a route is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Destination {
    /// Those to a range of addresses.
    Cidr(IpNet),
    /// Those to any range of a list.
    PrefixList(CloudId),
}

impl Destination {
    /// Everything in IPv4: the default route.
    pub fn default_v4() -> Self {
        Self::Cidr(IpNet::V4(Ipv4Net::default()))
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cidr(cidr) => cidr.fmt(f),
            Self::PrefixList(id) => id.fmt(f),
        }
    }
}

/// Where a route sends packets. `R` is a [`Key`](crate::Key) in a Plan and a [`CloudId`] in a World.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Target<R> {
    /// The network itself.
    Local,
    /// An internet gateway.
    InternetGateway(R),
    /// A gateway that lets IPv6 out only.
    EgressOnlyGateway(R),
    /// A NAT gateway.
    NatGateway(R),
    /// An interface, mostly of a machine that translates by itself.
    Interface(R),
    /// A machine, by its first interface.
    Instance(R),
    /// Another network.
    Peering(R),
    /// A hub that joins networks.
    TransitGateway(R),
    /// A private way to a service, or a firewall.
    Endpoint(R),
    /// A private line or tunnel.
    PrivateGateway(R),
    /// Something else, as the cloud names it. What it does with packets is unknown.
    Other(String),
}

impl<R> Target<R> {
    /// Puts other names for the same things.
    pub fn try_map<S, E>(&self, f: &mut impl FnMut(&R) -> Result<S, E>) -> Result<Target<S>, E> {
        Ok(match self {
            Self::Local => Target::Local,
            Self::InternetGateway(r) => Target::InternetGateway(f(r)?),
            Self::EgressOnlyGateway(r) => Target::EgressOnlyGateway(f(r)?),
            Self::NatGateway(r) => Target::NatGateway(f(r)?),
            Self::Interface(r) => Target::Interface(f(r)?),
            Self::Instance(r) => Target::Instance(f(r)?),
            Self::Peering(r) => Target::Peering(f(r)?),
            Self::TransitGateway(r) => Target::TransitGateway(f(r)?),
            Self::Endpoint(r) => Target::Endpoint(f(r)?),
            Self::PrivateGateway(r) => Target::PrivateGateway(f(r)?),
            Self::Other(name) => Target::Other(name.clone()),
        })
    }

    /// The thing that packets are sent to, unless it is the network itself or unknown.
    pub fn id(&self) -> Option<&R> {
        match self {
            Self::Local | Self::Other(_) => None,
            Self::InternetGateway(r)
            | Self::EgressOnlyGateway(r)
            | Self::NatGateway(r)
            | Self::Interface(r)
            | Self::Instance(r)
            | Self::Peering(r)
            | Self::TransitGateway(r)
            | Self::Endpoint(r)
            | Self::PrivateGateway(r) => Some(r),
        }
    }
}

impl<R: fmt::Display> fmt::Display for Target<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("local"),
            Self::Other(name) => f.write_str(name),
            Self::InternetGateway(r)
            | Self::EgressOnlyGateway(r)
            | Self::NatGateway(r)
            | Self::Interface(r)
            | Self::Instance(r)
            | Self::Peering(r)
            | Self::TransitGateway(r)
            | Self::Endpoint(r)
            | Self::PrivateGateway(r) => r.fmt(f),
        }
    }
}

/// Whether a route works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RouteState {
    /// It does.
    Active,
    /// Its target is gone: packets that match are dropped.
    Blackhole,
    /// The cloud refuses it: packets that match are dropped.
    Filtered,
}

/// Who made a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RouteOrigin {
    /// It came with the table.
    Table,
    /// Somebody, by hand or by program.
    Static,
    /// A private gateway.
    Propagated,
}

/// A stateful filter on interfaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroup {
    /// What the cloud calls it.
    pub id: CloudId,
    /// The network that it is for.
    pub network: CloudId,
    /// Its name, unique in the network.
    pub name: String,
    /// What may come in.
    pub ingress: Vec<Rule>,
    /// What may go out.
    pub egress: Vec<Rule>,
    /// Its tags.
    pub tags: Tags,
}

/// What a security group lets through.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rule {
    /// Which protocol.
    pub protocol: Protocol,
    /// Which ports, both ends included: 0–65535 for all. For ICMP: not compared.
    pub ports: (u16, u16),
    /// The other end.
    pub peer: Peer,
}

impl Rule {
    /// Everything to or from everywhere in IPv4.
    pub fn all_v4() -> Self {
        Self { protocol: Protocol::All, ports: (0, u16::MAX), peer: Peer::Cidr(IpNet::V4(Ipv4Net::default())) }
    }
}

/// The other end of a security group's rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Peer {
    /// A range of addresses.
    Cidr(IpNet),
    /// The private addresses of the interfaces in a group.
    Group(CloudId),
    /// The ranges of a list.
    PrefixList(CloudId),
}

/// A transport protocol, or all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Protocol {
    /// Every protocol.
    All,
    /// TCP (6).
    Tcp,
    /// UDP (17).
    Udp,
    /// ICMP (1).
    Icmp,
    /// ICMP for IPv6 (58).
    Icmp6,
    /// Another one, by its number.
    Number(u8),
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Tcp => f.write_str("tcp"),
            Self::Udp => f.write_str("udp"),
            Self::Icmp => f.write_str("icmp"),
            Self::Icmp6 => f.write_str("icmp6"),
            Self::Number(n) => n.fmt(f),
        }
    }
}

/// A stateless filter on subnets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acl {
    /// What the cloud calls it.
    pub id: CloudId,
    /// The network that it is for.
    pub network: CloudId,
    /// Whether it filters every subnet that has no other one.
    pub is_default: bool,
    /// The subnets that it filters.
    pub subnets: BTreeSet<CloudId>,
    /// Its entries, in any order: the lowest number that matches decides.
    pub entries: Vec<AclEntry>,
    /// Its tags.
    pub tags: Tags,
}

/// One entry of a stateless filter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AclEntry {
    /// Its place in the order: 1–32766, or 32767 for the last one, which everyone has.
    pub number: u16,
    /// Which way.
    pub direction: Direction,
    /// Which protocol.
    pub protocol: Protocol,
    /// Which destination ports, both ends included.
    pub ports: (u16, u16),
    /// The other end.
    pub cidr: IpNet,
    /// What is done with a packet that matches.
    pub allow: bool,
}

impl AclEntry {
    /// The ports as a range.
    pub fn port_range(&self) -> RangeInclusive<u16> {
        self.ports.0..=self.ports.1
    }
}

/// Which way a packet goes, seen from the subnet or interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Into it.
    Ingress,
    /// Out of it.
    Egress,
}

/// A network interface.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interface {
    /// What the cloud calls it.
    pub id: CloudId,
    /// The network that it is in.
    pub network: CloudId,
    /// The subnet that it is in.
    pub subnet: CloudId,
    /// What it belongs to.
    pub kind: InterfaceKind,
    /// Whether it is in use.
    pub in_use: bool,
    /// Its security groups.
    pub groups: BTreeSet<CloudId>,
    /// Its private IPv4 addresses; the first is the primary one.
    pub private_ips: Vec<Ipv4Addr>,
    /// Its IPv6 addresses.
    pub ipv6: Vec<Ipv6Addr>,
    /// Ranges of addresses that it has beside these, as hosts of containers do.
    #[serde(default)]
    pub prefixes: Vec<IpNet>,
    /// The public address that is mapped to it.
    pub public_ip: Option<Ipv4Addr>,
    /// The machine that it is attached to.
    pub instance: Option<CloudId>,
    /// Whether packets that are not from or to its own addresses are dropped.
    pub source_dest_check: bool,
    /// What the cloud or its owner wrote on it.
    pub description: String,
    /// Its tags.
    pub tags: Tags,
}

impl Interface {
    /// Its addresses of both families, public ones left out.
    pub fn ips(&self) -> impl Iterator<Item = IpAddr> {
        let v6 = self.ipv6.iter().map(|ip| IpAddr::V6(*ip));
        self.private_ips.iter().map(|ip| IpAddr::V4(*ip)).chain(v6)
    }

    /// Its addresses and its ranges of addresses, public ones left out.
    pub fn ranges(&self) -> impl Iterator<Item = IpNet> {
        self.ips().map(IpNet::from).chain(self.prefixes.iter().copied())
    }
}

/// What an interface belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InterfaceKind {
    /// Functions that share one pair of subnet and groups.
    Function,
    /// A NAT gateway.
    NatGateway,
    /// A private way to a service.
    Endpoint,
    /// A machine, or nothing yet.
    Machine,
    /// Something else of the cloud's.
    Other,
}

/// A private way to a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// What the cloud calls it.
    pub id: CloudId,
    /// The network that it is in.
    pub network: CloudId,
    /// The service, as the cloud names it.
    pub service: String,
    /// How packets get to it.
    pub kind: EndpointKind,
    /// Whether it serves.
    pub available: bool,
    /// Its tags.
    pub tags: Tags,
}

/// How packets get to an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EndpointKind {
    /// By a route to a prefix list.
    Gateway {
        /// The list of the service's ranges.
        prefix_list: Option<CloudId>,
        /// The tables that have the route.
        route_tables: BTreeSet<CloudId>,
    },
    /// By an interface with a private address, found by name.
    Interface {
        /// The subnets that it has an interface in.
        subnets: BTreeSet<CloudId>,
        /// The groups of its interfaces.
        groups: BTreeSet<CloudId>,
        /// Whether the service's public name leads to it.
        private_dns: bool,
        /// Its interfaces.
        #[serde(default)]
        interfaces: BTreeSet<CloudId>,
        /// The names that lead to it, its private ones included, as far as the cloud lists them.
        #[serde(default)]
        names: BTreeSet<String>,
    },
    /// By a route to the endpoint itself: a firewall or a load balancer of appliances.
    Appliance,
}

/// A way into another network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peering {
    /// What the cloud calls it.
    pub id: CloudId,
    /// One end.
    pub requester: PeeringEnd,
    /// The other end.
    pub accepter: PeeringEnd,
    /// Whether it carries packets.
    pub active: bool,
    /// Its tags.
    pub tags: Tags,
}

/// One end of a peering.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeeringEnd {
    /// The network, perhaps of another account.
    pub network: CloudId,
    /// Its ranges, as far as they are known.
    pub cidrs: Vec<IpNet>,
}

/// A named list of prefixes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrefixList {
    /// What the cloud calls it.
    pub id: CloudId,
    /// Its name.
    pub name: String,
    /// Its ranges, where they are known.
    pub cidrs: Option<Vec<IpNet>>,
}

impl NetworkPart {
    /// The table that routes packets of a subnet: its own, else the network's main one. Of a subnet that another account owns,
    /// only its own: there may be one that is not seen.
    pub fn table_of(&self, subnet: &Subnet) -> Option<&RouteTable> {
        let tables = || self.route_tables.values().filter(|t| t.network == subnet.network);
        let main = || tables().find(|t| t.is_main() && subnet.owner.is_none());
        tables().find(|t| t.association_of(&subnet.id).is_some()).or_else(main)
    }
}
