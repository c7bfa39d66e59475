//! Pages of lists.

use super::door::Door;
use crate::{Config, Quotas};

fn twelve_networks() -> Door {
    let quotas = Quotas { vpcs: 12, ..Quotas::default() };
    let door = Door::with(Config::new(7).quotas(quotas));
    for n in 0..12 {
        door.ask("CreateVpc", &format!("CidrBlock=10.{n}.0.0/16"));
    }
    door
}

#[test]
fn twelve_networks_come_in_pages_of_five() {
    let door = twelve_networks();
    let all = door.each("DescribeVpcs", "", "vpcId");
    assert_eq!(all.len(), 12);
    let mut seen = Vec::new();
    let mut sizes = Vec::new();
    let mut form = "MaxResults=5".to_owned();
    loop {
        let page = door.each("DescribeVpcs", &form, "vpcId");
        sizes.push(page.len());
        seen.extend(page);
        let token = door.each("DescribeVpcs", &form, "nextToken");
        let Some(token) = token.first() else { break };
        form = format!("MaxResults=5&NextToken={token}");
    }
    assert_eq!((sizes, seen), (vec![5, 5, 2], all));
}

#[test]
fn a_page_is_cut_from_what_fits_and_a_full_last_one_has_no_token() {
    let door = twelve_networks();
    let filter = "Filter.1.Name=cidr&Filter.1.Value.1=10.?.0.0/16&MaxResults=10";
    assert_eq!(door.each("DescribeVpcs", filter, "vpcId").len(), 10);
    assert_eq!(door.each("DescribeVpcs", filter, "nextToken"), [""; 0]);
    assert_eq!(door.each("DescribeVpcs", &filter.replace("=10.?.", "=10.*."), "nextToken").len(), 1);
}

#[test]
fn a_thing_that_goes_between_two_pages_is_no_gap() {
    let door = twelve_networks();
    let all = door.each("DescribeVpcs", "", "vpcId");
    let token = door.one("DescribeVpcs", "MaxResults=5", "nextToken");
    door.ask("DeleteVpc", &format!("VpcId={}", all[4]));
    assert_eq!(door.each("DescribeVpcs", &format!("NextToken={token}"), "vpcId"), all[5..]);
}

/// A row: action, parameters, code, sentence.
const REFUSED: &[(&str, &str, &str, &str)] = &[
    (
        "DescribeVpcs",
        "MaxResults=2000",
        "InvalidParameterValue",
        "Value ( 2000 ) for parameter MaxResults is invalid. Expecting a value smaller than or equal to 1000.",
    ),
    (
        "DescribeSubnets",
        "MaxResults=4",
        "InvalidParameterValue",
        "Value ( 4 ) for parameter MaxResults is invalid. Expecting a value greater than or equal to 5.",
    ),
    (
        "DescribeRouteTables",
        "MaxResults=1000",
        "InvalidParameterValue",
        "Value ( 1000 ) for parameter MaxResults is invalid. Expecting a value smaller than or equal to 100.",
    ),
    (
        "DescribeSecurityGroups",
        "MaxResults=1001",
        "InvalidParameterValue",
        "Value ( 1001 ) for parameter maxResults is invalid. Expecting a value smaller than 1000.",
    ),
    (
        "DescribeVpcs",
        "MaxResults=5&VpcId.1=vpc-12345678",
        "InvalidParameterCombination",
        "The parameter VpcIds cannot be used with the parameter MaxResults",
    ),
    (
        "DescribeSecurityGroups",
        "MaxResults=5&GroupId.1=sg-12345678",
        "InvalidParameterCombination",
        "The parameter securityGroupIdSet cannot be used with the parameter maxResults",
    ),
    (
        "DescribeSubnets",
        "NextToken=garbage",
        "InvalidParameterValue",
        "Value ( garbage ) for parameter NextToken is invalid. The token is invalid.",
    ),
    ("DescribeSecurityGroupRules", "NextToken=garbage", "InvalidPaginationToken", "Next token 'garbage' is invalid"),
];

#[test]
fn wrong_pages_are_refused_in_these_words() {
    let door = twelve_networks();
    for (action, form, code, message) in REFUSED {
        door.check_refused(action, form, code, message);
    }
    // A token of another kind of thing is none.
    let token = door.one("DescribeVpcs", "MaxResults=5", "nextToken");
    let (_, code, _) = door.refused("DescribeSubnets", &format!("NextToken={token}"));
    assert_eq!(code, "InvalidParameterValue");
}
