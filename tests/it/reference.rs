//! Numbers from elsewhere: what AWS prints, what an independent estimator prints, what was computed by other means.
//!
//! The numbers are data in `tests/reference`; its README says where each comes from, and where we differ on purpose. Decimals
//! are compared exactly. Nothing here computes an expected number the way the model does.

mod cold_starts;
mod infracost;
mod infracost_containers;
mod infracost_defects;
mod infracost_neighbors;
mod prices;
mod provisioned;
mod worked_examples;

use std::collections::BTreeMap;

use millicent::bill::Bill;
use millicent::scenario::OptionEstimate;
use millicent::units::{Decimal, Usd};
use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error};

use crate::support::estimate_with_files;

/// The estimate of a scenario with one option.
fn only_option(scenario: &str) -> OptionEstimate {
    only_option_with(scenario, &BTreeMap::new())
}

fn only_option_with(scenario: &str, files: &BTreeMap<&str, &str>) -> OptionEstimate {
    let mut options = estimate_with_files(scenario, files).unwrap_or_else(|error| panic!("{error}\n{scenario}")).options;
    assert_eq!(options.len(), 1, "{scenario}");
    options.swap_remove(0)
}

fn only_bill(scenario: &str) -> Bill {
    only_option(scenario).bill
}

/// How much of a meter is billed, the free part included.
fn quantity(bill: &Bill, meter: &str) -> Decimal {
    bill.lines.iter().filter(|line| line.meter.id() == meter).map(|line| line.quantity).sum()
}

/// What a meter costs, exactly.
fn cost(bill: &Bill, meter: &str) -> Usd {
    bill.lines.iter().filter(|line| line.meter.id() == meter).map(|line| line.cost).sum()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

fn usd(text: &str) -> Usd {
    Usd::new(decimal(text))
}

/// The rows of a table in `tests/reference`.
fn rows<Row: DeserializeOwned>(table: &str) -> Vec<Row> {
    let rows = csv::Reader::from_reader(table.as_bytes()).into_deserialize();
    rows.map(|row| row.unwrap_or_else(|error| panic!("{error}"))).collect()
}

/// A decimal in a table, every digit kept.
fn decimal_field<'de, D: Deserializer<'de>>(field: D) -> Result<Decimal, D::Error> {
    String::deserialize(field)?.parse().map_err(Error::custom)
}

/// A decimal in a table, or nothing where the field is empty.
fn optional_decimal_field<'de, D: Deserializer<'de>>(field: D) -> Result<Option<Decimal>, D::Error> {
    let text = String::deserialize(field)?;
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(Error::custom) }
}
