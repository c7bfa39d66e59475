//! Egress-only gateways: they let IPv6 out as it is, and no connection in.

use super::{
    Atlas, Reason, RuleId, SourceAddress,
    block::{self, Exit, Ingress},
    path::{Packet, Sender},
    special,
    way::Way,
};
use crate::{CloudId, world::Listing};
use ipnet::IpNet;

/// Follows a packet through an egress-only gateway. The destination sees the sender's own IPv6 address: nothing is translated
/// (source: VPC guide, "Egress-only internet gateways").
pub(super) fn let_out(world: &Atlas<'_>, sender: &Sender<'_>, packet: &Packet, gateway: &CloudId, way: &mut Way) {
    let network = &sender.subnet.network;
    if packet.to.is_ipv4() {
        return way.miss(format!("what {gateway}, which is for IPv6 only, does with IPv4"));
    }
    for range in sender.ranges(packet) {
        if let IpNet::V6(range) = range {
            way.source(SourceAddress::Own(range));
        }
    }
    if special::is_private(packet.to) {
        let detail = format!("the destination is private: {gateway} drops it");
        way.hop("egress-only-gateway", Some(gateway), detail.clone());
        way.block(Reason::new(RuleId::PrivateDestination, Some(gateway), detail));
    }
    let Some(found) = world.gateway.egress_only_gateways.get(gateway) else {
        return way.lack(world, Listing::EgressOnlyGateways, format!("the egress-only gateway {gateway}"));
    };
    if found.network.as_ref() != Some(network) {
        let detail = format!("{gateway} is not attached to {network}");
        way.hop("egress-only-gateway", Some(gateway), detail.clone());
        return way.block(Reason::new(RuleId::EigwNotAttached, Some(gateway), detail));
    }
    let exit = Exit { gateway, network, subnet: Some(&sender.subnet.id), ingress: Ingress::Closed };
    block::check(world, &exit, way);
    way.hop("egress-only-gateway", Some(gateway), "lets IPv6 out as it is");
    let seen = way.show_sources();
    way.hop("internet", None, format!("sees {seen}"));
}
