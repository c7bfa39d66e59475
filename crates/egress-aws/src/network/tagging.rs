//! Tags of EC2's things.

use egress_core::{CloudId, Effect, op::SetTags};

use crate::{AwsCloud, client::Refusal, wire};

/// `CreateTags`, then `DeleteTags`: two calls where tags are both set and removed. Sent again, both do the same again.
pub(crate) async fn set_ec2_tags(cloud: &AwsCloud, op: &SetTags<CloudId>) -> Result<Effect, Refusal> {
    let id = op.resource.as_str();
    let ec2 = &cloud.writes().ec2;
    let mut changed = false;
    if !op.set.is_empty() {
        let request = ec2.create_tags().resources(id).set_tags(Some(wire::ec2_tags(&op.set)));
        cloud.call("CreateTags", Some(id)).change(request.send()).await?;
        changed = true;
    }
    if !op.remove.is_empty() {
        // A tag named without a value goes whatever its value is.
        let gone = op.remove.iter().map(|name| aws_sdk_ec2::types::Tag::builder().key(name).build()).collect();
        let request = ec2.delete_tags().resources(id).set_tags(Some(gone));
        let removed = cloud.call("DeleteTags", Some(id)).change(request.send()).await;
        removed.map_err(|refusal| if changed { refusal.after_a_change() } else { refusal })?;
    }
    Ok(Effect::default())
}
