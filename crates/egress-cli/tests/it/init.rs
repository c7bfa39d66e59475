//! `egress init`.

use std::fs;

use crate::{egress, folder, run};

#[test]
fn init_writes_a_spec_and_says_what_comes_next() {
    let folder = folder();
    insta::assert_snapshot!(run(folder.path(), "init --stack shop --region ap-northeast-1 --function order-sync"));
    insta::assert_snapshot!(
        "the_spec_that_init_writes",
        fs::read_to_string(folder.path().join("egress.toml")).unwrap()
    );
}

#[test]
fn init_never_overwrites_unasked() {
    let folder = folder();
    let file = folder.path().join("egress.toml");
    fs::write(&file, "mine").unwrap();
    insta::assert_snapshot!(run(folder.path(), "init --stack shop"));
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    egress(folder.path()).args(["init", "--stack", "shop", "--force"]).assert().success();
    assert_ne!(fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn init_leaves_nothing_but_the_spec() {
    let folder = folder();
    egress(folder.path()).args(["init", "--stack", "shop"]).assert().success();
    let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["egress.toml"]);
}

#[test]
fn the_schema_is_json_and_nothing_is_written() {
    let folder = folder();
    let output = egress(folder.path()).args(["init", "--schema"]).output().unwrap();
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(schema["type"], "object");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
