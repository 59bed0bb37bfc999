//! What a replay consumed and what became of the calls: plain sums.

use super::moment::moment_s;

/// One call: when it arrives, and how long its handler runs when nothing has to be started first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Call {
    /// Seconds since the start of the replay.
    pub at_s: f64,
    /// Seconds of work.
    pub duration_s: f64,
}

impl Call {
    /// The same, arriving at a moment of the replay.
    pub(super) fn at_a_moment(self) -> Self {
        Self { at_s: moment_s(self.at_s), ..self }
    }
}

/// Calls that were run in one way, and what is billed for them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Executed {
    /// How many.
    pub calls: u64,
    /// Milliseconds billed for their handlers alone: each call rounded up to a whole one.
    pub handler_ms: u64,
    /// Milliseconds that starting environments added, where that is billed with the call.
    pub init_ms: u64,
    /// Environments that were started; of instances, calls that waited for one to start.
    pub started: u64,
}

impl Executed {
    /// Notes one call, which started an environment in `init_s`, or found one.
    pub(super) fn add(&mut self, duration_s: f64, init_s: Option<f64>) {
        let handler_ms = billed_ms(duration_s);
        self.calls += 1;
        self.handler_ms += handler_ms;
        if let Some(init_s) = init_s {
            self.started += 1;
            self.init_ms += billed_ms(init_s + duration_s) - handler_ms;
        }
    }

    fn sum(self, other: Self) -> Self {
        Self {
            calls: self.calls + other.calls,
            handler_ms: self.handler_ms + other.handler_ms,
            init_ms: self.init_ms + other.init_ms,
            started: self.started + other.started,
        }
    }
}

/// Every call is rounded up to a whole millisecond; a nanosecond more is the error of a double, not of a clock.
#[inline]
pub(super) fn billed_ms(seconds: f64) -> u64 {
    // The part after the point is cut off; what is exactly a whole number of milliseconds lies a nanosecond below it here.
    (seconds * 1000.0 - 1e-6) as i64 as u64 + 1
}

/// What a replay of some calls consumed.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Totals {
    /// Calls that arrived, refused ones included.
    pub arrived: u64,
    /// Calls that were refused.
    pub throttled: u64,
    /// Calls that a function ended before they were done, at the longest that it lets a call run.
    pub timed_out: u64,
    /// Calls that ran on demand while every provisioned unit, or every slot of the base, was taken.
    pub spilled: u64,
    /// Calls served on demand.
    pub on_demand: Executed,
    /// Calls served by provisioned units, and the units that were prepared.
    pub provisioned: Executed,
    /// Warm-up calls, which are billed as any other.
    pub pings: Executed,
    /// Calls served by instances.
    pub instances: Executed,
    /// Seconds of work: the sum of what the calls took, without starting and waiting.
    pub busy_s: f64,
    /// Seconds that environments on demand were there, busy or idle.
    pub alive_s: f64,
    /// Seconds that provisioned units were paid for.
    pub provisioned_s: f64,
    /// Seconds that instances were paid for, or the machines that carry them.
    pub instance_s: f64,
    /// Seconds that instances took calls.
    pub ready_s: f64,
    /// Seconds that instances had a call, each time in whole steps of what is billed.
    pub active_s: f64,
    /// Seconds that instances which are always kept had none.
    pub kept_idle_s: f64,
    /// Seconds that instances had no call while there were no more than are always kept.
    pub least_idle_s: f64,
    /// Instances that were started.
    pub starts: u64,
    /// vCPU-seconds that burstable machines were charged for, as they had not earned them.
    pub surplus_vcpu_s: f64,
    /// Seconds that burstable machines were slowed down, as their credits were used up.
    pub slowed_s: f64,
    /// The most calls in progress at once, without those that wait.
    pub peak_busy: u64,
    /// The most environments on demand that were there at once.
    pub peak_alive: u64,
    /// The most provisioned units that were asked for at once.
    pub peak_provisioned: u64,
    /// The most instances that were paid for at once.
    pub peak_instances: u64,
}

impl Totals {
    /// Calls that were answered.
    #[must_use]
    pub fn answered(&self) -> u64 {
        self.arrived - self.throttled
    }

    /// Calls that waited for an environment or instance to start.
    #[must_use]
    pub fn cold(&self) -> u64 {
        self.on_demand.started + self.instances.started
    }

    /// The share of the answered calls that waited for an environment to start.
    #[must_use]
    pub fn cold_share(&self) -> f64 {
        self.cold() as f64 / self.answered().max(1) as f64
    }

    /// Adds what other calls of the same time consumed. Peaks of different functions need not fall together: their sum is an
    /// upper bound, and says so where it is shown.
    pub fn add(&mut self, other: &Self) {
        *self = Self {
            arrived: self.arrived + other.arrived,
            throttled: self.throttled + other.throttled,
            timed_out: self.timed_out + other.timed_out,
            spilled: self.spilled + other.spilled,
            on_demand: self.on_demand.sum(other.on_demand),
            provisioned: self.provisioned.sum(other.provisioned),
            pings: self.pings.sum(other.pings),
            instances: self.instances.sum(other.instances),
            busy_s: self.busy_s + other.busy_s,
            alive_s: self.alive_s + other.alive_s,
            provisioned_s: self.provisioned_s + other.provisioned_s,
            instance_s: self.instance_s + other.instance_s,
            ready_s: self.ready_s + other.ready_s,
            active_s: self.active_s + other.active_s,
            kept_idle_s: self.kept_idle_s + other.kept_idle_s,
            least_idle_s: self.least_idle_s + other.least_idle_s,
            starts: self.starts + other.starts,
            surplus_vcpu_s: self.surplus_vcpu_s + other.surplus_vcpu_s,
            slowed_s: self.slowed_s + other.slowed_s,
            peak_busy: self.peak_busy + other.peak_busy,
            peak_alive: self.peak_alive + other.peak_alive,
            peak_provisioned: self.peak_provisioned + other.peak_provisioned,
            peak_instances: self.peak_instances + other.peak_instances,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_billed_by_whole_milliseconds() {
        assert_eq!([1.1, 0.2, 0.0, 0.000_4, 0.200_4].map(billed_ms), [1100, 200, 1, 1, 201]);
        let mut executed = Executed::default();
        executed.add(0.1004, Some(0.2004));
        assert_eq!((executed.handler_ms, executed.init_ms), (101, 200));
    }
}
