//! Every limit, just inside and just outside: what the platform takes, and in which words it refuses.

use crate::support::estimate;

/// Estimates one function; `changes` are keys of `[workload]` (before the bar) and of the option (after it).
fn outcome(platform: &str, changes: &str) -> Result<(), String> {
    let (workload, option) = changes.split_once('|').unwrap_or(("", changes));
    let mut keys = vec![("requests", "\"1M/month\""), ("duration", "\"1s\""), ("memory", "\"1GB\"")];
    for change in workload.split(';').filter(|change| !change.trim().is_empty()) {
        let (key, value) = change.split_once('=').unwrap();
        keys.retain(|(known, _)| *known != key.trim());
        keys.push((key.trim(), value.trim()));
    }
    let workload: String = keys.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
    let scenario = format!("[workload]\n{workload}[[option]]\nplatform = \"{platform}\"\n{}", option.replace(';', "\n"));
    estimate(&scenario).map(|_| ()).map_err(|error| error.to_string())
}

/// (platform, just inside, just outside, words of the refusal)
const LIMITS: &[(&str, &str, &str, &str)] = &[
    ("lambda", "memory = \"128MB\"", "memory = \"127MB\"", "memory 127 MB (128 MB to 10 GB)"),
    ("lambda", "memory = \"10240MB\"", "memory = \"10241MB\"", "(128 MB to 10 GB)"),
    ("lambda", "memory = \"129MB\"", "memory = \"128.5MB\"", "(whole megabytes)"),
    ("lambda", "ephemeral_storage = \"512MB\"", "ephemeral_storage = \"511MB\"", "(512 MB to 10 GB)"),
    ("lambda", "ephemeral_storage = \"10GB\"", "ephemeral_storage = \"10241MB\"", "(512 MB to 10 GB)"),
    ("lambda", "duration = \"900s\"|", "duration = \"900001ms\"|", "15 min at most for one invocation"),
    ("lambda", "init_duration = \"15min\"", "init_duration = \"901s\"", "an init phase of 901 s (15 min at most)"),
    ("lambda", "payload = \"6MB\"|", "payload = \"6145KB\"|", "6 MB at most for a synchronous invocation"),
    ("lambda", "invocation=\"asynchronous\";payload=\"1MB\"|", "invocation=\"asynchronous\";payload=\"1025KB\"|", "1 MB at most"),
    ("lambda", "response = \"6MB\"|", "response = \"6145KB\"|", "6 MB at most; `response_streaming = true` allows 200 MB"),
    (
        "lambda",
        "response=\"200MB\"|response_streaming=true",
        "response=\"201MB\"|response_streaming=true",
        "200 MB at most when streamed",
    ),
    ("lambda", "snap_start=true", "snap_start=true;provisioned_concurrency=1", "SnapStart with provisioned concurrency"),
    ("lambda", "snap_start=true;file_system=\"none\"", "snap_start=true;file_system=\"efs\"", "SnapStart excludes EFS"),
    (
        "lambda",
        "snap_start=true;ephemeral_storage=\"512MB\"",
        "snap_start=true;ephemeral_storage=\"513MB\"",
        "512 MB at most with SnapStart",
    ),
    ("lambda", "snap_start=true;runtime=\"python3.12\"", "snap_start=true;runtime=\"python3.11\"", "runtime python3.11"),
    (
        "lambda",
        "snap_start=true;runtime=\"java11\"",
        "snap_start=true;runtime=\"java8.al2\"",
        "Java 11, Python 3.12, .NET 8 and later",
    ),
    ("lambda", "snap_start=true;runtime=\"dotnet8\"", "snap_start=true;runtime=\"nodejs24.x\"", "runtime nodejs24.x"),
    ("lambda", "snap_start=true;snap_start_time=\"730h\"", "snap_start=true;snap_start_time=\"731h\"", "the month has 730 h"),
    (
        "lambda",
        "provisioned_concurrency=1;provisioned_time=\"73h\";provisioned_windows=10",
        "provisioned_concurrency=1;provisioned_time=\"74h\";provisioned_windows=10",
        "the month has 730 h",
    ),
    (
        "lambda",
        "provisioned_concurrency=1;provisioned_requests=\"1M/month\"",
        "provisioned_concurrency=1;provisioned_requests=\"1000001/month\"",
        "no more than all requests",
    ),
    (
        "lambda",
        "provisioned_concurrency=1;provisioned_time=\"100h\";provisioned_requests=\"360000/month\"",
        "provisioned_concurrency=1;provisioned_time=\"100h\";provisioned_requests=\"360001/month\"",
        "more than the units have time for",
    ),
    (
        "lambda",
        "provisioned_concurrency=1;provisioned_duration=\"15min\"",
        "provisioned_concurrency=1;provisioned_duration=\"901s\"",
        "a provisioned duration of 901 s",
    ),
    ("lambda", "provisioned_concurrency=1000000", "provisioned_concurrency=1000001", "whole number from 0 to 1,000,000"),
    (
        "lambda",
        "provisioned_concurrency=1;provisioned_time=\"5min\"",
        "provisioned_concurrency=1;provisioned_time=\"0s\"",
        "leave it out for the whole month",
    ),
    ("lambda", "event_source=\"sqs\";event_poller_units=2", "event_source=\"sqs\";event_poller_units=1", "2 at least"),
    ("lambda", "durable_operations=3000", "durable_operations=3001", "3,000 at most for one execution"),
    ("lambda", "durable_operations=1", "durable_operations=0.5", "at least 1: the start"),
    (
        "lambda",
        "durable_operations=1;durable_written=\"100MB\"",
        "durable_operations=1;durable_written=\"101MB\"",
        "100 MB at most for one execution",
    ),
    (
        "lambda",
        "durable_operations=1;durable_retention=\"90days\"",
        "durable_operations=1;durable_retention=\"91days\"",
        "1 to 90 days",
    ),
    (
        "lambda",
        "durable_operations=1;durable_retention=\"1day\"",
        "durable_operations=1;durable_retention=\"23h\"",
        "1 to 90 days",
    ),
    (
        "lambda",
        "durable_operations=1;durable_execution_time=\"365days\"",
        "durable_operations=1;durable_execution_time=\"366days\"",
        "one year at most",
    ),
    (
        "lambda",
        "duration=\"30min\"|durable_operations=1;durable_invocations=2",
        "duration=\"31min\"|durable_operations=1;durable_invocations=2",
        "15 min at most for one invocation",
    ),
    ("lambda-edge", "duration=\"30s\"|", "duration=\"30001ms\"|", "30 s at most for origin events"),
    (
        "lambda-edge",
        "duration=\"5s\";memory=\"128MB\"|event=\"viewer\"",
        "duration=\"5001ms\";memory=\"128MB\"|event=\"viewer\"",
        "5 s at most for viewer events",
    ),
    ("lambda-edge", "memory=\"128MB\"|event=\"viewer\"", "memory=\"129MB\"|event=\"viewer\"", "(128 MB only)"),
    ("lambda-edge", "memory=\"129MB\"|", "memory=\"129.5MB\"|", "whole megabytes"),
    ("lambda-managed-instances", "instance=\"m7g.xlarge\";count=1", "instance=\"m7g.xlarge\";count=1.5", "a whole number from 1"),
    (
        "lambda-managed-instances",
        "memory=\"32GB\"|instance=\"m7g.xlarge\"",
        "memory=\"33GB\"|instance=\"m7g.xlarge\"",
        "32 GB at most",
    ),
    (
        "lambda-managed-instances",
        "duration=\"15min\"|instance=\"m7g.xlarge\"",
        "duration=\"16min\"|instance=\"m7g.xlarge\"",
        "15 min at most for a synchronous invocation",
    ),
    (
        "lambda-managed-instances",
        "duration=\"90min\";invocation=\"asynchronous\"|instance=\"m7g.xlarge\"",
        "duration=\"91min\";invocation=\"asynchronous\"|instance=\"m7g.xlarge\"",
        "90 min at most",
    ),
    ("lambda-microvms", "duration=\"8h\"", "duration=\"481min\"", "8 h at most"),
    ("lambda-microvms", "vcpu=0.5", "vcpu=1;memory=\"1GB\"", "1 vCPU with 1 GB cannot be run"),
    ("lambda-microvms", "vcpu=4", "vcpu=8", "8 vCPU cannot be run"),
    ("lambda-microvms", "memory=\"8GB\"|", "memory=\"9GB\"|", "8 GB at most"),
    ("lambda-microvms", "vcpu=1;peak_vcpu=4;peak_share=0.1", "vcpu=1;peak_vcpu=4.5;peak_share=0.1", "four times the baseline"),
];

