//! Numbers as figures say them.

use crate::units::{Usd, decimal_from_statistic, grouped, significant};

/// A duration with three significant digits: "245 ms", "1.23 s".
pub(super) fn duration(duration_ms: f64) -> String {
    let (value, unit) = if duration_ms < 1000.0 { (duration_ms, "ms") } else { (duration_ms / 1000.0, "s") };
    format!("{} {unit}", three_digits(value))
}

/// Dollars in cents, less than a dollar with three significant digits: "$2.31", "$0.208".
pub(super) fn dollars(dollars: f64) -> String {
    match decimal_from_statistic(dollars, 28) {
        Some(exact) if 1.0 <= dollars => Usd::new(exact).to_string(),
        _ => format!("${}", three_digits(dollars)),
    }
}

/// A month's dollars as on an invoice: in cents, from a thousand on without them: "$0.02", "$8.53", "$12,480".
pub(super) fn monthly(dollars: f64) -> String {
    match decimal_from_statistic(dollars, 0) {
        Some(whole) if 1000.0 <= dollars => format!("${}", grouped(whole)),
        _ => Usd::new(decimal_from_statistic(dollars, 2).unwrap_or_default()).to_string(),
    }
}

/// A whole number: "3,558,743"; below a hundred with three significant digits.
pub(super) fn number(value: f64) -> String {
    match decimal_from_statistic(value, 0) {
        Some(whole) if 100.0 <= value => grouped(whole),
        _ => three_digits(value),
    }
}

/// A share: "43.1%", "60%".
pub(super) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    decimal_from_statistic(percent, 1).map_or_else(String::new, |value| format!("{value}%"))
}

/// Numbers were bounded when the figure was checked, so each is a decimal.
fn three_digits(value: f64) -> String {
    decimal_from_statistic(value, 28).map_or_else(|| value.to_string(), |exact| significant(exact, 3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_carry_three_digits_and_their_unit() {
        assert_eq!(
            [duration(0.8128), duration(245.3), duration(1234.0), duration(900_000.0)],
            ["0.813 ms", "245 ms", "1.23 s", "900 s"]
        );
        assert_eq!(
            [dollars(0.0), dollars(0.20834), dollars(2.305), dollars(12_345.678)],
            ["$0", "$0.208", "$2.31", "$12,345.68"]
        );
    }

    #[test]
    fn small_numbers_keep_their_digits_and_large_ones_their_commas() {
        assert_eq!([monthly(0.0), monthly(8.5333), monthly(12_480.4)], ["$0.00", "$8.53", "$12,480"]);
        assert_eq!([number(3_558_743.2), number(0.601_23), number(12.0)], ["3,558,743", "0.601", "12"]);
        assert_eq!([percent(0.431), percent(0.0053), percent(1.0)], ["43.1%", "0.5%", "100%"]);
    }
}
