//! Which way each private subnet's packets take, and when they may take a new one.
//!
//! A new egress IP is of no use before third parties admit it, and a function that already leaves through the stack must not
//! be seen from it before that. So an address that is taken while functions run waits: everything is built, and nothing
//! that runs is led to it until the request says that it is [listed](super::Permit::Listed). That it waits stands in its
//! tags, so that every run knows. What the stack is built with before any function runs waits for nobody.

use std::collections::BTreeSet;

use super::{Level, Permit, StepId, draft::Draft, existing, network};
use crate::{
    CloudId, Key, Kind, Tags,
    spec::{NatGatewaySpec, SubnetSpec},
    trace::{Query, Source, SourceAddress, To, Trace, trace},
    world::{Destination, Protocol, RouteState, Target},
};

/// The tag of an address that third parties have not been told of yet.
pub(super) const WAITS: &str = "egress:waits";
/// Its value: what it waits for.
const FOR_LISTING: &str = "listing";

/// How a private subnet of the Spec stands to the way that the Spec gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// It takes it.
    Taken,
    /// Functions run there, and stay on the way that they have until the new address is listed.
    Kept,
    /// Functions run there, but have no way out now. They are moved to where there is one; nothing else is done to the subnet
    /// until the new address is listed.
    Lost,
    /// No function runs there; none is led there until the new address is listed.
    Waiting,
}

/// The way of a private subnet.
pub(super) fn way(draft: &Draft<'_>, subnet: &SubnetSpec) -> Way {
    let Some(nat) = draft.spec.nat_gateway_of(subnet) else { return Way::Taken };
    if admitted(draft, nat, &nat.address_key()) {
        return Way::Taken;
    }
    match draft.bound(&subnet.key()) {
        Some(id) if !network::runs_functions(draft, id) => Way::Waiting,
        // In a subnet that was there before, the way out may be another's.
        Some(id) if draft.spec.is_existing(&subnet.key()) && has_way_out(draft, id) => Way::Kept,
        Some(id) if exits_kept(draft, id).is_empty() => Way::Lost,
        Some(_) => Way::Kept,
        None => Way::Waiting,
    }
}

/// The private subnets that functions are attached to.
pub(super) fn home<'a>(draft: &Draft<'a>) -> Vec<&'a SubnetSpec> {
    let takes = |subnet: &SubnetSpec| matches!(way(draft, subnet), Way::Taken | Way::Kept);
    draft.spec.private_subnets().filter(|subnet| takes(subnet)).collect()
}

/// The addresses that the packets of a private subnet leave from once the Plan is done.
pub(super) fn exits(draft: &Draft<'_>, subnet: &SubnetSpec) -> BTreeSet<Key> {
    match (way(draft, subnet), draft.spec.nat_gateway_of(subnet)) {
        (Way::Kept, _) => draft.bound(&subnet.key()).map(|id| exits_kept(draft, id)).unwrap_or_default(),
        (_, Some(nat)) => leaving_from(draft, nat),
        (_, None) => BTreeSet::new(),
    }
}

/// The addresses that a gateway translates to: its own, and those added ones that need not wait.
pub(super) fn leaving_from(draft: &Draft<'_>, nat: &NatGatewaySpec) -> BTreeSet<Key> {
    if existing::is_existing(draft, &nat.key()) {
        return existing::addresses(draft, nat);
    }
    let own = nat.address_key();
    nat.address_keys().filter(|address| *address == own || admitted(draft, nat, address)).collect()
}

/// The addresses that the packets of a subnet leave from which keeps its way: those of the gateway that it has now, as far as
/// the Spec leaves them to that gateway.
fn exits_kept(draft: &Draft<'_>, subnet: &CloudId) -> BTreeSet<Key> {
    let trace = trace_from(draft, subnet);
    let hops = trace.paths.iter().flat_map(|path| &path.hops).filter_map(|hop| hop.id.as_ref());
    let through: BTreeSet<&CloudId> = hops.collect();
    let stays = draft.spec.nat_gateways.iter().filter(|g| draft.bound(&g.key()).is_some_and(|id| through.contains(id)));
    let kept: BTreeSet<Key> = stays.flat_map(|gateway| leaving_from(draft, gateway)).collect();
    if !kept.is_empty() {
        return kept;
    }
    let fixed = |source: &SourceAddress| match source {
        SourceAddress::Fixed { address, .. } => Some(address.clone()),
        _ => None,
    };
    let seen: BTreeSet<CloudId> = trace.verdict.sources().iter().filter_map(fixed).collect();
    let ours = draft.bindings.iter().filter(|(key, id)| key.kind == Kind::Address && seen.contains(id));
    ours.map(|(key, _)| key.clone()).collect()
}

