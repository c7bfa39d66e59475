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
mod duplicates;
mod egress_ips;
mod existing;
pub mod external;
mod functions;
mod gateways;
mod members;
mod model;
mod nat_addresses;
mod needs;
mod network;
mod outgoing;
mod proof;
mod record;
mod rename;
mod replace;
mod saved;
mod teardown;
mod ways;

pub use existing::bindings;
pub use members::{Member, Origin, members};
pub use model::*;
pub use needs::forecast;
pub use record::{Moved, Record, RecordError};

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
    draft.serves = bind::serves(&draft);
    match &request.verb {
        Verb::Apply { .. } => apply(&mut draft, &[]),
        Verb::Attach { functions, .. } => {
            bind::require_stack(&mut draft);
            apply(&mut draft, functions);
        }
        Verb::Detach { functions, remove_role_policy } => {
            egress_ips::stand(&mut draft);
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
        Verb::Recover { ip } => egress_ips::recover(&mut draft, *ip),
    }
    connectivity::foresee(&mut draft);
    draft.finish()
}

/// How much of the World [`plan`] must see for a request.
pub fn scope(spec: &Spec, verb: &Verb) -> Scope {
    let functions = spec.functions.iter().map(|f| f.name.clone()).chain(spec.external.iter().cloned());
    let mut functions: BTreeSet<_> = functions.collect();
    match verb {
        Verb::Attach { functions: named, .. } => functions.extend(named.iter().map(|f| f.name.clone())),
        Verb::Detach { functions: named, .. } => functions.extend(named.iter().cloned()),
        Verb::Apply { .. } | Verb::Verify | Verb::Destroy { .. } | Verb::Recover { .. } => {}
    }
    let networks = spec.existing.get(&spec.network_key()).cloned().into_iter().collect();
    Scope::Stack { stack: spec.stack.clone(), functions, networks }
}

fn apply(draft: &mut Draft<'_>, named: &[FunctionSpec]) {
    recognise(draft);
    draft.listed = ways::settle(draft);
    let left = functions::let_go(draft, named);
    gateways::addresses(draft);
    network::build(draft);
    gateways::build(draft, &left);
    existing::check_routes(draft);
    functions::apply(draft, named);
    external::look(draft);
    proof::tidy(draft);
    duplicates::tidy(draft);
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
