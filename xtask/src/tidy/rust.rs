//! A Rust file as a flat list of tokens, which is all that the rules need: comments and texts are no code, groups are
//! marked, and it is known which tokens only a test ever compiles.

use std::ops::Range;

use proc_macro2::{Delimiter, LexError, Spacing, TokenStream, TokenTree};

/// A token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// As it is written; of an opening or closing one, the bracket, and nothing for an invisible one.
    pub(super) text: String,
    /// From 1.
    pub(super) line: usize,
    /// Whether only a test compiles it.
    pub(super) test: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Ident,
    /// A punctuation sign; `::` is one.
    Punct,
    Literal,
    Open,
    Close,
}

/// The tokens of a file.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, LexError> {
    let mut tokens = Vec::new();
    flatten(text.parse()?, &mut tokens);
    mark_tests(&mut tokens);
    Ok(tokens)
}

/// An attribute.
pub(super) struct Attribute<'a> {
    /// What stands between its square brackets.
    pub(super) tokens: &'a [Token],
    /// Where it stands in the file's tokens, from `#` to the closing bracket.
    range: Range<usize>,
    inner: bool,
}

impl<'a> Attribute<'a> {
    pub(super) fn line(&self) -> usize {
        self.tokens.first().map_or(1, |token| token.line)
    }

    /// The arguments of `name(…)` in it, e.g. of `serde`, be it the attribute itself or under a `cfg_attr`.
    pub(super) fn arguments(&self, name: &str) -> Option<&'a [Token]> {
        let at = (0..self.tokens.len()).find(|&i| {
            self.tokens[i].is(Kind::Ident, name) && self.tokens.get(i + 1).is_some_and(|next| next.is(Kind::Open, "("))
        })?;
        self.tokens.get(at + 2..group_end(self.tokens, at + 1))
    }

    /// Whether what follows it is compiled for tests alone: `#[cfg(test)]`, `#[cfg(all(test, …))]`, `#[test]`.
    fn is_test_only(&self) -> bool {
        let path: Vec<_> = self.tokens.iter().map(|token| token.text.as_str()).collect();
        match path.as_slice() {
            ["test"] | ["tokio", "::", "test", ..] => true,
            ["cfg", rest @ ..] => rest.contains(&"test") && !rest.contains(&"not") && !rest.contains(&"any"),
            _ => false,
        }
    }
}

/// The attributes among tokens, doc comments included.
pub(super) fn attributes(tokens: &[Token]) -> impl Iterator<Item = Attribute<'_>> {
    (0..tokens.len()).filter_map(|at| {
        if !tokens[at].is(Kind::Punct, "#") {
            return None;
        }
        let inner = tokens.get(at + 1)?.is(Kind::Punct, "!");
        let open = if inner { at + 2 } else { at + 1 };
        if !tokens.get(open)?.is(Kind::Open, "[") {
            return None;
        }
        let end = group_end(tokens, open);
        Some(Attribute { tokens: tokens.get(open + 1..end)?, range: at..end + 1, inner })
    })
}

/// The paths among tokens (`std::fs::read`), `use` trees unfolded, each with its line. A path of one name is one, too.
pub(super) fn paths(tokens: &[Token]) -> Vec<(String, usize)> {
    let mut paths = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at].kind == Kind::Ident { at = path(tokens, at, "", &mut paths) } else { at += 1 }
    }
    paths
}

impl Token {
    pub(super) fn is(&self, kind: Kind, text: &str) -> bool {
        self.kind == kind && self.text == text
    }
}

/// Reads one path, or one tree of them, that begins at `at`; gives back where it ends.
fn path(tokens: &[Token], mut at: usize, prefix: &str, paths: &mut Vec<(String, usize)>) -> usize {
    let mut name = prefix.to_owned();
    let line = tokens[at].line;
    loop {
        name.push_str(&tokens[at].text);
        let follows = |kind| {
            tokens.get(at + 1).is_some_and(|t| t.is(Kind::Punct, "::"))
                && tokens.get(at + 2).is_some_and(|t| t.kind == kind)
        };
        if follows(Kind::Ident) {
            name.push_str("::");
            at += 2;
        } else if follows(Kind::Open) && tokens[at + 2].text == "{" {
            name.push_str("::");
            let end = group_end(tokens, at + 2);
            let mut inside = at + 3;
            while inside < end {
                inside =
                    if tokens[inside].kind == Kind::Ident { path(tokens, inside, &name, paths) } else { inside + 1 };
            }
            return end + 1;
        } else {
            paths.push((name, line));
            return at + 1;
        }
    }
}

/// Where the group that `open` opens is closed.
pub(super) fn group_end(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (i, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            return i;
        }
    }
    tokens.len()
}

