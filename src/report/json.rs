//! JSON: a contract, described by the schema beside this file. Amounts are JSON numbers with every digit.

use std::io::{self, Write};

use rust_decimal::Decimal;
use serde::Serialize;
use serde_json::Number;

use super::explain::formula;
use super::words::{band_code, note_lines};
use crate::bill::Line;
use crate::scenario::{Basis, Estimate, OptionEstimate, WorkloadShare};
use crate::usage::{Region, Step};

/// The JSON schema of an estimate.
pub const ESTIMATE_SCHEMA: &str = include_str!("estimate.schema.json");

/// The version of the contract; raised when a key changes its meaning or goes away.
const SCHEMA: &str = "millicent/estimate/1";

#[derive(Serialize)]
struct EstimateJson<'e> {
    schema: &'static str,
    #[serde(flatten)]
    basis: BasisJson<'e>,
    cheapest: Option<&'e str>,
    options: Vec<OptionJson<'e>>,
}

/// What all options have in common.
#[derive(Serialize)]
pub(super) struct BasisJson<'e> {
    pub(super) title: Option<&'e str>,
    pub(super) price_book: PriceBookJson<'e>,
    pub(super) region: &'e str,
    pub(super) regions: Vec<&'e str>,
    pub(super) month_hours: Number,
    pub(super) free_tier: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    budget_usd: Option<Number>,
}

#[derive(Serialize)]
pub(super) struct PriceBookJson<'e> {
    name: &'e str,
    as_of: Option<&'e str>,
}

impl<'e> BasisJson<'e> {
    pub(super) fn of(basis: &'e Basis) -> Self {
        Self {
            title: basis.title.as_deref(),
            price_book: PriceBookJson { name: &basis.price_book, as_of: basis.price_book_as_of.as_deref() },
            region: basis.regions[0].code(),
            regions: basis.regions.iter().map(Region::code).collect(),
            month_hours: number(basis.month.hours()),
            free_tier: basis.free_tier,
            budget_usd: basis.budget.map(|budget| number(budget.amount())),
        }
    }
}

#[derive(Serialize)]
struct OptionJson<'e> {
    name: &'e str,
    platform: &'e str,
    #[serde(flatten)]
    bill: BillJson<'e>,
}

/// What it costs; nothing where there is no bill.
#[derive(Serialize)]
pub(super) struct BillJson<'e> {
    monthly_usd: Option<Number>,
    invoice_usd: Option<Number>,
    lines: Vec<LineJson<'e>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    workloads: Vec<WorkloadJson<'e>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<Vec<StepJson<'e>>>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct LineJson<'e> {
    item: &'e str,
    meter: &'e str,
    region: &'e str,
    quantity: Number,
    unit: &'static str,
    price_usd: Number,
    cost_usd: Number,
    tier: String,
    source: &'e str,
    as_of: Option<&'e str>,
    confidence: &'static str,
}

#[derive(Serialize)]
struct WorkloadJson<'e> {
    name: &'e str,
    monthly_usd: Number,
    items: Vec<ItemJson<'e>>,
}

#[derive(Serialize)]
struct ItemJson<'e> {
    meter: &'e str,
    region: &'e str,
    quantity: Number,
    cost_usd: Number,
}

#[derive(Serialize)]
struct StepJson<'e> {
    workload: &'e str,
    meter: &'e str,
    what: &'static str,
    formula: String,
    quantity: Number,
}

/// Writes the estimate; with `explain`, each option also lists the steps of its usage.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_json(estimate: &Estimate, explain: bool, out: &mut dyn Write) -> io::Result<()> {
    let json = EstimateJson {
        schema: SCHEMA,
        basis: BasisJson::of(&estimate.basis),
        cheapest: estimate.cheapest().map(|option| option.name.as_str()),
        options: estimate.options.iter().map(|option| option_json(option, explain)).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &json)?;
    writeln!(out)
}

fn option_json(option: &OptionEstimate, explain: bool) -> OptionJson<'_> {
    OptionJson { name: &option.name, platform: &option.platform, bill: BillJson::of(Some(option), explain) }
}

impl<'e> BillJson<'e> {
    pub(super) fn of(option: Option<&'e OptionEstimate>, explain: bool) -> Self {
        let steps = |option: &'e OptionEstimate| option.steps.iter().map(|(workload, step)| step_json(workload, step)).collect();
        Self {
            monthly_usd: option.map(|option| number(option.bill.total().amount())),
            invoice_usd: option.map(|option| number(option.bill.invoice_total().amount())),
            lines: option.into_iter().flat_map(|option| &option.bill.lines).map(line_json).collect(),
            workloads: option.into_iter().flat_map(|option| &option.workloads).map(workload_json).collect(),
            steps: option.filter(|_| explain).map(steps),
            notes: option.map(note_lines).unwrap_or_default(),
        }
    }
}

fn line_json(line: &Line) -> LineJson<'_> {
    LineJson {
        item: line.meter.item(),
        meter: line.meter.id(),
        region: line.region.code(),
        quantity: number(line.quantity),
        unit: line.meter.unit().name(),
        price_usd: number(line.price),
        cost_usd: number(line.cost.amount()),
        tier: band_code(line),
        source: &line.provenance.source,
        as_of: line.provenance.source_date.as_deref(),
        confidence: line.provenance.confidence.name(),
    }
}

fn workload_json(workload: &WorkloadShare) -> WorkloadJson<'_> {
    let items = workload.items.iter().map(|item| ItemJson {
        meter: item.meter.id(),
        region: item.region.code(),
        quantity: number(item.quantity),
        cost_usd: number(item.cost.amount()),
    });
    WorkloadJson { name: &workload.name, monthly_usd: number(workload.cost.amount()), items: items.collect() }
}

fn step_json<'e>(workload: &'e str, step: &'e Step) -> StepJson<'e> {
    StepJson { workload, meter: step.meter.id(), what: step.what, formula: formula(step), quantity: number(step.quantity) }
}

/// A decimal as a JSON number, digit by digit.
pub(super) fn number(value: Decimal) -> Number {
    Number::from_string_unchecked(value.normalize().to_string())
}
