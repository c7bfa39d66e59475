//! Whether the suite catches what it is for.

use std::fmt;

use super::{CaseResult, Fixture, Subject, Variant, WRONG, run::first_failure};
use crate::{Cloud, clock::VirtualClock, layer::Layered};

/// What the suite said of each variant of a cloud.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kills {
    /// In the order in which they were tried.
    pub kills: Vec<Kill>,
}

/// What the suite said of one variant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kill {
    /// What is different about it.
    pub variant: &'static str,
    /// The first case that it failed; `None` where the suite did not notice.
    pub by: Option<CaseResult>,
}

impl Kills {
    /// What the suite did not notice.
    pub fn survivors(&self) -> Vec<&'static str> {
        self.kills.iter().filter(|k| k.by.is_none()).map(|k| k.variant).collect()
    }
}

/// One line a variant, with the first case that caught it, and the sum.
impl fmt::Display for Kills {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for kill in &self.kills {
            match &kill.by {
                Some(first) => writeln!(f, "killed    {}\n          by {}", kill.variant, first.name)?,
                None => writeln!(f, "SURVIVED  {}", kill.variant)?,
            }
        }
        write!(f, "{}/{} killed", self.kills.len() - self.survivors().len(), self.kills.len())
    }
}

/// Runs the suite on each of the [`WRONG`] clouds; see [`try_each`]. None should survive.
///
/// A right cloud without a function or an echo leaves out the cases that would catch some of them.
pub fn kill_all<C: Cloud>(right: impl FnMut() -> (VirtualClock, C, Fixture)) -> Kills {
    try_each(WRONG, right)
}

/// Puts each layer around a right cloud, fresh each time and with a clock of its own, and runs the suite on it until a case
/// fails. Of the [`ROUGH`](super::ROUGH) ones all should survive.
pub fn try_each<C: Cloud>(variants: &[Variant], mut right: impl FnMut() -> (VirtualClock, C, Fixture)) -> Kills {
    let kill = |variant: &Variant| {
        let (clock, cloud, fixture) = right();
        let cloud = Layered::new((variant.layer)(), cloud);
        let by = clock.block_on(first_failure(&Subject { cloud: &cloud, clock: &clock, fixture }));
        Kill { variant: variant.name, by }
    };
    Kills { kills: variants.iter().map(kill).collect() }
}
