//! `cargo xtask lab --clean`: ends what dead runs have left.
//!
//! A keeper ends when its run does, so there should be nothing; but a process that is stopped, or a kernel that is short of
//! memory, may keep one. Namespaces go with their processes.

use std::{fs, path::Path};

use crate::run::{Result, print, program, show};

/// Ends every keeper and agent whose run is no more.
pub(super) fn run() -> Result {
    let processes = fs::read_dir("/proc").map_err(|error| format!("/proc cannot be read: {error}"))?;
    let mut ended = 0;
    for process in processes.flatten() {
        let name = process.file_name().to_string_lossy().into_owned();
        // A process may be gone by now.
        let Ok(line) = fs::read_to_string(process.path().join("cmdline")) else { continue };
        let (Ok(_), Some(run)) = (name.parse::<u32>(), run_of(&line)) else { continue };
        if !Path::new("/proc").join(run.to_string()).exists() {
            // It may have ended with one that was killed before it.
            ended += usize::from(show(program("kill", ["-KILL", &name])).is_ok());
        }
    }
    print(&format!("{ended} processes of dead runs were ended\n"));
    Ok(())
}

/// The run of a keeper or agent, by its command line: arguments that each end with a zero.
fn run_of(line: &str) -> Option<u32> {
    let mut args = line.split('\0').skip_while(|arg| *arg != "lab-agent").skip(1);
    let part = args.next()?;
    let run = args.next()?.parse().ok()?;
    (part == "keeper" || part == "agent").then_some(run)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_processes_of_a_lab_have_a_run() {
        let run = |args: &[&str]| run_of(&args.join("\0"));
        assert_eq!(run(&["/t/xtask", "lab-agent", "keeper", "42", ""]), Some(42));
        assert_eq!(run(&["unshare", "--net", "/t/xtask", "lab-agent", "agent", "7", ""]), Some(7));
        assert_eq!(run(&["/t/xtask", "lab", "--clean", ""]), None);
        assert_eq!(run(&["vi", "lab-agent", "keeper"]), None);
        assert_eq!(run(&[]), None);
    }
}
