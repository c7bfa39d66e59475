//! Whole lives: the reference topology up and down, and nonsense from strangers.

use proptest::prelude::*;

use super::door::{Door, pretty, topology};
use crate::wire::ec2::ACTIONS;

#[test]
fn the_reference_topology_goes_down_in_order_to_nothing() {
    let door = Door::slow();
    let made = topology(&door);
    let filter = |name: &str, id: &str| format!("Filter.1.Name={name}&Filter.1.Value.1={id}");
    door.ask("DeleteNatGateway", &format!("NatGatewayId={}", made.nat));
    door.wait(300);
    for (action, form) in [
        ("ReleaseAddress", format!("AllocationId={}", made.address)),
        ("DeleteRoute", format!("RouteTableId={}&DestinationCidrBlock=0.0.0.0/0", made.table)),
        ("DisassociateRouteTable", format!("AssociationId={}", made.association)),
        ("DeleteRouteTable", format!("RouteTableId={}", made.table)),
        ("DetachInternetGateway", format!("InternetGatewayId={}&VpcId={}", made.igw, made.vpc)),
        ("DeleteInternetGateway", format!("InternetGatewayId={}", made.igw)),
        ("DeleteSecurityGroup", format!("GroupId={}", made.group)),
        ("DeleteSubnet", format!("SubnetId={}", made.private)),
        ("DeleteSubnet", format!("SubnetId={}", made.public)),
        ("DeleteVpc", format!("VpcId={}", made.vpc)),
    ] {
        door.ask(action, &form);
    }
    for (action, form) in [
        ("DescribeVpcs", String::new()),
        ("DescribeSubnets", filter("vpc-id", &made.vpc)),
        ("DescribeRouteTables", String::new()),
        ("DescribeSecurityGroups", String::new()),
        ("DescribeNetworkInterfaces", String::new()),
        ("DescribeInternetGateways", String::new()),
        ("DescribeAddresses", String::new()),
        ("DescribeTags", filter("resource-type", "vpc")),
    ] {
        assert!(!door.ask(action, &form).contains("<item>"), "{action}");
    }
    // The gateway is still listed, with what it was.
    assert_eq!(door.one("DescribeNatGateways", &filter("state", "deleted"), "natGatewayId"), made.nat);
}

/// Names that calls know, so that nonsense gets deep.
const NAMES: &[&str] = &[
    "VpcId",
    "VpcId.1",
    "SubnetId",
    "SubnetId.1",
    "GroupId",
    "GroupId.1",
    "GroupName",
    "GroupDescription",
    "RouteTableId",
    "RouteTableId.1",
    "NatGatewayId",
    "NatGatewayId.1",
    "InternetGatewayId",
    "AllocationId",
    "AllocationId.1",
    "AssociationId",
    "NetworkInterfaceId",
    "CidrBlock",
    "DestinationCidrBlock",
    "GatewayId",
    "Filter.1.Name",
    "Filter.1.Value.1",
    "Filter.1.Value",
    "MaxResults",
    "NextToken",
    "ClientToken",
    "Attribute",
    "ResourceId.1",
    "Tag.1.Key",
    "Tag.1.Value",
    "TagSpecification.1.ResourceType",
    "TagSpecification.1.Tag.1.Key",
    "IpPermissions.1.IpProtocol",
    "IpPermissions.1.FromPort",
    "IpPermissions.1.ToPort",
    "IpPermissions.1.IpRanges.1.CidrIp",
    "IpPermissions.1.Groups.1.GroupId",
    "EnableDnsSupport.Value",
    "MapPublicIpOnLaunch.Value",
    "AvailabilityZone",
    "PrefixListId",
    "PublicIp",
    "Domain",
    "DryRun",
    "ZoneName.1",
];

/// Values that some call has a use for.
const VALUES: &[&str] = &[
    "",
    "x",
    "*",
    "?",
    "\\",
    "tag:",
    "tag:Name",
    "vpc-id",
    "state",
    "true",
    "false",
    "-1",
    "0",
    "5",
    "1000",
    "99999999999999999999",
    "tcp",
    "icmp",
    "10.0.0.0/16",
    "10.0.5.0/24",
    "0.0.0.0/0",
    "::/0",
    "10.0.0.0/33",
    "vpc",
    "ap-northeast-1a",
    "enableDnsSupport",
    "{vpc}",
    "{public}",
    "{table}",
    "{nat}",
    "{igw}",
    "{group}",
    "{address}",
    "{association}",
    "<&>\"'",
    "\u{0}",
    "\u{1}\u{fffe}",
    "é文",
    "aws:x",
];

fn value() -> impl Strategy<Value = String> {
    prop_oneof![4 => proptest::sample::select(VALUES).prop_map(str::to_owned), 1 => any::<String>()]
}

fn parameters() -> impl Strategy<Value = Vec<(String, String)>> {
    let name = prop_oneof![6 => proptest::sample::select(NAMES).prop_map(str::to_owned), 1 => any::<String>()];
    proptest::collection::vec((name, value()), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn nonsense_never_panics_and_always_gets_well_formed_xml(nonsense in parameters()) {
        let door = Door::new();
        let made = topology(&door);
        let ids = [
            ("{vpc}", &made.vpc), ("{public}", &made.public), ("{table}", &made.table), ("{nat}", &made.nat),
            ("{igw}", &made.igw), ("{group}", &made.group), ("{address}", &made.address),
            ("{association}", &made.association),
        ];
        let form: String = nonsense
            .iter()
            .map(|(name, value)| {
                let value = ids.iter().fold(value.clone(), |value, (name, id)| value.replace(name, id));
                let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
                format!("{}={}&", encode(name), encode(&value))
            })
            .collect();
        for action in ACTIONS.iter().copied().flatten() {
            let (status, xml) = door.raw(action.name, &form);
            prop_assert!(status == 200 || status == 400 || status == 412, "{} {}: {} {}", action.name, form, status, xml);
            let lines = pretty(&xml);
            prop_assert!(lines.contains("<requestId>") || lines.contains("<RequestID>"), "{}", lines);
        }
    }
}

#[test]
fn no_action_stands_twice_in_the_table() {
    let mut names: Vec<&str> = ACTIONS.iter().copied().flatten().map(|action| action.name).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!((names.len(), all), (all, 104));
}
