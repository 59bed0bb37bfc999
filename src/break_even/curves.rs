//! A scenario as curves: what each option costs at a place of an axis.

use std::collections::BTreeMap;

use super::axis::TARGET_UTILIZATION;
use super::interval::Interval;
use super::odds::odds_between;
use super::search::{Bounds, Corners, Curves, Sample};
use super::{Axis, BreakEvenError};
use crate::capacity::{Binding, Capacity};
use crate::platform::{ColdOdds, Placement};
use crate::price_book::{PriceBook, Quotes};
use crate::scenario::{Draft, PlainEstimate, Scenario};
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
    /// What the options are called all along the axis.
    pub(super) names: Vec<String>,
    /// The place that `scenario` is at.
    at: Option<Decimal>,
    /// Requests of each workload as a part of all.
    parts: Vec<Decimal>,
    /// What is known of cold starts, by option and place.
    odds: BTreeMap<(usize, Decimal), Vec<Option<ColdOdds>>>,
    /// Which options pay for surplus CPU credits, as far as they were looked at.
    pays_surplus: Vec<bool>,
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
        let (odds, pays_surplus) = (BTreeMap::new(), vec![false; names.len()]);
        let draft = draft.clone();
        Ok(Self { axis, book, quotes, read_file, draft, scenario, names, at: None, parts, odds, pays_surplus, options })
    }

    /// Calls the options what they are called all along an interval: a size that follows the axis is no part of the name.
    pub(super) fn name_along(&mut self, interval: &Interval) -> Result<(), BreakEvenError> {
        if !self.axis.places_anew() {
            return Ok(());
        }
        for place in [interval.from(), interval.to()] {
            self.axis.set(&mut self.draft, place);
            let placed = self.draft.place(self.book, self.read_file)?;
            for (name, option) in self.names.iter_mut().zip(&placed.options) {
                *name = in_common(name, &option.name);
            }
        }
        for index in 1..self.names.len() {
            let (before, name) = (&self.names[..index], &self.names[index]);
            let free = (2..).map(|number| format!("{name} ({number})")).find(|numbered| !before.contains(numbered));
            self.names[index] = free.filter(|_| before.contains(name)).unwrap_or_else(|| name.clone());
        }
        // Whatever place comes next is placed anew.
        self.at = None;
        Ok(())
    }

    /// Whether any fleet is as large as a target utilization makes it.
    pub(super) fn follow_utilization(&mut self, x: Decimal) -> Result<bool, BreakEvenError> {
        for option in self.options.clone() {
            let mut platforms = self.scenario.options[option].placed.iter().map(|placed| placed.platform);
            let has_target = platforms.any(|platform| platform.all_keys().any(|key| key.name == TARGET_UTILIZATION));
            let Some((plain, ..)) = self.priced(option, x, &[])? else { continue };
            let is_fixed = |capacity: &Capacity| capacity.binding == Binding::Fixed;
            if has_target && (plain.capacities.is_empty() || !plain.capacities.iter().all(is_fixed)) {
                return Ok(true);
            }
        }
        Ok(false)
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
        let odds = self.odds_at(option, x)?;
        let Some((plain, cost, followed)) = self.priced(option, x, &odds)? else { return Ok(None) };
        let sheds = self.note_surplus(option, &plain);
        let fleets = plain.capacities.iter().filter(|capacity| capacity.paid_while_idle);
        let sample = Sample {
            cost: Some(cost),
            carries: plain.carries(),
            lines: plain.lines.len(),
            instance_hours: fleets.map(|fleet| fleet.instance_hours).sum(),
            is_steady: !sheds && odds.iter().all(Option::is_none),
        };
        Ok(Some((sample, followed)))
    }

    /// The bill of an option there, its total on this axis, and how much of that follows a price axis.
    fn priced(&mut self, option: usize, x: Decimal, odds: &[Option<ColdOdds>]) -> Result<Option<Priced>, BreakEvenError> {
        self.move_to(x)?;
        let kept = self.take_odds(option, odds);
        let (scenario, quotes) = (&self.scenario, &mut self.quotes[option]);
        let plain = scenario.estimate_plainly(&scenario.options[option], quotes);
        for (placed, placement) in kept {
            self.scenario.options[option].placed[placed].placement = placement;
        }
        let Some(plain) = plain? else { return Ok(None) };
        let total = plain.total();
        let Axis::Price(of) = self.axis else { return Ok(Some((plain, total.amount(), total))) };
        let lines = plain.lines.iter().filter(|line| is_named(line.meter.id(), of));
        let followed: Usd = lines.map(|line| line.cost).sum();
        let scaled = followed.amount().checked_mul(x).ok_or(BreakEvenError::TooLarge)?;
        let cost = (total - followed).amount().checked_add(scaled).ok_or(BreakEvenError::TooLarge)?;
        Ok(Some((plain, cost, followed)))
    }

    /// Puts placements with these odds in, and returns those that were there.
    fn take_odds(&mut self, option: usize, odds: &[Option<ColdOdds>]) -> Vec<(usize, Box<dyn Placement>)> {
        let placed = self.scenario.options[option].placed.iter_mut().zip(odds).enumerate();
        let taken = placed.filter_map(|(index, (placed, odds))| {
            let with_odds = placed.placement.with_cold_odds((*odds)?)?;
            Some((index, std::mem::replace(&mut placed.placement, with_odds)))
        });
        taken.collect()
    }

    /// How many requests start cold there, of each placement that computes it; computed once, since it takes longer than a bill.
    fn odds_at(&mut self, option: usize, x: Decimal) -> Result<Vec<Option<ColdOdds>>, BreakEvenError> {
        if !self.axis.changes_load() {
            return Ok(Vec::new());
        }
        if let Some(known) = self.odds.get(&(option, x)) {
            return Ok(known.clone());
        }
        self.move_to(x)?;
        let (scenario, design) = (&self.scenario, &self.scenario.options[option]);
        let placed = scenario.invoked(design).into_iter().zip(&design.placed);
        let odds: Vec<_> = placed.map(|(workload, placed)| placed.placement.cold_odds(&workload, scenario.month)).collect();
        if odds.iter().any(Option::is_some) {
            self.odds.insert((option, x), odds.clone());
        }
        Ok(odds)
    }

    /// Whether a fleet pays for surplus CPU credits here or did before: where they cost more than the instance that brings
    /// them, the cost falls when it grows.
    fn note_surplus(&mut self, option: usize, plain: &PlainEstimate) -> bool {
        let surplus = plain.capacities.iter().any(|capacity| !capacity.surplus_vcpu_hours.is_zero());
        self.pays_surplus[option] |= surplus && self.axis.changes_load();
        self.pays_surplus[option]
    }

    /// How much a fleet with surplus credits may cost more or less than at the ends of an interval in which it grows.
    ///
    /// Between its steps the cost rises. At a step it falls by what the credits of the new instance cost, less the instance;
    /// since the load carries on to the next step, that much is all it ever lies below where it was. A month of such credits
    /// costs less than the instance on demand, and no discount is above 90 %.
    fn slack(&mut self, option: usize, ends: [Decimal; 2]) -> Result<Decimal, BreakEvenError> {
        let mut fleets = Vec::with_capacity(2);
        for x in ends {
            let odds = self.odds_at(option, x)?;
            let Some((plain, cost, _)) = self.priced(option, x, &odds)? else { return Ok(Decimal::ZERO) };
            let hours: Decimal =
                plain.capacities.iter().filter(|fleet| fleet.paid_while_idle).map(|fleet| fleet.instance_hours).sum();
            fleets.push((cost, hours));
        }
        let [(_, before), (cost, after)] = fleets[..] else { return Ok(Decimal::ZERO) };
        let month = self.scenario.month.hours();
        let an_instance = cost.checked_mul(month).and_then(|cost| cost.checked_div(after.max(before))).unwrap_or(cost);
        Ok(if before == after { Decimal::ZERO } else { MOST_BELOW_ON_DEMAND * an_instance })
    }
}

