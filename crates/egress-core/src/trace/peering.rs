//! Peerings: a way into one other network, and no further.

use ipnet::IpNet;

use super::{
    Atlas, Reason, RuleId,
    entry::{Back, Entry},
    inside,
    path::{Packet, Sender},
    way::Way,
};
use crate::{
    CloudId,
    world::{Listing, Peering, PeeringEnd, Target},
};

/// Follows a packet into a peering: it must be active, and the destination an address of the peer, as a peering leads neither
/// to the peer's gateways nor to its other peers (source: VPC peering guide, "Limitations"). Where the peer is in the World the
/// packet is delivered there; else what the peer does is not seen.
pub(super) fn into_peer(world: &Atlas<'_>, sender: &Sender<'_>, packet: &Packet, id: &CloudId, way: &mut Way) {
    let found = world.network.peerings.get(id);
    if let Some(peering) = found.filter(|peering| !peering.active) {
        let detail = format!("{} is not active", peering.id);
        way.hop("peering", Some(id), detail.clone());
        return way.block(Reason::new(RuleId::PeeringNotActive, Some(id), detail));
    }
    let end = found.map(|peering| other_end(peering, &sender.subnet.network));
    let ranges = end.map(|end| &end.cidrs).filter(|ranges| !ranges.is_empty());
    let holds = |net: &IpNet| net.contains(&packet.to);
    if ranges.is_some_and(|ranges| !ranges.iter().any(holds)) {
        let detail = format!("the destination is no address of the network at the other end of {id}");
        way.hop("peering", Some(id), detail.clone());
        return way.block(Reason::new(RuleId::PeeringOutside, Some(id), detail));
    }
    way.hop("peering", Some(id), "leads into another network");
    match end {
        Some(end) if world.network.networks.contains_key(&end.network) => {
            let back = Back { by: Target::Peering(id.clone()), rule: RuleId::PeeringReturnRoute };
            let entry = Entry { network: &end.network, subnet: None, back: Some(back) };
            inside::deliver(world, sender, packet, &entry, way);
        }
        _ => {
            way.bypass = true;
            sender.private_sources(packet).for_each(|source| way.source(source));
            match found {
                Some(_) => way.miss(format!("what the network at the other end of the peering {id} does")),
                None => way.lack(world, Listing::Peerings, format!("the peering {id}")),
            }
        }
    }
}

fn other_end<'w>(peering: &'w Peering, network: &CloudId) -> &'w PeeringEnd {
    if &peering.requester.network == network { &peering.accepter } else { &peering.requester }
}
