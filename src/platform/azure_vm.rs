//! Azure virtual machines, Linux, on demand.
//!
//! Rules (Azure Virtual Machines pricing page and documentation, 2026): per second while a machine is allocated. Burstable B
//! sizes earn CPU credits at a share of each vCPU and are slowed down when they are spent; more cannot be bought. Disks are
//! billed by themselves.
//!
//! Worked numbers: one Standard_D2s_v5 in eastus for 730 h is 730 × 0.096 = $70.08. A Standard_B2s sustains 2 × 20 % = 0.4 vCPU.

use super::machine_fleet::{self, MachineFleet};
use super::{Metered, Placement, Platform, Refusals, Site};
use crate::capacity::Fleet;
use crate::machine::Machine;
use crate::note::{Note, Refusal};
use crate::settings::{Section, SettingError};
use crate::units::{Month, Unit};
use crate::usage::{Meter, Provider, Region, Steps, TooLarge};
use crate::workload::Workload;

pub(super) const PLATFORM: Platform = Platform {
    name: "azure-vm",
    provider: Provider::Azure,
    about: "Azure virtual machines, as many as the load needs or a fixed number",
    keys: &[machine_fleet::KEYS, Fleet::INSTANCE_KEYS],
    read,
};

/// What is taken when no type is named: the first that holds the workload.
pub(super) const DEFAULT_TYPES: &[&str] = &[
    "Standard_B2s",
    "Standard_B2ms",
    "Standard_D4s_v5",
    "Standard_D8s_v5",
    "Standard_D16s_v5",
    "Standard_D32s_v5",
    "Standard_D64s_v5",
];

#[derive(Debug)]
struct AzureVm {
    machines: MachineFleet,
}

/// The meter of a size, on demand.
pub(super) fn machine_meter(size: &str) -> Meter {
    Meter::named(format!("azure_vm.linux.on_demand.{size}"), format!("{size}, on demand"), Unit::InstanceHour)
}

/// That the disks are missing.
pub(super) fn disk_note() -> Note {
    Note::assumption("a machine needs a disk, which Azure bills by itself and which is not included")
}

fn read(section: &mut Section, workload: &Workload, site: &Site<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let offered = |machine: &Machine| (site.is_priced)(&machine_meter(&machine.name));
    let machines = MachineFleet::read(section, workload, (Provider::Azure, DEFAULT_TYPES), offered)?;
    Ok(Box::new(AzureVm { machines }))
}

impl Placement for AzureVm {
    fn title(&self) -> String {
        format!("{}, on demand", self.machines.title())
    }

    fn refusals(&self, workload: &Workload, _month: Month) -> Vec<Refusal> {
        let mut refusals = Refusals::default();
        refusals.gpu_of(workload, &self.machines.machine);
        refusals.0
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let (mut steps, mut notes) = (Steps::in_region(region), self.machines.notes.clone());
        let capacity = self.machines.size(workload, month);
        steps.add(&machine_meter(&self.machines.machine.name), "machines", &capacity.hour_factors(month));
        notes.push(disk_note());
        Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity: Some(capacity) })
    }
}
