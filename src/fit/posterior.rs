//! What the measurements say about level, shape, deviation and noise: ln d(m) = A + ln s(m) + g(m) + noise.
//!
//! The posterior over shape, kind of deviation and amount of noise is summed exactly, with the levels and the deviation
//! integrated out under Gaussian assumptions. Then curves are drawn from it: shape, process and noise by their weight, the
//! level by its posterior, the deviation by Matheron's rule (a path of the prior, moved by what the measurements say about it;
//! Journel and Huijbregts 1978).
//!
//! Observations on another scale (cold calls, another architecture, an earlier run) have a level of their own and a smooth
//! deviation of their own on top: they tell about the shape and nothing about the level.

use super::belief::Belief;
use super::cholesky::Cholesky;
use super::draws::Draws;
use super::noise::{NOISES, Noise};
use super::process::{PROCESSES, Process};
use super::shape::STAIRCASE_LEVEL_PRECISION;
use super::{Observation, picks};
use crate::stats::Random;

/// Draws are thinned by how much they rise with memory: so many times more are made.
const POOL: usize = 2;

/// How the shape on another scale deviates, by scale. Cold calls, whose first-use work may be waiting or computing, by some 15 %;
/// other runs by less: over 20 recorded pairs of architectures the ratio of durations varies over the sizes by 3 to 9 %.
const OTHER_SCALES: [Process; 2] = [Process::new(0.15, 0.8), Process::new(0.07, 0.8)];

/// The deviation of a scale other than the first.
fn other_scale(scale: usize) -> Option<&'static Process> {
    OTHER_SCALES.get(scale.checked_sub(1)?.min(OTHER_SCALES.len() - 1))
}

/// Keeps the level of another scale finite where nothing tells about it.
const OTHER_LEVEL_PRECISION: f64 = 1e-4;

/// Shapes worked on at a time: what belongs to them stays in the nearest cache.
const BLOCK: usize = 512;

/// A weight e^−18 times the largest is none.
const LEAST_LOG_WEIGHT: f64 = -18.0;

#[expect(clippy::cast_possible_truncation, reason = "the loss of precision is meant")]
const fn single(value: f64) -> f32 {
    value as f32
}

/// Everything that does not change from draw to draw.
pub(super) struct Posterior<'a> {
    belief: &'a Belief,
    observations: &'a [Observation],
    /// Where each observation is in the grid.
    places: Vec<usize>,
    scales: usize,
    /// Of each observation and shape: ln d − ln s. In single precision, as two of them are worked on at a time in place of one,
    /// and a ten-thousandth of a standard deviation is nothing.
    remainders: Vec<Vec<f32>>,
    conditioned: Vec<Conditioned>,
    /// ln of the weight of each combination (outer) and shape (inner).
    log_weights: Vec<f64>,
}

/// A process and an amount of noise, conditioned on the measured sizes: C = K + noise.
struct Conditioned {
    process: usize,
    noise: f64,
    log_prior: f64,
    /// L⁻¹ with C = L·Lᵀ, row by row: for thousands of shapes, multiplying is faster than solving.
    whitening: Vec<f64>,
    log_determinant: f64,
    /// For shapes of free level, and for staircases, whose level is known.
    levels: [Levels; 2],
    /// Grid × observations: how an observed deviation moves the path.
    gains: Vec<f64>,
}

/// The levels, given the shape: A = R⁻ᵀ·R⁻¹·HᵀC⁻¹r, H the membership of observations in scales, RRᵀ = HᵀC⁻¹H + Λ.
struct Levels {
    /// R⁻¹HᵀC⁻¹: scales × observations.
    projection: Vec<f64>,
    root: Cholesky,
    log_determinant: f64,
}

/// The processes that can be told apart under an amount of noise, with their priors: heavy noise hides a small deviation.
fn processes(noise: &Noise) -> Vec<(usize, f64)> {
    const HEAVY: f64 = 0.2;
    let prior = |process: usize| PROCESSES[process].prior;
    let all = (0..PROCESSES.len()).map(|process| (process, prior(process))).collect();
    let joined = vec![(1, prior(0) + prior(1)), (2, prior(2) + prior(3))];
    if noise.deviation > HEAVY { joined } else { all }
}

