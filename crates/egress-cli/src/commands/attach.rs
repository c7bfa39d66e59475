//! `egress attach` and `egress detach`: functions that the command names, so nobody is asked again.

use egress_core::{
    plan::Verb,
    spec::{FunctionSpec, Permission},
};

use super::{
    locked::locked,
    run::{Consent, agree, carry_out},
    stack::{check_room, observe_locked, plan_for, read_spec},
};
use crate::{
    args::{AttachArgs, DetachArgs, LockArgs},
    error::CliError,
    render::carried::Deed,
    session::Session,
};

pub(super) async fn attach(session: &Session, args: &AttachArgs) -> Result<(), CliError> {
    let permission = Permission::from(args.permission);
    let functions = args.functions.iter().map(|name| FunctionSpec { name: name.clone(), permission }).collect();
    let verb = Verb::Attach { functions, permits: args.permits.set() };
    go(session, verb, Deed::Attach, &args.lock).await
}

pub(super) async fn detach(session: &Session, args: &DetachArgs) -> Result<(), CliError> {
    let functions = args.functions.iter().cloned().collect();
    let verb = Verb::Detach { functions, remove_role_policy: args.remove_role_policy };
    go(session, verb, Deed::Detach, &args.lock).await
}

async fn go(session: &Session, verb: Verb, deed: Deed, lock: &LockArgs) -> Result<(), CliError> {
    let spec = read_spec(session)?;
    locked(session, &spec, deed.verb(), lock, async |desk| {
        let world = observe_locked(desk, &spec, &verb).await?;
        let plan = plan_for(session, &spec, &world, verb)?;
        check_room(session, &plan).await?;
        agree(desk, &plan, &Consent::Given, "").await?;
        carry_out(desk, &plan, deed).await
    })
    .await
}
