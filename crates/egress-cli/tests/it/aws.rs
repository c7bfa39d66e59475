//! The AWS backend as its users meet it where something is wrong: one clear error each, an exit code, nothing done.

use std::{
    io::{Read as _, Write as _},
    net::TcpListener,
    path::Path,
    process::Output,
};

use crate::{egress, folder, run};

const SPEC: &str = "stack = \"shop\"\npreset = \"lambda-static-ip\"\n";

/// `egress` where nothing of the tester's own AWS is known, with credentials that any emulator takes.
fn on_aws(folder: &Path) -> assert_cmd::Command {
    let mut command = egress(folder);
    for name in ["AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONFIG_FILE", "AWS_ENDPOINT_URL", "AWS_DEFAULT_REGION"] {
        command.env_remove(name);
    }
    command
        .env("HOME", folder)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_REGION", "ap-northeast-1")
        .env("AWS_ACCESS_KEY_ID", "any")
        .env("AWS_SECRET_ACCESS_KEY", "any");
    std::fs::write(folder.join("egress.toml"), SPEC).unwrap();
    command
}

fn said(output: &Output) -> String {
    let code = output.status.code().unwrap();
    format!("{}-- exit {code}\n", String::from_utf8(output.stderr.clone()).unwrap())
}

/// What `egress plan` says with these arguments, by itself.
fn plan(line: &str) -> String {
    let folder = folder();
    said(&on_aws(folder.path()).arg("plan").args(line.split_whitespace()).output().unwrap())
}

/// The same, with the emulator as its AWS.
fn plan_on_the_emulator(line: &str) -> String {
    let folder = folder();
    let mut command = on_aws(folder.path());
    command.args(["mock", "run", "--", env!("CARGO_BIN_EXE_egress"), "plan"]).args(line.split_whitespace());
    said(&command.output().unwrap())
}

#[test]
fn without_credentials_it_is_said_where_they_were_looked_for() {
    let folder = folder();
    let mut command = on_aws(folder.path());
    command.env_remove("AWS_ACCESS_KEY_ID").env_remove("AWS_SECRET_ACCESS_KEY").arg("plan");
    insta::assert_snapshot!(said(&command.output().unwrap()));
}

#[test]
fn what_makes_no_sense_is_refused_before_aws_is_asked() {
    insta::assert_snapshot!(
        [plan("--region mars-1"), plan("--role-arn nonsense"), plan("--endpoint-url nonsense"),].concat()
    );
}

#[test]
fn an_endpoint_where_nobody_listens_is_named() {
    // A port that was free a moment ago.
    let url = format!("http://{}", TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
    let told = plan(&format!("--endpoint-url {url}")).replace(&url, "URL");
    let lines: Vec<&str> = told.lines().skip(1).collect();
    let hint = "hint: is URL up, and reachable from here? it comes from --endpoint-url or AWS_ENDPOINT_URL";
    assert_eq!(lines, [hint, "-- exit 1"], "{told}");
    assert!(told.contains("Connection refused"), "{told}");
}

#[test]
fn an_answer_that_is_none_of_awss_is_said_to_be_unreadable() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let page = "<html>sign in to the hotel</html>";
            let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", page.len());
            // Whether the client still listens is its own affair.
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all((head + page).as_bytes());
        }
    });
    let told = plan(&format!("--endpoint-url {url}")).replace(&url, "URL");
    assert!(told.contains("an answer that cannot be read"), "{told}");
    assert!(told.ends_with("AWS_ENDPOINT_URL\n-- exit 1\n"), "{told}");
}

#[test]
fn a_role_that_cannot_be_assumed_is_said_so() {
    insta::assert_snapshot!(plan_on_the_emulator("--role-arn arn:aws:iam::123456789012:role/none"));
}

#[test]
fn another_account_and_another_region_are_refused() {
    let folder = folder();
    let mut command = on_aws(folder.path());
    std::fs::write(folder.path().join("egress.toml"), format!("account = \"999999999999\"\n{SPEC}")).unwrap();
    command.args(["mock", "run", "--spec", "absent.toml", "--", env!("CARGO_BIN_EXE_egress"), "plan"]);
    let account = said(&command.output().unwrap());
    insta::assert_snapshot!(account + &plan_on_the_emulator("--region eu-west-1"));
}

#[test]
fn the_policy_of_the_operator_needs_no_aws() {
    let folder = folder();
    let printed = run(folder.path(), "iam-policy --verb ips --region cn-north-1");
    assert!(printed.contains("\"arn:aws-cn:iam::*:role/*\"") && printed.ends_with("-- exit 0\n"), "{printed}");
    insta::assert_snapshot!(run(folder.path(), "iam-policy --deny-release --region ap-northeast-1"));
}

#[test]
fn whoever_only_looks_needs_to_read_alone() {
    let folder = folder();
    let policy =
        |verb: &str| run(folder.path(), &format!("iam-policy --verb {verb}")).split_once('\n').unwrap().1.to_owned();
    let trace = policy("trace");
    assert_eq!((policy("doctor"), policy("snapshot")), (trace.clone(), trace.clone()));
    insta::assert_snapshot!(trace);
}
