//! What many runs come to: every function has equal weight, and dollars are relative to power tuning with ten calls.

use super::contestants::Run;
use super::replay::{REQUEST_USD, Replay};

/// A single regret counts no more than this in a mean.
const MOST_REGRET: f64 = 5.0;
/// The size that savings are counted against: what a function runs with before it is tuned.
const CURRENT_MB: u32 = 512;
/// Calls of one size differ by more than this: noisy.
const NOISY: f64 = 0.15;
/// A median duration below: short.
const SHORT_MS: f64 = 50.0;
/// So many recorded sizes: finely recorded.
const FINE_SIZES: usize = 10;

/// The runs of one contestant on one function.
#[derive(Debug, Clone)]
pub(crate) struct Scored<'f> {
    pub(crate) function: &'f Replay,
    pub(crate) runs: Vec<Run>,
    /// What power tuning with ten calls spends on it, on average.
    pub(crate) reference_usd: f64,
}

/// A part of the functions that is looked at by itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group {
    pub(crate) name: &'static str,
    pub(crate) includes: fn(&Replay) -> bool,
}

/// The parts, beside the sources.
pub(crate) const GROUPS: [Group; 4] = [
    Group { name: "10 sizes or more", includes: |function| FINE_SIZES <= function.recorded_sizes },
    Group { name: "noisy (CV > 0.15)", includes: |function| NOISY < function.variation },
    Group { name: "short (< 50 ms)", includes: |function| function.median_ms() < SHORT_MS },
    Group { name: "50 ms and longer", includes: |function| SHORT_MS <= function.median_ms() },
];

/// Median, mean and upper quantiles; shares, 0.1 is 10 %.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) mean: f64,
    pub(crate) p90: f64,
    pub(crate) p95: f64,
}

/// What a contestant's own statements are worth.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Calibration {
    /// Share of runs whose stated 95 % bound held, for compute alone.
    pub(crate) holds: f64,
    /// The same for what is paid, with the request: what the program prints.
    pub(crate) holds_with_fee: f64,
    pub(crate) median_bound: f64,
    pub(crate) mean_bound: f64,
    /// Mean of the expected regret, and of the true one with the request.
    pub(crate) expected: f64,
    pub(crate) true_mean: f64,
    /// The same in ten groups of equal size by expected regret.
    pub(crate) tenths: Vec<(f64, f64)>,
}

/// The scores of a contestant on some functions.
#[derive(Debug, Clone)]
pub(crate) struct Scores {
    pub(crate) calls: f64,
    pub(crate) failing_calls: f64,
    pub(crate) sizes: f64,
    pub(crate) configuration_changes: f64,
    /// Geometric mean over functions of dollars against power tuning with ten calls.
    pub(crate) dollars: f64,
    /// The same of the sums over functions.
    pub(crate) dollars_of_sums: f64,
    /// How many calls at the cheapest size the search costs.
    pub(crate) multiple_median: f64,
    pub(crate) multiple_mean: f64,
    pub(crate) regret: Spread,
    pub(crate) within_5_percent: f64,
    pub(crate) within_10_percent: f64,
    pub(crate) regret_with_fee: Spread,
    /// Shares of runs without an answer, with one that cannot run, and with one that was not measured.
    pub(crate) no_answer: f64,
    pub(crate) failing_answer: f64,
    pub(crate) unmeasured_answer: f64,
    pub(crate) median_seconds: f64,
    /// Calls in production until the search is paid for, median over functions; none when most have nothing to save.
    pub(crate) pay_back_calls: Option<f64>,
    pub(crate) calibration: Option<Calibration>,
    /// Time for choosing a size.
    pub(crate) choosing_mean_ms: f64,
    pub(crate) choosing_longest_ms: f64,
}

impl Scores {
    /// Of some functions; none when there is none.
    pub(crate) fn of<'f>(scored: impl Iterator<Item = &'f Scored<'f>>) -> Option<Self> {
        let scored: Vec<&Scored<'_>> = scored.collect();
        if scored.is_empty() {
            return None;
        }
        let each = |value: &dyn Fn(&Run) -> f64| mean(pairs(&scored).map(|(_, run)| value(run)));
        let share = |is: &dyn Fn(&Replay, &Run) -> bool| {
            mean(pairs(&scored).map(|(function, run)| f64::from(u8::from(is(function, run)))))
        };
        let answered = |value: fn(&Replay, u32) -> Option<f64>| -> Vec<f64> {
            pairs(&scored).filter_map(|(function, run)| value(function, run.recommended_mb?)).collect()
        };
        let regrets = answered(Replay::regret);
        let within = |limit: f64| regrets.iter().filter(|regret| **regret <= limit).count() as f64 / regrets.len() as f64;
        let multiples = pairs(&scored).map(|(function, run)| run.spent_usd / (function.best_cost_usd() + REQUEST_USD));
        let (within_5_percent, within_10_percent) = (within(0.05), within(0.1));
        let choices = each(&|run| f64::from(run.choosing.choices));
        Some(Self {
            calls: each(&|run| f64::from(run.calls)),
            failing_calls: each(&|run| f64::from(run.failing_calls)),
            sizes: each(&|run| f64::from(run.sizes)),
            configuration_changes: each(&|run| f64::from(run.configuration_changes)),
            dollars: mean(scored.iter().map(|one| (one.spent_usd() / one.reference_usd).ln())).exp(),
            dollars_of_sums: sum(scored.iter().map(|one| one.spent_usd())) / sum(scored.iter().map(|one| one.reference_usd)),
            multiple_median: quantile(multiples.clone().collect(), 0.5),
            multiple_mean: mean(multiples),
            regret: Spread::of(regrets),
            within_5_percent,
            within_10_percent,
            regret_with_fee: Spread::of(answered(Replay::regret_with_fee)),
            no_answer: share(&|_, run| run.recommended_mb.is_none()),
            failing_answer: share(&|function, run| run.recommended_mb.is_some_and(|size| function.cost_usd(size).is_none())),
            unmeasured_answer: share(&|_, run| run.recommended_mb.is_some() && !run.was_measured),
            median_seconds: quantile(pairs(&scored).map(|(_, run)| run.seconds).collect(), 0.5),
            pay_back_calls: Some(quantile(scored.iter().map(|one| one.pay_back_calls()).collect(), 0.5))
                .filter(|calls| calls.is_finite()),
            calibration: Calibration::of(&scored),
            choosing_mean_ms: if choices == 0.0 { 0.0 } else { 1000.0 * each(&|run| run.choosing.seconds) / choices },
            choosing_longest_ms: 1000.0 * pairs(&scored).map(|(_, run)| run.choosing.longest_seconds).fold(0.0, f64::max),
        })
    }
}

