//! The keys of an execution input, read by taking them out; null is as good as not given.

use serde_json::{Map, Value};

use super::PowerTuningError;
use super::payload::shortened;
use crate::settings::nearest;

/// What is left to read, and what was noticed.
pub(super) struct Settings {
    entries: Map<String, Value>,
    asked: Vec<&'static str>,
    pub(super) notes: Vec<String>,
}

impl Settings {
    pub(super) fn read(text: &str) -> Result<Self, PowerTuningError> {
        let problem = |problem: String| PowerTuningError::Json { what: "the execution input", problem };
        match serde_json::from_str(text) {
            Ok(Value::Object(entries)) => Ok(Self { entries, asked: Vec::new(), notes: Vec::new() }),
            Ok(_) => Err(problem("it is not an object (write {\"lambdaARN\": \"...\", \"num\": 10})".to_owned())),
            Err(error) => Err(problem(error.to_string())),
        }
    }

    pub(super) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    pub(super) fn take(&mut self, key: &'static str) -> Option<Value> {
        self.asked.push(key);
        self.entries.remove(key).filter(|value| !value.is_null())
    }

    /// A text; empty is as good as not given.
    pub(super) fn text(&mut self, key: &'static str) -> Result<Option<String>, PowerTuningError> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text).filter(|text| !text.is_empty())),
            Some(other) => Err(wrong(key, &other, "a text")),
        }
    }

    /// A finite number, or a text that is one.
    pub(super) fn number(&mut self, key: &'static str) -> Result<Option<f64>, PowerTuningError> {
        let Some(value) = self.take(key) else { return Ok(None) };
        match number_of(&value) {
            Some(number) => Ok(Some(number)),
            None => Err(wrong(key, &value, "a number")),
        }
    }

    /// A switch: true or false, or a text or number that says so.
    pub(super) fn switch(&mut self, key: &'static str) -> Result<bool, PowerTuningError> {
        let Some(value) = self.take(key) else { return Ok(false) };
        let text = match &value {
            Value::Bool(on) => return Ok(*on),
            Value::String(text) => text.to_lowercase(),
            other => other.to_string(),
        };
        let on = match text.as_str() {
            "true" | "1" => true,
            "false" | "0" | "" => false,
            _ => return Err(wrong(key, &value, "true or false")),
        };
        if !text.is_empty() && value.is_string() {
            self.note(format!(
                "`{key}` is the text {} and is read as {on}; power-tuning takes every text as true, and `dryRun` in some of its steps as false",
                shortened(&value)
            ));
        }
        Ok(on)
    }

    /// A list of texts.
    pub(super) fn texts(&mut self, key: &'static str) -> Result<Vec<String>, PowerTuningError> {
        match self.take(key) {
            None => Ok(Vec::new()),
            Some(Value::Array(elements)) => {
                let text = |element: Value| match element {
                    Value::String(text) => Ok(text),
                    other => Err(wrong(key, &other, "a list of texts")),
                };
                elements.into_iter().map(text).collect()
            }
            Some(other) => Err(wrong(key, &other, "a list of texts (in brackets, even if it is one)")),
        }
    }

    /// What nobody asked for, as warnings.
    pub(super) fn unknown_keys(&self) -> Vec<String> {
        let meant = |key: &str| match key {
            // Once in the tool's own documentation by mistake.
            "enableParallel" => Some("parallelInvocation"),
            _ => nearest(key, self.asked.iter().copied()),
        };
        let warning = |key: &String| match meant(key) {
            Some(known) => format!("the unknown key `{key}` is not used (did you mean `{known}`?)"),
            None => format!("the unknown key `{key}` is not used"),
        };
        self.entries.keys().map(warning).collect()
    }
}

pub(super) fn wrong(key: &str, value: &Value, expected: impl Into<String>) -> PowerTuningError {
    PowerTuningError::Setting { key: key.to_owned(), found: shortened(value), expected: expected.into() }
}

/// A number, or a text of digits that is one.
pub(super) fn number_of(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    number.filter(|number: &f64| number.is_finite())
}

/// A whole number in `range`, by the same rules.
pub(super) fn whole_of(value: &Value, range: std::ops::RangeInclusive<u32>) -> Option<u32> {
    let whole = number_of(value).filter(|number| number.fract() == 0.0 && *number >= 0.0 && *number <= f64::from(u32::MAX))?;
    Some(whole as u32).filter(|whole| range.contains(whole))
}
