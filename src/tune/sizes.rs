//! The sizes of a run: which there are, which are ruled out, and which one a run that chooses for itself looks at next.

use std::cmp::Reverse;

use super::measure::Measurement;
use super::outlook::{Hints, Outlook};
use super::plan::{Measuring, Payloads, Plan, SizeChoice};
use super::recommend::{Strategy, eligible, grid, suspects};
use super::run::Infeasible;
use super::sampler::{Enough, Look, Prices, Sampler};
use super::summary::{Averaging, SizeSummary, dollars, summarize_roughly};
use crate::fit::Belief;
use crate::lambda_log::FunctionErrorKind;
use crate::units::{MemoryMb, decimal_from_statistic};

/// Steps of the sizes that could be chosen: up to each limit in MB by so many. Finer at the bottom, where a step is a larger share.
const STEPS_MB: [(u32, u32); 4] = [(512, 32), (2048, 64), (4096, 128), (10_240, 256)];

/// A size so near to one that failed, or to what calls use, is too near: the next input may need a little more.
const HEAD_ROOM: f64 = 1.05;

/// A size whose calls are likely to take this share of the time-out is not tried: some of them would not end in time.
const IN_TIME: f64 = 0.9;

/// While nothing works, memory is raised by this factor.
const RAISE: f64 = 1.9;

/// Seconds that a change of size takes on Lambda, about.
const CHANGE_SECONDS: f64 = 3.0;

/// A limit on the 95 % quantile is met by measured calls: so many at the size that is recommended.
const CALLS_FOR_P95: u32 = 20;

/// The sizes to begin with. A list is begun downward, so that a size that runs out of memory spares the smaller ones; the
/// current size last. It then needs no way back, and it gets a version of its own with new environments, as the others do:
/// straight away the provider would hand out the owner's version, with the environments that production uses.
///
/// A run that chooses for itself begins where the function is: that size works, and it is what the others are compared with.
#[must_use]
pub fn first_sizes(plan: &Plan, current: MemoryMb) -> Vec<MemoryMb> {
    let (least, most) = plan.bounds;
    match &plan.sizes {
        SizeChoice::Auto => vec![plan.nearest_offered(current)],
        SizeChoice::Listed(sizes) => {
            let mut sizes: Vec<MemoryMb> = sizes.iter().copied().filter(|size| least <= *size && *size <= most).collect();
            sizes.sort_unstable_by_key(|size| (*size == current, Reverse(*size)));
            sizes.dedup();
            sizes
        }
    }
}

/// The sizes that could be chosen, ascending.
pub(super) fn choices(plan: &Plan) -> Vec<MemoryMb> {
    let (least, most) = plan.bounds;
    if !plan.offered.is_empty() {
        return plan.offered.iter().copied().filter(|size| least <= *size && *size <= most).collect();
    }
    let mut sizes = vec![least, most, MemoryMb::ONE_VCPU];
    sizes.extend([2, 3, 4, 5].map(|vcpus| MemoryMb::new(vcpus * MemoryMb::ONE_VCPU.get())));
    let mut start = least.get().next_multiple_of(STEPS_MB[0].1);
    for (limit, step) in STEPS_MB {
        sizes.extend((start.next_multiple_of(step)..=limit).step_by(step as usize).map(MemoryMb::new));
        start = start.max(limit);
    }
    sizes.retain(|size| least <= *size && *size <= most);
    sizes.sort_unstable();
    sizes.dedup();
    sizes
}

/// The belief of a run about its function, before the first call.
pub(super) fn belief(plan: &Plan, current: MemoryMb) -> Belief {
    let earlier = plan.earlier.iter().map(|invocation| invocation.memory);
    let measured = earlier.chain(first_sizes(plan, current));
    let hints = Hints { history: None, alike: plan.alike.clone() };
    Belief::new(&grid(&choices(plan), measured, &hints), plan.seed)
}

