//! Events in words, one line each.

use std::{collections::BTreeMap, time::Duration};

use egress_core::{
    execute::{Event, StepError, What},
    plan::{Plan, StepId},
};

use crate::render::{
    steps::{Mark, WAIT, label},
    style,
    text::{duration, paint},
};

/// How often a wait is mentioned.
const EVERY: Duration = Duration::from_secs(15);

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Detail {
    /// The egress IP, the waits that took time, the proofs, the failures.
    Brief,
    /// And everything that was done.
    Done,
    /// And what is waited for, now and then.
    Waits,
}

/// Whether proofs are told as they come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proofs {
    /// They are.
    Told,
    /// They are what was asked for, and are shown at the end.
    Kept,
}

/// What has to be known to put events in words.
pub(crate) struct Words {
    detail: Detail,
    proofs: Proofs,
    steps: BTreeMap<StepId, Step>,
}

struct Step {
    mark: Mark,
    text: String,
    usual: Option<Duration>,
    /// When it was last mentioned.
    said: Duration,
}

impl Words {
    /// For the execution of a plan.
    pub(super) fn of(plan: &Plan, detail: Detail, proofs: Proofs) -> Self {
        let step = |step: &egress_core::plan::Step| {
            let label = label(step);
            (step.id.clone(), Step { mark: label.mark, text: label.text, usual: None, said: Duration::ZERO })
        };
        Self { detail, proofs, steps: plan.steps.iter().map(step).collect() }
    }

    /// What a step does.
    pub(super) fn text(&self, id: &StepId) -> String {
        self.steps.get(id).map_or_else(|| id.to_string(), |step| step.text.clone())
    }

    /// The event as a line, if it is told at all.
    pub(super) fn line(&mut self, event: &Event) -> Option<String> {
        let text = match &event.what {
            What::Started { step, usual, .. } => self.started(event.at, step, *usual),
            What::Waiting { step, elapsed, detail } => self.waiting(event.at, step, *elapsed, detail),
            What::Retrying { step, error, pause } => {
                let text = format!("· {step}: {error}; again in {}", duration(*pause));
                self.now_and_then(event.at, step, text)
            }
            What::AddressKnown { key, ip } => {
                let ip = paint(style::STRONG, format!("egress IP {ip}"));
                Some(format!("{} {ip}  {}", paint(style::GOOD, "★"), paint(style::DIM, key)))
            }
            What::Proved { .. } if self.proofs == Proofs::Kept => None,
            What::Failed { error: StepError::NotProven { .. }, .. } if self.proofs == Proofs::Kept => None,
            What::Proved { subnet, seen, .. } => {
                let how = seen.map_or_else(|| "has its way out".to_owned(), |ip| format!("leaves from {ip}"));
                Some(format!("{} {subnet} {how}", paint(style::GOOD, "✓")))
            }
            What::Done { step, took, .. } => self.done(step, *took),
            What::Failed { step, error } => Some(format!("{} {}: {error}", paint(style::BAD, "✗"), self.text(step))),
            What::Stopping => {
                Some(paint(style::WARNING, "stopping: what is in flight is finished, and nothing new is begun"))
            }
            // News of a later version, which this one has no words for.
            _ => None,
        };
        text.map(|text| format!("{} {text}", paint(style::DIM, format!("{:>7}", duration(event.at)))))
    }

    fn from(&self, detail: Detail, text: impl FnOnce() -> String) -> Option<String> {
        (self.detail >= detail).then(text)
    }

    fn started(&mut self, at: Duration, id: &StepId, usual: Option<Duration>) -> Option<String> {
        let step = self.steps.get_mut(id)?;
        step.usual = usual;
        step.said = at;
        let text = format!("· {}, usually {}", step.text, duration(usual?));
        self.from(Detail::Waits, || paint(style::DIM, text))
    }

