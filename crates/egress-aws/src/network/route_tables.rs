//! Route tables as AWS describes them.

use aws_sdk_ec2::types::{self as aws, RouteTableAssociationStateCode};
use egress_core::{
    CloudId,
    ipnet::IpNet,
    world::{AssociatedWith, Association, Destination, Route, RouteOrigin, RouteState, RouteTable, Target},
};

use crate::wire::{Flaw, Read, cidr_v4, cidr_v6, id, id_if, must, tags};

pub(super) fn route_table(table: &aws::RouteTable) -> Read<RouteTable> {
    Ok(RouteTable {
        id: id("routeTableId", table.route_table_id())?,
        network: id("vpcId", table.vpc_id())?,
        associations: table.associations().iter().filter_map(|a| association(a).transpose()).collect::<Read<_>>()?,
        routes: table.routes().iter().map(route).collect::<Read<_>>()?,
        tags: tags(table.tags()),
    })
}

/// A link; `None` for one that has ended and is only listed still.
pub(super) fn association(link: &aws::RouteTableAssociation) -> Read<Option<Association>> {
    let state = link.association_state().and_then(|state| state.state());
    if matches!(state, Some(RouteTableAssociationStateCode::Disassociated | RouteTableAssociationStateCode::Failed)) {
        return Ok(None);
    }
    let with = match (link.main(), id_if(link.subnet_id()), id_if(link.gateway_id())) {
        (_, Some(subnet), _) => AssociatedWith::Subnet(subnet),
        (_, _, Some(gateway)) => AssociatedWith::Gateway(gateway),
        (Some(true), None, None) => AssociatedWith::Main,
        // With a pool of public addresses: nothing that routes of ours go through.
        _ if link.public_ipv4_pool().is_some() => return Ok(None),
        _ => return Err(Flaw::new("an association is with nothing")),
    };
    Ok(Some(Association {
        id: id("routeTableAssociationId", link.route_table_association_id())?,
        with,
        active: matches!(state, None | Some(RouteTableAssociationStateCode::Associated)),
    }))
}

fn route(route: &aws::Route) -> Read<Route> {
    Ok(Route {
        destination: destination(route)?,
        target: target(route),
        state: match route.state() {
            None | Some(aws::RouteState::Active) => RouteState::Active,
            Some(aws::RouteState::Blackhole) => RouteState::Blackhole,
            // A state that is not known here must not look like a way that works.
            Some(_) => RouteState::Filtered,
        },
        origin: match route.origin() {
            Some(aws::RouteOrigin::CreateRouteTable) => RouteOrigin::Table,
            Some(aws::RouteOrigin::EnableVgwRoutePropagation | aws::RouteOrigin::Advertisement) => {
                RouteOrigin::Propagated
            }
            _ => RouteOrigin::Static,
        },
    })
}

fn destination(route: &aws::Route) -> Read<Destination> {
    if let Some(range) = route.destination_cidr_block().filter(|text| !text.is_empty()) {
        return Ok(Destination::Cidr(IpNet::V4(cidr_v4(range)?)));
    }
    if let Some(range) = route.destination_ipv6_cidr_block().filter(|text| !text.is_empty()) {
        return Ok(Destination::Cidr(IpNet::V6(cidr_v6(range)?)));
    }
    must("destination", route.destination_prefix_list_id()).map(|list| Destination::PrefixList(CloudId::new(list)))
}

type MakeTarget = fn(CloudId) -> Target<CloudId>;

/// What stands in `GatewayId`, by how ids of its kind begin.
const GATEWAYS: [(&str, MakeTarget); 5] = [
    ("igw-", Target::InternetGateway),
    ("vgw-", Target::PrivateGateway),
    ("vpce-", Target::Endpoint),
    ("eigw-", Target::EgressOnlyGateway),
    ("nat-", Target::NatGateway),
];

