//! AWS's shapes, each beside what it means. One file per family: the shape, the World that it tells, the shape that a World makes.
//!
//! Fields are AWS's own; those that mean nothing to a World are not there. The meaning of each is the one that `egress-aws` gives
//! to the same field of the SDK: the same World comes out of files and of a live account.

pub(crate) mod block;
pub(crate) mod endpoints;
pub(crate) mod filters;
pub(crate) mod functions;
pub(crate) mod gateways;
pub(crate) mod interfaces;
pub(crate) mod machines;
pub(crate) mod nat;
pub(crate) mod peerings;
pub(crate) mod policies;
pub(crate) mod prefix_lists;
pub(crate) mod roles;
pub(crate) mod routes;
pub(crate) mod tags;
pub(crate) mod transit;
pub(crate) mod vpcs;
pub(crate) mod zones;

/// Declares shapes of AWS: every field may be absent, and is named as AWS names it.
macro_rules! shapes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
        #[serde(default, rename_all = "PascalCase")]
        pub(crate) struct $name {
            $($(#[$field_meta])* pub(crate) $field: $type,)*
        }
    )*};
}
pub(crate) use shapes;

/// An ARN. The region tells the partition (AWS General Reference, "Amazon Resource Names").
pub(crate) fn arn_of(service: &str, region: &str, account: &str, resource: &str) -> String {
    let partition = partition(region);
    // What is the whole account's stands in no region.
    let region = if service == "iam" { "" } else { region };
    format!("arn:{partition}:{service}:{region}:{account}:{resource}")
}

fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}
