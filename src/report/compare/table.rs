//! The comparison on a terminal.

use std::io::{self, Write};

use super::rows::{HEADER, rows};
use super::words::{basis, capacity_in_words, headline, left_out};
use crate::compare::{Compared, Comparison};
use crate::report::explain::write_option_explanation;
use crate::report::table::text_table;
use crate::report::tune::wrapped;

/// Writes a sentence, the options that carry the load, what is left out with the reasons, and why the winner wins; with
/// `explain`, each option's capacity and bill as well.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_comparison(comparison: &Comparison, explain: bool, width: u16, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n{}\n", wrapped(&headline(comparison), width), wrapped(&basis(comparison), width))?;
    let rows = rows(comparison);
    if !rows.is_empty() {
        // On a narrow terminal, what the reasons have too is left out.
        let columns: Vec<usize> = if width < 80 { vec![0, 1, 2, 5] } else { (0..HEADER.len()).collect() };
        let header: Vec<&str> = columns.iter().map(|column| HEADER[*column]).collect();
        let numbers: Vec<usize> = (0..columns.len()).filter(|place| (1..6).contains(&columns[*place])).collect();
        let rows = rows.iter().map(|row| columns.iter().map(|column| row[*column].clone()).collect()).collect();
        writeln!(out, "{}", text_table(&header, &numbers, rows, Some(width)))?;
    }
    let left_out = left_out(comparison);
    if !left_out.is_empty() {
        writeln!(out, "\nLeft out:")?;
        left_out.iter().try_for_each(|line| writeln!(out, "{}", wrapped(&format!("- {line}"), width)))?;
    }
    if !comparison.why.is_empty() {
        writeln!(out, "\n{}", wrapped(&format!("Why: {}", comparison.why.join(" ")), width))?;
    }
    if explain {
        comparison.options.iter().try_for_each(|option| write_explained(option, out))?;
    }
    Ok(())
}

fn write_explained(option: &Compared, out: &mut dyn Write) -> io::Result<()> {
    let Some(estimate) = &option.estimate else { return Ok(()) };
    write_option_explanation(estimate, out)?;
    for (workload, capacity) in &estimate.capacities {
        writeln!(out, "  capacity of {workload}: {}", capacity_in_words(capacity))?;
    }
    estimate.notes.iter().try_for_each(|(workload, note)| match workload {
        Some(workload) => writeln!(out, "  note: {workload}: {note}"),
        None => writeln!(out, "  note: {note}"),
    })
}
