//! Break-even points as JSON: a contract, described by the schema beside this file.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Map, Number, Value};

use super::rows::digits;
use super::words::break_even_notes;
use crate::break_even::{BreakEven, Crossing, MixedBand, Region};
use crate::report::compare::{CapacityJson, capacity_json};
use crate::report::json::{BasisJson, PriceBookJson, number};
use crate::units::Decimal;

/// The JSON schema of break-even points.
pub const BREAK_EVEN_SCHEMA: &str = include_str!("break_even.schema.json");

/// The version of the contract; raised when a key changes its meaning or goes away.
const SCHEMA: &str = "millicent/break-even/1";

#[derive(Serialize)]
struct BreakEvenJson<'b> {
    schema: &'static str,
    title: Option<&'b str>,
    price_book: PriceBookJson<'b>,
    region: &'b str,
    /// Elsewhere `regions`, which are parts of the axis here.
    price_regions: Vec<&'b str>,
    month_hours: Number,
    free_tier: bool,
    over: String,
    unit: &'static str,
    from: Number,
    to: Number,
    between: Vec<&'b str>,
    first: Option<Number>,
    last: Option<Number>,
    crossings: Vec<CrossingJson<'b>>,
    regions: Vec<RegionJson<'b>>,
    mixed_band: Option<MixedBandJson<'b>>,
    capacities: ReferenceJson<'b>,
    left_out: Vec<LeftOutJson<'b>>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct CrossingJson<'b> {
    at: Number,
    unit: &'static str,
    kind: &'static str,
    cheaper_below: Option<&'b str>,
    cheaper_above: Option<&'b str>,
    winner_below: Option<&'b str>,
    winner_above: Option<&'b str>,
    feasible: Map<String, Value>,
}

#[derive(Serialize)]
struct RegionJson<'b> {
    from: Number,
    to: Number,
    winner: Option<&'b str>,
    cheapest: Option<&'b str>,
    feasible: Map<String, Value>,
}

#[derive(Serialize)]
struct MixedBandJson<'b> {
    from: Number,
    to: Number,
    regrets: Vec<RegretJson<'b>>,
}

#[derive(Serialize)]
struct RegretJson<'b> {
    option: &'b str,
    usd: Number,
    at: Number,
}

/// The fleets at one place.
#[derive(Serialize)]
struct ReferenceJson<'b> {
    at: Number,
    options: Vec<FleetJson<'b>>,
}

#[derive(Serialize)]
struct FleetJson<'b> {
    name: &'b str,
    #[serde(flatten)]
    capacity: CapacityJson<'b>,
}

#[derive(Serialize)]
struct LeftOutJson<'b> {
    name: &'b str,
    reason: &'b str,
}

/// Writes the answer.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_break_even_json(answer: &BreakEven, out: &mut dyn Write) -> io::Result<()> {
    let (first, last) = (answer.crossings.first(), answer.crossings.last());
    let basis = BasisJson::of(&answer.reference.basis);
    let json = BreakEvenJson {
        schema: SCHEMA,
        title: basis.title,
        price_book: basis.price_book,
        region: basis.region,
        price_regions: basis.regions,
        month_hours: basis.month_hours,
        free_tier: basis.free_tier,
        over: answer.over.name(),
        unit: answer.over.unit(),
        from: at(answer.interval.from()),
        to: at(answer.interval.to()),
        between: answer.options.iter().map(|option| option.name.as_str()).collect(),
        first: first.map(|crossing| at(crossing.at)),
        last: last.map(|crossing| at(crossing.at)),
        crossings: answer.crossings.iter().map(|crossing| crossing_json(answer, crossing)).collect(),
        regions: answer.regions.iter().map(|region| region_json(answer, region)).collect(),
        mixed_band: answer.mixed.as_ref().map(|band| mixed_json(answer, band)),
        capacities: ReferenceJson { at: at(answer.reference_at), options: fleets(answer) },
        left_out: answer.left_out.iter().map(|(name, reason)| LeftOutJson { name, reason }).collect(),
        notes: break_even_notes(answer),
    };
    serde_json::to_writer_pretty(&mut *out, &json)?;
    writeln!(out)
}

fn crossing_json<'b>(answer: &'b BreakEven, crossing: &Crossing) -> CrossingJson<'b> {
    CrossingJson {
        at: at(crossing.at),
        unit: answer.over.unit(),
        kind: crossing.kind.name(),
        cheaper_below: name(answer, crossing.cheaper_below),
        cheaper_above: name(answer, crossing.cheaper_above),
        winner_below: name(answer, crossing.winner_below),
        winner_above: name(answer, crossing.winner_above),
        feasible: feasible(answer, &crossing.carries),
    }
}

fn region_json<'b>(answer: &'b BreakEven, region: &Region) -> RegionJson<'b> {
    RegionJson {
        from: at(region.from),
        to: at(region.to),
        winner: name(answer, region.winner),
        cheapest: name(answer, region.cheapest),
        feasible: feasible(answer, &region.carries),
    }
}

fn mixed_json<'b>(answer: &'b BreakEven, band: &MixedBand) -> MixedBandJson<'b> {
    let regrets = band.regrets.iter().map(|regret| RegretJson {
        option: &answer.options[regret.option].name,
        usd: number(regret.cost.amount().round_dp(9)),
        at: at(regret.at),
    });
    MixedBandJson { from: at(band.from), to: at(band.to), regrets: regrets.collect() }
}

fn fleets(answer: &BreakEven) -> Vec<FleetJson<'_>> {
    let estimates = answer.reference.options.iter().filter_map(|option| Some((option.name.as_str(), option.estimate.as_ref()?)));
    let fleets = estimates.flat_map(|(name, estimate)| {
        estimate
            .capacities
            .iter()
            .map(move |(workload, capacity)| FleetJson { name, capacity: capacity_json(workload, capacity) })
    });
    fleets.collect()
}

fn name(answer: &BreakEven, option: Option<usize>) -> Option<&str> {
    option.map(|option| answer.options[option].name.as_str())
}

fn feasible(answer: &BreakEven, carries: &[bool]) -> Map<String, Value> {
    answer.options.iter().zip(carries).map(|(option, carries)| (option.name.clone(), Value::Bool(*carries))).collect()
}

fn at(place: Decimal) -> Number {
    number(digits(place))
}
