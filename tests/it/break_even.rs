//! `break-even` as a user meets it: the published cases, what cannot carry its own volume, and that every format tells the same.

use std::collections::BTreeSet;
use std::process::{Command, Output};

use serde_json::Value;

fn break_even(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_millicent"))
        .arg("break-even")
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json(arguments: &[&str]) -> Value {
    let output = break_even(&[arguments, &["--format", "json"]].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)))
}

/// Where costs cross, not where an option reaches its limit.
fn places(json: &Value) -> Vec<f64> {
    let by_cost = json["crossings"].as_array().unwrap().iter().filter(|crossing| crossing["kind"] != "limit");
    by_cost.map(|crossing| crossing["at"].as_f64().unwrap()).collect()
}

/// The crossings of a scenario file, over requests.
fn crossings_of(scenario: &str) -> Vec<f64> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("scenario.toml");
    std::fs::write(&file, scenario).unwrap();
    places(&json(&[file.to_str().unwrap()]))
}

const T3: [&str; 8] =
    ["--duration", "1s", "--memory", "512MB", "--platform", "lambda", "--platform", "ec2,instance=t3.medium,count=1"];
const LINE_UP: [&str; 4] = ["--duration", "200ms", "--memory", "512MB"];

#[test]
fn one_t3_medium_against_lambda() {
    let json = json(&T3);
    assert_eq!(places(&json).iter().map(|at| at.round()).collect::<Vec<_>>(), [3_558_743.0]);
    assert_eq!(json["crossings"][0]["unit"], "request/month");
    assert_eq!(json["crossings"][0]["feasible"]["lambda, 512 MB x86_64"], true);
    let last = json["regions"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["winner"], &last["cheapest"]), (&json["between"][0], &json["between"][1]));
    // The instance wins from the crossing to where it falls short, which is a change like any other.
    let limit = &json["crossings"][1];
    assert_eq!((&limit["kind"], &limit["at"], &json["last"]), (&"limit".into(), &last["from"], &limit["at"]));
    assert_eq!((&limit["winner_below"], &limit["winner_above"]), (&json["between"][1], &json["between"][0]));
}

#[test]
fn the_first_sentence_names_no_option_that_cannot_carry_the_load() {
    let output = text(&break_even(&[&T3[..], &["--free-tier", "--format", "markdown"]].concat()).stdout);
    let sentence = output.lines().next().unwrap().replace('\\', "");
    let expected = "This workload: there is no break-even from 1,000 to 1,000,000,000 requests a month: lambda, 512 MB x86_64 is the \
        cheapest wherever it carries the load. By cost alone ec2, 1 × t3.medium, on demand is cheaper beyond 4,363,431 requests a \
        month, where it falls short.";
    assert_eq!(sentence, expected);
    let names = ["fargate,count=1", "ec2,instance=t4g.nano,count=1", "lambda"];
    let platforms = names.iter().flat_map(|name| ["--platform", name]);
    let three: Vec<&str> = ["--duration", "100ms", "--memory", "256MB"].into_iter().chain(platforms).collect();
    let json = json(&three);
    let (regions, crossings) = (json["regions"].as_array().unwrap(), json["crossings"].as_array().unwrap());
    assert_eq!((regions.len(), crossings.len()), (4, 3), "{json}");
    for (crossing, pair) in crossings.iter().zip(regions.windows(2)) {
        assert_eq!((&crossing["winner_below"], &crossing["winner_above"]), (&pair[0]["winner"], &pair[1]["winner"]));
    }
    assert_eq!(json["last"], regions[3]["from"]);
    let sentence = text(&break_even(&three).stdout);
    assert!(sentence.starts_with("This workload: the cheapest of 3 options that carries the load changes 3 times"), "{sentence}");
}

/// The front door decides: 17.4M a month against one small task, 55.6M against two behind a load balancer, 27.0M with an HTTP
/// API on the function's side, 11.8M with a REST API.
#[test]
fn a_crossover_means_nothing_without_its_front_door() {
    let task = |count: u32| {
        format!(
            "[[option]]\nname = \"tasks\"\nplatform = \"fargate\"\nvcpu = 0.5\nmemory = \"1GB\"\nrequests_per_instance = \"100/s\"\ncount = {count}\n"
        )
    };
    let scenario = |tasks: &str, tasks_door: &str, function_door: &str| {
        format!(
            "[workload]\nrequests = \"1M/month\"\nduration = \"100ms\"\nmemory = \"512MB\"\npayload = \"1KB\"\nresponse = \"1KB\"\n\n[[option]]\nname = \"function\"\nplatform = \"lambda\"\n{function_door}\n{tasks}{tasks_door}"
        )
    };
    let one = crossings_of(&scenario(&task(1), "", ""));
    assert_eq!(one.iter().map(|at| at.round()).collect::<Vec<_>>(), [17_438_730.0]);
    let two = crossings_of(&scenario(&task(2), "", ""));
    assert!((two[0] / 34_877_460.0 - 1.0).abs() < 1e-6, "{two:?}");
    // Two tasks and the load balancer's hours are $52.4651; a request costs a function $0.000001033335, its gateway its own
    // price, and the load balancer a capacity unit of $0.008 an hour for each 25 requests a second.
    let door = |service: &str| format!("[[option.neighbor]]\nservice = \"{service}\"\n");
    for (function_door, gateway) in
        [(String::new(), 0.0), (door("api-gateway-http"), 0.000_001), (door("api-gateway-rest"), 0.000_003_5)]
    {
        let found = crossings_of(&scenario(&task(2), &door("application-load-balancer"), &function_door));
        let expected = 52.4651 / (0.000_001_033_335 + gateway - 0.008 / 90_000.0);
        assert!((found[0] / expected - 1.0).abs() < 1e-5, "{function_door}: {found:?}, {expected}");
    }
}

