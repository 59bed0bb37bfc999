//! Whole machines for the base of a load, functions for the rest.

use super::demand::ratio;
use super::{LoadDuration, ProvisioningError, check};
use crate::units::{Decimal, SECONDS_PER_HOUR, Usd, decimal_from_statistic, saturating_product, statistic_from_decimal};

/// A machine or a container task that is always there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Machine {
    /// Dollars an hour.
    pub usd_per_hour: Decimal,
    /// The requests a second that one carries at its target use.
    pub requests_per_s: f64,
    /// If there is any, there are at least so many: two to survive the loss of one, three of Lambda Managed Instances.
    pub fewest: u64,
}

/// A number of machines, with the rest of the load on functions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MachineCount {
    /// How many.
    pub machines: u64,
    /// How much of the last of them is used, on average; of none, all.
    pub last_machine_use: f64,
    /// The share of the requests that functions serve.
    pub burst_share: f64,
    /// Dollars an hour, on average.
    pub usd_per_hour: Usd,
}

/// How many machines for the base.
#[derive(Debug, Clone, PartialEq)]
pub struct BaseAndBurst {
    /// From no machine, which is functions only, to as many as carry the peak, which is machines only. Numbers below the
    /// fewest are left out.
    pub counts: Vec<MachineCount>,
    /// The index of the cheapest; of equal ones the one with the most machines.
    pub best: usize,
    /// A further machine pays if so much of it would be used, on average; more than one where none pays.
    pub threshold: Decimal,
}

impl BaseAndBurst {
    /// The cheapest number.
    #[must_use]
    pub fn chosen(&self) -> &MachineCount {
        &self.counts[self.best]
    }

    /// Everything on functions.
    #[must_use]
    pub fn functions_only(&self) -> &MachineCount {
        &self.counts[0]
    }

    /// Everything on machines that are always there.
    #[must_use]
    pub fn machines_only(&self) -> &MachineCount {
        &self.counts[self.counts.len() - 1]
    }
}

/// More machines are no base of one workload.
const MOST_MACHINES: f64 = 100_000.0;

/// The number of machines below functions with the lowest cost.
///
/// The k-th machine pays if its part of the load is there for a share c / (3600 · r · p) of the time: c its price by the hour, r the
/// requests a second it carries, p what a function costs by the request.
///
/// ```
/// # use millicent::provisioning::{LoadDuration, Machine, base_and_burst};
/// # use millicent::units::Decimal;
/// let machine = Machine { usd_per_hour: Decimal::new(36, 3), requests_per_s: 10.0, fewest: 1 };
/// let load = LoadDuration::of(&[40.0, 10.0, 20.0, 30.0])?;
/// // 0.036 / (3600 × 10 × 0.000002) = 0.5: the third machine would be used for half of the time, the fourth for a quarter.
/// let plan = base_and_burst(&load, machine, Decimal::new(2, 6))?;
/// assert_eq!((plan.threshold, plan.chosen().machines), (Decimal::new(5, 1), 3));
/// # Ok::<(), millicent::provisioning::ProvisioningError>(())
/// ```
///
/// # Errors
/// When a machine carries nothing, functions cost nothing, or more than 100,000 machines would be needed.
pub fn base_and_burst(
    load: &LoadDuration,
    machine: Machine,
    function_usd_per_request: Decimal,
) -> Result<BaseAndBurst, ProvisioningError> {
    let carried = machine.requests_per_s;
    check("load of a machine in requests per second", carried, carried.is_finite() && 0.0 < carried, "above 0")?;
    let most = (load.peak() / carried).ceil();
    check("number of machines for the peak", most, most <= MOST_MACHINES, "at most 100000")?;
    let functions_usd_per_hour = saturating_product(function_usd_per_request, SECONDS_PER_HOUR);
    let of_one = saturating_product(amount(carried), functions_usd_per_hour);
    let Some(threshold) = machine.usd_per_hour.checked_div(of_one) else {
        let price = statistic_from_decimal(function_usd_per_request);
        return Err(ProvisioningError::OutOfRange { quantity: "price of a request", value: price, allowed: "above 0" });
    };
    let fewest = machine.fewest.max(1);
    let numbers = [0].into_iter().chain(fewest..=(most as u64).max(fewest));
    let count = |machines: u64| {
        let height = |machines: u64| machines as f64 * carried;
        let burst = load.mean_between(height(machines), load.peak().max(height(machines)));
        let last = load.mean_between(height(machines.saturating_sub(1)), height(machines)) / carried;
        let fixed = saturating_product(machines.into(), machine.usd_per_hour);
        MachineCount {
            machines,
            last_machine_use: if machines == 0 { 1.0 } else { last },
            burst_share: ratio(burst, load.mean()),
            usd_per_hour: Usd::new(fixed.saturating_add(saturating_product(amount(burst), functions_usd_per_hour))),
        }
    };
    let counts: Vec<MachineCount> = numbers.map(count).collect();
    // Of equal costs `min_by_key` returns the first.
    let best = counts.iter().enumerate().rev().min_by_key(|(_, count)| count.usd_per_hour).map_or(0, |(index, _)| index);
    Ok(BaseAndBurst { counts, best, threshold })
}

