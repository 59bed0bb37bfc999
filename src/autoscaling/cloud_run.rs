//! The autoscaler of Cloud Run.

use super::{AutoscalingError, checked, checked_bounds, rounded_up};

/// How Cloud Run scales a service.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CloudRunPolicy {
    /// vCPUs of an instance.
    pub vcpus: f64,
    /// The share of them that should be busy, from 0.1 to 0.9.
    pub cpu_target: f64,
    /// Requests that an instance takes at once.
    pub max_concurrency: u32,
    /// The share of them that should be in use, from 0.1 to 0.95.
    pub concurrency_target: f64,
    /// Never fewer instances than so many.
    pub min_instances: u64,
    /// Never more.
    pub max_instances: u64,
}

impl CloudRunPolicy {
    /// The defaults of Cloud Run: both targets at 0.6, from 0 to 100 instances.
    #[must_use]
    pub const fn new(vcpus: f64, max_concurrency: u32) -> Self {
        Self { vcpus, cpu_target: 0.6, max_concurrency, concurrency_target: 0.6, min_instances: 0, max_instances: 100 }
    }
}

/// The autoscaler of Cloud Run: the instances that the busier of processors and request slots needs.
///
/// What it wants is the greater of ⌈vCPUs in use / (vCPUs × target)⌉ and ⌈concurrent requests / (concurrency × target)⌉, each a
/// mean over one minute. Besides, instances are started at once when requests wait, and idle ones are kept for up to about
/// 15 minutes: both is for the one who feeds it to add.
///
/// ```
/// # use millicent::autoscaling::{CloudRun, CloudRunPolicy};
/// let service = CloudRun::new(CloudRunPolicy::new(2.0, 80))?;
/// // 3 / (2 × 0.6) = 2.5 for the processors, 200 / (80 × 0.6) = 4.2 for the slots.
/// assert_eq!(service.instances(3.0, 200.0), 5);
/// # Ok::<(), millicent::autoscaling::AutoscalingError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CloudRun {
    policy: CloudRunPolicy,
}

impl CloudRun {
    /// The autoscaler with this policy.
    ///
    /// # Errors
    /// When a target is outside of what can be set, an instance takes nothing, or the bounds are none.
    pub fn new(policy: CloudRunPolicy) -> Result<Self, AutoscalingError> {
        checked("count of vCPUs", policy.vcpus, policy.vcpus.is_finite() && 0.0 < policy.vcpus, "above 0")?;
        let slots = policy.max_concurrency;
        checked("concurrency", f64::from(slots), (1..=1_000).contains(&slots), "from 1 to 1000")?;
        checked("CPU target", policy.cpu_target, (0.1..=0.9).contains(&policy.cpu_target), "from 0.1 to 0.9")?;
        let target = policy.concurrency_target;
        checked("concurrency target", target, (0.1..=0.95).contains(&target), "from 0.1 to 0.95")?;
        checked_bounds(policy.min_instances, policy.max_instances)?;
        Ok(Self { policy })
    }

    /// The instances that are wanted after a minute in which on average so many vCPUs were busy and so many requests ran.
    #[must_use]
    pub fn instances(&self, busy_vcpus: f64, concurrent_requests: f64) -> u64 {
        let policy = &self.policy;
        let by_cpu = rounded_up(busy_vcpus / (policy.vcpus * policy.cpu_target));
        let by_slots = rounded_up(concurrent_requests / (f64::from(policy.max_concurrency) * policy.concurrency_target));
        by_cpu.max(by_slots).clamp(policy.min_instances, policy.max_instances)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_busier_of_processors_and_slots_decides() {
        let service = CloudRun::new(CloudRunPolicy { min_instances: 1, ..CloudRunPolicy::new(1.0, 10) }).unwrap();
        assert_eq!(service.instances(0.0, 0.0), 1);
        assert_eq!(service.instances(6.0, 12.0), 10);
        assert_eq!(service.instances(1.2, 120.0), 20);
        assert_eq!(service.instances(1e6, 0.0), 100);
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        let policy = CloudRunPolicy::new(1.0, 80);
        for wrong in [
            CloudRunPolicy { vcpus: 0.0, ..policy },
            CloudRunPolicy { max_concurrency: 1_001, ..policy },
            CloudRunPolicy { cpu_target: 0.95, ..policy },
            CloudRunPolicy { concurrency_target: 0.05, ..policy },
            CloudRunPolicy { min_instances: 101, ..policy },
        ] {
            assert!(CloudRun::new(wrong).is_err(), "{wrong:?}");
        }
    }
}
