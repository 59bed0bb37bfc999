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
/// The search ends after so many steps at the latest.
const MOST_STEPS: usize = 5000;

/// Duration at a size; constant where s is zero.
pub(super) fn duration_ms([a, b, s]: Parameters, memory_mb: f64) -> f64 {
    if s == 0.0 { a } else { a + b * (-memory_mb / s).exp() }
}

/// The parameters that the search ends at; none when it leaves the numbers.
pub(super) fn fit(samples: &[(f64, f64)], start: Parameters) -> Option<Parameters> {
    let residuals = |x: Parameters| -> Vec<f64> { samples.iter().map(|(m, d)| duration_ms(x, *m) - d).collect() };
    let (mut x, mut f) = (start, residuals(start));
    let mut scale = [0.0_f64; 3];
    let mut radius: Option<f64> = None;
    for _ in 0..MOST_STEPS {
        let columns = jacobian(&residuals, x, &f);
        for (scale, norm) in scale.iter_mut().zip(columns.each_ref().map(|column| norm(column))) {
            *scale = if radius.is_none() && norm == 0.0 { 1.0 } else { scale.max(norm) };
        }
        if columns.iter().all(|column| dot(column, &f) == 0.0) {
            return Some(x);
        }
        let length = scaled(&scale, x);
        let mut allowed = radius.unwrap_or(FIRST_STEP * if length == 0.0 { 1.0 } else { length });
        loop {
            let (step, damping) = bounded_step(&columns, &f, &scale, allowed);
            if radius.is_none() {
                allowed = allowed.min(scaled(&scale, step));
            }
            let tried = [x[0] + step[0], x[1] + step[1], x[2] + step[2]];
            let tried_f = residuals(tried);
            let judged = Judged::of(&columns, (&f, &tried_f), step, damping * scaled(&scale, step).powi(2));
            allowed = judged.next_radius(allowed, scaled(&scale, step), damping);
            if !allowed.is_finite() {
                return None;
            }
            if judged.is_better() {
                (x, f) = (tried, tried_f);
            }
            if judged.is_flat() || allowed <= TOLERANCE * scaled(&scale, x) {
                return Some(x).filter(|x| x.iter().all(|value| value.is_finite()));
            }
            if judged.is_better() {
                break;
            }
        }
        radius = Some(allowed);
    }
    Some(x)
}

/// What a step has brought, against what the linear model promised.
struct Judged {
    /// 1 − (new length / old length)² of the residuals.
    gain: f64,
    promised: f64,
    /// Of the sum of squares along the step, in units of itself.
    slope: f64,
    is_much_worse: bool,
}

impl Judged {
    /// `damped` is damping times the squared length of the scaled step.
    fn of(columns: &[Vec<f64>; 3], (f, tried_f): (&[f64], &[f64]), step: Parameters, damped: f64) -> Self {
        let (before, after) = (norm(f), norm(tried_f));
        let moved: Vec<f64> = (0..f.len()).map(|row| (0..3).map(|column| columns[column][row] * step[column]).sum()).collect();
        let (along, across) = ((norm(&moved) / before).powi(2), damped / before.powi(2));
        // Beyond the numbers is worse than anything.
        let is_much_worse = after.is_nan() || before <= 0.1 * after;
        let gain = if is_much_worse { -1.0 } else { 1.0 - (after / before).powi(2) };
        Self { gain, promised: along + 2.0 * across, slope: -(along + across), is_much_worse }
    }

    fn ratio(&self) -> f64 {
        if self.promised == 0.0 { 0.0 } else { self.gain / self.promised }
    }

    fn is_better(&self) -> bool {
        1e-4 <= self.ratio()
    }

    fn is_flat(&self) -> bool {
        self.gain.abs() <= TOLERANCE && self.promised <= TOLERANCE && 0.5 * self.ratio() <= 1.0
    }

    /// Smaller where the model promised too much, larger where it was right.
    fn next_radius(&self, radius: f64, step_length: f64, damping: f64) -> f64 {
        if self.ratio() <= 0.25 {
            let parabola = 0.5 * self.slope / (self.slope + 0.5 * self.gain);
            let shrink = if 0.0 <= self.gain { 0.5 } else { parabola };
            let shrink = if self.is_much_worse { 0.1 } else { shrink.max(0.1) };
            shrink * radius.min(step_length / 0.1)
        } else if damping == 0.0 || 0.75 <= self.ratio() {
            2.0 * step_length
        } else {
            radius
        }
    }
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
