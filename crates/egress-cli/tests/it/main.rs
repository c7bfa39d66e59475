//! The command line as its users meet it: the binary, run in an empty folder.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod args;
#[cfg(feature = "aws")]
mod aws;
mod demo;
mod files;
mod init;
mod journey;
#[cfg(all(feature = "aws", unix))]
mod kill;
mod spec;

use std::path::Path;

use assert_cmd::Command;

/// `egress` in a folder, with nothing of the tester's environment that it looks at.
fn egress(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("egress").unwrap();
    command
        .current_dir(folder)
        .env_remove("EGRESS_CLOUD")
        .env_remove("CLICOLOR_FORCE")
        .env_remove("COLUMNS")
        .env("NO_COLOR", "1");
    command
}

/// What a run said, whole.
fn run(folder: &Path, line: &str) -> String {
    let output = egress(folder).args(line.split_whitespace()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let mut said = format!("$ egress {line}\n{}", text(&output.stdout));
    if !output.stderr.is_empty() {
        said += &format!("-- stderr\n{}", text(&output.stderr));
    }
    format!("{said}-- exit {}\n", output.status.code().unwrap())
}

/// An empty folder.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}
