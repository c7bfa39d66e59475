//! The end of a life: undisturbed applies, after which the World equals the Spec, and a destroy, after which nothing is left
//! but addresses.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    sync::Mutex,
};

use egress_core::{
    Cloud, CloudId, Key, Kind, Owner, Tags, World,
    spec::Spec,
    world::{NatScope, NatState, Target},
};
use egress_mock::MockCloud;

use super::{
    Door,
    account::stack,
    life::{Life, Ran},
    script::{Named, Wish},
    sky::seen_from,
};

/// How many undisturbed applies it may take.
const APPLIES: usize = 3;

/// Ends a life. An error says what is not as it should be.
pub(super) fn end<C: Cloud>(life: &mut Life<'_, C>) -> Result<(), String> {
    life.note("— everybody puts in order what egress cannot".to_owned());
    life.account.put_in_order();
    settle(life)?;
    compare(life)?;
    take_down(life)
}

/// Applies until nothing is left to do.
fn settle<C: Cloud>(life: &mut Life<'_, C>) -> Result<(), String> {
    for _ in 0..=APPLIES {
        // A gateway that is pending still may be one that fails.
        let gateways = life.account.world().gateway.nat_gateways;
        let doomed = gateways.values().any(|g| g.state == NatState::Pending);
        match life.calmly(Wish::Apply)? {
            Ran::Nothing => return Ok(()),
            Ran::Ended(report) if doomed || report.is_complete() => {}
            ran => return Err(format!("an undisturbed apply: {ran}")),
        }
    }
    Err(format!("{APPLIES} applies are not enough"))
}

fn compare<C: Cloud>(life: &mut Life<'_, C>) -> Result<(), String> {
    let spec = life.file.spec();
    let (found, wanted) = (shape(&life.account.world(), &spec), fresh(life, &spec)?);
    if found != wanted {
        let (more, less) = (found.difference(&wanted), wanted.difference(&found));
        return Err(format!(
            "the World is not as the Spec says: there are {:?}, there should be {:?}",
            more.collect::<Vec<_>>(),
            less.collect::<Vec<_>>()
        ));
    }
    let probes = life.keys(Kind::Probe);
    if !probes.is_empty() {
        return Err(format!("left over: {probes:?}"));
    }
    let world = life.account.world();
    let gateways = spec.nat_gateways.iter().flat_map(|gateway| gateway.address_keys());
    let ips: BTreeSet<IpAddr> = gateways.filter_map(|key| ip_of(&world, &key)).collect();
    for function in spec.functions.iter().map(|f| &f.name) {
        for _ in 0..4 {
            let seen = life.account.clock.block_on(seen_from(&life.account.mock, function));
            if seen.is_none_or(|ip| !ips.contains(&ip)) {
                return Err(format!("{function} is seen from {seen:?}, not from {ips:?}"));
            }
        }
    }
    Ok(())
}

fn ip_of(world: &World, key: &Key) -> Option<IpAddr> {
    let owned = world.owned_by(&stack()).into_iter().find(|o| &o.owner.key == key)?;
    world.gateway.addresses.get(&owned.id)?.ip.map(IpAddr::V4)
}

/// The shape of a stack that was made as the Spec says, and that nothing ever happened to.
fn fresh<C: Cloud>(life: &Life<'_, C>, spec: &Spec) -> Result<BTreeSet<String>, String> {
    let nothing = Mutex::new(Vec::new());
    let door = Door { open: |mock, _| mock.clone() };
    let mut other: Life<'_, MockCloud> = Life::new(0, &door, &nothing);
    other.file = life.file.clone();
    settle(&mut other)?;
    Ok(shape(&other.account.world(), spec))
}

