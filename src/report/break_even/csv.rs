//! Break-even points as CSV: crossings and regions, every digit that means something.

use std::io::{self, Write};

use super::rows::{digits, name, short_of};
use crate::break_even::BreakEven;

/// Writes a header, a row for each crossing, then one for each region.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_break_even_csv(answer: &BreakEven, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record([
        "record",
        "from",
        "to",
        "unit",
        "kind",
        "cheaper_below",
        "cheaper_above",
        "winner",
        "falls_short",
        "winner_below",
        "winner_above",
    ])?;
    let unit = answer.over.unit();
    for crossing in &answer.crossings {
        let at = digits(crossing.at).to_string();
        let (below, above) = (name(answer, crossing.cheaper_below), name(answer, crossing.cheaper_above));
        let short = short_of(answer, &crossing.carries);
        let winners = [crossing.winner_below, crossing.winner_above].map(|winner| name(answer, winner));
        let kind = crossing.kind.name();
        writer.write_record(["crossing", &at, &at, unit, kind, below, above, "", &short, winners[0], winners[1]])?;
    }
    for region in &answer.regions {
        let (from, to) = (digits(region.from).to_string(), digits(region.to).to_string());
        let winner = name(answer, region.winner);
        let short = short_of(answer, &region.carries);
        writer.write_record(["region", &from, &to, unit, "", "", "", winner, &short, "", ""])?;
    }
    writer.flush()
}
