//! What the tuner asks for, and what it is told: the waist between deciding and doing.
//!
//! An [`Action`] is one call to a provider or one line on a disk; an [`Outcome`] is what came of it. Payloads, responses and
//! error messages do not pass here: the tuner knows a payload by its number, an error by its type.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::journal::Entry;
use crate::lambda_log::{FunctionError, Report};
use crate::platform::Architecture;
use crate::units::MemoryMb;

/// Something the tuner wants done. Each is carried out once: whether to try again is for the tuner to say.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Read the function: `$LATEST`, or the version or alias `qualifier`. Answered by [`Outcome::Function`].
    ReadFunction {
        /// A version or an alias.
        qualifier: Option<String>,
    },
    /// List all published versions. Answered by [`Outcome::Versions`].
    ListVersions,
    /// Read how many executions may run at once. Answered by [`Outcome::Limits`].
    ReadLimits,
    /// Change `$LATEST`, if it is still at `revision`. Answered by [`Outcome::Function`].
    UpdateFunction {
        /// The memory to set.
        memory: MemoryMb,
        /// The description to set; `None` leaves it.
        description: Option<String>,
        /// The revision that the change is based on.
        revision: String,
    },
    /// Publish `$LATEST` as a version, if it is still at `revision` with this code. Answered by [`Outcome::Function`].
    PublishVersion {
        /// The description of the version: the mark of the run.
        description: String,
        /// The revision to publish.
        revision: String,
        /// The code to publish.
        code_sha256: String,
    },
    /// Run a version once, with the steps before and after it. Answered by [`Outcome::Answer`].
    Invoke(Call),
    /// Look for the report of a request in the function's logs. Answered by [`Outcome::Report`].
    ReadReport {
        /// The request.
        request_id: String,
    },
    /// Look for the newest reports of all calls in the function's logs. Answered by [`Outcome::History`].
    ReadHistory {
        /// How far back to look.
        span: Duration,
    },
    /// Delete one published version. Answered by [`Outcome::Done`].
    DeleteVersion {
        /// Its number; never `$LATEST`.
        version: String,
    },
    /// Read an alias. Answered by [`Outcome::Alias`].
    ReadAlias {
        /// Its name.
        name: String,
    },
    /// Create an alias. Answered by [`Outcome::Done`].
    CreateAlias {
        /// Its name.
        name: String,
        /// The version it points to.
        version: String,
    },
    /// Point an alias to another version, if it is still at `revision`. Answered by [`Outcome::Done`].
    UpdateAlias {
        /// Its name.
        name: String,
        /// The version it points to.
        version: String,
        /// The revision that the change is based on.
        revision: String,
    },
    /// Append to the journal of the run, durably. Answered by [`Outcome::Done`].
    Record(Entry),
}

impl Action {
    /// The provider's name of the call; `None` for the journal, which is no call.
    #[must_use]
    pub const fn api_call(&self) -> Option<&'static str> {
        Some(match self {
            Self::ReadFunction { .. } => "GetFunction",
            Self::ListVersions => "ListVersionsByFunction",
            Self::ReadLimits => "GetAccountSettings",
            Self::UpdateFunction { .. } => "UpdateFunctionConfiguration",
            Self::PublishVersion { .. } => "PublishVersion",
            Self::Invoke(_) => "Invoke",
            Self::ReadReport { .. } | Self::ReadHistory { .. } => "FilterLogEvents",
            Self::DeleteVersion { .. } => "DeleteFunction",
            Self::ReadAlias { .. } => "GetAlias",
            Self::CreateAlias { .. } => "CreateAlias",
            Self::UpdateAlias { .. } => "UpdateAlias",
            Self::Record(_) => return None,
        })
    }
}

/// One invocation to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Which invocation of the run.
    pub number: u32,
    /// The size it runs at.
    pub memory: MemoryMb,
    /// The published version with that size.
    pub version: String,
    /// Which of the payloads it gets.
    pub payload: usize,
    /// How long the function may run.
    pub timeout: Duration,
}

