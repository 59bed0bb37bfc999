//! Lambda@Edge: functions that answer CloudFront's events, at one price world-wide.
//!
//! Rules (AWS Lambda pricing page; CloudFront developer guide, quotas, 2026): requests and GB-seconds, each invocation rounded
//! up to 1 ms, x86 only, no free tier. Viewer events: 128 MB and 5 s at most; origin events: 10,240 MB and 30 s.
//!
//! Worked number: 10,000,000 requests × 10 ms × 128 MB = 12,500 GB-s.

use super::lambda::{DURATION, MEMORY, OptionTime, read_memory, rounding_note};
use super::{Architecture, Metered, Placement, Platform, Refusal, Refusals, Site, requests};
use crate::note::Note;
use crate::settings::{Key, Section, SettingError};
use crate::stats::Durations;
use crate::units::{DataSize, Month, TimeSpan, Unit};
use crate::usage::{Meter, Provider, Region, Steps, TooLarge};
use crate::workload::Workload;

pub(super) const PLATFORM: Platform = Platform {
    name: "lambda-edge",
    about: "Lambda@Edge functions on CloudFront events",
    keys: &[KEYS],
    provider: Provider::Aws,
    read,
};

const KEYS: &[Key] = &[
    MEMORY,
    DURATION,
    Key {
        name: "event",
        value: "NAME",
        help: "CloudFront event: viewer (128 MB, 5 s) or origin (10 GB, 30 s) [default: origin]",
    },
];

static REQUESTS: Meter = Meter::fixed("lambda_edge.requests", "requests, Lambda@Edge", Unit::Request);
static DURATION_METER: Meter = Meter::fixed("lambda_edge.duration", "duration, Lambda@Edge", Unit::GbSecond);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Viewer,
    Origin,
}

#[derive(Debug)]
struct LambdaEdge {
    memory: DataSize,
    durations: Durations,
    /// What the term of the handler is called.
    handler: &'static str,
    event: Event,
    /// What must be said of the values that come from the workload.
    notes: Vec<Note>,
}

fn read(section: &mut Section, workload: &Workload, site: &Site<'_>) -> Result<Box<dyn Placement>, SettingError> {
    let (memory, memory_note) = read_memory(section, workload, "for example memory = \"128MB\"")?;
    let event = section.choice("event", &[("viewer", Event::Viewer), ("origin", Event::Origin)])?;
    let time = OptionTime::read(section, workload, &memory, Architecture::X86, site.read_file)?;
    Ok(Box::new(LambdaEdge {
        memory: memory.value,
        durations: time.durations,
        handler: time.handler,
        event: event.map_or(Event::Origin, |found| found.value),
        notes: memory_note.into_iter().chain(time.notes).collect(),
    }))
}

impl Placement for LambdaEdge {
    fn title(&self) -> String {
        self.memory.to_string()
    }

    fn refusals(&self, workload: &Workload, _month: Month) -> Vec<Refusal> {
        let (most_memory, longest, name) = match self.event {
            Event::Viewer => (DataSize::from_megabytes(128), TimeSpan::from_seconds(5), "viewer"),
            Event::Origin => (DataSize::from_megabytes(10_240), TimeSpan::from_seconds(30), "origin"),
        };
        let mut refusals = Refusals::default();
        refusals.size_within(&format!("memory for {name} events of"), self.memory, DataSize::from_megabytes(128), most_memory);
        let megabytes = self.memory.megabytes();
        refusals.unless(megabytes.is_integer(), || format!("memory {megabytes} MB"), "whole megabytes");
        refusals.no_gpu(workload, "Lambda@Edge has none");
        super::refuse_state(workload, &mut refusals);
        refusals.unless(!workload.websocket, || "WebSocket connections".to_owned(), "events of CloudFront only");
        let duration = self.durations.longest();
        refusals.unless(
            duration <= longest,
            || format!("a duration of {duration}"),
            format_args!("{longest} at most for {name} events"),
        );
        refusals.0
    }

    fn meter(&self, workload: &Workload, region: &Region, month: Month) -> Result<Metered, TooLarge> {
        let (mut steps, mut notes) = (Steps::in_region(region), Vec::new());
        let count = workload.requests.per_month(month);
        let billed = self.durations.mean_rounded_up(TimeSpan::from_whole_milliseconds(1), TimeSpan::ZERO).seconds();
        steps.add(&REQUESTS, "invocations", &[requests(count)]);
        steps.add(&DURATION_METER, self.handler, &[requests(count), (billed, "s"), (self.memory.gigabytes(), "GB")]);
        if let Some(span) = self.durations.constant_span() {
            notes.push(rounding_note(span));
        }
        notes.extend(self.notes.iter().cloned());
        notes.push(Note::assumption("Lambda@Edge is charged at one price world-wide and has no free tier"));
        Ok(Metered { steps: steps.finish()?, notes, peak_concurrency: None, capacity: None })
    }
}
