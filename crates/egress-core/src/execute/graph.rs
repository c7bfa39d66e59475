//! Which steps may begin, given what came of those before.

use std::collections::{BTreeMap, BTreeSet};

use crate::plan::{Step, StepId};

/// The steps of a Plan, and how far each one is.
pub(super) struct Graph<'p> {
    nodes: Vec<Node<'p>>,
}

struct Node<'p> {
    step: &'p Step,
    /// Where the steps that it needs are; `None` where one of them does not exist.
    needs: Option<BTreeSet<usize>>,
    /// The same, and all that those need in turn.
    before: BTreeSet<usize>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Waiting,
    UnderWay,
    Ended(Fate),
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Done,
    Failed,
    /// It was never begun, or was given up.
    NotRun,
    /// It tidies up what was never made.
    Needless,
}

/// Whether what a step refers to is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    There,
    /// Something was certainly never made.
    Never,
    /// Something may have been made, but what it is called is not known.
    Doubtful,
}

impl<'p> Graph<'p> {
    pub(super) fn new(steps: &'p [Step]) -> Self {
        let places: BTreeMap<&StepId, usize> = steps.iter().enumerate().rev().map(|(i, s)| (&s.id, i)).collect();
        let nodes = steps
            .iter()
            .map(|step| Node {
                step,
                needs: step.needs.iter().map(|id| places.get(id).copied()).collect(),
                before: BTreeSet::new(),
                stage: Stage::Waiting,
            })
            .collect();
        let mut graph = Self { nodes };
        for index in 0..graph.nodes.len() {
            graph.nodes[index].before = graph.before(index);
        }
        graph
    }

    /// All steps that must have ended before one, itself included where it stands in a circle.
    fn before(&self, index: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut next: Vec<usize> = self.nodes[index].needs.iter().flatten().copied().collect();
        while let Some(need) = next.pop() {
            if found.insert(need) {
                next.extend(self.nodes[need].needs.iter().flatten());
            }
        }
        found
    }

    /// Begins every step that can begin now, in the order of the Plan.
    pub(super) fn begin(&mut self, presence: impl Fn(&Step) -> Presence) -> Vec<usize> {
        let mut begun = Vec::new();
        // Steps that end without having begun may let others begin or end.
        let mut changed = true;
        while changed {
            changed = false;
            for index in 0..self.nodes.len() {
                if self.nodes[index].stage != Stage::Waiting {
                    continue;
                }
                let Some(stage) = self.next_stage(index, &presence) else { continue };
                self.nodes[index].stage = stage;
                changed = true;
                if stage == Stage::UnderWay {
                    begun.push(index);
                }
            }
        }
        begun.sort_unstable();
        begun
    }

    /// What a waiting step becomes now; `None` where it waits on.
    fn next_stage(&self, index: usize, presence: &impl Fn(&Step) -> Presence) -> Option<Stage> {
        let node = &self.nodes[index];
        let needs = node.needs.as_ref()?;
        let stages = |steps: &BTreeSet<usize>| steps.iter().map(|&i| self.nodes[i].stage).collect::<Vec<_>>();
        if stages(needs).iter().all(|&stage| stage == Stage::Ended(Fate::Done)) {
            return Some(Stage::UnderWay);
        }
        if !node.step.cleanup {
            let hopeless = stages(needs).iter().any(|stage| matches!(stage, Stage::Ended(fate) if *fate != Fate::Done));
            return hopeless.then_some(Stage::Ended(Fate::NotRun));
        }
        // What tidies up goes on where the work failed, once all of that work has come to its end.
        if stages(&node.before).iter().any(|stage| !matches!(stage, Stage::Ended(_))) {
            return None;
        }
        // But never ahead of other tidying that failed: that may still need what this one removes.
        let held_up = |&i: &usize| {
            let Node { step, stage, .. } = &self.nodes[i];
            step.cleanup && matches!(stage, Stage::Ended(Fate::Failed | Fate::NotRun))
        };
        if needs.iter().any(held_up) {
            return Some(Stage::Ended(Fate::NotRun));
        }
        Some(match presence(node.step) {
            Presence::There => Stage::UnderWay,
            Presence::Never => Stage::Ended(Fate::Needless),
            Presence::Doubtful => Stage::Ended(Fate::NotRun),
        })
    }

    /// Ends every step that has not begun.
    pub(super) fn stop(&mut self) {
        for node in self.nodes.iter_mut().filter(|n| n.stage == Stage::Waiting) {
            node.stage = Stage::Ended(Fate::NotRun);
        }
    }

    pub(super) fn end(&mut self, index: usize, fate: Fate) {
        self.nodes[index].stage = Stage::Ended(fate);
    }

    pub(super) fn step(&self, index: usize) -> &'p Step {
        self.nodes[index].step
    }

    /// The steps that ended so, in the order of the Plan. What can never begin has not run.
    pub(super) fn ended(&self, fates: &[Fate]) -> Vec<StepId> {
        let fate = |stage| match stage {
            Stage::Ended(fate) => fate,
            Stage::Waiting | Stage::UnderWay => Fate::NotRun,
        };
        self.nodes.iter().filter(|n| fates.contains(&fate(n.stage))).map(|n| n.step.id.clone()).collect()
    }
}
