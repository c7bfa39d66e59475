//! Network ACLs as AWS describes them.

use aws_sdk_ec2::types::{self as aws, PortRange, RuleAction};
use egress_core::{
    ipnet::IpNet,
    world::{Acl, AclEntry, Direction},
};

use crate::wire::{Flaw, Read, cidr_v4, cidr_v6, id, id_if, must, ports, protocol, tags};

pub(super) fn acl(acl: &aws::NetworkAcl) -> Read<Acl> {
    Ok(Acl {
        id: id("networkAclId", acl.network_acl_id())?,
        network: id("vpcId", acl.vpc_id())?,
        is_default: acl.is_default().unwrap_or_default(),
        subnets: acl.associations().iter().filter_map(|link| id_if(link.subnet_id())).collect(),
        entries: acl.entries().iter().map(entry).collect::<Read<_>>()?,
        tags: tags(acl.tags()),
    })
}

fn entry(entry: &aws::NetworkAclEntry) -> Read<AclEntry> {
    let cidr = match entry.cidr_block().filter(|range| !range.is_empty()) {
        Some(range) => IpNet::V4(cidr_v4(range)?),
        None => IpNet::V6(cidr_v6(must("cidrBlock", entry.ipv6_cidr_block())?)?),
    };
    let number = entry.rule_number().and_then(|n| u16::try_from(n).ok());
    let end = |of: fn(&PortRange) -> Option<i32>| entry.port_range().and_then(of).map(i64::from);
    let protocol = protocol(must("protocol", entry.protocol())?)?;
    Ok(AclEntry {
        number: number.ok_or_else(|| Flaw::new("an entry of an ACL has no number"))?,
        direction: if entry.egress() == Some(true) { Direction::Egress } else { Direction::Ingress },
        protocol,
        ports: ports(protocol, end(PortRange::from), end(PortRange::to))?,
        cidr,
        allow: entry.rule_action() == Some(&RuleAction::Allow),
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{NetworkAclAssociation, NetworkAclEntry};
    use egress_core::world::Protocol;

    use super::*;

    #[test]
    fn an_acl_tells_its_entries_with_numbers_for_protocols() {
        let entry = |n, protocol: &str| {
            NetworkAclEntry::builder().rule_number(n).protocol(protocol).cidr_block("0.0.0.0/0").egress(true)
        };
        let described = aws::NetworkAcl::builder()
            .network_acl_id("acl-1")
            .vpc_id("vpc-1")
            .is_default(true)
            .associations(NetworkAclAssociation::builder().subnet_id("subnet-1").build())
            .entries(
                entry(100, "6")
                    .port_range(PortRange::builder().from(1024).to(65_535).build())
                    .rule_action(RuleAction::Allow)
                    .build(),
            )
            .entries(entry(32_767, "-1").rule_action(RuleAction::Deny).build())
            .build();
        let read = acl(&described).unwrap();
        assert_eq!(read.subnets, ["subnet-1".into()].into());
        let everywhere: IpNet = "0.0.0.0/0".parse().unwrap();
        let expected = |number, protocol, ports, allow| AclEntry {
            number,
            direction: Direction::Egress,
            protocol,
            ports,
            cidr: everywhere,
            allow,
        };
        assert_eq!(
            read.entries,
            [expected(100, Protocol::Tcp, (1024, 65_535), true), expected(32_767, Protocol::All, (0, 65_535), false),]
        );
    }

    #[test]
    fn an_entry_that_cannot_be_read_is_an_error() {
        let entry = NetworkAclEntry::builder().protocol("6").cidr_block("0.0.0.0/0");
        assert!(super::entry(&entry.clone().build()).is_err());
        assert!(super::entry(&entry.clone().rule_number(1).protocol("999").build()).is_err());
        assert!(super::entry(&entry.rule_number(1).cidr_block("x").build()).is_err());
    }
}
