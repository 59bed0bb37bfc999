//! Break-even points on a terminal.

use std::io::{self, Write};

use super::rows::{CROSSINGS, REGIONS, crossing_rows, region_rows};
use super::words::{basis, capacities, headline, left_out, regret};
use crate::break_even::BreakEven;
use crate::report::table::text_table;
use crate::report::tune::wrapped;
use crate::units::counted;

/// More rows than a screen has are for programs.
const MOST_ROWS: usize = 30;

/// Writes a sentence, the crossings, the regions, what a wrong choice costs, and how large the fleets are.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_break_even(answer: &BreakEven, width: u16, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n{}", wrapped(&headline(answer), width), wrapped(&basis(answer), width))?;
    let axis = answer.over.label();
    if !answer.crossings.is_empty() {
        let header = [&[axis.as_str()], &CROSSINGS[..]].concat();
        write_rows(&header, &[0], crossing_rows(answer), width, out)?;
    }
    let from = format!("from {axis}");
    write_rows(&[&[from.as_str(), "to"], &REGIONS[..]].concat(), &[0, 1], region_rows(answer), width, out)?;
    if let Some(regret) = regret(answer) {
        writeln!(out, "\n{}", wrapped(&regret, width))?;
    }
    write_list("Capacity:", &capacities(answer), width, out)?;
    write_list("Left out:", &left_out(answer), width, out)
}

fn write_rows<const N: usize>(
    header: &[&str],
    numbers: &[usize],
    rows: Vec<[String; N]>,
    width: u16,
    out: &mut dyn Write,
) -> io::Result<()> {
    let more = rows.len().saturating_sub(MOST_ROWS);
    let shown = rows.into_iter().take(MOST_ROWS).map(Vec::from).collect();
    writeln!(out, "\n{}", text_table(header, numbers, shown, Some(width)))?;
    if more > 0 {
        writeln!(out, "… and {} (--format csv or json has all)", counted(more as u64, "more row"))?;
    }
    Ok(())
}

fn write_list(title: &str, lines: &[String], width: u16, out: &mut dyn Write) -> io::Result<()> {
    if !lines.is_empty() {
        writeln!(out, "\n{title}")?;
    }
    lines.iter().try_for_each(|line| writeln!(out, "{}", wrapped(&format!("- {line}"), width)))
}
