//! How many invocations start cold when nobody stated it.

use super::{Lambda, mean_concurrency, whole};
use crate::cold_start::keep_alive_words;
use crate::note::Note;
use crate::queueing::{Traffic, WarmPool};
use crate::units::{Decimal, Month, Share, statistic_from_decimal};
use crate::workload::Workload;

/// Above this load the probability is below 10⁻⁶ and falls as the root of the load, to 2 %.
const LARGE_LOAD: f64 = 1e4;

impl Lambda {
    /// The share of invocations on demand that start cold, stated or computed; none where nothing is known of INIT.
    pub(super) fn cold_share(&self, workload: &Workload, month: Month) -> Option<Share> {
        self.cold_start_share.or_else(|| self.expected_share(workload, month, 0).map(Share::from_statistic))
    }

    /// How many invocations start cold, of `on_demand` that no provisioned unit serves.
    pub(super) fn cold_starts(&self, workload: &Workload, on_demand: Decimal, month: Month) -> Decimal {
        let Some(provisioned) = self.provisioned.as_ref().filter(|_| self.cold_start_share.is_none()) else {
            return on_demand * self.cold_share(workload, month).unwrap_or(Share::NONE).get();
        };
        let Some(without) = self.expected_share(workload, month, 0) else { return Decimal::ZERO };
        // While the units are enabled, as many environments are always there.
        let with = self.expected_share(workload, month, whole(provisioned.units)).unwrap_or(without);
        let enabled = statistic_from_decimal((provisioned.seconds(month) / month.seconds()).min(Decimal::ONE));
        let share = Share::from_statistic(with * enabled + without * (1.0 - enabled));
        let all = workload.requests.per_month(month) * self.invocations;
        (all * share.get()).min(on_demand.max(Decimal::ZERO))
    }

    /// The exact share for requests that arrive at random, of all hours by their requests, with `kept` environments always there.
    /// Recycled environments and deployments are not in it.
    ///
    /// Worked number: 0.9 requests a second of 1.991 s, environments kept for ten minutes: 0.00133.
    fn expected_share(&self, workload: &Workload, month: Month, kept: u64) -> Option<f64> {
        if self.before_handler().is_zero() || workload.requests.per_month(month).is_zero() {
            return None;
        }
        let load = mean_concurrency(workload, &self.durations, month) * statistic_from_decimal(self.invocations);
        let service_s = statistic_from_decimal(self.durations.mean().seconds());
        let share_at = |load: f64| {
            let taken = load.min(LARGE_LOAD);
            let pool = WarmPool::new(Traffic::new(taken / service_s, service_s).ok()?, &self.keep_alive);
            // As many deviations from the load.
            let root = (taken / load).sqrt();
            let kept = (taken + (kept as f64 - load) * root).round() as u64;
            Some(pool.cold_probability_above(kept) * root)
        };
        let Some(hourly) = &workload.hourly else { return share_at(load) };
        let hours: Vec<f64> = hourly.factors().iter().copied().map(statistic_from_decimal).collect();
        let with_requests = hours.iter().filter(|factor| 0.0 < **factor);
        let cold: Option<f64> = with_requests.map(|factor| Some(factor * share_at(load * factor)?)).sum();
        Some(cold? / hours.iter().sum::<f64>())
    }

    /// What the share of cold starts is when it was computed.
    pub(super) fn note_cold_share(&self, workload: &Workload, month: Month) -> Option<Note> {
        let share = self.cold_share(workload, month).filter(|_| self.cold_start_share.is_none())?;
        let rate = if workload.hourly.is_some() { "the rate of each hour" } else { "the mean rate" };
        let kept = if self.provisioned.is_some() { " where no provisioned unit is ready" } else { "" };
        let idle = keep_alive_words(&self.keep_alive);
        let text = format!(
            "requests at random at {rate}, environments dropped after {idle} without one (`keep_alive`){kept}; those of deployments and of recycling are not included"
        );
        Some(Note::default_used("cold_start_share", share.percent(), text))
    }
}
