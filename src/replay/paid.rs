//! How long units and instances are paid for: each from its start to its end, rounded up as the provider does.

/// Units that are paid for. What was started last is ended first.
#[derive(Debug, Clone)]
pub(super) struct Paid {
    /// Each is billed for a whole number of these seconds.
    step_s: f64,
    /// And for so many at least.
    least_s: f64,
    /// How many were started when, in the order of time.
    since: Vec<(u64, f64)>,
    count: u64,
    seconds: f64,
}

impl Paid {
    pub(super) fn new(step_s: f64, least_s: f64) -> Self {
        Self { step_s, least_s, since: Vec::new(), count: 0, seconds: 0.0 }
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Makes it `count` units from `now_s` on.
    pub(super) fn set(&mut self, count: u64, now_s: f64) {
        if self.count < count {
            self.since.push((count - self.count, now_s));
        }
        let mut ending = self.count.saturating_sub(count);
        while let Some((newest, since_s)) = self.since.last_mut().filter(|_| 0 < ending) {
            let ended = ending.min(*newest);
            let lasted_s = now_s - *since_s;
            // A nanosecond more is the error of a double.
            let billed_s = ((lasted_s - 1e-9) / self.step_s).ceil().max(0.0) * self.step_s;
            self.seconds += ended as f64 * billed_s.max(self.least_s);
            ending -= ended;
            *newest -= ended;
            if *newest == 0 {
                self.since.pop();
            }
        }
        self.count = count;
    }

    /// How many seconds were paid for by `now_s`. What is still there goes on after it, so its time is not rounded up: a month
    /// is many times this stretch, and the rounding would be counted as often.
    pub(super) fn finish(self, now_s: f64) -> f64 {
        let going_on: f64 = self.since.iter().map(|(count, since_s)| *count as f64 * (now_s - since_s)).sum();
        self.seconds + going_on
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_unit_is_paid_for_by_itself_and_the_newest_ends_first() {
        let mut paid = Paid::new(300.0, 300.0);
        paid.set(10, 0.0);
        paid.set(12, 600.0);
        paid.set(9, 601.0);
        // Two for five minutes, one for fifteen, nine for an hour and counting.
        assert_eq!(paid.count(), 9);
        assert!((paid.finish(3600.0) - (2.0 * 300.0 + 900.0 + 9.0 * 3600.0)).abs() < 1e-9);
    }

    #[test]
    fn a_task_is_paid_for_by_the_second_and_for_a_minute_at_least() {
        let mut paid = Paid::new(1.0, 60.0);
        paid.set(1, 0.0);
        paid.set(0, 10.5);
        paid.set(1, 100.0);
        paid.set(0, 170.25);
        assert!((paid.finish(1000.0) - (60.0 + 71.0)).abs() < 1e-9);
    }

    #[test]
    fn what_goes_on_after_the_end_is_not_rounded_up() {
        let mut paid = Paid::new(300.0, 300.0);
        paid.set(10, 0.0);
        assert!((paid.finish(1.0) - 10.0).abs() < 1e-9);
    }
}
