//! How long to go on, and how long to pause: every figure of execution that is not the cloud's own pace.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::{Options, Pace};
use crate::{
    ErrorKind, Key, Kind, Retry, StackName, Token,
    op::{GatewayOp, Op},
    plan::{Condition, StepId},
};

/// How long a call is tried again for what passes by itself soon, or never.
pub(super) const SHORTLY: Duration = Duration::from_secs(120);
/// How long failing observations are borne.
pub(super) const BLIND: Duration = Duration::from_secs(120);
/// How long a probe may see something else than it should: new ways take a moment to work everywhere.
pub(super) const PROVING: Duration = Duration::from_secs(60);
/// How many times a call is made whose answer is lost each time.
pub(super) const ROUNDS: u32 = 5;

const SHORTEST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(5);

/// How long a call that failed like this is tried again for, from its first such failure on. `None` for what does not pass.
pub(super) fn patience(kind: ErrorKind, op: &Op<Key>, pace: &Pace) -> Option<Duration> {
    if kind.retry() == Retry::Never {
        return None;
    }
    Some(match kind {
        ErrorKind::InUse => pace.interfaces_gone.saturating_mul(pace.patience),
        ErrorKind::Busy => busy(op, pace).saturating_mul(pace.patience),
        _ => SHORTLY,
    })
}

/// How long what keeps a thing busy usually takes.
fn busy(op: &Op<Key>, pace: &Pace) -> Duration {
    match op {
        // Another address of the gateway may be draining.
        Op::Gateway(GatewayOp::AssociateNatAddress(_) | GatewayOp::DisassociateNatAddress(_)) => pace.address_drained,
        _ => pace.function_ready,
    }
}

/// The pause before the n-th repetition, counted from 0: a quarter of a second, growing by 1.6 to at most five seconds.
///
/// Where time alone heals (`elapsed` since the first failure), it is also never longer than a tenth of that, so that little
/// is lost when the call would have worked just after the last try.
pub(super) fn backoff(n: u32, elapsed: Duration, kind: ErrorKind) -> Duration {
    let grown = LONGEST.min(SHORTEST.mul_f64(1.6_f64.powi(n.min(20).cast_signed())));
    match kind {
        ErrorKind::Throttled | ErrorKind::Transport | ErrorKind::Internal => even(grown),
        _ => even(grown.min(SHORTEST.max(elapsed / 10))),
    }
}

/// The time from one observation to the next for somebody who has waited so long: 3 % of it, but at least a quarter of a
/// second and at most five seconds. So a wait ends at most 3 % (or a quarter of a second) after the thing is so.
pub(super) fn interval(waited: Duration) -> Duration {
    even((waited / 100 * 3).clamp(SHORTEST, LONGEST))
}

/// Whole milliseconds: people read them.
fn even(duration: Duration) -> Duration {
    Duration::new(duration.as_secs(), duration.subsec_millis() * 1_000_000)
}

/// How long a wait usually takes.
pub(super) fn usual(condition: &Condition<Key>, pace: &Pace) -> Duration {
    match condition {
        Condition::Ready(key) => match key.kind {
            Kind::NatGateway => pace.nat_ready,
            Kind::Function | Kind::Probe => pace.function_ready,
            _ => pace.other,
        },
        Condition::Gone(key) => match key.kind {
            Kind::NatGateway => pace.nat_gone,
            Kind::Interface => pace.interfaces_gone,
            _ => pace.other,
        },
        Condition::NoFunctionInterfaces(_) => pace.interfaces_gone,
        Condition::Tagged { .. } => pace.other,
        Condition::InUse { .. } => pace.address_in_use,
        Condition::NotInUse { .. } => pace.address_drained,
    }
}

/// The token of a step: the same for every repetition of its call within one run, and never the same for anything else.
pub(super) fn token(stack: &StackName, options: &Options, step: &StepId) -> Token {
    let digest = Sha256::digest(format!("{stack}\n{}\n{step}", options.nonce));
    Token::new(digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_five_seconds() {
        let pauses = |kind| (0..9).map(|n| backoff(n, Duration::from_secs(20), kind).as_millis()).collect::<Vec<_>>();
        assert_eq!(pauses(ErrorKind::Throttled), [250, 400, 640, 1024, 1638, 2621, 4194, 5000, 5000]);
        assert_eq!(pauses(ErrorKind::Busy), [250, 400, 640, 1024, 1638, 2000, 2000, 2000, 2000]);
        assert_eq!(backoff(u32::MAX, Duration::MAX, ErrorKind::Busy), LONGEST);
    }

    #[test]
    fn observations_come_at_most_three_percent_late() {
        let after = |seconds| interval(Duration::from_secs(seconds)).as_millis();
        assert_eq!([0, 8, 10, 100, 166, 167, 10_000].map(after), [250, 250, 300, 3000, 4980, 5000, 5000]);
    }

    #[test]
    fn a_token_depends_on_the_stack_the_nonce_and_the_step_alone() {
        let stack = |name| StackName::new(name).unwrap();
        let pace = crate::execute::tests::PACE;
        let token = |s, nonce: &str, step: &str| token(&stack(s), &Options::new(nonce, pace), &StepId(step.to_owned()));
        let one = token("web", "nonce123", "create network/n");
        assert_eq!(one.as_str().len(), 64);
        assert_eq!(one, token("web", "nonce123", "create network/n"));
        assert_ne!(one, token("api", "nonce123", "create network/n"));
        assert_ne!(one, token("web", "nonce124", "create network/n"));
        assert_ne!(one, token("web", "nonce123", "create network/m"));
    }
}
