//! `egress snapshot`, and looking into what it wrote.

use std::{fs, path::Path};

use crate::{
    egress, folder,
    journey::mock,
    looks::{edit, looked_at, without_nat_route},
    run,
};

/// What a run printed to stdout, without its first line, which names the command.
fn body(said: &str) -> &str {
    said.split_once('\n').unwrap().1
}

#[test]
fn a_snapshot_is_written_into_a_new_folder_and_never_over_anything() {
    let folder = looked_at();
    let line = "snapshot account --cloud mock";
    let first = run(folder.path(), line);
    let again = run(folder.path(), line);
    insta::assert_snapshot!(format!("{first}\n{again}"));
    fs::create_dir(folder.path().join("empty")).unwrap();
    mock(folder.path(), "snapshot empty").success();
    fs::write(folder.path().join("file"), "").unwrap();
    mock(folder.path(), "snapshot file").code(9);
}

#[test]
fn what_is_asked_of_a_snapshot_is_answered_as_the_account_itself_does() {
    let folder = looked_at();
    for broken in [false, true] {
        if broken {
            edit(folder.path(), without_nat_route);
        }
        let name = format!("account-{broken}");
        mock(folder.path(), &format!("snapshot {name}")).success();
        for asked in ["trace order-sync --to 8.8.8.8", "trace invoice --to 8.8.8.8", "ips --all", "doctor"] {
            let live = run(folder.path(), &format!("{asked} --cloud mock"));
            let files = run(folder.path(), &format!("{asked} --snapshot {name}"));
            assert_eq!(body(&live), body(&files), "{asked}");
        }
    }
}

/// A folder with a snapshot of one account and region in a folder of its own.
fn snapshot_of(into: &Path, account: &str, region: &str) {
    let folder = folder();
    let spec =
        format!("stack = \"shop\"\npreset = \"lambda-static-ip\"\naccount = \"{account}\"\nregion = \"{region}\"\n");
    fs::write(folder.path().join("egress.toml"), spec).unwrap();
    mock(folder.path(), "mock function order-sync").success();
    let into = into.join(format!("{account}-{region}"));
    egress(folder.path()).env("EGRESS_CLOUD", "mock").arg("snapshot").arg(into).assert().success();
}

#[test]
fn of_several_places_the_one_that_holds_the_source_is_taken_or_has_to_be_chosen() {
    let folder = folder();
    let all = folder.path().join("all");
    fs::create_dir(&all).unwrap();
    snapshot_of(&all, "111111111111", "eu-west-1");
    snapshot_of(&all, "111111111111", "us-east-1");
    snapshot_of(&all, "222222222222", "us-east-1");
    let trace = |rest: &str| run(folder.path(), &format!("trace order-sync --to 8.8.8.8 --snapshot all {rest}"));
    insta::assert_snapshot!(
        [
            trace(""),
            trace("--region us-east-1"),
            trace("--region us-east-1 --account 222222222222"),
            trace("--region eu-west-1"),
            trace("--region sa-east-1"),
        ]
        .join("\n")
    );
}

#[test]
fn what_is_no_snapshot_is_said_so() {
    let folder = folder();
    fs::create_dir(folder.path().join("empty")).unwrap();
    let trace = |name: &str| run(folder.path(), &format!("trace order-sync --to 8.8.8.8 --snapshot {name}"));
    insta::assert_snapshot!([trace("nowhere"), trace("empty")].join("\n"));
}

#[test]
fn of_what_no_file_tells_nobody_can_tell() {
    let folder = folder();
    fs::create_dir(folder.path().join("part")).unwrap();
    let subnets = r#"{"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24",
        "AvailabilityZone": "eu-west-1a", "OwnerId": "123456789012", "State": "available"}]}"#;
    fs::write(folder.path().join("part/subnets.json"), subnets).unwrap();
    let ask = |line: &str| run(folder.path(), &format!("{line} --snapshot part"));
    let asked = [
        "trace order-sync --to 8.8.8.8",
        "trace eni-1 --to 8.8.8.8",
        "trace subnet-1 --to 8.8.8.8",
        // The subnets are all there: this one is not among them.
        "trace subnet-2 --to 8.8.8.8",
        "doctor order-sync",
        "doctor",
        "ips --all",
    ];
    insta::assert_snapshot!(asked.map(ask).join("\n"));
}
