//! Amazon ECS on machines: tasks on EC2 instances of one's own, or on instances that ECS manages.
//!
//! Rules (Amazon ECS pricing page and developer guide, 2026): ECS itself is free on EC2; one pays for the instances. Managed
//! Instances carry a fee of 12 % of the *on-demand* price of each instance, whatever is paid for it. The memory for tasks is
//! what Linux sees of the machine.
//!
//! Worked number: three m7i.large for 730 h are 2,190 × $0.1008 = $220.75, and $26.49 more when ECS manages them.

use super::nodes::{self, FeeOf, Nodes, NodesOf, Room, seen_memory};
use super::{Metered, Placement, Platform, ReplayedMachines, Site, ec2};
use crate::capacity::{Fleet, Noun};
use crate::machine::Machine;
use crate::note::Refusal;
use crate::settings::{Section, SettingError};
use crate::units::{Month, Unit};
use crate::usage::{Meter, Provider, Region, Steps, TooLarge};
use crate::workload::Workload;

pub(super) const EC2: Platform = Platform {
    name: "ecs-ec2",
    provider: Provider::Aws,
    about: "containers (ECS) on EC2 instances of your own, packed as they fit",
    keys: &[nodes::KEYS, ec2::KEYS, Fleet::TASK_KEYS],
    read: |section, workload, site| read(section, workload, site, None),
};

pub(super) const MANAGED_INSTANCES: Platform = Platform {
    name: "ecs-managed-instances",
    provider: Provider::Aws,
    about: "containers (ECS) on EC2 instances that AWS manages for a fee",
    keys: &[nodes::KEYS, ec2::KEYS, Fleet::TASK_KEYS],
    read: |section, workload, site| read(section, workload, site, Some(fee_meter)),
};

#[derive(Debug)]
struct Ecs {
    nodes: Nodes,
}

fn room(machine: &Machine) -> Room {
    Room { vcpu: machine.vcpu, memory: seen_memory(machine), most: None }
}

fn fee_meter(instance: &str) -> Meter {
    let item = format!("{instance}, ECS management fee");
    Meter::named(format!("ecs_managed_instances.fee.{instance}"), item, Unit::InstanceHour)
}

fn read(
    section: &mut Section,
    workload: &Workload,
    site: &Site<'_>,
    fee: Option<FeeOf>,
) -> Result<Box<dyn Placement>, SettingError> {
    let nodes = Nodes::read(section, workload, site, &NodesOf { market: &ec2::MARKET, noun: Noun::Task, fee }, room)?;
    Ok(Box::new(Ecs { nodes }))
}

impl Placement for Ecs {
    fn title(&self) -> String {
        self.nodes.title()
    }

    fn retime(&mut self, _workload: &Workload) -> bool {
        true
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
        let capacity = self.nodes.meter(workload, month, &mut steps, &mut notes);
        Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity: Some(capacity) })
    }
}
