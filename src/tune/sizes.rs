//! Which sizes to measure: first, and next.

use super::measure::Measurement;
use super::plan::{Plan, SizeChoice};
use crate::units::MemoryMb;

/// Sizes that a run which chooses for itself measures, at most.
pub const MOST_SIZES: usize = 8;

/// Where a run begins that chooses for itself.
const FIRST: [u32; 4] = [256, 512, 1024, 1769];

/// The sizes to begin with. The current size comes first: it needs no change and is known to work. Then downward, so that a
/// size that runs out of memory spares the smaller ones.
pub(super) fn first(plan: &Plan, current: MemoryMb) -> Vec<MemoryMb> {
    let (least, most) = plan.bounds;
    let mut sizes: Vec<MemoryMb> = match &plan.sizes {
        SizeChoice::Listed(sizes) => sizes.clone(),
        SizeChoice::Auto => FIRST.into_iter().map(MemoryMb::new).chain([current]).collect(),
    };
    sizes.retain(|size| least <= *size && *size <= most);
    sizes.sort_unstable_by_key(|size| (*size != current, std::cmp::Reverse(*size)));
    sizes.dedup();
    sizes
}

/// The sizes to measure next, after what is known; none when no further one is promising.
pub(super) fn next(_measurement: &Measurement) -> Vec<MemoryMb> {
    Vec::new()
}
