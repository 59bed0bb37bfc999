//! What functions look like before anything is measured, worked out once for the sizes of a run.
//!
//! Choosing the next size asks for several hundred possible curves each time; what does not depend on the measurements, the
//! shapes at every size and the random paths of the deviations, is made here and used again.

use super::posterior::Posterior;
use super::process::{PROCESSES, Process, path};
use super::shape::{CpuParts, Shape, all};
use super::{Draws, FitError, Observation};
use crate::stats::Random;
use crate::units::MemoryMb;

/// Paths of each process, to be drawn from, each with both signs.
const PATHS: usize = 256;

/// The prior belief about duration curves on a grid of sizes.
///
/// ```
/// # use millicent::fit::{Belief, Observation};
/// # use millicent::units::MemoryMb;
/// let call = |memory, duration_ms: f64| Observation::of_call(MemoryMb::new(memory), duration_ms);
/// let grid: Vec<MemoryMb> = (128..=3008).step_by(64).map(MemoryMb::new).collect();
/// let belief = Belief::new(&grid, 1);
/// // Waiting does not get faster: after two calls nothing is likely to be cheaper than the smallest size.
/// let draws = belief.draws(&[call(128, 305.0), call(1024, 300.0)], 400, 1)?;
/// let regret = draws.regret(MemoryMb::new(128), &grid, |memory, duration_ms| memory.statistic() * duration_ms);
/// assert!(regret.expected < 0.02);
/// # Ok::<(), millicent::fit::FitError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Belief {
    /// Ascending.
    pub(super) grid: Vec<MemoryMb>,
    pub(super) logs: Vec<f64>,
    pub(super) cpu_parts: CpuParts,
    pub(super) shapes: Vec<Shape>,
    /// Where the staircases begin.
    pub(super) first_staircase: usize,
    /// Of each process.
    paths: Vec<Vec<Vec<f64>>>,
}

impl Belief {
    /// On these sizes; what is measured later must be among them.
    #[must_use]
    pub fn new(grid: &[MemoryMb], seed: u64) -> Self {
        let mut sizes: Vec<MemoryMb> = grid.iter().copied().filter(|size| size.get() > 0).collect();
        sizes.sort_unstable();
        sizes.dedup();
        let memories: Vec<f64> = sizes.iter().map(|size| size.statistic()).collect();
        let logs: Vec<f64> = memories.iter().map(|memory| memory.ln()).collect();
        let mut random = Random::from_seed(seed);
        let paths = PROCESSES.iter().map(|process| paths(process, &logs, &mut random)).collect();
        let (shapes, first_staircase) = all();
        Self { grid: sizes, cpu_parts: CpuParts::new(&memories), logs, shapes, first_staircase, paths }
    }

    /// The sizes, ascending.
    #[must_use]
    pub fn grid(&self) -> &[MemoryMb] {
        &self.grid
    }

    /// `count` curves that the observations leave possible. The same arguments give the same curves, whatever the order of the
    /// observations.
    ///
    /// # Errors
    /// When there is no observation of the wanted scale, one is of a size that is not on the grid, or a number is impossible.
    pub fn draws(&self, observations: &[Observation], count: usize, seed: u64) -> Result<Draws, FitError> {
        let mut observations = observations.to_vec();
        observations.sort_by_key(|observation| (observation.scale, observation.memory));
        self.check(&observations)?;
        let mut random = Random::from_seed(seed);
        Ok(Posterior::new(self, &observations).draws(count.max(1), &mut random))
    }

    fn check(&self, observations: &[Observation]) -> Result<(), FitError> {
        if observations.first().is_none_or(|first| first.scale > 0) {
            return Err(FitError::NoPoints);
        }
        if let Some(twice) =
            observations.windows(2).find(|pair| (pair[0].memory, pair[0].scale) == (pair[1].memory, pair[1].scale))
        {
            return Err(FitError::SameMemory { memory: twice[0].memory });
        }
        for observation in observations {
            if self.grid.binary_search(&observation.memory).is_err() {
                return Err(FitError::NotOnGrid { memory: observation.memory });
            }
            observation.check()?;
        }
        Ok(())
    }

    /// The shape's value at each size.
    pub(super) fn shape(&self, shape: usize) -> impl Iterator<Item = f64> {
        self.cpu_parts.of(self.shapes[shape])
    }

    /// A random path of a process, with the sign it is to have.
    pub(super) fn path(&self, process: usize, random: &mut Random) -> (&[f64], f64) {
        let number = random.index(2 * PATHS);
        (&self.paths[process][number / 2], if number.is_multiple_of(2) { 1.0 } else { -1.0 })
    }
}

fn paths(process: &Process, logs: &[f64], random: &mut Random) -> Vec<Vec<f64>> {
    let steps = process.steps(logs);
    let one = |_| {
        let mut values = Vec::new();
        path(&steps, random, &mut values);
        values
    };
    (0..PATHS).map(one).collect()
}
