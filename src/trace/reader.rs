//! The reader of a trace: lines in, calls in order out.

use std::io::BufRead;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::format::{Columns, recognize};
use super::lines::Lines;
use super::minutes::{Counted, Gathered};
use super::reorder::Reorder;
use super::{BadLines, DurationTable, Format, FunctionId, Minutes, Row, TraceError};

/// How a trace shall be read.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceOptions {
    /// What messages call the source.
    pub file: String,
    /// The format; recognized by the header where it is not stated.
    pub format: Option<Format>,
    /// How far a call may start before one that stands earlier in the file, in seconds.
    pub reorder_window_s: f64,
    /// Count bad lines and go on, instead of stopping at the first.
    pub skip_bad: bool,
    /// Whether a line that does not say how long its call took is a bad one, in a trace whose others say it.
    pub needs_durations: bool,
    /// How long the functions of Azure 2019 took, which has their counts only.
    pub durations: Option<Arc<DurationTable>>,
}

impl TraceOptions {
    /// The longest invocation of a Lambda function is 15 minutes (AWS Lambda quotas, 2026): a recording in the order of the
    /// ends displaces a start by no more.
    pub const REORDER_WINDOW_S: f64 = 900.0;

    /// The format by the header, a window of 15 minutes, no bad lines.
    #[must_use]
    pub fn new(file: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            format: None,
            reorder_window_s: Self::REORDER_WINDOW_S,
            skip_bad: false,
            needs_durations: false,
            durations: None,
        }
    }
}

/// Reads a trace row by row: an iterator that ends after the first error.
#[derive(Debug)]
pub struct TraceReader<R> {
    lines: Lines<R>,
    format: Format,
    columns: Columns,
    functions: Functions,
    skip_bad: bool,
    needs_durations: bool,
    durations: Option<Arc<DurationTable>>,
    bad: BadLines,
    reorder: Reorder,
    gathered: Gathered,
    /// The line at hand has been looked at for a header, and is a row.
    has_line: bool,
    rows: u64,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Reading,
    /// The source has ended; what waits is handed on.
    Emptying,
    Ended,
}

impl<R: BufRead> TraceReader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// When the source cannot be read, is empty, or has no header of a known format, or of the stated one, or of one that a table
    /// of durations is for.
    pub fn new(source: R, options: TraceOptions) -> Result<Self, TraceError> {
        let mut lines = Lines::new(source, &options.file);
        if !lines.advance()? {
            return Err(TraceError::Empty { file: lines.file });
        }
        let recognized = recognize(&lines, options.format).map_err(|expected| TraceError::Header {
            file: lines.file.clone(),
            header: lines.shown(),
            expected,
        })?;
        if options.durations.is_some() && recognized.format != Format::Azure2019 {
            return Err(TraceError::NotByFunction { file: lines.file, format: recognized.format });
        }
        Ok(Self {
            lines,
            format: recognized.format,
            columns: recognized.columns,
            functions: Functions::default(),
            skip_bad: options.skip_bad,
            needs_durations: options.needs_durations,
            durations: options.durations,
            bad: BadLines::default(),
            reorder: Reorder::new(options.reorder_window_s),
            gathered: Gathered::default(),
            has_line: recognized.is_call,
            rows: 0,
            state: State::Reading,
        })
    }

    /// The format it has.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// The name of a function of this trace: of Azure's traces owner, app and function with slashes between them, of a trace
    /// that names none the name of the source.
    #[must_use]
    pub fn function_name(&self, function: FunctionId) -> &str {
        self.functions.names.get(function.0 as usize).filter(|name| !name.is_empty()).map_or(&*self.lines.file, |name| name)
    }

    /// How many functions have appeared so far.
    #[must_use]
    pub fn function_count(&self) -> usize {
        self.functions.names.len()
    }

    /// The lines that were skipped so far.
    #[must_use]
    pub fn bad_lines(&self) -> &BadLines {
        &self.bad
    }

    /// Reads a line. Counts that are complete with it are given at once, calls go through the reordering.
    fn read_line(&mut self) -> Result<Option<Row>, TraceError> {
        if !std::mem::take(&mut self.has_line) && !self.lines.advance()? {
            self.state = State::Emptying;
            self.reorder.end();
            return Ok(self.gathered.finish().map(Row::Minutes));
        }
        match &self.columns {
            Columns::Calls(columns) => {
                columns.check(&self.lines)?;
                let function = self.functions.of(&self.lines, &columns.function)?;
                let call = columns.read(&self.lines, function, self.needs_durations)?;
                self.reorder.push(call).map(|()| None).map_err(|newest_s| TraceError::Late {
                    file: self.lines.file.clone(),
                    line: self.lines.line,
                    at_s: call.at_s,
                    newest_s,
                    window_s: self.reorder.window_s(),
                })
            }
            Columns::Minutes(columns) => {
                columns.check(&self.lines)?;
                let function = self.functions.of(&self.lines, columns.function())?;
                match columns.read(&self.lines, function)? {
                    Counted::Function(minutes) => {
                        let name = self.functions.names.get(function.0 as usize);
                        let durations = self.durations.as_ref().zip(name).and_then(|(table, name)| table.sampler(name));
                        Ok(Some(Row::Minutes(Minutes { durations, ..minutes })))
                    }
                    Counted::Minute { minute, calls } => {
                        let stretch = self.gathered.add(function, minute, calls).map_err(|previous| TraceError::MinuteOrder {
                            file: self.lines.file.clone(),
                            line: self.lines.line,
                            minute,
                            previous,
                        })?;
                        Ok(stretch.map(Row::Minutes))
                    }
                }
            }
        }
    }
}

