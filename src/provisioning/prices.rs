//! What a provisioned environment costs, and the same work on demand.

use crate::break_even::{ProvisionedRule, pays_from};
use crate::units::{Decimal, Usd, decimal_from_statistic, saturating_product, statistic_from_decimal};

/// The prices of a GB-second, in dollars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prices {
    /// On demand, by tiers of the month; the last has no bound. Never empty.
    on_demand: Vec<OnDemandTier>,
    /// On demand, so many GB-seconds of a month are free.
    free_gb_s: Decimal,
    provisioned: Decimal,
    provisioned_duration: Decimal,
}

/// A tier of the price on demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct OnDemandTier {
    /// Up to this GB-second of the month; `None` = no bound.
    to: Option<Decimal>,
    /// Dollars by the GB-second.
    price: Decimal,
}

impl Prices {
    /// Prices without tiers: on demand, kept ready, duration on what is kept ready.
    #[must_use]
    pub fn flat(on_demand: Decimal, provisioned: Decimal, provisioned_duration: Decimal) -> Self {
        let on_demand = vec![OnDemandTier { to: None, price: on_demand }];
        Self { on_demand, free_gb_s: Decimal::ZERO, provisioned, provisioned_duration }
    }

    /// The prices of an architecture, with their tiers; `None` when no rule is for it.
    ///
    /// ```
    /// # use millicent::{break_even::provisioned_rules, price_book::PriceBook, provisioning::Prices, usage::Region};
    /// let rules = provisioned_rules(&PriceBook::bundled(), &Region::new("us-east-1"))?;
    /// let prices = Prices::of_rules(&rules, "arm64").unwrap();
    /// assert_eq!(prices.thresholds()[0].unwrap().round_dp(5).to_string(), "0.60001");
    /// # Ok::<(), millicent::price_book::MissingPrice>(())
    /// ```
    #[must_use]
    pub fn of_rules(rules: &[ProvisionedRule], architecture: &str) -> Option<Self> {
        let rules: Vec<&ProvisionedRule> = rules.iter().filter(|rule| rule.architecture == architecture).collect();
        let first = rules.first()?;
        let on_demand = rules.iter().map(|rule| OnDemandTier { to: rule.tier_to, price: rule.on_demand }).collect();
        let (provisioned, provisioned_duration) = (first.provisioned, first.provisioned_duration);
        Some(Self { on_demand, free_gb_s: Decimal::ZERO, provisioned, provisioned_duration })
    }

    /// The same with so many free GB-seconds in a month, on demand only: what runs on provisioned units is outside of them.
    #[must_use]
    pub fn with_free_gb_seconds(self, free_gb_s: Decimal) -> Self {
        Self { free_gb_s, ..self }
    }

    /// The same under a savings plan that leaves these shares of the prices: on demand, and of everything provisioned.
    #[must_use]
    pub fn kept(&self, on_demand: Decimal, provisioned: Decimal) -> Self {
        let tier = |tier: &OnDemandTier| OnDemandTier { price: tier.price * on_demand, ..*tier };
        Self {
            on_demand: self.on_demand.iter().map(tier).collect(),
            free_gb_s: self.free_gb_s,
            provisioned: self.provisioned * provisioned,
            provisioned_duration: self.provisioned_duration * provisioned,
        }
    }

    /// u* of each tier: the share of the time the last unit must be busy to pay; nothing where none does.
    #[must_use]
    pub fn thresholds(&self) -> Vec<Option<Decimal>> {
        let tiers = self.on_demand.iter();
        tiers.map(|tier| pays_from(tier.price, self.provisioned, self.provisioned_duration)).collect()
    }

    /// So many GB-seconds of a month on demand: what is free first, then the tiers from zero.
    fn on_demand_cost(&self, gb_s: Decimal) -> Decimal {
        let charged = (gb_s - self.free_gb_s).max(Decimal::ZERO);
        let mut cost = Decimal::ZERO;
        let mut from = Decimal::ZERO;
        for tier in &self.on_demand {
            let to = tier.to.map_or(charged, |to| charged.min(to));
            cost += saturating_product(to - from, tier.price);
            from = to;
        }
        cost
    }
}

/// A function whose environments may be kept ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its memory in GB: megabytes / 1024.
    pub memory_gb: Decimal,
    /// What a GB-second costs.
    pub prices: Prices,
    /// The seconds of a month, which costs are for; the load is repeated until it is over.
    pub month_s: Decimal,
}

/// The average number of environments that are kept, those of them that are busy, and those that are busy on demand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct MeanUse {
    pub(super) kept: f64,
    pub(super) busy: f64,
    pub(super) on_demand: f64,
}

/// Digits of an average that are kept: an environment's microsecond of a month.
const DIGITS: u32 = 12;

impl Function {
    /// What a month costs with so much use, without the price of requests, which is the same everywhere.
    pub(super) fn cost(&self, mean: MeanUse) -> Usd {
        let gb_s = |environments: f64| {
            let environments = decimal_from_statistic(environments, DIGITS).unwrap_or(Decimal::MAX);
            saturating_product(saturating_product(environments, self.month_s), self.memory_gb)
        };
        let prices = &self.prices;
        let provisioned = saturating_product(gb_s(mean.kept), prices.provisioned)
            + saturating_product(gb_s(mean.busy), prices.provisioned_duration);
        Usd::new((provisioned + prices.on_demand_cost(gb_s(mean.on_demand))).round_dp(DIGITS))
    }

    /// The thresholds that can decide: each tier's, as statistics, without those of tiers that never pay.
    pub(super) fn thresholds(&self) -> Vec<f64> {
        self.prices.thresholds().into_iter().flatten().map(statistic_from_decimal).collect()
    }
}
