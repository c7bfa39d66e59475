//! Lambda on the wire.

use std::{collections::BTreeSet, time::Duration};

use base64::{Engine, prelude::BASE64_STANDARD};
use egress_core::{CloudId, world::Grant};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{
    RoleSetup, Timing,
    wire::testing::{Client, Said, text},
};

const FUNCTIONS: &str = "/2015-03-31/functions";
const ARN: &str = "arn:aws:lambda:ap-northeast-1:123456789012:function:f";

fn with_role(client: Client) -> Client {
    let grants = BTreeSet::from([Grant::Managed]);
    client.cloud.create_role(RoleSetup { grants, ..RoleSetup::new("r") }).unwrap();
    client
}

fn body(name: &str) -> Value {
    json!({
        "FunctionName": name,
        "Role": "arn:aws:iam::123456789012:role/r",
        "Runtime": "python3.13",
        "Handler": "index.handler",
        "Timeout": 20,
        "Code": { "ZipFile": BASE64_STANDARD.encode(b"PK\x03\x04 and so on") },
    })
}

fn create(client: &Client, name: &str) -> Value {
    let (status, made) = client.rest("POST", FUNCTIONS, &body(name).to_string());
    assert_eq!(status, 201, "{made}");
    serde_json::from_str(&made).unwrap()
}

fn said((status, body): Said) -> (u16, Value) {
    (status, if body.is_empty() { Value::Null } else { serde_json::from_str(&body).unwrap() })
}

/// A network with one subnet, and its default group, made behind the API's back.
fn attach_to(client: &Client) -> Value {
    use egress_core::{CloudExt, Op, Outcome, Tags, Token, op::*};
    let apply = |op: NetworkOp<CloudId>| {
        let outcome = client.clock.block_on(client.cloud.apply(&Op::Network(op), &Token::new("t")));
        client.wait(5);
        let Outcome::Done(effect) = outcome else { panic!("{outcome:?}") };
        effect.id.unwrap()
    };
    let network =
        apply(NetworkOp::CreateNetwork(CreateNetwork { cidr: "10.0.0.0/16".parse().unwrap(), tags: Tags::new() }));
    let subnet = apply(NetworkOp::CreateSubnet(CreateSubnet {
        network: network.clone(),
        cidr: "10.0.1.0/24".parse().unwrap(),
        zone: "ap-northeast-1a".to_owned(),
        tags: Tags::new(),
    }));
    let group = client.cloud.world().network.groups.keys().next().unwrap().to_string();
    json!({ "SubnetIds": [subnet], "SecurityGroupIds": [group] })
}

#[test]
fn a_function_is_made_and_told_as_aws_tells_it() {
    let client = with_role(Client::with_timing(Timing::aws()));
    let made = create(&client, "f");
    let mut expected = json!({
        "Architectures": ["x86_64"],
        "CodeSha256": made["CodeSha256"],
        "CodeSize": 14,
        "Description": "",
        "EphemeralStorage": { "Size": 512 },
        "FunctionArn": ARN,
        "FunctionName": "f",
        "Handler": "index.handler",
        "LastModified": "1970-01-01T00:00:00.000+0000",
        "LoggingConfig": { "LogFormat": "Text", "LogGroup": "/aws/lambda/f" },
        "MemorySize": 128,
        "PackageType": "Zip",
        "RevisionId": made["RevisionId"],
        "Role": "arn:aws:iam::123456789012:role/r",
        "Runtime": "python3.13",
        "RuntimeVersionConfig": made["RuntimeVersionConfig"],
        "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" },
        "State": "Pending",
        "StateReason": "The function is being created.",
        "StateReasonCode": "Creating",
        "Timeout": 20,
        "TracingConfig": { "Mode": "PassThrough" },
        "Version": "$LATEST",
    });
    assert_eq!(made, expected);
    client.wait(10);
    let (_, got) = said(client.rest("GET", &format!("{FUNCTIONS}/f/configuration"), ""));
    let shape = expected.as_object_mut().unwrap();
    shape.retain(|name, _| !name.starts_with("State"));
    shape.insert("State".to_owned(), json!("Active"));
    shape.insert("LastUpdateStatus".to_owned(), json!("Successful"));
    shape.insert("RevisionId".to_owned(), got["RevisionId"].clone());
    assert_eq!(got, expected);
    // A list tells no state.
    let (_, listed) = said(client.rest("GET", &format!("{FUNCTIONS}/"), ""));
    let shape = expected.as_object_mut().unwrap();
    shape.retain(|name, _| !["State", "LastUpdateStatus", "RuntimeVersionConfig"].contains(&name.as_str()));
    assert_eq!(listed, json!({ "Functions": [expected] }));
    let (_, whole) = said(client.rest("GET", &format!("{FUNCTIONS}/f"), ""));
    assert_eq!((&whole["Configuration"], &whole["Code"]["RepositoryType"]), (&got, &json!("S3")));
    assert_eq!(whole.get("Tags"), None);
    assert_eq!(client.rest("DELETE", &format!("{FUNCTIONS}/f"), ""), (204, String::new()));
    let gone = json!({ "Type": "User", "Message": format!("Function not found: {ARN}") });
    assert_eq!(said(client.rest("GET", &format!("{FUNCTIONS}/f"), "")), (404, gone));
}

