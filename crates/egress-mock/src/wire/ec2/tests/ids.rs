//! Ids that nothing has, and ids that are none.

use super::door::Door;

/// A row: action, the parameter of ids, their prefix, the code and the sentence about one that nothing has, and the code for
/// one that is none; empty where AWS has no such code.
#[rustfmt::skip]
const LISTED: &[[&str; 6]] = &[
    ["DescribeVpcs", "VpcId", "vpc",
     "InvalidVpcID.NotFound", "The vpc ID '{}' does not exist", "InvalidVpcID.Malformed"],
    ["DescribeSubnets", "SubnetId", "subnet",
     "InvalidSubnetID.NotFound", "The subnet ID '{}' does not exist", "InvalidSubnetID.Malformed"],
    ["DescribeRouteTables", "RouteTableId", "rtb",
     "InvalidRouteTableID.NotFound", "The routeTable ID '{}' does not exist", "InvalidRouteTableId.Malformed"],
    ["DescribeSecurityGroups", "GroupId", "sg",
     "InvalidGroup.NotFound", "The security group '{}' does not exist", "InvalidGroupId.Malformed"],
    ["DescribeSecurityGroupRules", "SecurityGroupRuleId", "sgr",
     "InvalidSecurityGroupRuleId.NotFound", "The security group rule ID '{}' does not exist", "InvalidSecurityGroupRuleId.Malformed"],
    ["DescribeNetworkAcls", "NetworkAclId", "acl",
     "InvalidNetworkAclID.NotFound", "The networkAcl ID '{}' does not exist", "InvalidNetworkAclId.Malformed"],
    ["DescribeNetworkInterfaces", "NetworkInterfaceId", "eni",
     "InvalidNetworkInterfaceID.NotFound", "The networkInterface ID '{}' does not exist", "InvalidNetworkInterfaceId.Malformed"],
    ["DescribeVpcEndpoints", "VpcEndpointId", "vpce",
     "InvalidVpcEndpointId.NotFound", "The Vpc Endpoint Id '{}' does not exist", "InvalidVpcEndpointId.Malformed"],
    ["DescribeVpcPeeringConnections", "VpcPeeringConnectionId", "pcx",
     "InvalidVpcPeeringConnectionID.NotFound", "The vpcPeeringConnection ID '{}' does not exist", "InvalidVpcPeeringConnectionId.Malformed"],
    ["DescribeManagedPrefixLists", "PrefixListId", "pl",
     "InvalidPrefixListID.NotFound", "The prefix list ID '{}' does not exist", "InvalidPrefixListId.Malformed"],
    ["DescribeInternetGateways", "InternetGatewayId", "igw",
     "InvalidInternetGatewayID.NotFound", "The internetGateway ID '{}' does not exist", "InvalidInternetGatewayId.Malformed"],
    ["DescribeNatGateways", "NatGatewayId", "nat",
     "NatGatewayNotFound", "The Nat Gateway {} was not found", "NatGatewayMalformed"],
    ["DescribeAddresses", "AllocationId", "eipalloc",
     "InvalidAllocationID.NotFound", "The allocation ID '{}' does not exist", ""],
    ["DescribeDhcpOptions", "DhcpOptionsId", "dopt",
     "InvalidDhcpOptionsID.NotFound", "The dhcpOption ID '{}' does not exist", "InvalidDhcpOptionsId.Malformed"],
    ["DescribeEgressOnlyInternetGateways", "EgressOnlyInternetGatewayId", "eigw",
     "InvalidGatewayID.NotFound", "The gateway ID '{}' does not exist", "InvalidEgressOnlyInternetGatewayId.Malformed"],
    ["DescribeInstances", "InstanceId", "i",
     "InvalidInstanceID.NotFound", "The instance ID '{}' does not exist", "InvalidInstanceID.Malformed"],
    ["DescribeVpcBlockPublicAccessExclusions", "ExclusionId", "vpcbpa-exclude",
     "InvalidVpcBlockPublicAccessExclusionId.NotFound", "The vpcBlockPublicAccessExclusion ID '{}' does not exist", ""],
    ["DescribeTransitGateways", "TransitGatewayIds", "tgw",
     "InvalidTransitGatewayID.NotFound", "Transit Gateway {} was deleted or does not exist.", "InvalidTransitGatewayID.Malformed"],
    ["DescribeTransitGatewayAttachments", "TransitGatewayAttachmentIds", "tgw-attach",
     "InvalidTransitGatewayAttachmentID.NotFound", "Transit Gateway Attachment {} was deleted or does not exist.", "InvalidTransitGatewayAttachmentID.Malformed"],
    ["DescribeTransitGatewayRouteTables", "TransitGatewayRouteTableIds", "tgw-rtb",
     "InvalidRouteTableID.NotFound", "Transit Gateway Route Table {} was deleted or does not exist.", "InvalidRouteTableId.Malformed"],
    ["DescribeLaunchTemplates", "LaunchTemplateId", "lt",
     "InvalidLaunchTemplateId.NotFound", "The specified launch template, with template ID {}, does not exist.", "InvalidLaunchTemplateId.Malformed"],
];

