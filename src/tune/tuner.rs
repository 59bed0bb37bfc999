//! A tuning run from its beginning to its end: look, note what is there, measure, put back, clean up.
//!
//! [`Tuner`] is the machine: it says what it wants done and is told what happened. It never waits, calls or reads a clock.
//! Whatever happens — an error, a limit, an interruption, somebody else's deployment — the way out is the same: `$LATEST` gets
//! its memory and description back, and the versions of the run are deleted.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use super::action::{Action, FunctionState, Outcome};
use super::apply::{Application, Applied, apply, restore};
use super::begin::{Begun, begin};
use super::configure::{NotSet, Restored};
use super::history::History;
use super::invocation::Invocation;
use super::journal::{Connection, Entry, FORMAT, Journal, RestorePoint};
use super::measure::{Job, JobState, Measurement};
use super::money::{Ledger, Rates};
use super::plan::{Measuring, Plan, SizeChoice};
use super::run::{Counts, Infeasible, Pace, Run, State, Stop};
use super::sampler::{Enough, Look};
use super::sizes;
use super::task::{Desk, Task, Ticket, all};
use crate::units::{MemoryMb, Usd};

/// What to do next.
#[derive(Debug)]
pub enum Step {
    /// Carry this out and say what came of it; several may be under way at once.
    Act(Ticket, Action),
    /// Nothing to start now. Come back with an outcome, or at this moment if there is one.
    Wait(Option<Duration>),
    /// The run is over.
    Ended,
}

/// A run as a state machine.
pub struct Tuner {
    run: Run,
    task: Task<'static, Ended>,
    ended: Option<Ended>,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct Ended {
    /// Why it ended early, if it did.
    pub stop: Option<Stop>,
    /// Whether the function is as it was.
    pub restored: Restored,
    /// Versions of the run that could not be deleted, with the reason.
    pub left: Vec<(String, String)>,
    /// The function before the run; none when it could not be read.
    pub function: Option<FunctionState>,
    /// What was there before the first change.
    pub before: Option<RestorePoint>,
    /// The memory that the named version or alias has: what production runs with.
    pub current: Option<MemoryMb>,
    /// What the run charged its calls at.
    pub rates: Option<Rates>,
    /// Every call, by number; those of an earlier run first.
    pub invocations: Vec<Invocation>,
    /// Sizes that cannot be recommended.
    pub infeasible: BTreeMap<MemoryMb, Infeasible>,
    /// Versions that somebody else published meanwhile, with a size that `$LATEST` had from this run.
    pub caught: Vec<(String, MemoryMb)>,
    /// What the run did.
    pub counts: Counts,
    /// Why the account's limits could not be read, if they could not: the run then kept to its own limit only.
    pub limits_unknown: Option<String>,
    /// What production reported before the run, at its current size; none where that was not read, or there is nothing.
    pub history: Option<History>,
    /// Why there is none, if it was asked for.
    pub history_unknown: Option<String>,
    /// What it spent.
    pub ledger: Ledger,
    /// Why a run that chooses for itself has seen enough.
    pub enough: Option<Enough>,
    /// The sizes that such a run could have chosen, without those that failed or are too near to failing; ascending.
    pub choices: Vec<MemoryMb>,
    /// What was applied, where that was the task.
    pub applied: Option<Applied>,
    /// How long it took.
    pub time: Duration,
}

impl Ended {
    /// Whether nothing of the run is left on the function.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        !matches!(self.restored, Restored::No { .. }) && self.left.is_empty()
    }
}

impl Tuner {
    /// A run that measures.
    #[must_use]
    pub fn measure(plan: Plan) -> Self {
        let ledger = Ledger::new(plan.max_spend, plan.max_invocations);
        let pace = Pace { poll_interval: plan.poll_interval, patience: plan.patience, grace: plan.grace };
        let run = Run::new(ledger, plan.seed, RestorePoint::unknown(), pace);
        let own = run.clone();
        Self { run, task: Box::pin(async move { measure(own, Rc::new(plan)).await }), ended: None }
    }

