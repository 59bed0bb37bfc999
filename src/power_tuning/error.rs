//! What can be wrong with a text of aws-lambda-power-tuning.

/// Why an execution input, an output or a chart link cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PowerTuningError {
    /// The text is no JSON, or JSON of another kind.
    #[error("{what}: {problem}")]
    Json {
        /// The execution input or the output.
        what: &'static str,
        /// What the parser says.
        problem: String,
    },
    /// A key that must be given is not.
    #[error("`{key}` is missing ({remedy})")]
    Missing {
        /// The key.
        key: &'static str,
        /// What to write.
        remedy: &'static str,
    },
    /// The value of a key is not what it must be.
    #[error("`{key}` is {found}, but must be {expected}")]
    Setting {
        /// The key.
        key: String,
        /// Its value, shortened.
        found: String,
        /// What it may be, with the remedy.
        expected: String,
    },
    /// Some elements of a list of payloads are weighted payloads and some are not.
    #[error(
        "element {element} of the list of payloads lacks a `payload` or a `weight` that is not 0, empty, false or null, but the list \
         looks weighted (power-tuning would send the whole list as one event: give both in every element, or write the list as a \
         JSON string if it is one event)"
    )]
    MixedPayloads {
        /// Counted from 1.
        element: usize,
    },
    /// A weight that is no positive number.
    #[error(
        "the weight of element {element} is {found}, but must be a positive number (weights are relative: 1 and 3 are 25 % and 75 %)"
    )]
    Weight {
        /// Counted from 1.
        element: usize,
        /// The weight, shortened.
        found: String,
    },
    /// Fewer calls than payloads, or a payload that would never be sent.
    #[error("payload {element} has {percent} % of the weight and gets none of {calls} calls (`num` must be at least {needed})")]
    TooFewCalls {
        /// The payload, counted from 1.
        element: usize,
        /// Its part of all weights, in percent.
        percent: String,
        /// How many calls there are for each size.
        calls: u32,
        /// How many are needed.
        needed: u64,
    },
    /// A processor architecture without a price.
    #[error("there is no base cost for the architecture {found:?} (known: x86_64, arm64)")]
    Architecture {
        /// What was given.
        found: String,
    },
    /// A link without the part that holds the numbers.
    #[error("the chart link has no part after # (copy all of it: the numbers stand there)")]
    NoFragment,
    /// The part after `#` has not three or eight pieces.
    #[error(
        "the chart link has {found} parts after #, but must have 3, or 8 if it compares two functions (separated by semicolons)"
    )]
    PartCount {
        /// How many there are.
        found: usize,
    },
    /// One of the pieces is damaged, or a number in it is impossible.
    #[error("{part} of the chart link: {problem}")]
    Part {
        /// Which piece.
        part: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// The three arrays of a curve are not equally long.
    #[error("the chart link has {sizes} memory sizes, {durations} durations and {costs} costs (the three must be equally many)")]
    UnequalParts {
        /// How many sizes.
        sizes: usize,
        /// How many durations.
        durations: usize,
        /// How many costs.
        costs: usize,
    },
    /// No memory size has a duration.
    #[error("no memory size was measured, so there is nothing to choose from or to draw (look at the errors of the calls)")]
    NothingMeasured,
    /// The output `{}`, which power-tuning leaves when a run fails.
    #[error("the output is empty: the run failed, although power-tuning reports SUCCEEDED (look at the events of its execution)")]
    FailedRun,
    /// The output `null`, which power-tuning leaves after a dry run.
    #[error("the output is null: it was a dry run, which measures nothing (run it without `dryRun`)")]
    DryRun,
    /// A description of an execution that has no output.
    #[error("the execution has the status {status} and no output{cause} (only a finished run has numbers)")]
    NoOutput {
        /// Its status.
        status: String,
        /// Its cause, after a colon, where there is one.
        cause: String,
    },
}
