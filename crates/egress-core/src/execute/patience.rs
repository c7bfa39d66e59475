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
/// How long a call or an observation is tried again for that is refused because there are too many calls: fifty runs at once
/// take a minute of the narrowest limits that are known, and each call certainly changed nothing.
pub(super) const CROWDED: Duration = Duration::from_secs(900);
/// How long failing observations are borne.
pub(super) const BLIND: Duration = Duration::from_secs(120);
/// How long a probe may see something else than it should: new ways take a moment to work everywhere.
pub(super) const PROVING: Duration = Duration::from_secs(60);
/// How many times a call is made whose answer is lost each time.
pub(super) const ROUNDS: u32 = 5;

const SHORTEST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(5);
const LONGEST_CROWDED: Duration = Duration::from_secs(4);

/// How long a call that failed like this is tried again for, from its first such failure on. `None` for what does not pass.
pub(super) fn patience(kind: ErrorKind, op: &Op<Key>, pace: &Pace) -> Option<Duration> {
    if kind.retry() == Retry::Never {
        return None;
    }
    Some(match kind {
        ErrorKind::InUse => pace.interfaces_gone.saturating_mul(pace.patience),
        ErrorKind::Busy => busy(op, pace).saturating_mul(pace.patience),
        ErrorKind::Throttled => CROWDED,
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
/// is lost when the call would have worked just after the last try. Where there are too many calls it doubles from half a
/// second to at most four: the narrow limits that are known take ten to fill up, so nothing is lost while somebody waits for it.
pub(super) fn backoff(n: u32, elapsed: Duration, kind: ErrorKind) -> Duration {
    let grown =
        |first: Duration, by: f64, longest: Duration| longest.min(first.mul_f64(by.powi(n.min(20).cast_signed())));
    let usual = grown(SHORTEST, 1.6, LONGEST);
    even(match kind {
        ErrorKind::Throttled => grown(SHORTEST * 2, 2.0, LONGEST_CROWDED),
        ErrorKind::Transport | ErrorKind::Internal => usual,
        _ => usual.min(SHORTEST.max(elapsed / 10)),
    })
}

/// Makes a pause shorter by up to a half where there are too many calls: runs that were refused together do not come again
/// together. By how much is decided by the run's nonce, by who pauses and by which of its pauses it is.
pub(super) fn spread(pause: Duration, kind: ErrorKind, nonce: &str, who: &str, n: u32) -> Duration {
    if kind != ErrorKind::Throttled {
        return pause;
    }
    let dice = crc32fast::hash(format!("{nonce}\n{who}\n{n}").as_bytes());
    even(pause.mul_f64(0.5 + 0.5 * f64::from(dice) / f64::from(u32::MAX)))
}

/// How often a run may ask what it can also ask later, while others call the cloud too: a watcher's observations, and calls
/// that are made again because something else was not ready. It waits twice as long each time that there are too many calls,
/// and a tenth less each time that there are not. So runs that know nothing of each other share what the cloud allows, and
/// those who watch give way to those who do.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tempo {
    /// The least time between two of them.
    floor: Duration,
}

impl Tempo {
    const SLOW: Duration = Duration::from_secs(1);
    const SLOWEST: Duration = Duration::from_secs(10);

    /// Learns that there were too many calls.
    pub(super) fn refused(&mut self) {
        self.floor = (self.floor * 2).clamp(Self::SLOW, Self::SLOWEST);
    }

    /// Learns that there were not.
    pub(super) fn let_through(&mut self) {
        self.floor = if self.floor < SHORTEST { Duration::ZERO } else { self.floor.mul_f64(0.9) };
    }

    /// A pause that is not shorter than all that allows.
    pub(super) fn at_least(self, pause: Duration) -> Duration {
        pause.max(even(self.floor))
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
    fn pauses_grow_to_their_longest() {
        let pauses = |kind| (0..9).map(|n| backoff(n, Duration::from_secs(20), kind).as_millis()).collect::<Vec<_>>();
        assert_eq!(pauses(ErrorKind::Throttled), [500, 1000, 2000, 4000, 4000, 4000, 4000, 4000, 4000]);
        assert_eq!(pauses(ErrorKind::Transport), [250, 400, 640, 1024, 1638, 2621, 4194, 5000, 5000]);
        assert_eq!(pauses(ErrorKind::Busy), [250, 400, 640, 1024, 1638, 2000, 2000, 2000, 2000]);
        assert_eq!(backoff(u32::MAX, Duration::MAX, ErrorKind::Busy), LONGEST);
    }

    #[test]
    fn pauses_for_too_many_calls_are_spread_over_half_their_length_and_others_are_not() {
        let second = Duration::from_secs(1);
        let pauses: Vec<u128> =
            (0..200).map(|n| spread(second, ErrorKind::Throttled, "nonce", "x", n).as_millis()).collect();
        let (least, most) = (pauses.iter().min().unwrap(), pauses.iter().max().unwrap());
        assert!((500..530).contains(least) && (970..=1000).contains(most), "{least} to {most}");
        let again = |nonce: &str, who: &str| spread(second, ErrorKind::Throttled, nonce, who, 0);
        assert_eq!(again("nonce", "x").as_millis(), pauses[0]);
        assert_ne!(again("nonce", "x"), again("other", "x"));
        assert_ne!(again("nonce", "x"), again("nonce", "y"));
        assert_eq!(spread(second, ErrorKind::Busy, "nonce", "x", 0), second);
    }

    #[test]
    fn who_is_refused_slows_down_and_quickens_again() {
        let mut tempo = Tempo::default();
        let pause = |tempo: Tempo| tempo.at_least(SHORTEST).as_millis();
        let slower = [(); 6].map(|()| {
            tempo.refused();
            pause(tempo)
        });
        assert_eq!(slower, [1000, 2000, 4000, 8000, 10_000, 10_000]);
        let quicker = [(); 50].map(|()| {
            tempo.let_through();
            pause(tempo)
        });
        assert_eq!((quicker[0], quicker[1], quicker[49]), (9000, 8100, 250));
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
