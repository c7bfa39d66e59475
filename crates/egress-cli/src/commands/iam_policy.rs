//! `egress iam-policy`: what whoever runs egress must be allowed.

#[cfg(feature = "aws")]
pub(super) use on_aws::run;

#[cfg(not(feature = "aws"))]
pub(super) fn run(
    _: &crate::args::IamPolicyArgs,
    _: &crate::args::Global,
    _: crate::output::Out,
) -> Result<(), crate::error::CliError> {
    Err(crate::session::no_aws())
}

#[cfg(feature = "aws")]
mod on_aws {
    use egress_aws::{
        Partition,
        actions::Verb,
        policy::{Operator, deny_release_policy, operator_policy},
    };

    use crate::{
        args::{Global, IamPolicyArgs, VerbChoice},
        error::CliError,
        exit::Exit,
        output::Out,
        session::SpecFile,
    };

    /// Prints the policy: for the account and the region that are known from the command line or the Spec, else for any.
    pub(in crate::commands) fn run(args: &IamPolicyArgs, global: &Global, out: Out) -> Result<(), CliError> {
        let place = SpecFile::At(global.spec.clone()).place();
        let region = global.aws.region.clone().or(place.region);
        let partition = match &region {
            None => Partition::Aws,
            Some(region) => Partition::of_region(region).ok_or_else(|| {
                CliError::new(Exit::Usage, format!("`{region}` is no region of a partition that egress knows"))
                    .hint("a region is written like ap-northeast-1")
            })?,
        };
        let any = || "*".to_owned();
        let operator =
            Operator { partition, account: place.account.unwrap_or_else(any), region: region.unwrap_or_else(any) };
        let policy = if args.deny_release {
            deny_release_policy(&operator)
        } else {
            operator_policy(args.verb.map(verb), &operator)
        };
        // A policy is JSON in either format.
        out.raw(&format!("{policy:#}\n"))
    }

    fn verb(choice: VerbChoice) -> Verb {
        match choice {
            // It reads what `status` reads.
            VerbChoice::Adopt | VerbChoice::Status => Verb::Status,
            VerbChoice::Plan => Verb::Plan,
            VerbChoice::Apply => Verb::Apply,
            VerbChoice::Ips => Verb::Ips,
            VerbChoice::Attach => Verb::Attach,
            VerbChoice::Detach => Verb::Detach,
            VerbChoice::Verify => Verb::Verify,
            VerbChoice::Destroy => Verb::Destroy,
            VerbChoice::Graph => Verb::Graph,
            VerbChoice::Recover => Verb::Recover,
            VerbChoice::Unlock => Verb::Unlock,
            VerbChoice::Trace | VerbChoice::Doctor | VerbChoice::Snapshot => Verb::Inspect,
        }
    }
}
