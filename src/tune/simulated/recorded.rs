//! A function by its recorded calls: a run over them costs nothing and gives what a run on the function would have given.
//!
//! The file has a header with `memory_mb` and `duration_ms`, and may have `function`, `arch`, `sample`, `init_ms`, `n`, `notes`
//! (`;`-separated; the first word is `warm`, `cold`, `fresh-container`, `hidden-init`, `other-size` or `error:<kind>`, then
//! `current=`, the size that was in use, and `max_mem_mb=`, `class=` and `weight=`, of the payload). Calls of a size and a class
//! are given back in their order, from the beginning again when all have been given: so a run over the calls of another run,
//! with the same flags, comes to the same result.

use std::collections::BTreeMap;
use std::io::Read;

use super::{Environment, Function, Ran, Situation};
use crate::lambda_log::FunctionErrorKind;
use crate::platform::Architecture;
use crate::units::MemoryMb;

/// Why a recording cannot be replayed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecordedError {
    /// The file is no table.
    #[error("line {line}: {problem}")]
    Csv {
        /// Where.
        line: u64,
        /// What is wrong.
        problem: String,
    },
    /// A column that is needed is missing.
    #[error("there is no column `{column}` (columns: {columns})")]
    Column {
        /// The column.
        column: &'static str,
        /// What there is.
        columns: String,
    },
    /// A value is none.
    #[error("line {line}: `{column}` is {value:?} ({expected})")]
    Value {
        /// Where.
        line: u64,
        /// The column.
        column: &'static str,
        /// What is written.
        value: String,
        /// What may be.
        expected: &'static str,
    },
    /// Several functions, and none was chosen.
    #[error("the file has {} functions (choose one: FILE#NAME, for example #{}; it has {})", .0.len(), .0[0], some_of(.0))]
    Several(Vec<String>),
    /// The chosen function is not there.
    #[error("the file has no function {chosen:?} (it has {})", some_of(.known))]
    Unknown {
        /// What was asked for.
        chosen: String,
        /// What there is.
        known: Vec<String>,
    },
    /// No call at all.
    #[error("the file has no calls")]
    Empty,
}

fn some_of(names: &[String]) -> String {
    let mut some = names.iter().take(8).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > 8 {
        some.push_str(&format!(" and {} more", names.len() - 8));
    }
    some
}

/// Calls in their order.
#[derive(Debug, Clone, Default)]
struct Queue {
    runs: Vec<Ran>,
    next: usize,
}

impl Queue {
    fn give(&mut self) -> Option<Ran> {
        let ran = self.runs.get(self.next % self.runs.len().max(1)).cloned();
        self.next += 1;
        ran
    }
}

/// The calls of a size, by the class of their payload.
#[derive(Debug, Clone, Default)]
struct Calls {
    warm: BTreeMap<usize, Queue>,
    cold: BTreeMap<usize, Queue>,
}

/// Recorded calls of one function.
#[derive(Debug, Clone)]
pub struct Recorded {
    name: String,
    architecture: Architecture,
    calls: BTreeMap<MemoryMb, Calls>,
    current: Option<MemoryMb>,
    weights: BTreeMap<usize, f64>,
}

