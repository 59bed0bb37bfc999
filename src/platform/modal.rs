//! Modal: containers for functions, from their start until they have been idle for a while.
//!
//! Rules (Modal pricing page and documentation, 2026): physical cores (two vCPUs each) and memory per second, each for what was
//! requested or what was used, whichever is more; 0.125 core and 128 MiB at least; GPUs per second. A container is paid for from
//! its start to its stop, so idle time within the scaledown window is paid too. Pinning to a region and protection from
//! preemption multiply the prices. Starter is free with $30 of credit a month, 100 containers and 10 GPUs; Team costs $250 with
//! $100 of credit, 1,000 containers and 50 GPUs. A function runs for 24 h at most.
//!
//! How many containers are there on average is the mean of the largest number in use within the window (see [`mean_alive`]).
//!
//! Worked number: one container that is always there with 0.125 core and 128 MiB for 2,628,000 s is 328,500 × 0.0000131 +
//! 328,500 × 0.00000222 = 4.30 + 0.73.

use super::busy_time::Busy;
use super::{Metered, Placement, Platform, Refusals, Site, requests, task_size};
use crate::capacity::{Capacity, Shape};
use crate::note::{Note, Refusal};
use crate::queueing::{KeepAlive, Traffic, WarmPool};
use crate::settings::{Key, Section, SettingError, value_or};
use crate::units::{
    DataSize, Decimal, Month, TimeSpan, Unit, VirtualCpus, decimal_from_statistic, grouped, statistic_from_decimal,
};
use crate::usage::{Meter, Provider, Region, Steps, TooLarge};
use crate::workload::{Demand, Workload};

pub(super) const PLATFORM: Platform = Platform {
    name: "modal",
    provider: Provider::Modal,
    about: "functions on Modal, CPU or GPU, billed per second for containers that are up",
    keys: &[KEYS],
    read,
};

const KEYS: &[Key] = &[
    super::azure_functions::PLAN,
    Key { name: "vcpu", value: "N", help: "vCPUs that a container requests; it may use more [default: 0.25]" },
    Key { name: "memory", value: "SIZE", help: "Memory that a container requests [default: the workload's]" },
    Key { name: "concurrency", value: "N", help: "Requests that one container works on at once [default: 1]" },
    Key { name: "scaledown_window", value: "TIME", help: "How long an idle container is kept [default: 60s]" },
    Key { name: "min_containers", value: "N", help: "Containers that are always up [default: 0]" },
    Key {
        name: "region_pinning",
        value: "NAME",
        help: "none, broad (such as the US) or narrow (such as one city) [default: none]",
    },
    Key { name: "preemptible", value: "BOOL", help: "Whether containers may be stopped and started anew [default: true]" },
];

const LEAST_VCPU: Decimal = Decimal::from_parts(25, 0, 0, false, 2);
const LEAST_MEMORY: DataSize = DataSize::from_megabytes(128);
const DEFAULT_WINDOW: TimeSpan = TimeSpan::from_seconds(60);
const LONGEST_WINDOW: TimeSpan = TimeSpan::from_seconds(20 * 60);
const LONGEST: TimeSpan = TimeSpan::from_seconds(24 * 3600);
/// A container may use 16 cores more than it requests.
const MORE_VCPU: Decimal = Decimal::from_parts(32, 0, 0, false, 0);
/// Above this load the largest number in use within a window is within one percent of the mean.
const LARGE_LOAD: f64 = 1e5;

/// A bound against typing mistakes; a plan has its own.
const MOST_KEPT: u32 = 100_000;

/// What a plan costs and allows.
#[derive(Debug, Clone, Copy)]
struct Plan {
    name: &'static str,
    /// What the meters of its prices start with.
    prefix: &'static str,
    most_containers: u32,
    most_gpus: u32,
}

const PLANS: &[(&str, Plan)] =
    &[("starter", STARTER), ("team", Plan { name: "team", prefix: "modal.team.", most_containers: 1000, most_gpus: 50 })];
