//! A function that is not there: a simulated account under virtual time, for practice, tests and replay.
//!
//! The account behaves like AWS where that matters to a tuner: updates arrive later than they are answered, revisions change,
//! publishing an unchanged function gives the version that exists, environments are per version, stay warm and hide their INIT
//! after a crash. What a call takes is said by a [`Function`]: a formula with seeded noise, or recorded calls.

mod formula;
mod recorded;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

pub use self::formula::{Formula, SIMULATIONS, Simulation};
pub use self::recorded::{Recorded, RecordedError};
use super::action::{
    Action, AliasState, Answer, Call, Failure, FailureKind, FunctionState, Limits, LoggedCalls, Outcome, Progress,
    PublishedVersion,
};
use super::journal::Entry;
use super::tuner::{Ended, Step, Tuner};
use crate::cold_start::LAMBDA_CONCURRENCY;
use crate::lambda_log::{FunctionError, FunctionErrorKind, Report};
use crate::platform::Architecture;
use crate::units::MemoryMb;

/// What a call takes.
pub trait Function {
    /// Runs it once.
    fn run(&mut self, situation: Situation) -> Ran;
}

/// In which state of its environment a function runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation {
    /// The size.
    pub memory: MemoryMb,
    /// Which payload it gets.
    pub payload: usize,
    /// What the environment went through before.
    pub environment: Environment,
}

/// What an environment went through before a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// It is new: INIT runs first and is reported.
    New,
    /// It has answered before.
    Warm,
    /// It was lost in the last call: INIT runs inside the next one and is not reported.
    Lost,
}

/// What a call took.
#[derive(Debug, Clone, PartialEq)]
pub struct Ran {
    /// Without INIT.
    pub duration_ms: f64,
    /// INIT, where it is reported.
    pub init_ms: Option<f64>,
    /// The most memory used so far, in MB.
    pub max_memory_used_mb: u32,
    /// How it failed, and the error's type.
    pub error: Option<(FunctionErrorKind, String)>,
}

/// How long the account takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latencies {
    /// For any call of the control plane.
    pub api: Duration,
    /// Until an update has arrived.
    pub update: Duration,
}

impl Default for Latencies {
    /// About what AWS takes: a few hundredths of a second for a call, two seconds for an update.
    fn default() -> Self {
        Self { api: Duration::from_millis(40), update: Duration::from_secs(2) }
    }
}

/// `$LATEST` or a version, as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configured {
    /// Its memory.
    pub memory: MemoryMb,
    /// Its description.
    pub description: String,
    /// Its code.
    pub code: String,
    /// Everything else.
    pub fingerprint: String,
}

/// An account with one function.
pub struct Account {
    function: Box<dyn Function>,
    latest: Configured,
    revision: u64,
    update_ends: Duration,
    versions: BTreeMap<u32, Configured>,
    next_version: u32,
    aliases: BTreeMap<String, (String, u64)>,
    environments: BTreeMap<u32, Vec<(Duration, Environment)>>,
    requests: u64,
    latencies: Latencies,
    timeout: Duration,
    architecture: Architecture,
    logged: LoggedCalls,
}

impl Account {
    /// An account with a function of this size.
    #[must_use]
    pub fn new(function: Box<dyn Function>, memory: MemoryMb, timeout: Duration, architecture: Architecture) -> Self {
        let latest =
            Configured { memory, description: String::new(), code: "code-1".to_owned(), fingerprint: "as-deployed".to_owned() };
        Self {
            function,
            latest,
            revision: 1,
            update_ends: Duration::ZERO,
            versions: BTreeMap::new(),
            next_version: 1,
            aliases: BTreeMap::new(),
            environments: BTreeMap::new(),
            requests: 0,
            latencies: Latencies::default(),
            timeout,
            architecture,
            logged: LoggedCalls::default(),
        }
    }

    /// With calls of production in its logs; without, the logs are empty.
    #[must_use]
    pub fn with_logged(mut self, logged: LoggedCalls) -> Self {
        self.logged = logged;
        self
    }

    /// With other latencies.
    #[must_use]
    pub fn with_latencies(mut self, latencies: Latencies) -> Self {
        self.latencies = latencies;
        self
    }

    /// `$LATEST`, the versions and the aliases: what a user would see.
    #[must_use]
    pub fn seen(&self) -> (Configured, BTreeMap<u32, Configured>, BTreeMap<String, String>) {
        let aliases = self.aliases.iter().map(|(name, (version, _))| (name.clone(), version.clone())).collect();
        (self.latest.clone(), self.versions.clone(), aliases)
    }

    /// The user, or somebody else, changes `$LATEST`.
    pub fn change(&mut self, change: impl FnOnce(&mut Configured)) {
        change(&mut self.latest);
        self.revision += 1;
    }

    /// Time passes between two runs, each of which counts its own: every update has arrived, every environment is idle.
    pub fn rest(&mut self) {
        self.update_ends = Duration::ZERO;
        self.environments.values_mut().flatten().for_each(|(busy_until, _)| *busy_until = Duration::ZERO);
    }

