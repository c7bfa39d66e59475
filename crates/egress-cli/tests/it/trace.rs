//! `egress trace` and `egress ips --all`: where packets go, from worlds that work and worlds that are broken.

use std::{fs, path::Path};

use serde_json::{Value, json};

use crate::{
    egress, folder,
    journey::mock,
    looks::{checked, edit, looked_at, shared_data, with_half_the_answers, with_one_subnet_astray, without_nat_route},
    run,
};

/// What `egress trace` prints as JSON, and its exit code.
fn traced(folder: &Path, line: &str) -> (Value, i32) {
    let output = mock(folder, &format!("trace {line} --output json")).get_output().clone();
    (checked("trace", &output.stdout), output.status.code().unwrap())
}

fn told(folder: &Path, line: &str) -> String {
    run(folder, &format!("{line} --cloud mock"))
}

#[test]
fn the_way_of_a_function_behind_a_nat_gateway_is_drawn() {
    insta::assert_snapshot!(told(looked_at().path(), "trace order-sync --to https://wechat.mock.test/cgi-bin/token"));
}

#[test]
fn a_function_in_no_network_leaves_from_the_clouds_pool() {
    insta::assert_snapshot!(told(looked_at().path(), "trace invoice --to 8.8.8.8"));
}

#[test]
fn without_its_route_the_packet_dies_and_it_is_said_where() {
    let folder = looked_at();
    edit(folder.path(), without_nat_route);
    insta::assert_snapshot!(told(folder.path(), "trace order-sync --to 8.8.8.8"));
}

#[test]
fn of_two_subnets_one_may_lead_nowhere() {
    let folder = looked_at();
    edit(folder.path(), with_one_subnet_astray);
    insta::assert_snapshot!(told(folder.path(), "trace order-sync --to 8.8.8.8:443"));
}

#[test]
fn where_some_answers_are_stopped_both_lots_are_drawn() {
    let folder = looked_at();
    edit(folder.path(), with_half_the_answers);
    insta::assert_snapshot!(told(folder.path(), "trace order-sync --to 8.8.8.8:443"));
}

#[test]
fn the_json_holds_the_same_as_the_drawing() {
    let folder = looked_at();
    let (answer, code) = traced(folder.path(), "order-sync --to api.example.com --resolve api.example.com=192.0.2.7");
    let ip = mock(folder.path(), "ips --all --output json").get_output().stdout.clone();
    let ip = serde_json::from_slice::<Value>(&ip).unwrap()["places"][0]["functions"][1]["source_ips"].clone();
    assert_eq!((&answer["verdict"], &answer["source_ips"], code), (&json!("reaches"), &ip, 0));
    assert_eq!(
        answer["query"],
        json!({
            "source": "order-sync", "to": "api.example.com", "ips": ["192.0.2.7"], "resolved_by": "flag",
            "protocol": "tcp", "port": 443,
        })
    );
    assert_eq!(answer["place"], json!({"account": "123456789012", "region": "ap-northeast-1"}));
    assert_eq!(answer["paths"].as_array().unwrap().len(), 2);
    assert_eq!(answer["paths"][0]["to"], json!(["192.0.2.7/32"]));
    let keys: Vec<&String> = answer.as_object().unwrap().keys().collect();
    let promised = ["verdict", "source_ips", "paths", "missing", "assumed", "place"];
    assert!(promised.iter().all(|key| keys.iter().any(|known| known == key)), "{keys:?}");
}

#[test]
fn the_exit_code_is_the_verdict() {
    let folder = looked_at();
    let code = |line: &str| {
        let (answer, code) = traced(folder.path(), line);
        (answer["verdict"].as_str().unwrap().to_owned(), code)
    };
    assert_eq!(code("order-sync --to 8.8.8.8"), ("reaches".to_owned(), 0));
    edit(folder.path(), with_one_subnet_astray);
    assert_eq!(code("order-sync --to 8.8.8.8"), ("mixed".to_owned(), 12));
    edit(folder.path(), without_nat_route);
    assert_eq!(code("order-sync --to 8.8.8.8"), ("drops".to_owned(), 11));
    edit(folder.path(), |world| world.network.route_tables.clear());
    assert_eq!(code("order-sync --to 8.8.8.8"), ("unknown".to_owned(), 13));
}

