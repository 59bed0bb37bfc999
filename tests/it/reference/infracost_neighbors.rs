//! Infracost's own expected results for the services around the compute, which we reproduce where it is right.
//!
//! First every line by its quantity, then those that are a service's counting rule by the inputs of the rule. The file of lines
//! says of each what it is here, or why there is no such price, or why ours differs.

use std::collections::BTreeMap;

use millicent::bill::{Bill, bill};
use millicent::neighbor;
use millicent::price_book::PriceBook;
use millicent::settings::{Origin, Section, Value};
use millicent::units::{Decimal, Month, Usd};
use millicent::usage::{Meter, Region, Usage};
use millicent::workload::Workload;
use serde::Deserialize;

use super::{decimal, decimal_field, optional_decimal_field, rows};

/// A line of an expected result, with the meter that it is here.
#[derive(Debug, Deserialize)]
struct Row {
    test: String,
    resource: String,
    #[serde(deserialize_with = "decimal_field")]
    quantity: Decimal,
    #[serde(deserialize_with = "decimal_field")]
    cost_usd: Decimal,
    region: String,
    meter: String,
    factor: String,
    #[serde(deserialize_with = "optional_decimal_field")]
    ours_usd: Option<Decimal>,
    difference: String,
}

impl Row {
    /// Its quantity in the unit of the meter: Infracost counts in thousands, millions, or by the hour.
    fn units(&self) -> Decimal {
        match self.factor.split_once('/') {
            Some((numerator, denominator)) => self.quantity * decimal(numerator) / decimal(denominator),
            None => self.quantity * decimal(&self.factor),
        }
    }

    fn expected(&self) -> Decimal {
        self.ours_usd.unwrap_or(self.cost_usd)
    }
}

fn infracost_rows() -> Vec<Row> {
    rows(include_str!("../../reference/infracost-neighbors.csv"))
}

/// The costs of all lines in cents, in ascending order.
fn cents(bill: &Bill) -> Vec<Decimal> {
    let mut cents: Vec<Decimal> = bill.lines.iter().map(|line| line.cost.cents().amount()).collect();
    cents.sort_unstable();
    cents
}

#[test]
fn every_line_of_infracost_that_has_a_price_here_is_reproduced_to_the_cent() {
    let book = PriceBook::bundled();
    let mut meters: BTreeMap<_, Vec<Row>> = BTreeMap::new();
    for row in infracost_rows().into_iter().filter(|row| !row.meter.is_empty()) {
        // The tiers of one meter are lines there, and one quantity here.
        let key = (row.test.clone(), row.resource.clone(), row.region.clone(), row.meter.clone());
        meters.entry(key).or_default().push(row);
    }
    for ((_, resource, region, meter), rows) in &meters {
        let quote = book.price(meter, region).unwrap_or_else(|error| panic!("{resource}: {error}"));
        let counted = Meter::named(meter.clone(), meter.clone(), quote.price.unit());
        let mut usage = Usage::default();
        usage.add(&Region::new(region), &counted, rows.iter().map(Row::units).sum()).unwrap();
        let mut expected: Vec<Decimal> = rows.iter().map(Row::expected).collect();
        expected.sort_unstable();
        assert_eq!(cents(&bill(&usage, &book, false).unwrap()), expected, "{resource}: {meter} in {region}");
    }
    assert_eq!(meters.values().map(Vec::len).sum::<usize>(), 307);
}

#[test]
fn every_line_without_a_price_or_with_another_cost_says_why() {
    for row in infracost_rows() {
        let differs = row.meter.is_empty() || row.ours_usd.is_some();
        assert_eq!(differs, !row.difference.is_empty(), "{row:?}");
    }
}

fn section(keys: &[(&str, &str)]) -> Section {
    let mut section = Section::new("the neighbor", Origin::CommandLine);
    for (key, value) in keys {
        section.set(*key, Value::Text((*value).to_owned()), Origin::CommandLine);
    }
    section
}

