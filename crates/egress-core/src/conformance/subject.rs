//! What the suite is run on.

use std::{collections::BTreeSet, fmt, time::Duration};

use crate::{Clock, Cloud, CloudId, Scope, StackName};

/// A cloud, the clock that it lives by, and what the suite may use there.
#[derive(Clone)]
pub struct Subject<'a> {
    /// The cloud.
    pub cloud: &'a dyn Cloud,
    /// The clock: a virtual one for a simulated cloud.
    pub clock: &'a dyn Clock,
    /// What the suite may use.
    pub fixture: Fixture,
}

impl fmt::Debug for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject").field("fixture", &self.fixture).finish_non_exhaustive()
    }
}

/// What the suite may use, and how long it waits.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// A stack that nothing belongs to yet. Everything in it is deleted at the end of each case.
    pub stack: StackName,
    /// Text that no earlier run had: 4 to 16 lower-case letters and digits. It stands in names and tokens.
    pub nonce: String,
    /// A function that is settled, in no network, and used by nobody else; its role is given and taken permissions.
    /// `None` leaves out the cases that move a function.
    pub function: Option<CloudId>,
    /// A URL that answers with the IP that it is called from, and nothing else. `None` leaves out invocation.
    pub echo_url: Option<String>,
    /// How long anything may take: a gateway until it works, interfaces until they are gone.
    pub patience: Duration,
    /// How long what was done may stay unseen.
    pub visibility: Duration,
}

impl Fixture {
    /// Without a function and without an echo; ready to wait an hour, and a minute for what was done to be seen.
    pub fn new(stack: StackName, nonce: impl Into<String>) -> Self {
        Self {
            stack,
            nonce: nonce.into(),
            function: None,
            echo_url: None,
            patience: Duration::from_secs(3600),
            visibility: Duration::from_secs(60),
        }
    }

    /// What the engine would ask for: the stack and the function.
    pub(super) fn scope(&self) -> Scope {
        let functions = BTreeSet::from_iter(self.function.clone());
        Scope::Stack { stack: self.stack.clone(), functions, networks: BTreeSet::new() }
    }
}
