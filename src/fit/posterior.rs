//! What the measurements say about level, shape and deviation: ln d(m) = A + ln s(m) + g(m).
//!
//! The posterior over shape and kind of deviation is summed exactly, with level and deviation integrated out under Gaussian
//! assumptions. Then curves are drawn from it: shape and process by their weight, the level by its posterior, the deviation by
//! Matheron's rule (a path of the prior, moved by what the measurements say about it; Journel and Huijbregts 1978).

use super::Measured;
use super::cholesky::Cholesky;
use super::process::{PROCESSES, Process, Step, path};
use super::shape::{CpuParts, Shape, all};
use crate::stats::Random;
use crate::units::MemoryMb;

/// Everything that does not change from draw to draw.
pub(super) struct Posterior<'a> {
    points: &'a [Measured],
    /// Where each point is in the grid.
    places: Vec<usize>,
    on_grid: CpuParts,
    shapes: Vec<Shape>,
    processes: Vec<Conditioned>,
    /// Of each shape at each point: ln d − ln s.
    remainders: Vec<f64>,
    /// Of each process (outer) and shape (inner), relative to the largest.
    weights: Vec<f64>,
    /// The most plausible level of each.
    levels: Vec<f64>,
}

/// A process conditioned on the measured sizes: C = K + noise.
struct Conditioned {
    /// L⁻¹ with C = L·Lᵀ, row by row: for thousands of shapes, multiplying is faster than solving.
    whitening: Vec<f64>,
    /// L⁻¹1, and 1ᵀC⁻¹1.
    white_ones: Vec<f64>,
    ones: f64,
    log_determinant: f64,
    /// Grid × points: how an observed deviation moves the path.
    gains: Vec<f64>,
    steps: Vec<Step>,
}

impl Conditioned {
    fn new(process: &Process, points: &[Measured], grid_logs: &[f64]) -> Self {
        let logs: Vec<f64> = points.iter().map(|point| point.memory_mb.ln()).collect();
        let count = points.len();
        let covariance = |row: usize, column: usize| {
            process.covariance(logs[row] - logs[column]) + if row == column { points[row].variance } else { 0.0 }
        };
        let cholesky = Cholesky::new(count, covariance);
        let mut whitening = vec![0.0; count * count];
        for column in 0..count {
            let mut unit = vec![0.0; count];
            unit[column] = 1.0;
            cholesky.solve_lower(&mut unit);
            (0..count).for_each(|row| whitening[row * count + column] = unit[row]);
        }
        let mut white_ones = vec![1.0; count];
        cholesky.solve_lower(&mut white_ones);
        let ones: f64 = white_ones.iter().map(|value| value * value).sum();
        let log_determinant = cholesky.log_determinant();
        let mut gains = Vec::with_capacity(grid_logs.len() * count);
        for grid_log in grid_logs {
            let start = gains.len();
            gains.extend(logs.iter().map(|log| process.covariance(grid_log - log)));
            cholesky.solve(&mut gains[start..]);
        }
        Self { whitening, white_ones, ones, log_determinant, gains, steps: process.steps(grid_logs) }
    }

    /// The level that fits a shape best, and the log likelihood of the shape with the level integrated out. For remainders r
    /// = ln d − ln s and a level A ~ N(0, 1/p): −½(rᵀC⁻¹r − A·1ᵀC⁻¹r + ln|C| + ln(1ᵀC⁻¹1 + p) − ln p), A = 1ᵀC⁻¹r / (1ᵀC⁻¹1 +
    /// p). Where the level may be anything, p is 0 and the last term left out.
    fn level_and_log_likelihood(&self, remainders: &[f64], level_precision: f64) -> (f64, f64) {
        let (mut squares, mut product) = (0.0, 0.0);
        for (row, (whitening, one)) in self.whitening.chunks_exact(remainders.len()).zip(&self.white_ones).enumerate() {
            let white: f64 = whitening[..=row].iter().zip(remainders).map(|(factor, value)| factor * value).sum();
            squares += white * white;
            product += white * one;
        }
        let precision = self.ones + level_precision;
        let level = product / precision;
        let prior = if level_precision > 0.0 { level_precision } else { 1.0 };
        (level, -0.5 * (squares - product * level + self.log_determinant + (precision / prior).ln()))
    }
}

impl<'a> Posterior<'a> {
    pub(super) fn new(points: &'a [Measured], grid: &[MemoryMb]) -> Self {
        let memories: Vec<f64> = grid.iter().map(|size| size.statistic()).collect();
        let grid_logs: Vec<f64> = memories.iter().map(|memory| memory.ln()).collect();
        let at_points = CpuParts::new(&points.iter().map(|point| point.memory_mb).collect::<Vec<_>>());
        let shapes = all();
        let durations: Vec<f64> = points.iter().map(|point| point.mean_ms.ln()).collect();
        let mut remainders = Vec::with_capacity(shapes.len() * points.len());
        for shape in &shapes {
            remainders.extend(at_points.of(*shape).zip(&durations).map(|(value, duration)| duration - value.ln()));
        }
        let processes: Vec<Conditioned> = PROCESSES.iter().map(|process| Conditioned::new(process, points, &grid_logs)).collect();
        let (weights, levels) = weights_and_levels(&processes, &shapes, &remainders);
        let places = points.iter().map(|point| grid.partition_point(|size| *size < point.memory)).collect();
        Self { points, places, on_grid: CpuParts::new(&memories), shapes, processes, remainders, weights, levels }
    }

