//! Gateways, addresses, endpoints and peerings.

use std::net::Ipv4Addr;

use egress_core::{
    CloudId,
    world::{
        Address, EgressOnlyGateway, Endpoint, EndpointKind, InternetGateway, NatAddress, NatAddressState, NatGateway,
        NatScope, NatState, Peering, PeeringEnd,
    },
};

use super::{
    Resource, Site,
    filters::GROUPS,
    network::{NETWORKS, subnet_of},
    refer::Meaning,
    tags,
    ways::{TABLES, subnets_of},
};
use crate::text::{Read, ip_if, must};

const ADDRESSES: &[&str] = &["aws_eip"];
const INTERNET_GATEWAYS: &[&str] = &["aws_internet_gateway"];

pub(super) fn gateways(site: &mut Site<'_>) {
    addresses(site);
    internet_gateways(site);
    nat_gateways(site);
    endpoints(site);
    peerings(site);
}

fn addresses(site: &mut Site<'_>) {
    let addresses = site.read(ADDRESSES, |_, r| {
        Ok(Address {
            id: CloudId::new(r.text("allocation_id").or_else(|| r.text("id")).unwrap_or(&r.address)),
            ip: ip_if(r.text("public_ip"))?,
            interface: r.text("network_interface").map(CloudId::new),
            nat_gateway: None,
            tags: tags(r),
        })
    });
    site.world.gateway.addresses = addresses.into_iter().map(|address| (address.id.clone(), address)).collect();
}

fn internet_gateways(site: &mut Site<'_>) {
    let gateways = site.read(INTERNET_GATEWAYS, |site, r| {
        let network = site.document.meaning(r, "vpc_id", NETWORKS).one();
        Ok(InternetGateway { id: r.id(), network, tags: tags(r) })
    });
    site.world.gateway.internet_gateways = gateways.into_iter().map(|gateway| (gateway.id.clone(), gateway)).collect();
    let attached = site.read(&["aws_internet_gateway_attachment"], |site, r| {
        Ok((site.must(r, "internet_gateway_id", INTERNET_GATEWAYS)?, site.must(r, "vpc_id", NETWORKS)?))
    });
    for (gateway, network) in attached {
        if let Some(gateway) = site.world.gateway.internet_gateways.get_mut(&gateway) {
            gateway.network = Some(network);
        }
    }
    let only = site.read(&["aws_egress_only_internet_gateway"], |site, r| {
        Ok(EgressOnlyGateway { id: r.id(), network: Some(site.must(r, "vpc_id", NETWORKS)?), tags: tags(r) })
    });
    site.world.gateway.egress_only_gateways = only.into_iter().map(|gateway| (gateway.id.clone(), gateway)).collect();
}

fn nat_gateways(site: &mut Site<'_>) {
    let gateways = site.read(&["aws_nat_gateway"], |site, r| {
        let public = r.text("connectivity_type") != Some("private");
        let (network, scope) = if r.text("availability_mode") == Some("regional") {
            let automatic = r.blocks("availability_zone_address").next().is_none();
            let scope = NatScope::Region { route_table: r.text("route_table_id").map(CloudId::new), automatic };
            (site.must(r, "vpc_id", NETWORKS)?, scope)
        } else {
            let subnet = subnet_of(site, r)?;
            let network = site.world.network.subnets.get(&subnet).map(|subnet| subnet.network.clone());
            (network.unwrap_or_else(|| CloudId::new(format!("the network of {subnet}"))), NatScope::Subnet(subnet))
        };
        Ok(NatGateway {
            id: r.id(),
            network,
            scope,
            public,
            state: NatState::Available,
            addresses: nat_addresses(site, r, public)?,
            tags: tags(r),
        })
    });
    for gateway in gateways {
        for address in gateway.addresses.iter().filter_map(|address| address.address.as_ref()) {
            if let Some(address) = site.world.gateway.addresses.get_mut(address) {
                address.nat_gateway = Some(gateway.id.clone());
            }
        }
        site.world.gateway.nat_gateways.insert(gateway.id.clone(), gateway);
    }
}

fn nat_addresses(site: &mut Site<'_>, r: &Resource, public: bool) -> Read<Vec<NatAddress>> {
    let primary = if public { site.document.meaning(r, "allocation_id", ADDRESSES).one() } else { None };
    if public && primary.is_none() {
        site.note(r, "which address it has cannot be told");
    }
    let address = |id: Option<CloudId>, public_ip: Option<Ipv4Addr>, private_ip, primary| NatAddress {
        address: id,
        public_ip,
        private_ip,
        interface: None,
        zone: None,
        association: None,
        primary,
        state: NatAddressState::InUse,
    };
    let public_ip = ip_if(r.text("public_ip"))?;
    let mut addresses = vec![address(primary, public_ip, ip_if(r.text("private_ip"))?, true)];
    let secondary = site.all(r, "secondary_allocation_ids", ADDRESSES);
    for id in secondary {
        let public_ip = site.world.gateway.addresses.get(&id).and_then(|address| address.ip);
        addresses.push(address(Some(id), public_ip, None, false));
    }
    Ok(addresses)
}

fn endpoints(site: &mut Site<'_>) {
    let endpoints = site.read(&["aws_vpc_endpoint"], |site, r| {
        let kind = match r.text("vpc_endpoint_type") {
            None | Some("Gateway") => EndpointKind::Gateway {
                prefix_list: r.text("prefix_list_id").map(CloudId::new),
                route_tables: site.all(r, "route_table_ids", TABLES).into_iter().collect(),
            },
            Some("GatewayLoadBalancer") => EndpointKind::Appliance,
            Some(_) => EndpointKind::Interface {
                subnets: subnets_of(site, r, "subnet_ids").into_iter().collect(),
                groups: site.all(r, "security_group_ids", GROUPS).into_iter().collect(),
                private_dns: r.flag("private_dns_enabled").unwrap_or_default(),
                interfaces: site.all(r, "network_interface_ids", &[]).into_iter().collect(),
                names: r
                    .blocks("dns_entry")
                    .filter_map(|e| super::refer::text(e, "dns_name"))
                    .map(ToOwned::to_owned)
                    .collect(),
            },
        };
        Ok(Endpoint {
            id: r.id(),
            network: site.must(r, "vpc_id", NETWORKS)?,
            service: must("service_name", r.text("service_name"))?.to_owned(),
            kind,
            available: true,
            tags: tags(r),
        })
    });
    site.world.network.endpoints = endpoints.into_iter().map(|endpoint| (endpoint.id.clone(), endpoint)).collect();
}

fn peerings(site: &mut Site<'_>) {
    let peerings = site.read(&["aws_vpc_peering_connection"], |site, r| {
        let end = |name: &str| {
            let network = site.document.meaning(r, name, NETWORKS).one().unwrap_or_else(|| CloudId::new(format!("{name} of {}", r.address)));
            let known = site.world.network.networks.get(&network);
            let ranges = known.into_iter().flat_map(|network| network.cidrs.iter().copied());
            PeeringEnd { network, cidrs: ranges.map(egress_core::ipnet::IpNet::V4).collect() }
        };
        let accepted = !matches!(site.document.meaning(r, "accept_status", &[]), Meaning::These(ids) if ids.iter().any(|s| s.as_str() != "active"));
        Ok(Peering { id: r.id(), requester: end("vpc_id"), accepter: end("peer_vpc_id"), active: accepted, tags: tags(r) })
    });
    site.world.network.peerings = peerings.into_iter().map(|peering| (peering.id.clone(), peering)).collect();
}
