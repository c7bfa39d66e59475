//! What a true emulator of this slice does, row by row: the behaviours that other emulators get wrong.

use super::door::{Door, Made, named, topology};
use crate::{Config, DefaultVpc, Quotas};

fn stage() -> (Door, Made) {
    let door = Door::slow();
    let made = topology(&door);
    (door, made)
}

#[test]
fn a_nat_gateway_comes_pending_has_a_private_ip_of_its_subnet_and_goes_slowly() {
    let (door, made) = stage();
    let state = || door.one("DescribeNatGateways", &format!("NatGatewayId.1={}", made.nat), "state");
    let ip = door.one("DescribeNatGateways", "", "privateIp");
    assert!(ip.starts_with("10.0.0."), "{ip}");
    assert_eq!(state(), "available");
    door.ask("DeleteNatGateway", &format!("NatGatewayId={}", made.nat));
    assert_eq!(state(), "deleting");
    assert_eq!(door.one("DescribeNatGateways", "", "status"), "disassociating");
    door.wait(300);
    assert_eq!(state(), "deleted");
    assert_eq!(door.each("DescribeNatGateways", "", "deleteTime").len(), 1);
    // Its address is free, its interface gone, and the route to it leads nowhere.
    assert_eq!(door.each("DescribeAddresses", "", "associationId"), [""; 0]);
    assert_eq!(door.each("DescribeNetworkInterfaces", "", "networkInterfaceId"), [""; 0]);
    let form = format!("RouteTableId.1={}", made.table);
    assert_eq!(door.each("DescribeRouteTables", &form, "state"), ["active", "blackhole", "associated"]);
    door.wait(4_000);
    let (_, code, _) = door.refused("DescribeNatGateways", &format!("NatGatewayId.1={}", made.nat));
    assert_eq!(code, "NatGatewayNotFound");
}

#[test]
fn a_nat_gateway_without_a_way_out_or_with_an_address_in_use_fails() {
    let door = Door::slow();
    let vpc = door.one("CreateVpc", "CidrBlock=10.0.0.0/16", "vpcId");
    let subnet = door.one("CreateSubnet", &format!("VpcId={vpc}&CidrBlock=10.0.0.0/24"), "subnetId");
    let address = door.one("AllocateAddress", "", "allocationId");
    let form = format!("SubnetId={subnet}&AllocationId={address}");
    let nat = door.one("CreateNatGateway", &form, "natGatewayId");
    door.wait(60);
    let shown = |nat: &str, field: &str| door.one("DescribeNatGateways", &format!("NatGatewayId.1={nat}"), field);
    assert_eq!((shown(&nat, "state"), shown(&nat, "failureCode")), ("failed".into(), "Gateway.NotAttached".into()));
    assert_eq!(shown(&nat, "failureMessage"), format!("Network {vpc} has no Internet gateway attached"));

    let (door, made) = stage();
    let shown = |nat: &str, field: &str| door.one("DescribeNatGateways", &format!("NatGatewayId.1={nat}"), field);
    let form = format!("SubnetId={}&AllocationId={}", made.public, made.address);
    let second = door.one("CreateNatGateway", &form, "natGatewayId");
    door.wait(60);
    assert_eq!(shown(&second, "failureCode"), "Resource.AlreadyAssociated");
    let unknown = format!("SubnetId={}&AllocationId=eipalloc-12345678", made.public);
    assert_eq!(door.refused("CreateNatGateway", &unknown).1, "InvalidElasticIpID.NotFound");
}

#[test]
fn a_gateways_interface_blocks_its_subnet_and_its_address_the_internet_gateway() {
    let (door, made) = stage();
    let subnet = format!("The subnet '{}' has dependencies and cannot be deleted.", made.public);
    door.check_refused("DeleteSubnet", &format!("SubnetId={}", made.public), "DependencyViolation", &subnet);
    let detach = format!("InternetGatewayId={}&VpcId={}", made.igw, made.vpc);
    let (_, code, message) = door.refused("DetachInternetGateway", &detach);
    assert_eq!(code, "DependencyViolation");
    assert!(message.contains("has some mapped public address(es)"), "{message}");
    let igw = format!("The internetGateway '{}' has dependencies and cannot be deleted.", made.igw);
    door.check_refused(
        "DeleteInternetGateway",
        &format!("InternetGatewayId={}", made.igw),
        "DependencyViolation",
        &igw,
    );
    let eni = door.one("DescribeNetworkInterfaces", "", "networkInterfaceId");
    let used = format!("Network interface '{eni}' is currently in use.");
    door.check_refused("DeleteNetworkInterface", &format!("NetworkInterfaceId={eni}"), "InvalidParameterValue", &used);
}

