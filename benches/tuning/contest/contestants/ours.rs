//! This project's tuner: the machine that tunes deployed functions, driven in virtual time against a recording.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use millicent::lambda_log::FunctionErrorKind;
use millicent::power_tuning;
use millicent::price_book::PriceBook;
use millicent::stats::Random;
use millicent::tune::simulated::{Account, Environment, Function, Latencies, Ran, Situation, drive};
use millicent::tune::{
    Averaging, Connection, Effort, Ended, Evaluation, Measuring, Outcome, Payloads, Plan, SizeChoice, Strategy, TuneResult, Tuner,
};
use millicent::units::{Decimal, MemoryMb, Usd};
use millicent::usage::Region;

use super::super::replay::{FailedHow, INIT_MS, Replay, Scenario};
use super::{CHANGE_SECONDS, Choosing, Claim, Run, megabytes, usd};

/// A poll that takes longer has chosen a size; the others only pass on what is already decided.
const CHOOSING: Duration = Duration::from_micros(50);
/// The size that a deployed function has before it is tuned: the nearest to this within its range.
const CURRENT_MB: u32 = 512;

/// The least money for a request.
const CHEAPEST: Strategy = Strategy::PowerTuning(power_tuning::Strategy::Cost);

/// How the tuner is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variant {
    /// As the command does it when nothing is said.
    Default,
    /// `--target-regret 5%`.
    FivePercent,
    /// `--thorough`.
    Thorough,
}

impl Variant {
    pub(super) const ALL: [Self; 3] = [Self::Default, Self::FivePercent, Self::Thorough];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Default => "millicent",
            Self::FivePercent => "millicent, target 5 %",
            Self::Thorough => "millicent, thorough",
        }
    }
}

/// The one place where a plan is made: the command's defaults, the function's range, and no limit that would end the run.
fn plan(function: &Replay, seed: u64, variant: Variant) -> Plan {
    let effort = match variant {
        Variant::Default => Effort::USUAL,
        Variant::FivePercent => Effort { target: 0.05, ..Effort::USUAL },
        Variant::Thorough => Effort::THOROUGH,
    };
    Plan {
        run: "replay".to_owned(),
        qualifier: None,
        sizes: SizeChoice::Auto,
        bounds: (MemoryMb::new(function.least_mb), MemoryMb::new(function.most_mb)),
        offered: Vec::new(),
        measuring: Measuring::Warm { calls: 1, workers: 1 },
        effort,
        strategy: CHEAPEST,
        alike: Vec::new(),
        payloads: Payloads::Weighted(vec![1.0]),
        concurrency: 10,
        pause: Duration::ZERO,
        allowed_errors: Vec::new(),
        max_spend: Usd::new(Decimal::from(1_000)),
        max_invocations: 100_000,
        poll_interval: Duration::from_millis(250),
        patience: Duration::from_secs(600),
        grace: Duration::from_secs(10),
        seed,
        history: None,
        earlier: Vec::new(),
        resumed: None,
        alias: None,
        connection: Connection::default(),
        prices: Rc::new(PriceBook::bundled()),
        region: Region::new("us-east-1"),
    }
}

/// A recording as a function of the simulated account.
struct Replayed {
    function: Replay,
    scenario: Scenario,
    random: Random,
    failing_calls: Rc<Cell<u32>>,
}

impl Function for Replayed {
    fn run(&mut self, situation: Situation) -> Ran {
        let memory_mb = megabytes(situation.memory);
        let is_first = situation.environment == Environment::New;
        let called = self.function.call(memory_mb, is_first, self.scenario, &mut self.random);
        self.failing_calls.set(self.failing_calls.get() + u32::from(called.failure.is_some()));
        let mut duration_ms = called.duration_ms;
        if situation.environment == Environment::Lost && self.scenario == Scenario::FirstCallsCold {
            // INIT inside a call runs at the share of the size.
            duration_ms += INIT_MS * (1769.0 / f64::from(memory_mb)).max(1.0);
        }
        let error = match called.failure {
            Some(FailedHow::Killed) => Some((FunctionErrorKind::OutOfMemory, "Runtime.ExitError".to_owned())),
            Some(FailedHow::MemoryError) => Some((FunctionErrorKind::OutOfMemory, "MemoryError".to_owned())),
            Some(FailedHow::Silently) | None => None,
        };
        Ran { duration_ms, init_ms: called.init_ms, max_memory_used_mb: called.used_mb, error }
    }
}

