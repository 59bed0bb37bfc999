//! A distribution as CSV: one row for each option.

use std::io::{self, Write};

use crate::uncertainty::{OptionOutlook, Uncertainty};
use crate::units::Decimal;

/// Writes a header and one row for each option, the likeliest to be the cheapest first; costs have every digit.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_ranges_csv(uncertainty: &Uncertainty, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record([
        "option",
        "platform",
        "p10_usd",
        "p50_usd",
        "p90_usd",
        "mean_usd",
        "at_medians_usd",
        "probability_cheapest",
        "probability_falls_short",
        "expected_regret_usd",
    ])?;
    for option in &uncertainty.options {
        writer.write_record(record(option))?;
    }
    writer.flush()
}

fn record(option: &OptionOutlook) -> [String; 10] {
    let number = |value: Option<Decimal>| value.map_or_else(String::new, |value| value.normalize().to_string());
    [
        option.name.clone(),
        option.platform.clone(),
        number(option.cost.map(|cost| cost.p10)),
        number(option.cost.map(|cost| cost.p50)),
        number(option.cost.map(|cost| cost.p90)),
        number(option.cost.map(|cost| cost.mean)),
        number(option.at_medians.map(|cost| cost.amount())),
        option.cheapest.to_string(),
        option.falls_short.to_string(),
        number(option.regret),
    ]
}
