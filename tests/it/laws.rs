//! Laws of bills, for any usage and any design.

use std::collections::BTreeMap;

use millicent::bill::{Band, Bill, bill};
use millicent::price_book::PriceBook;
use millicent::units::{Decimal, Unit, Usd};
use millicent::usage::{Meter, Region, Usage};
use proptest::prelude::*;

use crate::support::{estimate, estimate_with_files};

const REGIONS: [&str; 4] = ["us-east-1", "eu-west-1", "af-south-1", "me-central-1"];

fn meters() -> [Meter; 5] {
    [
        Meter::fixed("lambda.duration.x86_64", "duration", Unit::GbSecond),
        Meter::fixed("lambda.duration.arm64", "duration", Unit::GbSecond),
        Meter::fixed("lambda.requests.x86_64", "requests", Unit::Request),
        Meter::fixed("lambda.requests.arm64", "requests", Unit::Request),
        Meter::fixed("lambda.ephemeral_storage.x86_64", "storage", Unit::GbSecond),
    ]
}

/// Quantities with three decimals, from nothing to beyond the highest tier.
fn quantity() -> impl Strategy<Value = Decimal> {
    prop_oneof![0..2_000_000_i64, 0..30_000_000_000_000_i64].prop_map(|thousandths| Decimal::new(thousandths, 3))
}

fn usage() -> impl Strategy<Value = Usage> {
    prop::collection::vec((0..REGIONS.len(), 0..5_usize, quantity()), 0..12).prop_map(|entries| {
        let mut usage = Usage::default();
        for (region, meter, quantity) in entries {
            usage.add(&Region::new(REGIONS[region]), &meters()[meter], quantity).unwrap();
        }
        usage
    })
}

fn billed(usage: &Usage, free_tier: bool) -> Bill {
    bill(usage, &PriceBook::bundled(), free_tier).unwrap()
}

/// Differences below this are the 28th digit of a division, not money.
const NOTHING: Decimal = Decimal::from_parts(1, 0, 0, false, 12);

proptest! {
    #[test]
    fn lines_add_up_to_the_total_and_to_the_usage(usage in usage(), free_tier: bool) {
        let bill = billed(&usage, free_tier);
        prop_assert_eq!(bill.total(), bill.lines.iter().map(|line| Usd::new(line.quantity * line.price)).sum::<Usd>());
        for entry in usage.iter() {
            let lines = bill.lines.iter().filter(|line| line.meter == *entry.meter && line.region == *entry.region);
            let quantity: Decimal = lines.map(|line| line.quantity).sum();
            prop_assert!((quantity - entry.quantity).abs() <= NOTHING, "{} of {}", quantity, entry.quantity);
        }
    }

    #[test]
    fn the_cost_never_falls_when_more_is_used(usage in usage(), meter in 0..5_usize, more in quantity(), free_tier: bool) {
        let mut larger = usage.clone();
        larger.add(&Region::new("us-east-1"), &meters()[meter], more).unwrap();
        let (before, after) = (billed(&usage, free_tier).total().amount(), billed(&larger, free_tier).total().amount());
        prop_assert!(before <= after + NOTHING, "{before} then {after}");
    }

    #[test]
    fn shares_add_up_to_the_pooled_bill(one in usage(), two in usage(), free_tier: bool) {
        let mut pooled = one.clone();
        pooled.add_all(&two).unwrap();
        let bill = billed(&pooled, free_tier);
        let shares: Decimal =
            [&one, &two].iter().flat_map(|part| bill.share_of(part, &pooled)).map(|share| share.cost.amount()).sum();
        prop_assert!((shares - bill.total().amount()).abs() <= NOTHING);
    }

    #[test]
    fn tiers_are_continuous(offset in -1_000_000..1_000_000_i64, bound in prop::sample::select(vec![6_000_000_000_i64, 15_000_000_000])) {
        // One GB-second more never costs more than the dearest tier asks for it.
        let at = |quantity: Decimal| {
            let mut usage = Usage::default();
            usage.add(&Region::new("us-east-1"), &meters()[0], quantity).unwrap();
            billed(&usage, false).total().amount()
        };
        let quantity = Decimal::from(bound) + Decimal::new(offset, 3);
        let step = at(quantity + Decimal::ONE) - at(quantity);
        prop_assert!(Decimal::ZERO < step && step <= Decimal::new(166_667, 10), "{step}");
    }

    #[test]
    fn a_free_allowance_is_used_up_before_anything_is_paid(usage in usage()) {
        let bill = billed(&usage, true);
        for (allowance, granted, prefix) in [("requests", 1_000_000, "lambda.requests"), ("duration", 400_000, "lambda.duration")] {
            let of = |free: bool| -> Decimal {
                let lines = bill.lines.iter().filter(|line| line.meter.id().starts_with(prefix) && (line.band == Band::Free) == free);
                lines.map(|line| line.quantity).sum()
            };
            let granted = Decimal::from(granted);
            prop_assert!(of(true) <= granted + NOTHING, "{allowance}");
            prop_assert!(of(false).is_zero() || granted - of(true) <= NOTHING, "{allowance}: {} free, {} paid", of(true), of(false));
        }
    }
}

fn cost(requests: u64, microseconds: u64, megabytes: u32, more: &str) -> Decimal {
    let scenario = format!(
        "[workload]\nrequests = \"{requests}/month\"\nduration = \"{microseconds}us\"\nmemory = \"{megabytes}MB\"\n\
         [[option]]\nplatform = \"lambda\"\ncold_start_share = 0.01\ninit_duration = \"200ms\"\n{more}"
    );
    estimate(&scenario).unwrap().options[0].bill.total().amount()
}

