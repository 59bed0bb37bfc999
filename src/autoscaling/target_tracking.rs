//! Target tracking of AWS Application Auto Scaling: ECS services, provisioned concurrency.

use super::{AutoscalingError, checked, checked_bounds, rounded_up};

/// How a metric is kept near its target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TargetTrackingPolicy {
    /// What the metric should be, such as 0.7 of the provisioned environments in use.
    pub target: f64,
    /// Never fewer than so many.
    pub min_capacity: u64,
    /// Never more.
    pub max_capacity: u64,
    /// So many one-minute datapoints in a row above the target raise the alarm that scales out.
    pub scale_out_datapoints: u32,
    /// So many in a row below [`Self::scale_in_share`] of the target raise the one that scales in.
    pub scale_in_datapoints: u32,
    /// Below this share of the target there is too much capacity.
    pub scale_in_share: f64,
    /// After scaling out, for so long only what exceeds the added capacity is added.
    pub scale_out_cooldown_minutes: u32,
    /// After scaling in, for so long nothing is removed.
    pub scale_in_cooldown_minutes: u32,
}

impl TargetTrackingPolicy {
    /// The policy that AWS sets up: 3 datapoints out, 15 in, in below 90 % of the target, no cooldown.
    ///
    /// The alarms are those that its console shows. For provisioned concurrency (LambdaProvisionedConcurrencyUtilization)
    /// a page of the Lambda guide says 3 datapoints for both: set `scale_in_datapoints` to compare.
    #[must_use]
    pub const fn without_cooldown(target: f64, min_capacity: u64, max_capacity: u64) -> Self {
        Self {
            target,
            min_capacity,
            max_capacity,
            scale_out_datapoints: 3,
            scale_in_datapoints: 15,
            scale_in_share: 0.9,
            scale_out_cooldown_minutes: 0,
            scale_in_cooldown_minutes: 0,
        }
    }

    /// The same for ECS services, whose cooldowns are 300 s both ways unless set.
    #[must_use]
    pub const fn ecs(target: f64, min_capacity: u64, max_capacity: u64) -> Self {
        let policy = Self::without_cooldown(target, min_capacity, max_capacity);
        Self { scale_out_cooldown_minutes: 5, scale_in_cooldown_minutes: 5, ..policy }
    }
}

/// Target tracking, fed with one datapoint a minute.
///
/// What it wants is ⌈capacity × metric / target⌉, with the capacity that the metric was measured over. A minute without a
/// datapoint begins the count anew (the alarm says INSUFFICIENT_DATA), so a resource that is idle and therefore reports nothing
/// never scales in. Bursts shorter than three minutes are never seen. A cooldown begins with the decision.
///
/// ```
/// # use millicent::autoscaling::{TargetTracking, TargetTrackingPolicy};
/// let mut scaling = TargetTracking::new(TargetTrackingPolicy::without_cooldown(0.7, 1, 100), 10)?;
/// // 98 % in use: the third minute asks for ⌈10 × 0.98 / 0.7⌉ = 14.
/// assert_eq!([1, 2, 3].map(|_| scaling.minute(Some(0.98), 10)), [10, 10, 14]);
/// # Ok::<(), millicent::autoscaling::AutoscalingError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TargetTracking {
    policy: TargetTrackingPolicy,
    desired: u64,
    /// Datapoints in a row above the target.
    above: u32,
    /// Datapoints in a row below the share of it.
    below: u32,
    scaled_out: Option<ScaledOut>,
    scale_in_blocked_minutes: u32,
}

/// A cooldown after scaling out.
#[derive(Debug, Clone, PartialEq)]
struct ScaledOut {
    /// The capacity before, so that what was added counts as part of what is wanted next.
    before: u64,
    minutes_left: u32,
}

impl TargetTracking {
    /// Begins with `capacity`, brought within the policy's bounds.
    ///
    /// # Errors
    /// When the target, the share or the bounds are none.
    pub fn new(policy: TargetTrackingPolicy, capacity: u64) -> Result<Self, AutoscalingError> {
        checked("target", policy.target, policy.target.is_finite() && 0.0 < policy.target, "above 0")?;
        let share = policy.scale_in_share;
        checked("scale-in share", share, (0.0..=1.0).contains(&share), "from 0 to 1")?;
        checked_bounds(policy.min_capacity, policy.max_capacity)?;
        for datapoints in [policy.scale_out_datapoints, policy.scale_in_datapoints] {
            checked("count of datapoints", f64::from(datapoints), 0 < datapoints, "at least 1")?;
        }
        let desired = capacity.clamp(policy.min_capacity, policy.max_capacity);
        Ok(Self { policy, desired, above: 0, below: 0, scaled_out: None, scale_in_blocked_minutes: 0 })
    }

