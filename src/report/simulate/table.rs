//! A replay on a terminal.

use std::io::{self, Write};

use super::words::{COLUMNS, basis, headline, left_out, rows};
use crate::report::table::text_table;
use crate::report::tune::wrapped;
use crate::simulate::Simulation;

/// Writes a sentence, and a row for each workload of each design.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_simulation(simulation: &Simulation, width: u16, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n{}\n", wrapped(&headline(simulation), width), wrapped(&basis(simulation), width))?;
    let columns: Vec<usize> = match width {
        ..90 => vec![0, 2, 3, 5, 9],
        90..120 => vec![0, 1, 2, 3, 5, 7, 8, 9],
        _ => (0..COLUMNS.len()).collect(),
    };
    let header: Vec<&str> = columns.iter().map(|column| COLUMNS[*column]).collect();
    let numbers: Vec<usize> = (1..columns.len()).collect();
    let rows = rows(simulation).iter().map(|row| columns.iter().map(|column| row[*column].clone()).collect()).collect();
    writeln!(out, "{}", text_table(&header, &numbers, rows, Some(width)))?;
    left_out(simulation).iter().try_for_each(|line| writeln!(out, "\n{}", wrapped(line, width)))
}
