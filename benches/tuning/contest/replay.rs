//! A recorded function that can be asked for any size, with the truth that contestants are scored by.
//!
//! Durations between recorded sizes lie on straight lines in the logarithms; a call takes that duration times the residual of a
//! random recorded call of the nearest size. Cost is what is billed: whole milliseconds, started ones in full. Nothing here
//! knows a contestant.

use millicent::platform::Architecture;
use millicent::stats::Random;
use statrs::distribution::{ContinuousCDF as _, Normal};

use super::recording::{FailingSize, RecordedSize, Recording, Set, Spread};

/// USD for a GB-second on x86 (AWS Lambda pricing, us-east-1, first tier).
const X86_GB_SECOND_USD: f64 = 1.66667e-5;
/// USD for a GB-second on arm64.
const ARM_GB_SECOND_USD: f64 = 1.33334e-5;
/// USD for a request.
pub(crate) const REQUEST_USD: f64 = 2e-7;
/// Contestants are offered no larger size: most accounts begin with this limit.
const MOST_MB: u32 = 3008;
/// Residuals that stand for a distribution of which only quantiles are known.
const MID_QUANTILES: usize = 200;
/// INIT of a first call in the scenario that has it.
pub(crate) const INIT_MS: f64 = 300.0;

/// How first calls behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scenario {
    /// Like all others: the idealized comparison.
    FirstCallsWarm,
    /// They bill INIT, and run slower beyond it.
    FirstCallsCold,
}

impl Scenario {
    /// As the command line and the tables call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::FirstCallsWarm => "S0",
            Self::FirstCallsCold => "S1",
        }
    }
}

/// How much longer than a warm call the first one takes beyond INIT: 3 up to 10 ms, 1.5 at 100 ms, 1.2 at 1 s and 1.05 from
/// 10 s on, straight between in the logarithm of the duration.
pub(crate) fn first_call_factor(warm_ms: f64) -> f64 {
    const KNOTS: [(f64, f64); 4] = [(1.0, 3.0), (2.0, 1.5), (3.0, 1.2), (4.0, 1.05)];
    interpolated(&KNOTS, warm_ms.log10().clamp(1.0, 4.0))
}

/// On the straight lines through the knots; the outer ones go on beyond the ends.
fn interpolated(knots: &[(f64, f64)], x: f64) -> f64 {
    let right = knots.partition_point(|(at, _)| *at < x).clamp(1, knots.len() - 1);
    let ((x0, y0), (x1, y1)) = (knots[right - 1], knots[right]);
    y0 + (y1 - y0) * (x - x0) / (x1 - x0)
}

/// A recorded function with its truth.
#[derive(Debug, Clone)]
pub(crate) struct Replay {
    pub(crate) name: String,
    pub(crate) source: String,
    pub(crate) set: Set,
    pub(crate) architecture: Architecture,
    /// The smallest size that contestants may try.
    pub(crate) least_mb: u32,
    /// The largest.
    pub(crate) most_mb: u32,
    /// The smallest size that works.
    pub(crate) works_from_mb: u32,
    /// How many sizes were recorded.
    pub(crate) recorded_sizes: usize,
    /// Median coefficient of variation over its sizes.
    pub(crate) variation: f64,
    /// The cheapest size, over every MB.
    pub(crate) best_mb: u32,
    /// ln MB and ln ms of recorded sizes, ascending.
    knots: Vec<(f64, f64)>,
    /// By recorded size, with mean one.
    residuals: Vec<Vec<f64>>,
    used_mb: Vec<Option<u32>>,
    failing: Vec<FailingSize>,
    /// USD of compute for a call, by MB from the smallest size that works.
    costs_usd: Vec<f64>,
}

