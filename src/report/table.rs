//! Tables for a terminal.

use std::io::{self, Write};

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle};

use super::words::{basis, headline, item, option_title, quantity};
use crate::bill::Line;
use crate::scenario::{Estimate, OptionEstimate};

/// Writes a sentence, then a table for each option.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_table(estimate: &Estimate, width: u16, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{}\n{}", headline(estimate), basis(estimate))?;
    for option in &estimate.options {
        write_option(option, estimate.basis.regions[0].code(), width, out)?;
    }
    Ok(())
}

/// One option: its total and its lines. On a narrow terminal the columns that `--explain` has too are left out.
pub(super) fn write_option(option: &OptionEstimate, home: &str, width: u16, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{}", option_title(option))?;
    let columns = if width < 80 { vec![0, 1, 3, 4] } else { vec![0, 1, 2, 3, 4, 5] };
    let header = ["item", "quantity", "unit", "USD per unit", "a month", "price of"];
    let mut rows: Vec<[String; 6]> = option.bill.lines.iter().map(|line| row(line, home)).collect();
    let empty = String::new;
    rows.push(["total".to_owned(), empty(), empty(), empty(), option.bill.invoice_total().to_string(), empty()]);
    let rows = rows.iter().map(|row| columns.iter().map(|column| row[*column].clone()).collect()).collect();
    let header: Vec<&str> = columns.iter().map(|column| header[*column]).collect();
    let numbers: Vec<usize> = (0..columns.len()).filter(|place| [1, 3, 4].contains(&columns[*place])).collect();
    writeln!(out, "{}", text_table(&header, &numbers, rows, Some(width)))?;
    if !option.workloads.is_empty() {
        let rows = option.workloads.iter().map(|workload| vec![workload.name.clone(), workload.cost.to_string()]).collect();
        writeln!(out, "{}", text_table(&["of it, by workload", "a month"], &[1], rows, Some(width)))?;
    }
    Ok(())
}

fn row(line: &Line, home: &str) -> [String; 6] {
    [
        item(line, home),
        quantity(line),
        line.meter.unit().to_string(),
        line.price.normalize().to_string(),
        line.cost.to_string(),
        line.provenance.source_date.clone().unwrap_or_else(|| "undated".to_owned()),
    ]
}

/// A rule above and below the rows, nothing between: easy to read without color, easy to cut with other tools.
const STYLE: TableStyle = {
    let rule = LineStyle::none().fill('─').junction('─');
    TableStyle::new().header_separator(rule).bottom_border(rule)
};

/// A table with a header, numbers right-aligned in the columns `right`. With a `width`, long texts wrap to fit it; without,
/// names stay whole, so that they can be copied and searched for.
#[must_use]
pub fn text_table(header: &[&str], right: &[usize], rows: Vec<Vec<String>>, width: Option<u16>) -> String {
    let mut table = Table::new();
    table.load_style(STYLE);
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    table.set_header(header.iter().copied());
    table.add_rows(rows);
    for column in right {
        if let Some(column) = table.column_mut(*column) {
            // A number is never wrapped: half of it would read as another number.
            column.set_cell_alignment(CellAlignment::Right);
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_keeps_to_its_width() {
        let rows = vec![vec!["a long item that has to be wrapped somewhere".to_owned(), "1,000,000".to_owned()]];
        let table = text_table(&["item", "quantity"], &[1], rows, Some(40));
        assert!(table.lines().all(|line| line.chars().count() <= 40), "{table}");
    }
}
