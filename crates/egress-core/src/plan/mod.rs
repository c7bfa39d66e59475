//! Plans: immutable, complete, made by a pure function.
//!
//! [`plan`] compares a [`Spec`] with a [`World`] and answers with a [`Plan`]: a graph of Steps, what it does to the egress
//! IPs, and what it costs. All choices are made here; execution makes none. The planner proves its own Plan: it applies it
//! to the World in memory and traces every function's subnets, and refuses a Plan whose functions would not leave from
//! exactly the planned addresses.

mod bind;
mod connectivity;
mod destroy;
mod draft;
mod functions;
mod gateways;
mod members;
mod model;
mod nat_addresses;
mod network;
mod outgoing;
mod proof;
mod rename;
mod replace;
mod saved;
mod teardown;
mod ways;

pub use members::{Member, Origin, members};
pub use model::*;

use std::collections::BTreeSet;

use crate::{
    Scope, World,
    spec::{FunctionSpec, Spec},
};
use draft::Draft;

/// Makes the Plan that turns `world` into what `request` asks for.
///
/// Pure and deterministic: the same arguments give the same Plan, byte for byte. `world` must have been observed with
/// [`scope`] or wider.
pub fn plan(spec: &Spec, world: &World, request: &Request) -> Result<Plan, PlanError> {
    let mut draft = Draft::new(spec, world, request);
    bind::check_place(&mut draft);
    bind::bind(&mut draft);
    draft.serves = bind::serves(&draft);
    match &request.verb {
        Verb::Apply { .. } => apply(&mut draft, &[]),
        Verb::Attach { functions, .. } => {
            bind::require_stack(&mut draft);
            apply(&mut draft, functions);
        }
        Verb::Detach { functions, remove_role_policy } => {
            functions::detach(&mut draft, functions, *remove_role_policy);
        }
        Verb::Verify => {
            bind::require_stack(&mut draft);
            if draft.refusals.is_empty() {
                proof::verify(&mut draft);
            }
        }
        Verb::Destroy { release, remove_role_policy } => destroy::destroy(&mut draft, release, *remove_role_policy),
    }
    connectivity::foresee(&mut draft);
    draft.finish()
}

/// How much of the World [`plan`] must see for a request.
pub fn scope(spec: &Spec, verb: &Verb) -> Scope {
    let mut functions: BTreeSet<_> = spec.functions.iter().map(|f| f.name.clone()).collect();
    match verb {
        Verb::Attach { functions: named, .. } => functions.extend(named.iter().map(|f| f.name.clone())),
        Verb::Detach { functions: named, .. } => functions.extend(named.iter().cloned()),
        Verb::Apply { .. } | Verb::Verify | Verb::Destroy { .. } => {}
    }
    Scope::Stack { stack: spec.stack.clone(), functions }
}

fn apply(draft: &mut Draft<'_>, named: &[FunctionSpec]) {
    recognise(draft);
    draft.listed = ways::settle(draft);
    gateways::addresses(draft);
    network::build(draft);
    gateways::build(draft);
    functions::apply(draft, named);
    proof::tidy(draft);
    proof::check(draft);
    outgoing::remove(draft);
}

/// Sees which of the stack's things are what the Spec asks for, by whatever name, and which must make room.
fn recognise(draft: &mut Draft<'_>) {
    // What makes room leaves its name to another thing, which may have to make room in its turn.
    for _ in 0..2 {
        rename::rename(draft);
        replace::make_room(draft);
    }
    draft.retag();
}

#[cfg(test)]
mod tests;
