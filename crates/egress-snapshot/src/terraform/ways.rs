//! Route tables, their routes and what uses them.

use egress_core::{
    CloudId,
    ipnet::IpNet,
    world::{AssociatedWith, Association, Destination, Route, RouteOrigin, RouteState, RouteTable, Target},
};
use serde_json::{Map, Value};

use super::{
    Resource, Site,
    network::{NETWORKS, SUBNETS, subnet_of},
    refer::{Meaning, text},
    tags,
};
use crate::text::{Flaw, Read, cidr};

/// Types of tables.
pub(super) const TABLES: &[&str] = &["aws_route_table", "aws_default_route_table"];

/// A sort of target: the attribute that names it, the types that it may have, and what it is.
type TargetSort = (&'static str, &'static [&'static str], fn(CloudId) -> Target<CloudId>);

const TARGETS: &[TargetSort] = &[
    ("nat_gateway_id", &["aws_nat_gateway"], Target::NatGateway),
    ("gateway_id", &["aws_internet_gateway"], Target::InternetGateway),
    ("gateway_id", &["aws_vpn_gateway"], Target::PrivateGateway),
    ("egress_only_gateway_id", &["aws_egress_only_internet_gateway"], Target::EgressOnlyGateway),
    ("network_interface_id", &["aws_network_interface"], Target::Interface),
    ("network_interface_id", &["aws_instance"], Target::Instance),
    ("transit_gateway_id", &["aws_ec2_transit_gateway"], Target::TransitGateway),
    ("vpc_peering_connection_id", &["aws_vpc_peering_connection"], Target::Peering),
    ("vpc_endpoint_id", &["aws_vpc_endpoint"], Target::Endpoint),
];

pub(super) fn tables(site: &mut Site<'_>) {
    let tables = site.read(TABLES, |site, r| {
        let network = site.must(r, "vpc_id", NETWORKS)?;
        let is_main = r.kind == "aws_default_route_table";
        let main =
            Association { id: CloudId::new(format!("{} main", r.address)), with: AssociatedWith::Main, active: true };
        let mut routes = local_routes(site, &network);
        for block in r.blocks("route") {
            routes.push(route(site, r, block, true)?);
        }
        let associations = if is_main { vec![main] } else { Vec::new() };
        Ok(RouteTable { id: r.id(), network, associations, routes, tags: tags(r) })
    });
    site.world.network.route_tables = tables.into_iter().map(|table| (table.id.clone(), table)).collect();

    let routes = site.read(&["aws_route"], |site, r| {
        Ok((site.must(r, "route_table_id", TABLES)?, route(site, r, &r.values, false)?))
    });
    for (table, route) in routes {
        if let Some(table) = site.world.network.route_tables.get_mut(&table) {
            table.routes.push(route);
        }
    }
    associate(site);
    mains(site);
}

fn associate(site: &mut Site<'_>) {
    let links = site.read(&["aws_route_table_association", "aws_main_route_table_association"], |site, r| {
        let table = site.must(r, "route_table_id", TABLES)?;
        let with = match r.kind.as_str() {
            "aws_main_route_table_association" => AssociatedWith::Main,
            _ => match site.document.meaning(r, "gateway_id", &["aws_internet_gateway", "aws_vpn_gateway"]) {
                Meaning::Nothing => AssociatedWith::Subnet(subnet_of(site, r)?),
                gateway => AssociatedWith::Gateway(gateway.one().unwrap_or_else(|| r.id())),
            },
        };
        Ok((table, Association { id: r.id(), with, active: true }))
    });
    for (table, link) in links {
        let network = site.world.network.route_tables.get(&table).map(|table| table.network.clone());
        if link.with == AssociatedWith::Main {
            // One table is the main one: the cloud's own is so no longer.
            let others = site.world.network.route_tables.values_mut().filter(|t| Some(&t.network) == network.as_ref());
            others.for_each(|table| table.associations.retain(|link| link.with != AssociatedWith::Main));
        }
        if let Some(table) = site.world.network.route_tables.get_mut(&table) {
            table.associations.push(link);
        }
    }
}

/// The main table that each network has from the cloud, where none of the document's is it.
fn mains(site: &mut Site<'_>) {
    for r in site.every(NETWORKS) {
        let network = r.id();
        if site.world.network.route_tables.values().any(|table| table.network == network && table.is_main()) {
            continue;
        }
        let id = CloudId::new(r.text("main_route_table_id").unwrap_or(&format!("{} main table", r.address)));
        if r.text("main_route_table_id").is_some() {
            site.note(r, format!("its main table {id} is not in the file, and taken to have the local route only"));
        }
        let main = Association { id: CloudId::new(format!("{id} main")), with: AssociatedWith::Main, active: true };
        let routes = local_routes(site, &network);
        let table =
            RouteTable { id: id.clone(), network, associations: vec![main], routes, tags: [].into_iter().collect() };
        site.world.network.route_tables.entry(id).or_insert(table);
    }
}

fn local_routes(site: &Site<'_>, network: &CloudId) -> Vec<Route> {
    let Some(network) = site.world.network.networks.get(network) else { return Vec::new() };
    let ranges = network.cidrs.iter().copied().map(IpNet::V4).chain(network.cidrs_v6.iter().copied().map(IpNet::V6));
    let local = |range| Route {
        destination: Destination::Cidr(range),
        target: Target::Local,
        state: RouteState::Active,
        origin: RouteOrigin::Table,
    };
    ranges.map(local).collect()
}

/// A route, of a resource of its own or of a block in a table.
fn route(site: &Site<'_>, r: &Resource, block: &Map<String, Value>, inline: bool) -> Read<Route> {
    let [v4, v6, list] = if inline {
        ["cidr_block", "ipv6_cidr_block", "destination_prefix_list_id"]
    } else {
        ["destination_cidr_block", "destination_ipv6_cidr_block", "destination_prefix_list_id"]
    };
    let destination = match text(block, v4).or_else(|| text(block, v6)) {
        Some(range) => Destination::Cidr(cidr(range)?),
        None => {
            let path: &[&str] = if inline { &["route", list] } else { &[list] };
            let list = site.document.meaning_in(r, block, path, &["aws_ec2_managed_prefix_list", "aws_prefix_list"]);
            Destination::PrefixList(list.one().ok_or_else(|| Flaw::new("a route has no destination that can be told"))?)
        }
    };
    Ok(Route {
        destination,
        target: target(site, r, block, inline),
        state: RouteState::Active,
        origin: RouteOrigin::Static,
    })
}

fn target(site: &Site<'_>, r: &Resource, block: &Map<String, Value>, inline: bool) -> Target<CloudId> {
    for (attribute, kinds, target) in TARGETS {
        let path: &[&str] = if inline { &["route", attribute] } else { &[attribute] };
        let Some(id) = site.document.meaning_in(r, block, path, kinds).one() else { continue };
        return match (*attribute, id.as_str()) {
            ("gateway_id", "local") => Target::Local,
            ("gateway_id", text) if text.starts_with("vgw-") => Target::PrivateGateway(id),
            ("gateway_id", text) if text.starts_with("vpce-") => Target::Endpoint(id),
            _ => target(id),
        };
    }
    let other = ["carrier_gateway_id", "local_gateway_id", "core_network_arn", "instance_id"];
    let other = other.into_iter().find_map(|name| text(block, name));
    Target::Other(other.map_or_else(|| format!("what {} leads to", r.address), ToOwned::to_owned))
}

/// The subnets that an attribute names.
pub(super) fn subnets_of(site: &mut Site<'_>, r: &Resource, name: &str) -> Vec<CloudId> {
    site.all(r, name, SUBNETS)
}
