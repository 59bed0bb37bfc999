//! Azure Container Instances: container groups without machines, and without anything that scales them.
//!
//! Rules (Azure Container Instances pricing page and documentation, 2026): vCPUs and gigabytes of a group per second, from the
//! pull of the image until the group stops; vCPUs are rounded up to whole ones, memory to 0.1 GB; 1 vCPU and 1 GB at least, 32
//! vCPUs and 256 GB at most. Spot groups may be taken back and have no public address.
//!
//! Worked number: 50 groups a day for 30 days, each 150 s with 1.3 vCPUs and 2.15 GB, are 62.5 h × (2 × 0.0405 + 2.2 × 0.00445)
//! = 5.0625 + 0.6119.

use super::{Metered, Placement, Platform, Refusals, Site, job, task_size};
use crate::capacity::{Fleet, Noun, Scaling, Shape};
use crate::note::{Note, Refusal};
use crate::settings::{Key, Section, SettingError, value_or};
use crate::stats::Durations;
use crate::units::{DataSize, Decimal, Month, TimeSpan, Unit, VirtualCpus};
use crate::usage::{Meter, Provider, Region, Steps, TooLarge};
use crate::workload::Workload;

pub(super) const PLATFORM: Platform = Platform {
    name: "container-instances",
    provider: Provider::Azure,
    about: "Azure Container Instances: container groups, billed per second; nothing scales them",
    keys: &[KEYS, job::KEYS, task_size::KEYS, Fleet::INSTANCE_KEYS],
    read,
};

const KEYS: &[Key] = &[
    Key { name: "purchase", value: "NAME", help: "on-demand or spot [default: on-demand]" },
    Key { name: "concurrency", value: "N", help: "Requests that one group works on at once [default: no limit]" },
];

const LEAST_MEMORY: DataSize = DataSize::from_megabytes(1024);
const MOST_MEMORY: DataSize = DataSize::from_megabytes(256 * 1024);
const MOST_VCPU: Decimal = Decimal::from_parts(32, 0, 0, false, 0);
const SECOND: TimeSpan = TimeSpan::from_seconds(1);

#[derive(Debug)]
struct ContainerInstances {
    vcpu: Decimal,
    memory: DataSize,
    spot: bool,
    concurrency: Option<Decimal>,
    fleet: Fleet,
    /// How long the group of a job runs; a service stays up.
    job: Option<Durations>,
    notes: Vec<Note>,
}

fn read(section: &mut Section, workload: &Workload, site: &Site<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let mut notes = Vec::new();
    let vcpu = section.quantity::<VirtualCpus>("vcpu")?.map_or_else(
        || {
            notes.push(Note::default_used("vcpu", "1", "the least that a group has"));
            Decimal::ONE
        },
        |found| found.value.get(),
    );
    let memory = section.positive_size("memory")?.map_or_else(
        || {
            let memory = task_size::memory_needed(workload).max(LEAST_MEMORY);
            notes.push(Note::default_used("memory", memory.to_string(), "what holds the workload, and 1 GB at least"));
            memory
        },
        |found| found.value,
    );
    let job = job::read(section, workload, vcpu, site.read_file)?;
    let mut fleet = Fleet::read(section, workload, Noun::Instance)?;
    fleet.scaling = Scaling::Fixed;
    notes.extend(super::speed_note(workload, vcpu, Noun::Instance));
    Ok(Box::new(ContainerInstances {
        vcpu,
        memory,
        spot: value_or(section.choice("purchase", &[("on-demand", false), ("spot", true)])?, false),
        concurrency: super::read_concurrency(section)?,
        fleet,
        job,
        notes,
    }))
}

impl ContainerInstances {
    fn meter_of(&self, item: &str, name: &str, unit: Unit) -> Meter {
        let (variant, paid) = if self.spot { (".spot", ", spot") } else { ("", "") };
        Meter::named(format!("container_instances.{item}{variant}"), format!("Container Instances {name}{paid}"), unit)
    }

    /// Rounded up to tenths of a gigabyte, one at least.
    fn billed_gigabytes(&self) -> Decimal {
        ((self.memory.gigabytes() * Decimal::TEN).ceil() / Decimal::TEN).max(Decimal::ONE)
    }
}

impl Placement for ContainerInstances {
    fn title(&self) -> String {
        let spot = if self.spot { ", spot" } else { "" };
        format!("{} vCPU, {}{spot}", self.vcpu.normalize(), self.memory)
    }

    fn refusals(&self, workload: &Workload, _month: Month) -> Vec<Refusal> {
        let mut refusals = Refusals::default();
        let vcpu = self.vcpu;
        refusals.unless(vcpu <= MOST_VCPU, || format!("{} vCPU", vcpu.normalize()), "32 at most for a group");
        let memory = self.memory;
        refusals.unless(memory <= MOST_MEMORY, || format!("memory {memory}"), "256 GB at most for a group");
        refusals.no_gpu(workload, "Container Instances has none any more; Container Apps has");
        refusals.0
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let (mut steps, mut notes) = (Steps::in_region(region), self.notes.clone());
        let shape = Shape { concurrency: self.concurrency, ..Shape::new(self.vcpu, self.memory) };
        let capacity = self.job.is_none().then(|| self.fleet.size(workload, &shape, month));
        let (what, hours) = match (&capacity, &self.job) {
            (Some(capacity), _) => {
                notes.push(Note::assumption("nothing starts or stops groups by load: all of them run all month"));
                ("groups kept running", capacity.hour_factors(month))
            }
            (None, job) => {
                notes.push(job::start_note());
                let run = job.as_ref().map_or(TimeSpan::ZERO, |run| run.mean_billed(SECOND, TimeSpan::ZERO));
                ("one group for each request", vec![super::requests(workload.requests.per_month(month)), (run.hours(), "h")])
            }
        };
        let term = |amount: Decimal, label: &'static str| [hours.as_slice(), &[(amount, label)]].concat();
        let vcpu = self.vcpu.ceil().max(Decimal::ONE);
        steps.add(&self.meter_of("vcpu", "vCPU", Unit::VcpuHour), what, &term(vcpu, "vCPU"));
        steps.add(&self.meter_of("memory", "memory", Unit::GbHour), what, &term(self.billed_gigabytes(), "GB"));
        if self.spot {
            notes.push(Note::assumption("spot groups may be taken back at any time; the price changes"));
        }
        Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity })
    }
}
