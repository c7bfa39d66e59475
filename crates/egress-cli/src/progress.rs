//! Shows what execution reports: what is waited for, how long so far, and how long that usually takes.

use std::{
    collections::BTreeMap,
    io::{self, IsTerminal},
    time::Duration,
};

use egress_core::{
    execute::{Event, What},
    plan::{Plan, StepId},
};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::{
    args::Format,
    output::{Out, Stage, for_stderr},
    render::{
        plan::{Mark, WAIT, label},
        style,
        text::{duration, paint},
    },
};

/// How often a wait is mentioned where lines cannot be drawn over.
const EVERY: Duration = Duration::from_secs(15);

/// Consumes Events.
pub(crate) struct Progress {
    display: Display,
    out: Out,
    steps: BTreeMap<StepId, Step>,
}

/// What is known of a step that events tell of.
struct Step {
    mark: Mark,
    text: String,
    usual: Option<Duration>,
    /// When it was last mentioned.
    said: Duration,
    bar: Option<ProgressBar>,
}

/// How events are shown.
enum Display {
    /// Spinners on a terminal.
    Spinners(MultiProgress),
    /// Lines, each wait mentioned now and then.
    Lines,
    /// Lines, what takes no time left out.
    Brief,
    /// Every event as a line of JSON.
    Json,
    /// Not at all.
    Silent,
}

impl Progress {
    /// Of a plan's execution.
    pub(crate) fn of(plan: &Plan, out: Out) -> Self {
        let step = |step: &egress_core::plan::Step| {
            let label = label(step);
            let text = label.text;
            (step.id.clone(), Step { mark: label.mark, text, usual: None, said: Duration::ZERO, bar: None })
        };
        Self { display: display(out), out, steps: plan.steps.iter().map(step).collect() }
    }

    /// Shows an event.
    pub(crate) fn on(&mut self, event: &Event) {
        match self.display {
            Display::Silent => {}
            Display::Json => self.out.event(event),
            _ => self.show(event),
        }
    }

    /// Takes down what is still drawn.
    pub(crate) fn finish(self) {
        if let Display::Spinners(bars) = self.display {
            // A terminal that cannot be cleared is left as it is.
            let _ = bars.clear();
        }
    }

    fn show(&mut self, event: &Event) {
        let at = event.at;
        match &event.what {
            What::Started { step, usual, .. } => self.started(at, step, *usual),
            What::Waiting { step, elapsed, detail } => self.waiting(at, step, *elapsed, detail),
            What::Retrying { step, error, pause } => {
                let text = self.text(step);
                self.detail(at, &format!("{text}: {error}; again in {}", duration(*pause)));
            }
            What::AddressKnown { key, ip } => {
                let ip = paint(style::STRONG, format!("egress IP {ip}"));
                self.line(at, &format!("{} {ip}  {}", paint(style::GOOD, "★"), paint(style::DIM, key)));
            }
            What::Proved { subnet, seen, .. } => {
                let how = seen.map_or_else(|| "has its way out".to_owned(), |ip| format!("leaves from {ip}"));
                self.line(at, &format!("{} {subnet} {how}", paint(style::GOOD, "✓")));
            }
            What::Done { step, took, .. } => self.done(at, step, *took),
            What::Failed { step, error } => {
                self.drop_bar(step);
                let text = self.text(step);
                self.line(at, &format!("{} {text}: {error}", paint(style::BAD, "✗")));
            }
            What::Stopping => {
                self.line(at, &paint(style::WARNING, "stopping: what is in flight is finished, nothing new begun"))
            }
            // A later version's news, which this one has no words for.
            _ => {}
        }
    }

    fn started(&mut self, at: Duration, id: &StepId, usual: Option<Duration>) {
        let Some(step) = self.steps.get_mut(id) else { return };
        step.usual = usual;
        step.said = at;
        let Some(usual) = usual else { return };
        let text = format!("{}, usually {}", step.text, duration(usual));
        match &self.display {
            Display::Spinners(bars) => {
                let bar = bars.add(ProgressBar::new_spinner().with_style(spinner()));
                bar.set_prefix(step.text.clone());
                bar.set_message(format!("usually {}", duration(usual)));
                bar.enable_steady_tick(Duration::from_millis(100));
                step.bar = Some(bar);
            }
            Display::Lines => self.line(at, &paint(style::DIM, format!("· {text}"))),
            _ => {}
        }
    }

    fn waiting(&mut self, at: Duration, id: &StepId, elapsed: Duration, detail: &str) {
        let Some(step) = self.steps.get_mut(id) else { return };
        let usually = step.usual.map(|usual| format!(", usually {}", duration(usual))).unwrap_or_default();
        if let Some(bar) = &step.bar {
            bar.set_message(format!("{detail}{usually}"));
            return;
        }
        if at.saturating_sub(step.said) < EVERY {
            return;
        }
        step.said = at;
        let text = format!("· {}: {detail}, {} so far{usually}", step.text, duration(elapsed));
        self.detail(at, &paint(style::DIM, text));
    }

    fn done(&mut self, at: Duration, id: &StepId, took: Duration) {
        self.drop_bar(id);
        let Some(step) = self.steps.get(id) else { return };
        match step.mark {
            // The proof itself was told.
            Mark::Proof => {}
            Mark::Wait => {
                let waited = step.text.strip_prefix(WAIT).unwrap_or(&step.text);
                let line = format!(
                    "{} {waited}  {}",
                    paint(style::GOOD, "·"),
                    paint(style::DIM, format!("took {}", duration(took)))
                );
                if took >= Duration::from_secs(1) {
                    self.line(at, &line);
                }
            }
            mark => {
                let line = format!("{} {}", paint(mark.style(), mark.sign()), step.text);
                self.detail(at, &line);
            }
        }
    }

    fn drop_bar(&mut self, id: &StepId) {
        if let Some(bar) = self.steps.get_mut(id).and_then(|step| step.bar.take()) {
            bar.finish_and_clear();
        }
    }

    fn text(&self, id: &StepId) -> String {
        self.steps.get(id).map_or_else(|| id.to_string(), |step| step.text.clone())
    }

    /// A line that the brief display leaves out.
    fn detail(&self, at: Duration, text: &str) {
        if !matches!(self.display, Display::Brief) {
            self.line(at, text);
        }
    }

    fn line(&self, at: Duration, text: &str) {
        let line = format!("{} {text}", paint(style::DIM, format!("{:>7}", duration(at))));
        match &self.display {
            // A terminal that cannot be written to has nobody to tell.
            Display::Spinners(bars) => drop(bars.println(for_stderr(&line))),
            _ => self.out.talk(&format!("{line}\n")),
        }
    }
}

fn display(out: Out) -> Display {
    match (out.quiet, out.format, out.stage) {
        (true, ..) => Display::Silent,
        (_, Format::Json, _) => Display::Json,
        (.., Stage::Open) => Display::Brief,
        (.., Stage::Aside) if io::stderr().is_terminal() => Display::Spinners(MultiProgress::new()),
        (.., Stage::Aside) => Display::Lines,
    }
}

fn spinner() -> ProgressStyle {
    // The template is ours: were it wrong, the plain spinner would do.
    ProgressStyle::with_template("        {spinner} {prefix}  {elapsed}  {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}
