//! CSV: one row for each line of each bill, exact digits.

use std::io::{self, Write};

use super::words::band_code;
use crate::scenario::Estimate;

/// Writes a header and one row for each line.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_csv(estimate: &Estimate, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record([
        "option",
        "platform",
        "region",
        "item",
        "meter",
        "quantity",
        "unit",
        "price_usd",
        "cost_usd",
        "tier",
        "source",
        "as_of",
        "confidence",
    ])?;
    for option in &estimate.options {
        for line in &option.bill.lines {
            let provenance = &line.provenance;
            writer.write_record([
                option.name.as_str(),
                &option.platform,
                line.region.code(),
                line.meter.item(),
                line.meter.id(),
                &line.quantity.normalize().to_string(),
                line.meter.unit().name(),
                &line.price.normalize().to_string(),
                &line.cost.amount().normalize().to_string(),
                &band_code(line),
                &provenance.source,
                provenance.source_date.as_deref().unwrap_or(""),
                provenance.confidence.name(),
            ])?;
        }
    }
    writer.flush()
}
