//! Infracost's own expected results for containers and machines, which we reproduce where what it bills can be run.

use std::collections::BTreeMap;

use millicent::bill::Bill;
use millicent::units::{Decimal, Usd};
use serde::Deserialize;

use super::{decimal, decimal_field, only_bill, optional_decimal_field, rows, usd};

/// A line of an expected result, with the option that gives it.
#[derive(Debug, Deserialize)]
struct Row {
    test: String,
    resource: String,
    option: String,
    /// What it is billed in; `eks.cluster*` are the cluster and its surcharge, which Infracost has in one.
    meter: String,
    #[serde(deserialize_with = "optional_decimal_field")]
    quantity: Option<Decimal>,
    #[serde(deserialize_with = "decimal_field")]
    cost_usd: Decimal,
    /// Where it is not theirs.
    #[serde(deserialize_with = "optional_decimal_field")]
    ours_usd: Option<Decimal>,
    why: String,
}

const OVERALL: &str = "OVERALL";

fn bill_of(workload: &str, option: &str) -> Bill {
    only_bill(&format!("month_hours = 730\nworkload = {{ {workload} }}\noption = {{ {option} }}\n"))
}

/// What a meter, or all whose names start alike, cost on a bill, rounded as invoices are; and how much is used of the first.
fn billed(bill: &Bill, meter: &str) -> (Decimal, Usd) {
    let is_meant = |id: &str| meter.strip_suffix('*').map_or(id == meter, |start| id.starts_with(start));
    let lines: Vec<_> = bill.lines.iter().filter(|line| is_meant(line.meter.id())).collect();
    let quantity = lines.first().map(|line| line.quantity).unwrap_or_default();
    (quantity, lines.iter().map(|line| line.cost.cents()).sum())
}

#[test]
fn lines_of_containers_and_machines_are_reproduced_to_the_cent() {
    let rows: Vec<Row> = rows(include_str!("../../reference/infracost-containers.csv"));
    let mut totals: BTreeMap<&str, Usd> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.resource != OVERALL) {
        let (quantity, cost) = billed(&bill_of(r#"requests = "1/month""#, &row.option), &row.meter);
        assert_eq!(Some(quantity.normalize()), row.quantity, "{row:?}");
        assert_eq!(cost.amount(), row.ours_usd.unwrap_or(row.cost_usd), "{row:?}");
        assert_eq!(row.ours_usd.is_some(), !row.why.is_empty(), "a difference is explained: {row:?}");
        *totals.entry(&row.test).or_default() += cost;
    }
    for row in rows.iter().filter(|row| row.resource == OVERALL) {
        assert_eq!(totals[row.test.as_str()].amount(), row.cost_usd, "{}", row.test);
    }
}

/// Infracost takes the vCPU-hours of surplus credits as they are typed; here they follow from work that uses them: what two
/// t3.medium or one t2.medium earn (584 and 292 vCPU-hours) and as much beyond it as Infracost's example says.
#[test]
fn surplus_credits_cost_what_infracost_prints() {
    for (work, option, meter, hours, cost) in [
        ("2044", r#"instance = "t3.medium", count = 2, credits = "unlimited""#, "ec2.cpu_credits.t3", "1460", "73.00"),
        ("892", r#"instance = "t2.medium", count = 1, credits = "unlimited""#, "ec2.cpu_credits.t2", "600", "30.00"),
    ] {
        let workload = format!(r#"requests = "{work}/month", cpu = "1h""#);
        let (quantity, billed) = billed(&bill_of(&workload, &format!(r#"platform = "ec2", {option}"#)), meter);
        assert_eq!((quantity, billed), (decimal(hours), usd(cost)));
    }
}
