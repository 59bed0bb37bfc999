//! Sizes as CSV: one row for each alternative.

use std::io::{self, Write};

use super::{fleet, function};
use crate::capacity::Waiting;
use crate::sizing::{FleetSizing, FunctionSizing, OptionSizing, Provisioning, Size, Sizing};
use crate::units::{Decimal, Usd};

/// An alternative; what it does not have is empty.
#[derive(Default)]
struct Row {
    kind: &'static str,
    choice: String,
    count: String,
    monthly_usd: String,
    change_usd: String,
    share_waiting: String,
    share_on_demand: String,
    utilization: String,
    cold_starts_per_day: String,
    avoided_per_month: String,
    p99_ms: String,
}

/// Writes a header and a row for each alternative of each workload; dollars have every digit. Costs of provisioned concurrency
/// are those of compute alone.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_sizing_csv(sizing: &Sizing, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record([
        "option",
        "workload",
        "kind",
        "choice",
        "count",
        "monthly_usd",
        "change_usd",
        "share_waiting",
        "share_on_demand",
        "utilization",
        "cold_starts_per_day",
        "avoided_per_month",
        "p99_ms",
    ])?;
    for option in &sizing.options {
        for placed in &option.placed {
            let rows = match &placed.size {
                Size::Function(size) => function_rows(option, size),
                Size::Fleet(size) => fleet_rows(option, size),
                Size::Unknown => Vec::new(),
            };
            for row in rows {
                writer.write_record(record(&option.name, &placed.workload, row))?;
            }
        }
    }
    writer.flush()
}

fn record(option: &str, workload: &str, row: Row) -> [String; 13] {
    [
        option.to_owned(),
        workload.to_owned(),
        row.kind.to_owned(),
        row.choice,
        row.count,
        row.monthly_usd,
        row.change_usd,
        row.share_waiting,
        row.share_on_demand,
        row.utilization,
        row.cold_starts_per_day,
        row.avoided_per_month,
        row.p99_ms,
    ]
}

fn number(value: Decimal) -> String {
    value.normalize().to_string()
}

fn usd(cost: Option<Usd>) -> String {
    cost.map_or_else(String::new, |cost| number(cost.amount()))
}

fn milliseconds(span: crate::units::TimeSpan) -> String {
    number(span.milliseconds())
}

fn fleet_rows(option: &OptionSizing, size: &FleetSizing) -> Vec<Row> {
    let row = |choice: String, capacity: &crate::capacity::Capacity, waiting: Option<&Waiting>, cost: Option<Usd>| Row {
        kind: "fleet",
        choice,
        count: number(capacity.instances),
        monthly_usd: usd(cost),
        utilization: number(capacity.utilization),
        share_waiting: waiting.map_or_else(String::new, |waiting| waiting.probability.to_string()),
        p99_ms: waiting.map_or_else(String::new, |waiting| milliseconds(waiting.p99_response)),
        ..Row::default()
    };
    let asked = row("as asked for".to_owned(), &size.capacity, size.waiting.as_ref(), option.cost());
    let others = size.alternatives.iter().map(|alternative| {
        row(fleet::rule(alternative.rule), &alternative.capacity, alternative.waiting.as_ref(), alternative.cost)
    });
    [asked].into_iter().chain(others).collect()
}

fn function_rows(option: &OptionSizing, size: &FunctionSizing) -> Vec<Row> {
    let p99 = |cold: &crate::cold_start::ColdStarts| {
        cold.latencies.as_ref().map_or_else(String::new, |latencies| milliseconds(latencies.all.p99))
    };
    let mut rows = vec![Row {
        kind: "function",
        choice: "as asked for".to_owned(),
        count: size.concurrency_p999.to_string(),
        monthly_usd: usd(option.cost()),
        cold_starts_per_day: size.cold.as_ref().map_or_else(String::new, |cold| cold.day.per_day.sum().to_string()),
        p99_ms: size.cold.as_ref().map_or_else(String::new, |cold| p99(&cold.day)),
        ..Row::default()
    }];
    for priced in size.cold.iter().flat_map(|cold| &cold.mitigations) {
        rows.push(Row {
            kind: "mitigation",
            choice: function::mitigation(&priced.mitigation),
            change_usd: usd(priced.change),
            cold_starts_per_day: priced.left.per_day.sum().to_string(),
            avoided_per_month: priced.avoided_per_month.to_string(),
            p99_ms: p99(&priced.left),
            ..Row::default()
        });
    }
    rows.extend(size.provisioning.iter().flat_map(provisioned_rows));
    rows
}

fn provisioned_rows(plan: &Provisioning) -> Vec<Row> {
    let row = |choice: &str, count: String, cost: Usd, spilled: f64, utilization: f64| Row {
        kind: "provisioned",
        choice: choice.to_owned(),
        count,
        monthly_usd: usd(Some(cost)),
        change_usd: usd(Some(cost - plan.on_demand())),
        share_on_demand: spilled.to_string(),
        utilization: utilization.to_string(),
        ..Row::default()
    };
    let mut rows: Vec<Row> = plan
        .levels
        .levels
        .iter()
        .map(|level| row("level", level.units.to_string(), level.cost, level.spilled, level.utilization))
        .collect();
    rows.extend(
        plan.schedule().map(|schedule| row("schedule", String::new(), schedule.cost, schedule.spilled, schedule.utilization)),
    );
    rows.extend(plan.tracking.iter().map(|tracking| {
        let tracked = &tracking.tracked;
        row("target tracking", String::new(), tracked.cost, tracked.spilled, tracked.utilization)
    }));
    rows
}
