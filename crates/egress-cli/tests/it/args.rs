//! The command line itself.

use crate::{egress, folder, run};

#[test]
fn the_help_names_every_verb_and_every_exit_code() {
    insta::assert_snapshot!(run(folder().path(), "--help"));
}

#[test]
fn a_command_line_that_makes_no_sense_exits_with_64() {
    let folder = folder();
    for line in
        ["", "aply", "attach", "mock", "destroy --release-address 300.1.1.1", "apply --speed 0", "--cloud azure plan"]
    {
        let code = egress(folder.path()).args(line.split_whitespace()).output().unwrap().status.code();
        assert_eq!(code, Some(64), "{line}");
    }
}

#[test]
fn a_mistyped_verb_is_answered_with_the_one_that_was_meant() {
    insta::assert_snapshot!(run(folder().path(), "aply"));
}

#[test]
fn a_bad_stack_name_is_answered_with_what_a_name_must_be() {
    insta::assert_snapshot!(run(folder().path(), "init --stack Shop"));
}

#[test]
fn the_aws_backend_says_plainly_that_it_is_not_there() {
    insta::assert_snapshot!(run(folder().path(), "plan"));
}

#[test]
fn in_json_an_error_is_one_line_of_json_on_stderr() {
    insta::assert_snapshot!(run(folder().path(), "plan --output json --cloud mock"));
}

#[test]
fn every_shell_gets_a_completion_script() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = egress(folder().path()).args(["completions", shell]).output().unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && script.contains("destroy"), "{shell}: {script}");
    }
}
