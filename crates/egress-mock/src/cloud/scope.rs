//! What an observation shows: what is visible, and no more than was asked for.

use std::collections::{BTreeMap, BTreeSet};

use egress_core::{
    CloudId, Owner, Scope, StackName, Tags, World,
    op::Family,
    tags,
    world::{Attachment, BlockPublicAccess, Function, FunctionPart, GatewayPart, Lease, NetworkPart, Target, Transit},
};

use super::Model;

/// A model as observations of one scope see it. Only what is shown is copied.
///
/// A narrow scope is taken by its word, so that an engine which leans on more than it asked for is found out here.
pub(crate) struct View<'m> {
    model: &'m Model,
    asked: Asked<'m>,
}

/// What was asked for.
enum Asked<'m> {
    Everything,
    Stack(Narrow<'m>),
    Lease(&'m StackName),
}

/// What a narrow scope asks for.
struct Narrow<'m> {
    stack: &'m StackName,
    functions: &'m BTreeSet<CloudId>,
    /// The networks that are the stack's, that were named, or that functions which were asked for are in.
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
        let (stack, functions, named) = match scope {
            Scope::Everything => return Self { model, asked: Asked::Everything },
            Scope::Lease { stack } => return Self { model, asked: Asked::Lease(stack) },
            Scope::Stack { stack, functions, networks } => (stack, functions, networks),
        };
        let mut narrow = Narrow { stack, functions, networks: BTreeSet::new() };
        let networks = model.world.network.networks.values().filter(|n| model.sees(&n.id) && narrow.ours(&n.tags));
        let mut inside: BTreeSet<&CloudId> = networks.map(|n| &n.id).collect();
        inside.extend(
            model.world.function.functions.values().filter(|f| narrow.asked(f)).filter_map(|f| f.network.as_ref()),
        );
        inside.extend(named);
        narrow.networks = inside;
        Self { model, asked: Asked::Stack(narrow) }
    }

    /// One family's part of what is seen; the other parts are empty.
    pub(crate) fn part(&self, family: Family) -> World {
        match family {
            Family::Network => World { network: self.network(), ..World::default() },
            Family::Gateway => World { gateway: self.gateways(), ..World::default() },
            Family::Function => World { function: self.functions(), ..World::default() },
        }
    }

    pub(crate) fn network(&self) -> NetworkPart {
        let part = &self.model.world.network;
        if let Asked::Lease(stack) = self.asked {
            let ours = |lease: &Lease| {
                self.model.sees(&lease.id) && lease.tags.get(tags::STACK).is_some_and(|s| s == stack.as_str())
            };
            return NetworkPart {
                place: part.place.clone(),
                leases: kept(&part.leases, ours),
                ..NetworkPart::default()
            };
        }
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
            acls: kept(&part.acls, |x| sees(&x.id) && sees(&x.network) && self.shows(&x.network)),
            interfaces: kept(&part.interfaces, |x| sees(&x.id) && self.shows(&x.network)),
            endpoints: kept(&part.endpoints, |x| self.shows(&x.network)),
            peerings: kept(&part.peerings, |x| self.shows(&x.requester.network) || self.shows(&x.accepter.network)),
            prefix_lists: part.prefix_lists.clone(),
            machines: kept(&part.machines, |x| sees(&x.id) && self.shows_target(&x.id)),
            transit: Transit {
                gateways: kept(&part.transit.gateways, |x| sees(&x.id) && self.shows_target(&x.id)),
                attachments: kept(&part.transit.attachments, |x| sees(&x.id) && self.shows_target(&x.gateway)),
                tables: kept(&part.transit.tables, |x| sees(&x.id) && self.shows_target(&x.gateway)),
            },
            block_public_access: match &self.asked {
                Asked::Everything => part.block_public_access.clone(),
                Asked::Stack(_) | Asked::Lease(_) => BlockPublicAccess::default(),
            },
            leases: BTreeMap::new(),
            unseen: part.unseen.clone(),
        }
    }

    fn gateways(&self) -> GatewayPart {
        let part = &self.model.world.gateway;
        let sees = |id: &CloudId| self.model.sees(id);
        GatewayPart {
            internet_gateways: kept(&part.internet_gateways, |x| {
                sees(&x.id) && (self.ours(&x.tags) || x.network.as_ref().is_some_and(|network| self.shows(network)))
            }),
            nat_gateways: kept(&part.nat_gateways, |x| sees(&x.id) && self.shows_in(&x.network, &x.tags)),
            egress_only_gateways: kept(&part.egress_only_gateways, |x| {
                sees(&x.id) && matches!(self.asked, Asked::Everything)
            }),
            addresses: kept(&part.addresses, |x| sees(&x.id)),
            unseen: part.unseen.clone(),
        }
    }

    fn functions(&self) -> FunctionPart {
        let part = &self.model.world.function;
        let Asked::Stack(narrow) = &self.asked else { return part.clone() };
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
        FunctionPart { functions, roles, unseen: part.unseen.clone() }
    }

    /// Whether what is inside this network is shown.
    fn shows(&self, network: &CloudId) -> bool {
        match &self.asked {
            Asked::Stack(narrow) => narrow.networks.contains(network),
            Asked::Everything | Asked::Lease(_) => true,
        }
    }

    /// Whether a machine or a hub is shown: in a narrow scope only where a route of what is shown leads to it.
    fn shows_target(&self, id: &CloudId) -> bool {
        let part = &self.model.world.network;
        let leads_there = |target: &Target<CloudId>| match target {
            Target::Interface(interface) => {
                part.interfaces.get(interface).is_some_and(|i| i.instance.as_ref() == Some(id))
            }
            target => target.id() == Some(id),
        };
        let mut tables =
            part.route_tables.values().filter(|t| self.model.sees(&t.id) && self.shows_in(&t.network, &t.tags));
        matches!(self.asked, Asked::Everything) || tables.any(|t| t.routes.iter().any(|r| leads_there(&r.target)))
    }

    fn ours(&self, tags: &Tags) -> bool {
        match &self.asked {
            Asked::Stack(narrow) => narrow.ours(tags),
            Asked::Everything | Asked::Lease(_) => true,
        }
    }

    fn shows_in(&self, network: &CloudId, tags: &Tags) -> bool {
        self.shows(network) || self.ours(tags)
    }
}

fn kept<T: Clone>(all: &BTreeMap<CloudId, T>, keep: impl Fn(&T) -> bool) -> BTreeMap<CloudId, T> {
    all.iter().filter(|(_, x)| keep(x)).map(|(id, x)| (id.clone(), x.clone())).collect()
}
