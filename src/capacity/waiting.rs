//! Who waits for a server, and how long an answer takes.

use crate::queueing::erlang_b;
use crate::stats::Durations;
use crate::units::{Decimal, TimeSpan, decimal_from_statistic, statistic_from_decimal};

/// Waiting at the peak rate: Poisson arrivals, one queue for all servers of the fleet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Waiting {
    /// The share of requests that find every server busy (Erlang C).
    pub probability: f64,
    /// The mean wait of a request.
    pub mean: TimeSpan,
    /// 99 of 100 requests are answered within this time, wait included.
    pub p99_response: TimeSpan,
}

/// The servers of a fleet: vCPUs, or GPUs, each with one request at a time.
#[derive(Debug, Clone)]
pub(super) struct Servers {
    /// Servers of one instance.
    pub(super) each: Decimal,
    /// How long a request holds one.
    pub(super) service: TimeSpan,
    /// How long a request takes when none waits.
    pub(super) unhindered: Durations,
}

/// No fleet has more.
const MOST_INSTANCES: u64 = 10_000_000;
/// So many points stand for a distribution of durations.
const POINTS: u32 = 200;

impl Servers {
    /// The offered load at a rate, in busy servers.
    pub(super) fn load(&self, rate: Decimal) -> f64 {
        statistic_from_decimal(rate * self.service.seconds())
    }

    /// The waiting of `instances` under `rate` requests a second; nothing where the queue would grow without end.
    ///
    /// P(wait) is Erlang's delay formula; the wait beyond t is P(wait) · e^(−(c − a)·t / (S·V)) with V = (1 + Cs²)/2, the
    /// two-moment correction for service times that are not exponential (Lee and Longton; exact for M/M/c).
    pub(super) fn waiting(&self, instances: Decimal, rate: Decimal) -> Option<Waiting> {
        let queue = self.queue(instances, rate)?;
        let mean = queue.probability / queue.decay;
        Some(Waiting {
            probability: queue.probability,
            mean: span(mean),
            p99_response: span(response_quantile(&self.points(), &queue, 0.99)),
        })
    }

    fn queue(&self, instances: Decimal, rate: Decimal) -> Option<Queue> {
        let servers = statistic_from_decimal(instances * self.each).floor();
        let load = self.load(rate);
        if servers <= load {
            return None;
        }
        let service = statistic_from_decimal(self.service.seconds());
        let variation = self.unhindered.squared_variation().midpoint(1.0);
        Some(Queue { probability: erlang_c(servers, load), decay: (servers - load) / (service * variation) })
    }

    /// The fewest instances with which at most `share` of the requests wait.
    pub(super) fn fewest_by_share(&self, rate: Decimal, share: f64) -> Decimal {
        self.fewest(rate, |queue| queue.probability <= share)
    }

    /// The fewest instances that answer 99 of 100 requests within `limit`; nothing when the work alone takes longer.
    pub(super) fn fewest_by_p99(&self, rate: Decimal, limit: TimeSpan) -> Option<Decimal> {
        let limit = statistic_from_decimal(limit.seconds());
        let points = self.points();
        let alone = points.iter().filter(|point| limit < **point).count();
        if POINTS as usize / 100 < alone {
            return None;
        }
        Some(self.fewest(rate, |queue| beyond(&points, queue, limit) <= 0.01))
    }

    /// Doubles the instances until `enough`, then halves the interval: more servers never wait more.
    fn fewest(&self, rate: Decimal, enough: impl Fn(&Queue) -> bool) -> Decimal {
        let holds = |instances: u64| self.queue(instances.into(), rate).is_some_and(|queue| enough(&queue));
        let mut high = 1_u64;
        while !holds(high) && high < MOST_INSTANCES {
            high *= 2;
        }
        let mut low = high / 2;
        while low + 1 < high {
            let middle = low.midpoint(high);
            if holds(middle) { high = middle } else { low = middle }
        }
        high.into()
    }

    /// Equally likely durations of a request that does not wait, in seconds.
    fn points(&self) -> Vec<f64> {
        let point = |index: u32| self.unhindered.quantile((f64::from(index) + 0.5) / f64::from(POINTS));
        (0..POINTS).map(|index| statistic_from_decimal(point(index).seconds())).collect()
    }
}

/// A queue as its delay probability and the rate at which a wait ends.
struct Queue {
    probability: f64,
    decay: f64,
}

/// Erlang's delay formula from his loss formula: C = B / (1 − ρ(1 − B)).
fn erlang_c(servers: f64, load: f64) -> f64 {
    let blocked = erlang_b(servers as u64, load);
    blocked / (1.0 - load / servers * (1.0 - blocked))
}

/// The share of requests that take longer than `limit` seconds.
fn beyond(points: &[f64], queue: &Queue, limit: f64) -> f64 {
    let share = |point: &f64| {
        if limit < *point { 1.0 } else { queue.probability * (-queue.decay * (limit - point)).exp() }
    };
    points.iter().map(share).sum::<f64>() / points.len() as f64
}

fn response_quantile(points: &[f64], queue: &Queue, quantile: f64) -> f64 {
    let (mut low, mut high) = (0.0, points.last().copied().unwrap_or(0.0) + 60.0 / queue.decay);
    for _ in 0..80 {
        let middle = f64::midpoint(low, high);
        if beyond(points, queue, middle) <= 1.0 - quantile { high = middle } else { low = middle }
    }
    high
}

fn span(seconds: f64) -> TimeSpan {
    TimeSpan::from_milliseconds(decimal_from_statistic(seconds * 1000.0, 3).unwrap_or_default())
}
