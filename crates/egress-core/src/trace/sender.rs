//! Who sends: an interface, as far as the World tells.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr},
};

use ipnet::IpNet;

use super::{Atlas, Reason, RuleId, SourceAddress, path::Packet, way::Way};
use crate::{
    CloudId,
    world::{Attachment, Interface, InterfaceKind, Listing, Subnet},
};

/// The interface that a packet comes from, as far as the World tells.
#[derive(Clone, Debug)]
pub(super) struct Sender<'w> {
    /// What the cloud calls it; `None` where it is not seen.
    pub(super) id: Option<&'w CloudId>,
    /// The subnet that it is in.
    pub(super) subnet: &'w Subnet,
    /// Its groups; `None` where everything is let out.
    pub(super) groups: Option<&'w BTreeSet<CloudId>>,
    /// The public address that is mapped to it, if any: one item for each interface that may be the one.
    pub(super) public_ips: Vec<Option<Ipv4Addr>>,
    /// Whose interface it is.
    pub(super) holder: Holder<'w>,
    /// Every address of its own that it may have: those of the interface where it is seen, else all of the subnet.
    ranges: Vec<IpNet>,
}

/// Whose interface a sender is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder<'w> {
    /// Nobody's: one that there might be, as a function's with IPv6 allowed.
    Nobody,
    /// A function's.
    Function {
        /// The function.
        id: &'w CloudId,
        /// Whether it is allowed IPv6.
        ipv6: bool,
    },
    /// A machine's, which may be known.
    Machine(&'w CloudId),
    /// Something else's.
    Other,
}

impl<'w> Sender<'w> {
    /// An interface that there might be: no address of it is known, and no public one mapped to it.
    pub(super) fn imagined(subnet: &'w Subnet, groups: Option<&'w BTreeSet<CloudId>>) -> Self {
        let ranges = ranges_of(subnet).collect();
        Self { id: None, subnet, groups, ranges, public_ips: vec![None], holder: Holder::Nobody }
    }

    /// A certain interface. Those of NAT gateways, hubs and load balancers may be in no group: nothing filters what they send.
    pub(super) fn of(interface: &'w Interface, subnet: &'w Subnet) -> Self {
        let is_filtered = matches!(interface.kind, InterfaceKind::Machine | InterfaceKind::Function);
        Self {
            id: Some(&interface.id),
            subnet,
            groups: Some(&interface.groups).filter(|groups| is_filtered || !groups.is_empty()),
            ranges: interface.ips().map(IpNet::from).collect(),
            public_ips: vec![interface.public_ip],
            holder: interface.instance.as_ref().map_or(Holder::Other, Holder::Machine),
        }
    }

    /// The interface that functions with these groups share in a subnet; an imagined one where it is not made yet.
    pub(super) fn shared(
        world: &'w Atlas<'_>,
        function: &'w CloudId,
        attachment: &'w Attachment<CloudId>,
        subnet: &'w Subnet,
    ) -> Self {
        let groups = &attachment.groups;
        let holder = Holder::Function { id: function, ipv6: attachment.ipv6 };
        let seen = world.shared(&subnet.id, groups);
        let ips: BTreeSet<IpNet> = seen.iter().flat_map(|interface| interface.ips()).map(IpNet::from).collect();
        // The shared interface is made with IPv6 once a function asks for it: none yet is none that stays.
        let unseen =
            ranges_of(subnet).filter(|range| !ips.iter().any(|ip| ip.addr().is_ipv4() == range.addr().is_ipv4()));
        let ranges = unseen.chain(ips.iter().copied()).collect();
        let public_ips = match seen {
            [] => vec![None],
            seen => seen.iter().map(|interface| interface.public_ip).collect(),
        };
        Self {
            id: seen.first().map(|interface| &interface.id),
            subnet,
            groups: Some(groups),
            ranges,
            public_ips,
            holder,
        }
    }

    /// The addresses that it may send a packet from: those of the destination's family.
    pub(super) fn ranges(&self, packet: &Packet) -> Vec<IpNet> {
        self.ranges_to(packet.to).collect()
    }

    /// The same for people.
    pub(super) fn show_ranges(&self, packet: &Packet) -> String {
        self.own_sources(packet).map(|source| source.to_string()).collect::<Vec<_>>().join(" or ")
    }

    /// What a destination sees that no translation stands before.
    pub(super) fn own_sources(&self, packet: &Packet) -> impl Iterator<Item = SourceAddress> {
        self.ranges_to(packet.to).map(|range| match range {
            IpNet::V4(_) => SourceAddress::Private(range),
            IpNet::V6(range) => SourceAddress::Own(range),
        })
    }

    /// Whether it has an address of a destination's family, and may use it.
    pub(super) fn has_family_of(&self, to: IpAddr) -> bool {
        let allowed = to.is_ipv4() || !matches!(self.holder, Holder::Function { ipv6: false, .. });
        allowed && self.ranges_to(to).next().is_some()
    }

    /// The sender itself, for people.
    pub(super) fn name(&self) -> String {
        match (self.holder, self.id) {
            (Holder::Function { .. } | Holder::Nobody, _) => "the function's interface".to_owned(),
            (_, Some(id)) => format!("the interface {id}"),
            (_, None) => "the sender's interface".to_owned(),
        }
    }

    /// Checks that it can send the packet at all: it must run, and have an address of the destination's family.
    pub(super) fn check(&self, world: &Atlas<'_>, packet: &Packet, way: &mut Way) {
        if let Holder::Machine(id) = self.holder {
            match world.network.machines.get(id) {
                Some(machine) if machine.running => {}
                Some(_) => way.block(stopped(id)),
                None => way.assume(match world.unread(Listing::Machines) {
                    Some(unread) => format!("the machine {id} runs ({unread})"),
                    None => format!("the machine {id} runs"),
                }),
            }
        }
        if let (Holder::Function { id, ipv6: false }, true) = (self.holder, packet.to.is_ipv6()) {
            let detail = format!("the function {id} is not allowed IPv6, and the destination is IPv6");
            way.block(Reason::new(RuleId::Ipv6NotAllowed, Some(id), detail));
        }
        if self.ranges_to(packet.to).next().is_none() {
            let family = if packet.to.is_ipv6() { "IPv6" } else { "IPv4" };
            let (who, what) = match self.holder {
                Holder::Function { .. } | Holder::Nobody => (&self.subnet.id, "range"),
                Holder::Machine(_) | Holder::Other => (self.id.unwrap_or(&self.subnet.id), "address"),
            };
            let detail = format!("{who} has no {family} {what}, and the destination is {family}");
            way.block(Reason::new(RuleId::NoAddressOfFamily, Some(who), detail));
        }
    }

    fn ranges_to(&self, to: IpAddr) -> impl Iterator<Item = IpNet> {
        self.ranges.iter().copied().filter(move |range| range.addr().is_ipv4() == to.is_ipv4())
    }
}

fn ranges_of(subnet: &Subnet) -> impl Iterator<Item = IpNet> {
    [IpNet::V4(subnet.cidr)].into_iter().chain(subnet.cidr_v6.map(IpNet::V6))
}

/// Why a machine that does not run sends nothing.
pub(super) fn stopped(machine: &CloudId) -> Reason {
    Reason::new(RuleId::MachineStopped, Some(machine), format!("the machine {machine} does not run"))
}