impl Conditioned {
    fn new(posterior: &Posterior<'_>, (process, prior): (usize, f64), noise: &Noise) -> Self {
        let Posterior { belief, observations, places, .. } = posterior;
        let count = observations.len();
        let distance = |row: usize, column: usize| belief.logs[places[row]] - belief.logs[places[column]];
        let covariance = |row: usize, column: usize| {
            let shared = PROCESSES[process].covariance(distance(row, column));
            let other = other_scale(observations[row].scale).filter(|_| observations[row].scale == observations[column].scale);
            let own = other.map_or(0.0, |process| process.covariance(distance(row, column)));
            let error = if row == column { noise.deviation.powi(2) / observations[row].calls } else { 0.0 };
            shared + own + error
        };
        let cholesky = Cholesky::new(count, covariance);
        let mut whitening = vec![0.0; count * count];
        for column in 0..count {
            let mut unit = vec![0.0; count];
            unit[column] = 1.0;
            cholesky.solve_lower(&mut unit);
            (0..count).for_each(|row| whitening[row * count + column] = unit[row]);
        }
        let levels = [0.0, STAIRCASE_LEVEL_PRECISION].map(|precision| Levels::new(posterior, &cholesky, precision));
        let mut gains = Vec::with_capacity(belief.logs.len() * count);
        for log in &belief.logs {
            let start = gains.len();
            gains.extend(places.iter().map(|place| PROCESSES[process].covariance(log - belief.logs[*place])));
            cholesky.solve(&mut gains[start..]);
        }
        let log_determinant = cholesky.log_determinant();
        let log_prior = prior.ln() + posterior.noise_log_weight(noise);
        Self { process, noise: noise.deviation, log_prior, whitening, log_determinant, levels, gains }
    }

    /// ln of the weight of each shape. For remainders r = ln d − ln s and levels A with precision Λ around zero: −½(rᵀC⁻¹r −
    /// |R⁻¹HᵀC⁻¹r|² + ln|C| + ln|HᵀC⁻¹H + Λ| − ln Λ). Where the level may be anything, Λ is 0 and the last term left out.
    fn push_log_weights(&self, posterior: &Posterior<'_>, log_weights: &mut Vec<f64>) {
        let count = posterior.observations.len();
        let mut white = [0.0_f32; BLOCK];
        let shapes = &posterior.belief.shapes;
        let first_staircase = posterior.belief.first_staircase;
        for (levels, range) in self.levels.iter().zip([0..first_staircase, first_staircase..shapes.len()]) {
            let constant = self.log_prior - 0.5 * (self.log_determinant + levels.log_determinant);
            for start in range.clone().step_by(BLOCK) {
                let block = start..(start + BLOCK).min(range.end);
                let first = log_weights.len();
                log_weights.extend(shapes[block.clone()].iter().map(|shape| constant + shape.log_prior));
                let weights = &mut log_weights[first..];
                for row in 0..count {
                    let factors = &self.whitening[row * count..=row * count + row];
                    posterior.combine(factors, block.clone(), &mut white);
                    weights.iter_mut().zip(&white).for_each(|(weight, white)| *weight -= f64::from(0.5 * white * white));
                }
                for factors in levels.projection.chunks_exact(count) {
                    posterior.combine(factors, block.clone(), &mut white);
                    weights.iter_mut().zip(&white).for_each(|(weight, white)| *weight += f64::from(0.5 * white * white));
                }
            }
        }
    }
}

impl Levels {
    fn new(posterior: &Posterior<'_>, cholesky: &Cholesky, precision: f64) -> Self {
        let (observations, scales) = (posterior.observations, posterior.scales);
        let count = observations.len();
        // HᵀC⁻¹, scale by scale.
        let mut weighted = Vec::with_capacity(scales * count);
        for scale in 0..scales {
            let start = weighted.len();
            weighted.extend(observations.iter().map(|observation| f64::from(u8::from(observation.scale == scale))));
            cholesky.solve(&mut weighted[start..]);
        }
        let sum = |row: usize, column: usize| -> f64 {
            let members = observations.iter().zip(&weighted[row * count..]);
            members.filter(|(observation, _)| observation.scale == column).map(|(_, weight)| weight).sum()
        };
        let own = |scale: usize| if scale == 0 { precision } else { OTHER_LEVEL_PRECISION };
        let root = Cholesky::new(scales, |row, column| sum(row, column) + if row == column { own(row) } else { 0.0 });
        let mut projection = vec![0.0; scales * count];
        for column in 0..count {
            let mut values: Vec<f64> = (0..scales).map(|scale| weighted[scale * count + column]).collect();
            root.solve_lower(&mut values);
            (0..scales).for_each(|scale| projection[scale * count + column] = values[scale]);
        }
        let prior = if precision > 0.0 { precision.ln() } else { 0.0 };
        let log_determinant = root.log_determinant() - prior;
        Self { projection, root, log_determinant }
    }
}

