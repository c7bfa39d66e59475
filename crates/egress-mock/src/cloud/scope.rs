//! What an observation shows: what is visible, and no more than was asked for.

use std::collections::{BTreeMap, BTreeSet};

use egress_core::{
    CloudId, Owner, Scope, StackName, Tags,
    world::{Attachment, Function, FunctionPart, GatewayPart, NetworkPart},
};

use super::Model;

/// A model as observations of one scope see it. Only what is shown is copied.
///
/// A narrow scope is taken by its word, so that an engine which leans on more than it asked for is found out here.
pub(crate) struct View<'m> {
    model: &'m Model,
    /// `None` where everything was asked for.
    narrow: Option<Narrow<'m>>,
}

/// What a narrow scope asks for.
struct Narrow<'m> {
    stack: &'m StackName,
    functions: &'m BTreeSet<CloudId>,
    /// The networks that are the stack's, or that functions which were asked for are in.
    networks: BTreeSet<&'m CloudId>,
}

impl Narrow<'_> {
    fn ours(&self, tags: &Tags) -> bool {
        Owner::of(tags).is_some_and(|owner| &owner.stack == self.stack)
    }

    fn asked(&self, function: &Function) -> bool {
        self.functions.contains(&function.id) || self.ours(&function.tags)
    }
}

impl<'m> View<'m> {
    pub(crate) fn new(model: &'m Model, scope: &'m Scope) -> Self {
        let Scope::Stack { stack, functions } = scope else { return Self { model, narrow: None } };
        let mut narrow = Narrow { stack, functions, networks: BTreeSet::new() };
        let networks = model.world.network.networks.values().filter(|n| model.sees(&n.id) && narrow.ours(&n.tags));
        let mut inside: BTreeSet<&CloudId> = networks.map(|n| &n.id).collect();
        inside.extend(
            model.world.function.functions.values().filter(|f| narrow.asked(f)).filter_map(|f| f.network.as_ref()),
        );
        narrow.networks = inside;
        Self { model, narrow: Some(narrow) }
    }

    pub(crate) fn network(&self) -> NetworkPart {
        let part = &self.model.world.network;
        let sees = |id: &CloudId| self.model.sees(id);
        NetworkPart {
            place: part.place.clone(),
            zones: part.zones.clone(),
            networks: kept(&part.networks, |x| sees(&x.id) && self.shows(&x.id)),
            subnets: kept(&part.subnets, |x| sees(&x.id) && sees(&x.network) && self.shows_in(&x.network, &x.tags)),
            route_tables: kept(&part.route_tables, |x| {
                sees(&x.id) && sees(&x.network) && self.shows_in(&x.network, &x.tags)
            }),
            groups: kept(&part.groups, |x| sees(&x.id) && sees(&x.network) && self.shows_in(&x.network, &x.tags)),
            acls: kept(&part.acls, |x| sees(&x.network) && self.shows(&x.network)),
            interfaces: kept(&part.interfaces, |x| self.shows(&x.network)),
            endpoints: kept(&part.endpoints, |x| self.shows(&x.network)),
            peerings: kept(&part.peerings, |x| self.shows(&x.requester.network) || self.shows(&x.accepter.network)),
            prefix_lists: part.prefix_lists.clone(),
        }
    }

    pub(crate) fn gateways(&self) -> GatewayPart {
        let part = &self.model.world.gateway;
        let sees = |id: &CloudId| self.model.sees(id);
        GatewayPart {
            internet_gateways: kept(&part.internet_gateways, |x| {
                sees(&x.id) && (self.ours(&x.tags) || x.network.as_ref().is_some_and(|network| self.shows(network)))
            }),
            nat_gateways: kept(&part.nat_gateways, |x| sees(&x.id) && self.shows_in(&x.network, &x.tags)),
            addresses: kept(&part.addresses, |x| sees(&x.id)),
        }
    }

    pub(crate) fn functions(&self) -> FunctionPart {
        let part = &self.model.world.function;
        let Some(narrow) = &self.narrow else { return part.clone() };
        let subnets = &self.model.world.network.subnets;
        let there = |a: &Attachment<CloudId>| {
            let shown = |id: &CloudId| subnets.get(id).is_some_and(|s| self.model.sees(id) && self.shows(&s.network));
            a.subnets.iter().any(shown)
        };
        let lives_there = |f: &Function| {
            f.attachment.iter().chain(f.versions.iter().filter_map(|v| v.attachment.as_ref())).any(there)
        };
        let functions = kept(&part.functions, |f| narrow.asked(f) || lives_there(f));
        let roles: BTreeSet<&CloudId> = functions.values().filter_map(|f| f.role.as_ref()).collect();
        let roles = kept(&part.roles, |role| roles.contains(&role.id) || narrow.ours(&role.tags));
        FunctionPart { functions, roles }
    }

    /// Whether what is inside this network is shown.
    fn shows(&self, network: &CloudId) -> bool {
        self.narrow.as_ref().is_none_or(|narrow| narrow.networks.contains(network))
    }

    fn ours(&self, tags: &Tags) -> bool {
        self.narrow.as_ref().is_none_or(|narrow| narrow.ours(tags))
    }

    fn shows_in(&self, network: &CloudId, tags: &Tags) -> bool {
        self.shows(network) || self.ours(tags)
    }
}

fn kept<T: Clone>(all: &BTreeMap<CloudId, T>, keep: impl Fn(&T) -> bool) -> BTreeMap<CloudId, T> {
    all.iter().filter(|(_, x)| keep(x)).map(|(id, x)| (id.clone(), x.clone())).collect()
}
