//! Identity and Access Management: roles and what they may do.

use super::route::Action;

pub(super) const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

pub(super) const ACTIONS: &[&[Action]] = &[];
