//! Duration as a function of memory: a curve through a few measured sizes, how well it fits, and how sure that is.
//!
//! Two answers to two questions. [`fit`] gives *the* curve, d(m) = a + b·min(m, c)^−e or one of its special cases, with its
//! residuals: to look at, to compare, to keep. [`Draws`] gives *several hundred* curves that the measurements leave possible,
//! each with a smooth deviation from every formula: from them come the interval of a size nobody measured, and the regret
//! bound of the size that is recommended.
//!
//! This room recommends nothing, knows no price (costs come in as a function) and never takes a prediction for a measurement.

mod cholesky;
mod curve;
mod draws;
mod least_squares;
mod process;
mod shape;

pub use curve::{Curve, Family, ONE_VCPU_MB};
pub use draws::{Draws, Regret};

use crate::stats::quantile;
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
    #[error("the mean duration {mean_ms} ms at {memory} is not a positive number")]
    Duration {
        /// The size.
        memory: MemoryMb,
        /// What was given.
        mean_ms: f64,
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

/// A checked point with what it may be off.
#[derive(Debug, Clone, Copy)]
struct Measured {
    memory: MemoryMb,
    memory_mb: f64,
    mean_ms: f64,
    /// Of the relative error of the mean, the prior and the other sizes considered.
    variance: f64,
}

/// Calls of a steady function differ by about 5 %; this counts like four observed differences.
const PRIOR_NOISE: f64 = 0.05;
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
    let pooled = (PRIOR_WEIGHT * PRIOR_NOISE.powi(2) + all_squares) / (PRIOR_WEIGHT + all_degrees);
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
        if !(mean_ms.is_finite() && mean_ms > 0.0) {
            return Err(FitError::Duration { memory, mean_ms });
        }
        if calls == 0 || !relative_error.is_finite() || relative_error < 0.0 {
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
mod tests;
