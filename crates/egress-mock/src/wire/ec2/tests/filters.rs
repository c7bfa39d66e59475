//! Filters, with their wildcards and their refusals.

use super::door::{Door, named, topology};

fn filter(name: &str, values: &[&str]) -> String {
    let values = values.iter().enumerate().map(|(nth, value)| format!("&Filter.1.Value.{}={value}", nth + 1));
    format!("Filter.1.Name={name}{}", values.collect::<String>())
}

#[test]
fn values_are_alternatives_filters_go_together_and_wildcards_stand_for_text() {
    let door = Door::new();
    for (cidr, name) in [("10.1.0.0/16", "web-a"), ("10.2.0.0/16", "web-b"), ("10.3.0.0/16", "db")] {
        door.ask("CreateVpc", &format!("CidrBlock={cidr}&{}", named("vpc", name)));
    }
    let check = |form: &str, expected: &[&str]| {
        let mut found = door.each("DescribeVpcs", form, "value");
        found.sort();
        assert_eq!(found, expected, "{form}");
    };
    check("", &["db", "web-a", "web-b"]);
    check(&filter("tag:Name", &["web-*"]), &["web-a", "web-b"]);
    check(&filter("tag:Name", &["web-?", "db"]), &["db", "web-a", "web-b"]);
    check(&filter("tag:Name", &["WEB-*"]), &[]);
    check(&filter("tag:Name", &[]), &[]);
    check(&filter("tag:Other", &["*"]), &[]);
    check(&filter("tag-key", &["Na*"]), &["db", "web-a", "web-b"]);
    check(&filter("cidr", &["10.2.0.0/16", "10.3.*"]), &["db", "web-b"]);
    check(&filter("state", &["available", "pending"]), &["db", "web-a", "web-b"]);
    check(&filter("is-default", &["true"]), &[]);
    let both = format!("{}&Filter.2.Name=cidr&Filter.2.Value.1=10.1.*", filter("tag:Name", &["web-*"]));
    check(&both, &["web-a"]);
}

#[test]
fn a_filter_that_the_resource_does_not_have_is_refused_by_name() {
    let door = Door::new();
    for action in ["DescribeVpcs", "DescribeNatGateways", "DescribeAvailabilityZones", "DescribeTags"] {
        let expected = "The filter 'defaultVpc' is invalid";
        door.check_refused(action, &filter("defaultVpc", &["true"]), "InvalidParameterValue", expected);
    }
    door.check_refused(
        "DescribeVpcs",
        "Filter.1.Value.1=x",
        "MissingParameter",
        "The request must contain the parameter name",
    );
    let many: Vec<&str> = vec!["x"; 201];
    let expected = "The maximum number of filter values specified on a single call is 200";
    door.check_refused("DescribeVpcs", &filter("state", &many), "FilterLimitExceeded", expected);
}

/// Each row: an action, a filter, a value in which names in braces stand for ids, and how many things of the reference
/// topology fit.
const ROWS: &[(&str, &str, &str, usize)] = &[
    ("DescribeSubnets", "vpc-id", "{vpc}", 2),
    ("DescribeSubnets", "availability-zone-id", "apne1-az4", 2),
    ("DescribeSubnets", "available-ip-address-count", "250", 1),
    ("DescribeSubnets", "map-public-ip-on-launch", "true", 0),
    ("DescribeRouteTables", "association.subnet-id", "{private}", 1),
    ("DescribeRouteTables", "association.main", "true", 1),
    ("DescribeRouteTables", "route.nat-gateway-id", "{nat}", 1),
    ("DescribeRouteTables", "route.gateway-id", "{igw}", 1),
    ("DescribeRouteTables", "route.gateway-id", "local", 2),
    ("DescribeRouteTables", "route.destination-cidr-block", "0.0.0.0/0", 2),
    ("DescribeRouteTables", "route.state", "blackhole", 0),
    ("DescribeRouteTables", "association.route-table-association-id", "{association}", 1),
    ("DescribeSecurityGroups", "group-name", "default", 1),
    ("DescribeSecurityGroups", "vpc-id", "{vpc}", 2),
    ("DescribeSecurityGroups", "description", "func*", 1),
    ("DescribeSecurityGroups", "egress.ip-permission.cidr", "0.0.0.0/0", 2),
    ("DescribeSecurityGroups", "ip-permission.cidr", "0.0.0.0/0", 0),
    ("DescribeSecurityGroupRules", "group-id", "{group}", 1),
    ("DescribeNetworkAcls", "association.subnet-id", "{public}", 1),
    ("DescribeNetworkAcls", "default", "true", 1),
    ("DescribeNetworkInterfaces", "subnet-id", "{public}", 1),
    ("DescribeNetworkInterfaces", "group-id", "{group}", 0),
    ("DescribeNetworkInterfaces", "interface-type", "nat_gateway", 1),
    ("DescribeNetworkInterfaces", "description", "*{nat}", 1),
    ("DescribeNetworkInterfaces", "attachment.instance-owner-id", "amazon-aws", 1),
    ("DescribeNetworkInterfaces", "requester-managed", "true", 1),
    ("DescribeNetworkInterfaces", "association.allocation-id", "{address}", 1),
    ("DescribeInternetGateways", "attachment.vpc-id", "{vpc}", 1),
    ("DescribeNatGateways", "vpc-id", "{vpc}", 1),
    ("DescribeNatGateways", "state", "available", 1),
    ("DescribeNatGateways", "subnet-id", "{private}", 0),
    ("DescribeAddresses", "domain", "vpc", 1),
    ("DescribeAddresses", "allocation-id", "{address}", 1),
    ("DescribeTags", "resource-type", "natgateway", 1),
    ("DescribeTags", "resource-id", "{vpc}", 1),
    ("DescribeTags", "tag:Name", "prv", 2),
    ("DescribeTags", "value", "p?b", 1),
    ("DescribeAvailabilityZones", "zone-type", "local-zone", 1),
    ("DescribeAvailabilityZones", "zone-id", "apne1-az1", 1),
    ("DescribeRegions", "region-name", "ap-*", 1),
    ("DescribeDhcpOptions", "key", "domain-name", 1),
];

#[test]
fn each_resource_is_found_by_what_it_has() {
    let door = Door::slow();
    let made = topology(&door);
    let ids = [
        ("{vpc}", &made.vpc),
        ("{public}", &made.public),
        ("{private}", &made.private),
        ("{igw}", &made.igw),
        ("{address}", &made.address),
        ("{nat}", &made.nat),
        ("{table}", &made.table),
        ("{association}", &made.association),
        ("{group}", &made.group),
    ];
    for (action, name, value, expected) in ROWS {
        let value = ids.iter().fold((*value).to_owned(), |value, (name, id)| value.replace(name, id));
        let answer = door.ask(action, &filter(name, &[&value]));
        let found = answer.lines().filter(|line| *line == "    <item>").count();
        assert_eq!(found, *expected, "{action} {name}={value}: {answer}");
    }
}
