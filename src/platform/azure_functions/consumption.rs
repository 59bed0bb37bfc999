//! The Consumption plan: executions, and the memory they use for as long as they run.
//!
//! Rules (Azure Functions pricing page and "Estimating consumption-based costs", 2026): memory in use rounded up to 128 MB,
//! 1,536 MB at most; time to 1 ms, 100 ms at least; one CPU for an instance; 10 minutes at most. The plan is the old one: Linux
//! apps on it are retired in 2028.
//!
//! Worked number: 3,000,000 executions × 1 s × 1.5 GB = 4,500,000 GB-s; beyond the 400,000 and 1,000,000 free they are
//! 65.60 + 0.40.

use super::super::{Metered, Refusals, requests, task_size};
use crate::note::Note;
use crate::settings::{Section, SettingError};
use crate::stats::Durations;
use crate::units::{DataSize, Decimal, Month, TimeSpan, Unit};
use crate::usage::{Meter, Region, Steps, TooLarge};
use crate::workload::{ReadFile, Workload, read_durations};

static EXECUTIONS: Meter = Meter::fixed("azure_functions.consumption.executions", "executions, Consumption", Unit::Request);
static EXECUTION_TIME: Meter =
    Meter::fixed("azure_functions.consumption.execution_time", "execution time, Consumption", Unit::GbSecond);

const MEMORY_STEP: Decimal = Decimal::from_parts(128, 0, 0, false, 0);
const MOST_MEMORY: DataSize = DataSize::from_megabytes(1536);
const LONGEST: TimeSpan = TimeSpan::from_seconds(600);
const STEP: TimeSpan = TimeSpan::from_whole_milliseconds(1);
const LEAST: TimeSpan = TimeSpan::from_whole_milliseconds(100);

#[derive(Debug)]
pub(super) struct Consumption {
    /// In use by an execution.
    memory: DataSize,
    durations: Durations,
}

impl Consumption {
    pub(super) fn read(
        section: &mut Section,
        workload: &Workload,
        read_file: &ReadFile<'_>,
        notes: &mut Vec<Note>,
    ) -> Result<Self, SettingError> {
        let memory = match section.positive_size("memory")? {
            Some(stated) => stated.value,
            None => {
                let memory = task_size::memory_needed(workload);
                let meaning = "the workload's; the plan bills what is in use, which is usually less";
                notes.push(Note::default_used("memory", memory.to_string(), meaning));
                memory
            }
        };
        let durations = match read_durations(section, "duration", read_file)? {
            Some(stated) => stated.value,
            None => {
                let demand = workload.demand();
                let example = "for example duration = \"120ms\", here or in the workload";
                let durations = demand.map(|demand| demand.durations_on(Decimal::ONE));
                let durations = durations.ok_or_else(|| section.missing("duration", example))?;
                let mean = durations.mean().rounded();
                notes.push(Note::assumption(format!(
                    "an execution takes {mean} on the one CPU of an instance that it has for itself"
                )));
                durations
            }
        };
        Ok(Self { memory, durations })
    }

    pub(super) fn title(&self) -> String {
        format!("Consumption, {}", self.memory)
    }

    /// Refuses what the plan cannot do, and says how long an execution lasts.
    pub(super) fn refuse(&self, refusals: &mut Refusals) -> TimeSpan {
        let longest = self.durations.longest();
        let memory = self.memory;
        refusals.unless(memory <= MOST_MEMORY, || format!("memory {memory}"), "1,536 MB at most on Consumption; flex has 4 GB");
        refusals.unless(longest <= LONGEST, || format!("a duration of {longest}"), "10 min at most on Consumption");
        longest
    }

    pub(super) fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let mut steps = Steps::in_region(region);
        let count = requests(workload.requests.per_month(month));
        let time = (self.durations.mean_billed(STEP, LEAST).seconds(), "s");
        let memory = (self.memory.megabytes() / MEMORY_STEP).ceil().max(Decimal::ONE) * MEMORY_STEP;
        steps.add(&EXECUTIONS, "executions", &[count]);
        steps.add(
            &EXECUTION_TIME,
            "executions",
            &[count, time, (DataSize::from_gigabytes(memory / Decimal::from(1024)).gigabytes(), "GB")],
        );
        let notes =
            vec![Note::assumption("each execution is billed for its own memory; those that share a process use less together")];
        Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity: None })
    }
}
