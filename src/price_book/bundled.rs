//! The price lists compiled into the program, one per service, parsed meter by meter when first asked for.

use super::shipped::ServiceFile;

/// The newest date the bundled AWS prices were checked against.
pub(super) const AS_OF: &str = include_str!("../../pricing/as_of.txt");

/// Files of `pricing`, by folder; a new file is one more word.
macro_rules! service_files {
    ($($folder:literal: $($service:ident)*;)+) => {{
        static FILES: [ServiceFile; [$($(stringify!($service),)*)+].len()] = [$($(ServiceFile::new(
            stringify!($service),
            concat!("pricing/", $folder, "/", stringify!($service), ".csv"),
            include_str!(concat!("../../pricing/", $folder, "/", stringify!($service), ".csv")),
        ),)*)+];
        &FILES
    }};
}

/// The book `bundled`. What is parsed of it is parsed once for all books.
pub(super) static BUNDLED: &[ServiceFile] = service_files! {
    "aws":
        api_gateway
        app_runner
        cloudwatch
        cloudwatch_logs
        data_transfer
        dynamodb
        ebs
        ec2
        ecr
        ecs_anywhere
        ecs_managed_instances
        eks
        elastic_load_balancing
        eventbridge
        fargate
        kinesis
        lambda
        lambda_edge
        lambda_managed_instances
        lambda_microvm
        nat_gateway
        parameter_store
        rds_proxy
        s3
        sagemaker_realtime
        sagemaker_serverless
        secrets_manager
        sns
        sqs
        step_functions
        vpc
        x_ray
    ;
    "gcp":
        cloud_functions
        cloud_run
        compute_engine
        gke
        google_network
        persistent_disk
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
    "others":
        cloudflare_containers
        cloudflare_workers
        fly
        modal
        vercel
    ;
};

/// The book `documents`.
pub(super) static DOCUMENTS: &[ServiceFile] = service_files! {
    "documents":
        ec2
        lambda
    ;
};

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
    use std::collections::BTreeSet;

    use super::*;
    use crate::price_book::{PriceBook, regions_of};
    use crate::usage::Provider;

    #[test]
    fn every_price_file_is_listed_and_every_listed_file_is_a_service_of_its_own() {
        let services: BTreeSet<&str> = BUNDLED.iter().map(ServiceFile::service).collect();
        assert_eq!(services.len(), BUNDLED.len());
        let listed: BTreeSet<String> = BUNDLED.iter().chain(DOCUMENTS).map(|file| file.path().to_owned()).collect();
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut there = BTreeSet::new();
        for folder in root.join("pricing").read_dir().unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
            for file in folder.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
                let path = file.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                // Sizes of machines, no prices.
                if !path.starts_with("pricing/machines/") {
                    there.insert(path);
                }
            }
        }
        assert_eq!(listed, there);
    }

    #[test]
    fn lambda_is_priced_in_all_36_regions() {
        let book = PriceBook::bundled();
        assert_eq!(regions_of(Provider::Aws).count(), 36);
        for region in regions_of(Provider::Aws) {
            for meter in ["lambda.requests", "lambda.duration", "lambda.provisioned_concurrency", "lambda.ephemeral_storage"] {
                for architecture in ["x86_64", "arm64"] {
                    let meter = format!("{meter}.{architecture}");
                    assert!(book.price(&meter, region).is_ok(), "{meter} in {region}");
                }
            }
        }
    }
}
