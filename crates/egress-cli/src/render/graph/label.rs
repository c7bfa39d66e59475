//! Names made fit to print: no control characters, measured, clipped, wrapped, escaped.

/// How wide a letter of the common sans-serif fonts is, at most, in parts of the font size. Measured on DejaVu Sans, the
/// widest of them, so that a label fits its box whichever font is at hand.
const NARROW: f64 = 0.40;
const MIDDLE: f64 = 0.64;
const BROAD: f64 = 0.86;
/// Chinese, Japanese and Korean letters and emoji fill a square.
const SQUARE: f64 = 1.02;
/// Bold letters are broader.
const BOLD: f64 = 1.09;

/// First and last of the ranges of letters that fill a square, by Unicode's East Asian Width (W and F), coarsened.
const SQUARES: [(char, char); 10] = [
    ('\u{1100}', '\u{115f}'),
    ('\u{231a}', '\u{23ff}'),
    ('\u{2600}', '\u{27bf}'),
    ('\u{2e80}', '\u{a4cf}'),
    ('\u{a960}', '\u{a97f}'),
    ('\u{ac00}', '\u{d7a3}'),
    ('\u{f900}', '\u{faff}'),
    ('\u{fe30}', '\u{fe6f}'),
    ('\u{ff00}', '\u{ff60}'),
    ('\u{1b000}', '\u{3fffd}'),
];

/// How heavy a text is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

/// The width of a text in pixels, at most.
pub(super) fn width(text: &str, size: f64, weight: Weight) -> f64 {
    let ems: f64 = text.chars().map(char_width).sum();
    ems * size * if weight == Weight::Bold { BOLD } else { 1.0 }
}

/// A name as it may be shown: control characters, and those that turn the direction of writing around, become `�`, so that
/// a name can neither break a file, nor steer a terminal, nor pass for another one.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if is_unprintable(c) { '\u{fffd}' } else { c }).collect()
}

/// Cuts out the middle of a text that is broader than `max` pixels: names of one stack differ at their ends.
pub(super) fn clip(text: &str, max: f64, size: f64, weight: Weight) -> String {
    if width(text, size, weight) <= max {
        return text.to_owned();
    }
    let chars: Vec<char> = text.chars().collect();
    let clipped = |kept: usize| {
        let (head, tail) = (kept.div_ceil(2), kept / 2);
        chars.iter().take(head).chain(&['…']).chain(chars.iter().skip(chars.len() - tail)).collect::<String>()
    };
    let fits = (0..chars.len()).rev().map(clipped).find(|t| width(t, size, weight) <= max);
    fits.unwrap_or_else(|| "…".to_owned())
}

/// Breaks a text into lines at its spaces; a line is broader than `max` pixels only where a single word is.
pub(super) fn wrap(text: &str, max: f64, size: f64, weight: Weight) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), size, weight) <= max => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A text as it stands between the tags of XML or in an attribute.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn char_width(c: char) -> f64 {
    match c {
        // Marks that stand on the letter before.
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}' => 0.0,
        'f' | 'i' | 'j' | 'l' | 'r' | 't' | 'I' | ' ' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '/' | '(' | ')'
        | '[' | ']' | '-' | '·' => NARROW,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '+' | '=' | '<' | '>' | '~' | '#' | '&' | '_' | 'G' | 'O' | 'Q' | 'D'
        | 'H' | 'N' => BROAD,
        c if c.is_ascii() => MIDDLE + if c.is_ascii_uppercase() { 0.08 } else { 0.0 },
        c if is_square(c) => SQUARE,
        c if c < '\u{2000}' => BROAD,
        _ => SQUARE,
    }
}

fn is_square(c: char) -> bool {
    SQUARES.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

/// What XML 1.0 forbids (section 2.2), terminals obey, or the bidirectional algorithm takes as an order.
fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{fffe}' | '\u{ffff}' | '\u{2028}' | '\u{2029}' | '\u{feff}'
            | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_letter_counts_more_than_a_narrow_one() {
        let of = |text| width(text, 10.0, Weight::Regular).round();
        assert_eq!((of("ii"), of("aa"), of("出口"), of("e\u{301}"), of("")), (8.0, 13.0, 20.0, 6.0, 0.0));
    }

    #[test]
    fn a_long_name_keeps_its_ends_and_fits() {
        let clipped = clip("payment-notification-handler-production", 100.0, 12.0, Weight::Regular);
        assert_eq!(clipped, "paymen…ction");
        assert_eq!(clip("short", 100.0, 12.0, Weight::Regular), "short");
        assert_eq!(clip("anything", 0.0, 12.0, Weight::Regular), "…");
    }

    #[test]
    fn what_steers_terminals_or_hides_letters_is_made_visible() {
        assert_eq!(printable("a\u{1b}[31mb\0\u{202e}c\n"), "a\u{fffd}[31mb\u{fffd}\u{fffd}c\u{fffd}");
    }

    #[test]
    fn xml_has_no_letter_left_that_it_gives_a_meaning_to() {
        assert_eq!(xml("<a href=\"x\">'&"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
    }

    #[test]
    fn a_reason_is_broken_at_its_spaces() {
        assert_eq!(wrap("blackhole: nat-0 is gone", 80.0, 12.0, Weight::Regular), ["blackhole:", "nat-0 is", "gone"]);
    }
}
