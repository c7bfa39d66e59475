//! Leases: launch templates that nobody launches anything from.
//!
//! Why a launch template: its name is unique in its account and region, it costs nothing, needs no network, tells who made it
//! and when, carries tags, and can be deleted by its id, which is never given again. No other thing of EC2's has all of that.

use aws_sdk_ec2::types::{
    self as aws, LaunchTemplateHttpTokensState, LaunchTemplateInstanceMetadataOptionsRequest,
    RequestLaunchTemplateData, ResourceType,
};
use egress_core::{
    CloudError, CloudId, Effect, StackName, Token,
    op::{CreateLease, DeleteLease},
    tags,
    world::{Lease, NetworkPart, Place},
};

use super::ops::created;
use crate::{
    AwsCloud,
    client::Refusal,
    wire::{Read, born_with, filter, id, must, pages, tags as read_tags, unreadable_in},
};

/// The leases that are tagged for a stack: one call, and the place, which is asked once per client.
///
/// By their tag, not by a name: a name that is asked for and is not there is an error, not an empty list (getmoto/moto pull
/// request 5477, floci-io/floci pull request 3246).
pub(super) async fn observe(cloud: &AwsCloud, stack: &StackName) -> Result<NetworkPart, CloudError> {
    let tag = filter(&format!("tag:{}", tags::STACK), [stack]);
    let request = cloud.reads().ec2.describe_launch_templates().filters(tag).max_results(200);
    let templates = async { pages!(cloud, "DescribeLaunchTemplates", request).await };
    let (identity, templates) = futures::try_join!(cloud.identity(), templates)?;
    let leases = templates.iter().map(lease).collect::<Read<Vec<_>>>();
    let leases = leases.map_err(unreadable_in("DescribeLaunchTemplates"))?;
    Ok(NetworkPart {
        place: Place { account: identity.account, region: cloud.region().to_owned() },
        leases: leases.into_iter().map(|lease| (lease.id.clone(), lease)).collect(),
        ..NetworkPart::default()
    })
}

fn lease(template: &aws::LaunchTemplate) -> Read<Lease> {
    Ok(Lease {
        id: id("launchTemplateId", template.launch_template_id())?,
        name: must("launchTemplateName", template.launch_template_name())?.to_owned(),
        created_by: template.created_by().filter(|maker| !maker.is_empty()).map(str::to_owned),
        tags: read_tags(template.tags()),
    })
}

/// `CreateLaunchTemplate`. AWS wants something in a template: that instances ask for their metadata with a token is the
/// least that means anything. Without an image nothing can be launched from it alone; and a template that leaves this out is
/// what Security Hub complains about (control EC2.170, "EC2 launch templates should use Instance Metadata Service Version 2").
pub(super) async fn create(cloud: &AwsCloud, op: &CreateLease, token: &Token) -> Result<Effect, Refusal> {
    let metadata = LaunchTemplateInstanceMetadataOptionsRequest::builder()
        .http_tokens(LaunchTemplateHttpTokensState::Required)
        .build();
    let request = (cloud.writes().ec2.create_launch_template())
        .launch_template_name(&op.name)
        .launch_template_data(RequestLaunchTemplateData::builder().metadata_options(metadata).build())
        .client_token(token.as_str())
        .tag_specifications(born_with(ResourceType::LaunchTemplate, &op.tags));
    let made = cloud.call("CreateLaunchTemplate", Some(&op.name)).change(request.send()).await?;
    created("CreateLaunchTemplate", made.launch_template().and_then(|template| template.launch_template_id()))
}

/// `DeleteLaunchTemplate`, by id.
pub(super) async fn delete(cloud: &AwsCloud, op: &DeleteLease<CloudId>) -> Result<Effect, Refusal> {
    let request = cloud.writes().ec2.delete_launch_template().launch_template_id(op.lease.as_str());
    let call = cloud.call("DeleteLaunchTemplate", Some(&op.lease));
    call.change(request.send()).await.map(|_| Effect::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_read_with_its_maker_and_one_without_an_id_is_an_error() {
        let described = aws::LaunchTemplate::builder()
            .launch_template_name("egress-lock-shop")
            .created_by("arn:aws:iam::123456789012:user/ana")
            .tags(aws::Tag::builder().key("egress:stack").value("shop").build());
        assert!(lease(&described.clone().build()).is_err());
        let read = lease(&described.launch_template_id("lt-1").build()).unwrap();
        let expected = Lease {
            id: "lt-1".into(),
            name: "egress-lock-shop".to_owned(),
            created_by: Some("arn:aws:iam::123456789012:user/ana".to_owned()),
            tags: egress_core::Tags::from([("egress:stack".to_owned(), "shop".to_owned())]),
        };
        assert_eq!(read, expected);
    }
}
