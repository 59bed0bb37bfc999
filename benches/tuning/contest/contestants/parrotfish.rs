//! Parrotfish, by its published method (SoCC 2023) and the settings that it ships: an exponential curve, and the next size
//! where predicted cost times knowledge is least.

use super::super::replay::{Called, FailedHow};
use super::exponential::{Parameters, duration_ms, fit};
use super::{Meter, Run};

/// Its settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Settings {
    pub(super) name: &'static str,
    /// Calls of a size that warm up, and as many that count.
    calls: usize,
    /// Calls that may be added where these differ too much.
    most_added: usize,
    /// So much must be known of the size that is predicted to be cheapest.
    termination: f64,
}

impl Settings {
    /// As it is installed.
    pub(crate) const SHIPPED: Self = Self { name: "Parrotfish, default", calls: 4, most_added: 8, termination: 3.0 };
    /// As in its paper.
    pub(crate) const PAPER: Self = Self { name: "Parrotfish, paper", calls: 2, most_added: 5, termination: 2.0 };
}

/// No call is added below this coefficient of variation.
const STEADY: f64 = 0.05;
/// The search ends when more calls than this count.
const MOST_SAMPLES: usize = 20;
/// How far a visited size is known, in MB.
const KNOWN_WITHIN_MB: f64 = 200.0;
/// By how much the smallest size is raised when it is seen to be killed.
const RAISE_MB: u32 = 128;

/// Why there is no answer: its run ends with an error, or goes round in circles at the user's expense.
struct NoAnswer;

/// Chooses a size.
pub(super) fn run(meter: &mut Meter<'_>, settings: Settings) -> Run {
    let mut search = Search { meter, settings, least_mb: 0, samples: Vec::new(), visited: Vec::new() };
    let answer = search.run().ok();
    let was_measured = answer.is_some_and(|answer| search.visited.contains(&answer));
    meter.recommend(answer, was_measured)
}

/// What a visit of a size ends with, other than with samples.
enum Visit {
    Killed,
    Error,
}

struct Search<'m, 'f> {
    meter: &'m mut Meter<'f>,
    settings: Settings,
    least_mb: u32,
    samples: Vec<(f64, f64)>,
    visited: Vec<u32>,
}

impl Search<'_, '_> {
    fn run(&mut self) -> Result<u32, NoAnswer> {
        self.least_mb = self.meter.function.least_mb;
        self.visit_smallest()?;
        let most_mb = self.meter.function.most_mb;
        for size in first_sizes(self.least_mb, most_mb).into_iter().skip(1) {
            self.visit(size).map_err(|_| NoAnswer)?;
        }
        let start = (self.samples[0].1 / 10.0).floor();
        let mut curve = self.fit([start; 3])?;
        loop {
            let cheapest = self.cheapest(curve, |_| 1.0, |_| true).ok_or(NoAnswer)?;
            if MOST_SAMPLES < self.samples.len() || self.settings.termination < knowledge(&self.visited, cheapest) {
                return Ok(cheapest);
            }
            let visited = self.visited.clone();
            let known = |size| knowledge(&visited, size);
            let next = self.cheapest(curve, known, |size| !visited.contains(&size)).ok_or(NoAnswer)?;
            self.visit(next).map_err(|_| NoAnswer)?;
            curve = self.fit(curve)?;
        }
    }

    /// A kill that it notices at the smallest size raises the smallest size; elsewhere it ends the run or repeats it.
    fn visit_smallest(&mut self) -> Result<(), NoAnswer> {
        loop {
            match self.visit(self.least_mb) {
                Ok(()) => return Ok(()),
                Err(Visit::Killed) if self.least_mb + RAISE_MB + 3 <= self.meter.function.most_mb => self.least_mb += RAISE_MB,
                Err(_) => return Err(NoAnswer),
            }
        }
    }

    /// Sets the size, warms it up, measures it, and adds calls while these differ.
    fn visit(&mut self, memory_mb: u32) -> Result<(), Visit> {
        self.meter.configure();
        for is_first in [true, false] {
            let batch: Vec<Called> = (0..self.settings.calls).map(|_| self.meter.call(memory_mb, is_first)).collect();
            let times = batch.iter().map(|called| called.duration_ms + called.init_ms.unwrap_or(0.0));
            self.meter.wait(times.fold(0.0, f64::max));
            batch.iter().try_for_each(|called| noticed(memory_mb, *called))?;
            if !is_first {
                let kept = batch.iter().map(Called::billed_ms).collect();
                let kept = self.add_calls(memory_mb, kept)?;
                self.samples.extend(kept.into_iter().map(|billed_ms| (f64::from(memory_mb), billed_ms)));
            }
        }
        self.visited.push(memory_mb);
        Ok(())
    }

    fn add_calls(&mut self, memory_mb: u32, mut kept: Vec<f64>) -> Result<Vec<f64>, Visit> {
        let mut added = 0;
        while added < self.settings.most_added && STEADY < variation(&kept) {
            let called = self.meter.call(memory_mb, false);
            self.meter.wait(called.duration_ms);
            noticed(memory_mb, called)?;
            kept = steadier(&kept, called.billed_ms());
            added += 1;
        }
        Ok(kept)
    }

    fn fit(&self, start: Parameters) -> Result<Parameters, NoAnswer> {
        fit(&self.samples, start).ok_or(NoAnswer)
    }

    /// The size with the least duration times size times weight, the smallest of equals.
    fn cheapest(&self, curve: Parameters, weight: impl Fn(u32) -> f64, allowed: impl Fn(u32) -> bool) -> Option<u32> {
        let value = |size: u32| duration_ms(curve, f64::from(size)) * f64::from(size) * weight(size);
        let sizes = (self.least_mb..=self.meter.function.most_mb).filter(|size| allowed(*size));
        let least = sizes.map(|size| (size, value(size))).reduce(|least, next| if next.1 < least.1 { next } else { least });
        least.map(|(size, _)| size)
    }
}

/// The smallest size, the one after a third of all, and the largest.
pub(crate) fn first_sizes(least_mb: u32, most_mb: u32) -> [u32; 3] {
    let count = most_mb - least_mb + 1;
    [least_mb, least_mb + count.div_ceil(3), most_mb]
}

/// How much is known of a size: 1, and up to 1 more for each visited size.
pub(crate) fn knowledge(visited: &[u32], memory_mb: u32) -> f64 {
    let near = |size: &u32| (-(f64::from(memory_mb) - f64::from(*size)).powi(2) / (2.0 * KNOWN_WITHIN_MB.powi(2))).exp();
    1.0 + visited.iter().map(near).sum::<f64>()
}

/// The kept calls with the new one in the place where it makes them steadiest, or without it.
pub(crate) fn steadier(kept: &[f64], new: f64) -> Vec<f64> {
    let mut best = kept.to_vec();
    for place in 0..kept.len() {
        let mut tried = kept.to_vec();
        tried[place] = new;
        if variation(&tried) < variation(&best) {
            best = tried;
        }
    }
    best
}

/// Sample standard deviation over mean.
fn variation(values: &[f64]) -> f64 {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (squares / (count - 1.0)).sqrt() / mean
}

/// What it makes of a failure: a kill is only seen when more memory was used than there is, an error when the language
/// prints one. All else is a short call.
fn noticed(memory_mb: u32, called: Called) -> Result<(), Visit> {
    match called.failure {
        Some(FailedHow::Killed) if memory_mb < called.used_mb => Err(Visit::Killed),
        Some(FailedHow::MemoryError) => Err(Visit::Error),
        _ => Ok(()),
    }
}
