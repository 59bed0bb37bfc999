//! Functions as they are found in a public cloud, for those who have no trace.
//!
//! The numbers are of the Azure Functions traces of 2019 ("Serverless in the wild: characterizing and optimizing the serverless
//! workload at a large cloud provider", Shahrad and others 2020): triggers and rates of its tables and figures, of which the
//! latter are good to two percent of the functions. What is drawn for a function is independent of what is drawn for another,
//! and of its other properties but for timers, which run by the clock.

use super::course::DAY_S;
use super::{Arrivals, Pattern};
use crate::stats::{DurationSampler, Random};

/// What starts a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// A request over HTTP.
    Http,
    /// A message of a queue.
    Queue,
    /// A timer.
    Timer,
    /// A step of a workflow.
    Orchestration,
    /// A file that was stored.
    Storage,
    /// A batch of events.
    Event,
    /// Something else.
    Other,
}

/// The share of functions up to and with each trigger, in the order of their shares.
const TRIGGERS: [(f64, Trigger); 7] = [
    (0.550, Trigger::Http),
    (0.706, Trigger::Timer),
    (0.858, Trigger::Queue),
    (0.927, Trigger::Orchestration),
    (0.955, Trigger::Storage),
    (0.977, Trigger::Event),
    (1.0, Trigger::Other),
];

/// Calls a day of functions: the share that has no more. Without the jumps that timers make of it.
const DAILY_CALLS: [(f64, f64); 11] = [
    (0.0, 0.07),
    (0.06, 0.071),
    (0.34, 1.0),
    (0.41, 2.0),
    (0.56, 10.0),
    (0.69, 48.0),
    (0.83, 288.0),
    (0.92, 1440.0),
    (0.965, 1e4),
    (0.985, 86_400.0),
    (1.0, 2e7),
];

/// Calls a day of timers: daily, hourly, every five minutes, every minute, by the heights of the jumps in the same figure.
const TIMERS: [(f64, f64); 4] = [(0.55, 1.0), (0.65, 24.0), (0.84, 288.0), (1.0, 1440.0)];

/// The coefficient of variation of the times between calls, of apps without timers: the share that has no more.
const VARIATIONS: [(f64, f64); 6] = [(0.0, 0.1), (0.35, 1.0), (0.55, 2.0), (0.77, 4.0), (0.92, 10.0), (1.0, 20.0)];

/// The mean duration of a function is log-normal: mean and standard deviation of the logarithm of seconds.
const DURATION: (f64, f64) = (-0.38, 2.36);
/// How far the durations of one function are spread around its mean, as the standard deviation of their logarithm. An
/// assumption: the trace has only percentiles of 30-second means.
const OWN_SPREAD: f64 = 0.5;
/// No call takes longer than the longest invocation of a Lambda function.
const LONGEST_S: f64 = 900.0;

/// Memory of an app follows a Burr distribution: its two exponents and its scale in MB.
const MEMORY: (f64, f64, f64) = (11.652, 0.221, 107.083);

/// The night has half of the calls of the day, except of timers.
const PEAK_TO_TROUGH: f64 = 2.0;
const PEAK_HOUR: f64 = 14.0;

/// A function that was made up.
#[derive(Debug, Clone, PartialEq)]
pub struct FleetFunction {
    /// What starts it.
    pub trigger: Trigger,
    /// How it is called.
    pub pattern: Pattern,
    /// How long its calls take on average, in seconds.
    pub mean_duration_s: f64,
    /// What draws the durations of its calls.
    pub durations: DurationSampler,
    /// The memory its app uses.
    pub memory_mb: f64,
    /// The seed of its arrivals.
    pub arrival_seed: u64,
    /// The seed of its durations.
    pub duration_seed: u64,
}

impl FleetFunction {
    /// Its arrivals, in seconds from a midnight.
    #[must_use]
    pub fn arrivals(&self) -> Arrivals {
        self.pattern.arrivals(self.arrival_seed)
    }
}

/// So many functions of a cloud; the same for the same seed, and the first of a larger fleet are those of a smaller one.
///
/// ```
/// # use millicent::traffic::fleet;
/// let busy = fleet(7, 1000).filter(|function| function.pattern.mean_per_s() > 1.0 / 60.0).count();
/// assert!((60..110).contains(&busy)); // 8 % are called more than once a minute
/// ```
pub fn fleet(seed: u64, functions: u32) -> impl Iterator<Item = FleetFunction> {
    let mut random = Random::from_seed(seed);
    // Made once: all functions share the course of the day.
    let day = Pattern::daily(0.0, PEAK_TO_TROUGH, PEAK_HOUR).expect("the constants above make a day");
    (0..functions).map(move |_| function(&day, &mut random))
}

