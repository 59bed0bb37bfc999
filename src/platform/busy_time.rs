//! Instances that are paid for while a request is in progress on them, and for no other time.
//!
//! Requests that overlap share an instance, so what is paid for is neither the sum of the durations nor the whole month. With
//! arrivals at random the requests in progress are a Poisson number N with mean λ·S, and ⌈N / k⌉ instances of k requests each
//! are busy when requests go to busy instances first; the mean of that is what is billed.
//!
//! Worked number: 10 requests a second of 200 ms that wait for others, 16 at once on an instance: N has mean 2, so one instance
//! is busy 1 − e⁻² = 86.5 % of the time, where 16 instances of one request each would be paid for two.

use crate::capacity::{Capacity, Count, Fleet, Noun, Scaling, Shape};
use crate::queueing::mean_packed_servers;
use crate::units::{Decimal, Month, Share, TimeSpan, decimal_from_statistic, statistic_from_decimal};
use crate::workload::Workload;

/// Above this load the mean of ⌈N / k⌉ is N / k and half a step, to more digits than are printed.
const LARGE_LOAD: Decimal = Decimal::from_parts(100_000, 0, 0, false, 0);
/// More requests at once than this are never in progress on one instance.
const MOST_SLOTS: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

/// Instances that come and go with the requests.
#[derive(Debug)]
pub(super) struct Busy {
    /// How many are busy on average over the month.
    pub(super) instances: Decimal,
    /// The same fleet at peak.
    pub(super) capacity: Capacity,
    /// Set where every request has an instance for itself, so that their time is a plain sum.
    alone: Option<[(Decimal, &'static str); 2]>,
}

impl Busy {
    /// The instances that are busy when each request is billed for `held` at least.
    ///
    /// How many requests share an instance follows from its shape: what it carries in a second at 100 % of its tightest
    /// resource, times `held`.
    pub(super) fn of(workload: &Workload, shape: &Shape, held: TimeSpan, most: Option<Decimal>, month: Month) -> Self {
        let mut capacity = as_needed(most).size(workload, shape, month);
        let product = |one: Decimal, other: Decimal| one.checked_mul(other).unwrap_or(Decimal::MAX);
        let slots = capacity.rate_per_instance.map_or(Decimal::ONE, |rate| product(rate, held.seconds()).floor());
        let slots = slots.clamp(Decimal::ONE, MOST_SLOTS);
        let rate = workload.requests_per_second(month);
        let at = |factor: Decimal| mean_busy(product(product(rate, factor), held.seconds()), slots);
        let instances = match workload.hourly.as_ref().map(|hourly| hourly.factors()) {
            None => at(Decimal::ONE),
            Some(factors) => factors.iter().map(|factor| at(*factor) / Decimal::from(factors.len())).sum::<Decimal>().normalize(),
        };
        let carried = capacity.rate_per_instance.map_or(Decimal::ZERO, |carried| product(carried, instances));
        capacity.mean_utilization = rate.checked_div(carried).map_or(Decimal::ZERO, |part| part.normalize());
        capacity.instance_hours = product(instances, month.hours());
        capacity.paid_while_idle = false;
        capacity.notes.clear();
        let alone = [(workload.requests.per_month(month), "requests"), (held.seconds(), "s")];
        Self { instances, capacity, alone: (slots == Decimal::ONE).then_some(alone) }
    }

    /// The billed seconds of the month, as factors of a term.
    pub(super) fn second_factors(&self, month: Month) -> Vec<(Decimal, &'static str)> {
        match self.alone {
            Some(factors) => factors.to_vec(),
            None => vec![(self.instances, "busy instances"), (month.seconds(), "s")],
        }
    }
}

/// A fleet that the platform itself sizes by the requests in progress.
fn as_needed(most: Option<Decimal>) -> Fleet {
    Fleet {
        noun: Noun::Instance,
        count: Count::Auto,
        least: Decimal::ZERO,
        most,
        target_utilization: Share::ALL,
        most_waiting: None,
        zones: Decimal::ONE,
        spares: Decimal::ZERO,
        rate_per_instance: None,
        scaling: Scaling::Fixed,
        notes: Vec::new(),
    }
}

/// The mean of ⌈N / slots⌉, N Poisson with mean `load`.
fn mean_busy(load: Decimal, slots: Decimal) -> Decimal {
    if slots == Decimal::ONE {
        return load;
    }
    let rounding_up = (Decimal::ONE - Decimal::ONE / slots) / Decimal::TWO;
    let many = || load / slots + rounding_up;
    if LARGE_LOAD < load {
        return many();
    }
    let packed = mean_packed_servers(statistic_from_decimal(load), statistic_from_decimal(slots) as u64);
    packed.ok().and_then(|mean| decimal_from_statistic(mean, 9)).unwrap_or_else(many)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_that_overlap_share_an_instance() {
        let mean = |load: &str, slots: &str| mean_busy(load.parse().unwrap(), slots.parse().unwrap());
        assert_eq!(mean("2", "1").to_string(), "2");
        assert_eq!(mean("2", "16").round_dp(4).to_string(), "0.8647");
        // The two branches meet.
        let (below, above) = (mean("100000", "16"), mean("100001", "16"));
        assert!(below < above && above - below < "0.1".parse().unwrap(), "{below} {above}");
    }
}