/// A bill, its total on the axis, and how much of that follows a price axis.
type Priced = (PlainEstimate, Decimal, Usd);

/// What costs a tenth of its price on demand has the largest discount that there is.
const MOST_BELOW_ON_DEMAND: Decimal = Decimal::TEN;

impl Curves for ScenarioCurves<'_> {
    fn count(&self) -> usize {
        self.options.len()
    }

    fn sample(&mut self, option: usize, x: Decimal) -> Result<Sample, BreakEvenError> {
        let refused = Sample { cost: None, carries: false, lines: 0, instance_hours: Decimal::ZERO, is_steady: true };
        Ok(self.cost_at(self.options[option], x)?.map_or(refused, |(sample, _)| sample))
    }

    /// With a fixed share of cold starts a bill rises, or falls, all the way; so with the least share that there may be it is
    /// never more than the true one, and with the greatest never less.
    fn bounds(&mut self, option: usize, ends: [Decimal; 2]) -> Result<Bounds, BreakEvenError> {
        let option = self.options[option];
        let (one, other) = (self.odds_at(option, ends[0])?, self.odds_at(option, ends[1])?);
        let between: Vec<_> = one.iter().zip(&other).map(|(one, other)| Some(odds_between((*one)?, (*other)?))).collect();
        let (mut costs, mut lines) = (Vec::with_capacity(4), Vec::with_capacity(4));
        for x in ends {
            for extreme in [0, 1] {
                let odds: Vec<_> = between.iter().map(|odds| odds.map(|odds| odds[extreme])).collect();
                // Refused only with odds that it need not have: nothing is known.
                let Some((plain, cost, _)) = self.priced(option, x, &odds)? else {
                    return Ok(Bounds { least: Decimal::MIN, greatest: Decimal::MAX, corners: None });
                };
                costs.push(cost);
                lines.push(plain.lines.len());
            }
        }
        let slack = if self.pays_surplus[option] { self.slack(option, ends)? } else { Decimal::ZERO };
        let least = costs.iter().min().map_or(Decimal::MIN, |least| least.saturating_sub(slack));
        let greatest = costs.iter().max().map_or(Decimal::MAX, |greatest| greatest.saturating_add(slack));
        let is_one_piece = slack.is_zero() && lines.iter().all(|count| *count == lines[0]);
        Ok(Bounds { least, greatest, corners: is_one_piece.then_some(Corners { odds: between, costs }) })
    }
}