fn function(day: &Pattern, random: &mut Random) -> FleetFunction {
    let trigger = step(&TRIGGERS, random.uniform());
    // Every draw is made whatever the trigger, so that a change of one table does not move all that follow.
    let (rate, variation) = (random.uniform(), between(&VARIATIONS, random.uniform()));
    let daily_calls = if trigger == Trigger::Timer { step(&TIMERS, rate) } else { between(&DAILY_CALLS, rate) };
    let mean_per_s = daily_calls / DAY_S;
    let pattern = match trigger {
        Trigger::Timer => Pattern::clock(mean_per_s),
        _ => day.clone().with_mean_per_s(mean_per_s).and_then(|pattern| pattern.with_variation(variation)),
    };
    let mean_duration_s = DurationSampler::log_normal(DURATION.0, DURATION.1).draw_s(random).min(LONGEST_S);
    let (first, second, scale_mb) = MEMORY;
    // The quantile of a Burr distribution: scale · ((1 − u)^(−1/k) − 1)^(1/c).
    let beyond = random.uniform_root(second);
    FleetFunction {
        trigger,
        pattern: pattern.expect("every number of the tables is one that a pattern allows"),
        mean_duration_s,
        durations: DurationSampler::log_normal(mean_duration_s.ln() - OWN_SPREAD * OWN_SPREAD / 2.0, OWN_SPREAD),
        memory_mb: scale_mb * (1.0 / beyond - 1.0).powf(1.0 / first),
        arrival_seed: random.seed(),
        duration_seed: random.seed(),
    }
}

/// The first whose share is not exceeded.
fn step<T: Copy>(table: &[(f64, T)], share: f64) -> T {
    let index = table.partition_point(|(up_to, _)| *up_to <= share).min(table.len() - 1);
    table[index].1
}

/// The value at a share, on a straight line between the logarithms of its neighbors.
fn between(table: &[(f64, f64)], share: f64) -> f64 {
    let above = table.partition_point(|(up_to, _)| *up_to <= share).clamp(1, table.len() - 1);
    let ((low, from), (high, to)) = (table[above - 1], table[above]);
    (from.ln() + (share - low) / (high - low) * (to / from).ln()).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::traffic::minute_counts;

    fn share(of: &[FleetFunction], holds: impl Fn(&FleetFunction) -> bool) -> f64 {
        of.iter().filter(|function| holds(function)).count() as f64 / of.len() as f64
    }

    #[test]
    fn a_fleet_has_the_shares_that_were_published() {
        let functions: Vec<FleetFunction> = fleet(1, 20_000).collect();
        let close =
            |actual: f64, expected: f64, tolerance: f64| assert!((actual - expected).abs() < tolerance, "{actual} {expected}");
        close(share(&functions, |function| function.trigger == Trigger::Http), 0.55, 0.01);
        close(share(&functions, |function| function.trigger == Trigger::Timer), 0.156, 0.01);
        for (daily, expected) in
            [(1.001, 0.34), (10.0, 0.56), (48.0, 0.69), (288.1, 0.83), (1440.1, 0.92), (1e4, 0.965), (86_400.0, 0.985)]
        {
            close(share(&functions, |function| function.pattern.mean_per_s() * 86_400.0 <= daily), expected, 0.04);
        }
        for (seconds, expected) in [(0.1, 0.21), (1.0, 0.56), (10.0, 0.87), (60.0, 0.97)] {
            close(share(&functions, |function| function.mean_duration_s <= seconds), expected, 0.012);
        }
        for (memory_mb, expected) in [(139.6, 0.5), (183.4, 0.75), (342.7, 0.95)] {
            close(share(&functions, |function| function.memory_mb <= memory_mb), expected, 0.012);
        }
    }

    #[test]
    fn durations_of_a_function_have_its_mean() {
        for function in fleet(3, 5) {
            let mut random = Random::from_seed(function.duration_seed);
            let mean_s = (0..20_000).map(|_| function.durations.draw_s(&mut random)).sum::<f64>() / 20_000.0;
            assert!((mean_s / function.mean_duration_s - 1.0).abs() < 0.02, "{mean_s} {}", function.mean_duration_s);
        }
    }

    #[test]
    fn a_smaller_fleet_is_the_beginning_of_a_larger_one() {
        let (small, large): (Vec<_>, Vec<_>) = (fleet(5, 10).collect(), fleet(5, 12).collect());
        assert_eq!(small[..], large[..10]);
        let counts = |function: &FleetFunction| minute_counts(function.arrivals().until(86_400.0), 1440).collect::<Vec<u32>>();
        assert_eq!(counts(&small[3]), counts(&large[3]));
    }
}
