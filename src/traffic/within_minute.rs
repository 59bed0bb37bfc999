//! Moments inside a minute, where only the count of the minute is known.

use super::Bursts;
use super::course::{Course, Walk};
use super::{BurstTiming, TrafficError};
use crate::stats::Random;

/// How the calls of a minute are spread over it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WithinMinute {
    /// At equal distances: the fewest at once.
    Uniform,
    /// Each at an independent moment: a Poisson process of which the count is known.
    Poisson,
    /// All at the full minute: the most at once.
    FrontLoaded,
    /// Independent, but more likely while the rate is high: only the ratio of the two rates matters.
    Mmpp(Bursts),
}

impl WithinMinute {
    /// Bursts of two seconds on average, ten times as dense as the twenty seconds between them.
    pub const SHORT_BURSTS: Self =
        Self::Mmpp(Bursts { quiet_per_s: 1.0, busy_per_s: 10.0, mean_quiet_s: 20.0, mean_busy_s: 2.0 });

    /// Each by its name in settings.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("uniform", Self::Uniform),
        ("poisson", Self::Poisson),
        ("front_loaded", Self::FrontLoaded),
        ("mmpp", Self::SHORT_BURSTS),
    ];
}

const MINUTE_S: f64 = 60.0;

/// The moments, in seconds from the start of the first minute, ascending, of so many calls in each minute.
///
/// ```
/// # use millicent::traffic::{WithinMinute, spread};
/// let moments_s: Vec<f64> = spread([2, 0, 3], WithinMinute::Uniform, 7)?.collect();
/// assert_eq!(moments_s, [15.0, 45.0, 130.0, 150.0, 170.0]);
/// # Ok::<(), millicent::traffic::TrafficError>(())
/// ```
///
/// # Errors
/// When the bursts of [`WithinMinute::Mmpp`] are none.
pub fn spread(
    counts: impl IntoIterator<Item = u32>,
    how: WithinMinute,
    seed: u64,
) -> Result<impl Iterator<Item = f64>, TrafficError> {
    let bursts = match how {
        WithinMinute::Mmpp(bursts) => Some(Modulation::new(bursts.check()?, seed)),
        _ => None,
    };
    let spreading = Spreading {
        counts: counts.into_iter(),
        how,
        random: Random::from_seed(seed),
        bursts,
        minute: 0.0,
        minutes: 0.0,
        count: 0,
        done: 0,
        place: 0.0,
    };
    Ok(spreading)
}

/// The minutes while they are spread.
struct Spreading<I> {
    counts: I,
    how: WithinMinute,
    random: Random,
    bursts: Option<Modulation>,
    /// The start of the minute at hand in seconds, and how many minutes were taken.
    minute: f64,
    minutes: f64,
    count: u32,
    done: u32,
    /// How far into the minute the last random moment was: as a share of its time, or of its expected calls.
    place: f64,
}

impl<I: Iterator<Item = u32>> Iterator for Spreading<I> {
    type Item = f64;

    fn next(&mut self) -> Option<f64> {
        while self.done == self.count {
            self.count = self.counts.next()?;
            (self.done, self.place, self.minute) = (0, 0.0, MINUTE_S * self.minutes);
            self.minutes += 1.0;
            if let Some(bursts) = &mut self.bursts {
                bursts.enter_minute(self.minute);
            }
        }
        let left = self.count - self.done;
        self.done += 1;
        let share = match self.how {
            WithinMinute::Uniform => (f64::from(self.done) - 0.5) / f64::from(self.count),
            WithinMinute::FrontLoaded => 0.0,
            WithinMinute::Poisson | WithinMinute::Mmpp(_) => {
                // The smallest of n uniform numbers between x and 1 is 1 − (1 − x)·U^(1/n).
                self.place = 1.0 - (1.0 - self.place) * self.random.uniform_root(f64::from(left));
                self.bursts.as_mut().map_or(self.place, |bursts| bursts.time_of(self.place))
            }
        };
        Some(self.minute + MINUTE_S * share)
    }
}

/// The course of the rate within one minute.
struct Modulation {
    course: Course,
    walk: Walk,
    random: Random,
    /// Ends of the steps of the minute, as shares of its time and of its expected calls.
    steps: Vec<(f64, f64)>,
    place: usize,
}

