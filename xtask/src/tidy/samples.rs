//! For each rule, files that violate it, with what is found, and files that look like a violation and are none.

use std::collections::BTreeSet;

use super::{
    Found,
    rules::RULES,
    tree::{DEPENDENCIES, Tree},
};

type Files = &'static [(&'static str, &'static str)];

struct Sample {
    rule: &'static str,
    bad: Files,
    /// `path:line: sentence`.
    found: &'static [&'static str],
    good: Files,
}

const CODE: [Sample; 12] = [
    Sample {
        rule: "one-crate-names-the-sdk",
        bad: &[(
            "xtask/e2e/Cargo.toml",
            "[dependencies]\naws-sdk-ec2 = \"1\"\naws-smithy-types = \"1\"\n[dev-dependencies]\naws-config = \"1\"",
        )],
        found: &[
            "xtask/e2e/Cargo.toml:1: `aws-config` is named under dev-dependencies",
            "xtask/e2e/Cargo.toml:1: `aws-sdk-ec2` is named under dependencies",
        ],
        good: &[
            ("crates/egress-aws/Cargo.toml", "[dependencies]\naws-sdk-ec2 = \"1\""),
            ("Cargo.toml", "[workspace.dependencies]\naws-sdk-ec2 = \"1\""),
            ("crates/egress-mock/Cargo.toml", "[dependencies]\naws-smithy-runtime-api = \"1\""),
        ],
    },
    Sample {
        rule: "no-sdk-type-leaves",
        bad: &[
            (
                "crates/egress-aws/src/a.rs",
                "use aws_sdk_ec2::{Client, types::Vpc};\npub struct A {\n pub client: Client,\n x: Vpc }\n\
                 pub fn f(a: u8,\n b: &Vpc) {}\npub enum E {\n V(Vpc) }\npub use aws_types::Region;",
            ),
            ("crates/egress-aws/src/b.rs", "pub type C = aws_config::SdkConfig;\nimpl From<aws_types::R> for A {}"),
        ],
        found: &[
            "crates/egress-aws/src/a.rs:3: `Client` is the SDK's, and can be reached from outside",
            "crates/egress-aws/src/a.rs:6: `Vpc` is the SDK's, and can be reached from outside",
            "crates/egress-aws/src/a.rs:8: `Vpc` is the SDK's, and can be reached from outside",
            "crates/egress-aws/src/a.rs:9: `aws_types` is the SDK's, and can be reached from outside",
            "crates/egress-aws/src/b.rs:1: `aws_config` is the SDK's, and can be reached from outside",
            "crates/egress-aws/src/b.rs:2: `aws_types` is the SDK's, and can be reached from outside",
        ],
        good: &[
            (
                "crates/egress-aws/src/a.rs",
                "use aws_sdk_ec2::Client;\npub struct A { client: Client }\npub(crate) fn f(c: Client) {}\n\
                 impl aws_x::Intercept for Inner {}\npub fn g() { Client::new() }\nstruct Inner(Client);",
            ),
            ("crates/egress-mock/src/a.rs", "pub fn f(c: aws_smithy_types::body::SdkBody) {}"),
            ("crates/egress-aws/src/b.rs", "#[cfg(test)] mod tests { pub fn f(c: aws_x::Y) {} }"),
        ],
    },
    Sample {
        rule: "core-is-pure",
        bad: &[
            (
                "crates/egress-core/src/a.rs",
                "use std::{env, time::{Duration,\n Instant}};\nfn f() { std::fs::read(x) }",
            ),
            ("crates/egress-core/src/b.rs", "use std::net::*;\nfn f() { TcpStream::connect(x); io::stdin() }"),
            ("crates/egress-core/src/c.rs", "fn f() { ::std::thread::sleep(d) }\nuse std::process;"),
        ],
        found: &[
            "crates/egress-core/src/a.rs:1: `std::env` meets the world",
            "crates/egress-core/src/a.rs:2: `std::time::Instant` meets the world",
            "crates/egress-core/src/a.rs:3: `std::fs::read` meets the world",
            "crates/egress-core/src/b.rs:2: `TcpStream::connect` meets the world",
            "crates/egress-core/src/b.rs:2: `io::stdin` meets the world",
            "crates/egress-core/src/c.rs:1: `std::thread::sleep` meets the world",
            "crates/egress-core/src/c.rs:2: `std::process` meets the world",
        ],
        good: &[
            (
                "crates/egress-core/src/a.rs",
                "use std::{net::IpAddr, time::Duration}; // std::fs\n/// Instant\nfn env() {}",
            ),
            ("crates/egress-core/src/b.rs", "#[cfg(test)] mod tests { use std::fs; }"),
            ("crates/egress-core/tests/it/main.rs", "use std::fs;"),
            ("crates/egress-cli/src/main.rs", "use std::{env, fs, time::Instant};"),
        ],
    },
    Sample {
        rule: "only-the-cli-prints",
        bad: &[
            (
                "crates/egress-mock/src/a.rs",
                "fn f() {\n println!(\"x\"); dbg!(y) }\n#[expect(clippy::print_stdout, reason = \"x\")]\nfn g() {}",
            ),
            ("crates/egress-core/src/a.rs", "use std::io::{self, stdout};\nfn f() { io::stderr() }"),
        ],
        found: &[
            "crates/egress-core/src/a.rs:1: `stdout` is the command line's",
            "crates/egress-core/src/a.rs:2: `stderr` is the command line's",
            "crates/egress-mock/src/a.rs:2: `dbg!` prints",
            "crates/egress-mock/src/a.rs:2: `println!` prints",
            "crates/egress-mock/src/a.rs:3: the lint against printing is switched off",
        ],
        good: &[
            ("crates/egress-cli/src/main.rs", "fn f() { println!(\"x\") }"),
            (
                "crates/egress-core/src/a.rs",
                "/// println!(\"x\")\nfn f() { print(x) }\n#[cfg(test)] mod t { fn g() { eprintln!() } }",
            ),
            ("crates/egress-mock/tests/it/main.rs", "fn f() { println!(\"x\") }"),
            ("xtask/src/main.rs", "fn f() { println!(\"x\") }"),
        ],
    },
    Sample {
        rule: "core-is-cloud-neutral",
        bad: &[
            ("crates/egress-core/src/cloud.rs", "// the ENIs\nfn list_vpcs() {}"),
            ("crates/egress-core/src/plan/a.rs", "struct IamRole;\n/// An `arn:`."),
            ("crates/egress-core/src/execute/mod.rs", "const X: &str = \"lambda_prv1\"; fn toS3() {}"),
        ],
        found: &[
            "crates/egress-core/src/cloud.rs:1: `ENIs` is one vendor's word",
            "crates/egress-core/src/cloud.rs:2: `vpcs` is one vendor's word",
            "crates/egress-core/src/execute/mod.rs:1: `S3` is one vendor's word",
            "crates/egress-core/src/execute/mod.rs:1: `lambda` is one vendor's word",
            "crates/egress-core/src/plan/a.rs:1: `Iam` is one vendor's word",
            "crates/egress-core/src/plan/a.rs:2: `arn` is one vendor's word",
        ],
        good: &[
            ("crates/egress-core/src/cloud.rs", "// genius learns laws; lists, warns\nfn evening() {}"),
            ("crates/egress-core/src/spec/mod.rs", "// the preset of a VPC"),
            ("crates/egress-core/src/plan/a.rs", "#[cfg(test)]\nmod tests {\n // lambda_vpc\n}"),
        ],
    },
    Sample {
        rule: "one-place-releases",
        bad: &[
            (
                "crates/egress-core/src/plan/a.rs",
                "fn f() { ReleaseAddress { address, ip } }\nfn g() { op::ReleaseAddress { x } }",
            ),
            ("crates/egress-cli/src/a.rs", "fn f() { ReleaseAddress { x } }"),
            ("crates/egress-core/src/execute/a.rs", "use crate::op::ReleaseAddress as R;"),
        ],
        found: &[
            "crates/egress-cli/src/a.rs:1: `ReleaseAddress` is made here as well",
            "crates/egress-core/src/execute/a.rs:1: `ReleaseAddress` is made here as well",
            "crates/egress-core/src/plan/a.rs:2: `ReleaseAddress` is made here as well",
        ],
        good: &[
            (
                "crates/egress-core/src/plan/a.rs",
                "use crate::op::ReleaseAddress;\nfn f() { ReleaseAddress { address, ip } }",
            ),
            (
                "crates/egress-core/src/op/gateway.rs",
                "struct ReleaseAddress<R> { ip: R } fn f() { ReleaseAddress { ip } }",
            ),
            ("crates/egress-core/src/execute/a.rs", "fn f() { GatewayOp::ReleaseAddress(op) => x }"),
            ("crates/egress-mock/src/a.rs", "#[cfg(test)] mod t { fn f() { ReleaseAddress { x } } }"),
        ],
    },
    Sample {
        rule: "ordered-maps",
        bad: &[("crates/egress-core/src/a.rs", "use std::collections::HashMap;\nfn f(x: HashSet<u8>) {}")],
        found: &[
            "crates/egress-core/src/a.rs:1: `HashMap` has no order",
            "crates/egress-core/src/a.rs:2: `HashSet` has no order",
        ],
        good: &[("crates/egress-core/src/a.rs", "use std::collections::BTreeMap; // no HashMap")],
    },
    Sample {
        rule: "no-unsafe",
        bad: &[(
            "crates/egress-aws/src/a.rs",
            "#[cfg(test)] mod t {\nunsafe fn f() {} }\n#[unsafe(no_mangle)] fn g() {}",
        )],
        found: &[
            "crates/egress-aws/src/a.rs:2: `unsafe` stands here",
            "crates/egress-aws/src/a.rs:3: `unsafe` stands here",
        ],
        good: &[("crates/egress-aws/src/a.rs", "#![forbid(unsafe_code)] // unsafe\nconst X: &str = \"unsafe\";")],
    },
    Sample {
        rule: "no-allow",
        bad: &[("xtask/src/a.rs", "#![allow(clippy::unwrap_used)]\n#[cfg_attr(test, allow(dead_code))] fn f() {}")],
        found: &["xtask/src/a.rs:1: `clippy::unwrap_used` is allowed", "xtask/src/a.rs:2: `dead_code` is allowed"],
        good: &[("xtask/src/a.rs", "#[expect(dead_code, reason = \"x\")] fn allow(x: u8) { allow(1) } // #[allow(x)]")],
    },
    Sample {
        rule: "expect-says-why",
        bad: &[("xtask/src/a.rs", "\n#[expect(dead_code)]\nfn f() {}")],
        found: &["xtask/src/a.rs:2: `dead_code` is expected for no reason"],
        good: &[(
            "xtask/src/a.rs",
            "#[expect(dead_code, reason = \"x\")]\nfn f() { x.expect(\"y\") }\n#[should_panic(expected = \"x\")] fn g() {}",
        )],
    },
    Sample {
        rule: "no-guessing-serde",
        bad: &[(
            "crates/egress-core/src/a.rs",
            "#[serde(untagged)]\nenum E {}\nstruct S { #[serde(default, flatten)] x: X }",
        )],
        found: &[
            "crates/egress-core/src/a.rs:1: serde is told `untagged`",
            "crates/egress-core/src/a.rs:3: serde is told `flatten`",
        ],
        good: &[("crates/egress-core/src/a.rs", "#[serde(tag = \"untagged\")]\nfn f() { x.flatten() }")],
    },
    Sample {
        rule: "no-machine-paths",
        bad: &[("a.md", concat!("fine\nsee /ho", "me/me/x or `/wo", "rk/y`")), (".ci/run", concat!("cd /ro", "ot/x"))],
        found: &[
            ".ci/run:1: a path of one machine, below `root`",
            "a.md:2: a path of one machine, below `home`",
            "a.md:2: a path of one machine, below `work`",
        ],
        good: &[
            ("a.md", "https://example.com/home/x ../work/x $HOME/work/ ~/work/x target/root/x"),
            ("Cargo.lock", concat!("/ho", "me/me/x")),
        ],
    },
];