#[test]
fn arm_and_savings_plans_never_lose_to_the_list_price() {
    for other in ["lambda,architecture=arm64", "lambda,purchase=compute-savings-plan-1y-no-upfront"] {
        let json = json(&["--duration", "1s", "--memory", "512MB", "--platform", "lambda", "--platform", other]);
        assert!(places(&json).is_empty(), "{other}: {json}");
        assert_eq!(json["regions"][0]["winner"], json["between"][1], "{other}");
        assert_eq!(json["first"], Value::Null);
    }
}

/// Where all of a unit's time is paid for, and all of it can be used: 60 % of 730 h at 1 s each.
#[test]
fn a_provisioned_unit_pays_from_60_percent() {
    let found = places(&json(&[
        "--duration",
        "1s",
        "--memory",
        "1024MB",
        "--to",
        "2600k/month",
        "--platform",
        "lambda",
        "--platform",
        "lambda,provisioned_concurrency=1,provisioned_requests=1576800/month",
    ]));
    // Requests beyond those served are paid on demand on both sides, so costs meet where the unit's requests begin to pay.
    assert!(found.iter().all(|at| (at / 1_576_800.0 - 1.0).abs() < 0.01), "{found:?}");
}

#[test]
fn json_follows_its_published_schema() {
    let validator = |schema: &str| jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    let check = |validator: &jsonschema::Validator, json: &Value| {
        let errors: Vec<String> =
            validator.iter_errors(json).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));
    };
    let answers = validator(millicent::report::BREAK_EVEN_SCHEMA);
    let price =
        [&LINE_UP[..], &["--requests", "5M/month", "--over", "price:ec2", "--between", "lambda, 512 MB arm64", "reserved"]]
            .concat();
    let limited = [&T3[..], &["--free-tier"]].concat();
    for arguments in [&T3[..], &limited, &LINE_UP, &["tests/cases/break-even-staircase/scenario.toml"], &price] {
        check(&answers, &json(arguments));
    }
    // A parser of JSON keeps one of two keys that are called the same, and not every parser the same one.
    let written = text(&break_even(&[&T3[..], &["--format", "json"]].concat()).stdout);
    let keys: Vec<&str> =
        written.lines().filter(|line| line.starts_with("  \"")).filter_map(|line| line.split('"').nth(1)).collect();
    let distinct: BTreeSet<&str> = keys.iter().copied().collect();
    assert_eq!(keys.len(), distinct.len(), "{keys:?}");
    assert_eq!(json(&T3)["price_regions"], serde_json::json!(["us-east-1"]));
    let rules = json(&["--provisioned"]);
    check(&validator(millicent::report::PROVISIONED_SCHEMA), &rules);
    assert!(!answers.is_valid(&rules));
}

#[test]
fn every_axis_answers_with_regions_from_end_to_end() {
    for over in ["requests", "duration", "memory", "cpu-fraction", "peak-to-mean", "utilization", "price:fargate"] {
        let json = json(&[
            "--requests",
            "20M/month",
            "--duration",
            "200ms",
            "--memory",
            "512MB",
            "--over",
            over,
            "--platform",
            "lambda",
            "--platform",
            "fargate",
            "--platform",
            "ec2",
        ]);
        let regions = json["regions"].as_array().unwrap();
        assert_eq!(regions[0]["from"], json["from"], "{over}");
        assert_eq!(regions[regions.len() - 1]["to"], json["to"], "{over}");
        assert!(regions.windows(2).all(|pair| pair[0]["to"] == pair[1]["from"]), "{over}: {regions:?}");
        assert!(regions.iter().all(|region| region["winner"].is_string()), "{over}: {regions:?}");
    }
}

#[test]
fn all_formats_show_the_same_crossings() {
    let at: Vec<String> =
        json(&LINE_UP)["crossings"].as_array().unwrap().iter().map(|crossing| crossing["at"].to_string()).collect();
    let csv = text(&break_even(&[&LINE_UP[..], &["--format", "csv"]].concat()).stdout);
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let rows = rows.records().map(Result::unwrap).filter(|row| &row[0] == "crossing").map(|row| row[1].to_owned());
    assert_eq!(rows.collect::<Vec<_>>(), at);
    let markdown = text(&break_even(&[&LINE_UP[..], &["--format", "markdown"]].concat()).stdout);
    assert_eq!(markdown.lines().filter(|line| line.contains("| root |") || line.contains("| step |")).count(), at.len());
}

#[test]
fn what_is_asked_wrongly_is_exit_2_and_nothing_that_carries_is_exit_3() {
    for (arguments, expected) in [
        (&["--over", "reqests"][..], "did you mean requests?"),
        (&["--from", "5"], "the period is missing"),
        (&["--between", "lambda", "fargate"], "names 2 of the options"),
        (&["--between", "cobol", "fargate"], "names none of the options"),
        (&["--over", "price:lamda", "--requests", "1M/month"], "no option pays for \"lamda\""),
    ] {
        let output = break_even(&[&LINE_UP[..], arguments].concat());
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(expected), "{arguments:?}: {message}");
    }
    let nothing = break_even(&[
        "--cpu",
        "10s",
        "--from",
        "10/s",
        "--platform",
        "ec2,instance=t3.nano,count=1",
        "--platform",
        "ec2,instance=t3.micro,count=1",
    ]);
    assert_eq!(nothing.status.code(), Some(3), "{}", text(&nothing.stderr));
}
