//! What a Plan needs of the account: how many more things of each kind that clouds limit.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Plan, Step, draft::Draft};
use crate::{
    CloudId, Key,
    op::{CreateNatGateway, DeleteNatGateway, FunctionOp, GatewayOp, NetworkOp, Op},
    quota::{Counted, Need, Quotas, Shortage},
    world::{Attachment, InterfaceKind, NatScope, World},
};

/// What a Plan needs and the account has no room for, as far as the account's limits are known.
pub fn forecast(plan: &Plan, quotas: &Quotas) -> Vec<Shortage> {
    let short = |need: &Need| {
        let room = quotas.rooms.iter().find(|room| room.what == need.what)?;
        let fits = room.used.saturating_add(need.count) <= room.limit;
        (!fits).then(|| Shortage { needed: need.count, room: room.clone() })
    };
    plan.needs.iter().filter_map(short).collect()
}

/// How many things of each kind there are more, at the most, while the Steps are done in their order: what they delete
/// before they make something gives room to that.
pub(super) fn of(draft: &Draft<'_>) -> Vec<Need> {
    let mut now: BTreeMap<Counted, i64> = BTreeMap::new();
    let mut most: BTreeMap<Counted, i64> = BTreeMap::new();
    let mut pairs = Pairs::of(draft.world);
    for step in &draft.steps {
        let Action::Change(op) = &step.action else { continue };
        for (what, by) in changes(draft, op, &mut pairs) {
            let there = now.entry(what.clone()).or_default();
            *there += by;
            let peak = most.entry(what).or_default();
            *peak = (*peak).max(*there);
        }
    }
    let needs = most.into_iter().filter_map(|(what, most)| Some(Need { what, count: u32::try_from(most).ok()? }));
    needs.filter(|need| need.count > 0).collect()
}

/// By how much an Op changes the number of what.
fn changes(draft: &Draft<'_>, op: &Op<Key>, pairs: &mut Pairs) -> Vec<(Counted, i64)> {
    match op {
        Op::Network(NetworkOp::CreateNetwork(_)) => vec![(Counted::Networks, 1)],
        Op::Network(NetworkOp::DeleteNetwork(_)) => vec![(Counted::Networks, -1)],
        Op::Gateway(GatewayOp::CreateInternetGateway(_)) => vec![(Counted::InternetGateways, 1)],
        Op::Gateway(GatewayOp::DeleteInternetGateway(_)) => vec![(Counted::InternetGateways, -1)],
        Op::Gateway(GatewayOp::AllocateAddress(_)) => vec![(Counted::Addresses, 1)],
        Op::Gateway(GatewayOp::ReleaseAddress(_)) => vec![(Counted::Addresses, -1)],
        Op::Gateway(GatewayOp::CreateNatGateway(CreateNatGateway { subnet, .. })) => {
            zone(draft, subnet).map(|zone| (Counted::NatGateways { zone }, 1)).into_iter().collect()
        }
        Op::Gateway(GatewayOp::DeleteNatGateway(DeleteNatGateway { gateway })) => {
            zone_of_gateway(draft, gateway).map(|zone| (Counted::NatGateways { zone }, -1)).into_iter().collect()
        }
        Op::Function(FunctionOp::CreateProbe(op)) => pairs.join(draft, &op.attachment),
        Op::Function(FunctionOp::SetAttachment(op)) => {
            op.to.iter().flat_map(|attachment| pairs.join(draft, attachment)).collect()
        }
        _ => Vec::new(),
    }
}

/// The zone of a subnet that is there or is made by the Plan.
fn zone(draft: &Draft<'_>, subnet: &Key) -> Option<String> {
    let there = draft.bound(subnet).and_then(|id| draft.world.network.subnets.get(id)).map(|s| s.zone.clone());
    there.or_else(|| {
        draft.steps.iter().find_map(|Step { action, .. }| match action {
            Action::Change(Op::Network(NetworkOp::CreateSubnet(op)))
                if crate::Owner::of(&op.tags).is_some_and(|owner| &owner.key == subnet) =>
            {
                Some(op.zone.clone())
            }
            _ => None,
        })
    })
}

fn zone_of_gateway(draft: &Draft<'_>, gateway: &Key) -> Option<String> {
    let gateway = draft.bound(gateway).and_then(|id| draft.world.gateway.nat_gateways.get(id))?;
    match &gateway.scope {
        NatScope::Subnet(subnet) => draft.world.network.subnets.get(subnet).map(|s| s.zone.clone()),
        NatScope::Region { .. } => None,
    }
}

/// Which pairs of a subnet and a set of groups have an interface: functions of one pair share it.
struct Pairs(BTreeSet<(CloudId, BTreeSet<CloudId>)>);

impl Pairs {
    fn of(world: &World) -> Self {
        let interfaces = world.network.interfaces.values().filter(|i| i.kind == InterfaceKind::Function);
        Self(interfaces.map(|i| (i.subnet.clone(), i.groups.clone())).collect())
    }

    /// The interfaces that a function which is attached so needs beside those that are there.
    fn join(&mut self, draft: &Draft<'_>, attachment: &Attachment<Key>) -> Vec<(Counted, i64)> {
        let groups: BTreeSet<CloudId> = attachment.groups.iter().map(|group| draft.id_after(group)).collect();
        let new = attachment.subnets.iter().filter(|subnet| self.0.insert((draft.id_after(subnet), groups.clone())));
        new.map(|subnet| {
            let there = draft.bound(subnet).and_then(|id| draft.world.network.subnets.get(id));
            (Counted::FunctionInterfaces { network: there.map(|subnet| subnet.network.clone()) }, 1)
        })
        .collect()
    }
}
