//! How AWS is reached: credentials, region, endpoint, time-outs. Checked before anything is asked.

use std::time::Duration;

use aws_config::sts::AssumeRoleProvider;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_sdk_lambda::config::StalledStreamProtectionConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;

use super::failure::{chain, credentials_words};
use super::function_name::FunctionName;

/// Who is asking, in AWS's logs and as the name of assumed sessions.
const APP_NAME: &str = "millicent";
/// How long opening a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How much longer than the function's own time-out an invocation may take: queues, INIT, the network.
const INVOKE_MARGIN: Duration = Duration::from_secs(30);

/// How AWS is to be reached; what is not given comes from the environment and the profile, as with every AWS tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The named profile.
    pub profile: Option<String>,
    /// The region; it goes before the one in the function's ARN.
    pub region: Option<String>,
    /// Another endpoint than AWS's own, for all services.
    pub endpoint_url: Option<String>,
    /// A role to assume, as an ARN.
    pub assume_role: Option<String>,
    /// How long a call may take, invocations aside.
    pub call_timeout: Duration,
}

impl Default for Access {
    fn default() -> Self {
        Self { profile: None, region: None, endpoint_url: None, assume_role: None, call_timeout: Duration::from_secs(30) }
    }
}

/// Why AWS cannot be reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// Nothing names a region.
    #[error("no region is known (give --region or the function's ARN, or set AWS_REGION or the profile's region)")]
    NoRegion,
    /// The credentials are missing, expired or cannot be loaded.
    #[error("{profile}{problem}")]
    Credentials {
        /// The profile that was named, as the beginning of a sentence; empty when none was.
        profile: String,
        /// What is wrong and what to do about it.
        problem: String,
    },
    /// The role could not be assumed.
    #[error("the role {role} could not be assumed: {problem} (is sts:AssumeRole allowed, and does the role trust the caller?)")]
    AssumeRole {
        /// The role.
        role: String,
        /// Why.
        problem: String,
    },
}

/// AWS, ready to be asked.
#[derive(Debug, Clone)]
pub struct Connected {
    config: SdkConfig,
    region: String,
}

/// Finds region and credentials for a function.
///
/// # Errors
/// When there is no region, or there are no credentials that work so far as can be said without a call.
pub async fn connect(access: &Access, function: &FunctionName) -> Result<Connected, ConnectError> {
    let mut loader = aws_config::defaults(BehaviorVersion::latest());
    if let Some(profile) = &access.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = access.region.as_deref().or(function.region()) {
        loader = loader.region(Region::new(region.to_owned()));
    }
    if let Some(endpoint) = &access.endpoint_url {
        loader = loader.endpoint_url(endpoint);
    }
    let mut config = loader.load().await;
    if config.region().is_none() {
        return Err(ConnectError::NoRegion);
    }
    let checked = check_credentials(&config).await;
    checked.map_err(|problem| ConnectError::Credentials {
        profile: access.profile.as_ref().map_or_else(String::new, |profile| format!("profile {profile:?}: ")),
        problem: credentials_words(&problem),
    })?;
    if let Some(role) = &access.assume_role {
        let provider = AssumeRoleProvider::builder(role).session_name(APP_NAME).configure(&config).build().await;
        config = config.into_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build();
        let checked = check_credentials(&config).await;
        checked.map_err(|problem| ConnectError::AssumeRole { role: role.clone(), problem: chain(&problem) })?;
    }
    Connected::new(config, access.call_timeout)
}

/// Loads the credentials once, so that what is wrong with them is said before anything is done.
async fn check_credentials(config: &SdkConfig) -> Result<(), CredentialsError> {
    match config.credentials_provider() {
        None => Err(CredentialsError::not_loaded_no_source()),
        Some(provider) => provider.provide_credentials().await.map(drop),
    }
}

impl Connected {
    /// A configuration with the rules of this driver: nothing is repeated, nothing hangs.
    pub(super) fn new(config: SdkConfig, call_timeout: Duration) -> Result<Self, ConnectError> {
        let region = config.region().ok_or(ConnectError::NoRegion)?.to_string();
        let timeouts = TimeoutConfig::builder().connect_timeout(CONNECT_TIMEOUT).operation_attempt_timeout(call_timeout).build();
        let mut builder = config.into_builder().retry_config(RetryConfig::disabled()).timeout_config(timeouts);
        // The name is made of letters only, so it always is one.
        builder.set_app_name(AppName::new(APP_NAME).ok());
        Ok(Self { config: builder.build(), region })
    }

