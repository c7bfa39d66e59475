//! What an operator builds and breaks with the command line of AWS alone.

use insta::assert_snapshot;

use super::door::{Door, Made, topology};

fn stage() -> (Door, Made) {
    let door = Door::new();
    let made = topology(&door);
    (door, made)
}

#[test]
fn an_egress_only_gateway_lets_ipv6_out_until_it_goes() {
    let door = Door::new();
    let vpc = door.one("CreateVpc", "CidrBlock=10.0.0.0/16&AmazonProvidedIpv6CidrBlock=true", "vpcId");
    let range = door.one("DescribeVpcs", "", "ipv6CidrBlock");
    let first = range.replace("/56", "/64");
    let form = format!("VpcId={vpc}&CidrBlock=10.0.0.0/24&Ipv6CidrBlock={}", first.replace(':', "%3A"));
    let subnet = door.one("CreateSubnet", &form, "subnetId");
    assert_eq!(door.one("DescribeSubnets", "", "ipv6CidrBlock"), first);
    let again = format!("SubnetId={subnet}&Ipv6CidrBlock={}", first.replace(':', "%3A"));
    assert_eq!(door.refused("AssociateSubnetCidrBlock", &again).1, "SubnetCidrLimitExceeded");
    let table = door.one("DescribeRouteTables", "", "routeTableId");
    assert_eq!(door.each("DescribeRouteTables", "", "destinationIpv6CidrBlock"), [range]);

    let create = format!("VpcId={vpc}&ClientToken=t");
    let gateway = door.one("CreateEgressOnlyInternetGateway", &create, "egressOnlyInternetGatewayId");
    assert_eq!(door.one("CreateEgressOnlyInternetGateway", &create, "egressOnlyInternetGatewayId"), gateway);
    let other = format!("{create}&{}", super::door::named("egress-only-internet-gateway", "x"));
    assert_eq!(door.refused("CreateEgressOnlyInternetGateway", &other).1, "IdempotentParameterMismatch");
    let to = |destination: &str| format!("RouteTableId={table}&{destination}&EgressOnlyInternetGatewayId={gateway}");
    assert_eq!(door.refused("CreateRoute", &to("DestinationCidrBlock=0.0.0.0/0")).1, "InvalidParameterValue");
    door.ask("CreateRoute", &to("DestinationIpv6CidrBlock=%3A%3A/0"));
    assert_snapshot!("egress_only", door.ask("DescribeEgressOnlyInternetGateways", ""));
    assert_eq!(door.refused("DeleteVpc", &format!("VpcId={vpc}")).1, "DependencyViolation");
    door.ask("DeleteEgressOnlyInternetGateway", &format!("EgressOnlyInternetGatewayId={gateway}"));
    let states = door.each("DescribeRouteTables", "", "state");
    assert_eq!(states, ["active", "active", "blackhole", "associated"]);
}

