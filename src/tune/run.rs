//! What all tasks of a run share: the desk, the plan, what is known so far, and how to ask patiently.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use super::action::{Action, Failure, FailureKind, FunctionState, Outcome};
use super::history::History;
use super::invocation::{Invocation, Label};
use super::journal::{Entry, RestorePoint};
use super::money::{Ledger, Rates};
use super::task::Desk;
use crate::lambda_log::FunctionErrorKind;
use crate::stats::Random;
use crate::units::MemoryMb;

/// So often a call of the control plane is tried again before its failure counts.
const RETRIES: u32 = 7;
/// Waits after a refusal double, up to so many times the first.
const LONGEST_BACKOFF: u32 = 32;

/// Why a run ends before it has what it wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// The user asked for it.
    #[error("interrupted")]
    Interrupted,
    /// The next call could pass the spending limit.
    #[error(
        "the spending limit is reached: one more call may cost {worst} at worst, when it runs into its time-out (--max-spend)"
    )]
    SpendingLimit {
        /// What one more call may cost, for people.
        worst: String,
    },
    /// The number of invocations is reached.
    #[error("the limit of invocations is reached (--max-invocations)")]
    InvocationLimit,
    /// Somebody else changed the function.
    #[error("somebody else changed the function during the run: {0}; what they changed is left as it is")]
    ChangedByOthers(String),
    /// Something went wrong.
    #[error("{0}")]
    Failed(String),
}

/// Why a size cannot be recommended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Infeasible {
    /// A call failed.
    Failed {
        /// How.
        kind: FunctionErrorKind,
        /// The error's type, where it may be shown.
        error_type: Option<String>,
    },
    /// A larger size ran out of memory already.
    BelowOutOfMemory {
        /// That size.
        larger: MemoryMb,
    },
    /// The provider refuses the size.
    Refused {
        /// Its words.
        message: String,
    },
}

/// What is known of a size.
#[derive(Debug, Clone, Default)]
pub(super) struct Size {
    /// Why it cannot be recommended.
    pub(super) infeasible: Option<Infeasible>,
    /// Its calls that ended.
    pub(super) invocations: Vec<Invocation>,
    /// Warm calls wanted, where the run chooses for itself.
    pub(super) wanted: u32,
    /// Its calls that were started, in this run.
    pub(super) started: u32,
}

impl Size {
    /// So many calls more.
    pub(super) fn want(&mut self, calls: u32) {
        let averaged = self.invocations.iter().filter(|invocation| invocation.label == Label::Warm).count();
        self.wanted = u32::try_from(averaged).unwrap_or(u32::MAX).max(self.wanted) + calls;
    }
}

/// Counts for the account of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Calls of the provider's API, by name.
    pub api_calls: BTreeMap<&'static str, u32>,
    /// Changes of the function's configuration.
    pub configuration_changes: u32,
    /// Invocations that were refused because too many ran.
    pub throttled: u32,
    /// Calls of the control plane that were tried again.
    pub retries: u32,
}

/// What a run knows, and changes.
#[derive(Debug)]
pub(super) struct State {
    pub(super) stop: Option<Stop>,
    pub(super) stopped_at: Duration,
    pub(super) sizes: BTreeMap<MemoryMb, Size>,
    pub(super) ledger: Ledger,
    /// What calls are charged at, once the function is known.
    pub(super) rates: Option<Rates>,
    pub(super) counts: Counts,
    /// Why the account's limits could not be read, if they could not.
    pub(super) limits_unknown: Option<String>,
    /// What production reported before the run.
    pub(super) history: Option<History>,
    /// Why that is not known, if it was asked for and is not.
    pub(super) history_unknown: Option<String>,
    /// `$LATEST` as last read.
    pub(super) latest: Option<FunctionState>,
    /// What `$LATEST` may have from this run: the last change that arrived, and those that were tried since.
    pub(super) set: Vec<(MemoryMb, Option<String>)>,
    /// Whether `$LATEST` has been changed, or may have been.
    pub(super) touched: bool,
    /// Whether the answer to the newest change is unknown: what is read may be from before it.
    pub(super) unanswered: bool,
    /// Every size that `$LATEST` had from this run.
    pub(super) sizes_set: BTreeSet<MemoryMb>,
    /// Versions that others published meanwhile with a size of this run.
    pub(super) caught: Vec<(String, MemoryMb)>,
    /// Events that a refused call gave back, and the next one that nobody had.
    pub(super) events_back: Vec<usize>,
    pub(super) next_event: usize,
    /// Whether this run has asked for a version.
    pub(super) publishing: bool,
    /// Versions that this run published, as far as their numbers are known.
    pub(super) published: BTreeSet<String>,
    /// The number of the next call.
    pub(super) call_number: u32,
    pub(super) jitter: Random,
}

/// A run, shared by its tasks.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) desk: Desk,
    pub(super) state: Rc<RefCell<State>>,
    pub(super) before: Rc<RestorePoint>,
    pub(super) pace: Pace,
}

/// How fast to ask again.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// How often to look whether a change has arrived.
    pub poll_interval: Duration,
    /// How long to wait for a change before giving up.
    pub patience: Duration,
    /// How long an interrupted run waits for calls under way.
    pub grace: Duration,
}

