//! Where a packet comes into the network of what takes it, and how answers get out of that network again.

use ipnet::IpNet;

use super::{
    Atlas, Reason, RuleId,
    acl::{self, Crossing, Leg, Peer},
    path::{Packet, Sender},
    route::{self, Choice},
    span::{Cuts, Share, Span, prefixes},
    transit,
    way::Way,
};
use crate::{
    CloudId,
    world::{Direction, Route, RouteState, RouteTable, Subnet, Target},
};

/// Where a packet comes into a network.
#[derive(Clone, Debug)]
pub(super) struct Entry<'w> {
    /// The network.
    pub(super) network: &'w CloudId,
    /// The subnet that it comes from: the sender's own, or the one that a hub has its interface in. A peering has none.
    pub(super) subnet: Option<&'w Subnet>,
    /// How answers get back to the sender's network; `None` where the sender is in the same one.
    pub(super) back: Option<Back>,
}

/// How answers get back to the sender's network.
#[derive(Clone, Debug)]
pub(super) struct Back {
    /// What the packet came by. Answers may take another way, if it leads to the sender's network too.
    pub(super) by: Target<CloudId>,
    /// What answers die by where there is no such route.
    pub(super) rule: RuleId,
}

impl<'w> Entry<'w> {
    /// The sender's own subnet.
    pub(super) fn own(sender: &Sender<'w>) -> Self {
        Self { network: &sender.subnet.network, subnet: Some(sender.subnet), back: None }
    }

    /// Whether a packet that is handed to something in a subnet stays in that subnet: it then meets no ACL.
    pub(super) fn stays_in(&self, subnet: &Subnet) -> bool {
        self.subnet.is_some_and(|own| own.id == subnet.id)
    }

    /// Follows answers to the sender, at whichever of its addresses, from a subnet with this table; a NAT gateway may be in no
    /// subnet.
    pub(super) fn lead_back(
        &self,
        world: &Atlas<'_>,
        sender: &Sender<'_>,
        packet: &Packet,
        (from, table): (Option<&Subnet>, &RouteTable),
        way: &mut Way,
    ) {
        let Some(back) = &self.back else {
            return stay(world, sender, packet, table, way);
        };
        // What takes a packet from a hub in its own subnet meets that subnet's ACL only when it answers (source: transit gateway
        // guide, "Network ACLs").
        if let Some(subnet) = from.filter(|subnet| self.stays_in(subnet)) {
            let crossing =
                Crossing { subnet, direction: Direction::Egress, leg: Leg::Back, peer: Peer::Sender(sender) };
            acl::cross(world, packet, &crossing, RuleId::TgwNaclBlocks, way);
        }
        let ways = self.ways_back(world, sender, packet, table, back, way);
        for (target, pieces) in ways {
            if let Target::TransitGateway(hub) = target {
                let answers = transit::Answers { network: self.network, from, pieces };
                transit::lead_back(world, sender, packet, &answers, hub, way);
            }
        }
    }