#[test]
fn a_network_acl_is_filled_and_put_on_a_subnet() {
    let (door, made) = stage();
    let acl = door.one("CreateNetworkAcl", &format!("VpcId={}", made.vpc), "networkAclId");
    let entry = |number: u32, rest: &str| format!("NetworkAclId={acl}&RuleNumber={number}&{rest}");
    let tcp = "Protocol=6&RuleAction=allow&Egress=true&CidrBlock=0.0.0.0/0&PortRange.From=443&PortRange.To=443";
    door.ask("CreateNetworkAclEntry", &entry(100, tcp));
    let taken = "The network acl entry identified by 100 already exists.";
    door.check_refused("CreateNetworkAclEntry", &entry(100, tcp), "NetworkAclEntryAlreadyExists", taken);
    door.ask("CreateNetworkAclEntry", &entry(100, "Protocol=-1&RuleAction=deny&Egress=false&Ipv6CidrBlock=%3A%3A/0"));
    let absent = "The network acl entry identified by 7 does not exist";
    door.check_refused("ReplaceNetworkAclEntry", &entry(7, tcp), "InvalidNetworkAclEntry.NotFound", absent);
    assert_eq!(door.refused("CreateNetworkAclEntry", &entry(32_767, tcp)).1, "InvalidParameterValue");
    let portless = tcp.split("&PortRange").next().unwrap();
    assert_eq!(door.refused("CreateNetworkAclEntry", &entry(101, portless)).1, "MissingParameter");
    door.ask("ReplaceNetworkAclEntry", &entry(100, &tcp.replace("allow", "deny")));
    assert_snapshot!("acl", door.ask("DescribeNetworkAcls", &format!("NetworkAclId.1={acl}")));

    let of_subnet = format!("Filter.1.Name=association.subnet-id&Filter.1.Value.1={}", made.private);
    let from = door.one("DescribeNetworkAcls", &of_subnet, "networkAclId");
    // Both subnets of the stage have the default one.
    let associations = door.each("DescribeNetworkAcls", &of_subnet, "networkAclAssociationId");
    let moved = format!("AssociationId={}&NetworkAclId={acl}", associations[0]);
    let new = door.one("ReplaceNetworkAclAssociation", &moved, "newAssociationId");
    assert!(!associations.contains(&new));
    assert_eq!(door.refused("ReplaceNetworkAclAssociation", &moved).1, "InvalidAssociationID.NotFound");
    let has = format!("The networkAcl '{acl}' has dependencies and cannot be deleted.");
    door.check_refused("DeleteNetworkAcl", &format!("NetworkAclId={acl}"), "DependencyViolation", &has);
    assert_eq!(door.refused("DeleteNetworkAcl", &format!("NetworkAclId={from}")).1, "InvalidParameterValue");
    door.ask("ReplaceNetworkAclAssociation", &format!("AssociationId={new}&NetworkAclId={from}"));
    door.ask("DeleteNetworkAclEntry", &entry(100, "Egress=true"));
    door.ask("DeleteNetworkAcl", &format!("NetworkAclId={acl}"));
}

#[test]
fn rules_for_ipv6_are_put_and_taken_away() {
    let (door, made) = stage();
    let v6 = format!(
        "GroupId={}&IpPermissions.1.IpProtocol=tcp&IpPermissions.1.FromPort=443&IpPermissions.1.ToPort=443\
         &IpPermissions.1.Ipv6Ranges.1.CidrIpv6=%3A%3A/0",
        made.group
    );
    door.ask("AuthorizeSecurityGroupEgress", &v6);
    assert_eq!(door.refused("AuthorizeSecurityGroupEgress", &v6).1, "InvalidPermission.Duplicate");
    let shown = format!("GroupId.1={}", made.group);
    assert_eq!(door.each("DescribeSecurityGroups", &shown, "cidrIpv6"), ["::/0"]);
    door.ask("RevokeSecurityGroupEgress", &v6);
    assert_eq!(door.each("DescribeSecurityGroups", &shown, "cidrIpv6"), [""; 0]);
}

#[test]
fn a_gateway_endpoint_is_a_route_to_its_services_list() {
    let (door, made) = stage();
    let lists = door.each("DescribePrefixLists", "", "prefixListName");
    assert_eq!(lists.len(), 2, "{lists:?}");
    let service = "com.amazonaws.ap-northeast-1.s3";
    let create = format!("VpcId={}&ServiceName={service}&RouteTableId.1={}", made.vpc, made.table);
    let endpoint = door.one("CreateVpcEndpoint", &create, "vpcEndpointId");
    let by_name = format!("Filter.1.Name=prefix-list-name&Filter.1.Value.1={service}");
    let list = door.one("DescribeManagedPrefixLists", &by_name, "prefixListId");
    let table = format!("RouteTableId.1={}", made.table);
    assert_eq!(door.each("DescribeRouteTables", &table, "destinationPrefixListId"), std::slice::from_ref(&list));
    assert_eq!(door.one("DescribeVpcEndpoints", "", "state"), "available");
    let entries = door.each("GetManagedPrefixListEntries", &format!("PrefixListId={list}"), "cidr");
    assert_eq!(entries, ["3.5.152.0/21", "52.219.0.0/20", "52.219.136.0/22", "52.219.16.0/22"]);
    let twice = format!("route table {} already has a route with destination-prefix-list-id {list}", made.table);
    door.check_refused("CreateVpcEndpoint", &create, "RouteAlreadyExists", &twice);
    let unknown = format!("VpcId={}&ServiceName=com.amazonaws.ap-northeast-1.nothing", made.vpc);
    let absent = "The Vpc Endpoint Service 'com.amazonaws.ap-northeast-1.nothing' does not exist";
    door.check_refused("CreateVpcEndpoint", &unknown, "InvalidServiceName", absent);

    let moves = format!("VpcEndpointId={endpoint}&RemoveRouteTableId.1={}", made.table);
    door.ask("ModifyVpcEndpoint", &moves);
    assert_eq!(door.each("DescribeRouteTables", &table, "destinationPrefixListId"), [""; 0]);
    door.ask("ModifyVpcEndpoint", &moves.replace("Remove", "Add"));
    let gone = format!("VpcEndpointId.1={endpoint}&VpcEndpointId.2=vpce-0aaaaaaaaaaaaaaaa");
    let unsuccessful = door.ask("DeleteVpcEndpoints", &gone);
    assert!(unsuccessful.contains("InvalidVpcEndpointId.NotFound"), "{unsuccessful}");
    assert_eq!(door.each("DescribeRouteTables", &table, "destinationPrefixListId"), [""; 0]);
    assert_eq!(door.cloud.world().network.prefix_lists.len(), 0);
}