/// What a service costs in us-east-1 for so many requests, without free allowances.
fn cost_of(service: &str, requests: &str, keys: &[(&str, &str)]) -> Bill {
    let workload = Workload::read(&mut section(&[("requests", requests)]), "main", &|_, _| Err(String::new())).unwrap();
    let attached = neighbor::named(service).unwrap().read(&mut section(keys), &[&workload]).unwrap();
    let steps = attached.meter(&[&workload], &Region::new("us-east-1"), Month::STANDARD).unwrap();
    bill(&Usage::of_steps(&steps).unwrap(), &PriceBook::bundled(), false).unwrap()
}

#[test]
fn the_counting_rules_give_what_infracost_gives_for_the_same_inputs() {
    type Keys = &'static [(&'static str, &'static str)];
    let cases: &[(&str, &str, Keys, &[&str])] = &[
        ("api-gateway-http", "1B/month", &[("request_size", "512KB")], &["300", "630"]),
        ("api-gateway-rest", "21B/month", &[], &["1165.50", "1510.00", "1867.60", "45220.00"]),
        ("api-gateway-rest", "0/month", &[("cache", "237GB")], &["2774.00"]),
        ("api-gateway-rest", "0/month", &[("cache", "0.5GB")], &["14.60"]),
        (
            "api-gateway-websocket",
            "1.5B/month",
            &[("connections", "1M/month"), ("connection_time", "10min")],
            &["2.50", "400.00", "1000.00"],
        ),
        ("application-load-balancer", "0/month", &[("data", "1000GB")], &["8.00", "16.43"]),
        ("network-load-balancer", "0/month", &[("data", "1000GB")], &["6.00", "16.43"]),
        ("nat-gateway", "0/month", &[("data", "100GB")], &["4.50", "32.85"]),
        ("public-ipv4", "0/month", &[], &["3.65"]),
        ("interface-endpoint", "0/month", &[("data", "1000GB")], &["7.30", "10.00"]),
        ("interface-endpoint", "0/month", &[("data", "0GB"), ("zones", "2")], &["14.60"]),
        ("data-transfer-out", "0/month", &[("data", "57000GB")], &["406.00", "921.60", "3481.60"]),
        ("cross-zone-transfer", "0/month", &[("data", "1000GB")], &["20.00"]),
        ("inter-region-transfer", "0/month", &[("data", "750GB")], &["15.00"]),
        (
            "cloudwatch-logs",
            "0/month",
            &[("data", "1000GB"), ("source", "custom"), ("stored", "500GB"), ("scanned", "250GB")],
            &["1.25", "15.00", "500.00"],
        ),
        ("cloudwatch-alarms", "0/month", &[("alarms", "2")], &["0.20"]),
        ("cloudwatch-alarms", "0/month", &[("alarms", "3"), ("kind", "high-resolution")], &["0.90"]),
        ("sqs", "0/month", &[("requests", "1M/month"), ("message_size", "128KB")], &["0.80"]),
        ("sqs", "0/month", &[("requests", "1M/month"), ("kind", "fifo")], &["0.50"]),
        ("sns", "0/month", &[("messages", "1M/month"), ("deliver_to", "firehose"), ("subscriptions", "4")], &["0.50", "0.76"]),
        ("eventbridge", "1M/month", &[], &["1.00"]),
        ("eventbridge", "2M/month", &[("kind", "third-party")], &["2.00"]),
        ("step-functions-standard", "1k/month", &[("transitions", "10")], &["0.25"]),
        ("step-functions-express", "100k/month", &[("duration", "123ms"), ("memory", "0MB")], &["0.02", "0.10"]),
        ("step-functions-express", "10M/month", &[("duration", "800ms"), ("memory", "512MB")], &["3.33", "10.00", "60.01"]),
        (
            "step-functions-express",
            "100M/month",
            &[("duration", "801ms"), ("memory", "1200MB")],
            &["60.01", "100.00", "119.95", "405.27"],
        ),
        (
            "dynamodb",
            "1M/month",
            &[("writes_per_request", "3"), ("reads_per_request", "8"), ("consistency", "strong"), ("storage", "230GB")],
            &["1.00", "1.88", "57.50"],
        ),
        ("dynamodb", "0/month", &[("capacity", "provisioned"), ("write_units", "20"), ("read_units", "30")], &["2.85", "9.49"]),
        ("kinesis", "6.5M/month", &[("capacity", "provisioned"), ("shards", "4")], &["0.09", "43.80"]),
        ("kinesis", "0/month", &[("record_size", "1KB")], &["29.20"]),
        ("s3", "10k/month", &[("storage", "10000GB"), ("puts_per_request", "1")], &["0.05", "230.00"]),
        ("secrets-manager", "100k/month", &[], &["0.40", "0.50"]),
        ("parameter-store", "100k/month", &[("tier", "advanced")], &["0.05", "0.50"]),
        ("ecr", "0/month", &[("storage", "1GB")], &["0.10"]),
        ("ebs", "0/month", &[("size", "40GB"), ("iops", "4000"), ("throughput_mbps", "130")], &["0.20", "3.20", "5.00"]),
        ("ebs", "0/month", &[("kind", "io1"), ("size", "30GB"), ("iops", "300")], &["3.75", "19.50"]),
    ];
    for (service, requests, keys, expected) in cases {
        let expected: Vec<Decimal> = expected.iter().map(|cost| decimal(cost)).collect();
        assert_eq!(cents(&cost_of(service, requests, keys)), expected, "{service} {keys:?}");
    }
}

