//! Seeded random numbers.

use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// A stream of random numbers that is the same for the same seed, on every machine and in every release.
///
/// ```
/// # use millicent::stats::Random;
/// assert!((Random::from_seed(7).normal() - Random::from_seed(7).normal()).abs() < 1e-15);
/// ```
#[derive(Debug, Clone)]
pub struct Random {
    generator: Xoshiro256PlusPlus,
    /// The polar method makes normal numbers in pairs.
    spare_normal: Option<f64>,
}

impl Random {
    /// The stream of this seed.
    #[must_use]
    pub fn from_seed(seed: u64) -> Self {
        Self { generator: Xoshiro256PlusPlus::seed_from_u64(seed), spare_normal: None }
    }

    /// 64 random bits.
    #[inline]
    pub(super) fn bits(&mut self) -> u64 {
        self.generator.random()
    }

    /// A seed for a stream of its own.
    pub fn seed(&mut self) -> u64 {
        self.bits()
    }

    /// Uniform in [0, 1).
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        self.generator.random()
    }

    /// One of 0, 1, … `count` − 1, each equally likely; `count` is at least one.
    pub fn index(&mut self, count: usize) -> usize {
        self.generator.random_range(0..count.max(1))
    }

    /// Standard normal, by the polar method (Marsaglia and Bray 1964).
    pub fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare_normal.take() {
            return spare;
        }
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                let factor = (-2.0 * square.ln() / square).sqrt();
                self.spare_normal = Some(y * factor);
                return x * factor;
            }
        }
    }

    /// Chi-squared with `degrees` ≥ 2 degrees of freedom: twice a gamma of shape degrees/2, by squeeze-free rejection from a
    /// cubed normal (Marsaglia and Tsang 2000, "A simple method for generating gamma variables").
    pub fn chi_squared(&mut self, degrees: f64) -> f64 {
        let shape = degrees / 2.0 - 1.0 / 3.0;
        loop {
            let normal = self.normal();
            let cube = (1.0 + normal / (9.0 * shape).sqrt()).powi(3);
            if cube > 0.0 && (1.0 - self.uniform()).ln() < normal * normal / 2.0 + shape * (1.0 - cube + cube.ln()) {
                return 2.0 * shape * cube;
            }
        }
    }

    /// Student's t with `degrees` ≥ 2 degrees of freedom: a normal whose variance is itself only estimated.
    pub fn student(&mut self, degrees: f64) -> f64 {
        self.normal() * (degrees / self.chi_squared(degrees)).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(mut draw: impl FnMut() -> f64) -> (f64, f64) {
        let values: Vec<f64> = (0..40_000).map(|_| draw()).collect();
        let mean = values.iter().sum::<f64>() / 40_000.0;
        (mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 40_000.0)
    }

    fn close(actual: (f64, f64), expected: (f64, f64)) {
        let tolerance = 0.03 * expected.1.max(1.0);
        assert!((actual.0 - expected.0).abs() < tolerance && (actual.1 - expected.1).abs() < 2.0 * tolerance, "{actual:?}");
    }

    #[test]
    fn the_distributions_have_their_moments() {
        let mut random = Random::from_seed(1);
        close(moments(|| random.uniform()), (0.5, 1.0 / 12.0));
        close(moments(|| random.normal()), (0.0, 1.0));
        close(moments(|| random.chi_squared(4.0)), (4.0, 8.0));
        close(moments(|| random.student(10.0)), (0.0, 10.0 / 8.0));
    }

    #[test]
    fn every_index_is_drawn() {
        let mut random = Random::from_seed(2);
        let mut seen = [0_u32; 5];
        (0..5000).for_each(|_| seen[random.index(5)] += 1);
        assert!(seen.iter().all(|count| (850..1150).contains(count)), "{seen:?}");
    }
}
