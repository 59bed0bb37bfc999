//! Who waits for a server, and how long an answer takes.

use rust_decimal::prelude::ToPrimitive;

use super::MOST_INSTANCES;
use super::bounds::Lines;
use crate::queueing::{Queue, Traffic};
use crate::stats::Durations;
use crate::units::{Decimal, TimeSpan, decimal_from_statistic, statistic_from_decimal};

/// Waiting at the peak rate: Poisson arrivals, one queue for all servers of the fleet. Where requests wait for several things,
/// each number is that of the worse line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Waiting {
    /// The share of requests that find every server busy, or every place taken (Erlang C).
    pub probability: f64,
    /// The mean wait of a request.
    pub mean: TimeSpan,
    /// 99 of 100 requests are answered within this time, wait included.
    pub p99_response: TimeSpan,
}

/// A fleet at its busiest.
#[derive(Debug, Clone, PartialEq)]
pub struct Peak {
    /// What requests wait for.
    pub(super) lines: Lines,
    pub(super) instances: Decimal,
    /// Requests a second.
    pub(super) rate: Decimal,
}

impl Peak {
    /// Whether requests wait for anything.
    pub(super) fn has_lines(&self) -> bool {
        !self.lines.servers().is_empty()
    }

    /// How many requests one instance works on at once when it is wholly used, and how long each takes: of each thing that
    /// requests wait for there are so many, and a request holds it for a part of its time. At least one; nothing where requests
    /// wait for nothing. Divided by that time it is the rate that one instance carries, so a fraction counts.
    ///
    /// Worked numbers: one vCPU and requests of 100 ms, of which 20 ms are CPU: five at once; of which 40 ms are: 2.5.
    #[must_use]
    pub fn at_once(&self) -> Option<(Decimal, Durations)> {
        let at_once = |line: &Servers| {
            let overlap = line.unhindered.mean().seconds().checked_div(line.service.seconds())?;
            Some(((line.each * overlap).round_dp(9).normalize().max(Decimal::ONE), line.unhindered.clone()))
        };
        self.lines.servers().iter().filter_map(at_once).min_by_key(|(requests, _)| *requests)
    }

    /// The same as a whole number, for one instance by itself.
    #[must_use]
    pub fn requests_at_once(&self) -> Option<u64> {
        self.at_once().map(|(requests, _)| requests.floor().to_u64().unwrap_or(u64::MAX))
    }

    /// The worst of the lines; nothing where there is none, or one grows without end.
    pub(super) fn waiting(&self) -> Option<Waiting> {
        let servers = self.lines.servers();
        let lines = servers.iter().map(|servers| servers.waiting(self.instances, self.rate));
        lines.collect::<Option<Vec<_>>>()?.into_iter().reduce(Waiting::worse)
    }
}

impl Waiting {
    fn worse(self, other: Self) -> Self {
        Self {
            probability: self.probability.max(other.probability),
            mean: self.mean.max(other.mean),
            p99_response: self.p99_response.max(other.p99_response),
        }
    }
}

/// The servers of a fleet: vCPUs, GPUs, or places for requests in progress, each with one request at a time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Servers {
    /// Servers of one instance.
    pub(super) each: Decimal,
    /// How long a request holds one.
    pub(super) service: TimeSpan,
    /// How long a request takes when none waits.
    pub(super) unhindered: Durations,
    /// How long it takes when every server is busy, where that slows all of them down.
    pub(super) crowded: Durations,
}

/// So many points stand for a distribution of durations.
const POINTS: u32 = 200;

impl Servers {
    /// The waiting of `instances` under `rate` requests a second; nothing where the queue would grow without end.
    pub(super) fn waiting(&self, instances: Decimal, rate: Decimal) -> Option<Waiting> {
        let queue = self.queue(instances, rate)?;
        Some(Waiting {
            probability: queue.wait_probability(),
            mean: span(queue.mean_wait_s()),
            p99_response: span(response_quantile(&self.points(), &queue, 0.99)?),
        })
    }

    /// The queue before all servers, with service times that vary as the durations do.
    fn queue(&self, instances: Decimal, rate: Decimal) -> Option<Queue> {
        let (rate, service) = (statistic_from_decimal(rate), statistic_from_decimal(self.service.seconds()));
        let traffic = Traffic::new(rate, service).ok()?.with_variability(1.0, self.unhindered.squared_variation()).ok()?;
        Queue::new(traffic, (instances * self.each).floor().to_u64()?).ok()
    }

    /// The fewest instances with which at most `share` of the requests wait.
    pub(super) fn fewest_by_share(&self, rate: Decimal, share: f64) -> Decimal {
        self.fewest(rate, |queue| queue.wait_probability() <= share)
    }

    /// The fewest instances that answer 99 of 100 requests within `limit`, which the work alone must not exceed.
    pub(super) fn fewest_by_p99(&self, rate: Decimal, limit: TimeSpan) -> Decimal {
        let (points, limit) = (self.points(), statistic_from_decimal(limit.seconds()));
        self.fewest(rate, |queue| longer_than(&points, queue, limit) <= 0.01)
    }

    /// Doubles the instances until `enough`, then halves the interval: more servers never wait more.
    fn fewest(&self, rate: Decimal, enough: impl Fn(&Queue) -> bool) -> Decimal {
        let holds = |instances: u64| self.queue(instances.into(), rate).is_some_and(|queue| enough(&queue));
        let mut high = 1_u64;
        while !holds(high) && high < MOST_INSTANCES.into() {
            high *= 2;
        }
        let mut low = high / 2;
        while low + 1 < high {
            let middle = low.midpoint(high);
            if holds(middle) { high = middle } else { low = middle }
        }
        high.into()
    }

    /// Equally likely durations of a request in seconds: of one that does not wait, and of the same one among others.
    fn points(&self) -> Vec<(f64, f64)> {
        let seconds = |durations: &Durations, share: f64| statistic_from_decimal(durations.quantile(share).seconds());
        let shares = (0..POINTS).map(|index| (f64::from(index) + 0.5) / f64::from(POINTS));
        shares.map(|share| (seconds(&self.unhindered, share), seconds(&self.crowded, share))).collect()
    }
}

/// The share of requests that take longer than `limit` seconds, wait and work together: who waits finds every server busy, and
/// works among others.
fn longer_than(points: &[(f64, f64)], queue: &Queue, limit: f64) -> f64 {
    let share = |(unhindered, crowded): &(f64, f64)| {
        if limit < *unhindered { 1.0 } else { queue.wait_longer_than((limit - crowded).max(0.0)) }
    };
    points.iter().map(share).sum::<f64>() / points.len() as f64
}

/// By halving an interval: the longest work plus the wait that one in a million exceeds holds every quantile asked for.
fn response_quantile(points: &[(f64, f64)], queue: &Queue, quantile: f64) -> Option<f64> {
    let longest = points.iter().map(|(_, crowded)| *crowded).fold(0.0, f64::max);
    let (mut low, mut high) = (0.0, longest + queue.wait_quantile_s(1.0 - 1e-6).ok()?);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if longer_than(points, queue, middle) <= 1.0 - quantile { high = middle } else { low = middle }
    }
    Some(high)
}

fn span(seconds: f64) -> TimeSpan {
    TimeSpan::from_milliseconds(decimal_from_statistic(seconds * 1000.0, 3).unwrap_or_default())
}