/// What a stack is made of, in Keys and not in ids: what exists, where, with which tags, and what leads where.
fn shape(world: &World, spec: &Spec) -> BTreeSet<String> {
    let names: BTreeMap<CloudId, Key> =
        world.owned_by(&stack()).into_iter().filter(|o| o.live).map(|o| (o.id, o.owner.key)).collect();
    let key = |id: &CloudId| names.get(id).map_or_else(|| id.to_string(), Key::to_string);
    let part = &world.network;
    let mut shape = BTreeSet::new();
    for (id, name) in &names {
        let what = match name.kind {
            Kind::Network => format!("{:?}", part.networks[id].cidrs),
            Kind::Subnet => {
                let subnet = &part.subnets[id];
                let table = part.table_of(subnet).map(|table| key(&table.id));
                format!("{} in {} uses {table:?}", subnet.cidr, key(&subnet.network))
            }
            Kind::RouteTable => {
                let table = &part.route_tables[id];
                let route =
                    |target: &Target<CloudId>| target.try_map(&mut |id| Ok::<_, ()>(key(id))).unwrap().to_string();
                let routes =
                    table.routes.iter().map(|r| format!("{} to {} {:?}", r.destination, route(&r.target), r.state));
                format!("in {}: {:?}", key(&table.network), routes.collect::<BTreeSet<_>>())
            }
            Kind::SecurityGroup => {
                let all = egress_core::world::Rule::all_v4();
                format!("in {}, open {}", key(&part.groups[id].network), part.groups[id].egress.contains(&all))
            }
            Kind::InternetGateway => format!("of {:?}", world.gateway.internet_gateways[id].network.as_ref().map(key)),
            Kind::NatGateway => {
                let gateway = &world.gateway.nat_gateways[id];
                let addresses = gateway
                    .addresses
                    .iter()
                    .filter_map(|a| Some(format!("{} {:?}", key(a.address.as_ref()?), a.state)));
                let place = match &gateway.scope {
                    NatScope::Subnet(subnet) => key(subnet),
                    NatScope::Region { .. } => "the region".to_owned(),
                };
                format!("in {place}: {:?}", addresses.collect::<BTreeSet<_>>())
            }
            Kind::Function if spec.functions.iter().any(|f| f.name == *id) => {
                let attachment = world.function.functions[id].attachment.as_ref();
                format!("{:?}", attachment.map(|a| a.subnets.iter().chain(&a.groups).map(key).collect::<BTreeSet<_>>()))
            }
            // Functions that commands attached stay; addresses that nothing uses any more are kept; the probes' role stays
            // once there were probes.
            Kind::Function | Kind::Address | Kind::Role | Kind::Interface | Kind::Probe | Kind::Lease => continue,
        };
        let mut tags: Tags = world.tags(name.kind, id).cloned().unwrap_or_default();
        tags.retain(|name, _| spec.tags.contains_key(name));
        shape.insert(format!("{name} {what} {tags:?}"));
    }
    shape
}

/// Takes the stack down.
fn take_down<C: Cloud>(life: &mut Life<'_, C>) -> Result<(), String> {
    let named = match life.first {
        Some((_, true)) => Named::First,
        _ => Named::None,
    };
    let there = |life: &Life<'_, C>| {
        let world = life.account.world();
        life.first.filter(|(ip, _)| {
            let address = world.gateway.address_at(*ip);
            address.is_some_and(|a| Owner::of(&a.tags).is_some_and(|owner| owner.stack == stack()))
        })
    };
    let named = if there(life).is_some() { named } else { Named::None };
    match life.calmly(Wish::Destroy(false, named))? {
        Ran::Nothing => {}
        Ran::Ended(report) if report.is_complete() => {}
        ran => return Err(format!("an undisturbed destroy: {ran}")),
    }
    if named == Named::First && there(life).is_some() {
        return Err("the address that was named is still there".to_owned());
    }
    let world = life.account.world();
    let owned = world.owned_by(&stack()).into_iter().filter(|o| o.live && o.owner.key.kind != Kind::Address);
    let left: Vec<String> = owned.map(|o| o.owner.key.to_string()).collect();
    if !left.is_empty() {
        return Err(format!("destroy left {left:?}"));
    }
    let theirs = |id: &CloudId| life.account.theirs.contains(id);
    let networks: Vec<_> = world.network.networks.keys().filter(|id| !theirs(id)).collect();
    let interfaces: Vec<_> = world.network.interfaces.values().filter(|i| !theirs(&i.network)).collect();
    if !networks.is_empty() || !interfaces.is_empty() {
        return Err(format!("destroy left {networks:?} and {interfaces:?}"));
    }
    for (function, places) in &life.account.places {
        let now = &world.function.functions[function].attachment;
        if !places.contains(now) {
            return Err(format!("{function} is in {now:?}, where it never was before"));
        }
    }
    Ok(())
}