impl<R: BufRead> Iterator for TraceReader<R> {
    type Item = Result<Row, TraceError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(call) = self.reorder.pop() {
                self.rows += 1;
                return Some(Ok(Row::Call(call)));
            }
            if self.state != State::Reading {
                let was_empty = self.state == State::Emptying && self.rows == 0;
                self.state = State::Ended;
                return was_empty.then(|| Err(TraceError::Empty { file: self.lines.file.clone() }));
            }
            match self.read_line() {
                Ok(None) => {}
                Ok(Some(row)) => {
                    self.rows += 1;
                    return Some(Ok(row));
                }
                Err(error) if self.skip_bad && error.is_of_one_line() => self.bad.note(error),
                Err(error) => {
                    self.state = State::Ended;
                    self.reorder = Reorder::new(0.0);
                    return Some(Err(error));
                }
            }
        }
    }
}

/// The names of functions, each kept once.
#[derive(Debug, Default)]
struct Functions {
    known: FxHashMap<Box<[u8]>, u32>,
    names: Vec<Box<str>>,
    /// The name at hand.
    name: Vec<u8>,
    /// The function of the line before.
    last: u32,
}

impl Functions {
    /// The function that these fields of the line name together.
    fn of<R: BufRead>(&mut self, lines: &Lines<R>, fields: &[usize]) -> Result<FunctionId, TraceError> {
        // A trace that names none has one, without a comparison of nothing with nothing for each line.
        if fields.is_empty() && !self.names.is_empty() {
            return Ok(FunctionId(0));
        }
        self.name.clear();
        for (place, field) in fields.iter().enumerate() {
            if place > 0 {
                self.name.push(b'/');
            }
            self.name.extend_from_slice(lines.field(*field));
        }
        // Many traces have runs of calls of one function.
        if self.names.get(self.last as usize).is_some_and(|last| last.as_bytes() == self.name) {
            return Ok(FunctionId(self.last));
        }
        if let Some(known) = self.known.get(self.name.as_slice()) {
            self.last = *known;
            return Ok(FunctionId(*known));
        }
        let Ok(name) = std::str::from_utf8(&self.name) else {
            let field = fields.iter().find(|field| std::str::from_utf8(lines.field(**field)).is_err()).copied();
            return Err(lines.bad_value(field.unwrap_or_default(), "function", "it is not UTF-8 text"));
        };
        if name.chars().any(char::is_control) {
            return Err(lines.bad_value(fields[0], "function", "a name has no control characters"));
        }
        let next = u32::try_from(self.names.len()).map_err(|_| TraceError::Functions {
            file: lines.file.clone(),
            line: lines.line,
            most: u32::MAX,
        })?;
        self.names.push(name.into());
        self.known.insert(self.name.as_slice().into(), next);
        Ok(FunctionId(next))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Write as _};

