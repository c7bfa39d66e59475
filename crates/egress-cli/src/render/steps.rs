//! Steps as people read them: one line for each step where they are told one by one, one row for each resource in a plan.

use egress_core::{
    Key, Kind,
    op::{FunctionOp, GatewayOp, NetworkOp, Op, SetTags},
    plan::{Action, Condition, Method, Proof, Step},
    tags,
};

use super::{
    style,
    text::{and, columns, count, paint},
};

/// What a step does, as one line.
pub(crate) struct Label {
    /// What sort of step.
    pub(crate) mark: Mark,
    /// What it does.
    pub(crate) text: String,
}

/// What sort of change it is, for the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    /// Something is waited for.
    Wait,
    /// A path is proven.
    Proof,
    /// Something is changed.
    Change,
    /// Something is made.
    Add,
    /// Something is taken away.
    Delete,
    /// Something is made and taken away again.
    Passing,
}

impl Mark {
    /// The sign before the line.
    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Wait => "·",
            Self::Proof => "?",
            Self::Change => "~",
            Self::Add => "+",
            Self::Delete => "-",
            Self::Passing => "±",
        }
    }

    /// Its colour.
    pub(crate) fn style(self) -> anstyle::Style {
        match self {
            Self::Wait | Self::Proof => style::DIM,
            Self::Change | Self::Passing => style::CHANGED,
            Self::Add => style::GOOD,
            Self::Delete => style::BAD,
        }
    }

    fn painted(self) -> String {
        paint(self.style(), self.sign())
    }
}

/// What every wait begins with.
pub(crate) const WAIT: &str = "wait until ";

/// What a step does, as one line.
pub(crate) fn label(step: &Step) -> Label {
    match &step.action {
        Action::Change(op) => Label { mark: mark(op.verb()), text: op.to_string() },
        Action::Await(condition) => {
            Label { mark: Mark::Wait, text: format!("{WAIT}{} is {}", condition.subject(), state(condition)) }
        }
        Action::Sweep(subnet) => {
            Label { mark: Mark::Wait, text: format!("delete what functions left behind in {subnet}") }
        }
        Action::Prove(proof) => {
            let text = format!("prove that {} leaves from {}{}", proof.subnet, and(&proof.expect), method(proof));
            Label { mark: Mark::Proof, text }
        }
    }
}

fn mark(verb: &str) -> Mark {
    match verb {
        "create" | "allocate" | "route" | "allow" | "grant" => Mark::Add,
        "delete" | "release" | "unroute" | "revoke" => Mark::Delete,
        _ => Mark::Change,
    }
}

fn state(condition: &Condition<Key>) -> &'static str {
    match condition {
        Condition::Ready(_) => "ready",
        Condition::Gone(_) => "gone",
        Condition::NoFunctionInterfaces(_) => "free of functions' interfaces",
        Condition::Tagged { .. } => "readable as saved",
        Condition::InUse { .. } => "in use",
        Condition::NotInUse { .. } => "no longer in use",
    }
}

fn method(proof: &Proof) -> &'static str {
    match proof.by {
        Method::Probe { .. } => "",
        Method::Trace { .. } => ", by following the path",
    }
}

/// One resource and all that is done to it.
struct Row {
    group: Group,
    subject: Key,
    mark: Mark,
    details: Vec<String>,
}

/// The steps as a table, one row for each resource, in groups; and how much it is in all.
pub(super) fn table(steps: &[Step]) -> String {
    let rows = rows(steps);
    let mut text = String::new();
    for group in Group::ALL {
        let cells = rows.iter().filter(|row| row.group == group);
        let cells: Vec<[String; 2]> = cells.map(cells_of).collect();
        if !cells.is_empty() {
            text.push_str(&format!("\n{}\n{}", paint(style::STRONG, group.title()), columns(2, &cells)));
        }
    }
    if text.is_empty() {
        return "\nnothing to do\n".to_owned();
    }
    format!("{text}\n{}\n", totals(&rows, steps))
}

