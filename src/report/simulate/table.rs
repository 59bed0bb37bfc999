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
    let all = rows(simulation);
    let wanted: &[usize] = match width {
        ..90 => &[0, 2, 3, 5, 10],
        90..130 => &[0, 2, 3, 5, 8, 9, 10],
        _ => &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    };
    // A kind of server that no design has is no column.
    let says = |column: usize| ![8, 9].contains(&column) || all.iter().any(|row| row[column] != "0");
    let columns: Vec<usize> = wanted.iter().copied().filter(|column| says(*column)).collect();
    let header: Vec<&str> = columns.iter().map(|column| COLUMNS[*column]).collect();
    let numbers: Vec<usize> = (1..columns.len()).collect();
    let rows = all.iter().map(|row| columns.iter().map(|column| row[*column].clone()).collect()).collect();
    writeln!(out, "{}", text_table(&header, &numbers, rows, Some(width)))?;
    left_out(simulation).iter().try_for_each(|line| writeln!(out, "\n{}", wrapped(line, width)))
}
