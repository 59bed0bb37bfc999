//! What an undisturbed run does, and what it does with functions that misbehave.

use std::time::Duration;

use millicent::lambda_log::FunctionErrorKind;
use millicent::tune::{
    Action, Application, Failure, FailureKind, Infeasible, Journal, Label, Measuring, Outcome, Payloads, Restored, Stop, Tuner,
};
use millicent::units::{Decimal, MemoryMb, Usd};

use super::support::{Bench, PACE, account, plan, simulation};

#[test]
fn a_run_leaves_the_function_as_it_was_and_has_the_calls_it_wanted() {
    let mut bench = Bench::new(account(simulation("cpu")));
    let before = bench.account.borrow().seen();
    let ended = bench.undisturbed(Tuner::measure(plan(&[128, 512, 1024, 1769])));
    assert_eq!((ended.stop.clone(), ended.restored.clone(), ended.left.clone()), (None, Restored::Yes, vec![]));
    assert_eq!(bench.account.borrow().seen(), before);
    for size in [128, 512, 1024, 1769] {
        let of_size = |label| ended.invocations.iter().filter(|call| call.memory.get() == size && call.label == label).count();
        // The current size runs in the version that was published already, whose first environment is new too.
        assert_eq!((of_size(Label::Cold), of_size(Label::Warm)), (1, 3), "{size} MB");
    }
    // The current size comes last, so that it is the way back too, and has new environments like the others.
    assert_eq!(ended.counts.configuration_changes, 4);
    assert_eq!((bench.calls("PublishVersion"), bench.calls("DeleteFunction")), (4, 4));
    let spent: Usd = ended.invocations.iter().map(|call| call.cost).sum();
    assert_eq!(spent, ended.ledger.spent());
}

/// The current size needs no change of the configuration, but a version all the same.
#[test]
fn a_run_over_the_current_size_alone_leaves_nothing_either() {
    let mut bench = Bench::new(account(simulation("cpu")));
    bench.account.borrow_mut().change(|latest| latest.memory = MemoryMb::new(640));
    let before = bench.account.borrow().seen();
    let ended = bench.undisturbed(Tuner::measure(plan(&[640])));
    assert_eq!((ended.restored, ended.counts.configuration_changes), (Restored::Yes, 0));
    assert_eq!(bench.account.borrow().seen(), before);
    assert!(!Journal::read(&bench.journal).unwrap().is_open());
}

#[test]
fn sizes_are_prepared_while_others_are_measured() {
    let mut bench = Bench::new(account(simulation("io")));
    let mut plan = plan(&[128, 256, 512, 1024, 1769, 3008]);
    plan.measuring = Measuring::Warm { calls: 10, workers: 1 };
    let ended = bench.undisturbed(Tuner::measure(plan));
    // Six updates of 2 s, and the calls of the last size: 11 × 0.23 s and its INIT.
    let unavoidable = 6.0 * 2.0 + 11.0 * 0.23 + 0.28;
    assert!(ended.time.as_secs_f64() < 1.3 * unavoidable, "{:?}", ended.time);
}

#[test]
fn a_size_that_runs_out_of_memory_spares_the_smaller_ones() {
    let mut bench = Bench::new(account(simulation("oom")));
    bench.account.borrow_mut().change(|latest| latest.memory = MemoryMb::new(1536));
    let ended = bench.undisturbed(Tuner::measure(plan(&[128, 256, 512, 1024, 1536])));
    assert_eq!(ended.stop, None);
    let killed = Infeasible::Failed { kind: FunctionErrorKind::OutOfMemory, error_type: Some("Runtime.ExitError".to_owned()) };
    assert_eq!(ended.infeasible[&MemoryMb::new(512)], killed);
    assert_eq!(ended.infeasible[&MemoryMb::new(128)], Infeasible::BelowOutOfMemory { larger: MemoryMb::new(512) });
    assert_eq!(ended.invocations.iter().filter(|call| call.memory.get() <= 512).count(), 1);
}

#[test]
fn a_time_out_takes_out_its_own_size_only() {
    let mut bench = Bench::new(account(simulation("timeout")));
    let ended = bench.undisturbed(Tuner::measure(plan(&[128, 512, 1769])));
    let sizes: Vec<u32> = ended.infeasible.keys().map(|size| size.get()).collect();
    assert_eq!(sizes, [128]);
}

