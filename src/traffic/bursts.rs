//! Bursts: a rate that changes between two values, and what that does to counts and to concurrency.

use super::{TrafficError, not_negative, positive};

/// A rate that is quiet and busy by turns. Where both times are exponentially distributed ([`BurstTiming::Random`]) it is a
/// Markov-modulated Poisson process with two states, and that is what the formulas here are for.
///
/// With shares π of the time in each state, the mean rate is λ = π_quiet·λ_quiet + π_busy·λ_busy, its variance over time
/// σ² = π_quiet·π_busy·(λ_busy − λ_quiet)², and what it was is forgotten at c = 1/quiet + 1/busy per second ("The
/// Markov-modulated Poisson process (MMPP) cookbook", Fischer and Meier-Hellstern 1993).
///
/// ```
/// # use millicent::traffic::Bursts;
/// // Nine minutes at one request a second, then one minute at eleven, on average.
/// let bursts = Bursts { quiet_per_s: 1.0, busy_per_s: 11.0, mean_quiet_s: 540.0, mean_busy_s: 60.0 };
/// assert!((bursts.mean_per_s() - 2.0).abs() < 1e-12);
/// // σ² = 0.9 · 0.1 · 10² = 9, c = 1/54: 1 + 2·9·54/2 = 487 for counts over very long spans.
/// assert!((bursts.variance_to_mean_of_counts(1e9) - 487.0).abs() < 1e-3);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bursts {
    /// Requests per second in the quiet state.
    pub quiet_per_s: f64,
    /// Requests per second in the busy state.
    pub busy_per_s: f64,
    /// How long the quiet state lasts on average, in seconds.
    pub mean_quiet_s: f64,
    /// How long the busy state lasts on average, in seconds.
    pub mean_busy_s: f64,
}

/// When bursts come and how long they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BurstTiming {
    /// At equal distances and equally long: a cycle ends with its burst.
    Regular,
    /// Equally long, after times that are exponentially distributed.
    RandomStart,
    /// Both times exponentially distributed: a Markov-modulated Poisson process.
    Random,
}

impl Bursts {
    /// Bursts at `factor` times the rate between them, with this mean rate over all.
    ///
    /// quiet = λ·T / (T − burst + factor·burst), for the cycle T from one burst to the next.
    ///
    /// ```
    /// # use millicent::traffic::Bursts;
    /// let bursts = Bursts::of_factor(2.0, 11.0, 60.0, 600.0)?;
    /// assert!((bursts.quiet_per_s - 1.0).abs() < 1e-12 && (bursts.busy_per_s - 11.0).abs() < 1e-12); // 2·600/(540 + 660)
    /// # Ok::<(), millicent::traffic::TrafficError>(())
    /// ```
    ///
    /// # Errors
    /// When a number is negative, or the bursts leave no time between them.
    pub fn of_factor(mean_per_s: f64, factor: f64, burst_s: f64, every_s: f64) -> Result<Self, TrafficError> {
        let quiet_per_s = mean_per_s * every_s / (every_s - burst_s + factor * burst_s);
        let (mean_quiet_s, mean_busy_s) = (every_s - burst_s, burst_s);
        not_negative("factor of the bursts", factor)?;
        Self { quiet_per_s, busy_per_s: factor * quiet_per_s, mean_quiet_s, mean_busy_s }.check()
    }

    /// Bursts of so many requests each, with this mean rate over all; what they do not bring comes between them.
    ///
    /// ```
    /// # use millicent::traffic::Bursts;
    /// let bursts = Bursts::of_size(2.0, 660.0, 60.0, 600.0)?;
    /// assert!((bursts.quiet_per_s - 1.0).abs() < 1e-12 && (bursts.busy_per_s - 11.0).abs() < 1e-12); // (1200 − 660)/540
    /// # Ok::<(), millicent::traffic::TrafficError>(())
    /// ```
    ///
    /// # Errors
    /// When a number is negative, the bursts leave no time between them, or bring more than the mean rate allows.
    pub fn of_size(mean_per_s: f64, requests: f64, burst_s: f64, every_s: f64) -> Result<Self, TrafficError> {
        let mean_quiet_s = every_s - burst_s;
        let quiet_per_s = (mean_per_s * every_s - requests) / mean_quiet_s;
        Self { quiet_per_s, busy_per_s: requests / burst_s, mean_quiet_s, mean_busy_s: burst_s }.check()
    }

