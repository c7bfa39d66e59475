//! The SDK's clients, in two stances: one for reads and one for calls that change something.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_smithy_runtime::client::retries::{ClientRateLimiter, RetryPartition, TokenBucket};
use aws_smithy_types::{retry::RetryConfig, timeout::TimeoutConfig};

use super::{calls::CallLog, whole::WholeAnswers};

/// How long an attempt to read may take.
const READ_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a mutating call may take: longer, because a lost answer costs an observation.
const CHANGE_TIMEOUT: Duration = Duration::from_secs(30);
/// How long an invocation may take: a probe's own limit of 60 s and a cold start.
pub(crate) const INVOKE_TIMEOUT: Duration = Duration::from_secs(90);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a read is sent in all.
const READ_ATTEMPTS: u32 = 4;

/// One client per service.
#[derive(Clone, Debug)]
pub(crate) struct Clients {
    pub(crate) ec2: aws_sdk_ec2::Client,
    pub(crate) lambda: aws_sdk_lambda::Client,
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) sts: aws_sdk_sts::Client,
    pub(crate) tagging: aws_sdk_resourcegroupstagging::Client,
}

/// The services' configurations are different types with the same methods.
///
/// This is the one list of them.
macro_rules! clients {
    ($config:expr, $retry:expr, $timeout:expr, $calls:expr) => {
        clients!(
            $config, $retry, $timeout, $calls,
            ec2: aws_sdk_ec2, lambda: aws_sdk_lambda, iam: aws_sdk_iam, sts: aws_sdk_sts, tagging: aws_sdk_resourcegroupstagging
        )
    };
    ($config:expr, $retry:expr, $timeout:expr, $calls:expr, $( $name:ident: $sdk:ident ),+) => {
        Clients { $( $name: {
            let builder = $sdk::config::Builder::from($config)
                .retry_config($retry.clone())
                .retry_partition(partition(stringify!($name)))
                .timeout_config($timeout.clone())
                .stalled_stream_protection($sdk::config::StalledStreamProtectionConfig::disabled())
                .interceptor($calls.clone())
                .interceptor(WholeAnswers);
            $sdk::Client::from_conf(builder.build())
        } ),+ }
    };
}

impl Clients {
    /// Reads: the SDK's own retry, with a quota of this client's own. The SDK's default quota belongs to the whole process, and
    /// time does not fill it again.
    pub(crate) fn reading(config: &SdkConfig, calls: &CallLog) -> Self {
        let retry = RetryConfig::standard().with_max_attempts(READ_ATTEMPTS);
        let timeout = timeouts(READ_TIMEOUT);
        clients!(config, retry, timeout, calls)
    }

    /// Changes: sent once. Whoever called decides what a lost answer means.
    pub(crate) fn changing(config: &SdkConfig, calls: &CallLog) -> Self {
        let (retry, timeout) = (RetryConfig::disabled(), timeouts(CHANGE_TIMEOUT));
        clients!(config, retry, timeout, calls)
    }
}

/// Limits for each attempt: a server that accepts a connection and says nothing would hold the SDK for ever.
fn timeouts(attempt: Duration) -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(attempt)
        .operation_attempt_timeout(attempt)
        .build()
}

fn partition(service: &'static str) -> RetryPartition {
    RetryPartition::custom(service)
        .token_bucket(TokenBucket::default())
        .client_rate_limiter(ClientRateLimiter::default())
        .build()
}

/// What a client is made of where it is not made from the environment.
#[cfg(test)]
pub(crate) struct Wiring {
    pub(crate) region: String,
    pub(crate) credentials: aws_credential_types::provider::SharedCredentialsProvider,
    pub(crate) http: aws_smithy_runtime_api::client::http::SharedHttpClient,
    pub(crate) sleep: aws_smithy_async::rt::sleep::SharedAsyncSleep,
    pub(crate) time: aws_smithy_async::time::SharedTimeSource,
    pub(crate) endpoint: Option<String>,
}

#[cfg(test)]
impl Wiring {
    /// Real sockets and the machine's time, with credentials that any emulator takes.
    pub(crate) fn at(endpoint: String, region: &str) -> Self {
        use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
        use aws_smithy_async::{
            rt::sleep::{SharedAsyncSleep, TokioSleep},
            time::{SharedTimeSource, SystemTimeSource},
        };
        Self {
            region: region.to_owned(),
            credentials: SharedCredentialsProvider::new(Credentials::new("AKIA", "secret", None, None, "tests")),
            http: super::settings::http_client(),
            sleep: SharedAsyncSleep::new(TokioSleep::new()),
            time: SharedTimeSource::new(SystemTimeSource::new()),
            endpoint: Some(endpoint),
        }
    }

    pub(crate) fn config(self) -> SdkConfig {
        let mut config = SdkConfig::builder()
            .behavior_version(super::settings::BEHAVIOUR())
            .region(aws_config::Region::new(self.region))
            .credentials_provider(self.credentials)
            .http_client(self.http)
            .sleep_impl(self.sleep)
            .time_source(self.time);
        config.set_endpoint_url(self.endpoint);
        config.build()
    }
}
