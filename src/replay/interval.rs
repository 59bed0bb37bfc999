//! Confidence intervals of what a replay saw, by batch means.
//!
//! Cold starts and slow calls come in clusters, so single calls are no independent draws. Long parts of a replay nearly are:
//! the spread of a share between them says how well it is known (batch means; A. M. Law, "Simulation Modeling and Analysis").

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::recorder::{Recorder, Stretch};

/// A number with the interval that holds the true one in 95 of 100 replays.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// As seen.
    pub point: f64,
    /// From here …
    pub low: f64,
    /// … to here.
    pub high: f64,
}

/// The probability that an interval holds the true number.
const CONFIDENCE: f64 = 0.95;
/// More batches would make each so short that neighbors depend on each other, and tell hardly more (B. Schmeiser, "Batch size
/// effects in the analysis of simulation output", 1982, finds 10 to 30 best).
const MOST_BATCHES: usize = 30;
/// With fewer batches the spread between them is hardly known.
const LEAST_BATCHES: usize = 5;

impl Interval {
    /// Whether a number lies in it.
    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

impl Recorder {
    /// The share of the answered calls that started an environment.
    #[must_use]
    pub fn cold_share(&self) -> Option<Interval> {
        self.share(&|stretch| stretch.cold as f64, &|stretch| (stretch.arrived - stretch.throttled) as f64)
    }

    /// The share of the calls that were refused or gave up.
    #[must_use]
    pub fn throttled_share(&self) -> Option<Interval> {
        self.share(&|stretch| stretch.throttled as f64, &|stretch| stretch.arrived as f64)
    }

    /// The share of the calls that found every provisioned unit, or every slot of the base, taken.
    #[must_use]
    pub fn spilled_share(&self) -> Option<Interval> {
        self.share(&|stretch| stretch.spilled as f64, &|stretch| stretch.arrived as f64)
    }

    /// The latency that the share `share` of the answered calls does not exceed.
    ///
    /// The interval is that of the share of calls beyond the quantile, turned back into latencies.
    #[must_use]
    pub fn latency(&self, share: f64) -> Option<Interval> {
        let all = self.total().latencies();
        let point = all.quantile(share)?;
        let beyond = self.share(&|stretch| stretch.latencies().longer_than(point) as f64, &|stretch| {
            (stretch.arrived - stretch.throttled) as f64
        })?;
        let (less, more) = (beyond.point - beyond.low, beyond.high - beyond.point);
        let quantile = |share: f64| all.quantile(share.clamp(0.0, 1.0)).unwrap_or(point);
        Some(Interval { point, low: quantile(share - less).min(point), high: quantile(share + more).max(point) })
    }

    /// A ratio of sums over the batches: its variance is that of the residuals n_i − r·d_i over (Σd)².
    ///
    /// Too few batches with calls say nothing about the spread: then the interval is from 0 to 1.
    fn share(&self, part: &dyn Fn(&Stretch) -> f64, whole: &dyn Fn(&Stretch) -> f64) -> Option<Interval> {
        let batch = |stretches: &[Stretch]| (stretches.iter().map(part).sum(), stretches.iter().map(whole).sum());
        let together = self.stretches().len().div_ceil(MOST_BATCHES).max(1);
        let pairs: Vec<(f64, f64)> = self.stretches().chunks(together).map(batch).collect();
        let sum: f64 = pairs.iter().map(|(_, whole)| whole).sum();
        if sum <= 0.0 {
            return None;
        }
        let point = pairs.iter().map(|(part, _)| part).sum::<f64>() / sum;
        let batches = pairs.iter().filter(|(_, whole)| 0.0 < *whole).count();
        if batches < LEAST_BATCHES {
            return Some(Interval { point, low: 0.0, high: 1.0 });
        }
        let squares: f64 = pairs.iter().map(|(part, whole)| (part - point * whole).powi(2)).sum();
        let batches = batches as f64;
        let error = (squares * batches / (batches - 1.0)).sqrt() / sum;
        let width =
            error * StudentsT::new(0.0, 1.0, batches - 1.0).map_or(2.0, |student| student.inverse_cdf(0.5 + CONFIDENCE / 2.0));
        Some(Interval { point, low: (point - width).max(0.0), high: (point + width).min(1.0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::Served;

    #[test]
    fn clusters_widen_the_interval() {
        let recorded = |cold: &dyn Fn(u32) -> bool| {
            let mut recorder = Recorder::lasting(6000.0);
            for call in 0..6000_u32 {
                let served = if cold(call) { Served::Cold } else { Served::Warm };
                recorder.answered(f64::from(call), 0.1, 0.1, served);
            }
            recorder.cold_share().unwrap()
        };
        let spread = recorded(&|call| call % 10 == 0);
        let clustered = recorded(&|call| call % 1000 < 100);
        assert!((spread.point - 0.1).abs() < 1e-12 && (clustered.point - 0.1).abs() < 1e-12);
        assert!(spread.high - spread.low < 0.01);
        assert!(0.05 < clustered.high - clustered.low, "{clustered:?}");
    }

    #[test]
    fn nothing_answered_has_no_quantile() {
        assert_eq!(Recorder::new().latency(0.5), None);
        assert_eq!(Recorder::new().cold_share(), None);
    }
}
