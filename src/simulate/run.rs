//! The replays of a scenario, and their bills.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::design::{Ready, Server};
use super::priced::Replayed;
use super::recorded::Recorded;
use super::{Settings, SimulateError};
use crate::capacity::Seen;
use crate::note::Note;
use crate::platform::ReplayedMonth;
use crate::price_book::PriceBook;
use crate::replay::{Call, Interval, Recorder, Totals};
use crate::scenario::{Basis, Design, OptionEstimate, Placed, Reason, Scenario, ScenarioError};
use crate::stats::Random;
use crate::trace::{Row, TraceError};
use crate::traffic::{Pattern, WithinMinute};
use crate::units::{
    Decimal, Month, Rate, SECONDS_PER_HOUR, TimeSpan, decimal_from_statistic, grouped, saturating_product, statistic_from_decimal,
};
use crate::workload::Workload;

/// The rows of a trace, from its start.
pub type TraceRows = Box<dyn Iterator<Item = Result<Row, TraceError>>>;

/// Where calls come from.
pub enum Source<'s> {
    /// Generated: a pattern for each workload.
    Patterns(Vec<Pattern>),
    /// Recorded.
    Trace(Trace<'s>),
}

/// A recording.
pub struct Trace<'s> {
    /// What it is called.
    pub name: String,
    /// Opens it anew: each design reads it from the start.
    pub open: &'s (dyn Fn() -> Result<TraceRows, TraceError> + Sync),
    /// How the calls of a counted minute are spread over it.
    pub within_minute: WithinMinute,
    /// What the table is called that says how long counted calls took, where there is one.
    pub durations: Option<String>,
    /// Whether somebody stated how long a call takes of which the trace does not say it.
    pub states_duration: bool,
}

/// A base of instances, and functions for what they have no slot for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mixed {
    /// The option of the base.
    pub base: String,
    /// The option of the rest.
    pub burst: String,
}

/// What is asked.
pub struct Task<'t> {
    /// Where calls come from.
    pub source: Source<'t>,
    /// That in words.
    pub traffic: String,
    /// How they are replayed.
    pub settings: Settings,
    /// Designs of two options.
    pub mixed: Vec<Mixed>,
    /// Threads.
    pub workers: usize,
}

/// A scenario, replayed.
#[derive(Debug)]
pub struct Simulation {
    /// What all designs have in common.
    pub basis: Basis,
    /// The traffic in words.
    pub traffic: String,
    /// The seed.
    pub seed: u64,
    /// The designs, in the order of the scenario, the mixed ones last.
    pub designs: Vec<Simulated>,
}

/// One design, replayed.
#[derive(Debug)]
pub struct Simulated {
    /// Its name.
    pub name: String,
    /// Its platforms.
    pub platform: String,
    /// Why a platform refuses it; then it was not replayed.
    pub reasons: Vec<Reason>,
    /// One replay for each workload.
    pub runs: Vec<Run>,
    /// What a month of it costs; nothing where it was not replayed.
    pub estimate: Option<Result<OptionEstimate, ScenarioError>>,
}

/// The replay of one workload.
#[derive(Debug)]
pub struct Run {
    /// The workload.
    pub workload: String,
    /// How much time was replayed.
    pub horizon_s: f64,
    /// How many functions of a trace.
    pub functions: usize,
    /// What it consumed.
    pub totals: Totals,
    /// What was noted by stretches of time.
    pub recorder: Recorder,
    /// Calls that one instance works on at once; none where there are no instances.
    pub slots: Option<f64>,
    /// Within what time 99 of 100 calls have to be answered, where that is stated.
    pub limit: Option<TimeSpan>,
    /// Where the first call stands in the trace that a function ends before it is done: its file and line.
    pub first_timed_out: Option<String>,
    /// What must be said of it.
    pub notes: Vec<Note>,
}

/// The shortest replay whose month is more than a guess.
const SHORT_S: f64 = 86_400.0;

