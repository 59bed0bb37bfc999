//! Durations, as exact decimals.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;

use rust_decimal::Decimal;

use super::number::{Grammar, QuantityError, Reason};

const GRAMMAR: Grammar = Grammar { what: "a duration", examples: "\"200ms\", \"1.5s\", \"15min\" or \"2h30min\"" };

/// A length of time, exact. Lambda bills whole milliseconds of it, provisioned concurrency five minutes, Fargate seconds;
/// the rounding is done by the platform, not here.
///
/// ```
/// # use millicent::units::TimeSpan;
/// assert_eq!("2h30min".parse::<TimeSpan>().unwrap().seconds(), 9000.into());
/// assert_eq!("1.8ms".parse::<TimeSpan>().unwrap().ceil_milliseconds(), 2.into());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeSpan {
    milliseconds: Decimal,
}

/// Of an hour, for prices by the second of what is counted in hours.
pub const SECONDS_PER_HOUR: Decimal = Decimal::from_parts(3600, 0, 0, false, 0);

impl TimeSpan {
    /// No time at all.
    pub const ZERO: Self = Self { milliseconds: Decimal::ZERO };

    /// A whole number of seconds, for limits and defaults written in code.
    #[must_use]
    pub const fn from_seconds(seconds: u32) -> Self {
        let milliseconds = seconds as u64 * 1000;
        let low = (milliseconds & 0xFFFF_FFFF) as u32;
        let middle = (milliseconds >> 32) as u32;
        Self { milliseconds: Decimal::from_parts(low, middle, 0, false, 0) }
    }

    /// A whole number of milliseconds, for limits and defaults written in code.
    #[must_use]
    pub const fn from_whole_milliseconds(milliseconds: u32) -> Self {
        Self { milliseconds: Decimal::from_parts(milliseconds, 0, 0, false, 0) }
    }

    /// A computed number of milliseconds; negative counts as none.
    #[must_use]
    pub fn from_milliseconds(milliseconds: Decimal) -> Self {
        Self { milliseconds: milliseconds.max(Decimal::ZERO) }
    }

    /// In milliseconds.
    #[must_use]
    pub fn milliseconds(self) -> Decimal {
        self.milliseconds
    }

    /// In seconds.
    #[must_use]
    pub fn seconds(self) -> Decimal {
        self.milliseconds * Decimal::from_parts(1, 0, 0, false, 3)
    }

    /// In hours.
    #[must_use]
    pub fn hours(self) -> Decimal {
        self.milliseconds / Decimal::from(3_600_000)
    }

    /// Whole milliseconds, rounded up.
    #[must_use]
    pub fn ceil_milliseconds(self) -> Decimal {
        self.milliseconds.ceil()
    }

    /// Rounded up to a whole multiple of `step`.
    #[must_use]
    pub fn ceil_to(self, step: Self) -> Self {
        Self { milliseconds: (self.milliseconds / step.milliseconds).ceil() * step.milliseconds }
    }

    /// With as many digits as a reader can use: whole milliseconds, microseconds below ten.
    ///
    /// ```
    /// # use millicent::units::TimeSpan;
    /// assert_eq!("57.0312ms".parse::<TimeSpan>().unwrap().rounded().to_string(), "57 ms");
    /// ```
    #[must_use]
    pub fn rounded(self) -> Self {
        let places = if self.milliseconds < Decimal::TEN { 3 } else { 0 };
        Self { milliseconds: self.milliseconds.round_dp(places).normalize() }
    }

    /// Whether no time passes.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.milliseconds.is_zero()
    }
}

impl Add for TimeSpan {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { milliseconds: self.milliseconds + other.milliseconds }
    }
}

impl Sub for TimeSpan {
    type Output = Self;

    /// The difference; none when `other` is longer.
    fn sub(self, other: Self) -> Self {
        Self::from_milliseconds(self.milliseconds - other.milliseconds)
    }
}

/// A century: longer than anything that is billed, short enough that no later product overflows.
const LONGEST_MILLISECONDS: u64 = 100 * 365 * 86_400_000;

