//! Security groups (stateful, all of them together) and ACLs (stateless, in the order of their numbers).

use std::{collections::BTreeSet, net::Ipv4Addr, ops::RangeInclusive};

use ipnet::{IpNet, Ipv4Net};

use super::route::known_ranges;
use crate::{
    CloudId, World,
    world::{Acl, AclEntry, Direction, Peer, Protocol, Rule, SecurityGroup},
};

/// The ports that answers come back to. Clients choose from parts of it; a filter must let all of it through to be safe
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports>).
pub(super) const EPHEMERAL: RangeInclusive<u16> = 1024..=65535;

/// What security groups say to a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Groups {
    /// A rule of this group lets it through.
    Allow(CloudId),
    /// None does.
    Deny,
    /// None that can be read does.
    Unknown(String),
}

/// Whether any rule of any group lets a packet through, to or from the `other` end.
pub(super) fn groups(
    world: &World,
    ids: &BTreeSet<CloudId>,
    direction: Direction,
    protocol: Protocol,
    port: u16,
    other: &Other<'_>,
) -> Groups {
    let mut unread = None;
    for id in ids {
        let Some(group) = world.network.groups.get(id) else {
            unread = Some(format!("security group {id} is not in the data"));
            continue;
        };
        for rule in rules(group, direction).iter().filter(|rule| is_for(rule, protocol, port)) {
            match matches(world, &group.network, &rule.peer, other) {
                Some(true) => return Groups::Allow(id.clone()),
                Some(false) => {}
                None => unread = Some(format!("the ranges that a rule of {id} refers to")),
            }
        }
    }
    unread.map_or(Groups::Deny, Groups::Unknown)
}

/// The other end of a packet, as a rule sees it.
pub(super) enum Other<'a> {
    /// One address.
    Address(Ipv4Addr),
    /// An interface somewhere in a range, with these groups.
    Interface(Ipv4Net, Option<&'a BTreeSet<CloudId>>),
}

fn rules(group: &SecurityGroup, direction: Direction) -> &[Rule] {
    match direction {
        Direction::Ingress => &group.ingress,
        Direction::Egress => &group.egress,
    }
}

fn is_for(rule: &Rule, protocol: Protocol, port: u16) -> bool {
    covers(rule.protocol, protocol)
        && (!has_ports(protocol) || rule.protocol == Protocol::All || (rule.ports.0..=rule.ports.1).contains(&port))
}

/// Whether a rule's peer is the other end; `None` where that cannot be read.
fn matches(world: &World, network: &CloudId, peer: &Peer, other: &Other<'_>) -> Option<bool> {
    let within = |range: &Ipv4Net| match other {
        Other::Address(ip) => range.contains(ip),
        Other::Interface(from, _) => range.contains(from),
    };
    match peer {
        Peer::Cidr(IpNet::V4(range)) => Some(within(range)),
        Peer::Cidr(IpNet::V6(_)) => Some(false),
        Peer::PrefixList(list) => known_ranges(world, list).map(|ranges| ranges.iter().any(within)),
        Peer::Group(group) => Some(match other {
            Other::Address(ip) => {
                world.network.interface_at(network, (*ip).into()).is_some_and(|i| i.groups.contains(group))
            }
            Other::Interface(_, groups) => groups.is_some_and(|groups| groups.contains(group)),
        }),
    }
}

/// What an ACL says to some traffic: how much of it passes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Passage {
    /// Parts in a million that are stopped.
    pub(super) stopped_ppm: u32,
    /// The entry that stops the first part that is stopped; `None` for the last one, which everyone has.
    pub(super) by: Option<u16>,
}

impl Passage {
    pub(super) const ALL_PPM: u32 = 1_000_000;
}

/// Judges traffic of one protocol between some ports and some addresses of the other end.
///
/// Ports and addresses are split where entries split them, and every part is judged by the lowest number that matches.
pub(super) fn acl(
    acl: &Acl,
    direction: Direction,
    protocol: Protocol,
    ports: &RangeInclusive<u16>,
    other: Ipv4Net,
) -> Passage {
    let mut entries: Vec<&AclEntry> =
        acl.entries.iter().filter(|e| e.direction == direction && covers(e.protocol, protocol)).collect();
    entries.sort();
    let ports = if has_ports(protocol) { ports.clone() } else { 0..=0 };
    let (first, last) = (u32::from(other.network()), u32::from(other.broadcast()));
    let addresses = split(
        (first, last),
        entries.iter().filter_map(|e| match e.cidr {
            IpNet::V4(cidr) => Some((u32::from(cidr.network()), u32::from(cidr.broadcast()))),
            IpNet::V6(_) => None,
        }),
    );
    let port_parts = split(
        (u32::from(*ports.start()), u32::from(*ports.end())),
        entries.iter().map(|e| (u32::from(e.ports.0), u32::from(e.ports.1))),
    );
    let mut stopped = 0u128;
    let mut by = None;
    let size = |part: &(u32, u32)| u128::from(part.1 - part.0) + 1;
    for address in &addresses {
        for port in &port_parts {
            let judge = entries.iter().find(|e| {
                let within = matches!(e.cidr, IpNet::V4(cidr) if cidr.contains(&Ipv4Addr::from(address.0)));
                let ported = !has_ports(protocol)
                    || e.protocol == Protocol::All
                    || e.port_range().contains(&u16::try_from(port.0).unwrap_or(0));
                within && ported
            });
            if judge.is_none_or(|entry| !entry.allow) {
                stopped += size(address) * size(port);
                by = by.or(judge.map(|entry| entry.number));
            }
        }
    }
    let all = size(&(first, last)) * (u128::from(*ports.end() - *ports.start()) + 1);
    // Some is never shown as nothing, nor as everything.
    let ppm = u32::try_from(stopped * u128::from(Passage::ALL_PPM) / all).unwrap_or(Passage::ALL_PPM);
    let stopped_ppm = match stopped {
        0 => 0,
        s if s == all => Passage::ALL_PPM,
        _ => ppm.clamp(1, Passage::ALL_PPM - 1),
    };
    Passage { stopped_ppm, by }
}

/// Splits a range at the ends of others; the parts are ordered and cover it.
pub(super) fn split(range: (u32, u32), others: impl Iterator<Item = (u32, u32)>) -> Vec<(u32, u32)> {
    let mut starts = BTreeSet::from([range.0]);
    for (first, last) in others {
        starts.insert(first);
        starts.extend(last.checked_add(1));
    }
    let starts: Vec<u32> = starts.into_iter().filter(|start| (range.0..=range.1).contains(start)).collect();
    let ends = starts.iter().skip(1).map(|next| next - 1).chain([range.1]);
    starts.iter().copied().zip(ends).collect()
}

/// Whether a rule for one protocol is for another.
fn covers(rule: Protocol, protocol: Protocol) -> bool {
    rule == Protocol::All || rule == protocol
}

fn has_ports(protocol: Protocol) -> bool {
    matches!(protocol, Protocol::Tcp | Protocol::Udp)
}
