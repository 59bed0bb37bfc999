//! A replay as JSON: a contract, described by the schema beside this file.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::words::bill_of;
use crate::replay::{Executed, Interval, Recorder, Stretch};
use crate::report::json::{BasisJson, BillJson};
use crate::simulate::{Run, Simulated, Simulation};

/// The JSON schema of a replay.
pub const SIMULATE_SCHEMA: &str = include_str!("simulate.schema.json");

/// The version of the contract; raised when a key changes its meaning or goes away.
const SCHEMA: &str = "millicent/simulate/1";

/// The shares of calls whose latency is told.
const SHARES: [(&str, f64); 5] = [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99), ("p99_9", 0.999)];

#[derive(Serialize)]
struct SimulationJson<'s> {
    schema: &'static str,
    #[serde(flatten)]
    basis: BasisJson<'s>,
    traffic: &'s str,
    seed: u64,
    designs: Vec<DesignJson<'s>>,
}

#[derive(Serialize)]
struct DesignJson<'s> {
    name: &'s str,
    platform: &'s str,
    reasons: Vec<String>,
    replays: Vec<RunJson<'s>>,
    #[serde(flatten)]
    bill: BillJson<'s>,
}

#[derive(Serialize)]
struct RunJson<'s> {
    workload: &'s str,
    horizon_s: f64,
    functions: usize,
    further_replays: usize,
    calls: u64,
    throttled: u64,
    timed_out: u64,
    spilled: u64,
    cold: u64,
    cold_share: Option<IntervalJson>,
    throttled_share: Option<IntervalJson>,
    spilled_share: Option<IntervalJson>,
    latency_s: BTreeMap<&'static str, Option<IntervalJson>>,
    mean_concurrency: f64,
    peak_concurrency: u64,
    mean_environments: f64,
    peak_environments: u64,
    mean_provisioned_units: f64,
    peak_provisioned_units: u64,
    mean_instances: f64,
    peak_instances: u64,
    on_demand: ExecutedJson,
    provisioned: ExecutedJson,
    pings: ExecutedJson,
    instances: InstancesJson,
    stretch_s: f64,
    stretches: Vec<StretchJson>,
}

#[derive(Serialize)]
struct IntervalJson {
    point: f64,
    low: f64,
    high: f64,
}

#[derive(Serialize)]
struct ExecutedJson {
    calls: u64,
    handler_ms: u64,
    init_ms: u64,
    started: u64,
}

/// Instances are paid for by their time, so of their calls only the number matters.
#[derive(Serialize)]
struct InstancesJson {
    calls: u64,
}

#[derive(Serialize)]
struct StretchJson {
    calls: u64,
    cold: u64,
    throttled: u64,
    spilled: u64,
    mean_concurrency: f64,
    peak_concurrency: u64,
    peak_waiting: u64,
    peak_environments: u64,
    peak_provisioned_units: u64,
    peak_instances: u64,
    p99_s: Option<f64>,
}

/// A bucket of latencies is a percent wide. Sums of doubles depend on the order, and so on the number of threads, in their
/// last digits: these say nothing.
fn rounded(value: f64) -> f64 {
    const DIGITS: i32 = 6;
    if value == 0.0 {
        return value;
    }
    let scale = 10.0_f64.powi(DIGITS - 1 - value.abs().log10().floor() as i32);
    (value * scale).round() / scale
}

impl From<Interval> for IntervalJson {
    fn from(interval: Interval) -> Self {
        Self { point: interval.point, low: interval.low, high: interval.high }
    }
}

impl From<Executed> for ExecutedJson {
    fn from(executed: Executed) -> Self {
        let Executed { calls, handler_ms, init_ms, started } = executed;
        Self { calls, handler_ms, init_ms, started }
    }
}

/// Writes the replay; with `explain`, the steps of each bill.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_simulation_json(simulation: &Simulation, explain: bool, out: &mut dyn Write) -> io::Result<()> {
    let json = SimulationJson {
        schema: SCHEMA,
        basis: BasisJson::of(&simulation.basis),
        traffic: &simulation.traffic,
        seed: simulation.seed,
        designs: simulation.designs.iter().map(|design| design_json(design, explain)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &json)?;
    writeln!(out)
}

fn design_json(design: &Simulated, explain: bool) -> DesignJson<'_> {
    DesignJson {
        name: &design.name,
        platform: &design.platform,
        reasons: design.reasons.iter().map(|reason| reason.refusal.to_string()).collect(),
        replays: design.runs.iter().map(run_json).collect(),
        bill: BillJson::of(bill_of(design), explain),
    }
}

fn run_json(run: &Run) -> RunJson<'_> {
    let (totals, recorder) = (&run.totals, &run.recorder);
    let mean = |seconds: f64| seconds / run.horizon_s;
    RunJson {
        workload: &run.workload,
        horizon_s: run.horizon_s,
        functions: run.functions,
        further_replays: recorder.further().len(),
        calls: totals.arrived,
        throttled: totals.throttled,
        timed_out: totals.timed_out,
        spilled: totals.spilled,
        cold: totals.cold(),
        cold_share: recorder.cold_share().map(IntervalJson::from),
        throttled_share: recorder.throttled_share().map(IntervalJson::from),
        spilled_share: recorder.spilled_share().map(IntervalJson::from),
        latency_s: latencies(recorder),
        mean_concurrency: mean(totals.busy_s),
        peak_concurrency: totals.peak_busy,
        mean_environments: mean(totals.alive_s),
        peak_environments: totals.peak_alive,
        mean_provisioned_units: mean(totals.provisioned_s),
        peak_provisioned_units: totals.peak_provisioned,
        mean_instances: mean(totals.instance_s),
        peak_instances: totals.peak_instances,
        on_demand: totals.on_demand.into(),
        provisioned: totals.provisioned.into(),
        pings: totals.pings.into(),
        instances: InstancesJson { calls: totals.instances.calls },
        stretch_s: recorder.stretch_s(),
        stretches: recorder.stretches().iter().map(|stretch| stretch_json(stretch, recorder.stretch_s())).collect(),
    }
}

fn latencies(recorder: &Recorder) -> BTreeMap<&'static str, Option<IntervalJson>> {
    let told = |interval: Interval| IntervalJson {
        point: rounded(interval.point),
        low: rounded(interval.low),
        high: rounded(interval.high),
    };
    SHARES.iter().map(|(name, share)| (*name, recorder.latency(*share).map(told))).collect()
}

fn stretch_json(stretch: &Stretch, stretch_s: f64) -> StretchJson {
    StretchJson {
        calls: stretch.arrived,
        cold: stretch.cold,
        throttled: stretch.throttled,
        spilled: stretch.spilled,
        mean_concurrency: rounded(stretch.busy_s / stretch_s),
        // A base is full where calls spill, so in a mixed design the two peaks fall together.
        peak_concurrency: stretch.peak_busy + stretch.peak_on_instances,
        peak_waiting: stretch.peak_waiting,
        peak_environments: stretch.peak_ready,
        peak_provisioned_units: stretch.peak_units,
        peak_instances: stretch.peak_instances,
        p99_s: stretch.latencies().quantile(0.99).map(rounded),
    }
}
