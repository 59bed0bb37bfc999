//! The events that the function is given. They stay here and in the driver: nothing below ever sees one.

use std::path::Path;

use millicent::power_tuning;
use millicent::tune::Payloads;
use serde_json::Value;

use super::super::WrongInput;
use super::super::files::read_text;

/// The events of a run, and how they are shared out over the calls.
#[derive(Clone)]
pub(super) struct Events {
    /// What is sent, by number.
    pub(super) bytes: Vec<Vec<u8>>,
    /// Their classes.
    pub(super) payloads: Payloads,
}

/// Where the events are.
#[derive(Clone)]
pub(super) enum EventSource {
    /// Here.
    Here(Events),
    /// In an object of S3, which is read when there is a connection.
    S3 {
        /// s3://BUCKET/KEY
        address: String,
        /// How its text is read.
        reading: Reading,
    },
}

/// How the text of an object is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// One event for every call.
    One,
    /// Events with weights.
    Weighted,
    /// As aws-lambda-power-tuning reads it: weighted if it looks so.
    PowerTuning,
}

impl Events {
    /// Every call gets this.
    pub(super) fn same(bytes: Vec<u8>) -> Self {
        Self { bytes: vec![bytes], payloads: Payloads::Weighted(vec![1.0]) }
    }

    /// Classes whose events nobody looks at: those of a recording.
    pub(super) fn of_classes(weights: &[f64]) -> Self {
        Self { bytes: vec![b"{}".to_vec(); weights.len()], payloads: Payloads::Weighted(weights.to_vec()) }
    }

    /// Reads events from a text.
    pub(super) fn of_text(text: &str, reading: Reading) -> Result<Self, String> {
        match reading {
            // What was written is what is sent, to the byte.
            Reading::One => {
                serde_json::from_str::<Value>(text).map_err(|error| format!("it is not JSON: {error}"))?;
                Ok(Self::same(text.trim().as_bytes().to_vec()))
            }
            Reading::Weighted => match power_tuning::Payloads::of_text(text).map_err(|error| error.to_string())? {
                power_tuning::Payloads::Same(_) => Err("it is not a list of {\"payload\": …, \"weight\": …}".to_owned()),
                weighted => Ok(Self::of_power_tuning(weighted)),
            },
            Reading::PowerTuning => {
                power_tuning::Payloads::of_text(text).map(Self::of_power_tuning).map_err(|error| error.to_string())
            }
        }
    }

    /// The events of an input of aws-lambda-power-tuning.
    pub(super) fn of_power_tuning(payloads: power_tuning::Payloads) -> Self {
        match payloads {
            power_tuning::Payloads::Same(value) => Self::same(power_tuning::payload_bytes(&value)),
            power_tuning::Payloads::Weighted(list) => Self {
                bytes: list.iter().map(|entry| power_tuning::payload_bytes(&entry.payload)).collect(),
                payloads: Payloads::Weighted(list.iter().map(|entry| entry.weight).collect()),
            },
        }
    }

    /// One event a line, each for one call.
    fn of_lines(text: &str) -> Result<Self, String> {
        let mut bytes = Vec::new();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            serde_json::from_str::<Value>(line).map_err(|error| format!("line {}: not JSON: {error}", number + 1))?;
            bytes.push(line.trim().as_bytes().to_vec());
        }
        let payloads = Payloads::Unique(bytes.len());
        Ok(Self { bytes, payloads })
    }
}

/// The events that were asked for on the command line.
pub(super) fn event_source(
    payload: Option<&str>,
    weighted: Option<&str>,
    events: Option<&Path>,
) -> Result<EventSource, WrongInput> {
    if let Some(path) = events {
        let wrong = |problem: String| WrongInput(format!("--events {}: {problem}", path.display()));
        return read_text(path).and_then(|text| Events::of_lines(&text)).map(EventSource::Here).map_err(wrong);
    }
    let (flag, text, reading) = match (payload, weighted) {
        (Some(text), _) => ("--payload", text, Reading::One),
        (None, Some(text)) => ("--weighted-payloads", text, Reading::Weighted),
        // Lambda gives a function that is called without a payload an empty event; an object suits most handlers.
        (None, None) => return Ok(EventSource::Here(Events::same(b"{}".to_vec()))),
    };
    if text.starts_with("s3://") {
        power_tuning::S3Object::of_address(text).map_err(|problem| WrongInput(format!("{flag}: {problem}")))?;
        return Ok(EventSource::S3 { address: text.to_owned(), reading });
    }
    let (place, content) = match text.strip_prefix('@') {
        Some(file) => (
            format!("{flag} {file}"),
            read_text(file.as_ref()).map_err(|problem| WrongInput(format!("{flag} {file}: {problem}")))?,
        ),
        None => (flag.to_owned(), text.to_owned()),
    };
    let hint = if reading == Reading::One { " (an event is JSON; a text needs its quotes)" } else { "" };
    Events::of_text(&content, reading).map(EventSource::Here).map_err(|problem| WrongInput(format!("{place}: {problem}{hint}")))
}
