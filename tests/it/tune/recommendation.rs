//! What follows from calls: averages, choice, ties, the bound on what a better choice could save, what is said beside it.

use std::collections::BTreeMap;
use std::time::Duration;

use millicent::lambda_log::{FunctionErrorKind, Report};
use millicent::platform::Architecture;
use millicent::power_tuning::{SizeAverage, Strategy as Classic};
use millicent::price_book::PriceBook;
use millicent::tune::simulated::{Account, Formula, SIMULATIONS, Simulation};
use millicent::tune::{
    Averaging, Curves, Evaluation, Hints, Infeasible, Invocation, Label, Measuring, Rates, Recommendation, SizeSummary, Strategy,
    TuneResult, Tuner, mean_milliseconds, recommend, summarize, suspects,
};
use millicent::units::{Decimal, MemoryMb, Share, TimeSpan, Usd, statistic_from_decimal};
use millicent::usage::Region;
use proptest::prelude::*;

use super::support::{Bench, account, plan, simulation};

const ONE: [f64; 1] = [1.0];

fn rates() -> Rates {
    Rates::of(&PriceBook::bundled(), &Region::new("us-east-1"), Architecture::X86, MemoryMb::new(512)).unwrap()
}

fn averaging(weights: &[f64]) -> Averaging {
    Averaging { class_weights: weights.to_vec(), cold_only: false, cold_fraction: None, seed: 3 }
}

fn report(memory: u32, duration_ms: f64, init_ms: Option<f64>) -> Report {
    Report {
        request_id: "a".to_owned(),
        duration_ms,
        billed_ms: (duration_ms + init_ms.unwrap_or(0.0)).ceil() as u64,
        memory_mb: Some(memory),
        max_memory_used_mb: Some(60),
        init_ms,
        restore_ms: None,
        billed_restore_ms: None,
        status: None,
        error_type: None,
    }
}

fn call(number: u32, memory: u32, class: usize, label: Label, report: Report) -> Invocation {
    let memory = MemoryMb::new(memory);
    Invocation { number, memory, class, label, report: Some(report), error_type: None, client_ms: 1.0, cost: Usd::ZERO }
}

/// Warm calls of each size.
fn warm(sizes: &[(u32, Vec<f64>)]) -> Vec<Invocation> {
    let calls = sizes.iter().flat_map(|(memory, durations)| durations.iter().map(|duration| (*memory, *duration)));
    calls.zip(0..).map(|((memory, ms), number)| call(number, memory, 0, Label::Warm, report(memory, ms, None))).collect()
}

/// Ten calls around a mean, without a random number: the same relative deviations everywhere.
fn around(mean_ms: f64) -> Vec<f64> {
    [-0.04, 0.02, 0.01, -0.02, 0.03, 0.0, -0.01, 0.04, -0.03, 0.0].iter().map(|share| mean_ms * (1.0 + share)).collect()
}

fn summed(invocations: &[Invocation], weights: &[f64]) -> Vec<SizeSummary> {
    summarize(invocations, &BTreeMap::new(), &rates(), &averaging(weights))
}

fn chosen(sizes: &[SizeSummary], strategy: &Strategy) -> Option<Recommendation> {
    recommend(sizes, &Curves::through(sizes, &[], &Hints::default(), 3).ok()?, &rates(), strategy)
}

fn cheapest() -> Strategy {
    Strategy::PowerTuning(Classic::Cost)
}

fn of_durations(sizes: &[(u32, f64)], strategy: &Strategy) -> Recommendation {
    let calls: Vec<(u32, Vec<f64>)> = sizes.iter().map(|(memory, mean_ms)| (*memory, around(*mean_ms))).collect();
    chosen(&summed(&warm(&calls), &ONE), strategy).unwrap()
}

