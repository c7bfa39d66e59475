//! How the engine gets to the cloud.

use std::{fmt, sync::Arc};

use egress_core::{
    Cloud, CloudError, ErrorKind, Outcome, VirtualClock, async_trait,
    layer::{Answer, Call, Layer, Layered},
};

use super::{Faults, Paths, Way};
use crate::MockCloud;

/// How the engine gets to the cloud. What it opens asks the [`Faults`] about every call, and lets the [`Paths`] look before
/// and after each.
pub trait Door: Sync {
    /// Opens a way to this cloud for one process.
    fn open(&self, cloud: &MockCloud, clock: &VirtualClock, faults: &Arc<Faults>, paths: &Arc<Paths>)
    -> Box<dyn Cloud>;
}

/// By egress-core's traits: a call is an observation of one family, an Op, or an invocation.
#[derive(Clone, Copy, Debug)]
pub struct Direct;

impl Door for Direct {
    fn open(&self, cloud: &MockCloud, _: &VirtualClock, faults: &Arc<Faults>, paths: &Arc<Paths>) -> Box<dyn Cloud> {
        let layer = Disturbed { faults: Arc::clone(faults), paths: Arc::clone(paths) };
        Box::new(Layered::new(layer, cloud.clone()))
    }
}

struct Disturbed {
    faults: Arc<Faults>,
    paths: Arc<Paths>,
}

#[async_trait]
impl Layer for Disturbed {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        let name = Name(&call);
        let way = self.faults.next(&name);
        self.paths.look(&"what was under way");
        let refusal = |kind, message| CloudError::new(kind, "a call", message);
        let answer = match way {
            None => call.run(cloud).await,
            Some(Way::KilledBefore) => match self.faults.kill().await {},
            Some(Way::KilledAfter | Way::KilledUnseen) => {
                call.run(cloud).await;
                self.paths.look(&name);
                match self.faults.kill().await {}
            }
            // A refusal stays one: only a success can be hidden.
            Some(Way::Hidden) => match call.run(cloud).await {
                refused @ Answer::Applied(Outcome::Failed(_)) => refused,
                _ => call.refuse(refusal(ErrorKind::Internal, "an internal error has occurred"), Outcome::Unknown),
            },
            Some(Way::Throttled) => {
                call.refuse(refusal(ErrorKind::Throttled, "request limit exceeded"), Outcome::Failed)
            }
            Some(Way::Denied) => call.refuse(refusal(ErrorKind::Denied, "not authorised"), Outcome::Failed),
        };
        self.paths.look(&name);
        answer
    }
}

/// What a call is, for people.
struct Name<'c, 'a>(&'c Call<'a>);

impl fmt::Display for Name<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Call::Observe(family, _) => write!(f, "observe {family:?}"),
            Call::Apply(op, _) => op.fmt(f),
            Call::Quotas(_) => f.write_str("ask for room"),
            Call::Invoke(invocation) => write!(f, "invoke {}", invocation.function),
        }
    }
}
