//! `compare` as a user meets it: what carries the load, what is left out and why, and that every format tells the same.

use std::process::{Command, Output};

use serde_json::Value;

fn compare(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_millicent"))
        .arg("compare")
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json(arguments: &[&str]) -> (Value, Option<i32>) {
    let output = compare(&[arguments, &["--format", "json"]].concat());
    let json = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
    (json, output.status.code())
}

fn option<'j>(json: &'j Value, name: &str) -> &'j Value {
    let mut options = json["options"].as_array().unwrap().iter();
    options.find(|option| option["name"].as_str().unwrap().contains(name)).unwrap_or_else(|| panic!("no option {name}"))
}

const MILLION: [&str; 6] = ["--requests", "1M/month", "--duration", "1s", "--memory", "512MB"];

/// 1,000,000 × 0.5 GB-s × 0.0000166667 + 0.20, and 730 × 0.0416.
#[test]
fn a_million_seconds_on_lambda_and_on_a_t3_medium() {
    let (json, code) = json(&[&MILLION[..], &["--platform", "lambda", "--platform", "ec2,instance=t3.medium"]].concat());
    assert_eq!(code, Some(0));
    assert_eq!(option(&json, "lambda")["monthly_usd"].to_string(), "8.53335");
    assert_eq!(option(&json, "t3.medium")["monthly_usd"].to_string(), "30.368");
    assert_eq!(json["cheapest"], option(&json, "lambda")["name"]);
    assert_eq!(option(&json, "t3.medium")["cost_per_million_usd"].to_string(), "30.368");
}

/// 0.4 vCPU × 2,628,000 s of one second each; one more request a month is beyond what the credits pay for.
#[test]
fn a_t3_medium_carries_1_051_200_vcpu_seconds_on_its_credits() {
    let fleet = |requests: &str, credits: &str| {
        let platform = format!("ec2,instance=t3.medium,count=1,credits={credits}");
        json(&["--requests", requests, "--cpu", "1s", "--platform", &platform]).0
    };
    for credits in ["standard", "unlimited"] {
        let at = fleet("1051200/month", credits);
        assert_eq!(option(&at, "t3")["feasible"], true, "{credits}");
        assert_eq!(option(&at, "t3")["monthly_usd"].to_string(), "30.368", "{credits}");
    }
    let beyond = fleet("1051201/month", "standard");
    assert_eq!(option(&beyond, "t3")["verdict"], "falls short");
    assert!(option(&beyond, "t3")["reasons"][0].as_str().unwrap().contains("0.4000004 vCPUs of work"));
    assert!(option(&beyond, "t3")["reasons"][0].as_str().unwrap().contains("1 instance sustains 0.4 without surplus credits"));
    // 3,600 vCPU-seconds more are one vCPU-hour of surplus: 0.05.
    let charged = fleet("1054800/month", "unlimited");
    assert_eq!(option(&charged, "t3")["feasible"], true);
    assert_eq!(option(&charged, "t3")["capacity"]["surplus_vcpu_hours"].to_string(), "1");
    assert_eq!(option(&charged, "t3")["monthly_usd"].to_string(), "30.418");
}

#[test]
fn capacity_is_told_in_words_that_fit_the_number_and_the_way_of_paying() {
    let told = |platform: &str| {
        let output = compare(&["--requests", "1/s", "--cpu", "20ms", "--memory", "512MB", "--explain", "--platform", platform]);
        text(&output.stdout)
    };
    let task = told("fargate,vcpu=1,memory=2GB");
    assert!(task.contains("1 task × 730 h") && !task.contains("1 tasks"), "{task}");
    assert!(task.contains("2% busy at peak and 2% on average"), "{task}");
    // The peak is a part of what all instances carry, the mean of what the billed time does: no sentence holds both.
    let billed_while_busy = told("azure-functions,plan=flex");
    assert!(billed_while_busy.contains("% busy while paid for"), "{billed_while_busy}");
    assert!(!billed_while_busy.contains("on average"), "{billed_while_busy}");
    let limited = compare(&["--requests", "1M/s", "--cpu", "1s", "--memory", "512MB", "--platform", "container-apps"]);
    assert!(text(&limited.stdout).contains("a limit of the platform"), "{}", text(&limited.stdout));
}

