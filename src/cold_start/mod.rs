//! Cold starts of a function: how many, of which causes, what they do to latency, and what removes them.
//!
//! The one idea: [`Conditions`] say what arrives, how long an idle environment is kept and what is done about it; everything
//! else follows. [`ColdStarts`] are a steady day: environments that expired while idle (exactly, [`crate::queueing::WarmPool`]),
//! that were recycled, that pings held ([`crate::queueing::AgingPool`]), and that a deployment replaced. A [`FlashCrowd`] is the other case: traffic from nothing. A
//! [`Mitigation`] turns conditions into others, so what it does is a difference of two answers. Where nobody measured an INIT
//! phase, [`RuntimeInit`] has what others measured.
//!
//! No price is known here, no platform and no trace: requests arrive at random, at a constant rate.

mod flash_crowd;
mod keep_alive;
mod latency;
mod mitigation;
mod runtime;

pub use self::flash_crowd::{
    AccountQuota, FlashCrowd, LAMBDA_CONCURRENCY, QuotaProblem, environments_after, seconds_to_environments,
};
pub use self::keep_alive::{keep_alive_words, read_keep_alive};
pub use self::latency::{LAMBDA_OVERHEAD, Latencies, Quantiles, StartUp};
pub use self::mitigation::{Mitigated, Mitigation, PING_HOLD};
pub use self::runtime::{Deployment, Package, RuntimeInit, supports_snap_start};
use crate::queueing::{AgingPool, KeepAlive, Pings, QueueingError, Traffic, Upkeep, WarmPool};
use crate::stats::{Durations, DurationsError};
use crate::units::QuantityError;

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ColdStartError {
    /// No runtime of this name was measured.
    #[error("nothing was measured of the runtime {typed:?} ({}measured: {known})", nearest.map(|nearest| format!("did you mean {nearest}? ")).unwrap_or_default())]
    UnknownRuntime {
        /// What was typed.
        typed: String,
        /// A name near it.
        nearest: Option<&'static str>,
        /// All names.
        known: String,
    },
    /// The name of an operating system, on which several languages run.
    #[error("{typed} runs several languages, which start differently (give the language: {languages})")]
    AmbiguousRuntime {
        /// What was typed.
        typed: String,
        /// The languages.
        languages: &'static str,
    },
    /// What is no keep-alive time.
    #[error("{typed:?} is no keep-alive time: {problem} (write \"10min\", \"5min..7min\", \"conservative\" or \"simfaas\")")]
    KeepAlive {
        /// What was typed.
        typed: String,
        /// What is wrong with it.
        problem: QuantityError,
    },
    /// A number that means nothing here.
    #[error("the {quantity} is {value} (it must be {allowed})")]
    OutOfRange {
        /// What the number is.
        quantity: &'static str,
        /// What was given.
        value: f64,
        /// What may be given.
        allowed: &'static str,
    },
    /// Pings keep nothing warm when an environment expires between two of them.
    #[error(
        "a ping every {interval_s} s keeps no environment that may be dropped after {keep_alive_s} s (ping more often than that, with a margin)"
    )]
    PingsTooSlow {
        /// Between two pings.
        interval_s: f64,
        /// The shortest keep-alive time.
        keep_alive_s: f64,
    },
    /// SnapStart is not to be had.
    #[error("SnapStart is not available with {with} ({remedy})")]
    NoSnapStart {
        /// What stands against it.
        with: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A question about queues without an answer.
    #[error(transparent)]
    Queueing(#[from] QueueingError),
    /// What is no duration.
    #[error(transparent)]
    Durations(#[from] DurationsError),
}

/// `value`, if it is `valid`.
fn checked(quantity: &'static str, value: f64, valid: bool, allowed: &'static str) -> Result<f64, ColdStartError> {
    if valid { Ok(value) } else { Err(ColdStartError::OutOfRange { quantity, value, allowed }) }
}

/// What cold starts depend on.
#[derive(Debug, Clone, PartialEq)]
pub struct Conditions {
    /// What arrives, and how long a warm request holds an environment.
    pub traffic: Traffic,
    /// How long an idle environment is kept.
    pub keep_alive: KeepAlive,
    /// Environments of provisioned concurrency: always there, also after a deployment.
    pub provisioned: u64,
    /// Calls that keep environments of the running version alive.
    pub pings: Option<Pings>,
    /// How long an environment lives at most, busy or not.
    pub lifetime_s: f64,
    /// The share of recycled environments that is replaced before a request needs it.
    pub proactive_share: f64,
    /// Deployments a day, each of which starts with no environment.
    pub deploys_per_day: f64,
    /// How long the handler takes, and what a cold start adds, where latencies are asked for.
    pub durations: Option<(Durations, StartUp)>,
}

/// Environments are recycled "every few hours" (AWS Lambda developer guide), after 2 to 8 hours when measured; the shortest makes
/// the most cold starts.
pub const LIFETIME_S: f64 = 2.0 * 3600.0;

const DAY_S: f64 = 86_400.0;

impl Conditions {
    /// This traffic, and nothing done about cold starts: no environment kept, no deployments, environments recycled after two
    /// hours.
    #[must_use]
    pub fn new(traffic: Traffic, keep_alive: KeepAlive) -> Self {
        Self {
            traffic,
            keep_alive,
            provisioned: 0,
            pings: None,
            lifetime_s: LIFETIME_S,
            proactive_share: 0.0,
            deploys_per_day: 0.0,
            durations: None,
        }
    }

    fn requests_per_day(&self) -> f64 {
        self.traffic.arrivals_per_s() * DAY_S
    }

    /// The environments: Lambda replaces provisioned ones that it recycles; a pinged one waits for the next ping, or for a request
    /// that starts cold.
    fn pool(&self) -> Result<AgingPool, ColdStartError> {
        let Self { lifetime_s, proactive_share, pings, .. } = *self;
        let upkeep = Upkeep { kept: self.provisioned, lifetime_s, proactive_share, pings };
        Ok(AgingPool::new(self.traffic, &self.keep_alive, &upkeep)?)
    }

    fn check(&self) -> Result<(), ColdStartError> {
        let finite = |value: f64| (0.0..f64::INFINITY).contains(&value);
        checked("lifetime in seconds", self.lifetime_s, 1.0 <= self.lifetime_s && finite(self.lifetime_s), "1 or more")?;
        let valid = (0.0..=1.0).contains(&self.proactive_share);
        checked("share of proactive starts", self.proactive_share, valid, "from 0 to 1")?;
        checked("number of deployments a day", self.deploys_per_day, finite(self.deploys_per_day), "0 or more")?;
        Ok(())
    }

    /// Cold starts that one deployment causes: the environments that a usual window needs, or those that the traffic opens while
    /// the first ones start, if these are more; but for the provisioned ones, which are started before traffic is shifted.
    fn starts_per_deploy(&self, pool: &WarmPool) -> f64 {
        let before_s = self.durations.as_ref().map_or(0.0, |(_, start_up)| start_up.mean_s());
        let opened = FlashCrowd { traffic: self.traffic, before_s }.environments();
        (pool.mean_alive().max(opened) - self.provisioned as f64).max(0.0)
    }
}

/// Cold starts of a day, by cause.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Causes {
    /// An environment was idle for too long.
    pub expired: f64,
    /// An environment had lived for too long.
    pub recycled: f64,
    /// Pings held the environments that were there.
    pub pinged: f64,
    /// A deployment began with none.
    pub deployed: f64,
}

impl Causes {
    /// All together.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.expired + self.recycled + self.pinged + self.deployed
    }
}

