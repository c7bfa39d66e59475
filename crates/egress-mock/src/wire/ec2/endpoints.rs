//! VPC endpoints, as they are read.

use std::{collections::BTreeSet, time::Duration};

use egress_core::{
    CloudId,
    world::{Endpoint, EndpointKind},
};
use serde::Serialize;

use super::{
    filter::one,
    ids,
    listing::{Listing, Pages, describe_answer, describe_args},
    shape::{GroupName, TagSet, group_set, moment, owner, tag_set},
};
use crate::{
    cloud::{ApiError, Model},
    mock::State,
    wire::{
        route::{Action, action},
        xml::Items,
    },
};

pub(super) const ACTIONS: &[Action] = &[action!("DescribeVpcEndpoints" Reads describe_vpc_endpoints)];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EndpointShape {
    vpc_endpoint_id: CloudId,
    vpc_endpoint_type: &'static str,
    vpc_id: CloudId,
    service_name: String,
    state: &'static str,
    route_table_id_set: Items<CloudId>,
    subnet_id_set: Items<CloudId>,
    group_set: Items<GroupName>,
    private_dns_enabled: bool,
    requester_managed: bool,
    network_interface_id_set: Items<CloudId>,
    dns_entry_set: Items<DnsEntry>,
    creation_timestamp: String,
    owner_id: String,
    tag_set: TagSet,
}

pub(super) fn shape(model: &Model, endpoint: &Endpoint) -> EndpointShape {
    const NONE: &BTreeSet<CloudId> = &BTreeSet::new();
    const NAMELESS: &BTreeSet<String> = &BTreeSet::new();
    let (interfaces, names) = match &endpoint.kind {
        EndpointKind::Interface { interfaces, names, .. } => (interfaces, names),
        EndpointKind::Gateway { .. } | EndpointKind::Appliance => (NONE, NAMELESS),
    };
    let (tables, subnets, groups, private_dns) = match &endpoint.kind {
        EndpointKind::Gateway { route_tables, .. } => (route_tables, NONE, NONE, false),
        EndpointKind::Interface { subnets, groups, private_dns, .. } => (NONE, subnets, groups, *private_dns),
        EndpointKind::Appliance => (NONE, NONE, NONE, false),
    };
    EndpointShape {
        vpc_endpoint_id: endpoint.id.clone(),
        vpc_endpoint_type: endpoint_type(endpoint),
        vpc_id: endpoint.network.clone(),
        service_name: endpoint.service.clone(),
        state: state_word(endpoint),
        route_table_id_set: tables.iter().cloned().collect(),
        subnet_id_set: subnets.iter().cloned().collect(),
        group_set: group_set(model, groups),
        private_dns_enabled: private_dns,
        requester_managed: false,
        network_interface_id_set: interfaces.iter().cloned().collect(),
        dns_entry_set: names.iter().map(|name| dns_entry(model, name)).collect(),
        creation_timestamp: moment(model.hidden.facts.made_at.get(&endpoint.id).copied().unwrap_or(Duration::ZERO)),
        owner_id: owner(model),
        tag_set: tag_set(&endpoint.tags),
    }
}

/// A name that leads to an endpoint, and the zone of names that it stands in.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DnsEntry {
    dns_name: String,
    hosted_zone_id: String,
}

fn dns_entry(model: &Model, name: &str) -> DnsEntry {
    let zone = model.derived_id("Z", &[name.split_once('.').map_or(name, |(_, domain)| domain)]);
    DnsEntry { dns_name: name.to_owned(), hosted_zone_id: zone.as_str().replace('-', "").to_uppercase() }
}

fn endpoint_type(endpoint: &Endpoint) -> &'static str {
    match endpoint.kind {
        EndpointKind::Gateway { .. } => "Gateway",
        EndpointKind::Interface { .. } => "Interface",
        EndpointKind::Appliance => "GatewayLoadBalancer",
    }
}

/// In small letters, as AWS answers, although its model of the API has capitals (examples of `describe-vpc-endpoints` in the CLI
/// reference).
fn state_word(endpoint: &Endpoint) -> &'static str {
    if endpoint.available { "available" } else { "pending" }
}

const LISTING: Listing<Endpoint> = Listing {
    kind: &ids::ENDPOINT,
    id: |endpoint| endpoint.id.as_str(),
    tags: Some(|_, endpoint| &endpoint.tags),
    filters: &[
        ("ip-address-type", |_, _| one("ipv4")),
        ("service-name", |_, e| one(&e.service)),
        ("vpc-id", |_, e| one(e.network.as_str())),
        ("vpc-endpoint-id", |_, e| one(e.id.as_str())),
        ("vpc-endpoint-state", |_, e| one(state_word(e))),
        ("vpc-endpoint-type", |_, e| one(endpoint_type(e))),
    ],
    pages: Pages { least: 1, ..Pages::usual("") },
};

describe_args!(DescribeVpcEndpoints "VpcEndpointId");
describe_answer!(EndpointsAnswer "vpcEndpointSet" EndpointShape);

fn describe_vpc_endpoints(state: &mut State, args: DescribeVpcEndpoints) -> Result<EndpointsAnswer, ApiError> {
    let model = &state.model;
    let seen = model.world.network.endpoints.values().filter(|e| model.sees(&e.id));
    let page = LISTING.select(model, seen, args.ask())?;
    Ok(EndpointsAnswer { list: page.shaped(|endpoint| shape(model, endpoint)), next_token: page.next_token })
}
