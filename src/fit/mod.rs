//! Duration as a function of memory: a curve through a few measured sizes, how well it fits, and how sure that is.
//!
//! Two answers to two questions. [`fit`] gives *the* curve, d(m) = a + b·min(m, c)^−e or one of its special cases, with its
//! residuals: to look at, to compare, to keep. [`Draws`] gives *several hundred* curves that the measurements leave possible,
//! each with a smooth deviation from every formula: from them come the interval of a size nobody measured, and the regret
//! bound of the size that is recommended.
//!
//! This room recommends nothing, knows no price (costs come in as a function) and never takes a prediction for a measurement.

mod belief;
mod cholesky;
mod curve;
mod draws;
mod least_squares;
mod noise;
mod posterior;
mod process;
mod shape;

pub use belief::Belief;
pub use curve::{Curve, Family};
pub use draws::{Draws, Regret};

use crate::stats::{LogMoments, Random, STEADY_NOISE, quantile};
use crate::units::MemoryMb;

/// The mean of what was measured at one memory size.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Point {
    /// The size.
    pub memory: MemoryMb,
    /// Mean duration.
    pub mean_ms: f64,
    /// How many invocations are behind it.
    pub calls: u32,
    /// Standard error of the mean / mean, as observed ([`crate::stats::WeightedSample::observed_relative_error`]); zero for
    /// one call, which shows none. What calls of a steady function usually differ by is added here.
    pub relative_error: f64,
}

/// What the calls of one size say about the curve, on the scale of logarithms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// The size.
    pub memory: MemoryMb,
    /// Mean of ln duration, in milliseconds.
    pub log_mean: f64,
    /// So many calls the mean is worth.
    pub calls: f64,
    /// Σ (ln d − mean)² of the calls, and how many free differences are behind it: what they show of the noise.
    pub log_squares: f64,
    /// Calls less means.
    pub degrees: f64,
    /// 0: the durations that are asked for. Any other number: durations that share the shape and have a level of their own,
    /// such as cold calls, or the calls of an earlier run.
    pub scale: usize,
}

impl Observation {
    /// A single call.
    #[must_use]
    pub fn of_call(memory: MemoryMb, duration_ms: f64) -> Self {
        Self { memory, log_mean: duration_ms.ln(), calls: 1.0, log_squares: 0.0, degrees: 0.0, scale: 0 }
    }

    /// Several calls.
    #[must_use]
    pub const fn of_calls(memory: MemoryMb, moments: LogMoments, scale: usize) -> Self {
        let LogMoments { mean, calls, squares, degrees } = moments;
        Self { memory, log_mean: mean, calls, log_squares: squares, degrees, scale }
    }

    fn check(&self) -> Result<(), FitError> {
        let mean_ms = self.log_mean.exp();
        if !(1e-6..=1e9).contains(&mean_ms) {
            return Err(FitError::Duration { memory: self.memory, mean_ms });
        }
        let finite = [self.calls, self.log_squares, self.degrees].iter().all(|value| value.is_finite() && *value >= 0.0);
        if !finite || self.calls <= 0.0 {
            return Err(FitError::Differences { memory: self.memory, calls: self.calls });
        }
        Ok(())
    }
}

/// A curve and its quality.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Fit {
    /// Duration as a function of memory.
    pub curve: Curve,
    /// How well it describes the points.
    pub quality: Quality,
}

/// How well a curve describes the points.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Quality {
    /// The chosen form.
    pub family: Family,
    /// 1 − Σ(ln d − ln d̂)² / Σ(ln d − mean of ln d)²: the explained share of what memory changes, by ratios. Absent where
    /// all durations are equal and there is nothing to explain; small, or negative, where the curve is flat and only noise is
    /// left.
    pub r_squared: Option<f64>,
    /// Median of |d̂/d − 1|, each d̂ predicted by the best curve through the *other* points; absent below four points.
    pub leave_one_out_error: Option<f64>,
    /// d/d̂ − 1 at each point, in the order of memory: positive where the function was slower than the curve.
    pub residuals: Vec<(MemoryMb, f64)>,
}