#[test]
fn a_token_makes_one_thing_and_a_dry_run_none() {
    let (door, made) = stage();
    let form =
        format!("SubnetId={}&AllocationId={}&ClientToken=t1&{}", made.public, made.address, named("natgateway", "nat"));
    assert_eq!(door.one("CreateNatGateway", &form, "natGatewayId"), made.nat);
    let other = form.replace("=nat", "=other").replace("ResourceType=other", "ResourceType=nat");
    assert_eq!(door.refused("CreateNatGateway", &other).1, "IdempotentParameterMismatch");
    let table = format!("VpcId={}&ClientToken=t2", made.vpc);
    assert_eq!(door.refused("CreateRouteTable", &table).1, "IdempotentParameterMismatch");
    let before = door.cloud.world();
    let (status, code, _) = door.refused("CreateVpc", "CidrBlock=10.0.0.0/16&DryRun=true");
    assert_eq!((status, code.as_str()), (412, "DryRunOperation"));
    assert_eq!(door.cloud.world(), before);
}

#[test]
fn routes_have_one_target_of_their_own_network_and_the_local_one_stays() {
    let (door, made) = stage();
    let table = format!("RouteTableId={}", made.table);
    let to = |destination: &str, target: &str| format!("{table}&DestinationCidrBlock={destination}&{target}");
    let (_, code, message) = door.refused("CreateRoute", &to("0.0.0.0/0", &format!("NatGatewayId={}", made.nat)));
    let expected = ("RouteAlreadyExists", "The route identified by 0.0.0.0/0 already exists.");
    assert_eq!((code.as_str(), message.as_str()), expected);
    let unknown = to("1.0.0.0/8", "NatGatewayId=nat-12345678");
    let expected = "The natGateway ID 'nat-12345678' does not exist";
    door.check_refused("CreateRoute", &unknown, "InvalidNatGatewayID.NotFound", expected);
    let two = to("1.0.0.0/8", &format!("NatGatewayId={}&GatewayId={}", made.nat, made.igw));
    assert_eq!(door.refused("CreateRoute", &two).1, "InvalidParameterCombination");
    let local = format!("cannot remove local route 10.0.0.0/16 in route table {}", made.table);
    let form = format!("{table}&DestinationCidrBlock=10.0.0.0/16");
    door.check_refused("DeleteRoute", &form, "InvalidParameterValue", &local);
    let other = door.one("CreateInternetGateway", "", "internetGatewayId");
    let form = to("1.0.0.0/8", &format!("GatewayId={other}"));
    let foreign = format!("route table {} and network gateway {other} belong to different networks", made.table);
    door.check_refused("CreateRoute", &form, "InvalidParameterValue", &foreign);
    door.ask("ReplaceRoute", &to("0.0.0.0/0", &format!("GatewayId={}", made.igw)));
    door.ask("DeleteRoute", &format!("{table}&DestinationCidrBlock=0.0.0.0/0"));
    let absent = format!("no route with destination-cidr-block 0.0.0.0/0 in route table {}", made.table);
    let form = format!("{table}&DestinationCidrBlock=0.0.0.0/0");
    door.check_refused("DeleteRoute", &form, "InvalidRoute.NotFound", &absent);
}

