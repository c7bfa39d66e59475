//! Machines, and the interfaces that are told with them.

use std::collections::BTreeMap;

use egress_core::{
    CloudId,
    world::{Interface, Machine},
};

use super::{
    interfaces::{self, Attachment, NetworkInterface},
    shapes,
    tags::{Name, Tag, tag_list, tags},
};
use crate::{
    read::{Bag, Kind},
    text::{Read, id, id_if},
};

shapes! {
    /// Machines that were started together.
    Reservation { owner_id: Option<String>, instances: Vec<Instance>, }
    /// A machine.
    Instance {
        instance_id: Option<String>,
        state: Option<Name>,
        network_interfaces: Vec<NetworkInterface>,
        tags: Vec<Tag>,
    }
}

/// The machines, and the interfaces that they tell of, which are all that is known where interfaces were not listed.
pub(crate) fn machines(bag: &mut Bag) -> (BTreeMap<CloudId, Machine>, BTreeMap<CloudId, Interface>) {
    let mut inside = BTreeMap::new();
    let machines = bag.convert(Kind::Instance, |instance: Instance| {
        let machine = machine(&instance)?;
        for interface in instance.network_interfaces {
            inside.extend(of(&machine, interface)?.map(|interface| (interface.id.clone(), interface)));
        }
        Ok(Some(machine))
    });
    (machines, inside)
}

fn machine(instance: &Instance) -> Read<Machine> {
    let place = |interface: &&NetworkInterface| {
        let attachment = interface.attachment.clone().unwrap_or_default();
        (attachment.network_card_index.unwrap_or_default(), attachment.device_index.unwrap_or(i64::MAX))
    };
    let first = instance.network_interfaces.iter().min_by_key(place);
    Ok(Machine {
        id: id("InstanceId", instance.instance_id.as_deref())?,
        running: instance.state.as_ref().and_then(|state| state.name.as_deref()) == Some("running"),
        interface: first.and_then(|interface| id_if(interface.network_interface_id.as_deref())),
        tags: tags(instance.tags.clone()),
    })
}

/// An interface of a machine; `None` where only its name is told. What it is attached to stands around it, not in it.
fn of(machine: &Machine, mut interface: NetworkInterface) -> Read<Option<Interface>> {
    if interface.vpc_id.is_none() && interface.subnet_id.is_none() {
        return Ok(None);
    }
    interface.attachment.get_or_insert_default().instance_id = Some(machine.id.to_string());
    interfaces::interface(interface)
}

/// The shape of a machine, in a reservation of its own.
pub(crate) fn shape_of(machine: &Machine, account: &str) -> Reservation {
    let first = machine.interface.as_ref().map(|interface| NetworkInterface {
        network_interface_id: Some(interface.to_string()),
        attachment: Some(Attachment { device_index: Some(0), ..Attachment::default() }),
        ..NetworkInterface::default()
    });
    let instance = Instance {
        instance_id: Some(machine.id.to_string()),
        state: Some(Name { name: Some(if machine.running { "running" } else { "stopped" }.to_owned()) }),
        network_interfaces: first.into_iter().collect(),
        tags: tag_list(&machine.tags),
    };
    Reservation { owner_id: Some(account.to_owned()), instances: vec![instance] }
}