    use super::*;
    use crate::trace::Call;

    fn read_with(bytes: &[u8], change: impl Fn(&mut TraceOptions)) -> (Vec<Result<Row, TraceError>>, BadLines) {
        let mut options = TraceOptions::new("t.csv");
        change(&mut options);
        match TraceReader::new(bytes, options) {
            Ok(mut reader) => {
                let rows = reader.by_ref().collect();
                (rows, reader.bad)
            }
            Err(error) => (vec![Err(error)], BadLines::default()),
        }
    }

    /// Name, start and duration of every call.
    fn calls(text: &str) -> Vec<(String, f64, Option<f64>)> {
        let mut reader = TraceReader::new(text.as_bytes(), TraceOptions::new("t.csv")).unwrap();
        let mut found = Vec::new();
        while let Some(row) = reader.next() {
            let Row::Call(Call { function, at_s, duration_s, .. }) = row.unwrap() else { panic!("{text}") };
            found.push((reader.function_name(function).to_owned(), at_s, duration_s));
        }
        found
    }

    fn error(text: &str) -> String {
        let (rows, _) = read_with(text.as_bytes(), |_| {});
        rows.into_iter().find_map(Result::err).unwrap_or_else(|| panic!("{text:?} is no error")).to_string()
    }

    fn call(name: &str, at_s: f64, duration_s: Option<f64>) -> (String, f64, Option<f64>) {
        (name.to_owned(), at_s, duration_s)
    }

    #[test]
    fn every_format_of_calls_is_recognized_by_its_header() {
        for (text, expected) in [
            ("timestamp,duration\n1,0.5\n2.5,\n", [call("t.csv", 1.0, Some(0.5)), call("t.csv", 2.5, None)]),
            ("function,x,Timestamp_MS,Duration_Ms\nf,,1000,500\ng,,2500,\n", [call("f", 1.0, Some(0.5)), call("g", 2.5, None)]),
            (
                "\u{feff}timestamp_s,duration_s,function\r\n1,\"0.5\",f\r\n\r\n2.5,,\"g\"\r\n",
                [call("f", 1.0, Some(0.5)), call("g", 2.5, None)],
            ),
            (
                "timestamp\n1970-01-01T00:00:01Z\n1970-01-01T01:00:02.5+01:00\n",
                [call("t.csv", 1.0, None), call("t.csv", 2.5, None)],
            ),
            ("1,0.5\n2.5,\n", [call("t.csv", 1.0, Some(0.5)), call("t.csv", 2.5, None)]),
            ("1970-01-01T00:00:01Z,0.5,f\n2.5,,g", [call("f", 1.0, Some(0.5)), call("g", 2.5, None)]),
            (
                "app,func,end_timestamp,duration\na,f,1.5,0.5\nb,f,2.75,0.25\n",
                [call("a/f", 1.0, Some(0.5)), call("b/f", 2.5, Some(0.25))],
            ),
            ("func_name,invoke_time_ms\nf,1000\ng,2500\n", [call("f", 1.0, None), call("g", 2.5, None)]),
        ] {
            assert_eq!(calls(text), expected, "{text}");
        }
    }

    #[test]
    fn a_line_without_a_duration_is_a_bad_one_where_nothing_else_says_it() {
        let text = b"timestamp,duration\n0,1\n5,\n7,1\n";
        let (rows, _) = read_with(text, |options| options.needs_durations = true);
        let problem = rows.into_iter().find_map(Result::err).unwrap().to_string();
        assert_eq!(problem, "t.csv:3: `duration` is \"\" (write it, or state a duration for the calls that have none)");
        let skipping = |options: &mut TraceOptions| (options.needs_durations, options.skip_bad) = (true, true);
        let (rows, bad) = read_with(text, skipping);
        assert_eq!((rows.len(), bad.count), (2, 1));
        // Where no line says it, none of them is to blame.
        assert!(read_with(b"timestamp\n0\n5\n", skipping).0.iter().all(Result::is_ok));
    }

