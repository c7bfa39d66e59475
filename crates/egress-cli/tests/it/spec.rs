//! A broken egress.toml.

use std::fs;

use crate::{egress, folder, run};

const BROKEN: &str = r#"stack = "Shop"
preset = "lambda-static-ip"
colour = "blue"

[network]
cidr = "10.0.0.0/8"

[[function]]
name = "order-sync"
permission = "all"
"#;

#[test]
fn every_mistake_is_said_at_once_with_its_line() {
    let folder = folder();
    fs::write(folder.path().join("egress.toml"), BROKEN).unwrap();
    insta::assert_snapshot!(run(folder.path(), "plan --cloud mock"));
}

#[test]
fn text_without_its_end_is_shown_with_its_line() {
    let folder = folder();
    fs::write(folder.path().join("egress.toml"), "stack = \"shop\npreset = \"lambda-static-ip\"\n").unwrap();
    insta::assert_snapshot!(run(folder.path(), "plan --cloud mock"));
}

#[test]
fn in_json_each_mistake_has_its_line_and_column() {
    let folder = folder();
    fs::write(folder.path().join("egress.toml"), BROKEN).unwrap();
    let output = egress(folder.path()).args(["plan", "--cloud", "mock", "--output", "json"]).output().unwrap();
    let error: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    insta::assert_json_snapshot!(error);
}

#[test]
fn what_init_writes_is_a_spec_without_a_mistake() {
    let folder = folder();
    egress(folder.path()).args(["init", "--stack", "shop", "--function", "order-sync"]).assert().success();
    let said = run(folder.path(), "ips --cloud mock");
    assert!(!said.contains("egress.toml"), "{said}");
}

#[test]
fn a_spec_for_another_region_than_the_clouds_is_refused() {
    let folder = folder();
    egress(folder.path()).args(["init", "--stack", "shop", "--region", "eu-west-1"]).assert().success();
    egress(folder.path()).args(["ips", "--cloud", "mock"]).assert().code(6);
    egress(folder.path()).args(["init", "--stack", "shop", "--region", "us-east-1", "--force"]).assert().success();
    insta::assert_snapshot!(run(folder.path(), "ips --cloud mock"));
}
