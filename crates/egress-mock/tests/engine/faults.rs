//! A layer of faults, and runs through it.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use egress_core::{
    Clock, Cloud, CloudError, ErrorKind, Outcome, async_trait,
    clock::VirtualClock,
    execute::{Options, Report, execute},
    layer::{Answer, Call, Layer, Layered},
    plan::Plan,
    probe::Reply,
};
use egress_mock::MockCloud;

use crate::stage::{ECHO, Stage, call};

/// What may go wrong with a call that changes something.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// It is refused before it does anything, and may be tried again.
    Refused(ErrorKind),
    /// It never arrives, and nobody says so.
    LostBefore,
    /// It is done, and nobody says so.
    LostAfter,
}

const FAULTS: [Fault; 6] = [
    Fault::Refused(ErrorKind::Throttled),
    Fault::Refused(ErrorKind::Denied),
    Fault::LostBefore,
    Fault::LostAfter,
    Fault::LostAfter,
    Fault::LostAfter,
];

/// Goes wrong now and then, as the seed says; and after each change looks whether these functions still reach the internet.
pub(crate) struct Faults {
    dice: Mutex<fastrand::Rng>,
    /// How many of a hundred calls go wrong.
    rate: AtomicU8,
    watched: Vec<&'static str>,
    /// Who was cut off, by what.
    cut_off: Mutex<Vec<String>>,
}

impl Faults {
    pub(crate) fn new(seed: u64, rate: u8, watched: &[&'static str]) -> Self {
        let dice = Mutex::new(fastrand::Rng::with_seed(seed));
        Self { dice, rate: AtomicU8::new(rate), watched: watched.to_vec(), cut_off: Mutex::default() }
    }

    pub(crate) fn set_rate(&self, rate: u8) {
        self.rate.store(rate, Ordering::Relaxed);
    }

    /// Whom changes have cut off from the internet, and which.
    pub(crate) fn cut_off(&self) -> Vec<String> {
        self.cut_off.lock().unwrap().clone()
    }

    fn goes_wrong(&self) -> bool {
        self.dice.lock().unwrap().u8(0..100) < self.rate.load(Ordering::Relaxed)
    }

    async fn online(&self, cloud: &dyn Cloud) -> Vec<&'static str> {
        let mut online = Vec::new();
        for function in &self.watched {
            if matches!(call(cloud, function, ECHO).await, Ok(Reply::Answered { .. })) {
                online.push(*function);
            }
        }
        online
    }

    async fn disturbed(&self, call: &Call<'_>, cloud: &dyn Cloud) -> Answer {
        let lost = || CloudError::new(ErrorKind::Transport, "a call", "the answer was lost");
        if !self.goes_wrong() {
            return call.run(cloud).await;
        }
        if !matches!(call, Call::Apply(..)) {
            return call.refuse(lost(), Outcome::Unknown);
        }
        let fault = FAULTS[self.dice.lock().unwrap().usize(..FAULTS.len())];
        match fault {
            Fault::Refused(kind) => call.refuse(CloudError::new(kind, "a call", "not now"), Outcome::Failed),
            Fault::LostBefore => call.refuse(lost(), Outcome::Unknown),
            Fault::LostAfter => {
                // A call that the cloud itself refuses is refused, whatever becomes of its answer.
                _ = call.run(cloud).await;
                call.refuse(lost(), Outcome::Unknown)
            }
        }
    }
}

#[async_trait]
impl Layer for Faults {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        let Call::Apply(op, _) = &call else { return self.disturbed(&call, cloud).await };
        let before = self.online(cloud).await;
        let answer = self.disturbed(&call, cloud).await;
        let after = self.online(cloud).await;
        for function in before.iter().filter(|f| !after.contains(f)) {
            self.cut_off.lock().unwrap().push(format!("{function} by {op}"));
        }
        answer
    }
}

/// A stage whose cloud goes wrong.
pub(crate) struct Storm {
    pub(crate) stage: Stage,
    pub(crate) cloud: Layered<Faults, MockCloud>,
    runs: Mutex<u32>,
}

impl Storm {
    pub(crate) fn new(stage: Stage, faults: Faults) -> Self {
        let cloud = Layered::new(faults, stage.cloud.clone());
        Self { stage, cloud, runs: Mutex::new(0) }
    }

    /// Executes a plan, and wishes to stop after a while.
    pub(crate) fn execute(&self, plan: &Plan, stop: Option<Duration>) -> Report {
        let nonce = {
            let mut runs = self.runs.lock().unwrap();
            *runs += 1;
            format!("storm{runs:04}")
        };
        let clock: &VirtualClock = &self.stage.clock;
        let options = Options::new(nonce, self.stage.cloud.pace());
        let stop = async {
            match stop {
                Some(after) => clock.sleep(after).await,
                None => std::future::pending().await,
            }
        };
        let mut on_event = |event| self.stage.events.lock().unwrap().push(event);
        clock.block_on(execute(plan, &self.cloud, clock, &options, stop, &mut on_event))
    }
}
