//! The result of a run: what is shown, exported and applied.

use std::collections::BTreeMap;
use std::time::Duration;

use super::action::FunctionState;
use super::advice::notes;
use super::history::History;
use super::invocation::{Invocation, Label};
use super::money::{Rates, mean_milliseconds};
use super::outlook::Hints;
use super::recommend::{Curves, Recommendation, Strategy, recommend};
use super::run::Infeasible;
use super::summary::{Averaging, SizeSummary, summarize};
use super::tuner::Ended;
use crate::bill::{BillError, bill};
use crate::fit::Point;
use crate::note::Note;
use crate::platform::{Architecture, InvocationMeters, LAMBDA_INCLUDED_STORAGE};
use crate::price_book::PriceBook;
use crate::stats::Estimate;
use crate::units::{DataSize, Decimal, MemoryMb, Usd};
use crate::usage::{Region, Usage};

/// How a run is evaluated.
#[derive(Debug, Clone)]
pub struct Evaluation<'p> {
    /// How calls are averaged.
    pub averaging: Averaging,
    /// What is best.
    pub strategy: Strategy,
    /// Requests a month in production, where they are known.
    pub requests_per_month: Option<Decimal>,
    /// Another run whose curve has the same shape.
    pub alike: Vec<Point>,
    /// The prices.
    pub prices: &'p PriceBook,
    /// Where the function is.
    pub region: Region,
}

/// The result of a run.
#[derive(Debug, Clone)]
pub struct TuneResult {
    /// The function, as its owner calls it.
    pub function: String,
    /// Its processor.
    pub architecture: Architecture,
    /// Where it is.
    pub region: Region,
    /// How long it may run.
    pub timeout: Duration,
    /// The size that production has now.
    pub current: MemoryMb,
    /// The sizes that were measured and work, ascending.
    pub sizes: Vec<SizeSummary>,
    /// The sizes that do not, and why.
    pub infeasible: BTreeMap<MemoryMb, Infeasible>,
    /// The curves through the measured sizes.
    pub curves: Option<Curves>,
    /// What is best.
    pub strategy: Strategy,
    /// The size to choose; none when none works.
    pub recommendation: Option<Recommendation>,
    /// Requests a month in production, where they are known.
    pub requests_per_month: Option<Decimal>,
    /// What a month costs at each measured size, tier by tier; empty when the requests are not known.
    pub monthly: BTreeMap<MemoryMb, Usd>,
    /// The share of cold starts that is part of the cost.
    pub averaging: Averaging,
    /// The mean INIT of all cold calls.
    pub init_ms: Option<f64>,
    /// What production reported before the run, at its current size.
    pub history: Option<History>,
    /// What the prices are dated.
    pub prices_as_of: Option<String>,
    /// What the run charged.
    pub rates: Rates,
    /// How the run ended.
    pub ended: Ended,
    /// What to know beside the numbers.
    pub notes: Vec<Note>,
}

/// Why a run has no result.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ResultError {
    /// It ended before anything was known.
    #[error("the run ended before the function was known")]
    Nothing,
    /// A price is missing.
    #[error(transparent)]
    Bill(#[from] Box<BillError>),
}

