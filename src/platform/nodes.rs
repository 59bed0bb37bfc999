//! Machines that carry tasks or pods: how many fit on one, how many machines there are, what they cost.
//!
//! The load decides the number of tasks, as on any platform with instances; machines follow. A machine takes as many as fit
//! by every resource: ⌊vCPU / vCPU of a task⌋, ⌊memory / memory of a task⌋, its GPUs, and the most pods it may have. With z
//! zones each zone has its own machines: z · ⌈tasks / z / tasks of a machine⌉. What the system of a machine keeps for itself is
//! for each orchestrator to say ([`Room`]).
//!
//! Worked number: an m7i.large with 2 vCPUs and 7,985 MB for tasks takes 8 tasks of 0.25 vCPU and 512 MB (CPU binds), so 20
//! tasks need ⌈20 / 8⌉ = 3 machines.

use super::rental::{Market, Rental, Rented, RunningMachines};
use super::task_size::{Pair, memory_needed};
use super::{Refusals, ReplayedMachines, Site, machine_fleet};
use crate::capacity::{Capacity, Fleet, Level, MOST_INSTANCES, Noun, Shape, Surplus};
use crate::machine::Machine;
use crate::note::{Note, Refusal};
use crate::settings::{Key, Section, SettingError};
use crate::units::{DataSize, Decimal, Month, VirtualCpus, counted, significant};
use crate::usage::{Meter, Steps};
use crate::workload::Workload;

/// The keys of nodes and of what runs on them.
pub(super) const KEYS: &[Key] = &[
    Key {
        name: "instance",
        value: "TYPE",
        help: "Machine type of the nodes [default: the first common type that holds one task]",
    },
    Key { name: "vcpu", value: "N", help: "vCPUs that one task or pod asks for [default: one for each 4 GB of its memory]" },
    Key { name: "memory", value: "SIZE", help: "Memory that one task or pod asks for [default: what the workload needs]" },
    Key { name: "concurrency", value: "N", help: "Requests that one task or pod works on at once [default: no limit]" },
];

const LEAST_MEMORY: DataSize = DataSize::from_megabytes(512);
const LEAST_VCPU: Decimal = Decimal::from_parts(25, 0, 0, false, 2);
/// Machines for general purposes have 4 GB for each vCPU, so that tasks of this proportion leave nothing idle.
const GIGABYTES_PER_VCPU: Decimal = Decimal::from_parts(4, 0, 0, false, 0);
/// No machine takes more tasks, and no fleet has more machines.
const MOST: Decimal = Decimal::from_parts(MOST_INSTANCES, 0, 0, false, 0);

/// What a machine has for tasks, after what its system keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Room {
    pub(super) vcpu: Decimal,
    pub(super) memory: DataSize,
    /// At most so many pods or tasks, whatever their size.
    pub(super) most: Option<Decimal>,
}

/// The memory that Linux sees of what a machine has: 7,985 of 8,192 MB on an m4.large (AWS Batch user guide, "Compute resource
/// memory management").
pub(super) fn seen_memory(machine: &Machine) -> DataSize {
    DataSize::from_gigabytes(machine.memory.gigabytes() * Decimal::from(7985) / Decimal::from(8192))
}

/// The fee for each hour of a machine type beside its price.
pub(super) type FeeOf = fn(&str) -> Meter;

/// Whose machines, what they carry, and what the orchestrator takes for them.
pub(super) struct NodesOf<'m> {
    pub(super) market: &'m Market,
    pub(super) noun: Noun,
    pub(super) fee: Option<FeeOf>,
}

/// Machines of one type, and the tasks they carry.
#[derive(Debug)]
pub(super) struct Nodes {
    rented: Rented,
    room: Room,
    task: Pair,
    gpus_of_task: Decimal,
    concurrency: Option<Decimal>,
    pub(super) fleet: Fleet,
    rental: Box<dyn Rental>,
    fee: Option<Meter>,
    notes: Vec<Note>,
}

/// How many tasks one machine takes, and what limits them.
#[derive(Debug, PartialEq, Eq)]
struct Packing {
    tasks: Decimal,
    binding: &'static str,
}

