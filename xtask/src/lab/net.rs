//! From a World to network namespaces, as plain data.
//!
//! Every function interface, NAT gateway and other host has a namespace with one interface, `eth0`, into the router of its
//! network. The router keeps one kernel table per route table and filters between subnets as their ACLs say. An internet gateway
//! stands between the router and the internet, which answers on every address.
//!
//! Nothing here is taken from `egress_core::trace`: only the words of the World are shared.

use std::net::Ipv4Addr;

use egress_core::{
    CloudId,
    world::{Network, World},
};
use serde::{Deserialize, Serialize};

use super::{
    case::{Case, Probe},
    hosts::{Host, Role as HostRole, hosts, public_map},
    nft,
    ports::{Slot, slots},
    router,
};
use crate::run::Result;

/// Namespaces, and the links between them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Net {
    /// The namespaces.
    pub(super) spaces: Vec<Space>,
    /// Pairs of interfaces, each one's namespace and name.
    pub(super) links: Vec<[(String, String); 2]>,
    /// How long a connection is waited for, in milliseconds.
    pub(super) patience: u64,
}

/// One namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Space {
    pub(super) name: String,
    /// Commands of `ip -batch`.
    pub(super) ip: Vec<String>,
    /// The ruleset, for `nft -f`; empty where there is none.
    pub(super) nft: String,
    /// What happens in it.
    pub(super) role: Role,
}

/// What happens in a namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Role {
    /// It hands packets on.
    Router,
    /// On these TCP ports it tells every caller which IP it saw.
    Server(Vec<u16>),
    /// It calls.
    Client(Vec<Attempt>),
}

/// One TCP connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Attempt {
    pub(super) from_port: u16,
    pub(super) to: Ipv4Addr,
    pub(super) port: u16,
}

/// The one interface of a host.
const UPLINK: &str = "eth0";
/// The end of a router on every link to a host; no host of a World has it.
pub(super) const ROUTER: Ipv4Addr = Ipv4Addr::new(169, 254, 0, 1);
/// What stands on the other side of a router: an internet gateway, a service, another network's router.
pub(super) const BEYOND: Ipv4Addr = Ipv4Addr::new(169, 254, 0, 2);
/// The internet's end of its links to internet gateways.
const INTERNET: Ipv4Addr = Ipv4Addr::new(169, 254, 1, 1);
/// Makes every address that no other route is for the namespace's own. It comes last, lest the ends of links become its own, too.
const EVERY_ADDRESS: &str = "route add local default dev lo table main";

/// Lays a Case out. The error says what of it cannot be built.
pub(super) fn net(case: &Case, patience: u64) -> Result<Net> {
    let world = &case.world;
    let hosts = hosts(case)?;
    let slots = slots(world)?;
    let ports: Vec<u16> = case.probes.iter().map(|probe| probe.port).collect();
    let mut net = Net { spaces: Vec::new(), links: Vec::new(), patience };
    for (place, network) in world.network.networks.values().enumerate() {
        let router = router::name(place);
        net.space(
            &router,
            router::ip(world, &network.id, &hosts)?,
            nft::acls(world, &network.id, &hosts)?,
            Role::Router,
        );
        for host in hosts.iter().filter(|host| host.network == network.id) {
            net.link((&router, &host.space), (&host.space, UPLINK));
            net.spaces.push(host_space(case, host, &hosts, &slots, &ports)?);
        }
        lay_services(&mut net, world, network, &router, &ports);
    }
    lay_internet(&mut net, world, &hosts, &ports);
    lay_peerings(&mut net, world);
    Ok(net)
}

impl Net {
    fn space(&mut self, name: &str, ip: Vec<String>, nft: String, role: Role) {
        self.spaces.push(Space { name: name.to_owned(), ip, nft, role });
    }

    fn link(&mut self, one: (&str, &str), other: (&str, &str)) {
        self.links.push([one, other].map(|(space, name)| (space.to_owned(), name.to_owned())));
    }
}

