//! Lines of a source and their fields, in memory that is used again for each line.
//!
//! A line ends with `\n` or `\r\n`; a value in quotes may contain commas and doubled quotes, but no line end, which no trace
//! has: so the number of a line is exact and an open quote costs one line and not the rest of the file.

use std::io::{BufRead, Read as _};
use std::ops::Range;
use std::sync::Arc;

use super::TraceError;
use super::number;

/// A line of 1,440 counts has 16 KB; without a bound a binary file would be read whole.
const LONGEST: usize = 1 << 20;

/// Reads line by line.
#[derive(Debug)]
pub(super) struct Lines<R> {
    source: R,
    pub(super) file: Arc<str>,
    /// The number of the line that was read last.
    pub(super) line: u64,
    text: Vec<u8>,
    fields: Vec<Range<usize>>,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(source: R, file: &str) -> Self {
        Self { source, file: Arc::from(file), line: 0, text: Vec::new(), fields: Vec::new() }
    }

    /// Goes to the next line that is not blank; false at the end.
    pub(super) fn advance(&mut self) -> Result<bool, TraceError> {
        loop {
            self.text.clear();
            self.line += 1;
            let read = (&mut self.source).take(LONGEST as u64).read_until(b'\n', &mut self.text);
            match read {
                Ok(0) => return Ok(false),
                Ok(LONGEST) => return Err(TraceError::LongLine { file: self.file.clone(), line: self.line, most: LONGEST }),
                Ok(_) => {}
                Err(error) => {
                    return Err(TraceError::Read { file: self.file.clone(), line: self.line, problem: error.to_string() });
                }
            }
            if self.line == 1 && self.text.starts_with("\u{feff}".as_bytes()) {
                self.text.drain(..3);
            }
            while self.text.last().is_some_and(u8::is_ascii_whitespace) {
                self.text.pop();
            }
            if !self.text.is_empty() {
                return self.split().map(|()| true);
            }
        }
    }

    /// Finds the fields of the line.
    fn split(&mut self) -> Result<(), TraceError> {
        self.fields.clear();
        let mut start = 0;
        for (place, byte) in self.text.iter().enumerate() {
            match byte {
                b',' => {
                    self.fields.push(start..place);
                    start = place + 1;
                }
                b'"' => return self.split_quoted(),
                _ => {}
            }
        }
        self.fields.push(start..self.text.len());
        Ok(())
    }

    /// The same where values may be in quotes; they are unquoted in place, which only makes them shorter.
    fn split_quoted(&mut self) -> Result<(), TraceError> {
        self.fields.clear();
        let (mut read, mut write) = (0, 0);
        loop {
            let start = write;
            let quoted = self.text.get(read) == Some(&b'"');
            read += usize::from(quoted);
            loop {
                match (self.text.get(read), self.text.get(read + 1)) {
                    (Some(b'"'), Some(b'"')) if quoted => read += 1,
                    (Some(b'"'), None | Some(b',')) if quoted => {
                        read += 1;
                        break;
                    }
                    (Some(b'"'), _) => return Err(TraceError::Quote { file: self.file.clone(), line: self.line }),
                    (None, _) if quoted => return Err(TraceError::Quote { file: self.file.clone(), line: self.line }),
                    (None, _) => break,
                    (Some(b','), _) if !quoted => break,
                    _ => {}
                }
                self.text[write] = self.text[read];
                read += 1;
                write += 1;
            }
            self.fields.push(start..write);
            if self.text.get(read).is_none() {
                return Ok(());
            }
            read += 1;
        }
    }

    /// How many fields the line has.
    pub(super) fn count(&self) -> usize {
        self.fields.len()
    }

    /// A field without the blanks around it.
    pub(super) fn field(&self, index: usize) -> &[u8] {
        self.fields.get(index).map_or(&[], |range| self.text[range.clone()].trim_ascii())
    }

    /// The fields of a header: lower case, with what is no text replaced.
    pub(super) fn names(&self) -> Vec<String> {
        (0..self.count()).map(|index| String::from_utf8_lossy(self.field(index)).to_lowercase()).collect()
    }

