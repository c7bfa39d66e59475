//! What the rules look at: the tracked files, and who depends on what. Plain data, so that a test can make its own.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use super::rust::{self, Token};
use crate::run::{Result, cargo, output, program};

/// The files and the dependencies.
#[derive(Default)]
pub(super) struct Tree {
    /// The text files that are tracked, or would be, by their path from the root.
    pub(super) files: BTreeMap<String, String>,
    /// The Rust files among them.
    pub(super) sources: Vec<Source>,
    /// The answers to [`DEPENDENCIES`], in their order; fewer where a test gives fewer.
    pub(super) dependencies: Vec<(&'static Dependencies, BTreeSet<String>)>,
}

/// A Rust file.
pub(super) struct Source {
    pub(super) path: String,
    pub(super) text: String,
    pub(super) tokens: Vec<Token>,
    /// Whether only tests compile the whole of it.
    pub(super) test: bool,
}

/// Crates of AWS that only say what an HTTP connector looks like.
pub(super) const INTERFACES: [&str; 4] =
    ["aws-smithy-async", "aws-smithy-runtime-api", "aws-smithy-runtime-api-macros", "aws-smithy-types"];

/// A question to `cargo tree`: what a package, built so, depends on.
#[derive(Debug)]
pub(super) struct Dependencies {
    pub(super) package: &'static str,
    /// Arguments of `cargo tree` beside the package.
    pub(super) built: &'static [&'static str],
    /// What must not be there.
    pub(super) never: Never,
}

/// A set of crates that a package must not depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Never {
    /// What reads clocks, files, networks, environments or randomness.
    Impure,
    /// The AWS SDK, with all that belongs to it.
    Sdk,
    /// The AWS SDK, but for the crates that only say what its HTTP connectors look like.
    SdkButInterfaces,
}

/// All questions.
pub(super) const DEPENDENCIES: [Dependencies; 7] = [
    // What a user of the engine builds: not what its tests and macros need to be built.
    Dependencies {
        package: "egress-core",
        built: &["--all-features", "--edges=normal,no-proc-macro"],
        never: Never::Impure,
    },
    Dependencies { package: "egress-core", built: &["--all-features"], never: Never::Sdk },
    Dependencies { package: "egress-snapshot", built: &["--all-features"], never: Never::Sdk },
    Dependencies { package: "egress-mock", built: &[], never: Never::Sdk },
    Dependencies { package: "egress-mock", built: &["--all-features"], never: Never::SdkButInterfaces },
    Dependencies { package: "egress-cli", built: &["--no-default-features"], never: Never::Sdk },
    Dependencies { package: "xtask", built: &["--all-features"], never: Never::Sdk },
];

impl Tree {
    /// Reads the real tree.
    pub(super) fn read(root: &Path) -> Result<Self> {
        // A clone that belongs to somebody else, as in a container, is as good as any: nothing of it is run by git here.
        let list = ["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let mut files = BTreeMap::new();
        for path in output(program("git", list))?.split_terminator('\0') {
            // Not there: deleted, and not committed yet. Not UTF-8: a picture.
            let Ok(bytes) = std::fs::read(root.join(path)) else { continue };
            let Ok(text) = String::from_utf8(bytes) else { continue };
            files.insert(path.to_owned(), text);
        }
        let mut tree = Self::new(files)?;
        for question in &DEPENDENCIES {
            tree.dependencies.push((question, ask(question)?));
        }
        Ok(tree)
    }

    fn new(files: BTreeMap<String, String>) -> Result<Self> {
        let mut sources = Vec::new();
        for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".rs")) {
            let tokens = rust::tokens(text).map_err(|e| format!("{path} cannot be read as Rust: {e}"))?;
            sources.push(Source { path: path.clone(), text: text.clone(), tokens, test: is_test_folder(path) });
        }
        let of_tests: Vec<_> = sources.iter().flat_map(test_modules).collect();
        for source in &mut sources {
            source.test |= of_tests.iter().any(|module| module.holds(&source.path));
        }
        Ok(Self { files, sources, dependencies: Vec::new() })
    }

    /// A tree of these files, without dependencies.
    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        Self::new(files.iter().map(|(path, text)| ((*path).into(), (*text).into())).collect()).unwrap()
    }
}

