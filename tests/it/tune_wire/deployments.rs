//! Somebody else changes the function at every request of a run: what they changed stays, and nothing of the run does.

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
            // Before the first look it is the function as it is; after the last change of the run it is nobody's business.
            Some(0) => {
                let changed = operations.iter().rposition(|name| name == "PublishVersion").unwrap() as u64 + 1;
                assert!(case.nth <= 1 || case.nth > changed, "{name}");
                let result = bench.result();
                assert_eq!(result["sizes"].as_array().unwrap().len(), SIZES.len(), "{name}");
            }
            Some(1) => {
                ended.assert_says("somebody else");
            }
            _ => panic!("{name}"),
        }
        bench.restore().assert_code(0).assert_says("nothing to put back");
        assert_eq!(bench.aws.snapshot(), wanted, "{name}");
    });
    assert!(cases.len() >= 80, "{} cases", cases.len());
}

#[test]
fn a_version_that_somebody_else_publishes_is_kept_and_no_reason_to_stop() {
    let cases = cases(&[Deploy::Publish], 1);
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
        let descriptions: Vec<&str> = after.versions.values().map(|version| version.description.as_str()).collect();
        assert_eq!(descriptions, ["ours"], "theirs alone is there: {name}");
        ended.assert_code(0);
        bench.assert_complete(&SIZES, 2, &name);
    });
    assert!(cases.len() >= 30, "{} cases", cases.len());
}
