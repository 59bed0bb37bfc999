//! A scenario as curves: what each option costs at a place of an axis.

use super::search::{Curves, Sample};
use super::{Axis, BreakEvenError};
use crate::price_book::{PriceBook, Quotes};
use crate::scenario::{Draft, Scenario};
use crate::units::{Decimal, Rate, Usd};
use crate::workload::ReadFile;

/// The options of a scenario along an axis.
pub(super) struct ScenarioCurves<'c> {
    axis: &'c Axis,
    book: &'c PriceBook,
    /// The prices that each option asked for.
    quotes: Vec<Quotes<'c>>,
    read_file: &'c ReadFile<'c>,
    /// What changes along the axis.
    draft: Draft,
    scenario: Scenario,
    /// What the options are called where nothing is changed: names that say a size would change with it.
    names: Vec<String>,
    /// The place that `scenario` is at.
    at: Option<Decimal>,
    /// Requests of each workload as a part of all.
    parts: Vec<Decimal>,
    /// The options that are looked at, by their place in the scenario.
    pub(super) options: Vec<usize>,
}

impl<'c> ScenarioCurves<'c> {
    pub(super) fn new(
        axis: &'c Axis,
        draft: &Draft,
        book: &'c PriceBook,
        read_file: &'c ReadFile<'c>,
    ) -> Result<Self, BreakEvenError> {
        let monthly: Vec<Decimal> = draft.workloads.iter().map(|workload| workload.requests.per_month(draft.month())).collect();
        let all: Decimal = monthly.iter().sum();
        let parts = match monthly.as_slice() {
            [_] => vec![Decimal::ONE],
            _ => monthly.iter().map(|part| part.checked_div(all).unwrap_or_default()).collect(),
        };
        let scenario = draft.place(book, read_file)?;
        let names: Vec<String> = scenario.options.iter().map(|option| option.name.clone()).collect();
        let options = (0..names.len()).collect();
        let quotes = vec![Quotes::of(book); names.len()];
        Ok(Self { axis, book, quotes, read_file, draft: draft.clone(), scenario, names, at: None, parts, options })
    }

    /// The scenario as it is there.
    pub(super) fn scenario_at(&mut self, x: Decimal) -> Result<&Scenario, BreakEvenError> {
        self.move_to(x)?;
        Ok(&self.scenario)
    }

    fn move_to(&mut self, x: Decimal) -> Result<(), BreakEvenError> {
        if self.at != Some(x) {
            if self.axis.places_anew() {
                self.axis.set(&mut self.draft, x);
                self.scenario = self.draft.place(self.book, self.read_file)?;
                for (option, name) in self.scenario.options.iter_mut().zip(&self.names) {
                    option.name.clone_from(name);
                }
            } else {
                for (workload, part) in self.scenario.workloads.iter_mut().zip(&self.parts) {
                    let requests = match self.axis {
                        Axis::Requests => x * part,
                        Axis::RequestsOf(name) if workload.name == *name => x,
                        _ => continue,
                    };
                    workload.requests = Rate::in_a_month(requests).ok_or(BreakEvenError::TooLarge)?;
                }
            }
            self.at = Some(x);
        }
        Ok(())
    }

    /// What an option costs there, and how much of that follows a price axis; nothing where it is refused.
    pub(super) fn cost_at(&mut self, option: usize, x: Decimal) -> Result<Option<(Sample, Usd)>, BreakEvenError> {
        let axis = self.axis;
        self.move_to(x)?;
        let (scenario, quotes) = (&self.scenario, &mut self.quotes[option]);
        let Some(plain) = scenario.estimate_plainly(&scenario.options[option], quotes)? else { return Ok(None) };
        let total = plain.total();
        let (cost, followed) = match axis {
            Axis::Price(of) => {
                let lines = plain.lines.iter().filter(|line| is_named(line.meter.id(), of));
                let followed: Usd = lines.map(|line| line.cost).sum();
                let scaled = followed.amount().checked_mul(x).ok_or(BreakEvenError::TooLarge)?;
                ((total - followed).amount().checked_add(scaled).ok_or(BreakEvenError::TooLarge)?, followed)
            }
            _ => (total.amount(), total),
        };
        let fleets = plain.capacities.iter().filter(|capacity| capacity.paid_while_idle);
        let sample = Sample {
            cost: Some(cost),
            carries: plain.carries(),
            lines: plain.lines.len(),
            instance_hours: fleets.map(|fleet| fleet.instance_hours).sum(),
        };
        Ok(Some((sample, followed)))
    }
}

impl Curves for ScenarioCurves<'_> {
    fn count(&self) -> usize {
        self.options.len()
    }

    fn sample(&mut self, option: usize, x: Decimal) -> Result<Sample, BreakEvenError> {
        let refused = Sample { cost: None, carries: false, lines: 0, instance_hours: Decimal::ZERO };
        Ok(self.cost_at(self.options[option], x)?.map_or(refused, |(sample, _)| sample))
    }
}

/// Whether a meter is the one named, or below it: `lambda.duration` names `lambda.duration.arm64`.
fn is_named(meter: &str, name: &str) -> bool {
    meter.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_meter_is_named_by_whole_words() {
        assert!(is_named("lambda.duration.arm64", "lambda.duration") && is_named("lambda.requests.x86_64", "lambda"));
        assert!(!is_named("lambda_edge.requests", "lambda") && !is_named("lambda.duration.arm64", "lambda.dur"));
    }
}
