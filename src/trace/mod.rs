//! Recorded arrivals: calls with their times, or how many came in each minute, from any reader.
//!
//! The one idea: a trace may be larger than the memory, so [`TraceReader`] is an iterator that holds a line and a window. It
//! gives calls in the order of their start although many recordings are in the order of their end: a call waits until no
//! earlier one can follow, which is the reorder window after it, by default the longest a Lambda function may run.
//!
//! ```
//! use millicent::trace::{Row, TraceOptions, TraceReader};
//!
//! let file = "timestamp_ms,duration_ms,function\n2000,15,resize\n1500,,store\n";
//! let mut reader = TraceReader::new(file.as_bytes(), TraceOptions::new("calls.csv"))?;
//! let Some(Ok(Row::Call(first))) = reader.next() else { panic!() };
//! assert_eq!((reader.function_name(first.function), first.at_s, first.duration_s), ("store", 1.5, None));
//! # Ok::<(), millicent::trace::TraceError>(())
//! ```
//!
//! What is wrong is an error with file, line, column and remedy, or, when bad lines shall be skipped, counted and shown. Nothing
//! is repaired, guessed or sorted behind the back of the one who asks. No file is opened here and nothing is decompressed: the
//! front desk hands over bytes.

mod calls;
mod durations;
mod error;
mod format;
mod lines;
mod minutes;
mod number;
mod reader;
mod reorder;
mod time;

pub use durations::DurationTable;
pub use error::{BadLines, TraceError};
pub use format::Format;
pub use reader::{TraceOptions, TraceReader};

use crate::stats::DurationSampler;

/// A function of a trace; [`TraceReader::function_name`] tells its name. They count from zero in order of appearance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(pub u32);

/// A call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Call {
    /// Whose.
    pub function: FunctionId,
    /// When it started: seconds from where the trace counts, which is 1970 where it has dates.
    pub at_s: f64,
    /// How long it took; nothing where the trace does not say.
    pub duration_s: Option<f64>,
    /// The line of the file that says so, from 1.
    pub line: u64,
}

/// How many calls came in each of some minutes.
#[derive(Debug, Clone, PartialEq)]
pub struct Minutes {
    /// Whose.
    pub function: FunctionId,
    /// The minute of the first count, from zero.
    pub first_minute: u32,
    /// One count for each minute.
    pub counts: Vec<u32>,
    /// How long they took, where a [`DurationTable`] says it.
    pub durations: Option<DurationSampler>,
}

/// What a trace yields, of one kind only: see [`Format::counts_minutes`].
#[derive(Debug, Clone, PartialEq)]
pub enum Row {
    /// One call.
    Call(Call),
    /// Calls of a function by the minute.
    Minutes(Minutes),
}
