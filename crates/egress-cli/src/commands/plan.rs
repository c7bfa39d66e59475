//! `egress plan`: what `apply` would do.

use egress_core::plan::Verb;

use super::stack::{check_room, observe, plan_for, read_spec};
use crate::{args::PlanArgs, error::CliError, exit::Exit, session::Session};

pub(super) async fn run(session: &Session, args: &PlanArgs) -> Result<(), CliError> {
    let spec = read_spec(session)?;
    let verb = Verb::Apply { leave: args.leave.set() };
    let world = observe(session, &spec, &verb).await?;
    let plan = plan_for(session, &spec, &world, verb)?;
    session.out.show(&plan)?;
    check_room(session, &plan).await?;
    if args.detailed_exitcode && !plan.is_empty() {
        return Err(CliError::said(Exit::ChangesPending));
    }
    Ok(())
}
