//! The whole job, and what goes wrong on the way.

use std::net::IpAddr;

use egress_core::{plan::Verb, probe::Reply, world::Target};
use egress_mock::Timing;

use crate::stage::*;

#[test]
fn a_function_gets_a_fixed_ip_and_gives_it_back() {
    for timing in [Timing::default(), Timing::aws()] {
        for seed in 1..6 {
            let stage = Stage::new(seed, timing);
            let before = stage.call("f", ECHO).seen_ip();
            stage.run(apply());
            let ip = IpAddr::V4(stage.ip());
            assert_ne!(before, Some(ip));
            for _ in 0..5 {
                assert_eq!(stage.call("f", ECHO).seen_ip(), Some(ip));
            }
            assert!(stage.plan(apply()).unwrap().steps.is_empty(), "apply again is no no-op");
            stage.run(Verb::Verify);
            stage.run(destroy());
            let world = stage.cloud.world();
            let left: Vec<String> = world.owned().iter().filter(|o| o.live).map(|o| o.owner.key.to_string()).collect();
            assert_eq!(left, ["address/lambda_nat"]);
            assert_eq!(IpAddr::V4(stage.ip()), ip);
            assert_eq!((world.network.networks.len(), world.network.interfaces.len()), (0, 0));
            // The kept address is used again.
            let again = stage.run(apply());
            assert!(again.addresses.is_empty(), "a new address was allocated");
            assert_eq!(stage.call("f", ECHO).seen_ip(), Some(ip));
        }
    }
}

#[test]
fn another_seed_is_another_ip() {
    let ips: std::collections::BTreeSet<_> = (0..20)
        .map(|seed| {
            let stage = Stage::with_spec(seed, Timing::default(), "");
            stage.run(apply());
            stage.ip()
        })
        .collect();
    assert_eq!(ips.len(), 20);
}

#[test]
fn a_third_party_admits_the_function_once_the_ip_is_on_its_list() {
    let stage = Stage::new(1, Timing::default());
    stage.run(apply());
    let refused = stage.call("f", "https://wechat.mock.test/cgi-bin/token");
    let Reply::Answered { body, .. } = refused else { panic!("{refused:?}") };
    assert!(body.contains("40164") && body.contains(&stage.ip().to_string()), "{body}");
    stage.cloud.internet().allow("wechat", stage.ip()).unwrap();
    let Reply::Answered { body, .. } = stage.call("f", "https://wechat.mock.test/cgi-bin/token") else { panic!() };
    assert!(!body.contains("40164"), "{body}");
}

#[test]
fn a_deleted_route_is_found_by_verify_and_mended_by_apply() {
    let stage = Stage::new(1, Timing::aws());
    stage.run(apply());
    stage.cloud.edit(|world| {
        for table in world.network.route_tables.values_mut() {
            table.routes.retain(|r| !matches!(r.target, Target::NatGateway(_)));
        }
    });
    assert_eq!(stage.call("f", ECHO), Reply::TimedOut);
    let plan = stage.plan(Verb::Verify).unwrap();
    let report = stage.execute(&plan);
    let failed: Vec<String> = report.failed.iter().map(|(step, error)| format!("{step}: {error}")).collect();
    assert_eq!(failed.len(), 2);
    for error in &failed {
        assert!(error.contains("NO_DEFAULT_ROUTE"), "{error}");
    }
    // The probes are gone all the same.
    assert_eq!(stage.cloud.world().function.functions.len(), 1);
    stage.run(apply());
    assert_eq!(stage.call("f", ECHO).seen_ip(), Some(IpAddr::V4(stage.ip())));
}

#[test]
fn a_quota_that_is_met_half_way_leaves_nothing_that_the_next_apply_cannot_finish() {
    let mut stage = Stage::new(1, Timing::aws());
    let quotas = egress_mock::Quotas { nat_gateways_per_zone: 0, ..egress_mock::Quotas::default() };
    let tight = egress_mock::Config::new(1).timing(Timing::aws()).quotas(quotas);
    stage.cloud = egress_mock::MockCloud::new(tight, std::sync::Arc::new(stage.clock.clone()));
    let spec = egress_core::spec::parse("stack = \"demo\"\npreset = \"lambda-static-ip\"\n").unwrap().spec;
    stage.spec = spec;
    let report = stage.execute(&stage.plan(apply()).unwrap());
    let failed: Vec<String> = report.failed.iter().map(|(step, error)| format!("{step}: {error}")).collect();
    assert!(failed.iter().any(|e| e.contains("NatGatewayLimitExceeded")), "{failed:?}");
    let ip = stage.ip();
    stage.run(destroy());
    assert_eq!(stage.ip(), ip);
    assert!(stage.cloud.world().network.networks.is_empty());
}
