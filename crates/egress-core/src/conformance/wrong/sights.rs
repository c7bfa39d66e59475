//! Wrong clouds whose state is right, and which show something else.

use std::{
    collections::BTreeSet,
    net::Ipv4Addr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;

use crate::{
    Cloud, CloudExt, CloudId, Effect, Kind, Op, Outcome, Scope, Token,
    layer::{Answer, Call, Layer, Part},
    op::{AssociateNatAddress, GatewayOp, NetworkOp, SetTags},
    probe::Reply,
    tags::STACK,
    world::{FunctionState, NatAddress, NatAddressState, NatState, RouteState, UpdateState},
};

/// Edits what is observed; knows the scope, and how many observations there were.
pub(super) struct Sees {
    edit: fn(&mut Part, &Scope, usize),
    count: AtomicUsize,
}

impl Sees {
    pub(super) fn new(edit: fn(&mut Part, &Scope, usize)) -> Self {
        Self { edit, count: AtomicUsize::new(0) }
    }
}

#[async_trait]
impl Layer for Sees {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        let mut answer = call.run(cloud).await;
        if let (Call::Observe(_, scope), Answer::Observed(Ok(part))) = (&call, &mut answer) {
            (self.edit)(part, scope, self.count.fetch_add(1, Ordering::Relaxed));
        }
        answer
    }
}

/// Counts nothing.
pub(super) struct Roomy;

#[async_trait]
impl Layer for Roomy {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        let mut answer = call.run(cloud).await;
        if let Answer::Quotas(Ok(quotas)) = &mut answer {
            quotas.rooms.iter_mut().for_each(|room| (room.used, room.by) = (0, Vec::new()));
        }
        answer
    }
}

pub(super) fn next_ip(ip: Ipv4Addr) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(ip).wrapping_add(1))
}

pub(super) fn ip_changes(part: &mut Part, _: &Scope, count: usize) {
    if let Part::Gateway(part) = part
        && count % 2 == 1
    {
        part.addresses.values_mut().for_each(|a| a.ip = a.ip.map(next_ip));
    }
}

pub(super) fn always_pending(part: &mut Part, _: &Scope, _: usize) {
    if let Part::Gateway(part) = part {
        let working = part.nat_gateways.values_mut().filter(|g| g.state == NatState::Available);
        working.for_each(|g| g.state = NatState::Pending);
    }
}

/// The addresses that gateways have beside their own.
fn added(part: &mut Part) -> impl Iterator<Item = &mut NatAddress> {
    let gateways = if let Part::Gateway(part) = part { Some(&mut part.nat_gateways) } else { None };
    gateways.into_iter().flat_map(|g| g.values_mut()).flat_map(|g| &mut g.addresses).filter(|a| !a.primary)
}

pub(super) fn added_unused(part: &mut Part, _: &Scope, _: usize) {
    added(part).filter(|a| a.is_in_use()).for_each(|a| a.state = NatAddressState::Associating);
}

pub(super) fn added_ip(part: &mut Part, _: &Scope, _: usize) {
    added(part).for_each(|a| a.public_ip = a.public_ip.map(next_ip));
}

pub(super) fn never_settled(part: &mut Part, _: &Scope, _: usize) {
    if let Part::Function(part) = part {
        let moved = part.functions.values_mut().filter(|f| f.attachment.is_some() && f.state == FunctionState::Active);
        moved.for_each(|f| f.update = UpdateState::InProgress);
    }
}

pub(super) fn own_only(part: &mut Part, scope: &Scope, _: usize) {
    if let (Part::Network(part), Scope::Stack { .. }) = (part, scope) {
        part.interfaces.retain(|_, i| i.tags.contains_key(STACK));
        part.route_tables.retain(|_, t| t.tags.contains_key(STACK));
        part.groups.retain(|_, g| g.tags.contains_key(STACK));
    }
}

pub(super) fn no_leases(part: &mut Part, _: &Scope, _: usize) {
    if let Part::Network(part) = part {
        part.leases.clear();
    }
}

pub(super) fn nameless(part: &mut Part, scope: &Scope, _: usize) {
    let Scope::Stack { stack, networks, .. } = scope else { return };
    let strange = |tags: &crate::Tags| tags.get(STACK).is_none_or(|name| name != stack.as_str());
    match part {
        Part::Network(part) => part.networks.retain(|id, n| !(networks.contains(id) && strange(&n.tags))),
        Part::Gateway(part) => part.nat_gateways.retain(|_, g| !(networks.contains(&g.network) && strange(&g.tags))),
        Part::Function(_) => {}
    }
}

pub(super) fn first_zone(part: &mut Part, _: &Scope, _: usize) {
    if let Part::Network(part) = part
        && let Some(zone) = part.zones.first()
    {
        part.subnets.values_mut().for_each(|s| s.zone.clone_from(&zone.name));
    }
}

pub(super) fn other_names(part: &mut Part, _: &Scope, _: usize) {
    if let Part::Network(part) = part {
        let subnets = std::mem::take(&mut part.subnets);
        part.subnets = subnets.into_values().map(|s| (CloudId::new(s.cidr.to_string()), s)).collect();
    }
}

pub(super) fn closed_groups(part: &mut Part, _: &Scope, _: usize) {
    if let Part::Network(part) = part {
        part.groups.values_mut().for_each(|g| g.egress.clear());
    }
}