/// The same with another keep-alive time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AtKeepAlive {
    /// How long an idle environment is kept.
    pub keep_alive_s: f64,
    /// Cold starts of a day.
    pub per_day: f64,
    /// The share of all requests.
    pub share: f64,
}

/// The cold starts of a steady day.
#[derive(Debug, Clone, PartialEq)]
pub struct ColdStarts {
    /// How many, by cause.
    pub per_day: Causes,
    /// The share of all requests, at most 1.
    pub share: f64,
    /// Pings of a day that start an environment.
    pub cold_pings_per_day: f64,
    /// Environments alive on average, those kept included.
    pub mean_alive: f64,
    /// Environments in use at once at the peak of a usual keep-alive time: fewer kept ones change nothing.
    pub window_peak: u64,
    /// How long requests take, where that is known.
    pub latencies: Option<Latencies>,
    /// The same if environments were kept for so long.
    pub sensitivity: Vec<AtKeepAlive>,
}

/// Keep-alive times that were measured on AWS Lambda between 2017 and 2021, or are near them.
const MEASURED_KEEP_ALIVE_MINUTES: [f64; 5] = [5.0, 7.0, 10.0, 15.0, 27.0];

impl ColdStarts {
    /// The cold starts under these conditions, and for how long environments may be kept.
    ///
    /// Worked number: 100 requests a second of 0.1 s, environments kept for 7 minutes and recycled after 2 hours. 226 expire a day;
    /// most idle out before they are two hours old, so recycling adds 154 and not 12 for each of the 25.7 alive, which are 309.
    /// Each of 12 deployments starts those 25.7.
    ///
    /// ```
    /// use millicent::cold_start::{ColdStarts, Conditions};
    /// use millicent::queueing::{KeepAlive, Traffic};
    ///
    /// let traffic = Traffic::new(100.0, 0.1)?;
    /// let conditions = Conditions { deploys_per_day: 12.0, ..Conditions::new(traffic, KeepAlive::constant(420.0)?) };
    /// let cold = ColdStarts::of(&conditions)?;
    /// let rounded = [cold.per_day.expired, cold.per_day.recycled, cold.per_day.deployed].map(f64::round);
    /// assert_eq!(rounded, [226.0, 154.0, 309.0]);
    /// # Ok::<(), millicent::cold_start::ColdStartError>(())
    /// ```
    ///
    /// # Errors
    /// When a number means nothing.
    pub fn of(conditions: &Conditions) -> Result<Self, ColdStartError> {
        let cold_starts = Self::kept_as_stated(conditions)?;
        let sensitivity = MEASURED_KEEP_ALIVE_MINUTES.map(|minutes| {
            let keep_alive_s = minutes * 60.0;
            let kept = Conditions { keep_alive: KeepAlive::constant(keep_alive_s)?, ..conditions.clone() };
            let per_day = causes(&kept, &kept.pool()?);
            Ok(AtKeepAlive { keep_alive_s, per_day: per_day.sum(), share: share_of_requests(conditions, per_day) })
        });
        Ok(Self { sensitivity: sensitivity.into_iter().collect::<Result<_, ColdStartError>>()?, ..cold_starts })
    }

