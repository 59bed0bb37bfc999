//! Calls replayed one by one: how many a second, in how much memory, and a whole account's day.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use criterion::Criterion;
use millicent::queueing::KeepAlive;
use millicent::replay::{Account, Call, Function, Recorder, Replays, Totals};
use millicent::stats::{DurationSampler, Random};
use millicent::trace::{Minutes, TraceOptions, TraceReader};
use millicent::traffic::{Pattern, WithinMinute, fleet, minute_counts, spread};

const RUNS: usize = 7;
const DAY_S: f64 = 86_400.0;

/// The figures of the replay.
pub(crate) fn calls(criterion: &mut Criterion) {
    documented_example(criterion);
    calls_a_second();
    thousand_functions();
}

/// Poisson arrivals, exponential durations, environments kept for ten minutes: nothing else.
fn replay(rate_per_s: f64, mean_s: f64, horizon_s: f64) -> Totals {
    let durations = DurationSampler::exponential(mean_s);
    let mut random = Random::from_seed(2);
    let arrivals = Pattern::poisson(rate_per_s).expect("it is a rate").arrivals(1).until(horizon_s);
    let calls = arrivals.map(|at_s| Call { at_s, duration_s: durations.draw_s(&mut random) });
    let mut recorder = Recorder::lasting(horizon_s);
    Function::plain(KeepAlive::TEN_MINUTES).replay(calls, horizon_s, &mut recorder, 3, &mut |_| 0.253)
}

/// The documented example of SimFaaS 0.2.2: 0.9 a second, 1.991 s each, 10⁶ s; it takes 10 to 12 s and finds 0.00135.
fn documented_example(criterion: &mut Criterion) {
    let ask = || replay(0.9, 1.991, 1e6);
    let totals = ask();
    assert!((0.00125..0.00145).contains(&totals.cold_share()), "{}", totals.cold_share());
    assert!((7.55..7.85).contains(&(totals.alive_s / 1e6)));
    let median = median(ask).0;
    assert!(median <= Duration::from_millis(20), "the documented example takes {median:?}");
    let mut group = criterion.benchmark_group("replay");
    group.sample_size(20);
    group.bench_function("the documented example of SimFaaS, 900,000 calls", |bencher| bencher.iter(ask));
    group.finish();
}

/// One core, generated on the way: at several loads, and for one, ten and a hundred million calls.
fn calls_a_second() {
    for (rate_per_s, mean_s, count) in
        [(0.9, 1.991, 1e6), (0.9, 1.991, 1e7), (0.9, 1.991, 1e8), (50.0, 0.2, 1e7), (1000.0, 0.1, 1e7), (10_000.0, 0.1, 1e7)]
    {
        let horizon_s = count / rate_per_s;
        let (time, totals) = median(|| replay(rate_per_s, mean_s, horizon_s));
        assert!((totals.arrived as f64 / count - 1.0).abs() < 0.01);
        assert!((totals.busy_s / horizon_s / (rate_per_s * mean_s) - 1.0).abs() < 0.02, "Little's law");
        let millions = totals.arrived as f64 / time.as_secs_f64() / 1e6;
        println!(
            "replay: {:>5.0} million calls, {:>6.1} in progress on average: {millions:.1} million a second",
            count / 1e6,
            rate_per_s * mean_s
        );
        assert!(30.0 <= millions, "{millions:.1} million a second at {rate_per_s} × {mean_s}");
    }
}

/// A day of a thousand functions as a cloud has them, counted by the minute in the format of Azure 2019, on two cores.
fn thousand_functions() {
    let (text, calls) = account_of_a_day();
    let ask = || replay_account(&text);
    let (time, account) = median(ask);
    assert_eq!((account.functions.len(), account.totals.arrived), (1000, calls));
    println!(
        "replay: a day of 1,000 functions, {:.1} million calls, {:.1} MB as CSV: {:.0} ms on two cores",
        calls as f64 / 1e6,
        text.len() as f64 / 1e6,
        time.as_secs_f64() * 1e3
    );
    assert!(time <= Duration::from_secs(1), "a day of 1,000 functions takes {time:?}");
}

fn account_of_a_day() -> (String, u64) {
    let mut text = "HashOwner,HashApp,HashFunction,Trigger".to_owned();
    (1..=1440).for_each(|minute| write!(text, ",{minute}").expect("a text can be written"));
    text.push('\n');
    let mut calls = 0;
    for (index, function) in fleet(1, 1000).enumerate() {
        write!(text, "owner,app,{index},http").expect("a text can be written");
        for count in minute_counts(function.arrivals().until(DAY_S), 1440) {
            calls += u64::from(count);
            write!(text, ",{count}").expect("a text can be written");
        }
        text.push('\n');
    }
    (text, calls)
}

fn replay_account(text: &str) -> Account {
    let function = Function::plain(KeepAlive::TEN_MINUTES);
    let spread_minutes = |minutes: &Minutes, seed: u64, arrive: &mut dyn FnMut(f64)| {
        let moments = spread(minutes.counts.iter().copied(), WithinMinute::Poisson, seed);
        moments.into_iter().flatten().for_each(arrive);
    };
    let replays = Replays {
        function: &function,
        durations: &DurationSampler::log_normal(-1.0, 0.5),
        init: &DurationSampler::constant(0.25),
        within_minute: &spread_minutes,
        seed: 1,
        workers: 2,
        start_s: 0.0,
        lasts_s: None,
    };
    let reader = TraceReader::new(text.as_bytes(), TraceOptions::new("day.csv")).expect("it has a header");
    replays.run(reader).expect("every line is well formed")
}

fn median<T>(mut ask: impl FnMut() -> T) -> (Duration, T) {
    let mut times = Vec::new();
    let mut answer = ask();
    for _ in 0..RUNS {
        let start = Instant::now();
        answer = ask();
        times.push(start.elapsed());
    }
    times.sort_unstable();
    (times[RUNS / 2], answer)
}
