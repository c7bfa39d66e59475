//! Attributes of a VPC, which are read and changed one at a time.

use egress_core::CloudId;
use serde::{Deserialize, Serialize};

use super::{ids, shape::BoolValue};
use crate::{
    cloud::{ApiError, Code, VpcAttribute},
    mock::State,
    wire::route::{Action, Return, action},
};

pub(super) const ACTIONS: &[Action] = &[
    action!("DescribeVpcAttribute" Reads describe_vpc_attribute),
    action!("ModifyVpcAttribute" Changes modify_vpc_attribute),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DescribeVpcAttribute {
    vpc_id: CloudId,
    attribute: String,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct AttributeAnswer {
    vpc_id: Option<CloudId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_dns_support: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_dns_hostnames: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    enable_network_address_usage_metrics: Option<Value>,
}

#[derive(Serialize)]
struct Value {
    value: bool,
}

fn describe_vpc_attribute(state: &mut State, args: DescribeVpcAttribute) -> Result<AttributeAnswer, ApiError> {
    let model = &state.model;
    let network = model.vpc(&args.vpc_id).map_err(ids::read_first([(&ids::VPC, args.vpc_id.as_str())]))?;
    let mut answer = AttributeAnswer { vpc_id: Some(args.vpc_id.clone()), ..AttributeAnswer::default() };
    let value = |value| Some(Value { value });
    match args.attribute.as_str() {
        "enableDnsSupport" => answer.enable_dns_support = value(network.dns_support),
        "enableDnsHostnames" => answer.enable_dns_hostnames = value(network.dns_hostnames),
        "enableNetworkAddressUsageMetrics" => {
            let counts = model.hidden.facts.address_usage_metrics.contains(&args.vpc_id);
            answer.enable_network_address_usage_metrics = value(counts);
        }
        other => {
            let message = format!("Value ({other}) for parameter attribute is invalid. Unknown attribute.");
            return Err(ApiError::new(Code::InvalidParameterValue, message));
        }
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ModifyVpcAttribute {
    vpc_id: CloudId,
    enable_dns_support: Option<BoolValue>,
    enable_dns_hostnames: Option<BoolValue>,
    enable_network_address_usage_metrics: Option<BoolValue>,
}

/// One attribute a call: "You can't modify both in one request" [doc].
fn modify_vpc_attribute(state: &mut State, args: ModifyVpcAttribute) -> Result<Return, ApiError> {
    let given = [
        (VpcAttribute::DnsSupport, args.enable_dns_support),
        (VpcAttribute::DnsHostnames, args.enable_dns_hostnames),
        (VpcAttribute::AddressUsageMetrics, args.enable_network_address_usage_metrics),
    ];
    let mut given = given.into_iter().filter_map(|(attribute, value)| Some((attribute, value?.value)));
    let (Some((attribute, on)), None) = (given.next(), given.next()) else {
        let message = "Fields for multiple attribute types specified, or for none: specify exactly one";
        return Err(ApiError::new(Code::InvalidParameterCombination, message));
    };
    let read_first = ids::read_first([(&ids::VPC, args.vpc_id.as_str())]);
    state.model.modify_vpc_attribute(&args.vpc_id, attribute, on).map_err(read_first)?;
    Ok(Return::TRUE)
}
