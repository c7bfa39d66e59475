//! Which IPs the internet sees of each function.

use egress_core::{
    World,
    trace::{Query, Source, SourceAddress, To, Verdict, trace},
    world::{Place, Protocol},
};
use serde::Serialize;

use super::traced::ips;

/// What `egress ips --all` prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct AllIps {
    /// Per account and region.
    pub(crate) places: Vec<PlaceIps>,
}

/// The functions of one account and region.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PlaceIps {
    /// Which.
    pub(crate) place: Place,
    /// Its functions, by name.
    pub(crate) functions: Vec<FunctionIps>,
}

/// What the internet sees of one function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FunctionIps {
    /// Its name.
    pub(crate) name: String,
    /// Whether all that it sends comes from fixed addresses of the account's.
    pub(crate) fixed: bool,
    /// The addresses, where they are known.
    pub(crate) source_ips: Vec<String>,
    /// What becomes of what it sends.
    pub(crate) verdict: Verdict,
}

impl AllIps {
    /// Follows what each function sends to the internet, by HTTPS.
    pub(crate) fn of(worlds: &[World]) -> Self {
        let place = |world: &World| PlaceIps {
            place: world.network.place.clone(),
            functions: world.function.functions.keys().map(|id| of_function(world, id)).collect(),
        };
        Self { places: worlds.iter().map(place).collect() }
    }
}

fn of_function(world: &World, id: &egress_core::CloudId) -> FunctionIps {
    let query = Query { source: Source::Function(id.clone()), to: To::Internet, protocol: Protocol::Tcp, port: 443 };
    let verdict = trace(world, &query).verdict;
    let sources = verdict.sources();
    let all_fixed = sources.iter().all(|source| matches!(source, SourceAddress::Fixed { .. }));
    FunctionIps {
        name: id.to_string(),
        fixed: matches!(verdict, Verdict::Reaches { .. }) && all_fixed && !sources.is_empty(),
        source_ips: ips(&verdict),
        verdict,
    }
}
