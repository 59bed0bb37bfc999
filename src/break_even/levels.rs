//! What each level of provisioned concurrency of a function costs, and how busy its last unit is.
//!
//! The costs are bills of the scenario with that level, so free allowances, tiers and the time the units are kept are in them.
//! How busy a unit is follows from Erlang's loss formula: of a load a, the k-th unit carries a · (B(k − 1, a) − B(k, a)) when
//! units are taken in their order; that is also the share of the time it is busy. Worked number: of a load of 1 the first unit
//! carries 1 · (1 − 1/2) = 0.5, the second 1 · (1/2 − 1/5) = 0.3.

use super::BreakEvenError;
use super::provisioned::{ProvisionedRule, provisioned_rules};
use crate::price_book::{PriceBook, Quotes};
use crate::queueing::erlang_b;
use crate::scenario::{Basis, Draft, Scenario, ScenarioError};
use crate::settings::{Origin, Section, Value};
use crate::units::{Usd, statistic_from_decimal};
use crate::usage::Region;
use crate::workload::ReadFile;

/// The keys of provisioned units; without units they have no meaning.
const UNITS: &str = "provisioned_concurrency";
const OF_UNITS: [&str; 5] = [UNITS, "provisioned_time", "provisioned_windows", "provisioned_requests", "provisioned_duration"];
/// What makes the load of a level another than the one computed here.
const OF_LOAD: [&str; 2] = ["provisioned_requests", "provisioned_duration"];
/// Levels beyond the one where the last unit is busy for less than this are not looked at.
const LEAST_BUSY: f64 = 0.05;
/// More levels than this are not looked at.
const MOST_LEVELS: usize = 200;

/// The levels of one function.
#[derive(Debug)]
pub struct ProvisionedLevels {
    /// What the bills have in common; its region is that of the function.
    pub basis: Basis,
    /// The option.
    pub option: String,
    /// How busy the first, the second … unit is, from 0 to 1.
    pub utilization: Vec<f64>,
    /// The cost of a month with none, one, two … units.
    pub monthly_cost: Vec<Usd>,
    /// The level that costs least.
    pub level: usize,
    /// From which use on a unit pays, by tier; empty where a savings plan makes the price another.
    pub rules: Vec<ProvisionedRule>,
}

/// A function among the options.
struct Function {
    option: usize,
    name: String,
    region: Region,
    /// Executions in progress on average.
    load: f64,
    /// Units as stated.
    units: usize,
    rules: Vec<ProvisionedRule>,
}

impl ProvisionedLevels {
    /// Of the first option that is a Lambda function, or that has provisioned concurrency where only such are asked for;
    /// nothing where there is none, the scenario has several workloads, the option states what the units serve, or there are
    /// too many levels to look at.
    ///
    /// # Errors
    /// When the scenario cannot be placed or priced.
    pub fn of(
        draft: &Draft,
        only_stated: bool,
        book: &PriceBook,
        read_file: &ReadFile<'_>,
    ) -> Result<Option<Self>, BreakEvenError> {
        let scenario = draft.place(book, read_file)?;
        let Some(function) = function(&scenario, only_stated, book)? else { return Ok(None) };
        let stated = draft.option(function.option).into_iter().chain([&draft.flags.option]);
        if stated.flat_map(Section::keys).any(|(key, _)| OF_LOAD.contains(&key)) {
            return Ok(None);
        }
        let busy = |unit: usize| {
            let lost = |units: usize| erlang_b(units as u64, function.load);
            (function.load * (lost(unit - 1) - lost(unit))).clamp(0.0, 1.0)
        };
        let utilization: Vec<f64> = (1..=MOST_LEVELS)
            .map(busy)
            .enumerate()
            .take_while(|(unit, busy)| *unit < function.units || LEAST_BUSY <= *busy)
            .map(|(_, busy)| busy)
            .collect();
        if utilization.is_empty() || MOST_LEVELS <= utilization.len() {
            return Ok(None);
        }
        let Some(monthly_cost) = costs(draft, function.option, utilization.len(), book, read_file)? else { return Ok(None) };
        let least = monthly_cost.iter().enumerate().min_by_key(|(_, cost)| **cost);
        let level = least.map_or(0, |(level, _)| level);
        let Function { name: option, region, rules, .. } = function;
        let basis = Basis { regions: vec![region], ..scenario.basis(book) };
        Ok(Some(Self { basis, option, utilization, monthly_cost, level, rules }))
    }
}

