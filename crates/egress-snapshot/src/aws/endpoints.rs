//! Endpoints.

use std::collections::{BTreeMap, BTreeSet};

use egress_core::{
    CloudId,
    world::{Endpoint, EndpointKind, PrefixList},
};

use super::{
    interfaces::GroupIdentifier,
    shapes,
    tags::{Tag, tag_list, tags},
};
use crate::text::{Read, id, id_if, must};

shapes! {
    /// An endpoint.
    VpcEndpoint {
        vpc_endpoint_id: Option<String>,
        vpc_endpoint_type: Option<String>,
        vpc_id: Option<String>,
        service_name: Option<String>,
        state: Option<String>,
        route_table_ids: Vec<String>,
        subnet_ids: Vec<String>,
        groups: Vec<GroupIdentifier>,
        private_dns_enabled: Option<bool>,
        network_interface_ids: Vec<String>,
        dns_entries: Vec<DnsEntry>,
        owner_id: Option<String>,
        tags: Vec<Tag>,
    }
    /// A name of an endpoint.
    DnsEntry { dns_name: Option<String>, }
}

/// An endpoint; `None` for one that is gone. The list that a gateway endpoint routes is found by its service's name.
pub(crate) fn endpoint(endpoint: VpcEndpoint, lists: &BTreeMap<CloudId, PrefixList>) -> Read<Option<Endpoint>> {
    let state = endpoint.state.as_deref().unwrap_or_default().to_lowercase();
    if matches!(state.as_str(), "deleted" | "rejected" | "expired") {
        return Ok(None);
    }
    let service = must("ServiceName", endpoint.service_name.as_deref())?;
    let kind = match endpoint.vpc_endpoint_type.as_deref() {
        Some("Gateway") => gateway(&endpoint, service, lists),
        // Answers from before there were others do not tell the type.
        None if !endpoint.route_table_ids.is_empty() => gateway(&endpoint, service, lists),
        Some("GatewayLoadBalancer") => EndpointKind::Appliance,
        _ => EndpointKind::Interface {
            subnets: ids(&endpoint.subnet_ids),
            groups: endpoint.groups.iter().filter_map(|group| id_if(group.group_id.as_deref())).collect(),
            private_dns: endpoint.private_dns_enabled.unwrap_or_default(),
            interfaces: ids(&endpoint.network_interface_ids),
            names: endpoint.dns_entries.iter().filter_map(|entry| entry.dns_name.clone()).collect(),
        },
    };
    Ok(Some(Endpoint {
        id: id("VpcEndpointId", endpoint.vpc_endpoint_id.as_deref())?,
        network: id("VpcId", endpoint.vpc_id.as_deref())?,
        service: service.to_owned(),
        kind,
        available: state == "available",
        tags: tags(endpoint.tags),
    }))
}

fn gateway(endpoint: &VpcEndpoint, service: &str, lists: &BTreeMap<CloudId, PrefixList>) -> EndpointKind {
    EndpointKind::Gateway {
        prefix_list: lists.values().find(|list| list.name == service).map(|list| list.id.clone()),
        route_tables: ids(&endpoint.route_table_ids),
    }
}

fn ids(ids: &[String]) -> BTreeSet<CloudId> {
    ids.iter().map(CloudId::new).collect()
}

/// The shape of an endpoint.
pub(crate) fn shape_of(endpoint: &Endpoint, account: &str) -> VpcEndpoint {
    let texts = |ids: &BTreeSet<CloudId>| ids.iter().map(ToString::to_string).collect();
    let mut shape = VpcEndpoint {
        vpc_endpoint_id: Some(endpoint.id.to_string()),
        vpc_id: Some(endpoint.network.to_string()),
        service_name: Some(endpoint.service.clone()),
        state: Some(if endpoint.available { "available" } else { "pending" }.to_owned()),
        owner_id: Some(account.to_owned()),
        tags: tag_list(&endpoint.tags),
        ..VpcEndpoint::default()
    };
    match &endpoint.kind {
        EndpointKind::Gateway { prefix_list: _, route_tables } => {
            shape.vpc_endpoint_type = Some("Gateway".to_owned());
            shape.route_table_ids = texts(route_tables);
        }
        EndpointKind::Interface { subnets, groups, private_dns, interfaces, names } => {
            shape.vpc_endpoint_type = Some("Interface".to_owned());
            shape.subnet_ids = texts(subnets);
            shape.groups = groups.iter().map(|id| GroupIdentifier { group_id: Some(id.to_string()) }).collect();
            shape.private_dns_enabled = Some(*private_dns);
            shape.network_interface_ids = texts(interfaces);
            shape.dns_entries = names.iter().map(|name| DnsEntry { dns_name: Some(name.clone()) }).collect();
        }
        EndpointKind::Appliance => shape.vpc_endpoint_type = Some("GatewayLoadBalancer".to_owned()),
    }
    shape
}
