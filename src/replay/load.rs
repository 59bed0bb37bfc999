//! How busy something was in each minute, as an autoscaler is told.

/// Calls in progress, summed over the time of the present interval.
#[derive(Debug, Clone)]
pub(super) struct MinuteLoad {
    interval_s: f64,
    busy: u64,
    since_s: f64,
    busy_seconds: f64,
    started_s: f64,
    /// Whether any call was in progress.
    reported: bool,
}

impl Default for MinuteLoad {
    fn default() -> Self {
        Self::every(60.0)
    }
}

impl MinuteLoad {
    /// Intervals of another length.
    pub(super) fn every(interval_s: f64) -> Self {
        Self { interval_s, busy: 0, since_s: 0.0, busy_seconds: 0.0, started_s: 0.0, reported: false }
    }

    pub(super) fn busy(&self) -> u64 {
        self.busy
    }

    fn advance(&mut self, now_s: f64) {
        self.busy_seconds += self.busy as f64 * (now_s - self.since_s);
        self.since_s = now_s;
    }

    pub(super) fn begin(&mut self, now_s: f64) {
        self.advance(now_s);
        self.busy += 1;
        self.reported = true;
    }

    pub(super) fn end(&mut self, now_s: f64) {
        self.advance(now_s);
        self.busy -= 1;
    }

    pub(super) fn minute_end_s(&self) -> f64 {
        self.started_s + self.interval_s
    }

    /// The mean number in progress in the interval that ends now, and whether there was any call in it.
    pub(super) fn end_minute(&mut self) -> (f64, bool) {
        let end_s = self.minute_end_s();
        self.advance(end_s);
        let mean = self.busy_seconds / self.interval_s;
        let reported = self.reported;
        (self.busy_seconds, self.started_s, self.reported) = (0.0, end_s, 0 < self.busy);
        (mean, reported)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_a_minute_counts_each_second_of_each_call() {
        let mut load = MinuteLoad::default();
        load.begin(0.0);
        load.begin(30.0);
        load.end(45.0);
        let (mean, reported) = load.end_minute();
        assert!((mean - 1.25).abs() < 1e-12 && reported);
        load.end(60.0);
        assert!(load.end_minute().1);
        assert_eq!(load.end_minute(), (0.0, false));
    }
}
