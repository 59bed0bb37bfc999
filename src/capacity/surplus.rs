//! What burstable machines use beyond what they earn.
//!
//! A machine earns its sustained share of CPU all the time it runs and may spend it within a day: credits older than 24 hours
//! are lost (EC2 user guide, "CPU credits and baseline utilization", 2026), and those of another machine are not its own. So
//! each day is reckoned for itself, and each machine for the hours it runs in.
//!
//! Worked number: one machine that earns 0.4 vCPU and works 0.8 vCPU on one day of a week and nothing on the others uses
//! 24 × 0.4 = 9.6 vCPU-hours beyond what it earns, though it earns 67.2 in the week and uses 19.2.

use super::MOST_INSTANCES;
use super::bounds::exact;
use super::size::Level;
use crate::note::Note;
use crate::units::{Decimal, Month, SECONDS_PER_HOUR, grouped, saturating_product, significant};
use crate::workload::{Demand, Workload};

/// Of a day, which is how long credits last.
const HOURS_OF_A_DAY: usize = 24;

/// CPU beyond what burstable machines earn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Surplus {
    /// In the month.
    pub vcpu_hours: Decimal,
    /// As many machines more, at all hours, would use nothing beyond.
    pub more: Decimal,
}

impl Surplus {
    /// What machines use beyond `sustained_vcpu` each, if they do; `levels` is one for the month, or one for each hour of the
    /// workload's profile, over which the work is spread evenly.
    #[must_use]
    pub fn of(levels: &[Level], sustained_vcpu: Decimal, (workload, demand): (&Workload, &Demand), month: Month) -> Option<Self> {
        let work = saturating_product(workload.requests.per_month(month), demand.cpu.seconds()) / SECONDS_PER_HOUR;
        let factors = workload.hourly.as_ref().map_or(&[Decimal::ONE][..], |hourly| hourly.factors());
        let count = Decimal::from(factors.len());
        let earned = sustained_vcpu * month.hours() / count;
        let hours = factors.iter().enumerate().filter_map(|(index, factor)| {
            let level = levels.get(index).or(levels.first())?;
            Some((saturating_product(work, factor / count), level.instances))
        });
        let hours: Vec<(Decimal, Decimal)> = hours.collect();
        let beyond = |more: Decimal| {
            let raised: Vec<_> = hours.iter().map(|(work, machines)| (*work, machines + more)).collect();
            raised.chunks(HOURS_OF_A_DAY).map(|day| beyond_in_a_day(day, earned)).sum::<Decimal>()
        };
        let vcpu_hours = beyond(Decimal::ZERO).normalize();
        (!vcpu_hours.is_zero()).then(|| Self { vcpu_hours, more: fewest(|more| beyond(more).is_zero()) })
    }

    /// That it is charged, and what would avoid it.
    #[must_use]
    pub fn note(self, one: &str, many: &str) -> Note {
        let noun = if self.more == Decimal::ONE { one } else { many };
        Note::observation(format!(
            "{} vCPU-hours beyond what the {many} earn, charged as surplus credits; {} more {noun} would avoid it",
            significant(self.vcpu_hours, 4),
            grouped(self.more)
        ))
    }
}

/// Of the hours of one day as (work in vCPU-hours, machines): the n-th machine runs in the hours with n machines or more.
fn beyond_in_a_day(day: &[(Decimal, Decimal)], earned: Decimal) -> Decimal {
    let mut counts: Vec<Decimal> = day.iter().map(|(_, machines)| *machines).filter(|machines| !machines.is_zero()).collect();
    counts.sort_unstable();
    counts.dedup();
    let (mut below, mut sum) = (Decimal::ZERO, Decimal::ZERO);
    for count in counts {
        let running = day.iter().filter(|(_, machines)| count <= *machines);
        let beyond: Decimal = running.map(|(work, machines)| work / machines - earned).sum();
        if Decimal::ZERO < exact(beyond) {
            sum += saturating_product(count - below, beyond);
        }
        below = count;
    }
    sum
}

/// By doubling, then halving the interval.
fn fewest(enough: impl Fn(Decimal) -> bool) -> Decimal {
    let mut high = 1_u32;
    while high < MOST_INSTANCES && !enough(high.into()) {
        high *= 2;
    }
    let mut low = high / 2;
    while low + 1 < high {
        let middle = low.midpoint(high);
        if enough(middle.into()) { high = middle } else { low = middle }
    }
    high.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{Origin, Section, Value};

    /// A week of 168 hours in which each request is a second of CPU.
    fn surplus(requests: u32, weights: impl Fn(usize) -> u32, levels: &[Level]) -> Option<Surplus> {
        let at = Origin::CommandLine;
        let mut section = Section::new("[workload]", at.clone());
        section.set("requests", Value::Text(format!("{requests}/month")), at.clone());
        section.set("cpu", Value::Text("1s".to_owned()), at.clone());
        let weights = (0..168).map(|hour| (Value::Text(weights(hour).to_string()), at.clone())).collect();
        section.set("hourly", Value::List(weights), at);
        let workload = Workload::read(&mut section, "main", &|_, _| Err(String::new())).unwrap();
        let demand = workload.demand().unwrap();
        Surplus::of(levels, Decimal::new(4, 1), (&workload, &demand), "168".parse().unwrap())
    }

    fn level(instances: u32, hours: u32) -> Level {
        Level { instances: instances.into(), hours: hours.into() }
    }

    /// 0.8 vCPU on one day: 69,120 s.
    #[test]
    fn quiet_days_do_not_pay_for_a_busy_one() {
        let first_day = |hour: usize| u32::from(hour < 24);
        let found = surplus(69_120, first_day, &[level(1, 168)]).unwrap();
        assert_eq!((exact(found.vcpu_hours), found.more), (Decimal::new(96, 1), Decimal::ONE));
        assert_eq!(surplus(69_120, first_day, &[level(2, 168)]), None);
        // The same work over the week is far below what one earns.
        assert_eq!(surplus(69_120, |_| 1, &[level(1, 168)]), None);
    }

    /// 1.6 vCPUs for twelve hours of each day on two machines, one of which is then switched off: 2 × 0.8 × 12 of work are 4.8
    /// beyond for the one that goes, and 9.6 − 24 × 0.4 = 0 for the one that stays.
    #[test]
    fn a_machine_earns_only_while_it_runs() {
        let by_day = |hour: usize| u32::from(hour % 24 < 12);
        let levels: Vec<Level> = (0..168).map(|hour| level(if hour % 24 < 12 { 2 } else { 1 }, 1)).collect();
        let found = surplus(7 * 12 * 5760, by_day, &levels).unwrap();
        assert_eq!(exact(found.vcpu_hours), Decimal::new(7 * 48, 1));
        assert_eq!(surplus(7 * 12 * 5760, by_day, &[level(2, 168)]), None);
    }
}
