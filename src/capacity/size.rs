//! From work and traffic to a number of instances.

use super::bounds::{Bounds, Lines, exact};
use super::waiting::Peak;
use super::{Binding, Capacity, Count, Fleet, MOST_INSTANCES, Scaling, Shape, Surplus};
use crate::note::Note;
use crate::units::{Decimal, Month, Share, TimeSpan, saturating_product, statistic_from_decimal};
use crate::workload::{Demand, Workload};

/// How many of `each` make up `whole`, without leaving what a decimal can hold.
fn parts_of(whole: Decimal, each: Decimal) -> Decimal {
    let most = Decimal::from(MOST_INSTANCES);
    whole.checked_div(each).map_or(most, |parts| exact(parts).ceil()).min(most)
}

impl Fleet {
    /// Sizes the fleet for a workload.
    ///
    /// The rate of one instance is the tightest of: vCPU / CPU time; requests at once / response time; requests that fit into
    /// its memory / response time; GPUs / GPU time. At peak it may be used up to the target utilization (memory wholly), and
    /// never so far that requests come faster than they leave. The count is then raised by limits on waiting, for one zone to
    /// fail (z · ⌈n / (z − 1)⌉), by spares and by its least.
    ///
    /// Worked number: 100 requests a second of 20 ms of CPU are 2 vCPUs of work; instances of 1 vCPU at 70 % carry 35 a second
    /// each, so there are ⌈100 / 35⌉ = 3.
    #[must_use]
    pub fn size(&self, workload: &Workload, shape: &Shape, month: Month) -> Capacity {
        self.size_and_levels(workload, shape, month).0
    }

    /// The same, and how many instances there are at a time, for how many hours of the month: what the machines that carry them
    /// follow.
    #[must_use]
    pub fn size_and_levels(&self, workload: &Workload, shape: &Shape, month: Month) -> (Capacity, Vec<Level>) {
        let sizing = self.sizing(workload, shape, month);
        let mean_rate = workload.requests_per_second(month);
        let hours = sizing.hours(workload, mean_rate, month);
        let peak = hours.iter().max_by_key(|hour| (hour.instances, hour.peak_rate)).cloned().unwrap_or_default();
        let instance_hours: Decimal = hours.iter().map(|hour| hour.instances * hour.hours).sum();
        let surplus = sizing.surplus(&hours, workload, month).filter(|_| self.seen.is_none());
        let charged = surplus.filter(|_| shape.surplus_allowed);
        let mut notes = sizing.notes(workload);
        notes.extend(charged.map(|surplus| surplus.note(self.noun.one(), self.noun.many())));
        let slowed = surplus.filter(|_| !shape.surplus_allowed).map(|_| sizing.busiest_day(workload, mean_rate));
        let carried = |instances: Decimal| sizing.whole.map(|(rate, _)| saturating_product(rate, instances));
        let part = |rate: Decimal, carried: Option<Decimal>| match carried {
            Some(carried) if !carried.is_zero() => rate / carried,
            _ => Decimal::ZERO,
        };
        let capacity = Capacity {
            noun: self.noun,
            instances: self.seen.map_or(peak.instances, |seen| seen.most),
            instance_hours: instance_hours.normalize(),
            rate_per_instance: sizing.whole.map(|(rate, _)| rate),
            binding: peak.binding.unwrap_or(Binding::Minimum),
            utilization: part(peak.peak_rate, carried(peak.instances)),
            mean_utilization: part(mean_rate * month.hours(), carried(instance_hours)),
            surplus_vcpu_hours: match self.seen {
                Some(seen) => seen.surplus_vcpu_hours,
                None => charged.map_or(Decimal::ZERO, |surplus| surplus.vcpu_hours),
            },
            concurrency: peak.peak_rate * sizing.held.unwrap_or(TimeSpan::ZERO).seconds(),
            peak: sizing.peak(peak.instances, peak.peak_rate),
            paid_while_idle: true,
            shortfalls: sizing.shortfalls(&peak, slowed, workload),
            notes,
        };
        (capacity, hours.iter().map(Hour::level).collect())
    }

    fn sizing<'s>(&'s self, workload: &Workload, shape: &'s Shape, month: Month) -> Sizing<'s> {
        let demand = workload.demand();
        let held = demand.as_ref().map(|demand| demand.mean_on(shape.vcpu));
        let bounds = Bounds::of(self, workload, (demand.as_ref(), held), shape, month);
        let lines = Lines::of(self, workload, demand.as_ref(), shape);
        Sizing { fleet: self, shape, whole: bounds.tightest(Share::ALL), bounds, lines, demand, held }
    }
}

/// So many instances for so many hours of the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// Instances.
    pub instances: Decimal,
    /// Hours.
    pub hours: Decimal,
}

/// How many instances an hour has, and why.
#[derive(Debug, Clone, Default)]
pub(super) struct Hour {
    pub(super) peak_rate: Decimal,
    pub(super) instances: Decimal,
    binding: Option<Binding>,
    /// How many such hours the month has.
    hours: Decimal,
}

impl Hour {
    fn level(&self) -> Level {
        Level { instances: self.instances, hours: self.hours }
    }
}

/// A fleet, what one of it can do, and what is asked of it.
pub(super) struct Sizing<'s> {
    pub(super) fleet: &'s Fleet,
    pub(super) shape: &'s Shape,
    bounds: Bounds,
    /// The tightest of them, all of it used, and which that is.
    pub(super) whole: Option<(Decimal, Binding)>,
    lines: Option<Lines>,
    pub(super) demand: Option<Demand>,
    /// How long a request takes when none waits.
    held: Option<TimeSpan>,
}

