//! What production has left in its logs, in both formats, among other lines: the command reads it, and does without where it may not.

use std::time::Duration;

use serde_json::Value;

use super::super::fake_aws::report::{End, Report};
use super::super::fake_aws::{At, FakeAws, FaultKind};
use super::support::{Bench, SIZES, orders};

const MINUTE: Duration = Duration::from_secs(60);

/// A call of production at a size.
fn call(id: u32, memory_mb: u32, duration_ms: f64, end: End) -> Report {
    Report {
        request_id: format!("{id:08x}-c0de-4000-8000-000000000000"),
        version: "$LATEST".to_owned(),
        duration_ms,
        memory_mb,
        memory_used_mb: 70 + id,
        timeout_s: 1,
        init_ms: (id == 0).then_some(412.5),
        restore_ms: None,
        end,
        printed_bytes: 0,
        printed_after_report_bytes: 0,
    }
}

/// Four calls at the current size, two of which failed, one before the size was what it is now, and one of an earlier run.
fn production() -> Vec<Report> {
    let gone = Report { version: "41".to_owned(), ..call(9, 512, 5000.0, End::Success) };
    vec![
        call(0, 512, 30.0, End::Success),
        call(1, 512, 20.0, End::Success),
        call(2, 512, 1000.0, End::TimedOut),
        call(3, 512, 9.0, End::Killed),
        call(4, 1024, 10.0, End::Success),
        gone,
    ]
}

fn filtered(bench: &Bench) -> usize {
    bench.aws.operations().iter().filter(|operation| *operation == "FilterLogEvents").count()
}

/// Runs, and gives the history and the notes.
fn tuned(bench: &Bench, more: &[&str]) -> (Value, String) {
    let before = bench.aws.snapshot();
    bench.tune(more).assert_code(0);
    assert_eq!(bench.aws.snapshot(), before);
    bench.assert_complete(&SIZES, 2, "with production's reports");
    let result = bench.result();
    (result["history"].clone(), result["notes"].to_string())
}

#[test]
fn reports_of_production_are_read_in_both_formats_and_nothing_else_of_its_logs() {
    for json_logs in [false, true] {
        let function = if json_logs { orders().json_logs() } else { orders() };
        let bench = Bench::new(FakeAws::start(function));
        // What a handler prints holds secrets: each run is looked at for them.
        bench.aws.called("orders", 10 * MINUTE, json_logs, &production());
        bench.aws.called("orders", 10 * MINUTE, json_logs, &[call(5, 512, 25.0, End::HandlerError("OutOfStock".to_owned()))]);
        bench.aws.called("orders", 7 * 60 * MINUTE, json_logs, &[call(6, 512, 25.0, End::Success)]);
        let (history, _) = tuned(&bench, &[]);
        let figures = ["calls", "cold_calls", "failed_calls"].map(|key| history[key].as_u64().unwrap());
        // The text format says nothing of a handler's errors.
        let (failed, warm) = if json_logs { (3, 1) } else { (2, 2) };
        assert_eq!((figures, history["warm"]["calls"].as_u64()), ([5, 1, failed], Some(warm)), "{history}");
        assert_eq!((&history["failures"]["timeout"], &history["failures"]["crash"]), (&1.into(), &1.into()), "{history}");
        assert_eq!((&history["init_ms"], &history["seconds"]), (&412.5.into(), &21_600.0.into()), "{history}");
        assert_eq!(history["max_memory_used_mb"], serde_json::json!({"least": 70, "median": 72, "most": 75}), "{history}");
        // Six requests of versions that are there in 6 h: 6 × 730 / 6.
        assert_eq!(history["requests_per_month"], 730, "{history}");
        let ended = bench.tune(&["--format", "table"]);
        ended.assert_code(0);
        assert!(ended.stdout.contains("Production, last 6 h: 5 calls at 512 MB"), "{}", ended.stdout);
        assert!(!ended.stdout.contains("c0de"));
    }
}

#[test]
fn the_newest_calls_are_taken_where_there_are_too_many() {
    let bench = Bench::orders();
    // Older and slower ones are not reached: three pages of the fake look at 60 lines.
    bench.aws.called("orders", 60 * MINUTE, false, &vec![call(0, 512, 500.0, End::Success); 40]);
    let newer: Vec<Report> = (1..=12).map(|id| call(id, 512, 20.0, End::Success)).collect();
    bench.aws.called("orders", 3 * MINUTE, false, &newer);
    let (history, _) = tuned(&bench, &[]);
    assert_eq!((filtered(&bench), &history["requests_per_month"]), (3, &Value::Null), "{history}");
    assert!(history["warm"]["mean_ms"].as_f64().unwrap() < 21.0, "{history}");
    assert!((3600.0..3700.0).contains(&history["seconds"].as_f64().unwrap()), "{history}");
}

#[test]
fn a_run_that_may_not_read_the_logs_or_finds_nothing_says_so_and_is_as_good() {
    let bench = Bench::orders();
    let (history, notes) = tuned(&bench, &[]);
    assert_eq!(history, Value::Null);
    assert!(
        notes.contains("what production reports was not used: there is no call at 512 MB in the logs of the last 6 h"),
        "{notes}"
    );

    for (kind, words) in [
        (FaultKind::AccessDenied, "logs:FilterLogEvents"),
        (FaultKind::Throttle, "too many requests"),
        (FaultKind::Timeout, "no answer came in time"),
        (FaultKind::Reset, "the connection failed"),
    ] {
        let bench = Bench::orders();
        bench.aws.called("orders", MINUTE, false, &production());
        bench.aws.fault(At::Operation("FilterLogEvents", 1), u64::MAX / 2, kind);
        let (history, notes) = tuned(&bench, &["--api-timeout", "300ms"]);
        assert_eq!((history, filtered(&bench)), (Value::Null, 1), "{words}");
        assert!(
            notes.contains("what production reports was not used: could not read the logs in /aws/lambda/orders")
                && notes.contains(words),
            "{notes}"
        );
    }
}

#[test]
fn how_far_back_is_the_users_to_say() {
    let bench = Bench::orders();
    bench.aws.called("orders", 10 * MINUTE, false, &production());
    let (history, _) = tuned(&bench, &["--history", "5min"]);
    assert_eq!(history, Value::Null);
    let (history, _) = tuned(&bench, &["--history", "30min"]);
    assert_eq!(history["seconds"], 1800.0);
    let asked = filtered(&bench);
    let (history, notes) = tuned(&bench, &["--history", "none"]);
    assert_eq!((history, filtered(&bench)), (Value::Null, asked));
    assert!(!notes.contains("production"), "{notes}");
    for wrong in ["0s", "721h", "soon"] {
        bench.tune(&["--history", wrong]).assert_code(2).assert_says("--history");
    }
    let dry = bench.tune(&["--dry-run"]);
    assert!(dry.stdout.contains("what production reported in the last 6 h"), "{}", dry.stdout);
    assert!(!bench.tune(&["--dry-run", "--history", "none"]).stdout.contains("production"));
}
