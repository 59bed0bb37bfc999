//! Every option in every draw.

use std::collections::BTreeSet;

use super::evaluate::{Evaluator, Outcome, cheapest};
use super::{OptionOutlook, Quantiles, UncertaintyError, mean_of};
use crate::units::{Decimal, Usd};

/// All options in all draws.
pub(super) struct Sampled {
    pub(super) outcomes: Vec<Vec<Outcome>>,
    /// The cheapest option that carries the load and its cost, draw by draw.
    pub(super) winners: Vec<Option<(usize, Usd)>>,
    pub(super) requests: Vec<Decimal>,
}

/// So many draws show whether an option has steps.
const SHOWING: usize = 64;
/// So few draws are evaluated one by one.
const FEW: usize = 8;

impl Sampled {
    pub(super) fn of(evaluator: &mut Evaluator<'_>, draws: &[Vec<f64>]) -> Result<Self, UncertaintyError> {
        let mut known = Known { outcomes: vec![vec![None; evaluator.count()]; draws.len()], requests: Vec::new() };
        let (showing, rest) = draws.split_at(SHOWING.min(draws.len()));
        showing.iter().try_for_each(|draw| known.evaluate(evaluator, draw))?;
        let loads = evaluator.loads();
        if !loads.is_empty() {
            let mut order: Vec<usize> = (showing.len()..draws.len()).collect();
            known.fill_steps(evaluator, (draws, &loads), &mut order, &known.with_steps());
        }
        rest.iter().try_for_each(|draw| known.evaluate(evaluator, draw))?;
        let outcomes: Vec<Vec<Outcome>> =
            known.outcomes.into_iter().map(|of_all| of_all.into_iter().flatten().collect()).collect();
        let winners = outcomes.iter().map(|outcomes| cheapest(outcomes)).collect();
        Ok(Self { outcomes, winners, requests: known.requests })
    }

    pub(super) fn outlook(&self, place: usize, (name, platform): (String, String), at_medians: Outcome) -> OptionOutlook {
        let draws = self.outcomes.len();
        let own = || self.outcomes.iter().map(|outcomes| outcomes[place]);
        let won = self.winners.iter().flatten().filter(|(winner, _)| *winner == place).count();
        let regrets = own().zip(&self.winners).filter_map(|(outcome, winner)| {
            let (_, least) = (*winner)?;
            Some((outcome.cost.filter(|_| outcome.carries)? - least).amount())
        });
        OptionOutlook {
            name,
            platform,
            at_medians: at_medians.cost,
            cost: Quantiles::of(own().filter_map(|outcome| outcome.cost).map(Usd::amount).collect()),
            cheapest: share(won, draws),
            falls_short: share(own().filter(|outcome| !outcome.carries).count(), draws),
            regret: mean_of(&regrets.collect::<Vec<_>>()),
        }
    }

    /// The winners as places in an order of the options.
    pub(super) fn winners_in(&self, order: &[usize]) -> Vec<Option<usize>> {
        let place_in_order = |place: usize| order.iter().position(|ordered| *ordered == place);
        self.winners.iter().map(|winner| winner.and_then(|(place, _)| place_in_order(place))).collect()
    }
}

/// What is known so far, draw by draw.
struct Known {
    outcomes: Vec<Vec<Option<Outcome>>>,
    requests: Vec<Decimal>,
}

impl Known {
    /// What is not yet known in the next draw.
    fn evaluate(&mut self, evaluator: &mut Evaluator<'_>, deviations: &[f64]) -> Result<(), UncertaintyError> {
        evaluator.scenario_at(deviations)?;
        let draw = self.requests.len();
        self.requests.push(evaluator.requests());
        for (place, outcome) in self.outcomes[draw].iter_mut().enumerate() {
            if outcome.is_none() {
                *outcome = Some(evaluator.outcome(place)?);
            }
        }
        Ok(())
    }

    /// The options that cost the same in several of the draws so far, as a fleet does up to its next instance.
    fn with_steps(&self) -> Vec<usize> {
        let evaluated = self.requests.len();
        let options = self.outcomes.first().map_or(0, Vec::len);
        let different = |place: &usize| {
            let costs = self.outcomes[..evaluated].iter().filter_map(|outcomes| outcomes[*place]?.cost);
            costs.map(Usd::amount).collect::<BTreeSet<_>>().len()
        };
        (0..options).filter(|place| different(place) <= evaluated / 2).collect()
    }

