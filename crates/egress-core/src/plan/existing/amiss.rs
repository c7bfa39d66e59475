//! What the file says of existing things, held against what is there.

use ipnet::Ipv4Net;

use super::super::{Refusal, RefusalKind};
use crate::{
    CloudId, Key, Kind, Owner, World,
    spec::{NatGatewaySpec, Spec, SubnetSpec, WayOut, ZoneChoice},
    world::{NatScope, NatState, Network},
};

/// Every reason why existing things cannot be used as the file says.
pub(in crate::plan) fn amiss(spec: &Spec, world: &World) -> Vec<Refusal> {
    let Some(id) = spec.existing.get(&spec.network_key()) else { return addresses(spec, world) };
    let Some(network) = world.network.networks.get(id) else {
        let place = &world.network.place;
        let message = format!("there is no network {id} in account {}, region {}", place.account, place.region);
        return vec![refusal(
            RefusalKind::NotFound,
            &spec.network_key(),
            message,
            "check its id, the account and the region",
        )];
    };
    let site = Site { spec, world, network };
    let mut amiss = addresses(spec, world);
    amiss.extend(site.range());
    amiss.extend(site.internet_gateway());
    amiss.extend(spec.subnets.iter().flat_map(|subnet| site.subnet(subnet)));
    amiss.extend(spec.nat_gateways.iter().filter_map(|nat| site.nat_gateway(nat)));
    amiss.extend(site.group());
    amiss.extend(site.tables());
    amiss
}

/// An existing network, and what the file says of it.
struct Site<'a> {
    spec: &'a Spec,
    world: &'a World,
    network: &'a Network,
}

impl Site<'_> {
    fn range(&self) -> Option<Refusal> {
        let (wanted, ranges) = (self.spec.network.cidr, &self.network.cidrs);
        let fits = is_open(wanted) || ranges.contains(&wanted);
        let message = || format!("the range of {} is {}, not {wanted}", self.network.id, listed(ranges));
        let hint = "leave `cidr` out, or put its own range into the file";
        (!fits).then(|| refusal(RefusalKind::Impossible, &self.spec.network_key(), message(), hint))
    }

    fn internet_gateway(&self) -> Option<Refusal> {
        let key = self.spec.internet_gateway_key();
        let id = self.spec.existing.get(&key)?;
        let Some(found) = self.world.gateway.internet_gateways.get(id) else { return Some(self.missing(&key, id)) };
        let there = match &found.network {
            Some(there) if *there == self.network.id => return None,
            Some(there) => format!("attached to {there}"),
            None => "attached to nothing".to_owned(),
        };
        let message = format!("{id} is {there}, not to {}", self.network.id);
        Some(refusal(
            RefusalKind::Impossible,
            &key,
            message,
            "egress attaches no gateway that it did not make: do it yourself, or name another",
        ))
    }

    /// What is wrong with an existing subnet, or with one that is to be made in the existing network.
    fn subnet(&self, subnet: &SubnetSpec) -> Vec<Refusal> {
        let key = subnet.key();
        let Some(id) = self.spec.existing.get(&key) else { return self.made_subnet(subnet).into_iter().collect() };
        let Some(found) = self.world.network.subnets.get(id) else { return vec![self.missing(&key, id)] };
        let mut wrong = Vec::new();
        if found.network != self.network.id {
            wrong.push(format!("it is in {}, not in {}", found.network, self.network.id));
        }
        if !is_open(subnet.cidr) && found.cidr != subnet.cidr {
            wrong.push(format!("its range is {}, not {}", found.cidr, subnet.cidr));
        }
        if let ZoneChoice::Named(zone) = &subnet.zone
            && *zone != found.zone
        {
            wrong.push(format!("its zone is {}, not {zone}", found.zone));
        }
        let unusable = self.world.network.zones.iter().any(|zone| zone.name == found.zone && !zone.functions);
        if unusable && subnet.way_out != WayOut::InternetGateway {
            wrong.push(format!("functions cannot run in its zone {}", found.zone));
        }
        let hint = "leave `cidr` and `zone` out, or name another subnet";
        let message = |wrong: String| format!("{id} cannot be {key}: {wrong}");
        wrong.into_iter().map(|wrong| refusal(RefusalKind::Impossible, &key, message(wrong), hint)).collect()
    }

    fn made_subnet(&self, subnet: &SubnetSpec) -> Option<Refusal> {
        let key = subnet.key();
        if let Some(owner) = &self.network.owner {
            let message = format!("{key} cannot be made in {}, which account {owner} shares", self.network.id);
            return Some(refusal(RefusalKind::Impossible, &key, message, "only that account can make subnets there"));
        }
        let ranges = &self.network.cidrs;
        let fits = ranges.iter().any(|range| range.contains(&subnet.cidr));
        let message =
            || format!("{} of {key} is outside the ranges of {}: {}", subnet.cidr, self.network.id, listed(ranges));
        (!fits).then(|| {
            refusal(RefusalKind::Impossible, &key, message(), "give it a free range of that network in the file")
        })
    }

    fn nat_gateway(&self, nat: &NatGatewaySpec) -> Option<Refusal> {
        let key = nat.key();
        let id = self.spec.existing.get(&key)?;
        let Some(found) = self.world.gateway.nat_gateways.get(id) else { return Some(self.missing(&key, id)) };
        let subnet = Key::new(Kind::Subnet, &nat.subnet);
        let wrong = match (&found.state, &found.scope) {
            (NatState::Failed { code, message }, _) => format!("it failed: {code}: {message}"),
            (NatState::Deleting | NatState::Deleted, _) => "it was deleted".to_owned(),
            _ if found.network != self.network.id => format!("it is in {}, not in {}", found.network, self.network.id),
            _ if !found.public => "it leads to no public address".to_owned(),
            (_, NatScope::Region { automatic: true, .. }) => {
                "it is for the whole region and takes addresses by itself: its IPs are not fixed".to_owned()
            }
            (_, NatScope::Region { automatic: false, .. }) => return None,
            (_, NatScope::Subnet(there)) if self.spec.existing.get(&subnet) == Some(there) => return None,
            (_, NatScope::Subnet(there)) => format!("it stands in {there}, which is not {subnet}"),
        };
        Some(refusal(
            RefusalKind::Impossible,
            &key,
            format!("{id} cannot be {key}: {wrong}"),
            "name another gateway, or leave `existing` out to have one made",
        ))
    }

    fn group(&self) -> Option<Refusal> {
        let key = self.spec.security_group_key();
        let id = self.spec.existing.get(&key)?;
        let Some(found) = self.world.network.groups.get(id) else { return Some(self.missing(&key, id)) };
        let message = || format!("{id} is in {}, not in {}", found.network, self.network.id);
        let elsewhere = found.network != self.network.id;
        elsewhere.then(|| refusal(RefusalKind::Impossible, &key, message(), "name a group of that network"))
    }

    fn tables(&self) -> Vec<Refusal> {
        let part = &self.world.network.route_tables;
        let here = |id: &CloudId| part.get(id).is_some_and(|table| table.network == self.network.id);
        let listed =
            self.spec.routes_in.iter().flat_map(|(gateway, tables)| tables.iter().map(move |id| (gateway, id)));
        listed.filter(|(_, id)| !here(id)).map(|(gateway, id)| self.missing(gateway, id)).collect()
    }

    /// What the file names is not seen in the network. Another account's is perhaps there.
    fn missing(&self, key: &Key, id: &CloudId) -> Refusal {
        let (network, account) = (&self.network.id, &self.world.network.place.account);
        let Some(owner) = &self.network.owner else {
            let message = format!("there is no {id} in {network}");
            return refusal(RefusalKind::NotFound, key, message, "check its id: it must be in the existing network");
        };
        let message = format!(
            "{id} cannot be seen from account {account}: account {owner} owns {network} and shares only subnets of it"
        );
        refusal(
            RefusalKind::NotFound,
            key,
            message,
            "run egress in that account, which owns the gateways and their IPs",
        )
    }
}