#[test]
fn a_function_enters_and_leaves_a_network() {
    let client = with_role(Client::with_timing(Timing::aws()));
    create(&client, "f");
    client.wait(60);
    let target = format!("{FUNCTIONS}/f/configuration");
    let to = attach_to(&client);
    let get = || said(client.rest("GET", &target, "")).1;
    let revision = get()["RevisionId"].clone();
    assert_eq!(get().get("VpcConfig"), None);
    let change = json!({ "VpcConfig": to, "RevisionId": revision });
    let (status, under_way) = said(client.rest("PUT", &target, &change.to_string()));
    let progress = ["LastUpdateStatus", "LastUpdateStatusReasonCode", "LastUpdateStatusReason", "State"];
    assert_eq!(
        (status, progress.map(|name| under_way[name].as_str().unwrap().to_owned())),
        (200, ["InProgress", "Creating", "The function is being created.", "Active"].map(str::to_owned))
    );
    let network = client.cloud.world().network.networks.keys().next().unwrap().to_string();
    assert_eq!(
        under_way["VpcConfig"],
        json!({
            "SubnetIds": to["SubnetIds"],
            "SecurityGroupIds": to["SecurityGroupIds"],
            "VpcId": network,
            "Ipv6AllowedForDualStack": false,
        })
    );
    let busy = json!({
        "Type": "User",
        "message": format!("The operation cannot be performed at this time. An update is in progress for resource: {ARN}"),
    });
    let leave = json!({ "VpcConfig": { "SubnetIds": [], "SecurityGroupIds": [] } }).to_string();
    assert_eq!(said(client.rest("PUT", &target, &leave)), (409, busy));
    client.wait(300);
    assert_eq!(said(client.rest("PUT", &target, &change.to_string())).0, 412);
    assert_eq!(client.rest("PUT", &target, &leave).0, 200);
    client.wait(60);
    let empty = json!({ "SubnetIds": [], "SecurityGroupIds": [], "VpcId": "", "Ipv6AllowedForDualStack": false });
    assert_eq!((&get()["VpcConfig"], &get()["LastUpdateStatus"]), (&empty, &json!("Successful")));
}

#[test]
fn a_function_goes_by_its_name_or_its_arn() {
    let client = with_role(Client::new());
    create(&client, "f");
    let get = |name: &str| client.rest("GET", &format!("{FUNCTIONS}/{name}/configuration"), "");
    let plain = get("f");
    assert_eq!(plain.0, 200);
    for name in ["123456789012:function:f", "function:f", ARN, &ARN.replace(':', "%3A")] {
        assert_eq!(get(name), plain, "{name}");
    }
    let sentence = |name: &str| {
        let (status, body) = said(get(name));
        let message = body.get("Message").or_else(|| body.get("message")).and_then(Value::as_str).unwrap();
        format!("{status} {}", message.chars().take(90).collect::<String>())
    };
    let elsewhere = ARN.replace("ap-northeast-1", "us-east-1");
    assert_eq!(
        [
            sentence("f:7"),
            sentence("f:$LATEST/configuration?Qualifier=live&x="),
            sentence(&elsewhere),
            sentence("arn:aws:lambda:ap-northeast-1:210987654321:function:f"),
            sentence("a:b:c:d"),
        ],
        [
            "404 Function not found: arn:aws:lambda:ap-northeast-1:123456789012:function:f:7",
            "400 The derived qualifier from the function name does not match the specified qualifier.",
            "404 Functions from 'us-east-1' are not reachable in this region ('ap-northeast-1')",
            "403 null",
            "400 1 validation error detected: Value 'a:b:c:d' at 'functionName' failed to satisfy constrain",
        ]
    );
}

