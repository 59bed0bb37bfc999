//! How the result of a run is said.

use crate::lambda_log::FunctionErrorKind;
use crate::power_tuning;
use crate::stats::Estimate;
use crate::tune::{Enough, Infeasible, MILLION, SizeSummary, Strategy, TuneResult, listed, span_words, suspects};
use crate::units::{Decimal, MemoryMb, Usd, counted, decimal_from_statistic, grouped, significant, statistic_from_decimal};

/// A gain in speed worth a factor; below, it is said in percent.
const CLEARLY_FASTER: f64 = 0.1;
/// Differences below this share are no difference.
const NOTHING: f64 = 0.005;

/// The sentences that matter: which size, what it gains against today's, what the run cost.
#[must_use]
pub fn verdict(result: &TuneResult) -> String {
    let sentences = match result.chosen() {
        Some(chosen) => vec![headline(result), tie(result), elsewhere(result, chosen), run_cost(result)],
        None => vec![headline(result), run_cost(result)],
    };
    sentences.into_iter().filter(|sentence| !sentence.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The first sentence of the verdict: which size, and what it gains against today's.
pub(super) fn headline(result: &TuneResult) -> String {
    let (Some(recommendation), Some(chosen)) = (&result.recommendation, result.chosen()) else {
        return format!("No size can be recommended: {}.", why_none(result));
    };
    let is_current = recommendation.memory == result.current;
    let answer = match (&result.strategy, recommendation.meets_limit) {
        (Strategy::CheapestWithin { p95 }, false) => {
            let nearest = if is_current {
                format!("today's {} comes nearest", result.current)
            } else {
                format!("{} comes nearest. {}", chosen.memory, change(result, chosen))
            };
            format!("No measured size has nineteen of twenty calls within {p95}; {nearest}")
        }
        _ if is_current => format!("Keep {}: it is {}{}", result.current, best(&result.strategy), month(result, chosen)),
        _ => change(result, chosen),
    };
    format!("{answer}.")
}

fn why_none(result: &TuneResult) -> String {
    match result.infeasible.iter().next_back() {
        Some((memory, reason)) if result.sizes.is_empty() => format!("{memory} {}", infeasible(reason)),
        _ => "no size has a call that can be averaged".to_owned(),
    }
}

/// What the choice is the best at.
fn best(strategy: &Strategy) -> String {
    match strategy {
        Strategy::PowerTuning(power_tuning::Strategy::Cost) => "the cheapest of the measured sizes".to_owned(),
        Strategy::PowerTuning(power_tuning::Strategy::Speed) => "the fastest of the measured sizes".to_owned(),
        Strategy::PowerTuning(power_tuning::Strategy::Balanced { weight }) => {
            format!("the best balance of cost and speed (weight of cost {weight})")
        }
        Strategy::CheapestWithin { p95 } => format!("the cheapest measured size with nineteen of twenty calls within {p95}"),
        Strategy::FastestWithin { tolerance } => {
            format!("the fastest measured size within {} of the cheapest", tolerance.percent())
        }
    }
}

fn is_after_cost(result: &TuneResult) -> bool {
    matches!(result.strategy, Strategy::PowerTuning(power_tuning::Strategy::Cost) | Strategy::CheapestWithin { .. })
}

/// Whether a strategy that is after cost cannot tell the current size from the choice.
fn current_ties_in_cost(result: &TuneResult) -> bool {
    is_after_cost(result)
        && result.recommendation.as_ref().is_some_and(|recommendation| recommendation.ties.contains(&result.current))
}

/// Which sizes tie, and what the fastest of them has to offer.
fn tie(result: &TuneResult) -> String {
    let (Some(recommendation), Some(chosen)) = (&result.recommendation, result.chosen()) else { return String::new() };
    let ties: Vec<&SizeSummary> = recommendation.ties.iter().filter_map(|memory| result.size(*memory)).collect();
    let Some(fastest) = ties.iter().min_by(|one, other| one.duration_ms.point.total_cmp(&other.duration_ms.point)) else {
        return String::new();
    };
    let what = match result.strategy {
        Strategy::PowerTuning(power_tuning::Strategy::Speed) | Strategy::FastestWithin { .. } => "their durations",
        Strategy::PowerTuning(power_tuning::Strategy::Balanced { .. }) => "them",
        _ => "their costs",
    };
    let sentence = format!("It ties with {}: these measurements cannot tell {what} apart", enumerated(&recommendation.ties));
    let ratio = chosen.duration_ms.point / fastest.duration_ms.point;
    // How the current size compares has been said already.
    if ratio < 1.0 + CLEARLY_FASTER || fastest.memory == result.current {
        format!("{sentence}.")
    } else {
        format!("{sentence}, and {} is {ratio:.1}x faster than {}.", fastest.memory, chosen.memory)
    }
}

/// "128 MB, 256 MB and 512 MB".
fn enumerated(sizes: &[MemoryMb]) -> String {
    match sizes {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", listed(rest)),
        _ => listed(sizes),
    }
}

/// "1,024 MB is 31% cheaper and 2.1x faster than today's 512 MB; saves $412.00 a month at 3,000,000 requests".
fn change(result: &TuneResult, chosen: &SizeSummary) -> String {
    let Some((cost, duration, measured)) = result.at_current() else {
        return format!("{} is {}{}", chosen.memory, best(&result.strategy), month(result, chosen));
    };
    let today = format!("today's {}{}", result.current, if measured { "" } else { " (predicted, not measured)" });
    let cost_ratio = chosen.cost_per_million_usd.point / cost.point;
    let same_cost = current_ties_in_cost(result) || (cost_ratio - 1.0).abs() < NOTHING;
    let speed = duration.point / chosen.duration_ms.point;
    let memory = chosen.memory;
    let sentence = match (same_cost, (speed - 1.0).abs() < NOTHING) {
        (true, true) => format!("{memory} costs about as much as {today} and is as fast"),
        (true, false) if speed < 1.0 => {
            format!("{memory} is {} than {today}, and cheaper within the noise only", speed_difference(speed))
        }
        (true, false) => format!("{memory} is {} than {today} at about the same cost", speed_difference(speed)),
        (false, true) => format!("{memory} is {} than {today} and as fast", cost_difference(cost_ratio)),
        (false, false) => format!("{memory} is {} and {} than {today}", cost_difference(cost_ratio), speed_difference(speed)),
    };
    match saving(result, chosen) {
        Some(saving) => format!("{sentence}; {saving}"),
        None => sentence,
    }
}

fn cost_difference(ratio: f64) -> String {
    let percent = (ratio - 1.0).abs() * 100.0;
    if ratio < 1.0 { format!("{percent:.0}% cheaper") } else { format!("{percent:.0}% dearer") }
}

fn speed_difference(ratio: f64) -> String {
    let (ratio, word) = if ratio < 1.0 { (1.0 / ratio, "slower") } else { (ratio, "faster") };
    // "1.0x faster" would say nothing.
    if ratio < 1.0 + CLEARLY_FASTER { format!("{:.0}% {word}", (ratio - 1.0) * 100.0) } else { format!("{ratio:.1}x {word}") }
}

fn saving(result: &TuneResult, chosen: &SizeSummary) -> Option<String> {
    let requests = grouped(result.requests_per_month?);
    let difference = *result.monthly.get(&result.current)? - *result.monthly.get(&chosen.memory)?;
    let amount = Usd::new(difference.amount().abs());
    Some(if current_ties_in_cost(result) {
        format!("the difference of {amount} a month at {requests} requests is within the noise")
    } else if difference.amount().is_sign_negative() {
        format!("costs {amount} more a month at {requests} requests")
    } else {
        format!("saves {amount} a month at {requests} requests")
    })
}

/// "; it costs $8.80 a month at 1,000,000 requests", where the requests are known.
fn month(result: &TuneResult, chosen: &SizeSummary) -> String {
    let month = result.requests_per_month.zip(result.monthly.get(&chosen.memory));
    month.map_or_else(String::new, |(requests, cost)| format!("; it costs {cost} a month at {} requests", grouped(requests)))
}

/// What cost alone would choose; and where that is the choice, how much cheaper a size could be that nobody measured.
fn elsewhere(result: &TuneResult, chosen: &SizeSummary) -> String {
    let (Some(recommendation), Some(first), Some(last)) = (&result.recommendation, result.sizes.first(), result.sizes.last())
    else {
        return String::new();
    };
    if first.memory == last.memory {
        return "Only one size was measured: nothing is known of others.".to_owned();
    }
    let cost = |size: &SizeSummary| size.cost_per_million_usd.point;
    let suspects = suspects(&result.sizes);
    let believed = result.sizes.iter().filter(|size| !suspects.contains(&size.memory));
    let cheapest = believed.min_by(|one, other| cost(one).total_cmp(&cost(other))).unwrap_or(chosen);
    let share = 1.0 - cost(cheapest) / cost(chosen);
    // A run that chose its sizes has few calls of each: the curve through all of them knows better than the least mean, and the
    // bound says how much better another size may be.
    let believes = !result.ended.choices.is_empty() && is_after_cost(result);
    if share >= NOTHING && !believes {
        return format!("Cost alone would choose {}, which is {:.0}% cheaper.", cheapest.memory, share * 100.0);
    }
    // Regret is by how much the choice is dearer; the other size is cheaper by another share: 1 − 1/(1 + r).
    let choices = &result.ended.choices;
    let (first, last) = (choices.first().unwrap_or(&first.memory), choices.last().unwrap_or(&last.memory));
    let bound = (1.0 - 1.0 / (1.0 + recommendation.regret.bound)) * 100.0;
    let confidence = (recommendation.regret.level * 100.0).round();
    if bound < 0.1 {
        format!("No other size from {first} to {last} would be even 0.1% cheaper (with {confidence}% confidence).")
    } else {
        format!("Another size from {first} to {last} would be at most {bound:.1}% cheaper (with {confidence}% confidence).")
    }
}

/// What the run cost, how soon that is paid back, and why it made no further call.
#[must_use]
pub fn run_cost(result: &TuneResult) -> String {
    let ledger = &result.ended.ledger;
    format!(
        "This run cost {}: {}, {}, {:.0} s.{}{}",
        dollars((ledger.spent() + ledger.unknown()).amount()),
        counted(ledger.invocations(), "invocation"),
        counted(result.ended.counts.configuration_changes, "configuration change"),
        result.ended.time.as_secs_f64(),
        paid_back(result).map_or_else(String::new, |requests| format!(" It is paid back after {requests}.")),
        result.ended.enough.map_or_else(String::new, |enough| format!(" {}.", enough_words(enough)))
    )
}

/// How many requests save what the run cost, where the choice is cheaper than today's size beyond the noise.
fn paid_back(result: &TuneResult) -> Option<String> {
    let (chosen, (today, ..)) = (result.chosen()?, result.at_current()?);
    let saving = (today.point - chosen.cost_per_million_usd.point) / MILLION;
    let spent = statistic_from_decimal(result.ended.ledger.spent().amount());
    let cheaper = chosen.memory != result.current && saving > today.point / MILLION * NOTHING && !current_ties_in_cost(result);
    cheaper.then(|| counted(decimal_from_statistic((spent / saving).ceil(), 0).unwrap_or_default(), "request"))
}

/// Why a run that chooses for itself made no further call.
const fn enough_words(enough: Enough) -> &'static str {
    match enough {
        Enough::Target => "It ended as the choice is good enough",
        Enough::NotWorthIt => "It ended as further calls would tell less than they are worth",
        Enough::Budget => "It ended as the limits (--max-spend, --max-invocations, events) leave no room for a further call",
        Enough::Calls => "It ended at the most calls that it makes without being told to (--thorough makes more)",
        Enough::NothingLeft => "It ended as no size is left to look at",
    }
}

/// Small amounts with the digits that matter: "$0.0123".
#[must_use]
pub fn dollars(amount: Decimal) -> String {
    if amount >= Decimal::TEN { Usd::new(amount).to_string() } else { format!("${}", significant(amount, 3)) }
}

/// A duration in milliseconds as people read it: three significant digits.
#[must_use]
pub fn milliseconds(value: f64) -> String {
    significant(decimal_from_statistic(value, 9).unwrap_or_default(), if value >= 1000.0 { 4 } else { 3 })
}

/// A cost for a million requests with so many decimals: as many in every row of a table, so that rows can be compared.
pub(super) fn per_million(value: f64, places: usize) -> String {
    let rounded = decimal_from_statistic(value, 4).unwrap_or_default().round_dp(u32::try_from(places).unwrap_or(4));
    format!("{}{}", grouped(rounded.trunc()), &format!("{:.places$}", rounded.fract())[1..])
}

/// The half-width of an interval as a percentage of its point.
pub(super) fn plus_minus(estimate: &Estimate) -> String {
    format!("{:.1}%", estimate.relative_half_width() * 100.0)
}

/// A size against the current one.
pub(super) fn against(cost: f64, current: Option<f64>) -> String {
    match current {
        Some(current) if (cost / current - 1.0).abs() < NOTHING => "±0%".to_owned(),
        Some(current) => format!("{:+.0}%", (cost / current - 1.0) * 100.0),
        None => String::new(),
    }
}

/// Why a size is out, in a few words.
#[must_use]
pub fn infeasible(reason: &Infeasible) -> String {
    match reason {
        Infeasible::Failed { kind, error_type } => {
            let what = match kind {
                FunctionErrorKind::OutOfMemory => "ran out of memory",
                FunctionErrorKind::Timeout => "ran into its time-out",
                FunctionErrorKind::Crash => "crashed",
                FunctionErrorKind::Handler => "returned an error",
            };
            error_type.as_ref().map_or_else(|| what.to_owned(), |name| format!("{what} ({name})"))
        }
        Infeasible::BelowOutOfMemory { larger } => format!("is out, as {larger} ran out of memory"),
        Infeasible::Refused { message } => format!("was refused: {message}"),
    }
}

/// The title of a result: the function, its processor, where it is.
pub(super) fn title(result: &TuneResult) -> String {
    format!("{} ({}, {})", result.function, result.architecture.name(), result.region.code())
}

/// What the numbers rest on: how they were averaged and priced, then the curve through them.
pub(super) fn basis(result: &TuneResult) -> Vec<String> {
    let kind = if result.averaging.cold_only { "cold starts (INIT included)" } else { "warm calls" };
    let date = result.prices_as_of.as_deref().map_or_else(String::new, |date| format!(" of {date}"));
    let by = if result.ended.choices.is_empty() { "" } else { " by the curves through all sizes" };
    let averages = format!("Means of {kind} with 95% intervals{by}; list prices{date} with the request fee.");
    let curve = result.curves.as_ref().filter(|_| result.sizes.len() > 1).map(|curves| {
        let error = curves.fit.quality.leave_one_out_error;
        let error = error.map_or_else(String::new, |error| format!("; a size left out is predicted {:.1}% off", error * 100.0));
        let residuals = curves.fit.quality.residuals.iter().map(|(_, residual)| residual * 100.0);
        let (low, high) = residuals.fold((0.0_f64, 0.0_f64), |(low, high), residual| (low.min(residual), high.max(residual)));
        format!("Duration at m: {}; measured sizes lie {low:+.1}% to {high:+.1}% off{error}.", curves.fit.curve)
    });
    std::iter::once(averages).filter(|_| !result.sizes.is_empty()).chain(curve).collect()
}

/// What production reported before the run.
pub(super) fn production(result: &TuneResult) -> Option<String> {
    let history = result.history.as_ref()?;
    let mut parts = vec![format!("{} at {}", counted(history.calls, "call"), history.memory)];
    if let Some(warm) = &history.warm {
        parts.push(format!("mean {} ms, p95 {} ms", milliseconds(warm.mean_ms), milliseconds(warm.p95_ms)));
    }
    parts.extend(history.memory_used.map(|used| match (used.least, used.most) {
        (least, most) if least == most => format!("{most} used"),
        (least, most) => format!("{}–{most} used", grouped(least.get().into())),
    }));
    if history.cold_calls > 0 {
        let init = history.init_ms.map_or_else(String::new, |init_ms| format!(" with INIT {} ms", milliseconds(init_ms)));
        parts.push(format!("{} cold{init}", grouped(history.cold_calls.into())));
    }
    if history.failed_calls > 0 {
        let kinds = history.failures.iter().map(|(kind, calls)| format!("{} {}", grouped((*calls).into()), failure_word(*kind)));
        parts.push(format!("{} failed ({})", grouped(history.failed_calls.into()), kinds.collect::<Vec<_>>().join(", ")));
    }
    Some(format!("Production, last {}: {}.", span_words(history.span), parts.join(", ")))
}

const fn failure_word(kind: FunctionErrorKind) -> &'static str {
    match kind {
        FunctionErrorKind::OutOfMemory => "out of memory",
        FunctionErrorKind::Timeout => "timed out",
        FunctionErrorKind::Crash => "crashed",
        FunctionErrorKind::Handler => "with an error of the handler",
    }
}

/// The sizes to show, working or not, ascending.
pub(super) fn shown_sizes(result: &TuneResult) -> Vec<MemoryMb> {
    let mut sizes: Vec<MemoryMb> = result.sizes.iter().map(|size| size.memory).chain(result.infeasible.keys().copied()).collect();
    sizes.sort_unstable();
    sizes
}
