//! Where things are printed: stdout is what was asked for, stderr is talk.
//!
//! Texts carry their colours always; `anstream` takes them away where nobody can see them (a pipe, `NO_COLOR`).

use std::io::{self, IsTerminal, Write};

use egress_core::plan::{Level, Notice};
use futures::channel::oneshot;
use serde::Serialize;

use crate::{
    args::Format,
    error::{CliError, Problem, with_subject},
    render::{View, style},
};

/// How a run speaks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Out {
    /// For people or for programs.
    pub(crate) format: Format,
    /// Whether talk is wanted at all.
    pub(crate) quiet: bool,
    /// Where talk goes.
    pub(crate) stage: Stage,
}

/// Where talk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// To stderr.
    Aside,
    /// To stdout: in a demonstration the talk is what was asked for.
    Open,
}

/// What is said on stderr in JSON, one object a line.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum Line<'a, T: Serialize> {
    /// A failure.
    Error(&'a CliError),
    /// A notice.
    Notice(&'a Notice),
    /// What execution reports.
    Event(&'a T),
}

impl Out {
    /// Prints what was asked for: the one document of a run.
    pub(crate) fn show<V: View>(self, view: &V) -> Result<(), CliError> {
        let text = match self.format {
            Format::Human => view.human(),
            Format::Json => json(view, Layout::Pretty) + "\n",
        };
        self.raw(&text)
    }

    /// Prints a text as it is to stdout.
    pub(crate) fn raw(self, text: &str) -> Result<(), CliError> {
        let mut stdout = anstream::stdout().lock();
        stdout.write_all(text.as_bytes())?;
        Ok(stdout.flush()?)
    }

    /// Says something to people: whole lines.
    pub(crate) fn talk(self, text: &str) {
        if !self.quiet && self.format == Format::Human {
            self.say(text);
        }
    }

    /// Says something that matters even to those who want quiet.
    pub(crate) fn notice(self, notice: &Notice) {
        match self.format {
            Format::Json => self.say(&(json(&Line::<()>::Notice(notice), Layout::Line) + "\n")),
            Format::Human if self.quiet && notice.level == Level::Note => {}
            Format::Human => self.say(&notice_text(notice)),
        }
    }

    /// Says an event as a line of JSON.
    pub(crate) fn event(self, event: &impl Serialize) {
        if !self.quiet {
            self.say(&(json(&Line::Event(event), Layout::Line) + "\n"));
        }
    }

    /// Says why the run failed.
    pub(crate) fn error(self, error: &CliError) {
        if error.problems.is_empty() {
            return;
        }
        match self.format {
            Format::Human => self.say(&error_text(error)),
            Format::Json => self.say(&(json(&Line::<()>::Error(error), Layout::Line) + "\n")),
        }
    }

    /// Whether a person can be asked.
    pub(crate) fn can_ask(self) -> bool {
        self.format == Format::Human && io::stdin().is_terminal() && io::stderr().is_terminal()
    }

    /// Asks a person, who answers with a line. What goes on meanwhile goes on: people take their time.
    pub(crate) async fn ask(self, question: &str) -> Result<String, CliError> {
        self.say(question);
        let (answer, answered) = oneshot::channel();
        // Nobody waits for this thread: where the run ends without an answer, it ends with the process.
        std::thread::spawn(move || {
            let mut line = String::new();
            let read = io::stdin().read_line(&mut line).map(|_| line);
            // Where the run ended meanwhile, nobody wants to know.
            let _ = answer.send(read);
        });
        let line = answered.await.unwrap_or_else(|_| Ok(String::new()))?;
        Ok(line.trim().to_owned())
    }

    /// Where nobody listens there is nobody to tell, so a failure to write talk is no failure of the run.
    fn say(self, text: &str) {
        let _ = match self.stage {
            Stage::Aside => anstream::stderr().lock().write_all(text.as_bytes()),
            Stage::Open => anstream::stdout().lock().write_all(text.as_bytes()),
        };
    }
}

/// How JSON is laid out.
#[derive(Clone, Copy)]
enum Layout {
    /// Over many lines.
    Pretty,
    /// On one line.
    Line,
}

fn json(value: &impl Serialize, layout: Layout) -> String {
    let text = match layout {
        Layout::Pretty => serde_json::to_string_pretty(value),
        Layout::Line => serde_json::to_string(value),
    };
    // The values are our own, with text for keys: this cannot fail, and if it does it says so in JSON.
    text.unwrap_or_else(|error| serde_json::json!({ "error": error.to_string() }).to_string())
}

/// A notice as people read it.
pub(crate) fn notice_text(notice: &Notice) -> String {
    let (word, look) = match notice.level {
        Level::Warning => ("warning", style::WARNING),
        Level::Note => ("note", style::NOTE),
    };
    let message = with_subject(notice.subject.as_deref(), &notice.message);
    format!("{look}{word}:{look:#} {message}\n{}", hints(&notice.hint))
}

/// An error as people read it.
pub(crate) fn error_text(error: &CliError) -> String {
    error.problems.iter().map(problem_text).collect()
}

fn problem_text(problem: &Problem) -> String {
    let look = style::ERROR;
    let mut text = format!("{look}error:{look:#} {}\n", problem.message);
    if let Some(place) = &problem.place {
        text.push_str(&place.drawn);
    }
    for cause in &problem.causes {
        text.push_str(&format!("  caused by: {cause}\n"));
    }
    text + &hints(&problem.hints)
}

fn hints<'a>(hints: impl IntoIterator<Item = &'a String>) -> String {
    let look = style::HINT;
    hints.into_iter().map(|hint| format!("{look}hint:{look:#} {hint}\n")).collect()
}

/// How many columns a line of stdout may take: those of the terminal, within what can be read well; a fixed number where it is
/// none, so that files and pipes get the same text everywhere.
pub(crate) fn width() -> usize {
    let terminal = terminal_size::terminal_size_of(io::stdout());
    terminal.map_or(COLUMNS, |(terminal_size::Width(columns), _)| usize::from(columns).clamp(NARROWEST, WIDEST))
}

/// How many columns a line takes where nobody says.
const COLUMNS: usize = 100;
/// How many columns a line takes at least.
const NARROWEST: usize = 40;
/// How many at most.
const WIDEST: usize = 120;

/// A text as stderr can show it: without its colours where they are not wanted.
pub(crate) fn for_stderr(text: &str) -> String {
    match anstream::AutoStream::choice(&io::stderr()) {
        anstream::ColorChoice::Never => anstream::adapter::strip_str(text).to_string(),
        _ => text.to_owned(),
    }
}
