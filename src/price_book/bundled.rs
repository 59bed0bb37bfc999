//! The price lists compiled into the program, one per service, parsed when first asked for.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use super::csv::PriceList;

/// The newest date the bundled prices were checked against.
pub(super) const AS_OF: &str = include_str!("../../pricing/as_of.txt");

/// One shipped file.
#[derive(Debug)]
struct ServiceFile {
    service: &'static str,
    path: &'static str,
    text: &'static str,
    parsed: OnceLock<PriceList>,
}

macro_rules! service_files {
    ($folder:literal: $($service:literal),+) => {
        vec![$(ServiceFile {
            service: $service,
            path: concat!("pricing/", $folder, "/", $service, ".csv"),
            text: include_str!(concat!("../../pricing/", $folder, "/", $service, ".csv")),
            parsed: OnceLock::new(),
        }),+]
    };
}

impl ServiceFile {
    fn list(&self) -> &PriceList {
        self.parsed.get_or_init(|| {
            PriceList::parse(self.path, self.text.as_bytes()).expect("a test parses every shipped file, so it has no problem")
        })
    }
}

/// Prices from one place: files shipped with the program, or a list of the user's own.
#[derive(Debug)]
pub struct BookSource(Kind);

#[derive(Debug)]
enum Kind {
    Shipped(Vec<ServiceFile>),
    Own(PriceList),
}

impl BookSource {
    pub(super) fn aws() -> Self {
        Self(Kind::Shipped(service_files!("aws": "ec2", "lambda", "lambda_edge", "lambda_managed_instances", "lambda_microvm")))
    }

    pub(super) fn documents() -> Self {
        Self(Kind::Shipped(service_files!("documents": "ec2", "lambda")))
    }

    pub(super) fn own(list: PriceList) -> Self {
        Self(Kind::Own(list))
    }

    pub(super) fn as_own(&self) -> Option<&PriceList> {
        match &self.0 {
            Kind::Own(list) => Some(list),
            Kind::Shipped(_) => None,
        }
    }

    /// The list that may price this service.
    pub(super) fn service(&self, service: &str) -> Option<&PriceList> {
        match &self.0 {
            Kind::Own(list) => Some(list),
            Kind::Shipped(files) => files.iter().find(|file| file.service == service).map(ServiceFile::list),
        }
    }

    pub(super) fn services(&self) -> BTreeSet<&str> {
        match &self.0 {
            Kind::Own(list) => list.services(),
            Kind::Shipped(files) => files.iter().map(|file| file.service).collect(),
        }
    }
}

/// The known regions with their names, as (code, name).
pub(super) fn regions() -> impl Iterator<Item = (&'static str, &'static str)> {
    include_str!("../../pricing/aws/regions.csv").lines().skip(1).filter_map(|line| line.split_once(','))
}

/// A region's name for people, if it is a known one.
#[must_use]
pub fn region_name(code: &str) -> Option<&'static str> {
    regions().find(|(known, _)| *known == code).map(|(_, name)| name)
}

/// What a source name in a price list stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceNote {
    /// As price lists name it.
    pub source: String,
    /// What it is.
    pub description: String,
    /// When it was current; empty when undated.
    pub date: String,
    /// What else to know.
    pub note: String,
}

/// Every source of the shipped prices, in the order of `pricing/sources.csv`.
#[must_use]
pub fn source_notes() -> Vec<SourceNote> {
    let mut reader = csv::Reader::from_reader(include_str!("../../pricing/sources.csv").as_bytes());
    let field = |record: &csv::StringRecord, place: usize| record.get(place).unwrap_or_default().to_owned();
    let rows = reader.records().filter_map(Result::ok);
    rows.map(|row| SourceNote { source: field(&row, 0), description: field(&row, 1), date: field(&row, 2), note: field(&row, 3) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The proof behind the `expect` above, and the checks that only the shipped book must pass.
    #[test]
    fn every_shipped_file_parses_and_names_known_sources() {
        let sources: BTreeSet<String> = source_notes().into_iter().map(|note| note.source).collect();
        for source in [BookSource::aws(), BookSource::documents()] {
            let Kind::Shipped(files) = source.0 else { panic!() };
            for file in files {
                let list = PriceList::parse(file.path, file.text.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
                assert_eq!(list.services(), BTreeSet::from([file.service]), "{}", file.path);
                for price in list.prices() {
                    for tier in price.tiers() {
                        let provenance = &tier.provenance;
                        assert!(sources.contains(&provenance.source), "{}: source {}", file.path, provenance.source);
                        assert!(provenance.source_date.as_deref().unwrap_or("") <= AS_OF.trim(), "{}: {provenance:?}", file.path);
                    }
                    if let Some(allowance) = price.free_allowance() {
                        assert!(
                            list.exact(allowance, super::super::ANY_REGION).is_some(),
                            "{}: allowance {allowance}",
                            file.path
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn lambda_is_priced_in_all_36_regions() {
        let aws = BookSource::aws();
        let lambda = aws.service("lambda").unwrap();
        assert_eq!(regions().count(), 36);
        for (region, _) in regions() {
            for meter in ["lambda.requests", "lambda.duration", "lambda.provisioned_concurrency", "lambda.ephemeral_storage"] {
                for architecture in ["x86_64", "arm64"] {
                    assert!(
                        lambda.exact(&format!("{meter}.{architecture}"), region).is_some(),
                        "{meter}.{architecture} in {region}"
                    );
                }
            }
        }
    }
}
