//! Over the traffic: where the two best options take turns, and how likely each is to be the cheapest.

use super::draws::{LATTICE, normal_lattice};
use super::evaluate::Evaluator;
use super::{Quantiles, UncertaintyError};
use crate::break_even::{Axis, BreakEven, BreakEvenError, Interval};
use crate::price_book::PriceBook;
use crate::scenario::Draft;
use crate::units::Decimal;
use crate::workload::ReadFile;

/// Where the first crossing of the two best options over the requests may lie.
#[derive(Debug, Clone, PartialEq)]
pub struct BreakEvenBand {
    /// Requests a month at the first crossing, over the draws that have one; nothing where none has.
    pub requests: Option<Quantiles>,
    /// How many draws were looked at: few, because each asks for a whole search, but evenly spread.
    pub draws: usize,
    /// In how many of them the two cross.
    pub crossed: usize,
    /// Between how many requests a month it was searched.
    pub within: (Decimal, Decimal),
}

/// The break-even band between two priced options; nothing where there is no break-even over requests.
pub(super) fn break_even_band(
    evaluator: &mut Evaluator<'_>,
    between: [usize; 2],
    book: &PriceBook,
    read_file: &ReadFile<'_>,
) -> Result<Option<BreakEvenBand>, UncertaintyError> {
    let (from, to) = Axis::Requests.usual_ends();
    let interval = Interval::new(from, to, Axis::Requests.usual_scale())?;
    let options = between.map(|place| evaluator.design(place));
    let draws = draws_beside_traffic(&evaluator.draft);
    let mut crossings = Vec::new();
    for deviations in &draws {
        match BreakEven::first_over_requests(options, &interval, evaluator.draft_at(deviations)?, book, read_file) {
            Ok(first) => crossings.extend(first),
            Err(BreakEvenError::Identical { .. } | BreakEvenError::TooManySteps { .. }) => {}
            Err(BreakEvenError::NotThisScenario { .. }) => return Ok(None),
            Err(problem) => return Err(problem.into()),
        }
    }
    let crossed = crossings.len();
    Ok(Some(BreakEvenBand { requests: Quantiles::of(crossings), draws: draws.len(), crossed, within: (from, to) }))
}

/// Draws of what moves a crossing over the requests. The traffic of the only workload does not, whatever it is correlated with;
/// of several workloads it decides what they have of the whole.
fn draws_beside_traffic(draft: &Draft) -> Vec<Vec<f64>> {
    let ranges = draft.ranges();
    let alone = draft.workloads.len() == 1;
    let moves = |range: &usize| !(ranges[*range].spread.is_constant() || alone && ranges[*range].is_requests());
    let moving: Vec<usize> = (0..ranges.len()).filter(moves).collect();
    let in_place = |point: Vec<f64>| {
        let mut deviations = vec![0.0; ranges.len()];
        moving.iter().zip(point).for_each(|(range, deviation)| deviations[*range] = deviation);
        deviations
    };
    let points = normal_lattice(moving.len());
    points.into_iter().map(in_place).take(if moving.is_empty() { 1 } else { LATTICE }).collect()
}

/// How likely each option is to be the cheapest, among draws of about the same traffic.
#[derive(Debug, Clone, PartialEq)]
pub struct VolumeBand {
    /// The fewest requests a month of these draws.
    pub from: Decimal,
    /// The most.
    pub to: Decimal,
    /// The share of these draws in which each option is the cheapest that carries the load, in the order of the options.
    pub cheapest: Vec<f64>,
}

/// A figure needs no more points, and each should stand on some hundred draws.
const BANDS: usize = 16;

/// Draws by their traffic, in bands of equally many.
pub(super) fn by_requests(requests: &[Decimal], winners: &[Option<usize>], options: usize) -> Vec<VolumeBand> {
    let mut order: Vec<usize> = (0..requests.len()).collect();
    order.sort_by_key(|draw| requests[*draw]);
    let (Some(first), Some(last)) = (order.first(), order.last()) else { return Vec::new() };
    if requests[*first] == requests[*last] {
        return Vec::new();
    }
    let band = |draws: &[usize]| {
        let share =
            |option: usize| draws.iter().filter(|draw| winners[**draw] == Some(option)).count() as f64 / draws.len() as f64;
        VolumeBand { from: requests[draws[0]], to: requests[draws[draws.len() - 1]], cheapest: (0..options).map(share).collect() }
    };
    order.chunks(requests.len().div_ceil(BANDS)).map(band).collect()
}
