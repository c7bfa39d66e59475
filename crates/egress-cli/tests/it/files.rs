//! Files that are missing, broken, or cannot be written.

use std::fs;

use crate::{egress, folder, run};

#[test]
fn a_missing_spec_is_answered_with_init() {
    insta::assert_snapshot!(run(folder().path(), "plan --cloud mock"));
}

#[test]
fn a_corrupt_mock_file_is_left_as_it_is() {
    let folder = folder();
    egress(folder.path()).args(["init", "--stack", "shop"]).assert().success();
    let file = folder.path().join(".egress-mock.json");
    fs::write(&file, "{ \"half\": ").unwrap();
    insta::assert_snapshot!(run(folder.path(), "plan --cloud mock"));
    assert_eq!(fs::read_to_string(&file).unwrap(), "{ \"half\": ");
}

#[test]
fn a_folder_that_cannot_be_written_is_said_so() {
    insta::assert_snapshot!(run(folder().path(), "init --stack shop --spec no/such/folder/egress.toml"));
}

#[test]
fn a_mock_file_in_a_folder_that_is_not_there_is_said_so() {
    let folder = folder();
    egress(folder.path()).args(["init", "--stack", "shop"]).assert().success();
    insta::assert_snapshot!(run(folder.path(), "plan --cloud mock --mock-file no/such/cloud.json"));
}

#[test]
fn a_spec_that_is_no_text_is_said_so_with_its_line() {
    let folder = folder();
    fs::write(folder.path().join("egress.toml"), b"stack = \"shop\"\n# caf\xe9\n").unwrap();
    insta::assert_snapshot!(run(folder.path(), "plan --cloud mock"));
}

#[test]
fn a_device_is_no_spec_and_no_mock_file() {
    let folder = folder();
    let mut said = run(folder.path(), "plan --cloud mock --spec /dev/zero");
    egress(folder.path()).args(["init", "--stack", "shop"]).assert().success();
    said += &run(folder.path(), "apply --yes --cloud mock --mock-file /dev/zero");
    insta::assert_snapshot!(said);
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_and_a_device_is_written_into_and_neither_is_replaced() {
    use std::os::unix::fs::{FileTypeExt, symlink};
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    // By way of a link, so that a mistake replaces the link and not the machine's own device.
    symlink("/dev/null", at("device")).unwrap();
    symlink("picture.svg", at("link")).unwrap();
    fs::write(at("picture.svg"), "old").unwrap();
    egress(folder.path()).args(["init", "--stack", "shop"]).assert().success();
    for out in ["device", "link"] {
        let line = ["graph", "--cloud", "mock", "--format", "svg", "--all", "--out", out];
        egress(folder.path()).args(line).assert().success();
        assert!(fs::symlink_metadata(at(out)).unwrap().is_symlink(), "{out}");
    }
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
    assert!(fs::read_to_string(at("picture.svg")).unwrap().starts_with("<svg"));
}