#[test]
fn what_is_within_a_limit_is_taken_and_what_is_beyond_is_refused() {
    for (platform, inside, outside, words) in LIMITS {
        outcome(platform, inside).unwrap_or_else(|error| panic!("{platform}: {inside} is refused: {error}"));
        let refusal = outcome(platform, outside).expect_err(outside);
        assert!(refusal.contains(words), "{platform}: {outside}: {refusal}");
        assert!(refusal.starts_with("scenario.toml:"), "{refusal}");
    }
}

/// Settings that would count as nothing without another one.
#[test]
fn a_setting_that_would_do_nothing_is_refused() {
    for (platform, setting, words) in [
        ("lambda", "provisioned_time = \"1h\"", "needs `provisioned_concurrency` above 0"),
        ("lambda", "provisioned_concurrency = 1\nprovisioned_windows = 2", "needs `provisioned_time`"),
        ("lambda", "restore_duration = \"1s\"", "needs `snap_start = true`"),
        ("lambda", "snap_start = true\ninit_duration = \"1s\"", "its billed phase is `restore_duration`"),
        ("lambda", "durable_written = \"1MB\"", "needs `durable_operations`"),
        ("lambda", "event_poller_units = 2", "need `event_source"),
        ("lambda", "savings_plan_coverage = 0.5", "needs a savings plan"),
        ("lambda-microvms", "peak_vcpu = 1", "`peak_vcpu` needs `peak_share`"),
        ("lambda-microvms", "suspends_per_run = 2", "needs `snapshot_size`"),
        ("lambda-microvms", "images = 2", "`images` needs `image_size`"),
        ("lambda-managed-instances", "instance = \"m7g.xlarge\"\ncount = 2\ninstance_hours = 9", "not both"),
    ] {
        let refusal = outcome(platform, setting).expect_err(setting);
        assert!(refusal.contains(words), "{platform}: {setting}: {refusal}");
    }
}

