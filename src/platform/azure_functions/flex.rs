//! The Flex Consumption plan: instances of a chosen size, billed while they execute something.
//!
//! Rules (Azure Functions documentation, "Flex Consumption plan", "Consumption-based costs", 2026): an instance is billed for
//! its whole size while at least one execution is active on it, 1,000 ms at least and then in steps of 100 ms; executions that
//! overlap on one instance are billed once. Always-ready instances pay a low baseline rate all month and a lower execution rate
//! while active; they have no free grant.
//!
//! Worked numbers: ten instances of 2 GB that are busy all the time under 40 requests a second are 10 × 2 × 3,600 = 72,000 GB-s
//! an hour, $1.872, and 144,000 executions, $0.0576; one instance that carries the same by waiting, $0.1872 and $0.0576.

use super::super::busy_time::Busy;
use super::super::{Metered, requests, speed_note, task_size};
use crate::capacity::{Noun, Shape};
use crate::note::Note;
use crate::settings::{Found, Section, SettingError, value_or};
use crate::units::{Count, DataSize, Decimal, Month, TimeSpan, Unit};
use crate::usage::{Meter, Region, Steps, TooLarge};
use crate::workload::Workload;

static EXECUTIONS: Meter = Meter::fixed("azure_functions.flex.on_demand.executions", "executions, Flex", Unit::Request);
static EXECUTION_TIME: Meter =
    Meter::fixed("azure_functions.flex.on_demand.execution_time", "execution time, Flex", Unit::GbSecond);
static READY_BASELINE: Meter =
    Meter::fixed("azure_functions.flex.always_ready.baseline", "always-ready baseline, Flex", Unit::GbSecond);
static READY_EXECUTION_TIME: Meter =
    Meter::fixed("azure_functions.flex.always_ready.execution_time", "always-ready execution time, Flex", Unit::GbSecond);
static READY_EXECUTIONS: Meter =
    Meter::fixed("azure_functions.flex.always_ready.executions", "always-ready executions, Flex", Unit::Request);

/// An instance size with its vCPUs and its default concurrency for HTTP (one for Python apps, whatever the size).
#[derive(Debug, Clone, Copy)]
struct Size {
    memory: DataSize,
    vcpu: Decimal,
    concurrency: Decimal,
}

const fn size(megabytes: u32, quarter_vcpus: u32, concurrency: u32) -> Size {
    Size {
        memory: DataSize::from_megabytes(megabytes),
        vcpu: Decimal::from_parts(quarter_vcpus * 25, 0, 0, false, 2),
        concurrency: Decimal::from_parts(concurrency, 0, 0, false, 0),
    }
}

const SIZES: [Size; 3] = [size(512, 1, 4), DEFAULT_SIZE, LARGEST];
const DEFAULT_SIZE: Size = size(2048, 4, 16);
const LARGEST: Size = size(4096, 8, 32);
/// Of one app.
const MOST_INSTANCES: u32 = 1000;
const STEP: TimeSpan = TimeSpan::from_whole_milliseconds(100);
const LEAST: TimeSpan = TimeSpan::from_seconds(1);

#[derive(Debug)]
pub(super) struct Flex {
    size: Size,
    concurrency: Decimal,
    always_ready: Decimal,
    busy: Option<Decimal>,
}

impl Flex {
    pub(super) fn read(section: &mut Section, workload: &Workload, notes: &mut Vec<Note>) -> Result<Self, SettingError> {
        if workload.demand().is_none() {
            return Err(section.missing("duration", "how long an execution takes, in the workload"));
        }
        let size = read_size(section, workload, notes)?;
        let concurrency = super::super::read_concurrency(section)?.unwrap_or_else(|| {
            let meaning = "Flex's own for HTTP on this size (1 for Python); requests that compute share the CPU of an instance";
            notes.push(Note::default_used("concurrency", size.concurrency.to_string(), meaning));
            size.concurrency
        });
        let always_ready = value_or(section.whole_number("always_ready", 0..=MOST_INSTANCES)?, Decimal::ZERO);
        let busy = section.quantity::<Count>("busy_instances")?;
        if let Some(found) = busy.as_ref().filter(|found| Decimal::from(MOST_INSTANCES) < found.value.get()) {
            return Err(SettingError::other(
                &found.at,
                format!("`busy_instances` is {} (an app has 1,000 at most)", found.value),
            ));
        }
        notes.extend(speed_note(workload, size.vcpu, Noun::Instance));
        Ok(Self { size, concurrency, always_ready, busy: busy.map(|found| found.value.get()) })
    }

