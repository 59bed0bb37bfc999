//! Amazon EC2: rented machines, on demand, reserved, under a Savings Plan or Spot.
//!
//! Rules (Amazon EC2 pricing page and user guide, 2026): per second while an instance runs, 60 s at least. Burstable types earn
//! CPU credits at a share of each vCPU; T3, T3a and T4g spend beyond them by default and pay for the surplus by the vCPU-hour,
//! T2 is slowed down by default. Reserved instances and plans are paid for the whole month whether used or not.
//!
//! Worked numbers: one t3.medium for 730 h on demand is $30.368. It sustains 2 × 20 % = 0.4 vCPU, so a request of one second of
//! CPU fits 0.4 × 2,628,000 = 1,051,200 times into a month.

use super::machine_fleet;
use super::rental::{Market, Rental, Rented, RentedMachines, RunningMachines};
use super::{Platform, Site};
use crate::capacity::Fleet;
use crate::machine::Machine;
use crate::note::Note;
use crate::settings::{Key, Section, SettingError, value_or};
use crate::units::{DataSize, Decimal, Month, Unit};
use crate::usage::{Meter, Provider, Steps};

pub(super) const PLATFORM: Platform = Platform {
    name: "ec2",
    provider: Provider::Aws,
    about: "machines on Amazon EC2, as many as the load needs or a fixed number",
    keys: &[machine_fleet::KEYS, KEYS, Fleet::INSTANCE_KEYS],
    read: |section, workload, site| RentedMachines::read(section, workload, site, &MARKET),
};

/// The machines of EC2.
pub(super) const MARKET: Market = Market {
    provider: Provider::Aws,
    types: &[
        "t3.medium",
        "t3.large",
        "m7i.xlarge",
        "m6i.xlarge",
        "m7i.2xlarge",
        "m6i.2xlarge",
        "m7i.4xlarge",
        "m6i.4xlarge",
        "m7i.8xlarge",
        "m6i.8xlarge",
        "r7i.16xlarge",
    ],
    // Where a region has no m7i, m6i of the same size comes next.
    node_types: &[
        "m7i.large",
        "m6i.large",
        "m7i.xlarge",
        "m6i.xlarge",
        "m7i.2xlarge",
        "m6i.2xlarge",
        "m7i.4xlarge",
        "m6i.4xlarge",
        "m7i.8xlarge",
        "m6i.8xlarge",
        "r7i.16xlarge",
    ],
    rent,
};

/// The keys of how instances are paid for.
pub(super) const KEYS: &[Key] = &[
    PURCHASE,
    Key {
        name: "credits",
        value: "NAME",
        help: "Of burstable types: unlimited (pay for surplus CPU) or standard (slow down) [default: unlimited; standard for t2 and for a fixed count]",
    },
    DISK_SIZE,
];

/// How EC2 instances are paid for.
pub(super) const PURCHASE: Key = Key {
    name: "purchase",
    value: "NAME",
    help: "on-demand, spot, reserved-1y, reserved-3y (all upfront), or the NAME of a price row ec2.linux.NAME.TYPE [default: on-demand]",
};

/// The disk of an instance.
pub(super) const DISK_SIZE: Key =
    Key { name: "disk", value: "SIZE", help: "Disk of each machine, gp3 on EC2 [default: none on the bill]" };

static DISK: Meter = Meter::fixed("ebs.gp3.storage", "gp3 disk", Unit::GbMonth);

#[derive(Debug)]
struct Ec2 {
    purchase: String,
    /// Whether surplus credits may be bought, where that is stated.
    surplus_allowed: Option<bool>,
    /// Whether the number of machines was given.
    is_fixed: bool,
    disk: DataSize,
}

/// The ways to pay that shipped price rows know, and the short names of some of them.
const PURCHASES: [(&str, &str); 10] = [
    ("on-demand", "on_demand"),
    ("spot", "spot_average"),
    ("reserved-1y", "reserved_1y_all_upfront"),
    ("reserved-3y", "reserved_3y_all_upfront"),
    ("reserved-1y-no-upfront", "reserved_1y_no_upfront"),
    ("reserved-3y-no-upfront", "reserved_3y_no_upfront"),
    ("reserved-convertible-1y-no-upfront", "reserved_convertible_1y_no_upfront"),
    ("reserved-convertible-3y-no-upfront", "reserved_convertible_3y_no_upfront"),
    ("compute-savings-plan-1y-no-upfront", "compute_savings_plan_1y_no_upfront"),
    ("instance-savings-plan-1y-no-upfront", "instance_savings_plan_1y_no_upfront"),
];

