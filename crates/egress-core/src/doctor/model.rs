//! The question of the doctor and its answer.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use serde::{Deserialize, Serialize};

use super::Mend;
use crate::{
    CloudId,
    trace::{RuleId, Severity, SourceAddress, To, Verdict},
    world::Protocol,
};

/// What is examined. The default is the whole region, and its way to the internet over TCP 443.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Examination {
    /// The functions to look at, and whatever they meet; `None` for all there is, what no function uses included.
    pub functions: Option<BTreeSet<CloudId>>,
    /// Where they send to.
    pub to: To,
    /// With which protocol; not all of them.
    pub protocol: Protocol,
    /// To which port.
    pub port: u16,
    /// The IPs that are meant to be seen, all of them and no other: that functions leave from more than one of them is then
    /// nothing to be told.
    pub expected_ips: Option<BTreeSet<IpAddr>>,
    /// The addresses that a NAT gateway should have, by gateway, where somebody knows: see [`pinned`](super::pinned). Of others
    /// their tags tell.
    pub pinned: BTreeMap<CloudId, BTreeSet<CloudId>>,
    /// Findings that people have looked at and decided to live with: they are not told.
    pub accepted: BTreeSet<Accepted>,
}

impl Default for Examination {
    fn default() -> Self {
        Self {
            functions: None,
            to: To::Internet,
            protocol: Protocol::Tcp,
            port: 443,
            expected_ips: None,
            pinned: BTreeMap::new(),
            accepted: BTreeSet::new(),
        }
    }
}

/// Findings that people live with.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Accepted {
    /// The rule.
    pub rule: RuleId,
    /// Of which resource; `None` for all.
    pub resource: Option<CloudId>,
}

/// What the doctor found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// What is wrong, worst first, then in the order of the rules and of the resources. One for each rule and resource.
    pub findings: Vec<Finding>,
    /// Where each function leaves, by name.
    pub functions: Vec<FunctionEgress>,
    /// What would have to be known to tell more.
    pub missing: Vec<String>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule; its page is [`RuleId::page`].
    pub rule: RuleId,
    /// How bad it is here: mostly what the rule says.
    pub severity: Severity,
    /// The resource whose setting it is.
    pub resource: Option<CloudId>,
    /// What is wrong, one lower-case sentence without its full stop.
    pub detail: String,
    /// How to mend it, likewise.
    pub fix: String,
    /// The same as data, in order; empty where people must decide.
    pub mend: Vec<Mend>,
    /// The functions that it touches.
    pub functions: BTreeSet<CloudId>,
}

/// Where a function leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionEgress {
    /// The function.
    pub function: CloudId,
    /// What becomes of its packets.
    pub verdict: Verdict,
    /// The sources that the destination may see, those over IPv6 included.
    pub sources: BTreeSet<SourceAddress>,
    /// Whether there may be other sources: nobody can tell, or the cloud may add some.
    pub open: bool,
}

impl FunctionEgress {
    /// Whether every source is a fixed address of the account's, and no other one is possible.
    pub fn is_fixed(&self) -> bool {
        let fixed = |source: &SourceAddress| matches!(source, SourceAddress::Fixed { .. });
        !self.open && !self.sources.is_empty() && self.sources.iter().all(fixed)
    }
}

impl Diagnosis {
    /// How bad the worst finding is.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }

    /// Which functions can be seen from which source.
    pub fn by_source(&self) -> BTreeMap<&SourceAddress, BTreeSet<&CloudId>> {
        let mut sources: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
        for egress in &self.functions {
            for source in &egress.sources {
                sources.entry(source).or_default().insert(&egress.function);
            }
        }
        sources
    }

    /// The functions that have no fixed IP, or none that is known to be all: see [`FunctionEgress::is_fixed`].
    pub fn without_fixed_ip(&self) -> impl Iterator<Item = &FunctionEgress> {
        self.functions.iter().filter(|egress| !egress.is_fixed())
    }
}
