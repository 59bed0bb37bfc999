//! The worked examples that AWS publishes, line by line.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use millicent::bill::{Band, Bill, Line};
use millicent::units::{Decimal, Usd};
use rust_decimal::RoundingStrategy;
use serde::Deserialize;

use super::{cost, decimal, decimal_field, only_option_with, optional_decimal_field, rows, usd};

/// A scenario in `tests/reference/aws`, and the bill that it must give.
struct Example {
    id: &'static str,
    scenario: &'static str,
    expected: &'static str,
}

macro_rules! examples {
    ($($id:literal),+ $(,)?) => {
        &[$(Example {
            id: $id,
            scenario: include_str!(concat!("../../reference/aws/", $id, ".toml")),
            expected: include_str!(concat!("../../reference/aws/", $id, ".csv")),
        }),+]
    };
}

/// All examples of the AWS Lambda pricing page, edition of 2026, that are about Lambda, Lambda@Edge or MicroVMs.
const OFFICIAL: &[Example] = examples![
    "lambda-1-mobile-backend",
    "lambda-2-telemetry",
    "lambda-3-bert-ephemeral",
    "lambda-pc-1-launch",
    "lambda-pc-2-cyber-monday",
    "lambda-snapstart",
    "lambda-response-stream",
    "lambda-esm-kafka-1",
    "lambda-esm-sqs-2",
    "lambda-esm-kafka-3-grouped",
    "lambda-edge",
    "lambda-managed-instances",
    "lambda-durable",
    "lambda-tenant-isolation",
    "lambda-microvm-1-dev-sandboxes",
    "lambda-microvm-2-ci-jobs",
];

/// All examples of the AWS Fargate pricing page, edition of 2026, that were found.
const FARGATE: &[Example] = examples!["fargate-1-linux-x86", "fargate-3-eks-pods", "fargate-4-windows"];

/// Bills from an older edition, from memory, and from an article.
const FURTHER: &[Example] = examples!["lambda-edge-50ms", "provisioned-two-hours", "provisioned-idle-month"];

const PAGE_SAVINGS_PLAN: (&str, &str) =
    ("lambda-managed-instances.prices.csv", include_str!("../../reference/aws/lambda-managed-instances.prices.csv"));

const TOTAL: &str = "invoice_total";

/// A line of an expected bill; the last is its total.
#[derive(Debug, Deserialize)]
struct Row {
    meter: String,
    band: String,
    /// Four decimals mean that it was rounded to them.
    #[serde(deserialize_with = "optional_decimal_field")]
    quantity: Option<Decimal>,
    #[serde(deserialize_with = "decimal_field")]
    cost_usd: Decimal,
    /// What the source prints, where it prints this line.
    #[serde(deserialize_with = "optional_decimal_field")]
    page_usd: Option<Decimal>,
}

impl Row {
    fn is(&self, line: &Line) -> bool {
        let band = if line.band == Band::Free { "free" } else { "paid" };
        let quantity =
            |written: Decimal| line.quantity == written || (written.scale() == 4 && line.quantity.round_dp(4) == written);
        self.meter == line.meter.id()
            && self.band == band
            && self.quantity.is_some_and(quantity)
            && line.cost.cents().amount() == self.cost_usd
    }

    /// Whether the source prints this cost, to as many decimals as it prints.
    fn is_as_printed(&self) -> bool {
        self.page_usd.is_none_or(|page| rounded(self.cost_usd, page.scale()) == page)
    }
}

/// Half-up, as invoices round.
fn rounded(value: Decimal, places: u32) -> Decimal {
    value.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero)
}

impl Example {
    fn bill(&self) -> Bill {
        only_option_with(self.scenario, &BTreeMap::from([PAGE_SAVINGS_PLAN])).bill
    }
}

/// Checks that a bill has the expected lines and no others, and the expected total, to the cent.
fn check(example: &Example) {
    let (id, bill) = (example.id, example.bill());
    let mut left: Vec<&Line> = bill.lines.iter().collect();
    let mut expected: Vec<Row> = rows(example.expected);
    let total = expected.pop().filter(|row| row.meter == TOTAL).unwrap_or_else(|| panic!("{id}: the last row must be the total"));
    for row in expected {
        let place = left.iter().position(|line| row.is(line)).unwrap_or_else(|| panic!("{id}: no {row:?} among {left:#?}"));
        left.remove(place);
    }
    assert!(left.is_empty(), "{id}: not expected: {left:#?}");
    assert_eq!(bill.invoice_total(), Usd::new(total.cost_usd), "{id}");
}

fn official(id: &str) -> &'static Example {
    OFFICIAL.iter().chain(FARGATE).find(|example| example.id == id).unwrap_or_else(|| panic!("no example {id}"))
}

#[test]
fn every_aws_worked_example_is_reproduced_to_the_cent() {
    OFFICIAL.iter().chain(FARGATE).for_each(check);
}

#[test]
fn further_published_bills_are_reproduced_to_the_cent() {
    FURTHER.iter().for_each(check);
}