    /// The same for the stated keep-alive time only: without a sensitivity.
    ///
    /// # Errors
    /// When a number means nothing.
    pub fn kept_as_stated(conditions: &Conditions) -> Result<Self, ColdStartError> {
        conditions.check()?;
        let pool = conditions.pool()?;
        let per_day = causes(conditions, &pool);
        let share = share_of_requests(conditions, per_day);
        Ok(Self {
            per_day,
            share,
            cold_pings_per_day: pool.cold_pings_per_s * DAY_S,
            mean_alive: conditions.provisioned as f64 + pool.mean_alive,
            window_peak: pool.warm.alive_quantile(0.5)?,
            latencies: conditions.durations.as_ref().map(|(handler, start_up)| Latencies::of(handler, start_up, share)),
            sensitivity: Vec::new(),
        })
    }
}

/// Each cause takes its part of the requests that the one before left: no more are cold than there are.
fn causes(conditions: &Conditions, pool: &AgingPool) -> Causes {
    let requests = conditions.requests_per_day();
    let expired = (pool.expired_per_s * DAY_S).min(requests);
    let recycled = (pool.recycled_per_s * DAY_S).min(requests - expired);
    let pinged = (pool.pinged_per_s * DAY_S).min(requests - expired - recycled);
    let deploys = conditions.deploys_per_day * conditions.starts_per_deploy(&pool.warm);
    Causes { expired, recycled, pinged, deployed: deploys.min(requests - expired - recycled - pinged) }
}

