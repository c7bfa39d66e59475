//! Fields of answers, read strictly: what is not as AWS promises is an error, and nothing is skipped in silence.

use std::{collections::BTreeSet, fmt::Display, net::AddrParseError, str::FromStr};

use aws_sdk_ec2::types::{Filter, Tag, TagSpecification};
use egress_core::{
    CloudError, CloudId, ErrorKind, Tags,
    ipnet::{IpNet, Ipv4Net, Ipv6Net},
};

/// An answer that is well-formed, and not what AWS promises.
pub(crate) fn unreadable(operation: &str, what: impl Display) -> CloudError {
    CloudError::new(ErrorKind::Transport, operation, format!("an answer that cannot be read: {what}"))
}

/// A flaw of an answer; [`Flaw::of`] says of which call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flaw(String);

impl Flaw {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }

    pub(crate) fn of(self, operation: &'static str) -> CloudError {
        unreadable(operation, self.0)
    }
}

pub(crate) type Read<T> = Result<T, Flaw>;

/// A field that AWS always fills.
pub(crate) fn must<'a>(field: &'static str, value: Option<&'a str>) -> Read<&'a str> {
    value.filter(|text| !text.is_empty()).ok_or_else(|| Flaw(format!("it has no {field}")))
}

/// The id of the thing that a field names.
pub(crate) fn id(field: &'static str, value: Option<&str>) -> Read<CloudId> {
    must(field, value).map(CloudId::new)
}

/// The id of the thing that a field names, where it names one.
pub(crate) fn id_if(value: Option<&str>) -> Option<CloudId> {
    value.filter(|text| !text.is_empty()).map(CloudId::new)
}

pub(crate) fn ids<'a>(values: impl IntoIterator<Item = &'a String>) -> BTreeSet<CloudId> {
    values.into_iter().map(|id| CloudId::new(id.as_str())).collect()
}

/// An address.
pub(crate) fn ip<T: FromStr<Err = AddrParseError>>(text: &str) -> Read<T> {
    text.parse().map_err(|_| Flaw(format!("`{text}` is no address")))
}

/// An address, where the field has one.
pub(crate) fn ip_if<T: FromStr<Err = AddrParseError>>(text: Option<&str>) -> Read<Option<T>> {
    text.filter(|text| !text.is_empty()).map(ip).transpose()
}

pub(crate) fn cidr(text: &str) -> Read<IpNet> {
    text.parse().map_err(|_| not_a_range(text))
}

pub(crate) fn cidr_v4(text: &str) -> Read<Ipv4Net> {
    text.parse().map_err(|_| not_a_range(text))
}

pub(crate) fn cidr_v6(text: &str) -> Read<Ipv6Net> {
    text.parse().map_err(|_| not_a_range(text))
}

fn not_a_range(text: &str) -> Flaw {
    Flaw(format!("`{text}` is no range of addresses"))
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
