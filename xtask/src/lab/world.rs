//! Random Worlds: one that works, then twisted.
//!
//! Some Worlds are not made. What a packet does behind a NAT gateway whose own route leads to another NAT gateway is not
//! documented. Routes more specific than the local one are written into the tables of functions alone, not into those that
//! answers come back by: trace looks at the way there only.

use std::net::Ipv4Addr;

use egress_core::{CloudId, world::*};
use fastrand::Rng;

use super::{
    case::{Case, Probe, Twisted},
    plain,
    twist::{TWISTS, Twist},
};

/// Where the generator stands: a World with a function, and what is asked of it.
pub(super) struct Draft {
    pub(super) rng: Rng,
    pub(super) world: World,
    pub(super) probes: Vec<Probe>,
    /// The subnets that the function runs in, each with a route table of its own.
    pub(super) subnets: Vec<CloudId>,
}

/// The network of the function.
pub(super) const NETWORK: &str = "vpc";
/// Its range.
pub(super) const RANGE: &str = "10.0.0.0/16";
/// Its internet gateway.
pub(super) const GATEWAY: &str = "igw";
/// The group that the function always has.
pub(super) const GROUP: &str = "sg";
/// The function.
pub(super) const FUNCTION: &str = "fn";
/// Hosts on the internet; each has a range of its own length around it that nothing else is in.
pub(super) const HOSTS: [([u8; 4], &str); 4] = [
    ([93, 184, 215, 14], "93.184.0.0/16"),
    ([1, 1, 1, 1], "1.1.1.0/24"),
    ([151, 101, 1, 69], "151.101.0.0/22"),
    ([8, 8, 8, 8], "8.0.0.0/8"),
];
/// Below every ephemeral port, so that what is opened for answers opens no way there.
const PORTS: [u16; 3] = [443, 80, 853];
/// One of so many Worlds is not twisted in every subnet.
const SPARED: usize = 10;
/// After so many Worlds the second and third subnets' twists are further away from the first one's.
const PAIRED: usize = 16;
/// How often a twist is thrown in, of one.
const THROWN: f64 = 0.15;
/// How many subnets the function has at most.
const MOST_SUBNETS: usize = 3;

/// The World at a place of the run with this seed, with what is asked of it.
pub(super) fn case(seed: u64, place: usize) -> Case {
    let mut draft = working(Rng::with_seed(seed.rotate_left(32) ^ place as u64));
    let mut twists = Vec::new();
    for (at, subnet) in draft.subnets.clone().into_iter().enumerate() {
        // Every twist has its turn; others are thrown in at random.
        let turn = (!place.is_multiple_of(SPARED)).then(|| scheduled(place + at * (1 + place / PAIRED)));
        let thrown = (draft.rng.f64() < THROWN).then(|| &TWISTS[draft.rng.usize(..TWISTS.len())]);
        for twist in turn.into_iter().chain(thrown) {
            (twist.apply)(&mut draft, &subnet);
            twists.push(Twisted { name: twist.name.to_owned(), at: subnet.clone() });
        }
    }
    draft.probes.sort();
    draft.probes.dedup();
    Case { twists, function: FUNCTION.into(), probes: draft.probes, world: draft.world }
}

/// The twist whose turn it is, each as often as its weight says.
fn scheduled(turn: usize) -> &'static Twist {
    let weights: usize = TWISTS.iter().map(|twist| twist.weight).sum();
    let mut left = turn % weights;
    let found = TWISTS.iter().find(|twist| match left.checked_sub(twist.weight) {
        Some(rest) => {
            left = rest;
            false
        }
        None => true,
    });
    found.unwrap_or(&TWISTS[0])
}