#[test]
fn weighted_classes_are_averaged_by_their_weights_and_nothing_is_trimmed() {
    let durations = [(0, 100.0, 9_u32), (1, 2000.0, 1)];
    // 90 % × 100 ms + 10 % × 2,000 ms = 290 ms, whether a class has its share of the calls or not.
    for calls in [[9, 1], [5, 5]] {
        let mut invocations = Vec::new();
        for ((class, duration_ms, _), count) in durations.iter().zip(calls) {
            for _ in 0..count {
                let number = invocations.len() as u32;
                invocations.push(call(number, 512, *class, Label::Warm, report(512, *duration_ms, None)));
            }
        }
        let size = &summed(&invocations, &[9.0, 1.0])[0];
        assert!((size.billed_ms.point - 290.0).abs() < 1e-9 && (size.duration_ms.point - 290.0).abs() < 1e-9, "{calls:?}");
    }
}

#[test]
fn cold_calls_are_counted_apart_and_their_init_is_blended_in_by_its_share() {
    let mut invocations = warm(&[(1024, vec![100.0; 10])]);
    invocations.push(call(90, 1024, 0, Label::Cold, report(1024, 130.0, Some(400.0))));
    let warm_only = &summed(&invocations, &ONE)[0];
    assert_eq!((warm_only.calls, warm_only.cold_calls), (10, 1));
    assert!((warm_only.duration_ms.point - 100.0).abs() < 1e-9);
    // 2 % of the requests bill 400 ms more: 100 + 0.02 × 400 = 108 ms at 1 GB, and the request.
    let share: Share = "2%".parse().unwrap();
    let blended = Averaging { cold_fraction: Some(share), ..averaging(&ONE) };
    let blended = &summarize(&invocations, &BTreeMap::new(), &rates(), &blended)[0];
    let expected = 0.108 * 0.000_016_666_7 * 1e6 + 0.2;
    assert!((blended.cost_per_million_usd.point - expected).abs() < 1e-9, "{}", blended.cost_per_million_usd.point);
    assert!((blended.billed_ms.point - 100.0).abs() < 1e-9);
    // With three cold calls of its own a size says itself what a cold start bills beyond a warm call: 530 − 100.
    for number in [91, 92] {
        invocations.push(call(number, 1024, 0, Label::Cold, report(1024, 130.0, Some(400.0))));
    }
    assert_eq!(summed(&invocations, &ONE)[0].cold_extra_ms, Some(430.0));
}

#[test]
fn a_hidden_init_is_labeled_and_a_heavy_tail_is_kept() {
    let cold = call(99, 1769, 0, Label::Cold, report(1769, 120.0, Some(700.0)));
    let of = |outlier_ms: f64| {
        let mut durations = around(100.0);
        durations.push(outlier_ms);
        let mut invocations = warm(&[(1769, durations)]);
        invocations.push(cold.clone());
        summed(&invocations, &ONE).remove(0)
    };
    // Longer by the INIT of 700 ms: its environment was replaced.
    let hidden = of(800.0);
    assert_eq!((hidden.hidden_inits.clone(), hidden.calls), (vec![10], 10));
    assert!((hidden.duration_ms.point - 100.0).abs() < 0.5);
    // Longer by something else: that is how the function is.
    for outlier_ms in [300.0, 5000.0] {
        let kept = of(outlier_ms);
        assert_eq!((kept.hidden_inits.len(), kept.calls), (0, 11));
        assert!((kept.duration_ms.point - (1000.0 + outlier_ms) / 11.0).abs() < 0.5);
        assert!((kept.longest_ms - outlier_ms).abs() < 1e-9);
    }
}

#[test]
fn only_sizes_that_work_are_summed_up() {
    let mut invocations = warm(&[(128, around(50.0)), (512, around(200.0))]);
    invocations.push(call(70, 256, 0, Label::Failed(FunctionErrorKind::Handler), report(256, 3.0, None)));
    let failed = Infeasible::Failed { kind: FunctionErrorKind::OutOfMemory, error_type: None };
    let infeasible = BTreeMap::from([(MemoryMb::new(128), failed)]);
    let sizes = summarize(&invocations, &infeasible, &rates(), &averaging(&ONE));
    assert_eq!(sizes.iter().map(|size| size.memory.get()).collect::<Vec<_>>(), [512]);
    assert!(chosen(&[], &cheapest()).is_none());
}

