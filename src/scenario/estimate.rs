//! Scenario × price book → one bill for each option.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::account::Told;
use super::{Design, Scenario, ScenarioError};
use crate::bill::{Attributed, Bill, BillError, Line, LineCost, bill, costs};
use crate::capacity::Capacity;
use crate::cold_start::LAMBDA_CONCURRENCY;
use crate::note::{Note, Refusal};
use crate::price_book::{ANY_REGION, PriceBook, Quotes};
use crate::units::{Month, Usd, decimal_from_statistic, grouped};
use crate::usage::{Region, Step, Usage};
use crate::workload::Workload;

/// What all options of a scenario have in common.
#[derive(Debug, Clone)]
pub struct Basis {
    /// What the scenario is called.
    pub title: Option<String>,
    /// The name of the price book.
    pub price_book: String,
    /// The newest date its prices were checked against; none when undated.
    pub price_book_as_of: Option<String>,
    /// The regions of the options, each once; never empty.
    pub regions: Vec<Region>,
    /// The billing month.
    pub month: Month,
    /// Whether the account's free allowances were applied.
    pub free_tier: bool,
    /// What a month may cost, where a limit was stated.
    pub budget: Option<Usd>,
}

impl Basis {
    /// Whether a bill exceeds the budget, as invoices count.
    #[must_use]
    pub fn is_exceeded_by(&self, bill: &Bill) -> bool {
        self.budget.is_some_and(|budget| budget < bill.invoice_total())
    }
}

/// What every option of a scenario costs.
#[derive(Debug)]
pub struct Estimate {
    /// What they have in common.
    pub basis: Basis,
    /// The options, in the order of the scenario.
    pub options: Vec<OptionEstimate>,
}

/// An option as far as it can be judged: why it cannot run the workloads, and what it costs.
#[derive(Debug)]
pub struct Assessed {
    /// Its name.
    pub name: String,
    /// Its platform, or all of them joined by "+".
    pub platform: String,
    /// Why a platform refuses a workload, or its fleet falls short; empty when it carries everything.
    pub reasons: Vec<Reason>,
    /// Its bill; nothing where a platform refuses, an error where a price is missing.
    pub priced: Option<Result<OptionEstimate, ScenarioError>>,
}

/// What an option costs and whether it carries the workloads, without a word of explanation.
#[derive(Debug)]
pub struct PlainEstimate {
    /// The lines of the bill of the account.
    pub lines: Vec<LineCost>,
    /// How many instances carry each workload, where its platform has instances.
    pub capacities: Vec<Capacity>,
}

impl PlainEstimate {
    /// What it costs: the exact sum of the lines.
    #[must_use]
    pub fn total(&self) -> Usd {
        self.lines.iter().map(|line| line.cost).sum()
    }

    /// Whether every fleet carries its load.
    #[must_use]
    pub fn carries(&self) -> bool {
        self.capacities.iter().all(|capacity| capacity.shortfalls.is_empty())
    }
}

/// Why an option cannot carry a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The workload.
    pub workload: String,
    /// What is asked, and the limit.
    pub refusal: Refusal,
}

/// What one option costs.
#[derive(Debug)]
pub struct OptionEstimate {
    /// Its name.
    pub name: String,
    /// Its platform, or all of them joined by "+".
    pub platform: String,
    /// The bill of the account: the workloads' usage pooled, as the provider pools it.
    pub bill: Bill,
    /// How many instances carry each workload, where its platform has instances.
    pub capacities: Vec<(String, Capacity)>,
    /// Where the usage comes from, by workload.
    pub steps: Vec<(String, Step)>,
    /// Assumptions and doubts, each with the workload it is about when not all share it.
    pub notes: Vec<(Option<String>, Note)>,
    /// What each workload costs; empty when there is only one.
    pub workloads: Vec<WorkloadShare>,
}

/// A workload's share of a pooled bill.
#[derive(Debug)]
pub struct WorkloadShare {
    /// The workload.
    pub name: String,
    /// What it costs.
    pub cost: Usd,
    /// By meter.
    pub items: Vec<Attributed>,
}

impl Estimate {
    /// The option with the lowest exact total; the first of equals.
    #[must_use]
    pub fn cheapest(&self) -> Option<&OptionEstimate> {
        self.options.iter().min_by_key(|option| option.bill.total())
    }
}

