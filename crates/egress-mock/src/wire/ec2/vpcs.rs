//! VPCs.

use egress_core::{CloudId, world::Network};
use ipnet::{Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use super::{
    filter::{each, each_shown, one, shown},
    ids,
    listing::{Listing, Pages, describe_answer, describe_args},
    shape::{StateShape, TagSet, only_text, owner_of, readiness, tag_set, unsupported},
    tags::{TagSpecification, tags_for},
};
use crate::{
    cloud::{self, ApiError, Code, Model},
    mock::State,
    wire::{
        route::{Action, Return, action},
        xml::Items,
    },
};

pub(super) const ACTIONS: &[Action] = &[
    action!("CreateVpc" Changes create_vpc),
    action!("DeleteVpc" Changes delete_vpc),
    action!("DescribeVpcs" Reads describe_vpcs),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VpcShape {
    vpc_id: CloudId,
    owner_id: String,
    state: &'static str,
    cidr_block: String,
    cidr_block_association_set: Items<CidrAssociation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ipv6_cidr_block_association_set: Option<Items<Ipv6Association>>,
    dhcp_options_id: CloudId,
    tag_set: TagSet,
    instance_tenancy: &'static str,
    is_default: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CidrAssociation {
    cidr_block: String,
    association_id: CloudId,
    cidr_block_state: StateShape,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Ipv6Association {
    ipv6_cidr_block: String,
    association_id: CloudId,
    pub(super) ipv6_cidr_block_state: StateShape,
    network_border_group: String,
    ipv6_pool: &'static str,
}

const ASSOCIATED: StateShape = StateShape { state: "associated" };

fn shape(model: &Model, network: &Network) -> VpcShape {
    let v4 = |cidr: &Ipv4Net| CidrAssociation {
        cidr_block: cidr.to_string(),
        association_id: association(model, network, cidr),
        cidr_block_state: ASSOCIATED,
    };
    let v6 = |cidr: &Ipv6Net| v6_association(model, network, cidr);
    let has_v6 = !network.cidrs_v6.is_empty();
    VpcShape {
        vpc_id: network.id.clone(),
        owner_id: owner_of(model, network.owner.as_ref()),
        state: readiness(network.state),
        cidr_block: network.cidrs.first().map(ToString::to_string).unwrap_or_default(),
        cidr_block_association_set: network.cidrs.iter().map(v4).collect(),
        ipv6_cidr_block_association_set: has_v6.then(|| network.cidrs_v6.iter().map(v6).collect()),
        dhcp_options_id: model.dhcp_options_of(network),
        tag_set: tag_set(&network.tags),
        instance_tenancy: "default",
        is_default: network.is_default,
    }
}

/// The link between a network and one of its IPv6 ranges.
pub(super) fn v6_association(model: &Model, network: &Network, cidr: &Ipv6Net) -> Ipv6Association {
    Ipv6Association {
        ipv6_cidr_block: cidr.to_string(),
        association_id: association(model, network, cidr),
        ipv6_cidr_block_state: ASSOCIATED,
        network_border_group: model.config.place.region.clone(),
        ipv6_pool: "Amazon",
    }
}

fn association(model: &Model, network: &Network, cidr: impl std::fmt::Display) -> CloudId {
    model.derived_id("vpc-cidr-assoc", &[network.id.as_str(), &cidr.to_string()])
}

const LISTING: Listing<Network> = Listing {
    kind: &ids::VPC,
    id: |network| network.id.as_str(),
    tags: Some(|_, network| &network.tags),
    filters: &[
        ("cidr", |_, n| each_shown(n.cidrs.first())),
        ("cidrBlock", |_, n| each_shown(n.cidrs.first())),
        ("cidr-block", |_, n| each_shown(n.cidrs.first())),
        ("cidr-block-association.cidr-block", |_, n| each_shown(&n.cidrs)),
        ("cidr-block-association.association-id", |model, n| {
            each_shown(n.cidrs.iter().map(|cidr| association(model, n, cidr)))
        }),
        ("cidr-block-association.state", |_, n| each(n.cidrs.iter().map(|_| ASSOCIATED.state))),
        ("dhcp-options-id", |model, n| shown(model.dhcp_options_of(n))),
        ("dhcpOptionsId", |model, n| shown(model.dhcp_options_of(n))),
        ("ipv6-cidr-block-association.ipv6-cidr-block", |_, n| each_shown(&n.cidrs_v6)),
        ("ipv6-cidr-block-association.ipv6-pool", |_, n| each(n.cidrs_v6.iter().map(|_| "Amazon"))),
        ("ipv6-cidr-block-association.association-id", |model, n| {
            each_shown(n.cidrs_v6.iter().map(|cidr| association(model, n, cidr)))
        }),
        ("ipv6-cidr-block-association.state", |_, n| each(n.cidrs_v6.iter().map(|_| ASSOCIATED.state))),
        ("is-default", |_, n| shown(n.is_default)),
        ("isDefault", |_, n| shown(n.is_default)),
        ("owner-id", |model, n| one(owner_of(model, n.owner.as_ref()))),
        ("state", |_, n| one(readiness(n.state))),
        ("vpc-id", |_, n| one(n.id.as_str())),
    ],
    pages: Pages::usual("VpcIds"),
};

describe_args!(DescribeVpcs "VpcId");
describe_answer!(VpcsAnswer "vpcSet" VpcShape);

fn describe_vpcs(state: &mut State, args: DescribeVpcs) -> Result<VpcsAnswer, ApiError> {
    let model = &state.model;
    let seen = model.world.network.networks.values().filter(|n| model.sees(&n.id));
    let page = LISTING.select(model, seen, args.ask())?;
    Ok(VpcsAnswer { list: page.shaped(|network| shape(model, network)), next_token: page.next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateVpc {
    cidr_block: Option<String>,
    instance_tenancy: Option<String>,
    amazon_provided_ipv6_cidr_block: Option<bool>,
    ipv6_cidr_block: Option<String>,
    ipv6_pool: Option<String>,
    ipv4_ipam_pool_id: Option<String>,
    ipv6_ipam_pool_id: Option<String>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

#[derive(Serialize)]
struct VpcAnswer {
    vpc: VpcShape,
}

fn create_vpc(state: &mut State, args: CreateVpc) -> Result<VpcAnswer, ApiError> {
    only_text("InstanceTenancy", args.instance_tenancy.as_ref(), &["default"])?;
    for (name, given) in [
        ("Ipv6CidrBlock", &args.ipv6_cidr_block),
        ("Ipv6Pool", &args.ipv6_pool),
        ("Ipv4IpamPoolId", &args.ipv4_ipam_pool_id),
        ("Ipv6IpamPoolId", &args.ipv6_ipam_pool_id),
    ] {
        only_text(name, given.as_ref(), &[])?;
    }
    let Some(cidr) = args.cidr_block else {
        let message = "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.";
        return Err(ApiError::new(Code::MissingParameter, message));
    };
    let with_ipv6 = args.amazon_provided_ipv6_cidr_block == Some(true);
    let args = cloud::CreateVpc { cidr_block: range(&cidr)?, tags: tags_for("vpc", args.tag_specification)? };
    let id = state.model.create_vpc(args)?;
    if with_ipv6 {
        state.model.give_vpc_ipv6(&id)?;
    }
    let network = state.model.world.network.networks.get(&id);
    network.map(|n| VpcAnswer { vpc: shape(&state.model, n) }).ok_or_else(|| unsupported("CidrBlock"))
}

/// A range as EC2 takes one (recorded: `Value (10.0.0.0) for parameter cidrBlock is invalid. This is not a valid CIDR
/// block.`).
pub(super) fn range(text: &str) -> Result<Ipv4Net, ApiError> {
    text.parse().map_err(|_| {
        let message = format!("Value ({text}) for parameter cidrBlock is invalid. This is not a valid CIDR block.");
        ApiError::new(Code::InvalidParameterValue, message)
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteVpc {
    vpc_id: CloudId,
}

fn delete_vpc(state: &mut State, args: DeleteVpc) -> Result<Return, ApiError> {
    let id = args.vpc_id;
    state.model.delete_vpc(&id).map_err(ids::read_first([(&ids::VPC, id.as_str())]))?;
    Ok(Return::TRUE)
}
