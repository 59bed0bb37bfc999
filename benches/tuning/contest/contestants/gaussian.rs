//! A Gaussian process over ln MB with expected improvement, as COSE (INFOCOM 2020) and others use it: no curve is assumed.

use statrs::distribution::{Continuous as _, ContinuousCDF as _, Normal};

use super::{Meter, Run};

const CANDIDATES: u32 = 60;
/// Calls of a size after the one that warms up.
const CALLS: usize = 4;
const MOST_SIZES: usize = 8;
/// The search ends below this expected improvement of ln cost.
const LEAST_IMPROVEMENT: f64 = 0.01;
/// How far sizes are alike, in ln MB.
const LENGTH: f64 = 0.8;
/// Standard deviation of the noise of ln cost.
const NOISE: f64 = 0.03;

/// Chooses a size.
pub(super) fn run(meter: &mut Meter<'_>) -> Run {
    let (low, high) = (f64::from(meter.function.least_mb).ln(), f64::from(meter.function.most_mb).ln());
    let spaced = |step: u32| (low + (high - low) * f64::from(step) / f64::from(CANDIDATES - 1)).exp().round() as u32;
    let mut candidates: Vec<u32> = (0..CANDIDATES).map(spaced).collect();
    candidates.dedup();
    let mut measured: Vec<(u32, Option<f64>)> = Vec::new();
    let mut wanted = vec![candidates[0], candidates[candidates.len() / 2], candidates[candidates.len() - 1]];
    while let Some(size) = (!wanted.is_empty()).then(|| wanted.remove(0)) {
        measured.push((size, measure(meter, size)));
        let working: Vec<(f64, f64)> =
            measured.iter().filter_map(|(size, cost)| Some((f64::from(*size).ln(), (*cost)?))).collect();
        if wanted.is_empty() && measured.len() < MOST_SIZES && !working.is_empty() {
            // Sizes at or below one that failed would fail too.
            let failing = measured.iter().filter(|(_, cost)| cost.is_none()).map(|(size, _)| *size).max().unwrap_or(0);
            let open = candidates.iter().filter(|size| failing < **size && measured.iter().all(|(tried, _)| tried != *size));
            let process = Process::new(&working);
            let best = open
                .map(|size| (*size, process.improvement(f64::from(*size).ln())))
                .max_by(|one, other| one.1.total_cmp(&other.1));
            wanted.extend(best.filter(|(_, improvement)| LEAST_IMPROVEMENT <= *improvement).map(|(size, _)| size));
        }
    }
    let working = measured.into_iter().filter_map(|(size, cost)| Some((size, cost?)));
    let cheapest = working.min_by(|one, other| one.1.total_cmp(&other.1)).map(|(size, _)| size);
    meter.recommend(cheapest, true)
}

/// ln of the median duration times size; none when a call fails.
fn measure(meter: &mut Meter<'_>, memory_mb: u32) -> Option<f64> {
    meter.configure();
    let mut durations_ms = Vec::new();
    for index in 0..=CALLS {
        let called = meter.call(memory_mb, index == 0);
        meter.wait(called.duration_ms + called.init_ms.unwrap_or(0.0));
        if called.failure.is_some() {
            return None;
        }
        if 0 < index {
            durations_ms.push(called.billed_ms());
        }
    }
    durations_ms.sort_by(f64::total_cmp);
    let median_ms = (durations_ms[CALLS / 2 - 1] + durations_ms[CALLS / 2]) / 2.0;
    Some((median_ms * f64::from(memory_mb)).ln())
}

/// A process with constant mean through the measured sizes.
struct Process {
    places: Vec<f64>,
    mean: f64,
    variance: f64,
    /// Lower triangle L of the covariance L·Lᵀ of the measurements.
    lower: Vec<Vec<f64>>,
    /// L⁻¹ (values − mean).
    whitened: Vec<f64>,
    best: f64,
}

impl Process {
    fn new(measured: &[(f64, f64)]) -> Self {
        let count = measured.len() as f64;
        let mean = measured.iter().map(|(_, value)| value).sum::<f64>() / count;
        let squares: f64 = measured.iter().map(|(_, value)| (value - mean).powi(2)).sum();
        let variance = (squares / count).max(0.05_f64.powi(2));
        let places: Vec<f64> = measured.iter().map(|(place, _)| *place).collect();
        let mut lower = vec![vec![0.0; places.len()]; places.len()];
        for row in 0..places.len() {
            for column in 0..=row {
                let noise = if row == column { NOISE.powi(2) } else { 0.0 };
                let known: f64 = (0..column).map(|index| lower[row][index] * lower[column][index]).sum();
                let rest = variance * alike(places[row] - places[column]) + noise - known;
                lower[row][column] = if row == column { rest.sqrt() } else { rest / lower[column][column] };
            }
        }
        let values: Vec<f64> = measured.iter().map(|(_, value)| value - mean).collect();
        let whitened = solved(&lower, &values);
        let best = measured.iter().map(|(_, value)| *value).fold(f64::INFINITY, f64::min);
        Self { places, mean, variance, lower, whitened, best }
    }

    /// By how much a measurement there is expected to be below the best so far.
    fn improvement(&self, place: f64) -> f64 {
        let alike: Vec<f64> = self.places.iter().map(|other| self.variance * alike(place - other)).collect();
        let weights = solved(&self.lower, &alike);
        let predicted = self.mean + weights.iter().zip(&self.whitened).map(|(weight, value)| weight * value).sum::<f64>();
        let left = self.variance - weights.iter().map(|weight| weight * weight).sum::<f64>();
        let deviation = left.max(1e-12).sqrt();
        let (normal, gain) = (Normal::standard(), self.best - predicted);
        gain * normal.cdf(gain / deviation) + deviation * normal.pdf(gain / deviation)
    }
}

/// Matérn 5/2.
fn alike(distance: f64) -> f64 {
    let scaled = 5.0_f64.sqrt() * distance.abs() / LENGTH;
    (1.0 + scaled + scaled * scaled / 3.0) * (-scaled).exp()
}

/// L⁻¹ values.
fn solved(lower: &[Vec<f64>], values: &[f64]) -> Vec<f64> {
    let mut solved: Vec<f64> = Vec::with_capacity(values.len());
    for (row, value) in lower.iter().zip(values) {
        let known: f64 = row.iter().zip(&solved).map(|(entry, solved)| entry * solved).sum();
        solved.push((value - known) / row[solved.len()]);
    }
    solved
}
