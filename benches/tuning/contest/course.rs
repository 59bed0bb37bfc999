//! Every contestant over every function and seed, on all processors. The order of the work changes no result.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::contestants::{Contestant, Run};
use super::replay::{Replay, Scenario};
use super::scores::{Scored, mean};

/// What all dollars are relative to.
pub(crate) const REFERENCE: Contestant = Contestant::PowerTuning { calls: 10 };

/// Distance between the seeds of two functions' streams.
const STRIDE: u64 = 1_000_003;

/// The runs of each contestant, scored function by function.
pub(crate) fn course<'f>(
    contestants: &[Contestant],
    functions: &'f [Replay],
    scenario: Scenario,
    seeds: u64,
) -> Vec<(Contestant, Vec<Scored<'f>>)> {
    let spent = |runs: &Vec<Run>| mean(runs.iter().map(|run| run.spent_usd));
    let reference_usd: Vec<f64> = runs(REFERENCE, functions, scenario, seeds).iter().map(spent).collect();
    let scored = |contestant: &Contestant| {
        let runs = runs(*contestant, functions, scenario, seeds).into_iter().zip(functions).zip(&reference_usd);
        let scored = runs.map(|((runs, function), reference_usd)| Scored { function, runs, reference_usd: *reference_usd });
        (*contestant, scored.collect())
    };
    contestants.iter().map(scored).collect()
}

/// By function and seed.
fn runs(contestant: Contestant, functions: &[Replay], scenario: Scenario, seeds: u64) -> Vec<Vec<Run>> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(function) = functions.get(index) else { return done };
            let runs = (0..seeds).map(|seed| contestant.run(function, scenario, seed * STRIDE + index as u64));
            done.push((index, runs.collect()));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut done: Vec<(usize, Vec<Run>)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a contestant stopped")).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, runs)| runs).collect()
}