#[test]
fn an_interface_endpoint_has_interfaces_and_names() {
    let (door, made) = stage();
    let create = format!(
        "VpcId={}&VpcEndpointType=Interface&ServiceName=com.amazonaws.ap-northeast-1.ssm&SubnetId.1={}&SecurityGroupId.1={}",
        made.vpc, made.private, made.group
    );
    let both = format!(
        "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for {}",
        made.vpc
    );
    door.check_refused("CreateVpcEndpoint", &create, "InvalidParameter", &both);
    door.ask("ModifyVpcAttribute", &format!("VpcId={}&EnableDnsHostnames.Value=true", made.vpc));
    let endpoint = door.one("CreateVpcEndpoint", &create, "vpcEndpointId");
    assert_snapshot!("interface_endpoint", door.ask("DescribeVpcEndpoints", ""));
    let taken = format!(
        "private-dns-enabled cannot be set because there is already a conflicting DNS domain for \
         ssm.ap-northeast-1.amazonaws.com in the VPC {}",
        made.vpc
    );
    door.check_refused("CreateVpcEndpoint", &create, "InvalidParameter", &taken);
    let same_zone = format!("VpcEndpointId={endpoint}&AddSubnetId.1={}", made.public);
    assert_eq!(door.refused("ModifyVpcEndpoint", &same_zone).1, "DuplicateSubnetsInSameZone");
    let subnet = format!("SubnetId={}", made.private);
    assert_eq!(door.refused("DeleteSubnet", &subnet).1, "DependencyViolation");
    door.ask("DeleteVpcEndpoints", &format!("VpcEndpointId.1={endpoint}"));
    let of_endpoints = "Filter.1.Name=interface-type&Filter.1.Value.1=vpc_endpoint";
    assert_eq!(door.each("DescribeNetworkInterfaces", of_endpoints, "networkInterfaceId"), [""; 0]);
}

