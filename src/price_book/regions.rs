//! The regions of every provider: `pricing/regions.csv`, and the check of a region that was typed.

use std::collections::BTreeSet;
use std::fmt;

use super::source::BookSource;
use super::{ANY_REGION, PriceBook, nearest_first};
use crate::settings::nearest;
use crate::usage::{Provider, Region};

/// A row of the region list.
struct KnownRegion {
    /// As [`Provider::id`] says it.
    provider: &'static str,
    code: &'static str,
    name: &'static str,
}

/// Every region, by provider and code.
fn known_regions() -> impl Iterator<Item = KnownRegion> {
    include_str!("../../pricing/regions.csv").lines().skip(1).filter_map(|line| {
        let (provider, rest) = line.split_once(',')?;
        let (code, name) = rest.split_once(',')?;
        Some(KnownRegion { provider, code, name })
    })
}

/// The codes of a provider's regions, in order; [`ANY_REGION`] alone where its prices are the same everywhere.
pub fn regions_of(provider: Provider) -> impl Iterator<Item = &'static str> {
    known_regions().filter(move |region| region.provider == provider.id()).map(|region| region.code)
}

/// A region's name for people, if it is a known one.
#[must_use]
pub fn region_name(code: &str) -> Option<&'static str> {
    known_regions().find(|region| region.code == code && code != ANY_REGION).map(|region| region.name)
}

/// The provider that has this region.
#[must_use]
pub fn provider_of(code: &str) -> Option<Provider> {
    let region = known_regions().find(|region| region.code == code && code != ANY_REGION)?;
    Provider::ALL.iter().copied().find(|provider| provider.id() == region.provider)
}

/// A region code that no list knows, or that belongs to another provider than the one it was meant for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct UnknownRegion {
    region: String,
    /// The provider that was asked for, if it was a particular one.
    wanted: Option<Provider>,
    /// The provider that has the region after all.
    other: Option<Provider>,
    near: Vec<String>,
}

impl fmt::Display for UnknownRegion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { region, wanted, other, near } = self;
        match (wanted, other) {
            (Some(wanted), Some(other)) => write!(out, "{region:?} is a region of {other}, not of {wanted}")?,
            (Some(wanted), None) => write!(out, "unknown region {region:?} of {wanted}")?,
            (None, _) => write!(out, "unknown region {region:?}")?,
        }
        write!(out, " (near names: {}; `millicent prices list` shows all)", near.join(", "))
    }
}

impl PriceBook {
    /// Checks that a region exists: some provider has it, or the user's own lists price it.
    ///
    /// # Errors
    /// With the nearest names.
    pub fn check_region(&self, region: &str) -> Result<Region, UnknownRegion> {
        self.check_among(region, known_regions().map(|known| known.code).filter(|code| *code != ANY_REGION), None)
    }

    /// Checks that a region is one of a provider's, or that the user's own lists price it.
    ///
    /// ```
    /// # use millicent::{price_book::PriceBook, usage::Provider};
    /// let book = PriceBook::bundled();
    /// assert!(book.check_region_of(Provider::Google, "us-central1").is_ok());
    /// let error = book.check_region_of(Provider::Google, "centralus").unwrap_err().to_string();
    /// assert!(error.starts_with(r#""centralus" is a region of Azure, not of Google Cloud (near names: "#));
    /// ```
    ///
    /// # Errors
    /// With the nearest of the provider's regions.
    pub fn check_region_of(&self, provider: Provider, region: &str) -> Result<Region, UnknownRegion> {
        self.check_among(region, regions_of(provider), Some(provider))
    }

    fn check_among(
        &self,
        region: &str,
        known: impl Iterator<Item = &'static str>,
        wanted: Option<Provider>,
    ) -> Result<Region, UnknownRegion> {
        let known: BTreeSet<&str> = known.collect();
        let own = || self.lists.iter().flat_map(BookSource::own_regions).filter(|code| *code != ANY_REGION);
        if known.contains(region) || own().any(|code| code == region) {
            return Ok(Region::new(region));
        }
        // What the user's lists price may be another provider's.
        let own = own().filter(|code| provider_of(code).is_none_or(|provider| wanted.is_none_or(|wanted| wanted == provider)));
        let candidates: BTreeSet<&str> = known.iter().copied().chain(own).collect();
        let near = match nearest(region, candidates.iter().copied()) {
            // Nothing is like it: the usual regions of the providers tell more than chance resemblances.
            None if wanted.is_none() => Provider::ALL
                .iter()
                .map(|provider| provider.default_region().to_owned())
                .filter(|code| code != ANY_REGION)
                .collect(),
            _ => nearest_first(region, candidates, 6),
        };
        Err(UnknownRegion { region: region.to_owned(), wanted, other: provider_of(region), near })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_region_has_a_known_provider_and_one_name() {
        let mut codes = BTreeSet::new();
        for region in known_regions() {
            assert!(Provider::ALL.iter().any(|provider| provider.id() == region.provider), "{}", region.provider);
            assert!(!region.name.is_empty() && !region.name.contains(','), "{}", region.code);
            assert!(region.code == ANY_REGION || codes.insert(region.code), "{} is listed twice", region.code);
        }
        let rows: Vec<&str> = include_str!("../../pricing/regions.csv").lines().skip(1).collect();
        assert!(rows.is_sorted() && rows.len() == known_regions().count());
    }

    #[test]
    fn every_provider_has_its_default_region() {
        for provider in Provider::ALL {
            let region = provider.default_region();
            assert!(regions_of(*provider).any(|code| code == region), "{provider}: {region}");
            assert!(PriceBook::bundled().check_region_of(*provider, region).is_ok());
        }
    }

    #[test]
    fn a_region_of_another_provider_is_refused_by_name() {
        let book = PriceBook::bundled();
        assert!(book.check_region("westeurope").is_ok() && book.check_region("us-east-1").is_ok());
        let error = book.check_region_of(Provider::Aws, "eastus").unwrap_err().to_string();
        assert!(
            error.starts_with("\"eastus\" is a region of Azure, not of AWS (near names: ") && error.contains("us-east-1"),
            "{error}"
        );
        let error = book.check_region_of(Provider::Modal, "us-east-1").unwrap_err().to_string();
        assert_eq!(error, "\"us-east-1\" is a region of AWS, not of Modal (near names: any; `millicent prices list` shows all)");
        let error = book.check_region_of(Provider::Aws, "us-esat-1").unwrap_err().to_string();
        assert!(error.starts_with("unknown region \"us-esat-1\" of AWS (near names: us-east-1"), "{error}");
    }

    #[test]
    fn a_region_of_the_users_own_list_is_known() {
        let mut book = PriceBook::bundled();
        book.lay_over("my.csv", b"meter,region,unit,price_usd\nlambda.requests.arm64,cellar-1,request,1\n").unwrap();
        assert!(book.check_region("cellar-1").is_ok());
        assert!(book.check_region_of(Provider::Azure, "cellar-1").is_ok());
    }
}
