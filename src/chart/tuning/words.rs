//! What a power-tuning figure says in words: marks named, notes at the foot, and the description for who cannot see it.

use std::collections::BTreeMap;

use super::{FailedSize, MeasuredSize, TuningFigure};
use crate::chart::words::{dollars, duration};
use crate::units::{MemoryMb, grouped};

/// The line above the panels for a marked size: "Chosen: 1,024 MB, 245 ms, $2.31 per million".
pub(super) fn marked(what: &str, memory: MemoryMb, figure: &TuningFigure) -> String {
    let measured = figure.sizes.iter().find(|size| size.memory == memory).map(measurement);
    let failed = || figure.failed.iter().find(|size| size.memory == memory).map(|size| format!("failed ({})", size.reason));
    format!("{what}: {memory}, {}", measured.or_else(failed).unwrap_or_else(|| "not measured".to_owned()))
}

fn measurement(size: &MeasuredSize) -> String {
    format!("{}, {} per million", duration(size.duration_ms.point), dollars(size.cost_per_million_usd.point))
}

/// What the marks are and what they are made of.
pub(super) fn marks_note(figure: &TuningFigure) -> String {
    let counts = || figure.sizes.iter().map(|size| size.invocations);
    let (fewest, most) = (counts().min().unwrap_or(0), counts().max().unwrap_or(0));
    let invocations = match (fewest, most) {
        (1, 1) => "1 invocation".to_owned(),
        (fewest, most) if fewest == most => format!("{} invocations", grouped(most.into())),
        _ => format!("{} to {} invocations", grouped(fewest.into()), grouped(most.into())),
    };
    let band = if figure.curve.is_empty() { "" } else { "; the band is that of the fitted curve" };
    format!("Dots are means of {invocations} at each size; whiskers are 95% intervals, where wider than the dot{band}.")
}

/// "Failed: 128, 256 MB (out of memory); 512 MB (timeout)."; nothing when nothing failed.
pub(super) fn failures_note(failed: &[FailedSize]) -> String {
    let mut by_reason: BTreeMap<&str, Vec<MemoryMb>> = BTreeMap::new();
    for size in failed {
        by_reason.entry(&size.reason).or_default().push(size.memory);
    }
    let mut groups: Vec<(Vec<MemoryMb>, &str)> = by_reason.into_iter().map(|(reason, sizes)| (sizes, reason)).collect();
    for (sizes, _) in &mut groups {
        sizes.sort_unstable();
    }
    groups.sort_unstable();
    let group = |(sizes, reason): &(Vec<MemoryMb>, &str)| {
        let numbers: Vec<String> = sizes.iter().map(|size| grouped(size.get().into())).collect();
        format!("{} MB ({reason})", numbers.join(", "))
    };
    let listed: Vec<String> = groups.iter().map(group).collect();
    if listed.is_empty() { String::new() } else { format!("Failed: {}.", listed.join("; ")) }
}

/// The figure as sentences.
pub(super) fn description(figure: &TuningFigure) -> String {
    let mut sizes: Vec<&MeasuredSize> = figure.sizes.iter().collect();
    sizes.sort_by_key(|size| size.memory);
    let measured: Vec<String> = sizes.into_iter().map(|size| format!("{}, {}", size.memory, measurement(size))).collect();
    let chosen = figure.chosen.map(|memory| marked("Chosen", memory, figure));
    let current = figure.current.map(|memory| marked("Current", memory, figure));
    let lines = [
        Some(format!("Mean duration of an invocation and cost of a million invocations over memory. {}", figure.subtitle)),
        Some(format!("Measured: {}.", measured.join("; "))),
        chosen.map(|line| format!("{line}.")),
        current.map(|line| format!("{line}.")),
        Some(failures_note(&figure.failed)),
        Some(marks_note(figure)),
        Some(figure.footnote.clone()),
    ];
    lines.into_iter().flatten().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_listed_by_reason() {
        let failed = |megabytes, reason: &str| FailedSize { memory: MemoryMb::new(megabytes), reason: reason.to_owned() };
        assert_eq!(failures_note(&[]), "");
        assert_eq!(
            failures_note(&[failed(512, "timeout"), failed(256, "out of memory"), failed(128, "out of memory")]),
            "Failed: 128, 256 MB (out of memory); 512 MB (timeout)."
        );
    }
}