impl Modulation {
    fn new(bursts: Bursts, seed: u64) -> Self {
        // Not the stream that the moments are drawn from.
        let mut random = Random::from_seed(seed ^ 0x5DEE_CE66);
        let course = Course::of_bursts(bursts, BurstTiming::Random);
        let walk = Walk::start(&course, &mut random);
        Self { course, walk, random, steps: Vec::new(), place: 0 }
    }

    /// Follows the rate through the minute that starts here.
    fn enter_minute(&mut self, start_s: f64) {
        self.steps.clear();
        self.place = 0;
        let (mut now_s, end_s, mut calls) = (start_s, start_s + MINUTE_S, 0.0);
        while now_s < end_s {
            if self.walk.until_s <= now_s {
                self.walk.advance(&self.course, &mut self.random);
                continue;
            }
            let until_s = self.walk.until_s.min(end_s);
            calls += (until_s - now_s) * self.walk.factor;
            self.steps.push(((until_s - start_s) / MINUTE_S, calls));
            now_s = until_s;
        }
        // A minute that is silent throughout has calls all the same: the count says so.
        if 0.0 < calls {
            self.steps.iter_mut().for_each(|(_, expected)| *expected /= calls);
        } else {
            self.steps = vec![(1.0, 1.0)];
        }
    }

    /// When this share of the expected calls has come; shares ascend within a minute.
    fn time_of(&mut self, share: f64) -> f64 {
        while self.place + 1 < self.steps.len() && self.steps[self.place].1 < share {
            self.place += 1;
        }
        let (end, expected) = self.steps[self.place];
        let (start, before) = self.place.checked_sub(1).map_or((0.0, 0.0), |previous| self.steps[previous]);
        let part = if before < expected { ((share - before) / (expected - before)).clamp(0.0, 1.0) } else { 1.0 };
        start + (end - start) * part
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::traffic::minute_counts;

    proptest! {
        #[test]
        fn every_minute_keeps_its_count_and_moments_ascend(
            counts in prop::collection::vec(0..40_u32, 1..30),
            seed in any::<u64>(),
        ) {
            for (name, how) in WithinMinute::NAMES {
                let moments_s: Vec<f64> = spread(counts.clone(), how, seed).unwrap().collect();
                prop_assert!(moments_s.windows(2).all(|pair| pair[0] <= pair[1]), "{name}");
                let back: Vec<u32> = minute_counts(moments_s.into_iter(), counts.len() as u32).collect();
                prop_assert_eq!(&back, &counts, "{}", name);
            }
        }
    }

    /// Variance over mean of the calls in a second.
    fn burstiness(how: WithinMinute) -> f64 {
        let mut counts = vec![0.0; 60 * 2000];
        spread([120; 2000], how, 5).unwrap().for_each(|at_s| counts[at_s as usize] += 1.0);
        let mean = counts.iter().sum::<f64>() / counts.len() as f64;
        counts.iter().map(|count| (count - mean) * (count - mean)).sum::<f64>() / counts.len() as f64 / mean
    }

    #[test]
    fn the_ways_differ_in_how_many_come_at_once() {
        let [uniform, poisson, front_loaded, mmpp] = WithinMinute::NAMES.map(|(_, how)| burstiness(how));
        // Of a known count the calls of a second are binomial: 1 − 1/60.
        assert!((poisson - 59.0 / 60.0).abs() < 0.02, "{poisson}");
        assert!(uniform < 1e-9 && (front_loaded - 118.0).abs() < 1e-6, "{uniform} {front_loaded}");
        assert!(2.0 * poisson < mmpp && mmpp < front_loaded, "{mmpp}");
    }

    #[test]
    fn a_silent_minute_with_calls_spreads_them() {
        let silent = Bursts { quiet_per_s: 0.0, busy_per_s: 1.0, mean_quiet_s: 1e9, mean_busy_s: 1e-3 };
        let moments_s: Vec<f64> = spread([5, 5], WithinMinute::Mmpp(silent), 1).unwrap().collect();
        assert_eq!(minute_counts(moments_s.into_iter(), 2).collect::<Vec<_>>(), [5, 5]);
        assert!(spread([1], WithinMinute::Mmpp(Bursts { mean_busy_s: 0.0, ..silent }), 1).is_err());
    }
}
