//! `egress apply`: makes it so, and mends what has drifted.

use egress_core::plan::Verb;

use super::{
    run::{Consent, agree, carry_out},
    stack::{check_room, observe, plan_for, read_spec},
};
use crate::{args::ApplyArgs, error::CliError, render::carried::Deed, session::Session};

pub(super) async fn run(session: &Session, args: &ApplyArgs) -> Result<(), CliError> {
    let consent = if args.yes { Consent::Given } else { Consent::Yes };
    with_consent(session, args, &consent).await
}

/// Applies with whatever consent there is.
pub(super) async fn with_consent(session: &Session, args: &ApplyArgs, consent: &Consent<'_>) -> Result<(), CliError> {
    let spec = read_spec(session)?;
    let verb = Verb::Apply { leave: args.leave.set() };
    let world = observe(session, &spec, &verb).await?;
    let plan = plan_for(session, &spec, &world, verb)?;
    check_room(session, &plan).await?;
    if !plan.is_empty() {
        agree(session, &plan, consent, "")?;
    }
    carry_out(session, &plan, Deed::Apply).await
}
