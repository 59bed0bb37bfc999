//! A scenario at one draw after another.

use super::UncertaintyError;
use crate::price_book::{PriceBook, Quotes};
use crate::scenario::{Draft, PlainEstimate, Scenario, ScenarioError};
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

/// An option that has a price.
struct Priced<'e> {
    /// Its place in the scenario.
    design: usize,
    /// What it is called where every range is at its median: names that say a size change with it.
    name: String,
    platforms: String,
    /// The prices that it asked for.
    quotes: Quotes<'e>,
}

/// The scenario as its ranges are at a place.
pub(super) struct Evaluator<'e> {
    pub(super) draft: Draft,
    scenario: Scenario,
    book: &'e PriceBook,
    read_file: &'e ReadFile<'e>,
    priced: Vec<Priced<'e>>,
    /// The others, and why.
    pub(super) left_out: Vec<(String, String)>,
}

impl<'e> Evaluator<'e> {
    pub(super) fn new(draft: &Draft, book: &'e PriceBook, read_file: &'e ReadFile<'e>) -> Result<Self, UncertaintyError> {
        let draft = draft.clone();
        let scenario = draft.place(book, read_file)?;
        let (mut priced, mut left_out) = (Vec::new(), Vec::new());
        for (design, option) in scenario.options.iter().enumerate() {
            let (name, platforms, mut quotes) = (option.name.clone(), option.platforms(), Quotes::of(book));
            match scenario.estimate_plainly(option, &mut quotes) {
                Ok(_) => priced.push(Priced { design, name, platforms, quotes }),
                Err(ScenarioError::Bill { option, problem }) => left_out.push((option, problem.to_string())),
                Err(problem) => return Err(problem.into()),
            }
        }
        if priced.is_empty() {
            let reasons: Vec<String> = left_out.into_iter().map(|(_, reason)| reason).collect();
            return Err(UncertaintyError::NothingPriced { reasons: reasons.join("; ") });
        }
        Ok(Self { draft, scenario, book, read_file, priced, left_out })
    }

    /// What the scenario says there.
    pub(super) fn draft_at(&mut self, deviations: &[f64]) -> Result<&Draft, UncertaintyError> {
        self.draft.vary(deviations, self.read_file).map_err(unusable)?;
        Ok(&self.draft)
    }

    /// The scenario there.
    pub(super) fn scenario_at(&mut self, deviations: &[f64]) -> Result<&Scenario, UncertaintyError> {
        self.draft_at(deviations)?;
        if !self.draft.follow(&mut self.scenario) {
            self.scenario = self.draft.place(self.book, self.read_file).map_err(unusable)?;
        }
        Ok(&self.scenario)
    }

    /// Every priced option there.
    pub(super) fn outcomes(&mut self, deviations: &[f64]) -> Result<Vec<Outcome>, UncertaintyError> {
        let all: Vec<usize> = (0..self.count()).collect();
        self.outcomes_of(&all, deviations)
    }

    /// Some of the priced options there.
    pub(super) fn outcomes_of(&mut self, places: &[usize], deviations: &[f64]) -> Result<Vec<Outcome>, UncertaintyError> {
        self.scenario_at(deviations)?;
        places.iter().map(|place| self.outcome(*place)).collect()
    }

    /// A priced option at the place that was evaluated last.
    pub(super) fn outcome(&mut self, place: usize) -> Result<Outcome, UncertaintyError> {
        let (scenario, priced) = (&self.scenario, &mut self.priced[place]);
        let plain = scenario.estimate_plainly(&scenario.options[priced.design], &mut priced.quotes)?;
        let carries = plain.as_ref().is_some_and(PlainEstimate::carries);
        Ok(Outcome { cost: plain.map(|plain| plain.total()), carries })
    }

    /// The ranges that have a width, where all of them are load; empty where another one is.
    pub(super) fn loads(&self) -> Vec<usize> {
        let ranges = self.draft.ranges();
        let wide = (0..ranges.len()).filter(|range| !ranges[*range].spread.is_constant());
        if wide.clone().all(|range| ranges[range].is_load()) { wide.collect() } else { Vec::new() }
    }

    /// The place of a priced option in the scenario.
    pub(super) fn design(&self, place: usize) -> usize {
        self.priced[place].design
    }

    /// How many options have a price.
    pub(super) fn count(&self) -> usize {
        self.priced.len()
    }

    /// Requests of all workloads in the month, at the place that was evaluated last.
    pub(super) fn requests(&self) -> Decimal {
        let month = self.draft.month();
        self.draft.workloads.iter().map(|workload| workload.requests.per_month(month)).sum()
    }

    /// Name and platform of a priced option.
    pub(super) fn named(&self, place: usize) -> (String, String) {
        let Priced { name, platforms, .. } = &self.priced[place];
        (name.clone(), platforms.clone())
    }
}

fn unusable(problem: ScenarioError) -> UncertaintyError {
    UncertaintyError::Draw { problem: Box::new(problem) }
}

/// The cheapest option that carries the load; the first of equals.
pub(super) fn cheapest(outcomes: &[Outcome]) -> Option<(usize, Usd)> {
    let carrying = outcomes.iter().enumerate().filter(|(_, outcome)| outcome.carries);
    carrying.filter_map(|(place, outcome)| Some((place, outcome.cost?))).min_by_key(|(_, cost)| *cost)
}
