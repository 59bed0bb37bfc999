//! What a replay needs to know of a placement, and what a placement is told of a replay.

use super::Architecture;
use crate::autoscaling::{CloudRunPolicy, HttpScalingPolicy};
use crate::note::Note;
use crate::queueing::KeepAlive;
use crate::replay::Totals;
use crate::stats::Durations;
use crate::units::{DataSize, Decimal, Month, TimeSpan, decimal_from_statistic};

/// Digits of a time that was summed as a binary number.
const SUMMED_DIGITS: u32 = 3;

/// Instances that come and go with the requests, as a replay needs them.
#[derive(Debug, Clone)]
pub struct ReplayedService {
    /// Requests that one works on at once.
    pub slots: u64,
    /// How long a request takes.
    pub durations: Durations,
    /// Never fewer than so many …
    pub least: u64,
    /// … and never more.
    pub most: u64,
    /// How much of what one carries it should get.
    pub target: f64,
    /// How long one takes to start; zero where that is not known.
    pub start: TimeSpan,
    /// Its time is billed in such steps …
    pub step: TimeSpan,
    /// … and its life for so long at least.
    pub least_life: TimeSpan,
    /// How many there should be.
    pub rule: ServiceRule,
}

/// Who says how many instances of a service there should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ServiceRule {
    /// Cloud Run, by CPU and by requests at once.
    CloudRun(CloudRunPolicy),
    /// The HTTP rule of Container Apps: requests a second for each replica.
    Http(HttpScalingPolicy),
}

/// Machines as a replay needs them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayedMachines {
    /// Their type.
    pub name: String,
    /// How many tasks or pods one of them takes; none where they serve requests themselves.
    pub tasks: Option<u64>,
    /// vCPUs that one earns all the time, where it is burstable.
    pub earned_vcpu: Option<Decimal>,
    /// Whether it may use more than it earns, for money.
    pub surplus_allowed: bool,
}

/// A function as a replay needs it.
#[derive(Debug, Clone)]
pub struct ReplayedFunction {
    /// How long an idle environment is kept.
    pub keep_alive: KeepAlive,
    /// Units that are kept ready.
    pub provisioned: u64,
    /// Whether only for a part of the month, of which the hours are not said.
    pub provisioned_at_times: bool,
    /// How long the handler of one call takes.
    pub durations: Durations,
    /// How long it may take: then it is ended.
    pub longest: TimeSpan,
    /// What comes before it where an environment must be started; zero where that is not known.
    pub init: TimeSpan,
    /// What it is written for.
    pub runtime: Option<String>,
    /// Its size, which its price follows.
    pub memory: DataSize,
    /// What it is built for.
    pub architecture: Architecture,
    /// Whether a cold start restores a snapshot instead of initializing.
    pub snap_start: bool,
    /// What must be said of settings that a replay has no use for.
    pub notes: Vec<Note>,
}

/// What a replay consumed, and how often that happens in a month.
#[derive(Debug, Clone, Copy)]
pub struct ReplayedMonth<'t> {
    /// What it consumed.
    pub totals: &'t Totals,
    /// How many of its length are in the month.
    pub times: Decimal,
    /// The month.
    pub month: Month,
}

impl ReplayedMonth<'_> {
    /// A time that was summed as a binary number, as a factor of a step.
    pub(super) fn seconds(&self, seconds: f64) -> (Decimal, &'static str) {
        (decimal_from_statistic(seconds, SUMMED_DIGITS).unwrap_or(Decimal::MAX), "s")
    }
}
