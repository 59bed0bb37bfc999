//! The execution input of a run, as it is given to the tool's state machine.
//!
//! Everything is checked here, before anything is changed or paid for. What the tool would misread is an error; what we do
//! otherwise on purpose is a note.

use serde_json::Value;

use super::payload::is_truthy;
use super::setting::{Settings, whole_of, wrong};
use super::statistics::DEFAULT_TRIM_SHARE;
use super::strategy::DEFAULT_BALANCED_WEIGHT;
use super::{Payloads, PowerTuningError, S3Object, Strategy};
use crate::units::MemoryMb;

/// The sizes that are measured when none are given, in MB.
pub const DEFAULT_MEMORY_SIZES_MB: [u32; 6] = [128, 256, 512, 1024, 1536, 3008];

/// The fewest calls of a size.
pub const LEAST_CALLS: u32 = 5;

/// The least memory that Lambda offers, in MB.
const LEAST_MEMORY_MB: u32 = 128;

/// The most.
const MOST_MEMORY_MB: u32 = 10_240;

/// Where `"ALL"` ends, in MB: the tool did not follow when Lambda went beyond this size.
const ALL_ENDS_MB: u32 = 3_008;

/// The step of `"ALL"`.
const ALL_STEP_MB: usize = 64;

/// An execution input, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct PowerTuningInput {
    /// `lambdaARN`: the function, by its name or ARN, perhaps with a version or alias.
    pub lambda_arn: String,
    /// `num`: how often the function is called at each size.
    pub num: u32,
    /// `powerValues`: the sizes, each once, in the order given.
    pub power_values: Vec<MemoryMb>,
    /// `payload` or `payloadS3`: what the function is given.
    pub payload: PayloadSource,
    /// `parallelInvocation`: whether all calls of a size are made at once.
    pub parallel_invocation: bool,
    /// `strategy`, with `balancedWeight`: what is best.
    pub strategy: Strategy,
    /// `discardTopBottom`: the share of calls that the tool would discard at each end, from 0 to 0.4.
    pub discard_top_bottom: f64,
    /// `onlyColdStarts`: whether each call is the first of a new environment.
    pub only_cold_starts: bool,
    /// `sleepBetweenRunsMs`: the pause after each call, unless they are made at once.
    pub sleep_between_runs_ms: u32,
    /// `preProcessorARN`: the function that is called before each call, and may replace its payload.
    pub pre_processor_arn: Option<String>,
    /// `postProcessorARN`: the function that is called after each call, with its response.
    pub post_processor_arn: Option<String>,
    /// `allowedExceptions`: the types of errors that count as results.
    pub allowed_exceptions: Vec<String>,
    /// `dryRun`: whether nothing is to happen.
    pub dry_run: bool,
    /// `autoOptimize`: whether the function is given the best size.
    pub auto_optimize: bool,
    /// `autoOptimizeAlias`: the alias that is to point to a version of the best size.
    pub auto_optimize_alias: Option<String>,
    /// `includeOutputResults`: whether the output lists every size.
    pub include_output_results: bool,
    /// `disablePayloadLogs`: whether payloads stay out of logs; they always do.
    pub disable_payload_logs: bool,
    /// What differs from the tool with this input, and what was read leniently: sentences for people.
    pub notes: Vec<String>,
    /// Keys that mean nothing: sentences for people.
    pub warnings: Vec<String>,
}

/// Where the payload comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum PayloadSource {
    /// It is in the input.
    Inline(Payloads),
    /// It has to be fetched; see [`Payloads::of_text`].
    S3(S3Object),
}

