//! Plans for tests, made by hand.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
};

use crate::{
    CloudId, Key, Kind, Owner, StackName, Tags,
    op::*,
    plan::{Action, Condition, Fingerprint, Method, Plan, Proof, Step, StepId},
    report::cost::Cost,
    world::{Attachment, Destination, Place, Target},
};

pub(super) fn key(text: &str) -> Key {
    text.parse().unwrap()
}

pub(super) fn stack() -> StackName {
    StackName::new("web").unwrap()
}

pub(super) fn tags(text: &str) -> Tags {
    Owner { stack: stack(), key: key(text) }.tags(&Tags::new())
}

/// A plan of these steps, for a stack that has nothing yet.
pub(super) fn plan(steps: impl IntoIterator<Item = Step>) -> Plan {
    Plan {
        stack: stack(),
        place: Place::default(),
        functions: BTreeSet::new(),
        networks: BTreeSet::new(),
        bindings: BTreeMap::new(),
        fingerprint: Fingerprint(String::new()),
        needs: Vec::new(),
        addresses: Vec::new(),
        connectivity: Vec::new(),
        steps: steps.into_iter().collect(),
        cost: Cost::default(),
        notices: Vec::new(),
    }
}

/// The same plan, where these things are there already.
pub(super) fn bound(mut plan: Plan, things: &[(&str, &str)]) -> Plan {
    plan.bindings.extend(things.iter().map(|(text, id)| (key(text), CloudId::from(*id))));
    plan
}

pub(super) fn step(id: &str, needs: &[&str], action: Action) -> Step {
    Step {
        id: StepId(id.to_owned()),
        needs: needs.iter().map(|need| StepId((*need).to_owned())).collect(),
        action,
        cleanup: false,
        why: None,
    }
}

pub(super) fn cleanup(id: &str, needs: &[&str], action: Action) -> Step {
    Step { cleanup: true, ..step(id, needs, action) }
}

pub(super) fn network(name: &str) -> Action {
    let cidr = "10.0.0.0/16".parse().unwrap();
    Action::Change(Op::Network(NetworkOp::CreateNetwork(CreateNetwork { cidr, tags: tags(name) })))
}

pub(super) fn subnet(name: &str, network: &str) -> Action {
    Action::Change(Op::Network(NetworkOp::CreateSubnet(CreateSubnet {
        network: key(network),
        cidr: "10.0.1.0/24".parse().unwrap(),
        zone: "a".to_owned(),
        tags: tags(name),
    })))
}

pub(super) fn delete_subnet(name: &str) -> Action {
    Action::Change(Op::Network(NetworkOp::DeleteSubnet(DeleteSubnet { subnet: key(name) })))
}

pub(super) fn table(name: &str, network: &str) -> Action {
    let (network, tags) = (key(network), tags(name));
    Action::Change(Op::Network(NetworkOp::CreateRouteTable(CreateRouteTable { network, tags })))
}

pub(super) fn create_route(table: &str, gateway: &str) -> Op<Key> {
    let (destination, target) = (Destination::default_v4(), Target::NatGateway(key(gateway)));
    Op::Network(NetworkOp::CreateRoute(CreateRoute { table: key(table), destination, target }))
}

pub(super) fn route(table: &str, gateway: &str) -> Action {
    Action::Change(create_route(table, gateway))
}

pub(super) fn address(name: &str) -> Action {
    Action::Change(Op::Gateway(GatewayOp::AllocateAddress(AllocateAddress { tags: tags(name), ip: None })))
}

pub(super) fn nat(name: &str, subnet: &str, address: &str) -> Action {
    let (subnet, address, tags) = (key(subnet), key(address), tags(name));
    Action::Change(Op::Gateway(GatewayOp::CreateNatGateway(CreateNatGateway { subnet, address, tags })))
}

pub(super) fn delete_nat(name: &str) -> Action {
    Action::Change(Op::Gateway(GatewayOp::DeleteNatGateway(DeleteNatGateway { gateway: key(name) })))
}

pub(super) fn role(name: &str) -> Action {
    let op = CreateProbeRole { name: key(name).name, tags: tags(name) };
    Action::Change(Op::Function(FunctionOp::CreateProbeRole(op)))
}

pub(super) fn delete_role(name: &str) -> Action {
    Action::Change(Op::Function(FunctionOp::DeleteProbeRole(DeleteProbeRole { role: key(name) })))
}

pub(super) fn probe(name: &str, role: &str, subnet: &str) -> Action {
    let attachment = Attachment { subnets: BTreeSet::from([key(subnet)]), groups: BTreeSet::new(), ipv6: false };
    let op = CreateProbe { name: key(name).name, role: key(role), attachment, tags: tags(name) };
    Action::Change(Op::Function(FunctionOp::CreateProbe(op)))
}

pub(super) fn delete_probe(name: &str) -> Action {
    Action::Change(Op::Function(FunctionOp::DeleteProbe(DeleteProbe { probe: key(name) })))
}

pub(super) fn attach(function: &str, subnet: &str) -> Action {
    let to = Attachment { subnets: BTreeSet::from([key(subnet)]), groups: BTreeSet::new(), ipv6: false };
    let op = SetAttachment { function: key(function), to: Some(to), revision: None };
    Action::Change(Op::Function(FunctionOp::SetAttachment(op)))
}

pub(super) fn ready(name: &str) -> Action {
    Action::Await(Condition::Ready(key(name)))
}

pub(super) fn gone(name: &str) -> Action {
    Action::Await(Condition::Gone(key(name)))
}

pub(super) fn prove_by_probe(subnet: &str, probe: &str, expect: &[&str]) -> Action {
    let by = Method::Probe { probe: key(probe), url: "https://echo.example".to_owned() };
    Action::Prove(Proof { subnet: key(subnet), by, expect: expect.iter().map(|text| key(text)).collect() })
}

pub(super) fn prove_by_trace(subnet: &str, assuming: Vec<Op<Key>>, expect: &[&str]) -> Action {
    let by = Method::Trace { assuming };
    Action::Prove(Proof { subnet: key(subnet), by, expect: expect.iter().map(|text| key(text)).collect() })
}

/// The IP that the test cloud gives to addresses.
pub(super) const IP: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 7);

/// A network with a way out: everything that an apply makes, in small.
pub(super) fn way_out() -> Plan {
    plan([
        step("create network/n", &[], network("network/n")),
        step("create subnet/s", &["create network/n"], subnet("subnet/s", "network/n")),
        step("allocate address/a", &[], address("address/a")),
        step(
            "create nat-gateway/g",
            &["create subnet/s", "allocate address/a"],
            nat("nat-gateway/g", "subnet/s", "address/a"),
        ),
        step("create route-table/t", &["create network/n"], table("route-table/t", "network/n")),
        step(
            "route t to g",
            &["create route-table/t", "create nat-gateway/g"],
            route("route-table/t", "nat-gateway/g"),
        ),
        step("await nat-gateway/g", &["create nat-gateway/g"], ready("nat-gateway/g")),
    ])
}

/// Many networks at once, none needing another.
pub(super) fn apart(count: usize) -> Plan {
    plan((0..count).map(|n| {
        let name = Key::new(Kind::Network, format!("n{n:02}")).to_string();
        step(&format!("create {name}"), &[], network(&name))
    }))
}
