//! Calling the versions: when a call may start, what its outcome is good for, when a size has been measured enough.
//!
//! A timed call is never repeated behind the user's back: a throttled one did not run, a lost one counts as one that may have.
//! Cold calls are told by the report's own fields and kept apart; nothing is trimmed.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use super::action::{Action, Answer, Call, Failure, FailureKind, FunctionState, Outcome};
use super::invocation::{Invocation, Label};
use super::journal::Entry;
use super::money::{Allowance, Rates};
use super::plan::{Measuring, Payloads, Plan, SizeChoice};
use super::run::{Infeasible, Run, Size, Stop, unexpected};
use super::task::{Task, all};
use crate::fit::Belief;
use crate::lambda_log::{FunctionErrorKind, Report};
use crate::units::{Decimal, MemoryMb, Usd};

/// So many refusals in a row, each after a longer wait, end the run.
const THROTTLES: u32 = 10;
/// So many calls in a row without an answer, or without a report, end the run.
const TROUBLES: u32 = 3;
/// So often the logs are looked at for a report; they lag seconds behind.
const LOG_LOOKS: u32 = 6;

/// A version to measure: its size, and which of the versions with that size it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Job {
    pub(super) memory: MemoryMb,
    pub(super) batch: u32,
}

/// How far a job is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum JobState {
    /// It has its version, which may still have to become active.
    Published(Box<FunctionState>),
    /// It will not get a version.
    Dropped,
}

/// The measuring part of a run.
#[derive(Debug, Clone)]
pub(super) struct Measurement {
    pub(super) run: Run,
    pub(super) plan: Rc<Plan>,
    pub(super) rates: Rates,
    pub(super) timeout: Duration,
    pub(super) concurrency: u32,
    /// What functions look like, on the sizes that this run could choose.
    pub(super) belief: Rc<Belief>,
    pub(super) jobs: Rc<RefCell<std::collections::BTreeMap<Job, JobState>>>,
}

/// The calls of one job.
struct Lane {
    job: Job,
    version: String,
    /// The payload classes that still need a call.
    open: RefCell<VecDeque<usize>>,
    /// The next call runs INIT inside: the last one lost its environment.
    hides_init: Cell<bool>,
    troubles: Cell<u32>,
    /// A call has ended, so a further one could find its environment warm.
    ended: Cell<bool>,
}

