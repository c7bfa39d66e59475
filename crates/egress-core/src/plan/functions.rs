//! Functions: attached to the stack only once its paths are proven, and given back what they had.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Condition, Level, Permit, Refusal, RefusalKind, StepId,
    draft::Draft,
    external,
    members::{self, Member, Origin},
    proof, ways,
};
use crate::{
    CloudId, Key, Kind, Owner,
    limits::FUNCTION_TAGS,
    op::{FunctionOp, GrantNetworkAccess, Op, RevokeNetworkAccess, SetAttachment, SetTags},
    spec::{FunctionSpec, Permission, SubnetSpec},
    world::{Attachment, Function, FunctionState, Grant, Role, UpdateState},
};

/// The functions that are to leave through the stack: those of the Spec, those named, and those that a command attached
/// before.
fn wanted(draft: &Draft<'_>, named: &[FunctionSpec]) -> BTreeMap<CloudId, (Permission, Origin)> {
    let mut wanted = BTreeMap::new();
    let members = external::members_kept(draft);
    for member in members.into_iter().filter(|m| m.origin == Origin::Command) {
        let permission =
            draft.world.function.functions.get(&member.function).map_or(Permission::None, members::permission);
        wanted.insert(member.function, (permission, Origin::Command));
    }
    wanted.extend(named.iter().map(|f| (f.name.clone(), (f.permission, Origin::Command))));
    wanted.extend(draft.spec.functions.iter().map(|f| (f.name.clone(), (f.permission, Origin::Spec))));
    wanted
}

/// Detaches the functions that the Spec no longer has, before anything that they leave through is changed. Gives the
/// Steps after which they run elsewhere.
pub(super) fn let_go(draft: &mut Draft<'_>, named: &[FunctionSpec]) -> Vec<StepId> {
    refuse_external(draft, named.iter().map(|f| &f.name));
    let wanted = wanted(draft, named);
    let members = external::members_kept(draft);
    let gone: Vec<Member> = members.into_iter().filter(|m| !wanted.contains_key(&m.function)).collect();
    let leaving: Vec<Leaving> = gone.iter().filter_map(|member| detach_one(draft, member)).collect();
    for leaving in &leaving {
        forget(draft, leaving);
        draft.because("it is no longer in the file");
    }
    say_permissions_stay(draft, &leaving);
    moved(&leaving)
}

/// Attaches the functions that are to leave through the stack.
pub(super) fn apply(draft: &mut Draft<'_>, named: &[FunctionSpec]) {
    for (name, (permission, origin)) in wanted(draft, named) {
        attach(draft, &name, permission, origin);
    }
}

/// What another tool attaches, no command of egress's moves.
fn refuse_external<'n>(draft: &mut Draft<'_>, named: impl Iterator<Item = &'n CloudId>) {
    for name in named.filter(|name| draft.spec.external.contains(*name)).collect::<Vec<_>>() {
        let message = format!("by the file, another tool attaches {name}");
        draft.refuse(
            RefusalKind::Unsafe,
            name,
            message,
            "do it there, or take `attach = \"external\"` out of the file",
        );
    }
}

/// The Key of a function.
pub(super) fn key(name: &CloudId) -> Key {
    Key::new(Kind::Function, name.as_str())
}

/// What every function of the stack is attached to.
fn home(draft: &Draft<'_>) -> Attachment<Key> {
    Attachment {
        subnets: ways::home(draft).into_iter().map(SubnetSpec::key).collect(),
        groups: BTreeSet::from([draft.spec.security_group_key()]),
        ipv6: false,
    }
}

/// The same, in the World's names, where all of it exists.
fn home_now(draft: &Draft<'_>) -> Option<Attachment<CloudId>> {
    home(draft).try_map(&mut |key| draft.bound(key).cloned().ok_or(())).ok()
}

