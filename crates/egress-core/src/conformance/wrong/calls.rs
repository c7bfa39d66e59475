//! Wrong clouds that do something else than they were told, or say something else than they did.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;

use crate::{
    Cloud, CloudExt, CloudId, Effect, ErrorKind, Key, Kind, Op, Outcome, Owner, Scope, Tags, Token, World,
    layer::{Answer, Call, Layer, Part},
    op::{
        AllocateAddress, CreateNatGateway, DeleteLease, DeleteRoute, DisassociateNatAddress, FunctionOp, GatewayOp,
        NetworkOp, ReleaseAddress, ReplaceRoute, RevokeNetworkAccess, SetTags,
    },
    world::RouteOrigin,
};

/// Changes each Op on its way, or keeps it back and says that it is done.
pub(super) struct Sends(pub(super) fn(Op<CloudId>) -> Option<Op<CloudId>>);

#[async_trait]
impl Layer for Sends {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        match call {
            Call::Apply(op, token) => match (self.0)(op) {
                Some(op) => Call::Apply(op, token).run(cloud).await,
                None => Answer::Applied(Outcome::Done(Effect::default())),
            },
            other => other.run(cloud).await,
        }
    }
}

/// Changes what is said of each Op.
pub(super) struct Answers(pub(super) fn(&Op<CloudId>, Outcome) -> Outcome);

#[async_trait]
impl Layer for Answers {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        match (&call, call.run(cloud).await) {
            (Call::Apply(op, _), Answer::Applied(outcome)) => Answer::Applied((self.0)(op, outcome)),
            (_, answer) => answer,
        }
    }
}

/// Things that are seen no more.
#[derive(Default)]
struct Hidden(Mutex<BTreeSet<CloudId>>);

impl Hidden {
    fn hide(&self, id: &CloudId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone());
    }

    fn take_from(&self, answer: &mut Answer) {
        let hidden = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match answer {
            Answer::Observed(Ok(Part::Network(part))) => {
                part.networks.retain(|id, _| !hidden.contains(id));
                part.subnets.retain(|id, _| !hidden.contains(id));
                part.route_tables.retain(|id, _| !hidden.contains(id));
                part.groups.retain(|id, _| !hidden.contains(id));
            }
            Answer::Observed(Ok(Part::Gateway(part))) => part.addresses.retain(|id, _| !hidden.contains(id)),
            _ => {}
        }
    }
}

/// Deletes a thing although it is in use.
pub(super) struct Careless {
    what: fn(&Op<CloudId>) -> Option<&CloudId>,
    gone: Hidden,
}

impl Careless {
    pub(super) fn new(what: fn(&Op<CloudId>) -> Option<&CloudId>) -> Self {
        Self { what, gone: Hidden::default() }
    }
}

#[async_trait]
impl Layer for Careless {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        let mut answer = call.run(cloud).await;
        if let (Call::Apply(op, _), Answer::Applied(Outcome::Failed(error))) = (&call, &answer)
            && let (Some(id), ErrorKind::InUse | ErrorKind::Busy) = ((self.what)(op), error.kind)
        {
            self.gone.hide(id);
            return Answer::Applied(Outcome::Done(Effect::default()));
        }
        self.gone.take_from(&mut answer);
        answer
    }
}

/// Gives the address away when its gateway is deleted.
#[derive(Default)]
pub(super) struct AddressGoes(Hidden);

#[async_trait]
impl Layer for AddressGoes {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        if let Call::Apply(Op::Gateway(GatewayOp::DeleteNatGateway(op)), _) = &call {
            let world = all(cloud).await;
            let gateway = world.gateway.nat_gateways.get(&op.gateway);
            gateway.iter().flat_map(|g| &g.addresses).filter_map(|a| a.address.as_ref()).for_each(|a| self.0.hide(a));
        }
        let mut answer = call.run(cloud).await;
        self.0.take_from(&mut answer);
        answer
    }
}

/// Gives an address away when it is taken off a gateway.
#[derive(Default)]
pub(super) struct TakenOffGoes(Hidden);

