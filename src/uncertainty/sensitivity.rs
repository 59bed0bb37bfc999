//! What matters most: one range at a time from its P10 to its P90, the others at their medians.

use super::UncertaintyError;
use super::evaluate::{Evaluator, Outcome};
use crate::stats::{P90_DEVIATION, standard_normal_quantile};
use crate::units::{Decimal, Usd, statistic_from_decimal};

/// How far one range moves the result.
#[derive(Debug, Clone, PartialEq)]
pub struct Swing {
    /// The range, by its place in the inputs.
    pub input: usize,
    /// What the best option costs with the range at its P10 and at its P90; nothing where it is refused there.
    pub cost: [Option<Usd>; 2],
    /// How much more the second-best costs than the best, at the same places.
    pub difference: [Option<Usd>; 2],
    /// By how many percent the cost of the best option changes when the input changes by one percent, around the median;
    /// nothing across a step, or where the input is zero.
    pub elasticity: Option<f64>,
}

/// The elasticity is measured between these quantiles: near enough for a slope, far enough for the digits that draws keep.
const NEAR: f64 = 0.01;

impl Swing {
    /// How far the cost of the best option moves.
    #[must_use]
    pub fn of_cost(&self) -> Option<Usd> {
        distance(self.cost)
    }

    /// How far the difference between the two best options moves.
    #[must_use]
    pub fn of_difference(&self) -> Option<Usd> {
        distance(self.difference)
    }
}

fn distance([low, high]: [Option<Usd>; 2]) -> Option<Usd> {
    Some(Usd::new((high?.amount() - low?.amount()).abs()))
}

/// The swings, the greatest change of the best option's cost first.
pub(super) fn tornado(
    evaluator: &mut Evaluator<'_>,
    inputs: usize,
    best: usize,
    second: Option<usize>,
) -> Result<Vec<Swing>, UncertaintyError> {
    let mut swings = Vec::new();
    for input in 0..inputs {
        let mut at = |deviation: f64| {
            let mut deviations = vec![0.0; inputs];
            deviations[input] = deviation;
            evaluator.outcomes(&deviations)
        };
        let ends = [at(-P90_DEVIATION)?, at(P90_DEVIATION)?];
        let near = standard_normal_quantile(0.5 + NEAR);
        let around = [at(-near)?, at(near)?];
        let cost = |outcomes: &Vec<Outcome>| outcomes[best].cost;
        let difference = |outcomes: &Vec<Outcome>| Some(outcomes[second?].cost? - outcomes[best].cost?);
        let values = [-near, near].map(|deviation| evaluator.draft.ranges()[input].at(deviation));
        swings.push(Swing {
            input,
            cost: [cost(&ends[0]), cost(&ends[1])],
            difference: [difference(&ends[0]), difference(&ends[1])],
            elasticity: elasticity(values, [cost(&around[0]), cost(&around[1])]),
        });
    }
    swings.sort_by_key(|swing| std::cmp::Reverse(swing.of_cost()));
    Ok(swings)
}

/// ∂ln C / ∂ln x as Δln C / Δln x, to three decimals.
///
/// Worked number: requests on Lambda above the free tier cost in proportion, 1.000.
fn elasticity([low, high]: [Decimal; 2], costs: [Option<Usd>; 2]) -> Option<f64> {
    let logarithm = |value: Decimal| (!value.is_zero()).then(|| statistic_from_decimal(value).ln());
    let [cheap, dear] = costs;
    let of_input = logarithm(high)? - logarithm(low)?;
    let of_cost = logarithm(dear?.amount())? - logarithm(cheap?.amount())?;
    let quotient = of_cost / of_input;
    quotient.is_finite().then(|| (quotient * 1000.0).round() / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_proportion_has_an_elasticity_of_one() {
        let usd = |amount: i64| Some(Usd::new(amount.into()));
        assert_eq!(elasticity([100.into(), 110.into()], [usd(200), usd(220)]), Some(1.0));
        assert_eq!(elasticity([100.into(), 110.into()], [usd(200), usd(200)]), Some(0.0));
        assert_eq!(elasticity([100.into(), 100.into()], [usd(200), usd(220)]), None);
        assert_eq!(elasticity([Decimal::ZERO, 1.into()], [usd(200), usd(220)]), None);
    }
}