    /// The region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Whether AWS itself answers, and not something that stands in for it.
    #[must_use]
    pub fn is_aws(&self) -> bool {
        self.config.endpoint_url().is_none_or(|url| {
            let host = url.split("://").last().unwrap_or_default().split(['/', ':']).next().unwrap_or_default();
            [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"].iter().any(|domain| host.ends_with(domain))
        })
    }

    /// The Lambda service, in the function's region or another one.
    pub(super) fn lambda(&self, region: Option<&str>) -> aws_sdk_lambda::Client {
        let builder = aws_sdk_lambda::config::Builder::from(&self.config);
        aws_sdk_lambda::Client::from_conf(match region {
            Some(region) => builder.region(Region::new(region.to_owned())).build(),
            None => builder.build(),
        })
    }

    /// The logs.
    pub(super) fn logs(&self) -> aws_sdk_cloudwatchlogs::Client {
        aws_sdk_cloudwatchlogs::Client::new(&self.config)
    }

    /// S3, in a region. What stands in for AWS has no host for each bucket.
    pub(super) fn s3(&self, region: &str) -> aws_sdk_s3::Client {
        let builder = aws_sdk_s3::config::Builder::from(&self.config).region(Region::new(region.to_owned()));
        aws_sdk_s3::Client::from_conf(builder.force_path_style(self.config.endpoint_url().is_some()).build())
    }
}

/// The time-outs of an invocation of a function that may run for `timeout`. Nothing flows while it runs, so that a guard against
/// stalled streams would have nothing to guard.
pub(super) fn invoke_config(timeout: Duration) -> aws_sdk_lambda::config::Builder {
    let patience = timeout + INVOKE_MARGIN;
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .read_timeout(patience)
        .operation_attempt_timeout(patience + CONNECT_TIMEOUT)
        .build();
    aws_sdk_lambda::config::Builder::new()
        .timeout_config(timeouts)
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connected(endpoint: Option<&str>, region: Option<&str>) -> Result<Connected, ConnectError> {
        let mut builder = SdkConfig::builder().behavior_version(BehaviorVersion::latest());
        builder.set_endpoint_url(endpoint.map(str::to_owned));
        builder.set_region(region.map(|region| Region::new(region.to_owned())));
        Connected::new(builder.build(), Duration::from_secs(9))
    }

    #[test]
    fn only_an_endpoint_of_aws_is_aws() {
        for (endpoint, is_aws) in [
            (None, true),
            (Some("https://lambda.cn-north-1.amazonaws.com.cn/"), true),
            (Some("https://vpce-1.lambda.eu-west-1.vpce.amazonaws.com"), true),
            (Some("http://127.0.0.1:4601"), false),
            (Some("http://amazonaws.com.example.org"), false),
        ] {
            assert_eq!(connected(endpoint, Some("eu-west-1")).unwrap().is_aws(), is_aws, "{endpoint:?}");
        }
    }

    #[test]
    fn retries_are_off_and_calls_end() {
        let connected = connected(None, Some("eu-west-1")).unwrap();
        assert_eq!(connected.config.retry_config().map(RetryConfig::max_attempts), Some(1));
        let timeouts = connected.config.timeout_config().unwrap();
        assert_eq!(timeouts.operation_attempt_timeout(), Some(Duration::from_secs(9)));
        assert_eq!(connected.config.app_name().map(ToString::to_string).as_deref(), Some("millicent"));
    }

    #[test]
    fn an_invocation_may_take_as_long_as_the_function_and_a_little_more() {
        let config = invoke_config(Duration::from_secs(900)).build();
        let timeouts = config.timeout_config().unwrap();
        assert_eq!(timeouts.read_timeout(), Some(Duration::from_secs(930)));
        assert_eq!(timeouts.operation_attempt_timeout(), Some(Duration::from_secs(940)));
        assert!(!config.stalled_stream_protection().unwrap().is_enabled());
    }

    #[test]
    fn a_missing_region_is_said_with_its_remedy() {
        let problem = connected(None, None).unwrap_err();
        assert_eq!(problem, ConnectError::NoRegion);
        assert!(problem.to_string().contains("--region"));
    }

    #[tokio::test]
    async fn missing_credentials_are_said_with_their_remedy() {
        let words = credentials_words(&CredentialsError::not_loaded_no_source());
        assert!(words.starts_with("no AWS credentials were found (log in"), "{words}");
        let words = credentials_words(&CredentialsError::provider_error("the SSO session has expired"));
        assert!(words.contains("the SSO session has expired"), "{words}");
        let nothing = connected(None, Some("eu-west-1")).unwrap();
        assert!(check_credentials(&nothing.config).await.is_err());
    }
}
