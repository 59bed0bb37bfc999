//! The price lists compiled into the program, one per service, parsed meter by meter when first asked for.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use super::list::PriceList;
use super::service_of;
use super::tier::{Allowance, DerivedPrice, Price};

/// The newest date the bundled prices were checked against.
pub(super) const AS_OF: &str = include_str!("../../pricing/as_of.txt");

/// One shipped file. Its rows are sorted by meter (a test checks it), so finding a meter takes one pass over the first
/// column, and only the rows of meters that are asked for are parsed.
#[derive(Debug)]
pub(super) struct ServiceFile {
    service: &'static str,
    path: &'static str,
    text: &'static str,
    meters: OnceLock<FxHashMap<&'static str, MeterRows>>,
}

/// The rows of one meter.
#[derive(Debug)]
struct MeterRows {
    text: &'static str,
    parsed: OnceLock<PriceList>,
}

/// Files of `pricing`, by folder; a new file is one more word.
macro_rules! service_files {
    ($($folder:literal: $($service:ident)*;)+) => {
        vec![$($(ServiceFile {
            service: stringify!($service),
            path: concat!("pricing/", $folder, "/", stringify!($service), ".csv"),
            text: include_str!(concat!("../../pricing/", $folder, "/", stringify!($service), ".csv")),
            meters: OnceLock::new(),
        }),*),+]
    };
}

impl ServiceFile {
    fn header(&self) -> &'static str {
        self.text.split_inclusive('\n').next().unwrap_or_default()
    }

    fn meters(&self) -> &FxHashMap<&'static str, MeterRows> {
        self.meters.get_or_init(|| {
            let mut meters = FxHashMap::default();
            let mut rest = &self.text[self.header().len()..];
            while let Some(meter) = first_field(rest) {
                let mut length = 0;
                while first_field(&rest[length..]) == Some(meter) {
                    length += rest[length..].find('\n').map_or(rest.len() - length, |newline| newline + 1);
                }
                let (rows, after) = rest.split_at(length);
                meters.insert(meter, MeterRows { text: rows, parsed: OnceLock::new() });
                rest = after;
            }
            meters
        })
    }

    /// The prices of one meter, in all regions.
    fn meter(&self, meter: &str) -> Option<&PriceList> {
        self.meters().get(meter).map(|rows| self.parsed(rows))
    }

    fn parsed<'f>(&'f self, rows: &'f MeterRows) -> &'f PriceList {
        rows.parsed.get_or_init(|| {
            let text = [self.header(), rows.text].concat();
            PriceList::parse(self.path, text.as_bytes()).expect("a test parses every shipped file, so it has no problem")
        })
    }

    fn lists(&self) -> impl Iterator<Item = &PriceList> {
        self.meters().values().map(|rows| self.parsed(rows))
    }

    /// The lists of free allowances, such as `lambda.free.requests`.
    fn allowance_lists(&self) -> impl Iterator<Item = &PriceList> {
        self.meters().iter().filter(|(meter, _)| meter.split('.').nth(1) == Some("free")).map(|(_, rows)| self.parsed(rows))
    }

    /// The lists of the meters that stand for many, such as `fee.*`.
    fn pattern_lists(&self) -> impl Iterator<Item = &PriceList> {
        self.meters().iter().filter(|(meter, _)| meter.ends_with('*')).map(|(_, rows)| self.parsed(rows))
    }
}