    /// A run that puts back what an earlier one, whose journal this is, has left.
    #[must_use]
    pub fn restore(journal: &Journal, pace: Pace) -> Self {
        let run = Run::new(Ledger::new(Usd::ZERO, 0), 0, journal.before.clone(), pace);
        {
            let mut state = run.state.borrow_mut();
            for (memory, description) in &journal.changes {
                state.note_set(*memory, description.as_ref());
            }
            state.publishing = journal.publishing;
            state.published = journal.published.iter().cloned().collect();
        }
        let (own, moving) = (run.clone(), journal.moving.clone());
        Self { run, task: Box::pin(async move { restore(own, moving).await }), ended: None }
    }

    /// A run that applies a size.
    #[must_use]
    pub fn apply(application: Application, pace: Pace) -> Self {
        let run = Run::new(Ledger::new(Usd::ZERO, 0), 0, application.before.clone(), pace);
        let own = run.clone();
        Self { run, task: Box::pin(async move { apply(own, application).await }), ended: None }
    }

    /// What to do next, at a moment counted from the start of the run.
    pub fn poll(&mut self, now: Duration) -> Step {
        if self.ended.is_none() {
            self.ended = self.run.desk.advance(&mut self.task, now);
        }
        match (self.run.desk.take_asked(), &self.ended) {
            (Some((ticket, action)), _) => Step::Act(ticket, action),
            (None, Some(_)) => Step::Ended,
            (None, None) => Step::Wait(self.run.desk.next_alarm()),
        }
    }

    /// Says what came of an action.
    pub fn handle(&mut self, ticket: Ticket, outcome: Outcome) {
        self.run.desk.arrive(ticket, outcome);
    }

    /// The user wants it to end: no new call is started, and everything is put back.
    pub fn interrupt(&mut self) {
        self.run.stop(Stop::Interrupted);
    }

    /// Whether the end has been asked for, or has come of itself.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.run.is_stopped()
    }

    /// How the run ended; none while it goes on.
    #[must_use]
    pub fn ended(&self) -> Option<&Ended> {
        self.ended.as_ref()
    }

    /// The run as it stands, given up before it had ended: nobody knows what is left on the function.
    #[must_use]
    pub fn abandon(&self) -> Ended {
        let problem = "the program was ended before everything was put back".to_owned();
        self.run.ended(Restored::No { problem }, Vec::new())
    }

    /// How far the run is: for each size, its calls that ended and whether it is out; and what was spent.
    #[must_use]
    pub fn so_far(&self) -> SoFar {
        let state = self.run.state.borrow();
        let sizes = state.sizes.iter();
        SoFar {
            sizes: sizes.map(|(memory, size)| (*memory, size.invocations.clone(), size.infeasible.clone())).collect(),
            spent: state.ledger.spent() + state.ledger.unknown(),
            invocations: state.ledger.invocations(),
            under_way: state.ledger.under_way(),
            stop: state.stop.clone(),
            rates: state.rates,
        }
    }
}

/// A look at a run that goes on.
#[derive(Debug, Clone)]
pub struct SoFar {
    /// The sizes, their calls so far, and why they are out if they are.
    pub sizes: Vec<(MemoryMb, Vec<Invocation>, Option<Infeasible>)>,
    /// What the calls cost.
    pub spent: Usd,
    /// Calls that ended.
    pub invocations: u32,
    /// Calls that run now.
    pub under_way: u32,
    /// Why it is ending, if it is.
    pub stop: Option<Stop>,
    /// What its calls are charged at, once the function is known.
    pub rates: Option<Rates>,
}

impl Run {
    fn new(ledger: Ledger, seed: u64, before: RestorePoint, pace: Pace) -> Self {
        let state = Rc::new(RefCell::new(State::new(ledger, seed)));
        Self { desk: Desk::default(), state, before: Rc::new(before), pace }
    }

