//! Block Public Access.

use egress_core::{
    CloudId,
    world::{BlockMode, BlockPublicAccess, Exclusion, Place},
};

use super::{arn_of, shapes};
use crate::{
    read::{Bag, Kind},
    text::{Flaw, Read, arn, must},
};

shapes! {
    /// What an account has set for a region.
    Options {
        aws_account_id: Option<String>,
        aws_region: Option<String>,
        state: Option<String>,
        internet_gateway_block_mode: Option<String>,
    }
    /// What is exempt.
    ExclusionShape {
        exclusion_id: Option<String>,
        internet_gateway_exclusion_mode: Option<String>,
        resource_arn: Option<String>,
        state: Option<String>,
    }
}

/// What is stopped, and what is exempt. Something is stopped only as far as the exclusions are known, too.
pub(crate) fn block_public_access(bag: &mut Bag) -> BlockPublicAccess {
    let modes = bag.convert(Kind::BlockOptions, mode);
    let exempt = bag.convert(Kind::BlockExclusion, exclusion);
    let mode = modes.into_values().next().unwrap_or_default();
    if mode != BlockMode::Off && !bag.is_answered(Kind::BlockExclusion) {
        bag.amiss.extend(Kind::BlockOptions.listing());
    }
    BlockPublicAccess { mode, exclusions: exempt.into_values().collect() }
}

fn mode(options: Options) -> Read<Option<BlockMode>> {
    Ok(Some(match must("InternetGatewayBlockMode", options.internet_gateway_block_mode.as_deref())? {
        "off" => BlockMode::Off,
        "block-bidirectional" => BlockMode::Bidirectional,
        "block-ingress" => BlockMode::Ingress,
        other => return Err(Flaw::new(format!("`{other}` is no mode that is known here"))),
    }))
}

/// An exclusion; `None` for one that is not in force.
fn exclusion(exclusion: ExclusionShape) -> Read<Option<(CloudId, Exclusion)>> {
    let is_in_force = matches!(
        exclusion.state.as_deref(),
        None | Some("create-complete" | "update-in-progress" | "update-complete" | "update-failed")
    );
    if !is_in_force {
        return Ok(None);
    }
    let what = must("ResourceArn", exclusion.resource_arn.as_deref())?;
    let id = arn(what).and_then(|arn| arn.resource.split_once('/')).map(|(_, id)| CloudId::new(id));
    let id = id.ok_or_else(|| Flaw::new(format!("`{what}` is no network or subnet")))?;
    let mode = match must("InternetGatewayExclusionMode", exclusion.internet_gateway_exclusion_mode.as_deref())? {
        "allow-bidirectional" => Exclusion::Bidirectional,
        "allow-egress" => Exclusion::Egress,
        other => return Err(Flaw::new(format!("`{other}` is no mode that is known here"))),
    };
    Ok(Some((id, mode)))
}

/// The shapes of what is stopped and of what is exempt.
pub(crate) fn shapes_of(access: &BlockPublicAccess, place: &Place) -> (Options, Vec<ExclusionShape>) {
    let mode = match access.mode {
        BlockMode::Off => "off",
        BlockMode::Bidirectional => "block-bidirectional",
        BlockMode::Ingress => "block-ingress",
    };
    let options = Options {
        aws_account_id: Some(place.account.clone()),
        aws_region: Some(place.region.clone()),
        state: Some("update-complete".to_owned()),
        internet_gateway_block_mode: Some(mode.to_owned()),
    };
    let exempt = access.exclusions.iter().enumerate().map(|(i, (id, exclusion))| {
        let sort = if id.as_str().starts_with("subnet-") { "subnet" } else { "vpc" };
        let mode = match exclusion {
            Exclusion::Bidirectional => "allow-bidirectional",
            Exclusion::Egress => "allow-egress",
        };
        ExclusionShape {
            exclusion_id: Some(format!("vpcbpa-exclude-{i}")),
            internet_gateway_exclusion_mode: Some(mode.to_owned()),
            resource_arn: Some(arn_of("ec2", &place.region, &place.account, &format!("{sort}/{id}"))),
            state: Some("create-complete".to_owned()),
        }
    });
    (options, exempt.collect())
}