/// Marks what test-only attributes stand before, and the attributes themselves.
fn mark_tests(tokens: &mut [Token]) {
    let ranges: Vec<_> = attributes(tokens)
        .filter(Attribute::is_test_only)
        .map(|attribute| match attribute.inner {
            true => 0..tokens.len(),
            false => attribute.range.start..item_end(tokens, attribute.range.end),
        })
        .collect();
    for range in ranges {
        tokens[range].iter_mut().for_each(|token| token.test = true);
    }
}

/// Where the item ends whose attributes go on, or whose code begins, at `at`: after its first `;` or braces, or where the
/// group around it is closed.
fn item_end(tokens: &[Token], mut at: usize) -> usize {
    while let Some(token) = tokens.get(at) {
        match (token.kind, token.text.as_str()) {
            (Kind::Close, _) => return at,
            (Kind::Punct, ";") => return at + 1,
            (Kind::Open, "{") => return group_end(tokens, at) + 1,
            (Kind::Open, _) => at = group_end(tokens, at) + 1,
            _ => at += 1,
        }
    }
    at
}

fn flatten(stream: TokenStream, tokens: &mut Vec<Token>) {
    let mut colon = false;
    for tree in stream {
        let line = tree.span().start().line;
        let mut push = |kind, text: String| tokens.push(Token { kind, text, line, test: false });
        match tree {
            TokenTree::Ident(ident) => push(Kind::Ident, ident.to_string()),
            TokenTree::Literal(literal) => push(Kind::Literal, literal.to_string()),
            TokenTree::Punct(punct) => match (punct.as_char(), punct.spacing()) {
                (':', _) if std::mem::take(&mut colon) => push(Kind::Punct, "::".into()),
                (':', Spacing::Joint) => colon = true,
                (sign, _) => {
                    if std::mem::take(&mut colon) {
                        push(Kind::Punct, ":".into());
                    }
                    push(Kind::Punct, sign.into());
                }
            },
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                push(Kind::Open, open.into());
                flatten(group.stream(), tokens);
                let line = group.span_close().start().line;
                tokens.push(Token { kind: Kind::Close, text: close.into(), line, test: false });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_paths(text: &str) -> Vec<(String, usize)> {
        paths(&tokens(text).unwrap())
    }

    #[test]
    fn use_trees_are_unfolded() {
        let text = "use std::{fs, io::{self, Read}, net::*};\nuse a::b;\nfn f() { c::d(e::<G>) }";
        let expected = [
            ("use", 1),
            ("std::fs", 1),
            ("std::io::self", 1),
            ("std::io::Read", 1),
            ("std::net", 1),
            ("use", 2),
            ("a::b", 2),
            ("fn", 3),
            ("f", 3),
            ("c::d", 3),
            ("e", 3),
            ("G", 3),
        ];
        assert_eq!(all_paths(text), expected.map(|(path, line)| (path.to_owned(), line)));
    }

    #[test]
    fn comments_and_texts_are_no_paths() {
        assert_eq!(all_paths("// std::fs\n/* std::fs */ const"), [("const".to_owned(), 2)]);
        assert_eq!(all_paths("\"std::fs\" r#\"std::fs\"#"), []);
    }

    #[test]
    fn what_only_tests_compile_is_known() {
        let cases = [
            ("#[cfg(test)] mod tests { fn a() { b } } c", "c"),
            ("#[cfg(test)] #[path = \"x\"] mod tests; c", "c"),
            ("#[cfg(test)] use x::{y}; c", "; c"),
            ("#[cfg(all(test, unix))] const X: [u8; 2] = [0; 2]; c", "c"),
            ("#[test] fn a() -> Result<(), E> { b } c", "c"),
            ("#[tokio::test] async fn a() {} c", "c"),
            ("struct S { #[cfg(test)] a: u8 } c", "struct S { } c"),
            ("#![cfg(test)] a", ""),
            ("#[cfg(not(test))] a;", "# [ cfg ( not ( test ) ) ] a ;"),
            ("#[cfg(any(test, feature))] a;", "# [ cfg ( any ( test , feature ) ) ] a ;"),
            ("#[test_case] a;", "# [ test_case ] a ;"),
        ];
        for (text, rest) in cases {
            let tokens = tokens(text).unwrap();
            let left: Vec<_> = tokens.iter().filter(|t| !t.test).map(|t| t.text.as_str()).collect();
            assert_eq!(left.join(" "), rest, "{text}");
        }
    }

    #[test]
    fn arguments_are_found_under_a_condition_too() {
        let tokens = tokens("#[cfg_attr(x, serde(default, flatten))] #[serde(y)] #[serde] struct S;").unwrap();
        let found: Vec<_> = attributes(&tokens)
            .map(|a| a.arguments("serde").map(|t| t.iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join(" ")))
            .collect();
        assert_eq!(found, [Some("default , flatten".into()), Some("y".into()), None]);
    }
}