/// Rounding rules that no published example shows: by hand.
#[test]
fn each_platform_rounds_in_its_own_steps() {
    let quantity = |platform: &str, workload: &str, option: &str, meter: &str| {
        let scenario = format!("month_hours = 730\n[workload]\n{workload}\n[[option]]\nplatform = \"{platform}\"\n{option}\n");
        let estimate = estimate(&scenario).unwrap();
        let lines = estimate.options[0].bill.lines.iter().filter(|line| line.meter.id() == meter);
        lines.map(|line| line.quantity).sum::<millicent::units::Decimal>().normalize().to_string()
    };
    let function = "requests = \"1000/month\"\nduration = \"3ms\"\nmemory = \"1GB\"";
    // Two invocations of 1.5 ms, each billed 2 ms.
    assert_eq!(quantity("lambda", function, "durable_operations = 1\ndurable_invocations = 2", "lambda.duration.x86_64"), "4");
    // One minute of SnapStart is charged as three hours: 10,800 s × 1 GB.
    assert_eq!(quantity("lambda", function, "snap_start = true\nsnap_start_time = \"1min\"", "lambda.snapstart.cache"), "10800");
    // 61 minutes are charged as 65: 3,900 s × 1 GB.
    let provisioned = "provisioned_concurrency = 1\nprovisioned_time = \"61min\"";
    assert_eq!(quantity("lambda", function, provisioned, "lambda.provisioned_concurrency.x86_64"), "3900");
    // A run of 1.2 s is charged as 2 s of one vCPU.
    let run = "requests = \"1000/month\"\nduration = \"1.2s\"\nmemory = \"2GB\"";
    assert_eq!(quantity("lambda-microvms", run, "", "lambda_microvm.vcpu"), "2000");
}

