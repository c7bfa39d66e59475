//! Rules about Rust code.

use super::{Found, Tree};
use crate::tidy::{
    rust::{self, Kind, Token},
    tree::Source,
};

/// Modules of the standard library that meet the world.
const IMPURE_MODULES: [&str; 5] = ["std::env", "std::fs", "std::os", "std::process", "std::thread"];

/// Names of the standard library that meet the world, wherever they were imported from: the rest of their modules
/// (`Duration`, `Ipv4Addr`, `Read`, …) is plain data.
const IMPURE_NAMES: [&str; 12] = [
    "Instant",
    "RandomState",
    "SystemTime",
    "TcpListener",
    "TcpStream",
    "ToSocketAddrs",
    "UNIX_EPOCH",
    "UdpSocket",
    "is_terminal",
    "stderr",
    "stdin",
    "stdout",
];

pub(super) fn core_is_pure(tree: &Tree) -> Vec<Found> {
    let core = sources(tree, "crates/egress-core/src/");
    each_path(core, |path| {
        let module = IMPURE_MODULES
            .iter()
            .find(|m| path.strip_prefix(**m).is_some_and(|rest| rest.is_empty() || rest.starts_with("::")));
        let name = path.split("::").find(|part| IMPURE_NAMES.contains(part));
        (module.is_some() || name.is_some()).then(|| format!("`{path}` meets the world"))
    })
}

/// Macros that print.
const PRINTERS: [&str; 5] = ["dbg", "eprint", "eprintln", "print", "println"];

pub(super) fn only_the_cli_prints(tree: &Tree) -> Vec<Found> {
    let libraries =
        || sources(tree, "crates/").filter(|s| !s.path.starts_with("crates/egress-cli/") && s.path.contains("/src/"));
    let macros = each_pair(libraries(), |a, b| {
        let prints = a.kind == Kind::Ident && PRINTERS.contains(&a.text.as_str()) && b.is(Kind::Punct, "!");
        prints.then(|| format!("`{}!` prints", a.text))
    });
    let streams = each_path(libraries(), |path| {
        let last = path.rsplit("::").next().filter(|last| matches!(*last, "stdout" | "stderr"))?;
        Some(format!("`{last}` is the command line's"))
    });
    let lints = libraries().flat_map(|source| {
        let tokens = source.product();
        let expected: Vec<_> = rust::attributes(&tokens)
            .filter(|a| a.arguments("expect").is_some_and(|args| args.iter().any(|t| t.text.starts_with("print_std"))))
            .map(|a| Found::new(&source.path, a.line(), "the lint against printing is switched off"))
            .collect();
        expected
    });
    macros.into_iter().chain(streams).chain(lints).collect()
}

/// What one vendor calls things.
const VENDOR_WORDS: [&str; 16] = [
    "amazon",
    "arn",
    "aws",
    "cloudformation",
    "dynamodb",
    "ec2",
    "eip",
    "elasticip",
    "eni",
    "iam",
    "igw",
    "lambda",
    "s3",
    "sg",
    "sts",
    "vpc",
];

pub(super) fn core_is_cloud_neutral(tree: &Tree) -> Vec<Found> {
    let neutral = |path: &str| {
        path.strip_prefix("crates/egress-core/src/").is_some_and(|rest| {
            matches!(rest, "cloud.rs" | "plan.rs" | "execute.rs")
                || rest.starts_with("plan/")
                || rest.starts_with("execute/")
        })
    };
    let mut found = Vec::new();
    for source in tree.sources.iter().filter(|source| neutral(&source.path)) {
        for (number, line) in source.product_lines() {
            let vendors = words(line).filter(|word| {
                let word = word.to_ascii_lowercase();
                let singular = word.strip_suffix('s').unwrap_or(&word);
                VENDOR_WORDS.contains(&word.as_str()) || VENDOR_WORDS.contains(&singular)
            });
            found
                .extend(vendors.map(|word| Found::new(&source.path, number, format!("`{word}` is one vendor's word"))));
        }
    }
    found
}

/// Where the Op may stand without being decided on: where it is defined and mapped, where a World shows it, and in the laws
/// that backends are held to.
const RELEASE_IS_DATA: [&str; 3] =
    ["crates/egress-core/src/op/", "crates/egress-core/src/world/", "crates/egress-core/src/conformance/"];

const PLAN: &str = "crates/egress-core/src/plan/";

pub(super) fn one_place_releases(tree: &Tree) -> Vec<Found> {
    let deciding = sources(tree, "crates/").filter(|source| {
        source.path.contains("/src/") && !RELEASE_IS_DATA.iter().any(|room| source.path.starts_with(room))
    });
    let made = each_pair(deciding, |a, b| {
        let made = a.is(Kind::Ident, "ReleaseAddress") && (b.is(Kind::Open, "{") || b.is(Kind::Ident, "as"));
        made.then(|| "`ReleaseAddress` is made here as well".to_owned())
    });
    let (mut here, mut found): (Vec<_>, Vec<_>) = made.into_iter().partition(|found| found.path.starts_with(PLAN));
    if here.is_empty() {
        found.push(Found::new(PLAN, 1, "`ReleaseAddress` is made nowhere: this rule has lost what it guards"));
    }
    found.extend(here.drain(1.min(here.len())..));
    found
}

pub(super) fn ordered_maps(tree: &Tree) -> Vec<Found> {
    each_token(tree, |token| {
        let unordered = token.kind == Kind::Ident && matches!(token.text.as_str(), "HashMap" | "HashSet");
        unordered.then(|| format!("`{}` has no order", token.text))
    })
}