/// What to do after what is known: a look, or the reason why there is none.
pub(super) fn next(measurement: &Measurement) -> Result<Look, Enough> {
    let plan = &measurement.plan;
    let calls_each = plan.calls_each();
    let sizes = measured(measurement);
    let choices = open(measurement, &sizes);
    if sizes.is_empty() {
        return raise(measurement, &choices).map(|memory| Look { memory, calls: calls_each }).ok_or(Enough::NothingLeft);
    }
    let hints = hints(measurement);
    let outlook = Outlook::new(&measurement.belief, &sizes, &hints, choices, plan.seed).map_err(|_| Enough::NothingLeft)?;
    let outlook = outlook.within(IN_TIME * measurement.timeout.as_secs_f64() * 1000.0);
    if outlook.choices().is_empty() {
        return Err(Enough::NothingLeft);
    }
    let believed: Vec<&SizeSummary> = sizes.iter().filter(|size| outlook.choices().binary_search(&size.memory).is_ok()).collect();
    let met: Vec<MemoryMb> = eligible(&believed, &plan.strategy).iter().map(|size| size.memory).collect();
    let all: Vec<MemoryMb> = believed.iter().map(|size| size.memory).collect();
    let losses = outlook.losses(&measurement.rates, &plan.strategy, &all);
    // Where no measured size meets the limit, the one that comes nearest would be recommended.
    let recommendable = if met.is_empty() { &all } else { &met };
    let calls = sizes.iter().map(|size| size.calls + size.cold_calls).sum();
    // Above a floor of memory the cheapest size is often the first that works; above a time-out nothing is special.
    let floor = DeadEnds::of(measurement, &sizes).too_small.filter(|floor| plan.bounds.0 < *floor);
    let least = floor.and_then(|_| outlook.choices().first().copied()).unwrap_or(plan.bounds.0);
    let sampler = Sampler {
        outlook: &outlook,
        losses,
        measured: recommendable,
        calls,
        bounds: (least, plan.bounds.1),
        effort: plan.effort,
        seed: plan.seed,
    };
    let prices = Prices {
        affordable: &|look| affordable(measurement, look),
        first: &|memory| first_call(measurement, memory, &sizes),
        change_seconds: CHANGE_SECONDS,
        calls_each,
    };
    match sampler.next(&prices) {
        Err(enough @ (Enough::Target | Enough::NotWorthIt)) => confirm(measurement, &sizes, &met).unwrap_or(Err(enough)),
        next => next,
    }
}

/// A limit is met by what was measured, not by what is believed: the cheapest size that seems to meet it gets calls enough.
/// None when it has them, or there is no such limit.
fn confirm(measurement: &Measurement, sizes: &[SizeSummary], met: &[MemoryMb]) -> Option<Result<Look, Enough>> {
    let Strategy::CheapestWithin { .. } = measurement.plan.strategy else { return None };
    let cost = |size: &&SizeSummary| size.cost_per_million_usd.point;
    let meets = sizes.iter().filter(|size| met.contains(&size.memory));
    let cheapest = meets.min_by(|one, other| cost(one).total_cmp(&cost(other)))?;
    let calls = CALLS_FOR_P95.saturating_sub(cheapest.calls);
    let look = Look { memory: cheapest.memory, calls };
    (calls > 0).then(|| if affordable(measurement, look) { Ok(look) } else { Err(Enough::Budget) })
}

/// The next size up while nothing has worked.
fn raise(measurement: &Measurement, choices: &[MemoryMb]) -> Option<MemoryMb> {
    let state = measurement.run.state.borrow();
    let tried = state.sizes.keys().max()?;
    let enough = choices.iter().filter(|size| *size > tried);
    let raised = enough.clone().find(|size| size.statistic() >= RAISE * tried.statistic());
    raised.or_else(|| enough.clone().next_back()).copied()
}

/// The sizes that may still be chosen, after all that has failed.
pub(super) fn open_choices(measurement: &Measurement) -> Vec<MemoryMb> {
    open(measurement, &measured(measurement))
}

