//! What is wrong with a file, and where.

use std::{fmt, ops::Range};

use serde::Serialize;

/// A place in the file, in bytes.
pub type Span = Range<usize>;

/// One thing that is wrong, or at least doubtful, with its place in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// What is wrong: a lower-case fragment.
    pub message: String,
    /// Where, in bytes of the file; empty where something is missing from the file as a whole.
    pub span: Span,
    /// What to write instead.
    pub hint: Option<String>,
}

impl Mistake {
    pub(super) fn new(span: &Span, message: impl Into<String>) -> Self {
        Self { message: message.into(), span: span.clone(), hint: None }
    }

    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    pub(super) fn maybe_hint(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }
}

/// A file that is no Spec: everything that is wrong with it, in the order of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SpecError {
    /// The mistakes; never empty.
    pub mistakes: Vec<Mistake>,
    /// What is doubtful besides.
    pub warnings: Vec<Mistake>,
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mistakes.as_slice() {
            [only] => f.write_str(&only.message),
            [first, rest @ ..] => write!(f, "{} (and {} more mistakes)", first.message, rest.len()),
            [] => f.write_str("the file is no spec"),
        }
    }
}

impl std::error::Error for SpecError {}

/// Where mistakes gather while a file is read.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) mistakes: Vec<Mistake>,
    pub(super) warnings: Vec<Mistake>,
    /// Where the parser had to guess: what is wrong there is wrong because of an earlier mistake.
    pub(super) guessed: Vec<Span>,
    /// How much of the file could be read.
    pub(super) sight: Sight,
}

/// Whether it can be told what the file does not hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Sight {
    /// It can.
    #[default]
    Whole,
    /// It cannot: what is missing may stand where the syntax is broken, or in the preset whose name is wrong.
    Partial,
}

impl Report {
    /// Something in the file is wrong.
    pub(super) fn wrong(&mut self, mistake: Mistake) {
        if !self.guessed.iter().any(|guessed| guessed.contains(&mistake.span.start)) {
            self.mistakes.push(mistake);
        }
    }

    /// Something is wrong because of what the file does *not* hold.
    pub(super) fn lacks(&mut self, mistake: Mistake) {
        if self.sight == Sight::Whole {
            self.mistakes.push(mistake);
        }
    }

    /// Something is doubtful.
    pub(super) fn doubt(&mut self, warning: Mistake) {
        self.warnings.push(warning);
    }

    /// Everything, in the order of the file.
    pub(super) fn sorted(mut self) -> Self {
        let order = |m: &Mistake| (m.span.start, m.span.end);
        self.mistakes.sort_by_key(order);
        self.warnings.sort_by_key(order);
        self
    }
}
