//! VPCs and subnets.

use std::{collections::BTreeMap, net::IpAddr};

use egress_core::{
    CloudId,
    world::{Network, Place, Readiness, Subnet},
};

use super::{
    shapes,
    tags::{State, Tag, state, state_of, tag_list, tags},
};
use crate::{
    Note,
    read::{Bag, Kind},
    text::{Flaw, Read, cidr_v4, cidr_v6, filled, id, must},
};

shapes! {
    /// A VPC.
    Vpc {
        vpc_id: Option<String>,
        cidr_block: Option<String>,
        cidr_block_association_set: Vec<CidrBlockAssociation>,
        ipv6_cidr_block_association_set: Vec<Ipv6CidrBlockAssociation>,
        state: Option<String>,
        is_default: Option<bool>,
        dhcp_options_id: Option<String>,
        owner_id: Option<String>,
        tags: Vec<Tag>,
    }
    /// An IPv4 range of a VPC.
    CidrBlockAssociation { cidr_block: Option<String>, cidr_block_state: Option<State>, }
    /// An IPv6 range of a VPC or subnet.
    Ipv6CidrBlockAssociation { ipv6_cidr_block: Option<String>, ipv6_cidr_block_state: Option<State>, }
    /// What `describe-vpc-attribute` says, of one attribute at a time.
    VpcAttribute {
        vpc_id: Option<String>,
        enable_dns_support: Option<Flag>,
        enable_dns_hostnames: Option<Flag>,
    }
    /// Whether an attribute is on.
    Flag { value: Option<bool>, }
    /// What hosts of a network are told.
    DhcpOptions { dhcp_options_id: Option<String>, dhcp_configurations: Vec<DhcpConfiguration>, owner_id: Option<String>, }
    /// One thing that they are told.
    DhcpConfiguration { key: Option<String>, values: Vec<DhcpValue>, }
    /// A value of it.
    DhcpValue { value: Option<String>, }
    /// A subnet.
    SubnetShape {
        subnet_id: Option<String>,
        subnet_arn: Option<String>,
        vpc_id: Option<String>,
        cidr_block: Option<String>,
        ipv6_cidr_block_association_set: Vec<Ipv6CidrBlockAssociation>,
        ipv6_native: Option<bool>,
        availability_zone: Option<String>,
        available_ip_address_count: Option<i64>,
        state: Option<String>,
        owner_id: Option<String>,
        tags: Vec<Tag>,
    }
}

/// The networks, with what other answers say of their names and resolvers.
pub(crate) fn networks(bag: &mut Bag, account: &str) -> BTreeMap<CloudId, Network> {
    let attributes: BTreeMap<CloudId, VpcAttribute> = bag.convert(Kind::VpcAttribute, |attribute| Ok(Some(attribute)));
    let resolvers = bag.convert(Kind::DhcpOptions, name_servers);
    let first = bag.things.get(&Kind::Vpc).into_iter().flatten().next();
    let first = first.map(|(_, entry)| Note::new(&entry.file, &entry.at, String::new()));
    let mut guessed: BTreeMap<&str, Vec<CloudId>> = BTreeMap::new();
    let networks = bag.convert(Kind::Vpc, |vpc: Vpc| {
        let options = filled(vpc.dhcp_options_id.as_deref()).filter(|options| *options != "default").map(CloudId::new);
        let mut network = network(vpc, account)?;
        let told = attributes.get(&network.id);
        let [support, hostnames] = [
            told.and_then(|told| told.enable_dns_support.as_ref()?.value),
            told.and_then(|told| told.enable_dns_hostnames.as_ref()?.value),
        ];
        if support.is_none() || hostnames.is_none() {
            guessed.entry("whether (describe-vpc-attribute) names work in").or_default().push(network.id.clone());
        }
        network.dns_support = support.unwrap_or(network.dns_support);
        network.dns_hostnames = hostnames.unwrap_or(network.dns_hostnames);
        match options.map(|options| resolvers.get(&options).cloned()) {
            None => {}
            Some(Some(servers)) => network.name_servers = servers,
            Some(None) => {
                guessed.entry("(describe-dhcp-options) the name servers of").or_default().push(network.id.clone());
            }
        }
        Ok(Some(network))
    });
    let note = |(what, networks): (&str, Vec<CloudId>)| {
        let (one, others) = (networks.first()?, networks.len() - 1);
        let who = if others == 0 { one.to_string() } else { format!("{one} and {others} more") };
        let why = format!("no file tells {what} {who}: taken to be as AWS makes it");
        Some(Note { why, ..first.clone()? })
    };
    bag.notes.extend(guessed.into_iter().filter_map(note));
    networks
}

