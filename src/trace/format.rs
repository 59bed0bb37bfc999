//! Which format a trace has: its header says.

use std::fmt;

use super::calls::CallColumns;
use super::lines::Lines;
use super::minutes::MinuteColumns;
use super::number;
use super::time;

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `timestamp,duration,function`, of which only the first is needed; units as `timestamp_ms`, `duration_ms`, seconds
    /// without. Timestamps may be dates. Without a header: timestamp, duration and, where there is a third column, function.
    Calls,
    /// `app,func,end_timestamp,duration` in seconds: Azure Functions 2021.
    Azure2021,
    /// `HashOwner,HashApp,HashFunction,Trigger,1,2,…`, a function and its counts of the minutes of a day: Azure Functions 2019.
    Azure2019,
    /// `minute,count` of one function, minutes from zero or one, those without calls may be left out.
    Minutes,
    /// `func_name,invoke_time_ms`: traces of Ilúvatar.
    Iluvatar,
}

impl Format {
    /// Every format by the name that settings have for it.
    pub const NAMES: [(&'static str, Self); 5] = [
        ("calls", Self::Calls),
        ("azure_2021", Self::Azure2021),
        ("azure_2019", Self::Azure2019),
        ("minutes", Self::Minutes),
        ("iluvatar", Self::Iluvatar),
    ];

    /// Whether it has counts by the minute, and not single calls.
    #[must_use]
    pub fn counts_minutes(self) -> bool {
        matches!(self, Self::Azure2019 | Self::Minutes)
    }

    /// What the header of this format must be.
    fn expected(self) -> &'static str {
        match self {
            Self::Calls => "timestamp or timestamp_ms, and optionally duration or duration_ms, and function",
            Self::Azure2021 => "app,func,end_timestamp,duration",
            Self::Azure2019 => "HashOwner,HashApp,HashFunction,Trigger,1,2,3,…",
            Self::Minutes => "minute,count",
            Self::Iluvatar => "func_name,invoke_time_ms",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(Self::NAMES.iter().find(|(_, format)| format == self).map_or("", |(name, _)| name))
    }
}

/// How the lines are to be read.
#[derive(Debug, Clone)]
pub(super) enum Columns {
    Calls(CallColumns),
    Minutes(MinuteColumns),
}

/// What the first line says.
#[derive(Debug)]
pub(super) struct Recognized {
    pub(super) format: Format,
    pub(super) columns: Columns,
    /// The first line is no header but the first call.
    pub(super) is_call: bool,
}

/// Recognizes the first line of `lines`, or says what it should be.
pub(super) fn recognize<R: std::io::BufRead>(lines: &Lines<R>, stated: Option<Format>) -> Result<Recognized, &'static str> {
    let names = lines.names();
    let candidates =
        Format::NAMES.iter().map(|(_, format)| *format).filter(|format| stated.is_none_or(|stated| stated == *format));
    for format in candidates {
        if let Some(columns) = columns_of(format, &names) {
            return Ok(Recognized { format, columns, is_call: false });
        }
    }
    let starts_with_time = number::parse(lines.field(0)).is_some() || time::parse(lines.field(0)).is_some();
    match stated {
        None | Some(Format::Calls) if starts_with_time && (2..=3).contains(&names.len()) => Ok(Recognized {
            format: Format::Calls,
            columns: Columns::Calls(CallColumns::without_header(names.len())),
            is_call: true,
        }),
        Some(Format::Minutes) if starts_with_time && names.len() == 2 => {
            Ok(Recognized { format: Format::Minutes, columns: Columns::Minutes(MinuteColumns::without_header()), is_call: true })
        }
        Some(format) => Err(format.expected()),
        None => {
            Err("timestamp,duration,function; app,func,end_timestamp,duration; HashOwner,HashApp,HashFunction,Trigger,1,2,3,…; \
                     minute,count; or func_name,invoke_time_ms")
        }
    }
}

fn columns_of(format: Format, names: &[String]) -> Option<Columns> {
    match format {
        Format::Calls => CallColumns::of_calls(names).map(Columns::Calls),
        Format::Azure2021 => CallColumns::of_azure_2021(names).map(Columns::Calls),
        Format::Iluvatar => CallColumns::of_iluvatar(names).map(Columns::Calls),
        Format::Azure2019 => MinuteColumns::of_azure_2019(names).map(Columns::Minutes),
        Format::Minutes => MinuteColumns::of_minutes(names).map(Columns::Minutes),
    }
}
