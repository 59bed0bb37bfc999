//! A scenario at one draw after another.

use super::UncertaintyError;
use crate::price_book::PriceBook;
use crate::scenario::{Draft, Scenario, ScenarioError};
use crate::units::{Decimal, Usd};
use crate::workload::ReadFile;

/// An option in one draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    /// Its cost; nothing where its platform refuses the work.
    pub(super) cost: Option<Usd>,
    /// Whether it carries the load.
    pub(super) carries: bool,
}

/// The scenario as its ranges are at a place.
pub(super) struct Evaluator<'e> {
    pub(super) draft: Draft,
    scenario: Scenario,
    book: &'e PriceBook,
    read_file: &'e ReadFile<'e>,
    places_anew: bool,
    /// The options that have a price, by their place in the scenario.
    pub(super) priced: Vec<usize>,
    /// The others, and why.
    pub(super) left_out: Vec<(String, String)>,
}

impl<'e> Evaluator<'e> {
    pub(super) fn new(draft: &Draft, book: &'e PriceBook, read_file: &'e ReadFile<'e>) -> Result<Self, UncertaintyError> {
        let draft = draft.clone();
        let scenario = draft.place(book, read_file)?;
        let (mut priced, mut left_out) = (Vec::new(), Vec::new());
        for (index, option) in scenario.options.iter().enumerate() {
            match scenario.estimate_plainly(option, book) {
                Ok(_) => priced.push(index),
                Err(ScenarioError::Bill { option, problem }) => left_out.push((option, problem.to_string())),
                Err(problem) => return Err(problem.into()),
            }
        }
        let places_anew = draft.places_anew();
        Ok(Self { draft, scenario, book, read_file, places_anew, priced, left_out })
    }

    /// The scenario there.
    pub(super) fn scenario_at(&mut self, deviations: &[f64]) -> Result<&Scenario, UncertaintyError> {
        let unusable = |problem: ScenarioError| UncertaintyError::Draw { problem: Box::new(problem) };
        self.draft.vary(deviations, self.read_file).map_err(unusable)?;
        if self.places_anew {
            self.scenario = self.draft.place(self.book, self.read_file).map_err(unusable)?;
        } else {
            self.draft.follow(&mut self.scenario);
        }
        Ok(&self.scenario)
    }

    /// Every priced option there.
    pub(super) fn outcomes(&mut self, deviations: &[f64]) -> Result<Vec<Outcome>, UncertaintyError> {
        let (book, priced) = (self.book, self.priced.clone());
        let scenario = self.scenario_at(deviations)?;
        let outcome = |index: &usize| {
            let plain = scenario.estimate_plainly(&scenario.options[*index], book)?;
            let carries = plain.as_ref().is_some_and(|plain| plain.carries());
            Ok(Outcome { cost: plain.map(|plain| plain.bill.total()), carries })
        };
        priced.iter().map(outcome).collect()
    }

    /// Requests of all workloads in the month, at the place that was evaluated last.
    pub(super) fn requests(&self) -> Decimal {
        let month = self.draft.month();
        self.draft.workloads.iter().map(|workload| workload.requests.per_month(month)).sum()
    }

    /// Name and platform of a priced option.
    pub(super) fn named(&self, place: usize) -> (String, String) {
        let design = &self.scenario.options[self.priced[place]];
        (design.name.clone(), design.platforms())
    }
}

/// The cheapest option that carries the load; the first of equals.
pub(super) fn cheapest(outcomes: &[Outcome]) -> Option<(usize, Usd)> {
    let carrying = outcomes.iter().enumerate().filter(|(_, outcome)| outcome.carries);
    carrying.filter_map(|(place, outcome)| Some((place, outcome.cost?))).min_by_key(|(_, cost)| *cost)
}
