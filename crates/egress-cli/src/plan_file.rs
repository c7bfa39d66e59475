//! Saved plans: what `egress plan --out FILE` writes and `egress apply FILE` does.
//!
//! A file holds everything that the plan was made from, so that `apply` needs no spec beside it: the spec, what was asked
//! for, and what was seen of the cloud. There is no secret in it: what egress sees of a cloud are ids, ranges, rules, names and
//! tags; never code, environment variables or credentials. It is written for its owner's eyes only all the same.
//!
//! A plan in a file is trusted no further than its spec and World explain it: see [`Record::check`].

#[cfg(test)]
mod tests;

use std::{
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    time::Duration,
};

use egress_core::{
    World,
    plan::{Level, Moved, Notice, Record, RecordError},
    spec,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    args::Global,
    error::CliError,
    exit::Exit,
    render::text::duration,
    session::{Overwrite, Readers, Session, write_file},
};

/// What the file says of itself. It comes first, so that half a file can still be told from something else.
const FORMAT: &str = "egress plan";
/// The version that this egress writes, and the only one that it reads.
const VERSION: u64 = 1;
/// The longest file that is read, in bytes: what is longer is no plan, and a device may never end.
const LONGEST: u64 = 64 << 20;

/// How many changes of the cloud are listed.
const LISTED: usize = 20;

/// A saved plan and its file.
pub(crate) struct PlanFile {
    path: PathBuf,
    made: Made,
    /// The plan with what it was made from.
    pub(crate) record: Record,
}

/// By whom, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Made {
    /// The version of egress.
    egress: String,
    /// The time, in seconds since 1970.
    at: u64,
}

#[derive(Serialize)]
struct Writing<'a> {
    format: &'static str,
    version: u64,
    made: &'a Made,
    record: &'a Record,
}

#[derive(Deserialize)]
struct Reading {
    made: Made,
    record: Record,
}

/// Why a file is no saved plan that can be used.
#[derive(Debug)]
enum Flaw {
    /// It is something else.
    Foreign,
    /// It began as one.
    Damaged(serde_json::Error),
    /// Another version of egress wrote it.
    Version { found: String, by: Option<String> },
    /// It holds a plan that nobody made.
    Record { why: RecordError, by: String },
}

impl PlanFile {
    /// A plan that is to be saved now.
    pub(crate) fn new(path: &Path, now: Duration, record: Record) -> Self {
        let made = Made { egress: env!("CARGO_PKG_VERSION").to_owned(), at: now.as_secs() };
        Self { path: path.to_owned(), made, record }
    }

    /// Writes it, whole or not at all. What is there and is no saved plan is left alone: it may be the spec.
    pub(crate) fn write(&self) -> Result<(), CliError> {
        let path = &self.path;
        if fs::metadata(path).is_ok_and(|there| there.is_file() && there.len() > 0) && !is_plan(path) {
            return Err(CliError::new(
                Exit::Refused,
                format!("{} is there already, and is no saved plan", path.display()),
            )
            .hint("name another file"));
        }
        let failed = |error: &io::Error| CliError::file("write", path, error);
        let text = self.text().map_err(|error| failed(&error.into()))?;
        write_file(path, text.as_bytes(), Overwrite::Yes, Readers::Owner).map_err(|error| failed(&error))
    }

    /// Reads one.
    pub(crate) fn read(path: &Path) -> Result<Self, CliError> {
        let bytes = read_bytes(path, LONGEST).map_err(|error| {
            let missing = error.kind() == io::ErrorKind::NotFound;
            let error = CliError::file("read", path, &error);
            if missing { error.hint("`egress plan --out FILE` saves a plan") } else { error }
        })?;
        match parse(&bytes) {
            Ok(Reading { made, record }) => Ok(Self { path: path.to_owned(), made, record }),
            Err(flaw) => Err(flaw.of(path)),
        }
    }

    /// The command line as it is for this plan: in the plan's region, where none is named.
    pub(crate) fn at_its_place(&self, global: &Global) -> Global {
        let mut global = global.clone();
        global.aws.region.get_or_insert_with(|| self.record.plan.place.region.clone());
        global
    }

    /// Checks that a World is of the account and region that the plan was made for.
    pub(crate) fn check_place(&self, world: &World) -> Result<(), CliError> {
        let (wanted, is) = (&self.record.plan.place, &world.network.place);
        if wanted == is {
            return Ok(());
        }
        let message = format!(
            "the plan is for account {}, region {}, and this is account {}, region {}",
            wanted.account, wanted.region, is.account, is.region
        );
        Err(CliError::new(Exit::Denied, message)
            .hint("nothing was changed; use the credentials and settings of that place"))
    }