/// Every run with its function.
fn pairs<'s>(scored: &'s [&'s Scored<'s>]) -> impl Iterator<Item = (&'s Replay, &'s Run)> + Clone {
    scored.iter().flat_map(|one| one.runs.iter().map(|run| (one.function, run)))
}

impl Scored<'_> {
    /// On average over the seeds.
    pub(crate) fn spent_usd(&self) -> f64 {
        mean(self.runs.iter().map(|run| run.spent_usd))
    }

    /// Regrets of the runs that have an answer which works.
    pub(crate) fn mean_regret(&self) -> f64 {
        let regrets = self.runs.iter().filter_map(|run| self.function.regret(run.recommended_mb?));
        mean(regrets.map(|regret| regret.min(MOST_REGRET)))
    }

    /// What the search costs over what a call saves against the size that the function had; infinite when it saves nothing.
    fn pay_back_calls(&self) -> f64 {
        let function = self.function;
        let current = function.cost_usd(CURRENT_MB.clamp(function.works_from_mb, function.most_mb)).unwrap_or(f64::NAN);
        let costs = self.runs.iter().filter_map(|run| function.cost_usd(run.recommended_mb?));
        let saving = current - mean(costs);
        if 0.0 < saving { self.spent_usd() / saving } else { f64::INFINITY }
    }
}

impl Spread {
    fn of(values: Vec<f64>) -> Self {
        let capped: Vec<f64> = values.into_iter().map(|value| value.min(MOST_REGRET)).collect();
        let at = |probability| quantile(capped.clone(), probability);
        Self { median: at(0.5), mean: mean(capped.iter().copied()), p90: at(0.9), p95: at(0.95) }
    }
}

impl Calibration {
    fn of(scored: &[&Scored<'_>]) -> Option<Self> {
        let mut claims: Vec<(f64, f64, f64, f64)> = pairs(scored)
            .filter_map(|(function, run)| {
                let (claim, size) = (run.claim?, run.recommended_mb?);
                Some((claim.expected, claim.bound, function.regret(size)?, function.regret_with_fee(size)?.min(MOST_REGRET)))
            })
            .collect();
        if claims.is_empty() {
            return None;
        }
        claims.sort_by(|one, other| one.0.total_cmp(&other.0));
        // The cost of a size is a mean over many residuals: a bound is not broken by a last digit.
        const LAST_DIGIT: f64 = 1e-9;
        let tenth = claims.len().div_ceil(10);
        Some(Self {
            holds: mean(claims.iter().map(|(_, bound, regret, _)| f64::from(u8::from(*regret <= bound + LAST_DIGIT)))),
            holds_with_fee: mean(claims.iter().map(|(_, bound, _, regret)| f64::from(u8::from(*regret <= bound + LAST_DIGIT)))),
            median_bound: quantile(claims.iter().map(|claim| claim.1).collect(), 0.5),
            mean_bound: mean(claims.iter().map(|claim| claim.1)),
            expected: mean(claims.iter().map(|claim| claim.0)),
            true_mean: mean(claims.iter().map(|claim| claim.3)),
            tenths: claims
                .chunks(tenth)
                .map(|tenth| (mean(tenth.iter().map(|claim| claim.0)), mean(tenth.iter().map(|claim| claim.3))))
                .collect(),
        })
    }
}

fn sum(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, |sum, value| sum + value)
}

/// Not a number when there is no value.
pub(crate) fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    sum / f64::from(count)
}

/// Straight between the values; not a number when there is none.
fn quantile(mut values: Vec<f64>, probability: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else { return f64::NAN };
    let place = probability * last as f64;
    let (low, high) = (values[place.floor() as usize], values[place.ceil() as usize]);
    if high.is_finite() { low + (high - low) * place.fract() } else { high }
}
