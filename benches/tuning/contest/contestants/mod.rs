//! The contestants, and the meter through which all but ours ask for calls.

mod exponential;
mod gaussian;
mod light_grid;
mod ours;
pub(crate) mod parrotfish;
mod power_tuning;

use millicent::stats::Random;
use millicent::units::{MemoryMb, statistic_from_decimal};

pub(crate) use self::ours::Variant;
use super::replay::{Called, REQUEST_USD, Replay, Scenario};

/// What a configuration change takes, one after the other.
pub(crate) const CHANGE_SECONDS: f64 = 4.0;

/// A way to choose a size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Contestant {
    /// Fixed sizes with so many calls each, as aws-lambda-power-tuning does it.
    PowerTuning {
        /// Calls of each size.
        calls: usize,
    },
    /// The same sizes with three calls.
    LightGrid,
    /// Parrotfish with these settings.
    Parrotfish(parrotfish::Settings),
    /// A Gaussian process with expected improvement.
    Gaussian,
    /// This project's tuner.
    Ours(Variant),
}

/// All of them, in the order of the tables.
pub(crate) fn all() -> Vec<Contestant> {
    let mut all = [5, 10, 50].map(|calls| Contestant::PowerTuning { calls }).to_vec();
    all.push(Contestant::LightGrid);
    all.extend([parrotfish::Settings::SHIPPED, parrotfish::Settings::PAPER].map(Contestant::Parrotfish));
    all.push(Contestant::Gaussian);
    all.extend(Variant::ALL.map(Contestant::Ours));
    all
}

impl Contestant {
    /// As the tables call it.
    pub(crate) fn name(self) -> String {
        match self {
            Self::PowerTuning { calls } => format!("power tuning {calls}"),
            Self::LightGrid => "light grid".to_owned(),
            Self::Parrotfish(settings) => settings.name.to_owned(),
            Self::Gaussian => "Gaussian process".to_owned(),
            Self::Ours(variant) => variant.name().to_owned(),
        }
    }

    /// Chooses a size for a function.
    pub(crate) fn run(self, function: &Replay, scenario: Scenario, seed: u64) -> Run {
        let meter = &mut Meter::new(function, scenario, seed);
        match self {
            Self::PowerTuning { calls } => power_tuning::run(meter, calls),
            Self::LightGrid => light_grid::run(meter),
            Self::Parrotfish(settings) => parrotfish::run(meter, settings),
            Self::Gaussian => gaussian::run(meter),
            Self::Ours(variant) => ours::run(function, scenario, seed, variant),
        }
    }
}

/// What a contestant came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Run {
    /// The size it recommends; none when it gave up.
    pub(crate) recommended_mb: Option<u32>,
    /// Whether it had measured that size.
    pub(crate) was_measured: bool,
    pub(crate) calls: u32,
    pub(crate) failing_calls: u32,
    /// Sizes it looked at.
    pub(crate) sizes: u32,
    pub(crate) configuration_changes: u32,
    pub(crate) spent_usd: f64,
    pub(crate) seconds: f64,
    /// What it says about itself.
    pub(crate) claim: Option<Claim>,
    /// Time on this machine for choosing the next size: of all choices together, of the longest, and how many there were.
    pub(crate) choosing: Choosing,
}

/// How much dearer than the cheapest size a contestant says its recommendation may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Claim {
    /// With a probability of 95 % it is no more than this.
    pub(crate) bound: f64,
    /// On average.
    pub(crate) expected: f64,
}

/// Time for choosing.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Choosing {
    pub(crate) seconds: f64,
    pub(crate) longest_seconds: f64,
    pub(crate) choices: u32,
}

/// Calls a function for a contestant and counts what that costs.
pub(crate) struct Meter<'f> {
    pub(crate) function: &'f Replay,
    scenario: Scenario,
    random: Random,
    run: Run,
}

impl<'f> Meter<'f> {
    pub(crate) fn new(function: &'f Replay, scenario: Scenario, seed: u64) -> Self {
        Self { function, scenario, random: Random::from_seed(seed), run: Run::default() }
    }

    /// Gives the function another size.
    pub(crate) fn configure(&mut self) {
        self.run.configuration_changes += 1;
        self.run.sizes += 1;
        self.run.seconds += CHANGE_SECONDS;
    }

    /// One call; its time is for the contestant to count, who may have several under way.
    pub(crate) fn call(&mut self, memory_mb: u32, is_first: bool) -> Called {
        let called = self.function.call(memory_mb, is_first, self.scenario, &mut self.random);
        self.run.calls += 1;
        self.run.failing_calls += u32::from(called.failure.is_some());
        self.run.spent_usd += self.function.compute_usd(memory_mb, called.billed_ms()) + REQUEST_USD;
        called
    }

    /// Time passes.
    pub(crate) fn wait(&mut self, milliseconds: f64) {
        self.run.seconds += milliseconds / 1000.0;
    }

    /// The end, with a recommendation or without one.
    pub(crate) fn recommend(&mut self, recommended_mb: Option<u32>, was_measured: bool) -> Run {
        Run { recommended_mb, was_measured, ..std::mem::take(&mut self.run) }
    }
}

/// A size as a number of MB.
fn megabytes(memory: MemoryMb) -> u32 {
    memory.get()
}

/// Dollars as a statistic.
fn usd(amount: millicent::units::Usd) -> f64 {
    statistic_from_decimal(amount.amount())
}
