//! What gateways do with packets.

use std::net::Ipv4Addr;

use egress_core::{CloudId, Tags, world::*};

use super::super::{
    case::Probe,
    plain,
    world::{Draft, GATEWAY, NETWORK, RANGE},
};

/// The other network, and its range.
const OTHER: (&str, &str) = ("vpc-other", "10.1.0.0/16");

fn to_internet(draft: &mut Draft, at: &CloudId) {
    draft.route(at, plain::default_to(Target::InternetGateway(GATEWAY.into())));
}

/// The function's interface has no public address.
pub(super) fn public_subnet(draft: &mut Draft, at: &CloudId) {
    to_internet(draft, at);
}

/// It has one, put there by hand: an Elastic IP, or one that nobody holds.
pub(super) fn own_public_address(draft: &mut Draft, at: &CloudId) {
    to_internet(draft, at);
    public_address(draft, at);
}

fn public_address(draft: &mut Draft, at: &CloudId) {
    let ip = Ipv4Addr::new(203, 0, 113, 1 + draft.place(at));
    let interface = draft.function_interface(at);
    interface.public_ip = Some(ip);
    let interface = interface.id.clone();
    if draft.rng.bool() {
        let id = format!("eip-{at}");
        let address = plain::address(&id, ip, None, Some(interface.as_str()));
        draft.world.gateway.addresses.insert(id.as_str().into(), address);
    }
}

/// An internet gateway forwards nothing there.
pub(super) fn private_destination(draft: &mut Draft, _: &CloudId) {
    let hosts = [[192, 168, 77, 5], [172, 20, 1, 9], [10, 200, 0, 1], [100, 64, 3, 3]];
    let (host, port) = (hosts[draft.rng.usize(..hosts.len())], draft.port());
    draft.ask(Probe { to: host.into(), port });
}

/// The function's own way, or its NAT gateway's, leads to a gateway that is not attached.
pub(super) fn detached(draft: &mut Draft, at: &CloudId) {
    let loose = InternetGateway { id: "igw-loose".into(), network: None, tags: Tags::new() };
    draft.world.gateway.internet_gateways.insert(loose.id.clone(), loose);
    let way = plain::default_to(Target::InternetGateway("igw-loose".into()));
    if draft.rng.bool() {
        public_address(draft, at);
        draft.route(at, way);
    } else {
        let (_, stands) = draft.own_nat(at);
        draft.route(&stands, way);
    }
}

/// The NAT gateway was deleted; it may still be listed.
pub(super) fn nat_gone(draft: &mut Draft, at: &CloudId) {
    let (nat, _) = draft.own_nat(at);
    if draft.rng.bool() {
        draft.world.gateway.nat_gateways.remove(&nat);
    } else {
        of(draft, &nat).state = NatState::Deleted;
    }
    let gone = plain::default_to(Target::NatGateway(nat));
    draft.route(at, Route { state: RouteState::Blackhole, ..gone });
}

fn of<'a>(draft: &'a mut Draft, nat: &CloudId) -> &'a mut NatGateway {
    let new = || plain::nat(nat.as_str(), NETWORK, &"pub1".into());
    draft.world.gateway.nat_gateways.entry(nat.clone()).or_insert_with(new)
}

pub(super) fn nat_not_available(draft: &mut Draft, at: &CloudId) {
    let (nat, _) = draft.own_nat(at);
    let state = match draft.rng.u8(..3) {
        0 => NatState::Pending,
        1 => NatState::Deleting,
        _ => NatState::Failed { code: "InsufficientFreeAddressesInSubnet".into(), message: "no address".into() },
    };
    of(draft, &nat).state = state;
}

fn not_in_use(draft: &mut Draft) -> NatAddressState {
    match draft.rng.u8(..3) {
        0 => NatAddressState::Associating,
        1 => NatAddressState::Disassociating,
        _ => NatAddressState::Failed { message: "it could not be associated".into() },
    }
}

pub(super) fn nat_without_address(draft: &mut Draft, at: &CloudId) {
    let (nat, _) = draft.own_nat(at);
    let state = not_in_use(draft);
    of(draft, &nat).addresses.iter_mut().for_each(|address| address.state = state.clone());
}

/// One of several addresses takes no new connections.
pub(super) fn nat_partly_addressed(draft: &mut Draft, at: &CloudId) {
    let (nat, _) = draft.own_nat(at);
    let state = not_in_use(draft);
    let addresses = &mut of(draft, &nat).addresses;
    if addresses.len() > 1 {
        addresses.iter_mut().skip(1).take(1).for_each(|address| address.state = state.clone());
    }
}

