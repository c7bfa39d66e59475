//! Security groups: stateful filters on interfaces.
//!
//! What any rule of any group of an interface lets through passes, and its answers too; everything else is dropped, all of it
//! where there is no rule (source: VPC guide, "Security group rules").

use std::{borrow::Cow, collections::BTreeSet};

use ipnet::IpNet;

use super::{
    Atlas, Reason, RuleId,
    acl::{covers_protocol, has_ports, show_all},
    entry::{Back, Entry},
    path::{Packet, Sender},
    route,
    span::{Cuts, Share, Span},
    special,
    way::Way,
};
use crate::{
    CloudId,
    world::{Interface, InterfaceKind, Listing, Peer, Protocol, Rule, Target},
};

/// Checks that the sender's groups let a packet out.
pub(super) fn let_out(world: &Atlas<'_>, sender: &Sender<'_>, packet: &Packet, way: &mut Way) {
    let Some(groups) = sender.groups else {
        if sender.id.is_some() {
            return;
        }
        // An imagined group lets everything out; which one an interface would really have, nobody knows.
        return world.unread(Listing::SecurityGroups).into_iter().for_each(|what| way.miss(what));
    };
    let found = admit(world, groups, packet, &FarEnd::Destination([packet.to.into()]));
    if found.share.is_all() {
        return way.hop("security-group", found.by, format!("{} lets {packet} out", found.rule));
    }
    if !found.missing.is_empty() {
        return found.missing.into_iter().for_each(|what| way.miss(what));
    }
    let detail = format!("no egress rule of {} lets {packet} out", list(groups, &sender.name()));
    way.hop("security-group", groups.first(), detail.clone());
    way.block(Reason::new(RuleId::SgEgressBlocks, groups.first(), detail).fix(format!(
        "add an egress rule for {packet} and the destination to {}",
        groups.first().map_or("a group of the sender's", CloudId::as_str)
    )));
}

/// The interface that a packet is handed to.
pub(super) struct Guest<'a> {
    /// The interface.
    pub(super) interface: &'a Interface,
    /// Where the packet came into its network.
    pub(super) entry: &'a Entry<'a>,
}

/// Checks that the groups of the interface that a packet is handed to let it in.
pub(super) fn let_in(world: &Atlas<'_>, sender: &Sender<'_>, packet: &Packet, guest: &Guest<'_>, way: &mut Way) {
    let far = FarEnd::Sender { sender, ranges: sender.ranges(packet), entry: guest.entry };
    let_in_from(world, &far, packet, guest.interface, way);
}

/// The same for a packet from the internet: no group is seen there, just a public source.
pub(super) fn let_in_public(
    world: &Atlas<'_>,
    sources: &[IpNet],
    packet: &Packet,
    interface: &Interface,
    way: &mut Way,
) {
    let_in_from(world, &FarEnd::Public(sources), packet, interface, way);
}

fn let_in_from(world: &Atlas<'_>, far: &FarEnd<'_>, packet: &Packet, interface: &Interface, way: &mut Way) {
    let groups = &interface.groups;
    if groups.is_empty() {
        return way.miss(format!("what the interface {}, which has no security group, lets in", interface.id));
    }
    let found = admit(world, groups, packet, far);
    if found.share.is_all() {
        return way.hop("security-group", found.by, format!("{} lets {packet} in", found.rule));
    }
    if !found.missing.is_empty() {
        return found.missing.into_iter().for_each(|what| way.miss(what));
    }
    let none = found.share.is_none();
    let whom = if none { String::new() } else { format!(" from {} of the possible sources", found.share.closed()) };
    let detail = format!("no ingress rule of {} lets {packet} in{whom}", list(groups, "the destination"));
    way.hop("security-group", groups.first(), detail.clone());
    let rule = match interface.kind {
        InterfaceKind::Endpoint => RuleId::VpceSgBlocks,
        _ => RuleId::SgIngressBlocks,
    };
    let mut reason = Reason::new(rule, groups.first(), detail);
    if let (FarEnd::Public(sources), Some(group)) = (far, groups.first()) {
        reason = reason.fix(format!("add an ingress rule for {packet} from {} to {group}", show_all(sources)));
    }
    if none { way.block(reason) } else { way.block_some(reason) }
}

/// The other end of a connection, seen from the groups.
enum FarEnd<'a> {
    /// The destination: its groups, if it has any, are found by its address.
    Destination([IpNet; 1]),
    /// The sender: its groups are known, its address perhaps not; every address that it may have.
    Sender { sender: &'a Sender<'a>, ranges: Vec<IpNet>, entry: &'a Entry<'a> },
    /// What the internet sees of the sender.
    Public(&'a [IpNet]),
}

impl FarEnd<'_> {
    /// Every address that it may have.
    fn ranges(&self) -> &[IpNet] {
        match self {
            Self::Destination(address) => address,
            Self::Sender { ranges, .. } => ranges,
            Self::Public(sources) => sources,
        }
    }
}

/// What groups let through.
struct Admission<'w> {
    share: Share,
    /// A group that lets something through.
    by: Option<&'w CloudId>,
    /// Its rule, for people.
    rule: String,
    /// What would have to be known of the rules that may let the rest through.
    missing: Vec<String>,
}

