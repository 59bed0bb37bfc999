//! The output of a run, as the tool's users and their scripts know it.
//!
//! Numbers are written as JavaScript writes them (0.000001, not 1e-6): scripts that cut them out of the text go on working.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Number, Value};

use super::{ChartLink, Charts, Currency, PowerTuningError, SizeAverage, SizeResult, Strategy};
use crate::units::MemoryMb;

/// The output object.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PowerTuningOutput {
    /// The chosen size.
    #[serde(deserialize_with = "memory_size")]
    pub power: MemoryMb,
    /// What one call costs there on average: in dollars, in China in yuan.
    #[serde(serialize_with = "plain_number")]
    pub cost: f64,
    /// How long one call takes there on average, in milliseconds.
    #[serde(rename = "duration", serialize_with = "plain_number")]
    pub duration_ms: f64,
    /// The run itself.
    #[serde(rename = "stateMachine")]
    pub state_machine: StateMachine,
    /// Every size, in the order of the input; only when `includeOutputResults` was set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stats: Option<Vec<SizeAverage>>,
}

/// What the run cost, and the link to its chart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StateMachine {
    /// The tool's estimate of what its own workflow costs; see [`super::execution_cost`].
    #[serde(rename = "executionCost", serialize_with = "plain_number")]
    pub execution_cost: f64,
    /// What all calls of all measured sizes cost.
    #[serde(rename = "lambdaCost", serialize_with = "plain_number")]
    pub lambda_cost: f64,
    /// The link; see [`ChartLink`].
    pub visualization: String,
}

/// What the tool makes an output of.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis<'a> {
    /// Every size, in the order of the input.
    pub results: &'a [SizeResult],
    /// What is best.
    pub strategy: Strategy,
    /// See [`super::execution_cost`].
    pub execution_cost: f64,
    /// The address of the chart page; see [`super::DEFAULT_CHART_PAGE`].
    pub chart_page: &'a str,
    /// What the costs are in.
    pub currency: Currency,
    /// Whether the output lists every size.
    pub include_output_results: bool,
}

impl Analysis<'_> {
    /// The output. Sizes without a duration are neither chosen nor added nor drawn, but listed.
    ///
    /// # Errors
    /// When no size was measured, or a result cannot be drawn.
    pub fn output(&self) -> Result<PowerTuningOutput, PowerTuningError> {
        let averages: Vec<SizeAverage> = self.results.iter().map(|result| result.average).collect();
        let best = self.strategy.choose(&averages).ok_or(PowerTuningError::NothingMeasured)?;
        let measured = self.results.iter().filter(|result| result.average.is_measured());
        let lambda_cost = measured.fold(0.0, |total, result| total + result.total_cost);
        let link = ChartLink { currency: self.currency, charts: Charts::One(averages.clone()) };
        let state_machine =
            StateMachine { execution_cost: self.execution_cost, lambda_cost, visualization: link.to_url(self.chart_page)? };
        let stats = self.include_output_results.then_some(averages);
        Ok(PowerTuningOutput {
            power: best.memory,
            cost: best.average_cost,
            duration_ms: best.average_duration_ms,
            state_machine,
            stats,
        })
    }
}

impl PowerTuningOutput {
    /// As one line of JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("numbers, texts and lists of them with texts as keys are always JSON")
    }

    /// Reads an output: the object itself, the object under `results` or `output`, or there as a text, which is how
    /// `aws stepfunctions describe-execution` prints it.
    ///
    /// # Errors
    /// When there is no such object, or it is the `{}` of a failed run or the `null` of a dry run.
    pub fn read(text: &str) -> Result<Self, PowerTuningError> {
        let unreadable = |problem: serde_json::Error| PowerTuningError::Json { what: "the output", problem: problem.to_string() };
        let mut value: Value = serde_json::from_str(text).map_err(unreadable)?;
        loop {
            value = match value {
                Value::Null => return Err(PowerTuningError::DryRun),
                Value::String(inner) => serde_json::from_str(&inner).map_err(unreadable)?,
                Value::Object(object) if object.contains_key("power") => {
                    return serde_json::from_value(Value::Object(object)).map_err(unreadable).and_then(Self::checked);
                }
                Value::Object(object) if object.is_empty() => return Err(PowerTuningError::FailedRun),
                Value::Object(mut object) => match object.remove("output").or_else(|| object.remove("results")) {
                    Some(inner) => inner,
                    None => return Err(without_output(&object)),
                },
                other => {
                    return Err(PowerTuningError::Json { what: "the output", problem: format!("it is {other}, not an object") });
                }
            };
        }
    }

    /// JSON has numbers that are too large for binary ones, and nothing keeps a cost from being negative.
    fn checked(self) -> Result<Self, PowerTuningError> {
        let StateMachine { execution_cost, lambda_cost, .. } = self.state_machine;
        let stats = self.stats.iter().flatten().flat_map(|size| [size.average_cost, size.average_duration_ms]);
        let mut numbers = [self.cost, self.duration_ms, execution_cost, lambda_cost].into_iter().chain(stats);
        match numbers.find(|number| !(number.is_finite() && *number >= 0.0)) {
            Some(number) => {
                Err(PowerTuningError::Json { what: "the output", problem: format!("{number} is no cost and no duration") })
            }
            None => Ok(self),
        }
    }
}