pub(super) fn no_unsafe(tree: &Tree) -> Vec<Found> {
    each_token(tree, |token| token.is(Kind::Ident, "unsafe").then(|| "`unsafe` stands here".to_owned()))
}

pub(super) fn no_allow(tree: &Tree) -> Vec<Found> {
    each_attribute(tree, |attribute| attribute.arguments("allow").map(|lints| format!("`{}` is allowed", join(lints))))
}

pub(super) fn expect_says_why(tree: &Tree) -> Vec<Found> {
    each_attribute(tree, |attribute| {
        let lints = attribute.arguments("expect")?;
        let silent = !lints.iter().any(|token| token.is(Kind::Ident, "reason"));
        silent.then(|| format!("`{}` is expected for no reason", join(lints)))
    })
}

pub(super) fn no_guessing_serde(tree: &Tree) -> Vec<Found> {
    each_attribute(tree, |attribute| {
        let words = ["untagged", "flatten"];
        let word =
            attribute.arguments("serde")?.iter().find(|t| t.kind == Kind::Ident && words.contains(&t.text.as_str()))?;
        Some(format!("serde is told `{}`", word.text))
    })
}

/// More lines than this are told.
const MANY_LINES: usize = 700;

pub(super) fn short_files(tree: &Tree) -> Vec<Found> {
    let sizes = tree.sources.iter().map(|source| (source, source.text.lines().count()));
    let long = sizes.filter(|(_, lines)| *lines > MANY_LINES);
    long.map(|(source, lines)| Found::new(&source.path, lines, format!("{lines} lines"))).collect()
}

fn sources<'a>(tree: &'a Tree, folder: &'a str) -> impl Iterator<Item = &'a Source> {
    tree.sources.iter().filter(move |source| source.path.starts_with(folder))
}

/// What `judge` says of the paths in code that is not for tests alone.
fn each_path<'a>(sources: impl Iterator<Item = &'a Source>, judge: impl Fn(&str) -> Option<String>) -> Vec<Found> {
    let mut found = Vec::new();
    for source in sources {
        for (path, line) in rust::paths(&source.product()) {
            found.extend(judge(&path).map(|sentence| Found::new(&source.path, line, sentence)));
        }
    }
    found
}

/// What `judge` says of neighbours in code that is not for tests alone; the line is that of the first.
fn each_pair<'a>(
    sources: impl Iterator<Item = &'a Source>,
    judge: impl Fn(&Token, &Token) -> Option<String>,
) -> Vec<Found> {
    let mut found = Vec::new();
    for source in sources {
        for pair in source.product().windows(2) {
            found.extend(judge(&pair[0], &pair[1]).map(|sentence| Found::new(&source.path, pair[0].line, sentence)));
        }
    }
    found
}

/// What `judge` says of all tokens, those of tests too.
fn each_token(tree: &Tree, judge: impl Fn(&Token) -> Option<String>) -> Vec<Found> {
    let mut found = Vec::new();
    for source in &tree.sources {
        for token in &source.tokens {
            found.extend(judge(token).map(|sentence| Found::new(&source.path, token.line, sentence)));
        }
    }
    found
}

/// What `judge` says of all attributes, those of tests too.
fn each_attribute(tree: &Tree, judge: impl Fn(&rust::Attribute<'_>) -> Option<String>) -> Vec<Found> {
    let mut found = Vec::new();
    for source in &tree.sources {
        for attribute in rust::attributes(&source.tokens) {
            found.extend(judge(&attribute).map(|sentence| Found::new(&source.path, attribute.line(), sentence)));
        }
    }
    found
}

fn join(tokens: &[Token]) -> String {
    tokens.iter().map(|token| token.text.as_str()).collect()
}

/// The words of a line, those inside an identifier too: `createVpcNow` and `create_vpc_now` are three.
fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_ascii_alphanumeric()).flat_map(humps).filter(|word| !word.is_empty())
}

/// The parts of an identifier in camel case. An acronym is one, with the `s` of its plural: `EC2Client` is `EC2` and
/// `Client`, `ENIs` is itself.
fn humps(identifier: &str) -> Vec<&str> {
    let bytes = identifier.as_bytes();
    let is_lower = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_lowercase);
    let starts = |&i: &usize| {
        let begins_a_word = is_lower(i + 1) && (bytes[i + 1] != b's' || is_lower(i + 2));
        bytes[i].is_ascii_uppercase() && (!bytes[i - 1].is_ascii_uppercase() || begins_a_word)
    };
    let mut cuts: Vec<_> = std::iter::once(0).chain((1..bytes.len()).filter(starts)).collect();
    cuts.push(bytes.len());
    cuts.windows(2).map(|cut| &identifier[cut[0]..cut[1]]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_taken_apart_into_words() {
        let cases = [
            ("createVpcNow", vec!["create", "Vpc", "Now"]),
            ("create_vpc-now", vec!["create", "vpc", "now"]),
            ("EC2Client, VPCId", vec!["EC2", "Client", "VPC", "Id"]),
            ("ENIs VPCsOf IAMSet", vec!["ENIs", "VPCs", "Of", "IAM", "Set"]),
            ("s3://x S3Bucket", vec!["s3", "x", "S3", "Bucket"]),
            ("learn warns lists", vec!["learn", "warns", "lists"]),
            ("", vec![]),
        ];
        for (line, expected) in cases {
            assert_eq!(words(line).collect::<Vec<_>>(), expected, "{line}");
        }
    }
}
