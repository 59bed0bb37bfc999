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
            notes(result, invocation),
        ])?;
    }
    csv.flush()
}

fn notes(result: &TuneResult, invocation: &Invocation) -> String {
    let mut notes = vec![
        invocation.label.name().to_owned(),
        format!("current={}", result.current.get()),
        format!("class={}", invocation.class),
    ];
    if let Some(weight) = result.averaging.class_weights.get(invocation.class) {
        notes.push(format!("weight={weight}"));
    }
    if let Some(used) = invocation.report.as_ref().and_then(|report| report.max_memory_used_mb) {
        notes.push(format!("max_mem_mb={used}"));
    }
    notes.join(";")
}