/// Sixty TB of Lambda logs: 5,120 + 5,120 + 2,048 + 512. The "12,500" often read has a TB of 1,000 GB.
#[test]
fn the_tiers_of_vended_logs_count_a_terabyte_as_1024_gb() {
    let logs = cost_of("cloudwatch-logs", "0/month", &[("data", "60TB"), ("stored", "0GB")]);
    assert_eq!(logs.total(), Usd::new(decimal("12800")));
    let decimal_terabytes = cost_of("cloudwatch-logs", "0/month", &[("data", "60000GB"), ("stored", "0GB")]);
    assert_eq!(decimal_terabytes.total(), Usd::new(decimal("12728")));
}

/// An allowance is one row, whether its source prints a first tier at zero or a paid tier that starts at a bound.
#[test]
fn free_allowances_are_the_accounts_in_whatever_form_the_source_has_them() {
    let book = PriceBook::bundled();
    for (meter, quantity, free) in [
        ("sqs.standard.requests", "1500000", "1000000"),
        ("step_functions.standard.transitions", "5000", "4000"),
        ("eventbridge.scheduler", "15000000", "14000000"),
        ("x_ray.traces.recorded", "150000", "100000"),
        ("sns.standard.requests", "1500000", "1000000"),
        ("sns.deliveries.http", "150000", "100000"),
        ("dynamodb.provisioned.writes", "20000", "18600"),
        ("dynamodb.storage", "30", "25"),
        ("data_transfer.internet_out", "150", "100"),
    ] {
        let unit = book.price(meter, "us-east-1").unwrap().price.unit();
        let mut usage = Usage::default();
        let counted = Meter::named(meter.to_owned(), meter.to_owned(), unit);
        usage.add(&Region::new("us-east-1"), &counted, decimal(quantity)).unwrap();
        let paid = bill(&usage, &book, false).unwrap().lines[0].clone();
        let with_allowance = bill(&usage, &book, true).unwrap();
        assert_eq!(with_allowance.lines[0].quantity, decimal(free), "{meter}");
        let charged = (decimal(quantity) - decimal(free)) * paid.price;
        assert_eq!(with_allowance.total().amount().normalize(), charged.normalize(), "{meter}");
    }
}
