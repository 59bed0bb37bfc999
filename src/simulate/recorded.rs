//! A trace replayed: each function with environments of its own, or all as one service.

use std::cell::RefCell;
use std::collections::BTreeSet;

use super::SimulateError;
use super::design::{Ready, Server};
use super::run::{Run, Trace};
use crate::note::Note;
use crate::replay::{Call, Function, Replays};
use crate::stats::{DurationSampler, Random};
use crate::trace::{FunctionId, Minutes, Row, TraceError};
use crate::traffic::spread;
use crate::units::{Decimal, decimal_from_statistic, grouped, significant};

/// The longest replay is a year.
const MOST_MINUTES: usize = 366 * 1440;

/// The shortest stretch of a trace that has a rate.
const SHORTEST_S: f64 = 1.0;

const MINUTE_S: f64 = 60.0;

/// How a trace is replayed.
#[derive(Clone, Copy)]
pub(super) struct Recorded<'t> {
    pub(super) trace: &'t Trace<'t>,
    pub(super) seed: u64,
    pub(super) workers: usize,
    /// How long the recording lasted, where that is stated.
    pub(super) lasts_s: Option<f64>,
}

impl Recorded<'_> {
    /// Replays it on what serves the calls, and on what serves those that find no slot.
    pub(super) fn on(&self, ready: &Ready, burst: Option<&Ready>) -> Result<Run, SimulateError> {
        let timed = RefCell::new(Timed::default());
        let mut rows = (self.trace.open)()?.inspect(|row| timed.borrow_mut().count(row)).peekable();
        let is_of_calls = matches!(rows.peek(), Some(Ok(Row::Call(_))));
        let start_s = match rows.peek() {
            None => return Err(SimulateError::NoCalls { file: self.trace.name.clone() }),
            Some(Ok(Row::Call(call))) => call.at_s,
            // Minutes may be counted from 1970 as well.
            Some(Ok(Row::Minutes(minutes))) => f64::from(minutes.first_minute) * MINUTE_S,
            Some(Err(_)) => 0.0,
        };
        let mut run = match &ready.server {
            Server::Function(function) => self.on_functions(ready, function, rows, start_s),
            Server::Fleet(_) | Server::Service(_) => self.on_one_service((ready, burst), rows, start_s),
        }?;
        if let Some(lasts_s) = self.lasts_s.filter(|lasts_s| *lasts_s < run.horizon_s) {
            return Err(SimulateError::Lasts { file: self.trace.name.clone(), lasts_s, seen_s: run.horizon_s });
        }
        if MOST_MINUTES as f64 * MINUTE_S < run.horizon_s {
            return Err(SimulateError::TooLong { file: self.trace.name.clone() });
        }
        if run.horizon_s < SHORTEST_S {
            return Err(SimulateError::NoTime { file: self.trace.name.clone() });
        }
        let (timed, is_one_service) = (timed.into_inner(), matches!(ready.server, Server::Fleet(_)));
        if self.trace.states_duration && is_of_calls && !timed.needs_duration && !is_one_service {
            let text = "each call of the trace says how long it takes: the stated duration changes nothing";
            run.notes.push(Note::assumption(text));
        }
        run.notes.extend(self.trace.durations.as_ref().map(|table| timed.note(table, is_one_service)));
        run.notes.extend(is_of_calls.then(|| length_note(run.horizon_s, self.lasts_s.is_some())));
        run.notes.push(Note::assumption(
            "intervals by batch means say how much the parts of this trace differ, not what another recording would show",
        ));
        Ok(run)
    }

    fn on_functions(
        &self,
        ready: &Ready,
        function: &Function,
        rows: impl Iterator<Item = Result<Row, TraceError>>,
        start_s: f64,
    ) -> Result<Run, SimulateError> {
        let within_minute = self.trace.within_minute;
        let spread_minutes = |minutes: &Minutes, seed: u64, arrive: &mut dyn FnMut(f64)| {
            let first_s = f64::from(minutes.first_minute) * MINUTE_S;
            let moments = spread(minutes.counts.iter().copied(), within_minute, seed);
            moments.into_iter().flatten().for_each(|at_s| arrive(first_s + at_s));
        };
        let replays = Replays {
            function,
            durations: &ready.durations,
            init: &ready.init,
            within_minute: &spread_minutes,
            seed: self.seed,
            workers: self.workers,
            start_s,
            lasts_s: self.lasts_s,
        };
        let account = replays.run(rows)?;
        let mut run = Run::of(account.horizon_s, account.totals, account.recorder);
        run.functions = account.functions.len();
        run.first_timed_out = account.too_long.map(|call| format!("{}:{}", self.trace.name, call.line));
        if 1 < run.functions {
            let text = format!(
                "{} functions, each with environments of its own; what was most at once is the sum of their own peaks, which need not fall together",
                run.functions
            );
            run.notes.push(Note::assumption(text));
        }
        Ok(run)
    }

    /// All functions of the trace as one service.
    fn on_one_service(
        &self,
        (ready, burst): (&Ready, Option<&Ready>),
        mut rows: impl Iterator<Item = Result<Row, TraceError>>,
        start_s: f64,
    ) -> Result<Run, SimulateError> {
        let (early, first_per_s) = first_minute(&mut rows);
        let (rows, ready) = (early.into_iter().chain(rows), &ready.starting_with(first_per_s));
        let mut random = Random::from_seed(self.seed.wrapping_add(1));
        let mut stream = Stream {
            rows,
            start_s,
            minutes: Vec::new(),
            problem: None,
            is_too_long: false,
            last_s: start_s,
            functions: BTreeSet::new(),
            mixture: Mixture::default(),
        };
        let calls = std::iter::from_fn(|| stream.next_call()).map(|(at_s, duration_s)| Call {
            at_s: at_s - start_s,
            duration_s: duration_s.unwrap_or_else(|| ready.durations.draw_s(&mut random)),
        });
        // Where the trace ends is known when it has been read.
        let mut run = ready.replay(burst, calls, self.lasts_s.unwrap_or(f64::INFINITY), self.seed);
        let Stream { minutes, problem, is_too_long, last_s, functions, mixture, .. } = stream;
        if let Some(problem) = problem {
            return Err(problem.into());
        }
        if is_too_long {
            return Err(SimulateError::TooLong { file: self.trace.name.clone() });
        }
        run.horizon_s = self.lasts_s.unwrap_or(0.0).max(last_s - start_s);
        if !minutes.is_empty() {
            // Counted minutes come function by function: their sums are one service's.
            let horizon_s = self.lasts_s.unwrap_or(0.0).max(minutes.len() as f64 * MINUTE_S);
            let ready = ready.starting_with(f64::from(minutes[0]) / MINUTE_S);
            let mut random = Random::from_seed(self.seed.wrapping_add(1));
            let moments = spread(minutes, self.trace.within_minute, self.seed)?;
            let calls = moments.map(|at_s| Call { at_s, duration_s: mixture.draw_s(&ready.durations, &mut random) });
            run = ready.replay(burst, calls, horizon_s, self.seed);
        }
        run.functions = functions.len();
        Ok(run)
    }
}