/// An object that is neither an output nor around one: a running or failed execution, or something else.
fn without_output(object: &serde_json::Map<String, Value>) -> PowerTuningError {
    let text = |key: &str| object.get(key).and_then(Value::as_str);
    match text("status") {
        Some(status) => {
            let cause = text("cause").or_else(|| text("error")).map(|cause| format!(": {cause}")).unwrap_or_default();
            PowerTuningError::NoOutput { status: status.to_owned(), cause }
        }
        None => PowerTuningError::Json {
            what: "the output",
            problem: "it has no `power`, and no `results` or `output` that has".to_owned(),
        },
    }
}

/// As JavaScript writes a number: in full from a millionth to 10²¹, and `null` for what is no number.
pub(super) fn plain_number<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    let size = value.abs();
    let in_full = (1e-6..1e21).contains(&size) || size <= 0.0;
    let text = if in_full { value.to_string() } else { format!("{value:e}") };
    text.parse::<Number>().ok().serialize(serializer)
}

/// A size as a number, or as a text of digits, as old versions wrote it.
pub(super) fn memory_size<'de, D: Deserializer<'de>>(field: D) -> Result<MemoryMb, D::Error> {
    let value = Value::deserialize(field)?;
    let megabytes = value.as_str().map_or_else(|| value.as_u64(), |text| text.parse().ok());
    let memory = megabytes.and_then(|megabytes| u32::try_from(megabytes).ok()).map(MemoryMb::new);
    memory.ok_or_else(|| D::Error::custom(format!("the memory size is {value}, not a whole number of MB")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::power_tuning::DEFAULT_CHART_PAGE;
    use proptest::{prop_assert_eq, proptest};

    fn size(memory_mb: u32, average_cost: f64, average_duration_ms: f64, total_cost: f64) -> SizeResult {
        SizeResult { average: SizeAverage { memory: MemoryMb::new(memory_mb), average_cost, average_duration_ms }, total_cost }
    }

    fn analysis(results: &[SizeResult]) -> Analysis<'_> {
        Analysis {
            results,
            strategy: Strategy::Cost,
            execution_cost: 0.00045,
            chart_page: DEFAULT_CHART_PAGE,
            currency: Currency::Dollars,
            include_output_results: true,
        }
    }

    const EXAMPLE: &str = r#"{"power":128,"cost":0.000001,"duration":100,"stateMachine":{"executionCost":0.0003,"lambdaCost":0.00003,"visualization":"https://lambda-power-tuning.show/#gAA=;AADIQg==;vTeGNQ=="},"stats":[{"value":128,"averagePrice":0.000001,"averageDuration":100}]}"#;

    #[test]
    fn the_output_is_written_as_javascript_writes_it() {
        let output = PowerTuningOutput::read(EXAMPLE).unwrap();
        assert_eq!(output.to_json(), EXAMPLE);
        let small = PowerTuningOutput { cost: 2.1e-8, duration_ms: 0.1 + 0.2, stats: None, ..output };
        assert!(
            small.to_json().starts_with(r#"{"power":128,"cost":2.1e-8,"duration":0.30000000000000004,"#),
            "{}",
            small.to_json()
        );
        assert!(!small.to_json().contains("stats"));
        assert!(PowerTuningOutput { cost: f64::NAN, ..small }.to_json().contains(r#""cost":null"#));
    }

    #[test]
    fn the_object_is_found_wherever_it_is_wrapped() {
        let bare = PowerTuningOutput::read(EXAMPLE).unwrap();
        let text = serde_json::to_string(EXAMPLE).unwrap();
        for wrapped in [
            format!(r#"{{"results":{EXAMPLE}}}"#),
            format!(r#"{{"output":{EXAMPLE}}}"#),
            format!(r#"{{"output":{text}}}"#),
            format!(r#"{{"status":"SUCCEEDED","input":"{{}}","output":{text},"outputDetails":{{"included":true}}}}"#),
            EXAMPLE.replace(r#""power":128"#, r#""power":"128""#),
            text,
        ] {
            assert_eq!(PowerTuningOutput::read(&wrapped).as_ref(), Ok(&bare), "{wrapped}");
        }
    }

    #[test]
    fn an_output_without_numbers_says_why() {
        for (text, part) in [
            ("{}", "the run failed, although power-tuning reports SUCCEEDED"),
            (r#"{"status":"SUCCEEDED","output":"{}"}"#, "the run failed"),
            ("null", "it was a dry run"),
            (r#"{"output":"null"}"#, "it was a dry run"),
            (
                r#"{"status":"FAILED","error":"States.Timeout","cause":"too slow"}"#,
                "has the status FAILED and no output: too slow",
            ),
            (r#"{"status":"RUNNING"}"#, "has the status RUNNING and no output ("),
            ("[]", "it is [], not an object"),
            (r#"{"stats":[]}"#, "it has no `power`"),
            ("not json", "expected"),
            (r#"{"output":"not json"}"#, "expected"),
            (r#"{"power":128}"#, "missing field"),
            (&EXAMPLE.replace("128,", r#""big","#), "the memory size is"),
            (&EXAMPLE.replace("128,", "1.5,"), "the memory size is 1.5"),
            (&EXAMPLE.replace("0.0003,", "-1,"), "-1 is no cost"),
        ] {
            let error = PowerTuningOutput::read(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
        assert!(PowerTuningOutput::read(&EXAMPLE.replace("0.0003,", "1e999,")).is_err());
    }

    #[test]
    fn the_analysis_adds_draws_and_lists() {
        let results = [size(256, 2.0, 100.5, 20.0), size(64, 0.0, 0.0, 7.0), size(128, 1.0, 200.25, 10.0)];
        let output = analysis(&results).output().unwrap();
        assert_eq!((output.power.get(), output.cost, output.duration_ms), (128, 1.0, 200.25));
        assert_eq!(output.state_machine.lambda_cost.to_bits(), 30.0_f64.to_bits(), "what was not measured is not added");
        assert!(output.state_machine.visualization.starts_with("https://lambda-power-tuning.show/#gAAAAQ==;"), "nor drawn");
        let listed: Vec<u32> = output.stats.iter().flatten().map(|size| size.memory.get()).collect();
        assert_eq!(listed, [256, 64, 128], "but listed, in the order of the input");
        let fastest =
            Analysis { strategy: Strategy::Speed, include_output_results: false, ..analysis(&results) }.output().unwrap();
        assert_eq!((fastest.power.get(), fastest.stats), (256, None));
        let china = Analysis { currency: Currency::Yuan, ..analysis(&results) }.output().unwrap();
        assert!(china.state_machine.visualization.contains("?currency=CNY#"));
    }

    proptest! {
        #[test]
        fn any_text_is_an_output_or_an_error(text in ".{0,40}|\\{(\"(power|cost|output|results|status)\": ?[\\[\\]{}\":0-9a-z,.]{0,12},?){0,4}\\}") {
            let _ = PowerTuningOutput::read(&text);
        }

        #[test]
        fn what_is_written_is_read(cost in 0.0..1.0_f64, duration_ms in 0.0..1e6_f64, exponent in -30..0_i32) {
            let mut output = PowerTuningOutput::read(EXAMPLE).unwrap();
            (output.cost, output.duration_ms) = (cost * 10.0_f64.powi(exponent), duration_ms);
            prop_assert_eq!(PowerTuningOutput::read(&output.to_json()), Ok(output));
        }
    }

    #[test]
    fn without_a_measured_size_there_is_no_output() {
        for results in [&[][..], &[size(128, 0.0, 0.0, 0.0)][..]] {
            assert_eq!(analysis(results).output(), Err(PowerTuningError::NothingMeasured));
        }
    }
}
