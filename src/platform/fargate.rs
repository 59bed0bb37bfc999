//! AWS Fargate: containers without machines, billed for the size of each task while it runs.
//!
//! Rules (AWS Fargate pricing page and developer guide, 2026): vCPUs and gigabytes per second from the pull of the image to the
//! end of the task, one minute at least (five on Windows); the first 20 GB of disk are part of the task; certain pairs of vCPU
//! and memory only; Windows pays for its license by the vCPU. Spot is for Linux and may be interrupted.
//!
//! Worked number: one task of 1 vCPU and 2 GB for 730 h is 730 × 0.04048 + 1,460 × 0.004445 = 29.55 + 6.49.

use super::job;
use super::task_size::{self, Pair, TaskSize};
use super::{Architecture, Metered, Placement, Platform, Refusals, Site};
use crate::capacity::{Fleet, Noun, Shape};
use crate::note::{Note, Refusal};
use crate::settings::{Key, Section, SettingError, value_or};
use crate::stats::Durations;
use crate::units::{DataSize, Decimal, Month, TimeSpan, Unit, counted};
use crate::usage::{Meter, Provider, Region, Steps, TooLarge};
use crate::workload::{ReadFile, Workload};

pub(super) const PLATFORM: Platform = Platform {
    name: "fargate",
    provider: Provider::Aws,
    about: "containers on AWS Fargate (ECS), billed per second for the size of each task",
    keys: &[KEYS, TASK_KEYS, job::KEYS, task_size::KEYS, Fleet::TASK_KEYS],
    read,
};

const KEYS: &[Key] = &[
    Key { name: "architecture", value: "NAME", help: "x86_64 or arm64 [default: x86_64]" },
    Key { name: "operating_system", value: "NAME", help: "linux or windows [default: linux]" },
    Key {
        name: "purchase",
        value: "NAME",
        help: "on-demand, spot, or compute-savings-plan-{1y,3y}-{no,all}-upfront [default: on-demand]",
    },
];

/// The keys of what runs on Fargate, whoever starts it.
pub(super) const TASK_KEYS: &[Key] = &[
    Key { name: "ephemeral_storage", value: "SIZE", help: "Disk of a task, 20GB to 200GB [default: 20GB]" },
    Key { name: "concurrency", value: "N", help: "Requests that one task works on at once [default: no limit]" },
];

/// The pairs that can be run: vCPU, least and most memory, step (AWS Fargate developer guide, 2026).
pub(super) const SIZES: &[TaskSize] = &[
    TaskSize::steps("0.25", 512, 512, 512),
    TaskSize::steps("0.25", 1024, 2048, 1024),
    TaskSize::steps("0.5", 1024, 4096, 1024),
    TaskSize::steps("1", 2048, 8192, 1024),
    TaskSize::steps("2", 4096, 16_384, 1024),
    TaskSize::steps("4", 8192, 30_720, 1024),
    TaskSize::steps("8", 16_384, 61_440, 4096),
    TaskSize::steps("16", 32_768, 122_880, 8192),
    TaskSize::steps("32", 61_440, 122_880, 61_440),
    TaskSize::steps("32", 249_856, 249_856, 1),
];
/// Windows runs on 1 to 4 vCPUs.
const WINDOWS_SIZES: &[TaskSize] =
    &[TaskSize::steps("1", 2048, 8192, 1024), TaskSize::steps("2", 4096, 16_384, 1024), TaskSize::steps("4", 8192, 30_720, 1024)];
const INCLUDED_STORAGE: DataSize = DataSize::from_megabytes(20 * 1024);
const SECOND: TimeSpan = TimeSpan::from_seconds(1);

static STORAGE: Meter = Meter::fixed("fargate.ephemeral_storage", "Fargate disk beyond 20 GB", Unit::GbHour);
static LICENSE: Meter = Meter::fixed("fargate.os_license.windows", "Windows license", Unit::VcpuHour);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum System {
    Linux,
    Windows,
}

