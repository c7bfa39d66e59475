//! The cloud's own services beside every machine: the resolver, the clock, the metadata.
//!
//! They are reached without any route, and neither security groups nor ACLs filter them (source: VPC guide, "Security groups" and
//! "Network ACLs"). A name server of one's own is a host like any other.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::{
    Atlas, Reason, RuleId,
    path::{Packet, Sender},
    sender::Holder,
    way::Way,
};
use crate::{
    CloudId,
    world::{Listing, Network, Protocol},
};

const DNS: u16 = 53;

/// Addresses of the resolver that are the same in every network (source: VPC guide, "DNS attributes").
const RESOLVERS: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(169, 254, 169, 253)), IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x253))];

/// What machines, but not functions, find besides: name, address, protocol and port (source: EC2 guide, "Instance metadata" and
/// "Amazon Time Sync Service").
const OF_MACHINES: [(&str, IpAddr, Protocol, u16); 4] = [
    ("metadata", IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254)), Protocol::Tcp, 80),
    ("metadata", IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)), Protocol::Tcp, 80),
    ("clock", IpAddr::V4(Ipv4Addr::new(169, 254, 169, 123)), Protocol::Udp, 123),
    ("clock", IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x123)), Protocol::Udp, 123),
];

/// Answers a packet to one of the cloud's own services. Whether it was one: else it goes the way of all packets.
pub(super) fn answer(world: &Atlas<'_>, sender: &Sender<'_>, packet: &Packet, way: &mut Way) -> bool {
    let id = &sender.subnet.network;
    if packet.port == DNS && matches!(packet.protocol, Protocol::Tcp | Protocol::Udp) {
        let network = world.network.networks.get(id);
        if RESOLVERS.contains(&packet.to) || network.and_then(address) == Some(packet.to) {
            resolve(world, id, network, way);
            way.bypass = true;
            sender.own_sources(packet).for_each(|source| way.source(source));
            return true;
        }
    }
    let is_asked = |(_, ip, protocol, port): &&(&str, IpAddr, Protocol, u16)| {
        *ip == packet.to && *protocol == packet.protocol && *port == packet.port
    };
    let service = OF_MACHINES.iter().find(is_asked).filter(|_| matches!(sender.holder, Holder::Machine(_)));
    let Some((name, ..)) = service else { return false };
    way.bypass = true;
    sender.own_sources(packet).for_each(|source| way.source(source));
    way.hop(name, None, "the cloud's own service answers: neither security groups nor ACLs filter it");
    true
}

fn resolve(world: &Atlas<'_>, id: &CloudId, network: Option<&Network>, way: &mut Way) {
    match network {
        Some(network) if network.dns_support => {
            way.hop(
                "resolver",
                Some(id),
                "the cloud's own resolver answers: neither security groups nor ACLs filter it",
            );
        }
        Some(_) => {
            let detail = format!("the cloud's own resolver does not answer in {id}: DNS support is off");
            way.hop("resolver", Some(id), detail.clone());
            let fix = format!("turn on DNS support (enableDnsSupport) of {id}");
            way.block(Reason::new(RuleId::DnsBroken, Some(id), detail).fix(fix));
        }
        None => way.lack(world, Listing::Networks, format!("whether DNS support is on in {id}")),
    }
}

/// The resolver's address in a network: the third of its first range (source: VPC guide, "DNS attributes").
fn address(network: &Network) -> Option<IpAddr> {
    let base = u32::from(network.cidrs.first()?.network());
    Some(IpAddr::V4(Ipv4Addr::from(base.checked_add(2)?)))
}

/// The addresses in a network that are treated unlike those around them.
pub(super) fn addresses(network: Option<&Network>) -> impl Iterator<Item = IpNet> {
    let services = OF_MACHINES.iter().map(|(_, ip, ..)| *ip);
    RESOLVERS.into_iter().chain(services).chain(network.and_then(address)).map(IpNet::from)
}
