//! The sentences around the tables.

use super::rows::{is_carried_above, name};
use crate::break_even::{BreakEven, Crossing, MixedBand, Region, Regret};
use crate::compare::Verdict;
use crate::report::compare::{assumptions, capacity_in_words, reasons};
use crate::report::words::price_basis;

/// Where the answer flips, in sentences: who wins, and what costs alone would say where the cheapest falls short.
pub(super) fn headline(answer: &BreakEven) -> String {
    let subject = answer.reference.basis.title.as_deref().unwrap_or("This workload");
    let flips: Vec<&Crossing> = answer.crossings.iter().filter(|crossing| crossing.changes_winner()).collect();
    let (costs, limits): (Vec<&Crossing>, Vec<&Crossing>) = flips.iter().partition(|flip| flip.is_by_cost());
    let mut said = match (answer.options.as_slice(), flips.as_slice(), costs.as_slice()) {
        (_, [], _) => vec![never(answer)],
        ([_, _], [first, ..], []) => vec![format!("{}.", wins(answer, first.winner_below, first.carries.contains(&true)))],
        ([_, _], _, [only]) => vec![format!("{}.", flip(answer, only))],
        ([one, other], _, [first, .., last]) => vec![format!(
            "{} and {} take turns from {} to {} ({} crossings); below, {}, above, {}.",
            one.name,
            other.name,
            answer.over.number(first.at),
            answer.over.place(last.at),
            costs.len(),
            first
                .winner_below
                .map_or("they cost the same".to_owned(), |option| format!("{} is cheaper", answer.options[option].name)),
            last.winner_above.map_or("they cost the same", |option| &answer.options[option].name),
        )],
        (options, [only], _) => vec![format!("of {} options, {}.", options.len(), flip(answer, only))],
        (options, [first, ..], _) => vec![format!(
            "the cheapest of {} options that carries the load changes {} times; first, {}.",
            options.len(),
            flips.len(),
            flip(answer, first)
        )],
    };
    if answer.options.len() == 2 {
        said.extend(limits.into_iter().map(|flip| limit(answer, flip)));
    }
    said.extend(by_cost_alone(answer));
    format!("{subject}: {}", said.join(" "))
}

fn never(answer: &BreakEven) -> String {
    let (over, interval) = (&answer.over, &answer.interval);
    let ends = format!("from {} to {}", over.number(interval.from()), over.place(interval.to()));
    match answer.regions.first() {
        Some(Region { winner: Some(winner), .. }) => format!(
            "there is no break-even {ends}: {} is the cheapest wherever it carries the load.",
            answer.options[*winner].name
        ),
        Some(region) if !region.is_carried() => format!("there is no break-even {ends}: no option carries the load."),
        _ => format!("there is no break-even {ends}."),
    }
}

fn flip(answer: &BreakEven, crossing: &Crossing) -> String {
    let below = match crossing.winner_below {
        Some(option) if crossing.is_by_cost() => format!("{} is cheaper", answer.options[option].name),
        winner => wins(answer, winner, crossing.carries.contains(&true)),
    };
    let above = match crossing.winner_above {
        Some(option) => &answer.options[option].name,
        None if is_carried_above(answer, crossing) => "the same cost",
        None => "no option",
    };
    format!("{below} up to {}, {above} beyond", answer.over.place(crossing.at))
}

/// Where one falls short, or no longer does.
fn limit(answer: &BreakEven, crossing: &Crossing) -> String {
    let from = format!("From {} on", answer.over.place(crossing.at));
    let winner = crossing.winner_above;
    if let Some(appears) = winner.filter(|option| !crossing.carries[*option]) {
        return format!("{from} {} carries the load and is the cheapest that does.", answer.options[appears].name);
    }
    let wins = wins(answer, winner, is_carried_above(answer, crossing));
    match crossing.winner_below {
        Some(vanishes) => format!("{from} {} falls short, and {wins}.", answer.options[vanishes].name),
        None => format!("{from} {wins}."),
    }
}

fn wins(answer: &BreakEven, winner: Option<usize>, is_carried: bool) -> String {
    match winner {
        Some(option) => format!("{} is the cheapest that carries the load", answer.options[option].name),
        None if is_carried => "those that carry the load cost the same".to_owned(),
        None => "no option carries the load".to_owned(),
    }
}

/// Where costs cross without another winner, because the cheaper one falls short.
fn by_cost_alone(answer: &BreakEven) -> Option<String> {
    let alone: Vec<&Crossing> = answer.crossings.iter().filter(|crossing| !crossing.changes_winner()).collect();
    match alone.as_slice() {
        [] => None,
        [only] => {
            let place = answer.over.place(only.at);
            let cheaper = |option: Option<usize>| option.filter(|option| !only.carries[*option]);
            match (cheaper(only.cheaper_below), cheaper(only.cheaper_above)) {
                (_, Some(above)) => {
                    let name = &answer.options[above].name;
                    Some(format!("By cost alone {name} is cheaper beyond {place}, where it falls short."))
                }
                (Some(below), None) => {
                    let name = &answer.options[below].name;
                    Some(format!("By cost alone {name} is cheaper up to {place}, where it falls short."))
                }
                (None, None) => Some(format!("By cost alone there is a crossing at {place}.")),
            }
        }
        [first, .., last] => Some(format!(
            "By cost alone there are {} more crossings from {} to {}, where the cheaper one falls short.",
            alone.len(),
            answer.over.number(first.at),
            answer.over.place(last.at)
        )),
    }
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
