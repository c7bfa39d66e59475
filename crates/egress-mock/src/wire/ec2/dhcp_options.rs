//! Sets of DHCP options, to be read: each region has one from the start, which every VPC here has.

use egress_core::{CloudId, Tags};
use serde::Serialize;

use super::{
    filter::{each, one},
    ids,
    listing::{Listing, Pages, describe_answer, describe_args},
    shape::{TagSet, internal_domain, owner, tag_set},
};
use crate::{
    cloud::{ApiError, Model},
    mock::State,
    wire::{
        route::{Action, action},
        xml::Items,
    },
};

pub(super) const ACTIONS: &[Action] = &[action!("DescribeDhcpOptions" Reads describe_dhcp_options)];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OptionsShape {
    dhcp_options_id: CloudId,
    owner_id: String,
    dhcp_configuration_set: Items<ConfigurationShape>,
    tag_set: TagSet,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConfigurationShape {
    key: &'static str,
    value_set: Items<ValueShape>,
}

#[derive(Serialize)]
struct ValueShape {
    value: String,
}

fn shape(model: &Model, id: &CloudId) -> OptionsShape {
    let configuration =
        |(key, value)| ConfigurationShape { key, value_set: [ValueShape { value }].into_iter().collect() };
    OptionsShape {
        dhcp_options_id: id.clone(),
        owner_id: owner(model),
        dhcp_configuration_set: options(model).into_iter().map(configuration).collect(),
        tag_set: tag_set(tags(model, id)),
    }
}

/// What Amazon's own set says [doc].
fn options(model: &Model) -> [(&'static str, String); 2] {
    [
        ("domain-name", internal_domain(&model.config.place.region)),
        ("domain-name-servers", "AmazonProvidedDNS".to_owned()),
    ]
}

fn tags<'m>(model: &'m Model, id: &CloudId) -> &'m Tags {
    const NONE: &Tags = &Tags::new();
    model.hidden.facts.other_tags.get(id).unwrap_or(NONE)
}

const LISTING: Listing<CloudId> = Listing {
    kind: &ids::DHCP_OPTIONS,
    id: CloudId::as_str,
    tags: Some(|model, id| tags(model, id)),
    filters: &[
        ("dhcp-options-id", |_, id| one(id.as_str())),
        ("key", |model, _| each(options(model).map(|(key, _)| key))),
        ("owner-id", |model, _| one(owner(model))),
        ("value", |model, _| each(options(model).map(|(_, value)| value))),
    ],
    pages: Pages::usual("DhcpOptionsIds"),
};

describe_args!(DescribeDhcpOptions "DhcpOptionsId");
describe_answer!(OptionsAnswer "dhcpOptionsSet" OptionsShape);

fn describe_dhcp_options(state: &mut State, args: DescribeDhcpOptions) -> Result<OptionsAnswer, ApiError> {
    let model = &state.model;
    let all = [model.dhcp_options()];
    let page = LISTING.select(model, all.iter(), args.ask())?;
    Ok(OptionsAnswer { list: page.shaped(|id| shape(model, id)), next_token: page.next_token })
}
