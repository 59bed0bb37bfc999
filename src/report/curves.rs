//! Costs along the requests, and who is the cheapest where, as JSON, for a page that draws them.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Number;

use super::json::number;
use crate::break_even::BreakEvenError;
use crate::units::{Decimal, Usd};
use crate::what_if::{Curves, Point, Region};

#[derive(Serialize)]
struct CurvesJson<'c> {
    options: &'c [String],
    requests: Vec<Number>,
    /// For each option, its cost at each of the requests; null where it has none.
    monthly_usd: Vec<Vec<Option<Number>>>,
    /// For each option, whether it carries each of the requests.
    feasible: Vec<Vec<bool>>,
}

#[derive(Serialize)]
struct RegionsJson {
    /// In order and without holes.
    regions: Vec<RegionJson>,
    /// Why they are not known.
    problem: Option<String>,
}

#[derive(Serialize)]
struct RegionJson {
    from: Number,
    to: Number,
    /// A place among the options of the curves; null where nothing carries the load, or several cost the same.
    winner: Option<usize>,
    /// What it costs where the region starts.
    monthly_usd: Option<Number>,
    carried: bool,
}

/// Writes the curves on one line; costs to nine decimals.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_curves_json(curves: &Curves, out: &mut dyn Write) -> io::Result<()> {
    let costs = |place: usize| curves.points.iter().filter_map(move |point: &Point| point.costs.get(place));
    let places = 0..curves.options.len();
    let json = CurvesJson {
        options: &curves.options,
        requests: curves.points.iter().map(|point| place(point.requests)).collect(),
        monthly_usd: places.clone().map(|place| costs(place).map(|found| found.total.map(dollars)).collect()).collect(),
        feasible: places.map(|place| costs(place).map(|found| found.carries).collect()).collect(),
    };
    serde_json::to_writer(&mut *out, &json)?;
    writeln!(out)
}

/// Writes who is the cheapest where on one line, or why that is not known.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_regions_json(regions: &Result<Vec<Region>, BreakEvenError>, out: &mut dyn Write) -> io::Result<()> {
    let problem = regions.as_ref().err().map(ToString::to_string);
    let json = RegionsJson { regions: regions.iter().flatten().map(region_json).collect(), problem };
    serde_json::to_writer(&mut *out, &json)?;
    writeln!(out)
}

fn region_json(region: &Region) -> RegionJson {
    RegionJson {
        from: place(region.from),
        to: place(region.to),
        winner: region.winner,
        monthly_usd: region.cost.map(dollars),
        carried: region.is_carried,
    }
}

/// As many digits as mean something.
fn place(requests: Decimal) -> Number {
    number(requests.round_dp(9))
}

fn dollars(cost: Usd) -> Number {
    number(cost.amount().round_dp(9))
}