/// What came of an action.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The function, as it is now.
    Function(Box<FunctionState>),
    /// Every published version; `$LATEST` is not among them.
    Versions(Vec<PublishedVersion>),
    /// How many executions may run at once.
    Limits(Limits),
    /// The alias; `None` when there is none of that name.
    Alias(Option<AliasState>),
    /// The function ran.
    Answer(Box<Answer>),
    /// The report, where the logs have it by now.
    Report(Option<Report>),
    /// What the logs have of earlier calls.
    History(LoggedCalls),
    /// It is done.
    Done,
    /// It was not done, or nobody knows.
    Failed(Failure),
}

/// A function or one of its versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionState {
    /// Without a qualifier.
    pub arn: String,
    /// `$LATEST` or a number.
    pub version: String,
    /// Its memory.
    pub memory: MemoryMb,
    /// Its description.
    pub description: String,
    /// How long it may run.
    pub timeout: Duration,
    /// Its processor.
    pub architecture: Architecture,
    /// The size of /tmp.
    pub ephemeral_storage: MemoryMb,
    /// Changes with every change of the function.
    pub revision: String,
    /// The digest of its code.
    pub code_sha256: String,
    /// A digest of all other configuration: whoever changes that changes this.
    pub fingerprint: String,
    /// Whether it can be invoked.
    pub state: Progress,
    /// Whether the last change has arrived everywhere.
    pub last_update: Progress,
    /// Concurrent executions reserved for it, where the provider said so.
    pub reserved_concurrency: Option<u32>,
    /// Whether versions are started from snapshots, which takes minutes to prepare.
    pub snap_start: bool,
}

/// How far a change or a start has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Done.
    Ready,
    /// Not yet.
    Pending,
    /// Never: waiting longer does not help.
    Failed {
        /// The provider's reason.
        reason: String,
    },
}

/// A published version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedVersion {
    /// Its number.
    pub version: String,
    /// Its description.
    pub description: String,
    /// Its memory.
    pub memory: MemoryMb,
}

/// Limits on concurrent executions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// What functions without a reservation share; `None` when it may not be read.
    pub unreserved_concurrency: Option<u32>,
}

/// An alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasState {
    /// The version it points to.
    pub version: String,
    /// Changes with every change of the alias.
    pub revision: String,
    /// Whether it also sends a part of the traffic to another version.
    pub routes_elsewhere: bool,
}

/// What an invocation brought.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The provider's number of the request.
    pub request_id: Option<String>,
    /// The version that ran.
    pub executed_version: Option<String>,
    /// The function's error, if it failed.
    pub error: Option<FunctionError>,
    /// The report, where the answer brought it.
    pub report: Option<Report>,
    /// As the caller's clock saw it, with the network.
    pub client_ms: f64,
    /// Reports of the functions that ran before and after it: they cost money too.
    pub step_reports: Vec<Report>,
    /// Why the step after it failed, if it did: the call counts, and the run ends.
    pub failed_step: Option<Failure>,
}

/// What the logs have of earlier calls, whoever made them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LoggedCalls {
    /// The calls, each once.
    pub calls: Vec<LoggedCall>,
    /// How far back they reach.
    pub span: Duration,
    /// Whether they are all of that time; otherwise they are those that the bound of reading left.
    pub is_complete: bool,
}

/// An earlier call.
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedCall {
    /// The version that ran, `$LATEST` or a number; none where the logs do not say it.
    pub version: Option<String>,
    /// What was reported.
    pub report: Report,
}

/// Why an action was not done, or may not have been.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// What kind of failure.
    pub kind: FailureKind,
    /// For people: what could not be done and why, without payloads and credentials.
    pub message: String,
}

impl Failure {
    /// A failure.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

/// Kinds of failure, by what helps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FailureKind {
    /// Too many requests: it was not done; later it will be.
    Throttled,
    /// The provider is in trouble, or the connection broke: nobody knows whether it was done.
    Unavailable,
    /// The resource is busy with another change.
    Busy,
    /// Somebody changed the resource since it was read.
    RevisionChanged,
    /// The caller may not do this.
    Denied,
    /// There is no such resource.
    NotFound,
    /// It exists already.
    Exists,
    /// The provider refuses these values.
    Invalid,
    /// The step before an invocation failed; the function itself has not run.
    Step,
    /// The journal could not be written.
    Journal,
    /// Anything else.
    Other,
}

impl FailureKind {
    /// Whether the same action may work a little later.
    #[must_use]
    pub const fn passes(self) -> bool {
        matches!(self, Self::Throttled | Self::Unavailable | Self::Busy)
    }
}
