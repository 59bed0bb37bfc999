//! A function's configuration, as the tuner wants to know it, and its fingerprint.

use std::time::Duration;

use aws_sdk_lambda::operation::publish_version::PublishVersionOutput;
use aws_sdk_lambda::operation::update_function_configuration::UpdateFunctionConfigurationOutput;
use aws_sdk_lambda::types::{
    CapacityProviderConfig, DurableConfig, EnvironmentResponse, FileSystemConfig, FunctionConfiguration, ImageConfigResponse,
    LastUpdateStatus, Layer, LoggingConfig, SnapStartApplyOn, SnapStartResponse, State, VpcConfigResponse,
};
use sha2::{Digest as _, Sha256};

use crate::platform::Architecture;
use crate::tune::{FunctionState, Progress};
use crate::units::MemoryMb;

/// What AWS means when it gives no size of /tmp.
const DEFAULT_EPHEMERAL_STORAGE: MemoryMb = MemoryMb::new(512);

/// What AWS says about a function or a version, in the answer to any of three calls.
pub(super) trait Configuration {
    /// What the tuner wants to know; `None` when the answer leaves out what every function has.
    fn state(&self) -> Option<FunctionState>;

    /// Where the function logs to, where it is said.
    fn logging(&self) -> Option<&LoggingConfig>;
}

/// The three types have the same getters and no trait in common.
macro_rules! configuration {
    ($($answer:ty),+) => {$(
        impl Configuration for $answer {
            fn state(&self) -> Option<FunctionState> {
                let size = |megabytes: i32| u32::try_from(megabytes).ok().map(MemoryMb::new);
                let architecture = match self.architectures().first().map(|name| name.as_str()) {
                    Some("arm64") => Architecture::Arm,
                    _ => Architecture::X86,
                };
                let version = self.version().unwrap_or("$LATEST");
                let snap_start = self.snap_start().and_then(SnapStartResponse::apply_on);
                Some(FunctionState {
                    arn: unqualified(self.function_arn()?),
                    version: version.to_owned(),
                    memory: size(self.memory_size()?)?,
                    description: self.description().unwrap_or_default().to_owned(),
                    timeout: Duration::from_secs(u64::try_from(self.timeout()?).ok()?),
                    architecture,
                    ephemeral_storage: self
                        .ephemeral_storage()
                        .and_then(|storage| size(storage.size()))
                        .unwrap_or(DEFAULT_EPHEMERAL_STORAGE),
                    revision: self.revision_id().unwrap_or_default().to_owned(),
                    code_sha256: self.code_sha256().unwrap_or_default().to_owned(),
                    fingerprint: fingerprint!(self),
                    state: progress_of_state(self.state(), words(self.state_reason_code(), self.state_reason())),
                    last_update: progress_of_update(
                        self.last_update_status(),
                        words(self.last_update_status_reason_code(), self.last_update_status_reason()),
                    ),
                    reserved_concurrency: None,
                    snap_start: snap_start == Some(&SnapStartApplyOn::PublishedVersions),
                })
            }

            fn logging(&self) -> Option<&LoggingConfig> {
                self.logging_config()
            }
        }
    )+};
}

/// A digest of all that a deployment could change, and that a version has in common with the `$LATEST` it was published from.
///
/// Left out: memory and description, which the tuner changes itself; the code, which has its own digest; the ARN, version,
/// revision, states and times, which differ between versions; the optimization status of SnapStart, which only versions have;
/// the runtime's patch version and `ConfigSha256`, which AWS changes on its own.
macro_rules! fingerprint {
    ($answer:expr) => {{
        let answer = $answer;
        let mut digest = Fingerprint::default();
        digest.add("runtime", answer.runtime().map(|name| name.as_str()));
        digest.add("role", answer.role());
        digest.add("handler", answer.handler());
        digest.add("timeout", answer.timeout());
        digest.add("package type", answer.package_type().map(|name| name.as_str()));
        digest.add("kms key", answer.kms_key_arn());
        digest.add("dead letters", answer.dead_letter_config().and_then(|config| config.target_arn()));
        digest.add("tracing", answer.tracing_config().and_then(|config| config.mode()).map(|mode| mode.as_str()));
        digest.add("signing profile", answer.signing_profile_version_arn());
        digest.add("signing job", answer.signing_job_arn());
        digest.add("storage", answer.ephemeral_storage().map(|storage| storage.size()));
        digest.add("tenancy", answer.tenancy_config().map(|config| config.tenant_isolation_mode().as_str()));
        let apply_on = answer.snap_start().and_then(SnapStartResponse::apply_on);
        digest.add("snap start", apply_on.filter(|moment| **moment != SnapStartApplyOn::None).map(|moment| moment.as_str()));
        digest.all("architectures", answer.architectures().iter().map(|name| name.as_str()));
        digest.all("layers", answer.layers().iter().filter_map(Layer::arn));
        digest.network(answer.vpc_config());
        digest.environment(answer.environment());
        digest.file_systems(answer.file_system_configs());
        digest.image(answer.image_config_response());
        digest.logging(answer.logging_config());
        digest.capacity(answer.capacity_provider_config());
        digest.durable(answer.durable_config());
        digest.hex()
    }};
}
configuration!(FunctionConfiguration, UpdateFunctionConfigurationOutput, PublishVersionOutput);

