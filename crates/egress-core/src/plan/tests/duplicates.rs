//! Several things with one Key: what is in use stays, what nothing uses goes, and no address ever does.

use std::collections::BTreeSet;

use proptest::{
    prelude::*,
    sample::{Index, subsequence},
};

use super::support::*;
use crate::{
    CloudId, Key, Kind, Owner, World,
    plan::{Fate, Verb},
    spec::Permission,
    trace::{Query, Source, To, trace},
    world::*,
};

/// What a World is given a second one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Twin {
    Network,
    InternetGateway,
    Subnet,
    Table,
    Group,
    Address,
    /// A gateway with an address of its own, as two runs at once would make them.
    Gateway,
}

const TWINS: [Twin; 7] =
    [Twin::Network, Twin::InternetGateway, Twin::Subnet, Twin::Table, Twin::Group, Twin::Address, Twin::Gateway];

/// Adds an unused second thing with the Key of the first; its id comes before or after that one's.
fn add(world: &mut World, twin: Twin, before: bool) -> CloudId {
    let id = CloudId::new(format!("{}-{twin:?}", if before { "a" } else { "z" }));
    let part = &mut world.network;
    let other = |network: &CloudId| CloudId::new(format!("other-than-{network}"));
    match twin {
        Twin::Network => {
            let first = part.networks.values().next().unwrap().clone();
            part.networks.insert(id.clone(), Network { id: id.clone(), ..first });
        }
        Twin::InternetGateway => {
            let first = world.gateway.internet_gateways.values().next().unwrap().clone();
            let twin = InternetGateway { id: id.clone(), network: None, ..first };
            world.gateway.internet_gateways.insert(id.clone(), twin);
        }
        Twin::Subnet => {
            let first = part.subnets.values().next().unwrap().clone();
            let network = other(&first.network);
            part.subnets.insert(id.clone(), Subnet { id: id.clone(), network, ..first });
        }
        Twin::Table => {
            let mut twin = part.route_tables.values().find(|t| !t.tags.is_empty()).unwrap().clone();
            twin.id = id.clone();
            twin.associations.clear();
            twin.routes.retain(|route| route.origin == RouteOrigin::Table);
            part.route_tables.insert(id.clone(), twin);
        }
        Twin::Group => {
            let first = part.groups.values().next().unwrap().clone();
            let network = other(&first.network);
            part.groups.insert(id.clone(), SecurityGroup { id: id.clone(), network, ..first });
        }
        Twin::Address => {
            let first = world.gateway.addresses.values().next().unwrap().clone();
            let ip = Some([52, 9, 0, u8::from(before)].into());
            let twin = Address { id: id.clone(), ip, interface: None, nat_gateway: None, ..first };
            world.gateway.addresses.insert(id.clone(), twin);
        }
        Twin::Gateway => {
            let address = add(world, Twin::Address, !before);
            let mut twin = world.gateway.nat_gateways.values().next().unwrap().clone();
            twin.id = id.clone();
            twin.addresses[0].address = Some(address.clone());
            world.gateway.nat_gateways.insert(id.clone(), twin);
            world.gateway.addresses.get_mut(&address).unwrap().nat_gateway = Some(id.clone());
        }
    }
    id
}

/// Uses a thing in a way that only shows in the World.
fn use_it(world: &mut World, twin: Twin, id: &CloudId) {
    let part = &mut world.network;
    let foreign_table = |part: &mut NetworkPart, target: Target<CloudId>| {
        let mut table = part.route_tables.values().next().unwrap().clone();
        (table.id, table.network, table.tags) = ("rtb-foreign".into(), "vpc-foreign".into(), crate::Tags::new());
        table.associations.clear();
        table.routes = vec![Route {
            destination: Destination::default_v4(),
            target,
            state: RouteState::Active,
            origin: RouteOrigin::Static,
        }];
        part.route_tables.insert(table.id.clone(), table);
    };
    match twin {
        Twin::Network => {
            let mut subnet = part.subnets.values().next().unwrap().clone();
            (subnet.id, subnet.network, subnet.tags) = ("subnet-foreign".into(), id.clone(), crate::Tags::new());
            part.subnets.insert(subnet.id.clone(), subnet);
        }
        Twin::InternetGateway => {
            world.gateway.internet_gateways.get_mut(id).unwrap().network = Some("vpc-foreign".into());
        }
        Twin::Subnet | Twin::Group => {
            let (subnets, groups) =
                if twin == Twin::Subnet { ([id.clone()], ["sg".into()]) } else { (["s".into()], [id.clone()]) };
            let user = world.function.functions.get_mut(&"g".into()).unwrap();
            user.versions.push(Version {
                version: "1".to_owned(),
                attachment: Some(Attachment { subnets: subnets.into(), groups: groups.into(), ipv6: false }),
            });
        }
        Twin::Table => {
            let with = AssociatedWith::Subnet("subnet-foreign".into());
            let association = Association { id: "a".into(), with, active: true };
            part.route_tables.get_mut(id).unwrap().associations.push(association);
        }
        Twin::Gateway => foreign_table(part, Target::NatGateway(id.clone())),
        Twin::Address => world.gateway.addresses.get_mut(id).unwrap().interface = Some("eni-foreign".into()),
    }
}

