//! How fast a function may start environments: a bucket of starts that is refilled all the time.

/// How many environments a function may start at once, and how fast that is refilled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StartLimit {
    /// At once.
    pub at_once: f64,
    /// Refilled each second, up to `at_once`.
    pub per_s: f64,
}

impl StartLimit {
    /// 1,000 every ten seconds, refilled continuously (AWS Lambda developer guide, "Understanding Lambda function scaling",
    /// since 2023-11).
    pub const LAMBDA: Self = Self { at_once: 1000.0, per_s: 100.0 };
}

/// What is missing of a whole start by the error of a double.
const HARDLY_LESS: f64 = 1e-9;

/// How many environments may be started now.
#[derive(Debug)]
pub(super) struct Starts {
    limit: Option<StartLimit>,
    left: f64,
    at_s: f64,
}

impl Starts {
    pub(super) fn new(limit: Option<StartLimit>) -> Self {
        Self { limit, left: limit.map_or(f64::INFINITY, |limit| limit.at_once), at_s: 0.0 }
    }

    /// Whether one more may be started at `now_s`; then it counts.
    pub(super) fn allow(&mut self, now_s: f64) -> bool {
        let Some(limit) = self.limit else { return true };
        self.left = (self.left + (now_s - self.at_s) * limit.per_s).min(limit.at_once);
        self.at_s = now_s;
        let allowed = 1.0 <= self.left + HARDLY_LESS;
        if allowed {
            self.left -= 1.0;
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_that_is_due_now_is_allowed() {
        let mut starts = Starts::new(Some(StartLimit { at_once: 1.0, per_s: 100.0 }));
        assert!((0..100_000).all(|call| starts.allow(f64::from(call) / 100.0)));
        assert!(!starts.allow(999.995) && starts.allow(1000.0));
    }

    #[test]
    fn a_crowd_takes_what_is_left_and_then_what_is_refilled() {
        let mut starts = Starts::new(Some(StartLimit::LAMBDA));
        assert_eq!((0..2000).filter(|_| starts.allow(0.0)).count(), 1000);
        assert_eq!((0..2000).filter(|_| starts.allow(0.5)).count(), 50);
        assert!((0..2000).all(|_| Starts::new(None).allow(0.0)));
    }
}
