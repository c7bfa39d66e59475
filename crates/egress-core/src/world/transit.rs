//! Hubs that join networks: transit gateways.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

use super::RouteState;
use crate::{CloudId, Tags};

/// The hubs that an account sees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transit {
    /// The hubs.
    pub gateways: BTreeMap<CloudId, TransitGateway>,
    /// What hangs on them.
    pub attachments: BTreeMap<CloudId, TransitAttachment>,
    /// Their route tables.
    pub tables: BTreeMap<CloudId, TransitTable>,
}

impl Transit {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

/// A hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransitGateway {
    /// What the cloud calls it.
    pub id: CloudId,
    /// The account that it is shared from, where that is another one than the place's: its tables, and what other accounts hang
    /// on it, are then not seen.
    pub owner: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

/// Something that hangs on a hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransitAttachment {
    /// What the cloud calls it.
    pub id: CloudId,
    /// The hub.
    pub gateway: CloudId,
    /// What it joins to the hub.
    pub end: TransitEnd,
    /// Whether it carries packets.
    pub available: bool,
    /// The table that routes what comes in by it, where it has one and that is seen.
    pub table: Option<CloudId>,
    /// Its tags.
    pub tags: Tags,
}

/// What an attachment joins to a hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TransitEnd {
    /// A network.
    Network {
        /// Which one, perhaps of another account.
        network: CloudId,
        /// The subnets that the hub has an interface in, at most one in each zone: packets of a zone without one do not get to
        /// the hub (source: transit gateway guide, "VPC attachments"). `None` where they are not seen.
        subnets: Option<BTreeSet<CloudId>>,
    },
    /// Something else: a tunnel, a private line, another hub.
    Other {
        /// What the cloud calls the sort of thing, e.g. `vpn`.
        kind: String,
        /// What the cloud calls the thing.
        id: Option<CloudId>,
    },
}

/// A route table of a hub.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransitTable {
    /// What the cloud calls it.
    pub id: CloudId,
    /// The hub.
    pub gateway: CloudId,
    /// Its routes; `None` where they were not read.
    pub routes: Option<Vec<TransitRoute>>,
    /// Its tags.
    pub tags: Tags,
}

/// A route of a hub's table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransitRoute {
    /// Which packets it is for.
    pub cidr: IpNet,
    /// The attachments that it sends them to: more than one where equal ways share the packets. Empty for one that drops.
    pub attachments: BTreeSet<CloudId>,
    /// Whether it works.
    pub state: RouteState,
    /// Whether an attachment told it; else somebody wrote it.
    pub propagated: bool,
}