#[test]
fn allowed_errors_are_samples_and_the_call_after_a_crash_is_not() {
    let mut plan = plan(&[512]);
    plan.allowed_errors = vec!["Runtime.ExitError".to_owned()];
    plan.measuring = Measuring::Warm { calls: 2, workers: 1 };
    let mut bench = Bench::new(account(simulation("oom")));
    let ended = bench.undisturbed(Tuner::measure(plan));
    // Every call is killed: the first is cold, each later one hides an INIT, until the calls are used up.
    let labels: Vec<Label> = ended.invocations.iter().map(|call| call.label).collect();
    assert_eq!(labels[0], Label::Cold);
    assert!(labels.len() == 7 && labels[1..].iter().all(|label| *label == Label::HiddenInit), "{labels:?}");
    assert!(ended.infeasible.is_empty());
}

#[test]
fn cold_starts_come_from_new_environments_of_few_versions() {
    let mut plan = plan(&[128, 512]);
    plan.measuring = Measuring::Cold { calls: 14 };
    plan.concurrency = 40;
    let mut bench = Bench::new(account(simulation("cpu")));
    let before = bench.account.borrow().seen();
    let ended = bench.undisturbed(Tuner::measure(plan));
    let cold = |size| ended.invocations.iter().filter(|call| call.memory.get() == size && call.label == Label::Cold).count();
    assert!(cold(128) >= 14 && cold(512) >= 14, "{} {}", cold(128), cold(512));
    assert!(bench.calls("PublishVersion") <= 4);
    assert_eq!(bench.account.borrow().seen(), before);
}

#[test]
fn every_payload_class_gets_its_share_at_every_size() {
    let mut plan = plan(&[128, 512]);
    plan.payloads = Payloads::Weighted(vec![3.0, 1.0]);
    plan.measuring = Measuring::Warm { calls: 8, workers: 2 };
    let mut bench = Bench::new(account(simulation("cpu")));
    let ended = bench.undisturbed(Tuner::measure(plan));
    for size in [128, 512] {
        let warm = ended.invocations.iter().filter(|call| call.memory.get() == size && call.label == Label::Warm);
        let classes: Vec<usize> = warm.map(|call| call.class).collect();
        assert_eq!((classes.len(), classes.iter().filter(|class| **class == 1).count()), (8, 2));
    }
}

#[test]
fn each_call_gets_an_event_of_its_own() {
    let mut plan = plan(&[128, 512]);
    plan.payloads = Payloads::Unique(50);
    let mut bench = Bench::new(account(simulation("cpu")));
    bench.undisturbed(Tuner::measure(plan));
    let mut events: Vec<usize> = bench
        .actions
        .iter()
        .filter_map(|action| if let Action::Invoke(call) = action { Some(call.payload) } else { None })
        .collect();
    let calls = events.len();
    events.sort_unstable();
    events.dedup();
    assert_eq!((calls, events.len()), (8, 8));
}

#[test]
fn limits_hold_and_what_was_paid_for_is_kept() {
    let mut bench = Bench::new(account(simulation("cpu")));
    let before = bench.account.borrow().seen();
    let mut limited = plan(&[128, 512, 1024]);
    limited.max_invocations = 5;
    let ended = bench.undisturbed(Tuner::measure(limited));
    assert_eq!((ended.stop, ended.invocations.len()), (Some(Stop::InvocationLimit), 5));

    let mut limited = plan(&[128, 512, 1024]);
    // One call may cost 40 s × 0.5 GB at worst, and so does each under way beside it.
    limited.max_spend = Usd::new(Decimal::new(700, 6));
    let ended = bench.undisturbed(Tuner::measure(limited));
    assert!(matches!(ended.stop, Some(Stop::SpendingLimit { .. })), "{:?}", ended.stop);
    assert!(ended.ledger.committed() <= Usd::new(Decimal::new(700, 6)) && !ended.invocations.is_empty());
    assert_eq!(bench.account.borrow().seen(), before);
}

#[test]
fn an_interrupted_run_waits_a_while_for_its_calls_and_puts_everything_back() {
    let mut bench = Bench::new(account(simulation("cpu")));
    let before = bench.account.borrow().seen();
    let interrupt = &mut |tuner: &mut Tuner, now: Duration| {
        if now > Duration::from_secs(5) {
            tuner.interrupt();
        }
    };
    let ended = bench.drive(Tuner::measure(plan(&[128, 512, 1024])), &mut |_, _, _, _| None, interrupt);
    assert_eq!((ended.stop, ended.restored), (Some(Stop::Interrupted), Restored::Yes));
    assert_eq!(bench.account.borrow().seen(), before);
    assert!(ended.invocations.iter().all(|call| call.label != Label::Lost));
}

