//! Sizes on a terminal.

use std::io::{self, Write};

use super::words::{Block, Table, basis, blocks, headline};
use crate::report::table::text_table;
use crate::report::tune::wrapped;
use crate::sizing::Sizing;

/// A terminal of fewer columns goes without some of a table's.
const WIDE: u16 = 90;

/// Writes a sentence with the answer, then each option in sentences and tables.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_sizing(sizing: &Sizing, width: u16, out: &mut dyn Write) -> io::Result<()> {
    headline(sizing).iter().try_for_each(|line| writeln!(out, "{}", wrapped(line, width)))?;
    writeln!(out, "{}", wrapped(&basis(sizing), width))?;
    let mut after_table = false;
    for block in blocks(sizing) {
        if after_table && matches!(block, Block::Table(_)) {
            writeln!(out)?;
        }
        after_table = matches!(block, Block::Table(_));
        match block {
            Block::Heading(text) => writeln!(out, "\n{}", wrapped(&text, width))?,
            Block::Text(text) => writeln!(out, "\n{}", wrapped(&text, width))?,
            Block::Table(table) => writeln!(out, "{}", laid_out(&table, width))?,
        }
    }
    Ok(())
}

fn laid_out(table: &Table, width: u16) -> String {
    let columns: Vec<usize> = (0..table.header.len()).filter(|column| WIDE <= width || !table.spared.contains(column)).collect();
    let header: Vec<&str> = columns.iter().map(|column| table.header[*column]).collect();
    let numbers: Vec<usize> = (1..columns.len()).collect();
    let rows = table.rows.iter().map(|row| columns.iter().map(|column| row[*column].clone()).collect()).collect();
    text_table(&header, &numbers, rows, Some(width))
}
