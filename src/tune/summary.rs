//! What the calls of a size come to: means for cost, quantiles for latency, each with its interval.
//!
//! Nothing is trimmed. Cold calls are told by their reports and kept apart; a call that hides an INIT is labelled and left out,
//! and said. Payload classes are averaged by their weights, however many calls each had.

use std::collections::BTreeMap;

use super::invocation::{Invocation, Label};
use super::money::{Rates, mean_milliseconds};
use super::run::Infeasible;
use crate::fit::Point;
use crate::stats::{Class, Estimate, INTERVAL_DRAWS, LogMoments, WeightedSample, quantile};
use crate::units::{MemoryMb, Share, Usd, statistic_from_decimal};

/// Probability of every interval.
pub const LEVEL: f64 = 0.95;
/// Requests that costs are stated for.
pub const MILLION: f64 = 1e6;
/// Draws of the mean of a size; sizes are compared draw by draw.
const DRAWS: usize = 1000;
/// A call is taken for one with a hidden INIT when its excess is that INIT within these factors...
const HIDDEN_INIT_FACTORS: (f64, f64) = (0.7, 1.4);
/// ...and is so many times the distance between the quartiles of its siblings.
const HIDDEN_INIT_SPREADS: f64 = 5.0;
/// Below so many calls nothing can be told from siblings.
const LEAST_SIBLINGS: usize = 4;
/// From so many cold calls on a size's own say what a cold start bills beyond a warm call; below, INIT over all sizes says it.
const LEAST_COLD_CALLS: usize = 3;

/// How calls are averaged.
#[derive(Debug, Clone, PartialEq)]
pub struct Averaging {
    /// The weights of the payload classes.
    pub class_weights: Vec<f64>,
    /// Whether cold calls are what is wanted.
    pub cold_only: bool,
    /// The share of production requests that start cold; their INIT is billed.
    pub cold_fraction: Option<Share>,
    /// For the intervals.
    pub seed: u64,
}

/// A size that was measured.
#[derive(Debug, Clone, PartialEq)]
pub struct SizeSummary {
    /// The size.
    pub memory: MemoryMb,
    /// Calls that are averaged.
    pub calls: u32,
    /// Cold calls, labelled by their reports.
    pub cold_calls: u32,
    /// Calls left out because they hide an INIT, by number.
    pub hidden_inits: Vec<u32>,
    /// Mean duration; of cold calls with INIT.
    pub duration_ms: Estimate,
    /// Mean of what is billed.
    pub billed_ms: Estimate,
    /// The same with the INIT of the stated share of cold starts: what a request is charged on average.
    pub charged_ms: f64,
    /// The median.
    pub p50_ms: Estimate,
    /// Nineteen of twenty calls are not slower.
    pub p95_ms: Estimate,
    /// All but one of a hundred.
    pub p99_ms: Estimate,
    /// The longest call.
    pub longest_ms: f64,
    /// Dollars for a million requests, with the request fee and the INIT of the stated share of cold starts.
    pub cost_per_million_usd: Estimate,
    /// The same without the request fee, for one call: what other tools call cost.
    pub compute_usd: f64,
    /// What a cold start bills beyond a warm call, on average.
    pub cold_extra_ms: Option<f64>,
    /// The most memory that a call used.
    pub max_memory_used_mb: Option<u32>,
    /// The durations that are averaged, by call.
    pub durations_ms: Vec<f64>,
    /// How uncertain the mean duration is by its calls alone, relative to it.
    pub relative_error: f64,
    /// The calls on the scale of logarithms, as the belief about the curve takes them.
    pub logarithms: LogMoments,
    /// The cold calls, without INIT: they tell about the shape of the curve; only where there is one payload.
    pub cold_logarithms: Option<LogMoments>,
    /// Means drawn from what the calls leave possible, of cost for a million requests: to compare sizes draw by draw.
    pub cost_draws: Vec<f64>,
}

impl SizeSummary {
    /// The size as a point of the duration curve.
    #[must_use]
    pub fn point(&self) -> Point {
        Point { memory: self.memory, mean_ms: self.duration_ms.point, calls: self.calls, relative_error: self.relative_error }
    }
}

