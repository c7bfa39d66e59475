//! Names of things: what the cloud calls them and what a stack is called.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The name that a cloud gave to one of its resources, e.g. `subnet-0b1c…`. Opaque: never parsed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CloudId(String);

impl CloudId {
    /// Wraps the cloud's own name for a resource.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The name as the cloud writes it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CloudId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for CloudId {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

/// The name of a stack: one named unit of a Spec in one account and region.
///
/// Lower-case letters, digits and hyphens, beginning with a letter, 32 characters at most, so that it fits into tags and
/// into the names of roles and functions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StackName(String);

impl StackName {
    /// The longest name, in characters.
    pub const MAX_LEN: usize = 32;

    /// Checks a name. The error is a lower-case fragment that says what a name must be.
    pub fn new(name: impl Into<String>) -> Result<Self, BadStackName> {
        let name = name.into();
        let starts_well = name.starts_with(|c: char| c.is_ascii_lowercase());
        let made_of = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        if starts_well && made_of && !name.ends_with('-') && name.len() <= Self::MAX_LEN {
            Ok(Self(name))
        } else {
            Err(BadStackName { name })
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that cannot name a stack.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{name}` cannot name a stack: use 1 to 32 lower-case letters, digits and hyphens, beginning with a letter and not ending with a hyphen"
)]
pub struct BadStackName {
    /// The text.
    pub name: String,
}

impl fmt::Display for StackName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for StackName {
    type Error = BadStackName;
    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::new(name)
    }
}

impl From<StackName> for String {
    fn from(name: StackName) -> Self {
        name.0
    }
}
