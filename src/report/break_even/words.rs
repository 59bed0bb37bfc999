//! The sentences around the tables.

use super::rows::name;
use crate::break_even::{BreakEven, Crossing, MixedBand, Regret};
use crate::compare::Verdict;
use crate::report::compare::{assumptions, capacity_in_words, reasons};
use crate::report::words::price_basis;

/// Where the answer flips, in a sentence.
pub(super) fn headline(answer: &BreakEven) -> String {
    let subject = answer.reference.basis.title.as_deref().unwrap_or("This workload");
    match (answer.options.as_slice(), answer.crossings.as_slice()) {
        (_, []) => format!("{subject}: {}", never(answer)),
        ([_, _], [only]) => format!("{subject}: {}.", flip(answer, only)),
        ([one, other], [first, .., last]) => format!(
            "{subject}: {} and {} take turns from {} to {} ({} crossings); below, {} is cheaper, above, {}.",
            one.name,
            other.name,
            answer.over.number(first.at),
            answer.over.place(last.at),
            answer.crossings.len(),
            cheaper(answer, first.cheaper_below),
            cheaper(answer, last.cheaper_above),
        ),
        (options, [only]) => format!("{subject}: of {} options, {}.", options.len(), flip(answer, only)),
        (options, crossings) => format!(
            "{subject}: the cheapest of {} options changes {} times; first, {}.",
            options.len(),
            crossings.len(),
            flip(answer, &crossings[0])
        ),
    }
}

fn never(answer: &BreakEven) -> String {
    let (over, interval) = (&answer.over, &answer.interval);
    let ends = format!("from {} to {}", over.number(interval.from()), over.place(interval.to()));
    match answer.regions.iter().find_map(|region| region.cheapest.or(region.winner)) {
        Some(cheapest) => format!(
            "there is no break-even {ends}: {} is the cheapest wherever it carries the load.",
            name(answer, Some(cheapest))
        ),
        None => format!("there is no break-even {ends}."),
    }
}

fn flip(answer: &BreakEven, crossing: &Crossing) -> String {
    format!(
        "{} is cheaper up to {}, {} beyond",
        cheaper(answer, crossing.cheaper_below),
        answer.over.place(crossing.at),
        cheaper(answer, crossing.cheaper_above)
    )
}

fn cheaper(answer: &BreakEven, option: Option<usize>) -> &str {
    option.map_or("neither", |option| name(answer, Some(option)))
}

/// Which prices, where, how long a month.
pub(super) fn basis(answer: &BreakEven) -> String {
    price_basis(&answer.reference.basis)
}

/// What the fleets are at the first crossing, or where the axis starts: a break-even means nothing without it.
pub(super) fn capacities(answer: &BreakEven) -> Vec<String> {
    let place = answer.over.place(answer.reference_at);
    let mut lines = Vec::new();
    for option in &answer.reference.options {
        let short = if option.verdict == Verdict::Carries { String::new() } else { format!("; {}", reasons(option).join("; ")) };
        match &option.estimate {
            Some(estimate) => {
                let fleets = estimate.capacities.iter().map(|(_, capacity)| capacity_in_words(capacity));
                lines.extend(fleets.map(|fleet| format!("at {place}, {} is {fleet}{short}", option.name)));
            }
            None => lines.push(format!("at {place}, {} is {}{short}", option.name, option.verdict.name())),
        }
    }
    lines
}

/// What staying with one option costs where two take turns.
pub(super) fn regret(answer: &BreakEven) -> Option<String> {
    let MixedBand { regrets, .. } = answer.mixed.as_ref()?;
    let each = |regret: &Regret| {
        let (name, at) = (name(answer, Some(regret.option)), answer.over.place(regret.at));
        format!("{name} costs at most {} a month more than the cheaper one (at {at})", regret.cost)
    };
    let each: Vec<String> = regrets.iter().map(each).collect();
    (!each.is_empty()).then(|| format!("Between the first and the last crossing, {}.", each.join("; ")))
}

/// Options without a price.
pub(super) fn left_out(answer: &BreakEven) -> Vec<String> {
    answer.left_out.iter().map(|(name, problem)| format!("{name} not priced: {problem}")).collect()
}

/// What was assumed, as at the first crossing.
#[must_use]
pub fn break_even_notes(answer: &BreakEven) -> Vec<String> {
    assumptions(&answer.reference)
}
