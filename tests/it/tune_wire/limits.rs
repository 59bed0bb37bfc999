//! What bounds a run: money, invocations, concurrency, and sizes that do not work or do not suffice.

use super::super::fake_aws::{FakeAws, Function};
use super::support::{Bench, Ended, SIZES, orders};
use millicent::units::Decimal;

/// Runs, and looks whether everything is as before.
fn run(function: Function, more: &[&str]) -> (Bench, Ended) {
    let bench = Bench::new(FakeAws::start(function));
    let before = bench.aws.snapshot();
    let ended = bench.tune(more);
    assert_eq!(bench.aws.snapshot(), before, "{ended:?}");
    assert!(bench.aws.catastrophes().is_empty());
    bench.assert_everything_paid_is_kept("a limit");
    (bench, ended)
}

fn infeasible(bench: &Bench) -> Vec<u64> {
    let result = bench.result();
    result["infeasible"].as_array().unwrap().iter().filter_map(|size| size["memory_mb"].as_u64()).collect()
}

#[test]
fn the_spending_limit_is_never_passed_by_the_books_of_the_account() {
    // A call of 1 s and 10 s of INIT costs at most 11 × 0.0000166667 = $0.0001833 + fee at 1,024 MB.
    for (limit, code) in [("0.0001", 3), ("0.0002", 3), ("0.0003", 0), ("0", 3)] {
        let (bench, ended) = run(orders().curve(|_, _| 500.0).init(900.0), &["--max-spend", limit]);
        let spent = bench.spent();
        assert!(spent <= limit.parse::<Decimal>().unwrap(), "{spent} of {limit}");
        if code == 3 {
            ended.assert_code(3).assert_says("the spending limit is reached");
        } else {
            // How much is left when the last call starts depends on which calls ran side by side.
            assert!(matches!(ended.code, Some(0 | 3)), "{ended:?}");
        }
    }
}

#[test]
fn the_limit_of_invocations_is_never_passed() {
    for limit in 0..10_usize {
        let (bench, ended) = run(orders(), &["--max-invocations", &limit.to_string()]);
        assert!(bench.aws.reports().len() <= limit);
        if limit >= 9 {
            ended.assert_code(0);
        } else {
            ended.assert_code(3).assert_says("the limit of invocations is reached");
            assert_eq!(bench.aws.reports().len(), limit);
        }
    }
}

#[test]
fn a_reserved_concurrency_is_respected() {
    // At most half of it, rounded up: production needs the rest.
    for (reserved, most) in [(1, 1), (2, 1), (3, 2), (4, 2)] {
        let bench = Bench::new(FakeAws::start(orders().curve(|_, _| 400.0).reserved_concurrency(reserved)));
        assert_most_in_flight(&bench, most);
    }
}

#[test]
fn the_concurrency_of_the_account_is_respected_where_none_is_reserved() {
    for (unreserved, most) in [(2, 1), (5, 3)] {
        let bench = Bench::new(FakeAws::start(orders().curve(|_, _| 400.0)));
        bench.aws.set(|settings| settings.concurrency = unreserved);
        assert_most_in_flight(&bench, most);
    }
}

#[test]
fn first_calls_alone_are_made_where_a_burst_is_too_much_for_the_concurrency() {
    for calls in [3, 10] {
        let bench = Bench::new(FakeAws::start(orders().reserved_concurrency(2)));
        bench.aws.set(|settings| settings.time_scale = 1.0);
        bench.tune(&["--only-cold-starts", "--calls", &calls.to_string()]).assert_code(0);
        let reports = bench.aws.reports();
        assert!(reports.iter().all(|report| report.init_ms.is_some()));
        assert_eq!(reports.len(), 3 * calls);
    }
}

/// That a run which would like to make twelve calls at once makes so many, and is never throttled.
fn assert_most_in_flight(bench: &Bench, most: u32) {
    bench.aws.set(|settings| settings.time_scale = 0.1);
    bench.tune(&["--workers", "4", "--calls", "4"]).assert_code(0);
    assert_eq!(bench.aws.most_in_flight(), most);
    assert_eq!(bench.result()["spent"]["throttled"].as_u64(), Some(0));
}

