//! The HTTP scale rule of Azure Container Apps.

use std::collections::VecDeque;

use super::{AutoscalingError, checked, checked_bounds, rounded_up};

/// How an app is scaled by its requests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HttpScalingPolicy {
    /// `concurrentRequests`: requests a second that one replica should get.
    pub target: f64,
    /// Never fewer replicas than so many.
    pub min_replicas: u64,
    /// Never more.
    pub max_replicas: u64,
    /// Seconds between two looks.
    pub interval_s: f64,
    /// Looks that must have wanted no more before replicas are removed.
    pub stabilization_intervals: usize,
    /// Looks without a request before the last replica is.
    pub cool_down_intervals: usize,
}

impl HttpScalingPolicy {
    /// Every 15 s, out at once, in after 300 s (Azure Container Apps documentation, "Set scaling rules", 2026-05-19).
    #[must_use]
    pub const fn new(target: f64, min_replicas: u64, max_replicas: u64) -> Self {
        Self { target, min_replicas, max_replicas, interval_s: 15.0, stabilization_intervals: 20, cool_down_intervals: 20 }
    }
}

/// The scale rule, told the requests of an interval at a time.
///
/// "Concurrent requests" are the requests of the last 15 seconds divided by 15, which is a rate: how long they take does not
/// count. It wants ⌈rate ÷ target⌉ replicas, and gets there by steps: from 1 to 4, 8, 16 and so on, twice as many each time.
/// Replicas are removed when nothing wanted more for 300 s, the last one when nobody asked for 300 s.
///
/// ```
/// # use millicent::autoscaling::{HttpScaling, HttpScalingPolicy};
/// let mut scaling = HttpScaling::new(HttpScalingPolicy::new(10.0, 0, 100), 1)?;
/// // 3,000 requests in 15 s are 200 a second: 20 replicas, by way of 4, 8 and 16.
/// assert_eq!([1, 4, 8, 16].map(|replicas| scaling.interval(3000, 0, replicas)), [4, 8, 16, 20]);
/// # Ok::<(), millicent::autoscaling::AutoscalingError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct HttpScaling {
    policy: HttpScalingPolicy,
    /// What was wanted lately, this interval last.
    wanted: VecDeque<u64>,
    /// Intervals since the last request.
    quiet: usize,
}

/// The first step from one replica.
const FIRST_STEP: u64 = 4;

impl HttpScaling {
    /// Begins with so many replicas.
    ///
    /// # Errors
    /// When the target, the interval or the bounds are none.
    pub fn new(policy: HttpScalingPolicy, replicas: u64) -> Result<Self, AutoscalingError> {
        checked("target", policy.target, policy.target.is_finite() && 0.0 < policy.target, "above 0")?;
        checked("interval", policy.interval_s, policy.interval_s.is_finite() && 0.0 < policy.interval_s, "above 0")?;
        checked_bounds(policy.min_replicas, policy.max_replicas)?;
        Ok(Self { policy, wanted: VecDeque::from([replicas]), quiet: 0 })
    }

    /// Seconds of an interval.
    #[must_use]
    pub const fn interval_s(&self) -> f64 {
        self.policy.interval_s
    }

    /// The replicas that so many requests a second want.
    #[must_use]
    pub fn fitting(&self, requests_per_s: f64) -> u64 {
        rounded_up(requests_per_s / self.policy.target).clamp(self.policy.min_replicas, self.policy.max_replicas)
    }

    /// An interval in which so many requests came, and at whose end so many are in progress, is over; there are so many
    /// replicas. Returns how many there should be.
    pub fn interval(&mut self, requests: u64, in_progress: u64, replicas: u64) -> u64 {
        let policy = &self.policy;
        self.quiet = if requests == 0 && in_progress == 0 { self.quiet + 1 } else { 0 };
        let wanted = rounded_up(requests as f64 / policy.interval_s / policy.target);
        if policy.stabilization_intervals <= self.wanted.len() {
            self.wanted.pop_front();
        }
        self.wanted.push_back(wanted);
        let most_wanted = self.wanted.iter().copied().max().unwrap_or(wanted);
        let step = if replicas < FIRST_STEP { FIRST_STEP } else { replicas.saturating_mul(2) };
        let stable = if replicas < wanted { wanted.min(step) } else { most_wanted.min(replicas) };
        // The last replica has a rule of its own.
        let last = u64::from(0 < replicas && self.quiet < policy.cool_down_intervals);
        stable.max(last).clamp(policy.min_replicas, policy.max_replicas)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn app(target: f64, least: u64) -> HttpScaling {
        HttpScaling::new(HttpScalingPolicy::new(target, least, 30), 1).unwrap()
    }

    /// 450 requests in 15 s are 30 a second, three replicas of ten: within the first step.
    #[test]
    fn replicas_follow_the_rate_and_not_how_long_requests_take() {
        let mut app = app(10.0, 0);
        assert_eq!(app.interval(450, 0, 1), 3);
        assert_eq!(app.interval(450, 500, 3), 3);
    }

    #[test]
    fn replicas_are_removed_after_five_minutes_that_wanted_fewer() {
        let mut app = app(10.0, 0);
        assert_eq!(app.interval(450, 0, 1), 3);
        assert!((1..20).all(|_| app.interval(150, 0, 3) == 3));
        assert_eq!(app.interval(150, 0, 3), 1);
    }

    #[test]
    fn the_last_replica_goes_five_minutes_after_the_last_request() {
        let mut zero = app(10.0, 0);
        assert_eq!(zero.interval(1, 1, 1), 1);
        assert!((0..19).all(|_| zero.interval(0, 0, 1) == 1));
        assert_eq!(zero.interval(0, 0, 1), 0);
        let mut busy = app(10.0, 0);
        assert!((0..100).all(|_| busy.interval(0, 1, 1) == 1));
        let mut kept = app(10.0, 1);
        assert!((0..100).all(|_| kept.interval(0, 0, 1) == 1));
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        for wrong in [
            HttpScalingPolicy::new(0.0, 0, 5),
            HttpScalingPolicy::new(10.0, 6, 5),
            HttpScalingPolicy { interval_s: 0.0, ..HttpScalingPolicy::new(10.0, 0, 5) },
        ] {
            assert!(HttpScaling::new(wrong, 1).is_err(), "{wrong:?}");
        }
    }

    proptest! {
        /// A steady rate ends at ⌈rate ÷ target⌉, within the bounds.
        #[test]
        fn a_steady_rate_is_met_and_then_left_alone(requests in 0_u64..10_000, first in 1_u64..30) {
            let mut app = HttpScaling::new(HttpScalingPolicy::new(10.0, 1, 30), first).unwrap();
            let mut replicas = first;
            for _ in 0..60 {
                replicas = app.interval(requests, 0, replicas);
            }
            prop_assert_eq!(replicas, requests.div_ceil(150).clamp(1, 30));
        }
    }
}
