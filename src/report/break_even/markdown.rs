//! Break-even points as Markdown, to paste into a design document.

use std::io::{self, Write};

use super::rows::{CROSSINGS, REGIONS, crossing_rows, region_rows};
use super::words::{basis, break_even_notes, capacities, headline, left_out, regret};
use crate::break_even::BreakEven;
use crate::report::markdown::escaped;

/// Writes a sentence, all crossings, the regions, the size of the fleets, and the notes.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_break_even_markdown(answer: &BreakEven, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n\n{}.", escaped(&headline(answer)), escaped(&basis(answer)))?;
    let axis = answer.over.label();
    if !answer.crossings.is_empty() {
        writeln!(out, "\n| {axis} | {} |\n|---:|---|---|---|---|", CROSSINGS.join(" | "))?;
        crossing_rows(answer).iter().try_for_each(|row| write_row(row, out))?;
    }
    writeln!(out, "\n| from {axis} | to | {} |\n|---:|---:|---|---|", REGIONS.join(" | "))?;
    region_rows(answer).iter().try_for_each(|row| write_row(row, out))?;
    if let Some(regret) = regret(answer) {
        writeln!(out, "\n{}", escaped(&regret))?;
    }
    write_list("Capacity", &capacities(answer), out)?;
    write_list("Left out", &left_out(answer), out)?;
    write_list("Assumptions", &break_even_notes(answer), out)
}

fn write_row(row: &[String], out: &mut dyn Write) -> io::Result<()> {
    let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
    writeln!(out, "| {} |", cells.join(" | "))
}

fn write_list(title: &str, lines: &[String], out: &mut dyn Write) -> io::Result<()> {
    if !lines.is_empty() {
        writeln!(out, "\n{title}:\n")?;
    }
    lines.iter().try_for_each(|line| writeln!(out, "- {}", escaped(line)))
}
