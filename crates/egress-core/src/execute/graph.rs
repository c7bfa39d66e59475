//! Which steps may begin, given what came of those before.

use std::collections::BTreeMap;

use crate::plan::{Step, StepId};

/// The steps of a Plan, and how far each one is.
pub(super) struct Graph<'p> {
    nodes: Vec<Node<'p>>,
}

struct Node<'p> {
    step: &'p Step,
    /// Where the steps that it needs are; `None` where one of them does not exist.
    needs: Option<Vec<usize>>,
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

/// Which steps may still begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// All.
    Onward,
    /// Those that tidy up.
    Cleanup,
    /// None.
    Stopped,
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
                stage: Stage::Waiting,
            })
            .collect();
        Self { nodes }
    }

    /// Begins every step that can begin now, in the order of the Plan.
    pub(super) fn begin(&mut self, mode: Mode, presence: impl Fn(&Step) -> Presence) -> Vec<usize> {
        let mut begun = Vec::new();
        // Steps that end without having begun may let others begin or end.
        let mut changed = true;
        while changed {
            changed = false;
            for index in 0..self.nodes.len() {
                if self.nodes[index].stage != Stage::Waiting {
                    continue;
                }
                let Some(stage) = self.next_stage(index, mode, &presence) else { continue };
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
    fn next_stage(&self, index: usize, mode: Mode, presence: &impl Fn(&Step) -> Presence) -> Option<Stage> {
        let node = &self.nodes[index];
        match mode {
            Mode::Stopped => return Some(Stage::Ended(Fate::NotRun)),
            Mode::Cleanup if !node.step.cleanup => return Some(Stage::Ended(Fate::NotRun)),
            Mode::Onward | Mode::Cleanup => {}
        }
        let needs = || node.needs.iter().flatten().map(|&need| (&self.nodes[need], self.nodes[need].stage));
        if node.needs.is_none() || needs().any(|(_, stage)| matches!(stage, Stage::Waiting | Stage::UnderWay)) {
            return None;
        }
        if needs().all(|(_, stage)| stage == Stage::Ended(Fate::Done)) {
            return Some(Stage::UnderWay);
        }
        if mode == Mode::Onward {
            return None;
        }
        // What tidies up goes on where the work failed, but never ahead of other tidying that failed: that may still need
        // what this one removes.
        let held_up = |fate| matches!(fate, Stage::Ended(Fate::Failed | Fate::NotRun));
        if needs().any(|(need, stage)| need.step.cleanup && held_up(stage)) {
            return Some(Stage::Ended(Fate::NotRun));
        }
        Some(match presence(node.step) {
            Presence::There => Stage::UnderWay,
            Presence::Never => Stage::Ended(Fate::Needless),
            Presence::Doubtful => Stage::Ended(Fate::NotRun),
        })
    }

    pub(super) fn end(&mut self, index: usize, fate: Fate) {
        self.nodes[index].stage = Stage::Ended(fate);
    }

    pub(super) fn step(&self, index: usize) -> &'p Step {
        self.nodes[index].step
    }

    /// Whether a step that tidies up waits for the end of this one.
    pub(super) fn is_tidied_after(&self, index: usize) -> bool {
        self.nodes.iter().any(|n| n.step.cleanup && n.needs.iter().flatten().any(|&need| need == index))
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
