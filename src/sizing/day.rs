//! The hours of a workload, each with its steady rate.

use super::SizingError;
use crate::cold_start::{Causes, ColdStartError, ColdStarts, Conditions, Latencies};
use crate::queueing::Traffic;
use crate::units::{Decimal, Month, statistic_from_decimal};
use crate::workload::Workload;

/// The traffic of a workload: alike hours together.
pub(super) struct Day {
    /// Requests a second, and the share of the hours.
    hours: Vec<(f64, f64)>,
    /// Requests a second at the peak inside the busiest hour.
    pub(super) peak_per_s: f64,
    /// Requests of a month.
    pub(super) requests: Decimal,
}

const DAY_S: f64 = 86_400.0;

impl Day {
    pub(super) fn of(workload: &Workload, month: Month) -> Self {
        let mean_per_s = statistic_from_decimal(workload.requests_per_second(month));
        let factors: Vec<f64> = match &workload.hourly {
            None => vec![1.0],
            Some(hourly) => hourly.factors().iter().copied().map(statistic_from_decimal).collect(),
        };
        let each = 1.0 / factors.len() as f64;
        let mut hours: Vec<(f64, f64)> = Vec::new();
        for factor in factors {
            let rate = mean_per_s * factor;
            match hours.iter_mut().find(|(known, _)| (rate - *known).abs() <= 1e-12 * rate) {
                Some((_, share)) => *share += each,
                None => hours.push((rate, each)),
            }
        }
        let peak_per_s = mean_per_s * statistic_from_decimal(workload.peak_factor());
        Self { hours, peak_per_s, requests: workload.requests.per_month(month) }
    }

    pub(super) fn mean_per_s(&self) -> f64 {
        self.hours.iter().map(|(rate, share)| rate * share).sum()
    }

    /// The rate of the busiest hour.
    pub(super) fn busiest_per_s(&self) -> f64 {
        self.hours.iter().map(|(rate, _)| *rate).fold(0.0, f64::max)
    }

    /// The requests a second of each hour, and the share of the hours that have it.
    pub(super) fn hours(&self) -> &[(f64, f64)] {
        &self.hours
    }

    /// The cold starts of a day whose hours are steady, under conditions that `in_hour` may change.
    pub(super) fn cold_starts(
        &self,
        conditions: &Conditions,
        in_hour: &dyn Fn(&Conditions) -> Result<ColdStarts, ColdStartError>,
    ) -> Result<ColdStarts, ColdStartError> {
        let service_s = conditions.traffic.mean_service_s();
        let mut whole: Option<ColdStarts> = None;
        for (rate, share) in &self.hours {
            let of_hour = in_hour(&Conditions { traffic: Traffic::new(*rate, service_s)?, ..conditions.clone() })?;
            let part = times(of_hour, *share);
            whole = Some(match whole {
                None => part,
                Some(before) => sum(before, part),
            });
        }
        let requests_per_day = self.mean_per_s() * DAY_S;
        let of_requests = |count: f64| if requests_per_day <= 0.0 { 0.0 } else { (count / requests_per_day).min(1.0) };
        let mut day = whole.map_or_else(|| in_hour(conditions), Ok)?;
        day.share = of_requests(day.per_day.sum());
        day.sensitivity.iter_mut().for_each(|at| at.share = of_requests(at.per_day));
        Ok(day)
    }

    /// The mean of something over the requests of a day.
    pub(super) fn mean_over_requests(&self, of_rate: &dyn Fn(usize) -> f64) -> f64 {
        let all = self.mean_per_s();
        if all <= 0.0 {
            return 0.0;
        }
        self.hours.iter().enumerate().map(|(place, (rate, share))| rate * share * of_rate(place)).sum::<f64>() / all
    }
}

/// With latencies as they are when the share of a day starts cold.
pub(super) fn with_latencies(mut day: ColdStarts, conditions: &Conditions) -> ColdStarts {
    day.latencies = conditions.durations.as_ref().map(|(handler, start_up)| Latencies::of(handler, start_up, day.share));
    day
}

fn times(mut of_hour: ColdStarts, share: f64) -> ColdStarts {
    let Causes { expired, recycled, pinged, deployed } = of_hour.per_day;
    of_hour.per_day =
        Causes { expired: expired * share, recycled: recycled * share, pinged: pinged * share, deployed: deployed * share };
    of_hour.cold_pings_per_day *= share;
    of_hour.mean_alive *= share;
    of_hour.sensitivity.iter_mut().for_each(|at| at.per_day *= share);
    of_hour
}

fn sum(mut one: ColdStarts, other: ColdStarts) -> ColdStarts {
    let (before, more) = (one.per_day, other.per_day);
    one.per_day = Causes {
        expired: before.expired + more.expired,
        recycled: before.recycled + more.recycled,
        pinged: before.pinged + more.pinged,
        deployed: before.deployed + more.deployed,
    };
    one.cold_pings_per_day += other.cold_pings_per_day;
    one.mean_alive += other.mean_alive;
    one.window_peak = one.window_peak.max(other.window_peak);
    for (at, more) in one.sensitivity.iter_mut().zip(other.sensitivity) {
        at.per_day += more.per_day;
    }
    one
}

/// Traffic whose numbers come from a workload.
pub(super) fn traffic(per_s: f64, service_s: f64) -> Result<Traffic, SizingError> {
    Ok(Traffic::new(per_s, service_s)?)
}
