//! Sizes as Markdown, to paste into a design document.

use std::io::{self, Write};

use super::words::{Block, Table, basis, blocks, headline, sizing_notes};
use crate::report::markdown::escaped;
use crate::sizing::Sizing;

/// Writes the answer, each option, and what must be known.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_sizing_markdown(sizing: &Sizing, out: &mut dyn Write) -> io::Result<()> {
    let headline = headline(sizing);
    writeln!(out, "{}", escaped(&headline[0]))?;
    if 1 < headline.len() {
        writeln!(out)?;
    }
    headline[1..].iter().try_for_each(|line| writeln!(out, "{}", escaped(line)))?;
    writeln!(out, "\n{}.", escaped(&basis(sizing)))?;
    for block in blocks(sizing) {
        match block {
            Block::Heading(text) => writeln!(out, "\n### {}", escaped(&text))?,
            Block::Text(text) => writeln!(out, "\n{}", escaped(&text))?,
            Block::Table(table) => write_table(&table, out)?,
        }
    }
    writeln!(out)?;
    sizing_notes(sizing).iter().try_for_each(|note| writeln!(out, "- {}", escaped(note)))
}

fn write_table(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n| {} |\n|---|{}", table.header.join(" | "), "---:|".repeat(table.header.len() - 1))?;
    table.rows.iter().try_for_each(|row| {
        let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
        writeln!(out, "| {} |", cells.join(" | "))
    })
}
