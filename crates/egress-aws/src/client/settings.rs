//! Where credentials and the region come from.

use aws_config::{AppName, BehaviorVersion, ConfigLoader, Region, SdkConfig, sts::AssumeRoleProvider};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::{Builder, Connector, proxy::ProxyConfig, tls};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use egress_core::{CloudError, ErrorKind};

/// What the user says about how AWS is reached. What is not said comes from the environment, as it does for the AWS CLI.
///
/// Credentials are found by the usual chain: the environment, a profile (which may assume a role, use SSO, run a process,
/// or hold a web identity or an `aws login` session), a container, the instance. `AWS_ENDPOINT_URL` and its kin are
/// honoured, `HTTPS_PROXY` and `NO_PROXY` too.
///
/// The SDK does not ask for the code of an MFA device. For a profile with `mfa_serial`, get temporary credentials first,
/// e.g. with `aws sts get-session-token`, `aws configure export-credentials` or `aws sso login`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// The profile, instead of `AWS_PROFILE`.
    pub profile: Option<String>,
    /// The region, instead of `AWS_REGION` and the profile's.
    pub region: Option<String>,
    /// A role to assume with the credentials that were found.
    pub role_arn: Option<String>,
    /// Another endpoint for all services, instead of `AWS_ENDPOINT_URL`.
    pub endpoint_url: Option<String>,
}

impl Settings {
    /// Chooses the profile.
    #[must_use]
    pub fn profile(mut self, profile: Option<String>) -> Self {
        self.profile = profile;
        self
    }

    /// Chooses the region.
    #[must_use]
    pub fn region(mut self, region: Option<String>) -> Self {
        self.region = region;
        self
    }

    /// Assumes a role.
    #[must_use]
    pub fn role_arn(mut self, role_arn: Option<String>) -> Self {
        self.role_arn = role_arn;
        self
    }

    /// Goes to another endpoint than AWS's.
    #[must_use]
    pub fn endpoint_url(mut self, endpoint_url: Option<String>) -> Self {
        self.endpoint_url = endpoint_url;
        self
    }
}

/// The name under which AWS's logs know these calls.
const APP_NAME: &str = "egress";

/// Which of the SDK's defaults hold; fixed, so that an update of the SDK changes none of them unseen.
pub(super) const BEHAVIOUR: fn() -> BehaviorVersion = BehaviorVersion::v2026_01_12;

pub(super) async fn config(settings: &Settings) -> Result<SdkConfig, CloudError> {
    let base = loader(settings).load().await;
    let Some(role) = &settings.role_arn else { return Ok(base) };
    if role.parse::<crate::Arn>().ok().is_none_or(|arn| arn.role_name().is_none()) {
        let message = "this is no ARN of a role";
        return Err(CloudError::new(ErrorKind::Invalid, "connect", message)
            .on(role)
            .hint("a role's ARN is written like arn:aws:iam::123456789012:role/deployer"));
    }
    let assumed = AssumeRoleProvider::builder(role).session_name(APP_NAME).configure(&base).build().await;
    Ok(base.into_builder().credentials_provider(SharedCredentialsProvider::new(assumed)).build())
}

fn loader(settings: &Settings) -> ConfigLoader {
    let mut loader = aws_config::defaults(BEHAVIOUR()).http_client(http_client());
    if let Ok(name) = AppName::new(APP_NAME) {
        loader = loader.app_name(name);
    }
    if let Some(profile) = &settings.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &settings.region {
        loader = loader.region(Region::new(region.clone()));
    }
    if let Some(endpoint) = &settings.endpoint_url {
        loader = loader.endpoint_url(endpoint);
    }
    loader
}

/// TLS by rustls over ring, trusting what the system trusts.
pub(super) fn http_client() -> SharedHttpClient {
    Builder::new().build_with_connector_fn(|settings, components| {
        let mut connector = Connector::builder().proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        connector.tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring)).build()
    })
}