impl Scenario {
    /// Estimates every option with the prices of `book`.
    ///
    /// # Errors
    /// When a platform refuses a workload, or a price is missing.
    pub fn estimate(&self, book: &PriceBook) -> Result<Estimate, ScenarioError> {
        for option in &self.options {
            self.check_limits(option)?;
        }
        let options = self.options.iter().map(|option| self.estimate_option(option, book)).collect::<Result<_, _>>()?;
        Ok(Estimate { basis: self.basis(book), options })
    }

    /// Judges every option: one that cannot run the workloads, or has no price, does not keep the others from an answer.
    #[must_use]
    pub fn assess(&self, book: &PriceBook) -> Vec<Assessed> {
        self.options.iter().map(|option| self.assess_option(option, book)).collect()
    }

    /// What one option costs; nothing where a platform refuses a workload. `quotes` are the prices that were asked for before,
    /// best of the same option.
    ///
    /// # Errors
    /// When a price is missing or a quantity is too large.
    pub fn estimate_plainly(&self, option: &Design, quotes: &mut Quotes<'_>) -> Result<Option<PlainEstimate>, ScenarioError> {
        let invoked = self.invoked(option);
        let mut placed = invoked.iter().zip(&option.placed);
        if placed.any(|(workload, placed)| !placed.placement.refusals(workload, self.month).is_empty()) {
            return Ok(None);
        }
        let account = self.account(option, &invoked, self.month, None)?;
        let lines = priced(option, costs(&account.pooled, quotes, self.free_tier))?;
        Ok(Some(PlainEstimate { lines, capacities: account.capacities }))
    }

    /// What all options have in common.
    #[must_use]
    pub fn basis(&self, book: &PriceBook) -> Basis {
        let mut regions = self.regions.clone();
        for placed in self.options.iter().flat_map(|option| &option.placed) {
            if !regions.contains(&placed.region) && placed.region.code() != ANY_REGION {
                regions.push(placed.region.clone());
            }
        }
        if regions.is_empty() {
            regions.push(Region::new(ANY_REGION));
        }
        Basis {
            title: self.title.clone(),
            price_book: book.name().to_owned(),
            price_book_as_of: book.as_of().map(str::to_owned),
            regions,
            month: self.month,
            free_tier: self.free_tier,
            budget: self.budget,
        }
    }

    fn assess_option(&self, option: &Design, book: &PriceBook) -> Assessed {
        let mut reasons = Vec::new();
        for (workload, placed) in self.invoked(option).iter().zip(&option.placed) {
            let refusals = placed.placement.refusals(workload, self.month).into_iter();
            reasons.extend(refusals.map(|refusal| Reason { workload: workload.name.clone(), refusal }));
        }
        let priced = reasons.is_empty().then(|| self.estimate_option(option, book));
        if let Some(Ok(estimate)) = &priced {
            for (workload, capacity) in &estimate.capacities {
                let shortfalls = capacity.shortfalls.iter().cloned();
                reasons.extend(shortfalls.map(|refusal| Reason { workload: workload.clone(), refusal }));
            }
        }
        Assessed { name: option.name.clone(), platform: option.platforms(), reasons, priced }
    }

    fn estimate_option(&self, option: &Design, book: &PriceBook) -> Result<OptionEstimate, ScenarioError> {
        let (invoked, mut told) = (self.invoked(option), Told::default());
        let account = self.account(option, &invoked, self.month, Some(&mut told))?;
        let mut bill = priced(option, bill(&account.pooled, book, self.free_tier))?;
        // Lines stand in the order in which the platforms speak of them: requests before duration, the rare things last.
        let place = |line: &Line| told.steps.iter().position(|(_, step)| step.meter == line.meter && step.region == line.region);
        bill.lines.sort_by_key(place);

        let mut notes = told.notes;
        let mut own = self.default_notes(option, &invoked, &account.pooled, &bill)?;
        if !book.unknown().is_empty() {
            own.push(Note::UnknownPrices { prices: book.unknown().to_vec() });
        }
        let all = quota_notes(&told.concurrency).chain(own).chain(std::mem::take(&mut bill.notes));
        notes.extend(all.map(|note| (None, note)));
        let workloads = if told.usages.len() > 1 { attribute(&bill, &told.usages, &account.pooled) } else { Vec::new() };
        Ok(OptionEstimate {
            name: option.name.clone(),
            platform: option.platforms(),
            bill,
            capacities: told.sized.into_iter().zip(account.capacities).collect(),
            steps: told.steps,
            notes: merge_notes(notes, &self.workloads),
            workloads,
        })
    }