#[async_trait]
impl Layer for TakenOffGoes {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        let mut answer = call.run(cloud).await;
        if let (Call::Apply(Op::Gateway(GatewayOp::DisassociateNatAddress(op)), _), Answer::Applied(Outcome::Done(_))) =
            (&call, &answer)
        {
            self.0.hide(&op.address);
        }
        self.0.take_from(&mut answer);
        answer
    }
}

/// Looks at the association alone, and not at the address that was named.
pub(super) struct TakesAny;

#[async_trait]
impl Layer for TakesAny {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        let Call::Apply(Op::Gateway(GatewayOp::DisassociateNatAddress(op)), token) = &call else {
            return call.run(cloud).await;
        };
        let world = all(cloud).await;
        let mut listed = world.gateway.nat_gateways.get(&op.gateway).into_iter().flat_map(|g| &g.addresses);
        let of_it = listed.find(|a| a.association.as_ref() == Some(&op.association));
        let address = of_it.and_then(|a| a.address.clone()).unwrap_or_else(|| op.address.clone());
        let take = GatewayOp::DisassociateNatAddress(DisassociateNatAddress { address, ..op.clone() });
        Answer::Applied(cloud.apply(&Op::Gateway(take), token).await)
    }
}

/// Makes another gateway where it is asked for the same one again, with a spare address that it took the first time.
#[derive(Default)]
pub(super) struct Doubles(Mutex<BTreeMap<Tags, Option<CloudId>>>);

#[async_trait]
impl Layer for Doubles {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        let Call::Apply(Op::Gateway(GatewayOp::CreateNatGateway(op)), token) = &call else {
            return call.run(cloud).await;
        };
        let again = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&op.tags).cloned().flatten();
        if let Some(address) = again {
            let second = GatewayOp::CreateNatGateway(CreateNatGateway { address, ..op.clone() });
            let fresh = Token::new(format!("{}-again", token.as_str()));
            return Answer::Applied(cloud.apply(&Op::Gateway(second), &fresh).await);
        }
        let answer = call.run(cloud).await;
        if let (Answer::Applied(Outcome::Done(_)), Some(mut spare)) = (&answer, Owner::of(&op.tags)) {
            spare.key = Key::new(Kind::Address, format!("{}-spare", spare.key.name));
            let take = GatewayOp::AllocateAddress(AllocateAddress { tags: spare.tags(&Tags::new()), ip: None });
            let fresh = Token::new(format!("{}-spare", token.as_str()));
            if let Outcome::Done(spare) = cloud.apply(&Op::Gateway(take), &fresh).await {
                self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(op.tags.clone(), spare.id);
            }
        }
        answer
    }
}

/// Keeps one route a table.
pub(super) struct LosesRoutes;

#[async_trait]
impl Layer for LosesRoutes {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        if let Call::Apply(Op::Network(NetworkOp::CreateRoute(op)), token) = &call {
            let world = all(cloud).await;
            let table = world.network.route_tables.get(&op.table);
            let others = table.iter().flat_map(|t| &t.routes).filter(|r| r.destination != op.destination);
            for route in others.filter(|r| r.origin == RouteOrigin::Static) {
                let delete = DeleteRoute { table: op.table.clone(), destination: route.destination.clone() };
                cloud.apply(&Op::Network(NetworkOp::DeleteRoute(delete)), token).await;
            }
        }
        call.run(cloud).await
    }
}

/// Replaces a route where it is told to add one.
pub(super) struct Overwrites;

#[async_trait]
impl Layer for Overwrites {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        let answer = call.run(cloud).await;
        if let (
            Call::Apply(Op::Network(NetworkOp::CreateRoute(op)), token),
            Answer::Applied(Outcome::Failed(crate::CloudError { kind: ErrorKind::AlreadyExists, .. })),
        ) = (&call, &answer)
        {
            let (table, destination, target) = (op.table.clone(), op.destination.clone(), op.target.clone());
            let replace = NetworkOp::ReplaceRoute(ReplaceRoute { table, destination, target });
            return Answer::Applied(cloud.apply(&Op::Network(replace), token).await);
        }
        answer
    }
}

/// Takes away every tag that is not set.
pub(super) struct TagsWhole;

