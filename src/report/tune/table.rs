//! The result of a run on a terminal.

use std::io::{self, Write};

use super::rows::{HEADER, NUMBERS, failures, rows};
use super::words::{basis, title, verdict};
use crate::report::text_table;
use crate::tune::TuneResult;

/// Writes the sentence that matters, then the table.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_tune_table(result: &TuneResult, width: u16, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n\n{}", title(result), wrapped(&verdict(result), usize::from(width)))?;
    writeln!(out, "\n{}", text_table(&HEADER, &NUMBERS, rows(result), Some(width)))?;
    for failure in failures(result) {
        writeln!(out, "{}", wrapped(&failure, usize::from(width)))?;
    }
    writeln!(out, "{}", wrapped(&basis(result), usize::from(width)))
}

/// Broken at spaces, so that no line is longer than the terminal.
fn wrapped(text: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last().map_or(0, |line| line.chars().count());
        if line > 0 && line + 1 + word.chars().count() > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines.join("\n")
}
