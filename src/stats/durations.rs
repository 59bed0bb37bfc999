//! Durations as distributions: what their mean is, and what their mean is *after* each one is rounded up.
//!
//! Lambda rounds every invocation up to a whole millisecond, so what is billed is the mean of the rounded durations, not
//! the rounded mean: for smooth durations about half a millisecond more. A duration given as one number is taken as the
//! duration of every request; given by quantiles it is a log-normal; given as a sample it is just that sample.

use std::fmt;
use std::str::FromStr;

use statrs::distribution::{Continuous, ContinuousCDF, LogNormal, Normal};

use super::{DurationSampler, standard_normal_quantile};
use crate::units::{Decimal, QuantityError, TimeSpan, decimal_from_statistic, statistic_from_decimal};

/// How long requests take: one duration, a log-normal, or a sample. Never empty, never without time.
#[derive(Debug, Clone, PartialEq)]
pub struct Durations {
    shape: Shape,
}

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    /// Every request takes exactly this long.
    Constant(TimeSpan),
    /// Log-normal: mean and standard deviation of the logarithm of milliseconds.
    LogNormal { location: f64, scale: f64 },
    /// Measured durations, each equally likely.
    Sample(Vec<TimeSpan>),
}

/// Why a text is not a duration or a distribution of durations.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DurationsError {
    /// One of the quantities is malformed.
    #[error(transparent)]
    Quantity(#[from] QuantityError),
    /// The named values do not make a distribution.
    #[error("{text:?} is not a distribution: {reason} (write \"120ms\", \"p50=100ms,p95=300ms\" or \"mean=120ms,p99=900ms\")")]
    Distribution {
        /// What was written.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A sample without values.
    #[error("the sample of durations is empty (give one duration per line)")]
    EmptySample,
    /// A request that takes no time.
    #[error("the duration is zero (every request takes some time, at least 1 ms is billed)")]
    Zero,
}

/// So many steps of the rounding are summed one by one, from where the distribution starts; beyond them the density of a
/// distribution that wide is flat compared with a step, and a closed form takes over.
const SUMMED_STEPS: u32 = 4096;

/// A century, as in [`TimeSpan`].
const LONGEST_MILLISECONDS: f64 = 100.0 * 365.0 * 86_400_000.0;

/// The narrowest log-normal: below, durations differ by less than a millionth of a percent and are one duration.
const LEAST_SCALE: f64 = 1e-9;

impl Durations {
    /// Every request takes `span`.
    ///
    /// # Errors
    /// When it is zero.
    pub fn constant(span: TimeSpan) -> Result<Self, DurationsError> {
        if span.is_zero() { Err(DurationsError::Zero) } else { Ok(Self { shape: Shape::Constant(span) }) }
    }

    /// These measured durations.
    ///
    /// # Errors
    /// When there are none, or one is zero.
    pub fn sample(spans: Vec<TimeSpan>) -> Result<Self, DurationsError> {
        if spans.is_empty() {
            return Err(DurationsError::EmptySample);
        }
        if spans.iter().any(|span| span.is_zero()) {
            return Err(DurationsError::Zero);
        }
        Ok(Self { shape: Shape::Sample(spans) })
    }

    /// A log-normal by its median and its 99 % quantile; one duration where they are the same.
    ///
    /// ```
    /// # use millicent::{stats::Durations, units::TimeSpan};
    /// let (median, p99) = (TimeSpan::from_seconds(1), TimeSpan::from_seconds(3));
    /// let durations = Durations::log_normal_by_median(median, p99).unwrap();
    /// assert_eq!(durations.quantile(0.99).rounded(), p99);
    /// ```
    ///
    /// # Errors
    /// When the median is zero or longer, or they are too far apart or too close.
    pub fn log_normal_by_median(median: TimeSpan, p99: TimeSpan) -> Result<Self, DurationsError> {
        if median.is_zero() || median == p99 {
            return Self::constant(median);
        }
        let milliseconds = |span: TimeSpan| statistic_from_decimal(span.milliseconds());
        from_two_quantiles((0.5, milliseconds(median)), (0.99, milliseconds(p99)))
            .and_then(|(location, scale)| Self::log_normal(location, scale))
            .map_err(|reason| DurationsError::Distribution { text: format!("p50={median},p99={p99}"), reason })
    }

    /// A log-normal by the mean and standard deviation of the logarithm of milliseconds; the reason when there is none.
    fn log_normal(location: f64, scale: f64) -> Result<Self, String> {
        if !location.is_finite() || !scale.is_finite() || scale < LEAST_SCALE {
            return Err("the two values are so close that they are one duration; give that".to_owned());
        }
        let longest_exponent = (location + scale * scale / 2.0).max(location + scale * standard_normal_quantile(0.999));
        if LONGEST_MILLISECONDS.ln() < longest_exponent {
            return Err("it is spread so wide that durations of more than 100 years belong to it".to_owned());
        }
        Ok(Self { shape: Shape::LogNormal { location, scale } })
    }

    /// The one duration, where every request takes the same.
    #[must_use]
    pub fn constant_span(&self) -> Option<TimeSpan> {
        match self.shape {
            Shape::Constant(span) => Some(span),
            _ => None,
        }
    }

    /// The mean.
    #[must_use]
    pub fn mean(&self) -> TimeSpan {
        match &self.shape {
            Shape::Constant(span) => *span,
            Shape::LogNormal { location, scale } => from_statistic((location + scale * scale / 2.0).exp()),
            Shape::Sample(spans) => mean_of(spans, TimeSpan::milliseconds),
        }
    }

    /// The mean when `before` (an init phase) runs first and each sum is rounded up to a whole number of steps:
    /// E⌈(X + before) / step⌉ · step. Lambda's step is a millisecond, a MicroVM's a second.
    ///
    /// For a log-normal, E⌈X⌉ = Σₖ₌₀ P(X > k); the tail beyond K is ∫P(X > x)dx + P(X > K)/2 + density(K)/12
    /// (Euler–Maclaurin). The sum starts below the 10⁻¹⁵ quantile, so that a narrow distribution is summed whole.
    ///
    /// ```
    /// # use millicent::stats::Durations;
    /// # use millicent::units::TimeSpan;
    /// let durations: Durations = "1.8ms".parse().unwrap();
    /// let billed = durations.mean_rounded_up(TimeSpan::from_whole_milliseconds(1), TimeSpan::ZERO);
    /// assert_eq!(billed.milliseconds(), 2.into());
    /// ```
    #[must_use]
    pub fn mean_rounded_up(&self, step: TimeSpan, before: TimeSpan) -> TimeSpan {
        match &self.shape {
            Shape::Constant(span) => (*span + before).ceil_to(step),
            Shape::Sample(spans) => mean_of(spans, |span| (span + before).ceil_to(step).milliseconds()),
            Shape::LogNormal { location, scale } => {
                let step_milliseconds = statistic_from_decimal(step.milliseconds());
                let before = statistic_from_decimal(before.milliseconds()) / step_milliseconds;
                let steps = log_normal_mean_rounded_up(location - step_milliseconds.ln(), *scale, before);
                TimeSpan::from_milliseconds(from_statistic(steps).milliseconds() * step.milliseconds())
            }
        }
    }

    /// The mean when each is rounded up to a whole number of steps and billed for `least` at least: tasks and jobs.
    ///
    /// Where some are shorter than `least` and some are not, a log-normal is represented by 1,000 equally likely durations.
    ///
    /// ```
    /// # use millicent::{stats::Durations, units::TimeSpan};
    /// let (second, minute) = (TimeSpan::from_seconds(1), TimeSpan::from_seconds(60));
    /// assert_eq!("20s".parse::<Durations>().unwrap().mean_billed(second, minute), minute);
    /// assert_eq!("61.5s".parse::<Durations>().unwrap().mean_billed(second, minute), TimeSpan::from_seconds(62));
    /// ```
    #[must_use]
    pub fn mean_billed(&self, step: TimeSpan, least: TimeSpan) -> TimeSpan {
        let billed = |span: TimeSpan| span.ceil_to(step).max(least).milliseconds();
        match &self.shape {
            Shape::Constant(span) => TimeSpan::from_milliseconds(billed(*span)),
            Shape::Sample(spans) => mean_of(spans, billed),
            Shape::LogNormal { .. } if least <= self.quantile(0.0005) => self.mean_rounded_up(step, TimeSpan::ZERO),
            Shape::LogNormal { .. } => {
                let points = (0..1000).map(|index| self.quantile((f64::from(index) + 0.5) / 1000.0));
                mean_of(&points.collect::<Vec<_>>(), billed)
            }
        }
    }

    /// The longest duration to expect: of a sample its maximum, of a log-normal its 99.9 % quantile.
    #[must_use]
    pub fn longest(&self) -> TimeSpan {
        match &self.shape {
            Shape::Constant(span) => *span,
            Shape::Sample(spans) => spans.iter().copied().max().unwrap_or(TimeSpan::ZERO),
            Shape::LogNormal { location, scale } => from_statistic((location + scale * standard_normal_quantile(0.999)).exp()),
        }
    }

    /// The duration that this share of the requests does not exceed.
    ///
    /// ```
    /// # use millicent::stats::Durations;
    /// let durations: Durations = "p50=100ms,p95=300ms".parse().unwrap();
    /// assert_eq!(durations.quantile(0.95).milliseconds().round(), 300.into());
    /// ```
    #[must_use]
    pub fn quantile(&self, share: f64) -> TimeSpan {
        match &self.shape {
            Shape::Constant(span) => *span,
            Shape::Sample(spans) => {
                let mut sorted = spans.clone();
                sorted.sort_unstable();
                let rank = (share * sorted.len() as f64).ceil() as usize;
                sorted[rank.clamp(1, sorted.len()) - 1]
            }
            Shape::LogNormal { location, scale } => from_statistic((location + scale * standard_normal_quantile(share)).exp()),
        }
    }

    /// So many equally likely durations that stand for this distribution, in milliseconds, the shortest first: its quantiles at
    /// the middles of as many equal parts.
    #[must_use]
    pub fn points_ms(&self, count: u32) -> Vec<f64> {
        let shares = (0..count).map(|index| (f64::from(index) + 0.5) / f64::from(count));
        let milliseconds = |span: TimeSpan| statistic_from_decimal(span.milliseconds());
        match &self.shape {
            Shape::Constant(span) => vec![milliseconds(*span); count as usize],
            Shape::LogNormal { location, scale } => {
                shares.map(|share| (location + scale * standard_normal_quantile(share)).exp()).collect()
            }
            Shape::Sample(spans) => {
                let mut sorted: Vec<f64> = spans.iter().copied().map(milliseconds).collect();
                sorted.sort_by(f64::total_cmp);
                shares.map(|share| sorted[(share * sorted.len() as f64) as usize]).collect()
            }
        }
    }

    /// The squared coefficient of variation, (standard deviation / mean)²; of a log-normal e^(σ²) − 1.
    #[must_use]
    pub fn squared_variation(&self) -> f64 {
        match &self.shape {
            Shape::Constant(_) => 0.0,
            Shape::LogNormal { scale, .. } => (scale * scale).exp() - 1.0,
            Shape::Sample(spans) => {
                let mean = statistic_from_decimal(self.mean().milliseconds());
                let square = |span: &TimeSpan| (statistic_from_decimal(span.milliseconds()) / mean - 1.0).powi(2);
                spans.iter().map(square).sum::<f64>() / spans.len() as f64
            }
        }
    }

    /// What draws single ones of them: a simulation needs durations, not their mean.
    ///
    /// ```
    /// # use millicent::stats::{Durations, Random};
    /// let sampler = "p50=100ms,p95=300ms".parse::<Durations>()?.sampler();
    /// let mut random = Random::from_seed(7);
    /// let mut drawn_s: Vec<f64> = (0..10_001).map(|_| sampler.draw_s(&mut random)).collect();
    /// drawn_s.sort_by(f64::total_cmp);
    /// assert!((drawn_s[5_000] - 0.1).abs() < 0.003);
    /// # Ok::<(), millicent::stats::DurationsError>(())
    /// ```
    #[must_use]
    pub fn sampler(&self) -> DurationSampler {
        let seconds = |span: &TimeSpan| statistic_from_decimal(span.milliseconds()) / 1000.0;
        match &self.shape {
            Shape::Constant(span) => DurationSampler::constant(seconds(span)),
            Shape::LogNormal { location, scale } => DurationSampler::log_normal(location - 1000.0_f64.ln(), *scale),
            Shape::Sample(spans) => DurationSampler::sample(spans.iter().map(seconds).collect()),
        }
    }

    /// Every duration multiplied by numerator / denominator, both positive (more CPU, less time).
    #[must_use]
    pub fn scaled(&self, numerator: Decimal, denominator: Decimal) -> Self {
        let scale_span = |span: TimeSpan| TimeSpan::from_milliseconds(span.milliseconds() * numerator / denominator);
        let shape = match &self.shape {
            Shape::Constant(span) => Shape::Constant(scale_span(*span)),
            Shape::Sample(spans) => Shape::Sample(spans.iter().copied().map(scale_span).collect()),
            Shape::LogNormal { location, scale } => {
                let factor = statistic_from_decimal(numerator) / statistic_from_decimal(denominator);
                Shape::LogNormal { location: location + factor.ln(), scale: *scale }
            }
        };
        Self { shape }
    }
}

/// The parameters were bounded at the door, so the number is finite and far below the largest decimal.
fn from_statistic(milliseconds: f64) -> TimeSpan {
    TimeSpan::from_milliseconds(decimal_from_statistic(milliseconds, 9).unwrap_or(Decimal::from(u64::MAX)))
}

fn mean_of(spans: &[TimeSpan], milliseconds: impl Fn(TimeSpan) -> Decimal) -> TimeSpan {
    let sum: Decimal = spans.iter().map(|span| milliseconds(*span)).sum();
    TimeSpan::from_milliseconds((sum / Decimal::from(spans.len())).normalize())
}

/// E⌈X + before⌉ in steps, X log-normal in steps.
fn log_normal_mean_rounded_up(location: f64, scale: f64, before: f64) -> f64 {
    let Ok(distribution) = LogNormal::new(location, scale) else { return (location + scale * scale / 2.0).exp() + before };
    // ⌈X + b⌉ = ⌊b⌋ + ⌈X + frac(b)⌉: only the fraction of the init phase matters for the rounding.
    let fraction = before.fract();
    let survival = |x: f64| if x <= 0.0 { 1.0 } else { distribution.sf(x) };
    // Below the start the survival is one: those steps are counted, not summed.
    let start = (location - 8.0 * scale).exp().floor().max(0.0);
    let summed: f64 = (0..SUMMED_STEPS).map(|k| survival(start + f64::from(k) - fraction)).sum();
    let bound = start + f64::from(SUMMED_STEPS) - fraction;
    let normal_cdf = |x: f64| Normal::standard().cdf(x);
    let tail_mean = (location + scale * scale / 2.0).exp() * normal_cdf((location + scale * scale - bound.ln()) / scale);
    let tail_area = tail_mean - bound * normal_cdf((location - bound.ln()) / scale);
    before.trunc() + start + summed + tail_area.max(0.0) + survival(bound) / 2.0 + distribution.pdf(bound) / 12.0
}

impl FromStr for Durations {
    type Err = DurationsError;

    /// "120ms", or a log-normal by two of its values: "p50=100ms,p95=300ms", "mean=120ms,p99=900ms".
    fn from_str(text: &str) -> Result<Self, DurationsError> {
        if !text.contains('=') {
            return Self::constant(text.parse()?);
        }
        let wrong = |reason: String| DurationsError::Distribution { text: text.to_owned(), reason };
        let mut mean = None;
        let mut quantiles = Vec::new();
        for part in text.split(',') {
            let (name, value) = part.split_once('=').ok_or_else(|| wrong(format!("{:?} has no \"=\"", part.trim())))?;
            let span = Self::constant(value.parse()?)?.mean();
            let milliseconds = statistic_from_decimal(span.milliseconds());
            match name.trim() {
                "mean" => mean = Some(milliseconds),
                name => quantiles
                    .push((quantile_probability(name).ok_or_else(|| wrong(format!("unknown name {name:?}")))?, milliseconds)),
            }
        }
        quantiles.sort_by(|one, other| one.0.total_cmp(&other.0));
        let parameters = match (mean, quantiles.as_slice()) {
            (None, [low, high]) => from_two_quantiles(*low, *high),
            (Some(mean), [(probability, quantile)]) => from_mean_and_quantile(mean, *probability, *quantile),
            _ => return Err(wrong("it needs two values, a median or mean and a high quantile".to_owned())),
        };
        let (location, scale) = parameters.map_err(wrong)?;
        Self::log_normal(location, scale).map_err(wrong)
    }
}

/// "p50" → 0.5, "p99.9" → 0.999.
fn quantile_probability(name: &str) -> Option<f64> {
    let percent: f64 = name.strip_prefix('p')?.parse().ok()?;
    (percent > 0.0 && percent < 100.0).then_some(percent / 100.0)
}

/// ln q = location + z(p)·scale, solved for two quantiles.
fn from_two_quantiles(low: (f64, f64), high: (f64, f64)) -> Result<(f64, f64), String> {
    let (low_z, high_z) = (standard_normal_quantile(low.0), standard_normal_quantile(high.0));
    if high_z <= low_z || high.1 <= low.1 {
        return Err("the higher quantile must be the longer duration".to_owned());
    }
    let scale = (high.1.ln() - low.1.ln()) / (high_z - low_z);
    Ok((low.1.ln() - low_z * scale, scale))
}

/// ln m = location + scale²/2 and ln q = location + z·scale give scale = z − √(z² − 2·ln(q/m)).
fn from_mean_and_quantile(mean: f64, probability: f64, quantile: f64) -> Result<(f64, f64), String> {
    let z = standard_normal_quantile(probability);
    let ratio = (quantile / mean).ln();
    if quantile <= mean {
        return Err("the quantile must be longer than the mean".to_owned());
    }
    if z <= 0.0 || z * z < 2.0 * ratio {
        return Err("no log-normal has this mean and this quantile, they are too far apart".to_owned());
    }
    let scale = z - (z * z - 2.0 * ratio).sqrt();
    Ok((mean.ln() - scale * scale / 2.0, scale))
}

impl fmt::Display for Durations {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.shape {
            Shape::Constant(span) => write!(out, "{}", from_rounded(*span)),
            Shape::LogNormal { .. } => write!(out, "{} (log-normal mean)", from_rounded(self.mean())),
            Shape::Sample(spans) => write!(out, "{} (mean of {} samples)", from_rounded(self.mean()), spans.len()),
        }
    }
}

