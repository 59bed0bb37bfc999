//! Waiting: who finds all servers busy stands in one line, first come, first served.

use statrs::distribution::{Continuous, ContinuousCDF, Normal};

use super::erlang::Blocking;
use super::{QueueingError, bisect, checked, checked_load, checked_share};

/// What arrives: how often, how long each request holds a server, and how unevenly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Traffic {
    arrivals_per_s: f64,
    mean_service_s: f64,
    /// (Ca² + Cs²) / 2.
    variability: f64,
}

impl Traffic {
    /// Poisson arrivals and exponential service times.
    ///
    /// # Errors
    /// When a rate or a time is none, or the load is above 10⁹.
    pub fn new(arrivals_per_s: f64, mean_service_s: f64) -> Result<Self, QueueingError> {
        let valid = (0.0..f64::INFINITY).contains(&arrivals_per_s);
        let arrivals_per_s = checked("arrivals per second", arrivals_per_s, valid, "0 or more")?;
        let valid = 0.0 < mean_service_s && mean_service_s < f64::INFINITY;
        let mean_service_s = checked("mean service time in seconds", mean_service_s, valid, "above 0")?;
        checked_load(arrivals_per_s * mean_service_s)?;
        Ok(Self { arrivals_per_s, mean_service_s, variability: 1.0 })
    }

    /// The same with the squared coefficients of variation (variance over squared mean) of the times between arrivals and of
    /// the service times: 0 for a clock, 1 for the exponential distribution, more for bursts and for a few long requests.
    ///
    /// Waits are those of the exponential case times (Ca² + Cs²)/2 (A. O. Allen and J. C. Cunneen's correction): exact where
    /// both are 1, within about ten percent where more than half of the servers are busy.
    ///
    /// # Errors
    /// When one is negative or no number.
    pub fn with_variability(self, arrivals: f64, service: f64) -> Result<Self, QueueingError> {
        let valid = |variability: f64| (0.0..f64::INFINITY).contains(&variability);
        let arrivals = checked("squared variation of the times between arrivals", arrivals, valid(arrivals), "0 or more")?;
        let service = checked("squared variation of the service times", service, valid(service), "0 or more")?;
        Ok(Self { variability: f64::midpoint(arrivals, service), ..self })
    }

    /// a = arrival rate × mean service time: how many servers are busy on average (erlangs).
    #[must_use]
    pub fn offered_load(&self) -> f64 {
        self.arrivals_per_s * self.mean_service_s
    }

    /// Requests per second.
    #[must_use]
    pub fn arrivals_per_s(&self) -> f64 {
        self.arrivals_per_s
    }

    /// How long a request holds a server, on average.
    #[must_use]
    pub fn mean_service_s(&self) -> f64 {
        self.mean_service_s
    }
}

/// Traffic before a number of servers that can do the work, and a line for who finds them busy.
///
/// ```
/// # use millicent::queueing::{Queue, Traffic};
/// // 360 calls in half an hour of 240 s each, 55 agents: 23.9 % wait, on average 8.2 s; 84.6 % are answered within 15 s.
/// let queue = Queue::new(Traffic::new(360.0 / 1800.0, 240.0)?, 55)?;
/// assert!((queue.wait_probability() - 0.239).abs() < 5e-4);
/// assert!((queue.mean_wait_s() - 8.2).abs() < 0.05);
/// assert!((1.0 - queue.wait_longer_than(15.0) - 0.846).abs() < 5e-4);
/// # Ok::<(), millicent::queueing::QueueingError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Queue {
    traffic: Traffic,
    servers: f64,
    wait_probability: f64,
}

impl Queue {
    /// This traffic before so many servers.
    ///
    /// # Errors
    /// When the load is not below the number of servers: the line would grow for ever.
    pub fn new(traffic: Traffic, servers: u64) -> Result<Self, QueueingError> {
        let offered_load = traffic.offered_load();
        if servers as f64 <= offered_load {
            return Err(QueueingError::Unstable { servers, offered_load });
        }
        Ok(Self::behind(traffic, Blocking::at(servers as f64, offered_load)))
    }

