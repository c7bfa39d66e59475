//! Destinations of this World that a packet comes to from the internet: by a public address of theirs.

use ipnet::IpNet;

use super::{
    Atlas, Reason, RuleId, SourceAddress,
    acl::{self, Crossing, Leg, Peer},
    group, inside,
    path::Packet,
    route::{self, Choice, Lookup},
    way::Way,
};
use crate::{
    CloudId,
    world::{Direction, Interface, Listing, Route, RouteState, Target},
};

/// Follows a packet from the internet to the interface that its destination is an address of, and the answers back.
///
/// The filters there see the public source, not the sender's group, and the answers must find a way to the internet
/// (source: VPC guide, "Security group rules" and "Enable internet access").
pub(super) fn arrive(world: &Atlas<'_>, packet: &Packet, interface: &Interface, way: &mut Way) {
    let Some(subnet) = world.network.subnets.get(&interface.subnet) else {
        return way.lack(world, Listing::Subnets, format!("the subnet {} of {}", interface.subnet, interface.id));
    };
    let mut sources = Vec::new();
    for source in way.sources() {
        match ranges(source) {
            Some(range) => sources.push(range),
            None => return way.miss(format!("whether {} lets in {source}", interface.id)),
        }
    }
    let cross = |direction, leg, rule, way: &mut Way| {
        acl::cross(world, packet, &Crossing { subnet, direction, leg, peer: Peer::Public(&sources) }, rule, way);
    };
    cross(Direction::Ingress, Leg::There, RuleId::NaclBlocksForward, way);
    if inside::is_host(interface, way) {
        group::let_in_public(world, &sources, packet, interface, way);
    }
    way.hop("interface", Some(&interface.id), format!("holds the destination in {}", subnet.id));
    inside::check_runs(world, interface, way);
    cross(Direction::Egress, Leg::Back, RuleId::NaclBlocksReturn, way);
    for source in &sources {
        match route::lookup(world, subnet, source.addr()) {
            None => way.miss(route::no_table(world, subnet)),
            Some(Lookup { choice: Choice::OneOf(_, missing) | Choice::Likely { missing, .. }, .. }) => {
                missing.into_iter().for_each(|what| way.miss(what));
            }
            Some(Lookup { table, choice: Choice::Route(route) }) => {
                check_way_back(world, &interface.network, &table.id, Some(route), *source, way);
            }
            Some(Lookup { table, choice: Choice::None }) => {
                check_way_back(world, &interface.network, &table.id, None, *source, way);
            }
        }
    }
}

fn check_way_back(
    world: &Atlas<'_>,
    network: &CloudId,
    table: &CloudId,
    route: Option<&Route>,
    source: IpNet,
    way: &mut Way,
) {
    let gateway = route.filter(|route| route.state == RouteState::Active).and_then(|route| match &route.target {
        Target::InternetGateway(id) => Some(id),
        _ => None,
    });
    let to = SourceAddress::Private(source);
    let detail = match (gateway, gateway.and_then(|id| world.gateway.internet_gateways.get(id))) {
        (Some(_), Some(found)) if found.network.as_ref() == Some(network) => return,
        (Some(id), Some(_)) => format!("{table} sends answers to {to} to {id}, which is not attached to {network}"),
        (Some(id), None) => {
            return way.lack(world, Listing::InternetGateways, format!("the internet gateway {id}"));
        }
        (None, _) => format!("no route of {table} takes answers to {to} to an internet gateway"),
    };
    way.block(Reason::new(RuleId::NoReturnRoute, Some(table), detail));
}

/// The public addresses that a source may be; `None` where nobody knows.
fn ranges(source: &SourceAddress) -> Option<IpNet> {
    match source {
        SourceAddress::Fixed { ip, .. } => Some(IpNet::from(std::net::IpAddr::V4((*ip)?))),
        SourceAddress::Mapped(ip) => Some(IpNet::from(std::net::IpAddr::V4(*ip))),
        SourceAddress::Own(range) => Some(IpNet::V6(*range)),
        SourceAddress::Private(_) | SourceAddress::Unfixed => None,
    }
}
