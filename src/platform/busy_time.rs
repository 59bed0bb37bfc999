//! Instances that are paid for while a request is in progress on them, and for no other time.
//!
//! Requests that overlap share an instance, so what is paid for is neither the sum of the durations nor the whole month. With
//! arrivals at random the requests in progress are a Poisson number N with mean λ·S, and ⌈N / k⌉ instances of k requests each
//! are busy when requests go to busy instances first; the mean of that is what is billed.
//!
//! Worked number: 10 requests a second of 200 ms that wait for others, 16 at once on an instance: N has mean 2, so one instance
//! is busy 1 − e⁻² = 86.5 % of the time, where 16 instances of one request each would be paid for two.

use super::requests;
use crate::capacity::{Capacity, Fleet, Noun, Shape};
use crate::queueing::{mean_packed_servers, mean_packed_servers_within, packed_start_share};
use crate::units::{Decimal, Month, Share, TimeSpan, decimal_from_statistic, saturating_product, statistic_from_decimal};
use crate::workload::Workload;

/// Above this load the mean of ⌈N / k⌉ is N / k and half a step, to more digits than are printed.
const LARGE_LOAD: Decimal = Decimal::from_parts(100_000, 0, 0, false, 0);
/// Below this load the mean of ⌈N / k⌉ is that of N, to six digits.
const SMALL_LOAD: Decimal = Decimal::from_parts(1, 0, 0, false, 6);
/// More requests at once than this are never in progress on one instance.
const MOST_SLOTS: Decimal = Decimal::from_parts(1_000_000, 0, 0, false, 0);

/// Instances that come and go with the requests.
#[derive(Debug)]
pub(super) struct Busy {
    /// How many are busy on average over the month.
    pub(super) instances: Decimal,
    /// The same fleet at peak.
    pub(super) capacity: Capacity,
    /// Requests that one instance works on at once.
    pub(super) slots: Decimal,
    /// Requests in progress on average, of each hour of the workload's profile.
    loads: Vec<Decimal>,
    /// Set where every request has an instance for itself, so that their time is a plain sum.
    alone: Option<(Decimal, TimeSpan)>,
}

impl Busy {
    /// The instances that are busy when each request is billed for `held` at least.
    ///
    /// How many requests share an instance follows from its shape.
    pub(super) fn of(workload: &Workload, shape: &Shape, held: TimeSpan, most: Option<Decimal>, month: Month) -> Self {
        let mut capacity = as_needed(most).size(workload, shape, month);
        capacity.notes.clear();
        let slots = requests_at_once(&capacity, held);
        Self::sharing(slots, capacity, workload, held, month)
    }

    /// The same with so many requests at once on an instance.
    pub(super) fn sharing(slots: Decimal, mut capacity: Capacity, workload: &Workload, held: TimeSpan, month: Month) -> Self {
        let rate = workload.requests_per_second(month);
        let factors = workload.hourly.as_ref().map_or(&[Decimal::ONE][..], |hourly| hourly.factors());
        let loads: Vec<Decimal> =
            factors.iter().map(|factor| saturating_product(saturating_product(rate, *factor), held.seconds())).collect();
        let instances = mean_over(&loads, |load| mean_busy(load, slots));
        let carried = capacity.rate_per_instance.map_or(Decimal::ZERO, |carried| saturating_product(carried, instances));
        capacity.mean_utilization = rate.checked_div(carried).unwrap_or_default();
        capacity.instance_hours = saturating_product(instances, month.hours());
        capacity.paid_while_idle = false;
        // Who finds all instances full has another one started, and waits in no line.
        capacity.peak = None;
        let alone = (workload.requests.per_month(month), held);
        Self { instances, capacity, slots, loads, alone: (slots == Decimal::ONE).then_some(alone) }
    }

