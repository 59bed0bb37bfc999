//! How much calls of one size differ: a few possible amounts, with how common they are.
//!
//! A few calls say little about it, and the sizes share it; so the belief keeps every amount with its weight. Short calls are
//! noisier than long ones. Recorded functions, coefficient of variation inside one size: CPU-bound calls of seconds 1 to 5 %,
//! storage writes 2 to 5 %, short numerics 4 to 8 %, calls below 50 ms 20 to 150 %, network-heavy ones 20 to 160 %.

/// One amount of noise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noise {
    /// Standard deviation of ln duration.
    pub(super) deviation: f64,
    /// How common it is among calls of 100 ms and more.
    long: f64,
    /// And among calls of 10 ms and less.
    short: f64,
}

/// What is possible: from calls that take the same every time to heavy tails.
pub(super) const NOISES: [Noise; 5] = [
    Noise { deviation: 0.015, long: 0.22, short: 0.05 },
    Noise { deviation: 0.04, long: 0.50, short: 0.30 },
    Noise { deviation: 0.10, long: 0.20, short: 0.30 },
    Noise { deviation: 0.30, long: 0.06, short: 0.25 },
    Noise { deviation: 0.90, long: 0.02, short: 0.10 },
];

/// ln of milliseconds: up to 10 ms calls are short, from 100 ms on long.
const SHORT_LOG_MS: f64 = std::f64::consts::LN_10;
const LONG_LOG_MS: f64 = 2.0 * std::f64::consts::LN_10;

impl Noise {
    /// ln of how common it is, for a function whose calls take exp(`log_ms`) at its fastest size.
    pub(super) fn log_prior(&self, log_ms: f64) -> f64 {
        let short = ((LONG_LOG_MS - log_ms) / (LONG_LOG_MS - SHORT_LOG_MS)).clamp(0.0, 1.0);
        (self.long * (1.0 - short) + self.short * short).ln()
    }

    /// ln of the probability of the differences that were seen inside the sizes: σ^−degrees · exp(−squares/2σ²).
    pub(super) fn log_likelihood(&self, squares: f64, degrees: f64) -> f64 {
        -degrees * self.deviation.ln() - squares / (2.0 * self.deviation.powi(2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_priors_sum_to_one_at_every_duration() {
        for log_ms in [0.0, 3.0, 9.0] {
            let sum: f64 = NOISES.iter().map(|noise| noise.log_prior(log_ms).exp()).sum();
            assert!((sum - 1.0).abs() < 1e-12, "{log_ms}: {sum}");
        }
    }

    #[test]
    fn the_noise_that_was_seen_is_the_likeliest() {
        // Nine differences of 10 %: Σ = 9·0.1².
        let likelihoods = NOISES.map(|noise| noise.log_likelihood(0.09, 9.0));
        assert!(likelihoods.iter().all(|likelihood| *likelihood <= likelihoods[2]), "{likelihoods:?}");
    }
}
