//! Endpoints and prefix lists as AWS describes them.

use aws_sdk_ec2::types::{self as aws, State, VpcEndpointType};
use egress_core::{
    CloudId,
    ipnet::IpNet,
    world::{Endpoint, EndpointKind, PrefixList},
};

use crate::wire::{Read, cidr, id, id_if, ids, must, tags};

/// An endpoint; `None` for one that is gone. The list that a gateway endpoint routes is found by its service's name.
pub(super) fn endpoint(endpoint: &aws::VpcEndpoint, lists: &[PrefixList]) -> Read<Option<Endpoint>> {
    let state = endpoint.state().map(State::as_str).unwrap_or_default().to_lowercase();
    if matches!(state.as_str(), "deleted" | "rejected" | "expired") {
        return Ok(None);
    }
    let service = must("serviceName", endpoint.service_name())?;
    let kind = match endpoint.vpc_endpoint_type() {
        Some(VpcEndpointType::Gateway) => EndpointKind::Gateway {
            prefix_list: lists.iter().find(|list| list.name == service).map(|list| list.id.clone()),
            route_tables: ids(endpoint.route_table_ids()),
        },
        Some(VpcEndpointType::GatewayLoadBalancer) => EndpointKind::Appliance,
        _ => EndpointKind::Interface {
            subnets: ids(endpoint.subnet_ids()),
            groups: endpoint.groups().iter().filter_map(|group| id_if(group.group_id())).collect(),
            private_dns: endpoint.private_dns_enabled().unwrap_or_default(),
            interfaces: ids(endpoint.network_interface_ids()),
            names: endpoint.dns_entries().iter().filter_map(|entry| entry.dns_name()).map(ToOwned::to_owned).collect(),
        },
    };
    Ok(Some(Endpoint {
        id: id("vpcEndpointId", endpoint.vpc_endpoint_id())?,
        network: id("vpcId", endpoint.vpc_id())?,
        service: service.to_owned(),
        kind,
        available: state == "available",
        tags: tags(endpoint.tags()),
    }))
}

/// A prefix list without its ranges.
pub(super) fn prefix_list(list: &aws::ManagedPrefixList) -> Read<PrefixList> {
    Ok(PrefixList {
        id: id("prefixListId", list.prefix_list_id())?,
        name: list.prefix_list_name().unwrap_or_default().to_owned(),
        cidrs: None,
    })
}

pub(super) fn ranges(entries: &[aws::PrefixListEntry]) -> Read<Vec<IpNet>> {
    entries.iter().map(|entry| cidr(must("cidr", entry.cidr())?)).collect()
}

/// Whether an id names a prefix list.
pub(super) fn is_list(id: &CloudId) -> bool {
    id.as_str().starts_with("pl-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_endpoint_finds_its_list_by_the_services_name() {
        let list = PrefixList { id: "pl-1".into(), name: "com.amazonaws.us-east-1.s3".into(), cidrs: None };
        let described = aws::VpcEndpoint::builder()
            .vpc_endpoint_id("vpce-1")
            .vpc_id("vpc-1")
            .service_name("com.amazonaws.us-east-1.s3")
            .vpc_endpoint_type(VpcEndpointType::Gateway)
            .route_table_ids("rtb-1")
            .state("available".into());
        let read = endpoint(&described.clone().build(), std::slice::from_ref(&list)).unwrap().unwrap();
        let kind = EndpointKind::Gateway { prefix_list: Some("pl-1".into()), route_tables: ["rtb-1".into()].into() };
        assert_eq!((read.kind, read.available), (kind, true));
        assert_eq!(endpoint(&described.state("deleted".into()).build(), &[list]), Ok(None));
    }

    #[test]
    fn a_range_of_a_list_that_cannot_be_read_is_an_error() {
        let entry = |cidr: &str| aws::PrefixListEntry::builder().cidr(cidr).build();
        assert_eq!(ranges(&[entry("10.0.0.0/8"), entry("fd00::/8")]).unwrap().len(), 2);
        assert!(ranges(&[entry("10.0.0.0/8"), entry("x")]).is_err());
    }
}
