//! Numbers as people type them, and the plain quantities that need no unit.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;

/// Why a text is not the quantity it should be. The message shows the value, the reason and what would be valid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {what}: {reason} (write for example {examples})")]
pub struct QuantityError {
    text: String,
    what: &'static str,
    pub(super) reason: Reason,
    examples: &'static str,
}

/// The part of a [`QuantityError`] that says what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reason {
    Empty,
    NotANumber,
    Negative,
    Zero,
    TooLarge(&'static str),
    TooSmall(&'static str),
    TooManyDigits,
    MissingUnit,
    UnknownUnit(String),
    Ambiguous(&'static str),
    MissingPeriod,
    UnknownPeriod(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => out.write_str("it is empty"),
            Self::NotANumber => out.write_str("it does not start with a number"),
            Self::Negative => out.write_str("it is negative"),
            Self::Zero => out.write_str("it is zero"),
            Self::TooLarge(limit) => write!(out, "it is larger than {limit}"),
            Self::TooSmall(limit) => write!(out, "it is smaller than {limit}"),
            Self::TooManyDigits => out.write_str("it has more than 28 digits"),
            Self::MissingUnit => out.write_str("the unit is missing"),
            Self::UnknownUnit(unit) => write!(out, "unknown unit {unit:?}"),
            Self::Ambiguous(hint) => out.write_str(hint),
            Self::MissingPeriod => out.write_str("the period is missing"),
            Self::UnknownPeriod(period) => write!(out, "unknown period {period:?}"),
        }
    }
}

/// What a kind of quantity is called and how it is written, for its error messages.
pub(super) struct Grammar {
    pub(super) what: &'static str,
    pub(super) examples: &'static str,
}

impl Grammar {
    pub(super) fn error(&self, text: &str, reason: Reason) -> QuantityError {
        // A pasted file is not echoed back whole.
        let mut shown: String = text.chars().take(60).collect();
        if shown.len() < text.len() {
            shown.push('…');
        }
        QuantityError { text: shown, what: self.what, reason, examples: self.examples }
    }

    /// Splits `text` into its leading number and the rest, both trimmed.
    pub(super) fn number_and_rest<'t>(&self, text: &'t str) -> Result<(Decimal, &'t str), QuantityError> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(self.error(text, Reason::Empty));
        }
        let unsigned = trimmed.strip_prefix('+').unwrap_or(trimmed);
        let after_sign = unsigned
            .strip_prefix(['-', '−'])
            .map(|rest| rest.trim_start().starts_with(|first: char| first.is_ascii_digit() || first == '.'));
        if after_sign == Some(true) {
            return Err(self.error(text, Reason::Negative));
        }
        let (digits, rest) = unsigned.split_at(number_length(unsigned));
        let number = parse_number(digits).map_err(|reason| self.error(text, reason))?;
        Ok((number, rest.trim()))
    }
}

/// Length in bytes of the number at the start of `text`: digits, separators, one point, an exponent with digits.
fn number_length(text: &str) -> usize {
    let mantissa = text.bytes().take_while(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'_' | b',')).count();
    let exponent = &text.as_bytes()[mantissa..];
    let sign = usize::from(matches!(exponent.get(1), Some(b'+' | b'-')));
    if mantissa > 0 && matches!(exponent.first(), Some(b'e' | b'E')) {
        let digits = exponent[1 + sign..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 {
            return mantissa + 1 + sign + digits;
        }
    }
    mantissa
}

fn parse_number(digits: &str) -> Result<Decimal, Reason> {
    if digits.is_empty() {
        return Err(Reason::NotANumber);
    }
    let plain = without_separators(digits).ok_or(Reason::Ambiguous("a comma may only separate groups of three digits"))?;
    let (mantissa, exponent) = plain.split_once(['e', 'E']).map_or((plain.as_str(), None), |(m, e)| (m, Some(e)));
    if mantissa.matches('.').count() > 1 || !mantissa.contains(|digit: char| digit.is_ascii_digit()) {
        return Err(Reason::NotANumber);
    }
    let parsed = if exponent.is_some() { Decimal::from_scientific(&plain) } else { Decimal::from_str_exact(&plain) };
    // The text is well formed, so what cannot be held is too large or too fine.
    let fine = exponent.map_or(mantissa.contains('.'), |exponent| exponent.starts_with('-'));
    let reason = if fine { Reason::TooManyDigits } else { Reason::TooLarge("any number this program can hold") };
    parsed.map(|number| number.normalize()).map_err(|_| reason)
}