    fn waiting(&mut self, at: Duration, id: &StepId, elapsed: Duration, detail: &str) -> Option<String> {
        let step = self.steps.get(id)?;
        let usually = step.usual.map(|usual| format!(", usually {}", duration(usual))).unwrap_or_default();
        let text = format!("· {}: {detail}, {} so far{usually}", step.text, duration(elapsed));
        self.now_and_then(at, id, text)
    }

    /// What goes on about a step, unless something was told of it a moment ago.
    fn now_and_then(&mut self, at: Duration, id: &StepId, text: String) -> Option<String> {
        let step = self.steps.get_mut(id)?;
        if at.saturating_sub(step.said) < EVERY {
            return None;
        }
        step.said = at;
        self.from(Detail::Waits, || paint(style::DIM, text))
    }

    fn done(&self, id: &StepId, took: Duration) -> Option<String> {
        let step = self.steps.get(id)?;
        match step.mark {
            // The proof itself was told.
            Mark::Proof => None,
            // What was so at once was not waited for.
            Mark::Wait if took < Duration::from_secs(1) => None,
            Mark::Wait => {
                let so = step.text.strip_prefix(WAIT).unwrap_or(&step.text);
                let took = paint(style::DIM, format!("after {}", duration(took)));
                Some(format!("{} {so} {took}", paint(style::GOOD, "·")))
            }
            mark => self.from(Detail::Done, || format!("{} {}", paint(mark.style(), mark.sign()), step.text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use egress_core::{CloudError, ErrorKind};

    use super::*;
    use crate::render::tests::a_plan;

    /// What people read of a run in which the gateway takes 40 s, and the last step fails.
    fn told(detail: Detail) -> String {
        let plan = a_plan();
        let id = |n: usize| plan.steps[n].id.clone();
        let (zero, usual) = (Duration::ZERO, Some(Duration::from_secs(105)));
        let ip = Ipv4Addr::new(203, 0, 113, 7);
        let waiting = |s| What::Waiting { step: id(2), elapsed: Duration::from_secs(s), detail: "pending".to_owned() };
        let busy = CloudError::new(ErrorKind::Busy, "CreateNatGateway", "not yet");
        let retrying = || What::Retrying { step: id(1), error: busy.clone(), pause: Duration::from_secs(2) };
        let failed = StepError::Cloud(CloudError::new(ErrorKind::Denied, "UpdateFunction", "not allowed"));
        let events = [
            (0, What::Started { step: id(0), title: String::new(), usual: None }),
            (0, What::Done { step: id(0), took: zero, id: None }),
            (0, What::AddressKnown { key: "address/lambda_nat".parse().unwrap(), ip }),
            (0, What::Started { step: id(1), title: String::new(), usual: None }),
            (1, retrying()),
            (15, retrying()),
            (17, retrying()),
            (18, What::Done { step: id(1), took: zero, id: None }),
            (18, What::Started { step: id(2), title: String::new(), usual }),
            (23, waiting(5)),
            (33, waiting(15)),
            (38, waiting(20)),
            (58, What::Done { step: id(2), took: Duration::from_secs(40), id: None }),
            (59, What::Proved { step: id(3), subnet: "subnet/lambda_prv1".parse().unwrap(), seen: Some(ip) }),
            (59, What::Done { step: id(3), took: zero, id: None }),
            (60, What::Failed { step: id(4), error: failed }),
            (60, What::Stopping),
        ];
        let mut words = Words::of(&plan, detail, Proofs::Told);
        let lines =
            events.into_iter().filter_map(|(at, what)| words.line(&Event { at: Duration::from_secs(at), what }));
        lines.map(|line| anstream::adapter::strip_str(&line).to_string() + "\n").collect()
    }

    #[test]
    fn a_log_mentions_each_wait_now_and_then() {
        insta::assert_snapshot!(told(Detail::Waits));
    }

    #[test]
    fn beside_spinners_only_what_is_over_is_told() {
        insta::assert_snapshot!(told(Detail::Done));
    }

    #[test]
    fn in_brief_only_what_matters_is_told() {
        insta::assert_snapshot!(told(Detail::Brief));
    }
}