#[test]
fn an_id_that_nothing_has_is_refused_in_the_words_of_its_kind() {
    let door = Door::new();
    for [action, parameter, prefix, code, sentence, malformed] in LISTED {
        let id = &format!("{prefix}-0aaaaaaaaaaaaaaaa");
        door.check_refused(action, &format!("{parameter}.1={id}"), code, &sentence.replace("{}", id));
        if malformed.is_empty() {
            continue;
        }
        let expected = format!("Invalid id: \"my-thing\" (expecting \"{prefix}-...\")");
        // Form is looked at before existence, wherever the bad one stands.
        door.check_refused(action, &format!("{parameter}.1={id}&{parameter}.2=my-thing"), malformed, &expected);
    }
}

#[test]
fn several_ids_that_nothing_has_are_named_together() {
    let door = Door::new();
    let expected = "The vpc IDs 'vpc-0aaaaaaaaaaaaaaaa, vpc-0bbbbbbbbbbbbbbbb' do not exist";
    let form = "VpcId.1=vpc-0aaaaaaaaaaaaaaaa&VpcId.2=vpc-0bbbbbbbbbbbbbbbb";
    door.check_refused("DescribeVpcs", form, "InvalidVpcID.NotFound", expected);
}

/// A row: a changing call, its parameters, the code and the sentence.
const CHANGING: &[(&str, &str, &str, &str)] = &[
    ("DeleteVpc", "VpcId=x", "InvalidVpcID.Malformed", "Invalid id: \"x\" (expecting \"vpc-...\")"),
    ("DeleteVpc", "VpcId=vpc-12345678", "InvalidVpcID.NotFound", "The vpc ID 'vpc-12345678' does not exist"),
    ("DeleteVpc", "", "MissingParameter", "The request must contain the parameter vpcId"),
    ("DeleteVpc", "VpcId=x&Force=1", "UnknownParameter", "The parameter Force is not recognized"),
    ("DeleteSubnet", "SubnetId=x", "InvalidSubnetID.Malformed", "Invalid id: \"x\" (expecting \"subnet-...\")"),
    (
        "CreateSubnet",
        "VpcId=sg-12345678&CidrBlock=10.0.0.0/24",
        "InvalidVpcID.Malformed",
        "Invalid id: \"sg-12345678\" (expecting \"vpc-...\")",
    ),
    (
        "AssociateRouteTable",
        "RouteTableId=vpc-12345678&SubnetId=x",
        "InvalidRouteTableId.Malformed",
        "Invalid id: \"vpc-12345678\" (expecting \"rtb-...\")",
    ),
    (
        "DeleteSecurityGroup",
        "GroupId=sg-12345678",
        "InvalidGroup.NotFound",
        "The security group 'sg-12345678' does not exist",
    ),
    (
        "DeleteNatGateway",
        "NatGatewayId=nat-12345678",
        "NatGatewayNotFound",
        "The Nat Gateway nat-12345678 was not found",
    ),
    ("DeleteNatGateway", "NatGatewayId=x", "NatGatewayMalformed", "Invalid id: \"x\" (expecting \"nat-...\")"),
    (
        "ReleaseAddress",
        "AllocationId=eipalloc-12345678",
        "InvalidAllocationID.NotFound",
        "The allocation ID 'eipalloc-12345678' does not exist",
    ),
    ("ReleaseAddress", "PublicIp=1.2.3.4", "InvalidAddress.NotFound", "Address '1.2.3.4' not found."),
    ("ReleaseAddress", "PublicIp=x", "InvalidAddress.Malformed", "Invalid id: \"x\" (expecting \"xx.xx.xx.xx\")"),
    (
        "DisassociateAddress",
        "AssociationId=eipassoc-12345678",
        "InvalidAssociationID.NotFound",
        "The association ID 'eipassoc-12345678' does not exist",
    ),
    (
        "DisassociateRouteTable",
        "AssociationId=rtbassoc-12345678",
        "InvalidAssociationID.NotFound",
        "The association ID 'rtbassoc-12345678' does not exist",
    ),
    (
        "DeleteNetworkInterface",
        "NetworkInterfaceId=x",
        "InvalidNetworkInterfaceId.Malformed",
        "Invalid id: \"x\" (expecting \"eni-...\")",
    ),
    (
        "CreateVpc",
        "CidrBlock=10.0.0.0",
        "InvalidParameterValue",
        "Value (10.0.0.0) for parameter cidrBlock is invalid. This is not a valid CIDR block.",
    ),
    ("CreateVpc", "CidrBlock=10.0.0.0/8", "InvalidVpc.Range", "The CIDR '10.0.0.0/8' is invalid."),
    ("CreateVpc", "", "MissingParameter", "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided."),
    (
        "CreateVpc",
        "CidrBlock=10.0.0.0/16&Ipv6Pool=mine",
        "UnsupportedOperation",
        "This value of the parameter Ipv6Pool is not supported by this emulator.",
    ),
    (
        "CreateNatGateway",
        "SubnetId=subnet-12345678",
        "MissingParameter",
        "The request must include the AllocationId parameter. Add the required parameter and retry the request.",
    ),
    (
        "CreateNatGateway",
        "AvailabilityMode=regional",
        "UnsupportedOperation",
        "This value of the parameter AvailabilityMode is not supported by this emulator.",
    ),
    ("CreateSecurityGroup", "GroupName=g&GroupDescription=d", "VPCIdNotSpecified", "No default VPC for this user"),
    (
        "CreateRoute",
        "RouteTableId=rtb-12345678&DestinationCidrBlock=0.0.0.0/0",
        "MissingParameter",
        "The request must contain exactly one of gatewayId, natGatewayId, networkInterfaceId, vpcPeeringConnectionId, \
         egressOnlyInternetGatewayId, transitGatewayId, localGatewayId or instanceId",
    ),
    (
        "DescribeVpcAttribute",
        "VpcId=vpc-12345678&Attribute=enableDnsSupport",
        "InvalidVpcID.NotFound",
        "The vpc ID 'vpc-12345678' does not exist",
    ),
    (
        "DescribeAvailabilityZones",
        "ZoneName.1=us-east-1z",
        "InvalidParameterValue",
        "Invalid availability zone: [us-east-1z]",
    ),
];

#[test]
fn calls_with_wrong_parameters_are_refused_in_these_words() {
    let door = Door::new();
    let before = door.cloud.world();
    for (action, form, code, message) in CHANGING {
        door.check_refused(action, form, code, message);
    }
    assert_eq!(door.cloud.world(), before);
}
