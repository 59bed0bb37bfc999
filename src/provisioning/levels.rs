//! One number of provisioned environments for all the time.

use super::demand::{MOST_UNITS, ratio};
use super::prices::MeanUse;
use super::{Demand, Function, ProvisioningError, check};
use crate::units::{Decimal, Usd, decimal_from_statistic, saturating_product};

/// What cold starts are worth avoiding.
#[derive(Clone, Copy)]
pub struct ColdStarts<'a> {
    /// What one costs, in dollars.
    pub usd_each: Decimal,
    /// The requests that arrive in a second, on average.
    pub requests_per_s: f64,
    /// The share of the requests that start cold when so many units are kept.
    pub share: &'a dyn Fn(u64) -> f64,
}

/// What a number of provisioned environments means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// How many are kept.
    pub units: u64,
    /// The share of the time the last of them is busy; of none, all of it.
    pub last_unit_use: f64,
    /// The share of the time they are busy on average; of none, nothing.
    pub utilization: f64,
    /// The share of the work that runs on demand.
    pub spilled: f64,
    /// What a month costs, without requests.
    pub cost: Usd,
    /// The share of the requests that start cold, where it was asked for.
    pub cold: Option<f64>,
    /// What the cold starts of a month are worth avoiding.
    pub cold_cost: Usd,
}

impl Level {
    fn all(&self) -> Usd {
        self.cost + self.cold_cost
    }
}

/// All levels from none to what is enough for 99.99 % of the time, and the best of them. Where cold starts have a price there are
/// more, until those that are left cost less than one more unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Levels {
    /// The levels, by their units: 0, 1, 2, …
    pub levels: Vec<Level>,
    /// The index of the one with the lowest cost, cold starts included; of equal ones the last, which has the fewest of them.
    pub best: usize,
}

impl Levels {
    /// The best level.
    #[must_use]
    pub fn chosen(&self) -> &Level {
        &self.levels[self.best]
    }

    /// What the best level saves against running everything on demand, as a share of it; nothing where that costs nothing.
    #[must_use]
    pub fn saving(&self) -> Option<Decimal> {
        let on_demand = self.levels[0].cost;
        (on_demand - self.chosen().cost).share_of(on_demand)
    }
}

/// The cost of every level, and the best: chosen by the real cost of a month with its tiers and free GB-seconds, not by the
/// threshold of one tier, because the price on demand depends on how much is left there, and because cold starts vanish in
/// jumps once the units exceed what is warm anyway.
///
/// ```
/// # use millicent::provisioning::{Demand, Function, Prices, levels};
/// # use millicent::units::Decimal;
/// let price = |digits| Decimal::new(digits, 10);
/// let prices = Prices::flat(price(166_667), price(41_667), price(97_222));
/// let function = Function { memory_gb: Decimal::ONE, prices, month_s: 2_628_000.into() };
/// // One erlang: somebody is there for 63 % of the time, but the only unit would be busy for 50 %: none pays.
/// assert_eq!(levels(&function, &Demand::steady(1.0)?, None)?.best, 0);
/// // Two: the first is busy for 67 % of the time.
/// assert_eq!(levels(&function, &Demand::steady(2.0)?, None)?.best, 1);
/// # Ok::<(), millicent::provisioning::ProvisioningError>(())
/// ```
///
/// # Errors
/// When the load is too large for the queueing model, or a share of cold starts is none.
pub fn levels(function: &Function, demand: &Demand, cold: Option<ColdStarts<'_>>) -> Result<Levels, ProvisioningError> {
    let load = demand.mean();
    let mut uses = demand.uses(most_units(function, demand, cold)?);
    uses.insert(0, 1.0);
    let mut busy = 0.0;
    let mut levels: Vec<Level> = Vec::with_capacity(uses.len());
    for (units, last_unit_use) in uses.into_iter().enumerate() {
        busy += if units == 0 { 0.0 } else { last_unit_use };
        let on_demand = (load - busy).max(0.0);
        let units = units as u64;
        let cold_share = cold.map(|cold| (cold.share)(units));
        levels.push(Level {
            units,
            last_unit_use,
            utilization: ratio(busy, units as f64),
            spilled: ratio(on_demand, load),
            cost: function.cost(MeanUse { kept: units as f64, busy, on_demand }),
            cold: cold_share,
            cold_cost: cold.zip(cold_share).map_or(Ok(Usd::ZERO), |(cold, share)| cold_cost(function, &cold, share))?,
        });
    }
    // Of equal costs `min_by_key` returns the first.
    let best = levels.iter().enumerate().rev().min_by_key(|(_, level)| level.all()).map_or(0, |(index, _)| index);
    Ok(Levels { levels, best })
}

