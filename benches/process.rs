//! The command as a whole process: time beside `--version`, and peak memory.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use criterion::Criterion;
use wait4::Wait4;

const RUNS: usize = 40;

/// `estimate` on the bundled scenario, `compare` over the line-up, and `--version`, in turn, so that a drifting machine slows
/// all of them.
pub(crate) fn whole_process(_criterion: &mut Criterion) {
    let estimate = ["estimate", "examples/order-pipeline.toml", "--format", "json"];
    let compare = ["compare", "--requests", "1M/month", "--duration", "1s", "--memory", "512MB", "--format", "json"];
    let answer = |arguments: &[&str]| String::from_utf8(run(arguments).0).expect("JSON is UTF-8");
    assert!(answer(&estimate).contains("\"monthly_usd\": 8.53335"));
    let options = answer(&compare).matches("\"verdict\": \"carries\"").count();
    assert_eq!(options, 12, "the line-up");
    let (mut estimates, mut comparisons, mut versions) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        versions.push(run(&["--version"]).1);
        estimates.push(run(&estimate).1);
        comparisons.push(run(&compare).1);
    }
    let version = summary(&mut versions);
    println!("process: --version {}", version.1);
    for (name, arguments, times, most_ms) in
        [("estimate", &estimate[..], &mut estimates, 5), ("compare of 12 options", &compare[..], &mut comparisons, 15)]
    {
        let (median, words) = summary(times);
        assert!(median <= Duration::from_millis(most_ms), "{name} takes more than {most_ms} ms: {words}");
        println!("process: {name} {words}");
        println!(
            "process: {name} takes {:.2} times as long as --version (medians)",
            median.as_secs_f64() / version.0.as_secs_f64()
        );
        let peak = run(arguments).2 as f64 / (1024.0 * 1024.0);
        assert!(peak <= 25.0, "{name} needs {peak:.1} MB");
        println!("process: peak memory of {name}, at most {peak:.1} MB");
    }
}

/// A replay holds the calls in progress and no others: a hundred times as many calls need no more memory. Each length fills all
/// of the 128 stretches of time that are told apart.
pub(crate) fn memory_of_a_replay(_criterion: &mut Criterion) {
    const MOST_DIFFERENCE_MB: f64 = 3.0;
    let service = ["simulate", "--requests", "130/s", "--duration", "p50=80ms,p99=900ms", "--memory", "512MB", "--format", "csv"];
    let platforms = ["--platform", "lambda", "--platform", "fargate,vcpu=1,memory=2GB", "--mixed", "fargate,lambda", "--lasts"];
    let peaks_mb = [(1, "7680s"), (15, "115200s"), (120, "921600s")].map(|(millions, lasts)| {
        let (printed, time, peak) = run(&[&service[..], &platforms, &[lasts]].concat());
        let mut reader = csv::Reader::from_reader(printed.as_slice());
        let calls: Vec<f64> = reader.records().map(|row| row.expect("it is CSV")[4].parse().expect("it is a number")).collect();
        let expected = f64::from(millions) * 1e6;
        assert!(calls.len() == 3 && calls.iter().all(|calls| (calls / expected - 1.0).abs() < 0.01), "{calls:?}");
        let peak_mb = peak as f64 / (1024.0 * 1024.0);
        println!(
            "process: simulate, three designs of {millions} million calls each, 18 in progress: peak memory {peak_mb:.1} MB, {:.1} s",
            time.as_secs_f64()
        );
        peak_mb
    });
    let more_mb = peaks_mb.iter().copied().fold(0.0, f64::max) - peaks_mb[0];
    assert!(more_mb <= MOST_DIFFERENCE_MB, "more calls need {more_mb:.1} MB more than a million");
}

/// Runs the command: what it prints, how long it takes, and its peak memory in bytes.
fn run(arguments: &[&str]) -> (Vec<u8>, Duration, u64) {
    let start = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_millicent"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("cargo builds the command before the benchmark");
    let mut printed = Vec::new();
    child.stdout.take().expect("it is piped").read_to_end(&mut printed).expect("a pipe can be read");
    let usage = child.wait4().expect("the child was started above").rusage;
    (printed, start.elapsed(), usage.maxrss)
}

fn summary(times: &mut [Duration]) -> (Duration, String) {
    times.sort_unstable();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    let (least, median, most) = (times[0], times[times.len() / 2], times[times.len() - 1]);
    (
        median,
        format!(
            "{:.2} ms (median of {}; {:.2} to {:.2})",
            milliseconds(median),
            times.len(),
            milliseconds(least),
            milliseconds(most)
        ),
    )
}