    /// The capacity that is wanted now.
    #[must_use]
    pub const fn desired(&self) -> u64 {
        self.desired
    }

    /// Sets other bounds, as a scheduled action does, and returns the capacity that is wanted under them.
    ///
    /// # Errors
    /// When the upper bound is below the lower.
    pub fn set_bounds(&mut self, min_capacity: u64, max_capacity: u64) -> Result<u64, AutoscalingError> {
        checked_bounds(min_capacity, max_capacity)?;
        (self.policy.min_capacity, self.policy.max_capacity) = (min_capacity, max_capacity);
        self.desired = self.desired.clamp(min_capacity, max_capacity);
        Ok(self.desired)
    }

    /// A minute has passed in which the metric was on average `datapoint`, over `capacity` units; `None` = nothing was
    /// reported. Returns the capacity that is wanted from now on.
    pub fn minute(&mut self, datapoint: Option<f64>, capacity: u64) -> u64 {
        self.scale_in_blocked_minutes = self.scale_in_blocked_minutes.saturating_sub(1);
        if let Some(cooldown) = &mut self.scaled_out {
            cooldown.minutes_left -= 1;
        }
        self.scaled_out.take_if(|cooldown| cooldown.minutes_left == 0);
        let Some(metric) = datapoint else {
            (self.above, self.below) = (0, 0);
            return self.desired;
        };
        let policy = self.policy;
        self.above = if policy.target < metric { self.above.saturating_add(1) } else { 0 };
        self.below = if metric < policy.target * policy.scale_in_share { self.below.saturating_add(1) } else { 0 };
        let wanted =
            |capacity: u64| rounded_up(capacity as f64 * metric / policy.target).clamp(policy.min_capacity, policy.max_capacity);
        if policy.scale_out_datapoints <= self.above {
            let before = self.scaled_out.as_ref().map_or(capacity, |cooldown| cooldown.before);
            self.scale_out(wanted(before), before);
        } else if policy.scale_in_datapoints <= self.below && self.scale_in_blocked_minutes == 0 {
            self.scale_in(wanted(capacity));
        }
        self.desired
    }

    fn scale_out(&mut self, wanted: u64, before: u64) {
        if wanted <= self.desired {
            return;
        }
        self.desired = wanted;
        self.scale_in_blocked_minutes = 0;
        let minutes_left = self.policy.scale_out_cooldown_minutes;
        self.scaled_out = (0 < minutes_left).then_some(ScaledOut { before, minutes_left });
    }