fn attach(draft: &mut Draft<'_>, name: &CloudId, permission: Permission, origin: Origin) {
    let Some(function) = draft.world.function.functions.get(name) else {
        let place = &draft.world.network.place;
        let message = format!("there is no function {name} in account {}, region {}", place.account, place.region);
        return draft.refuse(
            RefusalKind::NotFound,
            name,
            message,
            "check its name and the region; egress creates no functions",
        );
    };
    draft.bindings.insert(key(name), name.clone());
    say_other_versions(draft, function);
    let failed = matches!(function.update, UpdateState::Failed { .. });
    let at_home = function.attachment.is_some() && function.attachment == home_now(draft) && !failed;
    let is_member = Owner::of(&function.tags).is_some_and(|o| o.stack == draft.spec.stack);
    if at_home && !is_member && draft.spec.has_existing_home() {
        // It was so before: there is nothing to change, and nothing to give back.
        return;
    }
    if at_home && is_member && !function.is_under_way() {
        return keep_attached(draft, function, permission, origin);
    }
    let home = home(draft);
    if home.subnets.is_empty() {
        let message = format!("{name} stays as it is until an address that it can leave from is listed");
        return draft.note(Level::Note, name, message, "");
    }
    let Some((role, before)) = check(draft, function, permission) else { return };
    let settled = function.is_under_way().then(|| draft.wait(Condition::Ready(key(name)), []));
    let granted = grant_for(role, permission, members::granted(function).as_ref());
    let settles = settled.is_some();
    let (saved, tagged) = save(draft, function, origin, before.as_ref(), granted.as_ref(), settled);
    // A function that settles gets another revision, and so does one whose tags are changed.
    let revision = (!settles && saved.is_none()).then(|| function.revision.clone());
    let mut needs = vec![tagged];
    if let Some(grant) = granted {
        needs.push(give(draft, &role.id, grant, saved));
    }
    if at_home {
        return exchange(draft, function, role, permission, needs);
    }
    needs.extend(proof::gate(draft));
    let op = SetAttachment { function: key(name), to: Some(home), revision };
    let moved = draft.change(Op::Function(FunctionOp::SetAttachment(op)), needs);
    if is_member {
        let ours = matches!(still_ours(draft, function), Ours::Whole);
        draft.because(if ours { "the file has other subnets for it" } else { "its attachment was changed" });
    }
    let ready = draft.wait(Condition::Ready(key(name)), [moved]);
    exchange(draft, function, role, permission, vec![ready]);
}

/// Gives a role its permission, once for all functions that run as it.
fn give(draft: &mut Draft<'_>, role: &CloudId, grant: Grant, needs: Option<StepId>) -> StepId {
    let key = Key::new(Kind::Role, role.as_str());
    draft.bindings.insert(key.clone(), role.clone());
    let given = |op: &Op<Key>| matches!(op, Op::Function(FunctionOp::GrantNetworkAccess(g)) if g.role == key);
    draft.steps_where(given).pop().unwrap_or_else(|| {
        let op = GrantNetworkAccess { role: key.clone(), grant };
        draft.change(Op::Function(FunctionOp::GrantNetworkAccess(op)), needs)
    })
}

/// A function that is where it should be: only its tags and its role's permission are looked after.
fn keep_attached(draft: &mut Draft<'_>, function: &Function, permission: Permission, origin: Origin) {
    let Some(member) = members::members(draft.world, &draft.spec.stack).into_iter().find(|m| m.function == function.id)
    else {
        return;
    };
    if let Err(error) = &member.before {
        draft.note(
            Level::Warning,
            &function.id,
            format!("what {} had before cannot be read: {error}", function.id),
            "`egress detach` will refuse: give the function its old configuration by hand",
        );
    }
    if member.origin != origin {
        let set = [("egress:origin".to_owned(), origin.as_str().to_owned())].into();
        let change = SetTags { resource: key(&function.id), kind: Kind::Function, set, remove: Vec::new() };
        draft.change(Op::Function(FunctionOp::SetTags(change)), []);
        draft.because("it is in the file now");
    }
    let world = draft.world;
    let Some(role) = function.role.as_ref().and_then(|role| world.function.roles.get(role)) else { return };
    let granted = members::granted(function);
    let given = grant_for(role, permission, granted.as_ref()).map(|grant| {
        let step = give(draft, &role.id, grant, None);
        if !role.has_network_access() {
            draft.because("the role has lost its permission");
        }
        step
    });
    exchange(draft, function, role, permission, given.into_iter().collect());
}