/// A VPC, with the DNS attributes that AWS gives it where it was not asked for others: the resolver answers, and hosts get public
/// names in default VPCs alone (VPC user guide, "DNS attributes for your VPC").
fn network(vpc: Vpc, account: &str) -> Read<Network> {
    let mut cidrs = vec![cidr_v4(must("CidrBlock", vpc.cidr_block.as_deref())?)?];
    for more in &vpc.cidr_block_association_set {
        let range = cidr_v4(must("CidrBlock", more.cidr_block.as_deref())?)?;
        if serves(more.cidr_block_state.as_ref()) && !cidrs.contains(&range) {
            cidrs.push(range);
        }
    }
    let is_default = vpc.is_default.unwrap_or_default();
    Ok(Network {
        id: id("VpcId", vpc.vpc_id.as_deref())?,
        cidrs,
        cidrs_v6: v6(&vpc.ipv6_cidr_block_association_set)?,
        state: readiness(vpc.state.as_deref()),
        is_default,
        dns_support: true,
        dns_hostnames: is_default,
        name_servers: Vec::new(),
        owner: foreign(vpc.owner_id, account),
        tags: tags(vpc.tags),
    })
}

/// The name servers that a set of options names; none for the cloud's own resolver.
fn name_servers(options: DhcpOptions) -> Read<Option<Vec<IpAddr>>> {
    let told = options.dhcp_configurations.iter().filter(|told| told.key.as_deref() == Some("domain-name-servers"));
    let values = told.flat_map(|told| &told.values).filter_map(|value| value.value.as_deref());
    let servers = values
        .filter(|value| *value != CLOUDS_OWN)
        .map(|value| value.parse().map_err(|_| Flaw::new(format!("`{value}` is no address"))));
    servers.collect::<Read<_>>().map(Some)
}

/// What stands for the cloud's own resolver.
const CLOUDS_OWN: &str = "AmazonProvidedDNS";

/// A subnet; `None` for one with IPv6 addresses only, which functions cannot use and no gateway of ours serves.
pub(crate) fn subnet(subnet: SubnetShape, account: &str) -> Read<Option<Subnet>> {
    let Some(range) = filled(subnet.cidr_block.as_deref()) else {
        return if subnet.ipv6_native == Some(true) { Ok(None) } else { Err(Flaw::new("it has no CidrBlock")) };
    };
    Ok(Some(Subnet {
        id: id("SubnetId", subnet.subnet_id.as_deref())?,
        network: id("VpcId", subnet.vpc_id.as_deref())?,
        cidr: cidr_v4(range)?,
        cidr_v6: v6(&subnet.ipv6_cidr_block_association_set)?.first().copied(),
        zone: must("AvailabilityZone", subnet.availability_zone.as_deref())?.to_owned(),
        free_addresses: u32::try_from(subnet.available_ip_address_count.unwrap_or_default()).unwrap_or_default(),
        state: readiness(subnet.state.as_deref()),
        owner: foreign(subnet.owner_id, account),
        tags: tags(subnet.tags),
    }))
}

fn v6(ranges: &[Ipv6CidrBlockAssociation]) -> Read<Vec<egress_core::ipnet::Ipv6Net>> {
    let serving = ranges.iter().filter(|range| serves(range.ipv6_cidr_block_state.as_ref()));
    serving.map(|range| cidr_v6(must("Ipv6CidrBlock", range.ipv6_cidr_block.as_deref())?)).collect()
}

fn serves(state: Option<&State>) -> bool {
    matches!(state_of(state), None | Some("associated"))
}

fn readiness(state: Option<&str>) -> Readiness {
    if state == Some("pending") { Readiness::Pending } else { Readiness::Available }
}

