//! Destinations inside the network, with a group and perhaps an ACL of their own.

use std::net::Ipv4Addr;

use egress_core::{
    CloudId,
    world::{Direction, InterfaceKind, Peer, Route, RouteOrigin, RouteState, Target},
};

use super::{
    super::{
        case::Probe,
        plain,
        world::{Draft, GROUP, NETWORK, RANGE},
    },
    acls,
};

/// The subnet that destinations are in where they are not in the function's own.
const SUBNET: (&str, &str, u8) = ("data", "10.0.50.0/24", 50);

/// A host with the group `sg-NAME`, which takes the function's connections; it is asked for.
fn host(draft: &mut Draft, subnet: &CloudId, name: &str, ip: Ipv4Addr) -> Probe {
    let (id, group) = (format!("eni-{name}"), format!("sg-{name}"));
    let mut interface = plain::interface(&id, NETWORK, subnet, InterfaceKind::Machine, ip);
    interface.groups.insert(group.as_str().into());
    draft.world.network.interfaces.insert(id.as_str().into(), interface);
    let probe = Probe { to: ip, port: draft.port() };
    let peer = match draft.rng.u8(..3) {
        0 => Peer::Group(GROUP.into()),
        1 => plain::peer(RANGE),
        _ => {
            let list = plain::prefix_list("pl-inside", &["192.168.0.0/16", RANGE]);
            draft.world.network.prefix_lists.insert("pl-inside".into(), list);
            Peer::PrefixList("pl-inside".into())
        }
    };
    draft.group(&group).ingress = vec![plain::rule(probe.port, peer)];
    draft.ask(probe);
    probe
}

fn data(draft: &mut Draft) -> (CloudId, Probe) {
    let subnet = draft.subnet(SUBNET.0, SUBNET.2);
    let probe = host(draft, &subnet, "data", [10, 0, SUBNET.2, 20].into());
    (subnet, probe)
}

pub(super) fn elsewhere(draft: &mut Draft, _: &CloudId) {
    data(draft);
}

/// In the function's own subnet, whose ACL would forbid it: it is not met inside.
pub(super) fn same_subnet(draft: &mut Draft, at: &CloudId) {
    let ip = Ipv4Addr::new(10, 0, 1 + draft.place(at), 50);
    host(draft, at, &format!("near-{at}"), ip);
    let range = draft.range(at);
    for direction in [Direction::Ingress, Direction::Egress] {
        draft.acl(at).entries.push(plain::entry(40, direction, None, &range, false));
    }
}

/// An address that no interface holds.
pub(super) fn nobody(draft: &mut Draft, _: &CloudId) {
    data(draft);
    let probe = Probe { to: [10, 0, SUBNET.2, 21].into(), port: draft.port() };
    draft.ask(probe);
}

pub(super) fn no_ingress(draft: &mut Draft, _: &CloudId) {
    data(draft);
    draft.group("sg-data").ingress.clear();
}

/// Ingress of another port, or from others.
pub(super) fn other_ingress(draft: &mut Draft, _: &CloudId) {
    let (_, probe) = data(draft);
    let rule = match draft.rng.u8(..3) {
        0 => plain::rule(5432, Peer::Group(GROUP.into())),
        1 => plain::rule(probe.port, Peer::Group("sg-data".into())),
        _ => plain::rule(probe.port, plain::peer("10.0.200.0/24")),
    };
    draft.group("sg-data").ingress = vec![rule];
}

pub(super) fn acl_in(draft: &mut Draft, at: &CloudId) {
    let (subnet, _) = data(draft);
    let range = draft.range(at);
    acls::stop(draft, &subnet, Direction::Ingress, ((0, 1023), &range), (Some((1024, u16::MAX)), RANGE));
}

pub(super) fn acl_back(draft: &mut Draft, at: &CloudId) {
    let (subnet, _) = data(draft);
    let range = draft.range(at);
    acls::stop(draft, &subnet, Direction::Egress, ((1024, u16::MAX), &range), (Some((0, 1023)), RANGE));
}

pub(super) fn gap(draft: &mut Draft, at: &CloudId) {
    let (subnet, _) = data(draft);
    let range = draft.range(at);
    acls::gap(draft, &subnet, Direction::Egress, &range);
}

/// A longer prefix that a private gateway told does not draw packets out of the network.
pub(super) fn propagated_loses(draft: &mut Draft, at: &CloudId) {
    data(draft);
    let told = plain::route(SUBNET.1, Target::PrivateGateway("vgw".into()));
    draft.route(at, Route { origin: RouteOrigin::Propagated, ..told });
}

/// A longer prefix that somebody wrote does.
pub(super) fn static_wins(draft: &mut Draft, at: &CloudId) {
    data(draft);
    let gone = plain::route(SUBNET.1, Target::Interface("eni-gone".into()));
    draft.route(at, Route { state: RouteState::Blackhole, ..gone });
}
