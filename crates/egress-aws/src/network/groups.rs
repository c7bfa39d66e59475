//! Security groups as AWS describes them, and rules as AWS wants them.

use aws_sdk_ec2::types::{self as aws, IpPermission, IpRange, Ipv6Range, PrefixListId, UserIdGroupPair};
use egress_core::{
    CloudId,
    ipnet::IpNet,
    world::{Peer, Protocol, Rule, SecurityGroup},
};

use crate::wire::{Read, cidr_v4, cidr_v6, id, must, ports, protocol, tags};

pub(super) fn group(group: &aws::SecurityGroup) -> Read<SecurityGroup> {
    Ok(SecurityGroup {
        id: id("groupId", group.group_id())?,
        network: id("vpcId", group.vpc_id())?,
        name: must("groupName", group.group_name())?.to_owned(),
        ingress: rules(group.ip_permissions())?,
        egress: rules(group.ip_permissions_egress())?,
        tags: tags(group.tags()),
    })
}

/// One rule per range, group and list.
fn rules(permissions: &[IpPermission]) -> Read<Vec<Rule>> {
    let mut rules = Vec::new();
    for permission in permissions {
        let protocol = protocol(must("ipProtocol", permission.ip_protocol())?)?;
        let ports = ports(protocol, permission.from_port().map(i64::from), permission.to_port().map(i64::from))?;
        let mut peers = Vec::new();
        for range in permission.ip_ranges() {
            peers.push(Peer::Cidr(IpNet::V4(cidr_v4(must("cidrIp", range.cidr_ip())?)?)));
        }
        for range in permission.ipv6_ranges() {
            peers.push(Peer::Cidr(IpNet::V6(cidr_v6(must("cidrIpv6", range.cidr_ipv6())?)?)));
        }
        for pair in permission.user_id_group_pairs() {
            peers.push(Peer::Group(id("groupId", pair.group_id())?));
        }
        for list in permission.prefix_list_ids() {
            peers.push(Peer::PrefixList(id("prefixListId", list.prefix_list_id())?));
        }
        rules.extend(peers.into_iter().map(|peer| Rule { protocol, ports, peer }));
    }
    Ok(rules)
}

/// A rule as AWS wants it.
pub(super) fn permission(rule: &Rule) -> IpPermission {
    let mut permission = IpPermission::builder().ip_protocol(protocol_name(rule.protocol));
    permission = match rule.protocol {
        Protocol::Tcp | Protocol::Udp => permission.from_port(i32::from(rule.ports.0)).to_port(i32::from(rule.ports.1)),
        // Every type and every code.
        Protocol::Icmp | Protocol::Icmp6 => permission.from_port(-1).to_port(-1),
        Protocol::All | Protocol::Number(_) => permission,
    };
    let id = |id: &CloudId| id.as_str().to_owned();
    match &rule.peer {
        Peer::Cidr(IpNet::V4(range)) => permission.ip_ranges(IpRange::builder().cidr_ip(range.to_string()).build()),
        Peer::Cidr(IpNet::V6(range)) => {
            permission.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(range.to_string()).build())
        }
        Peer::Group(group) => permission.user_id_group_pairs(UserIdGroupPair::builder().group_id(id(group)).build()),
        Peer::PrefixList(list) => permission.prefix_list_ids(PrefixListId::builder().prefix_list_id(id(list)).build()),
    }
    .build()
}

fn protocol_name(protocol: Protocol) -> String {
    match protocol {
        Protocol::All => "-1".to_owned(),
        Protocol::Tcp => "tcp".to_owned(),
        Protocol::Udp => "udp".to_owned(),
        Protocol::Icmp => "icmp".to_owned(),
        Protocol::Icmp6 => "icmpv6".to_owned(),
        Protocol::Number(number) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_is_sent_is_read_back_the_same() {
        let peers = [
            Peer::Cidr("10.0.0.0/8".parse().unwrap()),
            Peer::Cidr("::/0".parse().unwrap()),
            Peer::Group("sg-1".into()),
            Peer::PrefixList("pl-1".into()),
        ];
        let sorts = [
            (Protocol::All, (0, u16::MAX)),
            (Protocol::Tcp, (443, 444)),
            (Protocol::Udp, (0, u16::MAX)),
            (Protocol::Icmp, (0, u16::MAX)),
            (Protocol::Icmp6, (0, u16::MAX)),
            (Protocol::Number(50), (0, u16::MAX)),
        ];
        for (protocol, ports) in sorts {
            for peer in peers.clone() {
                let rule = Rule { protocol, ports, peer };
                assert_eq!(rules(&[permission(&rule)]), Ok(vec![rule]));
            }
        }
    }

    #[test]
    fn each_peer_of_a_permission_is_a_rule_of_its_own() {
        let permission = IpPermission::builder()
            .ip_protocol("tcp")
            .from_port(80)
            .to_port(80)
            .ip_ranges(IpRange::builder().cidr_ip("10.0.0.0/8").build())
            .ip_ranges(IpRange::builder().cidr_ip("11.0.0.0/8").build())
            .user_id_group_pairs(UserIdGroupPair::builder().group_id("sg-2").build())
            .build();
        let read = rules(&[permission]).unwrap();
        assert_eq!(read.len(), 3);
        assert_eq!(read[2], Rule { protocol: Protocol::Tcp, ports: (80, 80), peer: Peer::Group("sg-2".into()) });
    }

    #[test]
    fn a_rule_that_cannot_be_read_is_an_error() {
        let bad = |protocol: &str, cidr: &str, port| {
            let range = IpRange::builder().cidr_ip(cidr).build();
            rules(&[IpPermission::builder()
                .ip_protocol(protocol)
                .from_port(port)
                .to_port(port)
                .ip_ranges(range)
                .build()])
        };
        assert!(bad("tcp", "10.0.0.0/99", 1).is_err());
        assert!(bad("quic", "10.0.0.0/8", 1).is_err());
        assert!(bad("tcp", "10.0.0.0/8", 70_000).is_err());
        assert!(bad("tcp", "10.0.0.0/8", 1).is_ok());
    }
}
