//! The Premium plan: instances that are paid for while they are allocated, one at least.
//!
//! Rules (Azure Functions pricing page and "Premium plan", 2026): vCPUs and memory of the allocated instances per second, no
//! charge for executions; at least one instance is always allocated; 100 instances at most.
//!
//! Worked number: one EP1 (1 vCPU, 3.5 GiB) for 730 h is 126.29 + 31.43.

use super::super::{Metered, task_size};
use crate::capacity::{Count, Fleet, Noun, Shape};
use crate::note::Note;
use crate::settings::{Section, SettingError};
use crate::units::{DataSize, Decimal, Month, TimeSpan, Unit};
use crate::usage::{Meter, Region, Steps, TooLarge};
use crate::workload::Workload;

static VCPU: Meter = Meter::fixed("azure_functions.premium.vcpu", "vCPU, Functions Premium", Unit::VcpuHour);
static MEMORY: Meter = Meter::fixed("azure_functions.premium.memory", "memory, Functions Premium", Unit::GibHour);

#[derive(Debug, Clone, Copy)]
struct Size {
    name: &'static str,
    vcpu: Decimal,
    memory: DataSize,
}

const fn size(name: &'static str, vcpu: u32, megabytes: u32) -> Size {
    Size { name, vcpu: Decimal::from_parts(vcpu, 0, 0, false, 0), memory: DataSize::from_megabytes(megabytes) }
}

const LARGEST: Size = size("EP3", 4, 14_336);
const SIZES: [(&str, Size); 3] = [("EP1", size("EP1", 1, 3584)), ("EP2", size("EP2", 2, 7168)), ("EP3", LARGEST)];
const MOST_INSTANCES: Decimal = Decimal::from_parts(100, 0, 0, false, 0);

#[derive(Debug)]
pub(super) struct Premium {
    size: Size,
    concurrency: Option<Decimal>,
    fleet: Fleet,
}

impl Premium {
    pub(super) fn read(section: &mut Section, workload: &Workload, notes: &mut Vec<Note>) -> Result<Self, SettingError> {
        let needed = task_size::memory_needed(workload);
        let size = section.choice("instance", &SIZES)?.map_or_else(
            || {
                let holds = SIZES.into_iter().map(|(_, size)| size).find(|size| needed <= size.memory);
                let size = holds.unwrap_or(LARGEST);
                notes.push(Note::default_used("instance", size.name, "the smallest that holds the workload's memory"));
                size
            },
            |found| found.value,
        );
        let mut fleet = Fleet::read(section, workload, Noun::Instance)?;
        fleet.least = fleet.least.max(Decimal::ONE);
        fleet.limit(MOST_INSTANCES, "the platform");
        notes.extend(super::super::speed_note(workload, size.vcpu, Noun::Instance));
        Ok(Self { size, concurrency: super::super::read_concurrency(section)?, fleet })
    }

    pub(super) fn title(&self) -> String {
        match self.fleet.count {
            Count::Fixed(count) => format!("Premium, {count} × {}", self.size.name),
            Count::Auto => format!("Premium, {}", self.size.name),
        }
    }

    pub(super) fn longest(&self, workload: &Workload) -> TimeSpan {
        workload.demand().map_or(TimeSpan::ZERO, |demand| demand.durations_on(self.size.vcpu).longest())
    }

    pub(super) fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let mut steps = Steps::in_region(region);
        let shape = Shape { concurrency: self.concurrency, ..Shape::new(self.size.vcpu, self.size.memory) };
        let capacity = self.fleet.size(workload, &shape, month);
        let hours = capacity.hour_factors(month);
        steps.add(&VCPU, "instances", &[hours.as_slice(), &[(self.size.vcpu, "vCPU")]].concat());
        steps.add(&MEMORY, "instances", &[hours.as_slice(), &[(self.size.memory.gigabytes(), "GiB")]].concat());
        Ok(Metered { steps: steps.finish()?, notes: Vec::new(), peak_concurrency: None, capacity: Some(capacity) })
    }
}
