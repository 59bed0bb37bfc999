//! Functions by formula, with seeded noise: the shapes that real functions have.

use super::{Environment, Function, Ran, Situation};
use crate::lambda_log::FunctionErrorKind;
use crate::stats::Random;
use crate::units::MemoryMb;

/// A function's time as a sum: waiting, and CPU work at the share that the size has.
///
/// d(m) = waiting + cpu · (1769 / min(m, knee)) · (1 + penalty · (128/m)³), times log-normal noise. The penalty makes the
/// smallest sizes slower than their share, as garbage collection and paging do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Formula {
    /// Waiting for others, whatever the size.
    pub waiting_ms: f64,
    /// CPU time on one full vCPU.
    pub cpu_ms: f64,
    /// More memory does not help beyond: the number of threads × 1,769 MB.
    pub knee_mb: f64,
    /// How much slower than its share 128 MB is.
    pub penalty: f64,
    /// Coefficient of variation.
    pub spread: f64,
    /// INIT of a new environment.
    pub init_ms: f64,
    /// Memory that a call needs; with less it is killed.
    pub needs_mb: u32,
    /// How long it may run.
    pub timeout_ms: f64,
}

/// A function by formula, with its noise.
#[derive(Debug)]
pub struct Simulation {
    formula: Formula,
    noise: Random,
}

/// An ordinary function; the named ones differ from it in what makes them interesting.
const ORDINARY: Formula = Formula {
    waiting_ms: 5.0,
    cpu_ms: 300.0,
    knee_mb: 1769.0,
    penalty: 0.0,
    spread: 0.03,
    init_ms: 280.0,
    needs_mb: 74,
    timeout_ms: 30_000.0,
};

/// The simulated functions, by name: what they are like, and their current size.
pub const SIMULATIONS: &[(&str, &str, u32, Formula)] = &[
    ("cpu", "CPU work in one thread: faster up to 1,769 MB, then only dearer", 512, ORDINARY),
    (
        "io",
        "waits for other services: more memory hardly helps",
        512,
        Formula { waiting_ms: 180.0, cpu_ms: 6.0, spread: 0.08, ..ORDINARY },
    ),
    ("mixed", "a third waiting, the rest CPU work", 256, Formula { waiting_ms: 110.0, cpu_ms: 220.0, spread: 0.05, ..ORDINARY }),
    ("threads", "CPU work in four threads", 1024, Formula { cpu_ms: 1500.0, knee_mb: 4.0 * 1769.0, ..ORDINARY }),
    (
        "steep",
        "short of memory at the smallest sizes",
        128,
        Formula { waiting_ms: 20.0, cpu_ms: 24.0, penalty: 2.5, spread: 0.06, ..ORDINARY },
    ),
    (
        "short",
        "a few milliseconds, where the request fee dominates",
        1024,
        Formula { waiting_ms: 1.2, cpu_ms: 0.5, spread: 0.3, init_ms: 160.0, ..ORDINARY },
    ),
    ("oom", "needs 900 MB: smaller sizes are killed", 1536, Formula { cpu_ms: 700.0, needs_mb: 900, ..ORDINARY }),
    (
        "timeout",
        "too slow for its time-out of 3 s at the smallest sizes",
        512,
        Formula { cpu_ms: 500.0, timeout_ms: 3000.0, ..ORDINARY },
    ),
];

impl Formula {
    /// The mean duration at a size.
    #[must_use]
    pub fn mean_ms(&self, memory_mb: f64) -> f64 {
        let share = MemoryMb::ONE_VCPU.statistic() / memory_mb.min(self.knee_mb);
        self.waiting_ms + self.cpu_ms * share * (1.0 + self.penalty * (128.0 / memory_mb).powi(3))
    }
}

impl Simulation {
    /// A function with this noise.
    #[must_use]
    pub fn new(formula: Formula, seed: u64) -> Self {
        Self { formula, noise: Random::from_seed(seed) }
    }

    /// A factor with mean one.
    fn noise(&mut self) -> f64 {
        let scale = (1.0 + self.formula.spread.powi(2)).ln().sqrt();
        (scale * self.noise.normal() - scale * scale / 2.0).exp()
    }
}

impl Function for Simulation {
    fn run(&mut self, situation: Situation) -> Ran {
        let formula = self.formula;
        let memory_mb = situation.memory.statistic();
        let mut duration_ms = formula.mean_ms(memory_mb) * self.noise();
        let init_ms = (situation.environment == Environment::New).then_some(formula.init_ms);
        match situation.environment {
            // First calls are slower beyond INIT: lazy imports, connections.
            Environment::New => duration_ms *= 1.2,
            Environment::Warm => {}
            // INIT inside a call runs at the share of the size, not at full speed.
            Environment::Lost => duration_ms += formula.init_ms * (MemoryMb::ONE_VCPU.statistic() / memory_mb).max(1.0),
        }
        let mut ran = Ran { duration_ms, init_ms, max_memory_used_mb: formula.needs_mb.min(situation.memory.get()), error: None };
        if formula.needs_mb > situation.memory.get() {
            // Killed early: short and cheap, as real ones are.
            ran.duration_ms *= 0.2;
            ran.error = Some((FunctionErrorKind::OutOfMemory, "Runtime.ExitError".to_owned()));
        } else if duration_ms > formula.timeout_ms {
            ran.duration_ms = formula.timeout_ms;
            ran.error = Some((FunctionErrorKind::Timeout, "Sandbox.Timedout".to_owned()));
        }
        ran
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_has_mean_one() {
        let formula = Formula { spread: 0.3, ..ORDINARY };
        let mut simulation = Simulation::new(formula, 1);
        let situation = Situation { memory: MemoryMb::new(1769), payload: 0, environment: Environment::Warm };
        let total: f64 = (0..20_000).map(|_| simulation.run(situation).duration_ms).sum();
        assert!((total / 20_000.0 / formula.mean_ms(1769.0) - 1.0).abs() < 0.01);
    }

    #[test]
    fn a_lost_environment_runs_init_at_the_share_of_the_size() {
        let mut simulation = Simulation::new(Formula { spread: 0.0, ..ORDINARY }, 1);
        let mut at = |environment| simulation.run(Situation { memory: MemoryMb::new(128), payload: 0, environment }).duration_ms;
        let excess = at(Environment::Lost) - at(Environment::Warm);
        assert!((excess - 280.0 * 1769.0 / 128.0).abs() < 1e-6, "{excess}");
    }
}
