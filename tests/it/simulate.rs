//! `millicent simulate`: the same replay in every format, traces in every shape, and what formulas say of the same traffic.

use std::fs;
use std::io::Write as _;
use std::process::{Command, Output};

use flate2::Compression;
use flate2::write::GzEncoder;
use millicent::queueing::{KeepAlive, Traffic, WarmPool};
use serde_json::Value;

const TRACE: &str = "tests/cases/simulate-trace/calls.csv";
/// Half an hour on a function, on containers, and on both.
const THREE: [&str; 18] = [
    "--requests",
    "20/s",
    "--cpu",
    "40ms",
    "--wait",
    "60ms",
    "--memory",
    "100MB",
    "--lasts",
    "30min",
    "--platform",
    "fargate,vcpu=1,memory=2GB",
    "--platform",
    "lambda,memory=1GB,duration=100ms,init_duration=200ms",
    "--mixed",
    "fargate,lambda",
    "--arrival-cv",
    "3",
];
const FUNCTION: [&str; 8] = ["--platform", "lambda", "--duration", "500ms", "--memory", "512MB", "--init-duration", "200ms"];

fn simulate(arguments: &[&str]) -> Output {
    let root = env!("CARGO_MANIFEST_DIR");
    Command::new(env!("CARGO_BIN_EXE_millicent")).arg("simulate").args(arguments).current_dir(root).output().unwrap()
}