impl<'a> Posterior<'a> {
    pub(super) fn new(belief: &'a Belief, observations: &'a [Observation]) -> Self {
        let places: Vec<usize> =
            observations.iter().map(|observation| belief.grid.partition_point(|size| *size < observation.memory)).collect();
        let remainders = places.iter().zip(observations).map(|(place, observation)| {
            belief
                .cpu_parts
                .at(*place, &belief.shapes)
                .into_iter()
                .map(|value| single(observation.log_mean - value.ln()))
                .collect()
        });
        let scales = observations.iter().map(|observation| observation.scale + 1).max().unwrap_or(1);
        let mut posterior = Self {
            belief,
            observations,
            remainders: remainders.collect(),
            places,
            scales,
            conditioned: Vec::new(),
            log_weights: Vec::new(),
        };
        let combinations = NOISES.iter().flat_map(|noise| processes(noise).into_iter().map(move |process| (process, noise)));
        posterior.conditioned = combinations.map(|(process, noise)| Conditioned::new(&posterior, process, noise)).collect();
        let mut log_weights = Vec::with_capacity(posterior.conditioned.len() * belief.shapes.len());
        posterior.conditioned.iter().for_each(|conditioned| conditioned.push_log_weights(&posterior, &mut log_weights));
        Self { log_weights, ..posterior }
    }

    /// ln of the prior of an amount of noise and of what the sizes show of it inside themselves.
    fn noise_log_weight(&self, noise: &Noise) -> f64 {
        let fastest = self.observations.iter().map(|observation| observation.log_mean).fold(f64::INFINITY, f64::min);
        let squares: f64 = self.observations.iter().map(|observation| observation.log_squares).sum();
        let degrees: f64 = self.observations.iter().map(|observation| observation.degrees).sum();
        noise.log_prior(fastest) + noise.log_likelihood(squares, degrees)
    }

    /// Σ factor·remainder over the first observations, for a block of shapes.
    fn combine(&self, factors: &[f64], block: std::ops::Range<usize>, sums: &mut [f32; BLOCK]) {
        sums.fill(0.0);
        for (factor, remainders) in factors.iter().zip(&self.remainders) {
            let factor = single(*factor);
            sums.iter_mut().zip(&remainders[block.clone()]).for_each(|(sum, remainder)| *sum += factor * remainder);
        }
    }

    /// So many curves.
    pub(super) fn draws(&self, count: usize, random: &mut Random) -> Draws {
        let most = self.log_weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let weights = self.log_weights.iter().map(|weight| match weight - most {
            small if small < LEAST_LOG_WEIGHT => 0.0,
            relative => relative.exp(),
        });
        let weights: Vec<f64> = weights.collect();
        let pool = count * POOL;
        let (mut curves, mut noises, mut stairs) = (Vec::with_capacity(pool * self.belief.grid.len()), Vec::new(), 0);
        for pick in picks(weights.iter().copied(), pool, random) {
            let (combination, shape) = (pick / self.belief.shapes.len(), pick % self.belief.shapes.len());
            noises.push(self.conditioned[combination].noise);
            stairs += usize::from(shape >= self.belief.first_staircase);
            self.push_curve(&self.conditioned[combination], shape, random, &mut curves);
        }
        Draws::thinned(self.belief.grid.clone(), &curves, &noises, count, stairs as f64 / pool as f64, random)
    }

    /// Matheron's rule: path + gains·(what was observed − what the path says would be observed).
    fn push_curve(&self, conditioned: &Conditioned, shape: usize, random: &mut Random, curves: &mut Vec<f64>) {
        let count = self.observations.len();
        let levels = &conditioned.levels[usize::from(shape >= self.belief.first_staircase)];
        let projected = levels.projection.chunks_exact(count).map(|factors| {
            let sum: f64 =
                factors.iter().zip(&self.remainders).map(|(factor, remainders)| factor * f64::from(remainders[shape])).sum();
            sum + random.normal()
        });
        let mut level: Vec<f64> = projected.collect();
        levels.root.solve_upper(&mut level);
        let (path, sign) = self.belief.path(conditioned.process, random);
        let mut surprises = Vec::with_capacity(count);
        for ((observation, place), remainders) in self.observations.iter().zip(&self.places).zip(&self.remainders) {
            let mut deviation = conditioned.noise / observation.calls.sqrt() * random.normal();
            if let Some(process) = other_scale(observation.scale) {
                deviation += process.covariance(0.0).sqrt() * random.normal();
            }
            surprises.push(f64::from(remainders[shape]) - level[observation.scale] - sign * path[*place] - deviation);
        }
        let on_grid = self.belief.shape(shape).zip(path).zip(conditioned.gains.chunks_exact(count));
        curves.extend(on_grid.map(|((shape, deviation), gains)| {
            let moved: f64 = gains.iter().zip(&surprises).map(|(gain, surprise)| gain * surprise).sum();
            shape * (level[0] + sign * deviation + moved).exp()
        }));
    }
}
