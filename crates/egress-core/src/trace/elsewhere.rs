//! Targets that lead out of sight: what is known of them is said, what is not is missing.

use super::way::Way;
use crate::{CloudId, world::Target};

/// Follows a packet to a target that is not modelled.
pub(super) fn into_unknown(target: &Target<CloudId>, way: &mut Way) {
    let (kind, what) = match target {
        Target::PrivateGateway(_) => ("private-gateway", "the tunnel or private line behind"),
        Target::Other(name) => named(name),
        _ => ("other", ""),
    };
    way.hop(kind, target.id(), format!("{target} leads out of sight"));
    way.miss(match what {
        "" => format!("what {target} does with packets"),
        what => format!("what {what} {target} does with packets"),
    });
}

/// The sorts of gateways that only their names tell.
fn named(name: &str) -> (&'static str, &'static str) {
    const SORTS: [(&str, &str, &str); 4] = [
        ("cagw-", "carrier-gateway", "the carrier's network behind"),
        ("lgw-", "local-gateway", "the network on premises behind"),
        ("core-network", "core-network", "the wide area network"),
        ("arn:", "core-network", "the wide area network"),
    ];
    let sort = SORTS.iter().find(|(prefix, ..)| name.starts_with(prefix));
    sort.map_or(("other", ""), |(_, kind, what)| (kind, what))
}
