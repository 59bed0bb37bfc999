//! When the replicas of an app are active, idle or gone.
//!
//! Requests arrive at random, so the number in progress is Poisson with mean a = rate × time. Of R replicas that share them
//! evenly, each has none for e^(−a / R) of the time (or, where they compute, for what its CPU has left). An app is at zero when
//! nothing was in progress T = 300 s ago and nothing arrived since: e^(−rate × (time + T)) of the time.
//!
//! Worked number: one request of 2 s every ten minutes keeps one replica active for 1 − e^(−2/600) = 0.33 % of the time. With
//! no least number it is at zero for e^(−302/600) = 60.5 % of it.

use crate::note::Note;
use crate::units::{Decimal, Month, TimeSpan, decimal_from_statistic, statistic_from_decimal};
use crate::workload::Workload;

/// How long an app without requests waits before it goes to zero.
const COOL_DOWN_S: f64 = 300.0;

/// What the replicas of an app do.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Activity {
    /// The share of their time in which replicas are active; they are idle for the rest.
    pub(super) active: Decimal,
    /// The hours of the month in which the app is at zero.
    pub(super) hours_at_zero: Decimal,
    /// Whether replicas can be idle at all.
    can_be_idle: bool,
}

impl Activity {
    /// Of a job.
    pub(super) const ALWAYS: Self = Self { active: Decimal::ONE, hours_at_zero: Decimal::ZERO, can_be_idle: false };

    /// Of an app that has no least number of replicas.
    pub(super) fn down_to_zero(workload: &Workload, vcpu: Decimal, month: Month) -> Self {
        let (held, _) = times(workload, vcpu);
        let at_zero = mean_over_hours(workload, month, |rate| (-rate * (held + COOL_DOWN_S)).exp());
        Self { hours_at_zero: (at_zero * month.hours()).normalize(), ..Self::ALWAYS }
    }

    /// Of an app that always has the same number of replicas.
    pub(super) fn of_constant(workload: &Workload, replicas: Decimal, vcpu: Decimal, month: Month) -> Self {
        let ((held, cpu), replicas) = (times(workload, vcpu), statistic_from_decimal(replicas));
        let busy = |rate: f64| (-(-rate * held / replicas).exp_m1()).max(rate * cpu / replicas).min(1.0);
        Self { active: mean_over_hours(workload, month, busy), hours_at_zero: Decimal::ZERO, can_be_idle: true }
    }

    /// The share of their time in which replicas are idle.
    pub(super) fn idle(&self) -> Decimal {
        Decimal::ONE - self.active
    }

    /// What was assumed.
    pub(super) fn note(&self) -> Option<Note> {
        let text = if self.can_be_idle {
            "replicas share the requests evenly, and are idle while they have none: below 0.01 vCPU and 1,000 bytes a second"
        } else if self.hours_at_zero.is_zero() {
            "replicas are active all the time: the idle rate is for an app at its `min_replicas`"
        } else {
            "the 300 s until the app goes to zero are taken to be billed as active"
        };
        Some(Note::assumption(text))
    }
}

/// How long a request is in progress, and how long it keeps all vCPUs busy, in seconds.
fn times(workload: &Workload, vcpu: Decimal) -> (f64, f64) {
    let Some(demand) = workload.demand() else { return (0.0, 0.0) };
    let seconds = |time: TimeSpan| statistic_from_decimal(time.seconds());
    (seconds(demand.mean_on(vcpu)), seconds(demand.cpu) / statistic_from_decimal(vcpu))
}

/// The mean of what depends on the rate, over the hours of the workload's profile.
fn mean_over_hours(workload: &Workload, month: Month, of: impl Fn(f64) -> f64) -> Decimal {
    let rate = statistic_from_decimal(workload.requests_per_second(month));
    let mean = match &workload.hourly {
        None => of(rate),
        Some(hourly) => {
            let hours = hourly.factors().iter().map(|factor| of(rate * statistic_from_decimal(*factor)));
            hours.sum::<f64>() / hourly.factors().len() as f64
        }
    };
    decimal_from_statistic(mean, 9).unwrap_or(Decimal::ONE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Origin, Section, Value};

    #[test]
    fn a_replica_that_is_rarely_asked_is_idle_or_gone() {
        let mut section = Section::new("[workload]", Origin::CommandLine);
        for (key, value) in [("requests", "6/hour"), ("cpu", "1s"), ("wait", "1s")] {
            section.set(key, Value::Text(value.to_owned()), Origin::CommandLine);
        }
        let workload = Workload::read(&mut section, "main", &|_, _| Err(String::new())).unwrap();
        let idle = Activity::of_constant(&workload, Decimal::ONE, Decimal::ONE, Month::STANDARD);
        assert_eq!(idle.active.round_dp(4).to_string(), "0.0033");
        let gone = Activity::down_to_zero(&workload, Decimal::ONE, Month::STANDARD);
        assert_eq!(gone.hours_at_zero.round_dp(0).to_string(), "441");
    }
}
