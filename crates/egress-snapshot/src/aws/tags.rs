//! Tags, and states.

use egress_core::Tags;

use super::shapes;

shapes! {
    /// A tag.
    Tag { key: Option<String>, value: Option<String>, }
    /// A state that stands in an object of its own.
    State { state: Option<String>, }
    /// The same, by another name.
    Code { code: Option<String>, }
    /// The same, by another name.
    Name { name: Option<String>, }
}

/// Tags; one without a value has the empty one.
pub(crate) fn tags(tags: Vec<Tag>) -> Tags {
    tags.into_iter().filter_map(|tag| Some((tag.key?, tag.value.unwrap_or_default()))).collect()
}

/// Tags as AWS lists them.
pub(crate) fn tag_list(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: Some(key.clone()), value: Some(value.clone()) }).collect()
}

/// A state in its object.
pub(crate) fn state(state: &str) -> Option<State> {
    Some(State { state: Some(state.to_owned()) })
}

/// The state in an object.
pub(crate) fn state_of(state: Option<&State>) -> Option<&str> {
    state.and_then(|state| state.state.as_deref())
}
