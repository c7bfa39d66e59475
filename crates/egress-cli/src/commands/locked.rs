//! Work on a stack under its lock: what changes something, and what makes probes.

use std::{env, fs, time::Duration};

use egress_core::{
    Cloud, CloudError, ErrorKind, Scope, StackName,
    lease::{LeaseError, LeaseEvent, Tenure, Terms, hold},
    plan::{Level, Notice},
    spec::Spec,
    world::Place,
};
use futures::future::{BoxFuture, Either, pending, select};

use super::stack::in_place;
use crate::{args::LockArgs, error::CliError, exit::Exit, output::Out, session::Session};

/// What a command works on a stack with.
pub(crate) struct Desk<'a> {
    pub(crate) session: &'a Session,
    /// `None` where the user wants no lock.
    tenure: Option<&'a Tenure<'a>>,
}

/// Runs a command's work while this run, and no other, holds the stack's lock.
pub(crate) async fn locked(
    session: &Session,
    spec: &Spec,
    command: &str,
    args: &LockArgs,
    work: impl AsyncFnOnce(&Desk<'_>) -> Result<(), CliError>,
) -> Result<(), CliError> {
    if args.no_lock {
        return work(&Desk { session, tenure: None }).await;
    }
    // No lock is made in an account that is the wrong one.
    in_place(spec, &place(session, &spec.stack).await.map_err(not_had)?)?;
    let terms = Terms {
        patience: Duration::from_secs(args.lock_timeout),
        // A demonstration runs many commands in one session.
        ..Terms::new(spec.stack.clone(), who(), command, session.nonce.clone() + command, session.pace.visibility)
    };
    let out = session.out;
    let mut tell = |event| say(out, event);
    let work = async |tenure: &Tenure<'_>| work(&Desk { session, tenure: Some(tenure) }).await;
    match hold(session.cloud(), session.clock.as_ref(), &terms, session.stop(), &mut tell, work).await {
        Ok(result) => result,
        Err(LeaseError::Cloud(error)) => Err(not_had(error)),
        Err(error) => Err(error.into()),
    }
}

/// Which account and region this is, by the cheapest call that tells.
pub(super) async fn place(session: &Session, stack: &StackName) -> Result<Place, CloudError> {
    Ok(session.cloud().observe_network(&Scope::Lease { stack: stack.clone() }).await?.place)
}

/// The lock cannot be had. Somebody who may not make one can go on without.
fn not_had(error: CloudError) -> CliError {
    let denied = error.kind == ErrorKind::Denied;
    let error = CliError::from(LeaseError::Cloud(error));
    if !denied {
        return error;
    }
    error.hint(
        "the lock is an EC2 launch template: allow ec2:CreateLaunchTemplate, ec2:DescribeLaunchTemplates, \
         ec2:DeleteLaunchTemplate and ec2:CreateTags on it; `--no-lock` works without, at your own risk",
    )
}

impl Desk<'_> {
    /// The cloud to work on. Under the lock, it looks at the lock before each change.
    pub(crate) fn cloud(&self) -> &dyn Cloud {
        self.tenure.map_or_else(|| self.session.cloud(), Tenure::cloud)
    }

    /// Waits for something that changes nothing, unless the user asks to stop meanwhile.
    pub(crate) async fn unless_stopped<T>(&self, future: impl Future<Output = T>) -> Result<T, CliError> {
        match select(std::pin::pin!(future), self.session.stop()).await {
            Either::Left((output, _)) => Ok(output),
            Either::Right(_) => Err(CliError::new(Exit::Interrupted, "interrupted, so nothing was changed")),
        }
    }

    /// Resolves when the work must end in good order: the user asks for it, or the lock is lost.
    pub(crate) fn stop(&self) -> BoxFuture<'static, ()> {
        let asked = self.session.stop();
        let lost: BoxFuture<'static, ()> = match self.tenure {
            Some(tenure) => Box::pin(tenure.lost()),
            None => Box::pin(pending()),
        };
        Box::pin(async {
            select(asked, lost).await;
        })
    }

    /// Calls were given up that may still take effect: whoever comes next must wait for a while.
    pub(crate) fn leave_locked(&self) {
        if let Some(tenure) = self.tenure {
            tenure.leave_locked();
        }
    }

    /// Why a run failed, where that is because it lost its lock.
    pub(crate) fn explain(&self, error: CliError) -> CliError {
        match self.tenure.and_then(Tenure::why_lost) {
            Some(why) => CliError::new(Exit::Locked, why).and(error),
            None => error,
        }
    }
}

fn say(out: Out, event: LeaseEvent) {
    let warn = |message: String, hint: &str| {
        out.notice(&Notice { level: Level::Warning, subject: None, message, hint: Some(hint.to_owned()) });
    };
    match event {
        LeaseEvent::Waiting(held) => out.talk(&format!("{held}\nwaiting for that run to end\n")),
        LeaseEvent::TakenOver(standing) => {
            let run = standing.holder.map_or_else(
                || "another run".to_owned(),
                |holder| format!("the run of {} (`egress {}`)", holder.who, holder.command),
            );
            warn(
                format!("{run} is dead: its lock was taken over"),
                "what it made stays, and this run goes on from there",
            );
        }
        LeaseEvent::Settling(window) if !window.is_zero() => {
            out.talk(&format!("waiting {} s, until everything can be seen that it may have made\n", window.as_secs()));
        }
        LeaseEvent::NotReleased(error) => warn(
            format!("the lock of the stack could not be given back: {error}"),
            "five minutes from now it counts no more; `egress unlock` gives it up at once",
        ),
        _ => {}
    }
}

/// Who runs this, for others to read: `ana@laptop`.
fn who() -> String {
    let named = |names: &[&str]| names.iter().find_map(|name| env::var(name).ok().filter(|text| !text.is_empty()));
    let user = named(&["USER", "LOGNAME", "USERNAME"]).unwrap_or_else(|| "somebody".to_owned());
    // Shells often keep the host's name to themselves; the kernel and the system's own file tell it on Linux.
    let told = |path: &str| fs::read_to_string(path).ok().map(|text| text.trim().to_owned()).filter(|t| !t.is_empty());
    let host = named(&["HOSTNAME", "COMPUTERNAME"])
        .or_else(|| told("/proc/sys/kernel/hostname"))
        .or_else(|| told("/etc/hostname"))
        .unwrap_or_else(|| "an unknown host".to_owned());
    format!("{user}@{host}")
}
