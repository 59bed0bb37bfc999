//! Confidence intervals of what a replay saw, by batch means or from further replays.
//!
//! Cold starts and slow calls come in clusters, so single calls are no independent draws. Long parts of a replay nearly are:
//! the spread of a share between them says how well it is known (batch means; A. M. Law, "Simulation Modeling and Analysis").
//! That takes one part for as good as another, which those of a day with a night are not. Replays of the same traffic with other
//! seeds are: where there are some ([`Recorder::compare_with`]), the spread between them is taken (independent replications).

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

    /// A share with this standard error, which has so many degrees of freedom.
    fn around(point: f64, error: f64, freedom: f64) -> Self {
        let quantile = StudentsT::new(0.0, 1.0, freedom).map_or(2.0, |student| student.inverse_cdf(0.5 + CONFIDENCE / 2.0));
        let width = error * quantile;
        Self { point, low: (point - width).max(0.0), high: (point + width).min(1.0) }
    }

    /// A share of one replay, whose standard error is the deviation between others like it: it is one of them, and no mean.
    ///
    /// Worked number: others of 8 %, 9 %, 10 %, 11 % and 12 % deviate by 1.58 %, and of so many Student's t is 2.776: ±4.4 %.
    fn of_one_like(point: f64, others: &[f64]) -> Self {
        let count = others.len() as f64;
        if count < 2.0 {
            return Self { point, low: 0.0, high: 1.0 };
        }
        let mean = others.iter().sum::<f64>() / count;
        let squares: f64 = others.iter().map(|other| (other - mean).powi(2)).sum();
        Self::around(point, (squares / (count - 1.0)).sqrt(), count - 1.0)
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
    /// The interval is that of the share of calls beyond the quantile, turned back into latencies, of which only the bucket is
    /// known.
    #[must_use]
    pub fn latency(&self, share: f64) -> Option<Interval> {
        let all = self.total().latencies();
        let point = all.quantile(share)?;
        let beyond = self.share(&|stretch| stretch.latencies().longer_than(point) as f64, &|stretch| {
            (stretch.arrived - stretch.throttled) as f64
        })?;
        let (less, more) = (beyond.point - beyond.low, beyond.high - beyond.point);
        let bounds = |share: f64| all.quantile_bounds(share.clamp(0.0, 1.0)).unwrap_or((point, point));
        Some(Interval { point, low: bounds(share - less).0.min(point), high: bounds(share + more).1.max(point) })
    }

    /// A share with its interval.
    fn share(&self, part: &dyn Fn(&Stretch) -> f64, whole: &dyn Fn(&Stretch) -> f64) -> Option<Interval> {
        if self.further().is_empty() {
            return self.share_by_batches(part, whole);
        }
        let share = |stretches: &[Stretch]| {
            let sum = |of: &dyn Fn(&Stretch) -> f64| stretches.iter().map(of).sum::<f64>();
            let whole = sum(whole);
            (0.0 < whole).then(|| sum(part) / whole)
        };
        let further: Vec<f64> = self.further().chunks(1).filter_map(share).collect();
        Some(Interval::of_one_like(share(self.stretches())?, &further))
    }

    /// A ratio of sums over the batches: its variance is that of the residuals n_i − r·d_i over (Σd)².
    ///
    /// Too few batches with calls say nothing about the spread: then the interval is from 0 to 1.
    fn share_by_batches(&self, part: &dyn Fn(&Stretch) -> f64, whole: &dyn Fn(&Stretch) -> f64) -> Option<Interval> {
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
        Some(Interval::around(point, error, batches - 1.0))
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

    /// A thousand calls, of which the first are cold: all in the first half of the time.
    fn day_and_night(cold: u32) -> Recorder {
        let mut recorder = Recorder::lasting(6000.0);
        for call in 0..1000_u32 {
            let served = if call < cold { Served::Cold } else { Served::Warm };
            recorder.answered(f64::from(call) * 3.0, 0.1, if call < cold { 0.9 } else { 0.1 }, served);
        }
        recorder
    }

    #[test]
    fn replays_of_other_seeds_give_the_interval_where_there_are_some() {
        let mut recorder = day_and_night(100);
        let by_batches = recorder.cold_share().unwrap();
        recorder.compare_with([80, 90, 100, 110, 120].map(|cold| day_and_night(cold).total()).to_vec());
        let seen = recorder.cold_share().unwrap();
        assert!((seen.high - 0.1 - 0.0439).abs() < 1e-4 && (0.1 - seen.low - 0.0439).abs() < 1e-4, "{seen:?}");
        assert!((seen.point - by_batches.point).abs() < 1e-12 && seen.high < by_batches.high, "{by_batches:?}");
        // Nine of ten calls take 0.1 s; how many take 0.9 s, and so where the quantile lies, differs.
        let p95 = recorder.latency(0.95).unwrap();
        assert!((p95.point - 0.9).abs() < 1e-9 && (recorder.latency(0.9).unwrap().high - 0.9).abs() < 1e-9, "{p95:?}");
        // The same again and again is known exactly, and one other is no spread.
        recorder.compare_with(vec![day_and_night(100).total(); 5]);
        assert_eq!(recorder.cold_share(), Some(Interval { point: 0.1, low: 0.1, high: 0.1 }));
        recorder.compare_with(vec![day_and_night(100).total()]);
        assert_eq!(recorder.cold_share(), Some(Interval { point: 0.1, low: 0.0, high: 1.0 }));
    }

    /// The p90 of an exponential distribution of mean 1 s is ln 10 = 2.303 s, and its bucket is 1.4 % wide.
    #[test]
    fn the_interval_of_a_latency_has_the_width_of_its_bucket() {
        let mut recorder = Recorder::lasting(1000.0);
        for call in 0..100_000_u32 {
            // Multiples of the golden ratio are evenly spread over any batch: the spread between batches is next to nothing.
            let share = ((f64::from(call) + 0.5) * 0.618_033_988_75).fract();
            let latency_s = -(1.0 - share).ln();
            recorder.answered(f64::from(call) / 100.0, latency_s, latency_s, Served::Warm);
        }
        let p90 = recorder.latency(0.9).unwrap();
        assert!(p90.holds(10.0_f64.ln()) && 0.013 < p90.high / p90.low - 1.0, "{p90:?}");
        assert!(p90.high / p90.low < 1.04, "{p90:?}");
    }

    #[test]
    fn nothing_answered_has_no_quantile() {
        assert_eq!(Recorder::new().latency(0.5), None);
        assert_eq!(Recorder::new().cold_share(), None);
    }
}
