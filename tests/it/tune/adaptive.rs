//! Runs that choose their sizes: what they cost and how good their choice is, on functions whose best size is known.
//!
//! The families are those to expect of real functions: threads, waiting, mixtures, steep bottoms, floors of memory, staircases,
//! noise of every kind. None is a recording; limits are per family, over seeds.

use std::time::Duration;

use millicent::fit::Point;
use millicent::lambda_log::FunctionErrorKind;
use millicent::platform::Architecture;
use millicent::price_book::PriceBook;
use millicent::stats::Random;
use millicent::tune::simulated::{Account, Environment, Function, Ran, Situation};
use millicent::tune::{Averaging, Ended, Enough, Evaluation, Label, Outcome, Plan, SizeChoice, TuneResult, Tuner};
use millicent::units::{Decimal, MemoryMb, TimeSpan, Usd};
use millicent::usage::Region;
use proptest::prelude::*;

use super::support::{Bench, plan};

/// A function by its mean duration over memory.
#[derive(Clone)]
struct Made {
    mean_ms: fn(f64) -> f64,
    /// Coefficient of variation; calls are log-normal.
    noise: f64,
    /// Smaller sizes are killed.
    floor_mb: f64,
    /// INIT of a new environment; the first call takes so many times as long.
    init_ms: f64,
    first_factor: f64,
    random: Random,
}

impl Made {
    fn new(mean_ms: fn(f64) -> f64, noise: f64, seed: u64) -> Self {
        Self { mean_ms, noise, floor_mb: 0.0, init_ms: 250.0, first_factor: 1.3, random: Random::from_seed(seed) }
    }

    /// What a call bills on average: the cost but for the price.
    fn cost(&self, memory_mb: u32) -> f64 {
        let memory = f64::from(memory_mb);
        if memory < self.floor_mb { f64::INFINITY } else { memory * ((self.mean_ms)(memory) + 0.5).max(1.0) }
    }

    fn regret(&self, memory: MemoryMb, most_mb: u32) -> f64 {
        let best = (128..=most_mb).map(|memory| self.cost(memory)).fold(f64::INFINITY, f64::min);
        self.cost(memory.get()) / best - 1.0
    }
}

