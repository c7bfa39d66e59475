//! The whole journey on the cloud in a file, as somebody without an account would try it.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{egress, folder, run, timeless};

/// A folder with a stack that is applied, with one function.
pub(crate) fn applied() -> tempfile::TempDir {
    let folder = folder();
    for line in ["init --stack shop --function order-sync", "mock function order-sync", "apply --yes"] {
        mock(folder.path(), line).success();
    }
    folder
}

pub(crate) fn mock(folder: &Path, line: &str) -> assert_cmd::assert::Assert {
    egress(folder).env("EGRESS_CLOUD", "mock").args(line.split_whitespace()).assert()
}

pub(crate) fn stdout(folder: &Path, line: &str) -> String {
    timeless(&String::from_utf8(mock(folder, line).get_output().stdout.clone()).unwrap())
}

#[test]
fn apply_prints_the_ip_and_a_second_apply_does_nothing() {
    let folder = folder();
    mock(folder.path(), "init --stack shop --function order-sync").success();
    mock(folder.path(), "mock function order-sync").success();
    insta::assert_snapshot!(stdout(folder.path(), "apply --yes"));
    insta::assert_snapshot!(stdout(folder.path(), "apply"));
    mock(folder.path(), "plan --detailed-exitcode").code(0);
}

#[test]
fn plan_says_by_its_exit_code_that_something_has_drifted_and_apply_mends_it() {
    let folder = applied();
    mock(folder.path(), "mock break nat-route").success();
    mock(folder.path(), "plan --detailed-exitcode").code(2);
    insta::assert_snapshot!(run(folder.path(), "status --cloud mock"));
    mock(folder.path(), "apply --yes").success();
    mock(folder.path(), "verify").success();
}

#[test]
fn the_ips_can_be_pasted_and_are_what_a_third_party_sees() {
    let folder = applied();
    let ip = stdout(folder.path(), "ips").trim().to_owned();
    assert_eq!(stdout(folder.path(), "mock call order-sync https://ip.mock.test/").trim(), ip);
    assert!(stdout(folder.path(), "mock call order-sync https://wechat.mock.test/").contains("40164"));
    mock(folder.path(), &format!("mock allow wechat {ip}")).success();
    assert!(stdout(folder.path(), "mock call order-sync https://wechat.mock.test/").contains("access_token"));
}

#[test]
fn the_address_outlives_the_stack_and_is_used_again() {
    let folder = applied();
    let ip = stdout(folder.path(), "ips");
    mock(folder.path(), "destroy --yes").success();
    assert_eq!(stdout(folder.path(), "ips"), ip);
    insta::assert_snapshot!(stdout(folder.path(), "status"));
    mock(folder.path(), "apply --yes").success();
    assert_eq!(stdout(folder.path(), "ips"), ip);
}

#[test]
fn an_address_is_released_only_by_its_name() {
    let folder = applied();
    let ip = stdout(folder.path(), "ips").trim().to_owned();
    mock(folder.path(), "destroy --yes --release-address 192.0.2.1").failure();
    assert_eq!(stdout(folder.path(), "ips").trim(), ip);
    mock(folder.path(), &format!("destroy --yes --release-address {ip}")).success();
    mock(folder.path(), "ips").code(6);
}

#[test]
fn without_a_terminal_nothing_is_done_unasked() {
    let folder = applied();
    let before = fs::read_to_string(folder.path().join(".egress-mock.json")).unwrap();
    insta::assert_snapshot!(run(folder.path(), "destroy --cloud mock --quiet"));
    let things = |text: &str| serde_json::from_str::<Value>(text).unwrap()["model"]["world"].clone();
    let after = fs::read_to_string(folder.path().join(".egress-mock.json")).unwrap();
    assert_eq!(things(&before), things(&after));
}

#[test]
fn a_function_is_attached_and_gets_back_what_it_had() {
    let folder = applied();
    mock(folder.path(), "mock function invoice").success();
    insta::assert_snapshot!(stdout(folder.path(), "attach invoice"));
    assert_eq!(stdout(folder.path(), "mock call invoice https://ip.mock.test/"), stdout(folder.path(), "ips"));
    insta::assert_snapshot!(stdout(folder.path(), "detach invoice"));
    assert_ne!(stdout(folder.path(), "mock call invoice https://ip.mock.test/"), stdout(folder.path(), "ips"));
}

#[test]
fn an_unknown_function_and_one_without_a_role_are_refused() {
    let folder = applied();
    insta::assert_snapshot!(run(folder.path(), "attach nobody --cloud mock"));
    mock(folder.path(), "mock function bare --no-role").success();
    insta::assert_snapshot!(run(folder.path(), "attach bare --cloud mock"));
}

#[test]
fn every_verb_prints_exactly_one_json_document() {
    let folder = applied();
    for line in ["plan", "apply", "status", "ips", "verify", "graph", "destroy --yes"] {
        let output = mock(folder.path(), &format!("{line} --output json")).success().get_output().clone();
        serde_json::from_slice::<Value>(&output.stdout).unwrap();
        for said in String::from_utf8(output.stderr).unwrap().lines() {
            serde_json::from_str::<Value>(said).unwrap();
        }
    }
}

#[test]
fn the_picture_goes_where_it_is_sent() {
    let folder = applied();
    mock(folder.path(), "graph --format svg --out egress.svg").success().stdout("");
    assert!(fs::read_to_string(folder.path().join("egress.svg")).unwrap().starts_with("<svg"));
    insta::assert_snapshot!(stdout(folder.path(), "graph"));
}

#[cfg(unix)]
#[test]
fn ctrl_c_finishes_what_is_in_flight_and_says_what_stands() {
    use std::{
        io::{BufRead, BufReader, Read},
        process::{Command, Stdio},
    };
    let folder = folder();
    mock(folder.path(), "init --stack shop").success();
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("egress"))
        .args(["apply", "--yes", "--cloud", "mock", "--profile", "aws", "--speed", "5"])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("wait until nat-gateway") || !line.contains("usually") {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "it never waited for the gateway");
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(130), "{said}{rest}");
    assert!(said.contains("stopped after") && said.contains("what stands"), "{said}");
    // What was made is kept.
    let kept: Value = serde_json::from_str(&stdout(folder.path(), "status --output json")).unwrap();
    let has = |key: &str| kept["resources"].as_array().unwrap().iter().any(|resource| resource["key"] == key);
    assert!(has("network/lambda_vpc") && has("address/lambda_nat"), "{kept}");
    assert!(kept.get("lock").is_none(), "the lock was given back: {kept}");
}
