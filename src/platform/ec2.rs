//! Amazon EC2: rented machines, on demand, reserved, under a Savings Plan or Spot.
//!
//! Rules (Amazon EC2 pricing page and user guide, 2026): per second while an instance runs, 60 s at least. Burstable types earn
//! CPU credits at a share of each vCPU; T3, T3a and T4g spend beyond them by default and pay for the surplus by the vCPU-hour,
//! T2 is slowed down by default. Reserved instances and plans are paid for the whole month whether used or not.
//!
//! Worked numbers: one t3.medium for 730 h on demand is $30.368. It sustains 2 × 20 % = 0.4 vCPU, so a request of one second of
//! CPU fits 0.4 × 2,628,000 = 1,051,200 times into a month.

use super::machine_fleet::{self, MachineFleet};
use super::{Metered, Placement, Platform, Refusals};
use crate::capacity::Fleet;
use crate::machine::Machine;
use crate::note::{Note, Refusal};
use crate::settings::{Key, Section, SettingError, value_or};
use crate::units::{DataSize, Decimal, Month, Unit};
use crate::usage::{Meter, Provider, Region, Steps, TooLarge};
use crate::workload::{ReadFile, Workload};

pub(super) const PLATFORM: Platform = Platform {
    name: "ec2",
    provider: Provider::Aws,
    about: "machines on Amazon EC2, as many as the load needs or a fixed number",
    keys: &[machine_fleet::KEYS, KEYS, Fleet::INSTANCE_KEYS],
    read,
};

const KEYS: &[Key] = &[PURCHASE, CREDITS, DISK_SIZE];

/// How EC2 instances are paid for.
pub(super) const PURCHASE: Key = Key {
    name: "purchase",
    value: "NAME",
    help: "on-demand, spot, reserved-1y, reserved-3y (all upfront), or the NAME of a price row ec2.linux.NAME.TYPE [default: on-demand]",
};

/// What a burstable instance does with work beyond what it earns.
pub(super) const CREDITS: Key = Key {
    name: "credits",
    value: "NAME",
    help: "Of burstable types: unlimited (pay for surplus CPU) or standard (slow down) [default: unlimited, standard for t2]",
};

/// The disk of an instance.
pub(super) const DISK_SIZE: Key =
    Key { name: "disk", value: "SIZE", help: "gp3 disk of each instance [default: none on the bill]" };

static DISK: Meter = Meter::fixed("ebs.gp3.storage", "gp3 disk", Unit::GbMonth);

#[derive(Debug)]
struct Ec2 {
    machines: MachineFleet,
    purchase: String,
    disk: DataSize,
}

/// The purchase option as price rows name it.
pub(super) fn read_purchase(section: &mut Section) -> Result<String, SettingError> {
    let stated = value_or(section.text("purchase")?, "on-demand".to_owned());
    Ok(match stated.as_str() {
        "spot" => "spot_average".to_owned(),
        "reserved-1y" => "reserved_1y_all_upfront".to_owned(),
        "reserved-3y" => "reserved_3y_all_upfront".to_owned(),
        other => other.replace('-', "_"),
    })
}

/// The meter of an instance type, paid for in some way.
pub(super) fn instance_meter(purchase: &str, instance: &str) -> Meter {
    let item = format!("{instance}, {}", purchase.replace('_', " "));
    Meter::named(format!("ec2.linux.{purchase}.{instance}"), item, Unit::InstanceHour)
}

/// CPU beyond what a burstable family earns: priced by family, T3a as T3.
pub(super) fn credit_meter(family: &str) -> Meter {
    let family = if family == "t3a" { "t3" } else { family };
    Meter::named(format!("ec2.cpu_credits.{family}"), format!("surplus CPU credits, {family}"), Unit::VcpuHour)
}

/// Whether burstable instances may use more than they earn, for money.
pub(super) fn read_credits(section: &mut Section, machine: &Machine) -> Result<bool, SettingError> {
    let credits = section.choice("credits", &[("unlimited", true), ("standard", false)])?;
    Ok(value_or(credits, machine.family() != "t2"))
}

/// The disks of instances that run for these hours, or what must be said where none is on the bill.
pub(super) fn meter_disks(disk: DataSize, machines: &RunningMachines, month: Month, steps: &mut Steps) -> Option<Note> {
    if disk.is_zero() {
        return Some(Note::default_used("disk", "none", "a machine needs a disk; gp3 costs by the gigabyte and month"));
    }
    let size = (disk.gigabytes(), "GB");
    match machines.all_month {
        Some(count) => steps.add(&DISK, "disks", &[count, size]),
        None => {
            let months = (Decimal::ONE / month.hours(), "of the month an hour");
            steps.add(&DISK, "disks", &[machines.hours.as_slice(), &[months, size]].concat());
        }
    }
    None
}

/// Machines and how long they run, as factors of terms.
pub(super) struct RunningMachines {
    /// Their number, where it is the same all month.
    pub(super) all_month: Option<(Decimal, &'static str)>,
    /// Their hours.
    pub(super) hours: Vec<(Decimal, &'static str)>,
}

/// What must be known of a purchase option.
pub(super) fn purchase_note(purchase: &str) -> Option<Note> {
    match purchase {
        "spot_average" => {
            Some(Note::assumption("Spot is priced at an average of one day; it changes, and instances may be taken back"))
        }
        _ if purchase.starts_with("reserved") => Some(Note::assumption(
            "a reservation is paid for every hour of its term, used or not; upfront payments are spread over it",
        )),
        _ => None,
    }
}

fn read(section: &mut Section, workload: &Workload, _read_file: &ReadFile<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let mut machines = MachineFleet::read(section, workload, Provider::Aws, DEFAULT_TYPES)?;
    machines.surplus_allowed = read_credits(section, &machines.machine)?;
    let purchase = read_purchase(section)?;
    let disk = value_or(section.quantity("disk")?, DataSize::ZERO);
    Ok(Box::new(Ec2 { machines, purchase, disk }))
}

/// What is taken when no type is named: the first that holds the workload.
pub(super) const DEFAULT_TYPES: &[&str] =
    &["t3.medium", "t3.large", "m7i.xlarge", "m7i.2xlarge", "m7i.4xlarge", "m7i.8xlarge", "r7i.16xlarge"];

impl Placement for Ec2 {
    fn title(&self) -> String {
        format!("{}, {}", self.machines.title(), self.purchase.replace('_', " "))
    }

    fn refusals(&self, workload: &Workload, _month: Month) -> Vec<Refusal> {
        let mut refusals = Refusals::default();
        refusals.gpu_of(workload, &self.machines.machine);
        refusals.0
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let (mut steps, mut notes) = (Steps::in_region(region), self.machines.notes.clone());
        let capacity = self.machines.size(workload, month);
        let running = RunningMachines {
            all_month: capacity.is_constant(month).then_some((capacity.instances, "instances")),
            hours: capacity.hour_factors(month),
        };
        let machine = &self.machines.machine;
        steps.add(&instance_meter(&self.purchase, &machine.name), "instances", &running.hours);
        let surplus = capacity.surplus_vcpu_hours;
        steps.add(&credit_meter(machine.family()), "CPU beyond what the instances earn", &[(surplus, "vCPU-hours")]);
        notes.extend(meter_disks(self.disk, &running, month, &mut steps));
        notes.extend(purchase_note(&self.purchase));
        Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity: Some(capacity) })
    }
}
