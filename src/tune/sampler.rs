//! Which size to call next, and how often: the look that makes the decision better by most for its price.
//!
//! What is known is several hundred possible curves. In each of them every size loses something against the best; the
//! recommendation is the measured size that loses least on average. A look at a size splits the curves into groups by what it
//! would show; in each group another size may be the best one to recommend. What the look is worth is what the recommendation
//! loses now, less what it would lose on average afterwards (the knowledge gradient of Frazier, Powell and Dayanik 2008,
//! estimated over draws). The look with the most gain for its price is next.
//!
//! It ends when the expected loss is below the target, or when no look is worth its price any more: worth in money, where the
//! number of requests is known, and always worth in effort.
//!
//! Only round sizes are looked at: a size between two of them hardly ever saves a hundredth, and nobody wants 1,247 MB. Only
//! where the function looks like a staircase of the CPU quota, any size may be the edge of a step.

use super::outlook::{Losses, Outlook};
use super::recommend::Strategy;
use crate::fit::Draws;
use crate::stats::Random;
use crate::units::MemoryMb;

/// The target is met when the 95 % bound of the loss, too, is below so many times it: an expected loss of 2 % may be one of 40 %
/// in one case of twenty.
const BOUND_TIMES: f64 = 3.0;

/// Calls of one look.
const CALLS: [u32; 3] = [1, 3, 8];

/// Groups that the draws are split into by what a look shows.
const GROUPS: usize = 8;

/// The likeliest best sizes that are considered.
const CANDIDATES: usize = 8;

/// Sizes that people choose: doublings and halves between, and whole numbers of virtual CPUs.
const ROUND_MB: [u32; 18] =
    [128, 192, 256, 320, 384, 512, 768, 1024, 1536, 1769, 2048, 3008, 3538, 4096, 5307, 7076, 8845, 10_240];

/// A round size is as good as its neighbors up to this distance in ln memory.
const NEIGHBORHOOD: f64 = 0.15;

/// From this probability of a staircase on any size may be looked at.
const STAIRCASE: f64 = 0.5;

/// A minute of waiting counts like one call at the best size.
const SECONDS_PER_CALL: f64 = 60.0;

/// Sizes whose expected losses differ by less are equally good: the largest, which is the fastest, is preferred.
const EQUAL_LOSS: f64 = 0.003;

/// When to stop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effort {
    /// The expected loss that is good enough: 0.02 is 2 %.
    pub target: f64,
    /// What a look must lower the expected loss by, for each call at the best size that it costs as much as.
    pub least_gain: f64,
    /// Requests that are to pay for the looks: those of the pay-back time; none where nobody knows.
    pub requests: Option<f64>,
    /// Calls of all sizes, at most.
    pub most_calls: u32,
    /// Whether sizes that are not round are looked at, too.
    pub any_size: bool,
}

impl Effort {
    /// A few calls: 2 %, and a look for as much as a call must lower the expected loss by 0.07 %.
    pub const USUAL: Self = Self { target: 0.02, least_gain: 0.0007, requests: None, most_calls: 60, any_size: false };
    /// The answer of a full sweep.
    pub const THOROUGH: Self = Self { target: 0.004, least_gain: 0.0001, requests: None, most_calls: 150, any_size: true };
}

/// So many calls at a size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// The size.
    pub memory: MemoryMb,
    /// Calls on top of those that were made.
    pub calls: u32,
}

/// Why a run that chooses for itself has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Enough {
    /// The expected loss is below the target.
    Target,
    /// No further look lowers the expected loss by what it costs.
    NotWorthIt,
    /// What is left of the spending limit does not cover the worst case of a further look.
    Budget,
    /// The most calls have been made.
    Calls,
    /// No size is left to look at.
    NothingLeft,
}

/// What a look may cost.
pub(super) struct Prices<'a> {
    /// Whether the worst case of so many calls at a size is within what may be spent.
    pub(super) affordable: &'a dyn Fn(Look) -> bool,
    /// What a first look at a size costs on top, in dollars: its INIT.
    pub(super) first: &'a dyn Fn(MemoryMb) -> f64,
    /// Seconds that a change of size takes.
    pub(super) change_seconds: f64,
    /// Calls that are made at once: one of each payload.
    pub(super) calls_each: u32,
}

