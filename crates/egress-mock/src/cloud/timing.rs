//! How long things take: one table.

use std::time::Duration;

use egress_core::execute::Pace;
use serde::{Deserialize, Serialize};

use super::ids::rng;

/// Something that takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wait {
    /// A network from created to available.
    NetworkAvailable,
    /// A subnet from created to available.
    SubnetAvailable,
    /// A NAT gateway from created to available.
    NatAvailable,
    /// A NAT gateway from created to failed.
    NatFailed,
    /// A NAT gateway from `DeleteNatGateway` to deleted.
    NatDeleted,
    /// An address from `AssociateNatGatewayAddress` to succeeded or failed.
    AddressAssociated,
    /// An address from `DisassociateNatGatewayAddress` to gone.
    AddressDrained,
    /// A function in no network, from created to active.
    FunctionCreated,
    /// A change of a function's configuration, where its interfaces are there already.
    FunctionUpdated,
    /// The interface of a pair of subnet and group set, from the first function to the moment when it carries packets.
    InterfaceCreated,
    /// That interface, from the detachment of its last function to its end.
    InterfaceReleasedAfterDetach,
    /// That interface, from the deletion of its last function to its end.
    InterfaceReleasedAfterDelete,
    /// An endpoint with interfaces, from created to available.
    EndpointAvailable,
    /// A transit gateway or a route table of one, from created to available.
    TransitGatewayAvailable,
    /// A network on a transit gateway, from created to available.
    TransitAttachmentAvailable,
    /// A new role, until functions can use it.
    RoleUsable,
    /// A permission given to a role, until it counts.
    GrantUsable,
    /// Something new, until calls see it.
    Visible,
    /// One call, there and back.
    Call,
}

/// One row of [`TIMINGS`].
#[derive(Clone, Copy, Debug)]
pub struct TimingRow {
    /// What takes the time.
    pub wait: Wait,
    /// Its name in [`Drawn::what`].
    pub name: &'static str,
    /// The shortest, typical and longest time in milliseconds.
    pub ms: [u64; 3],
    /// Where the figures are from. `[doc]` AWS's documentation, `[3p]` a third party's word, `[src]` public source, `[?]`
    /// a guess that nobody has verified.
    pub source: &'static str,
}

const fn row(wait: Wait, name: &'static str, ms: [u64; 3], source: &'static str) -> TimingRow {
    TimingRow { wait, name, ms, source }
}

/// How long things take under [`Profile::Aws`], in the order of [`Wait`].
pub const TIMINGS: [TimingRow; 19] = [
    row(Wait::NetworkAvailable, "network available", [100, 500, 2_000], "[?] seconds at most"),
    row(Wait::SubnetAvailable, "subnet available", [100, 300, 1_000], "[?] seconds at most"),
    row(Wait::NatAvailable, "nat gateway available", [60_000, 90_000, 240_000], "[3p] about 90 s, minutes at worst"),
    row(Wait::NatFailed, "nat gateway failed", [5_000, 15_000, 60_000], "[?] sooner than available"),
    row(Wait::NatDeleted, "nat gateway deleted", [30_000, 60_000, 180_000], "[3p] tens of seconds to minutes"),
    row(Wait::AddressAssociated, "address associated", [5_000, 15_000, 60_000], "[?] less than a gateway takes"),
    row(Wait::AddressDrained, "address drained", [350_000, 352_000, 360_000], "[doc] 350 s, with [?] some to notice"),
    row(Wait::FunctionCreated, "function created", [1_000, 2_000, 5_000], "[?] seconds"),
    row(Wait::FunctionUpdated, "function updated", [1_000, 3_000, 10_000], "[doc] seconds on an existing pair"),
    row(Wait::InterfaceCreated, "interface created", [60_000, 90_000, 240_000], "[3p] about 90 s, [doc] minutes"),
    row(
        Wait::InterfaceReleasedAfterDetach,
        "interface released after detach",
        [180_000, 240_000, 480_000],
        "[3p] about 4 min when the function is detached",
    ),
    row(
        Wait::InterfaceReleasedAfterDelete,
        "interface released after delete",
        [600_000, 1_200_000, 2_700_000],
        "[doc] up to 20 min, [src] P99 35 min, 45 seen",
    ),
    row(Wait::EndpointAvailable, "endpoint available", [30_000, 60_000, 240_000], "[?] a minute or more"),
    row(Wait::TransitGatewayAvailable, "transit gateway available", [30_000, 60_000, 240_000], "[?] a minute or more"),
    row(
        Wait::TransitAttachmentAvailable,
        "transit gateway attachment available",
        [30_000, 60_000, 180_000],
        "[?] a minute or more",
    ),
    row(Wait::RoleUsable, "role usable", [5_000, 15_000, 30_000], "[3p] seconds, typically 15"),
    row(Wait::GrantUsable, "grant usable", [5_000, 15_000, 30_000], "[3p] seconds, typically 15"),
    row(Wait::Visible, "visible", [0, 500, 2_000], "[doc] usually at once, sometimes seconds"),
    row(Wait::Call, "call", [100, 200, 400], "[?] a call from afar"),
];

/// How long a deleted or failed NAT gateway is still listed: about an hour [doc]. Not scaled to nothing under
/// [`Profile::Instant`], where it is an hour of the clock.
pub(crate) const NAT_LISTED: Duration = Duration::from_secs(3_600);

impl Wait {
    /// Its row.
    pub fn row(self) -> &'static TimingRow {
        &TIMINGS[self as usize]
    }
}

