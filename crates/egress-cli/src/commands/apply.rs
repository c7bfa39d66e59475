//! `egress apply`: makes it so, and mends what has drifted.

use egress_core::plan::Verb;

use super::{
    run::{Consent, agree, carry_out},
    stack::{observe, plan_for, read_spec},
};
use crate::{args::ApplyArgs, error::CliError, render::carried::Deed, session::Session};

pub(super) async fn run(session: &Session, args: &ApplyArgs) -> Result<(), CliError> {
    let spec = read_spec(session)?;
    let verb = Verb::Apply { leave: args.leave.set() };
    let world = observe(session, &spec, &verb).await?;
    let plan = plan_for(session, &spec, &world, verb)?;
    if !plan.is_empty() {
        agree(session, &plan, &if args.yes { Consent::Given } else { Consent::Yes }, "")?;
    }
    carry_out(session, &plan, Deed::Apply).await
}
