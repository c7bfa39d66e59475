//! Transit gateways as AWS describes them.

use aws_sdk_ec2::types::{
    self as aws, TransitGatewayAssociationState, TransitGatewayAttachmentResourceType, TransitGatewayAttachmentState,
    TransitGatewayRouteState, TransitGatewayRouteTableState, TransitGatewayRouteType, TransitGatewayState,
};
use egress_core::world::{
    Place, RouteState, TransitAttachment, TransitEnd, TransitGateway, TransitRoute, TransitTable,
};

use super::{OfVpcs, Subnets};
use crate::wire::{Read, cidr, id, id_if, ids, must, tags};

/// A hub; `None` for one that is gone and only listed still. Its owner is told where that is another account.
pub(super) fn gateway(hub: &aws::TransitGateway, place: &Place) -> Read<Option<TransitGateway>> {
    if hub.state() == Some(&TransitGatewayState::Deleted) {
        return Ok(None);
    }
    Ok(Some(TransitGateway {
        id: id("transitGatewayId", hub.transit_gateway_id())?,
        owner: hub.owner_id().filter(|owner| !owner.is_empty() && *owner != place.account).map(str::to_owned),
        tags: tags(hub.tags()),
    }))
}

pub(super) fn subnets(of_vpcs: &OfVpcs) -> Subnets {
    let known = of_vpcs.iter().filter_map(|a| Some((id_if(a.transit_gateway_attachment_id())?, ids(a.subnet_ids()))));
    known.collect()
}

/// An attachment; `None` for one that is gone, or never came to be.
pub(super) fn attachment(
    described: &aws::TransitGatewayAttachment,
    subnets: &Subnets,
) -> Read<Option<TransitAttachment>> {
    use TransitGatewayAttachmentState as State;
    if matches!(described.state(), Some(State::Deleted | State::Failed | State::Rejected)) {
        return Ok(None);
    }
    let attachment = id("transitGatewayAttachmentId", described.transit_gateway_attachment_id())?;
    let end = match described.resource_type() {
        Some(TransitGatewayAttachmentResourceType::Vpc) => TransitEnd::Network {
            network: id("resourceId", described.resource_id())?,
            subnets: subnets.get(&attachment).cloned(),
        },
        other => TransitEnd::Other {
            kind: other.map_or("unknown", |kind| kind.as_str()).to_owned(),
            id: id_if(described.resource_id()),
        },
    };
    let associated = described.association().filter(|a| a.state() == Some(&TransitGatewayAssociationState::Associated));
    Ok(Some(TransitAttachment {
        gateway: id("transitGatewayId", described.transit_gateway_id())?,
        end,
        // What is being modified goes on carrying packets.
        available: matches!(described.state(), Some(State::Available | State::Modifying)),
        table: associated.and_then(|a| id_if(a.transit_gateway_route_table_id())),
        tags: tags(described.tags()),
        id: attachment,
    }))
}

/// A table without its routes; `None` for one that is gone.
pub(super) fn table(table: &aws::TransitGatewayRouteTable) -> Read<Option<TransitTable>> {
    if table.state() == Some(&TransitGatewayRouteTableState::Deleted) {
        return Ok(None);
    }
    Ok(Some(TransitTable {
        id: id("transitGatewayRouteTableId", table.transit_gateway_route_table_id())?,
        gateway: id("transitGatewayId", table.transit_gateway_id())?,
        routes: None,
        tags: tags(table.tags()),
    }))
}

/// A route; `None` for one that is not in force, yet or any more.
pub(super) fn route(route: &aws::TransitGatewayRoute) -> Read<Option<TransitRoute>> {
    let state = match route.state() {
        Some(TransitGatewayRouteState::Active) => RouteState::Active,
        Some(TransitGatewayRouteState::Blackhole) => RouteState::Blackhole,
        _ => return Ok(None),
    };
    let attachments = route.transit_gateway_attachments().iter();
    Ok(Some(TransitRoute {
        cidr: cidr(must("destinationCidrBlock", route.destination_cidr_block())?)?,
        attachments: attachments.filter_map(|a| id_if(a.transit_gateway_attachment_id())).collect(),
        state,
        propagated: route.r#type() == Some(&TransitGatewayRouteType::Propagated),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hub_of_another_account_says_whose_it_is() {
        let place = Place { account: "1".into(), region: "r".into() };
        let owner = |state: &str, owner: &str| {
            let hub = aws::TransitGateway::builder().transit_gateway_id("tgw-1").owner_id(owner).state(state.into());
            gateway(&hub.build(), &place).unwrap().map(|hub| hub.owner)
        };
        assert_eq!(owner("available", "1"), Some(None));
        assert_eq!(owner("available", "2"), Some(Some("2".into())));
        assert_eq!(owner("deleted", "1"), None);
    }

    #[test]
    fn an_attachment_carries_packets_while_it_is_there() {
        let read = |state: &str, kind: &str| {
            let described = aws::TransitGatewayAttachment::builder()
                .transit_gateway_attachment_id("tgw-attach-1")
                .transit_gateway_id("tgw-1")
                .resource_id("vpc-1")
                .resource_type(kind.into())
                .state(state.into());
            attachment(&described.build(), &Subnets::new()).unwrap()
        };
        let available = |state: &str| read(state, "vpc").map(|a| a.available);
        assert_eq!(
            ["available", "modifying", "pending", "deleting", "deleted", "failed"].map(available),
            [Some(true), Some(true), Some(false), Some(false), None, None]
        );
        let network = TransitEnd::Network { network: "vpc-1".into(), subnets: None };
        assert_eq!(read("available", "vpc").unwrap().end, network);
        let other = TransitEnd::Other { kind: "vpn".into(), id: Some("vpc-1".into()) };
        assert_eq!(read("available", "vpn").unwrap().end, other);
    }
}
