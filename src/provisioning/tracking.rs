//! What target tracking would have done with the provisioned concurrency of a function.

use super::demand::ratio;
use super::prices::MeanUse;
use super::{Demand, Function, ProvisioningError, check};
use crate::autoscaling::{TargetTracking, TargetTrackingPolicy};
use crate::units::Usd;

/// A period under target tracking.
#[derive(Debug, Clone, PartialEq)]
pub struct Tracked {
    /// The environments that are ready, minute by minute.
    pub ready: Vec<u64>,
    /// What a month costs, without requests.
    pub cost: Usd,
    /// The share of the work that runs on demand.
    pub spilled: f64,
    /// The share of the time that what is charged is busy.
    pub utilization: f64,
    /// Minutes of the period whose load is above what is ready.
    pub short_minutes: usize,
    /// The most of them in a row: how long it takes to catch up at worst.
    pub longest_short_minutes: usize,
}

/// Up to so many environments of a function are allocated in a minute (AWS Lambda developer guide, 2026).
const ALLOCATED_PER_MINUTE: u64 = 6_000;
/// Provisioned concurrency is charged in steps of so many minutes.
const STEP_MINUTES: usize = 5;

/// Target tracking over a load by the minute, which repeats: a first period is run before, so that the second begins as it ends.
///
/// The metric is the average share of the ready environments that is busy. What is asked for is ready after `allocation_minutes`
/// (one or two), all of it at once, and then the next can be asked for; it is charged from the minute it is asked for, in
/// steps of five minutes, each at its highest number. A minute without load reports nothing, so a function that falls idle keeps
/// what it has: target tracking never gives it back.
///
/// # Errors
/// When the slots are not minutes, or the autoscaler cannot be set so.
pub fn track(
    function: &Function,
    demand: &Demand,
    policy: TargetTrackingPolicy,
    allocation_minutes: u32,
) -> Result<Tracked, ProvisioningError> {
    check("length of a slot in seconds", f64::from(demand.slot_s()), demand.slot_s() == 60, "60")?;
    let mut pool = Pool {
        scaling: TargetTracking::new(policy, policy.min_capacity)?,
        ready: policy.min_capacity,
        under_way: None,
        allocation_minutes,
    };
    let minutes = demand.means().len();
    (0..minutes).for_each(|minute| pool.minute(demand, minute));
    let (mut ready, mut charged) = (Vec::with_capacity(minutes), Vec::with_capacity(minutes));
    for minute in 0..minutes {
        ready.push(pool.ready);
        charged.push(pool.charged());
        pool.minute(demand, minute);
    }
    let kept: u64 = charged.chunks(STEP_MINUTES).map(|step| step.iter().max().unwrap_or(&0) * step.len() as u64).sum();
    let busy: f64 = ready.iter().enumerate().map(|(minute, units)| demand.served(minute, *units)).sum();
    let (load, kept, busy) = (demand.mean(), kept as f64 / minutes as f64, busy / minutes as f64);
    let on_demand = (load - busy).max(0.0);
    let short: Vec<bool> = ready.iter().zip(demand.means()).map(|(ready, load)| (*ready as f64) < *load).collect();
    Ok(Tracked {
        cost: function.cost(MeanUse { kept, busy, on_demand }),
        spilled: ratio(on_demand, load),
        utilization: ratio(busy, kept),
        short_minutes: short.iter().filter(|short| **short).count(),
        longest_short_minutes: short.split(|short| !short).map(<[bool]>::len).max().unwrap_or(0),
        ready,
    })
}

/// The environments of a function under target tracking.
struct Pool {
    scaling: TargetTracking,
    ready: u64,
    under_way: Option<Allocation>,
    allocation_minutes: u32,
}

/// An allocation that is not finished.
struct Allocation {
    units: u64,
    minutes_left: u64,
}

impl Pool {
    fn charged(&self) -> u64 {
        self.under_way.as_ref().map_or(self.ready, |allocation| allocation.units)
    }

