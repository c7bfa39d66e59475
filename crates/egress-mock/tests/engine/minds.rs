//! Every form of a stack becomes every other one, and what the Plan promised each time is compared, second by second, with
//! what the function got.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::pending,
    net::{IpAddr, Ipv4Addr},
    pin::pin,
    sync::Mutex,
    time::Duration,
};

use egress_core::{
    Clock, CloudId, FunctionProvider, Invocation, Kind, World,
    execute::{Event, Options, Report, What, execute},
    plan::{Gap, Permit, Plan, Verb},
    probe::{Ask, Reply},
    spec,
    world::NatState,
};
use egress_mock::Timing;
use futures::future::{Either, select};

use crate::{
    forms::{FORMS, file},
    stage::{ECHO, Stage, apply},
};

/// A form of the stack: its name, and what stands in the file below the preset.
type Form = (&'static str, &'static str);

/// What stands in the file of every form that says nothing of functions.
const F: &str = "[[function]]\nname = \"f\"\n";

/// A form without the function.
const NO_FUNCTION: Form = ("no function", "# none\n");

/// Forms that differ in their functions alone.
const FUNCTIONS: [Form; 2] =
    [("inline permission", "[[function]]\nname = \"f\"\npermission = \"inline\"\n"), NO_FUNCTION];

fn forms() -> Vec<Form> {
    FORMS.into_iter().chain(FUNCTIONS).collect()
}

fn parsed((name, text): Form) -> spec::Spec {
    let functions = if text.contains("[[function]]") || name == NO_FUNCTION.0 { "" } else { F };
    spec::parse(&file(text, functions)).unwrap_or_else(|error| panic!("{name}: {error}")).spec
}

/// What the function got, each second: the IP that the internet saw, or nothing.
type Samples = Vec<(Duration, Option<IpAddr>)>;

/// Runs a Plan while the function calls out each second, and for a while after.
fn watched(stage: &Stage, plan: &Plan, nonce: u32) -> (Report, Samples) {
    let samples = Mutex::new(Samples::new());
    let options = Options::new(format!("mind{nonce:04}"), stage.cloud.pace());
    let mut on_event = |event| stage.events.lock().unwrap().push(event);
    let began = stage.clock.now();
    let sample = async {
        loop {
            let ask = Ask { url: ECHO.to_owned(), timeout_seconds: 1 };
            let invocation = Invocation { function: "f".into(), payload: serde_json::to_value(ask).unwrap() };
            let at = stage.clock.now() - began;
            let invoked = stage.cloud.invoke(&invocation).await;
            let reply = invoked.ok().and_then(|invoked| serde_json::from_value::<Reply>(invoked.payload).ok());
            samples.lock().unwrap().push((at, reply.and_then(|reply| reply.seen_ip())));
            let next = Duration::from_secs(at.as_secs() + 1);
            stage.clock.sleep(next.saturating_sub(stage.clock.now() - began)).await;
        }
    };
    let report = stage.clock.block_on(async {
        let run = execute(plan, &stage.cloud, &stage.clock, &options, pending(), &mut on_event);
        match select(pin!(run), pin!(sample)).await {
            Either::Left((report, _)) => report,
            Either::Right(_) => unreachable!("sampling has no end"),
        }
    });
    (report, samples.into_inner().unwrap())
}

/// When each step began.
fn beginnings(events: &[Event]) -> BTreeMap<String, Duration> {
    let began = |event: &Event| match &event.what {
        What::Started { step, .. } => Some((step.to_string(), event.at)),
        _ => None,
    };
    events.iter().filter_map(began).collect()
}

fn ips(world: &World) -> BTreeSet<Ipv4Addr> {
    world.gateway.addresses.values().filter_map(|a| a.ip).collect()
}

/// Those that traffic leaves from.
fn in_use(world: &World) -> BTreeSet<IpAddr> {
    let live = world.gateway.nat_gateways.values().filter(|g| g.state == NatState::Available);
    live.flat_map(|g| g.addresses.iter().filter_map(|a| a.public_ip)).map(IpAddr::V4).collect()
}

