//! The machines that carry instances: how many are needed, and how long they stay when they are not.

use std::collections::VecDeque;

/// What carries the instances of a fleet, and is paid for.
///
/// Machines are taken to be filled again when an instance ends, so that as many are needed as hold all instances; one that is no
/// longer needed is removed after a while.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hosts {
    /// Instances that one of them carries.
    pub places: u64,
    /// Zones, each of which has its own.
    pub zones: u64,
    /// Seconds for which one that is not needed is kept.
    pub kept_s: f64,
}

impl Hosts {
    /// An instance is itself what is paid for.
    pub const NONE: Self = Self { places: 1, zones: 1, kept_s: 0.0 };

    /// As many as carry so many instances, which are spread over the zones.
    ///
    /// ```
    /// # use millicent::replay::Hosts;
    /// // 20 tasks in two zones, seven on a machine: ⌈10 / 7⌉ = 2 in each.
    /// assert_eq!(Hosts { places: 7, zones: 2, kept_s: 900.0 }.carrying(20), 4);
    /// assert_eq!(Hosts::NONE.carrying(20), 20);
    /// ```
    #[must_use]
    pub fn carrying(&self, instances: u64) -> u64 {
        let zones = self.zones.max(1);
        instances.div_ceil(self.places.max(1).saturating_mul(zones)).saturating_mul(zones)
    }
}

/// The most of what was seen within a time.
#[derive(Debug, Clone)]
pub(super) struct Lately {
    window_s: f64,
    seen: VecDeque<(f64, u64)>,
}

impl Lately {
    pub(super) fn of(window_s: f64) -> Self {
        Self { window_s, seen: VecDeque::new() }
    }

    /// Notes what is seen now, and returns the most that was seen within the window before it.
    pub(super) fn most(&mut self, now: u64, now_s: f64) -> u64 {
        self.seen.push_back((now_s, now));
        while self.seen.front().is_some_and(|(at_s, _)| *at_s < now_s - self.window_s) {
            self.seen.pop_front();
        }
        self.seen.iter().map(|(_, seen)| *seen).max().unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_needed_lately_is_kept() {
        let mut lately = Lately::of(60.0);
        let seen = [(5, 0.0), (3, 30.0), (2, 60.0), (2, 90.0), (1, 91.0)];
        assert_eq!(seen.map(|(now, now_s)| lately.most(now, now_s)), [5, 5, 5, 3, 2]);
    }
}
