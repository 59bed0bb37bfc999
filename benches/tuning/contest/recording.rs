//! Recorded functions: summary figures per function and size, from the tables in `recorded/` or from a folder of raw calls.
//!
//! The tables hold counts, means, quantiles and failures, no call; where they come from is said in `recorded/README.md`. With a
//! folder in the schema of those who made the recordings (`replay_means.csv.gz`, `replay_raw.csv.gz`, `replay_failures.csv`),
//! single calls are replayed instead.

use std::collections::BTreeMap;

use millicent::platform::Architecture;

/// Sources with calls behind their figures; the others give means only.
const WITH_CALLS: [&str; 4] = ["codetalkio", "mbwilding", "sebs", "sidag26"];

/// The tables, by source.
const TABLES: [(&str, &str); 8] = [
    ("codetalkio", include_str!("../recorded/codetalkio.csv")),
    ("mbwilding", include_str!("../recorded/mbwilding.csv")),
    ("sebs", include_str!("../recorded/sebs.csv")),
    ("sidag26", include_str!("../recorded/sidag26.csv")),
    ("cebert", include_str!("../recorded/cebert.csv")),
    ("epsagon", include_str!("../recorded/epsagon.csv")),
    ("memfigless", include_str!("../recorded/memfigless.csv")),
    ("powertuning_urls", include_str!("../recorded/powertuning_urls.csv")),
];

/// Which functions are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Set {
    /// With recorded calls: noise as it was.
    A,
    /// Means only: noise is assumed.
    B,
    /// Killed below some size.
    OutOfMemory,
}

impl Set {
    /// As the command line and the tables call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
            Self::OutOfMemory => "oom",
        }
    }
}

/// A function as recorded.
#[derive(Debug, Clone)]
pub(crate) struct Recording {
    pub(crate) source: String,
    pub(crate) name: String,
    pub(crate) architecture: Architecture,
    /// Whether single calls were recorded, or a mean.
    pub(crate) with_calls: bool,
    /// Sizes that worked, ascending.
    pub(crate) sizes: Vec<RecordedSize>,
    /// Sizes that failed, ascending.
    pub(crate) failing: Vec<FailingSize>,
}

/// A size that worked.
#[derive(Debug, Clone)]
pub(crate) struct RecordedSize {
    pub(crate) memory_mb: u32,
    pub(crate) mean_ms: f64,
    /// The mean, smoothed over the sizes where few calls stand behind each of many.
    pub(crate) truth_ms: f64,
    pub(crate) variation: f64,
    pub(crate) spread: Spread,
    /// Median of the most memory used.
    pub(crate) used_mb: Option<u32>,
}

/// How calls of one size differ.
#[derive(Debug, Clone)]
pub(crate) enum Spread {
    /// By the calls themselves, or by each call over the mean of its size.
    Calls(Vec<f64>),
    /// By the durations at probabilities 0, .05, .1, .25, .5, .75, .9, .95 and .99, with the mean.
    Quantiles([f64; 9]),
    /// A log-normal whose logarithm has the recorded coefficient of variation for its standard deviation.
    Assumed,
}

/// A size at which calls failed.
#[derive(Debug, Clone)]
pub(crate) struct FailingSize {
    pub(crate) memory_mb: u32,
    pub(crate) mean_ms: f64,
    pub(crate) variation: f64,
    pub(crate) used_mb: u32,
    /// Calls that were killed, that ended in a language's memory error, and that failed without a word.
    pub(crate) killed: u32,
    pub(crate) memory_errors: u32,
    pub(crate) silent: u32,
}

impl Recording {
    /// `source/function/architecture`.
    pub(crate) fn full_name(&self) -> String {
        let architecture = if self.architecture == Architecture::Arm { "arm64" } else { "x86_64" };
        format!("{}/{}/{architecture}", self.source, self.name)
    }

