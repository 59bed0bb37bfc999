//! What the measurements leave possible, in money: several hundred curves, what each size costs by each of them, and what a
//! choice may lose.

use statrs::distribution::{ContinuousCDF, Normal};

use super::history::History;
use super::money::Rates;
use super::recommend::Strategy;
use super::summary::{MILLION, SizeSummary, dollars};
use crate::fit::{Belief, Draws, FitError, Observation, Point, Regret};
use crate::power_tuning;
use crate::stats::{Estimate, LogMoments};
use crate::units::{Decimal, MemoryMb, statistic_from_decimal};

/// Curves that are drawn from what the measurements leave possible.
const DRAWS: usize = 384;

/// A choice that loses more than this in a draw is lost anyhow.
const WORST_LOSS: f64 = 19.0;

/// What production's calls count for, where they agree with the run's own.
const HISTORY_CALLS: f64 = 20.0;

/// Means that differ by more than so many standard errors are of different requests.
const AGREEMENT: f64 = 2.0;

/// 1.645 standard deviations above the middle lie nineteen of twenty values of a normal distribution.
const P95_DEVIATIONS: f64 = 1.645;

/// What is known of a function besides the calls of this run.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Hints {
    /// What production reports.
    pub history: Option<History>,
    /// Means of another run whose curve has the same shape on another scale: the other architecture, or the code before a
    /// change.
    pub alike: Vec<Point>,
}

/// Everything that says something about the curve.
pub(super) fn observations(sizes: &[SizeSummary], hints: &Hints) -> Vec<Observation> {
    let own = sizes.iter().map(|size| Observation::of_calls(size.memory, own_moments(size, hints), 0));
    let cold = sizes.iter().filter_map(|size| Some(Observation::of_calls(size.memory, size.cold_logarithms?, 1)));
    let alike = hints.alike.iter().map(|point| Observation::of_calls(point.memory, moments_of(point), 2));
    own.chain(cold).chain(alike).collect()
}

/// The calls of a size; with those of production, where that has this size and its calls take as long.
fn own_moments(size: &SizeSummary, hints: &Hints) -> LogMoments {
    let own = size.logarithms;
    let production = hints.history.as_ref().filter(|history| history.memory == size.memory);
    let Some((warm, variance)) = production.and_then(|history| Some((history.warm?, history.warm?.log_variance?))) else {
        return own;
    };
    let distance = warm.p50_ms.ln() - own.mean;
    if distance.abs() > AGREEMENT * (variance / own.calls).sqrt() {
        return own;
    }
    let more = HISTORY_CALLS.min(f64::from(warm.calls));
    LogMoments { mean: own.mean + distance * more / (own.calls + more), calls: own.calls + more, ..own }
}

fn moments_of(point: &Point) -> LogMoments {
    let (calls, degrees) = (f64::from(point.calls), f64::from(point.calls) - 1.0);
    LogMoments { mean: point.mean_ms.ln(), calls, squares: point.relative_error.powi(2) * calls * degrees, degrees }
}

/// What the measurements leave possible.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// Several hundred possible curves.
    pub draws: Draws,
    /// The sizes that could be chosen, ascending.
    choices: Vec<MemoryMb>,
    rounding: Rounding,
    /// Standard deviation of ln duration among calls of one size: the middle one of the draws.
    noise: f64,
    /// What INIT of cold starts adds to what is billed, on average.
    extra_ms: f64,
}

impl Outlook {
    /// From the sizes that were measured. `belief` has all measured sizes and all choices on its grid.
    pub(super) fn new(
        belief: &Belief,
        sizes: &[SizeSummary],
        hints: &Hints,
        choices: Vec<MemoryMb>,
        seed: u64,
    ) -> Result<Self, FitError> {
        let draws = belief.draws(&observations(sizes, hints), DRAWS, seed)?;
        let mut noises = draws.noises().to_vec();
        noises.sort_by(f64::total_cmp);
        let extra = sizes.iter().map(|size| size.charged_ms - size.billed_ms.point);
        let extra_ms = (extra.sum::<f64>() / sizes.len() as f64).max(0.0);
        let noise = noises[noises.len() / 2];
        Ok(Self { rounding: Rounding::new(noise), noise, draws, choices, extra_ms })
    }

