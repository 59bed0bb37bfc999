//! The words that several formats share.

use crate::bill::{Band, Line};
use crate::price_book::region_name;
use crate::scenario::{Basis, Estimate, OptionEstimate};
use crate::units::{Decimal, grouped, significant};
use crate::usage::Region;

/// One sentence that says what the tables below it mean.
pub(super) fn headline(estimate: &Estimate) -> String {
    let subject = estimate.basis.title.as_deref().unwrap_or("This workload");
    let (Some(cheapest), count) = (estimate.cheapest(), estimate.options.len()) else {
        return format!("{subject}: no option to estimate");
    };
    // Options are ranked by exact totals and shown as invoices print them, like the tables below.
    let (exact, total) = (cheapest.bill.total(), cheapest.bill.invoice_total());
    let largest = cheapest.bill.lines.iter().max_by_key(|line| line.cost);
    let mostly = largest.and_then(|line| {
        let share = line.cost.share_of(exact)? * Decimal::ONE_HUNDRED;
        Some(format!(" ({}% of it {})", share.round_dp(0), line.meter.item()))
    });
    let mostly = mostly.unwrap_or_default();
    let dearest = estimate.options.iter().max_by_key(|option| option.bill.total());
    match dearest.filter(|dearest| exact < dearest.bill.total()) {
        None if count == 1 => format!("{subject}: {total} a month on {}{mostly}.", cheapest.name),
        None => format!("{subject}: all {count} options cost {total} a month{mostly}."),
        Some(dearest) => format!(
            "{subject}: {} is the cheapest of {count} options at {total} a month{mostly}; the dearest, {}, costs {}.",
            cheapest.name,
            dearest.name,
            dearest.bill.invoice_total()
        ),
    }
}

/// Which prices, where, how long a month.
pub(super) fn basis(estimate: &Estimate) -> String {
    price_basis(&estimate.basis)
}

/// The same of whatever has a basis.
pub(super) fn price_basis(basis: &Basis) -> String {
    let named = |region: &Region| match region_name(region.code()) {
        Some(name) => format!("{region} ({name})"),
        None => region.to_string(),
    };
    let regions = basis.regions.iter().map(named).collect::<Vec<_>>().join(", ");
    let as_of = basis.price_book_as_of.as_deref().map_or_else(|| "undated".to_owned(), |date| format!("checked {date}"));
    let free = if basis.free_tier { "on" } else { "off" };
    format!(
        "Prices: {}, {as_of}; {regions}; month of {}; free tier {free}; lines rounded to cents, then added; before tax",
        basis.price_book, basis.month
    )
}

/// "lambda, 512 MB arm64: $6.87 a month".
pub(super) fn option_title(option: &OptionEstimate) -> String {
    format!("{}: {} a month", option.name, option.bill.invoice_total())
}

/// The part of a graduated price, for people.
pub(super) fn band(line: &Line) -> String {
    match line.band {
        Band::Flat => String::new(),
        Band::Free => "free allowance".to_owned(),
        Band::Tier { from, to: Some(to) } if from.is_zero() => format!("first {}", short(to)),
        Band::Tier { from, to: Some(to) } => format!("{} to {}", short(from), short(to)),
        Band::Tier { from, to: None } => format!("over {}", short(from)),
    }
}

/// The same for programs: bounds without words.
pub(super) fn band_code(line: &Line) -> String {
    match line.band {
        Band::Flat => "all".to_owned(),
        Band::Free => "free".to_owned(),
        Band::Tier { from, to } => {
            format!("{}..{}", from.normalize(), to.map_or_else(|| "inf".to_owned(), |to| to.normalize().to_string()))
        }
    }
}

/// A round number, short: "6 billion".
pub(super) fn short(value: Decimal) -> String {
    for (power, name) in [(9, "billion"), (6, "million")] {
        let scaled = value / Decimal::from(10_u64.pow(power));
        if scaled >= Decimal::ONE {
            return format!("{} {name}", grouped(scaled));
        }
    }
    grouped(value)
}

/// A quantity with as many digits as a reader can use.
pub(super) fn quantity(line: &Line) -> String {
    significant(line.quantity, 9)
}

/// What is billed, with the part of the graduated price behind it.
pub(super) fn item(line: &Line, home: &str) -> String {
    let band = band(line);
    let mut item = line.meter.item().to_owned();
    if !band.is_empty() {
        item.push_str(&format!(" ({band})"));
    }
    if line.region.code() != home {
        item.push_str(&format!(", {}", line.region));
    }
    item
}

/// The notes of an option, one line each.
#[must_use]
pub fn note_lines(option: &OptionEstimate) -> Vec<String> {
    let lines = option.notes.iter().map(|(workload, note)| match workload {
        Some(workload) => format!("{workload}: {note}"),
        None => note.to_string(),
    });
    lines.collect()
}