    /// Why the plan is refused where the cloud has moved, with what has changed of that which it depends on.
    pub(crate) fn moved(&self, moved: &Moved, now: Duration) -> CliError {
        let age = duration(now.saturating_sub(Duration::from_secs(self.made.at)));
        let message = format!(
            "the cloud has changed since the plan in {} was made, {age} ago: nothing was done",
            self.path.display()
        );
        let mut error = CliError::new(Exit::Refused, message);
        if let Some(problem) = error.problems.last_mut() {
            problem.causes.extend(moved.differences.iter().take(LISTED).map(ToString::to_string));
            if let Some(more) = moved.differences.len().checked_sub(LISTED + 1) {
                problem.causes.push(format!("and {} more", more + 1));
            }
        }
        if moved.done {
            return error.hint("what the plan was to lead to stands already: nothing is left to do");
        }
        error.hint(format!("`egress plan --out {}` makes a new one from what is there now", self.path.display()))
    }

    /// The plan is done as it was shown, whatever has become of the file that it was made from; but that is said.
    pub(crate) fn say_whether_the_spec_differs(&self, session: &Session) {
        let Some(Ok(parsed)) = session.spec.read().ok().map(|text| spec::parse(&text)) else { return };
        if parsed.spec != self.record.spec {
            let spec = session.spec.name().display();
            session.out.notice(&Notice {
                level: Level::Note,
                subject: None,
                message: format!(
                    "{spec} says something else than when this plan was made, which is done as it was shown"
                ),
                hint: None,
            });
        }
    }

    fn text(&self) -> Result<String, serde_json::Error> {
        let writing = Writing { format: FORMAT, version: VERSION, made: &self.made, record: &self.record };
        serde_json::to_string_pretty(&writing).map(|text| text + "\n")
    }
}

fn read_bytes(path: &Path, longest: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(longest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > longest {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is too long for a saved plan"));
    }
    Ok(bytes)
}

/// Whether a file begins as a saved plan does.
fn is_plan(path: &Path) -> bool {
    let mut beginning = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(64).read_to_end(&mut beginning));
    read.is_ok() && begins_as_plan(&beginning)
}

fn begins_as_plan(bytes: &[u8]) -> bool {
    let text: String = String::from_utf8_lossy(bytes).chars().filter(|c| !c.is_whitespace()).take(64).collect();
    text.starts_with("{\"format\":\"egressplan\"")
}

/// A saved plan that is whole, of this version, and what its own spec and World lead to.
fn parse(bytes: &[u8]) -> Result<Reading, Flaw> {
    let value: Value = match serde_json::from_slice(bytes) {
        Ok(value) => value,
        Err(error) if begins_as_plan(bytes) => return Err(Flaw::Damaged(error)),
        Err(_) => return Err(Flaw::Foreign),
    };
    if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
        return Err(Flaw::Foreign);
    }
    if let Some(found) = value.get("version").filter(|version| version.as_u64() != Some(VERSION)) {
        let by = value.pointer("/made/egress").and_then(Value::as_str).map(str::to_owned);
        return Err(Flaw::Version { found: found.to_string(), by });
    }
    let reading: Reading = serde_json::from_slice(bytes).map_err(Flaw::Damaged)?;
    match reading.record.check() {
        Ok(()) => Ok(reading),
        Err(why) => Err(Flaw::Record { why, by: reading.made.egress }),
    }
}

impl Flaw {
    fn of(self, path: &Path) -> CliError {
        let file = path.display();
        let anew = "make the plan again: `egress plan --out FILE`";
        match self {
            Self::Foreign => CliError::new(Exit::File, format!("{file} is no saved plan"))
                .hint("`egress plan --out FILE` saves one; a spec is named by `--spec FILE`"),
            Self::Damaged(why) => {
                CliError::new(Exit::File, format!("the plan in {file} is damaged")).caused_by(&why).hint(anew)
            }
            Self::Version { found, by } => {
                let by = by.map(|by| format!(" by egress {by}")).unwrap_or_default();
                CliError::new(
                    Exit::File,
                    format!(
                        "the plan in {file} was written{by} in format {found}, and this egress reads format {VERSION}"
                    ),
                )
                .hint(anew)
            }
            Self::Record { why, by } => {
                let message = format!("the plan in {file}, made by egress {by}, is not carried out");
                CliError::new(Exit::Refused, message).caused_by(&why).hint(anew)
            }
        }
    }
}
