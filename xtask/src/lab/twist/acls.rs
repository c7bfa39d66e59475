//! ACLs on the way to the internet: six checks by a NAT gateway.

use egress_core::{
    CloudId,
    world::{
        AclEntry,
        Direction::{self, Egress, Ingress},
    },
};

use super::super::{
    plain::entry,
    world::{Draft, RANGE},
};

/// What every port of an answer is in.
const EPHEMERAL: (u16, u16) = (1024, u16::MAX);
const EVERYWHERE: &str = "0.0.0.0/0";
/// Where partly open ranges begin or end: what Linux and older systems send from.
const EDGES: [u16; 2] = [32_768, 49_152];

/// Stops the packets of TCP that go one way through a subnet's ACL, be it by an entry that denies them or because what allows
/// everything is replaced by what allows `rest` alone.
pub(super) fn stop(
    draft: &mut Draft,
    subnet: &CloudId,
    direction: Direction,
    (ports, range): ((u16, u16), &str),
    rest: (Option<(u16, u16)>, &str),
) {
    let by_deny = draft.rng.bool();
    let entries = &mut draft.acl(subnet).entries;
    if by_deny {
        entries.push(entry(50, direction, Some(ports), range, false));
    } else {
        entries.retain(|entry| entry.direction != direction);
        entries.push(entry(100, direction, rest.0, rest.1, true));
    }
}

/// Opens a part of the ephemeral ports alone, and everything below; or denies a part.
pub(super) fn gap(draft: &mut Draft, subnet: &CloudId, direction: Direction, range: &str) {
    let edge = EDGES[draft.rng.usize(..EDGES.len())];
    let (upper, lower) = ((edge, u16::MAX), (EPHEMERAL.0, edge - 1));
    let (open, shut) = if draft.rng.bool() { (upper, lower) } else { (lower, upper) };
    let by_deny = draft.rng.bool();
    let entries = &mut draft.acl(subnet).entries;
    if by_deny {
        entries.push(entry(60, direction, Some(shut), range, false));
    } else {
        entries.retain(|entry| entry.direction != direction);
        entries.push(entry(100, direction, Some((0, 1023)), EVERYWHERE, true));
        entries.push(entry(110, direction, Some(open), range, true));
    }
}

/// The function's subnet lets no packet out to the internet.
pub(super) fn out(draft: &mut Draft, at: &CloudId) {
    stop(draft, at, Egress, ((0, 1023), EVERYWHERE), (None, RANGE));
}

/// The function's subnet lets no answer in.
pub(super) fn back(draft: &mut Draft, at: &CloudId) {
    stop(draft, at, Ingress, (EPHEMERAL, EVERYWHERE), (None, RANGE));
}

/// The NAT gateway's subnet lets no packet of the function in.
pub(super) fn nat_in(draft: &mut Draft, at: &CloudId) {
    let (_, stands) = draft.own_nat(at);
    let range = draft.range(at);
    stop(draft, &stands, Ingress, ((0, 1023), &range), (Some(EPHEMERAL), EVERYWHERE));
}

/// It lets nothing out to the internet.
pub(super) fn nat_out(draft: &mut Draft, at: &CloudId) {
    let (_, stands) = draft.own_nat(at);
    stop(draft, &stands, Egress, ((0, 1023), EVERYWHERE), (None, RANGE));
}

/// It lets no answer in from there.
pub(super) fn nat_back(draft: &mut Draft, at: &CloudId) {
    let (_, stands) = draft.own_nat(at);
    stop(draft, &stands, Ingress, (EPHEMERAL, EVERYWHERE), (None, RANGE));
}

/// It lets no answer out to the function.
pub(super) fn nat_answer(draft: &mut Draft, at: &CloudId) {
    let (_, stands) = draft.own_nat(at);
    let range = draft.range(at);
    stop(draft, &stands, Egress, (EPHEMERAL, &range), (Some((0, 1023)), EVERYWHERE));
}

pub(super) fn gap_back(draft: &mut Draft, at: &CloudId) {
    gap(draft, at, Ingress, EVERYWHERE);
}

pub(super) fn gap_nat_back(draft: &mut Draft, at: &CloudId) {
    let (_, stands) = draft.own_nat(at);
    gap(draft, &stands, Ingress, EVERYWHERE);
}

pub(super) fn gap_nat_answer(draft: &mut Draft, at: &CloudId) {
    let (_, stands) = draft.own_nat(at);
    let range = draft.range(at);
    gap(draft, &stands, Egress, &range);
}

/// The NAT gateway's subnet lets half of the function's subnet in; not the half that the function is in.
pub(super) fn half_of_a_subnet(draft: &mut Draft, at: &CloudId) {
    let (_, stands) = draft.own_nat(at);
    draft.function_interface(at);
    let lower = draft.range(at).replace("/24", "/25");
    draft.acl(&stands).entries.push(entry(45, Ingress, None, &lower, false));
}

/// Entries that deny, but come after what allows, or are for something else; written in any order.
pub(super) fn order(draft: &mut Draft, at: &CloudId) {
    let mut entries: Vec<AclEntry> = vec![
        entry(32_000, Egress, None, EVERYWHERE, false),
        entry(101, Ingress, Some(EPHEMERAL), EVERYWHERE, false),
        entry(10, Egress, Some((1, 79)), EVERYWHERE, false),
        entry(20, Ingress, None, "192.0.2.0/24", false),
        entry(30, Ingress, Some((0, 1023)), EVERYWHERE, false),
    ];
    entries.append(&mut draft.acl(at).entries);
    draft.rng.shuffle(&mut entries);
    draft.acl(at).entries = entries;
}

/// Both ACLs on the way allow just what is needed.
pub(super) fn exact(draft: &mut Draft, at: &CloudId) {
    let (_, stands) = draft.own_nat(at);
    let range = draft.range(at);
    draft.acl(at).entries = vec![
        entry(100, Egress, Some((0, 1023)), EVERYWHERE, true),
        entry(100, Ingress, Some(EPHEMERAL), EVERYWHERE, true),
    ];
    draft.acl(&stands).entries = vec![
        entry(100, Ingress, Some((0, 1023)), &range, true),
        entry(110, Ingress, Some(EPHEMERAL), EVERYWHERE, true),
        entry(100, Egress, Some((0, 1023)), EVERYWHERE, true),
        entry(110, Egress, Some(EPHEMERAL), &range, true),
    ];
}
