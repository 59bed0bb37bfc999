//! `millicent ranges`: the same distribution in every format, and what other commands make of a range.

use std::process::{Command, Output};

use serde_json::Value;

const SCENARIO: &str = "tests/cases/ranges/scenario.toml";

fn millicent(arguments: &[&str]) -> Output {
    let root = env!("CARGO_MANIFEST_DIR");
    Command::new(env!("CARGO_BIN_EXE_millicent")).args(arguments).current_dir(root).output().unwrap()
}

fn json(arguments: &[&str]) -> Value {
    let output = millicent(&[arguments, &["--format", "json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn json_follows_its_published_schema() {
    let schema: Value = serde_json::from_str(millicent::report::RANGES_SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let found = json(&["ranges", SCENARIO, "--draws", "64"]);
    let errors: Vec<String> = validator.iter_errors(&found).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    assert!(!validator.is_valid(&serde_json::json!({"schema": "millicent/ranges/1", "options": []})));
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_does_not() {
    let of = |seed: &str| millicent(&["ranges", SCENARIO, "--draws", "64", "--seed", seed, "--format", "json"]).stdout;
    assert_eq!(of("5"), of("5"));
    assert_ne!(of("5"), of("6"));
}

#[test]
fn elsewhere_a_range_is_its_median_and_a_note_says_so() {
    let point = ["--duration", "1s", "--memory", "512MB", "--platform", "lambda"];
    let ranged = json(&[&["compare", "--requests", "p50=1,000,000/month,p90=4M/month"], &point[..]].concat());
    let stated = json(&[&["compare", "--requests", "1M/month"], &point[..]].concat());
    assert_eq!(ranged["options"][0]["monthly_usd"], stated["options"][0]["monthly_usd"]);
    let notes = ranged["options"][0]["notes"].to_string();
    assert!(notes.contains("stated as a range, taken at p50 here: requests"), "{notes}");
    assert!(!stated["options"][0]["notes"].to_string().contains("range"));
}

#[test]
fn csv_and_json_have_the_same_numbers() {
    let found = json(&["ranges", SCENARIO, "--draws", "64"]);
    let csv = millicent(&["ranges", SCENARIO, "--draws", "64", "--format", "csv"]).stdout;
    let mut rows = csv::Reader::from_reader(csv.as_slice());
    let medians: Vec<String> = rows.records().map(|row| row.unwrap()[3].to_owned()).collect();
    let options = found["options"].as_array().unwrap().iter();
    assert_eq!(medians, options.map(|option| option["monthly_usd"]["p50"].to_string()).collect::<Vec<_>>());
}
