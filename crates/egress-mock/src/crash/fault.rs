//! What goes wrong, and at which call.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// How a call goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// The process is killed before the call is sent.
    KilledBefore,
    /// The process is killed after the call took effect, before its answer came.
    KilledAfter,
    /// The same where new things may stay invisible for up to half a minute.
    KilledUnseen,
    /// The call takes effect and is answered with an error that does not say so; the process goes on.
    Hidden,
    /// The call takes no effect and is answered with a refusal that passes; the process goes on.
    Throttled,
    /// The call takes no effect and is answered with a refusal that stays; the process goes on.
    Denied,
}

impl Way {
    /// Every way.
    pub const ALL: [Self; 6] =
        [Self::KilledBefore, Self::KilledAfter, Self::KilledUnseen, Self::Hidden, Self::Throttled, Self::Denied];

    /// Whether new things may stay invisible for long.
    pub const fn is_late(self) -> bool {
        matches!(self, Self::KilledUnseen)
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::KilledBefore => "killed before the call",
            Self::KilledAfter => "killed after its effect",
            Self::KilledUnseen => "killed after its effect, which is seen late",
            Self::Hidden => "an error hides its effect",
            Self::Throttled => "throttled",
            Self::Denied => "denied",
        })
    }
}

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// At which call: they are numbered from 1 through all the runs of a life.
    pub call: usize,
    /// How.
    pub way: Way,
}

/// The faults of one life, and how far it is. Whatever carries the engine's calls asks it about each.
#[derive(Debug)]
pub struct Faults {
    faults: Vec<Fault>,
    progress: Mutex<Progress>,
}

#[derive(Debug, Default)]
struct Progress {
    calls: usize,
    struck: Vec<String>,
    killed: bool,
}

impl Faults {
    /// No call was made yet.
    pub fn new(faults: Vec<Fault>) -> Self {
        Self { faults, progress: Mutex::default() }
    }

    /// Numbers the next call, and tells how it goes wrong, where it does. `call` says for people what it is.
    pub fn next(&self, call: &dyn fmt::Display) -> Option<Way> {
        let mut progress = self.progress();
        progress.calls += 1;
        let fault = self.faults.iter().find(|fault| fault.call == progress.calls)?;
        progress.struck.push(format!("call {} ({call}): {}", fault.call, fault.way));
        Some(fault.way)
    }

    /// Kills the process that makes the call: it gets no answer, and nothing of it goes on.
    pub async fn kill(&self) -> std::convert::Infallible {
        self.progress().killed = true;
        std::future::pending().await
    }

    /// How many calls were made.
    pub fn calls(&self) -> usize {
        self.progress().calls
    }

    /// What went wrong so far, in its order, for people.
    pub fn struck(&self) -> Vec<String> {
        self.progress().struck.clone()
    }

    /// Whether the process was killed since this was last asked.
    pub(super) fn take_kill(&self) -> bool {
        std::mem::take(&mut self.progress().killed)
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