impl Recorded {
    /// Reads a recording. `chosen` names the function where the file has several: `function`, or `function/arch`.
    ///
    /// # Errors
    /// When the file is none, or has several functions and none is chosen.
    pub fn read(csv: impl Read, chosen: Option<&str>) -> Result<Self, RecordedError> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(csv);
        let csv_error = |error: &csv::Error| RecordedError::Csv {
            line: error.position().map_or(1, csv::Position::line),
            problem: error.to_string(),
        };
        let columns = Columns::of(reader.headers().map_err(|error| csv_error(&error))?)?;
        let mut functions: BTreeMap<(String, String), Self> = BTreeMap::new();
        for row in reader.records() {
            let row = Row { record: row.map_err(|error| csv_error(&error))?, columns: &columns };
            let key = (row.get(columns.function).to_owned(), row.get(columns.architecture).to_owned());
            let call = row.call()?;
            let architecture = if key.1 == "arm64" { Architecture::Arm } else { Architecture::X86 };
            let name = if key.1.is_empty() { key.0.clone() } else { format!("{}/{}", key.0, key.1) };
            let empty = Self { name, architecture, calls: BTreeMap::new(), current: None, weights: BTreeMap::new() };
            functions.entry(key).or_insert(empty).take(call);
        }
        choose(functions, chosen)
    }

    /// Its name in the file; empty when it has none.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its architecture; x86 where the file does not say.
    #[must_use]
    pub const fn architecture(&self) -> Architecture {
        self.architecture
    }

    fn take(&mut self, call: RecordedCall) {
        let calls = self.calls.entry(call.memory).or_default();
        self.current = call.current.or(self.current);
        if let Some(weight) = call.weight {
            self.weights.insert(call.class, weight);
        }
        let queue = match call.kind {
            Kind::Warm => &mut calls.warm,
            Kind::Cold => &mut calls.cold,
            Kind::NotAveraged => return,
        };
        queue.entry(call.class).or_default().runs.push(call.ran);
    }

    /// The size that was in use, where the file says it.
    #[must_use]
    pub const fn current(&self) -> Option<MemoryMb> {
        self.current
    }

    /// The weights of the classes of payloads; one class where the file names none.
    #[must_use]
    pub fn class_weights(&self) -> Vec<f64> {
        let numbered = self.weights.keys().copied().eq(0..self.weights.len());
        if numbered && !self.weights.is_empty() { self.weights.values().copied().collect() } else { vec![1.0] }
    }

    /// The sizes that were recorded, ascending.
    #[must_use]
    pub fn sizes(&self) -> Vec<MemoryMb> {
        self.calls.keys().copied().collect()
    }
}

fn choose(functions: BTreeMap<(String, String), Recorded>, chosen: Option<&str>) -> Result<Recorded, RecordedError> {
    let known: Vec<String> = functions.values().map(|recorded| recorded.name.clone()).collect();
    let mut fitting: Vec<Recorded> = functions
        .into_iter()
        .filter(|((function, _), recorded)| chosen.is_none_or(|chosen| chosen == function || chosen == recorded.name))
        .map(|(_, recorded)| recorded)
        .collect();
    match (fitting.len(), chosen) {
        (1, _) => Ok(fitting.remove(0)),
        (0, Some(chosen)) => Err(RecordedError::Unknown { chosen: chosen.to_owned(), known }),
        (0, None) => Err(RecordedError::Empty),
        _ => Err(RecordedError::Several(fitting.into_iter().map(|recorded| recorded.name).collect())),
    }
}

struct Columns {
    memory: usize,
    duration: usize,
    function: Option<usize>,
    architecture: Option<usize>,
    init: Option<usize>,
    notes: Option<usize>,
}

impl Columns {
    fn of(header: &csv::StringRecord) -> Result<Self, RecordedError> {
        let find = |name: &str| header.iter().position(|column| column.trim_start_matches('\u{feff}') == name);
        let needed = |column: &'static str| {
            find(column).ok_or_else(|| RecordedError::Column { column, columns: header.iter().collect::<Vec<_>>().join(", ") })
        };
        Ok(Self {
            memory: needed("memory_mb")?,
            duration: needed("duration_ms")?,
            function: find("function"),
            architecture: find("arch"),
            init: find("init_ms"),
            notes: find("notes"),
        })
    }
}

/// What a row is good for.
enum Kind {
    Warm,
    Cold,
    /// The run that recorded it did not average it; neither does another.
    NotAveraged,
}

struct RecordedCall {
    memory: MemoryMb,
    ran: Ran,
    kind: Kind,
    class: usize,
    weight: Option<f64>,
    current: Option<MemoryMb>,
}