/// Sums up every size that has calls to average and no reason against it.
#[must_use]
pub fn summarize(
    invocations: &[Invocation],
    infeasible: &BTreeMap<MemoryMb, Infeasible>,
    rates: &Rates,
    averaging: &Averaging,
) -> Vec<SizeSummary> {
    summarize_with(INTERVAL_DRAWS, invocations, infeasible, rates, averaging)
}

/// The same for a decision on the way, which needs means and hardly an interval.
pub(super) fn summarize_roughly(
    invocations: &[Invocation],
    infeasible: &BTreeMap<MemoryMb, Infeasible>,
    rates: &Rates,
    averaging: &Averaging,
) -> Vec<SizeSummary> {
    const ROUGH_DRAWS: usize = 40;
    summarize_with(ROUGH_DRAWS, invocations, infeasible, rates, averaging)
}

fn summarize_with(
    draws: usize,
    invocations: &[Invocation],
    infeasible: &BTreeMap<MemoryMb, Infeasible>,
    rates: &Rates,
    averaging: &Averaging,
) -> Vec<SizeSummary> {
    let mut by_size: BTreeMap<MemoryMb, Vec<&Invocation>> = BTreeMap::new();
    for invocation in invocations.iter().filter(|invocation| !infeasible.contains_key(&invocation.memory)) {
        by_size.entry(invocation.memory).or_default().push(invocation);
    }
    let inits: Vec<f64> = invocations.iter().filter_map(|invocation| invocation.report.as_ref()?.init_ms).collect();
    let cold = ColdStarts::of(&by_size, mean(&inits));
    let sizes = by_size.iter().filter_map(|(memory, calls)| summarize_size(*memory, calls, &cold, rates, averaging, draws));
    sizes.collect()
}

/// What is known of cold starts, all sizes together: INIT does not depend on memory, it runs at full CPU.
struct ColdStarts {
    init_ms: Option<f64>,
    extra_ms: BTreeMap<MemoryMb, f64>,
}

impl ColdStarts {
    fn of(by_size: &BTreeMap<MemoryMb, Vec<&Invocation>>, init_ms: Option<f64>) -> Self {
        let extra = by_size.iter().filter_map(|(memory, calls)| {
            let billed = |label| {
                let billed: Vec<f64> = reported(calls, label).map(|(_, report)| report.billed_total_ms() as f64).collect();
                (billed.len(), mean(&billed))
            };
            let ((count, cold), (_, warm)) = (billed(Label::Cold), billed(Label::Warm));
            let own = (cold? - warm?).max(0.0);
            // One cold call says little; INIT over all sizes says more.
            Some((*memory, if count >= LEAST_COLD_CALLS { own } else { init_ms.unwrap_or(own) }))
        });
        Self { init_ms, extra_ms: extra.collect() }
    }

    fn extra_ms(&self, memory: MemoryMb) -> Option<f64> {
        self.extra_ms.get(&memory).copied().or(self.init_ms)
    }
}

fn reported<'i>(
    calls: &'i [&'i Invocation],
    label: Label,
) -> impl Iterator<Item = (&'i Invocation, &'i crate::lambda_log::Report)> {
    calls.iter().filter(move |call| call.label == label).filter_map(|call| Some((*call, call.report.as_ref()?)))
}