    /// Refuses rates and times that make no process.
    pub(super) fn check(self) -> Result<Self, TrafficError> {
        not_negative("quiet rate", self.quiet_per_s)?;
        not_negative("busy rate", self.busy_per_s)?;
        positive("mean quiet time", self.mean_quiet_s)?;
        positive("mean busy time", self.mean_busy_s)?;
        Ok(self)
    }

    /// The share of the time in the busy state.
    #[must_use]
    pub fn busy_share(self) -> f64 {
        self.mean_busy_s / (self.mean_quiet_s + self.mean_busy_s)
    }

    /// Requests per second in the long run.
    #[must_use]
    pub fn mean_per_s(self) -> f64 {
        let busy = self.busy_share();
        (1.0 - busy) * self.quiet_per_s + busy * self.busy_per_s
    }

    /// The variance of the rate over time, σ².
    #[must_use]
    pub fn rate_variance(self) -> f64 {
        let busy = self.busy_share();
        busy * (1.0 - busy) * (self.busy_per_s - self.quiet_per_s).powi(2)
    }

    /// How fast the state is forgotten, c.
    fn forgotten_per_s(self) -> f64 {
        1.0 / self.mean_quiet_s + 1.0 / self.mean_busy_s
    }

    /// Variance over mean of how many arrive in `window_s` seconds: 1 + (2σ²/λc)·(1 − (1 − e^−cw)/cw); a Poisson process has one.
    #[must_use]
    pub fn variance_to_mean_of_counts(self, window_s: f64) -> f64 {
        let c = self.forgotten_per_s();
        1.0 + 2.0 * self.rate_variance() / (self.mean_per_s() * c) * (1.0 + (-c * window_s).exp_m1() / (c * window_s))
    }

    /// Variance over mean of how many requests are in progress when each takes `service_s` on average, exponentially, and none
    /// waits: z = 1 + σ²/(λ·(c + 1/service)).
    #[must_use]
    pub fn peakedness(self, service_s: f64) -> f64 {
        1.0 + self.rate_variance() / (self.mean_per_s() * (self.forgotten_per_s() + 1.0 / service_s))
    }

