//! A measured function as a work profile: how long a request takes at each memory size.
//!
//! A profile is what `millicent tune FUNCTION --export-json FILE` writes: the durations of every size that was measured, the
//! curve through them, and the size that was recommended. The idea: a size that was measured is answered by its measurements,
//! and by nothing else; the curve only says by how much the durations of the nearest measured size change on the way to a size
//! that was not. [`Basis`] tells the two apart, and no answer goes without it.
//!
//! This room measures nothing, fits nothing and knows no price. What it does not need of the file it ignores.

use serde::Deserialize;
use serde_json::{Number, Value};

use crate::fit::{Curve, Point};
use crate::stats::{Durations, DurationsError, WeightedSample};
use crate::units::{DataSize, Decimal, MemoryMb, QuantityError, TimeSpan, decimal_from_statistic, statistic_from_decimal};

/// The contract that this room reads; raised when a key changes its meaning or goes away.
const SCHEMA: &str = "millicent/tune/1";

/// The instruction sets a function can be built for, as AWS writes them.
const ARCHITECTURES: [&str; 2] = ["x86_64", "arm64"];

/// A mean that differs from its durations by less, relative to it, differs by the last digits of a binary number and not by
/// the weights of payload classes.
const SAME_MEAN: Decimal = Decimal::from_parts(1, 0, 0, false, 6);

/// Why there is a smallest and a nearest size.
const NEVER_EMPTY: &str = "a profile without sizes is refused when it is read";

/// What a predicted duration may be, in milliseconds: a nanosecond to a century, as in [`TimeSpan`].
const PREDICTABLE_MS: std::ops::RangeInclusive<f64> = 1e-6..=100.0 * 365.0 * 86_400_000.0;

/// A function as it was measured: its durations by memory size. At least one size; every duration is positive.
///
/// ```
/// # use millicent::profile::{Basis, WorkProfile};
/// # use millicent::units::DataSize;
/// let profile = WorkProfile::read(r#"{
///     "schema": "millicent/tune/1", "function": "orders", "architecture": "arm64", "recommendation": {"memory_mb": 1024},
///     "sizes": [{"memory_mb": 512, "mean_ms": 430, "durations_ms": [420, 440]},
///               {"memory_mb": 1024, "mean_ms": 220, "durations_ms": [215, 225]}],
///     "fit": {"curve": {"fixed_ms": 0, "cpu_ms": 126, "knee_mb": null, "exponent": 1}}
/// }"#)?;
/// let at = |megabytes| profile.durations_at(DataSize::from_megabytes(megabytes)).map(|durations| durations.mean().milliseconds());
/// assert_eq!(at(1024)?, 220.into());
/// // By the curve, half of the memory takes twice as long: twice the 430 ms of the nearest size, 512 MB.
/// assert_eq!(at(256)?, 860.into());
/// assert!(matches!(profile.basis(DataSize::from_megabytes(256)), Basis::Outside { .. }));
/// # Ok::<(), millicent::profile::ProfileError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct WorkProfile {
    function: String,
    architecture: String,
    recommended: Option<MemoryMb>,
    /// In the order of memory.
    sizes: Vec<MeasuredSize>,
    curve: Option<Curve>,
}

/// What was measured at one size.
#[derive(Debug, Clone, PartialEq)]
struct MeasuredSize {
    memory: MemoryMb,
    durations: Durations,
    /// The mean as a point of a curve.
    point: Point,
    init: Option<TimeSpan>,
}

/// How the durations of a size are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// This size was measured.
    Measured,
    /// The curve predicts it between two sizes that were.
    Between {
        /// The measured size below.
        below: MemoryMb,
        /// The measured size above.
        above: MemoryMb,
    },
    /// The curve predicts it where nothing was measured.
    Outside {
        /// The smallest size that was measured.
        smallest: MemoryMb,
        /// The largest.
        largest: MemoryMb,
    },
}

