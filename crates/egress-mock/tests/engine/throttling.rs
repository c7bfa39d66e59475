//! Fifty stacks at once in one account, whose runs know nothing of each other, under AWS's token buckets.
//!
//! The bound is what nobody could beat who knew everything. It is the greatest of
//!
//! - the longest path of one stack alone, as in [`makespan`](crate::makespan);
//! - for each bucket and each k: the earliest moment at which a call that needs it can be made, then the time until the
//!   bucket has let k calls through, then the shortest of the k longest rests of a run after such a call: one of these k is
//!   the last of them.
//!
//! Counted are only calls without which no run could end: the changes of the list in `makespan`, and of observations one at
//! the beginning and one at the end.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use egress_core::{
    Clock,
    clock::VirtualClock,
    execute::{Options, Report, execute, observe},
    plan::{Request, plan, scope},
    spec::{self, Spec},
};
use egress_mock::{Api, ApiRequest, Config, Drawn, FunctionSetup, Limit, MockCloud, Quotas, RoleSetup, Timing};
use futures::future::{join_all, pending};

use crate::{
    makespan::{APPLY, least},
    stage::{ECHO, apply},
};

const STACKS: usize = 50;

/// The most that the runs may take, as a multiple of the bound.
const AT_MOST: f64 = 1.3;

/// What each activity of [`APPLY`] asks of AWS, at the least.
const ASKS: &[(&str, Api, &[&str])] = &[
    ("observe", Api::Ec2, &["DescribeVpcs", "DescribeSubnets", "DescribeNatGateways", "DescribeAddresses"]),
    ("observe", Api::Lambda, &["ListFunctions"]),
    ("address", Api::Ec2, &["AllocateAddress"]),
    ("network", Api::Ec2, &["CreateVpc"]),
    ("igw", Api::Ec2, &["CreateInternetGateway"]),
    ("igw attached", Api::Ec2, &["AttachInternetGateway"]),
    ("public subnet", Api::Ec2, &["CreateSubnet"]),
    ("private subnet 1", Api::Ec2, &["CreateSubnet"]),
    ("private subnet 2", Api::Ec2, &["CreateSubnet"]),
    ("group", Api::Ec2, &["CreateSecurityGroup"]),
    ("public table", Api::Ec2, &["CreateRouteTable"]),
    ("private table", Api::Ec2, &["CreateRouteTable"]),
    ("public association", Api::Ec2, &["AssociateRouteTable"]),
    ("association 1", Api::Ec2, &["AssociateRouteTable"]),
    ("association 2", Api::Ec2, &["AssociateRouteTable"]),
    ("public route", Api::Ec2, &["CreateRoute"]),
    ("private route", Api::Ec2, &["CreateRoute"]),
    ("nat", Api::Ec2, &["CreateNatGateway"]),
    ("memory", Api::Lambda, &["TagResource"]),
    ("permission", Api::Iam, &["AttachRolePolicy"]),
    ("probe role", Api::Iam, &["CreateRole"]),
    ("probe permission", Api::Iam, &["AttachRolePolicy"]),
    ("probe 1", Api::Lambda, &["CreateFunction"]),
    ("probe 2", Api::Lambda, &["CreateFunction"]),
    // The end of a run: the function is moved, seen to be settled, and the probes are taken away.
    ("function", Api::Lambda, &["UpdateFunctionConfiguration", "ListFunctions", "DeleteFunction", "DeleteFunction"]),
];

/// What sets the bound, and how long it is.
#[derive(Debug)]
struct Bound {
    by: String,
    takes: Duration,
}

fn bound(cloud: &MockCloud) -> Bound {
    let drawn = cloud.drawn();
    let stacks: Vec<Way> = (0..STACKS).map(|n| Way::of(&drawn, n)).collect();
    let alone = stacks.iter().map(Way::longest).max().unwrap_or_default();
    let alone = Bound { by: "the path of one stack".to_owned(), takes: alone };
    let mut buckets: BTreeMap<&str, (Limit, Vec<Call>)> = BTreeMap::new();
    for (activity, api, actions) in ASKS {
        for action in *actions {
            let limit = ApiRequest::new(*api, action).limit().unwrap();
            let (_, calls) = buckets.entry(limit.bucket).or_insert((limit, Vec::new()));
            calls.extend(stacks.iter().map(|way| Call { head: way.begins[activity], tail: way.rest[activity] }));
        }
    }
    let of_bucket = |(name, (limit, calls)): (&str, (Limit, Vec<Call>))| {
        let (size, rate) = (limit.size, limit.per_second);
        let by = format!("{name}: {} calls through a bucket of {size} with {rate} a second", calls.len());
        Bound { by, takes: through(&limit, calls) }
    };
    buckets.into_iter().map(of_bucket).chain([alone]).max_by_key(|bound| bound.takes).unwrap()
}

/// A call that a run cannot do without: when it can be made at the earliest, and how long the run takes from then on.
struct Call {
    head: Duration,
    tail: Duration,
}

/// The end of the last run, if nothing but this bucket kept them back. Of any k calls the last is let through when the
/// bucket has given k tokens; taken are those k with the longest tails, for every k.
fn through(limit: &Limit, mut calls: Vec<Call>) -> Duration {
    calls.sort_by_key(|call| std::cmp::Reverse(call.tail));
    let head = calls.iter().map(|call| call.head).min().unwrap_or_default();
    let after = |k: usize| Duration::from_secs_f64((k as f64 - limit.size).max(0.0) / limit.per_second);
    calls.iter().enumerate().map(|(n, call)| head + after(n + 1) + call.tail).max().unwrap_or_default()
}

