//! What production reported before a run: it is read once, said, and never a reason to fail.

use std::collections::BTreeMap;
use std::time::Duration;

use millicent::lambda_log::find_report;
use millicent::power_tuning::Strategy as Classic;
use millicent::price_book::PriceBook;
use millicent::report;
use millicent::tune::{
    Action, Averaging, Ended, Evaluation, Failure, FailureKind, LoggedCall, LoggedCalls, Outcome, Restored, Step, Stop, Strategy,
    TuneResult, Tuner,
};
use millicent::units::{Decimal, MemoryMb};
use millicent::usage::Region;

use super::support::{Bench, SPAN, account, logged, plan, simulation};

const SIZES: [u32; 3] = [256, 512, 1024];

/// A run whose look at the logs is answered so, after so long.
fn answered(outcome: &Outcome, after: Duration) -> (Bench, Ended) {
    let mut bench = Bench::new(account(simulation("cpu")));
    let mut answer = |_: usize, action: &Action, now: Duration, _: &mut _| {
        matches!(action, Action::ReadHistory { .. }).then(|| (now + after, outcome.clone()))
    };
    let ended = bench.drive(Tuner::measure(plan(&SIZES)), &mut answer, &mut |_, _| {});
    (bench, ended)
}

fn result_of(ended: Ended) -> TuneResult {
    let averaging = Averaging { class_weights: vec![1.0], cold_only: false, cold_fraction: None, seed: 3 };
    let (strategy, region) = (Strategy::PowerTuning(Classic::Cost), Region::new("us-east-1"));
    let prices = PriceBook::bundled();
    let evaluation = Evaluation { averaging, strategy, requests_per_month: None, alike: Vec::new(), prices: &prices, region };
    TuneResult::of(ended, "orders".to_owned(), evaluation).unwrap()
}

/// The result of a run on a function whose calls take about 1,041 ms at 512 MB, with these calls of production.
fn result(logged: LoggedCalls) -> TuneResult {
    let mut bench = Bench::new(account(simulation("cpu")).with_logged(logged));
    result_of(bench.undisturbed(Tuner::measure(plan(&SIZES))))
}

fn notes(result: &TuneResult) -> String {
    result.notes.iter().map(|note| format!("{note}\n")).collect()
}

