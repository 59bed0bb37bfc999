//! Where Infracost 0.10 is wrong about Lambda, and we are not: L1 to L10 of `tests/reference/README.md`.

use millicent::bill::{Band, Bill};
use millicent::note::Note;
use millicent::units::{Decimal, Usd};

use super::{cost, decimal, only_bill, only_option, quantity, usd};
use crate::support::estimate;

const X86: &str = "lambda.duration.x86_64";

/// The bill of one function on Lambda, its workload and further settings given as the inside of TOML tables.
fn function(workload: &str, settings: &str) -> Bill {
    only_bill(&one_function(workload, settings))
}

fn one_function(workload: &str, settings: &str) -> String {
    format!("workload = {{ {workload} }}\noption = {{ platform = \"lambda\"{settings} }}\n")
}

/// L1: it multiplies ephemeral storage by the memory of the function: $4.31 at 3,008 MB and $0.37 at 256 MB.
#[test]
fn ephemeral_storage_costs_the_same_at_every_memory_size() {
    for memory in ["128MB", "256MB", "1GB", "3008MB", "10GB"] {
        let workload = format!(r#"requests = "10M/month", duration = "500ms", memory = "{memory}""#);
        let bill = function(&workload, r#", ephemeral_storage = "10GB""#);
        assert_eq!(cost(&bill, "lambda.ephemeral_storage.x86_64").cents(), usd("1.47"), "{memory}");
    }
}

/// A billion GB-seconds in a month.
fn large_function(name: &str) -> String {
    format!("[[workload]]\nname = \"{name}\"\nrequests = \"1B/month\"\nduration = \"1s\"\nmemory = \"1GB\"\n")
}

fn twenty_functions() -> String {
    (1..=20).map(|number| large_function(&format!("f{number}"))).collect()
}

/// L2: it starts the tiers anew for every function, $333,334 in all.
#[test]
fn duration_tiers_are_pooled_over_the_functions_of_an_account() {
    let pooled = only_option(&twenty_functions());
    assert_eq!(cost(&pooled.bill, X86), usd("301667.20"));
    let alone = cost(&only_bill(&large_function("f")), X86);
    assert_eq!((1..=20).map(|_| alone).sum::<Usd>(), usd("333334"));
    // What one function of the twenty costs is its part of the pool, not what it would cost alone.
    let shares: Vec<Usd> = pooled.workloads.iter().map(|share| share.cost).collect();
    assert_eq!(shares, [usd("15283.36"); 20]); // 301,667.20 / 20 + 200.00 for requests
}

/// L2, the other way round: AWS counts each region and each architecture by itself.
#[test]
fn duration_tiers_are_not_pooled_over_regions_or_architectures() {
    // How much of each tier is used when ten of the twenty functions have this setting.
    let reached = |setting: &str, meter: &str, region: &str| {
        let elsewhere: String = (11..=20).map(|number| format!("[option.workload.f{number}]\n{setting}\n")).collect();
        let lines = only_bill(&(twenty_functions() + "[[option]]\nplatform = \"lambda\"\n" + &elsewhere)).lines;
        let used = lines.iter().filter(|line| line.meter.id() == meter && line.region.code() == region);
        used.map(|line| line.quantity).collect::<Vec<_>>()
    };
    let (x86_tiers, arm_tiers) = (["6e9", "4e9"].map(decimal), ["7.5e9", "2.5e9"].map(decimal));
    let (in_oregon, on_arm) = ("region = \"us-west-2\"", "architecture = \"arm64\"");
    assert_eq!(reached(in_oregon, X86, "us-east-1"), x86_tiers);
    assert_eq!(reached(in_oregon, X86, "us-west-2"), x86_tiers);
    assert_eq!(reached(on_arm, X86, "us-east-1"), x86_tiers);
    assert_eq!(reached(on_arm, "lambda.duration.arm64", "us-east-1"), arm_tiers);
}

/// L3: it has no free tier. Ours is a switch, and an allowance of the account: once for both functions.
#[test]
fn the_free_tier_is_a_switch_of_the_account() {
    let functions = r#"
        workload = [
            { name = "a", requests = "600k/month", duration = "1s", memory = "512MB" },
            { name = "b", requests = "600k/month", duration = "1s", memory = "512MB" },
        ]
    "#;
    let bill = |switch: &str| only_bill(&format!("{switch}\n{functions}"));
    assert_eq!(quantity_of_paid(&bill(""), X86), decimal("600000"));
    assert_eq!(bill("").total(), bill("free_tier = false").total());
    let with = bill("free_tier = true");
    assert_eq!(quantity_of_paid(&with, X86), decimal("200000"));
    assert_eq!(quantity_of_paid(&with, "lambda.requests.x86_64"), decimal("200000"));
    assert_eq!(with.total(), usd("3.37334")); // 200,000 × 0.0000166667 + 200,000 × 0.0000002
}

fn quantity_of_paid(bill: &Bill, meter: &str) -> Decimal {
    bill.lines.iter().filter(|line| line.meter.id() == meter && line.band != Band::Free).map(|line| line.quantity).sum()
}

/// L4: it takes 1 ms for a duration that was not given.
#[test]
fn requests_without_a_duration_are_an_error() {
    let error = estimate(&one_function(r#"requests = "1M/month", memory = "512MB""#, "")).unwrap_err();
    assert!(error.is_wrong_input());
    assert!(error.to_string().contains("needs `duration`"), "{error}");
}

/// L5: its mean duration is a whole number of milliseconds, rounded down. AWS rounds each invocation up: what is billed is the
/// mean of the rounded durations. The two log-normal means were computed as Σ P(X > k) with 30 digits.
#[test]
fn every_invocation_is_rounded_up_before_the_mean_is_taken() {
    for (duration, billed_ms) in [
        (r#""1.8ms""#, "2"),
        (r#""2ms""#, "2"),
        (r#""2.0001ms""#, "3"),
        (r#"["1.1ms", "1.2ms", "2.5ms", "4ms"]"#, "2.75"),
        (r#""p50=1ms,p95=3ms""#, "1.734228"),
        (r#""p50=100ms,p95=300ms""#, "125.488446"),
    ] {
        let bill = function(&format!(r#"requests = "1000/month", duration = {duration}, memory = "1GB""#), "");
        // A thousand requests at 1 GB: GB-seconds are milliseconds.
        assert_eq!(quantity(&bill, X86).round_dp(6), decimal(billed_ms), "{duration}");
    }
}

/// L6: its provisioned concurrency does not know the function; by default it costs nothing and is not shown.
#[test]
fn idle_provisioned_units_have_the_size_of_their_function_and_are_on_the_bill() {
    let bill = function(r#"requests = "0/month", duration = "1ms", memory = "1GB""#, ", provisioned_concurrency = 10");
    assert_eq!(cost(&bill, "lambda.provisioned_concurrency.x86_64").cents(), usd("109.50"));
}

/// L7: its requests must be split by hand between the function and its provisioned units, or are billed twice.
#[test]
fn requests_are_one_stream_and_each_is_billed_once() {
    for settings in [
        "provisioned_concurrency = 5",
        r#"provisioned_concurrency = 5, provisioned_requests = "4M/month""#,
        r#"provisioned_concurrency = 5, provisioned_requests = "10M/month""#,
        r#"provisioned_concurrency = 5, provisioned_time = "8h", provisioned_windows = 20"#,
        r#"provisioned_concurrency = 5, provisioned_time = "8h", cold_start_share = "1%""#,
    ] {
        let bill = function(r#"requests = "10M/month", duration = "500ms", memory = "1GB""#, &format!(", {settings}"));
        assert_eq!(quantity(&bill, "lambda.requests.x86_64"), decimal("10e6"), "{settings}");
        let billed = quantity(&bill, X86) + quantity(&bill, "lambda.duration.provisioned.x86_64");
        // A share of the month such as 8 h of 730 h has no last digit.
        assert_eq!(billed.round_dp(18), decimal("5e6"), "{settings}");
    }
}

/// L8: what its provisioned units cannot serve is not billed. `provisioned` has the values; here, that fewer units spill more.
#[test]
fn fewer_provisioned_units_spill_more_to_on_demand() {
    let spilled = |units: u32| {
        let settings = format!(", provisioned_concurrency = {units}");
        quantity(&function(r#"requests = "10/s", duration = "200ms", memory = "1GB""#, &settings), X86)
    };
    assert!((1..8).all(|units| spilled(units) < spilled(units - 1)));
    assert_eq!(spilled(0), decimal("5256000")); // all of 2 busy on average for 2,628,000 s
}

/// L9: it has no line for these. The worked examples have the others: SnapStart, event pollers, durable functions, tenant
/// isolation, Lambda@Edge, Managed Instances and MicroVMs.
#[test]
fn the_rest_of_a_lambda_bill_has_its_lines() {
    let asynchronous = |payload: &str| format!(r#", invocation = "asynchronous", payload = "{payload}""#);
    let (requests, stream) = ("lambda.requests.x86_64", "lambda.response_stream.x86_64");
    for (workload, settings, meter, expected_quantity, expected_cost) in [
        // 1 % × 500 ms on 100 ms are 5 % more.
        (String::new(), r#", cold_start_share = "1%", init_duration = "500ms""#, X86, "105000", "1.75"),
        (asynchronous("256KB"), "", requests, "1000000", "0.20"),
        (asynchronous("257KB"), "", requests, "2000000", "0.40"),
        (asynchronous("1MB"), "", requests, "13000000", "2.60"),
        // (20 − 6) / 1,024 GB each
        (r#", response = "20MB""#.to_owned(), ", response_streaming = true", stream, "13671.875", "109.38"),
    ] {
        let workload = format!(r#"requests = "1M/month", duration = "100ms", memory = "1GB"{workload}"#);
        let bill = function(&workload, settings);
        assert_eq!(quantity(&bill, meter), decimal(expected_quantity), "{workload} {settings}");
        assert_eq!(cost(&bill, meter).cents(), usd(expected_cost), "{workload} {settings}");
    }
}

/// L10: it hides what costs nothing, so that free and unknown look alike.
#[test]
fn what_is_free_is_shown_and_what_is_unknown_is_an_error() {
    let small = r#"requests = "100k/month", duration = "1s", memory = "512MB""#;
    let free = only_bill(&format!("free_tier = true\n{}", one_function(small, "")));
    let lines: Vec<_> = free.lines.iter().map(|line| (line.meter.id(), line.band, line.quantity, line.cost)).collect();
    assert_eq!(
        lines,
        [("lambda.requests.x86_64", Band::Free, decimal("100000"), Usd::ZERO), (X86, Band::Free, decimal("50000"), Usd::ZERO)]
    );
    let paid = only_option(&one_function(small, ""));
    assert!(paid.notes.iter().any(|(_, note)| *note == Note::FreeTierOff), "{:?}", paid.notes);
    let elsewhere = one_function(small, r#", tenant_environments = "1/month", region = "eu-west-1""#);
    let error = estimate(&elsewhere).unwrap_err().to_string();
    assert!(error.contains("lambda.tenant_isolation.x86_64 in eu-west-1"), "{error}");
}
