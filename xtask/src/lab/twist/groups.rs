//! What the function's security groups let out. They are the same in all of its subnets.

use egress_core::{CloudId, world::*};

use super::super::{
    plain,
    world::{Draft, GROUP, RANGE},
};

pub(super) fn no_egress(draft: &mut Draft, _: &CloudId) {
    draft.group(GROUP).egress.clear();
}

/// Egress for another port, another range or another protocol.
pub(super) fn other_egress(draft: &mut Draft, _: &CloudId) {
    let rule = match draft.rng.u8(..4) {
        0 => plain::rule(5432, plain::peer("0.0.0.0/0")),
        1 => Rule { peer: plain::peer(RANGE), ..Rule::all_v4() },
        2 => Rule { protocol: Protocol::Udp, ports: (0, u16::MAX), peer: plain::peer("0.0.0.0/0") },
        _ => Rule { protocol: Protocol::Icmp, ..Rule::all_v4() },
    };
    draft.group(GROUP).egress = vec![rule];
}

/// Egress for what is asked and nothing else.
pub(super) fn exact(draft: &mut Draft, _: &CloudId) {
    let rules = draft.probes.iter().map(|probe| plain::rule(probe.port, plain::only(probe.to))).collect();
    draft.group(GROUP).egress = rules;
}

/// What one group lacks the other has.
pub(super) fn two_groups(draft: &mut Draft, _: &CloudId) {
    let (probe, _) = draft.asked();
    draft.group(GROUP).egress = vec![plain::rule(25, plain::peer("0.0.0.0/0"))];
    draft.second_group("sg-second").egress = vec![plain::rule(probe.port, plain::peer("0.0.0.0/0"))];
}

/// Egress to a list of ranges.
pub(super) fn prefix_list(draft: &mut Draft, _: &CloudId) {
    let (probe, range) = draft.asked();
    let list = plain::prefix_list("pl-group", &["192.0.2.0/24", range]);
    draft.world.network.prefix_lists.insert("pl-group".into(), list);
    draft.group(GROUP).egress = vec![plain::rule(probe.port, Peer::PrefixList("pl-group".into()))];
}
