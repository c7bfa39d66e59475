//! Security groups and ACLs.

use std::collections::{BTreeMap, BTreeSet};

use egress_core::{
    CloudId,
    ipnet::{IpNet, Ipv4Net, Ipv6Net},
    world::{Acl, AclEntry, Direction, Peer, Protocol, Rule, SecurityGroup},
};
use serde_json::{Map, Value};

use super::{
    Resource, Site,
    network::NETWORKS,
    refer::{Meaning, text},
    tags,
    ways::subnets_of,
};
use crate::text::{Flaw, Read, cidr, must, ports, protocol};

/// Types of groups.
pub(super) const GROUPS: &[&str] = &["aws_security_group", "aws_default_security_group"];
const ACLS: &[&str] = &["aws_network_acl", "aws_default_network_acl"];
const LISTS: &[&str] = &["aws_ec2_managed_prefix_list", "aws_prefix_list"];

pub(super) fn groups(site: &mut Site<'_>) {
    let groups = site.read(GROUPS, |site, r| {
        let rules = |name| {
            r.blocks(name)
                .map(|block| inline_rules(site, r, name, block))
                .collect::<Read<Vec<_>>>()
                .map(|all| all.concat())
        };
        Ok(SecurityGroup {
            id: r.id(),
            network: site.must(r, "vpc_id", NETWORKS)?,
            name: r.text("name").unwrap_or(&r.address).to_owned(),
            ingress: rules("ingress")?,
            egress: rules("egress")?,
            tags: tags(r),
        })
    });
    site.world.network.groups = groups.into_iter().map(|group| (group.id.clone(), group)).collect();

    let kinds =
        ["aws_security_group_rule", "aws_vpc_security_group_egress_rule", "aws_vpc_security_group_ingress_rule"];
    let rules = site.read(&kinds, |site, r| {
        let group = site.must(r, "security_group_id", GROUPS)?;
        let is_egress = match r.kind.as_str() {
            "aws_security_group_rule" => r.text("type") == Some("egress"),
            kind => kind == "aws_vpc_security_group_egress_rule",
        };
        let rules =
            if r.kind == "aws_security_group_rule" { old_rules(site, r, &group)? } else { vec![new_rule(site, r)?] };
        Ok((group, is_egress, rules))
    });
    for (group, is_egress, rules) in rules {
        if let Some(group) = site.world.network.groups.get_mut(&group) {
            if is_egress { &mut group.egress } else { &mut group.ingress }.extend(rules);
        }
    }
}

/// The rules of a block in a group.
fn inline_rules(site: &Site<'_>, r: &Resource, name: &str, block: &Map<String, Value>) -> Read<Vec<Rule>> {
    let groups = site.document.meaning_in(r, block, &[name, "security_groups"], GROUPS);
    let lists = site.document.meaning_in(r, block, &[name, "prefix_list_ids"], LISTS);
    let itself = block.get("self").and_then(Value::as_bool).unwrap_or_default().then(|| r.id());
    rules_of(block, groups, lists, itself)
}

/// The rules of an `aws_security_group_rule`.
fn old_rules(site: &Site<'_>, r: &Resource, group: &CloudId) -> Read<Vec<Rule>> {
    let groups = site.document.meaning(r, "source_security_group_id", GROUPS);
    let lists = site.document.meaning(r, "prefix_list_ids", LISTS);
    let itself = r.flag("self").unwrap_or_default().then(|| group.clone());
    rules_of(&r.values, groups, lists, itself)
}

fn rules_of(block: &Map<String, Value>, groups: Meaning, lists: Meaning, itself: Option<CloudId>) -> Read<Vec<Rule>> {
    let protocol = protocol(must("protocol", text(block, "protocol"))?)?;
    let number = |name| block.get(name).and_then(Value::as_i64);
    let ports = ports(protocol, number("from_port"), number("to_port"))?;
    let mut peers = Vec::new();
    for name in ["cidr_blocks", "ipv6_cidr_blocks"] {
        for range in block.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            peers.push(Peer::Cidr(cidr(range)?));
        }
    }
    for (meaning, peer) in [(groups, Peer::Group as fn(CloudId) -> Peer), (lists, Peer::PrefixList)] {
        match meaning {
            Meaning::These(ids) => peers.extend(ids.into_iter().map(peer)),
            Meaning::Nothing => {}
            Meaning::Unknown => return Err(Flaw::new("whom a rule is for cannot be told")),
        }
    }
    peers.extend(itself.map(Peer::Group));
    Ok(peers.into_iter().map(|peer| Rule { protocol, ports, peer }).collect())
}