/// Why points have no curve.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FitError {
    /// No point at all.
    #[error("there is no measured size to fit a curve through (measure at least one)")]
    NoPoints,
    /// Two points of one size.
    #[error("{memory} is given twice (put all calls of one size into one point)")]
    SameMemory {
        /// The size.
        memory: MemoryMb,
    },
    /// A size without memory.
    #[error("a point has a memory size of zero")]
    NoMemory,
    /// A duration that is none.
    #[error("the mean duration {mean_ms} ms at {memory} is none (a nanosecond to 11 days)")]
    Duration {
        /// The size.
        memory: MemoryMb,
        /// What was given.
        mean_ms: f64,
    },
    /// A size that was not planned for.
    #[error("{memory} is not among the sizes of the belief (add it to its grid)")]
    NotOnGrid {
        /// The size.
        memory: MemoryMb,
    },
    /// A mean of no calls, or differences that are none.
    #[error("the mean at {memory} of {calls} calls is none (more than 0 calls, with finite differences)")]
    Differences {
        /// The size.
        memory: MemoryMb,
        /// What was given.
        calls: f64,
    },
    /// A mean of nothing, or with an impossible error.
    #[error(
        "the mean at {memory} of {calls} calls has a relative error of {relative_error} (at least 1 call, a finite error of 0 or more)"
    )]
    Precision {
        /// The size.
        memory: MemoryMb,
        /// What was given.
        calls: u32,
        /// What was given.
        relative_error: f64,
    },
}

/// `count` positions, each as often as its weight says, up to one (systematic resampling).
fn picks(weights: impl Iterator<Item = f64> + Clone, count: usize, random: &mut Random) -> Vec<usize> {
    let step = weights.clone().sum::<f64>() / count as f64;
    let mut next = step * random.uniform();
    let mut sum = 0.0;
    let mut picked = Vec::with_capacity(count);
    for (position, weight) in weights.enumerate() {
        sum += weight;
        while next < sum && picked.len() < count {
            picked.push(position);
            next += step;
        }
    }
    // Rounding may leave the last one out.
    picked.resize(count, picked.last().copied().unwrap_or(0));
    picked
}

/// A checked point with what it may be off.
#[derive(Debug, Clone, Copy)]
struct Measured {
    memory: MemoryMb,
    memory_mb: f64,
    mean_ms: f64,
    /// Of the relative error of the mean, the prior and the other sizes considered.
    variance: f64,
}

/// The noise of a steady function counts like four observed differences, for all sizes together: more than in one sample,
/// where it must not hide that the sample is noisy.
const PRIOR_WEIGHT: f64 = 4.0;

/// The best curve through the points, and how well it fits.
///
/// ```
/// # use millicent::fit::{Family, Point, fit};
/// # use millicent::units::MemoryMb;
/// let point = |memory, mean_ms| Point { memory: MemoryMb::new(memory), mean_ms, calls: 10, relative_error: 0.01 };
/// let fit = fit(&[point(128, 802.0), point(256, 398.0), point(512, 200.0), point(1024, 100.0), point(1536, 67.0)])?;
/// assert_eq!(fit.quality.family, Family::Hyperbola);
/// assert!((fit.curve.duration_ms(MemoryMb::new(768)) - 133.3).abs() < 1.0);
/// # Ok::<(), millicent::fit::FitError>(())
/// ```
///
/// # Errors
/// When there is no point, a size is given twice, or a number is impossible.
pub fn fit(points: &[Point]) -> Result<Fit, FitError> {
    let points = measured(points)?;
    let best = least_squares::best(&points).ok_or(FitError::NoPoints)?;
    let residuals = points.iter().map(|point| (point.memory, point.mean_ms / best.curve.duration_ms(point.memory) - 1.0));
    let quality = Quality {
        family: best.family,
        r_squared: r_squared(&points, &best.curve),
        leave_one_out_error: leave_one_out_error(&points),
        residuals: residuals.collect(),
    };
    Ok(Fit { curve: best.curve, quality })
}

