//! `egress apply`: makes it so, and mends what has drifted.

use egress_core::plan::Verb;

use super::{
    external,
    run::{Consent, agree, carry_out},
    stack::{observe, plan_for, read_spec},
};
use crate::{args::ApplyArgs, error::CliError, render::carried::Deed, session::Session};

pub(super) async fn run(session: &Session, args: &ApplyArgs) -> Result<(), CliError> {
    let consent = if args.yes { Consent::Given } else { Consent::Yes };
    with_consent(session, args, &consent).await
}

/// Applies with whatever consent there is.
pub(super) async fn with_consent(session: &Session, args: &ApplyArgs, consent: &Consent<'_>) -> Result<(), CliError> {
    let spec = read_spec(session)?;
    let verb = Verb::Apply { permits: args.permits.set() };
    let world = observe(session, &spec, &verb).await?;
    let plan = plan_for(session, &spec, &world, verb)?;
    if plan.is_empty() {
        plan.notices.iter().for_each(|notice| session.out.notice(notice));
    } else {
        agree(session, &plan, consent, "")?;
    }
    carry_out(session, &plan, Deed::Apply).await?;
    external::tell(session, &spec).await
}