/// The ARN without the version or alias that may follow its seven parts.
fn unqualified(arn: &str) -> String {
    arn.split(':').take(7).collect::<Vec<_>>().join(":")
}

/// AWS's code and words for a state.
fn words(code: Option<&impl AsRef<str>>, reason: Option<&str>) -> String {
    let code = code.map(AsRef::as_ref);
    match (reason, code) {
        (Some(reason), Some(code)) => format!("{reason} ({code})"),
        (Some(only), None) | (None, Some(only)) => only.to_owned(),
        (None, None) => "AWS gives no reason".to_owned(),
    }
}

/// An idle function is `Inactive` until it is called again: the first call is refused as busy, and wakes it up.
fn progress_of_state(state: Option<&State>, reason: String) -> Progress {
    match state {
        None | Some(State::Active | State::Inactive) => Progress::Ready,
        Some(State::Pending) => Progress::Pending,
        Some(other) => Progress::Failed { reason: format!("{}: {reason}", other.as_str()) },
    }
}

fn progress_of_update(status: Option<&LastUpdateStatus>, reason: String) -> Progress {
    match status {
        Some(LastUpdateStatus::InProgress) => Progress::Pending,
        Some(LastUpdateStatus::Failed) => Progress::Failed { reason },
        _ => Progress::Ready,
    }
}

/// A digest of named values; each with its length, so that no two lists look the same.
#[derive(Default)]
struct Fingerprint(Sha256);

impl Fingerprint {
    /// What is not set and what is set to nothing is the same to AWS, and not always said the same way.
    fn add(&mut self, name: &str, value: Option<impl ToString>) {
        let value = value.map(|value| value.to_string());
        self.all(name, value.as_deref().filter(|value| !value.is_empty()).into_iter());
    }

