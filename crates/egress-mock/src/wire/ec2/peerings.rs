//! Peerings between VPCs, to be read.

use egress_core::{
    CloudId,
    world::{Peering, PeeringEnd},
};
use ipnet::IpNet;
use serde::Serialize;

use super::{
    filter::{each_shown, one},
    ids,
    listing::{Listing, Pages, describe_answer, describe_args},
    shape::{TagSet, owner, tag_set},
};
use crate::{
    cloud::{ApiError, Model},
    mock::State,
    wire::{
        route::{Action, action},
        xml::Items,
    },
};

pub(super) const ACTIONS: &[Action] =
    &[action!("DescribeVpcPeeringConnections" Reads describe_vpc_peering_connections)];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PeeringShape {
    vpc_peering_connection_id: CloudId,
    requester_vpc_info: EndShape,
    accepter_vpc_info: EndShape,
    status: StatusShape,
    tag_set: TagSet,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EndShape {
    owner_id: String,
    vpc_id: CloudId,
    #[serde(skip_serializing_if = "Option::is_none")]
    cidr_block: Option<String>,
    cidr_block_set: Items<CidrShape>,
    ipv6_cidr_block_set: Items<Ipv6CidrShape>,
    region: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CidrShape {
    cidr_block: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ipv6CidrShape {
    ipv6_cidr_block: String,
}

#[derive(Serialize)]
struct StatusShape {
    code: &'static str,
    message: &'static str,
}

fn shape(model: &Model, peering: &Peering) -> PeeringShape {
    let end = |end: &PeeringEnd| EndShape {
        owner_id: owner(model),
        vpc_id: end.network.clone(),
        cidr_block: v4(end).next().map(ToString::to_string),
        cidr_block_set: v4(end).map(|cidr| CidrShape { cidr_block: cidr.to_string() }).collect(),
        ipv6_cidr_block_set: end
            .cidrs
            .iter()
            .filter(|cidr| matches!(cidr, IpNet::V6(_)))
            .map(|cidr| Ipv6CidrShape { ipv6_cidr_block: cidr.to_string() })
            .collect(),
        region: model.config.place.region.clone(),
    };
    let (code, message) = status(peering);
    PeeringShape {
        vpc_peering_connection_id: peering.id.clone(),
        requester_vpc_info: end(&peering.requester),
        accepter_vpc_info: end(&peering.accepter),
        status: StatusShape { code, message },
        tag_set: tag_set(&peering.tags),
    }
}

fn v4(end: &PeeringEnd) -> impl Iterator<Item = &IpNet> {
    end.cidrs.iter().filter(|cidr| matches!(cidr, IpNet::V4(_)))
}

fn status(peering: &Peering) -> (&'static str, &'static str) {
    if peering.active { ("active", "Active") } else { ("pending-acceptance", "Pending Acceptance") }
}

const LISTING: Listing<Peering> = Listing {
    kind: &ids::PEERING,
    id: |peering| peering.id.as_str(),
    tags: Some(|_, peering| &peering.tags),
    filters: &[
        ("accepter-vpc-info.cidr-block", |_, p| each_shown(v4(&p.accepter))),
        ("accepter-vpc-info.owner-id", |model, _| one(owner(model))),
        ("accepter-vpc-info.vpc-id", |_, p| one(p.accepter.network.as_str())),
        ("requester-vpc-info.cidr-block", |_, p| each_shown(v4(&p.requester))),
        ("requester-vpc-info.owner-id", |model, _| one(owner(model))),
        ("requester-vpc-info.vpc-id", |_, p| one(p.requester.network.as_str())),
        ("status-code", |_, p| one(status(p).0)),
        ("status-message", |_, p| one(status(p).1)),
        ("vpc-peering-connection-id", |_, p| one(p.id.as_str())),
    ],
    pages: Pages::usual("VpcPeeringConnectionIds"),
};

describe_args!(DescribeVpcPeeringConnections "VpcPeeringConnectionId");
describe_answer!(PeeringsAnswer "vpcPeeringConnectionSet" PeeringShape);

fn describe_vpc_peering_connections(
    state: &mut State,
    args: DescribeVpcPeeringConnections,
) -> Result<PeeringsAnswer, ApiError> {
    let model = &state.model;
    let seen = model.world.network.peerings.values().filter(|p| model.sees(&p.id));
    let page = LISTING.select(model, seen, args.ask())?;
    Ok(PeeringsAnswer { list: page.shaped(|peering| shape(model, peering)), next_token: page.next_token })
}
