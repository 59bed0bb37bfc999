//! Amazon EKS: pods on EC2 machines of one's own, or on those of Auto Mode.
//!
//! Rules (Amazon EKS pricing page and user guide, 2026): a cluster costs $0.10 an hour, and $0.50 more when its version of
//! Kubernetes is in extended support; machines cost what EC2 charges. Auto Mode adds 12 % of the *on-demand* price of each
//! machine, whatever is paid for it.
//!
//! A machine keeps a part of itself for Kubernetes (scripts of the EKS machine image, github awslabs/amazon-eks-ami,
//! `nodeadm/internal/kubelet`): 255 MB of memory and 11 MB for each pod it may have, 100 MB below which pods are evicted; of its
//! CPU 6 % of the first vCPU, 1 % of the second, 0.5 % of the third and fourth, 0.25 % of each further one.
//!
//! Worked number: a t3.medium may have 17 pods, so it keeps 255 + 11 × 17 = 442 MB and 0.06 + 0.01 = 0.07 vCPU.

use super::kubernetes::{CLUSTERS, Clusters, PODS_PER_NODE, read_pods_per_node, reserved_vcpu};
use super::nodes::{self, FeeOf, Nodes, NodesOf, Room, seen_memory};
use super::{Metered, Placement, Platform, ReplayedMachines, Site, ec2};
use crate::capacity::{Fleet, Noun};
use crate::machine::Machine;
use crate::note::{Note, Refusal};
use crate::settings::{Key, Section, SettingError, value_or};
use crate::units::{DataSize, Decimal, Month, Unit};
use crate::usage::{Meter, Provider, Region, Steps, TooLarge};
use crate::workload::Workload;

pub(super) const EC2: Platform = Platform {
    name: "eks-ec2",
    provider: Provider::Aws,
    about: "pods (EKS) on EC2 machines of your own, packed as they fit",
    keys: &[nodes::KEYS, ec2::KEYS, Cluster::KEYS, KEYS, Fleet::POD_KEYS],
    read: |section, workload, site| read(section, workload, site, None),
};

pub(super) const AUTO: Platform = Platform {
    name: "eks-auto",
    provider: Provider::Aws,
    about: "pods (EKS Auto Mode) on EC2 machines that AWS manages for a fee",
    keys: &[nodes::KEYS, ec2::KEYS, Cluster::KEYS, KEYS, Fleet::POD_KEYS],
    read: |section, workload, site| read(section, workload, site, Some(fee_meter)),
};

const KEYS: &[Key] = &[PODS_PER_NODE];

static CLUSTER: Meter = Meter::fixed("eks.cluster", "EKS cluster", Unit::Hour);
static EXTENDED_SUPPORT: Meter = Meter::fixed("eks.cluster_extended_support", "EKS cluster, extended support", Unit::Hour);

/// Networking and proxy have a pod of their own on every machine.
const SYSTEM_PODS: Decimal = Decimal::TWO;
/// Below this much free memory pods are evicted.
const EVICTION: u32 = 100;

/// The clusters that a workload pays for.
#[derive(Debug)]
pub(super) struct Cluster {
    clusters: Clusters,
    extended_support: bool,
}

impl Cluster {
    pub(super) const KEYS: &[Key] = &[
        CLUSTERS,
        Key {
            name: "kubernetes_support",
            value: "NAME",
            help: "Support of the cluster's version of Kubernetes: standard or extended [default: standard]",
        },
    ];

    pub(super) fn read(section: &mut Section) -> Result<Self, SettingError> {
        let clusters = Clusters::read(section)?;
        let extended = section.choice("kubernetes_support", &[("standard", false), ("extended", true)])?;
        Ok(Self { clusters, extended_support: value_or(extended, false) })
    }

    pub(super) fn meter(&self, month: Month, steps: &mut Steps, notes: &mut Vec<Note>) {
        self.clusters.meter(&CLUSTER, month, steps, notes);
        if self.extended_support {
            steps.add(&EXTENDED_SUPPORT, "clusters on an old version", &self.clusters.hours(month));
        }
    }
}

#[derive(Debug)]
struct Eks {
    nodes: Nodes,
    cluster: Cluster,
}

/// Pods by the size of a machine: up to so many vCPUs (of burstable types: gigabytes), so many pods.
type PodsBySize = &'static [(u32, u32)];

const USUAL_PODS: PodsBySize = &[(1, 8), (2, 29), (8, 58), (48, 234), (u32::MAX, 737)];
const BURSTABLE_PODS: PodsBySize = &[(1, 4), (2, 11), (4, 17), (8, 35), (u32::MAX, 58)];
const NEW_INTEL_AND_GRAVITON_PODS: PodsBySize =
    &[(1, 40), (2, 59), (8, 118), (16, 394), (32, 492), (48, 590), (96, 1010), (u32::MAX, 1514)];