    #[test]
    fn calls_logged_at_their_end_come_out_in_order_of_their_start() {
        let text = "app,func,end_timestamp,duration\na,short,10,1\na,long,405,405\na,short,406,1\n";
        assert_eq!(
            calls(text),
            [call("a/long", 0.0, Some(405.0)), call("a/short", 9.0, Some(1.0)), call("a/short", 405.0, Some(1.0))]
        );
        let late = error("timestamp\n5000\n4099\n");
        assert!(
            late.starts_with("t.csv:3: a call that started at 4099 s comes after one at 5000 s") && late.contains("900 s"),
            "{late}"
        );
        let (rows, _) = read_with(b"timestamp\n5000\n4099\n", |options| options.reorder_window_s = 901.0);
        assert!(rows.len() == 2 && rows.iter().all(Result::is_ok));
    }

    #[test]
    fn a_day_of_counts_is_one_row_and_single_minutes_are_gathered() {
        let minutes = |text: &str| -> Vec<Minutes> {
            let (rows, _) = read_with(text.as_bytes(), |_| {});
            rows.into_iter().map(|row| if let Ok(Row::Minutes(minutes)) = row { minutes } else { panic!("{row:?}") }).collect()
        };
        let header: String = (1..=1440).map(|minute| format!(",{minute}")).collect();
        let text = format!(
            "HashOwner,HashApp,HashFunction,Trigger{header}\no,a,f,http{}\no,a,g,timer{}\n",
            ",0".repeat(1440),
            ",12".repeat(1440)
        );
        let day = minutes(&text);
        assert_eq!((day.len(), day[0].counts.len(), day[1].counts[1439], day[1].function), (2, 1440, 12, FunctionId(1)));
        let stretches = minutes("minute,count\n1,5\n2,0\n7,3\n8,4\n");
        let stretch = |first_minute, counts: &[u32]| Minutes {
            function: FunctionId(0),
            first_minute,
            counts: counts.to_vec(),
            durations: None,
        };
        assert_eq!(stretches, [stretch(1, &[5, 0]), stretch(7, &[3, 4])]);
        let long: String = (0..3000).map(|minute| format!("{minute},1\n")).collect();
        let lengths: Vec<usize> = minutes(&format!("minute,count\n{long}")).iter().map(|stretch| stretch.counts.len()).collect();
        assert_eq!(lengths, [1440, 1440, 120]);
    }