/// The rule of an `aws_vpc_security_group_egress_rule` or its like for ingress.
fn new_rule(site: &Site<'_>, r: &Resource) -> Read<Rule> {
    let protocol = protocol(must("ip_protocol", r.text("ip_protocol"))?)?;
    let ports = ports(protocol, r.number("from_port"), r.number("to_port"))?;
    let meaning = |name, kinds| site.document.meaning(r, name, kinds).one();
    let peer = match r.text("cidr_ipv4").or_else(|| r.text("cidr_ipv6")) {
        Some(range) => Some(Peer::Cidr(cidr(range)?)),
        None => meaning("referenced_security_group_id", GROUPS)
            .map(Peer::Group)
            .or_else(|| meaning("prefix_list_id", LISTS).map(Peer::PrefixList)),
    };
    Ok(Rule { protocol, ports, peer: peer.ok_or_else(|| Flaw::new("whom it is for cannot be told"))? })
}

pub(super) fn acls(site: &mut Site<'_>) {
    let acls = site.read(ACLS, |site, r| {
        let mut entries = Vec::new();
        for (name, direction) in [("ingress", Direction::Ingress), ("egress", Direction::Egress)] {
            for block in r.blocks(name) {
                entries.push(entry(block, direction, "rule_no", "action")?);
            }
        }
        Ok(Acl {
            id: r.id(),
            network: site.must(r, "vpc_id", NETWORKS)?,
            is_default: r.kind == "aws_default_network_acl",
            subnets: subnets_of(site, r, "subnet_ids").into_iter().collect(),
            entries,
            tags: tags(r),
        })
    });
    let mut acls: BTreeMap<CloudId, Acl> = acls.into_iter().map(|acl| (acl.id.clone(), acl)).collect();
    for (id, more) in site.read(&["aws_network_acl_rule"], |site, r| {
        let is_egress = r.flag("egress").unwrap_or_default();
        let direction = if is_egress { Direction::Egress } else { Direction::Ingress };
        Ok((site.must(r, "network_acl_id", ACLS)?, entry(&r.values, direction, "rule_number", "rule_action")?))
    }) {
        if let Some(acl) = acls.get_mut(&id) {
            acl.entries.push(more);
        }
    }
    for (id, subnet) in site.read(&["aws_network_acl_association"], |site, r| {
        Ok((site.must(r, "network_acl_id", ACLS)?, super::network::subnet_of(site, r)?))
    }) {
        if let Some(acl) = acls.get_mut(&id) {
            acl.subnets.insert(subnet);
        }
    }
    for r in site.every(NETWORKS) {
        let network = r.id();
        if !acls.values().any(|acl| acl.network == network && acl.is_default) {
            let id = CloudId::new(r.text("default_network_acl_id").unwrap_or(&format!("{} default ACL", r.address)));
            if r.text("default_network_acl_id").is_some() {
                site.note(r, format!("its default ACL {id} is not in the file, and taken to allow everything"));
            }
            acls.insert(id.clone(), default_acl(id, network));
        }
    }
    site.world.network.acls = acls;
}

/// The ACL that AWS makes with a network: everything is allowed (source: VPC guide, "Default network ACL").
fn default_acl(id: CloudId, network: CloudId) -> Acl {
    let entry = |number, cidr, direction| AclEntry {
        number,
        direction,
        protocol: Protocol::All,
        ports: (0, u16::MAX),
        cidr,
        allow: true,
    };
    let both = |number, cidr| [Direction::Ingress, Direction::Egress].map(|direction| entry(number, cidr, direction));
    let entries = [both(100, IpNet::V4(Ipv4Net::default())), both(101, IpNet::V6(Ipv6Net::default()))].concat();
    Acl { id, network, is_default: true, subnets: BTreeSet::new(), entries, tags: [].into_iter().collect() }
}

fn entry(
    block: &Map<String, Value>,
    direction: Direction,
    number: &'static str,
    action: &'static str,
) -> Read<AclEntry> {
    let protocol = protocol(must("protocol", text(block, "protocol"))?)?;
    let value = |name| block.get(name).and_then(Value::as_i64);
    let range = text(block, "cidr_block").or_else(|| text(block, "ipv6_cidr_block"));
    let number = value(number).and_then(|n| u16::try_from(n).ok());
    Ok(AclEntry {
        number: number.ok_or_else(|| Flaw::new("an entry has no number that an ACL can have"))?,
        direction,
        protocol,
        ports: ports(protocol, value("from_port"), value("to_port"))?,
        cidr: cidr(must("cidr_block", range)?)?,
        allow: must(action, text(block, action))?.eq_ignore_ascii_case("allow"),
    })
}
