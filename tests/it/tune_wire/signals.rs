//! An end at every moment: a signal that is taken, and one that cannot be.

use std::fs;
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use super::super::fake_aws::{At, FakeAws, FaultKind};
use super::support::{Bench, SIZES, each, is_full, orders, send};

#[derive(Debug)]
struct Case {
    signal: &'static str,
    /// As soon as so many requests have come.
    requests: usize,
    /// And a little later: while the request is carried out, or between two.
    later: Duration,
}

fn start(bench: &Bench) -> Child {
    bench.start_tune(&["--grace", "100ms"])
}

/// Waits for so many requests; false when the command has ended before.
fn wait_for_requests(bench: &Bench, child: &mut Child, wanted: usize) -> bool {
    let begun = Instant::now();
    while bench.aws.operations().len() < wanted {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "request {wanted} has not come");
        thread::sleep(Duration::from_micros(200));
    }
    true
}

/// Every `step`th request of a clean run.
fn cases(signals: &[(&'static str, usize)]) -> Vec<Case> {
    let bench = Bench::orders();
    bench.end(start(&bench)).assert_code(0);
    let count = bench.aws.requests().len();
    let mut cases = Vec::new();
    for (signal, step) in signals {
        for requests in (1..=count).step_by(if is_full() { 1 } else { *step }) {
            // Spread over the time between two requests, the same in every run.
            let later = Duration::from_micros((requests as u64 * 1_700) % 6_000);
            cases.push(Case { signal, requests, later });
        }
    }
    cases
}

fn interrupt(bench: &Bench, case: &Case) -> Option<super::support::Ended> {
    let mut child = start(bench);
    let is_running = wait_for_requests(bench, &mut child, case.requests);
    thread::sleep(case.later);
    send(case.signal, &child);
    let ended = bench.end(child);
    is_running.then_some(ended)
}

#[test]
fn a_run_that_is_interrupted_puts_everything_back() {
    let cases = cases(&[("INT", 1), ("TERM", 3), ("HUP", 8)]);
    each(&cases, |case| {
        let bench = Bench::orders();
        let before = bench.aws.snapshot();
        let Some(ended) = interrupt(&bench, case) else { return };
        assert_eq!(bench.aws.snapshot(), before, "{case:?}: {ended:?}");
        bench.assert_everything_paid_is_kept("interrupted");
        match ended.code {
            Some(0) => bench.assert_complete(&SIZES, 2, "it had ended already"),
            Some(130) => {
                ended.assert_says("interrupted");
            }
            _ => panic!("{case:?}: {ended:?}"),
        }
        bench.restore().assert_code(0).assert_says("nothing to put back");
        assert!(bench.aws.catastrophes().is_empty());
    });
    assert!(cases.len() >= 40, "{} cases", cases.len());
}

#[test]
fn a_run_that_is_killed_is_mended_by_restore_and_by_nothing_else() {
    let cases = cases(&[("KILL", 1)]);
    each(&cases, |case| {
        let bench = Bench::orders();
        let before = bench.aws.snapshot();
        if interrupt(&bench, case).is_none() {
            return;
        }
        // What the killed process had asked for ends by itself.
        thread::sleep(Duration::from_millis(50));
        bench.assert_everything_paid_is_kept_but(3, "killed");
        if bench.aws.snapshot() != before {
            let changed = bench.aws.snapshot();
            let refusals = ["run `millicent tune restore` first", "is of another run of this program"];
            bench.tune(&[]).assert_code(1).assert_says_one_of(&refusals);
            assert_eq!(bench.aws.snapshot(), changed, "a run that is refused changes nothing");
        }
        bench.restore().assert_code(0);
        assert_eq!(bench.aws.snapshot(), before, "{case:?}");
        bench.restore().assert_code(0).assert_says("nothing to put back");
        assert!(bench.aws.catastrophes().is_empty());
        bench.tune(&[]).assert_code(0);
    });
    assert!(cases.len() >= 30, "{} cases", cases.len());
}

/// Nothing between: the old size without a trace of the run, or the new one whole once the alias has moved.
#[test]
fn a_run_that_is_killed_while_it_applies_is_mended_by_restore() {
    let apply = ["--strategy", "speed", "--apply", "--alias", "live"];
    let bench = || Bench::new(FakeAws::start(orders().published().alias("live", 1)));
    let (clean, measured) = (bench(), bench());
    clean.tune(&apply).assert_code(0);
    measured.tune(&apply[..2]).assert_code(0);
    let cases: Vec<usize> = (measured.aws.requests().len() - 3..=clean.aws.requests().len()).collect();
    each(&cases, |requests| {
        let bench = bench();
        let before = bench.aws.snapshot().functions["orders"].clone();
        let mut child = bench.start_tune(&apply);
        wait_for_requests(&bench, &mut child, *requests);
        thread::sleep(Duration::from_micros(*requests as u64 * 1_700 % 4_000));
        send("KILL", &child);
        bench.end(child);
        thread::sleep(Duration::from_millis(50));
        let moved_to = bench.aws.snapshot().functions["orders"].aliases["live"].version.clone();
        let restored = bench.restore();
        restored.assert_code(0);
        let after = bench.aws.snapshot().functions["orders"].clone();
        if moved_to == before.aliases["live"].version {
            assert_eq!(after, before, "{requests}: {restored:?}");
        } else {
            restored.assert_says_one_of(&["had applied 1,024 MB before it ended, and that stays", "nothing to put back"]);
            let mut wanted = before;
            wanted.latest.memory_mb = 1024;
            let mut published = wanted.latest.clone();
            published.description = bench.applied_description();
            wanted.versions.insert(moved_to.parse().unwrap(), published);
            wanted.aliases.get_mut("live").unwrap().version = moved_to;
            assert_eq!(after, wanted, "{requests}: {restored:?}");
        }
        bench.restore().assert_code(0).assert_says("nothing to put back");
        bench.tune(&[]).assert_code(0);
        assert_eq!(bench.aws.snapshot().functions["orders"], after);
    });
    assert!(cases.len() >= 10, "{} cases", cases.len());
}

/// As after a kill between the move of the alias and the next line of the journal.
#[test]
fn a_run_that_was_killed_once_the_alias_had_moved_has_applied() {
    let bench = Bench::new(FakeAws::start(orders().published().alias("live", 1)));
    bench.tune(&["--strategy", "speed", "--apply", "--alias", "live"]).assert_code(0);
    let wanted = bench.aws.snapshot();
    let journal = bench.journals().pop().unwrap();
    let text = fs::read_to_string(&journal).unwrap();
    let (kept, last) = text.trim_end().rsplit_once('\n').unwrap();
    assert!(last.contains("applied") && kept.lines().next_back().unwrap().contains("moving"), "{text}");
    fs::write(&journal, format!("{kept}\n")).unwrap();
    bench.restore().assert_code(0).assert_says("had applied 1,024 MB before it ended, and that stays");
    assert_eq!(bench.aws.snapshot(), wanted);
    bench.restore().assert_code(0).assert_says("nothing to put back");
}

#[test]
fn a_third_signal_ends_at_once_and_says_what_is_left() {
    let bench = Bench::orders();
    let before = bench.aws.snapshot();
    // Putting back never works.
    bench.aws.fault(At::Operation("UpdateFunctionConfiguration", 2), u64::MAX / 2, FaultKind::AccessDenied);
    let child = bench.start_tune(&["--patience", "10min"]);
    bench.aws.wait_for(At::Operation("UpdateFunctionConfiguration", 3));
    for _ in 0..3 {
        send("INT", &child);
        thread::sleep(Duration::from_millis(100));
    }
    bench.end(child).assert_code(1).assert_says("COULD NOT BE PUT BACK").assert_says("millicent tune restore");
    bench.aws.calm();
    bench.restore().assert_code(0);
    assert_eq!(bench.aws.snapshot(), before);
}
