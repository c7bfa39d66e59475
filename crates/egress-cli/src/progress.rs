//! Shows what execution reports: what is waited for, how long so far, and how long that usually takes.

mod words;

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

pub(crate) use self::words::Proofs;
use self::words::{Detail, Words};
use crate::{
    args::Format,
    output::{Out, Stage, for_stderr},
    render::text::duration,
};

/// Consumes Events.
pub(crate) enum Progress {
    /// Spinners on a terminal, below the lines of what is over.
    Spinners(Spinners, Words),
    /// Lines.
    Lines(Out, Words),
    /// Every event as a line of JSON.
    Json(Out),
    /// Not at all.
    Silent,
}

/// What is drawn on a terminal: one spinner for each wait.
pub(crate) struct Spinners {
    all: MultiProgress,
    waits: BTreeMap<StepId, (ProgressBar, String)>,
}

impl Progress {
    /// Of a plan's execution.
    pub(crate) fn of(plan: &Plan, out: Out, proofs: Proofs) -> Self {
        let words = |detail| Words::of(plan, detail, proofs);
        match (out.quiet, out.format, out.stage) {
            (true, ..) => Self::Silent,
            (_, Format::Json, _) => Self::Json(out),
            (.., Stage::Open) => Self::Lines(out, words(Detail::Brief)),
            (.., Stage::Aside) if io::stderr().is_terminal() => {
                let spinners = Spinners { all: MultiProgress::new(), waits: BTreeMap::new() };
                Self::Spinners(spinners, words(Detail::Done))
            }
            (.., Stage::Aside) => Self::Lines(out, words(Detail::Waits)),
        }
    }

    /// Shows an event.
    pub(crate) fn on(&mut self, event: &Event) {
        match self {
            Self::Silent => {}
            Self::Json(out) => out.event(event),
            Self::Lines(out, words) => {
                if let Some(line) = words.line(event) {
                    out.talk(&format!("{line}\n"));
                }
            }
            Self::Spinners(spinners, words) => {
                spinners.draw(event, words);
                if let Some(line) = words.line(event) {
                    // A terminal that cannot be written to has nobody to tell.
                    drop(spinners.all.println(for_stderr(&line)));
                }
            }
        }
    }

    /// Takes down what is still drawn.
    pub(crate) fn finish(self) {
        if let Self::Spinners(spinners, _) = self {
            drop(spinners.all.clear());
        }
    }
}

impl Spinners {
    fn draw(&mut self, event: &Event, words: &Words) {
        match &event.what {
            What::Started { step, usual: Some(usual), .. } => {
                let usually = format!("usually {}", duration(*usual));
                let bar = self.all.add(ProgressBar::new_spinner().with_style(spinner()));
                bar.set_prefix(words.text(step));
                bar.set_message(usually.clone());
                bar.enable_steady_tick(Duration::from_millis(100));
                self.waits.insert(step.clone(), (bar, usually));
            }
            What::Waiting { step, detail, .. } => {
                if let Some((bar, usually)) = self.waits.get(step) {
                    bar.set_message(format!("{detail}, {usually}"));
                }
            }
            What::Done { step, .. } | What::Failed { step, .. } => {
                if let Some((bar, _)) = self.waits.remove(step) {
                    bar.finish_and_clear();
                }
            }
            _ => {}
        }
    }
}

fn spinner() -> ProgressStyle {
    // The template is ours: were it wrong, the plain spinner would do.
    let style = ProgressStyle::with_template("        {spinner} {prefix}  {elapsed}, {msg}");
    style.unwrap_or_else(|_| ProgressStyle::default_spinner())
}
