//! VPC endpoints: made, changed, deleted.

use std::collections::BTreeSet;

use egress_core::CloudId;
use serde::{Deserialize, Serialize};

use super::{
    endpoints::{EndpointShape, shape},
    ids::{self, IdKind},
    shape::{only_text, unsupported},
    tags::{TagSpecification, tags_for},
};
use crate::{
    cloud::{ApiError, Code, CreateEndpoint, ModifyEndpoint, NewEndpoint},
    mock::State,
    wire::{
        route::{Action, Return, action},
        xml::Items,
    },
};

pub(super) const ACTIONS: &[Action] = &[
    action!("CreateVpcEndpoint" Changes create_vpc_endpoint),
    action!("DeleteVpcEndpoints" Changes delete_vpc_endpoints),
    action!("ModifyVpcEndpoint" Changes modify_vpc_endpoint),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateVpcEndpoint {
    vpc_id: CloudId,
    service_name: Option<String>,
    vpc_endpoint_type: Option<String>,
    /// Policies are not looked at.
    #[serde(rename = "PolicyDocument")]
    _policy: Option<String>,
    #[serde(default)]
    route_table_id: Vec<CloudId>,
    #[serde(default)]
    subnet_id: Vec<CloudId>,
    #[serde(default)]
    security_group_id: Vec<CloudId>,
    ip_address_type: Option<String>,
    dns_options: Option<DnsOptions>,
    private_dns_enabled: Option<bool>,
    service_region: Option<String>,
    client_token: Option<String>,
    #[serde(default)]
    tag_specification: Vec<TagSpecification>,
}

/// Taken as far as they say what is so anyway.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DnsOptions {
    dns_record_ip_type: Option<String>,
    private_dns_only_for_inbound_resolver_endpoint: Option<bool>,
}

