//! The lock as its users meet it: a run that is killed, one that is in the way, and twenty at once.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::Value;

use crate::{egress, folder};

fn mock(folder: &Path, line: &str) -> assert_cmd::assert::Assert {
    egress(folder).env("EGRESS_CLOUD", "mock").args(line.split_whitespace()).assert()
}

fn said(assert: &assert_cmd::assert::Assert) -> String {
    let output = assert.get_output();
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn status(folder: &Path) -> Value {
    serde_json::from_slice(&mock(folder, "status --output json").get_output().stdout).unwrap()
}

/// A folder whose cloud holds the lock of an `apply` that was killed half-way.
fn killed() -> tempfile::TempDir {
    let folder = folder();
    mock(folder.path(), "init --stack shop").success();
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("egress"))
        .args(["apply", "--yes", "--cloud", "mock", "--profile", "aws", "--speed", "5"])
        .env("USER", "ana")
        .env("HOSTNAME", "laptop")
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The lock is had before the plan is made, and nothing is made before the plan is shown.
    wait_for(&mut child, "monthly cost");
    child.kill().unwrap();
    child.wait().unwrap();
    // What was made a moment ago may not be visible yet.
    let seen = (0..100).any(|_| status(folder.path()).get("lock").is_some());
    assert!(seen, "the lock is never seen");
    folder
}

/// Reads what a run says until it says this.
fn wait_for(child: &mut Child, text: &str) {
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains(text) {
        line.clear();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "it never said `{text}`");
    }
}

#[test]
fn a_run_that_was_killed_is_named_and_its_lock_can_be_given_up() {
    let folder = killed();
    let lock = status(folder.path())["lock"].clone();
    assert_eq!(lock["command"], "apply");
    let who = "ana@laptop (arn:aws:iam::123456789012:user/egress)";
    assert_eq!(lock["who"], who);
    assert!(said(&mock(folder.path(), "status")).contains(&format!("{who} works on stack shop (`egress apply`, for ")));

    for line in ["apply --yes", "destroy --yes", "attach f", "detach f", "verify"] {
        let refused = mock(folder.path(), line).code(10);
        let said = said(&refused);
        assert!(said.contains(&format!("error: {who} works on stack shop")), "{line}: {said}");
        assert!(said.contains("hint: ") && said.contains("`egress unlock`"), "{line}: {said}");
    }
    // What only looks needs no lock.
    mock(folder.path(), "plan").success();

    let nobody_to_ask = mock(folder.path(), "unlock").code(64);
    assert!(said(&nobody_to_ask).contains(who));
    assert!(said(&mock(folder.path(), "unlock --yes").success()).contains("was given up"));
    assert!(status(folder.path()).get("lock").is_none());
    assert!(said(&mock(folder.path(), "unlock --yes").success()).contains("stack shop is not locked"));
    let document = mock(folder.path(), "unlock --output json").success().get_output().stdout.clone();
    assert_eq!(serde_json::from_slice::<Value>(&document).unwrap()["given_up"], Value::Null);

    mock(folder.path(), "apply --yes").success();
    let standing = status(folder.path());
    assert_eq!(standing["standing"], "as-specified", "{standing}");
    assert!(standing.get("lock").is_none(), "{standing}");
}

#[test]
fn whoever_wants_no_lock_works_without() {
    let folder = killed();
    mock(folder.path(), "apply --yes --no-lock").success();
    let standing = status(folder.path());
    assert_eq!((&standing["standing"], &standing["lock"]["command"]), (&"as-specified".into(), &"apply".into()));
    mock(folder.path(), "apply --no-lock --lock-timeout 5").code(64);
}

#[test]
fn a_file_for_another_account_makes_no_lock_there() {
    let folder = folder();
    mock(folder.path(), "init --stack shop").success();
    mock(folder.path(), "apply --yes").success();
    let spec = folder.path().join("egress.toml");
    let text = std::fs::read_to_string(&spec).unwrap().replacen("stack", "account = \"999999999999\"\nstack", 1);
    std::fs::write(&spec, text).unwrap();
    assert!(said(&mock(folder.path(), "apply --yes").code(7)).contains("999999999999"));
    let kept = std::fs::read_to_string(folder.path().join(".egress-mock.json")).unwrap();
    let kept: Value = serde_json::from_str(&kept).unwrap();
    assert!(kept["model"]["world"]["network"].get("leases").is_none());
}

