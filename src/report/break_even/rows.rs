//! The cells of break-even points, for tables and Markdown.

use crate::break_even::{BreakEven, Crossing, Region};
use crate::units::Decimal;

/// What stands above crossings, after the axis.
pub(super) const CROSSINGS: [&str; 4] = ["how", "cheapest below", "cheapest above", "falls short there"];
/// What stands above regions, after both ends.
pub(super) const REGIONS: [&str; 2] = ["cheapest that carries it", "falls short"];

/// A place of an axis with as many digits as mean something.
pub(super) fn digits(at: Decimal) -> Decimal {
    at.round_dp(9).normalize()
}

/// The name of an option; nothing where there is none.
pub(super) fn name(answer: &BreakEven, option: Option<usize>) -> &str {
    option.map_or("", |option| &answer.options[option].name)
}

/// Who does not carry the load.
pub(super) fn short_of(answer: &BreakEven, carries: &[bool]) -> String {
    let short = answer.options.iter().zip(carries).filter(|(_, carries)| !**carries);
    short.map(|(option, _)| option.name.as_str()).collect::<Vec<_>>().join("; ")
}

/// Who wins, in words.
pub(super) fn winner<'a>(answer: &'a BreakEven, region: &Region) -> &'a str {
    match region.winner {
        Some(option) => &answer.options[option].name,
        None if region.is_carried() => "the same cost",
        None => "none",
    }
}

/// Whether any option carries the load just above a crossing.
pub(super) fn is_carried_above(answer: &BreakEven, crossing: &Crossing) -> bool {
    answer.regions.iter().find(|region| crossing.at <= region.from).is_some_and(Region::is_carried)
}

pub(super) fn crossing_rows(answer: &BreakEven) -> Vec<[String; 5]> {
    let option = |option: Option<usize>, is_carried: bool| match option {
        Some(place) => answer.options[place].name.clone(),
        None if is_carried => "the same cost".to_owned(),
        None => "none".to_owned(),
    };
    let rows = answer.crossings.iter().map(|crossing| {
        let (how, [below, above]) = match crossing.changes_winner() {
            true => (crossing.kind.name().to_owned(), [crossing.winner_below, crossing.winner_above]),
            false => (format!("{}, by cost alone", crossing.kind.name()), [crossing.cheaper_below, crossing.cheaper_above]),
        };
        [
            answer.over.number(crossing.at),
            how,
            option(below, crossing.carries.contains(&true)),
            option(above, is_carried_above(answer, crossing)),
            short_of(answer, &crossing.carries),
        ]
    });
    rows.collect()
}

pub(super) fn region_rows(answer: &BreakEven) -> Vec<[String; 4]> {
    let rows = answer.regions.iter().map(|region| {
        let (from, to) = (answer.over.number(region.from), answer.over.number(region.to));
        [from, to, winner(answer, region).to_owned(), short_of(answer, &region.carries)]
    });
    rows.collect()
}
