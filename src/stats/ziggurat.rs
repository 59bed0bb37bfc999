//! Exponential and normal numbers by the ziggurat: one look into a table for 99 of 100 draws.
//!
//! The area under a falling density f is cut into 256 layers of equal area V: a layer is a rectangle from zero to its edge,
//! the lowest one has the tail beyond R as well. A random layer and a random place in it are a random point under the density,
//! unless the place lies beyond the edge of the layer above, where the density itself decides ("The ziggurat method for
//! generating random variables", Marsaglia and Tsang 2000; R is from there). The layer takes the lowest bits of a draw and the
//! place the highest, so that they do not depend on each other.
//!
//! Edges: x₁ = R, f(xᵢ₊₁) = f(xᵢ) + V/xᵢ, and x₂₅₆ = 0 because R is what makes it so; x₀ = V/f(R) is as wide as a rectangle of
//! the height f(R) must be to hold the lowest layer with its tail.

use super::Random;
use super::portable::{exp, ln};

const LAYERS: usize = 256;

/// Where the layers end and how high the density is there.
struct Ziggurat {
    edges: [f64; LAYERS + 1],
    heights: [f64; LAYERS + 1],
}

/// Where the tail of the exponential begins.
const EXPONENTIAL_TAIL: f64 = 7.697_117_470_131_05;
/// Where the tail of the normal begins.
const NORMAL_TAIL: f64 = 3.654_152_885_361_009;

/// f(x) = e^−x: f(R), and V = (R + 1)·f(R).
static EXPONENTIAL: Ziggurat =
    Ziggurat::new(EXPONENTIAL_TAIL, 4.541_343_538_414_966e-4, 3.949_659_822_581_556e-3, Density::Exponential);

/// f(x) = e^(−x²/2): f(R), and V = R·f(R) + ∫ from R of f.
static NORMAL: Ziggurat = Ziggurat::new(NORMAL_TAIL, 1.260_285_930_498_597_5e-3, 4.928_673_233_974_655e-3, Density::Normal);

#[derive(Clone, Copy)]
enum Density {
    Exponential,
    Normal,
}

impl Density {
    /// Where it is so high.
    const fn place_of(self, height: f64) -> f64 {
        match self {
            Self::Exponential => -ln(height),
            Self::Normal => square_root(-2.0 * ln(height)),
        }
    }
}

/// Newton's way to a root that the compiler can go; of 0 to 14.
const fn square_root(square: f64) -> f64 {
    let mut root = 4.0;
    let mut round = 0;
    while round < 40 {
        root = (root + square / root) / 2.0;
        round += 1;
    }
    root
}

impl Ziggurat {
    const fn new(tail: f64, tail_height: f64, area: f64, density: Density) -> Self {
        let (mut edges, mut heights) = ([0.0; LAYERS + 1], [1.0; LAYERS + 1]);
        (edges[0], edges[1]) = (area / tail_height, tail);
        (heights[0], heights[1]) = (0.0, tail_height);
        let mut layer = 2;
        while layer < LAYERS {
            heights[layer] = heights[layer - 1] + area / edges[layer - 1];
            edges[layer] = density.place_of(heights[layer]);
            layer += 1;
        }
        Self { edges, heights }
    }
}

