//! Transit gateways: made, joined, routed, taken apart.

use insta::assert_snapshot;

use super::door::{Door, Made, topology};

/// A hub with the stage's network on it, and a second table.
fn stage() -> (Door, Made, [String; 3]) {
    let door = Door::slow();
    let made = topology(&door);
    let hub = door.one("CreateTransitGateway", "Description=hub", "transitGatewayId");
    assert_eq!(door.one("DescribeTransitGateways", "", "state"), "pending");
    let join = format!("TransitGatewayId={hub}&VpcId={}&SubnetIds.1={}", made.vpc, made.private);
    assert_eq!(door.refused("CreateTransitGatewayVpcAttachment", &join).1, "IncorrectState");
    door.wait(300);
    let attachment = door.one("CreateTransitGatewayVpcAttachment", &join, "transitGatewayAttachmentId");
    assert_eq!(door.one("DescribeTransitGatewayAttachments", "", "state"), "pending");
    door.wait(300);
    let table =
        door.one("CreateTransitGatewayRouteTable", &format!("TransitGatewayId={hub}"), "transitGatewayRouteTableId");
    door.wait(300);
    (door, made, [hub, attachment, table])
}

fn search(table: &str) -> String {
    format!("TransitGatewayRouteTableId={table}&Filter.1.Name=state&Filter.1.Value.1=active&Filter.1.Value.2=blackhole")
}

#[test]
fn a_network_on_a_hub_is_associated_and_told_of_by_default() {
    let (door, made, [hub, attachment, _]) = stage();
    for (name, action) in [
        ("hubs", "DescribeTransitGateways"),
        ("attachments", "DescribeTransitGatewayAttachments"),
        ("attachments_of_networks", "DescribeTransitGatewayVpcAttachments"),
        ("tables", "DescribeTransitGatewayRouteTables"),
    ] {
        assert_snapshot!(name, door.ask(action, ""));
    }
    let default = door.one("DescribeTransitGateways", "", "associationDefaultRouteTableId");
    assert_snapshot!("propagated", door.ask("SearchTransitGatewayRoutes", &search(&default)));
    let twice = format!("TransitGatewayId={hub}&VpcId={}&SubnetIds.1={}", made.vpc, made.public);
    let again = format!("{hub} has non-deleted Transit Gateway Attachments with same VPC ID.");
    door.check_refused("CreateTransitGatewayVpcAttachment", &twice, "DuplicateTransitGatewayAttachment", &again);
    let delete = format!("TransitGatewayId={hub}");
    let hanging = format!("{hub} has non-deleted VPC Attachments: {attachment}.");
    door.check_refused("DeleteTransitGateway", &delete, "IncorrectState", &hanging);
}

#[test]
fn a_hub_is_routed_to_and_taken_apart() {
    let (door, made, [hub, attachment, _]) = stage();
    let route = format!("RouteTableId={}&DestinationCidrBlock=10.9.0.0/16&TransitGatewayId={hub}", made.table);
    door.ask("CreateRoute", &route);
    let table = format!("RouteTableId.1={}", made.table);
    assert_eq!(door.each("DescribeRouteTables", &table, "transitGatewayId"), std::slice::from_ref(&hub));
    let subnet = format!("SubnetId={}", made.private);
    assert_eq!(door.refused("DeleteSubnet", &subnet).1, "DependencyViolation");
    let leave = format!("TransitGatewayAttachmentId={attachment}");
    assert_eq!(door.one("DeleteTransitGatewayVpcAttachment", &leave, "state"), "deleting");
    let states = door.each("DescribeRouteTables", &table, "state");
    assert_eq!(states, ["active", "active", "blackhole", "associated"]);
    let other = route.replace("10.9", "10.8");
    let unknown = format!("The transitGateway ID '{hub}' does not exist");
    door.check_refused("CreateRoute", &other, "InvalidTransitGatewayID.NotFound", &unknown);
    door.ask("DeleteTransitGateway", &format!("TransitGatewayId={hub}"));
    assert!(door.cloud.world().network.transit.is_empty());
}

#[test]
fn a_hubs_table_is_used_told_and_written() {
    let (door, _, [_, attachment, table]) = stage();
    let pair = format!("TransitGatewayRouteTableId={table}&TransitGatewayAttachmentId={attachment}");
    let used = format!("Transit Gateway Attachment {attachment} is already associated to a route table.");
    door.check_refused("AssociateTransitGatewayRouteTable", &pair, "Resource.AlreadyAssociated", &used);
    let default = door.one("DescribeTransitGateways", "", "associationDefaultRouteTableId");
    door.ask("DisassociateTransitGatewayRouteTable", &pair.replace(&table, &default));
    door.ask("AssociateTransitGatewayRouteTable", &pair);
    let of = format!("TransitGatewayRouteTableId={table}");
    let associated = door.each("GetTransitGatewayRouteTableAssociations", &of, "transitGatewayAttachmentId");
    assert_eq!(associated, std::slice::from_ref(&attachment));

    door.ask("EnableTransitGatewayRouteTablePropagation", &pair);
    let again = door.refused("EnableTransitGatewayRouteTablePropagation", &pair).1;
    assert_eq!(again, "TransitGatewayRouteTablePropagation.Duplicate");
    let write = |cidr: &str, to: &str| format!("{of}&DestinationCidrBlock={cidr}&{to}");
    let there = format!("TransitGatewayAttachmentId={attachment}");
    door.ask("CreateTransitGatewayRoute", &write("0.0.0.0/0", &there));
    door.ask("CreateTransitGatewayRoute", &write("192.168.0.0/16", "Blackhole=true"));
    let twice = door.refused("CreateTransitGatewayRoute", &write("0.0.0.0/0", &there)).1;
    assert_eq!(twice, "RouteAlreadyExists");
    // What is written goes before what is told, and what is told comes back.
    door.ask("CreateTransitGatewayRoute", &write("10.0.0.0/16", "Blackhole=true"));
    assert_snapshot!("routes", door.ask("SearchTransitGatewayRoutes", &search(&table)));
    door.ask("DeleteTransitGatewayRoute", write("10.0.0.0/16", "").trim_end_matches('&'));
    let kinds = door.each("SearchTransitGatewayRoutes", &search(&table), "type");
    assert_eq!(kinds, ["static", "propagated", "static"]);
    let page = format!("{}&MaxResults=5", search(&table));
    assert_eq!(door.one("SearchTransitGatewayRoutes", &page, "additionalRoutesAvailable"), "false");
    assert_eq!(door.refused("SearchTransitGatewayRoutes", &of).1, "MissingParameter");
    assert_eq!(door.refused("DeleteTransitGatewayRouteTable", &of).1, "IncorrectState");
    door.ask("DisassociateTransitGatewayRouteTable", &pair);
    door.ask("DisableTransitGatewayRouteTablePropagation", &pair);
    door.ask("DeleteTransitGatewayRouteTable", &of);
}