/// A World in which a function gets out of every one of its subnets.
fn working(rng: Rng) -> Draft {
    let mut draft = Draft { rng, world: World::default(), probes: Vec::new(), subnets: Vec::new() };
    let part = &mut draft.world.network;
    part.networks.insert(NETWORK.into(), plain::network(NETWORK, RANGE));
    part.acls.insert("acl".into(), plain::acl("acl", NETWORK, true));
    part.groups.insert(GROUP.into(), plain::group(GROUP, NETWORK));
    part.route_tables.insert("rtb-main".into(), plain::main_table("rtb-main", NETWORK, RANGE));
    let gateway = InternetGateway { id: GATEWAY.into(), network: Some(NETWORK.into()), tags: Default::default() };
    draft.world.gateway.internet_gateways.insert(GATEWAY.into(), gateway);
    let publics = draft.rng.u8(1..=2);
    for n in 1..=publics {
        let subnet = draft.subnet(&format!("pub{n}"), 100 + n);
        draft.route(&subnet, plain::default_to(Target::InternetGateway(GATEWAY.into())));
    }
    let nats = draft.rng.u8(1..=2);
    for n in 1..=nats {
        let stands = format!("pub{}", draft.rng.u8(1..=publics));
        draft.nat(&format!("nat{n}"), &stands.as_str().into());
    }
    let attachment = Attachment { subnets: Default::default(), groups: [CloudId::from(GROUP)].into(), ipv6: false };
    draft.world.function.functions.insert(FUNCTION.into(), plain::function(FUNCTION, NETWORK, attachment));
    for n in 1..=draft.rng.u8(1..=4).min(MOST_SUBNETS as u8) {
        let subnet = draft.subnet(&format!("prv{n}"), n);
        let nat = format!("nat{}", draft.rng.u8(1..=nats));
        draft.route(&subnet, plain::default_to(Target::NatGateway(nat.as_str().into())));
        draft.attachment().subnets.insert(subnet.clone());
        draft.subnets.push(subnet.clone());
        // Functions that were never invoked have no interface.
        if draft.rng.f64() < 0.85 {
            draft.function_interface(&subnet);
        }
    }
    for _ in 0..2 {
        draft.somewhere();
    }
    draft
}

impl Draft {
    /// A subnet with a table of its own, which has but the local route. `third` is the third part of its range.
    pub(super) fn subnet(&mut self, name: &str, third: u8) -> CloudId {
        let zone = if self.rng.bool() { "a" } else { "b" };
        let id = CloudId::from(name);
        let subnet = plain::subnet(name, NETWORK, &format!("10.0.{third}.0/24"), zone);
        self.world.network.subnets.entry(id.clone()).or_insert(subnet);
        self.table(&id);
        id
    }

    /// The table that was made for a subnet.
    pub(super) fn table(&mut self, subnet: &CloudId) -> &mut RouteTable {
        let id = CloudId::new(format!("rtb-{subnet}"));
        let new = || plain::table(id.as_str(), NETWORK, RANGE, AssociatedWith::Subnet(subnet.clone()));
        self.world.network.route_tables.entry(id.clone()).or_insert_with(new)
    }

    /// Puts a route into a subnet's table, in place of one to the same destination by the same origin.
    pub(super) fn route(&mut self, subnet: &CloudId, route: Route) {
        let routes = &mut self.table(subnet).routes;
        routes.retain(|old| old.destination != route.destination || old.origin != route.origin);
        routes.push(route);
    }

    /// Where the default route of a subnet's table leads.
    pub(super) fn default_target(&mut self, subnet: &CloudId) -> Option<Target<CloudId>> {
        self.table(subnet).route(&Destination::default_v4()).map(|route| route.target.clone())
    }

    /// A NAT gateway in a subnet, with one to three addresses.
    pub(super) fn nat(&mut self, name: &str, subnet: &CloudId) -> &mut NatGateway {
        let addresses = self.rng.u8(1..=3);
        let place = self.world.gateway.nat_gateways.len() as u8;
        let third = self.world.network.subnets.get(subnet).map_or(0, |subnet| subnet.cidr.network().octets()[2]);
        let mut nat = plain::nat(name, NETWORK, subnet);
        for n in 0..addresses {
            let id = format!("eip-{name}-{n}");
            let public = Ipv4Addr::new(198, 51, 100, 1 + place * 4 + n);
            let private = Ipv4Addr::new(10, 0, third, 10 + place * 4 + n);
            nat.addresses.push(plain::nat_address(&id, public, private, n == 0));
            self.world.gateway.addresses.insert(id.as_str().into(), plain::address(&id, public, Some(name), None));
        }
        self.world.gateway.nat_gateways.entry(name.into()).or_insert(nat)
    }

    /// A NAT gateway for one subnet of the function alone, in a public subnet of its own: the gateway and that subnet.
    pub(super) fn own_nat(&mut self, at: &CloudId) -> (CloudId, CloudId) {
        let (name, third) = (CloudId::new(format!("nat-{at}")), 110 + self.place(at));
        let stands = self.subnet(&format!("pub-{at}"), third);
        if !self.world.gateway.nat_gateways.contains_key(&name) {
            self.nat(name.as_str(), &stands);
            self.route(&stands, plain::default_to(Target::InternetGateway(GATEWAY.into())));
        }
        self.route(at, plain::default_to(Target::NatGateway(name.clone())));
        (name, stands)
    }

