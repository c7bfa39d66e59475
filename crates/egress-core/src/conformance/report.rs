//! What came of a run.

use std::fmt;

/// What came of a run, case by case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// In the order of [`CASES`](super::CASES).
    pub cases: Vec<CaseResult>,
}

/// What came of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseResult {
    /// The case's name.
    pub name: &'static str,
    /// The law that it checks.
    pub law: &'static str,
    /// What came of it.
    pub outcome: CaseOutcome,
}

/// What came of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CaseOutcome {
    /// The cloud keeps the law.
    Passed,
    /// It does not, and how.
    Failed(String),
    /// The case could not be tried, and why.
    Skipped(String),
}

impl Report {
    /// The report itself where no case failed; skipped ones do not count as failures, but are listed in it.
    pub fn passed(&self) -> Result<&Self, Failures> {
        let failures: Vec<_> = self.failures().cloned().collect();
        if failures.is_empty() { Ok(self) } else { Err(Failures { failures, of: self.cases.len() }) }
    }

    /// The cases that failed.
    pub fn failures(&self) -> impl Iterator<Item = &CaseResult> {
        self.cases.iter().filter(|c| matches!(c.outcome, CaseOutcome::Failed(_)))
    }
}

/// One line a case: its mark, its name, and the reason where it did not pass.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for case in &self.cases {
            writeln!(f, "{case}")?;
        }
        let count = |wanted: fn(&CaseOutcome) -> bool| self.cases.iter().filter(|c| wanted(&c.outcome)).count();
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            count(|o| matches!(o, CaseOutcome::Passed)),
            count(|o| matches!(o, CaseOutcome::Failed(_))),
            count(|o| matches!(o, CaseOutcome::Skipped(_))),
        )
    }
}

impl fmt::Display for CaseResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            CaseOutcome::Passed => write!(f, "ok    {}", self.name),
            CaseOutcome::Failed(how) => write!(f, "FAIL  {}\n      law: {}\n      but: {how}", self.name, self.law),
            CaseOutcome::Skipped(why) => write!(f, "skip  {}: {why}", self.name),
        }
    }
}

/// The laws that a cloud does not keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failures {
    /// The cases that failed.
    pub failures: Vec<CaseResult>,
    /// How many cases there are.
    pub of: usize,
}

impl fmt::Display for Failures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} cases failed", self.failures.len(), self.of)?;
        self.failures.iter().try_for_each(|case| write!(f, "\n{case}"))
    }
}

impl std::error::Error for Failures {}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(name: &'static str, outcome: CaseOutcome) -> CaseResult {
        CaseResult { name, law: "the law", outcome }
    }

    #[test]
    fn a_report_tells_every_case_and_its_reason() {
        let report = Report {
            cases: vec![
                case("a", CaseOutcome::Passed),
                case("b", CaseOutcome::Failed("it broke".to_owned())),
                case("c", CaseOutcome::Skipped("no function".to_owned())),
            ],
        };
        insta::assert_snapshot!(report, @r"
        ok    a
        FAIL  b
              law: the law
              but: it broke
        skip  c: no function
        1 passed, 1 failed, 1 skipped
        ");
        assert_eq!(report.passed().map_err(|f| f.failures), Err(vec![report.cases[1].clone()]));
    }
}