    pub(super) fn title(&self) -> String {
        let ready = self.always_ready;
        let ready = if ready.is_zero() { String::new() } else { format!(", {ready} always ready") };
        format!("Flex Consumption, {}{ready}", self.size.memory)
    }

    pub(super) fn longest(&self, workload: &Workload) -> TimeSpan {
        workload.demand().map_or(TimeSpan::ZERO, |demand| demand.durations_on(self.size.vcpu).longest())
    }

    pub(super) fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let mut steps = Steps::in_region(region);
        let held = workload.demand().map(|demand| demand.durations_on(self.size.vcpu).mean_billed(STEP, LEAST));
        let shape = Shape { concurrency: Some(self.concurrency), ..Shape::new(self.size.vcpu, self.size.memory) };
        let mut busy = Busy::of(workload, &shape, held.unwrap_or(LEAST), Some(MOST_INSTANCES.into()), month);
        let measured = self.busy.map(|busy| [(busy, "busy instances"), (month.seconds(), "s")]);
        let active = measured.unwrap_or_else(|| busy.second_factors(month));
        let memory = (self.size.memory.gigabytes(), "GB");
        let count = requests(workload.requests.per_month(month));

        // Always-ready instances take requests first.
        let (instances, of_ready) = match self.busy {
            Some(measured) => (measured, measured.min(self.always_ready)),
            None => (busy.instances, busy.busy_of(self.always_ready)),
        };
        let ready = of_ready.checked_div(instances).map_or(Decimal::ZERO, |share| share.round_dp(9).min(Decimal::ONE));
        let (on_ready, on_demand) = ((ready, "on always-ready instances"), (Decimal::ONE - ready, "on demand"));
        let with = |part: (Decimal, &'static str), factors: &[(Decimal, &'static str)]| {
            let whole = part.0 == Decimal::ONE;
            [factors, if whole { &[] } else { std::slice::from_ref(&part) }].concat()
        };
        let time = [active.as_slice(), &[memory]].concat();
        steps.add(&EXECUTIONS, "executions", &with(on_demand, &[count]));
        steps.add(&EXECUTION_TIME, "instances while busy", &with(on_demand, &time));
        steps.add(&READY_BASELINE, "always ready", &[(self.always_ready, "instances"), (month.seconds(), "s"), memory]);
        steps.add(&READY_EXECUTIONS, "executions", &with(on_ready, &[count]));
        steps.add(&READY_EXECUTION_TIME, "always-ready instances while busy", &with(on_ready, &time));
        busy.capacity.paid_while_idle = !self.always_ready.is_zero();
        let notes = vec![Note::assumption(
            "requests arrive at random and go to busy instances first; an instance is billed for 1 s at least when it becomes busy",
        )];
        Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity: Some(busy.capacity) })
    }
}

/// The stated size, or the default one where it holds the workload, else the largest.
fn read_size(section: &mut Section, workload: &Workload, notes: &mut Vec<Note>) -> Result<Size, SettingError> {
    let Some(Found { value, at }) = section.positive_size("memory")? else {
        let holds = task_size::memory_needed(workload) <= DEFAULT_SIZE.memory;
        let size = if holds { DEFAULT_SIZE } else { LARGEST };
        notes.push(Note::default_used(
            "memory",
            size.memory.to_string(),
            "Flex's default size, 2 GB, or 4 GB where that is too small",
        ));
        return Ok(size);
    };
    let found = SIZES.into_iter().find(|size| size.memory == value);
    found.ok_or_else(|| SettingError::other(&at, format!("`memory` is {value} (instances of Flex have 512 MB, 2 GB or 4 GB)")))
}