impl PowerTuningInput {
    /// Reads an execution input as it is.
    ///
    /// ```
    /// # use millicent::power_tuning::PowerTuningInput;
    /// let input = PowerTuningInput::read(r#"{"lambdaARN": "arn:aws:lambda:eu-west-1:123456789012:function:order", "num": 10}"#)?;
    /// assert_eq!((input.num, input.power_values.len()), (10, 6));
    /// # Ok::<(), millicent::power_tuning::PowerTuningError>(())
    /// ```
    ///
    /// # Errors
    /// When it is no JSON object, a value is not what its key needs, or a payload would get no call.
    pub fn read(text: &str) -> Result<Self, PowerTuningError> {
        let mut settings = Settings::read(text)?;
        let given = &mut settings;
        let lambda_arn = lambda_arn(given)?;
        let power_values = power_values(given)?;
        let only_cold_starts = given.switch("onlyColdStarts")?;
        let num = calls(given, only_cold_starts)?;
        let payload = payload_source(given, num)?;
        let strategy = strategy(given)?;
        let discard_top_bottom = discard_top_bottom(given, only_cold_starts)?;
        let parallel_invocation = parallel_invocation(given, only_cold_starts)?;
        let sleep_between_runs_ms = sleep_between_runs_ms(given, parallel_invocation)?;
        let (pre_processor_arn, post_processor_arn) = (given.text("preProcessorARN")?, given.text("postProcessorARN")?);
        let allowed_exceptions = allowed_exceptions(given)?;
        let dry_run = dry_run(given)?;
        let (auto_optimize, auto_optimize_alias) = auto_optimize(given)?;
        let include_output_results = given.switch("includeOutputResults")?;
        let disable_payload_logs = disable_payload_logs(given)?;
        let warnings = settings.unknown_keys();
        Ok(Self {
            lambda_arn,
            num,
            power_values,
            payload,
            parallel_invocation,
            strategy,
            discard_top_bottom,
            only_cold_starts,
            sleep_between_runs_ms,
            pre_processor_arn,
            post_processor_arn,
            allowed_exceptions,
            dry_run,
            auto_optimize,
            auto_optimize_alias,
            include_output_results,
            disable_payload_logs,
            notes: settings.notes,
            warnings,
        })
    }
}

/// The region of an ARN; none for a name and for the short form without region.
///
/// ```
/// # use millicent::power_tuning::region_of_arn;
/// assert_eq!(region_of_arn("arn:aws:lambda:af-south-1:123456789012:function:order:live"), Some("af-south-1"));
/// assert_eq!(region_of_arn("order"), None);
/// ```
#[must_use]
pub fn region_of_arn(function: &str) -> Option<&str> {
    let rest = function.strip_prefix("arn:")?;
    rest.split(':').nth(2).filter(|region| !region.is_empty())
}

const FUNCTION_EXAMPLE: &str = "\"lambdaARN\": \"arn:aws:lambda:eu-west-1:123456789012:function:order\"";

fn lambda_arn(given: &mut Settings) -> Result<String, PowerTuningError> {
    let missing = PowerTuningError::Missing { key: "lambdaARN", remedy: FUNCTION_EXAMPLE };
    let Some(value) = given.take("lambdaARN").filter(is_truthy) else { return Err(missing) };
    let function = value.as_str().map_or("", str::trim).to_owned();
    let parts: Vec<&str> = function.split(':').collect();
    // A name, its short form with the account, or an ARN; each perhaps with a version or alias.
    let (name, qualifier) = match parts[..] {
        ["arn", partition, "lambda", region, account, "function", name, ref qualifier @ ..]
            if ![partition, region, account].contains(&"") =>
        {
            (name, qualifier)
        }
        [account, "function", name, ref qualifier @ ..] if !account.is_empty() => (name, qualifier),
        [name, ref qualifier @ ..] => (name, qualifier),
        [] => ("", [].as_slice()),
    };
    let is_name = |text: &str, extra: &str| {
        !text.is_empty()
            && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_".contains(letter) || extra.contains(letter))
    };
    if !is_name(name, "") || qualifier.len() > 1 || !qualifier.iter().all(|qualifier| is_name(qualifier, "$")) {
        return Err(wrong("lambdaARN", &value, format!("a function's name or ARN ({FUNCTION_EXAMPLE})")));
    }
    if parts.len() != 7 {
        given.note(format!("`lambdaARN` is {function}; power-tuning takes only a full ARN without a version or alias"));
    }
    Ok(function)
}

