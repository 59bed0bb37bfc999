//! d(m) = a + b·exp(−m/s), fitted as Parrotfish fits it: least squares of milliseconds, every call of equal weight, from the
//! parameters of the last fit, with the method of Levenberg and Marquardt.
//!
//! The method follows Moré ("The Levenberg-Marquardt algorithm: implementation and theory", 1978): a step within a trust region
//! that is scaled by the columns of the Jacobian, which is taken by forward differences. That matters here, because where the
//! start is bad the answer is the one that this method stops at.

/// Three parameters: a, b and s.
pub(super) type Parameters = [f64; 3];

/// A step or a gain below this share ends the search.
const TOLERANCE: f64 = 1.490_116e-8;
/// The first step may be so many times the scaled length of the start.
const FIRST_STEP: f64 = 100.0;
/// The search ends after so many evaluations at the latest.
const MOST_EVALUATIONS: usize = 20_000;

/// Duration at a size; constant where s is zero.
pub(super) fn duration_ms([a, b, s]: Parameters, memory_mb: f64) -> f64 {
    if s == 0.0 { a } else { a + b * (-memory_mb / s).exp() }
}

/// The parameters that the search ends at; none when it leaves the numbers.
pub(super) fn fit(samples: &[(f64, f64)], start: Parameters) -> Option<Parameters> {
    let residuals = |x: Parameters| -> Vec<f64> { samples.iter().map(|(m, d)| duration_ms(x, *m) - d).collect() };
    let mut x = start;
    let mut f = residuals(x);
    let mut scale = [0.0_f64; 3];
    let mut radius = None;
    let mut evaluations = 0;
    while evaluations < MOST_EVALUATIONS {
        let columns = jacobian(&residuals, x, &f);
        let norms = columns.each_ref().map(|column| norm(column));
        for (scale, norm) in scale.iter_mut().zip(norms) {
            *scale = if radius.is_none() && norm == 0.0 { 1.0 } else { scale.max(norm) };
        }
        let is_first = radius.is_none();
        let length = scaled(&scale, x);
        let mut delta = radius.unwrap_or(if length == 0.0 { FIRST_STEP } else { FIRST_STEP * length });
        if norm(&f) == 0.0 || columns.iter().all(|column| dot(column, &f) == 0.0) {
            return Some(x);
        }
        loop {
            evaluations += 4;
            let (step, damping) = bounded_step(&columns, &f, &scale, delta);
            let step_length = scaled(&scale, step);
            if is_first {
                delta = delta.min(step_length);
            }
            let tried = [x[0] + step[0], x[1] + step[1], x[2] + step[2]];
            let tried_f = residuals(tried);
            let (before, after) = (norm(&f), norm(&tried_f));
            let gain = if 0.1 * after < before { 1.0 - (after / before).powi(2) } else { -1.0 };
            let linear: Vec<f64> =
                (0..f.len()).map(|row| (0..3).map(|column| columns[column][row] * step[column]).sum()).collect();
            let (along, across) = ((norm(&linear) / before).powi(2), damping * (step_length / before).powi(2));
            let promised = along + 2.0 * across;
            let ratio = if promised == 0.0 { 0.0 } else { gain / promised };
            if ratio <= 0.25 {
                let slope = -(along + across);
                let shrink = if gain < 0.0 { 0.5 * slope / (slope + 0.5 * gain) } else { 0.5 };
                let shrink = if before <= 0.1 * after || shrink < 0.1 { 0.1 } else { shrink };
                delta = shrink * delta.min(step_length / 0.1);
            } else if damping == 0.0 || 0.75 <= ratio {
                delta = step_length / 0.5;
            }
            if !delta.is_finite() {
                return None;
            }
            if 1e-4 <= ratio {
                x = tried;
                f = tried_f;
            }
            let is_flat = gain.abs() <= TOLERANCE && promised <= TOLERANCE && 0.5 * ratio <= 1.0;
            if is_flat || delta <= TOLERANCE * scaled(&scale, x) || MOST_EVALUATIONS <= evaluations {
                return Some(x).filter(|x| x.iter().all(|value| value.is_finite()));
            }
            if 1e-4 <= ratio {
                break;
            }
        }
        radius = Some(delta);
    }
    Some(x)
}

