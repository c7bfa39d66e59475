//! The router of a network, as commands of `ip`: one kernel table for each route table, chosen by where a packet comes from.
//!
//! Sources: VPC guide, "Configure route tables" (the most specific route wins; static before propagated; the local route before
//! propagated ones inside of it; a blackhole drops) and "Subnet route tables" (the main table for subnets without their own).

use std::net::{IpAddr, Ipv4Addr};

use egress_core::{
    CloudId,
    world::{AssociatedWith, Destination, EndpointKind, Route, RouteOrigin, RouteState, RouteTable, Target, World},
};
use ipnet::{IpNet, Ipv4Net};

use super::{
    hosts::{Host, Role},
    net::{BEYOND, ROUTER, attached},
};
use crate::run::Result;

/// The kernel table that delivers inside the network.
const INSIDE: u32 = 100;
/// The kernel table of the first route table.
const FIRST: u32 = 1000;
/// What a route that matches nothing else has.
const LAST_METRIC: u32 = u32::MAX;

/// The router of the network with this place.
pub(super) fn name(place: usize) -> String {
    format!("rtr-{place}")
}

/// A network's place; one that is not in the World has none, and so no router.
pub(super) fn place(world: &World, network: &CloudId) -> usize {
    world.network.networks.keys().position(|id| id == network).unwrap_or(usize::MAX)
}

/// The peerings of a network that carry packets, with their places.
pub(super) fn peerings<'a>(world: &'a World, network: &'a CloudId) -> impl Iterator<Item = (&'a CloudId, usize)> {
    let all = world.network.peerings.values().enumerate().filter(|(_, peering)| peering.active);
    all.filter(move |(_, peering)| [&peering.requester.network, &peering.accepter.network].contains(&network))
        .map(|(place, peering)| (&peering.id, place))
}

/// The services that a network has a gateway endpoint for, with their places.
pub(super) fn services<'a>(world: &'a World, network: &'a CloudId) -> impl Iterator<Item = (&'a CloudId, usize)> {
    let all = world.network.endpoints.values().enumerate().filter(move |(_, endpoint)| &endpoint.network == network);
    all.filter(|(_, endpoint)| endpoint.available && matches!(endpoint.kind, EndpointKind::Gateway { .. }))
        .map(|(place, endpoint)| (&endpoint.id, place))
}

/// What the router of a network is set up with.
pub(super) fn ip(world: &World, network: &CloudId, hosts: &[Host]) -> Result<Vec<String>> {
    let hosts: Vec<_> = hosts.iter().filter(|host| &host.network == network).collect();
    let mut ip = vec!["link set lo up".to_owned()];
    let gateways = attached(world).filter(|(_, of, _)| *of == network).map(|(_, _, place)| format!("igw-{place}"));
    let services = services(world, network).map(|(_, place)| format!("svc-{place}"));
    let peerings = peerings(world, network).map(|(_, place)| format!("pcx-{place}"));
    let links = hosts.iter().map(|host| host.space.clone()).chain(gateways).chain(services).chain(peerings);
    for link in links {
        let own = if link.starts_with("pcx-") { peer_ends(world, network, &link).0 } else { ROUTER };
        ip.push(format!("link set {link} up"));
        ip.push(format!("address add {own}/32 dev {link}"));
    }
    ip.extend(inside(&hosts));
    for (table, number) in world.network.route_tables.values().filter(|table| &table.network == network).zip(FIRST..) {
        ip.extend(
            kernel_table(world, table, &hosts)?.into_iter().map(|route| format!("route add {route} table {number}")),
        );
        let users = hosts.iter().filter(|host| table_of(world, &host.subnet).is_some_and(|t| t.id == table.id));
        ip.extend(users.map(|host| format!("rule add pref 10 iif {} lookup {number}", host.space)));
    }
    Ok(ip)
}

/// What comes from hosts and the local route leads to, and what comes in from beyond: to the host with the address, or nowhere.
fn inside(hosts: &[&Host]) -> Vec<String> {
    let addresses = hosts.iter().flat_map(|host| host.ips.iter().map(move |own| (own, host)));
    let mut ip: Vec<_> =
        addresses.map(|(own, host)| format!("route add {own}/32 dev {} table {INSIDE}", host.space)).collect();
    ip.push(format!("route add blackhole default table {INSIDE}"));
    ip.push(format!("rule add pref 20 lookup {INSIDE}"));
    ip
}

