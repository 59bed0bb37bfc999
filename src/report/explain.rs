//! Every number walked back one level: formula, quantity × price, tier, source, date.

use std::io::{self, Write};

use super::words::{band, basis, headline, option_title};
use crate::bill::Line;
use crate::price_book::source_notes;
use crate::scenario::{Estimate, OptionEstimate};
use crate::units::significant;
use crate::usage::Step;

/// Writes each option with the origin of each line.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_explanation(estimate: &Estimate, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n{}", headline(estimate), basis(estimate))?;
    estimate.options.iter().try_for_each(|option| write_option_explanation(option, out))
}

/// One option with the origin of each line.
pub(super) fn write_option_explanation(option: &OptionEstimate, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{}", option_title(option))?;
    for (index, line) in option.bill.lines.iter().enumerate() {
        // Tiers of one meter share the formula of their quantity: it stands before the first of them.
        let first =
            index == 0 || option.bill.lines[index - 1].meter != line.meter || option.bill.lines[index - 1].region != line.region;
        if first {
            writeln!(out, "\n  {}", line.meter.item())?;
            write_steps(option, line, out)?;
        }
        write_line(line, out)?;
    }
    write_total(option, out)
}

fn write_steps(option: &OptionEstimate, line: &Line, out: &mut dyn Write) -> io::Result<()> {
    let terms: Vec<_> = option.steps.iter().filter(|(_, step)| step.meter == line.meter && step.region == line.region).collect();
    let several = option.steps.iter().any(|(workload, _)| *workload != option.steps[0].0);
    for (workload, step) in terms {
        let of = if several { format!("{workload}, ") } else { String::new() };
        let product = significant(step.quantity, 12);
        writeln!(out, "    {of}{}: {} = {product} {}", step.what, formula(step), step.meter.unit().plural())?;
    }
    Ok(())
}

/// "1,000,000 requests × 1 s × 0.5 GB".
pub(super) fn formula(step: &Step) -> String {
    let factors = step.factors.iter().map(|factor| format!("{} {}", significant(factor.value, 12), factor.label));
    factors.collect::<Vec<_>>().join(" × ")
}

fn write_line(line: &Line, out: &mut dyn Write) -> io::Result<()> {
    let part = if band(line).is_empty() { String::new() } else { format!("{}: ", band(line)) };
    let cost = significant(line.cost.amount(), 14);
    writeln!(
        out,
        "    {part}{} {} × ${} = ${cost}",
        significant(line.quantity, 12),
        line.meter.unit().plural(),
        line.price.normalize()
    )?;
    write_price_origin(line, out)?;
    let provenance = &line.provenance;
    let date = provenance.source_date.as_deref().unwrap_or("undated");
    let effective = provenance.effective.as_deref().map_or_else(String::new, |date| format!(", in force from {date}"));
    let ((meter, region), source) = (&line.row, &provenance.source);
    writeln!(out, "      row: {meter} in {region}; source {source}, {date}{effective}, confidence {}", provenance.confidence)?;
    for note in source_notes().into_iter().filter(|note| provenance.source.split(" and ").any(|source| source == note.source)) {
        writeln!(out, "      source: {}", note.description)?;
    }
    Ok(())
}

/// How a price came to differ from the one in the list.
fn write_price_origin(line: &Line, out: &mut dyn Write) -> io::Result<()> {
    let (price, listed) = (line.price.normalize(), line.listed_price.normalize());
    let before_discount = match &line.derived_from {
        Some((rule, base)) => {
            let (fraction, derived) = (rule.fraction(), rule.of_price(listed));
            let rounded = rule.decimals().map_or_else(String::new, |decimals| format!("rounded to {decimals} decimals, "));
            writeln!(out, "      price: {fraction} × ${listed}, the price of {base}, {rounded}= ${derived}")?;
            derived
        }
        None => listed,
    };
    if price == before_discount {
        Ok(())
    } else {
        writeln!(out, "      price: ${before_discount} in the list, ${price} after the discount")
    }
}

fn write_total(option: &OptionEstimate, out: &mut dyn Write) -> io::Result<()> {
    let exact = significant(option.bill.total().amount(), 14);
    writeln!(out, "\n  total ${exact}; with each line rounded half-up to cents, as invoices do: {}", option.bill.invoice_total())
}
