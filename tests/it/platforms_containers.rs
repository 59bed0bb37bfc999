//! Containers on AWS: Fargate, ECS, EKS, App Runner and Managed Instances, through the scenario.

use std::collections::BTreeMap;

use millicent::capacity::{Binding, Capacity};
use millicent::scenario::{OptionEstimate, ScenarioError};
use millicent::units::Decimal;
use proptest::prelude::*;

use crate::support::estimate_with_files;

/// Fees that are a part of the on-demand price, as the price lists have them.
const FEES: &str = "meter,region,unit,price_usd
ecs_managed_instances.fee.*,any,instance-hour,0.12 of ec2.linux.on_demand.*
eks.auto_mode_fee.*,any,instance-hour,0.12 of ec2.linux.on_demand.*
ec2.cpu_credits.t3,any,vCPU-hour,0.05
ebs.gp3.storage,us-east-1,GB-month,0.08
";

fn estimated(workload: &str, option: &str) -> Result<OptionEstimate, ScenarioError> {
    let scenario = format!("prices = \"fees.csv\"\nmonth_hours = 730\n[workload]\n{workload}\n[[option]]\n{option}\n");
    let mut options = estimate_with_files(&scenario, &BTreeMap::from([("fees.csv", FEES)]))?.options;
    assert_eq!(options.len(), 1);
    Ok(options.swap_remove(0))
}

fn option(workload: &str, option: &str) -> OptionEstimate {
    estimated(workload, option).unwrap_or_else(|error| panic!("{error}\n{workload}\n{option}"))
}

fn refused(workload: &str, option: &str) -> String {
    estimated(workload, option).map(|option| option.bill.total()).expect_err(option).to_string()
}

fn capacity(option: &OptionEstimate) -> &Capacity {
    &option.capacities[0].1
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// How much of a meter is used.
fn quantity(option: &OptionEstimate, meter: &str) -> Decimal {
    let lines = option.bill.lines.iter().filter(|line| line.meter.id() == meter);
    lines.map(|line| line.quantity).sum::<Decimal>().normalize()
}

fn total(option: &OptionEstimate) -> String {
    option.bill.invoice_total().to_string()
}

const SMALL: &str = "requests = \"1M/month\"\nduration = \"1s\"\nmemory = \"512MB\"";

#[test]
fn every_platform_needs_the_keys_of_the_workload_alone() {
    for platform in millicent::platform::ALL {
        // Savings in waiting for price lists of other providers are no fault of a platform.
        let found = estimated(SMALL, &format!("platform = \"{}\"", platform.name));
        assert!(found.is_ok(), "{}: {}", platform.name, found.unwrap_err());
    }
}
