//! Network interfaces.

use std::{net::Ipv4Addr, time::Duration};

use egress_core::{
    CloudId,
    ipnet::IpNet,
    world::{Interface, InterfaceKind},
};
use serde::{Deserialize, Serialize};

use super::{
    filter::{Filter, each, each_shown, one, shown},
    ids,
    listing::{Ask, Listing, Pages, describe_answer},
    shape::{GroupName, TagSet, group_set, moment, owner, private_name, public_name, tag_set},
    subnets::zone_id,
};
use crate::{
    cloud::{ApiError, Model},
    mock::State,
    wire::{
        route::{Action, Return, action},
        xml::Items,
    },
};

pub(super) const ACTIONS: &[Action] = &[
    action!("DeleteNetworkInterface" Changes delete_network_interface),
    action!("DescribeNetworkInterfaces" Reads describe_network_interfaces),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InterfaceShape {
    network_interface_id: CloudId,
    subnet_id: CloudId,
    vpc_id: CloudId,
    availability_zone: String,
    availability_zone_id: String,
    description: String,
    owner_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    requester_id: Option<String>,
    requester_managed: bool,
    status: &'static str,
    mac_address: String,
    private_ip_address: String,
    private_dns_name: String,
    source_dest_check: bool,
    group_set: Items<GroupName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attachment: Option<Attachment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    association: Option<Association>,
    tag_set: TagSet,
    private_ip_addresses_set: Items<PrivateIp>,
    ipv6_addresses_set: Items<Ipv6Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ipv4_prefix_set: Option<Items<Ipv4Prefix>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ipv6_prefix_set: Option<Items<Ipv6Prefix>>,
    interface_type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Attachment {
    attachment_id: CloudId,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance_id: Option<CloudId>,
    instance_owner_id: String,
    device_index: u8,
    network_card_index: u8,
    status: &'static str,
    attach_time: String,
    delete_on_termination: bool,
}

#[derive(Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Association {
    public_ip: Ipv4Addr,
    public_dns_name: String,
    ip_owner_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    allocation_id: Option<CloudId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    association_id: Option<CloudId>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PrivateIp {
    private_ip_address: String,
    private_dns_name: String,
    primary: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    association: Option<Association>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ipv6Address {
    ipv6_address: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ipv4Prefix {
    ipv4_prefix: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ipv6Prefix {
    ipv6_prefix: String,
}

fn shape(model: &Model, interface: &Interface) -> InterfaceShape {
    let private_ip = |(nth, ip): (usize, &Ipv4Addr)| PrivateIp {
        private_ip_address: ip.to_string(),
        private_dns_name: private_name(model, *ip),
        primary: nth == 0,
        association: association_of(model, interface, nth),
    };
    let primary = interface.private_ips.first();
    let (v4, v6): (Vec<&IpNet>, Vec<&IpNet>) = interface.prefixes.iter().partition(|net| matches!(net, IpNet::V4(_)));
    let v4 = v4.into_iter().map(|net| Ipv4Prefix { ipv4_prefix: net.to_string() });
    let v6 = v6.into_iter().map(|net| Ipv6Prefix { ipv6_prefix: net.to_string() });
    InterfaceShape {
        network_interface_id: interface.id.clone(),
        subnet_id: interface.subnet.clone(),
        vpc_id: interface.network.clone(),
        availability_zone: zone(model, interface).to_owned(),
        availability_zone_id: zone_id(model, zone(model, interface)).to_owned(),
        description: interface.description.clone(),
        owner_id: owner(model),
        requester_id: requester(model, interface),
        requester_managed: is_requester_managed(interface),
        status: status(interface),
        mac_address: mac(model, interface),
        private_ip_address: primary.map(ToString::to_string).unwrap_or_default(),
        private_dns_name: primary.map(|ip| private_name(model, *ip)).unwrap_or_default(),
        source_dest_check: interface.source_dest_check,
        group_set: group_set(model, &interface.groups),
        attachment: interface.in_use.then(|| attachment(model, interface)),
        tag_set: tag_set(&interface.tags),
        private_ip_addresses_set: interface.private_ips.iter().enumerate().map(private_ip).collect(),
        ipv6_addresses_set: interface.ipv6.iter().map(|ip| Ipv6Address { ipv6_address: ip.to_string() }).collect(),
        ipv4_prefix_set: (v4.len() > 0).then(|| v4.collect()),
        ipv6_prefix_set: (v6.len() > 0).then(|| v6.collect()),
        interface_type: interface_type(interface.kind),
        association: association(model, interface),
    }
}

fn zone<'m>(model: &'m Model, interface: &Interface) -> &'m str {
    model.world.network.subnets.get(&interface.subnet).map_or("", |s| s.zone.as_str())
}

/// In DescribeNetworkInterfaces the word is `nat_gateway`, not `natGateway` (recorded).
fn interface_type(kind: InterfaceKind) -> &'static str {
    match kind {
        InterfaceKind::Function => "lambda",
        InterfaceKind::NatGateway => "nat_gateway",
        InterfaceKind::Endpoint => "vpc_endpoint",
        InterfaceKind::Machine | InterfaceKind::Other => "interface",
    }
}

/// Whether it hangs on a machine of AWS's own.
fn is_of_aws(interface: &Interface) -> bool {
    interface.instance.is_none() && interface.kind != InterfaceKind::Machine
}

/// Whether a service of AWS's made it and alone may change it. Of functions' interfaces EC2 says no (recorded), although
/// Lambda makes them.
fn is_requester_managed(interface: &Interface) -> bool {
    !matches!(interface.kind, InterfaceKind::Machine | InterfaceKind::Function)
}

/// Who asked for it: of functions a role and the account, of NAT gateways an account of AWS's (both recorded), of others a
/// service's name `[?]`.
fn requester(model: &Model, interface: &Interface) -> Option<String> {
    match interface.kind {
        InterfaceKind::Machine => None,
        InterfaceKind::Function => Some(format!("AROAEGRESSLAMBDAVPC00:{}", owner(model))),
        InterfaceKind::NatGateway => Some("036872051663".to_owned()),
        InterfaceKind::Endpoint | InterfaceKind::Other => Some("amazon-aws".to_owned()),
    }
}

fn status(interface: &Interface) -> &'static str {
    if interface.in_use { "in-use" } else { "available" }
}

/// An interface as its machine shows it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct InstanceInterface {
    network_interface_id: CloudId,
    subnet_id: CloudId,
    vpc_id: CloudId,
    description: String,
    owner_id: String,
    status: &'static str,
    mac_address: String,
    private_ip_address: String,
    source_dest_check: bool,
    group_set: Items<GroupName>,
    attachment: InstanceAttachment,
    ipv6_addresses_set: Items<Ipv6Address>,
    interface_type: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InstanceAttachment {
    attachment_id: CloudId,
    device_index: u8,
    status: &'static str,
    attach_time: String,
    delete_on_termination: bool,
}

pub(super) fn instance_interface(model: &Model, interface: &Interface) -> InstanceInterface {
    let InterfaceShape {
        network_interface_id,
        subnet_id,
        vpc_id,
        description,
        owner_id,
        status,
        mac_address,
        private_ip_address,
        source_dest_check,
        group_set,
        ipv6_addresses_set,
        interface_type,
        ..
    } = shape(model, interface);
    let Attachment { attachment_id, device_index, status: attached, attach_time, delete_on_termination, .. } =
        attachment(model, interface);
    InstanceInterface {
        network_interface_id,
        subnet_id,
        vpc_id,
        description,
        owner_id,
        status,
        mac_address,
        private_ip_address,
        source_dest_check,
        group_set,
        attachment: InstanceAttachment {
            attachment_id,
            device_index,
            status: attached,
            attach_time,
            delete_on_termination,
        },
        ipv6_addresses_set,
        interface_type,
    }
}

/// Its place on its machine: of a machine of AWS's own always the second.
fn device_index(model: &Model, interface: &Interface) -> u8 {
    let machine = interface.instance.as_ref().and_then(|id| model.world.network.machines.get(id));
    let is_first = machine.is_none_or(|machine| machine.interface.as_ref() == Some(&interface.id));
    u8::from(is_of_aws(interface) || !is_first)
}

/// A NAT gateway's and a function's interface hang on machines of AWS's own: `ela-attach-…`, owner `amazon-aws` (recorded).
fn attachment(model: &Model, interface: &Interface) -> Attachment {
    let managed = is_of_aws(interface);
    let made = model.hidden.facts.made_at.get(&interface.id).copied().unwrap_or(Duration::ZERO);
    Attachment {
        attachment_id: attachment_id(model, interface),
        instance_id: interface.instance.clone(),
        instance_owner_id: if managed { "amazon-aws".to_owned() } else { owner(model) },
        device_index: device_index(model, interface),
        network_card_index: 0,
        status: "attached",
        attach_time: moment(made),
        delete_on_termination: false,
    }
}

fn attachment_id(model: &Model, interface: &Interface) -> CloudId {
    let managed = is_of_aws(interface);
    model.derived_id(if managed { "ela-attach" } else { "eni-attach" }, &[interface.id.as_str()])
}

/// The public address of the first private one.
fn association(model: &Model, interface: &Interface) -> Option<Association> {
    association_of(model, interface, 0)
}

/// The public addresses of all private ones.
fn associations(model: &Model, interface: &Interface) -> Vec<Association> {
    (0..interface.private_ips.len()).filter_map(|nth| association_of(model, interface, nth)).collect()
}

/// The public address of the n-th private one. The first one's may be Amazon's.
fn association_of(model: &Model, interface: &Interface, nth: usize) -> Option<Association> {
    let private_ip = interface.private_ips.get(nth);
    let mut on_it = model.world.gateway.addresses.values().filter(|a| a.interface.as_ref() == Some(&interface.id));
    let held = on_it.find(|a| model.mapped_to(a).as_ref() == private_ip);
    let public_ip = held.and_then(|a| a.ip).or(interface.public_ip.filter(|_| nth == 0))?;
    Some(Association {
        public_ip,
        public_dns_name: public_name(model, public_ip),
        // An address that nobody allocated is Amazon's own [doc].
        ip_owner_id: if held.is_some() { owner(model) } else { "amazon".to_owned() },
        allocation_id: held.map(|address| address.id.clone()),
        association_id: held.map(|address| model.address_association(&address.id, &interface.id)),
    })
}

fn mac(model: &Model, interface: &Interface) -> String {
    let id = model.derived_id("mac", &[interface.id.as_str()]);
    let digits: Vec<char> = id.as_str().chars().rev().take(10).collect();
    digits.chunks(2).fold("0e".to_owned(), |mac, pair| mac + ":" + &pair.iter().collect::<String>())
}

const LISTING: Listing<Interface> = Listing {
    kind: &ids::INTERFACE,
    id: |interface| interface.id.as_str(),
    tags: Some(|_, interface| &interface.tags),
    filters: &[
        ("addresses.association.owner-id", |model, i| each(associations(model, i).into_iter().map(|a| a.ip_owner_id))),
        ("addresses.association.public-ip", |model, i| {
            each_shown(associations(model, i).into_iter().map(|a| a.public_ip))
        }),
        ("addresses.primary", |_, i| each_shown((0..i.private_ips.len()).map(|nth| nth == 0))),
        ("addresses.private-ip-address", |_, i| each_shown(&i.private_ips)),
        ("association.allocation-id", |model, i| each_shown(association(model, i).and_then(|a| a.allocation_id))),
        ("association.association-id", |model, i| each_shown(association(model, i).and_then(|a| a.association_id))),
        ("association.ip-owner-id", |model, i| each(association(model, i).map(|a| a.ip_owner_id))),
        ("association.public-dns-name", |model, i| each(association(model, i).map(|a| a.public_dns_name))),
        ("association.public-ip", |_, i| each_shown(i.public_ip)),
        ("attachment.attachment-id", |model, i| each_shown(i.in_use.then(|| attachment_id(model, i)))),
        ("attachment.delete-on-termination", |_, i| each(i.in_use.then_some("false"))),
        ("attachment.device-index", |model, i| each_shown(i.in_use.then(|| attachment(model, i).device_index))),
        ("attachment.instance-id", |_, i| each_shown(&i.instance)),
        ("attachment.instance-owner-id", |model, i| each(i.in_use.then(|| attachment(model, i).instance_owner_id))),
        ("attachment.status", |_, i| each(i.in_use.then_some("attached"))),
        ("availability-zone", |model, i| one(zone(model, i))),
        ("availability-zone-id", |model, i| one(zone_id(model, zone(model, i)))),
        ("description", |_, i| one(&i.description)),
        ("group-id", |_, i| each(i.groups.iter().map(CloudId::as_str))),
        ("group-name", |model, i| {
            each_shown(i.groups.iter().filter_map(|id| model.world.network.groups.get(id)).map(|g| &g.name))
        }),
        ("interface-type", |_, i| one(interface_type(i.kind))),
        ("ipv6-addresses.ipv6-address", |_, i| each_shown(&i.ipv6)),
        ("mac-address", |model, i| one(mac(model, i))),
        ("network-interface-id", |_, i| one(i.id.as_str())),
        ("owner-id", |model, _| one(owner(model))),
        ("private-dns-name", |model, i| each(i.private_ips.first().map(|ip| private_name(model, *ip)))),
        ("private-ip-address", |_, i| each_shown(&i.private_ips)),
        ("requester-id", |model, i| each(requester(model, i))),
        ("requester-managed", |_, i| shown(is_requester_managed(i))),
        ("source-dest-check", |_, i| shown(i.source_dest_check)),
        ("status", |_, i| one(status(i))),
        ("subnet-id", |_, i| one(i.subnet.as_str())),
        ("vpc-id", |_, i| one(i.network.as_str())),
    ],
    pages: Pages::usual("NetworkInterfaceIds"),
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DescribeNetworkInterfaces {
    #[serde(default)]
    network_interface_id: Vec<String>,
    #[serde(default)]
    filter: Vec<Filter>,
    max_results: Option<i64>,
    next_token: Option<String>,
    /// Also those that AWS hides from their owner: there are none here.
    #[serde(rename = "IncludeManagedResources")]
    _managed: Option<bool>,
}

describe_answer!(InterfacesAnswer "networkInterfaceSet" InterfaceShape);

fn describe_network_interfaces(
    state: &mut State,
    args: DescribeNetworkInterfaces,
) -> Result<InterfacesAnswer, ApiError> {
    let model = &state.model;
    let seen = model.world.network.interfaces.values().filter(|i| model.sees(&i.id));
    let ask = Ask {
        ids: &args.network_interface_id,
        filters: &args.filter,
        max_results: args.max_results,
        next_token: args.next_token.as_deref(),
    };
    let page = LISTING.select(model, seen, ask)?;
    Ok(InterfacesAnswer { list: page.shaped(|interface| shape(model, interface)), next_token: page.next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteNetworkInterface {
    network_interface_id: CloudId,
}

fn delete_network_interface(state: &mut State, args: DeleteNetworkInterface) -> Result<Return, ApiError> {
    let read_first = ids::read_first([(&ids::INTERFACE, args.network_interface_id.as_str())]);
    state.model.delete_network_interface(&args.network_interface_id).map_err(read_first)?;
    Ok(Return::TRUE)
}