    /// The sizes that could be chosen.
    #[must_use]
    pub fn choices(&self) -> &[MemoryMb] {
        &self.choices
    }

    /// What a size that may not have been measured would cost for a million requests.
    #[must_use]
    pub fn predicted_cost(&self, rates: &Rates, memory: MemoryMb) -> Estimate {
        let duration = self.draws.predict(memory);
        let rate = Rate::of(rates, memory);
        let cost = |duration_ms| (rate.millisecond * self.billed_ms(duration_ms) + rate.request) * MILLION;
        Estimate { point: cost(duration.point), low: cost(duration.low), high: cost(duration.high), ..duration }
    }

    /// Leaves the sizes out whose calls are likely to take longer than this.
    pub(super) fn within(mut self, limit_ms: f64) -> Self {
        let count = self.draws.noises().len() as f64;
        let mean_ms = |size: &MemoryMb| self.draws.durations_ms(*size).sum::<f64>() / count;
        let choices: Vec<MemoryMb> = self.choices.iter().copied().filter(|size| mean_ms(size) <= limit_ms).collect();
        self.choices = choices;
        self
    }

    /// How much more than the best choice a size may cost, the request fee, which is the same everywhere, left out. Where a
    /// limit on the 95 % quantile is stated, the best choice is the best of those that meet it.
    #[must_use]
    pub fn regret(&self, rates: &Rates, strategy: &Strategy, chosen: MemoryMb) -> Regret {
        let limit_ms = match strategy {
            Strategy::CheapestWithin { p95 } => statistic_from_decimal(p95.milliseconds()) / (P95_DEVIATIONS * self.noise).exp(),
            _ => f64::INFINITY,
        };
        let places: Vec<MemoryMb> = self.draws.grid().to_vec();
        let per_ms: Vec<f64> = places.iter().map(|size| Rate::of(rates, *size).millisecond).collect();
        let cost = |memory: MemoryMb, duration_ms| {
            let place = places.partition_point(|size| *size < memory).min(places.len() - 1);
            if duration_ms <= limit_ms { per_ms[place] * self.billed_ms(duration_ms) } else { f64::INFINITY }
        };
        self.draws.regret(chosen, &self.choices, cost)
    }

    /// Intervals of a size by the curves through all sizes, in place of those that its own few calls give: one call says
    /// nothing of its noise, and its neighbors say much about its mean.
    pub(super) fn narrow(&self, rates: &Rates, size: &mut SizeSummary) {
        let (rate, own) = (Rate::of(rates, size.memory), size.charged_ms);
        let durations: Vec<f64> = self.draws.durations_ms(size.memory).collect();
        let billed: Vec<f64> = durations.iter().map(|duration| self.billed_ms(*duration)).collect();
        let extra = own - size.billed_ms.point;
        let cost_draws: Vec<f64> = billed.iter().map(|billed| (rate.millisecond * billed + rate.request) * MILLION).collect();
        let around = |old: Estimate, draws: Vec<f64>| {
            let drawn = Estimate::from_draws(old.point, draws, old.level);
            Estimate { low: drawn.low.min(old.point), high: drawn.high.max(old.point), ..old }
        };
        size.duration_ms = around(size.duration_ms, durations);
        size.billed_ms = around(size.billed_ms, billed.iter().map(|billed| billed - extra).collect());
        size.cost_per_million_usd = around(size.cost_per_million_usd, cost_draws.clone());
        size.cost_draws = cost_draws;
    }

    fn billed_ms(&self, duration_ms: f64) -> f64 {
        self.rounding.billed_ms(duration_ms) + self.extra_ms
    }

