//! Published prices, each taken from a bill that uses it.

use std::collections::BTreeMap;

use millicent::price_book::{PriceBook, region_name, regions_of};
use millicent::units::Decimal;
use millicent::usage::Provider;
use rust_decimal::RoundingStrategy;
use serde::Deserialize;

use super::{cost, decimal, decimal_field, only_bill, rows, usd};

#[derive(Debug, Deserialize)]
struct MillisecondRow {
    memory_mb: u32,
    #[serde(deserialize_with = "decimal_field")]
    x86_64_usd: Decimal,
    #[serde(deserialize_with = "decimal_field")]
    arm64_usd: Decimal,
}

/// A price that holds in a region, of a tier counted from one.
#[derive(Debug, Deserialize)]
struct PriceRow {
    region: String,
    meter: String,
    tier: usize,
    #[serde(deserialize_with = "decimal_field")]
    price_usd: Decimal,
}

/// A price as a page or price list prints it, times the factor of a derived price.
#[derive(Debug, Deserialize)]
struct PublishedRow {
    meter: String,
    region: String,
    #[serde(deserialize_with = "decimal_field")]
    price_usd: Decimal,
}

/// The settings of a function that make it use a meter, so that it is on the bill.
fn settings_that_use(meter: &str) -> &'static str {
    let settings = [
        ("lambda.requests", ""),
        ("lambda.duration.provisioned", r#", provisioned_concurrency = 1, provisioned_requests = "1/month""#),
        ("lambda.duration", ""),
        ("lambda.provisioned_concurrency", r#", provisioned_concurrency = 1, provisioned_requests = "1/month""#),
        ("lambda.ephemeral_storage", r#", ephemeral_storage = "10GB""#),
        ("lambda.response_stream", ", response_streaming = true"),
        ("lambda.snapstart", r#", snap_start = true, runtime = "python3.13", cold_start_share = "1%""#),
        ("lambda.event_poller.kafka", r#", event_source = "kafka", event_poller_units = 1"#),
        ("lambda.event_poller.sqs", r#", event_source = "sqs", event_poller_units = 2"#),
        ("lambda.tenant_isolation", r#", tenant_environments = "1/month""#),
        ("lambda.durable", r#", durable_operations = 1, durable_written = "1KB""#),
    ];
    let found = settings.into_iter().find(|(prefix, _)| meter.starts_with(prefix));
    found.unwrap_or_else(|| panic!("what uses {meter}?")).1
}

/// The way of paying that a meter is for, as a setting.
fn purchase_of(meter: &str) -> String {
    let plans = ["1y_no_upfront", "1y_all_upfront", "3y_no_upfront", "3y_all_upfront"];
    let plan = plans.into_iter().find(|plan| meter.contains(&format!(".compute_savings_plan_{plan}.")));
    plan.map_or_else(String::new, |plan| format!(r#", purchase = "compute-savings-plan-{}""#, plan.replace('_', "-")))
}

fn architecture_of(meter: &str) -> &'static str {
    if meter.ends_with(".arm64") { "arm64" } else { "x86_64" }
}

fn check_price(row: &PriceRow) {
    let PriceRow { region, meter, tier, price_usd } = row;
    // Only what is streamed can be larger than the 6 MB that cost nothing.
    let response = if meter.starts_with("lambda.response_stream") { "7MB" } else { "1MB" };
    // 20 billion GB-seconds reach the last tier of either architecture.
    let bill = only_bill(&format!(
        r#"
        region = "{region}"
        workload = {{ requests = "20B/month", duration = "1s", memory = "1GB", response = "{response}" }}
        option = {{ platform = "lambda", architecture = "{}"{}{} }}
        "#,
        architecture_of(meter),
        purchase_of(meter),
        settings_that_use(meter),
    ));
    let prices: Vec<Decimal> = bill.lines.iter().filter(|line| line.meter.id() == meter).map(|line| line.price).collect();
    assert_eq!(prices.get(tier - 1), Some(price_usd), "{meter} in {region}, tier {tier} of {prices:?}");
}

#[test]
fn regional_prices_are_those_of_the_feed() {
    rows(include_str!("../../reference/regional-prices.csv")).iter().for_each(check_price);
}

#[test]
fn the_book_has_what_is_published() {
    let book = PriceBook::bundled();
    for row in rows::<PublishedRow>(include_str!("../../reference/published-prices.csv")) {
        let quote = book.price(&row.meter, &row.region).unwrap();
        assert_eq!(quote.per_unit(&quote.price.tiers()[0]), row.price_usd, "{} in {}", row.meter, row.region);
    }
}

#[test]
fn cloud_run_is_priced_in_all_regions_in_one_of_two_tiers() {
    let book = PriceBook::bundled();
    let price = |meter: &str, region: &str| {
        let quote = book.price(&format!("cloud_run.{meter}"), region).unwrap();
        quote.per_unit(&quote.price.tiers()[0])
    };
    let first_tier = |region: &&str| price("request_based.cpu", region) == decimal("0.000024");
    assert_eq!((regions_of(Provider::Google).count(), regions_of(Provider::Google).filter(first_tier).count()), (43, 20));
    for region in regions_of(Provider::Google) {
        // What is dearer in the second tier: 1.4 times by request, 1.2 times by instance.
        let (by_request, by_instance) = if first_tier(&region) { ("1", "1") } else { ("1.4", "1.2") };
        for (meter, listed, factor) in [
            ("request_based.memory", "0.0000025", by_request),
            ("request_based.idle_cpu", "0.0000025", by_request),
            ("request_based.idle_memory", "0.0000025", by_request),
            ("instance_based.cpu", "0.000018", by_instance),
            ("instance_based.memory", "0.000002", by_instance),
            ("job.cpu", "0.000018", by_instance),
            ("job.memory", "0.000002", by_instance),
            ("requests", "0.0000004", "1"),
        ] {
            assert_eq!(price(meter, region), decimal(listed) * decimal(factor), "{meter} in {region}");
        }
    }
}

#[test]
fn a_millisecond_costs_what_aws_prints() {
    for row in rows::<MillisecondRow>(include_str!("../../reference/price-per-ms.csv")) {
        for (architecture, printed) in [("x86_64", row.x86_64_usd), ("arm64", row.arm64_usd)] {
            let bill = only_bill(&format!(
                r#"
                workload = {{ requests = "1/month", duration = "1ms", memory = "{}MB" }}
                option = {{ platform = "lambda", architecture = "{architecture}" }}
                "#,
                row.memory_mb
            ));
            let exact = cost(&bill, &format!("lambda.duration.{architecture}")).amount();
            let rounded = exact.round_dp_with_strategy(10, RoundingStrategy::MidpointAwayFromZero);
            assert_eq!(rounded, printed, "{} MB, {architecture}", row.memory_mb);
        }
    }
}

/// The prices of requests and of each tier of duration, by region.
fn request_and_duration_prices() -> BTreeMap<String, Vec<Decimal>> {
    let book = PriceBook::bundled();
    let mut prices: BTreeMap<String, Vec<Decimal>> = BTreeMap::new();
    for meter in ["lambda.requests.x86_64", "lambda.requests.arm64", "lambda.duration.x86_64", "lambda.duration.arm64"] {
        for price in book.prices_below(meter) {
            prices.entry(price.region().to_owned()).or_default().extend(price.tiers().iter().map(|tier| tier.price));
        }
    }
    prices
}

#[test]
fn twenty_four_of_36_regions_share_the_prices_of_us_east_1() {
    let prices = request_and_duration_prices();
    assert_eq!(prices.len(), 36);
    assert!(prices.keys().all(|region| region_name(region).is_some()), "{:?}", prices.keys());
    let different: Vec<&str> = prices
        .iter()
        .filter(|(_, prices_there)| **prices_there != prices["us-east-1"])
        .map(|(region, _)| region.as_str())
        .collect();
    assert_eq!(
        different,
        [
            "af-south-1",
            "ap-east-1",
            "ap-east-2",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "eu-central-2",
            "eu-south-1",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "mx-central-1",
        ]
    );
}

#[test]
fn the_fee_of_managed_instances_is_as_published() {
    for (instance, on_demand, fee) in
        [("c7i.xlarge", "0.1785", "0.026775"), ("c7g.xlarge", "0.145", "0.02175"), ("m7g.xlarge", "0.1632", "0.02448")]
    {
        let bill = only_bill(&format!(
            r#"
            workload = {{ requests = "1M/month", duration = "1s", memory = "1GB" }}
            option = {{ platform = "lambda-managed-instances", instance = "{instance}", instance_hours = 1 }}
            "#
        ));
        assert_eq!(cost(&bill, &format!("ec2.linux.on_demand.{instance}")), usd(on_demand));
        assert_eq!(cost(&bill, &format!("lambda_managed_instances.fee.{instance}")), usd(fee));
        assert_eq!(cost(&bill, "lambda_managed_instances.requests").amount(), decimal("0.20"));
    }
}
