//! Which region an option is in: its own, the stated one of its provider, or the provider's default.

use super::ScenarioError;
use crate::platform;
use crate::price_book::{ANY_REGION, PriceBook};
use crate::settings::{Found, Section, SettingError};
use crate::usage::{Provider, Region};

/// The regions at the top of a scenario.
#[derive(Debug, Clone)]
pub(super) struct StatedRegions(pub(super) Vec<Found<String>>);

impl StatedRegions {
    /// Takes `region`: one code, several with commas between, or a list.
    pub(super) fn read(file: &mut Section, book: &PriceBook) -> Result<Self, ScenarioError> {
        let mut regions = Vec::new();
        for Found { value, at } in file.texts("region")? {
            for code in value.split(',').map(str::trim) {
                book.check_region(code).map_err(|problem| ScenarioError::Region { at: at.clone(), problem })?;
                regions.push(Found { value: code.to_owned(), at: at.clone() });
            }
        }
        for provider in Provider::ALL {
            let own: Vec<&Found<String>> =
                regions.iter().filter(|region| book.check_region_of(*provider, &region.value).is_ok()).collect();
            if let [first, second, ..] = own.as_slice() {
                let problem = format!(
                    "{} and {} are both regions of {provider} (state one for each provider, or `region` in the option)",
                    first.value, second.value
                );
                return Err(SettingError::other(&second.at, problem).into());
            }
        }
        Ok(Self(regions))
    }

    /// Whether a platform of the line-up belongs into a comparison: who states regions means these providers.
    pub(super) fn allow(&self, platform: &str, book: &PriceBook) -> bool {
        let name = platform.split(',').next().unwrap_or(platform);
        let provider = platform::named(name).map(|platform| platform.provider);
        self.0.is_empty() || provider.is_none_or(|provider| self.of(provider, None, book).is_ok())
    }

    /// The region of an option, and whether it was stated. A region of one provider is never taken for another's.
    pub(super) fn of(
        &self,
        provider: Provider,
        own: Option<Found<String>>,
        book: &PriceBook,
    ) -> Result<(Region, bool), ScenarioError> {
        let check = |found: &Found<String>| {
            let wrong = |problem| ScenarioError::Region { at: found.at.clone(), problem };
            book.check_region_of(provider, &found.value).map(|region| (region, true)).map_err(wrong)
        };
        if let Some(own) = own {
            return check(&own);
        }
        let by_default = provider.default_region();
        let stated = self.0.iter().find_map(|found| check(found).ok());
        match (stated, self.0.first()) {
            (Some(stated), _) => Ok(stated),
            (None, _) if by_default == ANY_REGION => Ok((Region::new(by_default), true)),
            (None, None) => Ok((Region::new(by_default), false)),
            (None, Some(found)) => Err(SettingError::other(
                &found.at,
                format!(
                    "{:?} is no region of {provider}: state one for each provider, such as region = \"{},{by_default}\", or `region` in the option",
                    found.value, found.value
                ),
            )
            .into()),
        }
    }
}