/// Takes back what egress granted to a role in another way than the file asks for now, once the role has its permission
/// in the new way. What it has from others is not egress's to take.
fn exchange(draft: &mut Draft<'_>, function: &Function, role: &Role, permission: Permission, needs: Vec<StepId>) {
    let Some(old) = members::granted(function).filter(|old| Some(old) != permission.grant().as_ref()) else { return };
    let new = permission.grant();
    let name = &function.id;
    let wanted_elsewhere = draft.spec.functions.iter().find(|other| {
        let found = draft.world.function.functions.get(&other.name);
        &other.name != name
            && other.permission.grant().as_ref() == Some(&old)
            && found.is_some_and(|f| f.role.as_ref() == Some(&role.id))
    });
    if let Some(other) = wanted_elsewhere {
        let message = format!("role {} keeps the permission that {} asks for, too", role.id, other.name);
        return draft.note(Level::Note, &role.id, message, "");
    }
    let mut needs = needs;
    if role.grants.contains(&old) {
        if new.is_none() && role.grants.len() == 1 {
            let message = format!("role {} keeps the permission that egress gave it: it has no other", role.id);
            let hint = "give it one of your own; the next apply then takes egress's back";
            return draft.note(Level::Warning, &role.id, message, hint);
        }
        let key = Key::new(Kind::Role, role.id.as_str());
        draft.bindings.insert(key.clone(), role.id.clone());
        let op = FunctionOp::RevokeNetworkAccess(RevokeNetworkAccess { role: key.clone(), grant: old });
        let revokes = |op: &Op<Key>| matches!(op, Op::Function(FunctionOp::RevokeNetworkAccess(r)) if r.role == key);
        let revoked = draft.steps_where(revokes).pop().unwrap_or_else(|| draft.change(Op::Function(op), needs));
        needs = vec![revoked];
    }
    let mut change =
        SetTags { resource: self::key(name), kind: Kind::Function, set: crate::Tags::new(), remove: Vec::new() };
    match new.as_ref().and_then(members::grant_name) {
        Some(new) => _ = change.set.insert(members::GRANTED.to_owned(), new.to_owned()),
        None => change.remove.push(members::GRANTED.to_owned()),
    }
    draft.change(Op::Function(FunctionOp::SetTags(change)), needs);
    draft.because("its permission is another one in the file");
}

/// All that must be so before a function may be moved: its role, and what is kept of its old attachment.
fn check<'w>(
    draft: &mut Draft<'w>,
    function: &Function,
    permission: Permission,
) -> Option<(&'w Role, Option<Attachment<CloudId>>)> {
    let name = &function.id;
    let refused = draft.refusals.len();
    let owner = Owner::of(&function.tags);
    if let Some(other) = owner.as_ref().filter(|o| o.stack != draft.spec.stack) {
        let message = format!("{name} is attached to stack {}", other.stack);
        draft.refuse(
            RefusalKind::Unsafe,
            name,
            message,
            format!("detach it there first: `egress detach {name}` with that stack's file"),
        );
    }
    if function.state == FunctionState::Failed {
        draft.refuse(
            RefusalKind::Impossible,
            name,
            format!("{name} could not be made by its cloud: its state is failed"),
            "mend the function itself first",
        );
    }
    let saved = match (&owner, super::saved::decode(&function.tags)) {
        (Some(_), Ok(saved)) => saved,
        (Some(_), Err(error)) => {
            draft.refuse(
                RefusalKind::Impossible,
                name,
                format!("what {name} had before cannot be read: {error}"),
                "give the function its old configuration and remove its tags `egress:…` by hand",
            );
            None
        }
        (None, _) => None,
    };
    external::check_managed(draft, function);
    check_leaving(draft, function, saved.as_ref());
    let role = check_role(draft, function, permission);
    // What was saved at the first attachment is what the user had; what the function has now may be half of ours.
    let before = saved.unwrap_or_else(|| function.attachment.clone());
    let others = function.tags.keys().filter(|name| !name.starts_with(crate::tags::PREFIX)).count();
    let ours = members::tags(&draft.spec.stack, function, Origin::Spec, before.as_ref(), Some(&Grant::Managed)).len();
    if others + ours > FUNCTION_TAGS {
        draft.refuse(
            RefusalKind::Impossible,
            name,
            format!(
                "{name} has {others} tags of at most {FUNCTION_TAGS}, and egress needs {ours} to remember what it had before"
            ),
            format!("remove {} of its tags", others + ours - FUNCTION_TAGS),
        );
    }
    (draft.refusals.len() == refused).then_some((role?, before))
}