const STARTER: Plan = Plan { name: "starter", prefix: "modal.", most_containers: 100, most_gpus: 10 };

/// GPUs as price rows name them, the least first.
const GPUS: [&str; 10] = ["t4", "l4", "a10", "l40s", "a100_40gb", "a100_80gb", "rtx_pro_6000", "h100", "h200", "b200"];

/// The first that the workload runs on. What others call A10G is Modal's A10.
fn gpu_of(workload: &Workload) -> Option<&'static str> {
    let also = |model: &str| model == "a10" && workload.gpu.as_deref() == Some("a10g");
    GPUS.into_iter().find(|model| workload.runs_on_gpu(model) || also(model))
}

#[derive(Debug)]
struct Modal {
    plan: Plan,
    vcpu: Decimal,
    memory: DataSize,
    gpu: Option<&'static str>,
    concurrency: Decimal,
    window: TimeSpan,
    least: Decimal,
    region: &'static str,
    preemptible: bool,
    demand: Demand,
    notes: Vec<Note>,
}

fn read(section: &mut Section, workload: &Workload, _site: &Site<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let demand = workload.demand().ok_or_else(|| section.missing("duration", "how long a request takes, in the workload"))?;
    let mut notes = Vec::new();
    let mut by_default = |key, value: &str, meaning: &'static str| notes.push(Note::default_used(key, value.to_owned(), meaning));
    let plan = section.choice("plan", PLANS)?;
    if plan.is_none() {
        by_default("plan", "starter", "no fee; 100 containers and 10 GPUs at most");
    }
    let vcpu = section.quantity::<VirtualCpus>("vcpu")?.map(|found| found.value.get());
    if vcpu.is_none() {
        by_default("vcpu", "0.25", "what a container requests at least; CPU time that it uses beyond that is billed too");
    }
    let window = section.quantity::<TimeSpan>("scaledown_window")?.map(|found| found.value);
    if window.is_none() {
        by_default("scaledown_window", "60 s", "idle time within it is billed");
    }
    let memory = section.positive_size("memory")?.map(|found| found.value);
    let gpu = gpu_of(workload);
    notes.extend(gpu.and_then(|gpu| super::gpu_note(workload, gpu)));
    Ok(Box::new(Modal {
        plan: value_or(plan, STARTER),
        vcpu: vcpu.unwrap_or(LEAST_VCPU).max(LEAST_VCPU),
        memory: memory.unwrap_or_else(|| task_size::memory_needed(workload)).max(LEAST_MEMORY),
        gpu,
        concurrency: super::read_concurrency(section)?.unwrap_or(Decimal::ONE),
        window: window.unwrap_or(DEFAULT_WINDOW),
        least: value_or(section.whole_number("min_containers", 0..=MOST_KEPT)?, Decimal::ZERO),
        region: value_or(section.choice("region_pinning", REGIONS)?, ""),
        preemptible: section.flag("preemptible")?.unwrap_or(true),
        demand,
        notes,
    }))
}

const REGIONS: &[(&str, &str)] = &[("none", ""), ("broad", "broad_region."), ("narrow", "narrow_region.")];

impl Modal {
    fn meter_of(&self, item: &str, name: &str, unit: Unit) -> Meter {
        let protected = if self.preemptible { "" } else { "non_preemptible." };
        let variant = format!("{}{protected}", self.region);
        let words = variant.trim_end_matches('.').replace(['_', '.'], " ");
        let words = if words.is_empty() { words } else { format!(", {words}") };
        Meter::named(format!("{}{variant}{item}", self.plan.prefix), format!("Modal {name}{words}"), unit)
    }

    fn most(&self) -> Decimal {
        let plan = self.plan;
        Decimal::from(if self.gpu.is_some() { plan.most_gpus } else { plan.most_containers })
    }

    /// vCPUs that a container can use.
    fn usable_vcpu(&self) -> Decimal {
        self.vcpu.max(self.demand.threads.min(self.vcpu + MORE_VCPU))
    }

