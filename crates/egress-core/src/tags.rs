//! Tags: the only place where egress remembers anything.

use std::collections::BTreeMap;

use crate::{Key, StackName};

/// Names and values that stand on a cloud resource.
pub type Tags = BTreeMap<String, String>;

/// The tag that holds the stack's name.
pub const STACK: &str = "egress:stack";
/// The tag that holds the Key.
pub const KEY: &str = "egress:key";
/// The tag that people see as the resource's name.
pub const NAME: &str = "Name";
/// What every tag of egress's own begins with.
pub const PREFIX: &str = "egress:";

/// Who made a resource, as its tags say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// The stack that it belongs to.
    pub stack: StackName,
    /// Its name in the stack.
    pub key: Key,
}

impl Owner {
    /// Reads the owner from tags: `None` where either tag is absent or is none of ours.
    pub fn of(tags: &Tags) -> Option<Self> {
        let stack = StackName::new(tags.get(STACK)?.as_str()).ok()?;
        let key = tags.get(KEY)?.parse().ok()?;
        Some(Self { stack, key })
    }

    /// The tags that a resource carries from its creation on: ownership, the human name, and the user's own.
    ///
    /// The user's tags never hide ownership.
    pub fn tags(&self, users: &Tags) -> Tags {
        let mut tags = users.clone();
        tags.entry(NAME.to_owned()).or_insert_with(|| self.key.name.clone());
        tags.insert(STACK.to_owned(), self.stack.to_string());
        tags.insert(KEY.to_owned(), self.key.to_string());
        tags
    }
}
