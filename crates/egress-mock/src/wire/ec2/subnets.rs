//! Subnets.

use egress_core::{CloudId, world::Subnet};
use ipnet::Ipv6Net;
use serde::{Deserialize, Serialize};

use super::{
    cidr_blocks,
    filter::{each_shown, one, shown},
    ids,
    listing::{Listing, Pages, describe_answer, describe_args},
    shape::{BoolValue, StateShape, TagSet, arn, only_text, owner_of, readiness, tag_set, unsupported},
    tags::{TagSpecification, tags_for},
    vpcs::range,
};
use crate::{
    cloud::{self, ApiError, Code, Model, ZoneKind, zone_kind},
    mock::State,
    wire::{
        route::{Action, Return, action},
        xml::Items,
    },
};

pub(super) const ACTIONS: &[Action] = &[
    action!("CreateSubnet" Changes create_subnet),
    action!("DeleteSubnet" Changes delete_subnet),
    action!("DescribeSubnets" Reads describe_subnets),
    action!("ModifySubnetAttribute" Changes modify_subnet_attribute),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SubnetShape {
    subnet_id: CloudId,
    subnet_arn: String,
    state: &'static str,
    owner_id: String,
    vpc_id: CloudId,
    cidr_block: String,
    ipv6_cidr_block_association_set: Items<Ipv6Association>,
    available_ip_address_count: u32,
    availability_zone: String,
    availability_zone_id: String,
    default_for_az: bool,
    map_public_ip_on_launch: bool,
    assign_ipv6_address_on_creation: bool,
    map_customer_owned_ip_on_launch: bool,
    enable_dns64: bool,
    ipv6_native: bool,
    private_dns_name_options_on_launch: NameOptions,
    tag_set: TagSet,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ipv6Association {
    ipv6_cidr_block: String,
    association_id: CloudId,
    pub(super) ipv6_cidr_block_state: StateShape,
}

/// The link between a subnet and its IPv6 range.
pub(super) fn v6_association(model: &Model, subnet: &CloudId, cidr: &Ipv6Net) -> Ipv6Association {
    Ipv6Association {
        ipv6_cidr_block: cidr.to_string(),
        association_id: model.derived_id("subnet-cidr-assoc", &[subnet.as_str(), &cidr.to_string()]),
        ipv6_cidr_block_state: StateShape { state: "associated" },
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NameOptions {
    hostname_type: &'static str,
    enable_resource_name_dns_a_record: bool,
    #[serde(rename = "enableResourceNameDnsAAAARecord")]
    enable_resource_name_dns_aaaa_record: bool,
}

fn shape(model: &Model, subnet: &Subnet) -> SubnetShape {
    let v6 = |cidr: &Ipv6Net| v6_association(model, &subnet.id, cidr);
    SubnetShape {
        subnet_id: subnet.id.clone(),
        subnet_arn: arn(model, "subnet", &subnet.id),
        state: readiness(subnet.state),
        owner_id: owner_of(model, subnet.owner.as_ref()),
        vpc_id: subnet.network.clone(),
        cidr_block: subnet.cidr.to_string(),
        ipv6_cidr_block_association_set: subnet.cidr_v6.iter().map(v6).collect(),
        available_ip_address_count: subnet.free_addresses,
        availability_zone: subnet.zone.clone(),
        availability_zone_id: zone_id(model, &subnet.zone).to_owned(),
        default_for_az: model.hidden.facts.default_subnets.contains(&subnet.id),
        map_public_ip_on_launch: model.hidden.facts.public_ip_on_launch.contains(&subnet.id),
        assign_ipv6_address_on_creation: false,
        map_customer_owned_ip_on_launch: false,
        enable_dns64: false,
        ipv6_native: false,
        private_dns_name_options_on_launch: NameOptions {
            hostname_type: "ip-name",
            enable_resource_name_dns_a_record: false,
            enable_resource_name_dns_aaaa_record: false,
        },
        tag_set: tag_set(&subnet.tags),
    }
}

/// The id of a zone that is named.
pub(super) fn zone_id<'m>(model: &'m Model, name: &str) -> &'m str {
    model.world.network.zones.iter().find(|z| z.name == name).map_or("", |z| z.id.as_str())
}

const LISTING: Listing<Subnet> = Listing {
    kind: &ids::SUBNET,
    id: |subnet| subnet.id.as_str(),
    tags: Some(|_, subnet| &subnet.tags),
    filters: &[
        ("availability-zone", |_, s| one(&s.zone)),
        ("availabilityZone", |_, s| one(&s.zone)),
        ("availability-zone-id", |model, s| one(zone_id(model, &s.zone))),
        ("availabilityZoneId", |model, s| one(zone_id(model, &s.zone))),
        ("available-ip-address-count", |_, s| shown(s.free_addresses)),
        ("cidr-block", |_, s| shown(s.cidr)),
        ("cidr", |_, s| shown(s.cidr)),
        ("cidrBlock", |_, s| shown(s.cidr)),
        ("default-for-az", |model, s| shown(model.hidden.facts.default_subnets.contains(&s.id))),
        ("defaultForAz", |model, s| shown(model.hidden.facts.default_subnets.contains(&s.id))),
        ("enable-dns64", |_, _| one("false")),
        ("ipv6-cidr-block-association.ipv6-cidr-block", |_, s| each_shown(s.cidr_v6)),
        ("ipv6-native", |_, _| one("false")),
        ("map-customer-owned-ip-on-launch", |_, _| one("false")),
        ("map-public-ip-on-launch", |model, s| shown(model.hidden.facts.public_ip_on_launch.contains(&s.id))),
        ("owner-id", |model, s| one(owner_of(model, s.owner.as_ref()))),
        ("state", |_, s| one(readiness(s.state))),
        ("subnet-arn", |model, s| one(arn(model, "subnet", &s.id))),
        ("subnet-id", |_, s| one(s.id.as_str())),
        ("vpc-id", |_, s| one(s.network.as_str())),
    ],
    pages: Pages::usual("SubnetIds"),
};

describe_args!(DescribeSubnets "SubnetId");
describe_answer!(SubnetsAnswer "subnetSet" SubnetShape);

fn describe_subnets(state: &mut State, args: DescribeSubnets) -> Result<SubnetsAnswer, ApiError> {
    let model = &state.model;
    let seen = model.world.network.subnets.values().filter(|s| model.sees(&s.id) && model.sees(&s.network));
    let page = LISTING.select(model, seen, args.ask())?;
    Ok(SubnetsAnswer { list: page.shaped(|subnet| shape(model, subnet)), next_token: page.next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateSubnet {
    vpc_id: CloudId,
    cidr_block: Option<String>,
    availability_zone: Option<String>,
    availability_zone_id: Option<String>,
    ipv6_cidr_block: Option<String>,
    ipv6_native: Option<bool>,
    outpost_arn: Option<String>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

#[derive(Serialize)]
struct SubnetAnswer {
    subnet: SubnetShape,
}

fn create_subnet(state: &mut State, args: CreateSubnet) -> Result<SubnetAnswer, ApiError> {
    only_text("OutpostArn", args.outpost_arn.as_ref(), &[])?;
    super::shape::only("Ipv6Native", args.ipv6_native.as_ref(), &[false])?;
    let Some(cidr) = args.cidr_block else {
        let message = "Either 'cidrBlock' or 'ipv6CidrBlock' should be provided.";
        return Err(ApiError::new(Code::MissingParameter, message));
    };
    let model = &mut state.model;
    let availability_zone = match (args.availability_zone, args.availability_zone_id) {
        (Some(_), Some(_)) => {
            let message = "The parameters availabilityZone and availabilityZoneId cannot be used together.";
            return Err(ApiError::new(Code::InvalidParameterCombination, message));
        }
        (Some(name), None) => name,
        (None, Some(id)) => zone_of_id(model, &id)?,
        (None, None) => any_zone(model),
    };
    let cidr_v6 = args.ipv6_cidr_block.as_deref().map(cidr_blocks::range).transpose()?;
    if let Some(cidr_v6) = cidr_v6 {
        let read_first = ids::read_first([(&ids::VPC, args.vpc_id.as_str())]);
        model.check_subnet_ipv6(&args.vpc_id, cidr_v6).map_err(read_first)?;
    }
    let made = model.create_subnet(cloud::CreateSubnet {
        vpc_id: args.vpc_id.clone(),
        cidr_block: range(&cidr)?,
        availability_zone,
        tags: tags_for("subnet", args.tag_specification)?,
    });
    let id = made.map_err(ids::read_first([(&ids::VPC, args.vpc_id.as_str())]))?;
    if let Some(cidr_v6) = cidr_v6 {
        model.give_subnet_ipv6(&id, cidr_v6);
    }
    let subnet = model.world.network.subnets.get(&id);
    subnet.map(|s| SubnetAnswer { subnet: shape(model, s) }).ok_or_else(|| unsupported("CidrBlock"))
}

fn zone_of_id(model: &Model, id: &str) -> Result<String, ApiError> {
    let zone = model.world.network.zones.iter().find(|z| z.id == id);
    zone.map(|z| z.name.clone()).ok_or_else(|| {
        let message =
            format!("Value ({id}) for parameter availabilityZoneId is invalid. Invalid availability zone id.");
        ApiError::new(Code::InvalidParameterValue, message)
    })
}

/// Where no zone is named AWS chooses one; here it is the region's first.
fn any_zone(model: &Model) -> String {
    let own = |z: &&egress_core::world::Zone| zone_kind(&model.config.place.region, z) == ZoneKind::Availability;
    model.world.network.zones.iter().find(own).map(|z| z.name.clone()).unwrap_or_default()
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteSubnet {
    subnet_id: CloudId,
}

fn delete_subnet(state: &mut State, args: DeleteSubnet) -> Result<Return, ApiError> {
    let read_first = ids::read_first([(&ids::SUBNET, args.subnet_id.as_str())]);
    state.model.delete_subnet(&args.subnet_id).map_err(read_first)?;
    Ok(Return::TRUE)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ModifySubnetAttribute {
    subnet_id: CloudId,
    map_public_ip_on_launch: Option<BoolValue>,
    assign_ipv6_address_on_creation: Option<BoolValue>,
    enable_dns64: Option<BoolValue>,
    enable_resource_name_dns_a_record_on_launch: Option<BoolValue>,
    #[serde(rename = "EnableResourceNameDnsAAAARecordOnLaunch")]
    enable_resource_name_dns_aaaa_record_on_launch: Option<BoolValue>,
    private_dns_hostname_type_on_launch: Option<String>,
}

/// One attribute a call [doc]. Of those other than `MapPublicIpOnLaunch` only the value that they have is taken.
fn modify_subnet_attribute(state: &mut State, args: ModifySubnetAttribute) -> Result<Return, ApiError> {
    let off = [
        ("AssignIpv6AddressOnCreation", args.assign_ipv6_address_on_creation),
        ("EnableDns64", args.enable_dns64),
        ("EnableResourceNameDnsARecordOnLaunch", args.enable_resource_name_dns_a_record_on_launch),
        ("EnableResourceNameDnsAAAARecordOnLaunch", args.enable_resource_name_dns_aaaa_record_on_launch),
    ];
    let others = off.iter().filter(|(_, value)| value.is_some()).count()
        + usize::from(args.private_dns_hostname_type_on_launch.is_some());
    if others + usize::from(args.map_public_ip_on_launch.is_some()) != 1 {
        let message = "Fields for multiple attribute types specified, or for none: specify exactly one";
        return Err(ApiError::new(Code::InvalidParameterCombination, message));
    }
    let id = &args.subnet_id;
    let read_first = ids::read_first([(&ids::SUBNET, id.as_str())]);
    match args.map_public_ip_on_launch {
        Some(maps) => state.model.set_public_ip_on_launch(id, maps.value).map_err(read_first)?,
        None => _ = state.model.subnet(id).map_err(read_first)?,
    }
    if let Some((name, _)) = off.iter().find(|(_, value)| value.is_some_and(|v| v.value)) {
        return Err(unsupported(name));
    }
    only_text("PrivateDnsHostnameTypeOnLaunch", args.private_dns_hostname_type_on_launch.as_ref(), &["ip-name"])?;
    Ok(Return::TRUE)
}
