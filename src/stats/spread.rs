//! How uncertain a stated value is: a distribution by its quantiles.
//!
//! Traffic, durations and sizes are log-normal: what is uncertain about them is a factor, and σ = ln(p90/p50) / 1.2816. With a
//! p10 as well, the part below the median has a σ of its own. Shares are logit-normal, so that they stay within 0 and 1: like
//! the log-normal, and unlike a Beta, their quantiles need no search.

use statrs::distribution::{ContinuousCDF, Normal};

use crate::units::{Decimal, statistic_from_decimal};

/// The standard normal quantile of 0.9: how many standard deviations p90 lies above p50.
pub const P90_DEVIATION: f64 = 1.281_551_565_544_600_4;
/// Digits of a factor or share that are kept: far below any uncertainty, and above what differs between mathematical libraries.
const DIGITS: u32 = 7;

/// What a value may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    shape: Shape,
    median: Decimal,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    Constant,
    LogNormal { below: f64, above: f64 },
    LogitNormal { below: f64, above: f64 },
    Uniform { low: Decimal, high: Decimal },
}

/// Whether a value is a part of a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Positive, without an upper bound.
    Amount,
    /// From 0 to 1.
    Share,
}

/// Why values are no range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SpreadError {
    /// A lower quantile is the greater one.
    #[error("{upper} is less than {lower}: the range is upside down (swap them)")]
    UpsideDown {
        /// The quantile that should be the lesser.
        lower: &'static str,
        /// The one that should be the greater.
        upper: &'static str,
    },
    /// Zero has no factor around it.
    #[error("a quantile of zero has nothing around it (give low and high)")]
    Zero,
    /// A share of nothing or everything has no odds.
    #[error("the quantiles of a share lie between 0% and 100%, not at them (give low and high)")]
    EndOfShare,
}

impl Spread {
    /// The distribution with these quantiles; without a p10 it is symmetric in the logarithm, or for a share in the log-odds.
    ///
    /// ```
    /// # use millicent::stats::{Kind, P90_DEVIATION, Spread};
    /// let requests = Spread::by_quantiles(None, 1_000_000.into(), 4_000_000.into(), Kind::Amount).unwrap();
    /// // σ = ln 4 / 1.28155 = 1.0817; p10 is as far below as p90 is above.
    /// assert_eq!(requests.at(P90_DEVIATION), 4_000_000.into());
    /// assert_eq!(requests.at(-P90_DEVIATION), 250_000.into());
    /// ```
    ///
    /// # Errors
    /// When they are upside down, or at an end where the distribution has none.
    pub fn by_quantiles(p10: Option<Decimal>, p50: Decimal, p90: Decimal, kind: Kind) -> Result<Self, SpreadError> {
        if p10.is_some_and(|p10| p50 < p10) {
            return Err(SpreadError::UpsideDown { lower: "p10", upper: "p50" });
        }
        if p90 < p50 {
            return Err(SpreadError::UpsideDown { lower: "p50", upper: "p90" });
        }
        let least = p10.unwrap_or(p50);
        if least == p90 {
            return Ok(Self::constant(p50));
        }
        let scale = |value: Decimal| match kind {
            _ if value.is_zero() => Err(SpreadError::Zero),
            Kind::Share if Decimal::ONE <= value => Err(SpreadError::EndOfShare),
            Kind::Share => Ok(log_odds(statistic_from_decimal(value))),
            Kind::Amount => Ok(statistic_from_decimal(value).ln()),
        };
        let (low, middle, high) = (scale(least)?, scale(p50)?, scale(p90)?);
        let above = (high - middle) / P90_DEVIATION;
        let below = if p10.is_some() { (middle - low) / P90_DEVIATION } else { above };
        let shape = match kind {
            Kind::Amount => Shape::LogNormal { below, above },
            Kind::Share => Shape::LogitNormal { below, above },
        };
        Ok(Self { shape, median: p50 })
    }

    /// Any value between two is as likely as any other.
    ///
    /// ```
    /// # use millicent::stats::Spread;
    /// assert_eq!(Spread::uniform(2.into(), 4.into()).unwrap().at(0.0), 3.into());
    /// ```
    ///
    /// # Errors
    /// When they are upside down.
    pub fn uniform(low: Decimal, high: Decimal) -> Result<Self, SpreadError> {
        if high < low {
            return Err(SpreadError::UpsideDown { lower: "low", upper: "high" });
        }
        if low == high {
            return Ok(Self::constant(low));
        }
        let median = low + (high - low) / Decimal::TWO;
        Ok(Self { shape: Shape::Uniform { low, high }, median })
    }

