//! How many per month, and how long a month is.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;

use super::number::{Grammar, QuantityError, Reason, count_factor};
use super::{SECONDS_PER_HOUR, Usd};

/// The length of the billing month in hours. The industry's convention, and the default, is 730 (= 8760 / 12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month {
    hours: Decimal,
}

const MONTH: Grammar = Grammar { what: "a month in hours", examples: "\"730\", \"720\" or \"744\"" };

impl Month {
    /// 730 hours, a twelfth of a year of 365 days.
    pub const STANDARD: Self = Self { hours: Decimal::from_parts(730, 0, 0, false, 0) };

    /// 31 days.
    pub const LONGEST: Self = Self { hours: Decimal::from_parts(744, 0, 0, false, 0) };

    /// In hours.
    #[must_use]
    pub const fn hours(self) -> Decimal {
        self.hours
    }

    /// In seconds.
    #[must_use]
    pub fn seconds(self) -> Decimal {
        self.hours * SECONDS_PER_HOUR
    }
}

impl FromStr for Month {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let (hours, unit) = MONTH.number_and_rest(text)?;
        if !matches!(unit, "" | "h" | "hours") {
            return Err(MONTH.error(text, Reason::UnknownUnit(unit.to_owned())));
        }
        if hours < Decimal::ONE {
            return Err(MONTH.error(text, Reason::TooSmall("an hour")));
        }
        if hours > Decimal::from(744) {
            return Err(MONTH.error(text, Reason::TooLarge("744 hours (31 days)")));
        }
        Ok(Self { hours })
    }
}

impl fmt::Display for Month {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} h", super::grouped(self.hours))
    }
}

/// The period a [`Rate`] counts over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// One second.
    Second,
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// 24 hours.
    Day,
    /// 7 days.
    Week,
    /// The billing month, however long it is said to be.
    Month,
    /// 365 days.
    Year,
}

impl Period {
    /// How many of this period fit into `month`, as a fraction (numerator, denominator): the division comes last, so that
    /// 12 million a year is exactly one million a month.
    fn per_month(self, month: Month) -> (Decimal, u32) {
        let hours = month.hours;
        match self {
            Self::Second => (month.seconds(), 1),
            Self::Minute => (hours * Decimal::from(60), 1),
            Self::Hour => (hours, 1),
            Self::Day => (hours, 24),
            Self::Week => (hours, 168),
            Self::Month => (Decimal::ONE, 1),
            Self::Year => (hours, 8760),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Second => "second",
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }
}

const RATE: Grammar = Grammar { what: "a rate", examples: "\"1M/month\", \"12/s\", \"3000/day\" or \"50k/hour\"" };

/// How often something happens: a number per period.
///
/// ```
/// # use millicent::units::{Month, Rate};
/// let rate: Rate = "12/s".parse().unwrap();
/// assert_eq!(rate.per_month(Month::STANDARD), 31_536_000.into()); // 12 × 730 × 3600
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    amount: Decimal,
    per: Period,
}

impl Rate {
    /// So many in a billing month.
    #[must_use]
    pub fn monthly(amount: u64) -> Self {
        Self { amount: Decimal::from(amount), per: Period::Month }
    }

    /// So many in a billing month, which need not be whole; nothing where it is negative or no rate that could be written.
    ///
    /// ```
    /// # use millicent::units::{Decimal, Rate};
    /// assert!(Rate::in_a_month(Decimal::new(15, 1)).is_some());
    /// assert_eq!(Rate::in_a_month(Decimal::NEGATIVE_ONE), None);
    /// ```
    #[must_use]
    pub fn in_a_month(amount: Decimal) -> Option<Self> {
        let allowed = Decimal::ZERO <= amount && amount <= Decimal::from(1_000_000_000_000_000_u64);
        allowed.then_some(Self { amount, per: Period::Month })
    }

