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