    #[test]
    fn what_is_wrong_is_said_with_line_column_value_and_remedy() {
        for (text, parts) in [
            ("timestamp,duration\n1,x\n", ["t.csv:2: `duration` is \"x\"", "write a number"]),
            ("timestamp,duration\n1,-1\n", ["`duration` is \"-1\"", "cannot be negative"]),
            ("timestamp,duration\n1,nan\n", ["`duration` is \"nan\"", "write a number"]),
            ("timestamp,duration\n1,86401\n", ["`duration` is \"86401\"", "longer than a day"]),
            ("timestamp,duration_ms\n\n\n1,86400001\n", ["t.csv:4: `duration_ms`", "longer than a day"]),
            ("timestamp,duration\nyesterday,1\n", ["`timestamp` is \"yesterday\"", "2026-11-27T08:00:00Z"]),
            ("timestamp,duration\n,1\n", ["`timestamp` is \"\"", "a number"]),
            ("timestamp\n1700000000000\n", ["`timestamp` is", "timestamp_ms"]),
            ("timestamp_ms\n1700000000000000\n", ["`timestamp_ms` is", "microseconds"]),
            ("timestamp,duration\n1\n", ["t.csv:2: 1 columns", "the header has 2"]),
            ("timestamp,duration\n1,1,1\n", ["t.csv:2: 3 columns", "the header has 2"]),
            ("timestamp,duration\n1,\"1\n", ["t.csv:2: a quote", "write it twice"]),
            ("1,0.5\n2,0.5,f\n", ["t.csv:2: 3 columns", "has 2"]),
            ("app,func,end_timestamp,duration\na,f,1,\n", ["`duration` is \"\"", "the start is not known"]),
            ("HashOwner,HashApp,HashFunction,Trigger,1,2\no,a,f,http,1,x\n", ["t.csv:2: `2` is \"x\"", "whole number"]),
            ("HashOwner,HashApp,HashFunction,Trigger,1,2\no,a,f,http,1,-1\n", ["`2` is \"-1\"", "whole number"]),
            ("HashOwner,HashApp,HashFunction,Trigger,1,3\no,a,f,http,1,1\n", ["the header", "HashOwner,HashApp"]),
            ("minute,count\n1,1.5\n", ["`count` is \"1.5\"", "whole number"]),
            ("minute,count\n2,1\n2,1\n", ["t.csv:3: minute 2 comes after minute 2", "sort the file"]),
            ("when,what\n1,2\n", ["t.csv:1: the header \"when,what\"", "minute,count"]),
            ("5\n6\n", ["the header \"5\"", "timestamp"]),
            ("", ["t.csv: the trace is empty", "at least one call"]),
            ("\n\n", ["the trace is empty", "at least one call"]),
            ("timestamp,duration\n", ["the trace is empty", "at least one call"]),
        ] {
            let error = error(text);
            assert!(parts.iter().all(|part| error.contains(part)), "{text:?}: {error}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_where_they_matter() {
        let first_error = |bytes: &[u8]| read_with(bytes, |_| {}).0.into_iter().find_map(Result::err).unwrap().to_string();
        assert!(
            first_error(b"timestamp,function\n1,\xff\n").contains("t.csv:2: `function` is \"\u{fffd}\" (it is not UTF-8 text)")
        );
        assert!(first_error(b"timestamp,function\n\xff,f\n").contains("`timestamp` is \"\u{fffd}\""));
        assert!(first_error(b"timestamp,function\n1,a\x1b[2Jb\n").contains("no control characters"));
        assert!(
            first_error("timestamp\n1\n".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>().as_slice())
                .contains("the header")
        );
    }

    #[test]
    fn bad_lines_are_counted_and_the_first_ten_kept_when_they_shall_be_skipped() {
        let mut text = "timestamp,duration\n0,1\n".to_owned();
        (0..25).for_each(|_| text.push_str("x,1\n"));
        text.push_str("5000,1\n3,1\n5001,1\n");
        let (rows, bad) = read_with(text.as_bytes(), |options| options.skip_bad = true);
        assert_eq!((rows.len(), bad.count, bad.first.len()), (3, 26, 10));
        assert!(rows.iter().all(Result::is_ok) && bad.first[0].to_string().starts_with("t.csv:3:"));
        let (rows, bad) = read_with(b"timestamp\nx\n", |options| options.skip_bad = true);
        assert!(matches!(rows[..], [Err(TraceError::Empty { .. })]) && bad.count == 1);
        // Without it the first ends the reading.
        let (rows, _) = read_with(text.as_bytes(), |_| {});
        assert!(matches!(rows[..], [Err(TraceError::Value { line: 3, .. })]));
    }

    #[test]
    fn a_stated_format_is_taken_or_refused() {
        let (rows, _) = read_with(b"0,3\n1,4\n", |options| options.format = Some(Format::Minutes));
        assert!(matches!(&rows[..], [Ok(Row::Minutes(minutes))] if minutes.counts == [3, 4]));
        let (rows, _) = read_with(b"timestamp\n1\n", |options| options.format = Some(Format::Azure2021));
        assert!(rows[0].as_ref().unwrap_err().to_string().contains("expected: app,func,end_timestamp,duration"));
        for (name, format) in Format::NAMES {
            assert_eq!(format.to_string(), name);
        }
    }

    #[test]
    fn a_compressed_file_that_ends_too_early_is_an_error_even_when_bad_lines_are_skipped() {
        let mut text = "timestamp,duration\n".to_owned();
        (0..20_000).for_each(|second| text.push_str(&format!("{second},{}\n", f64::from(second * 7919 % 997) / 1000.0)));
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        let whole = encoder.finish().unwrap();
        let read = |bytes: &[u8]| {
            let options = TraceOptions { skip_bad: true, ..TraceOptions::new("t.csv.gz") };
            let reader = TraceReader::new(BufReader::new(flate2::read::MultiGzDecoder::new(bytes)), options).unwrap();
            reader.collect::<Result<Vec<Row>, TraceError>>()
        };
        assert_eq!(read(&whole).unwrap().len(), 20_000);
        assert!(matches!(read(&whole[..whole.len() / 2]), Err(TraceError::Read { line, .. }) if line > 1000));
    }
}
