//! Zones, and which of them functions can be in.

use egress_core::world::Zone;

use super::shapes;
use crate::text::{Read, filled, must};

shapes! {
    /// A zone.
    AvailabilityZone {
        zone_name: Option<String>,
        zone_id: Option<String>,
        zone_type: Option<String>,
        region_name: Option<String>,
        state: Option<String>,
        opt_in_status: Option<String>,
    }
}

/// Zones whose subnets Lambda refuses, by id: the table of `egress-aws`, which tells where it is from and that it is
/// **unverified**.
const WITHOUT_FUNCTIONS: [&str; 4] = ["use1-az3", "usw1-az2", "apne1-az3", "cac1-az3"];

const USUAL: &str = "availability-zone";

/// A zone; `None` for one that the account has not opted into. Local Zones and Wavelength Zones have no functions.
pub(crate) fn zone(zone: AvailabilityZone) -> Read<Option<Zone>> {
    if zone.opt_in_status.as_deref() == Some("not-opted-in") {
        return Ok(None);
    }
    let id = must("ZoneId", zone.zone_id.as_deref())?;
    let is_usual = filled(zone.zone_type.as_deref()).is_none_or(|sort| sort == USUAL);
    let is_up = matches!(zone.state.as_deref(), None | Some("available" | "information"));
    Ok(Some(Zone {
        name: must("ZoneName", zone.zone_name.as_deref())?.to_owned(),
        id: id.to_owned(),
        functions: is_usual && is_up && !WITHOUT_FUNCTIONS.contains(&id),
    }))
}

/// A zone without functions is a Local Zone, unless its id tells it already.
pub(crate) fn shape_of(zone: &Zone, region: &str) -> AvailabilityZone {
    let is_usual = zone.functions || WITHOUT_FUNCTIONS.contains(&zone.id.as_str());
    AvailabilityZone {
        zone_name: Some(zone.name.clone()),
        zone_id: Some(zone.id.clone()),
        zone_type: Some(if is_usual { USUAL } else { "local-zone" }.to_owned()),
        region_name: Some(region.to_owned()),
        state: Some("available".to_owned()),
        opt_in_status: Some("opt-in-not-required".to_owned()),
    }
}
