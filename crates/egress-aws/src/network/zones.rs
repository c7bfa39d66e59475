//! Zones, and which of them functions can be in.

use aws_sdk_ec2::types::AvailabilityZoneOptInStatus;
use aws_sdk_ec2::types::{self as aws, AvailabilityZoneState};
use egress_core::{CloudError, world::Zone};

use crate::{
    AwsCloud,
    wire::{Read, must, unreadable_in},
};

/// Zones whose subnets Lambda refuses ("The provided subnets contain availability zone Lambda doesn't support"), by id,
/// because names mean other zones in other accounts.
///
/// No list of AWS's was found. That there are such zones in `us-east-1` is told in keboola/developer-portal issue 81; the ids are
/// those of old, constrained zones that other services of AWS's leave out (VPC Lattice, as Redis's documentation cites it).
/// Each is **unverified**: to leave one out costs nothing, and to choose one wrongly is answered with that sentence, which
/// says what to do.
pub(crate) const WITHOUT_FUNCTIONS: [&str; 4] = ["use1-az3", "usw1-az2", "apne1-az3", "cac1-az3"];

/// The region's zones, ordered by name. Asked once per client.
pub(super) async fn zones(cloud: &AwsCloud) -> Result<Vec<Zone>, CloudError> {
    cloud.kept_zones(|| ask(cloud)).await
}

async fn ask(cloud: &AwsCloud) -> Result<Vec<Zone>, CloudError> {
    let call = cloud.call("DescribeAvailabilityZones", None::<&str>);
    let answer = call.read(cloud.reads().ec2.describe_availability_zones().send()).await?;
    let zones = answer.availability_zones().iter().filter(|zone| is_there(zone)).map(zone).collect::<Read<Vec<_>>>();
    let mut zones = zones.map_err(unreadable_in("DescribeAvailabilityZones"))?;
    zones.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(zones)
}

fn is_there(zone: &aws::AvailabilityZone) -> bool {
    zone.opt_in_status() != Some(&AvailabilityZoneOptInStatus::NotOptedIn)
}

/// A zone. Local Zones and Wavelength Zones have another type than `availability-zone`, and no functions.
fn zone(zone: &aws::AvailabilityZone) -> Read<Zone> {
    let id = must("zoneId", zone.zone_id())?;
    let is_usual = matches!(zone.zone_type(), None | Some("" | "availability-zone"));
    let is_up =
        matches!(zone.state(), None | Some(AvailabilityZoneState::Available | AvailabilityZoneState::Information));
    Ok(Zone {
        name: must("zoneName", zone.zone_name())?.to_owned(),
        id: id.to_owned(),
        functions: is_usual && is_up && !WITHOUT_FUNCTIONS.contains(&id),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_go_into_availability_zones_that_lambda_supports() {
        let read = |name: &str, id: &str, sort: &str| {
            let described = aws::AvailabilityZone::builder().zone_name(name).zone_id(id).zone_type(sort);
            zone(&described.state(AvailabilityZoneState::Available).build()).unwrap().functions
        };
        assert!(read("us-east-1a", "use1-az1", "availability-zone"));
        assert!(!read("us-east-1e", "use1-az3", "availability-zone"));
        assert!(!read("us-east-1-bos-1a", "use1-bos1-az1", "local-zone"));
        assert!(!read("us-east-1-wl1-bos-wlz-1", "use1-wl1-bos-wlz1", "wavelength-zone"));
    }
}
