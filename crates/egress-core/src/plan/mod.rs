//! Plans: immutable, complete, made by a pure function.
//!
//! [`plan`] compares a [`Spec`] with a [`World`] and answers with a [`Plan`]: a graph of Steps, what it does to the egress
//! IPs, and what it costs. All choices are made here; execution makes none. The planner proves its own Plan: it applies it
//! to the World in memory and traces every function's subnets, and refuses a Plan whose functions would not leave from
//! exactly the planned addresses.

mod bind;
mod destroy;
mod draft;
mod duplicates;
mod functions;
mod gateways;
mod members;
mod model;
mod network;
mod proof;
mod saved;

pub use members::{Member, Origin, members};
pub use model::*;

use std::collections::BTreeSet;

use crate::{
    CloudId, Scope, World,
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
    match &request.verb {
        Verb::Apply { leave } => apply(&mut draft, &[], leave),
        Verb::Attach { functions, leave } => {
            bind::require_stack(&mut draft);
            apply(&mut draft, functions, leave);
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

fn apply(draft: &mut Draft<'_>, named: &[FunctionSpec], leave: &BTreeSet<CloudId>) {
    let addresses = gateways::addresses(draft);
    network::build(draft);
    gateways::build(draft, &addresses);
    functions::apply(draft, named, leave);
    proof::tidy(draft);
    duplicates::tidy(draft);
    network::report_strays(draft);
    proof::check(draft);
}

#[cfg(test)]
mod tests;