impl Function for Made {
    fn run(&mut self, situation: Situation) -> Ran {
        let memory = f64::from(situation.memory.get());
        if memory < self.floor_mb {
            let error = Some((FunctionErrorKind::OutOfMemory, "Runtime.ExitError".to_owned()));
            return Ran { duration_ms: 40.0, init_ms: None, max_memory_used_mb: situation.memory.get(), error };
        }
        let scale = (1.0 + self.noise * self.noise).ln().sqrt();
        let mut duration_ms = (self.mean_ms)(memory) * (scale * self.random.normal() - scale * scale / 2.0).exp();
        let is_new = situation.environment == Environment::New;
        if is_new {
            duration_ms *= self.first_factor;
        }
        if situation.environment == Environment::Lost {
            duration_ms += self.init_ms * (1769.0 / memory).max(1.0);
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some hundred megabytes")]
        let used = (self.floor_mb.max(60.0) * 0.97) as u32;
        Ran { duration_ms, init_ms: is_new.then_some(self.init_ms), max_memory_used_mb: used, error: None }
    }
}

fn adaptive(seed: u64, most_mb: u32) -> Plan {
    let mut plan = plan(&[]);
    plan.sizes = SizeChoice::Auto;
    plan.bounds = (MemoryMb::new(128), MemoryMb::new(most_mb));
    plan.measuring = millicent::tune::Measuring::Warm { calls: 1, workers: 1 };
    plan.seed = seed;
    plan.history = None;
    plan.max_spend = Usd::new(Decimal::from(100));
    plan
}

fn tuned(function: &Made, current_mb: u32, plan: Plan) -> (Ended, TuneResult) {
    let timeout = Duration::from_secs(900);
    let mut account = Account::new(Box::new(function.clone()), MemoryMb::new(current_mb), timeout, Architecture::X86);
    account.publish_as("live");
    let averaging = Averaging { class_weights: vec![1.0], cold_only: false, cold_fraction: None, seed: plan.seed };
    let (strategy, alike) = (plan.strategy.clone(), plan.alike.clone());
    let ended = Bench::new(account).undisturbed(Tuner::measure(plan));
    let prices = PriceBook::bundled();
    let region = Region::new("us-east-1");
    let evaluation = Evaluation { averaging, strategy, requests_per_month: None, alike, prices: &prices, region };
    let result = TuneResult::of(ended.clone(), "made".to_owned(), evaluation).unwrap();
    (ended, result)
}

/// Mean regret, the share of bounds that hold, and calls, over seeds.
fn over_seeds(seeds: u64, most_mb: u32, make: impl Fn(u64) -> Made) -> (f64, f64, f64) {
    let (mut regrets, mut held, mut calls) = (0.0, 0.0, 0.0);
    for seed in 0..seeds {
        let function = make(seed);
        let (ended, result) = tuned(&function, 512.max(2 * function.floor_mb as u32).min(most_mb), adaptive(seed, most_mb));
        let recommendation = result.recommendation.as_ref().unwrap();
        let regret = function.regret(recommendation.memory, most_mb);
        assert!(regret.is_finite() && result.size(recommendation.memory).is_some(), "{:?}", recommendation.memory);
        regrets += regret;
        // The bound is over sizes in steps; an edge of a staircase may lie between two of them.
        held += f64::from(u8::from(regret <= recommendation.regret.bound + 0.03));
        calls += f64::from(ended.ledger.invocations());
    }
    (regrets / seeds as f64, held / seeds as f64, calls / seeds as f64)
}

fn stairs_ms(memory: f64, demand_ms: f64) -> f64 {
    let quota_ms = 20.0 * memory.min(1769.0) / 1769.0;
    demand_ms + ((demand_ms / quota_ms).ceil() - 1.0) * (20.0 - quota_ms)
}

#[test]
fn every_family_is_tuned_well_by_few_calls() {
    type Family = (&'static str, u32, f64, fn(f64) -> f64, f64, f64);
    let families: [Family; 13] = [
        // Name, most memory, noise, mean duration; at most so much regret on average, and so many calls.
        ("one thread", 3008, 0.02, |memory| 2000.0 * 1769.0 / memory.min(1769.0), 0.02, 24.0),
        ("two threads", 10_240, 0.02, |memory| 3000.0 * 1769.0 / memory.min(3538.0), 0.03, 26.0),
        ("three threads", 10_240, 0.02, |memory| 3000.0 * 1769.0 / memory.min(5307.0), 0.03, 26.0),
        ("six threads", 10_240, 0.02, |memory| 3000.0 * 1769.0 / memory.min(10_614.0), 0.03, 26.0),
        ("waiting", 10_240, 0.05, |_| 300.0, 0.005, 12.0),
        ("mixed", 3008, 0.05, |memory| 100.0 + 300.0 * 1769.0 / memory.min(1769.0), 0.03, 24.0),
        ("steep bottom", 3008, 0.05, |memory| 60.0 + 240.0 * (256.0 / memory.min(256.0)).powi(2), 0.04, 18.0),
        ("low knee", 3008, 0.05, |memory| 50.0 * (192.0 / memory.min(192.0)).powf(1.6), 0.06, 18.0),
        ("steps of 5 ms", 3008, 0.05, |memory| stairs_ms(memory, 5.0), 0.12, 30.0),
        ("steps of 12 ms", 3008, 0.05, |memory| stairs_ms(memory, 12.0), 0.12, 30.0),
        ("steps of 60 ms", 3008, 0.05, |memory| stairs_ms(memory, 60.0), 0.09, 30.0),
        ("noise of 50 %", 3008, 0.5, |memory| 20.0 + 10.0 * 1769.0 / memory.min(1769.0), 0.10, 64.0),
        ("below a millisecond", 10_240, 0.2, |_| 0.5, 0.0, 10.0),
    ];
    let mut held = Vec::new();
    for (name, most_mb, noise, mean_ms, most_regret, most_calls) in families {
        let (regret, holds, calls) = over_seeds(3, most_mb, |seed| Made::new(mean_ms, noise, seed));
        assert!(regret <= most_regret + 1e-12 && calls <= most_calls, "{name}: regret {regret}, {calls} calls");
        held.push((name, holds));
    }
    let mean = held.iter().map(|(_, holds)| holds).sum::<f64>() / held.len() as f64;
    assert!(mean >= 0.9, "{held:?}");
}

#[test]
fn what_runs_out_of_memory_is_told_by_what_is_used() {
    for floor_mb in [300.0, 1100.0, 3000.0] {
        let make = |seed| Made { floor_mb, ..Made::new(|memory| 400.0 * 1769.0 / memory.min(1769.0) + 80.0, 0.03, seed) };
        let (regret, _, calls) = over_seeds(4, 10_240, make);
        assert!(regret < 0.06 && calls < 24.0, "{floor_mb}: regret {regret}, {calls} calls");
    }
}

#[test]
fn a_current_size_that_dies_is_left_upward() {
    let function = Made { floor_mb: 1100.0, ..Made::new(|memory| 400.0 * 1769.0 / memory.min(1769.0), 0.03, 1) };
    let (ended, result) = tuned(&function, 256, adaptive(1, 10_240));
    let failing = ended.invocations.iter().filter(|call| matches!(call.label, Label::Failed(_))).count();
    assert!(failing <= 3, "{failing} failing calls");
    assert!(result.recommendation.unwrap().memory >= MemoryMb::new(1152));
    // Only the largest size works.
    let function = Made { floor_mb: 10_000.0, ..Made::new(|_| 100.0, 0.02, 1) };
    let (_, result) = tuned(&function, 512, adaptive(1, 10_240));
    assert_eq!(result.recommendation.unwrap().memory, MemoryMb::new(10_240));
    // None does.
    let function = Made { floor_mb: 20_000.0, ..Made::new(|_| 100.0, 0.02, 1) };
    let (ended, result) = tuned(&function, 512, adaptive(1, 10_240));
    assert!(result.recommendation.is_none() && ended.enough == Some(Enough::NothingLeft), "{:?}", ended.enough);
}

#[test]
fn a_function_near_its_time_out_everywhere_still_gets_an_answer() {
    let function = Made::new(|_| 29_000.0, 0.001, 1);
    let mut account = Account::new(Box::new(function), MemoryMb::new(512), Duration::from_secs(30), Architecture::X86);
    account.publish_as("live");
    let ended = Bench::new(account).undisturbed(Tuner::measure(adaptive(1, 3008)));
    assert!(ended.enough == Some(Enough::NothingLeft) && ended.ledger.invocations() <= 4, "{:?}", ended.enough);
}

#[test]
fn a_limit_is_met_by_measured_calls() {
    let function = Made::new(|memory| 100.0 + 300.0 * 1769.0 / memory.min(1769.0), 0.05, 3);
    let p95: TimeSpan = "600ms".parse().unwrap();
    let plan = Plan { strategy: millicent::tune::Strategy::CheapestWithin { p95 }, ..adaptive(3, 3008) };
    let (_, result) = tuned(&function, 512, plan);
    let recommendation = result.recommendation.as_ref().unwrap();
    let chosen = result.size(recommendation.memory).unwrap();
    assert!(recommendation.meets_limit && chosen.p95_ms.point <= 600.0 && chosen.calls >= 20, "{chosen:?}");
    // 600 ms less two standard deviations is reached from about 1,200 MB on; 1,769 MB would cost a tenth more.
    assert!((1100..=1600).contains(&chosen.memory.get()), "{}", chosen.memory);
}

#[test]
fn few_requests_do_not_pay_for_looks() {
    let function = Made::new(|memory| 100.0 + 300.0 * 1769.0 / memory.min(1769.0), 0.05, 3);
    let calls = |requests| {
        let mut plan = adaptive(3, 3008);
        plan.effort.requests = requests;
        let (ended, _) = tuned(&function, 512, plan);
        (ended.ledger.invocations(), ended.enough)
    };
    let (many, _) = calls(Some(1e9));
    let (few, enough) = calls(Some(0.5));
    assert!(few < many && enough == Some(Enough::NotWorthIt), "{few} {many} {enough:?}");
}

#[test]
fn thorough_buys_a_better_answer() {
    let mean = |thorough: bool| {
        let mut sum = 0.0;
        for seed in 0..4 {
            let function = Made::new(|memory| 40.0 + 400.0 * (1769.0 / memory.min(1400.0)).powf(1.15), 0.06, seed);
            let mut plan = adaptive(seed, 3008);
            if thorough {
                plan.effort = millicent::tune::Effort::THOROUGH;
            }
            let (_, result) = tuned(&function, 512, plan);
            sum += function.regret(result.recommendation.unwrap().memory, 3008);
        }
        sum / 4.0
    };
    let (usual, thorough) = (mean(false), mean(true));
    assert!(thorough <= usual && thorough < 0.012, "{usual} {thorough}");
}

#[test]
fn a_twin_makes_the_search_shorter_and_does_not_mislead_it() {
    let sizes = [128, 192, 256, 512, 768, 1024, 1769, 3008];
    let run = |seed: u64, alike: Option<fn(f64) -> f64>| {
        let function = Made::new(|memory| 130.0 + 390.0 * 1769.0 / memory.min(1769.0), 0.04, seed);
        let point = |mean_ms: fn(f64) -> f64| {
            move |size: &u32| Point {
                memory: MemoryMb::new(*size),
                mean_ms: mean_ms(f64::from(*size)),
                calls: 5,
                relative_error: 0.02,
            }
        };
        let alike = alike.map_or_else(Vec::new, |mean_ms| sizes.iter().map(point(mean_ms)).collect());
        let (ended, result) = tuned(&function, 512, Plan { alike, ..adaptive(seed, 3008) });
        (ended.ledger.invocations(), function.regret(result.recommendation.unwrap().memory, 3008))
    };
    let (mut without, mut with, mut misled, mut dearer) = (0, 0, 0.0, 0.0);
    for seed in 0..4 {
        without += run(seed, None).0;
        // The other architecture: three quarters of the time, and a few percent off.
        let (calls, regret) =
            run(seed, Some(|memory| (100.0 + 290.0 * 1769.0 / memory.min(1769.0)) * (1.0 + 0.02 * memory.ln().sin())));
        (with, dearer) = (with + calls, dearer + regret);
        misled += run(seed, Some(|_| 300.0)).1;
    }
    assert!(with < without, "{with} calls with a twin, {without} without");
    assert!(dearer / 4.0 < 0.03 && misled / 4.0 < 0.06, "regret {} with a twin, {} with a false one", dearer / 4.0, misled / 4.0);
}

#[test]
fn the_same_seed_makes_the_same_run() {
    let function = Made::new(|memory| 100.0 + 300.0 * 1769.0 / memory.min(1769.0), 0.1, 5);
    let (one, _) = tuned(&function, 512, adaptive(5, 3008));
    let (other, _) = tuned(&function, 512, adaptive(5, 3008));
    assert_eq!(one.invocations, other.invocations);
}

#[test]
fn an_interrupted_search_puts_everything_back() {
    let function = Made::new(|memory| 100.0 + 300.0 * 1769.0 / memory.min(1769.0), 0.1, 5);
    for after in [3, 9, 17, 30] {
        let mut account =
            Account::new(Box::new(function.clone()), MemoryMb::new(512), Duration::from_secs(900), Architecture::X86);
        account.publish_as("live");
        let before = account.seen();
        let mut bench = Bench::new(account);
        let mut watched = 0;
        let ended =
            bench.drive(Tuner::measure(adaptive(1, 3008)), &mut |_, _, _, _| None::<(Duration, Outcome)>, &mut |tuner, _| {
                watched += 1;
                if watched == after {
                    tuner.interrupt();
                }
            });
        assert!(ended.is_clean() && bench.account.borrow().seen() == before, "after {after}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever the calls take, no more than the budget is spent, and what is recommended was measured.
    #[test]
    fn no_answers_make_it_spend_more_than_its_budget(
        durations in prop::collection::vec(0.2_f64..20_000.0, 16),
        noise in 0.0_f64..2.0,
        cents in 1_i64..200,
        seed in 0_u64..1000,
    ) {
        struct Wild { durations: Vec<f64>, noise: f64, random: Random }
        impl Function for Wild {
            fn run(&mut self, situation: Situation) -> Ran {
                let place = situation.memory.get() as usize % self.durations.len();
                let duration_ms = (self.durations[place] * (self.noise * self.random.normal()).exp()).clamp(0.1, 29_000.0);
                Ran { duration_ms, init_ms: None, max_memory_used_mb: 60, error: None }
            }
        }
        let budget = Usd::new(Decimal::new(cents, 4));
        let plan = Plan { max_spend: budget, ..adaptive(seed, 3008) };
        let wild = Wild { durations, noise, random: Random::from_seed(seed) };
        let account = Account::new(Box::new(wild), MemoryMb::new(512), Duration::from_secs(30), Architecture::X86);
        let mut bench = Bench::new(account);
        let ended = bench.undisturbed(Tuner::measure(plan));
        prop_assert!(ended.ledger.committed() <= budget, "{:?} of {budget}", ended.ledger.committed());
        prop_assert!(ended.ledger.invocations() <= 150);
    }
}