#[test]
fn versions_and_aliases_are_told() {
    let client = with_role(Client::new());
    create(&client, "f");
    let f = |rest: &str| format!("{FUNCTIONS}/f{rest}");
    let (status, first) = said(client.rest("POST", &f("/versions"), ""));
    assert_eq!((status, &first["Version"], &first["FunctionArn"]), (201, &json!("1"), &json!(format!("{ARN}:1"))));
    client.rest("PUT", &f("/configuration"), r#"{"MemorySize":256}"#);
    client.rest("POST", &f("/versions"), r#"{"Description":"two"}"#);
    let alias = r#"{"Name":"live","FunctionVersion":"1","RoutingConfig":{"AdditionalVersionWeights":{"2":0.25}}}"#;
    let (status, made) = said(client.rest("POST", &f("/aliases"), alias));
    assert_eq!(
        (status, made.clone()),
        (
            201,
            json!({
                "AliasArn": format!("{ARN}:live"),
                "Name": "live",
                "FunctionVersion": "1",
                "Description": "",
                "RoutingConfig": { "AdditionalVersionWeights": { "2": 0.25 } },
                "RevisionId": made["RevisionId"],
            })
        )
    );
    assert_eq!(said(client.rest("GET", &f("/aliases"), "")), (200, json!({ "Aliases": [made] })));
    assert_eq!(said(client.rest("GET", &f("/aliases?FunctionVersion=2"), "")), (200, json!({ "Aliases": [] })));
    let told = |target: &str, list: &str| {
        let (_, body) = said(client.rest("GET", target, ""));
        let told =
            |v: &Value| format!("{} {} {}", v["FunctionArn"].as_str().unwrap(), v["MemorySize"], v["Description"]);
        body[list].as_array().unwrap().iter().map(|v| told(v).replace(ARN, "f")).collect::<Vec<_>>()
    };
    let all = ["f:$LATEST 256 \"\"", "f:1 128 \"\"", "f:2 256 \"two\""];
    assert_eq!(told(&f("/versions"), "Versions"), all);
    assert_eq!(told(&format!("{FUNCTIONS}?FunctionVersion=ALL"), "Functions"), all);
    assert_eq!(told(&format!("{FUNCTIONS}/?FunctionVersion=ALL&MaxItems=1&Marker=1"), "Functions"), all[1..2]);
    let (_, by_alias) = said(client.rest("GET", &f(":live/configuration"), ""));
    assert_eq!((&by_alias["Version"], &by_alias["FunctionArn"]), (&json!("1"), &json!(format!("{ARN}:live"))));
    assert_eq!(client.rest("DELETE", &f("?Qualifier=2"), ""), (204, String::new()));
    assert_eq!(told(&f("/versions"), "Versions"), all[..2]);
    let code_signing = "/2020-06-30/functions/f/code-signing-config";
    assert_eq!(client.rest("GET", code_signing, ""), (200, "{}".to_owned()));
}

#[test]
fn tags_are_set_and_taken_away() {
    let client = with_role(Client::new());
    create(&client, "f");
    let target = format!("/2017-03-31/tags/{}", ARN.replace(':', "%3A"));
    assert_eq!(client.rest("POST", &target, r#"{"Tags":{"a":"1","b":"2","c d":""}}"#), (204, String::new()));
    assert_eq!(client.rest("DELETE", &format!("{target}?tagKeys=a&tagKeys=c%20d"), ""), (204, String::new()));
    assert_eq!(client.rest("GET", &target, ""), (200, r#"{"Tags":{"b":"2"}}"#.to_owned()));
    let (_, whole) = said(client.rest("GET", &format!("{FUNCTIONS}/f"), ""));
    assert_eq!(whole["Tags"], json!({ "b": "2" }));
    let refused = |target: &str, body: &str| said(client.rest("POST", target, body));
    let sentence = "Tags on function aliases and versions are not supported. Please specify a function ARN.";
    let versions = json!({ "Type": "User", "message": sentence });
    assert_eq!(refused(&format!("{target}%3A1"), r#"{"Tags":{"a":"1"}}"#), (400, versions));
    assert_eq!(refused("/2017-03-31/tags/arn%3Aaws%3Asomething", "{}").0, 400);
    assert_eq!(refused(&target.replace("function%3Af", "function%3Ag"), "{}").0, 404);
    assert_eq!(client.rest("DELETE", &target, "").0, 400);
}

#[test]
fn an_invocation_gives_what_the_function_gives() {
    let client = with_role(Client::new());
    create(&client, "f");
    client.cloud.set_code("f", |payload, _| json!({ "seen": payload }));
    let invoke = |headers: &[(&str, &str)], body: &[u8]| {
        client.send("lambda", "POST", &format!("{FUNCTIONS}/f/invocations"), headers, body)
    };
    let reply = invoke(&[], br#"{"a":1}"#);
    assert_eq!((reply.status, text(&reply).as_str(), reply.delay), (200, r#"{"seen":{"a":1}}"#, Duration::ZERO));
    let header = |reply: &crate::wire::Reply, name: &str| {
        reply.headers.iter().find(|(n, _)| *n == name).map(|(_, value)| value.clone())
    };
    assert_eq!(header(&reply, "X-Amz-Executed-Version"), Some("$LATEST".to_owned()));
    assert_eq!(header(&reply, "X-Amz-Function-Error"), None);
    assert!(header(&invoke(&[("x-amz-log-type", "Tail")], b""), "X-Amz-Log-Result").is_some());
    assert_eq!(invoke(&[("X-Amz-Invocation-Type", "Event")], b"").status, 202);
    assert_eq!(invoke(&[("X-Amz-Invocation-Type", "DryRun")], b"").status, 204);
    assert_eq!(invoke(&[], b"{").status, 400);
    // A function that waits too long has failed, and the caller has waited as long.
    client.cloud.set_code("f", |_, net| {
        net.get("https://amap.mock.test/", Duration::from_secs(60));
        Value::Null
    });
    let to = attach_to(&client);
    let change = json!({ "VpcConfig": to }).to_string();
    assert_eq!(client.rest("PUT", &format!("{FUNCTIONS}/f/configuration"), &change).0, 200);
    let reply = invoke(&[], b"{}");
    assert_eq!(header(&reply, "X-Amz-Function-Error"), Some("Unhandled".to_owned()));
    let timed_out = r#"{"errorMessage":"Task timed out after 20.00 seconds","errorType":"Sandbox.Timedout"}"#;
    assert_eq!((reply.status, text(&reply).as_str(), reply.delay), (200, timed_out, Duration::from_secs(20)));
    let missing = client.rest("POST", &format!("{FUNCTIONS}/g/invocations"), "");
    let message = format!("Function not found: {}:$LATEST", ARN.replace(":f", ":g").replace(":gunction", ":function"));
    assert_eq!(said(missing), (404, json!({ "Type": "User", "Message": message })));
}

#[test]
fn what_aws_refuses_is_refused_in_its_shape() {
    let client = with_role(Client::new());
    create(&client, "f");
    let with = |change: &dyn Fn(&mut Value)| {
        let mut body = body("g");
        change(&mut body);
        let reply = client.send("lambda", "POST", FUNCTIONS, &[], body.to_string().as_bytes());
        let kind = reply.headers.iter().find(|(n, _)| *n == "x-amzn-ErrorType").map_or("", |(_, v)| v.as_str());
        let said: Value = serde_json::from_slice(&reply.body).unwrap();
        let message = said["message"].as_str().unwrap().chars().take(70).collect::<String>();
        format!("{} {kind} {} {message}", reply.status, said["Type"].as_str().unwrap_or("-"))
    };
    let said = [
        with(&|b| b["FunctionName"] = json!("f")),
        with(&|b| b["FunctionName"] = Value::Null),
        with(&|b| b["Role"] = json!("r1")),
        with(&|b| b["Role"] = json!("arn:aws:iam::123456789012:role/nobody")),
        with(&|b| b["Runtime"] = json!("cobol")),
        with(&|b| b["Architectures"] = json!(["x86_64", "arm64"])),
        with(&|b| b["Code"] = json!({ "ZipFile": "bm8=" })),
        with(&|b| b["Code"] = json!({ "S3Bucket": "b", "S3Key": "k" })),
        with(&|b| b["Timeout"] = json!("soon")),
        with(&|b| b["VpcConfig"] = json!({ "SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"] })),
    ];
    assert_eq!(
        said,
        [
            "409 ResourceConflictException User Function already exist: f",
            "400 ValidationException - 1 validation error detected: Value null at 'functionName' failed to sa",
            "400 ValidationException - 1 validation error detected: Value 'r1' at 'role' failed to satisfy co",
            "400 InvalidParameterValueException User The role defined for the function cannot be assumed by Lambda.",
            "400 InvalidParameterValueException User Value cobol at 'runtime' failed to satisfy constraint: Member must sat",
            "400 ValidationException - 1 validation error detected: Value '[x86_64, arm64]' at 'architectures",
            "400 InvalidParameterValueException User Could not unzip uploaded file. Please check your file, then try to upl",
            "400 InvalidParameterValueException User Error occurred while GetObject. S3 Error Code: NoSuchBucket. S3 Error ",
            "400 InvalidRequestContentException User Could not parse request body into json: invalid type: string \"soon\", e",
            "400 InvalidParameterValueException User Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.",
        ]
    );
    assert_eq!(client.rest("PATCH", FUNCTIONS, "").0, 404);
    assert_eq!(client.rest("GET", "/2015-03-31/layers", "").0, 404);
    assert_eq!(client.rest("GET", "/2015-03-31/functions/%FF", "").0, 404);
}

proptest! {
    #[test]
    fn no_request_is_too_absurd_to_be_answered(
        method in prop::sample::select(&["GET", "POST", "PUT", "DELETE", ""][..]),
        path in prop::sample::select(&[
            "/2015-03-31/functions", "/2015-03-31/functions/f", "/2015-03-31/functions/f/configuration",
            "/2015-03-31/functions/f/versions", "/2015-03-31/functions/f/aliases", "/2015-03-31/functions/f/invocations",
            "/2015-03-31/functions/f/code", "/2017-03-31/tags/arn%3Aaws%3Alambda%3A%3A", "//", "",
        ][..]),
        end in "(/|%|:|\\?|[a-zA-Z0-9=&$%]){0,12}",
        body in prop_oneof![
            "[\\{\\}\\[\\]\":,a-zA-Z0-9]{0,40}",
            "\\{\"(VpcConfig|Tags|Role|Name|Code|FunctionName|Timeout|RoutingConfig)\":(null|1|-1|\"x\"|\\{\\}|\\[\\]|1e99)\\}",
        ],
    ) {
        let client = with_role(Client::new());
        create(&client, "f");
        let reply = client.send("lambda", method, &format!("{path}{end}"), &[], body.as_bytes());
        prop_assert!((200..500).contains(&reply.status), "{} {}", reply.status, text(&reply));
    }

    #[test]
    fn no_form_is_too_absurd_for_iam_and_sts(
        action in prop::sample::select(&[
            "CreateRole", "GetRole", "ListRoles", "PutRolePolicy", "AttachRolePolicy", "SimulatePrincipalPolicy",
            "ListEntitiesForPolicy", "AssumeRole", "GetSessionToken", "TagRole",
        ][..]),
        pairs in prop::collection::vec((
            prop::sample::select(&[
                "RoleName", "PolicyArn", "PolicyDocument", "AssumeRolePolicyDocument", "Tags.member.1.Key", "MaxItems", "Marker",
                "PolicySourceArn", "ActionNames.member.1", "RoleArn", "DurationSeconds", "PolicyName", "Tags", "X.1",
            ][..]),
            "[ -~]{0,12}|\\{\"Statement\":(\\[\\]|\\{\\}|1|\\[1\\]|\\{\"Effect\":\"Allow\",\"Action\":[1\"a]*\\})\\}",
        ), 0..6),
    ) {
        let client = with_role(Client::new());
        let service = if action.starts_with("As") || action.starts_with("GetS") { "sts" } else { "iam" };
        let form: Vec<(&str, &str)> =
            [("Action", action)].into_iter().chain(pairs.iter().map(|(n, v)| (*n, v.as_str()))).collect();
        let (status, body) = client.form(service, &form);
        prop_assert!((200..500).contains(&status), "{status} {body}");
    }
}

#[test]
fn a_functions_share_of_what_may_run_at_once_is_put_shown_and_taken_back() {
    let client = with_role(Client::new());
    create(&client, "f");
    let at = |version: &str| format!("/{version}/functions/f/concurrency");
    let put =
        |n: i64| said(client.rest("PUT", &at("2017-10-31"), &json!({ "ReservedConcurrentExecutions": n }).to_string()));
    let get = || said(client.rest("GET", &at("2019-09-30"), ""));
    assert_eq!(get(), (200, json!({})));
    assert_eq!(put(0), (200, json!({ "ReservedConcurrentExecutions": 0 })));
    assert_eq!(get(), (200, json!({ "ReservedConcurrentExecutions": 0 })));
    let (_, whole) = said(client.rest("GET", &format!("{FUNCTIONS}/f"), ""));
    assert_eq!(whole["Concurrency"], json!({ "ReservedConcurrentExecutions": 0 }));
    assert_eq!(client.cloud.world().function.functions[&CloudId::new("f")].timeout, Some(20));
    let (status, refusal) = said(client.rest("POST", &format!("{FUNCTIONS}/f/invocations"), "{}"));
    assert_eq!((status, refusal["message"].clone()), (429, json!("Rate Exceeded.")));
    let (status, refusal) = put(901);
    assert_eq!(
        (status, refusal["message"].clone()),
        (
            400,
            json!(
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100]."
            )
        )
    );
    assert_eq!(put(-1).0, 400);
    assert_eq!(client.rest("DELETE", &at("2017-10-31"), ""), (204, String::new()));
    assert_eq!(get(), (200, json!({})));
}
