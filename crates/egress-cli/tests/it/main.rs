//! The command line as its users meet it: the binary, run in an empty folder.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod adopt;
mod args;
#[cfg(feature = "aws")]
mod aws;
mod demo;
mod doctor;
mod down;
mod files;
mod init;
mod journey;
#[cfg(all(feature = "aws", unix))]
mod kill;
#[cfg(unix)]
mod lock;
mod looks;
mod room;
mod saved;
mod snapshot;
mod spec;
mod trace;

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

/// The same text on a machine that takes no time: an instant cloud's seconds are the machine's own.
fn timeless(text: &str) -> String {
    let still = |line: &str| {
        let line = match line.split_at_checked(7) {
            Some((at, rest)) if at.ends_with('s') && at[..6].trim().parse::<u32>().is_ok() => format!("     0s{rest}"),
            _ => line.to_owned(),
        };
        match line.rsplit_once(" in ") {
            Some((what, took)) if took.strip_suffix('s').is_some_and(|n| n.parse::<u32>().is_ok()) => {
                format!("{what} in 0s\n")
            }
            _ => line + "\n",
        }
    };
    text.lines().map(still).collect()
}

/// An empty folder.
fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}
