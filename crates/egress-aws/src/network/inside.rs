//! Names what keeps a thing from being deleted.

use aws_sdk_ec2::types::NetworkInterface;
use egress_core::{CloudError, CloudId, ErrorKind};

use crate::{
    AwsCloud,
    client::Refusal,
    wire::{OF_LAMBDA, filter, pages},
};

/// How many of the things inside are named.
const NAMED: usize = 3;

/// Adds to a refusal what is inside, where that can be read. `filter_name` is EC2's name for where interfaces are looked for.
pub(super) async fn named(cloud: &AwsCloud, refusal: Refusal, filter_name: &'static str, of: &CloudId) -> Refusal {
    let Refusal::Certain(error) = refusal else { return refusal };
    if error.kind != ErrorKind::InUse {
        return Refusal::Certain(error);
    }
    let request = cloud.reads().ec2.describe_network_interfaces().filters(filter(filter_name, [of])).max_results(1000);
    let inside = pages!(cloud, "DescribeNetworkInterfaces", request).await.unwrap_or_default();
    match sentence(&inside) {
        Some(sentence) => Refusal::Certain(CloudError { message: format!("{}; {sentence}", error.message), ..error }),
        None => Refusal::Certain(error),
    }
}

fn sentence(inside: &[NetworkInterface]) -> Option<String> {
    let name = |interface: &NetworkInterface| {
        let id = interface.network_interface_id().unwrap_or("an interface");
        let description = interface.description().filter(|text| !text.is_empty());
        match description {
            // Functions share interfaces: the one that it is named after may have left long ago.
            Some(text) if text.starts_with(OF_LAMBDA) => format!("{id} ({text}, perhaps of other functions by now)"),
            Some(text) => format!("{id} ({text})"),
            None => id.to_owned(),
        }
    };
    let mut names: Vec<String> = inside.iter().map(name).collect();
    names.sort();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!names.is_empty()).then(|| format!("inside: {}{rest}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_inside_is_named_and_the_rest_counted() {
        let interface = |id: &str, description: &str| {
            NetworkInterface::builder().network_interface_id(id).description(description).build()
        };
        let inside = [
            interface("eni-2", "AWS Lambda VPC ENI-pay-1"),
            interface("eni-1", ""),
            interface("eni-3", "Interface for NAT Gateway nat-1"),
            interface("eni-4", ""),
        ];
        assert_eq!(
            sentence(&inside).unwrap(),
            "inside: eni-1, eni-2 (AWS Lambda VPC ENI-pay-1, perhaps of other functions by now), \
             eni-3 (Interface for NAT Gateway nat-1) and 1 more"
        );
        assert_eq!(sentence(&[]), None);
    }
}
