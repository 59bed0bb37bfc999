//! Runs that end well, whatever the function is called and however it is reached; and runs that are refused.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use millicent::units::Decimal;

use super::super::fake_aws::{FakeAws, Function};
use super::support::{Bench, Ended, SIZES, orders, orders_ms};

const ARN: &str = "arn:aws:lambda:us-east-1:123456789012:function:orders";

/// That a run ended well, and that nothing of it can be seen on the account.
fn assert_well(bench: &Bench, ended: &Ended, sizes: &[u32]) {
    ended.assert_code(0);
    bench.assert_complete(sizes, 2, "the run");
    bench.assert_everything_paid_is_kept("the run");
    assert!(bench.aws.catastrophes().is_empty(), "{:?}", bench.aws.catastrophes());
}

#[test]
fn a_run_leaves_the_account_as_it_was_and_counts_as_the_account_does() {
    let bench = Bench::new(FakeAws::start(orders().noise(0.1, 3)));
    let before = bench.aws.snapshot();
    let ended = bench.tune(&["--calls", "5"]);
    ended.assert_code(0);
    assert_eq!(bench.aws.snapshot(), before);
    assert!(bench.aws.catastrophes().is_empty());
    let result = bench.result();
    let (spent, reports) = (bench.spent(), bench.aws.reports());
    assert_eq!(result["spent"]["usd"].to_string().parse::<Decimal>().unwrap().normalize(), spent.normalize());
    assert_eq!(result["spent"]["unknown_usd"].to_string(), "0");
    assert_eq!(result["spent"]["invocations"].as_u64(), Some(reports.len() as u64));
    for row in result["sizes"].as_array().unwrap() {
        let memory_mb = row["memory_mb"].as_u64().unwrap();
        let warm: Vec<_> =
            reports.iter().filter(|report| u64::from(report.memory_mb) == memory_mb && report.init_ms.is_none()).collect();
        let mean = |value: &dyn Fn(usize) -> f64| (0..warm.len()).map(value).sum::<f64>() / warm.len() as f64;
        assert_eq!(row["calls"].as_u64(), Some(warm.len() as u64));
        let (mean_ms, billed_ms) = (mean(&|call| warm[call].duration_ms), mean(&|call| warm[call].billed_ms() as f64));
        assert!((row["mean_ms"].as_f64().unwrap() - mean_ms).abs() < 1e-9, "{row}");
        assert!((row["mean_billed_ms"].as_f64().unwrap() - billed_ms).abs() < 1e-9, "{row}");
    }
    for shown in ["256 MB", "512 MB", "1,024 MB"] {
        assert!(ended.stdout.contains(shown), "{}", ended.stdout);
    }
}

#[test]
fn a_function_is_found_by_every_kind_of_name() {
    let qualified = |name: &str| format!("{name}:live");
    let partial = "123456789012:function:orders";
    let names = ["orders", partial, ARN, "orders:1", "orders:$LATEST"].map(str::to_owned);
    for name in names.into_iter().chain(["orders", partial, ARN].map(qualified)) {
        let bench = Bench::new(FakeAws::start(orders().published().alias("live", 1)));
        let before = bench.aws.snapshot();
        assert_well(&bench, &bench.run(&Bench::short(&name, &[])), &SIZES);
        assert_eq!(bench.aws.snapshot(), before, "{name}");
    }
}

#[test]
fn an_alias_with_other_code_or_settings_than_latest_is_refused_before_anything_is_changed() {
    for function in [orders().published().code("newer"), orders().published().variable("MORE", "1")] {
        let bench = Bench::new(FakeAws::start(function.alias("live", 1)));
        let before = bench.aws.snapshot();
        bench.run(&Bench::short("orders:live", &[])).assert_code(1).assert_says("live (version 1) has ");
        assert_eq!(bench.aws.snapshot(), before);
        assert!(bench.aws.operations().iter().all(|operation| operation == "GetFunction"));
    }
}