fn first_field(text: &'static str) -> Option<&'static str> {
    text.split_once(',').map(|(field, _)| field)
}

/// Prices from one place: files shipped with the program, or a list of the user's own.
#[derive(Debug)]
pub(super) enum BookSource {
    Shipped(Vec<ServiceFile>),
    Own(PriceList),
}

impl BookSource {
    pub(super) fn bundled() -> Self {
        Self::Shipped(service_files! {
            "aws":
                app_runner
                ec2
                ecs_anywhere
                eks
                fargate
                lambda
                lambda_edge
                lambda_managed_instances
                lambda_microvm
                sagemaker_realtime
                sagemaker_serverless
            ;
            "azure":
                aks
                azure_app_service
                azure_container_registry
                azure_functions
                azure_vm
                container_apps
                container_instances
            ;
            "gcp":
                cloud_functions
                cloud_run
                gke
                google_network
                persistent_disk
            ;
            "others":
                cloudflare_containers
                cloudflare_workers
                fly
                modal
                vercel
            ;
        })
    }

    pub(super) fn documents() -> Self {
        Self::Shipped(service_files! {
            "documents":
                ec2
                lambda
            ;
        })
    }

    fn shipped(&self, service: &str) -> Option<&ServiceFile> {
        match self {
            Self::Own(_) => None,
            Self::Shipped(files) => files.iter().find(|file| file.service == service),
        }
    }

    /// The list that may price this meter.
    pub(super) fn list_for(&self, meter: &str) -> Option<&PriceList> {
        match self {
            Self::Own(list) => Some(list),
            Self::Shipped(_) => self.shipped(service_of(meter))?.meter(meter),
        }
    }

    /// The derived prices of a service.
    pub(super) fn derived(&self, service: &str) -> Vec<&Arc<DerivedPrice>> {
        match self {
            Self::Own(list) => list.derived().filter(|price| service_of(price.meter()) == service).collect(),
            Self::Shipped(_) => {
                self.shipped(service).into_iter().flat_map(|file| file.pattern_lists().flat_map(PriceList::derived)).collect()
            }
        }
    }

    /// Every price of a service.
    pub(super) fn prices(&self, service: &str) -> Vec<&Arc<Price>> {
        match self {
            Self::Own(list) => list.prices().filter(|price| service_of(price.meter()) == service).collect(),
            Self::Shipped(_) => {
                self.shipped(service).into_iter().flat_map(|file| file.lists().flat_map(PriceList::prices)).collect()
            }
        }
    }

    /// The free allowance of this name.
    pub(super) fn allowance(&self, name: &str) -> Option<&Arc<Allowance>> {
        self.list_for(name)?.allowances().find(|allowance| allowance.name() == name)
    }

    /// The free allowances, of all services.
    pub(super) fn allowances(&self) -> Vec<&Arc<Allowance>> {
        match self {
            Self::Own(list) => list.allowances().collect(),
            Self::Shipped(files) => {
                files.iter().flat_map(|file| file.allowance_lists().flat_map(PriceList::allowances)).collect()
            }
        }
    }

    pub(super) fn services(&self) -> BTreeSet<&str> {
        match self {
            Self::Own(list) => list.services(),
            Self::Shipped(files) => files.iter().map(|file| file.service).collect(),
        }
    }

    /// The regions that a user's own list prices.
    pub(super) fn own_regions(&self) -> BTreeSet<&str> {
        match self {
            Self::Own(list) => list.regions(),
            Self::Shipped(_) => BTreeSet::new(),
        }
    }
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
    use crate::price_book::regions_of;
    use crate::usage::Provider;

    /// The proof behind the `expect` above, and the checks that only the shipped book must pass.
    #[test]
    fn every_shipped_file_parses_and_names_known_sources() {
        let sources: BTreeSet<String> = source_notes().into_iter().map(|note| note.source).collect();
        for source in [BookSource::bundled(), BookSource::documents()] {
            let BookSource::Shipped(files) = source else { panic!() };
            for file in files {
                let list = PriceList::parse(file.path, file.text.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
                let list = list.check_against(&[], |_, _| None).unwrap_or_else(|error| panic!("{error}"));
                assert_eq!(list.services(), BTreeSet::from([file.service]), "{}", file.path);
                // Every row is found through the index: the file is sorted by meter, with no quotes in the first column.
                let found: usize = file.lists().map(PriceList::len).sum();
                assert_eq!(found, list.len(), "{}", file.path);
                for price in list.prices() {
                    for tier in price.tiers() {
                        let provenance = &tier.provenance;
                        assert!(sources.contains(&provenance.source), "{}: source {}", file.path, provenance.source);
                        let date = provenance.source_date.as_deref().unwrap_or("");
                        assert!(date <= AS_OF.trim() || !file.path.contains("/aws/"), "{}: {provenance:?}", file.path);
                    }
                }
            }
        }
    }

    #[test]
    fn every_price_file_is_listed_and_every_listed_file_is_a_service_of_its_own() {
        let (BookSource::Shipped(bundled), BookSource::Shipped(documents)) = (BookSource::bundled(), BookSource::documents())
        else {
            panic!()
        };
        let services: BTreeSet<&str> = bundled.iter().map(|file| file.service).collect();
        assert_eq!(services.len(), bundled.len());
        let listed: BTreeSet<String> = bundled.iter().chain(&documents).map(|file| file.path.to_owned()).collect();
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut there = BTreeSet::new();
        for folder in root.join("pricing").read_dir().unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
            for file in folder.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
                let path = file.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                // Sizes of machines, no prices.
                if !path.ends_with("_specs.csv") {
                    there.insert(path);
                }
            }
        }
        assert_eq!(listed, there);
    }

    #[test]
    fn lambda_is_priced_in_all_36_regions() {
        let book = BookSource::bundled();
        assert_eq!(regions_of(Provider::Aws).count(), 36);
        for region in regions_of(Provider::Aws) {
            for meter in ["lambda.requests", "lambda.duration", "lambda.provisioned_concurrency", "lambda.ephemeral_storage"] {
                for architecture in ["x86_64", "arm64"] {
                    let meter = format!("{meter}.{architecture}");
                    let price = book.list_for(&meter).and_then(|list| list.exact(&meter, region));
                    assert!(price.is_some(), "{meter} in {region}");
                }
            }
        }
    }
}
