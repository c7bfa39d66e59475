//! `cargo xtask test`: the whole test suite.

use std::process::{Command, Stdio};

use crate::run::{Result, cargo, output, show};

/// What the workspace is built as, here and in every other stage of CI: another selection would build dependencies again
/// with other features.
const SELECTION: [&str; 2] = ["--workspace", "--all-features"];

/// The other workspace: a cloud written with nothing but `egress-core`.
const OTHER: &str = "examples/other-cloud";

/// What to test.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Given to nextest (or to `cargo test`) as they are. A run that is narrowed so is of this workspace's tests alone:
    /// no doctests, no example.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Runs the tests.
pub(crate) fn run(args: &Args) -> Result {
    let runner = Runner::installed();
    let mut here = runner.tests(&SELECTION);
    if !args.rest.is_empty() {
        here.args(&args.rest);
        return show(here);
    }
    show(here)?;
    show(doctests(&SELECTION))?;

    let manifest = format!("{OTHER}/Cargo.toml");
    // The same target folder, so that the dependencies of both are built once.
    let selection = ["--manifest-path", &manifest, "--target-dir", "target", "--workspace", "--all-features"];
    show(runner.tests(&selection))?;
    if has_library(&manifest)? { show(doctests(&selection)) } else { Ok(()) }
}

/// What runs the tests.
#[derive(Clone, Copy)]
enum Runner {
    Nextest,
    CargoTest,
}

impl Runner {
    fn installed() -> Self {
        let silent = cargo(["nextest", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
        if silent.is_ok_and(|status| status.success()) {
            return Self::Nextest;
        }
        eprintln!("note: cargo-nextest is not installed, so `cargo test` runs the tests");
        Self::CargoTest
    }

    /// All tests but doctests.
    fn tests(self, selection: &[&str]) -> Command {
        let mut command = match self {
            Self::Nextest => cargo(["nextest", "run", "--config-file", ".config/nextest.toml"]),
            Self::CargoTest => cargo(["test", "--tests"]),
        };
        if matches!(self, Self::Nextest) && std::env::var_os("CI").is_some() {
            command.args(["--profile", "ci"]);
        }
        command.args(selection);
        command
    }
}

fn doctests(selection: &[&str]) -> Command {
    let mut command = cargo(["test", "--doc"]);
    command.args(selection);
    command
}

/// Whether there is a library, without which `cargo test --doc` fails.
fn has_library(manifest: &str) -> Result<bool> {
    let json = output(cargo(["metadata", "--no-deps", "--format-version=1", "--manifest-path", manifest]))?;
    let metadata: serde_json::Value =
        serde_json::from_str(&json).map_err(|e| format!("cargo metadata cannot be read: {e}"))?;
    let packages = metadata["packages"].as_array().into_iter().flatten();
    let targets = packages.flat_map(|package| package["targets"].as_array().into_iter().flatten());
    Ok(targets.flat_map(|target| target["kind"].as_array().into_iter().flatten()).any(|kind| kind == "lib"))
}