/// The state of a run, to decide on.
pub(super) struct Sampler<'a> {
    pub(super) outlook: &'a Outlook,
    pub(super) losses: Losses,
    /// The measured sizes that can be recommended.
    pub(super) measured: &'a [MemoryMb],
    /// Calls that were made.
    pub(super) calls: u32,
    /// The least and the most memory that may be chosen: they count as round.
    pub(super) bounds: (MemoryMb, MemoryMb),
    pub(super) effort: Effort,
    pub(super) seed: u64,
}

impl Sampler<'_> {
    /// The next look, or why there is none.
    pub(super) fn next(&self, prices: &Prices<'_>) -> Result<Look, Enough> {
        let Some((best, loss)) = least_loss(&self.losses, self.measured) else {
            // What was measured so far cannot be chosen: it lies outside the bounds.
            let affordable =
                |memory: MemoryMb| Some(Look { memory, calls: prices.calls_each }).filter(|look| (prices.affordable)(*look));
            let best = least_loss(&self.losses, &self.candidates()).ok_or(Enough::NothingLeft)?;
            return affordable(best.0).ok_or(Enough::Budget);
        };
        if loss < self.effort.target && self.losses.bound(self.losses.place(best)) < BOUND_TIMES * self.effort.target {
            return Err(Enough::Target);
        }
        if self.calls >= self.effort.most_calls {
            return Err(Enough::Calls);
        }
        let candidates = self.candidates();
        let mut random = Random::from_seed(self.seed);
        let surprises: Vec<f64> = (0..self.losses.draws()).map(|_| random.normal()).collect();
        let mut found: Option<(f64, f64, Look)> = None;
        let (mut unaffordable, mut any) = (false, false);
        for memory in candidates {
            let log_durations: Vec<f64> = self.outlook.draws.durations_ms(memory).map(f64::ln).collect();
            for calls in CALLS.map(|calls| calls * prices.calls_each) {
                let look = Look { memory, calls };
                if !(prices.affordable)(look) {
                    unaffordable = true;
                    continue;
                }
                any = true;
                let gain = loss - self.loss_after(look, prices.calls_each, &log_durations, &surprises);
                let rate = gain / (self.price_in_calls(look, best, prices) + self.seconds(look, prices) / SECONDS_PER_CALL);
                if found.is_none_or(|(most, ..)| most < rate) {
                    found = Some((rate, gain, look));
                }
            }
        }
        let Some((_, gain, look)) = found.filter(|_| any) else {
            return Err(if unaffordable { Enough::Budget } else { Enough::NothingLeft });
        };
        if gain <= self.effort.least_gain * self.price_in_calls(look, best, prices) || !self.pays_back(gain, look, best, prices) {
            return Err(if unaffordable { Enough::Budget } else { Enough::NotWorthIt });
        }
        Ok(look)
    }

    /// The sizes that may be worth a look: where the draws have their best ones, and the measured ones.
    fn candidates(&self) -> Vec<MemoryMb> {
        let sizes = &self.losses.sizes;
        let mut times_best = vec![0_usize; sizes.len()];
        self.losses.best.iter().for_each(|place| times_best[*place] += 1);
        let any_size = self.outlook.draws.staircase_share() >= STAIRCASE;
        let offered = self.outlook.choices();
        let few = offered.len() <= ROUND_MB.len();
        let counts = |memory: &MemoryMb| {
            any_size || few || ROUND_MB.contains(&memory.get()) || [self.bounds.0, self.bounds.1].contains(memory)
        };
        let near = |memory: MemoryMb| -> usize {
            let close = |other: &MemoryMb| (memory.statistic() / other.statistic()).ln().abs() < NEIGHBORHOOD;
            let neighbors =
                sizes.iter().zip(&times_best).filter(|(other, _)| if any_size { **other == memory } else { close(other) });
            neighbors.map(|(_, times)| times).sum()
        };
        let mut likely: Vec<MemoryMb> = offered.to_vec();
        if self.effort.any_size {
            likely.sort_by_key(|memory| std::cmp::Reverse(times_best[self.losses.place(*memory)]));
            likely.truncate(CANDIDATES);
        } else {
            likely.clear();
        }
        let mut candidates: Vec<MemoryMb> = offered.iter().copied().filter(counts).collect();
        candidates.sort_by_key(|memory| std::cmp::Reverse(near(*memory)));
        let always = self.landmarks(&candidates);
        candidates.truncate(CANDIDATES);
        candidates.extend(always);
        candidates.extend(likely);
        candidates.extend(self.measured);
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }

    /// The ends, the middle of the first virtual CPU, its end, and the size that loses least: what tells about the shape.
    fn landmarks(&self, candidates: &[MemoryMb]) -> Vec<MemoryMb> {
        let (Some(first), Some(last)) = (candidates.iter().min(), candidates.iter().max()) else { return Vec::new() };
        let nearest = |memory_mb: f64| {
            let distance = |size: &&MemoryMb| (size.statistic() / memory_mb).ln().abs();
            candidates.iter().min_by(|one, other| distance(one).total_cmp(&distance(other))).copied()
        };
        let one_vcpu = MemoryMb::ONE_VCPU.statistic().min(last.statistic());
        let least = least_loss(&self.losses, candidates).map(|(memory, _)| memory);
        let landmarks = [Some(*first), Some(*last), nearest((first.statistic() * one_vcpu).sqrt()), nearest(one_vcpu), least];
        landmarks.into_iter().flatten().collect()
    }

    /// What the recommendation would lose on average after a look: the draws, sorted by what it would show, in groups.
    fn loss_after(&self, look: Look, calls_each: u32, log_durations: &[f64], surprises: &[f64]) -> f64 {
        let draws = self.losses.draws();
        let share = f64::from(look.calls / calls_each).sqrt().recip();
        let noisy = log_durations.iter().zip(self.outlook.draws.noises()).zip(surprises);
        let shown = noisy.map(|((log_duration, noise), surprise)| log_duration + share * noise * surprise);
        let mut order: Vec<(f64, usize)> = shown.zip(0..).collect();
        order.sort_unstable_by(|one, other| one.0.total_cmp(&other.0));
        let looked = self.losses.place(look.memory);
        let places: Vec<usize> = self.measured.iter().map(|memory| self.losses.place(*memory)).chain([looked]).collect();
        let group_loss = |group: &[(f64, usize)]| {
            let loss = |place: &usize| group.iter().map(|(_, draw)| self.losses.loss(*draw, *place)).sum::<f64>();
            places.iter().map(loss).fold(f64::INFINITY, f64::min)
        };
        order.chunks(draws.div_ceil(GROUPS)).map(group_loss).sum::<f64>() / draws as f64
    }

    fn price(&self, look: Look, prices: &Prices<'_>) -> f64 {
        let call = self.losses.expected_cost(self.losses.place(look.memory));
        f64::from(look.calls) * call + if self.measured.contains(&look.memory) { 0.0 } else { (prices.first)(look.memory) }
    }

    /// What a look costs, in calls at the best size.
    fn price_in_calls(&self, look: Look, best: MemoryMb, prices: &Prices<'_>) -> f64 {
        self.price(look, prices) / self.losses.expected_cost(self.losses.place(best))
    }

    fn seconds(&self, look: Look, prices: &Prices<'_>) -> f64 {
        let call_seconds = mean_ms(&self.outlook.draws, look.memory) / 1000.0;
        let change = if self.measured.contains(&look.memory) { 0.0 } else { prices.change_seconds };
        f64::from(look.calls) * call_seconds + change
    }

    /// Whether the requests of the pay-back time save what the look costs.
    fn pays_back(&self, gain: f64, look: Look, best: MemoryMb, prices: &Prices<'_>) -> bool {
        let compute = self.losses.expected_cost(self.losses.place(best)) - self.losses.request;
        self.effort.requests.is_none_or(|requests| requests * gain * compute > self.price(look, prices))
    }
}

fn mean_ms(draws: &Draws, memory: MemoryMb) -> f64 {
    draws.durations_ms(memory).sum::<f64>() / draws.noises().len() as f64
}

fn least_loss(losses: &Losses, sizes: &[MemoryMb]) -> Option<(MemoryMb, f64)> {
    let expected = sizes.iter().map(|memory| (*memory, losses.expected(losses.place(*memory))));
    expected.min_by(|one, other| one.1.total_cmp(&other.1))
}

/// The size to recommend among measured ones: the largest of those that lose practically least.
pub(super) fn least_losing(
    outlook: &Outlook,
    rates: &super::Rates,
    strategy: &Strategy,
    measured: &[MemoryMb],
) -> Option<MemoryMb> {
    if measured.is_empty() {
        return None;
    }
    let losses = outlook.losses(rates, strategy, measured);
    let (_, least) = least_loss(&losses, measured)?;
    let equal = measured.iter().filter(|memory| losses.expected(losses.place(**memory)) <= least + EQUAL_LOSS);
    equal.max().copied()
}
