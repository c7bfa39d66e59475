//! Prefix lists, to be read: as what is managed, with their entries apart, and as AWS's own, with their ranges.

use egress_core::{CloudId, Tags, world::PrefixList};
use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::{
    filter::{Row, one},
    ids,
    listing::{Ask, Listing, Pages, Words, describe_answer, describe_args},
    shape::{TagSet, arn, owner, tag_set},
};
use crate::{
    cloud::{ApiError, Model},
    mock::State,
    wire::{
        route::{Action, action},
        xml::Items,
    },
};

pub(super) const ACTIONS: &[Action] = &[
    action!("DescribeManagedPrefixLists" Reads describe_managed_prefix_lists),
    action!("DescribePrefixLists" Reads describe_prefix_lists),
    action!("GetManagedPrefixListEntries" Reads get_managed_prefix_list_entries),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ManagedShape {
    prefix_list_id: CloudId,
    prefix_list_name: String,
    prefix_list_arn: String,
    address_family: &'static str,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_entries: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    owner_id: String,
    tag_set: TagSet,
}

fn managed(model: &Model, list: &PrefixList) -> ManagedShape {
    let own = !is_of_aws(list);
    let v6 = cidrs(list).iter().any(|cidr| matches!(cidr, IpNet::V6(_)));
    ManagedShape {
        prefix_list_id: list.id.clone(),
        prefix_list_name: list.name.clone(),
        prefix_list_arn: list_arn(model, list),
        address_family: if v6 { "IPv6" } else { "IPv4" },
        state: "create-complete",
        max_entries: own.then(|| cidrs(list).len().max(1)),
        version: own.then_some(1),
        owner_id: list_owner(model, list),
        tag_set: tag_set(tags(model, list)),
    }
}

/// AWS's own lists are called after its services.
fn is_of_aws(list: &PrefixList) -> bool {
    list.name.starts_with("com.amazonaws.")
}

fn list_owner(model: &Model, list: &PrefixList) -> String {
    if is_of_aws(list) { "AWS".to_owned() } else { owner(model) }
}

/// `arn:aws:ec2:region:aws:prefix-list/pl-…` for AWS's own [doc].
fn list_arn(model: &Model, list: &PrefixList) -> String {
    let arn = arn(model, "prefix-list", &list.id);
    if is_of_aws(list) { arn.replace(&format!(":{}:", owner(model)), ":aws:") } else { arn }
}

fn cidrs(list: &PrefixList) -> &[IpNet] {
    list.cidrs.as_deref().unwrap_or_default()
}

fn tags<'m>(model: &'m Model, list: &PrefixList) -> &'m Tags {
    const NONE: &Tags = &Tags::new();
    model.hidden.facts.other_tags.get(&list.id).unwrap_or(NONE)
}

const FILTERS: &[Row<PrefixList>] = &[
    ("owner-id", |model, list| one(list_owner(model, list))),
    ("prefix-list-id", |_, list| one(list.id.as_str())),
    ("prefix-list-name", |_, list| one(&list.name)),
];

const MANAGED: Listing<PrefixList> = Listing {
    kind: &ids::PREFIX_LIST,
    id: |list| list.id.as_str(),
    tags: Some(|model, list| tags(model, list)),
    filters: FILTERS,
    pages: Pages { least: 1, most: 100, ids: "", words: Words::New },
};

const OF_AWS: Listing<PrefixList> = Listing { tags: None, pages: Pages { least: 1, ..Pages::usual("") }, ..MANAGED };

describe_args!(DescribeManagedPrefixLists "PrefixListId");
describe_answer!(ManagedAnswer "prefixListSet" ManagedShape);

fn describe_managed_prefix_lists(
    state: &mut State,
    args: DescribeManagedPrefixLists,
) -> Result<ManagedAnswer, ApiError> {
    let model = &state.model;
    let lists = model.every_prefix_list();
    let page = MANAGED.select(model, lists.iter(), args.ask())?;
    Ok(ManagedAnswer { list: page.shaped(|list| managed(model, list)), next_token: page.next_token })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ListShape {
    prefix_list_id: CloudId,
    prefix_list_name: String,
    cidr_set: Items<String>,
}

describe_args!(DescribePrefixLists "PrefixListId");
describe_answer!(ListsAnswer "prefixListSet" ListShape);

/// AWS's own lists alone [doc].
fn describe_prefix_lists(state: &mut State, args: DescribePrefixLists) -> Result<ListsAnswer, ApiError> {
    let model = &state.model;
    let lists = model.every_prefix_list();
    let page = OF_AWS.select(model, lists.iter().filter(|list| is_of_aws(list)), args.ask())?;
    let shape = |list: &PrefixList| ListShape {
        prefix_list_id: list.id.clone(),
        prefix_list_name: list.name.clone(),
        cidr_set: cidrs(list).iter().map(ToString::to_string).collect(),
    };
    Ok(ListsAnswer { list: page.shaped(shape), next_token: page.next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetManagedPrefixListEntries {
    prefix_list_id: String,
    target_version: Option<i64>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Clone, Serialize)]
struct Entry {
    cidr: String,
}

const ENTRIES: Listing<Entry> = Listing {
    kind: &ids::PREFIX_LIST,
    id: |entry| &entry.cidr,
    tags: None,
    filters: &[],
    pages: Pages { least: 1, most: 100, ids: "", words: Words::New },
};

describe_answer!(EntriesAnswer "entrySet" Entry);

fn get_managed_prefix_list_entries(
    state: &mut State,
    args: GetManagedPrefixListEntries,
) -> Result<EntriesAnswer, ApiError> {
    let model = &state.model;
    super::shape::only("TargetVersion", args.target_version.as_ref(), &[1])?;
    let id = CloudId::new(&args.prefix_list_id);
    let list = model.prefix_list(&id).ok_or_else(|| ids::PREFIX_LIST.refuse(&[&args.prefix_list_id]))?;
    let mut entries: Vec<Entry> = cidrs(&list).iter().map(|cidr| Entry { cidr: cidr.to_string() }).collect();
    entries.sort_by(|a, b| a.cidr.cmp(&b.cidr));
    let ask = Ask { max_results: args.max_results, next_token: args.next_token.as_deref(), ..Ask::default() };
    let page = ENTRIES.select(model, entries.iter(), ask)?;
    Ok(EntriesAnswer { list: page.shaped(Clone::clone), next_token: page.next_token })
}
