//! Infracost's own expected results for Lambda, which we reproduce where it is right.
//!
//! It bills every function as if it were alone in the account, so each is a scenario of its own here.

use std::collections::BTreeMap;

use millicent::bill::{Bill, Line};
use millicent::units::{Decimal, Usd};
use serde::Deserialize;

use super::{decimal_field, only_bill, optional_decimal_field, rows};

/// A line of an expected result, with the inputs of its resource.
#[derive(Debug, Deserialize)]
struct Row {
    test: String,
    resource: String,
    architecture: String,
    memory: String,
    requests: String,
    duration: String,
    provisioned_units: String,
    provisioned_time: String,
    component: String,
    #[serde(deserialize_with = "optional_decimal_field")]
    quantity: Option<Decimal>,
    unit: String,
    #[serde(deserialize_with = "decimal_field")]
    cost_usd: Decimal,
}

const OVERALL: &str = "OVERALL";

impl Row {
    fn bill(&self) -> Bill {
        let Self { architecture, memory, requests, duration, provisioned_units, provisioned_time, .. } = self;
        let provisioned = if provisioned_units.is_empty() {
            String::new()
        } else {
            format!(
                r#", provisioned_concurrency = {provisioned_units}, provisioned_time = "{provisioned_time}", provisioned_requests = "{requests}""#
            )
        };
        only_bill(&format!(
            r#"
            workload = {{ requests = "{requests}", duration = "{duration}", memory = "{memory}" }}
            option = {{ platform = "lambda", architecture = "{architecture}"{provisioned} }}
            "#
        ))
    }

    fn meter(&self) -> String {
        let meter = match self.component.as_str() {
            "Requests" => "lambda.requests",
            "Duration" => "lambda.duration.provisioned",
            "Provisioned Concurrency" => "lambda.provisioned_concurrency",
            tier if tier.starts_with("Duration (") => "lambda.duration",
            other => panic!("unknown component {other:?}"),
        };
        format!("{meter}.{}", self.architecture)
    }

    /// Infracost counts requests in millions.
    fn units(&self) -> Option<Decimal> {
        let factor = if self.unit == "1M requests" { 1_000_000 } else { 1 };
        self.quantity.map(|quantity| quantity * Decimal::from(factor))
    }

    fn is(&self, line: &Line) -> bool {
        self.meter() == line.meter.id() && self.units() == Some(line.quantity) && self.cost_usd == line.cost.cents().amount()
    }
}

/// The rows of a resource, by test and resource; the overall rows stand under their own name.
fn by_resource() -> BTreeMap<(String, String), Vec<Row>> {
    let mut resources: BTreeMap<_, Vec<Row>> = BTreeMap::new();
    for row in rows::<Row>(include_str!("../../reference/infracost.csv")) {
        resources.entry((row.test.clone(), row.resource.clone())).or_default().push(row);
    }
    resources
}

/// Checks the lines of one resource; ours may have none besides, except for what costs nothing.
fn check(rows: &[Row]) -> Usd {
    let bill = rows[0].bill();
    let mut left: Vec<&Line> = bill.lines.iter().filter(|line| line.cost != Usd::ZERO).collect();
    for row in rows {
        let place = left.iter().position(|line| row.is(line)).unwrap_or_else(|| panic!("no {row:?} among {left:#?}"));
        left.remove(place);
    }
    assert!(left.is_empty(), "{}: not expected: {left:#?}", rows[0].resource);
    bill.invoice_total()
}

#[test]
fn every_lambda_line_of_infracost_is_reproduced_to_the_cent() {
    let resources = by_resource();
    let mut totals: BTreeMap<&str, Usd> = BTreeMap::new();
    for ((test, resource), rows) in &resources {
        if resource != OVERALL {
            *totals.entry(test).or_default() += check(rows);
        }
    }
    assert_eq!(totals.len(), 2);
    for (test, total) in totals {
        assert_eq!(total.amount(), resources[&(test.to_owned(), OVERALL.to_owned())][0].cost_usd, "{test}");
    }
}
