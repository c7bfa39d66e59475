//! What is wrong with the way out of functions, as people read it: worst first, each with what mends it.

use std::fmt::Write;

use anstyle::Style;

use super::{
    View, style,
    text::{and, count, paint, wrapped},
};
use crate::{
    inspect::{Diagnosed, Found, Grade, Looked, Strays},
    output::width,
};

/// The grades, worst first, each with its word and look.
const GRADES: [(Grade, &str, Style); 3] = [
    (Grade::Error, "error", style::ERROR),
    (Grade::Warning, "warning", style::WARNING),
    (Grade::Info, "info", style::NOTE),
];

impl View for Diagnosed {
    fn human(&self) -> String {
        diagnosed(self, width())
    }
}

/// The whole text, in lines of at most `width` columns where words allow it.
pub(crate) fn diagnosed(answer: &Diagnosed, width: usize) -> String {
    let mut text = String::new();
    let several = answer.looked_at.len() > 1;
    for strays in &answer.unexpected {
        text.push_str(&of_strays(strays, several, width));
    }
    for (grade, word, look) in GRADES {
        for found in answer.findings.iter().filter(|found| found.severity == grade) {
            text.push_str(&of_found(found, word, look, several, width));
        }
    }
    if !answer.missing.is_empty() {
        let _ = writeln!(text, "{}", paint(style::STRONG, "what would have to be known to tell more"));
        answer.missing.iter().for_each(|item| text.push_str(&wrapped(&format!("- {item}"), 2, 4, width)));
        text.push('\n');
    }
    if !answer.notes.is_empty() {
        let _ =
            writeln!(text, "{}", paint(style::STRONG, "what the files do not tell, and what was taken for granted"));
        answer.notes.iter().for_each(|item| text.push_str(&wrapped(&format!("- {item}"), 2, 4, width)));
        text.push('\n');
    }
    text + &wrapped(&summary(answer), 0, 2, width)
}

fn of_found(found: &Found, word: &str, look: Style, several: bool, width: usize) -> String {
    let name = found.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
    let on = found.resource.as_ref().map(|id| format!(" on {id}{name}")).unwrap_or_default();
    let place = if several { format!(" in {}", place(&found.place)) } else { String::new() };
    let title = format!("{} {}{on}{place}", paint(look, format!("{word}:")), paint(style::STRONG, &found.rule));
    let mut text = wrapped(&title, 0, 2, width);
    text.push_str(&wrapped(&found.detail, 2, 2, width));
    text.push_str(&wrapped(&format!("{} {}", paint(style::HINT, "hint:"), found.fix), 2, 4, width));
    // Never broken: they are there to be copied.
    found.commands.iter().for_each(|command| _ = writeln!(text, "  $ {command}"));
    if !found.functions.is_empty() {
        text.push_str(&wrapped(&paint(style::DIM, format!("touches {}", and(&found.functions))), 2, 4, width));
    }
    let _ = writeln!(text, "  {}\n", paint(style::DIM, &found.page));
    text
}

fn of_strays(strays: &Strays, several: bool, width: usize) -> String {
    let place = if several { format!(" in {}", place(&strays.place)) } else { String::new() };
    let title = format!(
        "{} {}{place} is not seen from exactly the IPs that are expected",
        paint(style::ERROR, "error:"),
        paint(style::STRONG, &strays.function)
    );
    let mut text = wrapped(&title, 0, 2, width);
    if !strays.missing.is_empty() {
        text.push_str(&wrapped(&format!("it is never seen from {}", and(&strays.missing)), 2, 4, width));
    }
    if !strays.extra.is_empty() {
        text.push_str(&wrapped(&format!("it may be seen from {}", and(&strays.extra)), 2, 4, width));
    }
    if strays.open {
        text.push_str(&wrapped("it may be seen from others, which nobody can tell", 2, 4, width));
    }
    text + "\n"
}

/// What was found, in a line, and what was looked at.
fn summary(answer: &Diagnosed) -> String {
    let counted = GRADES.iter().map(|(grade, word, _)| (answer.count(*grade), *word)).filter(|(n, _)| *n > 0);
    let counted: Vec<String> =
        counted.map(|(n, word)| if word == "info" { format!("{n} info") } else { count(n, word) }).collect();
    let looked = and(answer.looked_at.iter().map(looked));
    let way = format!("on the way to {} at port {}", answer.to, answer.port);
    match (counted.is_empty(), answer.missing.is_empty()) {
        (true, true) => format!("{} looked at {looked}, {way}", paint(style::GOOD, "nothing found:")),
        (true, false) => {
            format!("{} looked at {looked}, {way}", paint(style::CHANGED, "nothing found as far as can be told:"))
        }
        (false, _) => format!("{}; looked at {looked}, {way}", paint(style::STRONG, and(counted))),
    }
}

fn looked(looked: &Looked) -> String {
    format!(
        "{}, {} and {} in {}",
        count(looked.functions, "function"),
        count(looked.subnets, "subnet"),
        count(looked.nat_gateways, "NAT gateway"),
        place(&looked.place)
    )
}

fn place(place: &crate::inspect::TracedPlace) -> String {
    let or = |text: &str| if text.is_empty() { "unknown".to_owned() } else { text.to_owned() };
    format!("account {}, region {}", or(&place.account), or(&place.region))
}