    /// The sets it belongs to: at least five sizes that work, the smallest below 2,000 MB; means must reach from 512 to
    /// 1,500 MB. Of one source that recorded every input size of two programs, each thousandth is taken.
    pub(crate) fn sets(&self) -> Vec<Set> {
        let (Some(least), Some(most)) = (self.sizes.first(), self.sizes.last()) else { return Vec::new() };
        let enough = self.sizes.len() >= 5 && least.memory_mb < 2000;
        let mut sets = Vec::new();
        if enough && self.with_calls && (self.source != "sidag26" || self.is_chosen_input()) {
            sets.push(Set::A);
        }
        if enough && !self.with_calls && least.memory_mb <= 512 && 1500 <= most.memory_mb {
            sets.push(Set::B);
        }
        if enough && !self.failing.is_empty() {
            sets.push(Set::OutOfMemory);
        }
        sets
    }

    fn is_chosen_input(&self) -> bool {
        let input: Option<u32> = self.name.rsplit_once("-n").and_then(|(_, input)| input.parse().ok());
        input.is_some_and(|input| (3110..=9110).contains(&input) && input % 1000 == 110)
    }
}

/// The recordings in this repository, in the order of their sources and names.
pub(crate) fn summaries() -> Vec<Recording> {
    let tables = TABLES.iter().flat_map(|(source, text)| {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let rows: Vec<Row> = reader.deserialize().map(|row| row.expect("the table is one of ours")).collect();
        recordings(source, rows)
    });
    tables.collect()
}

/// A row of our tables; columns that the row has nothing to say in are empty.
#[derive(Debug, serde::Deserialize)]
struct Row {
    function: String,
    arch: String,
    memory_mb: u32,
    n: Option<u32>,
    mean_ms: f64,
    truth_ms: Option<f64>,
    cv: f64,
    min_ms: Option<f64>,
    p05_ms: Option<f64>,
    p10_ms: Option<f64>,
    p25_ms: Option<f64>,
    p50_ms: Option<f64>,
    p75_ms: Option<f64>,
    p90_ms: Option<f64>,
    p95_ms: Option<f64>,
    p99_ms: Option<f64>,
    used_mb: Option<u32>,
    killed: Option<u32>,
    memory_errors: Option<u32>,
    silent: Option<u32>,
}

impl Row {
    fn size(&self, truth_ms: f64) -> RecordedSize {
        RecordedSize {
            memory_mb: self.memory_mb,
            mean_ms: self.mean_ms,
            truth_ms,
            variation: self.cv,
            spread: self.quantiles().map_or(Spread::Assumed, Spread::Quantiles),
            used_mb: self.used_mb,
        }
    }

    fn quantiles(&self) -> Option<[f64; 9]> {
        Some([
            self.min_ms?,
            self.p05_ms?,
            self.p10_ms?,
            self.p25_ms?,
            self.p50_ms?,
            self.p75_ms?,
            self.p90_ms?,
            self.p95_ms?,
            self.p99_ms?,
        ])
    }

    fn failing(&self) -> FailingSize {
        FailingSize {
            memory_mb: self.memory_mb,
            mean_ms: self.mean_ms,
            variation: self.cv,
            used_mb: self.used_mb.unwrap_or(self.memory_mb),
            killed: self.killed.unwrap_or(0),
            memory_errors: self.memory_errors.unwrap_or(0),
            silent: self.silent.unwrap_or(0),
        }
    }
}

fn recordings(source: &str, rows: Vec<Row>) -> Vec<Recording> {
    let mut functions: BTreeMap<(String, String), Recording> = BTreeMap::new();
    for row in rows {
        let recording = functions.entry((row.function.clone(), row.arch.clone())).or_insert_with(|| Recording {
            source: source.to_owned(),
            name: row.function.clone(),
            architecture: if row.arch == "arm64" { Architecture::Arm } else { Architecture::X86 },
            with_calls: WITH_CALLS.contains(&source),
            sizes: Vec::new(),
            failing: Vec::new(),
        });
        debug_assert!(row.n.is_some() || !recording.with_calls, "calls are counted");
        match row.truth_ms {
            Some(truth_ms) => recording.sizes.push(row.size(truth_ms)),
            None => recording.failing.push(row.failing()),
        }
    }
    functions.into_values().collect()
}
