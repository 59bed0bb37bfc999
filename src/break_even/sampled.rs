//! Cost curves at a number of places, to be drawn.

use super::curves::ScenarioCurves;
use super::search::Search;
use super::{BreakEven, BreakEvenError};
use crate::price_book::PriceBook;
use crate::scenario::Draft;
use crate::units::Decimal;
use crate::workload::ReadFile;

/// What an option costs at a place of the axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampled {
    /// The place.
    pub at: Decimal,
    /// Dollars a month.
    pub cost: Decimal,
    /// Whether it carries the load there.
    pub carries: bool,
}

/// Enough to join the points of a figure by straight lines.
const PLACES: u32 = 256;
/// Just beyond a crossing, so that a step is drawn as one.
const JUST_BEYOND: Decimal = Decimal::from_parts(1_000_001, 0, 0, false, 6);

impl BreakEven {
    /// The cost of each option along the axis: evenly spread places, and both sides of every crossing. Where an option is
    /// refused it has no point.
    ///
    /// # Errors
    /// When the scenario cannot be placed along the axis.
    pub fn curves(&self, draft: &Draft, book: &PriceBook, read_file: &ReadFile<'_>) -> Result<Vec<Vec<Sampled>>, BreakEvenError> {
        let mut curves = ScenarioCurves::new(&self.over, draft, book, read_file)?;
        curves.name_along(&self.interval)?;
        let (from, to) = (self.interval.from(), self.interval.to());
        let mut places = Search::along(&self.interval, 1).places(PLACES);
        places.extend(self.crossings.iter().flat_map(|crossing| [crossing.at, crossing.at * JUST_BEYOND]));
        places.retain(|place| from <= *place && *place <= to);
        places.sort_unstable();
        places.dedup();
        let mut sampled = vec![Vec::with_capacity(places.len()); self.options.len()];
        for at in places {
            let scenario = curves.scenario_at(at)?;
            let names: Vec<String> = scenario.options.iter().map(|option| option.name.clone()).collect();
            for (option, points) in self.options.iter().zip(&mut sampled) {
                let Some(place) = names.iter().position(|name| *name == option.name) else { continue };
                if let Some((sample, _)) = curves.cost_at(place, at)?
                    && let Some(cost) = sample.cost
                {
                    points.push(Sampled { at, cost, carries: sample.carries });
                }
            }
        }
        Ok(sampled)
    }
}
