//! Which option serves which part of a load: the lower envelope of their costs by use.

use super::demand::ratio;
use super::{ProvisioningError, check};
use crate::units::{Decimal, Usd, decimal_from_statistic, saturating_product, statistic_from_decimal};

/// A load sorted by height: for which share of the time it is at least so high.
#[derive(Debug, Clone, PartialEq)]
pub struct LoadDuration {
    /// Ascending. Never empty.
    loads: Vec<f64>,
    /// The sum of the loads before each, and of all.
    sums: Vec<f64>,
}

/// What a unit of load costs when it is served in one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tariff {
    /// Its name.
    pub name: String,
    /// Dollars an hour, used or not.
    pub fixed_usd_per_hour: Decimal,
    /// Further dollars an hour that it is used.
    pub usd_per_busy_hour: Decimal,
}

/// A part of the load, and what serves it at the lowest cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Layer {
    /// The index of its tariff.
    pub tariff: usize,
    /// The load it begins at.
    pub from: f64,
    /// The load it ends at; the layer is empty where that is where it begins.
    pub to: f64,
    /// From this share of the time on that it is needed the tariff is the cheapest …
    pub from_share: Decimal,
    /// … up to this one.
    pub to_share: Decimal,
    /// Dollars an hour, on average.
    pub usd_per_hour: Usd,
    /// The share of the whole work that it does.
    pub work: f64,
}

impl LoadDuration {
    /// The loads of equally long slots, in any order.
    ///
    /// # Errors
    /// When there is none, or one is negative or above 10¹².
    pub fn of(loads: &[f64]) -> Result<Self, ProvisioningError> {
        if loads.is_empty() {
            return Err(ProvisioningError::Nothing { what: "slot of the load" });
        }
        for load in loads {
            check("load", *load, (0.0..=1e12).contains(load), "from 0 to 10^12")?;
        }
        let mut loads = loads.to_vec();
        loads.sort_by(f64::total_cmp);
        let sums = loads.iter().scan(0.0, |sum, load| {
            *sum += load;
            Some(*sum)
        });
        let sums = [0.0].into_iter().chain(sums).collect();
        Ok(Self { loads, sums })
    }

    /// The highest load.
    #[must_use]
    pub fn peak(&self) -> f64 {
        self.loads[self.loads.len() - 1]
    }

    /// The average load.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.sums[self.loads.len()] / self.loads.len() as f64
    }

    /// The load that is there for at least this share of the time.
    ///
    /// ```
    /// # use millicent::provisioning::LoadDuration;
    /// let day = LoadDuration::of(&[40.0, 10.0, 20.0, 30.0])?;
    /// // 20 and more for three quarters of the time, 30 and more for half of it.
    /// assert_eq!([0.0, 0.5, 0.6, 0.75, 1.0].map(|share| day.at_least(share)), [40.0, 30.0, 20.0, 20.0, 10.0]);
    /// # Ok::<(), millicent::provisioning::ProvisioningError>(())
    /// ```
    #[must_use]
    pub fn at_least(&self, share: f64) -> f64 {
        let slots = self.loads.len();
        // A share that is so many slots is not one more for the last digit.
        let needed = (share.clamp(0.0, 1.0) * slots as f64 - 1e-9).ceil().max(1.0) as usize;
        self.loads[slots - needed]
    }

    /// The average of the part of the load between two heights.
    #[must_use]
    pub fn mean_between(&self, from: f64, to: f64) -> f64 {
        let up_to = |height: f64| {
            let below = self.loads.partition_point(|load| *load < height);
            self.sums[below] + height * (self.loads.len() - below) as f64
        };
        (up_to(to) - up_to(from)).max(0.0) / self.loads.len() as f64
    }

    /// The curve, from the highest load down: the share of the time, and the load that is there for at least so long.
    #[must_use]
    pub fn points(&self) -> Vec<(f64, f64)> {
        let slots = self.loads.len() as f64;
        let points = self.loads.iter().rev().enumerate();
        points.flat_map(|(index, load)| [(index as f64 / slots, *load), ((index + 1) as f64 / slots, *load)]).collect()
    }
}

