//! Curves through points, by relative weighted least squares.
//!
//! For a given knee c and exponent e the curve is linear in a and b, and the best a, b ≥ 0 are exact (two unknowns: the
//! stationary point, or the better of the two edges). Knee and exponent come from a grid that is then refined by halving.
//! A misfit counts in units of what the point may be off: its own standard error and 2 % that no curve of this kind explains.

use super::Measured;
use super::curve::{Curve, Family, slowdown};

/// What a good curve of these families leaves unexplained: left-out sizes of recorded functions are predicted with a median
/// error of 2 to 3 % by the better families.
pub(super) const UNEXPLAINED: f64 = 0.02;

/// The exponent is near 1 unless the points say otherwise: standard deviation of its prior.
const EXPONENT_SPREAD: f64 = 0.2;

/// Knees to start from: a ladder from the smallest sizes up, and whole numbers of virtual CPUs.
const KNEES_MB: [f64; 22] = [
    10_240.0, 8845.0, 7076.0, 5307.0, 4400.0, 3538.0, 3008.0, 2600.0, 2200.0, 1769.0, 1500.0, 1280.0, 1024.0, 850.0, 700.0,
    600.0, 512.0, 420.0, 350.0, 256.0, 220.0, 192.0,
];

/// Exponents to start from.
const EXPONENTS: [f64; 9] = [1.0, 0.9, 1.1, 0.8, 1.2, 0.7, 1.3, 0.6, 1.45];

/// Halvings of the grid step, 0.1 in ln c and in e: to a ten-thousandth.
const REFINEMENTS: usize = 10;

/// A curve and how badly it fits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) family: Family,
    pub(super) curve: Curve,
    /// Σ (misfit / what the point may be off)², and the price of an unusual exponent.
    misfit: f64,
}

/// The curve of the family that explains the points best for its number of parameters: least misfit + 2 · parameters (Akaike
/// 1974, for known noise). A family takes part only when the points outnumber its parameters: a hyperbola from two points on
/// (it goes through both), a knee from four, a power from five.
pub(super) fn best(points: &[Measured]) -> Option<Candidate> {
    let score = |candidate: &Candidate| candidate.misfit + 2.0 * candidate.family.parameters() as f64;
    let candidates =
        Family::ALL.into_iter().filter(|family| carries(points.len(), *family)).filter_map(|family| fitted(family, points));
    candidates.min_by(|one, other| score(one).total_cmp(&score(other)))
}

fn carries(points: usize, family: Family) -> bool {
    match family {
        Family::Constant => points >= 1,
        Family::Hyperbola => points >= 2,
        Family::Knee | Family::Power => points > family.parameters(),
    }
}

/// The best curve of one family.
pub(super) fn fitted(family: Family, points: &[Measured]) -> Option<Candidate> {
    let at = |knee_mb, exponent| linear(family, points, knee_mb, exponent);
    match family {
        Family::Constant | Family::Hyperbola => at(None, 1.0),
        Family::Knee => {
            knees(points).filter_map(|knee| at(Some(knee), 1.0)).reduce(less_misfit).map(|start| refined(start, points))
        }
        Family::Power => {
            let best_exponent = |knee_mb| EXPONENTS.into_iter().filter_map(|exponent| at(knee_mb, exponent)).reduce(less_misfit);
            let with_knee = knees(points).filter_map(|knee| best_exponent(Some(knee))).reduce(less_misfit);
            // A step moves a knee but never adds or removes one, so both kinds are refined before they are compared.
            let starts = best_exponent(None).into_iter().chain(with_knee);
            starts.map(|start| refined(start, points)).reduce(less_misfit)
        }
    }
}

/// Knees inside the measured range: at its ends they are other families.
fn knees(points: &[Measured]) -> impl Iterator<Item = f64> {
    let least = points.iter().map(|point| point.memory_mb).fold(f64::INFINITY, f64::min);
    let most = points.iter().map(|point| point.memory_mb).fold(0.0, f64::max);
    KNEES_MB.into_iter().filter(move |knee| least < *knee && *knee < most)
}

/// The earlier one unless the later is really better, so that ties go to the larger knee and to exponents near 1.
fn less_misfit(one: Candidate, other: Candidate) -> Candidate {
    if other.misfit < one.misfit - 1e-9 { other } else { one }
}

/// Knee and exponent moved by smaller and smaller steps as long as that helps.
fn refined(start: Candidate, points: &[Measured]) -> Candidate {
    let least = points.iter().map(|point| point.memory_mb).fold(f64::INFINITY, f64::min);
    let most = points.iter().map(|point| point.memory_mb).fold(0.0, f64::max);
    let steps: &[f64] = if start.family == Family::Power { &[0.0, 1.0, -1.0] } else { &[0.0] };
    let mut best = start;
    let mut step = 0.1;
    for _ in 0..REFINEMENTS {
        let from = best.curve;
        for knee_step in [1.0, 0.0, -1.0_f64] {
            let knee_mb = from.knee_mb.map(|knee| (knee * (knee_step * step).exp()).clamp(least * 1.001, most));
            for exponent_step in steps {
                let exponent = (from.exponent + exponent_step * step).clamp(0.4, 2.0);
                best = linear(start.family, points, knee_mb, exponent).map_or(best, |candidate| less_misfit(best, candidate));
            }
        }
        step /= 2.0;
    }
    best
}

/// The best a, b ≥ 0 for d = a + b·s: least Σ w·((a + b·s)/d − 1)².
fn linear(family: Family, points: &[Measured], knee_mb: Option<f64>, exponent: f64) -> Option<Candidate> {
    let (mut uu, mut uv, mut vv, mut u, mut v, mut total) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for point in points {
        let weight = 1.0 / (point.variance + UNEXPLAINED * UNEXPLAINED);
        let fixed = 1.0 / point.mean_ms;
        let cpu = if family == Family::Constant { 0.0 } else { slowdown(point.memory_mb, knee_mb, exponent) / point.mean_ms };
        uu += weight * fixed * fixed;
        uv += weight * fixed * cpu;
        vv += weight * cpu * cpu;
        u += weight * fixed;
        v += weight * cpu;
        total += weight;
    }
    let misfit = |(a, b): (f64, f64)| (a * a * uu + 2.0 * a * b * uv + b * b * vv - 2.0 * (a * u + b * v) + total).max(0.0);
    let determinant = uu * vv - uv * uv;
    // Sizes closer than a millionth of each other, or all beyond the knee, do not tell a from b.
    let inside = (determinant > 1e-12 * uu * vv).then(|| ((u * vv - v * uv) / determinant, (v * uu - u * uv) / determinant));
    let (fixed_ms, cpu_ms) = match inside.filter(|(a, b)| *a >= 0.0 && *b >= 0.0) {
        Some(both) => both,
        None => {
            let edges = [(u / uu, 0.0), (0.0, if vv > 0.0 { v / vv } else { 0.0 })];
            edges.into_iter().min_by(|one, other| misfit(*one).total_cmp(&misfit(*other)))?
        }
    };
    let prior = ((exponent - 1.0) / EXPONENT_SPREAD).powi(2);
    let curve = Curve { fixed_ms, cpu_ms, knee_mb, exponent };
    Some(Candidate { family, curve, misfit: misfit((fixed_ms, cpu_ms)) + prior })
}