fn share_of_requests(conditions: &Conditions, per_day: Causes) -> f64 {
    let requests = conditions.requests_per_day();
    if requests <= 0.0 { 0.0 } else { (per_day.sum() / requests).min(1.0) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn conditions(rate: f64, service_s: f64) -> Conditions {
        Conditions::new(Traffic::new(rate, service_s).unwrap(), KeepAlive::CONSERVATIVE)
    }

    #[test]
    fn what_idles_out_is_not_recycled() {
        let conditions = Conditions::new(Traffic::new(100.0, 0.1).unwrap(), KeepAlive::constant(420.0).unwrap());
        let cold = ColdStarts::of(&conditions).unwrap();
        // 2.6e-5 by expiry; by recycling half of the 25.7 / (100 · 7200) = 3.6e-5 of environments that all live for two hours.
        assert!((cold.share - (2.617e-5 + 1.78e-5)).abs() < 1e-7, "{}", cold.share);
        let half = ColdStarts::of(&Conditions { proactive_share: 0.5, ..conditions }).unwrap();
        assert!(half.per_day.recycled * 2.0 < cold.per_day.recycled);
        assert!((half.per_day.expired - cold.per_day.expired).abs() < 1e-9);
    }

    #[test]
    fn a_deployment_costs_what_the_first_start_lets_pile_up() {
        let slow = StartUp::of("4.9s".parse().unwrap());
        let conditions = Conditions { deploys_per_day: 1.0, ..conditions(100.0, 0.1) };
        let quick = ColdStarts::of(&conditions).unwrap();
        assert!((quick.per_day.deployed - conditions.pool().unwrap().warm.mean_alive()).abs() < 1e-9);
        let piling = Conditions { durations: Some(("100ms".parse().unwrap(), slow)), ..conditions };
        let opened = ColdStarts::of(&piling).unwrap().per_day.deployed;
        assert!((opened / 500.0 - 1.0).abs() < 0.05, "{opened}");
    }

    #[test]
    fn nothing_that_arrives_never_starts_cold() {
        let none = ColdStarts::of(&conditions(0.0, 1.0)).unwrap();
        assert!(none.share <= 0.0 && none.per_day.sum() <= 0.0 && none.mean_alive <= 0.0);
        assert_eq!(none.window_peak, 0);
    }

    #[test]
    fn what_means_nothing_is_refused() {
        let base = conditions(1.0, 1.0);
        for wrong in [
            Conditions { lifetime_s: 0.0, ..base.clone() },
            Conditions { proactive_share: 1.5, ..base.clone() },
            Conditions { deploys_per_day: f64::INFINITY, ..base.clone() },
        ] {
            assert!(matches!(ColdStarts::of(&wrong), Err(ColdStartError::OutOfRange { .. })));
        }
    }

    #[test]
    fn a_runtime_gives_its_start_and_dependencies_lengthen_it() {
        let start_up = |runtime, package, arm64, dependencies| {
            RuntimeInit::of(Deployment { runtime, package, arm64 }).and_then(|init| init.start_up(dependencies))
        };
        let mean_ms = |start_up: StartUp| start_up.init.points_ms(1001)[500];
        let java = start_up("java21", Package::Zip, false, 1.0).unwrap();
        assert!((mean_ms(java) - 239.0).abs() < 0.5);
        let heavy = start_up("nodejs22", Package::Image, true, 8.0).unwrap();
        assert!((mean_ms(heavy) - 8.0 * 238.0).abs() < 2.0);
        assert!(start_up("go", Package::Zip, false, 0.5).is_err());
        assert!(!start_up("dotnet8", Package::Zip, false, 1.0).unwrap().first_call.is_zero());
        assert!(start_up("dotnet10-aot", Package::Zip, false, 1.0).unwrap().first_call.is_zero());
        let error = start_up("provided.al2023", Package::Zip, false, 1.0).unwrap_err().to_string();
        assert!(error.contains("go, rust"), "{error}");
        assert!(supports_snap_start("java17") && supports_snap_start("dotnet10") && !supports_snap_start("python3.11"));
    }

    proptest! {
        #[test]
        fn what_is_done_never_makes_more_cold_starts(rate in 1e-5_f64..50.0, service_s in 0.01_f64..5.0, kept in 0_u64..40, deploys in 0.0_f64..20.0) {
            let before = Conditions { deploys_per_day: deploys, ..conditions(rate, service_s) };
            let plain = ColdStarts::of(&before).unwrap();
            let kept = ColdStarts::of(&Conditions { provisioned: kept, ..before.clone() }).unwrap();
            prop_assert!(plain.per_day.sum() <= rate * DAY_S * (1.0 + 1e-9));
            prop_assert!(kept.share <= plain.share * (1.0 + 1e-9) && (0.0..=1.0).contains(&plain.share));
            prop_assert!(kept.per_day.expired <= plain.per_day.expired && kept.per_day.deployed <= plain.per_day.deployed.max(rate * DAY_S - plain.per_day.expired));
            prop_assert!(plain.mean_alive <= kept.mean_alive * (1.0 + 1e-12));
            let shares: Vec<f64> = plain.sensitivity.iter().map(|at| at.per_day).collect();
            prop_assert_eq!(shares.len(), 5);
        }
    }
}
