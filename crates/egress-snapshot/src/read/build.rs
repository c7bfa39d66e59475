//! One World, from all that is told of its place.

use std::collections::{BTreeMap, BTreeSet};

use egress_core::{
    CloudId, World,
    world::{self, FunctionPart, GatewayPart, Listing, NetworkPart, Place, Unseen},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::{kind::Kind, unite::Entry};
use crate::{
    Note, ask, aws,
    text::{Flaw, Read},
};

/// All that is told of one place.
#[derive(Debug, Default)]
pub(crate) struct Bag {
    /// The things of each kind, by id.
    pub(crate) things: BTreeMap<Kind, BTreeMap<String, Entry>>,
    /// The sorts of answers that are there.
    pub(crate) answered: BTreeSet<Kind>,
    /// The listings that cannot all be read.
    pub(crate) amiss: BTreeSet<Listing>,
    /// What is to be told.
    pub(crate) notes: Vec<Note>,
}

impl Bag {
    /// Takes the things of a kind out.
    pub(crate) fn take(&mut self, kind: Kind) -> BTreeMap<String, Entry> {
        self.things.remove(&kind).unwrap_or_default()
    }

    /// Takes the things of a kind out and converts each; `None` leaves one out. One that cannot be read is noted, and its
    /// listing is amiss.
    pub(crate) fn convert<T, W>(
        &mut self,
        kind: Kind,
        mut world_of: impl FnMut(T) -> Read<Option<W>>,
    ) -> BTreeMap<CloudId, W>
    where
        T: DeserializeOwned,
    {
        let mut converted = BTreeMap::new();
        for (id, entry) in self.take(kind) {
            match typed(&entry.value).and_then(&mut world_of) {
                Ok(thing) => converted.extend(thing.map(|thing| (CloudId::new(id), thing))),
                Err(flaw) => self.amiss(kind, &entry, &flaw),
            }
        }
        converted
    }

    /// Notes a thing that cannot be read.
    pub(crate) fn amiss(&mut self, kind: Kind, entry: &Entry, why: &Flaw) {
        self.amiss.extend(kind.listing());
        self.notes.push(Note::new(&entry.file, &entry.at, why.to_string()));
    }

    /// Whether an answer of this kind is there.
    pub(crate) fn is_answered(&self, kind: Kind) -> bool {
        self.answered.contains(&kind)
    }
}

/// Gives fields their types. The flaw names the field.
pub(crate) fn typed<T: DeserializeOwned>(value: &Map<String, Value>) -> Read<T> {
    T::deserialize(value).map_err(|why| {
        let alone = |(key, field): &(&String, &Value)| {
            T::deserialize(&Map::from_iter([((*key).clone(), (*field).clone())])).is_err()
        };
        match value.iter().find(alone) {
            Some((key, _)) => Flaw::new(format!("{key}: {why}")),
            None => Flaw::new(why.to_string()),
        }
    })
}

pub(super) fn world(place: &Place, mut bag: Bag, notes: &mut Vec<Note>) -> World {
    let bag = &mut bag;
    let gateway = gateways(bag);
    let network = network(place, bag);
    let function = functions(bag);
    let mut world = World { network, gateway, function };
    say_unseen(bag, &mut world);
    notes.append(&mut bag.notes);
    world
}

fn gateways(bag: &mut Bag) -> GatewayPart {
    let internet_gateways = bag.convert(Kind::InternetGateway, aws::gateways::internet_gateway);
    let egress_only_gateways = bag.convert(Kind::EgressOnlyGateway, aws::gateways::egress_only_gateway);
    let nat_gateways = bag.convert(Kind::NatGateway, aws::nat::nat_gateway);
    let holders = world::holders(nat_gateways.values());
    let addresses = bag.convert(Kind::Address, |address| aws::gateways::address(address, &holders));
    GatewayPart { internet_gateways, nat_gateways, egress_only_gateways, addresses, unseen: Unseen::default() }
}

fn network(place: &Place, bag: &mut Bag) -> NetworkPart {
    let zones = bag.convert(Kind::Zone, aws::zones::zone).into_values().collect();
    let networks = aws::vpcs::networks(bag, &place.account);
    let mut subnets = bag.convert(Kind::Subnet, |subnet| aws::vpcs::subnet(subnet, &place.account));
    aws::vpcs::own(&networks, &mut subnets);
    let route_tables = bag.convert(Kind::RouteTable, aws::routes::route_table);
    let groups = bag.convert(Kind::SecurityGroup, aws::filters::group);
    let acls = bag.convert(Kind::Acl, aws::filters::acl);
    let (machines, inside) = aws::machines::machines(bag);
    let mut interfaces = bag.convert(Kind::Interface, aws::interfaces::interface);
    if !bag.is_answered(Kind::Interface) {
        interfaces = inside;
    }
    let prefix_lists = aws::prefix_lists::prefix_lists(bag);
    let endpoints = bag.convert(Kind::Endpoint, |endpoint| aws::endpoints::endpoint(endpoint, &prefix_lists));
    let peerings = bag.convert(Kind::Peering, aws::peerings::peering);
    let transit = aws::transit::transit(bag, place, &networks);
    let block_public_access = aws::block::block_public_access(bag);
    NetworkPart {
        place: place.clone(),
        zones,
        networks,
        subnets,
        route_tables,
        groups,
        acls,
        interfaces,
        endpoints,
        peerings,
        prefix_lists,
        machines,
        transit,
        block_public_access,
        leases: BTreeMap::new(),
        unseen: Unseen::default(),
    }
}

fn functions(bag: &mut Bag) -> FunctionPart {
    let functions = aws::functions::functions(bag);
    let roles = aws::roles::roles(bag, &functions);
    FunctionPart { functions, roles, unseen: Unseen::default() }
}

/// The answers without which a listing is not known.
const TELLING: [(Listing, Kind); 20] = [
    (Listing::Zones, Kind::Zone),
    (Listing::Networks, Kind::Vpc),
    (Listing::Subnets, Kind::Subnet),
    (Listing::RouteTables, Kind::RouteTable),
    (Listing::SecurityGroups, Kind::SecurityGroup),
    (Listing::Acls, Kind::Acl),
    (Listing::Interfaces, Kind::Interface),
    (Listing::Machines, Kind::Instance),
    (Listing::Endpoints, Kind::Endpoint),
    (Listing::Peerings, Kind::Peering),
    (Listing::PrefixLists, Kind::PrefixList),
    (Listing::TransitGateways, Kind::TransitGateway),
    // The other call tells of networks only.
    (Listing::TransitAttachments, Kind::TransitAttachment),
    (Listing::TransitTables, Kind::TransitTable),
    (Listing::BlockPublicAccess, Kind::BlockOptions),
    (Listing::InternetGateways, Kind::InternetGateway),
    (Listing::EgressOnlyGateways, Kind::EgressOnlyGateway),
    (Listing::NatGateways, Kind::NatGateway),
    (Listing::Addresses, Kind::Address),
    (Listing::Functions, Kind::Function),
];

fn say_unseen(bag: &Bag, world: &mut World) {
    let is_missing = |listing: &Listing| {
        let is_told = TELLING.iter().all(|(told, kind)| told != listing || bag.is_answered(*kind));
        !is_told || bag.amiss.contains(listing)
    };
    for listing in Listing::ALL.iter().filter(|listing| is_missing(listing)) {
        let unseen = match listing {
            Listing::Functions | Listing::Versions | Listing::Roles => &mut world.function.unseen,
            Listing::InternetGateways | Listing::EgressOnlyGateways | Listing::NatGateways | Listing::Addresses => {
                &mut world.gateway.unseen
            }
            _ => &mut world.network.unseen,
        };
        unseen.add(*listing, ask(*listing));
    }
}
