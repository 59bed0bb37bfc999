//! The cells of a comparison, for tables and Markdown.

use crate::capacity::Capacity;
use crate::compare::{Compared, Comparison, Verdict};
use crate::units::{Decimal, grouped, significant};

/// What stands above the cells.
pub(super) const HEADER: [&str; 7] = ["option", "a month", "× cheapest", "USD/million", "instances", "busy", "bound by"];

/// Cells for the options that carry the load, the cheapest first.
pub(super) fn rows(comparison: &Comparison) -> Vec<[String; 7]> {
    let carrying = comparison.options.iter().filter(|option| option.verdict == Verdict::Carries);
    carrying.map(row).collect()
}

fn row(option: &Compared) -> [String; 7] {
    let estimate = option.estimate.as_ref();
    let capacities = estimate.map_or(&[][..], |estimate| &estimate.capacities);
    let each = |cell: &dyn Fn(&Capacity) -> String| {
        let cells: Vec<String> = capacities.iter().map(|(_, capacity)| cell(capacity)).collect();
        if cells.is_empty() { "–".to_owned() } else { cells.join(" + ") }
    };
    [
        option.name.clone(),
        estimate.map_or_else(String::new, |estimate| estimate.bill.invoice_total().to_string()),
        option.relative.map_or_else(String::new, multiple),
        option.cost_per_million.map_or_else(String::new, |cost| significant(cost.amount(), 4)),
        each(&|capacity| grouped(capacity.instances.round_dp(2).normalize())),
        each(&|capacity| percent(capacity.mean_utilization)),
        each(&|capacity| capacity.binding.name().to_owned()),
    ]
}

/// "1.00" for the cheapest, "3.6", "120".
fn multiple(multiple: Decimal) -> String {
    if multiple < Decimal::TEN {
        format!("{:.2}", multiple.round_dp(2))
    } else {
        grouped(multiple.round_sf(3).unwrap_or(multiple).normalize())
    }
}

/// A share as whole percent, one digit more below ten.
pub(super) fn percent(share: Decimal) -> String {
    let percent = share * Decimal::ONE_HUNDRED;
    let places = if percent < Decimal::TEN { 1 } else { 0 };
    format!("{}%", percent.round_dp(places).normalize())
}
