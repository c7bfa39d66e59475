//! Security groups.

use egress_core::{
    CloudId,
    world::{Direction, Peer, Rule, SecurityGroup},
};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{
    filter::{Filter, Values, each_shown, one},
    ids,
    listing::{Ask, Listing, Pages, Words, describe_answer},
    permissions::{PermissionShape, permissions, shown_ports, shown_protocol},
    shape::{TagSet, arn, owner, tag_set},
    tags::{TagSpecification, tags_for},
};
use crate::{
    cloud::{self, ApiError, Code, Model},
    mock::State,
    wire::{
        route::{Action, action},
        xml::Items,
    },
};

pub(super) const ACTIONS: &[Action] = &[
    action!("CreateSecurityGroup" Changes create_security_group),
    action!("DeleteSecurityGroup" Changes delete_security_group),
    action!("DescribeSecurityGroups" Reads describe_security_groups),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupShape {
    owner_id: String,
    group_id: CloudId,
    group_name: String,
    group_description: String,
    vpc_id: CloudId,
    security_group_arn: String,
    ip_permissions: Items<PermissionShape>,
    ip_permissions_egress: Items<PermissionShape>,
    tag_set: TagSet,
}

fn shape(model: &Model, group: &SecurityGroup) -> GroupShape {
    let side = |direction, rules| {
        permissions(model, rules, |rule| {
            let id = model.rule_id(&group.id, direction, rule);
            model.hidden.facts.rule_descriptions.get(&id).cloned()
        })
    };
    GroupShape {
        owner_id: owner(model),
        group_id: group.id.clone(),
        group_name: group.name.clone(),
        group_description: model.group_description(&group.id).to_owned(),
        vpc_id: group.network.clone(),
        security_group_arn: arn(model, "security-group", &group.id),
        ip_permissions: side(Direction::Ingress, &group.ingress),
        ip_permissions_egress: side(Direction::Egress, &group.egress),
        tag_set: tag_set(&group.tags),
    }
}

const LISTING: Listing<SecurityGroup> = Listing {
    kind: &ids::GROUP,
    id: |group| group.id.as_str(),
    tags: Some(|_, group| &group.tags),
    filters: &[
        ("description", |model, g| one(model.group_description(&g.id))),
        ("egress.ip-permission.cidr", |_, g| cidrs(&g.egress, false)),
        ("egress.ip-permission.from-port", |_, g| ports(&g.egress, |(from, _)| from)),
        ("egress.ip-permission.group-id", |_, g| groups(&g.egress)),
        ("egress.ip-permission.group-name", |model, g| names(model, &g.egress)),
        ("egress.ip-permission.ipv6-cidr", |_, g| cidrs(&g.egress, true)),
        ("egress.ip-permission.prefix-list-id", |_, g| lists(&g.egress)),
        ("egress.ip-permission.protocol", |_, g| each_shown(g.egress.iter().map(|r| shown_protocol(r.protocol)))),
        ("egress.ip-permission.to-port", |_, g| ports(&g.egress, |(_, to)| to)),
        ("egress.ip-permission.user-id", |model, g| users(model, &g.egress)),
        ("group-id", |_, g| one(g.id.as_str())),
        ("group-name", |_, g| one(&g.name)),
        ("ip-permission.cidr", |_, g| cidrs(&g.ingress, false)),
        ("ip-permission.from-port", |_, g| ports(&g.ingress, |(from, _)| from)),
        ("ip-permission.group-id", |_, g| groups(&g.ingress)),
        ("ip-permission.group-name", |model, g| names(model, &g.ingress)),
        ("ip-permission.ipv6-cidr", |_, g| cidrs(&g.ingress, true)),
        ("ip-permission.prefix-list-id", |_, g| lists(&g.ingress)),
        ("ip-permission.protocol", |_, g| each_shown(g.ingress.iter().map(|r| shown_protocol(r.protocol)))),
        ("ip-permission.to-port", |_, g| ports(&g.ingress, |(_, to)| to)),
        ("ip-permission.user-id", |model, g| users(model, &g.ingress)),
        ("owner-id", |model, _| one(owner(model))),
        ("vpc-id", |_, g| one(g.network.as_str())),
    ],
    pages: Pages { words: Words::Old, ..Pages::usual("securityGroupIdSet") },
};

fn cidrs(rules: &[Rule], v6: bool) -> Values<'_> {
    each_shown(rules.iter().filter_map(|rule| match &rule.peer {
        Peer::Cidr(cidr) if matches!(cidr, IpNet::V6(_)) == v6 => Some(cidr),
        _ => None,
    }))
}

fn ports(rules: &[Rule], end: impl Fn((i32, i32)) -> i32) -> Values<'_> {
    each_shown(rules.iter().filter_map(shown_ports).map(end))
}

fn peers(rules: &[Rule]) -> impl Iterator<Item = &CloudId> {
    rules.iter().filter_map(|rule| match &rule.peer {
        Peer::Group(id) => Some(id),
        Peer::Cidr(_) | Peer::PrefixList(_) => None,
    })
}

