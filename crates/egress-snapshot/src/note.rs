//! What is to be told about files.

use std::{fmt, path::PathBuf};

/// Something of a file that was not understood, or only partly.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// The file.
    pub file: PathBuf,
    /// Where in it, e.g. `Vpcs[3]`; empty for the file as a whole.
    pub at: String,
    /// What is the matter: a lower-case fragment.
    pub why: String,
}

impl Note {
    pub(crate) fn new(file: impl Into<PathBuf>, at: impl Into<String>, why: impl Into<String>) -> Self {
        Self { file: file.into(), at: at.into(), why: why.into() }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, at, why } = self;
        let file = file.display();
        if at.is_empty() { write!(f, "{file}: {why}") } else { write!(f, "{file}: {at}: {why}") }
    }
}
