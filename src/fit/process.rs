//! What no formula explains: a smooth random deviation of ln duration over ln memory.
//!
//! A Gaussian process with the Matérn 3/2 covariance, k(x) = s²·(1 + λ|x|)·exp(−λ|x|), λ = √3/length (Rasmussen and Williams
//! 2006, "Gaussian Processes for Machine Learning", equation 4.17). Its value and slope together form a Markov chain, so a
//! path over any number of sizes costs a few operations each (Hartikainen and Särkkä 2010).

use crate::stats::Random;

/// One process: how large its deviations are, how far they reach, and how common functions like that are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Process {
    deviation: f64,
    /// In ln memory: 0.6 is a factor of 1.8.
    length: f64,
    pub(super) prior: f64,
}

/// Functions that follow a formula closely, roughly, or hardly.
pub(super) const PROCESSES: [Process; 4] = [
    Process { deviation: 0.02, length: 0.6, prior: 0.30 },
    Process { deviation: 0.06, length: 0.5, prior: 0.40 },
    Process { deviation: 0.20, length: 0.6, prior: 0.24 },
    Process { deviation: 0.30, length: 0.25, prior: 0.06 },
];

impl Process {
    /// The only one of its kind.
    pub(super) const fn new(deviation: f64, length: f64) -> Self {
        Self { deviation, length, prior: 1.0 }
    }

    /// Covariance of two points so far apart in ln memory.
    pub(super) fn covariance(&self, distance: f64) -> f64 {
        let scaled = 3.0_f64.sqrt() / self.length * distance.abs();
        self.deviation.powi(2) * (1.0 + scaled) * (-scaled).exp()
    }

    /// How paths go on from each of the ascending positions to the next.
    pub(super) fn steps(&self, positions: &[f64]) -> Vec<Step> {
        let first = Step::first(self);
        let later = positions.windows(2).map(|pair| Step::over(self, pair[1] - pair[0]));
        std::iter::once(first).chain(later).collect()
    }
}

/// One step of the chain (value, slope): x ← transition·x + scatter·(two normals), scatter lower triangular.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    transition: [[f64; 2]; 2],
    scatter: [[f64; 2]; 2],
}

impl Step {
    /// From nowhere: the stationary distribution, variances s² and λ²s².
    fn first(process: &Process) -> Self {
        let rate = 3.0_f64.sqrt() / process.length;
        Self { transition: [[0.0; 2]; 2], scatter: [[process.deviation, 0.0], [0.0, rate * process.deviation]] }
    }

    /// Φ = e^(−λΔ)·(1 + λΔ, Δ; −λ²Δ, 1 − λΔ); the scatter is what Φ leaves of the stationary covariance P: P − ΦPΦᵀ.
    fn over(process: &Process, distance: f64) -> Self {
        let rate = 3.0_f64.sqrt() / process.length;
        let decay = (-rate * distance).exp();
        let transition = [
            [decay * (1.0 + rate * distance), decay * distance],
            [-decay * rate * rate * distance, decay * (1.0 - rate * distance)],
        ];
        let (value, slope) = (process.deviation.powi(2), (rate * process.deviation).powi(2));
        let left = |row: usize, column: usize| {
            let kept = transition[row][0] * value * transition[column][0] + transition[row][1] * slope * transition[column][1];
            let whole = if row != column {
                0.0
            } else if row == 0 {
                value
            } else {
                slope
            };
            whole - kept
        };
        let top = left(0, 0).max(0.0).sqrt();
        let side = if top > 0.0 { left(1, 0) / top } else { 0.0 };
        let bottom = (left(1, 1) - side * side).max(0.0).sqrt();
        Self { transition, scatter: [[top, 0.0], [side, bottom]] }
    }
}

/// A random path: its value at each position of the steps.
pub(super) fn path(steps: &[Step], random: &mut Random, values: &mut Vec<f64>) {
    values.clear();
    let (mut value, mut slope) = (0.0, 0.0);
    for Step { transition, scatter } in steps {
        let (one, other) = (random.normal(), random.normal());
        let next = transition[0][0] * value + transition[0][1] * slope + scatter[0][0] * one;
        slope = transition[1][0] * value + transition[1][1] * slope + scatter[1][0] * one + scatter[1][1] * other;
        value = next;
        values.push(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_have_the_covariance() {
        let positions = [0.0, 0.1, 0.15, 0.9, 2.0];
        let process = Process { deviation: 0.2, length: 0.6, prior: 1.0 };
        let steps = process.steps(&positions);
        let mut random = Random::from_seed(5);
        let mut sums = [[0.0; 5]; 5];
        let mut values = Vec::new();
        for _ in 0..20_000 {
            path(&steps, &mut random, &mut values);
            for row in 0..5 {
                (0..5).for_each(|column| sums[row][column] += values[row] * values[column] / 20_000.0);
            }
        }
        for row in 0..5 {
            for column in 0..5 {
                let expected = process.covariance(positions[row] - positions[column]);
                assert!((sums[row][column] - expected).abs() < 0.0015, "{row} {column}: {} {expected}", sums[row][column]);
            }
        }
    }

    #[test]
    fn the_priors_sum_to_one() {
        assert!((PROCESSES.iter().map(|process| process.prior).sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