struct Row<'c> {
    record: csv::StringRecord,
    columns: &'c Columns,
}

impl Row<'_> {
    fn get(&self, column: Option<usize>) -> &str {
        column.and_then(|column| self.record.get(column)).unwrap_or("")
    }

    fn wrong(&self, column: &'static str, value: &str, expected: &'static str) -> RecordedError {
        let line = self.record.position().map_or(0, csv::Position::line);
        RecordedError::Value { line, column, value: value.to_owned(), expected }
    }

    fn call(&self) -> Result<RecordedCall, RecordedError> {
        let memory = self.get(Some(self.columns.memory));
        let memory_mb: u32 = memory
            .parse()
            .ok()
            .filter(|size| *size > 0)
            .ok_or_else(|| self.wrong("memory_mb", memory, "a whole number of megabytes"))?;
        let duration_ms = self.milliseconds("duration_ms", self.columns.duration)?;
        let duration_ms = duration_ms.ok_or_else(|| self.wrong("duration_ms", "", "milliseconds, more than 0"))?;
        let init_ms = self.columns.init.map_or(Ok(None), |column| self.milliseconds("init_ms", column))?;
        let notes: Vec<&str> = self.get(self.columns.notes).split(';').map(str::trim).collect();
        let first = notes.first().copied().unwrap_or("");
        let cold = first == "cold" || (first != "fresh-container" && init_ms.is_some());
        let kind = match first {
            "hidden-init" | "other-size" => Kind::NotAveraged,
            _ if cold => Kind::Cold,
            _ => Kind::Warm,
        };
        let weight = note("weight=", &notes).filter(|weight: &f64| weight.is_finite() && *weight > 0.0);
        let ran = Ran {
            duration_ms,
            init_ms: init_ms.filter(|_| cold),
            max_memory_used_mb: note("max_mem_mb=", &notes).unwrap_or(0),
            error: first.strip_prefix("error:").map(error_of),
        };
        Ok(RecordedCall {
            memory: MemoryMb::new(memory_mb),
            ran,
            kind,
            class: note("class=", &notes).unwrap_or(0),
            weight,
            current: note("current=", &notes).filter(|memory| *memory > 0).map(MemoryMb::new),
        })
    }

    fn milliseconds(&self, name: &'static str, column: usize) -> Result<Option<f64>, RecordedError> {
        let text = self.get(Some(column));
        if text.is_empty() {
            return Ok(None);
        }
        let value = text.parse::<f64>().ok().filter(|value| value.is_finite() && *value > 0.0);
        value.map(Some).ok_or_else(|| self.wrong(name, text, "milliseconds, more than 0"))
    }
}

/// The value of `key=value` among notes.
fn note<T: std::str::FromStr>(key: &str, notes: &[&str]) -> Option<T> {
    notes.iter().find_map(|note| note.strip_prefix(key)?.parse().ok())
}

/// The kind of a recorded failure: what this program writes, and the words other recordings use.
fn error_of(kind: &str) -> (FunctionErrorKind, String) {
    let failed = match kind {
        "out-of-memory" | "killed" | "MemoryError" | "oom" => FunctionErrorKind::OutOfMemory,
        "timeout" => FunctionErrorKind::Timeout,
        "crash" => FunctionErrorKind::Crash,
        _ => FunctionErrorKind::Handler,
    };
    // What this program writes is the kind alone; these are the types that Lambda gives it.
    let error_type = match kind {
        "out-of-memory" => "Runtime.OutOfMemory",
        "timeout" => "Sandbox.Timedout",
        other => other,
    };
    (failed, error_type.to_owned())
}

