//! The fixtures are of a module that is called for a network of two zones (with a NAT gateway in each) and of a function in it:
//! a plan and a state, as Terraform 1.11 with the AWS provider 5.100 printed them.

use std::{collections::BTreeSet, path::Path};

use egress_core::{
    CloudId, World,
    trace::{Query, Source, SourceAddress, To, Trace, Verdict, trace},
    world::Protocol,
};
use serde_json::{Value, json};

use super::{TerraformError, read};
use crate::Snapshot;

const PLAN: &str = include_str!("plan.json");
const STATE: &str = include_str!("state.json");

fn snapshot(text: &str) -> Snapshot {
    read(Path::new("shown.json"), text.as_bytes()).unwrap()
}

fn world(snapshot: &Snapshot) -> &World {
    snapshot.worlds.values().next().unwrap()
}

fn from_pay(world: &World, port: u16) -> Trace {
    let source = Source::Function(CloudId::new("pay"));
    trace(world, &Query { source, to: To::Ip([93, 184, 215, 14].into()), protocol: Protocol::Tcp, port })
}

fn sources(trace: &Trace) -> BTreeSet<String> {
    trace.verdict.sources().iter().map(ToString::to_string).collect()
}

/// The plan with one thing changed.
fn changed(change: impl Fn(&mut Value)) -> String {
    let mut plan = serde_json::from_str(PLAN).unwrap();
    change(&mut plan);
    plan.to_string()
}

/// The resource with this address in the planned values of the module.
fn planned<'a>(plan: &'a mut Value, address: &str) -> &'a mut Value {
    let resources = plan.pointer_mut("/planned_values/root_module/child_modules/0/resources").unwrap();
    resources.as_array_mut().unwrap().iter_mut().find(|r| r["address"] == address).unwrap()
}

#[test]
fn a_plan_tells_by_which_addresses_a_function_will_leave_though_nothing_is_made() {
    let snapshot = snapshot(PLAN);
    let (place, world) = snapshot.worlds.first_key_value().unwrap();
    assert_eq!(place.region, "ap-northeast-1");
    let trace = from_pay(world, 443);
    let address = |n| CloudId::new(format!("module.net.aws_eip.nat[{n}]"));
    let expected = [0, 1].map(|n| SourceAddress::Fixed { address: address(n), ip: None });
    assert_eq!(trace.verdict, Verdict::Reaches { sources: expected.into() });
    // Each subnet has the gateway of its own zone.
    let leaves =
        |path: &egress_core::trace::Path| (path.subnet.clone().unwrap().to_string(), path.verdict.sources().len());
    let paths: Vec<_> = trace.paths.iter().map(leaves).collect();
    assert_eq!(paths, [("module.net.aws_subnet.private[0]".into(), 1), ("module.net.aws_subnet.private[1]".into(), 1)]);
    assert_eq!(snapshot.notes, []);
}

#[test]
fn a_plans_groups_and_acls_count() {
    let plan = snapshot(PLAN);
    let blocked = from_pay(world(&plan), 80);
    let rules: Vec<_> = blocked.verdict.reasons().iter().map(|reason| reason.rule.as_str()).collect();
    // One for each subnet that the ACL filters.
    assert_eq!(rules, ["SG_EGRESS_BLOCKS", "NACL_BLOCKS_FORWARD", "NACL_BLOCKS_FORWARD"]);
}

#[test]
fn a_change_that_takes_the_way_out_away_is_seen_before_it_is_made() {
    let plan = changed(|plan| {
        let resources = plan.pointer_mut("/planned_values/root_module/child_modules/0/resources").unwrap();
        resources.as_array_mut().unwrap().retain(|r| r["address"] != "module.net.aws_route.private[1]");
    });
    let trace = from_pay(world(&snapshot(&plan)), 443);
    assert_eq!(sources(&trace), ["the IP of module.net.aws_eip.nat[0]".to_owned()].into());
    assert_eq!(trace.verdict.reasons().iter().map(|r| r.rule.as_str()).collect::<Vec<_>>(), ["NO_DEFAULT_ROUTE"]);
}

#[test]
fn a_state_tells_the_ips_and_what_is_taken_for_granted() {
    let snapshot = snapshot(STATE);
    let (place, world) = snapshot.worlds.first_key_value().unwrap();
    assert_eq!((place.account.as_str(), place.region.as_str()), ("123456789012", "ap-northeast-1"));
    let trace = from_pay(world, 443);
    assert!(matches!(trace.verdict, Verdict::Reaches { .. }), "{:?}", trace.verdict);
    assert_eq!(trace.fixed_ips().len(), 2);
    assert!(world.function.roles[&CloudId::new("fn")].has_network_access());
    let notes: Vec<&str> = snapshot.notes.iter().map(|note| note.why.split(' ').nth(2).unwrap()).collect();
    assert_eq!(notes, ["table", "ACL"]);
}

#[test]
fn what_a_local_value_may_mean_among_several_is_not_guessed() {
    // A second network in the module: which of both `local.vpc_id` is, no plan tells.
    let plan = changed(|plan| {
        let mut other = planned(plan, "module.net.aws_vpc.this[0]").clone();
        other["address"] = json!("module.net.aws_vpc.other");
        other["name"] = json!("other");
        let resources = plan.pointer_mut("/planned_values/root_module/child_modules/0/resources").unwrap();
        resources.as_array_mut().unwrap().push(other);
    });
    let snapshot = snapshot(&plan);
    assert!(world(&snapshot).network.subnets.is_empty());
    assert!(snapshot.notes.iter().any(|note| note.to_string().contains("aws_subnet.private[0]: what its vpc_id is")));
    assert!(matches!(from_pay(world(&snapshot), 443).verdict, Verdict::Unknown { .. }));
}

#[test]
fn other_json_is_refused() {
    let read = |text: &str| read(Path::new("x"), text.as_bytes());
    for text in ["{}", "[]", "{\"version\": 4, \"resources\": []}", "{\"format_version\": \"1.0\"}", "null"] {
        assert!(matches!(read(text), Err(TerraformError::NotTerraform(_))), "{text}");
    }
    assert!(matches!(read("{"), Err(TerraformError::NotJson(..))));
    assert!(matches!(read(&"[".repeat(100_000)), Err(TerraformError::NotJson(..))));
}

/// Puts something absurd in the place of the n-th value.
fn absurd(value: &mut Value, n: &mut usize, with: &Value) {
    if *n == 0 {
        *value = with.clone();
    }
    *n = n.wrapping_sub(1);
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|field| absurd(field, n, with)),
        Value::Array(items) => items.iter_mut().for_each(|item| absurd(item, n, with)),
        _ => {}
    }
}

#[test]
fn an_absurd_value_anywhere_is_survived() {
    let endless: String = "module.net.".repeat(300);
    let oddities = [
        json!(null),
        json!(-1),
        json!("999.0.0.0/99"),
        json!([[]]),
        json!({"references": [endless, "var.", "local.", "module.", "[", "."]}),
    ];
    for text in [PLAN, STATE] {
        let whole: Value = serde_json::from_str(text).unwrap();
        for n in (0..1200).step_by(7) {
            let mut broken = whole.clone();
            absurd(&mut broken, &mut n.clone(), &oddities[n % oddities.len()]);
            let _read = read(Path::new("x"), broken.to_string().as_bytes());
        }
    }
}
