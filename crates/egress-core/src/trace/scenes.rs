//! Scenes around the reference topology, for tests: servers, machines that translate, endpoints, peerings, hubs.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{To, testing::*};
use crate::world::*;

/// A machine in `prv2`.
pub(crate) const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 2, 9);

pub(crate) fn add_server(w: &mut World, ingress: Vec<Rule>) {
    w.network.groups.insert(id("sg-server"), SecurityGroup { ingress, ..group("sg-server") });
    w.add_interface(interface("eni-server", InterfaceKind::Machine, "prv2", SERVER.octets(), ids(["sg-server"])));
}

pub(crate) fn add_peering(w: &mut World, active: bool, route: &str, range: &str) {
    let end = |network: &str, range: &str| PeeringEnd { network: id(network), cidrs: vec![cidr(range)] };
    let peering = Peering {
        id: id("pcx"),
        requester: end("vpc", "10.0.0.0/16"),
        accepter: end("vpc-2", range),
        active,
        tags: Default::default(),
    };
    w.network.peerings.insert(id("pcx"), peering);
    w.table("rtb-prv").routes.push(to(route, Target::Peering(id("pcx"))));
}

/// Some host on the IPv6 internet.
pub(crate) const FAR_HOST_V6: Ipv6Addr = Ipv6Addr::new(0x2606, 0x2800, 0, 0, 0, 0, 0, 1);
/// The public IP of a NAT instance.
pub(crate) const MACHINE_IP: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 40);

/// Gives `vpc` IPv6 and an egress-only gateway, and asks for a host there.
pub(crate) fn with_v6(w: &mut World, attached_to: &str) {
    for (name, range) in [("prv1", "2600:1f00:0:1::/64"), ("prv2", "2600:1f00:0:2::/64")] {
        w.network.subnets.get_mut(&id(name)).unwrap().cidr_v6 = Some(range.parse().unwrap());
    }
    w.attachment().ipv6 = true;
    w.group().egress.push(Rule { peer: Peer::Cidr(cidr("::/0")), ..Rule::all_v4() });
    for direction in [Direction::Ingress, Direction::Egress] {
        w.acl().entries.push(entry(101, direction, (0, u16::MAX), "::/0", true));
    }
    w.table("rtb-prv").routes.push(to("::/0", Target::EgressOnlyGateway(id("eigw"))));
    let gateway = EgressOnlyGateway { id: id("eigw"), network: Some(id(attached_to)), tags: Default::default() };
    w.gateway.egress_only_gateways.insert(id("eigw"), gateway);
}

/// Leads the private subnets through a machine in `pub`.
pub(crate) fn with_machine(w: &mut World) {
    let ingress = vec![rule((443, 443), Peer::Cidr(cidr("10.0.0.0/16")))];
    w.network.groups.insert(id("sg-nat"), SecurityGroup { ingress, ..group("sg-nat") });
    w.add_interface(Interface {
        public_ip: Some(MACHINE_IP),
        instance: Some(id("i-nat")),
        source_dest_check: false,
        ..interface("eni-nat", InterfaceKind::Machine, "pub", [10, 0, 10, 9], ids(["sg-nat"]))
    });
    let machine = Machine { id: id("i-nat"), running: true, interface: Some(id("eni-nat")), tags: Default::default() };
    w.network.machines.insert(id("i-nat"), machine);
    w.routes("rtb-prv", vec![to("0.0.0.0/0", Target::Instance(id("i-nat")))]);
}

pub(crate) fn nat_interface(w: &mut World) -> &mut Interface {
    w.network.interfaces.get_mut(&id("eni-nat")).unwrap()
}

/// An interface endpoint in `prv2`, whose address is [`SERVER`].
pub(crate) fn with_endpoint(w: &mut World, ingress: Vec<Rule>) {
    w.network.groups.insert(id("sg-vpce"), SecurityGroup { ingress, ..group("sg-vpce") });
    w.add_interface(interface("eni-vpce", InterfaceKind::Endpoint, "prv2", SERVER.octets(), ids(["sg-vpce"])));
    let kind = EndpointKind::Interface {
        subnets: ids(["prv2"]),
        groups: ids(["sg-vpce"]),
        private_dns: true,
        interfaces: ids(["eni-vpce"]),
        names: Default::default(),
    };
    let service = "com.amazonaws.eu-west-1.sqs".to_owned();
    let endpoint =
        Endpoint { id: id("vpce"), network: id("vpc"), service, kind, available: true, tags: Default::default() };
    w.network.endpoints.insert(id("vpce"), endpoint);
}

/// A gateway endpoint that takes what `rtb-prv` leads to a range of the internet.
pub(crate) fn with_gateway_endpoint(w: &mut World) {
    w.add_list(list("pl-s3", Some(&["52.216.0.0/15", "3.5.0.0/19"])));
    w.table("rtb-prv").routes.push(to_list("pl-s3", Target::Endpoint(id("vpce"))));
    let kind = EndpointKind::Gateway { prefix_list: Some(id("pl-s3")), route_tables: ids(["rtb-prv"]) };
    let (service, network) = ("com.amazonaws.eu-west-1.s3".to_owned(), id("vpc"));
    let endpoint = Endpoint { id: id("vpce"), network, service, kind, available: true, tags: Default::default() };
    w.network.endpoints.insert(id("vpce"), endpoint);
}

pub(crate) fn queue() -> To {
    To::Name { name: "sqs.eu-west-1.amazonaws.com".to_owned(), ips: [HOST.into()].into() }
}

