//! Block Public Access: what is stopped, and what is exempt.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{
    self as aws, InternetGatewayBlockMode, InternetGatewayExclusionMode, VpcBlockPublicAccessExclusionState as State,
};
use egress_core::{
    CloudError, CloudId,
    world::{BlockMode, BlockPublicAccess, Exclusion},
};
use futures::try_join;

use crate::{
    Arn, AwsCloud,
    wire::{Flaw, Read, must, unreadable_in},
};

const EXCLUSIONS: &str = "DescribeVpcBlockPublicAccessExclusions";

pub(super) async fn block_public_access(cloud: &AwsCloud) -> Result<BlockPublicAccess, CloudError> {
    const OPTIONS: &str = "DescribeVpcBlockPublicAccessOptions";
    let ec2 = &cloud.reads().ec2;
    let (options, exclusions) = try_join!(
        cloud.call(OPTIONS, None::<&str>).read(ec2.describe_vpc_block_public_access_options().send()),
        exclusions(cloud),
    )?;
    let mode = mode(options.vpc_block_public_access_options()).map_err(unreadable_in(OPTIONS))?;
    let exclusions = exclusions.iter().filter_map(|e| exclusion(e).transpose()).collect::<Read<BTreeMap<_, _>>>();
    Ok(BlockPublicAccess { mode, exclusions: exclusions.map_err(unreadable_in(EXCLUSIONS))? })
}

/// Every exclusion. The SDK has no paginator for this call.
async fn exclusions(cloud: &AwsCloud) -> Result<Vec<aws::VpcBlockPublicAccessExclusion>, CloudError> {
    let mut found = Vec::new();
    let mut next = None;
    loop {
        let request = cloud.reads().ec2.describe_vpc_block_public_access_exclusions().max_results(1000);
        let answer = cloud.call(EXCLUSIONS, None::<&str>).read(request.set_next_token(next).send()).await?;
        found.extend(answer.vpc_block_public_access_exclusions.unwrap_or_default());
        next = answer.next_token.filter(|token| !token.is_empty());
        if next.is_none() {
            return Ok(found);
        }
    }
}

/// A mode that is not known here must not look like none.
fn mode(options: Option<&aws::VpcBlockPublicAccessOptions>) -> Read<BlockMode> {
    Ok(match options.and_then(|options| options.internet_gateway_block_mode()) {
        None | Some(InternetGatewayBlockMode::Off) => BlockMode::Off,
        Some(InternetGatewayBlockMode::BlockBidirectional) => BlockMode::Bidirectional,
        Some(InternetGatewayBlockMode::BlockIngress) => BlockMode::Ingress,
        Some(other) => return Err(Flaw::new(format!("`{}` is no mode of Block Public Access", other.as_str()))),
    })
}

/// What is exempt, and what it may do; `None` for an exclusion that is not in force, yet or any more.
fn exclusion(exclusion: &aws::VpcBlockPublicAccessExclusion) -> Read<Option<(CloudId, Exclusion)>> {
    let in_force =
        matches!(exclusion.state(), Some(State::CreateComplete | State::UpdateComplete | State::UpdateInProgress));
    if !in_force {
        return Ok(None);
    }
    let arn = must("resourceArn", exclusion.resource_arn())?;
    let parsed: Option<Arn> = arn.parse().ok();
    let id = parsed.as_ref().and_then(|arn| arn.resource.split_once('/')).map(|(_, id)| CloudId::new(id));
    let id = id.ok_or_else(|| Flaw::new(format!("`{arn}` is neither a VPC nor a subnet")))?;
    Ok(match exclusion.internet_gateway_exclusion_mode() {
        Some(InternetGatewayExclusionMode::AllowBidirectional) => Some((id, Exclusion::Bidirectional)),
        Some(InternetGatewayExclusionMode::AllowEgress) => Some((id, Exclusion::Egress)),
        // One that is not known here must not look like a permission.
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exclusion_counts_while_it_is_in_force() {
        let read = |state: &str, mode: &str, arn: &str| {
            exclusion(
                &aws::VpcBlockPublicAccessExclusion::builder()
                    .state(state.into())
                    .internet_gateway_exclusion_mode(mode.into())
                    .resource_arn(arn)
                    .build(),
            )
        };
        let subnet = "arn:aws:ec2:us-east-1:123456789012:subnet/subnet-1";
        let some = |exclusion| Ok(Some((CloudId::new("subnet-1"), exclusion)));
        assert_eq!(read("create-complete", "allow-egress", subnet), some(Exclusion::Egress));
        assert_eq!(read("update-complete", "allow-bidirectional", subnet), some(Exclusion::Bidirectional));
        for state in
            ["create-in-progress", "create-failed", "delete-in-progress", "delete-complete", "disable-complete"]
        {
            assert_eq!(read(state, "allow-egress", subnet), Ok(None), "{state}");
        }
        assert_eq!(read("create-complete", "something new", subnet), Ok(None));
        assert!(read("create-complete", "allow-egress", "subnet-1").is_err());
    }

    #[test]
    fn a_mode_that_is_not_known_is_no_gap() {
        let read = |word: &str| {
            mode(Some(&aws::VpcBlockPublicAccessOptions::builder().internet_gateway_block_mode(word.into()).build()))
        };
        assert_eq!(
            ["off", "block-ingress", "block-bidirectional"].map(read),
            [Ok(BlockMode::Off), Ok(BlockMode::Ingress), Ok(BlockMode::Bidirectional)]
        );
        assert_eq!(mode(None), Ok(BlockMode::Off));
        assert!(read("block-everything").is_err());
    }
}