    /// Passes the minute.
    fn minute(&mut self, demand: &Demand, minute: usize) {
        let served = demand.served(minute, self.ready);
        let metric = (0.0 < served).then(|| served / self.ready as f64);
        let desired = self.scaling.minute(metric, self.ready);
        if let Some(allocation) = &mut self.under_way {
            allocation.minutes_left -= 1;
            if 0 < allocation.minutes_left {
                return;
            }
            self.ready = allocation.units;
            self.under_way = None;
        }
        let added = desired.saturating_sub(self.ready);
        if added == 0 || self.allocation_minutes == 0 {
            self.ready = desired;
        } else {
            let minutes_left = u64::from(self.allocation_minutes) + added / ALLOCATED_PER_MINUTE;
            self.under_way = Some(Allocation { units: desired, minutes_left });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{DAY, day_of_minutes, x86};
    use super::super::{Inside, schedules};
    use super::*;

    fn policy(min: u64) -> TargetTrackingPolicy {
        TargetTrackingPolicy::without_cooldown(0.7, min, 200)
    }

    fn minutes(means: Vec<f64>) -> Demand {
        Demand::new(means, 60, Inside::Constant).unwrap()
    }

    /// From 7 to 14 requests at once: three minutes for the alarm, two to allocate; ⌈10 × 1 / 0.7⌉ = 15, then ⌈15 × 14 / 15 / 0.7⌉ = 20.
    #[test]
    fn a_step_is_caught_up_with_in_five_minutes() {
        let load: Vec<f64> = (0..120).map(|minute| if (30..60).contains(&minute) { 14.0 } else { 7.0 }).collect();
        let tracked = track(&x86(DAY), &minutes(load), policy(10), 2).unwrap();
        assert_eq!(tracked.ready[30..40], [10, 10, 10, 10, 10, 15, 15, 15, 20, 20]);
        assert_eq!((tracked.short_minutes, tracked.longest_short_minutes), (5, 5));
        // Fifteen minutes at 7 / 20 = 0.35, below 0.63.
        assert_eq!((tracked.ready[74], tracked.ready[75]), (20, 10));
        // 30 minutes with 14, 90 with 7: 1050 in all; 5 × 4 of them spill over.
        assert!((tracked.spilled - 20.0 / 1050.0).abs() < 1e-12, "{}", tracked.spilled);
    }

    #[test]
    fn bursts_of_two_minutes_are_never_seen() {
        let load: Vec<f64> = (0..240).map(|minute| if minute % 10 < 2 { 50.0 } else { 5.0 }).collect();
        let tracked = track(&x86(DAY), &minutes(load), policy(10), 2).unwrap();
        assert!(tracked.ready.iter().all(|ready| *ready == 10));
        assert_eq!(tracked.short_minutes, 48);
    }

    #[test]
    fn what_falls_idle_is_never_given_back() {
        let load: Vec<f64> = (0..1440).map(|minute| if minute < 60 { 70.0 } else { 0.0 }).collect();
        let tracked = track(&x86(DAY), &minutes(load), policy(1), 2).unwrap();
        assert!(tracked.ready.iter().all(|ready| *ready == 100));
        // 100 GB all day, 0.36 dollars each, and an hour of 70 busy ones.
        let expected = 100.0 * 86_400.0 * 0.000_004_166_7 + 70.0 * 3_600.0 * 0.000_009_722_2;
        assert_eq!(tracked.cost.amount().round_dp(4).to_string(), format!("{expected:.4}"));
    }

    /// At 0.7 a unit is busy for 70 % of the time, of which 60 pay; but they all are kept, also those that would not.
    #[test]
    fn a_schedule_of_a_known_day_is_cheaper_than_tracking_it() {
        let demand = day_of_minutes();
        let tracked = track(&x86(DAY), &demand, policy(1), 2).unwrap();
        let quarters = demand.means().chunks(15).map(|chunk| chunk.iter().sum::<f64>() / 15.0).collect();
        let scheduled = schedules(&x86(DAY), &Demand::new(quarters, 900, Inside::Constant).unwrap(), 3, false).unwrap();
        assert!(scheduled.chosen().cost < tracked.cost, "{} {}", scheduled.chosen().cost, tracked.cost);
        assert!(tracked.cost < scheduled.on_demand);
    }

    #[test]
    fn only_minutes_can_be_tracked() {
        let demand = Demand::new(vec![1.0], 300, Inside::Constant).unwrap();
        assert!(track(&x86(DAY), &demand, policy(1), 2).is_err());
    }

    proptest! {
        #[test]
        fn what_is_ready_and_what_spills_stay_within_bounds(load in prop::collection::vec(0.0..300.0_f64, 1..200), min in 0_u64..20, allocation in 0_u32..4) {
            let tracked = track(&x86(DAY), &minutes(load), policy(min), allocation).unwrap();
            prop_assert!(tracked.ready.iter().all(|ready| (min..=200).contains(ready)));
            prop_assert!((0.0..=1.0).contains(&tracked.spilled));
            prop_assert!((0.0..=1.0 + 1e-12).contains(&tracked.utilization));
        }
    }
}
