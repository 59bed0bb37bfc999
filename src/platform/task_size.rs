//! Sizes of tasks: which pairs of vCPU and memory a platform runs, and the smallest that holds a workload.

use std::cmp::Ordering;

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

/// Which pairs come nearest to one that cannot be run: the nearest below, the nearest above, and the nearest of its memory.
pub(super) fn impossible((vcpu, memory): (Option<Decimal>, Option<DataSize>), pairs: impl Iterator<Item = Pair>) -> String {
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
    let mut pairs: Vec<Pair> = pairs.collect();
    pairs.sort_by_key(distance);
    let compare = |pair: &Pair, holds: fn(Ordering) -> bool| {
        vcpu.is_none_or(|vcpu| holds(pair.0.cmp(&vcpu))) && memory.is_none_or(|memory| holds(pair.1.cmp(&memory)))
    };
    let below = pairs.iter().find(|pair| compare(pair, Ordering::is_le));
    let above = pairs.iter().find(|pair| compare(pair, Ordering::is_ge));
    let of_its_memory = pairs.iter().find(|pair| Some(pair.1) == memory);
    let mut near: Vec<&Pair> = below.into_iter().chain(above).chain(of_its_memory).collect();
    if near.is_empty() {
        near.extend(pairs.first());
    }
    near.sort_unstable();
    near.dedup();
    let near: Vec<String> = near.iter().map(|(vcpu, memory)| format!("{} vCPU with {memory}", vcpu.normalize())).collect();
    format!("{asked} cannot be run (nearest: {})", near.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: [TaskSize; 4] = [
        TaskSize::steps("0.5", 1024, 4096, 1024),
        TaskSize::steps("1", 2048, 8192, 1024),
        TaskSize::steps("2", 4096, 16_384, 1024),
        TaskSize::steps("4", 8192, 30_720, 1024),
    ];

    #[test]
    fn the_nearest_pairs_are_below_above_and_of_the_same_memory() {
        let near = |vcpu: Option<&str>, gigabytes: Option<u32>| {
            let memory = gigabytes.map(|gigabytes| DataSize::from_megabytes(gigabytes * 1024));
            let asked = (vcpu.map(|vcpu| vcpu.parse().unwrap()), memory);
            let text = impossible(asked, SIZES.iter().flat_map(|size| size.pairs()));
            text.split_once("(nearest: ").unwrap().1.trim_end_matches(')').to_owned()
        };
        assert_eq!(near(Some("3"), None), "2 vCPU with 4 GB; 4 vCPU with 8 GB");
        assert_eq!(near(Some("1"), Some(10)), "1 vCPU with 8 GB; 2 vCPU with 10 GB");
        assert_eq!(near(Some("2"), Some(3)), "1 vCPU with 3 GB; 2 vCPU with 4 GB");
        assert_eq!(near(Some("8"), None), "4 vCPU with 8 GB");
        assert_eq!(near(None, Some(31)), "4 vCPU with 30 GB");
    }
}
