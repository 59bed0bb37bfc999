//! The power-tuning figure: duration above, cost below, over one axis of memory.
//!
//! Two panels and not two axes in one: which of two curves a mark belongs to is then no question. The memory axis is
//! logarithmic, because sizes are chosen by doubling. Each kind of mark has its own shape: dots are means, whiskers and
//! the band their intervals, diamonds 95th percentiles, the ring is the chosen size, the square the current one, a cross
//! is a size that failed.

mod ink;
mod layout;
mod words;

use super::ChartError;
use super::canvas::draw_svg;
use crate::units::MemoryMb;

/// An estimated number with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The estimate.
    pub point: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// What was measured at one memory size.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredSize {
    /// The size.
    pub memory: MemoryMb,
    /// Mean duration of an invocation.
    pub duration_ms: Interval,
    /// The duration that 95 of 100 invocations stay below.
    pub p95_ms: Option<f64>,
    /// Mean cost of a million invocations.
    pub cost_per_million_usd: Interval,
    /// How many invocations the means are of.
    pub invocations: u32,
}

/// A memory size at which the function does not work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedSize {
    /// The size.
    pub memory: MemoryMb,
    /// Why, in two or three words: "out of memory", "timeout".
    pub reason: String,
}

/// A point of the fitted duration with its band.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CurvePoint {
    /// At this memory.
    pub memory_mb: f64,
    /// The duration that the fit says.
    pub duration_ms: f64,
    /// The lower edge of the band.
    pub low_ms: f64,
    /// The upper edge of the band.
    pub high_ms: f64,
}

/// What a power-tuning figure shows. Every number is final: the figure gives it a place and a label, nothing else.
///
/// ```
/// use millicent::chart::{Interval, MeasuredSize, TuningFigure};
/// use millicent::units::MemoryMb;
///
/// let size = |megabytes, duration_ms: f64, usd: f64| MeasuredSize {
///     memory: MemoryMb::new(megabytes),
///     duration_ms: Interval { point: duration_ms, low: duration_ms - 9.0, high: duration_ms + 9.0 },
///     p95_ms: None,
///     cost_per_million_usd: Interval { point: usd, low: usd - 0.1, high: usd + 0.1 },
///     invocations: 50,
/// };
/// let figure = TuningFigure {
///     title: "resize-image: which memory size?".to_owned(),
///     subtitle: "us-east-1, arm64".to_owned(),
///     sizes: vec![size(512, 400.0, 2.87), size(1024, 210.0, 3.0)],
///     failed: Vec::new(),
///     curve: Vec::new(),
///     chosen: Some(MemoryMb::new(512)),
///     current: None,
///     footnote: "Prices of 2026-01-15.".to_owned(),
/// };
/// assert!(figure.svg()?.starts_with("<svg"));
/// # Ok::<(), millicent::chart::ChartError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TuningFigure {
    /// The headline; two lines at most are shown.
    pub title: String,
    /// What was measured, where and when; two lines at most are shown.
    pub subtitle: String,
    /// What was measured, in any order.
    pub sizes: Vec<MeasuredSize>,
    /// Where nothing could be measured.
    pub failed: Vec<FailedSize>,
    /// The fitted duration; empty when there is no fit. In any order.
    pub curve: Vec<CurvePoint>,
    /// The recommended size.
    pub chosen: Option<MemoryMb>,
    /// The size that the function has now.
    pub current: Option<MemoryMb>,
    /// What else the reader must know, such as the date of the prices; three lines at most are shown.
    pub footnote: String,
}

/// Numbers that have a place on an axis: no duration, cost or memory of this world is outside.
const LEAST: f64 = 1e-9;
const MOST: f64 = 1e12;

impl TuningFigure {
    /// The figure as SVG, 960 × 720.
    ///
    /// # Errors
    /// When nothing was measured, or a number is not finite or absurd.
    pub fn svg(&self) -> Result<String, ChartError> {
        self.check()?;
        let layout = layout::Layout::of(self);
        draw_svg(&self.title, &words::description(self), |canvas| ink::draw(canvas, self, &layout))
    }

    fn check(&self) -> Result<(), ChartError> {
        if self.sizes.is_empty() {
            return Err(ChartError::NoMeasurement);
        }
        for size in &self.sizes {
            let memory_mb = size.memory.statistic();
            check_interval("duration", memory_mb, size.duration_ms, LEAST)?;
            // Within a free allowance, a million invocations cost nothing.
            check_interval("cost", memory_mb, size.cost_per_million_usd, 0.0)?;
            check_number("95th percentile", memory_mb, size.p95_ms.unwrap_or(LEAST), LEAST)?;
        }
        let failed = self.failed.iter().map(|failed| failed.memory);
        for memory in self.sizes.iter().map(|size| size.memory).chain(failed).chain(self.chosen).chain(self.current) {
            check_number("memory size", memory.statistic(), memory.statistic(), 1.0)?;
        }
        for point in &self.curve {
            check_number("memory of the curve", point.memory_mb, point.memory_mb, 1.0)?;
            check_number("fitted duration", point.memory_mb, point.duration_ms, LEAST)?;
            check_number("lower edge of the band", point.memory_mb, point.low_ms, -MOST)?;
            check_number("upper edge of the band", point.memory_mb, point.high_ms, -MOST)?;
        }
        Ok(())
    }
}

fn check_interval(what: &'static str, memory_mb: f64, interval: Interval, least: f64) -> Result<(), ChartError> {
    check_number(what, memory_mb, interval.point, least)?;
    // An interval made by a normal approximation may reach below zero.
    check_number(what, memory_mb, interval.low, -MOST)?;
    check_number(what, memory_mb, interval.high, -MOST)
}

fn check_number(what: &'static str, memory_mb: f64, value: f64, least: f64) -> Result<(), ChartError> {
    if (least..=MOST).contains(&value) { Ok(()) } else { Err(ChartError::Number { what, memory_mb, value, least, most: MOST }) }
}