fn json(arguments: &[&str]) -> Value {
    let output = simulate(&[arguments, &["--format", "json"]].concat());
    // What no platform takes is an answer too, with a code of its own.
    assert!(matches!(output.status.code(), Some(0 | 3)), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn runs(found: &Value) -> Vec<&Value> {
    found["designs"].as_array().unwrap().iter().flat_map(|design| design["replays"].as_array().unwrap()).collect()
}

fn count(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no count"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn holds(interval: &Value, exact: f64) -> bool {
    (number(&interval["low"])..=number(&interval["high"])).contains(&exact)
}

#[test]
fn json_follows_its_published_schema() {
    let schema: Value = serde_json::from_str(millicent::report::SIMULATE_SCHEMA).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let too_long = ["--platform", "lambda", "--requests", "1/min", "--duration", "20min", "--memory", "512MB"];
    for arguments in [
        &THREE[..],
        &[&THREE[..], &["--explain", "--budget", "1000/month"]].concat(),
        &["--trace", TRACE, "--platform", "lambda", "--memory", "512MB"],
        &too_long,
    ] {
        let found = json(arguments);
        let errors: Vec<String> =
            validator.iter_errors(&found).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{arguments:?}: {}", errors.join("\n"));
    }
    assert!(json(&too_long)["designs"][0]["reasons"].to_string().contains("a duration of 20 min"), "{}", json(&too_long));
    assert!(!validator.is_valid(&serde_json::json!({"schema": "millicent/simulate/1", "designs": []})));
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads_and_another_does_not() {
    let of = |seed: &str, workers: &str| {
        simulate(&[&THREE[..], &["--seed", seed, "--workers", workers, "--format", "json"]].concat()).stdout
    };
    assert_eq!(of("5", "1"), of("5", "3"));
    assert_ne!(of("5", "1"), of("6", "1"));
    let trace = |workers| {
        simulate(&["--trace", TRACE, "--platform", "lambda", "--memory", "1GB", "--format", "csv", "--workers", workers])
    };
    assert_eq!(trace("1").stdout, trace("4").stdout);
}

#[test]
fn all_formats_show_the_same_numbers() {
    let found = json(&THREE);
    let csv = simulate(&[&THREE[..], &["--format", "csv"]].concat()).stdout;
    let mut reader = csv::Reader::from_reader(csv.as_slice());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 3);
    for ((row, run), design) in rows.iter().zip(runs(&found)).zip(found["designs"].as_array().unwrap()) {
        let keys =
            ["horizon_s", "calls", "cold", "throttled", "spilled", "peak_concurrency", "mean_environments", "mean_instances"];
        for (column, key) in [3, 4, 5, 8, 9, 13, 14, 15].into_iter().zip(keys) {
            assert!(
                (row[column].parse::<f64>().unwrap() - number(&run[key])).abs() < 1e-9,
                "{key}: {} {}",
                &row[column],
                run[key]
            );
        }
        assert!((row[11].parse::<f64>().unwrap() - number(&run["latency_s"]["p99"]["point"])).abs() < 1e-5);
        assert_eq!(row[16], design["monthly_usd"].to_string());
    }
    let table = String::from_utf8(simulate(&THREE).stdout).unwrap();
    let markdown = String::from_utf8(simulate(&[&THREE[..], &["--format", "markdown"]].concat()).stdout).unwrap();
    for design in found["designs"].as_array().unwrap() {
        let cost = format!("${:.2}", number(&design["invoice_usd"]));
        assert!(table.contains(&cost) && markdown.contains(&cost), "{cost}");
    }
}

#[test]
fn all_designs_meet_the_same_calls_and_a_mixed_one_splits_them() {
    let found = json(&THREE);
    let [fargate, lambda, mixed] = runs(&found).try_into().unwrap();
    let calls = count(&lambda["calls"]);
    assert!(30_000 < calls);
    assert_eq!((count(&fargate["calls"]), count(&mixed["calls"])), (calls, calls));
    for (one, other) in [(fargate, lambda), (fargate, mixed)] {
        let arrived = |run: &Value| -> Vec<u64> {
            run["stretches"].as_array().unwrap().iter().map(|stretch| count(&stretch["calls"])).collect()
        };
        assert_eq!(arrived(one), arrived(other));
    }
    assert_eq!([fargate, lambda].map(|run| count(&run["instances"]["calls"])), [calls - count(&fargate["throttled"]), 0]);
    assert_eq!(count(&mixed["instances"]["calls"]) + count(&mixed["on_demand"]["calls"]), calls);
    let (spilled, on_demand) = (count(&mixed["spilled"]), count(&mixed["on_demand"]["calls"]));
    assert!(0 < spilled && spilled < calls, "{spilled}");
    assert_eq!((spilled, on_demand), (on_demand, spilled));
    // Who finds no slot does not wait.
    let p99 = |run: &Value| number(&run["latency_s"]["p99"]["point"]);
    assert!(p99(mixed) < p99(fargate), "{} {}", p99(mixed), p99(fargate));
    assert!(count(&mixed["peak_environments"]) < count(&lambda["peak_environments"]) + 1);
}

#[test]
fn poisson_traffic_starts_cold_as_often_as_the_exact_model_says() {
    let found =
        json(&["--requests", "0.9/s", "--duration", "2s", "--memory", "512MB", "--keep-alive", "10min", "--platform", "lambda"]);
    let run = runs(&found)[0];
    let pool = WarmPool::new(Traffic::new(0.9, 2.0).unwrap(), &KeepAlive::TEN_MINUTES);
    // Exact for exponential durations; constant ones start cold about 2 % less often.
    assert!(holds(&run["cold_share"], pool.cold_probability() * 0.98), "{}", run["cold_share"]);
    let other = json(&[
        "--requests",
        "10/s",
        "--duration",
        "p50=150ms,p90=400ms",
        "--memory",
        "512MB",
        "--keep-alive",
        "7min",
        "--platform",
        "lambda",
        "--seed",
        "4",
    ]);
    let mean_s = number(&runs(&other)[0]["mean_concurrency"]) / 10.0;
    let pool = WarmPool::new(Traffic::new(10.0, mean_s).unwrap(), &KeepAlive::constant(420.0).unwrap());
    assert!(holds(&runs(&other)[0]["cold_share"], pool.cold_probability()), "{}", runs(&other)[0]["cold_share"]);
}

#[test]
fn what_is_not_met_ends_with_three() {
    // Two thousand calls a minute from nothing, each burst 27 a second on environments that take two seconds to start.
    let bursts = [
        "--requests",
        "1/s",
        "--pattern",
        "bursts",
        "--burst-factor",
        "1000",
        "--burst-length",
        "1min",
        "--burst-every",
        "30min",
    ];
    let limited = [
        "--platform",
        "lambda",
        "--duration",
        "100ms",
        "--memory",
        "512MB",
        "--init-duration",
        "2s",
        "--p99",
        "500ms",
        "--lasts",
        "1day",
    ];
    let late = simulate(&[&bursts[..], &limited[..]].concat());
    assert_eq!(late.status.code(), Some(3), "{}", String::from_utf8_lossy(&late.stderr));
    assert!(String::from_utf8_lossy(&late.stderr).contains("limit not met: lambda, 512 MB x86_64 answers 99 of 100 within 2,"));
    assert!(String::from_utf8_lossy(&late.stdout).contains("No design that has a price serves every call in time."));
    let ready = simulate(&[&bursts[..], &limited[..], &["--pings", "60"]].concat());
    assert_eq!(ready.status.code(), Some(0), "{}", String::from_utf8_lossy(&ready.stderr));
    let dear = simulate(&[&THREE[..], &["--budget", "1/month"]].concat());
    assert_eq!(dear.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&dear.stderr).contains("over budget: "));
}

#[test]
fn a_compressed_trace_is_the_plain_one() {
    let folder = tempfile::tempdir().unwrap();
    let plain = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/simulate-trace/calls.csv")).unwrap();
    let path = folder.path().join("calls.csv");
    let replayed = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        simulate(&["--trace", path.to_str().unwrap(), "--platform", "lambda", "--memory", "512MB", "--format", "json"]).stdout
    };
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&plain).unwrap();
    let compressed = encoder.finish().unwrap();
    assert!(compressed.len() < plain.len());
    assert_eq!(replayed(&plain), replayed(&compressed));
}