/// Options under which a larger design must not cost less. Left out on purpose: provisioned concurrency *with* the free tier.
/// There more load makes more requests spill over, and what spills over may fall into the free allowance, which what is served
/// by provisioned units cannot.
const OPTIONS: [&str; 5] = [
    "architecture = \"x86_64\"",
    "architecture = \"arm64\"\nephemeral_storage = \"2GB\"",
    "provisioned_concurrency = 20",
    "provisioned_concurrency = 3\nprovisioned_time = \"8h\"\nprovisioned_windows = 22",
    "purchase = \"compute-savings-plan-1y-no-upfront\"\nsavings_plan_coverage = 0.6",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_larger_design_never_costs_less(
        requests in prop_oneof![0..5_000_000_u64, 0..50_000_000_000_u64],
        microseconds in prop_oneof![1..900_000_u64, 1..900_000_000_u64],
        megabytes in 128..10_240_u32,
        more in 1..1_000_000_u64,
        option in prop::sample::select(OPTIONS.to_vec()),
    ) {
        let base = cost(requests, microseconds, megabytes, option);
        prop_assert!(base <= cost(requests + more, microseconds, megabytes, option));
        prop_assert!(base <= cost(requests, (microseconds + more).min(900_000_000), megabytes, option));
        prop_assert!(base <= cost(requests, microseconds, megabytes + 1, option));
    }

    /// Two functions that differ in nothing are one function with the sum of their requests.
    #[test]
    fn two_functions_are_billed_as_one_account(one in 0..20_000_000_000_u64, two in 0..20_000_000_000_u64, free_tier: bool) {
        let workload = |name: &str, requests: u64| {
            format!("[[workload]]\nname = \"{name}\"\nrequests = \"{requests}/month\"\nduration = \"700ms\"\nmemory = \"1GB\"\n")
        };
        let total = |workloads: String| estimate(&format!("free_tier = {free_tier}\n{workloads}")).unwrap().options[0].bill.total();
        prop_assert_eq!(total(workload("a", one) + &workload("b", two)), total(workload("both", one + two)));
    }
}

/// A profile of one function, measured at these sizes (MB, milliseconds of each call), with a curve for the rest.
fn profile(sizes: &BTreeMap<u32, Vec<u32>>) -> String {
    let sizes = sizes.iter().map(|(megabytes, calls)| {
        let mean = calls.iter().copied().map(f64::from).sum::<f64>() / calls.len() as f64;
        format!("{{\"memory_mb\": {megabytes}, \"mean_ms\": {mean}, \"durations_ms\": {calls:?}}}")
    });
    format!(
        "{{\"schema\": \"millicent/tune/1\", \"function\": \"f\", \"architecture\": \"x86_64\", \"recommendation\": null, \
         \"sizes\": [{}], \"fit\": {{\"curve\": {{\"fixed_ms\": 5, \"cpu_ms\": 90, \"knee_mb\": 1769, \"exponent\": 1.1}}}}}}",
        sizes.collect::<Vec<_>>().join(",")
    )
}

fn cost_by_profile(sizes: &BTreeMap<u32, Vec<u32>>, megabytes: u32) -> Decimal {
    let scenario = format!(
        "[workload]\nrequests = \"3M/month\"\nprofile = \"p.json\"\n[[option]]\nplatform = \"lambda\"\nmemory = \"{megabytes}MB\"\n"
    );
    let estimate = estimate_with_files(&scenario, &BTreeMap::from([("p.json", profile(sizes).as_str())])).unwrap();
    estimate.options[0].bill.total().amount()
}

fn measured_sizes() -> impl Strategy<Value = BTreeMap<u32, Vec<u32>>> {
    prop::collection::btree_map(128..10_240_u32, prop::collection::vec(1..100_000_u32, 1..6), 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A measured size costs what its calls cost, whatever else was measured and whatever the curve says.
    #[test]
    fn a_measured_size_of_a_profile_is_billed_by_its_calls(sizes in measured_sizes(), choice: prop::sample::Index) {
        let (megabytes, calls) = sizes.iter().nth(choice.index(sizes.len())).unwrap();
        let calls = calls.iter().map(|milliseconds| format!("\"{milliseconds}ms\"")).collect::<Vec<_>>().join(",");
        let scenario = format!("[workload]\nrequests = \"3M/month\"\nduration = [{calls}]\nmemory = \"{megabytes}MB\"\n");
        let by_calls = estimate(&scenario).unwrap().options[0].bill.total().amount();
        prop_assert_eq!(cost_by_profile(&sizes, *megabytes), by_calls);
    }

    /// Slower calls never make a function cheaper, at any size.
    #[test]
    fn a_slower_profile_never_costs_less(sizes in measured_sizes(), more in 1..100_000_u32, megabytes in 128..10_240_u32) {
        let slower = sizes.iter().map(|(size, calls)| (*size, calls.iter().map(|call| call + more).collect())).collect();
        let longest = Decimal::from(15_u32);
        // Beyond 15 minutes the platform refuses.
        let minutes = |sizes: &BTreeMap<u32, Vec<u32>>| {
            let profile = millicent::profile::WorkProfile::read(&profile(sizes)).unwrap();
            profile.durations_at(millicent::units::DataSize::from_megabytes(megabytes)).unwrap().longest().hours() * Decimal::from(60)
        };
        prop_assume!(minutes(&slower) <= longest);
        prop_assert!(cost_by_profile(&sizes, megabytes) <= cost_by_profile(&slower, megabytes));
    }
}
