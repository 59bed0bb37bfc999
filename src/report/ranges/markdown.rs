//! A distribution as Markdown, to paste into a design document.

use std::io::{self, Write};

use super::words::{INPUTS, OPTIONS, basis, break_even, headline, input_rows, option_rows, remarks};
use crate::report::markdown::escaped;
use crate::uncertainty::Uncertainty;

/// Writes a sentence, the options, what matters most, the break-even band, and what is left out.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_ranges_markdown(uncertainty: &Uncertainty, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n\n{}.", escaped(&headline(uncertainty)), escaped(&basis(uncertainty)))?;
    write_table(&OPTIONS, &option_rows(uncertainty), out)?;
    writeln!(out, "\nWhat matters most for {}, one input at a time:", escaped(&uncertainty.options[0].name))?;
    write_table(&INPUTS, &input_rows(uncertainty), out)?;
    if let Some(sentence) = break_even(uncertainty) {
        writeln!(out, "\n{}", escaped(&sentence))?;
    }
    let remarks = remarks(uncertainty);
    if !remarks.is_empty() {
        writeln!(out)?;
    }
    remarks.iter().try_for_each(|remark| writeln!(out, "- {}", escaped(remark)))
}

fn write_table<const N: usize>(header: &[&str; N], rows: &[[String; N]], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n| {} |\n|---|{}", header.join(" | "), "---:|".repeat(N - 1))?;
    rows.iter().try_for_each(|row| {
        let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
        writeln!(out, "| {} |", cells.join(" | "))
    })
}