#[test]
fn traces_of_azure_are_read_as_they_are_published() {
    let folder = tempfile::tempdir().unwrap();
    let replayed = |name: &str, text: &str, more: &[&str]| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        json(&[&["--trace", path.to_str().unwrap(), "--platform", "lambda", "--memory", "512MB"], more].concat())
    };
    // 2021: a call in a line, by its end and how long it took. Two functions, the second called twice at once.
    let of_2021 = "app,func,end_timestamp,duration\n\
        aa,f1,10.5,0.5\naa,f2,12.0,2.0\naa,f2,12.5,2.0\naa,f1,40.25,0.25\naa,f2,70.0,1.0\n";
    let found = replayed("2021.csv", of_2021, &[]);
    let run = runs(&found)[0];
    assert_eq!([&run["functions"], &run["calls"], &run["cold"]].map(count), [2, 5, 3]);
    // From the start of the first call to that of the last one.
    assert!((number(&run["horizon_s"]) - 59.0).abs() < 1e-9, "{}", run["horizon_s"]);

    // 2019: counts by the minute, a function in a line, no times.
    let minutes: Vec<String> = (1..=30).map(|minute: u32| minute.to_string()).collect();
    let counts = |each: u32| minutes.iter().map(|_| each.to_string()).collect::<Vec<_>>().join(",");
    let of_2019 = format!(
        "HashOwner,HashApp,HashFunction,Trigger,{}\no1,a1,f1,http,{}\no1,a1,f2,timer,{}\n",
        minutes.join(","),
        counts(7),
        counts(1)
    );
    let found = replayed("2019.csv", &of_2019, &["--duration", "100ms", "--within-minute", "uniform"]);
    let run = runs(&found)[0];
    assert_eq!([&run["functions"], &run["calls"]].map(count), [2, 240]);
    assert!((number(&run["horizon_s"]) - 1800.0).abs() < 1e-9);
    let without =
        simulate(&["--trace", folder.path().join("2019.csv").to_str().unwrap(), "--platform", "lambda", "--memory", "512MB"]);
    assert_eq!(without.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&without.stderr).contains("the trace does not say how long its calls take"));
}