fn power_values(given: &mut Settings) -> Result<Vec<MemoryMb>, PowerTuningError> {
    let default = || DEFAULT_MEMORY_SIZES_MB.map(MemoryMb::new).to_vec();
    let elements = match given.take("powerValues") {
        None => return Ok(default()),
        Some(Value::Array(elements)) if elements.is_empty() => return Ok(default()),
        Some(Value::Array(elements)) => elements,
        Some(Value::String(word)) if word == "ALL" => {
            return Ok((LEAST_MEMORY_MB..=ALL_ENDS_MB).step_by(ALL_STEP_MB).map(MemoryMb::new).collect());
        }
        Some(Value::String(text)) => {
            let expected = format!("a list or \"ALL\" (write [{text}]; power-tuning would take each character as a size)");
            return Err(wrong("powerValues", &Value::String(text), expected));
        }
        Some(other) => return Err(wrong("powerValues", &other, "a list such as [128, 512, 1024], or \"ALL\"")),
    };
    let mut sizes: Vec<MemoryMb> = Vec::with_capacity(elements.len());
    for element in elements {
        let size = whole_of(&element, LEAST_MEMORY_MB..=MOST_MEMORY_MB).map(MemoryMb::new).ok_or_else(|| {
            wrong(
                "powerValues",
                &element,
                format!("a whole number of MB from {LEAST_MEMORY_MB} to {MOST_MEMORY_MB} in each place"),
            )
        })?;
        if sizes.contains(&size) {
            given.note(format!("`powerValues` has {size} twice: it is measured once"));
        } else {
            sizes.push(size);
        }
    }
    Ok(sizes)
}

fn calls(given: &mut Settings, only_cold_starts: bool) -> Result<u32, PowerTuningError> {
    let value =
        given.take("num").ok_or(PowerTuningError::Missing { key: "num", remedy: "\"num\": 10, the calls of each size" })?;
    let calls = whole_of(&value, LEAST_CALLS..=u32::MAX)
        .ok_or_else(|| wrong("num", &value, format!("a whole number of at least {LEAST_CALLS} (the calls of each size)")))?;
    if !only_cold_starts {
        given.note(format!(
            "of the {calls} calls of each size (`num`) the first is cold: it is measured apart, not averaged with the others as power-tuning does"
        ));
    }
    Ok(calls)
}

fn payload_source(given: &mut Settings, num: u32) -> Result<PayloadSource, PowerTuningError> {
    let address = given.text("payloadS3")?;
    let inline = given.take("payload");
    if let Some(address) = address {
        if inline.is_some_and(|payload| is_truthy(&payload)) {
            given.note("`payloadS3` is used and `payload` is not, as in power-tuning");
        }
        return S3Object::of_address(&address).map(PayloadSource::S3);
    }
    let payload = match inline {
        Some(payload) if is_truthy(&payload) => payload,
        Some(payload) => {
            given.note(format!("`payload` is {payload}, for which null is sent, as in power-tuning"));
            Value::Null
        }
        None => Value::Null,
    };
    let payloads = Payloads::of_value(payload)?;
    payloads.block_counts(num)?;
    if let Payloads::Weighted(payloads) = &payloads {
        given.note(format!(
            "the {} weighted payloads are sent in turn and in numbers as near to their weights as possible; power-tuning sends them in blocks and the last one too often",
            payloads.len()
        ));
    }
    Ok(PayloadSource::Inline(payloads))
}

fn strategy(given: &mut Settings) -> Result<Strategy, PowerTuningError> {
    let weight = match given.number("balancedWeight")? {
        None => DEFAULT_BALANCED_WEIGHT,
        Some(weight) if (0.0..=1.0).contains(&weight) => weight,
        Some(weight) => {
            let clamped = weight.clamp(0.0, 1.0);
            given.note(format!("`balancedWeight` is {weight} and is taken as {clamped}, as in power-tuning"));
            clamped
        }
    };
    Strategy::of_name(given.text("strategy")?.as_deref().unwrap_or(Strategy::Cost.name()), weight)
}

fn discard_top_bottom(given: &mut Settings, only_cold_starts: bool) -> Result<f64, PowerTuningError> {
    let share = given.number("discardTopBottom")?.unwrap_or(DEFAULT_TRIM_SHARE).clamp(0.0, super::statistics::MOST_TRIM_SHARE);
    // Nothing is discarded from cold starts, whatever is said.
    let share = if only_cold_starts { 0.0 } else { share };
    if share > 0.0 {
        given.note(format!(
            "all measured calls count; power-tuning discards {share} of them at each end (`discardTopBottom`), which can remove all calls of one payload"
        ));
    }
    Ok(share)
}

