//! Internet gateways.

use super::{
    Atlas, Reason, RuleId, SourceAddress, arrive,
    path::{Host, Packet, Sender},
    sender::Holder,
    special,
    way::Way,
};
use crate::{CloudId, world::Listing};

/// Follows a packet through an internet gateway that its sender's own subnet routes to: only a sender with a public address of
/// its own gets out (source: Lambda guide, "Internet access for VPC functions"). IPv6 is not translated: its addresses are public.
pub(super) fn straight_out(world: &Atlas<'_>, sender: &Sender<'_>, packet: &Packet, gateway: &CloudId, way: &mut Way) {
    let network = &sender.subnet.network;
    if packet.to.is_ipv6() {
        sender.own_sources(packet).for_each(|source| way.source(source));
        return leave(world, network, packet, gateway, "passes IPv6 as it is", way);
    }
    for ip in sender.public_ips.iter().flatten() {
        way.source(SourceAddress::Mapped(*ip));
    }
    let mapped = sender.public_ips.iter().filter(|ip| ip.is_some()).count();
    if mapped == 0 {
        let reason = no_public_address(sender, gateway);
        if let (Holder::Function { .. }, Some(unread)) = (sender.holder, world.unread(Listing::Interfaces)) {
            way.assume(format!("nobody put a public address on the function's interface ({unread})"));
        }
        way.hop("internet-gateway", Some(gateway), reason.detail.clone());
        way.block(reason);
    } else if mapped < sender.public_ips.len() {
        way.block_some(no_public_address(sender, gateway));
    }
    leave(world, network, packet, gateway, "maps the interface's own public address", way);
}

fn no_public_address(sender: &Sender<'_>, gateway: &CloudId) -> Reason {
    let (subnet, name) = (&sender.subnet.id, sender.name());
    let detail = format!("{subnet} routes to {gateway}, and {name} there has no public address: {gateway} drops it");
    let reason = Reason::new(RuleId::LambdaPublicSubnet, Some(subnet), detail);
    match sender.holder {
        Holder::Function { .. } | Holder::Nobody => reason,
        Holder::Machine(_) | Holder::Other => {
            reason.fix(format!("associate a public address with {name}, or route {subnet} to a NAT gateway"))
        }
    }
}

/// Follows a packet with a public source through an internet gateway; `how` says what the gateway does with it.
pub(super) fn leave(
    world: &Atlas<'_>,
    network: &CloudId,
    packet: &Packet,
    gateway: &CloudId,
    how: &str,
    way: &mut Way,
) {
    if special::is_private(packet.to) {
        let ranges = if packet.to.is_ipv6() { "RFC 4193" } else { "RFC 1918 or RFC 6598" };
        let detail = format!("the destination is private ({ranges}): {gateway} drops it");
        way.hop("internet-gateway", Some(gateway), detail.clone());
        way.block(Reason::new(RuleId::PrivateDestination, Some(gateway), detail));
    }
    let Some(found) = world.gateway.internet_gateways.get(gateway) else {
        return way.miss(unseen(world, gateway));
    };
    if found.network.as_ref() != Some(network) {
        let detail = format!("{gateway} is not attached to {network}");
        way.hop("internet-gateway", Some(gateway), detail.clone());
        let fix = format!("attach {gateway} to {network}");
        return way.block(Reason::new(RuleId::IgwNotAttached, Some(gateway), detail).fix(fix));
    }
    if let Some(ask) = world.unseen(Listing::BlockPublicAccess) {
        way.assume(format!("Block Public Access is off: there is no answer of {ask}"));
    }
    way.hop("internet-gateway", Some(gateway), how);
    let seen = way.show_sources();
    way.hop("internet", None, format!("sees {seen}"));
    if packet.host == Host::Whoever {
        match (world.interface_behind(packet.to), world.unread(Listing::Interfaces)) {
            (Some(interface), _) => arrive::arrive(world, packet, interface, way),
            (None, Some(unread)) => {
                way.assume(format!("the destination is none of the account's own hosts ({unread})"))
            }
            (None, None) => {}
        }
    }
}

/// What is missing where an internet gateway is not in the World.
pub(super) fn unseen(world: &Atlas<'_>, gateway: &CloudId) -> String {
    world.unread(Listing::InternetGateways).unwrap_or_else(|| format!("the internet gateway {gateway}"))
}
