//! One day that is unlike the others.

use super::course::Part;
use super::{TrafficError, not_negative};

/// A rise of the rate that comes once, on top of everything else: the rate climbs to `factor` times what it would be, stays
/// there and falls back, in straight lines.
///
/// The mean rate of the pattern does not contain it: what it adds is [`Spike::extra_s`] seconds of ordinary traffic.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spike {
    /// The rate at the top, as a multiple of what it would be.
    pub factor: f64,
    /// When the climb begins, in seconds from the start.
    pub start_s: f64,
    /// How long the climb takes.
    pub ramp_s: f64,
    /// How long the top lasts.
    pub hold_s: f64,
    /// How long the fall takes.
    pub decay_s: f64,
}

/// A slope is so many steps, each at the rate of its middle: the expected number of a step is exact.
const STEPS_OF_A_SLOPE: u32 = 64;

impl Spike {
    /// Seconds of ordinary traffic that it adds: (factor − 1)·(ramp/2 + hold + decay/2).
    ///
    /// ```
    /// # use millicent::traffic::Spike;
    /// let black_friday = Spike { factor: 11.0, start_s: 0.0, ramp_s: 1800.0, hold_s: 7200.0, decay_s: 3600.0 };
    /// assert!((black_friday.extra_s() - 99_000.0).abs() < 1e-9); // 10 · (900 + 7200 + 1800)
    /// ```
    #[must_use]
    pub fn extra_s(self) -> f64 {
        (self.factor - 1.0) * (self.ramp_s / 2.0 + self.hold_s + self.decay_s / 2.0)
    }

    /// The factor at a time, on the straight lines that its steps follow.
    pub(super) fn factor_at(self, at_s: f64) -> f64 {
        let top_s = self.start_s + self.ramp_s;
        let (fall_s, end_s) = (top_s + self.hold_s, top_s + self.hold_s + self.decay_s);
        let height = if at_s < self.start_s || end_s <= at_s {
            0.0
        } else if at_s < top_s {
            (at_s - self.start_s) / self.ramp_s
        } else if at_s < fall_s {
            1.0
        } else {
            (end_s - at_s) / self.decay_s
        };
        1.0 + (self.factor - 1.0) * height
    }

    pub(super) fn check(self) -> Result<Self, TrafficError> {
        not_negative("factor of the spike", self.factor)?;
        not_negative("start of the spike", self.start_s)?;
        not_negative("ramp of the spike", self.ramp_s)?;
        not_negative("hold of the spike", self.hold_s)?;
        not_negative("decay of the spike", self.decay_s)?;
        Ok(self)
    }

    /// Its steps in order; after the last the factor is one.
    pub(super) fn parts(self) -> Vec<Part> {
        let mut parts = vec![Part { end_s: self.start_s, factor: 1.0 }];
        let slope = |from_s: f64, length_s: f64, low: f64, high: f64| {
            (0..STEPS_OF_A_SLOPE).filter(move |_| 0.0 < length_s).map(move |step| {
                let part = |steps: f64| steps / f64::from(STEPS_OF_A_SLOPE);
                let (step, end) = (f64::from(step), f64::from(step) + 1.0);
                Part { end_s: from_s + length_s * part(end), factor: low + (high - low) * part(step + 0.5) }
            })
        };
        parts.extend(slope(self.start_s, self.ramp_s, 1.0, self.factor));
        let top_s = self.start_s + self.ramp_s;
        parts.push(Part { end_s: top_s + self.hold_s, factor: self.factor });
        parts.extend(slope(top_s + self.hold_s, self.decay_s, self.factor, 1.0));
        parts.push(Part { end_s: f64::INFINITY, factor: 1.0 });
        parts.retain(|part| 0.0 < part.end_s);
        parts
    }
}
