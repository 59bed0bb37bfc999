//! Every figure of speed and memory that the README states: `cargo bench`.
//!
//! Each bench asserts its answer, so a fast wrong one fails. Whole-process figures come as medians with their range and as a
//! ratio within one run, because machines differ and drift.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints what it measured, and may stop")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

mod bill;
mod break_even;
mod chart;
#[path = "../tests/it/fake_aws/mod.rs"]
#[expect(dead_code, reason = "the tests use all of it")]
mod fake_aws; // an AWS account in this process
mod process;
mod replay;
mod tuning_run;
mod uncertainty;

use criterion::{criterion_group, criterion_main};

// The process first: the peak memory of a child includes what its parent held when it was started.
criterion_group!(
    benches,
    process::memory_of_a_replay,
    process::whole_process,
    tuning_run::offline,
    tuning_run::prepared_while_measured,
    bill::usage_to_bill,
    break_even::over_requests,
    uncertainty::of_ranges,
    replay::calls,
    chart::figures
);
criterion_main!(benches);