/// Where a route leads. What is not known here keeps AWS's own name for it, and nothing is assumed about it.
fn target(route: &aws::Route) -> Target<CloudId> {
    let fields: [(Option<&str>, MakeTarget); 6] = [
        (route.nat_gateway_id(), Target::NatGateway),
        (route.transit_gateway_id(), Target::TransitGateway),
        (route.vpc_peering_connection_id(), Target::Peering),
        (route.egress_only_internet_gateway_id(), Target::EgressOnlyGateway),
        // A route to a machine names its interface too, which is where packets go: it need not be the machine's first.
        (route.network_interface_id(), Target::Interface),
        (route.instance_id(), Target::Instance),
    ];
    if let Some(target) = fields.into_iter().find_map(|(id, to)| Some(to(id_if(id)?))) {
        return target;
    }
    if let Some(gateway) = route.gateway_id().filter(|id| !id.is_empty()) {
        if gateway == "local" {
            return Target::Local;
        }
        let known = GATEWAYS.iter().find(|(prefix, _)| gateway.starts_with(prefix));
        return known.map_or_else(|| Target::Other(gateway.to_owned()), |(_, to)| to(CloudId::new(gateway)));
    }
    let others =
        [route.local_gateway_id(), route.carrier_gateway_id(), route.core_network_arn(), route.odb_network_arn()];
    Target::Other(others.into_iter().flatten().next().unwrap_or("a target that is not named").to_owned())
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{RouteTableAssociation, RouteTableAssociationState};

    use super::*;

    fn to(build: impl FnOnce(aws::builders::RouteBuilder) -> aws::builders::RouteBuilder) -> Target<CloudId> {
        route(&build(aws::Route::builder().destination_cidr_block("0.0.0.0/0")).build()).unwrap().target
    }

    #[test]
    fn every_kind_of_target_is_told_apart() {
        let cases = [
            (to(|r| r.gateway_id("local")), Target::Local),
            (to(|r| r.gateway_id("igw-1")), Target::InternetGateway("igw-1".into())),
            (to(|r| r.gateway_id("vgw-1")), Target::PrivateGateway("vgw-1".into())),
            (to(|r| r.gateway_id("vpce-1")), Target::Endpoint("vpce-1".into())),
            (to(|r| r.gateway_id("new-1")), Target::Other("new-1".into())),
            (to(|r| r.nat_gateway_id("nat-1")), Target::NatGateway("nat-1".into())),
            (to(|r| r.transit_gateway_id("tgw-1")), Target::TransitGateway("tgw-1".into())),
            (to(|r| r.vpc_peering_connection_id("pcx-1")), Target::Peering("pcx-1".into())),
            (to(|r| r.egress_only_internet_gateway_id("eigw-1")), Target::EgressOnlyGateway("eigw-1".into())),
            (to(|r| r.instance_id("i-1").network_interface_id("eni-1")), Target::Interface("eni-1".into())),
            (to(|r| r.instance_id("i-1")), Target::Instance("i-1".into())),
            (to(|r| r.network_interface_id("eni-1")), Target::Interface("eni-1".into())),
            (to(|r| r.local_gateway_id("lgw-1")), Target::Other("lgw-1".into())),
            (to(|r| r.carrier_gateway_id("cagw-1")), Target::Other("cagw-1".into())),
            (to(|r| r), Target::Other("a target that is not named".into())),
        ];
        for (read, expected) in cases {
            assert_eq!(read, expected);
        }
    }

    #[test]
    fn a_route_says_where_it_comes_from_and_whether_it_works() {
        let read = |state: &str, origin: &str| {
            let route = aws::Route::builder().destination_ipv6_cidr_block("::/0").state(state.into());
            let read = super::route(&route.origin(origin.into()).gateway_id("igw-1").build()).unwrap();
            (read.state, read.origin)
        };
        assert_eq!(read("active", "CreateRoute"), (RouteState::Active, RouteOrigin::Static));
        assert_eq!(read("blackhole", "CreateRouteTable"), (RouteState::Blackhole, RouteOrigin::Table));
        assert_eq!(read("filtered", "EnableVgwRoutePropagation"), (RouteState::Filtered, RouteOrigin::Propagated));
        assert_eq!(read("a new state", "a new origin"), (RouteState::Filtered, RouteOrigin::Static));
    }

    #[test]
    fn a_destination_that_cannot_be_read_is_an_error() {
        assert!(route(&aws::Route::builder().gateway_id("local").build()).is_err());
        assert!(route(&aws::Route::builder().destination_cidr_block("all").gateway_id("local").build()).is_err());
    }

    #[test]
    fn an_association_is_active_only_when_it_is_through() {
        let read = |state: Option<&str>| {
            let state = state.map(|s| RouteTableAssociationState::builder().state(s.into()).build());
            let link = RouteTableAssociation::builder().route_table_association_id("rtbassoc-1").subnet_id("subnet-1");
            association(&link.set_association_state(state).build()).unwrap().map(|a| a.active)
        };
        let cases = [None, Some("associated"), Some("associating"), Some("disassociating"), Some("disassociated")];
        assert_eq!(cases.map(read), [Some(true), Some(true), Some(false), Some(false), None]);
    }
}
