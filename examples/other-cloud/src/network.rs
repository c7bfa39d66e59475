//! Areas, lanes, signposts, guards and flags, as networks, subnets, route tables, security groups and leases.

use std::{collections::BTreeSet, time::Duration};

use egress_core::{
    Clock, CloudError, CloudId, Effect, NetworkProvider, Outcome, Scope, Token, async_trait,
    ipnet::{IpNet, Ipv4Net},
    op::NetworkOp,
    quota::{Basis, Counted, Quotas, Room},
    world::{
        AssociatedWith, Association, Destination, Lease, Network, NetworkPart, Place, Readiness, Route, RouteOrigin,
        RouteState, RouteTable, Rule, SecurityGroup, Subnet, Target, Zone,
    },
};

use crate::{
    Backend,
    nimbus::{AREAS, DISTRICTS, Nimbus, Refusal, Signpost, Toward},
};

#[async_trait]
impl<C: Clock> NetworkProvider for Backend<C> {
    /// A scope is the least that must be shown. A cloud that can filter saves calls by it; Nimbus shows everything.
    async fn observe_network(&self, _: &Scope) -> Result<NetworkPart, CloudError> {
        Ok(self.ask(|nimbus, now| part(nimbus, now)))
    }

    async fn apply_network(&self, op: &NetworkOp<CloudId>, _: &Token) -> Outcome {
        self.call(name(op), |nimbus, now| apply(nimbus, now, op))
    }

