//! From what is wrong to what would mend it.
//!
//! The paths say which rule and which resource; what to change follows from what else the World has: a NAT gateway that could be
//! used, a free number in an ACL. Where nothing fits the mend is left to people, and the finding's words must do.

mod acl;
mod route;
mod way_out;

pub(super) use way_out::{into_private_subnets, replace_nat};

use std::collections::BTreeSet;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::{Mend, Thing, notes::Note, site::Site};
use crate::{
    CloudId,
    trace::RuleId,
    world::{NatAddressState, NatState, Peer, Protocol},
};

/// What was sent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet {
    pub(super) protocol: Protocol,
    pub(super) port: u16,
}

/// What would mend a finding, in order.
pub(super) fn mends(site: &Site<'_>, note: &Note, packet: &Packet) -> Vec<Mend> {
    let Some(resource) = &note.resource else { return Vec::new() };
    match note.rule {
        RuleId::LambdaPublicSubnet => way_out::leave_public_subnets(site, note),
        RuleId::NotInVpc => note.functions.iter().map(into_private_subnets).collect(),
        RuleId::NoDefaultRoute => route::add_default(site, resource, note),
        RuleId::MainTableFallback => route::associate(site, resource, note),
        RuleId::RouteBlackhole | RuleId::RouteFiltered | RuleId::NatRouteBlackhole => {
            route::revive(site, resource, note)
        }
        RuleId::PrivateDestination => route::towards_private(site, note),
        RuleId::IgwNotAttached => route::attach_gateway(site, resource, note),
        RuleId::NatNotAvailable => await_or_replace(site, resource),
        RuleId::NatNoAddress => give_address(site, resource),
        RuleId::NatInPrivateSubnet | RuleId::DefaultToSelfNat => way_out::lead_to_internet(site, resource, note),
        RuleId::PrivateNatToIgw => make_public(site, resource),
        RuleId::SgEgressBlocks => authorize_egress(resource, note, packet),
        RuleId::SgIngressBlocks => authorize_ingress(site, resource, note, packet),
        RuleId::NaclBlocksForward | RuleId::NaclBlocksReturn | RuleId::NatNaclBlocks => {
            acl::entries(site, resource, note, packet)
        }
        RuleId::CrossZoneNat => way_out::stay_in_zone(site, resource),
        RuleId::PeeringNotActive => vec![Mend::AcceptPeering { peering: resource.clone() }],
        RuleId::PeeringOutside => route::away_from(site, resource, note),
        _ => Vec::new(),
    }
}

/// What is coming is waited for; what failed is made anew, with its address where no other gateway has it.
fn await_or_replace(site: &Site<'_>, id: &CloudId) -> Vec<Mend> {
    let Some(nat) = site.world.gateway.nat_gateways.get(id) else { return Vec::new() };
    if nat.state == NatState::Pending {
        return vec![Mend::AwaitNatGateway { nat: id.clone() }];
    }
    let Some(subnet) = way_out::subnet_of(nat) else { return Vec::new() };
    let free = nat.addresses.iter().filter_map(|held| held.address.as_ref()).find(|address| {
        let known = site.world.gateway.addresses.get(*address);
        known.is_some_and(|address| address.nat_gateway.as_ref().is_none_or(|holder| holder == id))
    });
    let address = free.map_or_else(way_out::new_address, Thing::from);
    replace_nat(site, nat, &Thing::from(subnet), &address)
}

fn give_address(site: &Site<'_>, id: &CloudId) -> Vec<Mend> {
    let nat = site.world.gateway.nat_gateways.get(id);
    let is_coming = nat.is_some_and(|nat| nat.addresses.iter().any(|a| a.state == NatAddressState::Associating));
    vec![match is_coming {
        true => Mend::AwaitNatGateway { nat: id.clone() },
        false => Mend::AddNatAddress { nat: id.clone(), address: way_out::new_address() },
    }]
}

fn make_public(site: &Site<'_>, id: &CloudId) -> Vec<Mend> {
    let nat = site.world.gateway.nat_gateways.get(id);
    let place = nat.and_then(|nat| Some((nat, way_out::subnet_of(nat)?)));
    place.map_or_else(Vec::new, |(nat, subnet)| replace_nat(site, nat, &Thing::from(subnet), &way_out::new_address()))
}

fn authorize_egress(group: &CloudId, note: &Note, packet: &Packet) -> Vec<Mend> {
    let rule =
        |cidr| Mend::AuthorizeEgress { group: group.clone(), protocol: packet.protocol, ports: ports(packet), cidr };
    note.seen.iter().flat_map(|seen| few(&seen.to)).collect::<BTreeSet<_>>().into_iter().map(rule).collect()
}

/// Lets in one group of each function, or the subnets where no function sends.
fn authorize_ingress(site: &Site<'_>, group: &CloudId, note: &Note, packet: &Packet) -> Vec<Mend> {
    let functions = note.functions.iter().filter_map(|id| site.world.function.functions.get(id));
    let groups = functions.filter_map(|function| function.attachment.as_ref()?.groups.first());
    let mut peers: BTreeSet<Peer> = groups.cloned().map(Peer::Group).collect();
    if peers.is_empty() {
        let subnets = note.seen.iter().filter_map(|seen| site.world.network.subnets.get(&seen.subnet));
        peers = subnets.map(|subnet| Peer::Cidr(subnet.cidr.into())).collect();
    }
    let rule =
        |peer| Mend::AuthorizeIngress { group: group.clone(), protocol: packet.protocol, ports: ports(packet), peer };
    peers.into_iter().map(rule).collect()
}

/// The ports of a rule for a packet.
fn ports(packet: &Packet) -> (u16, u16) {
    match packet.protocol {
        Protocol::Tcp | Protocol::Udp | Protocol::Number(6 | 17) => (packet.port, packet.port),
        _ => (0, u16::MAX),
    }
}

/// Destinations in as many ranges as a filter can be asked to name: everything, where they are many.
fn few(to: &[IpNet]) -> Vec<IpNet> {
    const FEW: usize = 3;
    if to.len() <= FEW {
        return to.to_vec();
    }
    let everything = |net: &IpNet| match net {
        IpNet::V4(_) => IpNet::V4(Ipv4Net::default()),
        IpNet::V6(_) => IpNet::V6(Ipv6Net::default()),
    };
    to.iter().map(everything).collect::<BTreeSet<_>>().into_iter().collect()
}