/// Its columns, by forward differences of half the digits.
fn jacobian(residuals: &impl Fn(Parameters) -> Vec<f64>, x: Parameters, f: &[f64]) -> [Vec<f64>; 3] {
    [0, 1, 2].map(|column| {
        let step = f64::EPSILON.sqrt() * if x[column] == 0.0 { 1.0 } else { x[column].abs() };
        let mut moved = x;
        moved[column] += step;
        residuals(moved).iter().zip(f).map(|(moved, f)| (moved - f) / step).collect()
    })
}

/// The step that the linear model wants, or the damped one that is as long as the trust region allows, within a tenth; and its
/// damping.
fn bounded_step(columns: &[Vec<f64>; 3], f: &[f64], scale: &[f64; 3], delta: f64) -> (Parameters, f64) {
    if let Some(step) = damped_step(columns, f, scale, 0.0).filter(|step| scaled(scale, *step) <= 1.1 * delta) {
        return (step, 0.0);
    }
    let gradient: f64 = (0..3).map(|column| (dot(&columns[column], f) / scale[column]).powi(2)).sum::<f64>().sqrt();
    // Between no damping and one that certainly makes the step too short: the logarithm is halved.
    let (mut low, mut high) = (gradient / delta * 1e-24, gradient / delta);
    let mut best = ([0.0; 3], high);
    for _ in 0..100 {
        let damping = (low * high).sqrt();
        let Some(step) = damped_step(columns, f, scale, damping) else { break };
        best = (step, damping);
        let length = scaled(scale, step);
        if (length / delta - 1.0).abs() <= 0.1 {
            break;
        }
        if delta < length { low = damping } else { high = damping }
    }
    best
}

/// argmin |J·p + f|² + damping·|D·p|², by orthogonal transformations; none where the columns do not determine it.
fn damped_step(columns: &[Vec<f64>; 3], f: &[f64], scale: &[f64; 3], damping: f64) -> Option<Parameters> {
    let rows = f.len();
    let mut matrix: Vec<[f64; 4]> = (0..rows).map(|row| [columns[0][row], columns[1][row], columns[2][row], -f[row]]).collect();
    for column in 0..3 {
        let mut row = [0.0; 4];
        row[column] = damping.sqrt() * scale[column];
        matrix.push(row);
    }
    for pivot in 0..3 {
        let length = matrix[pivot..].iter().map(|row| row[pivot].powi(2)).sum::<f64>().sqrt();
        if length <= f64::EPSILON * scale[pivot] || !length.is_finite() {
            return None;
        }
        let length = if 0.0 < matrix[pivot][pivot] { -length } else { length };
        let mut reflector: Vec<f64> = matrix[pivot..].iter().map(|row| row[pivot]).collect();
        reflector[0] -= length;
        let square: f64 = reflector.iter().map(|value| value * value).sum();
        for column in pivot..4 {
            let along: f64 = reflector.iter().zip(&matrix[pivot..]).map(|(value, row)| value * row[column]).sum();
            for (value, row) in reflector.iter().zip(&mut matrix[pivot..]) {
                row[column] -= 2.0 * along / square * value;
            }
        }
    }
    let mut step = [0.0; 3];
    for row in (0..3).rev() {
        let known: f64 = (row + 1..3).map(|column| matrix[row][column] * step[column]).sum();
        step[row] = (matrix[row][3] - known) / matrix[row][row];
    }
    Some(step)
}

fn norm(values: &[f64]) -> f64 {
    dot(values, values).sqrt()
}

fn dot(one: &[f64], other: &[f64]) -> f64 {
    one.iter().zip(other).map(|(one, other)| one * other).sum()
}

fn scaled(scale: &[f64; 3], x: Parameters) -> f64 {
    norm(&[scale[0] * x[0], scale[1] * x[1], scale[2] * x[2]])
}
