//! A Plan as people read it: first what happens to the egress IPs, then the steps, then the bill.

use egress_core::{
    Key, Kind,
    op::{FunctionOp, Op},
    plan::{Action, AddressChange, Condition, Fate, Method, Plan, Proof, Step},
    report::cost::Cost,
};

use super::{
    View, style,
    text::{and, columns, count, money, paint},
};
use crate::output::notice_text;

impl View for Plan {
    fn human(&self) -> String {
        let mut text = headline(self);
        text.push_str(&steps(&self.steps));
        if !self.notices.is_empty() {
            text.push('\n');
            text.extend(self.notices.iter().map(notice_text));
        }
        text + "\n" + &cost(&self.cost)
    }
}

/// What the plan is for, and what becomes of the egress IPs.
fn headline(plan: &Plan) -> String {
    let place = &plan.place;
    let title = format!("stack {} in {}, account {}", plan.stack, place.region, place.account);
    let mut text = format!("{}\n\n{}\n", paint(style::STRONG, title), paint(style::STRONG, "egress IPs"));
    if plan.addresses.is_empty() {
        text.push_str("  none\n");
    }
    text + &columns(2, &plan.addresses.iter().map(address).collect::<Vec<_>>())
}

fn address(change: &AddressChange) -> [String; 4] {
    let (look, mark, word, meaning) = match change.fate {
        Fate::Kept => (style::STRONG, "=", "kept", "nothing changes for your third parties"),
        Fate::New => (style::GOOD, "+", "new", "give it to your third parties"),
        Fate::Parked => (style::CHANGED, "~", "parked", "stays yours and costs money; nothing leaves from it"),
        Fate::GivenUp => (style::BAD, "-", "given up", "gone for good: take it off your third parties' lists"),
    };
    let ip = change.ip.map_or_else(|| "known once it is allocated".to_owned(), |ip| ip.to_string());
    [
        paint(look, format!("{mark} {word}")),
        paint(style::STRONG, ip),
        change.key.to_string(),
        paint(style::DIM, meaning),
    ]
}

/// The steps, grouped by what they are about, each group in the order of the plan.
fn steps(steps: &[Step]) -> String {
    let mut text = String::new();
    for group in Group::ALL {
        let lines: Vec<String> = steps.iter().filter(|step| Group::of(step) == group).map(step_line).collect();
        if !lines.is_empty() {
            text.push_str(&format!("\n{}\n{}", paint(style::STRONG, group.title()), lines.concat()));
        }
    }
    if text.is_empty() {
        return "\nnothing to do\n".to_owned();
    }
    format!("{text}\n{}\n", totals(steps))
}

fn step_line(step: &Step) -> String {
    let why = step.why.as_ref().map(|why| paint(style::DIM, format!("  ({why})"))).unwrap_or_default();
    let Label { mark, text, .. } = label(step);
    let line = format!("{} {text}", mark.sign());
    let line = match mark {
        Mark::Wait | Mark::Proof => paint(style::DIM, line),
        _ => format!("{} {text}", paint(mark.style(), mark.sign())),
    };
    format!("  {line}{why}\n")
}

fn totals(steps: &[Step]) -> String {
    let of = |wanted: fn(Mark) -> bool| steps.iter().filter(|step| wanted(label(step).mark)).count();
    let parts = [
        (of(|m| m == Mark::Add), "to add"),
        (of(|m| m == Mark::Change), "to change"),
        (of(|m| m == Mark::Delete), "to delete"),
    ];
    let mut words: Vec<String> = parts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    let proofs = of(|m| m == Mark::Proof);
    if proofs > 0 {
        words.push(count(proofs, "path") + " to prove");
    }
    and(words)
}

/// What a step does, as one line.
pub(crate) struct Label {
    /// What sort of step.
    pub(crate) mark: Mark,
    /// What it does.
    pub(crate) text: String,
}

/// What sort of step it is, for the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Something is made.
    Add,
    /// Something is changed.
    Change,
    /// Something is taken away.
    Delete,
    /// Something is waited for.
    Wait,
    /// A path is proven.
    Proof,
}