    /// The place of a subnet among the function's.
    pub(super) fn place(&self, subnet: &CloudId) -> u8 {
        self.subnets.iter().zip(0..).find(|(other, _)| *other == subnet).map_or(0, |(_, place)| place)
    }

    /// The range of a subnet, as text.
    pub(super) fn range(&self, subnet: &CloudId) -> String {
        self.world.network.subnets.get(subnet).map_or_else(|| RANGE.to_owned(), |subnet| subnet.cidr.to_string())
    }

    /// An ACL of a subnet's own. A new one allows everything.
    pub(super) fn acl(&mut self, subnet: &CloudId) -> &mut Acl {
        let id = CloudId::new(format!("acl-{subnet}"));
        let new = || Acl { subnets: [subnet.clone()].into(), ..plain::acl(id.as_str(), NETWORK, false) };
        self.world.network.acls.entry(id.clone()).or_insert_with(new)
    }

    /// Where the function runs, and with which groups.
    pub(super) fn attachment(&mut self) -> &mut Attachment<CloudId> {
        let function = self.world.function.functions.entry(FUNCTION.into());
        let none = Attachment { subnets: Default::default(), groups: Default::default(), ipv6: false };
        let function = function.or_insert_with(|| plain::function(FUNCTION, NETWORK, none.clone()));
        function.attachment.get_or_insert(none)
    }

    /// A group of the function's.
    pub(super) fn group(&mut self, name: &str) -> &mut SecurityGroup {
        self.world.network.groups.entry(name.into()).or_insert_with(|| plain::group(name, NETWORK))
    }

    /// The function's interface in a subnet.
    pub(super) fn function_interface(&mut self, subnet: &CloudId) -> &mut Interface {
        let groups = self.attachment().groups.clone();
        let id = format!("eni-fn-{subnet}");
        let ip = Ipv4Addr::new(10, 0, 1 + self.place(subnet), 5);
        let new = || Interface { groups, ..plain::interface(&id, NETWORK, subnet, InterfaceKind::Function, ip) };
        self.world.network.interfaces.entry(id.as_str().into()).or_insert_with(new)
    }

    /// Gives the function a second group.
    pub(super) fn second_group(&mut self, name: &str) -> &mut SecurityGroup {
        self.attachment().groups.insert(name.into());
        let interfaces = self.world.network.interfaces.values_mut();
        for interface in interfaces.filter(|interface| interface.kind == InterfaceKind::Function) {
            interface.groups.insert(name.into());
        }
        self.group(name)
    }

    /// Asks for one more host on the internet; that host, and a range around it.
    pub(super) fn somewhere(&mut self) -> (Probe, &'static str) {
        let (host, range) = HOSTS[self.rng.usize(..HOSTS.len())];
        let probe = Probe { to: host.into(), port: self.port() };
        self.ask(probe);
        (probe, range)
    }

    /// A host on the internet that is asked for already, with its port and a range around it.
    pub(super) fn asked(&mut self) -> (Probe, &'static str) {
        let known = |probe: &&Probe| HOSTS.iter().any(|(host, _)| Ipv4Addr::from(*host) == probe.to);
        let probe = self.probes.iter().find(known).copied();
        let around = probe.and_then(|probe| {
            let (_, range) = HOSTS.iter().find(|(host, _)| Ipv4Addr::from(*host) == probe.to)?;
            Some((probe, *range))
        });
        around.unwrap_or_else(|| self.somewhere())
    }

    /// Asks for one more address.
    pub(super) fn ask(&mut self, probe: Probe) {
        if !self.probes.contains(&probe) {
            self.probes.push(probe);
        }
    }

    pub(super) fn port(&mut self) -> u16 {
        PORTS[self.rng.usize(..PORTS.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_world() {
        assert_eq!(case(7, 3), case(7, 3));
        assert_ne!(case(7, 3), case(8, 3));
    }

    #[test]
    fn every_twist_has_its_turn() {
        let weights: usize = TWISTS.iter().map(|twist| twist.weight).sum();
        for twist in TWISTS {
            let turns = (0..weights).filter(|turn| scheduled(*turn).name == twist.name).count();
            assert_eq!(turns, twist.weight, "{}", twist.name);
        }
    }

    #[test]
    fn every_world_can_be_laid_out() {
        for place in 0..200 {
            let case = case(1, place);
            if let Err(error) = super::super::net::net(&case, 1) {
                panic!("{place}: {:?}: {error}", case.twists);
            }
        }
    }
}
