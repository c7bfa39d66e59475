//! Running other programs.

use std::{
    ffi::OsStr,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// What a chore gives back; the error is one fragment for a person.
pub(crate) type Result<T = ()> = std::result::Result<T, String>;

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// `cargo` as it was called, in the root of the workspace.
pub(crate) fn cargo<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Command {
    program(&std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()), args)
}

/// A program in the root of the workspace.
pub(crate) fn program<S: AsRef<OsStr>>(name: &str, args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(name);
    command.args(args).current_dir(root()).stdin(Stdio::null());
    command
}

/// The file of a binary that was built in the dev profile.
pub(crate) fn built(name: &str) -> Result<String> {
    let path = format!("{}/debug/{name}{}", target_folder()?, std::env::consts::EXE_SUFFIX);
    if Path::new(&path).is_file() { Ok(path) } else { Err(format!("{path} was not built")) }
}

/// Where cargo builds.
pub(crate) fn target_folder() -> Result<String> {
    let json = output(cargo(["metadata", "--no-deps", "--format-version=1"]))?;
    let metadata: serde_json::Value =
        serde_json::from_str(&json).map_err(|e| format!("cargo metadata cannot be read: {e}"))?;
    let folder = metadata["target_directory"].as_str();
    folder.map(str::to_owned).ok_or_else(|| "cargo metadata names no target folder".to_owned())
}

/// Prints to stdout. Where nobody reads it any more (`| head`), that is no error.
pub(crate) fn print(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Shows the command, runs it, and fails where it does.
pub(crate) fn show(mut command: Command) -> Result {
    let text = text(&command);
    eprintln!("$ {text}");
    let status = command.status().map_err(|e| format!("`{text}` did not start: {e}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{text}` failed: {status}")) }
}

/// Runs the command and gives back what it printed to stdout.
pub(crate) fn output(mut command: Command) -> Result<String> {
    let text = text(&command);
    let output = command.output().map_err(|e| format!("`{text}` did not start: {e}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{text}` failed: {}\n{}", output.status, said.trim_end()));
    }
    String::from_utf8(output.stdout).map_err(|e| format!("`{text}` printed something else than text: {e}"))
}

/// The command as a person would type it; the program without its path.
fn text(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    std::iter::once(program).chain(command.get_args()).map(|s| s.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