    /// Containers that are up on average over the month, and at the peak of its requests.
    fn alive(&self, workload: &Workload, slots: f64, month: Month) -> (Decimal, Decimal) {
        let rate = statistic_from_decimal(workload.requests_per_second(month));
        let held = statistic_from_decimal(self.demand.mean_on(self.usable_vcpu()).seconds());
        let (window, least) = (statistic_from_decimal(self.window.seconds()), statistic_from_decimal(self.least));
        let at = |factor: Decimal| mean_alive(rate * statistic_from_decimal(factor), held, window, slots).max(least);
        let mean = match &workload.hourly {
            None => at(Decimal::ONE),
            Some(hourly) => {
                let hours = hourly.factors().iter().map(|factor| at(*factor));
                hours.sum::<f64>() / hourly.factors().len() as f64
            }
        };
        let containers = |number: f64| decimal_from_statistic(number, 12).unwrap_or(Decimal::MAX);
        (containers(mean), containers(at(workload.peak_factor())))
    }

    /// The fleet as it is billed: containers that are kept up for the window count, whether they work or not.
    fn count_alive(&self, capacity: &mut Capacity, (mean, at_peak): (Decimal, Decimal), workload: &Workload, month: Month) {
        capacity.paid_while_idle = true;
        capacity.instances = capacity.instances.max(at_peak.ceil());
        // Who finds no free container wakes another one; the wait for fewer containers than these says nothing.
        capacity.peak = None;
        capacity.instance_hours = mean.checked_mul(month.hours()).unwrap_or(Decimal::MAX);
        let rate = workload.requests_per_second(month);
        let part = |rate: Decimal, containers: Decimal| {
            let carried = capacity.rate_per_instance.and_then(|each| each.checked_mul(containers)).unwrap_or_default();
            rate.checked_div(carried).unwrap_or_default().normalize()
        };
        let peak_rate = rate.checked_mul(workload.peak_factor()).unwrap_or(Decimal::MAX);
        (capacity.utilization, capacity.mean_utilization) = (part(peak_rate, capacity.instances), part(rate, mean));
        if self.most() < capacity.instances {
            let what = if self.gpu.is_some() { "GPUs" } else { "containers" };
            capacity.shortfalls.push(Refusal {
                asked: format!("{} {what} at peak, those kept up for the window included", grouped(capacity.instances)),
                limit: format!("{} at most on the plan {}", self.most(), self.plan.name),
            });
        }
    }
}

/// Containers that are up on average: each is kept for `window_s` after its last request, the one used last is used first.
///
/// With one request at a time it is the mean of the largest number in use within the window. With `slots` requests at once it is
/// that number over the slots and half a container for the one that is partly used, and no less than the share of the time in
/// which there is any: 1 − e^(−rate × (held + window)).
fn mean_alive(rate: f64, held_s: f64, window_s: f64, slots: f64) -> f64 {
    let any = -(-rate * (held_s + window_s)).exp_m1();
    let load = rate * held_s;
    let traffic = if load < LARGE_LOAD { Traffic::new(rate, held_s).ok() } else { None };
    let kept = KeepAlive::constant(window_s).ok();
    let in_use = traffic.zip(kept).map_or(load, |(traffic, kept)| WarmPool::new(traffic, &kept).mean_alive());
    (in_use / slots + any * (1.0 - 1.0 / slots) / 2.0).max(any)
}

impl Placement for Modal {
    fn title(&self) -> String {
        let gpu = self.gpu.map_or_else(String::new, |gpu| format!("{}, ", gpu.replace('_', " ").to_uppercase()));
        format!("{gpu}{} vCPU, {} on {}", self.vcpu.normalize(), self.memory, self.plan.name)
    }