    fn check_limits(&self, option: &Design) -> Result<(), ScenarioError> {
        for (workload, placed) in self.invoked(option).iter().zip(&option.placed) {
            let refusals = placed.placement.refusals(workload, self.month);
            if !refusals.is_empty() {
                return Err(ScenarioError::Refused {
                    at: Box::new(placed.at.clone()),
                    option: option.name.clone(),
                    workload: workload.name.clone(),
                    platform: placed.platform.name,
                    reasons: refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
                });
            }
        }
        Ok(())
    }

    /// The scenario's own defaults, where they changed the answer.
    fn default_notes(
        &self,
        option: &Design,
        invoked: &[Cow<'_, Workload>],
        pooled: &Usage,
        bill: &Bill,
    ) -> Result<Vec<Note>, ScenarioError> {
        let mut notes = Vec::new();
        let placed = option.placed.iter().map(|placed| (&placed.region, placed.region_stated));
        let beside = self.beside(option).map(|beside| (&beside.region, beside.region_stated));
        let mut unstated: Vec<&str> =
            placed.chain(beside).filter(|(_, stated)| !stated).map(|(region, _)| region.code()).collect();
        unstated.sort_unstable();
        unstated.dedup();
        if !unstated.is_empty() && bill.lines.iter().any(|line| *line.row.1 != *ANY_REGION) {
            notes.push(Note::default_used("region", unstated.join(", "), "prices differ between regions"));
        }
        // Whether the month's length matters is seen by trying another.
        if !self.month_stated && self.account(option, invoked, Month::LONGEST, None)?.pooled != *pooled {
            notes.push(Note::default_used("month_hours", "730", "what is counted by the hour or second depends on it"));
        }
        if !self.ranged.is_empty() {
            let ranged = self.ranged.join(", ");
            notes.push(Note::assumption(format!(
                "stated as a range, taken at p50 here: {ranged} (`millicent ranges` takes all of it)"
            )));
        }
        Ok(notes)
    }
}

/// Says which option has no bill.
fn priced<T>(option: &Design, bill: Result<T, BillError>) -> Result<T, ScenarioError> {
    bill.map_err(|problem| ScenarioError::Bill { option: option.name.clone(), problem: Box::new(problem) })
}

/// The quota belongs to the account and region, so it is the sum over all functions that may exceed it.
fn quota_notes(concurrency: &BTreeMap<Region, f64>) -> impl Iterator<Item = Note> {
    let exceeded = concurrency.iter().filter(|(_, peak)| f64::from(LAMBDA_CONCURRENCY) < **peak);
    exceeded.map(|(region, peak)| Note::ConcurrencyQuota {
        region: region.code().to_owned(),
        peak: decimal_from_statistic(peak.ceil(), 0).map_or_else(|| peak.to_string(), grouped),
        quota: LAMBDA_CONCURRENCY,
    })
}

fn attribute(bill: &Bill, usages: &[(String, Usage)], pooled: &Usage) -> Vec<WorkloadShare> {
    let shares = usages.iter().map(|(name, usage)| {
        let items = bill.share_of(usage, pooled);
        WorkloadShare { name: name.clone(), cost: items.iter().map(|item| item.cost).sum(), items }
    });
    shares.collect()
}

/// Each note once; without a workload's name when all workloads share it, or there is only one. What is about a neighbor
/// always names it.
fn merge_notes(notes: Vec<(Option<String>, Note)>, workloads: &[Workload]) -> Vec<(Option<String>, Note)> {
    let mut merged: Vec<(Option<String>, Note)> = Vec::new();
    for (workload, note) in &notes {
        let is_workload = workload.as_ref().is_none_or(|name| workloads.iter().any(|workload| workload.name == *name));
        let shared = is_workload && notes.iter().filter(|(_, other)| other == note).count() >= workloads.len();
        let entry = (workload.clone().filter(|_| !shared), note.clone());
        if !merged.contains(&entry) {
            merged.push(entry);
        }
    }
    merged
}
