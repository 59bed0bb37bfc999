//! One price: graduated tiers with the source of each.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use rust_decimal::RoundingStrategy;

use crate::units::{Decimal, Unit};

/// How far a row can be trusted; `pricing/README.md` defines the levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Derived, stale, varying or undated.
    Low,
    /// One dated source, not confirmed by another.
    Medium,
    /// Official and confirmed.
    High,
}

impl Confidence {
    /// As written in price lists.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl FromStr for Confidence {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Low, Self::Medium, Self::High].into_iter().find(|level| level.name() == text).ok_or(())
    }
}

/// Where a price comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// A source of `pricing/sources.csv`, or the name of the user's file.
    pub source: String,
    /// When that source was current.
    pub source_date: Option<String>,
    /// From when the price holds, where known.
    pub effective: Option<String>,
    /// How far it can be trusted.
    pub confidence: Confidence,
}

impl Provenance {
    /// The origin of a number made from two: both sources, the older date, the lower confidence.
    pub(super) fn and(&self, other: &Self) -> Self {
        Self {
            source: format!("{} and {}", self.source, other.source),
            source_date: self.source_date.clone().min(other.source_date.clone()),
            effective: self.effective.clone().max(other.effective.clone()),
            confidence: self.confidence.min(other.confidence),
        }
    }
}

/// A price that is a fraction of another meter's list price, such as a management fee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DerivedPrice {
    pub(super) meter: Arc<str>,
    pub(super) region: Arc<str>,
    pub(super) unit: Unit,
    pub(super) fraction: Decimal,
    pub(super) of: Arc<str>,
    pub(super) decimals: Option<u32>,
    pub(super) free_allowance: Option<Arc<str>>,
    /// As in a [`Price`].
    pub(super) states_allowance: bool,
    pub(super) provenance: Arc<Provenance>,
}

impl DerivedPrice {
    /// The meter it prices; a trailing `*` stands for any text, such as an instance type.
    #[must_use]
    pub fn meter(&self) -> &str {
        &self.meter
    }

    /// The region it holds in, or [`super::ANY_REGION`].
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The unit it is for.
    #[must_use]
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// The fraction of the other price.
    #[must_use]
    pub fn fraction(&self) -> Decimal {
        self.fraction
    }

    /// The other meter, with the same text for its `*`.
    #[must_use]
    pub fn of(&self) -> &str {
        &self.of
    }

    /// The decimals to which the provider rounds it half up, where it does.
    #[must_use]
    pub fn decimals(&self) -> Option<u32> {
        self.decimals
    }

    /// The fraction of a price of the other meter. `0.12 of … rounded to 6` gives 0.0050 × 0.12 = 0.000600 and, for the
    /// 0.1632 dollars of an m7g.xlarge in us-east-1, 0.019584.
    #[must_use]
    pub fn of_price(&self, price: Decimal) -> Decimal {
        let exact = price * self.fraction;
        let half_up = |decimals| exact.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
        self.decimals.map_or(exact, half_up).normalize()
    }

    /// The account-wide free allowance that it names.
    #[must_use]
    pub fn free_allowance(&self) -> Option<&str> {
        self.free_allowance.as_deref()
    }

    /// Meter and region of its row, to name it.
    #[must_use]
    pub fn row(&self) -> (Arc<str>, Arc<str>) {
        (Arc::clone(&self.meter), Arc::clone(&self.region))
    }

    /// Where the fraction comes from.
    #[must_use]
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// Whether it prices this meter, in some region.
    #[must_use]
    pub fn covers(&self, meter: &str) -> bool {
        self.meter.strip_suffix('*').map_or(*self.meter == *meter, |prefix| meter.starts_with(prefix))
    }

    /// The meter whose price is multiplied: for `fee.*` of `on_demand.*`, `fee.m7g.xlarge` is a fraction of
    /// `on_demand.m7g.xlarge`.
    pub(super) fn base_of(&self, meter: &str) -> String {
        match (self.meter.strip_suffix('*'), self.of.strip_suffix('*')) {
            (Some(prefix), Some(base)) => format!("{base}{}", meter.strip_prefix(prefix).unwrap_or_default()),
            _ => self.of.to_string(),
        }
    }
}

/// One band of a graduated price: the units from `from` up to `to` of the month's cumulative quantity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tier {
    /// First unit (inclusive).
    pub from: Decimal,
    /// Bound (exclusive); `None` = no bound.
    pub to: Option<Decimal>,
    /// The price of one unit in it, in dollars.
    pub price: Decimal,
    /// Where it comes from.
    pub provenance: Arc<Provenance>,
}

/// So many units of an account's month that cost nothing, shared by all prices that name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allowance {
    pub(super) meter: Arc<str>,
    pub(super) unit: Unit,
    pub(super) granted: Decimal,
    pub(super) provenance: Arc<Provenance>,
}

impl Allowance {
    /// Its name, such as `lambda.free.requests`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.meter
    }

    /// What it counts.
    #[must_use]
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// Whether it is so many dollars, which pay for whatever names it, each unit at its price.
    #[must_use]
    pub fn is_credit(&self) -> bool {
        self.unit == Unit::Dollar
    }

    /// How many units are free in a month.
    #[must_use]
    pub fn granted(&self) -> Decimal {
        self.granted
    }

    /// Where it comes from.
    #[must_use]
    pub fn provenance(&self) -> &Arc<Provenance> {
        &self.provenance
    }
}

/// The price of one meter in one region: tiers from zero upward without gap or overlap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Price {
    pub(super) meter: Arc<str>,
    pub(super) region: Arc<str>,
    pub(super) unit: Unit,
    pub(super) tiers: Vec<Tier>,
    pub(super) free_allowance: Option<Arc<str>>,
    /// Whether its list has the column `free_allowance`, so that an empty field means none.
    pub(super) states_allowance: bool,
}

impl Price {
    /// The meter it prices.
    #[must_use]
    pub fn meter(&self) -> &str {
        &self.meter
    }

    /// The region it holds in, or [`super::ANY_REGION`].
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The unit it is for.
    #[must_use]
    pub fn unit(&self) -> Unit {
        self.unit
    }

    /// The tiers, the first starting at zero. Never empty.
    #[must_use]
    pub fn tiers(&self) -> &[Tier] {
        &self.tiers
    }

    /// The account-wide free allowance that it names.
    #[must_use]
    pub fn free_allowance(&self) -> Option<&str> {
        self.free_allowance.as_deref()
    }

    /// Meter and region of its rows, to name them.
    #[must_use]
    pub fn row(&self) -> (Arc<str>, Arc<str>) {
        (Arc::clone(&self.meter), Arc::clone(&self.region))
    }
}