    /// The user publishes a version and points an alias there.
    pub fn publish_as(&mut self, alias: &str) {
        let version = self.publish(&self.latest.description.clone());
        self.aliases.insert(alias.to_owned(), (version.to_string(), 1));
    }

    /// Carries an action out. Gives the moment at which its outcome is known; [`Action::Record`] is not for the account.
    pub fn perform(&mut self, action: &Action, now: Duration) -> (Duration, Outcome) {
        if let Action::Invoke(call) = action {
            return self.invoke(call, now);
        }
        let outcome = self.control(action, now).unwrap_or_else(Outcome::Failed);
        (now + self.latencies.api, outcome)
    }

    fn control(&mut self, action: &Action, now: Duration) -> Result<Outcome, Failure> {
        Ok(match action {
            Action::ReadFunction { qualifier: None } => Outcome::Function(Box::new(self.latest_state(now))),
            Action::ReadFunction { qualifier: Some(qualifier) } => {
                let number = self.number_of(qualifier)?;
                Outcome::Function(Box::new(self.version_state(number)))
            }
            Action::ListVersions => {
                Outcome::Versions(self.versions.iter().map(|(number, version)| published(*number, version)).collect())
            }
            Action::ReadLimits => Outcome::Limits(Limits { unreserved_concurrency: Some(LAMBDA_CONCURRENCY) }),
            Action::UpdateFunction { memory, description, revision } => {
                self.check_revision(revision, now)?;
                self.latest.memory = *memory;
                if let Some(description) = description {
                    self.latest.description.clone_from(description);
                }
                self.revision += 1;
                self.update_ends = now + self.latencies.update;
                Outcome::Function(Box::new(self.latest_state(now)))
            }
            Action::PublishVersion { description, revision, code_sha256 } => {
                self.check_revision(revision, now)?;
                if *code_sha256 != self.latest.code {
                    return Err(Failure::new(FailureKind::RevisionChanged, "the code is another one"));
                }
                let number = self.publish(description);
                Outcome::Function(Box::new(self.version_state(number)))
            }
            Action::DeleteVersion { version } => {
                let number = self.number_of(version)?;
                if self.aliases.values().any(|(target, _)| target == version) {
                    return Err(Failure::new(FailureKind::Busy, "an alias points to this version"));
                }
                self.versions.remove(&number);
                Outcome::Done
            }
            Action::ReadAlias { name } => Outcome::Alias(self.aliases.get(name).map(|(version, revision)| AliasState {
                version: version.clone(),
                revision: revision.to_string(),
                routes_elsewhere: false,
            })),
            Action::CreateAlias { name, version } | Action::UpdateAlias { name, version, .. } => {
                self.number_of(version)?;
                let revision = self.aliases.get(name).map_or(1, |(_, revision)| revision + 1);
                self.aliases.insert(name.clone(), (version.clone(), revision));
                Outcome::Done
            }
            Action::ReadReport { .. } => Outcome::Report(None),
            Action::ReadHistory { .. } => Outcome::History(self.logged.clone()),
            Action::Record(_) | Action::Invoke(_) => Outcome::Done,
        })
    }

    fn check_revision(&self, revision: &str, now: Duration) -> Result<(), Failure> {
        if now < self.update_ends {
            return Err(Failure::new(FailureKind::Busy, "an update is in progress"));
        }
        if revision != self.revision.to_string() {
            return Err(Failure::new(FailureKind::RevisionChanged, "the function has another revision"));
        }
        Ok(())
    }

    /// Like AWS, gives the newest version back when nothing has changed since it was published.
    fn publish(&mut self, description: &str) -> u32 {
        let newest = self.versions.last_key_value().filter(|(_, version)| {
            version.memory == self.latest.memory
                && version.code == self.latest.code
                && version.fingerprint == self.latest.fingerprint
        });
        if let Some((number, _)) = newest {
            return *number;
        }
        let number = self.next_version;
        self.next_version += 1;
        self.versions.insert(number, Configured { description: description.to_owned(), ..self.latest.clone() });
        self.revision += 1;
        number
    }

    fn number_of(&self, qualifier: &str) -> Result<u32, Failure> {
        let version = self.aliases.get(qualifier).map_or(qualifier, |(version, _)| version);
        version
            .parse()
            .ok()
            .filter(|number| self.versions.contains_key(number))
            .ok_or_else(|| Failure::new(FailureKind::NotFound, format!("the function has no version or alias {qualifier}")))
    }

    fn latest_state(&self, now: Duration) -> FunctionState {
        let last_update = if now < self.update_ends { Progress::Pending } else { Progress::Ready };
        FunctionState { version: "$LATEST".to_owned(), last_update, ..self.state_of(&self.latest) }
    }