/// What a month is made of. Work that goes on after the last start is paid for as all other, so it must not lengthen the time
/// that its calls are counted over.
fn length_note(horizon_s: f64, is_stated: bool) -> Note {
    let seconds = significant(decimal_from_statistic(horizon_s, 6).unwrap_or_default(), 6);
    let length = if is_stated {
        format!("{seconds} s, as stated (`lasts`)")
    } else {
        format!("{seconds} s from its first start to its last (state `lasts` if it was recorded for longer)")
    };
    Note::assumption(format!("a month is this trace over and over: {length}; work after that is billed with its calls"))
}

/// The calls of the first minute, with the row that ends it, and how many they are a second: a service that is recorded did not
/// begin with the recording. What is counted by the minute is not looked at.
fn first_minute(rows: &mut impl Iterator<Item = Result<Row, TraceError>>) -> (Vec<Result<Row, TraceError>>, f64) {
    let mut early = Vec::new();
    let (mut start_s, mut lasted_s, mut calls) = (None, 0.0_f64, 0.0);
    for row in rows.by_ref() {
        let at_s = if let Ok(Row::Call(call)) = &row { Some(call.at_s) } else { None };
        early.push(row);
        let Some(at_s) = at_s else { break };
        lasted_s = at_s - *start_s.get_or_insert(at_s);
        if MINUTE_S <= lasted_s {
            break;
        }
        calls += 1.0;
    }
    (early, calls / lasted_s.clamp(SHORTEST_S, MINUTE_S))
}

