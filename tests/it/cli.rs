//! The command as a user meets it. Golden cases live in `tests/cases`, one folder each:
//!
//! - `command`: the arguments, one a line, run from the root of the repository (`{case}` stands for the folder);
//! - `stdout`, `stderr`: what is printed; `exit`: the exit code when it is not 0.
//!
//! `MILLICENT_UPDATE=1 cargo test` rewrites the expectations; read the diff before committing it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn millicent(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_millicent")).args(arguments).current_dir(root()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn read_or_empty(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn write_or_remove(path: &Path, content: &str) {
    if content.is_empty() {
        let _ = fs::remove_file(path);
    } else {
        fs::write(path, content).unwrap();
    }
}

#[test]
fn golden_cases_print_what_they_printed() {
    let update = std::env::var_os("MILLICENT_UPDATE").is_some();
    let mut folders: Vec<PathBuf> =
        fs::read_dir(root().join("tests/cases")).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let mut different = Vec::new();
    for folder in &folders {
        let case = format!("tests/cases/{}", folder.file_name().unwrap().to_string_lossy());
        let command = fs::read_to_string(folder.join("command")).unwrap_or_else(|_| panic!("{case} has no file `command`"));
        let arguments: Vec<String> = command.lines().map(|argument| argument.replace("{case}", &case)).collect();
        let output = millicent(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        let code = output.status.code().unwrap();
        let exit = if code == 0 { String::new() } else { format!("{code}\n") };
        for (name, actual) in [("stdout", text(&output.stdout)), ("stderr", text(&output.stderr)), ("exit", exit)] {
            if update {
                write_or_remove(&folder.join(name), &actual);
            } else if read_or_empty(&folder.join(name)) != actual {
                different.push(format!("{case}/{name} is now:\n{actual}"));
            }
        }
    }
    assert!(folders.len() >= 20, "only {} cases", folders.len());
    assert!(different.is_empty(), "{}\n(MILLICENT_UPDATE=1 rewrites)", different.join("\n"));
}

fn estimate_json(arguments: &[&str]) -> Value {
    let output = millicent(&[&["estimate", "--format", "json"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

const QUICK: [&str; 8] = ["--platform", "lambda", "--requests", "1M/month", "--duration", "1s", "--memory", "512MB"];

/// The figure that the first promise of the README rests on, and its variants; amounts are exact, so they are compared as text.
#[test]
fn one_million_seconds_at_512_mb_cost_8_53335() {
    for (more, expected) in [
        (&[][..], "8.53335"),
        (&["--free-tier"], "1.66667"),
        (&["--architecture", "arm64"], "6.8667"),
        (&["--prices", "documents"], "8.53335"),
        (&["--region", "eu-west-1"], "8.53335"),
        (&["--region", "af-south-1"], "11.32"), // 500,000 × 0.0000221 + 0.27
    ] {
        let json = estimate_json(&[&QUICK[..], more].concat());
        assert_eq!(json["options"][0]["monthly_usd"].to_string(), expected, "{more:?}");
    }
}

#[test]
fn a_region_that_does_not_exist_is_wrong_usage_with_near_names() {
    let output = millicent(&[&["estimate"], &QUICK[..], &["--region", "mars-1"]].concat());
    assert_eq!(output.status.code(), Some(2));
    let message = text(&output.stderr);
    assert!(message.contains("unknown region \"mars-1\" (near names: "), "{message}");
    assert!(output.stdout.is_empty());
}

#[test]
fn json_output_follows_its_published_schema() {
    let schema: Value = serde_json::from_str(millicent::report::ESTIMATE_SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for arguments in [
        &["examples/order-pipeline.toml"][..],
        &["examples/order-pipeline.toml", "--explain", "--free-tier"],
        &["tests/cases/several-functions/scenario.toml"],
        &["tests/cases/everything-lambda/scenario.toml", "--explain"],
        &["tests/cases/profile-predicted-size/scenario.toml", "--explain"],
    ] {
        let json = estimate_json(arguments);
        let errors: Vec<String> =
            validator.iter_errors(&json).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{arguments:?}: {}", errors.join("\n"));
    }
    // A validator that accepts anything would pass the above.
    assert!(!validator.is_valid(&serde_json::json!({"schema": "millicent/estimate/1", "options": []})));
}

#[test]
fn all_formats_show_the_same_numbers() {
    let json = estimate_json(&["tests/cases/several-functions/scenario.toml"]);
    let csv = text(&millicent(&["estimate", "--format", "csv", "tests/cases/several-functions/scenario.toml"]).stdout);
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let costs: Vec<String> = rows.records().map(|row| row.unwrap()[8].to_owned()).collect();
    let lines = json["options"].as_array().unwrap().iter().flat_map(|option| option["lines"].as_array().unwrap());
    assert_eq!(costs, lines.map(|line| line["cost_usd"].to_string()).collect::<Vec<_>>());
    let table = text(&millicent(&["estimate", "tests/cases/several-functions/scenario.toml"]).stdout);
    let markdown = text(&millicent(&["estimate", "--format", "markdown", "tests/cases/several-functions/scenario.toml"]).stdout);
    for option in json["options"].as_array().unwrap() {
        let total = format!("{:.2}", option["invoice_usd"].to_string().parse::<f64>().unwrap());
        assert!(table.replace(',', "").contains(&total) && markdown.replace(',', "").contains(&total), "{total}");
    }
}

#[test]
fn a_file_is_written_whole_and_nothing_else_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("estimate.json");
    let output = millicent(&["estimate", "examples/order-pipeline.toml", "--format", "json", "--output", file.to_str().unwrap()]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(0), 0));
    let written: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(written, estimate_json(&["examples/order-pipeline.toml"]));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    let unwritable = millicent(&["estimate", "examples/order-pipeline.toml", "--output", "/no/such/folder/x"]);
    assert_eq!(unwritable.status.code(), Some(1));
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let run = || millicent(&["estimate", "tests/cases/everything-lambda/scenario.toml", "--explain"]).stdout;
    assert_eq!(run(), run());
}

#[test]
fn standard_input_is_a_scenario_too() {
    use std::io::Write as _;
    use std::process::Stdio;
    let mut child = Command::new(env!("CARGO_BIN_EXE_millicent"))
        .args(["estimate", "-", "--format", "csv"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let scenario = b"[workload]\nrequests = \"1M/month\"\nduration = \"1s\"\nmemory = \"512MB\"\n";
    child.stdin.take().unwrap().write_all(scenario).unwrap();
    assert!(text(&child.wait_with_output().unwrap().stdout).contains("8.33335"));
}

/// The README shows the tables whole and, of the explanation, the first line of the bill that has tiers.
#[test]
fn the_readme_shows_what_the_command_prints() {
    let path = root().join("README.md");
    let readme = fs::read_to_string(&path).unwrap();
    let table = text(&millicent(&["estimate", "examples/order-pipeline.toml"]).stdout);
    let explained = text(&millicent(&["estimate", "examples/order-pipeline.toml", "--explain"]).stdout);
    let tuned = text(&millicent(&["tune", "sim:cpu"]).stdout);
    let compared = text(&millicent(&["compare", "examples/ecommerce.toml"]).stdout);
    let from_duration = &explained[explained.find("  duration, x86_64").unwrap()..];
    let total = from_duration.find("  total $").unwrap();
    let explanation = &from_duration[..total + from_duration[total..].find('\n').unwrap()];

    let mut current = readme.clone();
    let replayed = text(&millicent(&["simulate", "examples/api-day.toml", "--mixed", "Fargate,Lambda"]).stdout);
    for printed in [table.trim_end(), explanation, tuned.trim_end(), compared.trim_end(), replayed.trim_end()] {
        let shown = current.split("```text\n").skip(1).map(|block| block.split("\n```").next().unwrap().to_owned());
        let same_start =
            shown.into_iter().find(|block| block.lines().next().unwrap()[..12] == printed.lines().next().unwrap()[..12]);
        current = current.replace(&same_start.unwrap(), printed);
    }
    if std::env::var_os("MILLICENT_UPDATE").is_some() {
        fs::write(&path, current).unwrap();
    } else {
        assert_eq!(readme, current, "MILLICENT_UPDATE=1 rewrites");
    }
}

/// The picture of a replay in the README is what the command draws today.
#[cfg(feature = "charts")]
#[test]
fn the_readme_shows_what_a_replay_draws() {
    let folder = tempfile::tempdir().unwrap();
    let drawn = folder.path().join("day.svg");
    let drawn_at = drawn.to_str().unwrap();
    millicent(&["simulate", "examples/api-day.toml", "--mixed", "Fargate,Lambda", "--chart", drawn_at]);
    let kept = root().join("reports/replay/day.svg");
    if std::env::var_os("MILLICENT_UPDATE").is_some() {
        fs::copy(&drawn, &kept).unwrap();
    } else {
        assert!(fs::read(&drawn).unwrap() == fs::read(&kept).unwrap(), "MILLICENT_UPDATE=1 rewrites");
    }
}

#[test]
fn the_scenario_in_the_readme_works() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let scenario = readme.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let estimate = crate::support::estimate(scenario).unwrap();
    assert_eq!(estimate.options[0].workloads.len(), 2);
}
