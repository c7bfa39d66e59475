//! `egress unlock`: says who works on the stack, and gives their lock up.

use egress_core::lease::{look, unlock};
use serde::Serialize;

use super::{
    run::{Confirm, confirm},
    stack::{in_place, read_spec},
};
use crate::{
    args::UnlockArgs,
    error::CliError,
    inspect::Lock,
    render::{View, style, text::paint},
    session::Session,
};

/// What `egress unlock` prints.
#[derive(Serialize)]
struct Unlocked {
    stack: String,
    /// Whose lock was given up; absent where nobody had it.
    given_up: Option<Lock>,
}

impl View for Unlocked {
    fn human(&self) -> String {
        match &self.given_up {
            None => format!("stack {} is not locked\n", self.stack),
            Some(lock) => format!("{} the lock of {} was given up\n", paint(style::GOOD, "✓"), lock.who),
        }
    }
}

pub(super) async fn run(session: &Session, args: &UnlockArgs) -> Result<(), CliError> {
    let spec = read_spec(session)?;
    let (cloud, stack) = (session.cloud(), spec.stack.to_string());
    in_place(&spec, &super::locked::place(session, &spec.stack).await?)?;
    let Some(standing) = look(cloud, &spec.stack).await? else {
        return session.out.show(&Unlocked { stack, given_up: None });
    };
    let lock = Lock::of(&standing, &spec.stack, session.clock.now());
    session.out.talk(&format!("{}\n", lock.sentence()));
    if !args.yes {
        session.out.talk("should that run be alive, it stops at its next change\n");
        confirm(session.out, &Confirm::Yes("Give its lock up? [y/N] ")).await?;
    }
    let window = session.pace.visibility;
    if !window.is_zero() {
        let seconds = window.as_secs();
        session.out.talk(&format!("waiting {seconds} s, until everything can be seen that it may have made\n"));
    }
    unlock(cloud, session.clock.as_ref(), &standing, window).await?;
    session.out.show(&Unlocked { stack, given_up: Some(lock) })
}