/// The README explains each of them.
#[test]
fn what_the_page_prints_differently_is_known() {
    let mut different = Vec::new();
    for example in OFFICIAL.iter().chain(FARGATE).chain(FURTHER) {
        for row in rows::<Row>(example.expected).into_iter().filter(|row| !row.is_as_printed()) {
            let page = row.page_usd.unwrap_or_default();
            different.push(format!("{} {} {} printed {page}", example.id, row.meter, row.cost_usd));
        }
    }
    assert_eq!(
        different,
        [
            "lambda-esm-kafka-1 lambda.requests.x86_64 5.80 printed 12.00",
            "lambda-esm-kafka-1 invoice_total 1147.14 printed 1153.3",
            "lambda-tenant-isolation lambda.duration.x86_64 333.33 printed 333.34",
            "lambda-tenant-isolation lambda.tenant_isolation.x86_64 33.33 printed 33.40",
            "lambda-tenant-isolation invoice_total 368.66 printed 368.74",
            "lambda-microvm-1-dev-sandboxes invoice_total 1241.21 printed 1241.22",
            "fargate-4-windows fargate.vcpu.windows 13.97 printed 27.45",
            "fargate-4-windows fargate.memory.windows 3.07 printed 6.00",
            "fargate-4-windows invoice_total 30.84 printed 47.25",
        ]
    );
}

#[test]
fn every_file_beside_the_examples_is_used() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/aws");
    let found: BTreeSet<String> =
        folder.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let examples = OFFICIAL.iter().chain(FARGATE).chain(FURTHER);
    let mut used: BTreeSet<String> =
        examples.flat_map(|example| [format!("{}.toml", example.id), format!("{}.csv", example.id)]).collect();
    used.insert(PAGE_SAVINGS_PLAN.0.to_owned());
    assert_eq!(found, used);
}

/// The page bills 60 million requests for 30 million invocations, none of them free. With its 12.00 in place of our 5.80 the
/// total is what it prints.
#[test]
fn the_kafka_total_of_the_page_follows_from_its_slip() {
    let bill = official("lambda-esm-kafka-1").bill();
    let page = bill.invoice_total() - cost(&bill, "lambda.requests.x86_64") + usd("12.00");
    assert_eq!(rounded(page.amount(), 1), decimal("1153.3"));
}

/// The page charges the cache and the restores for Python and .NET only.
#[test]
fn the_snapstart_example_in_java_costs_requests_and_duration() {
    let python = official("lambda-snapstart").scenario;
    let java = python.replace("python3.13", "java21");
    assert_ne!(java, python);
    assert_eq!(only_option_with(&java, &BTreeMap::new()).bill.invoice_total(), usd("249.49"));
}

/// The page adds unrounded costs here, against its own habit elsewhere.
#[test]
fn the_microvm_total_of_the_page_is_the_rounded_exact_sum() {
    assert_eq!(official("lambda-microvm-1-dev-sandboxes").bill().total().cents(), usd("1241.22"));
}

/// A bill has one line for each price; the page's finer lines are the terms that add up to it.
#[test]
fn the_nine_lines_of_the_microvm_example_are_the_terms_of_ours() {
    let option = only_option_with(official("lambda-microvm-1-dev-sandboxes").scenario, &BTreeMap::new());
    let mut terms = Vec::new();
    for (_, step) in &option.steps {
        let line = option.bill.lines.iter().find(|line| line.meter == step.meter).unwrap();
        terms.push(Usd::new(step.quantity * line.price).cents());
    }
    terms.sort();
    let page = ["0.80", "2.44", "6.20", "37.20", "91.20", "99.00", "132.00", "373.87", "498.50"];
    assert_eq!(terms, page.map(usd));
}

/// The page prints prices for Windows that the price list no longer has: 0.0915 for a vCPU-hour and 0.01 for a GB-hour. With
/// them the total is what it prints.
#[test]
fn the_windows_total_of_the_page_follows_from_its_old_prices() {
    let bill = official("fargate-4-windows").bill();
    let page = bill.invoice_total() - cost(&bill, "fargate.vcpu.windows").cents() - cost(&bill, "fargate.memory.windows").cents()
        + usd("27.45")
        + usd("6.00");
    assert_eq!((decimal("300") * decimal("0.0915"), decimal("600") * decimal("0.01")), (decimal("27.45"), decimal("6.00")));
    assert_eq!(page, usd("47.25"));
    assert_eq!(bill.total().cents(), usd("30.83"));
}

/// The page rounds 0.1632 × 28 % = 0.045696 to 0.0457 before it multiplies.
#[test]
fn seventy_two_percent_off_is_a_cent_below_the_rounded_hour_of_the_page() {
    let scenario = official("lambda-managed-instances").scenario;
    let own_price = format!("prices = \"{}\"", PAGE_SAVINGS_PLAN.0);
    assert!(scenario.contains(&own_price));
    let discounted =
        scenario.replace(&own_price, "discount = { ec2 = \"72%\" }").replace("\"page_savings_plan\"", "\"on-demand\"");
    let bill = only_option_with(&discounted, &BTreeMap::new()).bill;
    assert_eq!(cost(&bill, "ec2.linux.on_demand.m7g.xlarge").amount(), decimal("91.392"));
    assert_eq!(cost(&bill, "lambda_managed_instances.fee.m7g.xlarge").amount(), decimal("48.96"));
    assert_eq!(bill.invoice_total(), usd("160.35"));
}
