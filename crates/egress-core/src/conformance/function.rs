//! Cases about a user's function and its role.

use std::collections::BTreeSet;

use super::{
    Case,
    network::{IN_USE, tag_one_by_one},
    ops::*,
    rig::{Law, Rig, Stop, broken, hold},
    run::case,
    site::{self, attachment, settled},
};
use crate::{
    CloudExt, CloudId, ErrorKind, Kind, Outcome,
    world::{Function, Grant},
};

pub(super) const CASES: &[Case] = &[
    case!(a_permission_comes_and_goes, "what is granted is seen, and revoking it leaves other grants alone"),
    case!(
        a_function_moves_and_comes_back,
        "a function is where it was last put, exactly, and nothing else of it changes"
    ),
    case!(a_stale_revision_is_refused, "a function that was changed since it was read is not moved"),
    case!(
        what_a_function_uses_stays,
        "the subnet and the group of a function stay until it has left, and can then be deleted"
    ),
    case!(a_function_keeps_its_tags, "tags on a function are set one by one, and outlive every move"),
    case!(an_unknown_function_is_refused, "calls to a function or a role that does not exist fail"),
];

async fn a_permission_comes_and_goes(rig: &Rig<'_>) -> Law {
    let role = role_of(&function(rig).await?)?;
    let had = grants(rig, &role).await?;
    let lendable: Vec<_> = [Grant::Managed, Grant::Inline].into_iter().filter(|g| !had.contains(g)).collect();
    if lendable.is_empty() {
        return Err(Stop::Skipped(format!("role {role} has every permission already")));
    }
    let mut expected = had.clone();
    for grant in &lendable {
        rig.lend(&role, grant.clone()).await?;
        expected.insert(grant.clone());
        let now = grants(rig, &role).await?;
        hold(now == expected, format!("role {role} should have {expected:?}, and has {now:?}"))?;
    }
    for grant in &lendable {
        rig.done(revoke(&role, grant.clone())).await?;
        expected.remove(grant);
        let now = grants(rig, &role).await?;
        hold(now == expected, format!("role {role} should have {expected:?}, and has {now:?}"))?;
    }
    Ok(())
}

async fn a_function_moves_and_comes_back(rig: &Rig<'_>) -> Law {
    let before = movable(rig).await?;
    let network = site::network(rig).await?;
    let subnets = [site::subnet(rig, &network, 1).await?, site::subnet(rig, &network, 2).await?];
    let groups =
        [rig.create(create_group(rig, "one", &network)).await?, rig.create(create_group(rig, "two", &network)).await?];
    let narrow = attachment(&[&subnets[0]], &[&groups[0]]);
    let wide = attachment(&[&subnets[0], &subnets[1]], &[&groups[0], &groups[1]]);
    let mut revision = before.revision.clone();
    for to in [Some(narrow.clone()), Some(wide), Some(narrow), None] {
        rig.done(set_attachment(&before.id, to.clone(), Some(revision))).await?;
        settled(rig, &before.id, to.as_ref()).await?;
        let after = function(rig).await?;
        let expected = Function {
            attachment: to.clone(),
            network: to.map(|_| network.clone()),
            revision: after.revision.clone(),
            ..before.clone()
        };
        hold(after == expected, format!("a function that moves should be {expected:?}, and is {after:?}"))?;
        revision = after.revision;
    }
    Ok(())
}

async fn a_stale_revision_is_refused(rig: &Rig<'_>) -> Law {
    let before = movable(rig).await?;
    let network = site::network(rig).await?;
    let (subnet, group) =
        (site::subnet(rig, &network, 1).await?, rig.create(create_group(rig, "group", &network)).await?);
    let to = attachment(&[&subnet], &[&group]);
    rig.done(set_attachment(&before.id, Some(to.clone()), Some(before.revision.clone()))).await?;
    settled(rig, &before.id, Some(&to)).await?;
    let now = function(rig).await?.revision;
    hold(now != before.revision, format!("function {} was moved, and has the revision {now} still", before.id))?;
    rig.refused(set_attachment(&before.id, None, Some(before.revision)), &[ErrorKind::Changed]).await
}