impl State {
    pub(super) fn new(ledger: Ledger, seed: u64) -> Self {
        Self {
            stop: None,
            stopped_at: Duration::ZERO,
            sizes: BTreeMap::new(),
            ledger,
            rates: None,
            counts: Counts::default(),
            limits_unknown: None,
            history: None,
            history_unknown: None,
            latest: None,
            set: Vec::new(),
            touched: false,
            unanswered: false,
            sizes_set: BTreeSet::new(),
            caught: Vec::new(),
            events_back: Vec::new(),
            next_event: 0,
            publishing: false,
            published: BTreeSet::new(),
            call_number: 0,
            jitter: Random::from_seed(seed),
        }
    }

    pub(super) fn size(&mut self, memory: MemoryMb) -> &mut Size {
        self.sizes.entry(memory).or_default()
    }

    /// Notes what `$LATEST` is about to be given.
    pub(super) fn note_set(&mut self, memory: MemoryMb, description: Option<&String>) {
        self.touched = true;
        self.sizes_set.insert(memory);
        let set = (memory, description.cloned());
        if self.set.last() != Some(&set) {
            self.set.push(set);
        }
    }

    /// `$LATEST` is as it was: what it is given from now on is its owner's.
    pub(super) fn note_put_back(&mut self) {
        self.set.clear();
        self.unanswered = false;
    }

    /// The newest change has arrived: nothing before it can be there any more.
    pub(super) fn note_arrived(&mut self) {
        self.unanswered = false;
        let older = self.set.len().saturating_sub(1);
        self.set.drain(..older);
    }

    pub(super) fn count(&mut self, action: &Action) {
        if let Some(name) = action.api_call() {
            *self.counts.api_calls.entry(name).or_default() += 1;
        }
        if matches!(action, Action::UpdateFunction { .. }) {
            self.counts.configuration_changes += 1;
        }
    }
}

impl Run {
    /// Ends the run: no new call is started. The first reason counts.
    pub(super) fn stop(&self, stop: Stop) {
        let mut state = self.state.borrow_mut();
        if state.stop.is_none() {
            state.stop = Some(stop);
            state.stopped_at = self.desk.now();
            self.desk.changed();
        }
    }

    /// Whether the run has been ended.
    pub(super) fn is_stopped(&self) -> bool {
        self.state.borrow().stop.is_some()
    }

    /// Fails where the run has been ended.
    pub(super) fn going_on(&self) -> Result<(), Stop> {
        self.state.borrow().stop.clone().map_or(Ok(()), Err)
    }

    /// One action, counted, whatever comes of it.
    pub(super) async fn once(&self, action: Action) -> Result<Outcome, Failure> {
        self.state.borrow_mut().count(&action);
        match self.desk.act(action).await {
            Outcome::Failed(failure) => Err(failure),
            outcome => Ok(outcome),
        }
    }

    /// An action that may be repeated without harm, until it works or there is no hope.
    pub(super) async fn patiently(&self, action: Action) -> Result<Outcome, Failure> {
        let mut attempt = 0;
        loop {
            match self.once(action.clone()).await {
                Err(failure) if failure.kind.passes() && attempt < RETRIES => self.back_off(&mut attempt).await,
                done => return done,
            }
        }
    }

    /// Waits a little longer than last time, with jitter so that several clients do not keep in step.
    pub(super) async fn back_off(&self, attempt: &mut u32) {
        let factor = 1_u32.checked_shl(*attempt).unwrap_or(LONGEST_BACKOFF).min(LONGEST_BACKOFF);
        let jitter = {
            let mut state = self.state.borrow_mut();
            state.counts.retries += 1;
            0.5 + state.jitter.uniform() / 2.0
        };
        *attempt += 1;
        self.desk.sleep(self.pace.poll_interval.mul_f64(f64::from(factor) * jitter)).await;
    }

    /// Whether an attempt more is worth it.
    pub(super) const fn may_retry(attempt: u32) -> bool {
        attempt < RETRIES
    }

    /// Appends to the journal.
    pub(super) async fn record(&self, entry: Entry) -> Result<(), Stop> {
        match self.once(Action::Record(entry)).await {
            Ok(_) => Ok(()),
            Err(failure) => Err(Stop::Failed(format!("the journal of the run could not be written: {failure}"))),
        }
    }

    /// Reads `$LATEST` or a version.
    pub(super) async fn read(&self, qualifier: Option<String>) -> Result<FunctionState, Failure> {
        match self.patiently(Action::ReadFunction { qualifier }).await? {
            Outcome::Function(state) => Ok(*state),
            other => Err(unexpected(&other)),
        }
    }
}

/// A driver that answers an action with what does not answer it.
pub(super) fn unexpected(outcome: &Outcome) -> Failure {
    let what = match outcome {
        Outcome::Function(_) => "a function",
        Outcome::Versions(_) => "versions",
        Outcome::Limits(_) => "limits",
        Outcome::Alias(_) => "an alias",
        Outcome::Answer(_) => "an answer",
        Outcome::Report(_) => "a report",
        Outcome::History(_) => "earlier calls",
        Outcome::Done => "nothing",
        Outcome::Failed(_) => "a failure",
    };
    Failure::new(FailureKind::Other, format!("the driver answered with {what} where something else was asked for"))
}
