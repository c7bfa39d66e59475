//! Which functions egress has attached, as their tags say.

use crate::{
    CloudId, Kind, Owner, StackName, Tags, World,
    plan::saved::{self, SavedError},
    spec::Permission,
    world::{Attachment, Function, Grant},
};

/// The tag that says who asked for the attachment.
pub(super) const ORIGIN: &str = "egress:origin";
/// The tag that says what egress granted to the function's role. It stays after a detachment, as the permission does.
pub(super) const GRANTED: &str = "egress:granted";

/// A function that egress has attached to a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The function.
    pub function: CloudId,
    /// Who asked for it.
    pub origin: Origin,
    /// What it had before; `Ok(None)` where its tags hold nothing.
    pub before: Result<Option<Option<Attachment<CloudId>>>, SavedError>,
}

/// Who asked for an attachment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The file: a function that is no longer in it is detached.
    Spec,
    /// A command: it stays until a command detaches it.
    Command,
}

impl Origin {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Spec => "spec",
            Self::Command => "command",
        }
    }
}

/// The functions that egress has attached to a stack, ordered by name.
pub fn members(world: &World, stack: &StackName) -> Vec<Member> {
    let functions = world.function.functions.values();
    functions.filter(|f| is_member(f, stack)).map(member).collect()
}

fn is_member(function: &Function, stack: &StackName) -> bool {
    Owner::of(&function.tags).is_some_and(|o| &o.stack == stack && o.key.kind == Kind::Function)
}

fn member(function: &Function) -> Member {
    let command = function.tags.get(ORIGIN).is_some_and(|o| o == Origin::Command.as_str());
    Member {
        function: function.id.clone(),
        origin: if command { Origin::Command } else { Origin::Spec },
        before: saved::decode(&function.tags),
    }
}

/// The tags of egress's own that a member carries.
pub(super) fn tags(
    stack: &StackName,
    function: &Function,
    origin: Origin,
    before: Option<&Attachment<CloudId>>,
    granted: Option<&Grant>,
) -> Tags {
    let key = crate::Key::new(Kind::Function, function.id.as_str());
    let mut tags = saved::encode(before);
    tags.insert(crate::tags::STACK.to_owned(), stack.to_string());
    tags.insert(crate::tags::KEY.to_owned(), key.to_string());
    tags.insert(ORIGIN.to_owned(), origin.as_str().to_owned());
    if let Some(granted) = granted.and_then(grant_name) {
        tags.insert(GRANTED.to_owned(), granted.to_owned());
    }
    tags
}

/// The tags that go when a member is detached: all of egress's own, but what says that the role has a permission from it.
pub(super) fn tags_that_go(function: &Function) -> Vec<String> {
    own_tags(function).into_keys().filter(|name| name != GRANTED).collect()
}

/// The tags of egress's own on a function.
pub(super) fn own_tags(function: &Function) -> Tags {
    let own = function.tags.iter().filter(|(name, _)| name.starts_with(crate::tags::PREFIX));
    own.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// What egress granted to a function's role, as the function's tags say.
pub(super) fn granted(function: &Function) -> Option<Grant> {
    match function.tags.get(GRANTED)?.as_str() {
        "managed" => Some(Grant::Managed),
        "inline" => Some(Grant::Inline),
        _ => None,
    }
}

/// How a member's role is given its permission again, where it has lost it.
pub(super) fn permission(function: &Function) -> Permission {
    match granted(function) {
        Some(Grant::Managed) => Permission::Managed,
        Some(Grant::Inline) => Permission::Inline,
        Some(Grant::Other(_)) | None => Permission::None,
    }
}

pub(super) fn grant_name(grant: &Grant) -> Option<&'static str> {
    match grant {
        Grant::Managed => Some("managed"),
        Grant::Inline => Some("inline"),
        Grant::Other(_) => None,
    }
}
