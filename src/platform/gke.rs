//! Google Kubernetes Engine: pods on Compute Engine machines of one's own, or billed by themselves (Autopilot).
//!
//! Rules (GKE pricing page and documentation, 2026): a cluster costs $0.10 an hour. Standard mode bills the machines, Autopilot
//! the vCPU, memory and disk that pods ask for while they run.
//!
//! A machine of standard mode keeps a part of itself (documentation, "Plan node sizes"): of its CPU what EKS keeps too, of
//! shared cores 1.06 vCPU in all; of its memory 25 % of the first 4 GiB, 20 % of the next 4, 10 % of the next 8, 6 % of the next
//! 112 and 2 % above, and 100 MiB below which pods are evicted.
//!
//! Worked numbers: of 16 GiB, 1 + 0.8 + 0.8 + 0.0977 = 2.6977 GiB are kept. Pods that ask for 10 vCPUs, 50 GiB and 100 GiB of
//! disk cost $324.85, $179.67 and $4.00 in 730 h of Autopilot in us-central1, beside the cluster.

use super::kubernetes::{CLUSTERS, Clusters, PODS_PER_NODE, read_pods_per_node, reserved_vcpu};
use super::nodes::{self, Nodes, NodesOf, Room};
use super::task_size::memory_needed;
use super::{Metered, Placement, Platform, Refusals, ReplayedMachines, Site, gce, read_concurrency, speed_note};
use crate::capacity::{Fleet, Noun, Shape};
use crate::machine::Machine;
use crate::note::{Note, Refusal};
use crate::settings::{Key, Section, SettingError};
use crate::units::{DataSize, Decimal, Month, Unit, VirtualCpus};
use crate::usage::{Meter, Provider, Region, Steps, TooLarge};
use crate::workload::Workload;

pub(super) const STANDARD: Platform = Platform {
    name: "gke",
    provider: Provider::Google,
    about: "Kubernetes (GKE) on Compute Engine machines of your own, and the cluster",
    keys: &[nodes::KEYS, gce::KEYS, STANDARD_KEYS, Fleet::POD_KEYS],
    read: read_standard,
};

pub(super) const AUTOPILOT: Platform = Platform {
    name: "gke-autopilot",
    provider: Provider::Google,
    about: "pods on GKE Autopilot, billed for what they ask for, and the cluster",
    keys: &[AUTOPILOT_KEYS, Fleet::POD_KEYS],
    read: read_autopilot,
};

const STANDARD_KEYS: &[Key] = &[CLUSTERS, PODS_PER_NODE];
const AUTOPILOT_KEYS: &[Key] = &[
    Key { name: "vcpu", value: "N", help: "vCPUs that one pod asks for [default: one for each 4 GB of its memory]" },
    Key { name: "memory", value: "SIZE", help: "Memory that one pod asks for [default: what the workload needs]" },
    Key { name: "ephemeral_storage", value: "SIZE", help: "Disk that one pod asks for, up to 10GB [default: 1GB]" },
    Key { name: "concurrency", value: "N", help: "Requests that one pod works on at once [default: no limit]" },
    CLUSTERS,
];

static CLUSTER: Meter = Meter::fixed("gke.cluster", "GKE cluster", Unit::Hour);
static AUTOPILOT_CPU: Meter = Meter::fixed("gke.autopilot.cpu", "GKE Autopilot vCPU", Unit::VcpuHour);
static AUTOPILOT_MEMORY: Meter = Meter::fixed("gke.autopilot.memory", "GKE Autopilot memory", Unit::GibHour);
static AUTOPILOT_DISK: Meter = Meter::fixed("gke.autopilot.ephemeral_storage", "GKE Autopilot disk", Unit::GibMonth);

/// Of a machine of standard mode, those of the system included.
const PODS_PER_MACHINE: Decimal = Decimal::from_parts(110, 0, 0, false, 0);
/// What shared cores keep.
const SHARED_CORE_KEEPS: Decimal = Decimal::from_parts(106, 0, 0, false, 2);