/// Removes `_`, and commas where each stands before exactly three digits of the whole part ("1,000,000"). "1,5" is refused,
/// because it means 1.5 to half of the world and 15 to nobody.
fn without_separators(digits: &str) -> Option<String> {
    let whole = digits.split(['.', 'e', 'E']).next().unwrap_or_default();
    if digits[whole.len()..].contains(',') {
        return None;
    }
    let mut groups = whole.split(',');
    let first = groups.next().unwrap_or_default();
    let grouped = whole.contains(',');
    if grouped && (first.is_empty() || first.len() > 3 || groups.any(|group| group.len() != 3)) {
        return None;
    }
    Some(digits.replace(['_', ','], ""))
}

/// The factor behind a count suffix: `k` thousand, `M` million, `G`/`B` billion, `T` trillion. `m` is refused: it is milli
/// to a physicist and million to an accountant.
pub(super) fn count_factor(suffix: &str) -> Result<Decimal, Reason> {
    Ok(Decimal::from(match suffix {
        "" => 1_u64,
        "k" | "K" | "thousand" => 1_000,
        "M" | "million" => 1_000_000,
        "G" | "B" | "billion" => 1_000_000_000,
        "T" | "trillion" => 1_000_000_000_000,
        "m" => return Err(Reason::Ambiguous("a million is written with a capital M")),
        other => return Err(Reason::UnknownUnit(other.to_owned())),
    }))
}

/// Defines a non-negative quantity that is written as a bare number.
macro_rules! plain_quantity {
    ($(#[$doc:meta])* $name:ident, $grammar:ident, $max:literal, $limit:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(Decimal);

        impl $name {
            /// The number itself.
            #[must_use]
            pub const fn get(self) -> Decimal {
                self.0
            }

            fn checked(value: Decimal, text: &str) -> Result<Self, QuantityError> {
                if value > Decimal::from($max) {
                    return Err($grammar.error(text, Reason::TooLarge($limit)));
                }
                Ok(Self(value))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&super::grouped(self.0))
            }
        }
    };
}

const COUNT: Grammar = Grammar { what: "a number", examples: "\"2\", \"1.5\", \"200k\" or \"3M\"" };

plain_quantity! {
    /// How many of something; may be fractional where it is a mean.
    ///
    /// ```
    /// # use millicent::units::Count;
    /// assert_eq!("200k".parse::<Count>().unwrap().get(), 200_000.into());
    /// assert!("-2".parse::<Count>().is_err());
    /// ```
    Count, COUNT, 1_000_000_000_000_000_u64, "10^15"
}

impl FromStr for Count {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let (number, suffix) = COUNT.number_and_rest(text)?;
        let factor = count_factor(suffix).map_err(|reason| COUNT.error(text, reason))?;
        let value = number.checked_mul(factor).ok_or_else(|| COUNT.error(text, Reason::TooLarge("10^15")))?;
        Self::checked(value.normalize(), text)
    }
}

const VIRTUAL_CPUS: Grammar = Grammar { what: "a number of vCPUs", examples: "\"0.5\", \"2\" or \"4 vCPU\"" };

plain_quantity! {
    /// Virtual CPUs: threads of a physical core, as the clouds sell them; may be fractional.
    VirtualCpus, VIRTUAL_CPUS, 1_024_u64, "1024 vCPUs"
}

impl FromStr for VirtualCpus {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let (number, rest) = VIRTUAL_CPUS.number_and_rest(text)?;
        if !rest.is_empty() && !rest.eq_ignore_ascii_case("vcpu") && !rest.eq_ignore_ascii_case("vcpus") {
            return Err(VIRTUAL_CPUS.error(text, Reason::UnknownUnit(rest.to_owned())));
        }
        if number.is_zero() {
            return Err(VIRTUAL_CPUS.error(text, Reason::Zero));
        }
        Self::checked(number, text)
    }
}

