//! What should this run on? Options side by side: which carry the load, what they cost, why one wins.
//!
//! A [`Comparison`] judges every option of a scenario ([`Scenario::assess`]) and puts them in order: those that carry the load
//! by cost, then those whose fleet falls short, then those whose platform refuses, then those without a price. What cannot
//! carry the load is never the cheapest, and what is left out is said with its reason. The sentences of [`Comparison::why`] are
//! made of the numbers beside them.

mod line_up;
mod why;

pub use self::line_up::line_up;
use crate::price_book::PriceBook;
use crate::scenario::{Assessed, Basis, OptionEstimate, Reason, Scenario, ScenarioError};
use crate::units::{Decimal, Usd};

/// The options of a scenario, the best first.
#[derive(Debug)]
pub struct Comparison {
    /// What they have in common.
    pub basis: Basis,
    /// The options in order.
    pub options: Vec<Compared>,
    /// Requests of all workloads in the month.
    pub requests: Decimal,
    /// Why the cheapest is the cheapest, in sentences.
    pub why: Vec<String>,
}

/// Whether an option can do the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It carries the load.
    Carries,
    /// Its fleet is too small, or too slow.
    FallsShort,
    /// Its platform cannot run a workload.
    Refused,
    /// A price is missing.
    NotPriced,
}

impl Verdict {
    /// For programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Carries => "carries",
            Self::FallsShort => "falls short",
            Self::Refused => "refused",
            Self::NotPriced => "not priced",
        }
    }
}

/// One option beside the others.
#[derive(Debug)]
pub struct Compared {
    /// Its name.
    pub name: String,
    /// Its platform, or all of them joined by "+".
    pub platform: String,
    /// Whether it can do the work.
    pub verdict: Verdict,
    /// Why it cannot, where it cannot.
    pub reasons: Vec<Reason>,
    /// The price that is missing.
    pub missing: Option<String>,
    /// Its bill, where there is one.
    pub estimate: Option<OptionEstimate>,
    /// Its cost as a multiple of the cheapest that carries the load.
    pub relative: Option<Decimal>,
    /// Its cost for a million requests.
    pub cost_per_million: Option<Usd>,
}

impl Comparison {
    /// Compares the options of a scenario with the prices of `book`.
    #[must_use]
    pub fn of(scenario: &Scenario, book: &PriceBook) -> Self {
        let requests = scenario.workloads.iter().map(|workload| workload.requests.per_month(scenario.month)).sum();
        let mut options: Vec<Compared> =
            scenario.assess(book).into_iter().map(|assessed| Compared::of(assessed, requests)).collect();
        options.sort_by_key(|option| (option.verdict, option.total()));
        let cheapest = options.first().filter(|option| option.verdict == Verdict::Carries).and_then(Compared::total);
        for option in &mut options {
            let multiple = |total: Usd| total.share_of(cheapest?).map(|multiple| multiple.normalize());
            option.relative = option.total().and_then(multiple);
        }
        let why = why::why(scenario, &options);
        Self { basis: scenario.basis(book), options, requests, why }
    }

    /// The cheapest option that carries the load.
    #[must_use]
    pub fn cheapest(&self) -> Option<&Compared> {
        self.options.first().filter(|option| option.verdict == Verdict::Carries)
    }

    /// Whether an option had to be left out for want of a price.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.options.iter().any(|option| option.verdict == Verdict::NotPriced)
    }
}

impl Compared {
    fn of(assessed: Assessed, requests: Decimal) -> Self {
        let Assessed { name, platform, reasons, priced } = assessed;
        let (verdict, estimate, missing) = match priced {
            None => (Verdict::Refused, None, None),
            // The option's name stands beside it.
            Some(Err(ScenarioError::Bill { problem, .. })) => (Verdict::NotPriced, None, Some(problem.to_string())),
            Some(Err(problem)) => (Verdict::NotPriced, None, Some(problem.to_string())),
            Some(Ok(estimate)) if reasons.is_empty() => (Verdict::Carries, Some(estimate), None),
            Some(Ok(estimate)) => (Verdict::FallsShort, Some(estimate), None),
        };
        let per_million = |estimate: &OptionEstimate| {
            let millions = requests / Decimal::from(1_000_000);
            (!millions.is_zero()).then(|| Usd::new(estimate.bill.total().amount() / millions))
        };
        let cost_per_million = estimate.as_ref().and_then(per_million);
        Self { name, platform, verdict, reasons, missing, estimate, relative: None, cost_per_million }
    }

    /// The exact cost of the month, where it is known.
    #[must_use]
    pub fn total(&self) -> Option<Usd> {
        self.estimate.as_ref().map(|estimate| estimate.bill.total())
    }
}
