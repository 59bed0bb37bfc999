//! Every call of a run, in the form that `replay:` reads.

use std::io::{self, Write};

use crate::tune::{Invocation, TuneResult};

/// Writes a row for each call that has a report. Payloads and messages are not known here.
///
/// # Errors
/// When `out` cannot be written.
pub fn write_samples_csv(result: &TuneResult, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(["function", "arch", "memory_mb", "sample", "duration_ms", "billed_ms", "init_ms", "notes"])?;
    for invocation in &result.ended.invocations {
        let Some(report) = &invocation.report else { continue };
        csv.write_record([
            result.function.clone(),
            result.architecture.name().to_owned(),
            invocation.memory.get().to_string(),
            invocation.number.to_string(),
            report.duration_ms.to_string(),
            report.billed_total_ms().to_string(),
            report.init_ms.map_or_else(String::new, |init| init.to_string()),
            notes(invocation),
        ])?;
    }
    csv.flush()
}

fn notes(invocation: &Invocation) -> String {
    let used = invocation.report.as_ref().and_then(|report| report.max_memory_used_mb);
    let used = used.map_or_else(String::new, |used| format!(";max_mem_mb={used}"));
    format!("{};class={}{used}", invocation.label.name(), invocation.class)
}