impl Function for Recorded {
    fn run(&mut self, situation: Situation) -> Ran {
        // The plan offers recorded sizes only; the nearest one stands in should another be asked for.
        let distance = |size: &MemoryMb| size.get().abs_diff(situation.memory.get());
        let nearest = self.calls.keys().copied().min_by_key(distance);
        let nothing = Ran { duration_ms: 1.0, init_ms: None, max_memory_used_mb: 0, error: None };
        let Some(calls) = nearest.and_then(|size| self.calls.get_mut(&size)) else { return nothing };
        let wants_cold = situation.environment == Environment::New && !calls.cold.is_empty();
        let queues = if wants_cold || calls.warm.is_empty() { &mut calls.cold } else { &mut calls.warm };
        let class = queues.keys().copied().min_by_key(|class| (*class != situation.payload, *class));
        class.and_then(|class| queues.get_mut(&class)).and_then(Queue::give).unwrap_or(nothing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "function,arch,memory_mb,duration_ms,init_ms,notes\n\
        a,arm64,128,40.5,,warm;max_mem_mb=77\n\
        a,arm64,128,90,300,cold\n\
        a,arm64,128,41.5,,warm\n\
        a,arm64,256,5,,error:killed\n";

    #[test]
    fn calls_come_back_in_their_order_and_start_again() {
        let mut recorded = Recorded::read(FILE.as_bytes(), None).unwrap();
        assert_eq!((recorded.name(), recorded.architecture()), ("a/arm64", Architecture::Arm));
        assert_eq!(recorded.sizes(), [MemoryMb::new(128), MemoryMb::new(256)]);
        let mut run = |memory, environment| recorded.run(Situation { memory: MemoryMb::new(memory), payload: 0, environment });
        let first = run(128, Environment::New);
        assert_eq!((first.duration_ms, first.init_ms), (90.0, Some(300.0)));
        let durations: Vec<f64> = (0..3).map(|_| run(128, Environment::Warm).duration_ms).collect();
        assert_eq!(durations, [40.5, 41.5, 40.5]);
        assert_eq!(run(256, Environment::New).error, Some((FunctionErrorKind::OutOfMemory, "killed".to_owned())));
    }

    #[test]
    fn classes_their_weights_and_the_current_size_come_back() {
        let file = "memory_mb,duration_ms,notes\n\
            128,100,warm;class=0;weight=9;current=128\n\
            128,2000,warm;class=1;weight=1;current=128\n\
            128,7000,hidden-init;class=0;weight=9;current=128\n\
            256,60,warm;class=0;weight=9\n";
        let mut recorded = Recorded::read(file.as_bytes(), None).unwrap();
        assert_eq!((recorded.current(), recorded.class_weights()), (Some(MemoryMb::new(128)), vec![9.0, 1.0]));
        let mut run = |memory, payload| {
            recorded.run(Situation { memory: MemoryMb::new(memory), payload, environment: Environment::Warm }).duration_ms
        };
        // The third call of 128 MB is given to nobody; a class that a size lacks gets what there is.
        let durations = vec![run(128, 0), run(128, 1), run(128, 0), run(256, 1)];
        assert_eq!(durations, [100.0, 2000.0, 100.0, 60.0]);
        let plain = Recorded::read(FILE.as_bytes(), None).unwrap();
        assert_eq!((plain.current(), plain.class_weights()), (None, vec![1.0]));
    }

    #[test]
    fn a_file_that_is_no_recording_says_why() {
        for (file, chosen, part) in [
            ("memory,duration_ms\n1,2\n", None, "no column `memory_mb`"),
            ("memory_mb,duration_ms\n128,-3\n", None, "line 2: `duration_ms` is \"-3\""),
            ("memory_mb,duration_ms\n128,\n", None, "line 2: `duration_ms`"),
            ("memory_mb,duration_ms\n1.5,4\n", None, "line 2: `memory_mb` is \"1.5\""),
            ("memory_mb,duration_ms\n", None, "no calls"),
            ("function,memory_mb,duration_ms\na,128,1\nb,128,1\n", None, "FILE#NAME"),
            ("function,memory_mb,duration_ms\na,128,1\n", Some("c"), "no function \"c\""),
        ] {
            let error = Recorded::read(file.as_bytes(), chosen).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