/// How one form became another: what was promised, and the seconds without a way out.
fn become_other(from: Form, to: Form) -> String {
    let name = format!("{} → {}", from.0, to.0);
    let mut stage = Stage::new(7, Timing::aws());
    stage.spec = parsed(from);
    stage.run(apply());
    stage.spec = parsed(to);
    let mut listed = in_use(&stage.cloud.world());
    let mut line = name.clone();
    for n in 0.. {
        let world = stage.cloud.world();
        let ips = ips(&world);
        let permits = ips.iter().flat_map(|ip| [Permit::Listed(*ip), Permit::GiveUp(*ip)]).chain([Permit::Outage]);
        listed.extend(ips.iter().copied().map(IpAddr::V4));
        let plan = stage.plan(Verb::Apply { permits: permits.collect() }).unwrap_or_else(|e| panic!("{name}: {e}"));
        if plan.is_empty() {
            break;
        }
        let steps = || plan.steps.iter().map(|step| format!("{} ({:?})", step.id, step.why)).collect::<Vec<_>>();
        assert!(n < 4, "{name} has no end: {:#?}", steps());
        stage.events.lock().unwrap().clear();
        let (report, samples) = watched(&stage, &plan, n);
        assert!(report.is_complete(), "{name}: {:#?}, not run {:?}", report.failed, report.not_run);
        let began = beginnings(&stage.events.lock().unwrap());
        let Some(promise) = plan.connectivity.iter().find(|c| c.function.as_str() == "f") else {
            assert_eq!(from, NO_FUNCTION, "{name} promises nothing");
            continue;
        };
        let without: Vec<Duration> = samples.iter().filter(|(_, ip)| ip.is_none()).map(|(at, _)| *at).collect();
        match promise.gap {
            Gap::None | Gap::Seconds => assert!(without.is_empty(), "{name}: promised {promise:?}, got {without:?}"),
            Gap::UntilDone => {
                let by = promise.by.as_ref().map(ToString::to_string).unwrap_or_default();
                let beginning = began[&by];
                assert!(
                    without.iter().all(|at| *at + Duration::from_secs(1) >= beginning),
                    "{name}: cut off before `{by}`"
                );
                assert!(!without.is_empty(), "{name}: an outage was announced that there is none of");
            }
        }
        let strange: BTreeSet<IpAddr> =
            samples.iter().filter_map(|(_, ip)| *ip).filter(|ip| !listed.contains(ip)).collect();
        assert!(strange.is_empty() || to == NO_FUNCTION, "{name}: seen from {strange:?}, which nobody listed");
        line += &format!("; {:?}: {} of {} s without", promise.gap, without.len(), samples.len());
    }
    let world = stage.cloud.world();
    let seen = stage.call("f", ECHO).seen_ip().unwrap();
    assert_eq!(in_use(&world).contains(&seen), to != NO_FUNCTION, "{name}: seen from {seen}");
    let keys = |world: &World| -> BTreeSet<String> {
        let live = |id: &CloudId| world.gateway.nat_gateways.get(id).is_none_or(|g| g.state == NatState::Available);
        let things = world.owned().into_iter().filter(|o| live(&o.id));
        things
            .filter(|o| !matches!(o.owner.key.kind, Kind::Address | Kind::Role))
            .map(|o| o.owner.key.to_string())
            .collect()
    };
    let mut fresh = Stage::new(7, Timing::default());
    fresh.spec = parsed(to);
    fresh.run(apply());
    assert_eq!(keys(&world), keys(&fresh.cloud.world()), "{name}");
    assert!(!stage.cloud.calls().iter().any(|call| call.name == "ReleaseAddress"), "{name}");
    line
}

/// The pairs that begin with one form, a line for each.
fn all_from(n: usize) -> Vec<String> {
    let forms = forms();
    let from = forms[n];
    forms.into_iter().filter(|to| *to != from).map(|to| become_other(from, to)).collect()
}

macro_rules! from_each_form {
    ($($name:ident: $n:literal,)*) => { $(
        #[test]
        fn $name() {
            println!("{}", all_from($n).join("\n"));
        }
    )* };
}

from_each_form! {
    from_the_reference: 0,
    from_one_subnet: 1,
    from_three_zones: 2,
    from_a_gateway_per_zone: 3,
    from_two_addresses: 4,
    from_another_range: 5,
    from_another_public_subnet: 6,
    from_other_private_subnets: 7,
    from_other_names: 8,
    from_inline_permission: 9,
    from_no_function: 10,
}
