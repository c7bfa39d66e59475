//! Finds functions by the stack's tag.
//!
//! Lambda lists no tags. AWS keeps an index of them beside its services, which the Resource Groups Tagging API asks in one
//! paged read, however many functions there are. How soon the index follows a change is written nowhere `[?]`, and what has
//! lost its tags, or is gone, may stay in it for a while: it only says whom to ask. What counts is what Lambda itself then
//! says of each function.

use std::collections::BTreeSet;

use aws_sdk_resourcegroupstagging::types::TagFilter;
use egress_core::{CloudError, CloudId, StackName, tags};

use crate::{
    Arn, AwsCloud,
    wire::{Flaw, Read, must, pages, unreadable_in},
};

/// The names of the functions that are in the index with the stack's tag.
pub(super) async fn names(cloud: &AwsCloud, stack: &StackName) -> Result<BTreeSet<CloudId>, CloudError> {
    let request = (cloud.reads().tagging.get_resources())
        .resource_type_filters("lambda:function")
        .tag_filters(TagFilter::builder().key(tags::STACK).values(stack.as_str()).build())
        .resources_per_page(100);
    let found = pages!(cloud, "GetResources", request).await?;
    let names = found.iter().map(|found| name(found.resource_arn())).collect::<Read<_>>();
    names.map_err(unreadable_in("GetResources"))
}

fn name(arn: Option<&str>) -> Read<CloudId> {
    let text = must("ResourceARN", arn)?;
    let arn: Arn = text.parse().map_err(|why: crate::BadArn| Flaw::new(why.to_string()))?;
    arn.function_name().map(CloudId::new).ok_or_else(|| Flaw::new(format!("`{text}` is no function")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_arn_of_a_function_names_one() {
        let arn = |resource: &str| format!("arn:aws-cn:lambda:cn-north-1:123456789012:{resource}");
        assert_eq!(name(Some(&arn("function:pay"))), Ok("pay".into()));
        for text in ["", "pay", &arn("layer:pay")] {
            assert!(name(Some(text)).is_err(), "{text}");
        }
        assert!(name(None).is_err());
    }
}
