//! Every option in every draw.

use super::evaluate::{Evaluator, Outcome, cheapest};
use super::{OptionOutlook, Quantiles, UncertaintyError, mean_of};
use crate::units::{Decimal, Usd};

/// All options in all draws.
pub(super) struct Sampled {
    pub(super) outcomes: Vec<Vec<Outcome>>,
    /// The cheapest option that carries the load, draw by draw.
    pub(super) winners: Vec<Option<usize>>,
    pub(super) requests: Vec<Decimal>,
}

impl Sampled {
    pub(super) fn of(evaluator: &mut Evaluator<'_>, draws: &[Vec<f64>]) -> Result<Self, UncertaintyError> {
        let refused = Outcome { cost: None, carries: false };
        let outcomes = vec![vec![refused; evaluator.count()]; draws.len()];
        let mut sampled = Self { outcomes, winners: Vec::new(), requests: vec![Decimal::ZERO; draws.len()] };
        let all: Vec<usize> = (0..evaluator.count()).collect();
        let mut order: Vec<usize> = (0..draws.len()).collect();
        match evaluator.only_traffic() {
            Some(range) => {
                order.sort_by(|one, other| draws[*one][range].total_cmp(&draws[*other][range]));
                for end in [order.first(), order.last()].into_iter().flatten() {
                    sampled.evaluate(evaluator, draws, *end, &all)?;
                }
                sampled.evaluate_between(evaluator, draws, &order, &all)?;
            }
            None => order.iter().try_for_each(|draw| sampled.evaluate(evaluator, draws, *draw, &all))?,
        }
        sampled.winners = sampled.outcomes.iter().map(|outcomes| cheapest(outcomes).map(|(place, _)| place)).collect();
        Ok(sampled)
    }

    /// Some of the options in a draw.
    fn evaluate(
        &mut self,
        evaluator: &mut Evaluator<'_>,
        draws: &[Vec<f64>],
        draw: usize,
        places: &[usize],
    ) -> Result<(), UncertaintyError> {
        evaluator.scenario_at(&draws[draw])?;
        self.requests[draw] = evaluator.requests();
        places.iter().try_for_each(|place| {
            self.outcomes[draw][*place] = evaluator.outcome(*place)?;
            Ok(())
        })
    }

    /// The draws between the first and the last of `order`, in which the traffic rises. A cost never falls with the traffic, so
    /// an option that costs the same at both ends, as a fleet does up to its next step, costs that in all of them.
    fn evaluate_between(
        &mut self,
        evaluator: &mut Evaluator<'_>,
        draws: &[Vec<f64>],
        order: &[usize],
        open: &[usize],
    ) -> Result<(), UncertaintyError> {
        let [first, inner @ .., last] = order else { return Ok(()) };
        let Some(middle) = inner.get(inner.len() / 2) else { return Ok(()) };
        let is_level = |place: &usize| {
            let outcome = self.outcomes[*first][*place];
            outcome.cost.is_some() && outcome == self.outcomes[*last][*place]
        };
        let (level, open): (Vec<usize>, Vec<usize>) = open.iter().partition(|place| is_level(place));
        for (draw, place) in inner.iter().flat_map(|draw| level.iter().map(move |place| (*draw, *place))) {
            self.outcomes[draw][place] = self.outcomes[*first][place];
        }
        self.evaluate(evaluator, draws, *middle, &open)?;
        let split = inner.len() / 2 + 1;
        self.evaluate_between(evaluator, draws, &order[..=split], &open)?;
        self.evaluate_between(evaluator, draws, &order[split..], &open)
    }

    pub(super) fn outlook(&self, place: usize, (name, platform): (String, String), at_medians: Outcome) -> OptionOutlook {
        let draws = self.outcomes.len();
        let own = || self.outcomes.iter().map(|outcomes| outcomes[place]);
        let regrets = self.outcomes.iter().filter_map(|outcomes| {
            let (_, least) = cheapest(outcomes)?;
            Some((outcomes[place].cost.filter(|_| outcomes[place].carries)? - least).amount())
        });
        OptionOutlook {
            name,
            platform,
            at_medians: at_medians.cost,
            cost: Quantiles::of(own().filter_map(|outcome| outcome.cost).map(Usd::amount).collect()),
            cheapest: share(self.winners.iter().filter(|winner| **winner == Some(place)).count(), draws),
            falls_short: share(own().filter(|outcome| !outcome.carries).count(), draws),
            regret: mean_of(&regrets.collect::<Vec<_>>()),
        }
    }

    /// The winners as places in an order of the options.
    pub(super) fn winners_in(&self, order: &[usize]) -> Vec<Option<usize>> {
        let place_in_order = |place: usize| order.iter().position(|ordered| *ordered == place);
        self.winners.iter().map(|winner| winner.and_then(place_in_order)).collect()
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
            deviations in prop::collection::vec((-3.0..3.0, -3.0..3.0).prop_map(|(one, other)| vec![one, other]), 12),
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
            prop_assert_eq!(evaluator.only_traffic().is_some(), !durations_vary);
            let sampled = Sampled::of(&mut evaluator, &deviations).unwrap();
            for (draw, outcomes) in deviations.iter().zip(&sampled.outcomes) {
                draft.vary(draw, &no_file).unwrap();
                let scenario = draft.place(&book, &no_file).unwrap();
                prop_assert_eq!(digits(outcomes), digits(&estimates(&scenario, &book)));
            }
        }
    }
}
