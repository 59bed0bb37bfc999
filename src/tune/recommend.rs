//! Which of the measured sizes to choose, which others are as good, and how much cheaper a size could be that nobody measured.
//!
//! Only a size that was measured and worked is ever recommended.

use std::cmp::Ordering;

use super::money::Rates;
use super::outlook::{Hints, Outlook};
use super::sampler::least_losing;
use super::summary::SizeSummary;
use crate::fit::{Belief, Fit, FitError, Regret, fit};
use crate::power_tuning;
use crate::power_tuning::SizeAverage;
use crate::stats::Estimate;
use crate::units::{MemoryMb, Share, TimeSpan, statistic_from_decimal};

/// Sizes between the measured ones at which the curves are looked at.
const GRID_STEP_MB: u32 = 64;
/// A size whose duration is below so much of that of a larger one is suspect: durations do not fall when memory falls, but a
/// handler that swallows its failure looks like that.
const SUSPECT_SHARE: f64 = 0.5;
/// Two sizes tie when the other one is as good or better in more than this share of the draws.
const TIE_SHARE: f64 = 0.05;

/// What is best.
#[derive(Debug, Clone, PartialEq)]
pub enum Strategy {
    /// The cheapest, the fastest, or a balance, by the formulas of aws-lambda-power-tuning.
    PowerTuning(power_tuning::Strategy),
    /// The cheapest size at which nineteen of twenty calls take no longer.
    CheapestWithin {
        /// The limit on the 95 % quantile.
        p95: TimeSpan,
    },
    /// The fastest size that costs no more than the cheapest and this share of it.
    FastestWithin {
        /// The share: 0.05 allows 5 % more.
        tolerance: Share,
    },
}

impl Strategy {
    /// In a word, as the output writes it.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::PowerTuning(strategy) => strategy.name(),
            Self::CheapestWithin { .. } => "cheapest-within-p95",
            Self::FastestWithin { .. } => "fastest-within-cost",
        }
    }
}

/// The size to choose.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommendation {
    /// The size; measured, and working.
    pub memory: MemoryMb,
    /// Other measured sizes that the measurements cannot tell from it.
    pub ties: Vec<MemoryMb>,
    /// How much dearer it may be than the cheapest size in the measured range.
    pub regret: Regret,
    /// Whether the stated limit is met; when not, the size is the one that comes nearest.
    pub meets_limit: bool,
}

/// The duration curve, and what the measurements leave possible.
#[derive(Debug, Clone, PartialEq)]
pub struct Curves {
    /// The best curve, with its quality.
    pub fit: Fit,
    /// Several hundred possible ones, in money.
    pub outlook: Outlook,
    /// Whether the sizes were chosen on the way: the belief then chooses, as no size has calls enough to stand for itself.
    adaptive: bool,
}

impl Curves {
    /// The curves through measured sizes. `choices` are the sizes that a run which chose for itself could have chosen; where
    /// there are none, the sizes between the smallest and the largest measured one.
    ///
    /// # Errors
    /// When no size was measured.
    pub fn through(sizes: &[SizeSummary], choices: &[MemoryMb], hints: &Hints, seed: u64) -> Result<Self, FitError> {
        let points: Vec<_> = sizes.iter().map(SizeSummary::point).collect();
        let (least, most) = (sizes.first().map_or(0, |size| size.memory.get()), sizes.last().map_or(0, |size| size.memory.get()));
        let adaptive = !choices.is_empty();
        let choices: Vec<MemoryMb> = if adaptive {
            choices.to_vec()
        } else {
            let between = (least..=most).step_by(GRID_STEP_MB as usize).map(MemoryMb::new);
            let mut between: Vec<MemoryMb> = between.chain(points.iter().map(|point| point.memory)).collect();
            between.sort_unstable();
            between.dedup();
            between
        };
        let grid = grid(&choices, sizes.iter().map(|size| size.memory), hints);
        let outlook = Outlook::new(&Belief::new(&grid, seed), sizes, hints, choices, seed)?;
        Ok(Self { fit: fit(&points)?, outlook, adaptive })
    }
}

impl Curves {
    /// Gives the sizes the intervals of the belief, where the run chose them itself.
    pub(super) fn narrow(&self, rates: &Rates, sizes: &mut [SizeSummary]) {
        if self.adaptive {
            sizes.iter_mut().for_each(|size| self.outlook.narrow(rates, size));
        }
    }
}

/// The sizes that a belief must know.
pub(super) fn grid(choices: &[MemoryMb], measured: impl Iterator<Item = MemoryMb>, hints: &Hints) -> Vec<MemoryMb> {
    choices.iter().copied().chain(measured).chain(hints.alike.iter().map(|point| point.memory)).collect()
}

/// Sizes whose calls are too short to be believed beside a larger size.
#[must_use]
pub fn suspects(sizes: &[SizeSummary]) -> Vec<MemoryMb> {
    let longest_above = |memory: MemoryMb| {
        let larger = sizes.iter().filter(|size| memory < size.memory);
        larger.map(|size| size.duration_ms.low).fold(0.0, f64::max)
    };
    let suspect = |size: &&SizeSummary| size.duration_ms.high < SUSPECT_SHARE * longest_above(size.memory);
    sizes.iter().filter(suspect).map(|size| size.memory).collect()
}

