//! Plans: immutable, complete, made by a pure function.
//!
//! [`plan`] compares a [`Spec`] with a [`World`] and answers with a [`Plan`]: a graph of Steps, what it does to the egress
//! IPs, and what it costs. All choices are made here; execution makes none. The planner proves its own Plan: it applies it
//! to the World in memory and traces every function's subnets, and refuses a Plan whose functions would not leave from
//! exactly the planned addresses.

mod bind;
mod destroy;
mod draft;
mod existing;
pub mod external;
mod functions;
mod gateways;
mod members;
mod model;
mod network;
mod proof;
mod saved;

pub use existing::bindings;
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
    let found = existing::as_found(spec, world);
    let mut draft = Draft::new(&found, world, request);
    bind::check_place(&mut draft);
    bind::bind(&mut draft);
    existing::bind(&mut draft);
    draft.refusals.extend(existing::amiss(spec, world));
    if !draft.refusals.is_empty() {
        // Whatever else were said would only follow from this.
        return draft.finish();
    }
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
                external::tell(&mut draft);
            }
        }
        Verb::Destroy { release, remove_role_policy } => destroy::destroy(&mut draft, release, *remove_role_policy),
    }
    draft.finish()
}

/// How much of the World [`plan`] must see for a request.
pub fn scope(spec: &Spec, verb: &Verb) -> Scope {
    let functions = spec.functions.iter().map(|f| f.name.clone()).chain(spec.external.iter().cloned());
    let mut functions: BTreeSet<_> = functions.collect();
    match verb {
        Verb::Attach { functions: named, .. } => functions.extend(named.iter().map(|f| f.name.clone())),
        Verb::Detach { functions: named, .. } => functions.extend(named.iter().cloned()),
        Verb::Apply { .. } | Verb::Verify | Verb::Destroy { .. } => {}
    }
    let networks = spec.existing.get(&spec.network_key()).cloned().into_iter().collect();
    Scope::Stack { stack: spec.stack.clone(), functions, networks }
}

fn apply(draft: &mut Draft<'_>, named: &[FunctionSpec]) {
    let addresses = gateways::addresses(draft);
    network::build(draft);
    gateways::build(draft, &addresses);
    existing::check_routes(draft);
    functions::apply(draft, named);
    external::look(draft);
    proof::tidy(draft);
    network::report_strays(draft);
    proof::check(draft);
}

#[cfg(test)]
mod tests;
