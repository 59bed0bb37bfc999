//! What a dimension costs, where, and from when.
//!
//! A [`PriceBook`] is a stack of price lists: the bundled one below, the user's own on top. A price is found by meter and
//! region; what is not there is an error that names the row wanted and the nearest that exists, never another region's price
//! and never zero. A row for the region `any` is a price the source states for every region.
//!
//! The bundled lists are parsed one meter at a time, when first asked for: who prices Lambda does not pay for EC2.
//!
//! This room knows no platform and reads no file: a user's list comes in as text.

mod bundled;
mod csv;
mod excerpt;
mod list;
mod problems;
mod quotes;
mod regions;
mod shipped;
mod source;
mod tier;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

pub use self::bundled::{SourceNote, source_notes};
pub use self::excerpt::Excerpt;
use self::list::PriceList;
pub use self::problems::{PriceFileError, PriceFileProblem};
pub use self::quotes::Quotes;
pub use self::regions::{UnknownRegion, provider_of, region_name, regions_of};
use self::source::{BookSource, Entry};
pub use self::tier::{Allowance, Confidence, DerivedPrice, Price, Provenance, Tier};
use crate::settings::{by_distance, nearest};
use crate::units::{Decimal, Share, Unit};
use crate::usage::Meter;

/// The region of a price that holds everywhere.
pub const ANY_REGION: &str = "any";

/// Prices, by meter and region.
#[derive(Debug)]
pub struct PriceBook {
    name: String,
    as_of: Option<String>,
    /// The lists, the most important first.
    lists: Vec<BookSource>,
    discounts: Vec<(String, Share)>,
    /// What the user's lists price that the lists below them do not know.
    unknown: Vec<String>,
    /// Free allowances that the account has used up elsewhere.
    used_up: Vec<String>,
}

/// A price that no list has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the price book `{book}` has no price for {meter} in {region} ({nearest})")]
pub struct MissingPrice {
    book: String,
    meter: String,
    region: String,
    nearest: NearestPrice,
}

/// What exists in place of a missing price.
#[derive(Debug, Clone, PartialEq, Eq)]
enum NearestPrice {
    SameMeterIn(Vec<String>),
    OtherMeters(Vec<String>),
    NoService(Vec<String>),
    BaseMissing(String),
    BaseUnit(String, Unit),
    BaseTiers(String),
}

impl fmt::Display for NearestPrice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameMeterIn(regions) => write!(out, "it is priced in {}", regions.join(", "))?,
            Self::OtherMeters(meters) => write!(out, "that region has {}", meters.join(", "))?,
            Self::NoService(services) => write!(out, "services in the book: {}", services.join(", "))?,
            Self::BaseUnit(meter, unit) => write!(out, "it is derived from {meter}, which is priced in {unit}, another unit")?,
            Self::BaseTiers(meter) => {
                write!(out, "it is derived from {meter}, whose price has tiers, and a credit in dollars covers it")?
            }
            Self::BaseMissing(meter) => write!(out, "it is derived from {meter}, which has no price there")?,
        }
        out.write_str("; a row in your own file, --prices FILE.csv, can supply it")
    }
}

impl NearestPrice {
    /// What exists, without the remedy.
    fn known(&self) -> String {
        let text = self.to_string();
        text.split("; a row in").next().unwrap_or_default().to_owned()
    }
}

/// A price as it applies to one meter in one region.
#[derive(Debug, Clone)]
pub struct Quote<'b> {
    /// The tiers, from zero upward.
    pub price: &'b Arc<Price>,
    /// What is left of the price after discounts: one where there are none.
    pub kept: Decimal,
    /// How the price follows from another meter's, where it does.
    pub derivation: Option<Derivation<'b>>,
    /// The account-wide free allowance that covers it.
    pub free_allowance: Option<&'b Arc<Allowance>>,
}

/// The rule behind a derived price, applied.
#[derive(Debug, Clone)]
pub struct Derivation<'b> {
    /// The rule.
    pub rule: &'b Arc<DerivedPrice>,
    /// The meter whose price is multiplied.
    pub base_meter: String,
    /// Both sources, the older date and the lower confidence of the two.
    pub provenance: Arc<Provenance>,
}