    /// The end of a run.
    pub(super) fn ended(&self, restored: Restored, left: Vec<(String, String)>) -> Ended {
        let state = self.state.borrow();
        let mut invocations: Vec<Invocation> = state.sizes.values().flat_map(|size| size.invocations.iter().cloned()).collect();
        invocations.sort_by_key(|invocation| invocation.number);
        let infeasible = state.sizes.iter().filter_map(|(memory, size)| Some((*memory, size.infeasible.clone()?))).collect();
        Ended {
            stop: state.stop.clone(),
            restored,
            left,
            function: None,
            before: (!self.before.run.is_empty()).then(|| RestorePoint::clone(&self.before)),
            current: None,
            rates: state.rates,
            invocations,
            infeasible,
            caught: state.caught.clone(),
            counts: state.counts.clone(),
            limits_unknown: state.limits_unknown.clone(),
            history: state.history.clone(),
            history_unknown: state.history_unknown.clone(),
            ledger: state.ledger.clone(),
            enough: None,
            choices: Vec::new(),
            applied: None,
            time: self.desk.now(),
        }
    }
}

async fn measure(run: Run, plan: Rc<Plan>) -> Ended {
    let begun = match begin(&run, &plan).await {
        Ok(begun) => begun,
        Err(stop) => {
            run.stop(stop);
            return run.ended(Restored::Untouched, Vec::new());
        }
    };
    let Begun { measurement, function, current } = begun;
    let run = measurement.run.clone();
    let enough = measure_rounds(&measurement, current).await;
    let choices = if plan.sizes == SizeChoice::Auto { sizes::open_choices(&measurement) } else { Vec::new() };
    Ended { enough, choices, function: Some(function), current: Some(current), ..put_everything_back(run, None).await }
}

/// Measures the sizes of a list, or one look after the other, until a further one is not worth it: then with the reason.
async fn measure_rounds(measurement: &Measurement, current: MemoryMb) -> Option<Enough> {
    let first = sizes::first_sizes(&measurement.plan, current);
    if measurement.plan.sizes != SizeChoice::Auto {
        measure_sizes(measurement, &first).await;
        return None;
    }
    let earlier = !measurement.run.state.borrow().sizes.is_empty();
    let calls = measurement.plan.calls_each();
    let begin = first.first().map(|memory| Look { memory: *memory, calls }).ok_or(Enough::NothingLeft);
    let mut next = if earlier { sizes::next(measurement) } else { begin };
    loop {
        match next {
            _ if measurement.run.is_stopped() => return None,
            Err(enough) => return Some(enough),
            Ok(Look { memory, calls }) => {
                measurement.run.state.borrow_mut().size(memory).want(calls);
                measure_sizes(measurement, &[memory]).await;
            }
        }
        next = sizes::next(measurement);
    }
}

async fn measure_sizes(measurement: &Measurement, sizes: &[MemoryMb]) {
    match measurement.plan.measuring {
        Measuring::Warm { .. } => measure_round(measurement, open_jobs(measurement, sizes, 0)).await,
        Measuring::Cold { .. } => measure_cold(measurement, sizes).await,
    }
}

/// New versions of each size until there are enough first calls, or it is clear that there will not be.
async fn measure_cold(measurement: &Measurement, sizes: &[MemoryMb]) {
    let most = measurement.plan.measuring.calls() + 2;
    for batch in 0..most {
        let jobs = open_jobs(measurement, sizes, batch);
        if jobs.is_empty() || measurement.run.is_stopped() {
            return;
        }
        measure_round(measurement, jobs).await;
    }
}

/// A job for each size that still needs calls; a run that goes on where another stopped has some that do not.
fn open_jobs(measurement: &Measurement, sizes: &[MemoryMb], batch: u32) -> Vec<Job> {
    let open = |memory: &&MemoryMb| !measurement.open_classes(**memory).is_empty() && measurement.is_feasible(**memory);
    sizes.iter().filter(open).map(|memory| Job { memory: *memory, batch }).collect()
}

