//! How often a function starts cold, between two rates at which that is known.
//!
//! The more often requests come the rarer a cold start is, until now and then a second environment is wanted, which is rare
//! again when it is wanted often enough: cold starts a month rise and fall several times. What they cost has bounds all the same.
//!
//! With N, the requests in progress, Poisson with the load a as its mean, the share of cold starts is P = Σ p(n)·q(n), q(n) the
//! probability that N, when it has fallen to n, stays there for longer than environments are kept. Neither more requests nor
//! longer ones make any q greater, and the logarithmic derivative of p(n) by the load is n − a. So along a load that grows
//!
//! d ln P / d ln a ≤ E(n) − a, the mean over the requests that start cold, which is no more than √(2a·y) + y/3 with y = ln(1/P):
//!
//! a density of at most 1/P against the Poisson distribution has no greater mean (the entropy of one to the other is at most y, and
//! the tail of Poisson is that of Bernstein: Boucheron, Lugosi and Massart, Concentration Inequalities, 2013, sections 2.4 and
//! 4.9). With s = √y that is s′ ≥ −(√(a/2) + s/6), so between two loads t = ln(a₁/a₀) apart, and c = √(18·a₁),
//!
//! (s₀ + c)·e^(−t/6) − c ≤ s ≤ (s₁ + c)·e^(t/6) − c.
//!
//! Worked number: at a load of 0.01 one request in e² starts cold, s₀ = √2; until the load is a tenth greater, s is at least
//! (1.41421 + 0.44497)·1.1^(−1/6) − 0.44497 = 1.38491 (c = √0.198), so at most one in e^1.91799 does.

use crate::platform::ColdOdds;

/// The fewest and the most cold starts that may be met between two places, by the odds at both.
pub(super) fn odds_between(one: ColdOdds, other: ColdOdds) -> [ColdOdds; 2] {
    let (low, high) = if one.load <= other.load { (one, other) } else { (other, one) };
    let span = (high.load / low.load).ln() / 6.0;
    let c = (18.0 * high.load).sqrt();
    let fewest = |share: f64| share_of(((root_of(share) + c) * span.exp() - c).max(0.0));
    let most = |share: f64| share_of(((root_of(share) + c) * (-span).exp() - c).max(0.0));
    [
        ColdOdds { load: low.load, share: fewest(high.share), share_beside_units: fewest(high.share_beside_units) },
        ColdOdds { load: high.load, share: most(low.share), share_beside_units: most(low.share_beside_units) },
    ]
}

/// √ln(1/P).
fn root_of(share: f64) -> f64 {
    (-share.min(1.0).ln()).max(0.0).sqrt()
}

/// e^(−s²).
fn share_of(root: f64) -> f64 {
    (-root * root).exp()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::queueing::{KeepAlive, Traffic, WarmPool};

    fn odds(rate: f64, service_s: f64, keep_alive_s: f64, units: u64) -> ColdOdds {
        let pool = WarmPool::new(Traffic::new(rate, service_s).unwrap(), &KeepAlive::constant(keep_alive_s).unwrap());
        let [share, share_beside_units] = [0, units].map(|kept| pool.cold_probability_above(kept));
        ColdOdds { load: rate * service_s, share, share_beside_units }
    }

    #[test]
    fn one_in_e_squared_is_at_most_one_in_e_to_the_1_918_a_tenth_further() {
        let at = |load: f64| ColdOdds { load, share: (-2.0_f64).exp(), share_beside_units: 0.0 };
        let [fewest, most] = odds_between(at(0.01), at(0.011));
        assert!((most.share.ln() + 1.91799).abs() < 1e-5, "{}", most.share.ln());
        assert!(fewest.share < (-2.0_f64).exp() && fewest.share_beside_units == 0.0 && most.share_beside_units == 0.0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        /// By rates at which cold starts rise and fall, and by times, with and without units that are kept ready.
        #[test]
        fn the_odds_inside_are_within_what_the_ends_allow(
            (rate, service_s, keep_alive_s) in (-4.0..2.0_f64, -3.0..1.0_f64, 0.0..3.5_f64),
            (units, span, inside) in (0_u64..6, 0.001..1.5_f64, 0.0..1.0_f64),
            longer in any::<bool>(),
        ) {
            let (rate, service_s, keep_alive_s) = (10_f64.powf(rate), 10_f64.powf(service_s), 10_f64.powf(keep_alive_s));
            let at = |part: f64| {
                let factor = (span * part).exp();
                if longer { odds(rate, service_s * factor, keep_alive_s, units) } else { odds(rate * factor, service_s, keep_alive_s, units) }
            };
            let ([fewest, most], met) = (odds_between(at(0.0), at(1.0)), at(inside));
            // The inversion of the transform has nine digits and an error of its own where next to nothing is left.
            let within = |low: f64, met: f64, high: f64| low * (1.0 - 1e-6) - 1e-9 <= met && met <= high * (1.0 + 1e-6) + 1e-9;
            prop_assert!(within(fewest.share, met.share, most.share), "{fewest:?} {met:?} {most:?}");
            prop_assert!(within(fewest.share_beside_units, met.share_beside_units, most.share_beside_units), "{fewest:?} {met:?} {most:?}");
        }
    }
}
