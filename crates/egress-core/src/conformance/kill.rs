//! Whether the suite catches what it is for.

use std::fmt;

use super::{CaseResult, Fixture, Subject, WRONG, run::first_failure};
use crate::{Cloud, clock::VirtualClock, layer::Layered};

/// What the suite said of each wrong cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kills {
    /// In the order of [`WRONG`].
    pub kills: Vec<Kill>,
}

/// What the suite said of one wrong cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kill {
    /// What is wrong with it.
    pub wrong: &'static str,
    /// The first case that it failed; `None` where the suite did not notice.
    pub by: Option<CaseResult>,
}

impl Kills {
    /// What the suite did not notice.
    pub fn survivors(&self) -> Vec<&'static str> {
        self.kills.iter().filter(|k| k.by.is_none()).map(|k| k.wrong).collect()
    }
}

/// One line a wrong cloud, with the first case that caught it, and the sum.
impl fmt::Display for Kills {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for kill in &self.kills {
            match &kill.by {
                Some(first) => writeln!(f, "killed    {}\n          by {}", kill.wrong, first.name)?,
                None => writeln!(f, "SURVIVED  {}", kill.wrong)?,
            }
        }
        write!(f, "{}/{} killed", self.kills.len() - self.survivors().len(), self.kills.len())
    }
}

/// Puts each of the [`WRONG`] layers around a right cloud, fresh each time and with a clock of its own, and runs the suite on it until a case fails.
///
/// A right cloud without a function or an echo leaves out the cases that would catch some of them.
pub fn kill_all<C: Cloud>(mut right: impl FnMut() -> (VirtualClock, C, Fixture)) -> Kills {
    let kill = |wrong: &super::Wrong| {
        let (clock, cloud, fixture) = right();
        let cloud = Layered::new((wrong.layer)(), cloud);
        let by = clock.block_on(first_failure(&Subject { cloud: &cloud, clock: &clock, fixture }));
        Kill { wrong: wrong.name, by }
    };
    Kills { kills: WRONG.iter().map(kill).collect() }
}
