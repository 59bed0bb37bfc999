//! A pattern: a mean rate, the course it takes, and how regular the arrivals are.

use super::arrivals::{Amounts, Arrivals};
use super::bursts::{BurstTiming, Bursts};
use super::course::Course;
use super::spike::Spike;
use super::{TrafficError, not_negative};
use crate::stats::{Gamma, Random};

/// How requests arrive over time. Its long-run mean is what was asked for, whatever the pattern; a spike comes on top.
///
/// ```
/// # use millicent::traffic::Pattern;
/// let day = Pattern::daily(10.0, 3.0, 14.0)?;
/// assert!((day.rate_at(14.0 * 3600.0) - 15.0).abs() < 1e-3 && (day.rate_at(2.0 * 3600.0) - 5.0).abs() < 1e-3);
/// let arrived = day.arrivals(7).until(86_400.0).count();
/// assert!((860_000..868_000).contains(&arrived)); // 864,000 ± 930
/// # Ok::<(), millicent::traffic::TrafficError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    pub(super) mean_per_s: f64,
    pub(super) amounts: Amounts,
    pub(super) course: Course,
    pub(super) spike: Option<Spike>,
}

impl Pattern {
    /// At an even rate, each independent of all others.
    ///
    /// # Errors
    /// When the rate is negative or no number.
    pub fn poisson(mean_per_s: f64) -> Result<Self, TrafficError> {
        Self::new(mean_per_s, Amounts::Exponential, Course::Even)
    }

    /// At equal distances, like a timer; the first at a random moment of the first distance.
    ///
    /// # Errors
    /// When the rate is negative or no number.
    pub fn clock(mean_per_s: f64) -> Result<Self, TrafficError> {
        Self::new(mean_per_s, Amounts::Equal, Course::Even)
    }

    /// As a sinusoid over 24 hours, highest at `peak_hour` and then `peak_to_trough` times the lowest.
    ///
    /// # Errors
    /// When the rate is negative, the ratio below one, or the hour none of a day.
    pub fn daily(mean_per_s: f64, peak_to_trough: f64, peak_hour: f64) -> Result<Self, TrafficError> {
        not_negative("peak to trough minus one", peak_to_trough - 1.0)?;
        if !(0.0..=24.0).contains(&peak_hour) {
            return Err(TrafficError::OutOfRange { quantity: "peak hour", value: peak_hour, allowed: "from 0 to 24" });
        }
        Self::new(mean_per_s, Amounts::Exponential, Course::daily(peak_to_trough, peak_hour))
    }

    /// By the hour: multiples of the mean rate, for each hour of a day, a week, or whatever their number makes.
    ///
    /// # Errors
    /// When the rate is negative, there are no hours, or their mean is not one.
    pub fn hourly(mean_per_s: f64, factors: &[f64]) -> Result<Self, TrafficError> {
        factors.iter().try_for_each(|factor| not_negative("weight of an hour", *factor))?;
        let mean = factors.iter().sum::<f64>() / factors.len() as f64;
        // An empty list has no mean, which fails this as well.
        if (mean - 1.0).abs() < 1e-6 {
            return Self::new(mean_per_s, Amounts::Exponential, Course::of_equal_steps(3600.0 * factors.len() as f64, factors));
        }
        Err(TrafficError::OutOfRange { quantity: "mean weight of the hours", value: mean, allowed: "one" })
    }

    /// In bursts.
    ///
    /// # Errors
    /// When a rate is negative, or a time not positive.
    pub fn bursts(bursts: Bursts, timing: BurstTiming) -> Result<Self, TrafficError> {
        let bursts = bursts.check()?;
        Self::new(bursts.mean_per_s(), Amounts::Exponential, Course::of_bursts(bursts, timing))
    }

    fn new(mean_per_s: f64, amounts: Amounts, course: Course) -> Result<Self, TrafficError> {
        not_negative("mean rate", mean_per_s)?;
        Ok(Self { mean_per_s, amounts, course, spike: None })
    }

    /// The same pattern at another mean rate.
    ///
    /// # Errors
    /// When the rate is negative or no number.
    pub fn with_mean_per_s(self, mean_per_s: f64) -> Result<Self, TrafficError> {
        not_negative("mean rate", mean_per_s)?;
        Ok(Self { mean_per_s, ..self })
    }

    /// With another coefficient of variation of the intervals (at an even rate): 0 is a clock, 1 a Poisson process, above one
    /// requests come in clusters. Any but these two makes gamma intervals.
    ///
    /// # Errors
    /// When it is above 30, or so near to zero that it is a clock.
    pub fn with_variation(self, variation: f64) -> Result<Self, TrafficError> {
        let amounts = if variation.abs() < f64::EPSILON {
            Amounts::Equal
        } else if (variation - 1.0).abs() < f64::EPSILON {
            Amounts::Exponential
        } else {
            let allowed = "0, or from 0.001 to 30";
            let refused = TrafficError::OutOfRange { quantity: "variation of the intervals", value: variation, allowed };
            Gamma::with_variation(variation).map(Amounts::Gamma).ok_or(refused)?
        };
        Ok(Self { amounts, ..self })
    }

    /// With a spike on top.
    ///
    /// # Errors
    /// When one of its numbers is negative.
    pub fn with_spike(self, spike: Spike) -> Result<Self, TrafficError> {
        Ok(Self { spike: Some(spike.check()?), ..self })
    }

    /// Whether requests are independent of each other.
    #[must_use]
    pub fn is_poisson(&self) -> bool {
        self.amounts == Amounts::Exponential
    }

    /// Requests per second in the long run, without the spike.
    #[must_use]
    pub fn mean_per_s(&self) -> f64 {
        self.mean_per_s
    }

    /// Requests per second that are expected at a time; where the rate moves by chance, its mean.
    #[must_use]
    pub fn rate_at(&self, at_s: f64) -> f64 {
        self.mean_per_s * self.course.factor_at(at_s) * self.spike.map_or(1.0, |spike| spike.factor_at(at_s))
    }

    /// Whether every stretch of time is like any other: the rate never moves. Bursts at random moments do so in the long run only.
    ///
    /// ```
    /// # use millicent::traffic::Pattern;
    /// assert!(Pattern::poisson(10.0)?.is_steady());
    /// assert!(!Pattern::daily(10.0, 3.0, 14.0)?.is_steady());
    /// # Ok::<(), millicent::traffic::TrafficError>(())
    /// ```
    #[must_use]
    pub fn is_steady(&self) -> bool {
        matches!(self.course, Course::Even) && self.spike.is_none()
    }

    /// The spike, where there is one.
    #[must_use]
    pub fn spike(&self) -> Option<Spike> {
        self.spike
    }

    /// The arrivals of this seed, without an end: [`Arrivals::until`] sets one.
    #[must_use]
    pub fn arrivals(&self, seed: u64) -> Arrivals {
        Arrivals::new(self, Random::from_seed(seed))
    }
}
