//! Google Compute Engine: rented machines, on demand, Spot or under a commitment.
//!
//! Rules (Compute Engine pricing page and documentation, 2026): per second while a machine runs, 60 s at least. N1, N2 and N2D
//! become cheaper by themselves the larger the part of the month they run (up to 30 % and 20 %, sustained use); other families
//! do not. A commitment is paid for the whole month whether used or not. Shared-core types sustain a share of each vCPU, and
//! more cannot be bought.
//!
//! Worked number: an n1-standard-1 in us-central1 is 0.0474997 an hour, $34.67 for 730 h, and $24.27 after sustained use.

use super::machine_fleet;
use super::rental::{Market, Rental, Rented, RentedMachines, RunningMachines};
use super::{Platform, Site, ec2};
use crate::capacity::Fleet;
use crate::machine::Machine;
use crate::note::Note;
use crate::settings::{Key, Section, SettingError, value_or};
use crate::units::{DataSize, Decimal, Month, Unit};
use crate::usage::{Meter, Provider, Steps};

pub(super) const PLATFORM: Platform = Platform {
    name: "gce",
    provider: Provider::Google,
    about: "machines on Google Compute Engine, as many as the load needs or a fixed number",
    keys: &[machine_fleet::KEYS, KEYS, Fleet::INSTANCE_KEYS],
    read: |section, workload, site| RentedMachines::read(section, workload, site, &MARKET),
};

/// The machines of Compute Engine.
pub(super) const MARKET: Market = Market {
    provider: Provider::Google,
    types: &["e2-medium", "e2-standard-2", "e2-standard-4", "e2-standard-8", "e2-standard-16"],
    node_types: &["e2-standard-2", "e2-standard-4", "e2-standard-8", "e2-standard-16"],
    rent,
};

/// The keys of how machines are paid for.
pub(super) const KEYS: &[Key] = &[
    Key {
        name: "purchase",
        value: "NAME",
        help: "on-demand (less for sustained use, by itself), spot, committed-1y or committed-3y [default: on-demand]",
    },
    ec2::DISK_SIZE,
    Key { name: "disk_type", value: "NAME", help: "standard, balanced or ssd [default: balanced]" },
];

/// Prices by the month are for this many hours.
const HOURS_OF_A_PRICED_MONTH: Decimal = Decimal::from_parts(730, 0, 0, false, 0);
/// The families with a discount for sustained use.
const SUSTAINED_USE: &[&str] = &["n1", "n2", "n2d"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purchase {
    OnDemand,
    Spot,
    Committed(&'static str),
}

const PURCHASES: &[(&str, Purchase)] = &[
    ("on-demand", Purchase::OnDemand),
    ("spot", Purchase::Spot),
    ("committed-1y", Purchase::Committed("committed_1y")),
    ("committed-3y", Purchase::Committed("committed_3y")),
];

#[derive(Debug)]
struct Gce {
    purchase: Purchase,
    disk: DataSize,
    disk_type: &'static str,
}

fn rent(section: &mut Section, _site: &Site<'_>) -> Result<Box<dyn Rental>, SettingError> {
    let types = [("standard", "standard"), ("balanced", "balanced"), ("ssd", "ssd")];
    Ok(Box::new(Gce {
        purchase: value_or(section.choice("purchase", PURCHASES)?, Purchase::OnDemand),
        disk: value_or(section.quantity("disk")?, DataSize::ZERO),
        disk_type: value_or(section.choice("disk_type", &types)?, "balanced"),
    }))
}

fn machine_meter(way: &str, machine: &Machine, unit: Unit) -> Meter {
    Meter::named(format!("compute_engine.{way}.{}", machine.name), format!("{}, {}", machine.name, way.replace('_', " ")), unit)
}

impl Gce {
    fn meter_machines(&self, rented: &Rented, running: &RunningMachines, month: Month, steps: &mut Steps) -> Option<Note> {
        let months = (month.hours() / HOURS_OF_A_PRICED_MONTH, "months of 730 h");
        let sustained = SUSTAINED_USE.contains(&rented.machine.family());
        match (self.purchase, running.all_month) {
            (Purchase::Committed(_), _) => {
                steps.add(&rented.hours, "machines", &[(running.most, "machines"), months]);
                Some(Note::assumption("a commitment is for as many machines as the peak needs, and due all month, used or not"))
            }
            (Purchase::Spot, _) => {
                steps.add(&rented.hours, "machines", &running.hours);
                Some(Note::assumption("Spot machines may be taken back at any time; their price changes"))
            }
            (Purchase::OnDemand, Some(count)) if sustained => {
                let meter = machine_meter("sustained_use", &rented.machine, Unit::InstanceMonth);
                steps.add(&meter, "machines all month", &[count, months]);
                None
            }
            (Purchase::OnDemand, _) => {
                steps.add(&rented.hours, "machines", &running.hours);
                let less = "machines that run for more than a quarter of the month become cheaper (sustained use), which is not counted where their number changes";
                sustained.then(|| Note::assumption(less))
            }
        }
    }
}

impl Rental for Gce {
    fn name(&self) -> String {
        match self.purchase {
            Purchase::OnDemand => "on demand".to_owned(),
            Purchase::Spot => "spot".to_owned(),
            Purchase::Committed(term) => term.replace('_', " "),
        }
    }

    fn surplus_allowed(&self, _machine: &Machine) -> bool {
        false
    }

    fn machine_meter(&self, machine: &Machine) -> Meter {
        match self.purchase {
            Purchase::OnDemand => machine_meter("on_demand", machine, Unit::InstanceHour),
            Purchase::Spot => machine_meter("spot", machine, Unit::InstanceHour),
            Purchase::Committed(term) => machine_meter(term, machine, Unit::InstanceMonth),
        }
    }

    fn meter(&self, rented: &Rented, running: &RunningMachines, month: Month, steps: &mut Steps) -> Vec<Note> {
        let note = self.meter_machines(rented, running, month, steps);
        let disk = if self.disk.is_zero() {
            Some(Note::default_used("disk", "none", "a machine needs a disk, which costs by the gibibyte and month"))
        } else {
            let (id, item) = (format!("persistent_disk.{}", self.disk_type), format!("persistent disk, {}", self.disk_type));
            let meter = Meter::named(id, item, Unit::GibMonth);
            running.meter_monthly(&meter, "disks", (self.disk.gigabytes(), "GiB"), month, steps);
            None
        };
        note.into_iter().chain(disk).collect()
    }
}
