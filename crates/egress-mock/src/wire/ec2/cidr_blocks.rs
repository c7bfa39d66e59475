//! IPv6 ranges, put on networks and subnets.

use egress_core::CloudId;
use ipnet::Ipv6Net;
use serde::{Deserialize, Serialize};

use super::{
    ids,
    shape::{only_text, unsupported},
    subnets::{self, Ipv6Association as OfSubnet},
    vpcs::{self, Ipv6Association as OfVpc},
};
use crate::{
    cloud::{ApiError, Code},
    mock::State,
    wire::route::{Action, action},
};

pub(super) const ACTIONS: &[Action] = &[
    action!("AssociateSubnetCidrBlock" Changes associate_subnet_cidr_block),
    action!("AssociateVpcCidrBlock" Changes associate_vpc_cidr_block),
];

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AssociateVpc {
    vpc_id: CloudId,
    cidr_block: Option<String>,
    amazon_provided_ipv6_cidr_block: Option<bool>,
    ipv6_cidr_block: Option<String>,
    ipv6_pool: Option<String>,
    ipv6_cidr_block_network_border_group: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VpcAnswer {
    ipv6_cidr_block_association: OfVpc,
    vpc_id: CloudId,
}

/// Only with a range of Amazon's.
fn associate_vpc_cidr_block(state: &mut State, args: AssociateVpc) -> Result<VpcAnswer, ApiError> {
    let region = state.model.config.place.region.clone();
    for (name, given) in [("CidrBlock", &args.cidr_block), ("Ipv6CidrBlock", &args.ipv6_cidr_block)] {
        only_text(name, given.as_ref(), &[])?;
    }
    only_text("Ipv6Pool", args.ipv6_pool.as_ref(), &["Amazon"])?;
    only_text("Ipv6CidrBlockNetworkBorderGroup", args.ipv6_cidr_block_network_border_group.as_ref(), &[&region])?;
    if args.amazon_provided_ipv6_cidr_block != Some(true) {
        return Err(unsupported("AmazonProvidedIpv6CidrBlock"));
    }
    let id = args.vpc_id;
    let cidr = state.model.associate_vpc_ipv6(&id).map_err(ids::read_first([(&ids::VPC, id.as_str())]))?;
    let network = state.model.world.network.networks.get(&id).ok_or_else(|| ids::VPC.refuse(&[id.as_str()]))?;
    let mut association = vpcs::v6_association(&state.model, network, &cidr);
    association.ipv6_cidr_block_state = ASSOCIATING;
    Ok(VpcAnswer { ipv6_cidr_block_association: association, vpc_id: id })
}

/// What the answer of the call says; by the next one it is through.
const ASSOCIATING: super::shape::StateShape = super::shape::StateShape { state: "associating" };

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AssociateSubnet {
    subnet_id: CloudId,
    ipv6_cidr_block: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SubnetAnswer {
    ipv6_cidr_block_association: OfSubnet,
    subnet_id: CloudId,
}

fn associate_subnet_cidr_block(state: &mut State, args: AssociateSubnet) -> Result<SubnetAnswer, ApiError> {
    let Some(text) = args.ipv6_cidr_block else {
        return Err(ApiError::new(Code::MissingParameter, "The request must contain the parameter ipv6CidrBlock"));
    };
    let (id, cidr) = (args.subnet_id, range(&text)?);
    let read_first = ids::read_first([(&ids::SUBNET, id.as_str())]);
    state.model.associate_subnet_ipv6(&id, cidr).map_err(read_first)?;
    let mut association = subnets::v6_association(&state.model, &id, &cidr);
    association.ipv6_cidr_block_state = ASSOCIATING;
    Ok(SubnetAnswer { ipv6_cidr_block_association: association, subnet_id: id })
}

/// An IPv6 range as EC2 takes one.
pub(super) fn range(text: &str) -> Result<Ipv6Net, ApiError> {
    text.parse().map_err(|_| {
        let message = format!("Value ({text}) for parameter ipv6CidrBlock is invalid. This is not a valid CIDR block.");
        ApiError::new(Code::InvalidParameterValue, message)
    })
}