fn check_dns_options(options: Option<DnsOptions>) -> Result<(), ApiError> {
    let Some(options) = options else { return Ok(()) };
    only_text("DnsOptions.DnsRecordIpType", options.dns_record_ip_type.as_ref(), &["ipv4"])?;
    if options.private_dns_only_for_inbound_resolver_endpoint == Some(true) {
        return Err(unsupported("DnsOptions.PrivateDnsOnlyForInboundResolverEndpoint"));
    }
    Ok(())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CreatedAnswer {
    vpc_endpoint: EndpointShape,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_token: Option<String>,
}

fn create_vpc_endpoint(state: &mut State, args: CreateVpcEndpoint) -> Result<CreatedAnswer, ApiError> {
    let region = state.model.config.place.region.clone();
    only_text("ServiceRegion", args.service_region.as_ref(), &[&region])?;
    only_text("IpAddressType", args.ip_address_type.as_ref(), &["ipv4"])?;
    check_dns_options(args.dns_options)?;
    let Some(service_name) = args.service_name else {
        return Err(ApiError::new(Code::MissingParameter, "The request must contain the parameter serviceName"));
    };
    let misfit = |parameter: &str, kind: &str| {
        // From memory [?].
        let message = format!("{parameter} cannot be specified for a VPC endpoint of type {kind}.");
        Err(ApiError::new(Code::InvalidEndpointParameter, message))
    };
    let (tables, subnets, groups) = (set(&args.route_table_id), set(&args.subnet_id), set(&args.security_group_id));
    let kind = match args.vpc_endpoint_type.as_deref() {
        None | Some("Gateway") => {
            if !subnets.is_empty() || !groups.is_empty() {
                return misfit("SubnetIds and SecurityGroupIds", "Gateway");
            }
            if args.private_dns_enabled == Some(true) {
                return misfit("PrivateDnsEnabled", "Gateway");
            }
            NewEndpoint::Gateway { route_tables: tables }
        }
        Some("Interface") => {
            if !tables.is_empty() {
                return misfit("RouteTableIds", "Interface");
            }
            // "Default: true" [doc].
            NewEndpoint::Interface { subnets, groups, private_dns: args.private_dns_enabled.unwrap_or(true) }
        }
        Some(_) => return Err(unsupported("VpcEndpointType")),
    };
    let client_token = args.client_token;
    let made = state.model.create_endpoint(CreateEndpoint {
        vpc_id: args.vpc_id.clone(),
        service_name,
        kind,
        client_token: client_token.clone(),
        tags: tags_for("vpc-endpoint", args.tag_specification)?,
    });
    let vpc = [(&ids::VPC, args.vpc_id.as_str())];
    let tables = named(&ids::ROUTE_TABLE, &args.route_table_id);
    let subnets = named(&ids::SUBNET, &args.subnet_id);
    let groups = named(&ids::GROUP, &args.security_group_id);
    let id = made.map_err(ids::read_first(vpc.into_iter().chain(tables).chain(subnets).chain(groups)))?;
    let endpoint = state.model.world.network.endpoints.get(&id);
    let endpoint = endpoint.ok_or_else(|| ids::ENDPOINT.refuse(&[id.as_str()]))?;
    Ok(CreatedAnswer { vpc_endpoint: shape(&state.model, endpoint), client_token })
}

fn set(ids: &[CloudId]) -> BTreeSet<CloudId> {
    ids.iter().cloned().collect()
}

fn named<'a>(kind: &'a IdKind, ids: &'a [CloudId]) -> impl Iterator<Item = (&'a IdKind, &'a str)> {
    ids.iter().map(move |id| (kind, id.as_str()))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ModifyVpcEndpoint {
    vpc_endpoint_id: CloudId,
    #[serde(rename = "ResetPolicy")]
    _reset: Option<bool>,
    #[serde(rename = "PolicyDocument")]
    _policy: Option<String>,
    #[serde(default)]
    add_route_table_id: Vec<CloudId>,
    #[serde(default)]
    remove_route_table_id: Vec<CloudId>,
    #[serde(default)]
    add_subnet_id: Vec<CloudId>,
    #[serde(default)]
    remove_subnet_id: Vec<CloudId>,
    #[serde(default)]
    add_security_group_id: Vec<CloudId>,
    #[serde(default)]
    remove_security_group_id: Vec<CloudId>,
    ip_address_type: Option<String>,
    dns_options: Option<DnsOptions>,
    private_dns_enabled: Option<bool>,
}

fn modify_vpc_endpoint(state: &mut State, args: ModifyVpcEndpoint) -> Result<Return, ApiError> {
    only_text("IpAddressType", args.ip_address_type.as_ref(), &["ipv4"])?;
    check_dns_options(args.dns_options)?;
    let change = ModifyEndpoint {
        add_tables: set(&args.add_route_table_id),
        remove_tables: set(&args.remove_route_table_id),
        add_subnets: set(&args.add_subnet_id),
        remove_subnets: set(&args.remove_subnet_id),
        add_groups: set(&args.add_security_group_id),
        remove_groups: set(&args.remove_security_group_id),
        private_dns: args.private_dns_enabled,
    };
    let id = args.vpc_endpoint_id;
    state.model.modify_endpoint(&id, change).map_err(ids::read_first([(&ids::ENDPOINT, id.as_str())]))?;
    Ok(Return::TRUE)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DeleteVpcEndpoints {
    #[serde(default)]
    vpc_endpoint_id: Vec<CloudId>,
}

#[derive(Serialize)]
struct UnsuccessfulAnswer {
    unsuccessful: Items<UnsuccessfulShape>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UnsuccessfulShape {
    error: ErrorShape,
    resource_id: CloudId,
}

#[derive(Serialize)]
struct ErrorShape {
    code: &'static str,
    message: String,
}

/// Those that can be deleted are; the others are named in the answer, which is no refusal [doc].
fn delete_vpc_endpoints(state: &mut State, args: DeleteVpcEndpoints) -> Result<UnsuccessfulAnswer, ApiError> {
    if args.vpc_endpoint_id.is_empty() {
        return Err(ApiError::new(Code::MissingParameter, "The request must contain the parameter VpcEndpointId"));
    }
    let mut unsuccessful = Items::default();
    for id in args.vpc_endpoint_id {
        let done = state.model.delete_endpoint(&id).map_err(ids::read_first([(&ids::ENDPOINT, id.as_str())]));
        if let Err(error) = done {
            let error = ErrorShape { code: error.code.as_str(), message: error.message };
            unsuccessful.item.push(UnsuccessfulShape { error, resource_id: id });
        }
    }
    Ok(UnsuccessfulAnswer { unsuccessful })
}