async fn what_a_function_uses_stays(rig: &Rig<'_>) -> Law {
    let function = movable(rig).await?;
    let network = site::network(rig).await?;
    let subnet = site::subnet(rig, &network, 1).await?;
    let group = rig.create(create_group(rig, "group", &network)).await?;
    let to = attachment(&[&subnet], &[&group]);
    rig.done(set_attachment(&function.id, Some(to.clone()), None)).await?;
    settled(rig, &function.id, Some(&to)).await?;
    rig.refused(delete_subnet(&subnet), IN_USE).await?;
    rig.refused(delete_group(&group), IN_USE).await?;

    rig.done(set_attachment(&function.id, None, None)).await?;
    settled(rig, &function.id, None).await?;
    let empty = |world: &crate::World| {
        let mut here = world.network.interfaces.values().filter(|i| i.subnet == subnet);
        // One that is out of use may be deleted by hand.
        Ok(here.all(|i| !i.in_use))
    };
    let world = rig.until(format!("subnet {subnet} is empty"), rig.fixture().patience, empty).await?;
    for interface in world.network.interfaces.values().filter(|i| i.subnet == subnet) {
        rig.cloud().apply(&delete_interface(&interface.id), &rig.token()).await;
    }
    rig.done(delete_subnet(&subnet)).await?;
    rig.done(delete_group(&group)).await.map(drop)
}

async fn a_function_keeps_its_tags(rig: &Rig<'_>) -> Law {
    let before = movable(rig).await?;
    tag_one_by_one(rig, Kind::Function, &before.id).await?;
    let tags = function(rig).await?.tags;
    let network = site::network(rig).await?;
    let (subnet, group) =
        (site::subnet(rig, &network, 1).await?, rig.create(create_group(rig, "group", &network)).await?);
    for to in [Some(attachment(&[&subnet], &[&group])), None] {
        rig.done(set_attachment(&before.id, to.clone(), None)).await?;
        settled(rig, &before.id, to.as_ref()).await?;
        let now = function(rig).await?.tags;
        hold(now == tags, format!("function {} moved, and its tags went from {tags:?} to {now:?}", before.id))?;
    }
    Ok(())
}

async fn an_unknown_function_is_refused(rig: &Rig<'_>) -> Law {
    let nobody = CloudId::new(rig.name("nobody"));
    let unknown = [ErrorKind::NotFound, ErrorKind::Invalid];
    rig.refused(set_attachment(&nobody, None, None), &unknown).await?;
    rig.refused(set_tags(Kind::Function, &nobody, &[("conformance:a", "1")], &[]), &unknown).await?;
    rig.refused(grant(&nobody, Grant::Managed), &unknown).await?;
    rig.futile(delete_probe(&nobody)).await?;
    rig.futile(delete_probe_role(&nobody)).await?;
    let ask = crate::Invocation { function: nobody.clone(), payload: serde_json::Value::Null };
    match rig.invoke(&ask).await {
        Err(error) if unknown.contains(&error.kind) => Ok(()),
        other => broken(format!("{nobody} does not exist; invoking it gave {other:?}")),
    }
}

/// The fixture's function as it is now.
async fn function(rig: &Rig<'_>) -> Law<Function> {
    let Some(id) = &rig.fixture().function else {
        return Err(Stop::Skipped("the fixture has no function".to_owned()));
    };
    match rig.observe().await?.function.functions.get(id) {
        Some(function) => Ok(function.clone()),
        None => broken(format!("the fixture's function {id} is asked for, and not seen")),
    }
}

/// The fixture's function, settled, in no network, and with the permission to be in one.
async fn movable(rig: &Rig<'_>) -> Law<Function> {
    let function = function(rig).await?;
    let apart = function.attachment.is_none() && function.network.is_none();
    hold(
        apart && function.is_settled(),
        format!("the fixture's function must be settled and in no network: {function:?}"),
    )?;
    let role = role_of(&function)?;
    if grants(rig, &role).await?.is_empty() {
        // Which of them a cloud offers is its own affair; the engine needs one.
        let managed = rig.cloud().apply(&grant(&role, Grant::Managed), &rig.token()).await;
        let lent = if matches!(managed, Outcome::Failed(_)) { Grant::Inline } else { Grant::Managed };
        rig.lend(&role, lent).await?;
    }
    self::function(rig).await
}

fn role_of(function: &Function) -> Law<CloudId> {
    match &function.role {
        Some(role) => Ok(role.clone()),
        None => Err(Stop::Skipped(format!("function {} has no role", function.id))),
    }
}

async fn grants(rig: &Rig<'_>, role: &CloudId) -> Law<BTreeSet<Grant>> {
    match rig.observe().await?.function.roles.get(role) {
        Some(role) => Ok(role.grants.clone()),
        None => broken(format!("role {role} of the fixture's function is not seen")),
    }
}