    /// What each of these sizes and of the choices costs and loses, draw by draw.
    pub(super) fn losses(&self, rates: &Rates, strategy: &Strategy, measured: &[MemoryMb]) -> Losses {
        let mut sizes: Vec<MemoryMb> = self.choices.iter().chain(measured).copied().collect();
        sizes.sort_unstable();
        sizes.dedup();
        let (grid, noises) = (self.draws.grid(), self.draws.noises());
        let places: Vec<usize> = sizes.iter().map(|size| grid.partition_point(|other| other < size)).collect();
        let per_ms: Vec<f64> = sizes.iter().map(|size| Rate::of(rates, *size).millisecond).collect();
        let is_choice: Vec<bool> = sizes.iter().map(|size| self.choices.binary_search(size).is_ok()).collect();
        let mut losses =
            Losses { request: Rate::of(rates, sizes[0]).request, sizes, costs: Vec::new(), losses: Vec::new(), best: Vec::new() };
        let (mut durations, mut costs) = (Vec::new(), Vec::new());
        for (curve, noise) in self.draws.curves().zip(noises) {
            durations.clear();
            durations.extend(places.iter().map(|place| curve[*place]));
            costs.clear();
            costs.extend(durations.iter().zip(&per_ms).map(|(duration, per_ms)| per_ms * self.billed_ms(*duration)));
            let draw = Draw { durations_ms: &durations, costs: &costs, is_choice: &is_choice, noise: *noise };
            losses.push(&draw, strategy);
        }
        losses
    }
}

/// What a size charges.
struct Rate {
    /// Dollars for a billed millisecond.
    millisecond: f64,
    request: f64,
}

impl Rate {
    fn of(rates: &Rates, memory: MemoryMb) -> Self {
        let second = dollars(rates.compute(memory, Decimal::ONE_THOUSAND));
        Self { millisecond: second / 1000.0, request: dollars(rates.invocation(memory, Decimal::ZERO)) }
    }
}

/// One possible curve, at the sizes of the losses.
struct Draw<'a> {
    durations_ms: &'a [f64],
    costs: &'a [f64],
    is_choice: &'a [bool],
    noise: f64,
}

impl Draw<'_> {
    fn least(&self, value: impl Fn(usize) -> f64, counts: impl Fn(usize) -> bool) -> Option<usize> {
        let places = (0..self.costs.len()).filter(|place| self.is_choice[*place] && counts(*place));
        places.min_by(|one, other| value(*one).total_cmp(&value(*other)))
    }

    /// The best choice, and what each size loses against it: value/best − 1. A size that breaks the limit of the strategy loses
    /// one on top.
    fn judged(&self, strategy: &Strategy) -> (usize, Vec<f64>) {
        let (cost, duration) = (|place: usize| self.costs[place], |place: usize| self.durations_ms[place]);
        let all = 0..self.costs.len();
        let relative = |value: &dyn Fn(usize) -> f64, counts: &dyn Fn(usize) -> bool| {
            let any = self.least(value, |_| true).unwrap_or(0);
            let best = self.least(value, counts).unwrap_or(any);
            let loss = |place: usize| {
                let loss = value(place) / value(best) - 1.0;
                if counts(place) { loss } else { loss.max(0.0) + 1.0 }
            };
            (best, all.clone().map(|place| loss(place).clamp(0.0, WORST_LOSS)).collect())
        };
        match strategy {
            Strategy::PowerTuning(power_tuning::Strategy::Cost) => relative(&cost, &|_| true),
            Strategy::PowerTuning(power_tuning::Strategy::Speed) => relative(&duration, &|_| true),
            Strategy::PowerTuning(power_tuning::Strategy::Balanced { weight }) => {
                let most = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
                let (dearest, slowest) = (most(self.costs), most(self.durations_ms));
                relative(&|place| weight * cost(place) / dearest + (1.0 - weight) * duration(place) / slowest, &|_| true)
            }
            Strategy::CheapestWithin { p95 } => {
                let limit_ms = statistic_from_decimal(p95.milliseconds());
                let spread = (P95_DEVIATIONS * self.noise).exp();
                let within = |place: usize| duration(place) * spread <= limit_ms;
                if all.clone().any(|place| self.is_choice[place] && within(place)) {
                    relative(&cost, &within)
                } else {
                    // Nothing is fast enough: the fastest comes nearest.
                    relative(&duration, &|_| true)
                }
            }
            Strategy::FastestWithin { tolerance } => {
                let least = self.least(cost, |_| true).map_or(0.0, cost);
                let most = least * (1.0 + statistic_from_decimal(tolerance.get()));
                relative(&duration, &|place| cost(place) <= most)
            }
        }
    }
}

