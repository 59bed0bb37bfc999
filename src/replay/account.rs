//! The functions of a trace, spread over the cores.
//!
//! Every function has its own environments and nothing to do with the others, so each is replayed by one worker alone. The one
//! who reads the trace hands calls out in batches and keeps none; what a worker keeps is the state of its functions.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::function::{Function, Replay};
use super::recorder::Recorder;
use super::totals::{Call, Totals};
use crate::stats::{DurationSampler, Random};
use crate::trace::{self, FunctionId, Minutes, Row};

/// Hands the times of counted calls, drawn from a seed, to who takes them.
pub type SpreadMinutes<'r> = dyn Fn(&Minutes, u64, &mut dyn FnMut(f64)) + Sync + 'r;

/// How functions of a trace are replayed: all alike.
#[derive(Clone, Copy)]
pub struct Replays<'r> {
    /// The settings of each function.
    pub function: &'r Function,
    /// How long a call takes where the trace does not say.
    pub durations: &'r DurationSampler,
    /// How long an environment takes to start.
    pub init: &'r DurationSampler,
    /// The times of calls, of which only the number in each minute is known, from a seed.
    pub within_minute: &'r SpreadMinutes<'r>,
    /// The seed of everything that is drawn.
    pub seed: u64,
    /// Threads that replay.
    pub workers: usize,
    /// The second of the trace that counts as the first; calls before it are errors of the one who calls.
    pub start_s: f64,
    /// How long the recording lasted, where it went on after the last call that started.
    pub lasts_s: Option<f64>,
}

impl fmt::Debug for Replays<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Replays").field("function", self.function).finish_non_exhaustive()
    }
}

/// What the functions of a trace consumed.
#[derive(Debug)]
pub struct Account {
    /// Of all functions. Peaks are sums of the functions' own, which need not fall together: an upper bound.
    pub totals: Totals,
    /// Of each function.
    pub functions: BTreeMap<FunctionId, Totals>,
    /// What was noted of all of them.
    pub recorder: Recorder,
    /// How long the trace lasts: to the start of its last call or the end of its last minute, or longer where that is stated.
    pub horizon_s: f64,
    /// The first call that is longer than a function lets one run.
    pub too_long: Option<trace::Call>,
}

/// So many calls are handed over at once.
const BATCH: usize = 4096;
/// So many batches may wait for a worker.
const WAITING_BATCHES: usize = 4;

/// What a worker is given.
enum Work {
    Calls(Vec<(FunctionId, f64, Option<f64>)>),
    Minutes(Minutes),
}

impl Replays<'_> {
    /// Replays a trace.
    ///
    /// # Errors
    /// The first error of the rows; what was replayed before it is lost.
    pub fn run<E>(&self, rows: impl Iterator<Item = Result<Row, E>>) -> Result<Account, E> {
        let workers = self.workers.max(1);
        thread::scope(|scope| {
            let (senders, threads): (Vec<_>, Vec<_>) = (0..workers)
                .map(|_| {
                    let (sender, receiver) = sync_channel(WAITING_BATCHES);
                    (sender, scope.spawn(move || Worker::new(self).work(&receiver)))
                })
                .unzip();
            let read = self.hand_out(rows, &senders);
            drop(senders);
            let mut finished: Vec<Worker<'_>> =
                threads.into_iter().map(|thread| thread.join().expect("a worker indexes nothing that it has not made")).collect();
            let too_long = read?;
            Ok(Account { too_long, ..Account::of(&mut finished, self.lasts_s.unwrap_or(0.0)) })
        })
    }

    /// Of the draws of one function; neighboring seeds are told apart by the generator's own seeding.
    fn seed_of(&self, function: FunctionId) -> u64 {
        self.seed.wrapping_add(u64::from(function.0) << 1)
    }

    /// Hands all rows out; the first call that is longer than a function lets one run.
    fn hand_out<E>(
        &self,
        rows: impl Iterator<Item = Result<Row, E>>,
        senders: &[SyncSender<Work>],
    ) -> Result<Option<trace::Call>, E> {
        let mut too_long = None;
        let mut batches: Vec<Vec<_>> = senders.iter().map(|_| Vec::with_capacity(BATCH)).collect();
        // A worker ends only when nothing more is sent, so sending cannot fail.
        let send = |worker: usize, work: Work| _ = senders[worker].send(work);
        for row in rows {
            match row? {
                Row::Call(call) => {
                    if call.duration_s.is_some_and(|duration_s| self.function.longest_s < duration_s) {
                        too_long.get_or_insert(call);
                    }
                    let worker = call.function.0 as usize % senders.len();
                    batches[worker].push((call.function, call.at_s - self.start_s, call.duration_s));
                    if batches[worker].len() == BATCH {
                        send(worker, Work::Calls(std::mem::replace(&mut batches[worker], Vec::with_capacity(BATCH))));
                    }
                }
                Row::Minutes(minutes) => send(minutes.function.0 as usize % senders.len(), Work::Minutes(minutes)),
            }
        }
        batches.into_iter().enumerate().for_each(|(worker, batch)| send(worker, Work::Calls(batch)));
        Ok(too_long)
    }
}

/// A function in the middle of its calls.
struct Running<'r> {
    replay: Replay<'r>,
    durations: DurationSampler,
    random: Random,
}

struct Worker<'r> {
    replays: &'r Replays<'r>,
    /// By the number of the function divided by the number of workers: each worker has every so manieth function.
    running: Vec<Option<(FunctionId, Running<'r>)>>,
    recorder: Recorder,
    horizon_s: f64,
}

impl<'r> Worker<'r> {
    fn new(replays: &'r Replays<'r>) -> Self {
        Self { replays, running: Vec::new(), recorder: Recorder::new(), horizon_s: 0.0 }
    }