impl Replay {
    /// A recording as a member of a set.
    pub(crate) fn new(recording: &Recording, set: Set) -> Self {
        let sizes = &recording.sizes;
        let works_from_mb = sizes[0].memory_mb;
        let mut variations: Vec<f64> = sizes.iter().map(|size| size.variation).collect();
        variations.sort_by(f64::total_cmp);
        let failing = if set == Set::OutOfMemory { recording.failing.clone() } else { Vec::new() };
        let mut replay = Self {
            name: recording.full_name(),
            source: recording.source.clone(),
            set,
            architecture: recording.architecture,
            least_mb: if set == Set::OutOfMemory { 128 } else { works_from_mb },
            most_mb: sizes[sizes.len() - 1].memory_mb.min(MOST_MB),
            works_from_mb,
            recorded_sizes: sizes.len(),
            variation: variations[variations.len() / 2],
            best_mb: works_from_mb,
            knots: sizes.iter().map(|size| (f64::from(size.memory_mb).ln(), size.truth_ms.ln())).collect(),
            residuals: sizes.iter().map(residuals).collect(),
            used_mb: sizes.iter().map(|size| size.used_mb).collect(),
            failing,
            costs_usd: Vec::new(),
        };
        replay.costs_usd = (works_from_mb..=replay.most_mb).map(|memory_mb| replay.billed_cost_usd(memory_mb)).collect();
        let cheapest = replay.costs_usd.iter().zip(works_from_mb..).min_by(|(one, _), (other, _)| one.total_cmp(other));
        replay.best_mb = cheapest.map_or(works_from_mb, |(_, memory_mb)| memory_mb);
        replay
    }

    /// Mean duration of a warm call.
    pub(crate) fn duration_ms(&self, memory_mb: u32) -> f64 {
        interpolated(&self.knots, f64::from(memory_mb).ln()).exp()
    }

    /// Of its recorded sizes.
    pub(crate) fn median_ms(&self) -> f64 {
        let mut durations: Vec<f64> = self.knots.iter().map(|(_, duration)| *duration).collect();
        durations.sort_by(f64::total_cmp);
        durations[durations.len() / 2].exp()
    }

    fn nearest(&self, memory_mb: u32) -> usize {
        let target = f64::from(memory_mb).ln();
        let distance = |index: &usize| (self.knots[*index].0 - target).abs();
        (0..self.knots.len()).min_by(|one, other| distance(one).total_cmp(&distance(other))).unwrap_or(0)
    }

    /// The mean of what is billed for compute: E⌈d⌉, not ⌈E d⌉, which for calls of few milliseconds is another price.
    fn billed_cost_usd(&self, memory_mb: u32) -> f64 {
        let duration_ms = self.duration_ms(memory_mb);
        let residuals = &self.residuals[self.nearest(memory_mb)];
        let billed_ms = residuals.iter().map(|residual| (duration_ms * residual).ceil()).sum::<f64>() / residuals.len() as f64;
        self.compute_usd(memory_mb, billed_ms)
    }

    /// USD for so many milliseconds at a size.
    pub(crate) fn compute_usd(&self, memory_mb: u32, billed_ms: f64) -> f64 {
        let price = if self.architecture == Architecture::Arm { ARM_GB_SECOND_USD } else { X86_GB_SECOND_USD };
        price * f64::from(memory_mb) / 1024.0 * billed_ms / 1000.0
    }

    /// USD of compute for an average call; none at a size that does not work.
    pub(crate) fn cost_usd(&self, memory_mb: u32) -> Option<f64> {
        let index = memory_mb.checked_sub(self.works_from_mb)?;
        self.costs_usd.get(index as usize).copied()
    }

    /// The same at the cheapest size.
    pub(crate) fn best_cost_usd(&self) -> f64 {
        self.costs_usd[(self.best_mb - self.works_from_mb) as usize]
    }

    /// How much dearer than the cheapest size, compute only: 0.1 is 10 %.
    pub(crate) fn regret(&self, memory_mb: u32) -> Option<f64> {
        Some(self.cost_usd(memory_mb)? / self.best_cost_usd() - 1.0)
    }

    /// The same as a share of what is paid, with the request.
    pub(crate) fn regret_with_fee(&self, memory_mb: u32) -> Option<f64> {
        let best = self.best_cost_usd();
        Some((self.cost_usd(memory_mb)? - best) / (best + REQUEST_USD))
    }