/// Prepares the versions of all jobs, one after the other, while those that are ready are being measured.
async fn measure_round(measurement: &Measurement, jobs: Vec<Job>) {
    for job in &jobs {
        measurement.run.state.borrow_mut().size(job.memory);
    }
    let is_new = |job: &&Job| !measurement.jobs.borrow().contains_key(job);
    let new: Vec<Job> = jobs.iter().filter(is_new).copied().collect();
    let mut tasks: Vec<Task<'_>> = vec![Box::pin(prepare(measurement, new))];
    tasks.extend(jobs.into_iter().map(|job| Box::pin(measurement.measure(job)) as Task<'_>));
    all(tasks).await;
}

/// Gives each job its version; afterwards `$LATEST` is as it was, long before the last call has ended.
async fn prepare(measurement: &Measurement, jobs: Vec<Job>) {
    for job in jobs {
        let state = if measurement.is_feasible(job.memory) && !measurement.run.is_stopped() {
            measurement.prepare(job).await
        } else {
            JobState::Dropped
        };
        measurement.jobs.borrow_mut().insert(job, state);
        measurement.run.desk.changed();
    }
    // What cannot be put back now is tried again at the end of the run.
    measurement.run.put_back().await;
}

impl Measurement {
    fn is_feasible(&self, memory: MemoryMb) -> bool {
        self.run.state.borrow_mut().size(memory).infeasible.is_none()
    }

    async fn prepare(&self, job: Job) -> JobState {
        // A second version of a size must differ in something, or the provider hands out the first one again.
        let description = (job.batch > 0).then(|| format!("{} {}", self.plan.mark(job.memory), job.batch));
        let mark = description.clone().unwrap_or_else(|| self.plan.mark(job.memory));
        let latest = match self.run.set(job.memory, description).await {
            Ok(latest) => latest,
            Err(NotSet::Refused(message)) => {
                self.refuse(job.memory, &message);
                return JobState::Dropped;
            }
            Err(NotSet::Stopped(stop)) => {
                self.run.stop(stop);
                return JobState::Dropped;
            }
        };
        match self.run.publish(latest, mark).await {
            Ok(version) => JobState::Published(Box::new(version)),
            Err(stop) => {
                self.run.stop(stop);
                JobState::Dropped
            }
        }
    }

    /// A size that the provider refuses, and all larger ones: new accounts have less memory than the documents say.
    fn refuse(&self, memory: MemoryMb, message: &str) {
        let mut state = self.run.state.borrow_mut();
        for (_, size) in state.sizes.range_mut(memory..).filter(|(_, size)| size.invocations.is_empty()) {
            size.infeasible.get_or_insert(Infeasible::Refused { message: message.to_owned() });
        }
    }
}

/// The way out of every run.
pub(super) async fn put_everything_back(run: Run, applied: Option<Applied>) -> Ended {
    let restored = run.put_back().await;
    let left = run.delete_published().await;
    if run.has_touched() && matches!(restored, Restored::Yes | Restored::KeptByOthers { .. }) {
        // What others have deployed since the last look is theirs; whoever reads the result should know of it.
        if let Err(stop @ Stop::ChangedByOthers(_)) = run.refresh().await {
            run.stop(stop);
        }
    }
    let mut ended = run.ended(restored, left);
    if ended.is_clean()
        && run.has_touched()
        && let Err(stop) = run.record(Entry::Restored).await
    {
        // The function is as it was; only the journal does not know.
        run.stop(stop);
        ended.stop.clone_from(&run.state.borrow().stop);
    }
    ended.counts.clone_from(&run.state.borrow().counts);
    ended.applied = applied;
    ended.time = run.desk.now();
    ended
}

impl RestorePoint {
    /// Before the function has been read.
    fn unknown() -> Self {
        Self {
            format: FORMAT,
            run: String::new(),
            function: String::new(),
            region: String::new(),
            connection: Connection::default(),
            memory: MemoryMb::new(0),
            description: String::new(),
            fingerprint: String::new(),
            code_sha256: String::new(),
            versions: BTreeSet::new(),
        }
    }
}
