//! Takes down whatever runs of this program made.

use std::collections::BTreeSet;

use egress_aws::{AwsCloud, fixture};
use egress_core::{
    CloudExt, CloudId, Kind, NetworkProvider, Op, Outcome, Scope, StackName, Token,
    execute::{Options, execute},
    op::{DeleteLease, DeleteProbeRole, FunctionOp, NetworkOp},
    plan::{Request, Verb, plan, scope},
    spec,
};

use crate::{JOURNEY, LAWS, Result, Stage, stack, told};

/// How often a stack is taken down anew before it is given up: what was being made meanwhile shows late.
const ROUNDS: usize = 4;

/// Takes both stacks down, addresses and locks included, and all functions and roles of fixtures: the functions first, because nothing
/// of others may be in a network that goes; the roles last, because Lambda removes interfaces with them.
pub(crate) async fn all(stage: &Stage<'_>) -> Result {
    let mut failures = Vec::new();
    let mut keep = |what: &str, result: Result| {
        if let Err(error) = result {
            failures.push(format!("{what}: {error}"));
        }
    };
    let (cloud, clock) = (&stage.cloud, &stage.clock);
    let left = fixture::left_behind(cloud).await.map_err(|error| told(&error))?;
    for fixture in &left {
        let deleted = fixture::delete_function(cloud, clock, fixture).await;
        keep(fixture.function.as_str(), deleted.map_err(|error| told(&error)));
    }
    for name in [JOURNEY, LAWS] {
        keep(&format!("stack {name}"), take_down(stage, &stack(name)?).await);
        keep(&format!("locks of stack {name}"), unlock(stage, &stack(name)?).await);
    }
    for fixture in &left {
        let deleted = fixture::delete_role(cloud, clock, fixture).await;
        keep(fixture.role.as_str(), deleted.map_err(|error| told(&error)));
        println!("deleted function and role {}", fixture.function);
    }
    if failures.is_empty() { Ok(()) } else { Err(failures.join("\n")) }
}

async fn take_down(stage: &Stage<'_>, name: &StackName) -> Result {
    let text = format!("stack = \"{name}\"\npreset = \"lambda-static-ip\"\n");
    let spec = spec::parse(&text).map_err(|error| error.to_string())?.spec;
    let mut last = String::new();
    for round in 0..ROUNDS {
        let mut verb = Verb::Destroy { release: BTreeSet::new(), remove_role_policy: true };
        let world = stage.cloud.observe(&scope(&spec, &verb)).await.map_err(|error| told(&error))?;
        let left: Vec<_> = world.owned_by(name).into_iter().filter(|owned| owned.live).collect();
        if left.is_empty() {
            println!("stack {name}: nothing is there");
            return Ok(());
        }
        println!("stack {name}: {} things are there, round {}", left.len(), round + 1);
        if left.iter().all(|owned| owned.owner.key.kind == Kind::Role) {
            // The suite's own roles are under names that no plan knows.
            last = delete_roles(stage, left.iter().map(|owned| &owned.id)).await;
            continue;
        }
        // These stacks are this program's own, so every address in them is one that it allocated.
        let ips = left
            .iter()
            .filter(|owned| owned.owner.key.kind == Kind::Address)
            .filter_map(|owned| world.gateway.addresses.get(&owned.id)?.ip);
        if let Verb::Destroy { release, .. } = &mut verb {
            release.extend(ips);
        }
        let request = Request { verb, echo_url: egress_aws::ECHO_URL.to_owned() };
        let plan = plan(&spec, &world, &request).map_err(|error| error.to_string())?;
        let options = Options::new(format!("{}{round}", stage.nonce), AwsCloud::pace());
        let never = std::future::pending::<()>();
        let report = execute(&plan, &stage.cloud, &stage.clock, &options, never, &mut |_| {}).await;
        last = report.failed.iter().map(|(step, error)| format!("{step}: {error}")).collect::<Vec<_>>().join("; ");
    }
    Err(format!("it cannot be taken down: {last}"))
}

/// Deletes the locks that a run which was ended left behind, and those of the suite.
async fn unlock(stage: &Stage<'_>, name: &StackName) -> Result {
    let scope = Scope::Lease { stack: name.clone() };
    let leases = stage.cloud.observe_network(&scope).await.map_err(|error| told(&error))?.leases;
    for lease in leases.into_keys() {
        let op = Op::Network(NetworkOp::DeleteLease(DeleteLease { lease }));
        if let Outcome::Failed(error) | Outcome::Unknown(error) = stage.cloud.apply(&op, &Token::new("sweep")).await {
            return Err(told(&error));
        }
    }
    Ok(())
}

/// Deletes roles; tells what was refused.
async fn delete_roles(stage: &Stage<'_>, roles: impl Iterator<Item = &CloudId>) -> String {
    let mut refused = Vec::new();
    for role in roles {
        let op = Op::Function(FunctionOp::DeleteProbeRole(DeleteProbeRole { role: role.clone() }));
        if let Outcome::Failed(error) | Outcome::Unknown(error) = stage.cloud.apply(&op, &Token::new("sweep")).await {
            refused.push(told(&error));
        }
    }
    refused.join("; ")
}
