//! `millicent simulate`: what it says of traces and of time, the schema of its JSON, and that a month does not depend on how
//! long was replayed.

use std::process::{Command, Output};

use serde_json::Value;

fn millicent(arguments: &[&str]) -> Output {
    let root = env!("CARGO_MANIFEST_DIR");
    Command::new(env!("CARGO_BIN_EXE_millicent")).args(arguments).current_dir(root).output().unwrap()
}

fn json(arguments: &[&str]) -> Value {
    let output = millicent(&[&["simulate"], arguments, &["--format", "json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A trace in a file of its own.
fn trace(name: &str, text: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

const FUNCTION: [&str; 4] = ["--duration", "200ms", "--memory", "512MB"];

#[test]
fn json_follows_its_published_schema() {
    let schema: Value = serde_json::from_str(millicent::report::SIMULATE_SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for arguments in [
        &["--requests", "5/s", "--duration", "200ms", "--memory", "512MB", "--lasts", "1h"][..],
        &["--requests", "5/s", "--duration", "20min", "--memory", "512MB", "--lasts", "1h"],
        &["--requests", "0/s", "--duration", "200ms", "--memory", "512MB", "--lasts", "1h"],
        &[
            "--requests",
            "5/s",
            "--cpu",
            "20ms",
            "--platform",
            "fargate",
            "--platform",
            "lambda,memory=1GB",
            "--mixed",
            "fargate,lambda",
            "--lasts",
            "1h",
        ],
    ] {
        let output = millicent(&[&["simulate"], arguments, &["--format", "json", "--explain"]].concat());
        let found: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|problem| panic!("{arguments:?}: {problem} {}", String::from_utf8_lossy(&output.stderr)));
        let errors: Vec<String> =
            validator.iter_errors(&found).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{arguments:?}: {}", errors.join("\n"));
    }
}

/// What is paid for by the five minutes or by the minute goes on after a short replay: ten units are ten units.
#[test]
fn a_short_replay_does_not_multiply_what_is_there_all_the_time() {
    for lasts in ["1s", "7min", "1h"] {
        let units = ["--requests", "10/s", "--provisioned-concurrency", "10", "--lasts", lasts];
        let units = &json(&[&units, &FUNCTION[..]].concat())["designs"][0]["replays"][0]["mean_provisioned_units"];
        assert!((units.as_f64().unwrap() - 10.0).abs() < 1e-9, "{lasts}: {units}");
        let tasks =
            ["--requests", "1/s", "--cpu", "10ms", "--memory", "512MB", "--platform", "fargate,count=3", "--lasts", lasts];
        let tasks = &json(&tasks)["designs"][0]["replays"][0]["mean_instances"];
        assert!((tasks.as_f64().unwrap() - 3.0).abs() < 1e-9, "{lasts}: {tasks}");
    }
}

/// Monitoring counts minutes from 1970: a trace starts with its first minute.
#[test]
fn minutes_may_be_counted_from_any_time() {
    let counts = |first: u32| (0..60).fold("minute,count\n".to_owned(), |file, minute| format!("{file}{},30\n", first + minute));
    let (relative, absolute) = (trace("relative.csv", &counts(0)), trace("absolute.csv", &counts(29_731_680)));
    for platform in ["lambda", "fargate"] {
        let replay = |file: &str| {
            let found = json(&[&["--trace", file, "--platform", platform], &FUNCTION[..]].concat());
            let replay = &found["designs"][0]["replays"][0];
            (replay["horizon_s"].as_f64().unwrap(), replay["calls"].as_u64().unwrap())
        };
        assert_eq!(replay(&absolute).1, 1800, "{platform}");
        assert!((replay(&absolute).0 - 3600.0).abs() < 1e-6, "{platform}: {}", replay(&absolute).0);
        assert_eq!(replay(&absolute), replay(&relative), "{platform}");
    }
}

#[test]
fn what_a_trace_cannot_say_is_refused() {
    let one = trace("one.csv", "timestamp,duration\n1795741323,0.25\n");
    for (arguments, expected) in [
        (&["--trace", &one, "--platform", "lambda"][..], "lasts less than a second"),
        (&["--trace", &one, "--platform", "fargate"], "lasts less than a second"),
    ] {
        let output = millicent(&[&["simulate", "--memory", "512MB"], arguments].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn what_is_wrong_and_what_no_platform_takes_have_exit_codes_of_their_own() {
    let code = |arguments: &[&str]| {
        millicent(&[&["simulate", "--requests", "1/s", "--memory", "512MB"], arguments].concat()).status.code()
    };
    assert_eq!(code(&["--duration", "1s", "--lasts", "1h"]), Some(0));
    assert_eq!(code(&["--duration", "1s", "--lasts", "400days"]), Some(2));
    assert_eq!(code(&["--duration", "1s", "--provisioned-schedule", "9"]), Some(2));
    assert_eq!(code(&["--duration", "1s", "--pattern", "diurnal", "--peak-to-trough", "0.5"]), Some(2));
    assert_eq!(code(&["--duration", "20min", "--lasts", "1h"]), Some(3));
    // What AWS refuses is no design.
    let units = ["--duration", "10ms", "--lasts", "1h", "--provisioned-schedule", "0=1,9=4"];
    assert_eq!(code(&[&units[..], &["--reserved-concurrency", "4"]].concat()), Some(0));
    assert_eq!(code(&[&units[..], &["--reserved-concurrency", "3"]].concat()), Some(2));
    assert_eq!(code(&[&units[..], &["--runtime", "python3.13", "--snap-start"]].concat()), Some(2));
}

#[test]
fn a_call_that_the_base_has_no_slot_for_spills_once() {
    let options =
        ["--platform", "fargate,vcpu=0.5,memory=1GB,count=1", "--platform", "lambda,memory=1GB,provisioned_concurrency=2"];
    let load = ["--requests", "40/s", "--cpu", "20ms", "--wait", "60ms", "--lasts", "1h", "--mixed", "fargate,lambda"];
    let found = json(&[&load[..], &options].concat());
    let replay = &found["designs"][2]["replays"][0];
    let count = |value: &Value| value.as_u64().unwrap();
    let on_functions = count(&replay["on_demand"]["calls"]) + count(&replay["provisioned"]["calls"]);
    assert!(0 < count(&replay["provisioned"]["calls"]) && 0 < count(&replay["on_demand"]["calls"]));
    assert_eq!(count(&replay["spilled"]), on_functions);
    let stretches = replay["stretches"].as_array().unwrap();
    assert_eq!(stretches.iter().map(|stretch| count(&stretch["spilled"])).sum::<u64>(), on_functions);
}

/// The quota is one of functions: what runs on instances does not count against it.
#[test]
fn the_quota_of_functions_is_not_met_by_instances() {
    let options = ["--platform", "fargate,vcpu=4,memory=8GB,count=4", "--platform", "lambda,memory=1GB"];
    let load = ["--requests", "2000/s", "--cpu", "10ms", "--wait", "990ms", "--lasts", "2min", "--mixed", "fargate,lambda"];
    let found = json(&[&load[..], &options].concat());
    let (mixed, lambda) = (&found["designs"][2], &found["designs"][1]);
    let warned = |design: &Value| design["notes"].as_array().unwrap().iter().any(|note| note.as_str().unwrap().contains("quota"));
    assert!(warned(lambda));
    assert!(mixed["replays"][0]["on_demand"]["calls"].as_u64().unwrap() > 0, "{}", mixed["replays"][0]["on_demand"]);
    assert!(1000 < mixed["replays"][0]["peak_concurrency"].as_u64().unwrap());
    assert!(!warned(mixed), "{}", mixed["notes"]);
}

#[test]
fn a_trace_gives_the_same_bytes_on_any_number_of_cores() {
    let calls = (0..2000_u32)
        .map(|call| format!("{},0.{},f{}\n", f64::from(call) * 0.37, 100 + call * 7919 % 900, call * 31 % 17))
        .collect::<String>();
    let file = trace("functions.csv", &format!("timestamp,duration,function\n{calls}"));
    let on = |workers: &str| {
        let arguments = ["simulate", "--trace", &file, "--memory", "512MB", "--workers", workers, "--format", "json"];
        millicent(&arguments).stdout
    };
    assert_eq!(on("1"), on("2"));
    assert_eq!(on("1"), on("7"));
}

#[test]
fn units_of_unknown_hours_are_said_to_be_kept_all_the_time() {
    let arguments = ["--requests", "10/s", "--lasts", "1h", "--provisioned-concurrency", "4", "--provisioned-time", "8h"];
    let found = json(&[&arguments, &FUNCTION[..]].concat());
    let notes = found["designs"][0]["notes"].as_array().unwrap();
    assert!(notes.iter().any(|note| note.as_str().unwrap().contains("`provisioned_time` does not say when")), "{notes:?}");
}

#[test]
fn standard_input_is_no_trace_for_two_designs() {
    let arguments = ["--trace", "-", "--memory", "1GB", "--platform", "lambda", "--platform", "fargate"];
    let output = millicent(&[&["simulate"], &arguments[..]].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("can be read once"));
}

/// A recorded service did not begin with the recording: steady traffic refuses no call, recorded or generated.
#[test]
fn a_recorded_service_starts_with_the_instances_of_its_first_minute() {
    let counted = (0..60).fold("minute,count\n".to_owned(), |file, minute| format!("{file}{minute},6000\n"));
    let calls = (0..60_000_u32).map(|call| format!("{},0.05\n", f64::from(call) / 100.0)).collect::<String>();
    for (name, text) in [("counted.csv", counted), ("called.csv", format!("timestamp,duration\n{calls}"))] {
        let file = trace(name, &text);
        let service = ["--trace", &file, "--cpu", "20ms", "--wait", "30ms", "--platform", "fargate,vcpu=1,memory=2GB"];
        let replay = &json(&service)["designs"][0]["replays"][0];
        assert_eq!(replay["throttled"], 0, "{name}");
        assert!(replay["latency_s"]["p99"]["point"].as_f64().unwrap() < 0.2, "{name}: {}", replay["latency_s"]["p99"]);
    }
}

/// Two vCPUs that sustain 0.8: an estimate takes three for 1.2 vCPUs of work, and so does a replay.
#[test]
fn burstable_machines_are_as_many_as_sustain_the_load() {
    for platform in ["azure-vm,instance=Standard_B2s", "gce,instance=e2-medium"] {
        let load = ["--requests", "60/s", "--cpu", "20ms", "--wait", "50ms", "--memory", "1GB", "--platform", platform];
        let replayed = &json(&[&load[..], &["--lasts", "1h"]].concat())["designs"][0];
        let output = millicent(&[&["estimate"], &load[..], &["--format", "json"]].concat());
        let estimated: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(replayed["monthly_usd"], estimated["options"][0]["monthly_usd"], "{platform}");
    }
}

#[test]
fn a_trace_of_more_than_a_year_is_refused_and_a_design_that_cannot_be_replayed_is_left_out() {
    let gap = trace("gap.csv", "minute,count\n0,3\n4294967295,1\n");
    for platform in ["lambda", "fargate,vcpu=1,memory=2GB"] {
        let output = millicent(&[&["simulate", "--trace", &gap, "--platform", platform], &FUNCTION[..]].concat());
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains("more than 366 days"));
    }
    let two = ["--requests", "1/s", "--lasts", "1h", "--platform", "lambda", "--platform", "app-runner"];
    let found = json(&[&two[..], &FUNCTION[..]].concat());
    let designs = found["designs"].as_array().unwrap();
    assert!(designs[0]["monthly_usd"].is_number() && designs[1]["monthly_usd"].is_null());
    assert!(designs[1]["reasons"][0].as_str().unwrap().contains("a replay of app-runner call by call"));
}
