//! The result of a run for a document or a spreadsheet.

use std::io::{self, Write};

use super::rows::{HEADER, NUMBERS, failures, rows};
use super::words::{basis, production, title, verdict};
use crate::tune::TuneResult;

/// Writes the result as Markdown, with its notes.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_tune_markdown(result: &TuneResult, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## {}\n\n{}\n", title(result), verdict(result))?;
    writeln!(out, "| {} |", HEADER.join(" | "))?;
    let line = |column: usize| if NUMBERS.contains(&column) { "---:" } else { "---" };
    writeln!(out, "|{}|", (0..HEADER.len()).map(line).collect::<Vec<_>>().join("|"))?;
    for row in rows(result) {
        writeln!(out, "| {} |", row.iter().map(|cell| cell.replace('|', "\\|")).collect::<Vec<_>>().join(" | "))?;
    }
    let notes = result.notes.iter().map(ToString::to_string);
    let lines: Vec<String> = failures(result).into_iter().chain(basis(result)).chain(production(result)).chain(notes).collect();
    if !lines.is_empty() {
        writeln!(out)?;
    }
    for line in lines {
        writeln!(out, "- {line}")?;
    }
    Ok(())
}

/// Writes a row for each measured size as CSV, with units in the column names.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_tune_csv(result: &TuneResult, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record([
        "memory_mb",
        "calls",
        "cold_calls",
        "mean_ms",
        "mean_billed_ms",
        "mean_billed_low_ms",
        "mean_billed_high_ms",
        "p50_ms",
        "p95_ms",
        "p99_ms",
        "max_memory_used_mb",
        "cost_per_million_usd",
        "cost_per_million_low_usd",
        "cost_per_million_high_usd",
        "recommended",
        "current",
    ])?;
    for size in &result.sizes {
        let chosen = result.recommendation.as_ref().is_some_and(|recommendation| recommendation.memory == size.memory);
        csv.write_record([
            size.memory.get().to_string(),
            size.calls.to_string(),
            size.cold_calls.to_string(),
            size.duration_ms.point.to_string(),
            size.billed_ms.point.to_string(),
            size.billed_ms.low.to_string(),
            size.billed_ms.high.to_string(),
            size.p50_ms.point.to_string(),
            size.p95_ms.point.to_string(),
            size.p99_ms.point.to_string(),
            size.max_memory_used_mb.map_or_else(String::new, |used| used.to_string()),
            size.cost_per_million_usd.point.to_string(),
            size.cost_per_million_usd.low.to_string(),
            size.cost_per_million_usd.high.to_string(),
            chosen.to_string(),
            (size.memory == result.current).to_string(),
        ])?;
    }
    csv.flush()
}
