//! An account that others use as well, and what they do in it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use egress_core::{
    Clock, CloudExt, CloudId, Effect, Key, Kind, Outcome, Owner, StackName, Tags, Token, World,
    clock::VirtualClock,
    op::{CreateGroup, CreateNetwork, CreateSubnet, DeleteNatGateway, GatewayOp, NetworkOp, Op},
    tags,
    world::{AclEntry, Attachment, Grant, NatState},
};
use egress_mock::{Config, FunctionSetup, MockCloud, Quotas, RoleSetup, Timing};

use super::script::FUNCTIONS;

/// A function of somebody else's, which no command ever names.
const BYSTANDER: &str = "bystander";

/// An account, seen from outside of egress.
pub(super) struct Account {
    pub(super) clock: VirtualClock,
    pub(super) mock: MockCloud,
    /// What others made: egress must leave it as it is.
    pub(super) theirs: BTreeSet<CloudId>,
    /// What somebody did that egress cannot mend, in the order in which it was done.
    pub(super) undo: Vec<Undo>,
    /// Where functions were put by somebody else than egress.
    pub(super) places: BTreeMap<CloudId, BTreeSet<Option<Attachment<CloudId>>>>,
    by_hand: u32,
}

/// How somebody takes back what they did.
#[derive(Clone, Debug)]
pub(super) enum Undo {
    /// The tags that a thing had.
    Tags(Kind, CloudId, Tags),
    /// What a filter had.
    Acl(CloudId, Vec<AclEntry>),
    /// A thing that leaves again.
    Visitor(Kind, CloudId),
}

/// Whose stack it is.
pub(super) fn stack() -> StackName {
    StackName::new("demo").unwrap()
}

impl Account {
    /// `f` and `h` are in no network and share a role without permissions; `g` and the bystander are in a network of their
    /// own. New things may be invisible for up to `visibility`.
    pub(super) fn new(seed: u64, timing: Timing, visibility: Option<Duration>) -> Self {
        let clock = VirtualClock::new();
        let plenty =
            Quotas { vpcs: 40, internet_gateways: 40, addresses: 200, nat_gateways_per_zone: 80, ..Quotas::default() };
        let config = Config { visibility, ..Config::new(seed).timing(timing).quotas(plenty) };
        let mock = MockCloud::new(config, Arc::new(clock.clone()));
        let mut account =
            Self { clock, mock, theirs: BTreeSet::new(), undo: Vec::new(), places: BTreeMap::new(), by_hand: 0 };
        account.furnish();
        account
    }

    fn furnish(&mut self) {
        let cidr = "10.9.0.0/16".parse().unwrap();
        let network = self.make(Op::Network(NetworkOp::CreateNetwork(CreateNetwork { cidr, tags: Tags::new() })));
        let subnet = self.make(Op::Network(NetworkOp::CreateSubnet(CreateSubnet {
            network: network.clone(),
            cidr: "10.9.1.0/24".parse().unwrap(),
            zone: "ap-northeast-1a".to_owned(),
            tags: Tags::new(),
        })));
        let group = self.make(Op::Network(NetworkOp::CreateGroup(CreateGroup {
            network,
            name: "own".to_owned(),
            description: "functions of others".to_owned(),
            tags: Tags::new(),
        })));
        let inside = Attachment { subnets: [subnet].into(), groups: [group].into(), ipv6: false };
        for (name, role, attachment) in [
            ("f", "f-role", None),
            ("h", "f-role", None),
            ("g", "g-role", Some(&inside)),
            (BYSTANDER, BYSTANDER, Some(&inside)),
        ] {
            let own = attachment.map(|_| Grant::Other("their-own".to_owned()));
            let role = RoleSetup { grants: own.into_iter().collect(), ..RoleSetup::new(role) };
            // A role may be there from another function.
            _ = self.mock.create_role(role.clone());
            let setup = FunctionSetup { attachment: attachment.cloned(), ..FunctionSetup::new(name, role.name) };
            self.mock.create_function(setup).unwrap();
            self.places.entry(name.into()).or_default().insert(attachment.cloned());
        }
        self.theirs.insert(BYSTANDER.into());
    }

    /// Where `g` was in the beginning.
    pub(super) fn home_of_g(&self) -> Option<Attachment<CloudId>> {
        self.places[&"g".into()].iter().flatten().next().cloned()
    }

    pub(super) fn world(&self) -> World {
        self.mock.world()
    }

    pub(super) fn pass(&self, time: Duration) {
        self.clock.block_on(self.clock.sleep(time));
    }

    /// Makes a call as somebody else would; `None` where the cloud refuses it.
    pub(super) fn call(&mut self, op: Op<CloudId>) -> Option<Effect> {
        self.by_hand += 1;
        let token = Token::new(format!("by-hand-{}", self.by_hand));
        match self.clock.block_on(self.mock.apply(&op, &token)) {
            Outcome::Done(effect) => Some(effect),
            _ => None,
        }
    }

    /// Makes something that is somebody else's, and waits until it can be seen.
    pub(super) fn make(&mut self, op: Op<CloudId>) -> CloudId {
        let made = self.call(op.clone()).and_then(|effect| effect.id).unwrap_or_else(|| panic!("{op} was refused"));
        self.pass(self.mock.pace().visibility);
        self.theirs.insert(made.clone());
        made
    }