/// What a list brought when it was laid over a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaidOver {
    /// How many prices, derived prices and allowances.
    pub prices: usize,
    /// Of which services.
    pub services: Vec<String>,
    /// Meters that the book did not have, and regions of known meters that it did not have: new, or misspelled.
    pub unknown: Vec<String>,
}

impl PriceBook {
    /// The price lists shipped with the program.
    #[must_use]
    pub fn bundled() -> Self {
        Self {
            name: "bundled".to_owned(),
            as_of: Some(bundled::AS_OF.trim().to_owned()),
            lists: vec![BookSource::Shipped(bundled::BUNDLED)],
            discounts: Vec::new(),
            unknown: Vec::new(),
            used_up: Vec::new(),
        }
    }

    /// The prices that the five documents behind this project state; see `reports/documents`.
    #[must_use]
    pub fn documents() -> Self {
        Self {
            name: "documents".to_owned(),
            as_of: None,
            lists: vec![BookSource::Shipped(bundled::DOCUMENTS)],
            discounts: Vec::new(),
            unknown: Vec::new(),
            used_up: Vec::new(),
        }
    }

    /// The books that can be chosen by name.
    pub const NAMES: [&'static str; 2] = ["bundled", "documents"];

    /// The shipped book of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "bundled" => Some(Self::bundled()),
            "documents" => Some(Self::documents()),
            _ => None,
        }
    }

    /// Lays a user's price list over this book: a meter and region it prices replaces all tiers below. A list without the
    /// column `free_allowance` leaves the allowances as they are: a negotiated price does not end the free tier.
    ///
    /// # Errors
    /// With every problem of the list, by file and line.
    pub fn lay_over(&mut self, file: &str, text: &[u8]) -> Result<LaidOver, PriceFileError> {
        let list =
            PriceList::parse(file, text)?.check_against(&self.allowances(), |meter, region| self.unit_of(meter, region))?;
        let unknown = list.prices().filter(|price| self.entry(price.meter(), price.region()).is_none()).map(|price| {
            let nearest = self.missing(price.meter(), price.region()).nearest;
            format!("{} in {} ({})", price.meter(), price.region(), nearest.known())
        });
        let unknown: BTreeSet<String> = unknown.collect();
        let services = list.services().into_iter().map(str::to_owned).collect();
        let laid = LaidOver { prices: list.len(), services, unknown: unknown.into_iter().collect() };
        self.unknown.extend(laid.unknown.iter().cloned());
        self.name = format!("{} + {file}", self.name);
        self.lists.insert(0, BookSource::Own(list));
        Ok(laid)
    }

    /// Takes a share off every price of a service, the negotiated ones included; a later share replaces an earlier one.
    pub fn discount(&mut self, service: &str, share: Share) {
        self.discounts.retain(|(discounted, _)| discounted != service);
        self.discounts.push((service.to_owned(), share));
    }

    /// Takes a free allowance out: the account uses it up elsewhere.
    pub fn use_up_allowance(&mut self, name: &str) {
        self.used_up.push(name.to_owned());
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The newest date its prices were checked against; none for undated ones.
    #[must_use]
    pub fn as_of(&self) -> Option<&str> {
        self.as_of.as_deref()
    }

    /// The price of a meter in a region.
    ///
    /// # Errors
    /// When there is none.
    pub fn price(&self, meter: &str, region: &str) -> Result<Quote<'_>, MissingPrice> {
        let mut quote = self.listed_price(meter, region)?;
        if let Some(share) = self.discount_on(service_of(meter)) {
            quote.kept *= share.rest().get();
        }
        Ok(quote)
    }

    /// Whether a meter has a price in a region: [`Self::price`] without the search for near names.
    ///
    /// ```
    /// # use millicent::price_book::PriceBook;
    /// let book = PriceBook::bundled();
    /// assert!(book.has_price("ec2.linux.on_demand.m6i.large", "us-east-1"));
    /// assert!(!book.has_price("ec2.linux.on_demand.m6i.large", "eastus"));
    /// ```
    #[must_use]
    pub fn has_price(&self, meter: &str, region: &str) -> bool {
        let base_is_priced = |rule: &DerivedPrice| matches!(self.entry(&rule.base_of(meter), region), Some(Entry::Price(_)));
        self.entry(meter, region).is_some_and(|entry| match entry {
            Entry::Price(_) => true,
            Entry::Rule(rule) => base_is_priced(rule),
        })
    }

    /// The discounts, by service.
    #[must_use]
    pub fn discounts(&self) -> &[(String, Share)] {
        &self.discounts
    }

    /// Prices of the user's lists that nothing below them has: new ones, or misspelled.
    #[must_use]
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// The share taken off the prices of a service.
    #[must_use]
    pub fn discount_on(&self, service: &str) -> Option<Share> {
        self.discounts.iter().find(|(discounted, _)| discounted == service).map(|(_, share)| *share)
    }

    /// The price before discounts: a fee on a list price is not reduced by what was negotiated for the list price.
    fn listed_price(&self, meter: &str, region: &str) -> Result<Quote<'_>, MissingPrice> {
        let free_allowance = self.allowance_name(meter, region).and_then(|name| self.allowance(name));
        match self.entry(meter, region) {
            None => Err(self.missing(meter, region)),
            Some(Entry::Price(price)) => Ok(Quote { price, kept: Decimal::ONE, derivation: None, free_allowance }),
            Some(Entry::Rule(rule)) => {
                let quote = self.derived_price(rule, meter, region, free_allowance);
                quote.map_err(|nearest| self.missing_because(meter, region, nearest))
            }
        }
    }

    fn derived_price<'b>(
        &'b self,
        rule: &'b Arc<DerivedPrice>,
        meter: &str,
        region: &str,
        free_allowance: Option<&'b Arc<Allowance>>,
    ) -> Result<Quote<'b>, NearestPrice> {
        let base_meter = rule.base_of(meter);
        // A rule that leads to another rule is not followed, so that no circle can be written.
        let Some(Entry::Price(price)) = self.entry(&base_meter, region) else {
            return Err(NearestPrice::BaseMissing(base_meter));
        };
        if price.unit() != rule.unit() {
            return Err(NearestPrice::BaseUnit(base_meter, price.unit()));
        }
        if 1 < price.tiers().len() && free_allowance.is_some_and(|allowance| allowance.is_credit()) {
            return Err(NearestPrice::BaseTiers(base_meter));
        }
        let base = price.tiers().first().map(|tier| &tier.provenance);
        let provenance = base.map_or_else(|| Arc::clone(&rule.provenance), |base| Arc::new(rule.provenance.and(base)));
        let derivation = Some(Derivation { rule, base_meter, provenance });
        Ok(Quote { price, kept: Decimal::ONE, derivation, free_allowance })
    }

    /// The row that prices a meter: of the uppermost list that has one.
    fn entry(&self, meter: &str, region: &str) -> Option<Entry<'_>> {
        self.lists.iter().find_map(|source| source.entry(meter, region))
    }

    /// The unit a meter is priced in, here or in some other region.
    fn unit_of(&self, meter: &str, region: &str) -> Option<Unit> {
        match self.entry(meter, region) {
            Some(Entry::Price(price)) => Some(price.unit()),
            Some(Entry::Rule(rule)) => Some(rule.unit()),
            None => self.lists.iter().find_map(|source| {
                source.list_for(meter)?.prices().find(|price| price.meter() == meter).map(|price| price.unit())
            }),
        }
    }

    /// The allowance that covers a price: what its list says, or where that is silent about allowances the next list below.
    fn allowance_name(&self, meter: &str, region: &str) -> Option<&str> {
        let entries = self.lists.iter().filter_map(|source| source.entry(meter, region));
        entries.into_iter().find(|entry| entry.states_allowance()).and_then(Entry::free_allowance)
    }

    /// The allowance of this name, unless it is used up elsewhere.
    fn allowance(&self, name: &str) -> Option<&Arc<Allowance>> {
        if self.used_up.iter().any(|used_up| used_up == name) {
            return None;
        }
        self.lists.iter().find_map(|source| source.allowance(name))
    }

    fn missing(&self, meter: &str, region: &str) -> MissingPrice {
        let prices: Vec<_> = self.lists.iter().flat_map(|list| list.prices(service_of(meter))).collect();
        let regions: BTreeSet<&str> = prices.iter().filter(|price| price.meter() == meter).map(|price| price.region()).collect();
        let there = prices.iter().filter(|price| price.region() == region || price.region() == ANY_REGION);
        let meters: BTreeSet<&str> = there.map(|price| price.meter()).collect();
        let nearest = if !regions.is_empty() {
            NearestPrice::SameMeterIn(nearest_first(region, regions, 5))
        } else if !meters.is_empty() {
            NearestPrice::OtherMeters(nearest_first(meter, meters, 3))
        } else {
            NearestPrice::NoService(self.services().iter().map(|service| (*service).to_owned()).collect())
        };
        self.missing_because(meter, region, nearest)
    }

    fn missing_because(&self, meter: &str, region: &str, nearest: NearestPrice) -> MissingPrice {
        MissingPrice { book: self.name.clone(), meter: meter.to_owned(), region: region.to_owned(), nearest }
    }

    /// Every free allowance, an upper list's before those it replaces.
    #[must_use]
    pub fn allowances(&self) -> Vec<Arc<Allowance>> {
        let mut allowances: Vec<_> = self.lists.iter().flat_map(BookSource::allowances).map(Arc::clone).collect();
        allowances.sort_by(|one, other| one.name().cmp(other.name()));
        allowances
    }

    /// The services with prices, in order.
    #[must_use]
    pub fn services(&self) -> BTreeSet<&str> {
        self.lists.iter().flat_map(BookSource::services).collect()
    }

    /// Every price whose meter is `meter` or lies below it (`lambda.duration` covers `lambda.duration.arm64`), in order;
    /// an upper list hides what it replaces.
    #[must_use]
    pub fn prices_below(&self, meter: &str) -> Vec<&Arc<Price>> {
        let prices = self.lists.iter().flat_map(|list| list.prices(service_of(meter)));
        let mut found: Vec<&Arc<Price>> = prices.filter(|price| lies_below(price.meter(), meter)).collect();
        // The sort keeps the order of the lists within a pair, so that the uppermost stays.
        found.sort_by(|one, other| (one.meter(), one.region()).cmp(&(other.meter(), other.region())));
        found.dedup_by(|lower, upper| (lower.meter(), lower.region()) == (upper.meter(), upper.region()));
        found
    }

    /// The derived prices whose pattern lies below `meter`, in order.
    #[must_use]
    pub fn derived_below(&self, meter: &str) -> Vec<&Arc<DerivedPrice>> {
        let derived = self.lists.iter().flat_map(|list| list.derived(service_of(meter)));
        derived.filter(|price| lies_below(price.meter(), meter) || price.covers(meter)).collect()
    }

    /// Meters like the one that was not found, for a "did you mean".
    #[must_use]
    pub fn meters_like(&self, meter: &str) -> Vec<String> {
        let prices = self.lists.iter().flat_map(|list| list.prices(service_of(meter)));
        let meters: BTreeSet<&str> = prices.map(|price| price.meter()).collect();
        if meters.is_empty() {
            let near = nearest(service_of(meter), self.services());
            return near.map_or_else(
                || self.services().iter().map(|service| (*service).to_owned()).collect(),
                |near| vec![near.to_owned()],
            );
        }
        nearest_first(meter, meters, 5)
    }
}

/// The service that a meter belongs to: its first segment.
#[must_use]
pub fn service_of(meter: &str) -> &str {
    meter.split('.').next().unwrap_or(meter)
}

fn lies_below(meter: &str, upper: &str) -> bool {
    meter.strip_prefix(upper).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn nearest_first(typed: &str, candidates: BTreeSet<&str>, most: usize) -> Vec<String> {
    by_distance(typed, candidates).into_iter().take(most).map(|(_, name)| name.to_owned()).collect()
}

impl Quote<'_> {
    /// The price of a tier in dollars per unit.
    #[must_use]
    pub fn per_unit(&self, tier: &Tier) -> Decimal {
        let listed = self.derivation.as_ref().map_or(tier.price, |derivation| derivation.rule.of_price(tier.price));
        if self.kept == Decimal::ONE { listed } else { (listed * self.kept).normalize() }
    }

    /// Checks that the price is for the meter's unit.
    #[must_use]
    pub fn fits(&self, meter: &Meter) -> bool {
        self.price.unit() == meter.unit()
    }
}