/// Existing addresses that are not there, or that something else uses.
fn addresses(spec: &Spec, world: &World) -> Vec<Refusal> {
    let named = spec.nat_gateways.iter().filter_map(|nat| Some((nat, spec.existing.get(&nat.address_key())?)));
    named.filter_map(|(nat, id)| address(spec, world, nat, id)).collect()
}

fn address(spec: &Spec, world: &World, nat: &NatGatewaySpec, id: &CloudId) -> Option<Refusal> {
    let key = nat.address_key();
    let Some(found) = world.gateway.addresses.get(id) else {
        let place = &world.network.place;
        let message = format!("account {} holds no address {id} in region {}", place.account, place.region);
        let hint = "check its id, or leave `existing_address` out to get a new one";
        return Some(refusal(RefusalKind::NotFound, &key, message, hint));
    };
    let user = found.nat_gateway.as_ref().or(found.interface.as_ref())?;
    let owner = Owner { stack: spec.stack.clone(), key: nat.key() };
    let ours = world.tags(Kind::NatGateway, user).and_then(Owner::of) == Some(owner);
    let hint = "free it there first: taking it would cut off what uses it";
    (!ours).then(|| refusal(RefusalKind::Unsafe, &key, format!("address {id} is in use by {user}"), hint))
}

/// Whether the file leaves a range open.
fn is_open(range: Ipv4Net) -> bool {
    range == Ipv4Net::default()
}

fn listed(ranges: &[Ipv4Net]) -> String {
    ranges.iter().map(Ipv4Net::to_string).collect::<Vec<_>>().join(", ")
}

fn refusal(kind: RefusalKind, key: &Key, message: String, hint: &str) -> Refusal {
    Refusal { kind, subject: Some(key.to_string()), message, hint: Some(hint.to_owned()), permit: None }
}
