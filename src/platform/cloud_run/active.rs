//! How long instances are active when only the time with a request is billed.
//!
//! An instance is billed while at least one request is in progress, however many there are; so the time depends on how requests
//! overlap. Requests arrive as a Poisson process, so N ~ Poisson(rate × time) of them are in progress, and when they are packed
//! as tightly as the slots of an instance allow, ⌈N / slots⌉ instances are active. No router packs better: this is the least
//! that is billed. Each active period is rounded up to 100 ms, half of it on average; with one slot each request is a period of
//! its own, and is rounded by itself.
//!
//! Worked number: 10 requests a second of 400 ms are 4 in progress on average; with 80 slots one instance is active for
//! 1 − e⁻⁴ = 98.2 % of the time, with one slot 4 are.

use super::STEP;
use crate::queueing::{mean_packed_servers, mean_packed_servers_within, packed_start_share};
use crate::stats::Durations;
use crate::units::{Decimal, Month, TimeSpan, decimal_from_statistic, statistic_from_decimal};
use crate::workload::{Demand, Workload};

/// The time of instances in a month.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ActiveTime {
    /// The factors of the active seconds, by what they stand for.
    pub(super) terms: Vec<(&'static str, Vec<(Decimal, &'static str)>)>,
    /// Active instances on average.
    pub(super) busy: Decimal,
    /// Instances on average that are kept and have no request.
    pub(super) idle: Decimal,
}

/// How many requests one instance can work on at once without being overloaded: its stated concurrency, or what its CPU and
/// memory allow, if that is less; one at least.
pub(super) fn slots(concurrency: Decimal, vcpu: Decimal, demand: Option<&Demand>, in_memory: Option<Decimal>) -> u64 {
    let by_cpu = demand.filter(|demand| !demand.cpu.is_zero()).map(|demand| {
        // So many requests keep all vCPUs busy: the time one takes, times vCPUs, over its CPU time.
        let waiting = demand.mean_on(vcpu).milliseconds() / demand.cpu.milliseconds();
        waiting.checked_mul(vcpu).map_or(concurrency, |at_once| at_once.floor())
    });
    let most = [by_cpu, in_memory].into_iter().flatten().fold(concurrency, Decimal::min);
    // The concurrency is a thousand at most.
    u64::try_from(most.max(Decimal::ONE)).unwrap_or(1)
}

impl ActiveTime {
    /// Of a workload whose requests take `durations`, on instances with `slots`, of which `kept` are always there.
    pub(super) fn of(workload: &Workload, durations: &Durations, slots: u64, kept: Decimal, month: Month) -> Self {
        let alone = slots == 1;
        let held = if alone { durations.mean_rounded_up(STEP, TimeSpan::ZERO) } else { durations.mean() };
        let load = statistic_from_decimal(workload.requests_per_second(month)) * statistic_from_decimal(held.seconds());
        let mean = |of: &dyn Fn(f64) -> f64| match &workload.hourly {
            None => of(load),
            Some(hourly) => {
                let hours = hourly.factors().iter().map(|factor| of(load * statistic_from_decimal(*factor)));
                hours.sum::<f64>() / hourly.factors().len() as f64
            }
        };
        let servers = u64::try_from(kept).unwrap_or(u64::MAX);
        // A load too large to be a distribution fills every instance.
        let full = |load: f64| load / slots as f64;
        let busy = mean(&|load| mean_packed_servers(load, slots).unwrap_or(full(load)));
        let of_kept = mean(&|load| mean_packed_servers_within(load, slots, servers).unwrap_or(full(load).min(servers as f64)));
        let starts = mean(&|load| packed_start_share(load, slots).unwrap_or(0.0) * load) / load;
        let requests = (workload.requests.per_month(month), "requests");
        let terms = if alone {
            vec![("instances with a request", vec![requests, (held.seconds(), "s")])]
        } else {
            let half_step = STEP.seconds() / Decimal::TWO;
            vec![
                ("instances with a request", vec![(decimal(busy), "instances active"), (month.seconds(), "s")]),
                ("rounding of active periods", vec![requests, (decimal(starts), "that wake one"), (half_step, "s")]),
            ]
        };
        Self { terms, busy: decimal(busy), idle: (kept - decimal(of_kept)).max(Decimal::ZERO) }
    }
}

/// What is too large for a decimal makes the usage too large, and not zero; of nothing there is nothing.
fn decimal(value: f64) -> Decimal {
    if value.is_nan() { Decimal::ZERO } else { decimal_from_statistic(value, 9).unwrap_or(Decimal::MAX) }
}
