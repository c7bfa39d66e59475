//! Interfaces of functions: who holds them while they are waited for, and what is left behind.

use std::collections::BTreeSet;

use super::{
    cloud::*,
    plans::*,
    waits::{details, function, put_function, waiting},
    *,
};
use crate::{
    CloudId, ErrorKind, Tags,
    op::Family,
    plan::{Action, Condition, Plan},
    world::{Attachment, Function, Interface, InterfaceKind, UpdateState, Version, World},
};

fn interface(id: &str, subnet: &str, in_use: bool) -> Interface {
    Interface {
        id: CloudId::from(id),
        network: CloudId::from("network-1"),
        subnet: CloudId::from(subnet),
        kind: InterfaceKind::Function,
        in_use,
        groups: BTreeSet::new(),
        private_ips: Vec::new(),
        ipv6: Vec::new(),
        prefixes: Vec::new(),
        public_ip: None,
        instance: None,
        source_dest_check: true,
        description: String::new(),
        tags: Tags::new(),
    }
}

fn put_interface(world: &mut World, interface: Interface) {
    world.network.interfaces.insert(interface.id.clone(), interface);
}

fn free() -> Condition<crate::Key> {
    Condition::NoFunctionInterfaces(key("subnet/s"))
}

#[test]
fn a_subnet_is_free_once_no_function_uses_an_interface_in_it() {
    let cloud = TestCloud::new()
        .at(secs(0), |world| {
            put_interface(world, interface("if-1", "subnet-1", true));
            put_interface(world, interface("if-2", "subnet-1", true));
            put_interface(world, interface("if-elsewhere", "subnet-2", true));
            let machine = Interface { kind: InterfaceKind::Machine, ..interface("if-machine", "subnet-1", true) };
            put_interface(world, machine);
        })
        .at(secs(100), |world| put_interface(world, interface("if-1", "subnet-1", false)))
        .at(secs(200), |world| {
            world.network.interfaces.remove(&CloudId::from("if-2"));
        });
    let ran = run(&cloud, &waiting(free(), "subnet-1"));
    assert_eq!(details(&ran), ["if-1 is still in use; if-2 is still in use", "if-2 is still in use"]);
    let took = ran.done_at("wait");
    assert!(took >= secs(200) && took <= secs(206), "{took:?}");
}

/// A function and its versions, each in its network configuration: `subnet/group`.
fn attached(name: &str, place: Option<&str>, versions: &[(&str, &str)]) -> Function {
    let attachment = |place: &str| {
        let (subnet, group) = place.split_once('/').unwrap();
        Attachment { subnets: BTreeSet::from([subnet.into()]), groups: BTreeSet::from([group.into()]), ipv6: false }
    };
    let version =
        |(name, place): &(&str, &str)| Version { version: (*name).to_owned(), attachment: Some(attachment(place)) };
    Function {
        attachment: place.map(attachment),
        versions: versions.iter().map(version).collect(),
        ..function(name, UpdateState::Done)
    }
}

#[test]
fn it_is_said_which_functions_and_versions_hold_an_interface_whatever_its_description_says() {
    let held = |world: &mut World| {
        let groups = BTreeSet::from(["sg-1".into()]);
        let description = "AWS Lambda VPC ENI-somebody-else".to_owned();
        put_interface(world, Interface { groups, description, ..interface("if-1", "subnet-1", true) });
    };
    let cloud = TestCloud::new()
        .at(secs(0), held)
        .at(secs(0), |world| {
            put_function(
                world,
                attached("pay", Some("subnet-1/sg-1"), &[("1", "subnet-1/sg-2"), ("2", "subnet-1/sg-1")]),
            );
            put_function(world, attached("other", None, &[("7", "subnet-1/sg-1"), ("8", "subnet-2/sg-1")]));
        })
        .at(secs(70), |world| put_function(world, attached("pay", None, &[])))
        .at(secs(130), |world| put_function(world, attached("other", None, &[])))
        .at(secs(240), |world| world.network.interfaces.clear());
    let ran = run(&cloud, &waiting(free(), "subnet-1"));
    assert_eq!(
        details(&ran),
        [
            "if-1 is still used by version 7 of other, pay, version 2 of pay",
            "if-1 is still used by version 7 of other",
            "if-1 is used by no function any more, and the cloud has yet to remove it",
        ]
    );
    // Only people want to know: it is not looked more often than once a minute.
    assert!(cloud.observations(Family::Function) <= 5, "{}", cloud.observations(Family::Function));
}

#[test]
fn functions_that_cannot_be_seen_end_no_wait_for_their_interfaces() {
    let cloud = TestCloud::new().at(secs(0), |world| put_interface(world, interface("if-1", "subnet-1", true)));
    let cloud = cloud.at(secs(10), |world| world.network.interfaces.clear());
    // The network is observed first, and the functions beside it.
    cloud.state().blind.extend([ErrorKind::Throttled, ErrorKind::Denied]);
    assert!(run(&cloud, &waiting(free(), "subnet-1")).report.is_complete());
}

/// Waits, deletes what was left behind, deletes the subnet.
fn sweeping() -> Plan {
    let steps = [
        step("wait", &[], Action::Await(free())),
        step("sweep", &["wait"], Action::Sweep(key("subnet/s"))),
        step("delete subnet", &["sweep"], delete_subnet("subnet/s")),
    ];
    bound(plan(steps), &[("subnet/s", "subnet-1")])
}

/// A subnet with an interface that turns left-over only while it is waited for, and one of another subnet.
fn leaving() -> TestCloud {
    TestCloud::new()
        .at(secs(0), |world| {
            let cidr = "10.0.0.0/24".parse().unwrap();
            let subnet = crate::world::Subnet {
                id: "subnet-1".into(),
                owner: None,
                network: "network-1".into(),
                cidr,
                cidr_v6: None,
                zone: String::new(),
                free_addresses: 0,
                state: crate::world::Readiness::Available,
                tags: Tags::new(),
            };
            world.network.subnets.insert(subnet.id.clone(), subnet);
            put_interface(world, interface("if-1", "subnet-1", true));
            put_interface(world, interface("if-elsewhere", "subnet-2", false));
        })
        .at(secs(30), |world| put_interface(world, interface("if-1", "subnet-1", false)))
}

#[test]
fn what_turns_left_over_during_the_wait_is_deleted_before_its_subnet() {
    let cloud = leaving();
    let ran = run(&cloud, &sweeping());
    assert!(ran.report.is_complete(), "{:?}", ran.failed());
    assert_eq!(cloud.calls(), ["delete if-1", "delete subnet-1"]);
    assert!(cloud.world().network.interfaces.contains_key(&CloudId::from("if-elsewhere")));
    assert!(!ran.report.bindings.keys().any(|key| key.kind == crate::Kind::Interface));
}

#[test]
fn a_left_over_interface_that_the_cloud_removes_by_itself_is_no_failure() {
    let cloud = leaving().script("delete if-1", [Reply::LostAfter, Reply::Fail(ErrorKind::NotFound)]);
    assert!(run(&cloud, &sweeping()).report.is_complete());
}

#[test]
fn a_sweep_that_is_refused_keeps_the_subnet() {
    let cloud = leaving().script("delete if-1", [Reply::Fail(ErrorKind::Denied)]);
    let ran = run(&cloud, &sweeping());
    assert_eq!(ran.failed(), ["sweep: delete: scripted"]);
    assert_eq!(ran.not_run(), ["delete subnet"]);
}
