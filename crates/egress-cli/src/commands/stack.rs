//! What most commands begin with: read the Spec, observe its stack, plan.

use std::collections::BTreeSet;

use egress_core::{
    World,
    execute::observe as observe_patiently,
    plan::{Level, Notice, Plan, PlanError, Request, Verb, forecast, plan, scope},
    quota::{Basis, Counted, Shortage},
    spec::{self, Spec},
    world::Place,
};

use super::locked::Desk;
use crate::{
    error::{CliError, Problem},
    exit::Exit,
    render::spec_error::{spec_error, spec_warning},
    session::Session,
};

/// Reads the Spec, and says its warnings.
pub(crate) fn read_spec(session: &Session) -> Result<Spec, CliError> {
    let text = session.spec.read()?;
    let file = session.spec.name();
    let (result, warnings) = match spec::parse(&text) {
        Ok(parsed) => (Ok(parsed.spec), parsed.warnings),
        Err(error) => (Err(spec_error(file, &text, &error)), error.warnings),
    };
    for warning in &warnings {
        session.out.notice(&spec_warning(file, &text, warning));
    }
    result
}

/// Observes what a plan for this verb must see. Refuses another account or region than the Spec's.
pub(crate) async fn observe(session: &Session, spec: &Spec, verb: &Verb) -> Result<World, CliError> {
    let scope = scope(spec, verb);
    let world = observe_patiently(session.cloud(), session.clock.as_ref(), &scope, &session.nonce).await?;
    in_place(spec, &world.network.place)?;
    Ok(world)
}

/// The same under the stack's lock, unless the user asks to stop meanwhile.
pub(crate) async fn observe_locked(desk: &Desk<'_>, spec: &Spec, verb: &Verb) -> Result<World, CliError> {
    let scope = scope(spec, verb);
    let session = desk.session;
    let look = observe_patiently(desk.cloud(), session.clock.as_ref(), &scope, &session.nonce);
    let world = desk.unless_stopped(look).await??;
    in_place(spec, &world.network.place)?;
    Ok(world)
}

/// Checks that this is the account and the region that the Spec is for.
pub(crate) fn in_place(spec: &Spec, place: &Place) -> Result<(), CliError> {
    let pairs = [("account", &spec.account, &place.account), ("region", &spec.region, &place.region)];
    for (what, wanted, is) in pairs {
        if let Some(wanted) = wanted.as_ref().filter(|wanted| *wanted != is) {
            return Err(CliError::new(Exit::Denied, format!("the spec is for {what} {wanted}, and this is {is}"))
                .hint(format!("nothing was changed; use the credentials and settings of {what} {wanted}")));
        }
    }
    Ok(())
}

/// Refuses a plan that the account has no room for, before its first call: what the account is known to lack is an error, and
/// what it lacks if it has the usual limits is said.
pub(crate) async fn check_room(session: &Session, plan: &Plan) -> Result<(), CliError> {
    let asked: BTreeSet<Counted> = plan.needs.iter().map(|need| need.what.clone()).collect();
    if asked.is_empty() {
        return Ok(());
    }
    let quotas = match session.cloud().quotas(&asked).await {
        Ok(quotas) => quotas,
        Err(error) => {
            session.out.notice(&Notice {
                level: Level::Warning,
                subject: None,
                message: format!("whether the account has room for this could not be told: {error}"),
                hint: error.hint,
            });
            return Ok(());
        }
    };
    let (known, assumed): (Vec<Shortage>, Vec<Shortage>) =
        forecast(plan, &quotas).into_iter().partition(|shortage| shortage.room.basis == Basis::Told);
    for shortage in &assumed {
        session.out.notice(&Notice {
            level: Level::Warning,
            subject: None,
            message: format!("the account may have no room for this plan: {shortage}"),
            hint: Some(shortage.hint()),
        });
    }
    if known.is_empty() {
        return Ok(());
    }
    let problem = |shortage: &Shortage| Problem {
        message: format!("the account has no room for this plan: {shortage}"),
        hints: vec![shortage.hint()],
        ..Problem::default()
    };
    Err(CliError { exit: Exit::Quota, problems: known.iter().map(problem).collect() })
}

/// Makes a plan, or tells why there is none.
pub(crate) fn plan_for(session: &Session, spec: &Spec, world: &World, verb: Verb) -> Result<Plan, PlanError> {
    plan(spec, world, &request(session, verb))
}

/// What a plan is asked for in a session.
pub(crate) fn request(session: &Session, verb: Verb) -> Request {
    Request { verb, echo_url: session.echo_url() }
}