const DOCUMENTS: [Sample; 4] = [
    Sample {
        rule: "readmes-agree",
        bad: &[
            ("README.md", "```sh\ngit clone x\n```\n```console\n$ cargo demo\nhello\n```"),
            ("README.zh-CN.md", "```console\n$ git clone x\n$ cargo test\n```"),
        ],
        found: &["README.zh-CN.md:3: `cargo test` stands where README.md has `cargo demo`"],
        good: &[
            ("README.md", "```sh\ngit clone x\n```\n```console\n$ cargo demo\nhello\n```"),
            ("README.zh-CN.md", "你好\n```console\n$ git clone x\n$ cargo demo\nhello\n```"),
        ],
    },
    Sample {
        rule: "documents-are-true",
        bad: &[
            (
                "ARCHITECTURE.md",
                "`plan/` and `crates/egress-core/src/gone.rs` in `egress-core`, `egress-nope`\n[x](docs/no.md) [y](crates/#a)\n```\nfolder/   cloud.rs (the traits)\n```",
            ),
            ("crates/egress-core/Cargo.toml", ""),
            ("crates/egress-core/src/plan/mod.rs", ""),
            ("crates/egress-mock/Cargo.toml", ""),
        ],
        found: &[
            "ARCHITECTURE.md:1: the crate `egress-mock` is not named",
            "ARCHITECTURE.md:1: there is no `crates/egress-core/src/gone.rs`",
            "ARCHITECTURE.md:1: there is no crate `egress-nope`",
            "ARCHITECTURE.md:2: the link to `docs/no.md` leads nowhere",
            "ARCHITECTURE.md:4: there is no `cloud.rs`",
            "ARCHITECTURE.md:4: there is no `folder/`",
        ],
        good: &[
            (
                "ARCHITECTURE.md",
                "`plan/`, `egress-core/src/plan/mod.rs` of `egress-core`; `subnet/lambda_prv1`, `10.0.0.0/16`, `Describe*`, gone.rs [x](https://x.y) [y](#z)",
            ),
            ("crates/egress-core/Cargo.toml", ""),
            ("crates/egress-core/src/plan/mod.rs", ""),
        ],
    },
    Sample {
        rule: "lints-are-on",
        bad: &[
            (
                "Cargo.toml",
                "[workspace.lints.rust]\nunsafe_code = 'forbid'\nmissing_docs = 'warn'\n[workspace.lints.clippy]\nprint_stdout = 'allow'\nprint_stderr = 'warn'\nunwrap_used = 'deny'\nexpect_used = 'warn'\npanic = 'warn'\nallow_attributes = 'warn'",
            ),
            ("crates/a/Cargo.toml", "[package]\nname = 'a'"),
            ("crates/b/Cargo.toml", "[lints.rust]\nunsafe_code = 'forbid'"),
        ],
        found: &[
            "Cargo.toml:1: `clippy::print_stdout` is not at `warn`",
            "Cargo.toml:1: `clippy::todo` is not at `warn`",
            "crates/a/Cargo.toml:1: the workspace's lints are not inherited",
            "crates/b/Cargo.toml:1: the workspace's lints are not inherited",
        ],
        good: &[("crates/a/Cargo.toml", "[lints]\nworkspace = true"), ("examples/x/Cargo.toml", "[package]")],
    },
    Sample {
        rule: "members-are-described",
        bad: &[("crates/a/Cargo.toml", "[package]\nname = 'a'"), ("xtask/Cargo.toml", "[package]\ndescription = 'x'")],
        found: &[
            "crates/a/Cargo.toml:1: no description that says what it is for",
            "xtask/Cargo.toml:1: no description that says what it is for",
        ],
        good: &[
            ("Cargo.toml", "[workspace]"),
            ("crates/a/Cargo.toml", "[package]\ndescription = 'Says plainly what it is for'\n[lints]"),
        ],
    },
];

