//! `IpPermissions`: rules of a security group as EC2 groups them, by protocol and ports, to be read and written.

use egress_core::{
    CloudId,
    world::{Peer, Protocol, Rule},
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::shape::{owner, unsupported};
use crate::{
    cloud::{ApiError, Code, Model, NewRule},
    wire::xml::Items,
};

/// Rules of one protocol and one range of ports.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct IpPermission {
    pub(super) ip_protocol: Option<String>,
    pub(super) from_port: Option<i32>,
    pub(super) to_port: Option<i32>,
    #[serde(default)]
    pub(super) groups: Vec<GroupPeer>,
    #[serde(default)]
    pub(super) ip_ranges: Vec<IpRange>,
    #[serde(default)]
    pub(super) ipv6_ranges: Vec<Ipv6Range>,
    #[serde(default)]
    pub(super) prefix_list_ids: Vec<ListPeer>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct GroupPeer {
    group_id: Option<CloudId>,
    user_id: Option<String>,
    group_name: Option<String>,
    #[serde(rename = "VpcId")]
    _vpc_id: Option<String>,
    vpc_peering_connection_id: Option<String>,
    description: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct IpRange {
    pub(super) cidr_ip: String,
    pub(super) description: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Ipv6Range {
    cidr_ipv6: String,
    description: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ListPeer {
    prefix_list_id: CloudId,
    description: Option<String>,
}

/// The single rules of permissions.
pub(super) fn rules_of(model: &Model, permissions: Vec<IpPermission>) -> Result<Vec<NewRule>, ApiError> {
    let mut rules = Vec::new();
    for permission in permissions {
        let Some(protocol) = permission.ip_protocol.as_deref() else {
            return Err(malformed("Missing IpProtocol"));
        };
        let protocol = protocol_of(protocol)?;
        let ports = ports_of(protocol, permission.from_port, permission.to_port)?;
        let before = rules.len();
        let mut add = |peer, description| rules.push(NewRule { rule: Rule { protocol, ports, peer }, description });
        for range in permission.ip_ranges {
            add(Peer::Cidr(cidr(&range.cidr_ip, false)?), range.description);
        }
        for range in permission.ipv6_ranges {
            add(Peer::Cidr(cidr(&range.cidr_ipv6, true)?), range.description);
        }
        for list in permission.prefix_list_ids {
            add(Peer::PrefixList(list.prefix_list_id), list.description);
        }
        for group in permission.groups {
            let description = group.description.clone();
            add(Peer::Group(group_of(model, group)?), description);
        }
        if rules.len() == before {
            return Err(malformed("Missing IpRanges, Ipv6Ranges, PrefixListIds or Groups"));
        }
    }
    Ok(rules)
}

fn group_of(model: &Model, group: GroupPeer) -> Result<CloudId, ApiError> {
    if group.vpc_peering_connection_id.is_some() || group.user_id.is_some_and(|user| user != owner(model)) {
        return Err(unsupported("IpPermissions.Groups"));
    }
    match (group.group_id, group.group_name) {
        (Some(id), _) => Ok(id),
        // By name a group can be named in the default network alone.
        (None, Some(_)) => Err(unsupported("IpPermissions.Groups.GroupName")),
        (None, None) => Err(malformed("Missing GroupId")),
    }
}

fn cidr(text: &str, v6: bool) -> Result<IpNet, ApiError> {
    let parsed = text.parse::<IpNet>().ok().filter(|cidr| matches!(cidr, IpNet::V6(_)) == v6);
    // Recorded: `CIDR block 10.0.0.0/33 is malformed`.
    let cidr =
        parsed.ok_or_else(|| ApiError::new(Code::InvalidParameterValue, format!("CIDR block {text} is malformed")))?;
    Ok(cidr.trunc())
}

/// By name, by number, or `-1` for all [doc].
fn protocol_of(text: &str) -> Result<Protocol, ApiError> {
    let protocol = match text.to_ascii_lowercase().as_str() {
        "-1" | "all" => Protocol::All,
        "tcp" | "6" => Protocol::Tcp,
        "udp" | "17" => Protocol::Udp,
        "icmp" | "1" => Protocol::Icmp,
        "icmpv6" | "58" => Protocol::Icmp6,
        number => Protocol::Number(number.parse().map_err(|_| {
            let message = format!("Invalid value '{text}' for IP protocol. Unknown protocol.");
            ApiError::new(Code::InvalidParameterValue, message)
        })?),
    };
    Ok(protocol)
}

/// The ports: of TCP and UDP they must be there; of ICMP they are type and code, of which this cloud knows all alone; of
/// other protocols they do not count [doc].
fn ports_of(protocol: Protocol, from: Option<i32>, to: Option<i32>) -> Result<(u16, u16), ApiError> {
    const ALL: (u16, u16) = (0, u16::MAX);
    match protocol {
        Protocol::Tcp | Protocol::Udp => match (from, to) {
            (Some(-1), Some(-1)) => Ok(ALL),
            (Some(from), Some(to)) => match (u16::try_from(from), u16::try_from(to)) {
                (Ok(from), Ok(to)) if from <= to => Ok((from, to)),
                (Ok(_), Ok(_)) => {
                    Err(ApiError::new(Code::InvalidParameterValue, format!("Invalid TCP/UDP port range ({from}:{to})")))
                }
                _ => Err(ApiError::new(Code::InvalidParameterValue, format!("TCP/UDP port ({from}) out of range"))),
            },
            _ => Err(ApiError::new(
                Code::InvalidParameterValue,
                "Invalid value 'Must specify both from and to ports \
                                                                  with TCP/UDP.' for portRange.",
            )),
        },
        Protocol::Icmp | Protocol::Icmp6 => match (from.unwrap_or(-1), to.unwrap_or(-1)) {
            (-1, -1) => Ok(ALL),
            _ => Err(unsupported("FromPort")),
        },
        Protocol::All | Protocol::Number(_) => Ok(ALL),
    }
}

fn malformed(message: &str) -> ApiError {
    ApiError::new(Code::PermissionMalformed, message)
}

/// Rules of one protocol and one range of ports, as they are shown.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PermissionShape {
    ip_protocol: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_port: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_port: Option<i32>,
    groups: Items<GroupPeerShape>,
    ip_ranges: Items<RangeShape>,
    ipv6_ranges: Items<Ipv6RangeShape>,
    prefix_list_ids: Items<ListShape>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupPeerShape {
    user_id: String,
    group_id: CloudId,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RangeShape {
    cidr_ip: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Ipv6RangeShape {
    cidr_ipv6: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ListShape {
    prefix_list_id: CloudId,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

/// Rules in groups of one protocol and one range of ports.
pub(super) fn permissions<'a>(
    model: &Model,
    rules: &'a [Rule],
    description: impl Fn(&'a Rule) -> Option<String>,
) -> Items<PermissionShape> {
    let mut shapes: Vec<(&Rule, PermissionShape)> = Vec::new();
    for rule in rules {
        let like = |(first, _): &(&Rule, _)| (first.protocol, first.ports) == (rule.protocol, rule.ports);
        let at = shapes.iter().position(like).unwrap_or_else(|| {
            shapes.push((rule, empty(rule)));
            shapes.len() - 1
        });
        let Some((_, shape)) = shapes.get_mut(at) else { continue };
        let description = description(rule);
        match &rule.peer {
            Peer::Cidr(cidr @ IpNet::V4(_)) => {
                shape.ip_ranges.item.push(RangeShape { cidr_ip: cidr.to_string(), description });
            }
            Peer::Cidr(cidr @ IpNet::V6(_)) => {
                shape.ipv6_ranges.item.push(Ipv6RangeShape { cidr_ipv6: cidr.to_string(), description });
            }
            Peer::Group(id) => {
                let user_id = owner(model);
                shape.groups.item.push(GroupPeerShape { user_id, group_id: id.clone(), description });
            }
            Peer::PrefixList(id) => {
                shape.prefix_list_ids.item.push(ListShape { prefix_list_id: id.clone(), description });
            }
        }
    }
    shapes.into_iter().map(|(_, shape)| shape).collect()
}

fn empty(rule: &Rule) -> PermissionShape {
    // Of all protocols EC2 shows no ports here.
    let ports = shown_ports(rule).filter(|_| rule.protocol != Protocol::All);
    PermissionShape {
        ip_protocol: shown_protocol(rule.protocol),
        from_port: ports.map(|(from, _)| from),
        to_port: ports.map(|(_, to)| to),
        groups: Items::default(),
        ip_ranges: Items::default(),
        ipv6_ranges: Items::default(),
        prefix_list_ids: Items::default(),
    }
}

/// `tcp`, `udp`, `icmp`, `icmpv6`, a number, or `-1` for all [doc].
pub(super) fn shown_protocol(protocol: Protocol) -> String {
    match protocol {
        Protocol::All => "-1".to_owned(),
        Protocol::Tcp => "tcp".to_owned(),
        Protocol::Udp => "udp".to_owned(),
        Protocol::Icmp => "icmp".to_owned(),
        Protocol::Icmp6 => "icmpv6".to_owned(),
        Protocol::Number(n) => n.to_string(),
    }
}

/// `-1` stands for every ICMP type and code, and, where single rules are shown, for every port of all protocols (example of
/// `describe-security-group-rules` in the CLI's reference).
pub(super) fn shown_ports(rule: &Rule) -> Option<(i32, i32)> {
    match rule.protocol {
        Protocol::Tcp | Protocol::Udp => Some((i32::from(rule.ports.0), i32::from(rule.ports.1))),
        Protocol::Icmp | Protocol::Icmp6 | Protocol::All => Some((-1, -1)),
        Protocol::Number(_) => None,
    }
}
