//! Numbers and answers of the model as words.

use millicent::scenario::OptionEstimate;
use millicent::units::{Decimal, Usd, grouped};

use super::runs::lines_below;

/// Dollars: cents, or four significant digits of less than a cent.
pub(crate) fn money(amount: Usd) -> String {
    if amount == Usd::ZERO || amount.amount() >= Decimal::new(1, 2) { amount.to_string() } else { digits(amount, 4) }
}

/// Dollars with so many significant digits.
pub(crate) fn digits(amount: Usd, digits: u32) -> String {
    format!("${}", grouped(amount.amount().round_sf(digits).unwrap_or_default()))
}

/// A price with all its digits, and at least two decimals.
pub(crate) fn price(price: Decimal) -> String {
    if price.normalize().scale() < 2 { format!("${price:.2}") } else { format!("${}", grouped(price)) }
}

/// A share as a percentage with one decimal.
pub(crate) fn percent(share: Decimal) -> String {
    format!("{}%", (share * Decimal::ONE_HUNDRED).round_dp(1).normalize())
}

/// How many times larger, in whole numbers.
pub(crate) fn times(larger: Decimal, smaller: Decimal) -> String {
    grouped((larger / smaller).round_dp(0))
}

/// The lines of a bill below a meter, as sums: "500,000 GB-seconds × $0.0000166667 = $8.33".
pub(crate) fn product(option: &OptionEstimate, meter: &str) -> String {
    let lines = lines_below(option, meter)
        .map(|line| format!("{} {}s × {} = {}", grouped(line.quantity), line.meter.unit(), price(line.price), money(line.cost)));
    lines.collect::<Vec<_>>().join(" + ")
}

/// A number of requests, whole.
pub(crate) fn whole(count: Decimal) -> String {
    grouped(count.round_dp(0))
}

/// With a capital letter at the start and a full stop at the end.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