/// The owner of a thing, where that is another account: twelve digits (AWS General Reference, "AWS account identifiers"). Whoever
/// blots out accounts before mailing a folder writes something else.
pub(crate) fn foreign(owner: Option<String>, account: &str) -> Option<String> {
    let is_account = |owner: &String| owner.len() == 12 && owner.bytes().all(|byte| byte.is_ascii_digit());
    owner.filter(is_account).filter(|owner| owner != account)
}

/// In a network of one's own all subnets are one's own: whoever has the network has them (VPC guide, "Share your VPC subnets with
/// other accounts").
pub(crate) fn own(networks: &BTreeMap<CloudId, Network>, subnets: &mut BTreeMap<CloudId, Subnet>) {
    let is_own = |id: &CloudId| networks.get(id).is_some_and(|network| network.owner.is_none());
    subnets.values_mut().filter(|subnet| is_own(&subnet.network)).for_each(|subnet| subnet.owner = None);
}

/// The shapes of a network: itself, its attributes, and what its hosts are told.
pub(crate) fn shapes_of(network: &Network, place: &Place) -> (Vpc, [VpcAttribute; 2], Option<DhcpOptions>) {
    let options = (!network.name_servers.is_empty()).then(|| format!("dopt-{}", network.id));
    let vpc = Vpc {
        vpc_id: Some(network.id.to_string()),
        cidr_block: network.cidrs.first().map(ToString::to_string),
        cidr_block_association_set: (network.cidrs.iter())
            .map(|range| CidrBlockAssociation {
                cidr_block: Some(range.to_string()),
                cidr_block_state: state("associated"),
            })
            .collect(),
        ipv6_cidr_block_association_set: network.cidrs_v6.iter().map(v6_shape).collect(),
        state: Some(readiness_name(network.state)),
        is_default: Some(network.is_default),
        dhcp_options_id: Some(options.clone().unwrap_or_else(|| "default".to_owned())),
        owner_id: Some(network.owner.clone().unwrap_or_else(|| place.account.clone())),
        tags: tag_list(&network.tags),
    };
    let flag = |value| Some(Flag { value: Some(value) });
    let attribute = || VpcAttribute { vpc_id: Some(network.id.to_string()), ..VpcAttribute::default() };
    let attributes = [
        VpcAttribute { enable_dns_support: flag(network.dns_support), ..attribute() },
        VpcAttribute { enable_dns_hostnames: flag(network.dns_hostnames), ..attribute() },
    ];
    let values = network.name_servers.iter().map(|server| DhcpValue { value: Some(server.to_string()) }).collect();
    let options = options.map(|id| DhcpOptions {
        dhcp_options_id: Some(id),
        dhcp_configurations: vec![DhcpConfiguration { key: Some("domain-name-servers".to_owned()), values }],
        owner_id: Some(place.account.clone()),
    });
    (vpc, attributes, options)
}

/// The shape of a subnet.
pub(crate) fn subnet_shape(subnet: &Subnet, place: &Place) -> SubnetShape {
    let owner = subnet.owner.clone().unwrap_or_else(|| place.account.clone());
    SubnetShape {
        subnet_id: Some(subnet.id.to_string()),
        subnet_arn: Some(super::arn_of("ec2", &place.region, &owner, &format!("subnet/{}", subnet.id))),
        vpc_id: Some(subnet.network.to_string()),
        cidr_block: Some(subnet.cidr.to_string()),
        ipv6_cidr_block_association_set: subnet.cidr_v6.iter().map(v6_shape).collect(),
        ipv6_native: Some(false),
        availability_zone: Some(subnet.zone.clone()),
        available_ip_address_count: Some(subnet.free_addresses.into()),
        state: Some(readiness_name(subnet.state)),
        owner_id: Some(owner),
        tags: tag_list(&subnet.tags),
    }
}

fn v6_shape(range: &egress_core::ipnet::Ipv6Net) -> Ipv6CidrBlockAssociation {
    Ipv6CidrBlockAssociation { ipv6_cidr_block: Some(range.to_string()), ipv6_cidr_block_state: state("associated") }
}

fn readiness_name(readiness: Readiness) -> String {
    match readiness {
        Readiness::Pending => "pending",
        Readiness::Available => "available",
    }
    .to_owned()
}
