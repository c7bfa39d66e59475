//! Targets that lead out of sight: what is known of them is said, what is not is missing.

use super::{
    Atlas, Reason, RuleId, SourceAddress,
    path::{Packet, Sender},
    way::Way,
};
use crate::{
    CloudId,
    world::{Destination, EndpointKind, Peering, PeeringEnd, Route, Target},
};
use ipnet::IpNet;

/// Follows a packet into a peering: it must be active, and the destination an address of the peer, as a peering leads neither
/// to the peer's gateways nor to its other peers (source: VPC peering guide, "Limitations"). What the peer does is not seen.
pub(super) fn into_peer(world: &Atlas<'_>, sender: &Sender<'_>, packet: &Packet, id: &CloudId, way: &mut Way) {
    let found = world.network.peerings.get(id);
    if let Some(peering) = found.filter(|peering| !peering.active) {
        let detail = format!("{} is not active", peering.id);
        way.hop("peering", Some(id), detail.clone());
        return way.block(Reason::new(RuleId::PeeringNotActive, Some(id), detail));
    }
    let ranges = found.map(|peering| &other_end(peering, &sender.subnet.network).cidrs).filter(|c| !c.is_empty());
    let holds = |net: &IpNet| net.contains(&packet.to);
    if ranges.is_some_and(|ranges| !ranges.iter().any(holds)) {
        let detail = format!("the destination is no address of the network at the other end of {id}");
        way.hop("peering", Some(id), detail.clone());
        return way.block(Reason::new(RuleId::PeeringOutside, Some(id), detail));
    }
    way.bypass = true;
    way.source(SourceAddress::Private(IpNet::V4(sender.subnet.cidr)));
    way.hop("peering", Some(id), "leads into another network");
    way.miss(match found {
        Some(_) => format!("what the network at the other end of the peering {id} does"),
        None => format!("the peering {id}"),
    });
}

/// Follows a packet into an endpoint. A service behind a gateway endpoint sees the private source (source: VPC guide,
/// "Gateway endpoints"); what stands behind any other one is not seen.
pub(super) fn into_endpoint(world: &Atlas<'_>, sender: &Sender<'_>, route: &Route, id: &CloudId, way: &mut Way) {
    let source = SourceAddress::Private(IpNet::V4(sender.subnet.cidr));
    match world.network.endpoints.get(id) {
        Some(endpoint) if matches!(endpoint.kind, EndpointKind::Gateway { .. }) => {
            way.bypass = true;
            way.source(source);
            way.hop("endpoint", Some(id), format!("{} sees a private source", endpoint.service));
            if !endpoint.available {
                way.miss(format!("whether the endpoint {id}, which is not available, serves"));
            }
        }
        Some(endpoint) => {
            way.hop("endpoint", Some(id), format!("hands the packet to {}", endpoint.service));
            way.miss(format!("what {} behind the endpoint {id} does", endpoint.service));
        }
        // Only gateway endpoints are routed to by prefix list as a rule; a firewall's endpoint takes ranges.
        None => {
            way.bypass = matches!(route.destination, Destination::PrefixList(_));
            if way.bypass {
                way.source(source);
            }
            way.hop("endpoint", Some(id), "leads out of sight");
            way.miss(format!("the endpoint {id}"));
        }
    }
}

/// Follows a packet to a target that is not modelled.
pub(super) fn into_unknown(target: &Target<CloudId>, way: &mut Way) {
    let kind = match target {
        Target::Interface(_) => "interface",
        Target::Instance(_) => "instance",
        Target::TransitGateway(_) => "transit-gateway",
        Target::PrivateGateway(_) => "private-gateway",
        Target::EgressOnlyGateway(_) => "egress-only-gateway",
        _ => "other",
    };
    way.hop(kind, target.id(), "leads out of sight");
    way.miss(format!("what {target} does with packets"));
}

fn other_end<'w>(peering: &'w Peering, network: &CloudId) -> &'w PeeringEnd {
    if &peering.requester.network == network { &peering.accepter } else { &peering.requester }
}