#[test]
fn instances_follow_a_flash_crowd() {
    let crowd = [
        "--requests",
        "20/s",
        "--cpu",
        "20ms",
        "--wait",
        "80ms",
        "--memory",
        "50MB",
        "--lasts",
        "1h",
        "--spike-factor",
        "12",
        "--spike-start",
        "20min",
        "--spike-hold",
        "20min",
    ];
    for platform in ["fargate,vcpu=1,memory=2GB", "eks-ec2", "cloud-run"] {
        let found = json(&[&crowd[..], &["--platform", platform]].concat());
        let run = runs(&found)[0];
        let stretches = run["stretches"].as_array().unwrap();
        let instances = |minute: usize| count(&stretches[minute * stretches.len() / 60]["peak_instances"]);
        assert!(instances(19) * 3 < instances(39), "{platform}: {} and {}", instances(19), instances(39));
        assert_eq!(count(&run["peak_environments"]), 0);
    }
}

/// Slots × instances is what Little's law asks for over the target, so a fleet of a fixed size is neither more nor less.
#[test]
fn a_fixed_fleet_keeps_its_size_and_is_paid_for_all_the_time() {
    let found = json(&[
        "--requests",
        "20/s",
        "--cpu",
        "20ms",
        "--wait",
        "80ms",
        "--memory",
        "50MB",
        "--lasts",
        "1h",
        "--platform",
        "ec2,instance=m7g.large,count=3",
    ]);
    let run = runs(&found)[0];
    assert!((number(&run["mean_instances"]) - 3.0).abs() < 1e-9 && count(&run["peak_instances"]) == 3);
    assert!(run["stretches"].as_array().unwrap().iter().all(|stretch| count(&stretch["peak_instances"]) == 3));
}

#[test]
#[cfg(feature = "charts")]
fn the_timeline_is_drawn_for_a_light_and_a_dark_page() {
    let folder = tempfile::tempdir().unwrap();
    let drawn = |name: &str, more: &[&str]| {
        let path = folder.path().join(name);
        let output = simulate(&[&THREE[..], &["--chart", path.to_str().unwrap()], more].concat());
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        fs::read(path).unwrap()
    };
    let (light, dark) = (drawn("light.svg", &[]), drawn("dark.svg", &["--dark"]));
    assert_ne!(light, dark);
    let light = String::from_utf8(light).unwrap();
    for text in ["Calls a second", "Cold starts in 15 seconds", "Minutes since the start", "Seed 1"] {
        assert!(light.contains(text), "{text}");
    }
    assert_eq!(&drawn("light.png", &[])[1..4], b"PNG");
    let wrong = simulate(&[&THREE[..], &["--chart", "x.pdf"]].concat());
    assert_eq!(wrong.status.code(), Some(2));
    assert!(wrong.stdout.is_empty());
}

#[test]
fn what_a_function_is_given_changes_what_happens() {
    let traffic = ["--requests", "6/min", "--lasts", "10days"];
    let cold = |keep_alive: &str, more: &[&str]| {
        count(&runs(&json(&[&FUNCTION[..], &traffic[..], &["--keep-alive", keep_alive], more].concat()))[0]["cold"])
    };
    let plain = cold("5min", &[]);
    assert!(cold("1h", &[]) < plain);
    assert!(cold("5min", &["--pings", "3", "--ping-interval", "4min"]) < plain);
    assert!(cold("5min", &["--provisioned-schedule", "0=3"]) < plain);
    assert!(plain < cold("5min", &["--deploys", "24/day"]));
    assert!(plain < cold("5min", &["--environment-lifetime", "20min"]));
}

/// A call an hour mostly starts cold: half of the calls take no longer than a cold one, which `size` computes.
#[test]
fn a_cold_call_takes_as_long_as_size_says_and_no_more_is_billed() {
    let function = ["--requests", "1/h", "--duration", "500ms", "--memory", "512MB", "--platform", "lambda"];
    for (start, expected_ms) in [(&["--init-duration", "200ms"][..], 800.0), (&["--runtime", "dotnet8"], 1024.0)] {
        let output = Command::new(env!("CARGO_BIN_EXE_millicent"))
            .args([&["size"], &function[..], start, &["--format", "json"]].concat())
            .output()
            .unwrap();
        let sized: Value = serde_json::from_slice(&output.stdout).unwrap();
        let cold = find(&sized, "latency_ms").unwrap()["cold"]["p50"].clone();
        assert!((number(&cold) - expected_ms).abs() < 1e-9, "{cold}");
        let found = json(&[&function[..], start, &["--lasts", "100days", "--keep-alive", "1s"]].concat());
        let run = runs(&found)[0];
        let p50 = number(&run["latency_s"]["p50"]["point"]);
        // Drawn a thousand times from a distribution, and told to within a percent.
        assert!((p50 * 1000.0 / expected_ms - 1.0).abs() < 0.03, "{p50}");
        if start[0] == "--init-duration" {
            let billed = &run["on_demand"];
            assert_eq!(count(&billed["handler_ms"]), 500 * count(&billed["calls"]));
            assert_eq!(count(&billed["init_ms"]), 200 * count(&billed["started"]));
        }
    }
}

