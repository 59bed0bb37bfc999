//! The command as a whole process: time beside `--version`, and peak memory.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use criterion::Criterion;
use wait4::Wait4;

const RUNS: usize = 40;

/// `estimate` on the bundled scenario and `--version`, in turn, so that a drifting machine slows both.
pub(crate) fn whole_process(_criterion: &mut Criterion) {
    let estimate_arguments = ["estimate", "examples/order-pipeline.toml", "--format", "json"];
    let answer = String::from_utf8(run(&estimate_arguments).0).expect("JSON is UTF-8");
    assert!(answer.contains("\"monthly_usd\": 8.53335"), "{answer}");
    let (mut estimates, mut versions) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        versions.push(run(&["--version"]).1);
        estimates.push(run(&estimate_arguments).1);
    }
    let (estimate, version) = (summary(&mut estimates), summary(&mut versions));
    assert!(estimate.0 <= Duration::from_millis(5), "estimate takes more than 5 ms: {}", estimate.1);
    println!("process: estimate {}", estimate.1);
    println!("process: --version {}", version.1);
    println!(
        "process: estimate takes {:.2} times as long as --version (medians)",
        estimate.0.as_secs_f64() / version.0.as_secs_f64()
    );
    let peak = run(&estimate_arguments).2 as f64 / (1024.0 * 1024.0);
    assert!(peak <= 25.0, "estimate needs {peak:.1} MB");
    println!("process: peak memory of estimate, at most {peak:.1} MB");
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