/// Checked, in the order of memory, and with the noise that all sizes together show: σ² = (4·0.05² + Σ s²·(n − 1)) /
/// (4 + Σ (n − 1)), s = relative error · √n. Each size's own variance is then weighed against σ² in the same way.
fn measured(points: &[Point]) -> Result<Vec<Measured>, FitError> {
    let mut sorted = points.to_vec();
    sorted.sort_by_key(|point| point.memory);
    check(&sorted)?;
    let degrees = |point: &Point| f64::from(point.calls) - 1.0;
    let squares = |point: &Point| point.relative_error.powi(2) * f64::from(point.calls) * degrees(point);
    let all_squares: f64 = sorted.iter().map(squares).sum();
    let all_degrees: f64 = sorted.iter().map(degrees).sum();
    let pooled = (PRIOR_WEIGHT * STEADY_NOISE.powi(2) + all_squares) / (PRIOR_WEIGHT + all_degrees);
    let with_noise = |point: &Point| {
        let own = (PRIOR_WEIGHT * pooled + squares(point)) / (PRIOR_WEIGHT + degrees(point));
        Measured {
            memory: point.memory,
            memory_mb: point.memory.statistic(),
            mean_ms: point.mean_ms,
            variance: own / f64::from(point.calls),
        }
    };
    Ok(sorted.iter().map(with_noise).collect())
}

fn check(sorted: &[Point]) -> Result<(), FitError> {
    if sorted.is_empty() {
        return Err(FitError::NoPoints);
    }
    if let Some(twice) = sorted.windows(2).find(|pair| pair[0].memory == pair[1].memory) {
        return Err(FitError::SameMemory { memory: twice[0].memory });
    }
    for &Point { memory, mean_ms, calls, relative_error } in sorted {
        if memory.get() == 0 {
            return Err(FitError::NoMemory);
        }
        if !(1e-6..=1e9).contains(&mean_ms) {
            return Err(FitError::Duration { memory, mean_ms });
        }
        // The mean of positive values is never less than its standard error; the rest is rounding.
        if calls == 0 || !(0.0..=1.0 + 1e-6).contains(&relative_error) {
            return Err(FitError::Precision { memory, calls, relative_error });
        }
    }
    Ok(())
}

fn r_squared(points: &[Measured], curve: &Curve) -> Option<f64> {
    let mean_log = points.iter().map(|point| point.mean_ms.ln()).sum::<f64>() / points.len() as f64;
    let total: f64 = points.iter().map(|point| (point.mean_ms.ln() - mean_log).powi(2)).sum();
    let unexplained: f64 = points.iter().map(|point| (point.mean_ms / curve.duration_ms(point.memory)).ln().powi(2)).sum();
    (total > 1e-18).then_some(1.0 - unexplained / total)
}

