//! How mistakes are worded: quoting, lists of names, and what the user may have meant.

/// The longest piece of the user's own text that a message repeats, in characters.
const QUOTE_LEN: usize = 60;

/// The longest word that names anything, in characters. What is far longer is no slip of a hand, and slow to compare.
const NAME_LEN: usize = 128;

/// The user's text, safe to print on one line.
pub(super) fn quoted(text: &str) -> String {
    if text.is_empty() {
        return "an empty text".to_owned();
    }
    let mut safe: String = text.chars().take(QUOTE_LEN).flat_map(printable).collect();
    if text.chars().nth(QUOTE_LEN).is_some() {
        safe.push('…');
    }
    format!("`{safe}`")
}

/// A list for a sentence: "`a`, `b` and `c`".
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(quoted).collect();
    match names.as_slice() {
        [] => "none".to_owned(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// The hint that proposes another word.
pub fn did_you_mean(word: &str) -> String {
    format!("did you mean {}?", quoted(word))
}

/// The known word that differs least, if it differs in at most a third of its letters.
pub fn closest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    if word.len() > 2 * NAME_LEN {
        return None;
    }
    let distances = known.iter().map(|&k| (distance(&word.to_lowercase(), &k.to_lowercase()), k));
    let (distance, near) = distances.min()?;
    (distance <= (near.chars().count() / 3).max(1)).then_some(near)
}

/// How many letters must be put in, left out, changed or swapped with their neighbour to make one word of the other
/// (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// Escapes what would break or hide a line of text; leaves quotes and letters of any script as they are.
fn printable(c: char) -> impl Iterator<Item = char> {
    let (plain, escaped) = if c.is_control() { (None, Some(c.escape_default())) } else { (Some(c), None) };
    plain.into_iter().chain(escaped.into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_counts_letters_put_in_left_out_changed_and_swapped() {
        let table = [
            ("", "", 0),
            ("a", "", 1),
            ("", "ab", 2),
            ("nat", "nat", 0),
            ("kitten", "sitting", 3),
            ("netwrok", "network", 1),
            ("nta", "nat", 1),
        ];
        for (a, b, expected) in table {
            assert_eq!((distance(a, b), distance(b, a)), (expected, expected), "{a} {b}");
        }
    }

    #[test]
    fn only_a_close_word_is_proposed() {
        let known = ["network", "nat", "ports"];
        assert_eq!(closest("netwrok", &known), Some("network"));
        assert_eq!(closest("NETWORK", &known), Some("network"));
        assert_eq!(closest("port", &known), Some("ports"));
        assert_eq!(closest("gateway", &known), None);
        assert_eq!(closest("", &[]), None);
    }

    #[test]
    fn a_quote_stays_on_one_line_and_short() {
        assert_eq!(quoted(""), "an empty text");
        assert_eq!(quoted("a\nb\u{1b}[31m 'é'"), r"`a\nb\u{1b}[31m 'é'`");
        assert_eq!(quoted(&"x".repeat(100)), format!("`{}…`", "x".repeat(60)));
        assert_eq!(listed(["a", "b", "c"]), "`a`, `b` and `c`");
        assert_eq!(listed([]), "none");
    }
}
