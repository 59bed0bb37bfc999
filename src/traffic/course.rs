//! The course of a rate: steps, one after another.

use std::sync::Arc;

use super::{BurstTiming, Bursts};
use crate::stats::{Random, cosine_of_turns};

/// A step of a course, which begins where the one before it ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Part {
    /// Its end in seconds from the start of the course, or of the cycle.
    pub(super) end_s: f64,
    /// The rate as a multiple of the mean, or of what it would be.
    pub(super) factor: f64,
}

/// How the rate moves, without a spike.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Course {
    /// It does not.
    Even,
    /// The same steps again and again; their mean factor is one.
    Cycle { period_s: f64, parts: Arc<[Part]> },
    /// Up and down at random moments.
    Modulated { bursts: Bursts, timing: BurstTiming },
}

impl Course {
    /// A cycle of steps, each an equal part of the period.
    pub(super) fn of_equal_steps(period_s: f64, factors: &[f64]) -> Self {
        let count = factors.len() as f64;
        let parts = factors.iter().enumerate();
        let parts = parts.map(|(index, factor)| Part { end_s: period_s * (index + 1) as f64 / count, factor: *factor }).collect();
        Self::Cycle { period_s, parts }
    }

    /// A sinusoid over 24 hours with its top at `peak_hour`, in 1,440 steps: each minute has the mean of the curve over it.
    ///
    /// 1 + A·cos(2π·(t − peak)/day) with A = (r − 1)/(r + 1) has r times its lowest at the top; the mean over a minute w is the
    /// value in the middle of it times sin(πw)/πw.
    pub(super) fn daily(peak_to_trough: f64, peak_hour: f64) -> Self {
        const MINUTES: u32 = 1440;
        let amplitude = (peak_to_trough - 1.0) / (peak_to_trough + 1.0);
        let quarter_back = |turns: f64| cosine_of_turns(turns - 0.25);
        let half_minute = 0.5 / f64::from(MINUTES);
        let over_a_minute = quarter_back(half_minute) / (2.0 * std::f64::consts::PI * half_minute);
        let factors = (0..MINUTES).map(|minute| {
            let turns = (f64::from(minute) + 0.5) / f64::from(MINUTES) - peak_hour / 24.0;
            1.0 + amplitude * over_a_minute * cosine_of_turns(turns)
        });
        Self::of_equal_steps(DAY_S, &factors.collect::<Vec<f64>>())
    }

    /// Bursts and the times between them.
    pub(super) fn of_bursts(bursts: Bursts, timing: BurstTiming) -> Self {
        if timing != BurstTiming::Regular {
            return Self::Modulated { bursts, timing };
        }
        let (period_s, mean_per_s) = (bursts.mean_quiet_s + bursts.mean_busy_s, bursts.mean_per_s());
        if mean_per_s <= 0.0 {
            return Self::Even;
        }
        let quiet = Part { end_s: bursts.mean_quiet_s, factor: bursts.quiet_per_s / mean_per_s };
        let busy = Part { end_s: period_s, factor: bursts.busy_per_s / mean_per_s };
        Self::Cycle { period_s, parts: [quiet, busy].into() }
    }

    /// The factor that is expected at a time.
    pub(super) fn factor_at(&self, at_s: f64) -> f64 {
        match self {
            Self::Even | Self::Modulated { .. } => 1.0,
            Self::Cycle { period_s, parts } => {
                let in_cycle_s = at_s.rem_euclid(*period_s);
                let index = parts.partition_point(|part| part.end_s <= in_cycle_s);
                parts.get(index).or(parts.last()).map_or(1.0, |part| part.factor)
            }
        }
    }
}

pub(super) const DAY_S: f64 = 86_400.0;

/// Where one walk along a course has come to.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    /// The step at hand ends here.
    pub(super) until_s: f64,
    /// Its rate as a multiple of the mean.
    pub(super) factor: f64,
    place: usize,
    cycle: f64,
}

impl Walk {
    /// The first step of a walk.
    pub(super) fn start(course: &Course, random: &mut Random) -> Self {
        let mut walk = Self { until_s: 0.0, factor: 1.0, place: 0, cycle: 0.0 };
        match course {
            Course::Even => walk.until_s = f64::INFINITY,
            Course::Cycle { parts, .. } => walk.take(parts[0], 0.0),
            Course::Modulated { bursts, timing } => {
                // In the state, and so far into it, as at any moment of a course that goes on for ever.
                walk.place = usize::from(random.uniform() < bursts.busy_share());
                let left = match timing {
                    BurstTiming::RandomStart if walk.place == 1 => random.uniform(),
                    _ => random.exponential(),
                };
                walk.until_s = left * walk.enter(bursts);
            }
        }
        walk
    }

    fn take(&mut self, part: Part, cycle_start_s: f64) {
        (self.until_s, self.factor) = (cycle_start_s + part.end_s, part.factor);
    }

    /// Takes the factor of the state that was entered; its mean time.
    fn enter(&mut self, bursts: &Bursts) -> f64 {
        let (per_s, mean_s) =
            if self.place == 1 { (bursts.busy_per_s, bursts.mean_busy_s) } else { (bursts.quiet_per_s, bursts.mean_quiet_s) };
        self.factor = per_s / bursts.mean_per_s();
        mean_s
    }

    /// Goes on to the next step.
    pub(super) fn advance(&mut self, course: &Course, random: &mut Random) {
        match course {
            Course::Even => {}
            Course::Cycle { period_s, parts } => {
                self.place += 1;
                if self.place == parts.len() {
                    self.place = 0;
                    self.cycle += 1.0;
                }
                self.take(parts[self.place], self.cycle * period_s);
            }
            Course::Modulated { bursts, timing } => {
                self.place = 1 - self.place;
                let length = match timing {
                    BurstTiming::RandomStart if self.place == 1 => 1.0,
                    _ => random.exponential(),
                };
                self.until_s += length * self.enter(bursts);
            }
        }
    }
}