/// What a name says where nothing of it changes.
const AS_NEEDED: &str = "sized as needed";

/// What two names of an option have in common: a size that differs is left out, with its unit.
///
/// "lambda, 128 MB x86_64" and "lambda, 10 GB x86_64" are "lambda, x86_64, sized as needed".
fn in_common(one: &str, other: &str) -> String {
    if one == other {
        return one.to_owned();
    }
    let theirs: Vec<&str> = other.split([' ', ',']).collect();
    let kept = one.split(", ").filter_map(|part| {
        let (mut kept, mut left_out) = (Vec::new(), false);
        for word in part.split(' ') {
            let is_its_unit = left_out && ["MB", "GB", "vCPU"].contains(&word);
            left_out = !theirs.contains(&word);
            kept.extend((!left_out && !is_its_unit).then_some(word));
        }
        (!kept.is_empty()).then(|| kept.join(" "))
    });
    let kept: Vec<String> = kept.chain([AS_NEEDED.to_owned()]).collect();
    kept.join(", ")
}

/// Whether a meter is the one named, or below it: `lambda.duration` names `lambda.duration.arm64`.
fn is_named(meter: &str, name: &str) -> bool {
    meter.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_that_changes_is_no_part_of_a_name() {
        let named = |one: &str, other: &str| in_common(one, other);
        assert_eq!(named("lambda, 128 MB x86_64", "lambda, 10 GB x86_64"), "lambda, x86_64, sized as needed");
        assert_eq!(named("lambda, 128 MB x86_64", "lambda, 512 MB x86_64"), "lambda, x86_64, sized as needed");
        assert_eq!(
            named("fargate, 0.25 vCPU, 512 MB arm64 (2)", "fargate, 4 vCPU, 8 GB arm64 (2)"),
            "fargate, arm64 (2), sized as needed"
        );
        assert_eq!(named("lambda, x86_64, sized as needed", "lambda, 10 GB x86_64"), "lambda, x86_64, sized as needed");
        assert_eq!(named("the function", "the function"), "the function");
    }

    #[test]
    fn a_meter_is_named_by_whole_words() {
        assert!(is_named("lambda.duration.arm64", "lambda.duration") && is_named("lambda.requests.x86_64", "lambda"));
        assert!(!is_named("lambda_edge.requests", "lambda") && !is_named("lambda.duration.arm64", "lambda.dur"));
    }
}
