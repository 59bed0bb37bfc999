//! The emulated account as its owner sees it: functions deployed, what is there, and the command that tunes them.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use aws_sdk_lambda::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, FunctionCode, FunctionConfiguration, LoggingConfig, Runtime, State};
use serde_json::Value;
use tempfile::TempDir;

use super::server::Server;
use crate::fake_aws::millicent;

const REGION: &str = "us-east-1";
/// No run of these tests takes nearly as long; one that hangs must not hang the tests.
const LONGEST_RUN: Duration = Duration::from_secs(180);

/// A function to deploy.
#[derive(Clone)]
pub(crate) struct Deployed<'d> {
    pub(crate) name: &'d str,
    pub(crate) memory_mb: i32,
    pub(crate) timeout_s: i32,
    pub(crate) variables: &'d [(&'d str, &'d str)],
}

/// 256 MB, 20 s; it answers at once and reports its planted duration.
pub(crate) const STEADY: Deployed<'static> =
    Deployed { name: "orders", memory_mb: 256, timeout_s: 20, variables: &[("SLEEP_SCALE", "0")] };

/// An emulator and what is needed to be its owner.
pub(crate) struct Account {
    pub(crate) server: Server,
    /// The place of the command's files.
    pub(crate) home: TempDir,
    /// The number of the account.
    number: &'static str,
    runtime: tokio::runtime::Runtime,
    pub(crate) lambda: aws_sdk_lambda::Client,
}

/// Access key and secret.
pub(crate) type Key = (String, String);

/// What a person who uses the function would miss, if it were gone or different.
#[derive(Debug, PartialEq)]
pub(crate) struct Seen {
    versions: Vec<String>,
    aliases: Vec<String>,
    reserved: Option<i32>,
}

/// A command that has ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) talk: String,
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|problem| panic!("{problem}: {self:?}"))
    }
}

impl Account {
    pub(crate) fn new(server: Server, number: &'static str) -> Self {
        let config = aws_sdk_lambda::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(server.endpoint())
            .region(Region::new(REGION))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .build();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let lambda = aws_sdk_lambda::Client::from_conf(config);
        Self { server, home: tempfile::tempdir().unwrap(), number, runtime, lambda }
    }

    /// Waits for a call of the owner.
    pub(crate) fn wait<T>(&self, call: impl Future<Output = T>) -> T {
        self.runtime.block_on(call)
    }

    /// Deploys steady_handler.py, with a version and an alias to it, as functions in production have.
    pub(crate) fn deploy(&self, function: &Deployed<'_>) -> Seen {
        self.create(function, "steady.zip", "steady_handler.handler", Runtime::from("python3.11"), None);
        self.publish(function.name);
        self.see(function.name)
    }

    /// Creates a function, and waits until it can be changed.
    pub(crate) fn create(
        &self,
        function: &Deployed<'_>,
        archive: &str,
        handler: &str,
        runtime: Runtime,
        logging: Option<LoggingConfig>,
    ) {
        let code = FunctionCode::builder().zip_file(Blob::new(self.server.code(archive))).build();
        let variables: HashMap<String, String> =
            function.variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = self
            .lambda
            .create_function()
            .function_name(function.name)
            .description("takes orders")
            .runtime(runtime)
            .handler(handler)
            .role(format!("arn:aws:iam::{}:role/function", self.number))
            .memory_size(function.memory_mb)
            .timeout(function.timeout_s)
            .environment(Environment::builder().set_variables(Some(variables)).build())
            .set_logging_config(logging)
            .code(code);
        self.wait(request.send()).unwrap();
        self.until(function.name, |now| {
            let is_updated = now.last_update_status().is_none_or(|status| status.as_str() == "Successful");
            is_updated && now.state().is_none_or(|state| *state == State::Active)
        });
    }

    /// A version of the owner's, and the alias `live` to it.
    pub(crate) fn publish(&self, name: &str) {
        let version = self.wait(self.lambda.publish_version().function_name(name).description("release 1").send()).unwrap();
        let version = version.version().unwrap().to_owned();
        let alias = self.lambda.create_alias().function_name(name).name("live").function_version(version);
        self.wait(alias.send()).unwrap();
    }

