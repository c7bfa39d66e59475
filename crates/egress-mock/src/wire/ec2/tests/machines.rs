//! Machines, which tests put into the World, and routes to them.

use egress_core::world::{InterfaceKind, Machine};
use insta::assert_snapshot;

use super::door::{Door, Made, topology};

/// The stage's NAT gateway's interface becomes a machine's.
fn stage() -> (Door, Made, String) {
    let door = Door::new();
    let made = topology(&door);
    let eni = door.cloud.edit(|world| {
        let eni = world.network.interfaces.values_mut().next().unwrap();
        (eni.kind, eni.instance) = (InterfaceKind::Machine, Some("i-0aaaaaaaaaaaaaaaa".into()));
        let machine = Machine {
            id: "i-0aaaaaaaaaaaaaaaa".into(),
            running: true,
            interface: Some(eni.id.clone()),
            tags: [("Name".to_owned(), "nat".to_owned())].into(),
        };
        world.network.machines.insert(machine.id.clone(), machine);
        eni.id.to_string()
    });
    (door, made, eni)
}

#[test]
fn a_machine_is_shown_with_its_interfaces() {
    let (door, made, eni) = stage();
    assert_snapshot!("instances", door.ask("DescribeInstances", ""));
    let filtered = |name: &str, value: &str| {
        let form = format!("Filter.1.Name={name}&Filter.1.Value.1={value}");
        door.each("DescribeInstances", &form, "instanceId").len()
    };
    let found = [
        filtered("vpc-id", &made.vpc),
        filtered("instance-state-name", "running"),
        filtered("instance-state-name", "stopped"),
        filtered("network-interface.network-interface-id", &eni),
        filtered("tag:Name", "nat"),
    ];
    assert_eq!(found, [1, 1, 0, 1, 1]);
    let tags = "Filter.1.Name=resource-type&Filter.1.Value.1=instance";
    assert_eq!(door.each("DescribeTags", tags, "value"), ["nat"]);
}

#[test]
fn a_route_to_a_machine_is_one_to_its_interface() {
    let (door, made, eni) = stage();
    let form = format!("RouteTableId={}&DestinationCidrBlock=1.0.0.0/8&InstanceId=i-0aaaaaaaaaaaaaaaa", made.table);
    door.ask("CreateRoute", &form);
    let table = format!("RouteTableId.1={}", made.table);
    assert_eq!(door.each("DescribeRouteTables", &table, "networkInterfaceId"), [eni]);
    assert_eq!(door.each("DescribeRouteTables", &table, "instanceId"), ["i-0aaaaaaaaaaaaaaaa"]);
    let unknown = form.replace("1.0.0.0", "2.0.0.0").replace("i-0aaaaaaaaaaaaaaaa", "i-0bbbbbbbbbbbbbbbb");
    let absent = "The instance ID 'i-0bbbbbbbbbbbbbbbb' does not exist";
    door.check_refused("CreateRoute", &unknown, "InvalidInstanceID.NotFound", absent);
}