/// The first value of a key, wherever it stands.
fn find<'v>(value: &'v Value, key: &str) -> Option<&'v Value> {
    match value {
        Value::Object(members) => members.get(key).or_else(|| members.values().find_map(|member| find(member, key))),
        Value::Array(elements) => elements.iter().find_map(|element| find(element, key)),
        _ => None,
    }
}

#[test]
fn where_no_call_was_answered_the_words_say_so() {
    let said = |arguments: &[&str]| {
        let output = simulate(arguments);
        let code = output.status.code().unwrap();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        (code, text.map(|text| text.split_whitespace().collect::<Vec<_>>().join(" ")))
    };
    let function = ["--platform", "lambda", "--memory", "512MB", "--lasts", "1h", "--requests"];
    let (code, [none, _]) = said(&[&function[..], &["0/s", "--duration", "100ms", "--platform", "fargate"]].concat());
    assert_eq!(code, 0);
    assert!(none.contains("1 h of Poisson traffic, 0 a second. No call arrived: there is no latency and no cold start to tell."));
    assert!(none.contains("lambda, 512 MB x86_64 costs the least all the same: $0.00 a month."), "{none}");

    let refusing = [&function[..], &["5/s", "--duration", "100ms", "--reserved-concurrency", "0"]].concat();
    let (_, [refused, notes]) = said(&refusing);
    assert!(refused.contains("Every call was refused or gave up waiting: there is no latency"), "{refused}");
    assert!(refused.contains(" 100% ") && !refused.contains("±0") && notes.contains("`reserved_concurrency` is 0"), "{refused}");

    for format in ["table", "markdown"] {
        let (code, [left_out, _]) = said(&[&function[..], &["1/min", "--duration", "20min", "--format", format]].concat());
        assert_eq!(code, 3);
        assert!(left_out.contains("This workload: Poisson traffic, 0.0167 a second. Nothing was replayed: no design takes it."));
        assert!(left_out.contains("was not replayed: a duration of 20 min") && !left_out.contains("p99"), "{left_out}");
    }
}