impl Nodes {
    /// Reads the machine type and the size of a task; `room` is what a type has for tasks.
    pub(super) fn read(
        section: &mut Section,
        workload: &Workload,
        site: &Site<'_>,
        of: &NodesOf<'_>,
        room: impl Fn(&Machine) -> Room,
    ) -> Result<Self, SettingError> {
        let rental = (of.market.rent)(section, site)?;
        let vcpu = section.quantity::<VirtualCpus>("vcpu")?.map(|found| found.value.get());
        let memory = section.positive_size("memory")?.map(|found| found.value);
        let least = memory.unwrap_or_else(|| memory_needed(workload).max(LEAST_MEMORY));
        let proportional = (least.gigabytes() / GIGABYTES_PER_VCPU).max(LEAST_VCPU);
        let gpus_of_task = if workload.gpu.is_some() { Decimal::ONE } else { Decimal::ZERO };
        // A task on a GPU takes its share of the machine, whatever that is; it asks for no number of vCPUs.
        let asked = (vcpu.unwrap_or(if gpus_of_task.is_zero() { proportional } else { LEAST_VCPU }), least);
        let holds = |machine: &Machine| !packing(&room(machine), machine.gpus, asked, gpus_of_task).tasks.is_zero();
        let fee_is_priced = |machine: &Machine| of.fee.is_none_or(|fee| (site.is_priced)(&fee(&machine.name)));
        let offered = |machine: &Machine| (site.is_priced)(&rental.machine_meter(machine)) && fee_is_priced(machine);
        let usual = (of.market.provider, of.market.node_types);
        let (machine, mut notes) = machine_fleet::read_machine(section, workload, usual, holds, offered)?;
        let room = room(&machine);
        let task = match machine.gpus {
            gpus if gpus_of_task.is_zero() || gpus.is_zero() => (vcpu.unwrap_or(proportional), least),
            gpus => {
                (vcpu.unwrap_or(room.vcpu / gpus), memory.unwrap_or(DataSize::from_gigabytes(room.memory.gigabytes() / gpus)))
            }
        };
        notes.extend(size_notes(vcpu.is_none(), memory.is_none(), task, gpus_of_task));
        let fleet = Fleet::read(section, workload, of.noun)?;
        notes.extend(super::speed_note(workload, task.0, of.noun));
        Ok(Self {
            room,
            task,
            gpus_of_task,
            concurrency: super::read_concurrency(section)?,
            fleet,
            rented: Rented::of(&machine, &*rental),
            rental,
            fee: of.fee.map(|fee| fee(&machine.name)),
            notes,
        })
    }

    /// "0.25 vCPU, 512 MB on m7i.large, on demand".
    pub(super) fn title(&self) -> String {
        let (vcpu, memory) = (self.task.0.round_dp(3).normalize(), rounded(self.task.1));
        format!("{vcpu} vCPU, {memory} on {}, {}", self.rented.machine.name, self.rental.name())
    }

    pub(super) fn refusals(&self, workload: &Workload) -> Refusals {
        let mut refusals = Refusals::default();
        refusals.gpu_of(workload, &self.rented.machine);
        if self.packing().tasks.is_zero() {
            let asked = || {
                format!(
                    "a {} of {} vCPU and {}",
                    self.fleet.noun.one(),
                    self.task.0.round_dp(3).normalize(),
                    rounded(self.task.1)
                )
            };
            let (vcpu, memory) = (self.room.vcpu.normalize(), rounded(self.room.memory));
            refusals.unless(false, asked, format_args!("one {} has {vcpu} vCPU and {memory} for them", self.rented.machine.name));
        }
        refusals
    }

    fn packing(&self) -> Packing {
        packing(&self.room, self.rented.machine.gpus, self.task, self.gpus_of_task)
    }

    /// The machines, for who replays their tasks.
    pub(super) fn replayed(&self) -> ReplayedMachines {
        let tasks = u64::try_from(self.packing().tasks).unwrap_or(u64::MAX).max(1);
        self.rented.replayed(Some(tasks), self.rental.surplus_allowed(&self.rented.machine))
    }

