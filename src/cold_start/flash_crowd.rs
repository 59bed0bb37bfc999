//! Traffic from nothing to a rate at once: how many environments it opens, how soon Lambda can open them, and whether the
//! account may have them.

use crate::queueing::Traffic;

/// Requests that begin to arrive at a rate when no environment is alive.
///
/// While the first environments start, every request opens its own, so there are more of them than the rate needs later.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FlashCrowd {
    /// What arrives from now on.
    pub traffic: Traffic,
    /// What comes before the handler of a cold start.
    pub before_s: f64,
}

/// Parts into which the time of a start is cut, to follow the crowd.
const STEPS_PER_START: usize = 200;
/// A crowd whose start takes less than 1/e of its service opens no more than it needs, see [`FlashCrowd::environments`].
const NO_OVERSHOOT: f64 = 0.368;
/// The number in service wanders above its mean by about so many standard deviations before the crowd has settled: fitted to
/// simulations.
const WANDERING: f64 = 1.5;
/// One in a hundred of normal numbers is further above the mean than so many deviations.
const ONE_IN_A_HUNDRED: f64 = 2.326;

impl FlashCrowd {
    /// How many environments are opened, on average.
    ///
    /// Of many requests at a rate λ the part y(t) opens an environment. For the time I of a start y = 1; then those that started
    /// begin to serve, for S on average, and each that is done serves the next request instead. As long as none is idle
    /// S·y′(t) = −y(t − I), and it ends when y reaches 0. So there are λ·(I + S/2) where I ≥ S; λ·S where I < S/e, since y then never
    /// falls below 0; between them the equation is followed in small steps. Because the number in service is random, about
    /// 1.5·√(λ·S) more are opened.
    ///
    /// Against simulations with exponential service times it is within 6 % for crowds of ten and more. Worked number: 1000 requests
    /// a second of 0.1 s with a start of 1 s open 1050 + 15 = 1065 environments, where 100 would do; 200 simulations gave 1060 on
    /// average, from 980 to 1153.
    ///
    /// ```
    /// # use millicent::{cold_start::FlashCrowd, queueing::Traffic};
    /// let crowd = FlashCrowd { traffic: Traffic::new(1000.0, 0.1)?, before_s: 1.0 };
    /// assert!((crowd.environments() - 1065.0).abs() < 1e-9);
    /// # Ok::<(), millicent::queueing::QueueingError>(())
    /// ```
    #[must_use]
    pub fn environments(&self) -> f64 {
        let load = self.traffic.offered_load();
        load * opened_per_server(self.before_s / self.traffic.mean_service_s()) + WANDERING * load.sqrt()
    }

    /// How many are opened at most in 99 of 100 such crowds: the arrivals are random, with a deviation of the root of their number.
    #[must_use]
    pub fn environments_rarely_exceeded(&self) -> f64 {
        let mean = self.environments();
        mean + ONE_IN_A_HUNDRED * mean.sqrt()
    }

    /// What an account's quota has against it.
    #[must_use]
    pub fn problems(&self, quota: AccountQuota) -> Vec<QuotaProblem> {
        let (environments, rate) = (self.environments_rarely_exceeded(), self.traffic.arrivals_per_s());
        let available = quota.concurrency - quota.reserved_elsewhere;
        let most_per_s = quota.concurrency * REQUESTS_PER_CONCURRENCY;
        let mut problems = Vec::new();
        if available < environments {
            problems.push(QuotaProblem::Concurrency { needed: environments, available });
        }
        if most_per_s < rate {
            problems.push(QuotaProblem::RequestRate { requests_per_s: rate, most_per_s });
        }
        let ready_s = seconds_to_environments(environments);
        if self.before_s + self.traffic.mean_service_s() < ready_s {
            problems.push(QuotaProblem::ScalingRate { needed: environments, after_s: ready_s });
        }
        problems
    }
}

