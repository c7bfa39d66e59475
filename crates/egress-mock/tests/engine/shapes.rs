//! Files of other shapes than the preset's, from apply to destroy.

use std::{collections::BTreeSet, net::Ipv4Addr};

use egress_core::{
    Clock,
    op::{AllocateAddress, GatewayOp, Op},
    plan::{Fate, Verb},
    tags,
};
use egress_mock::Timing;

use crate::stage::*;

const PER_ZONE: &str = r#"
ports = [8443]

[tags]
team = "payments"

[[public_subnet]]
name = "pub_a"
cidr = "10.0.10.0/24"
[[public_subnet]]
name = "pub_b"
cidr = "10.0.11.0/24"

[[private_subnet]]
name = "prv_a"
cidr = "10.0.1.0/24"
nat = "nat_a"
[[private_subnet]]
name = "prv_b"
cidr = "10.0.2.0/24"
nat = "nat_b"

[[nat_gateway]]
name = "nat_a"
subnet = "pub_a"
route_table = "rt_a"
[[nat_gateway]]
name = "nat_b"
subnet = "pub_b"
route_table = "rt_b"

[[function]]
name = "f"
"#;

#[test]
fn a_gateway_for_each_zone() {
    let stage = Stage::with_spec(3, Timing::aws(), PER_ZONE);
    stage.run(apply());
    assert!(stage.plan(apply()).unwrap().steps.is_empty());
    stage.run(Verb::Verify);
    let world = stage.cloud.world();
    let ips: BTreeSet<Ipv4Addr> = world.gateway.addresses.values().filter_map(|a| a.ip).collect();
    let seen: BTreeSet<_> = (0..40).map(|_| stage.call("f", ECHO).seen_ip()).collect();
    assert_eq!((ips.len(), seen), (2, ips.iter().map(|ip| Some((*ip).into())).collect()));
    let zones: BTreeSet<&str> = world.network.subnets.values().map(|s| s.zone.as_str()).collect();
    assert_eq!(zones.len(), 2);
    for owned in world.owned().iter().filter(|o| o.owner.key.kind != egress_core::Kind::Function) {
        let tags = world.tags(owned.owner.key.kind, &owned.id).unwrap();
        assert_eq!((tags["team"].as_str(), &tags[tags::NAME]), ("payments", &owned.owner.key.name));
    }
    stage.run(destroy());
    let world = stage.cloud.world();
    assert_eq!((world.gateway.addresses.len(), world.network.networks.len()), (2, 0));
}

#[test]
fn an_address_that_the_account_holds_is_used_and_never_touched() {
    let mut stage = Stage::with_spec(3, Timing::aws(), "");
    let theirs =
        stage.by_hand(Op::Gateway(GatewayOp::AllocateAddress(AllocateAddress { tags: tags::Tags::new(), ip: None })));
    stage.clock.block_on(stage.clock.sleep(stage.cloud.pace().visibility));
    let before = stage.cloud.world().gateway.addresses[&theirs.unwrap()].clone();
    stage.spec.nat_gateways[0].address = before.ip;
    let plan = stage.plan(apply()).unwrap();
    assert_eq!(plan.addresses.iter().map(|a| (a.ip, a.fate)).collect::<Vec<_>>(), [(before.ip, Fate::Kept)]);
    assert!(stage.execute(&plan).is_complete());
    assert!(stage.plan(apply()).unwrap().steps.is_empty());
    stage.run(Verb::Verify);
    let named = Verb::Destroy { release: before.ip.into_iter().collect(), remove_role_policy: false };
    assert!(stage.plan(named).is_err(), "an address that egress did not allocate would be released");
    stage.run(destroy());
    assert_eq!(stage.cloud.world().gateway.addresses[&before.id], before);
}

#[test]
fn routes_are_made_also_where_the_cloud_refuses_them_until_the_gateway_is_available() {
    let mut stage = Stage::new(4, Timing::aws());
    let config = egress_mock::Config {
        pending_nat_routes: egress_mock::PendingNatRoutes::NotFound,
        ..egress_mock::Config::new(4).timing(Timing::aws())
    };
    stage.cloud = egress_mock::MockCloud::new(config, std::sync::Arc::new(stage.clock.clone()));
    stage.cloud.create_role(egress_mock::RoleSetup::new("f-role")).unwrap();
    stage.cloud.create_function(egress_mock::FunctionSetup::new("f", "f-role")).unwrap();
    stage.run(apply());
    assert_eq!(stage.call("f", ECHO).seen_ip(), Some(stage.ip().into()));
}
