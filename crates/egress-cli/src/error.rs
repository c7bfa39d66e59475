//! What went wrong, as the command line says it: the exit code, what, why, and what to do.

use std::{error::Error, fmt, io, path::Path};

use egress_core::{
    CloudError,
    adopt::AdoptError,
    lease::LeaseError,
    plan::{Permit, PlanError},
};
use serde::Serialize;

use crate::exit::Exit;

/// Why a command did not do what it was asked. Everything that went wrong is there, not only the first thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct CliError {
    /// The exit code.
    #[serde(rename = "exit_code")]
    pub(crate) exit: Exit,
    /// What went wrong; empty where it was said already and only the exit code is left.
    pub(crate) problems: Vec<Problem>,
}

/// One thing that went wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Problem {
    /// A lower-case fragment.
    pub(crate) message: String,
    /// Where in a file it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<Place>,
    /// Why, from the nearest cause to the farthest.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) causes: Vec<String>,
    /// What the user can do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) hints: Vec<String>,
}

/// A place in a text file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Place {
    /// The file.
    pub(crate) file: String,
    /// The line, counted from 1.
    pub(crate) line: usize,
    /// The column, counted from 1, in characters.
    pub(crate) column: usize,
    /// The place drawn for people.
    #[serde(skip)]
    pub(crate) drawn: String,
}

impl CliError {
    /// One problem.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, problems: vec![Problem { message: message.into(), ..Problem::default() }] }
    }

    /// An exit code, where what went wrong was said already.
    pub(crate) fn said(exit: Exit) -> Self {
        Self { exit, problems: Vec::new() }
    }

    /// A local file that could not be read or written.
    pub(crate) fn file(what: &str, path: &Path, error: &(dyn Error + 'static)) -> Self {
        Self::new(Exit::File, format!("cannot {what} {}", path.display())).caused_by(error)
    }

    /// Adds an error and its causes to the last problem.
    #[must_use]
    pub(crate) fn caused_by(mut self, error: &(dyn Error + 'static)) -> Self {
        if let Some(problem) = self.problems.last_mut() {
            let mut cause = Some(error);
            while let Some(error) = cause {
                problem.causes.push(error.to_string());
                cause = error.source();
            }
        }
        self
    }

    /// Adds what the user can do about the last problem.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Some(problem) = self.problems.last_mut() {
            problem.hints.push(hint.into());
        }
        self
    }

    /// Both errors, with the exit code of the first.
    #[must_use]
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.problems.extend(other.problems);
        self
    }
}

impl From<CloudError> for CliError {
    fn from(error: CloudError) -> Self {
        let hints = error.hint.iter().cloned().collect();
        let problem = Problem { message: error.to_string(), hints, ..Problem::default() };
        Self { exit: Exit::of_error(error.kind), problems: vec![problem] }
    }
}

impl From<AdoptError> for CliError {
    fn from(error: AdoptError) -> Self {
        PlanError { refusals: error.refusals }.into()
    }
}

impl From<PlanError> for CliError {
    fn from(error: PlanError) -> Self {
        let exit = error.refusals.first().map_or(Exit::Refused, |refusal| Exit::of_refusal(refusal.kind));
        let problems = error.refusals.into_iter().map(|refusal| Problem {
            message: with_subject(refusal.subject.as_deref(), &refusal.message),
            hints: refusal.hint.into_iter().chain(refusal.permit.as_ref().and_then(permit_hint)).collect(),
            ..Problem::default()
        });
        Self { exit, problems: problems.collect() }
    }
}

/// How a user says that something is allowed.
fn permit_hint(permit: &Permit) -> Option<String> {
    Some(match permit {
        Permit::Leave(network) => format!("`--leave-vpc {network}` allows it"),
        Permit::Outage => "`--accept-outage` allows it".to_owned(),
        Permit::Listed(ip) => format!("`--listed {ip}` says that they do"),
        Permit::GiveUp(ip) => format!("`--give-up {ip}` allows it; the address stays yours"),
        Permit::Managed(function) => format!("`--force {function}` allows it"),
        _ => return None,
    })
}

impl From<LeaseError> for CliError {
    fn from(error: LeaseError) -> Self {
        let exit = match &error {
            LeaseError::Cloud(error) => Exit::of_error(error.kind),
            LeaseError::Interrupted => Exit::Interrupted,
            _ => Exit::Locked,
        };
        let hints = error.hint().into_iter().collect();
        Self { exit, problems: vec![Problem { message: error.to_string(), hints, ..Problem::default() }] }
    }
}

/// Writing to stdout failed.
impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            // The reader has enough: `egress ips | head -1`.
            io::ErrorKind::BrokenPipe => Self::said(Exit::Ok),
            _ => Self::new(Exit::File, "cannot write the output").caused_by(&error),
        }
    }
}

/// A message with what it is about before it, unless it says so itself.
pub(crate) fn with_subject(subject: Option<&str>, message: &str) -> String {
    match subject {
        Some(subject) if !message.contains(subject) => format!("{subject}: {message}"),
        _ => message.to_owned(),
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let messages: Vec<&str> = self.problems.iter().map(|p| p.message.as_str()).collect();
        f.write_str(&messages.join("; "))
    }
}

impl Error for CliError {}
