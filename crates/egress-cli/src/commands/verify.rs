//! `egress verify`: proves, with a probe in each private subnet, which IP the internet sees.

use egress_core::{
    plan::{PlanError, RefusalKind, Verb},
    spec::Spec,
};

use super::{
    locked::{Desk, locked},
    run::{Run, execute_shown, failure},
    stack::{observe_locked, plan_for, read_spec},
};
use crate::{
    args::VerifyArgs,
    error::CliError,
    exit::Exit,
    inspect::{Verified, dead_ends, external},
    progress::Proofs,
    session::Session,
};

pub(super) async fn run(session: &Session, args: &VerifyArgs) -> Result<(), CliError> {
    let spec = read_spec(session)?;
    // It makes probes, which another run would take for its own.
    locked(session, &spec, "verify", &args.lock, async |desk| verify(desk, &spec).await).await
}

async fn verify(desk: &Desk<'_>, spec: &Spec) -> Result<(), CliError> {
    let session = desk.session;
    let world = observe_locked(desk, spec, &Verb::Verify).await?;
    let plan = match plan_for(session, spec, &world, Verb::Verify) {
        Ok(plan) => plan,
        Err(error) if unproven(&error) => {
            // The path is known to be broken before any probe is sent: show where.
            let dead_ends = dead_ends(spec, &world);
            session.out.show(&Verified {
                stack: spec.stack.clone(),
                proofs: Vec::new(),
                dead_ends,
                external: Vec::new(),
            })?;
            return Err(error.into());
        }
        Err(error) => return Err(error.into()),
    };
    let Run { report, seen } = execute_shown(desk, &plan, Proofs::Kept).await?;
    let mut verified = Verified::of(&plan, &world, &report, &seen);
    if !verified.holds() && !report.stopped {
        verified.dead_ends = dead_ends(spec, &observe_locked(desk, spec, &Verb::Verify).await?);
    }
    verified.external = external(spec, &world);
    session.out.show(&verified)?;
    let astray: Vec<_> = verified.astray().into_iter().map(ToString::to_string).collect();
    match failure(&report, "verify") {
        // The paths are what was asked about; why is shown above.
        Some(error) if error.exit == Exit::NotProven => {
            let message = format!("stack {} does not leave from exactly its own addresses", spec.stack);
            Err(CliError::new(Exit::NotProven, message)
                .hint("`egress plan` shows what has drifted, and `egress apply` mends it"))
        }
        Some(error) => Err(desk.explain(error)),
        None if !astray.is_empty() => {
            let message = format!("not all functions leave from the stack's IPs: {}", astray.join(", "));
            Err(CliError::new(Exit::NotProven, message)
                .hint("`egress status` shows what the tool that attaches them must be told"))
        }
        None => Ok(()),
    }
}

fn unproven(error: &PlanError) -> bool {
    error.refusals.iter().any(|refusal| refusal.kind == RefusalKind::Unproven)
}
