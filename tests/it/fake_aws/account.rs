//! The state of the account: functions, versions, aliases, log events, objects; how an update or a new version gets ready;
//! and the part of it that a user would notice changing.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::function::{Behavior, Configuration, Function, code_sha256};
use super::report::Report;

pub(crate) const ACCOUNT: &str = "123456789012";
pub(crate) const REGION: &str = "us-east-1";

/// When something in progress is over.
#[derive(Clone, Debug)]
pub(crate) enum Finish {
    At(Instant),
    /// After so many looks at it.
    AfterLooks(u32),
    Never,
}

/// Whether the last update (of `$LATEST`) or the creation (of a version) is over.
#[derive(Clone, Debug)]
pub(crate) enum Phase {
    Moving { finish: Finish, fails: bool },
    Done,
    Failed,
}

impl Phase {
    /// Ends what is due; true if it ended just now. A `look` is a read of the configuration by the client.
    fn settle(&mut self, look: bool) -> bool {
        let Self::Moving { finish, fails } = self else { return false };
        let over = match finish {
            Finish::At(time) => Instant::now() >= *time,
            Finish::AfterLooks(looks) => {
                let over = *looks == 0;
                *looks = looks.saturating_sub(u32::from(look));
                over
            }
            Finish::Never => false,
        };
        if over {
            *self = if *fails { Self::Failed } else { Self::Done };
        }
        over
    }

    /// What is in progress is over at the next look.
    fn hurry(&mut self) {
        if let Self::Moving { finish, .. } = self {
            *finish = Finish::At(Instant::now());
        }
    }
}

pub(crate) struct Version {
    pub(crate) configuration: Configuration,
    /// What `$LATEST` was when it was published; the description can differ from the version's own.
    pub(crate) published_from: Configuration,
    pub(crate) phase: Phase,
    pub(crate) revision: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Alias {
    pub(crate) version: String,
    pub(crate) description: String,
    /// Version to weight in JSON, as the client sent it.
    pub(crate) routing: BTreeMap<String, String>,
    revision: Revision,
}

/// Equal to any other: no user notices a revision.
#[derive(Clone, Debug, Eq)]
pub(crate) struct Revision(pub(crate) u64);

impl PartialEq for Revision {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Alias {
    pub(crate) fn new(version: String, description: String, routing: BTreeMap<String, String>, revision: u64) -> Self {
        Self { version, description, routing, revision: Revision(revision) }
    }

    pub(crate) fn revision(&self) -> u64 {
        self.revision.0
    }
}

/// An execution environment.
pub(crate) struct Environment {
    pub(crate) id: u64,
    pub(crate) busy: bool,
    /// Its process died: INIT is run again within the next call.
    pub(crate) crashed: bool,
}

pub(crate) struct Deployed {
    pub(crate) name: String,
    pub(crate) latest: Configuration,
    /// What calls of `$LATEST` run with: the configuration before the update, until that is over.
    pub(crate) running: Configuration,
    pub(crate) phase: Phase,
    pub(crate) revision: u64,
    pub(crate) behavior: Behavior,
    pub(crate) reserved_concurrency: Option<u32>,
    pub(crate) versions: BTreeMap<u64, Version>,
    pub(crate) next_version: u64,
    pub(crate) aliases: BTreeMap<String, Alias>,
    pub(crate) environments: BTreeMap<String, Vec<Environment>>,
    pub(crate) next_environment: u64,
    pub(crate) in_flight: u32,
    /// Calls so far by memory size: the position in the noise.
    pub(crate) calls: BTreeMap<u32, u64>,
}

impl Deployed {
    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{}", self.name)
    }

