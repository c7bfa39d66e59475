//! What people read, whole.

use std::{collections::BTreeSet, net::Ipv4Addr, time::Duration};

use egress_core::{
    CloudError, CloudId, ErrorKind, Key, Kind, Owner, StackName, Tags,
    execute::{Report, StepError},
    op::{
        AllocateAddress, AssociateNatAddress, CreateNatGateway, DisassociateNatAddress, FunctionOp, GatewayOp, Op,
        SetAttachment,
    },
    plan::{Action, AddressChange, Condition, Fate, Fingerprint, Level, Method, Notice, Plan, Proof, Step, StepId},
    report::cost::{Cost, CostLine},
    trace::{Hop, Reason, RuleId},
    world::{Attachment, Place},
};

use super::{
    View,
    carried::{Carried, Deed},
};
use crate::inspect::{DeadEnd, Proven, Verified};

const IP: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 7);

fn shown(view: &impl View) -> String {
    anstream::adapter::strip_str(&view.human()).to_string()
}

fn key(text: &str) -> Key {
    text.parse().unwrap()
}

fn tags(text: &str) -> Tags {
    Owner { stack: StackName::new("shop").unwrap(), key: key(text) }.tags(&Tags::new())
}

fn step(id: &str, action: Action) -> Step {
    Step { id: StepId(id.to_owned()), needs: BTreeSet::new(), action, cleanup: false, why: None }
}

/// An address and a gateway, a proof, and a function that moves.
pub(crate) fn a_plan() -> Plan {
    let nat = GatewayOp::CreateNatGateway(CreateNatGateway {
        subnet: key("subnet/lambda_pub"),
        address: key("address/lambda_nat"),
        tags: tags("nat-gateway/lambda_nat"),
    });
    let attach = FunctionOp::SetAttachment(SetAttachment {
        function: key("function/order-sync"),
        to: Some(Attachment {
            subnets: [key("subnet/lambda_prv1")].into(),
            groups: [key("security-group/lambda_sg")].into(),
            ipv6: false,
        }),
        revision: None,
    });
    let by = Method::Probe { probe: key("probe/lambda_prv1"), url: "https://echo".to_owned() };
    let expect = [key("address/lambda_nat")].into();
    let allocate = GatewayOp::AllocateAddress(AllocateAddress { tags: tags("address/lambda_nat"), ip: None });
    let steps = vec![
        step("allocate address/lambda_nat", Action::Change(Op::Gateway(allocate))),
        step("create nat-gateway/lambda_nat", Action::Change(Op::Gateway(nat))),
        step("await nat-gateway/lambda_nat", Action::Await(Condition::Ready(key("nat-gateway/lambda_nat")))),
        step("prove subnet/lambda_prv1", Action::Prove(Proof { subnet: key("subnet/lambda_prv1"), by, expect })),
        Step {
            why: Some("it was detached by hand".to_owned()),
            ..step("attach function/order-sync", Action::Change(Op::Function(attach)))
        },
    ];
    Plan {
        stack: StackName::new("shop").unwrap(),
        place: Place { account: "123456789012".to_owned(), region: "us-east-1".to_owned() },
        functions: [CloudId::new("order-sync")].into(),
        networks: [].into(),
        bindings: [(key("subnet/lambda_pub"), CloudId::new("subnet-1"))].into(),
        fingerprint: Fingerprint(String::new()),
        needs: Vec::new(),
        addresses: vec![
            AddressChange { key: key("address/lambda_nat"), ip: None, fate: Fate::New },
            AddressChange { key: key("address/old"), ip: Some(Ipv4Addr::new(203, 0, 113, 1)), fate: Fate::Parked },
        ],
        connectivity: Vec::new(),
        steps,
        cost: Cost {
            lines: vec![
                CostLine { what: "NAT gateway".to_owned(), count: 1, hourly_micros: Some(45_000) },
                CostLine { what: "public address".to_owned(), count: 2, hourly_micros: Some(5_000) },
            ],
            monthly_micros: Some(40_150_000),
            currency: "USD".to_owned(),
            source: "price list of somebody, 2026-01-01".to_owned(),
        },
        notices: vec![Notice {
            level: Level::Warning,
            subject: Some("order-sync".to_owned()),
            message: "version 3 keeps its own network".to_owned(),
            hint: Some("publish a new version".to_owned()),
        }],
    }
}

#[test]
pub(crate) fn a_plan_tells_the_ips_first_then_the_steps_then_the_bill() {
    insta::assert_snapshot!(shown(&a_plan()));
}