    /// What the table gives answers to that leads to the sender's network, each with those of its addresses that it is for.
    fn ways_back<'t>(
        &self,
        world: &Atlas<'_>,
        sender: &Sender<'_>,
        packet: &Packet,
        table: &'t RouteTable,
        back: &Back,
        way: &mut Way,
    ) -> Vec<(&'t Target<CloudId>, Vec<Span>)> {
        let leads = |route: &Route| {
            let joins = route.target == back.by || self.joins(world, &route.target, &sender.subnet.network);
            joins && route.state == RouteState::Active
        };
        let cuts = cuts_of(world, table);
        let mut ways: Vec<(&Target<CloudId>, Vec<Span>)> = Vec::new();
        let mut reach = Reach::default();
        for piece in sender.ranges(packet).iter().flat_map(|net| Cuts::split(&[&cuts], Span::of(net))) {
            match route::choose(world, table, piece.representative()) {
                Choice::Route(route) if leads(route) => {
                    reach.count(piece, true);
                    match ways.iter_mut().find(|(target, _)| *target == &route.target) {
                        Some((_, pieces)) => pieces.push(piece),
                        None => ways.push((&route.target, vec![piece])),
                    }
                }
                Choice::Likely { missing, .. } => missing.into_iter().for_each(|what| way.miss(what)),
                Choice::OneOf(routes, missing) if routes.iter().flatten().any(|route| leads(route)) => {
                    missing.into_iter().for_each(|what| way.miss(what));
                }
                Choice::Route(_) | Choice::None | Choice::OneOf(..) => reach.count(piece, false),
            }
        }
        let by = match ways.as_slice() {
            [] => back.by.to_string(),
            ways => ways.iter().map(|(target, _)| target.to_string()).collect::<Vec<_>>().join(" and "),
        };
        let place = Place { kind: "route-table", table: &table.id, by };
        reach.tell(&place, &sender.show_ranges(packet), back.rule, way);
        ways
    }

    /// Whether a target leads from this network into another.
    fn joins(&self, world: &Atlas<'_>, target: &Target<CloudId>, other: &CloudId) -> bool {
        match target {
            Target::Peering(id) => world.network.peerings.get(id).is_some_and(|peering| {
                let ends = [&peering.requester.network, &peering.accepter.network];
                peering.active && ends.contains(&self.network) && ends.contains(&other)
            }),
            Target::TransitGateway(hub) => {
                [self.network, other].iter().all(|end| transit::attachment_of(world, end, hub).is_some())
            }
            _ => false,
        }
    }
}

/// Checks that answers within the network take its local route. A static route that is more specific leads them elsewhere (source:
/// VPC guide, "Middlebox routing"): to what takes them, or to nothing; either is said to be missing.
fn stay(world: &Atlas<'_>, sender: &Sender<'_>, packet: &Packet, table: &RouteTable, way: &mut Way) {
    let cuts = cuts_of(world, table);
    for piece in sender.ranges(packet).iter().flat_map(|net| Cuts::split(&[&cuts], Span::of(net))) {
        if let Choice::Route(route) | Choice::Likely { route, .. } = route::choose(world, table, piece.representative())
            && route.target != Target::Local
        {
            let Route { destination, target, .. } = route;
            way.miss(format!(
                "what becomes of answers, which the route {destination} of {} gives to {target}",
                table.id
            ));
        }
    }
}

/// Where a table may treat destinations differently from the ones before.
fn cuts_of(world: &Atlas<'_>, table: &RouteTable) -> Cuts {
    let mut cuts = Cuts::NONE;
    for route in &table.routes {
        route::ranges(world, &route.destination).unwrap_or_default().iter().for_each(|net| cuts.around_net(net));
    }
    cuts
}

/// Which of the sender's addresses answers find.
#[derive(Clone, Debug, Default)]
pub(super) struct Reach {
    share: Share,
    lost: Vec<Span>,
}

/// A table that answers meet.
pub(super) struct Place<'a> {
    /// What sort of place it is.
    pub(super) kind: &'a str,
    /// The table.
    pub(super) table: &'a CloudId,
    /// What its routes would have to lead to.
    pub(super) by: String,
}

impl Reach {
    /// Counts some of the sender's addresses, which answers all find or all do not.
    pub(super) fn count(&mut self, piece: Span, found: bool) {
        self.share.count(piece.len(), found);
        if !found {
            self.lost.push(piece);
        }
    }

    /// Notes the table as a hop of the answers, or what it lacks.
    pub(super) fn tell(self, place: &Place<'_>, sender: &str, rule: RuleId, way: &mut Way) {
        let Place { kind, table, by } = place;
        if self.share == Share::default() {
            return;
        }
        if self.share.is_all() {
            return way.hop(kind, Some(table), format!("leads answers back to {sender} by {by}"));
        }
        let lost = prefixes(&self.lost).iter().map(show).collect::<Vec<_>>().join(" and ");
        let detail = format!("{table} does not lead answers back to {lost} by {by}");
        let fix = format!("add to {table} a route to {lost}, or to its whole network, that leads to {by}");
        let reason = Reason::new(rule, Some(table), detail.clone()).fix(fix);
        if self.share.is_none() {
            way.hop(kind, Some(table), detail);
            way.block(reason);
        } else {
            way.block_some(reason);
        }
    }
}

fn show(net: &IpNet) -> String {
    if net.prefix_len() == net.max_prefix_len() { net.addr().to_string() } else { net.to_string() }
}