/// Environments opened for each that the load needs, when a start takes `ratio` times as long as the service.
fn opened_per_server(ratio: f64) -> f64 {
    if ratio <= NO_OVERSHOOT {
        return 1.0;
    }
    if 1.0 <= ratio {
        return ratio + 0.5;
    }
    let step = ratio / STEPS_PER_START as f64;
    let mut opening = vec![1.0_f64; STEPS_PER_START + 1];
    let mut opened = ratio;
    // By the trapezoidal rule, until no request opens any more, or next to none.
    while let Some(now) = opening.last().copied().filter(|now| 1e-6 < *now) {
        let started = opening.len() - 1 - STEPS_PER_START;
        let next = now - step * f64::midpoint(opening[started], opening[started + 1]);
        opened += step * f64::midpoint(now, next.max(0.0));
        opening.push(next);
    }
    opened.max(1.0)
}

/// A function may have so many environments at once, and more from then on (AWS Lambda developer guide, 2026: 1,000 for each 10 s).
const AT_ONCE: f64 = 1000.0;
const PER_SECOND: f64 = 100.0;

/// How long a function takes to so many environments, from none.
///
/// ```
/// # use millicent::cold_start::seconds_to_environments;
/// assert_eq!(seconds_to_environments(10_000.0), 90.0);
/// ```
#[must_use]
pub fn seconds_to_environments(environments: f64) -> f64 {
    ((environments - AT_ONCE) / PER_SECOND).max(0.0)
}

/// How many environments a function can have after so many seconds, from none: 1,000 + 100·t.
#[must_use]
pub fn environments_after(seconds: f64) -> f64 {
    AT_ONCE + PER_SECOND * seconds
}

/// An account serves ten requests a second for each of its concurrent executions (AWS Lambda developer guide, quotas, 2026). It
/// binds below 100 ms.
const REQUESTS_PER_CONCURRENCY: f64 = 10.0;

/// The default quota of concurrent Lambda executions of an account in a region, shared by all functions and raised on request
/// (AWS Lambda developer guide, quotas, 2026).
pub const LAMBDA_CONCURRENCY: u32 = 1000;

/// Concurrent executions of an account in a region.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AccountQuota {
    /// Of all functions together.
    pub concurrency: f64,
    /// What other functions have reserved or use meanwhile.
    pub reserved_elsewhere: f64,
}

impl AccountQuota {
    /// [`LAMBDA_CONCURRENCY`], all for this function; new accounts have less.
    pub const DEFAULT: Self = Self { concurrency: LAMBDA_CONCURRENCY as f64, reserved_elsewhere: 0.0 };
    /// So many of them cannot be reserved for single functions.
    pub const ALWAYS_UNRESERVED: f64 = 100.0;
}

/// What a quota has against a crowd: requests beyond it are throttled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum QuotaProblem {
    /// More environments than the account has left.
    Concurrency {
        /// How many the crowd may open.
        needed: f64,
        /// How many there are for it.
        available: f64,
    },
    /// More requests than the account serves in a second.
    RequestRate {
        /// How many arrive.
        requests_per_s: f64,
        /// How many are served.
        most_per_s: f64,
    },
    /// The function cannot have that many environments so soon.
    ScalingRate {
        /// How many the crowd may open.
        needed: f64,
        /// When it can have them.
        after_s: f64,
    },
}

#[cfg(test)]
mod tests {
    use std::cmp::Reverse;
    use std::collections::BinaryHeap;

    use super::*;
    use crate::stats::Random;

    /// Environments opened until the crowd has settled, exponential service times.
    fn simulated(rate: f64, service_s: f64, before_s: f64, random: &mut Random) -> f64 {
        let nanoseconds = |seconds: f64| (seconds * 1e9) as u64;
        let end_s = 3.0 * before_s + 5.0 * service_s;
        let (mut busy, mut idle, mut opened, mut now_s) = (BinaryHeap::new(), 0_u32, 0_u32, 0.0);
        loop {
            now_s += -(1.0 - random.uniform()).ln() / rate;
            if end_s < now_s {
                return f64::from(opened);
            }
            while busy.peek().is_some_and(|Reverse(done)| *done <= nanoseconds(now_s)) {
                busy.pop();
                idle += 1;
            }
            let held_s = -(1.0 - random.uniform()).ln() * service_s;
            let start_s = if idle == 0 { before_s } else { 0.0 };
            if idle == 0 {
                opened += 1
            } else {
                idle -= 1
            }
            busy.push(Reverse(nanoseconds(now_s + start_s + held_s)));
        }
    }

