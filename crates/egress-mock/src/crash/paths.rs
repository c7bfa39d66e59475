//! What the data plane and the addresses do meanwhile.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    sync::{Mutex, PoisonError},
};

use egress_core::{
    CloudId,
    trace::{SourceAddress, Verdict},
};

use crate::MockCloud;

/// Some host of the internet; only that it is none of the account's counts.
const SOMEWHERE: Ipv4Addr = Ipv4Addr::new(1, 1, 1, 1);

/// Looks, whenever anything has changed, from where functions are seen and which addresses the account holds.
pub struct Paths {
    cloud: MockCloud,
    functions: Vec<CloudId>,
    seen: Mutex<Seen>,
}

/// What was seen of a life.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// Up to which change all was looked at.
    changes: Option<u64>,
    /// Which functions have a working path now.
    working: BTreeSet<CloudId>,
    /// From where each function was ever seen.
    pub(super) sources: BTreeMap<CloudId, BTreeSet<SourceAddress>>,
    /// Who lost a working path, by what.
    pub(super) cut_off: Vec<String>,
    /// The addresses that the account holds.
    held: BTreeSet<Ipv4Addr>,
    /// Addresses that it held before and holds no more.
    pub(super) lost: BTreeSet<Ipv4Addr>,
}

impl Paths {
    /// Watches these functions from now on.
    pub fn new(cloud: MockCloud, functions: Vec<CloudId>) -> Self {
        let paths = Self { cloud, functions, seen: Mutex::default() };
        paths.look(&"the beginning");
        paths
    }

    /// Looks, where anything has changed since the last look. `after` says for people what happened meanwhile.
    pub fn look(&self, after: &dyn std::fmt::Display) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let changes = self.cloud.changes();
        if seen.changes == Some(changes) {
            return;
        }
        seen.changes = Some(changes);
        for function in &self.functions {
            match self.cloud.way_of(function, SOMEWHERE, 443) {
                Verdict::Reaches { sources } => {
                    seen.working.insert(function.clone());
                    seen.sources.entry(function.clone()).or_default().extend(sources);
                }
                verdict => {
                    if seen.working.remove(function) {
                        let at = self.cloud.now();
                        seen.cut_off.push(format!("{function} lost its path by {after} at {at:?}: {verdict:?}"));
                    }
                }
            }
        }
        let held: BTreeSet<Ipv4Addr> = self.cloud.addresses().into_iter().collect();
        let lost: Vec<Ipv4Addr> = seen.held.difference(&held).copied().collect();
        seen.lost.extend(lost);
        seen.held = held;
    }

    pub(super) fn seen(&self) -> Seen {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