/// What serves which part of the load, from the bottom up, so that the whole is cheapest.
///
/// A unit of load that is there for a share s of the time costs fixed + s · variable under each tariff: a line. The cheapest of
/// them is their lower envelope, and the share falls with height, so each tariff on the envelope gets one layer: what is always
/// there goes to the lowest sum, what is hardly ever there to the lowest fixed price. Units may be divided; for whole machines see
/// [`super::base_and_burst`].
///
/// ```
/// # use millicent::provisioning::{LoadDuration, Tariff, layers};
/// # use millicent::units::Decimal;
/// let tariff = |name: &str, fixed, variable| Tariff {
///     name: name.to_owned(),
///     fixed_usd_per_hour: Decimal::new(fixed, 2),
///     usd_per_busy_hour: Decimal::new(variable, 2),
/// };
/// let day = LoadDuration::of(&[40.0, 10.0, 20.0, 30.0])?;
/// // 0.06 always or 0.10 when used: equal at 60 % of the time. 20 and more are there for 75 %, 30 and more for 50 %.
/// let layers = layers(&day, &[tariff("on demand", 0, 10), tariff("kept", 6, 0)])?;
/// let parts: Vec<_> = layers.iter().map(|layer| (layer.tariff, layer.from, layer.to)).collect();
/// assert_eq!(parts, [(1, 0.0, 20.0), (0, 20.0, 40.0)]);
/// # Ok::<(), millicent::provisioning::ProvisioningError>(())
/// ```
///
/// # Errors
/// When there is no tariff, or a price is negative or above 10¹² dollars.
pub fn layers(load: &LoadDuration, tariffs: &[Tariff]) -> Result<Vec<Layer>, ProvisioningError> {
    if tariffs.is_empty() {
        return Err(ProvisioningError::Nothing { what: "tariff" });
    }
    for price in tariffs.iter().flat_map(|tariff| [tariff.fixed_usd_per_hour, tariff.usd_per_busy_hour]) {
        let price = statistic_from_decimal(price);
        check("price of a tariff", price, (0.0..=1e12).contains(&price), "from 0 to 10^12 dollars")?;
    }
    let mut from = 0.0;
    let mut layers = Vec::new();
    for (tariff, from_share, to_share) in envelope(tariffs) {
        let to = load.at_least(statistic_from_decimal(from_share));
        let mean = load.mean_between(from, to);
        let whole = load.mean();
        layers.push(Layer {
            tariff,
            from,
            to,
            from_share,
            to_share,
            usd_per_hour: cost(&tariffs[tariff], to - from, mean),
            work: ratio(mean, whole),
        });
        from = to;
    }
    Ok(layers)
}

/// The tariffs on the lower envelope with the shares between which each is the cheapest, from all of the time down to none.
fn envelope(tariffs: &[Tariff]) -> Vec<(usize, Decimal, Decimal)> {
    let (fixed, variable) = (|index: usize| tariffs[index].fixed_usd_per_hour, |index: usize| tariffs[index].usd_per_busy_hour);
    // Of equal ones the one with the lower fixed price, which stays the cheaper one below.
    let cheapest = (0..tariffs.len()).min_by_key(|index| (fixed(*index) + variable(*index), fixed(*index)));
    let mut current = cheapest.unwrap_or(0);
    let mut to_share = Decimal::ONE;
    let mut parts = Vec::new();
    loop {
        let crossing = |other: usize| (fixed(current) - fixed(other)).checked_div(variable(other) - variable(current));
        let cheaper_below =
            (0..tariffs.len()).filter(|other| variable(current) < variable(*other) && fixed(*other) < fixed(current));
        let next = cheaper_below.filter_map(|other| Some((crossing(other)?, variable(other), other))).max();
        let Some((from_share, _, other)) = next else {
            parts.push((current, Decimal::ZERO, to_share));
            return parts;
        };
        if from_share < to_share {
            parts.push((current, from_share, to_share));
        }
        (current, to_share) = (other, from_share);
    }
}

/// Digits of a load that are kept.
const DIGITS: u32 = 9;