/// Tunes the function.
pub(super) fn run(function: &Replay, scenario: Scenario, seed: u64, variant: Variant) -> Run {
    let failing_calls = Rc::new(Cell::new(0));
    let replayed = Replayed {
        function: function.clone(),
        scenario,
        random: Random::from_seed(seed),
        failing_calls: Rc::clone(&failing_calls),
    };
    let current = MemoryMb::new(CURRENT_MB.clamp(function.least_mb.max(function.works_from_mb), function.most_mb));
    let latencies = Latencies { update: Duration::from_secs_f64(CHANGE_SECONDS), ..Latencies::default() };
    let mut account =
        Account::new(Box::new(replayed), current, Duration::from_secs(900), function.architecture).with_latencies(latencies);
    let plan = plan(function, seed, variant);
    let prices = Rc::clone(&plan.prices);
    let (ended, choosing) = timed(plan, &mut account);
    let run = Run {
        calls: ended.ledger.invocations(),
        failing_calls: failing_calls.get(),
        sizes: sizes(&ended),
        configuration_changes: ended.counts.configuration_changes,
        spent_usd: usd(ended.ledger.spent() + ended.ledger.unknown()),
        seconds: ended.time.as_secs_f64(),
        choosing,
        ..Run::default()
    };
    let evaluation = Evaluation {
        averaging: Averaging { class_weights: vec![1.0], cold_only: false, cold_fraction: None, seed },
        strategy: CHEAPEST,
        requests_per_month: None,
        alike: Vec::new(),
        prices: &prices,
        region: Region::new("us-east-1"),
    };
    let result = TuneResult::of(ended, function.name.clone(), evaluation).ok();
    let Some(result) = result else { return run };
    let Some(recommendation) = &result.recommendation else { return run };
    Run {
        recommended_mb: Some(megabytes(recommendation.memory)),
        was_measured: result.size(recommendation.memory).is_some(),
        claim: Some(Claim { bound: recommendation.regret.bound, expected: recommendation.regret.expected }),
        ..run
    }
}

fn sizes(ended: &Ended) -> u32 {
    let mut sizes: Vec<MemoryMb> = ended.invocations.iter().map(|invocation| invocation.memory).collect();
    sizes.sort_unstable();
    sizes.dedup();
    u32::try_from(sizes.len()).unwrap_or(u32::MAX)
}

/// A run, with the time between what it asks for: that is what it thinks.
fn timed(plan: Plan, account: &mut Account) -> (Ended, Choosing) {
    let choosing = Cell::new(Choosing::default());
    let since = Cell::new(Instant::now());
    let thought = || {
        let taken = since.get().elapsed();
        if CHOOSING < taken {
            let so_far = choosing.get();
            choosing.set(Choosing {
                seconds: so_far.seconds + taken.as_secs_f64(),
                longest_seconds: so_far.longest_seconds.max(taken.as_secs_f64()),
                choices: so_far.choices + 1,
            });
        }
    };
    let ended = drive(
        &mut Tuner::measure(plan),
        &mut |action, now| {
            thought();
            let outcome = account.perform(action, now);
            since.set(Instant::now());
            outcome
        },
        &mut |_| {
            thought();
            since.set(Instant::now());
            Outcome::Done
        },
        &mut |_, _| since.set(Instant::now()),
    );
    (ended.expect("the simulated account answers everything"), choosing.get())
}
