//! Carries a plan out: shows it, has it agreed to, executes it, and says what stands.

use std::net::Ipv4Addr;

use egress_core::{
    Key,
    execute::{Event, Options, Report, StepError, What, execute},
    plan::Plan,
};
use futures::future::{Either, select};

use super::locked::Desk;
use crate::{
    error::{CliError, Problem},
    exit::Exit,
    output::Out,
    progress::{Progress, Proofs},
    render::{
        View,
        carried::{Carried, Deed},
        style,
        text::paint,
    },
};

/// What a run told on its way.
pub(crate) struct Run {
    /// What stands at its end.
    pub(crate) report: Report,
    /// Per subnet, the IP that the internet saw.
    pub(crate) seen: Vec<(Key, Option<Ipv4Addr>)>,
}

/// Executes a plan and shows its progress. Ctrl-C, and the loss of the lock, finish what is in flight; Ctrl-C after that
/// gives it up as well.
pub(crate) async fn execute_shown(desk: &Desk<'_>, plan: &Plan, proofs: Proofs) -> Result<Run, CliError> {
    let session = desk.session;
    let mut progress = Progress::of(plan, session.out, proofs);
    let mut seen = Vec::new();
    let mut on_event = |event: Event| {
        progress.on(&event);
        if let What::Proved { subnet, seen: ip, .. } = event.what {
            seen.push((subnet, ip));
        }
    };
    let options = Options::new(session.nonce.clone(), session.pace);
    let (stopped, stop) = futures::channel::oneshot::channel::<()>();
    let first = desk.stop();
    let second = async {
        first.await;
        // The executor may have ended meanwhile: then nobody is to be told.
        let _ = stopped.send(());
        session.stop().await;
    };
    let stop = async {
        if stop.await.is_err() {
            futures::future::pending::<()>().await;
        }
    };
    let result = {
        let running = execute(plan, desk.cloud(), session.clock.as_ref(), &options, stop, &mut on_event);
        match select(std::pin::pin!(running), std::pin::pin!(second)).await {
            Either::Left((report, _)) => Ok(report),
            Either::Right(_) => {
                desk.leave_locked();
                Err(CliError::new(Exit::Interrupted, "interrupted twice: what was in flight was given up")
                    .hint("`egress status` tells what stands, and `egress apply` goes on from there")
                    .hint("the stack stays locked for five minutes, or until `egress unlock`"))
            }
        }
    };
    progress.finish();
    session.out.talk("\n");
    result.map(|report| Run { report, seen })
}

/// Executes a plan that changes things, prints what came of it, and fails where it did not come to its end.
pub(crate) async fn carry_out(desk: &Desk<'_>, plan: &Plan, deed: Deed) -> Result<(), CliError> {
    let run = if plan.steps.is_empty() {
        Run { report: Report { bindings: plan.bindings.clone(), ..Report::default() }, seen: Vec::new() }
    } else {
        execute_shown(desk, plan, Proofs::Told).await?
    };
    let session = desk.session;
    let carried = Carried { deed, plan, report: &run.report };
    let failed = failure(&run.report, deed.verb()).map(|error| desk.explain(error));
    match (failed, session.out.show(&carried)) {
        (None, Ok(())) => Ok(()),
        (None, Err(unwritten)) => Err(done_all_the_same(session, &carried, unwritten)),
        (Some(error), Ok(())) => Err(error),
        (Some(error), Err(unwritten)) => Err(error.and(unwritten)),
    }
}

/// All was done, and only what tells of it could not be written: then it is told aside.
fn done_all_the_same(session: &crate::session::Session, carried: &Carried<'_>, mut unwritten: CliError) -> CliError {
    // The reader may have had enough: then there is no problem at all.
    let Some(problem) = unwritten.problems.last_mut() else { return unwritten };
    "everything was done, but the output could not be written".clone_into(&mut problem.message);
    session.out.talk(&carried.human());
    unwritten.hint("`egress status` shows what stands")
}

/// Why a run did not come to its end.
pub(crate) fn failure(report: &Report, verb: &str) -> Option<CliError> {
    if report.is_complete() {
        return None;
    }
    let again = format!("run `egress {verb}` again: it goes on from what stands");
    let mut problems: Vec<Problem> = report.failed.iter().map(|(step, error)| problem(&step.0, error)).collect();
    let exit = match report.failed.first() {
        _ if report.stopped => Exit::Interrupted,
        Some((_, error)) => Exit::of_step(error),
        None => Exit::CloudFailed,
    };
    if report.stopped {
        problems.push(Problem { message: "interrupted".to_owned(), ..Problem::default() });
    }
    if let Some(last) = problems.last_mut() {
        last.hints.push(again);
    }
    Some(CliError { exit, problems })
}

