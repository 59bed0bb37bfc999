//! Fly.io: machines with shared or dedicated CPUs, billed per second while they are started.
//!
//! Rules (Fly.io documentation, "Resource pricing", "Machine sizing", 2026): a price for each vCPU, which has 256 MB of memory
//! where it is shared and 2 GB where it is not; further memory by the gigabyte. A shared vCPU can be used for 1/16 of the time,
//! and beyond that as long as what was saved up lasts. Machines with a GPU are no longer offered.
//!
//! Worked numbers for 30 days in iad: shared-cpu-1x with 256 MB is 2,592,000 × 0.0000008465 = $2.19; performance-2x with 4 GB
//! 2 × 2,592,000 × 0.000012732 = $66.00.

use super::task_size::{self, TaskSize};
use super::{Metered, Placement, Platform, Refusals, Site};
use crate::capacity::{Fleet, Noun, Shape};
use crate::note::{Note, Refusal};
use crate::settings::{Key, Section, SettingError};
use crate::units::{DataSize, Decimal, Month, SECONDS_PER_HOUR, Unit};
use crate::usage::{Meter, Provider, Region, Steps, TooLarge};
use crate::workload::Workload;

pub(super) const PLATFORM: Platform = Platform {
    name: "fly",
    provider: Provider::Fly,
    about: "machines on Fly.io with shared or dedicated CPUs, as many as the load needs or a fixed number",
    keys: &[KEYS, task_size::KEYS, Fleet::INSTANCE_KEYS],
    read,
};

const KEYS: &[Key] = &[
    Key { name: "cpu_kind", value: "NAME", help: "shared or performance [default: shared]" },
    Key { name: "concurrency", value: "N", help: "Requests that one machine works on at once [default: no limit]" },
];

const SHARED_SIZES: &[TaskSize] = &[
    TaskSize::steps("1", 256, 2048, 256),
    TaskSize::steps("2", 512, 4096, 256),
    TaskSize::steps("4", 1024, 8192, 256),
    TaskSize::steps("8", 2048, 16_384, 256),
];
const PERFORMANCE_SIZES: &[TaskSize] = &[
    TaskSize::steps("1", 2048, 8192, 1024),
    TaskSize::steps("2", 4096, 16_384, 1024),
    TaskSize::steps("4", 8192, 32_768, 1024),
    TaskSize::steps("8", 16_384, 65_536, 1024),
    TaskSize::steps("16", 32_768, 131_072, 1024),
];
/// 1/16.
const SUSTAINED_SHARE: Decimal = Decimal::from_parts(625, 0, 0, false, 4);

static SHARED: Meter = Meter::fixed("fly.vcpu.shared", "Fly.io vCPU, shared", Unit::VcpuSecond);
static PERFORMANCE: Meter = Meter::fixed("fly.vcpu.performance", "Fly.io vCPU, performance", Unit::VcpuSecond);
static MEMORY: Meter = Meter::fixed("fly.memory.extra", "Fly.io memory beyond the vCPUs'", Unit::GbSecond);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CpuKind {
    Shared,
    Performance,
}

impl CpuKind {
    /// In gigabytes, for each vCPU.
    fn included_memory(self) -> Decimal {
        match self {
            Self::Shared => LEAST_MEMORY.gigabytes(),
            Self::Performance => Decimal::TWO,
        }
    }
}

const LEAST_MEMORY: DataSize = DataSize::from_megabytes(256);

#[derive(Debug)]
struct Fly {
    kind: CpuKind,
    vcpu: Decimal,
    memory: DataSize,
    concurrency: Option<Decimal>,
    fleet: Fleet,
    notes: Vec<Note>,
}

fn read(section: &mut Section, workload: &Workload, _site: &Site<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let stated = section.choice("cpu_kind", &[("shared", CpuKind::Shared), ("performance", CpuKind::Performance)])?;
    let kind = stated.as_ref().map_or(CpuKind::Shared, |found| found.value);
    let sizes = if kind == CpuKind::Shared { SHARED_SIZES } else { PERFORMANCE_SIZES };
    let ((vcpu, memory), mut notes) = TaskSize::read(section, workload, sizes)?;
    if stated.is_none() {
        notes.push(Note::default_used("cpu_kind", "shared", "each vCPU sustains 1/16; performance has them whole"));
    }
    let fleet = Fleet::read(section, workload, Noun::Instance)?;
    notes.extend(super::speed_note(workload, vcpu, Noun::Instance));
    Ok(Box::new(Fly { kind, vcpu, memory, concurrency: super::read_concurrency(section)?, fleet, notes }))
}

impl Placement for Fly {
    fn title(&self) -> String {
        let kind = if self.kind == CpuKind::Shared { "shared-cpu" } else { "performance" };
        format!("{kind}-{}x, {}", self.vcpu.normalize(), self.memory)
    }

    fn refusals(&self, workload: &Workload, _month: Month) -> Vec<Refusal> {
        let mut refusals = Refusals::default();
        refusals.no_gpu(workload, "Fly.io offers none any more");
        refusals.0
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let (mut steps, mut notes) = (Steps::in_region(region), self.notes.clone());
        let sustained_vcpu = (self.kind == CpuKind::Shared).then(|| (self.vcpu * SUSTAINED_SHARE).normalize());
        let shape = Shape { sustained_vcpu, concurrency: self.concurrency, ..Shape::new(self.vcpu, self.memory) };
        let capacity = self.fleet.size(workload, &shape, month);
        let seconds = [capacity.hour_factors(month).as_slice(), &[(SECONDS_PER_HOUR, "s")]].concat();
        let with = |amount: Decimal, label: &'static str| [seconds.as_slice(), &[(amount, label)]].concat();
        let vcpu = if self.kind == CpuKind::Shared { &SHARED } else { &PERFORMANCE };
        steps.add(vcpu, "machines", &with(self.vcpu, "vCPU"));
        let included = DataSize::from_gigabytes(self.vcpu * self.kind.included_memory());
        steps.add(&MEMORY, "machines", &with(self.memory.beyond(included).gigabytes(), "GB beyond the vCPUs'"));
        notes.push(Note::assumption("machines are not stopped between requests; volumes and data out are not included"));
        Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity: Some(capacity) })
    }
}
