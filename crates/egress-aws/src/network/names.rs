//! Reads how hosts of a network ask for names: whether the cloud's resolver answers, and which name servers they are told.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{self as aws, VpcAttributeName};
use egress_core::{
    CloudError, CloudId, ErrorKind, Scope,
    world::{Endpoint, EndpointKind, Listing, NetworkPart},
};
use futures::{StreamExt, TryStreamExt, join, stream, try_join};

use super::{dhcp, vpcs};
use crate::{AwsCloud, gaps::Gaps, wire::id_if};

/// How many networks' attributes are read at once.
const AT_ONCE: usize = 8;

pub(super) async fn observe(
    cloud: &AwsCloud,
    scope: &Scope,
    vpcs: &[aws::Vpc],
    part: &mut NetworkPart,
) -> Result<(), CloudError> {
    let depends = |network: &CloudId| part.endpoints.values().any(|e| &e.network == network && has_private_name(e));
    let everything = scope == &Scope::Everything;
    let asked: Vec<CloudId> = part.networks.keys().filter(|id| everything || depends(id)).cloned().collect();
    let sets: BTreeMap<CloudId, CloudId> = vpcs.iter().filter_map(|vpc| set_of(vpc, &asked)).collect();
    let which: Vec<CloudId> = sets.values().collect::<BTreeSet<_>>().into_iter().cloned().collect();
    let attributes = stream::iter(asked).map(|id| attributes_of(cloud, id)).buffered(AT_ONCE).try_collect::<Vec<_>>();
    let (attributes, servers) = join!(attributes, dhcp::name_servers(cloud, (!everything).then_some(which.as_slice())));
    let gaps = Gaps::of(scope);
    // Only whether private names of endpoints work depends on them.
    let attributes = gaps.take(&mut part.unseen, Listing::Endpoints, attributes)?;
    for (id, (support, hostnames)) in attributes {
        if let Some(network) = part.networks.get_mut(&id) {
            (network.dns_support, network.dns_hostnames) = (support, hostnames);
        }
    }
    let servers = Gaps::Noted.take(&mut part.unseen, Listing::Endpoints, servers)?;
    for (id, set) in sets {
        if let (Some(network), Some(servers)) = (part.networks.get_mut(&id), servers.get(&set)) {
            network.name_servers.clone_from(servers);
        }
    }
    Ok(())
}

/// A network that is asked about and its set of DHCP options; `None` for the word that stands for none.
fn set_of(vpc: &aws::Vpc, asked: &[CloudId]) -> Option<(CloudId, CloudId)> {
    let (id, set) = (id_if(vpc.vpc_id())?, id_if(vpc.dhcp_options_id())?);
    (asked.contains(&id) && set.as_str() != "default").then_some((id, set))
}

fn has_private_name(endpoint: &Endpoint) -> bool {
    matches!(endpoint.kind, EndpointKind::Interface { private_dns: true, .. })
}

/// The attributes of a network; one that has gone meanwhile has the usual ones.
async fn attributes_of(cloud: &AwsCloud, id: CloudId) -> Result<(CloudId, (bool, bool)), CloudError> {
    let ask = |attribute: VpcAttributeName| {
        let request = cloud.reads().ec2.describe_vpc_attribute().vpc_id(id.as_str()).attribute(attribute);
        cloud.call("DescribeVpcAttribute", Some(&id)).read(request.send())
    };
    let asked = try_join!(ask(VpcAttributeName::EnableDnsSupport), ask(VpcAttributeName::EnableDnsHostnames));
    let (support, hostnames) = match asked {
        Ok(answers) => answers,
        Err(error) if error.kind == ErrorKind::NotFound => return Ok((id, vpcs::DNS_BY_DEFAULT)),
        Err(error) => return Err(error),
    };
    let is = |value: Option<&aws::AttributeBooleanValue>| value.and_then(|value| value.value()).unwrap_or_default();
    Ok((id, (is(support.enable_dns_support()), is(hostnames.enable_dns_hostnames()))))
}