    /// Whether it never happens.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.amount.is_zero()
    }

    /// A part of it: so many messages handed over at once make so many invocations fewer.
    #[must_use]
    pub fn divided_by(self, divisor: Decimal) -> Self {
        Self { amount: self.amount.checked_div(divisor).unwrap_or(self.amount).normalize(), per: self.per }
    }

    /// How many in `month`.
    #[must_use]
    pub fn per_month(self, month: Month) -> Decimal {
        let (numerator, denominator) = self.per.per_month(month);
        let product = self.amount * numerator;
        // A division is the slowest thing that decimals do, and rates are asked for again and again.
        if denominator == 1 { product.normalize() } else { (product / Decimal::from(denominator)).normalize() }
    }
}

const BUDGET: Grammar = Grammar { what: "a budget", examples: "\"500/month\", \"$20/day\" or \"6000/year\"" };

/// Money in a period: "500/month", "$20/day".
///
/// ```
/// # use millicent::units::{Budget, Month};
/// let budget: Budget = "$20/day".parse().unwrap();
/// assert_eq!(budget.per_month(Month::STANDARD).to_string(), "$608.33"); // 20 × 730 / 24
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget(Rate);

impl Budget {
    /// How much in `month`.
    #[must_use]
    pub fn per_month(self, month: Month) -> Usd {
        Usd::new(self.0.per_month(month))
    }
}

impl FromStr for Budget {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let rate = text.trim().strip_prefix('$').unwrap_or(text).parse();
        rate.map(Self).map_err(|error: QuantityError| BUDGET.error(text, error.reason))
    }
}

impl FromStr for Rate {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let (number, rest) = RATE.number_and_rest(text)?;
        let (suffix, period) = match rest.split_once('/') {
            Some((suffix, period)) => (suffix.trim(), period.trim()),
            None => rest.split_once(" per ").map_or((rest, ""), |(suffix, period)| (suffix.trim(), period.trim())),
        };
        let factor = count_factor(suffix).map_err(|reason| RATE.error(text, reason))?;
        let per = match period {
            "" => return Err(RATE.error(text, Reason::MissingPeriod)),
            "s" | "sec" | "second" => Period::Second,
            "min" | "minute" => Period::Minute,
            "h" | "hour" => Period::Hour,
            "d" | "day" => Period::Day,
            "week" => Period::Week,
            "mo" | "month" => Period::Month,
            "y" | "year" => Period::Year,
            "m" => return Err(RATE.error(text, Reason::Ambiguous("\"m\" may mean minute or month"))),
            other => return Err(RATE.error(text, Reason::UnknownPeriod(other.to_owned()))),
        };
        // 10^15 a month is 380 million requests a second for a month: more is a typing mistake.
        let too_large = || RATE.error(text, Reason::TooLarge("10^15 a month"));
        let amount = number.checked_mul(factor).ok_or_else(too_large)?;
        // The bound before the multiplication keeps every product of this type far from overflow.
        let most = Decimal::from(1_000_000_000_000_000_u64);
        if amount > most || (Self { amount, per }).per_month(Month::STANDARD) > most {
            return Err(too_large());
        }
        Ok(Self { amount: amount.normalize(), per })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} a {}", super::grouped(self.amount), self.per.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_becomes_requests_per_month() {
        for (text, month, expected) in [
            ("1M/month", "730", "1000000"),
            ("12/s", "730", "31536000"),
            ("3000/day", "730", "91250"),
            ("1M/day", "720", "30000000"),
            ("50k/hour", "730", "36500000"),
            ("1,000,000 / month", "744", "1000000"),
            ("2.5 million per month", "730", "2500000"),
            ("12M/year", "730", "1000000"),
            ("0/month", "730", "0"),
        ] {
            let rate: Rate = text.parse().unwrap();
            assert_eq!(rate.per_month(month.parse().unwrap()).to_string(), expected, "{text}");
        }
    }

    #[test]
    fn an_unclear_rate_is_refused() {
        for (text, part) in [
            ("1M", "the period is missing"),
            ("1M/fortnight", "unknown period \"fortnight\""),
            ("5/m", "minute or month"),
            ("1m/month", "capital M"),
            ("-1/s", "negative"),
            ("9e14/s", "larger than 10^15 a month"),
            ("/month", "does not start with a number"),
        ] {
            let error = text.parse::<Rate>().unwrap_err().to_string();
            assert!(error.contains(part) && error.contains("1M/month"), "{error}");
        }
    }
}
