//! Ops on networks as calls to EC2.

use aws_sdk_ec2::types::{ResourceType, RouteTableAssociation};
use egress_core::{
    CloudError, CloudId, Effect, ErrorKind, Token,
    ipnet::IpNet,
    op::{AssociateRouteTable, CreateRoute, DisassociateRouteTable, NetworkOp, ReplaceRoute},
    tags::NAME,
    world::{AssociatedWith, Destination, Target},
};

use super::{groups, inside, leases, route_tables, set_ec2_tags};
use crate::{
    AwsCloud,
    client::Refusal,
    wire::{born_with, filter, pages, unreadable},
};

const NOTHING_MADE: Effect = Effect { id: None, ip: None };

pub(super) async fn apply(cloud: &AwsCloud, op: &NetworkOp<CloudId>, token: &Token) -> Result<Effect, Refusal> {
    let ec2 = &cloud.writes().ec2;
    match op {
        NetworkOp::CreateNetwork(op) => {
            let tags = born_with(ResourceType::Vpc, &op.tags);
            let request = ec2.create_vpc().cidr_block(op.cidr.to_string()).tag_specifications(tags);
            let made = cloud.call("CreateVpc", op.tags.get(NAME)).change(request.send()).await?;
            created("CreateVpc", made.vpc().and_then(|vpc| vpc.vpc_id()))
        }
        NetworkOp::DeleteNetwork(op) => {
            let request = ec2.delete_vpc().vpc_id(op.network.as_str());
            match cloud.call("DeleteVpc", Some(&op.network)).change(request.send()).await {
                Ok(_) => Ok(NOTHING_MADE),
                Err(refusal) => Err(inside::named(cloud, refusal, "vpc-id", &op.network).await),
            }
        }
        NetworkOp::CreateSubnet(op) => {
            let request = (ec2.create_subnet())
                .vpc_id(op.network.as_str())
                .cidr_block(op.cidr.to_string())
                .availability_zone(&op.zone)
                .tag_specifications(born_with(ResourceType::Subnet, &op.tags));
            let made = cloud.call("CreateSubnet", op.tags.get(NAME)).change(request.send()).await?;
            created("CreateSubnet", made.subnet().and_then(|subnet| subnet.subnet_id()))
        }
        NetworkOp::DeleteSubnet(op) => {
            let request = ec2.delete_subnet().subnet_id(op.subnet.as_str());
            match cloud.call("DeleteSubnet", Some(&op.subnet)).change(request.send()).await {
                Ok(_) => Ok(NOTHING_MADE),
                Err(refusal) => Err(inside::named(cloud, refusal, "subnet-id", &op.subnet).await),
            }
        }
        NetworkOp::CreateRouteTable(op) => {
            let request = (ec2.create_route_table())
                .vpc_id(op.network.as_str())
                .client_token(token.as_str())
                .tag_specifications(born_with(ResourceType::RouteTable, &op.tags));
            let made = cloud.call("CreateRouteTable", op.tags.get(NAME)).change(request.send()).await?;
            created("CreateRouteTable", made.route_table().and_then(|table| table.route_table_id()))
        }
        NetworkOp::DeleteRouteTable(op) => {
            let request = ec2.delete_route_table().route_table_id(op.table.as_str());
            let call = cloud.call("DeleteRouteTable", Some(&op.table));
            call.change(request.send()).await.map(|_| NOTHING_MADE)
        }
        NetworkOp::AssociateRouteTable(op) => associate(cloud, op).await,
        NetworkOp::DisassociateRouteTable(op) => disassociate(cloud, op).await,
        NetworkOp::CreateRoute(op) => create_route(cloud, op).await,
        NetworkOp::ReplaceRoute(op) => replace_route(cloud, op).await,
        NetworkOp::DeleteRoute(op) => {
            let (v4, v6, list) = destination(&op.destination);
            let request = (ec2.delete_route())
                .route_table_id(op.table.as_str())
                .set_destination_cidr_block(v4)
                .set_destination_ipv6_cidr_block(v6)
                .set_destination_prefix_list_id(list);
            let call = cloud.call("DeleteRoute", Some(&op.table));
            call.change(request.send()).await.map(|_| NOTHING_MADE)
        }
        NetworkOp::CreateGroup(op) => {
            let request = (ec2.create_security_group())
                .vpc_id(op.network.as_str())
                .group_name(&op.name)
                .description(&op.description)
                .tag_specifications(born_with(ResourceType::SecurityGroup, &op.tags));
            let made = cloud.call("CreateSecurityGroup", Some(&op.name)).change(request.send()).await?;
            created("CreateSecurityGroup", made.group_id())
        }
        NetworkOp::AllowEgress(op) => {
            let request = (ec2.authorize_security_group_egress())
                .group_id(op.group.as_str())
                .ip_permissions(groups::permission(&op.rule));
            let call = cloud.call("AuthorizeSecurityGroupEgress", Some(&op.group));
            call.change(request.send()).await.map(|_| NOTHING_MADE)
        }
        NetworkOp::DeleteGroup(op) => {
            let request = ec2.delete_security_group().group_id(op.group.as_str());
            match cloud.call("DeleteSecurityGroup", Some(&op.group)).change(request.send()).await {
                Ok(_) => Ok(NOTHING_MADE),
                Err(refusal) => Err(inside::named(cloud, refusal, "group-id", &op.group).await),
            }
        }
        NetworkOp::DeleteInterface(op) => {
            let request = ec2.delete_network_interface().network_interface_id(op.interface.as_str());
            let call = cloud.call("DeleteNetworkInterface", Some(&op.interface));
            call.change(request.send()).await.map(|_| NOTHING_MADE)
        }
        NetworkOp::CreateLease(op) => leases::create(cloud, op, token).await,
        NetworkOp::DeleteLease(op) => leases::delete(cloud, op).await,
        NetworkOp::SetTags(op) => set_ec2_tags(cloud, op).await,
        _ => Err(unknown_op()),
    }
}