fn problem(step: &str, error: &StepError) -> Problem {
    Problem {
        message: format!("could not {step}"),
        causes: vec![error.to_string()],
        hints: error.hint().into_iter().collect(),
        ..Problem::default()
    }
}

/// How the user is known to agree.
pub(crate) enum Consent<'a> {
    /// By `--yes`.
    Given,
    /// By `--yes`, after the plan was shown a moment ago.
    Shown,
    /// By typing `y`.
    Yes,
    /// By typing this name.
    Name(&'a str),
}

/// Shows a plan, and goes on only if the user agrees.
pub(crate) async fn agree(
    desk: &Desk<'_>,
    plan: &impl View,
    consent: &Consent<'_>,
    warning: &str,
) -> Result<(), CliError> {
    let out = desk.session.out;
    if matches!(consent, Consent::Shown) {
        out.talk(&format!("{}\n\n", paint(style::DIM, "(the plan, as `egress plan` shows it)")));
        return Ok(());
    }
    out.talk(&plan.human());
    out.talk(warning);
    out.talk("\n");
    let asked = match consent {
        Consent::Given | Consent::Shown => return Ok(()),
        Consent::Yes => Confirm::Yes("Do this? [y/N] "),
        Consent::Name(name) => Confirm::Name(name),
    };
    desk.unless_stopped(confirm(out, &asked)).await?
}

/// What a person is asked.
pub(crate) enum Confirm<'a> {
    /// This question, which `y` answers.
    Yes(&'a str),
    /// For this name.
    Name(&'a str),
}

/// Goes on only if a person says so.
pub(crate) async fn confirm(out: Out, asked: &Confirm<'_>) -> Result<(), CliError> {
    let (question, wanted): (String, &[&str]) = match asked {
        Confirm::Yes(question) => ((*question).to_owned(), &["y", "Y", "yes"]),
        Confirm::Name(name) => (format!("Type the stack's name ({name}) to go on: "), std::slice::from_ref(name)),
    };
    if !out.can_ask() {
        return Err(CliError::new(Exit::Usage, "there is nobody to ask: this is no terminal, or the output is JSON")
            .hint("`--yes` goes on without asking"));
    }
    if wanted.contains(&out.ask(&question).await?.as_str()) {
        out.talk("\n");
        return Ok(());
    }
    Err(CliError::new(Exit::Interrupted, "you did not agree, so nothing was changed"))
}

#[cfg(test)]
mod tests {
    use egress_core::{CloudError, ErrorKind, plan::StepId};

    use super::*;
    use crate::output::error_text;

    fn report(failed: &[(&str, StepError)], stopped: bool) -> Report {
        let failed = failed.iter().map(|(id, error)| (StepId((*id).to_owned()), error.clone())).collect();
        Report { failed, not_run: vec![StepId("create x".to_owned())], stopped, ..Report::default() }
    }

    fn cloud(kind: ErrorKind) -> StepError {
        StepError::Cloud(CloudError::new(kind, "CreateNatGateway", "it says").hint("do something"))
    }

    #[test]
    fn a_failed_run_says_what_failed_why_and_what_to_do() {
        let failed = [("create nat-gateway/a", cloud(ErrorKind::Quota)), ("create subnet/b", cloud(ErrorKind::Denied))];
        let error = failure(&report(&failed, false), "apply").unwrap();
        let shown = anstream::adapter::strip_str(&error_text(&error)).to_string();
        insta::assert_snapshot!(shown);
        assert_eq!(error.exit, Exit::Quota);
    }

    #[test]
    fn an_interrupted_run_exits_with_130_whatever_failed() {
        let exit = |failed: &[_]| failure(&report(failed, true), "apply").map(|error| error.exit.code());
        assert_eq!(exit(&[]), Some(130));
        assert_eq!(exit(&[("create subnet/b", cloud(ErrorKind::Denied))]), Some(130));
    }

    #[test]
    fn a_run_that_came_to_its_end_is_no_failure() {
        assert_eq!(failure(&Report::default(), "apply"), None);
    }
}
