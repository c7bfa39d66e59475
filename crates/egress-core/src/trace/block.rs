//! Block Public Access: what an account forbids its gateways to the internet.
//!
//! `block-bidirectional` stops everything at internet gateways and egress-only gateways; `block-ingress` stops everything but
//! what comes from NAT gateways and what passes egress-only gateways, as those let no connection in. So a machine with a public
//! address of its own is cut off in either mode. A network or a subnet may be excluded; an exclusion for egress alone counts
//! in the mode `block-bidirectional` only (source: VPC guide, "Block public access to VPCs and subnets").
//!
//! Inferred: the subnet whose exclusion counts is the one that hands the packet to the gateway. Behind a NAT gateway it is the
//! NAT gateway's, not the function's.

use super::{Reason, RuleId, way::Way};
use crate::{
    CloudId,
    world::{BlockMode, Exclusion, Listing, World},
};

/// Where packets leave a network for the internet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Exit<'a> {
    /// The gateway.
    pub(super) gateway: &'a CloudId,
    /// The network that they leave.
    pub(super) network: &'a CloudId,
    /// The subnet that hands them to the gateway; a regional NAT gateway stands in none.
    pub(super) subnet: Option<&'a CloudId>,
    /// What keeps connections from coming in.
    pub(super) ingress: Ingress,
}

/// Whether connections can come in by the way that packets go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ingress {
    /// The internet gateway maps a public address to an interface: they can.
    Open,
    /// A NAT gateway or an egress-only gateway lets none in.
    Closed,
}

/// Checks that Block Public Access lets a packet out.
pub(super) fn check(world: &World, exit: &Exit<'_>, way: &mut Way) {
    if let Some(owner) = world.network.networks.get(exit.network).and_then(|network| network.owner.as_ref()) {
        return way.assume(format!("Block Public Access is off in account {owner}, which owns {}", exit.network));
    }
    if let Some(ask) = world.unseen(Listing::BlockPublicAccess) {
        return way.assume(format!("Block Public Access is off: there is no answer of {ask}"));
    }
    let settings = &world.network.block_public_access;
    let exclusions = || [Some(exit.network), exit.subnet].into_iter().flatten();
    let excluded = |how: &[Exclusion]| {
        exclusions().any(|id| settings.exclusions.get(id).is_some_and(|exclusion| how.contains(exclusion)))
    };
    let (mode, passes) = match (settings.mode, exit.ingress) {
        (BlockMode::Off, _) | (BlockMode::Ingress, Ingress::Closed) => return,
        (BlockMode::Ingress, Ingress::Open) => ("block-ingress", excluded(&[Exclusion::Bidirectional])),
        (BlockMode::Bidirectional, _) => {
            ("block-bidirectional", excluded(&[Exclusion::Bidirectional, Exclusion::Egress]))
        }
    };
    if passes {
        return;
    }
    let whose = match exit.subnet {
        Some(subnet) => format!("neither {} nor {subnet} is excluded", exit.network),
        None => format!("{} is not excluded", exit.network),
    };
    let detail = format!("Block Public Access ({mode}) stops the packet at {}, and {whose}", exit.gateway);
    way.hop("block-public-access", Some(exit.gateway), detail.clone());
    let fix = match exit.subnet {
        Some(subnet) => format!("exclude {subnet} or {} from Block Public Access", exit.network),
        None => format!("exclude {} from Block Public Access", exit.network),
    };
    way.block(Reason::new(RuleId::BpaBlocks, Some(exit.network), detail).fix(fix));
}