/// An Op of a later egress-core: nothing was sent.
pub(crate) fn unknown_op() -> Refusal {
    Refusal::Certain(CloudError::new(ErrorKind::Unsupported, "apply", "this operation is not known here"))
}

/// What a creation gave. One that tells no id may still have made something.
pub(crate) fn created(operation: &'static str, id: Option<&str>) -> Result<Effect, Refusal> {
    match id.filter(|id| !id.is_empty()) {
        Some(id) => Ok(Effect::created(CloudId::new(id))),
        None => Err(Refusal::Lost(unreadable(operation, "it does not tell what was made"))),
    }
}

async fn associate(cloud: &AwsCloud, op: &AssociateRouteTable<CloudId>) -> Result<Effect, Refusal> {
    let ec2 = &cloud.writes().ec2;
    let table = op.table.as_str();
    match &op.replaces {
        None => {
            let request = ec2.associate_route_table().route_table_id(table).subnet_id(op.subnet.as_str());
            let call = cloud.call("AssociateRouteTable", Some(&op.subnet));
            call.change(request.send()).await.map(|_| NOTHING_MADE)
        }
        Some(old) => {
            check_association(cloud, "ReplaceRouteTableAssociation", old, &op.subnet).await?;
            let request = ec2.replace_route_table_association().association_id(old.as_str()).route_table_id(table);
            let call = cloud.call("ReplaceRouteTableAssociation", Some(&op.subnet));
            call.change(request.send()).await.map(|_| NOTHING_MADE)
        }
    }
}

async fn disassociate(cloud: &AwsCloud, op: &DisassociateRouteTable<CloudId>) -> Result<Effect, Refusal> {
    check_association(cloud, "DisassociateRouteTable", &op.association, &op.subnet).await?;
    let request = cloud.writes().ec2.disassociate_route_table().association_id(op.association.as_str());
    let call = cloud.call("DisassociateRouteTable", Some(&op.subnet));
    call.change(request.send()).await.map(|_| NOTHING_MADE)
}

/// AWS's calls take an association alone; the Op also names the subnet, and must not change another one's.
async fn check_association(
    cloud: &AwsCloud,
    operation: &'static str,
    association: &CloudId,
    subnet: &CloudId,
) -> Result<(), Refusal> {
    let which = filter("association.route-table-association-id", [association]);
    let request = cloud.reads().ec2.describe_route_tables().filters(which).max_results(100);
    let tables = pages!(cloud, "DescribeRouteTables", request).await.map_err(Refusal::before_any_change)?;
    let links = tables.iter().flat_map(|table| table.associations());
    let found = links.clone().find(|link| link.route_table_association_id() == Some(association.as_str()));
    match found.map(read_association) {
        Some(Some(with)) if with == AssociatedWith::Subnet(subnet.clone()) => Ok(()),
        Some(Some(_)) => {
            let message = format!("the association {association} is not that of {subnet}");
            Err(Refusal::Certain(CloudError::new(ErrorKind::Invalid, operation, message).on(subnet)))
        }
        Some(None) | None => {
            let message = format!("the association {association} does not exist");
            Err(Refusal::Certain(CloudError::new(ErrorKind::NotFound, operation, message).on(subnet)))
        }
    }
}

