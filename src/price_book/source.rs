//! A price list in a book, wherever it comes from: shipped or the user's own.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::list::PriceList;
use super::shipped::ServiceFile;
use super::tier::{Allowance, DerivedPrice, Price};
use super::{ANY_REGION, service_of};

/// Prices from one place: files shipped with the program, a list of the user's own, or a part of another book, of whose
/// regions only some were the user's own.
#[derive(Debug)]
pub(super) enum BookSource {
    Shipped(&'static [ServiceFile]),
    Own(PriceList),
    Part { list: PriceList, own_regions: BTreeSet<String> },
}

/// A price or the rule that gives it.
pub(super) enum Entry<'b> {
    Price(&'b Arc<Price>),
    Rule(&'b Arc<DerivedPrice>),
}

impl<'b> Entry<'b> {
    /// Whether its list speaks of free allowances, so that none named means none.
    pub(super) fn states_allowance(&self) -> bool {
        match self {
            Self::Price(price) => price.states_allowance,
            Self::Rule(rule) => rule.states_allowance,
        }
    }

    pub(super) fn free_allowance(self) -> Option<&'b str> {
        match self {
            Self::Price(price) => price.free_allowance(),
            Self::Rule(rule) => rule.free_allowance(),
        }
    }
}

impl BookSource {
    fn shipped(&self, service: &str) -> Option<&ServiceFile> {
        match self {
            Self::Own(_) | Self::Part { .. } => None,
            Self::Shipped(files) => files.iter().find(|file| file.service() == service),
        }
    }

    /// The list that may price this meter.
    pub(super) fn list_for(&self, meter: &str) -> Option<&PriceList> {
        match self {
            Self::Own(list) | Self::Part { list, .. } => Some(list),
            Self::Shipped(_) => self.shipped(service_of(meter))?.meter(meter),
        }
    }

    /// The row that prices a meter: for the region before `any`, a price before a rule, a long pattern before a short one.
    pub(super) fn entry(&self, meter: &str, region: &str) -> Option<Entry<'_>> {
        let list = self.list_for(meter);
        [region, ANY_REGION].into_iter().find_map(|region| {
            let price = list.and_then(|list| list.exact(meter, region));
            price.map(Entry::Price).or_else(|| self.rule_for(meter, region).map(Entry::Rule))
        })
    }

    /// The derived price of this meter with the longest pattern.
    fn rule_for(&self, meter: &str, region: &str) -> Option<&Arc<DerivedPrice>> {
        match self {
            Self::Own(list) | Self::Part { list, .. } => list.rule_for(meter, region),
            Self::Shipped(_) => self.shipped(service_of(meter))?.rule_for(meter, region),
        }
    }

    /// The derived prices of a service.
    pub(super) fn derived(&self, service: &str) -> Vec<&Arc<DerivedPrice>> {
        match self {
            Self::Own(list) | Self::Part { list, .. } => {
                list.derived().filter(|price| service_of(price.meter()) == service).collect()
            }
            Self::Shipped(_) => self.shipped(service).into_iter().flat_map(ServiceFile::derived).collect(),
        }
    }

    /// Every price of a service.
    pub(super) fn prices(&self, service: &str) -> Vec<&Arc<Price>> {
        match self {
            Self::Own(list) | Self::Part { list, .. } => {
                list.prices().filter(|price| service_of(price.meter()) == service).collect()
            }
            Self::Shipped(_) => self.shipped(service).into_iter().flat_map(ServiceFile::prices).collect(),
        }
    }

    /// The free allowance of this name.
    pub(super) fn allowance(&self, name: &str) -> Option<&Arc<Allowance>> {
        self.list_for(name)?.allowances().find(|allowance| allowance.name() == name)
    }

    /// The free allowances, of all services.
    pub(super) fn allowances(&self) -> Vec<&Arc<Allowance>> {
        match self {
            Self::Own(list) | Self::Part { list, .. } => list.allowances().collect(),
            Self::Shipped(files) => files.iter().flat_map(ServiceFile::allowances).collect(),
        }
    }

    pub(super) fn services(&self) -> BTreeSet<&str> {
        match self {
            Self::Own(list) | Self::Part { list, .. } => list.services(),
            Self::Shipped(files) => files.iter().map(ServiceFile::service).collect(),
        }
    }

    /// The regions that a user's own list prices.
    pub(super) fn own_regions(&self) -> BTreeSet<&str> {
        match self {
            Self::Own(list) => list.regions(),
            Self::Part { own_regions, .. } => own_regions.iter().map(String::as_str).collect(),
            Self::Shipped(_) => BTreeSet::new(),
        }
    }
}
