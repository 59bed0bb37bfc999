//! The replays of a scenario, and their bills.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::design::{Ready, Server};
use super::priced::Replayed;
use super::{Settings, SimulateError};
use crate::capacity::Count;
use crate::note::Note;
use crate::platform::ReplayedMonth;
use crate::price_book::PriceBook;
use crate::replay::{Call, Recorder, Replays, Totals};
use crate::scenario::{Basis, Design, OptionEstimate, Placed, Reason, Scenario, ScenarioError};
use crate::stats::Random;
use crate::trace::{FunctionId, Minutes, Row, TraceError};
use crate::traffic::{Pattern, WithinMinute, spread};
use crate::units::{Decimal, Rate, decimal_from_statistic, statistic_from_decimal};
use crate::workload::Workload;

/// The rows of a trace, from its start.
pub type TraceRows = Box<dyn Iterator<Item = Result<Row, TraceError>>>;

/// Where calls come from.
pub enum Source<'s> {
    /// Generated: a pattern for each workload.
    Patterns(Vec<Pattern>),
    /// Recorded.
    Trace {
        /// What it is called.
        name: String,
        /// Opens it anew.
        open: &'s (dyn Fn() -> Result<TraceRows, TraceError> + Sync),
        /// How the calls of a counted minute are spread over it.
        within_minute: WithinMinute,
    },
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
        if let Source::Trace { .. } = task.source
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
        let at_once = if matches!(task.source, Source::Trace { .. }) { 1 } else { task.workers };
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

impl Run {
    /// How many of its length are in a month.
    fn times(&self, month: crate::units::Month) -> Decimal {
        let horizon_s = decimal_from_statistic(self.horizon_s, 6).filter(|horizon_s| !horizon_s.is_zero());
        month.seconds() / horizon_s.unwrap_or(Decimal::ONE)
    }

