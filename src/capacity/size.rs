//! From work and traffic to a number of instances.

use super::waiting::{Peak, Servers};
use super::{Binding, Capacity, Count, Fleet, Scaling, Shape};
use crate::note::{Note, Refusal};
use crate::units::{Decimal, Month, Share, TimeSpan, grouped, statistic_from_decimal};
use crate::workload::{Demand, Workload};

const SECONDS_PER_HOUR: Decimal = Decimal::from_parts(3600, 0, 0, false, 0);
/// No fleet has more; a need beyond it is a shortfall.
const MOST_INSTANCES: Decimal = Decimal::from_parts(10_000_000, 0, 0, false, 0);

/// How many of `each` make up `whole`, without leaving what a decimal can hold.
fn parts_of(whole: Decimal, each: Decimal) -> Decimal {
    whole.checked_div(each).map_or(MOST_INSTANCES, |parts| exact(parts).ceil()).min(MOST_INSTANCES)
}

/// Without the last digits, which divisions leave behind: three instances' worth of work needs three instances.
fn exact(quotient: Decimal) -> Decimal {
    quotient.round_dp(18)
}

fn product(one: Decimal, other: Decimal) -> Decimal {
    one.checked_mul(other).unwrap_or(Decimal::MAX)
}

impl Fleet {
    /// Sizes the fleet for a workload.
    ///
    /// The rate of one instance is the tightest of: vCPU / CPU time; requests at once / response time; requests that fit into
    /// its memory / response time; GPUs / GPU time. At peak it may be used up to the target utilization (memory wholly). The
    /// count is then raised by limits on waiting, for one zone to fail (z · ⌈n / (z − 1)⌉), by spares and by its least.
    ///
    /// Worked number: 100 requests a second of 20 ms of CPU are 2 vCPUs of work; instances of 1 vCPU at 70 % carry 35 a second
    /// each, so there are ⌈100 / 35⌉ = 3.
    #[must_use]
    pub fn size(&self, workload: &Workload, shape: &Shape, month: Month) -> Capacity {
        let sizing = self.sizing(workload, shape, month);
        let mean_rate = workload.requests_per_second(month);
        let hours = sizing.hours(workload, mean_rate, month);
        let peak = hours.iter().max_by_key(|hour| (hour.instances, hour.peak_rate)).cloned().unwrap_or_default();
        let instance_hours: Decimal = hours.iter().map(|hour| hour.instances * hour.hours).sum();
        let mut shortfalls = sizing.memory_shortfall(workload);
        shortfalls.extend(sizing.shortfalls(&peak, mean_rate, workload));
        let carried = |instances: Decimal| sizing.bounds.tightest(Share::ALL).map(|(rate, _)| product(rate, instances));
        let part = |rate: Decimal, carried: Option<Decimal>| match carried {
            Some(carried) if !carried.is_zero() => (rate / carried).normalize(),
            _ => Decimal::ZERO,
        };
        let servers = sizing.servers();
        let held = sizing.demand.as_ref().map_or(TimeSpan::ZERO, |demand| demand.mean_on(shape.vcpu));
        Capacity {
            noun: self.noun,
            instances: peak.instances,
            instance_hours: instance_hours.normalize(),
            rate_per_instance: sizing.bounds.tightest(Share::ALL).map(|(rate, _)| rate),
            binding: peak.binding.unwrap_or(Binding::Minimum),
            utilization: part(peak.peak_rate, carried(peak.instances)),
            mean_utilization: part(mean_rate * month.hours(), carried(instance_hours)),
            surplus_vcpu_hours: sizing.surplus(workload, instance_hours, month),
            concurrency: peak.peak_rate * held.seconds(),
            peak: servers.map(|servers| Peak { servers, instances: peak.instances, rate: peak.peak_rate }),
            paid_while_idle: true,
            shortfalls,
            notes: sizing.notes(workload),
        }
    }

    /// How many instances there are at a time, and for how many hours of the month: what the machines that carry them follow.
    #[must_use]
    pub fn levels(&self, workload: &Workload, shape: &Shape, month: Month) -> Vec<Level> {
        let hours = self.sizing(workload, shape, month).hours(workload, workload.requests_per_second(month), month);
        hours.into_iter().map(|hour| Level { instances: hour.instances, hours: hour.hours }).collect()
    }

