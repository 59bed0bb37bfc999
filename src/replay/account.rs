//! The functions of a trace, spread over the cores.
//!
//! Every function has its own environments and nothing to do with the others, so each is replayed by one worker alone. The one
//! who reads the trace hands calls out in batches and keeps none; what a worker keeps is the state of its functions.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::function::{Function, Replay};
use super::recorder::Recorder;
use super::totals::{Call, Totals};
use crate::stats::{DurationSampler, Random};
use crate::trace::{FunctionId, Minutes, Row};

/// How functions of a trace are replayed: all alike.
#[derive(Debug, Clone, Copy)]
pub struct Replays<'r> {
    /// The settings of each function.
    pub function: &'r Function,
    /// How long a call takes where the trace does not say, by function.
    pub durations: &'r (dyn Fn(FunctionId) -> DurationSampler + Sync),
    /// How long an environment takes to start.
    pub init: &'r DurationSampler,
    /// The times of calls, of which only the number in each minute is known, from a seed.
    pub within_minute: &'r (dyn Fn(&Minutes, u64, &mut dyn FnMut(f64)) + Sync),
    /// The seed of everything that is drawn.
    pub seed: u64,
    /// Threads that replay.
    pub workers: usize,
    /// The second of the trace that counts as the first; calls before it are errors of the one who calls.
    pub start_s: f64,
}

impl std::fmt::Debug for dyn Fn(FunctionId) -> DurationSampler + Sync + '_ {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("durations by function")
    }
}

impl std::fmt::Debug for dyn Fn(&Minutes, u64, &mut dyn FnMut(f64)) + Sync + '_ {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("times within a minute")
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
    /// How long the trace lasts: to its last call or last minute.
    pub horizon_s: f64,
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
            read?;
            Ok(Account::of(&mut finished))
        })
    }

    fn hand_out<E>(&self, rows: impl Iterator<Item = Result<Row, E>>, senders: &[SyncSender<Work>]) -> Result<(), E> {
        let mut batches: Vec<Vec<_>> = senders.iter().map(|_| Vec::with_capacity(BATCH)).collect();
        // A worker ends only when nothing more is sent, so sending cannot fail.
        let send = |worker: usize, work: Work| _ = senders[worker].send(work);
        for row in rows {
            match row? {
                Row::Call(call) => {
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
        Ok(())
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
    running: BTreeMap<FunctionId, Running<'r>>,
    recorder: Recorder,
    horizon_s: f64,
}

impl<'r> Worker<'r> {
    fn new(replays: &'r Replays<'r>) -> Self {
        Self { replays, running: BTreeMap::new(), recorder: Recorder::new(), horizon_s: 0.0 }
    }

    fn work(mut self, receiver: &Receiver<Work>) -> Self {
        while let Ok(work) = receiver.recv() {
            match work {
                Work::Calls(calls) => {
                    for (function, at_s, duration_s) in calls {
                        self.arrive(function, at_s, duration_s);
                    }
                }
                Work::Minutes(minutes) => {
                    let seed = self.seed_of(minutes.function);
                    let replays = self.replays;
                    (replays.within_minute)(&minutes, seed, &mut |at_s| self.arrive(minutes.function, at_s - replays.start_s, None));
                    let end_s = (f64::from(minutes.first_minute) + minutes.counts.len() as f64) * 60.0 - replays.start_s;
                    self.horizon_s = self.horizon_s.max(end_s);
                }
            }
        }
        self
    }

    fn seed_of(&self, function: FunctionId) -> u64 {
        // Neighboring seeds are told apart by the generator's own seeding.
        self.replays.seed.wrapping_add(u64::from(function.0) << 1)
    }

    fn arrive(&mut self, function: FunctionId, at_s: f64, duration_s: Option<f64>) {
        let (replays, seed) = (self.replays, self.seed_of(function));
        let running = self.running.entry(function).or_insert_with(|| Running {
            replay: Replay::begin(replays.function, seed),
            durations: (replays.durations)(function),
            random: Random::from_seed(seed + 1),
        });
        let duration_s = duration_s.unwrap_or_else(|| running.durations.draw_s(&mut running.random));
        self.horizon_s = self.horizon_s.max(at_s);
        running.replay.arrive(Call { at_s, duration_s }, &mut self.recorder, &mut |random| replays.init.draw_s(random));
    }

    fn finish(&mut self, horizon_s: f64) -> BTreeMap<FunctionId, Totals> {
        let init = self.replays.init;
        let running = std::mem::take(&mut self.running).into_iter();
        running
            .map(|(function, running)| {
                (function, running.replay.finish(horizon_s, &mut self.recorder, &mut |random| init.draw_s(random)))
            })
            .collect()
    }
}

impl Account {
    fn of(workers: &mut [Worker<'_>]) -> Self {
        let horizon_s = workers.iter().map(|worker| worker.horizon_s).fold(0.0, f64::max);
        let mut account = Self { totals: Totals::default(), functions: BTreeMap::new(), recorder: Recorder::new(), horizon_s };
        for worker in workers {
            account.functions.extend(worker.finish(horizon_s));
            account.recorder.add(std::mem::take(&mut worker.recorder));
        }
        account.functions.values().for_each(|totals| account.totals.add(totals));
        account
    }
}
