//! How the result of a run is said.

use crate::lambda_log::FunctionErrorKind;
use crate::power_tuning;
use crate::stats::Estimate;
use crate::tune::{Infeasible, SizeSummary, Strategy, TuneResult, listed};
use crate::units::{Decimal, MemoryMb, decimal_from_statistic, grouped, significant};

/// A gain in speed worth a word.
const CLEARLY_FASTER: f64 = 0.1;
/// Differences below this share are no difference.
const NOTHING: f64 = 0.005;

/// The sentence that matters: which size, what it gains against today's, what the run cost.
#[must_use]
pub fn verdict(result: &TuneResult) -> String {
    let (Some(recommendation), Some(chosen)) = (&result.recommendation, result.chosen()) else {
        return format!("No size can be recommended: {}. {}", why_none(result), run_cost(result));
    };
    let mut sentence = if recommendation.memory == result.current {
        format!("Keep {}: it is {}", result.current, best(result))
    } else {
        change(result, chosen)
    };
    if !recommendation.meets_limit {
        sentence = format!(
            "No measured size meets the limit of {}; the nearest is {}: {sentence}",
            limit(&result.strategy),
            recommendation.memory
        );
    }
    let tie = if recommendation.ties.is_empty() {
        String::new()
    } else {
        format!(
            " It ties with {}: these measurements cannot tell them apart{}.",
            listed(&recommendation.ties),
            fastest_tie(result)
        )
    };
    format!("{sentence}.{tie} {} {}", bound(result), run_cost(result))
}

fn why_none(result: &TuneResult) -> String {
    match result.infeasible.iter().next_back() {
        Some((memory, reason)) if result.sizes.is_empty() => format!("{memory} {}", infeasible(reason)),
        _ => "no size has a call that can be averaged".to_owned(),
    }
}

fn limit(strategy: &Strategy) -> String {
    match strategy {
        Strategy::CheapestWithin { p95 } => format!("{p95} for nineteen of twenty calls"),
        Strategy::FastestWithin { tolerance } => format!("{} above the cheapest", tolerance.percent()),
        Strategy::PowerTuning(strategy) => strategy.name().to_owned(),
    }
}

