//! What most commands begin with: read the Spec, observe its stack, plan.

use egress_core::{
    CloudExt, World,
    plan::{Plan, PlanError, Request, Verb, plan, scope},
    spec::{self, Spec},
    world::Place,
};

use super::locked::Desk;
use crate::{
    error::CliError,
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
    let world = session.cloud().observe(&scope(spec, verb)).await?;
    in_place(spec, &world.network.place)?;
    Ok(world)
}

/// The same under the stack's lock, unless the user asks to stop meanwhile.
pub(crate) async fn observe_locked(desk: &Desk<'_>, spec: &Spec, verb: &Verb) -> Result<World, CliError> {
    let scope = scope(spec, verb);
    let world = desk.unless_stopped(desk.cloud().observe(&scope)).await??;
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

/// Makes a plan, or tells why there is none.
pub(crate) fn plan_for(session: &Session, spec: &Spec, world: &World, verb: Verb) -> Result<Plan, PlanError> {
    plan(spec, world, &request(session, verb))
}

/// What a plan is asked for in a session.
pub(crate) fn request(session: &Session, verb: Verb) -> Request {
    Request { verb, echo_url: session.echo_url() }
}
