//! Security groups and network ACLs.

use egress_core::{
    ipnet::IpNet,
    world::{Acl, AclEntry, Direction, Peer, Protocol, Rule, SecurityGroup},
};

use super::{
    shapes,
    tags::{Tag, tag_list, tags},
};
use crate::text::{Flaw, Read, cidr_v4, cidr_v6, filled, id, id_if, must, ports, protocol};

shapes! {
    /// A security group.
    SecurityGroupShape {
        group_id: Option<String>,
        group_name: Option<String>,
        vpc_id: Option<String>,
        ip_permissions: Vec<IpPermission>,
        ip_permissions_egress: Vec<IpPermission>,
        owner_id: Option<String>,
        tags: Vec<Tag>,
    }
    /// What a group lets through.
    IpPermission {
        ip_protocol: Option<String>,
        from_port: Option<i64>,
        to_port: Option<i64>,
        ip_ranges: Vec<IpRange>,
        ipv6_ranges: Vec<Ipv6Range>,
        user_id_group_pairs: Vec<UserIdGroupPair>,
        prefix_list_ids: Vec<PrefixListId>,
    }
    /// A range as the other end.
    IpRange { cidr_ip: Option<String>, }
    /// An IPv6 range as the other end.
    Ipv6Range { cidr_ipv6: Option<String>, }
    /// A group as the other end.
    UserIdGroupPair { group_id: Option<String>, }
    /// A list as the other end.
    PrefixListId { prefix_list_id: Option<String>, }
    /// A network ACL.
    NetworkAcl {
        network_acl_id: Option<String>,
        vpc_id: Option<String>,
        is_default: Option<bool>,
        associations: Vec<NetworkAclAssociation>,
        entries: Vec<NetworkAclEntry>,
        owner_id: Option<String>,
        tags: Vec<Tag>,
    }
    /// A subnet that it filters.
    NetworkAclAssociation { network_acl_id: Option<String>, subnet_id: Option<String>, }
    /// An entry of an ACL.
    NetworkAclEntry {
        rule_number: Option<i64>,
        egress: Option<bool>,
        protocol: Option<String>,
        port_range: Option<PortRange>,
        cidr_block: Option<String>,
        ipv6_cidr_block: Option<String>,
        rule_action: Option<String>,
    }
    /// Ports, both ends included.
    PortRange { from: Option<i64>, to: Option<i64>, }
}

pub(crate) fn group(group: SecurityGroupShape) -> Read<Option<SecurityGroup>> {
    Ok(Some(SecurityGroup {
        id: id("GroupId", group.group_id.as_deref())?,
        network: id("VpcId", group.vpc_id.as_deref())?,
        name: must("GroupName", group.group_name.as_deref())?.to_owned(),
        ingress: rules(&group.ip_permissions)?,
        egress: rules(&group.ip_permissions_egress)?,
        tags: tags(group.tags),
    }))
}

/// One rule per range, group and list.
fn rules(permissions: &[IpPermission]) -> Read<Vec<Rule>> {
    let mut rules = Vec::new();
    for permission in permissions {
        let protocol = protocol(must("IpProtocol", permission.ip_protocol.as_deref())?)?;
        let ports = ports(protocol, permission.from_port, permission.to_port)?;
        let mut peers = Vec::new();
        for range in &permission.ip_ranges {
            peers.push(Peer::Cidr(IpNet::V4(cidr_v4(must("CidrIp", range.cidr_ip.as_deref())?)?)));
        }
        for range in &permission.ipv6_ranges {
            peers.push(Peer::Cidr(IpNet::V6(cidr_v6(must("CidrIpv6", range.cidr_ipv6.as_deref())?)?)));
        }
        for pair in &permission.user_id_group_pairs {
            peers.push(Peer::Group(id("GroupId", pair.group_id.as_deref())?));
        }
        for list in &permission.prefix_list_ids {
            peers.push(Peer::PrefixList(id("PrefixListId", list.prefix_list_id.as_deref())?));
        }
        rules.extend(peers.into_iter().map(|peer| Rule { protocol, ports, peer }));
    }
    Ok(rules)
}

pub(crate) fn acl(acl: NetworkAcl) -> Read<Option<Acl>> {
    Ok(Some(Acl {
        id: id("NetworkAclId", acl.network_acl_id.as_deref())?,
        network: id("VpcId", acl.vpc_id.as_deref())?,
        is_default: acl.is_default.unwrap_or_default(),
        subnets: acl.associations.iter().filter_map(|link| id_if(link.subnet_id.as_deref())).collect(),
        entries: acl.entries.iter().map(entry).collect::<Read<_>>()?,
        tags: tags(acl.tags),
    }))
}