fn open(measurement: &Measurement, sizes: &[SizeSummary]) -> Vec<MemoryMb> {
    let dead_ends = DeadEnds::of(measurement, sizes);
    let state = measurement.run.state.borrow();
    let dead = |size: &MemoryMb| state.sizes.get(size).is_some_and(|size| size.infeasible.is_some());
    let works = |size: &MemoryMb| sizes.iter().any(|measured| measured.memory == *size);
    let far =
        |least: MemoryMb, size: &MemoryMb| least.statistic() * HEAD_ROOM <= size.statistic() || (works(size) && least < *size);
    let above = |size: &MemoryMb| dead_ends.too_small.max(dead_ends.too_slow).is_none_or(|least| far(least, size));
    let below = |size: &MemoryMb| dead_ends.refused.is_none_or(|most| *size < most);
    choices(&measurement.plan).into_iter().filter(|size| above(size) && below(size) && !dead(size)).collect()
}

/// Where no size can be chosen.
struct DeadEnds {
    /// The largest size that ran out of memory, that gives up early, or that has less than other sizes use.
    too_small: Option<MemoryMb>,
    /// The largest size that ran into its time-out: smaller ones are hardly faster.
    too_slow: Option<MemoryMb>,
    /// The smallest size that was refused.
    refused: Option<MemoryMb>,
}

impl DeadEnds {
    fn of(measurement: &Measurement, sizes: &[SizeSummary]) -> Self {
        let state = measurement.run.state.borrow();
        let largest = |wanted: FunctionErrorKind| {
            let failed = |reason: &Option<Infeasible>| matches!(reason, Some(Infeasible::Failed { kind, .. }) if *kind == wanted);
            state.sizes.iter().filter(|(_, size)| failed(&size.infeasible)).map(|(memory, _)| *memory).max()
        };
        let refused = |reason: &Option<Infeasible>| matches!(reason, Some(Infeasible::Refused { .. }));
        // The least that any size reports as used: environments that were used before keep memory, the least is nearest the need.
        let calls = state.sizes.values().filter(|size| size.infeasible.is_none()).flat_map(|size| &size.invocations);
        let used = calls.filter_map(|call| call.report.as_ref()?.max_memory_used_mb).min().map(MemoryMb::new);
        let production = state.history.as_ref().and_then(|history| Some(history.memory_used?.least));
        let suspect = suspects(sizes).into_iter().max();
        Self {
            too_small: largest(FunctionErrorKind::OutOfMemory).max(used).max(production).max(suspect),
            too_slow: largest(FunctionErrorKind::Timeout),
            refused: state.sizes.iter().find(|(_, size)| refused(&size.infeasible)).map(|(memory, _)| *memory),
        }
    }
}

/// The sizes that were measured and work, without those that cannot be believed.
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
    summarize_roughly(&invocations, &infeasible, &measurement.rates, &averaging)
}

fn hints(measurement: &Measurement) -> Hints {
    Hints { history: measurement.run.state.borrow().history.clone(), alike: measurement.plan.alike.clone() }
}

/// Whether the limits leave room for the worst case of a look, and for the call that warms up; and events are left for it.
fn affordable(measurement: &Measurement, look: Look) -> bool {
    let state = measurement.run.state.borrow();
    let calls = look.calls + 1;
    let worst = measurement.rates.worst(look.memory, measurement.timeout);
    let events = match measurement.plan.payloads {
        Payloads::Weighted(_) => true,
        Payloads::Unique(events) => state.next_event + calls as usize <= events + state.events_back.len(),
    };
    events && state.ledger.leaves_room_for(worst, calls)
}

/// What the call that warms up costs beyond a warm one, in dollars; nothing where first calls turned out to be warm.
fn first_call(measurement: &Measurement, memory: MemoryMb, sizes: &[SizeSummary]) -> f64 {
    let extra: Vec<f64> = sizes.iter().filter_map(|size| size.cold_extra_ms).collect();
    if extra.is_empty() {
        return 0.0;
    }
    let init_ms = decimal_from_statistic(extra.iter().sum::<f64>() / extra.len() as f64, 3);
    dollars(measurement.rates.invocation(memory, init_ms.unwrap_or_default()))
}
