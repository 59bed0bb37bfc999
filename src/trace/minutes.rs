//! Formats whose lines are counts of calls by the minute.

use std::io::BufRead;

use super::lines::Lines;
use super::{FunctionId, Minutes, TraceError};

/// Where a line has what.
#[derive(Debug, Clone)]
pub(super) enum MinuteColumns {
    /// A function in a line: three columns that name it, its trigger, then one column for each minute.
    Function { count: usize },
    /// A minute in a line.
    Minute { count: usize, minute: usize, calls: usize },
}

/// Counts of a line: of one function the whole day, or of one minute.
pub(super) enum Counted {
    Function(Minutes),
    Minute { minute: u32, calls: u32 },
}

/// The columns of Azure 2019 that come before the counts.
const NAMED: [&str; 4] = ["hashowner", "hashapp", "hashfunction", "trigger"];

impl MinuteColumns {
    /// A day of 1,440 minutes, or the part of it that the header numbers.
    pub(super) fn of_azure_2019(names: &[String]) -> Option<Self> {
        let (named, numbered) = names.split_at_checked(NAMED.len())?;
        let in_order = numbered.iter().enumerate().all(|(index, name)| name.parse() == Ok(index + 1));
        (named == NAMED && in_order && !numbered.is_empty()).then_some(Self::Function { count: names.len() })
    }

    pub(super) fn of_minutes(names: &[String]) -> Option<Self> {
        let place = |name: &str| names.iter().position(|written| written == name);
        Some(Self::Minute { count: names.len(), minute: place("minute")?, calls: place("count")? })
    }

    /// Two columns, minute and count.
    pub(super) fn without_header() -> Self {
        Self::Minute { count: 2, minute: 0, calls: 1 }
    }

    /// The columns that together name the function.
    pub(super) fn function(&self) -> &'static [usize] {
        match self {
            Self::Function { .. } => &[0, 1, 2],
            Self::Minute { .. } => &[],
        }
    }

    pub(super) fn check<R: BufRead>(&self, lines: &Lines<R>) -> Result<(), TraceError> {
        match self {
            Self::Function { count } | Self::Minute { count, .. } => lines.expect_columns(*count),
        }
    }

    pub(super) fn read<R: BufRead>(&self, lines: &Lines<R>, function: FunctionId) -> Result<Counted, TraceError> {
        match self {
            Self::Minute { minute, calls, .. } => Ok(Counted::Minute {
                minute: lines.whole_number(*minute, "minute")?,
                calls: lines.whole_number(*calls, "count")?,
            }),
            Self::Function { count } => {
                // The column is named in the message by the minute, as the header names it.
                let counts = (NAMED.len()..*count).map(|index| match lines.field(index) {
                    b"0" => Ok(0),
                    _ => lines.whole_number(index, &(index + 1 - NAMED.len()).to_string()),
                });
                Ok(Counted::Function(Minutes {
                    function,
                    first_minute: 0,
                    counts: counts.collect::<Result<_, _>>()?,
                    durations: None,
                }))
            }
        }
    }
}

/// Minutes that come one by one, gathered to stretches without a gap.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    stretch: Option<Minutes>,
}

/// A day: a stretch is handed on when it is so long.
const LONGEST_STRETCH: usize = 1440;

impl Gathered {
    /// Adds a minute; gives the stretch before it where that is complete, and the last minute where this one does not follow.
    pub(super) fn add(&mut self, function: FunctionId, minute: u32, calls: u32) -> Result<Option<Minutes>, u32> {
        let begun = Minutes { function, first_minute: minute, counts: vec![calls], durations: None };
        let Some(stretch) = &mut self.stretch else {
            self.stretch = Some(begun);
            return Ok(None);
        };
        // A stretch is never empty and never longer than a day.
        let next = stretch.first_minute.saturating_add(stretch.counts.len() as u32);
        if minute < next {
            return Err(next - 1);
        }
        if minute == next && stretch.counts.len() < LONGEST_STRETCH {
            stretch.counts.push(calls);
            return Ok(None);
        }
        Ok(self.stretch.replace(begun))
    }

    /// The last stretch.
    pub(super) fn finish(&mut self) -> Option<Minutes> {
        self.stretch.take()
    }
}
