//! Network interfaces.

use egress_core::{
    ipnet::IpNet,
    world::{Interface, InterfaceKind},
};

use super::{
    shapes,
    tags::{Tag, tag_list, tags},
};
use crate::text::{Read, cidr_v4, cidr_v6, id, id_if, interface_kind, ip, ip_if, must};

shapes! {
    /// A network interface.
    NetworkInterface {
        network_interface_id: Option<String>,
        vpc_id: Option<String>,
        subnet_id: Option<String>,
        interface_type: Option<String>,
        requester_managed: Option<bool>,
        status: Option<String>,
        description: Option<String>,
        groups: Vec<GroupIdentifier>,
        private_ip_address: Option<String>,
        private_ip_addresses: Vec<PrivateIpAddress>,
        ipv6_addresses: Vec<Ipv6Address>,
        ipv4_prefixes: Vec<Ipv4Prefix>,
        ipv6_prefixes: Vec<Ipv6Prefix>,
        association: Option<PublicAssociation>,
        attachment: Option<Attachment>,
        source_dest_check: Option<bool>,
        owner_id: Option<String>,
        tag_set: Vec<Tag>,
    }
    /// A group of an interface or endpoint.
    GroupIdentifier { group_id: Option<String>, }
    /// A private address.
    PrivateIpAddress { primary: Option<bool>, private_ip_address: Option<String>, }
    /// An IPv6 address.
    Ipv6Address { ipv6_address: Option<String>, }
    /// A range of IPv4 addresses.
    Ipv4Prefix { ipv4_prefix: Option<String>, }
    /// A range of IPv6 addresses.
    Ipv6Prefix { ipv6_prefix: Option<String>, }
    /// The public address that is mapped to an interface.
    PublicAssociation { public_ip: Option<String>, }
    /// What an interface is attached to.
    Attachment { instance_id: Option<String>, device_index: Option<i64>, network_card_index: Option<i64>, }
}

pub(crate) fn interface(interface: NetworkInterface) -> Read<Option<Interface>> {
    let description = interface.description.unwrap_or_default();
    let mut private_ips = Vec::new();
    if let Some(primary) = ip_if(interface.private_ip_address.as_deref())? {
        private_ips.push(primary);
    }
    for more in &interface.private_ip_addresses {
        let more = ip(must("PrivateIpAddress", more.private_ip_address.as_deref())?)?;
        if !private_ips.contains(&more) {
            private_ips.push(more);
        }
    }
    let v6 = interface.ipv6_addresses.iter().map(|more| ip(must("Ipv6Address", more.ipv6_address.as_deref())?));
    let prefixes_v4 = (interface.ipv4_prefixes.iter())
        .map(|range| cidr_v4(must("Ipv4Prefix", range.ipv4_prefix.as_deref())?).map(IpNet::V4));
    let prefixes_v6 = (interface.ipv6_prefixes.iter())
        .map(|range| cidr_v6(must("Ipv6Prefix", range.ipv6_prefix.as_deref())?).map(IpNet::V6));
    Ok(Some(Interface {
        id: id("NetworkInterfaceId", interface.network_interface_id.as_deref())?,
        network: id("VpcId", interface.vpc_id.as_deref())?,
        subnet: id("SubnetId", interface.subnet_id.as_deref())?,
        kind: interface_kind(
            interface.interface_type.as_deref().unwrap_or_default(),
            &description,
            interface.requester_managed.unwrap_or_default(),
        ),
        in_use: interface.status.as_deref() != Some("available"),
        groups: interface.groups.iter().filter_map(|group| id_if(group.group_id.as_deref())).collect(),
        private_ips,
        ipv6: v6.collect::<Read<_>>()?,
        prefixes: prefixes_v4.chain(prefixes_v6).collect::<Read<_>>()?,
        public_ip: ip_if(interface.association.as_ref().and_then(|mapped| mapped.public_ip.as_deref()))?,
        instance: id_if(interface.attachment.as_ref().and_then(|attachment| attachment.instance_id.as_deref())),
        source_dest_check: interface.source_dest_check.unwrap_or(true),
        description,
        tags: tags(interface.tag_set),
    }))
}

/// The shape of an interface.
pub(crate) fn shape_of(interface: &Interface, account: &str) -> NetworkInterface {
    let (sort, managed) = match interface.kind {
        InterfaceKind::Function => ("lambda", true),
        InterfaceKind::NatGateway => ("nat_gateway", true),
        InterfaceKind::Endpoint => ("vpc_endpoint", true),
        InterfaceKind::Machine => ("interface", false),
        InterfaceKind::Other => ("interface", true),
    };
    let address = |(i, ip): (usize, &std::net::Ipv4Addr)| PrivateIpAddress {
        primary: Some(i == 0),
        private_ip_address: Some(ip.to_string()),
    };
    NetworkInterface {
        network_interface_id: Some(interface.id.to_string()),
        vpc_id: Some(interface.network.to_string()),
        subnet_id: Some(interface.subnet.to_string()),
        interface_type: Some(sort.to_owned()),
        requester_managed: Some(managed),
        status: Some(if interface.in_use { "in-use" } else { "available" }.to_owned()),
        description: Some(interface.description.clone()),
        groups: interface.groups.iter().map(|id| GroupIdentifier { group_id: Some(id.to_string()) }).collect(),
        private_ip_address: interface.private_ips.first().map(ToString::to_string),
        private_ip_addresses: interface.private_ips.iter().enumerate().map(address).collect(),
        ipv6_addresses: interface.ipv6.iter().map(|ip| Ipv6Address { ipv6_address: Some(ip.to_string()) }).collect(),
        ipv4_prefixes: (interface.prefixes.iter().filter(|range| matches!(range, IpNet::V4(_))))
            .map(|range| Ipv4Prefix { ipv4_prefix: Some(range.to_string()) })
            .collect(),
        ipv6_prefixes: (interface.prefixes.iter().filter(|range| matches!(range, IpNet::V6(_))))
            .map(|range| Ipv6Prefix { ipv6_prefix: Some(range.to_string()) })
            .collect(),
        association: interface.public_ip.map(|ip| PublicAssociation { public_ip: Some(ip.to_string()) }),
        attachment: interface
            .instance
            .as_ref()
            .map(|instance| Attachment { instance_id: Some(instance.to_string()), ..Attachment::default() }),
        source_dest_check: Some(interface.source_dest_check),
        owner_id: Some(account.to_owned()),
        tag_set: tag_list(&interface.tags),
    }
}
