//! A World into files, as the AWS CLI would print them.

use egress_core::{
    World,
    world::{Listing, Place},
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::aws;

/// The files that tell a World: their names, and JSON. [`read`](crate::read()) makes the same World of them again. A listing that
/// is [unseen](egress_core::world::Unseen) is not written.
///
/// AWS's shapes have no room for some of what a World can say, and it is lost:
///
/// - leases, which are no part of a network;
/// - addresses without an IP, which only the World that a Plan would lead to has;
/// - whatever a World holds of a listing that is unseen, because only a part of it was read;
/// - what AWS itself never tells: a route table of a gateway endpoint whose list is not among the lists by the service's name, ports of
///   protocols that have none, an address in use on a gateway that does not live, and the like;
/// - the account where it is empty; and the region where nothing that is written stands in one.
pub fn write(world: &World) -> Vec<(String, String)> {
    let mut files = Files { world, place: &world.network.place, files: Vec::new() };
    files.identity();
    files.network();
    files.transit();
    files.gateways();
    files.functions();
    files.files
}

struct Files<'a> {
    world: &'a World,
    place: &'a Place,
    files: Vec<(String, String)>,
}

impl Files<'_> {
    fn identity(&mut self) {
        let account = &self.place.account;
        if !account.is_empty() {
            let arn = aws::arn_of("iam", &self.place.region, account, "root");
            self.file("get-caller-identity", json!({"UserId": account, "Account": account, "Arn": arn}));
        }
    }

    fn network(&mut self) {
        let (part, place) = (&self.world.network, self.place);
        let account = place.account.as_str();
        let zones = part.zones.iter().map(|zone| aws::zones::shape_of(zone, &place.region));
        self.list(Listing::Zones, "describe-availability-zones", "AvailabilityZones", zones);
        let shapes = || part.networks.values().map(|network| aws::vpcs::shapes_of(network, place));
        if self.list(Listing::Networks, "describe-vpcs", "Vpcs", shapes().map(|(vpc, ..)| vpc)) {
            self.write("describe-dhcp-options", "DhcpOptions", shapes().filter_map(|(_, _, options)| options));
            for (network, (_, attributes, _)) in part.networks.keys().zip(shapes()) {
                for (name, attribute) in ["enableDnsSupport", "enableDnsHostnames"].iter().zip(attributes) {
                    self.file(&format!("describe-vpc-attribute.{network}.{name}"), shape(&attribute));
                }
            }
        }
        let subnets = part.subnets.values().map(|subnet| aws::vpcs::subnet_shape(subnet, place));
        self.list(Listing::Subnets, "describe-subnets", "Subnets", subnets);
        let tables = part.route_tables.values().map(|table| aws::routes::shape_of(table, account));
        self.list(Listing::RouteTables, "describe-route-tables", "RouteTables", tables);
        let groups = part.groups.values().map(|group| aws::filters::group_shape(group, account));
        self.list(Listing::SecurityGroups, "describe-security-groups", "SecurityGroups", groups);
        let acls = part.acls.values().map(|acl| aws::filters::acl_shape(acl, account));
        self.list(Listing::Acls, "describe-network-acls", "NetworkAcls", acls);
        let interfaces = part.interfaces.values().map(|interface| aws::interfaces::shape_of(interface, account));
        self.list(Listing::Interfaces, "describe-network-interfaces", "NetworkInterfaces", interfaces);
        let machines = part.machines.values().map(|machine| aws::machines::shape_of(machine, account));
        self.list(Listing::Machines, "describe-instances", "Reservations", machines);
        let endpoints = part.endpoints.values().map(|endpoint| aws::endpoints::shape_of(endpoint, account));
        self.list(Listing::Endpoints, "describe-vpc-endpoints", "VpcEndpoints", endpoints);
        let peerings = part.peerings.values().map(aws::peerings::shape_of);
        self.list(Listing::Peerings, "describe-vpc-peering-connections", "VpcPeeringConnections", peerings);
        let lists = || part.prefix_lists.values().map(aws::prefix_lists::shapes_of);
        if self.list(
            Listing::PrefixLists,
            "describe-managed-prefix-lists",
            "PrefixLists",
            lists().map(|(list, _)| list),
        ) {
            for (id, entries) in part.prefix_lists.keys().zip(lists()).filter_map(|(id, (_, e))| Some((id, e?))) {
                self.file(&format!("get-managed-prefix-list-entries.{id}"), shape(&entries));
            }
        }
        let (options, exempt) = aws::block::shapes_of(&part.block_public_access, place);
        if self.is_seen(Listing::BlockPublicAccess) {
            let options = json!({"VpcBlockPublicAccessOptions": shape(&options)});
            self.file("describe-vpc-block-public-access-options", options);
            self.write(
                "describe-vpc-block-public-access-exclusions",
                "VpcBlockPublicAccessExclusions",
                exempt.into_iter(),
            );
        }
    }

    fn transit(&mut self) {
        let (transit, place) = (&self.world.network.transit, self.place);
        let gateways = transit.gateways.values().map(|gateway| aws::transit::gateway_shape(gateway, place));
        self.list(Listing::TransitGateways, "describe-transit-gateways", "TransitGateways", gateways);
        let shapes = || transit.attachments.values().map(aws::transit::attachment_shapes);
        let all = shapes().map(|(attachment, _)| attachment);
        let (name, key) = ("describe-transit-gateway-attachments", "TransitGatewayAttachments");
        if self.list(Listing::TransitAttachments, name, key, all) {
            let own = shapes().filter_map(|(_, own)| own);
            self.write("describe-transit-gateway-vpc-attachments", "TransitGatewayVpcAttachments", own);
        }
        let shapes = || transit.tables.values().map(aws::transit::table_shapes);
        let (name, key) = ("describe-transit-gateway-route-tables", "TransitGatewayRouteTables");
        if self.list(Listing::TransitTables, name, key, shapes().map(|(table, _)| table)) {
            for (id, routes) in transit.tables.keys().zip(shapes()).filter_map(|(id, (_, r))| Some((id, r?))) {
                self.file(&format!("search-transit-gateway-routes.{id}"), shape(&routes));
            }
        }
    }

    fn gateways(&mut self) {
        let (part, place) = (&self.world.gateway, self.place);
        let internet = part
            .internet_gateways
            .values()
            .map(|gateway| aws::gateways::internet_gateway_shape(gateway, &place.account));
        self.list(Listing::InternetGateways, "describe-internet-gateways", "InternetGateways", internet);
        let egress_only = part.egress_only_gateways.values().map(aws::gateways::egress_only_gateway_shape);
        let (name, key) = ("describe-egress-only-internet-gateways", "EgressOnlyInternetGateways");
        self.list(Listing::EgressOnlyGateways, name, key, egress_only);
        let nat = part.nat_gateways.values().map(aws::nat::shape_of);
        self.list(Listing::NatGateways, "describe-nat-gateways", "NatGateways", nat);
        let addresses = part.addresses.values().filter_map(|a| aws::gateways::address_shape(a, &place.region));
        self.list(Listing::Addresses, "describe-addresses", "Addresses", addresses);
    }

    fn functions(&mut self) {
        let (part, place) = (&self.world.function, self.place);
        let functions = || part.functions.values();
        let configurations = functions().map(|function| aws::functions::shape_of(function, place));
        if self.list(Listing::Functions, "list-functions", "Functions", configurations) {
            for function in functions() {
                let answer = shape(&aws::functions::answer_of(function, place));
                self.file(&format!("get-function.{}", function.id), answer);
            }
            for function in functions().filter(|_| self.world.unseen(Listing::Versions).is_none()) {
                let versions: Vec<Value> = aws::functions::version_shapes(function, place).map(|v| shape(&v)).collect();
                self.file(&format!("list-versions-by-function.{}", function.id), json!({"Versions": versions}));
                let aliases: Vec<Value> = aws::functions::alias_shapes(function, place).iter().map(shape).collect();
                self.file(&format!("list-aliases.{}", function.id), json!({"Aliases": aliases}));
            }
        }
        let roles = part.roles.values().map(|role| aws::roles::shape_of(role, place));
        self.list(Listing::Roles, "get-account-authorization-details", "RoleDetailList", roles);
    }

    fn is_seen(&self, listing: Listing) -> bool {
        self.world.unseen(listing).is_none()
    }

    /// Writes a listing, unless it was not read; whether it was.
    fn list<T: Serialize>(&mut self, listing: Listing, name: &str, key: &str, things: impl Iterator<Item = T>) -> bool {
        let is_seen = self.is_seen(listing);
        if is_seen {
            self.write(name, key, things);
        }
        is_seen
    }

    fn write<T: Serialize>(&mut self, name: &str, key: &str, things: impl Iterator<Item = T>) {
        let things = Value::Array(things.map(|thing| shape(&thing)).collect());
        self.file(name, Value::Object(Map::from_iter([(key.to_owned(), things)])));
    }

    fn file(&mut self, name: &str, answer: Value) {
        let mut text = format!("{answer:#}");
        text.push('\n');
        self.files.push((format!("{name}.json"), text));
    }
}

/// A shape without the fields that are absent.
fn shape(shape: &impl Serialize) -> Value {
    serde_json::to_value(shape).map(crate::read::without_nulls).unwrap_or_default()
}
