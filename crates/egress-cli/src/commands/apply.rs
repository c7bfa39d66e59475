//! `egress apply`: makes it so, and mends what has drifted.

use egress_core::plan::Verb;

use super::{
    external,
    locked::locked,
    run::{Consent, agree, carry_out},
    stack::{check_room, observe_locked, plan_for, read_spec},
};
use crate::{args::ApplyArgs, error::CliError, plan_file::PlanFile, render::carried::Deed, session::Session};

pub(super) async fn run(session: &Session, args: &ApplyArgs) -> Result<(), CliError> {
    let consent = if args.yes { Consent::Given } else { Consent::Yes };
    with_consent(session, args, &consent).await
}

/// Does what a saved plan says, if the cloud is still as the plan read it. Whoever saved the plan saw it, and names it now:
/// nobody is asked again.
pub(super) async fn saved(session: &Session, args: &ApplyArgs, saved: &PlanFile) -> Result<(), CliError> {
    let record = &saved.record;
    locked(session, &record.spec, "apply", &args.lock, async |desk| {
        let world = observe_locked(desk, &record.spec, &record.request.verb).await?;
        saved.check_place(&world)?;
        record.still_holds(&world).map_err(|moved| saved.moved(&moved, session.clock.now()))?;
        saved.say_whether_the_spec_differs(session);
        check_room(session, &record.plan).await?;
        agree(desk, &record.plan, &Consent::Given, "").await?;
        carry_out(desk, &record.plan, Deed::Apply).await
    })
    .await
}

/// Applies with whatever consent there is.
pub(super) async fn with_consent(session: &Session, args: &ApplyArgs, consent: &Consent<'_>) -> Result<(), CliError> {
    let spec = read_spec(session)?;
    let verb = Verb::Apply { permits: args.permits.set() };
    locked(session, &spec, "apply", &args.lock, async |desk| {
        let world = observe_locked(desk, &spec, &verb).await?;
        let plan = plan_for(session, &spec, &world, verb)?;
        check_room(session, &plan).await?;
        if plan.is_empty() {
            plan.notices.iter().for_each(|notice| session.out.notice(notice));
        } else {
            agree(desk, &plan, consent, "").await?;
        }
        carry_out(desk, &plan, Deed::Apply).await
    })
    .await?;
    external::tell(session, &spec).await
}
