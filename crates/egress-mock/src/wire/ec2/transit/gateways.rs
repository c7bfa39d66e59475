//! The hubs themselves.

use egress_core::{CloudId, world::TransitGateway};
use serde::{Deserialize, Serialize};

use super::{made, state, switch, yes_no};
use crate::{
    cloud::{ApiError, CreateTransitGateway, GatewayOptions, Model},
    mock::State,
    wire::{
        ec2::{
            filter::{each_shown, one, shown},
            ids,
            listing::{Listing, Pages, describe_answer, describe_args},
            shape::{TagSet, arn, only_text, owner_of, tag_set, unsupported},
            tags::{TagSpecification, tags_for},
        },
        route::{Action, action},
    },
};

pub(in crate::wire::ec2) const ACTIONS: &[Action] = &[
    action!("CreateTransitGateway" Changes create),
    action!("DeleteTransitGateway" Changes delete),
    action!("DescribeTransitGateways" Reads describe),
];

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GatewayShape {
    transit_gateway_id: CloudId,
    transit_gateway_arn: String,
    state: &'static str,
    owner_id: String,
    description: String,
    creation_time: String,
    options: OptionsShape,
    tag_set: TagSet,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OptionsShape {
    amazon_side_asn: i64,
    auto_accept_shared_attachments: &'static str,
    default_route_table_association: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    association_default_route_table_id: Option<CloudId>,
    default_route_table_propagation: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    propagation_default_route_table_id: Option<CloudId>,
    vpn_ecmp_support: &'static str,
    dns_support: &'static str,
    security_group_referencing_support: &'static str,
    multicast_support: &'static str,
}

fn shape(model: &Model, gateway: &TransitGateway) -> GatewayShape {
    let GatewayOptions { description, asn, association_table, propagation_table } = model.transit_options(&gateway.id);
    GatewayShape {
        transit_gateway_id: gateway.id.clone(),
        transit_gateway_arn: arn(model, "transit-gateway", &gateway.id),
        state: state(model, &gateway.id),
        owner_id: owner_of(model, gateway.owner.as_ref()),
        description,
        creation_time: made(model, &gateway.id),
        options: OptionsShape {
            amazon_side_asn: asn,
            auto_accept_shared_attachments: "disable",
            default_route_table_association: yes_no(association_table.is_some()),
            association_default_route_table_id: association_table,
            default_route_table_propagation: yes_no(propagation_table.is_some()),
            propagation_default_route_table_id: propagation_table,
            vpn_ecmp_support: "enable",
            dns_support: "enable",
            security_group_referencing_support: "disable",
            multicast_support: "disable",
        },
        tag_set: tag_set(&gateway.tags),
    }
}

const LISTING: Listing<TransitGateway> = Listing {
    kind: &ids::TRANSIT_GATEWAY,
    id: |gateway| gateway.id.as_str(),
    tags: Some(|_, gateway| &gateway.tags),
    filters: &[
        ("options.amazon-side-asn", |model, g| shown(model.transit_options(&g.id).asn)),
        ("options.association-default-route-table-id", |model, g| {
            each_shown(model.transit_options(&g.id).association_table)
        }),
        ("options.propagation-default-route-table-id", |model, g| {
            each_shown(model.transit_options(&g.id).propagation_table)
        }),
        ("owner-id", |model, g| one(owner_of(model, g.owner.as_ref()))),
        ("state", |model, g| one(state(model, &g.id))),
        ("transit-gateway-id", |_, g| one(g.id.as_str())),
    ],
    pages: Pages::usual("TransitGatewayIds"),
};

describe_args!(DescribeGateways "TransitGatewayIds");
describe_answer!(GatewaysAnswer "transitGatewaySet" GatewayShape);

fn describe(state: &mut State, args: DescribeGateways) -> Result<GatewaysAnswer, ApiError> {
    let model = &state.model;
    let seen = model.world.network.transit.gateways.values().filter(|g| model.sees(&g.id));
    let page = LISTING.select(model, seen, args.ask())?;
    Ok(GatewaysAnswer { list: page.shaped(|gateway| shape(model, gateway)), next_token: page.next_token })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateArgs {
    description: Option<String>,
    options: Option<Options>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Options {
    amazon_side_asn: Option<i64>,
    auto_accept_shared_attachments: Option<String>,
    default_route_table_association: Option<String>,
    default_route_table_propagation: Option<String>,
    vpn_ecmp_support: Option<String>,
    dns_support: Option<String>,
    security_group_referencing_support: Option<String>,
    multicast_support: Option<String>,
    #[serde(default)]
    transit_gateway_cidr_blocks: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GatewayAnswer {
    transit_gateway: GatewayShape,
}

fn create(state: &mut State, args: CreateArgs) -> Result<GatewayAnswer, ApiError> {
    let options = args.options.unwrap_or_default();
    for (name, given, usual) in [
        ("Options.AutoAcceptSharedAttachments", &options.auto_accept_shared_attachments, "disable"),
        ("Options.VpnEcmpSupport", &options.vpn_ecmp_support, "enable"),
        ("Options.DnsSupport", &options.dns_support, "enable"),
        ("Options.SecurityGroupReferencingSupport", &options.security_group_referencing_support, "disable"),
        ("Options.MulticastSupport", &options.multicast_support, "disable"),
    ] {
        only_text(name, given.as_ref(), &[usual])?;
    }
    if !options.transit_gateway_cidr_blocks.is_empty() {
        return Err(unsupported("Options.TransitGatewayCidrBlocks"));
    }
    let usual = GatewayOptions::default();
    let (associates, propagates) = (&options.default_route_table_association, &options.default_route_table_propagation);
    let made = state.model.create_transit_gateway(CreateTransitGateway {
        options: GatewayOptions {
            description: args.description.unwrap_or_default(),
            asn: options.amazon_side_asn.unwrap_or(usual.asn),
            ..usual
        },
        associates: switch("Options.DefaultRouteTableAssociation", associates.as_ref(), true)?,
        propagates: switch("Options.DefaultRouteTablePropagation", propagates.as_ref(), true)?,
        tags: tags_for("transit-gateway", args.tag_specification)?,
    })?;
    let gateway = state.model.world.network.transit.gateways.get(&made);
    let gateway = gateway.ok_or_else(|| ids::TRANSIT_GATEWAY.refuse(&[made.as_str()]))?;
    Ok(GatewayAnswer { transit_gateway: shape(&state.model, gateway) })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteArgs {
    transit_gateway_id: CloudId,
}

fn delete(state: &mut State, args: DeleteArgs) -> Result<GatewayAnswer, ApiError> {
    let id = args.transit_gateway_id;
    let gone = state.model.transit_gateway(&id).map(|gateway| shape(&state.model, gateway));
    state.model.delete_transit_gateway(&id).map_err(ids::read_first([(&ids::TRANSIT_GATEWAY, id.as_str())]))?;
    Ok(GatewayAnswer { transit_gateway: GatewayShape { state: "deleting", ..gone? } })
}
