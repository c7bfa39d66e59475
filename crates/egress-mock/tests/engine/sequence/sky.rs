//! What goes wrong during a run, and who is cut off in it.

use std::{net::IpAddr, sync::Mutex};

use egress_core::{
    Cloud, CloudError, CloudId, ErrorKind, FunctionProvider, Invocation, Outcome, async_trait,
    layer::{Answer, Call, Layer},
    op::{GatewayOp, Op},
    probe::{Ask, Reply},
};
use egress_mock::MockCloud;

use super::script::Sky;

/// A host that answers with the IP that it sees.
pub(super) const ECHO: &str = "https://ip.mock.test/";

/// What may go wrong with a call that changes something.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// It is refused before it does anything.
    Refused(ErrorKind),
    /// It never arrives, and nobody says so.
    LostBefore(ErrorKind),
    /// It is done, and nobody says so.
    LostAfter(ErrorKind),
}

const FAULTS: [Fault; 7] = [
    Fault::Refused(ErrorKind::Throttled),
    Fault::Refused(ErrorKind::Denied),
    Fault::LostBefore(ErrorKind::Transport),
    Fault::LostBefore(ErrorKind::Internal),
    Fault::LostAfter(ErrorKind::Transport),
    Fault::LostAfter(ErrorKind::Transport),
    Fault::LostAfter(ErrorKind::Internal),
];

/// A layer of faults. After each change it looks whether these functions still reach the internet.
pub(super) struct Weather {
    sky: Sky,
    mock: MockCloud,
    seen: Mutex<Seen>,
}

struct Seen {
    dice: fastrand::Rng,
    calls: u32,
    nat_fails: bool,
    watched: Vec<CloudId>,
    cut_off: Vec<String>,
}

impl Weather {
    pub(super) fn new(sky: Sky, mock: MockCloud) -> Self {
        let dice = fastrand::Rng::with_seed(sky.seed);
        let seen = Seen { dice, calls: 0, nat_fails: sky.nat.is_some(), watched: Vec::new(), cut_off: Vec::new() };
        Self { sky, mock, seen: Mutex::new(seen) }
    }

    /// Looks after these functions from now on.
    pub(super) fn watch(&self, functions: Vec<CloudId>) {
        self.seen.lock().unwrap().watched = functions;
    }

    /// Whom changes have cut off from the internet, and which.
    pub(super) fn cut_off(&self) -> Vec<String> {
        self.seen.lock().unwrap().cut_off.clone()
    }

    /// What befalls a call. `Err` for one that does not get through at all.
    fn befalls(&self, call: &Call<'_>) -> Result<Option<Fault>, CloudError> {
        let mut seen = self.seen.lock().unwrap();
        let nth = seen.calls;
        seen.calls += 1;
        if self.sky.expired.is_some_and(|(from, times)| (from..from + times).contains(&nth)) {
            return Err(error(ErrorKind::Unauthenticated, "the token is expired"));
        }
        if let Call::Apply(op, _) = call {
            if self.sky.quota.is_some_and(|kind| op.creates().is_some_and(|owner| owner.key.kind == kind)) {
                return Err(error(ErrorKind::Quota, "the quota is used up"));
            }
            if matches!(op, Op::Gateway(GatewayOp::CreateNatGateway(_))) && std::mem::take(&mut seen.nat_fails) {
                self.sky.nat.into_iter().for_each(|failure| self.mock.fail_next_nat_gateway(failure));
            }
        }
        let wrong = seen.dice.u8(..100) < self.sky.rate;
        Ok(wrong.then(|| FAULTS[seen.dice.usize(..FAULTS.len())]))
    }

    async fn disturbed(&self, call: &Call<'_>, cloud: &dyn Cloud) -> Answer {
        let lost = |kind| error(kind, "the answer was lost");
        let fault = match self.befalls(call) {
            Ok(fault) => fault,
            Err(error) => return call.refuse(error, Outcome::Failed),
        };
        match (fault, call) {
            (None, _) => call.run(cloud).await,
            (Some(Fault::Refused(kind)), Call::Apply(..)) => call.refuse(error(kind, "not now"), Outcome::Failed),
            (Some(Fault::LostAfter(kind)), Call::Apply(..)) => {
                // A call that the cloud itself refuses is refused, whatever becomes of its answer.
                _ = call.run(cloud).await;
                call.refuse(lost(kind), Outcome::Unknown)
            }
            (Some(Fault::LostBefore(kind)), _) => call.refuse(lost(kind), Outcome::Unknown),
            (Some(_), _) => call.refuse(lost(ErrorKind::Transport), Outcome::Unknown),
        }
    }

    async fn online(&self) -> Vec<CloudId> {
        let watched = self.seen.lock().unwrap().watched.clone();
        let mut online = Vec::new();
        for function in watched {
            if seen_from(&self.mock, &function).await.is_some() {
                online.push(function);
            }
        }
        online
    }
}

fn error(kind: ErrorKind, message: &str) -> CloudError {
    CloudError::new(kind, "a call", message)
}

/// Which IP the internet sees a function from.
pub(super) async fn seen_from(mock: &MockCloud, function: &CloudId) -> Option<IpAddr> {
    let ask = Ask { url: ECHO.to_owned(), timeout_seconds: 1 };
    let invocation = Invocation { function: function.clone(), payload: serde_json::to_value(ask).unwrap() };
    let invoked = mock.invoke(&invocation).await.ok()?;
    serde_json::from_value::<Reply>(invoked.payload).ok()?.seen_ip()
}

#[async_trait]
impl Layer for Weather {
    async fn around(&self, call: Call<'_>, cloud: &dyn Cloud) -> Answer {
        let Call::Apply(op, _) = &call else { return self.disturbed(&call, cloud).await };
        let before = self.online().await;
        let answer = self.disturbed(&call, cloud).await;
        let after = self.online().await;
        for function in before.iter().filter(|f| !after.contains(f)) {
            self.seen.lock().unwrap().cut_off.push(format!("{function} by {op}"));
        }
        answer
    }
}
