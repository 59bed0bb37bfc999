//! Azure Kubernetes Service: a fee for the cluster, and the nodes as Azure virtual machines.
//!
//! Rules (AKS pricing page; AKS documentation, "Node resource reservations", 2026): the Free tier costs nothing and promises
//! nothing, Standard $0.10 and Premium $0.60 a cluster-hour in most regions. A node keeps for itself: of its vCPUs 60 millicores
//! of one, 100 of two, 140 of four, 180 of eight, 260 of 16, 420 of 32, 740 of 64 or more; of its memory the smaller of 25 % and
//! 20 MB for each pod it may have and 50 MB, and 100 MB below which pods are evicted. A node has 110 pods unless that is stated.
//!
//! Worked number: of a Standard_D4s_v5 (4 vCPUs, 16 GiB) with 110 pods 3.86 vCPUs and 16,384 − 2,250 − 100 = 14,034 MB are left.

use super::kubernetes::{CLUSTERS, Clusters, PODS_PER_NODE, read_pods_per_node};
use super::nodes::{self, Nodes, NodesOf, Room};
use super::{Metered, Placement, Platform, ReplayedMachines, Site, azure_vm};
use crate::capacity::{Fleet, Noun};
use crate::machine::Machine;
use crate::note::{Note, Refusal};
use crate::settings::{Key, Section, SettingError};
use crate::units::{DataSize, Decimal, Month, Unit};
use crate::usage::{Meter, Provider, Region, Steps, TooLarge};
use crate::workload::Workload;

pub(super) const PLATFORM: Platform = Platform {
    name: "aks",
    provider: Provider::Azure,
    about: "Kubernetes (AKS) on Azure virtual machines, packed as they fit, and the cluster",
    keys: &[nodes::KEYS, KEYS, Fleet::POD_KEYS],
    read,
};

const KEYS: &[Key] = &[
    CLUSTERS,
    PODS_PER_NODE,
    Key { name: "cluster_tier", value: "NAME", help: "Tier of the cluster: free, standard or premium [default: standard]" },
];

const TIERS: &[(&str, &str)] = &[("free", "free"), ("standard", "standard"), ("premium", "premium")];

/// Millicores kept of a node, by the least number of its vCPUs.
const KEPT_MILLICORES: [(u32, u32); 7] = [(64, 740), (32, 420), (16, 260), (8, 180), (4, 140), (2, 100), (0, 60)];
const PODS: Decimal = Decimal::from_parts(110, 0, 0, false, 0);
const KEPT_FOR_A_POD: Decimal = Decimal::from_parts(20, 0, 0, false, 0);
const KEPT_BESIDE: Decimal = Decimal::from_parts(50, 0, 0, false, 0);
/// Below this much free memory pods are evicted.
const EVICTION: DataSize = DataSize::from_megabytes(100);

#[derive(Debug)]
struct Aks {
    tier: &'static str,
    nodes: Nodes,
    clusters: Clusters,
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
    let clusters = Clusters::read(section)?;
    let pods = read_pods_per_node(section)?;
    let of = NodesOf { market: &azure_vm::MARKET, noun: Noun::Pod, fee: None };
    let nodes = Nodes::read(section, workload, site, &of, |machine| room(machine, pods))?;
    Ok(Box::new(Aks { tier, nodes, clusters, notes }))
}

/// What a node has for pods.
fn room(machine: &Machine, stated_pods: Option<Decimal>) -> Room {
    let kept = KEPT_MILLICORES.iter().find(|(vcpus, _)| Decimal::from(*vcpus) <= machine.vcpu);
    let kept = kept.map_or(Decimal::ZERO, |(_, millicores)| Decimal::new(i64::from(*millicores), 3));
    let pods = stated_pods.unwrap_or(PODS);
    let for_pods = DataSize::from_gigabytes((KEPT_FOR_A_POD * pods + KEPT_BESIDE) / Decimal::from(1024));
    let quarter = DataSize::from_gigabytes(machine.memory.gigabytes() / Decimal::from(4));
    Room { vcpu: machine.vcpu - kept, memory: machine.memory.beyond(quarter.min(for_pods)).beyond(EVICTION), most: Some(pods) }
}

impl Placement for Aks {
    fn title(&self) -> String {
        format!("{} cluster, {}", self.tier, self.nodes.title())
    }

    fn refusals(&self, workload: &Workload, _month: Month) -> Vec<Refusal> {
        self.nodes.refusals(workload).0
    }

    fn fleet(&mut self) -> Option<&mut Fleet> {
        Some(&mut self.nodes.fleet)
    }

    fn machines(&self) -> Option<ReplayedMachines> {
        Some(self.nodes.replayed())
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let (mut steps, mut notes) = (Steps::in_region(region), self.notes.clone());
        let cluster = Meter::named(format!("aks.cluster.{}", self.tier), format!("AKS cluster, {}", self.tier), Unit::Hour);
        self.clusters.meter(&cluster, month, &mut steps, &mut notes);
        let capacity = self.nodes.meter(workload, month, &mut steps, &mut notes);
        notes.push(Note::assumption(
            "a machine keeps CPU and memory for Kubernetes; pods of the system (logs, metrics, DNS) run on it too and are not counted",
        ));
        Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity: Some(capacity) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_keeps_a_part_of_itself() {
        let left = |name: &str| {
            let room = room(&Machine::named(Provider::Azure, name).unwrap(), None);
            (room.vcpu.normalize().to_string(), room.memory.megabytes().normalize().to_string())
        };
        assert_eq!(left("Standard_D4s_v5"), ("3.86".to_owned(), "14034".to_owned()));
        // A quarter of 4 GiB is less than what 110 pods need.
        assert_eq!(left("Standard_B2s"), ("1.9".to_owned(), "2972".to_owned()));
    }
}
