//! The traits: every Op reaches its action, and every answer its Outcome.

use std::{collections::BTreeSet, time::Duration};

use egress_core::{
    Clock, CloudId, ErrorKind, Kind, Op, Scope, StackName, Tags,
    op::*,
    world::{AssociatedWith, Attachment, Destination, Grant, Rule},
};

use super::stage::{Stage, tags};
use crate::{Timing, Wait};

#[test]
fn after_done_the_world_shows_every_op_there_and_back() {
    for timing in [Timing::default(), Timing::aws()] {
        let s = Stage::new(3, timing);
        let made = s.topology();
        let f = s.function("f");
        let role = CloudId::new("f-role");
        let function = |op| Op::<CloudId>::Function(op);
        s.done(function(FunctionOp::GrantNetworkAccess(GrantNetworkAccess {
            role: role.clone(),
            grant: Grant::Inline,
        })));
        s.attach(&f, Some(&made));
        let set = Tags::from([("egress:was".to_owned(), "x".to_owned())]);
        let tag = SetTags { resource: f.clone(), kind: Kind::Function, set, remove: Vec::new() };
        s.done(function(FunctionOp::SetTags(tag)));
        let probe_tags = tags(Kind::Role, "probe");
        let probe_role = s.made(function(FunctionOp::CreateProbeRole(CreateProbeRole {
            name: "probe-role".to_owned(),
            tags: probe_tags,
        })));
        s.wait(60);
        let attachment = Attachment {
            subnets: BTreeSet::from([made.private.clone()]),
            groups: BTreeSet::from([made.group.clone()]),
            ipv6: false,
        };
        let probe = s.made(function(FunctionOp::CreateProbe(CreateProbe {
            name: "probe".to_owned(),
            role: probe_role.clone(),
            attachment,
            tags: tags(Kind::Probe, "probe"),
        })));
        s.wait(300);
        s.attach(&f, None);
        s.wait(60);
        let (second, _) = s.second_address(&made);
        s.take_off(&made, &second);
        s.wait(400);
        s.done(function(FunctionOp::DeleteProbe(DeleteProbe { probe })));
        s.done(function(FunctionOp::RevokeNetworkAccess(RevokeNetworkAccess { role, grant: Grant::Inline })));
        s.wait(3_000);
        s.done(function(FunctionOp::DeleteProbeRole(DeleteProbeRole { role: probe_role })));
        take_down(&s, &made);
        let world = s.observe(&Scope::Everything);
        assert_eq!(world.owned().iter().map(|o| &o.id).collect::<Vec<_>>(), [&second]);
        assert_eq!(world.network.networks.len() + world.network.interfaces.len() + world.network.groups.len(), 0);
    }
}

fn take_down(s: &Stage, made: &super::stage::Made) {
    let network = |op| Op::<CloudId>::Network(op);
    let gateway = |op| Op::<CloudId>::Gateway(op);
    s.done(gateway(GatewayOp::DeleteNatGateway(DeleteNatGateway { gateway: made.nat.clone() })));
    s.wait(3_800);
    s.done(gateway(GatewayOp::ReleaseAddress(ReleaseAddress { address: made.address.clone(), ip: made.ip })));
    let world = s.observe(&Scope::Everything);
    for table in world.network.route_tables.values().filter(|t| !t.is_main()) {
        let destination = Destination::default_v4();
        s.done(network(NetworkOp::DeleteRoute(DeleteRoute { table: table.id.clone(), destination })));
        for association in &table.associations {
            let AssociatedWith::Subnet(subnet) = association.with.clone() else { continue };
            s.done(network(NetworkOp::DisassociateRouteTable(DisassociateRouteTable {
                table: table.id.clone(),
                subnet,
                association: association.id.clone(),
            })));
        }
        s.done(network(NetworkOp::DeleteRouteTable(DeleteRouteTable { table: table.id.clone() })));
    }
    for igw in world.gateway.internet_gateways.keys() {
        let detach = DetachInternetGateway { gateway: igw.clone(), network: made.vpc.clone() };
        s.done(gateway(GatewayOp::DetachInternetGateway(detach)));
        s.done(gateway(GatewayOp::DeleteInternetGateway(DeleteInternetGateway { gateway: igw.clone() })));
    }
    let https = Rule { ports: (443, 443), ..Rule::all_v4() };
    s.done(network(NetworkOp::AllowEgress(AllowEgress { group: made.group.clone(), rule: https })));
    s.done(network(NetworkOp::DeleteGroup(DeleteGroup { group: made.group.clone() })));
    for subnet in world.network.subnets.keys() {
        s.done(network(NetworkOp::DeleteSubnet(DeleteSubnet { subnet: subnet.clone() })));
    }
    s.done(network(NetworkOp::DeleteNetwork(DeleteNetwork { network: made.vpc.clone() })));
}

