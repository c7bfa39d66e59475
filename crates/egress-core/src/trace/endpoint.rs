//! Endpoints that routes lead to: gateway endpoints of a service, and whatever stands behind the others.

use super::{
    Atlas, Reason, RuleId,
    path::{Packet, Sender},
    way::Way,
};
use crate::{
    CloudId,
    world::{Destination, Endpoint, EndpointKind, Listing, Route},
};

/// Follows a packet into an endpoint. A service behind a gateway endpoint sees the private source (source: VPC guide,
/// "Gateway endpoints"); what stands behind any other one is not seen.
pub(super) fn into_endpoint(
    world: &Atlas<'_>,
    sender: &Sender<'_>,
    packet: &Packet,
    route: &Route,
    id: &CloudId,
    way: &mut Way,
) {
    match world.network.endpoints.get(id) {
        Some(endpoint) => match &endpoint.kind {
            EndpointKind::Gateway { prefix_list, .. } => {
                way.bypass = true;
                into_service(sender, packet, endpoint, way);
                let own =
                    matches!((&route.destination, prefix_list), (Destination::PrefixList(to), Some(own)) if to == own);
                if !own && prefix_list.is_some() {
                    way.miss(format!("how {}, which is no route to its prefix list, leads to {id}", route.destination));
                }
            }
            EndpointKind::Interface { .. } => {
                way.hop("endpoint", Some(id), format!("hands the packet to {}", endpoint.service));
                way.miss(format!("how a route leads to {id}, which is found by its address alone"));
            }
            EndpointKind::Appliance => {
                way.hop("endpoint", Some(id), format!("hands the packet to {}", endpoint.service));
                way.miss(format!("what the firewall or appliance behind {id} does with packets"));
            }
        },
        // Only gateway endpoints are routed to by prefix list as a rule; a firewall's endpoint takes ranges.
        None => {
            way.bypass = matches!(route.destination, Destination::PrefixList(_));
            if way.bypass {
                sender.own_sources(packet).for_each(|source| way.source(source));
            }
            way.hop("endpoint", Some(id), "leads out of sight");
            way.lack(world, Listing::Endpoints, format!("the endpoint {id}"));
        }
    }
}

/// Hands a packet to the service behind a gateway endpoint.
fn into_service(sender: &Sender<'_>, packet: &Packet, endpoint: &Endpoint, way: &mut Way) {
    sender.own_sources(packet).for_each(|source| way.source(source));
    way.hop("endpoint", Some(&endpoint.id), format!("{} sees a private source", endpoint.service));
    let detail = format!("{} takes packets to {}: it sees {}", endpoint.id, endpoint.service, way.show_sources());
    way.warn(Reason::new(RuleId::GatewayEndpointBypass, Some(&endpoint.id), detail));
    if !endpoint.available {
        way.miss(format!("whether the endpoint {}, which is not available, serves", endpoint.id));
    }
}
