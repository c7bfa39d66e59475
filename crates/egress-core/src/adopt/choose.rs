//! Which subnets, and the gateways that they leave through.

use std::collections::BTreeSet;

use super::{AdoptError, Pick, refusal, refused};
use crate::{
    CloudId, Owner, World,
    plan::{Refusal, RefusalKind},
    world::{Destination, InternetGateway, NatGateway, NatScope, Network, RouteState, Subnet, Target},
};

/// The place of a stack.
#[derive(Clone, Debug)]
pub(super) struct Site<'w> {
    pub(super) network: &'w Network,
    pub(super) internet_gateway: &'w InternetGateway,
    /// Where the NAT gateways stand, in the order of their ranges; each once.
    pub(super) public: Vec<&'w Subnet>,
    /// The subnets that leave through NAT gateways, in the order of their ranges.
    pub(super) private: Vec<(&'w Subnet, &'w NatGateway)>,
}

impl<'w> Site<'w> {
    /// The NAT gateways, in the order of the private subnets; each once.
    pub(super) fn nat_gateways(&self) -> Vec<&'w NatGateway> {
        let mut seen = BTreeSet::new();
        self.private.iter().map(|(_, nat)| *nat).filter(|nat| seen.insert(&nat.id)).collect()
    }
}

/// The place that is meant.
pub(super) fn choose<'w>(world: &'w World, pick: &Pick) -> Result<Site<'w>, AdoptError> {
    match pick {
        Pick::Only => only(world),
        Pick::Network(id) => {
            let network = world.network.networks.get(id).ok_or_else(|| nowhere(world, "network", id))?;
            let subnets = behind_gateways(world, network);
            if subnets.is_empty() {
                let why = world.network.subnets.values().filter(|s| s.network == *id);
                let why = why.filter_map(|subnet| way_out(world, subnet).err()).collect::<Vec<_>>().join("; ");
                let message = match why.is_empty() {
                    true => format!("{id} has no subnets"),
                    false => format!("no subnet of {id} leaves through a NAT gateway: {why}"),
                };
                return Err(refused(vec![refusal(RefusalKind::Impossible, id, message, MAKE_ONE)]));
            }
            site(world, network, subnets)
        }
        Pick::Subnets(ids) => of_subnets(world, ids),
        Pick::Function(id) => {
            let function = world.function.functions.get(id).ok_or_else(|| nowhere(world, "function", id))?;
            let Some(attachment) = &function.attachment else {
                let message = format!("{id} is in no network: there is nothing to adopt");
                let hint = "`egress init --function` writes the file of a stack that is made for it";
                return Err(refused(vec![refusal(RefusalKind::Impossible, id, message, hint)]));
            };
            of_subnets(world, &attachment.subnets)
        }
    }
}

const MAKE_ONE: &str = "write `existing = \"…\"` for the network into a file, and egress makes the rest in it";

/// The only network with subnets behind NAT gateways.
fn only(world: &World) -> Result<Site<'_>, AdoptError> {
    let made = |network: &Network| Owner::of(&network.tags).is_some();
    let networks = world.network.networks.values().filter(|network| !made(network));
    let mut found: Vec<_> = networks.map(|network| (network, behind_gateways(world, network))).collect();
    found.retain(|(_, subnets)| !subnets.is_empty());
    let place = &world.network.place;
    match found.len() {
        1 => {}
        0 => {
            let message = format!(
                "no subnet in account {}, region {}, leaves through a NAT gateway, but for those that egress made",
                place.account, place.region
            );
            let hint = "`--vpc VPC` says why a network is none to adopt; `egress init` begins a new stack";
            return Err(refused(vec![refusal(RefusalKind::NotFound, &place.account, message, hint)]));
        }
        several => {
            let ids: Vec<&str> = found.iter().map(|(network, _)| network.id.as_str()).collect();
            let message = format!("{several} networks have subnets behind NAT gateways: {}", ids.join(", "));
            return Err(refused(vec![refusal(
                RefusalKind::Impossible,
                &place.account,
                message,
                "say which: `--vpc VPC`",
            )]));
        }
    }
    let (network, subnets) = found.remove(0);
    site(world, network, subnets)
}