fn found(rule: &str, tree: &Tree) -> Vec<String> {
    let rule = RULES.iter().find(|r| r.name == rule).unwrap_or_else(|| panic!("no rule {rule}"));
    let mut found: Vec<Found> = (rule.find)(tree);
    found.sort();
    found.iter().map(|f| format!("{}:{}: {}", f.path, f.line, f.sentence)).collect()
}

#[test]
fn each_rule_catches_its_bad_sample_and_passes_its_good_one() {
    for sample in CODE.iter().chain(&DOCUMENTS) {
        assert_eq!(found(sample.rule, &Tree::of(sample.bad)), sample.found, "{}: the bad sample", sample.rule);
        assert_eq!(found(sample.rule, &Tree::of(sample.good)), [""; 0], "{}: the good sample", sample.rule);
    }
}

#[test]
fn what_must_exist_is_missed() {
    let empty = Tree::default();
    assert_eq!(found("readmes-agree", &empty), ["README.md:1: does not exist", "README.zh-CN.md:1: does not exist"]);
    assert_eq!(found("documents-are-true", &empty), ["ARCHITECTURE.md:1: does not exist"]);
    assert_eq!(
        found("one-place-releases", &empty),
        ["crates/egress-core/src/plan/:1: `ReleaseAddress` is made nowhere: this rule has lost what it guards"]
    );
}

