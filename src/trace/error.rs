//! What is wrong with a trace, and where.

use std::sync::Arc;

use super::Format;

/// Why a trace cannot be read, or a line of it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TraceError {
    /// The source failed: a disk, a pipe, a compressed file that ends too early.
    #[error("{file}:{line}: the file cannot be read on: {problem}")]
    Read {
        /// The name of the source.
        file: Arc<str>,
        /// The line that was being read, from 1.
        line: u64,
        /// What the system says.
        problem: String,
    },
    /// There is no line, or no line after the header.
    #[error("{file}: the trace is empty (it needs at least one call)")]
    Empty {
        /// The name of the source.
        file: Arc<str>,
    },
    /// The first line is the header of no known format, nor a call.
    #[error("{file}:1: the header {header:?} is not the one of a trace (expected: {expected})")]
    Header {
        /// The name of the source.
        file: Arc<str>,
        /// The start of the line.
        header: String,
        /// What it may be.
        expected: &'static str,
    },
    /// A table of durations beside a trace that it is not for.
    #[error("{file}: a table of durations is for counts by function, azure_2019, and this is {format} (leave the table out)")]
    NotByFunction {
        /// The name of the source.
        file: Arc<str>,
        /// What it is.
        format: Format,
    },
    /// A line has more or fewer columns than the header.
    #[error("{file}:{line}: {found} columns (the header has {expected})")]
    Columns {
        /// The name of the source.
        file: Arc<str>,
        /// The line, from 1.
        line: u64,
        /// How many the line has.
        found: usize,
        /// How many it should have.
        expected: usize,
    },
    /// A value that cannot be used.
    #[error("{file}:{line}: `{column}` is {value:?} ({reason})")]
    Value {
        /// The name of the source.
        file: Arc<str>,
        /// The line, from 1.
        line: u64,
        /// The name of the column.
        column: String,
        /// What is written.
        value: String,
        /// What may be.
        reason: &'static str,
    },
    /// A quote that is never closed, or text behind a closed one.
    #[error("{file}:{line}: a quote is opened and not closed at the end of a value (remove it, or write it twice)")]
    Quote {
        /// The name of the source.
        file: Arc<str>,
        /// The line, from 1.
        line: u64,
    },
    /// A line that no trace has.
    #[error("{file}:{line}: the line is longer than {most} bytes (is it a text file with line ends?)")]
    LongLine {
        /// The name of the source.
        file: Arc<str>,
        /// The line, from 1.
        line: u64,
        /// The longest that is read.
        most: usize,
    },
    /// A call that comes so late in the file that later ones have been handed on.
    #[error(
        "{file}:{line}: a call that started at {at_s} s comes after one at {newest_s} s, more than the reorder window of \
         {window_s} s before it (sort the file by start, or give a larger window)"
    )]
    Late {
        /// The name of the source.
        file: Arc<str>,
        /// The line, from 1.
        line: u64,
        /// When the call started.
        at_s: f64,
        /// The latest start so far.
        newest_s: f64,
        /// How far back a call may be.
        window_s: f64,
    },
    /// Counts whose minutes go back.
    #[error("{file}:{line}: minute {minute} comes after minute {previous} (sort the file by minute, one line for each)")]
    MinuteOrder {
        /// The name of the source.
        file: Arc<str>,
        /// The line, from 1.
        line: u64,
        /// The minute of the line.
        minute: u32,
        /// The minute before.
        previous: u32,
    },
    /// More functions than can be told apart.
    #[error("{file}:{line}: more than {most} functions (split the trace)")]
    Functions {
        /// The name of the source.
        file: Arc<str>,
        /// The line, from 1.
        line: u64,
        /// How many there may be.
        most: u32,
    },
}

/// What was skipped, when bad lines shall be.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BadLines {
    /// How many lines.
    pub count: u64,
    /// What is wrong with the first ten.
    pub first: Vec<TraceError>,
}

impl BadLines {
    pub(super) fn note(&mut self, error: TraceError) {
        const KEPT: usize = 10;
        self.count += 1;
        if self.first.len() < KEPT {
            self.first.push(error);
        }
    }
}

impl TraceError {
    /// Whether only this line is unusable: the lines after it can be read.
    pub(super) fn is_of_one_line(&self) -> bool {
        matches!(
            self,
            Self::Columns { .. } | Self::Value { .. } | Self::Quote { .. } | Self::Late { .. } | Self::MinuteOrder { .. }
        )
    }
}