/// How long things take: a profile, made faster or slower.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Which figures.
    pub profile: Profile,
    /// How many times faster than the figures; 1 for as they are. Anything that is not a positive number counts as 1.
    pub speed: f64,
}

/// Which figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Profile {
    /// Nothing takes any time: what is under way is through at the next call.
    Instant,
    /// Those of [`TIMINGS`].
    Aws,
}

impl Default for Timing {
    fn default() -> Self {
        Self { profile: Profile::Instant, speed: 1.0 }
    }
}

impl Timing {
    /// AWS's figures.
    pub const fn aws() -> Self {
        Self { profile: Profile::Aws, speed: 1.0 }
    }

    /// AWS's figures divided by `speed`.
    pub const fn aws_times(speed: f64) -> Self {
        Self { profile: Profile::Aws, speed }
    }

    /// How long this takes for this subject: between shortest and longest, mostly near typical (a triangular distribution),
    /// drawn from a generator that is keyed by the seed, the wait and the subject's human name. So it does not depend on the
    /// order of calls, and the same wait of the same subject takes the same time again.
    pub fn draw(&self, seed: u64, wait: Wait, subject: &str) -> Duration {
        let row = wait.row();
        let [low, mode, high] = row.ms.map(|ms| Duration::from_millis(ms).as_secs_f64());
        self.scale(triangular(low, mode, high, rng(seed, &["timing", row.name, subject]).f64()))
    }

    /// The typical time.
    pub fn typical(&self, wait: Wait) -> Duration {
        self.scale(Duration::from_millis(wait.row().ms[1]).as_secs_f64())
    }

    /// The longest time.
    pub fn longest(&self, wait: Wait) -> Duration {
        self.scale(Duration::from_millis(wait.row().ms[2]).as_secs_f64())
    }

    /// How long the engine should expect things to take on a mock cloud with this timing.
    pub fn pace(&self) -> Pace {
        Pace {
            nat_ready: self.typical(Wait::NatAvailable),
            nat_gone: self.typical(Wait::NatDeleted),
            address_in_use: self.typical(Wait::AddressAssociated),
            address_drained: self.typical(Wait::AddressDrained),
            function_ready: self.typical(Wait::InterfaceCreated),
            interfaces_gone: self.typical(Wait::InterfaceReleasedAfterDetach),
            other: self.typical(Wait::FunctionUpdated),
            visibility: self.longest(Wait::Visible),
            patience: 20,
        }
    }

    pub(crate) fn scale(&self, seconds: f64) -> Duration {
        if self.profile == Profile::Instant {
            return Duration::ZERO;
        }
        Duration::from_secs_f64(seconds / self.factor())
    }

    /// How long a NAT gateway that is gone is still listed.
    pub(crate) fn nat_listed(&self) -> Duration {
        match self.profile {
            Profile::Instant => NAT_LISTED,
            Profile::Aws => NAT_LISTED.div_f64(self.factor()),
        }
    }

    /// How many times faster than AWS time passes for things.
    pub(crate) fn factor(&self) -> f64 {
        if self.speed.is_finite() && self.speed > 0.0 { self.speed } else { 1.0 }
    }
}

/// The triangular distribution at `u` in 0..1.
pub(crate) fn triangular(low: f64, mode: f64, high: f64, u: f64) -> f64 {
    let width = high - low;
    if width <= 0.0 {
        return low;
    }
    let at_mode = (mode - low) / width;
    if u < at_mode {
        low + (u * width * (mode - low)).sqrt()
    } else {
        high - ((1.0 - u) * width * (high - mode)).sqrt()
    }
}

/// A timing that was drawn.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Drawn {
    /// What takes the time.
    pub wait: Wait,
    /// For whom: the human name (the `Name` tag, a function's or role's name; for an interface its subnet's and groups'
    /// names), or the id of something without a name.
    pub subject: String,
    /// How long it takes.
    pub took: Duration,
}

impl Drawn {
    /// What takes the time, for people.
    pub fn what(&self) -> &'static str {
        self.wait.row().name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_stands_at_its_own_place_and_is_ordered() {
        for (i, row) in TIMINGS.iter().enumerate() {
            assert_eq!(row.wait as usize, i);
            assert!(row.ms.is_sorted(), "{}", row.name);
        }
    }

    #[test]
    fn draws_stay_within_the_row_and_depend_on_seed_and_subject_alone() {
        for seed in 0..200 {
            let took = Timing::aws().draw(seed, Wait::NatAvailable, "lambda_nat");
            assert!((Duration::from_secs(60)..=Duration::from_secs(240)).contains(&took), "{took:?}");
            assert_eq!(Timing::aws().draw(seed, Wait::NatAvailable, "lambda_nat"), took);
            assert_ne!(Timing::aws().draw(seed + 1, Wait::NatAvailable, "lambda_nat"), took);
            assert_ne!(Timing::aws().draw(seed, Wait::NatAvailable, "other"), took);
        }
    }

    #[test]
    fn a_speed_divides_and_instant_takes_nothing() {
        let aws = Timing::aws().draw(1, Wait::NatAvailable, "x");
        let fast = Timing::aws_times(10.0).draw(1, Wait::NatAvailable, "x");
        assert!((aws.as_secs_f64() / 10.0 - fast.as_secs_f64()).abs() < 1e-6);
        assert_eq!(Timing::default().draw(1, Wait::NatAvailable, "x"), Duration::ZERO);
        assert_eq!(Timing::aws_times(0.0).draw(1, Wait::NatAvailable, "x"), aws);
    }
}