fn of_subnets<'w>(world: &'w World, ids: &BTreeSet<CloudId>) -> Result<Site<'w>, AdoptError> {
    let mut wrong = Vec::new();
    let mut subnets = Vec::new();
    for id in ids {
        let Some(subnet) = world.network.subnets.get(id) else {
            wrong.extend(nowhere(world, "subnet", id).refusals);
            continue;
        };
        match way_out(world, subnet) {
            Ok(nat) => subnets.push((subnet, nat)),
            Err(why) => wrong.push(unfit(subnet, why)),
        }
    }
    let networks: BTreeSet<&CloudId> = subnets.iter().map(|(subnet, _)| &subnet.network).collect();
    if networks.len() > 1 {
        let list = networks.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
        let message = format!("the subnets are in several networks: {list}");
        wrong.push(refusal(RefusalKind::Impossible, list, message, "name subnets of one network"));
    }
    let network = networks.into_iter().next().and_then(|id| world.network.networks.get(id));
    match network.filter(|_| wrong.is_empty()) {
        Some(network) => site(world, network, subnets),
        None => Err(refused(wrong)),
    }
}

fn unfit(subnet: &Subnet, why: String) -> Refusal {
    let hint = match subnet.owner {
        Some(_) => "run egress in the account that owns the subnet: there it can be seen, and so can its IPs",
        None => MAKE_ONE,
    };
    refusal(RefusalKind::Impossible, &subnet.id, why, hint)
}

fn nowhere(world: &World, what: &str, id: &CloudId) -> AdoptError {
    let place = &world.network.place;
    let message = format!("there is no {what} {id} in account {}, region {}", place.account, place.region);
    refused(vec![refusal(RefusalKind::NotFound, id, message, "check its id, the account and the region")])
}

/// The subnets of a network that leave through NAT gateways.
fn behind_gateways<'w>(world: &'w World, network: &Network) -> Vec<(&'w Subnet, &'w NatGateway)> {
    let subnets = world.network.subnets.values().filter(|subnet| subnet.network == network.id);
    subnets.filter_map(|subnet| Some((subnet, way_out(world, subnet).ok()?))).collect()
}

/// The NAT gateway that a subnet leaves through; why there is none, where there is none.
fn way_out<'w>(world: &'w World, subnet: &Subnet) -> Result<&'w NatGateway, String> {
    let id = &subnet.id;
    let table = world
        .network
        .table_of(subnet)
        .ok_or_else(|| format!("nobody can tell where {id} leaves without {}", subnet.unseen("route table")))?;
    let route = table.route(&Destination::default_v4()).ok_or_else(|| format!("{id} has no way to the internet"))?;
    let nat = match &route.target {
        target if route.state != RouteState::Active => {
            return Err(format!("{id} has no way to the internet: its route leads to {target}, which is gone"));
        }
        Target::NatGateway(nat) => nat,
        Target::InternetGateway(_) => return Err(format!("{id} is public: it leads straight to the internet")),
        target => return Err(format!("{id} leaves through {target}, which is no NAT gateway")),
    };
    let Some(found) = world.gateway.nat_gateways.get(nat) else {
        return Err(format!("{id} leaves through {nat}, which cannot be seen from here{}", owned(subnet)));
    };
    match &found.scope {
        _ if !found.state.is_live() => Err(format!("{id} leaves through {nat}, which does not work")),
        _ if !found.public => Err(format!("{id} leaves through {nat}, which has no public address")),
        NatScope::Region { .. } => Err(format!(
            "{id} leaves through {nat}, which is for the whole region: egress adopts gateways in one subnet"
        )),
        NatScope::Subnet(_) => Ok(found),
    }
}

fn owned(subnet: &Subnet) -> String {
    subnet.owner.as_ref().map_or_else(String::new, |owner| format!(": account {owner} owns the subnet"))
}

fn site<'w>(
    world: &'w World,
    network: &'w Network,
    mut private: Vec<(&'w Subnet, &'w NatGateway)>,
) -> Result<Site<'w>, AdoptError> {
    if let Some(owner) = Owner::of(&network.tags) {
        let message = format!("{} is of egress's own stack {}", network.id, owner.stack);
        let hint = "that stack's file looks after it; functions can be put into that file";
        return Err(refused(vec![refusal(RefusalKind::Unsafe, &network.id, message, hint)]));
    }
    let attached = world.gateway.internet_gateways.values().find(|g| g.network.as_ref() == Some(&network.id));
    let Some(internet_gateway) = attached else {
        let message = format!("{} has no internet gateway that can be seen", network.id);
        return Err(refused(vec![refusal(
            RefusalKind::Impossible,
            &network.id,
            message,
            "attach one: without it no NAT gateway works",
        )]));
    };
    private.sort_by_key(|(subnet, _)| (subnet.cidr, &subnet.id));
    let homes = private.iter().filter_map(|(_, nat)| match &nat.scope {
        NatScope::Subnet(subnet) => world.network.subnets.get(subnet),
        NatScope::Region { .. } => None,
    });
    let mut public: Vec<&Subnet> = homes.collect();
    public.sort_by_key(|subnet| (subnet.cidr, &subnet.id));
    public.dedup_by_key(|subnet| &subnet.id);
    Ok(Site { network, internet_gateway, public, private })
}
