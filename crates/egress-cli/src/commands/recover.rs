//! `egress recover`: tries to get an address back that was given away.

use egress_core::{
    plan::{Fate, Plan, Verb},
    spec::Spec,
};

use super::{
    locked::locked,
    run::{Consent, agree, carry_out},
    stack::{observe_locked, plan_for, read_spec},
};
use crate::{args::RecoverArgs, error::CliError, exit::Exit, render::carried::Deed, session::Session};

pub(super) async fn run(session: &Session, args: &RecoverArgs) -> Result<(), CliError> {
    let spec = read_spec(session)?;
    let verb = Verb::Recover { ip: args.ip };
    locked(session, &spec, "recover", &args.lock, async |desk| {
        let world = observe_locked(desk, &spec, &verb).await?;
        let plan = plan_for(session, &spec, &world, verb)?;
        agree(desk, &plan, &Consent::Given, "").await?;
        match carry_out(desk, &plan, Deed::Recover).await {
            Ok(()) => {
                session.out.talk(&next(&spec, &plan));
                Ok(())
            }
            Err(error) if error.exit == Exit::NotFound => Err(lost(args, error)),
            Err(error) => Err(error),
        }
    })
    .await
}

/// What to do with the address.
fn next(spec: &Spec, plan: &Plan) -> String {
    let Some(address) = plan.addresses.iter().find(|address| address.fate == Fate::Recovered) else {
        return String::new();
    };
    let lacking = spec.nat_gateways.iter().find(|nat| nat.address_key() == address.key);
    match (lacking, address.ip) {
        (Some(nat), _) => format!("the next `egress apply` uses it for {}\n", nat.key()),
        (None, Some(ip)) => format!(
            "every gateway of the spec has its address, so this one is kept apart, at its price: to use it, write\n\
             `address = \"{ip}\"` into a new `[[nat_gateway]]`\n"
        ),
        (None, None) => String::new(),
    }
}

/// The same call would fail again, so that is no advice.
fn lost(args: &RecoverArgs, error: CliError) -> CliError {
    let mut lost = CliError::new(Exit::NotFound, format!("{} cannot be had back", args.ip)).hint(
        "another account has it by now, or it never was this account's in this region; `egress apply` takes a new one",
    );
    if let Some(problem) = lost.problems.last_mut() {
        problem.causes.extend(error.problems.into_iter().flat_map(|problem| problem.causes));
    }
    lost
}