#[test]
fn the_main_table_stays_and_a_subnet_has_one_table() {
    let (door, made) = stage();
    let main = "Filter.1.Name=association.main&Filter.1.Value.1=true";
    let table = door.one("DescribeRouteTables", main, "routeTableId");
    let association = door.one("DescribeRouteTables", main, "routeTableAssociationId");
    assert_eq!(door.refused("DeleteRouteTable", &format!("RouteTableId={table}")).1, "DependencyViolation");
    let disassociate = format!("AssociationId={association}");
    assert_eq!(door.refused("DisassociateRouteTable", &disassociate).1, "InvalidParameterValue");
    let again = format!("RouteTableId={}&SubnetId={}", made.table, made.private);
    assert_eq!(door.refused("AssociateRouteTable", &again).1, "Resource.AlreadyAssociated");
    let replace = format!("AssociationId={}&RouteTableId={table}", made.association);
    let replaced = door.one("ReplaceRouteTableAssociation", &replace, "newAssociationId");
    assert_ne!(replaced, made.association);
    door.ask("DisassociateRouteTable", &format!("AssociationId={replaced}"));
    door.ask("DeleteRouteTable", &format!("RouteTableId={}", made.table));
}

#[test]
fn an_address_in_use_is_neither_released_nor_disassociated_by_its_owner() {
    let (door, made) = stage();
    let words = "You do not have permission to access the specified resource.";
    door.check_refused("ReleaseAddress", &format!("AllocationId={}", made.address), "AuthFailure", words);
    let association = door.one("DescribeAddresses", "", "associationId");
    door.check_refused("DisassociateAddress", &format!("AssociationId={association}"), "AuthFailure", words);
    for _ in 0..4 {
        door.ask("AllocateAddress", "");
    }
    let expected = "The maximum number of addresses has been reached.";
    door.check_refused("AllocateAddress", "Domain=vpc", "AddressLimitExceeded", expected);
    let ips: std::collections::BTreeSet<String> = door.each("DescribeAddresses", "", "publicIp").into_iter().collect();
    assert_eq!(ips.len(), 5);
}

#[test]
fn an_address_that_was_given_away_is_had_back_by_its_ip() {
    let door = Door::new();
    let address = door.one("AllocateAddress", "", "allocationId");
    let ip = door.one("DescribeAddresses", "", "publicIp");
    door.ask("ReleaseAddress", &format!("AllocationId={address}"));
    assert_eq!(door.one("AllocateAddress", &format!("Domain=vpc&Address={ip}"), "publicIp"), ip);
    let gone = format!("Address '{ip}' not found.");
    door.check_refused("AllocateAddress", &format!("Address={ip}"), "InvalidAddress.NotFound", &gone);
    assert_eq!(door.refused("AllocateAddress", "Address=nonsense").1, "InvalidAddress.Malformed");
}

#[test]
fn an_address_that_no_gateway_holds_is_disassociated() {
    let (door, made) = stage();
    door.cloud.edit(|world| world.gateway.addresses.values_mut().for_each(|address| address.nat_gateway = None));
    let in_use = door.refused("ReleaseAddress", &format!("AllocationId={}", made.address)).1;
    assert_eq!(in_use, "InvalidIPAddress.InUse");
    let association = door.one("DescribeAddresses", "", "associationId");
    door.ask("DisassociateAddress", &format!("AssociationId={association}"));
    door.ask("ReleaseAddress", &format!("AllocationId={}", made.address));
}

#[test]
fn a_network_comes_pending_with_what_belongs_to_it_and_takes_it_along() {
    let door = Door::slow();
    assert_eq!(door.one("CreateVpc", "CidrBlock=10.0.0.0/16", "state"), "pending");
    door.wait(10);
    let vpc = door.one("DescribeVpcs", "Filter.1.Name=state&Filter.1.Value.1=available", "vpcId");
    let things = || {
        [
            ("DescribeSecurityGroups", "groupId"),
            ("DescribeNetworkAcls", "networkAclId"),
            ("DescribeRouteTables", "routeTableAssociationId"),
        ]
        .map(|(action, field)| door.each(action, "", field).len())
    };
    // The default group's rule from itself names it once more.
    assert_eq!(things(), [2, 1, 1]);
    for attribute in ["enableDnsSupport=true", "enableDnsHostnames=false", "enableNetworkAddressUsageMetrics=false"] {
        let (name, value) = attribute.split_once('=').unwrap();
        let form = format!("VpcId={vpc}&Attribute={name}");
        assert_eq!(door.one("DescribeVpcAttribute", &form, "value"), value, "{name}");
    }
    door.ask("ModifyVpcAttribute", &format!("VpcId={vpc}&EnableDnsHostnames.Value=true"));
    let form = format!("VpcId={vpc}&Attribute=enableDnsHostnames");
    assert_eq!(door.one("DescribeVpcAttribute", &form, "value"), "true");
    let both = format!("VpcId={vpc}&EnableDnsHostnames.Value=true&EnableDnsSupport.Value=true");
    assert_eq!(door.refused("ModifyVpcAttribute", &both).1, "InvalidParameterCombination");
    door.ask("DeleteVpc", &format!("VpcId={vpc}"));
    assert_eq!(things(), [0, 0, 0]);
    for n in 0..5 {
        door.ask("CreateVpc", &format!("CidrBlock=10.{n}.0.0/16"));
    }
    assert_eq!(door.refused("CreateVpc", "CidrBlock=10.9.0.0/16").1, "VpcLimitExceeded");
}