    fn machines_for(&self, tasks: Decimal, each: Decimal) -> Decimal {
        let in_a_zone = (tasks / self.fleet.zones).checked_div(each).map_or(MOST, |machines| machines.ceil());
        self.fleet.zones * in_a_zone.min(MOST)
    }

    /// Meters the machines, their disks and what is charged for each hour of a machine beside its price.
    pub(super) fn meter(&self, workload: &Workload, month: Month, steps: &mut Steps, notes: &mut Vec<Note>) -> Capacity {
        let shape = Shape { concurrency: self.concurrency, gpus: self.gpus_of_task, ..Shape::new(self.task.0, self.task.1) };
        let (mut capacity, tasks) = self.fleet.size_and_levels(workload, &shape, month);
        let packing = self.packing();
        let machines_of = |level: Level| {
            // What a replay saw are machines.
            let machines = self.fleet.seen.map_or_else(|| self.machines_for(level.instances, packing.tasks), |seen| seen.mean);
            Level { instances: machines, ..level }
        };
        let machines: Vec<Level> = tasks.into_iter().map(machines_of).collect();
        let node_hours = machines.iter().map(|level| level.instances * level.hours).sum::<Decimal>().normalize();
        let mut running = running(&machines, self.fleet.seen.map(|seen| seen.most), node_hours, month);
        self.set_surplus(workload, &machines, month, &mut capacity);
        running.surplus_vcpu_hours = capacity.surplus_vcpu_hours;
        let rental_notes = self.rental.meter(&self.rented, &running, month, steps);
        if let Some(fee) = &self.fee {
            steps.add(fee, "12% of the on-demand price", &running.hours);
        }
        notes.extend(self.notes.iter().cloned());
        let tasks_at_peak = Note::assumption(format!(
            "{} at peak, of which one {} takes {}: {} binds",
            self.counted(capacity.instances),
            self.rented.machine.name,
            self.counted(packing.tasks),
            packing.binding
        ));
        notes.extend(self.fleet.seen.is_none().then_some(tasks_at_peak));
        notes.extend(rental_notes);
        count_machines(&mut capacity, packing.tasks, running.most, node_hours);
        capacity
    }

    /// "8 tasks".
    fn counted(&self, tasks: Decimal) -> String {
        counted(tasks, self.fleet.noun.one())
    }

    /// What burstable machines use beyond what they earn: paid for, or a shortfall.
    fn set_surplus(&self, workload: &Workload, machines: &[Level], month: Month, capacity: &mut Capacity) {
        if self.fleet.seen.is_some() {
            return;
        }
        let demanded = |sustained| Surplus::of(machines, sustained, (workload, &workload.demand()?), month);
        let surplus = self.rented.machine.sustained_vcpu().and_then(demanded);
        let Some(surplus) = surplus else { return };
        if self.rental.surplus_allowed(&self.rented.machine) {
            capacity.surplus_vcpu_hours = surplus.vcpu_hours;
            capacity.notes.push(surplus.note("machine", "machines"));
        } else {
            capacity.shortfalls.push(Refusal {
                asked: format!("{} vCPU-hours beyond what the machines earn", significant(surplus.vcpu_hours, 3)),
                limit: "surplus credits are off, so their CPUs are slowed down".to_owned(),
            });
        }
    }
}

/// From a capacity in tasks to one in machines, which are what is paid for: places for tasks that stay empty carry nothing.
///
/// Worked number: one task that is 44 % busy, on a machine with 8 places, leaves the machine 5.5 % busy.
fn count_machines(capacity: &mut Capacity, each: Decimal, machines: Decimal, machine_hours: Decimal) {
    let part = |busy: Decimal, tasks: Decimal, machines: Decimal| {
        let places = machines.checked_mul(each).unwrap_or(Decimal::MAX);
        let filled = tasks.checked_div(places).unwrap_or_default();
        busy.checked_mul(filled).unwrap_or(Decimal::MAX).normalize()
    };
    capacity.utilization = part(capacity.utilization, capacity.instances, machines);
    capacity.mean_utilization = part(capacity.mean_utilization, capacity.instance_hours, machine_hours);
    capacity.rate_per_instance = capacity.rate_per_instance.and_then(|rate| rate.checked_mul(each));
    (capacity.noun, capacity.instances, capacity.instance_hours) = (Noun::Instance, machines, machine_hours);
}