fn entry(entry: &NetworkAclEntry) -> Read<AclEntry> {
    let cidr = match filled(entry.cidr_block.as_deref()) {
        Some(range) => IpNet::V4(cidr_v4(range)?),
        None => IpNet::V6(cidr_v6(must("CidrBlock", entry.ipv6_cidr_block.as_deref())?)?),
    };
    let number = entry.rule_number.and_then(|n| u16::try_from(n).ok());
    let protocol = protocol(must("Protocol", entry.protocol.as_deref())?)?;
    let range = entry.port_range.clone().unwrap_or_default();
    Ok(AclEntry {
        number: number.ok_or_else(|| Flaw::new("an entry has no number that an ACL can have"))?,
        direction: match entry.egress {
            Some(true) => Direction::Egress,
            Some(false) => Direction::Ingress,
            None => return Err(Flaw::new("an entry does not tell which way it is for")),
        },
        protocol,
        ports: ports(protocol, range.from, range.to)?,
        cidr,
        allow: entry.rule_action.as_deref() == Some("allow"),
    })
}

/// The shape of a group.
pub(crate) fn group_shape(group: &SecurityGroup, account: &str) -> SecurityGroupShape {
    SecurityGroupShape {
        group_id: Some(group.id.to_string()),
        group_name: Some(group.name.clone()),
        vpc_id: Some(group.network.to_string()),
        ip_permissions: group.ingress.iter().map(permission).collect(),
        ip_permissions_egress: group.egress.iter().map(permission).collect(),
        owner_id: Some(account.to_owned()),
        tags: tag_list(&group.tags),
    }
}

fn permission(rule: &Rule) -> IpPermission {
    let range = ends(rule.protocol, rule.ports);
    let mut permission = IpPermission {
        ip_protocol: Some(match rule.protocol {
            Protocol::All => "-1".to_owned(),
            Protocol::Icmp6 => "icmpv6".to_owned(),
            other => other.to_string(),
        }),
        from_port: range.as_ref().and_then(|range| range.from),
        to_port: range.and_then(|range| range.to),
        ..IpPermission::default()
    };
    match &rule.peer {
        Peer::Cidr(IpNet::V4(range)) => permission.ip_ranges.push(IpRange { cidr_ip: Some(range.to_string()) }),
        Peer::Cidr(IpNet::V6(range)) => permission.ipv6_ranges.push(Ipv6Range { cidr_ipv6: Some(range.to_string()) }),
        Peer::Group(group) => {
            permission.user_id_group_pairs.push(UserIdGroupPair { group_id: Some(group.to_string()) });
        }
        Peer::PrefixList(list) => {
            permission.prefix_list_ids.push(PrefixListId { prefix_list_id: Some(list.to_string()) });
        }
    }
    permission
}

/// Ports stand with TCP and UDP alone.
fn ends(protocol: Protocol, (from, to): (u16, u16)) -> Option<PortRange> {
    matches!(protocol, Protocol::Tcp | Protocol::Udp)
        .then(|| PortRange { from: Some(from.into()), to: Some(to.into()) })
}

/// The shape of an ACL.
pub(crate) fn acl_shape(acl: &Acl, account: &str) -> NetworkAcl {
    let link = |subnet: &egress_core::CloudId| NetworkAclAssociation {
        network_acl_id: Some(acl.id.to_string()),
        subnet_id: Some(subnet.to_string()),
    };
    NetworkAcl {
        network_acl_id: Some(acl.id.to_string()),
        vpc_id: Some(acl.network.to_string()),
        is_default: Some(acl.is_default),
        associations: acl.subnets.iter().map(link).collect(),
        entries: acl.entries.iter().map(entry_shape).collect(),
        owner_id: Some(account.to_owned()),
        tags: tag_list(&acl.tags),
    }
}

fn entry_shape(entry: &AclEntry) -> NetworkAclEntry {
    let (v4, v6) = match entry.cidr {
        IpNet::V4(range) => (Some(range.to_string()), None),
        IpNet::V6(range) => (None, Some(range.to_string())),
    };
    let protocol = match entry.protocol {
        Protocol::All => "-1".to_owned(),
        Protocol::Tcp => "6".to_owned(),
        Protocol::Udp => "17".to_owned(),
        Protocol::Icmp => "1".to_owned(),
        Protocol::Icmp6 => "58".to_owned(),
        Protocol::Number(number) => number.to_string(),
    };
    NetworkAclEntry {
        rule_number: Some(entry.number.into()),
        egress: Some(entry.direction == Direction::Egress),
        protocol: Some(protocol),
        port_range: ends(entry.protocol, entry.ports),
        cidr_block: v4,
        ipv6_cidr_block: v6,
        rule_action: Some(if entry.allow { "allow" } else { "deny" }.to_owned()),
    }
}