pub(super) fn nat_in_private_subnet(draft: &mut Draft, at: &CloudId) {
    let (_, stands) = draft.own_nat(at);
    draft.table(&stands).routes.truncate(1);
}

/// The NAT gateway's subnet gets out, but not to all.
pub(super) fn nat_with_a_hole(draft: &mut Draft, at: &CloudId) {
    let (_, range) = draft.asked();
    let (_, stands) = draft.own_nat(at);
    let gone = plain::route(range, Target::Peering("pcx-gone".into()));
    draft.route(&stands, Route { state: RouteState::Blackhole, ..gone });
}

pub(super) fn nat_loop(draft: &mut Draft, at: &CloudId) {
    let (nat, stands) = draft.own_nat(at);
    draft.route(&stands, plain::default_to(Target::NatGateway(nat)));
}

pub(super) fn private_nat(draft: &mut Draft, at: &CloudId) {
    let (nat, _) = draft.own_nat(at);
    let nat = of(draft, &nat);
    nat.public = false;
    for address in &mut nat.addresses {
        (address.address, address.public_ip) = (None, None);
    }
}

/// A service that is reached by a prefix list, and sees the private source.
pub(super) fn endpoint(draft: &mut Draft, at: &CloudId) {
    let (list, id) = ("pl-service", CloudId::from("vpce-service"));
    draft.world.network.prefix_lists.insert(list.into(), plain::prefix_list(list, &["52.216.0.0/15", "3.5.0.0/19"]));
    let table = draft.table(at).id.clone();
    let endpoint = draft.world.network.endpoints.entry(id.clone()).or_insert_with(|| Endpoint {
        id: id.clone(),
        network: NETWORK.into(),
        service: "com.amazonaws.us-east-1.s3".to_owned(),
        kind: EndpointKind::Gateway { prefix_list: Some(list.into()), route_tables: Default::default() },
        available: true,
        tags: Tags::new(),
    });
    if let EndpointKind::Gateway { route_tables, .. } = &mut endpoint.kind {
        route_tables.insert(table);
    }
    draft.route(at, plain::list_route(list, Target::Endpoint(id)));
    let port = draft.port();
    draft.ask(Probe { to: [52, 217, 9, 9].into(), port });
}

/// A network beside the function's, with a host that takes everything.
fn peering(draft: &mut Draft, at: &CloudId, active: bool) -> CloudId {
    let (network, range) = OTHER;
    let (id, subnet) = (CloudId::new(format!("pcx-{at}")), CloudId::from("other"));
    let part = &mut draft.world.network;
    part.networks.insert(network.into(), plain::network(network, range));
    part.subnets.insert(subnet.clone(), plain::subnet("other", network, "10.1.1.0/24", "a"));
    part.acls.insert("acl-other".into(), plain::acl("acl-other", network, true));
    let mut group = plain::group("sg-other", network);
    group.ingress = vec![Rule::all_v4()];
    part.groups.insert("sg-other".into(), group);
    let mut table = plain::main_table("rtb-other", network, range);
    table.routes.push(plain::route(RANGE, Target::Peering(id.clone())));
    part.route_tables.insert("rtb-other".into(), table);
    let mut host = plain::interface("eni-other", network, &subnet, InterfaceKind::Machine, [10, 1, 1, 20].into());
    host.groups.insert("sg-other".into());
    part.interfaces.insert("eni-other".into(), host);
    let end =
        |network: &str, range: &str| PeeringEnd { network: network.into(), cidrs: vec![plain::net(range).into()] };
    let (requester, accepter) = (end(NETWORK, RANGE), end(network, range));
    let peering = Peering { id: id.clone(), requester, accepter, active, tags: Tags::new() };
    part.peerings.insert(id.clone(), peering);
    id
}

/// The peering waits for its acceptance, or is gone.
pub(super) fn peering_inactive(draft: &mut Draft, at: &CloudId) {
    let id = peering(draft, at, false);
    draft.route(at, plain::route(OTHER.1, Target::Peering(id)));
    let port = draft.port();
    draft.ask(Probe { to: [10, 1, 1, 20].into(), port });
}

/// A way through the other network to the internet: a peering leads no further than its other end.
pub(super) fn peering_outside(draft: &mut Draft, at: &CloudId) {
    let id = peering(draft, at, true);
    let other = InternetGateway { id: "igw-other".into(), network: Some(OTHER.0.into()), tags: Tags::new() };
    draft.world.gateway.internet_gateways.insert(other.id.clone(), other);
    draft.route(at, plain::default_to(Target::Peering(id)));
}
