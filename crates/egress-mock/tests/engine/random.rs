//! Random lives of a stack on a cloud that goes wrong, stops and drift included: in the end one undisturbed run mends all.

use std::{collections::BTreeSet, net::IpAddr, time::Duration};

use egress_core::{
    CloudId, Kind, World,
    op::{CreateGroup, CreateNetwork, CreateSubnet, DeleteNatGateway, GatewayOp, NetworkOp, Op},
    plan::{Permit, Plan, Verb},
    spec::{FunctionSpec, Permission},
    world::{Attachment, NatState, Target},
};
use egress_mock::{Config, FunctionSetup, MockCloud, RoleSetup, Timing};

use crate::{
    faults::{Faults, Storm},
    stage::*,
};

const LIVES: u64 = 60;

/// An account with `f`, which the file attaches and which is in no network, and `g`, which commands attach and which is in
/// a network of its own.
fn account(seed: u64) -> Storm {
    let mut stage = Stage::new(seed, Timing::aws());
    let config = Config { visibility: Some(Duration::from_secs(5)), ..Config::new(seed).timing(Timing::aws()) };
    stage.cloud = MockCloud::new(config, std::sync::Arc::new(stage.clock.clone()));
    for name in ["f", "g"] {
        stage.cloud.create_role(RoleSetup::new(format!("{name}-role"))).unwrap();
    }
    stage.cloud.create_function(FunctionSetup::new("f", "f-role")).unwrap();
    let tags = egress_core::Tags::new;
    let create = |op: NetworkOp<CloudId>| {
        let id = stage.by_hand(Op::Network(op)).unwrap();
        pass(&stage, 6);
        id
    };
    let network =
        create(NetworkOp::CreateNetwork(CreateNetwork { cidr: "10.9.0.0/16".parse().unwrap(), tags: tags() }));
    let subnet = create(NetworkOp::CreateSubnet(CreateSubnet {
        network: network.clone(),
        cidr: "10.9.1.0/24".parse().unwrap(),
        zone: "ap-northeast-1a".to_owned(),
        tags: tags(),
    }));
    let group = create(NetworkOp::CreateGroup(CreateGroup {
        network,
        name: "own".to_owned(),
        description: "the group of g".to_owned(),
        tags: tags(),
    }));
    let attachment = Attachment { subnets: [subnet].into(), groups: [group].into(), ipv6: false };
    let g = FunctionSetup { attachment: Some(attachment), ..FunctionSetup::new("g", "g-role") };
    stage.cloud.create_function(g).unwrap();
    Storm::new(stage, Faults::new(seed, 0, &["f"]))
}

fn pass(stage: &Stage, seconds: u64) {
    stage.clock.block_on(egress_core::Clock::sleep(&stage.clock, Duration::from_secs(seconds)));
}

fn verb(n: usize, permits: &BTreeSet<Permit>) -> Verb {
    let g = || FunctionSpec { name: "g".into(), permission: Permission::Managed };
    match n {
        0..=3 => Verb::Apply { permits: permits.clone() },
        4 | 5 => Verb::Attach { functions: vec![g()], permits: permits.clone() },
        6 => Verb::Detach { functions: ["g".into()].into(), remove_role_policy: false },
        7 => Verb::Detach { functions: ["g".into()].into(), remove_role_policy: true },
        8 => Verb::Verify,
        _ => Verb::Destroy { release: BTreeSet::new(), remove_role_policy: n == 9 },
    }
}

/// Something that somebody does behind egress's back, and that apply mends.
fn drift(stage: &Stage, n: usize) -> &'static str {
    let nat: Vec<CloudId> = {
        let world = stage.cloud.world();
        world.gateway.nat_gateways.values().filter(|g| g.state == NatState::Available).map(|g| g.id.clone()).collect()
    };
    match n {
        0 => {
            for gateway in nat {
                stage.by_hand(Op::Gateway(GatewayOp::DeleteNatGateway(DeleteNatGateway { gateway })));
            }
            "the gateway is deleted"
        }
        1 => stage.cloud.edit(|world| {
            for table in world.network.route_tables.values_mut() {
                table.routes.retain(|r| !matches!(r.target, Target::NatGateway(_)));
            }
            "the private route is gone"
        }),
        2 => stage.cloud.edit(|world| {
            for table in world.network.route_tables.values_mut().filter(|t| !t.tags.is_empty()) {
                table.associations.clear();
            }
            "all associations are gone"
        }),
        3 => stage.cloud.edit(|world| {
            for group in world.network.groups.values_mut().filter(|g| !g.tags.is_empty()) {
                group.egress.clear();
            }
            "the group lets nothing out"
        }),
        4 => stage.cloud.edit(|world| {
            for role in world.function.roles.values_mut().filter(|r| r.tags.is_empty()) {
                role.grants.clear();
            }
            "the roles have lost their permission"
        }),
        _ => stage.cloud.edit(|world| {
            let f = world.function.functions.get_mut(&CloudId::new("f")).unwrap();
            (f.attachment, f.network) = (None, None);
            "f is taken out of its network"
        }),
    }
}