#[test]
fn subnets_lie_inside_apart_and_count_their_addresses() {
    let (door, made) = stage();
    let subnet = |cidr: &str| format!("VpcId={}&CidrBlock={cidr}", made.vpc);
    let conflict = "The CIDR '10.0.0.128/25' conflicts with another subnet";
    door.check_refused("CreateSubnet", &subnet("10.0.0.128/25"), "InvalidSubnet.Conflict", conflict);
    let range = "The CIDR '10.1.0.0/24' is invalid.";
    door.check_refused("CreateSubnet", &subnet("10.1.0.0/24"), "InvalidSubnet.Range", range);
    let free = |id: &str| door.one("DescribeSubnets", &format!("SubnetId.1={id}"), "availableIpAddressCount");
    assert_eq!((free(&made.public), free(&made.private)), ("250".into(), "251".into()));
    let maps = |value: bool| format!("SubnetId={}&MapPublicIpOnLaunch.Value={value}", made.public);
    door.ask("ModifySubnetAttribute", &maps(true));
    let shown = door.one("DescribeSubnets", &format!("SubnetId.1={}", made.public), "mapPublicIpOnLaunch");
    assert_eq!(shown, "true");
    let zone = format!("{}&AvailabilityZone=us-east-1a", subnet("10.0.9.0/24"));
    assert_eq!(door.refused("CreateSubnet", &zone).1, "InvalidParameterValue");
}

#[test]
fn an_internet_gateway_is_of_one_network() {
    let (door, made) = stage();
    let attach = format!("InternetGatewayId={}&VpcId={}", made.igw, made.vpc);
    let already = format!("resource {} is already attached to network {}", made.igw, made.vpc);
    door.check_refused("AttachInternetGateway", &attach, "Resource.AlreadyAssociated", &already);
    assert_eq!(door.each("DescribeInternetGateways", "", "state"), ["available"]);
}

#[test]
fn security_groups_are_kept_apart_and_kept_while_used() {
    let (door, made) = stage();
    let default = door.one("DescribeSecurityGroups", "Filter.1.Name=group-name&Filter.1.Value.1=default", "groupId");
    assert_eq!(door.refused("DeleteSecurityGroup", &format!("GroupId={default}")).1, "CannotDelete");
    let again = format!("GroupName=fn&GroupDescription=d&VpcId={}", made.vpc);
    let duplicate = format!("The security group 'fn' already exists for VPC '{}'", made.vpc);
    door.check_refused("CreateSecurityGroup", &again, "InvalidGroup.Duplicate", &duplicate);
    let refers = format!(
        "GroupId={default}&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=1&IpPermissions.1.ToPort=2\
         &IpPermissions.1.Groups.1.GroupId={}",
        made.group
    );
    door.ask("AuthorizeSecurityGroupIngress", &refers);
    let (_, code, message) = door.refused("DeleteSecurityGroup", &format!("GroupId={}", made.group));
    let expected = format!("resource {} has a dependent object", made.group);
    assert_eq!((code, message), ("DependencyViolation".to_owned(), expected));
    assert_eq!(door.refused("AuthorizeSecurityGroupIngress", &refers).1, "InvalidPermission.Duplicate");
    door.ask("RevokeSecurityGroupIngress", &refers);
    assert_eq!(door.refused("RevokeSecurityGroupIngress", &refers).1, "InvalidPermission.NotFound");
    let rule = format!("Filter.1.Name=group-id&Filter.1.Value.1={}", made.group);
    let rule = door.one("DescribeSecurityGroupRules", &rule, "securityGroupRuleId");
    let by_id = format!("GroupId={}&SecurityGroupRuleId.1={rule}", made.group);
    assert_eq!(door.each("RevokeSecurityGroupEgress", &by_id, "securityGroupRuleId"), [rule]);
    let deleted = door.one("DeleteSecurityGroup", &format!("GroupId={}", made.group), "groupId");
    assert_eq!(deleted, made.group);
}