/// Digits of a rate that are kept.
const DIGITS: u32 = 9;

fn amount(requests_per_s: f64) -> Decimal {
    decimal_from_statistic(requests_per_s, DIGITS).unwrap_or(Decimal::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::HOURS;
    use super::*;

    fn machine(fewest: u64) -> Machine {
        // A t3.medium: 0.0416 dollars an hour.
        Machine { usd_per_hour: Decimal::new(416, 4), requests_per_s: 10.0, fewest }
    }

    /// 512 MB × 100 ms: 0.000001033335 dollars each. 0.0416 / (3600 × 10 × 0.000001033335) = 1.11828: a machine that carries ten
    /// requests a second never pays; one that carries forty does from 28 % on.
    #[test]
    fn the_next_machine_pays_from_its_share_of_the_time() {
        let load = LoadDuration::of(&HOURS).unwrap();
        let price = Decimal::new(1_033_335, 12);
        let slow = base_and_burst(&load, machine(1), price).unwrap();
        assert_eq!((slow.threshold.round_dp(5).to_string(), slow.best), ("1.11828".to_owned(), 0));
        let fast = base_and_burst(&load, Machine { requests_per_s: 40.0, ..machine(1) }, price).unwrap();
        assert_eq!(fast.threshold.round_dp(4).to_string(), "0.2796");
        // The first 40 are used for 64 %, the next 40 for 32 %.
        assert_eq!(fast.chosen().machines, 2);
        assert_eq!(fast.machines_only().machines, 2);
        assert!(fast.chosen().usd_per_hour < fast.functions_only().usd_per_hour);
    }

    #[test]
    fn a_floor_may_make_one_machine_too_many() {
        let load = LoadDuration::of(&[12.0, 12.0, 12.0, 45.0]).unwrap();
        let price = Decimal::new(2, 6);
        let at = |fewest| base_and_burst(&load, machine(fewest), price).unwrap();
        assert_eq!((at(1).chosen().machines, at(3).chosen().machines), (1, 0));
        assert_eq!(at(3).counts.iter().map(|count| count.machines).collect::<Vec<_>>(), [0, 3, 4, 5]);
        // Above the ten of the one machine are three times 2, and 35.
        assert!((at(1).chosen().burst_share - 41.0 / 81.0).abs() < 1e-9);
    }

    #[test]
    fn what_carries_or_costs_nothing_is_refused() {
        let load = LoadDuration::of(&[12.0]).unwrap();
        assert!(base_and_burst(&load, Machine { requests_per_s: 0.0, ..machine(1) }, Decimal::ONE).is_err());
        assert!(base_and_burst(&load, machine(1), Decimal::ZERO).is_err());
        assert!(base_and_burst(&load, Machine { requests_per_s: 1e-6, ..machine(1) }, Decimal::ONE).is_err());
    }

    proptest! {
        #[test]
        fn the_best_number_is_the_last_above_the_threshold(loads in prop::collection::vec(0.0..200.0_f64, 1..40), price in 1_i64..40) {
            let load = LoadDuration::of(&loads).unwrap();
            let plan = base_and_burst(&load, machine(1), Decimal::new(price, 7)).unwrap();
            let threshold = statistic_from_decimal(plan.threshold);
            // Where both cost the same, the last digit decides.
            prop_assert!(plan.counts[1..=plan.best].iter().all(|count| threshold <= count.last_machine_use + 1e-9));
            prop_assert!(plan.counts[plan.best + 1..].iter().all(|count| count.last_machine_use <= threshold + 1e-9));
        }
    }
}