/// A function that is in a network may be reaching something there, which no trace to the internet shows.
fn check_leaving(draft: &mut Draft<'_>, function: &Function, saved: Option<&Option<Attachment<CloudId>>>) {
    let Some(network) = &function.network else { return };
    if draft.owns_network(network) {
        return;
    }
    let name = &function.id;
    if !function.file_systems.is_empty() {
        return draft.refuse(
            RefusalKind::Unsafe,
            name,
            format!("{name} mounts {} in {network}: it cannot leave that network", function.file_systems.join(", ")),
            format!("give {network} itself a NAT gateway with a fixed address"),
        );
    }
    // Somebody set it back to what it had when its move was accepted: that network was named then.
    let was_there = saved.is_some_and(|saved| saved == &function.attachment);
    let permit = Permit::Leave(network.clone());
    if draft.permits(&permit) || was_there {
        return;
    }
    draft.refusals.insert(Refusal {
        kind: RefusalKind::Unsafe,
        subject: Some(name.to_string()),
        message: format!(
            "{name} is in {network} already: in another network it may lose databases and services that it reaches there"
        ),
        hint: Some(format!("give {network} itself a NAT gateway with a fixed address, or allow the function to leave it")),
        permit: Some(permit),
    });
}

fn check_role<'w>(draft: &mut Draft<'w>, function: &Function, permission: Permission) -> Option<&'w Role> {
    let name = &function.id;
    let world = draft.world;
    let Some(id) = &function.role else {
        draft.refuse(
            RefusalKind::Impossible,
            name,
            format!("{name} has no role"),
            "give it a role: without one it can have no interface in a network",
        );
        return None;
    };
    let Some(role) = world.function.roles.get(id) else {
        draft.refuse(
            RefusalKind::Impossible,
            name,
            format!("{name} runs as role {id}, which does not exist"),
            "give it a role that exists",
        );
        return None;
    };
    if !role.trusts_functions {
        draft.refuse(
            RefusalKind::Impossible,
            name,
            format!("{name} runs as role {id}, which functions may not use"),
            "let its trust policy name the functions' service",
        );
        return None;
    }
    // The file may ask for it on behalf of another function that runs as the same role.
    let is_given = draft.spec.functions.iter().any(|other| {
        let found = world.function.functions.get(&other.name);
        other.permission.grant().is_some() && found.is_some_and(|f| f.role.as_ref() == Some(id))
    });
    if permission == Permission::None && !role.has_network_access() && !is_given {
        draft.refuse(
            RefusalKind::Impossible,
            name,
            format!(
                "{name} runs as role {id}, which may not make network interfaces, and its `permission` is \"none\""
            ),
            "set `permission` to \"managed\" or \"inline\", or give the role that permission yourself",
        );
        return None;
    }
    Some(role)
}

/// What the role must be given: nothing where it has the permission already, from whomever; but one that egress gave in
/// another way is to be exchanged.
fn grant_for(role: &Role, permission: Permission, granted: Option<&Grant>) -> Option<Grant> {
    let suffices = |grant: &Grant| Some(grant) != granted || Some(grant) == permission.grant().as_ref();
    permission.grant().filter(|_| !role.grants.iter().any(suffices))
}