fn running(machines: &[Level], most: Option<Decimal>, machine_hours: Decimal, month: Month) -> RunningMachines {
    let most = most.or_else(|| machines.iter().map(|level| level.instances).max()).unwrap_or_default();
    if machines.iter().all(|level| level.instances == most) {
        let count = (most, if most == Decimal::ONE { "machine" } else { "machines" });
        return RunningMachines {
            all_month: Some(count),
            hours: vec![count, (month.hours(), "h")],
            most,
            surplus_vcpu_hours: Decimal::ZERO,
        };
    }
    let hours = vec![(machine_hours, "machine-hours")];
    RunningMachines { all_month: None, most, hours, surplus_vcpu_hours: Decimal::ZERO }
}

fn size_notes(vcpu: bool, memory: bool, task: Pair, gpus: Decimal) -> Vec<Note> {
    let on_gpu = !gpus.is_zero();
    let mut notes = Vec::new();
    if vcpu {
        let meaning =
            if on_gpu { "an equal part of the machine for each GPU" } else { "one for each 4 GB of memory, 0.25 at least" };
        notes.push(Note::default_used("vcpu", task.0.round_dp(3).normalize().to_string(), meaning));
    }
    if memory {
        let meaning =
            if on_gpu { "an equal part of the machine for each GPU" } else { "what the workload needs, 512 MB at least" };
        notes.push(Note::default_used("memory", rounded(task.1).to_string(), meaning));
    }
    notes
}

/// To whole megabytes, downward: for people.
fn rounded(size: DataSize) -> DataSize {
    DataSize::from_gigabytes(size.megabytes().floor() / Decimal::from(1024))
}

fn packing(room: &Room, gpus: Decimal, task: Pair, gpus_of_task: Decimal) -> Packing {
    let fit = |has: Decimal, each: Decimal| has.checked_div(each).map_or(MOST, |fit| fit.floor()).min(MOST);
    let on_gpu = (!gpus_of_task.is_zero()).then(|| (fit(gpus, gpus_of_task), "GPU"));
    let cpu_and_memory = [(fit(room.vcpu, task.0), "CPU"), (fit(room.memory.megabytes(), task.1.megabytes()), "memory")];
    let pods = room.most.map(|most| (most, "the number of pods"));
    // Of equal limits the first is named: a task on a GPU takes its part of the CPU because of the GPU.
    let limits = on_gpu.into_iter().chain(cpu_and_memory).chain(pods);
    let (tasks, binding) = limits.min_by_key(|(tasks, _)| *tasks).unwrap_or_default();
    Packing { tasks, binding }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tasks(vcpu: &str, megabytes: u32, gpus: u32) -> (String, &'static str) {
        let room = Room { vcpu: "2".parse().unwrap(), memory: DataSize::from_megabytes(7985), most: Some(27.into()) };
        let task = (vcpu.parse().unwrap(), DataSize::from_megabytes(megabytes));
        let packing = packing(&room, Decimal::ONE, task, gpus.into());
        (packing.tasks.to_string(), packing.binding)
    }

    #[test]
    fn a_machine_takes_what_fits_by_every_resource() {
        assert_eq!(tasks("0.25", 512, 0), ("8".to_owned(), "CPU"));
        assert_eq!(tasks("0.25", 1024, 0), ("7".to_owned(), "memory"));
        assert_eq!(tasks("0.01", 16, 0), ("27".to_owned(), "the number of pods"));
        assert_eq!(tasks("0.25", 512, 1), ("1".to_owned(), "GPU"));
        assert_eq!(tasks("2.5", 512, 0).0, "0");
    }
}
