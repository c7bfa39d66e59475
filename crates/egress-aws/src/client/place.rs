//! Where the calls go.

use aws_config::SdkConfig;
use egress_core::{CloudError, ErrorKind};

use crate::Partition;

/// The region, and the endpoint where it is not AWS's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) region: String,
    pub(crate) partition: Partition,
    pub(crate) endpoint: Option<String>,
}

impl Place {
    pub(crate) fn of(config: &SdkConfig, endpoint: Option<&str>) -> Result<Self, CloudError> {
        let Some(region) = config.region().map(|region| region.as_ref().to_owned()).filter(|r| !r.is_empty()) else {
            return Err(CloudError::new(ErrorKind::Invalid, "connect", "no region is set")
                .hint("give --region, or set AWS_REGION, or `region` in the profile"));
        };
        let Some(partition) = Partition::of_region(&region) else {
            return Err(CloudError::new(ErrorKind::Invalid, "connect", "this is no region of a known partition")
                .on(&region)
                .hint("a region is written like ap-northeast-1; isolated and sovereign partitions are not supported"));
        };
        let endpoint = endpoint.or(config.endpoint_url()).map(str::to_owned);
        Ok(Self { region, partition, endpoint })
    }

    /// What to look at where nothing answers.
    pub(crate) fn reach_hint(&self) -> String {
        match &self.endpoint {
            Some(endpoint) => {
                format!("is {endpoint} up, and reachable from here? it comes from --endpoint-url or AWS_ENDPOINT_URL")
            }
            None => format!(
                "check the connection to {}.{} and its proxy, and that the region {} exists",
                self.region,
                self.partition.dns_suffix(),
                self.region
            ),
        }
    }
}