impl Mark {
    /// The sign before the line.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Change => "~",
            Self::Delete => "-",
            Self::Wait => "·",
            Self::Proof => "?",
        }
    }

    /// Its colour.
    pub(crate) fn style(self) -> anstyle::Style {
        match self {
            Self::Add => style::GOOD,
            Self::Change => style::CHANGED,
            Self::Delete => style::BAD,
            Self::Wait | Self::Proof => style::DIM,
        }
    }
}

/// What a step does, as one line.
pub(crate) fn label(step: &Step) -> Label {
    match &step.action {
        Action::Change(op) => Label { mark: mark(op.verb()), text: op.to_string() },
        Action::Await(condition) => Label { mark: Mark::Wait, text: wait_text(condition) },
        Action::Prove(proof) => Label { mark: Mark::Proof, text: proof_text(proof) },
    }
}

/// What every wait begins with.
pub(crate) const WAIT: &str = "wait until ";

fn wait_text(condition: &Condition<Key>) -> String {
    match condition {
        Condition::Ready(key) => format!("{WAIT}{key} is ready"),
        Condition::Gone(key) => format!("{WAIT}{key} is gone"),
        Condition::NoFunctionInterfaces(key) => format!("{WAIT}{key} is free of functions' interfaces"),
        Condition::Tagged { function, .. } => format!("{WAIT}what was saved on {function} can be read back"),
    }
}

fn proof_text(proof: &Proof) -> String {
    let how = match proof.by {
        Method::Probe { .. } => "with a probe",
        Method::Trace { .. } => "by following its path",
    };
    format!("prove {how} that {} leaves from {}", proof.subnet, and(&proof.expect))
}

fn mark(verb: &str) -> Mark {
    match verb {
        "create" | "allocate" | "route" | "allow" | "grant" => Mark::Add,
        "delete" | "release" | "unroute" | "revoke" => Mark::Delete,
        _ => Mark::Change,
    }
}

/// What steps are about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    Network,
    WayOut,
    Proof,
    Functions,
}

impl Group {
    const ALL: [Self; 4] = [Self::Network, Self::WayOut, Self::Proof, Self::Functions];

    fn title(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::WayOut => "way out",
            Self::Proof => "proof",
            Self::Functions => "functions",
        }
    }

    fn of(step: &Step) -> Self {
        match &step.action {
            Action::Prove(_) => Self::Proof,
            Action::Await(condition) => Self::of_key(condition.subject()),
            Action::Change(Op::Function(FunctionOp::CreateProbeRole(_) | FunctionOp::DeleteProbeRole(_))) => {
                Self::Proof
            }
            Action::Change(op) => Self::of_kind(op.kind()),
        }
    }

    fn of_key(key: &Key) -> Self {
        Self::of_kind(key.kind)
    }

    fn of_kind(kind: Kind) -> Self {
        match kind {
            Kind::Network | Kind::Subnet | Kind::RouteTable | Kind::SecurityGroup | Kind::Interface => Self::Network,
            Kind::InternetGateway | Kind::NatGateway | Kind::Address => Self::WayOut,
            Kind::Probe => Self::Proof,
            Kind::Function | Kind::Role => Self::Functions,
        }
    }
}

/// The hours of a month, as the clouds' own calculators count them.
const MONTH_HOURS: u64 = 730;

/// The bill.
fn cost(cost: &Cost) -> String {
    if cost.lines.is_empty() {
        return "monthly cost: nothing\n".to_owned();
    }
    let sum = cost.monthly_micros.map_or_else(|| "unknown".to_owned(), |micros| money(micros, &cost.currency));
    let part = |line: &egress_core::report::cost::CostLine| {
        let price = line.hourly_micros.map(|hourly| hourly * MONTH_HOURS * u64::from(line.count));
        let price = price.map_or_else(|| "unknown".to_owned(), |micros| money(micros, &cost.currency));
        [format!("{} × {}", line.count, line.what), price]
    };
    let title = paint(style::STRONG, format!("monthly cost, before traffic: {sum}"));
    let parts = columns(2, &cost.lines.iter().map(part).collect::<Vec<_>>());
    format!("{title}\n{parts}  {}\n", paint(style::DIM, format!("prices: {}", cost.source)))
}
