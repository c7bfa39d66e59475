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

/// A scheme and a host; the rest is the HTTP client's to judge.
fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
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
        if let Some(endpoint) = endpoint.as_ref().filter(|endpoint| !is_url(endpoint)) {
            return Err(CloudError::new(ErrorKind::Invalid, "connect", "this is no endpoint's URL")
                .on(endpoint)
                .hint("an endpoint is written like http://127.0.0.1:4566; see --endpoint-url and AWS_ENDPOINT_URL"));
        }
        Ok(Self { region, partition, endpoint })
    }

    /// What to look at where nothing answers.
    pub(crate) fn reach_hint(&self) -> String {
        match &self.endpoint {
            Some(endpoint) => {
                format!("is {endpoint} up, and reachable from here? it comes from --endpoint-url or AWS_ENDPOINT_URL")
            }
            None => {
                let Self { region, partition, .. } = self;
                let suffix = partition.dns_suffix();
                format!(
                    "check the connection to *.{region}.{suffix} and its proxy, and that the region {region} exists"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_config::Region;

    use super::*;

    fn place(region: Option<&'static str>) -> Result<Place, String> {
        let mut config = SdkConfig::builder();
        config.set_region(region.map(Region::from_static));
        Place::of(&config.build(), None)
            .map_err(|error| format!("{error} [{}]", error.hint.as_deref().unwrap_or_default()))
    }

    #[test]
    fn without_a_region_of_a_known_partition_there_is_no_place() {
        assert_eq!(place(Some("cn-north-1")).unwrap().partition, Partition::AwsCn);
        for region in [None, Some(""), Some("tokyo"), Some("us-iso-east-1")] {
            let error = place(region).unwrap_err();
            assert!(error.contains("region"), "{error}");
        }
    }

    #[test]
    fn an_endpoint_that_was_named_is_what_to_look_at() {
        let config = SdkConfig::builder().region(Region::from_static("us-east-1")).build();
        let hint = |endpoint| Place::of(&config, endpoint).unwrap().reach_hint();
        assert!(hint(Some("http://127.0.0.1:9")).contains("http://127.0.0.1:9"));
        assert!(hint(None).contains("*.us-east-1.amazonaws.com"));
    }

    #[test]
    fn an_endpoint_that_is_no_url_is_refused() {
        let config = SdkConfig::builder().region(Region::from_static("us-east-1")).build();
        let of = |endpoint| Place::of(&config, Some(endpoint)).map_err(|error| error.kind).map(drop);
        for good in ["http://127.0.0.1:4566", "https://ec2.internal/path", "http://[::1]:1"] {
            assert_eq!(of(good), Ok(()), "{good}");
        }
        for bad in ["", "127.0.0.1:4566", "localhost", "ftp://x", "http://", "http:///x"] {
            assert_eq!(of(bad), Err(ErrorKind::Invalid), "{bad}");
        }
    }
}
