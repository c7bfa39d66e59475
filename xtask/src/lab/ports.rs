//! Which source ports connections are made from, so that every lot of ports that ACLs treat alike is tried.

use std::collections::BTreeSet;

use egress_core::world::World;

use crate::run::Result;

/// The ports that a function and a NAT gateway send from (source: VPC guide, "Ephemeral ports").
const EPHEMERAL: (u16, u16) = (1024, u16::MAX);
/// The most lots of ports that one World may have.
const MOST_LOTS: usize = 4;
/// How many addresses of a NAT gateway are told apart: one connection of each lot for each.
pub(super) const ADDRESSES: usize = 3;
/// The fewest ports in a lot: each connection of each function interface has its own.
const SMALLEST_LOT: u16 = 512;

/// One connection to each destination: what it is sent from by the function, and by a NAT gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    /// Its place among all.
    index: u16,
    /// Where the function's lot begins.
    own: u16,
    /// Where the NAT gateway's lot begins.
    translated: u16,
    /// Which address a NAT gateway translates to, counted round.
    pub(super) address: usize,
}

impl Slot {
    /// The port that the function sends from.
    pub(super) fn own_port(&self) -> u16 {
        self.own + self.index
    }

    /// The port that a NAT gateway sends from for the function interface with this place; no two use one.
    pub(super) fn translated_port(&self, interface: u16) -> u16 {
        self.translated + self.index + interface * (SMALLEST_LOT / 4)
    }
}

/// Every pair of lots, for every address.
pub(super) fn slots(world: &World) -> Result<Vec<Slot>> {
    let lots = lots(world)?;
    let pairs = lots.iter().flat_map(|own| lots.iter().map(move |translated| (*own, *translated)));
    let each = pairs.flat_map(|pair| (0..ADDRESSES).map(move |address| (pair, address)));
    let slot = |(((own, translated), address), index)| Slot { index, own, translated, address };
    Ok(each.zip(0..).map(slot).collect())
}

/// Where each lot begins: ACLs treat all ports of one alike.
fn lots(world: &World) -> Result<Vec<u16>> {
    let entries = world.network.acls.values().flat_map(|acl| &acl.entries);
    let cuts = entries.flat_map(|entry| [Some(entry.ports.0), entry.ports.1.checked_add(1)]).flatten();
    let starts: BTreeSet<u16> = cuts.filter(|cut| *cut > EPHEMERAL.0).chain([EPHEMERAL.0]).collect();
    let ends = starts.iter().skip(1).map(|next| next - 1).chain([EPHEMERAL.1]);
    let small = starts.iter().zip(ends).any(|(first, last)| last - first < SMALLEST_LOT);
    if small || starts.len() > MOST_LOTS {
        return Err("the ACLs cut the ephemeral ports too finely".to_owned());
    }
    Ok(starts.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use egress_core::world::Direction;

    use super::{super::plain, *};

    fn world(ports: &[(u16, u16)]) -> World {
        let mut world = World::default();
        let mut acl = plain::acl("acl", "vpc", true);
        acl.entries
            .extend(ports.iter().map(|ports| plain::entry(90, Direction::Egress, Some(*ports), "0.0.0.0/0", false)));
        world.network.acls.insert("acl".into(), acl);
        world
    }

    #[test]
    fn ports_are_cut_where_an_entry_begins_or_ends() {
        assert_eq!(lots(&world(&[])), Ok(vec![1024]));
        assert_eq!(lots(&world(&[(443, 443), (1024, 32_767)])), Ok(vec![1024, 32_768]));
        assert_eq!(lots(&world(&[(32_768, 49_151)])), Ok(vec![1024, 32_768, 49_152]));
        let too_finely = Err("the ACLs cut the ephemeral ports too finely".to_owned());
        assert_eq!(lots(&world(&[(5432, 5432)])), too_finely);
    }

    #[test]
    fn no_two_connections_through_a_nat_gateway_have_one_port() {
        let slots = slots(&world(&[(32_768, 49_151)])).unwrap();
        assert_eq!(slots.len(), 3 * 3 * ADDRESSES);
        let own: BTreeSet<_> = slots.iter().map(Slot::own_port).collect();
        assert_eq!(own.len(), slots.len());
        let translated: BTreeSet<_> =
            (0..3).flat_map(|interface| slots.iter().map(move |slot| slot.translated_port(interface))).collect();
        assert_eq!(translated.len(), 3 * slots.len());
    }
}
