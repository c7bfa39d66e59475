//! Faults on the wire: what befalls the next calls, as data.

use std::time::Duration;

use super::Fate;

/// What befalls calls on the wire. The first fault that fits a call is used; one that is used up is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which action, in AWS's name, e.g. `CreateVpc`; any where absent.
    pub action: Option<String>,
    /// How many calls that fit pass unharmed before.
    pub skip: usize,
    /// How many calls it befalls.
    pub times: usize,
    /// Whether the call takes effect all the same.
    pub takes_effect: bool,
    /// What the caller gets.
    pub gives: Gives,
}

/// What the caller gets of a call that something befalls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gives {
    /// The right answer, with this fate. Without its effect, the answer is that of a server that failed by itself.
    Fate(Fate),
    /// An error of the service, in its own shape.
    Error {
        /// The HTTP status.
        status: u16,
        /// AWS's code.
        code: String,
        /// AWS's sentence.
        message: String,
    },
    /// This text, with status 200.
    Text(String),
    /// The right answer, so much later.
    Late(Duration),
}

impl Fault {
    /// Befalls the next call of an action, once, after its effect.
    pub fn next(action: impl Into<String>, gives: Gives) -> Self {
        Self { action: Some(action.into()), skip: 0, times: 1, takes_effect: true, gives }
    }

    /// Lets so many calls pass before.
    #[must_use]
    pub fn after(self, skip: usize) -> Self {
        Self { skip, ..self }
    }

    /// Befalls so many calls.
    #[must_use]
    pub fn times(self, times: usize) -> Self {
        Self { times, ..self }
    }

    /// The call takes no effect.
    #[must_use]
    pub fn without_effect(self) -> Self {
        Self { takes_effect: false, ..self }
    }
}

/// What befalls this call: the first fault that fits it and has let enough calls pass.
pub(super) fn befalls(faults: &mut Vec<Fault>, action: &str) -> Option<Fault> {
    let at = faults.iter().position(|fault| fault.action.as_deref().is_none_or(|name| name == action))?;
    let fault = faults.get_mut(at)?;
    if fault.skip > 0 {
        fault.skip -= 1;
        return None;
    }
    let befallen = fault.clone();
    fault.times = fault.times.saturating_sub(1);
    if fault.times == 0 {
        faults.remove(at);
    }
    Some(befallen)
}