#[test]
fn the_current_size_of_an_alias_is_that_of_its_version() {
    let bench = Bench::new(FakeAws::start(orders().memory(1024).published().alias("live", 1).memory(256)));
    assert_well(&bench, &bench.run(&Bench::short("orders:live", &[])), &SIZES);
    assert_eq!(bench.result()["current"]["memory_mb"].as_u64(), Some(1024));
}

#[test]
fn the_region_comes_from_the_flag_then_from_the_arn() {
    for (more, region) in [(&[][..], "us-east-1"), (&["--region", "eu-west-1"], "eu-west-1")] {
        let bench = Bench::orders();
        assert_well(&bench, &bench.run(&Bench::short(ARN, more)), &SIZES);
        assert_eq!(bench.result()["region"], region);
    }
}

#[test]
fn with_a_role_every_call_is_signed_by_the_role() {
    let bench = Bench::orders();
    assert_well(&bench, &bench.run(&Bench::short("orders", &["--assume-role", "arn:aws:iam::123456789012:role/tuner"])), &SIZES);
    let requests = bench.aws.requests();
    assert_eq!(requests[0].operation, "AssumeRole");
    let signed = |key: &str| requests.iter().filter(|request| request.access_key.as_deref() == Some(key)).count();
    let assumed = requests.iter().filter(|request| request.operation == "AssumeRole").count();
    assert_eq!((signed("test"), signed("ASIAASSUMEDROLE")), (assumed, requests.len() - assumed));
    let refused = Bench::orders();
    refused.run(&Bench::short("orders", &["--assume-role", "nobody"])).assert_code(1).assert_says("could not be assumed");
}

#[test]
fn logs_in_json_and_logs_that_come_later_are_read() {
    let json = Bench::new(FakeAws::start(orders().json_logs()));
    assert_well(&json, &json.tune(&["--history", "none"]), &SIZES);
    assert!(!json.aws.operations().contains(&"FilterLogEvents".to_owned()));
    for function in [orders().prints_after_report(5000), orders().json_logs().prints_after_report(5000)] {
        let bench = Bench::new(FakeAws::start(function));
        bench.aws.set(|settings| settings.log_delay = Duration::from_millis(20));
        assert_well(&bench, &bench.tune(&["--history", "none"]), &SIZES);
        assert!(bench.aws.operations().contains(&"FilterLogEvents".to_owned()));
    }
}

#[test]
fn versions_that_are_started_from_snapshots_are_waited_for() {
    let bench = Bench::new(FakeAws::start(orders().snap_start()));
    let before = bench.aws.snapshot();
    assert_well(&bench, &bench.tune(&[]), &SIZES);
    assert_eq!(bench.aws.snapshot(), before);
    let result = bench.result();
    assert_eq!(result["spent"]["usd"].to_string().parse::<Decimal>().unwrap().normalize(), bench.spent().normalize());
}

/// The version and the size of every call.
fn measured(bench: &Bench) -> BTreeSet<(String, u32)> {
    bench.aws.reports().into_iter().map(|report| (report.version, report.memory_mb)).collect()
}

/// AWS answers a publication of what is published already with the version there is. After another size has been published
/// that is so no longer: the current size comes last, and gets a version of its own.
#[test]
fn the_current_size_is_measured_last_and_in_a_version_of_the_run() {
    let bench = Bench::new(FakeAws::start(orders().published()));
    let before = bench.aws.snapshot();
    assert_well(&bench, &bench.tune(&[]), &SIZES);
    assert_eq!(bench.aws.snapshot(), before);
    assert_eq!(measured(&bench), [("2", 1024), ("3", 256), ("4", 512)].map(|(number, size)| (number.to_owned(), size)).into());
}