#[test]
fn an_address_that_comes_and_one_that_goes_stand_in_their_own_rows() {
    let (gateway, more, old) = (key("nat-gateway/lambda_nat"), key("address/more"), key("address/old"));
    let allocate = GatewayOp::AllocateAddress(AllocateAddress { tags: tags("address/more"), ip: None });
    let put = AssociateNatAddress { gateway: gateway.clone(), address: more.clone() };
    let association = CloudId::new("eipassoc-1");
    let take = DisassociateNatAddress { gateway: gateway.clone(), address: old.clone(), association };
    let change = |op| Action::Change(Op::Gateway(op));
    let steps = vec![
        step("1", change(allocate)),
        step("2", change(GatewayOp::AssociateNatAddress(put))),
        step("3", Action::Await(Condition::InUse { gateway: gateway.clone(), address: more })),
        step("4", change(GatewayOp::DisassociateNatAddress(take))),
        step("5", Action::Await(Condition::NotInUse { gateway, address: old })),
    ];
    let lines = |step: &Step| super::steps::label(step).text;
    insta::assert_snapshot!(steps.iter().map(lines).collect::<Vec<_>>().join("\n"));
    let plan = Plan { steps, notices: Vec::new(), ..a_plan() };
    insta::assert_snapshot!(shown(&plan));
}

#[test]
fn an_empty_plan_says_that_there_is_nothing_to_do() {
    let address = AddressChange { key: key("address/lambda_nat"), ip: Some(IP), fate: Fate::Kept };
    let cost = Cost { lines: Vec::new(), ..Cost::default() };
    let plan = Plan { steps: Vec::new(), notices: Vec::new(), addresses: vec![address], cost, ..a_plan() };
    insta::assert_snapshot!(shown(&plan));
}

#[test]
fn a_price_that_is_not_known_is_said_to_be_unknown() {
    let mut plan = a_plan();
    plan.cost.lines.truncate(1);
    plan.cost.lines[0].hourly_micros = None;
    plan.cost.monthly_micros = None;
    plan.cost.source = "unknown".to_owned();
    let text = shown(&plan);
    insta::assert_snapshot!(
        text.lines().skip_while(|line| !line.starts_with("monthly")).collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn a_run_that_came_to_its_end_tells_the_ip_and_the_functions() {
    let plan = a_plan();
    let report = Report {
        done: plan.steps.iter().map(|step| step.id.clone()).collect(),
        addresses: [(key("address/lambda_nat"), IP)].into(),
        took: Duration::from_secs(98),
        ..Report::default()
    };
    insta::assert_snapshot!(shown(&Carried { deed: Deed::Apply, plan: &plan, report: &report }));
}

#[test]
fn a_run_that_failed_tells_what_stands_and_what_was_not_done() {
    let plan = a_plan();
    let quota = CloudError::new(ErrorKind::Quota, "CreateNatGateway", "the limit of 5 is reached");
    let ids = |range: std::ops::Range<usize>| plan.steps[range].iter().map(|step| step.id.clone()).collect();
    let report = Report {
        done: ids(0..1),
        failed: vec![(plan.steps[1].id.clone(), StepError::Cloud(quota))],
        not_run: ids(2..5),
        bindings: [
            (key("address/lambda_nat"), CloudId::new("eipalloc-1")),
            (key("function/order-sync"), CloudId::new("order-sync")),
            (key("subnet/lambda_pub"), CloudId::new("subnet-1")),
        ]
        .into(),
        addresses: [(key("address/lambda_nat"), IP)].into(),
        took: Duration::from_secs(3),
        ..Report::default()
    };
    insta::assert_snapshot!(shown(&Carried { deed: Deed::Apply, plan: &plan, report: &report }));
}

#[test]
fn a_failed_verification_shows_where_the_packet_dies() {
    let hop = |kind: &str, id: &str, detail: &str| Hop {
        kind: kind.to_owned(),
        id: Some(CloudId::new(id)),
        detail: detail.to_owned(),
    };
    let proof = |subnet: &str, seen: Option<Ipv4Addr>| Proven {
        subnet: key(subnet),
        seen,
        expected: vec![IP],
        proven: seen == Some(IP),
        detail: seen.is_none().then(|| "no answer in 10s".to_owned()),
    };
    let verified = Verified {
        stack: StackName::new("shop").unwrap(),
        proofs: vec![proof("subnet/lambda_prv1", None), proof("subnet/lambda_prv2", Some(IP))],
        dead_ends: vec![DeadEnd {
            subnets: vec![Key::new(Kind::Subnet, "lambda_prv1")],
            hops: vec![
                hop("security-group", "sg-1", "allows everything out"),
                hop("route-table", "rtb-1", "no route for 0.0.0.0/0"),
            ],
            reasons: vec![Reason {
                rule: RuleId::NoDefaultRoute,
                resource: Some(CloudId::new("rtb-1")),
                detail: "no route matches".to_owned(),
                fix: "add 0.0.0.0/0 to the NAT gateway".to_owned(),
            }],
            missing: Vec::new(),
        }],
        external: Vec::new(),
    };
    insta::assert_snapshot!(shown(&verified));
}
