//! Rules of security groups, one by one.

use egress_core::{
    CloudId, Tags,
    world::{Direction, Peer, Rule, SecurityGroup},
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{
    filter::one,
    groups::one_group,
    ids,
    listing::{Listing, Pages, Words, describe_answer, describe_args},
    permissions::{IpPermission, IpRange, rules_of, shown_ports, shown_protocol},
    shape::{TagSet, arn, owner, tag_set, unsupported},
    tags::{TagSpecification, tags_for},
};
use crate::{
    cloud::{ApiError, Code, Model, NewRule},
    mock::State,
    wire::{
        route::{Action, action},
        xml::Items,
    },
};

pub(super) const ACTIONS: &[Action] = &[
    action!("AuthorizeSecurityGroupEgress" Changes authorize_egress),
    action!("AuthorizeSecurityGroupIngress" Changes authorize_ingress),
    action!("DescribeSecurityGroupRules" Reads describe_security_group_rules),
    action!("RevokeSecurityGroupEgress" Changes revoke_egress),
    action!("RevokeSecurityGroupIngress" Changes revoke_ingress),
];

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleShape {
    security_group_rule_id: CloudId,
    group_id: CloudId,
    group_owner_id: String,
    is_egress: bool,
    ip_protocol: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_port: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_port: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cidr_ipv4: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cidr_ipv6: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix_list_id: Option<CloudId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    referenced_group_info: Option<Referenced>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    security_group_rule_arn: String,
    tag_set: TagSet,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Referenced {
    group_id: CloudId,
    user_id: String,
}

/// A rule with what it takes to show it.
struct Row {
    id: CloudId,
    group: CloudId,
    direction: Direction,
    rule: Rule,
}

fn row(model: &Model, (group, direction, rule): (&SecurityGroup, Direction, &Rule)) -> Row {
    let id = model.rule_id(&group.id, direction, rule);
    Row { id, group: group.id.clone(), direction, rule: rule.clone() }
}

fn shape(model: &Model, row: &Row) -> RuleShape {
    let ports = shown_ports(&row.rule);
    let mut shape = RuleShape {
        security_group_rule_id: row.id.clone(),
        group_id: row.group.clone(),
        group_owner_id: owner(model),
        is_egress: row.direction == Direction::Egress,
        ip_protocol: shown_protocol(row.rule.protocol),
        from_port: ports.map(|(from, _)| from),
        to_port: ports.map(|(_, to)| to),
        cidr_ipv4: None,
        cidr_ipv6: None,
        prefix_list_id: None,
        referenced_group_info: None,
        description: model.hidden.facts.rule_descriptions.get(&row.id).cloned(),
        security_group_rule_arn: arn(model, "security-group-rule", &row.id),
        tag_set: tag_set(tags(model, row)),
    };
    match &row.rule.peer {
        Peer::Cidr(cidr @ IpNet::V4(_)) => shape.cidr_ipv4 = Some(cidr.to_string()),
        Peer::Cidr(cidr @ IpNet::V6(_)) => shape.cidr_ipv6 = Some(cidr.to_string()),
        Peer::PrefixList(id) => shape.prefix_list_id = Some(id.clone()),
        Peer::Group(id) => {
            shape.referenced_group_info = Some(Referenced { group_id: id.clone(), user_id: owner(model) });
        }
    }
    shape
}

fn tags<'m>(model: &'m Model, row: &Row) -> &'m Tags {
    const NONE: &Tags = &Tags::new();
    model.hidden.facts.other_tags.get(&row.id).unwrap_or(NONE)
}

const LISTING: Listing<Row> = Listing {
    kind: &ids::RULE,
    id: |row| row.id.as_str(),
    tags: Some(|model, row| tags(model, row)),
    filters: &[
        ("group-id", |_, row| one(row.group.as_str())),
        ("security-group-rule-id", |_, row| one(row.id.as_str())),
    ],
    pages: Pages { words: Words::Old, ..Pages::usual("securityGroupRuleIds") },
};

describe_args!(DescribeSecurityGroupRules "SecurityGroupRuleId");
describe_answer!(RulesAnswer "securityGroupRuleSet" RuleShape);

fn describe_security_group_rules(state: &mut State, args: DescribeSecurityGroupRules) -> Result<RulesAnswer, ApiError> {
    let model = &state.model;
    let mut rows: Vec<Row> = model.rules().map(|rule| row(model, rule)).collect();
    rows.sort_by(|a, b| a.id.cmp(&b.id));
    let page = LISTING.select(model, rows.iter(), args.ask())?;
    Ok(RulesAnswer { list: page.shaped(|row| shape(model, row)), next_token: page.next_token })
}

/// The parameters of all four calls that change rules.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Permissions {
    group_id: Option<CloudId>,
    group_name: Option<String>,
    #[serde(default)]
    ip_permissions: Vec<IpPermission>,
    /// The older way to give one rule.
    ip_protocol: Option<String>,
    from_port: Option<i32>,
    to_port: Option<i32>,
    cidr_ip: Option<String>,
    source_security_group_name: Option<String>,
    source_security_group_owner_id: Option<String>,
    #[serde(default)]
    security_group_rule_id: Vec<CloudId>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AuthorizedAnswer {
    #[serde(rename = "return")]
    done: bool,
    security_group_rule_set: Items<RuleShape>,
}

fn authorize_egress(state: &mut State, args: Permissions) -> Result<AuthorizedAnswer, ApiError> {
    authorize(state, Direction::Egress, args)
}

fn authorize_ingress(state: &mut State, args: Permissions) -> Result<AuthorizedAnswer, ApiError> {
    authorize(state, Direction::Ingress, args)
}

