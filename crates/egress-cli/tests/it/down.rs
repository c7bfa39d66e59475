//! Down again: what would go, what comes back.

use std::{fs, path::Path};

use crate::{
    folder,
    journey::{applied, mock, stdout},
    run, timeless,
};

/// What a run says, without how long it took.
fn said(folder: &Path, line: &str) -> String {
    timeless(&run(folder, line))
}

#[test]
fn a_dry_run_shows_what_destroy_would_do_and_does_nothing() {
    let folder = applied();
    let before = stdout(folder.path(), "status");
    insta::assert_snapshot!(said(folder.path(), "destroy --dry-run --cloud mock"));
    assert_eq!(stdout(folder.path(), "status"), before);
    // It is refused as the deed would be.
    mock(folder.path(), "destroy --dry-run --release-address 192.0.2.1").code(6);
    mock(folder.path(), "destroy --dry-run --yes").code(64);
}

#[test]
fn an_address_that_was_given_away_is_had_back_unless_another_account_was_faster() {
    let folder = applied();
    let ip = stdout(folder.path(), "ips").trim().to_owned();
    insta::assert_snapshot!(said(folder.path(), &format!("recover {ip} --cloud mock")));
    mock(folder.path(), &format!("destroy --yes --release-address {ip}")).success();
    insta::assert_snapshot!(said(folder.path(), &format!("recover {ip} --cloud mock")));
    mock(folder.path(), "apply --yes").success();
    assert_eq!(stdout(folder.path(), "ips").trim(), ip);

    mock(folder.path(), &format!("destroy --yes --release-address {ip}")).success();
    mock(folder.path(), &format!("mock take {ip}")).success();
    insta::assert_snapshot!(said(folder.path(), &format!("recover {ip} --cloud mock --quiet")));
    mock(folder.path(), &format!("mock take {ip}")).code(6);
}

#[test]
fn where_the_stack_has_its_address_the_one_that_comes_back_is_kept_apart() {
    let folder = applied();
    let ip = stdout(folder.path(), "ips").trim().to_owned();
    mock(folder.path(), &format!("destroy --yes --release-address {ip}")).success();
    mock(folder.path(), "apply --yes").success();
    insta::assert_snapshot!(said(folder.path(), &format!("recover {ip} --cloud mock")));
    assert!(stdout(folder.path(), "ips").contains(&ip));
    mock(folder.path(), "plan --detailed-exitcode").code(0);
}

#[cfg(unix)]
#[test]
fn a_full_disk_for_the_output_is_no_failure_of_what_was_done() {
    let folder = folder();
    for line in ["init --stack shop", "apply --yes --quiet"] {
        mock(folder.path(), line).success();
    }
    mock(folder.path(), "mock break nat-route").success();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("egress"));
    command.current_dir(folder.path()).env("NO_COLOR", "1").args(["apply", "--yes", "--cloud", "mock"]).stdout(full);
    let output = command.output().unwrap();
    let said = timeless(&String::from_utf8(output.stderr).unwrap());
    assert_eq!(output.status.code(), Some(9), "{said}");
    let end = said.split_once("\n\napplied:").unwrap().1;
    insta::assert_snapshot!(end);
    mock(folder.path(), "plan --detailed-exitcode").code(0);
}