#[test]
fn what_cannot_carry_the_load_is_never_the_cheapest_and_nothing_left_is_exit_3() {
    let short = ["--requests", "100/s", "--cpu", "100ms", "--platform", "ec2,instance=t3.nano,count=1"];
    let (only, code) = json(&short);
    assert_eq!((only["cheapest"].clone(), code), (Value::Null, Some(3)));
    assert!(
        only["options"][0]["reasons"][0].as_str().unwrap().contains("1 instance carries 20 a second"),
        "{}",
        only["options"][0]
    );
    let (both, code) = json(&[&short[..], &["--platform", "fargate,vcpu=1"]].concat());
    assert_eq!(code, Some(0));
    assert!(both["cheapest"].as_str().unwrap().starts_with("fargate"));
    assert_eq!(both["options"][1]["verdict"], "falls short");
}

#[test]
fn a_missing_price_leaves_one_option_out_and_strict_says_so() {
    let arguments =
        [&MILLION[..], &["--region", "us-gov-west-1", "--platform", "lambda", "--platform", "fargate,purchase=spot"]].concat();
    let (json, code) = json(&arguments);
    assert_eq!((code, &json["options"][1]["verdict"]), (Some(0), &Value::from("not priced")));
    let reason = json["options"][1]["reasons"][0].as_str().unwrap();
    assert!(
        reason.contains("fargate.vcpu.spot.x86_64 in us-gov-west-1")
            || reason.contains("fargate.memory.spot.x86_64 in us-gov-west-1"),
        "{reason}"
    );
    assert_eq!(compare(&[&arguments[..], &["--strict"]].concat()).status.code(), Some(4));
}

#[test]
fn a_budget_that_is_exceeded_is_exit_3() {
    let with = |budget: &str| json(&[&MILLION[..], &["--platform", "lambda", "--budget", budget]].concat());
    assert_eq!(with("8.53/month").1, Some(0));
    assert_eq!(with("$8.52/month").1, Some(3));
    let (json, code) = with("102/year");
    assert_eq!((json["budget_usd"].to_string(), code), ("8.5".to_owned(), Some(3)));
}

