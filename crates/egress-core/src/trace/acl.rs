//! ACLs: stateless filters at the edge of a subnet.
//!
//! The entries of a direction are tried by number; the first that matches decides, and what no entry matches is denied.
//! Nothing is remembered, so the answers need an entry of their own (source: VPC guide, "Network ACLs"). Which port the
//! function's side uses is not known beforehand, nor always its address; so a check is over all of them, and an ACL may stop
//! some connections only.

use std::collections::BTreeSet;

use ipnet::IpNet;

use super::{
    Atlas, Reason, RuleId, SourceAddress,
    path::{Packet, Sender},
    span::{Cuts, Share, Span},
    way::Way,
};
use crate::world::{Acl, AclEntry, Direction, Listing, Protocol, Subnet};

/// The ports that the function's side of a connection may use: those of NAT gateways and of functions (source: VPC guide,
/// "Ephemeral ports").
const EPHEMERAL: (u16, u16) = (1024, u16::MAX);

/// The number of the last entry, which denies what is left.
const LAST: u16 = 32_767;

/// Which half of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leg {
    /// The packet to the destination.
    There,
    /// The answers to it.
    Back,
}

/// One crossing of a subnet's edge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crossing<'a> {
    /// The subnet whose ACL is met.
    pub(super) subnet: &'a Subnet,
    /// Which way, seen from the subnet.
    pub(super) direction: Direction,
    /// Which half of the connection.
    pub(super) leg: Leg,
    /// The other end, seen from the subnet.
    pub(super) peer: Peer<'a>,
}

/// The other end of a crossing.
#[derive(Clone, Copy, Debug)]
pub(super) enum Peer<'a> {
    /// The packet's destination.
    Destination,
    /// The packet's sender, at any of the addresses that it may have.
    Sender(&'a Sender<'a>),
    /// What the internet sees of the sender.
    Public(&'a [IpNet]),
}

/// Checks a crossing, and notes under `rule` what is stopped.
pub(super) fn cross(world: &Atlas<'_>, packet: &Packet, crossing: &Crossing<'_>, rule: RuleId, way: &mut Way) {
    let Crossing { subnet, direction, leg, peer } = crossing;
    let Some(acl) = world.acl_of(subnet) else {
        return way.lack(world, Listing::Acls, subnet.unseen("ACL"));
    };
    let peers = match peer {
        Peer::Destination => vec![packet.to.into()],
        Peer::Sender(sender) => sender.ranges(packet),
        Peer::Public(sources) => sources.to_vec(),
    };
    let passage = pass(acl, *direction, packet.protocol, ports(packet, *leg), &peers);
    let what = match leg {
        Leg::There => packet.to_string(),
        Leg::Back => "answers".to_owned(),
    };
    let what = match direction {
        Direction::Egress => format!("{what} out of {} to {}", subnet.id, show_peer(crossing, packet)),
        Direction::Ingress => format!("{what} into {} from {}", subnet.id, show_peer(crossing, packet)),
    };
    if passage.share.is_all() {
        return way.hop("acl", Some(&acl.id), format!("{} allows {what}", entries(&passage.allowing)));
    }
    let deniers = entries(&passage.denying);
    let reason = |detail: String| Reason::new(rule, Some(&acl.id), detail).fix(mend(acl, crossing, packet, &passage));
    if passage.share.is_none() {
        let detail = format!("{deniers} of {} denies {what}", acl.id);
        way.hop("acl", Some(&acl.id), detail.clone());
        way.block(reason(detail));
    } else {
        let of = match leg {
            Leg::There => "the source addresses that are possible",
            Leg::Back if matches!(peer, Peer::Destination) => "the ephemeral ports",
            Leg::Back => "the addresses and ephemeral ports that are possible",
        };
        let detail = format!("{deniers} of {} denies {what} for {} of {of}", acl.id, passage.share.closed());
        way.hop("acl", Some(&acl.id), detail.clone());
        way.block_some(reason(detail));
    }
}

/// How much of a set of connections an ACL lets through, and which entries decide.
#[derive(Clone, Debug, Default, PartialEq)]
struct Passage {
    share: Share,
    allowing: BTreeSet<u16>,
    denying: BTreeSet<u16>,
}