    /// The queue that the requests lost at this point of Erlang's recursion would stand in.
    fn behind(traffic: Traffic, blocking: Blocking) -> Self {
        let utilization = traffic.offered_load() / blocking.servers;
        let wait_probability = blocking.lost / (1.0 - utilization * (1.0 - blocking.lost));
        Self { traffic, servers: blocking.servers, wait_probability }
    }

    /// Probability that a request waits at all (Erlang's delay formula): C = B / (1 − ρ·(1 − B)), ρ = a/c.
    #[must_use]
    pub fn wait_probability(&self) -> f64 {
        self.wait_probability
    }

    /// Mean wait of all requests: W = C·S/(c − a), times the variability.
    #[must_use]
    pub fn mean_wait_s(&self) -> f64 {
        self.wait_probability * self.mean_wait_of_the_waiting_s()
    }

    /// The wait of those who wait is exponential with the mean S/(c − a), times the variability.
    fn mean_wait_of_the_waiting_s(&self) -> f64 {
        self.traffic.mean_service_s * self.traffic.variability / (self.servers - self.traffic.offered_load())
    }

    /// P(W > t) = C·e^(−(c − a)·t/S).
    #[must_use]
    pub fn wait_longer_than(&self, wait_s: f64) -> f64 {
        if wait_s < 0.0 {
            1.0
        } else if wait_s <= 0.0 {
            self.wait_probability
        } else {
            self.wait_probability * (-wait_s / self.mean_wait_of_the_waiting_s()).exp()
        }
    }

    /// The wait that the share `share` of the requests does not exceed: max(0, S/(c − a)·ln(C/(1 − share))).
    ///
    /// # Errors
    /// When the share is none.
    pub fn wait_quantile_s(&self, share: f64) -> Result<f64, QueueingError> {
        let share = checked_share("share", share)?;
        let longer = self.wait_probability / (1.0 - share);
        Ok(if longer <= 1.0 { 0.0 } else { self.mean_wait_of_the_waiting_s() * longer.ln() })
    }

    /// P(R > t) of the response, wait and service together, with an exponential service time whatever the variability of the
    /// wait: e^(−τ)·(1 + C·(1 − e^(−kτ))/k), τ = t/S, k = c − a − 1 (and 1 + C·τ where k = 0).
    #[must_use]
    pub fn response_longer_than(&self, response_s: f64) -> f64 {
        if response_s <= 0.0 {
            return 1.0;
        }
        let services = response_s / self.traffic.mean_service_s;
        // How many times faster the wait ends than the service: c − a, over the variability.
        let ratio = self.traffic.mean_service_s / self.mean_wait_of_the_waiting_s();
        let gap = (ratio - 1.0).abs();
        // (e^(−τ) − e^(−ratio·τ)) / (ratio − 1) with the larger exponential taken out, so that nothing overflows.
        let spread = if gap * services < 1e-12 { services } else { -(-gap * services).exp_m1() / gap };
        (-services).exp() + self.wait_probability * (-services * ratio.min(1.0)).exp() * spread
    }

    /// The response time that the share `share` of the requests does not exceed, solved from [`Queue::response_longer_than`].
    ///
    /// ```
    /// # use millicent::queueing::{Queue, Traffic};
    /// let queue = Queue::new(Traffic::new(80.0, 0.1)?, 10)?;
    /// assert!((queue.response_quantile_s(0.99)? - 0.494611).abs() < 5e-7);
    /// # Ok::<(), millicent::queueing::QueueingError>(())
    /// ```
    ///
    /// # Errors
    /// When the share is none.
    pub fn response_quantile_s(&self, share: f64) -> Result<f64, QueueingError> {
        let share = checked_share("share", share)?;
        let longer = 1.0 - share;
        // Half of the rest may come from the wait and half from the service, at the worst.
        let most_s = self.wait_quantile_s(1.0 - longer / 2.0)? + self.traffic.mean_service_s * (2.0 / longer).ln();
        Ok(bisect(0.0, most_s, |response_s| self.response_longer_than(response_s) <= longer))
    }
}

/// What a number of servers is chosen for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WaitTarget {
    /// At most this share of the requests waits at all.
    Waiting {
        /// The share.
        share: f64,
    },
    /// At most this share of the requests waits longer than so many seconds.
    WaitingLonger {
        /// The share.
        share: f64,
        /// The wait that is no harm.
        wait_s: f64,
    },
    /// This share of the requests is answered within so many seconds.
    Answered {
        /// The share.
        share: f64,
        /// The time to answer, wait and service together.
        response_s: f64,
    },
}

