//! Mistakes in a Spec, each with its place in the file.

use std::{fmt, path::Path};

use egress_core::{
    plan::{Level, Notice},
    spec::{Mistake, SpecError},
};
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};

use crate::{
    error::{CliError, Place, Problem},
    exit::Exit,
};

/// Every mistake of a file, as one error.
pub(crate) fn spec_error(file: &Path, text: &str, error: &SpecError) -> CliError {
    let problems = error.mistakes.iter().map(|mistake| Problem {
        message: mistake.message.clone(),
        // What is missing from the file as a whole has no place in it.
        place: (!mistake.span.is_empty()).then(|| place(file, text, mistake)),
        causes: Vec::new(),
        hints: mistake.hint.iter().cloned().collect(),
    });
    CliError { exit: Exit::SpecWrong, problems: problems.collect() }
}

/// A warning about a file, as a notice.
pub(crate) fn spec_warning(file: &Path, text: &str, warning: &Mistake) -> Notice {
    let (line, column) = line_and_column(text, warning.span.start);
    Notice {
        level: Level::Warning,
        subject: Some(format!("{}:{line}:{column}", file.display())),
        message: warning.message.clone(),
        hint: warning.hint.clone(),
    }
}

fn place(file: &Path, text: &str, mistake: &Mistake) -> Place {
    let (line, column) = line_and_column(text, mistake.span.start);
    Place { file: file.display().to_string(), line, column, drawn: drawn(file, text, mistake) }
}

/// Counted from 1, columns in characters. A place behind the end is the end.
fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// The lines of the file with the place marked.
fn drawn(file: &Path, text: &str, mistake: &Mistake) -> String {
    let source = NamedSource::new(file.display().to_string(), text.to_owned());
    let end = mistake.span.end.min(text.len());
    let start = mistake.span.start.min(end);
    let drawing = Drawing { source, span: start..end };
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode()).with_context_lines(1).with_links(false);
    let mut out = String::new();
    if handler.render_report(&mut out, &drawing).is_err() {
        // A place that cannot be drawn still has its line.
        let (line, column) = line_and_column(text, start);
        return format!("  at {}:{line}:{column}\n", file.display());
    }
    // The handler draws a message first; ours is on the line before.
    out.lines().skip_while(|line| !line.contains('╭')).map(|line| format!("{}\n", line.trim_end())).collect()
}

/// What miette draws: a place without a message, which stands above it.
struct Drawing {
    source: NamedSource<String>,
    span: std::ops::Range<usize>,
}

impl Diagnostic for Drawing {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(None, self.span.clone()))))
    }
}

impl fmt::Debug for Drawing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.span)
    }
}

impl fmt::Display for Drawing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("here")
    }
}

impl std::error::Error for Drawing {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::output::error_text;

    #[test]
    fn each_mistake_is_shown_with_its_line() {
        let text = "stack = \"shop\"\n\n[network]\ncidr = \"10.0.0.0/8\"\ncolour = \"blue\"\n";
        let at = |needle: &str| {
            let start = text.find(needle).unwrap();
            start..start + needle.len()
        };
        let mistake = |message: &str, span, hint: Option<&str>| Mistake {
            message: message.to_owned(),
            span,
            hint: hint.map(str::to_owned),
        };
        let error = SpecError {
            mistakes: vec![
                mistake("the range is too large", at("\"10.0.0.0/8\""), Some("use /16 to /28")),
                mistake("unknown key `colour`", at("colour"), None),
            ],
            warnings: Vec::new(),
        };
        let error = spec_error(Path::new("egress.toml"), text, &error);
        let shown = anstream::adapter::strip_str(&error_text(&error)).to_string();
        insta::assert_snapshot!(shown);
        assert_eq!(error.problems[1].place.as_ref().map(|p| (p.line, p.column)), Some((5, 1)));
    }

    #[test]
    fn a_place_behind_the_end_of_the_file_is_its_end() {
        assert_eq!(line_and_column("a\nbc", 99), (2, 3));
        let mistake = Mistake { message: "missing".to_owned(), span: 99..120, hint: None };
        let error = SpecError { mistakes: vec![mistake], warnings: Vec::new() };
        assert_eq!(spec_error(Path::new("x"), "", &error).problems.len(), 1);
    }
}
