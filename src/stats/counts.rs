//! Counts of random events and the intervals between them: Poisson and gamma.
//!
//! Like the ziggurat they rest on, they have the same bits on every machine.

use super::Random;
use super::portable::{exp, ln};

impl Random {
    /// How many of events with this mean number happen: Poisson. A mean that is not positive gives none.
    ///
    /// Below ten, exponential intervals are counted; above, it is transformed rejection ("The transformed rejection method for
    /// generating Poisson random variables", Hörmann 1993, algorithm PTRS), whose time does not grow with the mean.
    ///
    /// ```
    /// # use millicent::stats::Random;
    /// let mut random = Random::from_seed(7);
    /// let mean = (0..10_000).map(|_| random.poisson(3.0)).sum::<u64>() as f64 / 10_000.0;
    /// assert!((mean - 3.0).abs() < 0.06);
    /// ```
    pub fn poisson(&mut self, mean: f64) -> u64 {
        if mean.is_nan() {
            return 0;
        }
        if mean < 10.0 {
            let mut count = 0;
            let mut sum = self.exponential();
            while sum < mean {
                count += 1;
                sum += self.exponential();
            }
            return count;
        }
        let b = 0.931 + 2.53 * mean.sqrt();
        let a = -0.059 + 0.024_83 * b;
        let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
        let log_mean = ln(mean);
        loop {
            let u = self.uniform() - 0.5;
            let v = 1.0 - self.uniform();
            let to_edge = 0.5 - u.abs();
            let count = ((2.0 * a / to_edge + b) * u + mean + 0.43).floor();
            if to_edge >= 0.07 && v <= 0.9277 - 3.6224 / (b - 2.0) {
                return count as u64;
            }
            let far_out = count < 0.0 || (to_edge < 0.013 && v > to_edge);
            let log_density = || count * log_mean - mean - log_factorial(count);
            if !far_out && ln(v * inverse_alpha / (a / (to_edge * to_edge) + b)) <= log_density() {
                return count as u64;
            }
        }
    }

    /// U^(1/n) of a uniform U, which is the largest of n uniform numbers: −ln U is exponential.
    ///
    /// ```
    /// # use millicent::stats::Random;
    /// let mut random = Random::from_seed(7);
    /// let mean = (0..10_000).map(|_| random.uniform_root(4.0)).sum::<f64>() / 10_000.0;
    /// assert!((mean - 0.8).abs() < 0.01); // n/(n + 1)
    /// ```
    pub fn uniform_root(&mut self, n: f64) -> f64 {
        exp(-self.exponential() / n)
    }
}

/// ln n! of a whole number: Stirling's series, whose error is below 1/1260n⁵, after the product of the first ten factors.
fn log_factorial(n: f64) -> f64 {
    /// ln √2π.
    const LOG_ROOT: f64 = 0.918_938_533_204_672_8;
    if n < 10.0 {
        return ln((2..=n as u32).map(f64::from).product());
    }
    (n + 0.5) * ln(n) - n + LOG_ROOT + (1.0 - 1.0 / (30.0 * n * n)) / (12.0 * n)
}

/// A gamma distribution with mean one, by its coefficient of variation.
///
/// ```
/// # use millicent::stats::{Gamma, Random};
/// let (gamma, mut random) = (Gamma::with_variation(2.0).unwrap(), Random::from_seed(7));
/// let mean = (0..10_000).map(|_| gamma.draw(&mut random)).sum::<f64>() / 10_000.0;
/// assert!((mean - 1.0).abs() < 0.06);
/// assert!(Gamma::with_variation(0.0).is_none());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gamma {
    /// k = 1/(coefficient of variation)².
    shape: f64,
    /// Of the shape itself, or of k + 1 where k is below one.
    cubed: CubedNormal,
}

/// d·(1 + c·normal)³ with d = k − 1/3 and c = 1/√9d, to be accepted or not ("A simple method for generating gamma variables",
/// Marsaglia and Tsang 2000).
#[derive(Debug, Clone, Copy, PartialEq)]
struct CubedNormal {
    d: f64,
    c: f64,
}

impl CubedNormal {
    /// Gamma with this shape of one at least, and scale one.
    fn of_shape(shape: f64) -> Self {
        let d = shape - 1.0 / 3.0;
        Self { d, c: 1.0 / (9.0 * d).sqrt() }
    }

