//! `egress iam-policy`: what whoever runs egress must be allowed.

use crate::{
    args::{Global, IamPolicyArgs},
    error::CliError,
    output::Out,
};

#[cfg(not(feature = "aws"))]
pub(super) fn run(_: &IamPolicyArgs, _: &Global, _: Out) -> Result<(), CliError> {
    Err(crate::session::no_aws())
}