fn parallel_invocation(given: &mut Settings, only_cold_starts: bool) -> Result<bool, PowerTuningError> {
    let parallel = given.switch("parallelInvocation")?;
    if parallel && !only_cold_starts {
        given.note(
            "`parallelInvocation` calls environments that were warmed up before, and cold calls are counted apart; power-tuning measures mostly cold starts then",
        );
    }
    Ok(parallel)
}

fn sleep_between_runs_ms(given: &mut Settings, parallel: bool) -> Result<u32, PowerTuningError> {
    const KEY: &str = "sleepBetweenRunsMs";
    let Some(pause_ms) = given.number(KEY)? else { return Ok(0) };
    if !(0.0..=f64::from(u32::MAX)).contains(&pause_ms) {
        return Err(wrong(KEY, &Value::from(pause_ms), format!("a number of milliseconds from 0 to {}", u32::MAX)));
    }
    if parallel && pause_ms >= 1.0 {
        given.note(format!("`{KEY}` is not used with `parallelInvocation`, as in power-tuning"));
    }
    Ok(pause_ms as u32)
}

fn allowed_exceptions(given: &mut Settings) -> Result<Vec<String>, PowerTuningError> {
    let allowed = given.texts("allowedExceptions")?;
    if !allowed.is_empty() {
        given.note(
            "an error that is not in `allowedExceptions` makes its size infeasible and the run goes on; power-tuning stops",
        );
    }
    Ok(allowed)
}

fn dry_run(given: &mut Settings) -> Result<bool, PowerTuningError> {
    let dry_run = given.switch("dryRun")?;
    if dry_run {
        given.note("`dryRun` changes nothing and calls nothing; power-tuning publishes versions and calls the function once at each size");
    }
    Ok(dry_run)
}

fn auto_optimize(given: &mut Settings) -> Result<(bool, Option<String>), PowerTuningError> {
    let (auto_optimize, alias) = (given.switch("autoOptimize")?, given.text("autoOptimizeAlias")?);
    if alias.is_some() && !auto_optimize {
        given.note("`autoOptimizeAlias` is not used without `autoOptimize`, as in power-tuning");
    }
    Ok((auto_optimize, alias))
}

