//! A replay as Markdown, to paste into a design document.

use std::io::{self, Write};

use super::words::{COLUMNS, basis, headline, left_out, rows, simulation_notes};
use crate::report::markdown::escaped;
use crate::simulate::Simulation;

/// Writes a sentence, the table, and what must be said of each design.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_simulation_markdown(simulation: &Simulation, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n\n{}.\n", escaped(&headline(simulation)), escaped(&basis(simulation)))?;
    let rows = rows(simulation);
    if !rows.is_empty() {
        writeln!(out, "| {} |\n|---|{}", COLUMNS.join(" | "), "---:|".repeat(COLUMNS.len() - 1))?;
    }
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
        writeln!(out, "| {} |", cells.join(" | "))?;
    }
    left_out(simulation).iter().try_for_each(|line| writeln!(out, "\n{}.", escaped(line)))?;
    for (name, notes) in simulation_notes(simulation).iter().filter(|(_, notes)| !notes.is_empty()) {
        writeln!(out, "\n{}:\n", escaped(name))?;
        notes.iter().try_for_each(|note| writeln!(out, "- {}", escaped(note)))?;
    }
    Ok(())
}
