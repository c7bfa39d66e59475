//! From text to Spec.

use toml::de::DeTable;

use super::{
    check::check,
    file::File,
    mistake::{Mistake, Report, SpecError},
    model::Spec,
    preset::fill,
    read::{Place, table},
    syntax,
};

/// A Spec, and what is doubtful about its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The Spec.
    pub spec: Spec,
    /// What may be meant otherwise, in the order of the file.
    pub warnings: Vec<Mistake>,
}

/// Reads a file.
///
/// # Errors
///
/// Every mistake in it, in the order of the file. What only follows from another mistake is left out: of a file whose
/// syntax is broken, it is not said what is missing.
pub fn parse(text: &str) -> Result<Parsed, SpecError> {
    let mut report = Report::default();
    let (root, errors) = DeTable::parse_recoverable(text);
    syntax::report(text, &errors, &mut report);
    let file = table::<File>(root.get_ref(), &Place::root(None), &mut report);
    let file = fill(file, &mut report);
    let spec = check(file, &mut report);
    let Report { mut mistakes, warnings, .. } = report.sorted();
    match spec {
        Some(spec) if mistakes.is_empty() => Ok(Parsed { spec, warnings }),
        Some(_) => Err(SpecError { mistakes, warnings }),
        None => {
            // Whoever makes no Spec has said why. Should one have forgotten to, the promise holds all the same.
            if mistakes.is_empty() {
                mistakes.push(Mistake::new(&(0..0), "the file is not complete"));
            }
            Err(SpecError { mistakes, warnings })
        }
    }
}
