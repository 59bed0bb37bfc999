//! A distribution on a terminal.

use std::io::{self, Write};

use super::words::{INPUTS, OPTIONS, basis, break_even, headline, input_rows, option_rows, remarks};
use crate::report::table::text_table;
use crate::report::tune::wrapped;
use crate::uncertainty::Uncertainty;

/// Writes a sentence, the options by their probability of being the cheapest, what matters most, and the break-even band.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_ranges(uncertainty: &Uncertainty, width: u16, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n{}\n", wrapped(&headline(uncertainty), width), wrapped(&basis(uncertainty), width))?;
    let options = if width < 80 { vec![0, 2, 3, 5] } else { (0..OPTIONS.len()).collect() };
    writeln!(out, "{}\n", chosen(&OPTIONS, &options, option_rows(uncertainty), width))?;
    let inputs = if width < 120 { (0..INPUTS.len() - 1).collect() } else { (0..INPUTS.len()).collect::<Vec<_>>() };
    let best = &uncertainty.options[0].name;
    writeln!(out, "{}", wrapped(&format!("What matters most for {best}, one input at a time:"), width))?;
    writeln!(out, "{}", chosen(&INPUTS, &inputs, input_rows(uncertainty), width))?;
    if let Some(sentence) = break_even(uncertainty) {
        writeln!(out, "\n{}", wrapped(&sentence, width))?;
    }
    remarks(uncertainty).iter().try_for_each(|remark| writeln!(out, "{}", wrapped(&format!("- {remark}"), width)))
}

/// A table of some of the columns; all but the first are numbers.
fn chosen<const N: usize>(header: &[&str; N], columns: &[usize], rows: Vec<[String; N]>, width: u16) -> String {
    let header: Vec<&str> = columns.iter().map(|column| header[*column]).collect();
    let numbers: Vec<usize> = (1..columns.len()).collect();
    let rows = rows.iter().map(|row| columns.iter().map(|column| row[*column].clone()).collect()).collect();
    text_table(&header, &numbers, rows, Some(width)).to_string()
}