fn cells_of(row: &Row) -> [String; 2] {
    [format!("{} {}", row.mark.painted(), row.subject), row.details.join(", ")]
}

fn rows(steps: &[Step]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for step in steps {
        let Some(subject) = subject(&step.action) else { continue };
        let at = rows.iter().position(|row| row.subject == subject);
        let at = at.unwrap_or_else(|| {
            rows.push(Row { group: Group::of(&step.action, &subject), subject, mark: Mark::Wait, details: Vec::new() });
            rows.len() - 1
        });
        let row = &mut rows[at];
        row.mark = joined(row.mark, weight(&step.action));
        row.details.extend(detail(&step.action));
        if let Some(why) = &step.why {
            let why = paint(style::DIM, format!(" ({why})"));
            match row.details.last_mut() {
                Some(last) => last.push_str(&why),
                None => row.details.push(why.trim_start().to_owned()),
            }
        }
    }
    rows
}

/// What is done to a resource of which this and that is done.
fn joined(one: Mark, other: Mark) -> Mark {
    match (one.min(other), one.max(other)) {
        (Mark::Add, Mark::Delete) => Mark::Passing,
        (_, greater) => greater,
    }
}

/// What a step does to its subject as a whole: a route that is added changes its table.
fn weight(action: &Action) -> Mark {
    match action {
        Action::Await(_) | Action::Sweep(_) => Mark::Wait,
        Action::Prove(_) => Mark::Proof,
        Action::Change(op) => match op.verb() {
            "create" | "allocate" => Mark::Add,
            "delete" | "release" => Mark::Delete,
            _ => Mark::Change,
        },
    }
}

/// The resource in whose row a step stands.
fn subject(action: &Action) -> Option<Key> {
    match action {
        Action::Await(condition) => Some(condition.subject().clone()),
        Action::Sweep(subnet) => Some(subnet.clone()),
        Action::Prove(Proof { by: Method::Probe { probe, .. }, .. }) => Some(probe.clone()),
        Action::Prove(proof) => Some(proof.subnet.clone()),
        Action::Change(Op::Network(NetworkOp::AssociateRouteTable(op))) => Some(op.subnet.clone()),
        Action::Change(Op::Network(NetworkOp::DisassociateRouteTable(op))) => Some(op.subnet.clone()),
        // What an Op that creates nothing refers to first is what it changes.
        Action::Change(op) => op.creates().map(|owner| owner.key).or_else(|| op.references().first().copied().cloned()),
    }
}

/// What is done, beside making or deleting the subject itself.
fn detail(action: &Action) -> Option<String> {
    match action {
        Action::Await(Condition::Tagged { .. }) => None,
        Action::Await(condition) => Some(paint(style::DIM, format!("{WAIT}{}", state(condition)))),
        Action::Sweep(_) => Some(paint(style::DIM, "delete those left behind")),
        Action::Prove(proof) => {
            Some(paint(style::DIM, format!("prove that it leaves from {}{}", and(&proof.expect), method(proof))))
        }
        Action::Change(Op::Network(op)) => network_detail(op),
        Action::Change(Op::Gateway(op)) => gateway_detail(op),
        Action::Change(Op::Function(op)) => function_detail(op),
    }
}

fn network_detail(op: &NetworkOp<Key>) -> Option<String> {
    match op {
        NetworkOp::CreateNetwork(op) => Some(op.cidr.to_string()),
        NetworkOp::CreateSubnet(op) => Some(format!("{} in {}", op.cidr, op.zone)),
        NetworkOp::AssociateRouteTable(op) => Some(format!("routed by {}", op.table.name)),
        NetworkOp::CreateRoute(op) => Some(format!("{} → {}", op.destination, op.target)),
        NetworkOp::ReplaceRoute(op) => Some(format!("{} → {} from now on", op.destination, op.target)),
        NetworkOp::DeleteRoute(op) => Some(format!("no route to {}", op.destination)),
        NetworkOp::AllowEgress(op) => Some(format!("lets {} out", op.rule.protocol)),
        NetworkOp::SetTags(op) => Some(tags_detail(op)),
        _ => None,
    }
}