fn cost(tariff: &Tariff, height: f64, mean: f64) -> Usd {
    let amount = |load: f64| decimal_from_statistic(load, DIGITS).unwrap_or(Decimal::MAX);
    let fixed = saturating_product(amount(height), tariff.fixed_usd_per_hour);
    Usd::new(fixed.saturating_add(saturating_product(amount(mean), tariff.usd_per_busy_hour)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{DAY, HOURS, day_of_hours, x86};
    use super::super::{Eligible, commit, levels};
    use super::*;

    fn tariff(fixed: Decimal, variable: Decimal) -> Tariff {
        Tariff { name: String::new(), fixed_usd_per_hour: fixed, usd_per_busy_hour: variable }
    }

    fn total(layers: &[Layer]) -> Decimal {
        layers.iter().map(|layer| layer.usd_per_hour.amount()).sum()
    }

    #[test]
    fn provisioned_concurrency_is_the_lower_layer_of_two() {
        let price = |digits| Decimal::new(digits, 10) * Decimal::from(3600);
        let tariffs = [tariff(Decimal::ZERO, price(166_667)), tariff(price(41_667), price(97_222))];
        let layers = layers(&LoadDuration::of(&HOURS).unwrap(), &tariffs).unwrap();
        assert_eq!(layers.iter().map(|layer| (layer.tariff, layer.to)).collect::<Vec<_>>(), [(1, 20.0), (0, 80.0)]);
        assert_eq!(layers[0].from_share.round_dp(5), Decimal::new(60000, 5));
        let best = levels(&x86(DAY), &day_of_hours(), None).unwrap();
        assert_eq!((total(&layers) * Decimal::from(24)).round_dp(6), best.chosen().cost.amount().round_dp(6));
    }

    /// A dollar an hour committed to at 1 − d, or not: the same as the rule of savings plans.
    #[test]
    fn a_commitment_is_the_lower_layer_of_two() {
        let kept = Decimal::new(73, 2);
        let tariffs = [tariff(Decimal::ZERO, Decimal::ONE), tariff(kept, Decimal::ZERO)];
        let layers = layers(&LoadDuration::of(&HOURS).unwrap(), &tariffs).unwrap();
        let hourly_usd = HOURS.iter().map(|usd| decimal_from_statistic(*usd, 2).unwrap()).collect();
        let commitment = commit(&[Eligible { discount: Decimal::ONE - kept, hourly_usd }]).unwrap();
        assert_eq!(decimal_from_statistic(layers[0].to, 2).unwrap() * kept, commitment.usd_per_hour.amount());
        assert_eq!(total(&layers).round_dp(9), commitment.after.amount().round_dp(9));
    }

    #[test]
    fn what_is_never_the_cheapest_gets_no_layer() {
        let whole = |number: u32| Decimal::from(number);
        // Lines 10, 6 + 6 s and 12 s: the middle one passes above the crossing of the others at 10 of 12.
        let tariffs = [tariff(whole(10), whole(0)), tariff(whole(6), whole(6)), tariff(whole(0), whole(12))];
        let shares: Vec<(usize, String)> =
            envelope(&tariffs).iter().map(|part| (part.0, part.1.round_dp(3).to_string())).collect();
        assert_eq!(shares, [(0, "0.833".to_owned()), (2, "0".to_owned())]);
        assert!(layers(&LoadDuration::of(&[1.0]).unwrap(), &[]).is_err());
        assert!(LoadDuration::of(&[]).is_err());
        assert!(LoadDuration::of(&[-1.0]).is_err());
    }

    proptest! {
        /// No tariff alone, and no other boundary between two, is cheaper than the envelope.
        #[test]
        fn the_layers_are_the_cheapest_way(
            loads in prop::collection::vec(0.0..100.0_f64, 1..30),
            prices in prop::collection::vec((0_u32..100, 0_u32..100), 1..6),
            boundary in 0.0..100.0_f64,
        ) {
            let load = LoadDuration::of(&loads).unwrap();
            let tariffs: Vec<Tariff> = prices.iter().map(|(fixed, variable)| tariff((*fixed).into(), (*variable).into())).collect();
            let found = layers(&load, &tariffs).unwrap();
            prop_assert!((found.iter().map(|layer| layer.work).sum::<f64>() - 1.0).abs() < 1e-6 || load.mean() <= 0.0);
            let (peak, boundary) = (load.peak(), boundary.min(load.peak()));
            for below in &tariffs {
                for above in &tariffs {
                    let other = cost(below, boundary, load.mean_between(0.0, boundary)) + cost(above, peak - boundary, load.mean_between(boundary, peak));
                    prop_assert!(total(&found) <= other.amount() + Decimal::new(1, 4));
                }
            }
        }
    }
}