/// A subnet's own table, or else the main one of its network; only links in force count.
fn table_of<'a>(world: &'a World, subnet: &CloudId) -> Option<&'a RouteTable> {
    let network = &world.network.subnets.get(subnet)?.network;
    let linked = |with: &AssociatedWith| {
        let tables = world.network.route_tables.values().filter(|table| &table.network == network);
        tables.into_iter().find(|table| table.associations.iter().any(|link| link.active && &link.with == with))
    };
    linked(&AssociatedWith::Subnet(subnet.clone())).or_else(|| linked(&AssociatedWith::Main))
}

/// The routes of a table as the kernel's.
fn kernel_table(world: &World, table: &RouteTable, hosts: &[&Host]) -> Result<Vec<String>> {
    let own = world.network.networks.get(&table.network).map(|network| network.cidrs.as_slice()).unwrap_or_default();
    let mut routes = Vec::new();
    for route in &table.routes {
        let way = way(world, &table.network, route, hosts)?;
        let metric = metric(route);
        for range in ranges(world, &route.destination)? {
            let in_local = own.iter().any(|cidr| cidr.contains(&range) && cidr != &range);
            if route.origin == RouteOrigin::Propagated && in_local {
                continue;
            }
            routes.push(match &way {
                Way::Inside => format!("throw {range} metric {metric}"),
                Way::Link { via, link } => format!("{range} via {via} dev {link} onlink metric {metric}"),
                Way::Nowhere => format!("blackhole {range} metric {metric}"),
            });
        }
    }
    routes.push(format!("blackhole default metric {LAST_METRIC}"));
    Ok(routes)
}

/// Among routes to the same range: those of the network itself, static ones, static ones by a prefix list, then propagated ones.
fn metric(route: &Route) -> u32 {
    match (route.origin, &route.destination) {
        (RouteOrigin::Table, _) => 1,
        (RouteOrigin::Static, Destination::Cidr(_)) => 10,
        (RouteOrigin::Static, Destination::PrefixList(_)) => 20,
        (RouteOrigin::Propagated, _) => 30,
    }
}

/// The IPv4 ranges that a route is for.
fn ranges(world: &World, destination: &Destination) -> Result<Vec<Ipv4Net>> {
    let nets = match destination {
        Destination::Cidr(net) => vec![*net],
        Destination::PrefixList(id) => world
            .network
            .prefix_lists
            .get(id)
            .and_then(|list| list.cidrs.clone())
            .ok_or_else(|| format!("the ranges of the prefix list {id} are not known"))?,
    };
    Ok(nets.into_iter().filter_map(|net| if let IpNet::V4(net) = net { Some(net) } else { None }).collect())
}

/// Where a route leads.
enum Way {
    /// To the hosts of the network itself.
    Inside,
    /// To what is on a link.
    Link { via: Ipv4Addr, link: String },
    /// Packets end there.
    Nowhere,
}

/// A route that is not active drops, and so does one whose target is not there or not of this network.
fn way(world: &World, network: &CloudId, route: &Route, hosts: &[&Host]) -> Result<Way> {
    if route.state != RouteState::Active {
        return Ok(Way::Nowhere);
    }
    let beyond = |place: Option<usize>, sort: &str| {
        place.map_or(Way::Nowhere, |place| Way::Link { via: BEYOND, link: format!("{sort}-{place}") })
    };
    Ok(match &route.target {
        Target::Local => Way::Inside,
        Target::InternetGateway(id) => {
            let found = attached(world).find(|(gateway, of, _)| *gateway == id && *of == network);
            beyond(found.map(|(_, _, place)| place), "igw")
        }
        Target::NatGateway(id) => {
            let nat = hosts.iter().find(|host| &host.id == id && matches!(host.role, Role::Nat { .. }));
            let first = nat.and_then(|host| Some((host.ips.first()?, &host.space)));
            first.map_or(Way::Nowhere, |(via, link)| Way::Link { via: *via, link: link.clone() })
        }
        Target::Endpoint(id) => {
            beyond(services(world, network).find(|(found, _)| *found == id).map(|(_, at)| at), "svc")
        }
        Target::Peering(id) => match peerings(world, network).find(|(found, _)| *found == id) {
            Some((_, at)) => {
                let link = format!("pcx-{at}");
                Way::Link { via: peer_ends(world, network, &link).1, link }
            }
            None => Way::Nowhere,
        },
        // Where nothing but propagated routes lead; those inside the network's own ranges do not count.
        Target::PrivateGateway(_) => Way::Nowhere,
        other => return Err(format!("a route to {other} cannot be built")),
    })
}

