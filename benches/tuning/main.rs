//! Tuners compared on recorded functions: `cargo bench --bench tuning`.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads its arguments and the clock")]

mod contest;

use std::sync::atomic::{AtomicUsize, Ordering};

use contest::contestants::{Contestant, Run, all};
use contest::recording::{Set, summaries};
use contest::replay::{Replay, Scenario};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--test") || !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let seeds: u64 = value(&arguments, "--seeds").map_or(20, |seeds| seeds.parse().expect("a number of seeds"));
    let scenario = if value(&arguments, "--scenario").as_deref() == Some("S1") {
        Scenario::FirstCallsCold
    } else {
        Scenario::FirstCallsWarm
    };
    let sets: Vec<Set> = match value(&arguments, "--set").as_deref() {
        Some("A") => vec![Set::A],
        Some("B") => vec![Set::B],
        Some("oom") => vec![Set::OutOfMemory],
        _ => vec![Set::A, Set::B],
    };
    let only = value(&arguments, "--contestant");
    let name = value(&arguments, "--function");
    let functions: Vec<Replay> = summaries()
        .iter()
        .flat_map(|recording| recording.sets().into_iter().map(move |set| (recording, set)))
        .filter(|(recording, set)| sets.contains(set) && name.as_ref().is_none_or(|name| recording.full_name().contains(name)))
        .map(|(recording, set)| Replay::new(recording, set))
        .collect();
    println!("{} functions, {seeds} seeds, {}", functions.len(), scenario.name());
    let contestants: Vec<Contestant> =
        all().into_iter().filter(|one| only.as_ref().is_none_or(|only| one.name().contains(only))).collect();
    let baseline = runs(Contestant::PowerTuning { calls: 10 }, &functions, scenario, seeds);
    for contestant in contestants {
        let all_runs = runs(contestant, &functions, scenario, seeds);
        if arguments.iter().any(|argument| argument == "--per-function") {
            for (function, runs) in functions.iter().zip(&all_runs) {
                let regrets: Vec<f64> =
                    runs.iter().map(|run| run.recommended_mb.and_then(|mb| function.regret(mb)).unwrap_or(f64::NAN)).collect();
                println!(
                    "{},{},{:.1},{:.1},{:.3},{:.3},{:?}",
                    function.name,
                    function.best_mb,
                    mean(runs.iter().map(|run| f64::from(run.calls))),
                    mean(runs.iter().map(|run| f64::from(run.sizes))),
                    100.0 * mean(regrets.iter().copied()),
                    100.0 * mean(runs.iter().filter_map(|run| run.claim.map(|claim| claim.bound))),
                    runs.iter().take(5).map(|run| run.recommended_mb.unwrap_or(0)).collect::<Vec<_>>()
                );
            }
        }
        let flat = || functions.iter().zip(&all_runs).flat_map(|(function, runs)| runs.iter().map(move |run| (function, run)));
        let mut regrets: Vec<f64> =
            flat().filter_map(|(function, run)| function.regret(run.recommended_mb?)).map(|regret| regret.min(5.0)).collect();
        let mut with_fee: Vec<f64> = flat()
            .filter_map(|(function, run)| function.regret_with_fee(run.recommended_mb?))
            .map(|regret| regret.min(5.0))
            .collect();
        regrets.sort_by(f64::total_cmp);
        with_fee.sort_by(f64::total_cmp);
        let dollars =
            mean(all_runs.iter().zip(&baseline).map(|(one, other)| {
                (mean(one.iter().map(|run| run.spent_usd)) / mean(other.iter().map(|run| run.spent_usd))).ln()
            }))
            .exp();
        let claims: Vec<(f64, f64, f64, f64)> = flat()
            .filter_map(|(function, run)| {
                let (claim, size) = (run.claim?, run.recommended_mb?);
                Some((claim.bound, claim.expected, function.regret(size)?, function.regret_with_fee(size)?))
            })
            .collect();
        let choices: u32 = flat().map(|(_, run)| run.choosing.choices).sum();
        let median = |mut values: Vec<f64>| {
            values.sort_by(f64::total_cmp);
            values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
        };
        println!(
            "{:24} calls {:6.1} sizes {:4.1} changes {:4.1} dollars {:.3} regret {:.1}/{:.1}/{:.1} fee {:.1}/{:.1} none {} wrong {} failing {:.1} wall {:.0} holds {:.1} (fee {:.1}) bound {:.1} expected {:.1} choose mean {:.2} ms max {:.2} ms",
            contestant.name(),
            mean(flat().map(|(_, run)| f64::from(run.calls))),
            mean(flat().map(|(_, run)| f64::from(run.sizes))),
            mean(flat().map(|(_, run)| f64::from(run.configuration_changes))),
            dollars,
            100.0 * regrets.get(regrets.len() / 2).copied().unwrap_or(f64::NAN),
            100.0 * mean(regrets.iter().copied()),
            100.0 * regrets.get(regrets.len() * 95 / 100).copied().unwrap_or(f64::NAN),
            100.0 * mean(with_fee.iter().copied()),
            100.0 * with_fee.get(with_fee.len() * 95 / 100).copied().unwrap_or(f64::NAN),
            flat().filter(|(_, run)| run.recommended_mb.is_none()).count(),
            flat()
                .filter(|(function, run)| run
                    .recommended_mb
                    .is_some_and(|size| !run.was_measured || function.cost_usd(size).is_none()))
                .count(),
            mean(flat().map(|(_, run)| f64::from(run.failing_calls))),
            median(flat().map(|(_, run)| run.seconds).collect()),
            100.0 * mean(claims.iter().map(|claim| f64::from(u8::from(claim.2 <= claim.0 + 1e-9)))),
            100.0 * mean(claims.iter().map(|claim| f64::from(u8::from(claim.3 <= claim.0 + 1e-9)))),
            100.0 * median(claims.iter().map(|claim| claim.0).collect()),
            100.0 * mean(claims.iter().map(|claim| claim.1)),
            1000.0 * flat().map(|(_, run)| run.choosing.seconds).sum::<f64>() / f64::from(choices.max(1)),
            1000.0 * flat().map(|(_, run)| run.choosing.longest_seconds).fold(0.0, f64::max),
        );
    }
}

fn value(arguments: &[String], flag: &str) -> Option<String> {
    arguments.iter().position(|argument| argument == flag).and_then(|at| arguments.get(at + 1)).cloned()
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    sum / f64::from(count)
}

fn runs(contestant: Contestant, functions: &[Replay], scenario: Scenario, seeds: u64) -> Vec<Vec<Run>> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut done: Vec<(usize, Vec<Run>)> = std::thread::scope(|scope| {
        let work = || {
            let mut done = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(function) = functions.get(index) else { return done };
                done.push((
                    index,
                    (0..seeds).map(|seed| contestant.run(function, scenario, seed * 1_000_003 + index as u64)).collect(),
                ));
            }
        };
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        handles.into_iter().flat_map(|handle| handle.join().expect("a thread ends")).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, runs)| runs).collect()
}
