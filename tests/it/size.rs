//! `millicent size`: published sizing problems through the command, the same answers in every format, and what it refuses.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

const CHECKOUT: &str = "examples/checkout-function.toml";

fn millicent(arguments: &[&str]) -> Output {
    let root = env!("CARGO_MANIFEST_DIR");
    Command::new(env!("CARGO_BIN_EXE_millicent")).args(arguments).current_dir(root).output().unwrap()
}

fn json(arguments: &[&str]) -> Value {
    let output = millicent(&[&["size"], arguments, &["--format", "json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn stdout(arguments: &[&str]) -> String {
    let output = millicent(&[&["size"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn json_follows_its_published_schema() {
    let schema: Value = serde_json::from_str(millicent::report::SIZING_SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for arguments in [
        vec![CHECKOUT],
        vec!["examples/order-pipeline.toml"],
        vec!["examples/ecommerce.toml"],
        vec!["--requests", "3000/s", "--duration", "500ms", "--memory", "1GB", "--runtime", "java21", "--p99", "400ms"],
    ] {
        let output = millicent(&[&["size"], &arguments[..], &["--format", "json"]].concat());
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&found).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{arguments:?}: {}", errors.join("\n"));
    }
    assert!(!validator.is_valid(&serde_json::json!({"schema": "millicent/size/1", "options": []})));
}

/// A published day: one function of 1 GB whose hours have from 5 to 80 requests in progress, steady inside an hour.
#[test]
fn the_published_day_has_its_published_plans() {
    let found = json(&[CHECKOUT, "--arrivals", "steady"]);
    let plan = &found["options"][0]["workloads"][0]["function"]["provisioned_concurrency"];
    let per_day = |usd: &Value| usd.as_f64().unwrap() * 24.0 / 730.0;
    let is = |usd: &Value, expected: f64| (per_day(usd) - expected).abs() < 5e-6;
    assert!(is(&plan["on_demand_usd"], 54.780110), "{}", per_day(&plan["on_demand_usd"]));
    assert_eq!(plan["best_level"]["units"], 20);
    for (units, expected) in [(10, 52.880094), (20, 52.530092), (40, 53.430099), (50, 54.530108), (80, 60.755157)] {
        let level = plan["levels"].as_array().unwrap().iter().find(|level| level["units"] == units).unwrap();
        assert!(is(&level["monthly_usd"], expected), "{units}: {}", per_day(&level["monthly_usd"]));
    }
    assert!(is(&plan["attainable_usd"], 45.650037), "{}", per_day(&plan["attainable_usd"]));
    let of_three = per_day(&plan["schedules"][2]["monthly_usd"]);
    // The published one may not go over midnight.
    assert!((45.650037..=47.670054).contains(&of_three), "{of_three}");
    assert_eq!(plan["recommended"], "schedule");
    let levels: Vec<f64> = plan["schedules"].as_array().unwrap().iter().map(|plan| per_day(&plan["monthly_usd"])).collect();
    assert!(levels.is_sorted_by(|one, other| other <= one), "{levels:?}");
}

#[test]
fn all_formats_have_the_same_numbers() {
    let found = json(&[CHECKOUT]);
    let csv = stdout(&[CHECKOUT, "--format", "csv"]);
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    let of = |kind: &str, column: usize| -> Vec<String> {
        rows.iter().filter(|row| &row[2] == kind).map(|row| row[column].to_owned()).collect()
    };
    let fleet = &found["options"][1]["workloads"][0]["fleet"];
    let costs: Vec<String> =
        fleet["alternatives"].as_array().unwrap().iter().map(|alternative| alternative["monthly_usd"].to_string()).collect();
    assert_eq!(of("fleet", 5)[1..], costs);
    let cold = &found["options"][0]["workloads"][0]["function"]["cold_starts"];
    let changes: Vec<String> =
        cold["mitigations"].as_array().unwrap().iter().map(|done| done["change_usd"].to_string()).collect();
    assert_eq!(of("mitigation", 6), changes);
    let (table, markdown) = (stdout(&[CHECKOUT]), stdout(&[CHECKOUT, "--format", "markdown"]));
    for number in ["42", "$716.29", "$1,608.38"] {
        assert!(table.contains(number) && markdown.contains(number), "{number}");
    }
}

#[test]
fn commands_set_what_is_recommended_for_the_function_that_is_named() {
    let named = ["--function", "checkout", "--qualifier", "live"];
    let found = json(&[CHECKOUT]);
    let windows = found["options"][0]["workloads"][0]["function"]["provisioned_concurrency"]["schedule"]["windows"].clone();
    let commands = stdout(&[&[CHECKOUT, "--commands", "aws-cli"], &named[..]].concat());
    let terraform = stdout(&[&[CHECKOUT, "--commands", "terraform"], &named[..]].concat());
    for window in windows.as_array().unwrap() {
        let units = &window["units"];
        assert!(commands.contains(&format!("MinCapacity={units},MaxCapacity={units}")), "{commands}");
        assert!(terraform.contains(&format!("min_capacity = {units}\n")), "{terraform}");
    }
    assert!(commands.contains("function:checkout:live"));
    for (wrong, part) in [
        (vec![CHECKOUT, "--commands", "aws-cli"], "--function"),
        (vec![CHECKOUT, "--commands", "aws-cli", "--function", "checkout", "--qualifier", "$LATEST"], "publish a version"),
        (vec![CHECKOUT, "--commands", "aws-cli", "--function", "<name>", "--qualifier", "live"], "is no name of a function"),
        (
            vec!["examples/order-pipeline.toml", "--commands", "aws-cli", "--function", "f", "--qualifier", "live"],
            "choose with --option",
        ),
    ] {
        let output = millicent(&[&["size"], &wrong[..]].concat());
        let problem = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{problem}");
        assert!(problem.contains(part) && output.stdout.is_empty(), "{problem}");
    }
}

#[test]
fn a_scenario_with_its_own_table_may_come_from_standard_input() {
    let root = env!("CARGO_MANIFEST_DIR");
    let mut command = Command::new(env!("CARGO_BIN_EXE_millicent"));
    let piped = command.args(["size", "-"]).current_dir(root).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    child.stdin.take().unwrap().write_all(include_bytes!("../../examples/checkout-function.toml")).unwrap();
    assert_eq!(String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap(), stdout(&[CHECKOUT]));
}

#[test]
fn other_commands_leave_the_table_alone() {
    let output = millicent(&["estimate", CHECKOUT]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A function with a reserved concurrency of 0 is switched off.
#[test]
fn what_is_seldom_called_is_not_switched_off() {
    let found = json(&["--requests", "1/hour", "--duration", "200ms", "--memory", "512MB", "--platform", "lambda"]);
    assert_eq!(found["options"][0]["workloads"][0]["function"]["quota"]["reserve"], 1);
}

#[test]
fn what_has_snap_start_is_not_told_to_keep_units() {
    let function = ["--requests", "50/s", "--duration", "1s", "--memory", "512MB", "--runtime", "python3.13", "--snap-start"];
    let found = json(&[&function[..], &["--platform", "lambda"]].concat());
    assert!(found["options"][0]["workloads"][0]["function"]["provisioned_concurrency"].is_null());
    let commands = ["--platform", "lambda", "--commands", "aws-cli", "--function", "checkout", "--qualifier", "live"];
    let output = millicent(&[&["size"], &function[..], &commands].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("SnapStart"));
}
