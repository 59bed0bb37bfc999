//! Where does the answer flip? Crossings of cost curves, exactly, and who carries the load on either side.
//!
//! An [`Axis`] says what changes: requests, duration, memory, a price. Every option is a curve along it, affine between the
//! steps of its fleet and the bounds of its tiers; `search` finds all places where another becomes the cheapest, by an equality
//! (a root) or across a step. A [`Region`] names the cheapest option that carries the load; one that falls short is never the
//! winner, and is listed as such.
//!
//! Crossings of two options are those of their costs, whether or not they carry that volume, which each crossing says. Of
//! several options, only those that carry the load compete.
//!
//! Worked number: one t3.medium for $30.368 a month meets 512 MB × 1 s on Lambda, $8.53335 a million, at 30.368 / 8.53335 =
//! 3.558743 million requests a month.
//!
//! Nothing here bisects the difference of two whole curves: it may change its sign more than once.

mod axis;
mod crossings;
mod curves;
mod interval;
mod provisioned;
mod search;

pub use self::axis::Axis;
pub use self::crossings::{Crossing, Kind, MixedBand, Regret, Region};
pub use self::interval::{Interval, Scale};
pub use self::provisioned::{ProvisionedRule, provisioned_rules};
use self::curves::ScenarioCurves;
use self::search::{Among, Search};
use crate::compare::Comparison;
use crate::price_book::{MissingPrice, PriceBook};
use crate::scenario::{Draft, ScenarioError};
use crate::units::Decimal;
use crate::workload::ReadFile;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum BreakEvenError {
    /// The scenario cannot be placed or priced.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// A price is missing.
    #[error(transparent)]
    Missing(#[from] MissingPrice),
    /// No axis of this name.
    #[error("{typed:?} is no axis ({}requests, duration, memory, cpu-fraction, peak-to-mean, utilization, or price: with a service or meter such as price:lambda)", nearest.as_ref().map(|nearest| format!("did you mean {nearest}? ")).unwrap_or_default())]
    UnknownAxis {
        /// What was typed.
        typed: String,
        /// A name near it.
        nearest: Option<String>,
    },
    /// An interval without inside.
    #[error("the interval from {from} to {to} is empty (its end must lie above its start)")]
    EmptyInterval {
        /// Its start.
        from: String,
        /// Its end.
        to: String,
    },
    /// Zero has no logarithm.
    #[error("a logarithmic axis cannot start at zero (start above it, or use a linear scale)")]
    ZeroOnLogarithmicAxis,
    /// The axis does not fit the scenario.
    #[error("{axis} cannot be the axis: {problem}")]
    NotThisScenario {
        /// The axis.
        axis: String,
        /// Why.
        problem: String,
    },
    /// A crossing needs two.
    #[error("{found} of the options {}, a break-even needs two (name more with --platform or [[option]])", if *found == 1 { "has a price" } else { "have a price" })]
    TooFewOptions {
        /// How many there are.
        found: usize,
    },
    /// No option is called so, or several are.
    #[error("{typed:?} names {} of the options (they are called {})", if *matches == 0 { "none".to_owned() } else { matches.to_string() }, known.join("; "))]
    UnknownOption {
        /// What was typed.
        typed: String,
        /// How many it fits.
        matches: usize,
        /// The names.
        known: Vec<String>,
    },
    /// There is nothing to cross.
    #[error("{one} and {other} cost the same from end to end of the axis (compare two that differ)")]
    Identical {
        /// The first.
        one: String,
        /// The second.
        other: String,
    },
    /// No bill has such a line.
    #[error("no option pays for {name:?} (name a service or meter of the options, such as lambda or fargate.vcpu)")]
    NothingPriced {
        /// The service or meter.
        name: String,
    },
    /// The curves cross too often to be listed.
    #[error("the curves have too many steps in this interval: {samples} samples were not enough (choose a narrower one)")]
    TooManySteps {
        /// How many samples were taken.
        samples: usize,
    },
    /// A cost or rate that cannot be held.
    #[error("a cost or rate on this axis is too large to be computed (choose a narrower interval)")]
    TooLarge,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What changes.
    pub over: Axis,
    /// Between which places.
    pub interval: Interval,
    /// The two options, by name or a part of it that fits one alone; all options when there are none.
    pub between: Option<(String, String)>,
}

/// An option along the axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// Its name.
    pub name: String,
    /// Its platform, or all of them joined by "+".
    pub platform: String,
}

/// Where the cheapest option changes.
#[derive(Debug)]
pub struct BreakEven {
    /// What changes.
    pub over: Axis,
    /// Between which places.
    pub interval: Interval,
    /// The options that are compared; everything below names them by their place in this list.
    pub options: Vec<Compared>,
    /// Options that have no price, and why.
    pub left_out: Vec<(String, String)>,
    /// Where another option becomes the cheapest, in order; none = never.
    pub crossings: Vec<Crossing>,
    /// The whole axis: who wins, and who falls short.
    pub regions: Vec<Region>,
    /// From the first crossing to the last, where two options cross more than once.
    pub mixed: Option<MixedBand>,
    /// The scenario at the first crossing, or where there is none at the start of the axis: instances, assumptions.
    pub reference: Comparison,
    /// Where that is.
    pub reference_at: Decimal,
    /// How often an option was priced.
    pub samples: usize,
}