/// What the choice is the best at.
fn best(result: &TuneResult) -> String {
    match &result.strategy {
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

/// What the fastest of the sizes that tie has to offer.
fn fastest_tie(result: &TuneResult) -> String {
    let (Some(recommendation), Some(chosen)) = (&result.recommendation, result.chosen()) else { return String::new() };
    let ties = recommendation.ties.iter().filter_map(|memory| result.size(*memory));
    let Some(fastest) = ties.min_by(|one, other| one.duration_ms.point.total_cmp(&other.duration_ms.point)) else {
        return String::new();
    };
    let ratio = chosen.duration_ms.point / fastest.duration_ms.point;
    if ratio < 1.0 + CLEARLY_FASTER { String::new() } else { format!(", and {} is {ratio:.1}x faster than it", fastest.memory) }
}

/// "1,024 MB is 31 % cheaper and 2.1x faster than today's 512 MB; saves $412.00 a month at 3,000,000 requests".
fn change(result: &TuneResult, chosen: &SizeSummary) -> String {
    let Some((cost, duration, measured)) = result.at_current() else {
        return format!("{} is {}", chosen.memory, best(result));
    };
    let predicted = if measured { "" } else { " (predicted, not measured)" };
    let cost = cost_difference(chosen.cost_per_million_usd.point / cost.point);
    let speed = speed_difference(duration.point / chosen.duration_ms.point);
    let sentence = format!("{} is {cost} and {speed} than today's {}{predicted}", chosen.memory, result.current);
    match saving(result, chosen) {
        Some(saving) => format!("{sentence}; {saving}"),
        None => sentence,
    }
}

fn cost_difference(ratio: f64) -> String {
    if (ratio - 1.0).abs() < NOTHING {
        "as cheap".to_owned()
    } else if ratio < 1.0 {
        format!("{:.0}% cheaper", (1.0 - ratio) * 100.0)
    } else {
        format!("{:.0}% dearer", (ratio - 1.0) * 100.0)
    }
}

fn speed_difference(ratio: f64) -> String {
    if (ratio - 1.0).abs() < NOTHING {
        "as fast".to_owned()
    } else if ratio < 1.0 {
        format!("{:.1}x slower", 1.0 / ratio)
    } else {
        format!("{ratio:.1}x faster")
    }
}

fn saving(result: &TuneResult, chosen: &SizeSummary) -> Option<String> {
    let requests = result.requests_per_month?;
    let (now, then) = (result.monthly.get(&result.current)?, result.monthly.get(&chosen.memory)?);
    let difference = *now - *then;
    let word = if difference.amount().is_sign_negative() { "costs" } else { "saves" };
    let amount = crate::units::Usd::new(difference.amount().abs());
    Some(format!("{word} {amount}{} a month at {} requests", if word == "costs" { " more" } else { "" }, grouped(requests)))
}

/// How much cheaper a size could be that nobody measured.
fn bound(result: &TuneResult) -> String {
    let (Some(recommendation), Some(first), Some(last)) = (&result.recommendation, result.sizes.first(), result.sizes.last())
    else {
        return String::new();
    };
    if first.memory == last.memory {
        return "Only one size was measured: nothing is known of others.".to_owned();
    }
    let percent = recommendation.regret.bound * 100.0;
    let percent = if percent < 0.1 { "less than 0.1".to_owned() } else { format!("at most {percent:.1}") };
    format!("Another size from {} to {} would be {percent}% cheaper (with 95% confidence).", first.memory, last.memory)
}

/// What the run cost.
#[must_use]
pub fn run_cost(result: &TuneResult) -> String {
    let ledger = &result.ended.ledger;
    format!(
        "This run cost {}: {} invocations, {} changes of the configuration, {:.0} s.",
        dollars((ledger.spent() + ledger.unknown()).amount()),
        grouped(Decimal::from(ledger.invocations())),
        result.ended.counts.configuration_changes,
        result.ended.time.as_secs_f64()
    )
}

/// Small amounts with the digits that matter: "$0.0123".
#[must_use]
pub fn dollars(amount: Decimal) -> String {
    if amount >= Decimal::TEN { crate::units::Usd::new(amount).to_string() } else { format!("${}", significant(amount, 3)) }
}

/// A duration in milliseconds as people read it: three significant digits.
#[must_use]
pub fn milliseconds(value: f64) -> String {
    significant(decimal_from_statistic(value, 9).unwrap_or_default(), if value >= 1000.0 { 4 } else { 3 })
}

/// A cost for a million requests, in cents where it is more than a dollar.
pub(super) fn per_million(value: f64) -> String {
    let places = if value >= 1.0 { 2 } else { 4 };
    grouped_fixed(value, places)
}

fn grouped_fixed(value: f64, places: u32) -> String {
    let rounded = decimal_from_statistic(value, places).unwrap_or_default();
    let text = grouped(rounded.trunc());
    if places == 0 {
        text
    } else {
        format!("{text}{}", &format!("{:.*}", places as usize, (value - value.trunc()).abs().min(0.9999))[1..])
    }
}

/// The half-width of an interval as a percentage of its point.
pub(super) fn plus_minus(estimate: &Estimate) -> String {
    format!("{:.1}%", estimate.relative_half_width() * 100.0)
}

/// A size against the current one.
pub(super) fn against(cost: f64, current: Option<f64>) -> String {
    match current {
        Some(current) if (cost / current - 1.0).abs() < NOTHING / 10.0 => "±0%".to_owned(),
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
        Infeasible::BelowOutOfMemory { larger } => format!("not tried: {larger} ran out of memory"),
        Infeasible::Refused { message } => format!("was refused: {message}"),
    }
}

/// The title of a result: the function, its processor, where it is.
pub(super) fn title(result: &TuneResult) -> String {
    format!("{} ({}, {})", result.function, result.architecture.name(), result.region.code())
}

/// What the costs rest on.
pub(super) fn basis(result: &TuneResult) -> String {
    let fit = result.curves.as_ref().map_or_else(String::new, |curves| {
        let error = curves.fit.quality.leave_one_out_error;
        let error = error.map_or_else(String::new, |error| format!(", {:.1}% off where a size is left out", error * 100.0));
        format!("; duration {}{error}", curves.fit.curve)
    });
    let date = result.prices_as_of.as_deref().map_or_else(String::new, |date| format!(" of {date}"));
    format!("Means with 95% intervals; list prices{date} with the request fee{fit}")
}

/// The sizes to show, working or not, ascending.
pub(super) fn shown_sizes(result: &TuneResult) -> Vec<MemoryMb> {
    let mut sizes: Vec<MemoryMb> = result.sizes.iter().map(|size| size.memory).chain(result.infeasible.keys().copied()).collect();
    sizes.sort_unstable();
    sizes
}
