//! Machines, to be read.

use std::net::Ipv4Addr;

use egress_core::{
    CloudId,
    world::{Interface, Machine},
};
use serde::{Deserialize, Serialize};

use super::{
    filter::{Filter, each, each_shown, one, shown},
    ids,
    interfaces::{InstanceInterface, instance_interface},
    listing::{Ask, Listing, Pages, describe_answer},
    shape::{GroupName, TagSet, group_set, moment, owner, private_name, public_name, tag_set},
};
use crate::{
    cloud::{ApiError, Model},
    mock::State,
    wire::{
        route::{Action, action},
        xml::Items,
    },
};

pub(super) const ACTIONS: &[Action] = &[action!("DescribeInstances" Reads describe_instances)];

/// Each machine was started by itself.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReservationShape {
    reservation_id: CloudId,
    owner_id: String,
    group_set: Items<GroupName>,
    instances_set: Items<InstanceShape>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InstanceShape {
    instance_id: CloudId,
    image_id: CloudId,
    instance_state: StateShape,
    private_dns_name: String,
    dns_name: String,
    ami_launch_index: u8,
    instance_type: &'static str,
    launch_time: String,
    placement: PlacementShape,
    monitoring: MonitoringShape,
    #[serde(skip_serializing_if = "Option::is_none")]
    subnet_id: Option<CloudId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vpc_id: Option<CloudId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    private_ip_address: Option<Ipv4Addr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip_address: Option<Ipv4Addr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_dest_check: Option<bool>,
    group_set: Items<GroupName>,
    architecture: &'static str,
    root_device_type: &'static str,
    virtualization_type: &'static str,
    hypervisor: &'static str,
    network_interface_set: Items<InstanceInterface>,
    tag_set: TagSet,
}

#[derive(Serialize)]
struct StateShape {
    code: u8,
    name: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PlacementShape {
    availability_zone: String,
    group_name: &'static str,
    tenancy: &'static str,
}

#[derive(Serialize)]
struct MonitoringShape {
    state: &'static str,
}

fn shape(model: &Model, machine: &Machine) -> ReservationShape {
    let first = first(model, machine);
    let private = first.and_then(|i| i.private_ips.first().copied());
    let subnet = first.and_then(|i| model.world.network.subnets.get(&i.subnet));
    let groups = first.map(|i| &i.groups).into_iter().flatten();
    let instance = InstanceShape {
        instance_id: machine.id.clone(),
        image_id: model.derived_id("ami", &[machine.id.as_str()]),
        instance_state: state(machine),
        private_dns_name: private.map(|ip| private_name(model, ip)).unwrap_or_default(),
        dns_name: first.and_then(|i| i.public_ip).map(|ip| public_name(model, ip)).unwrap_or_default(),
        ami_launch_index: 0,
        instance_type: "t3.micro",
        launch_time: moment(std::time::Duration::ZERO),
        placement: PlacementShape {
            availability_zone: subnet.map(|s| s.zone.clone()).unwrap_or_default(),
            group_name: "",
            tenancy: "default",
        },
        monitoring: MonitoringShape { state: "disabled" },
        subnet_id: first.map(|i| i.subnet.clone()),
        vpc_id: first.map(|i| i.network.clone()),
        private_ip_address: private,
        ip_address: first.and_then(|i| i.public_ip),
        source_dest_check: first.map(|i| i.source_dest_check),
        group_set: group_set(model, groups),
        architecture: "x86_64",
        root_device_type: "ebs",
        virtualization_type: "hvm",
        hypervisor: "xen",
        network_interface_set: interfaces(model, machine).map(|i| instance_interface(model, i)).collect(),
        tag_set: tag_set(&machine.tags),
    };
    ReservationShape {
        reservation_id: model.derived_id("r", &[machine.id.as_str()]),
        owner_id: owner(model),
        group_set: Items::default(),
        instances_set: [instance].into_iter().collect(),
    }
}

/// The first interface, from which a machine is known.
fn first<'m>(model: &'m Model, machine: &Machine) -> Option<&'m Interface> {
    model.world.network.interfaces.get(machine.interface.as_ref()?)
}

fn interfaces<'m>(model: &'m Model, machine: &'m Machine) -> impl Iterator<Item = &'m Interface> {
    let own = |i: &&Interface| i.instance.as_ref() == Some(&machine.id) || machine.interface.as_ref() == Some(&i.id);
    model.world.network.interfaces.values().filter(own)
}

/// Of machines that do not run the World does not know why.
fn state(machine: &Machine) -> StateShape {
    if machine.running { StateShape { code: 16, name: "running" } } else { StateShape { code: 80, name: "stopped" } }
}

const LISTING: Listing<Machine> = Listing {
    kind: &ids::INSTANCE,
    id: |machine| machine.id.as_str(),
    tags: Some(|_, machine| &machine.tags),
    filters: &[
        ("availability-zone", |model, m| {
            let subnet = first(model, m).and_then(|i| model.world.network.subnets.get(&i.subnet));
            each(subnet.map(|s| s.zone.as_str()))
        }),
        ("instance-id", |_, m| one(m.id.as_str())),
        ("instance-state-code", |_, m| shown(state(m).code)),
        ("instance-state-name", |_, m| one(state(m).name)),
        ("instance.group-id", |model, m| {
            each(first(model, m).into_iter().flat_map(|i| &i.groups).map(CloudId::as_str))
        }),
        ("ip-address", |model, m| each_shown(first(model, m).and_then(|i| i.public_ip))),
        ("network-interface.network-interface-id", |model, m| each(interfaces(model, m).map(|i| i.id.as_str()))),
        ("network-interface.subnet-id", |model, m| each(interfaces(model, m).map(|i| i.subnet.as_str()))),
        ("network-interface.vpc-id", |model, m| each(interfaces(model, m).map(|i| i.network.as_str()))),
        ("owner-id", |model, _| one(owner(model))),
        ("private-ip-address", |model, m| each_shown(first(model, m).and_then(|i| i.private_ips.first().copied()))),
        ("subnet-id", |model, m| each(first(model, m).map(|i| i.subnet.as_str()))),
        ("vpc-id", |model, m| each(first(model, m).map(|i| i.network.as_str()))),
    ],
    pages: Pages::usual("instanceIds"),
};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct DescribeInstances {
    #[serde(default)]
    instance_id: Vec<String>,
    #[serde(default)]
    filter: Vec<Filter>,
    max_results: Option<i64>,
    next_token: Option<String>,
    /// Also those that AWS hides from their owner: there are none here.
    #[serde(rename = "IncludeManagedResources")]
    _managed: Option<bool>,
}

describe_answer!(InstancesAnswer "reservationSet" ReservationShape);

fn describe_instances(state: &mut State, args: DescribeInstances) -> Result<InstancesAnswer, ApiError> {
    let model = &state.model;
    let seen = model.world.network.machines.values().filter(|m| model.sees(&m.id));
    let ask = Ask {
        ids: &args.instance_id,
        filters: &args.filter,
        max_results: args.max_results,
        next_token: args.next_token.as_deref(),
    };
    let page = LISTING.select(model, seen, ask)?;
    Ok(InstancesAnswer { list: page.shaped(|machine| shape(model, machine)), next_token: page.next_token })
}