/// A second network `far`, 10.9.0.0/16, with the subnet `far-app` on its main table `rtb-far`.
pub(crate) fn with_far(w: &mut World) {
    let far = Network { id: id("far"), cidrs: vec![net("10.9.0.0/16")], ..w.network.networks[&id("vpc")].clone() };
    w.network.networks.insert(id("far"), far);
    add_far_subnet(w, "far-app", "10.9.1.0/24");
    add_far_table(w, "rtb-far", AssociatedWith::Main, vec![]);
    w.network.acls.insert(id("acl-far"), Acl { network: id("far"), ..acl("acl-far", true) });
}

pub(crate) fn add_far_subnet(w: &mut World, name: &str, range: &str) {
    w.network.subnets.insert(id(name), Subnet { network: id("far"), ..subnet(name, range, "a") });
}

pub(crate) fn add_far_table(w: &mut World, name: &str, with: AssociatedWith, routes: Vec<Route>) {
    let mut table = RouteTable { network: id("far"), ..table(name, vec![with], routes) };
    table.routes[0].destination = Destination::Cidr(cidr("10.9.0.0/16"));
    w.network.route_tables.insert(id(name), table);
}

/// A machine in `far-app` that lets everything in.
pub(crate) const FAR_SERVER: Ipv4Addr = Ipv4Addr::new(10, 9, 1, 9);

pub(crate) fn add_far_server(w: &mut World) {
    w.network.groups.insert(id("sg-far"), SecurityGroup { ingress: vec![Rule::all_v4()], ..group("sg-far") });
    let server = interface("eni-far", InterfaceKind::Machine, "far-app", FAR_SERVER.octets(), ids(["sg-far"]));
    w.add_interface(Interface { network: id("far"), ..server });
}

pub(crate) fn with_peer(w: &mut World, back: bool) {
    with_far(w);
    add_far_server(w);
    add_peering(w, true, "10.9.0.0/16", "10.9.0.0/16");
    w.network.peerings.get_mut(&id("pcx")).unwrap().accepter.network = id("far");
    if back {
        w.table("rtb-far").routes.push(to("10.0.0.0/16", Target::Peering(id("pcx"))));
    }
}

pub(crate) fn by_hub(range: &str) -> Route {
    to(range, Target::TransitGateway(id("tgw")))
}

pub(crate) fn hub_route(range: &str, attachment: &str) -> TransitRoute {
    TransitRoute { cidr: cidr(range), attachments: ids([attachment]), state: RouteState::Active, propagated: false }
}

/// `prv1` leaves through the hub `tgw` and the NAT gateway `nat-far` (address `eip-far`) of `far`.
pub(crate) fn with_hub(w: &mut World) {
    with_far(w);
    add_far_subnet(w, "far-tgw", "10.9.2.0/28");
    add_far_subnet(w, "far-pub", "10.9.3.0/24");
    w.routes("rtb-far", vec![to("0.0.0.0/0", Target::NatGateway(id("nat-far"))), by_hub("10.0.0.0/16")]);
    let out = vec![to("0.0.0.0/0", Target::InternetGateway(id("igw-far"))), by_hub("10.0.0.0/16")];
    add_far_table(w, "rtb-far-pub", AssociatedWith::Subnet(id("far-pub")), out);
    let igw = InternetGateway { id: id("igw-far"), network: Some(id("far")), tags: Default::default() };
    w.gateway.internet_gateways.insert(id("igw-far"), igw);
    let far_nat = NatGateway { network: id("far"), ..nat("nat-far", "far-pub", &[("eip", NAT_IP)]) };
    w.gateway.nat_gateways.insert(id("nat-far"), far_nat);

    w.network.subnets.insert(id("tgw-a"), subnet("tgw-a", "10.0.20.0/28", "a"));
    w.attachment().subnets = ids(["prv1"]);
    w.routes("rtb-prv", vec![by_hub("0.0.0.0/0")]);
    let transit = &mut w.network.transit;
    let hub = TransitGateway { id: id("tgw"), owner: None, tags: Default::default() };
    transit.gateways.insert(id("tgw"), hub);
    for (name, network, subnet, table) in
        [("att", "vpc", "tgw-a", "tgw-rtb"), ("att-far", "far", "far-tgw", "tgw-rtb-far")]
    {
        let end = TransitEnd::Network { network: id(network), subnets: Some(ids([subnet])) };
        let (gateway, table) = (id("tgw"), Some(id(table)));
        let attachment =
            TransitAttachment { id: id(name), gateway, end, available: true, table, tags: Default::default() };
        transit.attachments.insert(id(name), attachment);
    }
    for (name, route) in
        [("tgw-rtb", hub_route("0.0.0.0/0", "att-far")), ("tgw-rtb-far", hub_route("10.0.0.0/16", "att"))]
    {
        let table =
            TransitTable { id: id(name), gateway: id("tgw"), routes: Some(vec![route]), tags: Default::default() };
        transit.tables.insert(id(name), table);
    }
}

pub(crate) fn attachment<'w>(w: &'w mut World, name: &str) -> &'w mut TransitAttachment {
    w.network.transit.attachments.get_mut(&id(name)).unwrap()
}

pub(crate) fn hub_routes<'w>(w: &'w mut World, table: &str) -> &'w mut Vec<TransitRoute> {
    w.network.transit.tables.get_mut(&id(table)).unwrap().routes.as_mut().unwrap()
}

pub(crate) fn block(w: &mut World, mode: BlockMode) {
    w.network.block_public_access.mode = mode;
}
