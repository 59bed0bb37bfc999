//! The arrivals themselves, one after another.

use super::course::{Course, Part, Walk};
use super::{Pattern, Spike};
use crate::stats::{Gamma, Random};

/// Seconds at which requests arrive, ascending; none where the mean rate is zero.
///
/// [`super::Pattern::arrivals`] makes it.
#[derive(Debug, Clone)]
pub struct Arrivals {
    random: Random,
    mean_per_s: f64,
    horizon_s: f64,
    amounts: Amounts,
    course: Course,
    walk: Walk,
    spike: Vec<Part>,
    spike_place: usize,
    /// The step at hand: its start, what was expected of it so far, its end, its rate, and the reciprocal of that. Arrivals are
    /// told from its start, because sums of intervals drift: a million times 0.1 s are a microsecond too many.
    since_s: f64,
    passed: f64,
    until_s: f64,
    per_s: f64,
    seconds_each: f64,
    started: bool,
}

/// How the amounts of expected requests between arrivals are drawn; their mean is one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Amounts {
    Equal,
    Exponential,
    Gamma(Gamma),
}

impl Amounts {
    #[inline]
    fn draw(self, random: &mut Random) -> f64 {
        match self {
            Self::Exponential => random.exponential(),
            Self::Equal => 1.0,
            Self::Gamma(gamma) => gamma.draw(random),
        }
    }

    /// What is left of the amount that is under way when somebody begins to look. A clock ticks at a whole microsecond, so that
    /// what takes a whole number of its intervals ends as it ticks.
    fn draw_residual(self, random: &mut Random, mean_per_s: f64) -> f64 {
        match self {
            Self::Exponential => random.exponential(),
            Self::Equal => (random.uniform() / mean_per_s * 1e6).floor() / 1e6 * mean_per_s,
            Self::Gamma(gamma) => gamma.draw_residual(random),
        }
    }
}

impl Arrivals {
    pub(super) fn new(pattern: &Pattern, mut random: Random) -> Self {
        let walk = Walk::start(&pattern.course, &mut random);
        let mut arrivals = Self {
            random,
            mean_per_s: pattern.mean_per_s,
            horizon_s: f64::INFINITY,
            amounts: pattern.amounts,
            course: pattern.course.clone(),
            walk,
            spike: pattern.spike.map_or_else(Vec::new, Spike::parts),
            spike_place: 0,
            since_s: 0.0,
            passed: 0.0,
            until_s: 0.0,
            per_s: 0.0,
            seconds_each: 0.0,
            started: false,
        };
        arrivals.take_step();
        arrivals
    }

    /// Only those before `horizon_s`.
    ///
    /// Where hardly anything arrives, the next arrival may be years away, and a pattern that changes by the minute is followed
    /// minute by minute until then: with a horizon it is followed no further than that.
    ///
    /// ```
    /// # use millicent::traffic::Pattern;
    /// assert_eq!(Pattern::daily(1e-15, 2.0, 14.0)?.arrivals(7).until(86_400.0).next(), None);
    /// # Ok::<(), millicent::traffic::TrafficError>(())
    /// ```
    #[must_use]
    pub fn until(mut self, horizon_s: f64) -> Self {
        self.horizon_s = self.horizon_s.min(horizon_s);
        self.until_s = self.until_s.min(horizon_s);
        self
    }

    /// The step that the course and the spike have together.
    fn take_step(&mut self) {
        let spike = self.spike.get(self.spike_place).copied().unwrap_or(Part { end_s: f64::INFINITY, factor: 1.0 });
        self.until_s = self.walk.until_s.min(spike.end_s).min(self.horizon_s);
        self.per_s = self.mean_per_s * self.walk.factor * spike.factor;
        self.seconds_each = 1.0 / self.per_s;
    }

    /// Goes on to the next step.
    #[cold]
    fn advance(&mut self) {
        (self.since_s, self.passed) = (self.until_s, 0.0);
        if self.walk.until_s <= self.since_s {
            self.walk.advance(&self.course, &mut self.random);
        }
        if self.spike.get(self.spike_place).is_some_and(|part| part.end_s <= self.since_s) {
            self.spike_place += 1;
        }
        self.take_step();
    }
}

impl Iterator for Arrivals {
    type Item = f64;