const SHARE: Grammar = Grammar { what: "a share", examples: "\"25%\" or \"0.25\"" };

plain_quantity! {
    /// A part of a whole, 0 to 1: "25%" or "0.25".
    ///
    /// ```
    /// # use millicent::units::Share;
    /// assert_eq!("2.5%".parse::<Share>().unwrap().get().to_string(), "0.025");
    /// assert!("25".parse::<Share>().is_err());
    /// ```
    Share, SHARE, 1_u64, "the whole (1, or 100%)"
}

impl Share {
    /// Nothing of it.
    pub const NONE: Self = Self(Decimal::ZERO);
    /// All of it.
    pub const ALL: Self = Self(Decimal::ONE);

    /// What remains: 1 − share.
    #[must_use]
    pub fn rest(self) -> Self {
        Self(Decimal::ONE - self.0)
    }

    /// The share nearest to a computed probability, to all its digits; what differs from nothing or from all by less than nine
    /// digits can tell is nothing, or all, and not-a-number counts as nothing.
    ///
    /// Of many requests each digit that is left out is a staircase in what they cost: with nine of them, costs that meet once
    /// near a hundred million requests meet several times, a twentieth of a request apart.
    ///
    /// ```
    /// # use millicent::units::Share;
    /// let digits = [0.000_000_123_456_789_5, 0.000_000_000_1, 0.999_999_999_9].map(|value| Share::from_statistic(value).get().to_string());
    /// assert_eq!(digits, ["0.0000001234567895", "0", "1"]);
    /// ```
    #[must_use]
    pub fn from_statistic(value: f64) -> Self {
        let value = if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) };
        let digits = |places| super::decimal_from_statistic(value, places).unwrap_or_default();
        let told_apart = digits(9);
        Self(if told_apart.is_zero() || told_apart == Decimal::ONE { told_apart } else { digits(18) })
    }

    /// As a percentage, for people: "2.5%".
    #[must_use]
    pub fn percent(self) -> String {
        format!("{}%", (self.0 * Decimal::ONE_HUNDRED).round_dp(4).normalize())
    }
}

impl FromStr for Share {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, QuantityError> {
        let (number, rest) = SHARE.number_and_rest(text)?;
        match rest {
            "" => Self::checked(number, text),
            "%" => Self::checked(number / Decimal::ONE_HUNDRED, text),
            other => Err(SHARE.error(text, Reason::UnknownUnit(other.to_owned()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, &str>) {
        match (text.parse::<Count>(), expected) {
            (Ok(count), Ok(value)) => assert_eq!(count.get().to_string(), value, "{text:?}"),
            (Err(error), Err(part)) => assert!(error.to_string().contains(part), "{text:?} → {error}"),
            (got, _) => panic!("{text:?} → {got:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn numbers_are_read_as_people_write_them() {
        check("12", Ok("12"));
        check("1_000", Ok("1000"));
        check("1,000,000", Ok("1000000"));
        check("1.5k", Ok("1500"));
        check("1e6", Ok("1000000"));
        check("2.5e-1", Ok("0.25"));
        check(" 3 M ", Ok("3000000"));
        check("5 million", Ok("5000000"));
    }

    #[test]
    fn what_is_not_a_number_is_refused_with_the_reason() {
        check("", Err("empty"));
        check("NaN", Err("does not start with a number"));
        check("inf", Err("does not start with a number"));
        check("-1", Err("negative"));
        check("1,5", Err("groups of three"));
        check("1.000,5", Err("groups of three"));
        check(".", Err("does not start with a number"));
        check("1.2.3", Err("does not start with a number"));
        check("1e99", Err("larger"));
        check("99999999999999999999999999999999", Err("larger"));
        check("2e15", Err("larger than 10^15"));
        check("3m", Err("capital M"));
        check("3 apples", Err("unknown unit \"apples\""));
    }
}
