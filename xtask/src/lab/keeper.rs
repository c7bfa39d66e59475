//! Trying one Case: in a keeper's namespaces, and with more patience where the answers differ.

use std::{
    io::{BufReader, Write},
    os::unix::fs::MetadataExt,
    process::{Child, Command, Stdio},
};

use super::{
    agent::{Answer, Seen, hear},
    case::Case,
    compare::{Compared, compare},
    net::{Net, net},
};
use crate::run::Result;

/// How long a connection is waited for, in milliseconds; on a busy machine one that works may take longer.
const PATIENCE: u64 = 300;
/// How long it is waited for before anything is said to differ: lost packets are sent again after one second.
const MORE_PATIENCE: u64 = 4_000;

/// Every question of the Case with both answers. Where they differ, the Case has been tried twice.
pub(super) fn try_case(case: &Case) -> Result<Vec<Compared>> {
    let compared = try_once(case)?;
    if compared.iter().all(|c| c.disagreement().is_none()) {
        return Ok(compared);
    }
    compare(case, &observe(&net(case, MORE_PATIENCE)?)?)
}

/// The same, with little patience: some of what differs may only have been slow.
pub(super) fn try_once(case: &Case) -> Result<Vec<Compared>> {
    compare(case, &observe(&net(case, PATIENCE)?)?)
}

/// How the answers to a Case differ; empty where they agree.
pub(super) fn disagreements(compared: &[Compared]) -> Vec<String> {
    compared.iter().filter_map(Compared::disagreement).collect()
}

/// What one does to have namespaces of its own, and none that anybody else sees; nothing of it outlives the process.
pub(super) fn unshare() -> Command {
    let mut command = Command::new("unshare");
    if !is_root() {
        command.arg("--map-root-user");
    }
    command.args(["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]).stdin(Stdio::null());
    command
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

/// Builds the namespaces, lets the connections be made, and takes all down.
fn observe(net: &Net) -> Result<Seen> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = unshare();
    command.arg(own).args(["lab-agent", "keeper", &std::process::id().to_string()]);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut keeper = Keeper(child.map_err(|error| format!("unshare did not start: {error}"))?);
    let (stdin, stdout) = (keeper.0.stdin.take(), keeper.0.stdout.take());
    let (Some(mut stdin), Some(stdout)) = (stdin, stdout) else { return Err("a keeper has no pipes".to_owned()) };
    let line = serde_json::to_string(net).map_err(|error| error.to_string())? + "\n";
    stdin.write_all(line.as_bytes()).map_err(|error| format!("a keeper does not listen: {error}"))?;
    hear::<Answer<Seen>>(&mut BufReader::new(stdout))?.into_result()
}

/// A keeper, which ends with this.
struct Keeper(Child);

impl Drop for Keeper {
    fn drop(&mut self) {
        // It ends by itself, as its stdin is closed; `unshare` is waited for, so that nothing is left when we end.
        let _ = self.0.wait();
    }
}
