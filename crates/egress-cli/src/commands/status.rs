//! `egress status`: what stands, what has drifted, what leaves from elsewhere.

use std::collections::BTreeSet;

use egress_core::{lease::look, plan::Verb};

use super::stack::{observe, plan_for, read_spec};
use crate::{error::CliError, inspect, session::Session};

pub(super) async fn run(session: &Session) -> Result<(), CliError> {
    let spec = read_spec(session)?;
    let verb = Verb::Apply { permits: BTreeSet::new() };
    let world = observe(session, &spec, &verb).await?;
    let plan = plan_for(session, &spec, &world, verb);
    // Whoever may not look at locks is told all the rest.
    let standing = look(session.cloud(), &spec.stack).await.ok().flatten();
    let lock = standing.map(|standing| inspect::Lock::of(&standing, &spec.stack, session.clock.now()));
    session.out.show(&inspect::status(&spec, &world, plan.as_ref(), lock))
}