#[test]
fn a_refusal_is_failed_with_awss_code_and_its_kind() {
    let s = Stage::new(1, Timing::default());
    let made = s.topology();
    let release = ReleaseAddress { address: made.address.clone(), ip: made.ip };
    let error = s.failed(Op::Gateway(GatewayOp::ReleaseAddress(release)));
    assert_eq!(error.kind, ErrorKind::InUse);
    assert_eq!(
        error.to_string(),
        format!(
            "ReleaseAddress on {}: AuthFailure: You do not have permission to access the specified resource.",
            made.address
        )
    );
    let call = s.cloud.calls().last().unwrap().clone();
    let subject = format!("release {} ({})", made.address, made.ip);
    assert_eq!((call.name, call.subject, call.refused), ("ReleaseAddress", subject, Some("AuthFailure".to_owned())));
}

#[test]
fn an_address_is_not_released_under_another_ip() {
    let s = Stage::new(1, Timing::default());
    let tags = tags(Kind::Address, "a");
    let made = s.done(Op::Gateway(GatewayOp::AllocateAddress(AllocateAddress { tags, ip: None })));
    let (address, ip) = (made.id.unwrap(), made.ip.unwrap());
    let named = "203.0.113.9".parse().unwrap();
    let error =
        s.failed(Op::Gateway(GatewayOp::ReleaseAddress(ReleaseAddress { address: address.clone(), ip: named })));
    let sentence = format!("the address has the IP {ip}, and 203.0.113.9 was named to be released");
    assert_eq!((error.kind, error.message), (ErrorKind::Invalid, sentence));
    assert!(s.cloud.world().gateway.addresses.contains_key(&address));
}

#[test]
fn another_subnets_association_is_neither_replaced_nor_taken_away() {
    let s = Stage::new(1, Timing::default());
    let made = s.topology();
    let world = s.cloud.world();
    let of_private = world.network.route_tables[&made.private_table].association_of(&made.private).unwrap().id.clone();
    let public = world.network.subnets.keys().find(|id| **id != made.private).unwrap().clone();
    let table = made.private_table;
    let replace =
        AssociateRouteTable { table: table.clone(), subnet: public.clone(), replaces: Some(of_private.clone()) };
    let disassociate = DisassociateRouteTable { table, subnet: public, association: of_private };
    for op in [NetworkOp::AssociateRouteTable(replace), NetworkOp::DisassociateRouteTable(disassociate)] {
        assert_eq!(s.failed(Op::Network(op)).kind, ErrorKind::Invalid);
    }
    assert_eq!(s.cloud.world(), world);
}

#[test]
fn nothing_takes_time_under_instant() {
    let s = Stage::new(1, Timing::default());
    let tags = tags(Kind::Address, "a");
    s.apply(&Op::Gateway(GatewayOp::AllocateAddress(AllocateAddress { tags, ip: None })));
    s.observe(&Scope::Everything);
    assert_eq!(s.clock.now(), Duration::ZERO);
}

#[test]
fn a_call_takes_between_a_tenth_and_four_tenths_of_a_second_under_aws() {
    let s = Stage::new(1, Timing::aws());
    let mut took = BTreeSet::new();
    for _ in 0..20 {
        let before = s.clock.now();
        s.clock.block_on(egress_core::NetworkProvider::observe_network(&s.cloud, &Scope::Everything)).unwrap();
        took.insert(s.clock.now() - before);
    }
    assert!(
        *took.first().unwrap() >= Duration::from_millis(100) && *took.last().unwrap() <= Duration::from_millis(400)
    );
    assert!(took.len() > 15, "{took:?}");
}