    /// So many curves, one after the other.
    pub(super) fn curves(&self, count: usize, random: &mut Random) -> Vec<f64> {
        let mut curves = Vec::with_capacity(count * self.processes[0].steps.len());
        let mut deviations = Vec::new();
        for pick in picks(self.weights.iter().copied(), count, random) {
            self.push_curve(pick, random, &mut deviations, &mut curves);
        }
        curves
    }

    /// Matheron's rule: path + gains·(what was observed − what the path says would be observed).
    fn push_curve(&self, pick: usize, random: &mut Random, deviations: &mut Vec<f64>, curves: &mut Vec<f64>) {
        let (process, shape) = (&self.processes[pick / self.shapes.len()], pick % self.shapes.len());
        let count = self.points.len();
        let level = self.levels[pick] + random.normal() / (process.ones + self.shapes[shape].level_precision).sqrt();
        path(&process.steps, random, deviations);
        let remainder = &self.remainders[shape * count..(shape + 1) * count];
        let observed = self.points.iter().zip(&self.places).zip(remainder);
        let surprises: Vec<f64> = observed
            .map(|((point, place), remainder)| remainder - level - deviations[*place] - point.variance.sqrt() * random.normal())
            .collect();
        let on_grid = self.on_grid.of(self.shapes[shape]).zip(deviations.iter()).zip(process.gains.chunks_exact(count));
        curves.extend(on_grid.map(|((shape, deviation), gains)| {
            let moved: f64 = gains.iter().zip(&surprises).map(|(gain, surprise)| gain * surprise).sum();
            shape * (level + deviation + moved).exp()
        }));
    }
}

fn weights_and_levels(processes: &[Conditioned], shapes: &[Shape], remainders: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let count = remainders.len() / shapes.len();
    let (mut weights, mut levels) = (Vec::new(), Vec::new());
    for (conditioned, process) in processes.iter().zip(&PROCESSES) {
        for (shape, remainder) in shapes.iter().zip(remainders.chunks_exact(count)) {
            let (level, log_likelihood) = conditioned.level_and_log_likelihood(remainder, shape.level_precision);
            levels.push(level);
            weights.push(process.prior.ln() + shape.log_prior + log_likelihood);
        }
    }
    let most = weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    weights.iter_mut().for_each(|weight| *weight = (*weight - most).exp());
    (weights, levels)
}

/// `count` positions, each as often as its weight says, up to one (systematic resampling).
pub(super) fn picks(weights: impl Iterator<Item = f64> + Clone, count: usize, random: &mut Random) -> Vec<usize> {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Two sizes so far apart that their deviations are independent, of variance s² + noise.
    fn conditioned(variance: f64) -> Conditioned {
        let point = |memory: u32| {
            let memory = MemoryMb::new(memory);
            Measured { memory, memory_mb: memory.statistic(), mean_ms: 1.0, variance }
        };
        Conditioned::new(&PROCESSES[0], &[point(1), point(1_000_000)], &[0.0, 1_000_000.0_f64.ln()])
    }

    #[test]
    fn a_free_level_is_the_mean_and_costs_its_spread() {
        // C = v·1 with v = 0.02² + 0.0021 = 0.0025; remainders 0.1 and 0.3: A = 0.2, EᵀC⁻¹E = 0.02/v = 8, 1ᵀC⁻¹1 = 2/v = 800.
        let (level, log_likelihood) = conditioned(0.0021).level_and_log_likelihood(&[0.1, 0.3], 0.0);
        assert!((level - 0.2).abs() < 1e-9, "{level}");
        let expected = -0.5 * (8.0 + 2.0 * 0.0025_f64.ln() + 800.0_f64.ln());
        assert!((log_likelihood - expected).abs() < 1e-6, "{log_likelihood} is not {expected}");
    }

    #[test]
    fn a_known_level_is_drawn_to_zero() {
        // 1ᵀC⁻¹r = 0.4/v = 160, precision 800 + 100: A = 160/900; rᵀC⁻¹r = 0.1/v = 40.
        let (level, log_likelihood) = conditioned(0.0021).level_and_log_likelihood(&[0.1, 0.3], 100.0);
        assert!((level - 160.0 / 900.0).abs() < 1e-9, "{level}");
        let expected = -0.5 * (40.0 - 160.0 * 160.0 / 900.0 + 2.0 * 0.0025_f64.ln() + 9.0_f64.ln());
        assert!((log_likelihood - expected).abs() < 1e-6, "{log_likelihood} is not {expected}");
    }

    #[test]
    fn picks_follow_the_weights() {
        let mut random = Random::from_seed(1);
        assert_eq!(picks([1.0, 0.0, 3.0].into_iter(), 4, &mut random), [0, 2, 2, 2]);
    }
}