/// Why a file is no work profile, or a profile says nothing about a size.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ProfileError {
    /// Not the JSON of a profile.
    #[error("it is no work profile: {problem} (`millicent tune FUNCTION --export-json FILE` writes one)")]
    Json {
        /// What the parser says.
        problem: String,
    },
    /// Another contract.
    #[error(
        "it is no work profile: its `schema` is {found}, not \"{SCHEMA}\" (`millicent tune FUNCTION --export-json FILE` writes one)"
    )]
    Schema {
        /// What the key holds, as JSON, shortened; null where it is missing.
        found: String,
    },
    /// An instruction set that functions do not have.
    #[error("`architecture` is {found:?} (known: {})", ARCHITECTURES.join(", "))]
    Architecture {
        /// What was written.
        found: String,
    },
    /// Nothing was measured.
    #[error("`sizes` is empty: no size was measured")]
    NoSizes,
    /// A size of no memory, or sizes that do not ascend.
    #[error("`sizes` must ascend from 1 MB, each size once, but after {before} comes {memory}")]
    Order {
        /// The size before it; 0 MB at the start.
        before: MemoryMb,
        /// The size out of order.
        memory: MemoryMb,
    },
    /// A number that is no length of time.
    #[error("`{key}` at {memory}: {problem}")]
    Time {
        /// Where it stands.
        key: &'static str,
        /// The size.
        memory: MemoryMb,
        /// What is wrong.
        problem: QuantityError,
    },
    /// Calls without durations.
    #[error("`{key}` at {memory}: {problem}")]
    Durations {
        /// Where they stand.
        key: &'static str,
        /// The size.
        memory: MemoryMb,
        /// What is wrong.
        problem: DurationsError,
    },
    /// A recommendation without a measurement.
    #[error("the recommended size {recommended} is not among the measured ones, {measured}")]
    Recommendation {
        /// What is recommended.
        recommended: MemoryMb,
        /// What was measured.
        measured: String,
    },
    /// Parameters that make no curve.
    #[error("`fit.curve` is no duration curve: fixed_ms {}, cpu_ms {}, knee_mb {:?}, exponent {}", .0.fixed_ms, .0.cpu_ms, .0.knee_mb, .0.exponent)]
    Curve(Curve),
    /// A size that was not measured, and no curve that predicts it.
    #[error(
        "the profile of {function} says nothing about {memory}: it has no curve, and was measured at {measured} (choose such a size, or measure this one)"
    )]
    NoCurve {
        /// The function.
        function: String,
        /// The size asked for.
        memory: DataSize,
        /// What was measured.
        measured: String,
    },
    /// A prediction that is no duration.
    #[error(
        "the curve of {function} predicts no usable duration at {memory} (it was measured at {measured}; choose a size near these)"
    )]
    Unpredictable {
        /// The function.
        function: String,
        /// The size asked for.
        memory: DataSize,
        /// What was measured.
        measured: String,
    },
}

/// The part of the file that says what it is.
#[derive(Deserialize)]
struct Header {
    schema: Option<Value>,
}

#[derive(Deserialize)]
struct ProfileJson {
    function: String,
    architecture: String,
    recommendation: Option<RecommendationJson>,
    sizes: Vec<SizeJson>,
    fit: Option<FitJson>,
}

#[derive(Deserialize)]
struct RecommendationJson {
    memory_mb: MemoryMb,
}

/// Numbers stay text, so that no digit is lost on the way to a decimal.
#[derive(Deserialize)]
struct SizeJson {
    memory_mb: MemoryMb,
    mean_ms: Number,
    durations_ms: Vec<Number>,
    init_ms: Option<Number>,
}

#[derive(Deserialize)]
struct FitJson {
    curve: Curve,
}

impl WorkProfile {
    /// Reads a profile.
    ///
    /// # Errors
    /// When the text is no profile, or one that no measurement can have written.
    pub fn read(text: &str) -> Result<Self, ProfileError> {
        let unreadable = |problem: serde_json::Error| ProfileError::Json { problem: problem.to_string() };
        let header = serde_json::from_str::<Header>(text);
        if !header.as_ref().is_ok_and(|header| header.schema.as_ref().is_some_and(|schema| schema == SCHEMA)) {
            let found = header.map_err(unreadable)?.schema.unwrap_or(Value::Null);
            return Err(ProfileError::Schema { found: found.to_string().chars().take(60).collect() });
        }
        Self::checked(serde_json::from_str(text).map_err(unreadable)?)
    }