/// When each activity of one stack can begin at the earliest, and how long a run takes at the least from then on.
struct Way {
    begins: BTreeMap<&'static str, Duration>,
    rest: BTreeMap<&'static str, Duration>,
}

impl Way {
    fn of(drawn: &[Drawn], n: usize) -> Self {
        let named = |subject: &str| match subject {
            "f" => function(n),
            _ => {
                subject.replace("f-role", &role(n)).replace("egress-probe-demo", &format!("egress-probe-{}", stack(n)))
            }
        };
        let takes: BTreeMap<&str, Duration> =
            APPLY.iter().map(|(name, t, _)| (*name, least(t, drawn, named))).collect();
        let mut begins = BTreeMap::new();
        for (name, _, after) in APPLY {
            let ends = after.iter().map(|before| begins[before] + takes[before]);
            begins.insert(*name, ends.max().unwrap_or_default());
        }
        let mut rest: BTreeMap<&str, Duration> = BTreeMap::new();
        for (name, ..) in APPLY.iter().rev() {
            let next = APPLY.iter().filter(|(_, _, after)| after.contains(name)).map(|(next, ..)| rest[next]);
            rest.insert(*name, takes[name] + next.max().unwrap_or_default());
        }
        Self { begins, rest }
    }

    fn longest(&self) -> Duration {
        self.rest.values().copied().max().unwrap()
    }
}

fn stack(n: usize) -> String {
    format!("shop-{n:02}")
}

fn function(n: usize) -> String {
    format!("order-{n:02}")
}

fn role(n: usize) -> String {
    format!("order-{n:02}-role")
}

/// An account with room for fifty stacks, and a function for each.
fn account(seed: u64) -> (VirtualClock, MockCloud) {
    let clock = VirtualClock::new();
    let room = Quotas {
        vpcs: STACKS,
        internet_gateways: STACKS,
        addresses: STACKS,
        nat_gateways_per_zone: STACKS,
        ..Quotas::default()
    };
    let cloud = MockCloud::new(Config::new(seed).timing(Timing::aws()).quotas(room), Arc::new(clock.clone()));
    for n in 0..STACKS {
        cloud.create_role(RoleSetup::new(role(n))).unwrap();
        cloud.create_function(FunctionSetup::new(function(n), role(n))).unwrap();
    }
    (clock, cloud)
}

/// One run, as a process of its own would make it.
async fn run(cloud: &MockCloud, clock: &VirtualClock, n: usize) -> Report {
    let spec: Spec = spec::parse(&format!(
        "stack = \"{}\"\npreset = \"lambda-static-ip\"\n[[function]]\nname = \"{}\"\n",
        stack(n),
        function(n)
    ))
    .unwrap()
    .spec;
    let options = Options::new(format!("nonce{n:03}"), cloud.pace());
    let world = observe(cloud, clock, &scope(&spec, &apply()), &options.nonce).await.unwrap();
    let plan = plan(&spec, &world, &Request { verb: apply(), echo_url: ECHO.to_owned() }).unwrap();
    execute(&plan, cloud, clock, &options, pending(), &mut |_| {}).await
}

/// How long so many runs took, and how many of how many calls were refused because there were too many.
fn all_at_once(seed: u64, stacks: usize) -> (MockCloud, Duration, usize) {
    let (clock, cloud) = account(seed);
    let reports = clock.block_on(join_all((0..stacks).map(|n| run(&cloud, &clock, n))));
    for (n, report) in reports.iter().enumerate() {
        assert!(report.is_complete(), "{}: {:#?}, not run {:?}", stack(n), report.failed, report.not_run);
    }
    let too_many = ["RequestLimitExceeded", "TooManyRequestsException", "Throttling"];
    let refused = cloud.calls().iter().filter_map(|c| c.refused.as_deref()).filter(|c| too_many.contains(c)).count();
    let took = clock.now();
    (cloud, took, refused)
}

#[test]
fn fifty_stacks_at_once_use_the_buckets_well() {
    for seed in [1, 6] {
        let (cloud, took, refused) = all_at_once(seed, STACKS);
        let bound = bound(&cloud);
        let over = took.as_secs_f64() / bound.takes.as_secs_f64();
        println!(
            "fifty stacks at once: {:.1} s, bound {:.1} s ({}), {over:.3} of it; {refused} of {} calls were refused",
            took.as_secs_f64(),
            bound.takes.as_secs_f64(),
            bound.by,
            cloud.calls().len(),
        );
        assert!((1.0..=AT_MOST).contains(&over), "{over:.3} of the bound");
        assert!(refused > 0, "nothing was refused: the buckets are not tried at all");
        let world = cloud.world();
        let (networks, gateways) = (world.network.networks.len(), world.gateway.nat_gateways.len());
        assert_eq!((networks, gateways, world.gateway.addresses.len()), (STACKS, STACKS, STACKS));
    }
}

#[test]
fn the_same_crowd_goes_the_same_way_twice() {
    let (first, took, refused) = all_at_once(3, 20);
    let (second, again, refused_again) = all_at_once(3, 20);
    assert!(refused > 0);
    assert_eq!((took, refused, first.calls()), (again, refused_again, second.calls()));
}
