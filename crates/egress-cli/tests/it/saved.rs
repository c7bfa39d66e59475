//! Saved plans.

use std::fs;

use serde_json::Value;

use crate::{
    egress, folder,
    journey::{applied, mock, stdout},
    run, timeless,
};

/// A folder with a plan for a stack that is not there yet.
fn planned() -> tempfile::TempDir {
    let folder = folder();
    for line in ["init --stack shop --function order-sync", "mock function order-sync", "plan --out shop.plan"] {
        mock(folder.path(), line).success();
    }
    folder
}

/// What a run says, without the time that has passed since the plan was made.
fn said(folder: &tempfile::TempDir, line: &str) -> String {
    let said = run(folder.path(), &format!("{line} --cloud mock --quiet"));
    let Some((before, after)) = said.split_once(" was made, ") else { return said };
    let (_, after) = after.split_once(" ago").unwrap();
    format!("{before} was made, [age] ago{after}")
}

#[test]
fn a_saved_plan_is_done_as_it_was_shown_and_only_once() {
    let folder = planned();
    let shown = stdout(folder.path(), "plan");
    let applied = mock(folder.path(), "apply shop.plan").success();
    let talk = String::from_utf8(applied.get_output().stderr.clone()).unwrap();
    assert!(talk.starts_with(&shown), "{talk}");
    insta::assert_snapshot!(timeless(&String::from_utf8(applied.get_output().stdout.clone()).unwrap()));
    mock(folder.path(), "plan --detailed-exitcode").code(0);
    let again = said(&folder, "apply shop.plan");
    assert!(again.contains("nothing is left to do") && again.ends_with("exit 4\n"), "{again}");
}

#[test]
fn a_saved_plan_needs_no_spec_beside_it_and_says_where_that_has_changed() {
    let folder = planned();
    let spec = folder.path().join("egress.toml");
    let text = fs::read_to_string(&spec).unwrap();
    fs::write(&spec, text.replace("\"shop\"", "\"other\"")).unwrap();
    let applied = mock(folder.path(), "apply shop.plan").success();
    let talk = String::from_utf8(applied.get_output().stderr.clone()).unwrap();
    assert!(talk.contains("egress.toml says something else"), "{talk}");
    fs::remove_file(&spec).unwrap();
    mock(folder.path(), "mock break nat-route").success();
    mock(folder.path(), "apply shop.plan").code(4);
}

#[test]
fn a_cloud_that_has_moved_is_told_thing_by_thing_and_nothing_is_done() {
    let folder = applied();
    mock(folder.path(), "mock break nat-route").success();
    mock(folder.path(), "plan --out mend.plan").success();
    // What the plan did not read may change.
    mock(folder.path(), "mock function invoice").success();
    mock(folder.path(), "apply mend.plan").success();
    mock(folder.path(), "mock break nat-route").success();
    mock(folder.path(), "plan --out mend.plan").success();
    mock(folder.path(), "detach order-sync").success();
    mock(folder.path(), "mock function invoice2").success();
    insta::assert_snapshot!(said(&folder, "apply mend.plan"));
    let status: Value = serde_json::from_str(&stdout(folder.path(), "status --output json")).unwrap();
    assert_eq!(status["standing"], "drifted");
}

#[cfg(unix)]
#[test]
fn a_saved_plan_is_for_its_owners_eyes_and_replaces_only_another_one() {
    use std::os::unix::fs::PermissionsExt;
    let folder = planned();
    let mode = || fs::metadata(folder.path().join("shop.plan")).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    fs::set_permissions(folder.path().join("shop.plan"), PermissionsExt::from_mode(0o644)).unwrap();
    mock(folder.path(), "plan --out shop.plan").success();
    assert_eq!(mode(), 0o600);
    let before = fs::read(folder.path().join("egress.toml")).unwrap();
    mock(folder.path(), "plan --out egress.toml").code(4);
    assert_eq!(fs::read(folder.path().join("egress.toml")).unwrap(), before);
}

#[test]
fn what_is_no_saved_plan_is_said_so() {
    let folder = planned();
    let said = ["apply egress.toml", "apply nowhere.plan", "apply /dev/zero"].map(|line| said(&folder, line));
    insta::assert_snapshot!(said.join("\n"));
    egress(folder.path()).args(["apply", "shop.plan", "--leave-vpc", "vpc-1"]).assert().code(64);
}

#[test]
fn a_plan_for_another_account_or_region_is_refused() {
    let folder = planned();
    let elsewhere = folder.path().join("egress.toml");
    let text = fs::read_to_string(&elsewhere).unwrap();
    fs::write(&elsewhere, text.replacen("stack =", "region = \"eu-west-1\"\nstack =", 1)).unwrap();
    insta::assert_snapshot!(said(&folder, "apply shop.plan --mock-file elsewhere.json"));
}
