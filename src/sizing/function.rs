//! How many environments a function needs, and whether the account may have them.

use super::cold::ColdSizing;
use super::day::{Day, traffic};
use super::{Provisioning, Question, SizingError};
use crate::cold_start::{AccountQuota, FlashCrowd, QuotaProblem};
use crate::note::Note;
use crate::platform::{Architecture, ReplayedFunction};
use crate::queueing::concurrency_quantile;
use crate::scenario::Scenario;
use crate::units::{DataSize, Month, TimeSpan, statistic_from_decimal};
use crate::usage::Region;
use crate::workload::Workload;

/// The sizes of a function.
#[derive(Debug)]
pub struct FunctionSizing {
    /// Its memory.
    pub memory: DataSize,
    /// What it is built for.
    pub architecture: Architecture,
    /// How long a warm request takes, on average.
    pub mean_duration: TimeSpan,
    /// The latency limit of its workload: 99 of 100 within it.
    pub p99_limit: Option<TimeSpan>,
    /// Requests a second, on average.
    pub requests_per_s: f64,
    /// Requests a second at peak.
    pub peak_per_s: f64,
    /// Requests in progress, on average (Little's law: rate × duration).
    pub mean_concurrency: f64,
    /// The same at peak.
    pub peak_concurrency: f64,
    /// Requests in progress at peak that are exceeded in one moment of a thousand.
    pub concurrency_p999: u64,
    /// The peak rate at once, when no environment is alive.
    pub crowd: FlashCrowd,
    /// What the account allows.
    pub quota: Quota,
    /// Its cold starts; nothing where the load is beyond the model.
    pub cold: Option<ColdSizing>,
    /// Units that the option keeps ready already.
    pub provisioned: u64,
    /// What to keep ready; nothing where a price is missing.
    pub provisioning: Option<Provisioning>,
}

impl FunctionSizing {
    /// Whether 99 of 100 requests are answered in time, cold starts included; nothing where there is no limit, or it is not
    /// known how long a cold start takes.
    #[must_use]
    pub fn keeps_limit(&self) -> Option<bool> {
        let latencies = self.cold.as_ref()?.day.latencies.as_ref()?;
        Some(latencies.all.p99 <= self.p99_limit?)
    }
}

/// Concurrent executions of the account, and what they are needed for.
#[derive(Debug, Clone, PartialEq)]
pub struct Quota {
    /// What the account has in the region.
    pub account: u32,
    /// What the other functions of the same option need at their peaks.
    pub others: u64,
    /// Reserved concurrency that is exceeded in one moment of a thousand at peak; at least one, as none lets no request in.
    pub reserve: u64,
    /// Whether so much can be reserved: 100 stay unreserved.
    pub is_reservable: bool,
    /// What stands against the steady peak; empty when all of it is served.
    pub at_peak: Vec<QuotaProblem>,
    /// What stands against the peak rate from nothing.
    pub in_a_crowd: Vec<QuotaProblem>,
    /// The quota to ask for, where the peak from nothing needs more than the account has.
    pub ask_for: Option<u64>,
}

/// The share of the time for which concurrency is enough.
const ENOUGH: f64 = 0.999;
/// Quotas are asked for in steps that a person would name.
const QUOTA_STEP: f64 = 100.0;
/// An account serves ten requests a second for each of its concurrent executions (AWS Lambda developer guide, quotas, 2026).
const REQUESTS_PER_CONCURRENCY: f64 = 10.0;

impl Question<'_> {
    pub(super) fn function(
        &self,
        scenario: &Scenario,
        place: (usize, usize),
        function: &ReplayedFunction,
        notes: &mut Vec<Note>,
    ) -> Result<FunctionSizing, SizingError> {
        let design = &scenario.options[place.0];
        let invoked = scenario.invoked(design);
        let (workload, region) = (&invoked[place.1], &design.placed[place.1].region);
        let day = Day::of(workload, scenario.month);
        let service_s = statistic_from_decimal(function.durations.mean().seconds());
        let (load, peak_load) = (day.mean_per_s() * service_s, day.peak_per_s * service_s);
        let init = self.init_of(&design.name, function)?;
        let before_s = init.start_up.as_ref().map_or(0.0, |start_up| start_up.mean_s());
        let crowd = FlashCrowd { traffic: traffic(day.peak_per_s, service_s)?, before_s };
        let concurrency_p999 = concurrency_quantile(peak_load, self.settings.peakedness, ENOUGH)?;
        let others = self.others(scenario, place, region)?;
        let provisioning = self.provisioning(scenario, (workload, &day), function, region, notes)?;
        let cold = self.cold(scenario, place, (&day, function, init), provisioning.as_ref(), notes)?;
        Ok(FunctionSizing {
            memory: function.memory,
            architecture: function.architecture,
            mean_duration: function.durations.mean(),
            p99_limit: workload.p99,
            requests_per_s: day.mean_per_s(),
            peak_per_s: day.peak_per_s,
            mean_concurrency: load,
            peak_concurrency: peak_load,
            concurrency_p999,
            crowd,
            quota: self.quota(concurrency_p999, others, &crowd),
            cold,
            provisioned: function.provisioned,
            provisioning,
        })
    }

    /// What the other functions of an option need in the same region: the quota is shared.
    fn others(&self, scenario: &Scenario, place: (usize, usize), region: &Region) -> Result<u64, SizingError> {
        let design = &scenario.options[place.0];
        let mut sum = 0;
        for (other, (placed, workload)) in design.placed.iter().zip(scenario.invoked(design)).enumerate() {
            if let Some(function) = placed.placement.function().filter(|_| other != place.1 && placed.region == *region) {
                let load = peak_load(&workload, &function, scenario.month);
                sum += concurrency_quantile(load, self.settings.peakedness, ENOUGH)?;
            }
        }
        Ok(sum)
    }

    fn quota(&self, concurrency_p999: u64, others: u64, crowd: &FlashCrowd) -> Quota {
        let reserve = concurrency_p999.max(1);
        let account = f64::from(self.settings.account_concurrency);
        let available = AccountQuota { concurrency: account, reserved_elsewhere: others as f64 };
        let in_a_crowd = crowd.problems(available);
        let of_rate = in_a_crowd.iter().copied().filter(|problem| matches!(problem, QuotaProblem::RequestRate { .. }));
        let mut at_peak: Vec<QuotaProblem> = of_rate.collect();
        let left = account - others as f64;
        if left < reserve as f64 {
            at_peak.insert(0, QuotaProblem::Concurrency { needed: reserve as f64, available: left });
        }
        let environments = crowd.environments_rarely_exceeded().max(reserve as f64) + others as f64;
        let needed = environments.max(crowd.traffic.arrivals_per_s() / REQUESTS_PER_CONCURRENCY);
        let asked = ((needed + AccountQuota::ALWAYS_UNRESERVED) / QUOTA_STEP).ceil() * QUOTA_STEP;
        Quota {
            account: self.settings.account_concurrency,
            others,
            reserve,
            is_reservable: reserve as f64 + AccountQuota::ALWAYS_UNRESERVED <= left,
            at_peak,
            in_a_crowd,
            ask_for: (account < needed).then_some(asked as u64),
        }
    }
}

fn peak_load(workload: &Workload, function: &ReplayedFunction, month: Month) -> f64 {
    let seconds = statistic_from_decimal(function.durations.mean().seconds());
    Day::of(workload, month).peak_per_s * seconds
}