/// As people read a computed duration: to a microsecond.
fn from_rounded(span: TimeSpan) -> TimeSpan {
    TimeSpan::from_milliseconds(span.milliseconds().round_dp(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn billed(text: &str) -> f64 {
        statistic_from_decimal(
            text.parse::<Durations>()
                .unwrap()
                .mean_rounded_up(TimeSpan::from_whole_milliseconds(1), TimeSpan::ZERO)
                .milliseconds(),
        )
    }

    #[test]
    fn a_sample_is_rounded_before_it_is_averaged() {
        let spans = ["1.2ms", "1.9ms", "3.0ms"].map(|text| text.parse().unwrap());
        let durations = Durations::sample(spans.to_vec()).unwrap();
        assert_eq!(
            durations.mean_rounded_up(TimeSpan::from_whole_milliseconds(1), TimeSpan::ZERO).milliseconds().round_dp(6),
            Decimal::new(2_333_333, 6)
        ); // (2+2+3)/3
        assert_eq!(
            durations.mean_rounded_up(TimeSpan::from_whole_milliseconds(1), "0.5ms".parse().unwrap()).milliseconds(),
            Decimal::from(3)
        ); // (2+3+4)/3
    }

    #[test]
    fn a_smooth_distribution_is_billed_half_a_millisecond_above_its_mean() {
        for text in ["p50=100ms,p95=300ms", "p50=20ms,p99=40ms", "p50=5s,p95=20s"] {
            let mean = statistic_from_decimal(text.parse::<Durations>().unwrap().mean().milliseconds());
            assert!((billed(text) - mean - 0.5).abs() < 1e-3, "{text}: {} − {mean}", billed(text));
        }
    }

    #[test]
    fn rounding_is_summed_exactly_where_it_matters() {
        // Half of these requests take less than 1 ms, so mean + 0.5 ms would be wrong: Σₖ (k + 1)·P(k < X ≤ k + 1), directly.
        let scale = 3.0_f64.ln() / standard_normal_quantile(0.95);
        let distribution = LogNormal::new(0.0, scale).unwrap();
        let direct: f64 =
            (0..200_000).map(|k| f64::from(k + 1) * (distribution.cdf(f64::from(k + 1)) - distribution.cdf(f64::from(k)))).sum();
        assert!((billed("p50=1ms,p95=3ms") - direct).abs() < 1e-6, "{} {direct}", billed("p50=1ms,p95=3ms"));
    }

    #[test]
    fn a_narrow_distribution_far_from_zero_is_rounded_exactly() {
        // All of it lies between 10,000 and 10,001 ms.
        assert!((billed("p50=10000.3ms,p99=10000.4ms") - 10_001.0).abs() < 1e-3, "{}", billed("p50=10000.3ms,p99=10000.4ms"));
    }

    #[test]
    fn the_step_may_be_a_second() {
        let seconds = "p50=1s,p95=3s".parse::<Durations>().unwrap().mean_rounded_up(TimeSpan::from_seconds(1), TimeSpan::ZERO);
        assert!((statistic_from_decimal(seconds.seconds()) - billed("p50=1ms,p95=3ms")).abs() < 1e-6);
        let constant: Durations = "1.2s".parse().unwrap();
        assert_eq!(constant.mean_rounded_up(TimeSpan::from_seconds(1), TimeSpan::ZERO), TimeSpan::from_seconds(2));
    }

    #[test]
    fn a_mean_and_a_quantile_are_recovered() {
        let durations: Durations = "mean=120ms,p99=900ms".parse().unwrap();
        let Shape::LogNormal { location, scale } = durations.shape else { panic!() };
        let distribution = LogNormal::new(location, scale).unwrap();
        assert!((distribution.cdf(900.0) - 0.99).abs() < 1e-9);
        assert!(((location + scale * scale / 2.0).exp() - 120.0).abs() < 1e-9);
    }

    #[test]
    fn points_stand_for_their_distribution() {
        for text in ["100ms", "p50=100ms,p99=300ms"] {
            let durations: Durations = text.parse().unwrap();
            let points_ms = durations.points_ms(2000);
            let mean_ms = points_ms.iter().sum::<f64>() / 2000.0;
            assert!((mean_ms / statistic_from_decimal(durations.mean().milliseconds()) - 1.0).abs() < 1e-3, "{text}: {mean_ms}");
            assert!(points_ms.is_sorted());
        }
        let sample = Durations::sample(["3ms", "1ms"].map(|text| text.parse().unwrap()).to_vec()).unwrap();
        assert_eq!(sample.points_ms(4), [1.0, 1.0, 3.0, 3.0]);
    }

    #[test]
    fn what_is_no_distribution_is_refused() {
        for (text, part) in [
            ("p50=300ms,p95=100ms", "higher quantile"),
            ("p50=300ms", "needs two values"),
            ("mean=10ms,p99=9ms", "longer than the mean"),
            ("mean=10ms,p99=9000ms", "too far apart"),
            ("p0=10ms,p99=9ms", "unknown name"),
            ("median=10ms,p99=20ms", "unknown name"),
            ("p50=,p99=20ms", "empty"),
            ("0ms", "zero"),
            ("p50=1ms,p51=1000s", "spread so wide"),
            ("mean=100ms,p99=100.00000000000001ms", "so close that they are one"),
        ] {
            let error = text.parse::<Durations>().unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
