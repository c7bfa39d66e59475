//! Tags, given at creation, set and deleted.

use super::door::{Door, named, topology};

fn tags_of(door: &Door, id: &str) -> Vec<String> {
    let form = format!("Filter.1.Name=resource-id&Filter.1.Value.1={id}");
    let (keys, values) = (door.each("DescribeTags", &form, "key"), door.each("DescribeTags", &form, "value"));
    keys.into_iter().zip(values).map(|(key, value)| format!("{key}={value}")).collect()
}

#[test]
fn several_things_of_any_kind_are_tagged_at_once() {
    let door = Door::slow();
    let made = topology(&door);
    let acl = door.one("DescribeNetworkAcls", "", "networkAclId");
    let eni = door.one("DescribeNetworkInterfaces", "", "networkInterfaceId");
    let rule = door.one("DescribeSecurityGroupRules", "", "securityGroupRuleId");
    let options = door.one("DescribeDhcpOptions", "", "dhcpOptionsId");
    let ids = [
        &made.vpc,
        &made.public,
        &made.table,
        &made.group,
        &made.igw,
        &made.nat,
        &made.address,
        &acl,
        &eni,
        &rule,
        &options,
    ];
    let resources: String = ids.iter().enumerate().map(|(n, id)| format!("ResourceId.{}={id}&", n + 1)).collect();
    door.ask("CreateTags", &format!("{resources}Tag.1.Key=team&Tag.1.Value=a%20b&Tag.2.Key=empty&Tag.2.Value="));
    for id in ids {
        let tags = tags_of(&door, id);
        assert!(tags.contains(&"team=a b".to_owned()) && tags.contains(&"empty=".to_owned()), "{id}: {tags:?}");
    }
    door.ask("DeleteTags", &format!("{resources}Tag.1.Key=team&Tag.2.Key=empty"));
    let left: Vec<String> = ids.iter().flat_map(|id| tags_of(&door, id)).collect();
    assert!(left.iter().all(|tag| tag.starts_with("Name=")), "{left:?}");
}

#[test]
fn a_tag_goes_whatever_its_value_or_with_one_value_alone_or_all_go() {
    let door = Door::new();
    let vpc = door.one("CreateVpc", "CidrBlock=10.0.0.0/16", "vpcId");
    let set =
        format!("ResourceId.1={vpc}&Tag.1.Key=a&Tag.1.Value=1&Tag.2.Key=b&Tag.2.Value=2&Tag.3.Key=c&Tag.3.Value=");
    door.ask("CreateTags", &set);
    let delete = |tags: &str| {
        door.ask("DeleteTags", &format!("ResourceId.1={vpc}{tags}"));
        tags_of(&door, &vpc)
    };
    assert_eq!(delete("&Tag.1.Key=a&Tag.1.Value=other"), ["a=1", "b=2", "c="]);
    assert_eq!(delete("&Tag.1.Key=b&Tag.1.Value="), ["a=1", "b=2", "c="]);
    assert_eq!(delete("&Tag.1.Key=c&Tag.1.Value="), ["a=1", "b=2"]);
    assert_eq!(delete("&Tag.1.Key=b"), ["a=1"]);
    door.ask("CreateTags", &set);
    assert_eq!(delete(""), [""; 0]);
}

#[test]
fn tags_are_all_set_or_none() {
    let door = Door::new();
    let vpc = door.one("CreateVpc", "CidrBlock=10.0.0.0/16", "vpcId");
    let tag = "Tag.1.Key=a&Tag.1.Value=1";
    for (form, code, message) in [
        (
            format!("ResourceId.1={vpc}&ResourceId.2=subnet-12345678&{tag}"),
            "InvalidSubnetID.NotFound",
            "The subnet ID 'subnet-12345678' does not exist",
        ),
        (
            format!("ResourceId.1={vpc}&ResourceId.2=rtbassoc-12345678&{tag}"),
            "InvalidID",
            "The ID 'rtbassoc-12345678' is not valid",
        ),
        (
            format!("ResourceId.1={vpc}&Tag.1.Key=aws%3Ax&Tag.1.Value=1"),
            "InvalidParameterValue",
            "Value ( aws:x ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use",
        ),
        (format!("ResourceId.1={vpc}"), "MissingParameter", "The request must contain the parameter tagSet"),
        (tag.to_owned(), "MissingParameter", "The request must contain the parameter resourceIdSet"),
        (
            format!("ResourceId.1={vpc}&{tag}&Tag.2.Key=a&Tag.2.Value=2"),
            "InvalidParameterValue",
            "Duplicate tag key 'a' specified.",
        ),
    ] {
        door.check_refused("CreateTags", &form, code, message);
        assert_eq!(tags_of(&door, &vpc), [""; 0]);
    }
}

#[test]
fn tags_at_creation_must_be_for_what_is_created() {
    let door = Door::new();
    let expected = "'subnet' is not a valid taggable resource type for this operation.";
    let form = format!("CidrBlock=10.0.0.0/16&{}", named("subnet", "x"));
    door.check_refused("CreateVpc", &form, "InvalidParameterValue", expected);
    for form in ["TagSpecification.1.ResourceType=elastic-ip", "TagSpecification.1.Tag.1.Key=a"] {
        let (status, code, _) = door.refused("AllocateAddress", form);
        assert_eq!((status, code.as_str()), (400, "InvalidParameterValue"), "{form}");
    }
    let world = door.cloud.world();
    assert_eq!((world.network.networks.len(), world.gateway.addresses.len()), (0, 0));
}
