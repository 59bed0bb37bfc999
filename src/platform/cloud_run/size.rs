//! Which memory goes with how many vCPUs.

use crate::note::Note;
use crate::platform::task_size::{Pair, impossible, memory_needed};
use crate::settings::{Section, SettingError, origin};
use crate::units::{DataSize, Decimal, VirtualCpus};
use crate::workload::Workload;

/// From so many vCPUs on: the least and the most memory, in megabytes (Cloud Run documentation, "CPU limits", 2026). The second
/// generation of the execution environment needs 512 MB.
const MEMORY: &[(&str, u32, u32)] = &[
    ("0.08", 128, 512),
    ("0.5", 128, 1024),
    ("1", 128, 4096),
    ("2", 128, 8192),
    ("4", 2048, 16_384),
    ("6", 4096, 24_576),
    ("8", 4096, 32_768),
];

/// The vCPUs of a function by its memory in megabytes, where nobody says (Cloud Run functions documentation, "Configure memory
/// and vCPU limits").
const FUNCTIONS: &[(u32, &str)] = &[
    (128, "0.083"),
    (256, "0.167"),
    (512, "0.333"),
    (1024, "0.583"),
    (2048, "1"),
    (4096, "2"),
    (8192, "2"),
    (16_384, "4"),
    (32_768, "8"),
];

/// The smallest instance that can have an L4.
pub(super) const LEAST_WITH_GPU: Pair = (Decimal::from_parts(4, 0, 0, false, 0), DataSize::from_megabytes(16_384));

/// How vCPUs and memory are chosen where nobody says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Preset {
    /// 512 MB and one vCPU, or what holds the workload.
    Container,
    /// 16 GB and 4 vCPUs, or what holds the workload.
    WithGpu,
    /// 256 MB, or what holds the workload, with the vCPUs that go with it.
    Function,
}

impl Preset {
    fn least_memory(self) -> DataSize {
        match self {
            Self::Container => DataSize::from_megabytes(512),
            Self::WithGpu => LEAST_WITH_GPU.1,
            Self::Function => DataSize::from_megabytes(256),
        }
    }

    fn vcpu(self, memory: DataSize) -> Decimal {
        if self == Self::Function {
            let row = FUNCTIONS.iter().find(|(most, _)| memory <= DataSize::from_megabytes(*most));
            return decimal(row.map_or("8", |(_, vcpu)| vcpu));
        }
        let least = if self == Self::WithGpu { LEAST_WITH_GPU.0 } else { Decimal::ONE };
        let whole = MEMORY.iter().map(|(vcpu, _, most)| (decimal(vcpu), DataSize::from_megabytes(*most)));
        let found = whole.filter(|(vcpu, _)| least <= *vcpu).find(|(_, most)| memory <= *most);
        found.map_or(decimal("8"), |(vcpu, _)| vcpu)
    }
}

/// A number of the tables above.
fn decimal(digits: &str) -> Decimal {
    digits.parse().unwrap_or_default()
}

/// Reads `vcpu` and `memory`.
///
/// # Errors
/// When no such pair can be run; with the nearest that can.
pub(super) fn read(section: &mut Section, workload: &Workload, preset: Preset) -> Result<(Pair, Vec<Note>), SettingError> {
    let stated_vcpu = section.quantity::<VirtualCpus>("vcpu")?;
    let stated_memory = section.positive_size("memory")?;
    let needed = memory_needed(workload).max(preset.least_memory());
    let wanted = stated_memory.as_ref().map_or(needed, |found| found.value);
    let vcpu = stated_vcpu.as_ref().map_or_else(|| preset.vcpu(wanted), |found| found.value.get());
    let range = memory_of(vcpu);
    let memory = match (range, &stated_memory) {
        (Some((least, most)), None) => Some(wanted.clamp(least, most)),
        (Some((least, most)), Some(_)) => (least <= wanted && wanted <= most).then_some(wanted),
        (None, _) => None,
    };
    let Some(memory) = memory else {
        let at = origin(&stated_memory).or(origin(&stated_vcpu)).unwrap_or(section.at());
        let asked = (stated_vcpu.as_ref().map(|_| vcpu), stated_memory.as_ref().map(|_| wanted));
        return Err(SettingError::other(at, impossible(asked, near(vcpu, wanted))));
    };
    let mut notes = Vec::new();
    if stated_vcpu.is_none() {
        notes.push(Note::default_used("vcpu", vcpu.normalize().to_string(), "the default for this memory"));
    }
    if stated_memory.is_none() {
        let meaning = "the default, or what the workload needs, within what goes with the vCPUs";
        notes.push(Note::default_used("memory", memory.to_string(), meaning));
    }
    Ok(((vcpu, memory), notes))
}

/// The least and the most memory with so many vCPUs; nothing where there are no instances with so many: whole numbers above
/// one, thousandths below.
fn memory_of(vcpu: Decimal) -> Option<(DataSize, DataSize)> {
    let exists =
        if Decimal::ONE < vcpu { MEMORY.iter().any(|(known, _, _)| decimal(known) == vcpu) } else { vcpu.round_dp(3) == vcpu };
    let row = MEMORY.iter().rev().find(|(from, _, _)| decimal(from) <= vcpu);
    row.filter(|_| exists).map(|(_, least, most)| (DataSize::from_megabytes(*least), DataSize::from_megabytes(*most)))
}

/// With the same vCPUs and with the others: the memory nearest to what was wanted.
fn near(vcpu: Decimal, memory: DataSize) -> impl Iterator<Item = Pair> {
    let others = MEMORY.iter().map(|(known, _, _)| decimal(known)).filter(move |known| *known != vcpu);
    let all = std::iter::once(vcpu).chain(others);
    all.filter_map(move |vcpu| memory_of(vcpu).map(|(least, most)| (vcpu, memory.clamp(least, most))))
}