fn own(world: &World, kind: Kind) -> Vec<String> {
    world.owned().into_iter().filter(|o| o.live && o.owner.key.kind == kind).map(|o| o.id.to_string()).collect()
}

/// Lives one life and gives back what stands in its diary.
fn live(seed: u64) -> Vec<String> {
    let storm = account(seed);
    let stage = &storm.stage;
    let world = stage.cloud.world();
    let before = world.function.functions[&CloudId::new("g")].attachment.clone();
    let permits: BTreeSet<Permit> = world.network.networks.keys().cloned().map(Permit::Leave).collect();
    let others = world.network.networks.len();
    let mut dice = fastrand::Rng::with_seed(seed);
    let mut diary = Vec::new();
    let faults = storm.cloud.layer();
    for _ in 0..dice.usize(2..7) {
        if dice.u8(0..4) == 0 {
            let n = dice.usize(0..6);
            diary.push(drift(stage, n).to_owned());
        }
        let verb = verb(dice.usize(0..11), &permits);
        let name = format!("{verb:?}").split([' ', '{']).next().unwrap_or_default().to_owned();
        faults.set_rate([3, 8, 25][dice.usize(0..3)]);
        let longest = [1, 5, 30, 300][dice.usize(0..4)];
        let stop = dice.bool().then(|| Duration::from_millis(dice.u64(0..longest * 1000)));
        match stage.plan(verb) {
            Err(refused) => diary.push(format!("{name} refused: {refused}")),
            Ok(plan) => {
                let report = storm.execute(&plan, stop);
                let failed: Vec<String> = report.failed.iter().map(|(s, e)| format!("{s}: {e}")).collect();
                diary.push(format!("{name}, stop {stop:?}, failed {failed:?}, not run {}", report.not_run.len()));
            }
        }
    }
    faults.set_rate(0);
    let check = |so: bool, what: &str| assert!(so, "life {seed}: {what}\n{}", diary.join("\n"));
    let calm = |verb: Verb| {
        let plan: Plan = stage.plan(verb).unwrap_or_else(|e| panic!("life {seed}: {e:#?}\n{}", diary.join("\n")));
        let report = storm.execute(&plan, None);
        check(report.is_complete(), &format!("{:#?} not run: {:?}", report.failed, report.not_run));
    };

    calm(Verb::Apply { permits: permits.clone() });
    let again = stage.plan(Verb::Apply { permits }).unwrap();
    check(again.steps.is_empty(), &format!("not over: {:?}", again.steps));
    let world = stage.cloud.world();
    for kind in [Kind::Network, Kind::NatGateway, Kind::Address, Kind::InternetGateway, Kind::SecurityGroup] {
        check(own(&world, kind).len() == 1, &format!("{kind:?}: {:?}", own(&world, kind)));
    }
    check(own(&world, Kind::Probe).is_empty(), "probes are left");
    check(stage.call("f", ECHO).seen_ip() == Some(IpAddr::V4(stage.ip())), "f is not seen from the address");

    calm(destroy());
    let world = stage.cloud.world();
    let left: Vec<_> = world.owned().into_iter().filter(|o| o.live).map(|o| o.owner.key.to_string()).collect();
    check(left == ["address/lambda_nat"], &format!("left: {left:?}"));
    check(world.network.networks.len() == others, "networks are left");
    check(world.function.functions[&CloudId::new("f")].attachment.is_none(), "f is in a network");
    check(world.function.functions[&CloudId::new("g")].attachment == before, "g is not where it was");
    let released = stage.cloud.calls().iter().any(|c| c.name == "ReleaseAddress");
    check(!released, "an address was released");
    check(faults.cut_off().is_empty(), &format!("cut off: {:?}", faults.cut_off()));
    diary
}

#[test]
fn whatever_happened_one_undisturbed_run_mends_it() {
    let diaries: Vec<String> = (0..LIVES).flat_map(live).collect();
    // The lives are hard enough to tell something.
    let count = |word: &str| diaries.iter().filter(|line| line.contains(word)).count();
    assert!(count("failed [\"") > 30 && count("stop Some") > 30, "{}", diaries.join("\n"));
}
