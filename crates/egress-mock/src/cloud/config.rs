//! What a mock cloud is like.

use std::time::Duration;

use egress_core::world::{Place, Zone};
use serde::{Deserialize, Serialize};

use super::{Bug, Profile, Quotas, Throttling, Timing};

/// What a mock cloud is like. Everything that is drawn at random is drawn from `seed`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// The account and the region.
    pub place: Place,
    /// Decides ids, public addresses, timings and every other choice.
    pub seed: u64,
    /// How long things take.
    pub timing: Timing,
    /// The longest time for which something new may be invisible; `None` for what the timing says (0 to 2 s under
    /// [`Profile::Aws`](super::Profile::Aws)).
    pub visibility: Option<Duration>,
    /// The longest time for which a new role, or a permission that was just given, may not count; `None` for what the
    /// timing says (5 to 30 s under [`Profile::Aws`](super::Profile::Aws)).
    #[serde(default)]
    pub propagation: Option<Duration>,
    /// How many things there may be.
    pub quotas: Quotas,
    /// Whether calls that come too often are refused.
    #[serde(default)]
    pub throttling: Throttling,
    /// Whether the account has a default network from the start.
    pub default_vpc: DefaultVpc,
    /// What becomes of a route to a NAT gateway that is still pending.
    pub pending_nat_routes: PendingNatRoutes,
    /// A wrong behaviour, for testing tests.
    #[doc(hidden)]
    pub bug: Option<Bug>,
}

impl Config {
    /// An empty account 123456789012 in ap-northeast-1 where everything happens at once.
    pub fn new(seed: u64) -> Self {
        Self {
            place: Place { account: "123456789012".to_owned(), region: "ap-northeast-1".to_owned() },
            seed,
            timing: Timing::default(),
            visibility: None,
            propagation: None,
            quotas: Quotas::default(),
            throttling: Throttling::default(),
            default_vpc: DefaultVpc::Absent,
            pending_nat_routes: PendingNatRoutes::Accepted,
            bug: None,
        }
    }

    /// With other timings.
    #[must_use]
    pub fn timing(mut self, timing: Timing) -> Self {
        self.timing = timing;
        self
    }

    /// With other quotas.
    #[must_use]
    pub fn quotas(mut self, quotas: Quotas) -> Self {
        self.quotas = quotas;
        self
    }

    /// With calls that come too often refused, or not.
    #[must_use]
    pub fn throttling(mut self, throttling: Throttling) -> Self {
        self.throttling = throttling;
        self
    }

    /// Whether calls that come too often are refused.
    pub(crate) fn throttles(&self) -> bool {
        match self.throttling {
            Throttling::AsTimed => self.timing.profile == Profile::Aws,
            Throttling::On => true,
            Throttling::Off => false,
        }
    }
}

/// Whether an account has a default network. Real accounts have one in every region until somebody deletes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DefaultVpc {
    /// It has none.
    Absent,
    /// 172.31.0.0/16 with a subnet per zone and a route to an attached internet gateway.
    Present,
}

/// What becomes of `CreateRoute` to a NAT gateway that is still pending. AWS's pages do not say `[?]`, so both can be had. In
/// boto/boto3 issue 779 a route right after the creation was refused with `InvalidNatGatewayID.NotFound` and accepted moments
/// later, to a gateway that never became available: so it seems to be accepted once the gateway can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PendingNatRoutes {
    /// The route is made, and carries packets once the gateway is available.
    Accepted,
    /// `InvalidNatGatewayID.NotFound` until the gateway is available.
    NotFound,
}

/// The numbers of the standard zones' ids, which differ from region to region as they do at AWS (`apne1-az3` is closed).
const ZONE_NUMBERS: &[(&str, [u8; 3])] =
    &[("ap-northeast-1", [4, 1, 2]), ("us-east-1", [4, 6, 1]), ("eu-west-1", [3, 1, 2])];

/// Three standard zones, and one Local Zone that functions cannot be in.
pub(crate) fn zones(region: &str) -> Vec<Zone> {
    let numbers = ZONE_NUMBERS.iter().find(|(name, _)| *name == region).map_or([1, 2, 3], |(_, numbers)| *numbers);
    let prefix = short_name(region);
    let mut zones: Vec<Zone> = ["a", "b", "c"]
        .into_iter()
        .zip(numbers)
        .map(|(letter, n)| Zone { name: format!("{region}{letter}"), id: format!("{prefix}-az{n}"), functions: true })
        .collect();
    zones.push(Zone { name: format!("{region}-edge-1a"), id: format!("{prefix}-edge1-az1"), functions: false });
    zones.sort_by(|a, b| a.name.cmp(&b.name));
    zones
}

/// `ap-northeast-1` → `apne1`, as AWS shortens regions in zone ids.
fn short_name(region: &str) -> String {
    const DIRECTIONS: &[(&str, &str)] = &[
        ("northeast", "ne"),
        ("southeast", "se"),
        ("northwest", "nw"),
        ("southwest", "sw"),
        ("north", "n"),
        ("south", "s"),
        ("east", "e"),
        ("west", "w"),
        ("central", "c"),
    ];
    let short = |part: &str| DIRECTIONS.iter().find(|(long, _)| *long == part).map(|(_, short)| (*short).to_owned());
    region.split('-').map(|part| short(part).unwrap_or_else(|| part.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_named_as_aws_names_them_and_one_is_a_local_zone() {
        let zones: Vec<String> =
            zones("ap-northeast-1").into_iter().map(|z| format!("{} {} {}", z.name, z.id, z.functions)).collect();
        assert_eq!(
            zones,
            [
                "ap-northeast-1-edge-1a apne1-edge1-az1 false",
                "ap-northeast-1a apne1-az4 true",
                "ap-northeast-1b apne1-az1 true",
                "ap-northeast-1c apne1-az2 true",
            ]
        );
        assert_eq!(super::zones("eu-central-1")[1].id, "euc1-az1");
    }
}