#[test]
fn rules_are_all_added_or_none() {
    let (door, made) = stage();
    let before = door.cloud.world();
    let permission = |nth: u8, cidr: &str| {
        format!("&IpPermissions.{nth}.IpProtocol=-1&IpPermissions.{nth}.IpRanges.1.CidrIp={cidr}")
    };
    let form = format!("GroupId={}{}{}", made.group, permission(1, "10.0.0.0/8"), permission(2, "0.0.0.0/0"));
    let (_, code, message) = door.refused("AuthorizeSecurityGroupEgress", &form);
    let expected = "the specified rule \"peer: 0.0.0.0/0, ALL, ALLOW\" already exists";
    assert_eq!((code.as_str(), message.as_str()), ("InvalidPermission.Duplicate", expected));
    assert_eq!(door.cloud.world(), before);
    let malformed = format!("GroupId={}{}", made.group, permission(1, "10.0.0.0/33"));
    let expected = "CIDR block 10.0.0.0/33 is malformed";
    door.check_refused("AuthorizeSecurityGroupEgress", &malformed, "InvalidParameterValue", expected);
}

#[test]
fn the_default_acl_allows_at_100_and_denies_at_last_both_ways() {
    let (door, _) = stage();
    let numbers = door.each("DescribeNetworkAcls", "", "ruleNumber");
    let actions = door.each("DescribeNetworkAcls", "", "ruleAction");
    assert_eq!(numbers, ["100", "32767", "100", "32767"]);
    assert_eq!(actions, ["allow", "deny", "allow", "deny"]);
    assert_eq!(door.each("DescribeNetworkAcls", "", "egress"), ["true", "true", "false", "false"]);
}

#[test]
fn a_default_network_has_a_subnet_in_each_zone_of_the_regions_own() {
    let door = Door::with(Config { default_vpc: DefaultVpc::Present, ..Config::new(7) });
    assert_eq!(
        door.each("DescribeVpcs", "Filter.1.Name=is-default&Filter.1.Value.1=true", "cidrBlock")[0],
        "172.31.0.0/16"
    );
    let subnets = "Filter.1.Name=default-for-az&Filter.1.Value.1=true";
    let zones = ["ap-northeast-1a", "ap-northeast-1b", "ap-northeast-1c"];
    let mut found = door.each("DescribeSubnets", subnets, "availabilityZone");
    found.sort();
    assert_eq!(found, zones);
    let own = door.one("CreateSecurityGroup", "GroupName=g&GroupDescription=d", "groupId");
    assert_eq!(door.one("DescribeSecurityGroups", "GroupName.1=g", "groupId"), own);
    let form = "AttributeName.1=default-vpc";
    assert_eq!(door.one("DescribeAccountAttributes", form, "attributeValue"), door.one("DescribeVpcs", "", "vpcId"));
}

#[test]
fn what_is_not_visible_yet_is_not_shown_and_not_found() {
    let config = Config { visibility: Some(std::time::Duration::from_secs(60)), ..Config::new(7) };
    let door = Door::with(config.quotas(Quotas::default()));
    let vpc = door.one("CreateVpc", "CidrBlock=10.0.0.0/16", "vpcId");
    for action in ["DescribeVpcs", "DescribeSecurityGroups", "DescribeNetworkAcls", "DescribeRouteTables"] {
        assert!(!door.ask(action, "").contains("<item>"), "{action}");
    }
    assert_eq!(door.refused("DescribeVpcs", &format!("VpcId.1={vpc}")).1, "InvalidVpcID.NotFound");
    assert_eq!(door.refused("CreateTags", &format!("ResourceId.1={vpc}&Tag.1.Key=a")).1, "InvalidVpcID.NotFound");
    door.wait(60);
    assert_eq!(door.each("DescribeVpcs", "", "vpcId"), [vpc]);
}
