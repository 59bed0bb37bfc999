//! The comparison as Markdown, to paste into a design document.

use std::io::{self, Write};

use super::rows::{HEADER, rows};
use super::words::{basis, comparison_notes, headline, left_out};
use crate::compare::Comparison;
use crate::report::markdown::escaped;

/// Writes a sentence, the table, what is left out, the reasons, and the notes: a table without its assumptions misleads.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_comparison_markdown(comparison: &Comparison, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n\n{}.", escaped(&headline(comparison)), escaped(&basis(comparison)))?;
    let rows = rows(comparison);
    if !rows.is_empty() {
        writeln!(out, "\n| {} |\n|---|---:|---:|---:|---:|---:|---|", HEADER.join(" | "))?;
        for row in rows {
            let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
            writeln!(out, "| {} |", cells.join(" | "))?;
        }
    }
    let left_out = left_out(comparison);
    if !left_out.is_empty() {
        writeln!(out, "\nLeft out:\n")?;
        left_out.iter().try_for_each(|line| writeln!(out, "- {}", escaped(line)))?;
    }
    if !comparison.why.is_empty() {
        writeln!(out, "\n{}", escaped(&comparison.why.join(" ")))?;
    }
    let notes = comparison_notes(comparison);
    if !notes.is_empty() {
        writeln!(out, "\nAssumptions:\n")?;
    }
    notes.iter().try_for_each(|note| writeln!(out, "- {}", escaped(note)))
}