    fn checked(json: ProfileJson) -> Result<Self, ProfileError> {
        if !ARCHITECTURES.contains(&json.architecture.as_str()) {
            return Err(ProfileError::Architecture { found: json.architecture });
        }
        if json.sizes.is_empty() {
            return Err(ProfileError::NoSizes);
        }
        let before = std::iter::once(MemoryMb::new(0)).chain(json.sizes.iter().map(|size| size.memory_mb));
        if let Some((before, size)) = before.zip(&json.sizes).find(|(before, size)| size.memory_mb <= *before) {
            return Err(ProfileError::Order { before, memory: size.memory_mb });
        }
        let curve = json.fit.map(|fit| fit.curve);
        if let Some(curve) = curve.filter(|curve| !is_duration_curve(curve)) {
            return Err(ProfileError::Curve(curve));
        }
        let sizes = json.sizes.iter().map(MeasuredSize::of).collect::<Result<Vec<_>, _>>()?;
        let recommended = json.recommendation.map(|recommendation| recommendation.memory_mb);
        let profile = Self { function: json.function, architecture: json.architecture, recommended, sizes, curve };
        match recommended.filter(|recommended| profile.sizes.iter().all(|size| size.memory != *recommended)) {
            Some(recommended) => Err(ProfileError::Recommendation { recommended, measured: profile.measured_sizes() }),
            None => Ok(profile),
        }
    }

    /// The function that was measured.
    #[must_use]
    pub fn function(&self) -> &str {
        &self.function
    }

    /// What it was built for: "x86_64" or "arm64".
    #[must_use]
    pub fn architecture(&self) -> &str {
        &self.architecture
    }

    /// The size that was recommended; one of those that were measured.
    #[must_use]
    pub fn recommended(&self) -> Option<DataSize> {
        self.recommended.map(MemoryMb::data_size)
    }

    /// The sizes that were measured, in words: "512 MB, 1 GB".
    #[must_use]
    pub fn measured_sizes(&self) -> String {
        self.sizes.iter().map(|size| size.memory.data_size().to_string()).collect::<Vec<_>>().join(", ")
    }

    /// The measured means, as points of a duration curve.
    ///
    /// ```
    /// # use millicent::profile::WorkProfile;
    /// let profile = WorkProfile::read(r#"{"schema": "millicent/tune/1", "function": "orders", "architecture": "arm64",
    ///     "sizes": [{"memory_mb": 512, "mean_ms": 430, "durations_ms": [420, 440]}]}"#)?;
    /// let point = profile.points()[0];
    /// // Two calls 10 ms above and below 430: a standard deviation of 14.1, a standard error of 10.
    /// assert!(point.calls == 2 && (point.relative_error - 10.0 / 430.0).abs() < 1e-9);
    /// # Ok::<(), millicent::profile::ProfileError>(())
    /// ```
    #[must_use]
    pub fn points(&self) -> Vec<Point> {
        self.sizes.iter().map(|size| size.point).collect()
    }

    /// The measured size nearest to this one, by ratio; the smaller of two.
    #[must_use]
    pub fn nearest_size(&self, memory: DataSize) -> DataSize {
        self.nearest(memory).memory.data_size()
    }

    /// How the durations at a size are known.
    #[must_use]
    pub fn basis(&self, memory: DataSize) -> Basis {
        let below = self.sizes.iter().rev().map(|size| size.memory).find(|size| size.data_size() <= memory);
        let above = self.sizes.iter().map(|size| size.memory).find(|size| memory <= size.data_size());
        let (smallest, largest) = self.range();
        match (below, above) {
            (Some(below), Some(above)) if below == above => Basis::Measured,
            (Some(below), Some(above)) => Basis::Between { below, above },
            _ => Basis::Outside { smallest, largest },
        }
    }

