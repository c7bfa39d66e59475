//! Plans that are kept, to be carried out later exactly as they were shown.

use serde::{Deserialize, Serialize};

use super::{Action, Plan, PlanError, Request, plan};
use crate::{
    StackName, World,
    op::{GatewayOp, Op},
    spec::Spec,
    world::{self, Difference},
};

/// A Plan with all that it was made from.
///
/// It may be carried out as long as the World has not moved. The rule: a World is compared in the parts that the Plan read,
/// which are found by asking the same question again. The planner is a pure function, so where the present World gives the
/// same Plan, nothing that the Plan depends on has changed, whatever else did: things of other stacks, interfaces that come
/// and go. Where it gives another Plan, or none, the kept one is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// What the user wanted.
    pub spec: Spec,
    /// What was asked for.
    pub request: Request,
    /// What the cloud held.
    pub world: World,
    /// What was to be done.
    pub plan: Plan,
}

/// Why a [`Record`] is no basis for anything.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// This engine makes another Plan of it: the record was altered, or is another version's.
    #[error("its plan is not what this version of egress makes of the same spec and the same state of the cloud")]
    OtherPlan,
    /// It would give an address away, which only the very command that names it may do.
    #[error("its plan would give an address away, and only the very command that names an address may do that")]
    Releases,
}

/// The World is no longer as a Plan read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// What has changed of that which the Plan depends on; all that has changed where no single thing is to blame.
    pub differences: Vec<Difference>,
    /// Whether what the Plan was to lead to stands already, by this Plan or another.
    pub done: bool,
}

impl Record {
    /// Makes a Plan and keeps what it was made from.
    ///
    /// # Errors
    ///
    /// Those of [`plan`].
    pub fn make(spec: Spec, request: Request, world: World) -> Result<Self, PlanError> {
        let plan = plan(&spec, &world, &request)?;
        Ok(Self { spec, request, world, plan })
    }

    /// Whose Plan it is.
    pub fn stack(&self) -> &StackName {
        &self.plan.stack
    }

    /// Checks that the Plan is what its Spec and World lead to, so that nothing is carried out that nobody planned.
    ///
    /// # Errors
    ///
    /// See [`RecordError`].
    pub fn check(&self) -> Result<(), RecordError> {
        let releases = |action: &Action| matches!(action, Action::Change(Op::Gateway(GatewayOp::ReleaseAddress(_))));
        if self.plan.steps.iter().any(|step| releases(&step.action)) {
            return Err(RecordError::Releases);
        }
        if self.leads_from(&self.world) { Ok(()) } else { Err(RecordError::OtherPlan) }
    }

    /// Checks that the Plan may be carried out on the World as it is now.
    ///
    /// # Errors
    ///
    /// Where the World has moved; with what has.
    pub fn still_holds(&self, now: &World) -> Result<(), Moved> {
        if self.leads_from(now) {
            return Ok(());
        }
        let done = plan(&self.spec, now, &self.request).is_ok_and(|plan| plan.is_empty());
        let all = world::differences(&self.world, now);
        let matters = |difference: &&Difference| {
            world::with(&self.world, difference).is_none_or(|world| !self.leads_from(&world))
        };
        let to_blame: Vec<Difference> = all.iter().filter(matters).cloned().collect();
        Err(Moved { differences: if to_blame.is_empty() { all } else { to_blame }, done })
    }

    /// Whether a World gives this Plan. The fingerprint is of all of a World, so it is no part of the question.
    fn leads_from(&self, world: &World) -> bool {
        plan(&self.spec, world, &self.request)
            .is_ok_and(|again| Plan { fingerprint: self.plan.fingerprint.clone(), ..again } == self.plan)
    }
}
