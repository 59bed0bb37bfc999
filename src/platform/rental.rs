//! How machines of a provider are rented: what their hours, their disks and CPU beyond what they earn are on a bill.
//!
//! Each provider has its own ways to pay for machines ([`Rental`]); how many machines run, and how long, is the same question
//! everywhere. [`RentedMachines`] serve requests themselves; machines that carry tasks or pods are in [`super::nodes`].

use std::fmt;

use super::machine_fleet::MachineFleet;
use super::{Metered, Placement, Refusals, ReplayedMachines, Site};
use crate::capacity::{Capacity, Fleet};
use crate::machine::Machine;
use crate::note::{Note, Refusal};
use crate::settings::{Section, SettingError};
use crate::units::{Decimal, Month};
use crate::usage::{Meter, Provider, Region, Steps, TooLarge};
use crate::workload::Workload;

/// Machines and how long they run, as factors of terms.
pub(super) struct RunningMachines {
    /// Their number, where it is the same all month.
    pub(super) all_month: Option<(Decimal, &'static str)>,
    /// Their number at peak.
    pub(super) most: Decimal,
    /// Their hours.
    pub(super) hours: Vec<(Decimal, &'static str)>,
    /// vCPU-hours that burstable ones use beyond what they earn, and that are paid for.
    pub(super) surplus_vcpu_hours: Decimal,
}

impl RunningMachines {
    /// Machines that are the instances of a fleet.
    pub(super) fn of(capacity: &Capacity, month: Month) -> Self {
        Self {
            all_month: capacity.is_constant(month).then_some((capacity.instances, capacity.noun.of(capacity.instances))),
            most: capacity.instances,
            hours: capacity.hour_factors(month),
            surplus_vcpu_hours: capacity.surplus_vcpu_hours,
        }
    }

    /// The hours that are due where as many machines as the peak needs are paid for all month, whether they run or not.
    pub(super) fn committed_hours(&self, month: Month) -> Vec<(Decimal, &'static str)> {
        match self.all_month {
            Some(_) => self.hours.clone(),
            None => vec![(self.most, "machines at peak"), (month.hours(), "h")],
        }
    }

    /// Meters something of each machine that is paid for by the month, such as its disk.
    pub(super) fn meter_monthly(
        &self,
        meter: &Meter,
        what: &'static str,
        each: (Decimal, &'static str),
        month: Month,
        steps: &mut Steps,
    ) {
        match self.all_month {
            Some(count) => steps.add(meter, what, &[count, each]),
            None => {
                let months = (Decimal::ONE / month.hours(), "of the month an hour");
                steps.add(meter, what, &[self.hours.as_slice(), &[months, each]].concat());
            }
        }
    }
}

/// A way to pay for machines, with what goes with each of them.
pub(super) trait Rental: fmt::Debug + Send + Sync {
    /// "on demand".
    fn name(&self) -> String;

    /// Whether burstable machines may use more than they earn, for money.
    fn surplus_allowed(&self, machine: &Machine) -> bool;

    /// What the hours of a machine are on the bill: without a price for it the type is not offered.
    fn machine_meter(&self, machine: &Machine) -> Meter;

    /// Meters the machines and their disks, and says what must be known of that.
    fn meter(&self, rented: &Rented, running: &RunningMachines, month: Month, steps: &mut Steps) -> Vec<Note>;
}

/// A type of machine, and what its hours are on the bill.
#[derive(Debug)]
pub(super) struct Rented {
    pub(super) machine: Machine,
    pub(super) hours: Meter,
}

impl Rented {
    pub(super) fn of(machine: &Machine, rental: &dyn Rental) -> Self {
        Self { machine: machine.clone(), hours: rental.machine_meter(machine) }
    }

    /// For a replay; `tasks` is how many one of them carries.
    pub(super) fn replayed(&self, tasks: Option<u64>, surplus_allowed: bool) -> ReplayedMachines {
        let machine = &self.machine;
        ReplayedMachines { name: machine.name.clone(), tasks, earned_vcpu: machine.sustained_vcpu(), surplus_allowed }
    }
}

/// The machines of a provider.
pub(super) struct Market {
    pub(super) provider: Provider,
    /// What is taken when no type is named: the first that holds the workload.
    pub(super) types: &'static [&'static str],
    /// The same for machines that carry tasks or pods.
    pub(super) node_types: &'static [&'static str],
    /// Reads how machines are paid for.
    pub(super) rent: ReadRental,
}

/// Reads how machines are paid for.
pub(super) type ReadRental = fn(&mut Section, &Site<'_>) -> Result<Box<dyn Rental>, SettingError>;

/// Machines of one type that serve requests.
#[derive(Debug)]
pub(super) struct RentedMachines {
    machines: MachineFleet,
    rented: Rented,
    rental: Box<dyn Rental>,
}

impl RentedMachines {
    /// Reads which machines, how many, and how they are paid for.
    pub(super) fn read(
        section: &mut Section,
        workload: &Workload,
        site: &Site<'_>,
        market: &Market,
    ) -> Result<Box<dyn Placement>, SettingError> {
        let rental = (market.rent)(section, site)?;
        let offered = |machine: &Machine| (site.is_priced)(&rental.machine_meter(machine));
        let mut machines = MachineFleet::read(section, workload, (market.provider, market.types), offered)?;
        machines.surplus_allowed = rental.surplus_allowed(&machines.machine);
        let rented = Rented::of(&machines.machine, &*rental);
        Ok(Box::new(Self { machines, rented, rental }))
    }
}

impl Placement for RentedMachines {
    fn title(&self) -> String {
        format!("{}, {}", self.machines.title(), self.rental.name())
    }

    fn retime(&mut self, _workload: &Workload) -> bool {
        true
    }

    fn refusals(&self, workload: &Workload, _month: Month) -> Vec<Refusal> {
        let mut refusals = Refusals::default();
        refusals.gpu_of(workload, &self.machines.machine);
        refusals.0
    }

    fn fleet(&mut self) -> Option<&mut Fleet> {
        Some(&mut self.machines.fleet)
    }

    fn machines(&self) -> Option<ReplayedMachines> {
        Some(self.rented.replayed(None, self.machines.surplus_allowed))
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let (mut steps, mut notes) = (Steps::in_region(region), self.machines.notes.clone());
        let capacity = self.machines.size(workload, month);
        notes.extend(self.rental.meter(&self.rented, &RunningMachines::of(&capacity, month), month, &mut steps));
        Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity: Some(capacity) })
    }
}