impl Simulation {
    /// Replays every design of a scenario, and prices a month of each.
    ///
    /// # Errors
    /// When a setting or the trace is wrong, or a platform cannot be replayed.
    pub fn of(task: &Task<'_>, mut scenario: Scenario, book: &PriceBook) -> Result<Self, SimulateError> {
        if let Source::Trace(_) = task.source
            && scenario.workloads.len() != 1
        {
            return Err(SimulateError::Workloads { count: scenario.workloads.len() });
        }
        let (basis, stated) = (scenario.basis(book), scenario.workloads.clone());
        let mut options = std::mem::take(&mut scenario.options);
        let mut jobs = Vec::new();
        for (index, option) in options.iter_mut().enumerate() {
            jobs.push(Job::of_option(index, option, &scenario, task)?);
        }
        for mixed in &task.mixed {
            jobs.push(Job::of_mixed(mixed, &jobs, &options)?);
        }
        // A trace is spread over the cores by itself.
        let at_once = if matches!(task.source, Source::Trace(_)) { 1 } else { task.workers };
        let runs = in_parallel(&jobs, at_once, |job| job.runs(task, &stated));
        let mut designs = Vec::new();
        for (job, runs) in jobs.iter().zip(runs) {
            let runs = runs?;
            let estimate = if job.reasons.is_empty() {
                let design = job.priced(&runs, &mut options, &scenario)?;
                scenario.options = vec![design];
                scenario.workloads.iter_mut().zip(&runs).for_each(|(workload, run)| run.state_requests(workload, scenario.month));
                let estimate = scenario.estimate(book).map(|mut estimate| estimate.options.pop());
                scenario.workloads.clone_from(&stated);
                estimate.transpose()
            } else {
                None
            };
            designs.push(Simulated {
                name: job.name.clone(),
                platform: job.platform.clone(),
                reasons: job.reasons.clone(),
                runs,
                estimate,
            });
        }
        Ok(Self { basis, traffic: task.traffic.clone(), seed: task.settings.seed, designs })
    }
}

impl Simulated {
    /// Whether it was replayed, and every call was answered, in time where that is stated.
    #[must_use]
    pub fn serves_all(&self) -> bool {
        let answers_all = |run: &Run| run.totals.throttled == 0 && run.totals.timed_out == 0 && run.missed_limit().is_none();
        self.reasons.is_empty() && self.runs.iter().all(answers_all)
    }
}

impl Run {
    pub(super) fn of(horizon_s: f64, totals: Totals, recorder: Recorder) -> Self {
        Self {
            workload: String::new(),
            horizon_s,
            functions: 1,
            totals,
            recorder,
            slots: None,
            limit: None,
            first_timed_out: None,
            notes: Vec::new(),
        }
    }

    /// Within what time 99 of 100 calls were answered, where that is certainly longer than the stated limit.
    #[must_use]
    pub fn missed_limit(&self) -> Option<Interval> {
        let limit_s = statistic_from_decimal(self.limit?.seconds());
        self.recorder.latency(0.99).filter(|p99| limit_s < p99.low)
    }

    /// What became of calls that take longer than a function may run.
    fn timed_out_note(&self, longest_s: f64) -> Option<Note> {
        let (count, arrived) = (self.totals.timed_out, grouped(Decimal::from(self.totals.arrived)));
        let first = self.first_timed_out.as_ref().map_or_else(String::new, |first| format!(", the first in {first}"));
        (0 < count).then(|| {
            Note::observation(format!(
                "{} of {arrived} calls take longer than the {} min that a function may run{first}: each is ended then without an answer, and billed so far",
                grouped(Decimal::from(count)),
                longest_s / 60.0
            ))
        })
    }

    /// How many of its length are in a month.
    fn times(&self, month: Month) -> Decimal {
        let horizon_s = decimal_from_statistic(self.horizon_s, 6).filter(|horizon_s| !horizon_s.is_zero());
        month.seconds() / horizon_s.unwrap_or(Decimal::ONE)
    }

    /// What was paid for, as numbers of instances, or of the machines that carry them.
    fn seen(&self, times: Decimal) -> Seen {
        let mean = decimal_from_statistic(self.totals.instance_s / self.horizon_s, 9).unwrap_or(Decimal::ZERO).normalize();
        let surplus = decimal_from_statistic(self.totals.surplus_vcpu_s, 3).unwrap_or(Decimal::ZERO) / SECONDS_PER_HOUR;
        Seen {
            mean,
            most: Decimal::from(self.totals.peak_instances).max(mean),
            surplus_vcpu_hours: saturating_product(surplus, times).round_dp(9).normalize(),
        }
    }

    /// The requests that the services around the compute see.
    fn state_requests(&self, workload: &mut Workload, month: Month) {
        if let Some(requests) = Rate::in_a_month(Decimal::from(self.totals.answered()) * self.times(month)) {
            workload.requests = requests;
        }
    }
}