    /// Ends the updates that are due, as time passes or (`look`) as the client polls the version or `$LATEST`.
    pub(crate) fn settle(&mut self, looked_at: Option<&str>, revisions: &mut u64) {
        if self.phase.settle(looked_at == Some("$LATEST")) {
            // The second change of the revision: an update changes it when it begins and when it ends.
            *revisions += 1;
            self.revision = *revisions;
            if matches!(self.phase, Phase::Done) {
                self.running = self.latest.clone();
                self.environments.remove("$LATEST");
            }
        }
        for (number, version) in &mut self.versions {
            version.phase.settle(looked_at == Some(number.to_string().as_str()));
        }
    }
}

/// One stored line of a log.
pub(crate) struct LogEvent {
    pub(crate) group: String,
    pub(crate) stream: String,
    pub(crate) timestamp_ms: u64,
    pub(crate) visible_from: Instant,
    pub(crate) message: String,
}

/// Limits, delays and the scale of time.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) memory_cap_mb: u32,
    pub(crate) concurrency: u32,
    pub(crate) update_delay: Duration,
    pub(crate) snap_start_delay: Duration,
    pub(crate) log_delay: Duration,
    /// Wall time of an invocation over its reported duration.
    pub(crate) time_scale: f64,
}

pub(crate) struct Account {
    pub(crate) settings: Settings,
    pub(crate) functions: BTreeMap<String, Deployed>,
    pub(crate) objects: BTreeMap<(String, String), Option<Vec<u8>>>,
    pub(crate) logs: Vec<LogEvent>,
    /// Every invocation that has ended, in that order: the truth that a measurement is compared with.
    pub(crate) reports: Vec<Report>,
    pub(crate) most_in_flight: u32,
    /// The last revision given out, and the last request id.
    pub(crate) revisions: u64,
    pub(crate) request_ids: u64,
    /// What must never happen, such as the deletion of a whole function.
    pub(crate) catastrophes: Vec<String>,
}

impl Account {
    pub(crate) fn new() -> Self {
        let settings = Settings {
            memory_cap_mb: 10_240,
            concurrency: 1000,
            update_delay: Duration::from_millis(10),
            snap_start_delay: Duration::from_millis(30),
            log_delay: Duration::ZERO,
            time_scale: 0.01,
        };
        let (functions, objects) = (BTreeMap::new(), BTreeMap::new());
        Self {
            settings,
            functions,
            objects,
            logs: Vec::new(),
            reports: Vec::new(),
            most_in_flight: 0,
            revisions: 0,
            request_ids: 0,
            catastrophes: Vec::new(),
        }
    }

    pub(crate) fn next_revision(&mut self) -> u64 {
        self.revisions += 1;
        self.revisions
    }

    pub(crate) fn plant(&mut self, function: Function) {
        let revision = self.next_revision();
        let versions: BTreeMap<u64, Version> = (1..)
            .zip(function.versions)
            .map(|(number, configuration)| {
                let published_from = configuration.clone();
                (number, Version { configuration, published_from, phase: Phase::Done, revision })
            })
            .collect();
        let alias = |version: u64| Alias::new(version.to_string(), String::new(), BTreeMap::new(), revision);
        let deployed = Deployed {
            name: function.name.clone(),
            running: function.configuration.clone(),
            latest: function.configuration,
            phase: Phase::Done,
            revision,
            behavior: function.behavior,
            reserved_concurrency: function.reserved_concurrency,
            next_version: u64::try_from(versions.len()).unwrap() + 1,
            versions,
            aliases: function.aliases.into_iter().map(|(name, version)| (name, alias(version))).collect(),
            environments: BTreeMap::new(),
            next_environment: 1,
            in_flight: 0,
            calls: BTreeMap::new(),
        };
        self.functions.insert(function.name, deployed);
    }

    pub(crate) fn hurry(&mut self) {
        for deployed in self.functions.values_mut() {
            deployed.phase.hurry();
            deployed.versions.values_mut().for_each(|version| version.phase.hurry());
        }
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let of = |deployed: &Deployed| FunctionSnapshot {
            latest: deployed.latest.clone(),
            versions: deployed.versions.iter().map(|(number, version)| (*number, version.configuration.clone())).collect(),
            aliases: deployed.aliases.clone(),
            reserved_concurrency: deployed.reserved_concurrency,
        };
        Snapshot { functions: self.functions.iter().map(|(name, deployed)| (name.clone(), of(deployed))).collect() }
    }
}