impl Sizing<'_> {
    /// The hours of the month, alike ones together.
    fn hours(&self, workload: &Workload, mean_rate: Decimal, month: Month) -> Vec<Hour> {
        let peak_rate = |factor: Decimal| mean_rate * factor * workload.peak_to_mean;
        match (&workload.hourly, self.fleet.scaling) {
            (Some(profile), Scaling::Hourly) => {
                let each = month.hours() / Decimal::from(profile.factors().len());
                profile.factors().iter().map(|factor| self.hour(peak_rate(*factor), mean_rate * factor, each, workload)).collect()
            }
            _ => {
                let sustained = self.busiest_day(workload, mean_rate);
                vec![self.hour(mean_rate * workload.peak_factor(), sustained, month.hours(), workload)]
            }
        }
    }

    /// The mean rate of the busiest day: what burstable instances earn in a day must carry it.
    fn busiest_day(&self, workload: &Workload, mean_rate: Decimal) -> Decimal {
        let Some(hourly) = &workload.hourly else { return mean_rate };
        let days = hourly.factors().chunks(24).map(|day| day.iter().sum::<Decimal>() / Decimal::from(day.len()));
        mean_rate * days.max().unwrap_or(Decimal::ONE)
    }

    fn hour(&self, peak_rate: Decimal, mean_rate: Decimal, hours: Decimal, workload: &Workload) -> Hour {
        let (instances, binding) = match (self.fleet.seen, self.fleet.count) {
            (Some(seen), _) => (seen.mean, Binding::Fixed),
            (None, Count::Fixed(count)) => (count, Binding::Fixed),
            (None, Count::Auto) => self.needed(peak_rate, mean_rate, workload),
        };
        Hour { peak_rate, instances, binding: Some(binding), hours }
    }

    /// As many as the load needs, and the last reason that raised the number.
    fn needed(&self, peak_rate: Decimal, mean_rate: Decimal, workload: &Workload) -> (Decimal, Binding) {
        let fleet = self.fleet;
        let mut needed = Needed { instances: Decimal::ZERO, binding: Binding::Minimum };
        if let Some((rate, binding)) = self.bounds.tightest(fleet.target_utilization).filter(|(rate, _)| !rate.is_zero()) {
            let instances = parts_of(peak_rate, rate);
            let one_more = if self.overloaded(instances, peak_rate) { Decimal::ONE } else { Decimal::ZERO };
            needed.raise(instances + one_more, binding);
        }
        if !self.shape.surplus_allowed
            && let (Some(sustained), Some(demand)) = (self.shape.sustained_vcpu, &self.demand)
        {
            needed.raise(parts_of(mean_rate * demand.cpu.seconds(), sustained), Binding::SustainedCpu);
        }
        let within = workload.p99.filter(|limit| self.work_alone().is_some_and(|alone| alone <= *limit));
        let limited = fleet.most_waiting.is_some() || within.is_some();
        let lines = self.lines.as_ref().filter(|_| limited && !peak_rate.is_zero());
        for servers in lines.into_iter().flat_map(Lines::servers) {
            if let Some(share) = fleet.most_waiting {
                needed.raise(servers.fewest_by_share(peak_rate, statistic_from_decimal(share.get())), Binding::Waiting);
            }
            if let Some(limit) = within {
                needed.raise(servers.fewest_by_p99(peak_rate, limit), Binding::Waiting);
            }
        }
        if Decimal::ONE < fleet.zones && !needed.instances.is_zero() {
            needed.raise(fleet.zones * (needed.instances / (fleet.zones - Decimal::ONE)).ceil(), Binding::Zones);
        }
        if !fleet.spares.is_zero() {
            needed.raise(needed.instances + fleet.spares, Binding::Spares);
        }
        needed.raise(fleet.least, Binding::Minimum);
        (needed.instances, needed.binding)
    }

    /// Whether instances cannot keep up: all of a resource that requests wait for is too much, of a stated rate it is not.
    pub(super) fn overloaded(&self, instances: Decimal, rate: Decimal) -> bool {
        let Some((each, binding)) = self.whole.filter(|_| !rate.is_zero()) else { return false };
        let (carried, rate) = (exact(saturating_product(each, instances)), exact(rate));
        carried < rate || carried == rate && binding != Binding::Stated
    }

    /// The lines that requests stand in, where they are known.
    pub(super) fn peak(&self, instances: Decimal, rate: Decimal) -> Option<Peak> {
        self.lines.as_ref().map(|lines| Peak { lines: lines.clone(), instances, rate })
    }

    /// Of burstable instances.
    pub(super) fn surplus(&self, hours: &[Hour], workload: &Workload, month: Month) -> Option<Surplus> {
        let levels: Vec<Level> = hours.iter().map(Hour::level).collect();
        Surplus::of(&levels, self.shape.sustained_vcpu?, (workload, self.demand.as_ref()?), month)
    }

    fn notes(&self, workload: &Workload) -> Vec<Note> {
        let mut notes = self.fleet.notes.clone();
        let stated = self.fleet.rate_per_instance.is_some();
        if workload.memory_per_request.is_none() && self.shape.concurrency.is_none() && !stated {
            notes.push(Note::default_used(
                "memory_per_request",
                "nothing",
                format!("requests in progress are taken to share the memory of one {}", self.fleet.noun.one()),
            ));
        }
        if self.fleet.zones == Decimal::ONE && self.fleet.count == Count::Auto {
            notes.push(Note::default_used("zones", "1", "no reserve for a zone that fails; 2 or 3 adds it"));
        }
        notes
    }
}

/// A number of instances that reasons raise.
struct Needed {
    instances: Decimal,
    binding: Binding,
}

impl Needed {
    fn raise(&mut self, instances: Decimal, binding: Binding) {
        if self.instances < instances {
            *self = Self { instances, binding };
        }
    }
}
