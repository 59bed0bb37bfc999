//! The shapes a duration may have over memory, before anything is measured.
//!
//! s(m) = φ + (1 − φ)·(x/1769)^−e·(1 + κ·(128/x)³), x = min(m, c): a fixed share φ at one virtual CPU, a knee c, an exponent
//! e, and a steep bottom κ where the smallest sizes cost extra. A grid over all four; most functions are near e = 1 and κ = 0.
//!
//! And the staircase of short CPU-bound calls. A CPU share is enforced by stopping a process once it has run for its quota in
//! a period of 20 ms: with quota Q = 20 ms · m/1769 below one virtual CPU, a call that needs C of CPU is stopped n = ⌈C/Q⌉ − 1
//! times and takes 20·n + C − n·Q. Unlike the other shapes this one knows milliseconds: its level is given, up to 10 %.

use super::curve::slowdown;
use crate::units::MemoryMb;

/// Fixed shares of the duration at one virtual CPU. 1 is the flat shape, which needs no other parameter.
const FIXED_SHARES: [f64; 12] = [0.0, 0.005, 0.015, 0.04, 0.08, 0.15, 0.25, 0.4, 0.55, 0.7, 0.85, 0.95];

/// Knees: steep bottoms that end at 192 or 256 MB, one thread at 1,769, two, three and four threads, none at all.
const KNEES_MB: [Option<f64>; 16] = [
    Some(160.0),
    Some(192.0),
    Some(256.0),
    Some(350.0),
    Some(500.0),
    Some(800.0),
    Some(1200.0),
    Some(1500.0),
    Some(1769.0),
    Some(2100.0),
    Some(2600.0),
    Some(3538.0),
    Some(4400.0),
    Some(5307.0),
    Some(7076.0),
    None,
];

/// Exponents and their log prior −(e − 1)²/(2·0.2²).
const EXPONENTS: [f64; 7] = [0.7, 0.85, 0.95, 1.0, 1.08, 1.2, 1.4];

/// Steep bottoms and their log prior: at 128 MB the CPU part takes 1 + κ times as long.
const BOTTOMS: [(f64, f64); 5] = [(0.0, 0.0), (0.25, -1.0), (0.6, -1.0), (1.5, -2.0), (3.0, -2.5)];

/// The flat shape is one of thousands, but as common as many.
const FLAT_LOG_PRIOR: f64 = 5.0;

/// The period in which Linux enforces a CPU quota on Lambda.
const PERIOD_MS: f64 = 20.0;

/// CPU demands of staircases: 1.5 ms, and each 7 % more than the one before, up to 120 ms; longer calls see no steps.
const DEMANDS: usize = 65;
const LEAST_DEMAND_MS: f64 = 1.5;
const DEMAND_RATIO: f64 = 1.07;

/// A staircase is as common as twenty other shapes, and says five times more about the level than they do (which may be
/// anything between a millisecond and a quarter of an hour).
const STAIRCASE_LOG_PRIOR: f64 = 3.0 + 1.6;

/// 1/0.1²: calls run somewhat past their quota before they are stopped.
const STAIRCASE_LEVEL_PRECISION: f64 = 100.0;

/// One shape of the grid.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Which CPU part.
    row: usize,
    fixed_share: f64,
    bottom: f64,
    pub(super) log_prior: f64,
    /// Of the prior of the level ln d − ln s around zero; 0 where the level may be anything.
    pub(super) level_precision: f64,
}

/// All shapes.
pub(super) fn all() -> Vec<Shape> {
    let flat = Shape { row: 0, fixed_share: 1.0, bottom: 0.0, log_prior: FLAT_LOG_PRIOR, level_precision: 0.0 };
    let mut shapes = vec![flat];
    let knees_and_exponents = KNEES_MB.iter().flat_map(|knee| EXPONENTS.iter().map(move |exponent| (*knee, *exponent)));
    for (row, (knee, exponent)) in knees_and_exponents.enumerate() {
        // Where all gain ends at 256 MB the bottom is steep to begin with.
        let low_knee = knee.is_some_and(|knee| knee <= 256.0);
        for (bottom, bottom_prior) in BOTTOMS {
            let log_prior = -(exponent - 1.0_f64).powi(2) / (2.0 * 0.2 * 0.2) + if low_knee { 0.0 } else { bottom_prior };
            shapes.extend(FIXED_SHARES.map(|fixed_share| Shape { row, fixed_share, bottom, log_prior, level_precision: 0.0 }));
        }
    }
    let first = KNEES_MB.len() * EXPONENTS.len();
    shapes.extend((first..first + DEMANDS).map(|row| Shape {
        row,
        fixed_share: 0.0,
        bottom: 0.0,
        log_prior: STAIRCASE_LOG_PRIOR,
        level_precision: STAIRCASE_LEVEL_PRECISION,
    }));
    shapes
}

