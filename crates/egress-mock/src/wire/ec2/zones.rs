//! Zones, the region, and what kind of account this is.

use egress_core::world::Zone;
use serde::{Deserialize, Serialize};

use super::{
    filter::{Filter, Row, check, fits, one},
    shape::endpoint_suffix,
};
use crate::{
    cloud::{ApiError, Code, Model, ZoneKind, zone_kind},
    mock::State,
    wire::{
        route::{Action, action},
        xml::Items,
    },
};

pub(super) const ACTIONS: &[Action] = &[
    action!("DescribeAvailabilityZones" Reads describe_availability_zones),
    action!("DescribeRegions" Reads describe_regions),
    action!("DescribeAccountAttributes" Reads describe_account_attributes),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DescribeAvailabilityZones {
    #[serde(default)]
    zone_name: Vec<String>,
    #[serde(default)]
    zone_id: Vec<String>,
    /// Also zones that the account has not opted in to: this account has opted in to all that there are.
    #[serde(rename = "AllAvailabilityZones")]
    _all: Option<bool>,
    #[serde(default)]
    filter: Vec<Filter>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ZonesAnswer {
    availability_zone_info: Items<ZoneShape>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ZoneShape {
    opt_in_status: &'static str,
    message_set: Items<String>,
    region_name: String,
    zone_name: String,
    zone_id: String,
    group_name: String,
    network_border_group: String,
    zone_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_zone_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_zone_id: Option<String>,
    zone_state: &'static str,
}

const ZONE_FILTERS: &[Row<Zone>] = &[
    ("group-name", |model, zone| one(group_name(model, zone))),
    ("message", |_, _| Vec::new()),
    ("opt-in-status", |model, zone| one(opt_in_status(model, zone))),
    ("parent-zone-id", |model, zone| parent(model, zone).map(|p| one(&p.id)).unwrap_or_default()),
    ("parent-zone-name", |model, zone| parent(model, zone).map(|p| one(&p.name)).unwrap_or_default()),
    ("region-name", |model, _| one(&model.config.place.region)),
    ("state", |_, _| one("available")),
    ("zone-id", |_, zone| one(&zone.id)),
    ("zone-name", |_, zone| one(&zone.name)),
    ("zone-type", |model, zone| one(zone_type(model, zone))),
];

fn describe_availability_zones(state: &mut State, args: DescribeAvailabilityZones) -> Result<ZonesAnswer, ApiError> {
    let model = &state.model;
    let zones = &model.world.network.zones;
    check(&args.filter, ZONE_FILTERS, false)?;
    named("availability zone", &args.zone_name, |name| zones.iter().any(|z| z.name == *name))?;
    named("availability zone id", &args.zone_id, |id| zones.iter().any(|z| z.id == *id))?;
    let wanted = |zone: &&Zone| {
        (args.zone_name.is_empty() || args.zone_name.contains(&zone.name))
            && (args.zone_id.is_empty() || args.zone_id.contains(&zone.id))
            && fits(&args.filter, ZONE_FILTERS, None, model, *zone)
    };
    Ok(ZonesAnswer { availability_zone_info: zones.iter().filter(wanted).map(|z| zone_shape(model, z)).collect() })
}

/// Recorded for zones: `Invalid availability zone: [us-east-1z]`.
fn named(noun: &str, names: &[String], is_there: impl Fn(&String) -> bool) -> Result<(), ApiError> {
    let unknown: Vec<&str> = names.iter().filter(|name| !is_there(name)).map(String::as_str).collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let message = format!("Invalid {noun}: [{}]", unknown.join(", "));
    Err(ApiError::new(Code::InvalidParameterValue, message))
}

fn zone_shape(model: &Model, zone: &Zone) -> ZoneShape {
    let group = group_name(model, zone);
    let region = model.config.place.region.clone();
    ZoneShape {
        opt_in_status: opt_in_status(model, zone),
        message_set: Items::default(),
        zone_name: zone.name.clone(),
        zone_id: zone.id.clone(),
        network_border_group: match kind(model, zone) {
            ZoneKind::Availability => region.clone(),
            ZoneKind::Local => group.clone(),
        },
        group_name: group,
        zone_type: zone_type(model, zone),
        parent_zone_name: parent(model, zone).map(|p| p.name.clone()),
        parent_zone_id: parent(model, zone).map(|p| p.id.clone()),
        zone_state: "available",
        region_name: region,
    }
}

fn kind(model: &Model, zone: &Zone) -> ZoneKind {
    zone_kind(&model.config.place.region, zone)
}

fn opt_in_status(model: &Model, zone: &Zone) -> &'static str {
    match kind(model, zone) {
        ZoneKind::Availability => "opt-in-not-required",
        ZoneKind::Local => "opted-in",
    }
}

fn zone_type(model: &Model, zone: &Zone) -> &'static str {
    match kind(model, zone) {
        ZoneKind::Availability => "availability-zone",
        ZoneKind::Local => "local-zone",
    }
}

/// `us-east-1-zg-1` for a region's own zones, `us-west-2-lax-1` for the Local Zone `us-west-2-lax-1a` [doc].
fn group_name(model: &Model, zone: &Zone) -> String {
    match kind(model, zone) {
        ZoneKind::Availability => format!("{}-zg-1", model.config.place.region),
        ZoneKind::Local => zone.name.trim_end_matches(|c: char| c.is_ascii_lowercase()).to_owned(),
    }
}

/// The zone that serves what a Local Zone does not.
fn parent<'m>(model: &'m Model, zone: &Zone) -> Option<&'m Zone> {
    match kind(model, zone) {
        ZoneKind::Availability => None,
        ZoneKind::Local => model.world.network.zones.iter().find(|z| kind(model, z) == ZoneKind::Availability),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DescribeRegions {
    #[serde(default)]
    region_name: Vec<String>,
    /// Also regions that are switched off: the emulator is one region.
    #[serde(rename = "AllRegions")]
    _all: Option<bool>,
    #[serde(default)]
    filter: Vec<Filter>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RegionsAnswer {
    region_info: Items<RegionShape>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RegionShape {
    opt_in_status: &'static str,
    region_name: String,
    region_endpoint: String,
}

const REGION_FILTERS: &[Row<String>] = &[
    ("endpoint", |_, region| one(endpoint(region))),
    ("opt-in-status", |_, _| one(REGION_STATUS)),
    ("region-name", |_, region| one(region)),
];

const REGION_STATUS: &str = "opt-in-not-required";

fn describe_regions(state: &mut State, args: DescribeRegions) -> Result<RegionsAnswer, ApiError> {
    let model = &state.model;
    let region = &model.config.place.region;
    check(&args.filter, REGION_FILTERS, false)?;
    named("region", &args.region_name, |name| name == region)?;
    let shown = Some(region).filter(|region| fits(&args.filter, REGION_FILTERS, None, model, *region));
    let shape = |region: &String| RegionShape {
        opt_in_status: REGION_STATUS,
        region_name: region.clone(),
        region_endpoint: endpoint(region),
    };
    Ok(RegionsAnswer { region_info: shown.into_iter().map(shape).collect() })
}

fn endpoint(region: &str) -> String {
    format!("ec2.{region}.{}", endpoint_suffix(region))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DescribeAccountAttributes {
    #[serde(default)]
    attribute_name: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountAttributesAnswer {
    account_attribute_set: Items<AccountAttribute>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AccountAttribute {
    attribute_name: &'static str,
    attribute_value_set: Items<AttributeValue>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AttributeValue {
    attribute_value: String,
}

/// A name, and the value that an account has under it.
type Attribute = (&'static str, fn(&Model) -> String);

/// The attributes and their values. `supported-platforms` has been VPC alone since 2022, and an account without a default
/// network says `none` [doc].
const ATTRIBUTES: &[Attribute] = &[
    ("supported-platforms", |_| "VPC".to_owned()),
    ("default-vpc", |model| model.default_vpc().map_or_else(|| "none".to_owned(), |vpc| vpc.id.to_string())),
    ("vpc-max-security-groups-per-interface", |_| "5".to_owned()),
    ("max-instances", |_| "20".to_owned()),
    ("max-elastic-ips", |model| model.config.quotas.addresses.to_string()),
    ("vpc-max-elastic-ips", |model| model.config.quotas.addresses.to_string()),
];

fn describe_account_attributes(
    state: &mut State,
    args: DescribeAccountAttributes,
) -> Result<AccountAttributesAnswer, ApiError> {
    named("attribute name", &args.attribute_name, |name| ATTRIBUTES.iter().any(|(known, _)| known == name))?;
    let wanted = |name: &str| args.attribute_name.is_empty() || args.attribute_name.iter().any(|wanted| wanted == name);
    let shape = |(name, value): &Attribute| AccountAttribute {
        attribute_name: name,
        attribute_value_set: [AttributeValue { attribute_value: value(&state.model) }].into_iter().collect(),
    };
    let shown = ATTRIBUTES.iter().filter(|(name, _)| wanted(name));
    Ok(AccountAttributesAnswer { account_attribute_set: shown.map(shape).collect() })
}
