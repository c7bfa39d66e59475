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

/// `egress plan` where nothing of AWS is configured: what it says, and its exit code.
fn plan_without_aws() -> (String, Option<i32>) {
    let folder = folder();
    let mut command = egress(folder.path());
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_CONFIG_FILE"] {
        command.env_remove(name);
    }
    command.env("HOME", folder.path()).env("AWS_EC2_METADATA_DISABLED", "true").arg("plan");
    let output = command.output().unwrap();
    (String::from_utf8(output.stderr).unwrap(), output.status.code())
}

#[cfg(feature = "aws")]
#[test]
fn without_a_region_it_is_said_where_one_can_be_set() {
    let said = "error: connect: no region is set\n\
                hint: give --region, or set AWS_REGION, or `region` in the profile\n";
    assert_eq!(plan_without_aws(), (said.to_owned(), Some(64)));
}

#[cfg(not(feature = "aws"))]
#[test]
fn without_the_aws_backend_that_is_said_plainly() {
    let said = "error: this egress was built without the AWS backend\n\
                hint: `--cloud mock` (or EGRESS_CLOUD=mock) works on a cloud in a local file; `egress demo` shows the whole journey\n";
    assert_eq!(plan_without_aws(), (said.to_owned(), Some(4)));
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
