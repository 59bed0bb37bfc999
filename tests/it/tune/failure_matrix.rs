//! A fault at every action of a run, an end at every moment: afterwards the function, its aliases and the user's versions are
//! exactly as before, no version of the run is left, and every call that was paid for is in the journal.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::Duration;

use millicent::tune::simulated::{Account, Configured};
use millicent::tune::{Action, Ended, Failure, FailureKind, Journal, Outcome, Progress, Restored, Stop, Tuner};
use millicent::units::MemoryMb;

use super::support::{Bench, account, plan, simulation};

type Seen = (Configured, BTreeMap<u32, Configured>, BTreeMap<String, String>);

const SIZES: [u32; 4] = [128, 256, 512, 1024];

/// What comes in place of an outcome, and when; `None` where the fault does not apply to the action.
type Fault = fn(&Action, Duration, &mut Account) -> Option<(Duration, Outcome)>;

fn failed(kind: FailureKind, now: Duration) -> Option<(Duration, Outcome)> {
    Some((now + Duration::from_millis(40), Outcome::Failed(Failure::new(kind, "a fault of the test"))))
}

const FAULTS: &[(&str, Fault)] = &[
    ("throttled", |_, now, _| failed(FailureKind::Throttled, now)),
    ("server error", |_, now, _| failed(FailureKind::Unavailable, now)),
    ("done, but the answer is lost", |action, now, account| {
        account.perform(action, now);
        failed(FailureKind::Unavailable, now)
    }),
    ("access denied", |_, now, _| failed(FailureKind::Denied, now)),
    ("conflict", |_, now, _| failed(FailureKind::Busy, now)),
    ("other revision", |_, now, _| failed(FailureKind::RevisionChanged, now)),
    ("not found", |_, now, _| failed(FailureKind::NotFound, now)),
    ("refused", |_, now, _| failed(FailureKind::Invalid, now)),
    ("step failed", |_, now, _| failed(FailureKind::Step, now)),
    ("update failed", |action, now, account| {
        with_update(action, now, account, Progress::Failed { reason: "no space".to_owned() })
    }),
    ("update stuck", |action, now, account| with_update(action, now, account, Progress::Pending)),
    ("no report", |action, now, account| {
        let Action::Invoke(_) = action else { return None };
        let (moment, Outcome::Answer(mut answer)) = account.perform(action, now) else { return None };
        answer.report = None;
        Some((moment, Outcome::Answer(answer)))
    }),
    ("nonsense", |action, now, _| {
        (*action != Action::ListVersions).then(|| (now + Duration::from_millis(40), Outcome::Versions(Vec::new())))
    }),
];

fn with_update(action: &Action, now: Duration, account: &mut Account, progress: Progress) -> Option<(Duration, Outcome)> {
    let Action::ReadFunction { qualifier: None } = action else { return None };
    let (moment, Outcome::Function(mut state)) = account.perform(action, now) else { return None };
    state.last_update = progress;
    Some((moment, Outcome::Function(state)))
}

fn check(bench: &mut Bench, ended: &Ended, before: &Seen, case: &str) {
    let paid = Journal::read(&bench.journal).map_or(0, |journal| journal.invocations.len());
    assert_eq!(paid, ended.invocations.len(), "{case}: calls in the journal");
    assert!(ended.ledger.committed().amount() <= "0.5".parse().unwrap(), "{case}: spent");
    if !ended.is_clean() {
        // Said so, and mended later.
        let restored = bench.restore();
        assert!(restored.is_clean(), "{case}: {:?} {:?}", restored.restored, restored.left);
    }
    assert_eq!(bench.account.borrow().seen(), *before, "{case}");
    if let Ok(journal) = Journal::read(&bench.journal) {
        assert!(!journal.is_open(), "{case}: the journal is still open");
    }
}

/// Actions of an undisturbed run.
fn actions() -> usize {
    let mut bench = Bench::new(account(simulation("cpu")));
    bench.undisturbed(Tuner::measure(plan(&SIZES)));
    bench.actions.len()
}

#[test]
fn a_fault_at_any_action_leaves_nothing_behind() {
    let mut cases = 0;
    for (name, fault) in FAULTS {
        for at in 0..actions() {
            // Once; and again and again for the same kind of call, until every patience is used up.
            for times in [1, 40] {
                let mut bench = Bench::new(account(simulation("cpu")));
                let before = bench.account.borrow().seen();
                let kind = Cell::new(None);
                let left = Cell::new(times);
                let mut disturb = |number: usize, action: &Action, now: Duration, account: &mut Account| {
                    if number == at {
                        kind.set(action.api_call());
                    }
                    let hit = number >= at && kind.get() == action.api_call() && left.get() > 0;
                    if !hit {
                        return None;
                    }
                    left.set(left.get() - 1);
                    fault(action, now, account)
                };
                let ended = bench.drive(Tuner::measure(plan(&SIZES)), &mut disturb, &mut |_, _| {});
                let case = format!("{name} at action {at}, {times} times");
                check(&mut bench, &ended, &before, &case);
                if ended.stop.is_none() && ended.is_clean() && ended.infeasible.is_empty() {
                    let warm = ended.invocations.iter().filter(|call| call.label == millicent::tune::Label::Warm).count();
                    assert_eq!(warm, SIZES.len() * 3, "{case}: it says that it has all it wanted");
                }
                cases += 1;
            }
        }
    }
    assert!(cases > 1000, "{cases} cases");
}

