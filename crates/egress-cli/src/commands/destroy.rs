//! `egress destroy`: takes the stack down. Its addresses are kept unless the command names them.

use egress_core::{
    op::{FunctionOp, Op},
    plan::{Action, Fate, Plan, Verb},
};

use super::{
    run::{Consent, agree, carry_out},
    stack::{observe, plan_for, read_spec},
};
use crate::{
    args::DestroyArgs,
    error::CliError,
    render::{
        carried::Deed,
        style,
        text::{and, paint},
    },
    session::Session,
};

pub(super) async fn run(session: &Session, args: &DestroyArgs) -> Result<(), CliError> {
    let spec = read_spec(session)?;
    let release = args.release_address.iter().copied().collect();
    let verb = Verb::Destroy { release, remove_role_policy: args.remove_role_policy };
    let world = observe(session, &spec, &verb).await?;
    let plan = plan_for(session, &spec, &world, verb)?;
    if !plan.is_empty() {
        let consent = if args.yes { Consent::Given } else { Consent::Name(spec.stack.as_str()) };
        agree(session, &plan, &consent, &losses(&plan))?;
    }
    carry_out(session, &plan, Deed::Destroy).await
}

/// Who loses what.
fn losses(plan: &Plan) -> String {
    let functions = plan.steps.iter().filter_map(|step| match &step.action {
        Action::Change(Op::Function(FunctionOp::SetAttachment(op))) => Some(&op.function.name),
        _ => None,
    });
    let functions: Vec<&String> = functions.collect();
    let given_up = plan.addresses.iter().filter(|address| address.fate == Fate::GivenUp).filter_map(|a| a.ip);
    let given_up: Vec<_> = given_up.collect();
    let mut text = String::new();
    let warning = paint(style::WARNING, "warning:");
    if !functions.is_empty() {
        let lose = if functions.len() == 1 { "loses its" } else { "lose their" };
        text.push_str(&format!("{warning} {} {lose} fixed IP\n", and(functions)));
    }
    if !given_up.is_empty() {
        text.push_str(&format!("{warning} {} cannot be bought back\n", and(given_up)));
    }
    text
}