/// So many samples take about a second.
const MOST_SAMPLES: usize = 200_000;
/// Regret is a remark; it may not cost more than the answer.
const MOST_SAMPLES_FOR_REGRET: usize = 20_000;
/// Curves that agree at so many places are taken to be the same.
const PLACES_TO_DIFFER: u32 = 32;

impl BreakEven {
    /// Answers a question about a scenario with the prices of `book`.
    ///
    /// # Errors
    /// When the scenario cannot be placed along the axis, fewer than two options have a price, two options are the same, or
    /// there are too many steps to look at.
    pub fn of(question: &Question, draft: &Draft, book: &PriceBook, read_file: &ReadFile<'_>) -> Result<Self, BreakEvenError> {
        let Question { over, interval, between } = question;
        over.check(draft, interval)?;
        let mut curves = ScenarioCurves::new(over, draft, interval.from(), book, read_file)?;
        let left_out = leave_out_unpriced(&mut curves, over, interval)?;
        if let Some((one, other)) = between {
            curves.options = vec![find(&mut curves, one, interval)?, find(&mut curves, other, interval)?];
        }
        let options = name_options(&mut curves, interval)?;
        let among = if options.len() == 2 { Among::Priced } else { Among::Carrying };
        let search = Search {
            from: interval.from(),
            to: interval.to(),
            scale: interval.scale(),
            among,
            monotone: over.is_monotone(),
            everywhere: false,
            most_samples: MOST_SAMPLES,
        };
        if among == Among::Priced {
            refuse_identical(&mut curves, search, &options)?;
        }
        let found = search.run(&mut curves)?;
        let (crossings, regions) = crossings::read(&found.segments, options.len());
        let mixed = crossings::mixed_band(&crossings, &regions, search, &mut curves, MOST_SAMPLES_FOR_REGRET);
        let reference_at = crossings.first().map_or(interval.from(), |first| first.at);
        let reference = Comparison::of(curves.scenario_at(reference_at)?, book);
        let (over, interval, samples) = (over.clone(), *interval, found.samples);
        Ok(Self { over, interval, options, left_out, crossings, regions, mixed, reference, reference_at, samples })
    }

    /// Whether an option had to be left out for want of a price.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        !self.left_out.is_empty()
    }

    /// Whether any option carries the load anywhere.
    #[must_use]
    pub fn has_winner(&self) -> bool {
        self.regions.iter().any(|region| region.is_carried())
    }
}

/// Takes out the options whose prices are missing, and says which.
fn leave_out_unpriced(
    curves: &mut ScenarioCurves<'_>,
    over: &Axis,
    interval: &Interval,
) -> Result<Vec<(String, String)>, BreakEvenError> {
    let (mut kept, mut left_out, mut followed) = (Vec::new(), Vec::new(), false);
    for option in curves.options.clone() {
        match curves.cost_at(option, interval.to()) {
            Ok(priced) => {
                kept.push(option);
                followed |= priced.is_some_and(|(_, cost)| !cost.amount().is_zero());
            }
            Err(BreakEvenError::Scenario(ScenarioError::Bill { option, problem })) => left_out.push((option, problem.to_string())),
            Err(problem) => return Err(problem),
        }
    }
    if kept.len() < 2 {
        return Err(BreakEvenError::TooFewOptions { found: kept.len() });
    }
    match over {
        Axis::Price(name) if !followed => return Err(BreakEvenError::NothingPriced { name: name.clone() }),
        _ => curves.options = kept,
    }
    Ok(left_out)
}

/// The option of this name, or the only one whose name contains the text.
fn find(curves: &mut ScenarioCurves<'_>, typed: &str, interval: &Interval) -> Result<usize, BreakEvenError> {
    let kept = curves.options.clone();
    let scenario = curves.scenario_at(interval.from())?;
    let name = |option: &usize| scenario.options[*option].name.as_str();
    if let Some(exact) = kept.iter().find(|option| name(option) == typed) {
        return Ok(*exact);
    }
    let part = typed.to_lowercase();
    let fitting: Vec<usize> = kept.iter().copied().filter(|option| name(option).to_lowercase().contains(&part)).collect();
    match fitting.as_slice() {
        [only] => Ok(*only),
        _ => Err(BreakEvenError::UnknownOption {
            typed: typed.to_owned(),
            matches: fitting.len(),
            known: kept.iter().map(|option| name(option).to_owned()).collect(),
        }),
    }
}

fn name_options(curves: &mut ScenarioCurves<'_>, interval: &Interval) -> Result<Vec<Compared>, BreakEvenError> {
    let kept = curves.options.clone();
    let scenario = curves.scenario_at(interval.from())?;
    let compared = |option: &usize| {
        let design = &scenario.options[*option];
        Compared { name: design.name.clone(), platform: design.platforms() }
    };
    Ok(kept.iter().map(compared).collect())
}

/// Two curves that agree everywhere have no crossing, and no region either.
fn refuse_identical(curves: &mut ScenarioCurves<'_>, search: Search, options: &[Compared]) -> Result<(), BreakEvenError> {
    use self::search::Curves as _;
    for place in search.places(PLACES_TO_DIFFER) {
        let (one, other) = (curves.sample(0, place)?, curves.sample(1, place)?);
        if one.cost != other.cost || one.carries != other.carries {
            return Ok(());
        }
    }
    Err(BreakEvenError::Identical { one: options[0].name.clone(), other: options[1].name.clone() })
}
