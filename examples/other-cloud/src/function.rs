//! Workers and badges, as functions and roles.

use std::time::Duration;

use egress_core::{
    Clock, CloudError, CloudId, Effect, FunctionProvider, Invocation, Invoked, Outcome, Scope, Token, async_trait,
    op::FunctionOp,
    probe::Ask,
    world::{Attachment, Function, FunctionPart, FunctionState, Grant, Role, UpdateState},
};

use crate::{
    Backend,
    network::nothing,
    nimbus::{Nimbus, Pass, Post, Refusal, Worker},
};

#[async_trait]
impl<C: Clock> FunctionProvider for Backend<C> {
    async fn observe_functions(&self, _: &Scope) -> Result<FunctionPart, CloudError> {
        Ok(self.ask(|nimbus, now| part(nimbus, now)))
    }

    async fn apply_function(&self, op: &FunctionOp<CloudId>, _: &Token) -> Outcome {
        self.call("worker", |nimbus, now| apply(nimbus, now, op))
    }

    /// Workers of Nimbus do one thing: they fetch what the probe's contract asks for.
    async fn invoke(&self, invocation: &Invocation) -> Result<Invoked, CloudError> {
        let fetched = match serde_json::from_value::<Ask>(invocation.payload.clone()) {
            Ok(ask) => self.ask(|nimbus, now| nimbus.fetch(&invocation.function, &ask.url, now)),
            Err(error) => self
                .ask(|nimbus, _| nimbus.has_worker(&invocation.function))
                .and_then(|()| Err(Refusal::Nonsense(format!("a worker is asked for a url: {error}")))),
        };
        let reply = fetched.map_err(|refusal| refusal.into_error("fetch"))?;
        Ok(Invoked { payload: serde_json::json!(reply), error: None })
    }
}

fn apply(nimbus: &mut Nimbus, now: Duration, op: &FunctionOp<CloudId>) -> Result<Effect, Refusal> {
    match op {
        // The revision goes along, so that nobody else's change is undone unseen.
        FunctionOp::SetAttachment(op) => {
            nothing(nimbus.send(&op.function, op.to.as_ref().map(post), op.revision.as_deref(), now))
        }
        FunctionOp::GrantNetworkAccess(op) => nothing(nimbus.give_pass(&op.role, pass(&op.grant)?)),
        FunctionOp::RevokeNetworkAccess(op) => nothing(nimbus.take_pass(&op.role, pass(&op.grant)?)),
        FunctionOp::CreateProbeRole(op) => {
            let id = nimbus.issue_badge(&op.name, &op.tags)?;
            nimbus.give_pass(&id, Pass::Standard)?;
            Ok(Effect::created(id))
        }
        FunctionOp::DeleteProbeRole(op) => nothing(nimbus.void_badge(&op.role)),
        FunctionOp::CreateProbe(op) => {
            nimbus.hire(&op.name, &op.role, Some(post(&op.attachment)), &op.tags, now).map(Effect::created)
        }
        FunctionOp::DeleteProbe(op) => nothing(nimbus.dismiss(&op.probe, now)),
        FunctionOp::SetTags(op) => nothing(nimbus.label(op.kind, &op.resource, &op.set, &op.remove)),
        other => Err(Refusal::Beyond(other.to_string())),
    }
}

fn post(attachment: &Attachment<CloudId>) -> Post {
    Post { lanes: attachment.subnets.clone(), guards: attachment.groups.clone() }
}

fn pass(grant: &Grant) -> Result<Pass, Refusal> {
    match grant {
        Grant::Managed => Ok(Pass::Standard),
        Grant::Inline => Ok(Pass::Own),
        Grant::Other(name) => Err(Refusal::Beyond(format!("pass {name}"))),
    }
}

fn part(nimbus: &Nimbus, now: Duration) -> FunctionPart {
    let functions = nimbus.workers.iter().map(|(id, worker)| function(nimbus, id, worker, now));
    let roles = nimbus.badges.iter().map(|(id, badge)| Role {
        id: id.clone(),
        trusts_functions: true,
        grants: (badge.passes.iter())
            .map(|pass| match pass {
                Pass::Standard => Grant::Managed,
                Pass::Own => Grant::Inline,
            })
            .collect(),
        tags: badge.labels.clone(),
    });
    FunctionPart {
        functions: functions.map(|f| (f.id.clone(), f)).collect(),
        roles: roles.map(|r| (r.id.clone(), r)).collect(),
        ..FunctionPart::default()
    }
}

fn function(nimbus: &Nimbus, id: &CloudId, worker: &Worker, now: Duration) -> Function {
    let on_its_way = worker.arrives > now;
    let hired = worker.edition == 0;
    let attachment = worker.post.as_ref().map(|post| Attachment {
        subnets: post.lanes.clone(),
        groups: post.guards.clone(),
        ipv6: false,
    });
    let lane = worker.post.as_ref().and_then(|post| nimbus.lanes.get(post.lanes.first()?));
    Function {
        id: id.clone(),
        role: Some(worker.badge.clone()),
        state: if hired && on_its_way { FunctionState::Pending } else { FunctionState::Active },
        update: if !hired && on_its_way { UpdateState::InProgress } else { UpdateState::Done },
        attachment,
        network: lane.map(|lane| lane.area.clone()),
        file_systems: Vec::new(),
        revision: worker.edition.to_string(),
        versions: Vec::new(),
        aliases: Vec::new(),
        timeout: None,
        concurrency: None,
        managed_by: None,
        tags: worker.labels.clone(),
    }
}
