//! What `egress doctor` answers: the JSON of docs/schemas/doctor.schema.json. New fields may be added at the end of an object.

use egress_core::{
    World,
    doctor::{Diagnosis, Finding, FunctionEgress, Mend, Unexpected},
    trace::{Severity, SourceAddress},
};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    named::name_of,
    traced::{TracedPlace, Word, ips_of, word},
};
use crate::render::aws_command::commands;

/// What is wrong with the way out of functions.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(title = "egress doctor")]
pub(crate) struct Diagnosed {
    /// What is wrong, worst first.
    pub(crate) findings: Vec<Found>,
    /// Where each function leaves, by place and name.
    pub(crate) functions: Vec<Leaving>,
    /// The functions that are not seen from exactly the IPs of `--expect-ips`.
    pub(crate) unexpected: Vec<Strays>,
    /// What would have to be known to tell more.
    pub(crate) missing: Vec<String>,
    /// What was looked at, per account and region.
    pub(crate) looked_at: Vec<Looked>,
    /// Where functions were followed to.
    pub(crate) to: String,
    /// To which port, by TCP.
    pub(crate) port: u16,
    /// What was not understood of files, or taken for granted for want of it.
    pub(crate) notes: Vec<String>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub(crate) struct Found {
    /// How bad it is.
    pub(crate) severity: Grade,
    /// The rule, e.g. `NO_DEFAULT_ROUTE`.
    pub(crate) rule: String,
    /// The resource whose setting it is.
    pub(crate) resource: Option<String>,
    /// The name that its owner gave it.
    pub(crate) name: Option<String>,
    /// What is wrong.
    pub(crate) detail: String,
    /// How to mend it, in words.
    pub(crate) fix: String,
    /// The same as data, in order; empty where people must decide.
    #[schemars(with = "Vec<serde_json::Value>")]
    pub(crate) mend: Vec<Mend>,
    /// The same as commands of the AWS CLI. What must be chosen or made first stands in `<…>`.
    pub(crate) commands: Vec<String>,
    /// The functions that it touches.
    pub(crate) functions: Vec<String>,
    /// What the documentation says of the rule.
    pub(crate) page: String,
    /// The account and region.
    pub(crate) place: TracedPlace,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Grade {
    /// It works, and may cost or surprise.
    Info,
    /// It works today, and is fragile.
    Warning,
    /// Packets are stopped, or a function cannot run.
    Error,
}

/// Where a function leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Leaving {
    /// The function.
    pub(crate) function: String,
    /// What becomes of what it sends.
    pub(crate) verdict: Word,
    /// The sources that the destination sees: addresses, or ranges as CIDR.
    pub(crate) source_ips: Vec<String>,
    /// Whether all of them are fixed addresses of the account's, and no other is possible.
    pub(crate) fixed: bool,
    /// The account and region.
    pub(crate) place: TracedPlace,
}

/// A function that is not seen from exactly the IPs that were expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Strays {
    /// The function.
    pub(crate) function: String,
    /// IPs that were expected, and that it is never seen from.
    pub(crate) missing: Vec<String>,
    /// Sources that it may be seen from, and that were not expected.
    pub(crate) extra: Vec<String>,
    /// Whether other sources are possible that nobody can tell.
    pub(crate) open: bool,
    /// The account and region.
    pub(crate) place: TracedPlace,
}

/// How much was looked at in one account and region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Looked {
    /// The account and region.
    pub(crate) place: TracedPlace,
    /// How many functions.
    pub(crate) functions: usize,
    /// How many subnets there are.
    pub(crate) subnets: usize,
    /// How many NAT gateways there are.
    pub(crate) nat_gateways: usize,
}

impl Looked {
    /// What an examination of a World took in.
    pub(crate) fn at(world: &World, diagnosis: &Diagnosis) -> Self {
        Self {
            place: TracedPlace::of(world),
            functions: diagnosis.functions.len(),
            subnets: world.network.subnets.len(),
            nat_gateways: world.gateway.nat_gateways.len(),
        }
    }
}

impl Diagnosed {
    /// Nothing looked at yet.
    pub(crate) fn new(to: String, port: u16, notes: Vec<String>) -> Self {
        let (findings, functions, unexpected) = (Vec::new(), Vec::new(), Vec::new());
        Self { findings, functions, unexpected, missing: Vec::new(), looked_at: Vec::new(), to, port, notes }
    }

    /// Adds what was found in one World.
    pub(crate) fn add(&mut self, diagnosis: &Diagnosis, unexpected: &[Unexpected], world: &World, looked: Looked) {
        let place = &looked.place;
        self.findings.extend(diagnosis.findings.iter().map(|finding| found(finding, world, place)));
        // Stable: those of one World stay in their order.
        self.findings.sort_by_key(|found| std::cmp::Reverse(found.severity));
        self.functions.extend(diagnosis.functions.iter().map(|egress| leaving(egress, place)));
        self.unexpected.extend(unexpected.iter().map(|unexpected| strays(unexpected, place)));
        self.missing.extend(diagnosis.missing.iter().cloned());
        self.looked_at.push(looked);
    }

    /// Whether something was found that is so bad, or worse. A function that is seen from other IPs than expected is an error.
    pub(crate) fn is_as_bad_as(&self, severity: Severity) -> bool {
        !self.unexpected.is_empty() || self.findings.iter().any(|found| found.severity >= grade(severity))
    }

    /// How many findings there are of a grade; the functions that stray are errors.
    pub(crate) fn count(&self, grade: Grade) -> usize {
        let strays = if grade == Grade::Error { self.unexpected.len() } else { 0 };
        strays + self.findings.iter().filter(|found| found.severity == grade).count()
    }
}

fn found(finding: &Finding, world: &World, place: &TracedPlace) -> Found {
    Found {
        severity: grade(finding.severity),
        rule: finding.rule.to_string(),
        resource: finding.resource.as_ref().map(ToString::to_string),
        name: finding.resource.as_ref().and_then(|id| name_of(world, id)),
        detail: finding.detail.clone(),
        fix: finding.fix.clone(),
        mend: finding.mend.clone(),
        commands: finding.mend.iter().flat_map(|mend| commands(mend, &place.region)).collect(),
        functions: finding.functions.iter().map(ToString::to_string).collect(),
        page: finding.rule.page(),
        place: place.clone(),
    }
}

fn leaving(egress: &FunctionEgress, place: &TracedPlace) -> Leaving {
    Leaving {
        function: egress.function.to_string(),
        verdict: word(&egress.verdict),
        source_ips: ips_of(&egress.sources),
        fixed: egress.is_fixed(),
        place: place.clone(),
    }
}

fn strays(unexpected: &Unexpected, place: &TracedPlace) -> Strays {
    Strays {
        function: unexpected.function.to_string(),
        missing: unexpected.missing.iter().map(ToString::to_string).collect(),
        extra: unexpected.extra.iter().map(SourceAddress::to_string).collect(),
        open: unexpected.open,
        place: place.clone(),
    }
}

const fn grade(severity: Severity) -> Grade {
    match severity {
        Severity::Info => Grade::Info,
        Severity::Warning => Grade::Warning,
        Severity::Error => Grade::Error,
    }
}
