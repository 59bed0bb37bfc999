//! Vercel Functions on the Pro plan: CPU time, and the memory of instances while they have requests in progress.
//!
//! Rules (Vercel documentation, "Fluid compute pricing" and "limits", 2026): CPU time while code runs, waiting not included;
//! memory of an instance from the first request in progress to the end of the last, which requests share; each invocation. 2 GB
//! with 1 vCPU or 4 GB with 2; 800 s and 4.5 MB at most. A seat of Pro costs $20 a month and has $20 of credit for usage.
//!
//! Worked number: a million requests of 50 ms of CPU are 13.89 CPU-hours, $1.78, and $0.60 for the invocations.

use super::busy_time::Busy;
use super::{Metered, Placement, Platform, Refusals, Site, requests, speed_note, task_size};
use crate::capacity::{Noun, Shape};
use crate::note::{Note, Refusal};
use crate::settings::{Found, Key, Section, SettingError};
use crate::units::{Count, DataSize, Decimal, Month, TimeSpan, Unit};
use crate::usage::{Meter, Provider, Region, Steps, TooLarge};
use crate::workload::{Demand, Workload};

pub(super) const PLATFORM: Platform = Platform {
    name: "vercel",
    provider: Provider::Vercel,
    about: "Vercel Functions on the Pro plan, billed for CPU time and the memory of busy instances",
    keys: &[KEYS],
    read,
};

const KEYS: &[Key] = &[
    Key { name: "memory", value: "SIZE", help: "2GB (1 vCPU) or 4GB (2 vCPUs) [default: the smaller that holds the workload]" },
    Key { name: "concurrency", value: "N", help: "Requests that one instance works on at once [default: what its CPU allows]" },
    Key { name: "seats", value: "N", help: "Seats of the Pro plan that the workload pays for [default: 1]" },
];

static SEATS: Meter = Meter::fixed("vercel.plan.pro", "Vercel Pro", Unit::Month);
static CPU: Meter = Meter::fixed("vercel.active_cpu", "Vercel active CPU", Unit::CpuHour);
static MEMORY: Meter = Meter::fixed("vercel.memory", "Vercel memory", Unit::GbHour);
static INVOCATIONS: Meter = Meter::fixed("vercel.invocations", "Vercel invocations", Unit::Request);

const STANDARD: DataSize = DataSize::from_megabytes(2048);
const PERFORMANCE: DataSize = DataSize::from_megabytes(4096);
const LONGEST: TimeSpan = TimeSpan::from_seconds(800);
const MOST_PAYLOAD: DataSize = DataSize::from_kilobytes(4608);

#[derive(Debug)]
struct Vercel {
    memory: DataSize,
    vcpu: Decimal,
    concurrency: Option<Decimal>,
    seats: Decimal,
    demand: Demand,
    notes: Vec<Note>,
}

fn read(section: &mut Section, workload: &Workload, _site: &Site<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let demand = workload.demand().ok_or_else(|| section.missing("duration", "how long a request takes, in the workload"))?;
    let mut notes = Vec::new();
    let memory = match section.positive_size("memory")? {
        Some(Found { value, .. }) if [STANDARD, PERFORMANCE].contains(&value) => value,
        Some(Found { value, at }) => {
            return Err(SettingError::other(&at, format!("`memory` is {value} (instances have 2 GB or 4 GB)")));
        }
        None => {
            let memory = if task_size::memory_needed(workload) <= STANDARD { STANDARD } else { PERFORMANCE };
            notes.push(Note::default_used("memory", memory.to_string(), "the smaller size that holds the workload"));
            memory
        }
    };
    let vcpu = if memory == STANDARD { Decimal::ONE } else { Decimal::TWO };
    notes.extend(speed_note(workload, vcpu, Noun::Instance));
    let seats = match section.quantity::<Count>("seats")? {
        None => {
            notes.push(Note::default_used("seats", "1", "each seat of Pro has $20 of credit for usage"));
            Decimal::ONE
        }
        Some(Found { value, .. }) if value.get() <= Decimal::from(100_000) => value.get(),
        Some(Found { value, at }) => {
            return Err(SettingError::other(&at, format!("`seats` is {value} (write a number up to 100,000)")));
        }
    };
    Ok(Box::new(Vercel { memory, vcpu, concurrency: super::read_concurrency(section)?, seats, demand, notes }))
}

impl Placement for Vercel {
    fn title(&self) -> String {
        format!("Pro plan, {}", self.memory)
    }

    fn refusals(&self, workload: &Workload, _month: Month) -> Vec<Refusal> {
        let mut refusals = Refusals::default();
        let longest = self.demand.durations_on(self.vcpu).longest();
        refusals.unless(longest <= LONGEST, || format!("a duration of {longest}"), "800 s at most on Pro");
        for (what, size) in [("a payload", workload.payload), ("a response", workload.response)] {
            let size = size.unwrap_or_default();
            refusals.unless(size <= MOST_PAYLOAD, || format!("{what} of {size}"), "4.5 MB at most");
        }
        refusals.unless(!workload.websocket, || "WebSocket connections".to_owned(), "functions answer HTTP requests");
        refusals.unless(!workload.stateful, || "state between requests".to_owned(), "instances come and go");
        refusals.no_gpu(workload, "Vercel has none");
        refusals.0
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let (mut steps, mut notes) = (Steps::in_region(region), self.notes.clone());
        let shape = Shape { concurrency: self.concurrency, ..Shape::new(self.vcpu, self.memory) };
        let busy = Busy::of(workload, &shape, self.demand.mean_on(self.vcpu), None, month);
        let count = requests(workload.requests.per_month(month));
        steps.add(&INVOCATIONS, "requests", &[count]);
        steps.add(&CPU, "requests", &[count, (self.demand.cpu.hours(), "CPU-hours")]);
        let memory = (self.memory.gigabytes(), "GB");
        steps.add(&MEMORY, "instances while busy", &[busy.hour_factors(month).as_slice(), &[memory]].concat());
        steps.add(&SEATS, "plan", &[(self.seats, "seats")]);
        notes.push(Note::assumption("requests arrive at random and go to busy instances first, as many as its CPU carries"));
        Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity: Some(busy.capacity) })
    }
}