fn read_association(link: &RouteTableAssociation) -> Option<AssociatedWith> {
    route_tables::association(link).ok().flatten().map(|association| association.with)
}

async fn create_route(cloud: &AwsCloud, op: &CreateRoute<CloudId>) -> Result<Effect, Refusal> {
    let to = RouteTarget::of("CreateRoute", &op.target)?;
    let (v4, v6, list) = destination(&op.destination);
    let request = (cloud.writes().ec2.create_route())
        .route_table_id(op.table.as_str())
        .set_destination_cidr_block(v4)
        .set_destination_ipv6_cidr_block(v6)
        .set_destination_prefix_list_id(list)
        .set_gateway_id(to.gateway)
        .set_nat_gateway_id(to.nat_gateway)
        .set_network_interface_id(to.interface)
        .set_instance_id(to.instance)
        .set_vpc_peering_connection_id(to.peering)
        .set_transit_gateway_id(to.transit_gateway)
        .set_vpc_endpoint_id(to.endpoint)
        .set_egress_only_internet_gateway_id(to.egress_only);
    let call = cloud.call("CreateRoute", Some(&op.table));
    call.change(request.send()).await.map(|_| NOTHING_MADE)
}

async fn replace_route(cloud: &AwsCloud, op: &ReplaceRoute<CloudId>) -> Result<Effect, Refusal> {
    let to = RouteTarget::of("ReplaceRoute", &op.target)?;
    let (v4, v6, list) = destination(&op.destination);
    let request = (cloud.writes().ec2.replace_route())
        .route_table_id(op.table.as_str())
        .set_destination_cidr_block(v4)
        .set_destination_ipv6_cidr_block(v6)
        .set_destination_prefix_list_id(list)
        .set_gateway_id(to.gateway)
        .set_nat_gateway_id(to.nat_gateway)
        .set_network_interface_id(to.interface)
        .set_instance_id(to.instance)
        .set_vpc_peering_connection_id(to.peering)
        .set_transit_gateway_id(to.transit_gateway)
        .set_vpc_endpoint_id(to.endpoint)
        .set_egress_only_internet_gateway_id(to.egress_only);
    let call = cloud.call("ReplaceRoute", Some(&op.table));
    call.change(request.send()).await.map(|_| NOTHING_MADE)
}

/// The IPv4 range, the IPv6 range or the prefix list.
fn destination(destination: &Destination) -> (Option<String>, Option<String>, Option<String>) {
    match destination {
        Destination::Cidr(IpNet::V4(range)) => (Some(range.to_string()), None, None),
        Destination::Cidr(IpNet::V6(range)) => (None, Some(range.to_string()), None),
        Destination::PrefixList(list) => (None, None, Some(list.to_string())),
    }
}

/// The one field that names a route's target, among those that EC2 has for it.
#[derive(Default)]
struct RouteTarget {
    gateway: Option<String>,
    nat_gateway: Option<String>,
    interface: Option<String>,
    instance: Option<String>,
    peering: Option<String>,
    transit_gateway: Option<String>,
    endpoint: Option<String>,
    egress_only: Option<String>,
}

impl RouteTarget {
    fn of(operation: &'static str, target: &Target<CloudId>) -> Result<Self, Refusal> {
        let (none, id) = (Self::default(), target.id().map(ToString::to_string));
        Ok(match target {
            Target::InternetGateway(_) | Target::PrivateGateway(_) => Self { gateway: id, ..none },
            Target::NatGateway(_) => Self { nat_gateway: id, ..none },
            Target::Interface(_) => Self { interface: id, ..none },
            Target::Instance(_) => Self { instance: id, ..none },
            Target::Peering(_) => Self { peering: id, ..none },
            Target::TransitGateway(_) => Self { transit_gateway: id, ..none },
            Target::Endpoint(_) => Self { endpoint: id, ..none },
            Target::EgressOnlyGateway(_) => Self { egress_only: id, ..none },
            Target::Local | Target::Other(_) => {
                let message = format!("a route to {target} cannot be made here");
                return Err(Refusal::Certain(CloudError::new(ErrorKind::Unsupported, operation, message)));
            }
        })
    }
}
