//! What the benchmark is asked for, after `--` on the command line.

use std::path::PathBuf;

use crate::contest::recording::Set;
use crate::contest::replay::Scenario;

/// What to run, and what to show.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) seeds: u64,
    pub(crate) sets: Vec<Set>,
    pub(crate) scenarios: Vec<Scenario>,
    /// Parts of names; everything when there is none.
    pub(crate) function: String,
    pub(crate) contestant: String,
    /// A row for each function and contestant instead of tables.
    pub(crate) per_function: bool,
    /// Whether recorded calls are compared with the reference figures beside them.
    pub(crate) check: bool,
    /// Where the study is written.
    pub(crate) study: Option<PathBuf>,
}

const USAGE: &str =
    "--seeds N, --set A|B|oom, --scenario S0|S1, --function NAME, --contestant NAME, --per-function, --check, --study DIR";

impl Options {
    /// None when this is no run of the benchmark: `cargo test --benches` only wants to know that it starts.
    ///
    /// # Errors
    /// In a sentence.
    pub(crate) fn of(arguments: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut options = Self {
            seeds: 20,
            sets: vec![Set::A, Set::B, Set::OutOfMemory],
            scenarios: vec![Scenario::FirstCallsWarm, Scenario::FirstCallsCold],
            function: String::new(),
            contestant: String::new(),
            per_function: false,
            check: false,
            study: None,
        };
        let mut is_run = false;
        let mut arguments = arguments.peekable();
        while let Some(flag) = arguments.next() {
            let mut value = || arguments.next().ok_or_else(|| format!("{flag} needs a value ({USAGE})"));
            match flag.as_str() {
                "--bench" => is_run = true,
                "--test" => return Ok(None),
                "--check" => options.check = true,
                "--per-function" => options.per_function = true,
                "--seeds" => options.seeds = seeds(&value()?)?,
                "--set" => options.sets = vec![set(&value()?)?],
                "--scenario" => options.scenarios = vec![scenario(&value()?)?],
                "--function" => options.function = value()?,
                "--contestant" => options.contestant = value()?,
                "--study" => options.study = Some(PathBuf::from(value()?)),
                other => return Err(format!("unknown argument {other:?} ({USAGE})")),
            }
        }
        Ok(is_run.then_some(options))
    }
}

fn seeds(text: &str) -> Result<u64, String> {
    text.parse().ok().filter(|seeds| (1..=10_000).contains(seeds)).ok_or(format!("--seeds is {text:?} (1 to 10000)"))
}

fn set(text: &str) -> Result<Set, String> {
    let sets = [Set::A, Set::B, Set::OutOfMemory];
    sets.into_iter().find(|set| set.name() == text).ok_or(format!("--set is {text:?} (A, B or oom)"))
}

fn scenario(text: &str) -> Result<Scenario, String> {
    let scenarios = [Scenario::FirstCallsWarm, Scenario::FirstCallsCold];
    scenarios.into_iter().find(|scenario| scenario.name() == text).ok_or(format!("--scenario is {text:?} (S0 or S1)"))
}