fn summarize_size(
    memory: MemoryMb,
    calls: &[&Invocation],
    cold: &ColdStarts,
    rates: &Rates,
    averaging: &Averaging,
    draws: usize,
) -> Option<SizeSummary> {
    let wanted = if averaging.cold_only { Label::Cold } else { Label::Warm };
    let hidden_inits = if averaging.cold_only { Vec::new() } else { hidden_inits(memory, calls, cold.init_ms) };
    let averaged: Vec<_> = reported(calls, wanted).filter(|(call, _)| !hidden_inits.contains(&call.number)).collect();
    let sample = |value: &dyn Fn(&crate::lambda_log::Report) -> f64| {
        let classes = averaging.class_weights.iter().enumerate().map(|(class, weight)| Class {
            weight: *weight,
            values: averaged.iter().filter(|(call, _)| call.class == class).map(|(_, report)| value(report)).collect(),
        });
        // Without calls of every class there is no mean over them: the slow class may be the one that is missing.
        WeightedSample::new(classes.collect()).ok()
    };
    let durations = sample(&crate::lambda_log::Report::total_ms)?;
    let billed = sample(&|report| report.billed_total_ms() as f64)?;
    let seed = averaging.seed ^ u64::from(memory.get());
    let cold_share =
        averaging.cold_fraction.filter(|_| !averaging.cold_only).map_or(0.0, |share| statistic_from_decimal(share.get()));
    let cold_extra_ms = cold.extra_ms(memory);
    let blended = |warm_ms: f64| warm_ms + cold_share * cold_extra_ms.unwrap_or(0.0);
    let cost = |billed_ms: f64| per_million(rates.invocation(memory, mean_milliseconds(blended(billed_ms))));
    let cost_draws: Vec<f64> = billed.bootstrap_means(seed, draws.min(DRAWS)).into_iter().map(cost).collect();
    let longest = averaged.iter().map(|(_, report)| report.total_ms()).fold(0.0, f64::max);
    Some(SizeSummary {
        memory,
        calls: count(averaged.len()),
        cold_calls: count(reported(calls, Label::Cold).count()),
        duration_ms: durations.mean_estimate(LEVEL, seed, draws),
        billed_ms: billed.mean_estimate(LEVEL, seed, draws),
        p50_ms: durations.quantile_estimate(0.5, LEVEL, seed, draws),
        p95_ms: durations.quantile_estimate(0.95, LEVEL, seed, draws),
        p99_ms: durations.quantile_estimate(0.99, LEVEL, seed, draws),
        longest_ms: longest,
        cost_per_million_usd: Estimate::from_draws(cost(billed.mean()), cost_draws.clone(), LEVEL),
        charged_ms: blended(billed.mean()),
        compute_usd: dollars(rates.compute(memory, mean_milliseconds(blended(billed.mean())))),
        cold_extra_ms,
        max_memory_used_mb: calls
            .iter()
            .filter_map(|call| call.report.as_ref()?.max_memory_used_mb)
            .max()
            .filter(|used| *used > 0),
        durations_ms: averaged.iter().map(|(_, report)| report.total_ms()).collect(),
        relative_error: durations.observed_relative_error(),
        logarithms: durations.logarithms(),
        cold_logarithms: cold_logarithms(calls, averaging),
        hidden_inits,
        cost_draws,
    })
}

fn cold_logarithms(calls: &[&Invocation], averaging: &Averaging) -> Option<LogMoments> {
    let others = !averaging.cold_only && averaging.class_weights.len() == 1;
    let durations = reported(calls, Label::Cold).map(|(_, report)| report.duration_ms).collect();
    Some(WeightedSample::plain(durations).ok().filter(|_| others)?.logarithms())
}

/// The warm-looking calls that hide an INIT: their environment was replaced, and INIT ran inside at the CPU share of the size.
/// Excess × m/1769 is then near the known INIT (measured on 109 such calls: 670 ms beside an INIT of 690 ms, and 1,320 beside
/// 1,260).
fn hidden_inits(memory: MemoryMb, calls: &[&Invocation], init_ms: Option<f64>) -> Vec<u32> {
    let mut durations: Vec<f64> = reported(calls, Label::Warm).map(|(_, report)| report.duration_ms).collect();
    let Some(init_ms) = init_ms.filter(|_| durations.len() > LEAST_SIBLINGS) else { return Vec::new() };
    durations.sort_by(f64::total_cmp);
    let (median, spread) = (quantile(&durations, 0.5), quantile(&durations, 0.75) - quantile(&durations, 0.25));
    let expected = init_ms * (MemoryMb::ONE_VCPU.statistic() / memory.statistic()).max(1.0);
    let hides = |duration_ms: f64| {
        let excess = duration_ms - median;
        let factor = excess / expected;
        HIDDEN_INIT_FACTORS.0 <= factor && factor <= HIDDEN_INIT_FACTORS.1 && excess > HIDDEN_INIT_SPREADS * spread
    };
    let found: Vec<u32> =
        reported(calls, Label::Warm).filter(|(_, report)| hides(report.duration_ms)).map(|(call, _)| call.number).collect();
    // Several of them are how the function is, not accidents.
    if found.len() * LEAST_SIBLINGS > durations.len() { Vec::new() } else { found }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn count(calls: usize) -> u32 {
    u32::try_from(calls).unwrap_or(u32::MAX)
}

/// Dollars as a statistic.
pub(super) fn dollars(cost: Usd) -> f64 {
    statistic_from_decimal(cost.amount())
}

fn per_million(cost: Usd) -> f64 {
    dollars(cost) * MILLION
}