#[test]
fn another_order_of_calls_gives_the_same_ids_addresses_and_timings() {
    let run = |names: [&str; 3]| {
        let s = Stage::new(5, Timing::aws());
        for name in names {
            let tags = tags(Kind::Address, name);
            s.done(Op::Gateway(GatewayOp::AllocateAddress(AllocateAddress { tags, ip: None })));
            let tags = super::stage::tags(Kind::Network, name);
            let cidr = "10.0.0.0/16".parse().unwrap();
            s.done(Op::Network(NetworkOp::CreateNetwork(CreateNetwork { cidr, tags })));
        }
        s.wait(10);
        let mut drawn = s.cloud.drawn();
        drawn.sort();
        let world = s.cloud.world();
        (drawn, world.gateway.addresses, world.network.networks)
    };
    let (drawn, addresses, networks) = run(["a", "b", "c"]);
    assert_eq!((drawn.clone(), addresses, networks), run(["c", "a", "b"]));
    let of_networks: Vec<&str> =
        drawn.iter().filter(|d| d.wait == Wait::NetworkAvailable).map(|d| d.subject.as_str()).collect();
    assert_eq!(of_networks, ["a", "b", "c"]);
}

#[test]
fn a_narrow_scope_shows_the_stack_and_no_more_but_every_address() {
    let s = Stage::new(1, Timing::default());
    let made = s.topology();
    let (f, stranger) = (s.function("f"), s.function("stranger"));
    let cidr = "10.9.0.0/16".parse().unwrap();
    let foreign = CreateNetwork { cidr, tags: Tags::new() };
    let foreign = s.made(Op::Network(NetworkOp::CreateNetwork(foreign)));
    s.done(Op::Gateway(GatewayOp::AllocateAddress(AllocateAddress { tags: Tags::new(), ip: None })));
    let stack = StackName::new("demo").unwrap();
    let scope = |functions: &[&CloudId]| Scope::Stack {
        stack: stack.clone(),
        functions: functions.iter().map(|f| (*f).clone()).collect(),
        networks: BTreeSet::new(),
    };
    let seen = s.observe(&scope(&[&f, &CloudId::new("nobody")]));
    assert_eq!(seen.network.networks.keys().collect::<Vec<_>>(), [&made.vpc]);
    assert_eq!(seen.function.functions.keys().collect::<Vec<_>>(), [&f]);
    assert_eq!(seen.function.roles.keys().map(CloudId::as_str).collect::<Vec<_>>(), ["f-role"]);
    assert_eq!((seen.gateway.addresses.len(), seen.network.zones.len()), (2, 4));
    // A function in the stack's network is shown unasked, and the network of a function that is asked for.
    s.attach(&stranger, Some(&made));
    assert!(s.observe(&scope(&[])).function.functions.contains_key(&stranger));
    let other = Scope::Stack {
        stack: StackName::new("other").unwrap(),
        functions: BTreeSet::from([stranger]),
        networks: BTreeSet::new(),
    };
    let seen = s.observe(&other);
    assert_eq!(seen.network.networks.keys().collect::<Vec<_>>(), [&made.vpc]);
    assert!(!seen.network.networks.contains_key(&foreign));
}

#[test]
fn drift_is_made_behind_everybodys_back() {
    let s = Stage::new(1, Timing::default());
    let made = s.topology();
    let calls = s.cloud.calls().len();
    s.cloud.edit(|world| {
        let table = world.network.route_tables.get_mut(&made.private_table).unwrap();
        table.routes.retain(|r| r.destination != Destination::default_v4());
    });
    assert_eq!(s.cloud.calls().len(), calls);
    let seen = s.observe(&Scope::Everything);
    assert_eq!(seen.network.route_tables[&made.private_table].routes.len(), 1);
}