/// What GKE keeps of the memory of a machine, in GiB: a part of each band, and 100 MiB.
fn reserved_gigabytes(gigabytes: Decimal) -> Decimal {
    // From, to, percent.
    let bands = [(0, 4, 25), (4, 8, 20), (8, 16, 10), (16, 128, 6), (128, u32::MAX, 2)];
    let kept = bands.into_iter().map(|(from, to, percent)| {
        let within = (gigabytes.min(Decimal::from(to)) - Decimal::from(from)).max(Decimal::ZERO);
        within * Decimal::new(percent, 2)
    });
    kept.sum::<Decimal>() + Decimal::from(100) / Decimal::from(1024)
}

fn room(machine: &Machine, stated_pods: Option<Decimal>) -> Room {
    let kept = if machine.sustained_share.is_some() { SHARED_CORE_KEEPS } else { reserved_vcpu(machine.vcpu) };
    let memory = machine.memory.gigabytes();
    Room {
        vcpu: (machine.vcpu - kept).max(Decimal::ZERO),
        memory: DataSize::from_gigabytes((memory - reserved_gigabytes(memory)).max(Decimal::ZERO)),
        most: Some(stated_pods.unwrap_or(PODS_PER_MACHINE)),
    }
}

#[derive(Debug)]
struct Standard {
    nodes: Nodes,
    clusters: Clusters,
}

fn read_standard(section: &mut Section, workload: &Workload, site: &Site<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let clusters = Clusters::read(section)?;
    let pods = read_pods_per_node(section)?;
    let of = NodesOf { market: &gce::MARKET, noun: Noun::Pod, fee: None };
    let nodes = Nodes::read(section, workload, site, &of, |machine| room(machine, pods))?;
    Ok(Box::new(Standard { nodes, clusters }))
}

impl Placement for Standard {
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
        self.clusters.meter(&CLUSTER, month, &mut steps, &mut notes);
        let capacity = self.nodes.meter(workload, month, &mut steps, &mut notes);
        notes.push(Note::assumption(
            "a machine keeps CPU and memory for Kubernetes; pods of the system (logs, metrics, DNS) run on it too and are not counted",
        ));
        Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity: Some(capacity) })
    }
}

/// Pods of Autopilot, by what they ask for.
#[derive(Debug)]
struct Autopilot {
    vcpu: Decimal,
    memory: DataSize,
    disk: DataSize,
    concurrency: Option<Decimal>,
    clusters: Clusters,
    fleet: Fleet,
    notes: Vec<Note>,
}

/// Machines for general purposes: at least so much, at most so much, and 1 to 6.5 GiB for each vCPU; what is too little of one
/// for the other is raised (GKE documentation, "Resource requests in Autopilot").
const LEAST_VCPU: Decimal = Decimal::from_parts(5, 0, 0, false, 2);
const LEAST_MEMORY: DataSize = DataSize::from_megabytes(52);
const MOST_VCPU: Decimal = Decimal::from_parts(30, 0, 0, false, 0);
const MOST_MEMORY: DataSize = DataSize::from_megabytes(110 * 1024);
const MOST_GIGABYTES_PER_VCPU: Decimal = Decimal::from_parts(65, 0, 0, false, 1);
const DEFAULT_DISK: DataSize = DataSize::from_megabytes(1024);
const LEAST_DISK: DataSize = DataSize::from_megabytes(10);
const MOST_DISK: DataSize = DataSize::from_megabytes(10 * 1024);

/// The size that a pod gets which asks for this.
fn raised(vcpu: Decimal, memory: DataSize) -> (Decimal, DataSize) {
    let vcpu = vcpu.max(LEAST_VCPU);
    let memory = memory.max(LEAST_MEMORY).max(DataSize::from_gigabytes(vcpu));
    (vcpu.max(memory.gigabytes() / MOST_GIGABYTES_PER_VCPU), memory)
}

