//! `millicent tune` as a whole process: offline, and against an account whose updates take a second.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use criterion::Criterion;

use crate::fake_aws::{FakeAws, Function};

/// How long an update of the account takes.
const UPDATE: Duration = Duration::from_secs(1);
const SIZES: [u32; 6] = [128, 256, 512, 1024, 1769, 3008];
const CALLS: u32 = 10;
/// What a call of the function takes at every size, beyond its first.
const CALL: Duration = Duration::from_millis(60);

/// `tune sim:cpu` ends within a second.
pub(crate) fn offline(_criterion: &mut Criterion) {
    let mut times: Vec<Duration> = (0..10)
        .map(|_| {
            let begun = Instant::now();
            let output = Command::new(env!("CARGO_BIN_EXE_millicent")).args(["tune", "sim:cpu"]).output().expect("it is built");
            assert!(String::from_utf8_lossy(&output.stdout).contains("512 MB"), "the table names the measured sizes");
            begun.elapsed()
        })
        .collect();
    times.sort_unstable();
    println!("tuning: tune sim:cpu {:?} (median of 10; {:?} to {:?})", times[5], times[0], times[9]);
    assert!(times[5] < Duration::from_secs(1), "tune sim:cpu takes more than a second");
}

/// Six sizes × ten calls: beside the waits that nobody can avoid there is little.
///
/// Unavoidable are the updates, one after the other (the current size is not among the six, so seven with the way back), and the
/// calls of the size that is ready last.
pub(crate) fn prepared_while_measured(_criterion: &mut Criterion) {
    let home = tempfile::tempdir().expect("a folder can be made");
    let mut ratios: Vec<f64> = (0..5).map(|_| run(home.path())).collect();
    ratios.sort_by(f64::total_cmp);
    println!(
        "tuning: 6 sizes × {CALLS} calls take {:.2} times the unavoidable waits (median of 5; {:.2} to {:.2})",
        ratios[2], ratios[0], ratios[4]
    );
    assert!(ratios[2] <= 1.3, "sizes are not prepared while others are measured");

    fn run(home: &Path) -> f64 {
        let function = Function::named("orders").memory(640).cpu_bound(CALL.as_secs_f64() * 1000.0, 0.0, 1769);
        let aws = FakeAws::start(function);
        aws.set(|settings| settings.update_delay = UPDATE);
        let sizes = SIZES.map(|size| size.to_string()).join(",");
        let begun = Instant::now();
        let output = aws
            .millicent(home, &["tune", "orders", "--sizes", &sizes, "--calls", &CALLS.to_string(), "--yes", "--format", "json"])
            .output()
            .expect("it is built");
        let taken = begun.elapsed();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("the result is JSON");
        assert_eq!((json["spent"]["invocations"].as_u64(), json["restored"].as_bool()), (Some(66), Some(true)));
        let updates = UPDATE * (SIZES.len() as u32 + 1);
        taken.as_secs_f64() / (updates + CALL * (CALLS + 1)).as_secs_f64()
    }
}