#[test]
#[cfg(feature = "charts")]
fn nothing_that_happened_is_drawn_and_nothing_replayed_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.svg");
    let function = ["--platform", "lambda", "--memory", "512MB", "--lasts", "1h", "--chart", path.to_str().unwrap()];
    let output = simulate(&[&function[..], &["--requests", "1/min", "--duration", "20min"]].concat());
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing was replayed, so no chart was drawn"));
    assert!(!path.exists());
    let output = simulate(&[&function[..], &["--requests", "0/s", "--duration", "1s"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(fs::read_to_string(&path).unwrap().contains("No call arrived"));
}

#[test]
fn what_an_estimate_takes_and_a_replay_sees_for_itself_is_said() {
    let units = ["--requests", "5/s", "--duration", "100ms", "--memory", "512MB", "--lasts", "1h", "--platform", "lambda"];
    let stated = |more: &[&str]| {
        let found = json(&[&units[..], &["--provisioned-concurrency", "2"], more].concat());
        let notes = found["designs"][0]["notes"].as_array().unwrap().clone();
        notes.iter().filter(|note| note.as_str().unwrap().contains("changes nothing here")).count()
    };
    assert_eq!(stated(&[]), 0);
    for (key, value) in [("--cold-start-share", "0.1"), ("--provisioned-requests", "1/s"), ("--provisioned-duration", "90ms")] {
        assert_eq!(stated(&[key, value]), 1, "{key}");
    }
}

/// A day with a night: the parts of it differ for a reason, which is no doubt about the whole.
#[test]
fn intervals_of_moving_traffic_come_from_further_replays_and_hold_what_other_seeds_see() {
    let day = ["--requests", "1/s", "--duration", "1s", "--memory", "512MB", "--lasts", "1day", "--platform", "lambda"];
    let moving = ["--pattern", "diurnal", "--peak-to-trough", "20", "--seed"];
    let shares: Vec<Value> = (1..=25_u32)
        .map(|seed| {
            let found = json(&[&day[..], &moving, &[seed.to_string().as_str()]].concat());
            assert_eq!(count(&runs(&found)[0]["further_replays"]), 5);
            runs(&found)[0]["cold_share"].clone()
        })
        .collect();
    let mean = shares.iter().map(|share| number(&share["point"])).sum::<f64>() / 25.0;
    let held = shares.iter().filter(|share| holds(share, mean)).count();
    // Of 25 at 95 %, fewer than 21 happen once in 140 times.
    assert!((21..=25).contains(&held), "{held}: {mean} {shares:?}");

    assert_eq!(count(&runs(&json(&day))[0]["further_replays"]), 0);
    let said = |arguments: &[&str]| String::from_utf8(simulate(arguments).stdout).unwrap().replace('\n', " ");
    assert!(said(&[&day[..], &moving, &["1"]].concat()).contains("from 5 further replays with other seeds; seed 1"));
    assert!(said(&day).contains("intervals by batch means; seed 1"));
    // What would take too long is said.
    let spike =
        ["--requests", "5000/s", "--lasts", "15min", "--spike-factor", "2", "--spike-start", "1min", "--spike-hold", "1min"];
    let long = json(&[&spike[..], &day[2..6]].concat());
    let notes = long["designs"][0]["notes"].to_string();
    assert!(notes.contains("take all its parts for alike") && notes.contains("up to 4 million calls"), "{notes}");
}

const DURATIONS_OF_2019: &str = "HashOwner,HashApp,HashFunction,Average,Count,Minimum,Maximum,percentile_Average_0,\
    percentile_Average_1,percentile_Average_25,percentile_Average_50,percentile_Average_75,percentile_Average_99,\
    percentile_Average_100\n";

/// Of 2019: three functions in counts by the minute, two of which the table knows: each of their calls takes 2 s and 0.5 s.
#[test]
fn durations_of_azure_2019_come_from_their_table() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let trace = file(
        "2019.csv",
        b"HashOwner,HashApp,HashFunction,Trigger,1,2,3\no,a,f1,http,10,0,10\no,a,f2,timer,1,1,2\no,b,f1,queue,0,6,0\n",
    );
    let text =
        format!("{DURATIONS_OF_2019}o,a,f1,2000,20,1,9,{}\no,b,f1,500,6,1,9,{}\n", ["2000"; 7].join(","), ["500"; 7].join(","));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    let (plain, gzip) = (file("durations.csv", text.as_bytes()), file("durations.csv.gz", &encoder.finish().unwrap()));
    let functions = ["--trace", &trace, "--platform", "lambda", "--memory", "512MB", "--trace-durations"];
    for table in [&plain, &gzip] {
        let found = json(&[&functions[..], &[table, "--duration", "100ms"]].concat());
        let run = runs(&found)[0];
        assert_eq!(count(&run["on_demand"]["handler_ms"]), 20 * 2000 + 6 * 500 + 4 * 100);
        let notes = found["designs"][0]["notes"].to_string();
        assert!(notes.contains("1 of 3 functions, with 4 of 30 calls, are not in it and take what is stated"), "{notes}");
    }
    // As one service: of 30 calls 20 take 2 s on average, 6 half a second and 4 a tenth.
    let service = ["--trace", &trace, "--platform", "ec2,instance=m7g.large,count=2", "--duration", "100ms", "--memory", "100MB"];
    let found = json(&[&service[..], &["--trace-durations", &plain]].concat());
    let worked_s = number(&runs(&found)[0]["mean_concurrency"]) * 180.0;
    assert!((25.0..60.0).contains(&worked_s), "{worked_s}");
    assert!(found["designs"][0]["notes"].to_string().contains("whose a call is, is drawn by how many each has"));

    let wrong = file("wrong.csv", format!("{DURATIONS_OF_2019}o,a,f1,1,1,1,1,1,2,3,4,5,x,7\n").as_bytes());
    let calls = file("calls.csv", b"timestamp,duration\n0,1\n60,1\n");
    for (arguments, expected) in [
        (&[&functions[..], &[&plain]].concat(), "durations.csv does not say how long the calls of o/a/f2 take (give --duration"),
        (&[&functions[..], &[&wrong]].concat(), "wrong.csv:2: `percentile_average_99` is \"x\" (write a number)"),
        (&[&functions[..], &[&trace]].concat(), "2019.csv:1: the header \"HashOwner,HashApp,HashFunction,Trigger,1,2,3\""),
        (&[&functions[..], &["none.csv"]].concat(), "none.csv: no such file"),
        (
            &["--trace", &calls, "--platform", "lambda", "--memory", "1GB", "--trace-durations", &plain].to_vec(),
            "a table of durations is for counts by function, azure_2019, and this is calls (leave the table out)",
        ),
    ] {
        let output = simulate(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(expected), "{said}");
    }
}

/// Ten calls a second of 0.2 s each are exactly two in progress, whether a clock makes them or a file says so. Only the third call
/// meets more: the first two start their environments, which takes 0.1 s.
#[test]
fn what_ends_as_another_begins_frees_its_place() {
    let clock: &[&str] = &["--requests", "10/s", "--pattern", "constant", "--lasts", "1days"];
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("tie.csv");
    let mut text = "timestamp,duration\n".to_owned();
    (0..20_000).for_each(|tenth| text += &format!("{}.{},0.2\n", tenth / 10, tenth % 10));
    fs::write(&trace, text).unwrap();
    let recorded: &[&str] = &["--trace", trace.to_str().unwrap()];
    for traffic in [&[clock, &["--duration", "200ms"]].concat(), recorded] {
        let found = |limit: &[&str]| {
            let found = json(&[traffic, &["--memory", "512MB"], limit].concat());
            ["throttled", "cold", "peak_concurrency"].map(|key| count(&runs(&found)[0][key]))
        };
        assert_eq!(found(&["--reserved-concurrency", "2"]), [1, 2, 2], "{traffic:?}");
        assert_eq!(found(&[]), [0, 3, 3], "{traffic:?}");
    }
}

#[test]
fn a_recorded_call_of_which_nobody_knows_how_long_it_takes_is_told_by_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let blank = folder.path().join("blank.csv");
    fs::write(&blank, "timestamp,duration\n0,1\n5,\n7,1\n").unwrap();
    let trace = ["--memory", "512MB", "--trace", blank.to_str().unwrap()];
    let output = simulate(&trace);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("blank.csv:3: `duration` is \"\""), "{said}");
    let output = simulate(&[&trace[..], &["--skip-bad"]].concat());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && said.contains("1 malformed lines were skipped") && said.contains("blank.csv:3"), "{said}");
    assert!(simulate(&[&trace[..], &["--duration", "1s"]].concat()).status.success());
}