/// Who starts the tasks: it names the meters, and sets limits of its own.
#[derive(Debug)]
pub(super) struct Starter {
    meters: &'static str,
    noun: Noun,
    most_storage: DataSize,
}

const ECS: Starter = Starter { meters: "fargate", noun: Noun::Task, most_storage: DataSize::from_megabytes(200 * 1024) };
/// 175 GB at most (Amazon EKS user guide, "Understand Fargate Pod configuration details").
pub(super) const EKS: Starter =
    Starter { meters: "eks.fargate", noun: Noun::Pod, most_storage: DataSize::from_megabytes(175 * 1024) };

#[derive(Debug)]
pub(super) struct Fargate {
    starter: Starter,
    vcpu: Decimal,
    memory: DataSize,
    /// Of that, what is there for the workload.
    usable: DataSize,
    variant: Variant,
    vcpu_meter: Meter,
    memory_meter: Meter,
    storage: DataSize,
    concurrency: Option<Decimal>,
    fleet: Fleet,
    /// How long the task of a job runs; a service stays up.
    job: Option<Durations>,
    notes: Vec<Note>,
}

/// What tasks of one size may differ in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Variant {
    architecture: Architecture,
    system: System,
    purchase: &'static str,
}

impl Variant {
    /// Linux on x86_64, on demand.
    pub(super) const USUAL: Self = Self { architecture: Architecture::X86, system: System::Linux, purchase: "" };

    /// A meter of `service`.
    fn meter_of(self, service: &str, item: &str, name: &str, unit: Unit) -> Meter {
        let variant = match self.system {
            System::Linux => self.architecture.name(),
            System::Windows => "windows",
        };
        let words = self.purchase.trim_end_matches('.').replace('_', " ");
        let paid = if words.is_empty() { words } else { format!(", {words}") };
        Meter::named(format!("{service}.{item}.{}{variant}", self.purchase), format!("Fargate {name}{paid}, {variant}"), unit)
    }
}

/// How tasks are paid for: as options name it, and as price lists do.
const PURCHASES: &[(&str, &str)] = &[
    ("on-demand", ""),
    ("spot", "spot."),
    ("compute-savings-plan-1y-no-upfront", "compute_savings_plan_1y_no_upfront."),
    ("compute-savings-plan-1y-all-upfront", "compute_savings_plan_1y_all_upfront."),
    ("compute-savings-plan-3y-no-upfront", "compute_savings_plan_3y_no_upfront."),
    ("compute-savings-plan-3y-all-upfront", "compute_savings_plan_3y_all_upfront."),
];

fn read(section: &mut Section, workload: &Workload, site: &Site<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let architecture = section.choice("architecture", Architecture::CHOICES)?;
    let system =
        value_or(section.choice("operating_system", &[("linux", System::Linux), ("windows", System::Windows)])?, System::Linux);
    let sizes = if system == System::Windows { WINDOWS_SIZES } else { SIZES };
    let (size, notes) = TaskSize::read(section, workload, sizes)?;
    let purchase = value_or(section.choice("purchase", PURCHASES)?, "");
    let variant = Variant { architecture: value_or(architecture, Architecture::X86), system, purchase };
    Ok(Box::new(Fargate::read_tasks(section, workload, site.read_file, (ECS, variant), (size, size.1), notes)?))
}

impl Fargate {
    /// Tasks of a size, of which a part is there for the workload.
    pub(super) fn read_tasks(
        section: &mut Section,
        workload: &Workload,
        read_file: &ReadFile<'_>,
        (starter, variant): (Starter, Variant),
        ((vcpu, memory), usable): (Pair, DataSize),
        mut notes: Vec<Note>,
    ) -> Result<Self, SettingError> {
        let job = job::read(section, workload, vcpu, read_file)?;
        notes.extend(super::speed_note(workload, vcpu, starter.noun));
        Ok(Self {
            vcpu,
            memory,
            usable,
            variant,
            vcpu_meter: variant.meter_of(starter.meters, "vcpu", "vCPU", Unit::VcpuHour),
            memory_meter: variant.meter_of(starter.meters, "memory", "memory", Unit::GbHour),
            storage: value_or(section.quantity("ephemeral_storage")?, INCLUDED_STORAGE),
            concurrency: super::read_concurrency(section)?,
            fleet: Fleet::read(section, workload, starter.noun)?,
            starter,
            job,
            notes,
        })
    }

