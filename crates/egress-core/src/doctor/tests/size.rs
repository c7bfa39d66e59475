//! Regions of any size.

use std::time::Instant;

use super::super::{Examination, examine};
use crate::{CloudId, Tags, World, trace::testing::*, world::*};

/// So many functions, in a tenth as many networks, each with two private subnets and one NAT gateway.
fn region(functions: usize) -> World {
    let mut world = World::default();
    for n in 0..functions.div_ceil(10) {
        add_network(&mut world, n);
    }
    let template = reference().function.functions[&id("fn")].clone();
    for n in 0..functions {
        let net = n / 10;
        let attachment = Attachment {
            subnets: [name("prv1", net), name("prv2", net)].into(),
            groups: [name("sg", net)].into(),
            ipv6: false,
        };
        let (id, network) = (name("fn", n), Some(name("vpc", net)));
        let function = Function { id: id.clone(), attachment: Some(attachment), network, ..template.clone() };
        world.function.functions.insert(id, function);
    }
    world
}

fn name(what: &str, n: usize) -> CloudId {
    CloudId::new(format!("{what}-{n}"))
}

fn add_network(world: &mut World, n: usize) {
    let one = reference();
    let own = |id: &CloudId| name(id.as_str(), n);
    let vpc = name("vpc", n);
    let part = &mut world.network;
    let network = one.network.networks[&id("vpc")].clone();
    part.networks.insert(vpc.clone(), Network { id: vpc.clone(), ..network });
    for subnet in one.network.subnets.values() {
        let zone = "a".to_owned();
        let subnet = Subnet { id: own(&subnet.id), network: vpc.clone(), zone, ..subnet.clone() };
        part.subnets.insert(subnet.id.clone(), subnet);
    }
    for table in one.network.route_tables.values() {
        let mut table = RouteTable { id: own(&table.id), network: vpc.clone(), ..table.clone() };
        for association in &mut table.associations {
            if let AssociatedWith::Subnet(subnet) = &mut association.with {
                *subnet = own(subnet);
            }
        }
        for route in &mut table.routes {
            let Ok(target) = route.target.try_map(&mut |id: &CloudId| Ok::<_, std::convert::Infallible>(own(id)));
            route.target = target;
        }
        part.route_tables.insert(table.id.clone(), table);
    }
    let acl = Acl { id: name("acl", n), network: vpc.clone(), ..acl("acl", true) };
    part.acls.insert(acl.id.clone(), acl);
    let group = SecurityGroup { id: name("sg", n), network: vpc.clone(), ..group("sg") };
    part.groups.insert(group.id.clone(), group);
    let gateway = InternetGateway { id: name("igw", n), network: Some(vpc.clone()), tags: Tags::new() };
    world.gateway.internet_gateways.insert(gateway.id.clone(), gateway);
    let mut gateway = NatGateway { id: name("nat", n), network: vpc, ..one.gateway.nat_gateways[&id("nat")].clone() };
    gateway.scope = NatScope::Subnet(name("pub", n));
    gateway.addresses[0].address = Some(name("eip", n));
    let address = Address {
        id: name("eip", n),
        nat_gateway: Some(gateway.id.clone()),
        ..one.gateway.addresses[&id("eip")].clone()
    };
    world.gateway.nat_gateways.insert(gateway.id.clone(), gateway);
    world.gateway.addresses.insert(address.id.clone(), address);
}

#[test]
fn a_region_of_many_functions_is_healthy() {
    let diagnosis = examine(&region(100), &Examination::default());
    assert_eq!((diagnosis.findings, diagnosis.missing), (vec![], vec![]));
    assert!(diagnosis.functions.iter().all(|egress| egress.is_fixed()));
    assert_eq!(diagnosis.functions.len(), 100);
}

/// Not run with the others: times mean nothing while they run. In a release build, alone:
/// `cargo test --release -p egress-core doctor_grows -- --ignored --nocapture`.
#[test]
#[ignore = "measures time"]
fn the_time_of_the_doctor_grows_with_the_region() {
    let mut times = Vec::new();
    for functions in [10, 100, 1_000, 10_000] {
        let world = region(functions);
        let begin = Instant::now();
        let diagnosis = examine(&world, &Examination::default());
        times.push((functions as f64, begin.elapsed().as_secs_f64()));
        assert_eq!(diagnosis.functions.len(), functions);
        eprintln!("{functions:>6} functions: {:.4} s", begin.elapsed().as_secs_f64());
    }
    let [.., (few, short), (many, long)] = times[..] else { panic!() };
    let exponent = (long / short).ln() / (many / few).ln();
    eprintln!("growth exponent {exponent:.2}");
    assert!(exponent <= 1.1, "{exponent}");
}
