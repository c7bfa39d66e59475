//! Turns values into what people read. JSON shows the same values.

pub(crate) mod all_ips;
pub(crate) mod aws_command;
pub(crate) mod carried;
pub(crate) mod diagnosed;
mod flow;
pub(crate) mod graph;
pub(crate) mod ips;
pub(crate) mod plan;
pub(crate) mod spec_error;
pub(crate) mod status;
pub(crate) mod steps;
pub(crate) mod text;
pub(crate) mod traced;
pub(crate) mod verified;

#[cfg(test)]
pub(crate) mod tests;

use serde::Serialize;

/// A value that a command prints: for programs as it is, for people as a text.
pub(crate) trait View: Serialize {
    /// The text, whole lines, with colours.
    fn human(&self) -> String;
}

/// What colours mean. A text must be as clear without.
pub(crate) mod style {
    use anstyle::{AnsiColor, Style};

    /// What went wrong.
    pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
    /// What may go wrong.
    pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
    /// What is good to know.
    pub(crate) const NOTE: Style = AnsiColor::Blue.on_default().bold();
    /// What can be done.
    pub(crate) const HINT: Style = AnsiColor::Cyan.on_default().bold();
    /// What the eye should find first: an egress IP, a headline.
    pub(crate) const STRONG: Style = Style::new().bold();
    /// What is there for completeness.
    pub(crate) const DIM: Style = Style::new().dimmed();
    /// What is added, and what works.
    pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
    /// What is changed.
    pub(crate) const CHANGED: Style = AnsiColor::Yellow.on_default();
    /// What is taken away, and what does not work.
    pub(crate) const BAD: Style = AnsiColor::Red.on_default();
}
