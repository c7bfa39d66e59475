//! Cases about what is seen.

use std::collections::BTreeSet;

use super::{
    Case,
    ops::*,
    rig::{Law, Rig, broken, hold},
    run::case,
    site::{self, Site},
    view,
};
use crate::{CloudId, Kind, Scope, StackName, World, tags};

pub(super) const CASES: &[Case] = &[
    case!(
        a_world_is_well_formed,
        "things stand under their own ids, zones are there and ordered, nothing is claimed twice"
    ),
    case!(observing_changes_nothing, "with no call made, every observation is the same"),
    case!(a_scope_shows_all_of_its_stack, "a stack's scope shows all that is in its networks, and every address"),
    case!(a_scope_shows_the_networks_it_names, "a scope shows all that is in a network it names, whoever made that"),
    case!(an_absent_function_is_absent, "a function that does not exist is absent from the World, and no error"),
];

async fn a_world_is_well_formed(rig: &Rig<'_>) -> Law {
    // `read` checks it, here for the whole account, and everywhere else for the stack.
    rig.read(&Scope::Everything).await.map(drop)
}

async fn observing_changes_nothing(rig: &Rig<'_>) -> Law {
    site::site(rig).await?;
    let before = rig.steady().await?;
    for _ in 0..3 {
        rig.sleep(rig.fixture().visibility).await;
        let changed = view::difference(&before, &view::of_stack(&rig.observe().await?, rig.fixture()));
        hold(changed.is_none(), format!("with no call made: {}", changed.unwrap_or_default()))?;
    }
    Ok(())
}

async fn a_scope_shows_all_of_its_stack(rig: &Rig<'_>) -> Law {
    let site = site::site(rig).await?;
    site::exit(rig, &site).await?;
    // What is in a network of the stack's belongs to the picture, whoever made it: here a group that lost its tags.
    let group = rig.create(create_group(rig, "group", &site.network)).await?;
    rig.done(set_tags(Kind::SecurityGroup, &group, &[], &[tags::STACK, tags::KEY])).await?;
    rig.steady().await?;
    let compared = compare_scopes(rig, &site).await;
    rig.done(delete_group(&group)).await?;
    compared
}

/// What was there before carries no tags of a stack's: it is found by the network's id.
async fn a_scope_shows_the_networks_it_names(rig: &Rig<'_>) -> Law {
    let site = site::site(rig).await?;
    let exit = site::exit(rig, &site).await?;
    let group = rig.create(create_group(rig, "group", &site.network)).await?;
    rig.steady().await?;
    let Ok(stack) = StackName::new("conformance-nobody") else { return broken("the suite's own name is no stack's") };
    let nowhere = CloudId::new(rig.name("nowhere"));
    let networks = [site.network.clone(), nowhere.clone()].into();
    let seen = rig.read(&Scope::Stack { stack, functions: BTreeSet::new(), networks }).await?;
    let (network, gateway) = (&seen.network, &seen.gateway);
    hold(!network.networks.contains_key(&nowhere), format!("{nowhere} was never made, and is seen"))?;
    let parts = [
        ("the network", network.networks.contains_key(&site.network)),
        ("its subnet", network.subnets.contains_key(&site.public)),
        ("its route table", network.route_tables.contains_key(&site.public_table)),
        ("its group", network.groups.contains_key(&group)),
        ("its internet gateway", gateway.internet_gateways.contains_key(&site.internet)),
        ("its NAT gateway", gateway.nat_gateways.contains_key(&exit.nat)),
        ("the address", gateway.addresses.contains_key(&exit.address)),
    ];
    let lacking = parts.iter().find(|(_, seen)| !seen).map(|(what, _)| *what);
    hold(lacking.is_none(), format!("a scope that names a network lacks {}", lacking.unwrap_or_default()))
}

async fn compare_scopes(rig: &Rig<'_>, site: &Site) -> Law {
    let (part, all) = (rig.observe().await?, rig.read(&Scope::Everything).await?);
    let of_stack = |world| view::of_stack(world, rig.fixture());
    let missing = view::difference(&of_stack(&all), &of_stack(&without_idle_roles(&part, &all)));
    hold(missing.is_none(), format!("the stack's scope shows less than everything: {}", missing.unwrap_or_default()))?;
    let interfaces = |world: &World| -> Vec<CloudId> {
        let here = world.network.interfaces.values().filter(|i| i.network == site.network);
        here.map(|i| i.id.clone()).collect()
    };
    hold(interfaces(&part) == interfaces(&all), "the stack's scope does not show every interface in its networks")?;
    let addresses = |world: &World| -> Vec<CloudId> { world.gateway.addresses.keys().cloned().collect() };
    hold(addresses(&part) == addresses(&all), "the stack's scope does not show every address")
}

/// `part` without the roles that [`Scope::Everything`] may leave out, as far as it does.
fn without_idle_roles(part: &World, all: &World) -> World {
    let functions = part.function.functions.values();
    let inside =
        functions.filter(|function| function.attachment.is_some()).filter_map(|function| function.role.as_ref());
    let inside: BTreeSet<&CloudId> = inside.collect();
    let mut kept = part.clone();
    kept.function.roles.retain(|id, _| inside.contains(id) || all.function.roles.contains_key(id));
    kept
}

async fn an_absent_function_is_absent(rig: &Rig<'_>) -> Law {
    let nobody = CloudId::new(rig.name("nobody"));
    let stack = rig.fixture().stack.clone();
    let scope = Scope::Stack { stack, functions: [nobody.clone()].into(), networks: BTreeSet::new() };
    let world = rig.read(&scope).await?;
    hold(!world.function.functions.contains_key(&nobody), format!("{nobody} was never made, and is seen"))
}