/// Writes down what a function had, and reads it back before anything else is done to it.
fn save(
    draft: &mut Draft<'_>,
    function: &Function,
    origin: Origin,
    before: Option<&Attachment<CloudId>>,
    granting: Option<&Grant>,
    settled: Option<StepId>,
) -> (Option<StepId>, StepId) {
    // What was granted before is remembered until it is taken back.
    let granted = members::granted(function).or_else(|| granting.cloned());
    let tags = members::tags(&draft.spec.stack, function, origin, before, granted.as_ref());
    let own = members::own_tags(function);
    let set: crate::Tags = tags
        .iter()
        .filter(|(name, value)| own.get(*name) != Some(value))
        .map(|(n, v)| (n.clone(), v.clone()))
        .collect();
    let remove: Vec<String> = own.into_keys().filter(|name| !tags.contains_key(name)).collect();
    let resource = key(&function.id);
    let saved = (!set.is_empty() || !remove.is_empty()).then(|| {
        let change = SetTags { resource: resource.clone(), kind: Kind::Function, set, remove };
        draft.change(Op::Function(FunctionOp::SetTags(change)), settled.clone())
    });
    let needs = saved.clone().or(settled);
    let tagged = draft.wait(Condition::Tagged { function: resource, tags }, needs);
    (saved, tagged)
}

/// Published versions are immutable: callers that come through one, or through an alias of one, are not moved.
fn say_other_versions(draft: &mut Draft<'_>, function: &Function) {
    let home = home_now(draft);
    for version in function.versions.iter().filter(|v| v.attachment.is_none() || v.attachment != home) {
        let aliases: Vec<&str> = function
            .aliases
            .iter()
            .filter(|a| a.versions.contains(&version.version))
            .map(|a| a.name.as_str())
            .collect();
        let through = if aliases.is_empty() { String::new() } else { format!(" (alias {})", aliases.join(", ")) };
        draft.note(
            Level::Warning,
            &function.id,
            format!(
                "version {} of {}{through} keeps its own network configuration and does not leave from the stack",
                version.version, function.id
            ),
            "publish a new version once the function is attached, and point the alias at it",
        );
    }
}

/// Gives functions back what they had before.
pub(super) fn detach(draft: &mut Draft<'_>, functions: &BTreeSet<CloudId>, remove_role_policy: bool) {
    let members = external::members_kept(draft);
    refuse_external(draft, functions.iter());
    for name in functions.difference(&draft.spec.external) {
        if draft.spec.functions.iter().any(|f| &f.name == name) {
            draft.note(
                Level::Warning,
                name,
                format!("{name} is still in the file: the next apply attaches it again"),
                "take it out of the file",
            );
        }
        if members.iter().any(|m| &m.function == name) {
            continue;
        }
        let message = match draft.world.function.functions.contains_key(name) {
            true => format!("{name} was not attached by egress to stack {}", draft.spec.stack),
            false => format!("there is no function {name}"),
        };
        draft.refuse(RefusalKind::NotFound, name, message, "`egress status` shows the functions of the stack");
    }
    let (going, staying): (Vec<Member>, Vec<Member>) =
        members.into_iter().partition(|m| functions.contains(&m.function));
    let leaving: Vec<Leaving> = going.iter().filter_map(|member| detach_one(draft, member)).collect();
    if !remove_role_policy || !staying.is_empty() {
        leaving.iter().for_each(|leaving| forget(draft, leaving));
    }
    if !remove_role_policy {
        return say_permissions_stay(draft, &leaving);
    }
    if !staying.is_empty() {
        let names: Vec<&str> = staying.iter().map(|m| m.function.as_str()).collect();
        return draft.note(
            Level::Warning,
            draft.spec.stack.clone(),
            format!("roles keep their permission: interfaces stay while {} are attached, and only a role that may delete them gets rid of them", names.join(", ")),
            "detach these too, or let `egress destroy --remove-role-policy` do it",
        );
    }
    let places: Vec<Key> = interface_places(draft).into_iter().filter(|key| draft.bound(key).is_some()).collect();
    let waits = places.into_iter().map(|place| draft.wait(Condition::NoFunctionInterfaces(place), moved(&leaving)));
    let free: Vec<StepId> = waits.collect();
    revoke(draft, &leaving, &free);
}

/// Where the interfaces of the stack's functions can be told from others': in the subnets that are made; in existing ones, by the
/// group, where that is made.
fn interface_places(draft: &Draft<'_>) -> Vec<Key> {
    let spec = draft.spec;
    let (existing, made): (Vec<Key>, Vec<Key>) =
        spec.private_subnets().map(|s| s.key()).partition(|key| spec.is_existing(key));
    let group = Some(spec.security_group_key()).filter(|group| !existing.is_empty() && !spec.is_existing(group));
    made.into_iter().chain(group).collect()
}

