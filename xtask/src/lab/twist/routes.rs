//! Which route decides.

use egress_core::{CloudId, world::*};

use super::super::{
    case::Probe,
    plain,
    world::{Draft, RANGE},
};

/// The table has nothing but the local route.
pub(super) fn no_route(draft: &mut Draft, at: &CloudId) {
    draft.table(at).routes.truncate(1);
}

/// The subnet is left to the main table, which leads nowhere.
pub(super) fn main_table(draft: &mut Draft, at: &CloudId) {
    draft.table(at).associations.clear();
}

/// The same, but the main table leads out.
pub(super) fn main_table_serves(draft: &mut Draft, at: &CloudId) {
    let Some(target) = draft.default_target(at) else { return };
    main_table(draft, at);
    let main = draft.world.network.route_tables.entry("rtb-main".into());
    main.and_modify(|table| {
        table.routes.truncate(1);
        table.routes.push(plain::default_to(target));
    });
}

pub(super) fn blackhole(draft: &mut Draft, at: &CloudId) {
    let gone = plain::default_to(Target::InternetGateway("igw-gone".into()));
    draft.route(at, Route { state: RouteState::Blackhole, ..gone });
}

/// A longer prefix has lost its target: only what it is for dies.
pub(super) fn specific_blackhole(draft: &mut Draft, at: &CloudId) {
    let (_, range) = draft.asked();
    let gone = plain::route(range, Target::Peering("pcx-gone".into()));
    draft.route(at, Route { state: RouteState::Blackhole, ..gone });
}

/// The default route, or a longer one, is refused by the cloud.
pub(super) fn filtered(draft: &mut Draft, at: &CloudId) {
    let (_, range) = draft.asked();
    let range = if draft.rng.bool() { range } else { "0.0.0.0/0" };
    let target = draft.default_target(at).unwrap_or(Target::NatGateway("nat1".into()));
    draft.route(at, Route { state: RouteState::Filtered, ..plain::route(range, target) });
}

/// A longer prefix leads to another NAT gateway.
pub(super) fn specific_nat(draft: &mut Draft, at: &CloudId) {
    let (_, range) = draft.asked();
    let before = draft.default_target(at);
    let (nat, _) = draft.own_nat(at);
    draft.route(at, plain::route(range, Target::NatGateway(nat)));
    before.into_iter().for_each(|target| draft.route(at, plain::default_to(target)));
}

/// A prefix that loses its target stands between two that lead out.
pub(super) fn three_lengths(draft: &mut Draft, at: &CloudId) {
    let (host, range) = ([93, 184, 215, 14], "93.184.215.0/24");
    let port = draft.port();
    draft.ask(Probe { to: host.into(), port });
    specific_nat(draft, at);
    let gone = plain::route("93.184.128.0/17", Target::Peering("pcx-gone".into()));
    draft.route(at, Route { state: RouteState::Blackhole, ..gone });
    let (nat, _) = draft.own_nat(at);
    draft.route(at, plain::route(range, Target::NatGateway(nat)));
}

/// A new list with this range, and no route to another one in the table of a subnet: which of two lists that overlap decides is
/// not documented.
fn list(draft: &mut Draft, at: &CloudId, range: &str) -> String {
    let routes = &mut draft.table(at).routes;
    routes.retain(|route| {
        matches!((&route.destination, &route.target), (Destination::Cidr(_), _) | (_, Target::Endpoint(_)))
    });
    let id = format!("pl-{}", draft.world.network.prefix_lists.len());
    let list = plain::prefix_list(&id, &["192.0.2.0/24", range, "100.100.0.0/16"]);
    draft.world.network.prefix_lists.insert(id.as_str().into(), list);
    id
}

/// A prefix list leads to another NAT gateway.
pub(super) fn prefix_list(draft: &mut Draft, at: &CloudId) {
    let (_, range) = draft.asked();
    let before = draft.default_target(at);
    let (nat, _) = draft.own_nat(at);
    let list = list(draft, at, range);
    draft.route(at, plain::list_route(&list, Target::NatGateway(nat)));
    before.into_iter().for_each(|target| draft.route(at, plain::default_to(target)));
}

pub(super) fn prefix_list_blackhole(draft: &mut Draft, at: &CloudId) {
    let (_, range) = draft.asked();
    let list = list(draft, at, range);
    let gone = plain::list_route(&list, Target::NatGateway("nat-gone".into()));
    draft.route(at, Route { state: RouteState::Blackhole, ..gone });
}

/// A range and a prefix list are for the same packets: the range decides.
pub(super) fn prefix_list_loses(draft: &mut Draft, at: &CloudId) {
    let (_, range) = draft.asked();
    prefix_list_blackhole(draft, at);
    let (nat, _) = draft.own_nat(at);
    draft.route(at, plain::route(range, Target::NatGateway(nat)));
}

/// A route that was written and one that a private gateway told are for the same packets: what was written decides.
pub(super) fn propagated_loses(draft: &mut Draft, at: &CloudId) {
    let told = plain::default_to(Target::PrivateGateway("vgw".into()));
    draft.route(at, Route { origin: RouteOrigin::Propagated, ..told });
}

/// Links that are not in force, and one with a gateway, do not count.
pub(super) fn links_not_in_force(draft: &mut Draft, at: &CloudId) {
    for (name, with, active) in [
        ("rtb-0-leaving", AssociatedWith::Subnet(at.clone()), false),
        ("rtb-0-main", AssociatedWith::Main, false),
        ("rtb-0-edge", AssociatedWith::Gateway("igw".into()), true),
    ] {
        let mut table = plain::table(name, super::super::world::NETWORK, RANGE, with.clone());
        table.associations = vec![plain::link(name, with, active)];
        draft.world.network.route_tables.insert(name.into(), table);
    }
}

/// All of the function's subnets use one table.
pub(super) fn shared_table(draft: &mut Draft, at: &CloudId) {
    for other in draft.subnets.clone() {
        let links = std::mem::take(&mut draft.table(&other).associations);
        draft.table(at).associations.extend(links);
    }
}

/// An address that is never forwarded.
pub(super) fn reserved(draft: &mut Draft, _: &CloudId) {
    let port = draft.port();
    draft.ask(Probe { to: [169, 254, 170, 4].into(), port });
}
