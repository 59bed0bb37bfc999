//! Rented machines that serve requests themselves: which type, how many.

use super::task_size::memory_needed;
use crate::capacity::{Capacity, Count, Fleet, Noun, Shape};
use crate::machine::Machine;
use crate::note::Note;
use crate::settings::{Key, Section, SettingError};
use crate::units::{Decimal, Month};
use crate::usage::Provider;
use crate::workload::Workload;

/// The keys of a fleet of machines, beside those of any fleet.
pub(super) const KEYS: &[Key] = &[
    Key { name: "instance", value: "TYPE", help: "Machine type, for example m7g.xlarge, e2-standard-2, Standard_D2s_v5" },
    Key { name: "concurrency", value: "N", help: "Requests that one machine works on at once [default: no limit]" },
];

/// Machines of one type.
#[derive(Debug)]
pub(super) struct MachineFleet {
    pub(super) machine: Machine,
    pub(super) fleet: Fleet,
    /// Whether burstable machines may use more than they earn, for money.
    pub(super) surplus_allowed: bool,
    pub(super) concurrency: Option<Decimal>,
    pub(super) notes: Vec<Note>,
}

impl MachineFleet {
    /// Reads `instance`, or takes the first of the usual types that holds the workload.
    pub(super) fn read(
        section: &mut Section,
        workload: &Workload,
        usual: (Provider, &[&str]),
        offered: impl Fn(&Machine) -> bool,
    ) -> Result<Self, SettingError> {
        let needed = memory_needed(workload);
        let (machine, mut notes) = read_machine(section, workload, usual, |machine| needed <= machine.memory, offered)?;
        let fleet = Fleet::read(section, workload, Noun::Instance)?;
        notes.extend(super::speed_note(workload, machine.vcpu, Noun::Instance));
        Ok(Self { machine, fleet, surplus_allowed: false, concurrency: super::read_concurrency(section)?, notes })
    }

    /// "2 × t3.medium", or "t3.medium" where the load decides.
    pub(super) fn title(&self) -> String {
        match self.fleet.count {
            Count::Fixed(count) => format!("{count} × {}", self.machine.name),
            Count::Auto => self.machine.name.clone(),
        }
    }

    pub(super) fn size(&self, workload: &Workload, month: Month) -> Capacity {
        let shape = Shape {
            sustained_vcpu: self.machine.sustained_vcpu(),
            surplus_allowed: self.surplus_allowed,
            concurrency: self.concurrency,
            gpus: self.machine.gpus,
            ..Shape::new(self.machine.vcpu, self.machine.memory)
        };
        self.fleet.size(workload, &shape, month)
    }
}

/// The type that is named, or the first of the usual types of a provider that holds what is asked, has its GPU and is offered
/// where the option is; the smallest of all types that does, where none of the usual ones does. What is offered nowhere is
/// taken all the same, and its price found to be missing.
pub(super) fn read_machine(
    section: &mut Section,
    workload: &Workload,
    (provider, usual): (Provider, &[&str]),
    holds: impl Fn(&Machine) -> bool,
    offered: impl Fn(&Machine) -> bool,
) -> Result<(Machine, Vec<Note>), SettingError> {
    if let Some(stated) = section.text("instance")? {
        let machine = Machine::named(provider, &stated.value);
        return machine
            .map(|machine| (machine, Vec::new()))
            .map_err(|problem| SettingError::other(&stated.at, problem.to_string()));
    }
    let holds = |machine: &Machine| holds(machine) && has_gpu(machine, workload);
    let listed = || usual.iter().filter_map(|name| Machine::named(provider, name).ok());
    let size = |machine: &Machine| (machine.gpus, machine.architecture != "x86_64", machine.vcpu, machine.memory);
    let preferred = match workload.gpu {
        None => listed().find(holds).or_else(|| listed().next_back()),
        Some(_) => Machine::all(provider).filter(holds).min_by_key(size),
    };
    let missing = || section.missing("instance", "no machine type in the list has that GPU; name one");
    let preferred = preferred.ok_or_else(missing)?;
    let here = |machine: &Machine| holds(machine) && offered(machine);
    let found = if offered(&preferred) {
        None
    } else {
        listed().find(here).or_else(|| Machine::all(provider).filter(here).min_by_key(size))
    };
    let meaning = match &found {
        None => "the first of a few common types that holds the workload; others may be cheaper".to_owned(),
        Some(_) => format!("{} has no price here; others may be cheaper", preferred.name),
    };
    let machine = found.unwrap_or(preferred);
    let note = Note::default_used("instance", machine.name.clone(), meaning);
    let notes = [note].into_iter().chain(super::gpu_note(workload, &machine.gpu)).collect();
    Ok((machine, notes))
}

/// Whether a machine has the GPU that a workload needs, if it needs one.
pub(super) fn has_gpu(machine: &Machine, workload: &Workload) -> bool {
    workload.gpu.is_none() || workload.runs_on_gpu(&machine.gpu)
}