/// Chooses among the measured sizes; `None` when there is none that can be believed.
#[must_use]
pub fn recommend(sizes: &[SizeSummary], curves: &Curves, rates: &Rates, strategy: &Strategy) -> Option<Recommendation> {
    let suspects = suspects(sizes);
    let sizes: Vec<&SizeSummary> = sizes.iter().filter(|size| !suspects.contains(&size.memory)).collect();
    let choices = curves.outlook.choices();
    let within = |size: &&SizeSummary| !curves.adaptive || choices.binary_search(&size.memory).is_ok();
    let sizes: Vec<&SizeSummary> = sizes.into_iter().filter(within).collect();
    let eligible = eligible(&sizes, strategy);
    let best = if curves.adaptive {
        let measured: Vec<MemoryMb> = eligible.iter().map(|size| size.memory).collect();
        let memory = least_losing(&curves.outlook, rates, strategy, &measured);
        eligible.iter().copied().find(|size| Some(size.memory) == memory)
    } else {
        choose(&eligible, strategy)
    };
    // Where no size meets the limit, the fastest comes nearest.
    let chosen = best.or_else(|| least(&sizes, |size| size.p95_ms.point))?;
    let ties = eligible.iter().filter(|size| size.memory != chosen.memory && ties(size, chosen, strategy));
    let regret = curves.outlook.regret(rates, strategy, chosen.memory);
    Some(Recommendation {
        memory: chosen.memory,
        ties: ties.map(|size| size.memory).collect(),
        regret,
        meets_limit: best.is_some(),
    })
}

/// The sizes that meet the limit of a strategy; all, where it has none.
pub(super) fn eligible<'s>(sizes: &[&'s SizeSummary], strategy: &Strategy) -> Vec<&'s SizeSummary> {
    let meets: Box<dyn Fn(&SizeSummary) -> bool> = match strategy {
        Strategy::PowerTuning(_) => Box::new(|_| true),
        Strategy::CheapestWithin { p95 } => {
            let limit_ms = statistic_from_decimal(p95.milliseconds());
            Box::new(move |size| size.p95_ms.point <= limit_ms)
        }
        Strategy::FastestWithin { tolerance } => {
            let cheapest = sizes.iter().map(|size| cost(size)).fold(f64::INFINITY, f64::min);
            let most = cheapest * (1.0 + statistic_from_decimal(tolerance.get()));
            Box::new(move |size| cost(size) <= most)
        }
    };
    sizes.iter().copied().filter(|size| meets(size)).collect()
}

fn cost(size: &SizeSummary) -> f64 {
    size.cost_per_million_usd.point
}

/// The best of the sizes that meet the limit.
fn choose<'s>(eligible: &[&'s SizeSummary], strategy: &Strategy) -> Option<&'s SizeSummary> {
    match strategy {
        Strategy::PowerTuning(strategy) => {
            let averages: Vec<SizeAverage> = eligible.iter().map(|size| average(size)).collect();
            let chosen = strategy.choose(&averages)?;
            eligible.iter().copied().find(|size| size.memory == chosen.memory)
        }
        Strategy::CheapestWithin { .. } => least(eligible, cost),
        Strategy::FastestWithin { .. } => least(eligible, |size| size.duration_ms.point),
    }
}

/// A size as aws-lambda-power-tuning averages it: its cost has no request fee, which would change what `balanced` weighs.
fn average(size: &SizeSummary) -> SizeAverage {
    SizeAverage { memory: size.memory, average_cost: size.compute_usd, average_duration_ms: size.duration_ms.point }
}

fn least<'s>(sizes: &[&'s SizeSummary], value: impl Fn(&SizeSummary) -> f64) -> Option<&'s SizeSummary> {
    sizes.iter().copied().min_by(|one, other| value(one).partial_cmp(&value(other)).unwrap_or(Ordering::Equal))
}

/// Whether the measurements cannot tell two sizes apart by what the strategy is after.
fn ties(size: &SizeSummary, chosen: &SizeSummary, strategy: &Strategy) -> bool {
    match strategy {
        Strategy::PowerTuning(power_tuning::Strategy::Speed) | Strategy::FastestWithin { .. } => {
            overlap(&size.duration_ms, &chosen.duration_ms)
        }
        Strategy::PowerTuning(power_tuning::Strategy::Balanced { .. }) => {
            overlap(&size.duration_ms, &chosen.duration_ms) && no_dearer_share(size, chosen) > TIE_SHARE
        }
        Strategy::PowerTuning(power_tuning::Strategy::Cost) | Strategy::CheapestWithin { .. } => {
            no_dearer_share(size, chosen) > TIE_SHARE
        }
    }
}

fn overlap(one: &Estimate, other: &Estimate) -> bool {
    one.low <= other.high && other.low <= one.high
}

/// The share of draws in which a size is no dearer than the chosen one.
fn no_dearer_share(size: &SizeSummary, chosen: &SizeSummary) -> f64 {
    let pairs = size.cost_draws.iter().zip(&chosen.cost_draws);
    pairs.filter(|(other, own)| other <= own).count() as f64 / chosen.cost_draws.len().max(1) as f64
}
