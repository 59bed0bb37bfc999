//! What a reader must know about a Lambda bill: the assumptions and defaults behind it, in words.

use super::{Lambda, Purchase, SnapStart};
use crate::note::Note;
use crate::platform::Architecture;
use crate::profile::{Basis, WorkProfile};
use crate::stats::Durations;
use crate::units::{DataSize, Decimal, Month, Share, TimeSpan, grouped, significant};
use crate::workload::{Work, Workload};

impl Lambda {
    pub(super) fn note_assumptions(&self, workload: &Workload, cold_share: Option<Share>, month: Month, notes: &mut Vec<Note>) {
        let count = workload.requests.per_month(month);
        notes.extend(self.rounding.iter().filter(|_| !count.is_zero()).cloned());
        notes.extend(self.notes.iter().cloned());
        self.note_defaults(notes);
        self.note_callers(workload, cold_share, notes);
        notes.extend(self.note_cold_share(workload, cold_share));
        match (&self.snap_start, cold_share) {
            (None, None) if !count.is_zero() => {
                notes.push(Note::default_used("cold_start_share", "0", "the billed INIT phase of cold starts is not included"))
            }
            (Some(_), None) => notes.push(Note::default_used("cold_start_share", "0", "no SnapStart restore is charged")),
            (None, Some(share)) if self.init.is_zero() && share != Share::NONE => {
                notes.push(Note::default_used("init_duration", "0 ms", "cold starts add nothing to the bill"));
            }
            (Some(snap_start), Some(share)) if snap_start.restore.is_zero() && share != Share::NONE => {
                notes.push(Note::default_used("restore_duration", "0 ms", "restores are charged by size, but add no duration"));
            }
            _ => {}
        }
        if self.snap_start.is_some() && self.runtime.is_none() {
            notes.push(Note::default_used(
                "runtime",
                "a Python or .NET runtime",
                "SnapStart's cache and restores are free for Java",
            ));
        }
        if !self.architecture_given {
            let meaning = match workload.profile() {
                Some(_) => "the one that the profile was measured on",
                None => "Lambda's own default",
            };
            notes.push(Note::default_used("architecture", self.architecture.name(), meaning));
        }
        if matches!(self.purchase, Purchase::ComputeSavingsPlan(_)) {
            notes.push(Note::assumption(format!(
                "the savings plan covers {} of duration and provisioned concurrency in every hour; unused commitment is lost and not shown here",
                self.savings_plan_coverage.percent()
            )));
        }
    }

    /// The defaults of what was asked for, where they decide what it costs.
    fn note_defaults(&self, notes: &mut Vec<Note>) {
        if let Some(provisioned) = &self.provisioned {
            if provisioned.time.is_none() {
                notes.push(Note::default_used("provisioned_time", "the whole month", "the units are never switched off"));
            }
            if self.init.is_zero() {
                notes.push(Note::default_used(
                    "init_duration",
                    "0 ms",
                    "preparing the provisioned units is billed too, but not here",
                ));
            }
        }
        if let Some(SnapStart { versions, defaults_used: true, time, .. }) = &self.snap_start {
            let time = time.map_or_else(|| "the whole month".to_owned(), |time| time.to_string());
            let value = format!("{versions} version(s), active for {time},");
            notes.push(Note::default_used("snap_start_versions` or `snap_start_time", value, "the cache is charged for that"));
        }
        if let Some(durable) = self.durable.as_ref().filter(|durable| durable.defaults_used) {
            notes.push(Note::assumption(format!(
                "one durable execution is taken to have {} invocation(s), write {}, last {} and keep its data for {}: `durable_invocations`, `durable_written`, `durable_execution_time`, `durable_retention` change that",
                self.invocations, durable.written, durable.execution_time, durable.retention
            )));
        }
    }
}

/// What to say of workload durations on a function of this size and architecture.
pub(in crate::platform) fn duration_notes(
    workload: &Workload,
    memory: DataSize,
    architecture: Architecture,
    durations: &Durations,
) -> Vec<Note> {
    let threads = workload.threads;
    match &workload.work {
        Some(Work::Measured { memory: measured_at, cpu_share, cpu_share_given, .. }) if *measured_at != memory => {
            let text = format!(
                "duration at {memory} computed from {measured_at} as {durations}: the CPU part scales with memory up to 1,769 MB for each of {threads} thread(s)"
            );
            vec![if *cpu_share_given {
                Note::assumption(format!("{text} (CPU share {})", cpu_share.percent()))
            } else {
                Note::default_used("cpu_fraction", "1", format!("{text}; measure it, or state the share"))
            }]
        }
        Some(Work::CpuAndWait { .. }) => {
            vec![Note::assumption(format!("duration at {memory} computed from CPU and waiting time as {durations}"))]
        }
        Some(Work::Profile(profile)) => {
            let mut notes = vec![basis_note(profile, memory, durations)];
            notes.extend(other_architecture_note(profile, architecture));
            notes
        }
        Some(Work::Measured { .. }) | None => Vec::new(),
    }
}

/// Where the duration of a profiled function comes from: what was not measured is never passed off as measured.
fn basis_note(profile: &WorkProfile, memory: DataSize, durations: &Durations) -> Note {
    let (function, nearest) = (profile.function(), profile.nearest_size(memory));
    let mean = TimeSpan::from_milliseconds(durations.mean().milliseconds().round_dp(3));
    let predicted =
        format!("duration at {memory} predicted, not measured: {mean}, the calls at {nearest} scaled by the curve of {function}");
    Note::assumption(match profile.basis(memory) {
        Basis::Measured => format!("duration at {memory} as measured on {function}: {durations}"),
        Basis::Between { below, above } => {
            format!("{predicted}, between the measured {} and {}", below.data_size(), above.data_size())
        }
        Basis::Outside { smallest, largest } if smallest == largest => {
            format!("{predicted}, away from the only measured size: measure this one before relying on it")
        }
        Basis::Outside { smallest, largest } => format!(
            "{predicted}, outside the measured {} to {}: measure this size before relying on it",
            smallest.data_size(),
            largest.data_size()
        ),
    })
}

/// Durations do not carry over from one architecture to the other: of 20 functions with public recordings on both (cebert's and
/// seng533's among them), x86_64 took from 0.78 to 4.3 times as long as arm64.
fn other_architecture_note(profile: &WorkProfile, architecture: Architecture) -> Option<Note> {
    let (measured_on, here) = (profile.architecture(), architecture.name());
    (measured_on != here).then(|| {
        Note::assumption(format!(
            "the durations of {} were measured on {measured_on} and are used on {here} unchanged; of functions measured on both, x86_64 took 0.78 to 4.3 times as long as arm64: measure there",
            profile.function()
        ))
    })
}

/// What was assumed about rounding when only one duration is known.
pub(in crate::platform) fn rounding_note(span: TimeSpan) -> Note {
    let billed = span.ceil_milliseconds();
    let shown = TimeSpan::from_milliseconds(span.milliseconds().round_dp(6));
    let share = Decimal::new(5, 1) / billed * Decimal::ONE_HUNDRED;
    Note::assumption(format!(
        "every request is taken to last {shown} and is billed {} ms; if that is the mean of varying durations, rounding each up adds about 0.5 ms ({}%): give quantiles or samples",
        grouped(billed),
        significant(share, 2)
    ))
}
