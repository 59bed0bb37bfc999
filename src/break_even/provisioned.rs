//! When is provisioned concurrency cheaper than on demand? By unit, exactly, for each tier.

use crate::price_book::{MissingPrice, PriceBook};
use crate::units::Decimal;
use crate::usage::Region;

/// From which use on a provisioned unit pays, in one tier of the on-demand price.
///
/// A unit that is busy for a share u of the time costs p_pc + u · p_pcdur, the same work on demand u · p_od, by the GB-second:
/// memory cancels. So it pays from u* = p_pc / (p_od − p_pcdur). It is the use of the *last* unit that counts, not the mean of
/// all. In us-east-1, x86_64, first tier: 0.0000041667 / (0.0000166667 − 0.0000097222) = 0.6000.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvisionedRule {
    /// The instruction set.
    pub architecture: &'static str,
    /// The tier of the on-demand price: from this GB-second of the month.
    pub tier_from: Decimal,
    /// Up to this one; `None` = no bound.
    pub tier_to: Option<Decimal>,
    /// A GB-second on demand, in dollars: p_od.
    pub on_demand: Decimal,
    /// A GB-second of a unit kept ready, in dollars: p_pc.
    pub provisioned: Decimal,
    /// A GB-second of duration on such a unit, in dollars: p_pcdur.
    pub provisioned_duration: Decimal,
    /// u*, the share of the time the last unit must be busy; nothing where even one that is always busy does not pay.
    pub utilization: Option<Decimal>,
    /// What a unit that is always busy saves, as a share of on demand; below zero it costs more.
    pub most_saved: Decimal,
}

/// u* = p_pc / (p_od − p_pcdur), the share of the time a unit must be busy to pay, of prices by the GB-second; nothing where
/// it would be more than all.
///
/// ```
/// # use millicent::{break_even::pays_from, units::Decimal};
/// // us-east-1, x86_64, second tier: 0.0000041667 / (0.000015 − 0.0000097222).
/// let share = pays_from(Decimal::new(150, 7), Decimal::new(41_667, 10), Decimal::new(97_222, 10));
/// assert_eq!(share.unwrap().round_dp(5).to_string(), "0.78948");
/// ```
#[must_use]
pub fn pays_from(on_demand: Decimal, provisioned: Decimal, provisioned_duration: Decimal) -> Option<Decimal> {
    let share = provisioned.checked_div(on_demand - provisioned_duration)?;
    (provisioned_duration < on_demand && share <= Decimal::ONE).then_some(share)
}

/// The rules of a region, by architecture and tier.
///
/// ```
/// # use millicent::{break_even::provisioned_rules, price_book::PriceBook, usage::Region};
/// let rules = provisioned_rules(&PriceBook::bundled(), &Region::new("us-east-1"))?;
/// let shares: Vec<String> = rules.iter().map(|rule| rule.utilization.map_or("never".into(), |share| share.round_dp(5).normalize().to_string())).collect();
/// assert_eq!(shares, ["0.6", "0.78948", "never", "0.60001", "0.78947", "never"]);
/// # Ok::<(), millicent::price_book::MissingPrice>(())
/// ```
///
/// # Errors
/// When a price is missing in that region.
pub fn provisioned_rules(book: &PriceBook, region: &Region) -> Result<Vec<ProvisionedRule>, MissingPrice> {
    let mut rules = Vec::new();
    for architecture in ["x86_64", "arm64"] {
        let quote = |item: &str| book.price(&format!("lambda.{item}.{architecture}"), region.code());
        let on_demand = quote("duration")?;
        let first = |item: &str| {
            let quote = quote(item)?;
            Ok(quote.price.tiers().first().map_or(Decimal::ZERO, |tier| quote.per_unit(tier)))
        };
        let (provisioned, provisioned_duration) = (first("provisioned_concurrency")?, first("duration.provisioned")?);
        for tier in on_demand.price.tiers() {
            let price = on_demand.per_unit(tier);
            rules.push(ProvisionedRule {
                architecture,
                tier_from: tier.from,
                tier_to: tier.to,
                on_demand: price,
                provisioned,
                provisioned_duration,
                utilization: pays_from(price, provisioned, provisioned_duration),
                most_saved: (provisioned + provisioned_duration)
                    .checked_div(price)
                    .map_or(Decimal::ZERO, |paid| Decimal::ONE - paid),
            });
        }
    }
    Ok(rules)
}