/// A plan covers its share of every meter of compute: at 0 % it changes nothing.
#[test]
fn a_savings_plan_covers_its_share_of_provisioned_concurrency_too() {
    let total = |purchase: &str| {
        let workload = "[workload]\nrequests = \"1M/month\"\nduration = \"1s\"\nmemory = \"512MB\"\n";
        let option = format!("[[option]]\nplatform = \"lambda\"\nprovisioned_concurrency = 10\n{purchase}");
        estimate(&format!("{workload}{option}")).unwrap().options[0].bill.total().amount().normalize()
    };
    let plan =
        |coverage| total(&format!("purchase = \"compute-savings-plan-1y-no-upfront\"\nsavings_plan_coverage = {coverage}"));
    assert_eq!(plan("0"), total(""));
    // 13,140,000 GB-s × (0.0000041667 − 0.00000367) + 500,000 GB-s × (0.0000097222 − 0.00000856), of which a half.
    let saved = (total("") - plan("1")) / millicent::units::Decimal::TWO;
    assert_eq!(total("") - plan("0.5"), saved.normalize());
    assert_eq!((total("") - plan("1")).normalize().to_string(), "7.107738");
}

/// A profile is held to the limits at the size that is priced; `milliseconds` is what its one call took at 1 GB.
fn outcome_of_profile(platform: &str, milliseconds: u32) -> Result<Vec<String>, String> {
    let profile = format!(
        r#"{{"schema": "millicent/tune/1", "function": "f", "architecture": "x86_64", "recommendation": {{"memory_mb": 1024}},
            "sizes": [{{"memory_mb": 1024, "mean_ms": {milliseconds}, "durations_ms": [{milliseconds}]}}],
            "fit": {{"curve": {{"fixed_ms": {milliseconds}, "cpu_ms": 0, "knee_mb": null, "exponent": 1}}}}}}"#
    );
    let scenario = format!("[workload]\nrequests = \"1M/month\"\nprofile = \"p.json\"\n[[option]]\nplatform = {platform}\n");
    let files = std::collections::BTreeMap::from([("p.json", profile.as_str())]);
    let estimate = crate::support::estimate_with_files(&scenario, &files).map_err(|error| error.to_string())?;
    Ok(estimate.options[0].notes.iter().map(|(_, note)| note.to_string()).collect())
}

#[test]
fn a_profile_is_held_to_the_limits_of_every_platform() {
    for (platform, longest_ms, limit) in [
        ("\"lambda\"", 900_000, "15 min at most for one invocation"),
        ("\"lambda-edge\"", 30_000, "30 s at most for origin events"),
        ("\"lambda-managed-instances\"\ninstance = \"m7g.xlarge\"", 900_000, "15 min at most for a synchronous invocation"),
        ("\"lambda-microvms\"", 28_800_000, "8 h at most"),
    ] {
        outcome_of_profile(platform, longest_ms).unwrap();
        let refused = outcome_of_profile(platform, longest_ms + 1).unwrap_err();
        assert!(refused.contains(limit), "{refused}");
    }
}

#[test]
fn one_measured_size_is_said_to_be_the_only_one() {
    let notes = outcome_of_profile("\"lambda\"\nmemory = \"2GB\"", 100).unwrap();
    let predicted =
        "predicted, not measured: 100 ms, the calls at 1 GB scaled by the curve of f, away from the only measured size";
    assert!(notes.iter().any(|note| note.contains(predicted)), "{notes:?}");
    let stated = outcome_of_profile("\"lambda\"\nmemory = \"2GB\"\nduration = \"50ms\"", 100).unwrap();
    assert!(!stated.iter().any(|note| note.contains("predicted")), "{stated:?}");
}
