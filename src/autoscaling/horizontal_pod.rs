//! The Horizontal Pod Autoscaler of Kubernetes.

use std::collections::VecDeque;

use super::{AutoscalingError, checked, checked_bounds, rounded_up};

/// How Kubernetes scales a workload by one metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HorizontalPodPolicy {
    /// What the metric should be, on average over the pods.
    pub target: f64,
    /// Never fewer pods than so many.
    pub min_replicas: u64,
    /// Never more.
    pub max_replicas: u64,
    /// A metric within this share of the target changes nothing.
    pub tolerance: f64,
    /// Before pods are removed, so many syncs must have wanted no more: 20 syncs of 15 s are 300 s.
    pub stabilization_syncs: usize,
}

impl HorizontalPodPolicy {
    /// The defaults of Kubernetes: a tolerance of 10 %, a stabilization of 300 s.
    #[must_use]
    pub const fn new(target: f64, min_replicas: u64, max_replicas: u64) -> Self {
        Self { target, min_replicas, max_replicas, tolerance: 0.1, stabilization_syncs: 20 }
    }
}

/// The Horizontal Pod Autoscaler, fed with one measurement a sync, which is every 15 s.
///
/// It wants ⌈pods × metric / target⌉. Pods are added at once, but within one sync no more than doubles their number or makes it
/// four greater, whichever is more; they are removed when nothing in the stabilization window wanted more.
///
/// ```
/// # use millicent::autoscaling::{HorizontalPodAutoscaler, HorizontalPodPolicy};
/// let mut scaling = HorizontalPodAutoscaler::new(HorizontalPodPolicy::new(75.0, 1, 100), 50)?;
/// // 50 pods at 90 % where 75 % are wanted: ⌈50 × 90 / 75⌉ = 60.
/// assert_eq!(scaling.sync(Some(90.0), 50), 60);
/// # Ok::<(), millicent::autoscaling::AutoscalingError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct HorizontalPodAutoscaler {
    policy: HorizontalPodPolicy,
    desired: u64,
    /// What was wanted in the stabilization window, this sync last.
    wanted: VecDeque<u64>,
}

/// Within one sync the pods are doubled at most …
const MOST_GROWTH_FACTOR: u64 = 2;
/// … or become four more, if that is more.
const MOST_GROWTH_PODS: u64 = 4;

impl HorizontalPodAutoscaler {
    /// Begins with `replicas`, brought within the policy's bounds.
    ///
    /// # Errors
    /// When the target, the tolerance or the bounds are none; without a pod nothing is measured, so at least one is kept.
    pub fn new(policy: HorizontalPodPolicy, replicas: u64) -> Result<Self, AutoscalingError> {
        checked("target", policy.target, policy.target.is_finite() && 0.0 < policy.target, "above 0")?;
        checked("tolerance", policy.tolerance, (0.0..1.0).contains(&policy.tolerance), "from 0 to below 1")?;
        checked("least capacity", policy.min_replicas as f64, 0 < policy.min_replicas, "at least 1")?;
        checked_bounds(policy.min_replicas, policy.max_replicas)?;
        Ok(Self { policy, desired: replicas.clamp(policy.min_replicas, policy.max_replicas), wanted: VecDeque::new() })
    }

    /// The pods that are wanted now.
    #[must_use]
    pub const fn desired(&self) -> u64 {
        self.desired
    }

    /// A sync in which `metric` was measured, on average over the `ready` pods; `None` = nothing was. Returns the pods that
    /// are wanted from now on.
    pub fn sync(&mut self, metric: Option<f64>, ready: u64) -> u64 {
        let Some(metric) = metric else { return self.desired };
        let ratio = metric / self.policy.target;
        let near = (1.0 - self.policy.tolerance..=1.0 + self.policy.tolerance).contains(&ratio);
        let wanted = if near { self.desired } else { rounded_up(ready as f64 * ratio) };
        if self.policy.stabilization_syncs <= self.wanted.len() {
            self.wanted.pop_front();
        }
        self.wanted.push_back(wanted);
        let most_wanted = self.wanted.iter().copied().max().unwrap_or(wanted);
        let most = (self.desired.saturating_mul(MOST_GROWTH_FACTOR)).max(self.desired.saturating_add(MOST_GROWTH_PODS));
        let stable = if wanted < self.desired { most_wanted.min(self.desired) } else { wanted.min(most) };
        self.desired = stable.clamp(self.policy.min_replicas, self.policy.max_replicas);
        self.desired
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pods(replicas: u64) -> HorizontalPodAutoscaler {
        HorizontalPodAutoscaler::new(HorizontalPodPolicy::new(50.0, 1, 1_000), replicas).unwrap()
    }

    #[test]
    fn a_tenth_more_or_less_than_the_target_changes_nothing() {
        let mut scaling = pods(20);
        assert_eq!([45.0, 50.0, 55.0].map(|metric| scaling.sync(Some(metric), 20)), [20; 3]);
        // ⌈20 × 55.1 / 50⌉ = ⌈22.04⌉.
        assert_eq!(scaling.sync(Some(55.1), 20), 23);
    }

    #[test]
    fn pods_are_removed_after_five_minutes_that_wanted_fewer() {
        let mut scaling = pods(20);
        assert_eq!(scaling.sync(Some(60.0), 20), 24);
        // 24 × 25 / 50 = 12: the twentieth sync after the one that wanted 24 no longer remembers it.
        assert!((1..20).all(|_| scaling.sync(Some(25.0), 24) == 24));
        assert_eq!(scaling.sync(Some(25.0), 24), 12);
    }

    #[test]
    fn the_pods_are_doubled_at_most_or_become_four_more() {
        assert_eq!(pods(10).sync(Some(500.0), 10), 20);
        assert_eq!(pods(1).sync(Some(500.0), 1), 5);
    }

    #[test]
    fn without_a_measurement_nothing_changes() {
        assert_eq!(pods(10).sync(None, 10), 10);
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        for wrong in [
            HorizontalPodPolicy::new(0.0, 1, 5),
            HorizontalPodPolicy::new(50.0, 0, 5),
            HorizontalPodPolicy::new(50.0, 6, 5),
            HorizontalPodPolicy { tolerance: -0.1, ..HorizontalPodPolicy::new(50.0, 1, 5) },
        ] {
            assert!(HorizontalPodAutoscaler::new(wrong, 1).is_err(), "{wrong:?}");
        }
    }
}