    fn work(mut self, receiver: &Receiver<Work>) -> Self {
        while let Ok(work) = receiver.recv() {
            match work {
                Work::Calls(calls) => {
                    for (function, at_s, duration_s) in calls {
                        self.horizon_s = self.horizon_s.max(at_s);
                        let replays = self.replays;
                        let (running, recorder) = self.running(function);
                        running.arrive(replays, at_s, duration_s, recorder);
                    }
                }
                Work::Minutes(minutes) => self.replay_minutes(&minutes),
            }
        }
        self
    }

    fn replay_minutes(&mut self, minutes: &Minutes) {
        let replays = self.replays;
        let end_s = (f64::from(minutes.first_minute) + minutes.counts.len() as f64) * 60.0 - replays.start_s;
        self.horizon_s = self.horizon_s.max(end_s);
        let seed = replays.seed_of(minutes.function);
        let (running, recorder) = self.running(minutes.function);
        if let Some(durations) = &minutes.durations {
            running.durations = durations.clone();
        }
        (replays.within_minute)(minutes, seed, &mut |at_s| running.arrive(replays, at_s - replays.start_s, None, recorder));
    }

    fn running(&mut self, function: FunctionId) -> (&mut Running<'r>, &mut Recorder) {
        let (replays, place) = (self.replays, function.0 as usize / self.replays.workers.max(1));
        if self.running.len() <= place {
            self.running.resize_with(place + 1, || None);
        }
        let (_, running) = self.running[place].get_or_insert_with(|| (function, Running::begin(replays, function)));
        (running, &mut self.recorder)
    }

    fn finish(&mut self, horizon_s: f64) -> BTreeMap<FunctionId, Totals> {
        let init = self.replays.init;
        let running = std::mem::take(&mut self.running).into_iter().flatten();
        running
            .map(|(function, running)| {
                (function, running.replay.finish(horizon_s, &mut self.recorder, &mut |random| init.draw_s(random)))
            })
            .collect()
    }
}

impl<'r> Running<'r> {
    fn begin(replays: &'r Replays<'r>, function: FunctionId) -> Self {
        let seed = replays.seed_of(function);
        Self {
            replay: Replay::begin(replays.function, seed),
            durations: replays.durations.clone(),
            random: Random::from_seed(seed.wrapping_add(1)),
        }
    }

    #[inline]
    fn arrive(&mut self, replays: &Replays<'_>, at_s: f64, duration_s: Option<f64>, recorder: &mut Recorder) {
        let duration_s = duration_s.unwrap_or_else(|| self.durations.draw_s(&mut self.random));
        self.replay.arrive(Call { at_s, duration_s }, recorder, &mut |random| replays.init.draw_s(random));
    }
}

impl Account {
    fn of(workers: &mut [Worker<'_>], least_s: f64) -> Self {
        let horizon_s = workers.iter().map(|worker| worker.horizon_s).fold(least_s, f64::max);
        let (totals, functions, recorder) = (Totals::default(), BTreeMap::new(), Recorder::new());
        let mut account = Self { totals, functions, recorder, horizon_s, too_long: None };
        for worker in workers {
            account.functions.extend(worker.finish(horizon_s));
            account.recorder.add(std::mem::take(&mut worker.recorder));
        }
        account.functions.values().for_each(|totals| account.totals.add(totals));
        account
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queueing::KeepAlive;

    fn run(workers: usize, rows: Vec<Row>) -> Account {
        let function = Function::plain(KeepAlive::TEN_MINUTES);
        let replays = Replays {
            function: &function,
            durations: &DurationSampler::constant(0.5),
            init: &DurationSampler::constant(0.2),
            within_minute: &|minutes, _, arrive| {
                for (minute, count) in (minutes.first_minute..).zip(&minutes.counts) {
                    (0..*count).for_each(|call| arrive(f64::from(minute) * 60.0 + f64::from(call)));
                }
            },
            seed: 1,
            workers,
            start_s: 0.0,
            lasts_s: None,
        };
        replays.run(rows.into_iter().map(Ok::<_, ()>)).unwrap()
    }

    #[test]
    fn each_function_has_its_own_environments_on_whatever_core() {
        let rows = || {
            (0..3000_u32)
                .map(|call| {
                    Row::Call(trace::Call { function: FunctionId(call % 7), at_s: f64::from(call), duration_s: None, line: 1 })
                })
                .collect::<Vec<_>>()
        };
        let (one, three) = (run(1, rows()), run(3, rows()));
        assert_eq!((one.totals.cold(), one.functions.len(), one.totals.arrived), (7, 7, 3000));
        assert_eq!(one.functions, three.functions);
        assert_eq!(one.recorder.total().latencies().count(), three.recorder.total().latencies().count());
        assert!((one.horizon_s - 2999.0).abs() < 1e-9);
    }

    #[test]
    fn counted_minutes_are_replayed_as_calls() {
        let minutes = |function, durations| {
            Row::Minutes(Minutes { function: FunctionId(function), first_minute: 0, counts: vec![3, 0, 2], durations })
        };
        let rows = (0..3).map(|function| minutes(function, None));
        // One that is said to take 0.25 s and not 0.5 s.
        let account = run(2, rows.chain([minutes(3, Some(DurationSampler::constant(0.25)))]).collect());
        assert_eq!((account.totals.arrived, account.totals.cold()), (20, 4));
        assert!((account.totals.busy_s - (15.0 * 0.5 + 5.0 * 0.25)).abs() < 1e-9, "{}", account.totals.busy_s);
        assert!((account.horizon_s - 180.0).abs() < 1e-9);
    }
}