impl Measurement {
    /// Measures a job, once it has its version.
    pub(super) async fn measure(&self, job: Job) {
        let version = self.run.desk.until(|| self.jobs.borrow().get(&job).cloned()).await;
        let JobState::Published(version) = version else { return };
        let version = match self.run.ready(*version).await {
            Ok(version) => version,
            Err(stop) => return self.run.stop(stop),
        };
        let open = RefCell::new(self.open_classes(job.memory));
        let lane = Lane { job, version, open, hides_init: Cell::new(false), troubles: Cell::new(0), ended: Cell::new(false) };
        let workers = self.plan.measuring.workers();
        let tasks = (0..workers).map(|_| Box::pin(self.work(&lane)) as Task<'_>).collect();
        all(tasks).await;
    }

    /// The payload classes of the calls that are still wanted of a size.
    pub(super) fn open_classes(&self, memory: MemoryMb) -> VecDeque<usize> {
        let mut state = self.run.state.borrow_mut();
        let wanted = self.wanted(state.size(memory));
        let mut open: VecDeque<usize> = self.plan.payloads.schedule(wanted).into();
        for invocation in state.size(memory).invocations.iter().filter(|invocation| self.is_wanted(invocation.label)) {
            if let Some(place) = open.iter().position(|class| *class == invocation.class) {
                open.remove(place);
            }
        }
        open
    }

    /// Calls of the wanted kind that a size is to have.
    fn wanted(&self, size: &Size) -> u32 {
        match (&self.plan.sizes, self.plan.measuring) {
            (SizeChoice::Auto, Measuring::Warm { .. }) => size.wanted,
            _ => self.plan.measuring.calls(),
        }
    }

    fn is_wanted(&self, label: Label) -> bool {
        match self.plan.measuring {
            Measuring::Warm { .. } => label == Label::Warm,
            Measuring::Cold { .. } => label == Label::Cold,
        }
    }

    /// One call after the other, until nothing is left to do.
    async fn work(&self, lane: &Lane) {
        let mut throttles = 0;
        while self.is_worth_calling(lane) {
            let Some(class) = lane.open.borrow_mut().pop_front() else { return };
            match self.call(lane, class, &mut throttles).await {
                Some(label) if self.is_wanted(label) => {}
                // The class still needs its call.
                _ => lane.open.borrow_mut().push_front(class),
            }
            // In a burst for cold calls every worker calls once; a second call would find a warm environment.
            if matches!(self.plan.measuring, Measuring::Cold { .. }) {
                return;
            }
            if !self.plan.pause.is_zero() && !self.run.is_stopped() {
                self.run.desk.sleep(self.plan.pause).await;
            }
        }
    }

    fn is_worth_calling(&self, lane: &Lane) -> bool {
        let mut state = self.run.state.borrow_mut();
        let stopped = state.stop.is_some();
        let size = state.size(lane.job.memory);
        let most = self.plan.measuring.most(self.wanted(size));
        !stopped && size.infeasible.is_none() && size.started < most
    }

    /// One call, with the waits before it; what it was good for, or nothing when it did not run or the run ends.
    async fn call(&self, lane: &Lane, class: usize, throttles: &mut u32) -> Option<Label> {
        let memory = lane.job.memory;
        let worst = self.rates.worst(memory, self.timeout);
        self.permit(lane, worst).await?;
        let Some(call) = self.next_call(lane, class) else {
            self.run.state.borrow_mut().ledger.release(worst);
            self.run.stop(Stop::Failed(
                "every event has been used: some calls had to be made again (add events to the file)".to_owned(),
            ));
            return None;
        };
        let payload = call.payload;
        let number = call.number;
        let ticket = {
            let action = Action::Invoke(call);
            self.run.state.borrow_mut().count(&action);
            self.run.desk.ask(action)
        };
        let outcome = self.run.desk.outcome_until(ticket, || self.deadline()).await;
        lane.ended.set(true);
        match outcome {
            None => self.take_lost(memory, class, number, worst).await,
            Some(Outcome::Answer(answer)) => {
                *throttles = 0;
                self.take_answer(lane, class, number, worst, *answer).await
            }
            Some(Outcome::Failed(failure)) => {
                if !matches!(failure.kind, FailureKind::Unavailable) {
                    // It did not run: the event is as good as new.
                    self.run.state.borrow_mut().events_back.push(payload);
                }
                self.take_failure(lane, class, number, worst, failure, throttles).await
            }
            Some(other) => {
                self.run.state.borrow_mut().ledger.release(worst);
                self.run.stop(Stop::Failed(unexpected(&other).message));
                None
            }
        }
    }

    /// When an interrupted run waits no longer for calls under way.
    fn deadline(&self) -> Option<Duration> {
        let state = self.run.state.borrow();
        (state.stop == Some(Stop::Interrupted)).then(|| state.stopped_at + self.run.pace.grace)
    }

    /// Waits until the call may start: a place is free, and the limits leave room for what it may cost at worst.
    async fn permit(&self, lane: &Lane, worst: Usd) -> Option<()> {
        // Where places are few, the rest of a burst for cold calls is left to the next version.
        let is_over = || lane.ended.get() && matches!(self.plan.measuring, Measuring::Cold { .. });
        let granted = self.run.desk.until(|| if is_over() { Some(None) } else { self.may_start(lane, worst).map(Some) }).await;
        match granted? {
            Ok(()) => Some(()),
            Err(stop) => {
                self.run.stop(stop);
                None
            }
        }
    }

    fn may_start(&self, lane: &Lane, worst: Usd) -> Option<Result<(), Stop>> {
        let mut state = self.run.state.borrow_mut();
        if let Some(stop) = state.stop.clone() {
            return Some(Err(stop));
        }
        if state.ledger.under_way() >= self.concurrency {
            return None;
        }
        match state.ledger.allows(worst) {
            Allowance::Later => None,
            Allowance::InvocationLimit => Some(Err(Stop::InvocationLimit)),
            Allowance::SpendingLimit => {
                Some(Err(Stop::SpendingLimit { worst: format!("${}", worst.amount().round_dp(6).normalize()) }))
            }
            Allowance::Granted => {
                state.ledger.reserve(worst);
                state.size(lane.job.memory).started += 1;
                Some(Ok(()))
            }
        }
    }

    /// The call that comes next; none when there is no event left for it.
    fn next_call(&self, lane: &Lane, class: usize) -> Option<Call> {
        let mut state = self.run.state.borrow_mut();
        let number = state.call_number;
        state.call_number += 1;
        let payload = match self.plan.payloads {
            Payloads::Weighted(_) => class,
            Payloads::Unique(events) => {
                let event = state.events_back.pop().unwrap_or_else(|| {
                    state.next_event += 1;
                    state.next_event - 1
                });
                Some(event).filter(|event| *event < events)?
            }
        };
        Some(Call { number, memory: lane.job.memory, version: lane.version.clone(), payload, timeout: self.timeout })
    }

    async fn take_lost(&self, memory: MemoryMb, class: usize, number: u32, worst: Usd) -> Option<Label> {
        self.run.state.borrow_mut().ledger.settle_unknown(worst);
        let invocation =
            Invocation { number, memory, class, label: Label::Lost, report: None, error_type: None, client_ms: 0.0, cost: worst };
        self.keep(invocation).await
    }

    async fn take_failure(
        &self,
        lane: &Lane,
        class: usize,
        number: u32,
        worst: Usd,
        failure: Failure,
        throttles: &mut u32,
    ) -> Option<Label> {
        match failure.kind {
            FailureKind::Throttled | FailureKind::Busy => {
                self.give_back(lane.job.memory, worst);
                if *throttles >= THROTTLES {
                    let advice =
                        "let it run when the account is less busy, raise its reserved concurrency, or lower --concurrency";
                    self.run.stop(Stop::Failed(format!("the function is throttled all the time: {failure} ({advice})")));
                    return None;
                }
                self.run.back_off(throttles).await;
                None
            }
            FailureKind::Unavailable => {
                let label = self.take_lost(lane.job.memory, class, number, worst).await;
                self.trouble(lane, || format!("{TROUBLES} calls in a row brought no answer; the last one: {failure}"));
                label
            }
            _ => {
                self.run.state.borrow_mut().ledger.release(worst);
                self.run.stop(Stop::Failed(failure.message));
                None
            }
        }
    }

    /// A call that was refused did not run.
    fn give_back(&self, memory: MemoryMb, worst: Usd) {
        let mut state = self.run.state.borrow_mut();
        state.ledger.release(worst);
        state.counts.throttled += 1;
        state.size(memory).started -= 1;
    }

    /// Counts troubles in a row; too many end the run.
    fn trouble(&self, lane: &Lane, words: impl FnOnce() -> String) {
        lane.troubles.set(lane.troubles.get() + 1);
        if lane.troubles.get() >= TROUBLES {
            self.run.stop(Stop::Failed(words()));
        }
    }

    async fn take_answer(&self, lane: &Lane, class: usize, number: u32, worst: Usd, answer: Answer) -> Option<Label> {
        let report = match (&answer.report, &answer.request_id) {
            (Some(report), _) => Some(report.clone()),
            (None, Some(request_id)) => self.report_from_logs(request_id).await,
            (None, None) => None,
        };
        let memory = lane.job.memory;
        let label = self.label(lane, &answer, report.as_ref());
        let charged = |report: &Report| {
            let memory = report.memory_mb.map_or(memory, MemoryMb::new);
            self.rates.invocation(memory, Decimal::from(report.billed_total_ms()))
        };
        let cost = report.as_ref().map_or(worst, charged);
        {
            let mut state = self.run.state.borrow_mut();
            if report.is_some() {
                state.ledger.settle(worst, cost)
            } else {
                state.ledger.settle_unknown(worst)
            }
            for step in &answer.step_reports {
                state.ledger.add(charged(step));
            }
        }
        self.run.desk.changed();
        if answer.executed_version.as_ref().is_some_and(|version| *version != lane.version) {
            let ran = answer.executed_version.unwrap_or_default();
            self.run.stop(Stop::Failed(format!("version {ran} answered in place of version {}", lane.version)));
        }
        match label {
            Label::NoReport => self.trouble(lane, || {
                format!(
                    "Lambda's report of {TROUBLES} calls in a row was neither in the answer nor in the function's logs (is logs:FilterLogEvents allowed, and does the function write logs?)"
                )
            }),
            _ => lane.troubles.set(0),
        }
        let error_type = answer.error.as_ref().and_then(|error| error.error_type.clone());
        if let Label::Failed(kind) = label {
            self.mark_infeasible(memory, kind, error_type.clone());
        }
        if let Some(failure) = answer.failed_step {
            self.run.stop(Stop::Failed(failure.message));
        }
        let client_ms = answer.client_ms;
        self.keep(Invocation { number, memory, class, label, report, error_type, client_ms, cost }).await
    }

    /// What an answer is good for. The function's own error is read first: a killed call looks short and cheap.
    fn label(&self, lane: &Lane, answer: &Answer, report: Option<&Report>) -> Label {
        let hides_init = lane.hides_init.replace(false);
        if let Some(error) = &answer.error {
            lane.hides_init.set(error.kind.replaces_environment());
            let allowed = |name: &String| self.plan.allowed_errors.contains(name);
            if !error.error_type.as_ref().is_some_and(allowed) {
                return Label::Failed(error.kind);
            }
        }
        match report {
            None => Label::NoReport,
            Some(report) if report.memory_mb.is_some_and(|memory| memory != lane.job.memory.get()) => Label::OtherSize,
            Some(report) if report.is_cold() => Label::Cold,
            Some(_) if hides_init => Label::HiddenInit,
            Some(_) => Label::Warm,
        }
    }

    /// The report of a request, from the logs: they come later than the answer.
    async fn report_from_logs(&self, request_id: &str) -> Option<Report> {
        let mut attempt = 0;
        while attempt < LOG_LOOKS {
            let look = self.run.once(Action::ReadReport { request_id: request_id.to_owned() }).await;
            match look {
                Ok(Outcome::Report(Some(report))) => return Some(report),
                Ok(_) => {}
                Err(failure) if failure.kind.passes() => {}
                Err(_) => return None,
            }
            self.run.back_off(&mut attempt).await;
        }
        None
    }

    /// Marks a size, and after an out-of-memory failure all smaller ones: they would fail too, and cost money.
    fn mark_infeasible(&self, memory: MemoryMb, kind: FunctionErrorKind, error_type: Option<String>) {
        let mut state = self.run.state.borrow_mut();
        state.size(memory).infeasible.get_or_insert(Infeasible::Failed { kind, error_type });
        if kind == FunctionErrorKind::OutOfMemory {
            for (_, size) in state.sizes.range_mut(..memory) {
                size.infeasible.get_or_insert(Infeasible::BelowOutOfMemory { larger: memory });
            }
        }
        drop(state);
        self.run.desk.changed();
    }

    /// Keeps a call, on disk first.
    async fn keep(&self, invocation: Invocation) -> Option<Label> {
        let label = invocation.label;
        let recorded = self.run.record(Entry::Invoked(Box::new(invocation.clone()))).await;
        self.run.state.borrow_mut().size(invocation.memory).invocations.push(invocation);
        if let Err(stop) = recorded {
            self.run.stop(stop);
        }
        Some(label)
    }
}