/// Beyond these no unit can pay: neither by what it serves nor by the cold starts it avoids.
fn most_units(function: &Function, demand: &Demand, cold: Option<ColdStarts<'_>>) -> Result<u64, ProvisioningError> {
    let mut units = demand.most_units()?;
    let Some(cold) = cold else { return Ok(units) };
    let one_more = function.cost(MeanUse { kept: 1.0, busy: 0.0, on_demand: 0.0 });
    while units < MOST_UNITS && one_more < cold_cost(function, &cold, (cold.share)(units))? {
        units += 1;
    }
    Ok(units)
}

/// Digits of a number of cold starts that are kept.
const DIGITS: u32 = 6;

fn cold_cost(function: &Function, cold: &ColdStarts<'_>, share: f64) -> Result<Usd, ProvisioningError> {
    check("share of cold starts", share, (0.0..=1.0).contains(&share), "from 0 to 1")?;
    let rate = cold.requests_per_s * share;
    check("rate of cold starts", rate, (0.0..=1e9).contains(&rate), "from 0 to 10^9 a second")?;
    let in_a_month = decimal_from_statistic(rate, DIGITS + 6).unwrap_or(Decimal::MAX);
    let worth = saturating_product(saturating_product(in_a_month, function.month_s), cold.usd_each);
    Ok(Usd::new(worth.round_dp(DIGITS)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Inside;
    use super::super::tests::{DAY, day_of_hours, x86, x86_with_bound};
    use super::*;

    fn dollars(cost: Usd) -> String {
        cost.amount().round_dp(6).to_string()
    }

    /// load, units, utilization, spill, saving: computed independently.
    #[test]
    fn the_last_unit_that_pays_is_the_best_level_of_steady_traffic() {
        for (load, units, utilization, spilled, saving) in [
            (1.0, 0, 0.0, 1.0, "0.00000"),
            (2.0, 1, 0.66667, 0.66667, "0.01389"),
            (50.0, 50, 0.89521, 0.10479, "0.12301"),
            (100.0, 100, 0.92430, 0.07570, "0.13513"),
        ] {
            let levels = levels(&x86(2_628_000), &Demand::steady(load).unwrap(), None).unwrap();
            let chosen = levels.chosen();
            assert_eq!(chosen.units, units, "{load}");
            assert!((chosen.utilization - utilization).abs() < 6e-6, "{load}: {}", chosen.utilization);
            assert!((chosen.spilled - spilled).abs() < 6e-6, "{load}: {}", chosen.spilled);
            assert_eq!(format!("{:.5}", levels.saving().unwrap().round_dp(5)), saving, "{load}");
        }
    }

    #[test]
    fn a_days_best_level_is_the_40th_percentile_of_its_load() {
        let levels = levels(&x86(DAY), &day_of_hours(), None).unwrap();
        assert_eq!(levels.best, 20);
        for (units, cost) in
            [(0, "54.780110"), (10, "52.880094"), (20, "52.530092"), (40, "53.430099"), (50, "54.530108"), (80, "60.755157")]
        {
            assert_eq!(dollars(levels.levels[units].cost), cost, "{units}");
        }
        assert_eq!(levels.saving().unwrap().round_dp(4).to_string(), "0.0411");
    }

    /// Units pay while what they replace is in the first tier, at 60 %; in the third none does.
    #[test]
    fn what_is_left_on_demand_decides_the_tier_and_the_level() {
        let best = |function| levels(&function, &Demand::steady(50.0).unwrap(), None).unwrap().best;
        // 50 × 2,628,000 GB-s = 131 million: with the bound at 50 million the last 81 are in the tier where no unit pays.
        assert_eq!(best(x86(2_628_000)), 50);
        assert_eq!(best(x86_with_bound(2_628_000, 50_000_000)), 0);
        assert_eq!(best(x86_with_bound(2_628_000, 131_000_000)), 50);
    }

    /// 2 erlangs of 128 MB are 657,000 GB-s; the unit would take 219,000 of them, of which only those above 600,000 cost anything
    /// on demand.
    #[test]
    fn what_is_free_on_demand_is_not_bought() {
        let mut function = x86(2_628_000);
        function.memory_gb = Decimal::new(125, 3);
        let demand = Demand::steady(2.0).unwrap();
        assert_eq!(levels(&function, &demand, None).unwrap().best, 1);
        function.prices = function.prices.with_free_gb_seconds(600_000.into());
        assert_eq!(levels(&function, &demand, None).unwrap().best, 0);
    }

    /// Below eight units keep-alive has done it already: nothing changes until there, so the cost has two valleys.
    #[test]
    fn a_price_of_cold_starts_raises_the_level_over_the_jump() {
        let share = |units| if units < 9 { 1.57e-4 } else { 1e-6 };
        let cold = |usd_each| ColdStarts { usd_each, requests_per_s: 10.0, share: &share };
        let demand = Demand::steady(2.0).unwrap();
        let at = |cents| levels(&x86(2_628_000), &demand, Some(cold(Decimal::new(cents, 2)))).unwrap();
        assert_eq!(at(0).best, 1);
        // 4,126 cold starts a month: a cent each is not worth eight more units of 10.95 dollars, two cents are.
        assert_eq!(at(1).best, 1);
        assert_eq!(at(2).best, 9);
        assert_eq!(at(2).levels[0].cold_cost.amount().round_dp(2).to_string(), "82.52");
        assert!(levels(&x86(1), &demand, Some(ColdStarts { share: &|_| 1.5, ..cold(Decimal::ONE) })).is_err());
    }

    #[test]
    fn without_load_nothing_is_kept_and_nothing_is_saved() {
        let levels = levels(&x86(DAY), &Demand::steady(0.0).unwrap(), None).unwrap();
        assert_eq!((levels.best, levels.saving()), (0, None));
    }

    /// Of 2 erlangs 99.99 % need nine at most; the tenth to the fourteenth are for cold starts alone.
    #[test]
    fn dear_cold_starts_are_avoided_beyond_any_load() {
        let share = |units| if units < 14 { 1e-4 } else { 0.0 };
        let cold = ColdStarts { usd_each: Decimal::ONE, requests_per_s: 10.0, share: &share };
        let levels = levels(&x86(2_628_000), &Demand::steady(2.0).unwrap(), Some(cold)).unwrap();
        assert_eq!((levels.best, levels.levels.len()), (14, 15));
    }

    proptest! {
        #[test]
        fn each_further_unit_is_less_busy(means in prop::collection::vec(0.0..60.0_f64, 1..20), poisson: bool) {
            let inside = if poisson { Inside::Poisson } else { Inside::Constant };
            let levels = levels(&x86(DAY), &Demand::new(means, 60, inside).unwrap(), None).unwrap();
            prop_assert!(levels.levels.windows(2).all(|pair| pair[1].last_unit_use <= pair[0].last_unit_use + 1e-12));
        }

        /// The rule and the search over all costs agree where the price has one tier.
        #[test]
        fn the_best_level_is_the_last_unit_above_the_threshold(load in 0.1..300.0_f64) {
            let levels = levels(&x86(2_628_000), &Demand::steady(load).unwrap(), None).unwrap();
            let threshold = x86(1).thresholds()[0];
            // Where both cost the same, the last digit decides.
            prop_assert!(levels.levels[..=levels.best].iter().all(|level| threshold <= level.last_unit_use + 1e-9));
            prop_assert!(levels.levels[levels.best + 1..].iter().all(|level| level.last_unit_use <= threshold + 1e-9));
        }
    }
}
