//! Which functions leave through a stack already, and the group that they have.

use std::collections::{BTreeMap, BTreeSet};

use super::{Pick, choose::Site, note};
use crate::{
    CloudId, Owner, World,
    plan::Notice,
    world::{Attachment, Function, SecurityGroup},
};

/// The functions of a place.
#[derive(Clone, Debug, Default)]
pub(super) struct Crew<'w> {
    /// The group that functions of the stack have; absent where the network has none that can be seen: one is then made.
    pub(super) group: Option<&'w SecurityGroup>,
    /// Those that run exactly where the stack's functions do.
    pub(super) at_home: Vec<&'w CloudId>,
    /// Those that run there in another way, or that another tool looks after, and why they are left to others.
    pub(super) external: Vec<(&'w CloudId, String)>,
    /// Those that were left out.
    pub(super) notices: Vec<Notice>,
}

/// Sorts the functions that run in a place's private subnets.
pub(super) fn sort<'w>(world: &'w World, site: &Site<'w>, pick: &Pick) -> Crew<'w> {
    let subnets: BTreeSet<CloudId> = site.private.iter().map(|(subnet, _)| subnet.id.clone()).collect();
    let named = |function: &Function| match pick {
        Pick::Function(name) => function.id == *name,
        Pick::Only | Pick::Network(_) | Pick::Subnets(_) => true,
    };
    let running =
        world.function.functions.values().filter(|f| named(f)).filter_map(|f| Some((f, f.attachment.as_ref()?)));
    let running: Vec<_> = running.filter(|(_, attachment)| !attachment.subnets.is_disjoint(&subnets)).collect();
    let group = group(world, site, running.iter().map(|(_, attachment)| *attachment).filter(|a| a.subnets == subnets));
    let mut crew = Crew { group, ..Crew::default() };
    for (function, attachment) in running {
        if let Some(owner) = Owner::of(&function.tags) {
            let message = format!("{} is left out: egress attached it to stack {}", function.id, owner.stack);
            crew.notices.push(note(&function.id, message, "detach it there first to have it here"));
        } else if let Some(outside) = attachment.subnets.difference(&subnets).next() {
            let message = format!(
                "{} is left out: it also runs in {outside}, which does not leave through the stack",
                function.id
            );
            crew.notices.push(note(&function.id, message, "take it out of that subnet, and put it into the file"));
        } else if let Some(tool) = &function.managed_by {
            crew.external.push((&function.id, format!("{tool} looks after it")));
        } else if let Some(why) = differs(attachment, &subnets, group) {
            crew.external.push((&function.id, why));
        } else {
            crew.at_home.push(&function.id);
        }
    }
    crew
}

/// How a function runs otherwise than egress would attach it.
fn differs(
    attachment: &Attachment<CloudId>,
    subnets: &BTreeSet<CloudId>,
    group: Option<&SecurityGroup>,
) -> Option<String> {
    let listed = |ids: &BTreeSet<CloudId>| ids.iter().map(CloudId::as_str).collect::<Vec<_>>().join(", ");
    if &attachment.subnets != subnets {
        return Some(format!("it runs in {} alone", listed(&attachment.subnets)));
    }
    if group.is_none_or(|group| attachment.groups != BTreeSet::from([group.id.clone()])) {
        return Some(format!("it has the groups {}", listed(&attachment.groups)));
    }
    attachment.ipv6.then(|| "it may send IPv6".to_owned())
}

/// The group that most of these functions have and no other beside it; without any, the network's only group of somebody's own,
/// else the one that came with it.
fn group<'w>(
    world: &'w World,
    site: &Site<'w>,
    attachments: impl Iterator<Item = &'w Attachment<CloudId>>,
) -> Option<&'w SecurityGroup> {
    let groups = &world.network.groups;
    let mut votes: BTreeMap<&CloudId, usize> = BTreeMap::new();
    for attachment in attachments {
        if let (Some(only), 1) = (attachment.groups.first(), attachment.groups.len()) {
            *votes.entry(only).or_default() += 1;
        }
    }
    let most = votes.into_iter().max_by_key(|(id, votes)| (*votes, std::cmp::Reverse(*id)));
    let inside =
        || groups.values().filter(|group| group.network == site.network.id && Owner::of(&group.tags).is_none());
    let mut own = inside().filter(|group| group.name != DEFAULT);
    let only = own.next().filter(|_| own.next().is_none());
    most.and_then(|(id, _)| groups.get(id)).or(only).or_else(|| inside().find(|group| group.name == DEFAULT))
}

/// What the group is called that comes with every network.
const DEFAULT: &str = "default";
