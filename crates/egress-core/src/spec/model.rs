//! The domain types of the Spec.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use crate::{CloudId, Key, Kind, StackName, Tags, world::Grant};

/// One stack, as its file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// The stack's name.
    pub stack: StackName,
    /// The only account that it may be applied to.
    pub account: Option<String>,
    /// The region that it is for; the environment's where absent.
    pub region: Option<String>,
    /// Tags for everything that is made.
    pub tags: Tags,
    /// The network.
    pub network: NetworkSpec,
    /// Its way to the internet.
    pub internet_gateway: InternetGatewaySpec,
    /// Its subnets, in the order of the file; names are unique.
    pub subnets: Vec<SubnetSpec>,
    /// Its NAT gateways, in the order of the file; names are unique.
    pub nat_gateways: Vec<NatGatewaySpec>,
    /// The group that functions get.
    pub security_group: SecurityGroupSpec,
    /// The functions that leave through it and that egress attaches; names are unique.
    pub functions: Vec<FunctionSpec>,
    /// The functions that leave through it and that another tool attaches: egress never updates them. None is in `functions`.
    pub external: BTreeSet<CloudId>,
    /// What was there before, by the Key that it has here: it is used, and never altered or deleted. Where anything is, the
    /// network is.
    pub existing: BTreeMap<Key, CloudId>,
    /// Existing route tables whose default route is to lead to a gateway, by the gateway's Key: all of existing tables that may be
    /// altered.
    pub routes_in: BTreeMap<Key, BTreeSet<CloudId>>,
    /// The TCP ports on which every function must reach the internet; holds 443.
    pub ports: BTreeSet<u16>,
    /// The URL of a host that answers with the IP it sees; the cloud's usual one where absent.
    pub echo_url: Option<String>,
}

/// The network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkSpec {
    /// Its name.
    pub name: String,
    /// Its range, /16 to /28. Of an existing one, a range that it must have: 0.0.0.0/0 where the file names none.
    pub cidr: Ipv4Net,
}

/// The network's way to the internet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InternetGatewaySpec {
    /// Its name.
    pub name: String,
    /// The name of the table that leads to it, which the public subnets use that are made.
    pub route_table: String,
}

/// A subnet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubnetSpec {
    /// Its name.
    pub name: String,
    /// Its range, inside the network's. Of an existing one, the range that it must have: 0.0.0.0/0 where the file names none.
    pub cidr: Ipv4Net,
    /// Its zone.
    pub zone: ZoneChoice,
    /// Where its packets leave.
    pub way_out: WayOut,
}

/// Which zone a subnet is made in. A subnet that exists stays where it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ZoneChoice {
    /// The n-th zone, counted from 1, of those that functions can use, ordered by name.
    Nth(u8),
    /// The zone of this name.
    Named(String),
}

/// Where a subnet's packets leave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WayOut {
    /// Straight through the internet gateway: a public subnet, for NAT gateways.
    InternetGateway,
    /// Through the NAT gateway of this name: a private subnet, for functions.
    NatGateway(String),
}

/// A NAT gateway and its addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NatGatewaySpec {
    /// Its name; its own address has the same one.
    pub name: String,
    /// The name of the public subnet that it stands in.
    pub subnet: String,
    /// The name of the table that leads to it, which its private subnets use that are made.
    pub route_table: String,
    /// The address that it is made with: one that the account holds already; a new one is taken where absent.
    pub address: Option<Ipv4Addr>,
    /// The addresses that it leaves from beside its own, in the order of the file; names are unique in the stack.
    pub more: Vec<AddressSpec>,
}

/// One more address of a NAT gateway. New connections leave from any of a gateway's addresses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressSpec {
    /// Its name.
    pub name: String,
    /// An address that the account holds already; a new one is taken where absent.
    pub ip: Option<Ipv4Addr>,
}

/// The group that functions get: everything out, nothing in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityGroupSpec {
    /// Its name.
    pub name: String,
}

/// A function that leaves through the stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionSpec {
    /// Its name.
    pub name: CloudId,
    /// How its role gets the permission to make interfaces.
    pub permission: Permission,
}

/// How a function's role gets the permission to make interfaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// The cloud's ready-made policy is attached to it.
    #[default]
    Managed,
    /// A policy of egress's is written into it.
    Inline,
    /// Not by egress: the user sees to it.
    None,
}