/// A function on its way out of the stack. It is found again by its tags, which [`forget`] or [`revoke`] takes off last.
pub(super) struct Leaving {
    function: CloudId,
    /// The Step after which it runs elsewhere; `None` where it does so already.
    ready: Option<StepId>,
}

/// The Steps after which all of them run elsewhere.
pub(super) fn moved(leaving: &[Leaving]) -> Vec<StepId> {
    leaving.iter().filter_map(|leaving| leaving.ready.clone()).collect()
}

/// Takes egress's own tags off a function that is back where it was, but for what says that its role has a permission.
pub(super) fn forget(draft: &mut Draft<'_>, leaving: &Leaving) {
    let Some(function) = draft.world.function.functions.get(&leaving.function) else { return };
    untag(draft, &leaving.function, members::tags_that_go(function), leaving.ready.clone());
}

/// Takes tags off a function.
pub(super) fn untag(
    draft: &mut Draft<'_>,
    name: &CloudId,
    remove: Vec<String>,
    needs: impl IntoIterator<Item = StepId>,
) {
    draft.bindings.insert(key(name), name.clone());
    let untag = SetTags { resource: key(name), kind: Kind::Function, set: crate::Tags::new(), remove };
    draft.change(Op::Function(FunctionOp::SetTags(untag)), needs);
}

/// Gives one function back what it had.
pub(super) fn detach_one(draft: &mut Draft<'_>, member: &Member) -> Option<Leaving> {
    let function = draft.world.function.functions.get(&member.function)?;
    let name = &function.id;
    draft.bindings.insert(key(name), name.clone());
    let leaving = |ready| Some(Leaving { function: name.clone(), ready });
    let before = match &member.before {
        Ok(before) => before.clone().unwrap_or(None),
        Err(error) => {
            draft.refuse(
                RefusalKind::Impossible,
                name,
                format!("what {name} had before cannot be read: {error}"),
                "give the function its old configuration and remove its tags `egress:…` by hand",
            );
            return None;
        }
    };
    let under_way = function.is_under_way();
    if function.attachment == before {
        // Until its move is through, a function still leaves through the stack.
        return leaving(under_way.then(|| draft.wait(Condition::Ready(key(name)), [])));
    }
    match still_ours(draft, function) {
        Ours::Whole => {}
        Ours::Partly => {
            draft.refuse(
                RefusalKind::Unsafe,
                name,
                format!("somebody changed the network configuration of {name} since egress attached it, and it still uses subnets of the stack"),
                "give the function the configuration that it should have, then run this again",
            );
            return None;
        }
        Ours::Not => {
            draft.note(
                Level::Note,
                name,
                format!("{name} has another network configuration than egress gave it, and keeps that"),
                "",
            );
            return leaving(None);
        }
    }
    let settled = under_way.then(|| draft.wait(Condition::Ready(key(name)), []));
    let to = before.map(|before| foreign(draft, &before));
    let revision = settled.is_none().then(|| function.revision.clone());
    let moved = draft
        .change(Op::Function(FunctionOp::SetAttachment(SetAttachment { function: key(name), to, revision })), settled);
    leaving(Some(draft.wait(Condition::Ready(key(name)), [moved])))
}

/// How much of a function's attachment is the stack's.
enum Ours {
    Whole,
    Partly,
    Not,
}

fn still_ours(draft: &Draft<'_>, function: &Function) -> Ours {
    let Some(attachment) = &function.attachment else { return Ours::Not };
    let owned = |id: &CloudId| {
        draft.bindings.iter().any(|(key, bound)| bound == id && matches!(key.kind, Kind::Subnet | Kind::SecurityGroup))
    };
    if attachment.subnets.iter().chain(&attachment.groups).all(owned) {
        Ours::Whole
    } else if attachment.subnets.iter().any(owned) || attachment.groups.iter().any(owned) {
        Ours::Partly
    } else {
        Ours::Not
    }
}