fn gateway_detail(op: &GatewayOp<Key>) -> Option<String> {
    match op {
        GatewayOp::AttachInternetGateway(op) => Some(format!("attached to {}", op.network)),
        GatewayOp::ReleaseAddress(op) => Some(format!("{}, for good", op.ip)),
        GatewayOp::CreateNatGateway(op) => Some(format!("in {} with {}", op.subnet.name, op.address)),
        GatewayOp::AssociateNatAddress(op) => Some(format!("on {}", op.gateway)),
        GatewayOp::DisassociateNatAddress(op) => Some(format!("off {}", op.gateway)),
        GatewayOp::SetTags(op) => Some(tags_detail(op)),
        _ => None,
    }
}

fn function_detail(op: &FunctionOp<Key>) -> Option<String> {
    match op {
        FunctionOp::SetAttachment(op) => Some(match &op.to {
            Some(to) => format!("into {} with {}", names(&to.subnets), names(&to.groups)),
            None => "out of its network".to_owned(),
        }),
        FunctionOp::GrantNetworkAccess(_) => Some("may make network interfaces".to_owned()),
        FunctionOp::RevokeNetworkAccess(_) => Some("may no longer make network interfaces".to_owned()),
        FunctionOp::CreateProbe(op) => Some(format!("in {}", names(&op.attachment.subnets))),
        FunctionOp::SetTags(op) => Some(tags_detail(op)),
        _ => None,
    }
}

/// Where the kind is plain from the place.
fn names<'a>(keys: impl IntoIterator<Item = &'a Key>) -> String {
    and(keys.into_iter().map(|key| &key.name))
}

fn tags_detail(op: &SetTags<Key>) -> String {
    if op.kind == Kind::Function && op.set.contains_key(tags::KEY) {
        return "what it has now is saved in its tags".to_owned();
    }
    match (op.set.len(), op.remove.len()) {
        (0, removed) => format!("{} less", count(removed, "tag")),
        (set, 0) => format!("{} set", count(set, "tag")),
        (set, removed) => format!("{} set and {removed} removed", count(set, "tag")),
    }
}

fn totals(rows: &[Row], steps: &[Step]) -> String {
    let parts = [
        (Mark::Add, "to create"),
        (Mark::Change, "to change"),
        (Mark::Delete, "to delete"),
        (Mark::Passing, "to create and delete again"),
    ];
    let of = |mark: Mark| rows.iter().filter(|row| row.mark == mark).count();
    let counted = parts.iter().map(|(mark, word)| (of(*mark), *word)).filter(|(n, _)| *n > 0);
    let mut words: Vec<String> = counted.map(|(n, word)| format!("{n} {word}")).collect();
    let proofs = steps.iter().filter(|step| matches!(step.action, Action::Prove(_))).count();
    if proofs > 0 {
        words.push(count(proofs, "path") + " to prove");
    }
    words.join(", ")
}

/// What resources are about.
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

    fn of(action: &Action, subject: &Key) -> Self {
        if let Action::Change(Op::Function(FunctionOp::CreateProbeRole(_) | FunctionOp::DeleteProbeRole(_))) = action {
            return Self::Proof;
        }
        match subject.kind {
            Kind::Network | Kind::Subnet | Kind::RouteTable | Kind::SecurityGroup | Kind::Interface | Kind::Lease => {
                Self::Network
            }
            Kind::InternetGateway | Kind::NatGateway | Kind::Address => Self::WayOut,
            Kind::Probe => Self::Proof,
            Kind::Function | Kind::Role => Self::Functions,
        }
    }
}
