//! `--apply`: the recommended size is set, on an alias or not; and when a step fails, everything is as before.

use super::super::fake_aws::{At, Deploy, FakeAws, Fault, FaultKind};
use super::support::{Bench, each, orders};

/// `--strategy speed`: the largest size, 1,024 MB, is the fastest.
const FASTEST: [&str; 3] = ["--strategy", "speed", "--apply"];

fn with_alias(more: &[&'static str]) -> Vec<&'static str> {
    FASTEST.iter().chain(&["--alias", "live", "--api-timeout", "300ms"]).chain(more).copied().collect()
}

#[test]
fn the_recommended_size_is_set_and_nothing_else() {
    let bench = Bench::orders();
    let mut wanted = bench.aws.snapshot();
    let ended = bench.tune(&FASTEST);
    ended.assert_code(0).assert_says("applied: $LATEST has 1,024 MB now");
    wanted.functions.get_mut("orders").unwrap().latest.memory_mb = 1024;
    assert_eq!(bench.aws.snapshot(), wanted);
    assert_eq!(bench.result()["applied"]["memory_mb"].as_u64(), Some(1024));
    bench.restore().assert_code(0).assert_says("nothing to put back");
    assert_eq!(bench.aws.snapshot(), wanted);
}

#[test]
fn an_alias_is_made_or_moved_to_a_version_of_the_recommended_size() {
    for function in [orders(), orders().published().alias("live", 1)] {
        let bench = Bench::new(FakeAws::start(function));
        let before = bench.aws.snapshot().functions["orders"].clone();
        bench.tune(&with_alias(&[])).assert_code(0).assert_says("and live points to version");
        let after = bench.aws.snapshot().functions["orders"].clone();
        assert_eq!((after.latest.memory_mb, &after.latest.description), (1024, &before.latest.description));
        assert_eq!(after.versions.len(), before.versions.len() + 1);
        let version = after.aliases["live"].version.parse::<u64>().unwrap();
        let mut wanted = after.latest.clone();
        wanted.description = bench.applied_description();
        assert_eq!(after.versions[&version], wanted, "all but the description, by which the version is known again");
        assert!(before.versions.keys().all(|version| after.versions.contains_key(version)));
        assert_eq!(bench.result()["applied"]["version"].as_str(), Some(version.to_string().as_str()));
        bench.tune(&[]).assert_code(0);
        assert_eq!(bench.aws.snapshot().functions["orders"], after, "what was applied stands in no later run's way");
        assert!(bench.aws.catastrophes().is_empty());
    }
}

#[test]
fn nothing_is_applied_when_the_limit_is_not_met_or_the_run_ended_early() {
    for more in [&["--apply", "--p95", "1ms"][..], &["--apply", "--max-invocations", "4"]] {
        let bench = Bench::orders();
        let before = bench.aws.snapshot();
        bench.tune(more).assert_code(3).assert_says("nothing was applied");
        assert_eq!(bench.aws.snapshot(), before);
    }
}

/// The requests of the operation that a run with --apply --alias makes, and which of them are of the applying.
fn counts(operation: &str, more: &[&'static str]) -> (u64, u64) {
    let count = |arguments: &[&str]| {
        let bench = Bench::new(FakeAws::start(orders().published().alias("live", 1)));
        bench.tune(arguments).assert_code(0);
        bench.aws.operations().iter().filter(|name| *name == operation).count() as u64
    };
    (count(&["--strategy", "speed"]), count(&with_alias(more)))
}

#[test]
fn a_fault_while_applying_leaves_the_old_size_or_the_new_one_whole() {
    let kinds = [FaultKind::AccessDenied, FaultKind::ServerError, FaultKind::ResetAfterApply, FaultKind::PreconditionFailed];
    let mut cases = Vec::new();
    for operation in ["UpdateFunctionConfiguration", "PublishVersion", "GetAlias", "UpdateAlias"] {
        let (without, with) = counts(operation, &[]);
        for nth in without + 1..=with {
            for kind in &kinds {
                for times in [1, u64::MAX / 2] {
                    cases.push(Fault { at: At::Operation(operation, nth), times, kind: kind.clone() });
                }
            }
        }
    }
    for kind in [FaultKind::FailedUpdate, FaultKind::StuckInProgress(None)] {
        cases.push(Fault { at: At::Operation("UpdateFunctionConfiguration", 4), times: 1, kind });
    }
    each(&cases, |fault| {
        let bench = Bench::new(FakeAws::start(orders().published().alias("live", 1)));
        let before = bench.aws.snapshot();
        bench.aws.fault(fault.at.clone(), fault.times, fault.kind.clone());
        let ended = bench.tune(&with_alias(&[]));
        bench.aws.calm();
        if ended.has_left_something() {
            ended.assert_code(1);
            bench.restore().assert_code(0);
        }
        let mut applied = before.clone();
        let after = bench.aws.snapshot();
        if after == before {
            ended.assert_code(1);
            return;
        }
        let orders = applied.functions.get_mut("orders").unwrap();
        orders.latest.memory_mb = 1024;
        let version = after.functions["orders"].aliases["live"].version.clone();
        orders.aliases.get_mut("live").unwrap().version.clone_from(&version);
        let mut published = orders.latest.clone();
        published.description = bench.applied_description();
        orders.versions.insert(version.parse().unwrap(), published);
        assert_eq!(after, applied, "{fault:?}: {ended:?}");
        ended.assert_code(0);
        bench.restore().assert_code(0).assert_says("nothing to put back");
    });
    assert!(cases.len() >= 30, "{} cases", cases.len());
}

#[test]
fn what_somebody_else_deploys_while_a_size_is_applied_is_kept() {
    for change in [Deploy::Memory(2222), Deploy::Code("theirs"), Deploy::Description("theirs")] {
        let (_, updates) = counts("UpdateFunctionConfiguration", &[]);
        let bench = Bench::new(FakeAws::start(orders().published().alias("live", 1)));
        let before = bench.aws.snapshot();
        bench.aws.deploy(At::Operation("UpdateFunctionConfiguration", updates), change.clone());
        bench.tune(&with_alias(&[])).assert_code(1).assert_says("somebody else changed the function");
        let mut wanted = before;
        let latest = &mut wanted.functions.get_mut("orders").unwrap().latest;
        match change {
            Deploy::Memory(memory_mb) => latest.memory_mb = memory_mb,
            Deploy::Description(description) => description.clone_into(&mut latest.description),
            Deploy::Code(_) | Deploy::Publish => {
                latest.code_sha256.clone_from(&bench.aws.snapshot().functions["orders"].latest.code_sha256);
            }
        }
        assert_eq!(bench.aws.snapshot(), wanted, "{change:?}");
    }
}

#[test]
fn an_alias_that_shares_its_traffic_is_not_moved() {
    // A deployment with shares is under way: moving the alias would end it.
    let bench = Bench::new(FakeAws::start(orders().published().memory(256).published().memory(512).alias("live", 1)));
    bench.aws.share("orders", "live", "2", "0.1");
    let before = bench.aws.snapshot();
    bench.tune(&with_alias(&[])).assert_code(1).assert_says("sends a part of the traffic");
    assert_eq!(bench.aws.snapshot(), before);
}
