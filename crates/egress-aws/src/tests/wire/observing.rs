//! What an observation asks for, and what it makes of the answers.

use egress_core::{
    Clock, CloudExt, CloudId, ErrorKind, FunctionProvider, GatewayProvider, NetworkProvider, Scope, StackName,
};

use super::connector::{Asked, Reply, Server, ok};

/// The answer of an account with nothing in it, to whatever is asked.
pub(super) fn empty(asked: &Asked) -> Reply {
    match asked.action.as_str() {
        "GetCallerIdentity" => ok(asked, 
            "<GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/u</Arn><Account>123456789012</Account>\
             </GetCallerIdentityResult>",
        ),
        "DescribeAvailabilityZones" => ok(asked, 
            "<availabilityZoneInfo><item><zoneName>us-east-1b</zoneName><zoneId>use1-az2</zoneId></item>\
             <item><zoneName>us-east-1a</zoneName><zoneId>use1-az1</zoneId></item></availabilityZoneInfo>",
        ),
        "ListEntitiesForPolicy" => ok(asked, "<ListEntitiesForPolicyResult/>"),
        "ListRoles" => ok(asked, "<ListRolesResult><IsTruncated>false</IsTruncated><Roles/></ListRolesResult>"),
        action if action.starts_with("GET /2015-03-31/functions/f") => {
            Reply::Says(404, r#"{"Type":"User","Message":"Function not found","Code":"ResourceNotFoundException","__type":"ResourceNotFoundException"}"#.to_owned())
        }
        action if action.starts_with("GET ") => Reply::Says(200, r#"{"Functions":[]}"#.to_owned()),
        _ => ok(asked, ""),
    }
}

fn stack() -> Scope {
    Scope::Stack { stack: StackName::new("s").unwrap(), functions: ["f".into()].into(), networks: [].into() }
}

#[test]
fn an_empty_account_is_an_empty_world_with_a_place_and_zones() {
    let server = Server::new(|asked, _| empty(asked));
    let world = server.clock.block_on(server.cloud().observe(&stack())).unwrap();
    assert_eq!(world.network.place.account, "123456789012");
    let zones: Vec<_> = world.network.zones.iter().map(|zone| zone.name.as_str()).collect();
    assert_eq!(zones, ["us-east-1a", "us-east-1b"]);
    assert!(world.network.networks.is_empty() && world.function.functions.is_empty());
}

#[test]
fn every_page_is_read() {
    let server = Server::new(|asked, before| match (asked.action.as_str(), before) {
        ("DescribeNatGateways", 0) => ok(
            asked,
            "<natGatewaySet><item><natGatewayId>nat-1</natGatewayId><vpcId>vpc-1</vpcId><subnetId>subnet-1</subnetId>\
                <state>available</state></item></natGatewaySet><nextToken>more</nextToken>",
        ),
        ("DescribeNatGateways", _) => ok(
            asked,
            "<natGatewaySet><item><natGatewayId>nat-2</natGatewayId><vpcId>vpc-1</vpcId><subnetId>subnet-1</subnetId>\
                <state>deleted</state></item></natGatewaySet>",
        ),
        _ => empty(asked),
    });
    let part = server.clock.block_on(server.cloud().observe_gateways(&Scope::Everything)).unwrap();
    assert_eq!(part.nat_gateways.len(), 2);
    assert!(server.bodies().iter().any(|body| body.contains("NextToken=more")));
}

#[test]
fn an_address_that_cannot_be_read_is_an_error_and_no_gap() {
    let server = Server::new(|asked, _| match asked.action.as_str() {
        "DescribeVpcs" => {
            ok(asked, "<vpcSet><item><vpcId>vpc-1</vpcId><cidrBlock>10.0.0.0/33</cidrBlock></item></vpcSet>")
        }
        _ => empty(asked),
    });
    let error = server.clock.block_on(server.cloud().observe_network(&stack())).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Transport);
    assert_eq!(
        error.to_string(),
        "DescribeVpcs: an answer that cannot be read: `10.0.0.0/33` is no range of addresses"
    );
}

#[test]
fn a_network_that_lost_its_tags_is_found_by_what_is_inside() {
    let server = Server::new(|asked, _| match asked.action.as_str() {
        "DescribeVpcs" if asked.body.contains("vpc-id") => {
            ok(asked, "<vpcSet><item><vpcId>vpc-1</vpcId><cidrBlock>10.0.0.0/16</cidrBlock></item></vpcSet>")
        }
        "DescribeSubnets" => ok(
            asked,
            "<subnetSet><item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><cidrBlock>10.0.0.0/24</cidrBlock>\
             <availabilityZone>us-east-1a</availabilityZone></item></subnetSet>",
        ),
        _ => empty(asked),
    });
    let part = server.clock.block_on(server.cloud().observe_network(&stack())).unwrap();
    assert_eq!((part.networks.len(), part.subnets.len()), (1, 1));
}

/// `a` is the stack's. The index has `b` still, which has lost its tags since, and `c`, which is gone.
fn tagged(asked: &Asked) -> Reply {
    let entry = |name: &str| format!(r#"{{"FunctionName":"{name}","Version":"$LATEST"}}"#);
    let mapping =
        |name: &str| format!(r#"{{"ResourceARN":"arn:aws:lambda:us-east-1:123456789012:function:{name}","Tags":[]}}"#);
    match asked.action.as_str() {
        "GET /2015-03-31/functions" => Reply::Says(200, format!(r#"{{"Functions":[{},{}]}}"#, entry("a"), entry("b"))),
        "GetResources" => {
            let found = ["a", "b", "c"].map(mapping).join(",");
            Reply::Says(200, format!(r#"{{"PaginationToken":"","ResourceTagMappingList":[{found}]}}"#))
        }
        "GET /2015-03-31/functions/a" => {
            Reply::Says(200, format!(r#"{{"Configuration":{},"Tags":{{"egress:stack":"s"}}}}"#, entry("a")))
        }
        "GET /2015-03-31/functions/b" => Reply::Says(200, format!(r#"{{"Configuration":{},"Tags":{{}}}}"#, entry("b"))),
        _ => empty(asked),
    }
}

#[test]
fn the_index_of_tags_only_says_whom_to_ask() {
    let server = Server::new(|asked, _| tagged(asked));
    let scope = Scope::Stack { stack: StackName::new("s").unwrap(), functions: [].into(), networks: [].into() };
    let world = server.clock.block_on(server.cloud().observe(&scope)).unwrap();
    assert_eq!(world.function.functions.keys().map(CloudId::as_str).collect::<Vec<_>>(), ["a"]);
    let mut read = server.actions();
    read.retain(|action| action.starts_with("GET /2015-03-31/functions/"));
    read.sort();
    assert_eq!(read, ["GET /2015-03-31/functions/a", "GET /2015-03-31/functions/b"], "nobody asks for what is gone");
}

#[test]
fn without_the_index_of_tags_nothing_is_taken_for_granted() {
    let denied =
        r#"{"__type":"AccessDeniedException","Message":"User: u is not authorized to perform: tag:GetResources"}"#;
    let server = Server::new(|asked, _| match asked.action.as_str() {
        "GetResources" => Reply::Says(400, denied.to_owned()),
        _ => tagged(asked),
    });
    let error = server.clock.block_on(server.cloud().observe(&stack())).unwrap_err();
    assert_eq!((error.kind, error.operation.as_str()), (ErrorKind::Denied, "GetResources"));
}

/// What stands of the reference stack in the answers: as much as decides what is asked for.
fn reference(asked: &Asked) -> Reply {
    let role = |name: &str, path: &str| {
        format!(
            "<GetRoleResult><Role><Path>{path}</Path><RoleName>{name}</RoleName><RoleId>AROA</RoleId>\
             <Arn>arn:aws:iam::123456789012:role{path}{name}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate></Role></GetRoleResult>"
        )
    };
    let entry = r#"{"FunctionName":"f","Version":"$LATEST","Role":"arn:aws:iam::123456789012:role/pay",
        "VpcConfig":{"VpcId":"vpc-1","SubnetIds":["subnet-1"],"SecurityGroupIds":["sg-1"]}}"#;
    let table = |id: &str, target: &str| {
        format!(
            "<item><routeTableId>{id}</routeTableId><vpcId>vpc-1</vpcId><routeSet><item><destinationCidrBlock>0.0.0.0/0\
             </destinationCidrBlock>{target}</item></routeSet></item>"
        )
    };
    match asked.action.as_str() {
        "DescribeVpcs" => {
            ok(asked, "<vpcSet><item><vpcId>vpc-1</vpcId><cidrBlock>10.0.0.0/16</cidrBlock></item></vpcSet>")
        }
        "DescribeSubnets" => ok(
            asked,
            "<subnetSet><item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><cidrBlock>10.0.0.0/24</cidrBlock>\
             <availabilityZone>us-east-1a</availabilityZone></item></subnetSet>",
        ),
        "DescribeRouteTables" => {
            let (public, private) = ("<gatewayId>igw-1</gatewayId>", "<natGatewayId>nat-1</natGatewayId>");
            ok(asked, &format!("<routeTableSet>{}{}</routeTableSet>", table("rtb-1", public), table("rtb-2", private)))
        }
        "GET /2015-03-31/functions/f" => Reply::Says(200, format!(r#"{{"Configuration":{entry},"Tags":{{}}}}"#)),
        action if action.starts_with("GET ") => Reply::Says(200, format!(r#"{{"Functions":[{entry}]}}"#)),
        "ListEntitiesForPolicy" => ok(
            asked,
            "<ListEntitiesForPolicyResult><PolicyRoles><member><RoleName>pay</RoleName></member><member>\
             <RoleName>egress-probe-s</RoleName></member></PolicyRoles></ListEntitiesForPolicyResult>",
        ),
        "ListRoles" => ok(
            asked,
            "<ListRolesResult><Roles><member><Path>/egress/s/</Path><RoleName>egress-probe-s</RoleName><RoleId>AROA</RoleId>\
             <Arn>arn:aws:iam::123456789012:role/egress/s/egress-probe-s</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate>\
             </member></Roles></ListRolesResult>",
        ),
        "GetRole" if asked.body.contains("egress-probe-s") => ok(asked, &role("egress-probe-s", "/egress/s/")),
        "GetRole" => ok(asked, &role("pay", "/")),
        "ListRolePolicies" => ok(asked, "<ListRolePoliciesResult><PolicyNames/></ListRolePoliciesResult>"),
        _ => empty(asked),
    }
}

#[test]
fn the_reference_stack_is_observed_with_eighteen_calls_and_then_with_sixteen() {
    let server = Server::new(|asked, _| reference(asked));
    let cloud = server.cloud();
    let world = server.clock.block_on(cloud.observe(&stack())).unwrap();
    assert_eq!((world.function.functions.len(), world.function.roles.len()), (1, 2));
    let mut actions = server.actions();
    actions.sort();
    insta::assert_snapshot!(actions.join("\n"));
    assert!(actions.len() <= 18, "{}", actions.len());
    server.clock.block_on(cloud.observe(&stack())).unwrap();
    assert_eq!(server.actions().len(), 18 + 16);
}

#[test]
fn an_observation_takes_four_round_trips() {
    let server = Server::new(|asked, _| reference(asked));
    server.clock.block_on(server.cloud().observe(&stack())).unwrap();
    // Each answer takes 20 ms: the networks and functions, then what is inside, the functions' roles.
    assert!(server.clock.now().as_millis() <= 80, "{:?}", server.clock.now());
}

/// An account of 301 functions: the first is in a network.
fn crowded(asked: &Asked) -> Reply {
    let entry = |nth: usize| {
        let vpc = if nth == 0 {
            r#","VpcConfig":{"VpcId":"vpc-1","SubnetIds":["subnet-1"],"SecurityGroupIds":["sg-1"]}"#
        } else {
            ""
        };
        format!(
            r#"{{"FunctionName":"f{nth:03}","Version":"$LATEST","Timeout":9,"RevisionId":"r","Role":"arn:aws:iam::123456789012:role/pay"{vpc}}}"#
        )
    };
    match asked.action.as_str() {
        "GET /2015-03-31/functions/f000" => {
            Reply::Says(200, format!(r#"{{"Configuration":{},"Tags":{{"team":"pay"}}}}"#, entry(0)))
        }
        "GET /2015-03-31/functions" | "GET /2015-03-31/functions/" => {
            let all: Vec<String> = (0..301).map(entry).collect();
            Reply::Says(200, format!(r#"{{"Functions":[{}]}}"#, all.join(",")))
        }
        _ => reference(asked),
    }
}

#[test]
fn of_many_functions_only_those_in_networks_are_read_one_by_one() {
    let server = Server::new(|asked, _| crowded(asked));
    let part = server.clock.block_on(server.cloud().observe_functions(&Scope::Everything)).unwrap();
    assert_eq!(part.functions.len(), 301);
    let read: Vec<_> = server.actions().into_iter().filter(|action| action.contains("/functions/f")).collect();
    assert_eq!(read, ["GET /2015-03-31/functions/f000"]);
    let known = |name: &str| {
        let function = &part.functions[&egress_core::CloudId::new(name)];
        (function.role.clone(), function.timeout, function.tags.len())
    };
    assert_eq!(known("f000"), (Some("pay".into()), Some(9), 1));
    assert_eq!(known("f300"), (Some("pay".into()), Some(9), 0));
}
