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
        let allowed = 1.0 <= self.left;
        if allowed {
            self.left -= 1.0;
        }
        allowed
    }
}
