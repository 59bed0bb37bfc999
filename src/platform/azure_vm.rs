//! Azure virtual machines, Linux, on demand.
//!
//! Rules (Azure Virtual Machines pricing page and documentation, 2026): per second while a machine is allocated. Burstable B
//! sizes earn CPU credits at a share of each vCPU and are slowed down when they are spent; more cannot be bought. Disks are
//! billed by themselves.
//!
//! Worked numbers: one Standard_D2s_v5 in eastus for 730 h is 730 × 0.096 = $70.08. A Standard_B2s sustains 2 × 20 % = 0.4 vCPU.

use super::rental::{Market, Rental, Rented, RentedMachines, RunningMachines};
use super::{Platform, Site, machine_fleet};
use crate::capacity::Fleet;
use crate::machine::Machine;
use crate::note::Note;
use crate::settings::{Section, SettingError};
use crate::units::{Month, Unit};
use crate::usage::{Meter, Provider, Steps};

pub(super) const PLATFORM: Platform = Platform {
    name: "azure-vm",
    provider: Provider::Azure,
    about: "Azure virtual machines, as many as the load needs or a fixed number",
    keys: &[machine_fleet::KEYS, Fleet::INSTANCE_KEYS],
    read: |section, workload, site| RentedMachines::read(section, workload, site, &MARKET),
};

/// The machines of Azure; nodes are of general purpose, because burstable ones are advised against for pods of the system.
pub(super) const MARKET: Market = Market {
    provider: Provider::Azure,
    types: &[
        "Standard_B2s",
        "Standard_B2ms",
        "Standard_D4s_v5",
        "Standard_D8s_v5",
        "Standard_D16s_v5",
        "Standard_D32s_v5",
        "Standard_D64s_v5",
    ],
    node_types: &[
        "Standard_D2s_v5",
        "Standard_D4s_v5",
        "Standard_D8s_v5",
        "Standard_D16s_v5",
        "Standard_D32s_v5",
        "Standard_D64s_v5",
    ],
    rent,
};

/// On demand: no other way to pay is priced here.
#[derive(Debug)]
struct OnDemand;

fn rent(_section: &mut Section, _site: &Site<'_>) -> Result<Box<dyn Rental>, SettingError> {
    Ok(Box::new(OnDemand))
}

impl Rental for OnDemand {
    fn name(&self) -> String {
        "on demand".to_owned()
    }

    fn surplus_allowed(&self, _machine: &Machine) -> bool {
        false
    }

    fn machine_meter(&self, machine: &Machine) -> Meter {
        let size = &machine.name;
        Meter::named(format!("azure_vm.linux.on_demand.{size}"), format!("{size}, on demand"), Unit::InstanceHour)
    }

    fn meter(&self, rented: &Rented, running: &RunningMachines, _month: Month, steps: &mut Steps) -> Vec<Note> {
        steps.add(&rented.hours, "machines", &running.hours);
        vec![Note::assumption("a machine needs a disk, which Azure bills by itself and which is not included")]
    }
}
