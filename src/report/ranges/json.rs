//! A distribution as JSON: a contract, described by the schema beside this file.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Number;

use crate::report::json::{BasisJson, number};
use crate::uncertainty::{BreakEvenBand, OptionOutlook, Quantiles, Swing, Uncertainty, VolumeBand};
use crate::units::{Decimal, Usd};

/// The JSON schema of a distribution.
pub const RANGES_SCHEMA: &str = include_str!("ranges.schema.json");

/// The version of the contract; raised when a key changes its meaning or goes away.
const SCHEMA: &str = "millicent/ranges/1";

#[derive(Serialize)]
struct RangesJson<'u> {
    schema: &'static str,
    #[serde(flatten)]
    basis: BasisJson<'u>,
    draws: usize,
    seed: u64,
    correlation: f64,
    likeliest: Option<&'u str>,
    probability_nobody: f64,
    options: Vec<OptionJson<'u>>,
    left_out: Vec<LeftOutJson<'u>>,
    inputs: Vec<InputJson<'u>>,
    break_even: Option<BreakEvenJson<'u>>,
    by_requests: Vec<VolumeJson>,
}

#[derive(Serialize)]
struct OptionJson<'u> {
    name: &'u str,
    platform: &'u str,
    monthly_usd: Option<QuantilesJson>,
    monthly_usd_at_medians: Option<Number>,
    probability_cheapest: f64,
    probability_falls_short: f64,
    expected_regret_usd: Option<Number>,
}

#[derive(Serialize)]
struct QuantilesJson {
    p10: Number,
    p50: Number,
    p90: Number,
    mean: Number,
}

#[derive(Serialize)]
struct LeftOutJson<'u> {
    name: &'u str,
    reason: &'u str,
}

#[derive(Serialize)]
struct InputJson<'u> {
    name: &'u str,
    unit: &'static str,
    p10: Number,
    p50: Number,
    p90: Number,
    cost_usd: EndsJson,
    difference_usd: EndsJson,
    elasticity: Option<f64>,
}

#[derive(Serialize)]
struct EndsJson {
    at_p10: Option<Number>,
    at_p90: Option<Number>,
}

#[derive(Serialize)]
struct BreakEvenJson<'u> {
    between: [&'u str; 2],
    requests: Option<QuantilesJson>,
    draws: usize,
    crossed: usize,
    from: Number,
    to: Number,
}

#[derive(Serialize)]
struct VolumeJson {
    from: Number,
    to: Number,
    probability_cheapest: Vec<f64>,
}

/// Writes the distribution.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_ranges_json(uncertainty: &Uncertainty, out: &mut dyn Write) -> io::Result<()> {
    let left_out = uncertainty.left_out.iter().map(|(name, reason)| LeftOutJson { name, reason });
    let json = RangesJson {
        schema: SCHEMA,
        basis: BasisJson::of(&uncertainty.basis),
        draws: uncertainty.sampling.draws,
        seed: uncertainty.sampling.seed,
        correlation: uncertainty.correlation,
        likeliest: uncertainty.likeliest().map(|option| option.name.as_str()),
        probability_nobody: uncertainty.nobody,
        options: uncertainty.options.iter().map(option_json).collect(),
        left_out: left_out.collect(),
        inputs: uncertainty.tornado.iter().map(|swing| input_json(uncertainty, swing)).collect(),
        break_even: uncertainty.break_even.as_ref().and_then(|band| break_even_json(uncertainty, band)),
        by_requests: uncertainty.by_requests.iter().map(volume_json).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &json)?;
    writeln!(out)
}

fn option_json(option: &OptionOutlook) -> OptionJson<'_> {
    OptionJson {
        name: &option.name,
        platform: &option.platform,
        monthly_usd: option.cost.as_ref().map(quantiles_json),
        monthly_usd_at_medians: option.at_medians.map(usd),
        probability_cheapest: option.cheapest,
        probability_falls_short: option.falls_short,
        expected_regret_usd: option.regret.map(number),
    }
}

fn quantiles_json(quantiles: &Quantiles) -> QuantilesJson {
    let [p10, p50, p90, mean] = [quantiles.p10, quantiles.p50, quantiles.p90, quantiles.mean].map(plain);
    QuantilesJson { p10, p50, p90, mean }
}

fn input_json<'u>(uncertainty: &'u Uncertainty, swing: &Swing) -> InputJson<'u> {
    let input = &uncertainty.inputs[swing.input];
    let [p10, p50, p90] = input.values.map(plain);
    let ends = |[low, high]: [Option<Usd>; 2]| EndsJson { at_p10: low.map(usd), at_p90: high.map(usd) };
    InputJson {
        name: &input.ranged.name,
        unit: input.ranged.unit(),
        p10,
        p50,
        p90,
        cost_usd: ends(swing.cost),
        difference_usd: ends(swing.difference),
        elasticity: swing.elasticity,
    }
}

fn break_even_json<'u>(uncertainty: &'u Uncertainty, band: &BreakEvenBand) -> Option<BreakEvenJson<'u>> {
    Some(BreakEvenJson {
        between: [&uncertainty.options.first()?.name, &uncertainty.options.get(1)?.name],
        requests: band.requests.as_ref().map(quantiles_json),
        draws: band.draws,
        crossed: band.crossed,
        from: plain(band.within.0),
        to: plain(band.within.1),
    })
}

fn volume_json(band: &VolumeBand) -> VolumeJson {
    VolumeJson { from: plain(band.from), to: plain(band.to), probability_cheapest: band.cheapest.clone() }
}

fn usd(cost: Usd) -> Number {
    number(cost.amount())
}

fn plain(value: Decimal) -> Number {
    number(value.normalize())
}
