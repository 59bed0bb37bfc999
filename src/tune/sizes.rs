//! Which sizes to measure: first, and next.
//!
//! A run that chooses for itself begins with a few sizes and goes on where the curves through them promise the most, one size
//! at a time, until no size promises a saving worth the look.

use std::cmp::Reverse;

use super::measure::Measurement;
use super::plan::{Measuring, Plan, SizeChoice};
use super::recommend::Curves;
use super::run::Infeasible;
use super::summary::{Averaging, SizeSummary, summarize};
use crate::lambda_log::FunctionErrorKind;
use crate::units::MemoryMb;

/// Sizes that a run which chooses for itself measures, at most.
pub const MOST_SIZES: usize = 8;

/// Where such a run begins, beside the current size: around the sizes that are cheapest for most functions. The smallest size
/// is where functions are slowest and die; it is looked at when the others say that it may be cheapest.
const FIRST: [u32; 3] = [256, 1024, 1769];

/// The sizes that such a run may go on with: doublings and steps between, and whole numbers of virtual CPUs.
const CANDIDATES: [u32; 20] =
    [128, 192, 256, 320, 384, 512, 640, 768, 1024, 1280, 1536, 1769, 2048, 2560, 3008, 3538, 4096, 5307, 7076, 10_240];

/// A size is looked at when it promises a saving of this share, on average over what is possible.
const LEAST_SAVING: f64 = 0.01;

/// The sizes to begin with: downward, so that a size that runs out of memory spares the smaller ones; the current size last. It
/// then needs no way back, and it gets a version of its own with new environments, as the others do: straight away the provider
/// would hand out the owner's version, with the environments that production uses.
#[must_use]
pub fn first_sizes(plan: &Plan, current: MemoryMb) -> Vec<MemoryMb> {
    let mut sizes: Vec<MemoryMb> = match &plan.sizes {
        SizeChoice::Listed(sizes) => sizes.clone(),
        SizeChoice::Auto => {
            FIRST.into_iter().map(MemoryMb::new).chain([current]).map(|size| plan.nearest_offered(size)).collect()
        }
    };
    let (least, most) = plan.bounds;
    let within = |size: &MemoryMb| least <= *size && *size <= most;
    // What a run that chooses for itself is compared with is measured wherever it is.
    sizes.retain(|size| within(size) || (plan.sizes == SizeChoice::Auto && *size == current));
    if !sizes.iter().any(within) {
        // Bounds that leave none of the usual sizes: their ends.
        sizes.extend([plan.nearest_offered(least), plan.nearest_offered(most)]);
    }
    sizes.sort_unstable_by_key(|size| (*size == current, Reverse(*size)));
    sizes.dedup();
    sizes
}

/// The size to measure next, after what is known; none when no further one is promising.
pub(super) fn next(measurement: &Measurement) -> Option<MemoryMb> {
    let plan = &measurement.plan;
    let tried: Vec<MemoryMb> = measurement.run.state.borrow().sizes.keys().copied().collect();
    if plan.sizes != SizeChoice::Auto || tried.len() >= MOST_SIZES || measurement.run.is_stopped() {
        return None;
    }
    let candidates = candidates(measurement, &tried);
    let sizes = measured(measurement);
    if sizes.is_empty() {
        // Nothing has worked so far: more memory may.
        return candidates.into_iter().find(|size| tried.iter().all(|tried| tried < size));
    }
    most_promising(measurement, &sizes, candidates)
}

fn candidates(measurement: &Measurement, tried: &[MemoryMb]) -> Vec<MemoryMb> {
    let plan = &measurement.plan;
    let (least, most) = plan.bounds;
    let (too_small, too_large) = dead_ends(measurement);
    let mut candidates: Vec<MemoryMb> = CANDIDATES.into_iter().map(|size| plan.nearest_offered(MemoryMb::new(size))).collect();
    candidates.dedup();
    candidates.retain(|size| {
        least <= *size
            && *size <= most
            && too_small.is_none_or(|dead| dead < *size)
            && too_large.is_none_or(|dead| *size < dead)
            && !tried.contains(size)
    });
    candidates
}

/// The largest size that ran out of memory or time (smaller ones are hardly faster), or that has less than other sizes use; and
/// the smallest that was refused.
fn dead_ends(measurement: &Measurement) -> (Option<MemoryMb>, Option<MemoryMb>) {
    let state = measurement.run.state.borrow();
    let starved = |kind| matches!(kind, FunctionErrorKind::OutOfMemory | FunctionErrorKind::Timeout);
    let died =
        state.sizes.iter().filter(|(_, size)| matches!(size.infeasible, Some(Infeasible::Failed { kind, .. }) if starved(kind)));
    let refused = state.sizes.iter().find(|(_, size)| matches!(size.infeasible, Some(Infeasible::Refused { .. })));
    // The least that any size reports as used: environments that were used before keep memory, the least is nearest the need.
    let calls = state.sizes.values().filter(|size| size.infeasible.is_none()).flat_map(|size| &size.invocations);
    let used = calls.filter_map(|call| call.report.as_ref()?.max_memory_used_mb).min().map(MemoryMb::new);
    (died.map(|(memory, _)| *memory).max().max(used), refused.map(|(memory, _)| *memory))
}

