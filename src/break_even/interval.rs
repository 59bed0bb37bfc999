//! A part of an axis, and the numbers on it.

use std::fmt;

use super::BreakEvenError;
use crate::units::{Decimal, grouped};

/// How an axis is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// By ratio: from 1,000 to 1,000,000,000 the middle is 1,000,000.
    Logarithmic,
    /// By difference.
    Linear,
}

/// From one place of an axis to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    from: Decimal,
    to: Decimal,
    scale: Scale,
}

impl Interval {
    /// The interval between two places.
    ///
    /// ```
    /// # use millicent::break_even::{Interval, Scale};
    /// assert!(Interval::new(1.into(), 2.into(), Scale::Logarithmic).is_ok());
    /// let empty = Interval::new(2.into(), 2.into(), Scale::Linear).unwrap_err();
    /// assert_eq!(empty.to_string(), "the interval from 2 to 2 is empty (its end must lie above its start)");
    /// ```
    ///
    /// # Errors
    /// When it is empty, starts below zero, or starts at zero on a logarithmic axis.
    pub fn new(from: Decimal, to: Decimal, scale: Scale) -> Result<Self, BreakEvenError> {
        if to <= from || from < Decimal::ZERO {
            return Err(BreakEvenError::EmptyInterval { from: grouped(from), to: grouped(to) });
        }
        if from.is_zero() && scale == Scale::Logarithmic {
            return Err(BreakEvenError::ZeroOnLogarithmicAxis);
        }
        Ok(Self { from, to, scale })
    }

    /// Its start.
    #[must_use]
    pub const fn from(&self) -> Decimal {
        self.from
    }

    /// Its end.
    #[must_use]
    pub const fn to(&self) -> Decimal {
        self.to
    }

    /// How it is divided.
    #[must_use]
    pub const fn scale(&self) -> Scale {
        self.scale
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} to {}", grouped(self.from), grouped(self.to))
    }
}

/// The number with the fewest decimals from `low` to `high`: of the places where a step may be, the one a formula would give.
/// Between 5,255,999.999998 and 5,256,000.000001 it is 5,256,000.
pub(super) fn shortest_between(low: Decimal, high: Decimal) -> Decimal {
    let short = (0..28).map(|places| high.trunc_with_scale(places)).find(|short| low <= *short);
    short.unwrap_or(high).normalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_number_of_a_gap_is_the_one_meant() {
        let between = |low: &str, high: &str| shortest_between(low.parse().unwrap(), high.parse().unwrap()).to_string();
        assert_eq!(between("5255999.999998", "5256000.000001"), "5256000");
        assert_eq!(between("0.1234", "0.12347"), "0.1234");
        assert_eq!(between("7", "7"), "7");
        assert_eq!(between("0", "0.4"), "0");
    }

    #[test]
    fn zero_is_no_place_on_a_logarithmic_axis() {
        let start = |scale| Interval::new(Decimal::ZERO, Decimal::ONE, scale).map(|interval| interval.to());
        assert_eq!(start(Scale::Linear).unwrap(), Decimal::ONE);
        assert!(matches!(start(Scale::Logarithmic), Err(BreakEvenError::ZeroOnLogarithmicAxis)));
    }
}
