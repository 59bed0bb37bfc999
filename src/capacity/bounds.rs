//! What one instance carries of each resource, and the servers that requests wait for.

use super::waiting::Servers;
use super::{Binding, Fleet, Shape};
use crate::units::{Decimal, Month, Share, TimeSpan};
use crate::workload::{Demand, Workload};

/// Without the last digits, which divisions leave behind: three instances' worth of work needs three instances.
pub(super) fn exact(quotient: Decimal) -> Decimal {
    quotient.round_dp(18)
}

/// How many requests a second one instance carries, by each resource.
pub(super) struct Bounds {
    cpu: Option<Decimal>,
    gpu: Option<Decimal>,
    concurrency: Option<Decimal>,
    memory: Option<Decimal>,
    stated: Option<Decimal>,
}

impl Bounds {
    /// The bounds of a shape on which a request takes `held`.
    pub(super) fn of(
        fleet: &Fleet,
        workload: &Workload,
        (demand, held): (Option<&Demand>, Option<TimeSpan>),
        shape: &Shape,
        month: Month,
    ) -> Self {
        let per = |amount: Decimal, time: TimeSpan| (!time.is_zero()).then(|| amount / time.seconds());
        Self {
            cpu: demand.and_then(|demand| per(shape.vcpu, demand.cpu)),
            gpu: demand.and_then(|demand| per(shape.gpus, demand.gpu?)),
            concurrency: shape.concurrency.zip(held).and_then(|(at_once, held)| per(at_once, held)),
            memory: fitting(workload, shape).zip(held).and_then(|(at_once, held)| per(at_once, held)),
            stated: fleet.rate_per_instance.map(|rate| rate.per_month(month) / month.seconds()),
        }
    }

    /// The least of them, with `target` of what can be overloaded.
    pub(super) fn tightest(&self, target: Share) -> Option<(Decimal, Binding)> {
        let part_of = |rate: Option<Decimal>, binding: Binding, part: Share| Some((rate? * part.get(), binding));
        if self.stated.is_some() {
            return part_of(self.stated, Binding::Stated, target);
        }
        let bounds = [
            part_of(self.cpu, Binding::Cpu, target),
            part_of(self.gpu, Binding::Gpu, target),
            part_of(self.concurrency, Binding::Concurrency, target),
            part_of(self.memory, Binding::Memory, Share::ALL),
        ];
        bounds.into_iter().flatten().min_by_key(|(rate, _)| *rate)
    }
}

/// How many requests fit into the memory of one instance, where each is said to need some.
fn fitting(workload: &Workload, shape: &Shape) -> Option<Decimal> {
    let free = shape.memory.beyond(workload.memory_at_rest.unwrap_or_default());
    workload.memory_per_request.map(|each| (free.megabytes() / each.megabytes()).floor())
}

/// The lines that a request may stand in: for a CPU, for a GPU, for a place among the requests in progress. What they are made
/// of is kept, because most who size a fleet do not ask how long they are.
///
/// Servers and bounds agree: each / service is the rate of the bound. The CPUs are ⌈vCPU / threads⌉ servers, which share all
/// vCPUs when all are busy. Worked number: one thread of 1 s on 1.5 vCPUs are 2 servers that take 1.33 s each when both work,
/// 1.5 requests a second; a request alone takes 1 s.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lines {
    demand: Demand,
    vcpu: Decimal,
    gpus: Decimal,
    /// Requests that one instance works on at once, by its own limit and by its memory.
    places: [Option<Decimal>; 2],
}

impl Lines {
    /// Nothing where a rate is stated: of that nothing is known.
    pub(super) fn of(fleet: &Fleet, workload: &Workload, demand: Option<&Demand>, shape: &Shape) -> Option<Self> {
        let demand = demand.filter(|_| fleet.rate_per_instance.is_none())?.clone();
        Some(Self { demand, vcpu: shape.vcpu, gpus: shape.gpus, places: [shape.concurrency, fitting(workload, shape)] })
    }

    /// What is waited for.
    pub(super) fn servers(&self) -> Vec<Servers> {
        let demand = &self.demand;
        let alone = demand.durations_on(self.vcpu);
        let slots = exact(self.vcpu / demand.threads).ceil().max(Decimal::ONE);
        let each = self.vcpu / slots;
        let cpu = Servers {
            each: slots,
            service: demand.computing_on(each),
            unhindered: alone.clone(),
            crowded: demand.durations_on(each),
        };
        let held_for =
            |each: Decimal, service: TimeSpan| Servers { each, service, unhindered: alone.clone(), crowded: alone.clone() };
        let gpu = demand.gpu.map(|gpu| held_for(self.gpus, gpu));
        let held = demand.mean_on(self.vcpu);
        let places = self.places.into_iter().flatten().map(|places| held_for(places, held));
        let all = std::iter::once(cpu).chain(gpu).chain(places);
        all.filter(|servers| !servers.each.is_zero() && !servers.service.is_zero()).collect()
    }
}
