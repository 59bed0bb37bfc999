//! Over the traffic: where the two best options take turns, and how likely each is to be the cheapest.

use super::evaluate::Evaluator;
use super::{Quantiles, UncertaintyError};
use crate::break_even::{Axis, BreakEven, BreakEvenError, Interval};
use crate::price_book::PriceBook;
use crate::units::Decimal;
use crate::workload::ReadFile;

/// Where the first crossing of the two best options over the requests may lie.
#[derive(Debug, Clone, PartialEq)]
pub struct BreakEvenBand {
    /// Requests a month at the first crossing, over the draws that have one; nothing where none has.
    pub requests: Option<Quantiles>,
    /// How many draws were looked at: the first ones, because each asks for a whole search.
    pub draws: usize,
    /// In how many of them the two cross.
    pub crossed: usize,
    /// Between how many requests a month it was searched.
    pub within: (Decimal, Decimal),
}

/// So many draws give a band to within about a tenth of its width.
const SEARCHED: usize = 64;

/// The break-even band between two priced options; nothing where there is no break-even over requests.
pub(super) fn break_even_band(
    evaluator: &mut Evaluator<'_>,
    draws: &[Vec<f64>],
    between: [usize; 2],
    book: &PriceBook,
    read_file: &ReadFile<'_>,
) -> Result<Option<BreakEvenBand>, UncertaintyError> {
    let (from, to) = Axis::Requests.usual_ends();
    let interval = Interval::new(from, to, Axis::Requests.usual_scale())?;
    let options = between.map(|place| evaluator.design(place));
    // Where traffic alone is uncertain, the crossing is not.
    let only_traffic = evaluator.draft.ranges().iter().all(|ranged| ranged.is_requests() || ranged.spread.is_constant());
    let draws = &draws[..if only_traffic { 1 } else { SEARCHED.min(draws.len()) }];
    let mut crossings = Vec::new();
    for deviations in draws {
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