/// AWS ends an invocation after 15 minutes: it is said of which line, and no design serves such a trace.
#[test]
fn a_recorded_call_that_no_function_may_run_is_told_by_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let long = folder.path().join("long.csv");
    fs::write(&long, "0,1\n5,1000\n").unwrap();
    let trace = ["--memory", "512MB", "--trace", long.to_str().unwrap()];
    let output = simulate(&trace);
    let [said, answer] = [output.stderr, output.stdout].map(|bytes| String::from_utf8(bytes).unwrap());
    assert!(
        said.contains("1 of 2 calls take longer than the 15 min that a function may run, the first in ")
            && said.contains("long.csv:2"),
        "{said}"
    );
    assert!(!answer.contains("serves every call for"), "{answer}");
    let found = json(&trace);
    assert_eq!(count(&runs(&found)[0]["timed_out"]), 1);
    assert_eq!(count(&runs(&found)[0]["on_demand"]["handler_ms"]), 901_000);
}

#[test]
fn a_recording_lasts_from_its_first_start_to_its_last_unless_it_is_stated() {
    let folder = tempfile::tempdir().unwrap();
    let calls = folder.path().join("calls.csv");
    fs::write(&calls, "0,1\n600,1\n").unwrap();
    let trace = ["--memory", "512MB", "--trace", calls.to_str().unwrap()];
    let lasts_s = |more: &[&str]| number(&runs(&json(&[&trace[..], more].concat()))[0]["horizon_s"]);
    assert!((lasts_s(&[]) - 600.0).abs() < 1e-9);
    assert!((lasts_s(&["--lasts", "1h"]) - 3600.0).abs() < 1e-9);
    assert!(
        (lasts_s(&["--lasts", "1h", "--platform", "fargate,vcpu=1,memory=2GB,count=1", "--cpu", "1s"]) - 3600.0).abs() < 1e-9
    );
    let output = simulate(&[&trace[..], &["--lasts", "5min"]].concat());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(2) && said.contains("start over 600 s, longer than `lasts` of 300 s"), "{said}");
    let said = String::from_utf8(simulate(&trace).stderr).unwrap();
    assert!(said.contains("a month is this trace over and over: 600 s from its first start to its last"), "{said}");
}

