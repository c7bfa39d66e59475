//! Proofs of paths.

use std::net::Ipv4Addr;

use serde_json::json;

use super::{cloud::*, plans::*, *};
use crate::{ErrorKind, Invoked, plan::Plan, probe::Reply as Said};

/// An address, a subnet and a probe that stand already, and a proof that the one leaves from the other.
fn proof() -> Plan {
    let prove = prove_by_probe("subnet/s", "probe/p", &["address/a"]);
    let plan = plan([
        step("allocate address/a", &[], address("address/a")),
        step("prove s", &["allocate address/a"], prove),
        step("create network/next", &["prove s"], network("network/next")),
    ]);
    bound(plan, &[("subnet/s", "subnet-1"), ("probe/p", "p")])
}

fn said(reply: &Said) -> Result<Invoked, ErrorKind> {
    Ok(Invoked { payload: serde_json::to_value(reply).unwrap(), error: None })
}

fn answered(status: u16, body: &str) -> Result<Invoked, ErrorKind> {
    said(&Said::Answered { status, body: body.to_owned() })
}

fn probe_says(replies: impl IntoIterator<Item = Result<Invoked, ErrorKind>>) -> TestCloud {
    TestCloud::new().with(|s| s.replies.extend(replies))
}

#[test]
fn a_path_is_proven_by_the_right_ip() {
    let ran = run(&probe_says([answered(200, "203.0.113.7\n")]), &proof());
    insta::assert_snapshot!(ran.transcript());
}

#[test]
fn a_path_may_take_a_moment_to_work() {
    let cloud = probe_says([
        Err(ErrorKind::NotFound),
        Err(ErrorKind::Busy),
        said(&Said::TimedOut),
        said(&Said::Failed { error: "no such host".to_owned() }),
        answered(503, "203.0.113.7"),
        answered(200, "2001:db8::1"),
        answered(200, "198.51.100.1"),
        Ok(Invoked { payload: json!({}), error: Some("out of memory".to_owned()) }),
        Ok(Invoked { payload: json!({"outcome": "nonsense"}), error: None }),
        answered(200, "203.0.113.7"),
    ]);
    let ran = run(&cloud, &proof());
    let details: Vec<String> = ran
        .events
        .iter()
        .filter_map(|event| match &event.what {
            What::Waiting { detail, .. } => Some(detail.clone()),
            What::Retrying { error, .. } => Some(error.to_string()),
            _ => None,
        })
        .collect();
    insta::assert_snapshot!(details.join("\n"));
    assert!(ran.report.is_complete());
}

#[test]
fn a_path_that_leaves_from_another_ip_is_not_proven() {
    let ran = run(&probe_says([answered(200, "198.51.100.1")]), &proof());
    let [(_, StepError::NotProven { subnet, seen, expected, detail })] = &ran.report.failed[..] else {
        panic!("{:?}", ran.report)
    };
    assert_eq!((subnet, *seen, &expected[..]), (&key("subnet/s"), Some(Ipv4Addr::new(198, 51, 100, 1)), &[IP][..]));
    assert!(detail.starts_with("the internet saw 198.51.100.1; "), "{detail}");
    assert_eq!(ran.report.took, secs(60));
    assert_eq!(ran.not_run(), ["create network/next"]);
}

#[test]
fn a_path_that_leads_nowhere_is_not_proven() {
    let ran = run(&probe_says([said(&Said::TimedOut)]), &proof());
    let failed = &ran.failed()[0];
    let start = "prove s: subnet/s does not leave from 203.0.113.7: nothing came back within 5 s; ";
    assert!(failed.starts_with(start), "{failed}");
}

#[test]
fn a_probe_that_may_not_be_called_ends_the_proof_at_once() {
    let ran = run(&probe_says([Err(ErrorKind::Denied)]), &proof());
    assert_eq!(ran.failed(), ["prove s: invoke on p: scripted"]);
    assert_eq!(ran.report.took, secs(0));
}

#[test]
fn the_ip_of_an_address_that_stood_before_is_observed() {
    // The first run makes the address; the second one only knows what it is called.
    let cloud = probe_says([answered(200, "203.0.113.7")]);
    let made = run(&cloud, &plan([step("allocate address/a", &[], address("address/a"))])).report.bindings;
    let mut again = proof();
    again.steps.remove(0);
    again.steps[0].needs.clear();
    again.bindings.extend(made);
    assert_eq!(run(&cloud, &again).failed(), [""; 0]);
    // An address that is no longer there.
    again.bindings.insert(key("address/a"), "address-0".into());
    assert_eq!(run(&cloud, &again).failed(), ["prove s: address/a is not known to the cloud"]);
}

#[test]
fn a_proof_that_nothing_answers_for_takes_a_slot_only_while_it_calls() {
    let cloud = probe_says([said(&Said::TimedOut)]);
    let mut plan = proof();
    plan.steps.push(step("create network/n", &["allocate address/a"], network("network/n")));
    let ran = run_with(&cloud, &plan, &Options { limit: 1, ..options() }, pending());
    assert_eq!(ran.done_at("create network/n"), secs(0));
}

#[test]
fn a_path_is_not_proven_by_ops_that_the_world_does_not_admit() {
    let cloud = TestCloud::new();
    let steps = [
        step("allocate address/a", &[], address("address/a")),
        step(
            "prove s",
            &["allocate address/a"],
            prove_by_trace("subnet/s", vec![create_route("route-table/t", "nat-gateway/g")], &["address/a"]),
        ),
    ];
    let things = [("subnet/s", "subnet-1"), ("route-table/t", "table-1"), ("nat-gateway/g", "nat-1")];
    let ran = run(&cloud, &bound(plan(steps.clone()), &things));
    let why = "route 0.0.0.0/0 in route-table/t to nat-gateway/g is not possible: table-1 does not exist";
    assert_eq!(ran.failed(), [format!("prove s: subnet/s does not leave from 203.0.113.7: {why}")]);
    assert_eq!(ran.report.took, PACE.visibility);
    let ran = run(&cloud, &bound(plan(steps), &things[..2]));
    assert_eq!(ran.failed(), ["prove s: nat-gateway/g is not known to the cloud"]);
}
