//! Sets of DHCP options: which name servers the hosts of networks are told to use.

use std::{collections::BTreeMap, net::IpAddr};

use aws_sdk_ec2::types as aws;
use egress_core::{CloudError, CloudId};

use crate::{
    AwsCloud,
    wire::{filter, id, pages, unreadable_in},
};

/// The name servers by set, `which` of them or all; none for the cloud's own resolver.
pub(super) async fn name_servers(
    cloud: &AwsCloud,
    which: Option<&[CloudId]>,
) -> Result<BTreeMap<CloudId, Vec<IpAddr>>, CloudError> {
    if which.is_some_and(<[_]>::is_empty) {
        return Ok(BTreeMap::new());
    }
    let which = which.map(|ids| vec![filter("dhcp-options-id", ids)]);
    let request = cloud.reads().ec2.describe_dhcp_options().set_filters(which).max_results(1000);
    let sets = pages!(cloud, "DescribeDhcpOptions", request).await?;
    let read = sets.iter().map(|set| Ok((id("dhcpOptionsId", set.dhcp_options_id())?, servers(set))));
    read.collect::<crate::wire::Read<_>>().map_err(unreadable_in("DescribeDhcpOptions"))
}

/// Where the word for the cloud's own resolver stands among them, it is asked too, so it counts.
fn servers(set: &aws::DhcpOptions) -> Vec<IpAddr> {
    let named = set.dhcp_configurations().iter().filter(|c| c.key() == Some("domain-name-servers"));
    let named: Vec<&str> = named.flat_map(|c| c.values()).filter_map(|value| value.value()).collect();
    if named.contains(&"AmazonProvidedDNS") {
        return Vec::new();
    }
    named.into_iter().filter_map(|server| server.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{AttributeValue, DhcpConfiguration};

    use super::*;

    #[test]
    fn only_servers_of_ones_own_are_told() {
        let read = |key: &str, values: &[&str]| {
            let values = values.iter().map(|value| AttributeValue::builder().value(*value).build()).collect();
            let said = DhcpConfiguration::builder().key(key).set_values(Some(values)).build();
            servers(&aws::DhcpOptions::builder().dhcp_configurations(said).build())
        };
        let own: [IpAddr; 2] = ["10.0.0.2", "fd00::2"].map(|ip| ip.parse().unwrap());
        assert_eq!(read("domain-name-servers", &["10.0.0.2", "fd00::2"]), own);
        assert_eq!(read("domain-name-servers", &["AmazonProvidedDNS"]), Vec::<IpAddr>::new());
        assert_eq!(read("ntp-servers", &["10.0.0.2"]), Vec::<IpAddr>::new());
    }
}