    #[test]
    fn a_crowd_opens_what_a_simulation_of_it_opens() {
        let mut random = Random::from_seed(3);
        for (rate, service_s, before_s) in [
            (1000.0, 0.1, 1.0),
            (100.0, 0.1, 0.2),
            (100.0, 0.1, 1.0),
            (100.0, 1.0, 0.1),
            (100.0, 1.0, 0.5),
            (20.0, 1.0, 1.0),
            (300.0, 0.02, 2.0),
            (10.0, 0.1, 1.0),
            (200.0, 1.0, 0.7),
        ] {
            let crowd = FlashCrowd { traffic: Traffic::new(rate, service_s).unwrap(), before_s };
            let mut runs: Vec<f64> = (0..100).map(|_| simulated(rate, service_s, before_s, &mut random)).collect();
            runs.sort_by(f64::total_cmp);
            let mean = runs.iter().sum::<f64>() / 100.0;
            assert!((crowd.environments() / mean - 1.0).abs() < 0.08, "{rate} {before_s}: {} {mean}", crowd.environments());
            // About one in a hundred is beyond.
            assert!(runs[94] <= crowd.environments_rarely_exceeded(), "{rate} {before_s}: {runs:?}");
        }
    }

    #[test]
    fn published_single_simulations_are_not_exceptional() {
        for (rate, before_s, opened) in [(1000.0, 1.0, 1085.0), (100.0, 0.2, 39.0), (100.0, 1.0, 116.0)] {
            let crowd = FlashCrowd { traffic: Traffic::new(rate, 0.1).unwrap(), before_s };
            assert!(opened <= crowd.environments_rarely_exceeded(), "{rate} {before_s}");
            assert!(crowd.environments() <= opened, "{rate} {before_s}");
        }
    }

    #[test]
    fn the_cases_of_the_equation_meet() {
        assert!((opened_per_server(0.369) - 1.0).abs() < 1e-3);
        assert!((opened_per_server(0.999_999) - 1.5).abs() < 1e-4);
        let ratios = (0..200).map(|step| f64::from(step) / 100.0).map(opened_per_server);
        assert!(ratios.collect::<Vec<_>>().is_sorted());
    }

    #[test]
    fn quotas_are_checked_at_what_is_opened_and_not_at_what_is_needed() {
        let crowd =
            |rate: f64, service_s: f64, before_s: f64| FlashCrowd { traffic: Traffic::new(rate, service_s).unwrap(), before_s };
        assert_eq!(crowd(100.0, 0.1, 1.0).problems(AccountQuota::DEFAULT), []);
        let flash = crowd(1000.0, 0.1, 1.0);
        // 100 are needed, 1065 opened.
        assert!(matches!(flash.problems(AccountQuota::DEFAULT)[0], QuotaProblem::Concurrency { needed, .. } if 1100.0 < needed));
        let many_short = crowd(20_000.0, 0.005, 0.01).problems(AccountQuota::DEFAULT);
        assert!(matches!(many_short.as_slice(), [QuotaProblem::RequestRate { most_per_s, .. }] if *most_per_s < 10_001.0));
        let raised = AccountQuota { concurrency: 50_000.0, reserved_elsewhere: 0.0 };
        let large = crowd(10_000.0, 0.2, 1.0).problems(raised);
        assert!(
            matches!(large.as_slice(), [QuotaProblem::ScalingRate { after_s, .. }] if (90.0..110.0).contains(after_s)),
            "{large:?}"
        );
    }
}