/// What sizes cost and lose in each draw.
pub(super) struct Losses {
    /// Ascending: the choices and the measured sizes.
    pub(super) sizes: Vec<MemoryMb>,
    /// The request fee, in dollars.
    pub(super) request: f64,
    /// Dollars of one call without its request, draw by draw.
    costs: Vec<f64>,
    losses: Vec<f64>,
    /// The place of the best choice in each draw.
    pub(super) best: Vec<usize>,
}

impl Losses {
    fn push(&mut self, draw: &Draw<'_>, strategy: &Strategy) {
        let (best, losses) = draw.judged(strategy);
        self.costs.extend_from_slice(draw.costs);
        self.losses.extend(losses);
        self.best.push(best);
    }

    pub(super) fn draws(&self) -> usize {
        self.best.len()
    }

    pub(super) fn place(&self, size: MemoryMb) -> usize {
        self.sizes.partition_point(|other| *other < size)
    }

    /// What the size at a place loses in a draw.
    pub(super) fn loss(&self, draw: usize, place: usize) -> f64 {
        self.losses[draw * self.sizes.len() + place]
    }

    /// What it loses on average.
    pub(super) fn expected(&self, place: usize) -> f64 {
        (0..self.draws()).map(|draw| self.loss(draw, place)).sum::<f64>() / self.draws() as f64
    }

    /// What it loses at most, with a probability of 95 %.
    pub(super) fn bound(&self, place: usize) -> f64 {
        Regret::of((0..self.draws()).map(|draw| self.loss(draw, place)).collect()).bound
    }

    /// What a call costs on average, with its request, in dollars.
    pub(super) fn expected_cost(&self, place: usize) -> f64 {
        let compute = (0..self.draws()).map(|draw| self.costs[draw * self.sizes.len() + place]).sum::<f64>();
        compute / self.draws() as f64 + self.request
    }
}

/// Mean of a duration after it is rounded up to whole milliseconds: E⌈X⌉ = Σₖ₌₀ P(X > k) for a log-normal of mean d. From some
/// milliseconds on it is d + ½.
#[derive(Debug, Clone, PartialEq)]
struct Rounding {
    billed_ms: Vec<f64>,
}

impl Rounding {
    const LEAST_LOG: f64 = -4.0;
    const STEP: f64 = 0.05;
    /// ln 20
    const SMOOTH_LOG: f64 = 3.0;
    const MOST_TERMS: u32 = 400;

    fn new(noise: f64) -> Self {
        let normal = Normal::standard();
        let billed = |log: f64| {
            let above = |k: u32| normal.sf((f64::from(k).ln() - log + noise * noise / 2.0) / noise);
            1.0 + (1..Self::MOST_TERMS).map(above).take_while(|share| *share > 1e-6).sum::<f64>()
        };
        let steps = ((Self::SMOOTH_LOG - Self::LEAST_LOG) / Self::STEP) as u32;
        Self { billed_ms: (0..=steps).map(|step| billed(Self::LEAST_LOG + f64::from(step) * Self::STEP)).collect() }
    }

    fn billed_ms(&self, duration_ms: f64) -> f64 {
        if duration_ms >= 20.0 {
            return duration_ms + 0.5;
        }
        let position = ((duration_ms.ln() - Self::LEAST_LOG) / Self::STEP).max(0.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a position in a table of some hundred steps"
        )]
        let below = (position as usize).min(self.billed_ms.len() - 2);
        let share = (position - below as f64).min(1.0);
        self.billed_ms[below] * (1.0 - share) + self.billed_ms[below + 1] * share
    }
}
