//! The rows of the size table, the same for every format that people read.

use super::words::{against, infeasible, milliseconds, per_million, plus_minus, shown_sizes};
use crate::tune::TuneResult;
use crate::units::MemoryMb;

/// The columns, and which of them are numbers.
pub(super) const HEADER: [&str; 9] = ["memory", "calls", "billed ms", "±", "p50 ms", "p95 ms", "USD/million", "vs current", ""];
pub(super) const NUMBERS: [usize; 8] = [0, 1, 2, 3, 4, 5, 6, 7];

/// A line for each size that does not work, with the reason.
pub(super) fn failures(result: &TuneResult) -> Vec<String> {
    result.infeasible.iter().map(|(memory, reason)| format!("{memory} {}.", infeasible(reason))).collect()
}

/// A row for each size; the last column says what is special about it.
pub(super) fn rows(result: &TuneResult) -> Vec<Vec<String>> {
    shown_sizes(result).into_iter().map(|memory| row(result, memory)).collect()
}

fn row(result: &TuneResult, memory: MemoryMb) -> Vec<String> {
    let mut row = vec![memory.to_string()];
    match result.size(memory) {
        Some(size) => {
            let current = result.at_current().map(|(cost, ..)| cost.point);
            row.extend([
                size.calls.to_string(),
                milliseconds(size.billed_ms.point),
                plus_minus(&size.billed_ms),
                milliseconds(size.p50_ms.point),
                milliseconds(size.p95_ms.point),
                per_million(size.cost_per_million_usd.point, places(result)),
                against(size.cost_per_million_usd.point, current),
                remarks(result, memory),
            ]);
        }
        None => {
            row.extend(std::iter::repeat_n("–".to_owned(), HEADER.len() - 2));
            row.push(remarks(result, memory));
        }
    }
    row
}

/// Cents, or parts of them where a size costs less than a dollar.
fn places(result: &TuneResult) -> usize {
    let least = result.sizes.iter().map(|size| size.cost_per_million_usd.point).fold(f64::INFINITY, f64::min);
    if least < 1.0 { 4 } else { 2 }
}

fn remarks(result: &TuneResult, memory: MemoryMb) -> String {
    let recommendation = result.recommendation.as_ref();
    let mut remarks = Vec::new();
    if recommendation.is_some_and(|recommendation| recommendation.memory == memory) {
        remarks.push("best");
    }
    if recommendation.is_some_and(|recommendation| recommendation.ties.contains(&memory)) {
        remarks.push("tie");
    }
    if result.infeasible.contains_key(&memory) {
        remarks.push("fails");
    }
    if memory == result.current {
        remarks.push("current");
    }
    remarks.join(", ")
}
