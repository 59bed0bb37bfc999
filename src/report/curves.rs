//! Costs along the requests as JSON, for a page that draws them.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Number;

use super::json::number;
use crate::what_if::{Crossing, Curves, Point};

#[derive(Serialize)]
struct CurvesJson<'c> {
    options: &'c [String],
    requests: Vec<Number>,
    /// For each option, its cost at each of the requests; null where it has none.
    monthly_usd: Vec<Vec<Option<Number>>>,
    /// For each option, whether it carries each of the requests.
    feasible: Vec<Vec<bool>>,
    crossings: Vec<CrossingJson>,
}

#[derive(Serialize)]
struct CrossingJson {
    requests: Number,
    /// Places in `options`.
    cheaper_below: Option<usize>,
    cheaper_above: Option<usize>,
    monthly_usd: Option<Number>,
}

/// Writes the curves on one line; costs to nine decimals.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_curves_json(curves: &Curves, out: &mut dyn Write) -> io::Result<()> {
    let costs = |place: usize| curves.points.iter().filter_map(move |point: &Point| point.costs.get(place));
    let cost = |total: Option<crate::units::Usd>| total.map(|total| number(total.amount().round_dp(9)));
    let places = 0..curves.options.len();
    let json = CurvesJson {
        options: &curves.options,
        requests: curves.points.iter().map(|point| number(point.requests)).collect(),
        monthly_usd: places.clone().map(|place| costs(place).map(|found| cost(found.total)).collect()).collect(),
        feasible: places.map(|place| costs(place).map(|found| found.carries).collect()).collect(),
        crossings: curves.crossings.iter().map(crossing_json).collect(),
    };
    serde_json::to_writer(&mut *out, &json)?;
    writeln!(out)
}

fn crossing_json(crossing: &Crossing) -> CrossingJson {
    CrossingJson {
        requests: number(crossing.requests),
        cheaper_below: crossing.below,
        cheaper_above: crossing.above,
        monthly_usd: crossing.total.map(|total| number(total.amount().round_dp(9))),
    }
}