/// What a user would notice, of all functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Snapshot {
    pub(crate) functions: BTreeMap<String, FunctionSnapshot>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FunctionSnapshot {
    pub(crate) latest: Configuration,
    pub(crate) versions: BTreeMap<u64, Configuration>,
    pub(crate) aliases: BTreeMap<String, Alias>,
    pub(crate) reserved_concurrency: Option<u32>,
}

/// The text of a revision, in the form AWS gives.
pub(crate) fn revision_id(revision: u64) -> String {
    format!("{revision:08x}-0000-4000-8000-000000000000")
}

/// The JSON of `$LATEST` (`version` is `None`) or of a version.
pub(crate) fn configuration_json(deployed: &Deployed, version: Option<u64>) -> Value {
    let (configuration, phase, revision, qualifier) = match version.and_then(|number| deployed.versions.get(&number)) {
        Some(published) => {
            (&published.configuration, &published.phase, published.revision, version.map(|v| v.to_string()).unwrap_or_default())
        }
        None => (&deployed.latest, &deployed.phase, deployed.revision, "$LATEST".to_owned()),
    };
    let arn = if version.is_some() { format!("{}:{qualifier}", deployed.arn()) } else { deployed.arn() };
    let snap_start = configuration.snap_start;
    let mut json = json!({
        "FunctionName": deployed.name, "FunctionArn": arn, "Version": qualifier, "Runtime": configuration.runtime,
        "Role": format!("arn:aws:iam::{ACCOUNT}:role/{}", deployed.name), "Handler": "index.handler", "PackageType": "Zip",
        "CodeSize": 1024, "CodeSha256": configuration.code_sha256, "Description": configuration.description,
        "Timeout": configuration.timeout_s, "MemorySize": configuration.memory_mb,
        "LastModified": "2026-01-01T00:00:00.000+0000", "RevisionId": revision_id(revision),
        "Environment": {"Variables": configuration.environment}, "Architectures": [configuration.architecture],
        "EphemeralStorage": {"Size": configuration.ephemeral_mb}, "TracingConfig": {"Mode": "PassThrough"},
        "SnapStart": {
            "ApplyOn": if snap_start { "PublishedVersions" } else { "None" },
            "OptimizationStatus": if snap_start && version.is_some() { "On" } else { "Off" },
        },
        "LoggingConfig": {
            "LogFormat": if configuration.json_logs { "JSON" } else { "Text" },
            "LogGroup": format!("/aws/lambda/{}", deployed.name),
        },
    });
    add_state(&mut json, phase, version.is_some());
    json
}

fn add_state(json: &mut Value, phase: &Phase, is_version: bool) {
    let (state, reason) = match (phase, is_version) {
        (Phase::Done, _) => (["Active", "Successful"], None),
        (Phase::Moving { .. }, true) => (["Pending", "InProgress"], Some(["The function is being created.", "Creating"])),
        (Phase::Moving { .. }, false) => (["Active", "InProgress"], Some(["The function is being updated.", "Updating"])),
        (Phase::Failed, true) => (["Failed", "Failed"], Some(["Function initialization failed.", "FunctionError"])),
        (Phase::Failed, false) => (["Active", "Failed"], Some(["The update could not be carried out.", "InternalError"])),
    };
    let [state, last_update] = state;
    json["State"] = json!(state);
    json["LastUpdateStatus"] = json!(last_update);
    if let Some([text, code]) = reason {
        let prefix = if state == "Active" { "LastUpdateStatus" } else { "State" };
        json[format!("{prefix}Reason")] = json!(text);
        json[format!("{prefix}ReasonCode")] = json!(code);
    }
}

/// New code in `$LATEST`, for a deployment by somebody else.
pub(crate) fn replace_code(deployed: &mut Deployed, code: &str) {
    deployed.latest.code_sha256 = code_sha256(code);
}