    /// The requests that the services around the compute see.
    fn state_requests(&self, workload: &mut Workload, month: crate::units::Month) {
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
                    Source::Trace { .. } => statistic_from_decimal(workload.requests_per_second(scenario.month)),
                };
                job.ready.push(Ready::of(placed, workload, &task.settings, first_per_s, scenario.month)?);
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
            Source::Trace { name, open, within_minute } => {
                ready.on_trace(burst, name, *open, *within_minute, task)?
            }
        };
        run.workload.clone_from(&workload.name);
        run.notes.extend(ready.notes.iter().cloned());
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
                let mean = mean_instances(run);
                if let Some(fleet) = of.placement.fleet() {
                    let asked = std::mem::replace(&mut fleet.count, Count::Fixed(mean));
                    let metered = of.placement.meter(workload, &of.region, scenario.month).map_err(ScenarioError::from)?;
                    steps.extend(metered.steps);
                    of.placement.fleet().into_iter().for_each(|fleet| fleet.count = asked);
                }
            }
            let of = &options[base].placed[place];
            let on_functions = run.totals.on_demand.calls + run.totals.provisioned.calls;
            let replayed = Replayed {
                title: of.placement.title(),
                steps,
                notes: run.notes.clone(),
                peak_concurrency: (0 < on_functions).then_some(run.totals.peak_busy as f64),
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

/// What was paid for, as a number of instances that are there all the time.
fn mean_instances(run: &Run) -> Decimal {
    decimal_from_statistic(run.totals.instance_s / run.horizon_s, 9).unwrap_or(Decimal::ZERO).normalize()
}

impl Ready {
    /// Calls are drawn from the seed, and how long they take from the next: all designs meet the same.
    fn on_pattern(&self, burst: Option<&Self>, pattern: &Pattern, settings: &Settings) -> Run {
        let horizon_s = settings.horizon_for(pattern.mean_per_s());
        let mut random = Random::from_seed(settings.seed.wrapping_add(1));
        let calls = pattern
            .arrivals(settings.seed)
            .take_while(|at_s| *at_s < horizon_s)
            .map(|at_s| Call { at_s, duration_s: self.durations.draw_s(&mut random) });
        self.replay(burst, calls, horizon_s, settings.seed)
    }

    fn replay(&self, burst: Option<&Self>, calls: impl Iterator<Item = Call>, horizon_s: f64, seed: u64) -> Run {
        let mut recorder = Recorder::lasting(horizon_s);
        let starts = burst.unwrap_or(self);
        let mut init_s = |random: &mut Random| starts.init.draw_s(random);
        let totals = match (&self.server, burst.map(|burst| &burst.server)) {
            (Server::Fleet(fleet), Some(Server::Function(function))) => {
                fleet.replay_with_overflow(function, calls, horizon_s, &mut recorder, seed, &mut init_s)
            }
            (Server::Fleet(fleet), _) => fleet.replay(calls, horizon_s, &mut recorder),
            (Server::Function(function), _) => function.replay(calls, horizon_s, &mut recorder, seed, &mut init_s),
        };
        Run { workload: String::new(), horizon_s, functions: 1, totals, recorder, notes: Vec::new() }
    }

    fn on_trace(
        &self,
        burst: Option<&Self>,
        name: &str,
        open: &dyn Fn() -> Result<TraceRows, TraceError>,
        within_minute: WithinMinute,
        task: &Task<'_>,
    ) -> Result<Run, SimulateError> {
        let mut rows = open()?.peekable();
        let start_s = match rows.peek() {
            None => return Err(SimulateError::NoCalls { file: name.to_owned() }),
            Some(Ok(Row::Call(call))) => call.at_s,
            Some(_) => 0.0,
        };
        match &self.server {
            Server::Function(function) => {
                let spread_minutes = |minutes: &Minutes, seed: u64, arrive: &mut dyn FnMut(f64)| {
                    let first_s = f64::from(minutes.first_minute) * 60.0;
                    let moments = spread(minutes.counts.iter().copied(), within_minute, seed);
                    moments.into_iter().flatten().for_each(|at_s| arrive(first_s + at_s));
                };
                let replays = Replays {
                    function,
                    durations: &|_: FunctionId| self.durations.clone(),
                    init: &self.init,
                    within_minute: &spread_minutes,
                    seed: task.settings.seed,
                    workers: task.workers,
                    start_s,
                };
                let account = replays.run(rows)?;
                let (horizon_s, functions) = (account.horizon_s.max(1.0), account.functions.len());
                Ok(Run { workload: String::new(), horizon_s, functions, totals: account.totals, recorder: account.recorder, notes: Vec::new() })
            }
            Server::Fleet(_) => self.on_one_stream(burst, rows, start_s, within_minute, task),
        }
    }

    /// All functions of a trace as one service.
    fn on_one_stream(
        &self,
        burst: Option<&Self>,
        rows: impl Iterator<Item = Result<Row, TraceError>>,
        start_s: f64,
        within_minute: WithinMinute,
        task: &Task<'_>,
    ) -> Result<Run, SimulateError> {
        let seed = task.settings.seed;
        let mut random = Random::from_seed(seed.wrapping_add(1));
        let mut stream = Stream { rows, minutes: Vec::new(), problem: None, last_s: start_s, functions: BTreeSet::new() };
        let calls = std::iter::from_fn(|| stream.next_call()).map(|(at_s, duration_s)| Call {
            at_s: at_s - start_s,
            duration_s: duration_s.unwrap_or_else(|| self.durations.draw_s(&mut random)),
        });
        // Where the trace ends is known when it has been read.
        let run = self.replay(burst, calls, f64::INFINITY, seed);
        if let Some(problem) = stream.problem {
            return Err(problem.into());
        }
        if stream.minutes.is_empty() {
            return Ok(Run { horizon_s: (stream.last_s - start_s).max(1.0), functions: stream.functions.len(), ..run });
        }
        // Counted minutes come function by function: their sums are one service's.
        let counts = std::mem::take(&mut stream.minutes);
        let horizon_s = counts.len() as f64 * 60.0;
        let mut random = Random::from_seed(seed.wrapping_add(1));
        let moments = spread(counts, within_minute, seed)?;
        let calls = moments.map(|at_s| Call { at_s, duration_s: self.durations.draw_s(&mut random) });
        let run = self.replay(burst, calls, horizon_s, seed);
        Ok(Run { functions: stream.functions.len(), ..run })
    }
}

/// The calls of all functions, in order; what is counted by the minute is summed.
struct Stream<R> {
    rows: R,
    minutes: Vec<u32>,
    problem: Option<TraceError>,
    last_s: f64,
    functions: BTreeSet<FunctionId>,
}

impl<R: Iterator<Item = Result<Row, TraceError>>> Stream<R> {
    fn next_call(&mut self) -> Option<(f64, Option<f64>)> {
        loop {
            match self.rows.next()? {
                Ok(Row::Call(call)) => {
                    self.functions.insert(call.function);
                    self.last_s = call.at_s;
                    return Some((call.at_s, call.duration_s));
                }
                Ok(Row::Minutes(minutes)) => self.add(&minutes),
                Err(problem) => {
                    self.problem = Some(problem);
                    return None;
                }
            }
        }
    }

    fn add(&mut self, minutes: &Minutes) {
        self.functions.insert(minutes.function);
        let first = minutes.first_minute as usize;
        if self.minutes.len() < first + minutes.counts.len() {
            self.minutes.resize(first + minutes.counts.len(), 0);
        }
        for (sum, count) in self.minutes[first..].iter_mut().zip(&minutes.counts) {
            *sum = sum.saturating_add(*count);
        }
    }
}

/// The results of `work` on every task, in their order, by so many threads.
fn in_parallel<T: Sync, R: Send>(tasks: &[T], workers: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..workers.clamp(1, tasks.len().max(1)) {
            scope.spawn(|| {
                while let Some((place, task)) = Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|place| Some((place, tasks.get(place)?))) {
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
