//! Sizes of tasks: which pairs of vCPU and memory a platform runs, and the smallest that holds a workload.

use crate::note::Note;
use crate::settings::{Found, Key, Section, SettingError};
use crate::units::{DataSize, Decimal, VirtualCpus};
use crate::workload::Workload;

/// The keys of a size.
pub(super) const KEYS: &[Key] = &[
    Key { name: "vcpu", value: "N", help: "vCPUs of one task or instance [default: the smallest size that holds the workload]" },
    Key {
        name: "memory",
        value: "SIZE",
        help: "Its memory [default: the least that goes with the vCPUs and holds the workload]",
    },
];

/// A number of vCPUs with the memory sizes that go with it.
#[derive(Debug, Clone, Copy)]
pub(super) struct TaskSize {
    vcpu: &'static str,
    /// In megabytes.
    least: u32,
    most: u32,
    step: u32,
}

/// vCPUs and memory that go together.
pub(super) type Pair = (Decimal, DataSize);

impl TaskSize {
    /// `vcpu` with `least` to `most` megabytes in steps.
    pub(super) const fn steps(vcpu: &'static str, least: u32, most: u32, step: u32) -> Self {
        Self { vcpu, least, most, step }
    }

    fn pairs(self) -> impl Iterator<Item = Pair> {
        let vcpu = self.vcpu.parse().unwrap_or_default();
        (self.least..=self.most).step_by(self.step as usize).map(move |memory| (vcpu, DataSize::from_megabytes(memory)))
    }

    /// The smallest pair with at least these.
    pub(super) fn smallest(sizes: &[Self], vcpu: Decimal, memory: DataSize) -> Option<Pair> {
        sizes.iter().flat_map(|size| size.pairs()).find(|pair| vcpu <= pair.0 && memory <= pair.1)
    }

    /// Reads `vcpu` and `memory`; what is left out is the smallest that holds the workload, which is noted.
    ///
    /// # Errors
    /// When no such pair can be run; with the nearest that can.
    pub(super) fn read(section: &mut Section, workload: &Workload, sizes: &[Self]) -> Result<(Pair, Vec<Note>), SettingError> {
        let vcpu = section.quantity::<VirtualCpus>("vcpu")?.map(|found| Found { value: found.value.get(), at: found.at });
        let memory = section.positive_size("memory")?;
        let pairs = || sizes.iter().flat_map(|size| size.pairs());
        let fits = |pair: &Pair| {
            vcpu.as_ref().is_none_or(|vcpu| vcpu.value == pair.0) && memory.as_ref().is_none_or(|memory| memory.value == pair.1)
        };
        let needed = memory_needed(workload);
        let held = pairs().filter(fits).find(|pair| needed <= pair.1);
        // Without a size that holds the workload, the largest is taken, and found to be too small.
        let Some(pair) = held.or_else(|| pairs().filter(fits).last()) else {
            let at = memory.as_ref().map(|found| &found.at).or(vcpu.as_ref().map(|found| &found.at));
            let asked = (vcpu.as_ref().map(|found| found.value), memory.as_ref().map(|found| found.value));
            return Err(SettingError::other(at.unwrap_or(section.at()), impossible(asked, pairs())));
        };
        let mut notes = Vec::new();
        if vcpu.is_none() {
            notes.push(Note::default_used(
                "vcpu",
                pair.0.normalize().to_string(),
                "the smallest size that holds the workload's memory",
            ));
        }
        if memory.is_none() {
            notes.push(Note::default_used(
                "memory",
                pair.1.to_string(),
                "the least that goes with the vCPUs and holds the workload",
            ));
        }
        Ok((pair, notes))
    }
}

/// The memory that one request, or a server with one request, needs.
pub(super) fn memory_needed(workload: &Workload) -> DataSize {
    let in_use = workload.memory_at_rest.unwrap_or_default() + workload.memory_per_request.unwrap_or_default();
    workload.memory.unwrap_or_default().max(in_use)
}

/// Which pairs come nearest to one that cannot be run: those with the same vCPUs, and those with the same memory.
pub(super) fn impossible((vcpu, memory): (Option<Decimal>, Option<DataSize>), pairs: impl Iterator<Item = Pair>) -> String {
    let pairs: Vec<Pair> = pairs.collect();
    let asked = match (vcpu, memory) {
        (Some(vcpu), Some(memory)) => format!("{} vCPU with {memory}", vcpu.normalize()),
        (Some(vcpu), None) => format!("{} vCPU", vcpu.normalize()),
        (None, memory) => format!("memory {}", memory.unwrap_or_default()),
    };
    let distance = |pair: &Pair| {
        let off = |one: Decimal, other: Decimal| (one - other).abs() / one.max(other).max(Decimal::new(1, 6));
        let vcpu = vcpu.map_or(Decimal::ZERO, |vcpu| off(vcpu, pair.0));
        let memory = memory.map_or(Decimal::ZERO, |memory| off(memory.megabytes(), pair.1.megabytes()));
        vcpu + memory
    };
    let mut near = pairs;
    near.sort_by_key(distance);
    near.truncate(3);
    let near: Vec<String> = near.iter().map(|(vcpu, memory)| format!("{} vCPU with {memory}", vcpu.normalize())).collect();
    format!("{asked} cannot be run (nearest: {})", near.join("; "))
}
