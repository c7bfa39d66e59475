//! What an entry tells of whose it is.

use serde_json::{Map, Value};

use super::kind::Kind;
use crate::text::{arn, leading_region, region_in, region_of_zone_id};

/// What one entry tells by itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Clue {
    /// The owner that it names.
    pub(super) owner: Option<String>,
    /// The region that it is in.
    pub(super) region: Option<String>,
    /// Ids of things that are in the same region.
    pub(super) ties: Vec<String>,
}

/// Fields with an ARN of the thing itself.
const ARNS: [&str; 8] = [
    "Arn",
    "SubnetArn",
    "FunctionArn",
    "AliasArn",
    "TransitGatewayArn",
    "TransitGatewayRouteTableArn",
    "PrefixListArn",
    "ResourceArn",
];

/// Fields that name a thing of the same region.
const TIES: [&str; 12] = [
    "VpcId",
    "SubnetId",
    "TransitGatewayId",
    "TransitGatewayRouteTableId",
    "TransitGatewayAttachmentId",
    "DhcpOptionsId",
    "PrefixListId",
    "NetworkInterfaceId",
    "InstanceId",
    "AllocationId",
    "NatGatewayId",
    "RouteTableId",
];

pub(super) fn clue(kind: Kind, id: &str, value: &Map<String, Value>) -> Clue {
    let text = |key: &str| value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let arns = || ARNS.iter().filter_map(|key| arn(text(key)?));
    let owner = ["OwnerId", "Account", "AwsAccountId"].iter().filter_map(|key| text(key));
    let owner = owner.chain(arns().map(|arn| arn.account)).find(|owner| is_account(owner));
    let mut clue = Clue { owner: owner.map(str::to_owned), region: None, ties: Vec::new() };
    if kind.is_global() {
        return clue;
    }
    if kind == Kind::Peering {
        // It may lead elsewhere: whoever holds an end sees it.
        clue.ties = ends(value).into_iter().filter_map(|(vpc, _)| vpc).collect();
        let regions: Vec<Option<String>> = ends(value).into_iter().map(|(_, region)| region).collect();
        clue.region =
            regions.first().cloned().flatten().filter(|first| regions.iter().all(|r| r.as_ref() == Some(first)));
        return clue;
    }
    clue.region = region(value).or_else(|| arns().find_map(|arn| leading_region(arn.region).map(str::to_owned)));
    clue.ties = TIES.iter().filter_map(|key| text(key)).map(str::to_owned).collect();
    clue.ties.extend(inner_ties(value));
    clue.ties.push(id.to_owned());
    clue.ties.retain(|tie| is_an_id(tie));
    clue.ties.sort();
    clue.ties.dedup();
    clue
}

/// An account's number or, where somebody has masked it, whatever stands there; what belongs to AWS itself is nobody's.
fn is_account(owner: &str) -> bool {
    let owner = owner.to_ascii_lowercase();
    !owner.is_empty() && owner != "aws" && !owner.starts_with("amazon")
}

/// Ids of things begin with their kind; `default` for DHCP options is no id.
fn is_an_id(text: &str) -> bool {
    text.split_once('-').is_some_and(|(kind, rest)| !kind.is_empty() && rest.bytes().any(|b| b.is_ascii_digit()))
}

fn region(value: &Map<String, Value>) -> Option<String> {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    let placement =
        value.get("Placement").and_then(|placement| placement.get("AvailabilityZone")).and_then(Value::as_str);
    let by_name = ["AwsRegion", "RegionName", "AvailabilityZone", "ZoneName", "NetworkBorderGroup"].iter();
    let by_name = by_name.filter_map(|key| text(key)).chain(placement).find_map(leading_region);
    let by_id = || ["AvailabilityZoneId", "ZoneId"].iter().filter_map(|key| text(key)).find_map(region_of_zone_id);
    let by_service =
        || ["ServiceName", "PrefixListName"].iter().filter_map(|key| text(key)).find_map(region_in_service);
    by_name.map(str::to_owned).or_else(by_id).or_else(by_service)
}

/// `com.amazonaws.eu-west-1.s3`. A list or service that somebody made may be called anything.
fn region_in_service(name: &str) -> Option<String> {
    let is_aws = ["com.amazonaws.", "cn.com.amazonaws.", "aws."].iter().any(|prefix| name.starts_with(prefix));
    region_in(name).filter(|_| is_aws).map(str::to_owned)
}

/// Ids of the same region that stand deeper inside.
fn inner_ties(value: &Map<String, Value>) -> Vec<String> {
    let list = |key: &str| value.get(key).and_then(Value::as_array).into_iter().flatten();
    let inside = list("Attachments").filter_map(|attachment| attachment.get("VpcId"));
    let addresses = list("NatGatewayAddresses").filter_map(|address| address.get("AllocationId"));
    let resource = value.get("ResourceId").filter(|_| value.get("ResourceType").and_then(Value::as_str) == Some("vpc"));
    inside.chain(addresses).chain(resource).filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The networks of a peering with their regions.
fn ends(value: &Map<String, Value>) -> Vec<(Option<String>, Option<String>)> {
    let end = |key: &str| {
        let end = value.get(key);
        let text = |field: &str| end.and_then(|end| end.get(field)).and_then(Value::as_str).map(str::to_owned);
        (text("VpcId"), text("Region"))
    };
    vec![end("RequesterVpcInfo"), end("AccepterVpcInfo")]
}