impl FromStr for TimeSpan {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let mut total = Decimal::ZERO;
        let mut rest = text.trim();
        loop {
            // The message shows the whole text, not the part that is left.
            let (number, after) = GRAMMAR.number_and_rest(rest).map_err(|part| GRAMMAR.error(text, part.reason))?;
            let unit_length = after.find(|letter: char| letter.is_ascii_digit() || letter.is_whitespace()).unwrap_or(after.len());
            let (unit, remaining) = after.split_at(unit_length);
            let factor = milliseconds_per(unit).map_err(|reason| GRAMMAR.error(text, reason))?;
            let too_long = || GRAMMAR.error(text, Reason::TooLarge("100 years"));
            total = number.checked_mul(factor).and_then(|part| total.checked_add(part)).ok_or_else(too_long)?;
            if total > Decimal::from(LONGEST_MILLISECONDS) {
                return Err(too_long());
            }
            rest = remaining.trim_start();
            if rest.is_empty() {
                // Less than a nanosecond is a typing mistake, and would vanish in a later division.
                if !total.is_zero() && total < Decimal::new(1, 6) {
                    return Err(GRAMMAR.error(text, Reason::TooSmall("a nanosecond")));
                }
                return Ok(Self { milliseconds: total.normalize() });
            }
        }
    }
}

fn milliseconds_per(unit: &str) -> Result<Decimal, Reason> {
    Ok(match unit {
        "" => return Err(Reason::MissingUnit),
        "ns" => Decimal::new(1, 6),
        "us" | "µs" | "μs" => Decimal::new(1, 3),
        "ms" | "msec" | "millisecond" | "milliseconds" => Decimal::ONE,
        "s" | "sec" | "second" | "seconds" => Decimal::from(1000),
        "min" | "minute" | "minutes" => Decimal::from(60_000),
        "h" | "hour" | "hours" => Decimal::from(3_600_000),
        "d" | "day" | "days" => Decimal::from(86_400_000),
        "week" | "weeks" => Decimal::from(604_800_000),
        "m" => return Err(Reason::Ambiguous("\"m\" may mean minutes (\"min\") or milliseconds (\"ms\")")),
        other => return Err(Reason::UnknownUnit(other.to_owned())),
    })
}

impl fmt::Display for TimeSpan {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [(86_400_000, "days"), (3_600_000, "h"), (60_000, "min"), (1000, "s")];
        for (factor, name) in units {
            let value = self.milliseconds / Decimal::from(factor);
            if value >= Decimal::ONE && value == value.round_dp(if factor == 1000 { 3 } else { 0 }) {
                let name = if name == "days" && value == Decimal::ONE { "day" } else { name };
                return write!(out, "{} {name}", super::grouped(value));
            }
        }
        write!(out, "{} ms", super::grouped(self.milliseconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_with_their_unit() {
        for (text, milliseconds) in [
            ("200ms", "200"),
            ("1.5s", "1500"),
            ("15min", "900000"),
            ("2h 30min", "9000000"),
            ("1h30min15s", "5415000"),
            ("250us", "0.25"),
            ("31days", "2678400000"),
        ] {
            assert_eq!(text.parse::<TimeSpan>().unwrap().milliseconds().to_string(), milliseconds, "{text}");
        }
    }

    #[test]
    fn an_unclear_duration_is_refused() {
        for (text, part) in [
            ("200", "the unit is missing"),
            ("15m", "minutes (\"min\") or milliseconds"),
            ("-5ms", "negative"),
            ("5ms-", "unknown unit"),
            ("1h x", "does not start with a number"),
            ("1e20s", "larger than 100 years"),
            ("nan", "does not start"),
        ] {
            let error = text.parse::<TimeSpan>().unwrap_err().to_string();
            assert!(error.contains(part) && error.contains(&format!("{text:?}")), "{error}");
        }
    }

    #[test]
    fn rounding_up_goes_to_the_next_step() {
        let five_minutes = TimeSpan::from_seconds(300);
        assert_eq!("61min".parse::<TimeSpan>().unwrap().ceil_to(five_minutes), "65min".parse().unwrap());
        assert_eq!("60min".parse::<TimeSpan>().unwrap().ceil_to(five_minutes), "60min".parse().unwrap());
    }

    #[test]
    fn a_duration_prints_in_its_natural_unit() {
        for (text, printed) in [("1000ms", "1 s"), ("1.8ms", "1.8 ms"), ("900s", "15 min"), ("90s", "90 s"), ("730h", "730 h")] {
            assert_eq!(text.parse::<TimeSpan>().unwrap().to_string(), printed);
        }
    }
}
