//! Formats whose lines are single calls.

use std::io::BufRead;

use super::lines::Lines;
use super::time;
use super::{Call, FunctionId, TraceError};

/// A column with a name for messages.
#[derive(Debug, Clone)]
struct Column {
    index: usize,
    name: String,
    units_per_s: f64,
}

/// Where a line has what.
#[derive(Debug, Clone)]
pub(super) struct CallColumns {
    count: usize,
    time: Column,
    /// The time is the end of the call, which started its duration before.
    is_end: bool,
    duration: Option<Column>,
    /// The columns that together name the function.
    pub(super) function: Vec<usize>,
}

/// Spellings and how many of their unit make a second.
const TIMESTAMPS: [(&str, f64); 3] = [("timestamp", 1.0), ("timestamp_s", 1.0), ("timestamp_ms", 1000.0)];
const DURATIONS: [(&str, f64); 3] = [("duration", 1.0), ("duration_s", 1.0), ("duration_ms", 1000.0)];

/// The one of `spellings` that the header has.
fn one_of(spellings: &[(&str, f64)], names: &[String]) -> Option<Column> {
    spellings.iter().find_map(|(name, units_per_s)| {
        let index = names.iter().position(|written| written == name)?;
        Some(Column { index, name: (*name).to_owned(), units_per_s: *units_per_s })
    })
}

impl CallColumns {
    pub(super) fn of_calls(names: &[String]) -> Option<Self> {
        let time = one_of(&TIMESTAMPS, names)?;
        let function = names.iter().position(|name| name == "function").into_iter().collect();
        Some(Self { count: names.len(), time, is_end: false, duration: one_of(&DURATIONS, names), function })
    }

    pub(super) fn of_azure_2021(names: &[String]) -> Option<Self> {
        let time = one_of(&[("end_timestamp", 1.0)], names)?;
        let duration = one_of(&DURATIONS[..1], names)?;
        let function = ["app", "func"].map(|name| names.iter().position(|written| written == name));
        let function = function.into_iter().collect::<Option<Vec<usize>>>()?;
        Some(Self { count: names.len(), time, is_end: true, duration: Some(duration), function })
    }

    pub(super) fn of_iluvatar(names: &[String]) -> Option<Self> {
        let time = one_of(&[("invoke_time_ms", 1000.0)], names)?;
        let function = vec![names.iter().position(|name| name == "func_name")?];
        Some(Self { count: names.len(), time, is_end: false, duration: None, function })
    }

    /// Two columns, timestamp and duration, or three with the function.
    pub(super) fn without_header(count: usize) -> Self {
        let column = |index: usize, name: &str| Column { index, name: name.to_owned(), units_per_s: 1.0 };
        let function = if count == 3 { vec![2] } else { Vec::new() };
        Self { count, time: column(0, "timestamp"), is_end: false, duration: Some(column(1, "duration")), function }
    }

    /// The call of a line, whose function is already known.
    #[inline]
    pub(super) fn read<R: BufRead>(
        &self,
        lines: &Lines<R>,
        function: FunctionId,
        needs_duration: bool,
    ) -> Result<Call, TraceError> {
        let duration_s = match &self.duration {
            Some(column) => lines.duration_s(column.index, &column.name, column.units_per_s)?,
            None => None,
        };
        if let (None, true, Some(column)) = (duration_s, needs_duration, &self.duration) {
            return Err(lines.bad_value(
                column.index,
                &column.name,
                "write it, or state a duration for the calls that have none",
            ));
        }
        let mut at_s = read_time(lines, &self.time)?;
        if self.is_end {
            let Some(duration_s) = duration_s else {
                let column = self.duration.as_ref().unwrap_or(&self.time);
                return Err(lines.bad_value(column.index, &column.name, "without it the start is not known"));
            };
            at_s -= duration_s;
        }
        Ok(Call { function, at_s, duration_s, line: lines.line })
    }

    /// Refuses a line of another number of columns.
    #[inline]
    pub(super) fn check<R: BufRead>(&self, lines: &Lines<R>) -> Result<(), TraceError> {
        lines.expect_columns(self.count)
    }
}

fn read_time<R: BufRead>(lines: &Lines<R>, column: &Column) -> Result<f64, TraceError> {
    /// The year 5138: a number beyond it counts smaller units than the column says.
    const LATEST_S: f64 = 1e11;
    let at_s = match super::number::parse(lines.field(column.index)) {
        Some(number) => number / column.units_per_s,
        None => time::parse(lines.field(column.index)).ok_or_else(|| {
            lines.bad_value(column.index, &column.name, "write a number, or a date such as 2026-11-27T08:00:00Z")
        })?,
    };
    if at_s.abs() <= LATEST_S {
        return Ok(at_s);
    }
    let reason = if column.units_per_s > 1.0 {
        "a time after the year 5000: does it count microseconds?"
    } else {
        "a time after the year 5000: name the column timestamp_ms if it counts milliseconds"
    };
    Err(lines.bad_value(column.index, &column.name, reason))
}
