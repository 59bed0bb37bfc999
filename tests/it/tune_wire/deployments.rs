//! Somebody else changes the function at every request of a run: what they changed stays, and nothing of the run does.

use std::sync::atomic::{AtomicUsize, Ordering};

use millicent::units::MemoryMb;

use super::super::fake_aws::{At, Deploy};
use super::support::{Bench, SIZES, each, is_full};

#[derive(Debug)]
struct Case {
    nth: u64,
    change: Deploy,
}

fn cases(changes: &[Deploy], step: usize) -> Vec<Case> {
    let bench = Bench::orders();
    bench.tune(&[]).assert_code(0);
    let count = bench.aws.requests().len() as u64;
    let step = if is_full() { 1 } else { step };
    let all = changes.iter().flat_map(|change| (1..=count).map(|nth| Case { nth, change: change.clone() }));
    all.step_by(step).collect()
}

#[test]
fn what_somebody_else_changes_is_kept_and_said() {
    let cases = cases(&[Deploy::Memory(2222), Deploy::Description("theirs"), Deploy::Code("theirs")], 1);
    each(&cases, |case| {
        let bench = Bench::orders();
        let mut wanted = bench.aws.snapshot();
        bench.aws.deploy(At::Request(case.nth), case.change.clone());
        let ended = bench.tune(&[]);
        let name = format!("{case:?}: {ended:?}");
        let operations = bench.aws.operations();
        let after = bench.aws.snapshot();
        if (operations.len() as u64) < case.nth {
            return; // The run had ended before.
        }
        let latest = &mut wanted.functions.get_mut("orders").unwrap().latest;
        match case.change {
            Deploy::Memory(memory_mb) => latest.memory_mb = memory_mb,
            Deploy::Description(description) => description.clone_into(&mut latest.description),
            Deploy::Code(_) | Deploy::Publish => {
                assert_ne!(after.functions["orders"].latest.code_sha256, latest.code_sha256);
                latest.code_sha256.clone_from(&after.functions["orders"].latest.code_sha256);
            }
        }
        assert_eq!(after, wanted, "{name}");
        match ended.code {
            // Before the first look it is the function as it is; whatever comes later is noticed, at the last look at least.
            Some(0) => {
                assert!(case.nth <= 1, "{name}");
                let result = bench.result();
                assert_eq!(result["sizes"].as_array().unwrap().len(), SIZES.len(), "{name}");
            }
            Some(1) => {
                ended.assert_says("somebody else changed the function");
            }
            _ => panic!("{name}"),
        }
        bench.restore().assert_code(0).assert_says("nothing to put back");
        assert_eq!(bench.aws.snapshot(), wanted, "{name}");
    });
    assert!(cases.len() >= 80, "{} cases", cases.len());
}

#[test]
fn a_version_that_somebody_else_publishes_is_kept_and_said_where_it_has_a_size_of_the_run() {
    let cases = cases(&[Deploy::Publish], 1);
    let (caught, harmless) = (AtomicUsize::new(0), AtomicUsize::new(0));
    each(&cases, |case| {
        let bench = Bench::orders();
        let before = bench.aws.snapshot().functions["orders"].clone();
        bench.aws.deploy(At::Request(case.nth), Deploy::Publish);
        let ended = bench.tune(&[]);
        let name = format!("{case:?}: {ended:?}");
        let after = bench.aws.snapshot().functions["orders"].clone();
        if (bench.aws.requests().len() as u64) < case.nth {
            return;
        }
        assert_eq!(after.latest, before.latest, "{name}");
        let versions: Vec<_> = after.versions.iter().collect();
        let [(version, theirs)] = versions[..] else { panic!("theirs alone is there: {name}") };
        assert_eq!(theirs.description, "ours", "{name}");
        bench.assert_complete(&SIZES, 2, &name);
        let warning = "somebody else published version";
        if theirs.memory_mb == before.latest.memory_mb {
            ended.assert_code(0);
            assert!(!ended.stderr.contains(warning), "{name}");
            harmless.fetch_add(1, Ordering::Relaxed);
        } else {
            let memory = MemoryMb::new(theirs.memory_mb);
            ended.assert_code(1).assert_says(&format!("{warning} {version} while $LATEST had {memory} for this run"));
            caught.fetch_add(1, Ordering::Relaxed);
        }
    });
    assert!(cases.len() >= 30, "{} cases", cases.len());
    let (caught, harmless) = (caught.into_inner(), harmless.into_inner());
    assert!(caught >= 8 && harmless >= 8, "{caught} with a size of the run, {harmless} with the owner's");
}