/// The addresses of two routers on a peering, the one of the network that comes first in the World first.
const PEERS: [Ipv4Addr; 2] = [Ipv4Addr::new(169, 254, 2, 1), Ipv4Addr::new(169, 254, 2, 2)];

/// A router's own address on a peering, and the other's.
fn peer_ends(world: &World, network: &CloudId, link: &str) -> (Ipv4Addr, Ipv4Addr) {
    let at = world.network.peerings.values().enumerate().find(|(place, _)| format!("pcx-{place}") == link);
    let first = at.map(|(_, peering)| (&peering.requester.network).min(&peering.accepter.network));
    let [one, other] = PEERS;
    if first == Some(network) { (one, other) } else { (other, one) }
}

/// Whether an address is of a range; ranges of IPv6 have none of IPv4.
pub(super) fn holds(net: &IpNet, ip: Ipv4Addr) -> bool {
    net.contains(&IpAddr::V4(ip))
}

#[cfg(test)]
mod tests {
    use super::{super::plain, *};

    fn kernel(routes: Vec<Route>) -> Vec<String> {
        let mut world = World::default();
        world.network.networks.insert("vpc".into(), plain::network("vpc", "10.0.0.0/16"));
        world.network.prefix_lists.insert("pl".into(), plain::prefix_list("pl", &["8.0.0.0/8", "1.1.1.0/24"]));
        let igw = egress_core::world::InternetGateway {
            id: "igw".into(),
            network: Some("vpc".into()),
            tags: Default::default(),
        };
        world.gateway.internet_gateways.insert("igw".into(), igw);
        let mut table = plain::main_table("rtb", "vpc", "10.0.0.0/16");
        table.routes.extend(routes);
        let nat = Host {
            space: "nat-0".to_owned(),
            id: "nat".into(),
            network: "vpc".into(),
            subnet: "pub".into(),
            ips: vec![[10, 0, 9, 1].into()],
            role: Role::Nat { sources: vec![] },
        };
        let mut routes = kernel_table(&world, &table, &[&nat]).unwrap();
        assert_eq!(routes.remove(0), "throw 10.0.0.0/16 metric 1");
        assert_eq!(routes.pop().unwrap(), "blackhole default metric 4294967295");
        routes
    }

    fn told(range: &str) -> Route {
        let route = plain::route(range, Target::PrivateGateway("vgw".into()));
        Route { origin: RouteOrigin::Propagated, ..route }
    }

    #[test]
    fn each_route_is_one_of_the_kernels() {
        let to_nat = |range| plain::route(range, Target::NatGateway("nat".into()));
        let routes = vec![
            plain::default_to(Target::InternetGateway("igw".into())),
            plain::list_route("pl", Target::NatGateway("nat".into())),
            to_nat("93.184.0.0/16"),
            Route { state: RouteState::Blackhole, ..to_nat("151.0.0.0/8") },
            plain::route("152.0.0.0/8", Target::NatGateway("gone".into())),
            plain::route("153.0.0.0/8", Target::InternetGateway("of-another".into())),
        ];
        assert_eq!(
            kernel(routes),
            [
                "0.0.0.0/0 via 169.254.0.2 dev igw-0 onlink metric 10",
                "8.0.0.0/8 via 10.0.9.1 dev nat-0 onlink metric 20",
                "1.1.1.0/24 via 10.0.9.1 dev nat-0 onlink metric 20",
                "93.184.0.0/16 via 10.0.9.1 dev nat-0 onlink metric 10",
                "blackhole 151.0.0.0/8 metric 10",
                "blackhole 152.0.0.0/8 metric 10",
                "blackhole 153.0.0.0/8 metric 10",
            ]
        );
    }

    #[test]
    fn a_route_that_was_told_loses_to_the_local_one_and_to_what_was_written() {
        let routes =
            vec![told("10.0.5.0/24"), told("8.0.0.0/8"), plain::route("10.0.6.0/24", Target::NatGateway("nat".into()))];
        let expected = ["blackhole 8.0.0.0/8 metric 30", "10.0.6.0/24 via 10.0.9.1 dev nat-0 onlink metric 10"];
        assert_eq!(kernel(routes), expected);
    }
}
