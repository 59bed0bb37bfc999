//! `millicent tune` without a cloud: exports that agree with each other, recordings that replay, bytes that repeat.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const SIMULATIONS: [&str; 8] = ["cpu", "io", "mixed", "threads", "steep", "short", "oom", "timeout"];

fn tune(arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_millicent"))
        .arg("tune")
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.code().is_some_and(|code| code == 0 || code == 3), "{arguments:?}: {}", text(&output.stderr));
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_slice(&tune(&[&["--format", "json"], arguments].concat()).stdout).unwrap()
}

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

#[test]
fn the_json_of_a_run_follows_its_published_schema() {
    let schema: Value = serde_json::from_str(millicent::report::TUNE_SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let own: Vec<String> = SIMULATIONS.iter().map(|name| format!("sim:{name}")).collect();
    let mut cases: Vec<Vec<&str>> = own.iter().map(|name| vec![name.as_str(), "--requests", "3M/month"]).collect();
    cases.push(vec!["sim:oom", "--sizes", "128,256"]);
    cases.push(vec!["sim:cpu", "--only-cold-starts"]);
    cases.push(vec!["sim:cpu", "--sizes", "512"]);
    cases.push(vec!["sim:mixed", "--p95", "10ms"]);
    cases.push(vec!["sim:cpu", "--max-invocations", "15"]);
    cases.push(vec!["sim:io", "--strategy", "balanced", "--cold-fraction", "2%"]);
    for arguments in cases {
        let json = json(&arguments);
        let errors: Vec<String> =
            validator.iter_errors(&json).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{arguments:?}: {}", errors.join("\n"));
    }
    assert!(!validator.is_valid(&serde_json::json!({"schema": "millicent/tune/1", "sizes": []})));
}

#[test]
fn the_export_of_a_run_is_a_work_profile() {
    let folder = tempfile::tempdir().unwrap();
    for name in SIMULATIONS {
        let file = path(folder.path(), &format!("{name}.json"));
        tune(&[&format!("sim:{name}"), "--export-json", &file, "--requests", "1M/month"]);
        let profile: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_millicent"))
            .args(["estimate", "--requests", "1M/month", "--format", "json", "--profile", &file, "--cold-start-share", "0"])
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{name}: {}", text(&output.stderr));
        let estimate: Value = serde_json::from_slice(&output.stdout).unwrap();
        // The estimate bills each measured call rounded up, the run its mean of warm calls as billed: the same money.
        let number = |value: &Value| value.to_string().parse::<f64>().unwrap();
        let ours = number(&profile["recommendation"]["monthly_usd"]);
        let theirs = number(&estimate["options"][0]["monthly_usd"]);
        assert!((theirs / ours - 1.0).abs() < 0.002, "{name}: {ours} {theirs}");
    }
}

#[test]
fn all_formats_of_a_run_show_the_same_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let (csv, markdown) = (path(folder.path(), "a.csv"), path(folder.path(), "a.md"));
    let output = tune(&["sim:mixed", "--export-csv", &csv, "--export-markdown", &markdown]);
    let (table, markdown) = (text(&output.stdout), fs::read_to_string(&markdown).unwrap());
    let json = json(&["sim:mixed"]);
    let classic: Value = serde_json::from_slice(&tune(&["sim:mixed", "--format", "power-tuning"]).stdout).unwrap();
    let mut rows = csv::Reader::from_path(&csv).unwrap();
    let header = rows.headers().unwrap().clone();
    let mut seen = 0;
    for ((row, size), other) in rows.records().zip(json["sizes"].as_array().unwrap()).zip(classic["stats"].as_array().unwrap()) {
        let row = row.unwrap();
        for (column, value) in header.iter().zip(&row) {
            let Some(expected) = size.get(column).and_then(Value::as_f64) else { continue };
            assert!((value.parse::<f64>().unwrap() - expected).abs() <= 1e-12 * expected, "{column}: {value} {expected}");
            seen += 1;
        }
        assert_eq!(size["memory_mb"].as_f64(), other["value"].as_f64());
        assert_eq!(size["mean_ms"].as_f64(), other["averageDuration"].as_f64());
        let cost = format!("{:.2}", size["cost_per_million_usd"].as_f64().unwrap());
        assert!(table.contains(&cost) && markdown.contains(&cost), "{cost}\n{table}");
    }
    assert!(seen >= 4 * 9, "{seen}");
    assert_eq!(json["recommendation"]["memory_mb"], classic["power"]);
}

#[test]
fn a_replayed_run_comes_to_the_same_result() {
    let folder = tempfile::tempdir().unwrap();
    let weighted = r#"[{"payload": 1, "weight": 9}, {"payload": 2, "weight": 1}]"#;
    for (name, flags) in [
        ("cpu", &[][..]),
        ("mixed", &["--strategy", "speed"]),
        ("steep", &["--calls", "15"]),
        ("oom", &["--cold-fraction", "2%"]),
        ("cpu", &["--only-cold-starts"]),
        ("io", &["--weighted-payloads", weighted]),
        ("threads", &["--workers", "2", "--sizes", "512,1769,7076"]),
    ] {
        let samples = path(folder.path(), "samples.csv");
        let simulated = format!("sim:{name}");
        let first = json(&[&[simulated.as_str(), "--export-samples", &samples], flags].concat());
        // The classes and their weights are in the recording.
        let flags: Vec<&str> = flags.iter().copied().filter(|flag| !flag.contains("weight")).collect();
        let second = json(&[&[format!("replay:{samples}").as_str()], &flags[..]].concat());
        // A run that chooses for itself can choose among the recorded sizes only: its looks and its bound are other ones.
        let adaptive = !first["enough"].is_null();
        let chosen = |run: &serde_json::Value| match &run["recommendation"] {
            recommendation if adaptive => recommendation["memory_mb"].clone(),
            recommendation => recommendation.clone(),
        };
        assert_eq!(chosen(&first), chosen(&second), "{name} {flags:?}");
        assert!(adaptive || first["sizes"] == second["sizes"], "{name} {flags:?}: {} {}", first["sizes"], second["sizes"]);
        assert!(adaptive || first["current"] == second["current"], "{name} {flags:?}");
    }
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    for format in ["table", "json", "csv", "markdown", "power-tuning"] {
        let run = || tune(&["sim:steep", "--format", format]);
        let (one, other) = (run(), run());
        assert_eq!((text(&one.stdout), text(&one.stderr)), (text(&other.stdout), text(&other.stderr)), "{format}");
    }
    assert_ne!(tune(&["sim:steep"]).stdout, tune(&["sim:steep", "--seed", "1"]).stdout);
}

#[cfg(feature = "charts")]
#[test]
fn a_chart_is_drawn_beside_the_result() {
    let folder = tempfile::tempdir().unwrap();
    for (name, begins) in [("a.svg", &b"<svg"[..]), ("a.png", b"\x89PNG")] {
        let file = path(folder.path(), name);
        tune(&["sim:oom", "--chart", &file]);
        assert!(fs::read(&file).unwrap().starts_with(begins), "{name}");
    }
}

/// The failure is said on standard error, and a script sees it: power-tuning ends with SUCCEEDED and `{}`.
#[test]
fn a_run_without_an_answer_does_not_end_as_a_success() {
    for arguments in [
        &["sim:oom", "--sizes", "128,256"][..],
        &["sim:mixed", "--p95", "1ms"],
        &["sim:cpu", "--sizes", "512,1024", "--max-invocations", "5"],
    ] {
        assert_eq!(tune(arguments).status.code(), Some(3), "{arguments:?}");
    }
}
