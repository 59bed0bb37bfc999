//! The comparison as JSON: a contract, described by the schema beside this file.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Number;

use super::words::reasons;
use crate::capacity::Capacity;
use crate::compare::{Compared, Comparison, Verdict};
use crate::report::json::{BasisJson, BillJson, number};
use crate::units::{Decimal, TimeSpan};

/// The JSON schema of a comparison.
pub const COMPARE_SCHEMA: &str = include_str!("compare.schema.json");

/// The version of the contract; raised when a key changes its meaning or goes away.
const SCHEMA: &str = "millicent/compare/1";

#[derive(Serialize)]
struct ComparisonJson<'c> {
    schema: &'static str,
    #[serde(flatten)]
    basis: BasisJson<'c>,
    requests: Number,
    cheapest: Option<&'c str>,
    why: &'c [String],
    options: Vec<ComparedJson<'c>>,
}

#[derive(Serialize)]
struct ComparedJson<'c> {
    name: &'c str,
    platform: &'c str,
    verdict: &'static str,
    feasible: bool,
    reasons: Vec<String>,
    relative: Option<Number>,
    cost_per_million_usd: Option<Number>,
    /// The fleet, or the busiest of several.
    capacity: Option<CapacityJson<'c>>,
    /// All fleets, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    capacities: Vec<CapacityJson<'c>>,
    #[serde(flatten)]
    bill: BillJson<'c>,
}

#[derive(Serialize)]
pub(in crate::report) struct CapacityJson<'c> {
    workload: &'c str,
    kind: &'static str,
    instances: Number,
    instance_hours: Number,
    requests_per_second_per_instance: Option<Number>,
    binding: &'static str,
    utilization: Number,
    mean_utilization: Number,
    concurrency: Number,
    surplus_vcpu_hours: Number,
    waiting: Option<WaitingJson>,
}

#[derive(Serialize)]
struct WaitingJson {
    probability: f64,
    mean_ms: Number,
    p99_response_ms: Number,
}

/// Writes the comparison; with `explain`, each option also lists the steps of its usage.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_comparison_json(comparison: &Comparison, explain: bool, out: &mut dyn Write) -> io::Result<()> {
    let json = ComparisonJson {
        schema: SCHEMA,
        basis: BasisJson::of(&comparison.basis),
        requests: number(comparison.requests),
        cheapest: comparison.cheapest().map(|option| option.name.as_str()),
        why: &comparison.why,
        options: comparison.options.iter().map(|option| compared_json(option, explain)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &json)?;
    writeln!(out)
}

fn compared_json(option: &Compared, explain: bool) -> ComparedJson<'_> {
    let capacities = option.estimate.as_ref().map_or(&[][..], |estimate| &estimate.capacities);
    let busiest = capacities.iter().max_by_key(|(_, capacity)| capacity.utilization);
    let several = if 1 < capacities.len() { capacities } else { &[] };
    ComparedJson {
        name: &option.name,
        platform: &option.platform,
        verdict: option.verdict.name(),
        feasible: option.verdict == Verdict::Carries,
        reasons: reasons(option),
        relative: option.relative.map(rounded),
        cost_per_million_usd: option.cost_per_million.map(|cost| rounded(cost.amount())),
        capacity: busiest.map(|(workload, capacity)| capacity_json(workload, capacity)),
        capacities: several.iter().map(|(workload, capacity)| capacity_json(workload, capacity)).collect(),
        bill: BillJson::of(option.estimate.as_ref(), explain),
    }
}

pub(in crate::report) fn capacity_json<'c>(workload: &'c str, capacity: &Capacity) -> CapacityJson<'c> {
    CapacityJson {
        workload,
        kind: capacity.noun.one(),
        instances: number(capacity.instances),
        instance_hours: number(capacity.instance_hours),
        requests_per_second_per_instance: capacity.rate_per_instance.map(rounded),
        binding: capacity.binding.name(),
        utilization: rounded(capacity.utilization),
        mean_utilization: rounded(capacity.mean_utilization),
        concurrency: rounded(capacity.concurrency),
        surplus_vcpu_hours: number(capacity.surplus_vcpu_hours),
        waiting: capacity.waiting().map(|waiting| WaitingJson {
            probability: waiting.probability,
            mean_ms: milliseconds(waiting.mean),
            p99_response_ms: milliseconds(waiting.p99_response),
        }),
    }
}

/// A quotient, to as many digits as mean something.
fn rounded(value: Decimal) -> Number {
    number(value.round_dp(9))
}

fn milliseconds(span: TimeSpan) -> Number {
    number(span.milliseconds().round_dp(3))
}