    fn version_state(&self, number: u32) -> FunctionState {
        let configured = self.versions.get(&number).unwrap_or(&self.latest);
        FunctionState { version: number.to_string(), ..self.state_of(configured) }
    }

    fn state_of(&self, configured: &Configured) -> FunctionState {
        FunctionState {
            arn: "arn:aws:lambda:us-east-1:000000000000:function:simulated".to_owned(),
            version: String::new(),
            memory: configured.memory,
            description: configured.description.clone(),
            timeout: self.timeout,
            architecture: self.architecture,
            ephemeral_storage: MemoryMb::new(512),
            revision: self.revision.to_string(),
            code_sha256: configured.code.clone(),
            fingerprint: configured.fingerprint.clone(),
            state: Progress::Ready,
            last_update: Progress::Ready,
            reserved_concurrency: None,
            snap_start: false,
        }
    }

    fn invoke(&mut self, call: &Call, now: Duration) -> (Duration, Outcome) {
        let number = match self.number_of(&call.version) {
            Ok(number) => number,
            Err(failure) => return (now + self.latencies.api, Outcome::Failed(failure)),
        };
        let memory = self.versions[&number].memory;
        let environments = self.environments.entry(number).or_default();
        let free = environments.iter().position(|(busy_until, _)| *busy_until <= now);
        let place = free.unwrap_or_else(|| {
            environments.push((Duration::ZERO, Environment::New));
            environments.len() - 1
        });
        let ran = self.function.run(Situation { memory, payload: call.payload, environment: environments[place].1 });
        let lost = ran.error.as_ref().is_some_and(|(kind, _)| kind.replaces_environment());
        let taken = Duration::from_secs_f64((ran.duration_ms + ran.init_ms.unwrap_or(0.0)) / 1000.0);
        let ends = now + self.latencies.api + taken;
        environments[place] = (ends, if lost { Environment::Lost } else { Environment::Warm });
        self.requests += 1;
        let request_id = format!("request-{}", self.requests);
        let error = ran.error.as_ref().map(|(kind, name)| FunctionError { kind: *kind, error_type: Some(name.clone()) });
        let answer = Answer {
            request_id: Some(request_id.clone()),
            executed_version: Some(call.version.clone()),
            error,
            report: Some(report(request_id, memory, &ran)),
            client_ms: taken.as_secs_f64() * 1000.0,
            step_reports: Vec::new(),
            failed_step: None,
        };
        (ends, Outcome::Answer(Box::new(answer)))
    }
}

fn published(number: u32, version: &Configured) -> PublishedVersion {
    PublishedVersion { version: number.to_string(), description: version.description.clone(), memory: version.memory }
}

fn report(request_id: String, memory: MemoryMb, ran: &Ran) -> Report {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a call lasts 15 minutes at most")]
    let billed_ms = (ran.duration_ms + ran.init_ms.unwrap_or(0.0)).ceil() as u64;
    Report {
        request_id,
        duration_ms: ran.duration_ms,
        billed_ms,
        memory_mb: Some(memory.get()),
        max_memory_used_mb: Some(ran.max_memory_used_mb),
        init_ms: ran.init_ms,
        restore_ms: None,
        billed_restore_ms: None,
        status: None,
        error_type: None,
    }
}

/// Drives a run against an account in virtual time: nothing waits. `record` keeps the journal, `watch` may look at the run and
/// interrupt it whenever time passes.
///
/// # Errors
/// When the run waits for nothing: a defect of the run.
pub fn drive(
    tuner: &mut Tuner,
    perform: &mut dyn FnMut(&Action, Duration) -> (Duration, Outcome),
    record: &mut dyn FnMut(&Entry) -> Outcome,
    watch: &mut dyn FnMut(&mut Tuner, Duration),
) -> Result<Ended, Deadlock> {
    let mut now = Duration::ZERO;
    let mut known: BTreeMap<Duration, VecDeque<(super::Ticket, Outcome)>> = BTreeMap::new();
    loop {
        match tuner.poll(now) {
            Step::Act(ticket, Action::Record(entry)) => tuner.handle(ticket, record(&entry)),
            Step::Act(ticket, action) => {
                let (moment, outcome) = perform(&action, now);
                known.entry(moment).or_default().push_back((ticket, outcome));
            }
            Step::Wait(alarm) => {
                let next = known.keys().next().copied();
                now = match (next, alarm) {
                    (Some(next), Some(alarm)) => next.min(alarm),
                    (Some(moment), None) | (None, Some(moment)) => moment,
                    (None, None) => return Err(Deadlock),
                };
                if let Some(mut arrived) = known.remove(&now) {
                    while let Some((ticket, outcome)) = arrived.pop_front() {
                        tuner.handle(ticket, outcome);
                    }
                }
                watch(tuner, now);
            }
            Step::Ended => return tuner.ended().cloned().ok_or(Deadlock),
        }
    }
}

/// A run that waits for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the run waits for an outcome that nobody will bring: a defect of this program")]
pub struct Deadlock;