fn host_space(case: &Case, host: &Host, hosts: &[Host], slots: &[Slot], ports: &[u16]) -> Result<Space> {
    let mut ip = vec!["link set lo up".to_owned(), format!("link set {UPLINK} up")];
    ip.extend(host.ips.iter().map(|own| format!("address add {own}/32 dev {UPLINK}")));
    ip.push(format!("route add default via {ROUTER} dev {UPLINK} onlink"));
    let (nft, role) = match &host.role {
        HostRole::Function { groups } => {
            let attempt = |slot: &Slot, to: &Probe| Attempt { from_port: slot.own_port(), to: to.to, port: to.port };
            let attempts = case.probes.iter().flat_map(|probe| slots.iter().map(move |slot| attempt(slot, probe)));
            (nft::groups(&case.world, groups, hosts)?, Role::Client(attempts.collect()))
        }
        HostRole::Server { groups } => (nft::groups(&case.world, groups, hosts)?, Role::Server(ports.to_vec())),
        HostRole::Nat { sources } => (nft::nat(sources, hosts, slots), Role::Router),
    };
    Ok(Space { name: host.space.clone(), ip, nft, role })
}

/// The internet, and an internet gateway for each one that is attached.
fn lay_internet(net: &mut Net, world: &World, hosts: &[Host], ports: &[u16]) {
    let mut internet = vec!["link set lo up".to_owned()];
    for (_, network, place) in attached(world) {
        let name = format!("igw-{place}");
        let outside = Ipv4Addr::from(u32::from(INTERNET) + 1 + place as u32);
        let map = public_map(world, network, hosts);
        let mut ip = vec!["link set lo up".to_owned()];
        for (link, own) in [("vpc", BEYOND), ("net", outside)] {
            ip.push(format!("link set {link} up"));
            ip.push(format!("address add {own}/32 dev {link}"));
        }
        ip.push(format!("route add default via {INTERNET} dev net onlink"));
        for cidr in world.network.networks.get(network).into_iter().flat_map(|network| &network.cidrs) {
            ip.push(format!("route add {cidr} via {ROUTER} dev vpc onlink"));
        }
        internet.push(format!("link set {name} up"));
        internet.push(format!("address add {INTERNET}/32 dev {name}"));
        internet.push(format!("route add {outside}/32 dev {name}"));
        internet.extend(map.iter().map(|(_, public)| format!("route add {public}/32 via {outside} dev {name} onlink")));
        net.space(&name, ip, nft::internet_gateway(&map), Role::Router);
        net.link((&router::name(router::place(world, network)), &name), (&name, "vpc"));
        net.link((&name, "net"), ("internet", &name));
    }
    internet.push(EVERY_ADDRESS.to_owned());
    net.space("internet", internet, String::new(), Role::Server(ports.to_vec()));
}

/// Internet gateways that are attached to a network of the World, with their places among all of them.
pub(super) fn attached(world: &World) -> impl Iterator<Item = (&CloudId, &CloudId, usize)> {
    let all = world.gateway.internet_gateways.values().enumerate();
    all.filter_map(|(place, gateway)| {
        let network = gateway.network.as_ref().filter(|network| world.network.networks.contains_key(*network))?;
        Some((&gateway.id, network, place))
    })
}

/// The services behind gateway endpoints: they answer on every address, and see what the router sends them.
fn lay_services(net: &mut Net, world: &World, network: &Network, router: &str, ports: &[u16]) {
    for (_, place) in router::services(world, &network.id) {
        let name = format!("svc-{place}");
        let mut ip = vec![
            "link set lo up".to_owned(),
            "link set vpc up".to_owned(),
            format!("address add {BEYOND}/32 dev vpc"),
            format!("route add {ROUTER}/32 dev vpc"),
        ];
        ip.extend(network.cidrs.iter().map(|cidr| format!("route add {cidr} via {ROUTER} dev vpc onlink")));
        ip.push(EVERY_ADDRESS.to_owned());
        net.space(&name, ip, String::new(), Role::Server(ports.to_vec()));
        net.link((router, &name), (&name, "vpc"));
    }
}

/// Peerings: a link between two routers, for each that is active.
fn lay_peerings(net: &mut Net, world: &World) {
    for (place, peering) in world.network.peerings.values().enumerate().filter(|(_, peering)| peering.active) {
        let ends = [&peering.requester, &peering.accepter].map(|end| router::place(world, &end.network));
        let name = format!("pcx-{place}");
        let [one, other] = ends.map(router::name);
        net.link((&one, &name), (&other, &name));
    }
}