#[test]
fn an_interruption_at_any_moment_leaves_nothing_behind() {
    let mut moments = Vec::new();
    let mut bench = Bench::new(account(simulation("cpu")));
    bench.drive(Tuner::measure(plan(&SIZES)), &mut |_, _, _, _| None, &mut |_, now| moments.push(now));
    for moment in &moments {
        let mut bench = Bench::new(account(simulation("cpu")));
        let before = bench.account.borrow().seen();
        let interrupt = &mut |tuner: &mut Tuner, now: Duration| {
            if now >= *moment {
                tuner.interrupt();
            }
        };
        let ended = bench.drive(Tuner::measure(plan(&SIZES)), &mut |_, _, _, _| None, interrupt);
        check(&mut bench, &ended, &before, &format!("interrupted at {moment:?}"));
        assert!(ended.is_clean());
    }
    assert!(moments.len() > 30, "{}", moments.len());
}

/// After a kill only the journal is left: what the run did not get to write is found by looking.
#[test]
fn a_kill_at_any_moment_is_mended_by_restore() {
    let actions = actions();
    // The second function's current size has no version yet: the run's first one needs no change before it.
    for (at, done, memory) in (0..actions).flat_map(|at| [(at, false, 512), (at, true, 512), (at, true, 1024)]) {
        let mut bench = Bench::new(account(simulation("cpu")));
        bench.account.borrow_mut().change(|latest| latest.memory = MemoryMb::new(memory));
        let before = bench.account.borrow().seen();
        let mut written = None;
        // From the kill on nothing reaches the account; what is written after it is thrown away.
        let mut kill = |number: usize, action: &Action, now: Duration, account: &mut Account| {
            if number == at && done {
                account.perform(action, now);
            }
            if number >= at { failed(FailureKind::Denied, now) } else { None }
        };
        bench.drive_until(at, Tuner::measure(plan(&SIZES)), &mut kill, &mut written);
        bench.journal = written.unwrap_or_default();
        if let Ok(journal) = Journal::read(&bench.journal)
            && journal.is_open()
        {
            let restored = bench.restore();
            assert!(restored.is_clean(), "killed at {at}: {:?}", restored.left);
        }
        assert_eq!(bench.account.borrow().seen(), before, "killed at action {at}, done: {done}");
    }
}

#[test]
fn what_somebody_else_deploys_is_noticed_and_kept() {
    type Deployment = fn(&mut Configured);
    let deployments: &[(&str, Deployment)] = &[
        ("code", |latest| latest.code = "code-2".to_owned()),
        ("configuration", |latest| latest.fingerprint = "other".to_owned()),
        ("memory", |latest| latest.memory = MemoryMb::new(2222)),
        ("description", |latest| latest.description = "mine".to_owned()),
    ];
    for (what, deploy) in deployments {
        for at in 3..actions() {
            let mut bench = Bench::new(account(simulation("cpu")));
            let before = bench.account.borrow().seen();
            let mut disturb = |number: usize, _: &Action, _: Duration, account: &mut Account| {
                if number == at {
                    account.change(deploy);
                }
                None
            };
            let ended = bench.drive(Tuner::measure(plan(&SIZES)), &mut disturb, &mut |_, _| {});
            let mut wanted = before.clone();
            deploy(&mut wanted.0);
            let after = bench.account.borrow().seen();
            assert_eq!(after, wanted, "{what} at action {at}: {:?}, {:?}", ended.stop, ended.restored);
            assert!(ended.left.is_empty() && !matches!(ended.restored, Restored::No { .. }), "{what} at action {at}");
            assert!(matches!(ended.stop, None | Some(Stop::ChangedByOthers(_))), "{what} at action {at}: {:?}", ended.stop);
        }
    }
}

#[test]
fn a_version_that_the_user_points_an_alias_to_is_left_and_said() {
    let mut bench = Bench::new(account(simulation("cpu")));
    let mut pointed = false;
    let mut point = |_: usize, action: &Action, now: Duration, account: &mut Account| {
        if let Action::DeleteVersion { version } = action
            && !pointed
        {
            pointed = true;
            account.perform(&Action::CreateAlias { name: "canary".to_owned(), version: version.clone() }, now);
        }
        None
    };
    let ended = bench.drive(Tuner::measure(plan(&SIZES)), &mut point, &mut |_, _| {});
    assert_eq!(ended.left.len(), 1);
}
