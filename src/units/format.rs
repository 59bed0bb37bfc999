//! Decimal numbers for people.

use rust_decimal::Decimal;

/// With thousands separated by commas and no needless zeros: "1,000,000", "0.0000166667".
#[must_use]
pub fn grouped(value: Decimal) -> String {
    group(&value.normalize().to_string())
}

/// With thousands separated and exactly `places` decimals.
pub(super) fn with_decimals(value: Decimal, places: usize) -> String {
    group(&format!("{value:.places$}"))
}

/// A number of things, in the singular where there is one: "1 call", "1,200 calls".
#[must_use]
pub fn counted(count: impl Into<Decimal>, thing: &str) -> String {
    let count = count.into();
    let ending = if count == Decimal::ONE { "" } else { "s" };
    format!("{} {thing}{ending}", grouped(count))
}

/// Rounded to `digits` significant digits, grouped: for quantities that carry more digits than a reader needs.
///
/// ```
/// # use millicent::units::{Decimal, significant};
/// assert_eq!(significant("30416.666666666666".parse().unwrap(), 8), "30,416.667");
/// assert_eq!(significant("1000000".parse().unwrap(), 4), "1,000,000");
/// assert_eq!(significant("0.02518".parse().unwrap(), 2), "0.025");
/// ```
#[must_use]
pub fn significant(value: Decimal, digits: u32) -> String {
    let whole = value.trunc().abs();
    let places = if whole.is_zero() {
        // Zeros after the point are no significant digits.
        let zeros = value.fract().to_string().trim_start_matches('-').chars().skip(2).take_while(|digit| *digit == '0').count();
        digits.saturating_add(u32::try_from(zeros).unwrap_or(0))
    } else {
        digits.saturating_sub(u32::try_from(whole.to_string().len()).unwrap_or(u32::MAX))
    };
    grouped(value.round_dp(places.min(28)))
}

fn group(plain: &str) -> String {
    let (sign, unsigned) = plain.strip_prefix('-').map_or(("", plain), |rest| ("-", rest));
    let (whole, fraction) = unsigned.split_once('.').map_or((unsigned, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut text = String::with_capacity(plain.len() + whole.len() / 3);
    text.push_str(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// Two numbers for people, with `places` decimals or as many more as show that they differ.
///
/// ```
/// # use millicent::units::told_apart;
/// let texts = told_apart("0.4000004".parse().unwrap(), "0.4".parse().unwrap(), 2);
/// assert_eq!(texts, ("0.4000004".to_owned(), "0.4".to_owned()));
/// ```
#[must_use]
pub fn told_apart(one: Decimal, other: Decimal, places: u32) -> (String, String) {
    let differ = |places: &u32| one.round_dp(*places) != other.round_dp(*places);
    let places = (places..Decimal::MAX_SCALE).find(differ).unwrap_or(places);
    (grouped(one.round_dp(places).normalize()), grouped(other.round_dp(places).normalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_in_the_singular() {
        let counts = [0_u32, 1, 2, 1200].map(|count| counted(count, "call"));
        assert_eq!(counts, ["0 calls", "1 call", "2 calls", "1,200 calls"]);
    }

    #[test]
    fn thousands_are_grouped() {
        for (value, text) in
            [("0", "0"), ("999", "999"), ("1000", "1,000"), ("-1234567.50", "-1,234,567.5"), ("0.0000002", "0.0000002")]
        {
            assert_eq!(grouped(value.parse().unwrap()), text);
        }
    }
}