    fn all<'a>(&mut self, name: &str, values: impl Iterator<Item = &'a str>) {
        for part in values.flat_map(|value| [name, value]) {
            self.0.update((part.len() as u64).to_be_bytes());
            self.0.update(part);
        }
    }

    /// Where the order means nothing, AWS may change it.
    fn sorted(&mut self, name: &str, values: &[String]) {
        let mut values: Vec<&str> = values.iter().map(String::as_str).collect();
        values.sort_unstable();
        self.all(name, values.into_iter());
    }

    fn network(&mut self, config: Option<&VpcConfigResponse>) {
        let Some(config) = config else { return };
        self.sorted("subnet", config.subnet_ids());
        self.sorted("security group", config.security_group_ids());
        self.add("ipv6", config.ipv6_allowed_for_dual_stack().filter(|allowed| *allowed));
    }

    fn environment(&mut self, environment: Option<&EnvironmentResponse>) {
        let Some(variables) = environment.and_then(EnvironmentResponse::variables) else { return };
        let mut variables: Vec<(&String, &String)> = variables.iter().collect();
        variables.sort_unstable();
        for (name, value) in variables {
            self.add("variable", Some(name));
            self.add("value", Some(value));
        }
    }

    fn file_systems(&mut self, systems: &[FileSystemConfig]) {
        for system in systems {
            self.add("file system", Some(system.arn()));
            self.add("mounted at", Some(system.local_mount_path()));
            let direct = system.s3_files_config().and_then(|config| config.direct_s3_read());
            self.add("direct S3 read", direct.map(|read| read.as_str()));
        }
    }

    fn image(&mut self, image: Option<&ImageConfigResponse>) {
        let Some(image) = image.and_then(ImageConfigResponse::image_config) else { return };
        self.all("entry point", image.entry_point().iter().map(String::as_str));
        self.all("command", image.command().iter().map(String::as_str));
        self.add("working directory", image.working_directory());
    }

    fn logging(&mut self, logging: Option<&LoggingConfig>) {
        let Some(logging) = logging else { return };
        self.add("log format", logging.log_format().map(|format| format.as_str()));
        self.add("application log level", logging.application_log_level().map(|level| level.as_str()));
        self.add("system log level", logging.system_log_level().map(|level| level.as_str()));
        self.add("log group", logging.log_group());
    }

    fn capacity(&mut self, capacity: Option<&CapacityProviderConfig>) {
        let Some(capacity) = capacity.and_then(|config| config.lambda_managed_instances_capacity_provider_config()) else {
            return;
        };
        self.add("capacity provider", Some(capacity.capacity_provider_arn()));
        self.add("concurrency of an environment", capacity.per_execution_environment_max_concurrency());
        self.add("memory per vCPU", capacity.execution_environment_memory_gib_per_v_cpu());
    }

    fn durable(&mut self, durable: Option<&DurableConfig>) {
        let Some(durable) = durable else { return };
        self.add("durable key", durable.kms_key_arn());
        self.add("durable retention", durable.retention_period_in_days());
        self.add("durable timeout", durable.execution_timeout());
    }

    fn hex(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_lambda::types::{EphemeralStorage, SnapStartOptimizationStatus, StateReasonCode};

    const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:resize";

    fn builder() -> aws_sdk_lambda::types::builders::FunctionConfigurationBuilder {
        let environment = EnvironmentResponse::builder().variables("B", "2").variables("A", "1").build();
        FunctionConfiguration::builder()
            .function_arn(ARN)
            .version("$LATEST")
            .memory_size(512)
            .timeout(3)
            .revision_id("r1")
            .code_sha256("c")
            .handler("app.handler")
            .environment(environment)
    }

    fn state(builder: aws_sdk_lambda::types::builders::FunctionConfigurationBuilder) -> FunctionState {
        Configuration::state(&builder.build()).unwrap()
    }

    #[test]
    fn what_aws_leaves_out_has_its_default() {
        let found = state(builder());
        assert_eq!((found.architecture, found.ephemeral_storage.get(), found.memory.get()), (Architecture::X86, 512, 512));
        assert_eq!((&found.state, &found.last_update), (&Progress::Ready, &Progress::Ready));
        assert_eq!((found.arn.as_str(), found.description.as_str(), found.snap_start), (ARN, "", false));
        assert_eq!(Configuration::state(&builder().set_memory_size(None).build()), None);
    }

    #[test]
    fn states_say_whether_waiting_helps() {
        let of = |state_: State| state(builder().state(state_)).state;
        assert_eq!(of(State::Inactive), Progress::Ready);
        assert_eq!(of(State::Pending), Progress::Pending);
        let failed = builder().state(State::Failed).state_reason("no subnet").state_reason_code(StateReasonCode::InvalidSubnet);
        assert_eq!(state(failed).state, Progress::Failed { reason: "Failed: no subnet (InvalidSubnet)".to_owned() });
        let updating = |status| state(builder().last_update_status(status)).last_update;
        assert_eq!(updating(LastUpdateStatus::InProgress), Progress::Pending);
        assert_eq!(updating(LastUpdateStatus::Successful), Progress::Ready);
        assert!(matches!(updating(LastUpdateStatus::Failed), Progress::Failed { .. }));
    }

    #[test]
    fn a_version_of_an_unchanged_function_has_its_fingerprint() {
        let snap = |status| {
            SnapStartResponse::builder().apply_on(SnapStartApplyOn::PublishedVersions).optimization_status(status).build()
        };
        let latest = state(builder().snap_start(snap(SnapStartOptimizationStatus::Off)));
        let version = PublishVersionOutput::builder()
            .function_arn(format!("{ARN}:7"))
            .version("7")
            .memory_size(1024)
            .description("mark")
            .timeout(3)
            .revision_id("r2")
            .code_sha256("c")
            .code_size(9)
            .last_modified("now")
            .config_sha256("other")
            .master_arn("m")
            .state(State::Pending)
            .handler("app.handler")
            .vpc_config(VpcConfigResponse::builder().vpc_id("").build())
            .environment(EnvironmentResponse::builder().variables("A", "1").variables("B", "2").build())
            .snap_start(snap(SnapStartOptimizationStatus::On))
            .build();
        let version = Configuration::state(&version).unwrap();
        assert_eq!(version.fingerprint, latest.fingerprint);
        assert_eq!((version.arn.as_str(), version.version.as_str(), version.memory.get()), (ARN, "7", 1024));
        assert!(version.snap_start);
    }

    #[test]
    fn every_other_change_changes_the_fingerprint() {
        let environment = |value| EnvironmentResponse::builder().variables("A", value).variables("B", "2").build();
        let mut seen = vec![state(builder()).fingerprint];
        for changed in [
            builder().handler("app.other"),
            builder().role("r"),
            builder().timeout(4),
            builder().kms_key_arn("k"),
            builder().environment(environment("3")),
            builder().environment(environment("1B2")),
            builder().snap_start(SnapStartResponse::builder().apply_on(SnapStartApplyOn::PublishedVersions).build()),
            builder().layers(Layer::builder().arn("l:1").build()),
            builder().layers(Layer::builder().arn("l:2").build()),
            builder().ephemeral_storage(EphemeralStorage::builder().size(1024).build().unwrap()),
            builder().architectures(aws_sdk_lambda::types::Architecture::Arm64),
            builder().vpc_config(VpcConfigResponse::builder().subnet_ids("s").build()),
            builder().logging_config(LoggingConfig::builder().log_group("g").build()),
            builder().durable_config(DurableConfig::builder().execution_timeout(9).build()),
        ] {
            seen.push(state(changed).fingerprint);
        }
        let count = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), count);
        assert!(seen.iter().all(|digest| digest.len() == 64));
    }

    #[test]
    fn the_arn_loses_its_version_and_nothing_else() {
        assert_eq!(unqualified(ARN), ARN);
        assert_eq!(unqualified(&format!("{ARN}:7")), ARN);
        assert_eq!(unqualified(&format!("{ARN}:$LATEST")), ARN);
        assert_eq!(unqualified(&format!("{ARN}7")), format!("{ARN}7"));
    }
}
