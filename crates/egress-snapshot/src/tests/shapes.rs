//! Each shape of answer, and what it means.

use egress_core::world::*;
use serde_json::{Value, json};

use super::support::{ACCOUNT, notes, only, snapshot, told, unseen, whose, world};

fn vpc() -> Value {
    json!({"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "OwnerId": ACCOUNT, "DhcpOptionsId": "dopt-1", "IsDefault": true}]})
}

fn dns(support: bool, hostnames: bool) -> [Value; 2] {
    [
        json!({"VpcId": "vpc-1", "EnableDnsSupport": {"Value": support}}),
        json!({"VpcId": "vpc-1", "EnableDnsHostnames": {"Value": hostnames}}),
    ]
}

fn resolvers(values: &[&str]) -> Value {
    let values: Vec<Value> = values.iter().map(|value| json!({"Value": value})).collect();
    json!({"DhcpOptions": [{"DhcpOptionsId": "dopt-1", "DhcpConfigurations": [
        {"Key": "domain-name", "Values": [{"Value": "corp"}]}, {"Key": "domain-name-servers", "Values": values}
    ]}]})
}

#[test]
fn a_network_is_told_by_four_calls() {
    let [support, hostnames] = dns(false, false);
    let world = world(&[vpc(), support, hostnames, resolvers(&["10.0.0.2", "AmazonProvidedDNS", "fd00::2"])]);
    let network = &world.network.networks[&"vpc-1".into()];
    assert_eq!((network.dns_support, network.dns_hostnames, network.is_default), (false, false, true));
    assert_eq!(network.name_servers, ["10.0.0.2", "fd00::2"].map(|ip| ip.parse::<std::net::IpAddr>().unwrap()));
    assert_eq!(network.owner, None);
}

#[test]
fn what_no_file_tells_of_a_networks_names_is_said_to_be_a_guess() {
    let snapshot = told(&[vpc()]);
    let guessed = |what: &str| format!("000.json: Vpcs[0]: no file tells {what} vpc-1: taken to be as AWS makes it");
    assert_eq!(
        notes(&snapshot),
        [
            guessed("(describe-dhcp-options) the name servers of"),
            guessed("whether (describe-vpc-attribute) names work in")
        ]
    );
    let network = &only(snapshot).network.networks[&"vpc-1".into()];
    assert_eq!((network.dns_support, network.dns_hostnames), (true, true));
}

#[test]
fn a_subnet_of_another_account_says_so() {
    let subnet = |id: &str, owner: &str| json!({"SubnetId": id, "VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "eu-west-1a", "OwnerId": owner});
    let world = world(&[json!({"Subnets": [subnet("subnet-1", ACCOUNT), subnet("subnet-2", "999999999999")]})]);
    let owners: Vec<_> = world.network.subnets.values().map(|subnet| subnet.owner.as_deref()).collect();
    assert_eq!(owners, [None, Some("999999999999")]);
}

#[test]
fn owners_that_can_be_nobodys_are_not_others() {
    let subnet = |owner: &str| json!({"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "eu-west-1a", "OwnerId": owner}]});
    let vpc = |owner: &str| json!({"Vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "OwnerId": owner}]});
    let asker = json!({"UserId": "X", "Account": ACCOUNT, "Arn": format!("arn:aws:iam::{ACCOUNT}:root")});
    let other = "999999999999";
    for (of_vpc, of_subnet, is_other) in
        [(other, other, true), (ACCOUNT, other, false), ("111234", other, false), ("REDACTED", "REDACTED", false)]
    {
        let world = only(told(&[asker.clone(), vpc(of_vpc), subnet(of_subnet)]));
        let found = &world.network.subnets[&"subnet-1".into()].owner;
        assert_eq!(found.is_some(), is_other, "{of_vpc} {of_subnet}");
    }
}

#[test]
fn machines_tell_their_interfaces_where_these_were_not_listed() {
    let instance = json!({
        "InstanceId": "i-1", "State": {"Name": "running"},
        "NetworkInterfaces": [
            {"NetworkInterfaceId": "eni-2", "VpcId": "vpc-1", "SubnetId": "subnet-1", "Attachment": {"DeviceIndex": 1}},
            {"NetworkInterfaceId": "eni-1", "VpcId": "vpc-1", "SubnetId": "subnet-1", "SourceDestCheck": false,
             "PrivateIpAddress": "10.0.0.5", "Association": {"PublicIp": "192.0.2.1"}, "Attachment": {"DeviceIndex": 0}},
        ],
    });
    let reservations = json!({"Reservations": [{"OwnerId": ACCOUNT, "Instances": [instance]}]});
    let told = world(std::slice::from_ref(&reservations));
    let machine = &told.network.machines[&"i-1".into()];
    assert_eq!((machine.running, machine.interface.clone()), (true, Some("eni-1".into())));
    let interface = &told.network.interfaces[&"eni-1".into()];
    assert_eq!((interface.instance.clone(), interface.source_dest_check), (Some("i-1".into()), false));
    assert_eq!(interface.public_ip, Some("192.0.2.1".parse().unwrap()));
    assert!(unseen(&told).contains(&Listing::Interfaces));
    let listed = world(&[reservations, json!({"NetworkInterfaces": []})]);
    assert!(listed.network.interfaces.is_empty() && !unseen(&listed).contains(&Listing::Interfaces));
}

#[test]
fn a_regional_gateway_is_read_with_its_table_and_addresses() {
    let gateway = json!({
        "NatGatewayId": "nat-1", "VpcId": "vpc-1", "State": "available", "AvailabilityMode": "regional",
        "RouteTableId": "rtb-1", "AutoProvisionZones": "enabled", "AutoScalingIps": "disabled",
        "NatGatewayAddresses": [{"AllocationId": "eipalloc-1", "PublicIp": "192.0.2.1", "Status": "succeeded",
                                 "AvailabilityZone": "eu-west-1a", "IsPrimary": true}],
    });
    let address = json!({"AllocationId": "eipalloc-1", "PublicIp": "192.0.2.1", "AssociationId": "eipassoc-1"});
    let classic = json!({"PublicIp": "192.0.2.9", "Domain": "standard"});
    let world = world(&[json!({"NatGateways": [gateway]}), json!({"Addresses": [address, classic]})]);
    let gateway = &world.gateway.nat_gateways[&"nat-1".into()];
    assert_eq!(gateway.scope, NatScope::Region { route_table: Some("rtb-1".into()), automatic: true });
    assert_eq!(gateway.addresses[0].zone.as_deref(), Some("eu-west-1a"));
    assert!(gateway.addresses[0].is_in_use());
    assert_eq!(world.gateway.addresses.len(), 1);
    assert_eq!(world.gateway.addresses[&"eipalloc-1".into()].nat_gateway, Some("nat-1".into()));
}

fn attachments() -> [Value; 3] {
    [
        json!({"TransitGateways": [{"TransitGatewayId": "tgw-1", "OwnerId": "999999999999", "State": "available"}]}),
        json!({"TransitGatewayAttachments": [
            {"TransitGatewayAttachmentId": "tgw-attach-1", "TransitGatewayId": "tgw-1", "ResourceType": "vpc", "ResourceId": "vpc-1",
             "State": "available", "Association": {"TransitGatewayRouteTableId": "tgw-rtb-1", "State": "associated"}},
            {"TransitGatewayAttachmentId": "tgw-attach-2", "TransitGatewayId": "tgw-1", "ResourceType": "vpn", "ResourceId": "vpn-1",
             "State": "deleting"},
        ]}),
        json!({"TransitGatewayVpcAttachments": [
            {"TransitGatewayAttachmentId": "tgw-attach-1", "TransitGatewayId": "tgw-1", "VpcId": "vpc-1", "SubnetIds": ["subnet-1"],
             "State": "available"},
        ]}),
    ]
}

#[test]
fn two_calls_tell_an_attachment_of_a_hub() {
    let told = world(&attachments());
    assert_eq!(told.network.transit.gateways[&"tgw-1".into()].owner.as_deref(), Some("999999999999"));
    let attachment = &told.network.transit.attachments[&"tgw-attach-1".into()];
    let subnets = Some(["subnet-1".into()].into());
    assert_eq!(attachment.end, TransitEnd::Network { network: "vpc-1".into(), subnets });
    assert_eq!((attachment.table.clone(), attachment.available), (Some("tgw-rtb-1".into()), true));
    let tunnel = &told.network.transit.attachments[&"tgw-attach-2".into()];
    assert_eq!(tunnel.end, TransitEnd::Other { kind: "vpn".into(), id: Some("vpn-1".into()) });
    assert!(!tunnel.available);
    // Without the general listing, tunnels are not seen.
    let [_, _, networks_only] = attachments();
    assert!(unseen(&world(&[networks_only])).contains(&Listing::TransitAttachments));
}

fn table() -> Value {
    json!({"TransitGatewayRouteTables": [{"TransitGatewayRouteTableId": "tgw-rtb-1", "TransitGatewayId": "tgw-1"}]})
}

fn routes(files: &[(&str, Value)]) -> (Option<Vec<TransitRoute>>, Vec<String>) {
    let mut texts = vec![("whose.json", whose().to_string()), ("table.json", table().to_string())];
    texts.extend(files.iter().map(|(name, value)| (*name, value.to_string())));
    let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let snapshot = snapshot(&texts);
    let notes = notes(&snapshot).into_iter().filter(|note| !note.contains("taken to be")).collect();
    (only(snapshot).network.transit.tables[&"tgw-rtb-1".into()].routes.clone(), notes)
}

#[test]
fn the_routes_of_a_hubs_table_are_found_by_the_tables_name() {
    let told = json!({"Routes": [
        {"DestinationCidrBlock": "0.0.0.0/0", "Type": "static", "State": "active",
         "TransitGatewayAttachments": [{"TransitGatewayAttachmentId": "tgw-attach-1"}]},
        {"DestinationCidrBlock": "10.1.0.0/16", "Type": "propagated", "State": "blackhole"},
    ], "AdditionalRoutesAvailable": false});
    let expected = vec![
        TransitRoute {
            cidr: "0.0.0.0/0".parse().unwrap(),
            attachments: ["tgw-attach-1".into()].into(),
            state: RouteState::Active,
            propagated: false,
        },
        TransitRoute {
            cidr: "10.1.0.0/16".parse().unwrap(),
            attachments: [].into(),
            state: RouteState::Blackhole,
            propagated: true,
        },
    ];
    assert_eq!(routes(&[("tgw-rtb-1.json", told.clone())]), (Some(expected.clone()), vec![]));
    assert_eq!(routes(&[("tgw-rtb-1/routes.json", told.clone())]), (Some(expected.clone()), vec![]));
    let mut named = told.clone();
    named["TransitGatewayRouteTableId"] = json!("tgw-rtb-1");
    assert_eq!(routes(&[("x.json", named)]), (Some(expected), vec![]));
    let nameless = "x.json: Routes: does not tell which `tgw-rtb-…` it is about: put that into the name of the file";
    assert_eq!(routes(&[("x.json", told.clone())]), (None, vec![nameless.to_owned()]));
    let mut some = told;
    some["AdditionalRoutesAvailable"] = json!(true);
    assert_eq!(routes(&[("tgw-rtb-1.json", some)]), (None, vec![]));
}

#[test]
fn static_routes_are_all_routes_only_with_what_known_networks_propagate() {
    let fixed = json!({"TransitGatewayStaticRoutes": [{"TransitGatewayRouteTableId": "tgw-rtb-1", "Routes": []}]});
    let from = |sort: &str, id: &str| {
        json!({"TransitGatewayPropagations": [{"TransitGatewayRouteTableId": "tgw-rtb-1", "TransitGatewayRouteTablePropagations": [
            {"TransitGatewayAttachmentId": "tgw-attach-1", "ResourceType": sort, "ResourceId": id, "State": "enabled"}]}]})
    };
    let route = TransitRoute {
        cidr: "10.0.0.0/16".parse().unwrap(),
        attachments: ["tgw-attach-1".into()].into(),
        state: RouteState::Active,
        propagated: true,
    };
    let of = |propagations: Value| routes(&[("f.json", fixed.clone()), ("p.json", propagations), ("v.json", vpc())]).0;
    assert_eq!(of(from("vpc", "vpc-1")), Some(vec![route]));
    assert_eq!(of(from("vpc", "vpc-9")), None);
    assert_eq!(of(from("vpn", "vpn-1")), None);
    assert_eq!(routes(&[("f.json", fixed)]).0, None);
}

#[test]
fn ranges_of_lists_come_from_either_call() {
    let lists = json!({"PrefixLists": [
        {"PrefixListId": "pl-1", "PrefixListName": "com.amazonaws.eu-west-1.s3", "Cidrs": ["3.5.0.0/20"]},
        {"PrefixListId": "pl-2", "PrefixListName": "mine", "State": "create-complete"},
        {"PrefixListId": "pl-3", "PrefixListName": "theirs"},
    ]});
    let entries = json!({"Entries": [{"Cidr": "10.0.0.0/8", "Description": "x"}, {"Cidr": "fd00::/8"}]});
    let (whose, lists, entries) = (whose().to_string(), lists.to_string(), entries.to_string());
    let files = [("w.json", whose.as_str()), ("l.json", &lists), ("entries-pl-2.json", &entries)];
    let world = only(snapshot(&files));
    let ranges: Vec<Option<usize>> =
        world.network.prefix_lists.values().map(|list| list.cidrs.as_ref().map(Vec::len)).collect();
    assert_eq!(ranges, [Some(1), Some(2), None]);
}

#[test]
fn block_public_access_is_known_with_its_exclusions_only() {
    let options = |mode: &str| json!({"VpcBlockPublicAccessOptions": {"AwsAccountId": ACCOUNT, "AwsRegion": "eu-west-1", "InternetGatewayBlockMode": mode}});
    let exclusion = |id: &str, state: &str| {
        json!({"ExclusionId": format!("x-{id}"), "InternetGatewayExclusionMode": "allow-egress", "State": state,
               "ResourceArn": format!("arn:aws:ec2:eu-west-1:{ACCOUNT}:vpc/{id}")})
    };
    let exempt = json!({"VpcBlockPublicAccessExclusions": [
        exclusion("vpc-1", "create-complete"), exclusion("vpc-2", "delete-complete")]});
    let of = |documents: &[Value]| {
        let texts: Vec<String> = documents.iter().map(ToString::to_string).collect();
        let names = ["a.json", "b.json"];
        let files: Vec<(&str, &str)> = names.into_iter().zip(texts.iter().map(String::as_str)).collect();
        let world = only(snapshot(&files));
        (world.network.block_public_access.clone(), world.unseen(Listing::BlockPublicAccess).is_some())
    };
    let exclusions = [("vpc-1".into(), Exclusion::Egress)].into();
    let known = BlockPublicAccess { mode: BlockMode::Bidirectional, exclusions };
    assert_eq!(of(&[options("block-bidirectional"), exempt]), (known, false));
    assert!(of(&[options("block-ingress")]).1);
    assert_eq!(of(&[options("off")]), (BlockPublicAccess::default(), false));
    assert!(of(&[options("something new")]).1);
}

fn arn(resource: &str) -> String {
    format!("arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{resource}")
}

fn configuration(version: &str) -> Value {
    json!({"FunctionName": "pay", "FunctionArn": arn("pay"), "Version": version, "Timeout": 30,
           "Role": format!("arn:aws:iam::{ACCOUNT}:role/service-role/pay-role"),
           "VpcConfig": {"VpcId": "vpc-1", "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}})
}

#[test]
fn a_function_is_united_from_all_that_is_told_of_it() {
    let with = |more: Value| {
        let mut all = configuration("$LATEST");
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    let alias = json!({"AliasArn": arn("pay:live"), "Name": "live", "FunctionVersion": "1",
                       "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1}}});
    let world = world(&[
        json!({"Functions": [configuration("$LATEST")]}),
        json!({"Configuration": with(json!({"State": "Inactive", "LastUpdateStatus": "InProgress"})), "Tags": {"a": "b"},
               "Concurrency": {"ReservedConcurrentExecutions": 5}}),
        json!({"Versions": [configuration("$LATEST"), configuration("2"), configuration("10"), configuration("1")]}),
        json!({"Aliases": [alias]}),
    ]);
    let function = &world.function.functions[&"pay".into()];
    assert_eq!((function.timeout, function.concurrency), (Some(30), Some(5)));
    assert_eq!((&function.state, &function.update), (&FunctionState::Inactive, &UpdateState::InProgress));
    assert_eq!((function.role.clone(), function.network.clone()), (Some("pay-role".into()), Some("vpc-1".into())));
    assert_eq!(function.tags, [("a".to_owned(), "b".to_owned())].into());
    assert_eq!(function.versions.iter().map(|v| v.version.as_str()).collect::<Vec<_>>(), ["1", "2", "10"]);
    assert_eq!(function.aliases, [Alias { name: "live".into(), versions: ["1".to_owned(), "2".to_owned()].into() }]);
    assert_eq!((world.unseen(Listing::Functions), world.unseen(Listing::Versions)), (None, None));
    assert!(world.unseen(Listing::Roles).is_some());
}

#[test]
fn versions_are_unseen_until_each_functions_are_told() {
    let listed = |functions: Value| {
        let snapshot = told(&[json!({"Functions": functions})]);
        only(snapshot).unseen(Listing::Versions).map(str::to_owned)
    };
    assert_eq!(listed(json!([configuration("$LATEST")])).as_deref(), Some("aws lambda list-versions-by-function"));
    // Whose aliases are not told.
    assert!(listed(json!([configuration("$LATEST"), configuration("1")])).is_some());
    assert_eq!(listed(json!([])), None);
    let mut nowhere = configuration("$LATEST");
    nowhere["VpcConfig"] = json!({"SubnetIds": [], "SecurityGroupIds": [], "VpcId": ""});
    let world = only(told(&[json!({"Functions": [nowhere]}), json!({"Versions": [configuration("$LATEST")]})]));
    assert_eq!(world.function.functions[&"pay".into()].attachment, None);
    assert_eq!(world.unseen(Listing::Versions), None);
}

#[test]
fn a_limit_is_whose_name_the_file_has() {
    let function = json!({"Functions": [configuration("$LATEST")]}).to_string();
    let of = |name: &str| {
        let snapshot = snapshot(&[("f.json", &function), (name, r#"{"ReservedConcurrentExecutions": 7}"#)]);
        let told = notes(&snapshot).iter().any(|note| note.contains("does not tell which function"));
        (only(snapshot).function.functions[&"pay".into()].concurrency, told)
    };
    assert_eq!(of("concurrency-pay.json"), (Some(7), false));
    assert_eq!(of("concurrency.json"), (None, true));
}

#[test]
fn roles_are_known_with_their_policies_only() {
    let trust = json!({"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
    let bare = json!({"RoleName": "pay-role", "Arn": format!("arn:aws:iam::{ACCOUNT}:role/pay-role"), "AssumeRolePolicyDocument": trust});
    let functions = json!({"Functions": [configuration("$LATEST")]}).to_string();
    let of = |files: &[(&str, Value)]| {
        let mut texts = vec![("f.json", functions.clone())];
        texts.extend(files.iter().map(|(name, value)| (*name, value.to_string())));
        let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let world = only(snapshot(&texts));
        let role = world.function.roles[&"pay-role".into()].clone();
        assert!(role.trusts_functions);
        (role.grants.into_iter().collect::<Vec<_>>(), world.unseen(Listing::Roles).is_none())
    };
    let role = json!({"Role": bare});
    let attached = |name: &str| json!({"AttachedPolicies": [{"PolicyName": name, "PolicyArn": format!("arn:aws:iam::aws:policy/service-role/{name}")}]});
    let none = json!({"PolicyNames": []});
    assert_eq!(of(&[("r.json", role.clone())]), (vec![], false));
    let vpc_access = attached("AWSLambdaVPCAccessExecutionRole");
    let files =
        [("r.json", role.clone()), ("attached-pay-role.json", vpc_access), ("pay-role/inline.json", none.clone())];
    assert_eq!(of(&files), (vec![Grant::Managed], true));
    let files = [
        ("r.json", role.clone()),
        ("a-pay-role.json", attached("AWSLambdaBasicExecutionRole")),
        ("i-pay-role.json", none.clone()),
    ];
    assert_eq!(of(&files), (vec![], true));
    let files = [("r.json", role.clone()), ("a-pay-role.json", attached("Unheard-of")), ("i-pay-role.json", none)];
    assert_eq!(of(&files), (vec![], false));
    let own = json!({"RoleName": "pay-role", "PolicyName": "net", "PolicyDocument":
        {"Statement": {"Effect": "Allow", "Action": ["ec2:*"], "Resource": "*"}}});
    let files = [
        ("r.json", role),
        ("a-pay-role.json", json!({"AttachedPolicies": []})),
        ("i-pay-role.json", json!({"PolicyNames": ["net"]})),
        ("p.json", own),
    ];
    assert_eq!(of(&files), (vec![Grant::Other("net".into())], true));
}