fn built() -> (crate::spec::Spec, World) {
    let spec = spec_with(&[("f", Permission::Managed)]);
    let world = run(&spec, &with_function(with_function(empty(), "f"), "g"), apply_verb());
    (spec, world)
}

/// The live things of the stack that have a Key, but for addresses.
fn holders(world: &World) -> BTreeSet<(Key, CloudId)> {
    let owned = world.owned().into_iter().filter(|o| o.live && o.owner.key.kind != Kind::Address);
    owned.map(|o| (o.owner.key, o.id)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn what_nothing_uses_goes_and_everything_else_is_as_it_was(
        twins in subsequence(&TWINS[..], 0..=TWINS.len()),
        before in prop::array::uniform7(any::<bool>()),
        used in prop::option::weighted(0.3, any::<Index>()),
    ) {
        let (spec, built) = built();
        let mut world = built.clone();
        let twins: Vec<(Twin, CloudId)> =
            twins.into_iter().zip(before).map(|(twin, before)| (twin, add(&mut world, twin, before))).collect();
        let used = used.filter(|_| !twins.is_empty()).map(|used| used.get(&twins).clone());
        if let Some((twin, id)) = &used {
            use_it(&mut world, *twin, id);
        }
        let plan = planned(&spec, &world, apply_verb());
        if let Some((_, id)) = used.filter(|(twin, _)| *twin != Twin::Address) {
            prop_assert!(plan.unwrap_err().to_string().contains(id.as_str()));
            return Ok(());
        }
        let plan = plan.unwrap();
        prop_assert_eq!(&planned(&spec, &world, apply_verb()).unwrap(), &plan);
        let after = execute(&plan, &world);
        prop_assert_eq!(holders(&after), holders(&built));
        let addresses = |world: &World| world.gateway.addresses.keys().cloned().collect::<Vec<_>>();
        prop_assert_eq!(addresses(&after), addresses(&world));
        let way = |world: &World| {
            let source = Source::Function("f".into());
            trace(world, &Query { source, to: To::Internet, protocol: Protocol::Tcp, port: 443 }).verdict
        };
        prop_assert_eq!(way(&after), way(&built));
        prop_assert!(planned(&spec, &after, apply_verb()).unwrap().is_empty());

        let destroyed = execute(&planned(&spec, &world, destroy_verb()).unwrap(), &world);
        prop_assert_eq!(holders(&destroyed), BTreeSet::new());
        prop_assert_eq!(addresses(&destroyed), addresses(&world));
    }
}

#[test]
fn a_spare_address_is_told_with_its_ip_and_goes_only_where_it_is_named() {
    let (spec, mut world) = built();
    let spare = add(&mut world, Twin::Address, true);
    let ip = world.gateway.addresses[&spare].ip.unwrap();
    let plan = planned(&spec, &world, apply_verb()).unwrap();
    assert!(plan.is_empty());
    let told: Vec<String> =
        plan.notices.iter().map(|n| format!("{} ({})", n.message, n.hint.as_deref().unwrap_or("-"))).collect();
    insta::assert_snapshot!(told.join("\n"));
    let parked = plan.addresses.iter().find(|change| change.ip == Some(ip)).unwrap();
    assert_eq!(parked.fate, Fate::Parked);
    let named = Verb::Destroy { release: BTreeSet::from([ip]), remove_role_policy: false };
    let after = execute(&planned(&spec, &world, named).unwrap(), &world);
    assert_eq!(after.gateway.addresses.len(), 1);
    assert!(!after.gateway.addresses.contains_key(&spare));
}

#[test]
fn of_two_that_nothing_uses_the_smaller_id_stays() {
    let owner = Owner { stack: spec().stack, key: spec().network_key() };
    let mut world = empty();
    for id in ["vpc-b", "vpc-a", "vpc-c"] {
        let tags = owner.tags(&crate::Tags::new());
        let op = crate::op::CreateNetwork { cidr: spec().network.cidr, tags };
        apply(&mut world, &crate::Op::Network(crate::op::NetworkOp::CreateNetwork(op)), &id.into()).unwrap();
    }
    let after = run(&spec(), &world, apply_verb());
    assert_eq!(after.network.networks.keys().map(CloudId::as_str).collect::<Vec<_>>(), ["vpc-a"]);
}

#[test]
fn a_gateway_that_is_going_keeps_its_address_the_stacks() {
    let (spec, mut world) = built();
    let first = world.gateway.addresses.keys().next().unwrap().clone();
    add(&mut world, Twin::Address, true);
    for gateway in world.gateway.nat_gateways.values_mut() {
        gateway.state = NatState::Deleting;
    }
    let plan = planned(&spec, &world, apply_verb()).unwrap();
    assert_eq!(plan.bindings[&spec.nat_gateways[0].address_key()], first);
}
