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
    pub(super) fn of(fleet: &Fleet, workload: &Workload, demand: Option<&Demand>, shape: &Shape, month: Month) -> Self {
        let per = |amount: Decimal, time: TimeSpan| (!time.is_zero()).then(|| amount / time.seconds());
        let held = demand.map(|demand| demand.mean_on(shape.vcpu));
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
        let bounds = match self.stated {
            Some(stated) => vec![(Some(stated), Binding::Stated, target)],
            None => vec![
                (self.cpu, Binding::Cpu, target),
                (self.gpu, Binding::Gpu, target),
                (self.concurrency, Binding::Concurrency, target),
                (self.memory, Binding::Memory, Share::ALL),
            ],
        };
        let bounds = bounds.into_iter().filter_map(|(rate, binding, part)| Some((rate? * part.get(), binding)));
        bounds.min_by_key(|(rate, _)| *rate)
    }
}

/// How many requests fit into the memory of one instance, where each is said to need some.
fn fitting(workload: &Workload, shape: &Shape) -> Option<Decimal> {
    let free = shape.memory.beyond(workload.memory_at_rest.unwrap_or_default());
    workload.memory_per_request.map(|each| (free.megabytes() / each.megabytes()).floor())
}

/// The lines that a request may stand in: for a CPU, for a GPU, for a place among the requests in progress. Of a stated rate
/// nothing is known.
///
/// Servers and bounds agree: each / service is the rate of the bound. The CPUs are ⌈vCPU / threads⌉ servers, which share all
/// vCPUs when all are busy. Worked number: one thread of 1 s on 1.5 vCPUs are 2 servers that take 1.33 s each when both work,
/// 1.5 requests a second; a request alone takes 1 s.
pub(super) fn servers(fleet: &Fleet, workload: &Workload, demand: Option<&Demand>, shape: &Shape) -> Vec<Servers> {
    let Some(demand) = demand.filter(|_| fleet.rate_per_instance.is_none()) else { return Vec::new() };
    let alone = demand.durations_on(shape.vcpu);
    let slots = exact(shape.vcpu / demand.threads).ceil().max(Decimal::ONE);
    let each = shape.vcpu / slots;
    let cpu = Servers {
        each: slots,
        service: demand.computing_on(each),
        unhindered: alone.clone(),
        crowded: demand.durations_on(each),
    };
    let held_for =
        |each: Decimal, service: TimeSpan| Servers { each, service, unhindered: alone.clone(), crowded: alone.clone() };
    let gpu = demand.gpu.map(|gpu| held_for(shape.gpus, gpu));
    let held = demand.mean_on(shape.vcpu);
    let places = shape.concurrency.into_iter().chain(fitting(workload, shape)).map(|places| held_for(places, held));
    let all = std::iter::once(cpu).chain(gpu).chain(places);
    all.filter(|servers| !servers.each.is_zero() && !servers.service.is_zero()).collect()
}