#[test]
fn json_follows_its_published_schema() {
    let schema: Value = serde_json::from_str(millicent::report::COMPARE_SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for arguments in [
        &MILLION[..],
        &["--requests", "100/s", "--cpu", "100ms", "--platform", "ec2,count=1,instance=t3.nano", "--explain"],
        &["tests/cases/several-functions/scenario.toml"],
        &["examples/order-pipeline.toml", "--free-tier", "--explain", "--budget", "5/month"],
        &["examples/ecommerce.toml"],
    ] {
        let (json, _) = json(arguments);
        let errors: Vec<String> =
            validator.iter_errors(&json).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{arguments:?}: {}", errors.join("\n"));
    }
    assert!(!validator.is_valid(&serde_json::json!({"schema": "millicent/compare/1", "options": []})));
}

#[test]
fn all_formats_show_the_same_options_in_the_same_order() {
    let (json, _) = json(&MILLION);
    let names: Vec<&str> = json["options"].as_array().unwrap().iter().map(|option| option["name"].as_str().unwrap()).collect();
    let csv = text(&compare(&[&MILLION[..], &["--format", "csv"]].concat()).stdout);
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    assert_eq!(rows.iter().map(|row| row[0].to_owned()).collect::<Vec<_>>(), names);
    let markdown = text(&compare(&[&MILLION[..], &["--format", "markdown"]].concat()).stdout);
    let places: Vec<usize> =
        names.iter().map(|name| markdown.find(&format!("| {} |", name.replace('_', "\\_"))).unwrap()).collect();
    assert!(places.is_sorted(), "{markdown}");
    for (row, option) in rows.iter().zip(json["options"].as_array().unwrap()) {
        assert_eq!(row[3], option["monthly_usd"].to_string());
    }
}

#[test]
fn settings_of_one_platform_win_over_flags_for_all() {
    let (json, _) = json(
        &[&MILLION[..], &["--architecture", "arm64", "--platform", "lambda", "--platform", "lambda,architecture=x86_64"]]
            .concat(),
    );
    assert_eq!(option(&json, "arm64")["monthly_usd"].to_string(), "6.8667");
    assert_eq!(option(&json, "x86_64")["monthly_usd"].to_string(), "8.53335");
}

#[test]
fn bad_input_names_the_nearest_that_would_do() {
    for (arguments, expected) in [
        (&["--platform", "ec2,instance=t3.medum"][..], "near names: t3.medium"),
        (
            &["--platform", "fargate,vcpu=1,memory=1GB"],
            "1 vCPU with 1 GB cannot be run (nearest: 0.5 vCPU with 1 GB; 1 vCPU with 2 GB",
        ),
        (&["--platform", "ec2,count=0"], "`count` is \"0\" (write auto, or a whole number from 1)"),
        (&["--platform", "ec2,requests_per_instance=0/s"], "`requests_per_instance` is zero"),
        (&["--platform", "fargate,region=us-central1"], "is a region of Google Cloud, not of AWS"),
        (&["--platform", "ec2,instance"], "\"instance\" is not KEY=VALUE"),
        (&["--platform", "ec2,instanse=t3.medium"], "unknown key `instanse`"),
        (&["--p99", "0ms"], "`p99` is zero"),
        (&["--budget", "cheap"], "\"cheap\" is not a budget"),
        (&["--budget", "500"], "the period is missing"),
        (&["--gpu", "l4"], "`gpu` needs `gpu_time`"),
    ] {
        let output = compare(&[&MILLION[..], arguments].concat());
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(expected), "{arguments:?}: {message}");
    }
}

/// Ten messages at once are a tenth of the requests and the same work, whatever the platform; a container fetches them itself.
#[test]
fn batches_make_fewer_invocations_of_the_same_work() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("queue.toml");
    let scenario = |batch: u32| {
        format!(
            "[workload]\nrequests = \"10M/month\"\nduration = \"100ms\"\nmemory = \"1GB\"\npayload = \"2KB\"\n[[neighbor]]\nservice = \"sqs\"\nbatch_size = {batch}\n[[option]]\nplatform = \"lambda\"\n[[option]]\nplatform = \"fargate\"\nvcpu = 1\n"
        )
    };
    let compared = |batch: u32| {
        std::fs::write(&file, scenario(batch)).unwrap();
        json(&[file.to_str().unwrap()]).0
    };
    let quantity = |json: &Value, name: &str, meter: &str| {
        let lines = option(json, name)["lines"].as_array().unwrap().iter();
        lines.filter(|line| line["meter"] == meter).map(|line| line["quantity"].to_string()).collect::<Vec<_>>().join("+")
    };
    let (one, ten) = (compared(1), compared(10));
    assert_eq!(quantity(&one, "lambda", "lambda.requests.x86_64"), "10000000");
    assert_eq!(quantity(&ten, "lambda", "lambda.requests.x86_64"), "1000000");
    assert_eq!(quantity(&ten, "lambda", "lambda.duration.x86_64"), quantity(&one, "lambda", "lambda.duration.x86_64"));
    assert_eq!(option(&ten, "fargate")["capacity"]["instances"], option(&one, "fargate")["capacity"]["instances"]);
    // A batch of 100 KB events is one event of 10 MB, too large for an invocation.
    let large = scenario(100).replace("2KB", "100KB");
    std::fs::write(&file, large).unwrap();
    assert_eq!(option(&json(&[file.to_str().unwrap()]).0, "lambda")["verdict"], "refused");
}