    /// Waits until `$LATEST` looks so.
    pub(crate) fn until(&self, name: &str, is_so: impl Fn(&FunctionConfiguration) -> bool) {
        let begun = Instant::now();
        while !is_so(&self.configuration(name)) {
            assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", self.configuration(name));
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits until a run has published so many versions beside those of the owner.
    pub(crate) fn until_published(&self, name: &str, versions: usize) {
        let begun = Instant::now();
        while self.published_by_runs(name).len() < versions {
            assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", self.see(name));
            thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn configuration(&self, name: &str) -> FunctionConfiguration {
        let function = self.wait(self.lambda.get_function().function_name(name).send()).unwrap();
        function.configuration().unwrap().clone()
    }

    pub(crate) fn memory_mb(&self, name: &str) -> i32 {
        self.configuration(name).memory_size().unwrap()
    }

    fn versions(&self, name: &str) -> Vec<FunctionConfiguration> {
        let listed = self.wait(self.lambda.list_versions_by_function().function_name(name).send()).unwrap();
        listed.versions().to_vec()
    }

    /// The versions that carry the mark of a run.
    pub(crate) fn published_by_runs(&self, name: &str) -> Vec<String> {
        let marked = |version: &&FunctionConfiguration| version.description().is_some_and(|text| text.contains("millicent"));
        self.versions(name).iter().filter(marked).map(|version| version.version().unwrap().to_owned()).collect()
    }

    /// Everything about the function but revisions, times and states, which change with every look.
    pub(crate) fn see(&self, name: &str) -> Seen {
        let versions = self.versions(name).into_iter().map(|version| {
            let environment = version.environment().and_then(|environment| environment.variables()).cloned();
            let mut variables: Vec<(String, String)> = environment.unwrap_or_default().into_iter().collect();
            variables.sort();
            format!(
                "{:?} {:?} {:?} MB {:?} s {:?} {:?} {:?} {:?} {variables:?}",
                version.version(),
                version.description(),
                version.memory_size(),
                version.timeout(),
                version.runtime(),
                version.handler(),
                version.role(),
                version.code_sha256(),
            )
        });
        let aliases = self.wait(self.lambda.list_aliases().function_name(name).send()).unwrap();
        let aliases = aliases.aliases().iter().map(|alias| {
            let (version, routing) = (alias.function_version(), alias.routing_config());
            format!("{:?} {version:?} {:?} {routing:?}", alias.name(), alias.description())
        });
        let function = self.wait(self.lambda.get_function().function_name(name).send()).unwrap();
        Seen {
            versions: versions.collect(),
            aliases: aliases.collect(),
            reserved: function.concurrency().and_then(|concurrency| concurrency.reserved_concurrent_executions()),
        }
    }

    /// The version that an alias points to, and its memory.
    pub(crate) fn alias(&self, function: &str, name: &str) -> (String, i32) {
        let alias = self.wait(self.lambda.get_alias().function_name(function).name(name).send()).unwrap();
        let version = alias.function_version().unwrap().to_owned();
        let read = self.wait(self.lambda.get_function().function_name(function).qualifier(&version).send()).unwrap();
        (version, read.configuration().unwrap().memory_size().unwrap())
    }

    /// Puts an object into a bucket of its own.
    pub(crate) fn put_object(&self, bucket: &str, key: &str, text: &str) {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(aws_sdk_s3::config::BehaviorVersion::latest())
            .endpoint_url(self.server.endpoint())
            .region(aws_sdk_s3::config::Region::new(REGION))
            .credentials_provider(aws_sdk_s3::config::Credentials::new("test", "test", None, None, "test"))
            .force_path_style(true)
            .build();
        let s3 = aws_sdk_s3::Client::from_conf(config);
        self.wait(s3.create_bucket().bucket(bucket).send()).unwrap();
        self.wait(s3.put_object().bucket(bucket).key(key).body(text.as_bytes().to_vec().into()).send()).unwrap();
    }

    /// The key of a new user who may do what the policy says and nothing else.
    pub(crate) fn limited_user(&self, name: &str, policy: &Value) -> Key {
        let printed = self.server.script("limited_user.py", &[&self.server.endpoint(), name], &policy.to_string());
        let mut lines = printed.lines().map(str::to_owned);
        (lines.next().unwrap(), lines.next().unwrap())
    }

    /// The command with the owner's credentials.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = millicent(self.home.path(), &self.server.endpoint(), arguments);
        command.stdin(Stdio::null());
        command
    }

    /// Runs `millicent tune` for the owner. Changes are looked for often, so that what is left to wait for is the emulator.
    pub(crate) fn tune(&self, arguments: &[&str]) -> Ran {
        self.tune_as(None, arguments)
    }

    /// Runs `millicent tune` for somebody else.
    pub(crate) fn tune_as(&self, key: Option<&Key>, arguments: &[&str]) -> Ran {
        let mut command = self.command(&[&["tune", "--yes", "--poll-interval", "20ms"], arguments].concat());
        if let Some((id, secret)) = key {
            command.env("AWS_ACCESS_KEY_ID", id).env("AWS_SECRET_ACCESS_KEY", secret);
        }
        finish(&mut command, self.home.path())
    }

    /// Runs the command with these arguments and no others.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        finish(&mut self.command(arguments), self.home.path())
    }
}

/// A command under way; it is killed when it is dropped or takes too long.
pub(crate) struct UnderWay {
    process: Child,
    folder: TempDir,
}

impl UnderWay {
    pub(crate) fn start(command: &mut Command, home: &Path) -> Self {
        // Files, for a pipe that nobody reads would stop a command that says much.
        let folder = tempfile::tempdir_in(home).unwrap();
        let file = |name: &str| File::create(folder.path().join(name)).unwrap();
        let process = command.stdout(file("out")).stderr(file("talk")).spawn().unwrap();
        Self { process, folder }
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.process.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    pub(crate) fn finish(mut self) -> Ran {
        let begun = Instant::now();
        let read = |name: &str| fs::read_to_string(self.folder.path().join(name)).unwrap();
        let status = loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < LONGEST_RUN, "the command hangs: {} {}", read("out"), read("talk"));
            thread::sleep(Duration::from_millis(5));
        };
        Ran { code: status.code(), out: read("out"), talk: read("talk") }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn finish(command: &mut Command, home: &Path) -> Ran {
    UnderWay::start(command, home).finish()
}
