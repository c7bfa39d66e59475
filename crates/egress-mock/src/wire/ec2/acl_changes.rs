//! Network ACLs: made, filled, put on subnets.

use egress_core::{
    CloudId,
    world::{AclEntry, Direction, Protocol},
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{
    acls::{AclShape, shape},
    ids,
    shape::unsupported,
    tags::{TagSpecification, tags_for},
};
use crate::{
    cloud::{ApiError, Code, CreateAcl, Model},
    mock::State,
    wire::route::{Action, Return, action},
};

pub(super) const ACTIONS: &[Action] = &[
    action!("CreateNetworkAcl" Changes create_acl),
    action!("CreateNetworkAclEntry" Changes create_entry),
    action!("DeleteNetworkAcl" Changes delete_acl),
    action!("DeleteNetworkAclEntry" Changes delete_entry),
    action!("ReplaceNetworkAclAssociation" Changes replace_association),
    action!("ReplaceNetworkAclEntry" Changes replace_entry),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateArgs {
    vpc_id: CloudId,
    client_token: Option<String>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreatedAnswer {
    network_acl: AclShape,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_token: Option<String>,
}

fn create_acl(state: &mut State, args: CreateArgs) -> Result<CreatedAnswer, ApiError> {
    let client_token = args.client_token;
    let made = state.model.create_acl(CreateAcl {
        vpc_id: args.vpc_id.clone(),
        client_token: client_token.clone(),
        tags: tags_for("network-acl", args.tag_specification)?,
    });
    let id = made.map_err(ids::read_first([(&ids::VPC, args.vpc_id.as_str())]))?;
    let acl = state.model.world.network.acls.get(&id).ok_or_else(|| ids::ACL.refuse(&[id.as_str()]))?;
    Ok(CreatedAnswer { network_acl: shape(&state.model, acl), client_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteArgs {
    network_acl_id: CloudId,
}

fn delete_acl(state: &mut State, args: DeleteArgs) -> Result<Return, ApiError> {
    let id = args.network_acl_id;
    state.model.delete_acl(&id).map_err(ids::read_first([(&ids::ACL, id.as_str())]))?;
    Ok(Return::TRUE)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct EntryArgs {
    network_acl_id: CloudId,
    rule_number: u16,
    protocol: String,
    rule_action: String,
    egress: bool,
    cidr_block: Option<String>,
    ipv6_cidr_block: Option<String>,
    icmp: Option<Icmp>,
    port_range: Option<PortRange>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Icmp {
    code: Option<i32>,
    r#type: Option<i32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PortRange {
    from: Option<u16>,
    to: Option<u16>,
}

fn create_entry(state: &mut State, args: EntryArgs) -> Result<Return, ApiError> {
    put(state, args, Model::create_acl_entry)
}

fn replace_entry(state: &mut State, args: EntryArgs) -> Result<Return, ApiError> {
    put(state, args, Model::replace_acl_entry)
}

fn put(
    state: &mut State,
    args: EntryArgs,
    act: fn(&mut Model, &CloudId, AclEntry) -> Result<(), ApiError>,
) -> Result<Return, ApiError> {
    let id = args.network_acl_id.clone();
    let entry = entry(args)?;
    act(&mut state.model, &id, entry).map_err(ids::read_first([(&ids::ACL, id.as_str())]))?;
    Ok(Return::TRUE)
}

fn entry(args: EntryArgs) -> Result<AclEntry, ApiError> {
    let protocol = protocol(&args.protocol)?;
    // The World compares neither types nor codes of ICMP: every one must be meant.
    let whole = |value: Option<i32>| value.is_none_or(|value| value == -1);
    if args.icmp.is_some_and(|icmp| !whole(icmp.code) || !whole(icmp.r#type)) {
        return Err(unsupported("Icmp"));
    }
    let allow = match args.rule_action.as_str() {
        "allow" => true,
        "deny" => false,
        other => return Err(invalid("ruleAction", other, "The rule action must be allow or deny.")),
    };
    Ok(AclEntry {
        number: args.rule_number,
        direction: direction(args.egress),
        protocol,
        ports: ports(protocol, args.port_range)?,
        cidr: cidr(args.cidr_block, args.ipv6_cidr_block)?,
        allow,
    })
}

fn direction(egress: bool) -> Direction {
    if egress { Direction::Egress } else { Direction::Ingress }
}

/// By number, `-1` for all, or by one of a few names [doc].
fn protocol(text: &str) -> Result<Protocol, ApiError> {
    Ok(match text.to_ascii_lowercase().as_str() {
        "-1" | "all" => Protocol::All,
        "6" | "tcp" => Protocol::Tcp,
        "17" | "udp" => Protocol::Udp,
        "1" | "icmp" => Protocol::Icmp,
        "58" | "icmpv6" => Protocol::Icmp6,
        other => match other.parse() {
            Ok(number) => Protocol::Number(number),
            Err(_) => return Err(invalid("protocol", text, "Unknown protocol.")),
        },
    })
}

/// "If specifying protocol 6 (TCP) or 17 (UDP)" a range is a must; of others it is not looked at [doc].
fn ports(protocol: Protocol, range: Option<PortRange>) -> Result<(u16, u16), ApiError> {
    if !matches!(protocol, Protocol::Tcp | Protocol::Udp) {
        return Ok((0, u16::MAX));
    }
    let ends = range.and_then(|range| Some((range.from?, range.to?)));
    let missing = || ApiError::new(Code::MissingParameter, "The request must contain the parameter portRange");
    let (from, to) = ends.ok_or_else(missing)?;
    if from > to {
        return Err(invalid("portRange", &format!("{from}-{to}"), "The first port is greater than the last one."));
    }
    Ok((from, to))
}

fn cidr(v4: Option<String>, v6: Option<String>) -> Result<IpNet, ApiError> {
    let one = "The request must contain exactly one of cidrBlock or ipv6CidrBlock";
    let (text, is_v6) = match (v4, v6) {
        (Some(v4), None) => (v4, false),
        (None, Some(v6)) => (v6, true),
        (None, None) => return Err(ApiError::new(Code::MissingParameter, one)),
        (Some(_), Some(_)) => return Err(ApiError::new(Code::InvalidParameterCombination, one)),
    };
    let parsed = text.parse::<IpNet>().ok().filter(|cidr| matches!(cidr, IpNet::V6(_)) == is_v6);
    let name = if is_v6 { "ipv6CidrBlock" } else { "cidrBlock" };
    parsed.map(|cidr| cidr.trunc()).ok_or_else(|| invalid(name, &text, "This is not a valid CIDR block."))
}

fn invalid(parameter: &str, value: &str, why: &str) -> ApiError {
    let message = format!("Value ({value}) for parameter {parameter} is invalid. {why}");
    ApiError::new(Code::InvalidParameterValue, message)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteEntry {
    network_acl_id: CloudId,
    rule_number: u16,
    egress: bool,
}

fn delete_entry(state: &mut State, args: DeleteEntry) -> Result<Return, ApiError> {
    let id = args.network_acl_id;
    let done = state.model.delete_acl_entry(&id, args.rule_number, direction(args.egress));
    done.map_err(ids::read_first([(&ids::ACL, id.as_str())]))?;
    Ok(Return::TRUE)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ReplaceAssociation {
    association_id: CloudId,
    network_acl_id: CloudId,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReplacedAnswer {
    new_association_id: CloudId,
}

fn replace_association(state: &mut State, args: ReplaceAssociation) -> Result<ReplacedAnswer, ApiError> {
    let read_first = ids::read_first([(&ids::ACL, args.network_acl_id.as_str())]);
    let made = state.model.replace_acl_association(&args.association_id, &args.network_acl_id);
    Ok(ReplacedAnswer { new_association_id: made.map_err(read_first)? })
}
