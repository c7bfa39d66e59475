//! `egress plan`: what `apply` would do; shown, and saved where that is asked for.

use egress_core::plan::{Record, Verb};

use super::{
    external,
    stack::{check_room, observe, read_spec, request},
};
use crate::{args::PlanArgs, error::CliError, exit::Exit, plan_file::PlanFile, session::Session};

pub(super) async fn run(session: &Session, args: &PlanArgs) -> Result<(), CliError> {
    let spec = read_spec(session)?;
    let request = request(session, Verb::Apply { permits: args.permits.set() });
    let world = observe(session, &spec, &request.verb).await?;
    let record = Record::make(spec, request, world)?;
    session.out.show(&record.plan)?;
    external::say_lines(session, &record.spec, &record.world);
    let changes = !record.plan.is_empty();
    check_room(session, &record.plan).await?;
    if let Some(path) = &args.out {
        let saved = PlanFile::new(path, session.clock.now(), record);
        saved.write()?;
        session.out.talk(&format!("\nsaved in {0}; `egress apply {0}` does exactly this\n", path.display()));
    }
    if args.detailed_exitcode && changes {
        return Err(CliError::said(Exit::ChangesPending));
    }
    Ok(())
}
