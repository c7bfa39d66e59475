//! `egress destroy`: takes the stack down. Its addresses are kept unless the command names them.

use egress_core::plan::{Fate, Plan, Verb};

use super::{
    locked::locked,
    run::{Consent, agree, carry_out},
    stack::{observe, observe_locked, plan_for, read_spec},
};
use crate::{
    args::DestroyArgs,
    error::CliError,
    render::{
        carried::Deed,
        style,
        text::{and, paint},
    },
    session::Session,
};

pub(super) async fn run(session: &Session, args: &DestroyArgs) -> Result<(), CliError> {
    let spec = read_spec(session)?;
    let release = args.release_address.iter().copied().collect();
    let verb = Verb::Destroy { release, remove_role_policy: args.remove_role_policy };
    if args.dry_run {
        let world = observe(session, &spec, &verb).await?;
        let plan = plan_for(session, &spec, &world, verb)?;
        session.out.show(&plan)?;
        session.out.talk(&losses(&plan));
        return Ok(());
    }
    locked(session, &spec, "destroy", &args.lock, async |desk| {
        let world = observe_locked(desk, &spec, &verb).await?;
        let plan = plan_for(session, &spec, &world, verb)?;
        if plan.is_empty() {
            plan.notices.iter().for_each(|notice| session.out.notice(notice));
        } else {
            let consent = if args.yes { Consent::Given } else { Consent::Name(spec.stack.as_str()) };
            agree(desk, &plan, &consent, &losses(&plan)).await?;
        }
        carry_out(desk, &plan, Deed::Destroy).await
    })
    .await
}

/// What nobody can undo. Which functions lose their fixed IP stands in the plan.
fn losses(plan: &Plan) -> String {
    let given_up = plan.addresses.iter().filter(|address| address.fate == Fate::GivenUp).filter_map(|a| a.ip);
    let given_up: Vec<_> = given_up.collect();
    if given_up.is_empty() {
        return String::new();
    }
    format!("{} {} cannot be bought back\n", paint(style::WARNING, "warning:"), and(given_up))
}