    /// How many of `kept` instances that are always there are busy on average; they are taken first.
    pub(super) fn busy_of(&self, kept: Decimal) -> Decimal {
        if kept.is_zero() {
            return Decimal::ZERO;
        }
        let servers = u64::try_from(kept).unwrap_or(u64::MAX);
        mean_over(&self.loads, |load| {
            let most = || kept.min(mean_busy(load, self.slots));
            if LARGE_LOAD < load {
                return most();
            }
            let within = mean_packed_servers_within(statistic_from_decimal(load), self.slots_as_number(), servers);
            within.ok().and_then(|mean| decimal_from_statistic(mean, 12)).unwrap_or_else(most)
        })
    }

    /// How often in the month a request finds every busy instance full and wakes another, as factors of a term.
    pub(super) fn wakings(&self, count: Decimal) -> [(Decimal, &'static str); 2] {
        let woken = |load: Decimal| {
            // Of a large load every remainder is as likely.
            let evenly = Decimal::ONE / self.slots;
            let share = if LARGE_LOAD < load {
                evenly
            } else {
                let share = packed_start_share(statistic_from_decimal(load), self.slots_as_number());
                share.map_or(evenly, |share| Share::from_statistic(share).get())
            };
            saturating_product(share, load)
        };
        let share = mean_over(&self.loads, woken).checked_div(mean_over(&self.loads, |load| load)).unwrap_or_default();
        [requests(count), (share, "that wake an instance")]
    }

    fn slots_as_number(&self) -> u64 {
        u64::try_from(self.slots).unwrap_or(u64::MAX)
    }

    /// The billed seconds of the month, as factors of a term.
    pub(super) fn second_factors(&self, month: Month) -> [(Decimal, &'static str); 2] {
        match self.alone {
            Some((count, held)) => [requests(count), (held.seconds(), "s")],
            None => [(self.instances, "busy instances"), (month.seconds(), "s")],
        }
    }

    /// The billed hours of the month, as factors of a term.
    pub(super) fn hour_factors(&self, month: Month) -> [(Decimal, &'static str); 2] {
        match self.alone {
            Some((count, held)) => [requests(count), (held.hours(), "h")],
            None => [(self.instances, "busy instances"), (month.hours(), "h")],
        }
    }
}

/// How many requests an instance works on at once without being overloaded: what it carries in a second at 100 % of its tightest
/// resource, times how long each is there; one at least. Requests that take nothing of any resource all fit.
pub(super) fn requests_at_once(capacity: &Capacity, held: TimeSpan) -> Decimal {
    let slots = capacity.rate_per_instance.map_or(MOST_SLOTS, |rate| saturating_product(rate, held.seconds()).floor());
    slots.clamp(Decimal::ONE, MOST_SLOTS)
}

/// The mean over the hours; of one hour just its value.
fn mean_over(loads: &[Decimal], of: impl Fn(Decimal) -> Decimal) -> Decimal {
    loads.iter().map(|load| of(*load) / Decimal::from(loads.len())).sum::<Decimal>().normalize()
}

/// A fleet that the platform itself sizes by the requests in progress, up to a limit of its own.
fn as_needed(most: Option<Decimal>) -> Fleet {
    let mut fleet = Fleet::as_needed(Noun::Instance);
    if let Some(most) = most {
        fleet.limit(most, "the platform");
    }
    fleet
}

/// The mean of ⌈N / slots⌉, N Poisson with mean `load`.
fn mean_busy(load: Decimal, slots: Decimal) -> Decimal {
    // Requests so rare never meet.
    if slots == Decimal::ONE || load < SMALL_LOAD {
        return load;
    }
    let rounding_up = (Decimal::ONE - Decimal::ONE / slots) / Decimal::TWO;
    let many = || load / slots + rounding_up;
    if LARGE_LOAD < load {
        return many();
    }
    let packed = mean_packed_servers(statistic_from_decimal(load), statistic_from_decimal(slots) as u64);
    packed.ok().and_then(|mean| decimal_from_statistic(mean, 12)).unwrap_or_else(many)
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