    fn shape(&self) -> Shape {
        Shape { concurrency: self.concurrency, ..Shape::new(self.vcpu, self.usable) }
    }

    /// One minute at least, five on Windows.
    fn shortest_run(&self) -> TimeSpan {
        TimeSpan::from_seconds(if self.variant.system == System::Windows { 300 } else { 60 })
    }
}

impl Placement for Fargate {
    fn title(&self) -> String {
        let (windows, paid) =
            (self.variant.system == System::Windows, self.variant.purchase.trim_end_matches('.').replace('_', " "));
        let system = if windows { "Windows" } else { self.variant.architecture.name() };
        let paid = if paid.is_empty() { paid } else { format!(", {paid}") };
        format!("{} vCPU, {} {system}{paid}", self.vcpu.normalize(), self.memory)
    }

    /// Only of a job the time is read with its size.
    fn retime(&mut self, _workload: &Workload) -> bool {
        self.job.is_none()
    }

    fn refusals(&self, workload: &Workload, _month: Month) -> Vec<Refusal> {
        let mut refusals = Refusals::default();
        refusals.size_within("ephemeral storage", self.storage, INCLUDED_STORAGE, self.starter.most_storage);
        let windows = self.variant.system == System::Windows;
        refusals.unless(!windows || self.variant.purchase != "spot.", || "Windows on Spot".to_owned(), "Spot is for Linux");
        refusals.unless(
            !windows || self.variant.architecture == Architecture::X86,
            || "Windows on arm64".to_owned(),
            "Windows is for x86_64",
        );
        refusals.no_gpu(workload, "Fargate has none; ECS on EC2 has");
        refusals.0
    }

    fn fleet(&mut self) -> Option<&mut Fleet> {
        self.job.is_none().then_some(&mut self.fleet)
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let (mut steps, mut notes) = (Steps::in_region(region), self.notes.clone());
        let count = workload.requests.per_month(month);
        let capacity = self.job.is_none().then(|| self.fleet.size(workload, &self.shape(), month));
        let (what, hours) = match (&capacity, &self.job) {
            (Some(capacity), _) => ("kept running", capacity.hour_factors(month)),
            (None, job) => {
                let run = job.as_ref().map_or(TimeSpan::ZERO, |run| run.mean_billed(SECOND, self.shortest_run()));
                let least = counted(self.shortest_run().seconds() / Decimal::from(60), "minute");
                notes.push(Note::assumption(format!("each request is a {} of its own, billed for {least} at least; the pull of its image counts and is not included", self.starter.noun.one())));
                ("one for each request", vec![super::requests(count), (run.hours(), "h")])
            }
        };
        let term = |amount: Decimal, label: &'static str| [hours.as_slice(), &[(amount, label)]].concat();
        steps.add(&self.vcpu_meter, what, &term(self.vcpu, "vCPU"));
        steps.add(&self.memory_meter, what, &term(self.memory.gigabytes(), "GB"));
        if self.variant.system == System::Windows {
            steps.add(&LICENSE, what, &term(self.vcpu, "vCPU"));
        }
        steps.add(&STORAGE, what, &term(self.storage.beyond(INCLUDED_STORAGE).gigabytes(), "GB beyond 20 GB"));
        if self.variant.purchase == "spot." {
            notes.push(Note::assumption("Spot tasks may be stopped with two minutes of warning; the price changes"));
        }
        Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity })
    }
}