/// One design, ready to be replayed.
struct Job {
    name: String,
    platform: String,
    reasons: Vec<Reason>,
    /// The option whose neighbors and prices are taken, and the one that takes what it has no slot for.
    options: (usize, Option<usize>),
    /// For each workload what serves its calls.
    ready: Vec<Ready>,
    /// For each workload what serves the rest.
    burst: Vec<Ready>,
}

impl Job {
    fn of_option(index: usize, option: &mut Design, scenario: &Scenario, task: &Task<'_>) -> Result<Self, SimulateError> {
        let mut job = Self {
            name: option.name.clone(),
            platform: option.platforms(),
            reasons: Vec::new(),
            options: (index, None),
            ready: Vec::new(),
            burst: Vec::new(),
        };
        for (place, (placed, workload)) in option.placed.iter_mut().zip(&scenario.workloads).enumerate() {
            let refusals = placed.placement.refusals(workload, scenario.month);
            job.reasons.extend(refusals.into_iter().map(|refusal| Reason { workload: workload.name.clone(), refusal }));
            if job.reasons.is_empty() {
                let first_per_s = match &task.source {
                    Source::Patterns(patterns) => patterns.get(place).map_or(0.0, |pattern| pattern.rate_at(0.0)),
                    // Known when it has been opened.
                    Source::Trace(_) => 0.0,
                };
                match Ready::of(placed, workload, &task.settings, first_per_s, scenario.month) {
                    Ok(ready) => job.ready.push(ready),
                    // One that cannot be replayed keeps no other from an answer.
                    Err(problem @ (SimulateError::Platform { .. } | SimulateError::RatePerInstance)) => {
                        job.reasons.push(problem.reason(&workload.name))
                    }
                    Err(problem) => return Err(problem),
                }
            }
        }
        Ok(job)
    }

    fn of_mixed(mixed: &Mixed, jobs: &[Self], options: &[Design]) -> Result<Self, SimulateError> {
        let find = |name: &str| {
            let known = || options.iter().map(|option| option.name.clone()).collect::<Vec<_>>().join("; ");
            let place = options.iter().position(|option| option.name == name || option.platforms() == name);
            place.ok_or_else(|| SimulateError::Option { name: name.to_owned(), known: known() })
        };
        let (base, burst) = (find(&mixed.base)?, find(&mixed.burst)?);
        let part = |job: &Self, part| SimulateError::Part { name: job.name.clone(), part };
        let (one, other) = (&jobs[base], &jobs[burst]);
        if !one.ready.iter().all(|ready| matches!(ready.server, Server::Fleet(_))) {
            return Err(part(one, "base"));
        }
        if !other.ready.iter().all(|ready| matches!(ready.server, Server::Function(_))) {
            return Err(part(other, "burst"));
        }
        Ok(Self {
            name: format!("{}, then {}", one.name, other.name),
            platform: format!("{}+{}", one.platform, other.platform),
            reasons: one.reasons.iter().chain(&other.reasons).cloned().collect(),
            options: (base, Some(burst)),
            ready: one.ready.clone(),
            burst: other.ready.clone(),
        })
    }

    fn runs(&self, task: &Task<'_>, workloads: &[Workload]) -> Result<Vec<Run>, SimulateError> {
        if !self.reasons.is_empty() {
            return Ok(Vec::new());
        }
        (0..self.ready.len()).map(|place| self.run(place, task, &workloads[place])).collect()
    }

    fn run(&self, place: usize, task: &Task<'_>, workload: &Workload) -> Result<Run, SimulateError> {
        let (ready, burst) = (&self.ready[place], self.burst.get(place));
        let mut run = match &task.source {
            Source::Patterns(patterns) => ready.on_pattern(burst, &patterns[place], &task.settings),
            Source::Trace(trace) => {
                Recorded { trace, seed: task.settings.seed, workers: task.workers, lasts_s: task.settings.horizon_s }
                    .on(ready, burst)?
            }
        };
        run.workload.clone_from(&workload.name);
        run.limit = workload.p99;
        run.slots = match &ready.server {
            Server::Fleet(fleet) => Some(fleet.slots),
            Server::Service(service) => Some(service.slots as f64),
            Server::Function(_) => None,
        };
        run.notes.extend(peak_note(workload, &task.source));
        if let Server::Function(function) = &burst.unwrap_or(ready).server {
            run.notes.extend(run.timed_out_note(function.longest_s));
        }
        run.notes.extend(ready.notes.iter().cloned());
        let machines = ready.machines.as_ref();
        let of_machines = machines.into_iter().flat_map(|(machines, noun)| run.machine_notes(machines, *noun));
        let of_machines: Vec<Note> = of_machines.collect();
        run.notes.extend(of_machines);
        run.notes.extend(burst.into_iter().flat_map(|burst| burst.notes.iter().cloned()));
        if run.horizon_s < SHORT_S {
            let text = "less than a day was replayed: a month of it is the same over and over, without nights and weekends";
            run.notes.push(Note::observation(text));
        }
        Ok(run)
    }

