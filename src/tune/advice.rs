//! What to know beside the numbers of a run: where it is near a limit, what was left out, what buys nothing.

use super::history::{LEAST_CALLS, span_words};
use super::invocation::Label;
use super::recommend::{Strategy, suspects};
use super::result::TuneResult;
use super::summary::SizeSummary;
use crate::note::Note;
use crate::units::{Decimal, MemoryMb, counted, decimal_from_statistic, significant, statistic_from_decimal};

/// Memory use from this share of the size on is near the limit: other inputs may need more.
const NEAR_MEMORY: f64 = 0.9;
/// A call that took this share of the time-out is near it.
const NEAR_TIMEOUT: f64 = 0.8;
/// A mean that differs from production's by more than this factor is of other requests.
const OTHER_PAYLOAD: f64 = 2.0;
/// A larger size that is not faster by this share buys nothing.
const NO_GAIN: f64 = 0.05;

/// The notes of a result.
pub(super) fn notes(result: &TuneResult) -> Vec<Note> {
    let about_choice = result.chosen().into_iter().flat_map(|chosen| {
        [near_memory(chosen), production_memory(result, chosen), near_timeout(result, chosen), near_limit(result, chosen)]
    });
    about_choice
        .chain([
            no_gain(result),
            suspicious(result),
            left_out(result),
            too_few(result),
            lost(result),
            throttled(result),
            limits_unknown(result),
            history_unknown(result),
            other_payload(result),
            snapshots(result),
            cold_starts(result),
        ])
        .flatten()
        .map(Note::observation)
        .collect()
}

fn near_memory(chosen: &SizeSummary) -> Option<String> {
    let used = chosen.max_memory_used_mb.filter(|used| f64::from(*used) >= NEAR_MEMORY * chosen.memory.statistic())?;
    Some(format!(
        "a call used {} of the {} that are recommended: larger inputs may not fit (measure with the largest one, or take the next size)",
        MemoryMb::new(used),
        chosen.memory
    ))
}

/// Production may use more memory than the payloads of the run: with less than it uses it loses calls.
fn production_memory(result: &TuneResult, chosen: &SizeSummary) -> Option<String> {
    let history = result.history.as_ref()?;
    let most = history.memory_used?.most;
    let (size, span) = (chosen.memory, span_words(history.span));
    if most > size {
        Some(format!(
            "production used up to {most} in the last {span}, more than the {size} that are recommended: its calls may not fit (take a size above {most}, such as with --min-memory {}, or measure with its largest input)",
            most.get()
        ))
    } else {
        (most.statistic() >= NEAR_MEMORY * size.statistic()).then(|| {
            format!("production used up to {most} in the last {span}, near the {size} that are recommended: larger inputs may not fit (take the next size)")
        })
    }
}

/// A payload that takes much longer or shorter than production's does not say which size production should have.
fn other_payload(result: &TuneResult) -> Option<String> {
    let (history, size) = (result.history.as_ref()?, result.size(result.current)?);
    let warm = history.warm.filter(|warm| warm.calls as usize >= LEAST_CALLS && !result.averaging.cold_only)?;
    let ratio = size.duration_ms.point / warm.mean_ms;
    (ratio.ln().abs() > OTHER_PAYLOAD.ln()).then(|| {
        format!(
            "the payload does not represent production: at {} calls of this run took {} ms on average, those of production {} ms (measure with events from production: --payload, --weighted-payloads)",
            result.current,
            number(size.duration_ms.point),
            number(warm.mean_ms)
        )
    })
}

fn history_unknown(result: &TuneResult) -> Option<String> {
    let why = result.ended.history_unknown.as_ref()?;
    Some(format!("what production reports was not used: {why}"))
}

fn near_timeout(result: &TuneResult, chosen: &SizeSummary) -> Option<String> {
    let timeout_ms = result.timeout.as_secs_f64() * 1000.0;
    (chosen.longest_ms >= NEAR_TIMEOUT * timeout_ms).then(|| {
        format!(
            "the longest call at {} took {} ms, near the function's time-out of {} s",
            chosen.memory,
            number(chosen.longest_ms),
            result.timeout.as_secs()
        )
    })
}

/// A limit that is met by the mean of the measurements, but not by all that they leave possible.
fn near_limit(result: &TuneResult, chosen: &SizeSummary) -> Option<String> {
    let Strategy::CheapestWithin { p95 } = &result.strategy else { return None };
    let limit_ms = statistic_from_decimal(p95.milliseconds());
    (chosen.p95_ms.point <= limit_ms && limit_ms < chosen.p95_ms.high).then(|| {
        format!(
            "nineteen of twenty calls at {} take {} ms at most as measured, but by these {} it could be {} ms, beyond the limit (more calls tell)",
            chosen.memory,
            number(chosen.p95_ms.point),
            counted(chosen.calls, "call"),
            number(chosen.p95_ms.high)
        )
    })
}