#[test]
fn a_resumed_run_makes_the_missing_calls_only() {
    let mut bench = Bench::new(account(simulation("cpu")));
    let mut first = plan(&[128, 512, 1024]);
    first.max_invocations = 6;
    let ended = bench.undisturbed(Tuner::measure(first));
    let mut second = plan(&[128, 512, 1024]);
    second.earlier = ended.invocations.clone();
    second.resumed = ended.before.clone().map(Box::new);
    let resumed = bench.undisturbed(Tuner::measure(second));
    for size in [128, 512, 1024] {
        let warm = resumed.invocations.iter().filter(|call| call.memory.get() == size && call.label == Label::Warm).count();
        assert_eq!(warm, 3, "{size} MB");
    }
    assert!(resumed.ledger.invocations() <= 9);

    bench.account.borrow_mut().change(|latest| latest.code = "code-2".to_owned());
    let mut third = plan(&[128]);
    third.resumed = ended.before.map(Box::new);
    assert!(
        matches!(bench.undisturbed(Tuner::measure(third)).stop, Some(Stop::Failed(message)) if message.contains("other code"))
    );
}

#[test]
fn an_alias_can_be_named_if_it_has_the_code_of_latest() {
    let mut bench = Bench::new(account(simulation("cpu")));
    let mut named = plan(&[512]);
    named.qualifier = Some("old".to_owned());
    let ended = bench.undisturbed(Tuner::measure(named));
    assert_eq!((ended.stop, ended.current), (None, Some(MemoryMb::new(256))));

    bench.account.borrow_mut().change(|latest| latest.code = "code-2".to_owned());
    let mut named = plan(&[512]);
    named.qualifier = Some("old".to_owned());
    assert!(
        matches!(bench.undisturbed(Tuner::measure(named)).stop, Some(Stop::Failed(message)) if message.contains("other code"))
    );
}

#[test]
fn a_permission_that_is_not_needed_to_measure_is_not_waited_for() {
    let run = |name: &str| {
        let mut bench = Bench::new(account(simulation("cpu")));
        let refuse = &mut |_, action: &Action, now: Duration, _: &mut _| {
            let denied = Failure::new(FailureKind::Denied, "not allowed");
            (action.api_call() == Some(name)).then_some((now, Outcome::Failed(denied)))
        };
        bench.drive(Tuner::measure(plan(&[128, 512, 1024])), refuse, &mut |_, _| {})
    };
    let undisturbed = run("nothing");
    let without_limits = run("GetAccountSettings");
    assert_eq!((without_limits.stop, without_limits.limits_unknown.as_deref()), (None, Some("not allowed")));
    assert_eq!((undisturbed.limits_unknown, without_limits.invocations.len()), (None, undisturbed.invocations.len()));
    // Three versions are left; three looks with seven attempts each would have taken minutes.
    let left = run("DeleteFunction");
    assert_eq!((left.restored, left.left.len()), (Restored::Yes, 3));
    assert!(left.time < undisturbed.time + Duration::from_secs(5), "{:?} {:?}", left.time, undisturbed.time);
}

/// A size is set with one change; with an alias also one version, and the alias is made or moved.
#[test]
fn a_size_is_applied_with_one_change_and_an_alias_on_request() {
    for (alias, versions, created, moved) in [(None, 0, 0, 0), (Some("new"), 1, 1, 0), (Some("live"), 1, 0, 1)] {
        let mut bench = Bench::new(account(simulation("cpu")));
        let ended = bench.undisturbed(Tuner::measure(plan(&[512, 1024])));
        bench.account.borrow_mut().rest();
        bench.actions.clear();
        let before = ended.before.unwrap();
        let application = Application { before, memory: MemoryMb::new(1024), alias: alias.map(str::to_owned) };
        let applied = bench.undisturbed(Tuner::apply(application, PACE));
        assert_eq!((applied.stop, applied.applied.map(|applied| applied.memory.get())), (None, Some(1024)));
        assert_eq!(bench.calls("UpdateFunctionConfiguration"), 1);
        let calls = (bench.calls("PublishVersion"), bench.calls("CreateAlias"), bench.calls("UpdateAlias"));
        assert_eq!(calls, (versions, created, moved), "{alias:?}");
        let (latest, published, aliases) = bench.account.borrow().seen();
        assert_eq!((latest.memory.get(), published.len()), (1024, 2 + versions));
        if let Some(alias) = alias {
            let version: u32 = aliases[alias].parse().unwrap();
            assert_eq!(published[&version].memory.get(), 1024);
        }
    }
}