#[test]
fn no_design_that_serves_every_call_is_a_code_of_its_own() {
    let function = ["--requests", "10/s", "--duration", "1s", "--memory", "512MB", "--lasts", "1h", "--reserved-concurrency"];
    for (most, code) in [("0", 3), ("5", 3), ("100", 0)] {
        let output = simulate(&[&function[..], &[most]].concat());
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{most}: {said}");
        assert_eq!(said.contains("calls without an answer"), code == 3, "{most}: {said}");
    }
    // Another design that answers all of them is an answer.
    let both = ["--platform", "lambda", "--platform", "fargate,vcpu=4,memory=8GB,count=10", "--cpu", "1s"];
    let output =
        simulate(&[&function[..2], &["--memory", "512MB", "--lasts", "1h", "--reserved-concurrency", "0"], &both].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn instances_by_their_rate_are_left_out_with_the_reason() {
    let tasks = ["--requests", "10/s", "--cpu", "50ms", "--wait", "50ms", "--memory", "1GB", "--lasts", "1h", "--platform"];
    let output = simulate(&[&tasks[..], &["fargate,vcpu=1,requests_per_instance=2/s"]].concat());
    let answer = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(answer.contains("was not replayed: a replay with `requests_per_instance`"), "{answer}");
    // No traffic of no time, and no table without rows.
    assert!(!answer.contains("0 ms of") && !answer.contains("design  "), "{answer}");
}

#[test]
fn what_moves_no_call_is_said() {
    let said = |arguments: &[&str]| String::from_utf8(simulate(arguments).stderr).unwrap();
    let traffic = ["--requests", "1/s", "--duration", "100ms", "--memory", "512MB", "--lasts", "1h", "--peak-to-mean", "3"];
    assert!(said(&traffic).contains("`peak_to_mean` of 3 moves no call: the peaks of the replay are those of its `pattern`"));
    assert!(!said(&traffic[..8]).contains("peak_to_mean"));
    let trace = ["--memory", "512MB", "--init-duration", "1s", "--trace", TRACE];
    let duration = "the stated duration changes nothing";
    assert!(said(&[&trace[..], &["--duration", "1s"]].concat()).contains(duration) && !said(&trace).contains(duration));
    let output = simulate(&[&trace[..], &["--requests", "1/s"]].concat());
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("a trace has its own requests"));
}

#[test]
fn traffic_is_called_what_it_is() {
    let traffic = ["--requests", "1/s", "--duration", "100ms", "--memory", "512MB", "--lasts", "1h"];
    for (cv, name) in
        [("0", "steady traffic (arrival cv 0)"), ("1", "Poisson traffic (arrival cv 1)"), ("3", "steady traffic (arrival cv 3)")]
    {
        let output = simulate(&[&traffic[..], &["--arrival-cv", cv, "--format", "json"]].concat());
        assert!(String::from_utf8(output.stdout).unwrap().contains(name), "{cv}");
    }
}