/// Whether packets from a subnet get out now.
pub(super) fn has_way_out(draft: &Draft<'_>, subnet: &CloudId) -> bool {
    !trace_from(draft, subnet).verdict.sources().is_empty()
}

fn trace_from(draft: &Draft<'_>, subnet: &CloudId) -> Trace {
    let source = Source::Subnet { subnet: subnet.clone(), groups: None };
    trace(draft.world, &Query { source, to: To::Internet, protocol: Protocol::Tcp, port: 443 })
}

/// Whether traffic may leave from an address of a gateway.
pub(super) fn admitted(draft: &Draft<'_>, nat: &NatGatewaySpec, address: &Key) -> bool {
    if !draft.serves {
        return true;
    }
    let Some(found) = draft.bound(address).and_then(|id| draft.world.gateway.addresses.get(id)) else { return false };
    if found.ip.is_some_and(|ip| draft.permits(&Permit::Listed(ip))) {
        return true;
    }
    if crate::Owner::of(&found.tags).is_some_and(|owner| owner.stack == draft.spec.stack) {
        return !found.tags.contains_key(WAITS);
    }
    // An address that egress did not allocate carries no tag of its: it is as good as listed where it is in use already, and
    // a gateway's own where the subnets lead to no other.
    let holder = found.nat_gateway.as_ref();
    let in_use = holder.is_some() && holder == draft.bound(&nat.key());
    in_use || *address == nat.address_key() && !leads_elsewhere(draft, nat)
}

/// Whether functions run in a subnet of a gateway whose packets leave through another one now.
fn leads_elsewhere(draft: &Draft<'_>, nat: &NatGatewaySpec) -> bool {
    let subnets = draft.spec.private_subnets().filter(|s| draft.spec.nat_gateway_of(s) == Some(nat));
    let running = subnets.filter_map(|s| draft.bound(&s.key())).filter(|id| network::runs_functions(draft, id));
    running.filter_map(|id| network::association(draft, id)).any(|(_, table)| {
        let route = draft.world.network.route_tables.get(&table).and_then(|t| t.route(&Destination::default_v4()));
        route.is_some_and(|r| r.state == RouteState::Active && matches!(r.target, Target::NatGateway(_)))
    })
}

/// The tags that an address is allocated with: those of its Key, and that it waits, where functions run already.
pub(super) fn tags_of_new(draft: &Draft<'_>, address: &Key) -> Tags {
    let mut tags = draft.tags(address);
    if draft.serves {
        tags.insert(WAITS.to_owned(), FOR_LISTING.to_owned());
    }
    tags
}

/// Takes the mark from addresses that are listed by now, and says of the others what they wait for. Gives the Steps that
/// must be done before traffic is led to the former: a run that is cut short after that need not be told again.
pub(super) fn settle(draft: &mut Draft<'_>) -> Vec<StepId> {
    let spec = draft.spec;
    let mut settled = Vec::new();
    for (nat, address) in spec.nat_gateways.iter().flat_map(|nat| nat.address_keys().map(move |key| (nat, key))) {
        if admitted(draft, nat, &address) {
            settled.extend(draft.untag(&address, WAITS));
            continue;
        }
        let ip = draft.bound(&address).and_then(|id| draft.world.gateway.addresses.get(id)?.ip);
        let (name, hint) = match ip {
            Some(ip) => (
                format!("{ip} ({address})"),
                format!("tell them; then `egress apply --listed {ip}` leads traffic there"),
            ),
            None => (address.to_string(), "`egress ips` shows it once it is allocated; tell them".to_owned()),
        };
        let message = format!("{name} waits: functions would be seen from it, and third parties do not know it yet");
        draft.note(Level::Warning, &address, message, hint);
    }
    settled
}