    fn refusals(&self, workload: &Workload, _month: Month) -> Vec<Refusal> {
        let mut refusals = Refusals::default();
        if let Some(gpu) = workload.gpu.as_deref().filter(|_| self.gpu.is_none()) {
            refusals.unless(false, || format!("a GPU ({gpu})"), format_args!("Modal has {}", GPUS.join(", ")));
        }
        let longest = self.demand.durations_on(self.usable_vcpu()).longest();
        refusals.unless(longest <= LONGEST, || format!("a duration of {longest}"), "24 h at most for a function");
        let window = self.window;
        refusals.unless(window <= LONGEST_WINDOW, || format!("a scaledown window of {window}"), "20 min at most");
        let protected = !self.preemptible;
        let remedy = "not to be had with a GPU";
        refusals.unless(!(protected && self.gpu.is_some()), || "protection from preemption".to_owned(), remedy);
        let both = protected && !self.region.is_empty();
        refusals.unless(!both, || "protection from preemption in a region".to_owned(), "no price of both together is known");
        let kept = self.least;
        refusals.unless(
            kept <= self.most(),
            || format!("{kept} containers"),
            format_args!("{} at most on this plan", self.most()),
        );
        let lost = workload.stateful && kept.is_zero();
        refusals.unless(!lost, || "state between requests".to_owned(), "idle containers are stopped; `min_containers = 1`");
        refusals.0
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let (mut steps, mut notes) = (Steps::in_region(region), self.notes.clone());
        let vcpu = self.usable_vcpu();
        let gpus = if self.gpu.is_some() { Decimal::ONE } else { Decimal::ZERO };
        let shape = Shape { concurrency: Some(self.concurrency), gpus, ..Shape::new(vcpu, self.memory) };
        let held = self.demand.mean_on(vcpu);
        let busy = Busy::of(workload, &shape, held, None, month);
        let (mut capacity, slots) = (busy.capacity, statistic_from_decimal(busy.slots));
        let alive = self.alive(workload, slots, month);
        self.count_alive(&mut capacity, alive, workload, month);

        let seconds = [(alive.0, "containers up"), (month.seconds(), "s")];
        let with = |amount: Decimal, label: &'static str| [seconds.as_slice(), &[(amount, label)]].concat();
        let cpu = self.meter_of("cpu", "CPU", Unit::CoreSecond);
        steps.add(&cpu, "requested by containers", &with(self.vcpu / Decimal::TWO, "cores"));
        let beyond = (vcpu.min(self.demand.threads) - self.vcpu).max(Decimal::ZERO) / Decimal::TWO;
        let computing = (self.demand.computing_on(vcpu).seconds(), "s computing");
        let count = requests(workload.requests.per_month(month));
        steps.add(&cpu, "used beyond the request", &[count, computing, (beyond, "cores")]);
        let memory = self.meter_of("memory", "memory", Unit::GibSecond);
        steps.add(&memory, "requested by containers", &with(self.memory.gigabytes(), "GiB"));
        if let Some(gpu) = self.gpu {
            let name = format!("GPU, {}", gpu.replace('_', " ").to_uppercase());
            let meter = self.meter_of(&format!("gpu.{gpu}"), &name, Unit::GpuSecond);
            steps.add(&meter, "containers", &with(Decimal::ONE, "GPU"));
        }
        let fee = Meter::named(format!("modal.plan.{}", self.plan.name), format!("Modal plan, {}", self.plan.name), Unit::Month);
        steps.add(&fee, "plan", &[(Decimal::ONE, "month")]);
        notes.push(Note::assumption(
            "requests arrive at random and go to the container used last; the start of containers is not included",
        ));
        Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity: Some(capacity) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_stay_up_for_the_window() {
        let near = |alive: f64, expected: f64| assert!((alive - expected).abs() < 0.03 * expected, "{alive} {expected}");
        // 0.9 requests a second of 1.991 s, kept for ten minutes: 7.692 containers, of which 1.79 work.
        near(mean_alive(0.9, 1.991, 600.0, 1.0), 7.692);
        // One request in ten minutes keeps one for 62 s.
        near(mean_alive(1.0 / 600.0, 2.0, 60.0, 1.0), 0.098);
        // All requests fit into one container.
        near(mean_alive(0.9, 1.991, 600.0, 1000.0), 1.0);
    }
}
