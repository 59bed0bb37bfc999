//! Events from everywhere, and what runs before and after each call.

use super::super::fake_aws::{FakeAws, Function, SECRET};
use super::support::{Bench, SIZES, orders};

/// The events that the function was called with.
fn events(bench: &Bench, function: &str) -> Vec<String> {
    let place = format!("/functions/{function}/");
    let invoked = bench.aws.requests().into_iter().filter(|request| request.operation == "Invoke");
    invoked.filter(|request| request.target.contains(&place)).map(|request| request.body).collect()
}

fn assert_restored(bench: &Bench, check: impl FnOnce()) {
    let before = bench.aws.snapshot();
    check();
    assert_eq!(bench.aws.snapshot(), before);
    assert!(bench.aws.catastrophes().is_empty());
}

#[test]
fn an_event_is_sent_as_it_was_written() {
    let bench = Bench::orders();
    let written = format!("{{\"b\":  1.0, \"a\": \"{SECRET}\"}}");
    let file = format!("@{}", bench.input("event.json", &written));
    bench.aws.object("events", "a/b.json", Some(&written));
    for payload in [written.as_str(), &file, "s3://events/a/b.json"] {
        assert_restored(&bench, || {
            bench.tune(&["--payload", payload]).assert_code(0);
        });
    }
    let events = events(&bench, "orders");
    assert_eq!(events.len(), 27);
    assert!(events.iter().all(|event| *event == written), "{events:?}");
}

#[test]
fn an_object_that_cannot_be_read_is_said_before_anything_is_asked_of_the_function() {
    let bench = Bench::orders();
    bench.aws.object("events", "secret.json", None);
    bench.aws.object("events", "broken.json", Some("{"));
    for (address, words) in [
        ("s3://events/secret.json", "may not be read"),
        ("s3://events/missing.json", "does not exist"),
        ("s3://elsewhere/a.json", "does not exist"),
        ("s3://events/broken.json", "it is not JSON"),
    ] {
        let ended = bench.tune(&["--payload", address]);
        assert!(matches!(ended.code, Some(1 | 2)), "{ended:?}");
        ended.assert_says(words).assert_says(address);
    }
    assert!(bench.aws.operations().iter().all(|operation| operation == "GetObject"), "{:?}", bench.aws.operations());
    bench.tune(&["--payload", "@nowhere.json"]).assert_code(2).assert_says("nowhere.json");
    bench.tune(&["--payload", "{broken"]).assert_code(2);
}

#[test]
fn weighted_events_are_sent_in_their_shares_at_every_size() {
    let bench = Bench::orders();
    let list = r#"[{"payload": {"ms": 2}, "weight": 30}, {"payload": {"ms": 40}, "weight": 10}]"#;
    assert_restored(&bench, || {
        bench.tune(&["--weighted-payloads", list, "--calls", "4"]).assert_code(0);
    });
    let sent = events(&bench, "orders");
    let long = sent.iter().filter(|event| event.contains("40")).count();
    // Three sizes, four warm calls each, one of them the long one; the call that warms up is the first of its class again.
    assert_eq!((sent.len(), long), (15, 3), "{sent:?}");
    let mean_ms = bench.result()["sizes"][1]["mean_ms"].as_f64().unwrap();
    // At 512 MB: 2 + 2 × 1769 / 512 = 8.91 ms three times, 2 + 40 × 1769 / 512 = 140.20 ms once: (26.73 + 140.20) / 4.
    assert!((mean_ms - 41.7325).abs() < 0.01, "{mean_ms}");
}

#[test]
fn each_event_of_a_file_is_sent_once() {
    let bench = Bench::orders();
    let lines: Vec<String> = (0..30).map(|number| format!("{{\"n\":{number}}}")).collect();
    let file = bench.input("events.jsonl", &lines.join("\n"));
    assert_restored(&bench, || {
        bench.tune(&["--events", &file]).assert_code(0);
    });
    let mut sent = events(&bench, "orders");
    assert_eq!(sent.len(), 9);
    sent.sort();
    sent.dedup();
    assert_eq!(sent.len(), 9, "{sent:?}");
    let few = bench.input("few.jsonl", "{}\n{}\n");
    bench.tune(&["--events", &few]).assert_code(2).assert_says("9 events");
}

#[test]
fn commands_run_before_and_after_each_call() {
    let bench = Bench::orders();
    let seen = bench.input("seen", "");
    let after = format!("cat >> {seen}");
    let steps = ["--pre", "printf '{\"ms\": 7}'", "--post", &after];
    assert_restored(&bench, || {
        bench.tune(&steps).assert_code(0);
    });
    assert!(events(&bench, "orders").iter().all(|event| event == "{\"ms\": 7}"));
    let responses = std::fs::read_to_string(&seen).unwrap();
    assert_eq!(responses.matches(SECRET).count(), 9, "{responses}");
}

#[test]
fn functions_run_before_and_after_each_call_and_their_cost_counts() {
    let aws = FakeAws::start(orders()).and(Function::named("before").answers(|_| serde_json::json!({"ms": 7})));
    let bench = Bench::new(aws.and(Function::named("after").echo()));
    let arn = |name: &str| format!("arn:aws:lambda:us-east-1:123456789012:function:{name}");
    let (before, after) = (arn("before"), arn("after"));
    assert_restored(&bench, || {
        bench.tune(&["--pre", &before, "--post", &after]).assert_code(0);
    });
    assert!(events(&bench, "orders").iter().all(|event| event == "{\"ms\":7}"));
    let requests = bench.aws.requests();
    let invoked =
        |place: &str| requests.iter().filter(|request| request.operation == "Invoke" && request.target.contains(place)).count();
    assert_eq!((invoked("before"), invoked("after")), (9, 9));
    let spent = bench.result()["spent"]["usd"].to_string().parse::<millicent::units::Decimal>().unwrap();
    assert_eq!(spent.normalize(), bench.spent().normalize());
}

#[test]
fn a_step_that_fails_ends_the_run_and_everything_is_put_back() {
    let leak = format!("echo {SECRET} >&2; exit 3");
    let arn = "arn:aws:lambda:us-east-1:123456789012:function:broken";
    let missing = "arn:aws:lambda:us-east-1:123456789012:function:nowhere";
    for (flag, step, words, calls) in [
        ("--pre", leak.as_str(), "the step before invocation", 0),
        ("--post", &leak, "the step after invocation", 1),
        ("--pre", arn, "BrokenStep", 0),
        ("--post", arn, "BrokenStep", 1),
        ("--pre", missing, "Function not found", 0),
    ] {
        let bench = Bench::new(FakeAws::start(orders()).and(Function::named("broken").fails_with("BrokenStep")));
        assert_restored(&bench, || {
            bench.tune(&[flag, step, "--concurrency", "1"]).assert_code(1).assert_says("failed").assert_says(words);
        });
        // The call before a failed step after it has run, and is paid for.
        let own = bench.kept().len();
        assert!(own >= calls, "{flag} {step}: {own} calls are kept");
    }
}

#[test]
fn events_and_responses_are_shown_on_standard_error_when_asked_for() {
    let bench = Bench::orders();
    let payload = format!("{{\"token\": \"{SECRET}\"}}");
    let ended = bench.run_with_payloads_shown(&Bench::short("orders", &["--log-payload", "--payload", &payload]));
    ended.assert_code(0).assert_says(&format!("payload: {payload}")).assert_says("response: ");
    bench.assert_complete(&SIZES, 2, "shown");
}