/// What a month costs with none, one, two … units of an option; nothing where it is refused.
fn costs(
    draft: &Draft,
    option: usize,
    most: usize,
    book: &PriceBook,
    read_file: &ReadFile<'_>,
) -> Result<Option<Vec<Usd>>, BreakEvenError> {
    let (mut quotes, mut costs) = (Quotes::of(book), Vec::new());
    for level in 0..=most {
        let mut draft = draft.clone();
        draft.flags.option.take_named(UNITS);
        draft.change_option(option, |section| provision(section, level));
        if level == 0 {
            OF_UNITS.iter().for_each(|key| drop(draft.flags.option.take_named(key)));
        }
        let scenario = draft.place(book, read_file)?;
        match scenario.estimate_plainly(&scenario.options[option], &mut quotes)? {
            Some(plain) => costs.push(plain.total()),
            None => return Ok(None),
        }
    }
    Ok(Some(costs))
}

/// So many units, or none and nothing about them.
fn provision(section: &mut Section, level: usize) {
    if level == 0 {
        OF_UNITS.iter().for_each(|key| drop(section.take_named(key)));
    } else {
        section.set(UNITS, Value::Text(level.to_string()), Origin::Flag("provisioned".to_owned()));
    }
}

fn function(scenario: &Scenario, only_stated: bool, book: &PriceBook) -> Result<Option<Function>, BreakEvenError> {
    let [_] = scenario.workloads.as_slice() else { return Ok(None) };
    for (option, design) in scenario.options.iter().enumerate().filter(|(_, design)| design.platforms() == "lambda") {
        let (placed, workload) = (&design.placed[0], &scenario.invoked(design)[0]);
        let metered = placed.placement.meter(workload, &placed.region, scenario.month).map_err(ScenarioError::from)?;
        let steps = || metered.steps.iter();
        let kept = steps().find(|step| step.meter.id() == "lambda.provisioned_concurrency.units");
        let units = kept.and_then(|step| usize::try_from(step.factors.first()?.value).ok()).unwrap_or(0);
        let peak = statistic_from_decimal(workload.peak_factor());
        let load = metered.peak_concurrency.map_or(0.0, |at_peak| at_peak / peak);
        if only_stated && units == 0 {
            continue;
        }
        let architecture = if steps().any(|step| step.meter.id().ends_with("arm64")) { "arm64" } else { "x86_64" };
        let planned = steps().any(|step| step.meter.id().contains("savings_plan"));
        let rules = if planned { Vec::new() } else { provisioned_rules(book, &placed.region)? };
        let rules = rules.into_iter().filter(|rule| rule.architecture == architecture).collect();
        return Ok(Some(Function { option, name: design.name.clone(), region: placed.region.clone(), load, units, rules }));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Flags, read_toml};
    use crate::units::Decimal;

    fn levels(rate: &str, option: &str, only_stated: bool) -> Option<ProvisionedLevels> {
        let text = format!(
            "[workload]\nrequests = \"{rate}\"\nduration = \"1s\"\nmemory = \"1GB\"\n[[option]]\nplatform = \"lambda\"\n{option}"
        );
        let (book, no_file) = (PriceBook::bundled(), |name: &str, _: &_| Err(format!("no file {name}")));
        let draft = Draft::read(read_toml("s.toml", &text).unwrap(), Flags::none(), &book, &no_file).unwrap();
        ProvisionedLevels::of(&draft, only_stated, &book, &no_file).unwrap()
    }

    /// The greatest k whose unit is busy for 60 % of the time or more: of a load of 2 the first, which is busy for 2/3; of a
    /// load of 50 all up to the 50th.
    #[test]
    fn the_level_is_the_last_unit_that_pays() {
        for (rate, level, busy) in [("1/s", 0, 0.5), ("2/s", 1, 2.0 / 3.0), ("50/s", 50, 50.0 / 51.0)] {
            let found = levels(rate, "", false).unwrap();
            assert_eq!(found.level, level, "{rate}");
            assert!((found.utilization[0] - busy).abs() < 1e-9, "{rate}: {:?}", found.utilization);
            assert_eq!(found.monthly_cost.len(), found.utilization.len() + 1);
        }
    }

    /// One unit of 1 GB for 730 h at load 2: 2/3 of a unit's time moves from 0.0000166667 to 0.0000097222, and 0.0000041667 are
    /// paid for all of it: 2,628,000 × (0.0000041667 − 2/3 × 0.0000069445) dollars.
    #[test]
    fn a_level_costs_what_the_scenario_with_it_costs() {
        let found = levels("2/s", "provisioned_concurrency = 3", true).unwrap();
        let saved = (found.monthly_cost[0] - found.monthly_cost[1]).amount().round_dp(2);
        assert_eq!(saved, Decimal::new(122, 2));
        assert_eq!(found.rules.len(), 3);
        assert!(3 <= found.utilization.len());
    }

    #[test]
    fn what_has_no_levels_has_no_figure() {
        assert!(levels("2/s", "", true).is_none());
        assert!(levels("2/s", "provisioned_concurrency = 3\nprovisioned_requests = \"1/s\"", true).is_none());
        assert!(levels("5000/s", "", false).is_none());
    }
}
