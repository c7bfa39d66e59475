//! What is there already, adopted; and functions that another tool attaches.

use std::{fs, path::Path};

use crate::{egress, folder, run};

fn mock(folder: &Path, line: &str) -> assert_cmd::assert::Assert {
    egress(folder).env("EGRESS_CLOUD", "mock").args(line.split_whitespace()).assert()
}

/// A folder with a cloud that holds the reference topology with a function in it, made by hand, and no file.
fn by_hand() -> tempfile::TempDir {
    let folder = folder();
    for line in ["init --stack shop --function order-sync", "mock function order-sync", "apply --yes", "mock disown"] {
        mock(folder.path(), line).success();
    }
    fs::remove_file(folder.path().join("egress.toml")).unwrap();
    folder
}

#[test]
fn what_is_there_is_adopted_with_one_command_and_nothing_changes() {
    let folder = by_hand();
    let things = || {
        let text = fs::read_to_string(folder.path().join(".egress-mock.json")).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["model"]["world"]["network"]["networks"].clone()
    };
    let before = things();
    insta::assert_snapshot!(run(folder.path(), "adopt --stack shop --cloud mock"));
    insta::assert_snapshot!("the_adopted_file", fs::read_to_string(folder.path().join("egress.toml")).unwrap());
    mock(folder.path(), "plan --detailed-exitcode").code(0);
    insta::assert_snapshot!("the_adopted_stack", run(folder.path(), "status --cloud mock"));
    mock(folder.path(), "verify").success();
    insta::assert_snapshot!("the_adopted_stack_destroyed", run(folder.path(), "destroy --yes --cloud mock"));
    assert_eq!(things(), before);
    mock(folder.path(), "plan --detailed-exitcode").code(0);
}

#[test]
fn adopting_overwrites_nothing_unasked_and_can_be_printed() {
    let folder = by_hand();
    let printed =
        mock(folder.path(), "adopt --stack shop --stdout --function order-sync").success().get_output().clone();
    assert!(!folder.path().join("egress.toml").exists());
    mock(folder.path(), "adopt --stack shop").success();
    assert_eq!(fs::read(folder.path().join("egress.toml")).unwrap(), printed.stdout);
    mock(folder.path(), "adopt --stack shop").code(4);
    mock(folder.path(), "adopt --stack shop --force").success();
}

#[test]
fn what_cannot_be_adopted_is_said() {
    let folder = folder();
    insta::assert_snapshot!(run(folder.path(), "adopt --stack shop --cloud mock"));
    mock(folder.path(), "mock function order-sync").success();
    insta::assert_snapshot!(
        "a_function_in_no_network",
        run(folder.path(), "adopt --stack shop --function order-sync --cloud mock")
    );
}

#[test]
fn a_function_that_another_tool_attaches_is_told_what_it_needs() {
    let folder = folder();
    mock(folder.path(), "init --stack shop --function web").success();
    let file = folder.path().join("egress.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("name = \"web\"\n", "name = \"web\"\nattach = \"external\"\n")).unwrap();
    mock(folder.path(), "mock function web").success();
    mock(folder.path(), "apply --yes --quiet").success();
    insta::assert_snapshot!(run(folder.path(), "apply --cloud mock"));
    insta::assert_snapshot!("an_external_function_is_not_proven", run(folder.path(), "verify --cloud mock"));
    mock(folder.path(), "destroy --yes").success();
}

#[test]
fn a_function_of_cloudformations_needs_force() {
    let folder = folder();
    mock(folder.path(), "init --stack shop --function sam").success();
    mock(folder.path(), "mock function sam --cloudformation shop-api").success();
    insta::assert_snapshot!(run(folder.path(), "apply --yes --cloud mock"));
    mock(folder.path(), "apply --yes --force sam").success();
    mock(folder.path(), "plan --detailed-exitcode").code(0);
}