pub(super) fn all_active(part: &mut Part, _: &Scope, _: usize) {
    if let Part::Network(part) = part {
        part.route_tables.values_mut().flat_map(|t| &mut t.routes).for_each(|r| r.state = RouteState::Active);
    }
}

/// Shows every subnet without its tags the first time.
#[derive(Default)]
pub(super) struct Untagged(Mutex<BTreeSet<CloudId>>);

#[async_trait]
impl Layer for Untagged {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        let mut answer = call.run(cloud).await;
        if let Answer::Observed(Ok(Part::Network(part))) = &mut answer {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            part.subnets.values_mut().filter(|s| known.insert(s.id.clone())).for_each(|s| s.tags.clear());
        }
        answer
    }
}

/// Shows every group once, then not, then for good.
#[derive(Default)]
pub(super) struct Blinks(Mutex<std::collections::BTreeMap<CloudId, usize>>);

#[async_trait]
impl Layer for Blinks {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        let mut answer = call.run(cloud).await;
        if let Answer::Observed(Ok(Part::Network(part))) = &mut answer {
            let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            part.groups.retain(|id, _| {
                let times = shown.entry(id.clone()).or_default();
                *times += 1;
                *times != 2
            });
        }
        answer
    }
}

/// Takes an address that is asked for from the gateway that holds it.
#[derive(Default)]
pub(super) struct Steals(Mutex<Vec<AssociateNatAddress<CloudId>>>);

#[async_trait]
impl Layer for Steals {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        if let Call::Apply(Op::Gateway(GatewayOp::AssociateNatAddress(op)), _) = &call {
            let world = cloud.observe(&Scope::Everything).await.unwrap_or_default();
            let holder = world.gateway.addresses.get(&op.address).and_then(|a| a.nat_gateway.as_ref());
            if holder.is_some_and(|holder| holder != &op.gateway) {
                self.0.lock().unwrap_or_else(PoisonError::into_inner).push(op.clone());
                return Answer::Applied(Outcome::Done(Effect::default()));
            }
        }
        let mut answer = call.run(cloud).await;
        if let Answer::Observed(Ok(Part::Gateway(part))) = &mut answer {
            for AssociateNatAddress { gateway, address } in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter()
            {
                let listings = part.nat_gateways.values_mut().filter(|g| &g.id != gateway);
                let mut taken: Vec<NatAddress> = listings
                    .flat_map(|g| g.addresses.extract_if(.., |a| a.address.as_ref() == Some(address)))
                    .collect();
                if let Some(thief) = part.nat_gateways.get_mut(gateway) {
                    thief.addresses.append(&mut taken);
                }
            }
        }
        answer
    }
}

/// After a route was replaced, shows the table without it once.
#[derive(Default)]
pub(super) struct Gap(Mutex<Option<(CloudId, crate::world::Destination)>>);

#[async_trait]
impl Layer for Gap {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        let mut answer = call.run(cloud).await;
        let mut gap = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (&call, &mut answer) {
            (Call::Apply(Op::Network(NetworkOp::ReplaceRoute(op)), _), _) => {
                *gap = Some((op.table.clone(), op.destination.clone()));
            }
            (_, Answer::Observed(Ok(Part::Network(part)))) => {
                if let Some((table, destination)) = gap.take()
                    && let Some(table) = part.route_tables.get_mut(&table)
                {
                    table.routes.retain(|r| r.destination != destination);
                }
            }
            _ => {}
        }
        answer
    }
}

/// Notes on every network how often it was looked at.
#[derive(Default)]
pub(super) struct Meddles(AtomicUsize);

#[async_trait]
impl Layer for Meddles {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        let answer = call.run(cloud).await;
        if let Answer::Observed(Ok(Part::Network(part))) = &answer {
            let count = self.0.fetch_add(1, Ordering::Relaxed).to_string();
            for network in part.networks.values() {
                let set = [("looks".to_owned(), count.clone())].into();
                let op = SetTags { resource: network.id.clone(), kind: Kind::Network, set, remove: Vec::new() };
                cloud.apply(&Op::Network(NetworkOp::SetTags(op)), &Token::new(format!("look-{count}"))).await;
            }
        }
        answer
    }
}

/// Lets the internet see a neighbour.
pub(super) struct OtherSource;

#[async_trait]
impl Layer for OtherSource {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        let mut answer = call.run(cloud).await;
        if let Answer::Invoked(Ok(invoked)) = &mut answer
            && let Some(body) = invoked.payload.get_mut("body")
            && let Some(ip) = body.as_str().and_then(|text| text.trim().parse().ok())
        {
            *body = next_ip(ip).to_string().into();
        }
        answer
    }
}

/// Lets packets arrive that have no way out.
pub(super) struct Leaks;

#[async_trait]
impl Layer for Leaks {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        let mut answer = call.run(cloud).await;
        if let Answer::Invoked(Ok(invoked)) = &mut answer
            && serde_json::from_value(invoked.payload.clone()).is_ok_and(|reply: Reply| reply == Reply::TimedOut)
        {
            invoked.payload = serde_json::json!(Reply::Answered { status: 200, body: "192.0.2.1".to_owned() });
        }
        answer
    }
}
