//! Cases about route tables and routes.

use super::{
    Case,
    network::IN_USE,
    ops::*,
    rig::{Law, Rig, broken, hold},
    run::case,
    site::{self, Site, elsewhere, everywhere},
};
use crate::{
    CloudId, ErrorKind, Outcome, World,
    world::{Route, RouteState, RouteTable, Target},
};

pub(super) const CASES: &[Case] = &[
    case!(a_route_table_comes_and_goes, "a fresh route table has nothing but the way inside"),
    case!(a_subnet_has_the_table_it_was_given, "an association moves in one step, and ends when it is taken away"),
    case!(a_table_in_use_stays, "a route table that a subnet uses is not deleted"),
    case!(a_route_leaves_other_routes_alone, "adding or deleting a route changes no other route of the table"),
    case!(a_route_is_never_overwritten, "a route to a destination that has one is refused, and the old one stays"),
    case!(a_route_is_replaced_in_one_step, "while a route gets another target, there is never no route"),
];

async fn a_route_table_comes_and_goes(rig: &Rig<'_>) -> Law {
    let network = site::network(rig).await?;
    let id = rig.create(create_table(rig, "table", &network)).await?;
    let table = table(&rig.observe().await?, &id)?;
    let foreign = table.routes.iter().find(|r| r.target != Target::Local);
    hold(foreign.is_none(), format!("a fresh route table has a route of its own: {foreign:?}"))?;
    hold(table.associations.is_empty(), format!("a fresh route table is used already: {:?}", table.associations))?;
    rig.done(delete_table(&id)).await?;
    rig.futile(delete_table(&id)).await
}

async fn a_subnet_has_the_table_it_was_given(rig: &Rig<'_>) -> Law {
    let network = site::network(rig).await?;
    let subnet = site::subnet(rig, &network, 1).await?;
    let first = rig.create(create_table(rig, "first", &network)).await?;
    let second = rig.create(create_table(rig, "second", &network)).await?;

    rig.done(associate(&first, &subnet, None)).await?;
    let link = link(&rig.observe().await?, &first, &subnet)?;
    rig.done(associate(&second, &subnet, Some(link))).await?;
    let world = rig.observe().await?;
    let old = table(&world, &first)?;
    hold(
        old.association_of(&subnet).is_none(),
        format!("subnet {subnet} moved to {second}, and is linked with {first} still: {:?}", old.associations),
    )?;

    let link = self::link(&world, &second, &subnet)?;
    rig.done(disassociate(&second, &subnet, &link)).await?;
    let world = rig.observe().await?;
    let now = (world.network.subnets.get(&subnet)).and_then(|s| world.network.table_of(s)).map(|t| &t.id);
    hold(now != Some(&second) && now != Some(&first), format!("subnet {subnet} was let go, and still uses {now:?}"))
}

async fn a_table_in_use_stays(rig: &Rig<'_>) -> Law {
    let network = site::network(rig).await?;
    let subnet = site::subnet(rig, &network, 1).await?;
    let table = rig.create(create_table(rig, "table", &network)).await?;
    rig.done(associate(&table, &subnet, None)).await?;
    rig.refused(delete_table(&table), IN_USE).await
}

async fn a_route_leaves_other_routes_alone(rig: &Rig<'_>) -> Law {
    let Site { public_table, internet, .. } = site::site(rig).await?;
    let before = routes(&rig.steady().await?, &public_table)?;
    rig.done(create_route(&public_table, &elsewhere(), Target::InternetGateway(internet))).await?;
    let mut others = routes(&rig.steady().await?, &public_table)?;
    others.retain(|r| r.destination != elsewhere());
    hold(others == before, format!("a route was added, and the others changed from {before:?} to {others:?}"))?;

    rig.done(delete_route(&public_table, &elsewhere())).await?;
    let after = routes(&rig.steady().await?, &public_table)?;
    hold(after == before, format!("a route was deleted, and the others changed from {before:?} to {after:?}"))?;
    rig.futile(delete_route(&public_table, &elsewhere())).await
}

async fn a_route_is_never_overwritten(rig: &Rig<'_>) -> Law {
    let site = site::site(rig).await?;
    let exit = site::exit(rig, &site).await?;
    let (other, same) = (Target::NatGateway(exit.nat), Target::InternetGateway(site.internet));
    rig.refused(create_route(&site.public_table, &everywhere(), other), &[ErrorKind::AlreadyExists]).await?;

    // Of the same route again, a cloud may also say that it is done.
    rig.futile(create_route(&site.public_table, &everywhere(), same.clone())).await?;
    let absent = [ErrorKind::NotFound, ErrorKind::Invalid];
    rig.refused(replace_route(&site.public_table, &elsewhere(), same), &absent).await
}

async fn a_route_is_replaced_in_one_step(rig: &Rig<'_>) -> Law {
    let site = site::site(rig).await?;
    let exit = site::exit(rig, &site).await?;
    let private = rig.create(create_table(rig, "private", &site.network)).await?;
    rig.done(create_route(&private, &everywhere(), Target::InternetGateway(site.internet.clone()))).await?;
    let before = routes(&rig.steady().await?, &private)?;

    let op = replace_route(&private, &everywhere(), Target::NatGateway(exit.nat.clone()));
    if let Outcome::Failed(error) = rig.attempt(&op).await {
        return broken(format!("\"{op}\" is not done: {error}"));
    }
    // Whatever came of the call, there is a route at every moment.
    let replaced = |world: &World| {
        let table = table(world, &private)?;
        match table.route(&everywhere()) {
            None => broken(format!("while \"{op}\", there is no such route")),
            Some(route) => {
                Ok(route.target == Target::NatGateway(exit.nat.clone()) && route.state == RouteState::Active)
            }
        }
    };
    rig.until(format!("the World shows \"{op}\""), rig.fixture().visibility, replaced).await?;
    let after = routes(&rig.steady().await?, &private)?;
    let others =
        |routes: &[Route]| -> Vec<Route> { routes.iter().filter(|r| r.destination != everywhere()).cloned().collect() };
    hold(others(&before) == others(&after), format!("\"{op}\" changed other routes: {before:?} to {after:?}"))?;
    rig.done(op.clone()).await.map(drop)
}

fn table(world: &World, id: &CloudId) -> Law<RouteTable> {
    match world.network.route_tables.get(id) {
        Some(table) => Ok(table.clone()),
        None => broken(format!("route table {id} is gone")),
    }
}

fn routes(world: &World, id: &CloudId) -> Law<Vec<Route>> {
    Ok(table(world, id)?.routes)
}

fn link(world: &World, id: &CloudId, subnet: &CloudId) -> Law<CloudId> {
    match table(world, id)?.association_of(subnet) {
        Some(association) => Ok(association.id.clone()),
        None => broken(format!("subnet {subnet} was given the route table {id}, and has no link with it")),
    }
}
