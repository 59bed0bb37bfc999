//! Containers that run once: one for each request, for as long as its work lasts.

use crate::note::Note;
use crate::settings::{Key, Section, SettingError};
use crate::stats::Durations;
use crate::units::Decimal;
use crate::workload::{ReadFile, Workload, read_durations};

/// The keys of a platform that runs services and jobs.
pub(super) const KEYS: &[Key] = &[
    Key {
        name: "run",
        value: "NAME",
        help: "service (containers stay up) or job (one for each request, as long as it lasts) [default: service]",
    },
    Key { name: "duration", value: "TIME", help: "Of a job: how long it runs [default: the workload's on that many vCPUs]" },
];

/// How long a job runs on `vcpu`; nothing for a service.
pub(super) fn read(
    section: &mut Section,
    workload: &Workload,
    vcpu: Decimal,
    read_file: &ReadFile<'_>,
) -> Result<Option<Durations>, SettingError> {
    let job = section.choice("run", &[("service", false), ("job", true)])?.is_some_and(|found| found.value);
    match (job, read_durations(section, "duration", read_file)?) {
        (true, Some(stated)) => Ok(Some(stated.value)),
        (true, None) => {
            let missing = || section.missing("duration", "how long a job runs, for example duration = \"10min\"");
            Ok(Some(workload.demand().ok_or_else(missing)?.durations_on(vcpu)))
        }
        (false, Some(stated)) => Err(SettingError::other(&stated.at, "`duration` is for run = \"job\"; a service stays up")),
        (false, None) => Ok(None),
    }
}

/// What is not known of a job.
pub(super) fn start_note() -> Note {
    Note::assumption("each request is a container of its own; the pull of its image is billed too and is not included")
}
