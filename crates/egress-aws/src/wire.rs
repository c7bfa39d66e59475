//! Fields of answers, read strictly: what is not as AWS promises is an error, and nothing is skipped in silence.

use std::{collections::BTreeSet, fmt::Display};

use aws_sdk_ec2::types::{Filter, Tag, TagSpecification};
use egress_core::{CloudError, CloudId, ErrorKind, Tags};
pub(crate) use egress_snapshot::text::*;

/// An answer that is well-formed, and not what AWS promises.
pub(crate) fn unreadable(operation: &str, what: impl Display) -> CloudError {
    CloudError::new(ErrorKind::Transport, operation, format!("an answer that cannot be read: {what}"))
}

/// A flaw in the answer to a call, as that call's error.
pub(crate) fn unreadable_in(operation: &'static str) -> impl Fn(Flaw) -> CloudError {
    move |flaw| unreadable(operation, flaw)
}

pub(crate) fn ids<'a>(values: impl IntoIterator<Item = &'a String>) -> BTreeSet<CloudId> {
    values.into_iter().map(|id| CloudId::new(id.as_str())).collect()
}

/// Tags; one without a value has the empty one.
pub(crate) fn tags(tags: &[Tag]) -> Tags {
    tags.iter().filter_map(|tag| Some((tag.key()?.to_owned(), tag.value().unwrap_or_default().to_owned()))).collect()
}

/// Tags as EC2 takes them.
pub(crate) fn ec2_tags(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(name, value)| Tag::builder().key(name).value(value).build()).collect()
}

/// Tags that a thing of this sort carries from its creation.
pub(crate) fn born_with(sort: aws_sdk_ec2::types::ResourceType, tags: &Tags) -> TagSpecification {
    TagSpecification::builder().resource_type(sort).set_tags(Some(ec2_tags(tags))).build()
}

pub(crate) fn filter<I: Display>(name: &str, values: impl IntoIterator<Item = I>) -> Filter {
    let values = values.into_iter().map(|value| value.to_string()).collect();
    Filter::builder().name(name).set_values(Some(values)).build()
}

/// All pages of a read, as one list.
macro_rules! pages {
    ($cloud:expr, $operation:literal, $request:expr) => {
        $cloud
            .call($operation, None::<&str>)
            .read($request.into_paginator().items().send().collect::<Result<Vec<_>, _>>())
    };
}
pub(crate) use pages;
