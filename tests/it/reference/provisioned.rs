//! Provisioned concurrency against numbers computed independently: idle cost, spill-over, break-even, the best level.

use millicent::units::{Decimal, Usd};

use super::{cost, decimal, only_bill, quantity, usd};

/// What a function of 1 GB costs besides its requests, with so many units kept all month.
fn compute_cost(rate: &str, duration: &str, units: u32) -> Usd {
    let bill = only_bill(&format!(
        r#"
        workload = {{ requests = "{rate}", duration = "{duration}", memory = "1GB" }}
        option = {{ platform = "lambda", architecture = "x86_64", provisioned_concurrency = {units} }}
        "#
    ));
    bill.total() - cost(&bill, "lambda.requests.x86_64")
}

/// Percentage saved against running on demand, to three decimals.
fn saving_percent(rate: &str, units: u32) -> Decimal {
    let on_demand = compute_cost(rate, "1s", 0);
    let saved = on_demand - compute_cost(rate, "1s", units);
    (saved.share_of(on_demand).unwrap_or_default() * Decimal::ONE_HUNDRED).round_dp(3)
}

#[test]
fn ten_idle_units_cost_their_memory_for_the_month() {
    for (memory, architecture, expected) in [
        ("128MB", "x86_64", "13.69"),
        ("512MB", "x86_64", "54.75"),
        ("1GB", "x86_64", "109.50"),
        ("1769MB", "x86_64", "189.17"),
        ("1GB", "arm64", "87.60"),
    ] {
        let bill = only_bill(&format!(
            r#"
            workload = {{ requests = "0/month", duration = "1ms", memory = "{memory}" }}
            option = {{ platform = "lambda", architecture = "{architecture}", provisioned_concurrency = 10 }}
            "#
        ));
        assert_eq!(bill.invoice_total(), usd(expected), "{memory} {architecture}");
    }
}

/// Erlang's loss formula, confirmed by a simulation of 3·10⁷ requests.
#[test]
fn what_spills_over_runs_on_demand_and_is_erlang_b_of_the_load() {
    for (rate, duration, units, spilled) in [
        ("0.9/s", "1991ms", 0, "1"),
        ("0.9/s", "1991ms", 5, "0.0259188"),
        ("10/s", "200ms", 6, "0.0120846"),
        ("100/s", "100ms", 20, "0.00186905"),
    ] {
        let bill = only_bill(&format!(
            r#"
            workload = {{ requests = "{rate}", duration = "{duration}", memory = "1GB" }}
            option = {{ platform = "lambda", architecture = "x86_64", provisioned_concurrency = {units} }}
            "#
        ));
        let on_demand = quantity(&bill, "lambda.duration.x86_64");
        let all = on_demand + quantity(&bill, "lambda.duration.provisioned.x86_64");
        let expected = decimal(spilled);
        assert_eq!((on_demand / all).round_dp(expected.scale()), expected, "{rate} × {duration} on {units} units");
    }
}

/// Of 730 h, 73 are a tenth; ten times 438 min are as long, but each is rounded up to 440.
#[test]
fn requests_outside_the_enabled_time_run_on_demand() {
    for (time, kept_ready, on_demand_share) in [
        (r#"provisioned_time = "73h""#, "5256000", "0.9001869"),
        (r#"provisioned_time = "438min", provisioned_windows = 10"#, "5280000", "0.8997311"),
    ] {
        let bill = only_bill(&format!(
            r#"
            workload = {{ requests = "100/s", duration = "100ms", memory = "1GB" }}
            option = {{ platform = "lambda", architecture = "x86_64", provisioned_concurrency = 20, {time} }}
            "#
        ));
        assert_eq!(quantity(&bill, "lambda.provisioned_concurrency.x86_64"), decimal(kept_ready), "{time}");
        // 26,280,000 GB-seconds in all; of the enabled time 0.00186905 spills over.
        let share = quantity(&bill, "lambda.duration.x86_64") / decimal("26280000");
        assert_eq!(share.round_dp(7), decimal(on_demand_share), "{time}");
    }
}

/// A unit pays from p / (d − q) = 60.000 % use: p its own price, d and q the duration prices on demand and provisioned.
#[test]
fn a_unit_busy_60_percent_of_the_time_costs_what_on_demand_costs() {
    let busy = |requests: &str, architecture: &str, provisioned: &str| {
        let bill = only_bill(&format!(
            r#"
            workload = {{ requests = "{requests}/month", duration = "1s", memory = "1GB" }}
            option = {{ platform = "lambda", architecture = "{architecture}"{provisioned} }}
            "#
        ));
        bill.total()
    };
    let one_unit = |requests: &str| format!(r#", provisioned_concurrency = 1, provisioned_requests = "{requests}/month""#);
    let difference = |requests: &str, architecture: &str| {
        busy(requests, architecture, &one_unit(requests)).cmp(&busy(requests, architecture, ""))
    };
    // 730 h are 2,628,000 s, of which 60 % are 1,576,800.
    assert!(difference("1576799", "x86_64").is_gt());
    assert!(difference("1576800", "x86_64").is_eq());
    assert!(difference("1576801", "x86_64").is_lt());
    // On arm64 the digits of the prices make it 60.001 %.
    assert!(difference("1576800", "arm64").is_gt());
    assert!(difference("1576830", "arm64").is_lt());
}

/// Computed with 30 digits for Poisson arrivals; 16.667 % is the most that a unit can save.
#[test]
fn the_best_number_of_units_saves_what_was_computed_independently() {
    for (rate, units, saving) in [("2/s", 1, "1.389"), ("50/s", 50, "12.301"), ("100/s", 100, "13.513")] {
        assert_eq!(saving_percent(rate, units), decimal(saving), "{rate} on {units}");
        let at = |units: u32| compute_cost(rate, "1s", units);
        assert!(at(units) < at(units - 1) && at(units) < at(units + 1), "{rate}: {units} is not the best");
    }
    assert_eq!(saving_percent("1/s", 1), decimal("-4.167"));
}
