//! Network ACLs, as they are read.

use egress_core::{
    CloudId,
    world::{Acl, AclEntry, Direction, Protocol},
};
use ipnet::IpNet;
use serde::Serialize;

use super::{
    filter::{each, each_shown, one, shown},
    ids,
    listing::{Listing, Pages, describe_answer, describe_args},
    shape::{TagSet, owner, tag_set},
};
use crate::{
    cloud::{ApiError, Model},
    mock::State,
    wire::{
        route::{Action, action},
        xml::Items,
    },
};

pub(super) const ACTIONS: &[Action] = &[action!("DescribeNetworkAcls" Reads describe_network_acls)];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AclShape {
    network_acl_id: CloudId,
    vpc_id: CloudId,
    owner_id: String,
    default: bool,
    entry_set: Items<EntryShape>,
    association_set: Items<AssociationShape>,
    tag_set: TagSet,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EntryShape {
    rule_number: u16,
    protocol: String,
    rule_action: &'static str,
    egress: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cidr_block: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ipv6_cidr_block: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icmp_type_code: Option<IcmpShape>,
    #[serde(skip_serializing_if = "Option::is_none")]
    port_range: Option<PortsShape>,
}

#[derive(Serialize)]
struct IcmpShape {
    code: i32,
    r#type: i32,
}

#[derive(Serialize)]
struct PortsShape {
    from: u16,
    to: u16,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AssociationShape {
    network_acl_association_id: CloudId,
    network_acl_id: CloudId,
    subnet_id: CloudId,
}

pub(super) fn shape(model: &Model, acl: &Acl) -> AclShape {
    let association = |subnet: &CloudId| AssociationShape {
        network_acl_association_id: association(model, acl, subnet),
        network_acl_id: acl.id.clone(),
        subnet_id: subnet.clone(),
    };
    let mut entries: Vec<&AclEntry> = acl.entries.iter().collect();
    entries.sort_by_key(|entry| (entry.direction == Direction::Ingress, entry.number));
    AclShape {
        network_acl_id: acl.id.clone(),
        vpc_id: acl.network.clone(),
        owner_id: owner(model),
        default: acl.is_default,
        entry_set: entries.into_iter().map(entry).collect(),
        association_set: acl.subnets.iter().map(association).collect(),
        tag_set: tag_set(&acl.tags),
    }
}

fn entry(entry: &AclEntry) -> EntryShape {
    let v6 = matches!(entry.cidr, IpNet::V6(_));
    let cidr = Some(entry.cidr.to_string());
    let has_ports = matches!(entry.protocol, Protocol::Tcp | Protocol::Udp);
    let is_icmp = matches!(entry.protocol, Protocol::Icmp | Protocol::Icmp6);
    EntryShape {
        rule_number: entry.number,
        protocol: number(entry.protocol),
        rule_action: rule_action(entry),
        egress: entry.direction == Direction::Egress,
        cidr_block: cidr.clone().filter(|_| !v6),
        ipv6_cidr_block: cidr.filter(|_| v6),
        icmp_type_code: is_icmp.then_some(IcmpShape { code: -1, r#type: -1 }),
        port_range: has_ports.then_some(PortsShape { from: entry.ports.0, to: entry.ports.1 }),
    }
}

fn association(model: &Model, acl: &Acl, subnet: &CloudId) -> CloudId {
    model.acl_association(&acl.id, subnet)
}

fn rule_action(entry: &AclEntry) -> &'static str {
    if entry.allow { "allow" } else { "deny" }
}

/// An ACL's protocols are numbers, `-1` for all [doc].
fn number(protocol: Protocol) -> String {
    match protocol {
        Protocol::All => "-1".to_owned(),
        Protocol::Tcp => "6".to_owned(),
        Protocol::Udp => "17".to_owned(),
        Protocol::Icmp => "1".to_owned(),
        Protocol::Icmp6 => "58".to_owned(),
        Protocol::Number(n) => n.to_string(),
    }
}

/// The filter `entry.protocol` takes names too [doc].
fn name(protocol: Protocol) -> Option<String> {
    matches!(protocol, Protocol::Tcp | Protocol::Udp | Protocol::Icmp).then(|| protocol.to_string())
}

const LISTING: Listing<Acl> = Listing {
    kind: &ids::ACL,
    id: |acl| acl.id.as_str(),
    tags: Some(|_, acl| &acl.tags),
    filters: &[
        ("association.association-id", |model, a| {
            each_shown(a.subnets.iter().map(|subnet| association(model, a, subnet)))
        }),
        ("association.network-acl-id", |_, a| each(a.subnets.iter().map(|_| a.id.as_str()))),
        ("association.subnet-id", |_, a| each(a.subnets.iter().map(CloudId::as_str))),
        ("default", |_, a| shown(a.is_default)),
        ("entry.cidr", |_, a| each_shown(a.entries.iter().map(|e| e.cidr).filter(|c| matches!(c, IpNet::V4(_))))),
        ("entry.ipv6-cidr", |_, a| each_shown(a.entries.iter().map(|e| e.cidr).filter(|c| matches!(c, IpNet::V6(_))))),
        ("entry.egress", |_, a| each_shown(a.entries.iter().map(|e| e.direction == Direction::Egress))),
        ("entry.port-range.from", |_, a| each_shown(a.entries.iter().map(|e| e.ports.0))),
        ("entry.port-range.to", |_, a| each_shown(a.entries.iter().map(|e| e.ports.1))),
        ("entry.protocol", |_, a| {
            each_shown(a.entries.iter().flat_map(|e| [Some(number(e.protocol)), name(e.protocol)]).flatten())
        }),
        ("entry.rule-action", |_, a| each(a.entries.iter().map(rule_action))),
        ("entry.rule-number", |_, a| each_shown(a.entries.iter().map(|e| e.number))),
        ("network-acl-id", |_, a| one(a.id.as_str())),
        ("owner-id", |model, _| one(owner(model))),
        ("vpc-id", |_, a| one(a.network.as_str())),
    ],
    pages: Pages::usual("NetworkAclIds"),
};

describe_args!(DescribeNetworkAcls "NetworkAclId");
describe_answer!(AclsAnswer "networkAclSet" AclShape);

fn describe_network_acls(state: &mut State, args: DescribeNetworkAcls) -> Result<AclsAnswer, ApiError> {
    let model = &state.model;
    let seen = model.world.network.acls.values().filter(|a| model.sees(&a.id) && model.sees(&a.network));
    let page = LISTING.select(model, seen, args.ask())?;
    Ok(AclsAnswer { list: page.shaped(|acl| shape(model, acl)), next_token: page.next_token })
}
