//! A replay on a terminal.

use std::io::{self, Write};

use super::words::{COLUMNS, basis, headline, left_out, rows};
use crate::report::table::text_table;
use crate::report::tune::wrapped;
use crate::simulate::Simulation;

/// Columns by how much they tell; what a terminal has no room for is left out.
const CHOICES: [&[usize]; 3] = [&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], &[0, 1, 2, 3, 4, 5, 8, 9, 10], &[0, 2, 3, 5, 8, 9, 10]];
const LEAST: &[usize] = &[0, 2, 3, 5, 10];
/// Between two columns.
const GAP: usize = 3;
/// Names of designs are broken, but to no less than this.
const LEAST_NAME: usize = 26;

/// Writes a sentence, and a row for each workload of each design.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_simulation(simulation: &Simulation, width: u16, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n{}\n", wrapped(&headline(simulation), width), wrapped(&basis(simulation), width))?;
    let all = rows(simulation);
    if all.is_empty() {
        return left_out(simulation).iter().try_for_each(|line| writeln!(out, "{}", wrapped(line, width)));
    }
    // A kind of server that no design has is no column.
    let says = |column: &usize| ![8, 9].contains(column) || all.iter().any(|row| row[*column] != "0");
    let wide = |column: usize| all.iter().map(|row| row[column].chars().count()).fold(COLUMNS[column].len(), usize::max);
    let fits = |columns: &&[usize]| {
        let numbers: usize = columns[1..].iter().filter(|column| says(column)).map(|column| wide(*column) + GAP).sum();
        wide(0).min(LEAST_NAME) + GAP + numbers <= usize::from(width)
    };
    let wanted = CHOICES.iter().copied().find(fits).unwrap_or(LEAST);
    let columns: Vec<usize> = wanted.iter().copied().filter(says).collect();
    let header: Vec<&str> = columns.iter().map(|column| COLUMNS[*column]).collect();
    let numbers: Vec<usize> = (1..columns.len()).collect();
    let rows = all.iter().map(|row| columns.iter().map(|column| row[*column].clone()).collect()).collect();
    writeln!(out, "{}", text_table(&header, &numbers, rows, Some(width)))?;
    left_out(simulation).iter().try_for_each(|line| writeln!(out, "\n{}", wrapped(line, width)))
}