#[test]
fn a_command_more_in_one_readme_is_found_in_either() {
    let (short, long) = ("```sh\na\n```", "```sh\na\nb\n```");
    let of = |en, zh| found("readmes-agree", &Tree::of(&[("README.md", en), ("README.zh-CN.md", zh)]));
    assert_eq!(of(long, short), ["README.md:3: `b` stands here alone"]);
    assert_eq!(of(short, long), ["README.zh-CN.md:3: `b` stands here alone"]);
    assert_eq!(of(long, long), [""; 0]);
}

#[test]
fn a_file_is_long_beyond_seven_hundred_lines() {
    let lines = |n| "//\n".repeat(n);
    assert_eq!(
        found("short-files", &Tree::of(&[("a.rs", &lines(701)), ("b.md", &lines(999))])),
        ["a.rs:701: 701 lines"]
    );
    assert_eq!(found("short-files", &Tree::of(&[("a.rs", &lines(700))])), [""; 0]);
}

/// A tree in which every package of the table depends on these crates.
fn linking(crates: &[&str]) -> Tree {
    let crates: BTreeSet<String> = crates.iter().map(|name| (*name).into()).collect();
    Tree { dependencies: DEPENDENCIES.iter().map(|question| (question, crates.clone())).collect(), ..Tree::default() }
}