fn read_autopilot(section: &mut Section, workload: &Workload, _site: &Site<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let vcpu = section.quantity::<VirtualCpus>("vcpu")?.map(|found| found.value.get());
    let memory = section.positive_size("memory")?.map(|found| found.value);
    let disk = section.quantity("ephemeral_storage")?.map(|found| found.value);
    let asked_memory = memory.unwrap_or_else(|| memory_needed(workload).max(DataSize::from_megabytes(512)));
    let asked = (vcpu.unwrap_or_else(|| (asked_memory.gigabytes() / Decimal::from(4)).max(Decimal::new(25, 2))), asked_memory);
    let (vcpu_given, memory_given) = raised(asked.0, asked.1);
    let mut notes = Vec::new();
    if vcpu.is_none() {
        notes.push(Note::default_used(
            "vcpu",
            asked.0.round_dp(3).normalize().to_string(),
            "one for each 4 GB of memory, 0.25 at least",
        ));
    }
    if memory.is_none() {
        notes.push(Note::default_used("memory", asked.1.to_string(), "what the workload needs, 512 MB at least"));
    }
    if (vcpu_given, memory_given) != asked {
        notes.push(Note::assumption(format!(
            "Autopilot gives a pod {} vCPU and {memory_given}: 1 to 6.5 GB for each vCPU",
            vcpu_given.round_dp(3).normalize()
        )));
    }
    if disk.is_none() {
        notes.push(Note::default_used("ephemeral_storage", "1 GB", "what Autopilot gives a pod that asks for none"));
    }
    notes.extend(speed_note(workload, vcpu_given, Noun::Pod));
    Ok(Box::new(Autopilot {
        vcpu: vcpu_given,
        memory: memory_given,
        disk: disk.unwrap_or(DEFAULT_DISK),
        concurrency: read_concurrency(section)?,
        clusters: Clusters::read(section)?,
        fleet: Fleet::read(section, workload, Noun::Pod)?,
        notes,
    }))
}

impl Placement for Autopilot {
    fn title(&self) -> String {
        format!("{} vCPU, {}", self.vcpu.round_dp(3).normalize(), self.memory)
    }

    fn refusals(&self, workload: &Workload, _month: Month) -> Vec<Refusal> {
        let mut refusals = Refusals::default();
        refusals.no_gpu(workload, "the price of GPUs in Autopilot is not known; gke has machines with them");
        refusals.unless(
            self.vcpu <= MOST_VCPU && self.memory <= MOST_MEMORY,
            || format!("a pod of {} vCPU and {}", self.vcpu.round_dp(3).normalize(), self.memory),
            "30 vCPU and 110 GB at most; larger ones need machines of another class",
        );
        refusals.size_within("ephemeral storage", self.disk, LEAST_DISK, MOST_DISK);
        refusals.0
    }

    fn fleet(&mut self) -> Option<&mut Fleet> {
        Some(&mut self.fleet)
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let (mut steps, mut notes) = (Steps::in_region(region), self.notes.clone());
        self.clusters.meter(&CLUSTER, month, &mut steps, &mut notes);
        let shape = Shape { concurrency: self.concurrency, ..Shape::new(self.vcpu, self.memory) };
        let capacity = self.fleet.size(workload, &shape, month);
        let hours = capacity.hour_factors(month);
        let term = |amounts: &[(Decimal, &'static str)]| [hours.as_slice(), amounts].concat();
        steps.add(&AUTOPILOT_CPU, "pods", &term(&[(self.vcpu, "vCPU")]));
        steps.add(&AUTOPILOT_MEMORY, "pods", &term(&[(self.memory.gigabytes(), "GiB")]));
        let months = (Decimal::ONE / month.hours(), "of the month an hour");
        steps.add(&AUTOPILOT_DISK, "pods", &term(&[months, (self.disk.gigabytes(), "GiB")]));
        Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity: Some(capacity) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_keeps_less_of_each_further_gibibyte() {
        // The second is the example of a calculator that follows the documentation.
        for (gigabytes, kept) in [(16, "2.6977"), (150, "9.8577")] {
            assert_eq!(reserved_gigabytes(gigabytes.into()).round_dp(4), kept.parse().unwrap(), "{gigabytes} GiB");
        }
        let machine = Machine::named(Provider::Google, "e2-medium").unwrap();
        assert_eq!(room(&machine, None).vcpu, "0.94".parse().unwrap());
    }

    #[test]
    fn a_pod_has_from_1_to_6_5_gibibytes_for_each_vcpu() {
        let size = |vcpu: &str, gigabytes: &str| {
            let (vcpu, memory) = raised(vcpu.parse().unwrap(), DataSize::from_gigabytes(gigabytes.parse().unwrap()));
            (vcpu.normalize().to_string(), memory.gigabytes().normalize().to_string())
        };
        assert_eq!(size("2", "1"), ("2".to_owned(), "2".to_owned()));
        assert_eq!(size("1", "13"), ("2".to_owned(), "13".to_owned()));
        assert_eq!(size("1", "4"), ("1".to_owned(), "4".to_owned()));
    }
}