    /// How long requests take at a size: the durations that were measured there, or those of the nearest measured size m₀ (by
    /// ratio), each multiplied by curve(m) / curve(m₀).
    ///
    /// # Errors
    /// When the size was not measured and there is no curve, or what it predicts is no duration.
    pub fn durations_at(&self, memory: DataSize) -> Result<Durations, ProfileError> {
        let nearest = self.nearest(memory);
        if nearest.memory.data_size() == memory {
            return Ok(nearest.durations.clone());
        }
        let (function, measured) = (self.function.clone(), self.measured_sizes());
        let Some(curve) = self.curve else { return Err(ProfileError::NoCurve { function, memory, measured }) };
        let (there, here) = (curve.duration_ms(nearest.memory), curve.duration_ms(whole_megabytes(memory)));
        let longest = statistic_from_decimal(nearest.durations.longest().milliseconds()) * here / there;
        let usable = [there, here, longest].iter().all(|milliseconds| PREDICTABLE_MS.contains(milliseconds));
        match (decimal_from_statistic(here, 9), decimal_from_statistic(there, 9)) {
            (Some(here), Some(there)) if usable => Ok(nearest.durations.scaled(here, there)),
            _ => Err(ProfileError::Unpredictable { function, memory, measured }),
        }
    }

    /// CPU time and wait of one request on one full vCPU (1,769 MB), by the fitted curve; all of the duration at the measured
    /// size nearest to it is CPU where there is no curve.
    #[must_use]
    pub fn work_on_one_vcpu(&self) -> (TimeSpan, TimeSpan) {
        let span = |milliseconds: f64| TimeSpan::from_milliseconds(decimal_from_statistic(milliseconds, 6).unwrap_or_default());
        match self.curve {
            // Of a function with several threads, the time on one vCPU is the sum over its threads.
            Some(curve) => (span(curve.cpu_ms.max(0.0)), span(curve.fixed_ms.max(0.0))),
            None => {
                let nearest = self.nearest(MemoryMb::ONE_VCPU.data_size());
                let speed = (nearest.memory.statistic() / MemoryMb::ONE_VCPU.statistic()).min(1.0);
                (span(statistic_from_decimal(nearest.durations.mean().milliseconds()) * speed), TimeSpan::ZERO)
            }
        }
    }

    /// How many threads were seen to compute at once: the knee of the curve in vCPUs, one at least.
    #[must_use]
    pub fn threads(&self) -> Decimal {
        let knee = self.curve.and_then(|curve| curve.knee_mb);
        let vcpus = knee.and_then(|knee| decimal_from_statistic(knee / MemoryMb::ONE_VCPU.statistic(), 3));
        vcpus.unwrap_or(Decimal::ONE).max(Decimal::ONE)
    }

    /// How long INIT took on average, at the measured size nearest to this one that had cold starts. INIT does not depend on
    /// memory: it runs at full CPU whatever the size.
    #[must_use]
    pub fn init_near(&self, memory: DataSize) -> Option<TimeSpan> {
        let measured = self.sizes.iter().filter(|size| size.init.is_some());
        measured.min_by(|one, other| one.distance(memory).total_cmp(&other.distance(memory)))?.init
    }

    fn nearest(&self, memory: DataSize) -> &MeasuredSize {
        let by_distance = |one: &&MeasuredSize, other: &&MeasuredSize| one.distance(memory).total_cmp(&other.distance(memory));
        self.sizes.iter().min_by(by_distance).expect(NEVER_EMPTY)
    }

    /// The smallest and the largest size that was measured.
    fn range(&self) -> (MemoryMb, MemoryMb) {
        let memories = || self.sizes.iter().map(|size| size.memory);
        memories().min().zip(memories().max()).expect(NEVER_EMPTY)
    }
}

impl MeasuredSize {
    fn of(json: &SizeJson) -> Result<Self, ProfileError> {
        let memory = json.memory_mb;
        let time = |key, number: &Number| {
            format!("{number}ms").parse::<TimeSpan>().map_err(|problem| ProfileError::Time { key, memory, problem })
        };
        let no_durations = |key, problem| ProfileError::Durations { key, memory, problem };
        let calls = json.durations_ms.iter().map(|number| time("durations_ms", number)).collect::<Result<Vec<_>, _>>()?;
        let values = calls.iter().map(|call| statistic_from_decimal(call.milliseconds())).collect();
        let durations = Durations::sample(calls).map_err(|problem| no_durations("durations_ms", problem))?;
        let mean = time("mean_ms", &json.mean_ms)?;
        Durations::constant(mean).map_err(|problem| no_durations("mean_ms", problem))?;
        let init = json.init_ms.as_ref().map(|number| time("init_ms", number)).transpose()?;
        // A sample of no values, or of one without time, has been refused above.
        let relative_error = WeightedSample::plain(values).map_or(0.0, |sample| sample.observed_relative_error());
        let calls = u32::try_from(json.durations_ms.len()).unwrap_or(u32::MAX);
        let durations = with_mean(durations, mean);
        let mean_ms = statistic_from_decimal(durations.mean().milliseconds());
        Ok(Self { memory, durations, point: Point { memory, mean_ms, calls, relative_error }, init })
    }