fn admit<'w>(world: &'w Atlas<'_>, groups: &'w BTreeSet<CloudId>, packet: &Packet, far: &FarEnd<'_>) -> Admission<'w> {
    let mut found = Admission { share: Share::default(), by: None, rule: String::new(), missing: Vec::new() };
    let mut open: Vec<Span> = Vec::new();
    for id in groups {
        let Some(group) = world.network.groups.get(id) else {
            found.missing.push(world.lacking(Listing::SecurityGroups, format!("the security group {id}")));
            continue;
        };
        let rules = match far {
            FarEnd::Destination(_) => &group.egress,
            FarEnd::Sender { .. } | FarEnd::Public(_) => &group.ingress,
        };
        for rule in rules.iter().filter(|rule| is_for(rule, packet)) {
            let spans = match admitted(world, rule, far) {
                Ok(spans) => spans,
                Err(what) => {
                    found.missing.push(format!("{what}, which a rule of {id} names"));
                    continue;
                }
            };
            if found.by.is_none() && far.ranges().iter().any(|net| spans.iter().any(|s| s.meets(Span::of(net)))) {
                found.by = Some(id);
                found.rule = format!("the rule {} of {id}", show(rule));
            }
            open.extend(spans);
        }
    }
    let mut cuts = Cuts::NONE;
    open.iter().for_each(|span| cuts.around(*span));
    for piece in far.ranges().iter().flat_map(|net| Cuts::split(&[&cuts], Span::of(net))) {
        found.share.count(piece.len(), open.iter().any(|span| span.holds(piece)));
    }
    found
}

/// The addresses of a rule's other end; what is missing where the World does not tell.
fn admitted(world: &Atlas<'_>, rule: &Rule, far: &FarEnd<'_>) -> Result<Vec<Span>, String> {
    match (&rule.peer, far) {
        (Peer::Group(group), FarEnd::Sender { sender, ranges, entry }) => {
            let is_member = sender.groups.is_some_and(|groups| groups.contains(group));
            // A peering carries references to groups; a hub does where it and both attachments are told to.
            if let (true, Some(Back { by: Target::TransitGateway(hub), .. })) = (is_member, &entry.back) {
                return Err(format!("whether {hub} carries references to the security group {group}"));
            }
            return Ok(if is_member { ranges.iter().map(Span::of).collect() } else { Vec::new() });
        }
        // Members are known by their own addresses, which in IPv4 are private (source: VPC guide, "Security group referencing").
        (Peer::Group(_), FarEnd::Public([IpNet::V4(_), ..])) => return Ok(Vec::new()),
        // A group of another account has members that nobody here sees.
        (Peer::Group(group), FarEnd::Destination([address])) if may_be_member(address) => {
            let foreign = !world.network.groups.contains_key(group);
            if let Some(unread) = world.unread(Listing::Interfaces) {
                return Err(format!("the members of the security group {group} ({unread})"));
            }
            if foreign {
                return Err(format!("the members of the security group {group}"));
            }
        }
        _ => {}
    }
    let ranges = peer_ranges(world, &rule.peer);
    let ranges = ranges.ok_or_else(|| match &rule.peer {
        Peer::PrefixList(list) => route::no_list(world, list),
        peer => format!("the ranges of {}", show_peer(peer)),
    })?;
    Ok(ranges.iter().map(Span::of).collect())
}

/// Whether an address may be an interface's own: in IPv4 private ones alone are.
fn may_be_member(address: &IpNet) -> bool {
    address.addr().is_ipv6() || special::is_private(address.addr())
}

/// The ranges of a rule's other end: for a group the addresses of its members. `None` where the World does not know the list.
pub(super) fn peer_ranges<'w>(world: &'w Atlas<'_>, peer: &'w Peer) -> Option<Cow<'w, [IpNet]>> {
    match peer {
        Peer::Cidr(cidr) => Some(Cow::Borrowed(std::slice::from_ref(cidr))),
        Peer::PrefixList(list) => world.network.prefix_lists.get(list)?.cidrs.as_deref().map(Cow::Borrowed),
        Peer::Group(group) => Some(world.members(group).iter().copied().flat_map(Interface::ranges).collect()),
    }
}

fn is_for(rule: &Rule, packet: &Packet) -> bool {
    let any_port = rule.protocol == Protocol::All || !has_ports(packet.protocol);
    covers_protocol(rule.protocol, packet.protocol)
        && (any_port || (rule.ports.0..=rule.ports.1).contains(&packet.port))
}

/// Groups for people, or who has none.
fn list(groups: &BTreeSet<CloudId>, who: &str) -> String {
    if groups.is_empty() {
        return format!("{who}, which has no security group,");
    }
    groups.iter().map(CloudId::as_str).collect::<Vec<_>>().join(", ")
}

fn show(rule: &Rule) -> String {
    let ports = match rule.ports {
        (0, u16::MAX) => String::new(),
        _ if !has_ports(rule.protocol) => String::new(),
        (first, last) if first == last => format!(" {first}"),
        (first, last) => format!(" {first}-{last}"),
    };
    format!("{}{ports} {}", rule.protocol, show_peer(&rule.peer))
}

fn show_peer(peer: &Peer) -> String {
    match peer {
        Peer::Cidr(cidr) => cidr.to_string(),
        Peer::Group(id) | Peer::PrefixList(id) => id.to_string(),
    }
}