    /// The design with what was seen in place of what a formula says.
    fn priced(&self, runs: &[Run], options: &mut [Design], scenario: &Scenario) -> Result<Design, SimulateError> {
        let (base, burst) = self.options;
        let mut placed = Vec::new();
        for (place, run) in runs.iter().enumerate() {
            let workload = &scenario.workloads[place];
            let times = run.times(scenario.month);
            let replayed = ReplayedMonth { totals: &run.totals, times, month: scenario.month };
            let mut steps = Vec::new();
            for option in std::iter::once(base).chain(burst) {
                let of = &mut options[option].placed[place];
                let functions = of.placement.meter_replayed(&replayed, workload, &of.region).map_err(ScenarioError::from)?;
                steps.extend(functions);
                if let Some(fleet) = of.placement.fleet() {
                    fleet.seen = Some(run.seen(times));
                    let metered = of.placement.meter(workload, &of.region, scenario.month).map_err(ScenarioError::from)?;
                    steps.extend(metered.steps);
                    of.placement.fleet().into_iter().for_each(|fleet| fleet.seen = None);
                }
            }
            let of = &options[base].placed[place];
            let on_functions = run.totals.on_demand.calls + run.totals.provisioned.calls;
            let replayed = Replayed {
                title: of.placement.title(),
                steps,
                notes: run.notes.clone(),
                peak_concurrency: (0 < on_functions).then_some(peak_of_functions(&run.totals) as f64),
            };
            placed.push(Placed {
                platform: of.platform,
                region: of.region.clone(),
                region_stated: of.region_stated,
                placement: Box::new(replayed),
                at: of.at.clone(),
                notes: of.notes.clone(),
            });
        }
        Ok(Design { name: self.name.clone(), placed, neighbors: std::mem::take(&mut options[base].neighbors) })
    }
}

/// A ratio is no course: when the peak is, and for how long, it does not say.
fn peak_note(workload: &Workload, source: &Source<'_>) -> Option<Note> {
    let instead = match source {
        Source::Patterns(_) => "the peaks of the replay are those of its `pattern`",
        Source::Trace(_) => "the trace has peaks of its own",
    };
    let ratio = workload.peak_to_mean;
    (Decimal::ONE < ratio).then(|| Note::assumption(format!("`peak_to_mean` of {ratio} moves no call: {instead}")))
}

/// The most environments at once: of a mixed design those in progress are on instances as well, which have no such quota.
fn peak_of_functions(totals: &Totals) -> u64 {
    totals.peak_busy.min(totals.peak_alive + totals.peak_provisioned)
}

impl Ready {
    pub(super) fn replay(&self, burst: Option<&Self>, calls: impl Iterator<Item = Call>, horizon_s: f64, seed: u64) -> Run {
        let mut recorder = Recorder::lasting(horizon_s);
        let starts = burst.unwrap_or(self);
        let mut init_s = |random: &mut Random| starts.init.draw_s(random);
        let totals = match (&self.server, burst.map(|burst| &burst.server)) {
            (Server::Fleet(fleet), Some(Server::Function(function))) => {
                fleet.replay_with_overflow(function, calls, horizon_s, &mut recorder, seed, &mut init_s)
            }
            (Server::Fleet(fleet), _) => fleet.replay(calls, horizon_s, &mut recorder),
            (Server::Service(service), _) => service.replay(calls, horizon_s, &mut recorder),
            (Server::Function(function), _) => function.replay(calls, horizon_s, &mut recorder, seed, &mut init_s),
        };
        Run::of(horizon_s, totals, recorder)
    }
}

/// The results of `work` on every task, in their order, by so many threads.
fn in_parallel<T: Sync, R: Send>(tasks: &[T], workers: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..workers.clamp(1, tasks.len().max(1)) {
            scope.spawn(|| {
                while let Some((place, task)) =
                    Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|place| Some((place, tasks.get(place)?)))
                {
                    let result = work(task);
                    done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((place, result));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, result)| result).collect()
}