/// The calls of all functions, in order; what is counted by the minute is summed.
struct Stream<R> {
    rows: R,
    start_s: f64,
    minutes: Vec<u32>,
    problem: Option<TraceError>,
    /// Whether there are minutes that lie too far apart to be counted.
    is_too_long: bool,
    last_s: f64,
    functions: BTreeSet<FunctionId>,
    mixture: Mixture,
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
        let first = (f64::from(minutes.first_minute) - self.start_s / MINUTE_S) as usize;
        if MOST_MINUTES < first + minutes.counts.len() {
            self.is_too_long = true;
            return;
        }
        if self.minutes.len() < first + minutes.counts.len() {
            self.minutes.resize(first + minutes.counts.len(), 0);
        }
        self.mixture.add(minutes);
        for (sum, count) in self.minutes[first..].iter_mut().zip(&minutes.counts) {
            *sum = sum.saturating_add(*count);
        }
    }
}

/// How long the calls of all functions take: whose a call is, is drawn by how many calls each function has.
#[derive(Default)]
struct Mixture {
    /// Of functions whose durations a table says, with the calls up to and with them.
    known: Vec<(u64, DurationSampler)>,
    /// Of all functions.
    calls: u64,
}

impl Mixture {
    fn add(&mut self, minutes: &Minutes) {
        let calls = calls_of(minutes);
        self.calls += calls;
        if let Some(durations) = &minutes.durations {
            let before = self.known.last().map_or(0, |(calls, _)| *calls);
            self.known.push((before + calls, durations.clone()));
        }
    }

    /// A duration, from `otherwise` where it is of a function that the table does not have.
    fn draw_s(&self, otherwise: &DurationSampler, random: &mut Random) -> f64 {
        if self.known.is_empty() {
            return otherwise.draw_s(random);
        }
        let call = (random.uniform() * self.calls as f64) as u64;
        let place = self.known.partition_point(|(up_to, _)| *up_to <= call);
        self.known.get(place).map_or(otherwise, |(_, durations)| durations).draw_s(random)
    }
}

fn calls_of(minutes: &Minutes) -> u64 {
    minutes.counts.iter().map(|count| u64::from(*count)).sum()
}

/// Of which calls the trace says how long they take, and of how many functions a table does.
#[derive(Default)]
struct Timed {
    /// Whether there was a call that does not say how long it takes.
    needs_duration: bool,
    functions: BTreeSet<FunctionId>,
    missing: BTreeSet<FunctionId>,
    calls: u64,
    calls_of_missing: u64,
}

impl Timed {
    fn count(&mut self, row: &Result<Row, TraceError>) {
        if let Ok(Row::Call(call)) = row {
            self.needs_duration |= call.duration_s.is_none();
        }
        let Ok(Row::Minutes(minutes)) = row else { return };
        let calls = calls_of(minutes);
        self.functions.insert(minutes.function);
        self.calls += calls;
        if minutes.durations.is_none() {
            self.missing.insert(minutes.function);
            self.calls_of_missing += calls;
        }
    }

    fn note(self, table: &str, is_one_service: bool) -> Note {
        let number = |count: u64| grouped(Decimal::from(count));
        let mut text = format!(
            "durations by function from {table}, whose percentiles are of means over 30 s: single calls are spread wider than that"
        );
        if is_one_service {
            text.push_str("; all functions are one service, and whose a call is, is drawn by how many each has");
        }
        if !self.missing.is_empty() {
            text.push_str(&format!(
                "; {} of {} functions, with {} of {} calls, are not in it and take what is stated",
                number(self.missing.len() as u64),
                number(self.functions.len() as u64),
                number(self.calls_of_missing),
                number(self.calls)
            ));
        }
        Note::assumption(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three of four calls take 1 s, the others, which no table has, 5 s.
    #[test]
    fn whose_a_call_is_is_drawn_by_how_many_each_function_has() {
        let minutes = |function, counts: &[u32], durations| Minutes {
            function: FunctionId(function),
            first_minute: 0,
            counts: counts.to_vec(),
            durations,
        };
        let mut mixture = Mixture::default();
        mixture.add(&minutes(0, &[1000, 0], None));
        mixture.add(&minutes(1, &[2000, 1000], Some(DurationSampler::constant(1.0))));
        mixture.add(&minutes(2, &[0, 0], Some(DurationSampler::constant(100.0))));
        let (mut random, otherwise) = (Random::from_seed(1), DurationSampler::constant(5.0));
        let mean_s = (0..100_000).map(|_| mixture.draw_s(&otherwise, &mut random)).sum::<f64>() / 100_000.0;
        assert!((mean_s - 2.0).abs() < 0.03, "{mean_s}");
    }
}