/// Who attaches a function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Attach {
    /// Egress does.
    #[default]
    Egress,
    /// Another tool does; egress says how, and proves the result.
    External,
}

impl Permission {
    /// The grant that it asks for.
    pub fn grant(self) -> Option<Grant> {
        match self {
            Self::Managed => Some(Grant::Managed),
            Self::Inline => Some(Grant::Inline),
            Self::None => None,
        }
    }
}

impl Spec {
    /// The network's Key.
    pub fn network_key(&self) -> Key {
        Key::new(Kind::Network, &self.network.name)
    }

    /// The internet gateway's Key.
    pub fn internet_gateway_key(&self) -> Key {
        Key::new(Kind::InternetGateway, &self.internet_gateway.name)
    }

    /// The Key of the functions' group.
    pub fn security_group_key(&self) -> Key {
        Key::new(Kind::SecurityGroup, &self.security_group.name)
    }

    /// The Key of the table that leads to the internet gateway.
    pub fn public_route_table_key(&self) -> Key {
        Key::new(Kind::RouteTable, &self.internet_gateway.route_table)
    }

    /// The Keys of everything that the Spec asks for, but for functions and their roles.
    pub fn keys(&self) -> BTreeSet<Key> {
        let mut keys = BTreeSet::from([
            self.network_key(),
            self.internet_gateway_key(),
            self.public_route_table_key(),
            self.security_group_key(),
        ]);
        keys.extend(self.subnets.iter().map(SubnetSpec::key));
        keys.extend(self.nat_gateways.iter().flat_map(|g| g.address_keys().chain([g.key(), g.route_table_key()])));
        keys
    }

    /// The NAT gateway that a private subnet leaves through.
    pub fn nat_gateway_of(&self, subnet: &SubnetSpec) -> Option<&NatGatewaySpec> {
        let WayOut::NatGateway(name) = &subnet.way_out else { return None };
        self.nat_gateways.iter().find(|gateway| &gateway.name == name)
    }

    /// Whether the thing of a Key was there before.
    pub fn is_existing(&self, key: &Key) -> bool {
        self.existing.contains_key(key)
    }

    /// Whether everything that functions are attached to was there before.
    pub fn has_existing_home(&self) -> bool {
        self.is_existing(&self.security_group_key()) && self.private_subnets().all(|s| self.is_existing(&s.key()))
    }

    /// The Keys of the route tables that are made: those that a subnet uses which is made itself.
    pub fn route_tables(&self) -> Vec<Key> {
        let public = self.public_route_table_key();
        let uses = |way_out: &WayOut| self.subnets.iter().any(|s| &s.way_out == way_out && !self.is_existing(&s.key()));
        let public = Some(public).filter(|_| uses(&WayOut::InternetGateway));
        let used = |gateway: &&NatGatewaySpec| uses(&WayOut::NatGateway(gateway.name.clone()));
        public.into_iter().chain(self.nat_gateways.iter().filter(used).map(NatGatewaySpec::route_table_key)).collect()
    }

    /// The subnets that functions run in.
    pub fn private_subnets(&self) -> impl Iterator<Item = &SubnetSpec> {
        self.subnets.iter().filter(|s| matches!(s.way_out, WayOut::NatGateway(_)))
    }
}

impl SubnetSpec {
    /// Its Key.
    pub fn key(&self) -> Key {
        Key::new(Kind::Subnet, &self.name)
    }
}

impl NatGatewaySpec {
    /// Its Key.
    pub fn key(&self) -> Key {
        Key::new(Kind::NatGateway, &self.name)
    }

    /// The Key of the address that it is made with.
    pub fn address_key(&self) -> Key {
        Key::new(Kind::Address, &self.name)
    }

    /// The Keys of all its addresses, the one that it is made with first.
    pub fn address_keys(&self) -> impl Iterator<Item = Key> {
        [self.address_key()].into_iter().chain(self.more.iter().map(AddressSpec::key))
    }

    /// The Key of the table that leads to it.
    pub fn route_table_key(&self) -> Key {
        Key::new(Kind::RouteTable, &self.route_table)
    }
}

impl AddressSpec {
    /// Its Key.
    pub fn key(&self) -> Key {
        Key::new(Kind::Address, &self.name)
    }
}
