//! Every shape once, whole.

use std::collections::BTreeSet;

use egress_core::{CloudId, world::Attachment};
use insta::assert_snapshot;

use super::door::{Door, Made, topology};
use crate::{Config, DefaultVpc, FunctionSetup, NatFailure};

fn stage() -> (Door, Made) {
    let door = Door::slow();
    let made = topology(&door);
    (door, made)
}

#[test]
fn what_networks_are_made_of_is_shown_whole() {
    let (door, made) = stage();
    for (name, action, form) in [
        ("vpcs", "DescribeVpcs", format!("VpcId.1={}", made.vpc)),
        ("vpc_attribute", "DescribeVpcAttribute", format!("VpcId={}&Attribute=enableDnsSupport", made.vpc)),
        ("subnets", "DescribeSubnets", format!("SubnetId.1={}", made.public)),
        ("route_tables", "DescribeRouteTables", format!("RouteTableId.1={}", made.table)),
        ("network_acls", "DescribeNetworkAcls", String::new()),
        ("network_interfaces", "DescribeNetworkInterfaces", String::new()),
        ("dhcp_options", "DescribeDhcpOptions", String::new()),
    ] {
        assert_snapshot!(name, door.ask(action, &form));
    }
}

#[test]
fn a_functions_interface_is_shown_whole_while_it_is_used_and_after() {
    let (door, made) = stage();
    let attachment = Attachment {
        subnets: BTreeSet::from([CloudId::new(&made.private)]),
        groups: BTreeSet::from([CloudId::new(&made.group)]),
        ipv6: false,
    };
    let function = FunctionSetup { attachment: Some(attachment), ..FunctionSetup::new("f", "no-role") };
    door.cloud.create_function(function).unwrap();
    let form = format!("Filter.1.Name=group-id&Filter.1.Value.1={}", made.group);
    assert_snapshot!("function_interface", door.ask("DescribeNetworkInterfaces", &form));
    door.cloud.edit(|world| world.network.interfaces.values_mut().for_each(|interface| interface.in_use = false));
    let lines = door.ask("DescribeNetworkInterfaces", &form);
    assert!(lines.contains("<status>available</status>") && !lines.contains("<attachment>"), "{lines}");
}

#[test]
fn gateways_and_addresses_are_shown_whole() {
    let (door, _) = stage();
    for (name, action) in [
        ("internet_gateways", "DescribeInternetGateways"),
        ("nat_gateways", "DescribeNatGateways"),
        ("addresses", "DescribeAddresses"),
        ("addresses_attribute", "DescribeAddressesAttribute"),
        ("tags", "DescribeTags"),
    ] {
        assert_snapshot!(name, door.ask(action, ""));
    }
}

#[test]
fn groups_and_their_rules_are_shown_whole() {
    let (door, made) = stage();
    let group = &made.group;
    let rule = "IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=443&IpPermissions.1.ToPort=443";
    let form = format!(
        "GroupId={group}&{rule}&IpPermissions.1.IpRanges.1.CidrIp=10.1.0.0/16&IpPermissions.1.IpRanges.1.Description=office\
         &IpPermissions.1.Ipv6Ranges.1.CidrIpv6=%3A%3A/0&IpPermissions.1.Groups.1.GroupId={group}"
    );
    assert_snapshot!("authorized", door.ask("AuthorizeSecurityGroupEgress", &form));
    let icmp = format!("GroupId={group}&IpProtocol=icmp&FromPort=-1&ToPort=-1&CidrIp=0.0.0.0/0");
    door.ask("AuthorizeSecurityGroupIngress", &icmp);
    assert_snapshot!("security_groups", door.ask("DescribeSecurityGroups", &format!("GroupId.1={group}")));
    let form = format!("Filter.1.Name=group-id&Filter.1.Value.1={group}");
    assert_snapshot!("security_group_rules", door.ask("DescribeSecurityGroupRules", &form));
    let form = format!("GroupId={group}&IpPermissions.1.IpProtocol=-1&IpPermissions.1.IpRanges.1.CidrIp=0.0.0.0/0");
    assert_snapshot!("revoked", door.ask("RevokeSecurityGroupEgress", &form));
}

#[test]
fn zones_regions_and_the_account_are_shown_whole() {
    let door = Door::with(Config { default_vpc: DefaultVpc::Present, ..Config::new(7) });
    assert_snapshot!("zones", door.ask("DescribeAvailabilityZones", "AllAvailabilityZones=true"));
    assert_snapshot!("regions", door.ask("DescribeRegions", "AllRegions=false"));
    assert_snapshot!("account", door.ask("DescribeAccountAttributes", ""));
}