    const fn constant(value: Decimal) -> Self {
        Self { shape: Shape::Constant, median: value }
    }

    /// Half of the values lie below it.
    #[must_use]
    pub const fn median(&self) -> Decimal {
        self.median
    }

    /// Whether it is one value.
    #[must_use]
    pub const fn is_constant(&self) -> bool {
        matches!(self.shape, Shape::Constant)
    }

    /// The value at a place of the standard normal distribution: its median at 0, its p90 at [`P90_DEVIATION`].
    #[must_use]
    pub fn at(&self, deviation: f64) -> Decimal {
        let sided = |below: f64, above: f64| deviation * if deviation < 0.0 { below } else { above };
        match self.shape {
            Shape::Constant => self.median,
            Shape::LogNormal { below, above } => {
                let factor = rounded(sided(below, above).exp());
                self.median.checked_mul(factor).unwrap_or(Decimal::MAX)
            }
            Shape::LogitNormal { below, above } => {
                let odds = log_odds(statistic_from_decimal(self.median)) + sided(below, above);
                rounded(1.0 / (1.0 + (-odds).exp()))
            }
            Shape::Uniform { low, high } => low + (high - low) * rounded(Normal::standard().cdf(deviation)),
        }
    }
}

fn log_odds(share: f64) -> f64 {
    (share / (1.0 - share)).ln()
}

fn rounded(value: f64) -> Decimal {
    let exact = Decimal::from_f64_retain(value).unwrap_or(Decimal::MAX);
    exact.round_sf(DIGITS).unwrap_or(exact).normalize()
}

/// The deviation that this share of a standard normal distribution does not exceed, to twelve digits.
///
/// ```
/// # use millicent::stats::{P90_DEVIATION, standard_normal_quantile};
/// assert!((standard_normal_quantile(0.9) - P90_DEVIATION).abs() < 1e-9);
/// ```
#[must_use]
pub fn standard_normal_quantile(probability: f64) -> f64 {
    Normal::standard().inverse_cdf(probability)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn three_quantiles_are_kept_each() {
        let spread = Spread::by_quantiles(Some(8.into()), 10.into(), 40.into(), Kind::Amount).unwrap();
        let at = [-P90_DEVIATION, 0.0, P90_DEVIATION].map(|deviation| spread.at(deviation));
        assert_eq!(at, [8.into(), 10.into(), 40.into()]);
    }

    #[test]
    fn a_share_stays_a_share() {
        let spread = Spread::by_quantiles(None, decimal("0.5"), decimal("0.9"), Kind::Share).unwrap();
        assert_eq!((spread.at(P90_DEVIATION), spread.at(-P90_DEVIATION)), (decimal("0.9"), decimal("0.1")));
        assert!(spread.at(9.0) <= Decimal::ONE && Decimal::ZERO <= spread.at(-9.0));
    }

    #[test]
    fn what_is_no_range_is_refused() {
        let by = |p10, p50: i64, p90: i64, kind| Spread::by_quantiles(p10, p50.into(), p90.into(), kind).unwrap_err();
        assert_eq!(by(None, 4, 1, Kind::Amount).to_string(), "p90 is less than p50: the range is upside down (swap them)");
        assert_eq!(by(Some(5.into()), 4, 6, Kind::Amount), SpreadError::UpsideDown { lower: "p10", upper: "p50" });
        assert_eq!(by(None, 0, 1, Kind::Amount), SpreadError::Zero);
        assert_eq!(Spread::by_quantiles(None, decimal("0.5"), 1.into(), Kind::Share), Err(SpreadError::EndOfShare));
        assert_eq!(Spread::uniform(2.into(), 1.into()), Err(SpreadError::UpsideDown { lower: "low", upper: "high" }));
    }

    proptest! {
        #[test]
        fn a_higher_place_is_never_a_lower_value(p50 in 1_u32..1_000_000, more in 0_u32..1_000_000, one in -4.0..4.0, other in -4.0..4.0) {
            let spread = Spread::by_quantiles(None, p50.into(), (p50 + more).into(), Kind::Amount).unwrap();
            prop_assert!(spread.at(f64::min(one, other)) <= spread.at(f64::max(one, other)));
        }
    }
}