#[test]
fn what_a_package_must_not_link_is_found() {
    let tree = linking(&["aws-sdk-ec2", "aws-smithy-runtime-api", "serde", "tokio", "egress-core"]);
    assert_eq!(
        found("core-links-nothing-impure", &tree),
        ["crates/egress-core/Cargo.toml:1: egress-core (--all-features --edges=normal,no-proc-macro) depends on tokio"]
    );
    assert_eq!(
        found("no-sdk-outside", &tree),
        [
            "crates/egress-cli/Cargo.toml:1: egress-cli (--no-default-features) depends on aws-sdk-ec2",
            "crates/egress-cli/Cargo.toml:1: egress-cli (--no-default-features) depends on aws-smithy-runtime-api",
            "crates/egress-core/Cargo.toml:1: egress-core (--all-features) depends on aws-sdk-ec2",
            "crates/egress-core/Cargo.toml:1: egress-core (--all-features) depends on aws-smithy-runtime-api",
            "crates/egress-mock/Cargo.toml:1: egress-mock (--all-features) depends on aws-sdk-ec2",
            "crates/egress-mock/Cargo.toml:1: egress-mock depends on aws-sdk-ec2",
            "crates/egress-mock/Cargo.toml:1: egress-mock depends on aws-smithy-runtime-api",
            "crates/egress-snapshot/Cargo.toml:1: egress-snapshot (--all-features) depends on aws-sdk-ec2",
            "crates/egress-snapshot/Cargo.toml:1: egress-snapshot (--all-features) depends on aws-smithy-runtime-api",
            "xtask/Cargo.toml:1: xtask (--all-features) depends on aws-sdk-ec2",
            "xtask/Cargo.toml:1: xtask (--all-features) depends on aws-smithy-runtime-api",
        ]
    );
    let good = linking(&["serde", "sha2", "proptest"]);
    assert_eq!(found("core-links-nothing-impure", &good), [""; 0]);
    assert_eq!(found("no-sdk-outside", &good), [""; 0]);
}

#[test]
fn every_rule_has_a_sample() {
    let of_their_own = ["short-files", "core-links-nothing-impure", "no-sdk-outside"];
    let sampled: BTreeSet<_> = CODE.iter().chain(&DOCUMENTS).map(|sample| sample.rule).chain(of_their_own).collect();
    assert_eq!(sampled, RULES.iter().map(|rule| rule.name).collect());
}
