//! Ops on gateways and addresses as calls to EC2.

use aws_sdk_ec2::types::{ConnectivityType, DomainType, ResourceType};
use egress_core::{
    CloudError, CloudId, Effect, ErrorKind, Token,
    op::{AllocateAddress, CreateNatGateway, DisassociateNatAddress, GatewayOp, ReleaseAddress},
    tags::NAME,
};

use crate::{
    AwsCloud,
    client::Refusal,
    network::{created, set_ec2_tags, unknown_op},
    wire::{born_with, ip_if, unreadable},
};

const NOTHING_MADE: Effect = Effect { id: None, ip: None };

pub(super) async fn apply(cloud: &AwsCloud, op: &GatewayOp<CloudId>, token: &Token) -> Result<Effect, Refusal> {
    let ec2 = &cloud.writes().ec2;
    match op {
        GatewayOp::CreateInternetGateway(op) => {
            let tags = born_with(ResourceType::InternetGateway, &op.tags);
            let request = ec2.create_internet_gateway().tag_specifications(tags);
            let made = cloud.call("CreateInternetGateway", op.tags.get(NAME)).change(request.send()).await?;
            created("CreateInternetGateway", made.internet_gateway().and_then(|g| g.internet_gateway_id()))
        }
        GatewayOp::AttachInternetGateway(op) => {
            let request =
                (ec2.attach_internet_gateway()).internet_gateway_id(op.gateway.as_str()).vpc_id(op.network.as_str());
            let call = cloud.call("AttachInternetGateway", Some(&op.gateway));
            call.change(request.send()).await.map(|_| NOTHING_MADE)
        }
        GatewayOp::DetachInternetGateway(op) => {
            let request =
                (ec2.detach_internet_gateway()).internet_gateway_id(op.gateway.as_str()).vpc_id(op.network.as_str());
            let call = cloud.call("DetachInternetGateway", Some(&op.gateway));
            call.change(request.send()).await.map(|_| NOTHING_MADE)
        }
        GatewayOp::DeleteInternetGateway(op) => {
            let request = ec2.delete_internet_gateway().internet_gateway_id(op.gateway.as_str());
            let call = cloud.call("DeleteInternetGateway", Some(&op.gateway));
            call.change(request.send()).await.map(|_| NOTHING_MADE)
        }
        GatewayOp::AllocateAddress(op) => allocate(cloud, op).await,
        GatewayOp::ReleaseAddress(op) => release(cloud, op).await,
        GatewayOp::CreateNatGateway(op) => create_nat_gateway(cloud, op, token).await,
        GatewayOp::DeleteNatGateway(op) => {
            let request = ec2.delete_nat_gateway().nat_gateway_id(op.gateway.as_str());
            let call = cloud.call("DeleteNatGateway", Some(&op.gateway));
            call.change(request.send()).await.map(|_| NOTHING_MADE)
        }
        GatewayOp::AssociateNatAddress(op) => {
            let request = (ec2.associate_nat_gateway_address())
                .nat_gateway_id(op.gateway.as_str())
                .allocation_ids(op.address.as_str());
            let call = cloud.call("AssociateNatGatewayAddress", Some(&op.address));
            call.change(request.send()).await.map(|_| NOTHING_MADE)
        }
        GatewayOp::DisassociateNatAddress(op) => disassociate(cloud, op).await,
        GatewayOp::SetTags(op) => set_ec2_tags(cloud, op).await,
        _ => Err(unknown_op()),
    }
}

async fn allocate(cloud: &AwsCloud, op: &AllocateAddress) -> Result<Effect, Refusal> {
    let request = (cloud.writes().ec2.allocate_address())
        .domain(DomainType::Vpc)
        .set_address(op.ip.map(|ip| ip.to_string()))
        .tag_specifications(born_with(ResourceType::ElasticIp, &op.tags));
    let made = cloud.call("AllocateAddress", op.tags.get(NAME)).change(request.send()).await?;
    let effect = created("AllocateAddress", made.allocation_id())?;
    // The address is the account's whether or not its IP can be read.
    let ip = ip_if(made.public_ip()).map_err(|flaw| Refusal::Lost(unreadable("AllocateAddress", flaw)))?;
    Ok(Effect { ip, ..effect })
}