    /// The start of the line, for a message.
    pub(super) fn shown(&self) -> String {
        shorten(&self.text)
    }

    /// Refuses a line of another number of columns.
    #[inline]
    pub(super) fn expect_columns(&self, expected: usize) -> Result<(), TraceError> {
        if self.count() == expected {
            return Ok(());
        }
        Err(TraceError::Columns { file: self.file.clone(), line: self.line, found: self.count(), expected })
    }

    /// The complaint about a field.
    #[cold]
    pub(super) fn bad_value(&self, index: usize, column: &str, reason: &'static str) -> TraceError {
        let value = shorten(self.field(index));
        TraceError::Value { file: self.file.clone(), line: self.line, column: column.to_owned(), value, reason }
    }

    /// A number of a field, which must be finite.
    #[inline]
    pub(super) fn number(&self, index: usize, column: &str) -> Result<f64, TraceError> {
        number::parse(self.field(index)).ok_or_else(|| self.bad_value(index, column, "write a number"))
    }

    /// A whole number of a field, from zero.
    #[inline]
    pub(super) fn whole_number(&self, index: usize, column: &str) -> Result<u32, TraceError> {
        number::parse_whole(self.field(index))
            .ok_or_else(|| self.bad_value(index, column, "write a whole number from 0 to 4294967295"))
    }

    /// A duration of a field in seconds, where one of them has so many of its units. Nothing where it is empty.
    #[inline]
    pub(super) fn duration_s(&self, index: usize, column: &str, units_per_s: f64) -> Result<Option<f64>, TraceError> {
        /// No function and no request runs longer: it is another unit, or a time of day.
        const LONGEST_S: f64 = 86_400.0;
        if self.field(index).is_empty() {
            return Ok(None);
        }
        let duration_s = self.number(index, column)? / units_per_s;
        if duration_s < 0.0 {
            return Err(self.bad_value(index, column, "a duration cannot be negative"));
        }
        if LONGEST_S < duration_s {
            return Err(self.bad_value(index, column, "longer than a day: say the unit in the name, duration_ms or duration_s"));
        }
        Ok(Some(duration_s))
    }
}

/// The start of a text that may be long or no text at all.
fn shorten(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(&text[..text.len().min(240)]);
    let mut shown: String = text.chars().take(60).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Vec<Vec<String>> {
        let mut lines = Lines::new(text.as_bytes(), "f");
        let mut found = Vec::new();
        while lines.advance().unwrap() {
            found.push((0..lines.count()).map(|index| String::from_utf8(lines.field(index).to_vec()).unwrap()).collect());
        }
        found
    }

    #[test]
    fn line_ends_marks_blanks_and_quotes_do_not_matter() {
        assert_eq!(
            fields("\u{feff}a,b\r\n\r\n 1 ,\"2\"\n\n3,\n4,5"),
            [vec!["a", "b"], vec!["1", "2"], vec!["3", ""], vec!["4", "5"]]
        );
        assert_eq!(fields("\"a,\"\"b\"\"\",c\n\"\",\"\"\n,\"x\""), [vec!["a,\"b\"", "c"], vec!["", ""], vec!["", "x"]]);
    }

    #[test]
    fn an_open_quote_costs_its_line_only() {
        for text in ["\"a,b\n1,2\n", "a\"b,c\n1,2\n", "\"a\"b,c\n1,2\n", "a,\"\n1,2\n"] {
            let mut lines = Lines::new(text.as_bytes(), "f");
            assert!(matches!(lines.advance(), Err(TraceError::Quote { line: 1, .. })), "{text}");
            assert!(lines.advance().unwrap() && lines.count() == 2 && lines.line == 2, "{text}");
        }
    }

    #[test]
    fn a_file_without_line_ends_is_not_read_whole() {
        let endless = std::io::BufReader::new(std::io::repeat(b'x'));
        assert!(matches!(Lines::new(endless, "f").advance(), Err(TraceError::LongLine { line: 1, .. })));
    }
}