/// Tries every address and port: exactly, in the pieces that the entries cut them into.
fn pass(acl: &Acl, direction: Direction, protocol: Protocol, ports: (u16, u16), peers: &[IpNet]) -> Passage {
    let mut entries: Vec<&AclEntry> =
        acl.entries.iter().filter(|e| e.direction == direction && covers_protocol(e.protocol, protocol)).collect();
    entries.sort_by_key(|e| e.number);

    let (mut address_cuts, mut port_cuts) = (Cuts::NONE, Cuts::NONE);
    for entry in &entries {
        address_cuts.around_net(&entry.cidr);
        port_cuts.around(Span::of_ports(entry.ports));
    }
    let mut passage = Passage::default();
    for addresses in peers.iter().flat_map(|net| Cuts::split(&[&address_cuts], Span::of(net))) {
        for ports in Cuts::split(&[&port_cuts], Span::of_ports(ports)) {
            let decider = entries.iter().find(|e| entry_matches(e, protocol, addresses, ports));
            let (number, allow) = decider.map_or((LAST, false), |e| (e.number, e.allow));
            passage.share.count(addresses.len() * ports.len(), allow);
            if allow { &mut passage.allowing } else { &mut passage.denying }.insert(number);
        }
    }
    passage
}

fn entry_matches(entry: &AclEntry, protocol: Protocol, addresses: Span, ports: Span) -> bool {
    let any_port = entry.protocol == Protocol::All || !has_ports(protocol);
    Span::of(&entry.cidr).holds(addresses) && (any_port || Span::of_ports(entry.ports).holds(ports))
}

/// Whether a filter for one protocol, or all, is for a packet of another.
pub(super) fn covers_protocol(filter: Protocol, packet: Protocol) -> bool {
    filter == Protocol::All || number(filter) == number(packet)
}

/// Whether a protocol has ports; those of others are not compared.
pub(super) fn has_ports(protocol: Protocol) -> bool {
    matches!(number(protocol), Some(6 | 17))
}

/// The number that IANA gave to a protocol; `None` for all of them.
pub(super) const fn number(protocol: Protocol) -> Option<u8> {
    match protocol {
        Protocol::All => None,
        Protocol::Icmp => Some(1),
        Protocol::Tcp => Some(6),
        Protocol::Udp => Some(17),
        Protocol::Icmp6 => Some(58),
        Protocol::Number(number) => Some(number),
    }
}

fn ports(packet: &Packet, leg: Leg) -> (u16, u16) {
    match leg {
        _ if !has_ports(packet.protocol) => (0, 0),
        Leg::There => (packet.port, packet.port),
        Leg::Back => EPHEMERAL,
    }
}

/// The other end, for people: the destination's address only stands for its part.
fn show_peer(crossing: &Crossing<'_>, packet: &Packet) -> String {
    match crossing.peer {
        Peer::Destination => "the destination".to_owned(),
        Peer::Sender(sender) => sender.show_ranges(packet),
        Peer::Public(sources) => show_all(sources),
    }
}

/// Ranges for people.
pub(super) fn show_all(ranges: &[IpNet]) -> String {
    ranges.iter().map(|range| SourceAddress::Private(*range).to_string()).collect::<Vec<_>>().join(" or ")
}

fn entries(numbers: &BTreeSet<u16>) -> String {
    let numbers: Vec<String> =
        numbers.iter().map(|n| if *n == LAST { "the last entry".to_owned() } else { format!("entry {n}") }).collect();
    numbers.join(" and ")
}

/// Which entry to add, and with which number: before the first that denies.
fn mend(acl: &Acl, crossing: &Crossing<'_>, packet: &Packet, passage: &Passage) -> String {
    let number = passage.denying.first().copied().unwrap_or(LAST);
    let way = match crossing.direction {
        Direction::Egress => "an egress",
        Direction::Ingress => "an ingress",
    };
    let what = match (crossing.leg, has_ports(packet.protocol)) {
        (Leg::There, _) => packet.to_string(),
        (Leg::Back, true) => format!("{} ports {}-{}", packet.protocol, EPHEMERAL.0, EPHEMERAL.1),
        (Leg::Back, false) => packet.protocol.to_string(),
    };
    let other_end = show_peer(crossing, packet);
    let towards = if crossing.direction == Direction::Egress { "to" } else { "from" };
    format!("add {way} entry with a number below {number} to {} that allows {what} {towards} {other_end}", acl.id)
}