impl WaitTarget {
    /// Whether the queue is good enough.
    fn is_met(self, queue: &Queue) -> bool {
        match self {
            Self::Waiting { share } => queue.wait_probability() <= share,
            Self::WaitingLonger { share, wait_s } => queue.wait_longer_than(wait_s) <= share,
            Self::Answered { share, response_s } => queue.response_longer_than(response_s) <= 1.0 - share,
        }
    }

    /// Refuses what is no target, and what no number of servers can reach.
    fn check(self, mean_service_s: f64) -> Result<(), QueueingError> {
        match self {
            Self::Waiting { share } => checked_share("share", share).map(|_| ()),
            Self::WaitingLonger { share, wait_s } => {
                checked_share("share", share)?;
                checked("wait in seconds", wait_s, 0.0 <= wait_s, "0 or more").map(|_| ())
            }
            Self::Answered { share, response_s } => {
                checked_share("share", share)?;
                checked("response time in seconds", response_s, 0.0 < response_s, "above 0")?;
                let service_s = -mean_service_s * (1.0 - share).ln();
                if response_s <= service_s {
                    return Err(QueueingError::Infeasible { share, response_s, service_s });
                }
                Ok(())
            }
        }
    }
}

/// The fewest servers with which the traffic meets the target.
///
/// ```
/// # use millicent::queueing::{QueueingError, Traffic, WaitTarget, fewest_servers};
/// // 200 requests a second of 0.1 s: 29 servers let at most 5 % wait.
/// let traffic = Traffic::new(200.0, 0.1)?;
/// assert_eq!(fewest_servers(traffic, WaitTarget::Waiting { share: 0.05 })?, 29);
/// // The service alone takes 0.46 s for one request in a hundred.
/// let target = WaitTarget::Answered { share: 0.99, response_s: 0.4 };
/// assert!(matches!(fewest_servers(traffic, target), Err(QueueingError::Infeasible { .. })));
/// # Ok::<(), QueueingError>(())
/// ```
///
/// # Errors
/// When the target means nothing, or when no number of servers can meet it.
pub fn fewest_servers(traffic: Traffic, target: WaitTarget) -> Result<u64, QueueingError> {
    target.check(traffic.mean_service_s)?;
    let offered_load = traffic.offered_load();
    let fewest_stable = offered_load.floor() + 1.0;
    let mut blocking = Blocking::before(fewest_stable, offered_load);
    while blocking.servers < fewest_stable || !target.is_met(&Queue::behind(traffic, blocking)) {
        blocking.add_server();
    }
    Ok(blocking.servers as u64)
}

/// Probability that a request waits when there are a + β·√a servers, for large a: 1 / (1 + β·Φ(β)/φ(β)), β > 0, with the
/// standard normal distribution Φ and its density φ (S. Halfin and W. Whitt, "Heavy-traffic limits for queues with many
/// exponential servers", 1981).
///
/// ```
/// # use millicent::queueing::square_root_wait_probability;
/// assert!((square_root_wait_probability(0.5) - 0.504539).abs() < 5e-7);
/// ```
#[must_use]
pub fn square_root_wait_probability(beta: f64) -> f64 {
    let normal = Normal::standard();
    1.0 / (1.0 + beta * normal.cdf(beta) / normal.pdf(beta))
}