fn measured(measurement: &Measurement) -> Vec<SizeSummary> {
    let state = measurement.run.state.borrow();
    let invocations: Vec<_> = state.sizes.values().flat_map(|size| size.invocations.iter().cloned()).collect();
    let infeasible = state.sizes.iter().filter_map(|(memory, size)| Some((*memory, size.infeasible.clone()?))).collect();
    let averaging = Averaging {
        class_weights: measurement.plan.payloads.class_weights(),
        cold_only: matches!(measurement.plan.measuring, Measuring::Cold { .. }),
        cold_fraction: None,
        seed: measurement.plan.seed,
    };
    summarize(&invocations, &infeasible, &measurement.rates, &averaging)
}

/// The candidate with the greatest expected saving against the cheapest measured size: the mean over the possible curves of
/// what it is cheaper by, counting nothing where it is dearer.
fn most_promising(measurement: &Measurement, sizes: &[SizeSummary], candidates: Vec<MemoryMb>) -> Option<MemoryMb> {
    let cost = |size: &SizeSummary| size.cost_per_million_usd.point;
    let best = sizes.iter().min_by(|one, other| cost(one).total_cmp(&cost(other)))?.memory;
    let curves = Curves::on_grid(sizes, &candidates, measurement.plan.seed).ok()?;
    let costs = |memory: MemoryMb| {
        let durations = curves.draws.durations_ms(memory);
        durations.map(|duration_ms| curves.cost_per_million(&measurement.rates, memory, duration_ms)).collect::<Vec<f64>>()
    };
    let best_costs = costs(best);
    let saving = |memory: MemoryMb| {
        let savings = costs(memory).into_iter().zip(&best_costs).map(|(cost, best)| (1.0 - cost / best).max(0.0));
        savings.sum::<f64>() / best_costs.len() as f64
    };
    let promising = candidates.into_iter().map(|memory| (memory, saving(memory))).filter(|(_, saving)| *saving >= LEAST_SAVING);
    promising.max_by(|one, other| one.1.total_cmp(&other.1)).map(|(memory, _)| memory)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tune::{Connection, Payloads};
    use crate::units::{Decimal, Usd};
    use std::rc::Rc;
    use std::time::Duration;

    fn plan(sizes: SizeChoice, bounds: (u32, u32), offered: &[u32]) -> Plan {
        Plan {
            run: "r".to_owned(),
            qualifier: None,
            sizes,
            bounds: (MemoryMb::new(bounds.0), MemoryMb::new(bounds.1)),
            offered: offered.iter().copied().map(MemoryMb::new).collect(),
            measuring: Measuring::Warm { calls: 3, workers: 1 },
            payloads: Payloads::Weighted(vec![1.0]),
            concurrency: 1,
            pause: Duration::ZERO,
            allowed_errors: Vec::new(),
            max_spend: Usd::new(Decimal::ONE),
            max_invocations: 100,
            poll_interval: Duration::from_millis(1),
            patience: Duration::from_secs(1),
            grace: Duration::from_secs(1),
            seed: 0,
            history: None,
            earlier: Vec::new(),
            resumed: None,
            alias: None,
            connection: Connection::default(),
            prices: Rc::new(crate::price_book::PriceBook::bundled()),
            region: crate::usage::Region::new("us-east-1"),
        }
    }

    fn first(plan: &Plan, current: u32) -> Vec<u32> {
        first_sizes(plan, MemoryMb::new(current)).into_iter().map(MemoryMb::get).collect()
    }

    #[test]
    fn the_current_size_comes_last_and_the_others_from_the_largest_down() {
        assert_eq!(first(&plan(SizeChoice::Auto, (128, 3008), &[]), 512), [1769, 1024, 256, 512]);
        assert_eq!(first(&plan(SizeChoice::Auto, (128, 3008), &[]), 1024), [1769, 256, 1024]);
        let listed = SizeChoice::Listed([128, 512, 2048].map(MemoryMb::new).to_vec());
        // A list is a list: the current size is not added to it.
        assert_eq!(first(&plan(listed.clone(), (128, 3008), &[]), 512), [2048, 128, 512]);
        assert_eq!(first(&plan(listed, (128, 3008), &[]), 1024), [2048, 512, 128]);
    }

    #[test]
    fn bounds_and_what_can_be_had_are_respected() {
        assert_eq!(first(&plan(SizeChoice::Auto, (512, 1536), &[]), 128), [1024, 128]);
        assert_eq!(first(&plan(SizeChoice::Auto, (4096, 8192), &[]), 128), [8192, 4096, 128]);
        assert_eq!(first(&plan(SizeChoice::Auto, (128, 3008), &[128, 512, 2048]), 512), [2048, 128, 512]);
    }
}