const NEW_AMD_PODS: PodsBySize =
    &[(1, 8), (2, 59), (4, 78), (8, 158), (16, 314), (32, 392), (48, 758), (96, 1010), (u32::MAX, 1514)];
const G4DN_PODS: PodsBySize = &[(16, 29), (32, 58), (48, 234), (u32::MAX, 58)];

/// How many pods a machine may have: one for each address of its network interfaces but the first of each, and two that use
/// the machine's own.
///
/// By size and family, which is right for 426 of the 437 types that are priced here and near for the others (`instance-info.jsonl`
/// of the machine image at 81fec2e, 2026-07-23): 4 interfaces of 15 addresses are 4 × 14 + 2 = 58.
fn most_pods(machine: &Machine) -> Decimal {
    let by_size = match machine.family() {
        _ if machine.sustained_share.is_some() => BURSTABLE_PODS,
        "g4dn" => G4DN_PODS,
        family if family.ends_with("8i") || family.ends_with("9g") => NEW_INTEL_AND_GRAVITON_PODS,
        family if family.ends_with("8a") => NEW_AMD_PODS,
        _ => USUAL_PODS,
    };
    let size = if machine.sustained_share.is_some() { machine.memory.gigabytes() } else { machine.vcpu };
    let found = by_size.iter().find(|(most, _)| size <= Decimal::from(*most));
    found.map_or(Decimal::ZERO, |(_, pods)| Decimal::from(*pods))
}

fn room(machine: &Machine, stated_pods: Option<Decimal>) -> Room {
    let pods = stated_pods.unwrap_or_else(|| most_pods(machine));
    let kept = Decimal::from(255) + Decimal::from(11) * pods + Decimal::from(EVICTION);
    Room {
        vcpu: machine.vcpu - reserved_vcpu(machine.vcpu),
        memory: seen_memory(machine).beyond(DataSize::from_gigabytes(kept / Decimal::from(1024))),
        most: Some((pods - SYSTEM_PODS).max(Decimal::ZERO)),
    }
}

fn fee_meter(instance: &str) -> Meter {
    Meter::named(format!("eks.auto_mode_fee.{instance}"), format!("{instance}, EKS Auto Mode fee"), Unit::InstanceHour)
}

fn read(
    section: &mut Section,
    workload: &Workload,
    site: &Site<'_>,
    fee: Option<FeeOf>,
) -> Result<Box<dyn Placement>, SettingError> {
    let cluster = Cluster::read(section)?;
    let pods = read_pods_per_node(section)?;
    let of = NodesOf { market: &ec2::MARKET, noun: Noun::Pod, fee };
    let nodes = Nodes::read(section, workload, site, &of, |machine| room(machine, pods))?;
    Ok(Box::new(Eks { nodes, cluster }))
}

impl Placement for Eks {
    fn title(&self) -> String {
        self.nodes.title()
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
        let (mut steps, mut notes) = (Steps::in_region(region), Vec::new());
        self.cluster.meter(month, &mut steps, &mut notes);
        let capacity = self.nodes.meter(workload, month, &mut steps, &mut notes);
        notes.push(Note::assumption(
            "a machine keeps CPU and memory for Kubernetes; add-ons of the cluster (DNS, metrics, logs) run on it too and are not counted",
        ));
        Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity: Some(capacity) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(name: &str) -> Machine {
        Machine::named(Provider::Aws, name).unwrap()
    }

    #[test]
    fn a_t3_medium_keeps_442_mb_and_70_thousandths_of_a_vcpu() {
        let (machine, decimal) = (machine("t3.medium"), |text: &str| text.parse::<Decimal>().unwrap());
        let room = room(&machine, None);
        assert_eq!((room.vcpu, room.most), (decimal("1.93"), Some(15.into())));
        let kept = seen_memory(&machine).megabytes() - room.memory.megabytes();
        assert_eq!(kept.round_dp(6), decimal("542"));
    }

    #[test]
    fn the_number_of_pods_is_that_of_the_machine_image() {
        for (name, pods) in [
            ("t3.micro", 4),
            ("t3.small", 11),
            ("t3.medium", 17),
            ("t3.large", 35),
            ("t3.xlarge", 58),
            ("m7g.medium", 8),
            ("m7i.large", 29),
            ("c5.2xlarge", 58),
            ("r5.12xlarge", 234),
            ("m7i.24xlarge", 737),
            ("g5.2xlarge", 58),
            ("g4dn.4xlarge", 29),
            ("c8i-flex.large", 59),
            ("m9g.4xlarge", 394),
            ("r8a.xlarge", 78),
            ("m8g.xlarge", 58),
        ] {
            assert_eq!(most_pods(&machine(name)), pods.into(), "{name}");
        }
    }
}