#[test]
fn a_size_that_is_too_fast_beside_a_larger_one_is_suspect_and_not_recommended() {
    let calls = warm(&[(128, around(40.0)), (512, around(200.0)), (1024, around(105.0))]);
    let sizes = summed(&calls, &ONE);
    assert_eq!(suspects(&sizes), [MemoryMb::new(128)]);
    let recommendation = chosen(&sizes, &cheapest()).unwrap();
    assert!(recommendation.memory.get() > 128 && !recommendation.ties.contains(&MemoryMb::new(128)));
}

#[test]
fn a_function_that_memory_does_not_help_gets_the_smallest_measured_size() {
    for mean_ms in [3.0, 180.0, 9000.0] {
        let recommendation = of_durations(&[(256, mean_ms), (512, mean_ms), (1769, mean_ms)], &cheapest());
        assert_eq!((recommendation.memory.get(), recommendation.ties.len()), (256, 0));
    }
}

#[test]
fn a_limit_is_met_by_what_was_measured_or_the_nearest_size_is_said() {
    let sizes = [(256, 800.0), (512, 400.0), (1024, 210.0)];
    let within = |p95: &str| of_durations(&sizes, &Strategy::CheapestWithin { p95: p95.parse::<TimeSpan>().unwrap() });
    assert_eq!((within("500ms").memory.get(), within("500ms").meets_limit), (512, true));
    assert_eq!((within("2s").memory.get(), within("2s").meets_limit), (256, true));
    assert_eq!((within("100ms").memory.get(), within("100ms").meets_limit), (1024, false));
    // The 95 % quantile counts, not the mean: around(400) reaches 416.
    assert_eq!(within("405ms").memory.get(), 1024);
}

#[test]
fn more_speed_is_bought_up_to_the_tolerance_and_not_beyond() {
    // 0.2 $ a million for the request, the rest is 4.17, 4.42, 6.67.
    let sizes = [(256, 1000.0), (512, 530.0), (1024, 400.0)];
    let within = |share: &str| {
        let tolerance = share.parse::<Share>().unwrap();
        of_durations(&sizes, &Strategy::FastestWithin { tolerance }).memory.get()
    };
    assert_eq!([within("1%"), within("10%"), within("80%")], [256, 512, 1024]);
}