#[async_trait]
impl Layer for TagsWhole {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        let Call::Apply(op, token) = call else { return call.run(cloud).await };
        let world = all(cloud).await;
        let mut op = op;
        if let Op::Network(NetworkOp::SetTags(set))
        | Op::Gateway(GatewayOp::SetTags(set))
        | Op::Function(FunctionOp::SetTags(set)) = &mut op
            && let Some(tags) = world.tags(set.kind, &set.resource)
        {
            set.remove = tags.keys().filter(|name| !set.set.contains_key(*name)).cloned().collect();
        }
        Call::Apply(op, token).run(cloud).await
    }
}

/// Deletes whatever lease has the name of the one that it is told to delete.
#[derive(Default)]
pub(super) struct ByName(Mutex<Vec<(String, CloudId)>>);

#[async_trait]
impl Layer for ByName {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        let answer = call.run(cloud).await;
        let latest = match (&call, &answer) {
            (Call::Apply(Op::Network(NetworkOp::CreateLease(op)), _), Answer::Applied(Outcome::Done(made))) => {
                self.known().extend(made.id.clone().map(|id| (op.name.clone(), id)));
                None
            }
            (Call::Apply(Op::Network(NetworkOp::DeleteLease(op)), _), Answer::Applied(Outcome::Failed(_))) => {
                let known = self.known();
                let named = known.iter().find(|(_, id)| *id == op.lease).map(|(name, _)| name.clone());
                known.iter().rfind(|(name, _)| Some(name) == named.as_ref()).map(|(_, id)| id.clone())
            }
            _ => None,
        };
        let (Some(lease), Call::Apply(_, token)) = (latest, &call) else { return answer };
        let delete = NetworkOp::DeleteLease(DeleteLease { lease });
        Answer::Applied(cloud.apply(&Op::Network(delete), token).await)
    }
}

impl ByName {
    fn known(&self) -> MutexGuard<'_, Vec<(String, CloudId)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Revokes every permission where it is told to revoke one.
pub(super) struct RevokesAll;

#[async_trait]
impl Layer for RevokesAll {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        if let Call::Apply(Op::Function(FunctionOp::RevokeNetworkAccess(op)), token) = &call {
            let world = all(cloud).await;
            for grant in world.function.roles.get(&op.role).iter().flat_map(|r| &r.grants).filter(|g| **g != op.grant) {
                let revoke = RevokeNetworkAccess { role: op.role.clone(), grant: grant.clone() };
                cloud.apply(&Op::Function(FunctionOp::RevokeNetworkAccess(revoke)), token).await;
            }
        }
        call.run(cloud).await
    }
}

/// Looks at the address alone, and not at the IP that was named.
pub(super) struct ReleasesAny;

#[async_trait]
impl Layer for ReleasesAny {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        let Call::Apply(Op::Gateway(GatewayOp::ReleaseAddress(op)), token) = &call else {
            return call.run(cloud).await;
        };
        let ip = all(cloud).await.gateway.addresses.get(&op.address).and_then(|a| a.ip).unwrap_or(op.ip);
        let release = GatewayOp::ReleaseAddress(ReleaseAddress { address: op.address.clone(), ip });
        Answer::Applied(cloud.apply(&Op::Gateway(release), token).await)
    }
}

/// Drops a function's tags, where its old configuration is kept, when it moves.
pub(super) struct ForgetsTags;

#[async_trait]
impl Layer for ForgetsTags {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        let answer = call.run(cloud).await;
        if let (Call::Apply(Op::Function(FunctionOp::SetAttachment(op)), token), Answer::Applied(Outcome::Done(_))) =
            (&call, &answer)
        {
            let world = all(cloud).await;
            let tags = world.tags(Kind::Function, &op.function);
            let remove = tags.iter().flat_map(|tags| tags.keys().cloned()).collect();
            let (resource, kind, set) = (op.function.clone(), Kind::Function, Tags::new());
            let forget = FunctionOp::SetTags(SetTags { resource, kind, set, remove });
            cloud.apply(&Op::Function(forget), token).await;
        }
        answer
    }
}

/// All that the right cloud holds.
async fn all(cloud: &dyn Cloud) -> World {
    cloud.observe(&Scope::Everything).await.unwrap_or_default()
}
