//! Adoption: reads a stack out of what is there, however it was made, and writes the file that makes egress use it as it is.
//!
//! It is pure: [`scope`] says how much of the World it must see, [`adopt`] makes the file of it. It proves itself: the file is
//! read and planned in the same World, and is given out only where that Plan changes nothing.

mod choose;
mod functions;
mod text;

use serde::{Deserialize, Serialize};

use crate::{
    CloudId, Scope, StackName, World,
    plan::{Level, Notice, Refusal, RefusalKind, Request, Verb, plan},
    spec::{self, Spec},
};
use choose::choose;

/// What is to be adopted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// What the stack is to be called.
    pub stack: StackName,
    /// Which part of what is there.
    pub pick: Pick,
}

/// Which part of what is there is to be adopted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pick {
    /// The one network that has subnets behind NAT gateways.
    Only,
    /// This network: all of its subnets behind NAT gateways.
    Network(CloudId),
    /// These subnets.
    Subnets(std::collections::BTreeSet<CloudId>),
    /// The subnets that this function runs in, and of all functions this one alone.
    Function(CloudId),
}

/// A stack that was adopted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adopted {
    /// The file.
    pub text: String,
    /// The same as data.
    pub spec: Spec,
    /// What was left out, and why.
    pub notices: Vec<Notice>,
}

/// Why nothing can be adopted. Every reason is there, not only the first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{}", refusals.iter().map(|r| r.message.as_str()).collect::<Vec<_>>().join("; "))]
pub struct AdoptError {
    /// The reasons; never empty.
    pub refusals: Vec<Refusal>,
}

/// How much of the World [`adopt`] must see.
pub fn scope(wish: &Wish) -> Scope {
    let within = |functions: &[&CloudId], networks: &[&CloudId]| Scope::Stack {
        stack: wish.stack.clone(),
        functions: functions.iter().copied().cloned().collect(),
        networks: networks.iter().copied().cloned().collect(),
    };
    match &wish.pick {
        Pick::Only | Pick::Subnets(_) => Scope::Everything,
        Pick::Network(network) => within(&[], &[network]),
        Pick::Function(function) => within(&[function], &[]),
    }
}

/// Makes the file of a stack that uses what is there, all of it as it is. `world` must have been observed with [`scope`] or
/// wider. The next Plan of that file changes nothing.
///
/// # Errors
///
/// Every reason why what is there is no such stack: subnets without a way out through a NAT gateway, or with one that cannot be
/// seen; several networks to choose from; a stack of egress's own.
pub fn adopt(world: &World, wish: &Wish) -> Result<Adopted, AdoptError> {
    check_new(world, &wish.stack)?;
    let site = choose(world, &wish.pick)?;
    let crew = functions::sort(world, &site, &wish.pick);
    let text = text::text(world, &wish.stack, &site, &crew);
    let spec = spec::parse(&text).map_err(|error| refused(vec![unreadable(&error)]))?.spec;
    prove(world, &spec)?;
    Ok(Adopted { text, spec, notices: crew.notices })
}

/// A stack of this name that egress has made is no one's to adopt.
fn check_new(world: &World, stack: &StackName) -> Result<(), AdoptError> {
    let Some(made) = world.owned_by(stack).into_iter().find(|owned| owned.live) else { return Ok(()) };
    let message = format!("stack {stack} is there already: egress made {} ({})", made.owner.key, made.id);
    Err(refused(vec![refusal(RefusalKind::Unsafe, stack, message, "give the adopted one another name")]))
}

/// The file must mean what is there.
fn prove(world: &World, spec: &Spec) -> Result<(), AdoptError> {
    let verb = Verb::Apply { permits: std::collections::BTreeSet::new() };
    let plan = plan(spec, world, &Request { verb, echo_url: String::new() })
        .map_err(|error| AdoptError { refusals: error.refusals })?;
    if plan.is_empty() {
        return Ok(());
    }
    let steps: Vec<String> = plan.steps.iter().map(|step| step.id.to_string()).collect();
    let message = format!("it would not be left as it is: {}", steps.join(", "));
    Err(refused(vec![refusal(
        RefusalKind::Impossible,
        &spec.stack,
        message,
        "name less of it, or write the file by hand",
    )]))
}

fn unreadable(error: &spec::SpecError) -> Refusal {
    let messages: Vec<&str> = error.mistakes.iter().map(|mistake| mistake.message.as_str()).collect();
    refusal(RefusalKind::Impossible, "egress.toml", messages.join("; "), "name less of it, or write the file by hand")
}

fn refused(refusals: Vec<Refusal>) -> AdoptError {
    AdoptError { refusals }
}

fn refusal(kind: RefusalKind, subject: impl ToString, message: impl Into<String>, hint: &str) -> Refusal {
    Refusal {
        kind,
        subject: Some(subject.to_string()),
        message: message.into(),
        hint: Some(hint.to_owned()),
        permit: None,
    }
}

fn note(subject: &CloudId, message: String, hint: &str) -> Notice {
    Notice { level: Level::Note, subject: Some(subject.to_string()), message, hint: Some(hint.to_owned()) }
}