/// Wall time of a call that needs so much CPU, in milliseconds.
///
/// 12 ms take 12 ms from 1,062 MB on, 20.4 ms at 1,024 MB and 40.4 ms at 512 MB.
fn staircase_ms(memory_mb: f64, demand_ms: f64) -> f64 {
    if memory_mb >= MemoryMb::ONE_VCPU.statistic() {
        return demand_ms;
    }
    let quota_ms = PERIOD_MS * memory_mb / MemoryMb::ONE_VCPU.statistic();
    let stops = (demand_ms / quota_ms).ceil() - 1.0;
    stops * PERIOD_MS + demand_ms - stops * quota_ms
}

/// The CPU part of every knee and exponent, and every staircase, at some sizes: so a shape costs no power.
#[derive(Debug, Clone)]
pub(super) struct CpuParts {
    sizes: usize,
    /// Row by row.
    slowdowns: Vec<f64>,
    /// (128/min(m, c))³, by knee and size.
    bottoms: Vec<f64>,
}

impl CpuParts {
    pub(super) fn new(memories_mb: &[f64]) -> Self {
        let mut slowdowns = Vec::with_capacity((KNEES_MB.len() * EXPONENTS.len() + DEMANDS) * memories_mb.len());
        let mut bottoms = Vec::with_capacity(KNEES_MB.len() * memories_mb.len());
        for knee in KNEES_MB {
            bottoms.extend(memories_mb.iter().map(|memory| (128.0 / knee.map_or(*memory, |knee| memory.min(knee))).powi(3)));
            for exponent in EXPONENTS {
                slowdowns.extend(memories_mb.iter().map(|memory| slowdown(*memory, knee, exponent)));
            }
        }
        let mut demand_ms = LEAST_DEMAND_MS;
        for _ in 0..DEMANDS {
            slowdowns.extend(memories_mb.iter().map(|memory| staircase_ms(*memory, demand_ms)));
            demand_ms *= DEMAND_RATIO;
        }
        Self { sizes: memories_mb.len(), slowdowns, bottoms }
    }

    /// s(m) at each size.
    pub(super) fn of(&self, shape: Shape) -> impl Iterator<Item = f64> {
        let start = shape.row * self.sizes;
        // Staircases come after all knees and have no bottom.
        let bottom = (shape.row / EXPONENTS.len()).min(KNEES_MB.len() - 1) * self.sizes;
        let cpu_parts = self.slowdowns[start..start + self.sizes].iter().zip(&self.bottoms[bottom..bottom + self.sizes]);
        cpu_parts.map(move |(cpu, bottom)| shape.fixed_share + (1.0 - shape.fixed_share) * cpu * (1.0 + shape.bottom * bottom))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_one_at_one_virtual_cpu_and_never_rise() {
        let parts = CpuParts::new(&[128.0, 256.0, 1024.0, 1769.0, 5307.0, 10_240.0]);
        for shape in all() {
            let values: Vec<f64> = parts.of(shape).collect();
            assert!(values.windows(2).all(|pair| pair[1] <= pair[0] * (1.0 + 1e-12)), "{shape:?}: {values:?}");
        }
        let shape = Shape { row: 15 * 7 + 3, fixed_share: 0.25, bottom: 3.0, log_prior: 0.0, level_precision: 0.0 };
        let first = parts.of(shape).next().unwrap();
        assert!((first - (0.25 + 0.75 * 1769.0 / 128.0 * 4.0)).abs() < 1e-9, "{first}");
    }

    #[test]
    fn a_short_call_stands_on_stairs() {
        for (memory_mb, expected) in [(3008.0, 12.0), (1062.0, 12.0), (1024.0, 20.42), (531.0, 26.0), (512.0, 40.84 - 0.42)] {
            let actual = staircase_ms(memory_mb, 12.0);
            assert!((actual - expected).abs() < 0.45, "{memory_mb} MB: {actual}");
        }
    }
}