impl Source {
    /// The tokens that are not for tests alone.
    pub(super) fn product(&self) -> Vec<Token> {
        if self.test { Vec::new() } else { self.tokens.iter().filter(|token| !token.test).cloned().collect() }
    }

    /// The lines, from 1, on which nothing is for tests alone; comments are among them.
    pub(super) fn product_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut of_tests = BTreeSet::new();
        for run in self.tokens.chunk_by(|a, b| a.test == b.test).filter(|run| run[0].test) {
            of_tests.extend(run[0].line..=run[run.len() - 1].line);
        }
        let lines = self.text.lines().enumerate().map(|(i, line)| (i + 1, line));
        lines.filter(move |(number, _)| !self.test && !of_tests.contains(number))
    }
}

/// A module in files of its own that only tests compile.
struct TestModule {
    file: String,
    folder: String,
}

impl TestModule {
    fn holds(&self, path: &str) -> bool {
        path == self.file || path.starts_with(&self.folder)
    }
}

fn is_test_folder(path: &str) -> bool {
    path.contains("/tests/") || path.contains("/benches/")
}

/// The modules that the file declares as `#[cfg(test)] mod name;`.
fn test_modules(source: &Source) -> Vec<TestModule> {
    let folder = match source.path.rsplit_once('/') {
        Some((folder, "mod.rs" | "lib.rs" | "main.rs")) => folder,
        _ => source.path.trim_end_matches(".rs"),
    };
    let declared = source.tokens.windows(3).filter(|window| {
        window[0].test && window[0].is(rust::Kind::Ident, "mod") && window[2].is(rust::Kind::Punct, ";")
    });
    declared
        .map(|window| TestModule {
            file: format!("{folder}/{}.rs", window[1].text),
            folder: format!("{folder}/{}/", window[1].text),
        })
        .collect()
}

fn ask(question: &Dependencies) -> Result<BTreeSet<String>> {
    let mut command = cargo(["tree", "--quiet", "--prefix=none", "--format={p}", "--package", question.package]);
    command.args(question.built);
    Ok(output(command)?.lines().filter_map(|line| line.split(' ').next()).map(Into::into).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_module_in_its_own_file_is_a_test_whole() {
        let tree = Tree::of(&[
            ("crates/x/src/lib.rs", "mod a;"),
            ("crates/x/src/a.rs", "#[cfg(test)]\nmod tests;\nmod b;"),
            ("crates/x/src/a/tests.rs", "mod deep;"),
            ("crates/x/src/a/tests/deep.rs", ""),
            ("crates/x/src/a/b.rs", ""),
            ("crates/x/src/p/mod.rs", "#[cfg(test)] mod check;"),
            ("crates/x/src/p/check.rs", ""),
            ("crates/x/tests/it/main.rs", ""),
        ]);
        let tests: Vec<_> = tree.sources.iter().filter(|s| s.test).map(|s| s.path.as_str()).collect();
        let expected = [
            "crates/x/src/a/tests.rs",
            "crates/x/src/a/tests/deep.rs",
            "crates/x/src/p/check.rs",
            "crates/x/tests/it/main.rs",
        ];
        assert_eq!(tests, expected);
    }

    #[test]
    fn lines_of_tests_are_left_out_with_their_comments() {
        let tree = Tree::of(&[("a.rs", "// one\nfn a() {}\n#[cfg(test)]\nmod tests {\n  // no\n}\n// last")]);
        let lines: Vec<_> = tree.sources[0].product_lines().collect();
        assert_eq!(lines, [(1, "// one"), (2, "fn a() {}"), (7, "// last")]);
    }
}
