//! A fault at every request of a run, once and for good: afterwards the account is as before, every call that was paid for is
//! kept, and exit code 0 means that the result is complete and right.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Instant;

use super::super::fake_aws::{At, FaultKind};
use super::support::{Bench, Ended, SIZES, each, is_full};

/// For good: until the account is calmed.
const ALWAYS: u64 = u64::MAX / 2;

/// What may go wrong with any request.
const ANYWHERE: [FaultKind; 8] = [
    FaultKind::Throttle,
    FaultKind::ServerError,
    FaultKind::Timeout,
    FaultKind::Reset,
    FaultKind::ResetAfterApply,
    FaultKind::AccessDenied,
    FaultKind::Conflict,
    FaultKind::PreconditionFailed,
];
/// What may go wrong with a change or a new version.
const CHANGES: [FaultKind; 3] = [FaultKind::FailedUpdate, FaultKind::StuckInProgress(None), FaultKind::StuckInProgress(Some(3))];
/// What may go wrong with the log of an invocation.
const LOGS: [FaultKind; 2] = [FaultKind::LogIsNotBase64, FaultKind::LogIsNoReport];

#[derive(Debug)]
struct Case {
    operation: &'static str,
    nth: u64,
    kind: FaultKind,
    times: u64,
}

const OPERATIONS: [&str; 8] = [
    "GetFunction",
    "ListVersionsByFunction",
    "GetAccountSettings",
    "FilterLogEvents",
    "UpdateFunctionConfiguration",
    "PublishVersion",
    "Invoke",
    "DeleteFunction",
];

/// How often a clean run makes each request.
fn requests() -> BTreeMap<&'static str, u64> {
    let bench = Bench::orders();
    run(&bench).assert_code(0);
    let made = bench.aws.operations();
    assert!(made.iter().all(|name| OPERATIONS.contains(&name.as_str())), "{made:?}");
    OPERATIONS.map(|operation| (operation, made.iter().filter(|name| *name == operation).count() as u64)).into()
}

fn run(bench: &Bench) -> Ended {
    bench.tune(&["--api-timeout", "300ms"])
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (operation, count) in requests() {
        let own: &[FaultKind] = match operation {
            "UpdateFunctionConfiguration" | "PublishVersion" => &CHANGES,
            "Invoke" => &LOGS,
            _ => &[],
        };
        for nth in 1..=count {
            for kind in ANYWHERE.iter().chain(own) {
                for times in [1, ALWAYS] {
                    cases.push(Case { operation, nth, kind: kind.clone(), times });
                }
            }
        }
    }
    cases
}

/// An invocation is waited for as long as its function may run, and half a minute more: of these cases one or two are enough.
fn is_long(case: &Case) -> bool {
    case.operation == "Invoke" && case.kind == FaultKind::Timeout
}

fn check(case: &Case) {
    let bench = Bench::orders();
    let before = bench.aws.snapshot();
    bench.aws.fault(At::Operation(case.operation, case.nth), case.times, case.kind.clone());
    let ended = run(&bench);
    let name = format!("{case:?}: {ended:?}");
    bench.aws.calm();
    bench.assert_everything_paid_is_kept(&name);
    if ended.has_left_something() {
        ended.assert_code(1);
        bench.restore().assert_code(0);
    }
    assert_eq!(bench.aws.snapshot(), before, "{name}");
    match ended.code {
        Some(0) => bench.assert_complete(&SIZES, 2, &name),
        Some(1) => assert!(ended.stderr.contains("error: ") || ended.has_left_something(), "{name}"),
        _ => panic!("{name}"),
    }
    bench.restore().assert_code(0).assert_says("nothing to put back");
    assert!(bench.aws.catastrophes().is_empty(), "{name}");
}

#[test]
fn a_fault_at_any_request_leaves_nothing_behind() {
    let begun = Instant::now();
    let all = cases();
    let total = all.len();
    let step = if is_full() { 1 } else { 3 };
    let (long, quick): (Vec<Case>, Vec<Case>) = all.into_iter().partition(is_long);
    let kept = |(place, case): (usize, Case)| (place % step == 0).then_some(case);
    let mut chosen: Vec<Case> = long.into_iter().take(if is_full() { 2 } else { 1 }).collect();
    chosen.extend(quick.into_iter().enumerate().filter_map(kept));
    each(&chosen, check);
    let seconds = begun.elapsed().as_secs_f64();
    writeln!(std::io::stderr(), "{} of {total} faults at requests tried in {seconds:.0} s", chosen.len()).unwrap();
    assert!(total >= 500 && chosen.len() * step >= total - 20, "{} of {total} cases", chosen.len());
}
