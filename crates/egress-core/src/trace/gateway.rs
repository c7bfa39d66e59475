//! Internet gateways.

use super::{
    Atlas, Reason, RuleId, SourceAddress,
    block::{self, Exit, Ingress},
    path::{Packet, Sender},
    special,
    way::Way,
};
use crate::{
    CloudId,
    world::{InterfaceKind, Listing},
};

/// Follows a packet through an internet gateway that its sender's own subnet routes to: only a sender with a public address of
/// its own gets out (source: Lambda guide, "Internet access for VPC functions").
pub(super) fn straight_out(world: &Atlas<'_>, sender: &Sender<'_>, packet: &Packet, gateway: &CloudId, way: &mut Way) {
    for ip in sender.public_ips.iter().flatten() {
        way.source(SourceAddress::Mapped(*ip));
        if sender.kind == InterfaceKind::Function {
            let detail = format!("{ip} is mapped to the function's own interface in {}", sender.subnet.id);
            way.warn(Reason::new(RuleId::EipOnLambdaEni, sender.id, detail));
        }
    }
    let detail = format!(
        "{} routes to {gateway}, and the function's interface there has no public address: {gateway} drops it",
        sender.subnet.id
    );
    let reason = || Reason::new(RuleId::LambdaPublicSubnet, Some(&sender.subnet.id), detail.clone());
    let mapped = sender.public_ips.iter().filter(|ip| ip.is_some()).count();
    if mapped == 0 {
        way.hop("internet-gateway", Some(gateway), detail.clone());
        way.block(reason());
    } else if mapped < sender.public_ips.len() {
        way.block_some(reason());
    }
    let (network, subnet) = (&sender.subnet.network, Some(&sender.subnet.id));
    let exit = Exit { gateway, network, subnet, ingress: Ingress::Open };
    leave(world, packet, &exit, "maps the interface's own public address", way);
}

/// Follows a packet with a public source through an internet gateway; `how` says what the gateway does with it.
pub(super) fn leave(world: &Atlas<'_>, packet: &Packet, exit: &Exit<'_>, how: &str, way: &mut Way) {
    let Exit { gateway, network, .. } = *exit;
    if special::is_private(packet.to) {
        let detail = format!("the destination is private (RFC 1918 or RFC 6598): {gateway} drops it");
        way.hop("internet-gateway", Some(gateway), detail.clone());
        way.block(Reason::new(RuleId::PrivateDestination, Some(gateway), detail));
    }
    let Some(found) = world.gateway.internet_gateways.get(gateway) else {
        return way.lack(world, Listing::InternetGateways, format!("the internet gateway {gateway}"));
    };
    if found.network.as_ref() != Some(network) {
        let detail = format!("{gateway} is not attached to {network}");
        way.hop("internet-gateway", Some(gateway), detail.clone());
        let fix = format!("attach {gateway} to {network}");
        return way.block(Reason::new(RuleId::IgwNotAttached, Some(gateway), detail).fix(fix));
    }
    block::check(world, exit, way);
    way.hop("internet-gateway", Some(gateway), how);
    let seen = way.show_sources();
    way.hop("internet", None, format!("sees {seen}"));
}