/// The purchase option as price rows name it: a known one, or one for which the user's own list has a price.
pub(super) fn read_purchase(section: &mut Section, site: &Site<'_>) -> Result<String, SettingError> {
    let Some(stated) = section.text("purchase")? else { return Ok("on_demand".to_owned()) };
    let row = stated.value.replace('-', "_");
    if let Some((_, known)) = PURCHASES.iter().find(|(name, known)| *name == stated.value || *known == row) {
        return Ok((*known).to_owned());
    }
    if Machine::all(Provider::Aws).any(|machine| (site.is_priced)(&instance_meter(&row, &machine.name))) {
        return Ok(row);
    }
    let known = PURCHASES.iter().map(|(name, _)| (*name).to_owned()).collect();
    Err(SettingError::unknown_choice(&stated.at, "purchase option of EC2", &stated.value, known))
}

/// The meter of an instance type, paid for in some way.
pub(super) fn instance_meter(purchase: &str, instance: &str) -> Meter {
    let item = format!("{instance}, {}", purchase.replace('_', " "));
    Meter::named(format!("ec2.linux.{purchase}.{instance}"), item, Unit::InstanceHour)
}

/// CPU beyond what a burstable family earns: priced by family, T3a as T3.
fn credit_meter(family: &str) -> Meter {
    let family = if family == "t3a" { "t3" } else { family };
    Meter::named(format!("ec2.cpu_credits.{family}"), format!("surplus CPU credits, {family}"), Unit::VcpuHour)
}

/// Whether it is due for every hour of its term, whether machines run or not: reservations and plans are.
fn is_commitment(purchase: &str) -> bool {
    purchase.starts_with("reserved") || purchase.contains("savings_plan")
}

/// The hours that are paid for: of a commitment those of as many machines as the peak needs, otherwise those that run.
pub(super) fn paid_hours(purchase: &str, running: &RunningMachines, month: Month) -> Vec<(Decimal, &'static str)> {
    if is_commitment(purchase) { running.committed_hours(month) } else { running.hours.clone() }
}

/// What must be known of a purchase option.
pub(super) fn purchase_note(purchase: &str) -> Option<Note> {
    match purchase {
        "spot_average" => {
            Some(Note::assumption("Spot is priced at an average of one day; it changes, and instances may be taken back"))
        }
        _ if is_commitment(purchase) => Some(Note::assumption(
            "a reservation or plan is for as many machines as the peak needs, and due for every hour of its term, used or not; upfront payments are spread over it",
        )),
        _ => None,
    }
}

fn rent(section: &mut Section, site: &Site<'_>) -> Result<Box<dyn Rental>, SettingError> {
    let credits = section.choice("credits", &[("unlimited", true), ("standard", false)])?;
    // A fixed number of machines is asked for at a fixed price.
    let is_fixed = section.clone().text("count")?.is_some_and(|count| count.value != "auto");
    Ok(Box::new(Ec2 {
        purchase: read_purchase(section, site)?,
        is_fixed,
        surplus_allowed: credits.map(|found| found.value),
        disk: value_or(section.quantity("disk")?, DataSize::ZERO),
    }))
}

impl Rental for Ec2 {
    fn name(&self) -> String {
        self.purchase.replace('_', " ")
    }

    fn surplus_allowed(&self, machine: &Machine) -> bool {
        self.surplus_allowed.unwrap_or(!self.is_fixed && machine.family() != "t2")
    }

    fn machine_meter(&self, machine: &Machine) -> Meter {
        instance_meter(&self.purchase, &machine.name)
    }

    fn meter(&self, rented: &Rented, running: &RunningMachines, month: Month, steps: &mut Steps) -> Vec<Note> {
        let machine = &rented.machine;
        steps.add(&rented.hours, "machines", &paid_hours(&self.purchase, running, month));
        if !running.surplus_vcpu_hours.is_zero() {
            let surplus = [(running.surplus_vcpu_hours, "vCPU-hours")];
            steps.add(&credit_meter(machine.family()), "CPU beyond what the machines earn", &surplus);
        }
        running.meter_monthly(&DISK, "disks", (self.disk.gigabytes(), "GB"), month, steps);
        let standard = Note::default_used(
            "credits",
            "standard",
            "a fixed number of machines has a fixed price; unlimited, which AWS sets for T3 and T4g, also pays for CPU beyond what they earn",
        );
        let is_limited = self.is_fixed && self.surplus_allowed.is_none() && machine.sustained_vcpu().is_some();
        let no_disk = Note::default_used("disk", "none", "a machine needs a disk; gp3 costs by the gigabyte and month");
        let notes = [is_limited.then_some(standard), self.disk.is_zero().then_some(no_disk), purchase_note(&self.purchase)];
        notes.into_iter().flatten().collect()
    }
}
