//! How much to commit to by the hour under a savings plan.

use std::cmp::Reverse;

use super::{ProvisioningError, check};
use crate::units::{Decimal, Usd, statistic_from_decimal};

/// What a plan could cover, at list prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Eligible {
    /// The share of the list price that the plan saves.
    pub discount: Decimal,
    /// Dollars of each hour.
    pub hourly_usd: Vec<Decimal>,
}

/// A commitment and what it does to the bill, on the average of all hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commitment {
    /// Dollars an hour at the plan's prices, as it is bought.
    pub usd_per_hour: Usd,
    /// Dollars an hour without a plan.
    pub before: Usd,
    /// Dollars an hour with it: the commitment, used or not, and what it does not cover.
    pub after: Usd,
    /// The share of the eligible spend, at list prices, that it covers.
    pub coverage: Decimal,
    /// The share of the commitment that is used.
    pub utilization: Decimal,
}

impl Commitment {
    /// Dollars an hour that are saved.
    #[must_use]
    pub fn saving(&self) -> Usd {
        self.before - self.after
    }
}

/// The commitment with the lowest cost.
///
/// A dollar at list prices that is committed to costs 1 − d in every hour and saves one in the hours that use it: it pays if
/// they are at least 1 − d of all. So for one discount d what is covered is the d-quantile of the hourly spend. With several,
/// each hour covers the highest discount first, as AWS does; what is not used is lost. The cost is convex in the commitment,
/// with its corners where it just covers what an hour has.
///
/// ```
/// # use millicent::provisioning::{Eligible, commit};
/// # use millicent::units::Decimal;
/// // 1, 2, … 100 dollars an hour, 17 %: 17 dollars are covered, which takes 17 × 0.83 = 14.11.
/// let spend = Eligible { discount: Decimal::new(17, 2), hourly_usd: (1..=100).map(Decimal::from).collect() };
/// assert_eq!(commit(&[spend])?.usd_per_hour.amount().to_string(), "14.11");
/// # Ok::<(), millicent::provisioning::ProvisioningError>(())
/// ```
///
/// # Errors
/// When there is no hour, a discount is none, a spend is negative, or they are not of the same hours.
pub fn commit(eligible: &[Eligible]) -> Result<Commitment, ProvisioningError> {
    let hours = checked_hours(eligible)?;
    let mut ordered: Vec<&Eligible> = eligible.iter().collect();
    ordered.sort_by_key(|spend| Reverse(spend.discount));
    let mut corners = vec![Decimal::ZERO];
    for hour in 0..hours {
        let mut needed = Decimal::ZERO;
        for spend in &ordered {
            needed += spend.hourly_usd[hour] * (Decimal::ONE - spend.discount);
            corners.push(needed);
        }
    }
    corners.sort_unstable();
    corners.dedup();
    let (mut low, mut high) = (0, corners.len() - 1);
    while low < high {
        let middle = low + (high - low) / 2;
        if outcome(&ordered, hours, corners[middle]).after <= outcome(&ordered, hours, corners[middle + 1]).after {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(outcome(&ordered, hours, corners[low]))
}

fn checked_hours(eligible: &[Eligible]) -> Result<usize, ProvisioningError> {
    let hours = eligible.first().map_or(0, |spend| spend.hourly_usd.len());
    if hours == 0 {
        return Err(ProvisioningError::Nothing { what: "hour of eligible spend" });
    }
    for spend in eligible {
        let discount = statistic_from_decimal(spend.discount);
        check("discount", discount, (0.0..1.0).contains(&discount), "from 0 to below 1")?;
        let count = spend.hourly_usd.len();
        check("count of hours", count as f64, count == hours, "the same for everything that is eligible")?;
        for usd in &spend.hourly_usd {
            let usd = statistic_from_decimal(*usd);
            check("eligible spend of an hour", usd, (0.0..=1e12).contains(&usd), "from 0 to 10^12 dollars")?;
        }
    }
    Ok(hours)
}

/// What a commitment does, with the highest discount first.
fn outcome(ordered: &[&Eligible], hours: usize, commitment: Decimal) -> Commitment {
    let (mut before, mut covered, mut used) = (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
    for hour in 0..hours {
        let mut left = commitment;
        for spend in ordered {
            let (usd, kept) = (spend.hourly_usd[hour], Decimal::ONE - spend.discount);
            let taken = left.min(usd * kept);
            left -= taken;
            used += taken;
            before += usd;
            // Without a division where all of it is covered, every digit stays.
            covered += if taken == usd * kept { usd } else { taken / kept };
        }
    }
    let hours = Decimal::from(hours);
    let share = |part: Decimal, whole: Decimal| part.checked_div(whole).unwrap_or(Decimal::ZERO);
    Commitment {
        usd_per_hour: Usd::new(commitment),
        before: Usd::new(before / hours),
        after: Usd::new(commitment + (before - covered) / hours),
        coverage: share(covered, before),
        utilization: share(used, commitment * hours),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::x86;
    use super::*;

    fn spend(percent: i64, hourly_usd: &[u32]) -> Eligible {
        Eligible { discount: Decimal::new(percent, 2), hourly_usd: hourly_usd.iter().copied().map(Decimal::from).collect() }
    }

    fn kept(percent: i64) -> Decimal {
        Decimal::new(percent, 2)
    }

    #[test]
    fn what_is_covered_is_the_quantile_of_the_discount() {
        let hours: Vec<u32> = (1..=100).collect();
        for (percent, covered) in [(17, 17), (27, 27), (0, 0)] {
            let commitment = commit(&[spend(percent, &hours)]).unwrap();
            assert_eq!(commitment.usd_per_hour.amount(), Decimal::from(covered) * kept(100 - percent), "{percent}");
        }
    }

    /// 60 dollars in three of four hours, 20 in the fourth; 27 %: 20 are used always, 60 in 75 % of the time, which is more than
    /// 73 %. Committed: 60 × 0.73 = 43.80, of which the fourth hour uses a third.
    #[test]
    fn cost_coverage_and_utilization_are_those_of_the_worked_example() {
        let commitment = commit(&[spend(27, &[60, 60, 20, 60])]).unwrap();
        assert_eq!(commitment.usd_per_hour.to_string(), "$43.80");
        assert_eq!((commitment.before.to_string(), commitment.saving().to_string()), ("$50.00".to_owned(), "$6.20".to_owned()));
        assert_eq!(commitment.coverage, Decimal::ONE);
        assert_eq!(commitment.utilization.round_dp(5).to_string(), "0.83333");
    }

    /// The first 10 × 0.5 go to the higher discount; the next are worth it only if used in 88 % of the time, and are in half of it.
    #[test]
    fn the_highest_discount_is_covered_first() {
        let commitment = commit(&[spend(12, &[30, 0]), spend(50, &[10, 10])]).unwrap();
        assert_eq!(commitment.usd_per_hour.to_string(), "$5.00");
        assert_eq!(commitment.coverage, Decimal::new(4, 1));
    }

    /// u* with a discount on what is provisioned only, and on everything alike.
    #[test]
    fn a_plan_moves_the_threshold_of_provisioned_concurrency() {
        let threshold = |on_demand, provisioned| {
            let prices = x86(1).prices.kept(kept(on_demand), kept(provisioned));
            prices.thresholds()[0].unwrap().round_dp(3).normalize().to_string()
        };
        assert_eq!(threshold(100, 83), "0.402");
        assert_eq!(threshold(100, 88), "0.452");
        assert_eq!(threshold(83, 83), "0.6");
    }

    #[test]
    fn what_is_no_spend_is_refused() {
        for wrong in [vec![], vec![spend(17, &[])], vec![spend(100, &[1])], vec![spend(17, &[1]), spend(12, &[1, 2])]] {
            assert!(commit(&wrong).is_err(), "{wrong:?}");
        }
    }

    proptest! {
        #[test]
        fn no_other_commitment_is_cheaper(hours in prop::collection::vec((0_u32..50, 0_u32..50), 1..24), high in 0_i64..60, low in 0_i64..60, other in 0_u32..100) {
            let (one, two): (Vec<u32>, Vec<u32>) = hours.into_iter().unzip();
            let eligible = [spend(high, &one), spend(low, &two)];
            let best = commit(&eligible).unwrap();
            let mut ordered: Vec<&Eligible> = eligible.iter().collect();
            ordered.sort_by_key(|spend| Reverse(spend.discount));
            let other = outcome(&ordered, one.len(), Decimal::from(other));
            prop_assert!(best.after.amount() <= other.after.amount() + Decimal::new(1, 18));
            prop_assert!(best.after <= best.before);
            prop_assert!(best.coverage <= Decimal::ONE && best.utilization <= Decimal::ONE);
        }
    }
}
