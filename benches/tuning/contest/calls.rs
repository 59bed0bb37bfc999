//! Recordings with single calls, from three files in the schema of those who made them.

use std::collections::BTreeMap;
use std::io::Read;

use millicent::platform::Architecture;

use super::recording::{FailingSize, RecordedSize, Recording, Spread};

/// Below so many calls of a size the calls of all sizes say together how they differ.
const LEAST_CALLS: u32 = 10;
/// A pooled call over the mean of its size is no less than this.
const LEAST_RESIDUAL: f64 = 0.2;

#[derive(serde::Deserialize)]
struct MeanRow {
    source: String,
    function: String,
    arch: String,
    memory_mb: u32,
    n: Option<u32>,
    mean_ms: f64,
    truth_ms: f64,
    cv: f64,
    kind: String,
}

#[derive(serde::Deserialize)]
struct CallRow {
    source: String,
    function: String,
    arch: String,
    memory_mb: u32,
    duration_ms: f64,
}

#[derive(serde::Deserialize)]
struct FailedRow {
    source: String,
    function: String,
    arch: String,
    memory_mb: u32,
    duration_ms: f64,
    max_used_mb: Option<u32>,
    outcome: String,
}

type Key = (String, String, String);
type BySize<T> = BTreeMap<u32, Vec<T>>;

/// Reads means, calls and failing calls.
pub(crate) fn recordings(means: impl Read, calls: impl Read, failed: impl Read) -> Result<Vec<Recording>, csv::Error> {
    let mut calls_ms: BTreeMap<Key, BySize<f64>> = BTreeMap::new();
    for row in csv::Reader::from_reader(calls).deserialize() {
        let CallRow { source, function, arch, memory_mb, duration_ms } = row?;
        calls_ms.entry((source, function, arch)).or_default().entry(memory_mb).or_default().push(duration_ms);
    }
    let mut failed_calls: BTreeMap<Key, BySize<FailedRow>> = BTreeMap::new();
    for row in csv::Reader::from_reader(failed).deserialize() {
        let row: FailedRow = row?;
        let key = (row.source.clone(), row.function.clone(), row.arch.clone());
        failed_calls.entry(key).or_default().entry(row.memory_mb).or_default().push(row);
    }
    let mut functions: BTreeMap<Key, Vec<MeanRow>> = BTreeMap::new();
    for row in csv::Reader::from_reader(means).deserialize() {
        let row: MeanRow = row?;
        functions.entry((row.source.clone(), row.function.clone(), row.arch.clone())).or_default().push(row);
    }
    let none = BySize::new();
    let recordings = functions.into_iter().map(|(key, rows)| {
        let failing = failed_calls.get(&key).map(failing_sizes).unwrap_or_default();
        recording(key.clone(), rows, calls_ms.get(&key).unwrap_or(&none), failing)
    });
    Ok(recordings.collect())
}

fn recording((source, name, arch): Key, mut rows: Vec<MeanRow>, calls_ms: &BySize<f64>, failing: Vec<FailingSize>) -> Recording {
    rows.sort_by_key(|row| row.memory_mb);
    let pooled = pooled_residuals(calls_ms);
    let spread = |row: &MeanRow| match calls_ms.get(&row.memory_mb) {
        Some(calls) if LEAST_CALLS <= row.n.unwrap_or(0) => Spread::Calls(calls.clone()),
        Some(_) if !pooled.is_empty() => Spread::Calls(pooled.clone()),
        _ => Spread::Assumed,
    };
    let dead = failing.iter().map(|size| size.memory_mb).max().unwrap_or(0);
    let sizes = rows.iter().filter(|row| dead < row.memory_mb).map(|row| RecordedSize {
        memory_mb: row.memory_mb,
        mean_ms: row.mean_ms,
        truth_ms: row.truth_ms,
        variation: row.cv,
        spread: spread(row),
        used_mb: None,
    });
    Recording {
        source,
        name,
        architecture: if arch == "arm64" { Architecture::Arm } else { Architecture::X86 },
        with_calls: rows.iter().any(|row| row.kind == "raw"),
        sizes: sizes.collect(),
        failing,
    }
}

/// Each call over the mean of its size, its distance from 1 widened by √(n/(n − 1)), because the mean is made of the same few
/// calls.
fn pooled_residuals(calls_ms: &BySize<f64>) -> Vec<f64> {
    let residuals = calls_ms.values().filter(|calls| 1 < calls.len()).flat_map(|calls| {
        let count = calls.len() as f64;
        let mean = calls.iter().sum::<f64>() / count;
        calls.iter().map(move |call| (1.0 + (call / mean - 1.0) * (count / (count - 1.0)).sqrt()).max(LEAST_RESIDUAL))
    });
    residuals.collect()
}

/// Every size at or below the largest that fails, as a handler that swallows a failure looks like one that works.
fn failing_sizes(calls: &BySize<FailedRow>) -> Vec<FailingSize> {
    let is_failure = |row: &FailedRow| row.outcome != "completed";
    let dead = calls.iter().filter(|(_, rows)| rows.iter().any(is_failure)).map(|(memory_mb, _)| *memory_mb).max();
    let mean = |rows: &[FailedRow]| rows.iter().map(|row| row.duration_ms).sum::<f64>() / rows.len() as f64;
    let squares: f64 = calls.values().flat_map(|rows| rows.iter().map(|row| (row.duration_ms / mean(rows) - 1.0).powi(2))).sum();
    let degrees: usize = calls.values().map(|rows| rows.len() - 1).sum();
    let sizes = calls.iter().filter(|(memory_mb, _)| Some(**memory_mb) <= dead).map(|(memory_mb, rows)| {
        let count = |outcome: &str| u32::try_from(rows.iter().filter(|row| row.outcome == outcome).count()).unwrap_or(0);
        let mut used: Vec<u32> = rows.iter().filter_map(|row| row.max_used_mb).collect();
        used.sort_unstable();
        FailingSize {
            memory_mb: *memory_mb,
            mean_ms: mean(rows),
            variation: (squares / degrees.max(1) as f64).sqrt(),
            used_mb: used.get(used.len() / 2).copied().unwrap_or(*memory_mb),
            killed: count("killed"),
            memory_errors: count("MemoryError"),
            silent: count("unlabelled") + count("completed"),
        }
    });
    sizes.collect()
}
