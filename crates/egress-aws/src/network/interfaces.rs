//! Network interfaces as AWS describes them.

use aws_sdk_ec2::types::{self as aws, NetworkInterfaceStatus};
use egress_core::{ipnet::IpNet, world::Interface};

use crate::wire::{Read, cidr_v4, cidr_v6, id, id_if, interface_kind, ip, ip_if, must, tags};

pub(super) fn interface(interface: &aws::NetworkInterface) -> Read<Interface> {
    let description = interface.description().unwrap_or_default();
    let mut private_ips = Vec::new();
    if let Some(primary) = ip_if(interface.private_ip_address())? {
        private_ips.push(primary);
    }
    for more in interface.private_ip_addresses() {
        let more = ip(must("privateIpAddress", more.private_ip_address())?)?;
        if !private_ips.contains(&more) {
            private_ips.push(more);
        }
    }
    let v6 = interface.ipv6_addresses().iter().map(|more| ip(must("ipv6Address", more.ipv6_address())?));
    let prefixes_v4 = (interface.ipv4_prefixes().iter())
        .map(|range| cidr_v4(must("ipv4Prefix", range.ipv4_prefix())?).map(IpNet::V4));
    let prefixes_v6 = (interface.ipv6_prefixes().iter())
        .map(|range| cidr_v6(must("ipv6Prefix", range.ipv6_prefix())?).map(IpNet::V6));
    Ok(Interface {
        id: id("networkInterfaceId", interface.network_interface_id())?,
        network: id("vpcId", interface.vpc_id())?,
        subnet: id("subnetId", interface.subnet_id())?,
        kind: interface_kind(
            interface.interface_type().map(|kind| kind.as_str()).unwrap_or_default(),
            description,
            interface.requester_managed().unwrap_or_default(),
        ),
        in_use: interface.status() != Some(&NetworkInterfaceStatus::Available),
        groups: interface.groups().iter().filter_map(|group| id_if(group.group_id())).collect(),
        private_ips,
        ipv6: v6.collect::<Read<_>>()?,
        prefixes: prefixes_v4.chain(prefixes_v6).collect::<Read<_>>()?,
        public_ip: ip_if(interface.association().and_then(|mapped| mapped.public_ip()))?,
        instance: id_if(interface.attachment().and_then(|attachment| attachment.instance_id())),
        source_dest_check: interface.source_dest_check().unwrap_or(true),
        description: description.to_owned(),
        tags: tags(interface.tag_set()),
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{
        GroupIdentifier, Ipv4PrefixSpecification, NetworkInterfaceAssociation, NetworkInterfacePrivateIpAddress,
    };
    use egress_core::{Tags, world::InterfaceKind};

    use super::*;

    #[test]
    fn an_interface_keeps_its_primary_address_first() {
        let address = |ip: &str| NetworkInterfacePrivateIpAddress::builder().private_ip_address(ip).build();
        let described = aws::NetworkInterface::builder()
            .network_interface_id("eni-1")
            .vpc_id("vpc-1")
            .subnet_id("subnet-1")
            .interface_type("natGateway".into())
            .requester_managed(true)
            .status(NetworkInterfaceStatus::InUse)
            .private_ip_address("10.0.0.7")
            .private_ip_addresses(address("10.0.0.9"))
            .private_ip_addresses(address("10.0.0.7"))
            .ipv4_prefixes(Ipv4PrefixSpecification::builder().ipv4_prefix("10.0.0.16/28").build())
            .groups(GroupIdentifier::builder().group_id("sg-1").build())
            .association(NetworkInterfaceAssociation::builder().public_ip("192.0.2.1").build())
            .source_dest_check(false)
            .build();
        assert_eq!(
            interface(&described),
            Ok(Interface {
                id: "eni-1".into(),
                network: "vpc-1".into(),
                subnet: "subnet-1".into(),
                kind: InterfaceKind::NatGateway,
                in_use: true,
                groups: ["sg-1".into()].into(),
                private_ips: ["10.0.0.7", "10.0.0.9"].map(|ip| ip.parse().unwrap()).into(),
                ipv6: Vec::new(),
                prefixes: vec!["10.0.0.16/28".parse().unwrap()],
                public_ip: Some("192.0.2.1".parse().unwrap()),
                instance: None,
                source_dest_check: false,
                description: String::new(),
                tags: Tags::new(),
            })
        );
    }

    #[test]
    fn only_an_available_interface_is_out_of_use_and_a_bad_address_is_an_error() {
        let with = |status: &str, ip: &str| {
            let built = aws::NetworkInterface::builder().network_interface_id("eni-1").vpc_id("vpc-1");
            interface(&built.subnet_id("subnet-1").status(status.into()).private_ip_address(ip).build())
        };
        for (status, in_use) in
            [("available", false), ("associated", true), ("attaching", true), ("in-use", true), ("detaching", true)]
        {
            assert_eq!(with(status, "10.0.0.1").unwrap().in_use, in_use, "{status}");
        }
        assert!(with("in-use", "10.0.0.256").is_err());
    }
}
