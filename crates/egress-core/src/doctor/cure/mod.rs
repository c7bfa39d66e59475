//! From what is wrong to what would mend it.
//!
//! The paths say which rule and which resource; what to change follows from what else the World has: a NAT gateway that could be
//! used, a free number in an ACL. Where nothing fits the mend is left to people, and the finding's words must do.

mod acl;
mod hub;
mod route;
mod way_out;

pub(super) use way_out::{into_private_subnets, replace_nat};

use std::collections::BTreeSet;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::{DnsSetting, Mend, Thing, notes::Note, site::Site};
use crate::{
    CloudId,
    trace::RuleId,
    world::{BlockMode, EndpointKind, Function, NatAddressState, NatState, Peer, Protocol},
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
        RuleId::EigwNotAttached => route::to_egress_only(site, resource, note),
        RuleId::BpaBlocks => exclude(site, resource),
        RuleId::NatNotAvailable => await_or_replace(site, resource),
        RuleId::NatNoAddress => give_address(site, resource),
        RuleId::NatInPrivateSubnet | RuleId::DefaultToSelfNat => way_out::lead_to_internet(site, resource, note),
        RuleId::PrivateNatToIgw => make_public(site, resource),
        RuleId::RegionalNatAutoIps => way_out::give_by_hand(site, resource),
        RuleId::NatInstanceSrcdstCheck => vec![Mend::DisableSourceDestCheck { interface: resource.clone() }],
        RuleId::SgEgressBlocks => authorize_egress(resource, note, packet),
        RuleId::SgIngressBlocks | RuleId::VpceSgBlocks => authorize_ingress(site, resource, note, packet),
        RuleId::VpceDnsMismatch => lead_to_endpoint(site, resource),
        RuleId::NaclBlocksForward | RuleId::NaclBlocksReturn | RuleId::NatNaclBlocks | RuleId::TgwNaclBlocks => {
            acl::entries(site, resource, note, packet)
        }
        RuleId::Ipv6NotAllowed => allow_ipv6(site, note),
        RuleId::CrossZoneNat => way_out::stay_in_zone(site, resource),
        RuleId::PeeringNotActive => vec![Mend::AcceptPeering { peering: resource.clone() }],
        RuleId::PeeringOutside => route::away_from(site, resource, note),
        RuleId::PeeringReturnRoute | RuleId::TgwReturnRoute => hub::lead_back(site, resource, note),
        RuleId::TgwNoRoute => hub::lead_on(site, resource, note),
        RuleId::TgwUntranslated => hub::translate(site, resource, note),
        _ => Vec::new(),
    }
}

/// Where all is blocked both ways, leave to send is enough. What lets connections in stays blocked: people must decide on that.
fn exclude(site: &Site<'_>, network: &CloudId) -> Vec<Mend> {
    match site.world.network.block_public_access.mode {
        BlockMode::Bidirectional => vec![Mend::Exclude { network: network.clone() }],
        BlockMode::Ingress | BlockMode::Off => Vec::new(),
    }
}

/// The settings that private DNS needs, then private DNS. Name servers of the network's own only people can change.
fn lead_to_endpoint(site: &Site<'_>, id: &CloudId) -> Vec<Mend> {
    let Some(endpoint) = site.world.network.endpoints.get(id) else { return Vec::new() };
    let Some(network) = site.world.network.networks.get(&endpoint.network) else { return Vec::new() };
    let EndpointKind::Interface { private_dns, .. } = &endpoint.kind else { return Vec::new() };
    if !network.name_servers.is_empty() {
        return Vec::new();
    }
    let set = |is_on: bool, setting| (!is_on).then(|| Mend::SetDns { network: network.id.clone(), setting });
    let support = set(network.dns_support, DnsSetting::Support);
    let hostnames = set(network.dns_hostnames, DnsSetting::Hostnames);
    let private = (!private_dns).then(|| Mend::EnablePrivateDns { endpoint: id.clone() });
    [support, hostnames, private].into_iter().flatten().collect()
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

/// Functions where they are, with IPv6.
fn allow_ipv6(site: &Site<'_>, note: &Note) -> Vec<Mend> {
    let functions = note.functions.iter().filter_map(|id| site.world.function.functions.get(id));
    let attach = |function: &Function| {
        let attachment = function.attachment.as_ref()?;
        Some(Mend::Attach {
            function: function.id.clone(),
            subnets: attachment.subnets.iter().map(Thing::from).collect(),
            groups: attachment.groups.iter().map(Thing::from).collect(),
            ipv6: true,
        })
    };
    functions.filter_map(attach).collect()
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