/// Where the current size is the only one, AWS hands out the user's own version.
#[test]
fn a_version_of_the_user_that_is_handed_out_is_measured_and_kept() {
    let bench = Bench::new(FakeAws::start(orders().published()));
    let before = bench.aws.snapshot();
    assert_well(&bench, &bench.tune(&["--sizes", "512"]), &[512]);
    assert_eq!(bench.aws.snapshot(), before);
    assert_eq!(measured(&bench), [("1".to_owned(), 512)].into());
    assert!(!bench.aws.operations().contains(&"DeleteFunction".to_owned()), "nothing here is the run's to delete");
}

#[test]
fn the_size_that_is_there_alone_is_measured_and_leaves_nothing() {
    let bench = Bench::orders();
    let before = bench.aws.snapshot();
    assert_well(&bench, &bench.tune(&["--sizes", "512"]), &[512]);
    assert_eq!(bench.aws.snapshot(), before);
    bench.restore().assert_code(0).assert_says("nothing to put back");
    assert_well(&bench, &bench.tune(&["--sizes", "512"]), &[512]);
}

#[test]
fn first_calls_alone_are_measured_in_new_environments() {
    let bench = Bench::orders();
    // A call takes as long as it says: in a hundredth of it an environment is free again before the next call has come.
    bench.aws.set(|settings| settings.time_scale = 1.0);
    let before = bench.aws.snapshot();
    bench.tune(&["--only-cold-starts", "--calls", "3"]).assert_code(0);
    assert_eq!(bench.aws.snapshot(), before);
    let reports = bench.aws.reports();
    assert!(reports.iter().all(|report| report.init_ms.is_some()));
    assert_eq!(reports.len(), 9);
    for row in bench.result()["sizes"].as_array().unwrap() {
        assert_eq!(row["calls"].as_u64(), Some(3));
    }
}

#[test]
fn a_dry_run_changes_and_invokes_nothing() {
    let bench = Bench::orders();
    let ended = bench.tune(&["--dry-run"]);
    ended.assert_code(0);
    assert!(ended.stdout.contains("nothing is changed, nothing is invoked"));
    assert!(bench.aws.requests().iter().all(|request| request.method == "GET"));
    assert!(bench.journals().is_empty());
}

#[test]
fn without_a_terminal_nobody_can_say_yes_and_nothing_is_asked_of_aws() {
    let bench = Bench::orders();
    bench.aws.object("events", "a.json", Some("{}"));
    let role = ["--assume-role", "arn:aws:iam::123456789012:role/tuner"];
    for more in [&[][..], &role, &["--payload", "s3://events/a.json"]] {
        let ended = bench.run(&[&["tune", "orders"], more].concat());
        ended.assert_code(2).assert_says("say --yes");
        assert!(bench.aws.requests().is_empty(), "{more:?}: {:?}", bench.aws.operations());
    }
    assert!(bench.journals().is_empty());
}

#[test]
fn a_function_that_is_not_there_is_said() {
    let bench = Bench::orders();
    let ended = bench.run(&Bench::short("nobody", &[]));
    ended.assert_code(1).assert_says("Function not found");
    assert_eq!(ended.stderr.matches("error:").count(), 1, "it is said once: {ended:?}");
    bench.restore().assert_code(0);
}

#[test]
fn what_is_resumed_makes_only_the_calls_that_are_missing() {
    let bench = Bench::orders();
    let before = bench.aws.snapshot();
    bench.tune(&["--max-invocations", "5", "--concurrency", "1"]).assert_code(3);
    assert_eq!((bench.aws.reports().len(), bench.kept().len()), (5, 5));
    let journal = bench.journals().pop().unwrap();
    let published = || bench.aws.operations().iter().filter(|name| *name == "PublishVersion").count();
    let at_first = published();
    let ended = bench.tune(&["--resume", journal.to_str().unwrap()]);
    assert_well(&bench, &ended, &SIZES);
    assert_eq!(bench.aws.snapshot(), before);
    let warm = |memory_mb: u32| {
        bench.aws.reports().iter().filter(|report| report.memory_mb == memory_mb && report.init_ms.is_none()).count()
    };
    assert_eq!(SIZES.map(warm), [2, 2, 2]);
    assert_eq!(published() - at_first, 2, "512 MB has all its calls and needs no version");
    let changed = Bench::new(FakeAws::start(orders().code("newer")));
    let resumed = changed.tune(&["--resume", journal.to_str().unwrap()]);
    resumed.assert_code(1).assert_says("other code");
}