#[test]
fn who_sends_may_be_named_in_many_ways() {
    let folder = looked_at();
    let (answer, _) = traced(folder.path(), "order-sync --to 8.8.8.8");
    let subnet = answer["paths"][0]["subnet"].as_str().unwrap().to_owned();
    let interface = answer["paths"][0]["hops"][0]["id"].as_str().unwrap().to_owned();
    let mut network = String::new();
    edit(folder.path(), |world| {
        network = world.network.subnets[&egress_core::CloudId::new(&subnet)].network.to_string()
    });
    let arn = "arn:aws:lambda:ap-northeast-1:123456789012:function:order-sync";
    for source in [arn, "123456789012:function:order-sync", "order-sync:$LATEST", &subnet, &interface] {
        let (named, code) = traced(folder.path(), &format!("{source} --to 8.8.8.8"));
        assert_eq!((&named["source_ips"], code), (&answer["source_ips"], 0), "{source}");
    }
    // A network sends from each of its subnets, and from a public one nothing without a public address gets out.
    assert_eq!(traced(folder.path(), &format!("{network} --to 8.8.8.8")).1, 12);
}

#[test]
fn what_looks_like_an_id_is_a_functions_name_only_where_there_is_no_such_thing() {
    let folder = looked_at();
    mock(folder.path(), "mock function subnet-mailer").success();
    assert_eq!(traced(folder.path(), "subnet-mailer --to 8.8.8.8").0["pool"], json!(true));
}

#[test]
fn an_unknown_source_is_answered_with_what_is_near() {
    let folder = looked_at();
    insta::assert_snapshot!(
        ["order-snc", "nobody", "subnet-0000", "order-sync:7"]
            .map(|name| told(folder.path(), &format!("trace {name} --to 8.8.8.8")))
            .join("\n")
    );
}

#[test]
fn an_arn_of_elsewhere_is_not_looked_for_here() {
    let folder = looked_at();
    let arn = "arn:aws:lambda:eu-west-1:123456789012:function:order-sync";
    insta::assert_snapshot!(
        [format!("trace {arn} --to 8.8.8.8"), "trace order-sync --to 8.8.8.8 --account 210987654321".to_owned()]
            .map(|line| told(folder.path(), &line))
            .join("\n")
    );
}

#[test]
fn questions_that_make_no_sense_are_refused_before_anything_is_looked_at() {
    let folder = folder();
    insta::assert_snapshot!(
        [
            "--to 8.8.8.8:53 --protocol icmp",
            "--to 2001:db8::1 --protocol icmp",
            "--to 8.8.8.8 --protocol icmp6",
            "--to 8.8.8.8 --resolve api.example.com=192.0.2.7",
            "--to 300.1.1.1",
            "--to 8.8.8.8 --protocol tcpp",
        ]
        .map(|asked| told(folder.path(), &format!("trace order-sync {asked}")))
        .join("\n")
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was opened");
}

#[test]
fn the_ips_of_every_function_are_listed() {
    let folder = looked_at();
    let all = told(folder.path(), "ips --all");
    edit(folder.path(), without_nat_route);
    insta::assert_snapshot!(format!("{all}\n{}", told(folder.path(), "ips --all")));
}

/// A case of `../shared/data/expected.json`.
#[derive(serde::Deserialize)]
struct Case {
    snapshot: String,
    source: String,
    destination: String,
    verdict: String,
    #[serde(default)]
    through: Vec<String>,
    #[serde(default)]
    source_ips: Vec<String>,
    #[serde(default)]
    missing: Vec<String>,
    #[serde(default)]
    finding: Option<String>,
}

#[derive(serde::Deserialize)]
struct Cases {
    cases: Vec<Case>,
}

#[test]
fn what_others_say_of_real_accounts_is_said_here_too() {
    let Some(data) = shared_data() else { return };
    let cases: Cases = serde_json::from_str(&fs::read_to_string(data.join("expected.json")).unwrap()).unwrap();
    assert!(!cases.cases.is_empty());
    let wrong: Vec<String> = cases.cases.iter().filter_map(|case| against(&data, case).err()).collect();
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.cases.len(), wrong.join("\n"));
}

fn against(data: &Path, case: &Case) -> Result<(), String> {
    let folder = folder();
    let output = egress(folder.path())
        .args(["trace", &case.source, "--to", &case.destination, "--output", "json", "--snapshot"])
        .arg(data.join(&case.snapshot))
        .output()
        .unwrap();
    let what = format!("{} in {} to {}", case.source, case.snapshot, case.destination);
    if output.stdout.is_empty() {
        return Err(format!("{what}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let answer = checked("trace", &output.stdout);
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let paths = answer["paths"].as_array().unwrap();
    let passes =
        |id: &String| paths.iter().flat_map(|path| path["hops"].as_array().unwrap()).any(|hop| hop["id"] == **id);
    let missing = texts(&answer["missing"]).join("; ");
    let said = answer.to_string();
    let same = answer["verdict"] == case.verdict
        && texts(&answer["source_ips"]) == case.source_ips
        && case.through.iter().all(passes)
        && case.missing.iter().all(|word| missing.contains(word))
        && case.finding.iter().all(|rule| said.contains(rule));
    if same { Ok(()) } else { Err(format!("{what}: {} {} missing {missing}", answer["verdict"], answer["source_ips"])) }
}