    /// Runs it once.
    pub(crate) fn call(&self, memory_mb: u32, is_first: bool, scenario: Scenario, random: &mut Random) -> Called {
        if memory_mb < self.works_from_mb {
            return self.failing_call(memory_mb, random);
        }
        let nearest = self.nearest(memory_mb);
        let residuals = &self.residuals[nearest];
        let warm_ms = self.duration_ms(memory_mb) * residuals[random.index(residuals.len())];
        let is_cold = is_first && scenario == Scenario::FirstCallsCold;
        let duration_ms = if is_cold { warm_ms * first_call_factor(warm_ms) } else { warm_ms };
        // A function that leaves most of every size unused, where nothing is known.
        let used_mb = self.used_mb[nearest].unwrap_or(64).min(memory_mb);
        Called { duration_ms, init_ms: is_cold.then_some(INIT_MS), used_mb, failure: None }
    }

    fn failing_call(&self, memory_mb: u32, random: &mut Random) -> Called {
        let distance = |size: &&FailingSize| (f64::from(size.memory_mb) / f64::from(memory_mb)).ln().abs();
        let nearest = self.failing.iter().min_by(|one, other| distance(one).total_cmp(&distance(other)));
        let size = nearest.expect("only sizes below recorded failures do not work");
        let scale = (1.0 + size.variation.powi(2)).ln().sqrt();
        let duration_ms = size.mean_ms * (scale * random.normal() - scale * scale / 2.0).exp();
        let failures =
            [(size.killed, FailedHow::Killed), (size.memory_errors, FailedHow::MemoryError), (size.silent, FailedHow::Silently)];
        let mut left = random.index(failures.iter().map(|(count, _)| *count as usize).sum::<usize>().max(1));
        let chosen = failures.iter().find(|(count, _)| {
            let is_it = left < *count as usize;
            left = left.saturating_sub(*count as usize);
            is_it
        });
        let failure = chosen.map_or(FailedHow::Killed, |(_, failure)| *failure);
        // The log of a killed call may show more than there was; relative to the size it keeps its distance.
        let used_mb = (u64::from(size.used_mb) * u64::from(memory_mb) / u64::from(size.memory_mb)) as u32;
        Called { duration_ms, init_ms: None, used_mb, failure: Some(failure) }
    }
}

/// What a call took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Called {
    /// Without INIT.
    pub(crate) duration_ms: f64,
    pub(crate) init_ms: Option<f64>,
    pub(crate) used_mb: u32,
    pub(crate) failure: Option<FailedHow>,
}

impl Called {
    /// Whole milliseconds, INIT included.
    pub(crate) fn billed_ms(&self) -> f64 {
        (self.duration_ms + self.init_ms.unwrap_or(0.0)).ceil()
    }
}

/// How a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FailedHow {
    /// Killed by the platform.
    Killed,
    /// The language's own error of memory.
    MemoryError,
    /// The handler swallowed it: a short call without an error.
    Silently,
}

/// Residuals with mean one.
fn residuals(size: &RecordedSize) -> Vec<f64> {
    let probability = |index: usize| (index as f64 + 0.5) / MID_QUANTILES as f64;
    let mut residuals: Vec<f64> = match &size.spread {
        Spread::Calls(residuals) => residuals.clone(),
        Spread::Quantiles(quantiles) => {
            let capped = |index| quantile(quantiles, size.mean_ms, probability(index));
            (0..MID_QUANTILES).map(capped).collect()
        }
        Spread::Assumed => {
            let normal = Normal::standard();
            (0..MID_QUANTILES).map(|index| (size.variation * normal.inverse_cdf(probability(index))).exp()).collect()
        }
    };
    let mean = residuals.iter().sum::<f64>() / residuals.len() as f64;
    residuals.iter_mut().for_each(|residual| *residual /= mean);
    residuals
}

/// The duration at a probability: straight between the recorded quantiles, and above the last of them the one value that
/// gives the recorded mean. Ending at the longest call instead would spoil functions whose mean is made by a few calls.
fn quantile(quantiles: &[f64; 9], mean_ms: f64, probability: f64) -> f64 {
    const PROBABILITIES: [f64; 9] = [0.0, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99];
    if probability <= 0.99 {
        let knots: Vec<(f64, f64)> = PROBABILITIES.into_iter().zip(quantiles.iter().copied()).collect();
        return interpolated(&knots, probability);
    }
    let below: f64 = (1..9)
        .map(|index| (PROBABILITIES[index] - PROBABILITIES[index - 1]) * (quantiles[index] + quantiles[index - 1]) / 2.0)
        .sum();
    ((mean_ms - below) / 0.01).max(quantiles[8])
}