/// Square-root staffing: ⌈a + β·√a⌉ servers, with the β at which the share `share` of the requests waits. A rule of thumb
/// for understanding: what is spare grows as the root of the load, so no fixed utilization is right for small and large
/// loads. [`fewest_servers`] is exact, and here one more each time.
///
/// ```
/// # use millicent::queueing::square_root_servers;
/// // "70 % busy" would be 29 servers at 20 erlangs, but 286 at 200, where it takes 226.
/// assert_eq!(square_root_servers(20.0, 0.05)?, 28);
/// assert_eq!(square_root_servers(200.0, 0.05)?, 225);
/// # Ok::<(), millicent::queueing::QueueingError>(())
/// ```
///
/// # Errors
/// When the load or the share is none.
pub fn square_root_servers(offered_load: f64, share: f64) -> Result<u64, QueueingError> {
    let (offered_load, share) = (checked_load(offered_load)?, checked_share("share", share)?);
    // At β = 38 the density is the smallest that a double can hold.
    let beta = bisect(0.0, 38.0, |beta| square_root_wait_probability(beta) <= share);
    Ok((offered_load + beta * offered_load.sqrt()).ceil() as u64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn queue(servers: u64, load: f64) -> Queue {
        Queue::new(Traffic::new(load, 1.0).unwrap(), servers).unwrap()
    }

    /// 15 digits of a computation with 40.
    #[test]
    fn erlang_c_agrees_with_the_high_precision_table() {
        for (servers, load, expected) in [
            (1, 0.5, 0.5),
            (2, 1.0, 0.333333333333333),
            (3, 2.0, 0.444444444444444),
            (10, 8.0, 0.409180150796444),
            (14, 10.0, 0.174131933595050),
            (55, 48.0, 0.238700936378009),
            (100, 90.0, 0.216940480906366),
            (1000, 990.0, 0.659080421880854),
            (10_000, 9900.0, 0.222776928864148),
        ] {
            let got = queue(servers, load).wait_probability();
            assert!((got / expected - 1.0).abs() < 1e-13, "C({servers}, {load}) = {got}");
        }
    }

    #[test]
    fn the_call_center_of_the_textbooks_waits_as_published() {
        let queue = Queue::new(Traffic::new(0.2, 240.0).unwrap(), 55).unwrap();
        assert!((queue.mean_wait_s() - 8.1840321).abs() < 5e-8);
        assert!((1.0 - queue.wait_longer_than(15.0) - 0.84588309).abs() < 5e-9);
        let quantile_s = queue.wait_quantile_s(0.84588309).unwrap();
        assert!((quantile_s - 15.0).abs() < 1e-5, "{quantile_s}");
        assert!(queue.wait_quantile_s(0.7).unwrap() <= 0.0);
    }

    #[test]
    fn the_response_quantiles_are_those_of_the_table() {
        for (servers, rate, expected) in [(10, 80.0, 0.494611), (25, 200.0, 0.465613)] {
            let queue = Queue::new(Traffic::new(rate, 0.1).unwrap(), servers).unwrap();
            let got = queue.response_quantile_s(0.99).unwrap();
            assert!((got - expected).abs() < 5e-7, "{servers}: {got}");
        }
    }

    #[test]
    fn the_fewest_servers_are_those_of_the_table() {
        for (rate, service_s, expected) in
            [(50.0, 0.1, [8, 10, 12, 8]), (200.0, 0.1, [26, 29, 32, 24]), (1000.0, 0.2, [216, 226, 235, 205])]
        {
            let traffic = Traffic::new(rate, service_s).unwrap();
            let targets = [
                WaitTarget::Waiting { share: 0.2 },
                WaitTarget::Waiting { share: 0.05 },
                WaitTarget::Waiting { share: 0.01 },
                WaitTarget::WaitingLonger { share: 0.01, wait_s: service_s },
            ];
            assert_eq!(targets.map(|target| fewest_servers(traffic, target).unwrap()), expected, "{rate} × {service_s}");
        }
    }

    #[test]
    fn a_response_below_the_service_itself_is_infeasible_and_just_above_is_not() {
        let traffic = Traffic::new(200.0, 0.1).unwrap();
        let answered = |response_s| fewest_servers(traffic, WaitTarget::Answered { share: 0.99, response_s });
        // ln 100 = 4.605.
        assert!(
            matches!(answered(0.4605), Err(QueueingError::Infeasible { service_s, .. }) if (service_s - 0.460517).abs() < 1e-6)
        );
        assert!(answered(0.4606).is_ok());
        assert_eq!(answered(0.465614), Ok(25));
        assert_eq!(answered(0.465612), Ok(26));
    }

    #[test]
    fn as_much_load_as_servers_is_unstable() {
        let traffic = Traffic::new(10.0, 1.0).unwrap();
        assert_eq!(Queue::new(traffic, 10), Err(QueueingError::Unstable { servers: 10, offered_load: 10.0 }));
        assert!(Queue::new(traffic, 11).is_ok());
        assert!(Queue::new(Traffic::new(0.0, 1.0).unwrap(), 0).is_err());
    }

    #[test]
    fn heavy_traffic_values_are_the_published_ones() {
        for (beta, expected) in [(0.1, 0.880287), (0.5, 0.504539), (0.75, 0.341748), (1.5, 0.0846904), (2.5, 0.0070057)] {
            let got = square_root_wait_probability(beta);
            assert!((got - expected).abs() < 5e-7, "{beta}: {got}");
        }
    }

    #[test]
    fn constant_service_halves_the_wait_and_clockwork_never_waits_long() {
        let traffic = Traffic::new(8.0, 1.0).unwrap();
        let wait = |arrivals, service| Queue::new(traffic.with_variability(arrivals, service).unwrap(), 10).unwrap();
        assert!((wait(1.0, 0.0).mean_wait_s() * 2.0 / wait(1.0, 1.0).mean_wait_s() - 1.0).abs() < 1e-15);
        let clockwork = wait(0.0, 0.0);
        assert!(clockwork.mean_wait_s() <= 0.0 && clockwork.wait_longer_than(1e-9) <= 0.0);
        assert!((clockwork.response_longer_than(1.0) - (-1.0_f64).exp()).abs() < 1e-15);
        assert!(traffic.with_variability(-0.1, 1.0).is_err());
    }

    #[test]
    fn large_fleets_are_sized_in_the_blink_of_an_eye() {
        let traffic = Traffic::new(1e5, 1.0).unwrap();
        let servers = fewest_servers(traffic, WaitTarget::Waiting { share: 0.05 }).unwrap();
        // The square-root rule is exact to a server or two here.
        assert!(servers.abs_diff(square_root_servers(1e5, 0.05).unwrap()) <= 2, "{servers}");
    }

    proptest! {
        #[test]
        fn more_servers_wait_less_and_more_load_waits_more(spare in 0.01_f64..50.0, load in 0.1_f64..1_000.0) {
            let servers = (load + spare).ceil() as u64;
            let (fewer, more) = (queue(servers, load), queue(servers + 1, load));
            prop_assert!(more.wait_probability() < fewer.wait_probability());
            prop_assert!(queue(servers, load * 0.99).wait_probability() < fewer.wait_probability());
            prop_assert!(more.response_longer_than(1.5) <= fewer.response_longer_than(1.5));
            prop_assert!(crate::queueing::erlang_b(servers, load) <= fewer.wait_probability());
        }

        #[test]
        fn a_quantile_is_where_its_share_is_reached(spare in 0.01_f64..20.0, load in 0.1_f64..500.0, share in 0.01_f64..0.9999) {
            let queue = queue((load + spare).ceil() as u64, load);
            let response_s = queue.response_quantile_s(share).unwrap();
            prop_assert!((queue.response_longer_than(response_s) / (1.0 - share) - 1.0).abs() < 1e-9);
            let wait_s = queue.wait_quantile_s(share).unwrap();
            prop_assert!(queue.wait_longer_than(wait_s) <= (1.0 - share) * (1.0 + 1e-12));
            prop_assert!(wait_s <= response_s);
        }

        #[test]
        fn one_server_fewer_misses_the_target(load in 0.1_f64..2_000.0, share in 0.001_f64..0.5) {
            let traffic = Traffic::new(load, 1.0).unwrap();
            for target in [WaitTarget::Waiting { share }, WaitTarget::Answered { share: 0.95, response_s: 3.5 }] {
                let servers = fewest_servers(traffic, target).unwrap();
                prop_assert!(target.is_met(&Queue::new(traffic, servers).unwrap()));
                prop_assert!(Queue::new(traffic, servers - 1).map_or(true, |queue| !target.is_met(&queue)));
            }
        }

        #[test]
        fn many_servers_wait_as_the_heavy_traffic_limit_says(beta in 0.2_f64..2.0) {
            let load = 90_000.0;
            let got = queue((load + beta * 300.0).round() as u64, load).wait_probability();
            prop_assert!((got - square_root_wait_probability(beta)).abs() < 0.01);
        }
    }
}