fn markdown(result: &TuneResult) -> String {
    let mut bytes = Vec::new();
    report::write_tune_markdown(result, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// Calls with these fields behind the duration, `|` for tabs.
fn with_fields(calls: u32, fields: &str) -> LoggedCalls {
    let line = format!("REPORT RequestId: r|Duration: 1000 ms|Memory Size: 512 MB|{fields}").replace('|', "\t");
    let call = LoggedCall { version: None, report: find_report(&line, None).unwrap() };
    LoggedCalls { calls: vec![call; calls as usize], span: SPAN, is_complete: true }
}

#[test]
fn it_is_read_once_before_the_first_change() {
    let mut bench = Bench::new(account(simulation("cpu")));
    let ended = bench.undisturbed(Tuner::measure(plan(&SIZES)));
    let place = |wanted: &dyn Fn(&Action) -> bool| bench.actions.iter().position(wanted).unwrap();
    let read = place(&|action| *action == Action::ReadHistory { span: SPAN });
    assert!(read < place(&|action| matches!(action, Action::UpdateFunction { .. } | Action::PublishVersion { .. })));
    assert_eq!((bench.calls("FilterLogEvents"), ended.counts.api_calls["FilterLogEvents"]), (1, 1));
    let history = ended.history.unwrap();
    assert_eq!((history.calls, history.memory.get(), history.requests_per_month), (3, 512, Some(Decimal::from(365))));
    assert_eq!(ended.history_unknown, None);

    let mut silent = plan(&SIZES);
    silent.history = None;
    let mut bench = Bench::new(account(simulation("cpu")));
    let ended = bench.undisturbed(Tuner::measure(silent));
    assert_eq!((bench.calls("FilterLogEvents"), ended.history, ended.history_unknown), (0, None, None));
}

/// What production runs with is what its alias points to.
#[test]
fn it_is_that_of_the_size_which_the_named_alias_has() {
    let mut named = plan(&SIZES);
    named.qualifier = Some("old".to_owned());
    let ended = Bench::new(account(simulation("cpu"))).undisturbed(Tuner::measure(named));
    let why = "there is no call at 256 MB in the logs of the last 6 h";
    assert_eq!((ended.history, ended.history_unknown.as_deref()), (None, Some(why)));
}

#[test]
fn whatever_the_logs_answer_the_run_goes_on_without_them() {
    let failed = |kind| Outcome::Failed(Failure::new(kind, "not allowed"));
    let wrong = Outcome::Versions(Vec::new());
    let kinds =
        [FailureKind::Denied, FailureKind::NotFound, FailureKind::Throttled, FailureKind::Unavailable, FailureKind::Other];
    for outcome in kinds.map(failed).into_iter().chain([wrong, Outcome::History(LoggedCalls::default())]) {
        let (bench, ended) = answered(&outcome, Duration::from_millis(40));
        assert_eq!((ended.stop.clone(), &ended.restored, ended.invocations.len()), (None, &Restored::Yes, 12), "{outcome:?}");
        assert_eq!((bench.calls("FilterLogEvents"), &ended.history), (1, &None), "{outcome:?}: once, and never again");
        let why = ended.history_unknown.clone().unwrap();
        let result = result_of(ended);
        assert!(notes(&result).contains(&format!("what production reports was not used: {why}")), "{}", notes(&result));
        assert!(!markdown(&result).contains("Production"));
    }
}

#[test]
fn it_is_waited_for_a_while_only() {
    let hour = Duration::from_secs(3600);
    let (_, late) = answered(&Outcome::History(logged(&[1.0])), hour);
    let (_, soon) = answered(&Outcome::History(logged(&[1.0])), Duration::from_millis(40));
    assert!(late.time < soon.time + Duration::from_secs(16), "{:?} {:?}", late.time, soon.time);
    assert_eq!(late.history_unknown.as_deref(), Some("the logs gave no answer within 15 s"));
    assert_eq!((late.stop, late.invocations.len()), (None, soon.invocations.len()));
}

#[test]
fn an_interrupted_run_waits_for_it_no_longer() {
    let mut account = account(simulation("cpu"));
    let before = account.seen();
    let mut tuner = Tuner::measure(plan(&SIZES));
    // Everything is answered at once, but for the logs: then nothing is left to do but to wait for them.
    let alarm = loop {
        match tuner.poll(Duration::ZERO) {
            Step::Act(_, Action::ReadHistory { .. }) => {}
            Step::Act(ticket, Action::Record(_)) => tuner.handle(ticket, Outcome::Done),
            Step::Act(ticket, action) => tuner.handle(ticket, account.perform(&action, Duration::ZERO).1),
            Step::Wait(alarm) => break alarm,
            Step::Ended => panic!("it has not waited"),
        }
    };
    assert_eq!(alarm, Some(Duration::from_secs(15)));
    tuner.interrupt();
    assert!(matches!(tuner.poll(Duration::ZERO), Step::Ended), "and nothing is asked any more");
    let ended = tuner.ended().unwrap();
    assert_eq!((&ended.stop, &ended.restored), (&Some(Stop::Interrupted), &Restored::Untouched));
    assert_eq!(account.seen(), before);
}

/// Four warm calls, a cold one, and two that timed out.
fn of_every_kind() -> LoggedCalls {
    let mut calls = logged(&[900.0, 1000.0, 1100.0, 1000.0]);
    calls.calls.extend(with_fields(1, "Max Memory Used: 171 MB|Init Duration: 412.00 ms").calls);
    calls.calls.extend(with_fields(2, "Max Memory Used: 80 MB|Status: timeout").calls);
    calls
}

const LINE: &str = "Production, last 6 h: 7 calls at 512 MB, mean 1,000 ms, p95 1,085 ms, 74–171 MB used, 1 cold with INIT 412 ms, 2 failed (2 timed out).";

#[test]
fn it_is_said_in_a_line() {
    let markdown = markdown(&result(of_every_kind()));
    assert!(markdown.contains(&format!("- {LINE}\n")), "{markdown}");
}

#[cfg(feature = "cli")]
#[test]
fn the_table_says_it_too_and_the_json_has_its_figures() {
    let result = result(of_every_kind());
    let mut bytes = Vec::new();
    report::write_tune_table(&result, 400, &mut bytes).unwrap();
    assert!(String::from_utf8(bytes).unwrap().contains(LINE));
    let mut bytes = Vec::new();
    report::write_tune_json(&result, &mut bytes).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let history = &json["history"];
    assert_eq!(
        (&history["calls"], &history["warm"]["calls"], &history["failures"]["timeout"]),
        (&7.into(), &4.into(), &2.into())
    );
    assert_eq!((&history["max_memory_used_mb"]["most"], &history["seconds"]), (&171.into(), &21_600.0.into()));
    let schema: serde_json::Value = serde_json::from_str(report::TUNE_SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&json), "{:?}", validator.iter_errors(&json).map(|error| error.to_string()).collect::<Vec<_>>());
}

#[test]
fn memory_that_production_uses_is_held_against_the_recommended_size() {
    let said = |used: u32| {
        let result = result(with_fields(20, &format!("Max Memory Used: {used} MB")));
        assert_eq!(result.chosen().map(|size| size.memory), Some(MemoryMb::new(256)), "by its calls");
        let notes = notes(&result);
        (notes.contains("more than the 256 MB that are recommended"), notes.contains("near the 256 MB that are recommended"))
    };
    // 0.9 × 256 MB = 230.4 MB.
    assert_eq!([74, 230, 231, 256, 257].map(said), [(false, false), (false, false), (false, true), (false, true), (true, false)]);
}

#[test]
fn a_payload_that_is_not_productions_is_said() {
    let said = |duration_ms: f64, calls: usize| {
        notes(&result(logged(&vec![duration_ms; calls]))).contains("the payload does not represent production: at 512 MB")
    };
    // The run's calls take 1,041 ms there, within a few percent.
    assert_eq!([400.0, 600.0, 1041.0, 1900.0, 2300.0].map(|ms| said(ms, 20)), [true, false, false, false, true]);
    assert!(!said(10.0, 7), "a few calls are no mean");
}

/// Reports of production are no calls of the run: no mean has them.
#[test]
fn what_was_measured_is_the_same_with_and_without_it() {
    let [with, without] = [logged(&[5.0; 40]), LoggedCalls::default()].map(result);
    let means = |result: &TuneResult| -> BTreeMap<MemoryMb, u64> {
        result.sizes.iter().map(|size| (size.memory, size.duration_ms.point.to_bits())).collect()
    };
    assert_eq!(means(&with), means(&without));
    assert_eq!(with.ended.ledger.spent(), without.ended.ledger.spent());
}
