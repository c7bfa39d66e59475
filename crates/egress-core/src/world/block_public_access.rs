//! What an account forbids its gateways.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::CloudId;

/// An account-wide switch that stops what passes gateways to the internet, whatever routes and filters say.
///
/// Source: VPC guide, "Block public access to VPCs and subnets".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockPublicAccess {
    /// What is stopped.
    pub mode: BlockMode,
    /// What is exempt: networks (and all of their subnets) or single subnets, with what they may do.
    pub exclusions: BTreeMap<CloudId, Exclusion>,
}

impl BlockPublicAccess {
    /// Whether nothing is stopped.
    pub fn is_off(&self) -> bool {
        self == &Self::default()
    }
}

/// What is stopped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BlockMode {
    /// Nothing.
    #[default]
    Off,
    /// Everything in both ways, NAT gateways and egress-only gateways included.
    Bidirectional,
    /// What comes in from the internet; what NAT gateways and egress-only gateways let out goes on.
    Ingress,
}

/// What an exempt network or subnet may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exclusion {
    /// Everything.
    Bidirectional,
    /// Send, and get answers.
    Egress,
}
