//! Whole runs on a function with a planted duration, and what they recommend, show and leave behind.

use std::time::Instant;

use aws_sdk_lambda::types::{LogFormat, LoggingConfig, Runtime};
use serde_json::{Value, json};

use super::account::{Deployed, STEADY};
use super::{ministack, ministack_with, say};

/// The planted duration, in ms: 5 + 20 · 1769 / memory.
fn planted_ms(memory_mb: u64) -> f64 {
    5.0 + 20.0 * 1769.0 / memory_mb as f64
}

/// The entry of a size.
fn size(result: &Value, memory_mb: u64) -> &Value {
    let sizes = result["sizes"].as_array().unwrap();
    sizes.iter().find(|size| size["memory_mb"] == memory_mb).unwrap_or_else(|| panic!("no {memory_mb} MB in {result}"))
}

#[test]
fn a_run_measures_what_was_planted_and_leaves_the_function_as_it_was() {
    let Some(account) = ministack("protocol::a_run_measures_what_was_planted") else { return };
    let before = account.deploy(&STEADY);
    let ran = account.tune(&["orders", "--sizes", "128,512,1024,1769", "--calls", "5", "--p95", "50ms", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let result = ran.json();
    for memory_mb in [128, 512, 1024, 1769] {
        let size = size(&result, memory_mb);
        let mean_ms = size["mean_ms"].as_f64().unwrap();
        assert!((mean_ms - planted_ms(memory_mb)).abs() < 0.01, "{memory_mb} MB: {mean_ms}");
        assert_eq!((&size["calls"], &size["cold_calls"]), (&json!(5), &json!(1)));
        assert_eq!(size["init_ms"].as_f64(), Some(50.0));
    }
    // 512 MB: 74.10 ms are billed as 75; 0.5 GB · 0.075 s · $0.0000166667 and $0.20 for a million requests: $0.825.
    let cost = size(&result, 512)["cost_per_million_usd"].as_f64().unwrap();
    assert!((cost - 0.825).abs() < 1e-4, "{cost}");
    // 512 MB takes 74 ms, 1,024 MB 40: the cheapest size within 50 ms.
    assert_eq!(result["recommendation"]["memory_mb"], 1024);
    assert_eq!((&result["restored"], &result["current"]["memory_mb"]), (&json!(true), &json!(256)));
    assert!(result["fit"]["r_squared"].as_f64().unwrap() > 0.999, "{}", result["fit"]);
    assert_eq!(account.see("orders"), before);
}

#[test]
fn each_strategy_finds_the_size_that_was_planted_for_it() {
    let Some(account) = ministack("protocol::each_strategy") else { return };
    let before = account.deploy(&STEADY);
    // Sizes below 512 MB die: the smallest that lives is the cheapest, for duration falls more slowly than price rises.
    let event = json!({ "need_mb": 512 }).to_string();
    for (strategy, memory_mb) in [("cost", 512), ("speed", 3008)] {
        let table = account.tune(&[
            "orders",
            "--sizes",
            "128,256,512,1024,3008",
            "--calls",
            "3",
            "--payload",
            &event,
            "--strategy",
            strategy,
        ]);
        assert_eq!(table.code, Some(0), "{table:?}");
        let marked = if memory_mb == 3008 { "3,008 MB" } else { "512 MB" };
        assert!(table.out.contains(&format!("\n{marked} is ")), "{}", table.out);
        assert!(table.out.contains("256 MB ran out of memory"), "{}", table.out);
    }
    assert_eq!(account.see("orders"), before);
}

#[test]
fn an_alias_is_tuned_and_the_other_formats_are_written() {
    let Some(account) = ministack("protocol::an_alias_is_tuned") else { return };
    let before = account.deploy(&STEADY);
    let ran = account.tune(&[
        "orders:live",
        "--calls",
        "3",
        "--format",
        "power-tuning",
        "--export-json",
        "run.json",
        "--export-samples",
        "run.csv",
        "--chart",
        "run.svg",
        "--requests",
        "3M/month",
    ]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.json()["power"], 128, "{ran:?}");
    let again = account.run(&["tune", "replay:run.csv", "--calls", "3", "--format", "json"]);
    let exported: Value = serde_json::from_str(&std::fs::read_to_string(account.home.path().join("run.json")).unwrap()).unwrap();
    assert_eq!(again.json()["recommendation"]["memory_mb"], exported["recommendation"]["memory_mb"]);
    assert!(account.home.path().join("run.svg").exists());
    assert_eq!(account.see("orders"), before);
}

#[test]
fn reports_in_json_are_read_too() {
    let Some(account) = ministack("protocol::reports_in_json") else { return };
    let json_logs = LoggingConfig::builder().log_format(LogFormat::Json).build();
    account.create(&STEADY, "steady.zip", "steady_handler.handler", Runtime::from("python3.11"), Some(json_logs));
    let before = account.see("orders");
    let event = json!({ "report": "json" }).to_string();
    let ran = account.tune(&["orders", "--sizes", "128,512", "--calls", "3", "--payload", &event, "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let mean_ms = size(&ran.json(), 512)["mean_ms"].as_f64().unwrap();
    assert!((mean_ms - planted_ms(512)).abs() < 0.01, "{mean_ms}");
    // Once, for what production reports; every report was in its answer.
    assert_eq!(ran.json()["spent"]["api_calls"]["FilterLogEvents"], 1);
    assert_eq!(account.see("orders"), before);
}

#[test]
fn a_report_that_is_not_in_the_answer_is_found_in_the_logs() {
    let Some(account) = ministack("protocol::a_report_that_is_not_in_the_answer") else { return };
    let before = account.deploy(&STEADY);
    let event = json!({ "late_padding_bytes": 6000 }).to_string();
    let ran = account.tune(&["orders", "--sizes", "512,1769", "--calls", "3", "--payload", &event, "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let result = ran.json();
    // Two sizes, three warm calls and a cold one each; a report that is not there yet is looked for again.
    assert!(result["spent"]["api_calls"]["FilterLogEvents"].as_u64().unwrap() >= 8, "{result}");
    let size = size(&result, 512);
    let mean_ms = size["mean_ms"].as_f64().unwrap();
    assert!((mean_ms - planted_ms(512)).abs() < 0.01 && size["cold_calls"] == 1, "{size}");
    assert_eq!(account.see("orders"), before);
}

#[test]
fn what_production_reported_is_read_from_the_logs() {
    let Some(account) = ministack("protocol::what_production_reported") else { return };
    let before = account.deploy(&STEADY);
    for _ in 0..4 {
        let called = account.lambda.invoke().function_name("orders").payload(b"{}".to_vec().into()).send();
        assert_eq!(account.wait(called).unwrap().function_error(), None);
    }
    let ran = account.tune(&["orders", "--sizes", "256,512", "--calls", "3", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let history = &ran.json()["history"];
    let figures = ["memory_mb", "calls", "cold_calls", "failed_calls"].map(|key| history[key].as_u64());
    assert_eq!(figures, [256, 4, 1, 0].map(Some), "{ran:?}");
    assert!((history["warm"]["mean_ms"].as_f64().unwrap() - planted_ms(256)).abs() < 0.01, "{history}");
    assert_eq!((&history["init_ms"], &history["max_memory_used_mb"]["most"]), (&json!(50.0), &json!(40)), "{history}");
    // The calls of that run are no production's: its versions are gone.
    let again = account.tune(&["orders", "--sizes", "256,512", "--calls", "3", "--format", "json"]);
    assert_eq!(again.json()["history"]["calls"], 4, "{again:?}");
    assert_eq!(account.see("orders"), before);
}

#[test]
fn the_event_can_be_in_s3() {
    let Some(account) = ministack("protocol::the_event_can_be_in_s3") else { return };
    account.deploy(&STEADY);
    account.put_object("events", "order.json", &json!({ "base_ms": 100, "slope_ms": 0 }).to_string());
    let ran = account.tune(&[
        "orders",
        "--sizes",
        "128,512",
        "--calls",
        "2",
        "--payload",
        "s3://events/order.json",
        "--format",
        "json",
    ]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(size(&ran.json(), 512)["mean_ms"].as_f64(), Some(100.0));
    let missing = account.tune(&["orders", "--payload", "s3://events/no-such.json"]);
    assert!(missing.code == Some(1) && missing.talk.contains("s3://events/no-such.json"), "{missing:?}");
}

#[test]
fn the_size_is_applied_and_the_alias_pointed_to_it() {
    let Some(account) = ministack("protocol::the_size_is_applied") else { return };
    account.deploy(&STEADY);
    let (old, old_mb) = account.alias("orders", "live");
    let ran = account.tune(&["orders", "--sizes", "256,1024", "--calls", "3", "--p95", "50ms", "--apply", "--alias", "live"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let (new, new_mb) = account.alias("orders", "live");
    assert_eq!((old_mb, new_mb, account.memory_mb("orders")), (256, 1024, 1024));
    assert!(new != old && ran.talk.contains("applied") && ran.talk.contains(&format!("version {new}")), "{ran:?}");
    assert_eq!(account.configuration("orders").description(), Some("takes orders"));
    assert_eq!(account.published_by_runs("orders"), [new]);
    // An alias that is not there is made; a size that is right already is no reason to fail.
    let again = account.tune(&["orders", "--sizes", "256,1024", "--calls", "3", "--p95", "50ms", "--apply", "--alias", "next"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!((account.alias("orders", "next").1, account.memory_mb("orders")), (1024, 1024));
}

#[test]
fn a_run_of_six_sizes_takes_little_longer_than_its_updates() {
    let Some(account) = ministack_with("protocol::a_run_of_six_sizes", &[("UPDATE_SECONDS", "1"), ("PUBLISH_SECONDS", "0.2")])
    else {
        return;
    };
    // Calls take as long as planted: 281 ms at 128 MB, 15 ms at 3,008.
    let before = account.deploy(&Deployed { variables: &[], ..STEADY });
    let begun = Instant::now();
    let ran = account.tune(&["orders", "--sizes", "128,256,512,1024,1769,3008", "--calls", "10", "--format", "json"]);
    let seconds = begun.elapsed().as_secs_f64();
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let updates = ran.json()["spent"]["configuration_changes"].clone();
    // Six sizes, the function's own last, which is the way back; meanwhile the calls of 128 MB, prepared fifth, go on.
    assert_eq!(updates, 6);
    let last_calls = 11.0 * planted_ms(128) / 1000.0;
    let unavoidable = 5.0 * (1.0 + 0.2) + last_calls;
    let line = format!("{seconds:.2} s against {unavoidable:.2} s that cannot be avoided: {:.2} times", seconds / unavoidable);
    assert!(seconds < 2.0 * unavoidable, "{line}");
    say(&format!("protocol::a_run_of_six_sizes: {line}"));
    assert_eq!(account.see("orders"), before);
}
