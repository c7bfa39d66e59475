//! Internet gateways.

use super::{
    Atlas, Reason, RuleId, SourceAddress, arrive,
    block::{self, Exit, Ingress},
    path::{Host, Packet, Sender},
    sender::Holder,
    special,
    way::Way,
};
use crate::{CloudId, world::Listing};

/// Follows a packet through an internet gateway that its sender's own subnet routes to: only a sender with a public address of
/// its own gets out (source: Lambda guide, "Internet access for VPC functions"). IPv6 is not translated: its addresses are public.
pub(super) fn straight_out(world: &Atlas<'_>, sender: &Sender<'_>, packet: &Packet, gateway: &CloudId, way: &mut Way) {
    let (network, subnet) = (&sender.subnet.network, Some(&sender.subnet.id));
    let exit = Exit { gateway, network, subnet, ingress: Ingress::Open };
    if packet.to.is_ipv6() {
        sender.own_sources(packet).for_each(|source| way.source(source));
        return leave(world, packet, &exit, "passes IPv6 as it is", way);
    }
    for ip in sender.public_ips.iter().flatten() {
        way.source(SourceAddress::Mapped(*ip));
        if matches!(sender.holder, Holder::Function { .. } | Holder::Nobody) {
            let detail = format!("{ip} is mapped to the function's own interface in {}", sender.subnet.id);
            way.warn(Reason::new(RuleId::EipOnLambdaEni, sender.id, detail));
        }
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
    leave(world, packet, &exit, "maps the interface's own public address", way);
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
pub(super) fn leave(world: &Atlas<'_>, packet: &Packet, exit: &Exit<'_>, how: &str, way: &mut Way) {
    let Exit { gateway, network, .. } = *exit;
    if special::is_private(packet.to) {
        let ranges = if packet.to.is_ipv6() { "RFC 4193" } else { "RFC 1918 or RFC 6598" };
        let detail = format!("the destination is private ({ranges}): {gateway} drops it");
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
