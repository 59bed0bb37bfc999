//! The shapes a duration may have over memory, before anything is measured.
//!
//! s(m) = φ + (1 − φ)·(min(m, c)/1769)^−e·(1 + κ·(128/m)³): a fixed share φ at one virtual CPU, a knee c, an exponent e, and
//! a steep bottom κ where the smallest sizes cost extra. A grid over all four; most functions are near e = 1 and κ = 0.

use super::curve::slowdown;

/// Fixed shares of the duration at one virtual CPU. 1 is the flat shape, which needs no other parameter.
const FIXED_SHARES: [f64; 12] = [0.0, 0.005, 0.015, 0.04, 0.08, 0.15, 0.25, 0.4, 0.55, 0.7, 0.85, 0.95];

/// Knees: steep bottoms that end at 192 or 256 MB, one thread at 1,769, two, three and four threads, none at all.
const KNEES_MB: [Option<f64>; 15] = [
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
const FLAT_LOG_PRIOR: f64 = 4.0;

/// One shape of the grid.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    fixed_share: f64,
    knee: usize,
    exponent: usize,
    bottom: f64,
    pub(super) log_prior: f64,
}

/// All shapes.
pub(super) fn all() -> Vec<Shape> {
    let flat = Shape { fixed_share: 1.0, knee: 0, exponent: 0, bottom: 0.0, log_prior: FLAT_LOG_PRIOR };
    let mut shapes = vec![flat];
    for knee in 0..KNEES_MB.len() {
        for (exponent, value) in EXPONENTS.iter().enumerate() {
            let exponent_prior = -(value - 1.0).powi(2) / (2.0 * 0.2 * 0.2);
            for (bottom, bottom_prior) in BOTTOMS {
                let log_prior = exponent_prior + bottom_prior;
                let of_share = |fixed_share| Shape { fixed_share, knee, exponent, bottom, log_prior };
                shapes.extend(FIXED_SHARES.map(of_share));
            }
        }
    }
    shapes
}

/// The CPU part of every knee and exponent at some sizes, so that a shape costs no power.
#[derive(Debug, Clone)]
pub(super) struct CpuParts {
    sizes: usize,
    /// By knee, exponent, size.
    slowdowns: Vec<f64>,
    /// (128/m)³.
    bottoms: Vec<f64>,
}

impl CpuParts {
    pub(super) fn new(memories_mb: &[f64]) -> Self {
        let mut slowdowns = Vec::with_capacity(KNEES_MB.len() * EXPONENTS.len() * memories_mb.len());
        for knee in KNEES_MB {
            for exponent in EXPONENTS {
                slowdowns.extend(memories_mb.iter().map(|memory| slowdown(*memory, knee, exponent)));
            }
        }
        Self { sizes: memories_mb.len(), slowdowns, bottoms: memories_mb.iter().map(|memory| (128.0 / memory).powi(3)).collect() }
    }

    /// s(m) at each size.
    pub(super) fn of(&self, shape: Shape) -> impl Iterator<Item = f64> {
        let start = (shape.knee * EXPONENTS.len() + shape.exponent) * self.sizes;
        let cpu_parts = self.slowdowns[start..start + self.sizes].iter().zip(&self.bottoms);
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
        let shape = Shape { fixed_share: 0.25, knee: 14, exponent: 3, bottom: 3.0, log_prior: 0.0 };
        let first = parts.of(shape).next().unwrap();
        assert!((first - (0.25 + 0.75 * 1769.0 / 128.0 * 4.0)).abs() < 1e-9, "{first}");
    }
}
