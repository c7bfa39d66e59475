//! Entries that an ACL lacks.

use std::collections::BTreeSet;

use ipnet::IpNet;

use super::{Packet, few, ports};
use crate::{
    CloudId,
    doctor::{
        Mend,
        notes::{Note, Seen},
        site::Site,
    },
    trace::RuleId,
    world::{Acl, AclEntry, Direction, NatScope, Protocol, Subnet, Target},
};

/// The ports that answers come back to (source: VPC guide, "Ephemeral ports").
const EPHEMERAL: (u16, u16) = (1024, u16::MAX);

/// The number of the last entry, which denies what is left.
const LAST: u16 = 32_767;

/// How far a number at the end stands from the one before: room for others.
const GAP: u16 = 10;

/// What must pass an ACL at the edge of a subnet.
struct Crossing {
    direction: Direction,
    ports: (u16, u16),
    others: Vec<IpNet>,
}

/// An entry for all that must pass the ACL and does not.
pub(super) fn entries(site: &Site<'_>, acl: &CloudId, note: &Note, packet: &Packet) -> Vec<Mend> {
    let Some(acl) = site.world.network.acls.get(acl) else { return Vec::new() };
    let mut wanted = BTreeSet::new();
    for crossing in note.seen.iter().flat_map(|seen| crossings(site, acl, note.rule, seen, packet)) {
        for other in crossing.others {
            if denier(acl, packet.protocol, &crossing.direction, crossing.ports, other).is_some() {
                wanted.insert((crossing.direction, crossing.ports, other));
            }
        }
    }
    let mut taken: BTreeSet<(Direction, u16)> = acl.entries.iter().map(|e| (e.direction, e.number)).collect();
    let mut mends = Vec::new();
    for (direction, ports, cidr) in wanted {
        let before = denier(acl, packet.protocol, &direction, ports, cidr).unwrap_or(LAST);
        let Some(number) = free_number(&taken, direction, before) else { continue };
        taken.insert((direction, number));
        let entry = AclEntry { number, direction, protocol: packet.protocol, ports, cidr, allow: true };
        mends.push(Mend::AddAclEntry { acl: acl.id.clone(), entry });
    }
    mends
}

/// Where the packets of a path and their answers cross the edges that this ACL guards, as far as the rule is about them.
fn crossings(site: &Site<'_>, acl: &Acl, rule: RuleId, seen: &Seen, packet: &Packet) -> Vec<Crossing> {
    let subnets = &site.world.network.subnets;
    let Some(from) = subnets.get(&seen.subnet) else { return Vec::new() };
    let guards = |subnet: &Subnet| site.acl_of(subnet).is_some_and(|found| found.id == acl.id);
    let there = ports(packet);
    let back = if there == (0, u16::MAX) { there } else { EPHEMERAL };
    let outside = || few(&seen.to);
    let sender = || match seen.to.first() {
        Some(IpNet::V6(_)) => from.cidr_v6.map(IpNet::V6).into_iter().collect(),
        _ => vec![IpNet::V4(from.cidr)],
    };
    let crossing = |direction, ports, others| Crossing { direction, ports, others };
    let own = guards(from);
    // The subnet of the destination, where that is inside.
    let inside = seen.to.first().filter(|_| seen.bypass);
    let target = inside.and_then(|to| site.subnets(&from.network).iter().find(|subnet| subnet.holds(to.addr())));
    let target = target.is_some_and(|subnet| guards(subnet));
    let mut found = Vec::new();
    match rule {
        RuleId::NaclBlocksForward => {
            found.extend(own.then(|| crossing(Direction::Egress, there, outside())));
            found.extend(target.then(|| crossing(Direction::Ingress, there, sender())));
        }
        RuleId::NaclBlocksReturn => {
            found.extend(own.then(|| crossing(Direction::Ingress, back, outside())));
            found.extend(target.then(|| crossing(Direction::Egress, back, sender())));
        }
        RuleId::TgwNaclBlocks => {
            for stands in site.hub_subnets().filter(|subnet| guards(subnet)) {
                if stands.network != from.network {
                    found.push(crossing(Direction::Egress, there, outside()));
                    found.push(crossing(Direction::Ingress, back, outside()));
                } else if stands.zone == from.zone {
                    found.push(crossing(Direction::Ingress, there, sender()));
                    found.extend((stands.id != from.id).then(|| crossing(Direction::Egress, back, sender())));
                }
            }
        }
        _ => {
            for stands in translators(site, from, seen).filter(|subnet| guards(subnet)) {
                found.push(crossing(Direction::Egress, there, outside()));
                found.push(crossing(Direction::Ingress, back, outside()));
                if stands.id != from.id {
                    found.push(crossing(Direction::Ingress, there, sender()));
                    found.push(crossing(Direction::Egress, back, sender()));
                }
            }
        }
    }
    found
}

/// The subnets of the NAT gateways on a path, and of the machine that its route leads to.
fn translators<'w>(site: &Site<'w>, from: &Subnet, seen: &Seen) -> impl Iterator<Item = &'w Subnet> {
    let part = &site.world.network;
    let nats = seen.nats.iter().filter_map(|id| site.world.gateway.nat_gateways.get(id));
    let of_nats = nats.filter_map(|nat| match &nat.scope {
        NatScope::Subnet(subnet) => Some(subnet),
        NatScope::Region { .. } => None,
    });
    let route = site.table_of(from).and_then(|table| site.route_for(table, seen.to.first()?));
    let interface = route.and_then(|route| match &route.target {
        Target::Interface(id) => Some(id),
        Target::Instance(id) => part.machines.get(id)?.interface.as_ref(),
        _ => None,
    });
    let of_machine = interface.and_then(|id| part.interfaces.get(id)).map(|interface| &interface.subnet);
    of_nats.chain(of_machine).filter_map(|id| part.subnets.get(id))
}

/// The first entry that denies some of it; `None` where one entry before allows it all.
fn denier(acl: &Acl, protocol: Protocol, direction: &Direction, ports: (u16, u16), other: IpNet) -> Option<u16> {
    let is_for = |entry: &&AclEntry| {
        entry.direction == *direction && (entry.protocol == Protocol::All || entry.protocol == protocol)
    };
    let mut entries: Vec<&AclEntry> = acl.entries.iter().filter(is_for).collect();
    entries.sort_by_key(|entry| entry.number);
    for entry in entries {
        let (first, last) = if entry.protocol == Protocol::All { (0, u16::MAX) } else { entry.ports };
        let covers = first <= ports.0 && ports.1 <= last && entry.cidr.contains(&other);
        let meets = first <= ports.1
            && ports.0 <= last
            && (entry.cidr.contains(&other.addr()) || other.contains(&entry.cidr.addr()));
        if entry.allow && covers {
            return None;
        }
        if !entry.allow && meets {
            return Some(entry.number);
        }
    }
    Some(LAST)
}

/// A number that no entry of the direction has, below the one that denies.
fn free_number(taken: &BTreeSet<(Direction, u16)>, direction: Direction, before: u16) -> Option<u16> {
    let last = taken.range((direction, 1)..(direction, LAST)).next_back().map_or(0, |(_, number)| *number);
    let at_end = last.saturating_add(GAP);
    if before == LAST && at_end < LAST {
        return Some(at_end);
    }
    (1..before).rev().find(|number| !taken.contains(&(direction, *number)))
}