#[cfg(feature = "aws")]
mod on_a_server {
    use super::*;

    /// A mock cloud behind AWS's wire formats, which ends with this.
    struct Server {
        child: Child,
        url: String,
    }

    impl Server {
        fn start(folder: &Path) -> Self {
            let mut child = Command::new(assert_cmd::cargo::cargo_bin("egress"))
                .args(["mock", "serve", "--port", "0", "--profile", "aws", "--speed", "300", "--output", "json"])
                .current_dir(folder)
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .spawn()
                .unwrap();
            let mut stdout = BufReader::new(child.stdout.take().unwrap());
            let mut text = String::new();
            let ready = loop {
                assert_ne!(stdout.read_line(&mut text).unwrap(), 0, "it ended: {text}");
                if let Ok(ready) = serde_json::from_str::<Value>(&text) {
                    break ready;
                }
            };
            let url = ready["endpoint_url"].as_str().unwrap().to_owned();
            Self { child, url }
        }

        /// A run that works on the server's cloud.
        fn run(&self, folder: &Path, line: &str) -> Child {
            Command::new(assert_cmd::cargo::cargo_bin("egress"))
                .args(line.split_whitespace())
                .args(["--cloud", "aws", "--endpoint-url", &self.url, "--region", "ap-northeast-1"])
                .current_dir(folder)
                .env("HOME", folder)
                .env("AWS_EC2_METADATA_DISABLED", "true")
                .env("AWS_ACCESS_KEY_ID", "any")
                .env("AWS_SECRET_ACCESS_KEY", "any")
                .env("NO_COLOR", "1")
                .env_remove("AWS_PROFILE")
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            // Whether it has ended already is its own affair.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    /// The exit code, and what was said.
    fn ended(child: Child) -> (i32, String) {
        let output = child.wait_with_output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        (output.status.code().unwrap(), said)
    }

    #[test]
    fn of_twenty_processes_at_once_one_works_and_those_that_wait_come_one_after_the_other() {
        let folder = folder();
        std::fs::write(folder.path().join("egress.toml"), "stack = \"shop\"\npreset = \"lambda-static-ip\"\n").unwrap();
        let server = Server::start(folder.path());
        let children: Vec<Child> = (0..20).map(|_| server.run(folder.path(), "apply --yes --quiet")).collect();
        let ends: Vec<_> = children.into_iter().map(ended).collect();
        // Whoever comes while another works is told so; whoever comes later finds nothing to do.
        let made = ends.iter().filter(|(code, said)| *code == 0 && said.contains("changes in")).count();
        let idle = ends.iter().filter(|(code, said)| *code == 0 && said.contains("nothing to do")).count();
        let held = |said: &str| said.contains("works on stack shop (`egress apply`, for ");
        let held = ends.iter().filter(|(code, said)| *code == 10 && held(said)).count();
        println!("of twenty processes: {made} worked, {held} were held off, {idle} came later");
        assert_eq!((made, made + idle + held), (1, 20), "{ends:#?}");

        let waiting = ["destroy --yes", "apply --yes"];
        let children = waiting.map(|line| server.run(folder.path(), &format!("{line} --lock-timeout 120")));
        for (code, said) in children.map(ended) {
            assert_eq!(code, 0, "{said}");
        }
        let (code, said) = ended(server.run(folder.path(), "status --output json"));
        assert_eq!(code, 0, "{said}");
        let standing: Value = serde_json::from_str(&said).unwrap();
        assert!(standing.get("lock").is_none(), "{standing}");
        let standing = standing["standing"].as_str().unwrap().to_owned();
        assert!(standing == "as-specified" || standing == "absent", "all or nothing: {standing}");
    }
}
