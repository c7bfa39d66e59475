//! `egress plan`: what `apply` would do.

use egress_core::plan::Verb;

use super::{
    external,
    stack::{observe, plan_for, read_spec},
};
use crate::{args::PlanArgs, error::CliError, exit::Exit, session::Session};

pub(super) async fn run(session: &Session, args: &PlanArgs) -> Result<(), CliError> {
    let spec = read_spec(session)?;
    let verb = Verb::Apply { permits: args.permits.set() };
    let world = observe(session, &spec, &verb).await?;
    let plan = plan_for(session, &spec, &world, verb)?;
    session.out.show(&plan)?;
    external::say_lines(session, &spec, &world);
    if args.detailed_exitcode && !plan.is_empty() {
        return Err(CliError::said(Exit::ChangesPending));
    }
    Ok(())
}