impl TuneResult {
    /// Evaluates a run. `function` is what its owner calls it.
    ///
    /// # Errors
    /// When the run ended before the function was known, or a month cannot be priced.
    pub fn of(ended: Ended, function: String, evaluation: Evaluation<'_>) -> Result<Self, ResultError> {
        let (Some(state), Some(rates), Some(current)) = (&ended.function, ended.rates, ended.current) else {
            return Err(ResultError::Nothing);
        };
        let (architecture, timeout) = (state.architecture, state.timeout);
        let Evaluation { averaging, strategy, requests_per_month, alike, prices, region } = evaluation;
        let mut sizes = summarize(&ended.invocations, &ended.infeasible, &rates, &averaging);
        let hints = Hints { history: ended.history.clone(), alike };
        let curves = Curves::through(&sizes, &ended.choices, &hints, averaging.seed).ok();
        if let Some(curves) = &curves {
            curves.narrow(&rates, &mut sizes);
        }
        let recommendation = curves.as_ref().and_then(|curves| recommend(&sizes, curves, &rates, &strategy));
        let mut monthly = BTreeMap::new();
        for size in requests_per_month.iter().flat_map(|_| &sizes) {
            let requests = requests_per_month.unwrap_or_default();
            monthly.insert(size.memory, month(size, requests, state, &region, prices)?);
        }
        let mut result = Self {
            function,
            architecture,
            region,
            timeout,
            current,
            sizes,
            infeasible: ended.infeasible.clone(),
            curves,
            strategy,
            recommendation,
            requests_per_month,
            monthly,
            averaging,
            init_ms: mean_init(&ended.invocations),
            history: ended.history.clone(),
            prices_as_of: prices.as_of().map(str::to_owned),
            rates,
            ended,
            notes: Vec::new(),
        };
        result.notes = notes(&result);
        Ok(result)
    }

    /// A measured size.
    #[must_use]
    pub fn size(&self, memory: MemoryMb) -> Option<&SizeSummary> {
        self.sizes.iter().find(|size| size.memory == memory)
    }

    /// The recommended size.
    #[must_use]
    pub fn chosen(&self) -> Option<&SizeSummary> {
        self.size(self.recommendation.as_ref()?.memory)
    }

    /// Cost for a million requests and mean duration at the current size: measured, or predicted by the curves, which the flag
    /// says.
    #[must_use]
    pub fn at_current(&self) -> Option<(Estimate, Estimate, bool)> {
        if let Some(size) = self.size(self.current) {
            return Some((size.cost_per_million_usd, size.duration_ms, true));
        }
        // Beyond the measured sizes a curve is a guess, and a size that fails costs nothing that could be compared.
        let within = self.sizes.first()?.memory <= self.current && self.current <= self.sizes.last()?.memory;
        let curves = self.curves.as_ref().filter(|_| within && !self.infeasible.contains_key(&self.current))?;
        let outlook = &curves.outlook;
        Some((outlook.predicted_cost(&self.rates, self.current), outlook.draws.predict(self.current), false))
    }

    /// Calls with this label.
    #[must_use]
    pub fn count(&self, label: Label) -> usize {
        self.ended.invocations.iter().filter(|invocation| invocation.label == label).count()
    }
}

fn mean_init(invocations: &[Invocation]) -> Option<f64> {
    let inits: Vec<f64> = invocations.iter().filter_map(|invocation| invocation.report.as_ref()?.init_ms).collect();
    (!inits.is_empty()).then(|| inits.iter().sum::<f64>() / inits.len() as f64)
}

/// A month at a size, through the same bill as every other number of this program: tiers and all.
fn month(
    size: &SizeSummary,
    requests: Decimal,
    function: &FunctionState,
    region: &Region,
    prices: &PriceBook,
) -> Result<Usd, Box<BillError>> {
    let meters = InvocationMeters::of(function.architecture);
    let seconds = mean_milliseconds(size.charged_ms) / Decimal::ONE_THOUSAND;
    let gb_seconds = |size: DataSize| seconds.checked_mul(size.gigabytes()).and_then(|each| each.checked_mul(requests));
    let storage = function.ephemeral_storage.data_size().beyond(LAMBDA_INCLUDED_STORAGE);
    let too_large = || Box::new(BillError::TooLarge { meter: meters.duration.id().to_owned() });
    let mut usage = Usage::default();
    usage.add(region, meters.requests, requests).map_err(|_| too_large())?;
    for (meter, charged) in [(meters.duration, size.memory.data_size()), (meters.ephemeral_storage, storage)] {
        let quantity = gb_seconds(charged).ok_or_else(too_large)?;
        if !quantity.is_zero() {
            usage.add(region, meter, quantity).map_err(|_| too_large())?;
        }
    }
    Ok(bill(&usage, prices, false)?.total())
}
