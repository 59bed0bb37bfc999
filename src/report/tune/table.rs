//! The result of a run on a terminal.

use std::io::{self, Write};

use super::rows::{HEADER, NUMBERS, failures, rows};
use super::words::{basis, production, title, verdict};
use crate::report::text_table;
use crate::tune::TuneResult;

/// The columns that stay on a terminal of this width: a table that is wider than its terminal cannot be read.
const fn columns(width: u16) -> &'static [usize] {
    match width {
        0..70 => &[0, 2, 6, 7, 8],
        70..100 => &[0, 2, 3, 5, 6, 7, 8],
        _ => &[0, 1, 2, 3, 4, 5, 6, 7, 8],
    }
}

/// Writes the sentence that matters, then the table.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_tune_table(result: &TuneResult, width: u16, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n\n{}\n", title(result), wrapped(&verdict(result), width))?;
    let columns = columns(width);
    let header: Vec<&str> = columns.iter().map(|column| HEADER[*column]).collect();
    let numbers: Vec<usize> = (0..columns.len()).filter(|place| NUMBERS.contains(&columns[*place])).collect();
    let rows = rows(result).iter().map(|row| columns.iter().map(|column| row[*column].clone()).collect()).collect();
    writeln!(out, "{}", text_table(&header, &numbers, rows, Some(width)))?;
    for line in failures(result).into_iter().chain(basis(result)).chain(production(result)) {
        writeln!(out, "{}", wrapped(&line, width))?;
    }
    Ok(())
}

/// Broken at spaces, so that no line is longer than the terminal.
#[must_use]
pub fn wrapped(text: &str, width: u16) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last().map_or(0, |line| line.chars().count());
        if line > 0 && line + 1 + word.chars().count() > usize::from(width) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_broken_at_spaces_only() {
        assert_eq!(wrapped("one two three", 7), "one two\nthree");
        assert_eq!(wrapped("incomprehensible", 5), "incomprehensible");
    }
}