fn authorize(state: &mut State, direction: Direction, mut args: Permissions) -> Result<AuthorizedAnswer, ApiError> {
    if !args.security_group_rule_id.is_empty() {
        return Err(ApiError::new(Code::UnknownParameter, "The parameter SecurityGroupRuleId is not recognized"));
    }
    let tags = tags_for("security-group-rule", std::mem::take(&mut args.tag_specification))?;
    let (group, new) = named(&state.model, args)?;
    let peers: Vec<CloudId> = new.iter().filter_map(|new| peer_group(&new.rule)).collect();
    let rules: Vec<Rule> = new.iter().map(|new| new.rule.clone()).collect();
    let mut read_first = vec![(&ids::GROUP, group.as_str())];
    read_first.extend(peers.iter().map(|peer| (&ids::GROUP, peer.as_str())));
    let made = state.model.authorize(&group, direction, new, &tags);
    let made = made.map_err(ids::read_first(read_first))?;
    let shapes = made.into_iter().zip(rules).map(|(id, rule)| {
        let row = Row { id, group: group.clone(), direction, rule };
        shape(&state.model, &row)
    });
    Ok(AuthorizedAnswer { done: true, security_group_rule_set: shapes.collect() })
}

fn peer_group(rule: &Rule) -> Option<CloudId> {
    match &rule.peer {
        Peer::Group(id) => Some(id.clone()),
        Peer::Cidr(_) | Peer::PrefixList(_) => None,
    }
}

/// The group and the rules that a call names.
fn named(model: &Model, args: Permissions) -> Result<(CloudId, Vec<NewRule>), ApiError> {
    let group = one_group(model, args.group_id, args.group_name)?;
    if args.source_security_group_name.is_some() || args.source_security_group_owner_id.is_some() {
        return Err(unsupported("SourceSecurityGroupName"));
    }
    let mut permissions = args.ip_permissions;
    if args.ip_protocol.is_some() || args.cidr_ip.is_some() {
        let range = args.cidr_ip.map(|cidr_ip| IpRange { cidr_ip, description: None });
        permissions.push(IpPermission {
            ip_protocol: args.ip_protocol,
            from_port: args.from_port,
            to_port: args.to_port,
            groups: Vec::new(),
            ip_ranges: range.into_iter().collect(),
            ipv6_ranges: Vec::new(),
            prefix_list_ids: Vec::new(),
        });
    }
    let rules = rules_of(model, permissions)?;
    if rules.is_empty() && args.security_group_rule_id.is_empty() {
        let message = "The request must contain the parameter ipPermissions";
        return Err(ApiError::new(Code::MissingParameter, message));
    }
    Ok((group, rules))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RevokedAnswer {
    #[serde(rename = "return")]
    done: bool,
    revoked_security_group_rule_set: Items<RevokedShape>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RevokedShape {
    security_group_rule_id: CloudId,
    group_id: CloudId,
    is_egress: bool,
    ip_protocol: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_port: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_port: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cidr_ipv4: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cidr_ipv6: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prefix_list_id: Option<CloudId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    referenced_group_id: Option<CloudId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

fn revoke_egress(state: &mut State, args: Permissions) -> Result<RevokedAnswer, ApiError> {
    revoke(state, Direction::Egress, args)
}

fn revoke_ingress(state: &mut State, args: Permissions) -> Result<RevokedAnswer, ApiError> {
    revoke(state, Direction::Ingress, args)
}

fn revoke(state: &mut State, direction: Direction, mut args: Permissions) -> Result<RevokedAnswer, ApiError> {
    if !args.tag_specification.is_empty() {
        return Err(ApiError::new(Code::UnknownParameter, "The parameter TagSpecification is not recognized"));
    }
    let by_id = args.security_group_rule_id.clone();
    if !by_id.is_empty() && !args.ip_permissions.is_empty() {
        let message = "The parameters securityGroupRuleIds and ipPermissions cannot be used together.";
        return Err(ApiError::new(Code::InvalidParameterCombination, message));
    }
    args.tag_specification = Vec::new();
    let (group, named) = named(&state.model, args)?;
    let mut read_first = vec![(&ids::GROUP, group.as_str())];
    read_first.extend(by_id.iter().map(|id| (&ids::RULE, id.as_str())));
    let found = by_id.iter().map(|id| state.model.rule_of(&group, direction, id).cloned());
    let found: Result<Vec<Rule>, ApiError> = found.collect();
    let mut rules = found.map_err(ids::read_first(read_first.clone()))?;
    rules.extend(named.into_iter().map(|new| new.rule));
    let shapes: Vec<RuleShape> = rules
        .iter()
        .map(|rule| Row {
            id: state.model.rule_id(&group, direction, rule),
            group: group.clone(),
            direction,
            rule: rule.clone(),
        })
        .map(|row| shape(&state.model, &row))
        .collect();
    state.model.revoke_rules(&group, direction, &rules).map_err(ids::read_first(read_first))?;
    Ok(RevokedAnswer { done: true, revoked_security_group_rule_set: shapes.into_iter().map(revoked).collect() })
}

fn revoked(shape: RuleShape) -> RevokedShape {
    RevokedShape {
        security_group_rule_id: shape.security_group_rule_id,
        group_id: shape.group_id,
        is_egress: shape.is_egress,
        ip_protocol: shape.ip_protocol,
        from_port: shape.from_port,
        to_port: shape.to_port,
        cidr_ipv4: shape.cidr_ipv4,
        cidr_ipv6: shape.cidr_ipv6,
        prefix_list_id: shape.prefix_list_id,
        referenced_group_id: shape.referenced_group_info.map(|referenced| referenced.group_id),
        description: shape.description,
    }
}