    /// How far another size is, by ratio.
    fn distance(&self, memory: DataSize) -> f64 {
        (statistic_from_decimal(memory.megabytes()) / self.memory.statistic()).ln().abs()
    }
}

/// Durations with the mean that payload classes have by their weights: calls do not say which class they are of, so that all
/// are multiplied alike.
fn with_mean(durations: Durations, mean: TimeSpan) -> Durations {
    let (plain, weighted) = (durations.mean().milliseconds(), mean.milliseconds());
    if (weighted - plain).abs() <= plain * SAME_MEAN { durations } else { durations.scaled(weighted, plain) }
}

fn is_duration_curve(curve: &Curve) -> bool {
    let is_part = |milliseconds: f64| milliseconds.is_finite() && milliseconds >= 0.0;
    let is_positive = |value: f64| value.is_finite() && value > 0.0;
    is_part(curve.fixed_ms)
        && is_part(curve.cpu_ms)
        && is_positive(curve.fixed_ms + curve.cpu_ms)
        && is_positive(curve.exponent)
        && curve.knee_mb.is_none_or(is_positive)
}

/// The size as the curve takes it.
fn whole_megabytes(memory: DataSize) -> MemoryMb {
    let megabytes = memory.megabytes().round().max(Decimal::ONE);
    MemoryMb::new(u32::try_from(megabytes).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two sizes; `text` in place of what it replaces.
    fn profile(replaced: &str, text: &str) -> Result<WorkProfile, ProfileError> {
        let whole = r#"{
            "schema": "millicent/tune/1", "function": "orders", "architecture": "arm64", "region": "eu-west-1", "more": [1],
            "recommendation": {"memory_mb": 512, "regret": 0.01},
            "sizes": [
                {"memory_mb": 512, "calls": 2, "mean_ms": 400.0, "durations_ms": [390.4, 409.6], "init_ms": 312.5},
                {"memory_mb": 2048, "calls": 2, "mean_ms": 112.5, "durations_ms": [112.1, 112.9], "init_ms": null}
            ],
            "fit": {"curve": {"fixed_ms": 12.5, "cpu_ms": 100.0, "knee_mb": 1769.0, "exponent": 1.0}, "quality": {}}
        }"#;
        assert!(whole.contains(replaced), "{replaced}");
        WorkProfile::read(&whole.replace(replaced, text))
    }

    fn mean(profile: &WorkProfile, megabytes: u32) -> Decimal {
        profile.durations_at(DataSize::from_megabytes(megabytes)).unwrap().mean().milliseconds().round_dp(3).normalize()
    }

    #[test]
    fn a_measured_size_is_answered_by_its_measurements() {
        let profile = profile("", "").unwrap();
        let durations = profile.durations_at(DataSize::from_megabytes(512)).unwrap();
        assert_eq!(durations, Durations::sample(vec!["390.4ms".parse().unwrap(), "409.6ms".parse().unwrap()]).unwrap());
        assert_eq!(profile.basis(DataSize::from_megabytes(512)), Basis::Measured);
        assert_eq!((profile.function(), profile.architecture()), ("orders", "arm64"));
        assert_eq!(profile.recommended(), Some(DataSize::from_megabytes(512)));
    }

    #[test]
    fn another_size_is_the_nearest_by_ratio_along_the_curve() {
        let profile = profile("", "").unwrap();
        // The curve: 358.008 ms at 512 MB, 185.254 ms at 1,024 MB, 112.5 ms from 1,769 MB up.
        assert_eq!(mean(&profile, 1024), Decimal::new(206_983, 3)); // 400 · 185.254 / 358.008; 512 MB before 2,048 MB
        assert_eq!(mean(&profile, 1536), Decimal::new(127_669, 3)); // 112.5 · 127.669 / 112.5
        assert_eq!(mean(&profile, 10_240), Decimal::new(1125, 1));
        let (small, large) = (MemoryMb::new(512), MemoryMb::new(2048));
        assert_eq!(profile.basis(DataSize::from_megabytes(1024)), Basis::Between { below: small, above: large });
        for outside in [511, 2049] {
            let basis = profile.basis(DataSize::from_megabytes(outside));
            assert_eq!(basis, Basis::Outside { smallest: small, largest: large });
        }
    }

    #[test]
    fn the_weights_of_payload_classes_are_kept() {
        let weighted = profile("\"mean_ms\": 400.0", "\"mean_ms\": 390.4").unwrap();
        let durations = weighted.durations_at(DataSize::from_megabytes(512)).unwrap();
        assert_eq!(durations.mean(), "390.4ms".parse().unwrap());
        // What differs in its last digit only is what was measured.
        let rounded = profile("\"mean_ms\": 400.0", "\"mean_ms\": 400.00000000000006").unwrap();
        assert_eq!(rounded, profile("", "").unwrap());
    }

    #[test]
    fn the_init_is_that_of_the_nearest_size_that_had_cold_starts() {
        let profile = profile("", "").unwrap();
        assert_eq!(profile.init_near(DataSize::from_megabytes(2048)), Some("312.5ms".parse().unwrap()));
    }

    #[test]
    fn without_a_curve_only_measured_sizes_have_an_answer() {
        let profile = profile("\"fit\"", "\"was\"").unwrap();
        assert_eq!(mean(&profile, 512), Decimal::from(400));
        let error = profile.durations_at(DataSize::from_megabytes(1024)).unwrap_err().to_string();
        assert!(error.contains("says nothing about 1 GB") && error.contains("measured at 512 MB, 2 GB"), "{error}");
    }

    #[test]
    fn what_no_run_can_have_written_is_refused() {
        for (replaced, text, part) in [
            ("tune/1", "tune/2", "`schema` is \"millicent/tune/2\", not \"millicent/tune/1\""),
            ("\"schema\"", "\"Schema\"", "`schema` is null"),
            ("}", "", "it is no work profile: "),
            ("\"function\"", "\"name\"", "missing field `function`"),
            ("arm64", "arm", "`architecture` is \"arm\" (known: x86_64, arm64)"),
            ("\"memory_mb\": 2048", "\"memory_mb\": 512", "after 512 MB comes 512 MB"),
            ("\"memory_mb\": 2048", "\"memory_mb\": 0", "after 512 MB comes 0 MB"),
            (
                "{\"memory_mb\": 512, \"regret",
                "{\"memory_mb\": 513, \"regret",
                "513 MB is not among the measured ones, 512 MB, 2 GB",
            ),
            ("[390.4, 409.6]", "[]", "`durations_ms` at 512 MB: the sample of durations is empty"),
            ("[390.4, 409.6]", "[390.4, 0]", "`durations_ms` at 512 MB: the duration is zero"),
            ("[390.4, 409.6]", "[-390.4]", "`durations_ms` at 512 MB: \"-390.4ms\" is not a duration: it is negative"),
            ("\"mean_ms\": 112.5", "\"mean_ms\": 1e300", "`mean_ms` at 2,048 MB"),
            ("\"mean_ms\": 112.5", "\"mean_ms\": 0", "`mean_ms` at 2,048 MB: the duration is zero"),
            ("312.5", "-1", "`init_ms` at 512 MB"),
            ("\"cpu_ms\": 100.0", "\"cpu_ms\": -1", "`fit.curve` is no duration curve: fixed_ms 12.5, cpu_ms -1"),
            ("\"knee_mb\": 1769.0", "\"knee_mb\": 0", "`fit.curve` is no duration curve"),
        ] {
            let error = profile(replaced, text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
        assert_eq!(
            WorkProfile::read(r#"{"schema": "millicent/tune/1", "function": "f", "architecture": "arm64", "sizes": []}"#),
            Err(ProfileError::NoSizes)
        );
    }

    #[test]
    fn a_curve_that_leaves_every_measure_predicts_nothing() {
        let steep = profile("\"exponent\": 1.0", "\"exponent\": 300").unwrap();
        let error = steep.durations_at(DataSize::from_megabytes(128)).unwrap_err().to_string();
        assert!(error.contains("predicts no usable duration at 128 MB"), "{error}");
    }
}