/// What AWS charges for snapshots does not stand in any report.
fn snapshots(result: &TuneResult) -> Option<String> {
    result.ended.function.as_ref().filter(|function| function.snap_start)?;
    let words = "the function starts from snapshots (SnapStart): except for Java, AWS charges each published version for keeping one, 3 hours at least, and each restore; that is not part of these figures";
    Some(words.to_owned())
}

/// Sizes of more than one virtual CPU that are no faster than one.
fn no_gain(result: &TuneResult) -> Option<String> {
    let one = result
        .sizes
        .iter()
        .rev()
        .find(|size| size.memory <= MemoryMb::ONE_VCPU && MemoryMb::ONE_VCPU.get() <= size.memory.get() * 5 / 4)?;
    let largest = result.sizes.last().filter(|size| MemoryMb::ONE_VCPU < size.memory)?;
    (largest.duration_ms.point > one.duration_ms.point * (1.0 - NO_GAIN)).then(|| {
        format!(
            "more than {} makes it no faster ({} ms at {}, {} ms at {}): it computes in one thread, or waits",
            MemoryMb::ONE_VCPU,
            number(one.duration_ms.point),
            one.memory,
            number(largest.duration_ms.point),
            largest.memory
        )
    })
}

fn suspicious(result: &TuneResult) -> Option<String> {
    let suspects = suspects(&result.sizes);
    (!suspects.is_empty()).then(|| {
        format!(
            "calls at {} are less than half as long as at a larger size: not recommended, as a handler that gives up early looks like this",
            listed(&suspects)
        )
    })
}

fn left_out(result: &TuneResult) -> Option<String> {
    let found = result.sizes.iter().filter(|size| !size.hidden_inits.is_empty());
    let places: Vec<String> = found.map(|size| format!("{} at {}", size.hidden_inits.len(), size.memory)).collect();
    let after_failures = result.count(Label::HiddenInit);
    let words = match (places.is_empty(), after_failures) {
        (true, 0) => return None,
        (true, count) => format!("{count} after a lost environment"),
        (false, 0) => places.join(", "),
        (false, count) => format!("{}, and {count} after a lost environment", places.join(", ")),
    };
    Some(format!("calls that ran INIT inside, as their environment had been replaced, are shown and not averaged: {words}"))
}

fn too_few(result: &TuneResult) -> Option<String> {
    let few: Vec<MemoryMb> = result
        .ended
        .invocations
        .iter()
        .map(|invocation| invocation.memory)
        .filter(|memory| result.size(*memory).is_none() && !result.infeasible.contains_key(memory))
        .collect();
    let mut few = few;
    few.sort_unstable();
    few.dedup();
    (!few.is_empty()).then(|| format!("no call of the wanted kind at {}: not compared", listed(&few)))
}

fn lost(result: &TuneResult) -> Option<String> {
    let count = |calls: usize| Decimal::from(calls);
    let (lost, unreported) = (result.count(Label::Lost), result.count(Label::NoReport));
    (lost + unreported > 0).then(|| {
        format!(
            "{} without an answer and {unreported} without a report: up to {}, which is counted as spent",
            counted(count(lost), "call"),
            exact(result.ended.ledger.unknown().amount())
        )
    })
}

fn throttled(result: &TuneResult) -> Option<String> {
    let throttled = result.ended.counts.throttled;
    (throttled > 0).then(|| format!("throttled: {}, made again later, as too many ran at once", counted(throttled, "call")))
}

fn limits_unknown(result: &TuneResult) -> Option<String> {
    let why = result.ended.limits_unknown.as_ref()?;
    Some(format!("the account's limit of concurrency is not known, so the run kept to --concurrency alone: {why}"))
}

fn cold_starts(result: &TuneResult) -> Option<String> {
    let init_ms = result.init_ms.filter(|_| !result.sizes.is_empty())?;
    let share = result.averaging.cold_fraction.map(|share| share.percent());
    Some(match share {
        _ if result.averaging.cold_only => return None,
        Some(share) => format!("cost includes {share} cold starts, whose INIT of about {} ms is billed", number(init_ms)),
        None => format!(
            "cold calls are kept apart (INIT about {} ms, billed): cost is that of warm calls (--cold-fraction 1% blends them in)",
            number(init_ms)
        ),
    })
}

/// Sizes as people list them: "128 MB, 256 MB".
pub fn listed(sizes: &[MemoryMb]) -> String {
    sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A statistic as people read it: three significant digits.
pub(super) fn number(value: f64) -> String {
    significant(decimal_from_statistic(value, 9).unwrap_or_default(), 3)
}

/// Dollars with every digit that matters for small amounts.
fn exact(amount: Decimal) -> String {
    format!("${}", significant(amount, 3))
}