#[test]
fn sizes_of_equal_cost_tie_whichever_is_chosen() {
    // Twice the memory for half the time, to the last millisecond and draw.
    let sizes = [(512, 400.0), (1024, 200.0)];
    let exact = warm(&[(512, vec![400.0; 10]), (1024, vec![200.0; 10])]);
    let recommendation = chosen(&summed(&exact, &ONE), &cheapest()).unwrap();
    // By cost the faster of two equal ones.
    assert_eq!((recommendation.memory.get(), recommendation.ties), (1024, vec![MemoryMb::new(512)]));
    assert_eq!(of_durations(&sizes, &cheapest()).ties.len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn the_three_strategies_choose_as_aws_lambda_power_tuning_does_on_the_same_averages(
        means in prop::collection::vec(20.0_f64..2000.0, 3), weight in 0.0_f64..1.0,
    ) {
        let mut means = means;
        means.sort_by(|one, other| other.total_cmp(one));
        let sizes: Vec<(u32, Vec<f64>)> =
            [256, 1024, 3008].into_iter().zip(&means).map(|(memory, mean)| (memory, around(*mean))).collect();
        let sizes = summed(&warm(&sizes), &ONE);
        // It counts no request fee.
        let averages: Vec<SizeAverage> = sizes.iter().map(|size| SizeAverage {
            memory: size.memory, average_cost: size.compute_usd, average_duration_ms: size.duration_ms.point,
        }).collect();
        for strategy in [Classic::Cost, Classic::Speed, Classic::Balanced { weight }] {
            let expected = strategy.choose(&averages).unwrap().memory;
            let recommendation = chosen(&sizes, &Strategy::PowerTuning(strategy)).unwrap();
            prop_assert_eq!(recommendation.memory, expected);
            prop_assert!(!recommendation.ties.contains(&expected) && recommendation.meets_limit);
            prop_assert!(recommendation.regret.bound >= 0.0 && recommendation.regret.bound.is_finite());
        }
    }

    #[test]
    fn a_slower_function_of_the_same_shape_gets_the_same_size(factor in 1.0_f64..20.0) {
        // Long calls: rounding up to a millisecond and the request fee are no shape.
        let sizes = |factor: f64| [(256, 8000.0 * factor), (512, 3500.0 * factor), (1769, 1100.0 * factor)];
        let once = of_durations(&sizes(1.0), &cheapest());
        let more = of_durations(&sizes(factor), &cheapest());
        prop_assert_eq!((once.memory, once.ties), (more.memory, more.ties));
    }
}

/// The true cost of a simulated function at a size: its mean, billed half a millisecond above it.
fn true_cost(formula: &Formula, memory_mb: u32) -> f64 {
    let billed_ms = mean_milliseconds(formula.mean_ms(f64::from(memory_mb)) + 0.5);
    statistic_from_decimal(rates().invocation(MemoryMb::new(memory_mb), billed_ms).amount())
}

/// Runs of one simulated function whose true regret is within the printed bound.
fn bounds_that_hold(formula: &Formula, seeds: u64) -> usize {
    let holds = |seed: &u64| {
        let function = Box::new(Simulation::new(*formula, *seed));
        let account = Account::new(function, MemoryMb::new(512), Duration::from_secs(60), Architecture::X86);
        let mut plan = plan(&[128, 256, 512, 1024, 1769, 3008]);
        plan.measuring = Measuring::Warm { calls: 8, workers: 1 };
        let ended = Bench::new(account).undisturbed(Tuner::measure(plan));
        let sizes = summarize(&ended.invocations, &ended.infeasible, &rates(), &averaging(&ONE));
        let recommendation = chosen(&sizes, &cheapest()).unwrap();
        let optimum = (128..=3008).map(|memory| true_cost(formula, memory)).fold(f64::INFINITY, f64::min);
        true_cost(formula, recommendation.memory.get()) / optimum - 1.0 <= recommendation.regret.bound + 1e-9
    };
    (0..seeds).filter(holds).count()
}

/// Of five functions, by name.
fn all_bounds_that_hold(seeds: u64) -> Vec<(&'static str, usize)> {
    std::thread::scope(|scope| {
        let runs = ["cpu", "io", "mixed", "threads", "steep"].map(|name| {
            let (.., formula) = SIMULATIONS.iter().find(|(known, ..)| *known == name).unwrap();
            scope.spawn(move || (name, bounds_that_hold(formula, seeds)))
        });
        runs.map(|run| run.join().unwrap()).to_vec()
    })
}

/// Seeds are fixed, so the count is always the same.
#[test]
fn the_printed_bound_holds() {
    let held = all_bounds_that_hold(4);
    assert!(held.iter().map(|(_, held)| held).sum::<usize>() >= 19, "{held:?}");
}

fn evaluated(bench: &mut Bench, plan: millicent::tune::Plan, requests: Option<u32>) -> TuneResult {
    let ended = bench.undisturbed(Tuner::measure(plan));
    let prices = PriceBook::bundled();
    let evaluation = Evaluation {
        averaging: averaging(&ONE),
        strategy: cheapest(),
        requests_per_month: requests.map(Decimal::from),
        alike: Vec::new(),
        prices: &prices,
        region: Region::new("us-east-1"),
    };
    TuneResult::of(ended, "orders".to_owned(), evaluation).unwrap()
}

fn notes(result: &TuneResult) -> String {
    result.notes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_month_costs_what_the_estimate_says_for_the_same_usage() {
    let mut bench = Bench::new(account(simulation("mixed")));
    let result = evaluated(&mut bench, plan(&[128, 512]), Some(3_000_000));
    for size in &result.sizes {
        let scenario = format!(
            "[workload]\nrequests = \"3M/month\"\nduration = \"{}ms\"\nmemory = \"{}MB\"\n",
            // The estimate rounds up; a mean of whole milliseconds is given as such.
            size.billed_ms.point.ceil(),
            size.memory.get()
        );
        let estimate = crate::support::estimate(&scenario).unwrap();
        let (ours, theirs) = (result.monthly[&size.memory].amount(), estimate.options[0].bill.total().amount());
        let rounded = Decimal::from(3_000_000) * Decimal::from(size.memory.get()) / Decimal::from(1024) / Decimal::from(1000)
            * "0.0000166667".parse::<Decimal>().unwrap();
        assert!(ours <= theirs && theirs - ours < rounded, "{ours} {theirs}");
    }
}

#[test]
fn what_is_near_a_limit_or_buys_nothing_is_said() {
    let mut bench = Bench::new(account(simulation("cpu")));
    let result = evaluated(&mut bench, plan(&[512, 1769, 3008]), None);
    assert!(notes(&result).contains("more than 1,769 MB makes it no faster"), "{}", notes(&result));
    assert!(notes(&result).contains("cold calls are kept apart"));

    let formula = |change: fn(&mut Formula)| {
        let (.., formula) = SIMULATIONS.iter().find(|(name, ..)| *name == "cpu").unwrap();
        let mut formula = *formula;
        change(&mut formula);
        Box::new(Simulation::new(formula, 1))
    };
    let mut bench = Bench::new(account(formula(|formula| formula.needs_mb = 480)));
    let result = evaluated(&mut bench, plan(&[512]), None);
    assert!(notes(&result).contains("a call used 480 MB of the 512 MB"), "{}", notes(&result));

    let mut bench = Bench::new(account(formula(|formula| formula.cpu_ms = 7000.0)));
    let result = evaluated(&mut bench, plan(&[512]), None);
    assert!(notes(&result).contains("near the function's time-out of 30 s"), "{}", notes(&result));
}

#[test]
fn what_is_missing_from_the_averages_is_said() {
    use millicent::tune::{Action, Failure, FailureKind, Outcome};
    let mut bench = Bench::new(account(simulation("cpu")));
    let mut throttled = 0;
    let mut lost = 0;
    let ended = bench.drive(
        Tuner::measure(plan(&[512, 1024])),
        &mut |_, action, now, _| {
            let Action::Invoke(call) = action else { return None };
            let failed = |kind| Some((now + Duration::from_millis(9), Outcome::Failed(Failure::new(kind, "of the test"))));
            if call.memory.get() == 512 && throttled < 1 {
                throttled += 1;
                return failed(FailureKind::Throttled);
            }
            if call.memory.get() == 1024 && lost < 2 {
                lost += 1;
                return failed(FailureKind::Unavailable);
            }
            None
        },
        &mut |_, _| {},
    );
    let prices = PriceBook::bundled();
    let evaluation = Evaluation {
        averaging: averaging(&ONE),
        strategy: cheapest(),
        requests_per_month: None,
        alike: Vec::new(),
        prices: &prices,
        region: Region::new("us-east-1"),
    };
    let result = TuneResult::of(ended, "orders".to_owned(), evaluation).unwrap();
    let notes = notes(&result);
    assert!(notes.contains("throttled: 1 call, made again later"), "{notes}");
    assert!(notes.contains("2 calls without an answer and 0 without a report: up to $"), "{notes}");
    // A lost call is paid for in the books, and averaged nowhere.
    assert!(result.ended.ledger.unknown() > Usd::ZERO);
    assert!(result.sizes.iter().all(|size| size.duration_ms.point > 100.0));
}

#[test]
fn a_size_without_a_call_of_the_wanted_kind_is_said() {
    let mut bench = Bench::new(account(simulation("cpu")));
    let mut limited = plan(&[512, 1024]);
    // One cold and three warm calls of the larger size, and one cold call of the other.
    limited.max_invocations = 5;
    limited.concurrency = 1;
    let result = evaluated(&mut bench, limited, None);
    assert!(notes(&result).contains("no call of the wanted kind at"), "{}", notes(&result));
}