    #[inline]
    fn next(&mut self) -> Option<f64> {
        if self.mean_per_s <= 0.0 || self.horizon_s <= self.since_s {
            return None;
        }
        let mut amount = if self.started {
            self.amounts.draw(&mut self.random)
        } else {
            self.amounts.draw_residual(&mut self.random, self.mean_per_s)
        };
        self.started = true;
        loop {
            let passed = self.passed + amount;
            let at_s = self.since_s + passed * self.seconds_each;
            if at_s < self.until_s {
                self.passed = passed;
                return Some(at_s);
            }
            // Where the rate is zero, nothing of the amount is used up.
            amount = (passed - (self.until_s - self.since_s) * self.per_s).max(0.0);
            self.advance();
            if self.horizon_s <= self.since_s {
                return None;
            }
        }
    }
}

/// How many of some ascending moments, in seconds from zero, fall into each of the first `minutes` minutes.
///
/// ```
/// # use millicent::traffic::minute_counts;
/// let counts: Vec<u32> = minute_counts([1.0, 59.0, 60.0, 200.0].into_iter(), 4).collect();
/// assert_eq!(counts, [2, 1, 0, 1]);
/// ```
pub fn minute_counts(moments_s: impl Iterator<Item = f64>, minutes: u32) -> impl Iterator<Item = u32> {
    let mut moments_s = moments_s.peekable();
    (1..=minutes).map(move |minute| {
        let end_s = 60.0 * f64::from(minute);
        let mut count = 0;
        while moments_s.next_if(|at_s| *at_s < end_s).is_some() {
            count += 1;
        }
        count
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::{BurstTiming, Bursts};

    /// Mean and variance of how many arrive in each window, over `windows` of them.
    fn counts(pattern: &Pattern, seed: u64, window_s: f64, windows: usize) -> (f64, f64) {
        let mut counts = vec![0.0; windows];
        let horizon_s = window_s * windows as f64;
        pattern.arrivals(seed).until(horizon_s).for_each(|at_s| counts[(at_s / window_s) as usize] += 1.0);
        let mean = counts.iter().sum::<f64>() / windows as f64;
        (mean, counts.iter().map(|count| (count - mean) * (count - mean)).sum::<f64>() / (windows - 1) as f64)
    }

    #[test]
    fn intervals_of_a_poisson_process_are_exponential() {
        let times: Vec<f64> = Pattern::poisson(4.0).unwrap().arrivals(3).take(100_000).collect();
        let mut intervals: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        intervals.sort_by(f64::total_cmp);
        let count = intervals.len() as f64;
        let distances =
            intervals.iter().enumerate().map(|(index, interval)| (-(-4.0 * interval).exp_m1() - index as f64 / count).abs());
        // Kolmogorov–Smirnov: above 1.63 once in 100 seeds.
        assert!(distances.fold(0.0, f64::max) * count.sqrt() < 1.63);
    }

    #[test]
    fn arrivals_are_those_of_the_seed_and_ascend() {
        let patterns = [
            Pattern::poisson(2.0).unwrap(),
            Pattern::clock(2.0).unwrap(),
            Pattern::daily(2.0, 5.0, 14.0).unwrap(),
            Pattern::poisson(2.0).unwrap().with_variation(3.0).unwrap(),
            Pattern::bursts(Bursts::of_size(2.0, 200.0, 10.0, 100.0).unwrap(), BurstTiming::Random).unwrap(),
        ];
        for pattern in patterns {
            let times = |seed| pattern.arrivals(seed).take(2000).collect::<Vec<f64>>();
            assert_eq!(
                times(1).iter().map(|at_s| at_s.to_bits()).collect::<Vec<_>>(),
                times(1).iter().map(|at_s| at_s.to_bits()).collect::<Vec<_>>()
            );
            assert!(
                times(1) != times(2) && times(1).windows(2).all(|pair| pair[0] <= pair[1]) && 0.0 <= times(1)[0],
                "{pattern:?}"
            );
        }
    }

    #[test]
    fn the_expected_count_is_the_integral_of_the_rate_from_the_first_moment_on() {
        let spike = Spike { factor: 6.0, start_s: 1800.0, ramp_s: 600.0, hold_s: 300.0, decay_s: 900.0 };
        let bursts = Bursts::of_factor(0.02, 20.0, 60.0, 700.0).unwrap();
        let patterns = [
            Pattern::poisson(0.02).unwrap(),
            Pattern::clock(0.013).unwrap(),
            Pattern::poisson(0.02).unwrap().with_variation(4.0).unwrap(),
            Pattern::poisson(0.02).unwrap().with_variation(0.3).unwrap(),
            Pattern::daily(0.02, 5.0, 1.0).unwrap(),
            Pattern::bursts(bursts, BurstTiming::Regular).unwrap(),
            Pattern::bursts(bursts, BurstTiming::RandomStart).unwrap(),
            Pattern::bursts(bursts, BurstTiming::Random).unwrap(),
            Pattern::daily(0.02, 5.0, 1.0).unwrap().with_spike(spike).unwrap(),
        ];
        for pattern in patterns {
            // Ten stretches of 400 seconds, each over many seeds: also the first, where a process begins.
            let mut seen = [0.0; 10];
            for seed in 0..1000 {
                for at_s in pattern.arrivals(seed).until(4000.0) {
                    seen[(at_s / 400.0) as usize] += 1.0 / 1000.0;
                }
            }
            for (place, seen) in seen.iter().enumerate() {
                let expected: f64 =
                    (0..4000).map(|step| pattern.rate_at(400.0 * place as f64 + (f64::from(step) + 0.5) / 10.0) / 10.0).sum();
                // Four deviations of a mean over 1,000 seeds, where counts vary up to sixteen times as much as Poisson's.
                let tolerance = 4.0 * (16.0 * expected / 1000.0).sqrt();
                assert!((seen - expected).abs() < tolerance, "{place}: {seen} where {expected} are expected of {pattern:?}");
            }
        }
    }

    #[test]
    fn counts_vary_as_the_theory_of_the_pattern_says() {
        let (mean, variance) = counts(&Pattern::poisson(1.0).unwrap(), 1, 60.0, 10_000);
        assert!((mean - 60.0).abs() < 0.3 && (variance / mean - 1.0).abs() < 0.04, "{mean} {variance}");
        let bursts = Bursts { quiet_per_s: 1.0, busy_per_s: 6.0, mean_quiet_s: 40.0, mean_busy_s: 10.0 };
        for (window_s, windows) in [(1.0, 400_000), (10.0, 40_000), (200.0, 2000)] {
            let (mean, variance) = counts(&Pattern::bursts(bursts, BurstTiming::Random).unwrap(), 2, window_s, windows);
            let expected = bursts.variance_to_mean_of_counts(window_s);
            assert!((mean / (window_s * 2.0) - 1.0).abs() < 0.03, "{window_s}: {mean}");
            assert!((variance / mean / expected - 1.0).abs() < 0.1, "{window_s}: {} {expected}", variance / mean);
        }
        // Counts of renewals vary, over long spans, as the square of the variation of the intervals.
        let (mean, variance) = counts(&Pattern::poisson(1.0).unwrap().with_variation(2.0).unwrap(), 3, 200.0, 5000);
        assert!((variance / mean / 4.0 - 1.0).abs() < 0.08, "{}", variance / mean);
        let (mean, variance) = counts(&Pattern::clock(10.0).unwrap(), 4, 1.0, 5000);
        assert!((mean - 10.0).abs() < 0.01 && variance < 0.1, "{mean} {variance}");
    }

    #[test]
    fn a_clock_ticks_at_whole_microseconds_and_never_drifts() {
        for per_s in [10.0, 128.0, 1.0 / 7.0] {
            let mut ticks_us = Pattern::clock(per_s).unwrap().arrivals(5).map(|at_s| at_s * 1e6);
            let first_us = ticks_us.next().unwrap();
            assert!((first_us - first_us.round()).abs() < 1e-6, "{first_us}");
            let late_us = ticks_us.nth(2_999_999).unwrap() - first_us - 3e12 / per_s;
            assert!(late_us.abs() < 0.01, "{per_s}: {late_us}");
        }
    }

    #[test]
    fn a_spike_adds_what_it_says() {
        let spike = Spike { factor: 11.0, start_s: 1000.0, ramp_s: 600.0, hold_s: 300.0, decay_s: 1200.0 };
        let pattern = Pattern::poisson(50.0).unwrap().with_spike(spike).unwrap();
        let count = pattern.arrivals(1).until(5000.0).count() as f64;
        let expected = 50.0 * (5000.0 + spike.extra_s());
        assert!((count - expected).abs() < 4.0 * expected.sqrt(), "{count} {expected}");
        assert!((pattern.mean_per_s() - 50.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_arrives_from_the_horizon_on() {
        for horizon_s in [0.0, 1.0, 61.5, 500.0] {
            let times: Vec<f64> = Pattern::daily(3.0, 2.0, 0.0).unwrap().arrivals(1).until(horizon_s).collect();
            assert!(times.iter().all(|at_s| *at_s < horizon_s) && (times.len() as f64) < 5.0 * horizon_s + 1.0);
        }
    }

    #[test]
    fn without_a_rate_nothing_arrives() {
        for pattern in [Pattern::poisson(0.0), Pattern::clock(0.0), Pattern::daily(0.0, 2.0, 14.0)] {
            assert_eq!(pattern.unwrap().arrivals(1).next(), None);
        }
    }
}