fn disable_payload_logs(given: &mut Settings) -> Result<bool, PowerTuningError> {
    let is_given = given.has("disablePayloadLogs");
    let disabled = given.switch("disablePayloadLogs")?;
    if is_given && !disabled {
        given.note("payloads are never logged, whatever `disablePayloadLogs` says");
    }
    Ok(disabled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::proptest;
    use serde_json::json;

    const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:order";

    /// The least input, with these keys in addition or instead.
    fn read(keys: Value) -> Result<PowerTuningInput, PowerTuningError> {
        let mut input = json!({"lambdaARN": ARN, "num": 10});
        for (key, value) in keys.as_object().unwrap() {
            input[key] = value.clone();
        }
        PowerTuningInput::read(&input.to_string())
    }

    fn sizes_mb(keys: Value) -> Vec<u32> {
        read(keys).unwrap().power_values.into_iter().map(MemoryMb::get).collect()
    }

    /// Whether a sentence with `part` is among the notes.
    fn has_note(keys: Value, part: &str) -> bool {
        let notes = read(keys).unwrap().notes;
        notes.iter().any(|note| note.contains(part))
    }

    #[test]
    fn what_is_not_given_has_the_defaults_of_the_tool() {
        let input = read(json!({})).unwrap();
        let expected = PowerTuningInput {
            lambda_arn: ARN.to_owned(),
            num: 10,
            power_values: DEFAULT_MEMORY_SIZES_MB.map(MemoryMb::new).to_vec(),
            payload: PayloadSource::Inline(Payloads::Same(Value::Null)),
            parallel_invocation: false,
            strategy: Strategy::Cost,
            discard_top_bottom: 0.2,
            only_cold_starts: false,
            sleep_between_runs_ms: 0,
            pre_processor_arn: None,
            post_processor_arn: None,
            allowed_exceptions: Vec::new(),
            dry_run: false,
            auto_optimize: false,
            auto_optimize_alias: None,
            include_output_results: false,
            disable_payload_logs: false,
            notes: input.notes.clone(),
            warnings: Vec::new(),
        };
        assert_eq!(input, expected);
        assert_eq!(input.notes.len(), 2, "the warm-up call and no trimming: {:?}", input.notes);
        let nulls = json!({"powerValues": null, "payload": null, "strategy": null, "balancedWeight": null, "dryRun": null});
        assert_eq!(read(nulls).unwrap(), expected);
    }

    #[test]
    fn every_key_is_read() {
        let input = read(json!({
            "num": "50", "powerValues": ["128", 3008, " 512 "], "payload": {"order": 1}, "parallelInvocation": true, "strategy": "balanced",
            "balancedWeight": "0.25", "discardTopBottom": "0.1", "sleepBetweenRunsMs": "100.9", "preProcessorARN": "pre", "postProcessorARN": "post",
            "allowedExceptions": ["NotFound"], "dryRun": true, "autoOptimize": true, "autoOptimizeAlias": "live", "includeOutputResults": true,
            "disablePayloadLogs": true,
        }))
        .unwrap();
        assert_eq!((input.num, input.strategy, input.discard_top_bottom), (50, Strategy::Balanced { weight: 0.25 }, 0.1));
        assert_eq!(input.power_values, [128, 3008, 512].map(MemoryMb::new), "in the order given");
        assert_eq!(input.payload, PayloadSource::Inline(Payloads::Same(json!({"order": 1}))));
        assert_eq!((input.parallel_invocation, input.sleep_between_runs_ms, input.dry_run), (true, 100, true));
        assert_eq!((input.pre_processor_arn.as_deref(), input.post_processor_arn.as_deref()), (Some("pre"), Some("post")));
        assert_eq!((input.auto_optimize, input.auto_optimize_alias.as_deref()), (true, Some("live")));
        assert_eq!((input.include_output_results, input.disable_payload_logs), (true, true));
        assert_eq!((input.allowed_exceptions, input.warnings), (vec!["NotFound".to_owned()], Vec::new()));
        let cold = read(json!({"onlyColdStarts": true, "discardTopBottom": 0.3})).unwrap();
        assert_eq!((cold.only_cold_starts, cold.discard_top_bottom, cold.notes), (true, 0.0, Vec::new()));
    }

    #[test]
    fn sizes_are_a_list_or_all() {
        let default = DEFAULT_MEMORY_SIZES_MB.to_vec();
        let all = sizes_mb(json!({"powerValues": "ALL"}));
        assert_eq!((all.len(), all[0], all[1], all[45]), (46, 128, 192, 3008));
        for (given, expected) in [
            (json!([]), default),
            (json!([128]), vec![128]),
            (json!([10_240, "128", 1769.0]), vec![10_240, 128, 1769]),
            (json!([256, "256", 128, 256]), vec![256, 128]),
        ] {
            assert_eq!(sizes_mb(json!({"powerValues": given})), expected);
        }
        assert!(has_note(json!({"powerValues": [256, "256"]}), "`powerValues` has 256 MB twice"));
    }

    #[test]
    fn trim_shares_and_weights_are_brought_into_range() {
        for (given, share, weight) in
            [(json!(0.7), 0.4, 0.7), (json!(-1), 0.0, 0.0), (json!(7), 0.4, 1.0), (json!("0.3"), 0.3, 0.3)]
        {
            let input = read(json!({"discardTopBottom": given, "balancedWeight": given, "strategy": "balanced"})).unwrap();
            assert_eq!((input.discard_top_bottom, input.strategy), (share, Strategy::Balanced { weight }), "{given}");
        }
        assert!(has_note(json!({"balancedWeight": 7}), "`balancedWeight` is 7 and is taken as 1"));
    }

    #[test]
    fn a_function_has_a_name_or_an_arn() {
        for function in
            ["order", "order:live", "123456789012:function:order", "123456789012:function:order:7", &format!("{ARN}:$LATEST")]
        {
            assert!(has_note(json!({"lambdaARN": function}), "power-tuning takes only a full ARN"), "{function}");
        }
        for function in [ARN, "arn:aws-cn:lambda:cn-north-1:123456789012:function:a_b-C"] {
            assert!(!has_note(json!({"lambdaARN": function}), "power-tuning takes only a full ARN"), "{function}");
        }
        for function in [json!(null), json!(""), json!(false), json!(0)] {
            let error = read(json!({"lambdaARN": function})).unwrap_err().to_string();
            assert!(error.starts_with("`lambdaARN` is missing (\"lambdaARN\": \"arn:aws:lambda:"), "{error}");
        }
        for function in [
            json!("arn:aws:lambda:eu-west-1:123456789012:function"),
            json!("arn:aws:lambda::123456789012:function:order"),
            json!("arn:aws:s3:eu-west-1:123456789012:function:order"),
            json!("arn:aws:lambda:eu-west-1:123456789012:function:order:live:x"),
            json!("arn:aws:lambda:eu-west-1:123456789012:layer:order"),
            json!("arn:aws:lambda:eu-west-1:123456789012:function:"),
            json!("my order"),
            json!(" "),
            json!(":live"),
            json!("order:"),
            json!(17),
            json!(["order"]),
        ] {
            let error = read(json!({"lambdaARN": function})).unwrap_err().to_string();
            assert!(error.contains("must be a function's name or ARN"), "{function}: {error}");
        }
    }

    #[test]
    fn the_region_is_part_of_the_arn() {
        for (function, region) in [
            (ARN, Some("eu-west-1")),
            ("arn:aws-cn:lambda:cn-north-1:123456789012:function:order:live", Some("cn-north-1")),
            ("123456789012:function:order", None),
            ("order", None),
            ("arn:aws:lambda", None),
        ] {
            assert_eq!(region_of_arn(function), region, "{function}");
        }
    }

    #[test]
    fn what_the_tool_would_misread_is_refused_before_anything_happens() {
        for (key, value, part) in [
            ("num", json!(null), "`num` is missing"),
            ("num", json!(-1), "`num` is -1, but must be a whole number of at least 5"),
            ("num", json!(0), "at least 5"),
            ("num", json!(4), "at least 5"),
            ("num", json!("4"), "at least 5"),
            ("num", json!("ten"), "at least 5"),
            ("num", json!("10x"), "at least 5"),
            ("num", json!(7.5), "at least 5"),
            ("num", json!(true), "at least 5"),
            ("num", json!([10]), "at least 5"),
            ("powerValues", json!("128"), "a list or \"ALL\" (write [128]; power-tuning would take each character as a size)"),
            ("powerValues", json!("all"), "a list or \"ALL\""),
            ("powerValues", json!(128), "a list such as [128, 512, 1024]"),
            ("powerValues", json!({"128": 1}), "a list such as"),
            ("powerValues", json!([64]), "`powerValues` is 64, but must be a whole number of MB from 128 to 10240"),
            ("powerValues", json!([128, 99999]), "from 128 to 10240"),
            ("powerValues", json!(["128MB"]), "from 128 to 10240"),
            ("powerValues", json!([512.5]), "from 128 to 10240"),
            ("powerValues", json!([null]), "from 128 to 10240"),
            ("strategy", json!("Cost"), "\"cost\", \"speed\" or \"balanced\" (in lower case)"),
            ("strategy", json!("cheapest"), "\"cost\", \"speed\" or \"balanced\""),
            ("strategy", json!(7), "`strategy` is 7, but must be a text"),
            ("balancedWeight", json!("half"), "`balancedWeight` is \"half\", but must be a number"),
            ("balancedWeight", json!("NaN"), "must be a number"),
            ("balancedWeight", json!("inf"), "must be a number"),
            ("balancedWeight", json!({}), "must be a number"),
            ("discardTopBottom", json!("some"), "must be a number"),
            ("sleepBetweenRunsMs", json!("soon"), "must be a number"),
            ("sleepBetweenRunsMs", json!(-5), "from 0 to 4294967295"),
            ("parallelInvocation", json!("yes"), "`parallelInvocation` is \"yes\", but must be true or false"),
            ("dryRun", json!(2), "must be true or false"),
            ("allowedExceptions", json!("NotFound"), "a list of texts (in brackets, even if it is one)"),
            ("allowedExceptions", json!([404]), "a list of texts"),
            ("preProcessorARN", json!(7), "must be a text"),
            ("autoOptimizeAlias", json!(true), "must be a text"),
            ("payloadS3", json!("bucket/key"), "s3://bucket/key"),
            ("payloadS3", json!(7), "must be a text"),
            ("payload", json!([{"payload": {}, "weight": 1}, {"payload": {}}]), "element 2 of the list of payloads"),
            (
                "payload",
                json!([{"payload": 1, "weight": 1}, {"payload": 2, "weight": 99}]),
                "payload 1 has 1.000 % of the weight",
            ),
        ] {
            let error = read(json!({key: value})).unwrap_err().to_string();
            assert!(error.contains(part), "{key} {value}: {error}");
        }
        for (text, part) in
            [("", "EOF"), ("[]", "it is not an object"), ("{\"num\": }", "line 1"), ("{}", "`lambdaARN` is missing")]
        {
            let error = PowerTuningInput::read(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn what_differs_is_said_where_it_matters() {
        let weighted = json!([{"payload": 1, "weight": 1}, {"payload": 2, "weight": 1}]);
        for (keys, part) in [
            (json!({}), "of the 10 calls of each size (`num`) the first is cold"),
            (json!({}), "power-tuning discards 0.2 of them at each end"),
            (json!({"discardTopBottom": 0.4}), "discards 0.4"),
            (json!({"parallelInvocation": true}), "environments that were warmed up before"),
            (json!({"parallelInvocation": true, "sleepBetweenRunsMs": 10}), "`sleepBetweenRunsMs` is not used"),
            (json!({"payload": weighted}), "the 2 weighted payloads are sent in turn"),
            (json!({"payload": 0}), "`payload` is 0, for which null is sent"),
            (json!({"payload": {"order": 1}, "payloadS3": "s3://bucket/key"}), "`payloadS3` is used and `payload` is not"),
            (json!({"allowedExceptions": ["NotFound"]}), "makes its size infeasible"),
            (json!({"dryRun": true}), "`dryRun` changes nothing and calls nothing"),
            (json!({"dryRun": "true"}), "`dryRun` is the text \"true\" and is read as true"),
            (
                json!({"autoOptimize": "false"}),
                "is the text \"false\" and is read as false; power-tuning takes every text as true",
            ),
            (json!({"autoOptimizeAlias": "live"}), "`autoOptimizeAlias` is not used without `autoOptimize`"),
            (json!({"disablePayloadLogs": false}), "payloads are never logged"),
        ] {
            assert!(has_note(keys.clone(), part), "{keys}");
        }
        assert!(!has_note(json!({"discardTopBottom": 0}), "discards"));
        assert!(!has_note(json!({"disablePayloadLogs": true}), "never logged"));
    }

    #[test]
    fn a_falsy_payload_is_null() {
        for payload in [json!(null), json!(0), json!(0.0), json!(""), json!(false)] {
            let input = read(json!({"payload": payload})).unwrap();
            assert_eq!(input.payload, PayloadSource::Inline(Payloads::Same(Value::Null)), "{payload}");
        }
        for payload in [json!("0"), json!([]), json!({}), json!(true)] {
            let input = read(json!({"payload": payload})).unwrap();
            assert_eq!(input.payload, PayloadSource::Inline(Payloads::Same(payload)));
        }
    }

    #[test]
    fn the_payload_in_s3_wins() {
        let input = read(json!({"payload": {"order": 1}, "payloadS3": "s3://bucket/a/b.json"})).unwrap();
        let object = S3Object { bucket: "bucket".to_owned(), key: "a/b.json".to_owned() };
        assert_eq!(input.payload, PayloadSource::S3(object));
    }

    #[test]
    fn unknown_keys_are_warnings() {
        for (key, part) in [
            ("enableParallel", "did you mean `parallelInvocation`?"),
            ("lambdaArn", "did you mean `lambdaARN`?"),
            ("powerValue", "did you mean `powerValues`?"),
            ("comment", "the unknown key `comment` is not used"),
        ] {
            let warnings = read(json!({key: 1})).unwrap().warnings;
            assert!(warnings.len() == 1 && warnings[0].contains(part), "{key}: {warnings:?}");
        }
    }

    #[test]
    fn no_message_shows_a_payload() {
        for payload in
            [json!([{"payload": "secret", "weight": 1}, {"payload": "secret"}]), json!([{"payload": "secret", "weight": -1}])]
        {
            let error = read(json!({"payload": payload})).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
        let input = read(json!({"payload": "secret"})).unwrap();
        assert!(!input.notes.concat().contains("secret"));
    }

    proptest! {
        #[test]
        fn any_text_is_an_input_or_an_error(text in ".{0,60}|\\{(\"(num|powerValues|payload|lambdaARN)\": ?[\\[\\]{}\":0-9a-z,.]{0,12},?){0,4}\\}") {
            let _ = PowerTuningInput::read(&text);
        }
    }
}
