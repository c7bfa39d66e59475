//! Destinations inside the network.

use super::{
    Atlas, RuleId, SourceAddress,
    acl::{self, Crossing, Leg, Peer},
    group,
    path::{Packet, Sender},
    way::Way,
};
use crate::world::Direction;

/// Delivers a packet to the interface that holds the destination: its subnet's ACL and its groups count.
pub(super) fn deliver(world: &Atlas<'_>, sender: &Sender<'_>, packet: &Packet, way: &mut Way) {
    way.bypass = true;
    way.source(SourceAddress::Private(sender.subnet.cidr.into()));
    let part = &world.network;
    let Some(interface) = world.interface_at(&sender.subnet.network, packet.to) else {
        return way.miss(format!("no interface in {} holds the destination", sender.subnet.network));
    };
    let Some(subnet) = part.subnets.get(&interface.subnet) else {
        return way.miss(format!("the subnet {} of {}", interface.subnet, interface.id));
    };
    // A packet that stays inside one subnet meets no ACL.
    let crosses = subnet.id != sender.subnet.id;
    let cross = |direction, leg, rule, way: &mut Way| {
        if crosses {
            acl::cross(world, packet, &Crossing { subnet, direction, leg, peer: Peer::Sender(sender) }, rule, way);
        }
    };
    cross(Direction::Ingress, Leg::There, RuleId::NaclBlocksForward, way);
    group::let_in(world, sender, packet, interface, way);
    way.hop("interface", Some(&interface.id), format!("holds the destination in {}", subnet.id));
    cross(Direction::Egress, Leg::Back, RuleId::NaclBlocksReturn, way);
}
