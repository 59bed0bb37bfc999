//! Azure Kubernetes Service: a fee for the cluster, and the nodes as Azure virtual machines.
//!
//! Rules (AKS pricing page; AKS documentation, "Node resource reservations", 2026): the Free tier costs nothing and promises
//! nothing, Standard $0.10 and Premium $0.60 a cluster-hour in most regions. A node keeps for itself: of its vCPUs 60 millicores
//! of one, 100 of two, 140 of four, 180 of eight, 260 of 16, 420 of 32, 740 of 64 or more; of its memory the smaller of 25 % and
//! 20 MB for each pod it may have and 50 MB, and 100 MB below which pods are evicted. The pods of the workload are taken to use
//! what is left of a node whole.
//!
//! Worked number: of a Standard_D4s_v5 (4 vCPUs, 16 GiB) with 110 pods 3.86 vCPUs and 16,384 − 2,250 − 100 = 14,034 MB are left.

use super::machine_fleet::{self, MachineFleet};
use super::{Metered, Placement, Platform, Refusals, Site, azure_vm};
use crate::capacity::Fleet;
use crate::machine::Machine;
use crate::note::{Note, Refusal};
use crate::settings::{Key, Section, SettingError};
use crate::units::{DataSize, Decimal, Month, Unit};
use crate::usage::{Meter, Provider, Region, Steps, TooLarge};
use crate::workload::Workload;

pub(super) const PLATFORM: Platform = Platform {
    name: "aks",
    provider: Provider::Azure,
    about: "Kubernetes on Azure: a cluster of the Free, Standard or Premium tier, and its nodes",
    keys: &[KEYS, machine_fleet::KEYS, Fleet::INSTANCE_KEYS],
    read,
};

const KEYS: &[Key] =
    &[Key { name: "cluster_tier", value: "NAME", help: "Tier of the cluster: free, standard or premium [default: standard]" }];

const TIERS: &[(&str, &str)] = &[("free", "free"), ("standard", "standard"), ("premium", "premium")];

/// Nodes of general purpose: burstable ones are advised against for system pods.
const DEFAULT_TYPES: &[&str] =
    &["Standard_D2s_v5", "Standard_D4s_v5", "Standard_D8s_v5", "Standard_D16s_v5", "Standard_D32s_v5", "Standard_D64s_v5"];

/// Millicores kept of a node, by the least number of its vCPUs.
const KEPT_MILLICORES: [(u32, u32); 7] = [(64, 740), (32, 420), (16, 260), (8, 180), (4, 140), (2, 100), (0, 60)];
/// 20 MB for each of 110 pods, and 50 MB.
const MOST_KEPT_MEMORY: DataSize = DataSize::from_megabytes(2250);
const KEPT_FREE: DataSize = DataSize::from_megabytes(100);

#[derive(Debug)]
struct Aks {
    tier: &'static str,
    nodes: MachineFleet,
    notes: Vec<Note>,
}

fn read(section: &mut Section, workload: &Workload, site: &Site<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let mut notes = Vec::new();
    let tier = section.choice("cluster_tier", TIERS)?.map_or_else(
        || {
            notes.push(Note::default_used("cluster_tier", "standard", "free costs nothing and has no agreed availability"));
            "standard"
        },
        |found| found.value,
    );
    let offered = |machine: &Machine| (site.is_priced)(&azure_vm::machine_meter(&machine.name));
    let mut nodes = MachineFleet::read(section, workload, (Provider::Azure, DEFAULT_TYPES), offered)?;
    (nodes.machine.vcpu, nodes.machine.memory) = left_for_pods(&nodes.machine);
    notes.append(&mut nodes.notes);
    let (vcpu, memory) = (nodes.machine.vcpu.normalize(), nodes.machine.memory);
    notes.push(Note::assumption(format!(
        "of a node {vcpu} vCPU and {memory} are left for pods, which are taken to use them whole (110 pods at most)"
    )));
    notes.push(azure_vm::disk_note());
    Ok(Box::new(Aks { tier, nodes, notes }))
}

/// What a node has for pods.
fn left_for_pods(machine: &Machine) -> (Decimal, DataSize) {
    let kept = KEPT_MILLICORES.iter().find(|(vcpus, _)| Decimal::from(*vcpus) <= machine.vcpu);
    let kept = kept.map_or(Decimal::ZERO, |(_, millicores)| Decimal::new(i64::from(*millicores), 3));
    let quarter = DataSize::from_gigabytes(machine.memory.gigabytes() / Decimal::from(4));
    (machine.vcpu - kept, machine.memory.beyond(quarter.min(MOST_KEPT_MEMORY)).beyond(KEPT_FREE))
}

impl Placement for Aks {
    fn title(&self) -> String {
        format!("{} cluster, {}", self.tier, self.nodes.title())
    }

    fn refusals(&self, workload: &Workload, _month: Month) -> Vec<Refusal> {
        let mut refusals = Refusals::default();
        refusals.gpu_of(workload, &self.nodes.machine);
        refusals.0
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let mut steps = Steps::in_region(region);
        let capacity = self.nodes.size(workload, month);
        let cluster = Meter::named(format!("aks.cluster.{}", self.tier), format!("AKS cluster, {}", self.tier), Unit::Hour);
        steps.add(&cluster, "cluster", &[(month.hours(), "h")]);
        steps.add(&azure_vm::machine_meter(&self.nodes.machine.name), "nodes", &capacity.hour_factors(month));
        Ok(Metered { steps: steps.finish()?, notes: self.notes.clone(), peak_concurrency: None, capacity: Some(capacity) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_keeps_a_part_of_itself() {
        let left = |name: &str| {
            let (vcpu, memory) = left_for_pods(&Machine::named(Provider::Azure, name).unwrap());
            (vcpu.normalize().to_string(), memory.megabytes().normalize().to_string())
        };
        assert_eq!(left("Standard_D4s_v5"), ("3.86".to_owned(), "14034".to_owned()));
        // A quarter of 4 GiB is less than what 110 pods need.
        assert_eq!(left("Standard_B2s"), ("1.9".to_owned(), "2972".to_owned()));
    }
}