#[test]
fn what_only_a_world_can_hold_is_shown_whole() {
    let (door, made) = stage();
    door.cloud.edit(|world| {
        let mut value = serde_json::to_value(&*world).unwrap();
        value["network"]["endpoints"] = serde_json::json!({
                "vpce-1": { "id": "vpce-1", "network": made.vpc, "service": "com.amazonaws.ap-northeast-1.s3",
                    "kind": { "gateway": { "prefix_list": "pl-1", "route_tables": [made.table] } },
                    "available": true, "tags": { "Name": "s3" } },
                "vpce-2": { "id": "vpce-2", "network": made.vpc, "service": "com.amazonaws.ap-northeast-1.ssm",
                    "kind": { "interface": { "subnets": [made.private], "groups": [made.group], "private_dns": true } },
                    "available": false, "tags": {} },
            });
        value["network"]["peerings"] = serde_json::json!({
                "pcx-1": { "id": "pcx-1", "requester": { "network": made.vpc, "cidrs": ["10.0.0.0/16"] },
                    "accepter": { "network": "vpc-other", "cidrs": ["10.9.0.0/16", "2001:db8::/56"] },
                    "active": true, "tags": { "Name": "peer" } },
            });
        value["network"]["prefix_lists"] = serde_json::json!({
                "pl-1": { "id": "pl-1", "name": "com.amazonaws.ap-northeast-1.s3", "cidrs": ["52.219.0.0/20", "3.5.152.0/21"] },
                "pl-2": { "id": "pl-2", "name": "offices", "cidrs": ["203.0.113.0/24"] },
            });
        *world = serde_json::from_value(value).unwrap();
    });
    for (name, action, form) in [
        ("vpc_endpoints", "DescribeVpcEndpoints", ""),
        ("vpc_peering_connections", "DescribeVpcPeeringConnections", ""),
        ("managed_prefix_lists", "DescribeManagedPrefixLists", "MaxResults=100"),
        ("managed_prefix_list_entries", "GetManagedPrefixListEntries", "PrefixListId=pl-1"),
        ("prefix_lists", "DescribePrefixLists", ""),
    ] {
        assert_snapshot!(name, door.ask(action, form));
    }
}

#[test]
fn what_creations_answer_is_shown_whole() {
    let door = Door::slow();
    let vpc = door.ask("CreateVpc", "CidrBlock=10.0.0.0/16&InstanceTenancy=default&AmazonProvidedIpv6CidrBlock=false");
    assert_snapshot!("created_vpc", vpc);
    let vpc = door.one("DescribeVpcs", "", "vpcId");
    let subnet = door.ask("CreateSubnet", &format!("VpcId={vpc}&CidrBlock=10.0.0.0/24&AvailabilityZoneId=apne1-az4"));
    assert_snapshot!("created_subnet", subnet);
    let subnet = door.one("DescribeSubnets", "", "subnetId");
    assert_snapshot!("created_internet_gateway", door.ask("CreateInternetGateway", ""));
    let form = format!("VpcId={vpc}&ClientToken=t");
    assert_snapshot!("created_route_table", door.ask("CreateRouteTable", &form));
    let form = format!("VpcId={vpc}&GroupName=g&GroupDescription=d");
    assert_snapshot!("created_security_group", door.ask("CreateSecurityGroup", &form));
    assert_snapshot!("allocated_address", door.ask("AllocateAddress", "Domain=vpc"));
    let address = door.one("DescribeAddresses", "", "allocationId");
    let form = format!("SubnetId={subnet}&AllocationId={address}&ConnectivityType=public&ClientToken=n");
    assert_snapshot!("created_nat_gateway", door.ask("CreateNatGateway", &form));
    door.wait(60);
    assert_snapshot!("failed_nat_gateway", door.ask("DescribeNatGateways", ""));
    let nat = door.one("DescribeNatGateways", "", "natGatewayId");
    assert_snapshot!("deleted_nat_gateway", door.ask("DeleteNatGateway", &format!("NatGatewayId={nat}")));
    let done = door.ask("DeleteVpc", &format!("VpcId={}", door.one("CreateVpc", "CidrBlock=10.9.0.0/16", "vpcId")));
    assert_snapshot!("done", done);
}

#[test]
fn a_gateway_that_fails_by_itself_says_why() {
    let door = Door::new();
    door.cloud.fail_next_nat_gateway(NatFailure::InternalError);
    topology_until_nat(&door);
    assert_eq!(door.one("DescribeNatGateways", "", "failureCode"), "InternalError");
}

fn topology_until_nat(door: &Door) {
    let vpc = door.one("CreateVpc", "CidrBlock=10.0.0.0/16", "vpcId");
    let subnet = door.one("CreateSubnet", &format!("VpcId={vpc}&CidrBlock=10.0.0.0/24"), "subnetId");
    let address = door.one("AllocateAddress", "", "allocationId");
    door.ask("CreateNatGateway", &format!("SubnetId={subnet}&AllocationId={address}"));
}