    /// Nimbus limits its areas and nothing else, and every account alike.
    async fn quotas(&self, of: &BTreeSet<Counted>) -> Result<Quotas, CloudError> {
        let by = self.ask(|nimbus, _| nimbus.areas.keys().cloned().collect::<Vec<_>>());
        let room = Room {
            what: Counted::Networks,
            limit: count(AREAS),
            basis: Basis::Told,
            used: count(by.len()),
            by,
            raise: None,
        };
        Ok(Quotas { rooms: Vec::from_iter(of.contains(&room.what).then_some(room)) })
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// One arm an Op, one call an arm: an Op fails whole.
fn apply(nimbus: &mut Nimbus, now: Duration, op: &NetworkOp<CloudId>) -> Result<Effect, Refusal> {
    match op {
        // Labels go along with the creation: a thing without them could never be found again after a lost answer.
        NetworkOp::CreateNetwork(op) => nimbus.stake_area(op.cidr, &op.tags).map(Effect::created),
        NetworkOp::CreateSubnet(op) => nimbus.pave_lane(&op.network, op.cidr, &op.zone, &op.tags).map(Effect::created),
        NetworkOp::CreateRouteTable(op) => nimbus.plant_signpost(&op.network, &op.tags).map(Effect::created),
        NetworkOp::CreateGroup(op) => nimbus.post_guard(&op.network, &op.name, &op.tags).map(Effect::created),
        NetworkOp::DeleteNetwork(op) => nothing(nimbus.give_up_area(&op.network)),
        NetworkOp::DeleteSubnet(op) => nothing(nimbus.close_lane(&op.subnet, now)),
        NetworkOp::DeleteRouteTable(op) => nothing(nimbus.fell_signpost(&op.table)),
        NetworkOp::DeleteGroup(op) => nothing(nimbus.dismiss_guard(&op.group, now)),
        NetworkOp::AssociateRouteTable(op) => {
            let instead_of = op.replaces.as_ref().map(signpost_of);
            nothing(nimbus.follow(&op.subnet, Some(&op.table), instead_of.as_ref()))
        }
        NetworkOp::DisassociateRouteTable(op) => nothing(nimbus.follow(&op.subnet, None, Some(&op.table))),
        NetworkOp::CreateRoute(op) => nothing(nimbus.add_sign(&op.table, range(&op.destination)?, toward(&op.target)?)),
        NetworkOp::ReplaceRoute(op) => {
            nothing(nimbus.turn_sign(&op.table, range(&op.destination)?, toward(&op.target)?))
        }
        NetworkOp::DeleteRoute(op) => nothing(nimbus.remove_sign(&op.table, range(&op.destination)?)),
        NetworkOp::AllowEgress(op) => nothing(nimbus.let_pass(&op.group, &op.rule)),
        // Whoever asks first has it. What egress calls a lock is nothing more than that.
        NetworkOp::CreateLease(op) => nimbus.raise_flag(&op.name, &op.tags).map(Effect::created),
        NetworkOp::DeleteLease(op) => nothing(nimbus.take_flag_down(&op.lease)),
        NetworkOp::SetTags(op) => nothing(nimbus.label(op.kind, &op.resource, &op.set, &op.remove)),
        NetworkOp::DeleteInterface(op) => Err(Refusal::NoSuch(op.interface.clone())),
        // The enums may grow. What a backend does not know it refuses, and nothing changes.
        other => Err(Refusal::Beyond(other.to_string())),
    }
}

/// For calls that make nothing.
pub(crate) fn nothing(done: Result<(), Refusal>) -> Result<Effect, Refusal> {
    done.map(|()| Effect::default())
}

/// What Nimbus calls the call, for errors.
fn name(op: &NetworkOp<CloudId>) -> &'static str {
    match op {
        NetworkOp::CreateNetwork(_) | NetworkOp::DeleteNetwork(_) => "area",
        NetworkOp::CreateSubnet(_) | NetworkOp::DeleteSubnet(_) => "lane",
        NetworkOp::CreateGroup(_) | NetworkOp::AllowEgress(_) | NetworkOp::DeleteGroup(_) => "guard",
        NetworkOp::CreateLease(_) | NetworkOp::DeleteLease(_) => "flag",
        _ => "signpost",
    }
}

fn range(destination: &Destination) -> Result<Ipv4Net, Refusal> {
    match destination {
        Destination::Cidr(IpNet::V4(range)) => Ok(*range),
        other => Err(Refusal::Beyond(format!("sign to {other}"))),
    }
}

fn toward(target: &Target<CloudId>) -> Result<Toward, Refusal> {
    match target {
        Target::InternetGateway(gate) => Ok(Toward::Gate(gate.clone())),
        Target::NatGateway(door) => Ok(Toward::Door(door.clone())),
        other => Err(Refusal::Beyond(format!("sign towards {other}"))),
    }
}

/// A lane follows one signpost, so Nimbus has no name for the link; the backend makes one that it can take apart.
fn link(lane: &CloudId, signpost: &CloudId) -> CloudId {
    CloudId::new(format!("{lane}@{signpost}"))
}

fn signpost_of(link: &CloudId) -> CloudId {
    CloudId::new(link.as_str().split_once('@').map_or(link.as_str(), |(_, signpost)| signpost))
}

/// Everything of this family. What Nimbus does not have (interfaces, stateless filters, peerings) stays empty.
fn part(nimbus: &Nimbus, now: Duration) -> NetworkPart {
    let networks = nimbus.areas.iter().map(|(id, area)| Network {
        id: id.clone(),
        cidrs: vec![area.range],
        cidrs_v6: Vec::new(),
        state: Readiness::Available,
        is_default: false,
        dns_support: true,
        dns_hostnames: false,
        name_servers: vec![],
        owner: None,
        tags: area.labels.clone(),
    });
    let subnets = nimbus.lanes.iter().map(|(id, lane)| Subnet {
        id: id.clone(),
        network: lane.area.clone(),
        cidr: lane.range,
        cidr_v6: None,
        zone: lane.district.clone(),
        free_addresses: u32::MAX >> lane.range.prefix_len(),
        state: Readiness::Available,
        owner: None,
        tags: lane.labels.clone(),
    });
    let tables = nimbus.signposts.iter().map(|(id, signpost)| table(nimbus, now, id, signpost));
    let groups = nimbus.guards.iter().map(|(id, guard)| SecurityGroup {
        id: id.clone(),
        network: guard.area.clone(),
        name: guard.name.clone(),
        ingress: Vec::new(),
        egress: [Rule::all_v4()].into_iter().chain(guard.passes.iter().cloned()).collect(),
        tags: guard.labels.clone(),
    });
    let leases = nimbus.flags.iter().map(|(id, flag)| Lease {
        id: id.clone(),
        name: flag.name.clone(),
        created_by: None,
        tags: flag.labels.clone(),
    });
    let zone = |name: &&str| Zone { name: (*name).to_owned(), id: (*name).to_owned(), functions: true };
    NetworkPart {
        place: Place { account: "toy".to_owned(), region: "sky".to_owned() },
        zones: DISTRICTS.iter().map(zone).collect(),
        networks: networks.map(|n| (n.id.clone(), n)).collect(),
        subnets: subnets.map(|s| (s.id.clone(), s)).collect(),
        route_tables: tables.map(|t| (t.id.clone(), t)).collect(),
        groups: groups.map(|g| (g.id.clone(), g)).collect(),
        leases: leases.map(|l| (l.id.clone(), l)).collect(),
        ..NetworkPart::default()
    }
}

fn table(nimbus: &Nimbus, now: Duration, id: &CloudId, signpost: &Signpost) -> RouteTable {
    let followers = nimbus.lanes.iter().filter(|(_, lane)| lane.signpost.as_ref() == Some(id));
    let associations = followers.map(|(lane, _)| Association {
        id: link(lane, id),
        with: AssociatedWith::Subnet(lane.clone()),
        active: true,
    });
    let inside = nimbus.areas.get(&signpost.area).map(|area| Route {
        destination: Destination::Cidr(area.range.into()),
        target: Target::Local,
        state: RouteState::Active,
        origin: RouteOrigin::Table,
    });
    let signs = signpost.signs.iter().map(|(range, toward)| Route {
        destination: Destination::Cidr((*range).into()),
        target: match toward {
            Toward::Gate(gate) => Target::InternetGateway(gate.clone()),
            Toward::Door(door) => Target::NatGateway(door.clone()),
        },
        // The engine must be able to see that a way is dead.
        state: if nimbus.leads_on(signpost, toward, now) { RouteState::Active } else { RouteState::Blackhole },
        origin: RouteOrigin::Static,
    });
    RouteTable {
        id: id.clone(),
        network: signpost.area.clone(),
        associations: associations.collect(),
        routes: inside.into_iter().chain(signs).collect(),
        tags: signpost.labels.clone(),
    }
}