/// Of 64 random bits the highest 53, as a number in [0, 1).
fn fraction(bits: u64) -> f64 {
    (bits >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
}

impl Random {
    /// Exponential with mean one.
    ///
    /// ```
    /// # use millicent::stats::Random;
    /// let mut random = Random::from_seed(7);
    /// let mean = (0..10_000).map(|_| random.exponential()).sum::<f64>() / 10_000.0;
    /// assert!((mean - 1.0).abs() < 0.04);
    /// ```
    #[inline]
    pub fn exponential(&mut self) -> f64 {
        let mut before = 0.0;
        loop {
            let bits = self.bits();
            let layer = bits as usize % LAYERS;
            let place = fraction(bits) * EXPONENTIAL.edges[layer];
            if place < EXPONENTIAL.edges[layer + 1] || EXPONENTIAL.accepts(self, layer, -place) {
                return before + place;
            }
            if layer == 0 {
                // What is beyond R is exponential again, counted from there.
                before += EXPONENTIAL_TAIL;
            }
        }
    }

    /// Standard normal, by the ziggurat: four times as fast as [`Random::normal`], whose stream the seeds of tuning runs and
    /// of uncertain inputs are bound to, and with the same bits on every machine.
    #[inline]
    pub fn quick_normal(&mut self) -> f64 {
        loop {
            let bits = self.bits();
            let layer = bits as usize % LAYERS;
            let place = fraction(bits) * NORMAL.edges[layer];
            // The bit beside those of the layer becomes the sign: half of all branches on it would be mispredicted.
            let sign = (bits & LAYERS as u64) << (63 - LAYERS.ilog2());
            let signed = |place: f64| f64::from_bits(place.to_bits() | sign);
            if place < NORMAL.edges[layer + 1] || NORMAL.accepts(self, layer, -place * place / 2.0) {
                return signed(place);
            }
            if layer == 0 {
                return signed(NORMAL_TAIL + self.normal_beyond_tail());
            }
        }
    }

    /// How far beyond R, given that it is beyond (Marsaglia 1964): E/R, kept when E′ > (E/R)²/2, of exponential E and E′.
    #[cold]
    fn normal_beyond_tail(&mut self) -> f64 {
        loop {
            let beyond = self.exponential() / NORMAL_TAIL;
            if 2.0 * self.exponential() > beyond * beyond {
                return beyond;
            }
        }
    }
}

impl Ziggurat {
    /// Whether a place between the edges of a layer and of the one above is under the density, whose logarithm is given.
    #[cold]
    fn accepts(&self, random: &mut Random, layer: usize, log_density: f64) -> bool {
        if layer == 0 {
            return false;
        }
        let (low, high) = (self.heights[layer], self.heights[layer + 1]);
        low + (high - low) * random.uniform() < exp(log_density)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layers_close_at_the_top() {
        for (ziggurat, area) in [(&EXPONENTIAL, 3.949_659_822_581_556e-3), (&NORMAL, 4.928_673_233_974_655e-3)] {
            let top = ziggurat.heights[LAYERS - 1] + area / ziggurat.edges[LAYERS - 1];
            assert!((top - 1.0).abs() < 1e-11, "{top}");
            assert!(ziggurat.edges.windows(2).all(|pair| pair[1] < pair[0]));
        }
    }

    /// The largest distance between the distribution of 200,000 draws and `cumulative`, times √n: above 1.63 once in 100 seeds
    /// (Kolmogorov–Smirnov).
    fn distance(mut draw: impl FnMut() -> f64, cumulative: impl Fn(f64) -> f64) -> f64 {
        let mut values: Vec<f64> = (0..200_000).map(|_| draw()).collect();
        values.sort_by(f64::total_cmp);
        let count = values.len() as f64;
        let distances = values.iter().enumerate().map(|(index, value)| {
            let expected = cumulative(*value);
            (expected - index as f64 / count).abs().max(((index + 1) as f64 / count - expected).abs())
        });
        distances.fold(0.0, f64::max) * count.sqrt()
    }

    #[test]
    fn draws_have_their_distribution_in_the_middle_and_in_the_tail() {
        use statrs::distribution::{ContinuousCDF, Normal};
        let mut random = Random::from_seed(11);
        assert!(distance(|| random.exponential(), |x| -(-x).exp_m1()) < 1.63);
        assert!(distance(|| random.quick_normal(), |x| Normal::standard().cdf(x)) < 1.63);
        let draws = 4_000_000;
        let beyond = |bound: f64, draw: &mut dyn FnMut() -> f64| (0..draws).filter(|_| draw() > bound).count() as f64;
        // Expected counts beyond the tail of the tables and their Poisson deviation.
        for (count, probability) in [
            (beyond(8.5, &mut || random.exponential()), (-8.5_f64).exp()),
            (beyond(3.8, &mut || random.quick_normal()), Normal::standard().sf(3.8)),
            (beyond(3.8, &mut || -random.quick_normal()), Normal::standard().sf(3.8)),
        ] {
            let expected = f64::from(draws) * probability;
            assert!((count - expected).abs() < 3.5 * expected.sqrt(), "{count} {expected}");
        }
    }

    #[test]
    fn draws_have_their_moments() {
        let mut random = Random::from_seed(3);
        let moments = |values: Vec<f64>| {
            let mean = |power: i32| values.iter().map(|value| value.powi(power)).sum::<f64>() / values.len() as f64;
            [mean(1), mean(2), mean(3), mean(4)]
        };
        let exponential = moments((0..1_000_000).map(|_| random.exponential()).collect());
        for (actual, expected) in exponential.iter().zip([1.0, 2.0, 6.0, 24.0]) {
            assert!((actual / expected - 1.0).abs() < 0.04, "{exponential:?}");
        }
        let normal = moments((0..1_000_000).map(|_| random.quick_normal()).collect());
        for (actual, expected) in normal.iter().zip([0.0, 1.0, 0.0, 3.0]) {
            assert!((actual - expected).abs() < 0.03, "{normal:?}");
        }
    }
}
