//! Functions that another tool attaches: what it must be told, and what came of it.

use egress_core::{
    World,
    plan::{
        Verb,
        external::{Standing, home, standing},
    },
    report::paste::pastes,
    spec::Spec,
};

use super::stack::observe;
use crate::{
    error::CliError,
    render::{
        status::{leaves, lines},
        text::and,
    },
    session::Session,
};

/// Says how they stand now that the stack stands, and what their tools must be told.
pub(super) async fn tell(session: &Session, spec: &Spec) -> Result<(), CliError> {
    if spec.external.is_empty() {
        return Ok(());
    }
    let world = observe(session, spec, &Verb::Verify).await?;
    for name in spec.external.iter().filter(|name| standing(spec, &world, name) == Standing::Proven) {
        let traced = crate::inspect::leaving(&world, name);
        session
            .out
            .talk(&format!("{name} is attached by its own tool and {}\n", leaves(&traced.verdict, traced.is_open())));
    }
    say_lines(session, spec, &world);
    Ok(())
}

/// Prints what to paste into the tools of those that are not attached yet, once there is something to be attached to.
pub(super) fn say_lines(session: &Session, spec: &Spec, world: &World) {
    let waits =
        |name: &&egress_core::CloudId| matches!(standing(spec, world, name), Standing::Missing | Standing::Elsewhere);
    let waiting: Vec<_> = spec.external.iter().filter(waits).collect();
    if waiting.is_empty() {
        return;
    }
    let Some(to) = home(spec, world) else {
        let message = format!("what to tell the tool that attaches {} is known once the stack stands\n", and(waiting));
        return session.out.talk(&message);
    };
    let lines: String = pastes(&to).iter().map(lines).collect();
    session.out.talk(&format!("\nto attach {}, tell the tool that looks after it:\n{lines}", and(waiting)));
}