    /// What others have, as far as egress has no business with it.
    pub(super) fn others(&self) -> BTreeMap<CloudId, String> {
        let world = self.world();
        let there = |id: &CloudId| thing(&world, id).unwrap_or_else(|| "gone".to_owned());
        self.theirs.iter().map(|id| (id.clone(), there(id))).collect()
    }

    /// Somebody puts in order what egress cannot: it is not egress's, or egress no longer knows that it is.
    pub(super) fn put_in_order(&mut self) {
        for undo in std::mem::take(&mut self.undo).into_iter().rev() {
            match undo {
                Undo::Tags(kind, id, tags) => self.tag_again(kind, &id, tags),
                Undo::Acl(id, entries) => self.mock.edit(|world| {
                    if let Some(acl) = world.network.acls.get_mut(&id) {
                        acl.entries = entries;
                    }
                }),
                Undo::Visitor(kind, id) => self.leave(kind, &id),
            }
        }
    }

    /// A thing gets its tags back. Where egress has made another one meanwhile, it gets a Key of its own: it is one of those
    /// that the file does not have.
    fn tag_again(&self, kind: Kind, id: &CloudId, mut tags: Tags) {
        let taken = Owner::of(&tags)
            .is_some_and(|owner| self.world().owned().iter().any(|o| o.live && o.owner == owner && &o.id != id));
        if taken {
            tags.insert(tags::KEY.to_owned(), Key::new(kind, format!("lost-{id}")).to_string());
        }
        self.mock.edit(|world| {
            if let Some(there) = tags_mut(world, kind, id) {
                there.extend(tags);
            }
        });
    }

    fn leave(&mut self, kind: Kind, id: &CloudId) {
        self.theirs.remove(id);
        if kind == Kind::NatGateway {
            self.call(Op::Gateway(GatewayOp::DeleteNatGateway(DeleteNatGateway { gateway: id.clone() })));
            return self.pass(Duration::from_secs(600));
        }
        self.mock.edit(|world| {
            world.network.interfaces.remove(id);
            world.network.groups.remove(id);
            world.network.subnets.remove(id);
            world.network.route_tables.remove(id);
        });
    }

    /// Functions that stacks may have.
    pub(super) fn functions() -> impl Iterator<Item = CloudId> {
        FUNCTIONS.into_iter().map(CloudId::new)
    }
}

/// A thing, but for what changes by itself or by what others do.
fn thing(world: &World, id: &CloudId) -> Option<String> {
    let part = &world.network;
    let gateway = &world.gateway;
    let subnet =
        || Some(format!("{:?}", egress_core::world::Subnet { free_addresses: 0, ..part.subnets.get(id)?.clone() }));
    let nat = || {
        let nat = gateway.nat_gateways.get(id)?;
        let addresses: Vec<_> = nat.addresses.iter().filter_map(|a| a.address.clone()).collect();
        // Where the network has no way to the internet it fails by itself.
        let deleted = matches!(nat.state, NatState::Deleting | NatState::Deleted);
        Some(format!("deleted: {deleted}, {addresses:?} {:?}", nat.tags))
    };
    (part.networks.get(id).map(|n| format!("{:?} {:?}", n.cidrs, n.tags)))
        .or_else(subnet)
        .or_else(|| part.route_tables.get(id).map(|t| format!("{t:?}")))
        .or_else(|| part.groups.get(id).map(|g| format!("{g:?}")))
        .or_else(|| part.interfaces.get(id).map(|i| format!("{i:?}")))
        .or_else(nat)
        .or_else(|| gateway.addresses.get(id).map(|a| format!("{a:?}")))
        .or_else(|| world.function.functions.get(id).map(|f| format!("{f:?} {:?}", world.function.roles.get(id))))
}

/// The tags of a thing.
pub(super) fn tags_mut<'w>(world: &'w mut World, kind: Kind, id: &CloudId) -> Option<&'w mut Tags> {
    let network = &mut world.network;
    let gateway = &mut world.gateway;
    match kind {
        Kind::Network => network.networks.get_mut(id).map(|x| &mut x.tags),
        Kind::Subnet => network.subnets.get_mut(id).map(|x| &mut x.tags),
        Kind::RouteTable => network.route_tables.get_mut(id).map(|x| &mut x.tags),
        Kind::SecurityGroup => network.groups.get_mut(id).map(|x| &mut x.tags),
        Kind::Interface => network.interfaces.get_mut(id).map(|x| &mut x.tags),
        Kind::InternetGateway => gateway.internet_gateways.get_mut(id).map(|x| &mut x.tags),
        Kind::NatGateway => gateway.nat_gateways.get_mut(id).map(|x| &mut x.tags),
        Kind::Address => gateway.addresses.get_mut(id).map(|x| &mut x.tags),
        Kind::Function | Kind::Probe => world.function.functions.get_mut(id).map(|x| &mut x.tags),
        Kind::Role => world.function.roles.get_mut(id).map(|x| &mut x.tags),
        Kind::Lease => None,
    }
}
