//! Single durations drawn from a distribution, fast enough for a simulation.

use super::Random;
use super::portable::exp;

/// Draws durations in seconds: [`super::Durations::sampler`] makes it once, a simulation draws from it millions of times.
///
/// Equal seeds give equal bits on every machine, but for the parameters of a log-normal, which come out of the machine's own
/// logarithm.
#[derive(Debug, Clone, PartialEq)]
pub struct DurationSampler {
    shape: Shape,
}

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    Constant {
        duration_s: f64,
    },
    /// Mean and standard deviation of the logarithm of seconds.
    LogNormal {
        location: f64,
        scale: f64,
    },
    Exponential {
        mean_s: f64,
    },
    /// Each equally likely.
    Sample {
        durations_s: Box<[f64]>,
    },
    /// Shares and the durations they do not exceed, both ascending; straight lines between them.
    Quantiles {
        points: Box<[(f64, f64)]>,
    },
}

impl DurationSampler {
    /// Every request takes so many seconds.
    #[must_use]
    pub fn constant(duration_s: f64) -> Self {
        Self { shape: Shape::Constant { duration_s } }
    }

    /// Exponential service, which the formulas of queues are exact for.
    #[must_use]
    pub fn exponential(mean_s: f64) -> Self {
        Self { shape: Shape::Exponential { mean_s } }
    }

    /// Log-normal, by the mean and standard deviation of the natural logarithm of seconds.
    #[must_use]
    pub fn log_normal(location: f64, scale: f64) -> Self {
        Self { shape: Shape::LogNormal { location, scale } }
    }

    /// Measured durations, each equally likely; there must be one.
    pub(super) fn sample(durations_s: Box<[f64]>) -> Self {
        Self { shape: Shape::Sample { durations_s } }
    }

    /// By quantiles, as traces publish them: (share, seconds), straight lines between them. Nothing when there are fewer than
    /// two, or they do not ascend from the share 0 to the share 1.
    ///
    /// ```
    /// # use millicent::stats::{DurationSampler, Random};
    /// let sampler = DurationSampler::from_quantiles(&[(0.0, 1.0), (0.5, 2.0), (1.0, 4.0)]).unwrap();
    /// assert!((sampler.mean_s() - 2.25).abs() < 1e-12); // ½·1.5 + ½·3
    /// assert!((1.0..=4.0).contains(&sampler.draw_s(&mut Random::from_seed(1))));
    /// ```
    #[must_use]
    pub fn from_quantiles(points: &[(f64, f64)]) -> Option<Self> {
        let (first, last) = (points.first()?, points.last()?);
        let whole = first.0 <= 0.0 && last.0 >= 1.0 && first.1 >= 0.0;
        let ascending = points.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1);
        (whole && ascending && last.1.is_finite()).then(|| Self { shape: Shape::Quantiles { points: points.into() } })
    }

    /// The mean, in seconds.
    #[must_use]
    pub fn mean_s(&self) -> f64 {
        match &self.shape {
            Shape::Constant { duration_s } => *duration_s,
            Shape::Exponential { mean_s } => *mean_s,
            Shape::LogNormal { location, scale } => exp(location + scale * scale / 2.0),
            Shape::Sample { durations_s } => durations_s.iter().sum::<f64>() / durations_s.len() as f64,
            Shape::Quantiles { points } => {
                points.windows(2).map(|pair| (pair[1].0 - pair[0].0) * (pair[0].1 + pair[1].1) / 2.0).sum()
            }
        }
    }

    /// One duration, in seconds.
    #[inline(always)]
    pub fn draw_s(&self, random: &mut Random) -> f64 {
        match &self.shape {
            Shape::Constant { duration_s } => *duration_s,
            Shape::Exponential { mean_s } => mean_s * random.exponential(),
            Shape::LogNormal { location, scale } => exp(location + scale * random.quick_normal()),
            Shape::Sample { durations_s } => durations_s[random.index(durations_s.len())],
            Shape::Quantiles { points } => between(points, random.uniform()),
        }
    }
}

/// The duration at a share, on the straight line between its neighbors.
fn between(points: &[(f64, f64)], share: f64) -> f64 {
    // Counting all is faster than a search among so few, whose branches nobody can predict.
    let above = points.iter().filter(|(known, _)| *known <= share).count().clamp(1, points.len() - 1);
    let ((low, from_s), (high, to_s)) = (points[above - 1], points[above]);
    from_s + (share - low) / (high - low) * (to_s - from_s)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Durations;

    #[test]
    fn draws_have_the_mean_and_quantiles_of_their_distribution() {
        let mut random = Random::from_seed(2);
        for (text, tolerance) in [("120ms", 1e-12), ("p50=100ms,p95=300ms", 0.01), ("mean=2s,p99=9s", 0.01)] {
            let durations: Durations = text.parse().unwrap();
            let sampler = durations.sampler();
            let mean_s = (0..200_000).map(|_| sampler.draw_s(&mut random)).sum::<f64>() / 200_000.0;
            assert!((mean_s / sampler.mean_s() - 1.0).abs() < tolerance, "{text}: {mean_s}");
            let stated_s = crate::units::statistic_from_decimal(durations.mean().seconds());
            assert!((sampler.mean_s() / stated_s - 1.0).abs() < 1e-9, "{text}: {stated_s}");
        }
        let exponential = DurationSampler::exponential(2.0);
        let longer = (0..200_000).filter(|_| exponential.draw_s(&mut random) > 6.0).count() as f64 / 200_000.0;
        assert!((longer - (-3.0_f64).exp()).abs() < 0.002, "{longer}");
    }

    #[test]
    fn a_sample_gives_only_what_was_measured() {
        let spans = ["10ms", "20ms", "60ms"].map(|text| text.parse().unwrap());
        let sampler = Durations::sample(spans.to_vec()).unwrap().sampler();
        let mut random = Random::from_seed(4);
        let mean_s = (0..30_000).map(|_| sampler.draw_s(&mut random)).sum::<f64>() / 30_000.0;
        assert!((mean_s - 0.03).abs() < 0.0005 && (sampler.mean_s() - 0.03).abs() < 1e-12, "{mean_s}");
        for _ in 0..100 {
            let drawn_s = sampler.draw_s(&mut random);
            assert!([0.01, 0.02, 0.06].iter().any(|known| (drawn_s - known).abs() < 1e-12), "{drawn_s}");
        }
    }

    #[test]
    fn quantiles_are_met_and_what_is_none_is_refused() {
        let points = [(0.0, 0.01), (0.25, 0.02), (0.5, 0.03), (0.99, 0.5), (1.0, 2.0)];
        let sampler = DurationSampler::from_quantiles(&points).unwrap();
        let mut random = Random::from_seed(6);
        let drawn: Vec<f64> = (0..100_000).map(|_| sampler.draw_s(&mut random)).collect();
        for (share, quantile_s) in points {
            let below = drawn.iter().filter(|drawn| **drawn <= quantile_s).count() as f64 / 100_000.0;
            assert!((below - share).abs() < 0.005, "{share} {below}");
        }
        for wrong in
            [&[(0.0, 1.0)][..], &[(0.0, 2.0), (1.0, 1.0)], &[(0.0, 1.0), (0.9, 2.0)], &[(0.0, 1.0), (1.0, f64::NAN)], &[]]
        {
            assert_eq!(DurationSampler::from_quantiles(wrong), None, "{wrong:?}");
        }
    }
}