fn groups(rules: &[Rule]) -> Values<'_> {
    each_shown(peers(rules))
}

fn names<'a>(model: &'a Model, rules: &'a [Rule]) -> Values<'a> {
    each_shown(peers(rules).filter_map(|id| model.world.network.groups.get(id)).map(|g| &g.name))
}

fn users<'a>(model: &'a Model, rules: &'a [Rule]) -> Values<'a> {
    each_shown(peers(rules).map(|_| owner(model)))
}

fn lists(rules: &[Rule]) -> Values<'_> {
    each_shown(rules.iter().filter_map(|rule| match &rule.peer {
        Peer::PrefixList(id) => Some(id),
        Peer::Cidr(_) | Peer::Group(_) => None,
    }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DescribeSecurityGroups {
    #[serde(default)]
    group_id: Vec<String>,
    #[serde(default)]
    group_name: Vec<String>,
    #[serde(default)]
    filter: Vec<Filter>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

describe_answer!(GroupsAnswer "securityGroupInfo" GroupShape);

fn describe_security_groups(state: &mut State, args: DescribeSecurityGroups) -> Result<GroupsAnswer, ApiError> {
    let model = &state.model;
    let by_name = named(model, &args.group_name)?;
    let seen = model.world.network.groups.values().filter(|g| model.sees(&g.id) && model.sees(&g.network));
    let wanted = seen.filter(|g| args.group_name.is_empty() || by_name.contains(&&g.id));
    let ask = Ask {
        ids: &args.group_id,
        filters: &args.filter,
        max_results: args.max_results,
        next_token: args.next_token.as_deref(),
    };
    let page = LISTING.select(model, wanted, ask)?;
    Ok(GroupsAnswer { list: page.shaped(|group| shape(model, group)), next_token: page.next_token })
}

/// Groups by name: of the default network alone [doc].
fn named<'m>(model: &'m Model, names: &[String]) -> Result<Vec<&'m CloudId>, ApiError> {
    names.iter().map(|name| group_named(model, name)).collect()
}

pub(super) fn group_named<'m>(model: &'m Model, name: &str) -> Result<&'m CloudId, ApiError> {
    let network = default_vpc(model)?;
    let mut groups = model.world.network.groups.values().filter(|g| &g.network == network && model.sees(&g.id));
    groups.find(|g| g.name == name).map(|g| &g.id).ok_or_else(|| {
        let message = format!("The security group '{name}' does not exist in default VPC '{network}'");
        ApiError::new(Code::GroupNotFound, message)
    })
}

fn default_vpc(model: &Model) -> Result<&CloudId, ApiError> {
    let network = model.default_vpc().map(|network| &network.id);
    network.ok_or_else(|| ApiError::new(Code::VpcIdNotSpecified, "No default VPC for this user"))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateSecurityGroup {
    group_name: String,
    group_description: String,
    vpc_id: Option<CloudId>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreatedAnswer {
    #[serde(rename = "return")]
    done: bool,
    group_id: CloudId,
    security_group_arn: String,
    tag_set: TagSet,
}

fn create_security_group(state: &mut State, args: CreateSecurityGroup) -> Result<CreatedAnswer, ApiError> {
    let tags = tags_for("security-group", args.tag_specification)?;
    let vpc_id = match args.vpc_id {
        Some(id) => id,
        None => default_vpc(&state.model)?.clone(),
    };
    let made = state.model.create_security_group(cloud::CreateSecurityGroup {
        vpc_id: vpc_id.clone(),
        group_name: args.group_name,
        description: args.group_description,
        tags: tags.clone(),
    });
    let group_id = made.map_err(ids::read_first([(&ids::VPC, vpc_id.as_str())]))?;
    Ok(CreatedAnswer {
        done: true,
        security_group_arn: arn(&state.model, "security-group", &group_id),
        group_id,
        tag_set: tag_set(&tags),
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteSecurityGroup {
    group_id: Option<CloudId>,
    group_name: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DeletedAnswer {
    #[serde(rename = "return")]
    done: bool,
    group_id: CloudId,
}

fn delete_security_group(state: &mut State, args: DeleteSecurityGroup) -> Result<DeletedAnswer, ApiError> {
    let group_id = one_group(&state.model, args.group_id, args.group_name)?;
    let read_first = ids::read_first([(&ids::GROUP, group_id.as_str())]);
    state.model.delete_security_group(&group_id).map_err(read_first)?;
    Ok(DeletedAnswer { done: true, group_id })
}

/// The group that a call names by id or, in the default network, by name.
pub(super) fn one_group(model: &Model, id: Option<CloudId>, name: Option<String>) -> Result<CloudId, ApiError> {
    match (id, name) {
        (Some(id), None) => Ok(id),
        (None, Some(name)) => group_named(model, &name).cloned(),
        (None, None) => {
            let message = "The request must contain the parameter groupName or groupId";
            Err(ApiError::new(Code::MissingParameter, message))
        }
        (Some(_), Some(_)) => {
            let message = "The parameters groupId and groupName cannot be used together.";
            Err(ApiError::new(Code::InvalidParameterCombination, message))
        }
    }
}
