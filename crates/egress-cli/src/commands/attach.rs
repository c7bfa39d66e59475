//! `egress attach` and `egress detach`: functions that the command names, so nobody is asked again.

use egress_core::{
    plan::Verb,
    spec::{FunctionSpec, Permission},
};

use super::{
    run::{Consent, agree, carry_out},
    stack::{check_room, observe, plan_for, read_spec},
};
use crate::{
    args::{AttachArgs, DetachArgs},
    error::CliError,
    render::carried::Deed,
    session::Session,
};

pub(super) async fn attach(session: &Session, args: &AttachArgs) -> Result<(), CliError> {
    let spec = read_spec(session)?;
    let permission = Permission::from(args.permission);
    let functions = args.functions.iter().map(|name| FunctionSpec { name: name.clone(), permission }).collect();
    let verb = Verb::Attach { functions, leave: args.leave.set() };
    let world = observe(session, &spec, &verb).await?;
    let plan = plan_for(session, &spec, &world, verb)?;
    check_room(session, &plan).await?;
    agree(session, &plan, &Consent::Given, "")?;
    carry_out(session, &plan, Deed::Attach).await
}

pub(super) async fn detach(session: &Session, args: &DetachArgs) -> Result<(), CliError> {
    let spec = read_spec(session)?;
    let functions = args.functions.iter().cloned().collect();
    let verb = Verb::Detach { functions, remove_role_policy: args.remove_role_policy };
    let world = observe(session, &spec, &verb).await?;
    let plan = plan_for(session, &spec, &world, verb)?;
    agree(session, &plan, &Consent::Given, "")?;
    carry_out(session, &plan, Deed::Detach).await
}