fn leave_one_out_error(points: &[Measured]) -> Option<f64> {
    if points.len() < 4 {
        return None;
    }
    let mut errors = Vec::with_capacity(points.len());
    for (left_out, point) in points.iter().enumerate() {
        let others: Vec<Measured> =
            points.iter().enumerate().filter(|(other, _)| *other != left_out).map(|(_, point)| *point).collect();
        let predicted = least_squares::best(&others)?.curve.duration_ms(point.memory);
        errors.push((predicted / point.mean_ms - 1.0).abs());
    }
    errors.sort_by(f64::total_cmp);
    Some(quantile(&errors, 0.5))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stats::Random;

    const SIZES: [u32; 10] = [128, 256, 512, 768, 1024, 1536, 1769, 2048, 3008, 10_240];

    pub(super) fn exact(sizes: &[u32], mut duration_ms: impl FnMut(f64) -> f64) -> Vec<Point> {
        let point = |size: &u32| Point {
            memory: MemoryMb::new(*size),
            mean_ms: duration_ms(f64::from(*size)),
            calls: 10,
            relative_error: 0.01,
        };
        sizes.iter().map(point).collect()
    }

    fn close(actual: f64, expected: f64, tolerance: f64) {
        assert!((actual / expected - 1.0).abs() < tolerance, "{actual} is not {expected}");
    }

    fn family(points: &[Point]) -> Family {
        fit(points).unwrap().quality.family
    }

    #[test]
    fn a_flat_function_is_a_constant() {
        let flat = fit(&exact(&SIZES, |_| 300.0)).unwrap();
        assert_eq!((flat.quality.family, flat.quality.r_squared), (Family::Constant, None));
        close(flat.curve.fixed_ms, 300.0, 1e-12);
        assert_eq!(flat.curve.to_string(), "300 ms");
        assert!(flat.quality.leave_one_out_error.unwrap() < 1e-12);
    }

    #[test]
    fn one_thread_is_flat_above_one_virtual_cpu() {
        let curve = fit(&exact(&SIZES, |memory| 5000.0 * 1769.0 / memory.min(1769.0))).unwrap().curve;
        close(curve.knee_mb.unwrap(), 1769.0, 0.02);
        close(curve.duration_ms(MemoryMb::new(5000)), 5000.0, 0.01);
    }

    #[test]
    fn three_threads_gain_up_to_three_virtual_cpus() {
        let sizes = [128, 512, 1024, 1769, 3008, 4096, 6144, 8192, 10_240];
        let found = fit(&exact(&sizes, |memory| 40.0 + 9000.0 / memory.min(5307.0) * 1769.0)).unwrap();
        assert_eq!(found.quality.family, Family::Knee);
        close(found.curve.knee_mb.unwrap(), 5307.0, 0.02);
    }

    #[test]
    fn a_steep_bottom_has_a_low_knee_or_a_high_exponent() {
        let steep =
            fit(&exact(&[128, 192, 256, 512, 1024, 2048], |memory| 20.0 + 80.0 * (192.0 / memory.min(192.0)).powi(2))).unwrap();
        close(steep.curve.duration_ms(MemoryMb::new(512)), 100.0, 0.05);
        let superlinear = fit(&exact(&SIZES, |memory| 50.0 * (1769.0 / memory).powf(1.3))).unwrap();
        assert_eq!(superlinear.quality.family, Family::Power);
        close(superlinear.curve.exponent, 1.3, 0.05);
    }

    #[test]
    fn few_points_carry_few_parameters() {
        let hyperbola = |memory: f64| 10.0 + 100.0 * 1769.0 / memory;
        assert_eq!(family(&exact(&[512], hyperbola)), Family::Constant);
        let ends = fit(&exact(&[128, 10_240], hyperbola)).unwrap();
        assert_eq!((ends.quality.family, ends.quality.leave_one_out_error), (Family::Hyperbola, None));
        close(ends.curve.duration_ms(MemoryMb::new(10_240)), hyperbola(10_240.0), 1e-9);
        // Two sizes that differ less than their noise are one duration.
        assert_eq!(family(&exact(&[128, 256], |memory| 100.0 - memory / 128.0)), Family::Constant);
        let knee = |memory: f64| 100.0 / memory.min(400.0);
        assert!(family(&exact(&[128, 256, 1024], knee)) <= Family::Hyperbola);
        assert_eq!(family(&exact(&[128, 256, 512, 1024], knee)), Family::Knee);
    }

    #[test]
    fn durations_that_rise_with_memory_are_noise() {
        let rising = fit(&exact(&[128, 512, 1024], |memory| 100.0 + memory / 50.0)).unwrap();
        assert_eq!(rising.quality.family, Family::Constant);
        assert!(rising.quality.residuals[0].1 < 0.0 && rising.quality.residuals[2].1 > 0.0);
    }

    #[test]
    fn a_noisy_mean_counts_less() {
        let mut points = exact(&[128, 256, 512, 1024, 2048], |memory| 1000.0 * 128.0 / memory);
        points[2].mean_ms *= 2.0;
        points[2].relative_error = 0.6;
        let curve = fit(&points).unwrap().curve;
        close(curve.duration_ms(MemoryMb::new(512)), 250.0, 0.1);
    }

    #[test]
    fn the_explained_share_is_counted_from_the_mean() {
        // ln d differs by ln 4, so the total is ln²4/2 = 2·ln²2; the curve misses one point by a factor of 2: 1 − 1/2.
        let points = measured(&exact(&[1769, 3538], |memory| if memory < 2000.0 { 100.0 } else { 25.0 })).unwrap();
        let curve = Curve { fixed_ms: 0.0, cpu_ms: 100.0, knee_mb: None, exponent: 1.0 };
        assert!((r_squared(&points, &curve).unwrap() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn the_noise_of_all_sizes_is_pooled() {
        // s² = 0.01²·10 = 0.001 with 9 degrees at each of two sizes: (4·0.0025 + 2·0.009)/22, then weighed with the own ones.
        let points = measured(&exact(&[128, 256], |_| 1.0)).unwrap();
        close(points[0].variance, (4.0 * 0.028 / 22.0 + 0.009) / 13.0 / 10.0, 1e-12);
    }

    #[test]
    fn picks_follow_the_weights() {
        let mut random = Random::from_seed(1);
        assert_eq!(picks([1.0, 0.0, 3.0].into_iter(), 4, &mut random), [0, 2, 2, 2]);
    }

    #[test]
    fn what_is_no_measurement_is_refused() {
        let good = exact(&[128, 256], |_| 100.0);
        let with = |change: &dyn Fn(&mut Point)| {
            let mut points = good.clone();
            change(&mut points[1]);
            fit(&points).unwrap_err().to_string()
        };
        assert_eq!(fit(&[]), Err(FitError::NoPoints));
        for (error, part) in [
            (with(&|point| point.memory = MemoryMb::new(128)), "128 MB is given twice"),
            (with(&|point| point.memory = MemoryMb::new(0)), "memory size of zero"),
            (with(&|point| point.mean_ms = 0.0), "duration 0 ms at 256 MB"),
            (with(&|point| point.mean_ms = f64::NAN), "duration NaN ms"),
            (with(&|point| point.calls = 0), "of 0 calls"),
            (with(&|point| point.relative_error = -0.1), "error of -0.1"),
            (with(&|point| point.relative_error = f64::INFINITY), "error of inf"),
        ] {
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn the_cheapest_predicted_size_is_not_beyond_the_knee() {
        for knee in [256.0, 512.0, 1000.0, 1769.0, 2500.0] {
            let mut random = Random::from_seed(3);
            let noisy = exact(&SIZES, |memory| 800.0 * 1769.0 / memory.min(knee) * (0.01 * random.normal()).exp());
            let curve = fit(&noisy).unwrap().curve;
            let cost = |memory: &u32| f64::from(*memory) * curve.duration_ms(MemoryMb::new(*memory));
            let cheapest = (128..=10_240).min_by(|one, other| cost(one).total_cmp(&cost(other))).unwrap();
            assert!(f64::from(cheapest) <= knee * 1.03, "{knee}: {cheapest}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn a_fit_recovers_its_own_durations(
            fixed_ms in prop_oneof![Just(0.0), 1.0_f64..200.0],
            cpu_ms in 1.0_f64..1000.0,
            knee_mb in prop_oneof![Just(None), (300.0_f64..8000.0).prop_map(Some)],
            exponent in 0.85_f64..1.2,
        ) {
            let own = Curve { fixed_ms, cpu_ms, knee_mb, exponent };
            let found = fit(&exact(&SIZES, |memory| own.duration_ms(MemoryMb::new(memory as u32)))).unwrap();
            // A simpler curve is as good where it differs by less than the points may be off.
            let error = |(_, residual): &(MemoryMb, f64)| residual.abs();
            let mean_error = found.quality.residuals.iter().map(error).sum::<f64>() / SIZES.len() as f64;
            let worst = found.quality.residuals.iter().map(error).fold(0.0, f64::max);
            prop_assert!(mean_error < 0.02 && worst < 0.07, "{own} became {}: {mean_error} {worst}", found.curve);
        }

        #[test]
        fn a_knee_is_recovered(fixed_ms in 0.0_f64..100.0, knee in 600.0_f64..2900.0) {
            let own = Curve { fixed_ms, cpu_ms: 500.0, knee_mb: Some(knee), exponent: 1.0 };
            let found = fit(&exact(&SIZES, |memory| own.duration_ms(MemoryMb::new(memory as u32)))).unwrap();
            prop_assert!((found.curve.knee_mb.unwrap() / knee - 1.0).abs() < 0.05, "{own} became {}", found.curve);
        }

        #[test]
        fn a_constant_factor_changes_nothing_relative(factor in 0.01_f64..100.0, noise in prop::collection::vec(-0.1_f64..0.1, 10)) {
            let mut points = exact(&SIZES, |memory| 30.0 + 100.0 * 1769.0 / memory.min(1769.0));
            points.iter_mut().zip(noise).for_each(|(point, noise)| point.mean_ms *= noise.exp());
            let one = fit(&points).unwrap();
            points.iter_mut().for_each(|point| point.mean_ms *= factor);
            let other = fit(&points).unwrap();
            prop_assert_eq!(one.quality.family, other.quality.family);
            for (own, scaled) in one.quality.residuals.iter().zip(&other.quality.residuals) {
                prop_assert!((own.1 - scaled.1).abs() < 1e-5, "{} {}", own.1, scaled.1);
            }
        }
    }
}