#[test]
fn hosts_are_told_name_servers_by_a_set_of_options() {
    let (door, made) = stage();
    let form = "DhcpConfiguration.1.Key=domain-name-servers&DhcpConfiguration.1.Value.1=10.0.0.5\
                &DhcpConfiguration.1.Value.2=10.0.0.6";
    let set = door.one("CreateDhcpOptions", form, "dhcpOptionsId");
    door.ask("AssociateDhcpOptions", &format!("DhcpOptionsId={set}&VpcId={}", made.vpc));
    assert_eq!(door.one("DescribeVpcs", "", "dhcpOptionsId"), set);
    let servers = || {
        let networks = door.cloud.world().network.networks;
        networks.values().next().unwrap().name_servers.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(servers(), ["10.0.0.5", "10.0.0.6"]);
    assert_snapshot!("dhcp_set", door.ask("DescribeDhcpOptions", &format!("DhcpOptionsId.1={set}")));
    let delete = format!("DhcpOptionsId={set}");
    let has = format!("The dhcpOptions '{set}' has dependencies and cannot be deleted.");
    door.check_refused("DeleteDhcpOptions", &delete, "DependencyViolation", &has);
    door.ask("AssociateDhcpOptions", &format!("DhcpOptionsId=default&VpcId={}", made.vpc));
    assert_eq!(servers(), [""; 0]);
    door.ask("DeleteDhcpOptions", &delete);
    let bad = form.replace("10.0.0.5", "nonsense");
    assert_eq!(door.refused("CreateDhcpOptions", &bad).1, "InvalidParameterValue");
    // What is changed behind everybody's back is described as it is.
    door.cloud.edit(|world| {
        world.network.networks.values_mut().for_each(|n| n.name_servers = vec!["10.9.9.9".parse().unwrap()]);
    });
    let own = door.one("DescribeVpcs", "", "dhcpOptionsId");
    assert_eq!(door.each("DescribeDhcpOptions", &format!("DhcpOptionsId.1={own}"), "value"), ["10.9.9.9"]);
}

#[test]
fn public_access_is_blocked_for_the_account_with_exclusions() {
    let (door, made) = stage();
    assert_eq!(door.one("DescribeVpcBlockPublicAccessOptions", "", "state"), "default-state");
    let block = "InternetGatewayBlockMode=block-bidirectional";
    assert_eq!(door.one("ModifyVpcBlockPublicAccessOptions", block, "internetGatewayBlockMode"), "block-bidirectional");
    assert_eq!(
        door.refused("ModifyVpcBlockPublicAccessOptions", "InternetGatewayBlockMode=x").1,
        "InvalidParameterValue"
    );
    let exclude = format!("SubnetId={}&InternetGatewayExclusionMode=allow-egress", made.public);
    let exclusion = door.one("CreateVpcBlockPublicAccessExclusion", &exclude, "exclusionId");
    assert_eq!(door.refused("CreateVpcBlockPublicAccessExclusion", &exclude).1, "ResourceAlreadyExists");
    assert_snapshot!("exclusions", door.ask("DescribeVpcBlockPublicAccessExclusions", ""));
    let widen = format!("ExclusionId={exclusion}&InternetGatewayExclusionMode=allow-bidirectional");
    door.ask("ModifyVpcBlockPublicAccessExclusion", &widen);
    let mode = door.one("DescribeVpcBlockPublicAccessExclusions", "", "internetGatewayExclusionMode");
    assert_eq!(mode, "allow-bidirectional");
    door.ask("DeleteVpcBlockPublicAccessExclusion", &format!("ExclusionId={exclusion}"));
    assert_eq!(
        door.refused("DeleteVpcBlockPublicAccessExclusion", &format!("ExclusionId={exclusion}")).1,
        "InvalidVpcBlockPublicAccessExclusionId.NotFound"
    );
}

#[test]
fn an_address_is_put_on_an_interface() {
    let (door, made) = stage();
    let machine = |world: &mut egress_core::World| {
        let eni = world.network.interfaces.values_mut().next().unwrap();
        eni.kind = egress_core::world::InterfaceKind::Machine;
        eni.id.to_string()
    };
    let own = format!("NetworkInterfaceId={}", door.one("DescribeNetworkInterfaces", "", "networkInterfaceId"));
    let address = door.one("AllocateAddress", "", "allocationId");
    let form = format!("AllocationId={address}&{own}");
    let words = "You do not have permission to access the specified resource.";
    door.check_refused("AssociateAddress", &form, "AuthFailure", words);
    door.cloud.edit(machine);
    let association = door.one("AssociateAddress", &form, "associationId");
    assert_eq!(door.one("AssociateAddress", &form, "associationId"), association);
    // One that a NAT gateway has is not to be had.
    let held = format!("AllocationId={}&NetworkInterfaceId=eni-0aaaaaaaaaaaaaaaa", made.address);
    assert_eq!(door.refused("AssociateAddress", &held).1, "InvalidNetworkInterfaceID.NotFound");
    assert_eq!(door.one("DescribeAddresses", &format!("AllocationId.1={address}"), "associationId"), association);
    door.ask("DisassociateAddress", &format!("AssociationId={association}"));
}
