//! Machines: all of them, or those that something points at.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{self as aws, InstanceStateName};
use egress_core::{
    CloudError, CloudId,
    world::{Machine, NetworkPart, Target},
};

use crate::{
    AwsCloud,
    wire::{Read, filter, id, id_if, pages, tags, unreadable_in},
};

/// The machines; `None` for all of them.
pub(super) async fn machines(cloud: &AwsCloud, which: Option<BTreeSet<CloudId>>) -> Result<Vec<Machine>, CloudError> {
    if which.as_ref().is_some_and(BTreeSet::is_empty) {
        return Ok(Vec::new());
    }
    let which = which.map(|ids| vec![filter("instance-id", ids)]);
    let request = cloud.reads().ec2.describe_instances().set_filters(which).max_results(1000);
    let reservations = pages!(cloud, "DescribeInstances", request).await?;
    let read = reservations.iter().flat_map(|reservation| reservation.instances());
    let read = read.filter_map(|instance| machine(instance).transpose()).collect::<Read<_>>();
    read.map_err(unreadable_in("DescribeInstances"))
}

/// The machines that routes lead to, by themselves or by one of their interfaces.
pub(super) fn pointed_at(part: &NetworkPart) -> BTreeSet<CloudId> {
    let routes = part.route_tables.values().flat_map(|table| &table.routes);
    let machines = routes.filter_map(|route| match &route.target {
        Target::Instance(machine) => Some(machine.clone()),
        Target::Interface(interface) => part.interfaces.get(interface)?.instance.clone(),
        _ => None,
    });
    machines.collect()
}

/// A machine; `None` for one that is gone and only listed still.
fn machine(instance: &aws::Instance) -> Read<Option<Machine>> {
    let state = instance.state().and_then(|state| state.name());
    if state == Some(&InstanceStateName::Terminated) {
        return Ok(None);
    }
    let is_first = |interface: &&aws::InstanceNetworkInterface| {
        interface.attachment().is_some_and(|attachment| attachment.device_index() == Some(0))
    };
    Ok(Some(Machine {
        id: id("instanceId", instance.instance_id())?,
        running: state == Some(&InstanceStateName::Running),
        interface: instance.network_interfaces().iter().find(is_first).and_then(|i| id_if(i.network_interface_id())),
        tags: tags(instance.tags()),
    }))
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{InstanceNetworkInterface, InstanceNetworkInterfaceAttachment, InstanceState};

    use super::*;

    fn described(state: &str) -> aws::Instance {
        let interface = |id: &str, index| {
            let attachment = InstanceNetworkInterfaceAttachment::builder().device_index(index).build();
            InstanceNetworkInterface::builder().network_interface_id(id).attachment(attachment).build()
        };
        aws::Instance::builder()
            .instance_id("i-1")
            .state(InstanceState::builder().name(state.into()).build())
            .network_interfaces(interface("eni-2", 1))
            .network_interfaces(interface("eni-1", 0))
            .build()
    }

    #[test]
    fn a_machine_is_told_by_its_state_and_its_first_interface() {
        let read = |state: &str| machine(&described(state)).unwrap();
        let expected = |running| {
            Some(Machine { id: "i-1".into(), running, interface: Some("eni-1".into()), tags: Default::default() })
        };
        for (state, is) in [
            ("running", expected(true)),
            ("stopped", expected(false)),
            ("pending", expected(false)),
            ("terminated", None),
        ] {
            assert_eq!(read(state), is, "{state}");
        }
        assert!(machine(&aws::Instance::builder().build()).is_err());
    }
}