    fn draw(self, random: &mut Random) -> f64 {
        loop {
            let normal = random.quick_normal();
            let root = 1.0 + self.c * normal;
            let cube = root * root * root;
            let square = normal * normal;
            let u = 1.0 - random.uniform();
            if cube > 0.0 && (u < 1.0 - 0.0331 * square * square || ln(u) < square / 2.0 + self.d * (1.0 - cube + ln(cube))) {
                return self.d * cube;
            }
        }
    }
}

impl Gamma {
    /// With this coefficient of variation; nothing outside of 0.001 to 30, where the intervals are a clock's or all of the time
    /// is one of them.
    #[must_use]
    pub fn with_variation(variation: f64) -> Option<Self> {
        if !(0.001..=30.0).contains(&variation) {
            return None;
        }
        let shape = 1.0 / (variation * variation);
        Some(Self { shape, cubed: CubedNormal::of_shape(if shape < 1.0 { shape + 1.0 } else { shape }) })
    }

    /// One draw.
    pub fn draw(&self, random: &mut Random) -> f64 {
        let drawn = self.cubed.draw(random);
        // Gamma(k) is Gamma(k + 1)·U^(1/k).
        let drawn = if self.shape < 1.0 { drawn * random.uniform_root(self.shape) } else { drawn };
        drawn / self.shape
    }

    /// What is left, at a moment chosen without regard to it, of the interval around that moment: a uniform part of an interval
    /// that is more likely to be met the longer it is, which makes it Gamma(k + 1)/k.
    pub fn draw_residual(&self, random: &mut Random) -> f64 {
        CubedNormal::of_shape(self.shape + 1.0).draw(random) / self.shape * random.uniform()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean_and_variance(values: &[f64]) -> (f64, f64) {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        (mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / values.len() as f64)
    }

    #[test]
    fn a_poisson_count_has_its_probabilities() {
        let mut random = Random::from_seed(5);
        for mean in [0.3, 4.0, 12.0, 90.0] {
            let draws: u32 = 200_000;
            let mut seen = vec![0_u32; 400];
            (0..draws).for_each(|_| seen[random.poisson(mean) as usize] += 1);
            // χ² over the counts that are expected five times or more.
            let (mut sum, mut classes) = (0.0, 0.0);
            for (count, seen) in seen.iter().enumerate() {
                let n = count as f64;
                let expected = f64::from(draws) * (n * mean.ln() - mean - log_factorial(n)).exp();
                if expected >= 5.0 {
                    sum += (f64::from(*seen) - expected).powi(2) / expected;
                    classes += 1.0;
                }
            }
            assert!(sum < classes + 3.3 * (2.0_f64 * classes).sqrt(), "{mean}: {sum} in {classes}");
        }
        assert_eq!((random.poisson(0.0), random.poisson(-1.0), random.poisson(f64::NAN)), (0, 0, 0));
        let large = random.poisson(1e12) as f64;
        assert!((large - 1e12).abs() < 5e6, "{large}");
    }

    #[test]
    fn the_logarithm_of_a_factorial_meets_at_ten() {
        assert!((log_factorial(9.0) - 362_880.0_f64.ln()).abs() < 1e-12);
        assert!((log_factorial(10.0) - 3_628_800.0_f64.ln()).abs() < 1e-8);
        assert!((log_factorial(170.0) - 706.573_062_245_787_5).abs() < 1e-9); // 170! = 7.257415615307994e306
    }

    #[test]
    fn a_gamma_has_its_variation_and_its_residual_the_mean_of_renewal_theory() {
        let mut random = Random::from_seed(9);
        for variation in [0.1, 0.7, 1.0, 1.5, 4.0] {
            let gamma = Gamma::with_variation(variation).unwrap();
            let values: Vec<f64> = (0..400_000).map(|_| gamma.draw(&mut random)).collect();
            let (mean, variance) = mean_and_variance(&values);
            assert!((mean - 1.0).abs() < 0.012 * variation.max(1.0), "{variation}: mean {mean}");
            assert!((variance.sqrt() / variation - 1.0).abs() < 0.05, "{variation}: deviation {}", variance.sqrt());
            // Mean residual life E X²/2 E X = (1 + cv²)/2.
            let residuals: Vec<f64> = (0..400_000).map(|_| gamma.draw_residual(&mut random)).collect();
            let expected = variation.mul_add(variation, 1.0) / 2.0;
            assert!((mean_and_variance(&residuals).0 / expected - 1.0).abs() < 0.02, "{variation}: residual");
        }
        assert!([f64::NAN, 0.0, 31.0, -1.0].into_iter().all(|variation| Gamma::with_variation(variation).is_none()));
    }
}
