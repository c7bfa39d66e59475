//! The conformance suite.

use std::time::Duration;

use egress_aws::fixture;
use egress_core::conformance::{self, CaseOutcome, CaseResult, Fixture, Subject};
use futures::future::{Either, select};

use crate::{LAWS, Result, Stage, stack, told};

/// How long what was done may stay unseen on an emulator, on the clock of the run.
const SHOWN_AT_ONCE: Duration = Duration::from_secs(4);

/// Tries every law. Cases that invoke functions are left out where the endpoint runs none.
pub(crate) async fn run(stage: &Stage<'_>) -> Result {
    let made = fixture::create(&stage.cloud, &stage.clock, &format!("laws-{}", stage.nonce)).await;
    let made = made.map_err(|error| told(&error))?;
    let mut fixture = Fixture::new(stack(LAWS)?, stage.nonce.clone());
    fixture.function = Some(made.function);
    if !stage.args.no_invoke {
        fixture.echo_url = Some(egress_aws::ECHO_URL.to_owned());
    }
    if stage.args.endpoint_url.is_some() {
        // What is done is seen at once on an emulator.
        fixture.visibility = SHOWN_AT_ONCE;
    }
    let subject = Subject { cloud: &stage.cloud, clock: &stage.clock, fixture };
    // The suite itself cannot be told to stop; what it was doing is found by its tags.
    let mut tell = |case: &CaseResult| println!("{case}");
    let running = conformance::run_telling(&subject, &mut tell);
    let report = match select(std::pin::pin!(running), std::pin::pin!(stopped(stage))).await {
        Either::Left((report, _)) => report,
        Either::Right((stopped, _)) => return stopped,
    };
    report
        .passed()
        .map_err(|failures| format!("the laws are not kept: {} of {} cases", failures.failures.len(), failures.of))?;
    println!("{} cases", report.cases.len());
    let skipped = report.cases.iter().filter(|case| matches!(case.outcome, CaseOutcome::Skipped(_))).count();
    if skipped > 0 && !stage.args.no_invoke {
        return Err(format!("{skipped} cases were skipped"));
    }
    Ok(())
}

async fn stopped(stage: &Stage<'_>) -> Result {
    loop {
        stage.go_on()?;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