#[test]
fn a_function_that_nobody_can_invoke_is_left_alone() {
    let (bench, ended) = run(orders().reserved_concurrency(0), &[]);
    ended.assert_code(1).assert_says("reserved concurrency is 0");
    assert!(bench.aws.requests().iter().all(|request| request.method == "GET"));
    assert!(bench.journals().is_empty());
}

#[test]
fn sizes_that_a_new_account_has_not_are_said_and_the_others_measured() {
    let bench = Bench::orders();
    bench.aws.set(|settings| settings.memory_cap_mb = 3008);
    let before = bench.aws.snapshot();
    bench.tune(&["--sizes", "256,512,1024,4096,10240"]).assert_code(0);
    assert_eq!(bench.aws.snapshot(), before);
    bench.assert_complete(&SIZES, 2, "capped");
    assert_eq!(infeasible(&bench), [4096, 10_240]);
}

#[test]
fn errors_of_the_function_count_only_where_allowed() {
    let (bench, ended) = run(orders().fails_with("OutOfStock"), &[]);
    ended.assert_code(3);
    assert_eq!(infeasible(&bench), SIZES.map(u64::from));
    assert_eq!(bench.aws.reports().len(), 3, "one failure of a size is enough");
    let (bench, ended) = run(orders().fails_with("OutOfStock"), &["--allow-error", "OutOfStock"]);
    ended.assert_code(0);
    bench.assert_complete(&SIZES, 2, "allowed");
    let (bench, ended) = run(orders(), &["--payload", r#"{"error": "Sometimes"}"#]);
    ended.assert_code(3);
    assert!(ended.stdout.contains("Sometimes"), "the type of the error is shown: {}", ended.stdout);
    assert_eq!(infeasible(&bench).len(), 3);
}

#[test]
fn sizes_below_one_that_runs_out_of_memory_are_not_recommended() {
    let (bench, ended) = run(orders().killed_below(600), &[]);
    ended.assert_code(0);
    assert_eq!(infeasible(&bench), [256, 512]);
    assert_eq!(bench.result()["recommendation"]["memory_mb"].as_u64(), Some(1024));
}

#[test]
fn sizes_that_run_into_the_time_out_are_not_recommended() {
    // 2 + 400 × 1769 / 512 = 1,384 ms are too long for a time-out of 1 s, 2 + 400 × 1769 / 1024 = 693 ms are not.
    let (bench, ended) = run(orders().cpu_bound(2.0, 400.0, 1769), &[]);
    ended.assert_code(0);
    assert_eq!(infeasible(&bench), [256, 512]);
    assert_eq!(bench.result()["recommendation"]["memory_mb"].as_u64(), Some(1024));
}

#[test]
fn a_percentile_that_no_size_meets_is_said() {
    let (bench, ended) = run(orders(), &["--p95", "1ms"]);
    ended.assert_code(3);
    assert_eq!(bench.result()["recommendation"]["meets_limit"], false);
    let (bench, ended) = run(orders(), &["--p95", "12ms"]);
    ended.assert_code(0);
    // 2 + 5 × 1769 / 1024 = 10.64 ms; 512 MB takes 19.28 ms.
    assert_eq!(bench.result()["recommendation"]["memory_mb"].as_u64(), Some(1024));
}

#[test]
fn throttled_calls_are_made_later_and_counted() {
    let bench = Bench::new(FakeAws::start(orders().curve(|_, _| 400.0)));
    bench.aws.set(|settings| {
        settings.time_scale = 0.1;
        settings.concurrency = 8;
    });
    bench.aws.fault(super::super::fake_aws::At::Operation("Invoke", 3), 4, super::super::fake_aws::FaultKind::Throttle);
    bench.tune(&[]).assert_code(0);
    assert_eq!(bench.result()["spent"]["throttled"].as_u64(), Some(4));
}
