//! The comparison as CSV: one row for each option, exact digits.

use std::io::{self, Write};

use super::words::reasons;
use crate::capacity::Capacity;
use crate::compare::{Compared, Comparison};
use crate::units::Decimal;

/// Writes a header and one row for each option, the best first; of several fleets of an option, the cells are joined by "+".
///
/// # Errors
/// When `out` cannot be written.
pub fn write_comparison_csv(comparison: &Comparison, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record([
        "option",
        "platform",
        "verdict",
        "monthly_usd",
        "relative",
        "cost_per_million_usd",
        "instances",
        "instance_hours",
        "mean_utilization",
        "peak_utilization",
        "binding",
        "reasons",
    ])?;
    for option in &comparison.options {
        writer.write_record(record(option))?;
    }
    writer.flush()
}

fn record(option: &Compared) -> [String; 12] {
    let number = |value: Option<Decimal>| value.map_or_else(String::new, |value| value.normalize().to_string());
    let capacities = option.estimate.as_ref().map_or(&[][..], |estimate| &estimate.capacities);
    let each =
        |cell: &dyn Fn(&Capacity) -> String| capacities.iter().map(|(_, capacity)| cell(capacity)).collect::<Vec<_>>().join("+");
    [
        option.name.clone(),
        option.platform.clone(),
        option.verdict.name().to_owned(),
        number(option.total().map(|total| total.amount())),
        number(option.relative.map(|relative| relative.round_dp(6))),
        number(option.cost_per_million.map(|cost| cost.amount().round_dp(6))),
        each(&|capacity| capacity.instances.normalize().to_string()),
        each(&|capacity| capacity.instance_hours.normalize().to_string()),
        each(&|capacity| capacity.mean_utilization.round_dp(6).normalize().to_string()),
        each(&|capacity| capacity.utilization.round_dp(6).normalize().to_string()),
        each(&|capacity| capacity.binding.name().to_owned()),
        reasons(option).join("; "),
    ]
}
