//! Dollars.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

use rust_decimal::{Decimal, RoundingStrategy};

/// An amount of US dollars, exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Usd(Decimal);

impl Usd {
    /// No money.
    pub const ZERO: Self = Self(Decimal::ZERO);

    /// So many dollars.
    #[must_use]
    pub fn new(amount: Decimal) -> Self {
        Self(amount)
    }

    /// In dollars, every digit.
    #[must_use]
    pub const fn amount(self) -> Decimal {
        self.0
    }

    /// Rounded half-up to whole cents, as invoices print it.
    ///
    /// ```
    /// # use millicent::units::{Decimal, Usd};
    /// assert_eq!(Usd::new(Decimal::new(62_5125, 6)).cents().to_string(), "$0.63"); // 100,000 × 0.00000625125
    /// ```
    #[must_use]
    pub fn cents(self) -> Self {
        Self(self.0.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero))
    }

    /// This amount as a share of `whole`; `None` when the whole is nothing.
    #[must_use]
    pub fn share_of(self, whole: Self) -> Option<Decimal> {
        self.0.checked_div(whole.0)
    }
}

impl Add for Usd {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Usd {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for Usd {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Sum for Usd {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Usd {
    /// In dollars and cents; what is more than nothing but less than half a cent is said so.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = self.cents().0;
        if cents.is_zero() && !self.0.is_zero() {
            return out.pad("<$0.01");
        }
        out.pad(&format!("${}", super::format::with_decimals(cents, 2)))
    }
}
