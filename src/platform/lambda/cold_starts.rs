//! How many invocations start cold when nobody stated it.

use super::{Lambda, mean_concurrency, whole};
use crate::cold_start::keep_alive_words;
use crate::note::Note;
use crate::platform::ColdOdds;
use crate::queueing::{Traffic, WarmPool};
use crate::units::{Decimal, Month, Share, statistic_from_decimal};
use crate::workload::Workload;

/// Above this load the probability falls as the root of the load, to 3 %: the exact one would take milliseconds and more.
const LARGE_LOAD: f64 = 1e4;

impl Lambda {
    /// The share of invocations on demand that start cold, stated or computed; none where nothing is known of INIT.
    pub(super) fn cold_share(&self, workload: &Workload, month: Month) -> Option<Share> {
        self.cold_start_share.or_else(|| self.expected_share(workload, month, 0).map(Share::from_statistic))
    }

    /// How many invocations start cold, of `on_demand` that no provisioned unit serves; `share` of them if there is no unit.
    pub(super) fn cold_starts(&self, workload: &Workload, share: Option<Share>, on_demand: Decimal, month: Month) -> Decimal {
        let Some(provisioned) = self.provisioned.as_ref().filter(|_| self.cold_start_share.is_none()) else {
            return on_demand * share.unwrap_or(Share::NONE).get();
        };
        let Some(without) = share else { return Decimal::ZERO };
        // While the units are enabled, as many environments are always there.
        let with = self.expected_share(workload, month, whole(provisioned.units)).map_or(without, Share::from_statistic);
        let enabled = (provisioned.seconds(month) / month.seconds()).min(Decimal::ONE);
        let share = with.get() * enabled + without.get() * (Decimal::ONE - enabled);
        let all = workload.requests.per_month(month) * self.invocations;
        (all * share).min(on_demand.max(Decimal::ZERO))
    }

    /// The exact share for requests that arrive at random, of all hours by their requests, with `kept` environments always there.
    /// Recycled environments and deployments are not in it.
    ///
    /// Worked number: 0.9 requests a second of 1.991 s, environments kept for ten minutes: 0.00133.
    fn expected_share(&self, workload: &Workload, month: Month, kept: u64) -> Option<f64> {
        if self.before_handler().is_zero() || workload.requests.per_month(month).is_zero() {
            return None;
        }
        if let Some(odds) = self.cold_odds {
            return Some(if kept == 0 { odds.share } else { odds.share_beside_units });
        }
        let load = self.load(workload, month);
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

    fn load(&self, workload: &Workload, month: Month) -> f64 {
        mean_concurrency(workload, &self.durations, month) * statistic_from_decimal(self.invocations)
    }

    /// The share where it is computed, without units and with those that are kept.
    pub(super) fn computed_odds(&self, workload: &Workload, month: Month) -> Option<ColdOdds> {
        if self.cold_start_share.is_some() {
            return None;
        }
        let units = self.provisioned.as_ref().map_or(0, |provisioned| whole(provisioned.units));
        let share = self.expected_share(workload, month, 0)?;
        let share_beside_units = if units == 0 { share } else { self.expected_share(workload, month, units)? };
        let busiest = workload.hourly.as_ref().and_then(|hourly| hourly.factors().iter().max().copied());
        let load = self.load(workload, month) * busiest.map_or(1.0, statistic_from_decimal);
        Some(ColdOdds { load, share, share_beside_units })
    }

    /// What the share of cold starts is when it was computed.
    pub(super) fn note_cold_share(&self, workload: &Workload, share: Option<Share>) -> Option<Note> {
        let share = share.filter(|_| self.cold_start_share.is_none())?;
        let rate = if workload.hourly.is_some() { "the rate of each hour" } else { "the mean rate" };
        let kept = if self.provisioned.is_some() { " where no provisioned unit is ready" } else { "" };
        let idle = keep_alive_words(&self.keep_alive);
        let text = format!(
            "requests at random at {rate}, environments dropped after {idle} without one (`keep_alive`){kept}; those of deployments and of recycling are not included"
        );
        Some(Note::default_used("cold_start_share", share.percent(), text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::queueing::KeepAlive;

    #[test]
    fn above_a_large_load_the_probability_falls_as_its_root() {
        for service_s in [0.05, 1.0, 20.0, 900.0] {
            let cold = |load: f64| {
                WarmPool::new(Traffic::new(load / service_s, service_s).unwrap(), &KeepAlive::CONSERVATIVE).cold_probability()
            };
            let large = cold(LARGE_LOAD);
            for times in [10.0, 100.0] {
                let about = large / f64::sqrt(times);
                assert!((about / cold(LARGE_LOAD * times) - 1.0).abs() < 0.03, "{service_s} s, {times}");
            }
            assert!(large < 0.02, "{service_s} s: {large}");
        }
    }
}