/// Reads which IP the address has, and releases it only where that is the one that the user named.
async fn release(cloud: &AwsCloud, op: &ReleaseAddress<CloudId>) -> Result<Effect, Refusal> {
    let id = op.address.as_str();
    let read = cloud.reads().ec2.describe_addresses().allocation_ids(id);
    let told = cloud.call("DescribeAddresses", Some(id)).read(read.send()).await.map_err(Refusal::before_any_change)?;
    let refuse = |kind, message: String| Refusal::Certain(CloudError::new(kind, "ReleaseAddress", message).on(id));
    let Some(address) = told.addresses().iter().find(|address| address.allocation_id() == Some(id)) else {
        return Err(refuse(ErrorKind::NotFound, "the account holds no such address".to_owned()));
    };
    let ip = ip_if::<std::net::Ipv4Addr>(address.public_ip())
        .map_err(|flaw| Refusal::before_any_change(unreadable("DescribeAddresses", flaw)))?;
    if ip != Some(op.ip) {
        let has = ip.map_or_else(|| "none".to_owned(), |ip| ip.to_string());
        let message = format!("the address has the IP {has}, and {} was named to be released", op.ip);
        return Err(refuse(ErrorKind::Invalid, message));
    }
    let request = cloud.writes().ec2.release_address().allocation_id(id);
    cloud.call("ReleaseAddress", Some(id)).change(request.send()).await.map(|_| NOTHING_MADE)
}

async fn create_nat_gateway(
    cloud: &AwsCloud,
    op: &CreateNatGateway<CloudId>,
    token: &Token,
) -> Result<Effect, Refusal> {
    let request = (cloud.writes().ec2.create_nat_gateway())
        .subnet_id(op.subnet.as_str())
        .allocation_id(op.address.as_str())
        .connectivity_type(ConnectivityType::Public)
        .client_token(token.as_str())
        .tag_specifications(born_with(ResourceType::Natgateway, &op.tags));
    let made = cloud.call("CreateNatGateway", op.tags.get(NAME)).change(request.send()).await?;
    created("CreateNatGateway", made.nat_gateway().and_then(|gateway| gateway.nat_gateway_id()))
}

/// AWS's call takes an association alone; the Op also names the address, and must not take another one off, nor the gateway's
/// own.
async fn disassociate(cloud: &AwsCloud, op: &DisassociateNatAddress<CloudId>) -> Result<Effect, Refusal> {
    const OPERATION: &str = "DisassociateNatGatewayAddress";
    let read = cloud.reads().ec2.describe_nat_gateways().nat_gateway_ids(op.gateway.as_str());
    let call = cloud.call("DescribeNatGateways", Some(&op.gateway));
    let told = call.read(read.send()).await.map_err(Refusal::before_any_change)?;
    let listed = told.nat_gateways().iter().flat_map(|gateway| gateway.nat_gateway_addresses());
    let mut of_it = listed.filter(|address| address.association_id() == Some(op.association.as_str()));
    let refuse =
        |kind, message: String| Err(Refusal::Certain(CloudError::new(kind, OPERATION, message).on(&op.address)));
    match of_it.next() {
        None => {
            return refuse(ErrorKind::NotFound, format!("{} has no association {}", op.gateway, op.association));
        }
        Some(address) if address.allocation_id() != Some(op.address.as_str()) => {
            return refuse(
                ErrorKind::Invalid,
                format!("the association {} is not that of {}", op.association, op.address),
            );
        }
        Some(address) if address.is_primary() == Some(true) => {
            return refuse(
                ErrorKind::Invalid,
                format!("{} is the address that {} was made with", op.address, op.gateway),
            );
        }
        Some(_) => {}
    }
    let request = (cloud.writes().ec2.disassociate_nat_gateway_address())
        .nat_gateway_id(op.gateway.as_str())
        .association_ids(op.association.as_str());
    cloud.call(OPERATION, Some(&op.address)).change(request.send()).await.map(|_| NOTHING_MADE)
}
