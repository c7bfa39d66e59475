//! Which IPs the internet sees of each function.

use egress_core::{
    World,
    doctor::{Examination, FunctionEgress, examine},
    trace::Verdict,
    world::{Listing, Place},
};
use serde::Serialize;

use super::traced::ips_of;

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
    /// Its functions, by name, as far as they are known.
    pub(crate) functions: Vec<FunctionIps>,
    /// The call that would tell of all functions, where its answer is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) unread: Option<String>,
}

/// What the internet sees of one function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct FunctionIps {
    /// Its name.
    pub(crate) name: String,
    /// Whether all that it sends comes from fixed addresses of the account's, and no other is possible.
    pub(crate) fixed: bool,
    /// The addresses, where they are known.
    pub(crate) source_ips: Vec<String>,
    /// What becomes of what it sends.
    pub(crate) verdict: Verdict,
    /// Whether there may be other addresses: nobody can tell, or the cloud may add some.
    pub(crate) open: bool,
}

impl AllIps {
    /// Follows what each function sends to the internet, by HTTPS.
    pub(crate) fn of(worlds: &[World]) -> Self {
        let place = |world: &World| PlaceIps {
            place: world.network.place.clone(),
            functions: examine(world, &Examination::default()).functions.iter().map(function).collect(),
            unread: world.unseen(Listing::Functions).map(str::to_owned),
        };
        Self { places: worlds.iter().map(place).collect() }
    }
}

fn function(egress: &FunctionEgress) -> FunctionIps {
    FunctionIps {
        name: egress.function.to_string(),
        fixed: egress.is_fixed() && matches!(egress.verdict, Verdict::Reaches { .. }),
        source_ips: ips_of(&egress.sources),
        verdict: egress.verdict.clone(),
        open: egress.open,
    }
}
