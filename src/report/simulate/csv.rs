//! A replay as CSV: one row for each workload of each design.

use std::io::{self, Write};

use super::words::bill_of;
use crate::simulate::{Run, Simulated, Simulation};

const COLUMNS: [&str; 17] = [
    "design",
    "platform",
    "workload",
    "horizon_s",
    "calls",
    "cold",
    "cold_share_low",
    "cold_share_high",
    "throttled",
    "spilled",
    "p50_s",
    "p99_s",
    "p99_9_s",
    "peak_concurrency",
    "mean_environments",
    "mean_instances",
    "design_monthly_usd",
];

/// Writes a header and a row for each workload of each design that was replayed.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_simulation_csv(simulation: &Simulation, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(COLUMNS)?;
    for design in &simulation.designs {
        for run in &design.runs {
            writer.write_record(record(design, run))?;
        }
    }
    writer.flush()
}

fn record(design: &Simulated, run: &Run) -> [String; 17] {
    let (totals, cold) = (&run.totals, run.recorder.cold_share());
    let latency = |share: f64| run.recorder.latency(share).map_or_else(String::new, |latency| latency.point.to_string());
    [
        design.name.clone(),
        design.platform.clone(),
        run.workload.clone(),
        run.horizon_s.to_string(),
        totals.arrived.to_string(),
        totals.cold().to_string(),
        cold.map_or_else(String::new, |cold| cold.low.to_string()),
        cold.map_or_else(String::new, |cold| cold.high.to_string()),
        totals.throttled.to_string(),
        totals.spilled.to_string(),
        latency(0.5),
        latency(0.99),
        latency(0.999),
        totals.peak_busy.to_string(),
        (totals.alive_s / run.horizon_s).to_string(),
        (totals.instance_s / run.horizon_s).to_string(),
        bill_of(design).map_or_else(String::new, |estimate| estimate.bill.total().amount().normalize().to_string()),
    ]
}
