//! Amazon EKS on Fargate: pods without machines, billed for the size that Fargate gives each of them.
//!
//! Rules (AWS Fargate pricing page and Amazon EKS user guide, "Understand Fargate Pod configuration details"): 256 MB are added
//! to the memory a pod asks for, and the sum is rounded up to the next size of Fargate, which is billed as a task of ECS is;
//! the cluster is billed beside it. Linux on x86_64, 16 vCPUs at most, no Spot.
//!
//! Worked number: a pod of 1 vCPU and 8 GB asks for 8.25 GB, which no size of 1 vCPU has: it is given 2 vCPUs and 9 GB.

use super::eks::Cluster;
use super::fargate::{self, Fargate};
use super::task_size::{TaskSize, memory_needed};
use super::{Metered, Placement, Platform, Site, job};
use crate::capacity::Fleet;
use crate::note::{Note, Refusal};
use crate::settings::{Key, Section, SettingError};
use crate::units::{DataSize, Decimal, Month, VirtualCpus};
use crate::usage::{Provider, Region, Steps, TooLarge};
use crate::workload::Workload;

pub(super) const PLATFORM: Platform = Platform {
    name: "eks-fargate",
    provider: Provider::Aws,
    about: "pods (EKS) on AWS Fargate, billed per second for the size of each pod, and the cluster",
    keys: &[KEYS, fargate::TASK_KEYS, job::KEYS, Cluster::KEYS, Fleet::POD_KEYS],
    read,
};

const KEYS: &[Key] = &[
    Key { name: "vcpu", value: "N", help: "vCPUs that a pod asks for [default: the least]" },
    Key {
        name: "memory",
        value: "SIZE",
        help: "Memory that a pod asks for, before 256 MB are added [default: what the workload needs]",
    },
];

/// What Kubernetes takes of each pod's memory.
const ADDED_MEMORY: DataSize = DataSize::from_megabytes(256);
const MOST_VCPU: Decimal = Decimal::from_parts(16, 0, 0, false, 0);

#[derive(Debug)]
struct EksFargate {
    cluster: Cluster,
    pods: Fargate,
    /// What was asked for, where no size holds it.
    too_large: Option<String>,
}

fn read(section: &mut Section, workload: &Workload, site: &Site<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let cluster = Cluster::read(section)?;
    let vcpu = section.quantity::<VirtualCpus>("vcpu")?.map(|found| found.value.get());
    let memory = section.positive_size("memory")?.map(|found| found.value);
    let asked = (vcpu.unwrap_or_default(), memory.unwrap_or_else(|| memory_needed(workload)));
    let found = TaskSize::smallest(fargate::SIZES, asked.0, asked.1 + ADDED_MEMORY).filter(|size| size.0 <= MOST_VCPU);
    let too_large = found.is_none().then(|| format!("a pod of {} vCPU and {}", asked.0.normalize(), asked.1));
    let size = found.unwrap_or((MOST_VCPU, DataSize::from_megabytes(120 * 1024)));
    let mut notes = vec![Note::assumption(format!(
        "a pod is given {} vCPU and {}: what it asks for and 256 MB for Kubernetes, rounded up to a size of Fargate",
        size.0.normalize(),
        size.1
    ))];
    if vcpu.is_none() && memory.is_none() {
        notes.push(Note::default_used("memory", asked.1.to_string(), "what the workload needs"));
    }
    let pods = Fargate::read_tasks(
        section,
        workload,
        site.read_file,
        (fargate::EKS, fargate::Variant::USUAL),
        (size, size.1.beyond(ADDED_MEMORY)),
        notes,
    )?;
    Ok(Box::new(EksFargate { cluster, pods, too_large }))
}

impl Placement for EksFargate {
    fn title(&self) -> String {
        self.pods.title()
    }

    fn refusals(&self, workload: &Workload, month: Month) -> Vec<Refusal> {
        let mut refusals = self.pods.refusals(workload, month);
        let limit = "16 vCPU and 120 GB at most, 256 MB of it for Kubernetes";
        refusals.extend(self.too_large.iter().map(|asked| Refusal { asked: asked.clone(), limit: limit.to_owned() }));
        refusals
    }

    fn fleet(&mut self) -> Option<&mut Fleet> {
        self.pods.fleet()
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let (mut steps, mut notes) = (Steps::in_region(region), Vec::new());
        self.cluster.meter(month, &mut steps, &mut notes);
        let pods = self.pods.meter(workload, region, month)?;
        notes.extend(pods.notes);
        Ok(Metered { steps: [steps.finish()?, pods.steps].concat(), notes, ..pods })
    }
}
