//! Parity with aws-lambda-power-tuning: whole files in, whole files out. The table of behaviors is
//! `tests/reference/power-tuning/README.md`; what is small is tested beside its formula.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use millicent::power_tuning::{
    Analysis, Charts, Currency, DEFAULT_CHART_PAGE, PayloadSource, Payloads, PowerTuningInput, PowerTuningOutput, SizeResult,
    Strategy, execution_cost, lambda_base_cost, payload_bytes, region_of_arn, step_functions_base_cost,
};
use millicent::units::MemoryMb;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn reference(name: &str) -> String {
    let path = root().join("tests/reference/power-tuning").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn input() -> PowerTuningInput {
    PowerTuningInput::read(&reference("input.json")).unwrap()
}

#[derive(serde::Deserialize)]
struct Call {
    memory_mb: u32,
    total_ms: f64,
    billed_ms: f64,
}

/// The results of `calls.csv`, in the order of the input.
fn results(input: &PowerTuningInput) -> Vec<SizeResult> {
    let mut calls: BTreeMap<MemoryMb, (Vec<f64>, Vec<f64>)> = BTreeMap::new();
    for row in csv::Reader::from_reader(reference("calls.csv").as_bytes()).deserialize::<Call>() {
        let row = row.unwrap();
        let (total_ms, billed_ms) = calls.entry(MemoryMb::new(row.memory_mb)).or_default();
        total_ms.push(row.total_ms);
        billed_ms.push(row.billed_ms);
    }
    let base_cost = lambda_base_cost(region_of_arn(&input.lambda_arn).unwrap(), "x86_64").unwrap();
    let result = |size: &MemoryMb| {
        let (total_ms, billed_ms) = &calls[size];
        SizeResult::of_calls(*size, base_cost, total_ms, billed_ms, input.discard_top_bottom)
    };
    input.power_values.iter().map(result).collect()
}

#[test]
fn an_execution_input_is_read_unchanged() {
    let input = input();
    assert_eq!((input.num, input.power_values.len(), input.auto_optimize_alias.as_deref()), (10, 6, Some("live")));
    let PayloadSource::Inline(payloads) = &input.payload else { panic!("{:?}", input.payload) };
    assert_eq!(payloads.block_counts(input.num), Ok(vec![1, 3, 6]));
    let Payloads::Weighted(payloads) = payloads else { panic!("{payloads:?}") };
    let sent: Vec<_> = payloads.iter().map(|weighted| String::from_utf8(payload_bytes(&weighted.payload)).unwrap()).collect();
    assert_eq!(sent, [r#"{"order":1}"#, r#""text""#, "[1,2]"]);
    assert_eq!(input.warnings, Vec::<String>::new());
}

#[test]
fn calls_become_the_output_of_the_tool_byte_for_byte() {
    let input = input();
    let results = results(&input);
    for (strategy, file, winner) in [
        (Strategy::Cost, "output-cost.json", 256),
        (Strategy::Speed, "output-speed.json", 3008),
        (Strategy::Balanced { weight: 0.5 }, "output-balanced.json", 1024),
        (Strategy::Balanced { weight: 0.3 }, "output-balanced-0.3.json", 1536),
    ] {
        let analysis = Analysis {
            results: &results,
            strategy,
            execution_cost: execution_cost(step_functions_base_cost("us-east-1"), 6, None),
            chart_page: DEFAULT_CHART_PAGE,
            currency: Currency::of_region("us-east-1"),
            include_output_results: input.include_output_results,
        };
        let output = analysis.output().unwrap();
        assert_eq!(output.power.get(), winner, "{file}");
        assert_eq!(output.to_json(), reference(file).trim_end(), "{file}");
        assert_eq!(PowerTuningOutput::read(&reference(file)), Ok(output), "{file}");
    }
}

#[test]
fn the_link_of_an_output_has_its_rows() {
    let output = PowerTuningOutput::read(&reference("output-cost.json")).unwrap();
    let link = millicent::power_tuning::ChartLink::read(&output.state_machine.visualization).unwrap();
    let Charts::One(drawn) = link.charts else { panic!("{:?}", link.charts) };
    let mut listed = output.stats.unwrap();
    listed.sort_by_key(|size| size.memory);
    assert_eq!(drawn.len(), listed.len());
    for (drawn, listed) in drawn.iter().zip(&listed) {
        assert_eq!(drawn.memory, listed.memory);
        // 24 binary digits survive: half a unit of the last one is 2⁻²⁴ = 6 · 10⁻⁸.
        assert!((drawn.average_duration_ms / listed.average_duration_ms - 1.0).abs() < 6e-8, "{drawn:?} {listed:?}");
        assert!((drawn.average_cost / listed.average_cost - 1.0).abs() < 6e-8, "{drawn:?} {listed:?}");
    }
}

/// The text of every source file and test.
fn all_code(folder: &Path, code: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all_code(&path, code);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            code.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_test_named_in_the_table_of_behaviors_exists() {
    let mut code = String::new();
    all_code(&root().join("src"), &mut code);
    all_code(&root().join("tests/it"), &mut code);
    let table = reference("README.md");
    // Names of tests are sentences: nothing else between backticks has three underscores.
    let named: Vec<&str> = table.split('`').filter(|text| text.matches('_').count() >= 3 && !text.contains(' ')).collect();
    assert!(named.len() > 50, "{named:?}");
    let missing: Vec<&&str> = named.iter().filter(|name| !code.contains(&format!("fn {name}("))).collect();
    // Every row says where it is tested, or why there is nothing to test.
    for row in table.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| **")) {
        let last = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        assert!(!last.trim().is_empty() && !row.contains("TODO"), "{row}");
    }
    assert!(missing.is_empty(), "tests/reference/power-tuning/README.md names tests that do not exist: {missing:?}");
}