    /// The process with this mean rate and this peakedness at this service time, that is busy for `busy_share` of the time
    /// and changes so that a quiet and a busy time together take `cycle_s`.
    ///
    /// σ² = (z − 1)·λ·(c + μ) with c = 1/(b·(1 − b)·T) for the busy share b, the cycle T and μ = 1/service. Where bursts of that
    /// share would need a quiet rate below zero they are made rarer and higher, until the quiet state is silent: then
    /// b·(1 + σ²/λ²) = 1, which with k = (z − 1)/λ and q = 1 − b is (1 + kμ)·q² − kμ·q − k/T = 0.
    ///
    /// ```
    /// # use millicent::traffic::Bursts;
    /// let bursts = Bursts::from_peakedness(20.0, 4.0, 0.5, 0.1, 600.0)?;
    /// assert!((bursts.peakedness(0.5) - 4.0).abs() < 1e-9 && (bursts.mean_per_s() - 20.0).abs() < 1e-9);
    /// # Ok::<(), millicent::traffic::TrafficError>(())
    /// ```
    ///
    /// # Errors
    /// When a number is not positive, the peakedness not above one, the share not below one, or when a cycle has too few requests
    /// for bursts so high (λ·T must exceed z − 1).
    pub fn from_peakedness(
        mean_per_s: f64,
        peakedness: f64,
        service_s: f64,
        busy_share: f64,
        cycle_s: f64,
    ) -> Result<Self, TrafficError> {
        positive("mean rate", mean_per_s)?;
        positive("service time", service_s)?;
        positive("cycle", cycle_s)?;
        positive("peakedness minus one", peakedness - 1.0)?;
        positive("busy share", busy_share)?;
        positive("quiet share", 1.0 - busy_share)?;
        let k = (peakedness - 1.0) / mean_per_s;
        if cycle_s <= k {
            let allowed = "longer: a burst must bring the requests that make the peak";
            return Err(TrafficError::OutOfRange { quantity: "cycle in seconds", value: cycle_s, allowed });
        }
        let from_service = k / service_s;
        let root = (from_service * from_service + 4.0 * (1.0 + from_service) * k / cycle_s).sqrt();
        let busy = busy_share.min(1.0 - (from_service + root) / (2.0 * (1.0 + from_service)));
        let c = 1.0 / (busy * (1.0 - busy) * cycle_s);
        let variance = (peakedness - 1.0) * mean_per_s * (c + 1.0 / service_s);
        let difference = (variance / (busy * (1.0 - busy))).sqrt();
        let quiet_per_s = (mean_per_s - busy * difference).max(0.0);
        Self {
            quiet_per_s,
            busy_per_s: quiet_per_s + difference,
            mean_quiet_s: (1.0 - busy) * cycle_s,
            mean_busy_s: busy * cycle_s,
        }
        .check()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_fitted_has_the_rate_and_the_peakedness(
            rate in 0.01..1e4_f64,
            excess in 0.01..50.0_f64,
            service_s in 0.01..100.0_f64,
            share in 0.01..0.99_f64,
            cycle_s in 1.0..1e5_f64,
        ) {
            match Bursts::from_peakedness(rate, 1.0 + excess, service_s, share, cycle_s) {
                Ok(fitted) => {
                    prop_assert!((fitted.mean_per_s() / rate - 1.0).abs() < 1e-6, "{fitted:?} {}", fitted.mean_per_s());
                    prop_assert!((fitted.peakedness(service_s) / (1.0 + excess) - 1.0).abs() < 1e-6, "{fitted:?}");
                    prop_assert!(fitted.busy_share() <= share + 1e-12);
                }
                Err(_) => prop_assert!(rate * cycle_s <= excess),
            }
        }
    }

    #[test]
    fn a_modulation_that_changes_nothing_is_a_poisson_process() {
        let even = Bursts { quiet_per_s: 3.0, busy_per_s: 3.0, mean_quiet_s: 10.0, mean_busy_s: 5.0 };
        assert!((even.peakedness(1.0) - 1.0).abs() < 1e-12 && (even.variance_to_mean_of_counts(60.0) - 1.0).abs() < 1e-12);
        // Over a moment every process looks like a Poisson process.
        let bursts = Bursts { quiet_per_s: 0.0, busy_per_s: 30.0, mean_quiet_s: 90.0, mean_busy_s: 10.0 };
        assert!((bursts.variance_to_mean_of_counts(1e-3) - 1.0).abs() < 0.03);
    }

    #[test]
    fn what_makes_no_process_is_refused() {
        assert!(Bursts { quiet_per_s: -1.0, busy_per_s: 3.0, mean_quiet_s: 10.0, mean_busy_s: 5.0 }.check().is_err());
        assert!(Bursts { quiet_per_s: 1.0, busy_per_s: f64::NAN, mean_quiet_s: 10.0, mean_busy_s: 5.0 }.check().is_err());
        assert!(Bursts { quiet_per_s: 1.0, busy_per_s: 2.0, mean_quiet_s: 0.0, mean_busy_s: 5.0 }.check().is_err());
        assert!(Bursts::from_peakedness(1.0, 1.0, 1.0, 0.1, 60.0).is_err());
    }
}