    fn scale_in(&mut self, wanted: u64) {
        if wanted < self.desired {
            self.desired = wanted;
            self.scale_in_blocked_minutes = self.policy.scale_in_cooldown_minutes;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn provisioned(capacity: u64) -> TargetTracking {
        TargetTracking::new(TargetTrackingPolicy::without_cooldown(0.7, 1, 1_000), capacity).unwrap()
    }

    #[test]
    fn two_minutes_above_the_target_change_nothing() {
        let mut scaling = provisioned(10);
        let minutes = [1.0, 1.0, 0.7, 1.0, 1.0, 0.65, 1.0, 1.0, 1.0];
        assert_eq!(minutes.map(|metric| scaling.minute(Some(metric), 10)), [10, 10, 10, 10, 10, 10, 10, 10, 15]);
    }

    /// 100 × 0.35 / 0.7 = 50, after fifteen minutes below 0.63.
    #[test]
    fn scaling_in_takes_a_quarter_of_an_hour() {
        let mut scaling = provisioned(100);
        assert!((1..15).all(|_| scaling.minute(Some(0.35), 100) == 100));
        assert_eq!(scaling.minute(Some(0.35), 100), 50);
        let mut between = provisioned(100);
        assert!((0..60).all(|_| between.minute(Some(0.64), 100) == 100));
    }

    #[test]
    fn what_reports_nothing_never_scales_in() {
        let mut scaling = provisioned(100);
        (0..14).for_each(|_| assert_eq!(scaling.minute(Some(0.01), 100), 100));
        assert!((0..48 * 60).all(|_| scaling.minute(None, 100) == 100));
    }

    #[test]
    fn units_that_are_still_being_allocated_are_not_asked_for_twice() {
        let mut scaling = provisioned(10);
        assert_eq!([1, 2, 3, 4, 5].map(|_| scaling.minute(Some(1.0), 10)), [10, 10, 15, 15, 15]);
        assert_eq!(scaling.minute(Some(1.0), 15), 22);
    }

    /// 4 × 90 / 60 = 6; during the cooldown only ⌈4 × 100 / 60⌉ = 7 is more than that, afterwards ⌈7 × 70 / 60⌉ = 9.
    #[test]
    fn a_cooldown_counts_what_was_added() {
        let mut scaling = TargetTracking::new(TargetTrackingPolicy::ecs(60.0, 1, 20), 4).unwrap();
        assert_eq!([1, 2, 3].map(|_| scaling.minute(Some(90.0), 4)), [4, 4, 6]);
        assert_eq!(scaling.minute(Some(80.0), 6), 6);
        assert_eq!(scaling.minute(Some(100.0), 6), 7);
        assert_eq!([1, 2, 3, 4].map(|_| scaling.minute(Some(70.0), 7)), [7; 4]);
        assert_eq!(scaling.minute(Some(70.0), 7), 9);
    }

    /// 8 × 15 / 60 = 2 and 2 × 30 / 60 = 1, five minutes later; 8 × 90 / 60 = 12 at once.
    #[test]
    fn scaling_in_has_to_wait_for_its_cooldown_and_scaling_out_has_not() {
        let mut scaling = TargetTracking::new(TargetTrackingPolicy::ecs(60.0, 1, 20), 8).unwrap();
        (1..15).for_each(|_| assert_eq!(scaling.minute(Some(15.0), 8), 8));
        assert_eq!(scaling.minute(Some(15.0), 8), 2);
        let mut other = scaling.clone();
        assert_eq!([1, 2, 3, 4, 5].map(|_| scaling.minute(Some(30.0), 2)), [2, 2, 2, 2, 1]);
        assert_eq!([1, 2, 3].map(|_| other.minute(Some(90.0), 8)), [2, 2, 12]);
    }

    #[test]
    fn scheduled_bounds_move_the_capacity_at_once() {
        let mut scaling = provisioned(10);
        assert_eq!(scaling.set_bounds(70, 100), Ok(70));
        assert_eq!(scaling.set_bounds(1, 6), Ok(6));
        assert!(scaling.set_bounds(2, 1).is_err());
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        let policy = TargetTrackingPolicy::without_cooldown(0.7, 1, 10);
        for wrong in [
            TargetTrackingPolicy { target: 0.0, ..policy },
            TargetTrackingPolicy { target: f64::NAN, ..policy },
            TargetTrackingPolicy { scale_in_share: 1.1, ..policy },
            TargetTrackingPolicy { min_capacity: 11, ..policy },
            TargetTrackingPolicy { scale_out_datapoints: 0, ..policy },
        ] {
            assert!(TargetTracking::new(wrong, 5).is_err(), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn capacity_stays_within_its_bounds(metrics in prop::collection::vec(prop::option::of(0.0..3.0_f64), 1..200), min in 0_u64..10, more in 0_u64..50) {
            let policy = TargetTrackingPolicy { scale_in_datapoints: 2, ..TargetTrackingPolicy::ecs(0.7, min, min + more) };
            let mut scaling = TargetTracking::new(policy, 5).unwrap();
            let mut capacity = scaling.desired();
            for metric in metrics {
                capacity = scaling.minute(metric, capacity);
                prop_assert!((min..=min + more).contains(&capacity));
            }
        }

        /// From fewer than are needed, a steady load ends within [target × share, target], or one unit above what that takes.
        #[test]
        fn a_steady_load_is_met_and_then_left_alone(load in 1.0..500.0_f64, start in 1_u64..600) {
            let mut scaling = provisioned(start);
            let mut capacity = start;
            for _ in 0..200 {
                capacity = scaling.minute(Some((load / capacity as f64).min(1.0)), capacity);
            }
            let utilization = load / capacity as f64;
            prop_assert!(utilization <= 0.7 + 1e-9, "{load} on {capacity}");
            prop_assert!(0.63 * (capacity as f64 - 1.0) <= load + 1e-9, "{load} on {capacity}");
        }
    }
}
