//! The engine stopped at every call of every command, in every way, and at pairs of calls.
//!
//! `cargo xtask soak` runs the ignored test here with more pairs.

use std::sync::Arc;

use egress_core::{Cloud, VirtualClock, World, world::RouteState};
use egress_mock::{MockCloud, crash::*};

/// How many pairs of faults a usual run of the tests draws, in shares that run side by side.
const PAIRS: usize = 1_000;
const SHARES: usize = 4;

/// One test for each topology and way, so that they run side by side.
macro_rules! every_call {
    ($($name:ident: $topology:ident, $way:ident;)*) => {
        $(#[test]
        fn $name() {
            let tallies = every_call_of(Topology::$topology, Way::$way);
            tallies.iter().for_each(|tally| println!("crash: {tally}"));
            fail_with(&tallies);
        })*
    };
}

every_call! {
    crash_at_every_call_reference_killed_before: Reference, KilledBefore;
    crash_at_every_call_reference_killed_after: Reference, KilledAfter;
    crash_at_every_call_reference_killed_unseen: Reference, KilledUnseen;
    crash_at_every_call_reference_hidden: Reference, Hidden;
    crash_at_every_call_reference_throttled: Reference, Throttled;
    crash_at_every_call_reference_denied: Reference, Denied;
    crash_at_every_call_three_zones_killed_before: ThreeZones, KilledBefore;
    crash_at_every_call_three_zones_killed_after: ThreeZones, KilledAfter;
    crash_at_every_call_three_zones_killed_unseen: ThreeZones, KilledUnseen;
    crash_at_every_call_three_zones_hidden: ThreeZones, Hidden;
    crash_at_every_call_three_zones_throttled: ThreeZones, Throttled;
    crash_at_every_call_three_zones_denied: ThreeZones, Denied;
}

fn every_call_of(topology: Topology, way: Way) -> Vec<Tally> {
    let mut bench = Bench::new(&Direct);
    let tallies: Vec<Tally> =
        scenarios(topology).iter().map(|scenario| exhaust(&mut bench, scenario, way).unwrap()).collect();
    assert!(tallies.iter().all(|tally| tally.cases > 5), "{tallies:?}");
    tallies
}

fn pairs_of(seed: u64, cases: usize) -> Tally {
    let tally = sample(&mut Bench::new(&Direct), seed, cases).unwrap();
    assert_eq!(tally.cases, cases);
    tally
}

/// Shows the first failures, and fails.
fn fail_with(tallies: &[Tally]) {
    let failures: Vec<&Failure> = tallies.iter().flat_map(|tally| &tally.failures).collect();
    let shown: Vec<String> = failures.iter().take(5).map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{} cases failed, among them\n{}", failures.len(), shown.join("\n\n"));
}

/// One test for each share of the pairs.
macro_rules! pairs {
    ($($name:ident: $seed:literal;)*) => {
        $(#[test]
        fn $name() {
            let tally = pairs_of($seed, PAIRS / SHARES);
            println!("crash: {tally}");
            fail_with(&[tally]);
        })*
    };
}

pairs! {
    crash_at_pairs_of_calls_1: 1;
    crash_at_pairs_of_calls_2: 2;
    crash_at_pairs_of_calls_3: 3;
    crash_at_pairs_of_calls_4: 4;
}

/// Found by a soak: observations are under way at once, so a run may be refused in the very moment in which it is killed.
#[test]
fn crash_at_two_calls_at_once_kills_one_process_only() {
    let mut bench = Bench::new(&Direct);
    for scenario in scenarios(Topology::Reference) {
        for way in [Way::Throttled, Way::Denied] {
            let faults = [Fault { call: 1, way: Way::KilledBefore }, Fault { call: 2, way }];
            let (_, failure) = bench.case(&scenario, &faults).unwrap();
            assert!(failure.is_none(), "{}", failure.unwrap());
        }
    }
}

#[test]
#[ignore = "minutes: `cargo xtask soak` runs it"]
fn soak_of_pairs() {
    let number = |name: &str, usual: u64| std::env::var(name).map_or(usual, |text| text.parse().unwrap());
    let cases = usize::try_from(number("EGRESS_SOAK_CASES", 20_000)).unwrap();
    let tally = pairs_of(number("EGRESS_SOAK_SEED", 0), cases);
    println!("crash: {tally}");
    fail_with(&[tally]);
}

/// A cloud in which somebody does something once the first process is dead.
struct Meddled(Meddling);

type Meddling = fn(&mut World);

impl Door for Meddled {
    fn open(
        &self,
        cloud: &MockCloud,
        clock: &VirtualClock,
        faults: &Arc<Faults>,
        paths: &Arc<Paths>,
    ) -> Box<dyn Cloud> {
        if !faults.struck().is_empty() {
            cloud.edit(self.0);
        }
        Direct.open(cloud, clock, faults, paths)
    }
}

#[test]
fn the_matrix_notices_what_is_left_given_away_cut_off_or_missing() {
    let leave_a_subnet = |world: &mut World| {
        let mut subnet = world.network.subnets.values().next().unwrap().clone();
        subnet.id = "subnet-left".into();
        world.network.subnets.insert(subnet.id.clone(), subnet);
    };
    let give_an_address_away = |world: &mut World| {
        let gone = world.gateway.addresses.values().find(|a| !a.tags.is_empty()).unwrap().id.clone();
        world.gateway.addresses.remove(&gone);
    };
    let cut_off = |world: &mut World| {
        for route in world.network.route_tables.values_mut().flat_map(|table| &mut table.routes) {
            route.state = RouteState::Blackhole;
        }
    };
    let lose_a_tag = |world: &mut World| {
        for network in world.network.networks.values_mut() {
            network.tags.remove("Name");
        }
    };
    let cases: [(Meddling, &str); 4] = [
        (leave_a_subnet, "there is: network > subnets > subnet"),
        (give_an_address_away, "was given away, and nobody named it"),
        (cut_off, "f lost its path by"),
        (lose_a_tag, "there is not: network > networks > network/lambda_vpc > tags > Name"),
    ];
    let detach = scenarios(Topology::Reference).into_iter().find(|s| s.name == "detach").unwrap();
    for (meddle, expected) in cases {
        let fault = Fault { call: 5, way: Way::KilledAfter };
        let (_, failure) = Bench::new(&Meddled(meddle)).case(&detach, &[fault]).unwrap();
        let told = failure.expect(expected).to_string();
        assert!(told.contains(expected), "{told}");
    }
}
