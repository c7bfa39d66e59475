//! Rules about the AWS SDK: which crates name it, and that none of its types leaves the one that uses it.

use std::collections::BTreeSet;

use super::{Found, Tree, manifests::manifests};
use crate::tidy::{
    rust::{self, Kind, Token},
    tree::{INTERFACES, Source},
};

/// The crate that the SDK belongs to.
const OWNER: &str = "crates/egress-aws/";

pub(super) fn one_crate_names_the_sdk(tree: &Tree) -> Vec<Found> {
    let mut found = Vec::new();
    for manifest in manifests(tree).filter(|manifest| !manifest.path.starts_with(OWNER)) {
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(named) = manifest.table.get(kind).and_then(toml::Value::as_table) else { continue };
            let sdk = named.keys().filter(|name| name.starts_with("aws-") && !INTERFACES.contains(&name.as_str()));
            found.extend(sdk.map(|name| Found::new(manifest.path, 1, format!("`{name}` is named under {kind}"))));
        }
    }
    found
}

/// What a reader of the crate's documentation can reach: `pub` items, whose lint keeps them reachable, and what stands in
/// public enums and traits; and traits of the SDK that public types implement.
pub(super) fn no_sdk_type_leaves(tree: &Tree) -> Vec<Found> {
    let sources = || tree.sources.iter().filter(|source| source.path.starts_with(&format!("{OWNER}src/")));
    let public: BTreeSet<String> = sources().flat_map(public_types).collect();
    sources().flat_map(|source| leaks(source, &public)).collect()
}

fn leaks(source: &Source, public: &BTreeSet<String>) -> Vec<Found> {
    let tokens = source.product();
    let imported: BTreeSet<String> = rust::paths(&tokens)
        .into_iter()
        .filter(|(path, _)| path.starts_with("aws_"))
        .filter_map(|(path, _)| path.rsplit("::").next().map(str::to_owned))
        .collect();
    let is_sdk = |at: usize| {
        let token = &tokens[at];
        let leads = token.text.starts_with("aws_") && tokens.get(at + 1).is_some_and(|t| t.is(Kind::Punct, "::"));
        token.kind == Kind::Ident && (leads || imported.contains(&token.text))
    };
    let mut found = Vec::new();
    for at in 0..tokens.len() {
        let range = match tokens[at].text.as_str() {
            "pub" if is_public(&tokens, at) => at..signature_end(&tokens, at),
            "impl" if tokens[at].kind == Kind::Ident => {
                let end = header_end(&tokens, at);
                let of = implementor(&tokens[at..end]);
                if of.is_some_and(|name| public.contains(name)) { at..end } else { continue }
            }
            _ => continue,
        };
        if let Some(leak) = range.clone().find(|&at| is_sdk(at)) {
            let sentence = format!("`{}` is the SDK's, and can be reached from outside", tokens[leak].text);
            found.push(Found::new(&source.path, tokens[leak].line, sentence));
        }
    }
    found
}

fn public_types(source: &Source) -> Vec<String> {
    let tokens = source.product();
    let named = |at: usize| {
        let kind = tokens.get(at + 1)?;
        let is_type = matches!(kind.text.as_str(), "struct" | "enum" | "type" | "union");
        (is_public(&tokens, at) && is_type).then(|| tokens.get(at + 2).map(|name| name.text.clone()))?
    };
    (0..tokens.len()).filter(|&at| tokens[at].is(Kind::Ident, "pub")).filter_map(named).collect()
}

/// Whether this `pub` is one without limits.
fn is_public(tokens: &[Token], at: usize) -> bool {
    tokens[at].kind == Kind::Ident && !tokens.get(at + 1).is_some_and(|next| next.is(Kind::Open, "("))
}

/// Where an item's signature ends: before the braces of its body, or behind them where the body is public too.
fn signature_end(tokens: &[Token], at: usize) -> usize {
    let body_is_public = tokens.get(at + 1).is_some_and(|t| matches!(t.text.as_str(), "enum" | "trait" | "use"));
    let mut at = at;
    while let Some(token) = tokens.get(at) {
        match (token.kind, token.text.as_str()) {
            (Kind::Punct, ";" | ",") | (Kind::Close, _) => return at,
            (Kind::Open, "{") if body_is_public => return rust::group_end(tokens, at),
            (Kind::Open, "{") => return at,
            // What stands in parentheses belongs to the signature; its commas do not end it.
            (Kind::Open, _) => at = rust::group_end(tokens, at) + 1,
            _ => at += 1,
        }
    }
    at
}

fn header_end(tokens: &[Token], at: usize) -> usize {
    (at..tokens.len()).find(|&at| tokens[at].is(Kind::Open, "{")).unwrap_or(tokens.len())
}

/// The type that a trait is implemented for; `None` where it is an `impl` without a trait.
fn implementor(header: &[Token]) -> Option<&str> {
    let at = header.iter().position(|token| token.is(Kind::Ident, "for"))?;
    header.get(at + 1).map(|token| token.text.as_str())
}
