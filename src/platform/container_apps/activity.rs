//! When the replicas of an app are active, idle or gone.
//!
//! Requests arrive at random, so the number in progress is Poisson with mean a = rate × time. Of R replicas that share them
//! evenly, each has none for e^(−a / R) of the time (or, where they compute, for what its CPU has left). An app is at zero when
//! nothing was in progress T = 300 s ago and nothing arrived since: e^(−rate × (time + T)) of the time.
//!
//! Worked number: one request of 2 s every ten minutes keeps one replica active for 1 − e^(−2/600) = 0.33 % of the time. With
//! no least number it is at zero for e^(−302/600) = 60.5 % of it.

use crate::capacity::Level;
use crate::note::Note;
use crate::units::{Decimal, Month, Share, TimeSpan, statistic_from_decimal};
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
    /// When replicas can be idle.
    idle: Idle,
}

/// When the number of replicas is the least, so that they can be idle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Idle {
    Never,
    InSomeHours,
    Always,
}

impl Activity {
    /// Of a job.
    pub(super) const ALWAYS: Self = Self { active: Decimal::ONE, hours_at_zero: Decimal::ZERO, idle: Idle::Never };

    /// Of replicas that were seen to be idle for this share of their time.
    pub(super) fn seen(idle: f64) -> Self {
        Self { active: Share::from_statistic(1.0 - idle).get(), ..Self::ALWAYS }
    }

    /// Of an app that has no least number of replicas.
    pub(super) fn down_to_zero(workload: &Workload, vcpu: Decimal, month: Month) -> Self {
        let (held, _) = times(workload, vcpu);
        let at_zero = mean_over_hours(workload, month, |rate| (-rate * (held + COOL_DOWN_S)).exp());
        Self { hours_at_zero: (at_zero * month.hours()).normalize(), ..Self::ALWAYS }
    }

    /// Of an app with at least so many replicas: they may be idle in the hours in which there are no more, and are active in
    /// the others. `levels` are its replicas in each hour of the workload's profile, or all month.
    pub(super) fn of_levels(workload: &Workload, levels: &[Level], least: Decimal, vcpu: Decimal, month: Month) -> Self {
        let (held, cpu) = times(workload, vcpu);
        let replicas = statistic_from_decimal(least);
        let busy = |rate: f64| (-(-rate * held / replicas).exp_m1()).max(rate * cpu / replicas).min(1.0);
        let by_hour = rates(workload, month);
        let all_hours = by_hour.iter().map(|rate| busy(*rate)).sum::<f64>() / by_hour.len() as f64;
        let (mut active, mut all, mut at_least) = (0.0, 0.0, 0_usize);
        for (index, level) in levels.iter().enumerate() {
            let hours = statistic_from_decimal(level.instances * level.hours);
            let share = match by_hour.get(index).filter(|_| levels.len() == by_hour.len()) {
                _ if least < level.instances => 1.0,
                Some(rate) => busy(*rate),
                None => all_hours,
            };
            at_least += usize::from(level.instances <= least);
            (active, all) = (active + share * hours, all + hours);
        }
        let share = if all == 0.0 { 1.0 } else { active / all };
        let active = Share::from_statistic(share).get();
        let idle = if at_least == levels.len() { Idle::Always } else { Idle::InSomeHours };
        Self { active, hours_at_zero: Decimal::ZERO, idle: if at_least == 0 { Idle::Never } else { idle } }
    }

    /// The share of their time in which replicas are idle.
    pub(super) fn idle(&self) -> Decimal {
        Decimal::ONE - self.active
    }

    /// What was assumed.
    pub(super) fn note(&self) -> Option<Note> {
        let text = match self.idle {
            Idle::Always => {
                "replicas share the requests evenly, and are idle while they have none: below 0.01 vCPU and 1,000 bytes a second"
            }
            Idle::InSomeHours => {
                "in the hours of no more than `min_replicas` replicas share the requests evenly and are idle while they have none; in the others all are active"
            }
            Idle::Never if self.hours_at_zero.is_zero() => {
                "replicas are active all the time: the idle rate is for an app at its `min_replicas`"
            }
            Idle::Never => "the 300 s until the app goes to zero are taken to be billed as active",
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
    let rates = rates(workload, month);
    let mean = rates.iter().map(|rate| of(*rate)).sum::<f64>() / rates.len() as f64;
    Share::from_statistic(mean).get()
}

/// Requests a second in each hour of the workload's profile, or all month.
fn rates(workload: &Workload, month: Month) -> Vec<f64> {
    let rate = statistic_from_decimal(workload.requests_per_second(month));
    match &workload.hourly {
        None => vec![rate],
        Some(hourly) => hourly.factors().iter().map(|factor| rate * statistic_from_decimal(*factor)).collect(),
    }
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
        let level = Level { instances: Decimal::ONE, hours: Month::STANDARD.hours() };
        let idle = Activity::of_levels(&workload, &[level], Decimal::ONE, Decimal::ONE, Month::STANDARD);
        assert_eq!(idle.active.round_dp(4).to_string(), "0.0033");
        let gone = Activity::down_to_zero(&workload, Decimal::ONE, Month::STANDARD);
        assert_eq!(gone.hours_at_zero.round_dp(0).to_string(), "441");
    }
}
