//! Whether a function answers 99 of 100 requests in time, cold starts included.

use super::Lambda;
use crate::note::Note;
use crate::platform::Refusals;
use crate::stats::Durations;
use crate::units::{Month, Share, TimeSpan, statistic_from_decimal};
use crate::workload::Workload;

/// So many equally likely requests stand for a distribution of durations.
const POINTS: u32 = 1000;
/// What may take longer than a limit at 99 %.
const ALLOWED: f64 = 0.01;

/// The share of requests that take longer than `limit` after `before`.
fn beyond(durations: &Durations, before: TimeSpan, limit: TimeSpan) -> f64 {
    let longer = |point: &u32| {
        let quantile = (f64::from(*point) + 0.5) / f64::from(POINTS);
        limit < before + durations.quantile(quantile)
    };
    // Quantiles grow, so the first that is longer is found by halving.
    let (mut low, mut high) = (0, POINTS);
    while low < high {
        let middle = low.midpoint(high);
        if longer(&middle) { high = middle } else { low = middle + 1 }
    }
    f64::from(POINTS - low) / f64::from(POINTS)
}

impl Lambda {
    /// Refuses a latency limit that warm requests alone exceed, or that cold starts make too many requests exceed.
    ///
    /// With a share c of cold starts, each preceded by an INIT phase or a restore, c · P(before + D > limit) +
    /// (1 − c) · P(D > limit) of the requests are late. Worked number: 100 ms warm, 2 % cold after 800 ms, a limit of 500 ms:
    /// 2 % are late, which is more than 1 %.
    pub(super) fn refuse_latency(&self, workload: &Workload, month: Month, refusals: &mut Refusals) {
        let Some(limit) = workload.p99 else { return };
        let asked = || format!("99 of 100 requests within {limit}");
        let warm = self.durations.quantile(0.99);
        let remedy = format!("a warm one takes {} at 99 %; more memory may help", warm.rounded());
        refusals.unless(warm <= limit, asked, &remedy);
        let (Some(cold), None) = (self.cold_share(workload, month), &self.provisioned) else { return };
        let before = self.before_handler();
        let cold = statistic_from_decimal(cold.get());
        let late = cold * beyond(&self.durations, before, limit) + (1.0 - cold) * beyond(&self.durations, TimeSpan::ZERO, limit);
        let remedy = format!(
            "{} take longer: cold starts begin with {}; keep environments ready with `provisioned_concurrency`, or shorten that",
            Share::from_statistic(late).percent(),
            before.rounded()
        );
        refusals.unless(limit < warm || late <= ALLOWED, asked, &remedy);
    }

    /// What comes before the handler of a cold start.
    pub(super) fn before_handler(&self) -> TimeSpan {
        self.snap_start.as_ref().map_or(self.init, |snap_start| snap_start.restore)
    }

    /// What must be said of a latency limit, and of connections that stay open.
    pub(super) fn note_callers(&self, workload: &Workload, cold_share: Option<Share>, notes: &mut Vec<Note>) {
        if workload.p99.is_some() && cold_share.is_none() && self.provisioned.is_none() {
            let text =
                "the latency limit is checked for warm requests only: how long a cold start takes is not known (`init_duration`)";
            let size = if self.runtime.is_some() { "; `millicent size` takes it from the runtime" } else { "" };
            notes.push(Note::assumption(format!("{text}{size}")));
        }
        if workload.websocket {
            let text = "WebSocket connections are held by API Gateway, which calls the function for each message; its own bill is not included";
            notes.push(Note::assumption(text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_of_late_requests_follows_the_distribution() {
        let durations: Durations = "100ms".parse().unwrap();
        let late = |before: &str, limit: &str| beyond(&durations, before.parse().unwrap(), limit.parse().unwrap());
        assert!((late("0ms", "100ms") - 0.0).abs() < 1e-12);
        assert!((late("1ms", "100ms") - 1.0).abs() < 1e-12);
        let spread: Durations = "p50=100ms,p90=200ms".parse().unwrap();
        assert!((beyond(&spread, TimeSpan::ZERO, "200ms".parse().unwrap()) - 0.1).abs() < 2e-3);
    }
}