    /// Between two loads of which neither is less than the other in any range, a fleet costs no less than at the first and no more
    /// than at the second. So one that costs the same at both corners of a box of draws costs that in all of them; where it does
    /// not, the box is halved. (What is billed for each request, cold starts among it, may fall with more traffic, but has no
    /// steps.) Only while the option carries the load: where a limit on the p99 is out of reach, no instances are added for it any
    /// more.
    fn fill_steps(
        &mut self,
        evaluator: &mut Evaluator<'_>,
        (draws, loads): (&[Vec<f64>], &[usize]),
        inside: &mut [usize],
        places: &[usize],
    ) {
        if inside.len() <= FEW || places.is_empty() {
            return;
        }
        let corner = |end: fn(f64, f64) -> f64| -> Vec<f64> {
            let first = draws[inside[0]].clone();
            let wider =
                |corner: Vec<f64>, draw: &usize| corner.iter().zip(&draws[*draw]).map(|(one, other)| end(*one, *other)).collect();
            inside.iter().fold(first, wider)
        };
        let (low, high) = (corner(f64::min), corner(f64::max));
        // A corner is no draw: where it cannot be evaluated nothing is known of the box.
        let ends = evaluator.outcomes_of(places, &low).and_then(|low| Ok((low, evaluator.outcomes_of(places, &high)?)));
        let mut open = Vec::new();
        for (index, place) in places.iter().enumerate() {
            match &ends {
                Ok((low, high)) if low[index] == high[index] && low[index].carries => {
                    inside.iter().for_each(|draw| self.outcomes[*draw][*place] = Some(low[index]));
                }
                _ => open.push(*place),
            }
        }
        let width = |load: &usize| high[*load] - low[*load];
        let Some(widest) = loads.iter().copied().max_by(|one, other| width(one).total_cmp(&width(other))) else { return };
        let middle = inside.len() / 2;
        inside.select_nth_unstable_by(middle, |one, other| draws[*one][widest].total_cmp(&draws[*other][widest]));
        let (below, above) = inside.split_at_mut(middle);
        self.fill_steps(evaluator, (draws, loads), below, &open);
        self.fill_steps(evaluator, (draws, loads), above, &open);
    }
}

pub(super) fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::compare::line_up;
    use crate::price_book::PriceBook;
    use crate::scenario::{Draft, Flags, Scenario, read_toml};
    use crate::settings::Origin;
    use crate::uncertainty::draws::normal_draws;

    fn no_file(name: &str, _: &Origin) -> Result<String, String> {
        Err(format!("no file {name}"))
    }

    fn draft(workload: &str, book: &PriceBook) -> Draft {
        let file = read_toml("s.toml", &format!("[workload]\nmemory = \"512MB\"\n{workload}")).unwrap();
        Draft::read(file, Flags { line_up, ..Flags::none() }, book, &no_file).unwrap()
    }

    /// The whole estimate of every option, as people see it: nothing where a platform refuses the work.
    fn estimates(scenario: &Scenario, book: &PriceBook) -> Vec<Outcome> {
        let outcome = |assessed: crate::scenario::Assessed| Outcome {
            carries: assessed.reasons.is_empty(),
            cost: assessed.priced.map(|priced| priced.unwrap().bill.total()),
        };
        scenario.assess(book).into_iter().map(outcome).collect()
    }

    fn digits(outcomes: &[Outcome]) -> Vec<(Option<String>, bool)> {
        outcomes.iter().map(|outcome| (outcome.cost.map(|cost| cost.amount().to_string()), outcome.carries)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// To the last digit, where traffic alone varies and steps of fleets are filled in, and where durations do too.
        #[test]
        fn an_outcome_is_the_estimate_of_the_same_scenario(
            median in 1_u32..50_000_000,
            factor in 2_u32..40,
            milliseconds in 1_u32..4000,
            seed in any::<u64>(),
            durations_vary in any::<bool>(),
        ) {
            let book = PriceBook::bundled();
            let requests = format!("requests = {{ p50 = \"{median}/month\", p90 = \"{}/month\" }}", u64::from(median) * u64::from(factor));
            let duration = if durations_vary {
                format!("duration = {{ mean_p50 = \"{milliseconds}ms\", mean_p90 = \"{}ms\" }}", milliseconds * 2)
            } else {
                format!("duration = \"{milliseconds}ms\"")
            };
            let mut draft = draft(&format!("{requests}\n{duration}\n"), &book);
            let mut evaluator = Evaluator::new(&draft, &book, &no_file).unwrap();
            prop_assert_eq!(evaluator.loads().len(), 1 + usize::from(durations_vary));
            let draws = normal_draws(512, draft.ranges().len(), seed);
            let sampled = Sampled::of(&mut evaluator, &draws).unwrap();
            for (draw, outcomes) in draws.iter().zip(&sampled.outcomes).step_by(37) {
                draft.vary(draw, &no_file).unwrap();
                let scenario = draft.place(&book, &no_file).unwrap();
                prop_assert_eq!(digits(outcomes), digits(&estimates(&scenario, &book)));
            }
        }
    }
}
