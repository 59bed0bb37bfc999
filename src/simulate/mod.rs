//! A scenario under traffic that changes, call by call: what happens, and what a month of it costs.
//!
//! Each workload's calls, generated from a pattern or read from a trace, are replayed on each design ([`crate::replay`]); all
//! designs meet the same calls. What a replay consumed takes the place of what a formula says, so the bill is made by the code
//! that makes an estimate, services around the compute included.
//!
//! No figure and no text is made here, and no file is opened: who asks hands over a trace as rows.

mod design;
mod generated;
mod machines;
mod priced;
mod recorded;
mod run;
mod service;
mod settings;

pub use self::run::{Mixed, Run, Simulated, Simulation, Source, Task, Trace, TraceRows};
pub use self::settings::Settings;
use crate::note::Refusal;
use crate::queueing::QueueingError;
use crate::scenario::{Reason, ScenarioError};
use crate::settings::SettingError;
use crate::trace::TraceError;
use crate::traffic::TrafficError;

/// Why nothing can be replayed.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// A setting of the replay.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The scenario.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// The trace.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// Numbers that are none.
    #[error(transparent)]
    Queueing(#[from] QueueingError),
    /// Traffic that cannot be.
    #[error(transparent)]
    Traffic(#[from] TrafficError),
    /// A platform whose instances or environments are not modeled call by call.
    #[error("{platform}, as it is set here, cannot be replayed call by call: {} ({CAN_BE_REPLAYED})", why_not(platform))]
    Platform {
        /// The platform.
        platform: &'static str,
    },
    /// Provisioned units that AWS would refuse.
    #[error("{problem}")]
    Units {
        /// Why.
        problem: String,
    },
    /// A workload that says nothing of time.
    #[error("how long a request of {workload} takes is not stated (give `duration`, or `cpu` and `wait`)")]
    NoDuration {
        /// The workload.
        workload: String,
    },
    /// Instances of which only is known how many requests a second they carry.
    #[error("{}, {}", RATE_ONLY.0, RATE_ONLY.1)]
    RatePerInstance,
    /// A design that was named and is not there.
    #[error("there is no option called {name:?} (options: {known})")]
    Option {
        /// What was named.
        name: String,
        /// What there is.
        known: String,
    },
    /// The wrong kind of design in a mixed one.
    #[error("{name} cannot be the {part} of a mixed design (the base needs instances, the burst functions)")]
    Part {
        /// The design.
        name: String,
        /// "base" or "burst".
        part: &'static str,
    },
    /// A trace is one workload.
    #[error("the scenario has {count} workloads, and a trace is one of them (give a scenario with one)")]
    Workloads {
        /// How many.
        count: usize,
    },
    /// A trace that is over as it begins has no rate.
    #[error("the trace {file} lasts less than a second, and says nothing of a month (give a longer one)")]
    NoTime {
        /// Its name.
        file: String,
    },
    /// A trace of more minutes than a replay can have.
    #[error("the trace {file} spans more than 366 days (cut it, or correct the minutes that are far from the others)")]
    TooLong {
        /// Its name.
        file: String,
    },
    /// A recording that is said to be shorter than it is.
    #[error(
        "the calls of {file} start over {seen_s} s, longer than `lasts` of {lasts_s} s (state the time that was recorded, or leave it out)"
    )]
    Lasts {
        /// Its name.
        file: String,
        /// What is stated.
        lasts_s: f64,
        /// From the first start to the last, or to the end of the last minute.
        seen_s: f64,
    },
    /// No call in the trace.
    #[error("the trace {file} has no calls")]
    NoCalls {
        /// Its name.
        file: String,
    },
}

/// What has environments or instances that are modeled.
const CAN_BE_REPLAYED: &str =
    "lambda, cloud-run and container-apps can, and fargate, ec2, ecs-ec2 and others with instances that stay up";

/// What is missing for a replay.
fn why_not(platform: &str) -> &'static str {
    match platform {
        "app-runner" => "AWS says when App Runner adds an instance, and not when it removes one",
        "fly" => "Fly Proxy stops a machine that is not needed \"every few minutes\", which is no number",
        "azure-functions" | "cloud-functions" | "vercel" | "cloudflare-workers" | "lambda-edge" | "sagemaker-serverless" => {
            "by which rules its instances come and go is not published"
        }
        _ => "its instances are not followed",
    }
}

/// What is asked of instances by their rate, and what is missing.
const RATE_ONLY: (&str, &str) = (
    "a replay with `requests_per_instance`",
    "which does not say how many requests an instance works on at once; leave it out, and that follows from `cpu` and `wait`",
);

impl SimulateError {
    /// Why a design was left out, where the others can be replayed.
    fn reason(&self, workload: &str) -> Reason {
        let (asked, limit) = match self {
            Self::Platform { platform } => {
                (format!("a replay of {platform} call by call, but {}", why_not(platform)), CAN_BE_REPLAYED)
            }
            Self::RatePerInstance => (RATE_ONLY.0.to_owned(), RATE_ONLY.1),
            other => (other.to_string(), CAN_BE_REPLAYED),
        };
        Reason { workload: workload.to_owned(), refusal: Refusal { asked, limit: limit.to_owned() } }
    }

    /// Whether the user's input is wrong, rather than the world.
    #[must_use]
    pub fn is_wrong_input(&self) -> bool {
        match self {
            Self::Scenario(problem) => problem.is_wrong_input(),
            Self::Trace(TraceError::Read { .. }) => false,
            _ => true,
        }
    }
}
