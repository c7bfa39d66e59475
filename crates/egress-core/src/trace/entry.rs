//! Where a packet comes into the network of what takes it, and how answers get out of that network again.

use ipnet::IpNet;

use super::{
    Atlas, Reason, RuleId,
    path::{Packet, Sender},
    route::{self, Choice},
    span::{Cuts, Share, Span, prefixes},
    way::Way,
};
use crate::{
    CloudId,
    world::{Route, RouteState, RouteTable, Subnet, Target},
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
    /// What the routes to the sender must lead to.
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

    /// Checks that the table of what answers leads back to the sender, from wherever in its network it sends.
    pub(super) fn lead_back(
        &self,
        world: &Atlas<'_>,
        sender: &Sender<'_>,
        packet: &Packet,
        table: &RouteTable,
        way: &mut Way,
    ) {
        let cuts = cuts_of(world, table);
        let Some(Back { by, rule }) = &self.back else {
            return stay(world, sender, packet, table, &cuts, way);
        };
        let leads = |route: &Route| &route.target == by && route.state == RouteState::Active;
        let mut reach = Reach::default();
        for piece in sender.ranges(packet).iter().flat_map(|net| Cuts::split(&[&cuts], Span::of(net))) {
            match route::choose(world, table, piece.representative()) {
                Choice::Route(route) => reach.count(piece, leads(route)),
                Choice::Likely { missing, .. } => missing.into_iter().for_each(|what| way.miss(what)),
                Choice::OneOf(routes, missing) if routes.iter().flatten().any(|route| leads(route)) => {
                    missing.into_iter().for_each(|what| way.miss(what));
                }
                Choice::None | Choice::OneOf(..) => reach.count(piece, false),
            }
        }
        let place = Place { kind: "route-table", table: &table.id, by: by.to_string() };
        reach.tell(&place, &sender.show_ranges(packet), *rule, way);
    }
}

/// Checks that answers within the network take its local route. A static route that is more specific leads them elsewhere (source:
/// VPC guide, "Middlebox routing"): to what takes them, or to nothing; either is said to be missing.
fn stay(world: &Atlas<'_>, sender: &Sender<'_>, packet: &Packet, table: &RouteTable, cuts: &Cuts, way: &mut Way) {
    for piece in sender.ranges(packet).iter().flat_map(|net| Cuts::split(&[cuts], Span::of(net))) {
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