    fn sizing<'s>(&'s self, workload: &Workload, shape: &'s Shape, month: Month) -> Sizing<'s> {
        let demand = workload.demand();
        Sizing { fleet: self, shape, bounds: Bounds::of(self, workload, demand.as_ref(), shape, month), demand }
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
struct Hour {
    peak_rate: Decimal,
    instances: Decimal,
    binding: Option<Binding>,
    /// How many such hours the month has.
    hours: Decimal,
}

/// How many requests a second one instance carries, by each resource.
struct Bounds {
    cpu: Option<Decimal>,
    gpu: Option<Decimal>,
    concurrency: Option<Decimal>,
    memory: Option<Decimal>,
    stated: Option<Decimal>,
}

impl Bounds {
    fn of(fleet: &Fleet, workload: &Workload, demand: Option<&Demand>, shape: &Shape, month: Month) -> Self {
        let per = |amount: Decimal, time: TimeSpan| (!time.is_zero()).then(|| amount / time.seconds());
        let held = demand.map(|demand| demand.mean_on(shape.vcpu));
        let in_memory = workload.memory_per_request.map(|each| {
            let free = shape.memory.beyond(workload.memory_at_rest.unwrap_or_default());
            (free.megabytes() / each.megabytes()).floor()
        });
        Self {
            cpu: demand.and_then(|demand| per(shape.vcpu, demand.cpu)),
            gpu: demand.and_then(|demand| per(shape.gpus, demand.gpu?)),
            concurrency: shape.concurrency.zip(held).and_then(|(at_once, held)| per(at_once, held)),
            memory: in_memory.zip(held).and_then(|(at_once, held)| per(at_once, held)),
            stated: fleet.rate_per_instance.map(|rate| rate.per_month(month) / month.seconds()),
        }
    }

    /// The least of them, with `target` of what can be overloaded.
    fn tightest(&self, target: Share) -> Option<(Decimal, Binding)> {
        if let Some(stated) = self.stated {
            return Some((stated, Binding::Stated));
        }
        let bounds = [
            (self.cpu, Binding::Cpu, target),
            (self.gpu, Binding::Gpu, target),
            (self.concurrency, Binding::Concurrency, target),
            (self.memory, Binding::Memory, Share::ALL),
        ];
        let bounds = bounds.into_iter().filter_map(|(rate, binding, part)| Some((rate? * part.get(), binding)));
        bounds.min_by_key(|(rate, _)| *rate)
    }
}

struct Sizing<'s> {
    fleet: &'s Fleet,
    shape: &'s Shape,
    bounds: Bounds,
    demand: Option<Demand>,
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
            _ => vec![self.hour(mean_rate * workload.peak_factor(), mean_rate, month.hours(), workload)],
        }
    }

    fn hour(&self, peak_rate: Decimal, mean_rate: Decimal, hours: Decimal, workload: &Workload) -> Hour {
        let (instances, binding) = match self.fleet.count {
            Count::Fixed(count) => (count, Binding::Fixed),
            Count::Auto => self.needed(peak_rate, mean_rate, workload),
        };
        Hour { peak_rate, instances, binding: Some(binding), hours }
    }

    /// As many as the load needs, and the last reason that raised the number.
    fn needed(&self, peak_rate: Decimal, mean_rate: Decimal, workload: &Workload) -> (Decimal, Binding) {
        let fleet = self.fleet;
        let mut needed = Needed { instances: Decimal::ZERO, binding: Binding::Minimum };
        if let Some((rate, binding)) = self.bounds.tightest(fleet.target_utilization).filter(|(rate, _)| !rate.is_zero()) {
            needed.raise(parts_of(peak_rate, rate), binding);
        }
        if !self.shape.surplus_allowed
            && let (Some(sustained), Some(demand)) = (self.shape.sustained_vcpu, &self.demand)
        {
            needed.raise(parts_of(mean_rate * demand.cpu.seconds(), sustained), Binding::SustainedCpu);
        }
        if let Some(servers) = self.servers().filter(|_| !peak_rate.is_zero()) {
            if let Some(share) = fleet.most_waiting {
                needed.raise(servers.fewest_by_share(peak_rate, statistic_from_decimal(share.get())), Binding::Waiting);
            }
            if let Some(fewest) = workload.p99.and_then(|limit| servers.fewest_by_p99(peak_rate, limit)) {
                needed.raise(fewest, Binding::Waiting);
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

    /// GPUs where the work is on GPUs, vCPUs otherwise; a stated rate says nothing of either.
    fn servers(&self) -> Option<Servers> {
        let demand = self.demand.as_ref().filter(|_| self.fleet.rate_per_instance.is_none())?;
        let gpu = demand.gpu.filter(|gpu| !gpu.is_zero() && !self.shape.gpus.is_zero());
        let slots = (self.shape.vcpu / demand.threads).floor().max(Decimal::ONE);
        let each = self.shape.vcpu / slots;
        let (servers, service) = match gpu {
            Some(gpu) => (self.shape.gpus, gpu),
            None => (slots, demand.computing_on(each)),
        };
        let unhindered = demand.durations_on(each);
        (!service.is_zero()).then_some(Servers { each: servers, service, unhindered })
    }

    /// What a burstable fleet uses beyond what it earns; credits of quiet hours pay for busy ones.
    fn surplus(&self, workload: &Workload, instance_hours: Decimal, month: Month) -> Decimal {
        let Some((sustained, demand)) = self.shape.sustained_vcpu.zip(self.demand.as_ref()) else { return Decimal::ZERO };
        let used = workload.requests.per_month(month) * demand.cpu.seconds() / SECONDS_PER_HOUR;
        let surplus = used - sustained * instance_hours;
        if self.shape.surplus_allowed { surplus.max(Decimal::ZERO).normalize() } else { Decimal::ZERO }
    }

    fn memory_shortfall(&self, workload: &Workload) -> Vec<Refusal> {
        let in_use = match (workload.memory_at_rest, workload.memory_per_request) {
            (None, None) => None,
            (rest, each) => Some(rest.unwrap_or_default() + each.unwrap_or_default()),
        };
        let needed = workload.memory.into_iter().chain(in_use).max().filter(|needed| self.shape.memory < *needed);
        let refusal = needed.map(|needed| Refusal {
            asked: format!("memory {needed} for a request"),
            limit: format!("one {} has {}", self.fleet.noun.one(), self.shape.memory),
        });
        refusal.into_iter().collect()
    }

    /// Why the fleet cannot carry its peak.
    fn shortfalls(&self, peak: &Hour, mean_rate: Decimal, workload: &Workload) -> Vec<Refusal> {
        let (fleet, noun) = (self.fleet, self.fleet.noun);
        let mut found = Vec::new();
        let mut refuse = |asked: String, limit: String| found.push(Refusal { asked, limit });
        let count =
            |count: Decimal| format!("{} {}", grouped(count), if count == Decimal::ONE { noun.one() } else { noun.many() });
        let Some((rate, binding)) = self.bounds.tightest(Share::ALL) else {
            if self.demand.is_none() && fleet.count == Count::Auto {
                refuse(
                    "a count by the load".to_owned(),
                    "the workload says no duration and no CPU time; give one, or a `count`".to_owned(),
                );
            }
            return found;
        };
        let carried = product(rate, peak.instances);
        if exact(carried) < exact(peak.peak_rate) {
            let per_second = |rate: Decimal| grouped(rate.round_dp(2).normalize());
            refuse(
                format!("{} requests a second at peak", per_second(peak.peak_rate)),
                format!(
                    "{} {} {} a second ({} binds)",
                    count(peak.instances),
                    if peak.instances == Decimal::ONE { "carries" } else { "carry" },
                    per_second(carried),
                    binding.name()
                ),
            );
        }
        if let Some(most) = fleet.most.filter(|most| *most < peak.instances) {
            refuse(count(peak.instances), format!("at most {most} by the option's own limit"));
        }
        if let (Some(sustained), Some(demand)) = (self.shape.sustained_vcpu, &self.demand)
            && !self.shape.surplus_allowed
            && exact(sustained * peak.instances) < exact(mean_rate * demand.cpu.seconds())
        {
            let (needed, earned) = (mean_rate * demand.cpu.seconds(), sustained * peak.instances);
            refuse(
                format!("{} vCPUs of work on average", needed.round_dp(3).normalize()),
                format!("{} sustain {} without surplus credits", count(peak.instances), earned.normalize()),
            );
        }
        found.extend(self.latency_shortfall(peak, workload));
        found
    }

    fn latency_shortfall(&self, peak: &Hour, workload: &Workload) -> Option<Refusal> {
        let (limit, servers) = workload.p99.zip(self.servers())?;
        let asked = format!("99 of 100 requests within {limit}");
        let alone = servers.unhindered.quantile(0.99);
        if limit < alone {
            let limit = format!(
                "the work alone takes {} at 99 % on {} vCPU; more {} do not help",
                alone.rounded(),
                self.shape.vcpu.normalize(),
                self.fleet.noun.many()
            );
            return Some(Refusal { asked, limit });
        }
        match servers.waiting(peak.instances, peak.peak_rate) {
            Some(waiting) if waiting.p99_response <= limit => None,
            Some(waiting) => {
                Some(Refusal { asked, limit: format!("{} with the wait for a CPU at peak", waiting.p99_response.rounded()) })
            }
            // That it is overloaded was said above.
            None => None,
        }
    }

    fn notes(&self, workload: &Workload) -> Vec<Note> {
        let mut notes = if self.fleet.rate_per_instance.is_some() { Vec::new() } else { self.fleet.notes.clone() };
        if workload.memory_per_request.is_none() && self.shape.concurrency.is_none() && self.bounds.stated.is_none() {
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
