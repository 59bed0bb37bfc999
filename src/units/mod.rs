//! The quantities, how they are written, and what may be multiplied by what.
//!
//! Everything that ends up on a bill is an exact decimal: `0.0000166667` times 500,000 is 8.33335, not
//! 8.333350000000001. A quantity is parsed once, at the door, from a number *with its unit* ("512MB", "200ms",
//! "1M/month"); the types below never hold a negative, infinite or absurdly large value.
//!
//! This room never rounds by itself: when to round is for a provider's rule ([`crate::platform`]) or a printed number to say.
//! It never guesses a unit either: a bare number is accepted only where one unit is possible.

mod data_size;
mod format;
mod memory;
mod money;
mod number;
mod rate;
mod time;
mod unit;

pub use data_size::DataSize;
pub use format::{counted, grouped, significant, told_apart};
pub use memory::MemoryMb;
pub use money::Usd;
pub use number::{Count, QuantityError, Share, VirtualCpus};
pub use rate::{Budget, Month, Period, Rate};
pub use rust_decimal::Decimal;
pub use time::{SECONDS_PER_HOUR, TimeSpan};
pub use unit::{Unit, UnknownUnit};

/// The one way from a statistic (`f64`) to a billable quantity: rounded to `places` decimals, `None` when the value is
/// not finite or too large.
///
/// ```
/// # use millicent::units::decimal_from_statistic;
/// assert_eq!(decimal_from_statistic(0.02591883, 4).unwrap().to_string(), "0.0259");
/// ```
#[must_use]
pub fn decimal_from_statistic(value: f64, places: u32) -> Option<Decimal> {
    Decimal::from_f64_retain(value).map(|exact| exact.round_dp(places).normalize())
}

/// A product that stays at the largest decimal where it would leave what one can hold: of inputs that are absurd together,
/// each of which may be stated.
///
/// ```
/// # use millicent::units::{Decimal, saturating_product};
/// assert_eq!(saturating_product(Decimal::MAX, Decimal::TWO), Decimal::MAX);
/// ```
#[must_use]
pub fn saturating_product(one: Decimal, other: Decimal) -> Decimal {
    one.checked_mul(other).unwrap_or(Decimal::MAX)
}

/// The one way from a billable quantity to a statistic.
#[must_use]
pub fn statistic_from_decimal(value: Decimal) -> f64 {
    use rust_decimal::prelude::ToPrimitive;
    value.to_f64().unwrap_or(f64::MAX)
}
