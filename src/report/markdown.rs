//! Markdown, to paste into a design document. The notes are part of it: a table without its assumptions misleads.

use std::io::{self, Write};

use super::words::{basis, headline, item, note_lines, option_title, quantity};
use crate::scenario::{Estimate, OptionEstimate};

/// Writes a section for each option.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_markdown(estimate: &Estimate, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n\n{}.", escaped(&headline(estimate)), escaped(&basis(estimate)))?;
    for option in &estimate.options {
        write_option(option, estimate.basis.regions[0].code(), out)?;
    }
    Ok(())
}

pub(super) fn write_option(option: &OptionEstimate, home: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n### {}\n", escaped(&option_title(option)))?;
    writeln!(out, "| item | quantity | unit | USD per unit | a month | source |")?;
    writeln!(out, "|---|---:|---|---:|---:|---|")?;
    for line in &option.bill.lines {
        let date = line.provenance.source_date.as_deref().unwrap_or("undated");
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {}, {date} |",
            escaped(&item(line, home)),
            quantity(line),
            line.meter.unit(),
            line.price.normalize(),
            escaped(&line.cost.to_string()),
            escaped(&line.provenance.source)
        )?;
    }
    writeln!(out, "| **total** | | | | **{}** | |", option.bill.invoice_total())?;
    if !option.workloads.is_empty() {
        writeln!(out, "\n| of it, by workload | a month |\n|---|---:|")?;
        for workload in &option.workloads {
            writeln!(out, "| {} | {} |", escaped(&workload.name), escaped(&workload.cost.to_string()))?;
        }
    }
    let notes = note_lines(option);
    if !notes.is_empty() {
        writeln!(out)?;
    }
    notes.iter().try_for_each(|note| writeln!(out, "- {}", escaped(note)))
}

/// What a user wrote must not become markup or end a table cell; between backticks it is code already.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut code = false;
    for letter in text.chars() {
        code ^= letter == '`';
        match letter {
            '|' => safe.push_str("\\|"),
            '<' | '*' | '_' | '[' | '\\' if !code => safe.extend(['\\', letter]),
            letter if letter.is_control() => safe.push(' '),
            other => safe.push(other),
        }
    }
    safe
}