/// Binds things that are not the stack's by their own names, so that an Op can refer to them.
fn foreign(draft: &mut Draft<'_>, attachment: &Attachment<CloudId>) -> Attachment<Key> {
    let mut bind = |kind: Kind, ids: &BTreeSet<CloudId>| {
        ids.iter()
            .map(|id| {
                let key = Key::new(kind, id.as_str());
                draft.bindings.insert(key.clone(), id.clone());
                key
            })
            .collect()
    };
    Attachment {
        subnets: bind(Kind::Subnet, &attachment.subnets),
        groups: bind(Kind::SecurityGroup, &attachment.groups),
        ipv6: attachment.ipv6,
    }
}

/// What egress granted to the roles of these functions, by role, as the tags of all visible functions say.
fn grants(draft: &Draft<'_>, leaving: &[Leaving]) -> BTreeMap<CloudId, Grant> {
    let functions = &draft.world.function.functions;
    let roles: BTreeSet<&CloudId> = leaving.iter().filter_map(|l| functions.get(&l.function)?.role.as_ref()).collect();
    roles
        .into_iter()
        .filter_map(|role| {
            let grant = functions.values().filter(|f| f.role.as_ref() == Some(role)).find_map(members::granted)?;
            let has = draft.world.function.roles.get(role).is_some_and(|r| r.grants.contains(&grant));
            has.then(|| (role.clone(), grant))
        })
        .collect()
}

pub(super) fn say_permissions_stay(draft: &mut Draft<'_>, leaving: &[Leaving]) {
    for (role, _) in grants(draft, leaving) {
        draft.note(
            Level::Note,
            &role,
            format!("role {role} keeps the permission to make network interfaces that egress gave it"),
            "`--remove-role-policy` takes it back",
        );
    }
}

/// Takes back what egress granted and no other visible function needs, once no interface is left that a role must delete;
/// only then do the functions lose their tags: a run that is cut short is followed by one that must find them.
///
/// In subnets that were there before, with a group that was, nobody can tell whose an interface is: the permission then stays.
pub(super) fn revoke(draft: &mut Draft<'_>, leaving: &[Leaving], needs: &[StepId]) {
    let mut keeping = BTreeSet::new();
    let mut revoked = BTreeMap::new();
    let spec = draft.spec;
    let anyones =
        spec.is_existing(&spec.security_group_key()) && spec.private_subnets().any(|s| spec.is_existing(&s.key()));
    for (role, grant) in grants(draft, leaving) {
        if anyones {
            let message = format!(
                "role {role} keeps its permission: interfaces in subnets that were there before may still need it"
            );
            draft.note(Level::Note, &role, message, "take it back yourself once no interface of the functions is left");
            keeping.insert(role.clone());
            continue;
        }
        let after = draft.after();
        let needed_by: Vec<String> = (after.function.functions.values())
            .filter(|f| {
                f.role.as_ref() == Some(&role)
                    && (f.attachment.is_some() || f.versions.iter().any(|v| v.attachment.is_some()))
            })
            .map(|f| f.id.to_string())
            .collect();
        if !needed_by.is_empty() {
            draft.note(
                Level::Note,
                &role,
                format!("role {role} keeps its permission: {} needs it", needed_by.join(", ")),
                "",
            );
            keeping.insert(role);
            continue;
        }
        let key = Key::new(Kind::Role, role.as_str());
        draft.bindings.insert(key.clone(), role.clone());
        let op = RevokeNetworkAccess { role: key, grant };
        let step = draft.change(Op::Function(FunctionOp::RevokeNetworkAccess(op)), needs.to_vec());
        revoked.insert(role, step);
    }
    for function in draft.world.function.functions.values() {
        let step = function.role.as_ref().and_then(|role| revoked.get(role)).cloned();
        if let Some(leaving) = leaving.iter().find(|leaving| leaving.function == function.id) {
            let keeps = function.role.as_ref().is_some_and(|role| keeping.contains(role));
            let remove =
                if keeps { members::tags_that_go(function) } else { members::own_tags(function).into_keys().collect() };
            untag(draft, &function.id, remove, leaving.ready.clone().into_iter().chain(step));
        } else if members::granted(function).is_some()
            && let Some(step) = step
        {
            untag(draft, &function.id, vec![members::GRANTED.to_owned()], [step]);
        }
    }
}