#[test]
fn the_input_of_another_tool_is_taken_and_its_output_is_made() {
    let bench = Bench::orders();
    let before = bench.aws.snapshot();
    let input = bench.input(
        "input.json",
        &format!(
            r#"{{"lambdaARN": "{ARN}", "powerValues": [256, 512, 1024], "num": 5, "payload": {{"a": 1}}, "strategy": "speed"}}"#
        ),
    );
    let ended = bench.run(&["tune", "--yes", "--poll-interval", "5ms", "--input", &input, "--format", "power-tuning"]);
    ended.assert_code(0);
    assert_eq!(bench.aws.snapshot(), before);
    let output: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(output["power"].as_u64(), Some(1024), "{output}");
    assert!((output["duration"].as_f64().unwrap() - orders_ms(1024)).abs() < 0.01, "{output}");
    assert!(output["stateMachine"]["visualization"].as_str().unwrap().contains('#'));
    assert_eq!(bench.aws.reports().len(), 15);
    let invoke = bench.aws.requests().into_iter().find(|request| request.operation == "Invoke").unwrap();
    assert_eq!(invoke.body, r#"{"a":1}"#);
}

#[test]
fn every_export_is_written_and_holds_no_secret() {
    let bench = Bench::orders();
    let exports = ["--export-csv", "a.csv", "--export-markdown", "a.md", "--export-samples", "b.csv", "--format", "json"];
    assert_well(&bench, &bench.tune(&exports), &SIZES);
    for name in ["a.csv", "a.md", "b.csv"] {
        assert!(fs::read_to_string(bench.home.path().join(name)).unwrap().contains(&SIZES[0].to_string()), "{name}");
    }
    // Recorded calls say the same as the calls did.
    let again = bench.run(&["tune", "replay:b.csv", "--sizes", "256,512,1024", "--calls", "2", "--export-json", "result.json"]);
    again.assert_code(0);
    bench.assert_complete(&SIZES, 2, "replayed");
}

#[test]
fn a_journal_that_was_torn_at_its_beginning_stands_in_nobodys_way() {
    let bench = Bench::orders();
    bench.tune(&[]).assert_code(0);
    let journal = bench.journals().pop().unwrap();
    let text = fs::read_to_string(&journal).unwrap();
    fs::write(&journal, &text[..40]).unwrap();
    bench.restore().assert_code(0).assert_says("nothing to put back");
    bench.tune(&[]).assert_code(0);
}

#[test]
fn a_second_run_on_the_same_function_is_refused_while_one_goes_on() {
    let slow = Function::named("orders").memory(512).timeout(3).curve(|_, _| 300.0);
    let bench = Bench::new(FakeAws::start(slow));
    bench.aws.set(|settings| settings.time_scale = 1.0);
    let before = bench.aws.snapshot();
    let first = bench.start_tune(&["--export-json", "first.json"]);
    bench.aws.wait_for(super::super::fake_aws::At::Operation("Invoke", 1));
    let asked = bench.aws.requests().len();
    let refusals = ["another run of this program is tuning", "is of another run of this program"];
    bench.tune(&[]).assert_code(1).assert_says_one_of(&refusals);
    let of_second = &bench.aws.requests()[asked..];
    assert!(of_second.iter().all(|request| request.operation != "DeleteFunction"), "{of_second:?}");
    bench.end(first).assert_code(0);
    assert_eq!(bench.aws.snapshot(), before);
}
